"""Reading minutes: the working text for those who write them, the editions for all others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked
from app.core.clock import COPENHAGEN, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.queries import MOST_ITEMS
from app.domain.meetings.statuses import DONE
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.minutes.policy import editions_visible_to, may_write_minutes, why_unwritable
from app.domain.users.models import User

# Nothing is written down of these.
UNMINUTED: Final = ("break",)
MOST_EDITIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one item; `part`: opening, item, closing. `kind`: the item's. `id` is None, and
    `version` 0, where nothing has been written yet. `item_id` is None also where the item is gone."""

    id: int | None
    part: str
    item_id: int | None
    title: str
    title_en: str
    kind: str
    text: str
    version: int = 0

    @property
    def place(self) -> str:
        """What it is called in forms and addresses; stays the same when the text is written."""
        if self.part != "item":
            return self.part
        return f"item-{self.item_id}" if self.item_id is not None else f"section-{self.id}"


@dataclass(frozen=True, slots=True)
class MinutesView:
    """Minutes as the actor may read them.

    `state`: draft, review, approved. `is_working`: what stands here is the text that is being written; then
    `number` and `kind` are the newest edition's, if there is one, else those of the edition that stands here.
    `reason`: why that edition was changed. `approved_on`: when the newest approved one was.
    `reopened_reason`: why approved minutes are being changed now; only told to who reads the working text.
    """

    meeting_id: int
    meeting_key: str
    state: str
    is_working: bool
    sections: tuple[Section, ...]
    number: int | None
    kind: str | None
    made_at: datetime | None
    reason: str
    comment_until: date | None
    approved_on: date | None
    reopened_reason: str
    version: int

    @property
    def is_empty(self) -> bool:
        return not any(section.text for section in self.sections)

    @property
    def takes_comments(self) -> bool:
        """Whether the last day for comments is still to come; who may write them is another question."""
        return self.state == "review" and self.comment_until is not None and today() <= self.comment_until

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/referat"


@dataclass(frozen=True, slots=True)
class EditionLine:
    """An edition in a list. `made_by`: only for those who write the minutes, else empty."""

    number: int
    kind: str
    reason: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class EditionView(EditionLine):
    """An edition with its text."""

    sections: tuple[Section, ...]


_STATES: Final = {"minutes_in_review": "review", "approved": "approved"}


def state_of_minutes(meeting_status: str) -> str:
    """draft, review or approved: the minutes' state is the meeting's."""
    return _STATES.get(meeting_status, "draft")


