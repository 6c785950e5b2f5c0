"""Searching: what is found, in which order, with which counts and marks."""

import pytest
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.search.queries import search
from app.domain.search.schemas import PER_KIND, PER_PAGE, Query, Results
from tests.domain.search.conftest import Write


def ids(results: Results, kind: str = "notice") -> list[int]:
    return [found.object_id for group in results.groups if group.kind == kind for found in group.found]


def marks(segments: tuple[tuple[str, bool], ...]) -> list[str]:
    return [text for text, is_marked in segments if is_marked]


def find(session: Session, text: str, **choice: object) -> list[int]:
    return ids(search(session, STRANGER, Query(text, **choice)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("strategi", "Digitaliseringsstrategi for 2026"),
        ("strategien", "Digitaliseringsstrategier"),
        ("indkøb", "It-indkøb i fællesskab"),
        ("it indkøb", "It-indkøb i fællesskab"),
        ("it-indkøb", "It indkøb i fællesskab"),
        ("itindkøb", "Fælles it-indkøb"),
        ("maalbillede", "Målbilleder"),
        ("målbillede", "Maalbilleder"),
        ("Århus", "Aarhus er med"),
        ("målbileder", "Målbilleder"),
        ("velfærdstek", "Velfærdsteknologi på vej"),
        ("ky", "KY/KSD i drift"),
        ("KL", "KL's svar"),
        ("2021", "Perioden 2021-2025"),
        ("OE-0142", "Ønske OE-0142"),
        ("hjælpemiddel", "Hjælpemidler"),
    ],
)
def test_a_word_is_found_in_every_shape(stand_ins: Session, write: Write, typed: str, title: str) -> None:
    number = write(title)
    write("Noget helt andet")
    assert find(stand_ins, typed) == [number]


def test_a_word_inside_another_by_chance_is_not_found(stand_ins: Session, write: Write) -> None:
    write("Formålet")
    write("Aalborg")
    assert find(stand_ins, "mål") == []
    assert find(stand_ins, "borgere") == []


def test_the_title_stands_before_the_body_and_the_word_before_the_compound(
    stand_ins: Session, write: Write
) -> None:
    compound_in_body = write("A", body="Klimahandleplan")
    in_body = write("B", body="Om klima")
    compound_in_title = write("Klimahandleplan")
    in_title = write("Klima")
    write("Handleplan")
    assert find(stand_ins, "klima") == [in_title, compound_in_title, in_body, compound_in_body]


def test_words_of_the_background_stand_last(stand_ins: Session, write: Write) -> None:
    background = write("A", background="Noget om klima og andet")
    body = write("B", body="Noget om klima og andet")
    assert find(stand_ins, "klima") == [body, background]


def test_speakers_are_found_by_name(stand_ins: Session, write: Write) -> None:
    number = write("Oplæg", names="Hans Åkjær, Favrskov Kommune")
    assert [find(stand_ins, name) for name in ("Åkjær", "Hans", "aakjaer favrskov")] == [[number]] * 3


def test_groups_stand_by_their_best_hit_with_their_totals(stand_ins: Session, write: Write) -> None:
    for _ in range(PER_KIND + 2):
        write("Andet", body="Om klima")
    best = write("Klima", kind="memo")
    results = search(stand_ins, STRANGER, Query("klima"))
    assert [(group.kind, group.total, len(group.found)) for group in results.groups] == [
        ("memo", 1, 1),
        ("notice", PER_KIND + 2, PER_KIND),
    ]
    assert ids(results, "memo") == [best]
    assert (results.total, results.kinds) == (PER_KIND + 3, {"memo": 1, "notice": PER_KIND + 2})


