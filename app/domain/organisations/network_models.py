"""Tables of the networks in which municipalities work together."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Network(Base):
    """Municipalities that work together, and the organisation that leads them (`organisation_id`).

    `tasks`: what whoever is shared by them does. `financed_by`, `lasts` and `programme` as they were told:
    who pays, for how long, under which programme. `country`: two letters. One that is over has `closed_at`.
    """

    __tablename__ = "network"
    __table_args__ = (Index("ix_network_organisation_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default="")
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    country: Mapped[str] = mapped_column(default="DK", server_default="DK")
    tasks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    financed_by: Mapped[str] = mapped_column(default="", server_default="")
    lasts: Mapped[str] = mapped_column(default="", server_default="")
    programme: Mapped[str] = mapped_column(default="", server_default="")
    certainty_note: Mapped[str] = mapped_column(default="", server_default="")
    source_url: Mapped[str | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class NetworkMember(Base):
    """A municipality that a network asks to be one of it. It answers for itself: only after its yes does
    the network speak for it. `answer`: yes or no; no also of one that has left.
    """

    __tablename__ = "network_member"
    __table_args__ = (
        CheckConstraint("answer in ('yes', 'no')", name="answer"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
        UniqueConstraint("network_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
