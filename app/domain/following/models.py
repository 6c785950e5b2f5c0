"""The table of what people follow."""

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
