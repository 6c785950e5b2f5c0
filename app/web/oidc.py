"""Sign-in at an identity provider (OpenID Connect): out, back, and the provider's word that it is over."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import JSONResponse, Response

from app.core.audit import current_request_id, record
from app.core.policy import STRANGER, NotFound
from app.domain.users.models import User
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.limits import Limit, count_at_the_door
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.identity.accounts import Waiting, admit, connect, keep_waiting
from app.identity.codes import name_client
from app.identity.flows import LIFETIME, Opening, begin_flow, new_browser_secret, take_flow
from app.identity.provider_models import Identity, SignInFlow
from app.identity.providers import Denied, Provider
from app.identity.sessions import use_membership
from app.identity.signing_out import end_at_provider, find_provider_session, keep_provider_session
from app.identity.stated import read_person
from app.identity.talking import Partner, Proof
from app.web.entering import client_of, cookie_name, drop_cookie, enter, own_path, set_cookie, with_target
from app.web.oidc_words import RETRY_AFTER, STATUS

router = Router()
log = logging.getLogger(__name__)

FLOW = "udbyder"
CONNECTIONS = "/mit/forbindelser"
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ProviderButton:
    key: str
    label: str


@dataclass
class OnwardPage(Page):
    """On to the provider. A form may not be answered by a redirect to another site (CSP form-action)."""

    template: ClassVar[str] = "signin/onward.html"
    label: str
    address: str
    is_leaving: bool = False


@dataclass
class DeniedPage(Page):
    """A sign-in that ended: what happened, what to do, and what to say on the telephone."""

    template: ClassVar[str] = "signin/denied.html"
    code: str
    label: str
    reference: str
    waiting: str
    target: str


def partners_of(visit: Visit) -> dict[str, Partner]:
    partners: dict[str, Partner] = visit.request.app.state.partners
    return partners


def list_buttons(visit: Visit) -> list[ProviderButton]:
    """The providers that one can sign in with here."""
    return [ProviderButton(key, partner.provider.label) for key, partner in partners_of(visit).items()]


def find_partner(visit: Visit, key: str) -> Partner:
    """The provider of this key. Raises NotFound."""
    partner = partners_of(visit).get(key)
    if partner is None:
        raise NotFound
    return partner


def _count(visit: Visit, act: str) -> None:
    # A whole meeting room signs in behind one address within a few minutes.
    count_at_the_door(visit.session, Limit(f"oidc-{act}:{name_client(client_of(visit))}", 1500, _QUARTER))


@router.get("/log-ind/hos/{provider}", dependencies=[anyone])
def choose_again(visit: AVisit, provider: str) -> Response:
    """Nothing begins by opening an address: back to the buttons."""
    find_partner(visit, provider)
    return visit.go("/log-ind")


@router.post("/log-ind/hos/{provider}", dependencies=[anyone])
def start(visit: AVisit, provider: str, form: SentForm) -> Response:
    return go_to_provider(visit, provider, form.value("videre"))


def go_to_provider(visit: Visit, key: str, target: str, user_id: int | None = None) -> Response:
    """Begin a sign-in there; with `user_id`, that user connects the provider to their account."""
    partner = find_partner(visit, key)
    _count(visit, "start")
    name = cookie_name(visit, FLOW)
    browser = visit.request.cookies.get(name, "")
    if not 40 <= len(browser) <= 60:
        browser = new_browser_secret()
    opening = begin_flow(visit.session, key, browser, own_path(target), visit.language, user_id)
    # No connection to the database is held while the provider is asked.
    visit.session.commit()
    try:
        # Whoever is signed in already comes to show anew who they are.
        again = visit.actor.is_signed_in
        address = partner.start_address(opening.state, opening.nonce, opening.verifier, again)
    except Denied as denied:
        return deny(visit, partner.provider, denied, own_path(target))
    response = _onward(visit, OnwardPage(label=partner.provider.label, address=address))
    set_cookie(visit, response, name, browser, LIFETIME)
    return response


def _onward(visit: Visit, page: OnwardPage) -> Response:
    response = visit.page(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/log-ind/hos/{provider}/retur", dependencies=[anyone])
def come_back(visit: AVisit, provider: str) -> Response:
    """The browser comes back from the provider, with a code or with an error."""
    partner = find_partner(visit, provider)
    _count(visit, "return")
    given = visit.request.query_params
    # The page that may follow must not carry code and state on, in its links to other languages.
    visit.request.scope["query_string"] = b""
    flow: SignInFlow | None = None
    try:
        browser = visit.request.cookies.get(cookie_name(visit, FLOW))
        flow, opening = take_flow(visit.session, provider, browser, given.get("state", ""))
        visit.language = visit.request.state.language = flow.language
        # Used up, whatever comes of it; and no connection is held while the provider is asked.
        visit.session.commit()
        proof = _ask(partner, opening, given.get("iss"), given.get("error"), given.get("code", ""))
        return _welcome(visit, partner.provider, flow, proof)
    except Denied as denied:
        return deny(visit, partner.provider, denied, flow.target if flow else "/")


def _ask(partner: Partner, opening: Opening, issuer: str | None, error: str | None, code: str) -> Proof:
    partner.check_answer(issuer)
    if error == "access_denied":
        raise Denied("cancelled", "the person or the provider said no")
    if error is not None:
        # Which error it was may be anything that anybody wrote; so it is not repeated.
        raise Denied("provider_error", "the provider answered with an error")
    return partner.redeem(code, opening.nonce, opening.verifier)


def _welcome(visit: Visit, provider: Provider, flow: SignInFlow, proof: Proof) -> Response:
    session, claims = visit.session, proof.claims
    stated = read_person(provider, claims)
    if flow.user_id is None:
        user, identity = admit(session, provider, stated, claims, flow.language)
    elif visit.actor.user_id == flow.user_id:
        user, identity = connect(session, visit.actor, provider, stated, claims)
    else:
        raise Denied("stale", "a connection begun by somebody who has signed out since")
    response = _open(visit, user, identity, flow.target, proof)
    drop_cookie(visit, response, cookie_name(visit, FLOW))
    return response


def _open(visit: Visit, user: User, identity: Identity, target: str, proof: Proof) -> Response:
    def keep(secret: str) -> None:
        session_id = keep_provider_session(visit.session, secret, identity.id, proof.claims, proof.id_token)
        if identity.membership_id is not None:
            use_membership(visit.session, session_id, user.id, identity.membership_id)

    return enter(visit, user, target, "oidc", keep)


def deny(visit: Visit, provider: Provider, denied: Denied, target: str) -> Response:
    """The page that says why nobody was signed in, and one line in the log."""
    visit.session.rollback()
    waiting = keep_waiting(visit.session, provider, denied.stated) if isinstance(denied, Waiting) else ""
    if denied.code != "stale":
        # A link without a sign-in behind it can be opened by anybody, as often as they like.
        tried = {"method": "oidc", "provider": provider.key, "reason": denied.code}
        record(visit.session, visit.actor, "sign_in", "user", None, after=tried, outcome="refused")
    visit.session.commit()
    log.warning(
        "sign-in at %s refused: %s (%s) %s",
        provider.key,
        denied.detail,
        denied.code,
        current_request_id.get(),
    )
    page = DeniedPage(
        code=denied.code,
        label=provider.label,
        reference=current_request_id.get() or "",
        waiting=waiting,
        target=with_target("/log-ind", target),
    )
    response = visit.page(page, STATUS.get(denied.code, 403))
    if denied.code in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[denied.code])
    return response


@router.post("/log-ind/hos/{provider}/log-ud", dependencies=[anyone])
def end_from_provider(visit: AVisit, provider: str, form: SentForm) -> Response:
    """Back-channel logout: the provider itself says that somebody has signed out there."""
    partner = find_partner(visit, provider)
    _count(visit, "logout")
    headers = {"Cache-Control": "no-store"}
    try:
        claims = partner.read_logout(form.value("logout_token"))
        end_at_provider(visit.session, partner.provider, claims)
    except Denied as denied:
        visit.is_refused = True
        log.warning("sign-out from %s refused: %s %s", provider, denied.detail, current_request_id.get())
        status = 503 if denied.code == "no_answer" else 400
        return JSONResponse({"error": "invalid_request"}, status, headers=headers)
    return Response(status_code=200, headers=headers)


def find_signed_in_at(visit: Visit) -> tuple[Partner, str | None] | None:
    """The provider that this session came from, and its ID token. Asked before the session is closed."""
    secret = visit.request.cookies.get(visit.request.app.state.cookie.name, "")
    found = find_provider_session(visit.session, visit.actor.session_id, secret)
    partner = partners_of(visit).get(found[0]) if found else None
    return (partner, found[1]) if found and partner else None


def go_out(visit: Visit, signed_in_at: tuple[Partner, str | None] | None) -> Response | None:
    """The way to sign out at the provider too; None where that cannot or need not be done."""
    if signed_in_at is None:
        return None
    partner, id_token = signed_in_at
    try:
        address = partner.end_address(id_token, f"{visit.kit.site.base_url}/")
    except Denied as denied:
        log.warning("no sign-out at %s: %s", partner.provider.key, denied.detail)
        return None
    if address is None:
        return None
    visit.request.state.actor = STRANGER
    return _onward(visit, OnwardPage(label=partner.provider.label, address=address, is_leaving=True))
