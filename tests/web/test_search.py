"""The search page: what is found first in the real archive, filters, jumps, and what is never told."""

import re
from html import unescape

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.contributions.models import Contribution
from app.domain.contributions.service import restore, withdraw
from app.domain.search.service import index_everything
from app.web.search import KINDS
from tests.decks import add_read_deck
from tests.node.html_validate import find_html_errors
from tests.said import add_idea, add_item_row, add_meeting_row, add_theme_rows, add_wish, put_said
from tests.site import Browser, Site

Hits = dict[str, list[str]]


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def text_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", markup)).split())


def read_hits(page: str) -> Hits:
    """{heading of a group: titles of its hits}, marked words in brackets; without groups under ""."""
    found: Hits = {}
    group = ""
    main = main_of(page).replace("<mark>", "[").replace("</mark>", "]")
    for level, heading in re.findall(r"<h([23])[^>]*>(.*?)</h\1>", main, re.S):
        if "<a " in heading:
            found.setdefault(group, []).append(text_of(heading))
        elif level == "2":
            group = text_of(heading)
    return found


def search(browser: Browser, words: str, **filters: object) -> str:
    response = browser.get("/soeg", params={"q": words} | filters)
    assert response.status_code == 200
    return response.text


def first_hits(site: Site, words: str) -> dict[str, str]:
    """The first hit of each group in the archive, for a stranger."""
    found = read_hits(search(site.browser(), words))
    return {group: titles[0] for group, titles in found.items()}


# --- the archive, for anyone


SAID = "Indspil, spørgsmål og behov"
FIRST = {
    "målbilleder": {
        "Sider i oplæg": "Hvad er [målbilleder]?",
        "Møder og programmer": "[Målbilleder], leverandører kan regne med",
        "Ønsker": "[Målbilleder]",
        SAID: "Borgeren skal stå i første sætning af [målbilledet], ikke i bilaget.",
        "Svar og løfter": "Fra næste udgave får hvert af vores [målbilleder] tre linjer mere: årstal, hvilke "
        "kommuner der står bag, og hvor det…",
        "Forpligtelser": "[Målbilleder] med årstal, afsendere og budget",
        "Temaer og strategier": "Mere tid til det vigtige. [Målbillede] for udrulning og anvendelse af "
        "kunstig intelligens i den offentlige sektor",
    },
    "effekt af velfærdsteknologi": {
        "Sider i oplæg": "[Effekt] af [velfærdsteknologi]: fire mål",
        "Møder og programmer": "[Effekt] af [velfærdsteknologi]: det, vi målte, og det, vi troede",
        "Ønsker": "En fælles måde at måle [effekt] af [velfærdsteknologi] på",
        SAID: "[Effekt] af [velfærdsteknologi] er også nattesøvn, ikke kun minutter.",
        "Idéer": "Sluk for det, ingen bruger",
        "Svar og løfter": "Et katalog over kommunale cases om [klimateknologi] med dokumenteret [effekt] er "
        "på vej, så kommuner og marked kan bruge…",
        "Temaer og strategier": "Morgendagens [velfærdsteknologi]",
        "Udvalg og indstillinger": "Eksempel: Udvalg for [teknologi] og [velfærd]",
    },
    "it indkøb": {
        "Sider i oplæg": "Hvad det betyder for [it]-[indkøb]",
        "Møder og programmer": "[It]-[indkøb] uden overraskelser",
        SAID: "Et [it]-[indkøb] bør begynde med problemet og ikke med kravlisten.",
        "Forpligtelser": "En åben liste over kommende [it]-[indkøb]",
        "Ønsker": "Udbudsplan to år frem, samlet ét sted",
        "Kommuner og organisationer": "KOMBIT",
    },
    "strategi": {
        "Møder og programmer": "[Strategi] og data",
        SAID: "Giv os den operationelle plan samtidig med [strategien], ikke et år efter.",
        "Temaer og strategier": "National [strategi] for kunstig intelligens",
        "Udvalg og indstillinger": "Udvalg for digitalisering og teknologi",
    },
    "Ærø": {"Kommuner og organisationer": "[Ærø] Kommune"},
    "velfærdstekonlogi": {
        "Sider i oplæg": "Effekt af [velfærdsteknologi]: fire mål",
        "Møder og programmer": "Effekt af [velfærdsteknologi]: det, vi målte, og det, vi troede",
        "Ønsker": "En fælles måde at måle effekt af [velfærdsteknologi] på",
        SAID: "Effekt af [velfærdsteknologi] er også nattesøvn, ikke kun minutter.",
        "Temaer og strategier": "Morgendagens [velfærdsteknologi]",
        "Udvalg og indstillinger": "Eksempel: Udvalg for [teknologi] og [velfærd]",
    },
    "Claus Rydkjær": {
        "Møder og programmer": "Tendenser i it-branchen og branchens ønsker til kommunerne",
        "Ønsker": "Operationelle planer",
    },
    "Aalborg": {
        "Kommuner og organisationer": "[Aalborg] Kommune",
        "Temaer og strategier": "Kommunernes Teknologispring",
        "Signaturprojekter": "Intelligent rehabilitering og målrettet tilbud til borgere (AIR)",
    },
}


