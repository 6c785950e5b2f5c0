"""The tables of docs/security.md that the code can be held against."""

import importlib
import re
from datetime import date
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from app.api import routers as api_routers
from app.core.documents.limits import LIMITS
from app.domain.contributions.ideas import attachments
from app.domain.imports import tables, web_pages
from app.domain.invitations import reading
from app.domain.presentations import batches
from app.domain.site import pictures
from app.web import SUBJECTS
from app.web.invitations import INVITATIONS
from app.web.safety import PROMISE
from bench.figures import Figures
from bench.source import MOST_DAYS, note_age

ROOT = Path(__file__).resolve().parent.parent
SECURITY = (ROOT / "docs" / "security.md").read_text()
# Small files come with a form like any other, and have no larger body to show them by.
IN_ORDINARY_FORMS = {INVITATIONS, f"{INVITATIONS}/tjek"}


def read_table(title: str) -> list[list[str]]:
    """The rows below a heading of docs/security.md, without the table's own head."""
    section = SECURITY.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def upload_doors() -> set[str]:
    subjects = [importlib.import_module(f"app.web.{subject}") for subject in SUBJECTS]
    pages = {
        route.path
        for module in subjects
        if hasattr(module, "uploads")
        for route in module.uploads.routes
        if isinstance(route, APIRoute) and "POST" in route.methods
    }
    programs = {
        route.path
        for router in api_routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "requestBody" in (route.openapi_extra or {})
    }
    return pages | programs | IN_ORDINARY_FORMS


def test_each_address_that_takes_a_file_stands_in_the_table_of_uploads() -> None:
    told = [
        address for row in read_table("What may be uploaded") for address in re.findall("`(.+?)`", row[0])
    ]
    assert sorted(told) == sorted(upload_doors())


def test_no_other_page_reads_a_file_that_was_sent() -> None:
    reads = re.compile(r"form\.files|received\(")
    found = sorted(
        path.stem for path in (ROOT / "app" / "web").glob("*.py") if reads.search(path.read_text())
    )
    assert found == [
        "deck_batches",
        "deck_editing",
        "deck_files",
        "idea_files",
        "imports",
        "invitations",
        "ledger_log",
        "meeting_pages",
        "site_logo",
        "speaker_links",
    ]


def test_the_figures_of_uploads_are_those_of_the_code() -> None:
    rows = {row[0].split("`")[1]: row[3] for row in read_table("What may be uploaded")}
    assert rows["/oplaeg/{deck_id:int}/ny-version"] == f"{LIMITS.upload // 1_000_000} MB"
    listed = f"the list {batches.MOST_LIST // 1_000_000} MB, {batches.MOST_ROWS:,} rows"
    assert rows["/oplaeg/samlet"] == f"{LIMITS.upload // 1_000_000} MB; {listed}"
    ideas = f"{attachments.ATTACHMENT_LIMITS.upload // 1_000_000} MB, {attachments.MOST_FILES} files"
    assert rows["/ideer/{reference}/bilag"] == rows["/api/v1/ideer/{reference}/bilag"] == ideas
    assert rows["/import"].endswith(
        f"{tables.MOST_TEXT // 1_000_000} MB, {tables.MOST_ROWS:,} rows, {tables.MOST_COLUMNS} columns"
    )
    assert rows["/import/moedeside"] == f"{web_pages.MOST_BYTES // 1_000_000} MB"
    assert rows["/indstillinger/logo"].startswith(f"{pictures.MOST_BYTES // 1_000_000} MB")
    assert rows[f"{INVITATIONS}/tjek"] == (
        f"{reading.LARGEST_FILE // 1_000_000} MB, {reading.MOST_AT_ONCE:,} addresses"
    )
    deck = SECURITY.split("A **deck** is", 1)[1].split("\n\n", 1)[0]
    assert re.findall(r"\d[\d,]*", deck)[:5] == [
        f"{LIMITS.pages}",
        f"{LIMITS.unpacked // 1_000_000}",
        f"{LIMITS.unpacked_xml // 1_000_000}",
        f"{LIMITS.entries:,}",
        f"{LIMITS.ratio}",
    ]


def test_packages_are_mended_in_the_times_that_the_site_promises() -> None:
    assert read_table("Packages of others") == [
        [
            "critical, or used by somebody already",
            f"{PROMISE.critical_hours} hours",
            f"{PROMISE.critical_days} days",
        ],
        ["serious", "–", f"{PROMISE.high_days} days"],
        ["lesser", "–", f"{PROMISE.medium_days} days"],
        ["new versions without a known hole", "–", f"{MOST_DAYS} days since the last renewal"],
    ]


@pytest.mark.parametrize(
    ("day", "state"), [("2026-11-23", "ok"), ("2026-08-25", "ok"), ("2026-08-24", "MISSED"), ("", "not run")]
)
def test_packages_that_were_renewed_too_long_ago_are_a_goal_missed(day: str, state: str) -> None:
    figures = Figures()
    note_age(figures, day, date(2026, 11, 23))
    assert [one.state for one in figures.all] == [state]
