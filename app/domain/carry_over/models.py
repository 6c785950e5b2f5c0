"""Tables of carry_over."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class AgendaDecision(Base):
    """What staff decided about something that put itself forward for a meeting.

    `thing`: contribution, answer or commitment; `thing_id`: the row of it. `verdict`: accepted or declined.
    `item_id`: where an accepted one stands on the programme; it goes with its item, and then puts itself
    forward again.
    `made_item`: the item was made for it. `reasons`: codes of why it put itself forward, as it was then; its
    words are never kept here, since they may be hidden or blacked out where they stand.
    """

    __tablename__ = "agenda_decision"
    __table_args__ = (
        CheckConstraint("thing in ('contribution', 'answer', 'commitment')", name="thing"),
        CheckConstraint("verdict in ('accepted', 'declined')", name="verdict"),
        CheckConstraint("(verdict = 'accepted') = (item_id is not null)", name="item"),
        UniqueConstraint("meeting_id", "thing", "thing_id"),
        Index("ix_agenda_decision_item_id", "item_id"),
        Index("ix_agenda_decision_thing", "thing", "thing_id"),
        Index("ix_agenda_decision_decided_by_id", "decided_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    thing: Mapped[str]
    thing_id: Mapped[int] = mapped_column(BigInteger)
    verdict: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="CASCADE"))
    made_item: Mapped[bool] = mapped_column(default=False, server_default=false())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]
