"""Danish words: tokens, stems, folding, compounds, slips."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text_danish import (
    LONGEST_WORD,
    clean,
    count_slips,
    find_words,
    fold_word,
    holds_word,
    is_slip,
    is_stop_word,
    kin,
    parts,
    sisters,
    split_compound,
    splits,
    stem,
    unfolded,
    words,
)

any_text = st.text(max_size=200)
danish_word = st.text(alphabet="abcdefghijklmnoprstuvyæøå", min_size=1, max_size=20)

VOCABULARY = """
    velfærd teknologi digitalisering strategi effekt måling mål billede bruger portal initiativ borger borg
    mester service it indkøb skole bestyrelse arkiv proces tid
"""
KNOWN = {fold_word(stem(word)) for word in VOCABULARY.split()}


def is_known(word: str) -> bool:
    return stem(fold_word(word)) in KNOWN or fold_word(stem(word)) in KNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KL's it-indkøb i 2021-2025", ["kl", "it-indkøb", "i", "2021-2025"]),
        ("og/eller KY_KSD", ["og", "eller", "ky", "ksd"]),
        ("vel\u00adfærd", ["velfærd"]),
        ("Målbilleder", ["målbilleder"]),
        (unicodedata.normalize("NFD", "Målbilleder på Ærø"), ["målbilleder", "på", "ærø"]),
        ("it- og teleindkøb", ["it", "og", "teleindkøb"]),
        ("’s !&|:() \\ '", ["s"]),
        ("\x00a\ud800b", ["a", "b"]),
        ("…–—", []),
        ("x" * (LONGEST_WORD + 1), []),
    ],
)
def test_words_are_cut_out(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_hyphenated_word_is_itself_and_its_parts() -> None:
    assert parts("it-indkøb") == ["it-indkøb", "it", "indkøb"]


def test_numbers_under_a_hyphen_only_part() -> None:
    assert [parts(word) for word in ("2021-2025", "covid-19")] == [["2021", "2025"], ["covid", "19"]]


@given(any_text)
def test_every_word_stands_where_it_says(text: str) -> None:
    text = clean(text)
    found = list(find_words(text))
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_gives_words_that_a_database_can_hold(text: str) -> None:
    for word in (part for whole in words(text) for part in parts(whole)):
        assert "\x00" not in word
        assert word.encode()
        assert len(word) <= LONGEST_WORD or unicodedata.normalize("NFKC", word) == word


@given(any_text)
def test_cutting_words_twice_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == [word for word in once if len(word) <= LONGEST_WORD]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("leverandørernes", "leverandør"),
        ("økonomien", "økonomi"),
        ("målbilleder", "målbilled"),
        ("målbillede", "målbilled"),
        ("kommunerne", "kommun"),
        ("effekter", "effek"),
        ("klasse", "klas"),
        ("hurtigst", "hurt"),
        ("arbejdsløst", "arbejdsløs"),
        ("it", "it"),
        ("", ""),
    ],
)
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


@given(danish_word)
def test_a_stem_is_the_start_of_its_word(word: str) -> None:
    assert word.startswith(stem(word))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Ærø", "aeroe"), ("målbillede", "maalbillede"), ("café", "cafe"), ("Ελλάς", "Ελλάς"), ("", "")],
)
def test_fold_word(word: str, expected: str) -> None:
    assert fold_word(word) == expected


@given(danish_word)
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold_word(fold_word(word)) == fold_word(word)


@given(danish_word)
def test_every_reading_of_a_folded_word_folds_back(word: str) -> None:
    ways = unfolded(fold_word(word))
    assert ways[0] == fold_word(word)
    assert {fold_word(way) for way in ways} == {fold_word(word)}
    assert len(ways) <= 8


def test_unfolded_reads_every_pair() -> None:
    assert unfolded("oekonomi") == ["oekonomi", "økonomi"]
    assert "målbillede" in unfolded("maalbillede")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("velfærdsteknologi", ["velfærd", "teknologi"]),
        ("digitaliseringsstrategi", ["digitalisering", "strategi"]),
        ("effektmåling", ["effekt", "måling"]),
        ("skolebestyrelse", ["skole", "bestyrelse"]),
        ("brugerportalsinitiativ", ["bruger", "portal", "initiativ"]),
        ("servicestrategi", ["service", "strategi"]),
        ("kvantecomputer", None),
        ("mål", None),
        ("", None),
    ],
)
def test_a_compound_is_taken_apart_into_known_words(word: str, expected: list[str] | None) -> None:
    assert split_compound(word, is_known) == expected


@given(danish_word)
def test_a_split_keeps_all_letters_but_a_link(word: str) -> None:
    for left, right in splits(word):
        middle = word[len(left) : len(word) - len(right)]
        assert word == left + middle + right
        assert middle in ("", "s", "e", "er", "n")


@pytest.mark.parametrize(
    ("compound", "part", "expected"),
    [
        ("effektmålingerne", "måling", True),
        ("målbilleder", "mål", True),
        ("målbilleder", "billede", True),
        ("billedarkiv", "billede", True),
        ("borgerservice", "borger", True),
        ("it-indkøb", "indkøb", True),
        ("velfærdsteknologi", "velfærd", True),
        ("formål", "mål", False),
        ("Aalborg", "borg", False),
        ("borgmester", "borger", False),
        ("målene", "mål", False),
        ("monopolbruddet", "brud", False),
        ("processbruddet", "brud", True),
    ],
)
def test_a_compound_is_made_with_its_parts_only(compound: str, part: str, expected: bool) -> None:
    assert holds_word(compound, part, is_known) is expected


@pytest.mark.parametrize(
    ("typed", "meant", "slips"),
    [
        ("velfaerdstekonlogi", "velfaerdsteknologi", 1),
        ("interoperabilitt", "interoperabilitet", 1),
        ("abc", "acb", 1),
        ("", "abc", 3),
        ("abc", "abc", 0),
    ],
)
def test_slips_are_counted(typed: str, meant: str, slips: int) -> None:
    assert count_slips(typed, meant) == slips


@given(danish_word, danish_word)
def test_slips_are_the_same_both_ways(one: str, other: str) -> None:
    assert count_slips(one, other) == count_slips(other, one)
    assert (count_slips(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("typed", "meant", "expected"),
    [
        ("data", "dato", False),
        ("vejen", "vejret", False),
        ("projket", "projekt", True),
        ("stratgei", "strategi", True),
        ("infomationsikkerhed", "informationssikkerhed", True),
    ],
)
def test_long_words_allow_more_slips(typed: str, meant: str, expected: bool) -> None:
    assert is_slip(typed, meant) is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("middel", ["midl"]),
        ("midler", ["midlr", "midel", "middel"]),
        ("numre", ["num"]),
        ("regel", ["regl"]),
        ("strategi", []),
        ("", []),
    ],
)
def test_forms_that_lose_an_e_are_sisters(word: str, expected: list[str]) -> None:
    assert sisters(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("evaluering", ["evalu"]),
        ("flytning", ["flytn", "flyt"]),
        ("sammenligninger", ["sammenlign", "sammen"]),
        ("strategi", []),
    ],
)
def test_a_word_in_ing_has_its_verb_for_kin(word: str, expected: list[str]) -> None:
    assert kin(word) == expected


def test_stop_words_are_known() -> None:
    assert is_stop_word("hvordan") is False
    assert is_stop_word("skal") is True
