"""Tables of minutes: what stands under each item, and the editions that were shown to others."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Minutes(Base):
    """The minutes of a meeting. How far they are is the meeting's own state: closed, minutes_in_review or
    approved.

    `comment_until`: the last day for comments. `reopened_reason`: why approved minutes are being changed, in
    words for all; empty where they are not. `version` grows with every change of the text.
    """

    __tablename__ = "minutes"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True, autoincrement=False)
    comment_until: Mapped[date | None]
    reopened_reason: Mapped[str] = mapped_column(default="", server_default="")
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class MinutesSection(Base):
    """The working text under one item, or before the first (`part` opening) or after the last (closing).

    `title` is the item's when the text was last written: it stays where the item is taken off the programme,
    and `item_id` is then empty.
    """

    __tablename__ = "minutes_section"
    __table_args__ = (
        CheckConstraint("part in ('opening', 'item', 'closing')", name="part"),
        UniqueConstraint("meeting_id", "item_id"),
        Index("ix_minutes_section_item_id", "item_id"),
        Index(
            "ix_minutes_section_part",
            "meeting_id",
            "part",
            unique=True,
            postgresql_where=text("part in ('opening', 'closing')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("minutes.meeting_id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"))
    part: Mapped[str]
    title: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class MinutesEdition(Base):
    """The whole text as others were shown it; never changed. `kind`: review, approved, corrected.

    `sections`: what `queries.Section` holds, in order. `reason`: why approved minutes were changed.
    """

    __tablename__ = "minutes_edition"
    __table_args__ = (
        CheckConstraint("kind in ('review', 'approved', 'corrected')", name="kind"),
        UniqueConstraint("meeting_id", "number"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("minutes.meeting_id"))
    number: Mapped[int]
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
