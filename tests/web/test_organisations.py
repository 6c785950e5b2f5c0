"""Organisations by kind, and one of them with what it said, signed and took part in."""

import re
from datetime import date

import pytest

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.commitments.recording import put_commitment
from app.domain.commitments.schemas import CommitmentFacts
from app.domain.contributions.schemas import AnswerFacts
from app.domain.contributions.service import put_answer
from app.domain.meetings.models import Appearance
from app.web.organisations import KINDS
from tests.node.html_validate import find_html_errors
from tests.reading import put_a_municipality, put_a_project, put_an_organisation
from tests.said import add_item_row, add_meeting_row, put_said
from tests.site import Site


def fill(site: Site, rows: int) -> str:
    """So many firms, the first of them with as many of everything; the first one's address."""
    with site.unit() as session:
        for number in range(rows):
            put_an_organisation(session, f"firma-{number:02}", name=f"Firma {number:02}")
        first = put_an_organisation(session, "firma-00")
        item = add_item_row(session, add_meeting_row(session))
        for number in range(rows):
            put_a_project(session, f"sp-{number}", partners=["firma-00"])
            put_said(session, f"oe-{number}", title=f"Nr. {number}", on_behalf_of_id=first.id)
            given = {"key": f"svar-{number}", "kind": "answer", "text": "Ja.", "published_at": now()}
            put_answer(session, SYSTEM, AnswerFacts.model_validate(given | {"organisation_ids": [first.id]}))
            facts = {"key": f"f-{number}", "title": "Løfteord", "text": "Ja.", "deadline": date(2027, 1, 1)}
            facts |= {"organisation_id": first.id, "proposed_at": now(), "published_at": now()}
            put_commitment(session, SYSTEM, CommitmentFacts.model_validate(facts))
            session.add(
                Appearance(
                    item_id=item.id, position=number, person_name="Oda Oplæg", organisation_id=first.id
                )
            )
        return f"/organisationer/{first.id}"


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_and_an_organisation_cost_two_statements(site: Site, rows: int) -> None:
    path = fill(site, rows)
    assert site.count_statements(site.new_browser(), "/organisationer") == 2
    assert site.count_statements(site.new_browser(), path) == 2


def test_an_organisation_shows_what_it_said_signed_and_took_part_in(site: Site) -> None:
    path = fill(site, 1)
    html = site.new_browser().get(path).text
    for words in (
        "Leverandør",
        "Svar, organisationen har skrevet under på",
        "Nr. 0",
        "Partner",
        "Oda Oplæg",
        "Løfteord",
    ):
        assert words in html


def names_shown(html: str) -> list[str]:
    return re.findall(r'<li><a href="/(?:organisationer|kommuner)/[^"]*">([^<]*)</a>', html)


def test_what_does_not_stand_on_an_organisations_page_stands_on_its_next_one(site: Site) -> None:
    path = fill(site, 31)
    browser = site.new_browser()

    def read(query: str) -> tuple[int, int, list[str]]:
        html = browser.get(path + query).text
        answers, said = html.split('id="svar"')[1].split('id="indspil"')
        links = re.findall(r'<a href="([^"]*)" rel="next"', html)
        return answers.count('<li class="answer">'), len(set(re.findall(r"Nr\. \d+", said))), links

    answers, said = f"{path}?svar=2#svar", f"{path}?side=2#indspil"
    assert read("") == (30, 10, [answers, said])
    assert read("?svar=2") == (1, 10, [f"{path}?svar=2&amp;side=2#indspil"])
    assert read("?side=4") == (30, 1, [f"{path}?side=4&amp;svar=2#svar"])
    assert read("?svar=9&side=9") == (30, 10, [answers, said])


def test_the_list_is_narrowed_and_paged_by_its_address(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "esbjerg", "Esbjerg")
        for number in range(31):
            put_an_organisation(session, f"firma-{number:02}", name=f"Firma {number:02}")
        put_an_organisation(session, "kl", "association", name="KL")
    browser = site.new_browser()
    first = browser.get("/organisationer").text
    assert names_shown(first)[:2] == ["KL", "Firma 00"]
    assert len(names_shown(first)) == 30
    assert names_shown(browser.get("/organisationer?side=2").text) == [
        "Firma 29",
        "Firma 30",
        "Esbjerg Kommune",
    ]
    assert names_shown(browser.get("/organisationer?side=99").text)[-1] == "Esbjerg Kommune"
    assert names_shown(browser.get("/organisationer?slags=foreninger").text) == ["KL"]
    assert names_shown(browser.get("/organisationer?q=firma+07").text) == ["Firma 07"]
    assert names_shown(browser.get("/organisationer?slags=nej&side=x").text) == names_shown(first)
    assert 'href="/organisationer?q=firma&amp;slags=leverandoerer&amp;side=2"' in (
        browser.get("/organisationer?q=firma&slags=leverandoerer").text
    )
    nothing = browser.get("/organisationer?q=%25%5C_").text
    assert "Ingen organisation hedder sådan." in nothing
    assert find_html_errors({"first": first, "nothing": nothing}) == []


def test_every_kind_has_a_word_in_the_address(site: Site) -> None:
    with site.unit() as session:
        for kind in KINDS.values():
            put_an_organisation(session, f"en-{kind.replace('_', '-')}", kind)
    browser = site.new_browser()
    for word in KINDS:
        assert len(names_shown(browser.get(f"/organisationer?slags={word}").text)) == 1


def test_a_municipality_has_its_own_page(site: Site) -> None:
    with site.unit() as session:
        number = put_a_municipality(session, "esbjerg", "Esbjerg").id
    response = site.new_browser().get(f"/en/organisationer/{number}")
    assert (response.status_code, response.headers["location"]) == (303, "/en/kommuner/esbjerg")


def test_an_organisation_that_is_not_there_is_a_page_that_says_so(site: Site) -> None:
    for number in ("0", "999999", "99999999999999999999", "-1", "x", "1.0", "²"):
        assert site.new_browser().get(f"/organisationer/{number}").status_code == 404, number


def test_what_was_said_for_an_organisation_is_shown_only_to_who_may_see_it(site: Site) -> None:
    with site.unit() as session:
        firm = put_an_organisation(session, "firma")
        put_said(session, "a", title="Til staben", visibility="staff", on_behalf_of_id=firm.id)
        path = f"/organisationer/{firm.id}"
    for who in ("stranger", "rival", "municipality"):
        assert "Til staben" not in site.browser(who).get(path).text
    assert "Til staben" in site.browser("staff").get(path).text


def test_markup_in_a_name_is_shown_as_text(site: Site) -> None:
    with site.unit() as session:
        firm = put_an_organisation(
            session, "firma", name="<b>X</b>", note="<i>y</i>", website="https://a.example/\"onclick='x'"
        )
        path = f"/organisationer/{firm.id}"
    pages = {address: site.new_browser().get(address).text for address in (path, "/organisationer")}
    assert [address for address, html in pages.items() if "<b>X" in html or "<i>y" in html] == []
    assert find_html_errors(pages) == []
