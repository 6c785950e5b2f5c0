"""The verbs of a programme: its items, their tasks, and who takes part as what.

They change the draft, once the programme has been published; `publishing` puts it in force.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import at, now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.drafts import (
    Line,
    get_drafted,
    get_items,
    get_parts,
    get_tasks,
    is_drafting,
    picture,
    write_drafted,
)
from app.domain.meetings.editions import drop_item, drop_part
from app.domain.meetings.events import ProgrammeChanged
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.policy import may_plan_meetings, may_write_talk
from app.domain.meetings.roles import list_own_item_ids
from app.domain.meetings.schemas import AppearanceEdit, AppearanceInput, ItemInput, TaskInput
from app.domain.meetings.service import lock_meeting
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
    item, after = put_item(session, actor, meeting_id, given)
    record(session, actor, "add", "item", item.id, after=after)
    return item


def put_item(
    session: Session, actor: Actor, meeting_id: int, given: ItemInput
) -> tuple[AgendaItem, dict[str, Any]]:
    """As `add_item`, for a verb that notes in the log itself what was made; with what it is to note."""
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    items = get_items(session, meeting)
    item = AgendaItem(
        meeting_id=meeting.id,
        key=f"punkt-{uuid4().hex[:12]}",
        position=0,
        is_new=is_drafting(meeting),
        **_item_values(meeting, given),
    )
    session.add(item)
    number(meeting, _with_placed(meeting, items, item))
    touch(meeting)
    session.flush()
    if not is_drafting(meeting):
        announce(session, ProgrammeChanged(meeting.id, (item.id,)))
    return item, picture(meeting, item)


def edit_item(session: Session, actor: Actor, item_id: int, version: int, given: ItemInput) -> AgendaItem:
    """Change an item, where nobody else has since `version` (else refused: stale). A new time moves it."""
    meeting, item = _take_item(session, actor, item_id)
    before = _check_version(meeting, item, version)
    values = _item_values(meeting, given) | _forgotten(meeting, item, given.title, given.summary)
    is_moved = values["starts_at"] != get_drafted(meeting, item, "starts_at")
    write_drafted(meeting, item, values)
    if is_moved:
        others = [other for other in get_items(session, meeting) if other is not item]
        number(meeting, _with_placed(meeting, others, item))
    _note(session, actor, "edit", meeting, item, before)
    return item


def write_talk(
    session: Session, actor: Actor, item_id: int, version: int, title: str, summary: str
) -> AgendaItem:
    """Change a talk's title and text, by the one who gives it. Refused: stale."""
    meeting_id = session.scalar(select(AgendaItem.meeting_id).where(AgendaItem.id == item_id))
    if meeting_id is None:
        raise NotFound
    require(may_write_talk(actor, item_id, list_own_item_ids(session, actor, meeting_id)))
    meeting = lock_meeting(session, meeting_id)
    item = _read_anew(session, AgendaItem, item_id)
    before = _check_version(meeting, item, version)
    values = {"title": title, "summary": summary}
    write_drafted(meeting, item, values | _forgotten(meeting, item, title, summary))
    _note(session, actor, "edit", meeting, item, before)
    return item


def move_item(
    session: Session, actor: Actor, item_id: int, step: Step, version: int | None = None
) -> AgendaItem:
    """One place up (-1) or down (1); nothing happens at the ends. Refused: stale, where the programme has
    changed since `version` of it."""
    meeting, item = _take_item(session, actor, item_id)
    if version not in (None, meeting.programme_version):
        raise Refused("stale")
    _move(session, actor, meeting, get_items(session, meeting), item, step)
    return item


def remove_item(session: Session, actor: Actor, item_id: int) -> None:
    """Take an item off the programme with its tasks and people.

    Refused with item_in_use while something else hangs on it: groups, contributions, a deck.
    """
    before = take_item_off(session, actor, item_id)
    record(session, actor, "remove", "item", item_id, before=before)


def take_item_off(session: Session, actor: Actor, item_id: int) -> dict[str, Any]:
    """As `remove_item`, for a verb that notes in the log itself what was taken off: what it is to note."""
    meeting, item = _take_item(session, actor, item_id)
    before = picture(meeting, item) | {
        "people": [picture(meeting, row) for row in get_parts(session, meeting, item.id)],
        "tasks": [picture(meeting, row) for row in get_tasks(session, meeting, item.id)],
    }
    if is_drafting(meeting) and not item.is_new:
        _try_to_drop(session, actor, item)
        item.is_removed = True
    else:
        drop_item(session, actor, item)
    number(meeting, get_items(session, meeting))
    touch(meeting)
    if not is_drafting(meeting):
        announce(session, ProgrammeChanged(meeting.id, (item_id,)))
    return before


