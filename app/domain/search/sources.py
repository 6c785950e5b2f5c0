"""Where the index takes its words from, and whom it asks who may see what."""

# Only our own rules are put together here, all that is typed is bound.
# ruff: noqa: S608

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Select, and_, false, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB, psycopg
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.domain.search.models import SearchDocument
from app.domain.search.schemas import Document, Hit


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of thing.

    visible: the room's own rule as SQL, `exists (… where x.id = search_document.object_id and …)`.
    load: {id: Hit} of those among the ids that the actor may see, in a fixed number of statements.
    documents: the words of the things with these ids, or of all (None); nothing for what must not be found.
    shown: what `load` reads, as SQL: (id, title, facts as JSON) of all that the actor may see. Kinds that
    have it are loaded together in one statement.
    """

    kind: str
    visible: Callable[[Actor], ColumnElement[bool]]
    load: Callable[[Session, Actor, Sequence[int]], Mapping[int, Hit]]
    documents: Callable[[Session, Sequence[int] | None], Iterable[Document]]
    shown: Callable[[Actor], Select[Any]] | None = None


SOURCES: dict[str, Source] = {}

# Rules are told again for each search and take longer to put into words than to ask: kept by who asks.
MOST_KEPT: Final = 256
_DIALECT: Final = psycopg.dialect()


def register(source: Source) -> None:
    SOURCES[source.kind] = source


def shown_by_sql(
    kind: str,
    visible: Callable[[Actor], ColumnElement[bool]],
    shown: Callable[[Actor], Select[Any]],
    documents: Callable[[Session, Sequence[int] | None], Iterable[Document]],
) -> Source:
    """A source whose hits are told by one SELECT; see `Source.shown`."""

    def load(session: Session, actor: Actor, ids: Sequence[int]) -> Mapping[int, Hit]:
        return {object_id: hit for (_, object_id), hit in load_hits(session, actor, {kind: ids}).items()}

    return Source(kind, visible, load, documents, shown)


def load_hits(
    session: Session, actor: Actor, wanted: Mapping[str, Sequence[int]]
) -> dict[tuple[str, int], Hit]:
    """{(kind, id): Hit} of those among {kind: ids} that the actor may see.

    One statement for all kinds that are told by SQL, and those of each other kind's `load`.
    """
    told: list[str] = []
    found: dict[tuple[str, int], Hit] = {}
    values: dict[str, Any] = {}
    for kind, ids in wanted.items():
        source = SOURCES[kind]
        if source.shown is None:
            found.update({(kind, number): hit for number, hit in source.load(session, actor, ids).items()})
            continue
        name = f"ids_{len(told)}"
        told.append(
            f"select cast(:kind_{name} as text) as kind, shown.* "
            f"from ({_shown_sql(source, actor, today())}) as shown (id, title, facts) "
            f"where id = any(cast(:{name} as bigint[]))"
        )
        values |= {name: list(ids), f"kind_{name}": kind}
    if told:
        statement = text(" union all ".join(told)).columns(facts=JSONB)
        for row in session.execute(statement, values):
            found[row.kind, row.id] = Hit(row.title, row.facts)
    return found


def rule_sql(actor: Actor, kinds: Iterable[str] = ()) -> str:
    """What `visible_to` says, as SQL for a `text`: a condition on rows of `search_document`."""
    return _rule_sql(tuple(SOURCES[kind] for kind in (tuple(kinds) or SOURCES) if kind in SOURCES), actor)


@lru_cache(MOST_KEPT)
def _rule_sql(sources: tuple[Source, ...], actor: Actor) -> str:
    rules = [and_(SearchDocument.kind == source.kind, source.visible(actor)) for source in sources]
    written = _as_text(select(literal_column("1")).select_from(SearchDocument).where(or_(false(), *rules)))
    return f"({written.partition('WHERE')[2]})"


@lru_cache(MOST_KEPT)
def _shown_sql(source: Source, actor: Actor, day: date) -> str:
    """`day`: the rooms may ask what day it is."""
    assert source.shown is not None
    return _as_text(source.shown(actor))


def _as_text(statement: Select[Any]) -> str:
    """The statement with its values in it, as `text` takes it."""
    written = str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
    return written.replace("%%", "%").replace(":", "\\:")


def visible_to(actor: Actor, kinds: Iterable[str] = ()) -> ColumnElement[bool]:
    """The documents that the actor may see: each kind under its own room's rule. No kinds means all.

    A kind without a source is seen by nobody.
    """
    written = rule_sql(actor, kinds).replace("\\:", ":")
    return literal_column(written, Boolean)
