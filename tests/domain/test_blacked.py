"""Words out of sight in a text: where they are found, how it is shown, what is erased for good."""

import pytest

from app.domain.contributions.blacked import MARK, black, erase, find_words, merge, without_marks


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Ring til Hans Jensen i dag", "Hans Jensen", [[9, 20]]),
        ("hans\n  JENSEN og Hans Jensen", "hans jensen", [[0, 13], [17, 28]]),
        ("Hans Jensens bil", "Hans Jensen", [[0, 11]]),
        ("12.5 koster 12x5", "12.5", [[0, 4]]),
        ("(a+b)*", "(a+b)*", [[0, 6]]),
        ("Ingen her", "Hans", []),
        ("Alt", "  ", []),
    ],
)
def test_words_are_found_whatever_their_case_and_spaces(
    text: str, words: str, expected: list[list[int]]
) -> None:
    assert find_words(text, words) == expected


def test_spans_that_touch_or_overlap_become_one() -> None:
    assert merge([[8, 10], [0, 3], [2, 5], [5, 6]]) == [[0, 6], [8, 10]]


def test_each_span_is_shown_as_one_mark() -> None:
    assert black("Ring til Hans nu", [[9, 13]]) == f"Ring til {MARK} nu"
    assert black("Hans og Grethe", [[0, 4], [8, 14]]) == f"{MARK} og {MARK}"
    assert black("Uændret", []) == "Uændret"


def test_what_is_erased_is_gone_and_the_other_spans_move() -> None:
    text, spans = erase("Hans og Grethe og Ida", [[8, 14], [18, 21]], [[0, 4]])
    assert text == f"{MARK} og Grethe og Ida"
    assert [text[start:end] for start, end in spans] == ["Grethe", "Ida"]


def test_a_span_that_shares_letters_with_what_is_erased_goes_with_it() -> None:
    assert erase("Hans Jensen bor her", [[0, 11]], [[5, 11]]) == (f"{MARK} bor her", [])


def test_nobody_sets_the_mark_themselves() -> None:
    assert without_marks(f"Se {MARK} her") == "Se ■■■ her"
