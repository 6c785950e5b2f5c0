"""The table of what participants say of the minutes."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class MinutesComment(Base):
    """What somebody who was there says of one section of the minutes, while they lie open for it.

    `edition`: the number of the one that was read. Whose it is: `user_id`, or `attendee_id` of a guest
    without an account. `name` and `organisation` are what the others read, as somebody signed up for that
    day; empty where the room has no names. `proposed`: other words for the minutes, where some are proposed.
    `decision`: open, taken_in or declined, with `reply` to the author. `hidden_reason`: why staff took it out
    of sight, in words to the author.
    """

    __tablename__ = "minutes_comment"
    __table_args__ = (
        CheckConstraint("decision in ('open', 'taken_in', 'declined')", name="decision"),
        CheckConstraint("(decision = 'open') = (decided_at is null)", name="decided_at"),
        Index("ix_minutes_comment_meeting_id", "meeting_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("minutes.meeting_id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("minutes_section.id"), index=True)
    edition: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id"), index=True)
    name: Mapped[str] = mapped_column(default="", server_default="")
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str]
    proposed: Mapped[str] = mapped_column(default="", server_default="")
    made_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="open", server_default="open")
    reply: Mapped[str] = mapped_column(default="", server_default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(default="", server_default="")
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
