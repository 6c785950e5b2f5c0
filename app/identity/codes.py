"""Sign-in by a code mailed to the work address: six digits, ten minutes, five tries, one use."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.domain.users.models import User
from app.identity.events import CodeMade
from app.identity.models import SignInCode

LIFETIME = timedelta(minutes=10)
TRIES = 5


def hash_secret(secret: str) -> str:
    """The form in which a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _hash_code(attempt: str, code: str) -> str:
    # Six digits alone could be guessed from a stolen hash; the attempt's 256 bits are never stored.
    return hmac.new(attempt.encode(), code.encode(), "sha256").hexdigest()


def make_code(session: Session, email: str, language: str) -> str:
    """Have a new code mailed to an address; the secret name of this attempt is for the browser that asked."""
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
    announce(session, CodeMade(email, code, language))
    return attempt


def check_code(session: Session, attempt: str, code: str) -> str | None:
    """The address that this code proves, or None. A right code is used up; a wrong one costs a try.

    The caller must commit also when the answer is None, else the try is not counted.
    """
    row = session.scalars(
        select(SignInCode).where(SignInCode.attempt_hash == hash_secret(attempt)).with_for_update()
    ).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= now() or row.tries >= TRIES:
        return None
    row.tries += 1
    if not hmac.compare_digest(row.code_hash, _hash_code(attempt, code.strip().replace(" ", ""))):
        return None
    row.used_at = now()
    return row.email


def find_user(session: Session, email: str) -> User | None:
    """The user with this address, who may be disabled."""
    return session.scalars(select(User).where(User.email == email)).one_or_none()
