"""The tables of what people follow, what they are to be told of it, and who has a calendar of their own."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

CONTRIBUTIONS: Final = ("wish", "idea", "card", "question", "need")
KINDS: Final = ("theme", *CONTRIBUTIONS, "commitment", "meeting", "series", "organisation", "project")
# How often somebody is written to of what they follow.
PACES: Final = ("at_once", "daily", "weekly", "never")
# What can happen to a followed thing. The first row is about a contribution, then an answer, a commitment, a
# meeting: `object_id` is the number of that.
ABOUT: Final = {
    "said": "contribution", "gathered": "contribution",
    "answered": "answer", "corrected": "answer",
    "promised": "commitment", "moved": "commitment", "measured": "commitment", "late": "commitment",
    "judged": "commitment",
    "announced": "meeting", "programme": "meeting", "meeting_moved": "meeting", "cancelled": "meeting",
    "postponed": "meeting", "resumed": "meeting", "minutes": "meeting",
}  # fmt: skip


def _one_of(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(code) for code in codes)})"


class Follow(Base):
    """A user follows a thing, named by its kind and id; ids of different kinds have no table in common.

    `pace`: how often they are written to: at_once, daily, weekly, never.
    """

    __tablename__ = "follow"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "thing_id"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("pace", PACES), name="pace"),
        Index("ix_follow_kind_thing_id", "kind", "thing_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    thing_id: Mapped[int] = mapped_column(BigInteger)
    pace: Mapped[str] = mapped_column(default="never", server_default="never")
    created_at: Mapped[datetime]


class FollowNews(Base):
    """Something that happened to a thing that somebody follows and is written to about: ids and codes alone.

    What may be read of it is asked when the mail is written. `detail_id`: the one measurement or moved day
    that is meant, else 0, so that the same is noted once. Rows that were told go after some weeks.
    """

    __tablename__ = "follow_news"
    __table_args__ = (
        UniqueConstraint("follow_id", "what", "object_id", "detail_id"),
        CheckConstraint(_one_of("what", tuple(ABOUT)), name="what"),
        Index("ix_follow_news_untold", "follow_id", postgresql_where=text("told_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    follow_id: Mapped[int] = mapped_column(ForeignKey("follow.id", ondelete="CASCADE"))
    what: Mapped[str]
    object_id: Mapped[int] = mapped_column(BigInteger)
    detail_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    happened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class FollowStop(Base):
    """Somebody wants no mails about what they follow, whatever pace stands at each; by the link in a mail."""

    __tablename__ = "follow_stop"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    stopped_at: Mapped[datetime]


class PersonalCalendar(Base):
    """Somebody has a calendar of their own at a secret address. The address is sealed over `number`, which
    grows when the address is changed or closed: an old one never opens again. `closed_at`: there is none now.
    """

    __tablename__ = "personal_calendar"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
