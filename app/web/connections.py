"""The providers that an account is connected to: one's own, and for admins those of others."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.policy import NotFound, Refused, is_person
from app.core.text import RequiredLine
from app.domain.users.models import User
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.identity.linking import (
    IdentityView,
    disconnect,
    find_account,
    find_waiting,
    get_identity,
    list_identities,
    relink,
)
from app.identity.policy import may_relink
from app.identity.proof import count_passkeys, is_recent
from app.web.entering import require_fresh, with_target
from app.web.oidc import CONNECTIONS, ProviderButton, go_to_provider, list_buttons
from app.web.users import LARGEST_ID

router = Router()


@dataclass(frozen=True, slots=True)
class Connection:
    """An identity with the words on its provider's button."""

    identity: IdentityView
    label: str


@dataclass
class ConnectionsPage(Page):
    template: ClassVar[str] = "own/connections.html"
    form: Form
    connections: list[Connection]
    others: list[ProviderButton]
    is_recent: bool


@dataclass
class AccountPage(Page):
    """Whose logins these are, for admins."""

    template: ClassVar[str] = "users/connections.html"
    form: Form
    user_id: int
    name: str
    email: str
    connections: list[Connection]
    moving: int | None


class MoveInput(BaseModel):
    account: RequiredLine


class TakeInput(BaseModel):
    reference: RequiredLine


def _list_connections(visit: Visit, user_id: int) -> list[Connection]:
    return [
        Connection(identity, _label_of(visit, identity.provider))
        for identity in list_identities(visit.session, user_id)
    ]


def _label_of(visit: Visit, provider: str) -> str:
    """The words on a provider's button; its key where the settings know it no more."""
    labels = {button.key: button.label for button in list_buttons(visit)}
    return labels.get(provider, provider)


# --- one's own


def _own_page(visit: Visit, form: Form) -> ConnectionsPage:
    connections = _list_connections(visit, visit.actor.user_id or 0)
    known = {connection.identity.provider for connection in connections}
    return ConnectionsPage(
        form=form,
        connections=connections,
        others=[button for button in list_buttons(visit) if button.key not in known],
        is_recent=is_recent(visit.session, visit.actor),
    )


def _prove_first(visit: Visit) -> Response | None:
    """As for a further passkey: what lets one in for good is not changed on a mailed code alone."""
    if count_passkeys(visit.session, visit.actor.user_id):
        require_fresh(visit, CONNECTIONS)
    elif not is_recent(visit.session, visit.actor):
        return visit.go(with_target("/log-ind", CONNECTIONS), "sign_in_again")
    return None


@router.get(CONNECTIONS, dependencies=[only(is_person)])
def show_connections(visit: AVisit) -> Response:
    return visit.page(_own_page(visit, visit.blank()))


@router.post(CONNECTIONS + "/{provider}", dependencies=[only(is_person)])
def begin_connecting(visit: AVisit, provider: str, form: SentForm) -> Response:
    """On to the provider; coming back from there, the person may use it from then on."""
    if again := _prove_first(visit):
        return again
    return go_to_provider(visit, provider, CONNECTIONS, visit.actor.user_id)


@router.post(CONNECTIONS + "/{identity_id:int}/fjern", dependencies=[only(is_person)])
def remove_connection(visit: AVisit, identity_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    if again := _prove_first(visit):
        return again
    try:
        disconnect(visit.session, visit.actor, min(identity_id, LARGEST_ID))
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_own_page(visit, form), 422)
    return visit.done(form, CONNECTIONS, "disconnected")


# --- those of others


def _get_user(visit: Visit, user_id: int) -> User:
    user = visit.session.get(User, min(user_id, LARGEST_ID))
    if user is None:
        raise NotFound
    return user


def _account_page(visit: Visit, user_id: int, form: Form, moving: int | None = None) -> AccountPage:
    user = _get_user(visit, user_id)
    return AccountPage(
        form=form,
        user_id=user.id,
        name=user.name,
        email=user.email or "",
        connections=_list_connections(visit, user.id),
        moving=moving,
    )


def _address(user_id: int) -> str:
    return f"/brugere/{user_id}/log-ind"


@router.get("/brugere/{user_id:int}/log-ind", dependencies=[only(may_relink)])
def show_account(visit: AVisit, user_id: int) -> Response:
    return visit.page(_account_page(visit, user_id, visit.blank()))


@router.post("/brugere/{user_id:int}/log-ind/modtag", dependencies=[only(may_relink)])
def take_waiting(visit: AVisit, user_id: int, form: SentForm) -> Response:
    """Give this account the login that somebody was refused with, by the reference they read out."""
    require_fresh(visit, _address(user_id))
    if before := visit.done_before(form):
        return before
    given = form.read(TakeInput)
    waiting = find_waiting(visit.session, given.reference) if given else None
    if given is not None and waiting is None:
        form.refuse("reference", "unknown_reference")
    if waiting is None:
        return visit.page(_account_page(visit, user_id, form), 422)
    label = _label_of(visit, waiting.provider)
    relink(visit.session, visit.actor, waiting, min(user_id, LARGEST_ID), label)
    return visit.done(form, _address(user_id), "relinked")


@router.post("/brugere/{user_id:int}/log-ind/{identity_id:int}/flyt", dependencies=[only(may_relink)])
def move(visit: AVisit, user_id: int, identity_id: int, form: SentForm) -> Response:
    """Move a login to the account that it should have opened."""
    require_fresh(visit, _address(user_id))
    if before := visit.done_before(form):
        return before
    identity = get_identity(visit.session, min(identity_id, LARGEST_ID), user_id)
    given = form.read(MoveInput)
    target = find_account(visit.session, given.account) if given else None
    if given is not None and (target is None or target.disabled_at is not None):
        form.refuse("account", "unknown_account")
    if target is None or form.errors:
        return visit.page(_account_page(visit, user_id, form, identity_id), 422)
    relink(visit.session, visit.actor, identity, target.id, _label_of(visit, identity.provider))
    return visit.done(form, _address(target.id), "relinked")
