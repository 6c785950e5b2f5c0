"""Answers of a provider that hang, flood or mislead, and its keys: what comes of them ends soon and well."""

import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from app.identity import fetching
from app.identity.keys import REFETCHES
from tests.identity.oidc.conftest import Desk
from tests.identity.oidc.liar import EC, OTHER_RSA, Answer, send_json, sign
from tests.identity.oidc.refusals import NO_ANSWER, NOT_TRUSTED, assert_refused

# --- answers that do not end


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that are as small as an honest answer on a busy machine lets them be."""
    monkeypatch.setattr(fetching, "STEP", fetching.httpx2.Timeout(0.5))
    monkeypatch.setattr(fetching, "WHOLE_TALK", 0.8)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.0)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    send_slowly(handler, b" " * 500)


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    send_slowly(handler, b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500)


def send_slowly(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    for byte in body:
        try:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.02)


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    try:
        handler.wfile.write(b'{"x":"' + b"y" * 2_000_000 + b'"}')
    except OSError:
        return
    handler.close_connection = True


def squeeze(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def nest(handler: BaseHTTPRequestHandler) -> None:
    body = b"[" * 100_000
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_away(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/andet-sted")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


SLOW = {"hangs": hang, "comes drop by drop": drip, "begins drop by drop": drip_head}
BAD = {
    "is huge": flood,
    "is compressed": squeeze,
    "is nested without end": nest,
    "is no JSON": lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    "is a list": lambda handler: send_json(handler, []),
    "leads elsewhere": send_away,
    "is an error": lambda handler: send_json(handler, {}, 500),
}


def sign_in_where(desk: Desk, where: str, answer: Answer) -> Any:
    """A sign-in with one answer that is not as it should be."""
    if where == "openid-configuration":
        desk.liar.answers[where] = answer
        return desk.site.new_browser().post("/log-ind/hos/plain", {"videre": "/"})
    begun = desk.begin("plain")
    desk.liar.answers[where] = answer
    return begun.come_back(desk.liar.give_code(sign(desk.liar.claims("plain", begun.asked["nonce"]))))


@pytest.mark.parametrize("where", ["openid-configuration", "keys", "token"])
@pytest.mark.parametrize("how", BAD)
def test_an_answer_that_cannot_be_used_is_told_as_none(
    lone: Desk, told: pytest.LogCaptureFixture, how: str, where: str
) -> None:
    page = sign_in_where(lone, where, BAD[how])
    assert_refused(lone, told, page, 503, NO_ANSWER, "(no_answer)")
    assert page.headers["retry-after"] == "30"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("where", ["openid-configuration", "token"])
@pytest.mark.parametrize("how", SLOW)
def test_an_answer_that_does_not_come_is_not_waited_for(
    lone: Desk, told: pytest.LogCaptureFixture, how: str, where: str
) -> None:
    started = time.monotonic()
    page = sign_in_where(lone, where, SLOW[how])
    assert time.monotonic() - started < 5
    assert_refused(lone, told, page, 503, NO_ANSWER, "(no_answer)")


def test_a_token_answer_without_a_token_is_refused(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    lone.liar.answers["token"] = lambda handler: send_json(handler, {"access_token": "x"})
    assert_refused(lone, told, lone.sign_in("plain"), 403, NOT_TRUSTED, "no token")


@pytest.mark.parametrize(
    "odd", [{"expires_in": "soon"}, {"expires_in": [1]}, {"id_token": ["x"]}, {"id_token": 7}]
)
def test_a_token_answer_with_odd_values_is_refused(
    lone: Desk, told: pytest.LogCaptureFixture, odd: dict[str, Any]
) -> None:
    begun = lone.begin("plain")
    code = lone.liar.give_code("a.b.c")
    lone.liar.codes[code] |= odd
    page = begun.come_back(code)
    assert page.status_code in (403, 503)
    assert_refused(lone, told, page, page.status_code, "", "")


METADATA = {
    "of another issuer": {"issuer": "https://ond.example"},
    "without keys": {"jwks_uri": None},
    "with an address of another kind": {"token_endpoint": "file:///etc/passwd"},
    "with an address that is none": {"authorization_endpoint": "http://[x"},
}


@pytest.mark.parametrize("lie", METADATA)
def test_metadata_that_cannot_be_right_is_refused(
    lone: Desk, told: pytest.LogCaptureFixture, lie: str
) -> None:
    lone.liar.metadata |= METADATA[lie]
    page = lone.site.new_browser().post("/log-ind/hos/plain", {"videre": "/"})
    assert_refused(lone, told, page, 503, NO_ANSWER, "metadata")


# --- keys


def test_a_new_key_is_fetched_when_a_token_names_it(desk: Desk) -> None:
    assert desk.sign_in("plain", name="Pia").status_code == 303
    desk.liar.keys = [OTHER_RSA]
    begun = desk.begin("plain")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"]), OTHER_RSA)
    assert begun.come_back(desk.liar.give_code(token)).status_code == 303


def test_a_key_that_took_the_name_of_another_is_fetched(desk: Desk) -> None:
    assert desk.sign_in("plain", name="Pia").status_code == 303
    renamed = {"keys": [OTHER_RSA.as_dict(private=False) | {"kid": "rsa-1"}]}
    desk.liar.answers["keys"] = lambda handler: send_json(handler, renamed)
    begun = desk.begin("plain")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"]), OTHER_RSA, kid="rsa-1")
    assert begun.come_back(desk.liar.give_code(token)).status_code == 303


def test_a_key_that_was_taken_away_signs_nobody_in(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    lone.liar.keys = [EC]
    page = lone.sign_in("plain")
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "no key of the provider fits")


def test_keys_are_not_fetched_for_every_forged_token(desk: Desk) -> None:
    for number in range(REFETCHES + 4):
        begun = desk.begin("plain")
        token = sign(desk.liar.claims("plain", begun.asked["nonce"]), OTHER_RSA, kid=f"ukendt-{number}")
        assert begun.come_back(desk.liar.give_code(token)).status_code == 403
    assert desk.liar.asked.count("/plain/keys") == 1 + REFETCHES


def test_a_short_key_is_not_trusted(lone: Desk, told: pytest.LogCaptureFixture) -> None:
    short = RSAKey.generate_key(1024, {"kid": "kort"})
    lone.liar.keys = [short]
    begun = lone.begin("plain")
    token = sign(lone.liar.claims("plain", begun.asked["nonce"]), short)
    page = begun.come_back(lone.liar.give_code(token))
    assert_refused(lone, told, page, 403, NOT_TRUSTED, "no key of the provider fits")
