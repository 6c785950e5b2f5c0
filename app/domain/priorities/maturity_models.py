"""Tables of how mature a municipality finds itself, dimension by dimension."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class MaturityDimension(Base):
    """Something in which municipalities say how mature they are, from 1 to 5, as organisers define it.

    `lowest` and `highest` say in words what 1 and 5 are. `source`: whose it is. One that is retired is in no
    new assessment.
    """

    __tablename__ = "maturity_dimension"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    help: Mapped[str] = mapped_column(default="", server_default="")
    help_en: Mapped[str] = mapped_column(default="", server_default="")
    lowest: Mapped[str] = mapped_column(default="", server_default="")
    lowest_en: Mapped[str] = mapped_column(default="", server_default="")
    highest: Mapped[str] = mapped_column(default="", server_default="")
    highest_en: Mapped[str] = mapped_column(default="", server_default="")
    source: Mapped[str] = mapped_column(default="", server_default="")
    source_en: Mapped[str] = mapped_column(default="", server_default="")
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class MaturityAssessment(Base):
    """How a municipality found itself on a day; one for each day, which is changed as long as it is wrong."""

    __tablename__ = "maturity_assessment"
    __table_args__ = (
        UniqueConstraint("organisation_id", "assessed_on"),
        Index("ix_maturity_assessment_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    assessed_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class MaturityLevel(Base):
    """The level in one dimension, from 1 to 5, and why. The note stays with the municipality."""

    __tablename__ = "maturity_level"
    __table_args__ = (
        CheckConstraint("level between 1 and 5", name="level"),
        Index("ix_maturity_level_dimension_id", "dimension_id"),
    )

    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("maturity_assessment.id"), primary_key=True, autoincrement=False
    )
    dimension_id: Mapped[int] = mapped_column(
        ForeignKey("maturity_dimension.id"), primary_key=True, autoincrement=False
    )
    level: Mapped[int]
    note: Mapped[str] = mapped_column(default="", server_default="")


class MaturityOpening(Base):
    """A municipality lets others read its levels: municipalities, or all (public). Without a row none do."""

    __tablename__ = "maturity_opening"
    __table_args__ = (
        CheckConstraint("visibility in ('municipalities', 'public')", name="visibility"),
        Index("ix_maturity_opening_opened_by_id", "opened_by_id"),
    )

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, autoincrement=False
    )
    visibility: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
