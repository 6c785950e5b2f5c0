"""Staff's draft of a programme: items, who takes part in them, tasks, their order, and publishing it."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from fastapi import Path
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import ItemOut, MeetingKey, MeetingOut, PartOut, TaskOut, find_meeting
from app.api.meetings import show as show_meeting
from app.api.verbs import Doors, Upon, pick
from app.core.policy import Actor
from app.domain.meetings import programme, publishing, states
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.editions import read_programme
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import ItemView
from app.domain.meetings.schemas import (
    AppearanceEdit,
    AppearanceInput,
    ItemInput,
    NewDateInput,
    OrderInput,
    PublishInput,
    ReasonInput,
    TaskInput,
)
from app.domain.minutes.withdrawing import withdraw_unrecorded
from app.http.visit import AVisit, Visit, only

router = make_router("moeder")
DRAFT = "/moeder/{key}/program/kladde"
ITEM = "/moeder/{key}/program/{item_id}"
TASK = ITEM + "/opgaver/{task_id}"
PART = ITEM + "/medvirkende/{part_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
PartVersion = Annotated[int, Field(ge=1, le=2**53, description="That was read, from the draft.")]
M = TypeVar("M", bound=BaseModel)
Turn = Literal["genoptag", "start", "ikke-startet", "slut", "ikke-slut"]
TURNS: dict[str, Callable[[Session, Actor, int], object]] = {
    "genoptag": states.resume_meeting,
    "start": states.start_meeting,
    "ikke-startet": states.undo_start,
    "slut": states.close_meeting,
    "ikke-slut": states.undo_close,
}


class DraftPartOut(PartOut):
    """Somebody's part in an item, with its number."""

    id: int
    person_id: int | None = Field(description="The number of the person, or null.")
    version: int


class DraftTaskOut(TaskOut):
    """A task, with its version."""

    version: int


class DraftItemOut(ItemOut):
    """A line of the programme as staff has drafted it."""

    people: list[DraftPartOut] = Field(description="Who takes part in it, in order.")  # type: ignore[assignment]
    tasks: list[DraftTaskOut] = Field(description="What is asked in it, in order.")  # type: ignore[assignment]


class DraftOut(Out):
    """The programme as staff has drafted it; where nothing is drafted, as it is published."""

    meeting_key: str
    items: list[DraftItemOut] = Field(description="In the order of the day.")
    changes: int = Field(description="How many changes wait to be published.")
    version: int


class ItemEditIn(ItemInput):
    """A line of the programme, all of it."""

    version: PartVersion


class TaskEditIn(TaskInput):
    """A task, all of it."""

    version: PartVersion


class PartEditIn(AppearanceEdit):
    """Somebody's part, all of it."""

    version: PartVersion


def show(visit: Visit, key: str) -> tuple[DraftOut, int]:
    meeting = find_meeting(visit, key)
    found = read_programme(visit.session, meeting.id)
    items = [DraftItemOut.model_validate(one) for one in found.items]
    told = DraftOut(meeting_key=meeting.key, items=items, changes=len(found.changes), version=found.version)
    return told, found.version


doors = Doors(router, DraftOut, show, at="/moeder/{}/program/kladde")
meetings = Doors(router, MeetingOut, show_meeting, at="/moeder/{}")


def _bare(given: BaseModel, kind: type[M]) -> M:
    return kind.model_validate(given.model_dump(exclude={"version"}))


def _find(visit: Visit, key: str, item_id: int) -> tuple[str, ItemView]:
    meeting = find_meeting(visit, key)
    return meeting.key, pick(list_draft_items(visit.session, meeting.id), item_id)


@router.get(DRAFT, dependencies=[only(may_plan_meetings)], response_model=DraftOut)
def show_draft(visit: AVisit, key: MeetingKey) -> Response:
    """The programme as it is drafted, with the numbers of all that is in it."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.put(DRAFT + "/raekkefoelge", may_plan_meetings)
def set_order(visit: Visit, upon: Upon, key: MeetingKey, given: OrderInput) -> str:
    """Put the items in another order."""
    meeting = find_meeting(visit, key)
    current = read_programme(visit.session, meeting.id).version
    publishing.set_order(visit.session, visit.actor, meeting.id, upon(current, given))
    return meeting.key


@doors.post(DRAFT + "/tider", may_plan_meetings)
def flow_times(visit: Visit, upon: Upon, key: MeetingKey) -> str:
    """Have each item begin where the one before ends."""
    meeting = find_meeting(visit, key)
    version = upon.of(read_programme(visit.session, meeting.id).version)
    publishing.flow_times(visit.session, visit.actor, meeting.id, version)
    return meeting.key


@doors.post(DRAFT + "/udgiv", may_plan_meetings)
def publish_draft(visit: Visit, upon: Upon, key: MeetingKey, given: PublishInput) -> str:
    """Publish what is drafted; those who are told of it are told of by mails that wait in the outbox."""
    meeting = find_meeting(visit, key)
    version = upon.of(read_programme(visit.session, meeting.id).version)
    publishing.publish_programme(
        visit.session,
        visit.actor,
        meeting.id,
        version,
        tells_concerned="concerned" in given.tells and not meeting.is_past,
        tells_all="everybody" in given.tells and not meeting.is_past,
    )
    return meeting.key


@doors.delete(DRAFT, may_plan_meetings)
def discard_draft(visit: Visit, upon: Upon, key: MeetingKey) -> str:
    """Throw away what is drafted; the published programme stands."""
    meeting = find_meeting(visit, key)
    version = upon.of(read_programme(visit.session, meeting.id).version)
    publishing.discard_draft(visit.session, visit.actor, meeting.id, version)
    return meeting.key


@doors.put(ITEM, may_plan_meetings)
def change_item(visit: Visit, key: MeetingKey, item_id: RowId, given: ItemEditIn) -> str:
    """Change a line of the programme."""
    name, item = _find(visit, key, item_id)
    programme.edit_item(visit.session, visit.actor, item.id, given.version, _bare(given, ItemInput))
    return name


@doors.delete(ITEM, may_plan_meetings)
def remove_item(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Take a line of the programme away."""
    name, item = _find(visit, key, item_id)
    programme.remove_item(visit.session, visit.actor, item.id)
    return name


