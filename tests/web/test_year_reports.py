"""The account of a year at its doors: the page, the files, and who may have the one for staff."""

import io
from datetime import UTC, date, datetime
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from sqlalchemy import update

from app.core.clock import moved_to
from app.domain.commitments.models import Commitment
from tests.in_years import add_two_years
from tests.promised import add_commitment
from tests.said import add_theme_rows, add_wish
from tests.site import Site

HTML = {"accept": "text/html"}


def _plant(site: Site, first: int = 0, count: int = 1) -> None:
    with site.unit() as session:
        names = [f"Tema {number}" for number in range(first, first + count)]
        themes = add_theme_rows(session, *names)
        for theme in themes:
            for title, visibility in (("Aabentløfte", "public"), ("Stabsløfte", "staff")):
                with moved_to(datetime(2025, 2, 1, tzinfo=UTC)):
                    add_commitment(
                        session,
                        site.people.staff,
                        title=title,
                        deadline=date(2025, 9, 1),
                        theme_ids=[theme.id],
                        visibility=visibility,
                    )
            with moved_to(datetime(2025, 3, 1, tzinfo=UTC)):
                add_wish(session, site.people.vendor, title=f"Ønske under {theme.name}")


def test_the_page_tells_everybody_what_everybody_may_read(site: Site) -> None:
    _plant(site)
    page = site.browser("stranger").get("/opfoelgning/2025").text
    assert ("Aabentløfte" in page, "Stabsløfte" in page, "til=sekretariatet" in page) == (True, False, False)
    page = site.browser("staff").get("/opfoelgning/2025").text
    assert ("Stabsløfte" in page, "til=sekretariatet" in page) == (False, True)
    assert "Stabsløfte" in site.browser("staff").get("/opfoelgning/2025?til=sekretariatet").text


@pytest.mark.parametrize("address", ["/opfoelgning/2025", "/opfoelgning/2025.pdf", "/opfoelgning/2025/fil"])
def test_the_report_for_staff_is_refused_to_all_others(site: Site, address: str) -> None:
    asked = f"{address}?som=pdf&til=sekretariatet"
    assert site.browser("vendor").get(asked, headers=HTML).status_code == 403
    assert site.browser("stranger").get(asked, headers=HTML).status_code in (303, 401)


def test_a_year_to_come_is_not_found_and_the_list_leads_to_those_that_are(site: Site) -> None:
    _plant(site)
    browser = site.browser("stranger")
    answers = [browser.get(f"/opfoelgning/{year}").status_code for year in (2025, 1999, 2999)]
    assert answers == [200, 404, 404]
    assert 'href="/opfoelgning/2025"' in browser.get("/opfoelgning").text


def test_the_files_hold_what_the_page_tells_and_are_made_anew_when_it_is_hidden(site: Site) -> None:
    _plant(site)
    with site.unit() as session:
        # So that every part has something to tell, which the writers of files must be able to read.
        add_two_years(session, site.people)
    browser = site.browser("stranger")
    for ending in ("docx", "pdf"):
        assert browser.get(f"/opfoelgning/2025.{ending}").status_code == 202
    site.work()
    written = browser.get("/opfoelgning/2025.docx")
    assert written.status_code == 200
    document = docx.Document(io.BytesIO(written.content))
    with ZipFile(io.BytesIO(written.content)) as archive:
        body = archive.read("word/document.xml").decode()
    assert document.core_properties.title == "Det lovede vi – det gjorde vi: 2025"
    assert ("Aabentløfte" in body, "Stabsløfte" in body) == (True, False)
    pages = pypdfium2.PdfDocument(browser.get("/opfoelgning/2025.pdf").content)
    printed = "".join(page.get_textpage().get_text_range() for page in pages)
    assert ("Aabentløfte" in printed, "Stabsløfte" in printed) == (True, False)
    assert [word in printed for word in ("Loven kom sent.", "Begynd før.", "Rundspørge")] == [True] * 3
    with site.unit() as session:
        session.execute(
            update(Commitment).where(Commitment.title == "Aabentløfte").values(visibility="staff")
        )
    assert browser.get("/opfoelgning/2025.docx").status_code == 202


def test_the_number_of_statements_does_not_grow_with_the_promises(site: Site) -> None:
    _plant(site)
    browser = site.browser("stranger")
    few = site.count_statements(browser, "/opfoelgning/2025")
    _plant(site, 1, 29)
    assert (few, site.count_statements(browser, "/opfoelgning/2025")) == (13, 13)
