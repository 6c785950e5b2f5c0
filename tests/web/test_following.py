"""Choosing what one follows and how often one is written to of it, and the front page that it makes."""

import re
from typing import Any

from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.links import seal
from app.domain.contributions.models import Contribution
from app.domain.following.models import Follow
from app.domain.following.schemas import STOP_PURPOSE
from app.domain.following.service import follow
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User
from tests.node.html_validate import find_html_errors
from tests.promised import add_commitment, add_proposal
from tests.said import add_meeting_row, add_theme_rows, add_wish, put_said
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
    (klima,) = add_themes(site, "Klima")
    browser = site.browser("vendor")
    key = "00000000-0000-4000-8000-000000000001"
    first = browser.post(f"/foelg/tema/{klima}", {"key": key})
    assert browser.post(f"/foelg-ikke/tema/{klima}").status_code == 303
    again = browser.post(f"/foelg/tema/{klima}", {"key": key})
    assert (first.headers["location"], again.headers["location"]) == (
        "/temaer/strategi-2026/klima?kvittering=follow_begun",
        "/temaer/strategi-2026/klima?kvittering=follow_begun",
    )
    assert followed(site, "vendor") == []


def test_a_theme_is_followed_from_its_page_by_anybody_who_is_signed_in(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    path = "/temaer/strategi-2026/klima"
    assert "Log ind for at følge" in site.browser().get(path).text
    for who in ("vendor", "rival", "municipality", "staff", "admin", "loner", "newcomer"):
        browser = site.browser(who)
        assert f'action="/foelg/tema/{klima}"' in browser.get(path).text
        assert browser.post(f"/foelg/tema/{klima}", {"tempo": "dagligt"}).status_code == 303
        page = browser.get(path).text
        assert "Du følger det" in page and '<option value="dagligt" selected>' in page
        assert followed(site, who) == [klima]
    assert site.browser("vendor").post(f"/foelg-ikke/tema/{klima}").status_code == 303
    assert followed(site, "vendor") == []


def test_strangers_sign_in_and_what_one_cannot_see_is_missing(site: Site) -> None:
    with site.unit() as session:
        secret = add_proposal(session, site.people.rival).id
        closed = put_said(session, "k", visibility="staff").id
    for path in ("/mit/emner", "/foelg/tema/1", "/foelg-ikke/tema/1", "/mit/foelger/mails"):
        response = site.browser().post(path)
        assert (response.status_code, response.headers["location"][:8]) == (303, "/log-ind"), path
    for path in (
        f"/foelg/forpligtelse/{secret}",
        f"/foelg/oenske/{closed}",
        "/foelg/svar/1",
        "/foelg/tema/999999",
        f"/foelg/tema/{10**30}",
        "/foelg-ikke/svar/1",
        f"/foelg-ikke/tema/{10**30}",
    ):
        assert site.browser("vendor").post(path).status_code == 404, path


def test_all_that_one_follows_stands_on_one_page_with_its_pace(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    with site.unit() as session:
        wish = add_wish(session, site.people.rival, "<b>Fed</b>")
        promise = add_commitment(session, site.people.staff)
        ids = {"oenske": wish.id, "forpligtelse": promise.id, "tema": klima}
        ids |= {"organisation": promise.organisation_id, "moederaekke": add_meeting_row(session).series_id}
    browser = site.browser("vendor")
    assert "Du følger ikke noget endnu" in browser.get("/mit/foelger").text
    for word, thing_id in ids.items():
        assert browser.post(f"/foelg/{word}/{thing_id}").status_code == 303, word
    changed = browser.post(f"/foelg/oenske/{wish.id}", {"tempo": "ugentligt", "fra": "liste"})
    assert changed.headers["location"] == "/mit/foelger?kvittering=follow_pace_changed"
    page = browser.get("/mit/foelger").text
    assert find_html_errors({"foelger": page}) == []
    assert re.findall(r"<h2[^>]*>([^<]+) <span", page) == [
        "Temaer",
        "Ønsker",
        "Forpligtelser",
        "Møderækker",
        "Organisationer",
    ]
    assert "&lt;b&gt;Fed&lt;/b&gt;" in page and "<b>Fed" not in page
    with site.unit() as session:
        session.get_one(Contribution, wish.id).hidden_at = now()
    assert "Kan ikke læses længere" in browser.get("/mit/foelger").text
    count = site.count_statements(browser, "/mit/foelger")
    many = add_themes(site, *(f"Tema{n}" for n in range(29)))
    with site.unit() as session:
        for theme_id in many:
            follow(session, site.people.vendor, "theme", theme_id)
    assert site.count_statements(browser, "/mit/foelger") == count


def test_one_press_in_a_mail_stops_them_all_and_another_brings_them_back(site: Site) -> None:
    user_id = site.people.vendor.user_id
    with site.unit() as session:
        path = f"/mails/foelg-ikke/{user_id}/{seal(session, STOP_PURPOSE, user_id or 0)}"
    client = site.new_browser().client
    opened = client.get(path)
    assert (opened.status_code, opened.headers["cache-control"]) == (200, "no-store")
    assert find_html_errors({"stop": opened.text}) == []
    del client.headers["Sec-Fetch-Site"]
    # As a mail program does it (RFC 8058): no cookie, no origin, no key.
    for _ in range(2):
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    browser = site.browser("vendor")
    assert "Du får ingen mails om det, du følger" in browser.get("/mit/foelger").text
    assert "Nej tak til flere mails" in client.post(path, data={"fortryd": "1"}).text
    browser.post("/mit/foelger/mails", {"stop": "1"})
    assert "Giv mig mails igen" in browser.get("/mit/foelger").text
    browser.post("/mit/foelger/mails")
    assert "Giv mig mails igen" not in browser.get("/mit/foelger").text
    for wrong in (f"{path[:-1]}A", f"{path[:-1]}B", path.replace(str(user_id), "999999", 1)):
        assert wrong == path or client.get(wrong).status_code == 404
    with site.unit() as session:
        verbs = select(AuditEntry.verb).where(AuditEntry.verb.like("%_follow_mails")).order_by(AuditEntry.id)
        stop, resume = "stop_follow_mails", "resume_follow_mails"
        assert list(session.scalars(verbs)) == [stop, resume, stop, resume]


def test_what_is_written_on_the_front_page_is_escaped(site: Site) -> None:
    (klima,) = add_themes(site, "Klima")
    with site.unit() as session:
        add_wish(session, site.people.vendor, "<script>alert(1)</script>", theme_ids=[klima])
    browser = site.browser("municipality")
    browser.post(f"/foelg/tema/{klima}")
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
