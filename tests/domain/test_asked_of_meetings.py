"""What a meeting's pages ask side by side: each gives the same as when it is asked alone."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.asking import Asking, beside, read
from app.core.policy import STRANGER, SYSTEM, Actor
from app.domain.attendance.queries import room_of
from app.domain.carry_over.queries import carried_at, from_last_of
from app.domain.contributions.of_meetings import piles_at
from app.domain.contributions.queries import answers_of_meeting, said_at
from app.domain.evaluations.queries import result_of
from app.domain.follow_through.of_meetings import follow_up_of
from app.domain.groups.queries import groups_of, own_placements
from app.domain.meetings.editions import editions_of
from app.domain.meetings.queries import MeetingView, find_meeting, items_of
from app.domain.minutes.comments import waiting_for
from app.domain.minutes.queries import has_minutes
from app.domain.outbox.queries import waiting_batches
from app.domain.panels.queries import answered_at, panels_of
from app.domain.polls.queries import closed_at
from app.domain.presentations.of_meetings import deck_lines_of
from app.domain.registrations.queries import booking_of
from app.domain.summaries.queries import summary_of_meeting
from tests.site import Site

READINGS: dict[str, Callable[[Actor, MeetingView], Asking[Any]]] = {
    "items": lambda actor, meeting: items_of(meeting.id),
    "groups": lambda actor, meeting: groups_of(meeting.id),
    "placements": lambda actor, meeting: own_placements(Actor(user_id=1), meeting.id),
    "decks": lambda actor, meeting: deck_lines_of(actor, meeting.id),
    "editions": lambda actor, meeting: editions_of(meeting.id),
    "said": lambda actor, meeting: said_at(actor, meeting.id, per_page=60),
    "past the end": lambda actor, meeting: said_at(actor, meeting.id, page=900),
    "piles": lambda actor, meeting: piles_at(actor, meeting.id),
    "answers": lambda actor, meeting: answers_of_meeting(actor, meeting.id),
    "follow-up": lambda actor, meeting: follow_up_of(actor, meeting.id),
    "summary": lambda actor, meeting: summary_of_meeting(actor, meeting.id),
    "panels": lambda actor, meeting: panels_of(actor, meeting.id),
    "answered": lambda actor, meeting: answered_at(actor, meeting.id),
    "polls": lambda actor, meeting: closed_at(actor, meeting.id),
    "evaluation": lambda actor, meeting: result_of(actor, meeting.id),
    "room": lambda actor, meeting: room_of(meeting.id),
    "minutes": lambda actor, meeting: has_minutes(STRANGER, meeting.id, "approved", meeting.held_on),
    "comments": lambda actor, meeting: waiting_for(Actor(user_id=1, attends=frozenset({meeting.id}))),
    "mails": lambda actor, meeting: waiting_batches(meeting.id),
    "booking": lambda actor, meeting: booking_of(actor, meeting),
    "since": from_last_of,
    "carried": lambda actor, meeting: carried_at(actor, meeting.id),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "key", ["10", "eksempel-efteraar-2026", "eksempel-foraar-2027", "eksempel-proev-lokalet"]
)
def test_what_a_meeting_shows_is_alike_asked_alone_and_beside(
    archive_site: Site, reading: str, key: str
) -> None:
    ask = READINGS[reading]
    with archive_site.unit() as session:
        meeting = find_meeting(session, SYSTEM, key)
        assert meeting is not None
        for actor in (STRANGER, SYSTEM):
            alone = read(session, ask(actor, meeting))
            assert read(session, beside(ask(actor, meeting), ask(actor, meeting))) == (alone, alone)
