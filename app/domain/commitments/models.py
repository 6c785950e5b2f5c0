"""Tables of commitments: what is promised, its milestones, what it is measured by, and what became of it."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, Sequence, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

# F-0001 and on; gaps are allowed.
PREFIX = "F"
NUMBERS = Sequence("commitment_number", metadata=Base.metadata)

# What is measured: twelve digits before the comma, four after it.
Figure = Numeric(16, 4)


class Commitment(Base):
    """What an organisation has promised to do by a day.

    `status`: proposed, decided, in_progress, late, kept, partly_kept, broken, replaced, withdrawn. Nobody but
    its own organisation and staff knows of it until `published_at`; a promise that is out is never withdrawn,
    it gets a verdict. `visibility`: public, or staff for what only staff reads also then. `owner_user_id`:
    who of staff sees to it, which is shown to staff alone. `begun_at`: the first step taken, by any verb.
    `verdict_cause`: what decided how it went: data, infrastructure, law, skills, money or other.
    `key`: the seed's own name for it.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint(
            "status in ('proposed', 'decided', 'in_progress', 'late', 'kept', 'partly_kept', 'broken', "
            "'replaced', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("visibility in ('public', 'staff')", name="visibility"),
        CheckConstraint(
            "verdict_cause in ('data', 'infrastructure', 'law', 'skills', 'money', 'other')",
            name="verdict_cause",
        ),
        # No verdict without what decided it and what was learnt.
        CheckConstraint(
            "case when status in ('kept', 'partly_kept', 'broken', 'replaced') then verdict_at is not null "
            "and verdict_cause is not null and lesson <> '' else verdict_at is null end",
            name="verdict",
        ),
        CheckConstraint(
            "(status = 'replaced') = (replaced_by_id is not null) and replaced_by_id <> id", name="replaced"
        ),
        CheckConstraint(
            "(status in ('proposed', 'withdrawn')) = (published_at is null)", name="published_at"
        ),
        Index("ix_commitment_organisation_id", "organisation_id"),
        Index("ix_commitment_meeting_id", "meeting_id"),
        Index("ix_commitment_answer_id", "answer_id"),
        Index("ix_commitment_replaced_by_id", "replaced_by_id"),
        Index("ix_commitment_owner_user_id", "owner_user_id"),
        Index("ix_commitment_proposed_by_id", "proposed_by_id"),
        Index("ix_commitment_verdict_by_id", "verdict_by_id"),
        Index("ix_commitment_deadline", "deadline"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="", server_default="")
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"))
    deadline: Mapped[date]
    status: Mapped[str] = mapped_column(default="proposed", server_default="proposed")
    visibility: Mapped[str] = mapped_column(default="public", server_default="public")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    verdict_cause: Mapped[str | None]
    lesson: Mapped[str] = mapped_column(default="", server_default="")
    verdict_at: Mapped[datetime | None]
    verdict_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"))
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class CommitmentEdition(Base):
    """How a published commitment stood until it was worded otherwise, and why: it stays readable.

    `version`: of the commitment that this was the wording of.
    """

    __tablename__ = "commitment_edition"
    __table_args__ = (
        Index("ix_commitment_edition_commitment_id", "commitment_id", "version", unique=True),
        Index("ix_commitment_edition_replaced_by_id", "replaced_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    reason: Mapped[str]
    replaced_at: Mapped[datetime]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class CommitmentContribution(Base):
    """What a commitment is a promise about. `taken_from_id`: the replaced commitment it came along from."""

    __tablename__ = "commitment_contribution"
    __table_args__ = (
        Index("ix_commitment_contribution_contribution_id", "contribution_id"),
        Index("ix_commitment_contribution_taken_from_id", "taken_from_id"),
    )

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    taken_from_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"))


class CommitmentTheme(Base):
    """A theme that a commitment stands under by itself; it also stands under those of its contributions."""

    __tablename__ = "commitment_theme"

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, index=True)


class PromisedContribution(Base):
    """A contribution whose status follows what was promised of it: what it had before, what it was given."""

    __tablename__ = "promised_contribution"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    status_before: Mapped[str]
    status_given: Mapped[str]


class Milestone(Base):
    """A step on the way, with its day."""

    __tablename__ = "milestone"
    __table_args__ = (
        Index("ix_milestone_commitment_id", "commitment_id"),
        Index("ix_milestone_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    position: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="", server_default="")
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class DeadlineChange(Base):
    """A day that was moved after it was published: of the commitment, or of one of its milestones."""

    __tablename__ = "deadline_change"
    __table_args__ = (
        CheckConstraint("old_on <> new_on", name="moved"),
        Index("ix_deadline_change_commitment_id", "commitment_id"),
        Index("ix_deadline_change_milestone_id", "milestone_id"),
        Index("ix_deadline_change_changed_by_id", "changed_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id", ondelete="CASCADE"))
    old_on: Mapped[date]
    new_on: Mapped[date]
    reason: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class Indicator(Base):
    """What a commitment is measured by: from a baseline on a day to a target on a later one.

    `direction`: up where more is better, down where less is. `method`: how it is measured.
    """

    __tablename__ = "indicator"
    __table_args__ = (
        CheckConstraint("direction in ('up', 'down')", name="direction"),
        CheckConstraint("baseline_on < target_on", name="days"),
        CheckConstraint(
            "case direction when 'up' then baseline_value < target_value "
            "else baseline_value > target_value end",
            name="way",
        ),
        Index("ix_indicator_commitment_id", "commitment_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    unit: Mapped[str]
    unit_en: Mapped[str] = mapped_column(default="", server_default="")
    method: Mapped[str] = mapped_column(default="", server_default="")
    baseline_value: Mapped[Decimal] = mapped_column(Figure)
    baseline_on: Mapped[date]
    target_value: Mapped[Decimal] = mapped_column(Figure)
    target_on: Mapped[date]
    direction: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Measurement(Base):
    """What an indicator was on a day, and where that is known from.

    One that was wrong stays: another row corrects it (`corrects_id`), and `corrected_at` says since when it
    does not count. `reason`: why the one before was wrong.
    """

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("(corrects_id is null) = (reason = '')", name="reason"),
        Index(
            "ix_measurement_in_force",
            "indicator_id",
            "measured_on",
            unique=True,
            postgresql_where=text("corrected_at is null"),
        ),
        Index("ix_measurement_corrects_id", "corrects_id", unique=True),
        Index("ix_measurement_measured_by_id", "measured_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    measured_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Figure)
    source_text: Mapped[str]
    source_url: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("measurement.id"))
    reason: Mapped[str] = mapped_column(default="", server_default="")
    corrected_at: Mapped[datetime | None]
    measured_at: Mapped[datetime]
    measured_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
