"""Tables of the pipeline: how far ideas and projects have come, and what stands in their way.

A row is about one thing: an idea (`contribution_id`), a signature project, or a municipality's own project.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

ONE_THING = "num_nonnulls(contribution_id, project_id, own_project_id) = 1"
BARRIERS = "'data', 'infrastructure', 'law', 'skills', 'money', 'other'"


class StageChange(Base):
    """A step of a thing: the stage that it came to, when, and what was noted. The last day tells where it is.

    `happened_on` with `day_certainty`: day, year (the first of January stands for it) or unknown (no day).
    `certainty`: stated, inferred, or not_known_since (what became of it after that is not known). One that
    is stopped has the `barrier` that stopped it and what was learnt. What was wrong is taken back and stays.
    """

    __tablename__ = "stage_change"
    __table_args__ = (
        CheckConstraint(ONE_THING, name="one_thing"),
        CheckConstraint(
            "stage in ('idea', 'tested', 'seeking_partners', 'pilot', 'measured', 'spread', 'stopped')",
            name="stage",
        ),
        CheckConstraint(f"barrier in ({BARRIERS})", name="barrier"),
        CheckConstraint("(stage = 'stopped') = (barrier is not null)", name="stopped"),
        CheckConstraint("stage <> 'stopped' or lesson <> ''", name="lesson"),
        CheckConstraint("day_certainty in ('day', 'year', 'unknown')", name="day_certainty"),
        CheckConstraint("(day_certainty = 'unknown') = (happened_on is null)", name="happened_on"),
        CheckConstraint("certainty in ('stated', 'inferred', 'not_known_since')", name="certainty"),
        CheckConstraint("taken_back_at is not null or taken_back_reason = ''", name="taken_back"),
        Index("ix_stage_change_contribution_id", "contribution_id"),
        Index("ix_stage_change_project_id", "project_id"),
        Index("ix_stage_change_own_project_id", "own_project_id"),
        Index("ix_stage_change_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    own_project_id: Mapped[int | None] = mapped_column(ForeignKey("own_project.id"))
    stage: Mapped[str]
    happened_on: Mapped[date | None]
    day_certainty: Mapped[str] = mapped_column(default="day", server_default="day")
    certainty: Mapped[str] = mapped_column(default="stated", server_default="stated")
    note: Mapped[str] = mapped_column(default="", server_default="")
    note_en: Mapped[str] = mapped_column(default="", server_default="")
    barrier: Mapped[str | None]
    lesson: Mapped[str] = mapped_column(default="", server_default="")
    source_url: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_reason: Mapped[str] = mapped_column(default="", server_default="")


class ThingBarrier(Base):
    """Something that stands in the way of a thing; under one theme, or under all of the thing's.

    `scope`: thing (said of it), or round (said of all projects of its round, not of it alone). `since` is
    missing where the day is not known. `solved_on`: out of the way. What was wrong is removed and stays.
    """

    __tablename__ = "thing_barrier"
    __table_args__ = (
        CheckConstraint(ONE_THING, name="one_thing"),
        CheckConstraint(f"code in ({BARRIERS})", name="code"),
        CheckConstraint("scope in ('thing', 'round')", name="scope"),
        CheckConstraint("scope = 'thing' or project_id is not null", name="round"),
        CheckConstraint("since <= solved_on", name="solved_on"),
        CheckConstraint("solved_on is not null or solved_note = ''", name="solved_note"),
        Index("ix_thing_barrier_contribution_id", "contribution_id"),
        Index("ix_thing_barrier_project_id", "project_id"),
        Index("ix_thing_barrier_own_project_id", "own_project_id"),
        Index("ix_thing_barrier_theme_id", "theme_id"),
        Index("ix_thing_barrier_added_by_id", "added_by_id"),
        Index("ix_thing_barrier_solved_by_id", "solved_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    own_project_id: Mapped[int | None] = mapped_column(ForeignKey("own_project.id"))
    code: Mapped[str]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    scope: Mapped[str] = mapped_column(default="thing", server_default="thing")
    note: Mapped[str] = mapped_column(default="", server_default="")
    since: Mapped[date | None]
    solved_on: Mapped[date | None]
    solved_note: Mapped[str] = mapped_column(default="", server_default="")
    source_url: Mapped[str | None]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    solved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
