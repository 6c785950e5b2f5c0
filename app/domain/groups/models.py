"""Tables of the groups that discuss at a meeting."""

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Group(Base):
    """A group or parallel session of a meeting, with the task it was given.

    `number` stands on its table and in its join code; it is the group's own and does not follow the order.
    """

    __tablename__ = "discussion_group"
    __table_args__ = (
        UniqueConstraint("meeting_id", "key"),
        UniqueConstraint("meeting_id", "number"),
        Index("ix_discussion_group_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"), index=True)
    key: Mapped[str]
    number: Mapped[int]
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    task: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    facilitator: Mapped[str] = mapped_column(default="")
    rapporteur: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
