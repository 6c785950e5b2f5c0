"""Who did what: read by auditors and admins, narrowed, taken along; and what was refused stands there too."""

import ast
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry, record
from app.core.clock import COPENHAGEN, now
from app.core.policy import Actor
from app.domain.users.models import User
from app.web.audit_words import AUDIT_WORDS
from tests.node.html_validate import find_html_errors
from tests.site import Site

APP = Path(__file__).parents[2] / "app"


def put_entries(site: Site, *verbs: str, actor: Actor | None = None, **values: Any) -> None:
    with site.unit() as session:
        for number, verb in enumerate(verbs, 1):
            record(session, actor or site.people.staff, verb, "meeting", number, **values)


def shown(site: Site, query: str = "", who: str = "auditor") -> list[tuple[str, int]]:
    """(verb, number) of the entries that the file of this address holds."""
    entries = site.browser(who).get(f"/log.json{query}").json()["entries"]
    return [(entry["verb"], entry["thing_id"]) for entry in entries if entry["thing"] == "meeting"]


@pytest.mark.parametrize("path", ["/log", "/log.csv", "/log.json"])
def test_only_auditors_and_admins_read_it(site: Site, path: str) -> None:
    answers = {name: site.browser(name).get(path).status_code for name in site.people.all()}
    assert answers == dict.fromkeys(answers, 403) | {"stranger": 303, "auditor": 200, "admin": 200}


def test_an_entry_tells_who_for_whom_what_before_and_after(site: Site) -> None:
    put_entries(site, "edit", before={"title": "Før"}, after={"title": "<b>Efter</b>", "places": [1, None]})
    text = site.browser("auditor").get("/log").text
    for words in ("Stine Stab", "for Værtsforeningen", "rettede møde 1", "Før", "&lt;b&gt;Efter&lt;/b&gt;"):
        assert words in text
    assert find_html_errors({"/log": text}) == []


@pytest.mark.parametrize(
    ("verb", "says"), [("delete", "slettede møde 1"), ("claim", "overtog møde 1"), ("edit", "rettede møde 1")]
)
def test_an_entry_is_a_sentence(site: Site, verb: str, says: str) -> None:
    put_entries(site, verb)
    assert f"</strong> for Værtsforeningen: {says}</p>" in site.browser("auditor").get("/log").text


def test_somebody_who_has_not_said_their_name_yet_is_not_called_erased(site: Site) -> None:
    with site.unit() as session:
        user = User(email="ny@firma.example", name="", created_at=now())
        erased = User(name="", created_at=now(), erased_at=now())
        session.add_all([user, erased])
        session.flush()
        for who in (user, erased):
            session.add(AuditEntry(at=now(), user_id=who.id, user_name="", verb="sign_in", thing="user"))
        number = user.id
    text = site.browser("auditor").get("/log").text
    assert re.findall("<p><strong>([^<]+)</strong>: loggede ind", text) == [
        "En, der har slettet sin konto",
        f"Konto nr. {number}",
    ]


def test_an_entry_of_a_request_says_from_where_and_which(site: Site) -> None:
    site.browser("staff").post(
        "/moeder/nyt", {"title": "Prøvemøde", "date": "2027-03-01", "format": "virtual"}
    )
    site.browser("vendor").post("/moeder/nyt", {})
    with site.unit() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.outcome == "refused")).one()
    assert (entry.user_id, entry.verb, entry.thing, entry.client, entry.after) == (
        site.people.vendor.user_id,
        "post",
        "address",
        "testclient",
        {"path": "/moeder/nyt", "reason": "not_allowed"},
    )
    assert entry.request_id in site.browser("auditor").get("/log?udfald=refused").text


