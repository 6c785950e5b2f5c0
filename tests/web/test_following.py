"""Choosing what one follows, and the front page that it makes."""

from typing import Any

from sqlalchemy import select

from app.domain.following.models import Follow
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User
from tests.said import add_theme_rows, add_wish
from tests.site import Site


def add_themes(site: Site, *names: str, strategy: str = "strategi-2026") -> list[int]:
    with site.unit() as session:
        return [theme.id for theme in add_theme_rows(session, *names, strategy_key=strategy)]


def followed(site: Site, who: str) -> list[int]:
    user_id = getattr(site.people, who).user_id
    with site.unit() as session:
        return sorted(session.scalars(select(Follow.thing_id).where(Follow.user_id == user_id)))


def save(**fields: Any) -> dict[str, Any]:
    return {"handling": "gem"} | fields


def test_fields_and_themes_are_chosen_and_the_front_page_is_filtered(site: Site) -> None:
    klima, skole = add_themes(site, "Klima", "Skole")
    with site.unit() as session:
        add_wish(session, site.people.vendor, "Grøn varme", theme_ids=[klima])
        add_wish(session, site.people.vendor, "Nye tavler", theme_ids=[skole])
    browser = site.browser("municipality")
    response = browser.post("/mit/emner", save(fields=["environment"], theme_ids=[str(klima)]))
    assert (response.status_code, response.headers["location"]) == (303, "/?kvittering=interests_saved")
    page = browser.get("/").text
    assert "Grøn varme" in page and "Nye tavler" not in page
    assert 'fordi du følger <a href="/temaer/strategi-2026/klima">Klima</a>' in page
    assert 'href="/?vis=alt"' in page
    everything = browser.get("/?vis=alt").text
    assert "Seneste svar" in everything and "Vis kun det nye på dine temaer" in everything
    with site.unit() as session:
        assert session.get_one(User, site.people.municipality.user_id).fields == ["environment"]


def test_the_front_page_of_others_is_the_usual_one(site: Site) -> None:
    for who in ("stranger", "vendor", "loner", "staff"):
        page = site.browser(who).get("/").text
        assert "Seneste svar" in page and "Nyt om dine temaer" not in page, who


def test_chosen_fields_suggest_themes_and_nothing_is_saved_by_looking(site: Site) -> None:
    klima, skole = add_themes(site, "Klima", "Skole")
    page = site.browser("municipality").post("/mit/emner", {"fields": "environment", "handling": "vis"}).text
    suggested, _, others = page.partition("Andre temaer")
    assert f'id="theme-{klima}"' in suggested and f'id="theme-{skole}"' in others
    assert page.count(f'id="theme-{klima}"') == 1
    assert followed(site, "municipality") == []


def test_a_search_keeps_what_is_chosen_and_unseen(site: Site) -> None:
    klima, skole = add_themes(site, "Klima", "Skole")
    fields = {"q": "skol", "theme_ids": str(klima), "handling": "vis"}
    page = site.browser("vendor").post("/mit/emner", fields).text
    assert f'<input type="hidden" name="theme_ids" value="{klima}">' in page
    assert f'id="theme-{skole}"' in page and f'id="theme-{klima}"' not in page
    assert "1 tema, du har valgt, er ikke med i søgningen." in page
    nothing = site.browser("vendor").post("/mit/emner", {"q": "xyzzy", "handling": "vis"}).text
    assert "Ingen temaer passer til søgningen." in nothing


