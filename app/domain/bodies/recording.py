"""Bodies out of the archive with who sits in them, their meetings and their recommendations: put in once."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN, now
from app.core.policy import Actor, require
from app.core.records import Key, record_config
from app.core.text import LongProse, RequiredLine, RequiredProse, ShortLine
from app.domain.bodies.models import (
    Body,
    BodyAdvised,
    BodyMeeting,
    BodyMember,
    BodySecretary,
    Reading,
    Recommendation,
    RecommendationStep,
)
from app.domain.bodies.schemas import MemberRole, Outcome, Visibility

AT = time(13)


class SeatFacts(BaseModel):
    """Somebody with an account who sits in it for the body's own organisation."""

    model_config = record_config()

    user_id: int
    role: MemberRole
    title: ShortLine = ""


class DayFacts(BaseModel):
    """A meeting, by the name that the records call it."""

    model_config = record_config()

    key: Key
    held_on: date
    starts_at: ShortLine = ""
    place: ShortLine = ""
    note: LongProse = ""


class StepFacts(BaseModel):
    """`meeting`: the name of the day on which it was treated. `by`: who decided, by name; else the body."""

    model_config = record_config()

    kind: Literal["sent", "treated", "decided"]
    on: date
    text: LongProse = ""
    meeting: Key | None = None
    by: ShortLine = ""
    outcome: Outcome | None = None


class RecommendationFacts(BaseModel):
    """Something that a body recommends; without steps it is a draft. `to`: who is to decide, by name."""

    model_config = record_config()

    key: Key
    contribution_id: int | None = None
    own_project_id: int | None = None
    title: RequiredLine
    text: RequiredProse
    visibility: Visibility
    to: ShortLine = ""
    drafted_by_id: int
    drafted_on: date
    steps: list[StepFacts] = []


class ReadingFacts(BaseModel):
    """One thing to read; `before`: the name of the day before which."""

    model_config = record_config()

    contribution_id: int | None = None
    own_project_id: int | None = None
    note: LongProse = ""
    before: Key | None = None


class PapersFacts(BaseModel):
    """All of a body's papers."""

    model_config = record_config()

    seats: list[SeatFacts]
    secretary_ids: list[int]
    days: list[DayFacts]
    recommendations: list[RecommendationFacts]
    readings: list[ReadingFacts]


def put_papers(session: Session, actor: Actor, body: Body, given: PapersFacts) -> None:
    """The papers of an example body of an organisation. One that has any keeps them as people left them. Only
    for the house. `secretary_ids` are memberships."""
    require(actor.is_system)
    if session.scalar(select(BodyMeeting.id).where(BodyMeeting.body_id == body.id).limit(1)) is not None:
        return
    session.add_all(
        BodyMember(body_id=body.id, organisation_id=body.organisation_id, added_at=now(), **seat.model_dump())
        for seat in given.seats
    )
    session.add_all(
        BodySecretary(body_id=body.id, membership_id=one, named_at=now()) for one in given.secretary_ids
    )
    days = {
        one.key: BodyMeeting(body_id=body.id, added_at=now(), **one.model_dump(exclude={"key"}))
        for one in given.days
    }
    session.add_all(days.values())
    session.flush()
    standing = select(BodyAdvised.name, BodyAdvised.id).where(
        BodyAdvised.body_id == body.id, BodyAdvised.ended_at.is_(None)
    )
    advised = {one.name: one.id for one in session.execute(standing)}
    for number, one in enumerate(given.recommendations, 1):
        _put_recommendation(session, body, number, one, days, advised)
    session.add_all(
        Reading(
            body_id=body.id,
            position=position,
            body_meeting_id=days[one.before].id if one.before else None,
            added_at=now(),
            **one.model_dump(exclude={"before"}),
        )
        for position, one in enumerate(given.readings, 1)
    )
    session.flush()
    after = {"recommendations": len(given.recommendations), "meetings": len(days)}
    record(session, actor, "put", "body", body.id, after=after)


def _put_recommendation(
    session: Session,
    body: Body,
    number: int,
    given: RecommendationFacts,
    days: Mapping[str, BodyMeeting],
    advised: Mapping[str, int],
) -> None:
    last = given.steps[-1] if given.steps else None
    is_draft = last is None or last.outcome == "sent_back"
    to_id = advised[given.to] if given.to else None
    made = Recommendation(
        **given.model_dump(exclude={"to", "drafted_on", "steps"}),
        body_id=body.id,
        number=number,
        advised_id=to_id,
        state="draft" if last is None or is_draft else last.kind,
        outcome=last.outcome if last is not None and not is_draft else None,
        organisation_id=body.organisation_id,
        drafted_at=_at(given.drafted_on),
        changed_at=_at(last.on if last is not None else given.drafted_on),
        is_example=body.is_example,
    )
    session.add(made)
    session.flush()
    for step in given.steps:
        is_sent = step.kind == "sent"
        session.add(
            RecommendationStep(
                recommendation_id=made.id,
                kind=step.kind,
                happened_on=step.on,
                title=given.title if is_sent else "",
                text=given.text if is_sent else step.text,
                meeting_id=days[step.meeting].id if step.meeting else None,
                advised_id=to_id if is_sent else advised[step.by] if step.by else None,
                outcome=step.outcome,
                noted_at=_at(step.on),
            )
        )
        session.flush()


def _at(day: date) -> datetime:
    return datetime.combine(day, AT, COPENHAGEN)