def stand_again(session: Session, actor: Actor, meeting_id: int, rows: Sequence[Line]) -> None:
    """What was put back into the programme stands last there again, in the draft where there is one."""
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    for row in rows:
        row.is_new, row.is_removed, row.draft = is_drafting(meeting), False, None
    session.flush()
    for row in rows:
        if isinstance(row, AgendaItem):
            others = [one for one in get_items(session, meeting) if one is not row]
            number(meeting, _with_placed(meeting, others, row))
        elif isinstance(row, PanelTask):
            number(meeting, get_tasks(session, meeting, row.item_id))
        else:
            number(meeting, get_parts(session, meeting, row.item_id))
    touch(meeting)
    if not is_drafting(meeting):
        items = {row.id if isinstance(row, AgendaItem) else row.item_id for row in rows}
        announce(session, ProgrammeChanged(meeting.id, tuple(sorted(items))))


def _try_to_drop(session: Session, actor: Actor, item: AgendaItem) -> None:
    """Whether the item can be deleted when the draft is published; the rooms above know what hangs on it."""
    attempt = session.begin_nested()
    drop_item(session, actor, item)
    attempt.rollback()


def _forgotten(meeting: Meeting, item: AgendaItem, title: str, summary: str) -> dict[str, str]:
    """What was said about the old words does not hold for the new ones."""
    forgotten = {}
    if title != get_drafted(meeting, item, "title"):
        forgotten |= {"title_en": "", "title_certainty": "stated"}
    if summary != get_drafted(meeting, item, "summary"):
        forgotten |= {"summary_en": ""}
    return forgotten


def _item_values(meeting: Meeting, given: ItemInput) -> dict[str, Any]:
    values = given.model_dump(exclude={"starts", "ends"})
    return values | {
        "starts_at": at(meeting.held_on, given.starts),
        "ends_at": at(meeting.held_on, given.ends),
    }


def _with_placed(meeting: Meeting, items: Sequence[AgendaItem], item: AgendaItem) -> list[AgendaItem]:
    """The items with this one after the last that begins no later than it."""
    place = len(items)
    starts = get_drafted(meeting, item, "starts_at")
    if starts is not None:
        times = [get_drafted(meeting, other, "starts_at") for other in items]
        earlier = [n for n, other in enumerate(times) if other and other <= starts]
        later = [n for n, other in enumerate(times) if other and other > starts]
        if earlier or later:
            place = earlier[-1] + 1 if earlier else later[0]
    return [*items[:place], item, *items[place:]]


# --- tasks ---


def add_task(session: Session, actor: Actor, item_id: int, given: TaskInput) -> PanelTask:
    """One more task for the panel or the groups, last in the order."""
    meeting, item = _take_item(session, actor, item_id)
    position = len(get_tasks(session, meeting, item.id)) + 1
    is_new = is_drafting(meeting)
    task = PanelTask(item_id=item.id, position=position, is_new=is_new, **given.model_dump())
    session.add(task)
    session.flush()
    _note(session, actor, "add", meeting, task)
    return task


def edit_task(session: Session, actor: Actor, task_id: int, version: int, given: TaskInput) -> PanelTask:
    """Change a task, where nobody else has since `version` (else refused: stale)."""
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    before = _check_version(meeting, task, version)
    values = given.model_dump()
    if given.text != get_drafted(meeting, task, "text"):
        values["text_en"] = ""
    write_drafted(meeting, task, values)
    _note(session, actor, "edit", meeting, task, before)
    return task


def move_task(session: Session, actor: Actor, task_id: int, step: Step) -> PanelTask:
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    _move(session, actor, meeting, get_tasks(session, meeting, task.item_id), task, step)
    return task


