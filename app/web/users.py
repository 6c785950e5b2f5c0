"""All accounts, for admins: finding one, closing it and opening it again, joining two."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused
from app.domain.meetings.roles import OwnRole, list_roles_of
from app.domain.users.addresses import Address, list_addresses
from app.domain.users.directory import UserListing, UserView, find_user_view, list_users
from app.domain.users.policy import may_see_users
from app.domain.users.queries import MembershipView, list_ended_memberships, list_memberships
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.identity.closing import disable_account, enable_account
from app.identity.joining import Preview, join_others, preview_of_others
from app.identity.linking import find_account, list_identities
from app.identity.passkeys import list_passkeys
from app.identity.policy import may_close_accounts, may_join_others
from app.web.entering import require_fresh
from app.web.filters import address_of_page, page_number, typed

router = Router()

MOST_PAGES = 100_000
LARGEST_ID = 2**53


def _(text: str) -> str:
    return text


add_sentences(
    {
        "own_account": _("Du kan ikke lukke din egen konto her."),
        "account_gone": _("Kontoen er slettet eller samlet med en anden og kan ikke åbnes igen."),
        "unknown_account": _("Vi kender ingen konto med den adresse eller det nummer."),
        "same_account": _("Det er den samme konto."),
        "not_own_account": _("Din egen konto skal en anden administrator samle."),
        "account_closed": _("En af de to konti er lukket. Åbn den først, hvis den skal samles."),
        "notice_account_disabled": _("Kontoen er lukket, og personen er logget ud overalt."),
        "notice_account_enabled": _("Kontoen er åben igen."),
        "notice_others_joined": _("De to konti er nu én. Personen får besked på begge adresser."),
    }
)


@dataclass
class UsersPage(Page):
    template: ClassVar[str] = "users/list.html"
    listing: UserListing
    words: str
    href: str


@dataclass
class UserPage(Page):
    """`is_own`: the admin's own account, which another admin must close or join."""

    template: ClassVar[str] = "users/show.html"
    form: Form
    user: UserView
    memberships: list[MembershipView]
    ended: list[MembershipView]
    addresses: list[Address]
    roles: list[OwnRole]
    logins: int
    passkeys: int
    is_own: bool


@dataclass
class JoinOthersPage(Page):
    template: ClassVar[str] = "users/join.html"
    form: Form
    user: UserView
    preview: Preview | None


def _find_user(visit: Visit, user_id: int) -> UserView:
    user = find_user_view(visit.session, visit.actor, min(user_id, LARGEST_ID))
    if user is None:
        raise NotFound
    return user


@router.get("/brugere", dependencies=[only(may_see_users)])
def show_users(visit: AVisit) -> Response:
    words = typed(visit, "q")
    listing = list_users(visit.session, visit.actor, words, page_number(visit, MOST_PAGES))
    return visit.page(UsersPage(listing, words, address_of_page("/brugere", q=words or None)))


def _user_page(visit: Visit, user: UserView, form: Form) -> UserPage:
    return UserPage(
        form=form,
        user=user,
        memberships=list_memberships(visit.session, user.id),
        ended=list_ended_memberships(visit.session, user.id),
        addresses=list_addresses(visit.session, user.id),
        roles=list_roles_of(visit.session, user.id),
        logins=len(list_identities(visit.session, user.id)),
        passkeys=len(list_passkeys(visit.session, user.id)),
        is_own=user.id == visit.actor.user_id,
    )


@router.get("/brugere/{user_id:int}", dependencies=[only(may_see_users)])
def show_user(visit: AVisit, user_id: int) -> Response:
    return visit.page(_user_page(visit, _find_user(visit, user_id), visit.blank()))


@router.post("/brugere/{user_id:int}/luk", dependencies=[only(may_close_accounts)])
def disable(visit: AVisit, form: SentForm, user_id: int) -> Response:
    return _switch(visit, form, user_id, disable_account, "account_disabled")


@router.post("/brugere/{user_id:int}/aabn", dependencies=[only(may_close_accounts)])
def enable(visit: AVisit, form: SentForm, user_id: int) -> Response:
    return _switch(visit, form, user_id, enable_account, "account_enabled")


def _switch(
    visit: Visit, form: Form, user_id: int, verb: Callable[[Session, Actor, int], object], notice: str
) -> Response:
    if before := visit.done_before(form):
        return before
    user = _find_user(visit, user_id)
    require_fresh(visit, f"/brugere/{user.id}")
    try:
        verb(visit.session, visit.actor, user.id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_user_page(visit, user, form), 422)
    return visit.done(form, f"/brugere/{user.id}", notice)


# --- joining two


def _join_page(visit: Visit, user: UserView, form: Form, status: int = 200) -> Response:
    """What joining the account named in the form with this one does; nothing named, nothing shown."""
    preview = None
    if form.value("account"):
        other = find_account(visit.session, form.value("account"))
        try:
            if other is None:
                form.refuse("account", "unknown_account")
            else:
                preview = preview_of_others(visit.session, visit.actor, user.id, other.id)
        except Refused as refusal:
            form.refuse("account", refusal.code)
    return visit.page(JoinOthersPage(form, user, preview), 422 if form.errors else status)


@router.get("/brugere/{user_id:int}/saml", dependencies=[only(may_join_others)])
def show_joining(visit: AVisit, user_id: int) -> Response:
    user = _find_user(visit, user_id)
    return _join_page(visit, user, visit.blank(account=typed(visit, "konto") or None))


@router.post("/brugere/{user_id:int}/saml", dependencies=[only(may_join_others)])
def join(visit: AVisit, form: SentForm, user_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    user = _find_user(visit, user_id)
    require_fresh(visit, f"/brugere/{user.id}")
    other = find_account(visit.session, form.value("account"))
    if form.value("is_sure") != "1":
        form.refuse("is_sure", "confirm_joining")
    if other is None or form.errors:
        return _join_page(visit, user, form, 422)
    try:
        join_others(visit.session, visit.actor, user.id, other.id)
    except Refused:
        return _join_page(visit, user, form, 422)
    return visit.done(form, f"/brugere/{user.id}", "others_joined")
