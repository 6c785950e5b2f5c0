"""Promises of two years, with all that can become of them, for tests of their account."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.domain.commitments.measuring import measure
from app.domain.commitments.models import Commitment
from app.domain.commitments.schemas import MeasurementInput, MoveInput, VerdictInput
from app.domain.commitments.service import give_verdict, move_deadline
from tests.people import People
from tests.promised import add_aim, add_commitment
from tests.said import add_theme_rows


def at_noon(year: int, month: int, day: int) -> Any:
    return moved_to(datetime(year, month, day, 12, tzinfo=UTC))


def judge(session: Session, people: People, commitment: Commitment, verdict: str, cause: str) -> None:
    given = {"verdict": verdict, "cause": cause, "lesson": "Begynd før.", "version": commitment.version}
    give_verdict(session, people.staff, commitment.id, VerdictInput.model_validate(given))


def add_two_years(session: Session, people: People) -> dict[str, Commitment]:
    """Promised in 2024 and 2025; one is kept before its day, one broken the year after it, one slips out of
    its year, one is nobody's but staff's, and one is a vendor's."""
    (theme,) = add_theme_rows(session, "Velfærd")
    made = {}
    with at_noon(2024, 3, 1):
        for name, deadline in (("early", date(2026, 6, 1)), ("broken", date(2025, 12, 1))):
            made[name] = add_commitment(
                session, people.staff, title=name, deadline=deadline, theme_ids=[theme.id]
            )
    with at_noon(2025, 2, 1):
        made["slipped"] = add_commitment(session, people.staff, title="slipped", deadline=date(2025, 6, 1))
        made["secret"] = add_commitment(
            session, people.staff, title="secret", deadline=date(2025, 6, 1), visibility="staff"
        )
        made["vendor"] = add_commitment(session, people.vendor, title="vendor", deadline=date(2025, 6, 1))
        aim = add_aim(
            session,
            people.staff,
            made["early"],
            baseline_on=date(2024, 1, 1),
            target_on=date(2025, 9, 1),
        )
    with at_noon(2025, 5, 1):
        slipped = made["slipped"]
        moved = {"new_on": date(2026, 3, 1), "reason": "Loven kom sent.", "version": slipped.version}
        move_deadline(session, people.staff, slipped.id, MoveInput.model_validate(moved))
    with at_noon(2025, 10, 1):
        figure = {"measured_on": date(2025, 9, 20), "value": "64", "source_text": "Rundspørge"}
        measure(session, people.staff, aim.id, MeasurementInput.model_validate(figure))
        judge(session, people, made["early"], "kept", "skills")
    with at_noon(2026, 2, 1):
        judge(session, people, made["broken"], "broken", "data")
    return made
