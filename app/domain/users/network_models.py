"""Tables of the people of a network: those who act for it, and those who were told of in public."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class NetworkStrategist(Base):
    """Somebody whom a network has named to act for its municipalities, in that membership only."""

    __tablename__ = "network_strategist"
    __table_args__ = (
        Index("ix_network_strategist_membership_id", "membership_id"),
        Index("ix_network_strategist_named_by_id", "named_by_id"),
    )

    network_id: Mapped[int] = mapped_column(ForeignKey("network.id"), primary_key=True)
    membership_id: Mapped[int] = mapped_column(
        ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True
    )
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    named_at: Mapped[datetime]


class NetworkPerson(Base):
    """Somebody who was told of in public as one of a network, with the title of that time."""

    __tablename__ = "network_person"
    __table_args__ = (UniqueConstraint("network_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(default="", server_default="")
