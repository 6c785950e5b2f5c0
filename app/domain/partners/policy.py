"""Who may look for others with the same need, ask them for contact, and answer.

A request is between two municipalities: nobody else reads it, not even staff.
"""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import ColumnElement, false, or_

from app.core.policy import Actor
from app.domain.contributions.needs.policy import HeldByMunicipality, may_edit_facts
from app.domain.partners.models import ContactRequest


class Asked(Protocol):
    """What the rules look at: a request, or a view of one."""

    @property
    def asking_id(self) -> int: ...
    @property
    def asked_id(self) -> int: ...


def may_look_for_partners(actor: Actor) -> bool:
    """Come in where others with the same need are found: who is known to speak for a municipality."""
    return actor.is_signed_in and actor.is_municipality and actor.is_confirmed and not actor.only_reads


def may_look_for(actor: Actor, held: HeldByMunicipality, represented: Collection[tuple[int, int]]) -> bool:
    """Look for others with the need that a municipality has: its people, and who acts for the network that
    entered it and that it is still in. `represented`: (network, municipality) that the actor acts for."""
    return may_edit_facts(actor, held, represented)


def may_ask_for_contact(actor: Actor) -> bool:
    """Ask another municipality for contact in the name of the own one."""
    return may_look_for_partners(actor)


def may_see_request(actor: Actor, request: Asked) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    is_known = actor.is_signed_in and actor.is_municipality and actor.is_confirmed
    return is_known and actor.organisation_id in (request.asking_id, request.asked_id)


def may_withdraw_request(actor: Actor, request: Asked) -> bool:
    """Take a request back: the people of who asked."""
    return may_ask_for_contact(actor) and actor.organisation_id == request.asking_id


def may_answer_request(actor: Actor, request: Asked) -> bool:
    """Say yes or no: the people of who is asked."""
    return may_ask_for_contact(actor) and actor.organisation_id == request.asked_id


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Requests of the actor's municipality, those that it got and those that it sent."""
    if not (actor.is_signed_in and actor.is_municipality and actor.is_confirmed):
        return false()
    own = actor.organisation_id
    return or_(ContactRequest.asking_id == own, ContactRequest.asked_id == own)
