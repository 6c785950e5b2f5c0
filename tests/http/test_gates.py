"""What every request passes: headers, language, origin, readable text."""

import pytest
from starlette.datastructures import Headers

from app.http.gates import is_own_request, split_language
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


def test_a_stranger_gets_no_cookie(site: Site) -> None:
    for path in ("/", "/moeder", "/log-ind", "/was", "/findes-ikke"):
        assert "set-cookie" not in site.browser().get(path).headers


def test_a_stranger_who_has_the_page_already_gets_304(site: Site) -> None:
    first = site.browser().get("/was")
    again = site.browser().get("/was", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")


def test_pages_for_somebody_are_never_stored(site: Site) -> None:
    assert site.browser("vendor").get("/was").headers["cache-control"] == "no-store"
