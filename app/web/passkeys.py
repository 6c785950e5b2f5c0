"""Passkeys: one's own, signing in with one, and the step that staff need beside a mailed code."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.audit import record
from app.core.keeping import note_for_one
from app.core.policy import NotFound, Refused, is_person
from app.core.text import RequiredLine, ShortLine
from app.domain.users.models import User
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import Limit, count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.identity.ceremonies import (
    CHALLENGE_LIFETIME,
    Ceremony,
    RelyingParty,
    add_passkey,
    begin_adding,
    begin_proving,
    begin_signing_in,
    check_passkey,
    relying_party,
)
from app.identity.codes import QUARTER, name_client
from app.identity.devices import name_device
from app.identity.passkeys import (
    PasskeyView,
    get_own_passkey,
    is_needed,
    list_passkeys,
    remove_all_passkeys,
    remove_passkey,
    rename_passkey,
)
from app.identity.policy import may_take_passkeys
from app.identity.proof import count_passkeys, is_fresh, may_add_passkey
from app.web.entering import (
    PROOF,
    begin_session,
    client_of,
    cookie_name,
    drop_cookie,
    enter,
    own_path,
    require_fresh,
    set_cookie,
    with_target,
)

router = Router()

OWN = "/mit/adgangsnoegler"
CEREMONY = "noegle"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "a_passkey": _("Adgangsnøgle"),
        "passkey_failed": _("Adgangsnøglen blev ikke godkendt. Prøv igen, eller brug en kode på mail."),
        "prove_first": _("Bekræft først, at det er dig, med din adgangsnøgle."),
        "too_many_passkeys": _("Du har ti adgangsnøgler, og flere er der ikke plads til. Fjern en først."),
        "last_passkey": _(
            "Din sidste adgangsnøgle kan ikke fjernes, for uden den kan du ikke udføre dit arbejde."
        ),
        "no_passkeys": _("Brugeren har ingen adgangsnøgler."),
        "notice_passkey_added": _("Adgangsnøglen er tilføjet. Du kan bruge den næste gang, du logger ind."),
        "notice_passkey_renamed": _("Navnet er ændret."),
        "notice_passkey_removed": _("Adgangsnøglen er fjernet her. Slet den også på enheden."),
        "notice_passkeys_taken": _(
            "Adgangsnøglerne er fjernet, og brugeren er logget ud og får besked på mail."
        ),
        "notice_proved": _("Tak. Nu er det bekræftet, at det er dig."),
    }
)


class NameInput(BaseModel):
    name: RequiredLine


class NewInput(BaseModel):
    name: ShortLine = ""


@dataclass(frozen=True, slots=True)
class PasskeysHere:
    """Whether passkeys work at the address that the reader sees; `origin` is where they do."""

    origin: str
    is_possible: bool
    is_elsewhere: bool


@dataclass
class PasskeyPage(Page):
    """Signing in with a passkey."""

    template: ClassVar[str] = "passkeys/sign_in.html"
    form: Form
    here: PasskeysHere


@dataclass
class ProofPage(Page):
    """One step more: showing a passkey, making the first one, or signing in anew."""

    template: ClassVar[str] = "passkeys/proof.html"
    form: Form
    here: PasskeysHere
    has_passkey: bool
    may_add: bool
    device: str
    again: str


@dataclass
class OwnPasskeysPage(Page):
    template: ClassVar[str] = "passkeys/own.html"
    form: Form
    here: PasskeysHere
    passkeys: list[PasskeyView]
    may_add: bool
    device: str
    proof: str


@dataclass
class EditPasskeyPage(Page):
    template: ClassVar[str] = "passkeys/edit.html"
    form: Form
    passkey_id: int
    name: str
    is_needed: bool


@dataclass
class UsersPasskeysPage(Page):
    """Another user's passkeys, for an admin."""

    template: ClassVar[str] = "passkeys/of_user.html"
    user_id: int
    name: str
    passkeys: list[PasskeyView]


# --- the two halves of every ceremony ---


def _party(visit: Visit) -> RelyingParty:
    return relying_party(visit.kit.site.base_url, visit.kit.site.site_name)


def passkeys_here(visit: Visit) -> PasskeysHere:
    """Whether passkeys work where the reader is."""
    party = _party(visit)
    # It differs by the name at which one came, which a page that is kept for others does not tell.
    note_for_one()
    return PasskeysHere(party.origin, party.is_usable, visit.request.url.hostname != party.host)


