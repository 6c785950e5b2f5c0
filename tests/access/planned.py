"""How far things have come and what stops them; and what municipalities have of their own: a policy, its
drafts, who writes it, projects, and a committee's report."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.pipeline import service
from app.domain.pipeline.schemas import BarrierInput, StageInput
from app.domain.pipeline.service import Thing
from app.domain.projects.models import Project
from app.domain.projects.own_projects import register_project, remove_own_project
from app.domain.projects.schemas import OwnProjectInput
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.own_policy import choose_writer, publish_policy, save_policy_draft
from app.domain.strategies.schemas import PolicyDraftInput, PolicyPublishInput, ThemeLinkInput
from tests.people import People, add_actor
from tests.reading import put_a_project

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]

WORDS = {
    "name": "Digital politik",
    "owner": "Økonomiudvalget",
    "themes": [{"name": "Velfærd", "target_groups": ["Borgere"]}, {"name": "Grønt"}],
}


def plan_things(
    session: Session, people: People, columns: dict[str, Actor], known: dict[str, Place]
) -> Things:
    """Of Vera's municipality and of the neighbour's the same; the rapporteur is chosen to write here.

    `known`: what there is already.
    """
    here = _settle(session, columns["g"], columns["p"])
    there_admin = add_actor(
        session, "Nanna Naboadmin", session.get_one(Organisation, people.neighbour.organisation_id), "admin"
    )
    there = _settle(session, there_admin, None)
    put_a_project(session, "sp-here", title="Signatur her", authority=here["municipality"]["key"])
    things: dict[str, Place] = {
        "policy": here["policy"],
        "edition elsewhere": here["policy"] | {"key": there["policy"]["key"]},
        "own municipality": here["municipality"],
        "neighbouring municipality": there["municipality"],
        "colleague": here["municipality"],
        "link of the policy": here["link"],
        "link of another policy": here["link"] | {"link_id": there["link"]["link_id"]},
        "signature project here": here["municipality"] | {"project_key": "sp-here"},
        "signature project of others": here["municipality"] | {"project_key": "sp-1"},
        "open project": here["open"],
        "own project": here["own"],
        "removed project": here["removed"],
        "neighbour's open project": there["open"],
        "neighbour's own project": there["own"],
        "project elsewhere": here["open"] | {"key": there["municipality"]["key"]},
        "committee's report": here["municipality"],
        "municipality's own report": here["municipality"],
    }
    of_policy = {
        "version": "1",
        "name": "Digital politik",
        "theme-1-name": "Velfærd",
        "title": "Kloge lygter",
        "text": "De lyser, når nogen kommer.",
        "visibility": "own",
        "theme_ids": str(here["themes"]["own"]),
        "from_theme_id": str(here["themes"]["other"]),
        "to_theme_id": str(here["themes"]["joint"]),
    }
    fields = dict.fromkeys(things, of_policy) | {
        "colleague": {"membership_id": str(people.municipality.membership_id)},
        "committee's report": {"som": "docx"},
        "municipality's own report": {"som": "docx", "til": "kommunen"},
    }
    ways, given = _come_far(session, people, columns, known, here)
    return things | ways, fields | given


def _settle(session: Session, admin: Actor, writer: Actor | None) -> dict[str, Place]:
    """A policy that is out with the draft of another one, a theme that is linked, and projects."""
    key = session.get_one(Organisation, admin.organisation_id).key
    words = PolicyDraftInput.model_validate(WORDS | {"name": f"Politik i {key}"})
    draft = save_policy_draft(session, admin, None, words, 0)
    policy = publish_policy(session, admin, draft.id, PolicyPublishInput(version=draft.version))
    save_policy_draft(session, admin, None, PolicyDraftInput.model_validate(WORDS), 0)
    if writer is not None:
        choose_writer(session, admin, writer.membership_id or 0)
    own, other = session.scalars(
        select(Theme.id).where(Theme.strategy_id == policy.id).order_by(Theme.position)
    )
    joint = session.scalars(
        select(Theme.id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(Strategy.municipality_id.is_(None))
        .order_by(Theme.id)
        .limit(1)
    ).one()
    part_of = ThemeLinkInput(from_theme_id=own, to_theme_id=joint, kind="part_of")
    link = link_themes(session, admin, part_of)
    place: Place = {"key": key}
    projects: dict[str, Place] = {}
    for name in ("open", "own", "removed"):
        visibility = "own" if name == "own" else "public"
        told = {"title": f"Projekt {name} {key}", "text": "Kort", "visibility": visibility}
        given = OwnProjectInput.model_validate(told | {"theme_ids": [own]})
        row = register_project(session, admin, given)
        projects[name] = place | {"project_id": row.id}
        if name == "removed":
            remove_own_project(session, admin, row.id, row.version)
    return projects | {
        "municipality": place,
        "policy": place | {"policy_key": policy.key, "number": 1},
        "link": place | {"link_id": link.id},
        "themes": {"own": own, "other": other, "joint": joint},
    }


def _come_far(
    session: Session,
    people: People,
    columns: dict[str, Actor],
    known: dict[str, Place],
    here: dict[str, Place],
) -> Things:
    """The way of an idea, of a signature project, and of the municipality's projects; drafts and what is
    hidden have none."""
    ids = {row.reference: row.id for row in session.execute(select(Contribution.reference, Contribution.id))}
    project_id = session.scalars(select(Project.id).where(Project.key == known["project"]["key"])).one()
    noted = {
        "way of an idea": (people.staff, Thing("idea", ids[str(known["idea"]["reference"])]), "ideer"),
        "way of a project": (people.staff, Thing("project", project_id), "signaturprojekter"),
        "way of an open project": (columns["g"], _own_thing(here["open"]), "egne"),
        "way of an own project": (columns["g"], _own_thing(here["own"]), "egne"),
    }
    names = {"idea": str(known["idea"]["reference"]), "project": str(known["project"]["key"])}
    things: dict[str, Place] = {}
    for name, (actor, thing, word) in noted.items():
        pilot = StageInput(stage="pilot", happened_on=today())
        step = service.note_stage(session, actor, thing, pilot)
        held = BarrierInput(code="law", note="Uklar hjemmel")
        barrier = service.add_barrier(session, actor, thing, held)
        things[name] = {
            "kind": word,
            "name": names.get(thing.kind, str(thing.id)),
            "step_id": step.id,
            "barrier_id": barrier.id,
        }
    idea = things["way of an idea"]
    of_project = {name: things["way of a project"][name] for name in ("step_id", "barrier_id")}
    things |= {
        "way, another's step": idea | of_project,
        "way of an idea draft": idea | {"name": known["idea draft"]["reference"]},
        "way of a hidden idea": idea | {"name": known["signed, hidden idea"]["reference"]},
        "way of a wish": idea | {"name": known["wish"]["reference"]},
        "way of a removed project": things["way of an own project"]
        | {"name": str(here["removed"]["project_id"])},
        "way of no kind": idea | {"kind": "findes-ikke"},
        "barrier": {"word": "jura"},
        "no barrier": {"word": "findes-ikke"},
    }
    fields = {
        "stage": "measured",
        "happened_on": today().isoformat(),
        "barrier": "law",
        "code": "data",
        "note": "Det trak ud",
        "lesson": "Spørg først",
        "reason": "Forkert dag",
        "solved_on": today().isoformat(),
        "solved_note": "Loven blev ændret",
        "version": "1",
    }
    return things, {name: fields for name in things if "barrier" not in name}


def _own_thing(place: Place) -> Thing:
    return Thing("own_project", int(str(place["project_id"])))
