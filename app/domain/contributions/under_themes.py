"""Reading what stands under themes: contributions, answers, the groups that worked on them, the decks shown.

Every function takes the ids of a theme and of all below it, and sends one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.contributions.queries import (
    NEWEST,
    AnswerView,
    ContributionView,
    Listing,
    _answer_rows,
    _answers_and_total,
    _is_one_of,
    _newest_of,
    _shown,
    _view,
)
from app.domain.groups.models import Group
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.presentations import policy as presentations
from app.domain.presentations.models import Deck, DeckRevision

MOST_MEETINGS = 60
MOST_DECKS = 60
MOST_ANSWERS = 30

C = Contribution


@dataclass(frozen=True, slots=True)
class GroupOfMeeting:
    """A group that worked on the theme."""

    name: str
    name_en: str
    task: str


@dataclass(frozen=True, slots=True)
class MeetingUnderTheme:
    """A meeting where the theme was worked on or something was said under it: how much, and the groups."""

    id: int
    key: str
    title: str
    title_en: str
    number: int | None
    held_on: date
    is_example: bool
    said: int
    groups: tuple[GroupOfMeeting, ...]


@dataclass(frozen=True, slots=True)
class DeckUnderTheme:
    """A deck shown where the theme was talked about; `page_count` is 0 while there is no file."""

    id: int
    title: str
    language: str
    page_count: int
    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    meeting_held_on: date
    is_example: bool


# The ids of the themes, in every statement here.
_THEMES = bindparam("under_themes", expanding=True)


def _is_under() -> ColumnElement[bool]:
    """Under one of the themes, and said in earnest: no draft, nothing withdrawn, hidden or waiting."""
    under = select(ContributionTheme.contribution_id).where(ContributionTheme.theme_id.in_(_THEMES))
    return C.id.in_(under) & is_listed()


def _under(theme_ids: Sequence[int]) -> dict[str, Any]:
    return {"under_themes": list(theme_ids)}


def first_of_each_kind(actor: Actor, theme_ids: Sequence[int], most: int) -> Asking[dict[str, Listing]]:
    """The newest contributions of each kind, at most `most`, and how many of that kind there are."""
    views: dict[str, list[ContributionView]] = {}
    totals: dict[str, int] = {}
    values = _under(theme_ids) | {"first": most}
    for row in (yield from asked(_first_of_each_kind(actor), values)):
        views.setdefault(row.kind, []).append(_view(row))
        totals[row.kind] = row.total
    return {kind: Listing(tuple(found), totals[kind], per_page=most) for kind, found in views.items()}


@kept
def _first_of_each_kind(actor: Actor) -> Select[Any]:
    ranked = (
        select(
            C.id,
            func.row_number().over(partition_by=C.kind, order_by=NEWEST).label("place"),
            func.count().over(partition_by=C.kind).label("total"),
        )
        .where(visible_to(actor), _is_under())
        .subquery()
    )
    first = select(ranked.c.id, ranked.c.total).where(ranked.c.place <= bindparam("first", type_=Integer))
    return _shown(actor, first, NEWEST)


def count_by_theme(session: Session, actor: Actor, theme_ids: Sequence[int]) -> dict[int, int]:
    """{theme id: contributions right under it}; themes without any are left out."""
    rows = session.execute(
        select(ContributionTheme.theme_id, func.count().label("contributions"))
        .join(C, C.id == ContributionTheme.contribution_id)
        .where(
            visible_to(actor),
            ContributionTheme.theme_id.in_(theme_ids),
            is_listed(),
        )
        .group_by(ContributionTheme.theme_id)
    )
    return {row.theme_id: row.contributions for row in rows}


def list_answers(session: Session, actor: Actor, theme_ids: Sequence[int]) -> list[AnswerView]:
    """The newest answers to what stands under the themes, as far as the actor may see both."""
    return read(session, answers_under(actor, theme_ids))[0]


def answers_under(actor: Actor, theme_ids: Sequence[int]) -> Asking[tuple[list[AnswerView], int]]:
    """The same, and how many there are; to be asked beside others."""
    rows = yield from asked(_answers_under(actor), _under(theme_ids))
    return _answers_and_total(rows)


@kept
def _answers_under(actor: Actor) -> Select[Any]:
    to_them = (
        select(AnswerContribution.answer_id)
        .join(C, C.id == AnswerContribution.contribution_id)
        .where(visible_to(actor), _is_under())
    )
    return _newest_of(_answer_rows(actor).where(_is_one_of(to_them)), MOST_ANSWERS)


def _is_in_force() -> ColumnElement[bool]:
    """Groups whose item is published; what is drafted stands under no theme."""
    return or_(
        Group.item_id.is_(None),
        Group.item_id.in_(select(AgendaItem.id).where(meetings.in_force(AgendaItem))),
    )


def list_meetings(session: Session, actor: Actor, theme_ids: Sequence[int]) -> list[MeetingUnderTheme]:
    """The meetings where groups worked on the themes or something was said under them; the newest first."""
    return read(session, meetings_under(actor, theme_ids))


def meetings_under(actor: Actor, theme_ids: Sequence[int]) -> Asking[list[MeetingUnderTheme]]:
    """The same, to be asked beside others."""
    return [
        MeetingUnderTheme(
            **{**row._mapping, "groups": tuple(GroupOfMeeting(**one) for one in row.groups or ())}
        )
        for row in (yield from asked(_meetings_under(actor), _under(theme_ids)))
    ]


@kept
def _meetings_under(actor: Actor) -> Select[Any]:
    said = (
        select(C.meeting_id, func.count().label("said"))
        .where(visible_to(actor), _is_under())
        .group_by(C.meeting_id)
        .subquery("said")
    )
    group = func.jsonb_build_object("name", Group.name, "name_en", Group.name_en, "task", Group.task)
    groups = (
        select(
            Group.meeting_id,
            func.jsonb_agg(aggregate_order_by(group, Group.position, Group.id), type_=JSONB).label("groups"),
        )
        .where(Group.theme_id.in_(_THEMES), _is_in_force())
        .group_by(Group.meeting_id)
        .subquery("worked")
    )
    return (
        select(
            Meeting.id,
            Meeting.key,
            Meeting.title,
            Meeting.title_en,
            Meeting.number,
            Meeting.held_on,
            Meeting.is_example,
            func.coalesce(said.c.said, 0).label("said"),
            groups.c.groups,
        )
        .outerjoin(said, said.c.meeting_id == Meeting.id)
        .outerjoin(groups, groups.c.meeting_id == Meeting.id)
        .where(
            meetings.visible_to(actor),
            or_(said.c.meeting_id.is_not(None), groups.c.meeting_id.is_not(None)),
        )
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .limit(MOST_MEETINGS)
    )


def find_meetings(session: Session, actor: Actor, theme_ids: Sequence[int]) -> frozenset[int]:
    """The ids of the meetings where groups work on the themes, or something was said under them."""
    worked_on = select(Group.meeting_id).where(Group.theme_id.in_(_THEMES), _is_in_force())
    said = select(C.meeting_id).where(visible_to(actor), _is_under())
    rows = session.scalars(
        select(Meeting.id).where(
            meetings.visible_to(actor), or_(Meeting.id.in_(worked_on), Meeting.id.in_(said))
        ),
        _under(theme_ids),
    )
    return frozenset(rows)


def list_decks(session: Session, actor: Actor, theme_ids: Sequence[int]) -> list[DeckUnderTheme]:
    """The decks of items where groups worked on the themes or something was said under them."""
    return read(session, decks_under(actor, theme_ids))


def decks_under(actor: Actor, theme_ids: Sequence[int]) -> Asking[list[DeckUnderTheme]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_decks_under(actor), _under(theme_ids))
    return [DeckUnderTheme(**row._mapping) for row in rows]


@kept
def _decks_under(actor: Actor) -> Select[Any]:
    worked_on = select(Group.item_id).where(Group.theme_id.in_(_THEMES), Group.item_id.is_not(None))
    said = select(C.item_id).where(visible_to(actor), _is_under(), C.item_id.is_not(None))
    return (
        select(
            Deck.id,
            Deck.title,
            Deck.language,
            func.coalesce(DeckRevision.page_count, 0).label("page_count"),
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.held_on.label("meeting_held_on"),
            Deck.is_example,
        )
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .outerjoin(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .where(presentations.visible_to(actor), or_(Deck.item_id.in_(worked_on), Deck.item_id.in_(said)))
        .order_by(Meeting.held_on.desc(), Meeting.id.desc(), Deck.position, Deck.id)
        .limit(MOST_DECKS)
    )
