"""The pages of equal treatment: what is noted on whom, gaps, one answer for all, numbered exports."""

import json
import re
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from app.core.clock import now, today
from app.core.mail import Mail
from app.domain.contributions.models import Contribution
from app.domain.ledger.exporting import export_ledger
from app.domain.ledger.models import LedgerEntry, LedgerExport, LedgerHandout, LedgerRequest, TenderQuestion
from app.domain.ledger.policy import correction_answer_by
from app.domain.ledger.queries import find_entry
from app.domain.ledger.schemas import JustifyInput, QuestionInput
from app.domain.ledger.service import justify_gap
from app.domain.ledger.tenders import add_question
from tests.core.documents.samples import make_pdf
from tests.node.html_validate import find_html_errors
from tests.noted import NOTE, add_entry, add_handout, add_open_tender, answer_alone, ask_alone
from tests.site import Browser, Site

WORDS = NOTE["text"]
ALL = ("stranger", "rival", "consultancy", "municipality", "newcomer", "loner", "auditor")
MET = {"happened_on": "2026-11-03", "how": "meeting", "subject": "Tidsplanen", "text": "Vi talte om maj."}


def sent(browser: Browser, path: str, fields: dict[str, Any], status: int = 303, **more: Any) -> str:
    """Send a form; its place where it is taken, else the page that comes back."""
    answer = browser.post(path, fields, **more)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.headers["location"] if status == 303 else answer.text


def noted(site: Site, *met: str, **given: Any) -> tuple[int, int]:
    """(entry, handout): words that were handed out to the vendor, unless others are named."""
    with site.unit() as session:
        row = add_handout(session, site.people, *(getattr(site.people, one) for one in met), **given)
        return row.entry_id, row.id


def tender_of(site: Site) -> int:
    with site.unit() as session:
        return add_open_tender(session, site.people.staff).id


def test_a_vendor_reads_what_is_noted_on_it_and_others_read_nothing_of_it(site: Site) -> None:
    entry_id, _handout = noted(site, "vendor", "rival")
    page = site.browser("vendor").get("/ligebehandling").text
    assert "Noteret om jer" in page and "Næste års journalsystem" in page and "Rival ApS" not in page
    shown = site.browser("vendor").get(f"/ligebehandling/noteret/{entry_id}").text
    assert WORDS in shown and "1 anden organisation" in shown and "Rival ApS" not in shown
    for who in ("consultancy", "municipality"):
        assert "Næste års journalsystem" not in site.browser(who).get("/ligebehandling").text
        answer = site.browser(who).get(f"/ligebehandling/noteret/{entry_id}")
        missing = site.browser(who).get("/ligebehandling/noteret/99999")
        assert (answer.status_code, missing.status_code) == (404, 404)
    assert "Når vi har bekræftet" in site.browser("newcomer").get("/ligebehandling").text


def test_a_correction_that_is_asked_for_has_its_day_at_once_and_both_sides_are_told(site: Site) -> None:
    entry_id, _handout = noted(site)
    vendor, path = site.browser("vendor"), f"/ligebehandling/noteret/{entry_id}"
    day = correction_answer_by(today())
    place = sent(vendor, f"{path}/bed-om-rettelse", {"text": "Vi var der ikke den dag."})
    page = vendor.get(place.split("#")[0]).text
    assert f"Svar senest {day.day}. " in page and "Vi var der ikke den dag." in page
    again = sent(vendor, f"{path}/bed-om-rettelse", {"text": "Igen."}, 422)
    assert "I har allerede bedt om en rettelse" in again
    with site.unit() as session:
        request_id = session.scalars(select(LedgerRequest.id)).one()
    waiting = site.browser("staff").get("/ligebehandling/rettelser").text
    assert "Vi var der ikke den dag." in waiting
    empty = sent(site.browser("staff"), f"/ligebehandling/rettelser/{request_id}/afvis", {"reason": ""}, 422)
    assert "Udfyld feltet." in empty
    sent(site.browser("staff"), f"/ligebehandling/rettelser/{request_id}/afvis", {"reason": "I skrev under."})
    late = sent(
        site.browser("admin"), f"/ligebehandling/rettelser/{request_id}/afvis", {"reason": "Nej."}, 409
    )
    assert "En kollega har besvaret anmodningen" in late
    assert "I skrev under." in vendor.get(path).text
    with site.unit() as session:
        rows = session.execute(select(Mail.recipient, Mail.subject, Mail.text).order_by(Mail.id)).all()
    told = [(row.recipient, row.subject.split(" – ")[0]) for row in rows]
    asked, answered = "Soft A/S beder om en rettelse", "Svar på jeres anmodning om rettelse"
    assert told == [
        ("stine@vaert.example", asked),
        ("alma@vaert.example", asked),
        ("vera@soft.example", answered),
    ]
    assert not any(
        word in row.text for row in rows for word in ("den dag.", "under.", "journalsystem", WORDS)
    )