def test_older_strategies_stand_folded_below_those_that_run(site: Site) -> None:
    (now_id,) = add_themes(site, "Klima")
    with site.unit() as session:
        old = Strategy(
            key="gammel", name="Gammel", level="municipal", period_from=2011, period_to=2015, owner="KL"
        )
        session.add(old)
        session.flush()
        theme = Theme(strategy_id=old.id, key="x", code="", position=1, name="Dengang", keywords=[])
        session.add(theme)
        session.flush()
        old_id = theme.id
    page = site.browser("vendor").get("/mit/emner").text
    first, _, folded = page.partition('<details class="more">')
    assert f'id="theme-{now_id}"' in first and f'id="theme-{old_id}"' in folded
    chosen = site.browser("vendor").post("/mit/emner", {"theme_ids": str(old_id), "handling": "vis"}).text
    assert '<details class="more" open>' in chosen


def test_wrong_values_are_told_and_keep_what_was_chosen(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    browser = site.browser("vendor")
    for wrong in ({"fields": "trylleri"}, {"theme_ids": "abc"}, {"theme_ids": "999999999999999999999"}):
        assert browser.post("/mit/emner", save(**wrong)).status_code == 422, wrong
    response = browser.post("/mit/emner", save(theme_ids=[str(klima), "999999"], fields="it"))
    assert response.status_code == 422
    assert f'value="{klima}" checked' in response.text and 'value="it" checked' in response.text
    assert followed(site, "vendor") == []


def test_the_same_form_twice_is_carried_out_once(site: Site) -> None:
    add_themes(site, "Klima")
    browser = site.browser("vendor")
    key = "00000000-0000-4000-8000-000000000001"
    first = browser.post("/temaer/strategi-2026/klima/foelg", {"key": key})
    assert browser.post("/temaer/strategi-2026/klima/foelg-ikke").status_code == 303
    again = browser.post("/temaer/strategi-2026/klima/foelg", {"key": key})
    assert (first.headers["location"], again.headers["location"]) == (
        "/temaer/strategi-2026/klima?kvittering=follow_begun",
        "/temaer/strategi-2026/klima?kvittering=follow_begun",
    )
    assert followed(site, "vendor") == []


def test_a_theme_is_followed_from_its_page_by_anybody_who_is_signed_in(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    path = "/temaer/strategi-2026/klima"
    assert "Følg" not in site.browser().get(path).text
    for who in ("vendor", "rival", "municipality", "staff", "admin", "loner", "newcomer"):
        browser = site.browser(who)
        assert f'action="{path}/foelg"' in browser.get(path).text
        assert browser.post(f"{path}/foelg").status_code == 303
        assert "Du følger temaet" in browser.get(path).text
        assert followed(site, who) == [klima]
    assert site.browser("vendor").post(f"{path}/foelg-ikke").status_code == 303
    assert followed(site, "vendor") == []


def test_strangers_sign_in_and_unknown_themes_are_missing(site: Site) -> None:
    add_themes(site, "Klima")
    for path in ("/mit/emner", "/temaer/strategi-2026/klima/foelg", "/temaer/strategi-2026/klima/foelg-ikke"):
        response = site.browser().post(path)
        assert (response.status_code, response.headers["location"][:8]) == (303, "/log-ind"), path
    assert site.browser("vendor").post("/temaer/strategi-2026/findes-ikke/foelg").status_code == 404


def test_what_is_written_on_the_front_page_is_escaped(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    with site.unit() as session:
        add_wish(session, site.people.vendor, "<script>alert(1)</script>", theme_ids=[klima])
    browser = site.browser("municipality")
    browser.post("/temaer/strategi-2026/klima/foelg")
    page = browser.get("/").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_statements_do_not_grow_with_the_news(site: Site) -> None:
    klima, skole = add_themes(site, "Klima", "Skole")
    browser = site.browser("municipality")
    browser.post("/mit/emner", save(theme_ids=[str(klima), str(skole)]))
    counts = []
    for rows in (1, 29):
        with site.unit() as session:
            for number in range(rows):
                add_wish(session, site.people.vendor, f"Nr. {rows} {number}", theme_ids=[klima, skole])
        counts.append((site.count_statements(browser, "/"), site.count_statements(browser, "/mit/emner")))
    assert counts == [(6, 4), (6, 4)]
