"""Promised days as calendars and feed readers show them: what everybody may read, and nothing else.

Programs that nobody is signed in to read these.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import STRANGER
from app.domain.commitments.models import Commitment, DeadlineChange, Indicator, Measurement, Milestone
from app.domain.commitments.queries import (
    CommitmentLine,
    Filters,
    MilestoneView,
    Slip,
    _base,
    _conditions,
    _line,
    _lines,
    _list_milestones,
    _list_slips,
    mean_theme,
)
from app.domain.following.models import Follow
from app.domain.following.queries import list_followed_themes
from app.domain.strategies.crosswalk import ThemeMeaning

MOST_DAYS: Final = 500
MOST_NEWS: Final = 30
YEARS_BACK: Final = 2

X = Commitment


@dataclass(frozen=True, slots=True)
class PromisedDay:
    """A day by which something is promised: of the commitment, or of one of its steps. `slips`: every day
    that it was moved from. `changed_at`: when anything of the commitment last changed."""

    line: CommitmentLine
    milestone: MilestoneView | None
    day: date
    slips: tuple[Slip, ...]
    changed_at: datetime

    @property
    def is_done(self) -> bool:
        """Whether the step is done, or the promise judged."""
        return self.milestone.done_on is not None if self.milestone else self.line.is_judged

    @property
    def sequence(self) -> int:
        """Grows whenever the day moves, or is done with."""
        return len(self.slips) * 2 + self.is_done


@dataclass(frozen=True, slots=True)
class ChangedCommitment:
    """A commitment, and when it was published, moved, measured or judged last."""

    line: CommitmentLine
    changed_at: datetime


def _changed_at() -> Any:
    moved = select(func.max(DeadlineChange.changed_at)).where(DeadlineChange.commitment_id == X.id)
    measured = (
        select(func.max(Measurement.measured_at))
        .join(Indicator, Indicator.id == Measurement.indicator_id)
        # One that was wrong is older than the one that corrects it; of those in force there is an index.
        .where(Indicator.commitment_id == X.id, Measurement.corrected_at.is_(None))
    )
    parts = (one.correlate(X).scalar_subquery() for one in (moved, measured))
    return func.greatest(X.published_at, X.verdict_at, *parts)


def _chosen(session: Session, asked: Filters) -> Select[Any]:
    """The published commitments of the filters, as everybody may see them, with when they changed."""
    base = _base(STRANGER)
    meaning = mean_theme(session, asked.theme) if asked.theme else ThemeMeaning({})
    ids = select(base.c.id).where(*_conditions(STRANGER, base, asked, meaning).values())
    return _open_to_all().where(X.id.in_(ids))


def _open_to_all() -> Select[Any]:
    changed = _changed_at().label("changed_at")
    return _lines(STRANGER).add_columns(changed).where(X.published_at.is_not(None))


def list_changed(session: Session, asked: Filters) -> list[ChangedCommitment]:
    """Those of the filters that came or changed last, the newest first."""
    rows = session.execute(
        _chosen(session, asked).order_by(_changed_at().desc(), X.id.desc()).limit(MOST_NEWS)
    )
    return [ChangedCommitment(_line(row), row.changed_at) for row in rows]


def list_days(session: Session, asked: Filters) -> list[PromisedDay]:
    """All days of the filters that come, and those of the last two years; in their order."""
    return _list_days(session, _chosen(session, asked))


def list_followed_days(session: Session, user_id: int) -> list[PromisedDay]:
    """The same of the commitments that somebody follows, and of those under the themes that they follow."""
    followed = exists().where(Follow.user_id == user_id, Follow.kind == "commitment", Follow.thing_id == X.id)
    days = _list_days(session, _open_to_all().where(followed))
    theme_ids = list_followed_themes(session, user_id)
    if not theme_ids:
        return days
    known = {day.line.id for day in days}
    return days + [day for day in _list_under(session, theme_ids) if day.line.id not in known]


def _list_under(session: Session, theme_ids: Collection[int]) -> list[PromisedDay]:
    base = _base(STRANGER)
    meaning = ThemeMeaning(dict.fromkeys(theme_ids, ()))
    under = _conditions(STRANGER, base, Filters(theme="-"), meaning).values()
    return _list_days(session, _open_to_all().where(X.id.in_(select(base.c.id).where(*under))))


def _list_days(session: Session, statement: Select[Any]) -> list[PromisedDay]:
    since = today().replace(year=today().year - YEARS_BACK, day=1)
    steps = exists().where(Milestone.commitment_id == X.id, Milestone.due_on >= since).correlate(X)
    rows = session.execute(
        statement.where((X.deadline >= since) | steps).order_by(X.deadline, X.id).limit(MOST_DAYS)
    ).all()
    lines = [(_line(row), row.changed_at) for row in rows]
    ids = [line.id for line, _ in lines]
    slips = _list_slips(session, ids)
    milestones = _list_milestones(session, ids, slips)
    days = []
    for line, changed_at in lines:
        days.append(PromisedDay(line, None, line.deadline, slips.get((line.id, None), ()), changed_at))
        days += [
            PromisedDay(line, step, step.due_on, step.slips, changed_at)
            for step in milestones.get(line.id, ())
        ]
    kept = [one for one in days if one.day >= since]
    return sorted(kept, key=lambda one: (one.day, one.line.id, one.milestone is not None))[:MOST_DAYS]
