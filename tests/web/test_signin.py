"""Signing in: by a mailed code for anybody, by a button only in the demo."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.core.database import Database
from app.domain.users.models import User
from app.identity.models import SignInSession
from app.settings import Settings
from app.web.signin import own_path
from tests.conftest import make_test_tools
from tests.site import Browser, Site


def read_code(site: Site) -> str:
    """The code in the newest mail."""
    site.work()
    newest = max((site.settings.data / "mail").glob("*.eml"))
    message = message_from_bytes(newest.read_bytes(), policy=policy.default)
    found = re.search(r"\b\d{6}\b", message.get_body(("plain",)).get_content())
    assert found
    return found[0]


def ask(site: Site, browser: Browser, email: str, **fields: str) -> str:
    response = browser.post("/log-ind", {"email": email} | fields)
    assert response.status_code == 303
    return response.headers["location"]


def test_a_known_person_signs_in_with_the_code(site: Site) -> None:
    site.people  # noqa: B018  makes them
    browser = site.new_browser()
    ask(site, browser, "VERA@soft.example", videre="/oensker")
    response = browser.post("/log-ind/kode", {"code": read_code(site), "videre": "/oensker"})
    assert (response.status_code, response.headers["location"]) == (303, "/oensker?kvittering=signed_in")
    assert "Vera Vendor" in browser.get("/was").text


def test_a_new_person_is_asked_for_a_name_first(site: Site) -> None:
    site.people  # noqa: B018
    browser = site.new_browser()
    ask(site, browser, "ny@soft.example")
    response = browser.post("/log-ind/kode", {"code": read_code(site)})
    assert response.headers["location"] == "/velkommen"
    page = browser.get("/velkommen").text
    assert "Soft A/S" in page


def test_the_same_answer_whether_the_address_is_known_or_not(site: Site) -> None:
    site.people  # noqa: B018
    answers = {
        ask(site, site.new_browser(), email) for email in ("vera@soft.example", "ukendt@ukendt.example")
    }
    assert answers == {"/log-ind/kode?videre=/"}


def test_a_wrong_code_keeps_the_person_out_and_says_what_to_do(site: Site) -> None:
    site.people  # noqa: B018
    browser = site.new_browser()
    ask(site, browser, "vera@soft.example")
    response = browser.post("/log-ind/kode", {"code": "12345"})
    assert response.status_code == 422
    assert "Koden passer ikke" in response.text


def test_five_wrong_codes_end_the_attempt(site: Site) -> None:
    site.people  # noqa: B018
    browser = site.new_browser()
    ask(site, browser, "vera@soft.example")
    code = read_code(site)
    for _ in range(5):
        browser.post("/log-ind/kode", {"code": "000000" if code != "000000" else "111111"})
    assert browser.post("/log-ind/kode", {"code": code}).status_code == 422


def test_the_sixth_code_in_a_quarter_is_refused_with_a_time(site: Site) -> None:
    browser = site.new_browser()
    for _ in range(5):
        ask(site, browser, "vera@soft.example")
    response = browser.post("/log-ind", {"email": "vera@soft.example"})
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 900


@pytest.mark.parametrize(
    "email", ["", "vera", "vera@", "@soft.dk", "a b@c.dk", "vera@soft", "x" * 300 + "@a.dk"]
)
def test_what_is_no_address_gets_a_sentence_and_stays_typed(site: Site, email: str) -> None:
    response = site.new_browser().post("/log-ind", {"email": email})
    assert response.status_code == 422
    assert "field-email-error" in response.text
    assert f'value="{email}"' in response.text


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/oensker?tema=1", "/oensker?tema=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(target: str, expected: str) -> None:
    assert own_path(target) == expected


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    browser = site.browser("vendor")
    response = browser.post("/log-ud")
    assert response.status_code == 303
    with site.unit() as session:
        assert session.scalar(select(func.count()).where(SignInSession.ended_at.is_not(None))) == 1


@pytest.fixture
def production(clone: Callable[[str], Database], empty_template: str, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(
        environment="production",
        data=tmp_path,
        base_url="https://testserver",
        smtp_host="127.0.0.1",
        contact_name="Sekretariatet",
        contact_mail="post@forum.example",
        contact_phone="12 34 56 78",
        data_responsible="Foreningen",
        mail_from="post@forum.example",
    )
    with Site(settings, make_test_tools(clone(empty_template), tmp_path)) as opened:
        yield opened


def test_production_offers_no_buttons_and_refuses_them(production: Site) -> None:
    with production.unit() as session:
        session.add(User(email="eva.eksempel@eksempelforeningen.example", name="S", created_at=func.now()))
    browser = production.new_browser()
    assert "/log-ind/demo" not in browser.get("/log-ind").text
    assert browser.post("/log-ind/demo", {"kind": "staff"}).status_code == 404


def test_on_https_the_cookie_is_bound_to_the_host(production: Site) -> None:
    browser = production.new_browser()
    ask(production, browser, "ny@soft.example")
    cookie = browser.client.cookies
    assert production.app.state.cookie.name == "__Host-dialogforum"
    assert len(list(cookie.jar)) == 1


def test_on_https_browsers_are_told_to_stay_there_for_a_year(production: Site) -> None:
    for path in ("/", "/findes-ikke", "/static/css/app.css", "/api/v1/moeder"):
        told = production.new_browser().get(path).headers["strict-transport-security"]
        assert told == "max-age=31536000; includeSubDomains", path


def test_production_without_its_settings_does_not_start() -> None:
    with pytest.raises(ValueError, match="DIALOGFORUM_CONTACT_PHONE"):
        Settings(environment="production")
