"""Puts the examples of pressure tests in: what was assessed, agreed and tested again, and one under way."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.clock import COPENHAGEN
from app.core.policy import SYSTEM
from app.domain.pressure_tests.criteria import add_criterion
from app.domain.pressure_tests.recording import put_test
from app.domain.pressure_tests.schemas import CriterionInput, PressureTestFacts
from app.domain.strategies.models import Strategy

EXAMPLES = Path(__file__).parent / "demo" / "pressure_tests.json"
AT = time(13)


def put_pressure_tests(session: Session, names: Names, begun: date) -> None:
    """The example tests, with their days counted from the day on which the examples were put in."""
    given = json.loads(EXAMPLES.read_text("utf-8"))
    for row in given["criteria"]:
        values = {key: value for key, value in row.items() if key != "key"}
        add_criterion(session, SYSTEM, CriterionInput.model_validate(values), key=row["key"])
    rows = session.execute(select(Strategy.key, Strategy.id).order_by(Strategy.id))
    strategies = {row.key: row.id for row in rows}
    for row in given["tests"]:
        put_test(session, SYSTEM, _read(row, names, strategies, begun))


def _read(row: Record, names: Names, strategies: dict[str, int], begun: date) -> PressureTestFacts:
    def at(days: int | None) -> datetime | None:
        if days is None:
            return None
        return datetime.combine(begun + timedelta(days=days), AT, COPENHAGEN)

    def told(said: Record) -> Record:
        return {path: {"value": value, "reason": reason} for path, (value, reason) in said.items()}

    return PressureTestFacts.model_validate(
        {
            "key": row["key"],
            "idea_id": names.contributions[row["idea"]] if "idea" in row else None,
            "title": row.get("title", ""),
            "text": row.get("text", ""),
            "owner_id": names.organisations[row["owner"]] if "owner" in row else None,
            "strategy_ids": [strategies[key] for key in row["strategies"]],
            "made_at": at(row["made_offset_days"]),
            "published_at": at(row.get("published_offset_days")),
            "retest_of": row.get("retest_of"),
            "agreements": told(row.get("agreements", {})),
            "assessors": [
                {
                    "user_id": names.users[one["user"]],
                    "organisation_id": names.organisations[one["organisation"]],
                    "is_finished": one.get("is_finished", True),
                    "themes": told(one.get("themes", {})),
                    "scores": {
                        key: {"score": score, "reason": reason}
                        for key, (score, reason) in one.get("scores", {}).items()
                    },
                }
                for one in row["assessors"]
            ],
            "is_example": True,
        }
    )
