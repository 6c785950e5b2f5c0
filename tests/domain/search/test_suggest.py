"""Completing what is being typed."""

import pytest
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.search.queries import suggest
from tests.domain.search.conftest import Write


def test_words_come_before_titles(stand_ins: Session, write: Write) -> None:
    write("Velfærdsteknologi i hjemmet", body="velfærdssamfundet")
    assert suggest(stand_ins, STRANGER, "velf") == [
        "velfærdssamfundet",
        "velfærdsteknologi",
        "Velfærdsteknologi i hjemmet",
    ]


def test_common_words_come_first_and_one_form_of_each(stand_ins: Session, write: Write) -> None:
    write("A", body="målbilleder")
    write("B", body="målbilleder måltallene")
    write("C", body="målbilledets")
    assert suggest(stand_ins, STRANGER, "mål") == ["målbilleder", "måltallene"]


def test_what_stands_before_is_kept_and_must_be_held_too(stand_ins: Session, write: Write) -> None:
    write("Effekt af velfærdsteknologi")
    write("Velkomst")
    assert suggest(stand_ins, STRANGER, "Effekt af vel") == [
        "Effekt af velfærdsteknologi",
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("aer", ["ærø", "Ærø"]),
        ("ær", ["ærø", "Ærø"]),
        ("ÆR", ["ærø", "Ærø"]),
        ("it-ind", ["it-indkøb", "Fælles it-indkøb"]),
    ],
)
def test_letters_may_be_written_in_any_way(
    stand_ins: Session, write: Write, typed: str, expected: list[str]
) -> None:
    write("Ærø")
    write("Fælles it-indkøb")
    assert suggest(stand_ins, STRANGER, typed) == expected


@pytest.mark.parametrize(
    "typed", ["", "a", "  ", "!?", "klima ", "x" * 10_000, "\x00", "\ud800", "%%", "__", "':*", "klima &"]
)
def test_nothing_to_complete_gives_nothing(stand_ins: Session, write: Write, typed: str) -> None:
    write("Ærø")
    assert suggest(stand_ins, STRANGER, typed) == []


@pytest.mark.parametrize("rows", [1, 30])
def test_two_statements(stand_ins: Session, write: Write, count_statements: list[str], rows: int) -> None:
    for n in range(rows):
        write(f"Klima{'abcdefghijklmnopqrstuvwxyzæøå_'[n]} {n}")
    count_statements.clear()
    suggest(stand_ins, STRANGER, "klim")
    assert len(count_statements) == 2
