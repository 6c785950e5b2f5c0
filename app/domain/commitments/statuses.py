"""The status of contributions follows what is promised of them: here, and nowhere else.

What a contribution had before is kept, and comes back when nothing is promised of it any more. What people
did with it themselves (declined, withdrawn, gathered under another) is theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN
from app.core.policy import STRANGER, Actor
from app.domain.answering.pausing import status_after_pause
from app.domain.commitments.models import (
    Commitment,
    CommitmentContribution,
    Indicator,
    Measurement,
    Milestone,
    PromisedContribution,
)
from app.domain.commitments.policy import OPEN, visible_to
from app.domain.commitments.progress import find_effect
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES
from app.domain.contributions.service import tell_changed

GIVEN = ("planned", "in_progress", "done", "effect_measured")
FOLLOWING = (*OPEN_STATUSES, "answered", *GIVEN)
CARRIED_OUT = ("kept", "partly_kept")


@dataclass(frozen=True, slots=True)
class Stage:
    """How far one promise is: its status, whether anything has been done, whether its effect is known."""

    status: str
    has_begun: bool
    is_effect_known: bool


def status_for(stages: Iterable[Stage]) -> str | None:
    """The status that these promises give what they are about; None where none is left that holds.

    It is done only when all are; one that was broken takes nothing from the others.
    """
    known = list(stages)
    waits = [one for one in known if one.status in OPEN]
    done = [one for one in known if one.status in CARRIED_OUT]
    if waits:
        return "in_progress" if done or any(one.has_begun for one in waits) else "planned"
    if done:
        return "effect_measured" if any(one.is_effect_known for one in done) else "done"
    return None


def is_promised(session: Session, contribution_ids: Iterable[int]) -> bool:
    """Whether the status of any of these follows, or is to follow, a promise."""
    ids = list(contribution_ids)
    linked = exists().where(CommitmentContribution.contribution_id.in_(ids))
    followed = exists().where(PromisedContribution.contribution_id.in_(ids))
    return bool(session.scalar(select(linked | followed)))


def follow_commitments(session: Session, actor: Actor, contribution_ids: Iterable[int]) -> list[int]:
    """Give contributions the status that goes with what is promised of them today; the ids of the changed.

    The number of statements does not grow with them, but for what is noted of each that changed.
    """
    ids = sorted(set(contribution_ids))
    if not ids:
        return []
    session.flush()
    rows = session.scalars(
        select(Contribution)
        .where(Contribution.id.in_(ids))
        .order_by(Contribution.id)
        # Not against those who link them meanwhile: two who both did would wait for one another for ever.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    stages = _list_stages(session, ids)
    found = session.scalars(
        select(PromisedContribution)
        .where(PromisedContribution.contribution_id.in_(ids))
        .execution_options(populate_existing=True)
    )
    followed = {one.contribution_id: one for one in found}
    changed = []
    for row in rows:
        before = row.status
        _follow(session, row, followed.get(row.id), status_for(stages.get(row.id, ())))
        if row.status != before:
            changed.append(row)
            noted: dict[str, Any] = {"before": {"status": before}, "after": {"status": row.status}}
            record(session, actor, "follow_promise", "contribution", row.id, **noted)
    if changed:
        tell_changed(session, changed)
    return [row.id for row in changed]


def _follow(
    session: Session, row: Contribution, known: PromisedContribution | None, given: str | None
) -> None:
    if given is None:
        if known is not None:
            if row.status == known.status_given:
                row.status = status_after_pause(session, row.id, known.status_before)
            session.delete(known)
        return
    if row.status not in FOLLOWING:
        return
    if known is None:
        session.add(
            PromisedContribution(contribution_id=row.id, status_before=row.status, status_given=given)
        )
    else:
        if row.status != known.status_given:
            # Answered, say, after it was promised: that is what it goes back to.
            known.status_before = row.status
        known.status_given = given
    row.status = given


def _list_stages(session: Session, contribution_ids: list[int]) -> dict[int, list[Stage]]:
    """The promises of each that everybody may read: others must not shine through a status."""
    is_stepped = (
        exists()
        .where(Milestone.commitment_id == Commitment.id, Milestone.done_on.is_not(None))
        .correlate(Commitment)
    )
    rows = session.execute(
        select(
            CommitmentContribution.contribution_id,
            Commitment.id,
            Commitment.status,
            Commitment.verdict_at,
            (Commitment.begun_at.is_not(None) | is_stepped).label("has_begun"),
        )
        .join(Commitment, Commitment.id == CommitmentContribution.commitment_id)
        .where(
            CommitmentContribution.contribution_id.in_(contribution_ids),
            visible_to(STRANGER),
        )
    ).all()
    judged = {
        row.id: row.verdict_at.astimezone(COPENHAGEN).date() for row in rows if row.status in CARRIED_OUT
    }
    measured = _list_measured(session, sorted(judged))
    stages: dict[int, list[Stage]] = {}
    for row in rows:
        known = row.id in judged and any(
            find_effect(indicator, points, judged[row.id]) for indicator, points in measured.get(row.id, ())
        )
        stages.setdefault(row.contribution_id, []).append(Stage(row.status, row.has_begun, known))
    return stages


def _list_measured(
    session: Session, commitment_ids: list[int]
) -> dict[int, list[tuple[Indicator, list[Measurement]]]]:
    rows = session.execute(
        select(Indicator, Measurement)
        .join(Measurement, Measurement.indicator_id == Indicator.id)
        .where(Indicator.commitment_id.in_(commitment_ids), Measurement.corrected_at.is_(None))
    )
    found: dict[int, tuple[Indicator, list[Measurement]]] = {}
    for indicator, measurement in rows:
        found.setdefault(indicator.id, (indicator, []))[1].append(measurement)
    by_commitment: dict[int, list[tuple[Indicator, list[Measurement]]]] = {}
    for pair in found.values():
        by_commitment.setdefault(pair[0].commitment_id, []).append(pair)
    return by_commitment
