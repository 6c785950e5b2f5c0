"""A municipality's own policy and projects at their doors: written, published, linked, held together."""

import io
import re
from typing import Any
from uuid import uuid4

import docx
import pypdfium2
import pytest
from sqlalchemy import select

from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.strategies.models import Theme
from tests.domain.test_pipeline import make_boss, own, put_themes
from tests.node.html_validate import find_html_errors
from tests.reading import put_a_project
from tests.site import Browser, Site


def begin(site: Site) -> tuple[Actor, str]:
    """The municipality's own admin, and the address of its pages."""
    with site.unit() as session:
        boss = make_boss(session, site.people.municipality)
        key = session.get_one(Organisation, boss.organisation_id).key
    return boss, f"/kommuner/{key}"


def words(**given: Any) -> dict[str, str]:
    return {
        "version": "0",
        "name": "Digital politik",
        "owner": "Byrådet",
        "period_from": "2025",
        "theme-1-name": "Grønt",
        "theme-1-target_groups": "Borgere\nDriftsfolk",
        "theme-1-markers": "Vi måler <b>alt</b>",
        "theme-2-name": "Nært",
        "do": "gem",
    } | given


def publish(browser: Browser, base: str, query: str = "", version: int = 1, note: str = "") -> None:
    answer = browser.post(f"{base}/politik/udgiv{query}", {"version": str(version), "note": note})
    assert (answer.status_code, answer.headers.get("location", "")) == (
        303,
        f"{base}/politik?kvittering=policy_published",
    )


def test_a_policy_is_drafted_seen_by_its_own_published_and_read_by_all(site: Site) -> None:
    boss, base = begin(site)
    writer, stranger = site.browser(boss), site.browser("stranger")
    assert "Kommunen har ikke skrevet sin politik ind" in stranger.get(f"{base}/politik").text
    assert writer.post(f"{base}/politik/skriv", words()).status_code == 303
    colleague = site.browser("municipality").get(f"{base}/politik").text
    assert ("Der er en kladde i gang" in colleague, "Skriv videre" in colleague) == (True, False)
    for who in ("stranger", "staff", "neighbour"):
        assert "Digital politik" not in site.browser(who).get(f"{base}/politik").text, who
    preview = writer.get(f"{base}/politik/udgiv")
    assert "Vi måler &lt;b&gt;alt&lt;/b&gt;" in preview.text
    publish(writer, base)
    html = stranger.get(f"{base}/politik").text
    for told in ("Digital politik", "Grønt", "Driftsfolk", "Vi måler &lt;b&gt;alt&lt;/b&gt;", "Gælder nu"):
        assert told in html, told
    form = writer.get(f"{base}/politik/skriv?politik={_key(html)}").text
    assert find_html_errors({"policy": html, "preview": preview.text, "form": form}) == []


def _key(html: str) -> str:
    """The key of the policy on the page."""
    found = re.search(r"/politik/([a-z0-9-]+)/udgaver/", html)
    assert found is not None
    return found[1]


def test_a_new_edition_says_what_it_has_other_and_the_old_one_stays(site: Site) -> None:
    boss, base = begin(site)
    writer, stranger = site.browser(boss), site.browser("stranger")
    writer.post(f"{base}/politik/skriv", words())
    publish(writer, base)
    key = _key(stranger.get(f"{base}/politik").text)
    query = f"?politik={key}"
    changed = words(**{"theme-1-key": "groent", "theme-2-key": "naert", "do": "fjern-2"})
    changed["theme-1-name"] = "Meget grønt"
    assert writer.post(f"{base}/politik/skriv{query}", changed).status_code == 303
    publish(writer, base, query, note="Vi blev grønnere.")
    second = stranger.get(f"{base}/politik/{key}/udgaver/2").text
    for told in ("Vi blev grønnere.", "Temaet har fået et andet navn", "Temaet er ikke med længere", "Nært"):
        assert told in second, told
    first = stranger.get(f"{base}/politik/{key}/udgaver/1").text
    assert ("gælder ikke længere" in first, "Meget grønt" in first, "Nært" in first) == (True, False, True)
    assert stranger.get(f"{base}/politik/{key}/udgaver/3").status_code == 404
    assert find_html_errors({"edition": second}) == []


