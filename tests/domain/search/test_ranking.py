"""How well the right documents are found: the pairs of pairs.txt over the documents of documents.txt."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.search.queries import search
from app.domain.search.schemas import Document, Hit, Query
from app.domain.search.service import put_documents, refresh_vocabulary
from app.domain.search.sources import SOURCES, Source
from tests.domain.search.conftest import KINDS

FOLDER = Path(__file__).parent
RECALL = 0.95
RANK = 0.90


def read_lines(name: str) -> Iterator[list[str]]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


DOCUMENTS = [
    Document("notice", int(number), title, body) for number, title, body in read_lines("documents.txt")
]
PAIRS = [
    (typed, {int(number) for number in numbers.split(",")}) for typed, numbers in read_lines("pairs.txt")
]


@pytest.fixture
def library(stand_ins: Session) -> Session:
    """The documents of documents.txt, open to all."""
    kind = KINDS[0]
    SOURCES[kind] = Source(
        kind,
        lambda actor: text("true"),  # type: ignore[arg-type, return-value]
        lambda session, actor, ids: {number: Hit(str(number)) for number in ids},
        lambda session, ids: DOCUMENTS,
    )
    put_documents(stand_ins, DOCUMENTS)
    refresh_vocabulary(stand_ins)
    return stand_ins


def find(session: Session, typed: str) -> list[int]:
    results = search(session, STRANGER, Query(typed, (KINDS[0],)))
    return [found.object_id for group in results.groups for found in group.found][:10]


def test_the_set_is_large_enough() -> None:
    assert (len(DOCUMENTS) >= 400, len(PAIRS) >= 120) == (True, True)
    assert {number for _, wanted in PAIRS for number in wanted} <= {d.object_id for d in DOCUMENTS}


def test_the_right_documents_come_among_the_first_ten(library: Session) -> None:
    recall = rank = 0.0
    missed = []
    for typed, wanted in PAIRS:
        found = find(library, typed)
        recall += len(wanted & set(found)) / len(wanted)
        first = next((place for place, number in enumerate(found, 1) if number in wanted), None)
        rank += 1 / first if first else 0
        if first is None:
            missed.append(typed)
    figures = f"recall@10 {recall / len(PAIRS):.3f}, MRR {rank / len(PAIRS):.3f}, not found: {missed}"
    assert recall / len(PAIRS) >= RECALL, figures
    assert rank / len(PAIRS) >= RANK, figures
