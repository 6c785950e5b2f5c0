"""Tables of questions to a panel while it talks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Panel(Base):
    """How an item of the programme takes questions; an item without a row takes none yet.

    `state`: planned, open, closed. `asks_approval`: questions are shown to the others first when they have
    been let through. `visibility`: of its questions, public or participants.
    """

    __tablename__ = "panel"
    __table_args__ = (
        CheckConstraint("state in ('planned', 'open', 'closed')", name="state"),
        CheckConstraint("visibility in ('public', 'participants')", name="visibility"),
        Index("ix_panel_meeting_id", "meeting_id"),
    )

    item_id: Mapped[int] = mapped_column(
        ForeignKey("agenda_item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    asks_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    visibility: Mapped[str] = mapped_column(default="participants", server_default="participants")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class PanelQuestion(Base):
    """A contribution of kind question, put to a panel. The contribution holds the words and who is shown.

    `state`: waiting, shortlisted, now (one at a time), answered, hidden; `state_before`: where it can go
    back to. `approved_at`: when it was let through. What waits for that, and what is hidden, has a
    contribution that is not published.
    `answer`: what was said to it, in short; the panel's spoken words, not an organisation's signed answer.
    It is shown only while the state is answered.
    `sign_up_question_id`: where it was taken over from what was asked at sign-up; by whom stands nowhere.
    """

    __tablename__ = "panel_question"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'shortlisted', 'now', 'answered', 'hidden')", name="state"),
        CheckConstraint(
            "state_before in ('waiting', 'shortlisted', 'now', 'answered', 'hidden')", name="state_before"
        ),
        Index("ix_panel_question_item_id", "item_id"),
        Index("uq_panel_question_now", "item_id", unique=True, postgresql_where=text("state = 'now'")),
        Index("ix_panel_question_sign_up_question_id", "sign_up_question_id"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[int] = mapped_column(ForeignKey("panel.item_id"))
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    state_before: Mapped[str | None]
    state_changed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(default="", server_default="")
    sign_up_question_id: Mapped[int | None] = mapped_column(
        ForeignKey("sign_up_question.id", ondelete="SET NULL")
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class PanelSecond(Base):
    """Somebody backs another's question: once each. When, and who, is shown nowhere."""

    __tablename__ = "panel_second"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("panel_question.contribution_id"), primary_key=True, autoincrement=False
    )
    attendee_id: Mapped[int] = mapped_column(
        ForeignKey("attendee.id"), primary_key=True, autoincrement=False, index=True
    )
