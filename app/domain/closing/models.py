"""The table of reasons for what stays missing when a meeting is closed."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class GapReason(Base):
    """Why something of a meeting stays as it is. `kind`: of `gaps.KINDS`; `thing_ids`: the things of that
    kind that were missing when it was given: what comes to be missing later is asked for anew."""

    __tablename__ = "gap_reason"
    __table_args__ = (Index("ix_gap_reason_meeting_id", "meeting_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    kind: Mapped[str]
    thing_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    reason: Mapped[str]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    given_at: Mapped[datetime]
