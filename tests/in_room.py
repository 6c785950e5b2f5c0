"""Rooms on the day of their meeting with people in them, guests and signed-in, for tests."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.policy import STRANGER, SYSTEM, Actor
from app.domain.attendance import service
from app.domain.attendance.models import LiveRoom
from app.domain.attendance.schemas import JoinInput
from app.domain.meetings.models import Meeting
from app.identity.seats import make_secret, seat_cookie_name
from tests.site import Browser, Site


def open_room(session: Session, meeting: Meeting, **values: Any) -> LiveRoom:
    """The room of the meeting, which is moved to today and made live and published."""
    meeting.held_on = today()
    meeting.status = "live"
    meeting.published_at = meeting.published_at or now()
    session.flush()
    room = service.open_room(session, SYSTEM, meeting.id)
    for name, value in values.items():
        setattr(room, name, value)
    session.flush()
    return room


def seat(
    session: Session, meeting: Meeting, actor: Actor = STRANGER, *, secret: str | None = None, **given: Any
) -> Actor:
    """The actor with a seat in the meeting's open room; a guest unless one who is signed in is given."""
    values = given or ({} if actor.is_signed_in else {"shown_as": "name", "name": "Gitte Gæst"})
    read = JoinInput.model_validate(values)
    attendee = service.join(session, actor, meeting.id, read, secret or make_secret())
    session.flush()
    others = frozenset((known, place) for known, place in actor.seats if known != meeting.id)
    return replace(actor, seats=others | {(meeting.id, attendee.id)})


def guest_browser(site: Site, meeting: Meeting, **given: Any) -> Browser:
    """The browser of a guest who has joined the meeting's open room."""
    secret = make_secret()
    with site.unit() as session:
        seat(session, meeting, secret=secret, **given)
    browser = site.new_browser()
    browser.client.cookies.set(seat_cookie_name(site.app.state.cookie), secret)
    return browser


def joined_browser(site: Site, meeting: Meeting, who: str | Actor, **given: Any) -> Browser:
    """The browser of one of the people, who has joined the meeting's open room with the account."""
    actor = getattr(site.people, who) if isinstance(who, str) else who
    with site.unit() as session:
        seat(session, meeting, actor, **given)
    return site.browser(actor)
