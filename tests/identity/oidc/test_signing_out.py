"""Signing out together with the provider: from here to there, and on the provider's own word."""

import re
import time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.identity.id_tokens import LOGOUT_EVENT
from app.identity.provider_models import ProviderSession
from app.identity.sessions import find_actor
from tests.identity.oidc.conftest import Desk
from tests.identity.oidc.liar import CLIENT, OTHER_RSA, FromNow, send_json, settle, sign
from tests.site import Browser

PLAIN = {"sub": "sub-p", "name": "Pia Prøve"}


def is_signed_in(desk: Desk, browser: Browser) -> bool:
    with desk.site.unit() as session:
        secret = browser.client.cookies.get(desk.site.app.state.cookie.name)
        return bool(find_actor(session, secret).is_signed_in)


@pytest.fixture
def signed_in(desk: Desk) -> Browser:
    browser = desk.site.new_browser()
    assert desk.sign_in("plain", browser=browser, **PLAIN).status_code == 303
    assert is_signed_in(desk, browser)
    return browser


def test_signing_out_goes_on_to_the_provider_with_the_id_token(desk: Desk, signed_in: Browser) -> None:
    secret = signed_in.client.cookies.get(desk.site.app.state.cookie.name)
    page = signed_in.post("/log-ud")
    address = unescape(re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)[0])
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{desk.liar.address}/plain/end?")
    assert asked["post_logout_redirect_uri"] == "http://testserver/"
    assert asked["client_id"] == CLIENT
    assert asked["id_token_hint"].count(".") == 2
    assert page.headers["cache-control"] == "no-store"
    with desk.site.unit() as session:
        assert not find_actor(session, secret).is_signed_in


def test_signing_out_ends_the_session_here_also_when_the_provider_is_away(
    desk: Desk, signed_in: Browser
) -> None:
    partner = desk.site.app.state.partners["plain"]
    partner.directory._metadata.value = None
    desk.liar.answers["openid-configuration"] = lambda handler: send_json(handler, {}, 500)
    answer = signed_in.post("/log-ud")
    assert answer.headers["location"] == "/?kvittering=signed_out"
    assert not is_signed_in(desk, signed_in)


def test_a_provider_without_a_place_to_sign_out_is_left_alone(desk: Desk, signed_in: Browser) -> None:
    partner = desk.site.app.state.partners["plain"]
    partner.directory._metadata.value.pop("end_session_endpoint")
    assert signed_in.post("/log-ud").headers["location"] == "/?kvittering=signed_out"


def test_the_id_token_cannot_be_read_from_the_database_alone(desk: Desk, signed_in: Browser) -> None:
    with desk.site.unit() as session:
        sealed = session.scalars(select(ProviderSession.sealed_id_token)).one()
    assert sealed.startswith("eyJhbGciOiJkaXIi")
    assert sealed.count(".") == 4


# --- back-channel


def logout_claims(desk: Desk, **changes: Any) -> dict[str, Any]:
    moment = int(time.time())
    honest = {
        "iss": desk.liar.issuer("plain"),
        "aud": CLIENT,
        "iat": moment,
        "exp": moment + 120,
        "jti": "jti-1",
        "sid": "sid-1",
        "sub": "sub-p",
        "events": {LOGOUT_EVENT: {}},
    }
    return settle(honest | changes)


def tell(desk: Desk, token: str) -> Any:
    """As the provider's server does: no cookie, no origin."""
    client = desk.site.new_browser().client
    client.headers.pop("Sec-Fetch-Site")
    return client.post("/log-ind/hos/plain/log-ud", data={"logout_token": token})


@pytest.mark.parametrize("named", [{}, {"sub": None}, {"sid": None}], ids=["both", "session", "person"])
def test_the_providers_word_ends_the_session(desk: Desk, signed_in: Browser, named: dict[str, None]) -> None:
    answer = tell(desk, sign(logout_claims(desk, **named), typ="logout+jwt"))
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")
    assert not is_signed_in(desk, signed_in)


@pytest.mark.parametrize("other", [{"sid": "sid-2"}, {"sub": "en-anden", "sid": None}])
def test_the_providers_word_about_others_leaves_the_session(
    desk: Desk, signed_in: Browser, other: dict[str, str]
) -> None:
    assert tell(desk, sign(logout_claims(desk, **other))).status_code == 200
    assert is_signed_in(desk, signed_in)


WRONG = {
    "another issuer": {"iss": "https://ond.example"},
    "another audience": {"aud": "en-anden"},
    "no time": {"iat": None},
    "an old one": {"iat": FromNow(-3600), "exp": None},
    "one of the future": {"iat": FromNow(70)},
    "an expired one": {"exp": FromNow(-70)},
    "no number": {"jti": None},
    "an ID token": {"events": None, "nonce": "n"},
    "another event": {"events": {"http://schemas.openid.net/event/andet": {}}},
    "an event that is no object": {"events": {LOGOUT_EVENT: "ja"}},
    "events that are a list": {"events": [LOGOUT_EVENT]},
    "a nonce": {"nonce": "n"},
    "nobody": {"sid": None, "sub": None},
    "numbers for names": {"sid": 1, "sub": 2},
}


@pytest.mark.parametrize("lie", WRONG)
def test_a_wrong_logout_token_ends_nothing(
    desk: Desk, signed_in: Browser, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = tell(desk, sign(logout_claims(desk, **WRONG[lie])))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert is_signed_in(desk, signed_in)
    assert [r.getMessage().split(":")[0] for r in caplog.records if r.name == "app.web.oidc"] == [
        "sign-out from plain refused"
    ]


def test_a_forged_logout_token_ends_nothing(desk: Desk, signed_in: Browser) -> None:
    assert tell(desk, sign(logout_claims(desk), OTHER_RSA)).status_code == 400
    assert tell(desk, "").status_code == 400
    assert is_signed_in(desk, signed_in)


def test_a_logout_token_works_once(desk: Desk, signed_in: Browser) -> None:
    token = sign(logout_claims(desk))
    assert tell(desk, token).status_code == 200
    assert desk.sign_in("plain", browser=signed_in, **PLAIN).status_code == 303
    assert tell(desk, token).status_code == 400
    assert is_signed_in(desk, signed_in)


def test_a_page_of_another_site_cannot_make_a_browser_send_it(desk: Desk, signed_in: Browser) -> None:
    token = sign(logout_claims(desk))
    answer = signed_in.client.post(
        "/log-ind/hos/plain/log-ud",
        data={"logout_token": token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert is_signed_in(desk, signed_in)
