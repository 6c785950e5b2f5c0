"""Tables of the room. Who has been asked to come to a meeting."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Invitation(Base):
    """Somebody who is asked to come to a meeting, by a mail address in lower case; an account is not needed.

    `status`: invited, declined (said no, at `answered_at`), withdrawn (by staff: the link works no more).
    Whether somebody has signed up stands in `registration` alone. `told_at`: when a mail about it was last
    handed to the mail queue; empty while it waits in the outbox or was thrown away there. `link_number` is a
    part of what the link is sealed with.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("meeting_id", "email"),
        UniqueConstraint("meeting_id", "user_id"),
        CheckConstraint("status in ('invited', 'declined', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'declined') = (answered_at is not null)", name="answered_at"),
        Index("ix_invitation_user_id", "user_id"),
        Index("ix_invitation_invited_by_id", "invited_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(default="invited")
    link_number: Mapped[int] = mapped_column(default=1)
    told_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
