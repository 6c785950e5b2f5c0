"""A marked word in every place where something is confidential, and who may read each of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.contributions.ideas import attachments, drafting, extras, hearing, signing
from app.domain.contributions.ideas.models import (
    AccessRequest,
    HeardPart,
    IdeaAttachment,
    TypedIdea,
)
from app.domain.contributions.ideas.schemas import (
    AccessRequestInput,
    AttachmentInput,
    IdeaFieldInput,
    RulingInput,
    Statement,
    TypedInput,
)
from app.domain.contributions.models import Contribution, IdeaDetails
from app.domain.contributions.schemas import SECRET_PARTS, Extra, IdeaDraft, IdeaInput
from app.domain.contributions.service import save_idea_draft, send_idea
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.pressure_tests import schemas as pressing
from app.domain.pressure_tests import service as pressure
from app.domain.projects.own_projects import register_project
from app.domain.projects.schemas import OwnProjectInput
from app.domain.strategies.models import Strategy, Theme
from tests import pressed
from tests.access.world import World
from tests.core.documents.samples import make_pdf
from tests.noted import add_entry, ask_alone
from tests.people import People, add_actor
from tests.said import IDEA

# The columns of the table of rights (world.py) of who may read what is confidential in the vendor's idea.
OWN, STAFF, HERE = set("va"), set("SAw"), set("kfgp")


@dataclass
class Planted:
    """`words`: {marked word: (where it was put, who may read it)}. `places`: what fills addresses."""

    words: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    places: list[dict[str, object]] = field(default_factory=list)
    idea_ids: list[int] = field(default_factory=list)

    def mark(self, where: str, readers: set[str]) -> str:
        word = f"zvrk{len(self.words):03}qx"
        self.words[word] = (where, frozenset(readers))
        return word

    def sealed(self) -> dict[str, str]:
        """Those of what is confidential in ideas: no mail and no search holds one, whoever reads it."""
        parts = (
            "part",
            "reason",
            "own field",
            "words of",
            "title of a f",
            "name of",
            "who",
            "stance",
            "decision",
        )
        return {
            word: where
            for word, (where, _) in self.words.items()
            if where.startswith((*parts, "draft", "typed"))
        }

    def forbidden_to(self, letter: str) -> dict[str, str]:
        return {word: where for word, (where, readers) in self.words.items() if letter not in readers}


def plant(session: Session, world: World, storage: Storage, folder: Path) -> Planted:
    planted, people = Planted(), _people(world)
    idea = _plant_idea(session, planted, people)
    file = _attach(session, planted, people, storage, idea, folder)
    _be_heard(session, planted, people, idea)
    _ask_for_signatures(session, people, idea)
    _plant_drafts(session, planted, people)
    _test_alone(session, planted, people, world)
    _assess(session, planted, people, world, idea)
    _note(session, planted, people)
    session.flush()
    for place in planted.places:
        place.setdefault("attachment_id", file.id)
        place.setdefault("file_id", file.id)
        place.setdefault("folder", "ideer")
    return planted


def _people(world: World) -> People:
    """Those of the columns that have something confidential, or are asked."""
    by = world.people
    return _Known(by["v"], by["r"], by["k"], by["S"], by["A"])  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Known:
    vendor: Actor
    rival: Actor
    municipality: Actor
    staff: Actor
    admin: Actor


def _plant_idea(session: Session, planted: Planted, people: People) -> Contribution:
    asked = extras.add_field(
        session, people.staff, IdeaFieldInput(kind="text", label="Hvor mange borgere?", help="Cirka.")
    )
    readers = OWN | STAFF
    parts = {f"secret_{part}": planted.mark(f"part {part}", readers) for part in SECRET_PARTS}
    parts |= {f"reason_{part}": planted.mark(f"reason of {part}", readers) for part in SECRET_PARTS}
    own = Extra(secret=planted.mark("own field", readers), reason=planted.mark("reason of it", readers))
    given = IdeaInput.model_validate(IDEA | {"title": "Roligere nætter", "body": "Natholdet får ro."} | parts)
    idea = send_idea(session, people.vendor, given, 90, extras={asked.id: own})
    meeting = session.scalars(select(Meeting.id).where(Meeting.key == "10")).one()
    idea.meeting_id = meeting
    planted.idea_ids.append(idea.id)
    planted.places.append({"reference": idea.reference, "field_id": asked.id, "contribution_id": idea.id})
    return idea


def _attach(
    session: Session, planted: Planted, people: People, storage: Storage, idea: Contribution, folder: Path
) -> IdeaAttachment:
    readers = OWN | STAFF
    path = make_pdf(folder / "bilag", [("Bilag", [planted.mark("words of a file", readers)])])
    given = AttachmentInput(
        title=planted.mark("title of a file", readers),
        access="confidential",
        reason=planted.mark("reason of a file", readers),
    )
    name = planted.mark("name of a file", readers)
    return attachments.add_attachment(session, people.vendor, storage, idea.id, given, path, f"{name}.pdf")


def _be_heard(session: Session, planted: Planted, people: People, idea: Contribution) -> None:
    """One hearing that is decided, half of it released, and one that runs."""
    readers = OWN | STAFF
    for is_decided in (True, False):
        request = AccessRequestInput(
            requester=planted.mark("who asked for access", STAFF),
            received_on=today(),
            hear_by=today() + timedelta(7),
        )
        row = hearing.open_request(session, people.staff, idea.id, request)
        parts = [one.part for one in hearing.find_request(session, people.staff, row.id).parts]  # type: ignore[union-attr]
        said = [
            Statement(part=part, stance="keep", reason=planted.mark(f"stance on {part}", readers))
            for part in (parts if is_decided else parts[:3])
        ]
        hearing.state_views(session, people.vendor, row.id, said)
        if is_decided:
            rulings = [
                RulingInput(
                    part=part,
                    decision="release" if number % 2 else "keep",
                    reason=planted.mark(f"decision on {part}", readers),
                )
                for number, part in enumerate(parts)
            ]
            hearing.decide_access(session, people.staff, row.id, rulings, row.version)
        planted.places.append({"reference": idea.reference, "request_id": row.id})


def _ask_for_signatures(session: Session, people: People, idea: Contribution) -> None:
    """A rival that says no, and a municipality that has not answered."""
    rival = signing.ask_signer(session, people.vendor, idea.id, people.rival.organisation_id or 0)
    signing.answer_signing(session, people.rival, rival.id, False)
    signing.ask_signer(session, people.vendor, idea.id, people.municipality.organisation_id or 0)


def _plant_drafts(session: Session, planted: Planted, people: People) -> None:
    """A draft, which its organisation and staff read, and a form that is being typed: one person's alone."""
    secret = {f"secret_{part}": planted.mark(f"draft's {part}", OWN | STAFF) for part in SECRET_PARTS}
    secret |= {
        "reason_other": planted.mark("draft's reason", OWN | STAFF),
        "title": planted.mark("draft", OWN | STAFF),
    }
    draft = save_idea_draft(
        session, people.vendor, IdeaDraft.model_validate(IDEA | {"body": "En kladde."} | secret)
    )
    planted.places.append({"reference": draft.reference})
    typed = {name: planted.mark(f"typed {name}", set("v")) for name in ("title", "body", "secret_other")}
    drafting.keep_typed(session, people.vendor, TypedInput(key="laek-4711", fields=typed))
    planted.places.append({"key": "laek-4711"})


