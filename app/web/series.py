"""A series of meetings on one page: what comes, what has been, and the numbers that are missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.contributions.of_meetings import MeetingSum, sum_up_meetings
from app.domain.evaluations.queries import has_results
from app.domain.meetings.models import Series
from app.domain.meetings.numbering import Gap, find_gaps
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    MeetingCard,
    find_series,
    list_meetings_of_series,
    list_missing_numbers,
)
from app.domain.meetings.schemas import MAIN_SERIES
from app.domain.meetings.statuses import NOT_COMING
from app.domain.presentations.of_meetings import count_decks_by_meeting
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.web.following import FollowState, find_follow

router = Router()


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the time line: a meeting, or numbers of which no meeting is known."""

    meeting: MeetingCard | None = None
    gap: Gap | None = None


@dataclass
class SeriesPage(Page):
    template: ClassVar[str] = "meetings/series.html"
    series: Series
    next: MeetingCard | None
    coming: list[MeetingCard]
    planned: int
    years: list[tuple[int, list[Stop]]]
    held: int
    sums: Mapping[int, MeetingSum]
    decks: Mapping[int, int]
    may_plan: bool
    newest_key: str
    is_evaluated: bool
    follow: FollowState


@router.get("/moederaekker/{key}", dependencies=[anyone])
def show_series(visit: AVisit, key: str) -> Response:
    series = find_series(visit.session, key)
    meetings = list_meetings_of_series(visit.session, visit.actor, key)
    may_plan = may_plan_meetings(visit.actor)
    if series is None or (not meetings and not may_plan):
        raise NotFound
    coming = sorted((one for one in meetings if not one.is_past), key=lambda one: (one.held_on, one.id))
    past = [one for one in meetings if one.is_past]
    numbers = [one.number for one in meetings if one.number is not None]
    sought = list_missing_numbers(visit.session) if key == MAIN_SERIES else []
    return visit.page(
        SeriesPage(
            series=series,
            next=next((one for one in coming if one.status not in NOT_COMING), None),
            coming=coming,
            planned=sum(one.status not in NOT_COMING for one in coming),
            years=_by_year(past, find_gaps(numbers, sought)),
            held=sum(one.status not in NOT_COMING for one in past),
            sums=sum_up_meetings(visit.session, visit.actor),
            decks=count_decks_by_meeting(visit.session, visit.actor),
            may_plan=may_plan,
            newest_key=meetings[0].key if meetings else "",
            is_evaluated=has_results(visit.session, visit.actor, series.id),
            follow=find_follow(visit, "series", series.id),
        )
    )


def _by_year(past: Sequence[MeetingCard], gaps: Iterable[Gap]) -> list[tuple[int, list[Stop]]]:
    """What has been, newest first; missing numbers stand where they belong among the others."""
    waiting = sorted(gaps, key=lambda gap: gap.first)
    years: dict[int, list[Stop]] = {}
    for meeting in past:
        stops = years.setdefault(meeting.held_on.year, [])
        while meeting.number is not None and waiting and waiting[-1].first > meeting.number:
            stops.append(Stop(gap=waiting.pop()))
        stops.append(Stop(meeting=meeting))
    if past:
        years[past[-1].held_on.year] += [Stop(gap=gap) for gap in reversed(waiting)]
    return list(years.items())
