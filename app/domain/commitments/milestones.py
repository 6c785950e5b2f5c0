"""The steps on the way to what is promised: planning them, ticking them off, moving their days."""

from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import today
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.commitments.events import DeadlineMoved
from app.domain.commitments.models import Commitment, DeadlineChange, Milestone
from app.domain.commitments.policy import VERDICTS, may_decide, may_report
from app.domain.commitments.schemas import MilestoneEdit, MilestoneInput, MoveInput, TickInput
from app.domain.commitments.service import (
    count_placed,
    note_move,
    renew_status,
    require_open,
    take_commitment,
    tell_changed,
)

MOST_MILESTONES = 50


def add_milestone(session: Session, actor: Actor, commitment_id: int, given: MilestoneInput) -> Milestone:
    """One more step, last among those there are. Refused: commitment_judged, too_many_milestones."""
    commitment = take_commitment(session, actor, commitment_id)
    require(may_report(actor, commitment))
    _require_unjudged(commitment)
    count, last = count_placed(session, Milestone, commitment.id)
    if count >= MOST_MILESTONES:
        raise Refused("too_many_milestones")
    milestone = Milestone(commitment_id=commitment.id, position=last + 1, **given.model_dump())
    session.add(milestone)
    session.flush()
    record(session, actor, "add", "milestone", milestone.id, after=_picture(milestone))
    tell_changed(session, actor, commitment.id)
    return milestone


def edit_milestone(session: Session, actor: Actor, milestone_id: int, given: MilestoneEdit) -> Milestone:
    """Word a step otherwise, or give it another day, before it is published. Then its words stay as they
    were promised, and staff alone mends their translation.

    Refused: stale, commitment_judged, deadline_needs_reason, milestone_words_fixed.
    """
    milestone, commitment = _take(session, actor, milestone_id, given.version)
    _require_unjudged(commitment)
    if commitment.published_at is not None:
        if given.due_on != milestone.due_on:
            raise Refused("deadline_needs_reason")
        is_retranslated = given.title_en != milestone.title_en
        if given.title != milestone.title or (is_retranslated and not may_decide(actor)):
            raise Refused("milestone_words_fixed")
    before = _picture(milestone)
    milestone.title, milestone.title_en, milestone.due_on = given.title, given.title_en, given.due_on
    milestone.version += 1
    record(session, actor, "edit", "milestone", milestone.id, before=before, after=_picture(milestone))
    tell_changed(session, actor, commitment.id)
    return milestone


def remove_milestone(session: Session, actor: Actor, milestone_id: int) -> None:
    """Take a step away before it is published. Refused: milestone_published (it was promised to all)."""
    milestone, commitment = _take(session, actor, milestone_id)
    if commitment.published_at is not None:
        raise Refused("milestone_published")
    path = f"/forpligtelser/{commitment.reference}"
    lay_aside(session, actor, "milestone", milestone, milestone.title, path=path)
    session.execute(delete(Milestone).where(Milestone.id == milestone.id))
    record(session, actor, "remove", "milestone", milestone.id, before=_picture(milestone))
    tell_changed(session, actor, commitment.id)


def tick_milestone(session: Session, actor: Actor, milestone_id: int, given: TickInput) -> Milestone:
    """Note the day on which a step was done, or take that back.

    Refused: stale, commitment_unpublished, commitment_judged, done_in_future.
    """
    milestone, commitment = _take(session, actor, milestone_id, given.version)
    require_open(commitment)
    if given.done_on is not None and given.done_on > today():
        raise Refused("done_in_future")
    before = {"done_on": _iso(milestone.done_on)}
    milestone.done_on = given.done_on
    milestone.version += 1
    renew_status(session, commitment)
    after = {"done_on": _iso(given.done_on)}
    record(session, actor, "tick", "milestone", milestone.id, before=before, after=after)
    tell_changed(session, actor, commitment.id)
    return milestone


def move_milestone(session: Session, actor: Actor, milestone_id: int, given: MoveInput) -> DeadlineChange:
    """Another day for a step; the old one stays readable, with the reason.

    Refused: stale, commitment_unpublished, commitment_judged, milestone_done, deadline_same, deadline_past.
    """
    milestone, commitment = _take(session, actor, milestone_id, given.version)
    require_open(commitment)
    if milestone.done_on is not None:
        raise Refused("milestone_done")
    change = note_move(session, actor, commitment, milestone, milestone.due_on, given)
    milestone.due_on = given.new_on
    milestone.version += 1
    tell_changed(session, actor, commitment.id)
    announce(session, DeadlineMoved(commitment.id, change.id))
    return change


def _take(
    session: Session, actor: Actor, milestone_id: int, version: int | None = None
) -> tuple[Milestone, Commitment]:
    """The step and its commitment, both held. Raises NotFound, NotAllowed, Refused("stale")."""
    commitment_id = session.scalar(select(Milestone.commitment_id).where(Milestone.id == milestone_id))
    if commitment_id is None:
        raise NotFound
    commitment = take_commitment(session, actor, commitment_id)
    require(may_report(actor, commitment))
    milestone = session.get(Milestone, milestone_id, populate_existing=True)
    if milestone is None:
        raise NotFound
    if version is not None and milestone.version != version:
        raise Refused("stale")
    return milestone, commitment


def _require_unjudged(commitment: Commitment) -> None:
    if commitment.status in (*VERDICTS, "withdrawn"):
        raise Refused("commitment_judged")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _picture(milestone: Milestone) -> dict[str, Any]:
    return {"commitment_id": milestone.commitment_id, "due_on": _iso(milestone.due_on)}