def test_an_entry_is_noted_with_words_and_a_file_and_what_is_wrong_is_said_at_its_field(
    site: Site, tmp_path: Any
) -> None:
    staff, path = site.browser("staff"), "/ligebehandling/log/nyt"
    wrong = {"organisations": ["Ukendt A/S"], "subject": "Tidsplanen", "title_a": "", "text_a": "Et notat"}
    page = sent(staff, path, wrong, 422)
    for words in ("Ukendt A/S«", "Giv det udleverede en titel.", "Et notat", "Udfyld feltet."):
        assert words in page
    make_pdf(tmp_path / "krav.pdf")
    fields = MET | {
        "organisations": ["soft a/s", "", ""],
        "staff_ids": [str(site.people.staff.user_id)],
        "title_a": "Tidsplan", "text_a": "Udbuddet kommer i maj.", "title_b": "Kravliste",
    }  # fmt: skip
    named = sent(
        staff, path, fields | {"title_c": "Et program"}, 422, files={"file_c": ("a.pdf", b"MZ program")}
    )
    assert "Filens indhold passer ikke til dens navn" in named
    with (tmp_path / "krav.pdf").open("rb") as file:
        place = sent(staff, path, fields, files={"file_b": ("krav.pdf", file)})
    assert "Kravliste" in staff.get(place).text and "Soft A/S" in staff.get(place).text
    with site.unit() as session:
        entry = find_entry(session, site.people.staff, session.scalars(select(LedgerEntry.id)).one())
        file_id = session.scalars(select(LedgerHandout.id).where(LedgerHandout.kind == "file")).one()
    assert entry is not None
    assert [(one.kind, one.title, one.is_open) for one in entry.handouts] == [
        ("text", "Tidsplan", True),
        ("file", "Kravliste", True),
    ]
    file_path = f"/ligebehandling/udleveret/{file_id}"
    assert site.browser("vendor").get(file_path).content == (tmp_path / "krav.pdf").read_bytes()
    assert {site.browser(who).get(file_path).status_code for who in ALL} == {404}
    sent(staff, f"/ligebehandling/huller/handout/{file_id}/udgiv", {})
    assert {site.browser(who).get(file_path).status_code for who in ALL} == {200}


def test_what_one_vendor_has_stands_in_the_gap_list_until_it_is_published_and_again_when_that_is_taken_back(
    site: Site,
) -> None:
    _entry, handout_id = noted(site)
    staff, gap = site.browser("staff"), f"/ligebehandling/huller/handout/{handout_id}"
    assert "Tidsplan" in staff.get("/ligebehandling/huller").text
    assert {WORDS in site.browser(who).get("/ligebehandling/delt").text for who in ALL} == {False}
    later = sent(staff, f"{gap}/udgiv", {"published_on": "2999-01-01"}, 422)
    assert "Dagen er ikke kommet endnu" in later
    sent(staff, f"{gap}/udgiv", {})
    assert "Tidsplan" not in staff.get("/ligebehandling/huller").text
    assert staff.get(gap).status_code == 404
    for who in ALL:
        page = site.browser(who).get("/ligebehandling/delt").text
        assert WORDS in page and "Soft A/S" not in page, who
    closed = staff.get("/ligebehandling/lukkede-huller").text
    assert "Åbn igen" in closed
    closing = closed.split("/ligebehandling/lukkede-huller/")[1].split("/")[0]
    sent(staff, f"/ligebehandling/lukkede-huller/{closing}/genaabn", {})
    assert WORDS not in site.browser().get("/ligebehandling/delt").text
    sent(staff, f"{gap}/begrund", {"reason": "Deres egen hemmelighed."})
    assert "Tidsplan" not in staff.get("/ligebehandling/huller").text
    assert "hemmelighed" not in site.browser("vendor").get(f"/ligebehandling/noteret/{_entry}").text


