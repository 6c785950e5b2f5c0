"""Tables of evaluations."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Evaluation(Base):
    """The evaluation of a meeting, from when it is first answered or set up.

    `wording`: the number of the words in which it is asked (questions.WORDINGS). `days_open`: from the last
    day of the meeting. `tally`: {question: how many gave the steps 1 to 5}, written when it is counted and
    then for questions alone that enough people answered. `answers`: how many people answered, known then too.
    """

    __tablename__ = "evaluation"
    __table_args__ = (CheckConstraint("days_open between 0 and 90", name="days_open"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True, autoincrement=False)
    wording: Mapped[int]
    days_open: Mapped[int] = mapped_column(default=21, server_default="21")
    answers: Mapped[int] = mapped_column(default=0, server_default="0")
    tally: Mapped[dict[str, list[int]]] = mapped_column(JSONB, default=dict, server_default="{}")
    counted_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class EvaluationAnswer(Base):
    """What somebody has answered while it can be changed: by the account, or by the seat of a guest.

    `steps`: {question: 1 to 5}, without what they do not know. The row goes when the evaluation is counted,
    so that nobody can tell who answered, or what. It carries no time.
    """

    __tablename__ = "evaluation_answer"
    __table_args__ = (
        CheckConstraint("(user_id is null) <> (attendee_id is null)", name="who"),
        UniqueConstraint("meeting_id", "user_id"),
        UniqueConstraint("meeting_id", "attendee_id"),
        Index("ix_evaluation_answer_user_id", "user_id"),
        Index("ix_evaluation_answer_attendee_id", "attendee_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("evaluation.meeting_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id"))
    steps: Mapped[dict[str, int]] = mapped_column(JSONB)
    remark: Mapped[str] = mapped_column(default="", server_default="")


class EvaluationRemark(Base):
    """Words to the organisers, cut from whoever wrote them and from what else they answered.

    The key is drawn by lot, so that the order of the rows tells nothing either.
    """

    __tablename__ = "evaluation_remark"
    __table_args__ = (Index("ix_evaluation_remark_meeting_id", "meeting_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("evaluation.meeting_id"))
    text: Mapped[str]
