"""The municipalities by region, and one of them with all that concerns it."""

import re

import pytest

from app.core.policy import SYSTEM
from app.domain.contributions.interests import put_interest
from app.domain.contributions.schemas import InterestFacts
from app.domain.meetings.models import Appearance
from app.domain.organisations.queries import find_municipality
from tests.node.html_validate import find_html_errors
from tests.reading import put_a_municipality, put_a_project, put_a_strategy, put_an_organisation
from tests.said import add_item_row, add_meeting_row, put_said
from tests.site import Site


def names_shown(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/kommuner/[^"]*">([^<]*)</a>', html)


def fill(site: Site, rows: int) -> None:
    """So many municipalities, the first of them with as many of everything."""
    with site.unit() as session:
        for number in range(rows):
            put_a_municipality(session, f"k-{number}", f"Kommune {number:02}")
        first = find_municipality(session, "k-0")
        assert first is not None
        item = add_item_row(session, add_meeting_row(session))
        for number in range(rows):
            put_a_project(session, f"sp-{number}", authority="k-0")
            put_a_strategy(session, f"plan-{number}", municipality="k-0")
            wish = put_said(session, f"oe-{number}", title=f"Nr. {number}", on_behalf_of_id=first.id)
            marked = InterestFacts(contribution_id=wish.id, organisation_id=first.id, kind="pilot")
            put_interest(session, SYSTEM, marked)
            session.add(
                Appearance(
                    item_id=item.id, position=number, person_name="Oda Oplæg", organisation_id=first.id
                )
            )


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_six_statements_and_one_municipality_two(site: Site, rows: int) -> None:
    fill(site, rows)
    assert site.count_statements(site.new_browser(), "/kommuner") == 6
    assert site.count_statements(site.new_browser(), "/kommuner/k-0") == 2


def test_the_list_tells_what_there_is_about_each(site: Site) -> None:
    fill(site, 2)
    html = site.new_browser().get("/kommuner").text
    assert names_shown(html) == ["Kommune 00", "Kommune 01"]
    assert "egen strategi · 2 projekter · 1 møde · 2 indspil" in html
    assert "Region Syddanmark" in html


def test_the_address_narrows_the_list(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "herlev", "Herlev", region="Region Hovedstaden")
        put_a_municipality(session, "esbjerg", "Esbjerg")
        put_a_municipality(session, "aarhus", "Aarhus")
    everyone = ["Herlev", "Esbjerg", "Aarhus"]
    cases = {
        "": everyone,
        "?q=%C3%85rhus": ["Aarhus"],
        "?region=hovedstaden": ["Herlev"],
        "?region=atlantis": everyone,
        "?q=esb&region=hovedstaden": [],
        "?side=9&q=%20&region=": everyone,
    }
    for query, found in cases.items():
        html = site.new_browser().get(f"/kommuner{query}").text
        assert names_shown(html) == found, query
        assert ("Ingen kommune passer til det, du ser efter." in html) == (not found)


def test_a_municipality_shows_its_code_its_region_and_what_concerns_it(site: Site) -> None:
    fill(site, 1)
    with site.unit() as session:
        put_a_municipality(session, "esbjerg", "Esbjerg", municipality_code="0561")
        put_a_project(session, "sp-9", participants=[{"organisation": "esbjerg", "part": "follower"}])
    html = site.new_browser().get("/kommuner/esbjerg").text
    for words in ("Esbjerg Kommune", "Kommunekode 0561", "Region Syddanmark", "Følger med"):
        assert words in html
    whole = site.new_browser().get("/kommuner/k-0").text
    for words in ("Politik og projekter", "Ejer af projektet", "Vi vil afprøve", "Oda Oplæg"):
        assert words in whole
    listed = site.new_browser().get("/kommuner").text
    assert find_html_errors({"esbjerg": html, "k-0": whole, "list": listed}) == []


def test_a_municipality_without_anything_says_what_to_do(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "laesoe", "Læsø")
    assert "Der ligger ikke noget om kommunen her endnu." in site.new_browser().get("/kommuner/laesoe").text


def test_interest_in_what_is_hidden_is_hidden_too(site: Site) -> None:
    with site.unit() as session:
        here = put_a_municipality(session, "esbjerg", "Esbjerg")
        secret = put_said(session, "a", title="Til sekretariatet", visibility="staff")
        marked = InterestFacts(contribution_id=secret.id, organisation_id=here.id, kind="need")
        put_interest(session, SYSTEM, marked)
    for who in ("stranger", "vendor", "municipality"):
        assert "Til sekretariatet" not in site.browser(who).get("/kommuner/esbjerg").text
        assert "1 indspil" not in site.browser(who).get("/kommuner").text
    assert "Til sekretariatet" in site.browser("staff").get("/kommuner/esbjerg").text


def test_only_a_municipality_is_found_among_municipalities(site: Site) -> None:
    with site.unit() as session:
        put_an_organisation(session, "soft")
        put_a_municipality(session, "eksempel", "Eksempel", is_example=True)
    browser = site.new_browser()
    assert [browser.get(f"/kommuner/{key}").status_code for key in ("soft", "nej", "eksempel")] == [
        404,
        404,
        200,
    ]
    assert "Eksempel" not in names_shown(browser.get("/kommuner").text)


def test_markup_in_a_name_or_a_filter_is_shown_as_text(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "x", "<b>X</b>", note="<i>y</i>")
    pages = {path: site.new_browser().get(path).text for path in ("/kommuner?q=<b>", "/kommuner/x")}
    assert [path for path, html in pages.items() if "<b>X" in html or "<i>y" in html] == []


def test_the_examples_on_the_map_stand_in_the_list_and_every_filter_lists_what_its_number_says(
    site: Site,
) -> None:
    with site.unit() as session:
        put_a_municipality(session, "herlev", "Herlev", region="Region Hovedstaden", municipality_code="0163")
        put_a_municipality(session, "esbjerg", "Esbjerg", municipality_code="0561")
        wish = put_said(session, "ord", title="Fælles ord")
        for number in (1, 2):
            example = put_a_municipality(
                session,
                f"eksempel-{number}",
                f"Eksempel {number}",
                region="Region Hovedstaden",
                is_example=True,
            )
            marked = InterestFacts(contribution_id=wish.id, organisation_id=example.id, kind="pilot")
            put_interest(session, SYSTEM, marked)
        put_a_municipality(session, "tavs", "Tavs Eksempel", region="Region Hovedstaden", is_example=True)
    browser = site.new_browser()
    cases = {
        "": ["Eksempel 1", "Eksempel 2", "Herlev", "Esbjerg"],
        "?interesse=afproever": ["Eksempel 1", "Eksempel 2"],
        "?interesse=afproever&region=syddanmark": [],
        "?q=eksempel": ["Eksempel 1", "Eksempel 2"],
        "?region=hovedstaden": ["Eksempel 1", "Eksempel 2", "Herlev"],
        "?stoerrelse=lille": ["Herlev"],
    }
    html = {query: browser.get(f"/kommuner{query}").text for query in cases}
    assert {query: names_shown(page) for query, page in html.items()} == cases
    assert "2 kommuner efter region og 2 eksempler." in html[""]
    assert html[""].count('<span class="badge is-example">') == 2
    numbers = {query: re.findall(r"<option [^>]*>([^<]*) \((\d+)\)</option>", html[query]) for query in cases}
    assert numbers[""] == [
        ("Region Hovedstaden", "3"),
        ("Region Syddanmark", "1"),
        ("under 35.000 indbyggere", "1"),
        ("35.000 til 55.000 indbyggere", "0"),
        ("55.000 til 85.000 indbyggere", "0"),
        ("over 85.000 indbyggere", "1"),
        ("Vi vil afprøve", "2"),
    ]
    assert numbers["?q=eksempel"][:2] == [("Region Hovedstaden", "2"), ("Region Syddanmark", "0")]
    assert numbers["?interesse=afproever&region=syddanmark"][0] == ("Region Hovedstaden", "2")


def test_what_does_not_stand_on_a_municipalitys_page_stands_on_its_next_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("app.domain.contributions.of_organisations", "app.web.municipalities"):
        monkeypatch.setattr(f"{module}.MOST_MARKS", 10)
    with site.unit() as session:
        here = put_a_municipality(session, "esbjerg", "Esbjerg")
        for number in range(12):
            own = put_said(session, f"own-{number}", title=f"Sagt {number:02}", on_behalf_of_id=here.id)
            marked = InterestFacts(contribution_id=own.id, organisation_id=here.id, kind="pilot")
            put_interest(session, SYSTEM, marked)
    browser = site.new_browser()

    def read(query: str) -> tuple[int, int, list[str]]:
        html = browser.get(f"/kommuner/esbjerg{query}").text
        marks, said = html.split('id="interesser"')[1].split('id="indspil"')
        links = re.findall(r'<a href="([^"]*)" rel="next"', html)
        return len(set(re.findall(r"Sagt \d\d", marks))), len(set(re.findall(r"Sagt \d\d", said))), links

    marks, said = "/kommuner/esbjerg?interesser=2#interesser", "/kommuner/esbjerg?side=2#indspil"
    assert read("") == (10, 10, [marks, said])
    assert read("?side=2") == (10, 2, ["/kommuner/esbjerg?side=2&amp;interesser=2#interesser"])
    assert read("?interesser=2") == (2, 10, ["/kommuner/esbjerg?interesser=2&amp;side=2#indspil"])
    assert read("?interesser=9&side=9") == (10, 10, [marks, said])
