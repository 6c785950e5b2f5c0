"""The pages of what is promised: who sees and writes it, what stays when it slips, what a page costs."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.domain.commitments.measuring import measure
from app.domain.commitments.models import Commitment
from app.domain.commitments.queries import find_commitment
from app.domain.commitments.schemas import MeasurementInput, MoveInput
from app.domain.commitments.service import move_deadline
from app.domain.strategies.crosswalk import link_themes
from app.domain.strategies.schemas import ThemeLinkInput
from tests.node.html_validate import find_html_errors
from tests.promised import add_aim, add_commitment, add_proposal, add_step
from tests.said import add_theme_rows, add_wish, put_said
from tests.site import Browser, Site

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROMISE = {"title": "Ét fælles katalog", "text": "Vi samler det i ét katalog.", "deadline": "2027-06-30"}
VERDICT = {"verdict": "broken", "cause": "law", "lesson": "Loven kom ikke i tide."}
AIM = {
    "name": "Brugere",
    "unit": "kommuner",
    "direction": "up",
    "baseline_value": "3",
    "baseline_on": "2026-01-01",
    "target_value": "98",
    "target_on": "2028-01-01",
}


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(NOON):
        yield


def read(site: Site, reference: str) -> Any:
    with site.unit() as session:
        return find_commitment(session, site.people.staff, reference)


def promised(site: Site, who: str = "staff", **given: Any) -> str:
    """The number of a published commitment."""
    with site.unit() as session:
        return add_commitment(session, getattr(site.people, who), **given).reference


def sent(browser: Browser, path: str, fields: dict[str, Any], status: int = 303) -> str:
    """Send a form; its place where it is taken, else the page that comes back."""
    answer = browser.post(path, fields)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.headers["location"] if status == 303 else answer.text


def fill(site: Site, rows: int) -> str:
    """So many commitments, each with a wish, steps, a moved day and figures; the address of the first."""
    with site.unit() as session:
        staff = site.people.staff
        (theme,) = add_theme_rows(session, "klima")
        for number in range(rows):
            wish = put_said(session, f"oe-{number}", theme_ids=[theme.id])
            made = add_commitment(session, staff, title=f"Nr. {number}", contribution_ids=[wish.id])
            add_step(session, staff, made, date(2027, 2, 1))
            aim = add_aim(session, staff, made)
            given = {"measured_on": date(2026, 6, 1), "value": "25", "source_text": "Optælling"}
            measure(session, staff, aim.id, MeasurementInput.model_validate(given))
            later = MoveInput(new_on=date(2028, 3, 1), reason="Udbuddet trak ud.", version=made.version)
            move_deadline(session, staff, made.id, later)
        first = session.scalars(select(Commitment).order_by(Commitment.id)).first()
        assert first is not None
        return f"/forpligtelser/{first.reference}"


@pytest.mark.parametrize("rows", [1, 30])
def test_pages_send_as_many_statements_for_many_as_for_one(site: Site, rows: int) -> None:
    path = fill(site, rows)
    stranger = site.new_browser()
    counted = {
        page: site.count_statements(stranger, page)
        for page in ("/forpligtelser", path, "/forpligtelser/plan", "/forpligtelser/plan?efter=tema")
    }
    assert counted == {
        "/forpligtelser": 3,
        path: 11,
        "/forpligtelser/plan": 5,
        "/forpligtelser/plan?efter=tema": 5,
    }


@pytest.mark.parametrize("order", ["", "&efter=tema", "&efter=aar"])
def test_the_plan_leads_on_to_what_a_page_does_not_hold(site: Site, order: str) -> None:
    fill(site, 31)
    stranger = site.new_browser()
    paths = [f"/forpligtelser/plan?fra=2025{order}&side={page}" for page in (1, 2)]
    first, second = (stranger.get(path).text for path in paths)
    assert "31 i alt · side 1 af 2" in first and "Dagene i de løfter" in first
    assert 'rel="next"' in first and 'rel="prev"' in second and 'class="count">(31)' in second
    assert find_html_errors({"first": first, "second": second}) == []


def test_the_pages_are_valid_html(site: Site) -> None:
    path = fill(site, 2)
    staff = site.browser("staff")
    found = read(site, path.rsplit("/", 1)[1])
    step, aim = found.milestones[0].id, found.indicators[0]
    under = [
        "",
        "/rediger",
        "/dag",
        "/afgoerelse",
        "/erstat",
        "/milepaele/ny",
        f"/milepaele/{step}",
        f"/milepaele/{step}/dag",
        f"/milepaele/{step}/naaet",
        "/indikatorer/ny",
        f"/indikatorer/{aim.id}",
        f"/indikatorer/{aim.id}/maal",
        f"/maalinger/{aim.measurements[0].id}/ret",
    ]
    pages = [
        "/forpligtelser",
        "/forpligtelser?status=decided&aar=2028",
        "/forpligtelser/plan?efter=aar",
        "/forpligtelser/nyt",
        "/forpligtelser/foreslaaede",
        "/en/forpligtelser/plan",
        *(path + word for word in under),
    ]
    answers = {page: staff.get(page) for page in pages}
    assert [page for page, got in answers.items() if got.status_code != 200] == []
    assert find_html_errors({page: got.text for page, got in answers.items()}) == []


def test_a_vendors_proposal_is_its_own_and_staffs_until_staff_publishes_it(site: Site) -> None:
    vendor = site.browser("vendor")
    place = sent(vendor, "/forpligtelser/nyt", PROMISE | {"visibility": "staff", "owner_user_id": "1"})
    path = place.split("?")[0]
    seen = {
        who: site.browser(who).get(path).status_code
        for who in ("stranger", "vendor", "rival", "municipality", "staff")
    }
    assert seen == {"stranger": 404, "vendor": 200, "rival": 404, "municipality": 404, "staff": 200}
    staff = site.browser("staff")
    assert "Ét fælles katalog" in staff.get("/forpligtelser/foreslaaede").text
    assert sent(vendor, path + "/udgiv", {}, 403)
    # What one sees and may not write on is refused, and not our fault.
    others = f"/forpligtelser/{promised(site)}"
    words = ("/rediger", "/dag", "/milepaele/ny", "/indikatorer/ny")
    assert {vendor.get(others + word).status_code for word in words} == {403}
    made = read(site, path.rsplit("/", 1)[1])
    # What is staff's to set is not taken from others.
    assert (made.visibility, made.owner_user_id) == ("public", None)
    assert made.organisation_id == site.people.vendor.organisation_id
    sent(staff, "/forpligtelser/foreslaaede", {"commitment_ids": [str(made.line.id)]})
    assert "Ét fælles katalog" in site.new_browser().get("/forpligtelser").text
    # Both have chosen it; the second is told that it is done.
    again = sent(staff, "/forpligtelser/foreslaaede", {"commitment_ids": [str(made.line.id)]}, 409)
    assert "Ingen af dem er forslag længere" in again


def test_the_same_form_sent_twice_promises_once(site: Site) -> None:
    fields = PROMISE | {"key": str(uuid4())}
    places = {sent(site.browser("vendor"), "/forpligtelser/nyt", fields) for _ in range(2)}
    with site.unit() as session:
        assert (len(places), session.scalar(select(func.count()).select_from(Commitment))) == (1, 1)


def test_wrong_input_keeps_what_was_typed_and_says_what_is_wrong(site: Site) -> None:
    given = PROMISE | {"deadline": "i morgen", "references": "OE-9999"}
    page = sent(site.browser("vendor"), "/forpligtelser/nyt", given, 422)
    for words in ("Ét fælles katalog", "OE-9999", "Der er intet med nummeret OE-9999", "år-måned-dag"):
        assert words in page, words


def test_a_promise_says_what_it_is_about_and_keeps_what_its_writer_does_not_see(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.municipality).reference
        hidden = put_said(session, "skjult", visibility="municipalities")
        made = add_proposal(session, site.people.vendor)
        reference = made.reference
        session.execute(
            Commitment.metadata.tables["commitment_contribution"]
            .insert()
            .values(commitment_id=made.id, contribution_id=hidden.id)
        )
        version, other = made.version, hidden.reference
    vendor, path = site.browser("vendor"), f"/forpligtelser/{reference}"
    assert other not in vendor.get(path).text
    sent(vendor, path + "/rediger", PROMISE | {"references": wish.lower(), "version": version})
    assert [one.reference for one in read(site, reference).contributions] == [wish, other]
    assert wish in vendor.get(path).text and other not in vendor.get(path).text
    # A number that the writer may not see is as one that is not there.
    page = sent(vendor, path + "/rediger", PROMISE | {"references": other, "version": str(version + 1)}, 422)
    assert f"Der er intet med nummeret {other}" in page


def test_the_form_from_an_answer_leads_back_to_its_case(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.municipality).reference
    staff = site.browser("staff")
    asked = f"/forpligtelser/nyt?indspil={wish}"
    assert f'value="{wish}"' in staff.get(asked).text
    fields = PROMISE | {"references": wish, "organisation_id": str(site.people.staff.organisation_id)}
    assert sent(staff, asked, fields).startswith(f"/indbakke/{wish}")
    # Not to wherever the address says.
    assert sent(staff, "/forpligtelser/nyt?indspil=//evil.example", fields).startswith("/forpligtelser/F-")


def test_a_moved_day_keeps_the_old_one_and_the_reason_for_all_to_read(site: Site) -> None:
    reference = promised(site)
    path, staff = f"/forpligtelser/{reference}", site.browser("staff")
    move = {"new_on": "2027-12-31", "reason": "Udbuddet trak ud.", "version": "1"}
    assert "Siden er ændret af en anden" in sent(staff, path + "/dag", move, 409)
    version = str(read(site, reference).line.version)
    past = sent(staff, path + "/dag", move | {"version": version, "new_on": "2026-01-01"}, 422)
    assert "Vælg en dag, der ikke er gået." in past and "Udbuddet trak ud." in past
    sent(staff, path + "/dag", move | {"version": version})
    page = site.new_browser().get(path).text
    assert all(words in page for words in ("30. juni 2027", "31. december 2027", "Udbuddet trak ud."))
    plan = site.new_browser().get("/forpligtelser/plan").text
    assert plan.count("Udbuddet trak ud.") == 2  # at the line, and in the table


def test_steps_are_ticked_unticked_and_moved(site: Site) -> None:
    reference = promised(site)
    path, staff = f"/forpligtelser/{reference}", site.browser("staff")
    sent(staff, path + "/milepaele/ny", {"title": "Udkast", "due_on": "2027-01-31"})
    (step,) = read(site, reference).milestones
    at = f"{path}/milepaele/{step.id}"
    ahead = sent(staff, at + "/naaet", {"done_on": "2026-12-24", "version": "1"}, 422)
    assert "Vælg en dag, der er kommet." in ahead
    sent(staff, at + "/naaet", {"done_on": "2026-11-22", "version": "1"})
    assert read(site, reference).status == "in_progress"
    sent(staff, at + "/naaet", {"done_on": "", "version": "2"})
    sent(staff, at + "/dag", {"new_on": "2027-02-28", "reason": "Ferie.", "version": "3"})
    (step,) = read(site, reference).milestones
    assert (step.done_on, step.due_on, step.slips[0].reason) == (None, date(2027, 2, 28), "Ferie.")
    # The step of another promise has no address here.
    other = promised(site)
    assert staff.get(f"/forpligtelser/{other}/milepaele/{step.id}").status_code == 404


def test_a_step_that_was_promised_to_all_is_not_worded_otherwise(site: Site) -> None:
    reference = promised(site, "vendor")
    path, staff, vendor = f"/forpligtelser/{reference}", site.browser("staff"), site.browser("vendor")
    sent(vendor, path + "/milepaele/ny", {"title": "API i drift", "due_on": "2027-01-31"})
    (step,) = read(site, reference).milestones
    at = f"{path}/milepaele/{step.id}"
    kept = sent(vendor, at, {"title": "Notat om API", "version": "1"}, 422)
    assert "Milepælen er lovet alle, så dens ord ligger fast." in kept
    assert f'href="{at}"' not in vendor.get(path).text
    assert vendor.get(at).status_code == 403
    assert f'href="{at}"' in staff.get(path).text
    assert 'name="title"' not in staff.get(at).text
    sent(staff, at, {"title_en": "API in use", "version": "1"})
    (step,) = read(site, reference).milestones
    assert (step.title, step.title_en) == ("API i drift", "API in use")


def test_figures_are_measured_corrected_and_drawn_with_the_table_beside(site: Site) -> None:
    with site.unit() as session:
        reference = add_proposal(session, site.people.staff).reference
    path, staff = f"/forpligtelser/{reference}", site.browser("staff")
    wrong = sent(staff, path + "/indikatorer/ny", AIM | {"target_value": "1.234"}, 422)
    assert "Det kan læses på to måder" in wrong
    assert "under." in sent(staff, path + "/indikatorer/ny", AIM | {"direction": "down"}, 422)
    sent(staff, path + "/indikatorer/ny", AIM)
    sent(staff, path + "/udgiv", {})
    (aim,) = read(site, reference).indicators
    given = {"measured_on": "2026-10-01", "value": "21,5", "source_text": "Optælling <b>i</b> marts"}
    sent(staff, f"{path}/indikatorer/{aim.id}/maal", given)
    twice = sent(staff, f"{path}/indikatorer/{aim.id}/maal", given, 422)
    assert "Der er allerede et tal for den dag." in twice
    (point,) = read(site, reference).indicators[0].measurements
    fixed = given | {"value": "20,5", "reason": "Talt dobbelt."}
    sent(staff, f"{path}/maalinger/{point.id}/ret", fixed)
    page = site.new_browser().get(path).text
    for words in (
        "20,5",
        "<s>1. oktober 2026: 21,5",
        "Talt dobbelt.",
        "Optælling &lt;b&gt;i&lt;/b&gt;",
        "<svg",
    ):
        assert words in page, words
    assert "Der er målt på indikatoren" in sent(
        staff, f"{path}/indikatorer/{aim.id}", AIM | {"version": "1"}, 422
    )


def test_no_verdict_without_cause_and_lesson_and_one_can_be_taken_back(site: Site) -> None:
    reference = promised(site)
    path, staff = f"/forpligtelser/{reference}", site.browser("staff")
    version = {"version": str(read(site, reference).line.version)}
    assert sent(site.browser("vendor"), path + "/afgoerelse", VERDICT | version, 403)
    bare = sent(staff, path + "/afgoerelse", {"verdict": "broken"} | version, 422)
    assert bare.count("Fejl:") == 2
    sent(staff, path + "/afgoerelse", VERDICT | version)
    page = site.new_browser().get(path).text
    assert all(words in page for words in ("ikke holdt", "lovgivning", "Loven kom ikke i tide."))
    version = {"version": str(read(site, reference).line.version)}
    sent(staff, path + "/afgoerelse/tilbage", {"reason": "Den kom alligevel."} | version)
    assert read(site, reference).status == "decided"
    with site.unit() as session:
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.thing == "commitment").order_by(AuditEntry.id)
        ).all()
    assert list(verbs) == ["propose", "publish", "give_verdict", "take_back_verdict"]


def test_another_promise_stands_in_its_place_and_each_leads_to_the_other(site: Site) -> None:
    old, new = promised(site, title="Gammelt"), promised(site, title="Nyt")
    path, staff = f"/forpligtelser/{old}", site.browser("staff")
    given = {"replaced_by_id": str(read(site, new).line.id), "cause": "money", "lesson": "Del det op."}
    sent(staff, path + "/erstat", given | {"version": str(read(site, old).line.version)})
    stranger = site.new_browser()
    assert f'/forpligtelser/{new}"' in stranger.get(path).text
    assert f'/forpligtelser/{old}"' in stranger.get(f"/forpligtelser/{new}").text


def test_the_old_wording_of_what_is_out_stays_readable_with_the_reason(site: Site) -> None:
    reference = promised(site)
    path, staff = f"/forpligtelser/{reference}", site.browser("staff")
    version = {"version": str(read(site, reference).line.version), "visibility": "public"}
    silent = sent(staff, path + "/rediger", PROMISE | version, 422)
    assert "Skriv, hvorfor ordlyden ændres." in silent
    sent(staff, path + "/rediger", PROMISE | version | {"reason": "Klarere sprog."})
    page = site.new_browser().get(path).text
    assert all(words in page for words in ("Ét fælles katalog", "Fælles målbilleder", "Klarere sprog."))
    # Neither day nor owner nor who may read it are the form's to change.
    assert 'name="visibility"' not in staff.get(path + "/rediger").text
    assert read(site, reference).line.deadline == date(2027, 6, 30)
    version = {"version": str(read(site, reference).line.version), "visibility": "staff"}
    kept = sent(staff, path + "/rediger", PROMISE | version, 422)
    assert "Løftet er udgivet, så alle bliver ved med at kunne læse det." in kept
    assert site.new_browser().get(path).status_code == 200


def test_a_proposal_is_withdrawn_and_brought_back_and_what_is_out_is_not(site: Site) -> None:
    vendor = site.browser("vendor")
    path = sent(vendor, "/forpligtelser/nyt", PROMISE).split("?")[0]
    sent(vendor, path + "/traek-tilbage", {})
    assert "Ét fælles katalog" not in vendor.get("/forpligtelser").text
    sent(vendor, path + "/fortryd", {})
    sent(site.browser("staff"), path + "/udgiv", {})
    assert "så det kan ikke trækkes tilbage" in sent(vendor, path + "/traek-tilbage", {}, 409)


def test_under_a_theme_stands_what_became_it_with_the_link_on_list_and_plan(site: Site) -> None:
    with site.unit() as session:
        old, new = add_theme_rows(session, "gammelt", "nyt")
        add_commitment(session, site.people.staff, title="Fra dengang", theme_ids=[old.id])
        link = {"kind": "same", "from_theme_id": old.id, "to_theme_id": new.id, "note": "Det samme."}
        link_themes(session, site.people.staff, ThemeLinkInput.model_validate(link | {"source_urls": []}))
        fresh = f"strategi-2026/{new.key}"
    stranger = site.new_browser()
    for page in (f"/forpligtelser?tema={fresh}", f"/forpligtelser/plan?tema={fresh}"):
        html = stranger.get(page).text
        assert "Fra dengang" in html and "Står her, fordi" in html, page
    assert "Fra dengang" not in stranger.get("/forpligtelser?tema=strategi-2026/andet").text


def test_a_promise_for_staff_is_nowhere_for_others(site: Site) -> None:
    reference = promised(site, title="Kun for os", visibility="staff")
    stranger = site.new_browser()
    assert stranger.get(f"/forpligtelser/{reference}").status_code == 404
    for page in ("/forpligtelser", "/forpligtelser/plan"):
        assert "Kun for os" not in stranger.get(page).text
        assert "Kun for os" in site.browser("staff").get(page).text
    assert 'name="visibility"' in site.browser("staff").get(f"/forpligtelser/{reference}/rediger").text
    with site.unit() as session:
        session.get_one(Commitment, read(site, reference).line.id).visibility = "public"
    assert "Kun for os" in stranger.get("/forpligtelser/plan").text


@pytest.mark.parametrize(
    "query", ["ejer=x&aar=99999&status=intet&moede=intet&tema=intet", "fra=9999&efter=x"]
)
def test_wrong_filters_are_passed_over(site: Site, query: str) -> None:
    fill(site, 1)
    for page in ("/forpligtelser", "/forpligtelser/plan"):
        assert site.new_browser().get(f"{page}?{query}").status_code == 200


def test_a_choice_of_the_plan_tells_how_many_lines_of_its_years_it_leaves(site: Site) -> None:
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "klima")
        for year in (2026, 2029, 2031):
            wish = put_said(session, f"oe-{year}", theme_ids=[theme.id])
            promise = {"deadline": date(year, 12, 1), "contribution_ids": [wish.id]}
            add_commitment(session, site.people.staff, **promise)
    numbers = {
        page: re.findall(r"<option [^>]*>[^<]* \((\d+)\)</option>", site.new_browser().get(page).text)
        for page in ("/forpligtelser", "/forpligtelser/plan", "/forpligtelser/plan?fra=2031")
    }
    assert numbers["/forpligtelser/plan"] == ["2", "2"]
    assert numbers["/forpligtelser/plan?fra=2031"] == ["1", "1"]
    assert "3" in numbers["/forpligtelser"]
