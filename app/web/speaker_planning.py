"""Who takes part in the items of a programme, planned by staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.meetings import programme
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    ItemView,
    MeetingView,
    PartView,
    SpeakerFound,
    find_speakers,
    get_speaker,
)
from app.domain.meetings.schemas import (
    AppearanceEdit,
    AppearanceInput,
)
from app.domain.organisations.queries import find_organisations
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
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

MOST_ORGANISATIONS = 500
# What somebody most often is in an item of this kind.
USUAL_ROLES = {"welcome": "host", "panel": "panellist"}
PART = ITEM + "/medvirkende/{part_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "speaker_missing": _("Skriv et navn, eller skriv i det mindste organisationen."),
        "name_known": _(
            "Vi kender allerede en, der hedder {person}. Vælg personen på listen, eller sæt kryds ved, "
            "at det er en anden."
        ),
        "part_known": _("Personen står allerede ved punktet med den titel og den rolle."),
        "notice_part_added": _("Personen er sat på punktet."),
        "notice_part_saved": _("Oplysningerne er gemt for denne dag."),
        "notice_part_removed": _("Personen er taget af punktet."),
    }
)


@dataclass
class SpeakerPage(Page):
    """Choosing somebody for an item. `mode`: search, known (chosen is set) or new."""

    template: ClassVar[str] = "planning/speaker.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    words: str
    found: list[SpeakerFound]
    mode: str
    chosen: SpeakerFound | None
    organisations: list[str]


@dataclass
class PartPage(Page):
    template: ClassVar[str] = "planning/part.html"
    form: Form
    meeting: MeetingView
    item: ItemView
    part: PartView
    organisations: list[str]
    differences: list[Difference] = field(default_factory=list)


def _open_part(visit: Visit, key: str, item_id: int, part_id: int) -> tuple[MeetingView, ItemView, PartView]:
    meeting, item = open_item(visit, key, item_id)
    for part in item.people:
        if part.id == part_id:
            return meeting, item, part
    raise NotFound


def _list_organisations(visit: Visit) -> list[str]:
    return [found.name for found in find_organisations(visit.session, "", MOST_ORGANISATIONS)]


def _read_person(text: str) -> int | None:
    """The person's id in an address or a field; None where it is none."""
    return whole_number(text, digits=15) or None


def _speaker_page(
    visit: Visit, meeting: MeetingView, item: ItemView, form: Form, mode: str, chosen: SpeakerFound | None
) -> SpeakerPage:
    words = typed(visit, "q")
    return SpeakerPage(
        form=form,
        meeting=meeting,
        item=item,
        words=words,
        found=find_speakers(visit.session, words) if mode == "search" else [],
        mode=mode,
        chosen=chosen,
        organisations=_list_organisations(visit) if mode != "search" else [],
    )


@router.get(ITEM + "/medvirkende", dependencies=[only(may_plan_meetings)])
def choose_speaker(visit: AVisit, key: str, item_id: int) -> Response:
    """Search for somebody; then ?person= fills in what is known, and ?ny=1 begins with a new person."""
    meeting, item = open_item(visit, key, item_id)
    role = USUAL_ROLES.get(item.kind, "speaker")
    person_id = _read_person(visit.request.query_params.get("person", ""))
    chosen = get_speaker(visit.session, person_id) if person_id is not None else None
    if chosen is not None:
        form = visit.blank(
            person_id=chosen.id, title=chosen.title, organisation=chosen.organisation_name, role=role
        )
        return visit.page(_speaker_page(visit, meeting, item, form, "known", chosen))
    mode = "new" if visit.request.query_params.get("ny") else "search"
    form = visit.blank(name=typed(visit, "q"), role=role)
    return visit.page(_speaker_page(visit, meeting, item, form, mode, None))


@router.post(ITEM + "/medvirkende", dependencies=[only(may_plan_meetings)])
def add_part(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item = open_item(visit, key, item_id)
    given = form.read(AppearanceInput)
    if given is not None:
        try:
            programme.add_appearance(visit.session, visit.actor, item.id, given)
            return visit.done(form, item_path(meeting, item), "part_added")
        except Refused as refusal:
            refuse(form, refusal)
    person_id = _read_person(form.value("person_id"))
    chosen = get_speaker(visit.session, person_id) if person_id is not None else None
    mode = "known" if chosen else "new"
    return visit.page(_speaker_page(visit, meeting, item, form, mode, chosen), 422)


def _part_values(part: PartView) -> dict[str, object]:
    return {
        "title": part.title,
        "organisation": part.organisation_name,
        "role": part.role,
        "is_former": "1" if part.is_former else "",
        "version": part.version,
    }


def _part_page(
    visit: Visit,
    meeting: MeetingView,
    item: ItemView,
    part: PartView,
    form: Form,
    differences: Sequence[Difference] = (),
) -> PartPage:
    return PartPage(form, meeting, item, part, _list_organisations(visit), list(differences))


@router.get(PART, dependencies=[only(may_plan_meetings)])
def edit_part_page(visit: AVisit, key: str, item_id: int, part_id: int) -> Response:
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    return visit.page(_part_page(visit, meeting, item, part, visit.blank(**_part_values(part))))


@router.post(PART, dependencies=[only(may_plan_meetings)])
def edit_part(visit: AVisit, key: str, item_id: int, part_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    given = form.read(AppearanceEdit)
    if given is None:
        return visit.page(_part_page(visit, meeting, item, part, form), 422)
    try:
        programme.edit_appearance(visit.session, visit.actor, part.id, read_version(form), given)
        return visit.done(form, item_path(meeting, item), "part_saved")
    except Refused as refusal:
        differences, status = refuse_edit(form, refusal, _part_values(part))
    return visit.page(_part_page(visit, meeting, item, part, form, differences), status)


@router.post(PART + "/flyt/{step}", dependencies=[only(may_plan_meetings)])
def move_part(visit: AVisit, key: str, item_id: int, part_id: int, step: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    programme.move_appearance(visit.session, visit.actor, part.id, read_step(step))
    return visit.done(form, f"{item_path(meeting, item)}#medvirkende")


@router.get(PART + "/slet", dependencies=[only(may_plan_meetings)])
def ask_to_remove_part(visit: AVisit, key: str, item_id: int, part_id: int) -> Response:
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    path, name = item_path(meeting, item), part.name or part.organisation_name
    return visit.page(
        RemovePage(visit.blank(), meeting, "part", name, f"{path}/medvirkende/{part.id}/slet", path)
    )


@router.post(PART + "/slet", dependencies=[only(may_plan_meetings)])
def remove_part(visit: AVisit, key: str, item_id: int, part_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, item, part = _open_part(visit, key, item_id, part_id)
    programme.remove_appearance(visit.session, visit.actor, part.id)
    return visit.done(form, item_path(meeting, item), "part_removed")
