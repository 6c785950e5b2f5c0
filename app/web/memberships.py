"""Who speaks for whom: those who wait, the members of an organisation, and the verbs on one of them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints

from app.core.policy import NotAllowed, NotFound, Role, is_person
from app.core.text import Prose
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import list_waiting_organisations
from app.domain.users import memberships
from app.domain.users.of_organisations import (
    MemberPage,
    MemberView,
    find_member,
    list_members,
    list_waiting,
)
from app.domain.users.policy import may_confirm_memberships, may_look_after, may_look_after_some
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import page_number
from app.web.organisations import find_organisation

router = Router()

MOST_PAGES = 100_000
LARGEST_ID = 2**63 - 1
QUEUE = "/medlemskaber"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_confirmed": _("Bekræftet. Mærket »endnu ikke bekræftet« er væk."),
        "notice_confirmed_many": _("De valgte er bekræftet. De, der ikke kunne bekræftes, står her endnu."),
        "notice_refused": _("Afvist. Personen får begrundelsen med mail."),
        "notice_ended": _("Afsluttet. Personen taler ikke længere for organisationen."),
        "notice_left": _(
            "Du repræsenterer ikke længere organisationen. Dine bidrag bliver stående som dens."
        ),
        "notice_role_granted": _("Rollen er givet."),
        "organisation_waits": _("Organisationen er endnu ikke bekræftet. Bekræft den først."),
        "already_confirmed": _("Personen er allerede bekræftet. Afslut i stedet medlemskabet."),
        "confirm_first": _("Personen skal bekræftes, før rollen kan gives."),
        "last_admin": _("Det er den sidste administrator. Giv først rollen til en anden."),
        "not_oneself": _("Du kan ikke bekræfte dig selv. Det skal en anden gøre."),
        "choose_members": _("Vælg mindst én i listen."),
    }
)


class Chosen(BaseModel):
    ids: list[int]


class Reason(BaseModel):
    reason: Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]


class OptionalReason(BaseModel):
    reason: Annotated[Prose, StringConstraints(max_length=1000)] = ""


class NewRole(BaseModel):
    role: Role


@dataclass
class WaitingPage(Page):
    """`organisations` wait for staff themselves, or ask for a mail domain."""

    template: ClassVar[str] = "memberships/waiting.html"
    form: Form
    waiting: MemberPage
    organisations: list[Organisation]


@dataclass
class MembersPage(Page):
    template: ClassVar[str] = "memberships/members.html"
    form: Form
    organisation: Organisation
    members: MemberPage
    own_id: int | None


@dataclass
class RefusePage(Page):
    """Saying no to who asks (`is_refusal`), or ending what was confirmed."""

    template: ClassVar[str] = "memberships/end.html"
    form: Form
    member: MemberView
    is_refusal: bool
    back: str


# --- the queue over all, for staff


@router.get("/medlemskaber", dependencies=[only(may_confirm_memberships)])
def show_waiting(visit: AVisit) -> Response:
    return _waiting_page(visit, visit.blank())


def _waiting_page(visit: Visit, form: Form, status: int = 200) -> Response:
    page = WaitingPage(
        form=form,
        waiting=list_waiting(visit.session, visit.actor, page_number(visit, MOST_PAGES)),
        organisations=list_waiting_organisations(visit.session),
    )
    return visit.page(page, status)


@router.post("/medlemskaber/bekraeft", dependencies=[only(may_confirm_memberships)])
def confirm_many(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(Chosen)
    if given is None or not given.ids or any(not 0 < number <= LARGEST_ID for number in given.ids):
        form.errors.clear()
        form.refuse("ids", "choose_members")
        return _waiting_page(visit, form, 422)
    memberships.confirm_memberships(visit.session, visit.actor, given.ids)
    return visit.done(form, QUEUE, "confirmed_many")


# --- those of one organisation


@router.get("/organisationer/{number}/medlemmer", dependencies=[only(may_look_after_some)])
def show_members(visit: AVisit, number: str) -> Response:
    organisation = find_organisation(visit, number)
    return _members_page(visit, visit.blank(), organisation)


def _members_page(visit: Visit, form: Form, organisation: Organisation, status: int = 200) -> Response:
    if not may_look_after(visit.actor, organisation.id):
        raise NotAllowed("not_allowed")
    page = page_number(visit, MOST_PAGES)
    members = list_members(visit.session, visit.actor, organisation.id, page)
    shown = MembersPage(
        form=form, organisation=organisation, members=members, own_id=visit.actor.membership_id
    )
    return visit.page(shown, status)


# --- one of them


def _find(visit: Visit, membership_id: int) -> MemberView:
    member = find_member(visit.session, visit.actor, membership_id) if membership_id <= LARGEST_ID else None
    if member is None:
        raise NotFound
    return member


def _back(form: Form, member: MemberView) -> str:
    """The page that the button stood on: the queue, or the organisation's own."""
    return QUEUE if form.value("fra") == "koe" else f"/organisationer/{member.organisation_id}/medlemmer"


