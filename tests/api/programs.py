"""Programs for tests: keys, and clients that send nothing but their key."""

from starlette.testclient import TestClient

from app.core.policy import Actor, Scope
from app.identity.tokens import make_token
from tests.site import Site, shared_portal


def make_key(site: Site, who: str, *scopes: Scope, days: int = 30) -> str:
    """A key of one of the people; it can read, and what is named besides."""
    actor: Actor = getattr(site.people, who)
    with site.unit() as session:
        return make_token(session, actor, "Fagsystem", frozenset({"read", *scopes}), days)


def new_program(site: Site, key: str | None = None) -> TestClient:
    """A client without cookies and without what browsers say of themselves."""
    client = TestClient(site.app, follow_redirects=False, raise_server_exceptions=False)
    client.portal = shared_portal()
    if key is not None:
        client.headers["Authorization"] = f"Bearer {key}"
    return client
