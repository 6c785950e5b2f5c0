"""Puts the examples of needs in, and an example network that gathers some of them."""

import json
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.policy import SYSTEM
from app.domain.contributions.needs.schemas import NeedRecord
from app.domain.contributions.needs.service import put_need
from app.domain.organisations.networks import NetworkFacts, put_network
from app.domain.users.models import Membership
from app.domain.users.strategists import name_strategist

EXAMPLES = Path(__file__).parent / "demo" / "needs.json"


def put_example_needs(session: Session, names: Names, begun: date) -> None:
    """The example needs, with their days counted from the day on which the examples were put in."""
    given = json.loads(EXAMPLES.read_text("utf-8"))
    network_id = _put_network(session, names, given["network"])
    for row in given["needs"]:
        need = put_need(session, SYSTEM, _read(row, names, network_id, begun))
        names.contributions[row["key"]] = need.id


def _put_network(session: Session, names: Names, row: Record) -> int:
    values = {
        key: value for key, value in row.items() if key not in ("organisation", "members", "strategist")
    }
    network = put_network(
        session,
        SYSTEM,
        NetworkFacts.model_validate(
            values
            | {
                "organisation_id": names.organisations[row["organisation"]],
                "member_ids": [names.organisations[key] for key in row["members"]],
                "is_example": True,
            }
        ),
    )
    membership_id = session.scalars(
        select(Membership.id).where(
            Membership.user_id == names.users[row["strategist"]],
            Membership.organisation_id == network.organisation_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    ).one_or_none()
    if membership_id is not None and network.closed_at is None:
        name_strategist(session, SYSTEM, network.id, membership_id)
    return network.id


def _read(row: Record, names: Names, network_id: int, begun: date) -> NeedRecord:
    def on(days: int) -> date:
        return begun + timedelta(days=days)

    municipalities = [
        {"organisation_id": names.organisations[one["organisation"]]}
        | {key: value for key, value in one.items() if key != "organisation"}
        for one in row["municipalities"]
    ]
    return NeedRecord.model_validate(
        {
            "key": row["key"],
            "title": row["title"],
            "body": row["body"],
            "system_type": row["system_type"],
            "kle": row["kle"],
            "visibility": row.get("visibility", "public"),
            "on_behalf_of_id": names.organisations[row["organisation"]],
            "entered_by_id": names.users[row["entered_by"]],
            "network_id": network_id if row.get("network") else None,
            "theme_ids": [names.themes[key] for key in row["themes"]],
            "received_on": on(row["received_offset_days"]),
            "municipalities": municipalities,
            "states": [(state, on(days), note) for state, days, note in row["states"]],
            "is_example": True,
        }
    )
