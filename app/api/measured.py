"""What a commitment is followed by: its milestones, its indicators, and what was measured."""

from typing import Annotated

from fastapi import Path

from app.api.asking import make_router
from app.api.commitments import WholePromiseOut, find_promise, show
from app.api.said import Reference
from app.api.verbs import Doors, pick
from app.core.policy import require
from app.domain.commitments import measuring, milestones
from app.domain.commitments.policy import may_commit, may_edit
from app.domain.commitments.schemas import (
    CorrectionInput,
    IndicatorEdit,
    IndicatorInput,
    MeasurementInput,
    MilestoneEdit,
    MilestoneInput,
    MoveInput,
    TickInput,
)
from app.http.visit import Visit

router = make_router("forpligtelser")
doors = Doors(router, WholePromiseOut, show, at="/forpligtelser/{}")
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]

STEPS = "/forpligtelser/{reference}/milepaele"
STEP = STEPS + "/{milestone_id}"
AIMS = "/forpligtelser/{reference}/indikatorer"
AIM = AIMS + "/{indicator_id}"


@doors.post(STEPS, may_commit, makes=True)
def add_step(visit: Visit, reference: Reference, given: MilestoneInput) -> str:
    """One more milestone, after those that there are."""
    line = find_promise(visit, reference).line
    milestones.add_milestone(visit.session, visit.actor, line.id, given)
    return line.reference


@doors.put(STEP, may_commit)
def change_step(visit: Visit, reference: Reference, milestone_id: RowId, given: MilestoneEdit) -> str:
    """Word a milestone otherwise, or give it another day, while the commitment is a proposal. Then staff
    mends its translation, and nothing else of it is changed here."""
    found = find_promise(visit, reference)
    step = pick(found.milestones, milestone_id)
    milestones.edit_milestone(visit.session, visit.actor, step.id, given)
    return found.line.reference


@doors.delete(STEP, may_commit)
def remove_step(visit: Visit, reference: Reference, milestone_id: RowId) -> str:
    """Take a milestone of a proposal away."""
    found = find_promise(visit, reference)
    milestones.remove_milestone(visit.session, visit.actor, pick(found.milestones, milestone_id).id)
    return found.line.reference


@doors.post(STEP + "/naaet", may_commit)
def tick_step(visit: Visit, reference: Reference, milestone_id: RowId, given: TickInput) -> str:
    """Note the day on which a milestone was reached; without one the note is taken off."""
    found = find_promise(visit, reference)
    milestones.tick_milestone(visit.session, visit.actor, pick(found.milestones, milestone_id).id, given)
    return found.line.reference


@doors.post(STEP + "/flyt", may_commit)
def move_step(visit: Visit, reference: Reference, milestone_id: RowId, given: MoveInput) -> str:
    """Move the day of a milestone; the old one stays to be read, with the reason."""
    found = find_promise(visit, reference)
    milestones.move_milestone(visit.session, visit.actor, pick(found.milestones, milestone_id).id, given)
    return found.line.reference


@doors.post(AIMS, may_commit, makes=True)
def add_aim(visit: Visit, reference: Reference, given: IndicatorInput) -> str:
    """One more indicator that the commitment is measured by."""
    found = find_promise(visit, reference)
    require(may_edit(visit.actor, found))
    measuring.add_indicator(visit.session, visit.actor, found.line.id, given)
    return found.line.reference


@doors.put(AIM, may_commit)
def change_aim(visit: Visit, reference: Reference, indicator_id: RowId, given: IndicatorEdit) -> str:
    """Change an indicator while nothing has been measured of it."""
    found = find_promise(visit, reference)
    aim = pick(found.indicators, indicator_id)
    require(may_edit(visit.actor, found))
    measuring.edit_indicator(visit.session, visit.actor, aim.id, given)
    return found.line.reference


@doors.delete(AIM, may_commit)
def remove_aim(visit: Visit, reference: Reference, indicator_id: RowId) -> str:
    """Take an indicator away while nothing has been measured of it."""
    found = find_promise(visit, reference)
    measuring.remove_indicator(visit.session, visit.actor, pick(found.indicators, indicator_id).id)
    return found.line.reference


@doors.post(AIM + "/maalinger", may_commit, makes=True)
def measure(visit: Visit, reference: Reference, indicator_id: RowId, given: MeasurementInput) -> str:
    """Note what was measured, and where that is known from."""
    found = find_promise(visit, reference)
    measuring.measure(visit.session, visit.actor, pick(found.indicators, indicator_id).id, given)
    return found.line.reference


@doors.post(AIM + "/maalinger/{measurement_id}/ret", may_commit)
def correct(
    visit: Visit, reference: Reference, indicator_id: RowId, measurement_id: RowId, given: CorrectionInput
) -> str:
    """Say what it really was, and why the first figure was wrong; that one stays to be read on the page."""
    found = find_promise(visit, reference)
    figure = pick(pick(found.indicators, indicator_id).measurements, measurement_id)
    measuring.correct_measurement(visit.session, visit.actor, figure.id, given)
    return found.line.reference
