"""What municipalities do together: needs with their own facts, networks, asking for contact, committees with
their recommendations, rounds in which needs are put in order, and digital maturity."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.bodies import recommending
from app.domain.bodies import service as bodies
from app.domain.bodies.models import Body
from app.domain.bodies.reading import add_reading
from app.domain.bodies.schemas import (
    BodyInput,
    BodyMeetingInput,
    MemberInput,
    ReadingInput,
    RecommendationInput,
)
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.schemas import NeedFacts
from app.domain.contributions.needs.service import join_need
from app.domain.imports.addresses import add_old_address
from app.domain.imports.columns import KINDS
from app.domain.imports.meeting_pages import read_page
from app.domain.imports.service import add_import
from app.domain.organisations.models import Organisation
from app.domain.organisations.networks import ask_municipalities
from app.domain.partners.schemas import ContactInput
from app.domain.partners.service import ask_for_contact, list_receivers
from app.domain.priorities import service as rounds
from app.domain.priorities.maturity import add_dimension, assess_maturity, retire_dimension
from app.domain.priorities.models import Decider, PriorityRound
from app.domain.priorities.schemas import AssessmentInput, DimensionInput, RoundInput
from tests.needed import add_municipality, add_need, add_network
from tests.people import People, add_actor

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]


def ally_things(session: Session, people: People, columns: dict[str, Actor], storage: Storage) -> Things:
    """Needs of Mona's municipality, with a network of it and the neighbour, for which none of the columns
    acts; and a committee that g leads, with the rapporteur as its secretary and f as a member."""
    mona, nabo = people.municipality, people.neighbour
    network, strategist = add_network(session, people, mona, nabo)
    outside = add_municipality(session, "Fjern Kommune")
    ask_municipalities(session, people.staff, network.id, [outside.organisation_id or 0])
    needs = {
        name: add_need(session, mona, title=title, visibility=level)
        for name, title, level in (
            ("need", "Vagtplaner", "public"),
            ("municipalities' need", "Sensorer", "municipalities"),
            ("own need", "Selvbetjening", "own"),
        )
    }
    join_need(session, nabo, needs["need"].id, NeedFacts())
    things: dict[str, Place] = {"need to write": {}, "network to found": {}, "body to make": {}}
    for name, need in needs.items():
        things[name] = {"reference": need.reference, "organisation_id": mona.organisation_id}
    things["neighbour's facts"] = things["need"] | {"organisation_id": nabo.organisation_id}
    things["network"] = {"key": network.key}
    given = ContactInput(organisation_id=nabo.organisation_id or 0)
    asked = ask_for_contact(session, mona, needs["need"].id, given)
    receiver = list_receivers(session, asked.id)[0]
    link: Place = {"request_id": asked.id, "user_id": receiver.user_id, "sealed": receiver.sealed}
    things |= {"contact": link, "wrong contact seal": link | {"user_id": mona.user_id}}
    things |= _sit(session, people, columns, needs["need"])
    things |= _order(session, strategist, people, network.id, [needs["need"], add_need(session, mona)])
    things |= _assess(session, people, columns)
    things |= _import(session, people, storage)
    fields = {
        "title": "Vagtplaner på tværs",
        "body": "Vi kan ikke se, hvem der mangler.",
        "text": "Udvalget indstiller det.",
        "name": "Fyrforeningen",
        "path": "/gammelt-moede",
        "kind": "section_17_4",
        "system_type": "personnel",
        "svar": "nej",
        "handling": "gem",
        "state": "in_progress",
        "happened_on": today().isoformat(),
        "held_on": today().isoformat(),
        "assessed_on": "2026-02-01",
        "version": "1",
        "organisation_id": str(nabo.organisation_id),
        "organisation_ids": str(nabo.organisation_id),
        "membership_id": str(mona.membership_id),
        "user_id": str(mona.user_id),
        "visibility": "public",
        "reason": "Det var en fejl",
    }
    return things, dict.fromkeys(things, fields)


def _sit(session: Session, people: People, columns: dict[str, Actor], need: Contribution) -> dict[str, Place]:
    things: dict[str, Place] = {}
    for name, level in (("body", "public"), ("members' body", "members")):
        words = {"kind": "section_17_4", "name": f"Udvalg {level}", "visibility": level}
        body = bodies.make_body(session, columns["g"], BodyInput.model_validate(words))
        bodies.name_secretary(session, columns["g"], body.id, columns["p"].membership_id or 0)
        things |= _fill(session, columns, need, body, name)
    foreign = things["members' body"]
    numbers = {one: foreign[one] for one in ("member_id", "meeting_id", "reading_id")}
    return things | {"body, with what is another's": things["body"] | numbers}


def _fill(
    session: Session, columns: dict[str, Actor], need: Contribution, body: Body, name: str
) -> dict[str, Place]:
    clerk = columns["p"]
    member = bodies.add_member(session, clerk, body.id, MemberInput(user_id=columns["f"].user_id))
    meeting = bodies.plan_body_meeting(session, clerk, body.id, BodyMeetingInput(held_on=today()))
    reading = add_reading(session, clerk, body.id, ReadingInput(contribution_id=need.id))
    place: Place = {
        "key": body.key, "member_id": member.id, "meeting_id": meeting.id, "reading_id": reading.id,
        "way": "op", "step": "behandlet",
    }  # fmt: skip
    made: dict[str, Place] = {name: place}
    for word in ("draft recommendation", "recommendation", "members' recommendation"):
        level = "members" if word.startswith("members") else "public"
        given = {"title": "Fælles login", "text": "Udvalget indstiller det.", "visibility": level}
        row = recommending.draft_recommendation(
            session, clerk, body.id, RecommendationInput.model_validate(given)
        )
        if not word.startswith("draft"):
            recommending.send_recommendation(session, clerk, row.id, row.version)
        made[f"{word} of {name}"] = place | {"number": row.number}
    return made


def _order(
    session: Session, strategist: Actor, people: People, network_id: int, needs: list[Contribution]
) -> dict[str, Place]:
    """A round open to all, the network's own, and one that is being prepared; Mona decides in each."""
    things: dict[str, Place] = {}
    for name, level in (("round of needs", "public"), ("own round", "own"), ("draft round", "public")):
        given = {
            "network_id": network_id,
            "title": name,
            "criteria": [{"name": "Effekt"}],
            "need_ids": [one.id for one in needs],
            "decider_ids": [people.municipality.user_id, people.neighbour.user_id],
            "visibility": level,
        }
        made: PriorityRound = rounds.make_round(session, strategist, RoundInput.model_validate(given))
        if name != "draft round":
            rounds.open_round(session, strategist, made.id, made.version)
        decider = session.query(Decider).filter_by(round_id=made.id).order_by(Decider.id).first()
        assert decider
        things[name] = {"key": made.key, "decider_id": decider.id}
    return things


