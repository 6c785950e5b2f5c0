"""What is measured: figures as they are written, the path from baseline to target, and corrections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.commitments.measuring import correct_measurement, edit_indicator, measure, remove_indicator
from app.domain.commitments.models import Measurement
from app.domain.commitments.progress import expect, find_effect, measure_progress
from app.domain.commitments.queries import find_commitment
from app.domain.commitments.schemas import (
    CorrectionInput,
    IndicatorEdit,
    IndicatorInput,
    MeasurementInput,
    Number,
)
from app.domain.commitments.service import publish
from tests.people import People
from tests.promised import INDICATOR, add_aim, add_commitment, add_proposal


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        yield


@dataclass(frozen=True)
class Aim:
    """Down from 50 to 10 in a hundred days."""

    baseline_value: Decimal = Decimal(50)
    baseline_on: date = date(2026, 1, 1)
    target_value: Decimal = Decimal(10)
    target_on: date = date(2026, 4, 11)


@dataclass(frozen=True)
class Point:
    measured_on: date
    value: Decimal


def points(*measured: tuple[date, int]) -> list[Point]:
    return [Point(on, Decimal(value)) for on, value in measured]


# --- figures


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("-0,25", "-0.25"),
        ("\u2212 3", "-3"),
        ("1.234,5", "1234.5"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("1234", "1234"),
    ],
)
def test_a_figure_is_read_as_a_dane_writes_it(typed: str, number: str) -> None:
    assert TypeAdapter(Number).validate_python(typed) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.234", "number_either_way"),
        ("1,2,3", "number"),
        ("en del", "number"),
        ("1e5", "number"),
        ("NaN", "number"),
        ("1000000000000", "number_out_of_range"),
        ("0,00001", "number_too_fine"),
    ],
)
def test_what_could_be_two_numbers_or_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Number).validate_python(typed)
    assert refused.value.errors()[0]["type"] == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"direction": "down"}, "indicator_way"),
        ({"target_value": "20"}, "indicator_way"),
        ({"target_on": date(2026, 1, 5)}, "indicator_days"),
    ],
)
def test_a_target_lies_after_its_baseline_and_on_its_side(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        IndicatorInput.model_validate(INDICATOR | given)
    assert refused.value.errors()[0]["type"] == code


# --- the path


def test_the_path_is_straight_and_flat_outside() -> None:
    days = (date(2025, 1, 1), date(2026, 1, 1), date(2026, 2, 20), date(2026, 4, 11), date(2027, 1, 1))
    assert [expect(Aim(), on) for on in days] == [50, 50, 30, 10, 10]


@pytest.mark.parametrize(
    ("measured", "on", "standing", "doubts"),
    [
        ((), date(2026, 2, 20), "unmeasured", ()),
        # What is measured later is not known yet.
        (((date(2026, 3, 1), 10),), date(2026, 2, 20), "unmeasured", ()),
        (((date(2026, 2, 20), 30),), date(2026, 2, 20), "on_path", ("few_points",)),
        # Two of forty short is within what is let pass, three is not.
        (((date(2026, 2, 20), 32),), date(2026, 2, 20), "on_path", ("few_points",)),
        (((date(2026, 2, 20), 33),), date(2026, 2, 20), "behind", ("few_points",)),
        (
            ((date(2026, 1, 11), 50), (date(2026, 1, 21), 45), (date(2026, 2, 20), 9)),
            date(2026, 2, 20),
            "reached",
            (),
        ),
        (((date(2026, 4, 11), 11),), date(2026, 4, 11), "missed", ("few_points",)),
        # Held against the path on its own day, and old by now.
        (((date(2026, 2, 20), 30),), date(2028, 1, 1), "on_path", ("few_points", "old")),
        (((date(2026, 4, 20), 10),), date(2028, 1, 1), "reached", ("few_points",)),
    ],
)
def test_how_it_goes_is_told_by_the_last_measurement(
    measured: tuple[tuple[date, int], ...], on: date, standing: str, doubts: tuple[str, ...]
) -> None:
    progress = measure_progress(Aim(), points(*measured), on)
    assert (progress.standing, progress.doubts) == (standing, doubts)


def test_how_far_is_a_share_of_the_whole_way() -> None:
    progress = measure_progress(Aim(), points((date(2026, 2, 20), 40)), date(2026, 3, 12))
    assert (progress.share, progress.expected_share, progress.expected, progress.value) == (
        Decimal("0.25"),
        Decimal("0.5"),
        22,
        40,
    )


@pytest.mark.parametrize(
    ("measured", "judged_on", "effect"),
    [
        (((date(2026, 2, 1), 30),), None, None),
        # The first on the day of the target or after it tells, not the last.
        (((date(2026, 2, 1), 30), (date(2026, 4, 11), 12), (date(2027, 1, 1), 9)), None, (12, -38, False)),
        (((date(2026, 4, 12), 10),), None, (10, -40, True)),
        (((date(2026, 2, 1), 30), (date(2026, 3, 1), 20)), date(2026, 2, 15), (30, -20, False)),
        (((date(2026, 3, 1), 20),), date(2026, 2, 15), None),
    ],
)
def test_an_effect_is_known_at_the_target_or_at_the_verdict(
    measured: tuple[tuple[date, int], ...], judged_on: date | None, effect: tuple[int, int, bool] | None
) -> None:
    found = find_effect(Aim(), points(*measured), judged_on)
    assert (found and (found.value, found.change, found.is_reached)) == effect


# --- the verbs


def figure(on: date, value: str, **given: Any) -> MeasurementInput:
    return MeasurementInput(measured_on=on, value=value, source_text="Spørgeskema til kommunerne", **given)


def test_a_measurement_is_noted_by_who_promised_and_never_before_it_is_published(
    session: Session, people: People
) -> None:
    promise = add_proposal(session, people.vendor)
    aim = add_aim(session, people.vendor, promise)
    with pytest.raises(Refused, match="commitment_unpublished"):
        measure(session, people.vendor, aim.id, figure(date(2026, 6, 1), "30"))
    with pytest.raises(NotFound):
        measure(session, people.rival, aim.id, figure(date(2026, 6, 1), "30"))
    publish(session, people.staff, [promise.id])
    with pytest.raises(NotAllowed):
        measure(session, people.rival, aim.id, figure(date(2026, 6, 1), "30"))
    measure(
        session, people.vendor, aim.id, figure(date(2026, 6, 1), "30,5", source_url="https://example.org/tal")
    )
    view = find_commitment(session, people.stranger, promise.reference)
    assert view is not None
    (shown,) = view.indicators
    assert [(one.value, one.source_text, one.source_url) for one in shown.measurements] == [
        (Decimal("30.5"), "Spørgeskema til kommunerne", "https://example.org/tal")
    ]
    assert (shown.progress.standing, shown.progress.doubts, shown.effect) == (
        "on_path",
        ("few_points",),
        None,
    )


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2026, 11, 23), "measured_in_future"),
        (date(2026, 1, 4), "measured_before_baseline"),
        (date(2026, 6, 1), "measured_already"),
    ],
)
def test_a_figure_of_a_wrong_day_is_refused(session: Session, people: People, on: date, code: str) -> None:
    aim = add_aim(session, people.staff, add_commitment(session, people.staff))
    measure(session, people.staff, aim.id, figure(date(2026, 6, 1), "30"))
    with pytest.raises(Refused, match=code):
        measure(session, people.staff, aim.id, figure(on, "31"))


def test_a_corrected_figure_stays_readable_and_counts_no_more(session: Session, people: People) -> None:
    promise = add_commitment(session, people.staff)
    aim = add_aim(session, people.staff, promise)
    wrong = measure(session, people.staff, aim.id, figure(date(2026, 6, 1), "300"))
    right = CorrectionInput(
        measured_on=date(2026, 6, 1), value="30", source_text="Spørgeskema", reason="Et nul for meget."
    )
    correct_measurement(session, people.staff, wrong.id, right)
    with pytest.raises(Refused, match="measured_corrected"):
        correct_measurement(session, people.staff, wrong.id, right)
    view = find_commitment(session, people.stranger, promise.reference)
    assert view is not None
    (shown,) = view.indicators
    assert [(one.value, one.reason, one.corrects_id) for one in shown.measurements] == [
        (30, "Et nul for meget.", wrong.id)
    ]
    assert [(one.id, one.value) for one in shown.corrected] == [(wrong.id, 300)]
    assert session.scalar(select(Measurement.value).where(Measurement.id == wrong.id)) == 300


def test_a_goal_is_not_moved_to_where_one_has_come(session: Session, people: People) -> None:
    promise = add_commitment(session, people.vendor)
    with pytest.raises(NotAllowed):
        add_aim(session, people.vendor, promise)
    aim = add_aim(session, people.staff, promise)
    lower = IndicatorEdit.model_validate(INDICATOR | {"target_value": "30", "version": 1})
    edit_indicator(session, people.staff, aim.id, lower)
    assert aim.target_value == 30
    measure(session, people.staff, aim.id, figure(date(2026, 6, 1), "25"))
    with pytest.raises(Refused, match="indicator_measured"):
        edit_indicator(session, people.staff, aim.id, lower.model_copy(update={"version": 2}))
    with pytest.raises(Refused, match="indicator_measured"):
        remove_indicator(session, people.staff, aim.id)