def test_a_stranger_who_is_refused_leaves_nothing(site: Site) -> None:
    site.browser().post("/moeder/nyt", {})
    with site.unit() as session:
        assert session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("edit", 1), ("publish", 2), ("edit", 1)]),
        ("?hvem=stine", [("edit", 1), ("publish", 2)]),
        ("?hvem=Soft", [("edit", 1)]),
        ("?hvem=%25", []),
        ("?handling=publish", [("publish", 2)]),
        ("?handling=findes-ikke", [("edit", 1), ("publish", 2), ("edit", 1)]),
        ("?ting=organisation", []),
        ("?nummer=2", [("publish", 2)]),
        ("?nummer=99999999999999999999", [("edit", 1), ("publish", 2), ("edit", 1)]),
        ("?udfald=refused", []),
        ("?fra=ikke-en-dag", [("edit", 1), ("publish", 2), ("edit", 1)]),
        ("?til=0001-01-01", []),
        ("?fra=9999-12-31", []),
        ("?til=9999-12-31", [("edit", 1), ("publish", 2), ("edit", 1)]),
    ],
)
def test_it_is_narrowed_by_its_address(site: Site, query: str, expected: list[tuple[str, int]]) -> None:
    put_entries(site, "edit", "publish")
    put_entries(site, "edit", actor=site.people.vendor)
    assert shown(site, query) == expected


def test_days_are_danish_and_both_are_included(site: Site) -> None:
    put_entries(site, "edit")
    today = now().astimezone(COPENHAGEN).date()
    days = {offset: (today + timedelta(days=offset)).isoformat() for offset in (-1, 0, 1)}
    assert shown(site, f"?fra={days[0]}&til={days[0]}") == [("edit", 1)]
    assert shown(site, f"?fra={days[1]}") == shown(site, f"?til={days[-1]}") == []


def test_many_entries_come_in_pages(site: Site) -> None:
    put_entries(site, *["edit"] * 70)
    first = site.browser("auditor").get("/log?handling=edit").text
    older = re.search(r"foer=\d+", first)
    assert older
    second = site.browser("auditor").get(f"/log?handling=edit&{older.group()}").text
    assert (first.count("rettede møde"), second.count("rettede møde")) == (50, 20)
    assert "Ældre handlinger" not in second


@pytest.mark.parametrize("entries", [1, 30])
def test_the_page_costs_two_statements(site: Site, entries: int) -> None:
    put_entries(site, *["edit"] * entries)
    assert site.count_statements(site.browser("auditor"), "/log") == 2


def test_the_file_for_a_spreadsheet_holds_no_formula(site: Site) -> None:
    put_entries(site, "edit", after={"title": "x"}, actor=Actor(user_id=1, name="=cmd|'/c calc'!A1"))
    answer = site.browser("auditor").get("/log.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    row = next(row for row in rows if row["thing"] == "meeting")
    assert row["user_name"] == "'=cmd|'/c calc'!A1"
    assert json.loads(row["after"]) == {"title": "x"}
    assert answer.headers["cache-control"] == "no-store"


def test_taking_it_along_is_noted(site: Site) -> None:
    put_entries(site, "edit")
    site.browser("admin").get("/log.csv?handling=edit&hvem=")
    with site.unit() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "export")).one()
    assert (entry.user_id, entry.after) == (
        site.people.admin.user_id,
        {"filters": {"handling": "edit"}, "entries": 1},
    )


def test_an_auditor_changes_nothing_but_the_own_account(site: Site) -> None:
    browser = site.browser("auditor")
    assert browser.post("/moeder/nyt", {"title": "x"}).status_code == 403
    assert browser.post("/log-ud").status_code == 303


def noted() -> Iterator[tuple[str, str]]:
    """Every (verb, thing) that the code notes in so many words."""
    for path in Path(APP).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                words = [getattr(argument, "value", None) for argument in node.args[2:4]]
                if all(isinstance(word, str) for word in words):
                    yield words[0], words[1]


def test_every_verb_and_thing_has_a_word_on_the_page() -> None:
    found = set(noted())
    assert len(found) > 60
    assert {verb for verb, _ in found} - set(AUDIT_WORDS["audit_verb"]) == set()
    assert {thing for _, thing in found} - set(AUDIT_WORDS["audit_thing"]) == set()
