"""Strategies and themes for anybody: the time line, the tree, and everything under a theme."""

import re
from datetime import date, timedelta

import pytest

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.commitments.measuring import measure
from app.domain.commitments.schemas import MeasurementInput
from app.domain.contributions.schemas import AnswerFacts
from app.domain.contributions.service import put_answer
from app.domain.strategies.queries import find_theme_ids
from tests.decks import add_read_deck
from tests.node.html_validate import find_html_errors
from tests.promised import add_aim, add_commitment
from tests.reading import put_a_municipality, put_a_project, put_a_strategy, theme
from tests.said import add_group_row, add_item_row, add_meeting_row, put_said
from tests.site import Site

MAPS = ("/temaer/varmekort?strategi=plan", "/temaer/uden-loefte?strategi=plan")
NASTY = "<script>alert('x')</script> & co."


def links(html: str) -> list[str]:
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.findall(r'href="(/[^"]*)"', main)


def fill_theme(site: Site, rows: int) -> str:
    """A theme with as many of everything below it; its address."""
    with site.unit() as session:
        themes = [theme("klima"), *(theme(f"under-{n}", parent="klima") for n in range(rows))]
        initiatives = [{"key": f"i-{n}", "name": f"Initiativ {n}"} for n in range(rows)]
        themes[0]["initiatives"] = initiatives
        put_a_strategy(session, themes=themes)
        theme_id = find_theme_ids(session, ["plan/klima"])["plan/klima"]
        meeting = add_meeting_row(session, "10")
        for number in range(rows):
            item = add_item_row(session, meeting)
            add_group_row(session, meeting, item).theme_id = theme_id
            add_read_deck(session, meeting, item=item)
            put_a_project(session, f"sp-{number}", themes=["plan/klima"])
            wish = put_said(session, f"oe-{number}", theme_ids=[theme_id], meeting_id=meeting.id)
            put_said(session, f"in-{number}", kind="card", theme_ids=[theme_id])
            given = {"key": f"svar-{number}", "kind": "answer", "text": "Ja.", "published_at": now()}
            put_answer(session, SYSTEM, AnswerFacts.model_validate(given | {"contribution_ids": [wish.id]}))
            promise = add_commitment(session, site.people.staff, contribution_ids=[wish.id])
            aim = add_aim(session, site.people.staff, promise, target_on=date(2026, 2, 2))
            measured = {"measured_on": date(2026, 3, 2), "value": "61", "source_text": "Optælling"}
            measure(session, site.people.staff, aim.id, MeasurementInput.model_validate(measured))
    return "/temaer/plan/klima"


@pytest.mark.parametrize("rows", [1, 30])
def test_pages_cost_the_same_statements_however_much_there_is(site: Site, rows: int) -> None:
    path = fill_theme(site, rows)
    with site.unit() as session:
        for number in range(rows):
            put_a_strategy(session, f"plan-{number}", period_from=2016, themes=[theme("klima")])
    browser = site.new_browser()
    assert site.count_statements(browser, "/temaer") == 1
    assert site.count_statements(browser, "/temaer/plan") == 3
    assert site.count_statements(browser, path) == 3
    assert site.count_statements(browser, f"{path}/sagt?slags=oensker") == 2


def test_a_theme_shows_everything_under_it_and_under_the_themes_below(site: Site) -> None:
    path = fill_theme(site, 1)
    with site.unit() as session:
        below = find_theme_ids(session, ["plan/under-0"])["plan/under-0"]
        put_said(session, "under", kind="idea", title="Idéen under undertemaet", theme_ids=[below])
        put_said(session, "andet", title="Om noget helt andet")
    html = site.new_browser().get(path).text
    headings = (
        "Ønsker (1)",
        "Idéer (1)",
        "Indspil fra møderne (1)",
        "Svar",
        "Forpligtelser (1)",
        "Målt effekt",
    )
    for heading in (*headings, "På møderne", "Oplæg"):
        assert re.search(rf"<h2[^>]*>{re.escape(heading)}", html), heading
    assert "Idéen under undertemaet" in html
    assert "Om noget helt andet" not in html
    assert "/projekter/sp-0" in links(html)
    assert "/moeder/10" in links(html)


