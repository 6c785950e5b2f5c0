"""Signature projects: the programme with its figures, the list with its filters, one project in full."""

import re

import pytest

from app.core.policy import SYSTEM
from app.domain.pipeline.service import put_known_barriers
from app.web.sources import SourceLink, name_source
from tests.node.html_validate import find_html_errors
from tests.reading import (
    put_a_municipality,
    put_a_project,
    put_a_strategy,
    put_an_organisation,
    put_the_programme,
    theme,
)
from tests.site import Site


def titles_shown(html: str) -> list[str]:
    return re.findall(r'<h3><a class="cover" href="/projekter/[^"]*">([^<]*)</a>', html)


def fill(site: Site, rows: int) -> None:
    with site.unit() as session:
        put_the_programme(session)
        put_a_municipality(session, "aarhus", "Aarhus")
        put_a_strategy(session, themes=[theme(f"t-{number}") for number in range(rows)])
        for number in range(rows):
            put_an_organisation(session, f"firma-{number}")
        for number in range(rows):
            put_a_project(
                session,
                f"sp-{number}",
                title=f"Projekt {number:02}",
                authority="aarhus",
                partners=[f"firma-{n}" for n in range(rows)],
                themes=[f"plan/t-{n}" for n in range(rows)],
            )


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_and_a_project_cost_a_fixed_number_of_statements(site: Site, rows: int) -> None:
    fill(site, rows)
    addresses = ("/projekter", "/projekter/sp-0")
    assert [site.count_statements(site.new_browser(), address) for address in addresses] == [4, 6]


def test_the_programme_tells_its_money_and_its_evaluations(site: Site) -> None:
    fill(site, 1)
    html = site.new_browser().get("/projekter").text
    for words in (
        "mio. kr. i fonden",
        "67 mio. kr.",
        "Evaluering af alle 40 projekter",
        "Udbredelse af FleetOptimiser",
    ):
        assert words in html
    assert html.count('class="chart"') == 1


def put_three(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, themes=[theme("klima"), theme("data")])
        put_a_project(session, "a", title="A", round_year=2020, themes=["plan/klima"], barriers=["law"])
        put_a_project(
            session, "b", title="B", round_year=2021, themes=["plan/data"], barriers=["law", "data"]
        )
        put_a_project(session, "c", title="C", round_year=2021, field="health", barriers=["money"])
        put_known_barriers(session, SYSTEM)


def test_the_address_narrows_the_list(site: Site) -> None:
    put_three(site)
    cases = {
        "": ["A", "B", "C"],
        "?runde=2021": ["B", "C"],
        "?omraade=sundhed": ["C"],
        "?tema=plan/klima": ["A"],
        "?barriere=jura": ["A", "B"],
        "?barriere=jura&runde=2021&tema=plan%2Fdata&omraade=klima": ["B"],
        "?barriere=oekonomi&runde=2020": [],
        "?runde=1999&omraade=nej&tema=plan/nej&barriere=law&side=%C2%B2": ["A", "B", "C"],
    }
    pages = {query: site.new_browser().get(f"/projekter{query}").text for query in cases}
    assert {query: titles_shown(html) for query, html in pages.items()} == cases
    nothing = [query for query, html in pages.items() if "Ingen projekter passer til det hele." in html]
    assert nothing == ["?barriere=oekonomi&runde=2020"]
    assert find_html_errors(pages) == []


def test_the_menus_count_what_each_choice_would_give(site: Site) -> None:
    put_three(site)
    html = site.new_browser().get("/projekter?runde=2021").text
    options = re.findall(r"<option value=\"([^\"]+)\"[^>]*>[^<]*\((\d+)\)</option>", html)
    assert options == [
        ("2020", "1"),
        ("2021", "2"),
        ("sundhed", "1"),
        ("klima", "1"),
        ("plan/data", "1"),
        ("data", "1"),
        ("jura", "1"),
        ("oekonomi", "1"),
    ]


