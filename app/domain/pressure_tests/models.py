"""Tables of pressure tests: what is held against the themes of strategies, by whom, and what came of it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PressureTest(Base):
    """An idea, a project or something of a municipality's own, held against themes as they were that day.

    `owner_id`: the municipality whose own test it is; nobody else knows of it until `opened_at`, when staff
    may read and publish it. Without an owner it is staff's. `wanted`: how many assess it; one alone only in
    a municipality's own. `title` and `text` are set where it is neither an idea nor a project of the forum,
    whose words are always read where they stand. `done_at`: when all had assessed; `outcome`: talk (two are
    more than one step apart), through, drawing_board; `settled_at`: when it was one of the latter.
    `key` is the seed's own name for it.
    """

    __tablename__ = "pressure_test"
    __table_args__ = (
        CheckConstraint("num_nonnulls(idea_id, project_id) + (title <> '')::int = 1", name="subject"),
        CheckConstraint("title = '' or owner_id is not null", name="own_words"),
        CheckConstraint("wanted = 2 or (wanted = 1 and owner_id is not null)", name="wanted"),
        CheckConstraint("outcome in ('talk', 'through', 'drawing_board')", name="outcome"),
        CheckConstraint("(done_at is null) = (outcome is null)", name="done_at"),
        CheckConstraint(
            "(settled_at is not null) = coalesce(outcome in ('through', 'drawing_board'), false)",
            name="settled_at",
        ),
        CheckConstraint("opened_at is null or (owner_id is not null and wanted = 2)", name="opened_at"),
        CheckConstraint(
            "published_at is null or (settled_at is not null and cancelled_at is null"
            " and (owner_id is null or opened_at is not null))",
            name="published_at",
        ),
        CheckConstraint("retest_of_id <> id", name="retest_of"),
        Index("ix_pressure_test_idea_id", "idea_id"),
        Index("ix_pressure_test_project_id", "project_id"),
        Index("ix_pressure_test_owner_id", "owner_id"),
        Index("ix_pressure_test_made_by_id", "made_by_id"),
        Index("ix_pressure_test_made_at", "made_at"),
        Index(
            "uq_pressure_test_retest_of_id",
            "retest_of_id",
            unique=True,
            postgresql_where=text("cancelled_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    title: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str] = mapped_column(default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    wanted: Mapped[int] = mapped_column(default=2, server_default="2")
    retest_of_id: Mapped[int | None] = mapped_column(ForeignKey("pressure_test.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class HeldStrategy(Base):
    """A strategy that a test is held against, by its name that day; `mark` is of all its themes then."""

    __tablename__ = "pressure_test_strategy"

    test_id: Mapped[int] = mapped_column(ForeignKey("pressure_test.id"), primary_key=True)
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"), primary_key=True, index=True)
    position: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="", server_default="")
    mark: Mapped[str]


class HeldTheme(Base):
    """A theme as it was when the test began. `above`: the name of the one it hung under, or empty.

    `value`: what the assessors come to together: hits, partly or not; none until all are done, and while two
    of them are more than one step apart.
    """

    __tablename__ = "pressure_test_theme"
    __table_args__ = (
        CheckConstraint("value in ('hits', 'partly', 'not')", name="value"),
        UniqueConstraint("test_id", "theme_id"),
        Index("ix_pressure_test_theme_strategy_id", "strategy_id"),
        Index("ix_pressure_test_theme_theme_id", "theme_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("pressure_test.id"))
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    position: Mapped[int]
    above: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    description: Mapped[str] = mapped_column(default="", server_default="")
    value: Mapped[str | None]


class Assessor(Base):
    """Somebody who is to assess, with the organisation of that day. `conflict`: none or declared; nothing of
    the test is shown before it is said. Who is replaced keeps the row, and what they wrote is never read."""

    __tablename__ = "pressure_test_assessor"
    __table_args__ = (
        CheckConstraint("conflict in ('none', 'declared')", name="conflict"),
        CheckConstraint("(conflict is null) = (declared_at is null)", name="declared_at"),
        CheckConstraint("finished_at is null or coalesce(conflict = 'none', false)", name="finished_at"),
        CheckConstraint("finished_at is null or replaced_at is null", name="replaced_at"),
        UniqueConstraint("test_id", "user_id"),
        Index("ix_pressure_test_assessor_user_id", "user_id"),
        Index("ix_pressure_test_assessor_organisation_id", "organisation_id"),
        Index(
            "uq_pressure_test_assessor_position",
            "test_id",
            "position",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("pressure_test.id"))
    position: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    named_at: Mapped[datetime]
    conflict: Mapped[str | None]
    conflict_note: Mapped[str] = mapped_column(default="", server_default="")
    declared_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Assessment(Base):
    """What one assessor says of one theme, with a line of reason; half of it may wait until they finish."""

    __tablename__ = "pressure_test_assessment"
    __table_args__ = (
        CheckConstraint("value in ('hits', 'partly', 'not')", name="value"),
        Index("ix_pressure_test_assessment_held_theme_id", "held_theme_id"),
    )

    assessor_id: Mapped[int] = mapped_column(
        ForeignKey("pressure_test_assessor.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    held_theme_id: Mapped[int] = mapped_column(
        ForeignKey("pressure_test_theme.id"), primary_key=True, autoincrement=False
    )
    value: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")


class Agreement(Base):
    """What was agreed of a theme by talking it over, and why. What each said at first stays beside it."""

    __tablename__ = "pressure_test_agreement"
    __table_args__ = (
        CheckConstraint("value in ('hits', 'partly', 'not')", name="value"),
        Index("ix_pressure_test_agreement_agreed_by_id", "agreed_by_id"),
    )

    held_theme_id: Mapped[int] = mapped_column(
        ForeignKey("pressure_test_theme.id"), primary_key=True, autoincrement=False
    )
    value: Mapped[str]
    reason: Mapped[str]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    agreed_at: Mapped[datetime]


class Criterion(Base):
    """What organisers want scored beside the themes. The weight says how much it counts; one that is retired
    is in no new test."""

    __tablename__ = "criterion"
    __table_args__ = (CheckConstraint("weight between 1 and 10", name="weight"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    help: Mapped[str] = mapped_column(default="", server_default="")
    help_en: Mapped[str] = mapped_column(default="", server_default="")
    weight: Mapped[int]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class HeldCriterion(Base):
    """A criterion as it was when the test began."""

    __tablename__ = "pressure_test_criterion"
    __table_args__ = (
        UniqueConstraint("test_id", "criterion_id"),
        Index("ix_pressure_test_criterion_criterion_id", "criterion_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("pressure_test.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    help: Mapped[str] = mapped_column(default="", server_default="")
    help_en: Mapped[str] = mapped_column(default="", server_default="")
    weight: Mapped[int]


class Score(Base):
    """What one assessor gives on one criterion, 1 to 5, with a line of reason."""

    __tablename__ = "pressure_test_score"
    __table_args__ = (
        CheckConstraint("score between 1 and 5", name="score"),
        Index("ix_pressure_test_score_held_criterion_id", "held_criterion_id"),
    )

    assessor_id: Mapped[int] = mapped_column(
        ForeignKey("pressure_test_assessor.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    held_criterion_id: Mapped[int] = mapped_column(
        ForeignKey("pressure_test_criterion.id"), primary_key=True, autoincrement=False
    )
    score: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
