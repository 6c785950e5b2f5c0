"""The audit log: rows are only ever added, and the law's two exceptions."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, current_client, forget_before, forget_person, record
from app.core.clock import now
from app.core.database import Database
from app.core.postgres import Server
from tests.people import People

CHANGES = [
    "update audit_entry set verb = 'nothing'",
    "delete from audit_entry",
    "truncate audit_entry",
    "alter table audit_entry disable trigger all",
    "drop table audit_entry",
    "alter table audit_entry owner to dialogforum_app",
    "create or replace function guard_audit_entry() returns trigger language sql as 'select null'",
]


def read_entries(session: Session) -> list[tuple[object, ...]]:
    columns = (AuditEntry.user_name, AuditEntry.verb, AuditEntry.before, AuditEntry.after, AuditEntry.client)
    return [tuple(row) for row in session.execute(select(*columns).order_by(AuditEntry.id))]


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_cannot_change_what_the_log_says(
    session: Session, people: People, change: str
) -> None:
    record(session, people.staff, "test", "thing", 1)
    session.flush()
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.execute(text(change))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert read_entries(session) == [("Stine Stab", "test", None, None, "")]


@pytest.mark.parametrize("change", CHANGES[:3])
def test_nor_does_the_owner_by_accident(
    clone: Callable[[str], Database], empty_template: str, server: Server, people: People, change: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        record(session, people.staff, "test", "thing", 1)
    with psycopg.connect(server.dsn(database.url.database or "")) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(change)
        owner.rollback()
        assert owner.execute("select count(*) from audit_entry").fetchone() == (1,)


def test_an_entry_says_from_where(session: Session, people: People) -> None:
    token = current_client.set("192.0.2.7")
    record(session, people.staff, "test", "thing", 1, after={"a": 1}, outcome="refused")
    current_client.reset(token)
    session.flush()
    assert read_entries(session) == [("Stine Stab", "test", None, {"a": 1}, "192.0.2.7")]


def test_a_forgotten_person_is_gone_from_the_log_but_not_what_was_done(
    session: Session, people: People
) -> None:
    names = {"name": "Vera Vendor", "list": ["Vera Vendor", 7, None], "note": 'sagde "Vera Vendor" til os'}
    record(session, people.vendor, "rename", "user", people.vendor.user_id, after={"name": "Vera Vendor"})
    record(session, people.staff, "test", "thing", 1, before={"name": "null"}, after=names)
    session.flush()
    forget_person(session, people.vendor.user_id or 0, ["Vera Vendor", "null", "x", ""])
    blank = {"name": "…", "list": ["…", 7, None], "note": 'sagde "…" til os'}
    assert read_entries(session) == [
        ("", "rename", None, None, ""),
        ("Stine Stab", "test", {"name": "…"}, blank, ""),
    ]


def test_old_entries_go_and_sooner_where_they_came_from(session: Session, people: People) -> None:
    for days, client in ((500, "192.0.2.1"), (200, "192.0.2.2"), (1, "192.0.2.3")):
        at = now() - timedelta(days=days)
        entry = AuditEntry(at=at, verb="test", thing="t", user_name="", client=client)
        session.add(entry)
    session.flush()
    forget_before(session, now() - timedelta(days=400), now() - timedelta(days=90))
    assert [row[-1] for row in read_entries(session)] == ["", "192.0.2.3"]


def test_nobody_forgets_a_young_log(session: Session) -> None:
    with pytest.raises(DBAPIError, match="at least a year"):
        forget_before(session, now(), now())
