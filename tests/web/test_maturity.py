"""Digital maturity at its doors: assessed by the municipality, read by whom it opens for, worded by staff."""

import re
from datetime import date

import pytest

from app.core.policy import SYSTEM, Actor
from app.domain.organisations.models import Organisation
from app.domain.priorities.maturity import Point, add_dimension
from app.domain.priorities.schemas import DimensionInput
from app.web.maturity_drawing import draw_courses, draw_web
from tests.domain.test_pipeline import make_boss
from tests.node.html_validate import find_html_errors
from tests.site import Browser, Site

NAMES = ("Data", "Ledelse", "Kompetencer")
OWN = "Spørgsmålene er Dialogforums egne og ikke hentet fra en anden model."


@pytest.fixture
def ids(site: Site) -> list[int]:
    with site.unit() as session:
        return [add_dimension(session, SYSTEM, DimensionInput(name=name, lowest="Lidt")).id for name in NAMES]


@pytest.fixture
def boss(site: Site) -> Actor:
    with site.unit() as session:
        return make_boss(session, site.people.municipality)


def base_of(site: Site, boss: Actor) -> str:
    with site.unit() as session:
        return f"/kommuner/{session.get_one(Organisation, boss.organisation_id).key}/modenhed"


def test_questions_taken_from_nowhere_are_said_to_be_our_own_and_others_have_their_source(
    site: Site, ids: list[int]
) -> None:
    alone = site.browser("staff").get("/modenhed").text
    with site.unit() as session:
        add_dimension(session, SYSTEM, DimensionInput(name="Jura", source="En anden model"))
    mixed = site.browser("staff").get("/modenhed").text
    assert (OWN in alone, "Kilde:" in alone) == (True, False)
    assert (OWN in mixed, "Kilde: En anden model" in mixed) == (False, True)


def said(ids: list[int], *levels: int, on: str = "2026-03-01", **more: str) -> dict[str, str]:
    fields = {"assessed_on": on, f"note-{ids[0]}": "Vi <b>mangler</b> folk"}
    return fields | {f"level-{key}": str(level) for key, level in zip(ids, levels, strict=False)} | more


def words_of(browser: Browser, path: str) -> str:
    """The page's own part, without the keys of forms around it."""
    return browser.get(path).text.partition("<main")[2].partition("</main>")[0]


