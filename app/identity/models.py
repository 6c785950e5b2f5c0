"""Tables of sign-in: mailed codes and sessions. Secrets are stored as hashes only."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
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
