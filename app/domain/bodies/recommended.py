"""Reading recommendations: what a body recommends, of what, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Slice, read_slice
from app.core.slices import Place as After
from app.domain.bodies.models import (
    Body,
    BodyAdvised,
    Recommendation,
    RecommendationStep,
)
from app.domain.bodies.policy import (
    Place,
    find_place,
    is_drafter,
    may_edit_recommendation,
    recommendations_visible_to,
)
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.users.models import User

PER_PAGE = 30
MOST_STEPS = 200
WAITING = ("sent", "treated")
_SAID_PATHS = {"idea": "/ideer/", "need": "/behov/", "wish": "/oensker/"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a recommendation is about. `kind`: idea, need, wish, project or own_project."""

    kind: str
    id: int
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class RecommendationCard:
    """A recommendation where it stands. `to`: who is to decide; none where the body does itself."""

    id: int
    number: int
    body_id: int
    body_key: str
    body_name: str
    title: str
    state: str
    outcome: str | None
    visibility: str
    to: str | None
    subject: Subject | None
    changed_at: datetime
    is_example: bool

    @property
    def path(self) -> str:
        return f"/udvalg/{self.body_key}/indstillinger/{self.number}"


@dataclass(frozen=True, slots=True)
class StepView:
    """Something that became of it. `by`: who decided, by name; none where it was the body. `noted_by` is for
    the body's own people alone."""

    id: int
    kind: str
    happened_on: date
    title: str
    text: str
    meeting_id: int | None
    by: str | None
    outcome: str | None
    noted_by: str | None
    is_taken_back: bool
    taken_back_reason: str


@dataclass(frozen=True, slots=True)
class RecommendationView:
    """All of it. Steps in their order; those taken back only for who keeps the papers."""

    card: RecommendationCard
    text: str
    advised_id: int | None
    steps: tuple[StepView, ...]
    version: int
    place: Place
    may_edit: bool


def list_recommendations(
    session: Session, actor: Actor, *, body_id: int | None = None, state: str | None = None, page: int = 1
) -> tuple[list[RecommendationCard], int]:
    """What the actor may see, the last changed first; and how many. Two statements."""
    chosen = [recommendations_visible_to(actor)]
    if body_id is not None:
        chosen.append(Recommendation.body_id == body_id)
    if state is not None:
        chosen.append(Recommendation.state == state)
    rows = session.execute(
        _cards()
        .where(*chosen)
        .order_by(Recommendation.changed_at.desc(), Recommendation.id.desc())
        .limit(PER_PAGE)
        .offset((max(page, 1) - 1) * PER_PAGE)
    )
    total = session.scalar(_counted().where(*chosen)) or 0
    return [_card(row) for row in rows], total


def read_recommendations(
    session: Session, actor: Actor, after: After | None, most: int, *, body_id: int | None = None
) -> Slice[RecommendationCard]:
    """So many that the actor may see after a place, the last changed first. One statement."""
    statement = _cards().where(recommendations_visible_to(actor))
    if body_id is not None:
        statement = statement.where(Recommendation.body_id == body_id)
    order = (By(Recommendation.changed_at, datetime, True), By(Recommendation.id, int, True))
    found = read_slice(session, statement, order, after, most)
    return Slice(tuple(map(_card, found.rows)), found.last)


def recommended_about(actor: Actor, column: str, thing_id: int) -> Asking[list[RecommendationCard]]:
    """What bodies recommend about one thing, the last changed first. One statement. `column`: what the thing
    is called where it is recommended."""
    rows = yield from asked(_about(actor, column), {"recommended": thing_id})
    return [_card_of(row, row.body_key, row.body_name, row) for row in rows]


@kept
def _about(actor: Actor, column: str) -> Select[Any]:
    is_asked = getattr(Recommendation, column) == bindparam("recommended")
    return (
        _cards(*_OF_CARD, Body.key.label("body_key"), Body.name.label("body_name"))
        .where(is_asked, recommendations_visible_to(actor))
        .order_by(Recommendation.changed_at.desc(), Recommendation.id.desc())
        .limit(PER_PAGE)
    )


def recommendations_waiting_in(actor: Actor, body_ids: Sequence[int]) -> Asking[dict[int, int]]:
    """How many wait to be treated or decided, of each body that has some. One statement."""
    if not body_ids:
        return {}
    rows = yield from asked(_waiting(actor), {"treating": list(body_ids)})
    return {row.body_id: row.waiting for row in rows}


@kept
def _waiting(actor: Actor) -> Select[Any]:
    return (
        select(Recommendation.body_id, func.count().label("waiting"))
        .join(Body, Body.id == Recommendation.body_id)
        .where(
            Recommendation.body_id.in_(bindparam("treating", expanding=True)),
            Recommendation.state.in_(WAITING),
            recommendations_visible_to(actor),
        )
        .group_by(Recommendation.body_id)
    )


