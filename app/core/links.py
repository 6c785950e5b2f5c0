"""Links that carry their own proof: whoever holds one may do the one thing that it names, without signing in.

A link is sealed with a key of this installation, so nothing is stored for each. It ends when a part of what
is sealed changes: a counter in the row that it names, which is how a link is taken back.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes

from sqlalchemy import CheckConstraint, ScalarSelect, SmallInteger, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.database import Base

KEY_LENGTH = 32  # bytes
SEAL_LENGTH = 24  # bytes: 192 bits, 32 letters in an address


class SigningKey(Base):
    """The one key with which links are sealed, made when it is first asked for."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    secret: Mapped[bytes]


def seal(session: Session, purpose: str, *parts: int | str) -> str:
    """The last part of an address for this purpose and these parts, as 32 letters."""
    return seal_with(get_key(session), purpose, *parts)


def seal_with(key: bytes, purpose: str, *parts: int | str) -> str:
    """The same, for who has read the key along with other things (`signing_key`)."""
    text = "\x1f".join((purpose, *map(str, parts)))
    digest = hmac.digest(key, text.encode(), sha256)
    return urlsafe_b64encode(digest[:SEAL_LENGTH]).decode()


def signing_key() -> ScalarSelect[bytes | None]:
    """The key as a column of another statement; NULL where none has been made yet."""
    return select(SigningKey.secret).scalar_subquery()


def is_sealed(session: Session, sealed: str, purpose: str, *parts: int | str) -> bool:
    """Whether the seal is the one that `seal` gives; compared in constant time."""
    return hmac.compare_digest(sealed.encode(), seal(session, purpose, *parts).encode())


def get_key(session: Session) -> bytes:
    """The key, made where there is none."""
    known = select(SigningKey.secret)
    secret = session.scalar(known)
    if secret is None:
        made = insert(SigningKey).values(id=1, secret=token_bytes(KEY_LENGTH))
        session.execute(made.on_conflict_do_nothing())
        secret = session.scalars(known).one()
    return secret
