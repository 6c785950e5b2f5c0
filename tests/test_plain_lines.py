"""Lines to other machines: which are told as open, and what a start does about them."""

import logging
from typing import Any

import pytest

from app.cli import tell_plain_lines
from app.doctor import examine
from app.plain_lines import find_plain_database, find_plain_mail, find_plain_store
from app.settings import Settings, read_settings

COMPLETE = {
    "DIALOGFORUM_ENVIRONMENT": "production",
    "DIALOGFORUM_BASE_URL": "https://forum.example",
    "DIALOGFORUM_CONTACT_NAME": "Sekretariatet",
    "DIALOGFORUM_CONTACT_MAIL": "post@forum.example",
    "DIALOGFORUM_CONTACT_PHONE": "12 34 56 78",
    "DIALOGFORUM_DATA_RESPONSIBLE": "Foreningen",
    "DIALOGFORUM_MAIL_FROM": "post@forum.example",
    "DIALOGFORUM_SMTP_HOST": "mail.forum.example",
}
OPEN = {
    "DATABASE_URL": "postgresql://app:hemmelig@db.forum.example/forum",
    "DIALOGFORUM_SMTP_TLS": "none",
    "DIALOGFORUM_STORAGE_ENDPOINT": "http://filer.forum.example:9000",
}
CHECKED = {
    "DATABASE_URL": "postgresql://app:hemmelig@db.forum.example/forum?sslmode=verify-full&sslrootcert=/ca.pem",
    "DIALOGFORUM_STORAGE_ENDPOINT": "https://filer.forum.example:9000",
}
COMPOSE = {
    "DATABASE_URL": "postgresql://app:hemmelig@database:5432/forum",
    "DIALOGFORUM_SMTP_HOST": "mail",
    "DIALOGFORUM_SMTP_TLS": "none",
    "DIALOGFORUM_STORAGE_ENDPOINT": "http://storage:8333",
}


def read(monkeypatch: pytest.MonkeyPatch, *changes: dict[str, str]) -> Settings:
    for name in ("PGSSLMODE", "PGSSLROOTCERT", "PGHOST"):
        monkeypatch.delenv(name, raising=False)
    for given in (COMPLETE, *changes):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
    return read_settings()


@pytest.mark.parametrize(
    ("address", "environment", "hosts"),
    [
        ("postgresql://a@db.example/x", {}, ["db.example"]),
        ("postgresql://a@db.example/x?sslmode=require", {}, ["db.example"]),
        ("postgresql://a@db.example/x?sslmode=verify-ca", {}, ["db.example"]),
        ("postgresql://a@db.example/x?sslmode=verify-full", {}, []),
        ("postgresql://a@db.example/x?sslrootcert=system", {}, []),
        ("postgresql://a@db.example/x", {"PGSSLMODE": "verify-full"}, []),
        ("postgresql://a@db.example/x?sslmode=require", {"PGSSLMODE": "verify-full"}, ["db.example"]),
        ("postgresql://a@10.0.0.3:5432/x", {}, ["10.0.0.3"]),
        ("postgresql://a@[2001:db8::3]/x", {}, ["2001:db8::3"]),
        ("postgresql://a@/x?host=een.example:5432&host=to.example", {}, ["een.example", "to.example"]),
        ("postgresql://a@/x?host=een.example,database", {}, ["een.example"]),
        ("postgresql:///x", {"PGHOST": "db.example"}, ["db.example"]),
        ("postgresql:///x", {}, []),
        ("postgresql:///x?host=/var/run/postgresql", {}, []),
        ("postgresql://a@127.0.0.1/x", {}, []),
        ("postgresql://a@[::1]/x", {}, []),
        ("postgresql://a@localhost/x", {}, []),
        ("postgresql://a@database:5432/x", {}, []),
        ("no address", {}, []),
    ],
)
def test_a_database_elsewhere_is_told_of_unless_its_certificate_is_checked(
    address: str, environment: dict[str, str], hosts: list[str]
) -> None:
    told = find_plain_database("DATABASE_URL", address, environment)
    assert [sentence.split(" på ")[1].split()[0] for sentence in told] == hosts


@pytest.mark.parametrize(
    ("host", "tls", "is_told"),
    [
        ("mail.example", "none", True),
        ("mail.example", "starttls", False),
        ("mail.example", "implicit", False),
        ("127.0.0.1", "none", False),
        ("mail", "none", False),
        (None, "none", False),
    ],
)
def test_mail_in_the_open_to_another_machine_is_told_of(host: str | None, tls: Any, is_told: bool) -> None:
    assert bool(find_plain_mail(host, tls)) is is_told


@pytest.mark.parametrize(
    ("endpoint", "is_told"),
    [
        ("http://filer.example:9000", True),
        ("https://filer.example", False),
        ("http://storage:8333", False),
        ("http://127.0.0.1:9000", False),
        (None, False),
    ],
)
def test_files_in_the_open_to_another_machine_are_told_of(endpoint: str | None, is_told: bool) -> None:
    assert bool(find_plain_store(endpoint)) is is_told


def test_production_that_ran_yesterday_starts_and_says_each_open_line_without_a_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = read(monkeypatch, OPEN)
    with caplog.at_level(logging.WARNING, "app.cli"):
        tell_plain_lines(settings)
    assert [sentence.partition(":")[0] for sentence in caplog.messages] == [
        "DATABASE_URL",
        "DIALOGFORUM_SMTP_TLS",
        "DIALOGFORUM_STORAGE_ENDPOINT",
    ]
    assert "hemmelig" not in caplog.text


def test_the_doctor_notes_each_open_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    near = {"DATABASE_URL": "postgresql://a@127.0.0.1:1/x", "DIALOGFORUM_STORAGE_ENDPOINT": ""}
    settings = read(monkeypatch, OPEN | near, {"DIALOGFORUM_DATA": str(tmp_path)})
    noted = [one.sentence for one in examine(settings, asks_mail=False) if one.state == "note"]
    assert [sentence for sentence in noted if "uden TLS" in sentence] == settings.plain_lines() != []


def test_production_that_asks_for_tls_does_not_start_with_an_open_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(
        ValueError, match=r"^DATABASE_URL: .*; DIALOGFORUM_SMTP_TLS: .*_ENDPOINT: "
    ) as refused:
        read(monkeypatch, OPEN, {"DIALOGFORUM_REQUIRE_TLS": "true"})
    assert "hemmelig" not in str(refused.value)


@pytest.mark.parametrize("lines", [CHECKED, COMPOSE], ids=["checked", "one net"])
def test_production_that_asks_for_tls_starts_where_lines_are_checked_or_near(
    monkeypatch: pytest.MonkeyPatch, lines: dict[str, str]
) -> None:
    assert read(monkeypatch, lines, {"DIALOGFORUM_REQUIRE_TLS": "true"}).plain_lines() == []
