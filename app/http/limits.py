"""Rate limits that hold over several processes: one counter a window in the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.jobs import Tools, job


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


def count_against(session: Session, subject: str, limit: int, window: timedelta) -> None:
    """Count one use of `subject`; raises TooMany past `limit` uses in a fixed window of time."""
    seconds = int(window.total_seconds())
    moment = now()
    start = datetime.fromtimestamp(moment.timestamp() // seconds * seconds, tz=moment.tzinfo)
    statement = insert(RateCount).values(subject=subject, window_start=start, count=1)
    count = session.execute(
        statement.on_conflict_do_update(
            index_elements=[RateCount.subject, RateCount.window_start],
            set_={"count": RateCount.count + 1},
        ).returning(RateCount.count)
    ).scalar_one()
    if count > limit:
        raise TooMany(max(1, int((start + window - moment).total_seconds())))


@job("http.forget_counts", cron="53 * * * *")
def forget_old_counts(tools: Tools) -> None:
    """Forget counters of windows that ended yesterday or before."""
    with tools.database.unit() as session:
        session.execute(delete(RateCount).where(RateCount.window_start < now() - timedelta(days=1)))
