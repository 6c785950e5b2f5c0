"""The seat of a browser without an account: a cookie of its own, set when a guest joins a room."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.attendance.queries import list_seats

LASTS = timedelta(days=30)
_LENGTH = 43  # letters of 32 random bytes


@dataclass(frozen=True, slots=True)
class SeatCookie:
    """How the cookie is named: the __Host- name where the site runs on https."""

    is_https: bool

    @property
    def name(self) -> str:
        return "__Host-dialogforum-plads" if self.is_https else "dialogforum-plads"


def make_secret() -> str:
    """What a browser that joins for the first time gets."""
    return secrets.token_urlsafe(32)


def is_secret(value: str | None) -> bool:
    """Whether it looks like one of ours."""
    return value is not None and len(value) == _LENGTH


def with_seats(session: Session, actor: Actor, secret: str | None) -> Actor:
    """The actor with the seats of the browser. Who is signed in has the account's own and no others: what
    somebody else wrote in a shared browser is never silently theirs."""
    if secret is None or not is_secret(secret) or actor.is_signed_in:
        return actor
    return replace(actor, seats=list_seats(session, secret))
