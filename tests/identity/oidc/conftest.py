"""The site with four providers, all of them one that lies on demand, and a browser that signs in there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.database import Database
from app.domain.users.models import User
from app.identity.models import SignInSession
from app.identity.sessions import open_session
from app.main import make_partners
from app.provider_settings import ProviderSettings
from app.settings import Settings
from tests.conftest import make_test_tools
from tests.identity.oidc.liar import CLIENT, NSIS, SECRET, Liar, serve_liar, sign
from tests.site import Browser, Site


@pytest.fixture(scope="session")
def running_liar() -> Iterator[Liar]:
    liar = Liar()
    server = serve_liar(liar)
    yield liar
    server.shutdown()


@pytest.fixture
def liar(running_liar: Liar) -> Liar:
    running_liar.be_honest()
    return running_liar


def provider_settings(liar: Liar) -> list[ProviderSettings]:
    common: dict[str, Any] = {"client_id": CLIENT, "client_secret": SECRET}
    roles = {"role_claim": "roles", "roles": {"Forum.Admin": "admin", "Forum.Staff": "staff"}}
    return [
        ProviderSettings(key="plain", label="Enkel", kind="plain", issuer=f"{liar.address}/plain", **common),
        ProviderSettings(key="other", label="Anden", kind="plain", issuer=f"{liar.address}/other", **common),
        ProviderSettings(
            key="broker",
            label="MitID Erhverv",
            kind="broker",
            issuer=f"{liar.address}/broker",
            organisation_claim="nemlogin.cvr",
            organisations="cvr",
            lowest_level=NSIS + "Low",
            **roles,
            **common,
        ),
        ProviderSettings(
            key="entra",
            label="Kommunens login",
            kind="entra",
            issuer=liar.address + "/{tenantid}/v2.0",
            metadata_url=liar.address + "/organizations/v2.0/.well-known/openid-configuration",
            tenants=["tenant-vaert", "tenant-her"],
            organisation_claim="tid",
            organisations={"tenant-vaert": "vaert", "tenant-her": "her"},
            level_is_checked_there=True,
            **roles,
            **common,
        ),
    ]


@pytest.fixture(scope="module")
def lasting_site(
    written_database: tuple[Database, Callable[[], None]],
    running_liar: Liar,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("oidc")
    settings = Settings(
        data=folder,
        base_url="http://testserver",
        run_worker=False,
        oidc_providers=provider_settings(running_liar),
    )
    with Site(settings, make_test_tools(written_database[0], folder)) as opened:
        yield opened


@pytest.fixture
def site(lasting_site: Site, written_database: tuple[Database, Callable[[], None]]) -> Iterator[Site]:
    """The site as it starts, on an empty database; made once for many tests, which halves their time."""
    lasting_site.app.state.partners = make_partners(lasting_site.settings)
    lasting_site.forget_people()
    yield lasting_site
    written_database[1]()


@dataclass
class SignIn:
    """A sign-in that has been begun in a browser, and what went to the provider."""

    browser: Browser
    provider: str
    asked: dict[str, str]

    def come_back(self, code: str = "", /, **query: str | None) -> Any:
        """The browser returns from the provider; a value of None leaves the field out."""
        given = {"state": self.asked["state"], "code": code} | query
        params = {name: value for name, value in given.items() if value is not None}
        return self.browser.get(f"/log-ind/hos/{self.provider}/retur", params=params)


class Desk:
    """Signs in at the liar, and tells what came of it."""

    def __init__(self, site: Site, liar: Liar) -> None:
        self.site = site
        self.liar = liar
        self.before = (0, 0)

    def browser(self, who: str) -> Browser:
        """A browser of one of the people, whose cookie a sign-in replaces as it does in a real one."""
        browser = self.site.new_browser()
        with self.site.unit() as session:
            secret = open_session(session, getattr(self.site.people, who).user_id, "passkey")
        browser.client.cookies.set(self.site.app.state.cookie.name, secret, "testserver.local", "/")
        return browser

    def begin(
        self, provider: str, browser: Browser | None = None, path: str = "", target: str = "/moeder"
    ) -> SignIn:
        browser = browser or self.site.new_browser()
        page = browser.post(path or f"/log-ind/hos/{provider}", {"videre": target})
        assert page.status_code == 200, page.text
        onward = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
        address = unescape(onward[0])
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return SignIn(browser, provider, asked)

    def sign_in(
        self, provider: str, issuer: str = "", /, browser: Browser | None = None, **claims: Any
    ) -> Any:
        """An honest sign-in, but for the claims that are changed."""
        begun = self.begin(provider, browser)
        token = sign(self.liar.claims(issuer or provider, begun.asked["nonce"], **claims))
        return begun.come_back(self.liar.give_code(token))

    def count(self) -> tuple[int, int]:
        """How many users and open sessions there are."""
        with self.site.unit() as session:
            users = session.scalar(select(func.count()).select_from(User))
            sessions = session.scalar(
                select(func.count()).select_from(SignInSession).where(SignInSession.ended_at.is_(None))
            )
        return users, sessions

    def list_refusals(self) -> list[str | None]:
        """The requests whose sign-in the log of changes calls refused."""
        refused = (AuditEntry.verb == "sign_in", AuditEntry.outcome == "refused")
        with self.site.unit() as session:
            return list(
                session.scalars(select(AuditEntry.request_id).where(*refused).order_by(AuditEntry.id))
            )


@pytest.fixture
def desk(site: Site, liar: Liar) -> Desk:
    _ = site.people
    return Desk(site, liar)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("WARNING", "app.web.oidc")
    return caplog


@pytest.fixture
def asked(desk: Desk) -> Desk:
    desk.before = desk.count()
    return desk


@pytest.fixture
def lone(site: Site, liar: Liar) -> Desk:
    """The same without any people, for what comes to nothing before anybody is looked for."""
    return Desk(site, liar)


BROKER = {
    "sub": "sub-b",
    "identity_type": "professional",
    "loa": NSIS + "Substantial",
    "nemlogin.persistent_professional_id": "urn:uuid:1",
    "nemlogin.cvr": "12345674",
    "name": "Bo Broker",
}
ENTRA = {"tid": "tenant-her", "oid": "oid-1", "sub": "sub-e", "name": "Ea Entra", "ver": "2.0"}
