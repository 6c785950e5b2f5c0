"""Tables of rounds in which named people put needs in order."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PriorityRound(Base):
    """A round of an organisation or a network: its needs are put in order by those who are named.

    `method`: ranking (each puts all needs in order) or points (each gives `points` to share out), once for
    each criterion. `takes`: how many of the needs go on; none for all. `visibility`: public, municipalities,
    or own for the house. Votes are nobody's but their own until `closed_at`, when the result is worked out;
    it is open with `published_at`, and then `reason` says why this order. `follows_id`: the round before it.
    """

    __tablename__ = "priority_round"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, network_id) = 1", name="one_owner"),
        CheckConstraint("method in ('ranking', 'points')", name="method"),
        CheckConstraint("(method = 'points') = (points is not null)", name="points"),
        CheckConstraint("visibility in ('public', 'municipalities', 'own')", name="visibility"),
        CheckConstraint("closed_at is null or opened_at is not null", name="closed_at"),
        CheckConstraint(
            "published_at is null or (closed_at is not null and reason <> '')", name="published_at"
        ),
        CheckConstraint("cancelled_at is null or published_at is null", name="cancelled_at"),
        CheckConstraint("follows_id <> id", name="follows_id"),
        Index("ix_priority_round_organisation_id", "organisation_id"),
        Index("ix_priority_round_network_id", "network_id"),
        Index("ix_priority_round_follows_id", "follows_id"),
        Index("ix_priority_round_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    title: Mapped[str]
    about: Mapped[str] = mapped_column(default="", server_default="")
    method: Mapped[str]
    points: Mapped[int | None]
    takes: Mapped[int | None]
    visibility: Mapped[str] = mapped_column(default="own", server_default="own")
    closes_on: Mapped[date | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("priority_round.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class RoundCriterion(Base):
    """What is weighed in a round, and how much beside the others; open to all who see the round."""

    __tablename__ = "priority_criterion"
    __table_args__ = (
        CheckConstraint("weight between 1 and 10", name="weight"),
        Index("ix_priority_criterion_round_id", "round_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("priority_round.id"))
    position: Mapped[int]
    name: Mapped[str]
    help: Mapped[str] = mapped_column(default="", server_default="")
    weight: Mapped[int] = mapped_column(default=1, server_default="1")


class RoundNeed(Base):
    """A need in a round. `score` and `place` once it is closed; those with the same score share a place.

    A need that was withdrawn or hidden by then has neither.
    """

    __tablename__ = "priority_need"
    __table_args__ = (
        CheckConstraint("num_nonnulls(score, place) in (0, 2)", name="place"),
        Index("ix_priority_need_contribution_id", "contribution_id"),
    )

    round_id: Mapped[int] = mapped_column(
        ForeignKey("priority_round.id"), primary_key=True, autoincrement=False
    )
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int]
    score: Mapped[int | None]
    place: Mapped[int | None]


class Decider(Base):
    """Somebody who is named to put the needs in order, with the organisation and title of that day.

    Whoever is replaced (`replaced_at`) keeps the row, and what they gave counts no more.
    """

    __tablename__ = "priority_decider"
    __table_args__ = (
        CheckConstraint("handed_in_at is null or replaced_at is null", name="replaced_at"),
        Index("ix_priority_decider_user_id", "user_id"),
        Index("ix_priority_decider_organisation_id", "organisation_id"),
        Index(
            "uq_priority_decider_user_id",
            "round_id",
            "user_id",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("priority_round.id"))
    position: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(default="", server_default="")
    named_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Vote(Base):
    """What one decider gives one need on one criterion: a place (1 the first) or points, by the method."""

    __tablename__ = "priority_vote"
    __table_args__ = (
        CheckConstraint("value between 0 and 1000", name="value"),
        Index("ix_priority_vote_criterion_id", "criterion_id"),
        Index("ix_priority_vote_contribution_id", "contribution_id"),
    )

    decider_id: Mapped[int] = mapped_column(
        ForeignKey("priority_decider.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    criterion_id: Mapped[int] = mapped_column(
        ForeignKey("priority_criterion.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    value: Mapped[int]
