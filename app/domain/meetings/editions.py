"""Publishing what staff has drafted, throwing it away, and what each publishing changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, Refused
from app.domain.meetings.changes import Change, find_changes, list_concerned, read_changes
from app.domain.meetings.drafts import is_drafting, list_draft_items, settle
from app.domain.meetings.events import ProgrammeChanged
from app.domain.meetings.models import (
    AgendaItem,
    Appearance,
    Correction,
    Meeting,
    PanelTask,
    ProgrammeEdition,
)
from app.domain.meetings.queries import ItemView, list_items
from app.domain.users.models import User

MOST_EDITIONS = 50


@dataclass(frozen=True, slots=True)
class EditionView:
    """A publishing that changed something; `published_by` is for staff."""

    id: int
    number: int
    published_at: datetime
    published_by: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as staff sees it: `items` as drafted, in this `version`, beside those published."""

    version: int
    published: list[ItemView]
    items: list[ItemView]
    changes: list[Change]

    @property
    def concerned(self) -> frozenset[int]:
        """The persons at the changed items, by id."""
        return list_concerned(self.changes, self.published, self.items)


@dataclass(frozen=True, slots=True)
class PutInForce:
    """What a publishing did: `concerned` are the persons at the changed items, by id."""

    edition: ProgrammeEdition
    concerned: frozenset[int]


def put_in_force(session: Session, actor: Actor, meeting: Meeting) -> PutInForce | None:
    """Publish what is drafted of a meeting that the caller holds; None where nothing is.

    The first time the programme is published as it stands. Refused: item_in_use, when something hangs on
    an item that the draft takes off.
    """
    if meeting.programme_published_at is None:
        meeting.programme_published_at = now()
        return PutInForce(_keep_edition(session, actor, meeting, []), frozenset())
    programme = read_programme(session, meeting.id)
    order = [item.id for item in programme.items]
    _settle_all(session, actor, meeting, order)
    if not programme.changes:
        return None
    edition = _keep_edition(session, actor, meeting, programme.changes)
    before = [item.id for item in programme.published]
    announce(session, ProgrammeChanged(meeting.id, tuple(sorted({*before, *order}))))
    return PutInForce(edition, programme.concerned)


def throw_away(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Forget what is drafted of a meeting that the caller holds. Refused: item_in_use."""
    items, parts = _all_rows(session, meeting)
    for row in (*items, *parts):
        if row.draft or row.is_removed:
            row.draft, row.is_removed = None, False
            row.version += 1
    session.flush()
    new_items = {item.id for item in items if item.is_new}
    for part in parts:
        if part.is_new and part.item_id not in new_items:
            drop_part(session, actor, meeting.id, part)
    session.flush()
    for item in items:
        if item.is_new:
            drop_item(session, actor, item)


def drop_part(session: Session, actor: Actor, meeting_id: int, part: Appearance | PanelTask) -> None:
    """Delete a task or somebody's part; it can be put back."""
    is_task = isinstance(part, PanelTask)
    title = part.title or part.text if is_task else part.person_name or part.organisation_name
    kind = "panel_task" if is_task else "appearance"
    lay_aside(session, actor, kind, part, title, meeting_id=meeting_id)
    session.delete(part)


def drop_item(session: Session, actor: Actor, item: AgendaItem) -> None:
    """Delete an item with its tasks and people; it can be put back. Refused: item_in_use, while something
    hangs on it."""
    title = item.title
    along = [(table, table.item_id == item.id) for table in (Appearance, PanelTask)]
    try:
        with session.begin_nested():
            lay_aside(
                session, actor, "item", item, title,
                meeting_id=item.meeting_id, along=along, let_go=[Correction.item_id],
            )  # fmt: skip
            for table in (Appearance, PanelTask):
                session.execute(delete(table).where(table.item_id == item.id))
            session.execute(update(Correction).where(Correction.item_id == item.id).values(item_id=None))
            session.delete(item)
            session.flush()
    except IntegrityError as used:
        raise Refused("item_in_use", title=title) from used


def read_programme(session: Session, meeting_id: int) -> Programme:
    """The programme with what is drafted of it; for staff."""
    meeting = session.get_one(Meeting, meeting_id)
    drafted = list_draft_items(session, meeting.id)
    published = list_items(session, meeting.id) if is_drafting(meeting) else drafted
    return Programme(meeting.programme_version, published, drafted, find_changes(published, drafted))


def editions_of(meeting_id: int) -> Asking[list[EditionView]]:
    """The publishings that changed something, the newest first. The caller has found the meeting."""
    rows = yield from asked(_EDITIONS_OF_MEETING, {"of_meeting": meeting_id})
    return [EditionView(*row[:4], tuple(read_changes(row.changes))) for row in rows]


_EDITIONS_OF_MEETING = (
    select(
        ProgrammeEdition.id,
        ProgrammeEdition.number,
        ProgrammeEdition.published_at,
        func.coalesce(User.name, "").label("published_by"),
        ProgrammeEdition.changes,
    )
    .outerjoin(User, User.id == ProgrammeEdition.published_by_id)
    .where(
        ProgrammeEdition.meeting_id == bindparam("of_meeting"),
        func.jsonb_array_length(ProgrammeEdition.changes) > 0,
    )
    .order_by(ProgrammeEdition.number.desc())
    .limit(MOST_EDITIONS)
)


def _settle_all(session: Session, actor: Actor, meeting: Meeting, order: Sequence[int]) -> None:
    items, parts = _all_rows(session, meeting)
    for part in parts:
        if part.is_removed:
            drop_part(session, actor, meeting.id, part)
        else:
            settle(meeting, part)
    session.flush()
    for item in items:
        if item.is_removed:
            drop_item(session, actor, item)
        else:
            settle(meeting, item)
            item.position = order.index(item.id) + 1
    session.flush()


def _all_rows(
    session: Session, meeting: Meeting
) -> tuple[Sequence[AgendaItem], Sequence[Appearance | PanelTask]]:
    items = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).all()
    ids = [item.id for item in items]
    people = session.scalars(select(Appearance).where(Appearance.item_id.in_(ids))).all()
    tasks = session.scalars(select(PanelTask).where(PanelTask.item_id.in_(ids))).all()
    return items, [*people, *tasks]


def _keep_edition(
    session: Session, actor: Actor, meeting: Meeting, changes: Iterable[Change]
) -> ProgrammeEdition:
    latest = select(func.max(ProgrammeEdition.number)).where(ProgrammeEdition.meeting_id == meeting.id)
    edition = ProgrammeEdition(
        meeting_id=meeting.id,
        number=(session.scalar(latest) or 0) + 1,
        published_at=now(),
        published_by_id=actor.user_id,
        changes=[change.as_json() for change in changes],
    )
    session.add(edition)
    session.flush()
    after = {"edition": edition.number, "changes": edition.changes}
    record(session, actor, "publish", "programme", meeting.id, after=after)
    return edition
