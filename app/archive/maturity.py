"""Examples of how municipalities find themselves, digitally."""

import json
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.policy import SYSTEM
from app.domain.priorities.maturity import list_dimensions, put_assessments
from app.domain.priorities.schemas import AssessmentInput

_FACTS = Path(__file__).parent / "demo" / "maturity.json"


def put_example_maturity(session: Session, names: Names, begun: date) -> None:
    """All of it, after the dimensions and the municipalities. Whoever has assessments already gets none."""
    facts: Record = json.loads(_FACTS.read_text("utf-8"))
    ids = {one.key: one.id for one in list_dimensions(session, with_retired=True)}
    for record in facts["municipalities"]:
        organisation_id = names.organisations[record["organisation"]]
        made_by_id = names.users[record["made_by"]] if record["made_by"] else None
        given = [
            AssessmentInput.model_validate(
                {
                    "assessed_on": begun + timedelta(days=row["offset_days"]),
                    "note": row["note"],
                    "levels": [
                        {"dimension_id": ids[key], "level": level, "note": note}
                        for key, (level, note) in row["levels"].items()
                    ],
                }
            )
            for row in record["assessments"]
        ]
        put_assessments(session, SYSTEM, organisation_id, given, record["visibility"], made_by_id)
