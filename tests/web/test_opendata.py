"""Open data: what a stranger may read, as files; nobody's names beyond that, no formulas."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.spreadsheets import guard_cell
from app.web.opendata import SETS
from tests.site import Site


@pytest.mark.parametrize("name", SETS)
def test_each_set_is_a_table_and_json_with_the_same_rows(archive_site: Site, name: str) -> None:
    browser = archive_site.new_browser()
    text = browser.get(f"/data/{name}.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    found = browser.get(f"/data/{name}.json").json()
    assert rows[0] == list(SETS[name].columns)
    assert len(rows) - 1 == len(found["rows"]) > 0
    assert all(list(row) == list(SETS[name].columns) for row in found["rows"])


def test_all_98_municipalities_are_there(archive_site: Site) -> None:
    assert len(archive_site.new_browser().get("/data/kommuner.json").json()["rows"]) == 98


def test_an_unknown_set_is_missing(archive_site: Site) -> None:
    assert archive_site.new_browser().get("/data/brugere.csv").status_code == 404


def test_no_mail_address_stands_in_any_file(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    assert [name for name in SETS if "@" in browser.get(f"/data/{name}.csv").text] == []


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(guard_cell(text)).lstrip()[:1] not in ("=", "+", "-", "@")


def test_addresses_in_the_sitemap_can_be_read_by_a_stranger(archive_site: Site) -> None:
    browser = archive_site.new_browser()
    paths = re.findall(r"<loc>http://testserver([^<]*)</loc>", browser.get("/sitemap.xml").text)
    assert len(paths) > 250
    # The lists whole, and every fourth of what they lead to.
    tried = paths[:30] + paths[30::4]
    assert [path for path in tried if browser.get(path).status_code != 200] == []
