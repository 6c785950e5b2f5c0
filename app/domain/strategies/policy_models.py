"""Tables of a municipality's own policy: its draft, its editions, and who writes it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PolicyDraft(Base):
    """A policy as it is being written, which nobody outside the municipality sees.

    `strategy_id`: the published one that it is to replace; none for a new one. `words` hold what
    `PolicyDraftInput` says.
    """

    __tablename__ = "policy_draft"
    __table_args__ = (
        UniqueConstraint("municipality_id", "strategy_id", postgresql_nulls_not_distinct=True),
        Index("ix_policy_draft_strategy_id", "strategy_id"),
        Index("ix_policy_draft_saved_by_id", "saved_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    strategy_id: Mapped[int | None] = mapped_column(ForeignKey("strategy.id"))
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class StrategyEdition(Base):
    """A policy as it was published, kept for good. `words` hold what `PolicyDraftInput` says.

    `published_at` is missing for what came with the archive. `note`: what is new in it.
    """

    __tablename__ = "strategy_edition"
    __table_args__ = (
        UniqueConstraint("strategy_id", "number"),
        Index("ix_strategy_edition_published_by_id", "published_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"))
    number: Mapped[int]
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(default="", server_default="")
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class PolicyWriter(Base):
    """Somebody whom the municipality's own admin has chosen to write its policy; for that membership only."""

    __tablename__ = "policy_writer"
    __table_args__ = (Index("ix_policy_writer_chosen_by_id", "chosen_by_id"),)

    membership_id: Mapped[int] = mapped_column(
        ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    chosen_at: Mapped[datetime]
