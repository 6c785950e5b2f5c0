"""Sign-in at a real, certified provider, over real HTTP from end to end."""

import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from app.core.database import Database
from app.domain.organisations.models import Organisation
from app.identity.sessions import find_actor
from tests.browser.conftest import Served, serve
from tests.certified import Certified, find_place, running
from tests.conftest import create_database
from tests.people import add_people


@pytest.fixture(scope="module")
def place() -> Certified:
    return find_place()


SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "broker": {"organisation_claim": "nemlogin.cvr", "organisations": "cvr"},
    "entra": {
        "tenants": ["tenant-her"],
        "organisation_claim": "tid",
        "organisations": {"tenant-her": "vaert"},
        "role_claim": "roles",
        "roles": {"Forum.Staff": "staff"},
        "level_is_checked_there": True,
    },
}


@pytest.fixture(scope="module")
def sites(
    place: Certified,
    server: Any,
    empty_template: str,
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Served]]:
    """The site with the provider in each of its shapes, and the provider itself."""
    name = f"certified_{worker_id}"
    create_database(server, name, empty_template)
    database = Database(server.url(name), pool_size=8)
    with database.unit() as session:
        add_people(session)
        session.execute(update(Organisation).where(Organisation.key == "soft").values(cvr="12345674"))
    folder = tmp_path_factory.mktemp("certified")

    def served(kind: str) -> Any:
        providers = [place.settings(kind, **SHAPES[kind])]
        return serve(database, folder / "files", folder, False, lambda _: {"oidc_providers": providers})

    with served("plain") as plain, served("broker") as broker, served("entra") as entra:
        addresses = [site.address for site in (plain, broker, entra)]
        with running(place, *addresses):
            yield {"plain": plain, "broker": broker, "entra": entra}


@pytest.fixture
def browser() -> Iterator[httpx2.Client]:
    """Follows redirects and keeps cookies, of the site and of the provider, as a browser does."""
    with httpx2.Client(follow_redirects=True, trust_env=False) as client:
        yield client


def own_headers(site: Served) -> dict[str, str]:
    return {"Origin": site.address}


def onward(page: Any) -> str:
    return unescape(re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)[0])


def sign_in(browser: httpx2.Client, site: Served, who: str) -> Any:
    begun = browser.post(
        f"{site.address}/log-ind/hos/proeve", data={"videre": "/mit"}, headers=own_headers(site)
    )
    return browser.get(onward(begun) + f"&login_hint={who}")


def actor_of(browser: httpx2.Client, site: Served) -> Any:
    host = site.address.removeprefix("http://").split(":")[0]
    secrets = [c.value for c in browser.cookies.jar if c.name == "dialogforum" and host in c.domain]
    with site.tools.database.unit() as session:
        return find_actor(session, secrets[0] if secrets else None)


@pytest.mark.parametrize(
    ("who", "name", "organisation", "role"),
    [
        ("plain", "Pia Prøve", None, None),
        ("broker", "Bo Broker", "soft", "member"),
        ("entra", "Ea Entra", "vaert", "staff"),
    ],
)
def test_a_person_of_each_shape_comes_home_signed_in(
    sites: dict[str, Served],
    browser: httpx2.Client,
    who: str,
    name: str,
    organisation: str | None,
    role: str | None,
) -> None:
    site = sites[who]
    page = sign_in(browser, site, who)
    assert page.url.path == "/mit", page.text
    actor = actor_of(browser, site)
    assert (actor.name, actor.role, actor.is_strong) == (name, role, True)
    assert actor.is_staff == (role == "staff")
    with site.tools.database.unit() as session:
        found = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
        assert (found.key if found else None) == organisation


def test_a_second_sign_in_opens_the_same_account(sites: dict[str, Served], browser: httpx2.Client) -> None:
    sign_in(browser, sites["plain"], "plain")
    first = actor_of(browser, sites["plain"])
    with httpx2.Client(follow_redirects=True, trust_env=False) as another:
        sign_in(another, sites["plain"], "plain")
        assert actor_of(another, sites["plain"]).user_id == first.user_id


def test_a_new_key_at_the_provider_is_no_hindrance(
    sites: dict[str, Served], browser: httpx2.Client, place: Certified
) -> None:
    sign_in(browser, sites["plain"], "plain")
    browser.cookies.clear()
    assert browser.get(f"{place.issuer}/rotate").text == "rotated"
    assert sign_in(browser, sites["plain"], "plain").url.path == "/mit"


def test_a_code_that_was_sent_twice_signs_in_once(sites: dict[str, Served], browser: httpx2.Client) -> None:
    site = sites["plain"]
    arrived = [r for r in sign_in(browser, site, "plain").history if "/retur?" in str(r.url)]
    cookies = arrived[0].request.headers["cookie"]
    with httpx2.Client(trust_env=False) as again:
        answer = again.get(str(arrived[0].url), headers={"Cookie": cookies})
    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)


def test_signing_out_here_signs_out_there(
    sites: dict[str, Served], browser: httpx2.Client, place: Certified
) -> None:
    site = sites["plain"]
    sign_in(browser, site, "plain")
    leaving = browser.post(f"{site.address}/log-ud", headers=own_headers(site))
    assert not actor_of(browser, site).is_signed_in
    asked = browser.get(onward(leaving))
    home = confirm(browser, place, asked)
    assert str(home.url) == f"{site.address}/"
    begun = browser.post(f"{site.address}/log-ind/hos/proeve", headers=own_headers(site))
    assert "<h1>Log in</h1>" in browser.get(onward(begun)).text


def confirm(browser: httpx2.Client, place: Certified, asked: Any) -> Any:
    """Say yes to the provider's question whether to sign out."""
    secret = re.findall(r'name="xsrf" value="([^"]+)"', asked.text)[0]
    return browser.post(f"{place.issuer}/session/end/confirm", data={"xsrf": secret, "logout": "yes"})


def test_signing_out_there_signs_out_here(
    sites: dict[str, Served], browser: httpx2.Client, place: Certified
) -> None:
    site = sites["plain"]
    sign_in(browser, site, "plain")
    assert actor_of(browser, site).is_signed_in
    confirm(browser, place, browser.get(f"{place.issuer}/session/end"))
    wait_for(lambda: not actor_of(browser, site).is_signed_in)


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_no_at_the_provider_is_told_as_that(sites: dict[str, Served], browser: httpx2.Client) -> None:
    site = sites["plain"]
    begun = browser.post(f"{site.address}/log-ind/hos/proeve", headers=own_headers(site))
    page = browser.get(onward(begun) + "&prompt=none")
    assert page.status_code == 400
    assert "kunne ikke logge dig ind" in page.text
