"""The calendar file that goes along with a mail, read back by a parser that knows nothing of our writer."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.main import make_renderer, make_site
from app.notices.calendars import calendar_of
from app.notices.post import Post, Receiver
from app.settings import Settings

NINE = datetime(2027, 6, 1, 7, tzinfo=UTC)


@pytest.fixture
def post(session: Session) -> Post:
    return Post(session, make_renderer(), make_site(Settings(base_url="https://forum.example")))


@pytest.fixture
def meeting(session: Session) -> Meeting:
    """Open, on 1 June 2027 from nine to twelve."""
    given = {"title": "Fælles data", "held_on": date(2027, 6, 1), "starts": "9:00", "ends": "12:00"}
    added = add_meeting(session, SYSTEM, MeetingInput.model_validate(given | {"venue": "Salen"}))
    publish_meeting(session, SYSTEM, added.id)
    added.status = "open"
    session.flush()
    return added


def write_for(post: Post, meeting: Meeting, own: str = "", language: str = "da") -> tuple[str, Any]:
    """The method, and the entry as another program reads it."""
    post.session.flush()
    file = calendar_of(post, meeting.id, Receiver("a@b.example", "A", language), own)
    calendar = vobject.readOne(file["calendar"].decode())
    assert calendar.method.value == file["calendar_method"]
    return calendar.method.value, calendar.vevent


def test_a_mail_brings_the_meeting_with_its_place_its_hours_and_who_holds_it(
    post: Post, meeting: Meeting
) -> None:
    method, entry = write_for(post, meeting)
    assert (method, entry.status.value, entry.transp.value) == ("PUBLISH", "CONFIRMED", "OPAQUE")
    assert entry.summary.value == "Dialogforum: Fælles data"
    assert (entry.dtstart.value, entry.dtend.value) == (NINE, NINE + timedelta(hours=3))
    assert (entry.location.value, entry.url.value) == ("Salen", "https://forum.example/moeder/1")
    assert entry.description.value == "Program og tilmelding: https://forum.example/moeder/1"
    assert entry.organizer.value == "mailto:kontakt@eksempelforeningen.example"
    assert entry.uid.value == f"moede-{meeting.id}@forum.example"


def test_a_place_in_the_queue_is_no_certain_entry_until_it_is_a_seat(post: Post, meeting: Meeting) -> None:
    with moved_to(datetime(2027, 5, 1, tzinfo=UTC)):
        _, waiting = write_for(post, meeting, "waiting")
    with moved_to(datetime(2027, 5, 2, tzinfo=UTC)):
        _, seated = write_for(post, meeting, "registered")
    assert (waiting.status.value, waiting.transp.value) == ("TENTATIVE", "TRANSPARENT")
    assert waiting.summary.value == "Dialogforum: Fælles data (du står i kø)"
    assert (seated.status.value, seated.transp.value) == ("CONFIRMED", "OPAQUE")
    assert seated.uid.value == waiting.uid.value
    assert seated.dtstamp.value - waiting.dtstamp.value == timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "title", "first_line"),
    [
        ("cancelled", "AFLYST: Dialogforum: Fælles data", "Mødet er aflyst. Storm."),
        (
            "postponed",
            "UDSKUDT: Dialogforum: Fælles data",
            "Mødet er udskudt. En ny dato følger. Storm.",
        ),
    ],
)
def test_a_meeting_that_is_off_takes_itself_out_of_the_calendar(
    post: Post, meeting: Meeting, status: str, title: str, first_line: str
) -> None:
    _, before = write_for(post, meeting)
    meeting.status, meeting.status_reason = status, "Storm."
    method, entry = write_for(post, meeting)
    assert (method, entry.status.value, entry.transp.value) == ("CANCEL", "CANCELLED", "TRANSPARENT")
    assert (entry.uid.value, int(entry.sequence.value)) == (
        before.uid.value,
        int(before.sequence.value) + 1,
    )
    assert entry.summary.value == title
    assert entry.description.value.splitlines()[0] == first_line


def test_a_draft_has_no_calendar_file(session: Session, post: Post) -> None:
    given = MeetingInput(title="Kladde", held_on=date(2027, 6, 1))
    draft = add_meeting(session, SYSTEM, given)
    assert calendar_of(post, draft.id, Receiver("a@b.example", "A", "da")) == {}