def remove_task(session: Session, actor: Actor, task_id: int) -> None:
    meeting, task = _take_part(session, actor, PanelTask, task_id)
    _remove(session, actor, meeting, task)
    number(meeting, get_tasks(session, meeting, task.item_id))


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
    parts = get_parts(session, meeting, item.id)
    part = Appearance(
        item_id=item.id,
        position=len(parts) + 1,
        person_id=person.id if person else None,
        person_name=person.name if person else "",
        is_new=is_drafting(meeting),
        **_part_values(session, given),
    )
    if any(_says_the_same(meeting, part, known) for known in parts):
        raise Refused("part_known")
    if removed := _find_removed(session, meeting, part):
        removed.is_removed = False
        number(meeting, [*parts, removed])
        _note(session, actor, "add", meeting, removed)
        return removed
    session.add(part)
    session.flush()
    _note(session, actor, "add", meeting, part)
    return part


def edit_appearance(
    session: Session, actor: Actor, appearance_id: int, version: int, given: AppearanceEdit
) -> Appearance:
    """Correct the title, organisation or role of that day; other days keep theirs. Refused: stale."""
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    before = _check_version(meeting, part, version)
    values = _part_values(session, given)
    if given.title != get_drafted(meeting, part, "title"):
        values["title_en"] = ""
    write_drafted(meeting, part, values)
    _note(session, actor, "edit", meeting, part, before)
    return part


def move_appearance(session: Session, actor: Actor, appearance_id: int, step: Step) -> Appearance:
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    _move(session, actor, meeting, get_parts(session, meeting, part.item_id), part, step)
    return part


def remove_appearance(session: Session, actor: Actor, appearance_id: int) -> None:
    """Take somebody out of an item; the person stays known."""
    meeting, part = _take_part(session, actor, Appearance, appearance_id)
    _remove(session, actor, meeting, part)
    number(meeting, get_parts(session, meeting, part.item_id))


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


def _says_the_same(meeting: Meeting, one: Appearance, other: Appearance) -> bool:
    fields = ("person_id", "person_name", "title", "organisation_name", "role", "is_former")
    return all(getattr(one, field) == get_drafted(meeting, other, field) for field in fields)


def _find_removed(session: Session, meeting: Meeting, part: Appearance) -> Appearance | None:
    """The same part, where the draft has taken it out: putting it back changes nothing."""
    removed = session.scalars(
        select(Appearance).where(Appearance.item_id == part.item_id, Appearance.is_removed)
    )
    return next((known for known in removed if _says_the_same(meeting, part, known)), None)


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
    if row is None or row.is_removed:
        raise NotFound
    return row


def _check_version(meeting: Meeting, row: Line, version: int) -> dict[str, Any]:
    """The row as it was, for the log, unless somebody has changed it since."""
    if row.version != version:
        raise Refused("stale")
    before = picture(meeting, row)
    row.version += 1
    return before


_THINGS = {AgendaItem: "item", PanelTask: "task", Appearance: "appearance"}


def touch(meeting: Meeting) -> None:
    """The mark of a person's hand, and a new version of the programme."""
    meeting.edited_at = now()
    meeting.programme_version += 1


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    meeting: Meeting,
    row: Line,
    before: dict[str, Any] | None = None,
) -> None:
    """What every change leaves behind: the log, the mark of a person's hand, the word to the others."""
    touch(meeting)
    session.flush()
    record(session, actor, verb, _THINGS[type(row)], row.id, before=before, after=picture(meeting, row))
    if not is_drafting(meeting):
        item_id = row.id if isinstance(row, AgendaItem) else row.item_id
        announce(session, ProgrammeChanged(meeting.id, (item_id,)))


def _remove(session: Session, actor: Actor, meeting: Meeting, row: Appearance | PanelTask) -> None:
    touch(meeting)
    before = picture(meeting, row)
    if is_drafting(meeting) and not row.is_new:
        row.is_removed = True
    else:
        drop_part(session, actor, meeting.id, row)
    session.flush()
    record(session, actor, "remove", _THINGS[type(row)], row.id, before=before)
    if not is_drafting(meeting):
        announce(session, ProgrammeChanged(meeting.id, (row.item_id,)))


def _move(session: Session, actor: Actor, meeting: Meeting, rows: list[R], row: R, step: Step) -> None:
    place = rows.index(row)
    if not 0 <= place + step < len(rows):
        return
    before = {"position": get_drafted(meeting, row, "position")}
    rows[place], rows[place + step] = rows[place + step], rows[place]
    number(meeting, rows)
    _note(session, actor, "move", meeting, row, before)


def number(meeting: Meeting, rows: Sequence[Line]) -> None:
    """Let the rows stand in this order."""
    for position, row in enumerate(rows, 1):
        write_drafted(meeting, row, {"position": position})
