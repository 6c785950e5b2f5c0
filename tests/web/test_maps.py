"""The map of the 98 at its doors: each municipality once, in words as in cells, and nothing hidden."""

import re

import pytest
from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.contributions.interests import put_interest
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import InterestFacts
from app.domain.organisations.models import Organisation
from app.domain.organisations.tiles import COLUMNS, ROWS, TILES
from app.domain.strategies.models import Theme
from app.http.pages import STATIC
from tests.node.html_validate import find_html_errors
from tests.reading import put_a_municipality, put_a_strategy, theme
from tests.said import put_said
from tests.site import Site

PLACES = {
    "esbjerg": ("Esbjerg", "0561", "Region Syddanmark"),
    "fanoe": ("Fanø", "0563", "Region Syddanmark"),
    "gribskov": ("Gribskov", "0270", "Region Hovedstaden"),
}


def fill(site: Site, marks: dict[str, str], **said: object) -> str:
    """Three municipalities and a wish that some of them have marked; the address of its map."""
    with site.unit() as session:
        wish = put_said(session, "ord", title="Fælles ord", **said)
        for key, (name, code, region) in PLACES.items():
            here = put_a_municipality(session, key, name, municipality_code=code, region=region)
            if key in marks:
                given = InterestFacts(contribution_id=wish.id, organisation_id=here.id, kind=marks[key])
                put_interest(session, SYSTEM, given)
        return f"/oensker/{wish.reference}/kort"


def cells(html: str) -> dict[str, str]:
    """{words of a link of the map: letter}."""
    found = re.findall(
        r'<li class="tile [^>]*><a[^>]*>.*?(?:<b [^>]*>(.)</b>)?<span class="tile-words">([^<]*)</span>', html
    )
    return {words: letter for letter, words in found}


def rows(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/kommuner/[^"]*">([^<]*)</a>', html)


def test_each_municipality_is_a_cell_with_its_words_a_letter_and_a_row(site: Site) -> None:
    path = fill(site, {"esbjerg": "solved", "gribskov": "need"})
    html = site.new_browser().get(path).text
    assert cells(html) == {"Esbjerg: Vi har løst det": "L", "Fanø": "", "Gribskov: Vi har behovet": "B"}
    assert rows(html) == ["Esbjerg", "Gribskov"]
    assert "2 kommuner har vist interesse." in html
    assert re.findall(r'<li class="tile (c\d+ r\d+) is-solved"', html) == ["c2 r8"]
    wish = site.new_browser().get(path.removesuffix("/kort")).text
    assert cells(wish) == {"Esbjerg: Vi har løst det": "L", "Gribskov: Vi har behovet": "B"}
    country = site.new_browser().get("/kommuner").text
    assert cells(country) == cells(html)
    assert find_html_errors({"map": html, "wish": wish, "country": country}) == []


@pytest.mark.parametrize(
    ("query", "linked", "listed"),
    [
        ("?interesse=behov", ["Esbjerg: Vi har løst det", "Fanø", "Gribskov: Vi har behovet"], ["Gribskov"]),
        ("?region=syddanmark", ["Esbjerg: Vi har løst det", "Fanø"], ["Esbjerg"]),
        ("?stoerrelse=lille", ["Fanø"], []),
        ("?region=atlantis&stoerrelse=9&interesse=x", None, ["Esbjerg", "Gribskov"]),
    ],
)
def test_the_address_narrows_the_map_and_its_table(
    site: Site, query: str, linked: list[str] | None, listed: list[str]
) -> None:
    path = fill(site, {"esbjerg": "solved", "gribskov": "need"})
    html = site.new_browser().get(path + query).text
    assert rows(html) == listed
    if linked is not None:
        assert list(cells(html)) == linked


def test_a_map_tells_nothing_of_what_its_reader_may_not_see(site: Site) -> None:
    path = fill(site, {"esbjerg": "solved"}, visibility="staff")
    for who in ("stranger", "vendor", "municipality"):
        browser = site.browser(who)
        assert browser.get(path).status_code == 404
        assert "Vi har løst det" not in browser.get("/kommuner").text, who
    assert "Esbjerg: Vi har løst det" in cells(site.browser("staff").get(path).text)
    # The address of another kind leads nowhere.
    assert site.browser("staff").get(path.replace("/oensker/", "/ideer/")).status_code == 404


def test_two_of_one_municipality_make_one_cell(site: Site) -> None:
    path = fill(site, {"esbjerg": "need"})
    with site.unit() as session:
        wish_id = session.scalars(select(Contribution.id)).one()
        other = put_said(session, "andet", title="Et andet")
        here = session.scalars(select(Organisation.id).where(Organisation.key == "esbjerg")).one()
        for about, kind in ((wish_id, "pilot"), (other.id, "need")):
            given = InterestFacts(contribution_id=about, organisation_id=here, kind=kind)
            put_interest(session, SYSTEM, given)
    assert cells(site.new_browser().get(path).text)["Esbjerg: Vi har behovet"] == "B"
    assert "1 af 2" in site.new_browser().get(path).text


def test_a_theme_has_a_map_of_all_under_it(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, "plan", themes=[theme("klima")])
        theme_id = session.scalars(select(Theme.id)).one()
    path, browser = "/temaer/plan/klima", site.new_browser()
    assert "Ingen kommune har vist interesse endnu." in browser.get(f"{path}/kort").text
    fill(site, {"esbjerg": "pilot", "fanoe": "need"}, theme_ids=[theme_id])
    assert rows(browser.get(f"{path}/kort").text) == ["Esbjerg", "Fanø"]
    assert site.count_statements(browser, f"{path}/kort") == 3
    assert f'href="{path}/kort"' in browser.get(path).text


def test_the_style_sheet_knows_every_place_of_the_map() -> None:
    style = (STATIC / "css" / "maps.css").read_text()
    for letter, last in (("c", COLUMNS), ("r", ROWS)):
        assert all(f".{letter}{number} {{" in style for number in range(1, last + 1))
    for tile in TILES.values():
        assert f".left-{tile.column - 1} {{" in style and f".above-{tile.row - 1} {{" in style
