"""Tables of strategies and their trees of themes."""

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Strategy(Base):
    """A joint strategy or a municipality's own. `level`: municipal, joint_public, state, single_municipality.

    A period without an end is still running; one without both years is not known. `completeness` says in
    words how much of the strategy is told here.
    """

    __tablename__ = "strategy"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    short_name: Mapped[str | None]
    short_name_en: Mapped[str | None]
    level: Mapped[str]
    period_from: Mapped[int | None]
    period_to: Mapped[int | None]
    owner: Mapped[str]
    owner_en: Mapped[str] = mapped_column(default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    facts: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    facts_en: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    completeness: Mapped[str] = mapped_column(default="")
    completeness_en: Mapped[str] = mapped_column(default="")
    source_note: Mapped[str] = mapped_column(default="")
    source_urls: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)


class Theme(Base):
    """A node in a strategy's tree.

    `certainty` tells what the name rests on: seen (read in the source), title_only, related, uncertain.
    `keywords` are Danish words and phrases that point to the theme; they only make suggestions.
    """

    __tablename__ = "theme"
    __table_args__ = (
        UniqueConstraint("strategy_id", "key"),
        Index("ix_theme_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    key: Mapped[str]
    code: Mapped[str]
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    certainty: Mapped[str] = mapped_column(default="seen")
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)


class Initiative(Base):
    """A named initiative under a theme."""

    __tablename__ = "initiative"
    __table_args__ = (UniqueConstraint("theme_id", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    key: Mapped[str]
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    note_en: Mapped[str] = mapped_column(default="")
    certainty: Mapped[str] = mapped_column(default="seen")
    source_url: Mapped[str | None]