def test_a_long_list_under_a_theme_goes_on_page_by_page(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, themes=[theme("klima")])
        theme_id = find_theme_ids(session, ["plan/klima"])["plan/klima"]
        for number in range(31):
            received = now() - timedelta(minutes=number)
            put_said(
                session, f"oe-{number}", title=f"Nr. {number}.", received_at=received, theme_ids=[theme_id]
            )
    browser = site.new_browser()
    first = browser.get("/temaer/plan/klima").text
    assert "/temaer/plan/klima/sagt?slags=oensker" in links(first)
    assert first.count("<article") == 6
    pages = [browser.get(f"/temaer/plan/klima/sagt?slags=oensker&side={page}").text for page in (1, 2)]
    assert [page.count("<article") for page in pages] == [30, 1]
    assert "Nr. 30." in pages[1]
    assert "/temaer/plan/klima/sagt?slags=oensker&amp;side=2" in links(pages[0])
    moved = browser.get("/temaer/plan/klima?slags=oensker&side=2", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (
        303,
        "/temaer/plan/klima/sagt?slags=oensker&side=2",
    )


def test_a_wrong_page_number_shows_a_page_all_the_same(site: Site) -> None:
    path = fill_theme(site, 1)
    browser = site.new_browser()
    for side in ("0", "-1", "x", "²", "99999999999999999999", "2"):
        response = browser.get(f"{path}/sagt?slags=oensker&side={side}")
        assert (response.status_code, response.text.count("<article")) == (200, 1), side


def test_nobody_reads_under_a_theme_what_is_not_for_them(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, themes=[theme("klima")])
        under = list(find_theme_ids(session, ["plan/klima"]).values())
        put_said(session, "stab", title="Kun for sekretariatet", visibility="staff", theme_ids=under)
    path = "/temaer/plan/klima"
    for who in ("stranger", "vendor", "municipality", "loner"):
        for address in ("/temaer/plan", path, f"{path}/sagt", f"{path}/sagt?slags=oensker", *MAPS):
            html = site.browser(who).get(address).text
            assert "Kun for sekretariatet" not in html
            assert "1 indspil" not in html
            assert "heat-1" not in html and "ønske eller behov" not in html
    assert "Kun for sekretariatet" in site.browser("staff").get(path).text


def test_the_level_in_the_address_narrows_the_time_line(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, "en", name="Kommunernes plan", level="municipal", period_from=2016)
        put_a_strategy(session, "to", name="Statens plan", level="state", period_from=2019, period_to=2025)
    browser = site.new_browser()
    everything, state = browser.get("/temaer").text, browser.get("/temaer?niveau=statslig").text
    assert ("Kommunernes plan" in everything, "Statens plan" in everything) == (True, True)
    assert ("Kommunernes plan" in state, "Statens plan" in state) == (False, True)
    assert browser.get("/temaer?niveau=nej&niveau=").text.count("<h3") == 2


def test_an_empty_site_has_a_time_line_too(site: Site) -> None:
    assert site.new_browser().get("/temaer").status_code == 200


def test_what_is_not_there_is_a_page_that_says_so(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(session, themes=[theme("klima")])
    for path in ("/temaer/nej", "/temaer/plan/nej", "/temaer/nej/klima", "/temaer/plan/klima/x"):
        response = site.new_browser().get(path)
        assert (response.status_code, "Vi kan ikke finde siden" in response.text) == (404, True), path


def test_what_is_uncertain_is_said_in_words(site: Site) -> None:
    with site.unit() as session:
        uncertain = theme("femte", certainty="uncertain")
        put_a_strategy(session, completeness="Fire af de fem mål er med.", themes=[uncertain])
    browser = site.new_browser()
    for path in ("/temaer/plan", "/temaer/plan/femte"):
        assert "Navnet er usikkert: kilden er ikke læst til ende" in browser.get(path).text
    assert "Fire af de fem mål er med." in browser.get("/temaer/plan").text


def test_a_municipality_s_own_strategy_links_to_the_municipality(site: Site) -> None:
    with site.unit() as session:
        put_a_municipality(session, "esbjerg", "Esbjerg")
        put_a_strategy(session, level="single_municipality", municipality="esbjerg")
    assert "/kommuner/esbjerg" in links(site.new_browser().get("/temaer/plan").text)


def test_names_in_english_stand_on_the_english_page_and_danish_is_marked_elsewhere(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(
            session,
            name_en="The plan",
            themes=[theme("klima", name_en="Climate", description="Kun på dansk.")],
        )
    browser = site.new_browser()
    english, swedish = browser.get("/en/temaer/plan").text, browser.get("/sv/temaer/plan").text
    assert "Climate" in english and '<span lang="da">Kun på dansk.</span>' in english
    assert '<span lang="da">Klima</span>' in swedish and "Climate" not in swedish


def test_markup_in_names_is_shown_as_text(site: Site) -> None:
    with site.unit() as session:
        put_a_strategy(
            session,
            name=NASTY,
            owner=NASTY,
            facts=[NASTY],
            themes=[theme("klima", name=NASTY, description=NASTY, initiatives=[{"key": "i", "name": NASTY}])],
        )
    pages = {
        path: site.new_browser().get(path).text for path in ("/temaer", "/temaer/plan", "/temaer/plan/klima")
    }
    assert [path for path, html in pages.items() if "<script>alert" in html] == []
    assert all("&lt;script&gt;" in html for html in pages.values())
    assert find_html_errors(pages) == []