def test_the_buttons_of_the_form_add_move_and_take_out_themes(site: Site) -> None:
    boss, base = begin(site)
    writer = site.browser(boss)

    def names() -> list[str]:
        html = writer.get(f"{base}/politik/skriv").text
        return re.findall(r'name="theme-\d+-name" type="text" value="([^"]*)"', html)

    steps = (
        ("tilfoej", ["Grønt", "Nært", ""]),
        ("ned-1", ["Nært", "Grønt"]),
        ("op-1", ["Grønt", "Nært"]),
        ("fjern-1", ["Nært"]),
        ("vrøvl-9", ["Grønt", "Nært"]),
    )
    for version, (act, expected) in enumerate(steps):
        answer = writer.post(f"{base}/politik/skriv", words(version=str(version), do=act))
        assert (answer.status_code, names()) == (303, expected), act


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(site: Site) -> None:
    boss, base = begin(site)
    writer = site.browser(boss)
    for fields, sentence in (
        ({"period_from": "i går"}, "Skriv et helt tal."),
        ({"theme-2-markers": "CPR 010190-1234"}, "CPR-nummer"),
        ({"source_urls": "ftp://x"}, "https://"),
        ({"theme-1-name": "x" * 300}, "Teksten er for lang"),
    ):
        answer = writer.post(f"{base}/politik/skriv", words(**fields))
        assert (answer.status_code, sentence in answer.text, "Driftsfolk" in answer.text) == (422, True, True)
    assert writer.post(f"{base}/politik/skriv", words(name="")).status_code == 303
    refused = writer.post(f"{base}/politik/udgiv", {"version": "1"})
    assert (refused.status_code, "Politikken mangler et navn." in refused.text) == (422, True)
    stale = writer.post(f"{base}/politik/skriv", words(name="Min udgave"))
    assert (stale.status_code, "sammenlign, og gem igen" in stale.text) == (409, True)
    assert writer.post(f"{base}/politik/kasser", {"version": "1"}).status_code == 303
    assert writer.get(f"{base}/politik/udgiv").status_code == 404


def test_only_who_is_chosen_writes_and_only_for_the_own_municipality(site: Site) -> None:
    boss, base = begin(site)
    admin, colleague = site.browser(boss), site.browser("municipality")
    assert colleague.get(f"{base}/politik/skriv").status_code == 403
    assert colleague.get(f"{base}/politik/skribenter").status_code == 403
    membership = {"membership_id": str(site.people.municipality.membership_id)}
    assert admin.post(f"{base}/politik/skribenter/vaelg", membership).status_code == 303
    assert colleague.post(f"{base}/politik/skriv", words()).status_code == 303
    assert admin.post(f"{base}/politik/skribenter/fravaelg", membership).status_code == 303
    assert colleague.get(f"{base}/politik/skriv").status_code == 403
    other = {"membership_id": str(site.people.neighbour.membership_id)}
    assert admin.post(f"{base}/politik/skribenter/vaelg", other).status_code == 404
    for who in ("staff", "vendor", "neighbour", "newcomer"):
        browser = site.browser(who)
        for page in ("politik/skriv", "projekter/nyt", "politik/koblinger"):
            assert browser.get(f"{base}/{page}").status_code == 403, (who, page)


def fill(site: Site, boss: Actor, rows: int = 1, first: int = 0) -> list[int]:
    """Themes of the own policy and of a joint strategy; projects under the first of the own."""
    with site.unit() as session:
        if first == 0:
            put_themes(session, "faelles-a", "faelles-b")
            put_themes(session, "groent", "naert", of=site.people.municipality)
        themes = session.scalars(select(Theme).order_by(Theme.id)).all()
        for number in range(first, rows):
            own(session, boss, f"Åbent {number:02}", themes[2], visibility="public")
            own(session, boss, f"Lukket {number:02}")
        return [theme.id for theme in themes]


def test_projects_by_themes_show_gaps_and_what_others_may_not_see_is_not_there(site: Site) -> None:
    boss, base = begin(site)
    fill(site, boss)
    html = site.browser("stranger").get(f"{base}/projekter").text
    assert ("Åbent 00" in html, "Lukket 00" in html, "1</b> projekt" in html) == (True, False, True)
    assert "1</b> tema uden projekt" in html and "Naert" in html
    mine = site.browser("municipality").get(f"{base}/projekter").text
    assert ("Lukket 00" in mine, "1</b> projekt uden tema" in mine) == (True, True)
    assert find_html_errors({"overview": mine}) == []


@pytest.mark.parametrize("page", ["projekter", "rapport", "naboer", "politik"])
def test_many_projects_cost_no_more_statements_than_one(site: Site, page: str) -> None:
    boss, base = begin(site)
    fill(site, boss)
    few = site.count_statements(site.browser("stranger"), f"{base}/{page}")
    fill(site, boss, 30, first=1)
    assert site.count_statements(site.browser("stranger"), f"{base}/{page}") == few <= 16