def version_on(browser: Browser, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_a_municipality_assesses_itself_and_sees_it_drawn_with_the_figures_beside(
    site: Site, ids: list[int], boss: Actor
) -> None:
    base, writer = base_of(site, boss), site.browser(boss)
    empty = writer.get(base).text
    for levels, on in (((2, 3, 1), "2025-03-01"), ((4, 3, 2), "2026-03-01")):
        answer = writer.post(f"{base}/ny", said(ids, *levels, on=on))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{base}?kvittering=maturity_saved")
    html = writer.get(base).text
    table = html.partition('<table class="table">')[2].partition("</table>")[0]
    assert re.findall(r"<td class=\"amount\">(?:<b>)?([^<]*)", table) == ["4", "2", "3", "3", "2", "1"]
    assert html.count('class="chart maturity-course"') == 3 and 'class="shape is-before"' in html
    assert "Vi &lt;b&gt;mangler&lt;/b&gt; folk" in html
    form = writer.get(f"{base}/ny").text
    # What was said last is where the next one begins.
    assert re.findall(rf'name="level-{ids[0]}" value="(.)" checked', form) == ["4"]
    overview = writer.get("/modenhed").text
    assert "endnu ikke fem kommuner" in overview
    assert find_html_errors({"empty": empty, "shown": html, "form": form, "overview": overview}) == []


def test_others_read_the_levels_only_when_they_are_opened_and_the_notes_never(
    site: Site, ids: list[int], boss: Actor
) -> None:
    base, writer = base_of(site, boss), site.browser(boss)
    before = {who: words_of(site.browser(who), base) for who in ("stranger", "staff", "neighbour")}
    writer.post(f"{base}/ny", said(ids, 4, 3, 2))
    for who, html in before.items():
        # That there is something is not told either.
        assert words_of(site.browser(who), base) == html, who
    reads = {"municipalities": {"neighbour"}, "public": {"stranger", "staff", "neighbour"}, "own": set()}
    for opening, expected in reads.items():
        answer = writer.post(f"{base}/aabning", {"visibility": opening})
        assert answer.headers["location"] == f"{base}?kvittering=maturity_opened"
        for who in before:
            html = site.browser(who).get(base).text
            assert ("is-now" in html, base in site.browser(who).get("/modenhed").text) == (
                who in expected,
                who in expected,
            )
            assert "mangler" not in html and "aabning" not in html
    assert writer.post(f"{base}/aabning", {"visibility": "alle"}).status_code == 422


def test_a_wrong_assessment_keeps_what_was_typed_and_says_what_to_do(
    site: Site, ids: list[int], boss: Actor
) -> None:
    base, writer = base_of(site, boss), site.browser(boss)
    note = f"note-{ids[0]}"
    wrong = {
        "Skriv en dag fra år 2000 til i dag.": said(ids, 4, on="2999-01-01"),
        "Giv mindst ét niveau, før I gemmer.": said(ids) | {note: ""},
        "Der står en bemærkning uden et niveau.": said(ids, on="2026-02-01") | {f"level-{ids[1]}": "2"},
        "Tallet må højst være 5.": said(ids, 9),
        "Teksten ligner et CPR-nummer.": said(ids, 4, **{note: "Ring til 010190-1234"}),
    }
    for sentence, fields in wrong.items():
        answer = writer.post(f"{base}/ny", fields)
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
        assert f'value="{fields["assessed_on"]}"' in answer.text
    assert "is-now" not in writer.get(base).text


def test_a_day_has_one_assessment_which_is_changed_and_removed(
    site: Site, ids: list[int], boss: Actor
) -> None:
    base, writer = base_of(site, boss), site.browser(boss)
    writer.post(f"{base}/ny", said(ids, 1, 1, 1))
    twice = writer.post(f"{base}/ny", said(ids, 5, 5, 5))
    found = re.search(rf'href="({base}/\d+/ret)"', twice.text)
    assert twice.status_code == 422 and found is not None
    edit = found[1]
    version = version_on(writer, edit)
    assert writer.post(edit, said(ids, 5, 5, 5, version=version)).status_code == 303
    stale = writer.post(edit, said(ids, 3, 5, 5, version=version))
    assert (stale.status_code, "Det står der nu, og det skrev du" in stale.text) == (409, True)
    for who, status in (("municipality", 403), ("neighbour", 403), ("staff", 403), ("stranger", 303)):
        answer = site.browser(who).post(edit, said(ids, 1, version=version_on(writer, edit)))
        assert answer.status_code == status, who
    remove = edit.replace("/ret", "/fjern")
    assert writer.post(remove, {"version": "1"}).status_code == 409
    assert writer.post(remove, {"version": version_on(writer, edit)}).status_code == 303
    assert "is-now" not in writer.get(base).text
    assert writer.get(edit).status_code == 404


def test_staff_words_what_is_asked_and_takes_it_out(site: Site, ids: list[int], boss: Actor) -> None:
    staff, base = site.browser("staff"), base_of(site, boss)
    site.browser(boss).post(f"{base}/ny", said(ids, 1, 1, 1))
    assert staff.post("/modenhed/maal/nyt", {"name": ""}).status_code == 422
    assert staff.post("/modenhed/maal/nyt", {"name": "<i>Jura</i>"}).status_code == 303
    one = f"/modenhed/maal/{ids[0]}"
    changed = {"name": "Gode data", "version": "1"}
    assert staff.post(one, changed).status_code == 303
    assert staff.post(one, changed | {"name": "Andre data"}).status_code == 409
    assert staff.post(f"{one}/ud", {"version": "1"}).status_code == 409
    assert staff.post(f"{one}/ud", {"version": "2"}).status_code == 303
    listed = staff.get("/modenhed/maal").text
    assert "&lt;i&gt;Jura&lt;/i&gt;" in listed
    own = site.browser(boss)
    # It is asked for no more, and what was said of it stays.
    assert "Gode data" not in own.get(f"{base}/ny").text and "Gode data" in own.get(base).text
    assert staff.post(f"{one}/ind", {"version": "3"}).status_code == 303
    assert "Gode data" in own.get(f"{base}/ny").text
    for who, status in (("municipality", 403), ("vendor", 403), ("stranger", 303)):
        assert site.browser(who).get("/modenhed/maal").status_code == status
    form = staff.get(one).text
    assert find_html_errors({"list": listed, "form": form}) == []


def test_a_maturity_page_costs_the_same_statements_with_one_assessment_and_with_many(
    site: Site, ids: list[int], boss: Actor
) -> None:
    base, writer = base_of(site, boss), site.browser(boss)
    writer.post(f"{base}/ny", said(ids, 1, 1, 1, on="2026-01-01"))
    first = site.count_statements(writer, base)
    for day in range(2, 12):
        writer.post(f"{base}/ny", said(ids, 1, 1, 1, on=f"2026-01-{day:02}"))
    assert site.count_statements(writer, base) == first


def test_the_drawing_stands_where_its_figures_are() -> None:
    web = draw_web([7, 8, 9, 10], {"average": {}, "now": {7: 5, 8: 1, 10: 5}})
    assert web is not None
    (now,) = web.shapes
    assert [(dot.x, dot.y) for dot in now.dots] == [(170.0, 40.0), (196.0, 170.0), (40.0, 170.0)]
    # Of the third nothing was said: no outline, and no line past it.
    assert (now.outline, len(now.lines)) == ("", 2)
    assert draw_web([7, 8], {"now": {7: 5}}) is None
    points = [Point(date(2025, 1, 1), 1), Point(date(2025, 1, 5), 3), Point(date(2025, 1, 9), 5)]
    course = draw_courses({7: points})[7]
    assert [(step.at.x, step.at.y) for step in course.steps] == [(30.0, 116.0), (140.0, 68.0), (250.0, 20.0)]
    assert draw_courses({7: points[:1]})[7].line == "140.0,116.0"