def test_an_answer_to_one_is_shared_with_all_once_it_is_linked_and_tells_nobody_who_asked(site: Site) -> None:
    with site.unit() as session:
        reference = ask_alone(session, site.people.vendor).reference
    tender_id, staff = tender_of(site), site.browser("staff")
    case = f"/indbakke/{reference}"
    assert "Knyttet til et kommende udbud" in staff.get(case).text
    names = {"tender_id": str(tender_id), "shared_question": "Soft A/S vil vide, om data må ligge i skyen."}
    assert "Skriv det, så ingen kan se, hvem det var." in sent(staff, f"{case}/udbud", names, 422)
    assert "Vælg et udbud." in sent(staff, f"{case}/udbud", {"shared_question": "Hvad?"}, 422)
    sent(staff, f"{case}/udbud", names | {"shared_question": "Må data ligge i skyen?"})
    assert "Må data ligge i skyen?" not in site.browser().get(f"/udbud/{tender_id}").text
    own = {who: site.browser(who).get(f"/indspil/{reference}") for who in ("vendor", "staff")}
    shown = {
        who: page if page.status_code == 200 else site.browser(who).get(page.headers["location"])
        for who, page in own.items()
    }
    assert {who: "Knyttet til et udbud" in page.text for who, page in shown.items()} == {
        "vendor": True,
        "staff": True,
    }
    with site.unit() as session:
        asked = session.scalars(select(Contribution).where(Contribution.reference == reference)).one()
        answer_alone(session, site.people, asked, text="Ja, i EU.")
    for who in ("stranger", "vendor", "rival"):
        page = site.browser(who).get(f"/udbud/{tender_id}").text
        assert "Må data ligge i skyen?" in page and "Ja, i EU." in page, who
        assert reference not in page and "Soft A/S" not in page, who
    shown = staff.get(case).text
    assert "delt med alle som spørgsmål 1" in shown
    assert "kan ikke løsnes igen" in sent(staff, f"{case}/udbud/loesn", {}, 409)


def test_what_waits_about_a_tender_is_read_in_pages_and_all_of_it_can_be_mended(site: Site) -> None:
    tender_id, staff = tender_of(site), site.browser("staff")
    with site.unit() as session:
        waiting = [
            TenderQuestion(
                tender_id=tender_id, question=f"Hvad med nummer {n}?", answer="Senere.", linked_at=now()
            )
            for n in range(31)
        ]
        session.add_all(waiting)
        for n in range(31):
            add_question(session, site.people.staff, tender_id, QuestionInput(question=f"{n}", answer="Ja."))
        ids = [one.id for one in waiting]
    path = f"/udbud/{tender_id}"
    pages = [staff.get(f"{path}{query}").text for query in ("", "?venter=2", "?venter=9", "?side=2")]
    shown = [[int(one) for one in re.findall(r"knyttede/(\d+)/loesn", page)] for page in pages]
    assert shown == [ids[:30], ids[30:], ids[:30], ids[:30]]
    # The other list stays where it is.
    assert f'href="{path}?side=2&amp;venter=2"' in pages[3]
    assert f'href="{path}?venter=2&amp;side=2"' in pages[1]
    assert re.findall(r'<nav aria-label="(Sider[^"]*)"', pages[0]) == [
        "Sider: Spørgsmål og svar til alle",
        "Sider: Bidrag, der venter på svar til alle",
    ]
    assert "venter=" not in site.browser().get(path).text
    assert "Hvad med nummer 30?" in staff.get(f"{path}/spoergsmaal/{ids[30]}/ret").text
    assert staff.get(f"/udbud/{tender_id + 1}/spoergsmaal/{ids[30]}/ret").status_code == 404


