"""What every request passes: headers, language, origin, readable text."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers

import app
from app.http.gates import CONTENT_SECURITY_POLICY, is_own_request, split_language
from tests.site import Site


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/moeder", ("da", "/moeder")),
        ("/en/moeder", ("en", "/moeder")),
        ("/sv", ("sv", "/")),
        ("/sv/", ("sv", "/")),
        ("/da/moeder", ("da", "/da/moeder")),
        ("/enhed", ("da", "/enhed")),
    ],
)
def test_language_is_read_from_the_first_part_of_the_path(path: str, expected: tuple[str, str]) -> None:
    assert split_language(path) == expected


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://here", "host": "here"}, True),
        ({"origin": "http://[", "host": "here"}, False),
        ({"origin": "http://there", "host": "here"}, False),
        ({"origin": "null", "host": "here"}, False),
        ({"host": "here"}, True),
        ({"host": "here", "cookie": "dialogforum=x"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://here", "host": "here"}, False),
    ],
)
def test_only_our_own_pages_may_write(headers: dict[str, str], allowed: bool) -> None:
    assert is_own_request(Headers(headers)) is allowed


def test_a_write_from_another_site_is_refused(site: Site) -> None:
    response = site.browser("staff").post("/log-ud", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/soeg?q=%00", "/soeg?q=%ff", "/%00", "/moeder/%fe", "/en/%00"])
def test_an_unreadable_address_is_a_page_with_a_sentence(site: Site, path: str) -> None:
    response = site.browser().get(path)
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in response.text


def test_every_answer_has_the_security_headers(site: Site) -> None:
    for path in ("/", "/findes-ikke", "/healthz", "/static/css/app.css"):
        headers = site.browser().get(path).headers
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert len(headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/sitemap.xml", "application/xml"),
        ("/moeder.atom", "application/atom+xml"),
        ("/moeder.ics", "text/calendar"),
        ("/moeder.csv", "text/csv"),
        ("/.well-known/security.txt", "text/plain"),
        ("/static/img/favicon.svg", "image/svg+xml"),
        ("/static/css/app.css", "text/css"),
    ],
)
def test_text_and_xml_say_how_they_are_written(site: Site, path: str, kind: str) -> None:
    response = site.browser().get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{kind}; charset=utf-8")


def test_a_drawing_that_the_browser_has_already_is_not_sent_again(site: Site) -> None:
    first = site.browser().get("/static/img/favicon.svg")
    again = site.browser().get("/static/img/favicon.svg", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_policy_of_content_names_no_other_place_than_ours() -> None:
    sources = {word for part in CONTENT_SECURITY_POLICY.split(";") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'", "data:"}


def test_no_other_door_than_oembed_opens_itself_to_the_scripts_of_others(site: Site) -> None:
    code = Path(app.__file__).parent
    opened = [path.name for path in code.rglob("*.py") if "access-control-" in path.read_text().lower()]
    assert opened == ["sharing.py"]
    asked = {"Origin": "https://anden.example", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/api/v1/moeder", "/static/css/app.css"):
        for method in ("GET", "OPTIONS"):
            headers = site.browser().client.request(method, path, headers=asked).headers
            assert [name for name in headers if name.startswith("access-control-")] == [], (method, path)


@pytest.mark.parametrize("path", ["/static/", "/static/img/", "/static/../main.py", "/.git/config", "/.env"])
def test_no_folder_is_listed_and_nothing_beside_our_files_is_served(site: Site, path: str) -> None:
    assert site.browser().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/moeder", "/api/v1/moeder", "/static/css/app.css"])
def test_trace_and_track_are_not_answered(site: Site, path: str) -> None:
    asked = [site.browser().client.request(method, path) for method in ("TRACE", "TRACK")]
    assert [answer.status_code for answer in asked] == [405, 405]


def test_an_address_cannot_write_a_line_of_its_own_into_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.access"):
        site.browser().get("/findes-ikke%0d%0a2026-11-23%20INFO%20opdigtet%1b[2J")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "app.access"]
    assert "opdigtet" in line
    assert line.isprintable()


def test_a_stranger_gets_no_cookie(site: Site) -> None:
    for path in ("/", "/moeder", "/log-ind", "/was", "/findes-ikke"):
        assert "set-cookie" not in site.browser().get(path).headers


def test_a_stranger_who_has_the_page_already_gets_304(site: Site) -> None:
    first = site.browser().get("/was")
    again = site.browser().get("/was", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")


def test_pages_for_somebody_are_never_stored(site: Site) -> None:
    assert site.browser("vendor").get("/was").headers["cache-control"] == "no-store"


def test_an_announced_body_that_is_too_large_is_a_page_and_nothing_of_it_is_read(site: Site) -> None:
    response = site.browser().client.post("/log-ind", content=b"x" * 2_000_001)
    assert response.status_code == 413
    assert "<h1>Det fylder for meget</h1>" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert site.browser().client.post("/log-ind", content=b"x" * 2_000_000).status_code != 413


def test_a_body_of_unknown_size_is_cut_off_at_the_limit(site: Site) -> None:
    taken, sent = asyncio.run(ask_slowly(site, "/log-ind", [b"&x=" + b"x" * 499_997] * 40))
    assert sent[0]["status"] == 413
    assert b"<h1>Det fylder for meget</h1>" in b"".join(part.get("body", b"") for part in sent[1:])
    assert len(taken) == 5


def test_no_connection_is_held_while_a_body_comes(site: Site) -> None:
    parts = [b"email=", b"vera", b"%40", b"soft.example"]
    held, sent = asyncio.run(ask_slowly(site, "/log-ind", parts))
    assert sent[0]["status"] == 303
    assert held == [0, 0, 0, 0]


async def ask_slowly(site: Site, path: str, parts: list[bytes]) -> tuple[list[int], list[Any]]:
    """Send a form in parts, its size untold: how many connections were held at each, and the answer."""
    held: list[int] = []
    sent: list[Any] = []
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"sec-fetch-site", b"same-origin")]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": headers, "http_version": "1.1", "scheme": "http",
        "server": ("testserver", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        if len(held) >= len(parts):
            return {"type": "http.disconnect"}
        held.append(site.tools.database.engine.pool.checkedout())  # type: ignore[attr-defined]
        return {"type": "http.request", "body": parts[len(held) - 1], "more_body": len(held) < len(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    await site.app(scope, receive, send)
    return held, sent


def test_pages_and_style_sheets_are_sent_compressed(site: Site) -> None:
    for path in ("/was", "/static/css/app.css"):
        assert site.browser().get(path).headers["content-encoding"] == "gzip"
    assert (
        "content-encoding" not in site.browser().get("/was", headers={"Accept-Encoding": "identity"}).headers
    )


@pytest.mark.parametrize("path", ["/moeder", "/en/om", "/moeder/9999", "/mit", "/api/v1/moeder", "/healthz"])
def test_head_is_answered_with_the_head_that_get_has_and_no_body(site: Site, path: str) -> None:
    client = site.new_browser().client
    of_get = client.get(path, follow_redirects=False)
    of_head = client.head(path, follow_redirects=False)
    assert (of_head.status_code, of_head.content) == (of_get.status_code, b"")
    said = [of_get.headers.get(name) for name in ("content-type", "location", "vary", "cache-control")]
    assert [
        of_head.headers.get(name) for name in ("content-type", "location", "vary", "cache-control")
    ] == said
    assert of_head.headers.get("content-length") == of_get.headers.get("content-length")


def test_head_of_a_kept_page_tells_its_mark_and_its_length(site: Site) -> None:
    client = site.new_browser().client
    client.get("/moeder")
    kept, told = client.get("/moeder"), client.head("/moeder")
    assert told.content == b""
    assert [told.headers[name] for name in ("etag", "content-length")] == [
        kept.headers[name] for name in ("etag", "content-length")
    ]
    assert client.head("/moeder", headers={"if-none-match": kept.headers["etag"]}).status_code == 304