def list_recommendation_ids(session: Session, body_id: int) -> list[int]:
    """All of a body's, for what follows a change of it."""
    own = select(Recommendation.id).where(Recommendation.body_id == body_id).order_by(Recommendation.id)
    return list(session.scalars(own))


def find_recommendation(
    session: Session, actor: Actor, body_key: str, number: int
) -> RecommendationView | None:
    """One by its body and its number there; None where the actor may not see it. Three statements."""
    row = session.execute(
        _cards().where(
            Body.key == body_key, Recommendation.number == number, recommendations_visible_to(actor)
        )
    ).one_or_none()
    if row is None:
        return None
    recommendation, place = row.Recommendation, find_place(session, actor, row.Body)
    return RecommendationView(
        card=_card(row),
        text=recommendation.text,
        advised_id=recommendation.advised_id,
        steps=_list_steps(session, recommendation.id, place),
        version=recommendation.version,
        place=place,
        may_edit=may_edit_recommendation(place, is_drafter(actor, recommendation)),
    )


def _list_steps(session: Session, recommendation_id: int, place: Place) -> tuple[StepView, ...]:
    standing = () if place.keeps_papers else (RecommendationStep.taken_back_at.is_(None),)
    rows = session.execute(
        select(RecommendationStep, BodyAdvised.name, User.name.label("noted_by"))
        .outerjoin(BodyAdvised, BodyAdvised.id == RecommendationStep.advised_id)
        .outerjoin(User, User.id == RecommendationStep.noted_by_id)
        .where(RecommendationStep.recommendation_id == recommendation_id, *standing)
        .order_by(RecommendationStep.id)
        .limit(MOST_STEPS)
    )
    return tuple(
        StepView(
            row.RecommendationStep.id,
            row.RecommendationStep.kind,
            row.RecommendationStep.happened_on,
            row.RecommendationStep.title,
            row.RecommendationStep.text,
            row.RecommendationStep.meeting_id,
            row.name,
            row.RecommendationStep.outcome,
            row.noted_by if place.is_inside else None,
            row.RecommendationStep.taken_back_at is not None,
            row.RecommendationStep.taken_back_reason,
        )
        for row in rows
    )


def _counted() -> Select[Any]:
    return select(func.count()).select_from(Recommendation).join(Body, Body.id == Recommendation.body_id)


_OF_CARD = (
    Recommendation.id,
    Recommendation.number,
    Recommendation.body_id,
    Recommendation.title,
    Recommendation.state,
    Recommendation.outcome,
    Recommendation.visibility,
    Recommendation.contribution_id,
    Recommendation.project_id,
    Recommendation.own_project_id,
    Recommendation.changed_at,
    Recommendation.is_example,
)


def _cards(*columns: Any) -> Select[Any]:
    """Recommendations with what is told of them: all of each and of its body, or these columns."""
    # Whoever reads a recommendation may read what it is about: its title is read where it stands.
    said_path = case(_SAID_PATHS, value=Contribution.kind, else_="") + Contribution.reference
    own_path = func.concat("/kommuner/", Organisation.key, "/projekter/", OwnProject.id)
    return (
        select(
            *(columns or (Recommendation, Body)),
            BodyAdvised.name.label("to"),
            case(
                (Recommendation.contribution_id.is_not(None), Contribution.kind),
                (Recommendation.project_id.is_not(None), "project"),
                (Recommendation.own_project_id.is_not(None), "own_project"),
            ).label("about_kind"),
            func.coalesce(Contribution.title, Project.title, OwnProject.title).label("about_title"),
            case(
                (Recommendation.contribution_id.is_not(None), said_path),
                (Recommendation.project_id.is_not(None), "/projekter/" + Project.key),
                (Recommendation.own_project_id.is_not(None), own_path),
            ).label("about_path"),
        )
        .join(Body, Body.id == Recommendation.body_id)
        .outerjoin(BodyAdvised, BodyAdvised.id == Recommendation.advised_id)
        .outerjoin(Contribution, Contribution.id == Recommendation.contribution_id)
        .outerjoin(Project, Project.id == Recommendation.project_id)
        .outerjoin(OwnProject, OwnProject.id == Recommendation.own_project_id)
        .outerjoin(Organisation, Organisation.id == OwnProject.municipality_id)
    )


def _card(row: Any) -> RecommendationCard:
    return _card_of(row.Recommendation, row.Body.key, row.Body.name, row)


def _card_of(given: Any, body_key: str, body_name: str, row: Any) -> RecommendationCard:
    about_id = given.contribution_id or given.project_id or given.own_project_id
    subject = Subject(row.about_kind, about_id, row.about_title, row.about_path) if about_id else None
    return RecommendationCard(
        given.id,
        given.number,
        given.body_id,
        body_key,
        body_name,
        given.title,
        given.state,
        given.outcome,
        given.visibility,
        row.to,
        subject,
        given.changed_at,
        given.is_example,
    )
