"""What is like a draft, while it is written."""

import pytest
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.search.queries import similar
from app.domain.search.service import refresh_vocabulary
from tests.domain.search.conftest import Write


@pytest.fixture
def library(stand_ins: Session, write: Write) -> Session:
    for n in range(30):
        write(f"Kommunens hverdag {n}", body="Om kommunen og dens borgere.")
    refresh_vocabulary(stand_ins)
    return stand_ins


def test_the_likest_comes_first_with_the_words_that_it_shares(library: Session, write: Write) -> None:
    some = write("Sensorer i skraldespande")
    most = write("Sensorer i plejehjemmets senge", body="Roligere nætter for beboerne")
    found = similar(library, STRANGER, "Vi vil have sensorer i senge på alle kommunens plejehjem.")
    assert [like.object_id for like in found] == [most]
    assert set(found[0].reasons) == {"sensorer", "senge", "plejehjem"}
    assert found[0].hit.title == "Sensorer i plejehjemmets senge"
    assert some not in [like.object_id for like in found]


def test_words_that_stand_everywhere_tell_nothing(library: Session, write: Write) -> None:
    write("Sensorer")
    found = similar(library, STRANGER, "Kommunens borgere vil have robotstøvsugere, droner og sensorer")
    assert found == []


def test_only_the_kinds_that_were_asked_for(library: Session, write: Write) -> None:
    write("Sensorer i senge")
    memo = write("Sensorer i senge", kind="memo")
    found = similar(library, STRANGER, "sensorer i senge", kinds=("memo",))
    assert [(like.kind, like.object_id) for like in found] == [("memo", memo)]


def test_the_draft_itself_is_left_out(library: Session, write: Write) -> None:
    own = write("Sensorer i senge")
    other = write("Senge med sensorer")
    found = similar(library, STRANGER, "sensorer i senge", except_for=("notice", own))
    assert [like.object_id for like in found] == [other]


@pytest.mark.parametrize(
    "draft", ["", "det og at", "\x00", "\ud800", "x" * 20_000, "& | !", "1 2 3", "Å " * 9_000, "ukendt"]
)
def test_a_draft_that_tells_nothing_is_like_nothing(library: Session, draft: str) -> None:
    assert similar(library, STRANGER, draft) == []


def test_a_long_draft_is_no_error(library: Session, write: Write) -> None:
    write("Sensorer i senge")
    assert isinstance(similar(library, STRANGER, "sensorer i senge. " * 3_000), list)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_statements_do_not_grow(
    stand_ins: Session, write: Write, count_statements: list[str], rows: int
) -> None:
    for _ in range(rows):
        write("Sensorer i senge")
    count_statements.clear()
    assert len(similar(stand_ins, STRANGER, "sensorer i senge")) == min(rows, 5)
    assert len(count_statements) == 6


def test_a_word_is_called_shared_only_where_the_other_holds_it_and_its_parts_alone_tell_less(
    library: Session, write: Write
) -> None:
    apart = write("Sensorer i hjemmet", body="Sensorer og pleje")
    whole = write("Sensorer i hjemmeplejen")
    longer = write("Sensorer og hjemmeplejeplanen")
    refresh_vocabulary(library)
    found = similar(library, STRANGER, "Sensorer til hjemmepleje")
    told = {like.object_id: set(like.reasons) for like in found}
    assert told == {whole: {"sensorer", "hjemmepleje"}, longer: {"sensorer"}, apart: {"sensorer"}}
    shares = {like.object_id: like.share for like in found}
    assert shares[whole] == shares[longer] == 1 > shares[apart]
