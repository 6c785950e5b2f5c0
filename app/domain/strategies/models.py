"""Tables of strategies, their trees of themes, and which theme became which."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Strategy(Base):
    """A joint strategy or a municipality's own. `level`: municipal, joint_public, state, single_municipality.

    A period without an end is still running; one without both years is not known. `completeness` says in
    words how much of the strategy is told here. `edition`: the number of the one in force, of a
    municipality's own that has been published here; 0 where it came with the archive.
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
    edition: Mapped[int] = mapped_column(default=0, server_default="0")


class Theme(Base):
    """A node in a strategy's tree.

    `certainty` tells what the name rests on: seen (read in the source), title_only, related, uncertain.
    `keywords` are Danish words and phrases that point to the theme; they only make suggestions.
    `target_groups` and `markers` (pejlemærker): whom it is for, and what one steers by. `ended_at`: since
    when its municipality's policy is without it; what stands under it stays there.
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
    target_groups: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    markers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    ended_at: Mapped[datetime | None]


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


class ThemeLink(Base):
    """What became of a theme of an earlier strategy: a line of the crosswalk.

    `kind`: same (the two are one), part_of (the earlier one went into the later one), split (the later one is
    a part of the earlier one), ended (nothing took its place; no theme to). `note` says what it rests on.
    One that is taken away keeps its row (`removed_at`), so that the seed does not put it back.
    """

    __tablename__ = "theme_link"
    __table_args__ = (
        CheckConstraint("kind in ('same', 'part_of', 'split', 'ended')", name="kind"),
        CheckConstraint("(kind = 'ended') = (to_theme_id is null)", name="ended"),
        CheckConstraint("from_theme_id <> to_theme_id", name="other"),
        UniqueConstraint("from_theme_id", "to_theme_id"),
        Index("ix_theme_link_to_theme_id", "to_theme_id"),
        Index("ix_theme_link_linked_by_id", "linked_by_id"),
        Index(
            "uq_theme_link_ended",
            "from_theme_id",
            unique=True,
            postgresql_where=text("to_theme_id is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    to_theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    note_en: Mapped[str] = mapped_column(default="", server_default="")
    source_urls: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    linked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    linked_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
