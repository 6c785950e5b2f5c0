"""The verbs of a programme: its items, their tasks, and who takes part as what."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar
from uuid import uuid4

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.events import ProgrammeChanged
from app.domain.meetings.models import AgendaItem, Appearance, Correction, Meeting, PanelTask
from app.domain.meetings.policy import may_plan_meetings, may_write_talk
from app.domain.meetings.roles import list_own_item_ids
from app.domain.meetings.schemas import AppearanceEdit, AppearanceInput, ItemInput, TaskInput
from app.domain.meetings.service import at, lock_meeting
from app.domain.organisations.models import Organisation
from app.domain.users.models import Person
from app.domain.users.queries import find_persons_by_name, get_person
from app.domain.users.service import add_person

Step = Literal[-1, 1]
R = TypeVar("R", AgendaItem, Appearance, PanelTask)
P = TypeVar("P", Appearance, PanelTask)


# --- items ---


def add_item(session: Session, actor: Actor, meeting_id: int, given: ItemInput) -> AgendaItem:
    """A new line of the programme: after those that begin no later, or last where it has no time."""
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    items = _list_items(session, meeting.id)
    key = f"punkt-{uuid4().hex[:12]}"
    item = AgendaItem(meeting_id=meeting.id, key=key, position=0, **_item_values(meeting, given))
    session.add(item)
    _number(_with_placed(items, item))
    session.flush()
    _note(session, actor, "add", meeting, item)
    return item


def edit_item(session: Session, actor: Actor, item_id: int, version: int, given: ItemInput) -> AgendaItem:
    """Change an item, where nobody else has since `version` (else refused: stale). A new time moves it."""
    meeting, item = _take_item(session, actor, item_id)
    before = _check_version(item, version)
    values = _item_values(meeting, given)
    if given.title != item.title:
        item.title_en, item.title_certainty = "", "stated"
    if given.summary != item.summary:
        item.summary_en = ""
    is_moved = values["starts_at"] != item.starts_at
    for name, value in values.items():
        setattr(item, name, value)
    if is_moved:
        others = [other for other in _list_items(session, meeting.id) if other is not item]
        _number(_with_placed(others, item))
    _note(session, actor, "edit", meeting, item, before)
    return item


def write_talk(
    session: Session, actor: Actor, item_id: int, version: int, title: str, summary: str
) -> AgendaItem:
    """Change a talk's title and text, by the one who gives it. Refused: stale. Raises NotFound, NotAllowed."""
    meeting_id = session.scalar(select(AgendaItem.meeting_id).where(AgendaItem.id == item_id))
    if meeting_id is None:
        raise NotFound
    require(may_write_talk(actor, item_id, list_own_item_ids(session, actor, meeting_id)))
    meeting = lock_meeting(session, meeting_id)
    item = _read_anew(session, AgendaItem, item_id)
    before = _check_version(item, version)
    if title != item.title:
        item.title_en, item.title_certainty = "", "stated"
    if summary != item.summary:
        item.summary_en = ""
    item.title, item.summary = title, summary
    _note(session, actor, "edit", meeting, item, before)
    return item


def move_item(session: Session, actor: Actor, item_id: int, step: Step) -> AgendaItem:
    """One place up (-1) or down (1); nothing happens at the ends."""
    meeting, item = _take_item(session, actor, item_id)
    _move(session, actor, meeting, _list_items(session, meeting.id), item, step)
    return item


def remove_item(session: Session, actor: Actor, item_id: int) -> None:
    """Take an item off the programme with its tasks and people.

    Refused with item_in_use while something else hangs on it: groups, contributions, a presentation.
    """
    meeting, item = _take_item(session, actor, item_id)
    before = snapshot(item) | {
        "people": [snapshot(row) for row in _list_parts(session, item.id)],
        "tasks": [snapshot(row) for row in _list_tasks(session, item.id)],
    }
    try:
        with session.begin_nested():
            for table in (Appearance, PanelTask):
                session.execute(delete(table).where(table.item_id == item.id))
            session.execute(update(Correction).where(Correction.item_id == item.id).values(item_id=None))
            session.delete(item)
            session.flush()
    except IntegrityError as used:
        raise Refused("item_in_use") from used
    _number(_list_items(session, meeting.id))
    meeting.edited_at = now()
    record(session, actor, "remove", "item", item_id, before=before)
    announce(session, ProgrammeChanged(meeting.id, (item_id,)))


