"""The crosswalk, kept by staff: what was said under an old theme is found under the new one, and says why."""

import re
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.search.service import index_objects
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.models import ThemeLink
from app.domain.strategies.queries import find_theme_ids
from app.domain.strategies.schemas import ThemeLinkInput
from tests.node.html_validate import find_html_errors
from tests.promised import add_commitment
from tests.reading import put_a_strategy, theme
from tests.said import put_said
from tests.site import Site

PATH = "/temaer/kobling"
NEW = "/temaer/ny/velfaerd"
SOURCE = "https://kl.example/strategi"
WHY = "Står her, fordi »Borgerservice« (2016–2020) gik ind i »Velfaerd« (2026–2029)."


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


@pytest.fixture
def themes(site: Site) -> dict[str, int]:
    """A theme of 2016 with a wish, and one of 2026 without."""
    with site.unit() as session:
        put_a_strategy(session, "gammel", period_from=2016, period_to=2020, themes=[theme("borgerservice")])
        put_a_strategy(session, "ny", period_from=2026, period_to=2029, themes=[theme("velfaerd")])
        ids = find_theme_ids(session, ["gammel/borgerservice", "ny/velfaerd"])
        wish = put_said(session, "oe", title="Én indgang", theme_ids=[ids["gammel/borgerservice"]])
        add_commitment(session, site.people.staff, title="Vi bygger den", contribution_ids=[wish.id])
        index_objects(session, "wish", [wish.id])
    return ids


def link(site: Site, themes: dict[str, int], kind: str = "part_of", **given: object) -> int:
    values = {"from_theme_id": themes["gammel/borgerservice"], "to_theme_id": themes["ny/velfaerd"]}
    with site.unit() as session:
        return link_themes(session, SYSTEM, ThemeLinkInput.model_validate(values | {"kind": kind} | given)).id


def typed(themes: dict[str, int], **given: str) -> dict[str, str]:
    values = {
        "from_theme_id": str(themes["gammel/borgerservice"]),
        "to_theme_id": str(themes["ny/velfaerd"]),
        "kind": "part_of",
        "source_urls": f"{SOURCE}\n\n{SOURCE}/2",
        "note": "Vores læsning.",
    }
    return values | given


def test_staff_links_two_themes_with_the_sources_and_all_read_it(site: Site, themes: dict[str, int]) -> None:
    answer = site.browser("staff").post(PATH, typed(themes))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{PATH}?kvittering=crosswalk_linked",
    )
    page = site.new_browser().get(PATH).text
    assert "»Borgerservice« (2016–2020) gik ind i »Velfaerd« (2026–2029)" in text_of(page)
    assert [SOURCE, f"{SOURCE}/2"] == re.findall(r'href="(https://kl\.example[^"]*)"', page)
    assert "Fjern" not in page and "Tilføj en kobling" not in page


def test_lists_pages_and_search_under_the_new_theme_find_the_old_and_say_through_which_link(
    site: Site, themes: dict[str, int]
) -> None:
    pages = {
        "theme": NEW,
        "said": f"{NEW}/sagt",
        "wishes": "/oensker?tema=ny/velfaerd",
        "commitments": "/forpligtelser?tema=ny/velfaerd",
        "search": "/soeg?q=indgang&tema=ny/velfaerd",
    }
    browser = site.new_browser()
    before = {name: text_of(browser.get(path).text) for name, path in pages.items()}
    link(site, themes)
    after = {name: text_of(browser.get(path).text) for name, path in pages.items()}
    assert {name for name, text in before.items() if WHY in text} == set()
    assert {name for name, text in after.items() if WHY in text} == set(pages)
    words = {name: "Vi bygger den" if name == "commitments" else "Én indgang" for name in pages}
    assert {name for name, text in after.items() if words[name] in text} == set(pages)
    # Under the old theme it stands by itself.
    assert WHY not in text_of(browser.get("/oensker?tema=gammel/borgerservice").text)


def test_the_menus_offer_the_new_theme_for_what_was_said_under_the_old(
    site: Site, themes: dict[str, int]
) -> None:
    link(site, themes)
    for path in ("/oensker", "/soeg?q=indgang", "/forpligtelser"):
        menu = site.new_browser().get(path).text.partition('name="tema"')[2].partition("</select>")[0]
        options = re.findall(r'value="([^"]+)"[^>]*>([^<]*)<', menu)
        assert {value: text_of(words)[-3:] for value, words in options} == {
            "gammel/borgerservice": "(1)",
            "ny/velfaerd": "(1)",
        }, path


