"""Roles at a meeting, for staff: who facilitates, reports, speaks and assesses."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import Refused
from app.domain.meetings import roles
from app.domain.meetings.policy import may_give_roles
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.roles import Candidate, ProgrammePerson, RoleView
from app.domain.meetings.schemas import LARGEST_ID, RoleInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.meetings import open_meeting

router = Router()

FIELDS = {
    "person_missing": "person_id",
    "unknown_speaker": "person_id",
    "person_taken": "person_id",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "unknown_user": _("Brugeren findes ikke længere eller er ikke bekræftet for nogen organisation."),
        "auditor_changes_nothing": _("En revisor kan ikke få en rolle: revisorer ændrer ikke noget."),
        "person_missing": _("Vælg, hvem på programmet personen er."),
        "unknown_speaker": _("Personen står ikke længere på programmet. Vælg igen."),
        "person_taken": _("En anden bruger har allerede rollen som denne oplægsholder."),
        "notice_role_given": _("Rollen er givet, og personen får besked på mail."),
        "notice_role_taken": _("Rollen er taget tilbage, og personen får besked på mail."),
    }
)


@dataclass
class RolesPage(Page):
    """Who has which role, and giving one: first somebody is found, then the role is chosen."""

    template: ClassVar[str] = "planning/roles.html"
    form: Form
    meeting: MeetingView
    roles: list[RoleView]
    people: list[ProgrammePerson]
    words: str
    found: list[Candidate]
    chosen: Candidate | None


def _read_id(text: str) -> int | None:
    return whole_number(text, digits=15) or None


def _page(visit: Visit, meeting: MeetingView, form: Form, chosen: Candidate | None) -> RolesPage:
    words = "" if chosen else typed(visit, "q")
    return RolesPage(
        form=form,
        meeting=meeting,
        roles=roles.list_roles(visit.session, meeting.id),
        people=roles.list_programme_people(visit.session, meeting.id),
        words=words,
        found=roles.find_candidates(visit.session, words),
        chosen=chosen,
    )


@router.get("/moeder/{key}/roller", dependencies=[only(may_give_roles)])
def show_roles(visit: AVisit, key: str) -> Response:
    """?q= searches for somebody, ?bruger= has chosen them; ?person= is who of the programme they are."""
    meeting = open_meeting(visit, key)
    user_id = _read_id(typed(visit, "bruger"))
    chosen = roles.get_candidate(visit.session, user_id) if user_id is not None else None
    person_id = _read_id(typed(visit, "person"))
    role = "speaker" if person_id is not None else None
    form = visit.blank(user_id=chosen.user_id if chosen else None, role=role, person_id=person_id)
    return visit.page(_page(visit, meeting, form, chosen))


@router.post("/moeder/{key}/roller", dependencies=[only(may_give_roles)])
def give_role(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(RoleInput)
    if given is not None:
        try:
            roles.give_role(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, f"/moeder/{meeting.key}/roller", "role_given")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code)
    user_id = _read_id(form.value("user_id"))
    chosen = roles.get_candidate(visit.session, user_id) if user_id is not None else None
    return visit.page(_page(visit, meeting, form, chosen), 422)


@router.post("/moeder/{key}/roller/{role_id:int}/fjern", dependencies=[only(may_give_roles)])
def take_role(visit: AVisit, form: SentForm, key: str, role_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    roles.take_role(visit.session, visit.actor, meeting.id, min(role_id, LARGEST_ID))
    return visit.done(form, f"/moeder/{meeting.key}/roller", "role_taken")
