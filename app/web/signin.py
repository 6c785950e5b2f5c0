"""Sign-in by a mailed code, and sign-out; in the demo by buttons."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.policy import NotFound
from app.core.text import MailAddress, RequiredLine, ShortLine
from app.domain.users.models import User
from app.domain.users.service import add_user
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone
from app.identity.codes import (
    LIFETIME,
    AttemptView,
    asking_limits,
    check_code,
    find_attempt,
    find_user,
    make_code,
)
from app.identity.proof import note_failure
from app.identity.sessions import close_session
from app.web.entering import (
    client_of,
    cookie_name,
    drop_cookie,
    enter,
    forget_cookie,
    own_path,
    set_cookie,
    with_target,
)
from app.web.oidc import ProviderButton, find_signed_in_at, go_out, list_buttons
from app.web.passkeys import PasskeysHere, passkeys_here

router = Router()

ATTEMPT = "kode"
# What each button of the demo signs in as: the seed's example users.
DEMO_USERS = {
    "staff": "eva.eksempel@eksempelforeningen.example",
    "vendor": "troels.testesen@eksempelsoftware.example",
    "consultancy": "kaj.kladde@eksempelhuset.example",
    "municipality": "signe.skabelon@eksempelkommune.example",
    "admin": "astrid.afproevning@eksempelforeningen.example",
    "auditor": "ruth.revisorproeve@eksempelforeningen.example",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "wrong_code": _("Koden passer ikke, eller den er for gammel. Prøv igen, eller bed om en ny kode."),
        "wait_for_code": _("Der er lige sendt en kode. Vent {seconds} sekunder, før du beder om en ny."),
        "notice_new_code": _("Vi har sendt en ny kode. Brug den nyeste mail."),
        "notice_signed_out": _("Du er logget ud."),
        "notice_signed_in": _("Du er logget ind."),
    }
)


class EmailInput(BaseModel):
    email: MailAddress
    videre: ShortLine = "/"


class CodeInput(BaseModel):
    code: RequiredLine


@dataclass
class SignInPage(Page):
    template: ClassVar[str] = "signin/start.html"
    form: Form
    demo_kinds: list[str]
    providers: list[ProviderButton]
    here: PasskeysHere


@dataclass
class CodePage(Page):
    template: ClassVar[str] = "signin/code.html"
    form: Form
    attempt: AttemptView | None


def start_page(visit: Visit, form: Form) -> SignInPage:
    """The page on which signing in begins, with what is typed in the form."""
    kinds = list(DEMO_USERS) if visit.kit.site.demo else []
    providers = list_buttons(visit)
    return SignInPage(form=form, demo_kinds=kinds, providers=providers, here=passkeys_here(visit))


@router.get("/log-ind", dependencies=[anyone])
def start(visit: AVisit, videre: str = "/") -> Response:
    return visit.page(start_page(visit, visit.blank(videre=own_path(videre))))


@router.post("/log-ind", dependencies=[anyone])
def ask_for_code(visit: AVisit, form: SentForm) -> Response:
    """Mail a code; the answer is the same whether the address is known or not."""
    given = form.read(EmailInput)
    if given is None:
        return visit.page(start_page(visit, form), 422)
    return _send_code(visit, given.email, given.videre)


def _attempt(visit: Visit) -> str:
    """The secret name of this browser's attempt, from its cookie."""
    return visit.request.cookies.get(cookie_name(visit, ATTEMPT), "")


def _send_code(visit: Visit, email: str, target: str, notice: str | None = None) -> Response:
    count_at_the_door(visit.session, *asking_limits(email, client_of(visit)))
    attempt = make_code(visit.session, email, visit.language)
    response = visit.go(with_target("/log-ind/kode", target), notice)
    set_cookie(visit, response, cookie_name(visit, ATTEMPT), attempt, LIFETIME)
    return response


def _code_page(visit: Visit, form: Form, status: int = 200) -> Response:
    attempt = find_attempt(visit.session, _attempt(visit))
    response = visit.page(CodePage(form=form, attempt=attempt), status)
    # It names an address, and a stranger's pages may else be kept.
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/log-ind/kode", dependencies=[anyone])
def code_page(visit: AVisit, videre: str = "/") -> Response:
    """Where the code is typed. Opening it uses nothing up, however often and by whom."""
    if not _attempt(visit):
        return visit.go(with_target("/log-ind", videre))
    return _code_page(visit, visit.blank(videre=own_path(videre)))


@router.post("/log-ind/kode/ny", dependencies=[anyone])
def ask_again(visit: AVisit, form: SentForm) -> Response:
    """Another code to the same address, a minute after the last one at the earliest."""
    target = own_path(form.value("videre"))
    attempt = find_attempt(visit.session, _attempt(visit))
    if attempt is None:
        return visit.go(with_target("/log-ind", target))
    if attempt.seconds_left:
        form.refuse("form", "wait_for_code", seconds=attempt.seconds_left)
        response = _code_page(visit, form, 429)
        response.headers["Retry-After"] = str(attempt.seconds_left)
        return response
    return _send_code(visit, attempt.email, target, "new_code")


@router.post("/log-ind/kode", dependencies=[anyone])
def enter_code(visit: AVisit, form: SentForm) -> Response:
    given = form.read(CodeInput)
    if given is None:
        return _code_page(visit, form, 422)
    email = check_code(visit.session, _attempt(visit), given.code, client_of(visit))
    user = _find_or_add_user(visit, email) if email else None
    if user is not None and user.disabled_at is not None:
        note_failure(visit.session, user.id, "code")
    if user is None or user.disabled_at is not None:
        # The page rolls back; a right code stays used also where its owner is shut out.
        visit.session.commit()
        form.refuse("code", "wrong_code")
        return _code_page(visit, form, 422)
    response = enter(visit, user, form.value("videre"))
    drop_cookie(visit, response, cookie_name(visit, ATTEMPT))
    return response


def _find_or_add_user(visit: Visit, email: str) -> User:
    return find_user(visit.session, email) or add_user(
        visit.session, email=email, name="", language=visit.language
    )


@router.post("/log-ind/demo", dependencies=[anyone])
def enter_demo(visit: AVisit, form: SentForm) -> Response:
    """One button for each kind of people; only where the site is a demo."""
    email = DEMO_USERS.get(form.value("kind"))
    if not visit.kit.site.demo or email is None:
        raise NotFound
    user = find_user(visit.session, email)
    if user is None or user.disabled_at is not None:
        raise NotFound
    return enter(visit, user, form.value("videre"), "demo")


@router.post("/log-ud", dependencies=[anyone])
def leave(visit: AVisit) -> Response:
    onward = None
    if visit.actor.session_id is not None:
        signed_in_at = find_signed_in_at(visit)
        close_session(visit.session, visit.actor, visit.actor.session_id)
        # Ended here whatever the provider says, and no connection is held while it is asked.
        visit.session.commit()
        onward = go_out(visit, signed_in_at)
    return forget_cookie(visit, onward or visit.go("/", "signed_out"))
