"""What stood beside the numbered meetings is in the archive, each as what it was."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.gatherings import as_meeting, put_gathering_body, put_gathering_scheme, put_maturity
from app.archive.loading import put_municipalities, put_organisations
from app.archive.names import Names
from app.core.policy import STRANGER, SYSTEM
from app.domain.bodies.queries import find_body
from app.domain.meetings.queries import find_meeting, list_items
from app.domain.meetings.recording import put_meeting
from app.domain.meetings.schemas import MeetingFacts
from app.domain.organisations.networks import find_network
from app.domain.priorities.maturity import list_dimensions
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.strategists import list_network_persons
from tests.reading import put_the_strategies, read_facts


def test_the_four_cases_and_the_conversation_stand_each_as_what_it_was(session: Session) -> None:
    names, gatherings = Names(), {record["kind"]: record for record in read_facts("gatherings")}
    put_organisations(session, names, read_facts("organisations"))
    put_municipalities(session, names, read_facts("municipalities"))
    put_the_strategies(session)
    for record in (gatherings["panel"], as_meeting(gatherings["conversation"])):
        put_meeting(session, SYSTEM, MeetingFacts.model_validate(record))
    for _ in range(2):
        put_gathering_body(session, gatherings["body"])
        put_gathering_scheme(session, names, gatherings["scheme"])
        put_maturity(session, read_facts("maturity"))
    panel = find_meeting(session, STRANGER, "folkemoedet-2017-disruption")
    talk = find_meeting(session, STRANGER, "ballerup-dialog-2018")
    body = find_body(session, STRANGER, "ballerup-udvalg")
    network = find_network(session, "fyrbodal-strateg")
    assert panel is not None and talk is not None and body is not None and network is not None
    people = [(one.name, one.title) for one in list_network_persons(session, network.id)]
    policy = select(Theme.name).join(Strategy, Strategy.id == Theme.strategy_id)
    policy = policy.where(Strategy.key == "esbjerg-digitaliseringspolitik").order_by(Theme.position)
    themes = list(session.scalars(policy))
    dimensions = list_dimensions(session)
    (item,) = list_items(session, panel.id)
    (told,) = list_items(session, talk.id)
    assert [one.name for one in told.people] == ["Mikkel Bardram", "Jesper Würtzen"]
    assert [task.title for task in item.tasks] == [
        "Gearskifte",
        "Kommunale it-løsninger",
        "Udfordringer og dilemmaer",
    ]
    assert (body.card.owner, body.card.kind, body.card.kind_certainty) == (
        "Ballerup Kommune",
        "section_17_4",
        "inferred",
    )
    assert (len(body.mandate), [one.text for one in body.advises]) == (
        4,
        ["Økonomiudvalget", "de relevante fagudvalg"],
    )
    assert body.acts_by == "rådgivning og indstilling"
    assert (network.country, network.lasts, network.programme, len(network.tasks)) == (
        "SE",
        "to år",
        "Kraftsamling digitalisering",
        6,
    )
    assert network.financed_by == "Västra Götalandsregionen og VästKom"
    assert [name for name, _ in people] == ["Sara Herrman", "Titti Andersson"]
    assert themes == [
        "Morgendagens velfærdsteknologi",
        "Sammenhængende service",
        "En smart kommune",
        "Effektive administrative processer",
        "Kompetencer til fremtiden",
    ]
    assert (talk.date_certainty, talk.held_on.isoformat()) == ("article_date", "2018-10-17")
    assert [one.source for one in dimensions] == [""] * 7
