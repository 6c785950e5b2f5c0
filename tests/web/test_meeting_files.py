"""The files of a meeting: made once, handed out while they tell what is told now, and to nobody else."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from sqlalchemy import select, text

from app.core import made_files
from app.core.clock import moved_to, now
from app.core.events import announce
from app.core.jobs import run_waiting
from app.core.made_files import MadeFile, Wanted, ask_for, begin_making, find_made, finish_making
from app.core.page_changes import READ_VERSION
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.meeting_reports.files import list_first_files
from app.domain.meeting_reports.gathering import gather
from app.domain.meeting_reports.schemas import Choices
from app.domain.minutes.events import MinutesApproved
from app.domain.presentations.models import Deck, DeckRevision
from app.papers import jobs
from app.papers.meeting_packs import list_sheets
from app.web import handing_out
from tests.in_reports import FOR_ALL, FOR_NOBODY, FOR_PARTICIPANTS, Planted, plant
from tests.people import with_role
from tests.said import add_meeting_row
from tests.site import Site

DOCX, PDF, PACK = "/moeder/77/rapport.docx", "/moeder/77/rapport.pdf", "/moeder/77/alt.zip"
HTML = {"accept": "text/html,application/xhtml+xml"}
FOR_STAFF = "?til=deltagere"


def plant_with_files(site: Site) -> Planted:
    """The meeting of secrets, with a file for each of its decks."""
    with site.unit() as session:
        planted = plant(session, site.people)
        for deck in session.scalars(select(Deck).where(Deck.meeting_id == planted.meeting_id)):
            site.tools.storage.put(f"decks/{deck.title}", f"Filen {deck.title}".encode())
            revision = DeckRevision(
                deck_id=deck.id,
                number=1,
                filename=f"{deck.title}.pdf",
                kind="pdf",
                size=20,
                sha256="",
                file_key=f"decks/{deck.title}",
                state="ready",
                created_at=now(),
            )
            session.add(revision)
            session.flush()
            deck.current_revision_id = revision.id
    return planted


def fetch(site: Site, path: str, who: Any = "stranger") -> Any:
    """The file, asked for and made."""
    browser = site.browser(who)
    assert browser.get(path).status_code == 202
    site.work()
    response = browser.get(path)
    assert response.status_code == 200
    return response


def words_of_docx(content: bytes) -> str:
    # Every part of the package: what is hidden in a property leaks as much as what is printed.
    with ZipFile(io.BytesIO(content)) as package:
        parts = [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
    return " ".join(re.sub(r"<[^>]+>", "", part) for part in parts)


def words_of_pdf(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as opened:
        told = [page.get_textpage().get_text_bounded() for page in opened]
        marks = [mark.get_title() for mark in opened.get_toc()]
        return " ".join([*told, *marks, *opened.get_metadata_dict().values()])


def words_of_pack(content: bytes) -> str:
    read = {"docx": words_of_docx, "pdf": words_of_pdf}
    told = []
    with ZipFile(io.BytesIO(content)) as pack:
        for name in pack.namelist():
            inside = pack.read(name)
            # What was sent is only named as it calls itself.
            ending = "" if name.startswith("oplaeg/") else name.rpartition(".")[2]
            told += [name, read[ending](inside) if ending in read else inside.decode("utf-8-sig")]
    return " ".join(told)


WORDS = {DOCX: words_of_docx, PDF: words_of_pdf, PACK: words_of_pack}


def found_in(text: str, words: tuple[str, ...]) -> set[str]:
    # A PDF breaks words at the ends of its lines.
    text = re.sub(r"\s+", " ", text.replace("\ufffe", "").replace("\r\n", " "))
    return {word for word in words if word in text}


@pytest.mark.parametrize("path", [DOCX, PDF, PACK])
def test_no_file_for_everybody_holds_a_word_that_a_stranger_may_not_read(site: Site, path: str) -> None:
    plant_with_files(site)
    words = WORDS[path](fetch(site, path, "staff").content)
    told = found_in(words, FOR_ALL), found_in(words, FOR_PARTICIPANTS), found_in(words, FOR_NOBODY)
    assert told == (set(FOR_ALL), set(), set())


@pytest.mark.parametrize("path", [DOCX, PDF, PACK])
def test_a_file_for_participants_holds_what_they_may_read_and_no_more(site: Site, path: str) -> None:
    planted = plant_with_files(site)
    with site.unit() as session:
        speaker = with_role(session, site.people.rival, planted.meeting_id, "speaker")
    response = fetch(site, path + FOR_STAFF, speaker)
    words = WORDS[path](response.content)
    both = FOR_ALL + FOR_PARTICIPANTS
    assert (found_in(words, both), found_in(words, FOR_NOBODY)) == (set(both), set())
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [DOCX, PDF, PACK])
def test_the_file_for_participants_is_shut_to_others_also_when_it_is_made(site: Site, path: str) -> None:
    plant_with_files(site)
    fetch(site, path + FOR_STAFF, "staff")
    stranger, vendor = site.browser().get(path + FOR_STAFF), site.browser("neighbour").get(path + FOR_STAFF)
    assert (stranger.status_code, "/log-ind" in stranger.headers["location"]) == (303, True)
    assert vendor.status_code == 403
    progress = site.browser("neighbour").get("/moeder/77/rapport/fil?som=docx&til=deltagere")
    assert progress.status_code == 403


def test_a_file_comes_with_a_name_and_is_never_opened_on_our_address(site: Site) -> None:
    plant_with_files(site)
    headers = fetch(site, DOCX).headers
    assert re.fullmatch(
        r'attachment; filename="[a-z0-9-]+-77-\d{4}-\d\d-\d\d-rapport\.docx"', headers["content-disposition"]
    )
    told = ("x-content-type-options", "content-security-policy", "cache-control")
    assert [headers[name] for name in told] == ["nosniff", "sandbox", "no-cache"]


def test_a_browser_sees_how_far_the_file_is_and_then_gets_it(site: Site) -> None:
    plant_with_files(site)
    browser = site.browser()
    asked = browser.get(DOCX, headers=HTML)
    assert (asked.status_code, asked.headers["location"]) == (303, "/moeder/77/rapport/fil?som=docx")
    waiting = browser.get(asked.headers["location"], headers=HTML)
    assert "Den venter på sin tur." in waiting.text and "refresh" not in waiting.headers
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in waiting.text
    site.work()
    ready = browser.get(asked.headers["location"], headers=HTML)
    assert ("Filen er klar" in ready.text, ready.headers["refresh"]) == (True, f"0; url={DOCX}")
    assert browser.get(DOCX, headers=HTML).status_code == 200
    assert ", lavet" in browser.get("/moeder/77/rapport").text
    with site.unit() as session:
        session.scalars(select(Contribution).where(Contribution.title == "Aabentord")).one().hidden_at = now()
    assert ", lavet" not in browser.get("/moeder/77/rapport").text


def test_a_program_is_told_to_come_again_and_two_who_ask_get_one_making(site: Site) -> None:
    plant_with_files(site)
    answers = [site.browser(who).get(PDF) for who in ("stranger", "vendor")]
    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(202, "3")] * 2
    with site.unit() as session:
        assert len(session.scalars(select(MadeFile)).all()) == 1
    site.work()
    with site.unit() as session:
        first = session.scalars(select(MadeFile)).one()
        stamp, file_key = first.stamp, first.file_key
    assert [site.browser(who).get(PDF).status_code for who in ("stranger", "vendor")] == [200, 200]
    site.work()
    with site.unit() as session:
        again = session.scalars(select(MadeFile)).one()
        assert (again.stamp, again.file_key) == (stamp, file_key)


def test_what_is_hidden_afterwards_is_in_no_file_from_that_moment(site: Site) -> None:
    plant_with_files(site)
    fetch(site, DOCX)
    with site.unit() as session:
        before = session.scalars(select(MadeFile)).one().file_key or ""
        said = session.scalars(select(Contribution).where(Contribution.title == "Aabentord")).one()
        said.hidden_at = now()
    response = fetch(site, DOCX)
    site.work()
    words = words_of_docx(response.content)
    assert found_in(words, ("Aabentord", "Panelord", "Referatord")) == {"Panelord", "Referatord"}
    assert not site.tools.storage.has(before)


def test_words_taken_away_while_a_file_is_made_or_waits_to_be_made_anew_lie_in_no_file(site: Site) -> None:
    planted = plant_with_files(site)
    with site.unit() as session:
        making, waiting = list_first_files(session, planted.meeting_id)[:2]
        for number, wanted in enumerate((making, waiting)):
            site.tools.storage.put(f"made/{number}", b"Aabentord")
            ask_for(session, wanted)
        found = [find_made(session, wanted) for wanted in (making, waiting)]
        first, second = [one.id for one in found if one is not None]
        begin_making(session, first, jobs.STEPS)
        session.get_one(MadeFile, second).file_key = "made/1"
    jobs.forget(site.tools)
    with site.unit() as session:
        finish_making(session, first, "older", "made/0", 9)
    site.work()
    with site.unit() as session:
        left = {one.form: (one.state, one.stamp) for one in session.scalars(select(MadeFile))}
    lying = [site.tools.storage.has(f"made/{number}") for number in (0, 1)]
    assert ({form: state for form, (state, _) in left.items()}, lying) == (
        {making.form: "ready", waiting.form: "ready"},
        [False, False],
    )
    assert "older" not in [stamp for _, stamp in left.values()]


def test_a_making_that_fails_is_told_and_can_be_asked_for_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_with_files(site)

    def break_down(*given: object) -> bytes:
        raise ValueError("no ink")

    browser = site.browser()
    with monkeypatch.context() as patched:
        patched.setitem(jobs.WRITERS, "docx", break_down)
        browser.get(DOCX)
        site.work()
    page = browser.get("/moeder/77/rapport/fil?som=docx", headers=HTML).text
    assert "Filen kunne ikke laves" in page and f'href="{DOCX}">Prøv igen' in page
    fetch(site, DOCX)


def test_a_making_that_was_killed_is_begun_again_by_its_job_and_given_up_on_in_the_end(site: Site) -> None:
    planted = plant_with_files(site)
    wanted: Wanted
    with site.unit() as session:
        wanted = list_first_files(session, planted.meeting_id)[0]
        ask_for(session, wanted)
    with site.unit() as session:
        made = find_made(session, wanted)
        assert made is not None
        # Begun and cut off: the state stays, and the job comes again.
        assert begin_making(session, made.id, jobs.STEPS) == wanted
    site.work()
    with site.unit() as session:
        found = find_made(session, wanted)
        assert found is not None and found.state == "ready"
        row = session.get_one(MadeFile, found.id)
        row.state, row.stamp = "making", "older"
    with moved_to(now() + timedelta(minutes=16)):
        assert (
            "Filen kunne ikke laves"
            in site.browser().get("/moeder/77/rapport/fil?som=docx", headers=HTML).text
        )
        assert site.browser().get(DOCX).status_code == 202
        site.work()
        assert site.browser().get(DOCX).status_code == 200


def test_approval_asks_for_what_everybody_gets_first(site: Site) -> None:
    planted = plant_with_files(site)
    with site.unit() as session:
        announce(session, MinutesApproved(planted.meeting_id, is_corrected=False, is_new=True))
    site.work()
    assert [site.browser().get(path).status_code for path in (DOCX, PDF, PACK)] == [200, 200, 200]


def test_a_client_that_asks_for_ever_new_files_is_stopped_and_what_is_made_stays_open(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_with_files(site)
    monkeypatch.setattr(handing_out, "ASKED_AN_HOUR", 2)
    fetch(site, DOCX)
    browser = site.browser()
    answers = [browser.get(f"{DOCX}?del={part}").status_code for part in ("program", "referat", "numre")]
    assert (answers, browser.get(DOCX).status_code) == ([202, 429, 429], 200)


def test_what_nobody_fetches_for_a_month_goes_and_so_does_the_oldest_of_too_many(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_with_files(site)
    monkeypatch.setattr(made_files, "MOST_OF_SUBJECT", 2)
    for part in ("program", "referat", "numre"):
        fetch(site, f"{DOCX}?del={part}")
    with site.unit() as session:
        kept = [row.choices["parts"] for row in session.scalars(select(MadeFile).order_by(MadeFile.id))]
        keys = session.scalars(select(MadeFile.file_key).order_by(MadeFile.id)).all()
    assert kept == [["minutes"], ["references"]]
    with moved_to(now() + timedelta(days=31)):
        jobs.sweep(site.tools)
    run_waiting(site.tools)
    with site.unit() as session:
        assert session.scalars(select(MadeFile).order_by(MadeFile.id)).all() == []
    assert [site.tools.storage.has(key or "") for key in keys] == [False, False]


def test_a_file_that_the_storage_has_lost_is_made_again(site: Site) -> None:
    plant_with_files(site)
    fetch(site, DOCX)
    with site.unit() as session:
        site.tools.storage.delete(session.scalars(select(MadeFile.file_key)).one() or "")
    site.app.state.page_shelf.clear()  # As long as the file lies there, it is told from there.
    fetch(site, DOCX)


def test_fetching_a_file_again_leaves_the_kept_pages_of_all_others(site: Site) -> None:
    plant_with_files(site)
    fetch(site, DOCX)
    with site.unit() as session:
        before = session.scalar(text(READ_VERSION))
    assert site.browser().get(DOCX).status_code == 200
    with site.unit() as session:
        assert session.scalar(text(READ_VERSION)) == before


def test_a_pack_says_what_is_in_it_and_its_data_can_be_read(site: Site) -> None:
    plant_with_files(site)
    with site.unit() as session:
        session.scalars(select(Contribution).where(Contribution.title == "Ideord")).one().body = "=1+1"
    with ZipFile(io.BytesIO(fetch(site, PACK).content)) as pack:
        names = sorted(pack.namelist())
        note = pack.read("LAES-MIG.txt").decode()
        rows = json.loads(pack.read("data/indspil.json"))
        table = list(
            csv.DictReader(io.StringIO(pack.read("data/indspil.csv").decode("utf-8-sig")), delimiter=";")
        )
        title = docx.Document(io.BytesIO(pack.read("referat/udgave-1.docx"))).core_properties.title
        slides = pack.read("oplaeg/01-slidesord.pdf")
    sheets = (
        "afstemninger",
        "evaluering",
        "fremmoede",
        "indspil",
        "loefter",
        "program",
        "spoergsmaal",
        "svar",
    )
    assert names == sorted(
        [
            "LAES-MIG.txt",
            *(f"data/{name}.{form}" for name in sheets for form in ("csv", "json")),
            "moede-77.ics",
            "oplaeg/01-slidesord.pdf",
            *(f"rapport.{form}" for form in ("docx", "html", "pdf")),
            *(f"referat/udgave-1.{form}" for form in ("docx", "html")),
        ]
    )
    # Everything but the note itself is named in it.
    assert [name for name in names if name not in note] == ["LAES-MIG.txt"]
    assert [row["reference"] for row in rows] == [row["reference"] for row in table]
    # No spreadsheet takes it for a formula.
    assert [
        (row["text"], cell["text"]) for row, cell in zip(rows, table, strict=True) if row["title"] == "Ideord"
    ] == [("=1+1", "'=1+1")]
    assert (title.startswith("Referat:"), slides) == (True, b"Filen Slidesord")


def test_answers_to_the_panels_questions_are_in_the_data_with_the_danish_day(site: Site) -> None:
    planted = plant_with_files(site)
    late_in_the_evening = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    with site.unit() as session:
        asked = session.scalars(select(Contribution).where(Contribution.title == "Panelord")).one()
        wish = session.scalars(select(Contribution).where(Contribution.reference == planted.wish)).one()
        wish.received_at = late_in_the_evening
        session.add(answer := Answer(kind="answer", text="Skriftligt", published_at=late_in_the_evening))
        session.flush()
        session.add(AnswerContribution(answer_id=answer.id, contribution_id=asked.id))
        number, reference = answer.id, asked.reference
    with site.unit() as session:
        report = gather(session, planted.key, Choices())
        assert report is not None
    sheets = {sheet.name: sheet.rows for sheet in list_sheets(report, "https://forum.example", str)}
    told = [row for row in sheets["svar"] if row["number"] == number]
    assert [(row["text"], row["published"], row["answers_to"]) for row in told] == [
        ("Skriftligt", date(2026, 3, 2), [reference])
    ]
    assert [row["answers"] for row in sheets["spoergsmaal"] if row["reference"] == reference] == [[number]]
    received = {row["reference"]: row["received"] for row in sheets["indspil"]}
    assert received[planted.wish] == date(2026, 3, 2)


def test_what_a_killed_making_left_in_the_store_goes_after_a_day(site: Site) -> None:
    plant_with_files(site)
    fetch(site, DOCX)
    with site.unit() as session:
        known = session.scalars(select(MadeFile.file_key)).one() or ""
    site.tools.storage.put("made/orphan.pdf", b"%PDF")
    jobs.sweep(site.tools)
    keys = (known, "made/orphan.pdf", "decks/Slidesord")
    assert [site.tools.storage.has(key) for key in keys] == [True, True, True]
    with moved_to(now() + timedelta(days=1, minutes=1)):
        jobs.sweep(site.tools)
    assert [site.tools.storage.has(key) for key in keys] == [True, False, True]


def test_words_in_the_address_that_mean_nothing_make_no_other_file(site: Site) -> None:
    planted = plant_with_files(site)
    strategy, _, theme = planted.themes[0].partition("/")
    fetch(site, f"{DOCX}?valg=1&del=program&tema={strategy}/{theme}")
    fetch(site, DOCX)
    for query in (
        f"?valg=1&del=program&del=xx&tema={strategy}/{theme}&tema={strategy}/findes-ikke&tema=y&navne=z",
        "?valg=1&tema=findes/ikke",
        f"?valg=1&tema={theme}",
    ):
        assert site.browser().get(DOCX + query).status_code == 200, query
    with site.unit() as session:
        assert len(session.scalars(select(MadeFile)).all()) == 2


def test_a_pack_promises_no_minutes_of_a_meeting_that_has_none(site: Site) -> None:
    with site.unit() as session:
        add_meeting_row(session)
    page = site.browser().get("/moeder/10/rapport").text
    assert "Rapporten, data og det, der findes af referat og oplæg (zip)" in page
    with ZipFile(io.BytesIO(fetch(site, "/moeder/10/alt.zip").content)) as pack:
        assert [name for name in pack.namelist() if name.startswith(("referat", "oplaeg"))] == []


def test_slides_beyond_the_room_of_a_pack_are_named_with_their_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_with_files(site)
    monkeypatch.setattr("app.papers.meeting_packs.MOST_OF_SLIDES", 10)
    with ZipFile(io.BytesIO(fetch(site, PACK).content)) as pack:
        names, note = pack.namelist(), pack.read("LAES-MIG.txt").decode()
    assert [name for name in names if name.startswith("oplaeg/")] == []
    assert re.search(r"Slidesord\n +http://testserver/oplaeg/\d+", note)


def test_a_file_costs_as_many_statements_as_it_tells_kinds_of_things(site: Site) -> None:
    plant_with_files(site)
    for path in (DOCX, PACK):
        fetch(site, path)
    browser = site.browser()
    before = [site.count_statements(browser, path) for path in (DOCX, PACK)]
    with site.unit() as session:
        first = session.scalars(select(Contribution).where(Contribution.title == "Aabentord")).one()
        columns = [one.key for one in first.__table__.columns if one.key != "id" and one.computed is None]
        values = {name: getattr(first, name) for name in columns}
        for number in range(30):
            session.add(Contribution(**values | {"reference": f"OE-9{number:03}", "title": f"Mere {number}"}))
    for path in (DOCX, PACK):
        fetch(site, path)
    assert [site.count_statements(browser, path) for path in (DOCX, PACK)] == before


def test_a_report_can_be_had_in_english_under_its_own_name(site: Site) -> None:
    plant_with_files(site)
    response = fetch(site, "/en" + DOCX)
    assert response.headers["content-disposition"].endswith('-rapport-en.docx"')
    assert docx.Document(io.BytesIO(response.content)).core_properties.language == "en-GB"


@pytest.mark.parametrize(
    "path", ["/moeder/99/rapport.docx", "/moeder/77/rapport/fil?som=exe", "/moeder/77/rapport/fil"]
)
def test_what_is_no_file_is_not_found(site: Site, path: str) -> None:
    plant_with_files(site)
    assert site.browser("staff").get(path).status_code == 404
