"""The first visit: what somebody is called and whom they speak for; and what works at once and what waits.

One form throughout, so that nothing typed is lost: find the organisation, choose it, or write in a new one.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.policy import Refused, is_person
from app.core.text import RequiredLine, ShortLine
from app.domain.contributions.policy import may_send
from app.domain.meetings.queries import MeetingCard, next_meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import NEW_KINDS
from app.domain.organisations.queries import (
    find_alike,
    find_by_cvr,
    find_by_mail_domain,
    find_organisations,
    get_organisation,
)
from app.domain.organisations.schemas import (
    Cvr,
    NewKind,
    NewOrganisationInput,
    Website,
    as_cvr,
    looks_like_cvr,
)
from app.domain.organisations.service import propose_organisation
from app.domain.registrations.policy import may_sign_up
from app.domain.users.memberships import request_membership
from app.domain.users.of_organisations import has_own_admin
from app.domain.users.queries import MembershipView, get_email, list_memberships
from app.domain.users.service import name_user
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import Limit, count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.identity.sessions import use_membership
from app.web.entering import own_path, with_target
from app.web.filters import whole_number

router = Router()

MOST_FOUND = 20
# Requests and new organisations of one person.
A_DAY = timedelta(days=1)
MOST_A_DAY = 20
MOST_NEW_A_DAY = 5


def _(text: str) -> str:
    return text


add_sentences(
    {
        "choose_organisation": _("Find den organisation, du repræsenterer, eller opret den."),
        "search_first": _("Skriv et CVR-nummer eller en del af navnet."),
        "cvr_taken": _("Der er allerede en organisation med det CVR-nummer."),
        "alike": _("Der er allerede nogen, der næsten hedder det samme. Se, om det er en af dem."),
        "notice_welcome": _("Velkommen. Du kan bruge Dialogforum med det samme."),
    }
)


class AboutYou(BaseModel):
    name: RequiredLine
    title: ShortLine = ""


class NewFields(BaseModel):
    """A new organisation as its fields are called on this page, where `name` is the person's."""

    org_name: RequiredLine
    kind: NewKind
    cvr: Cvr = None
    website: Website | None = None

    def as_input(self) -> NewOrganisationInput:
        return NewOrganisationInput(name=self.org_name, kind=self.kind, cvr=self.cvr, website=self.website)


@dataclass
class WelcomePage(Page):
    """`proposed` is known by the mail's domain. `represented`: whom the person speaks for, or asks to.

    `found` is None before the first search. `is_new`: the fields of a new organisation are open; `alike` are
    those that it may be already.
    """

    template: ClassVar[str] = "welcome/show.html"
    form: Form
    proposed: Organisation | None
    represented: frozenset[int]
    found: list[Organisation] | None = None
    alike: list[Organisation] = field(default_factory=list)
    is_new: bool = False
    kinds: tuple[str, ...] = NEW_KINDS


@dataclass
class ReadyPage(Page):
    """What works now and what waits for whom. `target` is where the person was going, or empty."""

    template: ClassVar[str] = "welcome/ready.html"
    membership: MembershipView
    may_send: bool
    has_own_admin: bool
    meeting: MeetingCard | None
    target: str


@router.get("/velkommen", dependencies=[only(is_person)])
def welcome(visit: AVisit, q: str = "", videre: str = "/") -> Response:
    form = visit.blank(name=visit.actor.name, q=q, videre=own_path(videre))
    return _found_page(visit, form) if q.strip() else visit.page(_page(visit, form))


def _page(visit: Visit, form: Form, **more: object) -> WelcomePage:
    memberships = list_memberships(visit.session, visit.actor.user_id or 0)
    represented = frozenset(one.organisation_id for one in memberships)
    proposed = find_by_mail_domain(visit.session, _mail_domain(visit))
    if proposed is not None and proposed.id in represented:
        proposed = None
    return WelcomePage(form=form, proposed=proposed, represented=represented, **more)  # type: ignore[arg-type]


def _mail_domain(visit: Visit) -> str:
    return get_email(visit.session, visit.actor.user_id or 0).rpartition("@")[2]


@router.post("/velkommen", dependencies=[only(is_person)])
def introduce(visit: AVisit, form: SentForm) -> Response:
    """One step of the form, by the button that was pressed; Enter in the search field searches."""
    step = form.value("skridt")
    if step == "opret" or (form.has("set_lignende") and not _has_seen_alike(form)):
        return _add_organisation(visit, form)
    if step == "ny":
        return _new_page(visit, form)
    if step == "find" or form.value("q").strip() != form.value("sogt"):
        return _found_page(visit, form)
    return _ask(visit, form)


# --- finding it


