"""Not too much at a time from one person, nor from all who speak for one organisation."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.http.limits import Limit, count_against

UPLOADS_AN_HOUR = 100

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def _limits(actor: Actor) -> Iterable[Limit]:
    """How much one person, and all who speak for one organisation, may send.

    Those who are not confirmed share a smaller measure of their own, so that they use up nobody else's.
    """
    person, organisation = f"send:{actor.user_id}", f"send-for:{actor.organisation_id}"
    if actor.is_confirmed:
        return (
            Limit(person, 30, _HOUR),
            Limit(f"{person}:day", 100, _DAY),
            Limit(organisation, 100, _HOUR),
            Limit(f"{organisation}:day", 400, _DAY),
        )
    return (
        Limit(person, 5, _HOUR),
        Limit(f"{person}:day", 15, _DAY),
        Limit(f"{organisation}:unconfirmed", 10, _HOUR),
        Limit(f"{organisation}:unconfirmed:day", 30, _DAY),
    )


def count_sent(session: Session, actor: Actor) -> None:
    """Count one thing sent. Raises TooMany. What is refused later is not counted: nothing of it is kept."""
    for limit in _limits(actor):
        count_against(session, limit.subject, limit.most, limit.window)


def count_upload(session: Session, actor: Actor) -> None:
    """Count one file that comes, from a page or a program. Raises TooMany."""
    count_against(session, f"upload:{actor.user_id}", UPLOADS_AN_HOUR, _HOUR)