@router.post("/medlemskaber/{membership_id:int}/bekraeft", dependencies=[only(may_look_after_some)])
def confirm(visit: AVisit, membership_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    member = _find(visit, membership_id)
    memberships.confirm_membership(visit.session, visit.actor, member.id)
    return visit.done(form, _back(form, member), "confirmed")


@router.post("/medlemskaber/{membership_id:int}/rolle", dependencies=[only(may_look_after_some)])
def grant(visit: AVisit, membership_id: int, form: SentForm) -> Response:
    """Give another role; in an organiser this is for its admins, signed in by more than a mailed code."""
    if before := visit.done_before(form):
        return before
    member = _find(visit, membership_id)
    given = form.read(NewRole)
    if given is None:
        return _members_page(visit, form, find_organisation(visit, str(member.organisation_id)), 422)
    memberships.grant_role(visit.session, visit.actor, member.id, given.role)
    is_own = member.id == visit.actor.membership_id
    return visit.done(form, "/mit/medlemskaber" if is_own else _back(form, member), "role_granted")


def _end_page(visit: Visit, form: Form, member: MemberView, status: int = 200) -> Response:
    is_refusal = member.confirmed_at is None
    if not is_refusal and not member.may_end:
        raise NotAllowed("not_allowed")
    page = RefusePage(form=form, member=member, is_refusal=is_refusal, back=_back(form, member))
    return visit.page(page, status)


@router.get("/medlemskaber/{membership_id:int}/afslut", dependencies=[only(may_look_after_some)])
def ask_why(visit: AVisit, membership_id: int, fra: str = "") -> Response:
    """Say no, or end it: with the reason, which the person is told."""
    return _end_page(visit, visit.blank(fra=fra), _find(visit, membership_id))


@router.post("/medlemskaber/{membership_id:int}/afslut", dependencies=[only(may_look_after_some)])
def end(visit: AVisit, membership_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    member = _find(visit, membership_id)
    is_refusal = member.confirmed_at is None
    given = form.read(Reason if is_refusal else OptionalReason)
    if given is None:
        return _end_page(visit, form, member, 422)
    stop = memberships.refuse_membership if is_refusal else memberships.end_membership
    stop(visit.session, visit.actor, member.id, given.reason)
    return visit.done(form, _back(form, member), "refused" if is_refusal else "ended")


# --- one's own


@router.post("/mit/medlemskaber/{membership_id:int}/stop", dependencies=[only(is_person)])
def leave(visit: AVisit, membership_id: int, form: SentForm) -> Response:
    """«Jeg er stoppet her»: what was said stays with the organisation."""
    if before := visit.done_before(form):
        return before
    if membership_id > LARGEST_ID:
        raise NotFound
    memberships.leave_organisation(visit.session, visit.actor, membership_id)
    return visit.done(form, "/mit/medlemskaber", "left")
