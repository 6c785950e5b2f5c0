"""Commitments out of the archive: put in once, with all that has become of them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, require
from app.domain.commitments.models import (
    Commitment,
    CommitmentContribution,
    CommitmentTheme,
    DeadlineChange,
    Indicator,
    Measurement,
    Milestone,
)
from app.domain.commitments.schemas import CommitmentFacts, IndicatorFacts, MeasurementFacts, MilestoneFacts
from app.domain.commitments.service import take_reference, tell_changed

_OWN = {
    "key",
    "title",
    "title_en",
    "text",
    "text_en",
    "organisation_id",
    "meeting_id",
    "answer_id",
    "deadline",
    "proposed_at",
    "published_at",
    "begun_at",
    "verdict_cause",
    "lesson",
    "verdict_at",
    "replaced_by_id",
    "is_example",
}


def put_commitment(session: Session, actor: Actor, given: CommitmentFacts) -> Commitment:
    """A commitment of the archive. One with the same key is given back as people left it. Only for the house.

    Its status follows from the facts; that its day has passed is noted by the job of the night.
    """
    require(actor.is_system)
    known = session.scalars(select(Commitment).where(Commitment.key == given.key)).one_or_none()
    if known is not None:
        return known
    commitment = Commitment(
        reference=take_reference(session), status=_status_of(given), **given.model_dump(include=_OWN)
    )
    session.add(commitment)
    session.flush()
    _add_moves(session, commitment.id, None, given.moved_from, given.deadline)
    for position, milestone in enumerate(given.milestones, 1):
        _put_milestone(session, commitment.id, position, milestone)
    for position, indicator in enumerate(given.indicators, 1):
        _put_indicator(session, commitment.id, position, indicator)
    session.add_all(
        CommitmentContribution(commitment_id=commitment.id, contribution_id=one)
        for one in dict.fromkeys(given.contribution_ids)
    )
    session.add_all(
        CommitmentTheme(commitment_id=commitment.id, theme_id=one) for one in dict.fromkeys(given.theme_ids)
    )
    after = {"reference": commitment.reference, "key": given.key, "is_example": given.is_example}
    record(session, actor, "put", "commitment", commitment.id, after=after)
    tell_changed(session, actor, commitment.id)
    return commitment


def _status_of(given: CommitmentFacts) -> str:
    if given.published_at is None:
        return "proposed"
    if given.verdict is not None:
        return given.verdict
    has_begun = given.begun_at is not None or any(one.done_on for one in given.milestones)
    return "in_progress" if has_begun else "decided"


def _add_moves(
    session: Session,
    commitment_id: int,
    milestone_id: int | None,
    moved_from: Sequence[tuple[date, str, datetime]],
    until: date,
) -> None:
    """Each old day was moved to the next one, and the last to `until`."""
    new_days = [*(old_on for old_on, _, _ in moved_from[1:]), until]
    session.add_all(
        DeadlineChange(
            commitment_id=commitment_id,
            milestone_id=milestone_id,
            old_on=old_on,
            new_on=new_on,
            reason=reason,
            changed_at=changed_at,
        )
        for (old_on, reason, changed_at), new_on in zip(moved_from, new_days, strict=False)
    )


def _put_milestone(session: Session, commitment_id: int, position: int, given: MilestoneFacts) -> None:
    milestone = Milestone(
        commitment_id=commitment_id, position=position, **given.model_dump(exclude={"moved_from"})
    )
    session.add(milestone)
    session.flush()
    _add_moves(session, commitment_id, milestone.id, given.moved_from, given.due_on)


def _put_indicator(session: Session, commitment_id: int, position: int, given: IndicatorFacts) -> None:
    indicator = Indicator(
        commitment_id=commitment_id, position=position, **given.model_dump(exclude={"measurements"})
    )
    session.add(indicator)
    session.flush()
    for one in given.measurements:
        _put_measurement(session, indicator.id, one)


def _put_measurement(session: Session, indicator_id: int, given: MeasurementFacts) -> None:
    """A figure; where it was corrected, the wrong one before it."""
    values = given.model_dump(exclude={"earlier_value"})
    corrects_id = None
    if given.earlier_value is not None:
        changed = {"value": given.earlier_value, "reason": "", "corrected_at": given.measured_at}
        wrong = Measurement(indicator_id=indicator_id, **values | changed)
        session.add(wrong)
        session.flush()
        corrects_id = wrong.id
    session.add(Measurement(indicator_id=indicator_id, corrects_id=corrects_id, **values))
    session.flush()
