"""Tables of summaries: what a meeting or a theme comes to, sentence by sentence, with what each rests on."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Summary(Base):
    """The summary of a meeting or of a theme; one of each. `version` counts every change of it."""

    __tablename__ = "summary"
    __table_args__ = (CheckConstraint("num_nonnulls(meeting_id, theme_id) = 1", name="subject"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), unique=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class SummaryEdition(Base):
    """The sentences as they stood at one time. Without `published_at` the draft, of which there is one at
    most; of the published ones the last is shown, unless it is taken back (`taken_back_at`)."""

    __tablename__ = "summary_edition"
    __table_args__ = (
        Index("ix_summary_edition_number", "summary_id", "number", unique=True),
        Index(
            "ix_summary_edition_draft",
            "summary_id",
            unique=True,
            postgresql_where=text("published_at is null"),
        ),
        CheckConstraint("taken_back_at is null or published_at is not null", name="taken_back_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"))
    number: Mapped[int]
    begun_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]


class SummarySentence(Base):
    """A sentence. `origin`: machine (nobody has read it), approved (proposed by the machine, and somebody has
    said that it holds) or person. Between »« stand words of what it rests on, letter for letter."""

    __tablename__ = "summary_sentence"
    __table_args__ = (
        CheckConstraint("origin in ('machine', 'approved', 'person')", name="origin"),
        Index("ix_summary_sentence_edition_id", "edition_id", "position"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("summary_edition.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="", server_default="")
    origin: Mapped[str]


class SummarySupport(Base):
    """One thing that a sentence rests on: something said, an answer, a promise or a page of slides.

    `mark`: of its words when it was linked; where they are others since, staff is told.
    """

    __tablename__ = "summary_support"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(contribution_id, answer_id, commitment_id, deck_id) = 1", name="one_source"
        ),
        CheckConstraint("(deck_id is null) = (page_number is null)", name="page_number"),
        Index("ix_summary_support_sentence_id", "sentence_id", "position"),
        Index("ix_summary_support_contribution_id", "contribution_id"),
        Index("ix_summary_support_answer_id", "answer_id"),
        Index("ix_summary_support_commitment_id", "commitment_id"),
        Index("ix_summary_support_deck_id", "deck_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sentence_id: Mapped[int] = mapped_column(ForeignKey("summary_sentence.id", ondelete="CASCADE"))
    position: Mapped[int]
    # A prepared answer may be discarded; then the sentence stands without it.
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="CASCADE"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id", ondelete="CASCADE"))
    deck_id: Mapped[int | None] = mapped_column(ForeignKey("deck.id", ondelete="CASCADE"))
    page_number: Mapped[int | None]
    mark: Mapped[str]
