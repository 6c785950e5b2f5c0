"""By when what is sent is answered: the rule that staff has set, or the days of the settings."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Date, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.domain.contributions.models import AnswerRule
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import NOT_COMING, PLANNED_CERTAINTIES

AT_LEAST_DAYS: Final = 14  # as the form proposes it


@dataclass(frozen=True, slots=True)
class Rule:
    """`version` is 0 where staff has set none."""

    at_most_days: int
    at_least_days: int
    before_meeting: bool
    version: int


def find_rule(session: Session, days_of_settings: int) -> Rule:
    """The rule in force."""
    row = session.get(AnswerRule, 1, populate_existing=True)
    if row is None:
        return Rule(days_of_settings, min(AT_LEAST_DAYS, days_of_settings), before_meeting=False, version=0)
    return Rule(row.at_most_days, row.at_least_days, row.before_meeting, row.version)


def find_answer_by(
    session: Session, sent_on: date, days_of_settings: int, meeting_id: int | None = None
) -> date:
    """By when what was sent on this day is answered, in one statement.

    The day before the next published meeting on a fixed day that is far enough away (of the series of
    `meeting_id`, if there is one), and in any case within the most days.
    """
    of_series = aliased(Meeting)
    series = select(of_series.series_id).where(of_series.id == meeting_id).scalar_subquery()
    next_meeting = (
        select(func.min(Meeting.held_on))
        .where(
            Meeting.published_at.is_not(None),
            Meeting.status.not_in(NOT_COMING),
            Meeting.date_certainty.not_in(PLANNED_CERTAINTIES),
            Meeting.held_on >= literal(sent_on, Date) + AnswerRule.at_least_days,
            *([Meeting.series_id == series] if meeting_id is not None else []),
        )
        .correlate(AnswerRule)
        .scalar_subquery()
    )
    row = session.execute(
        select(AnswerRule.at_most_days, AnswerRule.before_meeting, next_meeting.label("held_on"))
    ).one_or_none()
    if row is None:
        return sent_on + timedelta(days=days_of_settings)
    latest = sent_on + timedelta(days=row.at_most_days)
    if not row.before_meeting or row.held_on is None:
        return latest
    # With no days at least, a meeting on the very day would make it late before it is sent.
    return max(sent_on, min(latest, row.held_on - timedelta(days=1)))