def _item_values(meeting: Meeting, given: ItemInput) -> dict[str, Any]:
    values = given.model_dump(exclude={"starts", "ends"})
    return values | {
        "starts_at": at(meeting.held_on, given.starts),
        "ends_at": at(meeting.held_on, given.ends),
    }


def _with_placed(items: Sequence[AgendaItem], item: AgendaItem) -> list[AgendaItem]:
    """The items with this one after the last that begins no later than it."""
    place = len(items)
    if item.starts_at is not None:
        earlier = [
            n for n, other in enumerate(items) if other.starts_at and other.starts_at <= item.starts_at
        ]
        later = [n for n, other in enumerate(items) if other.starts_at and other.starts_at > item.starts_at]
        if earlier or later:
            place = earlier[-1] + 1 if earlier else later[0]
    return [*items[:place], item, *items[place:]]


# --- tasks ---


def add_task(session: Session, actor: Actor, item_id: int, given: TaskInput) -> PanelTask:
    """One more task for the panel or the groups, last in the order."""
    meeting, item = _take_item(session, actor, item_id)
    position = len(_list_tasks(session, item.id)) + 1
    task = PanelTask(item_id=item.id, position=position, **given.model_dump())
    session.add(task)
    session.flush()
    _note(session, actor, "add", meeting, task)
    return task


def edit_task(session: Session, actor: Actor, task_id: int, version: int, given: TaskInput) -> PanelTask:
    """Change a task, where nobody else has since `version` (else refused: stale)."""
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    before = _check_version(task, version)
    if given.text != task.text:
        task.text_en = ""
    for name, value in given.model_dump().items():
        setattr(task, name, value)
    _note(session, actor, "edit", meeting, task, before)
    return task


def move_task(session: Session, actor: Actor, task_id: int, step: Step) -> PanelTask:
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    _move(session, actor, meeting, _list_tasks(session, task.item_id), task, step)
    return task


def remove_task(session: Session, actor: Actor, task_id: int) -> None:
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    _remove(session, actor, meeting, task)
    _number(_list_tasks(session, task.item_id))


# --- who takes part ---


def add_appearance(session: Session, actor: Actor, item_id: int, given: AppearanceInput) -> Appearance:
    """Somebody's part in an item, with title and organisation as they are that day.

    Somebody with several titles has several parts. Refused: speaker_missing (neither a person nor an
    organisation), name_known (a new person with the name of a known one, not said to be another),
    part_known (the same part twice).
    """
    meeting, item = _take_item(session, actor, item_id)
    if given.person_id is None and not given.name and not given.organisation:
        raise Refused("speaker_missing")
    person = _choose_person(session, actor, given, meeting.is_example)
    parts = _list_parts(session, item.id)
    part = Appearance(
        item_id=item.id,
        position=len(parts) + 1,
        person_id=person.id if person else None,
        person_name=person.name if person else "",
        **_part_values(session, given),
    )
    if any(_says_the_same(part, known) for known in parts):
        raise Refused("part_known")
    session.add(part)
    session.flush()
    _note(session, actor, "add", meeting, part)
    return part


def edit_appearance(
    session: Session, actor: Actor, appearance_id: int, version: int, given: AppearanceEdit
) -> Appearance:
    """Correct the title, organisation or role of that day; other days keep theirs. Refused: stale."""
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    before = _check_version(part, version)
    if given.title != part.title:
        part.title_en = ""
    for name, value in _part_values(session, given).items():
        setattr(part, name, value)
    _note(session, actor, "edit", meeting, part, before)
    return part


def move_appearance(session: Session, actor: Actor, appearance_id: int, step: Step) -> Appearance:
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    _move(session, actor, meeting, _list_parts(session, part.item_id), part, step)
    return part


def remove_appearance(session: Session, actor: Actor, appearance_id: int) -> None:
    """Take somebody out of an item; the person stays known."""
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    _remove(session, actor, meeting, part)
    _number(_list_parts(session, part.item_id))


def _choose_person(session: Session, actor: Actor, given: AppearanceInput, is_example: bool) -> Person | None:
    if given.person_id is not None:
        person = get_person(session, given.person_id)
        if person is None:
            raise NotFound
        return person
    if not given.name:
        return None
    if not given.is_namesake and given.name in find_persons_by_name(session, [given.name]):
        raise Refused("name_known", person=given.name)
    return add_person(session, actor, given.name, is_example)


