"""Which account a provider's word opens: keyed by the issuer and its lasting id, never by a mail address."""

import secrets

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User, UserEmail
from app.domain.users.provided import (
    add_provided_user,
    provide_membership,
    provide_role,
    withdraw_membership,
)
from app.identity.events import LoginConnected
from app.identity.provider_models import Identity
from app.identity.providers import Claims, Denied, Provider, find_role, is_level_enough, read_texts
from app.identity.stated import Stated

# The reference is read aloud on the telephone: no letter that looks like a digit.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Waiting(Denied):
    """Nobody is let in, but an admin may say whose account this is: keep it with `keep_waiting`."""

    def __init__(self, code: str, detail: str, stated: Stated) -> None:
        super().__init__(code, detail)
        self.stated = stated


def word_of(provider: Provider) -> Actor:
    """Who did it, in the log of changes, when it is done on a provider's word."""
    return Actor(name=provider.label, is_system=True)


def admit(
    session: Session, provider: Provider, stated: Stated, claims: Claims, language: str
) -> tuple[User, Identity]:
    """The user who signs in with this identity, new at the first time. Raises Denied."""
    identity = _hold_identity(session, stated)
    if identity is None or identity.user_id is None:
        user = _add_user(session, provider, stated, language)
        identity = _attach(session, provider, stated, identity, user.id)
    return _let_in(session, provider, stated, claims, identity), identity


def connect(
    session: Session, actor: Actor, provider: Provider, stated: Stated, claims: Claims
) -> tuple[User, Identity]:
    """Let somebody who is signed in use this identity from now on. Raises Denied where it is another's."""
    assert actor.user_id is not None
    identity = _hold_identity(session, stated)
    if identity is not None and identity.user_id not in (None, actor.user_id):
        raise Denied("identity_taken", "the identity belongs to another account")
    if identity is None or identity.user_id is None:
        identity = _attach(session, provider, stated, identity, actor.user_id)
        record(session, actor, "connect", "identity", identity.id, after=_describe(identity))
        announce(session, LoginConnected(actor.user_id, provider.label, by_other=False))
    return _let_in(session, provider, stated, claims, identity), identity


def keep_waiting(session: Session, provider: Provider, stated: Stated) -> str:
    """Keep an identity that nobody may use yet; the reference by which an admin finds it."""
    identity = _hold_identity(session, stated)
    if identity is None:
        identity = _new_identity(session, provider, stated)
    identity.used_at = now()
    if identity.reference is None:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
        identity.reference = f"{drawn[:4]}-{drawn[4:]}"
    return identity.reference


def is_mail_taken(session: Session, email: str) -> bool:
    """Whether an account has this address, as its own or as one more."""
    main = select(User.id).where(User.email == email)
    more = select(UserEmail.user_id).where(UserEmail.email == email)
    return session.scalar(main.union(more).limit(1)) is not None


def _hold_identity(session: Session, stated: Stated) -> Identity | None:
    """The identity, known by either of its ids, held against others who come with it now."""
    # Also one that is not there yet must be made once only.
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"{stated.issuer} {stated.subject}", 0)))
    )
    ids = [one for one in (stated.subject, stated.alias) if one]
    found = session.scalars(
        select(Identity)
        .where(Identity.issuer == stated.issuer, or_(Identity.subject.in_(ids), Identity.alias.in_(ids)))
        .order_by((Identity.subject == stated.subject).desc(), Identity.id)
        .with_for_update()
    ).all()
    if not found:
        return None
    if len(found) == 1:
        found[0].subject, found[0].alias = _better_ids(found[0], stated)
    return found[0]


def _better_ids(identity: Identity, stated: Stated) -> tuple[str, str | None]:
    """The ids as they are stated now; one that is missing this time stays."""
    if stated.alias is None and identity.alias is not None:
        return identity.subject, identity.alias
    return stated.subject, stated.alias


