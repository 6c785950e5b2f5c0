"""Tables of the signature projects: trials of artificial intelligence in municipalities and regions."""

from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Project(Base):
    """A signature project. `field` and `barriers` are codes; the amount is in million kroner."""

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_round_year", "round_year"),
        Index("ix_project_authority_id", "authority_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    title_en: Mapped[str | None]
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    authority_text: Mapped[str] = mapped_column(default="")
    is_authority_certain: Mapped[bool] = mapped_column(default=True)
    participants: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    field: Mapped[str]
    round_year: Mapped[int]
    amount_dkk_million: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    period: Mapped[str] = mapped_column(default="")
    partner_texts: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    barriers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    barrier_note: Mapped[str] = mapped_column(default="")
    certainty_note: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str | None]


class ProjectPartner(Base):
    """A vendor, consultancy or university in a project."""

    __tablename__ = "project_partner"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class ProjectTheme(Base):
    """A project under a theme."""

    __tablename__ = "project_theme"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, index=True)
