"""The table of meetings that run: where each stands now, and what its big screen shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

# What the big screen can show; `shows_id` says which one.
VIEWS = ("code", "item", "board", "chosen", "best", "question", "poll", "timer")


class LiveState(Base):
    """Where a meeting stands: the item that is on, and since when; what the big screen shows.

    `shows`: code (the welcome, with how to join), item (the one that is on, with its tasks), board, chosen
    (what a facilitator put forward of an item's boards), best (of every group of an item), question (the
    panel of an item), poll, timer. `shows_id`: of the board, the item or the poll. `timer_ends_at`: of the
    quiet timer for the groups, which was set to `timer_seconds`. `version` grows with every turn of the
    programme: whoever turns it says which one they saw. `steps`: how it stood before each of the last turns,
    to undo them.
    """

    __tablename__ = "live_state"
    __table_args__ = (
        CheckConstraint(
            "shows in ('code', 'item', 'board', 'chosen', 'best', 'question', 'poll', 'timer')", name="shows"
        ),
        CheckConstraint("timer_seconds between 1 and 14400", name="timer_seconds"),
        Index("ix_live_state_item_id", "item_id"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True, autoincrement=False)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"))
    item_started_at: Mapped[datetime | None]
    shows: Mapped[str] = mapped_column(default="code", server_default="code")
    shows_id: Mapped[int | None] = mapped_column(BigInteger)
    timer_seconds: Mapped[int | None]
    timer_ends_at: Mapped[datetime | None]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_at: Mapped[datetime]
