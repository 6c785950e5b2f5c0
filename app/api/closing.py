"""Closing a meeting, for staff: what is missing, mended or given a reason, and the minutes sent round."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon
from app.domain.closing import queries, service
from app.domain.closing.policy import may_close_meetings
from app.domain.closing.schemas import DeadlineInput, GapReasonInput
from app.domain.contributions import service as contributions
from app.domain.contributions.schemas import Given
from app.domain.meetings.schemas import RowId as Id
from app.domain.meetings.statuses import DONE, HELD
from app.domain.minutes.comments import count_open
from app.domain.minutes.queries import find_minutes
from app.domain.minutes.schemas import ReviewInput
from app.domain.outbox.queries import count_waiting
from app.http.visit import AVisit, Visit, only

router = make_router("afslut")
CLOSING = "/moeder/{key}/afslut"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
MOST_THEMED = 100


class MissingThingOut(Out):
    """One thing that is missing."""

    id: int
    title: str
    reference: str = Field(description="The number that people call it by; empty where it has none.")
    text: str


class MissingKindOut(Out):
    """What is missing of one kind, and has no reason."""

    kind: str = Field(description="By a code, such as unthemed, no_answer_by or unwritten_item.")
    count: int = Field(description="How many.")
    things: list[MissingThingOut] = Field(description="The first of them.")


class GapReasonOut(Out):
    """Why things of one kind stay as they are."""

    id: int
    kind: str = Field(description="By a code, as that of what is missing.")
    count: int = Field(description="For how many it was given.")
    reason: str
    given_by: str = Field(description="Who said so.")
    given_at: datetime = Field(description="When.")


class NextMeetingOut(Out):
    """The next meeting of the series."""

    key: str
    number: int | None
    title: str
    held_on: date


class MeetingClosingOut(Out):
    """How far a meeting is on its way to being closed."""

    meeting_key: str
    status: str = Field(description="How far the meeting has come, as of today.")
    gaps: list[MissingKindOut] = Field(description="What is missing, in the order in which it is mended.")
    missing: int = Field(description="How many things in all.")
    reasons: list[GapReasonOut] = Field(description="Reasons that were given, the oldest first.")
    minutes_state: str | None = Field(description="draft, review or approved; null before there can be any.")
    comment_until: date | None = Field(description="The last day for comments on the minutes, or null.")
    open_comments: int = Field(description="How many comments on them wait.")
    mails: int = Field(description="How many batches about the meeting wait in the outbox.")
    can_undo_themes: bool = Field(description="Whether one's own last theming there can be taken back.")
    coming: NextMeetingOut | None = Field(description="The next meeting of the series, or null.")


class GivenThemeIn(Given):
    """A theme for something that was said."""

    contribution_id: Id
    theme_id: Id


class GivenThemesIn(Given):
    """Themes for what was said at a meeting, one each."""

    themes: Annotated[list[GivenThemeIn], Field(min_length=1, max_length=MOST_THEMED)]


def show(visit: Visit, key: str) -> tuple[MeetingClosingOut, int]:
    session, actor, meeting = visit.session, visit.actor, find_meeting(visit, key)
    state = meeting.shown_status
    is_held = state in HELD or state == "live"
    gaps = queries.list_gaps(session, actor, meeting.id) if is_held else []
    minutes = find_minutes(session, actor, meeting.id) if is_held else None
    coming = queries.find_next_in_series(session, actor, meeting.id)
    reasons = queries.list_reasons(session, actor, meeting.id)
    thing = MeetingClosingOut(
        meeting_key=meeting.key,
        status=state,
        gaps=[MissingKindOut.model_validate(one) for one in gaps],
        missing=sum(one.count for one in gaps),
        reasons=[GapReasonOut.model_validate(one) for one in reasons],
        minutes_state=minutes.state if minutes else None,
        comment_until=minutes.comment_until if minutes else None,
        open_comments=count_open(session, meeting.id) if state == "minutes_in_review" else 0,
        mails=count_waiting(session, meeting.id) if state in DONE else 0,
        can_undo_themes=contributions.find_last_tagging(session, actor, meeting.id) is not None,
        coming=NextMeetingOut.model_validate(coming) if coming else None,
    )
    return thing, minutes.version if minutes else 0


doors = Doors(router, MeetingClosingOut, show)


@router.get(CLOSING, dependencies=[only(may_close_meetings)], response_model=MeetingClosingOut)
def show_closing(visit: AVisit, key: MeetingKey) -> Response:
    """What is missing at a meeting, what was said of it, and how far the minutes are. The ETag is that of the
    minutes."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.post(CLOSING + "/hvorfor", may_close_meetings)
def explain_gaps(visit: Visit, key: MeetingKey, given: GapReasonInput) -> str:
    """Say why something stays as it is: some things of a kind, all of a kind, or all that is missing."""
    meeting = find_meeting(visit, key)
    service.explain_gaps(visit.session, visit.actor, meeting.id, given)
    return meeting.key


@doors.delete(CLOSING + "/begrundelser/{reason_id}", may_close_meetings)
def take_back_reason(visit: Visit, key: MeetingKey, reason_id: RowId) -> str:
    """Take a reason back; what it was said of is missing again."""
    meeting = find_meeting(visit, key)
    service.take_back_reason(visit.session, visit.actor, meeting.id, reason_id)
    return meeting.key


@doors.post(CLOSING + "/svarfrister", may_close_meetings)
def set_deadlines(visit: Visit, key: MeetingKey, given: DeadlineInput) -> str:
    """Set the day of the answer for all that was said and waits without one."""
    meeting = find_meeting(visit, key)
    service.set_deadlines(visit.session, visit.actor, meeting.id, given.answer_by)
    return meeting.key


@doors.post(CLOSING + "/temaer", may_close_meetings)
def give_themes(visit: Visit, key: MeetingKey, given: GivenThemesIn) -> str:
    """Give what was said at the meeting a theme each."""
    meeting = find_meeting(visit, key)
    themes = {one.contribution_id: one.theme_id for one in given.themes}
    service.give_themes(visit.session, visit.actor, meeting.id, themes)
    return meeting.key


@doors.post(CLOSING + "/temaer/fortryd", may_close_meetings)
def undo_themes(visit: Visit, key: MeetingKey) -> str:
    """Take one's own last theming there back."""
    meeting = find_meeting(visit, key)
    contributions.undo_tagging(visit.session, visit.actor, meeting.id)
    return meeting.key


@doors.post(CLOSING + "/referat", may_close_meetings)
def send_minutes(visit: Visit, upon: Upon, key: MeetingKey, given: ReviewInput) -> str:
    """Send the minutes round to those who were there; nothing may be missing without a reason."""
    meeting = find_meeting(visit, key)
    minutes = find_minutes(visit.session, visit.actor, meeting.id)
    edit = upon(minutes.version if minutes else 0, given)
    service.send_minutes(visit.session, visit.actor, meeting.id, edit)
    return meeting.key
