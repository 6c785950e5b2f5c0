"""Strategies and their themes are open to all; staff changes them, and a municipality its own policy.

A municipality's policy is written by its own admin, and by those whom the admin has chosen. What is being
written is read by its confirmed people alone; what is published is open to all.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.strategies.models import Strategy
from app.domain.strategies.policy_models import PolicyDraft, PolicyWriter
from app.domain.users.models import Membership

OWN_LEVEL = "single_municipality"


class OfMunicipality(Protocol):
    """What belongs to a municipality: a row, or a view of one."""

    @property
    def municipality_id(self) -> int: ...


def may_edit_strategies(actor: Actor) -> bool:
    return actor.is_staff


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees every strategy."""
    return true()


def may_see(actor: Actor, strategy: Strategy) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return True


# --- a municipality's own policy


def may_read_own_policy(actor: Actor) -> bool:
    """Come in where a municipality's policy is written: its confirmed people. Who writes is asked there."""
    return own_municipality(actor) is not None


def own_municipality(actor: Actor) -> int | None:
    """The municipality that the actor is known to speak for."""
    is_known = actor.is_signed_in and actor.is_municipality and actor.is_confirmed
    return actor.organisation_id if is_known else None


def may_write_policy(session: Session, actor: Actor) -> bool:
    """Write the own municipality's policy and projects: its admin, and whom the admin has chosen."""
    if not may_read_own_policy(actor) or actor.only_reads:
        return False
    return actor.is_organisation_admin or _is_chosen(session, actor)


def _is_chosen(session: Session, actor: Actor) -> bool:
    # Chosen in a membership that is in force still; the actor may be older than its end.
    chosen = select(PolicyWriter.membership_id).join(Membership, Membership.id == PolicyWriter.membership_id)
    mine = chosen.where(
        Membership.id == actor.membership_id,
        Membership.user_id == actor.user_id,
        Membership.organisation_id == actor.organisation_id,
        Membership.confirmed_at.is_not(None),
        Membership.ended_at.is_(None),
    )
    return bool(session.scalar(select(mine.exists())))


def may_choose_writers(actor: Actor) -> bool:
    """Choose who writes the own municipality's policy."""
    return actor.is_municipality and actor.is_organisation_admin


def drafts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The drafts of the own municipality; not even staff reads those of others."""
    municipality_id = own_municipality(actor)
    return PolicyDraft.municipality_id == municipality_id if municipality_id is not None else false()


def may_see_draft(actor: Actor, draft: OfMunicipality) -> bool:
    """The same rule as `drafts_visible_to`, for a row at hand."""
    return draft.municipality_id == own_municipality(actor)
