"""Every list as files: the same rows in each, by the page's filters and rights; read by others' readers."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import atoma
import openpyxl
import pytest
import vobject

from app.core.clock import today
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.policy import OPEN_STATUSES
from app.http.spreadsheets import Column, Sheet, open_file, write_csv_file, write_xlsx_file
from app.web.labels import label
from app.web.list_files import LISTS
from tests.answered import add_prepared_answer
from tests.promised import add_commitment
from tests.said import add_meeting_row, add_wish, put_said
from tests.site import Browser, Site

label_in_danish = partial(label, "da")

PLACES = {
    "/moederaekker/{key}": "/moederaekker/dialogforum",
    "/moeder/{key}/indspil": "/moeder/10/indspil",
    "/temaer/{key}": "/temaer/kdp-2021-2025",
}
PUBLIC = {PLACES.get(one.path, one.path): one for one in LISTS if one.path and one.is_for_all}


def read_csv(answer: Any, delimiter: str = ",") -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=delimiter))


def read_xlsx(answer: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def test_each_public_list_has_the_same_rows_in_every_file(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    for path, listed in PUBLIC.items():
        check_files(browser, path, listed.names)


def check_files(browser: Browser, path: str, names: tuple[str, ...]) -> None:
    found = browser.get(f"{path}.json")
    assert found.status_code == 200, path
    rows = found.json()["rows"]
    table = read_csv(browser.get(f"{path}.csv"))
    book = read_xlsx(browser.get(f"{path}.xlsx"))
    sheet = book.worksheets[0]
    assert len(rows) == len(table) == sheet.max_row - 1
    assert all(tuple(row) == names for row in rows + table)
    assert sheet.freeze_panes == "A2"
    assert sheet.max_column == len(names)
    assert f'<http://testserver{path}>; rel="alternate"; type="text/html"' in found.headers["link"]
    assert found.json()["page"] == f"http://testserver{path}"


COLUMNS = (
    Column("title", "Titel", "Overskriften."),
    Column("status", "Status", "Hvor langt det er.", group="contribution_status"),
    Column("date", "Dag", "Dagen.", "date"),
    Column("at", "Tidspunkt", "Klokken.", "moment"),
    Column("amount", "Beløb", "Millioner.", "number"),
    Column("themes", "Temaer", "Dem.", "words"),
    Column("yes", "Ja", "Om det er.", "yes"),
    Column("address", "Adresse", "Siden.", "address"),
)
ROW = {
    "title": "=HYPERLINK(1)",
    "status": "answered",
    "date": date(2026, 3, 1),
    "at": datetime(2026, 7, 1, 8, 30, tzinfo=UTC),
    "amount": Decimal("2.50"),
    "themes": ("data/etik", "-drift"),
    "yes": True,
    "address": "https://forum.example/oensker/OE-0001",
}


def test_a_workbook_has_days_as_days_codes_as_words_and_no_formula() -> None:
    sheet = Sheet("Ønsker: [alle]", "Om listen", [("Siden", "x")], lambda text: text, label_in_danish)
    with open_file() as file:
        write_xlsx_file(file, COLUMNS, [ROW], sheet, datetime(2026, 1, 1, tzinfo=UTC))
        file.seek(0)
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    page = book.worksheets[0]
    assert book.sheetnames == ["Ønsker alle", "Om listen"]
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["Titel", "Status", "Dag", "Tidspunkt", "Beløb", "Temaer", "Ja", "Adresse"],
        [
            "=HYPERLINK(1)",
            "Besvaret",
            datetime(2026, 3, 1),  # noqa: DTZ001 - a workbook knows no time zones
            datetime(2026, 7, 1, 10, 30),  # noqa: DTZ001
            2.5,
            "data/etik; -drift",
            True,
            "https://forum.example/oensker/OE-0001",
        ],
    ]
    assert [cell.data_type for cell in page[2]] == ["s", "s", "d", "d", "n", "s", "b", "s"]
    assert page.column_dimensions["H"].width > 40 and page.auto_filter.ref == "A1:H2"
    assert [row[0].value for row in book.worksheets[1].iter_rows()][-1] == "Adresse"


@pytest.mark.parametrize(
    ("delimiter", "line"),
    [
        (",", "'=HYPERLINK(1),answered,2026-03-01,2026-07-01T10:30:00+02:00,2.50,data/etik; -drift,true,"),
        (";", '\'=HYPERLINK(1);answered;2026-03-01;2026-07-01T10:30:00+02:00;2,50;"data/etik; -drift";true;'),
    ],
)
def test_a_table_is_plain_text_with_guarded_cells(delimiter: str, line: str) -> None:
    with open_file() as file:
        write_csv_file(file, [column.name for column in COLUMNS], [ROW], delimiter)
        file.seek(0)
        text = file.read().decode("utf-8-sig")
    assert text.splitlines()[1] == line + "https://forum.example/oensker/OE-0001"


def test_filters_come_along_and_wrong_words_are_passed_over(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    page = browser.get("/oensker?status=answered&side=2&skilletegn=x").text
    assert 'href="/oensker.csv?status=answered&amp;skilletegn=x&amp;skilletegn=semikolon"' in page
    answered = read_csv(browser.get("/oensker.csv?status=answered&side=2&skilletegn=x"))
    everything = read_csv(browser.get("/oensker.csv?skilletegn=semikolon&status=nej"), ";")
    assert answered == [row for row in everything if row["status"] == "answered"] != everything


def test_a_file_that_has_not_changed_is_not_sent_again(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    for ending in ("csv", "json", "xlsx"):
        first = browser.get(f"/kommuner.{ending}")
        again = browser.get(f"/kommuner.{ending}", headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_list_of_staff_is_for_staff_and_kept_by_no_cache(site: Site) -> None:
    with site.unit() as session:
        put_said(session, "venter", title="Venter på svar")
    for ending in ("csv", "xlsx", "json"):
        assert site.browser().get(f"/indbakke.{ending}").status_code == 303
        assert site.browser("vendor").get(f"/indbakke.{ending}").status_code == 403
    answer = site.browser("staff").get("/indbakke.json")
    assert [row["title"] for row in answer.json()["rows"]] == ["Venter på svar"]
    assert (answer.headers["cache-control"], "describedby" in answer.headers["link"]) == ("no-store", False)


def test_what_is_for_staff_is_in_the_file_of_staff_and_in_no_other(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        add_meeting_row(session, "11", is_published=False)
        put_said(session, "hemmelig", title="Hemmelig", visibility="staff", kind="idea")
        put_said(session, "sagt", title="Sagt", visibility="staff", kind="card", meeting_id=meeting.id)
    paths = ("/ideer", "/moeder", "/moeder/10/indspil", "/data/ideer", "/data/moeder", "/data/indspil")
    counts = {
        who: [len(site.browser(who).get(f"{path}.json").json()["rows"]) for path in paths]
        for who in ("staff", "vendor")
    }
    assert counts == {"staff": [1, 2, 1, 0, 1, 0], "vendor": [0, 1, 0, 0, 1, 0]}
    assert site.browser("vendor").get("/moeder/11/indspil.csv").status_code == 404
    assert site.browser().get("/moederaekker/findes-ikke.csv").status_code == 404


FEEDS = (
    "/moeder", "/oensker", "/ideer", "/behov", "/forpligtelser", "/svar/forsinkede", "/oplaeg",
    "/organisationer", "/trykproever", "/moeder/10/indspil", "/moederaekker/dialogforum",
)  # fmt: skip


def test_feeds_are_read_by_another_reader(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    counts = {}
    for path in FEEDS:
        feed = atoma.parse_atom_bytes(browser.get(f"{path}.atom").content)
        ids = [entry.id_ for entry in feed.entries]
        assert len(ids) == len(set(ids)) and feed.id_ == f"http://testserver{path}.atom"
        assert all(entry.updated >= entry.published for entry in feed.entries)
        assert {link.rel for link in feed.links} == {"self", "alternate"}
        counts[path] = len(ids)
    assert min(counts[path] for path in ("/moeder", "/oensker", "/organisationer", "/oplaeg")) > 0


def test_the_calendar_holds_the_new_day_of_what_is_answered_later_and_none_of_what_waits_no_more(
    site: Site,
) -> None:
    with site.unit() as session:
        staff = site.people.staff
        later, promised = (
            add_wish(session, site.people.vendor, title, body=title) for title in ("Senere", "Lovet")
        )
        day = today() + timedelta(days=60)
        given = {"verdict": "later", "reason": "Budget.", "again_by": day}
        answer = add_prepared_answer(session, staff, [later.id], **given)
        publish_answer(session, staff, answer.id, answer.version)
        add_commitment(session, staff, contribution_ids=[promised.id])
        reference = later.reference
    events = vobject.readOne(site.new_browser().get("/oensker.ics").text).contents["vevent"]
    assert [(event.uid.value[:7], event.dtstart.value) for event in events] == [(reference, day)]


def test_days_to_answer_by_are_a_calendar(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    rows = {row["reference"]: row for row in browser.get("/oensker.json").json()["rows"]}
    events = vobject.readOne(browser.get("/oensker.ics").text).contents["vevent"]
    for event in events:
        row = rows[event.uid.value[:7]]
        assert (event.dtstart.value.isoformat(), event.url.value) == (row["answer_by"], row["address"])
        assert row["status"] in OPEN_STATUSES
    assert len(events) > 0
