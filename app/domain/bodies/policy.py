"""Who looks after a body, who sits in it, and who reads what of it.

Its owner's admin (in an organiser its staff) makes it and names its secretaries, who keep its papers. What is
for its own people is read by its members, its secretaries and that admin: not by staff of the forum, and not
by the rest of the municipality. All of it holds only while somebody speaks for the same organisation.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.domain.bodies.models import Body, BodyMember, BodySecretary, Recommendation
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.projects.policy import own_visible_to
from app.domain.projects.policy import visible_to as projects_visible_to
from app.domain.users.houses import (
    acting_networks,
    acts_for_some_network,
    leads_organisation,
    speaks_for,
)


class Shown(Protocol):
    """What the rules look at: a body or a recommendation, or a view of one."""

    @property
    def visibility(self) -> str: ...


class Owned(Protocol):
    """What tells whose a body is."""

    @property
    def organisation_id(self) -> int | None: ...


class Drafted(Shown, Protocol):
    """What the rules look at of a recommendation."""

    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is in a body. `is_of_house`: is known to speak for the organisation whose body it is, or
    acts for the network."""

    is_lead: bool = False
    is_secretary: bool = False
    is_member: bool = False
    is_of_house: bool = False

    @property
    def is_inside(self) -> bool:
        return self.is_lead or self.is_secretary or self.is_member

    @property
    def keeps_papers(self) -> bool:
        return self.is_lead or self.is_secretary


NOWHERE = Place()


def may_have_a_place(actor: Actor) -> bool:
    """Come in where bodies are kept and recommendations written; in which of them is asked there."""
    return speaks_for(actor) is not None


def may_make_bodies(session: Session, actor: Actor) -> bool:
    """Make a body of the own organisation, or of a network that one acts for."""
    return actor.is_system or leads_organisation(actor) is not None or acts_for_some_network(session, actor)


def may_lead(place: Place) -> bool:
    """Change what a body is, and name who keeps its papers."""
    return place.is_lead


def may_keep_papers(place: Place) -> bool:
    """Seats, meetings, what is treated and decided, and what is to be read."""
    return place.keeps_papers


def may_send_to(place: Place) -> bool:
    """Draft something for the body to recommend, and send it: its own people, and those of its house."""
    return place.is_inside or place.is_of_house


def may_edit_recommendation(place: Place, is_drafter: bool) -> bool:
    """Change and send a draft: who keeps the papers, and who drafted it."""
    return place.keeps_papers or (is_drafter and may_send_to(place))


def may_read_list(place: Place) -> bool:
    """Read what the members are to read, and mark one's own as read."""
    return place.is_inside


def is_drafter(actor: Actor, recommendation: Recommendation) -> bool:
    """Whether the actor drafted it, and speaks for the same organisation still."""
    is_own = actor.user_id is not None and actor.user_id == recommendation.drafted_by_id
    return is_own and recommendation.organisation_id == speaks_for(actor)


def may_see(body: Shown, place: Place) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return body.visibility == "public" or place.is_inside


def may_see_recommendation(
    body: Shown, given: Drafted, place: Place, is_drafter: bool, is_subject_seen: bool
) -> bool:
    """The same rule as `recommendations_visible_to`, for a row at hand.

    Nobody reads of something that they may not read: a body is told of a need by who may see it. A draft is
    read by who drafted it and who keeps the papers; what is withdrawn by them and by the members.
    """
    if not is_subject_seen:
        return False
    if is_drafter or place.keeps_papers:
        return True
    if given.state == "draft":
        return False
    if place.is_member:
        return True
    return given.visibility == "public" and body.visibility == "public" and given.state != "withdrawn"


def find_place(session: Session, actor: Actor, body: Body) -> Place:
    """What the actor is in the body, which may be new; one statement at most."""
    if actor.is_system or actor.user_id is None:
        return place_in(actor, body, None)
    row = session.execute(select(*place_columns(actor, literal(body.id), literal(body.network_id)))).one()
    return place_in(actor, body, row)


def place_columns(actor: Actor, body_id: Any = Body.id, network_id: Any = Body.network_id) -> list[Any]:
    """What `place_in` has to be told, as columns of a statement that reads bodies."""
    acts_for = func.coalesce(cast(network_id, BigInteger).in_(acting_networks(actor)), false())
    return [
        _is_secretary(actor, cast(body_id, BigInteger)).label("is_secretary"),
        _is_member(actor, cast(body_id, BigInteger)).label("is_member"),
        acts_for.label("acts_for"),
    ]


