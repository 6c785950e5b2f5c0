"""Groups of an item of a programme, planned by staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.groups.people import list_leaders
from app.domain.groups.queries import GroupView, list_groups
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group, edit_group, move_group, remove_group
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
)
from app.domain.strategies.queries import StrategyChoices, list_theme_choices
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.plan_pages import (
    ITEM,
    Difference,
    RemovePage,
    item_path,
    open_item,
    read_step,
    read_version,
    refuse,
    refuse_edit,
)

router = Router()

GROUP = ITEM + "/grupper/{group_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "unknown_group_theme": _("Temaet findes ikke længere. Vælg igen."),
        "group_in_use": _("Gruppen har indspil. Flyt dem til en anden gruppe, før du sletter gruppen."),
        "notice_group_saved": _("Gruppen er gemt."),
        "notice_group_removed": _("Gruppen er slettet."),
    }
)


@dataclass
class GroupPage(Page):
    template: ClassVar[str] = "planning/group.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    group: GroupView | None
    themes: list[StrategyChoices]
    leaders: list[str]
    differences: list[Difference] = field(default_factory=list)


def _open_group(
    visit: Visit, key: str, item_id: int, group_id: int
) -> tuple[MeetingView, ItemView, GroupView]:
    meeting, item = open_item(visit, key, item_id)
    for group in list_groups(visit.session, meeting.id):
        if group.id == group_id and group.item_id == item.id:
            return meeting, item, group
    raise NotFound


def _group_values(group: GroupView) -> dict[str, object]:
    return {
        "name": group.name,
        "task": group.task,
        "facilitator": group.facilitator,
        "rapporteur": group.rapporteur,
        "theme_id": group.theme_id,
        "version": group.version,
    }


def _group_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    group: GroupView | None,
    form: Form,
    differences: Sequence[Difference] = (),
) -> GroupPage:
    themes = list_theme_choices(visit.session)
    leaders = list(dict.fromkeys(one.name for one in list_leaders(visit.session, meeting.id)))
    return GroupPage(form, meeting, item, group, themes, leaders, list(differences))


@router.get(ITEM + "/grupper/ny", dependencies=[only(may_plan_meetings)])
def new_group(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = open_item(visit, key, item_id)
    return visit.page(_group_page(visit, meeting, item, None, visit.blank()))


@router.post(ITEM + "/grupper/ny", dependencies=[only(may_plan_meetings)])
def add_new_group(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    given = form.read(GroupInput)
    if given is not None:
        try:
            add_group(visit.session, visit.actor, item.id, given)
            return visit.done(form, item_path(meeting, item), "group_saved")
        except Refused as refusal:
            refuse(form, refusal)
    return visit.page(_group_page(visit, meeting, item, None, form), 422)


@router.get(GROUP, dependencies=[only(may_plan_meetings)])
def edit_group_page(visit: AVisit, key: str, item_id: int, group_id: int) -> Response:
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    return visit.page(_group_page(visit, meeting, item, group, visit.blank(**_group_values(group))))


@router.post(GROUP, dependencies=[only(may_plan_meetings)])
def edit_one_group(visit: AVisit, key: str, item_id: int, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    given = form.read(GroupInput)
    if given is None:
        return visit.page(_group_page(visit, meeting, item, group, form), 422)
    try:
        edit_group(visit.session, visit.actor, group.id, read_version(form), given)
        return visit.done(form, item_path(meeting, item), "group_saved")
    except Refused as refusal:
        differences, status = refuse_edit(form, refusal, _group_values(group))
    return visit.page(_group_page(visit, meeting, item, group, form, differences), status)


@router.post(GROUP + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_one_group(
    visit: AVisit, key: str, item_id: int, group_id: int, step: str, form: SentForm
) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    move_group(visit.session, visit.actor, group.id, read_step(step))
    return visit.done(form, f"{item_path(meeting, item)}#grupper")


def _remove_group_page(meeting: MeetingView, item: ItemView, group: GroupView, form: Form) -> RemovePage:
    path = item_path(meeting, item)
    return RemovePage(form, meeting, "group", group.name, f"{path}/grupper/{group.id}/slet", path)


@router.get(GROUP + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_group(visit: AVisit, key: str, item_id: int, group_id: int) -> Response:
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    return visit.page(_remove_group_page(meeting, item, group, visit.blank()))


@router.post(GROUP + "/slet", dependencies=[only(may_plan_meetings)])
def remove_one_group(visit: AVisit, key: str, item_id: int, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, group = _open_group(visit, key, item_id, group_id)
    try:
        remove_group(visit.session, visit.actor, group.id)
        return visit.done(form, item_path(meeting, item), "group_removed")
    except Refused as refusal:
        refuse(form, refusal)
    return visit.page(_remove_group_page(meeting, item, group, form), 409)
