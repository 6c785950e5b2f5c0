"""When this happens, do that: the one table of it. Reactions only defer jobs and queue mails."""

from sqlalchemy.orm import Session

from app.core.events import forget_reactions, react
from app.core.jobs import defer
from app.domain.organisations.events import OrganisationChanged
from app.http.pages import Renderer, Site
from app.identity.events import CodeMade
from app.notices.signin import send_code


def connect(renderer: Renderer, site: Site) -> None:
    """Join events to what follows them; mails are written with these templates for this site."""
    forget_reactions()
    react(OrganisationChanged, lambda session, event: _index(session, "organisation", event.organisation_id))
    react(CodeMade, lambda session, event: send_code(session, renderer, site, event))


def _index(session: Session, kind: str, *ids: int) -> None:
    defer(session, "search.index", kind=kind, ids=list(ids))
