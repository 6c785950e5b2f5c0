"""Text from outside: what cannot be stored is refused, the rest is tidied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.text import Line, Prose, WebAddress, fold, is_storable, shorten, slug

line = TypeAdapter(Line)
prose = TypeAdapter(Prose)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "abc\udfff"])
def test_nul_and_lone_surrogates_are_refused(text: str) -> None:
    for known in (line, prose):
        with pytest.raises(ValidationError) as refused:
            known.validate_python(text)
        assert refused.value.errors()[0]["type"] == "unstorable_text"


@pytest.mark.parametrize("text", ["https://[kl.dk", "http://kl]x.dk/a", "javascript://kl.dk/a"])
def test_an_address_that_no_page_can_show_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(WebAddress).validate_python(text)
    assert refused.value.errors()[0]["type"] == "url"


@pytest.mark.parametrize("text", ["Mit nummer er 010203-1234.", "311299-9999"])
def test_what_looks_like_a_cpr_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        line.validate_python(text)
    assert refused.value.errors()[0]["type"] == "cpr_number"


@pytest.mark.parametrize("text", ["2021-2025", "OE-0142", "ring 33 70 33 70", "411299-9999"])
def test_other_numbers_are_let_through(text: str) -> None:
    assert line.validate_python(text) == text


def test_a_line_is_one_line_without_invisible_characters() -> None:
    assert line.validate_python("  Klar\u200b\r\n retning\u202e ") == "Klar retning"


@pytest.mark.parametrize("code", [*range(0x01, 0x09), *range(0x0E, 0x1C), 0x7F])
def test_control_characters_are_dropped_as_in_prose(code: int) -> None:
    text = f"Kla{chr(code)}r"
    assert [known.validate_python(text) for known in (line, prose)] == ["Klar", "Klar"]


def test_what_was_hidden_between_a_letter_and_its_mark_leaves_one_letter() -> None:
    assert [known.validate_python("A\x01\u030a") for known in (line, prose)] == ["Å", "Å"]


def test_prose_keeps_its_lines() -> None:
    assert prose.validate_python("En\r\nto\rtre\x07 ") == "En\nto\ntre"


@given(st.text())
def test_whatever_comes_through_can_be_stored(text: str) -> None:
    try:
        kept = prose.validate_python(text)
    except ValidationError:
        return
    assert is_storable(kept)
    assert prose.validate_python(kept) == kept


@given(st.text())
def test_a_slug_is_always_a_readable_part_of_an_address(text: str) -> None:
    made = slug(text)
    assert made and len(made) <= 60
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Klima og ressourcer", "klima-og-ressourcer"),
        ("Ærø Kommune", "aeroe-kommune"),
        ("Aabenraa/Åbenrå", "aabenraa-aabenraa"),
        ("!!!", "uden-titel"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_folding_writes_danish_letters_out() -> None:
    assert fold("Ærøskøbing Å É") == "aeroeskoebing aa e"


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_a_shortened_text_is_never_too_long(text: str, longest: int) -> None:
    assert len(shorten(text, longest)) <= longest