def _add_user(session: Session, provider: Provider, stated: Stated, language: str) -> User:
    """A new account. A mail address that the provider does not vouch for is not kept, and opens nothing."""
    if stated.is_mail_proved is False and stated.email is not None:
        raise Waiting("unverified_mail", "the mail address is not verified", stated)
    if stated.email is not None and is_mail_taken(session, stated.email):
        raise Waiting("mail_taken", "the mail address belongs to an account", stated)
    email = stated.email if stated.is_mail_proved else None
    user = add_provided_user(session, word_of(provider), stated.name, language, email)
    if user is None:
        raise Waiting("mail_taken", "the mail address belongs to an account", stated)
    return user


def _new_identity(session: Session, provider: Provider, stated: Stated) -> Identity:
    moment = now()
    identity = Identity(
        provider=provider.key,
        issuer=stated.issuer,
        subject=stated.subject,
        alias=stated.alias,
        created_at=moment,
        used_at=moment,
    )
    session.add(identity)
    session.flush()
    return identity


def _attach(
    session: Session, provider: Provider, stated: Stated, identity: Identity | None, user_id: int
) -> Identity:
    identity = identity or _new_identity(session, provider, stated)
    identity.user_id, identity.reference = user_id, None
    return identity


def _describe(identity: Identity) -> dict[str, str | int | None]:
    """For the log of changes: no id of the provider's, which would follow the person for ever."""
    return {"provider": identity.provider, "user_id": identity.user_id}


def _let_in(session: Session, provider: Provider, stated: Stated, claims: Claims, identity: Identity) -> User:
    user = session.get_one(User, identity.user_id)
    while user.joined_into_id is not None:
        user = session.get_one(User, user.joined_into_id)
    if user.disabled_at is not None or user.erased_at is not None:
        raise Denied("disabled", "the account is closed")
    identity.user_id, identity.provider, identity.used_at = user.id, provider.key, now()
    _provide(session, provider, claims, identity, user)
    if not is_level_enough(provider, claims, _list_roles(session, user.id)):
        raise Denied("low_level", "the level of assurance is too low for the role")
    user.name = user.name or stated.name
    if (
        user.email is None
        and stated.is_mail_proved
        and stated.email
        and not is_mail_taken(session, stated.email)
    ):
        user.email = stated.email
    return user


def _provide(session: Session, provider: Provider, claims: Claims, identity: Identity, user: User) -> None:
    """Bring membership and role to what the provider says now: given, changed or taken away."""
    actor = word_of(provider)
    organisation = find_organisation(session, provider, claims)
    former = session.get(Membership, identity.membership_id) if identity.membership_id else None
    if former is not None and (organisation is None or former.organisation_id != organisation.id):
        withdraw_membership(session, actor, former)
        identity.membership_id = identity.given_role = None
    if organisation is None:
        return
    membership = provide_membership(session, actor, user.id, organisation.id)
    identity.membership_id = membership.id
    role = find_role(provider, claims)
    if role is not None and provide_role(session, actor, membership, role):
        identity.given_role = role
    elif identity.given_role is not None:
        if membership.role == identity.given_role:
            provide_role(session, actor, membership, "member")
        identity.given_role = None


def find_organisation(session: Session, provider: Provider, claims: Claims) -> Organisation | None:
    """The organisation that the provider's word makes the person speak for, if the settings let it."""
    stated = read_texts(claims, provider.organisation_claim)
    if len(stated) != 1:
        return None
    if provider.organisations_by_cvr:
        which = Organisation.cvr == stated[0]
    else:
        which = Organisation.key == provider.organisations.get(stated[0])
    return session.scalars(select(Organisation).where(which, Organisation.is_confirmed)).one_or_none()


def _list_roles(session: Session, user_id: int) -> list[str]:
    session.flush()
    return list(
        session.scalars(
            select(Membership.role)
            .where(
                Membership.user_id == user_id,
                Membership.ended_at.is_(None),
                Membership.confirmed_at.is_not(None),
            )
            .distinct()
        )
    )
