"""The page of what was removed, and putting it back from there."""

import re

from sqlalchemy import select

from app.domain.imports.models import OldAddress
from tests.decks import add_meeting_row, add_read_deck
from tests.site import Site

ADDRESSES = "/import/adresser"


def remove_address(site: Site, number: int) -> None:
    staff = site.browser("staff")
    path = f"/gammel/<b>{number}</b>"
    staff.post(ADDRESSES, {"path": path, "target": "/moeder"})
    with site.unit() as session:
        known = session.scalars(select(OldAddress.path).order_by(OldAddress.path)).all()
    assert staff.post(f"{ADDRESSES}/fjern", {"path": known[0]}).status_code == 303


def test_what_was_removed_is_told_with_who_and_comes_back_once_by_one_press(site: Site) -> None:
    remove_address(site, 1)
    staff = site.browser("staff")
    page = staff.get("/papirkurv").text
    assert "/gammel/&lt;b&gt;1&lt;/b&gt; → /moeder" in page
    assert site.people.staff.name in page
    fields = dict(re.findall(r'name="(kind|id|is_laid)" value="(\w*)"', page))
    assert staff.post("/papirkurv", fields).headers["location"] == "/papirkurv?kvittering=bin_back"
    with site.unit() as session:
        assert session.scalars(select(OldAddress.target).order_by(OldAddress.path)).all() == ["/moeder"]
    assert "Der er ikke fjernet noget" in staff.get("/papirkurv").text
    assert staff.post("/papirkurv", fields).status_code == 404


def test_where_something_else_stands_by_now_a_sentence_says_so_and_it_stays_in_the_bin(site: Site) -> None:
    remove_address(site, 1)
    staff = site.browser("staff")
    fields = dict(re.findall(r'name="(kind|id|is_laid)" value="(\w*)"', staff.get("/papirkurv").text))
    staff.post(ADDRESSES, {"path": "/gammel/<b>1</b>", "target": "/oensker"})
    refused = staff.post("/papirkurv", fields)
    assert refused.status_code == 409
    assert "der står noget andet i stedet nu" in refused.text
    assert "Læg tilbage" in refused.text


def test_only_staff_comes_in(site: Site) -> None:
    assert site.browser("stranger").get("/papirkurv").status_code == 303
    for who in ("vendor", "municipality"):
        assert site.browser(who).get("/papirkurv").status_code == 403
        assert site.browser(who).post("/papirkurv", {"kind": "board", "id": "1"}).status_code == 403


def test_thirty_lines_cost_no_more_statements_than_one_and_can_be_narrowed(site: Site) -> None:
    staff = site.browser("staff")
    remove_address(site, 0)
    one = site.count_statements(staff, "/papirkurv")
    for number in range(1, 31):
        remove_address(site, number)
    assert site.count_statements(staff, "/papirkurv") == one == 4
    assert 'href="/papirkurv?side=2"' in staff.get("/papirkurv").text
    assert "Der er ikke fjernet noget" in staff.get("/papirkurv?slags=decks").text
    assert "31 ting" in staff.get("/papirkurv?slags=other&af=mig").text
    assert "31 ting" in staff.get("/papirkurv?slags=vrøvl&side=x").text


def test_a_deck_that_was_taken_away_is_put_back_from_its_own_address(site: Site) -> None:
    with site.unit() as session:
        deck_id = add_read_deck(session, add_meeting_row(session, "91"), title="Et oplæg").id
    staff, stranger, path = site.browser("staff"), site.browser("stranger"), f"/oplaeg/{deck_id}"
    staff.post(f"{path}/fjern", {"why": "Forkert fil"})
    assert [stranger.get(f"{path}{page}").status_code for page in ("", "/side/1", "/fil")] == [410, 410, 404]
    assert "Læg oplægget tilbage" in staff.get(path).text
    assert "Læg oplægget tilbage" not in stranger.get(path).text
    assert site.browser("vendor").post(f"{path}/laeg-tilbage", {}).status_code == 403
    assert staff.post(f"{path}/laeg-tilbage", {}).headers["location"].endswith("kvittering=deck_back")
    assert stranger.get(f"{path}/side/1").status_code == 200
