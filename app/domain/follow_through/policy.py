"""Whom the report of a year is made for, and who may read it."""

from typing import Literal

from app.core.policy import STRANGER, SYSTEM, Actor

Audience = Literal["everybody", "staff"]


def may_read_year(actor: Actor, audience: Audience) -> bool:
    """Read a report that was made for this audience; the one for staff tells also what only staff reads."""
    return audience == "everybody" or actor.is_staff


def reader_of(audience: Audience) -> Actor:
    """The actor as whom a report for this audience is gathered."""
    return STRANGER if audience == "everybody" else SYSTEM