def test_a_long_list_goes_on_page_by_page(site: Site) -> None:
    fill(site, 31)
    browser = site.new_browser()
    first, second = (
        browser.get("/projekter?runde=2021").text,
        browser.get("/projekter?runde=2021&side=2").text,
    )
    assert (len(titles_shown(first)), titles_shown(second)) == (30, ["Projekt 30"])
    assert 'href="/projekter?runde=2021&amp;side=2"' in first


def test_a_project_says_what_is_not_certain(site: Site) -> None:
    with site.unit() as session:
        put_the_programme(session)
        put_a_strategy(session, themes=[theme("klima")])
        put_a_project(
            session,
            title_certainty="ours",
            round_certainty="inferred",
            is_authority_certain=False,
            seen="mention",
            certainty_note="Titlen er vores egen; ejeren er ikke nævnt.",
            barriers=["law"],
            barrier_note="Sagt om hele runden.",
            themes=["plan/klima"],
            theme_certainty="assigned_by_us",
            source_url="https://www.kl.dk/artikler/kunstig-intelligens.html",
        )
        put_known_barriers(session, SYSTEM)
    html = site.new_browser().get("/projekter/sp-1").text
    for words in (
        "titlen er vores egen",
        "udledt",
        "ejeren er ikke nævnt i kilden",
        "vi har ikke læst projektets egen side",
        "Titlen er vores egen; ejeren er ikke nævnt.",
        "Sagt om hele runden.",
        "vi har selv sat temaerne på",
        "Statusrapport om 28 projekter",
        'href="https://www.kl.dk/artikler/kunstig-intelligens.html"',
    ):
        assert words in html, words
    assert "Temperaturmåling" not in html  # it was of the round before


def test_those_with_a_part_are_linked_and_the_source_s_further_words_kept(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "aarhus", "Aarhus")
        firm = put_an_organisation(session, "soft", name="Soft A/S")
        put_a_project(
            session,
            partners=["soft"],
            partner_texts=["Soft"],
            participants=[{"organisation": "aarhus", "part": "tester"}],
            participant_texts=["Aarhus", "12 andre kommuner er interesserede"],
        )
        number = firm.id
    html = site.new_browser().get("/projekter/sp-1").text
    assert f'<a href="/organisationer/{number}">Soft A/S</a>' in html
    assert '<a href="/kommuner/aarhus">Aarhus Kommune</a> <span class="meta">(afprøver)</span>' in html
    assert "<dd>12 andre kommuner er interesserede</dd>" in html
    assert "<dd>Aarhus</dd>" not in html


def test_a_project_that_is_not_there_is_a_page_that_says_so(site: Site) -> None:
    assert site.new_browser().get("/projekter/sp-9").status_code == 404


def test_markup_in_a_title_is_shown_as_text(site: Site) -> None:
    with site.unit() as session:
        put_a_project(session, title="<b>X</b>", note="<i>y</i>", authority_text="<u>z</u>")
    pages = {path: site.new_browser().get(path).text for path in ("/projekter", "/projekter/sp-1")}
    assert [path for path, html in pages.items() if re.search("<b>X|<i>y|<u>z", html)] == []
    assert find_html_errors(pages) == []


@pytest.mark.parametrize(
    ("address", "host", "words"),
    [
        ("https://www.kl.dk/artikler/mere-tid/", "kl.dk", "mere tid"),
        ("https://kl.dk", "kl.dk", ""),
        ("https://a.example/2023/02", "a.example", ""),
        ("https://a.example/f%C3%A6lles_plan.pdf?x=1", "a.example", "fælles plan"),
        ("https://a.example/%ff%fe", "a.example", ""),
    ],
)
def test_a_source_is_named_by_its_host_and_the_last_words_of_its_address(
    address: str, host: str, words: str
) -> None:
    assert name_source(address) == SourceLink(address, host, words)