def find_minutes(session: Session, actor: Actor, meeting_id: int) -> MinutesView | None:
    """The minutes as the actor may read them, or None.

    Who writes them reads the working text, also before there is any, as long as something was held. All
    others read an edition: those who hear the meeting the newest while it lies open for comments; everybody
    the newest approved one, also while it is being changed. One statement; three for who writes.
    """
    approved = aliased(MinutesEdition)
    shown = (
        select(MinutesEdition.id)
        .where(
            MinutesEdition.meeting_id == Meeting.id,
            editions_visible_to(actor),
            or_(Meeting.status == "minutes_in_review", MinutesEdition.kind != "review"),
        )
        .order_by(MinutesEdition.number.desc())
        .limit(1)
        .correlate(Meeting)
        .scalar_subquery()
    )
    newest_approved = (
        select(approved.made_at)
        .where(approved.meeting_id == Meeting.id, approved.kind != "review")
        .order_by(approved.number.desc())
        .limit(1)
        .correlate(Meeting)
        .scalar_subquery()
    )
    row = session.execute(
        select(Meeting, Minutes, MinutesEdition, newest_approved.label("approved_at"))
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .outerjoin(MinutesEdition, MinutesEdition.id == shown)
        .where(Meeting.id == meeting_id, meeting_visible_to(actor))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    meeting, minutes, edition, approved_at = row
    is_working = may_write_minutes(actor, meeting_id) and meeting.status != "approved"
    if is_working:
        if minutes is None and why_unwritable(meeting.status, meeting.held_on, today()):
            return None
        sections = list_sections(session, meeting_id)
    elif edition is None:
        return None
    else:
        sections = read_sections(edition.sections)
    return MinutesView(
        meeting_id=meeting.id,
        meeting_key=meeting.key,
        state=state_of_minutes(meeting.status),
        is_working=is_working,
        sections=sections,
        number=edition.number if edition else None,
        kind=edition.kind if edition else None,
        made_at=edition.made_at if edition else None,
        reason=edition.reason if edition else "",
        comment_until=minutes.comment_until if minutes else None,
        approved_on=approved_at.astimezone(COPENHAGEN).date() if approved_at else None,
        reopened_reason=minutes.reopened_reason if minutes and is_working else "",
        version=minutes.version if minutes else 0,
    )


def has_minutes(actor: Actor, meeting_id: int, status: str, held_on: date) -> Asking[bool]:
    """Whether there are minutes for the actor, who may see the meeting, to read or to write. Nothing is asked
    of a meeting that has not come so far."""
    if status != "approved" and may_write_minutes(actor, meeting_id):
        return why_unwritable(status, held_on, today()) is None
    if status not in DONE:
        return False
    return bool((yield from asked(_seen_editions(actor), {"of_meeting": meeting_id})))


@kept
def _seen_editions(actor: Actor) -> Select[Any]:
    return (
        select(MinutesEdition.id)
        .join(Meeting, Meeting.id == MinutesEdition.meeting_id)
        .where(MinutesEdition.meeting_id == bindparam("of_meeting"), editions_visible_to(actor))
        .limit(1)
    )


def find_approved(session: Session, actor: Actor, meeting_id: int) -> EditionView | None:
    """The newest approved edition, whatever the actor could read besides. One statement."""
    return _find(session, actor, meeting_id, MinutesEdition.kind != "review")


def find_edition(session: Session, actor: Actor, meeting_id: int, number: int) -> EditionView | None:
    """An edition by its number. One statement."""
    if not 0 < number < 2**31:
        return None
    return _find(session, actor, meeting_id, MinutesEdition.number == number)


def _find(
    session: Session, actor: Actor, meeting_id: int, condition: ColumnElement[bool]
) -> EditionView | None:
    row = session.execute(
        _editions(actor, meeting_id)
        .add_columns(MinutesEdition.sections)
        .where(condition)
        .order_by(MinutesEdition.number.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return EditionView(**dict(row._mapping) | {"sections": read_sections(row.sections)})


def list_editions(session: Session, actor: Actor, meeting_id: int) -> list[EditionLine]:
    """The editions that the actor may read, the newest first. One statement."""
    rows = session.execute(
        _editions(actor, meeting_id).order_by(MinutesEdition.number.desc()).limit(MOST_EDITIONS)
    )
    return [EditionLine(**row._mapping) for row in rows]


def list_edition_texts(session: Session, actor: Actor, meeting_id: int) -> list[EditionView]:
    """The same with their texts, the oldest first. One statement."""
    rows = session.execute(
        _editions(actor, meeting_id)
        .add_columns(MinutesEdition.sections)
        .order_by(MinutesEdition.number)
        .limit(MOST_EDITIONS)
    )
    return [EditionView(**{**row._mapping, "sections": read_sections(row.sections)}) for row in rows]


def _editions(actor: Actor, meeting_id: int) -> Any:
    made_by = func.coalesce(User.name, "") if may_write_minutes(actor, meeting_id) else literal("")
    return (
        select(
            MinutesEdition.number,
            MinutesEdition.kind,
            MinutesEdition.reason,
            MinutesEdition.made_at,
            made_by.label("made_by"),
        )
        .join(Meeting, Meeting.id == MinutesEdition.meeting_id)
        .outerjoin(User, User.id == MinutesEdition.made_by_id)
        .where(MinutesEdition.meeting_id == meeting_id, meeting_visible_to(actor), editions_visible_to(actor))
    )


def list_sections(session: Session, meeting_id: int) -> tuple[Section, ...]:
    """The working text, whatever the state; asked of nobody. Two statements."""
    rows = session.scalars(
        select(MinutesSection)
        .where(MinutesSection.meeting_id == meeting_id)
        .order_by(MinutesSection.id)
        .execution_options(populate_existing=True)
    ).all()
    items = session.execute(
        select(AgendaItem.id, AgendaItem.title, AgendaItem.title_en, AgendaItem.kind)
        .where(AgendaItem.meeting_id == meeting_id, in_force(AgendaItem), AgendaItem.kind.not_in(UNMINUTED))
        .order_by(AgendaItem.position, AgendaItem.id)
        .limit(MOST_ITEMS)
    ).all()
    by_item = {row.item_id: row for row in rows if row.item_id is not None}
    by_part = {row.part: row for row in rows if row.part != "item"}
    known = {item.id for item in items}
    # What was written under an item that has left the programme since is not lost.
    former = [row for row in rows if row.part == "item" and row.item_id not in known and row.text]
    return (
        _section(by_part.get("opening"), "opening"),
        *(
            _section(by_item.get(item.id), "item", item.id, item.title, item.title_en, item.kind)
            for item in items
        ),
        *(_section(row, "item", None, row.title) for row in former),
        _section(by_part.get("closing"), "closing"),
    )


def _section(
    row: MinutesSection | None,
    part: str,
    item_id: int | None = None,
    title: str = "",
    title_en: str = "",
    kind: str = "",
) -> Section:
    if row is None:
        return Section(None, part, item_id, title, title_en, kind, "")
    return Section(row.id, part, item_id, title, title_en, kind, row.text, row.version)


def read_sections(stored: Iterable[dict[str, Any]]) -> tuple[Section, ...]:
    """The sections as an edition keeps them."""
    return tuple(Section(**one) for one in stored)
