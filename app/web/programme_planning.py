"""Planning the programme of a meeting, for staff: its items and their tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import read
from app.core.policy import NotFound, Refused
from app.domain.carry_over.queries import Shown, carried_at
from app.domain.groups.queries import GroupView, list_groups
from app.domain.meetings import programme
from app.domain.meetings.changes import Change
from app.domain.meetings.clashes import Clash, find_clashes
from app.domain.meetings.editions import read_programme
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
    TaskView,
)
from app.domain.meetings.schemas import (
    ItemInput,
    TaskInput,
)
from app.domain.registrations.questions import HeardQuestion, list_for_item
from app.http.doors import Router
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
    item_path,
    open_item,
    programme_path,
    read_step,
    read_version,
    refuse,
    refuse_edit,
)

router = Router()

TASK = ITEM + "/opgaver/{task_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "item_in_use": _(
            "Der hører grupper, indspil eller oplæg til »{title}«. "
            "Flyt eller fjern dem, før punktet tages af programmet."
        ),
        "clash_overlap": _("»{first}« og »{second}« overlapper hinanden i {minutes} min."),
        "clash_out_of_order": _("»{second}« begynder før »{first}«, men står efter det."),
        "clash_two_places": _("{name} er to steder på én gang: »{first}« og »{second}«."),
        "clash_too_early": _("»{first}« begynder {minutes} min. før selve mødet."),
        "clash_too_late": _("»{first}« slutter {minutes} min. efter mødets sluttidspunkt."),
        "programme_stale": _(
            "En anden har ændret programmet, mens du så på det. Intet er gemt. Her står det, som det er nu."
        ),
        "notice_item_added": _("Punktet er sat på programmet."),
        "notice_item_saved": _("Punktet er gemt."),
        "notice_item_removed": _("Punktet er slettet."),
        "notice_task_saved": _("Opgaven er gemt."),
        "notice_task_removed": _("Opgaven er slettet."),
    }
)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the plan: an item for all, or tracks side by side with their items."""

    item: ItemView | None
    tracks: Sequence[tuple[str, Sequence[ItemView]]] = ()


@dataclass
class ProgrammePlanPage(Page):
    """`first` and `last` item by id; `marks`: by item whether the draft has it as new or changed; `carried`:
    by item what was taken up there from earlier meetings."""

    template: ClassVar[str] = "planning/programme.html"
    form: Form
    meeting: MeetingView
    rows: list[PlanRow]
    first: int
    last: int
    groups: Mapping[int, list[GroupView]]
    clashes: list[str]
    tracks: list[str]
    version: int
    changes: int
    marks: Mapping[int, str]
    carried: Mapping[int, tuple[Shown, ...]]


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
    changes: list[Change]
    asked: list[HeardQuestion]
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
    """The two tracks, whatever else tracks are called in this programme, and a third when both are used."""
    used = dict.fromkeys(item.track for item in items if item.track)
    free = [name for name in "ABCDEF" if name not in used]
    offered = ["A", "B", *used, *(free[:1] if {"A", "B"} <= set(used) else [])]
    return sorted(dict.fromkeys(offered))


def make_plan(items: Sequence[ItemView]) -> list[PlanRow]:
    """The programme as it is planned: items in tracks that follow one another stand side by side."""
    used = sorted({item.track for item in items if item.track})
    rows: list[PlanRow] = []
    for is_in_track, run in groupby(items, key=lambda item: bool(item.track)):
        together = list(run)
        if not is_in_track:
            rows += [PlanRow(item) for item in together]
        else:
            rows.append(
                PlanRow(None, [(name, [one for one in together if one.track == name]) for name in used])
            )
    return rows


def programme_page(visit: Visit, meeting: MeetingView, form: Form | None = None) -> ProgrammePlanPage:
    """The programme as it is drafted; the next item most often begins where the last one ends."""
    plan = read_programme(visit.session, meeting.id)
    items = plan.items
    if form is None:
        ends = items[-1].ends_at if items else meeting.starts_at
        form = visit.blank(kind="talk" if items else "welcome", starts=clock_text(ends))
    groups: dict[int, list[GroupView]] = {}
    for group in list_groups(visit.session, meeting.id):
        groups.setdefault(group.item_id or 0, []).append(group)
    return ProgrammePlanPage(
        form=form,
        meeting=meeting,
        rows=make_plan(items),
        first=items[0].id if items else 0,
        last=items[-1].id if items else 0,
        groups=groups,
        clashes=_say_clashes(visit, find_clashes(meeting.starts_at, meeting.ends_at, items)),
        tracks=_list_tracks(items),
        version=plan.version,
        changes=len(plan.changes),
        marks=_mark(plan.changes),
        carried=read(visit.session, carried_at(visit.actor, meeting.id)),
    )


def _mark(changes: Sequence[Change]) -> dict[int, str]:
    marks = {change.item_id: "changed" for change in changes}
    return marks | {change.item_id: "new" for change in changes if change.code == "item_added"}


def stale_programme(visit: Visit, meeting: MeetingView) -> Response:
    """The programme as it is now, for somebody who was about to overwrite what another has done."""
    visit.session.rollback()
    page = programme_page(visit, meeting)
    page.form.refuse("form", "programme_stale")
    return visit.page(page, 409)


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
    plan = read_programme(visit.session, meeting.id)
    items = plan.items
    clashes = find_clashes(meeting.starts_at, meeting.ends_at, items)
    return ItemPlanPage(
        form=form,
        task_form=task_form or visit.blank(),
        meeting=meeting,
        item=item,
        groups=[g for g in list_groups(visit.session, meeting.id) if g.item_id == item.id],
        tracks=_list_tracks(items),
        clashes=_say_clashes(visit, [c for c in clashes if item in (c.item, c.other)]),
        changes=[change for change in plan.changes if change.item_id == item.id],
        asked=list_for_item(visit.session, visit.actor, item.id),
        differences=list(differences),
    )


def refused_programme(visit: Visit, meeting: MeetingView, refusal: Refused) -> Response:
    """The programme as it is, with why nothing was changed."""
    if refusal.code == "stale":
        return stale_programme(visit, meeting)
    visit.session.rollback()
    page = programme_page(visit, meeting)
    page.form.refuse("form", refusal.code, **refusal.values)
    return visit.page(page, 422)


@router.get(PROGRAMME, dependencies=[only(may_plan_meetings)])
def plan_programme(visit: AVisit, key: str) -> Response:
    return visit.page(programme_page(visit, open_meeting(visit, key)))


@router.post(PROGRAMME, dependencies=[only(may_plan_meetings)])
def add_item(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ItemInput)
    if given is None:
        return visit.page(programme_page(visit, meeting, form), 422)
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
        differences, status = refuse_edit(form, refusal, _item_values(item))
    return visit.page(_item_page(visit, meeting, item, form, differences=differences), status)


@router.post(ITEM + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_item(visit: AVisit, key: str, item_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    version = read_version(form)
    try:
        programme.move_item(visit.session, visit.actor, item.id, read_step(step), version)
    except Refused:
        return stale_programme(visit, meeting)
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
        differences, status = refuse_edit(form, refusal, _task_values(task))
    return visit.page(TaskPage(form, meeting, item, task, differences), status)


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
