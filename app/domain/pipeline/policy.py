"""Who notes how far things have come. Whoever may see a thing sees its stages and its barriers.

Staff notes it of ideas and signature projects; a municipality's people of its own projects.
"""

from typing import Literal

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from app.core.policy import STRANGER, Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.policy import visible_to as contributions_visible_to
from app.domain.organisations.models import Organisation
from app.domain.projects.own_models import OwnProject
from app.domain.strategies.policy import may_write_policy, own_municipality

Audience = Literal["everybody", "municipality"]


def may_follow_up(actor: Actor) -> bool:
    """Note stages and barriers of ideas and signature projects."""
    return actor.is_staff


def may_note_somewhere(actor: Actor) -> bool:
    """Come in where stages and barriers are noted; of which things is asked there."""
    return may_follow_up(actor) or own_municipality(actor) is not None


def may_note(session: Session, actor: Actor, kind: str, owner_id: int | None) -> bool:
    """Note of a thing of that kind and owner, seen already: for what is offered on its page."""
    if kind != "own_project":
        return may_follow_up(actor)
    return owner_id is not None and owner_id == own_municipality(actor) and may_write_policy(session, actor)


def may_note_own(session: Session, actor: Actor, project: OwnProject) -> bool:
    """Note stages and barriers of a municipality's own project: who writes its policy, and the archive."""
    if actor.is_system:
        return True
    return project.municipality_id == own_municipality(actor) and may_write_policy(session, actor)


def may_read_committee_report(actor: Actor, municipality_id: int, audience: Audience) -> bool:
    """Read a committee's report that was made for this audience; the municipality's own tells all it has."""
    return audience == "everybody" or own_municipality(actor) == municipality_id


def reader_of(audience: Audience, municipality: Organisation) -> Actor:
    """As whom a committee's report is gathered: a stranger, or the municipality and nobody of it."""
    if audience == "everybody":
        return STRANGER
    return Actor(
        user_id=0,
        organisation_id=municipality.id,
        organisation_name=municipality.name,
        organisation_kind="municipality",
        is_confirmed=True,
    )


def ideas_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The ideas of the pipeline: sent, in force, and seen by the actor. Nothing confidential is read."""
    return and_(Contribution.kind == "idea", is_listed(), contributions_visible_to(actor))
