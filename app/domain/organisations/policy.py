"""Organisations are open to all once they are confirmed; staff changes them, and their own admins a part."""

from sqlalchemy import ColumnElement, false, or_, true

from app.core.policy import ORGANISER_KINDS, Actor
from app.domain.organisations.models import Organisation

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
