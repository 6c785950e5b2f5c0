"""Telling people what is new on what they follow, at their own pace."""

from datetime import datetime, time, timedelta

from app.core.clock import COPENHAGEN, now
from app.core.jobs import Tools, job
from app.domain.following import news

DAILY_AT, MONDAY = 7, 0  # the clock in Denmark


@job("following.note_said")
def note_said(tools: Tools) -> None:
    """Note what has come of late for those who follow where it stands."""
    with tools.database.unit() as session:
        news.note_said(session)


@job("following.note_gathered")
def note_gathered(tools: Tools, contribution_ids: list[int]) -> None:
    """Note that something stands in a gathering now, for those who follow it."""
    with tools.database.unit() as session:
        for contribution_id in contribution_ids:
            news.note_contribution(session, "gathered", contribution_id)


@job("following.note_meeting")
def note_meeting(tools: Tools, what: str, meeting_id: int, detail_id: int = 0) -> None:
    """Note what happened to a meeting for those who follow it or its series."""
    with tools.database.unit() as session:
        news.note_meeting(session, what, meeting_id, detail_id)


@job("following.tell_at_once")
def tell_at_once(tools: Tools) -> None:
    """Tell those who want it at once; may die and be begun again at any moment."""
    _tell_all(tools, "at_once")


@job("following.tell_in_time", cron="0 * * * *")
def tell_in_time(tools: Tools) -> None:
    """Each hour: who was not told at once; at seven in Denmark the daily ones, on Mondays the weekly ones.

    The cron knows no summer time, so the clock is read here. A round that nobody was at work for is made up
    for by the next hour.
    """
    with tools.database.unit() as session:
        news.note_said(session)
    rounds = list_rounds()
    for pace, until in rounds.items():
        _tell_all(tools, pace, until)
    if rounds["daily"] is None:
        with tools.database.unit() as session:
            news.forget_told(session)


def list_rounds() -> dict[str, datetime | None]:
    """{pace: the last round of it}: whoever has had something since before it is to be told. None: its hour
    is now, and whoever has something is."""
    here = now().astimezone(COPENHAGEN)
    day = here.date() if here.hour >= DAILY_AT else here.date() - timedelta(days=1)
    monday = day - timedelta(days=(day.weekday() - MONDAY) % 7)
    rounds: dict[str, datetime | None] = {"at_once": None}
    for pace, on in (("daily", day), ("weekly", monday)):
        is_now = on == here.date() and here.hour == DAILY_AT
        rounds[pace] = None if is_now else datetime.combine(on, time(DAILY_AT), COPENHAGEN)
    return rounds


def next_morning() -> datetime:
    """The next time that it is seven in Denmark."""
    here = now().astimezone(COPENHAGEN)
    day = here.date() if here.hour < DAILY_AT else here.date() + timedelta(days=1)
    return datetime.combine(day, time(DAILY_AT), COPENHAGEN)


def _tell_all(tools: Tools, pace: str, until: datetime | None = None) -> None:
    with tools.database.unit() as session:
        waiting = news.list_waiting(session, pace, until)
    for user_id in waiting:
        with tools.database.unit() as session:
            news.tell(session, user_id, pace)
