"""When this happens, do that: the one table of it. Reactions only defer jobs."""

from sqlalchemy.orm import Session

from app.core.events import Event, react
from app.core.jobs import defer
from app.domain.organisations.events import OrganisationChanged


def connect() -> None:
    """Join events to what follows them."""
    react(OrganisationChanged, lambda session, event: _index(session, "organisation", event.organisation_id))


def _index(session: Session, kind: str, object_id: int) -> None:
    defer(session, "search.index", kind=kind, ids=[object_id])


__all__ = ["Event", "connect"]
