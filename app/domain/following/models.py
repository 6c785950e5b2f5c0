"""The tables of what people follow, and of who has a calendar of their own."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

KINDS = ("theme", "wish", "idea", "meeting", "organisation", "project")


class Follow(Base):
    """A user follows a thing, named by its kind and id; ids of different kinds have no table in common."""

    __tablename__ = "follow"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "thing_id"),
        CheckConstraint("kind in ('theme','wish','idea','meeting','organisation','project')", name="kind"),
        Index("ix_follow_kind_thing_id", "kind", "thing_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    thing_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class PersonalCalendar(Base):
    """Somebody has a calendar of their own at a secret address. The address is sealed over `number`, which
    grows when the address is changed or closed: an old one never opens again. `closed_at`: there is none now.
    """

    __tablename__ = "personal_calendar"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
