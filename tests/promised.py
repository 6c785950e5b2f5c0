"""Commitments for tests, made with as little as they can stand on."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.core.policy import SYSTEM, Actor
from app.domain.commitments.measuring import add_indicator
from app.domain.commitments.milestones import add_milestone
from app.domain.commitments.models import Commitment, Indicator, Milestone
from app.domain.commitments.schemas import CommitmentInput, IndicatorInput, MilestoneInput
from app.domain.commitments.service import propose, publish

PROMISE = {
    "title": "Fælles målbilleder",
    "text": "Vi beskriver målbilleder for de fem vigtigste områder.",
    "deadline": date(2027, 6, 30),
}
# From 20 to 60 per cent in a hundred weeks.
INDICATOR = {
    "name": "Kommuner, der bruger målbillederne",
    "unit": "procent",
    "baseline_value": "20",
    "baseline_on": date(2026, 1, 5),
    "target_value": "60",
    "target_on": date(2027, 12, 6),
    "direction": "up",
}


def add_proposal(session: Session, actor: Actor, **given: Any) -> Commitment:
    """A promise on behalf of the actor's own organisation, unless `given` says otherwise."""
    values = PROMISE | {"organisation_id": actor.organisation_id} | given
    return propose(session, actor, CommitmentInput.model_validate(values))


def add_commitment(session: Session, actor: Actor, **given: Any) -> Commitment:
    """The same, published."""
    commitment = add_proposal(session, actor, **given)
    publish(session, SYSTEM, [commitment.id])
    return commitment


def add_step(session: Session, actor: Actor, commitment: Commitment, due_on: date, **given: Any) -> Milestone:
    values = {"title": "Første udkast", "due_on": due_on} | given
    return add_milestone(session, actor, commitment.id, MilestoneInput.model_validate(values))


def add_aim(session: Session, actor: Actor, commitment: Commitment, **given: Any) -> Indicator:
    return add_indicator(session, actor, commitment.id, IndicatorInput.model_validate(INDICATOR | given))
