"""One's own mail addresses, and joining two accounts of one's own."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.policy import Refused, is_person
from app.core.text import MailAddress
from app.domain.users.addresses import (
    Address,
    add_address,
    find_by_address,
    keep_proof,
    list_addresses,
    remove_address,
    use_as_main,
)
from app.domain.users.queries import get_email
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.identity.codes import (
    LIFETIME,
    AttemptView,
    asking_limits,
    check_code,
    find_attempt,
    make_code,
)
from app.identity.joining import Preview, join_own, preview_own
from app.identity.proof import is_recent, speaks_for_organiser
from app.web.entering import client_of, cookie_name, drop_cookie, require_fresh, set_cookie, with_target
from app.web.signin import CodeInput

router = Router()

HERE = "/mit/konti"
ATTEMPT = "konto-kode"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "too_many_addresses": _("Der er ikke plads til flere adresser. Fjern en af de andre først."),
        "no_proof": _("Der er gået for lang tid. Vis igen, at adressen er din."),
        "nothing_to_join": _("Der er ikke længere nogen anden konto med den adresse."),
        "needs_admin": _(
            "Den anden konto har rettigheder i sekretariatet. Derfor skal en administrator samle de to konti."
        ),
        "confirm_joining": _("Sæt kryds ved, at du ved, det ikke kan fortrydes."),
        "address_taken": _("Adressen hører til en anden konto."),
        "notice_address_added": _("Adressen er føjet til. Du kan også logge ind med den."),
        "notice_address_removed": _("Adressen er fjernet. Den kan ikke længere bruges til at logge ind."),
        "notice_address_main": _("Vi sender mails til den adresse fra nu af."),
        "notice_accounts_joined": _("De to konti er nu én. Begge adresser logger ind på den."),
    }
)


class AddressInput(BaseModel):
    email: MailAddress


@dataclass
class AccountsPage(Page):
    template: ClassVar[str] = "own/accounts.html"
    form: Form
    email: str
    addresses: list[Address]


@dataclass
class AddressCodePage(Page):
    template: ClassVar[str] = "own/address_code.html"
    form: Form
    attempt: AttemptView | None


@dataclass
class JoinPage(Page):
    """What joining does. `refusal` says why it cannot be done; then there is no preview."""

    template: ClassVar[str] = "own/join.html"
    form: Form
    preview: Preview | None
    refusal: str | None


def _prove_first(visit: Visit) -> Response | None:
    """Whoever finds a browser left open changes no address: staff shows a passkey, others sign in again."""
    if speaks_for_organiser(visit.session, visit.actor.user_id):
        require_fresh(visit, HERE)
    elif not is_recent(visit.session, visit.actor):
        return visit.go(with_target("/log-ind", HERE), "sign_in_again")
    return None


def _accounts_page(visit: Visit, form: Form) -> AccountsPage:
    user_id = visit.actor.user_id or 0
    return AccountsPage(form, get_email(visit.session, user_id), list_addresses(visit.session, user_id))


@router.get(HERE, dependencies=[only(is_person)])
def show_accounts(visit: AVisit) -> Response:
    return visit.page(_accounts_page(visit, visit.blank()))


@router.post(HERE, dependencies=[only(is_person)])
def ask_for_code(visit: AVisit, form: SentForm) -> Response:
    """Mail a code to the address; the answer is the same whether an account has it or not."""
    given = form.read(AddressInput)
    if given is None:
        return visit.page(_accounts_page(visit, form), 422)
    if again := _prove_first(visit):
        return again
    count_at_the_door(visit.session, *asking_limits(given.email, client_of(visit)))
    attempt = make_code(visit.session, given.email, visit.language, "add_address")
    response = visit.go(f"{HERE}/kode")
    set_cookie(visit, response, cookie_name(visit, ATTEMPT), attempt, LIFETIME)
    return response


def _attempt(visit: Visit) -> str:
    return visit.request.cookies.get(cookie_name(visit, ATTEMPT), "")


def _code_page(visit: Visit, form: Form, status: int = 200) -> Response:
    return visit.page(AddressCodePage(form, find_attempt(visit.session, _attempt(visit))), status)


@router.get(f"{HERE}/kode", dependencies=[only(is_person)])
def show_code_page(visit: AVisit) -> Response:
    return _code_page(visit, visit.blank()) if _attempt(visit) else visit.go(HERE)


@router.post(f"{HERE}/kode", dependencies=[only(is_person)])
def enter_code(visit: AVisit, form: SentForm) -> Response:
    """The address is added; where another account has it, on to joining the two."""
    if before := visit.done_before(form):
        return before
    given = form.read(CodeInput)
    if given is None:
        return _code_page(visit, form, 422)
    # The code may have been asked for in another browser, with its cookie brought along.
    if again := _prove_first(visit):
        return again
    email = check_code(visit.session, _attempt(visit), given.code, client_of(visit))
    holder = find_by_address(visit.session, email) if email else None
    if email is None or (holder is not None and holder.disabled_at is not None):
        # The page rolls back; a right code stays used also where its owner is shut out.
        visit.session.commit()
        form.refuse("code", "wrong_code")
        return _code_page(visit, form, 422)
    response = _take_address(visit, form, email, holder.id if holder else None)
    drop_cookie(visit, response, cookie_name(visit, ATTEMPT))
    return response


def _take_address(visit: Visit, form: Form, email: str, holder_id: int | None) -> Response:
    if holder_id not in (None, visit.actor.user_id):
        keep_proof(visit.session, visit.actor.user_id or 0, email)
        return visit.done(form, f"{HERE}/saml")
    try:
        add_address(visit.session, visit.actor, email)
    except Refused as refusal:
        form.refuse("email", refusal.code)
        return visit.page(_accounts_page(visit, form), 422)
    return visit.done(form, HERE, "address_added")


# --- joining


def _join_page(visit: Visit, form: Form, status: int = 200) -> Response:
    try:
        preview, refusal = preview_own(visit.session, visit.actor), None
    except Refused as refused:
        preview, refusal = None, visit.say(refused.code)
    return visit.page(JoinPage(form, preview, refusal), status)


@router.get(f"{HERE}/saml", dependencies=[only(is_person)])
def show_joining(visit: AVisit) -> Response:
    if again := _prove_first(visit):
        return again
    return _join_page(visit, visit.blank())


@router.post(f"{HERE}/saml", dependencies=[only(is_person)])
def join(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    if again := _prove_first(visit):
        return again
    if form.value("is_sure") != "1":
        form.refuse("is_sure", "confirm_joining")
        return _join_page(visit, form, 422)
    try:
        join_own(visit.session, visit.actor)
    except Refused:
        return _join_page(visit, form, 422)
    return visit.done(form, HERE, "accounts_joined")


# --- the further addresses


@router.post(HERE + "/{address_id:int}/fjern", dependencies=[only(is_person)])
def remove(visit: AVisit, form: SentForm, address_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    if again := _prove_first(visit):
        return again
    remove_address(visit.session, visit.actor, min(address_id, 2**53))
    return visit.done(form, HERE, "address_removed")


@router.post(HERE + "/{address_id:int}/brug", dependencies=[only(is_person)])
def make_main(visit: AVisit, form: SentForm, address_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    if again := _prove_first(visit):
        return again
    use_as_main(visit.session, visit.actor, min(address_id, 2**53))
    return visit.done(form, HERE, "address_main")