def _ask(visit: Visit, ceremony: Ceremony) -> Response:
    """What the browser is asked, as JSON, and the cookie that binds the answer to it."""
    response = Response(
        ceremony.options, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
    set_cookie(visit, response, cookie_name(visit, CEREMONY), ceremony.secret, CHALLENGE_LIFETIME)
    return response


def _secret(visit: Visit) -> str:
    return visit.request.cookies.get(cookie_name(visit, CEREMONY), "")


def _count(visit: Visit) -> None:
    """A meeting room behind one client may sign in; nobody may fill the table of challenges."""
    limits = [Limit(f"passkeys-from:{name_client(client_of(visit))}", 1500, QUARTER)]
    if visit.actor.user_id is not None:
        limits.append(Limit(f"passkeys:{visit.actor.user_id}", 60, QUARTER))
    count_at_the_door(visit.session, *limits)


def _refuse(visit: Visit, form: Form, refusal: Refused) -> None:
    # The page rolls back, but the challenge that was used must stay used.
    visit.session.commit()
    form.refuse("form", refusal.code)


# --- signing in ---


@router.get("/log-ind/adgangsnoegle", dependencies=[anyone])
def sign_in_page(visit: AVisit, videre: str = "/") -> Response:
    form = visit.blank(videre=own_path(videre))
    return visit.page(PasskeyPage(form=form, here=passkeys_here(visit)))


@router.post("/log-ind/adgangsnoegle/begynd", dependencies=[anyone])
def ask_to_sign_in(visit: AVisit) -> Response:
    """Alike for everybody: no address is named, so none can be found out."""
    _count(visit)
    return _ask(visit, begin_signing_in(visit.session, _party(visit)))


@router.post("/log-ind/adgangsnoegle", dependencies=[anyone])
def sign_in(visit: AVisit, form: SentForm) -> Response:
    try:
        user_id = check_passkey(visit.session, _party(visit), _secret(visit), form.value("credential"))
    except Refused as refusal:
        _refuse(visit, form, refusal)
        return visit.page(PasskeyPage(form=form, here=passkeys_here(visit)), 422)
    user = visit.session.get_one(User, user_id)
    response = enter(visit, user, form.value("videre"), "passkey")
    drop_cookie(visit, response, cookie_name(visit, CEREMONY))
    return response


# --- one step more ---


def _proof_page(visit: Visit, form: Form, status: int = 200) -> Response:
    target = own_path(form.value("videre"))
    page = ProofPage(
        form=form,
        here=passkeys_here(visit),
        has_passkey=count_passkeys(visit.session, visit.actor.user_id) > 0,
        may_add=may_add_passkey(visit.session, visit.actor),
        device=_device(visit),
        again=with_target("/log-ind", with_target(PROOF, target)),
    )
    return visit.page(page, status)


@router.get(PROOF, dependencies=[only(is_person)])
def proof_page(visit: AVisit, videre: str = "/") -> Response:
    if is_fresh(visit.session, visit.actor):
        return visit.go(own_path(videre))
    return _proof_page(visit, visit.blank(videre=own_path(videre)))


@router.post(f"{PROOF}/begynd", dependencies=[only(is_person)])
def ask_to_prove(visit: AVisit) -> Response:
    _count(visit)
    return _ask(visit, begin_proving(visit.session, _party(visit), visit.actor))


@router.post(PROOF, dependencies=[only(is_person)])
def prove(visit: AVisit, form: SentForm) -> Response:
    """Show one of one's own passkeys: the session that follows is a strong one, with a secret of its own."""
    try:
        check_passkey(visit.session, _party(visit), _secret(visit), form.value("credential"), visit.actor)
    except Refused as refusal:
        _refuse(visit, form, refusal)
        return _proof_page(visit, form, 422)
    record(visit.session, visit.actor, "prove", "user", visit.actor.user_id, after={"method": "passkey"})
    return _strengthen(visit, visit.go(own_path(form.value("videre")), "proved"))


def _strengthen(visit: Visit, response: Response) -> Response:
    assert visit.actor.user_id is not None
    drop_cookie(visit, response, cookie_name(visit, CEREMONY))
    return begin_session(visit, visit.actor.user_id, response, "passkey")


# --- one's own ---


def _device(visit: Visit) -> str:
    """What a passkey is called unless its owner says otherwise: "Firefox, Windows"."""
    return name_device(visit.request.headers.get("user-agent", "")).strip("/").replace("/", ", ")


def _own_page(visit: Visit, form: Form, status: int = 200) -> Response:
    page = OwnPasskeysPage(
        form=form,
        here=passkeys_here(visit),
        passkeys=list_passkeys(visit.session, visit.actor.user_id),
        may_add=may_add_passkey(visit.session, visit.actor),
        device=_device(visit),
        proof=with_target(PROOF, OWN),
    )
    return visit.page(page, status)


@router.get(OWN, dependencies=[only(is_person)])
def show_own(visit: AVisit) -> Response:
    return _own_page(visit, visit.blank(videre=OWN))


@router.post(f"{OWN}/begynd", dependencies=[only(is_person)])
def ask_to_add(visit: AVisit) -> Response:
    _count(visit)
    return _ask(visit, begin_adding(visit.session, _party(visit), visit.actor))


@router.post(OWN, dependencies=[only(is_person)])
def add(visit: AVisit, form: SentForm) -> Response:
    """Keep what the browser made. Making one shows as much as using one: the session is strong then."""
    if before := visit.done_before(form):
        return before
    given = form.read(NewInput)
    if given is None:
        return _own_page(visit, form, 422)
    name = given.name or _device(visit) or visit.say("a_passkey")
    try:
        add_passkey(visit.session, _party(visit), visit.actor, _secret(visit), form.value("credential"), name)
    except Refused as refusal:
        _refuse(visit, form, refusal)
        return _own_page(visit, form, 422)
    return _strengthen(visit, visit.done(form, own_path(form.value("videre") or OWN), "passkey_added"))


@router.get(f"{OWN}/{{passkey_id:int}}", dependencies=[only(is_person)])
def edit_page(visit: AVisit, passkey_id: int) -> Response:
    passkey = get_own_passkey(visit.session, visit.actor, passkey_id)
    return _edit_page(visit, visit.blank(name=passkey.name), passkey_id)


def _edit_page(visit: Visit, form: Form, passkey_id: int, status: int = 200) -> Response:
    passkey = get_own_passkey(visit.session, visit.actor, passkey_id)
    needed = is_needed(visit.session, visit.actor)
    page = EditPasskeyPage(form=form, passkey_id=passkey_id, name=passkey.name, is_needed=needed)
    return visit.page(page, status)


@router.post(f"{OWN}/{{passkey_id:int}}", dependencies=[only(is_person)])
def rename(visit: AVisit, passkey_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(NameInput)
    if given is None:
        return _edit_page(visit, form, passkey_id, 422)
    rename_passkey(visit.session, visit.actor, passkey_id, given.name)
    return visit.done(form, OWN, "passkey_renamed")


@router.post(f"{OWN}/{{passkey_id:int}}/fjern", dependencies=[only(is_person)])
def remove(visit: AVisit, passkey_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    passkey = get_own_passkey(visit.session, visit.actor, passkey_id)
    require_fresh(visit, f"{OWN}/{passkey_id}")
    try:
        remove_passkey(visit.session, visit.actor, passkey_id)
    except Refused as refusal:
        form = visit.blank(name=passkey.name)
        form.refuse("form", refusal.code)
        return _edit_page(visit, form, passkey_id, 422)
    return visit.done(form, OWN, "passkey_removed")


# --- another's, for an admin ---


@router.get("/brugere/{user_id:int}/adgangsnoegler", dependencies=[only(may_take_passkeys)])
def show_users(visit: AVisit, user_id: int) -> Response:
    user = _other_user(visit, user_id)
    passkeys = list_passkeys(visit.session, user_id)
    return visit.page(UsersPasskeysPage(user_id=user.id, name=user.name, passkeys=passkeys))


@router.post("/brugere/{user_id:int}/adgangsnoegler/fjern", dependencies=[only(may_take_passkeys)])
def take_all(visit: AVisit, user_id: int, form: SentForm) -> Response:
    """Where a device is lost: its owner may then make a new first passkey."""
    if before := visit.done_before(form):
        return before
    _other_user(visit, user_id)
    page = f"/brugere/{user_id}/adgangsnoegler"
    require_fresh(visit, page)
    remove_all_passkeys(visit.session, visit.actor, user_id)
    return visit.done(form, page, "passkeys_taken")


def _other_user(visit: Visit, user_id: int) -> User:
    """Another user than the actor, whose own passkeys have a page of their own."""
    user = visit.session.get(User, user_id)
    if user is None or user_id == visit.actor.user_id:
        raise NotFound
    return user
