"""What was said last at meetings, for feed readers: one statement each."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.queries import ContributionView, _list_first
from app.domain.meetings.models import Meeting

MOST = 30
# When it could first be read: what is published after the meeting is new then.
_BY_PUBLISHING = (Contribution.published_at.desc().nulls_last(), Contribution.id.desc())


def list_newest_of_meeting(
    session: Session, actor: Actor, meeting_id: int, most: int = MOST
) -> tuple[ContributionView, ...]:
    """What was said at a meeting, what could be read last first."""
    at_meeting = Contribution.meeting_id == meeting_id
    return _list_first(session, actor, at_meeting, is_listed(), most=most, order=_BY_PUBLISHING)


def list_newest_of_series(
    session: Session, actor: Actor, series_id: int, most: int = MOST
) -> tuple[ContributionView, ...]:
    """The same of all meetings of a series."""
    of_series = Contribution.meeting_id.in_(select(Meeting.id).where(Meeting.series_id == series_id))
    return _list_first(session, actor, of_series, is_listed(), most=most, order=_BY_PUBLISHING)
