"""docs/asvs.md answers each requirement of levels 1 and 2 of OWASP ASVS 5.0.0, and names tests that exist."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Section: its numbers of level 1; those of level 2.
NUMBERS = """
1.1: ; 1-2
1.2: 1-5; 6-9
1.3: 1-2; 3-11
1.4: ; 1-3
1.5: 1; 2
2.1: 1; 2-3
2.2: 1-2; 3
2.3: 1; 2-4
2.4: ; 1
3.2: 1-2;
3.3: 1; 2-4
3.4: 1-2; 3-6
3.5: 1-3; 4-5
3.7: ; 1-2
4.1: 1; 2-3
4.2: ; 1
4.3: ; 1-2
4.4: 1; 2-4
5.1: ; 1
5.2: 1-2; 3
5.3: 1-2;
5.4: ; 1-3
6.1: 1; 2-3
6.2: 1-8; 9-12
6.3: 1-2; 3-4
6.4: 1-2; 3-4
6.5: ; 1-5
6.6: ; 1-3
6.8: ; 1-4
7.1: ; 1-3
7.2: 1-4;
7.3: ; 1-2
7.4: 1-2; 3-5
7.5: ; 1-2
7.6: ; 1-2
8.1: 1; 2
8.2: 1-2; 3
8.3: 1;
8.4: ; 1
9.1: 1-3;
9.2: 1; 2-4
10.1: ; 1-2
10.2: ; 1-2
10.3: ; 1-4
10.4: 1-5; 6-11
10.5: ; 1-5
10.6: ; 1-2
10.7: ; 1-3
11.1: ; 1-2
11.2: ; 1-3
11.3: 1-2; 3
11.4: 1; 2-4
11.5: ; 1
11.6: ; 1
12.1: 1; 2-3
12.2: 1-2;
12.3: ; 1-4
13.1: ; 1
13.2: ; 1-5
13.3: ; 1-2
13.4: 1; 2-5
14.1: ; 1-2
14.2: 1; 2-4
14.3: 1; 2-3
15.1: 1; 2-3
15.2: 1; 2-3
15.3: 1; 2-7
16.1: ; 1
16.2: ; 1-5
16.3: ; 1-4
16.4: ; 1-3
16.5: ; 1-3
17.1: ; 1
17.2: ; 1-4
17.3: ; 1-2
"""
ANSWERS = {"test", "by hand", "not applicable", "installation", "not met"}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def read_rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "asvs.md").read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(r"\| \d+\.\d+\.\d+ \|", line)
    ]


def required() -> list[tuple[str, str]]:
    found = []
    for line in NUMBERS.split("\n")[1:-1]:
        section, _, levels = line.partition(":")
        for level, numbers in enumerate(levels.split(";"), start=1):
            if numbers.strip():
                first, _, last = numbers.strip().partition("-")
                found += [(f"{section}.{n}", str(level)) for n in range(int(first), int(last or first) + 1)]
    return found


def test_each_requirement_of_levels_one_and_two_has_its_row() -> None:
    wanted = required()
    assert Counter(level for _, level in wanted) == {"1": 70, "2": 183}
    rows = [(row[0], row[1]) for row in read_rows()]
    assert len(rows) == 253
    assert sorted(rows) == sorted(wanted)


def test_the_figures_of_the_quality_page_are_those_of_the_rows() -> None:
    count = Counter(row[3] for row in read_rows())
    told = (
        f"253 questions | {count['test']} by a named test, {count['by hand']} by hand,"
        f" {count['not applicable']} not applicable, {count['installation']} left to who runs it,"
        f" {count['not met']} **not met** |"
    )
    assert told in (ROOT / "docs" / "quality.md").read_text()


def test_each_answer_is_one_of_five_and_says_by_what_or_why() -> None:
    assert [row for row in read_rows() if len(row) != 5 or row[3] not in ANSWERS or not row[4]] == []
    assert [row[0] for row in read_rows() if row[3] == "test" and not NAMED.search(row[4])] == []


def test_each_test_that_is_named_is_there() -> None:
    named = sorted(set(NAMED.findall((ROOT / "docs" / "asvs.md").read_text())))
    written = {path: (ROOT / path).read_text() if (ROOT / path).is_file() else "" for path, _ in named}
    missing = [
        (path, name) for path, name in named if not re.search(rf"^(async )?def {name}\(", written[path], re.M)
    ]
    assert (missing, len(named) > 100) == ([], True)


def test_the_sums_at_the_top_are_those_of_the_rows() -> None:
    counted = Counter(row[3] for row in read_rows())
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|", (ROOT / "docs" / "asvs.md").read_text(), re.M))
    assert {answer: int(count) for answer, count in told.items()} == counted