def _found_page(visit: Visit, form: Form) -> Response:
    words = form.value("q").strip()
    form.typed["sogt"] = [words]
    if not words:
        form.refuse("q", "search_first")
        return visit.page(_page(visit, form), 422)
    if looks_like_cvr(words):
        number = as_cvr(words)
        if number is None:
            form.refuse("q", "cvr")
            return visit.page(_page(visit, form), 422)
        form.typed.setdefault("cvr", [number])
        known = find_by_cvr(visit.session, number)
        found = [known] if known else []
    else:
        form.typed["org_name"] = [words]
        found = _by_name(visit, words)
    return visit.page(_page(visit, form, found=found, is_new=not found))


def _by_name(visit: Visit, words: str) -> list[Organisation]:
    """Those whose name holds the words, and then those called nearly the same."""
    found = find_organisations(visit.session, words, MOST_FOUND)
    known = {organisation.id for organisation in found}
    return found + [one for one in find_alike(visit.session, words) if one.id not in known]


# --- asking to represent it


def _ask(visit: Visit, form: Form) -> Response:
    count_at_the_door(visit.session, Limit(f"membership:{visit.actor.user_id}", MOST_A_DAY, A_DAY))
    if before := visit.done_before(form):
        return before
    you = form.read(AboutYou)
    organisation = _chosen(visit, form)
    if organisation is None:
        form.refuse("q", "choose_organisation")
    if you is None or organisation is None:
        return visit.page(_page(visit, form, found=_found_again(visit, form)), 422)
    return _request(visit, form, you, organisation)


def _chosen(visit: Visit, form: Form) -> Organisation | None:
    organisation_id = whole_number(form.value("organisation"))
    return get_organisation(visit.session, organisation_id) if organisation_id else None


def _found_again(visit: Visit, form: Form) -> list[Organisation] | None:
    words = form.value("sogt")
    if not words:
        return None
    number = as_cvr(words) if looks_like_cvr(words) else None
    if number is None:
        return _by_name(visit, words)
    known = find_by_cvr(visit.session, number)
    return [known] if known else []


def _request(visit: Visit, form: Form, you: AboutYou, organisation: Organisation) -> Response:
    session, actor = visit.session, visit.actor
    name_user(session, actor, you.name)
    membership = request_membership(session, actor, organisation.id, you.title)
    if actor.session_id is not None and actor.user_id is not None:
        use_membership(session, actor.session_id, actor.user_id, membership.id)
    return visit.done(form, _next_page(organisation, own_path(form.value("videre"))), "welcome")


def _next_page(organisation: Organisation, target: str) -> str:
    """Where to go when it is asked: a municipality, unless it was going somewhere, chooses what to follow."""
    if target != "/":
        return with_target("/velkommen/klar", target)
    return "/mit/emner" if organisation.kind == "municipality" else "/velkommen/klar"


# --- writing in a new one


def _new_page(visit: Visit, form: Form) -> Response:
    return visit.page(_page(visit, form, is_new=True))


def _add_organisation(visit: Visit, form: Form) -> Response:
    count_at_the_door(visit.session, Limit(f"new-organisation:{visit.actor.user_id}", MOST_NEW_A_DAY, A_DAY))
    if before := visit.done_before(form):
        return before
    you, given = form.read(AboutYou), form.read(NewFields)
    if you is None or given is None:
        return visit.page(_page(visit, form, is_new=True), 422)
    try:
        organisation = propose_organisation(
            visit.session,
            visit.actor,
            given.as_input(),
            domain=_mail_domain(visit),
            has_seen_alike=_has_seen_alike(form),
        )
    except Refused as refusal:
        form.refuse("cvr" if refusal.code == "cvr_taken" else "org_name", refusal.code)
        alike = _alike(visit, given)
        return visit.page(_page(visit, form, is_new=True, alike=alike), 422)
    return _request(visit, form, you, organisation)


def _has_seen_alike(form: Form) -> bool:
    """Whether those called nearly the same were shown for the very name that is sent now."""
    return form.has("set_lignende") and form.value("set_lignende") == form.value("org_name")


def _alike(visit: Visit, given: NewFields) -> list[Organisation]:
    """What the new one may be already, the one with its number first."""
    same = find_by_cvr(visit.session, given.cvr) if given.cvr else None
    others = [one for one in find_alike(visit.session, given.org_name) if same is None or one.id != same.id]
    return [same, *others] if same else others


# --- what works now


@router.get("/velkommen/klar", dependencies=[only(is_person)])
def ready(visit: AVisit, videre: str = "/") -> Response:
    actor, session = visit.actor, visit.session
    own = [one for one in list_memberships(session, actor.user_id or 0) if one.id == actor.membership_id]
    if not own:
        return visit.go("/velkommen")
    target = own_path(videre)
    coming = next_meeting(session, actor) if may_sign_up(actor) else None
    return visit.page(
        ReadyPage(
            membership=own[0],
            may_send=may_send(actor),
            has_own_admin=has_own_admin(session, own[0].organisation_id),
            meeting=coming if coming and coming.status == "open" else None,
            target="" if target == "/" else target,
        )
    )
