"""Reading contributions and answers from the side of the meetings. Each function sends one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import is_in_force, is_listed, visible_to
from app.domain.contributions.queries import (
    PER_PAGE,
    AnswerView,
    Listing,
    _answer_of,
    _answer_rows,
    _is_one_of,
    _list,
)
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem
from app.domain.strategies.models import Strategy, Theme

C = Contribution
# In the order of the programme, and within an item by its groups.
_BY_PLACE = (AgendaItem.position.nulls_last(), Group.position.nulls_first())
_AS_IT_CAME = (C.received_at, C.id)


@dataclass(frozen=True, slots=True)
class ThemeOfMeeting:
    """A theme under which something was said at a meeting; `path` is "strategy/theme"."""

    path: str
    name: str
    name_en: str | None


@dataclass(frozen=True, slots=True)
class MeetingSum:
    """How much was said at a meeting, and under which themes."""

    contributions: int
    themes: tuple[ThemeOfMeeting, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list of a meeting is narrowed to; None narrows nothing."""

    kind: str | None = None
    aspect: str | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pile:
    """So many contributions of one kind, aspect and group."""

    kind: str
    aspect: str | None
    group_id: int | None
    count: int

    def fits(self, chosen: Chosen) -> bool:
        """Whether it is in what has been chosen."""
        return (
            chosen.kind in (None, self.kind)
            and chosen.aspect in (None, self.aspect)
            and chosen.group_id in (None, self.group_id)
        )


def sum_up_meetings(session: Session, actor: Actor) -> dict[int, MeetingSum]:
    """What was said at each meeting, as far as the actor may see it; only what is in force."""
    path = Strategy.key + "/" + Theme.key
    theme = func.jsonb_build_object("path", path, "name", Theme.name, "name_en", Theme.name_en)
    said = (
        select(C.id, C.meeting_id)
        .where(visible_to(actor), C.meeting_id.is_not(None), is_listed())
        .cte("said")
    )
    counted = (
        select(said.c.meeting_id, func.count().label("contributions")).group_by(said.c.meeting_id).subquery()
    )
    # Each theme of a meeting once, before its words are put together: of all that was said it took ten times
    # as long.
    under = (
        select(said.c.meeting_id, ContributionTheme.theme_id)
        .join(ContributionTheme, ContributionTheme.contribution_id == said.c.id)
        .distinct()
        .subquery()
    )
    themed = (
        select(under.c.meeting_id, func.jsonb_agg(aggregate_order_by(theme, theme)).label("themes"))
        .join(Theme, Theme.id == under.c.theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .group_by(under.c.meeting_id)
        .subquery()
    )
    rows = session.execute(
        select(counted.c.meeting_id, counted.c.contributions, themed.c.themes).outerjoin(
            themed, themed.c.meeting_id == counted.c.meeting_id
        )
    )
    return {
        row.meeting_id: MeetingSum(
            row.contributions, tuple(ThemeOfMeeting(**theme) for theme in row.themes or ())
        )
        for row in rows
    }


def piles_at(actor: Actor, meeting_id: int) -> Asking[list[Pile]]:
    """How many of each kind, aspect and group were said at a meeting; only what is in force."""
    return [Pile(*row) for row in (yield from asked(_piles(actor), {"of_meeting": meeting_id}))]


@kept
def _piles(actor: Actor) -> Select[Any]:
    return (
        select(C.kind, C.aspect, C.group_id, func.count().label("count"))
        .where(visible_to(actor), C.meeting_id == bindparam("of_meeting"), is_in_force())
        .group_by(C.kind, C.aspect, C.group_id)
    )


def list_chosen(
    session: Session,
    actor: Actor,
    meeting_id: int,
    chosen: Chosen,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
    within: Sequence[Any] = (),
) -> Listing:
    """What was said at a meeting, narrowed, in the order of the programme; only what is in force. `within`:
    the order within an item and its group, before that in which it came."""
    conditions: list[ColumnElement[bool]] = [C.meeting_id == meeting_id, is_in_force()]
    if chosen.kind is not None:
        conditions.append(C.kind == chosen.kind)
    if chosen.aspect is not None:
        conditions.append(C.aspect == chosen.aspect)
    if chosen.group_id is not None:
        conditions.append(C.group_id == chosen.group_id)
    order = (*_BY_PLACE, *within, *_AS_IT_CAME)
    return _list(session, actor, *conditions, page=page, per_page=per_page, order=order)


def list_answers_to_each(
    session: Session, actor: Actor, contribution_ids: Collection[int]
) -> dict[int, list[AnswerView]]:
    """What was answered to each of these contributions, the oldest first; none where there is none."""
    return read(session, answers_to_each(actor, contribution_ids))


def answers_to_each(actor: Actor, contribution_ids: Collection[int]) -> Asking[dict[int, list[AnswerView]]]:
    """The same, to be asked beside others."""
    found: dict[int, list[AnswerView]] = {}
    if not contribution_ids:
        return found
    rows = yield from asked(_answers_to_each(actor), {"answered_each": sorted(contribution_ids)})
    for row in rows:
        values = dict(row._mapping)
        about_ids = values.pop("about")
        view = _answer_of(values)
        for contribution_id in about_ids:
            found.setdefault(contribution_id, []).append(view)
    return found


@kept
def _answers_to_each(actor: Actor) -> Select[Any]:
    is_asked_for = AnswerContribution.contribution_id.in_(bindparam("answered_each", expanding=True))
    about = (
        select(func.array_agg(AnswerContribution.contribution_id))
        .where(AnswerContribution.answer_id == Answer.id, is_asked_for)
        .correlate(Answer)
        .scalar_subquery()
    )
    to_them = select(AnswerContribution.answer_id).where(is_asked_for)
    statement = _answer_rows(actor).add_columns(about.label("about")).where(_is_one_of(to_them))
    return statement.order_by(Answer.id)
