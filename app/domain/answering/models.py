"""Tables of answering: who looks after what, pauses of the clock, and answers that go out together."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

ENDINGS: Final = ("reply", "expired", "taken_back", "answered")


class Case(Base):
    """Who looks after a contribution, and which organisation is to answer it; no row: nobody yet.

    The owner is somebody on the staff, and known to staff alone.
    """

    __tablename__ = "answer_case"
    __table_args__ = (
        CheckConstraint("(owner_id is null) = (claimed_at is null)", name="claimed"),
        Index("ix_answer_case_owner_id", "owner_id"),
        Index("ix_answer_case_organisation_id", "organisation_id"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    claimed_at: Mapped[datetime | None]


class StaffNote(Base):
    """A word between those who look after a contribution; nobody else ever reads it."""

    __tablename__ = "staff_note"
    __table_args__ = (
        Index("ix_staff_note_contribution_id", "contribution_id"),
        Index("ix_staff_note_written_by_id", "written_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    text: Mapped[str]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    written_at: Mapped[datetime]


class Pause(Base):
    """ "Please tell us more": the clock stands still until the reply, or until `reply_by` at the latest.

    The day of the answer is moved when the question is put, and back when the reply comes early; so nobody
    who compares it with today has to know of pauses. `ended_as`: reply, expired, taken_back or answered.
    The question and the reply are between the asker and staff.
    """

    __tablename__ = "answer_pause"
    __table_args__ = (
        CheckConstraint("ended_as in ('reply', 'expired', 'taken_back', 'answered')", name="ended_as"),
        CheckConstraint("(ended_at is null) = (ended_as is null)", name="ended"),
        Index("ix_answer_pause_contribution_id", "contribution_id"),
        Index(
            "uq_answer_pause_open",
            "contribution_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    question: Mapped[str]
    asked_at: Mapped[datetime]
    reply_by: Mapped[date]
    answer_by_before: Mapped[date | None]
    status_before: Mapped[str]
    reply: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]


class AnswerTemplate(Base):
    """Words to begin an answer from. {reference} and {title} stand for those of what is answered."""

    __tablename__ = "answer_template"
    __table_args__ = (
        CheckConstraint("verdict in ('yes', 'partly', 'no', 'later')", name="verdict"),
        Index("uq_answer_template_title", "title", unique=True, postgresql_where=text("retired_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str]
    verdict: Mapped[str | None]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="", server_default="")
    text_sv: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    reason_en: Mapped[str] = mapped_column(default="", server_default="")
    reason_sv: Mapped[str] = mapped_column(default="", server_default="")
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class AnswerBatch(Base):
    """Answers that are published at one moment.

    `gathered_at`: when it was written down who is to be told; `told_at`: when all were, and `told_count` how
    many.
    """

    __tablename__ = "answer_batch"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    gathered_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    told_count: Mapped[int] = mapped_column(default=0, server_default="0")


class BatchAnswer(Base):
    """In which batch an answer goes out, or went."""

    __tablename__ = "answer_batch_answer"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True, autoincrement=False)
    batch_id: Mapped[int] = mapped_column(ForeignKey("answer_batch.id"), index=True)


class AnswerTelling(Base):
    """Somebody who is to be told of the answers of a batch, by one mail whatever the reasons.

    `reasons`: {answer id: [said, spoken_for, follows, was_there]}. The rows go when all have been told.
    """

    __tablename__ = "answer_telling"
    __table_args__ = (
        UniqueConstraint("batch_id", "email"),
        Index("ix_answer_telling_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("answer_batch.id"))
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="da", server_default="da")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reasons: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    told_at: Mapped[datetime | None]


class AnswerObjection(Base):
    """The asker says that the answer does not answer; once for each contribution, between them and staff."""

    __tablename__ = "answer_objection"
    __table_args__ = (Index("ix_answer_objection_answer_id", "answer_id"),)

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    text: Mapped[str]
    made_at: Mapped[datetime]


class LateAnswer(Base):
    """It was noticed that this answer did not come by its day; a new day that passes is noticed anew."""

    __tablename__ = "late_answer"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    answer_by: Mapped[date] = mapped_column(primary_key=True)
    noticed_at: Mapped[datetime]
