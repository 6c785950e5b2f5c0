"""Planning the programme of a meeting, for staff: its items and their tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.groups.queries import GroupView, list_groups
from app.domain.meetings import programme
from app.domain.meetings.clashes import Clash, find_clashes
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
    TaskView,
    list_items,
)
from app.domain.meetings.schemas import (
    ItemInput,
    TaskInput,
)
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import (
    ITEM,
    PROGRAMME,
    Difference,
    RemovePage,
    clock_text,
    compare,
    item_path,
    open_item,
    programme_path,
    read_step,
    read_version,
    refuse,
)

router = APIRouter()

TASK = ITEM + "/opgaver/{task_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "item_in_use": _(
            "Der hører grupper, indspil eller oplæg til punktet. "
            "Flyt eller fjern dem, før du sletter punktet."
        ),
        "clash_overlap": _("»{first}« og »{second}« overlapper hinanden i {minutes} min."),
        "clash_out_of_order": _("»{second}« begynder før »{first}«, men står efter det."),
        "clash_two_places": _("{name} er to steder på én gang: »{first}« og »{second}«."),
        "clash_too_early": _("»{first}« begynder {minutes} min. før selve mødet."),
        "clash_too_late": _("»{first}« slutter {minutes} min. efter mødets sluttidspunkt."),
        "notice_item_added": _("Punktet er sat på programmet."),
        "notice_item_saved": _("Punktet er gemt."),
        "notice_item_removed": _("Punktet er slettet."),
        "notice_task_saved": _("Opgaven er gemt."),
        "notice_task_removed": _("Opgaven er slettet."),
    }
)


@dataclass
class ProgrammePlanPage(Page):
    template: ClassVar[str] = "planning/programme.html"
    form: Form
    meeting: MeetingView
    items: list[ItemView]
    groups: Mapping[int, list[GroupView]]
    clashes: list[str]
    tracks: list[str]


@dataclass
class ItemPlanPage(Page):
    template: ClassVar[str] = "planning/item.html"
    form: Form
    task_form: Form
    meeting: MeetingView
    item: ItemView
    groups: list[GroupView]
    tracks: list[str]
    clashes: list[str]
    differences: list[Difference] = field(default_factory=list)


@dataclass
class TaskPage(Page):
    template: ClassVar[str] = "planning/task.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    task: TaskView
    differences: list[Difference] = field(default_factory=list)


def _say_clashes(visit: Visit, clashes: Sequence[Clash]) -> list[str]:
    return [
        visit.say(
            f"clash_{clash.code}",
            first=clash.item.title,
            second=clash.other.title if clash.other else "",
            name=clash.name,
            minutes=clash.minutes,
        )
        for clash in clashes
    ]


def _list_tracks(items: Sequence[ItemView]) -> list[str]:
    """The two tracks, and whatever else tracks are called in this programme."""
    return list(dict.fromkeys(["A", "B", *(item.track for item in items if item.track)]))


def _programme_page(visit: Visit, form: Form, meeting: MeetingView, items: list[ItemView]) -> Page:
    groups: dict[int, list[GroupView]] = {}
    for group in list_groups(visit.session, meeting.id):
        groups.setdefault(group.item_id or 0, []).append(group)
    return ProgrammePlanPage(
        form=form,
        meeting=meeting,
        items=items,
        groups=groups,
        clashes=_say_clashes(visit, find_clashes(meeting.starts_at, meeting.ends_at, items)),
        tracks=_list_tracks(items),
    )


def _item_values(item: ItemView) -> dict[str, object]:
    return {
        "kind": item.kind,
        "title": item.title,
        "starts": clock_text(item.starts_at),
        "ends": clock_text(item.ends_at),
        "track": item.track,
        "summary": item.summary,
        "version": item.version,
    }


def _item_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    form: Form,
    task_form: Form | None = None,
    differences: Sequence[Difference] = (),
) -> ItemPlanPage:
    items = list_items(visit.session, meeting.id)
    clashes = find_clashes(meeting.starts_at, meeting.ends_at, items)
    return ItemPlanPage(
        form=form,
        task_form=task_form or visit.blank(),
        meeting=meeting,
        item=item,
        groups=[g for g in list_groups(visit.session, meeting.id) if g.item_id == item.id],
        tracks=_list_tracks(items),
        clashes=_say_clashes(visit, [c for c in clashes if item in (c.item, c.other)]),
        differences=list(differences),
    )


@router.get(PROGRAMME, dependencies=[only(may_plan_meetings)])
def plan_programme(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    items = list_items(visit.session, meeting.id)
    # The next item most often begins where the last one ends.
    ends = items[-1].ends_at if items else meeting.starts_at
    form = visit.blank(kind="talk" if items else "welcome", starts=clock_text(ends))
    return visit.page(_programme_page(visit, form, meeting, items))


@router.post(PROGRAMME, dependencies=[only(may_plan_meetings)])
def add_item(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ItemInput)
    if given is None:
        items = list_items(visit.session, meeting.id)
        return visit.page(_programme_page(visit, form, meeting, items), 422)
    programme.add_item(visit.session, visit.actor, meeting.id, given)
    return visit.done(form, programme_path(meeting), "item_added")


@router.get(ITEM, dependencies=[only(may_plan_meetings)])
def plan_item(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = open_item(visit, key, item_id)
    return visit.page(_item_page(visit, meeting, item, visit.blank(**_item_values(item))))


@router.post(ITEM, dependencies=[only(may_plan_meetings)])
def edit_item(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    given = form.read(ItemInput)
    if given is None:
        return visit.page(_item_page(visit, meeting, item, form), 422)
    try:
        programme.edit_item(visit.session, visit.actor, item.id, read_version(form), given)
        return visit.done(form, programme_path(meeting), "item_saved")
    except Refused as refusal:
        refuse(form, refusal)
    differences = compare(form, _item_values(item))
    return visit.page(_item_page(visit, meeting, item, form, differences=differences), 409)


@router.post(ITEM + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_item(visit: AVisit, key: str, item_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    programme.move_item(visit.session, visit.actor, item.id, read_step(step))
    return visit.done(form, f"{programme_path(meeting)}#punkt-{item.id}")


def _remove_item_page(meeting: MeetingView, item: ItemView, form: Form) -> RemovePage:
    path = item_path(meeting, item)
    return RemovePage(form, meeting, "item", item.title, f"{path}/slet", programme_path(meeting))


@router.get(ITEM + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_item(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = open_item(visit, key, item_id)
    return visit.page(_remove_item_page(meeting, item, visit.blank()))


@router.post(ITEM + "/slet", dependencies=[only(may_plan_meetings)])
def remove_item(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    try:
        programme.remove_item(visit.session, visit.actor, item.id)
        return visit.done(form, programme_path(meeting), "item_removed")
    except Refused as refusal:
        refuse(form, refusal)
    return visit.page(_remove_item_page(meeting, item, form), 409)


# --- tasks


def _open_task(visit: Visit, key: str, item_id: int, task_id: int) -> tuple[MeetingView, ItemView, TaskView]:
    meeting, item = open_item(visit, key, item_id)
    for task in item.tasks:
        if task.id == task_id:
            return meeting, item, task
    raise NotFound


def _task_values(task: TaskView) -> dict[str, object]:
    return {
        "title": task.title,
        "text": task.text,
        "answer_limit": task.answer_limit,
        "version": task.version,
    }


@router.post(ITEM + "/opgaver", dependencies=[only(may_plan_meetings)])
def add_task(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    given = form.read(TaskInput)
    if given is None:
        item_form = visit.blank(**_item_values(item))
        return visit.page(_item_page(visit, meeting, item, item_form, form), 422)
    programme.add_task(visit.session, visit.actor, item.id, given)
    return visit.done(form, item_path(meeting, item), "task_saved")


@router.get(TASK, dependencies=[only(may_plan_meetings)])
def edit_task_page(visit: AVisit, key: str, item_id: int, task_id: int) -> Response:
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    return visit.page(TaskPage(visit.blank(**_task_values(task)), meeting, item, task))


@router.post(TASK, dependencies=[only(may_plan_meetings)])
def edit_task(visit: AVisit, key: str, item_id: int, task_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    given = form.read(TaskInput)
    if given is None:
        return visit.page(TaskPage(form, meeting, item, task), 422)
    try:
        programme.edit_task(visit.session, visit.actor, task.id, read_version(form), given)
        return visit.done(form, item_path(meeting, item), "task_saved")
    except Refused as refusal:
        refuse(form, refusal)
    return visit.page(TaskPage(form, meeting, item, task, compare(form, _task_values(task))), 409)


@router.post(TASK + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_task(visit: AVisit, key: str, item_id: int, task_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    programme.move_task(visit.session, visit.actor, task.id, read_step(step))
    return visit.done(form, f"{item_path(meeting, item)}#opgaver")


@router.get(TASK + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_task(visit: AVisit, key: str, item_id: int, task_id: int) -> Response:
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    path = item_path(meeting, item)
    return visit.page(
        RemovePage(visit.blank(), meeting, "task", task.title, f"{path}/opgaver/{task.id}/slet", path)
    )


@router.post(TASK + "/slet", dependencies=[only(may_plan_meetings)])
def remove_task(visit: AVisit, key: str, item_id: int, task_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, task = _open_task(visit, key, item_id, task_id)
    programme.remove_task(visit.session, visit.actor, task.id)
    return visit.done(form, item_path(meeting, item), "task_removed")