def test_a_link_without_a_ground_or_to_itself_is_refused_and_what_was_typed_stays(
    site: Site, themes: dict[str, int]
) -> None:
    staff = site.browser("staff")
    wrong = [
        (typed(themes, source_urls="", note=""), "Skriv en kilde, eller skriv, hvad koblingen bygger på."),
        (typed(themes, to_theme_id=typed(themes)["from_theme_id"]), "Et tema kan ikke blive til sig selv."),
        (typed(themes, to_theme_id=""), "Vælg det tema, det blev til."),
        (typed(themes, source_urls="javascript:alert(1)"), "Skriv en adresse, der begynder med https://."),
        (typed(themes, from_theme_id="999999999"), "Et af temaerne findes ikke længere."),
    ]
    for fields, sentence in wrong:
        answer = staff.post(PATH, fields)
        assert answer.status_code in (409, 422), sentence
        assert sentence in answer.text
        assert fields["note"] in answer.text and fields["source_urls"] in answer.text.replace("\r", "")
    link(site, themes)
    again = staff.post(PATH, typed(themes))
    assert (again.status_code, "De to temaer er koblet allerede." in again.text) == (409, True)
    ended = staff.post(PATH, typed(themes, kind="ended", to_theme_id=""))
    assert (ended.status_code, "Et tema kan ikke både slutte" in ended.text) == (409, True)


def test_a_link_is_taken_away_and_put_back_and_both_are_in_the_log_once(
    site: Site, themes: dict[str, int]
) -> None:
    number = link(site, themes)
    staff = site.browser("staff")
    fields = {"key": "7f0c6f3e-4f0e-4c51-9a6b-0d6f3f6f7a11"}
    for _ in range(2):
        staff.post(f"{PATH}/{number}/fjern", fields)
    assert WHY not in text_of(staff.get("/oensker?tema=ny/velfaerd").text)
    assert f"{PATH}/{number}/fortryd" in staff.get(PATH).text
    assert f"{PATH}/{number}/fortryd" not in site.browser("vendor").get(PATH).text
    staff.post(f"{PATH}/{number}/fortryd")
    assert WHY in text_of(staff.get("/oensker?tema=ny/velfaerd").text)
    with site.unit() as session:
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.thing == "theme").order_by(AuditEntry.id)
        ).all()
    assert verbs == ["link", "unlink", "link"]


def test_only_staff_changes_the_crosswalk(site: Site, themes: dict[str, int]) -> None:
    number = link(site, themes)
    posts = [(PATH, typed(themes)), (f"{PATH}/{number}/fjern", {}), (f"{PATH}/{number}/fortryd", {})]
    for who in ("vendor", "municipality", "consultancy", "loner"):
        for path, fields in posts:
            assert site.browser(who).post(path, fields).status_code == 403, (who, path)
    for path, fields in posts:
        assert site.new_browser().post(path, fields).status_code in (303, 401), path
    assert site.browser("staff").post(f"{PATH}/999999/fjern").status_code == 404
    with site.unit() as session:
        assert session.scalar(select(func.count()).where(ThemeLink.removed_at.is_(None))) == 1


@pytest.mark.parametrize("rows", [1, 31])
def test_the_page_takes_the_same_statements_however_many_lines(site: Site, rows: int) -> None:
    with site.unit() as session:
        names = [f"t-{n}" for n in range(rows + 1)]
        put_a_strategy(session, "mange", themes=[theme(name) for name in names])
        ids = find_theme_ids(session, [f"mange/{name}" for name in names])
        for one, other in pairwise(names):
            pair = {
                "from_theme_id": ids[f"mange/{one}"],
                "to_theme_id": ids[f"mange/{other}"],
                "kind": "same",
            }
            link_themes(session, SYSTEM, ThemeLinkInput.model_validate(pair))
    stranger = site.new_browser()
    assert site.count_statements(stranger, PATH) == 2
    assert site.count_statements(site.browser("staff"), PATH) == 4
    pages = [stranger.get(f"{PATH}?side={page}&strategi=mange").text for page in (1, 2)]
    assert [page.count("er det samme som") for page in pages] == ([30, 1] if rows == 31 else [1, 1])


def test_the_page_is_sound_html_and_names_are_shown_as_text(site: Site, themes: dict[str, int]) -> None:
    link(site, themes, note="<script>alert(1)</script>", source_urls=[SOURCE])
    pages = {
        f"{who} {path}": site.browser(who).get(path).text
        for who in ("stranger", "staff")
        for path in (PATH, NEW)
    }
    assert [name for name, html in pages.items() if "<script>alert" in html] == []
    assert find_html_errors(pages) == []


def test_all_links_that_were_removed_can_be_put_back(site: Site) -> None:
    names = [f"tema-{number}" for number in range(31)]
    with site.unit() as session:
        put_a_strategy(session, "gammel", period_from=2016, period_to=2020, themes=[theme(n) for n in names])
        found = find_theme_ids(session, [f"gammel/{name}" for name in names])
        links = [
            ThemeLink(from_theme_id=theme_id, kind="ended", linked_at=now(), removed_at=now())
            for theme_id in found.values()
        ]
        session.add_all(links)
        session.flush()
        ids = sorted(one.id for one in links)
    staff = site.browser("staff")
    pages = [staff.get(f"{PATH}?fjernede={side}").text for side in (1, 2)]
    shown = [[int(one) for one in re.findall(rf"{PATH}/(\d+)/fortryd", page)] for page in pages]
    assert ([len(one) for one in shown], sorted([*shown[0], *shown[1]])) == ([30, 1], ids)