def test_corrections_that_wait_are_read_in_pages_and_one_that_is_refused_comes_back_on_its_own(
    site: Site,
) -> None:
    with site.unit() as session:
        asked = [
            LedgerRequest(
                entry_id=add_entry(session, site.people).id,
                organisation_id=site.people.vendor.organisation_id,
                text="Vi var ikke med.",
                asked_at=now(),
                answer_by=today(),
            )
            for _ in range(31)
        ]
        session.add_all(asked)
        session.flush()
        ids = [one.id for one in asked]
    staff, path = site.browser("staff"), "/ligebehandling/rettelser"
    pages = [staff.get(f"{path}{query}").text for query in ("", "?side=2")]
    assert [[int(one) for one in re.findall(r'id="anmodning-(\d+)"', page)] for page in pages] == [
        ids[:30], ids[30:]
    ]  # fmt: skip
    (form,) = re.findall(rf'action="({path}/{ids[30]}/afvis[^"]*)"', pages[1])
    assert (
        'aria-invalid="true"' in sent(staff, form, {"reason": ""}, 422).split(f'id="anmodning-{ids[30]}"')[1]
    )


def test_a_tender_is_for_staff_until_it_is_published_and_its_notices_are_on_the_right_sites(
    site: Site,
) -> None:
    staff = site.browser("staff")
    assert "hedder »Ingen«" in sent(staff, "/udbud/nyt", {"title": "Journal", "buyer": "Ingen"}, 422)
    place = sent(staff, "/udbud/nyt", {"title": "Journal", "text": "Til alle.", "version": "0"}).split("?")[0]
    for who in ALL:
        assert site.browser(who).get(place).status_code == 404, who
        assert "Journal" not in site.browser(who).get("/udbud").text, who
    sent(staff, f"{place}/udgiv", {})
    assert {site.browser(who).get(place).status_code for who in ALL} == {200}
    wrong = {"kind": "ted", "url": "https://ted.europa.eu.example.com/1"}
    page = sent(staff, f"{place}/bekendtgoerelser", wrong, 422)
    assert "Adressen passer ikke til slagsen" in page
    right = {"kind": "ted", "url": "https://ted.europa.eu/da/notice/1"}
    sent(staff, f"{place}/bekendtgoerelser", right)
    assert "står der allerede" in sent(staff, f"{place}/bekendtgoerelser", right, 422)
    assert "https://ted.europa.eu/da/notice/1" in site.browser().get(place).text
    stale = sent(staff, f"{place}/rediger", {"title": "Andet", "version": "1"}, 409)
    assert "Sådan står det nu" in stale and 'value="Andet"' in stale
    sent(staff, f"{place}/status", {"state": "closed", "version": "2"})
    over = sent(staff, f"{place}/spoergsmaal", {"question": "Hvornår?", "answer": "I maj."}, 422)
    assert "Udbuddet er afsluttet" in over


def test_a_question_that_came_otherwise_is_shared_and_put_right_with_its_reason(site: Site) -> None:
    tender_id, staff = tender_of(site), site.browser("staff")
    path = f"/udbud/{tender_id}"
    sent(staff, f"{path}/spoergsmaal", {"question": "Hvornår?", "answer": "I maj."})
    with site.unit() as session:
        question_id = session.scalars(select(TenderQuestion.id)).one()
    fields = {"question": "Hvornår?", "answer": "I juni.", "why": "Det trak ud.", "version": "1"}
    sent(staff, f"{path}/spoergsmaal/{question_id}/ret", fields)
    page = site.browser().get(path).text
    assert "I juni." in page and "I maj." in page and "Det trak ud." in page
    gone = sent(staff, f"{path}/spoergsmaal/{question_id}/ret", fields, 409)
    assert "ændret af en anden" in gone