@pytest.mark.parametrize("words", FIRST)
def test_the_right_thing_of_each_kind_is_found_first(archive_site: Site, words: str) -> None:
    assert first_hits(archive_site, words) == FIRST[words]


@pytest.mark.parametrize(
    ("words", "same"), [("it-indkøb", "it indkøb"), ("aeroe", "Ærø"), ("Ålborg", "Aalborg")]
)
def test_another_spelling_finds_the_same(archive_site: Site, words: str, same: str) -> None:
    assert read_hits(search(archive_site.browser(), words)) == read_hits(search(archive_site.browser(), same))


def test_groups_with_the_best_hits_come_first_and_in_one_order_among_equals(archive_site: Site) -> None:
    assert list(first_hits(archive_site, "målbilleder")) == list(FIRST["målbilleder"])
    assert list(first_hits(archive_site, "it indkøb")) == list(FIRST["it indkøb"])


def test_pages_of_decks_lead_to_the_very_page_with_a_picture_of_it(archive_site: Site) -> None:
    page = search(archive_site.browser(), "målbilleder")
    assert read_hits(page)["Sider i oplæg"] == [
        "Hvad er [målbilleder]?",
        "[Målbilleder], leverandører kan regne med",
        "Hvad det betyder for it-indkøb",
    ]
    (deck,) = set(re.findall(r"/oplaeg/(\d+)/side/3", main_of(page)))
    assert f'<a href="/oplaeg/{deck}/side/3">Hvad er <mark>målbilleder</mark>?</a>' in page
    assert f'<img src="/oplaeg/{deck}/side/3/miniature.webp?v=' in page
    byline = text_of(
        page[page.index("Hvad er <mark>") :].partition('<p class="meta">')[2].partition("</p>")[0]
    )
    said, _, day = byline.rpartition(" · ")
    assert said == "Side 3 · Mads Mønster, Eksempelforeningen · Målbilleder, effekt og gode it-indkøb"
    assert re.fullmatch(r"\d{1,2}\. [a-z]+ 20\d\d", day)  # The example is so many days ago when it is seeded.
    slide = archive_site.browser().get(f"/oplaeg/{deck}/side/3").text
    assert "Hvad er målbilleder?" in slide and "Mads Mønster" in slide


def test_a_wish_says_who_said_it_for_whom_where_and_when(archive_site: Site) -> None:
    page = main_of(search(archive_site.browser(), "målbilleder", slags="oensker"))
    assert read_hits("<main" + page + "</main>") == {
        "": ["[Målbilleder]", "[Målbilleder] med årstal og budget"]
    }
    assert "OE-0002 · Claus Rydkjær" in text_of(page)
    assert "på vegne af branchen · 10. møde · 28. oktober 2020" in text_of(page)


def test_a_name_is_marked_where_it_stands_under_a_hit(archive_site: Site) -> None:
    page = main_of(search(archive_site.browser(), "Claus Rydkjær"))
    assert "<mark>Claus</mark> <mark>Rydkjær</mark>, Capgemini" in page


def test_a_slip_is_pointed_out_and_the_meant_word_searched_for(archive_site: Site) -> None:
    page = search(archive_site.browser(), "Velfærdstekonlogi")
    assert "<h1" in page and "fund for »velfærdsteknologi«</h1>" in page
    assert 'Mente du <a href="/soeg?q=velf%C3%A6rdsteknologi" lang="da">velfærdsteknologi</a>?' in page
    assert "»velfærdstekonlogi« står ingen steder, så her er fundene for »velfærdsteknologi«." in page
    assert 'name="q" value="Velfærdstekonlogi"' in page


