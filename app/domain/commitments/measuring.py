"""What a commitment is measured by, and what was measured. A wrong figure is corrected and stays readable."""

from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.commitments.events import Measured
from app.domain.commitments.models import Commitment, Indicator, Measurement
from app.domain.commitments.policy import may_edit, may_report
from app.domain.commitments.schemas import (
    CorrectionInput,
    IndicatorEdit,
    IndicatorInput,
    MeasurementInput,
)
from app.domain.commitments.service import count_placed, take_commitment, tell_changed

MOST_INDICATORS = 10
MOST_MEASUREMENTS = 200


def add_indicator(session: Session, actor: Actor, commitment_id: int, given: IndicatorInput) -> Indicator:
    """What it is measured by: by who promised it while it is a proposal, then by staff.

    Refused: too_many_indicators.
    """
    commitment = take_commitment(session, actor, commitment_id)
    require(may_edit(actor, commitment))
    count, last = count_placed(session, Indicator, commitment.id)
    if count >= MOST_INDICATORS:
        raise Refused("too_many_indicators")
    indicator = Indicator(commitment_id=commitment.id, position=last + 1, **given.model_dump())
    session.add(indicator)
    session.flush()
    record(session, actor, "add", "indicator", indicator.id, after=_picture(indicator))
    tell_changed(session, actor, commitment.id)
    return indicator


def edit_indicator(session: Session, actor: Actor, indicator_id: int, given: IndicatorEdit) -> Indicator:
    """Change it while nothing has been measured: a goal is not moved to where one has come.

    Refused: stale, indicator_measured.
    """
    indicator, commitment = _take_unmeasured(session, actor, indicator_id)
    if indicator.version != given.version:
        raise Refused("stale")
    before = _picture(indicator)
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(indicator, name, value)
    indicator.version += 1
    record(session, actor, "edit", "indicator", indicator.id, before=before, after=_picture(indicator))
    tell_changed(session, actor, commitment.id)
    return indicator


def remove_indicator(session: Session, actor: Actor, indicator_id: int) -> None:
    """Take it away while nothing has been measured. Refused: indicator_measured."""
    indicator, commitment = _take_unmeasured(session, actor, indicator_id)
    path = f"/forpligtelser/{commitment.reference}"
    lay_aside(session, actor, "indicator", indicator, indicator.name, path=path)
    session.execute(delete(Indicator).where(Indicator.id == indicator.id))
    record(session, actor, "remove", "indicator", indicator.id, before=_picture(indicator))
    tell_changed(session, actor, commitment.id)


def measure(session: Session, actor: Actor, indicator_id: int, given: MeasurementInput) -> Measurement:
    """Note what it was on a day; also after the verdict, since an effect often shows later.

    Refused: commitment_unpublished, measured_in_future, measured_before_baseline, measured_already,
    too_many_measurements.
    """
    indicator, commitment = _take(session, actor, indicator_id)
    require(may_report(actor, commitment))
    _check(session, commitment, indicator, given)
    count = select(func.count()).where(Measurement.indicator_id == indicator.id)
    if (session.scalar(count) or 0) >= MOST_MEASUREMENTS:
        raise Refused("too_many_measurements")
    return _add(session, actor, commitment, indicator, given)


def correct_measurement(
    session: Session, actor: Actor, measurement_id: int, given: CorrectionInput
) -> Measurement:
    """What it really was, and why the first figure was wrong; that one stays readable and counts no more.

    Refused: as `measure`, and measured_corrected (another has corrected it already).
    """
    indicator_id = session.scalar(select(Measurement.indicator_id).where(Measurement.id == measurement_id))
    if indicator_id is None:
        raise NotFound
    indicator, commitment = _take(session, actor, indicator_id)
    require(may_report(actor, commitment))
    wrong = session.get_one(Measurement, measurement_id, populate_existing=True)
    if wrong.corrected_at is not None:
        raise Refused("measured_corrected")
    _check(session, commitment, indicator, given, but_id=wrong.id)
    wrong.corrected_at = now()
    session.flush()
    return _add(session, actor, commitment, indicator, given, wrong, given.reason)


def _check(
    session: Session,
    commitment: Commitment,
    indicator: Indicator,
    given: MeasurementInput,
    but_id: int = 0,
) -> None:
    if commitment.published_at is None:
        raise Refused("commitment_unpublished")
    if given.measured_on > today():
        raise Refused("measured_in_future")
    if given.measured_on < indicator.baseline_on:
        raise Refused("measured_before_baseline")
    same_day = exists().where(
        Measurement.indicator_id == indicator.id,
        Measurement.measured_on == given.measured_on,
        Measurement.corrected_at.is_(None),
        Measurement.id != but_id,
    )
    if session.scalar(select(same_day)):
        raise Refused("measured_already")


def _add(
    session: Session,
    actor: Actor,
    commitment: Commitment,
    indicator: Indicator,
    given: MeasurementInput,
    wrong: Measurement | None = None,
    reason: str = "",
) -> Measurement:
    measurement = Measurement(
        indicator_id=indicator.id,
        corrects_id=wrong.id if wrong else None,
        reason=reason,
        measured_at=now(),
        measured_by_id=actor.user_id,
        **given.model_dump(exclude={"reason"}),
    )
    session.add(measurement)
    session.flush()
    before = _figure(wrong) if wrong else None
    after = _figure(measurement)
    record(session, actor, "measure", "indicator", indicator.id, before=before, after=after)
    tell_changed(session, actor, commitment.id)
    announce(session, Measured(commitment.id, measurement.id))
    return measurement


def _take(session: Session, actor: Actor, indicator_id: int) -> tuple[Indicator, Commitment]:
    """The indicator and its commitment, both held. Raises NotFound."""
    commitment_id = session.scalar(select(Indicator.commitment_id).where(Indicator.id == indicator_id))
    if commitment_id is None:
        raise NotFound
    commitment = take_commitment(session, actor, commitment_id)
    indicator = session.get(Indicator, indicator_id, populate_existing=True)
    if indicator is None:
        raise NotFound
    return indicator, commitment


def _take_unmeasured(session: Session, actor: Actor, indicator_id: int) -> tuple[Indicator, Commitment]:
    indicator, commitment = _take(session, actor, indicator_id)
    require(may_edit(actor, commitment))
    if session.scalar(select(exists().where(Measurement.indicator_id == indicator.id))):
        raise Refused("indicator_measured")
    return indicator, commitment


def _figure(measurement: Measurement) -> dict[str, Any]:
    return {
        "measurement_id": measurement.id,
        "measured_on": measurement.measured_on.isoformat(),
        "value": str(measurement.value),
    }


def _picture(indicator: Indicator) -> dict[str, Any]:
    return {
        "commitment_id": indicator.commitment_id,
        "baseline": [indicator.baseline_on.isoformat(), str(indicator.baseline_value)],
        "target": [indicator.target_on.isoformat(), str(indicator.target_value)],
        "direction": indicator.direction,
    }