def _part_values(session: Session, given: AppearanceInput | AppearanceEdit) -> dict[str, Any]:
    return {
        "title": given.title,
        "organisation_id": find_organisation_id(session, given.organisation),
        "organisation_name": given.organisation,
        "role": given.role,
        "is_former": given.is_former,
    }


def find_organisation_id(session: Session, name: str) -> int | None:
    """The organisation that is called exactly this, in full or in short; None where it is only text."""
    if not name:
        return None
    wanted = func.lower(name)
    return session.scalars(
        select(Organisation.id)
        .where(or_(func.lower(Organisation.name) == wanted, func.lower(Organisation.short_name) == wanted))
        .order_by(func.lower(Organisation.name) != wanted, Organisation.is_example, Organisation.id)
        .limit(1)
    ).one_or_none()


def _says_the_same(one: Appearance, other: Appearance) -> bool:
    fields = ("person_id", "person_name", "title", "organisation_name", "role", "is_former")
    return all(getattr(one, field) == getattr(other, field) for field in fields)


# --- what all of them do ---


def _take_item(session: Session, actor: Actor, item_id: int) -> tuple[Meeting, AgendaItem]:
    """The item and its meeting, held, for staff."""
    require(may_plan_meetings(actor))
    meeting_id = session.scalar(select(AgendaItem.meeting_id).where(AgendaItem.id == item_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    item = _read_anew(session, AgendaItem, item_id)
    return meeting, item


def _take_part(session: Session, actor: Actor, table: type[P], part_id: int) -> tuple[Meeting, P]:
    """A task or somebody's part with its meeting, held, for staff."""
    require(may_plan_meetings(actor))
    item_id = session.scalar(select(table.item_id).where(table.id == part_id))
    if item_id is None:
        raise NotFound
    meeting, _ = _take_item(session, actor, item_id)
    return meeting, _read_anew(session, table, part_id)


def _read_anew(session: Session, table: type[R], row_id: int) -> R:
    row = session.get(table, row_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _check_version(row: AgendaItem | Appearance | PanelTask, version: int) -> dict[str, Any]:
    """The row as it was, for the log, unless somebody has changed it since."""
    if row.version != version:
        raise Refused("stale")
    before = snapshot(row)
    row.version += 1
    return before


_THINGS = {AgendaItem: "item", PanelTask: "task", Appearance: "appearance"}


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    meeting: Meeting,
    row: AgendaItem | Appearance | PanelTask,
    before: dict[str, Any] | None = None,
) -> None:
    """What every change leaves behind: the log, the mark of a person's hand, the word to the others."""
    meeting.edited_at = now()
    session.flush()
    record(session, actor, verb, _THINGS[type(row)], row.id, before=before, after=snapshot(row))
    item_id = row.id if isinstance(row, AgendaItem) else row.item_id
    announce(session, ProgrammeChanged(meeting.id, (item_id,)))


def _remove(session: Session, actor: Actor, meeting: Meeting, row: Appearance | PanelTask) -> None:
    meeting.edited_at = now()
    session.delete(row)
    session.flush()
    record(session, actor, "remove", _THINGS[type(row)], row.id, before=snapshot(row))
    announce(session, ProgrammeChanged(meeting.id, (row.item_id,)))


def _move(session: Session, actor: Actor, meeting: Meeting, rows: list[R], row: R, step: Step) -> None:
    place = rows.index(row)
    if not 0 <= place + step < len(rows):
        return
    before = {"position": row.position}
    rows[place], rows[place + step] = rows[place + step], rows[place]
    _number(rows)
    _note(session, actor, "move", meeting, row, before)


def _number(rows: Sequence[AgendaItem] | Sequence[Appearance] | Sequence[PanelTask]) -> None:
    for position, row in enumerate(rows, 1):
        row.position = position


def _list_items(session: Session, meeting_id: int) -> list[AgendaItem]:
    return list(
        session.scalars(
            select(AgendaItem)
            .where(AgendaItem.meeting_id == meeting_id)
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )


def _list_tasks(session: Session, item_id: int) -> list[PanelTask]:
    return list(
        session.scalars(
            select(PanelTask).where(PanelTask.item_id == item_id).order_by(PanelTask.position, PanelTask.id)
        )
    )


def _list_parts(session: Session, item_id: int) -> list[Appearance]:
    return list(
        session.scalars(
            select(Appearance)
            .where(Appearance.item_id == item_id)
            .order_by(Appearance.position, Appearance.id)
        )
    )
