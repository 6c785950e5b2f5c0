"""What stands beside the numbered meetings, each as what it was: a committee, a shared strategist, a talk.

The panel is put in with the meetings, and the policy with the strategies.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.policy import SYSTEM
from app.domain.bodies.schemas import BodyFacts
from app.domain.bodies.service import put_body
from app.domain.organisations.networks import NetworkFacts, put_network
from app.domain.priorities.maturity import put_dimension
from app.domain.priorities.schemas import DimensionFacts
from app.domain.users.queries import find_persons_by_name
from app.domain.users.service import add_person
from app.domain.users.strategists import put_network_persons


def put_gathering_body(session: Session, record: Record) -> None:
    """A committee with its mandate and whom it advises."""
    values = {
        "key": record["key"],
        "kind": record["body_kind"],
        "kind_certainty": record["body_kind_certainty"],
        "organisation": record["organisation"],
        "name": record["title_da"],
        "name_en": record["title_en"],
        "about": record["fact_da"],
        "about_en": record["fact_en"],
        "acts_by": record["acts_by_da"],
        "acts_by_en": record["acts_by_en"],
        "mandate": record["mandate_da"],
        "mandate_en": record["mandate_en"],
        "advises": record["advises_da"],
        "advises_en": record["advises_en"],
        "source_note": f"{record['source_note_da']} {record['body_kind_note_da']}".strip(),
    }
    put_body(session, SYSTEM, BodyFacts.model_validate(values))


def put_gathering_scheme(session: Session, names: Names, record: Record) -> None:
    """What a network of municipalities shares: who does what, who pays, for how long, and who was told of."""
    persons = [(person["name"], person["title_da"]) for person in record["people"]]
    given = NetworkFacts(
        key=record["key"],
        name=record["title_da"],
        text=f"{in_a_row(record['organisations_da'])}.",
        organisation_id=names.organisations[record["organisation"]],
        country=record["country"],
        tasks=record["does_da"],
        financed_by=in_a_row(record["financed_by"]),
        lasts=record["duration_da"],
        programme=record["region_programme"],
        certainty_note=record["source_note_da"],
    )
    network = put_network(session, SYSTEM, given)
    known = find_persons_by_name(session, [name for name, _ in persons])
    ids = {
        name: known[name] if name in known else add_person(session, SYSTEM, name, is_example=False).id
        for name, _ in persons
    }
    put_network_persons(session, SYSTEM, network.id, [(ids[name], title) for name, title in persons])


def as_meeting(record: Record) -> Record:
    """A conversation that was told of in an article, in the shape of a meeting with one item: the talk."""
    item: dict[str, Any] = {
        "key": f"{record['key']}-01",
        "order": 1,
        "kind": "talk",
        "title_da": record["title_da"],
        "title_en": record["title_en"],
        "summary_da": record["topic_da"],
        "summary_en": record["topic_en"],
        "note_da": record["strategy_note_da"],
        "people": record["people"],
    }
    return {
        "key": record["key"],
        "series": record["series"],
        "series_name_da": record["series_name_da"],
        "short_title_da": record["title_da"],
        "short_title_en": record["title_en"],
        "date": record["date"],
        "date_certainty": record["date_certainty"],
        "date_note_da": record["date_note_da"],
        "format_certainty": "unknown",
        "introduction_da": f"{record['occasion_da']}.",
        "introduction_en": f"{record['occasion_en']}.",
        "completeness_da": record["completeness_da"],
        "completeness_en": record["completeness_en"],
        "source_urls": record["source_urls"],
        "source_note_da": record["source_note_da"],
        "agenda": [item],
    }


def put_maturity(session: Session, records: Sequence[Record]) -> None:
    """The dimensions in which municipalities can assess themselves: the forum's own, so without a source."""
    for record in records:
        put_dimension(session, SYSTEM, DimensionFacts.model_validate(record))


def in_a_row(names: Sequence[str]) -> str:
    """a, b og c"""
    return " og ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
