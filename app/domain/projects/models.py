"""Tables of the signature projects: trials of artificial intelligence in municipalities and regions."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Programme(Base):
    """The programme that the projects belong to, told as one record. Amounts are in million kroner.

    `rounds`, `evaluations` and `related` hold what the models of the same names in schemas.py say.
    """

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    title_en: Mapped[str | None]
    about: Mapped[str] = mapped_column(default="")
    about_en: Mapped[str] = mapped_column(default="")
    fund_dkk_million: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    period_from: Mapped[int | None]
    period_to: Mapped[int | None]
    total: Mapped[int | None]
    found_note: Mapped[str] = mapped_column(default="")
    round_note: Mapped[str] = mapped_column(default="")
    rounds: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    evaluations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    related: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class Project(Base):
    """A signature project. `field` and `barriers` are codes; the amount is in million kroner.

    `authority_id` is the municipality or region that runs it, empty where the source names none.
    What is not certain stands as codes: `title_certainty` and `round_certainty` (stated, inferred, ours),
    `seen` (page, mention, list: how much of a source tells of it), `barriers_certainty` (round_evaluation:
    said of the whole round), `theme_certainty` (assigned_by_us).
    """

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_round_year", "round_year"),
        Index("ix_project_authority_id", "authority_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    title_en: Mapped[str | None]
    title_certainty: Mapped[str] = mapped_column(default="stated")
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    authority_text: Mapped[str] = mapped_column(default="")
    authority_type: Mapped[str] = mapped_column(default="municipality")
    is_authority_certain: Mapped[bool] = mapped_column(default=True)
    participant_texts: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    participant_texts_en: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    field: Mapped[str]
    field_text: Mapped[str] = mapped_column(default="")
    round_year: Mapped[int]
    round_certainty: Mapped[str] = mapped_column(default="stated")
    amount_dkk_million: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    period: Mapped[str] = mapped_column(default="")
    period_en: Mapped[str] = mapped_column(default="")
    partner_texts: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    barriers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    barriers_certainty: Mapped[str] = mapped_column(default="stated")
    barrier_note: Mapped[str] = mapped_column(default="")
    theme_certainty: Mapped[str] = mapped_column(default="stated")
    seen: Mapped[str] = mapped_column(default="page")
    certainty_note: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    note_en: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str | None]


class ProjectPartner(Base):
    """An organisation in a project besides its authority.

    `part`: partner (vendor, consultancy, university), participant, follower, tester, pilot, possible.
    """

    __tablename__ = "project_partner"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(default="partner")


class ProjectTheme(Base):
    """A project under a theme."""

    __tablename__ = "project_theme"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, index=True)