def test_hits_that_hold_only_some_of_the_words_are_announced(archive_site: Site) -> None:
    told = "Få steder har alle ordene."
    assert told in search(archive_site.browser(), "effekt af velfærdsteknologi")
    assert told not in search(archive_site.browser(), "målbilleder")


# --- filters


def links_of_kinds(page: str) -> list[tuple[str, str]]:
    nav = main_of(page).partition('<nav class="kinds"')[2].partition("</nav>")[0]
    return [(href, text_of(words)) for href, words in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', nav)]


def options_of(page: str, name: str) -> list[str]:
    menu = main_of(page).partition(f'name="{name}"')[2].partition("</select>")[0]
    return [text_of(option) for option in re.findall(r"<option.*?</option>", menu)]


def test_kinds_years_and_themes_are_counted(archive_site: Site) -> None:
    page = search(archive_site.browser(), "målbilleder")
    assert (
        text_of(page.partition("<h1")[2].partition("</h1>")[0].partition(">")[2])
        == "19 fund for »målbilleder«"
    )
    assert [words for _, words in links_of_kinds(page)] == [
        "Alt 19",
        "Sider i oplæg 3",
        "Møder 1",
        "Programpunkter 2",
        "Referater 1",
        "Ønsker 2",
        "Indspil fra møderne 7",
        "Svar og løfter 1",
        "Forpligtelser 1",
        "Strategier 1",
    ]
    assert options_of(page, "aar") == ["Alle", "2026 (16)", "2025 (2)", "2020 (1)"]
    assert "En effektiv og innovativ offentlig sektor (2025–2030) (6)" in options_of(page, "tema")


def test_each_filter_narrows_keeps_the_others_and_can_be_let_go(archive_site: Site) -> None:
    theme = "ai-maalbillede-2030/en-effektiv-og-innovativ-offentlig-sektor"
    page = search(archive_site.browser(), "målbilleder", slags="indspil", aar="2026", tema=theme)
    assert read_hits(page) == {
        "": [
            "Et [målbillede] skal sige, hvad der ikke er med – ellers er alt med.",
            "Kommunerne bør vise, hvilke [målbilleder] der er fælles, og hvilke der er lokale.",
            "Sæt årstal på. Et [målbillede] uden årstal er en drøm.",
        ]
    }
    chips = main_of(page).partition('<ul class="chips"')[2].partition("</ul>")[0]
    q, kind, year = "q=m%C3%A5lbilleder", "slags=indspil", "aar=2026"
    tema = "tema=ai-maalbillede-2030%2Fen-effektiv-og-innovativ-offentlig-sektor"
    assert [unescape(href) for href in re.findall(r'href="([^"]*)"', chips)] == [
        f"/soeg?{q}&{year}&{tema}",
        f"/soeg?{q}&{kind}&{tema}",
        f"/soeg?{q}&{kind}&{year}",
        f"/soeg?{q}",
    ]
    assert '<input type="hidden" name="slags" value="indspil">' in page


def test_an_organisation_narrows_too(archive_site: Site) -> None:
    with archive_site.unit() as session:
        kombit = (
            session.connection().exec_driver_sql("select id from organisation where key = 'kombit'").scalar()
        )
    page = search(archive_site.browser(), "infrastruktur", organisation=kombit)
    assert read_hits(page) == {
        "Møder og programmer": [
            "Fokusområder i Fælleskommunal [Infrastruktur] 2.0",
            "Virtuelt Dialogforum",
        ],
        "Svar og løfter": [
            "Markedet kan få mere ud af den [infrastruktur], der allerede er bygget, og udviklingen vil tage "
            "højde for de…"
        ],
    }
    assert "Fjern filteret </span>KOMBIT" in page


@pytest.mark.parametrize(
    "filters",
    [
        {"slags": "alt"},
        {"aar": "tyve"},
        {"aar": "٢٠٢٠"},
        {"tema": "x/y"},
        {"organisation": "0"},
        {"organisation": "9" * 16},
        {"organisation": "99999999"},
        {"side": "-1"},
        {"side": "x"},
    ],
)
def test_a_wrong_filter_is_passed_over(archive_site: Site, filters: dict[str, str]) -> None:
    browser = archive_site.browser()
    assert read_hits(search(browser, "Ærø", **filters)) == {"Kommuner og organisationer": ["[Ærø] Kommune"]}


def test_a_filter_that_leaves_nothing_stays_in_sight_and_can_be_let_go(archive_site: Site) -> None:
    page = search(archive_site.browser(), "Ærø", aar="1999")
    assert options_of(page, "aar") == ["Alle", "1999 (0)"]
    assert "Intet passer på både ordene og det, der er valgt." in page
    assert '<a class="button button-secondary" href="/soeg?q=%C3%86r%C3%B8">Fjern alle valg</a>' in page


# --- jumps


@pytest.mark.parametrize("words", ["OE-0002", "oe-0002", "OE 2", "oe2", " oe-00002 "])
def test_a_reference_stands_first_however_it_is_written(archive_site: Site, words: str) -> None:
    found = read_hits(search(archive_site.browser(), words))
    assert next(iter(found.items())) == ("Præcis det, du skrev", ["Målbilleder"])
    assert "Målbilleder" not in found.get("Ønsker", [])


@pytest.mark.parametrize("words", ["møde 10", "10. møde", "Møde nr. 10", "10 møde", "dialogforum 10"])
def test_a_meeting_stands_first_by_its_number(archive_site: Site, words: str) -> None:
    page = search(archive_site.browser(), words)
    assert next(iter(read_hits(page).items())) == ("Præcis det, du skrev", ["Virtuelt Dialogforum"])
    assert '<a href="/moeder/10">Virtuelt Dialogforum</a>' in page


@pytest.mark.parametrize("words", ["OE-9999", "møde 99", "OE-0002 målbilleder", "F-9007"])
def test_what_names_nothing_exactly_is_only_searched_for(archive_site: Site, words: str) -> None:
    assert "Præcis det, du skrev" not in search(archive_site.browser(), words)


# --- nothing, and anything, typed


@pytest.mark.parametrize("words", ["", "   "])
def test_without_words_the_page_explains_and_shows_ways_in(archive_site: Site, words: str) -> None:
    page = search(archive_site.browser(), words)
    assert "<h1>Søg i det hele</h1>" in page
    assert '<a href="/soeg?q=effekt+af+velf%C3%A6rdsteknologi" lang="da">' in page
    themes = main_of(page).partition("Temaer, der er sagt mest om")[2]
    assert len(re.findall(r'<a href="/temaer/[^"]+/', themes)) == 8


@pytest.mark.parametrize(
    "words", ["?", "!!! … ---", "😀", "xylofonkvartetten", "'; --", "%", "\\", "a" * 3000]
)
def test_what_finds_nothing_is_answered_with_help(archive_site: Site, words: str) -> None:
    page = search(archive_site.browser(), words)
    assert "Ingen fund for »" in page and "Det kan hjælpe" in page


def test_only_two_hundred_characters_are_used(archive_site: Site) -> None:
    page = search(archive_site.browser(), "målbilleder" + " " * 300 + "x" * 300)
    assert f'value="målbilleder {"x" * 188}"' in page


def test_markup_in_the_words_is_text(archive_site: Site) -> None:
    page = search(archive_site.browser(), '<script>alert(1)</script>"')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_markup_in_what_people_wrote_is_text(site: Site) -> None:
    with site.unit() as session:
        put_said(session, "x", title="<b>Snadder</b> & <img src=x>", body="<script>snadder()</script>")
    reindex(site)
    page = search(site.browser(), "snadder")
    assert "<b>" not in main_of(page) and "<script>" not in main_of(page) and "<img" not in main_of(page)
    assert read_hits(page) == {"Ønsker": ["<b>[Snadder]</b> & <img src=x>"]}


# --- English and Swedish


def test_in_english_what_was_said_in_danish_is_marked_so(archive_site: Site) -> None:
    page = archive_site.browser().get("/en/soeg", params={"q": "målbilleder"}).text
    assert '<a href="/en/oensker/OE-0002" lang="da"><mark>Målbilleder</mark></a>' in page
    assert '<p lang="da">Et <mark>målbillede</mark> er først noget værd' in page


def test_english_words_find_and_their_text_is_marked_as_english(archive_site: Site) -> None:
    page = search(archive_site.browser(), "procurement")
    assert re.search(r'<p lang="en">[^<]*<mark>procurement</mark>', page, re.IGNORECASE)


# --- one kind, paged


def reindex(site: Site) -> None:
    with site.unit() as session:
        index_everything(session)


def plant(site: Site, count: int) -> None:
    """So many wishes and one theme, each with the word "gungre"."""
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Gungren")
        for number in range(count - 1):
            put_said(session, f"w{number}", title=f"Gungre {number:02}", theme_ids=[theme.id])
    reindex(site)


def test_one_kind_is_paged(site: Site) -> None:
    plant(site, 46)
    browser = site.browser()
    seen = []
    for page, count in ((1, 20), (2, 20), (3, 5)):
        titles = read_hits(search(browser, "gungre", slags="oensker", side=page))[""]
        assert len(titles) == count
        seen += titles
    assert sorted(seen) == [f"[Gungre] {number:02}" for number in range(45)]
    assert 'href="/soeg?q=gungre&amp;slags=oensker&amp;side=2"' in search(browser, "gungre", slags="oensker")


def test_past_the_end_is_the_last_page(site: Site) -> None:
    plant(site, 22)
    page = search(site.browser(), "gungre", slags="oensker", side=99)
    assert len(read_hits(page)[""]) == 1
    assert '<span class="sr-only">Side </span>2</span>' in page


def test_of_many_the_first_five_are_shown_with_the_way_to_all(site: Site) -> None:
    plant(site, 31)
    page = search(site.browser(), "gungre")
    assert {group: len(titles) for group, titles in read_hits(page).items()} == {
        "Ønsker": 5,
        "Temaer og strategier": 1,
    }
    assert '<a href="/soeg?q=gungre&amp;slags=oensker">Alle fund: Ønsker (30)</a>' in page


@pytest.mark.parametrize("count", [1, 30])
def test_a_stranger_costs_few_statements(site: Site, count: int) -> None:
    plant(site, count)
    assert site.count_statements(site.browser(), "/soeg?q=gungre") == 6


def test_the_page_without_words_costs_two_statements(site: Site) -> None:
    plant(site, 30)
    assert site.count_statements(site.browser(), "/soeg") == 2


def test_the_worst_case_is_bounded(archive_site: Site) -> None:
    """A compound with a slip in it, and nothing else to go by: every reading is tried."""
    assert archive_site.count_statements(archive_site.browser(), "/soeg?q=velfærdstekonlogi") == 11


# --- while typing


def suggestions(browser: Browser, words: str) -> list[str]:
    response = browser.get("/soeg/forslag", params={"q": words}, headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    return [text_of(link) for link in re.findall(r"<a .*?</a>", response.text)]


def test_words_and_titles_are_offered_while_typing(archive_site: Site) -> None:
    found = suggestions(archive_site.browser(), "målb")
    assert "målbilleder" in found
    assert len({words.lower() for words in found}) == len(found) <= 8


def test_what_stands_before_the_word_is_kept(archive_site: Site) -> None:
    assert "effekt af velfærdsteknologi" in suggestions(archive_site.browser(), "effekt af velf")


@pytest.mark.parametrize("words", ["", "m", "xylofonk", "<script>", "%"])
def test_nothing_is_offered_for_too_little_or_the_unknown(archive_site: Site, words: str) -> None:
    assert suggestions(archive_site.browser(), words) == []


def test_without_the_script_suggestions_are_the_search(archive_site: Site) -> None:
    response = archive_site.browser().get("/en/soeg/forslag", params={"q": "målb"})
    assert (response.status_code, response.headers["location"]) == (303, "/en/soeg?q=m%C3%A5lb")


def test_suggestions_are_links_and_their_number_is_told(archive_site: Site) -> None:
    headers = {"HX-Request": "true"}
    page = archive_site.browser().get("/en/soeg/forslag", params={"q": "målb"}, headers=headers).text
    assert '<a href="/en/soeg?q=m%C3%A5lbilleder" lang="da">målbilleder</a>' in page
    assert '<p id="forslag-antal" class="sr-only" role="status" data-hx-swap-oob="true">' in page


# --- rights


def plant_secrets(site: Site) -> None:
    with site.unit() as session:
        draft = add_meeting_row(session, "11", is_published=False)
        add_item_row(session, draft, "Fjompenist")
        out = add_meeting_row(session, "10")
        add_read_deck(session, out, [("Fjompenist på en side", "")], access="staff")
        secret = {"secret_technology": "Fjompenist", "reason_technology": "Fjompenist"}
        add_idea(session, site.people.vendor, title="Roligere nætter", **secret)
    reindex(site)


@pytest.mark.parametrize(
    "who",
    ["stranger", "vendor", "rival", "consultancy", "municipality", "neighbour", "loner", "newcomer"],
)
def test_what_is_hidden_is_neither_found_nor_counted_nor_offered(site: Site, who: str) -> None:
    plant_secrets(site)
    page = search(site.browser(who), "fjompenist")
    assert "Ingen fund for »fjompenist«" in page
    assert (read_hits(page), links_of_kinds(page), options_of(page, "aar")) == ({}, [], [])
    assert suggestions(site.browser(who), "fjomp") == []
    assert "Mente du" not in search(site.browser(who), "fjompenits")


def test_staff_find_what_is_not_out_yet_but_no_confidential_half(site: Site) -> None:
    plant_secrets(site)
    page = search(site.browser("staff"), "fjompenist")
    assert read_hits(page) == {
        "Sider i oplæg": ["[Fjompenist] på en side"],
        "Møder og programmer": ["[Fjompenist]"],
    }
    assert "Roligere nætter" not in page


def test_a_draft_meeting_is_no_exact_hit_for_others(site: Site) -> None:
    plant_secrets(site)
    assert "Præcis det, du skrev" not in search(site.browser("municipality"), "møde 11")
    assert "Præcis det, du skrev" in search(site.browser("staff"), "møde 11")


# --- the index follows


def test_what_is_sent_is_found_as_soon_as_the_worker_has_read_it(site: Site) -> None:
    with site.unit() as session:
        wish_id = add_wish(session, site.people.vendor, "Gungrende skærme").id
    site.work()
    assert read_hits(search(site.browser(), "gungrende")) == {"Ønsker": ["[Gungrende] skærme"]}
    with site.unit() as session:
        withdraw(session, site.people.vendor, wish_id)
    # At once, before the index is read anew.
    assert read_hits(search(site.browser(), "gungrende")) == {}
    site.work()
    assert count_documents(site) == 0
    with site.unit() as session:
        restore(session, site.people.vendor, wish_id)
    site.work()
    assert read_hits(search(site.browser(), "gungrende")) == {"Ønsker": ["[Gungrende] skærme"]}


def count_documents(site: Site) -> int:
    with site.unit() as session:
        told = session.connection().exec_driver_sql(
            "select count(*) from search_document where kind = 'wish'"
        )
        return int(told.scalar_one())


def test_a_wish_that_becomes_hidden_disappears_without_a_word_to_the_index(site: Site) -> None:
    plant(site, 3)
    with site.unit() as session:
        hide_all(session)
    assert read_hits(search(site.browser(), "gungre")) == {"Temaer og strategier": ["[Gungren]"]}


def hide_all(session: Session) -> None:
    session.execute(update(Contribution).values(visibility="staff"))


# --- the markup


def test_the_pages_are_valid_html(archive_site: Site) -> None:
    paths = {
        "start": "/soeg",
        "found": "/soeg?q=målbilleder",
        "slip": "/soeg?q=velfærdstekonlogi",
        "one kind": "/soeg?q=mål&slags=indspil&aar=2026",
        "jump": "/soeg?q=10.+møde",
        "nothing": "/en/soeg?q=xylofonkvartet&aar=1999",
    }
    browser = archive_site.browser()
    assert find_html_errors({name: browser.get(path).text for name, path in paths.items()}) == []


def test_every_kind_has_its_word_in_the_address() -> None:
    from app.domain.search.sources import SOURCES

    assert set(KINDS.values()) == set(SOURCES)


def test_a_deck_without_a_title_is_called_so_in_the_language_of_the_reader(site: Site) -> None:
    with site.unit() as session:
        pages = [("Fjompenist once", ""), ("Fjompenist twice", "")]
        deck_id = add_read_deck(session, add_meeting_row(session), pages, title="", language="en").id
    reindex(site)
    page = site.browser().get("/soeg?q=fjompenist").text
    assert f'<a href="/oplaeg/{deck_id}">Oplæg uden gengivet titel</a>' in page