def place_in(actor: Actor, body: Owned, row: Any) -> Place:
    """The same, from the columns of `place_columns`."""
    if actor.is_system:
        return Place(is_lead=True)
    if actor.user_id is None:
        return NOWHERE
    is_own = body.organisation_id is not None and body.organisation_id == leads_organisation(actor)
    is_house = body.organisation_id is not None and body.organisation_id == speaks_for(actor)
    return Place(is_own or row.acts_for, row.is_secretary, row.is_member, is_house or row.acts_for)


# --- the same for SQL


def visible_to(actor: Actor, body: Any = Body) -> ColumnElement[bool]:
    """The bodies that the actor may see; `body` may be another name for the table in the same statement."""
    if actor.is_system:
        return true()
    return or_(body.visibility == "public", is_inside_in_sql(actor, body))


def is_inside_in_sql(actor: Actor, body: Any = Body) -> ColumnElement[bool]:
    """The same rule as `Place.is_inside`."""
    if actor.user_id is None:
        return false()
    return or_(_keeps_papers_in_sql(actor, body), _is_member(actor, body.id))


def _keeps_papers_in_sql(actor: Actor, body: Any) -> ColumnElement[bool]:
    if actor.is_system:
        return true()
    if actor.user_id is None:
        return false()
    led = leads_organisation(actor)
    own = body.organisation_id == led if led is not None else false()
    network = body.network_id.in_(acting_networks(actor))
    return or_(own, network, _is_secretary(actor, body.id))


def _is_secretary(actor: Actor, body_id: Any) -> ColumnElement[bool]:
    if actor.membership_id is None or speaks_for(actor) is None:
        return false()
    return exists(
        select(BodySecretary.body_id)
        .where(BodySecretary.body_id == body_id, BodySecretary.membership_id == actor.membership_id)
        .correlate_except(BodySecretary)
    )


def _is_member(actor: Actor, body_id: Any) -> ColumnElement[bool]:
    organisation_id = speaks_for(actor)
    if organisation_id is None:
        return false()
    return exists(
        select(BodyMember.id)
        .where(
            BodyMember.body_id == body_id,
            BodyMember.user_id == actor.user_id,
            BodyMember.organisation_id == organisation_id,
            sits(),
        )
        .correlate_except(BodyMember)
    )


def sits() -> ColumnElement[bool]:
    """Whether somebody sits there still, for a statement that reads BodyMember: a day to come ends a seat
    only when it is there."""
    return or_(BodyMember.ended_on.is_(None), BodyMember.ended_on > today())


def recommendations_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_recommendation`; the statement reads `Body` beside it."""
    if actor.is_system:
        return true()
    open_to_all = and_(
        Recommendation.visibility == "public",
        Body.visibility == "public",
        Recommendation.state.in_(("sent", "treated", "decided")),
    )
    if actor.user_id is None:
        return and_(_subject_is_seen(actor), open_to_all)
    organisation_id = speaks_for(actor)
    drafted = (
        and_(
            Recommendation.drafted_by_id == actor.user_id,
            Recommendation.organisation_id == organisation_id,
        )
        if organisation_id is not None
        else false()
    )
    to_members = and_(Recommendation.state != "draft", _is_member(actor, Body.id))
    seen = or_(open_to_all, drafted, _keeps_papers_in_sql(actor, Body), to_members)
    return and_(_subject_is_seen(actor), seen)


def _subject_is_seen(actor: Actor) -> ColumnElement[bool]:
    return and_(
        or_(
            Recommendation.contribution_id.is_(None),
            exists(said_to(actor, Recommendation.contribution_id)),
        ),
        or_(
            Recommendation.own_project_id.is_(None),
            exists(own_project_to(actor, Recommendation.own_project_id)),
        ),
        or_(Recommendation.project_id.is_(None), exists(project_to(actor, Recommendation.project_id))),
    )


def said_to(actor: Actor, contribution_id: Any) -> Any:
    """The idea, wish or need of this number, if it is sent and the actor may see it."""
    return (
        select(Contribution.id)
        .where(
            Contribution.id == contribution_id,
            Contribution.kind.in_(("idea", "need", "wish")),
            Contribution.status != "draft",
            said_visible_to(actor),
        )
        .correlate_except(Contribution)
    )


def project_to(actor: Actor, project_id: Any) -> Any:
    """The signature project of this number, if the actor may see it."""
    return (
        select(Project.id)
        .where(Project.id == project_id, projects_visible_to(actor))
        .correlate_except(Project)
    )


def own_project_to(actor: Actor, own_project_id: Any) -> Any:
    """The municipality's own project of this number, if the actor may see it."""
    return (
        select(OwnProject.id)
        .where(OwnProject.id == own_project_id, own_visible_to(actor))
        .correlate_except(OwnProject)
    )