def test_a_project_is_registered_changed_and_taken_out(site: Site) -> None:
    boss, base = begin(site)
    (_, _, groent, _) = fill(site, boss, 0)
    writer, stranger = site.browser(boss), site.browser("stranger")
    wrong = writer.post(f"{base}/projekter/nyt", {"title": "", "text": "Min tekst.", "visibility": "own"})
    assert (wrong.status_code, "Min tekst." in wrong.text) == (422, True)
    fields = {"title": "Måler", "text": "Vi <i>måler</i>.", "visibility": "own", "theme_ids": str(groent)}
    key = str(uuid4())
    answers = [writer.post(f"{base}/projekter/nyt", fields | {"key": key}) for _ in range(2)]
    path = answers[0].headers["location"].split("?")[0]
    assert (answers[1].headers["location"].split("?")[0], stranger.get(path).status_code) == (path, 404)
    html = writer.get(path).text
    assert "Vi &lt;i&gt;måler&lt;/i&gt;." in html and "Groent" in html
    assert writer.post(f"{path}/ret", fields | {"visibility": "public", "version": "1"}).status_code == 303
    assert stranger.get(path).status_code == 200
    stale = writer.post(f"{path}/ret", fields | {"title": "Mit nye", "version": "1"})
    assert (stale.status_code, "Mit nye" in stale.text) == (409, True)
    site.work()
    assert "Måler" in stranger.get("/soeg?q=Måler&slags=kommunernes-projekter").text
    assert writer.post(f"{path}/fjern", {"version": "2"}).status_code == 303
    assert writer.get(path).status_code == 404
    site.work()
    assert path not in stranger.get("/soeg?q=Måler").text


def test_a_theme_is_linked_to_a_joint_one_and_neighbours_are_shown(site: Site) -> None:
    boss, base = begin(site)
    joint, _, groent, _ = fill(site, boss)
    with site.unit() as session:
        neighbour = make_boss(session, site.people.neighbour)
        theme = session.get_one(Theme, joint)
        own(session, neighbour, "Naboens åbne", theme, visibility="public")
        own(session, neighbour, "Naboens lukkede", theme)
    writer = site.browser(boss)
    assert writer.post(f"{base}/politik/koblinger", {"from_theme_id": str(groent)}).status_code == 422
    sent = {"from_theme_id": str(groent), "to_theme_id": str(joint), "note": "Samme mål."}
    assert writer.post(f"{base}/politik/koblinger", sent).status_code == 303
    assert writer.post(f"{base}/politik/koblinger", sent).status_code == 409
    html = writer.get(f"{base}/naboer").text
    assert ("Naboens åbne" in html, "Naboens lukkede" in html) == (True, False)
    assert "Faelles-a" in site.browser("stranger").get(f"{base}/politik").text
    links = writer.get(f"{base}/politik/koblinger").text
    at = re.search(r"/politik/koblinger/\d+/fjern", links)
    assert at is not None
    assert site.browser(neighbour).post(base + at[0]).status_code == 403
    assert writer.post(base + at[0]).status_code == 303
    assert find_html_errors({"neighbours": html, "links": links}) == []


def test_a_signature_project_is_placed_by_the_municipality_that_runs_it(site: Site) -> None:
    boss, base = begin(site)
    _, joint, groent, _ = fill(site, boss, 0)
    with site.unit() as session:
        put_a_project(session, "sp-own", title="Signatur", authority=base.split("/")[-1])
        put_a_project(session, "sp-other", title="Andres")
    writer = site.browser(boss)
    address = f"{base}/projekter/signatur/sp-own"
    assert address in writer.get("/projekter/sp-own").text
    assert writer.post(address, {"theme_ids": str(joint)}).status_code == 422
    assert writer.post(address, {"theme_ids": str(groent)}).status_code == 303
    assert "Signatur" in site.browser("stranger").get(f"{base}/projekter").text
    assert writer.get(f"{base}/projekter/signatur/sp-other").status_code == 404


def test_the_committees_report_is_a_page_and_papers_and_the_own_one_is_for_its_own(site: Site) -> None:
    boss, base = begin(site)
    fill(site, boss)
    stranger, mine = site.browser("stranger"), site.browser("municipality")
    assert "Lukket 00" not in stranger.get(f"{base}/rapport").text
    assert "Lukket 00" not in mine.get(f"{base}/rapport").text
    assert "Lukket 00" in mine.get(f"{base}/rapport?til=kommunen").text
    for who in ("staff", "vendor", "neighbour", "newcomer"):
        for page in ("rapport", "rapport.pdf", "rapport/fil"):
            answer = site.browser(who).get(f"{base}/{page}?til=kommunen&som=pdf")
            assert answer.status_code == 403, (who, page)
    assert stranger.get(f"{base}/rapport.docx?til=kommunen").status_code in (303, 401)
    for query in ("", "?til=kommunen"):
        for ending in ("docx", "pdf"):
            assert mine.get(f"{base}/rapport.{ending}{query}").status_code == 202
    site.work()
    for query, is_there in (("", False), ("?til=kommunen", True)):
        written = docx.Document(io.BytesIO(mine.get(f"{base}/rapport.docx{query}").content))
        cells = [cell.text for table in written.tables for row in table.rows for cell in row.cells]
        pages = pypdfium2.PdfDocument(mine.get(f"{base}/rapport.pdf{query}").content)
        printed = "".join(page.get_textpage().get_text_range() for page in pages)
        told = " ".join(cells)
        assert ("Åbent 00" in told, "Lukket 00" in told) == (True, is_there)
        assert ("Åbent 00" in printed, "Lukket 00" in printed) == (True, is_there)
    assert find_html_errors({"report": stranger.get(f"{base}/rapport").text}) == []
