"""Meetings to sign up for, and people who do, made with as little as they can stand on."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import SignUpInput
from app.domain.registrations.service import sign_up
from app.domain.users.models import Membership
from tests.people import People
from tests.said import add_meeting_row

CANARY = "Kanariefugl-4711"


def add_open_meeting(session: Session, key: str = "12", **values: Any) -> Meeting:
    """A meeting far ahead that takes sign-ups."""
    meeting = add_meeting_row(session, key)
    given = {"status": "open", "held_on": date(2090, 3, 1), "format": "physical", "venue": "Salen"} | values
    for name, value in given.items():
        setattr(meeting, name, value)
    session.flush()
    return meeting


def sign_up_for(session: Session, actor: Actor, meeting: Meeting, **given: Any) -> Registration:
    """A sign-up for the actor's own organisation."""
    values = {"organisation": actor.organisation_id} | given
    return sign_up(session, actor, meeting.id, SignUpInput.model_validate(values))


def put_sign_up_row(session: Session, actor: Actor, meeting: Meeting, **values: Any) -> Registration:
    """A row as it stands, whatever the state of the meeting."""
    given = {"status": "registered", "organisation_name": actor.organisation_name} | values
    registration = Registration(
        meeting_id=meeting.id,
        user_id=actor.user_id,
        organisation_id=actor.organisation_id,
        created_at=now(),
        **given,
    )
    session.add(registration)
    session.flush()
    return registration


def attending(people: People, meeting: Meeting, *names: str) -> People:
    """The same people, of whom these take part in the meeting."""
    meeting_ids = frozenset({meeting.id})
    return replace(people, **{name: replace(getattr(people, name), attends=meeting_ids) for name in names})


def end_membership(session: Session, actor: Actor) -> None:
    session.scalars(select(Membership).where(Membership.id == actor.membership_id)).one().ended_at = now()
    session.flush()
