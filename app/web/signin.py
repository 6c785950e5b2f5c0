"""Sign-in by a mailed code, the first visit's questions, sign-out; in the demo by buttons."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.policy import NotFound, is_person
from app.core.text import Line, RequiredLine, ShortLine
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import find_by_mail_domain, find_organisations, get_organisation
from app.domain.users.queries import get_email
from app.domain.users.service import add_user, name_user, request_membership
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.identity.codes import check_code, find_user, make_code
from app.identity.sessions import ABSOLUTE, Cookie, Method, close_session, open_session, use_membership

router = APIRouter()

ATTEMPT = "dialogforum-log-ind"
# What each button of the demo signs in as: the seed's example users.
DEMO_USERS = {
    "staff": "eva.eksempel@eksempelforeningen.example",
    "vendor": "troels.testesen@eksempelsoftware.example",
    "consultancy": "kaj.kladde@eksempelhuset.example",
    "municipality": "signe.skabelon@eksempelkommune.example",
    "admin": "astrid.afproevning@eksempelforeningen.example",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "wrong_code": _("Koden passer ikke, eller den er for gammel. Prøv igen, eller bed om en ny kode."),
        "choose_organisation": _("Vælg den organisation, du repræsenterer, eller skriv navnet på en ny."),
        "notice_signed_out": _("Du er logget ud."),
        "notice_signed_in": _("Du er logget ind."),
        "notice_welcome": _("Velkommen. Du kan bruge Dialogforum med det samme."),
    }
)

_EMAIL = re.compile(r"^[^@\s\"'<>(),:;\\\[\]]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}$")


def _check_email(value: str) -> str:
    value = value.lower()
    if not _EMAIL.match(value):
        raise PydanticCustomError("email", "Not a mail address")
    return value


Email = Annotated[Line, StringConstraints(max_length=254), AfterValidator(_check_email)]


class EmailInput(BaseModel):
    email: Email
    videre: ShortLine = "/"


class CodeInput(BaseModel):
    code: RequiredLine


class WelcomeInput(BaseModel):
    name: RequiredLine
    title: ShortLine = ""
    organisation: int | None = None


@dataclass
class SignInPage(Page):
    template: ClassVar[str] = "signin/start.html"
    form: Form
    demo_kinds: list[str]


@dataclass
class CodePage(Page):
    template: ClassVar[str] = "signin/code.html"
    form: Form


@dataclass
class WelcomePage(Page):
    template: ClassVar[str] = "signin/welcome.html"
    form: Form
    email_organisation: Organisation | None
    choices: list[tuple[str, str]]


def own_path(target: str) -> str:
    """The target when it is a path of this site, else the front page."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    return target


def _start_page(visit: Visit, form: Form) -> SignInPage:
    return SignInPage(form=form, demo_kinds=list(DEMO_USERS) if visit.kit.site.demo else [])


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None) -> None:
    cookie: Cookie = request.app.state.cookie
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=cookie.is_https, httponly=True, samesite="lax"
    )


def _enter(visit: Visit, user_id: int, response: Response, method: Method = "code") -> Response:
    """Sign the browser in: a new secret each time, and the end of the session that it came with."""
    device = visit.request.headers.get("user-agent", "")
    secret = open_session(visit.session, user_id, method, device, former=visit.actor.session_id)
    cookie: Cookie = visit.request.app.state.cookie
    _set_cookie(visit.request, response, cookie.name, secret, int(ABSOLUTE.total_seconds()))
    response.delete_cookie(ATTEMPT, path="/")
    return response


@router.get("/log-ind", dependencies=[anyone])
def start(visit: AVisit, videre: str = "/") -> Response:
    return visit.page(_start_page(visit, visit.blank(videre=own_path(videre))))


@router.post("/log-ind", dependencies=[anyone])
def ask_for_code(visit: AVisit, form: SentForm) -> Response:
    """Mail a code; the answer is the same whether the address is known or not."""
    given = form.read(EmailInput)
    if given is None:
        return visit.page(_start_page(visit, form), 422)
    client = visit.request.client.host if visit.request.client else "unknown"
    count_against(visit.session, f"code:{given.email}", 5, timedelta(minutes=15))
    count_against(visit.session, f"codes-from:{client}", 300, timedelta(minutes=15))
    attempt = make_code(visit.session, given.email, visit.language)
    response = visit.go(f"/log-ind/kode?videre={own_path(given.videre)}")
    _set_cookie(visit.request, response, ATTEMPT, attempt, 900)
    return response


