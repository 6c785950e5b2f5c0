"""Rate limits that hold over several processes: one counter a window in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.keeping import note_for_one


class RateCount(Base):
    __tablename__ = "rate_count"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    subject: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


class TooMany(Exception):
    """The limit is reached; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limit:
    """So many uses of `subject` in each window of time."""

    subject: str
    most: int
    window: timedelta


def _window_start(window: timedelta, moment: datetime) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, tz=moment.tzinfo)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit: so many uses of `most` in `window`, for so many seconds more."""

    most: int
    window: timedelta
    uses: int
    seconds: int


def count_against(session: Session, subject: str, limit: int, window: timedelta) -> Left:
    """Count one use of `subject`; raises TooMany past `limit` uses in a fixed window of time."""
    note_for_one()
    return _count(session, subject, limit, window)


def _count(session: Session, subject: str, limit: int, window: timedelta) -> Left:
    moment = now()
    start = _window_start(window, moment)
    statement = insert(RateCount).values(subject=subject, window_start=start, count=1)
    count = session.execute(
        statement.on_conflict_do_update(
            index_elements=[RateCount.subject, RateCount.window_start],
            set_={"count": RateCount.count + 1},
        ).returning(RateCount.count)
    ).scalar_one()
    seconds = max(1, int((start + window - moment).total_seconds()))
    if count > limit:
        raise TooMany(seconds)
    return Left(limit, window, limit - count, seconds)


def count_at_the_door(session: Session, *limits: Limit, of_making: bool = False) -> None:
    """Count one use of each and commit at once, so that it counts also when what follows is refused.

    To be called before anything is written. Others from the same client wait only this long for the counter.
    `of_making`: it is counted that something is made, not that it is given: it may be kept.
    """
    count = _count if of_making else count_against
    refused: list[TooMany] = []
    # Always in the same order, or two visits could wait for one another.
    for limit in sorted(limits, key=lambda limit: limit.subject):
        try:
            count(session, limit.subject, limit.most, limit.window)
        except TooMany as too_many:
            refused.append(too_many)
    session.commit()
    if refused:
        raise max(refused, key=lambda too_many: too_many.retry_after)


def require_left(session: Session, *limits: Limit) -> None:
    """Raises TooMany where one of them is used up already; counts nothing."""
    note_for_one()
    moment = now()
    for limit in limits:
        start = _window_start(limit.window, moment)
        count = session.scalar(
            select(RateCount.count).where(RateCount.subject == limit.subject, RateCount.window_start == start)
        )
        if count is not None and count >= limit.most:
            raise TooMany(max(1, int((start + limit.window - moment).total_seconds())))
