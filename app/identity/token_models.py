"""The table of keys for programs. Only the hash of a key is kept, and its last letters to know it by."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ApiToken(Base):
    """A key with which a program speaks for one membership, in the role that it had when the key was made.

    `is_strong`: made in a session that began with more than a mailed code. `ending`: the last four letters.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        Index("ix_api_token_user_id", "user_id"),
        # A year and a day: the longest choice, whatever the hour and whether it is a leap year.
        CheckConstraint("expires_at <= created_at + interval '366 days'", name="expires"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    ending: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    role: Mapped[str]
    is_strong: Mapped[bool]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
