"""Tables of sign-in: mailed codes, sessions and passkeys. Secrets are stored as hashes only."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class SignInCode(Base):
    """A code that was mailed: six digits, ten minutes, five tries, one use.

    `attempt` is the random name of this attempt, kept in the form of the browser that asked; a code
    works only together with it.
    """

    __tablename__ = "sign_in_code"
    __table_args__ = (Index("ix_sign_in_code_email", "email"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    attempt_hash: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    code_hash: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInSession(Base):
    """A signed-in browser. Only the hash of its secret is kept.

    `method`: how it began (code, passkey, oidc, demo). `strong_at`: when more than a mailed code was shown.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (Index("ix_sign_in_session_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    method: Mapped[str] = mapped_column(default="code", server_default="code")
    strong_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="", server_default="")


class Passkey(Base):
    """A key that a device or a password manager keeps for a user; we have only its public half.

    `user_handle` is what the device calls the user: random, the same for all keys of one user when they were
    made. `sign_count` is zero for keys that do not count.
    """

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    user_handle: Mapped[bytes]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(String))
    name: Mapped[str]
    is_synced: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """Random bytes for one signature: one use, five minutes, and only in the browser that asked.

    `browser_hash` is of the secret in that browser's cookie. `user_id` is empty where a stranger signs in.
    """

    __tablename__ = "passkey_challenge"
    __table_args__ = (Index("ix_passkey_challenge_expires_at", "expires_at"),)

    browser_hash: Mapped[str] = mapped_column(primary_key=True)
    challenge: Mapped[bytes]
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user_handle: Mapped[bytes | None]
    expires_at: Mapped[datetime]
