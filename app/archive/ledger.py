"""The example of equal treatment: a tender on its way, who was met about it, and what all have got.

Days are counted from the day on which the examples were first loaded.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.archive.following_up import Days
from app.archive.names import Names, Record
from app.core.policy import SYSTEM
from app.domain.ledger.recording import put_entry, put_request, put_tender
from app.domain.ledger.schemas import EntryFacts, RequestFacts, TenderFacts


def put_ledger(session: Session, names: Names, begun: date, facts: Record) -> None:
    """All of it, after the people and the organisations."""
    days = Days(begun)
    tenders = {
        row["key"]: put_tender(session, SYSTEM, _tender(names, days, row)).id for row in facts["tenders"]
    }
    entries = {
        row["key"]: put_entry(session, SYSTEM, _entry(names, days, tenders, row)).id
        for row in facts["entries"]
    }
    for row in facts["requests"]:
        put_request(
            session,
            SYSTEM,
            RequestFacts(
                entry_id=entries[row["entry"]],
                organisation_id=names.organisations[row["organisation"]],
                text=row["text"],
                asked_by_id=names.users[row["asked_by"]],
                asked_at=days.at(row["asked_offset_days"]),
            ),
        )


def _dated(days: Days, row: Record, name: str) -> dict[str, Any]:
    """The record with `name` as a day, counted from the beginning."""
    rest = {key: value for key, value in row.items() if key != f"{name}_offset_days"}
    return rest | {f"{name}_on": days.on(row.get(f"{name}_offset_days"))}


def _tender(names: Names, days: Days, row: Record) -> TenderFacts:
    dated = _dated(days, row, "expected")
    dated["published_at"] = days.at(dated.pop("published_offset_days"))
    dated["organisation_id"] = names.organisations[dated.pop("organisation")]
    dated["notices"] = [_dated(days, notice, "announced") for notice in row["notices"]]
    return TenderFacts.model_validate(dated | {"is_example": True})


def _entry(names: Names, days: Days, tenders: dict[str, int], row: Record) -> EntryFacts:
    dated = _dated(days, row, "happened")
    dated["noted_at"] = days.at(row["happened_offset_days"])
    dated["tender_id"] = tenders.get(dated.pop("tender") or "")
    dated["organisation_ids"] = [names.organisations[key] for key in dated.pop("organisations")]
    dated["staff_ids"] = [names.users[key] for key in dated.pop("staff")]
    dated["handouts"] = [_dated(days, handout, "published") for handout in row["handouts"]]
    return EntryFacts.model_validate(dated | {"is_example": True})
