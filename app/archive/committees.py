"""Puts an example committee with its papers in, and rounds in which directors put needs in order."""

import json
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.policy import SYSTEM
from app.domain.bodies.recording import PapersFacts, put_papers
from app.domain.bodies.schemas import BodyFacts
from app.domain.bodies.service import put_body
from app.domain.organisations.network_models import Network
from app.domain.priorities.recording import RoundFacts, put_round
from app.domain.projects.own_models import OwnProject
from app.domain.users.service import add_user, put_member

EXAMPLES = Path(__file__).parent / "demo" / "bodies.json"
NETWORK = "eksempelnetvaerket"


def put_committees(session: Session, names: Names, begun: date) -> None:
    """The example committee, its people, and the rounds of the example network; their days are counted from
    the day on which the examples were put in."""
    given = json.loads(EXAMPLES.read_text("utf-8"))
    members = {row["key"]: _put_user(session, names, row) for row in given["users"]}
    body = put_body(session, SYSTEM, BodyFacts.model_validate(given["body"]))
    put_papers(session, SYSTEM, body, _read_papers(session, given, names, members, begun))
    network_id = session.scalars(select(Network.id).where(Network.key == NETWORK)).one()
    for row in given["rounds"]:
        put_round(session, SYSTEM, _read_round(row, names, network_id, begun))


def _put_user(session: Session, names: Names, row: Record) -> int:
    """The membership of an invented person."""
    user = add_user(session, row["email"], row["name"], is_example=True)
    names.users[row["key"]] = user.id
    organisation_id = names.organisations[row["organisation"]]
    return put_member(session, SYSTEM, user, organisation_id, row["title_da"], row["membership_role"]).id


def _read_papers(
    session: Session, given: Record, names: Names, members: dict[str, int], begun: date
) -> PapersFacts:
    projects = {row.key: row.id for row in session.execute(select(OwnProject.key, OwnProject.id))}

    def on(days: int) -> date:
        return begun + timedelta(days=days)

    def subject(row: Record) -> Record:
        return {
            "contribution_id": names.contributions[row["contribution"]] if "contribution" in row else None,
            "own_project_id": projects[row["own_project"]] if "own_project" in row else None,
        }

    def rest(row: Record, *names: str) -> Record:
        return {key: value for key, value in row.items() if key not in names}

    return PapersFacts.model_validate(
        {
            "seats": [rest(row, "user") | {"user_id": names.users[row["user"]]} for row in given["seats"]],
            "secretary_ids": [members[key] for key in given["secretaries"]],
            "days": [
                rest(row, "held_offset_days") | {"held_on": on(row["held_offset_days"])}
                for row in given["days"]
            ],
            "recommendations": [
                rest(row, "contribution", "own_project", "by", "drafted_offset_days", "steps")
                | subject(row)
                | {
                    "drafted_by_id": names.users[row["by"]],
                    "drafted_on": on(row["drafted_offset_days"]),
                    "steps": [
                        rest(step, "offset_days") | {"on": on(step["offset_days"])} for step in row["steps"]
                    ],
                }
                for row in given["recommendations"]
            ],
            "readings": [
                rest(row, "contribution", "own_project") | subject(row) for row in given["readings"]
            ],
        }
    )


def _read_round(row: Record, names: Names, network_id: int, begun: date) -> RoundFacts:
    days = {
        f"{name}_on": begun + timedelta(days=row[f"{name}_offset_days"])
        for name in ("made", "opened", "closes", "published")
        if f"{name}_offset_days" in row
    }
    values = {key: value for key, value in row.items() if not key.endswith("_offset_days")}
    values["need_ids"] = [names.contributions[key] for key in values.pop("needs")]
    values["deciders"] = [
        {key: value for key, value in one.items() if key not in ("user", "organisation")}
        | {
            "user_id": names.users[one["user"]],
            "organisation_id": names.organisations[one["organisation"]],
        }
        for one in values["deciders"]
    ]
    return RoundFacts.model_validate(values | days | {"network_id": network_id, "is_example": True})