@router.get("/log-ind/kode", dependencies=[anyone])
def code_page(visit: AVisit, videre: str = "/") -> Response:
    if ATTEMPT not in visit.request.cookies:
        return visit.go("/log-ind")
    return visit.page(CodePage(form=visit.blank(videre=own_path(videre))))


@router.post("/log-ind/kode", dependencies=[anyone])
def enter_code(visit: AVisit, form: SentForm) -> Response:
    given = form.read(CodeInput)
    if given is None:
        return visit.page(CodePage(form=form), 422)
    email = check_code(visit.session, visit.request.cookies.get(ATTEMPT, ""), given.code)
    if email is None:
        # The page below rolls back, but the try that was used must stay used.
        visit.session.commit()
        form.refuse("code", "wrong_code")
        return visit.page(CodePage(form=form), 422)
    user = find_user(visit.session, email)
    if user is None:
        user = add_user(visit.session, email=email, name="", language=visit.language)
    if user.disabled_at is not None:
        form.refuse("code", "wrong_code")
        return visit.page(CodePage(form=form), 422)
    target = own_path(form.value("videre"))
    if not user.name:
        return _enter(visit, user.id, visit.go("/velkommen"))
    return _enter(visit, user.id, visit.go(target, "signed_in"))


@router.post("/log-ind/demo", dependencies=[anyone])
def enter_demo(visit: AVisit, form: SentForm) -> Response:
    """One button for each kind of people; only where the site is a demo."""
    email = DEMO_USERS.get(form.value("kind"))
    if not visit.kit.site.demo or email is None:
        raise NotFound
    user = find_user(visit.session, email)
    if user is None or user.disabled_at is not None:
        raise NotFound
    return _enter(visit, user.id, visit.go(own_path(form.value("videre")), "signed_in"), "demo")


@router.get("/velkommen", dependencies=[only(is_person)])
def welcome(visit: AVisit, q: str = "") -> Response:
    return visit.page(_welcome_page(visit, visit.blank(name=visit.actor.name, q=q), q))


def _welcome_page(visit: Visit, form: Form, q: str) -> WelcomePage:
    assert visit.actor.user_id is not None
    domain = get_email(visit.session, visit.actor.user_id).rpartition("@")[2]
    own = find_by_mail_domain(visit.session, domain)
    found = find_organisations(visit.session, q) if q.strip() else []
    choices = [(str(o.id), o.name) for o in found if own is None or o.id != own.id]
    return WelcomePage(form=form, email_organisation=own, choices=choices)


@router.post("/velkommen", dependencies=[only(is_person)])
def introduce(visit: AVisit, form: SentForm) -> Response:
    """Name, organisation and title; the person can work at once, marked as not yet confirmed."""
    if form.has("search"):
        return visit.page(_welcome_page(visit, form, form.value("q")), 200)
    if before := visit.done_before(form):
        return before
    given = form.read(WelcomeInput)
    organisation = (
        get_organisation(visit.session, given.organisation) if given and given.organisation else None
    )
    if given is not None and organisation is None:
        form.refuse("organisation", "choose_organisation")
    if given is None or organisation is None:
        return visit.page(_welcome_page(visit, form, form.value("q")), 422)
    assert visit.actor.user_id is not None
    name_user(visit.session, visit.actor, given.name)
    membership = request_membership(
        visit.session, visit.actor, organisation_id=organisation.id, title=given.title
    )
    if visit.actor.session_id is not None:
        use_membership(visit.session, visit.actor.session_id, visit.actor.user_id, membership.id)
    return visit.done(form, "/mit", "welcome")


@router.post("/log-ud", dependencies=[anyone])
def leave(visit: AVisit) -> Response:
    if visit.actor.session_id is not None:
        close_session(visit.session, visit.actor, visit.actor.session_id)
    response = visit.go("/", "signed_out")
    cookie: Cookie = visit.request.app.state.cookie
    response.delete_cookie(cookie.name, path="/", secure=cookie.is_https, httponly=True, samesite="lax")
    return response
