"""Who sits in which group: made, mended by hand, shown and printed by staff."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused
from app.domain.attendance.queries import find_room
from app.domain.groups import placing
from app.domain.groups.balance import Balance, Wish
from app.domain.groups.people import (
    OrganisationComing,
    PersonView,
    RivalSetView,
    RoundView,
    find_round,
    in_groups,
    list_organisations_coming,
    list_people,
    list_rival_sets,
)
from app.domain.groups.policy import may_plan_groups
from app.domain.groups.queries import GroupView, RoundLine, list_groups, list_rounds
from app.domain.groups.schemas import PeopleInput, RivalsInput, RoundInput
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import ItemView, MeetingView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.live import add_topic, answer_block
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.meetings import open_meeting
from app.web.plan_pages import refuse
from app.web.qr import draw_code

router = Router()

GROUPS = "/moeder/{key}/rediger/grupper"
ROUND = GROUPS + "/{item_id:int}"
FIRST_WISHES: dict[Wish, int] = {"mixing": 2, "spreading": 2, "parting": 2, "meeting_anew": 1}
FIRST_SIZE = 8


def _(text: str) -> str:
    return text


add_sentences(
    {
        "groups_nobody": _("Der er ingen at sætte i grupper endnu: ingen har en plads på mødet."),
        "groups_more_than_people": _(
            "Der er kun {people} at fordele på {groups} grupper. Vælg færre grupper."
        ),
        "groups_too_many": _("Et møde kan højst have {most} grupper."),
        "groups_surplus": _(
            "Der er {there} grupper i forvejen, og de overskydende har fået navn, leder eller indspil. "
            "Slet dem, der ikke skal bruges, eller vælg mindst {there} grupper."
        ),
        "groups_being_made": _("Grupperne er ved at blive lavet. Vent, til de er klar."),
        "groups_none": _("Der er ingen grupper endnu. Lav dem først."),
        "groups_no_step_back": _("Der er ikke noget at fortryde."),
        "groups_unknown_group": _("Gruppen findes ikke længere. Vælg en anden."),
        "groups_choose_somebody": _("Sæt kryds ved mindst én person."),
        "rivals_two": _("Vælg mindst to organisationer, der skal holdes adskilt."),
        "rivals_too_many": _("Der kan højst være 50 sæt af konkurrenter på et møde."),
        "notice_groups_made": _("Grupperne er lavet."),
        "notice_groups_asked": _("Grupperne bliver lavet nu. Det tager nogle sekunder."),
        "notice_groups_moved": _("De valgte er flyttet."),
        "notice_groups_locked": _("De valgte er låst: De bliver siddende, når du laver grupperne igen."),
        "notice_groups_unlocked": _("De valgte er låst op."),
        "notice_groups_placed": _("Alle har en gruppe."),
        "notice_groups_undone": _("Den seneste ændring er fortrudt."),
        "notice_groups_shown": _("Deltagerne kan nu se deres egen gruppe."),
        "notice_groups_hidden": _("Deltagerne kan ikke længere se deres gruppe."),
        "notice_rivals_parted": _("Organisationerne bliver holdt adskilt, når du laver grupper."),
        "notice_rivals_removed": _("Organisationerne må gerne sidde sammen igen."),
    }
)
_FIELDS = {
    "groups_more_than_people": "number",
    "groups_too_many": "number",
    "groups_surplus": "number",
    "groups_choose_somebody": "who",
    "groups_unknown_group": "group_id",
}

add_topic("groups", lambda session, actor, number: may_plan_groups(actor))


@dataclass(frozen=True, slots=True)
class Sitting:
    """A group with those who sit in it. `place`: its number in the order, from 0."""

    group: GroupView
    place: int
    people: list[PersonView]
    kinds: dict[str, int]


@dataclass
class RoundsPage(Page):
    """The items of a programme that have groups, and the competitors of the meeting."""

    template: ClassVar[str] = "groups/rounds.html"
    form: Form
    meeting: MeetingView
    rounds: list[RoundLine]
    rivals: list[RivalSetView]
    organisations: list[OrganisationComing]


@dataclass
class RoundPage(Page):
    """`round` is None where nobody has begun; `loose`: those who have no group yet. `is_waiting`: a job is
    at it."""

    template: ClassVar[str] = "groups/round.html"
    form: Form
    people_form: Form
    meeting: MeetingView
    item: ItemView
    round: RoundView | None
    balance: Balance
    sittings: list[Sitting]
    loose: list[PersonView]
    people: int
    rivals: int
    is_waiting: bool
    is_later: bool


@dataclass
class WaitingBlock(Page):
    template: ClassVar[str] = "groups/waiting_block.html"
    path: str
    round: RoundView | None


@dataclass
class PrintPage(Page):
    """`kind`: lists or signs. `names_all`: also of those who did not agree to be on the list."""

    template: ClassVar[str] = "groups/print.html"
    meeting: MeetingView
    item: ItemView
    kind: str
    sittings: list[Sitting]
    seats: list[tuple[PersonView, GroupView]]
    unlisted: int
    names_all: bool
    code: str
    site: str
    codes: dict[int, Markup] = field(default_factory=dict)


# --- opening what the address names


def _path(meeting: MeetingView, item: ItemView | None = None) -> str:
    return f"/moeder/{meeting.key}/rediger/grupper" + (f"/{item.id}" if item else "")


def _open(visit: Visit, key: str, item_id: int) -> tuple[MeetingView, ItemView]:
    """The meeting, and an item of its draft that may have groups."""
    meeting = open_meeting(visit, key)
    for item in list_draft_items(visit.session, meeting.id):
        if item.id == item_id and item.kind != "break":
            return meeting, item
    raise NotFound


def _sittings(
    visit: Visit, meeting: MeetingView, item: ItemView, people: Sequence[PersonView]
) -> list[Sitting]:
    groups = [group for group in list_groups(visit.session, meeting.id) if group.item_id == item.id]
    seated = in_groups(people, [group.id for group in groups])
    return [
        Sitting(group, place, seated[group.id], _count_kinds(seated[group.id]))
        for place, group in enumerate(groups)
    ]


def _count_kinds(people: Sequence[PersonView]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for person in people:
        counts[person.kind] = counts.get(person.kind, 0) + 1
    return counts


# --- pages


def _rounds_page(visit: Visit, meeting: MeetingView, form: Form) -> RoundsPage:
    people = list_people(visit.session, meeting.id, 0)
    return RoundsPage(
        form,
        meeting,
        list_rounds(visit.session, meeting.id),
        list_rival_sets(visit.session, meeting.id),
        list_organisations_coming(people),
    )


@router.get(GROUPS, dependencies=[only(may_plan_groups)])
def show_rounds(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(_rounds_page(visit, meeting, visit.blank()))


def _round_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    form: Form | None = None,
    people_form: Form | None = None,
) -> RoundPage:
    round_ = find_round(visit.session, item.id)
    wishes: dict[Wish, int] = (
        {
            "mixing": round_.mixing,
            "spreading": round_.spreading,
            "parting": round_.parting,
            "meeting_anew": round_.meeting_anew,
        }
        if round_
        else dict(FIRST_WISHES)
    )
    asked = placing.gather(visit.session, meeting.id, item.id, wishes)
    sittings = _sittings(visit, meeting, item, asked.people)
    group_ids = {sitting.group.id for sitting in sittings}
    number = len(sittings) or max(1, round(len(asked.people) / FIRST_SIZE))
    typed = form or visit.blank(by="groups", number=number, **wishes)
    is_waiting = round_ is not None and placing.is_being_made(round_.state, round_.asked_at)
    return RoundPage(
        form=typed,
        people_form=people_form or visit.blank(),
        meeting=meeting,
        item=item,
        round=round_,
        balance=placing.weigh_asked(asked),
        sittings=sittings,
        loose=[person for person in asked.people if person.group_id not in group_ids],
        people=len(asked.people),
        rivals=len(list_rival_sets(visit.session, meeting.id)),
        is_waiting=is_waiting,
        is_later=any(aim.wish == "meeting_anew" for aim in asked.aims),
    )


@router.get(ROUND, dependencies=[only(may_plan_groups)])
def show_round(visit: AVisit, key: str, item_id: int) -> Response:
    meeting, item = _open(visit, key, item_id)
    return visit.page(_round_page(visit, meeting, item))


@router.get(ROUND + "/venter", dependencies=[anyone])
async def show_waiting(request: Request, key: str, item_id: int) -> Response:
    """The block that says when the groups are there; its topic's rule lets in who plans groups.

    A rule at the door would keep a connection while the block waits for another one.
    """

    def make(session: Session) -> WaitingBlock:
        return WaitingBlock(f"/moeder/{key}/rediger/grupper/{item_id}", find_round(session, item_id))

    return await answer_block(request, topic=f"groups:{item_id}", variant=key, page=make)


# --- making and changing


@router.post(ROUND + "/lav", dependencies=[only(may_plan_groups)])
def make_groups(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = _open(visit, key, item_id)
    given = form.read(RoundInput)
    if given is not None:
        try:
            round_ = placing.plan_round(visit.session, visit.actor, item.id, given)
            notice = "groups_asked" if round_.state == "asked" else "groups_made"
            return visit.done(form, _path(meeting, item), notice)
        except Refused as refusal:
            form.refuse(_FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    # What was tried may have added groups; nothing of it is kept, nor read for the page.
    visit.session.rollback()
    return visit.page(_round_page(visit, meeting, item, form), 422)


def _change(
    visit: Visit,
    key: str,
    item_id: int,
    form: Form,
    verb: Callable[[Session, Actor, int], object],
    notice: str,
) -> Response:
    """Do a verb that needs nothing but the item, and come back; what refuses it is said on the page."""
    if before := visit.done_before(form):
        return before
    meeting, item = _open(visit, key, item_id)
    try:
        done = verb(visit.session, visit.actor, item.id)
        if getattr(done, "state", "") == "asked":
            notice = "groups_asked"
        return visit.done(form, _path(meeting, item), notice)
    except Refused as refusal:
        refuse(form, refusal)
    return visit.page(_round_page(visit, meeting, item, people_form=form), 409)


@router.post(ROUND + "/igen", dependencies=[only(may_plan_groups)])
def make_groups_again(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    return _change(visit, key, item_id, form, placing.make_again, "groups_made")


@router.post(ROUND + "/resten", dependencies=[only(may_plan_groups)])
def place_the_rest(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    return _change(visit, key, item_id, form, placing.place_rest, "groups_placed")


@router.post(ROUND + "/fortryd", dependencies=[only(may_plan_groups)])
def undo_last(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    return _change(visit, key, item_id, form, placing.undo, "groups_undone")


@router.post(ROUND + "/vis", dependencies=[only(may_plan_groups)])
def show_to_all(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    def show(session: Session, actor: Actor, item: int) -> None:
        placing.show_round(session, actor, item, is_shown=True)

    return _change(visit, key, item_id, form, show, "groups_shown")


@router.post(ROUND + "/skjul", dependencies=[only(may_plan_groups)])
def hide_from_all(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    def hide(session: Session, actor: Actor, item: int) -> None:
        placing.show_round(session, actor, item, is_shown=False)

    return _change(visit, key, item_id, form, hide, "groups_hidden")


@router.post(ROUND + "/personer", dependencies=[only(may_plan_groups)])
def change_people(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    """Move, lock or unlock those that are ticked; which of it the button says."""
    if before := visit.done_before(form):
        return before
    meeting, item = _open(visit, key, item_id)
    given = form.read(PeopleInput)
    wanted = form.value("do")
    if given is None:
        # Nobody ticked: the sentence is the same whichever field the schema put it at.
        form.errors.clear()
        form.refuse("who", "groups_choose_somebody")
        return visit.page(_round_page(visit, meeting, item, people_form=form), 422)
    try:
        if wanted in ("lock", "unlock"):
            is_locked = wanted == "lock"
            placing.lock_people(visit.session, visit.actor, item.id, given, is_locked=is_locked)
            notice = "groups_locked" if is_locked else "groups_unlocked"
        else:
            placing.move_people(visit.session, visit.actor, item.id, given)
            notice = "groups_moved"
        place = f"#p-{given.who[0]}" if len(given.who) == 1 else "#grupper"
        return visit.done(form, _path(meeting, item) + f"?kvittering={notice}" + place)
    except Refused as refusal:
        form.refuse(_FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    return visit.page(_round_page(visit, meeting, item, people_form=form), 409)


# --- competitors


@router.post(GROUPS + "/konkurrenter", dependencies=[only(may_plan_groups)])
def part_rivals(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(RivalsInput)
    if given is not None:
        try:
            placing.add_rivals(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _path(meeting), "rivals_parted")
        except Refused as refusal:
            form.refuse("organisation_ids", refusal.code, **refusal.values)
    return visit.page(_rounds_page(visit, meeting, form), 422)


@router.post(GROUPS + "/konkurrenter/{rival_set_id:int}/slet", dependencies=[only(may_plan_groups)])
def unpart_rivals(visit: AVisit, key: str, rival_set_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    placing.remove_rivals(visit.session, visit.actor, meeting.id, rival_set_id)
    return visit.done(form, _path(meeting), "rivals_removed")


# --- printing


def _print_page(visit: Visit, key: str, item_id: int, kind: str) -> PrintPage:
    meeting, item = _open(visit, key, item_id)
    people = list_people(visit.session, meeting.id, item.id)
    sittings = _sittings(visit, meeting, item, people)
    groups = {sitting.group.id: sitting.group for sitting in sittings}
    seated = [person for person in people if person.group_id in groups]
    names_all = visit.request.query_params.get("alle") == "1"
    shown = [person for person in seated if person.name and (names_all or person.is_listed)]
    room = find_room(visit.session, meeting.id)
    code = room.code if room else ""
    base = visit.kit.site.base_url.rstrip("/")
    return PrintPage(
        meeting=meeting,
        item=item,
        kind=kind,
        sittings=sittings,
        seats=[(person, groups[person.group_id]) for person in shown if person.group_id is not None],
        unlisted=len(seated) - len(shown),
        names_all=names_all,
        code=code,
        site=base.removeprefix("https://").removeprefix("http://"),
        codes={
            sitting.group.id: draw_code(f"{base}{prefixed('da', '/k/')}{code}-{sitting.group.number}")
            for sitting in sittings
            if code and kind == "signs"
        },
    )


@router.get(ROUND + "/lister", dependencies=[only(may_plan_groups)])
def print_lists(visit: AVisit, key: str, item_id: int) -> Response:
    return visit.page(_print_page(visit, key, item_id, "lists"))


@router.get(ROUND + "/skilte", dependencies=[only(may_plan_groups)])
def print_signs(visit: AVisit, key: str, item_id: int) -> Response:
    return visit.page(_print_page(visit, key, item_id, "signs"))