@doors.post(ITEM + "/opgaver", may_plan_meetings, makes=True)
def add_task(visit: Visit, key: MeetingKey, item_id: RowId, given: TaskInput) -> str:
    """One more task for the panel or the groups of an item."""
    name, item = _find(visit, key, item_id)
    programme.add_task(visit.session, visit.actor, item.id, given)
    return name


@doors.put(TASK, may_plan_meetings)
def change_task(visit: Visit, key: MeetingKey, item_id: RowId, task_id: RowId, given: TaskEditIn) -> str:
    """Change a task."""
    name, item = _find(visit, key, item_id)
    task = pick(item.tasks, task_id)
    programme.edit_task(visit.session, visit.actor, task.id, given.version, _bare(given, TaskInput))
    return name


@doors.delete(TASK, may_plan_meetings)
def remove_task(visit: Visit, key: MeetingKey, item_id: RowId, task_id: RowId) -> str:
    """Take a task away."""
    name, item = _find(visit, key, item_id)
    programme.remove_task(visit.session, visit.actor, pick(item.tasks, task_id).id)
    return name


@doors.post(ITEM + "/medvirkende", may_plan_meetings, makes=True)
def add_part(visit: Visit, key: MeetingKey, item_id: RowId, given: AppearanceInput) -> str:
    """Have somebody take part in an item, with the title and the organisation of that day."""
    name, item = _find(visit, key, item_id)
    programme.add_appearance(visit.session, visit.actor, item.id, given)
    return name


@doors.put(PART, may_plan_meetings)
def change_part(visit: Visit, key: MeetingKey, item_id: RowId, part_id: RowId, given: PartEditIn) -> str:
    """Change somebody's part in an item."""
    name, item = _find(visit, key, item_id)
    part = pick(item.people, part_id)
    edit = _bare(given, AppearanceEdit)
    programme.edit_appearance(visit.session, visit.actor, part.id, given.version, edit)
    return name


@doors.delete(PART, may_plan_meetings)
def remove_part(visit: Visit, key: MeetingKey, item_id: RowId, part_id: RowId) -> str:
    """Have somebody take part in an item no more."""
    name, item = _find(visit, key, item_id)
    programme.remove_appearance(visit.session, visit.actor, pick(item.people, part_id).id)
    return name


# --- the meeting itself


@meetings.post("/moeder/{key}/kladde", may_plan_meetings)
def withdraw_meeting(visit: Visit, key: MeetingKey) -> str:
    """Make a published meeting a draft again, where nobody signed up or was invited and nothing was said."""
    return withdraw_unrecorded(visit.session, visit.actor, find_meeting(visit, key).id).key


@meetings.post("/moeder/{key}/aflys", may_plan_meetings)
def cancel_meeting(visit: Visit, upon: Upon, key: MeetingKey, given: ReasonInput) -> str:
    """Call a meeting off, with the reason; mails to those who come wait in the outbox."""
    meeting = find_meeting(visit, key)
    version = upon.of(meeting.version)
    return states.cancel_meeting(visit.session, visit.actor, meeting.id, version, given).key


@meetings.post("/moeder/{key}/udskyd", may_plan_meetings)
def postpone_meeting(visit: Visit, upon: Upon, key: MeetingKey, given: ReasonInput) -> str:
    """Put a meeting off to a day that is not known yet, with the reason."""
    meeting = find_meeting(visit, key)
    version = upon.of(meeting.version)
    return states.postpone_meeting(visit.session, visit.actor, meeting.id, version, given).key


@meetings.post("/moeder/{key}/flyt", may_plan_meetings)
def move_meeting(visit: Visit, upon: Upon, key: MeetingKey, given: NewDateInput) -> str:
    """Hold a meeting on another day or at another time."""
    meeting = find_meeting(visit, key)
    version = upon.of(meeting.version)
    return states.set_new_date(visit.session, visit.actor, meeting.id, version, given).key


@meetings.post("/moeder/{key}/tilstand/{to}", may_plan_meetings)
def turn_meeting(visit: Visit, key: MeetingKey, to: Turn) -> str:
    """Begin a meeting, end it, hold it after all, or undo that."""
    meeting = find_meeting(visit, key)
    TURNS[to](visit.session, visit.actor, meeting.id)
    return meeting.key
