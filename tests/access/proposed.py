"""What stands around ideas: who signs along, files, forms being typed, hearings and own fields; and the
pressure tests of ideas, of projects, and those that a municipality keeps to itself."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.core.storage import Storage
from app.domain.contributions import service as contributions
from app.domain.contributions.ideas import attachments, drafting, extras, hearing, resting, signing
from app.domain.contributions.ideas.schemas import (
    AccessRequestInput,
    AttachmentInput,
    IdeaFieldInput,
    RulingInput,
    Statement,
    TypedInput,
)
from app.domain.contributions.models import Contribution
from app.domain.moderation.schemas import HideInput
from app.domain.moderation.service import hide
from app.domain.pressure_tests import criteria
from app.domain.pressure_tests import service as pressure
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.pressure_tests.schemas import AloneInput, CriterionInput
from app.domain.strategies.models import Strategy, Theme
from tests import pressed
from tests.core.documents.samples import make_pdf
from tests.people import People
from tests.said import SECRET, add_idea

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]

TYPED_KEY = "7d0c5c1e-9a54-4f0e-8f4e-2b1f6a3c9d10"


def propose_things(
    session: Session, people: People, columns: dict[str, Actor], storage: Storage, known: dict[str, Place]
) -> Things:
    """The vendor's ideas, of which some are withdrawn or hidden in the end. The rival says yes to signing
    along, the municipality is asked to.

    `known`: what there is already.
    """
    ideas = _send_ideas(session, people)
    made = [
        _sign(session, people, ideas, known),
        _attach(session, people, storage, ideas),
        _type(session, people),
        _hear(session, people, ideas),
        _ask_more(session, people),
        _press(session, people, columns, ideas),
    ]
    things: dict[str, Place] = {name: {"reference": idea.reference} for name, idea in ideas.items()}
    return things | {name: place for found, _fields in made for name, place in found.items()}, {
        name: given for _things, fields in made for name, given in fields.items()
    }


# --- ideas


def _send_ideas(session: Session, people: People) -> dict[str, Contribution]:
    """Each with a confidential half; to those that are signed the rival has said yes."""
    titles = {
        "heard idea": "Varme på tværs",
        "signed idea": "Fælles vagtplan",
        "signed, withdrawn idea": "Tavler i bussen",
        "signed, hidden idea": "Robotter i køkkenet",
        "resting idea": "Lys efter behov",
        "disputed idea": "Vand i kælderen",
    }
    ideas = {name: add_idea(session, people.vendor, title=title, **SECRET) for name, title in titles.items()}
    for name, idea in ideas.items():
        if name.startswith("signed"):
            asked = signing.ask_signer(session, people.vendor, idea.id, people.rival.organisation_id or 0)
            signing.answer_signing(session, people.rival, asked.id, True)
    resting.rest_idea(session, people.vendor, ideas["resting idea"].id)
    return ideas


def _hide(session: Session, staff: Actor, idea: Contribution) -> None:
    session.refresh(idea)
    words = HideInput(reason="personal_data", words="Navne", version=idea.version)
    hide(session, staff, idea.id, words)


def _sign(
    session: Session, people: People, ideas: dict[str, Contribution], known: dict[str, Place]
) -> Things:
    signed, rival = ideas["signed idea"], people.rival.organisation_id or 0
    yes = signing.find_signed(session, people.rival, signed.reference)
    assert yes
    asked = signing.ask_signer(session, people.vendor, signed.id, people.municipality.organisation_id or 0)
    reference = known["idea draft"]["reference"]
    draft = session.scalars(select(Contribution.id).where(Contribution.reference == reference)).one()
    of_draft = signing.ask_signer(session, people.vendor, draft, rival)
    things: dict[str, Place] = {
        "signature": {"signer_id": yes.signer_id},
        "question to sign": {"signer_id": asked.id},
        "question to sign a draft": {"signer_id": of_draft.id},
        "signer of an idea": {"reference": signed.reference},
        "signer of a draft": {"reference": reference},
    }
    fields = {name: {"answer": "no", "organisation_id": str(rival)} for name in things}
    return things, fields | {"signed idea": {"organisation_id": str(people.neighbour.organisation_id)}}


def _attach(session: Session, people: People, storage: Storage, ideas: dict[str, Contribution]) -> Things:
    """Open files and confidential ones; one is taken away, and two of the ideas are, with theirs."""
    open_, secret = {"title": "Tegning"}, {"title": "Priser", "access": "confidential", "reason": "Priser"}
    wanted = {
        "open file": ("signed idea", open_),
        "confidential file": ("signed idea", secret),
        "removed file": ("signed idea", open_),
        "open file of a withdrawn idea": ("signed, withdrawn idea", open_),
        "open file of a hidden idea": ("signed, hidden idea", open_),
        "confidential file of a hidden idea": ("signed, hidden idea", secret),
    }
    things: dict[str, Place] = {}
    with TemporaryDirectory() as folder:
        path = make_pdf(Path(folder) / "bilag", [("Bilag", ["Et bilag"])])
        for name, (idea, given) in wanted.items():
            row = attachments.add_attachment(
                session, people.vendor, storage, ideas[idea].id,
                AttachmentInput.model_validate(given), path, "bilag.pdf",
            )  # fmt: skip
            things[name] = {"reference": ideas[idea].reference, "attachment_id": row.id}
    attachments.remove_attachment(session, people.vendor, int(str(things["removed file"]["attachment_id"])))
    contributions.withdraw(session, people.vendor, ideas["signed, withdrawn idea"].id)
    _hide(session, people.staff, ideas["signed, hidden idea"])
    elsewhere = things["open file"] | {"reference": ideas["heard idea"].reference}
    return things | {"file of another idea": elsewhere}, {}


def _type(session: Session, people: People) -> Things:
    given = TypedInput(key=TYPED_KEY, fields={"title": "Vagtplan", "secret_other": "Hemmeligt"})
    drafting.keep_typed(session, people.vendor, given)
    fields = {"key": TYPED_KEY, "kladde": TYPED_KEY, "title": "Vagtplan", "typed_version": "1"}
    return {"typed idea": {"key": TYPED_KEY}, "form of it": {}}, {"form of it": fields}


# --- hearings and own fields


def _hear(session: Session, people: People, ideas: dict[str, Contribution]) -> Things:
    """One that runs, of the idea that is signed along, and one that is decided."""
    given = AccessRequestInput(requester="Avisen", received_on=today(), hear_by=today() + timedelta(days=7))
    running = hearing.open_request(session, people.staff, ideas["signed idea"].id, given)
    decided = hearing.open_request(session, people.staff, ideas["heard idea"].id, given)
    (part,) = SECRET.keys() - {"reason_technology"}
    name = part.removeprefix("secret_")
    agreed = Statement.model_validate({"part": name, "stance": "agree"})
    hearing.state_views(session, people.vendor, decided.id, [agreed])
    session.refresh(decided)
    ruling = RulingInput.model_validate({"part": name, "decision": "release", "reason": "Ejeren er enig"})
    hearing.decide_access(session, people.staff, decided.id, [ruling], decided.version)
    session.refresh(running)
    things: dict[str, Place] = {
        "hearing": {"reference": ideas["signed idea"].reference, "request_id": running.id},
        "decided hearing": {"reference": ideas["heard idea"].reference, "request_id": decided.id},
        "hearing of another idea": {"reference": ideas["heard idea"].reference, "request_id": running.id},
        "idea to hear of": {},
    }
    fields = {
        "version": str(running.version),
        "hear_by": (today() + timedelta(days=14)).isoformat(),
        "received_on": today().isoformat(),
        "requester": "Avisen",
        "reference": ideas["resting idea"].reference,
    } | {
        f"{word}{sign}{part.part}": given
        for part in hearing.find_request(session, people.staff, running.id).parts  # type: ignore[union-attr]
        for word, sign, given in (
            ("stance", "-", "keep"),
            ("reason", "-", "Det er vores"),
            ("decision", "_", "keep"),
            ("reason", "_", "Det er deres"),
        )
    }
    return things, dict.fromkeys(things, fields)


def _ask_more(session: Session, people: People) -> Things:
    asked = IdeaFieldInput(kind="text", label="Hvem har prøvet det?")
    row = extras.add_field(session, people.staff, asked)
    fields = {"kind": "text", "label": "Hvem har prøvet det før?", "version": "1", "way": "ned"}
    return {"idea field": {"field_id": row.id}, "fields to add": {}}, dict.fromkeys(
        ("idea field", "fields to add"), fields
    )


# --- pressure tests


def _press(
    session: Session, people: People, columns: dict[str, Actor], ideas: dict[str, Contribution]
) -> Things:
    """Of staff: one that runs, with staff and the municipality's Mona as assessors, who has not said whether
    she has a conflict; one on which two are apart; one that is out, and one of an idea that was hidden since.
    Of the municipality: one that is its own, one that is assessed, and one that it has opened to staff."""
    staff, mona, guide = people.staff, people.municipality, columns["f"]
    strategy_id = session.scalars(select(Strategy.id).where(Strategy.key == "strategi-2026")).one()
    many = len(session.scalars(select(Theme.id).where(Theme.strategy_id == strategy_id)).all())

    def begin(leader: Actor, *assessors: Actor, **given: object) -> PressureTest:
        return pressed.begin(session, leader, *assessors, strategy_id=strategy_id, **given)

    def done(test: PressureTest, one: Actor, other: Actor, value: str = "hits") -> PressureTest:
        pressed.declare(session, test, one, other)
        pressed.finish(session, test, one, *["hits"] * many)
        pressed.finish(session, test, other, *[value] * many)
        return test

    running = begin(staff, staff, mona, idea_id=ideas["heard idea"].id)
    pressed.declare(session, running, staff)
    tests = {
        "test": running,
        "test apart": done(begin(staff, staff, mona, idea_id=ideas["disputed idea"].id), staff, mona, "not"),
        "published test": done(begin(staff, staff, mona, idea_id=ideas["resting idea"].id), staff, mona),
        "own test": _press_alone(session, mona, strategy_id),
        "own test under way": begin(mona, mona, guide, title="Vores egen", text="Kun for os"),
        "opened test": done(begin(mona, mona, guide, title="Vores anden", text="Kun for os"), mona, guide),
    }
    hidden = add_idea(session, people.vendor, title="Regn i tanken")
    tests["test of a hidden idea"] = done(begin(staff, staff, mona, idea_id=hidden.id), staff, mona)
    for name in ("published test", "test of a hidden idea"):
        pressure.publish_test(session, staff, tests[name].id)
    pressure.open_test(session, mona, tests["opened test"].id)
    _hide(session, staff, hidden)
    things: dict[str, Place] = {}
    fields: dict[str, Fields] = {}
    for name, test in tests.items():
        things[name] = {"test_id": test.id, "assessor_id": _first_assessor(session, test)}
        fields[name] = _carry(session, test, strategy_id, columns["p"])
    things["assessor of another test"] = things["test"] | {"assessor_id": things["test apart"]["assessor_id"]}
    kept = criteria.add_criterion(session, staff, CriterionInput(name="Nytte", weight=2))
    gone = criteria.add_criterion(session, staff, CriterionInput(name="Pris", weight=2))
    criteria.retire_criterion(session, staff, gone.id, gone.version)
    of_criteria = {"criterion": kept, "retired criterion": gone}
    for name, criterion in of_criteria.items():
        session.refresh(criterion)
        things[name] = {"criterion_id": criterion.id}
        fields[name] = {"name": "Værdi", "weight": "3", "version": str(criterion.version)}
    return things | {"tests to begin": {}}, fields | {"tests to begin": fields["test"]}


def _press_alone(session: Session, actor: Actor, strategy_id: int) -> PressureTest:
    ids = session.scalars(select(Theme.id).where(Theme.strategy_id == strategy_id).order_by(Theme.id))
    said = [{"theme_id": one, "value": "hits", "reason": "Det gør det"} for one in ids]
    given = {"title": "Vores tredje", "text": "Kun for os", "strategy_ids": [strategy_id], "themes": said}
    return pressure.press_alone(session, actor, AloneInput.model_validate(given))


def _first_assessor(session: Session, test: PressureTest) -> int:
    rows = select(Assessor.id).where(Assessor.test_id == test.id).order_by(Assessor.id)
    return session.scalars(rows.limit(1)).one()


def _carry(session: Session, test: PressureTest, strategy_id: int, other: Actor) -> Fields:
    """All that a form about a test may carry."""
    session.refresh(test)
    held = pressed.theme_ids(session, test)
    return {
        "version": str(test.version),
        "theme_id": str(held[0]),
        "strategy_ids": str(strategy_id),
        "assessor_ids": str(other.user_id),
        "user_id": str(other.user_id),
        "subject": "Vores fjerde",
        "reason": "Det kom for tidligt",
        "has_conflict": "0",
    } | {f"{word}-{one}": said for one in held for word, said in (("fit", "partly"), ("why", "Lidt"))}
