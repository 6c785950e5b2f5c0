"""The bench asks for every page that a stranger may open, or says why it does not."""

import re
from pathlib import Path

from starlette.routing import Match

from app.main import index_routes
from bench.pages import NOT_ASKED, PUBLIC, STAFF, Told, choose_pages, judge

MATRIX = Path(__file__).parent / "access" / "matrix.txt"
# »GET  /address  things  + …«: the stranger's is the first of the marks.
ROW = re.compile(r"GET\s+(\S+)\s.*?\s\s([+>x.h])(?: [+>x.h]){15}\s*$")


def without_kinds(pattern: str) -> str:
    return re.sub(r":\w+\}", "}", pattern)


def pattern_of(address: str) -> str:
    scope = {"type": "http", "method": "GET", "path": address.partition("?")[0], "headers": []}
    match, found = index_routes().matches(scope)
    assert match is Match.FULL, address
    return without_kinds(found["route"].path)


def list_open() -> set[str]:
    rows = (ROW.match(line) for line in MATRIX.read_text().splitlines())
    return {without_kinds(row[1]) for row in rows if row and row[2] == "+"}


def test_each_page_open_to_strangers_is_asked_or_left_out_with_a_reason() -> None:
    excused = {pattern for pattern in list_open() if any(re.search(one, pattern) for one in NOT_ASKED)}
    asked = {pattern_of(address) for address in PUBLIC}
    assert sorted(list_open() - asked - excused) == []
    # A reason for nothing is one too many.
    assert [one for one in NOT_ASKED if not any(re.search(one, pattern) for pattern in list_open())] == []


def test_each_address_leads_to_a_door() -> None:
    assert [pattern_of(address) for address in (*PUBLIC, *STAFF)] != []


def test_answers_that_failed_are_a_goal_missed_however_fast() -> None:
    told = Told("/om", "kept", 200, 900, 3000.0, 1.0, 2.0, 0.4, bare_rate=4000.0)
    judge(told)
    assert told.missed == []
    told.failed, told.grown_status = 7, 503
    judge(told)
    assert told.missed == ["answered 503 in the second folder", "7 answers failed"]


def test_a_word_that_no_page_goes_by_chooses_none() -> None:
    assert choose_pages("kept:/om,ukendt") == [("/om", "kept")]
    assert choose_pages("ukendt") == []
