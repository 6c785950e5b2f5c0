"""Sign-in by a code mailed to the work address: six digits, ten minutes, five tries, one use."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.domain.users.addresses import find_by_address
from app.domain.users.models import User
from app.http.limits import Limit, count_at_the_door, require_left
from app.identity.events import CodeMade, Purpose
from app.identity.models import SignInCode
from app.identity.proof import note_failure

LIFETIME = timedelta(minutes=10)
TRIES = 5
WAIT = timedelta(minutes=1)  # before the same browser can have another code

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def asking_limits(email: str, client: str) -> tuple[Limit, ...]:
    """How many codes may be asked for: few for one address, a whole meeting room behind one client.

    More for an address from several clients, so that nobody alone can keep somebody else out.
    """
    name = name_client(client)
    return (
        Limit(f"code:{email} {name}", 5, QUARTER),
        Limit(f"code:{email}", 15, QUARTER),
        Limit(f"codes-from:{name}", 1500, QUARTER),
    )


def guessing_limits(email: str, client: str) -> tuple[Limit, ...]:
    """How many wrong codes are taken, over all codes.

    So guessing at one address succeeds once in 20 000 days, and from one client at many once in 1000.
    """
    name = name_client(client)
    return (
        Limit(f"wrong-code:{email} {name}", 15, DAY),
        Limit(f"wrong-code:{email}", 50, DAY),
        Limit(f"wrong-codes-from:{name}", 750, HOUR),
        Limit(f"wrong-codes-of-the-day-from:{name}", 1000, DAY),
    )


def name_client(address: str) -> str:
    """Who is counted as one sender: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(read, IPv6Address):
        return str(read)
    return str(read.ipv4_mapped or ip_network((int(read) >> 64 << 64, 64)))


def hash_secret(secret: str) -> str:
    """The form in which a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _hash_code(attempt: str, code: str) -> str:
    # Six digits alone could be guessed from a stolen hash; the attempt's 256 bits are never stored.
    return hmac.new(attempt.encode(), code.encode(), "sha256").hexdigest()


def make_code(session: Session, email: str, language: str, purpose: Purpose = "sign_in") -> str:
    """Have a new code mailed to an address; the secret name of this attempt is for the browser that asked.

    Who has the address, and whether anybody does, is not looked at. The mail says what the code is for.
    """
    attempt = secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(1_000_000):06d}"
    moment = now()
    session.add(
        SignInCode(
            attempt_hash=hash_secret(attempt),
            email=email,
            code_hash=_hash_code(attempt, code),
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
    )
    announce(session, CodeMade(email, code, language, purpose))
    return attempt


@dataclass(frozen=True, slots=True)
class AttemptView:
    """Where a code was mailed, and from when on another may be asked for."""

    email: str
    next_at: datetime

    @property
    def seconds_left(self) -> int:
        """Until another code may be asked for; 0 when it may."""
        return max(0, ceil((self.next_at - now()).total_seconds()))


def find_attempt(session: Session, attempt: str) -> AttemptView | None:
    """The attempt of this browser; None for one that is unknown, used or too old."""
    row = session.scalars(
        select(SignInCode).where(
            SignInCode.attempt_hash == hash_secret(attempt),
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now(),
        )
    ).one_or_none()
    return None if row is None else AttemptView(row.email, row.created_at + WAIT)


def check_code(session: Session, attempt: str, code: str, client: str = "") -> str | None:
    """The address that this code proves, or None. A right code is used up; a wrong one costs a try.

    Commits a wrong try at once, so that it counts whatever the caller does next. Raises TooMany where too
    much was guessed at the address or from the client, also for a right code.
    """
    row = session.scalars(
        select(SignInCode).where(SignInCode.attempt_hash == hash_secret(attempt)).with_for_update()
    ).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= now() or row.tries >= TRIES:
        return None
    limits = guessing_limits(row.email, client)
    require_left(session, *limits)
    row.tries += 1
    if not hmac.compare_digest(row.code_hash, _hash_code(attempt, _digits(code))):
        named = find_user(session, row.email)
        note_failure(session, named.id if named else None, "code")
        count_at_the_door(session, *limits)
        return None
    row.used_at = now()
    return row.email


def _digits(typed: str) -> str:
    """The digits of what was typed or pasted, with whatever stood between and around them."""
    return "".join(c for c in typed if c in "0123456789")


def find_user(session: Session, email: str) -> User | None:
    """The user whom this address signs in, who may be disabled."""
    return find_by_address(session, email)
