"""Who holds rounds of priorities, who puts the needs in order, and who reads what of it when.

A round is held by who looks after the house: a municipality's or another organisation's own admin, in an
organiser its staff, and who acts for a network. Nobody reads what another decider gave before the round is
closed, nor does who holds it. Staff of the forum has no part in the rounds of others.
"""

from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_in_force
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.organisations.network_models import NetworkMember
from app.domain.priorities.maturity_models import MaturityAssessment, MaturityOpening
from app.domain.priorities.models import Decider, PriorityRound
from app.domain.strategies.policy import may_write_policy, own_municipality
from app.domain.users.houses import (
    acting_networks,
    acts_for_some_network,
    leads_organisation,
    speaks_for,
)


class Round(Protocol):
    """What the rules look at: a round, or a view of one."""

    @property
    def visibility(self) -> str: ...
    @property
    def opened_at(self) -> Any: ...
    @property
    def closed_at(self) -> Any: ...
    @property
    def published_at(self) -> Any: ...


class Part:
    """What somebody has to do with a round: holds it, decides in it, or is of its house."""

    __slots__ = ("is_decider", "is_holder", "is_of_house")

    def __init__(self, is_holder: bool = False, is_decider: bool = False, is_of_house: bool = False) -> None:
        self.is_holder, self.is_decider, self.is_of_house = is_holder, is_decider, is_of_house


def may_hold_rounds(session: Session, actor: Actor) -> bool:
    """Hold a round for the own organisation, or for a network that one acts for."""
    return actor.is_system or leads_organisation(actor) is not None or acts_for_some_network(session, actor)


def may_decide_somewhere(actor: Actor) -> bool:
    """Come in where needs are put in order; in which rounds is asked there."""
    return speaks_for(actor) is not None


def may_hold(part: Part) -> bool:
    """Prepare, open, close, publish and call off this round."""
    return part.is_holder


def may_decide(part: Part) -> bool:
    return part.is_decider


def may_see(actor: Actor, given: Round, part: Part) -> bool:
    """The same rule as `visible_to`, for a round at hand: what is not open yet is for who holds it."""
    if part.is_holder:
        return True
    if given.opened_at is None:
        return False
    is_municipality = actor.is_municipality and actor.is_confirmed
    is_open = given.visibility == "public" or (given.visibility == "municipalities" and is_municipality)
    return is_open or part.is_decider or part.is_of_house


def may_see_result(given: Round, part: Part) -> bool:
    """Read the order; before it is published only who holds the round and who decided, once it is closed."""
    if given.published_at is not None:
        return True
    return given.closed_at is not None and (part.is_holder or part.is_decider)


def may_see_votes(given: Round, part: Part) -> bool:
    """Read what each decider gave: the deciders and who holds the round, once it is closed."""
    return given.closed_at is not None and (part.is_holder or part.is_decider)


def find_part(session: Session, actor: Actor, given: PriorityRound) -> Part:
    """What the actor has to do with the round; one statement at most."""
    if actor.is_system:
        return Part(is_holder=True)
    if actor.user_id is None:
        return Part()
    row = session.execute(
        select(
            is_decider_in_sql(actor, literal(given.id)).label("is_decider"),
            func.coalesce(
                cast(literal(given.network_id), BigInteger).in_(acting_networks(actor)), false()
            ).label("acts_for"),
            _is_in_network(actor, literal(given.network_id)).label("is_member"),
        )
    ).one()
    owner = given.organisation_id
    is_own = owner is not None and owner == leads_organisation(actor)
    is_house = owner is not None and owner == speaks_for(actor)
    return Part(is_own or row.acts_for, row.is_decider, is_house or row.is_member or row.acts_for)


