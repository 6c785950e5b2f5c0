"""Organisations are open to all once they are confirmed; staff changes them, and their own admins a part."""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import ColumnElement, false, func, or_, true

from app.core.policy import ORGANISER_KINDS, Actor
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember

# What somebody may write in on the first visit; organisers, municipalities and regions are known beforehand.
NEW_KINDS = ("vendor", "consultancy", "trade_association", "authority", "other")


def may_edit_organisations(actor: Actor) -> bool:
    """Change every fact of every organisation, and say that a new one is what it says."""
    return actor.is_staff


def may_propose_organisations(actor: Actor) -> bool:
    """Write in an organisation that is not here yet."""
    return actor.is_signed_in


def may_edit_some_organisation(actor: Actor) -> bool:
    """Staff, and those who look after their own organisation."""
    return actor.is_staff or actor.is_organisation_admin


def may_edit(actor: Actor, organisation: Organisation) -> bool:
    """Change the public facts: its own admin, and staff."""
    return actor.is_staff or (actor.is_organisation_admin and actor.organisation_id == organisation.id)


def is_organiser(kind: str | None) -> bool:
    """Whether those who speak for such an organisation can be staff of the forum."""
    return kind in ORGANISER_KINDS


def may_see(actor: Actor, organisation: Organisation) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return organisation.is_confirmed or actor.is_staff or actor.organisation_id == organisation.id


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Confirmed ones are open to all; the others to staff and to those who speak for them."""
    if actor.is_staff:
        return true()
    own = Organisation.id == actor.organisation_id if actor.organisation_id is not None else false()
    return or_(Organisation.is_confirmed, own)


# --- networks of municipalities


class OfOrganisation(Protocol):
    """What belongs to one organisation: a row, or a view of one."""

    @property
    def organisation_id(self) -> int: ...


class Answered(OfOrganisation, Protocol):
    """A municipality that is asked to be in a network."""

    @property
    def answer(self) -> str | None: ...


def may_found_networks(actor: Actor) -> bool:
    """Write down that municipalities work together, and who leads them."""
    return actor.is_staff


def may_lead_network(actor: Actor, network: OfOrganisation) -> bool:
    """Change a network, ask municipalities to be in it and name who acts for it: the own admin of the
    organisation that leads it, and staff."""
    leads = actor.is_organisation_admin and actor.organisation_id == network.organisation_id
    return leads or actor.is_staff


def may_lead_some_network(actor: Actor) -> bool:
    """Come in where networks are looked after; of which is asked there."""
    return actor.is_organisation_admin or actor.is_staff


def may_answer_for_municipality(actor: Actor) -> bool:
    """Say whether the own municipality is in a network: who is known to speak for it."""
    return actor.is_signed_in and actor.is_municipality and actor.is_confirmed and not actor.only_reads


def may_answer_network(actor: Actor, member: OfOrganisation) -> bool:
    """Say for the municipality that is asked whether it is in the network."""
    return may_answer_for_municipality(actor) and actor.organisation_id == member.organisation_id


def may_act_for_network(actor: Actor, strategists: Collection[int]) -> bool:
    """Do something for the network's municipalities: whom the network has named, by their membership.

    `strategists`: the memberships that it has named.
    """
    return actor.is_confirmed and actor.membership_id is not None and actor.membership_id in strategists


def may_see_member(actor: Actor, member: Answered, network: OfOrganisation) -> bool:
    """The same rule as `members_visible_to`, for a row at hand."""
    if actor.is_staff or member.answer == "yes":
        return True
    own = {member.organisation_id, network.organisation_id}
    return actor.is_confirmed and actor.organisation_id in own


def members_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who is in a network is open to all; who is asked, or said no, only to both sides and staff. The
    statement also reads `Network`."""
    if actor.is_staff:
        return true()
    seen = NetworkMember.answer == "yes"
    if not actor.is_confirmed or actor.organisation_id is None:
        return func.coalesce(seen, false())
    own = NetworkMember.organisation_id == actor.organisation_id
    return or_(func.coalesce(seen, false()), own, Network.organisation_id == actor.organisation_id)
