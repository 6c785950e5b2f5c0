"""Two stand-in kinds of things, notices and memos, each with a rule of its own about who may see it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Table,
    Text,
    delete,
    event,
    insert,
    select,
    true,
)
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.text_danish import clean
from app.domain.search.models import SearchDocument
from app.domain.search.schemas import Document, Hit
from app.domain.search.service import put_documents
from app.domain.search.sources import SOURCES, Source, register

KINDS = ("notice", "memo")
_METADATA = MetaData()
TABLES = {
    kind: Table(
        f"stand_in_{kind}",
        _METADATA,
        Column("id", BigInteger, primary_key=True),
        Column("title", Text),
        Column("body", Text),
        Column("open_to", Text),
        prefixes=["TEMPORARY"],  # the application's role may make no others
    )
    for kind in KINDS
}

# Write(text, kind=…, id=…, open_to="all" or "staff", body=…, …) puts a thing and its words.
Write = Callable[..., int]


def make_source(kind: str) -> Source:
    table = TABLES[kind]

    def is_open(actor: Actor) -> ColumnElement[bool]:
        return true() if actor.is_staff else table.c.open_to == "all"

    def visible(actor: Actor) -> ColumnElement[bool]:
        return select(table.c.id).where(table.c.id == SearchDocument.object_id, is_open(actor)).exists()

    def load(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Hit]:
        rows = session.execute(select(table.c.id, table.c.title).where(table.c.id.in_(ids), is_open(actor)))
        return {row.id: Hit(row.title, {"id": row.id}) for row in rows}

    def documents(session: Session, ids: Sequence[int] | None) -> Iterable[Document]:
        rows = session.execute(select(table) if ids is None else select(table).where(table.c.id.in_(ids)))
        return [Document(kind, row.id, row.title, row.body) for row in rows]

    return Source(kind, visible, load, documents)


@pytest.fixture
def stand_ins(session: Session) -> Iterator[Session]:
    """A session where search knows notices and memos only."""
    before = dict(SOURCES)
    SOURCES.clear()
    _METADATA.create_all(session.connection())
    for kind in KINDS:
        register(make_source(kind))
    yield session
    SOURCES.clear()
    SOURCES.update(before)


@pytest.fixture
def write(stand_ins: Session) -> Write:
    """Puts one thing and its words into the index; gives its number."""
    numbers = iter(range(1, 10_000))

    def put(
        title: str, *, kind: str = "notice", body: str = "", open_to: str = "all", **words: object
    ) -> int:
        number = next(numbers)
        row = {"id": number, "title": clean(title), "body": clean(body), "open_to": open_to}
        stand_ins.execute(insert(TABLES[kind]).values(**row))
        put_documents(stand_ins, [Document(kind, number, title, body, **words)])  # type: ignore[arg-type]
        return number

    return put


@pytest.fixture
def forget(stand_ins: Session) -> Callable[[str, int], None]:
    """Deletes a thing without telling the index."""

    def delete_row(kind: str, number: int) -> None:
        stand_ins.execute(delete(TABLES[kind]).where(TABLES[kind].c.id == number))

    return delete_row


@pytest.fixture
def count_statements(session: Session) -> Iterator[list[str]]:
    """Every statement sent from now on."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