def test_one_kind_is_paged(stand_ins: Session, write: Write) -> None:
    written = [write(f"Klima {n}") for n in range(PER_PAGE + 3)]
    pages = [find(stand_ins, "klima", kinds=("notice",), page=page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [PER_PAGE, 3, 0]
    assert sorted(number for page in pages for number in page) == written


def test_filters_narrow_and_every_count_says_what_another_choice_would_give(
    stand_ins: Session, write: Write
) -> None:
    first = write("Klima", year=2020, theme_ids=(1, 2), organisation_ids=(7,), meeting_id=9)
    write("Klima", year=2021, theme_ids=(2,))
    write("Klima", kind="memo", year=2020, theme_ids=(2,))
    results = search(stand_ins, STRANGER, Query("klima", kinds=("notice",), year=2020, theme_id=2))
    assert ids(results) == [first]
    assert (results.total, results.kinds, results.years, results.themes) == (
        1,
        {"notice": 1, "memo": 1},
        {2020: 1, 2021: 1},
        {1: 1, 2: 1},
    )
    assert find(stand_ins, "klima", organisation_id=7) == [first]
    assert find(stand_ins, "klima", meeting_id=9) == [first]


@pytest.mark.parametrize(
    "choice", [{"year": 10**30}, {"theme_id": -(10**30)}, {"page": 10**30}, {"page": -5}]
)
def test_numbers_out_of_range_are_no_error(stand_ins: Session, write: Write, choice: dict[str, int]) -> None:
    write("Klima")
    assert len(find(stand_ins, "klima", **choice)) <= 1


def test_unknown_kinds_find_nothing(stand_ins: Session, write: Write) -> None:
    write("Klima")
    results = search(stand_ins, STRANGER, Query("klima", kinds=("nothing", "'; drop table")))
    assert (results.total, results.groups) == (0, ())


def test_the_words_are_marked_in_title_and_text(stand_ins: Session, write: Write) -> None:
    body = (
        "Først noget andet. " * 30 + "Her måles effekten af teknologien i hjemmeplejen. " + "Til sidst. " * 40
    )
    write("Effekt af velfærdsteknologi", body=body)
    [found] = search(stand_ins, STRANGER, Query("effekt af teknologi")).groups[0].found
    assert found.title == (("Effekt", True), (" af ", False), ("velfærdsteknologi", True))
    assert marks(found.snippet) == ["effekten", "teknologien"]
    assert (found.snippet[0], found.snippet[-1]) == (("… ", False), (" …", False))
    assert len("".join(text for text, _ in found.snippet)) < 500


def test_text_that_looks_like_markup_stays_text(stand_ins: Session, write: Write) -> None:
    write("Klima <b>nu</b>", body="Se <script>alert(1)</script> klima \ue000falsk\ue001 og/eller")
    [found] = search(stand_ins, STRANGER, Query("klima falsk")).groups[0].found
    assert found.title == (("Klima", True), (" <b>nu</b>", False))
    assert marks(found.snippet) == ["klima", "falsk"]
    assert "".join(text for text, _ in found.snippet) == "Se <script>alert(1)</script> klima falsk og/eller"


def test_the_background_gives_the_snippet_when_only_it_holds_the_word(
    stand_ins: Session, write: Write
) -> None:
    write("Oplæg", body="Om noget andet", background="Side om klima")
    [found] = search(stand_ins, STRANGER, Query("klima")).groups[0].found
    assert found.snippet == (("Side om ", False), ("klima", True))


def test_a_slip_is_corrected_and_told(stand_ins: Session, write: Write) -> None:
    number = write("Interoperabilitet")
    results = search(stand_ins, STRANGER, Query("interoprabilitet"))
    assert (ids(results), results.corrections) == (
        [number],
        (("interoprabilitet", "interoperabilitet"),),
    )


def test_a_known_word_is_not_corrected(stand_ins: Session, write: Write) -> None:
    write("Projektet")
    number = write("Projektor")
    results = search(stand_ins, STRANGER, Query("projektor"))
    assert (ids(results)[0], results.corrections) == (number, ())


def test_numbers_are_not_corrected(stand_ins: Session, write: Write) -> None:
    write("Planen 2021")
    assert search(stand_ins, STRANGER, Query("2022")).total == 0


def test_too_few_hits_let_those_with_half_of_the_words_in(stand_ins: Session, write: Write) -> None:
    both = write("Sensorer i senge")
    one = write("Sensorer i skraldespande")
    write("Noget andet")
    results = search(stand_ins, STRANGER, Query("sensorer senge"))
    assert (ids(results), results.is_loose) == ([both, one], True)


def test_synonyms_come_last(stand_ins: Session, write: Write) -> None:
    synonym = write("Seniorer")
    same = write("Ældre")
    assert find(stand_ins, "ældre") == [same, synonym]


def test_a_synonym_may_be_a_phrase(stand_ins: Session, write: Write) -> None:
    phrase = write("Kunstig intelligens i journalen")
    short = write("AI i journalen")
    assert find(stand_ins, "ai") == [short, phrase]
    assert find(stand_ins, "kunstig intelligens") == [phrase, short]


@pytest.mark.parametrize("typed", ["", "   ", "...", "& | ! : ' \\ ( ) <->", "\x00", "\ud800", "😀"])
def test_a_text_without_words_says_so(stand_ins: Session, write: Write, typed: str) -> None:
    write("Klima")
    assert search(stand_ins, STRANGER, Query(typed)) == Results(is_empty_query=True)


@pytest.mark.parametrize(
    "typed",
    [
        "det og at",
        "klima & vand | !luft:* 'ild' \\ jord <-> (",
        "klima\x00vand",
        "klima\ud800vand",
        "':A'::tsquery); drop table search_document; --",
        "klima " * 2_000,
        "x" * 10_000,
        "æ" * 10_000,
        "kli%ma _ %%",
        "١٢٣ Ελλάδα 你好",
        "Å" * 59 + " " + "a\u030a" * 40,
        "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o",
        "%(x)s :y {z}",
        "´`'’ʼ'''",
    ],
)
def test_any_text_can_be_searched_for(stand_ins: Session, write: Write, typed: str) -> None:
    write("Klima og vand", body=typed, names=typed)
    results = search(stand_ins, STRANGER, Query(typed))
    assert results.total <= 1


@pytest.mark.parametrize("rows", [1, 30])
def test_the_statements_do_not_grow_with_the_hits(
    stand_ins: Session, write: Write, count_statements: list[str], rows: int
) -> None:
    for n in range(rows):
        write(f"Klima {n}")
        write(f"Klima {n}", kind="memo")
    count_statements.clear()
    search(stand_ins, STRANGER, Query("klima"))
    # the vocabulary, what themes mean, hits with marks, one load for each of two kinds
    assert len(count_statements) == 5
