"""Tables of what is gathered: contributions that say the same under a lead, and the slide pages they cite."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Gathering(Base):
    """Contributions that say the same hang under one of them, the lead.

    `title` and `summary` are what staff calls it; empty while it is called what the lead says. The words of
    those who are gathered stand where they stood. `earlier`: how it was called before,
    [{title, summary, version, replaced_at}]. It is gone without a trace in the tables when it is undone.
    """

    __tablename__ = "gathering"

    lead_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(default="", server_default="")
    summary: Mapped[str] = mapped_column(default="", server_default="")
    earlier: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


class Gathered(Base):
    """A contribution under a lead. `status_before`: its status until then, which it gets back."""

    __tablename__ = "gathered"
    __table_args__ = (
        CheckConstraint("contribution_id <> lead_id", name="other"),
        Index("ix_gathered_lead_id", "lead_id"),
        Index("ix_gathered_gathered_by_id", "gathered_by_id"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    lead_id: Mapped[int] = mapped_column(ForeignKey("gathering.lead_id"))
    status_before: Mapped[str]
    gathered_at: Mapped[datetime]
    gathered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class CitedPage(Base):
    """A slide page that a contribution is about or rests on, by its deck and number, as in its address."""

    __tablename__ = "cited_page"
    __table_args__ = (
        Index("ix_cited_page_deck_id", "deck_id"),
        Index("ix_cited_page_cited_by_id", "cited_by_id"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    deck_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("deck.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cited_at: Mapped[datetime]


class CitedInAnswer(Base):
    """A slide page that an answer points at, by its deck and number, as in its address."""

    __tablename__ = "cited_in_answer"
    __table_args__ = (
        Index("ix_cited_in_answer_deck_id", "deck_id"),
        Index("ix_cited_in_answer_cited_by_id", "cited_by_id"),
    )

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True, autoincrement=False)
    deck_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("deck.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cited_at: Mapped[datetime]