def needs_open_to_holder(actor: Actor, network_id: Any, is_holder: bool) -> ColumnElement[bool]:
    """The needs whose titles the actor reads in a round: those that they may see; and whoever acts for a
    network those that a municipality of it has registered for municipalities, also where they are of none
    themselves. It is asked only of needs that are in force. For a statement that reads `Contribution`."""
    if not is_holder or actor.is_system:
        return said_visible_to(actor)
    of_member = exists(
        select(NetworkMember.id)
        .where(
            NetworkMember.network_id == cast(network_id, BigInteger),
            NetworkMember.organisation_id == Contribution.on_behalf_of_id,
            NetworkMember.answer == "yes",
        )
        .correlate_except(NetworkMember)
    )
    is_out = and_(Contribution.published_at.is_not(None), is_in_force())
    return or_(
        said_visible_to(actor),
        and_(Contribution.visibility == "municipalities", is_out, of_member),
    )


# --- the same for SQL


def visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_system:
        return true()
    levels = ["public"]
    if actor.is_municipality and actor.is_confirmed:
        levels.append("municipalities")
    seen = PriorityRound.visibility.in_(levels)
    own = speaks_for(actor)
    if own is not None:
        seen = or_(
            seen,
            PriorityRound.organisation_id == own,
            _is_in_network(actor, PriorityRound.network_id),
            is_decider_in_sql(actor, PriorityRound.id),
        )
    return or_(and_(PriorityRound.opened_at.is_not(None), seen), is_held_by(actor))


def is_held_by(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return false()
    led = leads_organisation(actor)
    own = PriorityRound.organisation_id == led if led is not None else false()
    return or_(own, func.coalesce(PriorityRound.network_id.in_(acting_networks(actor)), false()))


def is_decider_in_sql(actor: Actor, round_id: Any) -> ColumnElement[bool]:
    """Named in the round and not replaced, and speaks for the same organisation still."""
    organisation_id = speaks_for(actor)
    if organisation_id is None:
        return false()
    return exists(
        select(Decider.id)
        .where(
            Decider.round_id == cast(round_id, BigInteger),
            Decider.user_id == actor.user_id,
            Decider.organisation_id == organisation_id,
            Decider.replaced_at.is_(None),
        )
        .correlate_except(Decider)
    )


def _is_in_network(actor: Actor, network_id: Any) -> ColumnElement[bool]:
    organisation_id = speaks_for(actor)
    if organisation_id is None:
        return false()
    return exists(
        select(NetworkMember.id)
        .where(
            NetworkMember.network_id == cast(network_id, BigInteger),
            NetworkMember.organisation_id == organisation_id,
            NetworkMember.answer == "yes",
        )
        .correlate_except(NetworkMember)
    )


# --- maturity


def may_define_maturity(actor: Actor) -> bool:
    """Say in which dimensions municipalities assess themselves."""
    return actor.is_staff


def may_put_assessments(actor: Actor) -> bool:
    """Lay examples in: the seed alone."""
    return actor.is_system


def may_assess_own(session: Session, actor: Actor) -> bool:
    """Assess the own municipality and let others read it: those who write its policy."""
    return may_write_policy(session, actor)


def may_read_own_maturity(actor: Actor) -> bool:
    """Come in where the own municipality's maturity is drawn: its confirmed people."""
    return own_municipality(actor) is not None


def may_read_levels(actor: Actor, organisation_id: int, opening: str) -> bool:
    """The same rule as `levels_visible_to`. `opening`: own, municipalities or public."""
    if organisation_id == own_municipality(actor) or opening == "public":
        return True
    return opening == "municipalities" and own_municipality(actor) is not None


def levels_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Whose levels the actor may read; the statement reads `MaturityAssessment`."""
    open_to = ["public"]
    own = own_municipality(actor)
    if own is not None:
        open_to.append("municipalities")
    opened = exists(
        select(MaturityOpening.organisation_id)
        .where(
            MaturityOpening.organisation_id == MaturityAssessment.organisation_id,
            MaturityOpening.visibility.in_(open_to),
        )
        .correlate(MaturityAssessment)
    )
    return or_(opened, MaturityAssessment.organisation_id == own if own is not None else false())