def _assess(session: Session, people: People, columns: dict[str, Actor]) -> dict[str, Place]:
    asked = add_dimension(session, people.staff, DimensionInput(name="Data"))
    gone = add_dimension(session, people.staff, DimensionInput(name="Ledelse"))
    retire_dimension(session, people.staff, gone.id, gone.version)
    there = session.get_one(Organisation, people.neighbour.organisation_id)
    boss = add_actor(session, "Nora Nabochef", there, "admin")
    things: dict[str, Place] = {
        "dimension": {"dimension_id": asked.id},
        "retired dimension": {"dimension_id": gone.id},
    }
    for name, actor in (("assessment", columns["g"]), ("neighbour's assessment", boss)):
        given = {"assessed_on": "2026-01-01", "levels": [{"dimension_id": asked.id, "level": 2}]}
        row = assess_maturity(session, actor, AssessmentInput.model_validate(given))
        key = session.get_one(Organisation, actor.organisation_id).key
        things[name] = {"key": key, "assessment_id": row.id}
    elsewhere = things["neighbour's assessment"]["assessment_id"]
    return things | {"assessment elsewhere": things["assessment"] | {"assessment_id": elsewhere}}


def _import(session: Session, people: People, storage: Storage) -> dict[str, Place]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "møder.csv"
        path.write_text("tabel;nummer;titel;dato\r\nmøde;8;Fælles data;5.11.2019\r\n", "utf-8-sig")
        taken = add_import(session, people.staff, storage, path, "møder.csv")
    add_old_address(session, people.staff, "/gammelt-moede", "/moeder/10")
    page = read_page(session, people.staff, b"<h1>Dialogm\xc3\xb8de</h1><p>Program</p>")
    return {
        "import": {"import_id": taken.id},
        "template of an import": {"kind": KINDS[0]},
        "template of nothing": {"kind": "moeder"},
        "address of before": {},
        "page of a meeting": {"page_id": page.id},
        "job by the clock": {"name": "search.refresh_vocabulary"},
        "job that something sets off": {"name": "search.index"},
    }
