"""What stands around the example ideas: own fields, co-signers, a request for access, one that rests."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.clock import COPENHAGEN
from app.core.policy import SYSTEM
from app.domain.contributions.ideas.recording import (
    put_answer_to_field,
    put_field,
    put_request,
    put_rest,
    put_signer,
)
from app.domain.contributions.ideas.schemas import IdeaFieldInput, Statement


def read_ideas() -> Record:
    return json.loads((Path(__file__).parent / "demo" / "ideas.json").read_text("utf-8"))


def put_ideas(session: Session, names: Names, begun: date) -> None:
    """All of it, after the ideas; days are counted from `begun`. What people changed stays."""
    facts = read_ideas()
    fields = [put_field(session, SYSTEM, IdeaFieldInput.model_validate(row)) for row in facts["fields"]]
    for row in facts["answers"]:
        idea_id = names.contributions[row["idea"]]
        put_answer_to_field(session, SYSTEM, idea_id, fields[row["field"]], row["value"])
    for row in facts["signers"]:
        put_signer(
            session,
            SYSTEM,
            names.contributions[row["idea"]],
            names.organisations[row["organisation"]],
            answer=row["answer"],
            asked_at=_at(begun, row["asked_offset_days"]),
        )
    for row in facts["requests"]:
        put_request(
            session,
            SYSTEM,
            names.contributions[row["idea"]],
            requester=row["requester"],
            opened_at=_at(begun, row["received_offset_days"]),
            hear_by=begun + timedelta(days=row["hear_by_offset_days"]),
            statements=[Statement(part=part, **said) for part, said in row["stances"].items()],
        )
    for row in facts["resting"]:
        put_rest(
            session,
            SYSTEM,
            names.contributions[row["idea"]],
            asked_at=_at(begun, row["asked_offset_days"]),
            rested_at=_at(begun, row["rested_offset_days"]),
        )


def _at(begun: date, days: int) -> datetime:
    return datetime.combine(begun + timedelta(days=days), time(12), COPENHAGEN)
