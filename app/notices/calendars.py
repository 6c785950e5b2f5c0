"""The calendar file that goes along with a mail about a meeting."""

from dataclasses import replace
from typing import TypedDict

from app.core.calendars import Organizer, write_calendar
from app.core.clock import now
from app.domain.meetings.calendar import CalendarMeeting, Part, entry_of, get_in_calendar
from app.notices.post import Addressed, Post, language_of


class WithCalendar(TypedDict, total=False):
    """What `Post.send` takes of a calendar file; nothing for a meeting that stands in no calendar."""

    calendar: bytes
    calendar_method: str


def calendar_of(post: Post, meeting_id: int, to: Addressed, own: str = "") -> WithCalendar:
    """The meeting as a file in the receiver's language, for `post.send(…, **calendar_of(…))`.

    `own`: the status of the receiver's sign-up, where there is one. A cancelled meeting, or one postponed
    without a new day, takes itself out of the calendar where it was put earlier; so does any meeting for
    somebody who comes no more (`own` is cancelled).
    """
    meeting = get_in_calendar(post.session, meeting_id)
    if meeting is None:
        return {}
    site, language = post.site, language_of(to)
    entry = entry_of(
        meeting,
        site.base_url,
        lambda part: _write(post, meeting, language, own, part),
        Organizer(site.site_name, site.contact_mail),
        own or "registered",
    )
    # A later mail about the meeting takes the place of an earlier one, also where only the sign-up changed.
    status = "CANCELLED" if own == "cancelled" else entry.status
    entry = replace(entry, modified=now(), status=status)
    method = "CANCEL" if entry.status == "CANCELLED" else "PUBLISH"
    return {"calendar": write_calendar("", [entry], method), "calendar_method": method}


def _write(post: Post, meeting: CalendarMeeting, language: str, own: str, part: Part) -> str:
    return post.renderer.render_template(
        f"calendars/{part}.txt", language, meeting=meeting, written_in=language, site=post.site, own=own
    )
