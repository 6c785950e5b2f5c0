"""The way from idea to spread: the board, a time line, what is noted, and which barrier stops most."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.core.policy import SYSTEM, Actor
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.schemas import BarrierInput, StageInput
from app.domain.pipeline.service import Thing, add_barrier, note_stage
from app.domain.projects.own_projects import register_project
from app.domain.projects.schemas import OwnProjectInput
from tests.domain.test_pipeline import make_boss
from tests.node.html_validate import find_html_errors
from tests.reading import put_a_municipality, put_a_project, put_a_strategy, put_the_programme, theme
from tests.said import SECRET, add_idea
from tests.site import Site

HELD = "/projekter/barrierer"
WAY = "/projekter/vej/signaturprojekter/sp-1"


def fill(site: Site, rows: int = 1, first: int = 1) -> None:
    """Projects under a theme, with a step and a barrier each."""
    with site.unit() as session:
        put_the_programme(session)
        put_a_municipality(session, "aarhus", "Aarhus", region="Region Midtjylland")
        put_a_strategy(session, themes=[theme("klima"), theme("data")])
        for number in range(first, rows + 1):
            project = put_a_project(
                session,
                f"sp-{number}",
                title=f"Projekt {number:02}",
                authority="aarhus",
                themes=["plan/klima"],
            )
            thing = Thing("project", project.id)
            note_stage(session, SYSTEM, thing, StageInput(stage="measured", happened_on=date(2024, 5, 1)))
            add_barrier(session, SYSTEM, thing, BarrierInput(code="law", note="Ingen <b>hjemmel</b>."))


def add_own(site: Site, **given: Any) -> tuple[Actor, int]:
    """A private project of the municipality, and its admin."""
    with site.unit() as session:
        boss = make_boss(session, site.people.municipality)
        values = {"title": "Hemmeligmåler", "text": "Vi måler."} | given
        project = register_project(session, boss, OwnProjectInput.model_validate(values))
        add_barrier(
            session, boss, Thing("own_project", project.id), BarrierInput(code="skills", note="Kunhjemme.")
        )
        return boss, project.id


def test_the_board_shows_each_where_it_stands_and_is_narrowed_by_its_address(site: Site) -> None:
    fill(site)
    browser = site.browser("stranger")
    every = "slags=signaturprojekter&aar=2024&region=midtjylland&tema=plan/klima&hvem=aarhus&barriere=jura"
    cases = {
        "": True,
        f"?{every}": True,
        "?tema=plan/data": True,
        "?barriere=data": False,
        "?slags=vrøvl&aar=x": True,
    }
    # A theme that nothing stands under is no filter, nor is a word that means nothing.
    for query, is_there in cases.items():
        html = browser.get("/projekter/vej" + query).text
        assert ("Projekt 01" in html) == is_there, query
    html = browser.get("/projekter/vej").text
    column = re.search(r'aria-labelledby="trin-maalt">(.*?)</section>', html, re.DOTALL)
    assert column is not None and "Projekt 01" in column[1] and "Jura" in column[1]
    assert find_html_errors({"board": html, "stage": browser.get("/projekter/vej?trin=maalt").text}) == []


def test_a_stage_of_many_is_shown_in_pages(site: Site) -> None:
    fill(site, 31)
    browser = site.browser("stranger")
    board = browser.get("/projekter/vej").text
    assert (board.count("<article"), "Se alle 31" in board) == (6, True)
    last = browser.get("/projekter/vej?trin=maalt&side=2").text
    assert (last.count("<article"), "trin=maalt&amp;side=1" in last) == (1, True)
    assert browser.get("/projekter/vej?trin=maalt&side=99").text.count("<article") == 1


@pytest.mark.parametrize(
    "address", ["/projekter/vej", WAY, "/projekter/barrierer", "/projekter/barrierer/jura"]
)
def test_many_cost_no_more_statements_than_one(site: Site, address: str) -> None:
    fill(site)
    few = site.count_statements(site.browser("stranger"), address)
    fill(site, 30, first=2)
    assert site.count_statements(site.browser("stranger"), address) == few <= 11


def test_staff_notes_a_step_and_others_are_refused(site: Site) -> None:
    fill(site)
    staff = site.browser("staff")
    refused = [
        site.browser(who).get(f"{WAY}/trin").status_code for who in ("vendor", "municipality", "auditor")
    ]
    assert refused == [403, 403, 403]
    assert "noter" not in site.browser("vendor").get(WAY).text.lower().split("vejen fra idé")[0]
    sent = {"stage": "spread", "happened_on": "2025-02-03", "note": "Fem andre <i>bruger</i> det."}
    assert staff.post(f"{WAY}/trin", sent).status_code == 303
    html = site.browser("stranger").get(WAY).text
    assert "Fem andre &lt;i&gt;bruger&lt;/i&gt; det." in html and "3. februar 2025" in html
    with site.unit() as session:
        step = session.scalars(select(StageChange).order_by(StageChange.id.desc()).limit(1)).one()
    wrong = staff.post(f"{WAY}/trin/{step.id}/tilbage", {"reason": ""})
    assert (wrong.status_code, "Udfyld feltet." in wrong.text) == (422, True)
    assert staff.post(f"{WAY}/trin/{step.id}/tilbage", {"reason": "Det var et andet."}).status_code == 303
    assert "Det var et andet." in site.browser("stranger").get(WAY).text
    assert staff.get(f"{WAY}/trin/{step.id}/tilbage").status_code == 404


def test_an_end_without_a_lesson_comes_back_with_what_was_typed(site: Site) -> None:
    fill(site)
    staff = site.browser("staff")
    tomorrow = (today() + timedelta(days=1)).isoformat()
    for fields, sentence in (
        ({"happened_on": "2026-01-02", "note": "Slut."}, "Vælg, hvad der stoppede det."),
        ({"barrier": "law", "happened_on": "2026-01-02", "note": "Slut."}, "Skriv, hvad I lærte."),
        (
            {"barrier": "law", "lesson": "Spørg.", "happened_on": tomorrow, "note": "Slut."},
            "ikke kommet endnu",
        ),
        ({"barrier": "law", "lesson": "010190-1234", "happened_on": "2026-01-02", "note": "Slut."}, "CPR"),
    ):
        answer = staff.post(f"{WAY}/stop", fields)
        assert (answer.status_code, sentence in answer.text, "Slut." in answer.text) == (422, True, True)
    done = {
        "key": "b1d3a0de-6f0c-4b5e-9d3f-3a4a7d1f0001",
        "barrier": "law",
        "lesson": "Spørg juristerne først.",
    }
    for _ in range(2):
        assert staff.post(f"{WAY}/stop", done | {"happened_on": "2026-01-02"}).status_code == 303
    html = site.browser("stranger").get("/projekter/vej").text
    assert "Stoppet af:" in html and "Spørg juristerne først." in html
    with site.unit() as session:
        ended = select(StageChange.id).where(StageChange.stage == "stopped").order_by(StageChange.id)
        assert len(session.scalars(ended).all()) == 1


def test_a_barrier_is_worded_otherwise_solved_opened_and_removed(site: Site) -> None:
    fill(site)
    staff, stranger = site.browser("staff"), site.browser("stranger")
    with site.unit() as session:
        barrier_id = session.scalars(select(ThingBarrier.id).order_by(ThingBarrier.id)).one()
    at = f"{WAY}/barriere/{barrier_id}"
    assert "Ingen &lt;b&gt;hjemmel&lt;/b&gt;." in staff.get(at).text
    assert staff.post(at, {"code": "data", "note": "Ingen data.", "version": "1"}).status_code == 303
    stale = staff.post(at, {"code": "law", "note": "Min tekst.", "version": "1"})
    assert (stale.status_code, "Min tekst." in stale.text, "Ingen data." in stale.text) == (409, True, True)
    solved = {"solved_on": "2026-02-01", "solved_note": "Vi fik hjemlen.", "version": "2"}
    assert staff.post(f"{at}/loest", solved).status_code == 303
    assert "Vi fik hjemlen." in stranger.get(WAY).text
    assert "Projekt 01" not in stranger.get("/projekter/barrierer/data").text
    assert staff.post(f"{at}/aabn", {"version": "3"}).status_code == 303
    assert staff.post(f"{at}/fjern", {"version": "3"}).status_code == 409
    assert staff.post(f"{at}/fjern", {"version": "4"}).status_code == 303
    assert "Ingen data." not in stranger.get(WAY).text


def test_the_page_of_barriers_answers_its_question_and_leads_to_what_is_behind(site: Site) -> None:
    fill(site, 2)
    browser = site.browser("stranger")
    html = browser.get("/projekter/barrierer").text
    answer = re.search(r'id="svaret">(.*?)</p>', html, re.DOTALL)
    assert answer is not None
    words = " ".join(re.sub(r"<[^>]+>", "", answer[1]).split())
    assert words == "Svaret er: Jura under Klima. Barrieren holder 2 projekter tilbage."
    assert 'href="/projekter/barrierer/jura?tema=plan%2Fklima"' in html
    behind = browser.get("/projekter/barrierer/jura?tema=plan/klima").text
    assert ("Projekt 01" in behind, "Ingen &lt;b&gt;hjemmel" in behind) == (True, True)
    assert browser.get("/projekter/barrierer/vejr").status_code == 404
    narrowed = browser.get("/projekter/barrierer?strategi=plan&slags=signaturprojekter").text
    assert "Jura" in narrowed
    assert find_html_errors({"barriers": html, "held": behind, "way": browser.get(WAY).text}) == []


def test_a_private_project_is_on_no_page_of_others_and_its_way_is_missing(site: Site) -> None:
    fill(site)
    boss, project_id = add_own(site)
    own = site.browser(boss)
    address = f"/projekter/vej/egne/{project_id}"
    assert own.post(f"{address}/trin", {"stage": "pilot", "happened_on": "2026-03-01"}).status_code == 303
    assert "Hemmeligmåler" in own.get("/projekter/vej").text
    assert "Kunhjemme." in own.get("/projekter/barrierer/kompetencer").text
    for who in ("stranger", "staff", "vendor", "neighbour", "newcomer"):
        browser = site.browser(who)
        unknown = browser.get("/projekter/vej/egne/999999")
        hidden = browser.get(address)
        # Around it stand the address and keys of forms.
        bodies = {page.text.split("<main")[1].split("</main>")[0] for page in (hidden, unknown)}
        assert (hidden.status_code, unknown.status_code, len(bodies)) == (404, 404, 1), who
        pages = ("/projekter/vej", "/projekter/barrierer", "/projekter/barrierer/kompetencer")
        told = "".join(browser.get(page).text for page in pages)
        assert "Hemmeligmåler" not in told and "Kunhjemme." not in told, who
    # A colleague who does not write reads it and notes nothing.
    colleague = site.browser("municipality")
    assert (colleague.get(address).status_code, colleague.get(f"{address}/trin").status_code) == (200, 403)


def test_the_way_of_an_idea_tells_nothing_confidential(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor)
        reference = idea.reference
    html = site.browser("vendor").get(f"/projekter/vej/ideer/{reference}")
    told = html.text + site.browser("staff").get("/projekter/vej").text
    assert (html.status_code, [word for word in SECRET.values() if word in told]) == (200, [])


def test_an_idea_of_which_no_step_is_noted_is_not_said_to_be_at_the_first_one(site: Site) -> None:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor, maturity="seeking_partners")
        path, idea_id = f"/ideer/{idea.reference}", idea.id
    browser = site.browser("vendor")

    def read() -> list[tuple[list[str], bool, list[str]]]:
        pages = (browser.get(f"/projekter/vej{path}").text, browser.get(path).text)
        badge = r'<span class="badge[^"]*">(Trin ikke noteret|Trykprøvet|Idé)</span>'
        said = "Afsenderen skriver selv: »Søger partnere«."
        at = r'<li aria-current="step">([^<]*)</li>'
        return [(re.findall(badge, page), said in page, re.findall(at, page)) for page in pages]

    assert read() == [(["Trin ikke noteret"], True, []), (["Trin ikke noteret"], True, [])]
    with site.unit() as session:
        step = StageInput(stage="tested", happened_on=date(2026, 5, 1))
        note_stage(session, SYSTEM, Thing("idea", idea_id), step)
    assert read() == [(["Trykprøvet"], False, ["Trykprøvet"]), (["Trykprøvet"], False, [])]
