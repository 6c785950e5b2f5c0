"""Writing the index and its vocabulary."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.core.text_danish import STOP_WORDS
from app.domain.search.lexemes import lexeme
from app.domain.search.models import SearchDocument, SearchTerm
from app.domain.search.queries import search
from app.domain.search.schemas import Document, Query
from app.domain.search.service import (
    index_everything,
    index_objects,
    put_documents,
    refresh_vocabulary,
)
from tests.domain.search.conftest import TABLES, Write


def vocabulary(session: Session) -> dict[str, int]:
    return {row.word: row.ndoc for row in session.execute(select(SearchTerm.word, SearchTerm.ndoc))}


def vector(session: Session, number: int) -> str:
    return str(session.scalar(select(SearchDocument.vector).where(SearchDocument.object_id == number)))


def take_away(session: Session, number: int) -> None:
    notice = TABLES["notice"]
    session.execute(delete(notice).where(notice.c.id == number))
    index_objects(session, "notice", [number])


def test_a_document_is_stems_with_weights_and_whole_words(stand_ins: Session, write: Write) -> None:
    number = write("It-indkøb", body="Målene", names="Hans", background="KY/KSD")
    assert vector(stand_ins, number) == "'hans':5C 'indkøb':3A 'it':2A 'it-indkøb':1A 'ksd':7 'ky':6 'mål':4B"
    words = select(SearchDocument.words).where(SearchDocument.object_id == number)
    assert stand_ins.scalar(words) == ["it-indkøb", "it", "indkøb", "målene", "hans", "ky", "ksd"]


def test_new_words_are_in_the_vocabulary_at_once(stand_ins: Session, write: Write) -> None:
    write("Målbilleder på Ærø i 2026")
    rows = stand_ins.execute(
        select(SearchTerm.word, SearchTerm.folded, SearchTerm.stem, SearchTerm.folded_stem).order_by(
            SearchTerm.word
        )
    )
    assert [tuple(row) for row in rows] == [
        ("målbilleder", "maalbilleder", "målbilled", "maalbilled"),
        ("ærø", "aeroe", "ærø", "aeroe"),
    ]


def test_putting_again_replaces(stand_ins: Session) -> None:
    put_documents(stand_ins, [Document("notice", 1, "Klima")])
    put_documents(stand_ins, [Document("notice", 1, "Vand", year=2020, theme_ids=(3,))])
    rows = stand_ins.execute(select(SearchDocument.title, SearchDocument.year, SearchDocument.theme_ids))
    assert [tuple(row) for row in rows] == [("Vand", 2020, [3])]
    assert vector(stand_ins, 1) == "'vand':1A"


def test_the_same_thing_twice_in_one_go_is_written_once(stand_ins: Session) -> None:
    assert put_documents(stand_ins, [Document("notice", 1, "Klima"), Document("notice", 1, "Vand")]) == 1
    assert stand_ins.scalar(select(SearchDocument.title)) == "Vand"


def test_what_is_gone_from_its_room_is_not_found(stand_ins: Session, write: Write) -> None:
    number = write("Klima")
    take_away(stand_ins, number)
    assert stand_ins.scalar(select(func.count()).select_from(SearchDocument)) == 0
    assert search(stand_ins, STRANGER, Query("klima")).total == 0


def test_refreshing_counts_words_and_drops_those_that_are_gone(stand_ins: Session, write: Write) -> None:
    write("Klima")
    write("Klima og vand")
    gone = write("Luft")
    take_away(stand_ins, gone)
    stand_ins.execute(delete(SearchTerm).where(SearchTerm.word == "vand"))
    refresh_vocabulary(stand_ins)
    assert vocabulary(stand_ins) == {"klima": 2, "vand": 1}


def test_things_are_read_anew_from_their_room(stand_ins: Session, write: Write) -> None:
    changed, gone = write("Klima"), write("Vand")
    notice = TABLES["notice"]
    stand_ins.execute(update(notice).where(notice.c.id == changed).values(title="Luft"))
    stand_ins.execute(delete(notice).where(notice.c.id == gone))
    index_objects(stand_ins, "notice", [changed, gone])
    assert list(stand_ins.scalars(select(SearchDocument.title).order_by(SearchDocument.id))) == ["Luft"]


def test_an_unknown_kind_is_passed_over(stand_ins: Session, write: Write) -> None:
    write("Klima")
    index_objects(stand_ins, "nothing", [1])
    assert list(stand_ins.scalars(select(SearchDocument.title).order_by(SearchDocument.id))) == ["Klima"]


def test_everything_is_read_from_every_room(stand_ins: Session, write: Write) -> None:
    write("Gammelt")
    stand_ins.execute(delete(TABLES["notice"]))
    for kind in TABLES:
        stand_ins.execute(insert(TABLES[kind]).values(id=1, title=kind.title(), body="Klima", open_to="all"))
    assert index_everything(stand_ins) == 2
    assert sorted(stand_ins.scalars(select(SearchDocument.title))) == ["Memo", "Notice"]
    assert vocabulary(stand_ins) == {"klima": 2, "memo": 1, "notice": 1}


@pytest.mark.parametrize("rows", [1, 30])
def test_three_statements_for_any_number_of_documents(
    stand_ins: Session, count_statements: list[str], rows: int
) -> None:
    count_statements.clear()
    put_documents(stand_ins, [Document("notice", n, f"Klima{'abcdef'[n % 6]}", "Vand") for n in range(rows)])
    assert len(count_statements) == 3


def test_very_long_texts_are_found_by_their_beginning(stand_ins: Session) -> None:
    body = "begyndelsen " + " ".join(f"ord{n}x" for n in range(200_000))
    put_documents(stand_ins, [Document("notice", 1, "T" * 5_000, body, body, body)])
    held = select(SearchDocument.vector.bool_op("@@")(func.to_tsquery("danish", "begyndelsen")))
    assert stand_ins.scalar(held) is True


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_can_be_put_and_searched(stand_ins: Session, written: str) -> None:
    put_documents(stand_ins, [Document("notice", 1, written, written, written, written)])
    search(stand_ins, STRANGER, Query(written))


DANISH = "abcdefghijklmnopqrstuvwxyzæøå"
_ENDINGS = "erne ernes ende erede hed heden løst igst lig elig els ig gd dt gt kt s es ens ets er e ll tt"
ENDINGS = tuple(_ENDINGS.split())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            lambda start, ending: start + ending,
            st.text(DANISH + "-1é", min_size=1, max_size=9),
            st.sampled_from(("", *ENDINGS)),
        ),
        min_size=50,
        max_size=300,
    )
)
def test_our_stems_are_those_of_the_database(session: Session, words: list[str]) -> None:
    letters = [word for word in words if not any(letter.isdigit() for letter in word)]
    rows = session.execute(
        text("select w, (ts_lexize('danish_stem', w))[1] from unnest(cast(:words as text[])) w"),
        {"words": letters},
    )
    told = {word: stem for word, stem in rows if word not in STOP_WORDS}
    assert {word: lexeme(word) for word in told} == told


def test_our_stop_words_are_those_of_the_database(session: Session) -> None:
    known = text("select ts_lexize('danish_stem', w) = '{}' from unnest(cast(:words as text[])) w")
    assert set(session.scalars(known, {"words": sorted(STOP_WORDS)})) == {True}
