"""An organisation's own admins, and staff for theirs, look after where it is told what happened.

All that is ever sent can be read by everybody, so nobody learns through a webhook what they could not read.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, true

from app.core.policy import Actor
from app.domain.webhooks.models import Webhook


class Owned(Protocol):
    """A webhook, or a view of one."""

    @property
    def organisation_id(self) -> int: ...


def may_keep_webhooks(actor: Actor) -> bool:
    """Come in where webhooks are, and make one for the own organisation; never by the key of a program,
    which could have what it may read sent on for ever."""
    keeps = actor.is_organisation_admin or actor.is_staff
    return keeps and actor.scopes is None and actor.organisation_id is not None


def may_keep(actor: Actor, webhook: Owned) -> bool:
    """Change a webhook, its secret and what it is told of; send again; take it away."""
    return may_keep_webhooks(actor) and actor.organisation_id == webhook.organisation_id


def may_follow_all(actor: Actor) -> bool:
    """Read how those of every organisation go: staff, whose house does the sending."""
    return may_keep_webhooks(actor) and actor.is_staff


def may_stop(actor: Actor, webhook: Owned) -> bool:
    """Switch it off: its own people, and staff."""
    return may_keep(actor, webhook) or may_follow_all(actor)


def may_see(actor: Actor, webhook: Owned) -> bool:
    """Read how it goes."""
    return may_stop(actor, webhook)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see`, in SQL."""
    if not may_keep_webhooks(actor):
        return false()
    own = true() if may_follow_all(actor) else Webhook.organisation_id == actor.organisation_id
    return and_(own, Webhook.ended_at.is_(None))
