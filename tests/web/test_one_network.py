"""An IPv6 address is one of 2^64 that its owner has: whoever has no name is counted by their network."""

from sqlalchemy import select

from app.http.limits import RateCount
from tests.said import add_wish
from tests.site import Site

FEEDBACK = {"words": "Knappen kan ikke ses.", "page": "/oensker", "mail": ""}


def test_a_sender_without_a_name_is_counted_by_the_network_of_the_address(site: Site) -> None:
    with site.unit() as session:
        reference = add_wish(session, site.people.vendor).reference
    doors = [
        ("GET", "/k/BBBB", {}, {}, 404),
        ("GET", "/api/v1/temaer", {}, {}, 200),
        ("GET", "/api/v1/temaer", {}, {"Authorization": "Bearer dfk_" + "x" * 43}, 401),
        ("POST", "/was/tilbagemelding", FEEDBACK, {}, 303),
        ("POST", f"/oensker/{reference}/anmeld", {"reason": "advertising", "words": "Reklame."}, {}, 303),
    ]
    for number, (method, path, data, headers, status) in enumerate(doors):
        browser = site.new_browser(f"2001:db8::{number + 1}")
        browser.client.headers.update(headers)
        answer = browser.get(path) if method == "GET" else browser.post(path, data)
        assert (path, answer.status_code) == (path, status)
    with site.unit() as session:
        subjects = session.scalars(select(RateCount.subject).order_by(RateCount.subject)).all()
    assert subjects == [
        "feedback-from:2001:db8::/64",
        "no-key:2001:db8::/64",
        "report-from:2001:db8::/64",
        "wrong-codes:2001:db8::/64",
        "wrong-keys:2001:db8::/64",
    ]