def test_an_export_is_numbered_sealed_and_made_as_pdf_and_docx_for_staff_alone(site: Site) -> None:
    tender_id, staff = tender_of(site), site.browser("staff")
    noted(site, tender_id=tender_id)
    for number in (1, 2):
        assert f"/udtraek/{number}" in sent(staff, f"/udbud/{tender_id}/udtraek", {})
    page = staff.get("/ligebehandling/udtraek/1").text
    assert "udtræk nr. 1" in page and "hul: ikke udgivet til alle" in page
    with site.unit() as session:
        digest = session.scalars(select(LedgerExport.sha256).where(LedgerExport.number == 1)).one()
    content = staff.get("/ligebehandling/udtraek/1.json").content
    assert sha256(content).hexdigest() == digest and digest in page
    assert json.loads(content)["entries"][0]["staff_ids"] == [site.people.staff.user_id]
    assert "Stine Stab" in page and b"Stine Stab" not in content
    for ending, magic in (("pdf", b"%PDF"), ("docx", b"PK")):
        path = f"/ligebehandling/udtraek/1.{ending}"
        assert staff.get(path).status_code == 202
        site.work()
        assert staff.get(path).content.startswith(magic), ending
        assert {site.browser(who).get(path).status_code for who in ALL if who != "stranger"} == {403}
    shown = staff.get(f"/udbud/{tender_id}/ligebehandling").text
    assert "Nr. 2" in shown


def test_the_page_of_a_long_export_shows_the_first_and_says_that_the_files_hold_the_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.ledger_exports.MOST_SHOWN", 2)
    tender_id, staff = tender_of(site), site.browser("staff")
    entries = [noted(site, tender_id=tender_id)[0] for _ in range(5)]
    sent(staff, f"/udbud/{tender_id}/udtraek", {})
    page = staff.get("/ligebehandling/udtraek/1").text
    assert [one in page for one in map('id="moede-{}"'.format, entries)] == [False] * 3 + [True] * 2
    assert page.count("3 mere står i filerne og i indholdet som JSON.") == 2  # what was noted, and gaps
    staff.get("/ligebehandling/udtraek/1.docx")
    site.work()
    docx = ZipFile(BytesIO(staff.get("/ligebehandling/udtraek/1.docx").content))
    words = docx.read("word/document.xml").decode()
    assert words.count("Noteret nr.") == 5 and "står i filerne" not in words


def test_the_menu_of_tenders_says_where_to_begin_when_one_is_not_in_it(site: Site) -> None:
    path, staff = "/ligebehandling/log/nyt", site.browser("staff")
    help_ = "Står udbuddet her ikke, så begynd på udbuddets side om ligebehandling."
    with site.unit() as session:
        for number in range(100):
            add_open_tender(session, site.people.staff, f"Udbud {number}")
    all_of_them = staff.get(path).text
    with site.unit() as session:
        last = add_open_tender(session, site.people.staff, "Det sidste").id
    page, begun = staff.get(path).text, staff.get(f"{path}?udbud={last}").text
    assert [help_ in one for one in (all_of_them, page, begun)] == [False, True, True]
    assert ["Det sidste" in one for one in (page, begun)] == [False, True]
    way_in = f'href="{path}?udbud={last}"'
    assert way_in in staff.get(f"/udbud/{last}/ligebehandling").text


def test_the_menu_of_what_is_noted_on_a_tender_says_how_many_older_it_leaves_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.tenders.MOST_MET", 2)
    tender_id, staff = tender_of(site), site.browser("staff")
    words = "2 ældre møder står ikke på listen."
    told = []
    for _round in range(2):
        for _number in range(2):
            noted(site, tender_id=tender_id)
        told.append(words in staff.get(f"/udbud/{tender_id}").text)
    page = staff.get(f"/udbud/{tender_id}").text
    assert (told, f'href="/ligebehandling/log?udbud={tender_id}"' in page) == ([False, True], True)
    assert find_html_errors({"tender": page}) == []


