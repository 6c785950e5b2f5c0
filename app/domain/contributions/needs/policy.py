"""Who may register needs, for whom, and who reads what a municipality keeps to itself."""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedMunicipality, TypedNeed
from app.domain.contributions.policy import Said, is_own, may_record
from app.domain.organisations.networks import is_in
from app.domain.users.strategists import networks_of


class HeldByMunicipality(Protocol):
    """What belongs to one municipality of a need: a row, or a view of one."""

    @property
    def organisation_id(self) -> int: ...
    @property
    def network_id(self) -> int | None: ...


def may_register_needs(actor: Actor) -> bool:
    """Register and join needs for the own municipality: who is known to speak for it."""
    return actor.is_signed_in and actor.is_municipality and actor.is_confirmed and not actor.only_reads


def may_enter_needs(actor: Actor) -> bool:
    """Come in where needs are registered: also who acts for a network. For whom is asked there."""
    return actor.is_signed_in and actor.is_confirmed and not actor.only_reads


def may_type_needs(actor: Actor) -> bool:
    """Have what one is typing kept."""
    return may_enter_needs(actor) and actor.organisation_id is not None


def acts_for(actor: Actor, network_id: int | None, acted_for: Collection[int]) -> bool:
    """Whether it is of a network that the actor acts for. `acted_for`: those networks."""
    return network_id is not None and network_id in acted_for and may_enter_needs(actor)


def acts_for_municipality(
    actor: Actor, row: HeldByMunicipality, represented: Collection[tuple[int, int]]
) -> bool:
    """Whether the actor acts for the network that entered a municipality, and for that municipality still.

    `represented`: (network, municipality) of all that the actor acts for.
    """
    entered = row.network_id is not None and (row.network_id, row.organisation_id) in represented
    return entered and may_enter_needs(actor)


def may_edit_need(actor: Actor, need: Said, network_id: int | None, acted_for: Collection[int]) -> bool:
    """Change what a need says: the confirmed people of who registered it, and who acts for its network."""
    if actor.only_reads or need.status == "withdrawn" or need.hidden_at is not None:
        return False
    own = actor.is_confirmed and is_own(actor, need) and network_id is None
    return own or acts_for(actor, network_id, acted_for)


def may_note_state(actor: Actor, need: Said, network_id: int | None, acted_for: Collection[int]) -> bool:
    """Say how far a need has come: who may change it, and staff."""
    return may_record(actor) or may_edit_need(actor, need, network_id, acted_for)


def may_note_some_state(actor: Actor) -> bool:
    """Come in where it is said how far a need has come; of which is asked there."""
    return may_record(actor) or may_enter_needs(actor)


def may_edit_facts(actor: Actor, row: HeldByMunicipality, represented: Collection[tuple[int, int]]) -> bool:
    """Change a municipality's own facts, or leave: its people, and who acts for the network of the entry as
    long as the municipality is in it."""
    own = may_register_needs(actor) and actor.organisation_id == row.organisation_id
    return own or acts_for_municipality(actor, row, represented)


def may_read_hidden(actor: Actor, row: HeldByMunicipality, represented: Collection[tuple[int, int]]) -> bool:
    """Read what a municipality keeps to itself: its confirmed people, and who acts for the network that
    entered it, as long as the municipality is in it.

    Not staff: organisers buy in this market themselves.
    """
    own = actor.is_signed_in and actor.is_confirmed and actor.organisation_id == row.organisation_id
    return own or acts_for_municipality(actor, row, represented)


def hidden_open_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_read_hidden`, for a statement that reads NeedMunicipality."""
    if not (actor.is_signed_in and actor.is_confirmed):
        return false()
    own = (
        NeedMunicipality.organisation_id == actor.organisation_id
        if actor.organisation_id is not None
        else false()
    )
    if not may_enter_needs(actor):
        return own
    of_network = and_(
        NeedMunicipality.network_id.is_not(None),
        NeedMunicipality.network_id.in_(networks_of(actor)),
        is_in(NeedMunicipality.network_id, NeedMunicipality.organisation_id).correlate(NeedMunicipality),
    )
    return or_(own, of_network)


def is_confidential(visibility: str) -> bool:
    """Whether a need is its own municipality's alone: it is matched with nobody's and counted nowhere."""
    return visibility == "own"


def is_shared() -> ColumnElement[bool]:
    """Needs that others may know of, for a statement that reads Contribution: never those of one alone."""
    return Contribution.visibility.in_(("public", "municipalities"))


def typed_by(actor: Actor) -> ColumnElement[bool]:
    """What the actor is typing, in the organisation that the actor speaks for now; staff reads none of it."""
    if actor.user_id is None or actor.organisation_id is None:
        return false()
    return and_(TypedNeed.user_id == actor.user_id, TypedNeed.organisation_id == actor.organisation_id)


def may_see_typed(actor: Actor, typed: TypedNeed) -> bool:
    """The same rule as `typed_by`, for a row at hand."""
    own = actor.user_id is not None and typed.user_id == actor.user_id
    return own and actor.organisation_id is not None and typed.organisation_id == actor.organisation_id
