"""Words out of documents: cleaned, joined, cut, and their language."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.documents.wording import clean_line, clean_text, cut_text, guess_language, join_broken_words
from app.core.text import is_storable

any_text = st.text(st.characters(codec=None), max_size=300)


@given(any_text)
def test_clean_text_is_storable_whole_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_text(text)
    assert (is_storable(cleaned), unicodedata.is_normalized("NFC", cleaned), clean_text(cleaned)) == (
        True,
        True,
        cleaned,
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b\udfff", "ab"),
        ("A\u030abenra\u030a", "Åbenrå"),
        ("effekt\u00admåling", "effektmåling"),
        ("effekt\u00ad\nmåling", "effektmåling"),
        ("\ufb01nans og a\ufb02edning", "finans og afledning"),
        ("en\u00a0 to\t tre ", "en to tre"),
        ("en\r\nto\rtre\vfire\u2028fem", "en\nto\ntre\nfire\nfem"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("\u202egnp.exe\u200b", "gnp.exe"),
        ("\uf0b7 punkt", "punkt"),
        ("\U0001f600 ok", "\U0001f600 ok"),
    ],
)
def test_what_cannot_be_stored_or_seen_is_cleaned_away(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("broken", "joined"),
    [
        ("velfærds\x02teknologi", "velfærdsteknologi"),
        ("velfærds-\r\nteknologi", "velfærdsteknologi"),
        ("må\ufffeling", "måling"),
        ("digitali\x02serings\x02strategi", "digitaliseringsstrategi"),
        ("it\x02indkøb", "it-indkøb"),
        ("signatur\x02og effektprojekter", "signatur- og effektprojekter"),
        ("KL\x02notat", "KL-notat"),
        ("COVID-\n19", "COVID-\n19"),
        ("a\x02", "a-"),
        ("helt - almindeligt", "helt - almindeligt"),
    ],
)
def test_words_broken_at_line_ends_are_joined_where_that_is_certain(broken: str, joined: str) -> None:
    assert join_broken_words([broken]) == [joined]


def test_other_pages_decide_where_a_word_alone_does_not() -> None:
    assert join_broken_words(["ikke\x02statslig", "plan\x02del", "ikkestatslige mål", "en plan-del"]) == [
        "ikkestatslig",
        "plan-del",
        "ikkestatslige mål",
        "en plan-del",
    ]


def test_a_very_long_run_of_letters_takes_no_time() -> None:
    text = "a" * 40_000 + "-\n" + "b" * 40_000
    assert len(join_broken_words([text] * 20)) == 20


@given(any_text, st.integers(0, 50))
def test_cut_text_is_a_beginning_within_its_bytes(text: str, most: int) -> None:
    text = clean_text(text)
    cut = cut_text(text, most)
    assert (text.startswith(cut), len(cut.encode()) <= most) == (True, True)


def test_a_line_is_cut_between_words() -> None:
    assert clean_line("Fælles\nmål  for alle kommuner", 15) == "Fælles mål for…"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Vi skal måle på det, og vi er ikke færdige endnu", "en-US", "da"),
        ("Vi ska mäta och vi är inte färdiga med det som är kvar att göra", "", "sv"),
        ("What we shall do is to measure the effect of this", "da-DK", "en"),
        ("KL", "da-DK", "da"),
        ("KL", "de_DE", "de"),
        ("KL", "'; drop", None),
        ("", "", None),
    ],
)
def test_the_language_is_that_of_the_small_words(text: str, declared: str, language: str | None) -> None:
    assert guess_language([text], declared) == language