@pytest.mark.parametrize(
    "path", ["/ligebehandling/log", "/ligebehandling/huller", "/ligebehandling", "/udbud"]
)
def test_a_page_costs_the_same_with_one_row_and_with_thirty(site: Site, path: str) -> None:
    staff = site.browser("staff")
    noted(site)
    tender_of(site)
    one = site.count_statements(staff, path)
    for _number in range(29):
        noted(site)
        tender_of(site)
    assert site.count_statements(staff, path) == one


def test_the_menu_of_who_was_met_holds_so_many_and_who_is_chosen_and_says_how_many_it_leaves_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.ledger.choices.MOST_IN_MENU", 1)
    for who in ("vendor", "vendor", "rival", "consultancy"):
        noted(site, who)
    staff = site.browser("staff")
    every = staff.get("/ligebehandling/log").text
    menu = every.split('id="filter-organisation"')[1].split("</select>")[0]
    assert "Soft A/S" in menu and "Rival ApS" not in menu and "… og 2 til, som ikke står her" in menu
    chosen = staff.get(f"/ligebehandling/log?organisation={site.people.rival.organisation_id}").text
    menu = chosen.split('id="filter-organisation"')[1].split("</select>")[0]
    assert "Soft A/S" in menu and "selected>Rival ApS" in menu and "… og 1 til, som ikke står her" in menu


def test_what_people_wrote_is_shown_as_words_and_sent_twice_it_is_noted_once(site: Site) -> None:
    staff, key = site.browser("staff"), "3f0f6c1e-5d1b-4f0a-9a0e-0c1d2e3f4a5b"
    fields = MET | {
        "key": key,
        "organisations": ["Soft A/S"],
        "staff_ids": [str(site.people.staff.user_id)],
        "text": "<script>alert(1)</script>",
        "title_a": "<b>Note</b>",
        "text_a": "<i>x</i>",
    }
    first = sent(staff, "/ligebehandling/log/nyt", fields)
    assert sent(staff, "/ligebehandling/log/nyt", fields) == first
    page = site.browser("vendor").get(first).text
    assert "&lt;script&gt;alert(1)" in page and "&lt;b&gt;Note" in page and "<i>x" not in page
    with site.unit() as session:
        assert session.query(LedgerEntry).count() == 1


def test_a_correction_takes_out_who_was_not_there_and_a_stale_one_shows_both(site: Site) -> None:
    with site.unit() as session:
        entry_id = add_entry(session, site.people, site.people.vendor, site.people.rival).id
    staff, path = site.browser("staff"), f"/ligebehandling/log/{entry_id}/ret"
    fields = MET | {"organisations": ["Soft A/S"], "reason": "Rival var der ikke.", "number": "0"}
    sent(staff, path, fields)
    shown = site.browser("rival").get(f"/ligebehandling/noteret/{entry_id}").text
    assert "Var ikke med: Rival ApS" in shown and "Soft A/S" not in shown and "3. november 2026" in shown
    stale = sent(staff, path, fields | {"subject": "Noget andet"}, 409)
    assert "Sådan står det nu" in stale and 'value="Noget andet"' in stale


