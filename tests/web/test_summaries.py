"""Summaries at their doors: read by everybody, written by staff, and never a word of what is away."""

import re

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.domain.contributions.models import Contribution
from app.domain.summaries.models import Summary, SummaryEdition, SummarySentence
from tests.said import add_meeting_row, add_theme_rows, put_said
from tests.site import Site

MEETING = "/moeder/21"
WRITE = "/opsummeringer/1/skriv"


def _plant(site: Site, count: int = 1) -> None:
    """A meeting where something was said under each of so many themes."""
    with site.unit() as session:
        meeting = add_meeting_row(session, "21")
        themes = add_theme_rows(session, *(f"Tema {number}" for number in range(count)))
        for number, theme in enumerate(themes):
            title, body = f"Ord {number}", f"Natholdet nummer {number} går alt for mange runder."
            put_said(session, title, title=title, body=body, meeting_id=meeting.id, theme_ids=[theme.id])


def _version(page: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', page)[0]


def _propose(site: Site) -> None:
    answer = site.browser("staff").post(f"{MEETING}/opsummering/foreslaa")
    assert answer.headers["location"].startswith("/opsummeringer/")


def _publish(site: Site) -> None:
    _propose(site)
    staff = site.browser("staff")
    version = _version(staff.get(_write_path(site)).text)
    assert staff.post(_write_path(site)[:-5] + "udgiv", {"version": version}).status_code == 303


def _write_path(site: Site) -> str:
    page = site.browser("staff").get("/opsummeringer").text
    found = re.search(r"/opsummeringer/\d+/skriv", page)
    return found[0] if found else WRITE


def test_a_proposal_is_staff_s_until_it_is_published_and_then_stands_on_the_meeting_s_page(
    site: Site,
) -> None:
    _plant(site)
    _propose(site)
    stranger = site.browser("stranger")
    assert "Natholdet" not in stranger.get(f"{MEETING}/opsummering").text
    assert stranger.get(_write_path(site), headers={"accept": "text/html"}).status_code in (303, 401)
    assert site.browser("vendor").get(_write_path(site)).status_code == 403
    _publish(site)
    page = stranger.get(f"{MEETING}/opsummering").text
    told = (
        "»Natholdet nummer 0 går alt for mange runder.«" in page,
        "Lavet af maskinen" in page,
        "OE-0" in page,
    )
    assert told == (True, True, True)
    assert 'id="opsummering"' in stranger.get(MEETING).text
    assert f'href="{MEETING}/opsummering"' in stranger.get("/opsummeringer").text


def test_a_sentence_without_its_source_is_marked_and_staff_is_told(site: Site) -> None:
    _plant(site)
    _publish(site)
    with site.unit() as session:
        session.execute(update(Contribution).values(hidden_at=now()))
    page = site.browser("stranger").get(f"{MEETING}/opsummering").text
    assert ("Uden belæg" in page, "Natholdet" in page, "OE-0" in page) == (True, False, False)
    page = site.browser("staff").get(f"{MEETING}/opsummering").text
    assert "1 sætning skal ses efter" in page
    assert "1 sætning skal ses efter" in site.browser("staff").get("/opsummeringer").text


@pytest.mark.parametrize(
    ("text", "sources", "sentence"),
    [
        ("<b>Natholdet</b> »sover godt«", "{}", "står ikke i noget af det"),
        ("<b>Natholdet</b> har travlt", "OE-9999", "Det kender vi ikke"),
        ("", "{}", "Udfyld feltet."),
    ],
)
def test_a_refused_sentence_keeps_what_was_typed(site: Site, text: str, sources: str, sentence: str) -> None:
    _plant(site)
    _propose(site)
    staff = site.browser("staff")
    with site.unit() as session:
        reference = session.scalars(select(Contribution.reference)).one()
    path = _write_path(site)
    given = {"text": text, "sources": sources.format(reference), "version": _version(staff.get(path).text)}
    answer = staff.post(path[:-5] + "saetninger", given)
    assert answer.status_code == 422
    typed = text.replace("<", "&lt;").replace(">", "&gt;")
    assert (typed in answer.text, sentence in answer.text, "<b>Nat" in answer.text) == (True, True, False)


def test_a_sentence_is_added_edited_once_and_an_old_page_is_told_so(site: Site) -> None:
    _plant(site)
    _propose(site)
    staff, path = site.browser("staff"), _write_path(site)
    with site.unit() as session:
        reference = session.scalars(select(Contribution.reference)).one()
        first = session.scalars(select(SummarySentence.id)).one()
    version = _version(staff.get(path).text)
    key = "00000000-0000-4000-8000-000000000000"
    given = {"text": "Natholdet har travlt.", "sources": reference, "version": version, "key": key}
    for _ in range(2):
        assert staff.post(path[:-5] + f"saetninger/{first}", given).status_code == 303
    page = staff.get(path).text
    assert ("Natholdet har travlt." in page, "Lavet af maskinen</span>" in page) == (True, False)
    stale = staff.post(path[:-5] + f"saetninger/{first}/fjern", {"version": version})
    assert stale.status_code == 409
    staff.post(path[:-5] + f"saetninger/{first}/fjern", {"version": _version(page)})
    assert "har travlt" not in staff.get(path).text


def test_what_is_missing_in_an_old_form_does_not_let_it_write_over_a_colleague(site: Site) -> None:
    _plant(site)
    _propose(site)
    staff, path = site.browser("staff"), _write_path(site)
    with site.unit() as session:
        reference = session.scalars(select(Contribution.reference)).one()
        one = f"{path[:-5]}saetninger/{session.scalars(select(SummarySentence.id)).one()}"
    mine = {"text": "Min sætning.", "sources": reference, "version": _version(staff.get(path).text)}
    assert staff.post(one, mine | {"text": "Kollegaens sætning."}).status_code == 303
    incomplete = staff.post(one, mine | {"sources": "OE-9999"} | {"text": ""})
    assert incomplete.status_code == 422
    known = _version(incomplete.text[incomplete.text.index(f'action="{one}"') :])
    stale = staff.post(one, mine | {"version": known})
    assert stale.status_code == 409 and "Kollegaens sætning." in stale.text
    newest = _version(stale.text[stale.text.index(f'action="{one}"') :])
    assert staff.post(one, mine | {"version": newest}).status_code == 303


def test_a_summary_costs_as_many_statements_with_one_sentence_and_with_many(site: Site) -> None:
    _plant(site, 1)
    _publish(site)
    one = site.count_statements(site.browser("stranger"), f"{MEETING}/opsummering")
    with site.unit() as session:
        edition_id = session.scalars(select(SummarySentence.edition_id)).one()
        session.add_all(
            SummarySentence(edition_id=edition_id, position=number, text="Mere.", origin="person")
            for number in range(2, 31)
        )
    assert (one, site.count_statements(site.browser("stranger"), f"{MEETING}/opsummering")) == (6, 6)


def test_summaries_are_listed_in_pages_those_of_meetings_first(site: Site) -> None:
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Klima")
        ids = [{"meeting_id": add_meeting_row(session, f"{key}").id} for key in range(21, 51)]
        summaries = [Summary(**of) for of in (*ids, {"theme_id": theme.id})]
        session.add_all(summaries)
        session.flush()
        edition = {"number": 1, "begun_at": now(), "published_at": now()}
        session.add_all(SummaryEdition(summary_id=one.id, **edition) for one in summaries)
    pages = [site.browser().get(f"/opsummeringer{query}").text for query in ("", "?side=2", "?side=9")]
    linked = [
        (len(re.findall(r'href="/moeder/\d+/opsummering"', page)), "/klima/opsummering" in page)
        for page in pages
    ]
    assert linked == [(30, False), (0, True), (30, False)]
