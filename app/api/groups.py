"""The groups of a meeting: with their tasks for all, planned by staff. Who sits in them: placing.py."""

from typing import Literal

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.programme import PartVersion, RowId
from app.api.verbs import Doors, pick
from app.domain.groups import service
from app.domain.groups.policy import may_plan_groups
from app.domain.groups.queries import GroupView, list_groups, list_groups_seen_by
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import Step
from app.domain.meetings.drafts import list_draft_items
from app.http.visit import AVisit, Visit, anyone

router = make_router("grupper")
GROUPS = "/moeder/{key}/grupper"
OF_ITEM = "/moeder/{key}/program/{item_id}/grupper"
GROUP = OF_ITEM + "/{group_id}"
STEPS: dict[str, Step] = {"op": -1, "ned": 1}


class GroupOut(Out):
    """A group that discusses at a meeting."""

    id: int
    item_id: int | None = Field(description="The number of the item of the programme, or null.")
    number: int
    name: str
    name_en: str
    task: str = Field(description="What it is asked to do.")
    note: str
    facilitator: str = Field(description="Who leads it; empty where nobody is named.")
    rapporteur: str = Field(description="Who writes down what is said; empty where nobody is named.")
    theme_id: int | None = Field(description="The number of the theme that it speaks of, or null.")
    theme_name: str | None = Field(description="The name of that theme.")
    theme_path: str | None = Field(description="Its address on the pages, below the site's own.")
    version: int


class GroupsOut(Out):
    """The groups of a meeting."""

    meeting_key: str
    items: list[GroupOut] = Field(description="In order; those of a drafted item are for who plans.")


class GroupEditIn(GroupInput):
    """A group, all of it."""

    version: PartVersion


def show_all(visit: Visit, key: str) -> tuple[GroupsOut, None]:
    meeting = find_meeting(visit, key)
    found = list_groups_seen_by(visit.session, visit.actor, meeting.id)
    items = [GroupOut.model_validate(one) for one in found]
    return GroupsOut(meeting_key=meeting.key, items=items), None


doors = Doors(router, GroupsOut, show_all, at="/moeder/{}/grupper")


@router.get(GROUPS, dependencies=[anyone], response_model=GroupsOut)
def list_all(visit: AVisit, key: MeetingKey) -> Response:
    """The groups of a meeting with their tasks; not who sits in them."""
    return answer(visit, show_all(visit, key)[0])


def _find(visit: Visit, key: str, item_id: int, group_id: int) -> tuple[str, GroupView]:
    meeting = find_meeting(visit, key)
    item = pick(list_draft_items(visit.session, meeting.id), item_id)
    own = [group for group in list_groups(visit.session, meeting.id) if group.item_id == item.id]
    return meeting.key, pick(own, group_id)


@doors.post(OF_ITEM, may_plan_groups, makes=True)
def add_group(visit: Visit, key: MeetingKey, item_id: RowId, given: GroupInput) -> str:
    """One more group at an item, last in the order. A name of somebody who may lead it there is linked."""
    meeting = find_meeting(visit, key)
    item = pick(list_draft_items(visit.session, meeting.id), item_id)
    service.add_group(visit.session, visit.actor, item.id, given)
    return meeting.key


@doors.put(GROUP, may_plan_groups)
def change_group(visit: Visit, key: MeetingKey, item_id: RowId, group_id: RowId, given: GroupEditIn) -> str:
    """Change a group: its name, its task, who leads it and who writes."""
    name, group = _find(visit, key, item_id, group_id)
    edit = GroupInput.model_validate(given.model_dump(exclude={"version"}))
    service.edit_group(visit.session, visit.actor, group.id, given.version, edit)
    return name


@doors.delete(GROUP, may_plan_groups)
def remove_group(visit: Visit, key: MeetingKey, item_id: RowId, group_id: RowId) -> str:
    """Take a group away that nobody has said anything in."""
    name, group = _find(visit, key, item_id, group_id)
    service.remove_group(visit.session, visit.actor, group.id)
    return name


@doors.post(GROUP + "/flyt/{step}", may_plan_groups)
def move_group(
    visit: Visit, key: MeetingKey, item_id: RowId, group_id: RowId, step: Literal["op", "ned"]
) -> str:
    """One place up or down among the groups of its item; nothing happens at the ends."""
    name, group = _find(visit, key, item_id, group_id)
    service.move_group(visit.session, visit.actor, group.id, STEPS[step])
    return name