def _test_alone(session: Session, planted: Planted, people: People, world: World) -> None:
    """A municipality's own test of what is its own alone, and a project of its own."""
    strategy_id = _strategy_id(session)
    given = {
        "title": planted.mark("title of a private test", HERE),
        "text": planted.mark("text of a private test", HERE),
        "strategy_ids": [strategy_id],
        "themes": [
            {
                "theme_id": theme_id,
                "value": "hits",
                "reason": planted.mark("reason in a private test", HERE),
            }
            for theme_id in _theme_ids(session, strategy_id)
        ],
    }
    test = pressure.press_alone(session, people.municipality, pressing.AloneInput.model_validate(given))
    planted.places.append({"test_id": test.id, "number": test.id})
    project = OwnProjectInput(
        title=planted.mark("own project", HERE), text=planted.mark("text of an own project", HERE)
    )
    here = session.get_one(Organisation, people.municipality.organisation_id)
    row = register_project(session, add_actor(session, "Hanne Herchef", here, "admin"), project)
    planted.places.append({"project_id": row.id, "key": here.key})


def _strategy_id(session: Session) -> int:
    return session.scalars(select(Strategy.id).order_by(Strategy.id).limit(1)).one()


def _theme_ids(session: Session, strategy_id: int) -> list[int]:
    return list(session.scalars(select(Theme.id).where(Theme.strategy_id == strategy_id).order_by(Theme.id)))


def _assess(session: Session, planted: Planted, people: People, world: World, idea: Contribution) -> None:
    """What the first of two assessors says is that one's alone until the other is done too."""
    first, second = people.staff, people.admin
    test = pressed.begin(
        session, people.staff, first, second, strategy_id=_strategy_id(session), idea_id=idea.id
    )
    pressed.declare(session, test, first, second)
    themes: list[dict[str, Any]] = [
        {"theme_id": theme_id, "value": "not", "reason": planted.mark("an assessor's reason", set("S"))}
        for theme_id in pressed.theme_ids(session, test)
    ]
    own = pressed.own_row(session, test, first)
    given = {"themes": themes, "scores": [], "version": own.version}
    own = pressure.save_assessment(session, first, test.id, pressing.AssessmentInput.model_validate(given))
    pressure.finish(session, first, test.id, own.version)
    planted.places.append({"test_id": test.id, "number": test.id})


def _note(session: Session, planted: Planted, people: People) -> None:
    """What is noted on a vendor, what that one alone was handed, and a question that only staff answers."""
    readers = OWN | STAFF
    entry = add_entry(
        session,
        people,
        subject=planted.mark("what a meeting was on", readers),
        text=planted.mark("what was said at a meeting", readers),
        handouts=[
            {"title": planted.mark("handout", readers), "text": planted.mark("words of a handout", readers)}
        ],
    )
    planted.places.append({"entry_id": entry.id, "number": entry.id})
    said = ask_alone(
        session,
        people.vendor,
        title=planted.mark("asked alone", readers),
        body=planted.mark("its words", readers),
    )
    planted.places.append({"reference": said.reference})


def take_out_secrets(session: Session, planted: Planted) -> None:
    """The vendor's ideas as if nothing in them were confidential, and nobody had asked for it."""
    session.execute(delete(HeardPart))
    session.execute(delete(AccessRequest))
    session.execute(delete(TypedIdea))
    session.execute(delete(IdeaAttachment).where(IdeaAttachment.access == "confidential"))
    session.execute(
        update(IdeaDetails)
        .where(IdeaDetails.contribution_id.in_(planted.idea_ids))
        .values(confidential={}, confidential_reasons={})
    )
    session.flush()


def fillings(path_names: set[str], planted: Planted) -> Iterator[dict[str, object]]:
    """What fills an address with these names so that it leads to what was planted."""
    whole: dict[str, object] = {}
    for place in planted.places:
        whole = place | {name: value for name, value in whole.items() if name not in place}
        if path_names <= set(whole) and path_names & set(place):
            yield {name: whole[name] for name in path_names}
