"""Tables of what is held about people: copies that were asked for, and what each night forgot."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class DataCopy(Base):
    """A copy of one's own data. `state`: waiting or ready. The file lies in storage under `file_key`,
    `size` in bytes, and is gone after `expires_at`."""

    __tablename__ = "data_copy"
    __table_args__ = (Index("ix_data_copy_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    file_key: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class PrivacyRun(Base):
    """One night's forgetting. `counts`: {kind: rows gone or emptied}; unfinished without `ended_at`."""

    __tablename__ = "privacy_run"
    __table_args__ = (Index("ix_privacy_run_began_at", "began_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
