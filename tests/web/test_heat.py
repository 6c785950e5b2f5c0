"""Maps of themes against meetings and aspects, and the themes with wishes and no promise."""

import re
from html import unescape

import pytest

from app.core.policy import SYSTEM
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.queries import find_theme_ids
from app.domain.strategies.schemas import ThemeLinkInput
from app.web.heat import darken
from tests.node.html_validate import find_html_errors
from tests.promised import add_commitment, add_proposal
from tests.reading import put_a_strategy, theme
from tests.said import add_meeting_row, put_said
from tests.site import Site

HEAT, WITHOUT = "/temaer/varmekort", "/temaer/uden-loefte"


def fill(site: Site) -> dict[str, int]:
    """Two themes that run now and one of 2016 that went into the first; wishes at two meetings."""
    with site.unit() as session:
        put_a_strategy(session, "ny", period_from=2026, themes=[theme("velfaerd"), theme("klima")])
        put_a_strategy(session, "gammel", period_from=2016, period_to=2020, themes=[theme("service")])
        ids = find_theme_ids(session, ["ny/velfaerd", "ny/klima", "gammel/service"])
        given = {"from_theme_id": ids["gammel/service"], "to_theme_id": ids["ny/velfaerd"], "kind": "part_of"}
        link_themes(session, SYSTEM, ThemeLinkInput.model_validate(given))
        ten, eleven = add_meeting_row(session, "10"), add_meeting_row(session, "11")
        under, old = [ids["ny/velfaerd"]], [ids["gammel/service"]]
        put_said(session, "a", kind="card", theme_ids=under, meeting_id=ten.id, aspect="data")
        put_said(session, "b", theme_ids=old, meeting_id=ten.id, aspect="data")
        put_said(session, "c", theme_ids=under, meeting_id=eleven.id, aspect="direction")
        put_said(session, "d", theme_ids=[ids["ny/klima"]])
    return ids


def spots(html: str) -> list[tuple[str, str]]:
    """The cells of the map: the way to the list, and how many."""
    return [
        (unescape(href), count)
        for href, count in re.findall(r'<a class="heat-\d" href="([^"]*)">.*?<b>(\d+)</b>', html, re.DOTALL)
    ]


def count_listed(html: str) -> str:
    return re.findall(r"<h1>[^<]*\((\d+)\)</h1>", html)[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            HEAT,
            [("/temaer/ny/velfaerd/sagt?moede=10", "2"), ("/temaer/ny/velfaerd/sagt?moede=11", "1")],
        ),
        (
            f"{HEAT}?efter=aspekter&slags=oensker",
            [
                ("/temaer/ny/velfaerd/sagt?slags=oensker&aspekt=direction", "1"),
                ("/temaer/ny/velfaerd/sagt?slags=oensker&aspekt=data", "1"),
            ],
        ),
        (f"{HEAT}?strategi=gammel", [("/temaer/gammel/service/sagt?moede=10", "1")]),
    ],
)
def test_every_cell_leads_to_as_many_as_it_says(
    site: Site, path: str, expected: list[tuple[str, str]]
) -> None:
    fill(site)
    browser = site.new_browser()
    found = spots(browser.get(path).text)
    assert found == expected
    assert [count_listed(browser.get(href).text) for href, _ in found] == [count for _, count in found]


def test_the_table_under_the_map_holds_its_figures_and_what_is_not_on_it_is_named(site: Site) -> None:
    fill(site)
    html = site.new_browser().get(HEAT).text
    table = html.partition('<table class="table heat-table">')[2].partition("</table>")[0]
    assert re.findall(r"<td[^>]*>(?:<b>)?(\d+)", table) == ["2", "1", "3"]
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)', table) == [
        "Tema",
        "10. møde · 2020",
        "11. møde · 2020",
        "I alt",
    ]
    silent = html.partition('id="tavse"')[2]
    assert re.findall(r'<a class="tag" href="([^"]*)"', silent) == ["/temaer/ny/klima"]


def test_a_meeting_that_one_may_not_see_has_no_column(site: Site) -> None:
    ids = fill(site)
    with site.unit() as session:
        secret = add_meeting_row(session, "12", is_published=False)
        put_said(session, "e", theme_ids=[ids["ny/klima"]], meeting_id=secret.id)
    assert "12. møde" not in site.browser("vendor").get(HEAT).text
    assert "12. møde" in site.browser("staff").get(HEAT).text


def test_how_dark_a_cell_is() -> None:
    assert [darken(count, 10) for count in (0, 1, 2, 3, 5, 8, 9, 10)] == [0, 1, 1, 2, 3, 4, 5, 5]
    assert darken(1, 1) == 5


def test_the_themes_with_wishes_and_no_promise_come_first_and_a_promise_moves_them(site: Site) -> None:
    ids = fill(site)

    def read(who: str = "stranger") -> tuple[list[str], list[str]]:
        html = site.browser(who).get(WITHOUT).text.partition('id="uden"')[2]
        without, _, some = html.partition('id="med"')
        return re.findall(r'<h3><a href="([^"]*)"', without), re.findall(r'<h3><a href="([^"]*)"', some)

    assert read() == (["/temaer/ny/velfaerd", "/temaer/ny/klima"], [])
    with site.unit() as session:
        wish = put_said(session, "f", theme_ids=[ids["gammel/service"]])
        proposal = add_proposal(session, site.people.vendor, contribution_ids=[wish.id])
        assert proposal.published_at is None
    # What is proposed is no promise yet, not even for those who know of it.
    assert [read(who)[1] for who in ("stranger", "vendor", "staff")] == [[], [], []]
    with site.unit() as session:
        add_commitment(session, site.people.staff, contribution_ids=[wish.id])
    assert read() == (["/temaer/ny/klima"], ["/temaer/ny/velfaerd"])
    assert "3 ønsker og behov</a> · 1 af dem er der lovet noget om" in site.new_browser().get(WITHOUT).text


@pytest.mark.parametrize("rows", [1, 30])
def test_maps_cost_the_same_statements_however_much_there_is(site: Site, rows: int) -> None:
    with site.unit() as session:
        names = [f"t-{n}" for n in range(rows)]
        put_a_strategy(session, "ny", period_from=2026, themes=[theme(name) for name in names])
        ids = find_theme_ids(session, [f"ny/{name}" for name in names])
        for number, theme_id in enumerate(ids.values()):
            meeting = add_meeting_row(session, str(number + 1))
            put_said(session, f"oe-{number}", theme_ids=[theme_id], meeting_id=meeting.id, aspect="data")
    browser = site.new_browser()
    counts = [site.count_statements(browser, path) for path in (HEAT, f"{HEAT}?efter=aspekter", WITHOUT)]
    assert counts == [4, 3, 3]
    if rows == 30:
        assert "Kortet viser de seneste 24 møder." in browser.get(HEAT).text


def test_wrong_words_in_the_address_and_an_empty_site_are_pages_all_the_same(site: Site) -> None:
    browser = site.new_browser()
    for path in (HEAT, WITHOUT, f"{HEAT}?strategi=nej&efter=x&slags=x", f"{WITHOUT}?strategi=nej"):
        assert browser.get(path).status_code == 200, path
    fill(site)
    pages = {
        path: browser.get(path).text
        for path in (HEAT, f"{HEAT}?efter=aspekter", WITHOUT, "/temaer/ny/velfaerd/sagt")
    }
    assert find_html_errors(pages) == []