def test_every_page_of_it_is_valid_html(site: Site) -> None:
    tender_id = tender_of(site)
    entry_id, handout_id = noted(site, tender_id=tender_id)
    _other, closed_id = noted(site, tender_id=tender_id)
    staff, vendor = site.browser("staff"), site.browser("vendor")
    sent(vendor, f"/ligebehandling/noteret/{entry_id}/bed-om-rettelse", {"text": "Forkert."})
    with site.unit() as session:
        request_id = session.scalars(select(LedgerRequest.id)).one()
    wrong = {
        "no reason": sent(staff, f"/ligebehandling/rettelser/{request_id}/afvis", {"reason": ""}, 422),
        "no entry": sent(staff, "/ligebehandling/log/nyt", {"organisations": ["X"], "text_a": "x"}, 422),
        "no tender": sent(staff, "/udbud/nyt", {"buyer": "X"}, 422),
        "no notice": sent(staff, f"/udbud/{tender_id}/bekendtgoerelser", {"kind": "ted", "url": "x"}, 422),
        "no link": sent(staff, f"/udbud/{tender_id}/knyt", {"reference": "x"}, 422),
        "no words": sent(vendor, f"/ligebehandling/noteret/{_other}/bed-om-rettelse", {"text": ""}, 422),
    }
    sent(staff, f"/ligebehandling/huller/handout/{closed_id}/udgiv", {})
    sent(staff, f"/udbud/{tender_id}/spoergsmaal", {"question": "Hvornår?", "answer": "I maj."})
    with site.unit() as session:
        question_id = session.scalars(select(TenderQuestion.id)).one()
    sent(staff, f"/udbud/{tender_id}/udtraek", {})
    ledger = (
        "",
        "/delt",
        "/log",
        "/log/nyt",
        "/huller",
        "/lukkede-huller",
        "/rettelser",
        "/udtraek",
        "/udtraek/1",
    )
    paths = [f"/ligebehandling{one}" for one in (*ledger, "/udtraek/1/fil?som=pdf")]
    paths += [f"/ligebehandling/huller/handout/{handout_id}", f"/ligebehandling/noteret/{entry_id}"]
    paths += [f"/ligebehandling/log/{entry_id}/ret?anmodning={request_id}", "/udbud", "/udbud/nyt"]
    paths += [
        f"/udbud/{tender_id}{one}"
        for one in ("", "/ligebehandling", "/rediger", f"/spoergsmaal/{question_id}/ret")
    ]
    pages = {path: staff.get(path) for path in paths}
    own = ("/ligebehandling", "/ligebehandling/noteret", f"/ligebehandling/noteret/{entry_id}")
    pages |= {f"vendor {path}": vendor.get(path) for path in own}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert find_html_errors({path: page.text for path, page in pages.items()} | wrong) == []


def test_tenders_questions_exports_and_gaps_lead_on_to_what_a_page_does_not_hold(site: Site) -> None:
    with site.unit() as session:
        staff_actor, people = site.people.staff, site.people
        tender_id, *_more = [add_open_tender(session, staff_actor, f"Udbud {n}").id for n in range(31)]
        for number in range(31):
            add_handout(session, people, tender_id=tender_id)
            given = QuestionInput(question=f"Spørgsmål {number}?", answer="Ja.")
            add_question(session, staff_actor, tender_id, given)
            closed = add_handout(session, people, tender_id=tender_id)
            justify_gap(session, staff_actor, "handout", closed.id, JustifyInput(reason="Egen idé."))
            export_ledger(session, staff_actor, tender_id)
    staff = site.browser("staff")
    of_tender = f"/udbud/{tender_id}/ligebehandling"
    leads = {
        "/udbud": "/udbud?side=2",
        f"/udbud/{tender_id}": f"/udbud/{tender_id}?side=2",
        "/ligebehandling/udtraek": "/ligebehandling/udtraek?side=2",
        f"/ligebehandling/udtraek?udbud={tender_id}": f"/ligebehandling/udtraek?udbud={tender_id}&amp;side=2",
        f"/ligebehandling/lukkede-huller?udbud={tender_id}": (
            f"/ligebehandling/lukkede-huller?udbud={tender_id}&amp;side=2"
        ),
    }
    pages = {path: staff.get(path).text for path in (*leads, *leads.values(), of_tender)}
    pages = {path.replace("&amp;", "&"): staff.get(path.replace("&amp;", "&")).text for path in pages}
    assert {path: f'href="{to}"' in pages[path] for path, to in leads.items()} == dict.fromkeys(leads, True)
    for words in ("Alle 31 huller", "Alle 31 lukkede huller", "Alle 31 udtræk"):
        assert words in pages[of_tender], words
    assert "Spørgsmål 30?" in pages[f"/udbud/{tender_id}?side=2"]
    assert find_html_errors(pages) == []
