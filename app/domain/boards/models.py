"""Tables of boards: where cards are written while a group talks, and how they are arranged."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Board(Base):
    """A board of an item of the programme: a group's own, or without a group for the plenary.

    `task` is the one that was given when the board was opened. `form`: free (one text) or parts (problem,
    wish, for whom, evidence). `state`: planned, open, closed. `closes_at`: when it closes by itself.
    `dots`: how many each has to give, 0 for none; `dots_per`: person or organisation. `asks_approval`: cards
    are shown to the others first when a facilitator lets them through. `visibility`: of its cards, public or
    participants. It goes with its item and its group; where a card hangs, these cannot go.
    """

    __tablename__ = "board"
    __table_args__ = (
        CheckConstraint("state in ('planned', 'open', 'closed')", name="state"),
        CheckConstraint("form in ('free', 'parts')", name="form"),
        CheckConstraint("dots between 0 and 20", name="dots"),
        CheckConstraint("dots_per in ('person', 'organisation')", name="dots_per"),
        CheckConstraint("visibility in ('public', 'participants')", name="visibility"),
        UniqueConstraint("item_id", "group_id", postgresql_nulls_not_distinct=True),
        Index("ix_board_meeting_id", "meeting_id"),
        Index("ix_board_group_id", "group_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("discussion_group.id", ondelete="CASCADE"))
    task: Mapped[str] = mapped_column(default="")
    form: Mapped[str] = mapped_column(default="free", server_default="free")
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    dots: Mapped[int] = mapped_column(default=0, server_default="0")
    dots_per: Mapped[str] = mapped_column(default="person", server_default="person")
    asks_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    visibility: Mapped[str] = mapped_column(default="participants", server_default="participants")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class Cluster(Base):
    """Cards of a board that belong together, under a name that the facilitator gives them."""

    __tablename__ = "card_cluster"
    __table_args__ = (Index("ix_card_cluster_board_id", "board_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"))
    name: Mapped[str]
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class BoardCard(Base):
    """A contribution of kind card where it hangs. `parts`: {problem, wish, for_whom, evidence} of a card in
    parts; the contribution's body holds the same as text. `chosen_at`: put forward for the plenary by the
    facilitator, and so fit for the big screen."""

    __tablename__ = "board_card"
    __table_args__ = (
        Index("ix_board_card_board_id", "board_id"),
        Index("ix_board_card_cluster_id", "cluster_id"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("card_cluster.id", ondelete="SET NULL"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    chosen_at: Mapped[datetime | None]


class Dot(Base):
    """A dot that somebody has put on a card: one each."""

    __tablename__ = "card_dot"

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("board_card.contribution_id"), primary_key=True, autoincrement=False
    )
    attendee_id: Mapped[int] = mapped_column(
        ForeignKey("attendee.id"), primary_key=True, autoincrement=False, index=True
    )
    put_at: Mapped[datetime]


class Objection(Base):
    """«Én er uenig, fordi …»: a reason against a card, beside it and never instead of it.

    `client_id`: made by the browser, so that it is taken once. Who said it stands nowhere in what is shown.
    `shown_at` is None while it waits for a facilitator, on a board where cards do too.
    """

    __tablename__ = "card_objection"
    __table_args__ = (
        Index("ix_card_objection_contribution_id", "contribution_id"),
        Index("ix_card_objection_attendee_id", "attendee_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("board_card.contribution_id"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id"))
    client_id: Mapped[UUID] = mapped_column(unique=True)
    text: Mapped[str]
    said_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
