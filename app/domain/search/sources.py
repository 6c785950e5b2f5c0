"""Where the index takes its words from, and whom it asks who may see what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, literal, or_, select, union_all
from sqlalchemy.orm import Session

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
    told, found = [], {}
    for kind, ids in wanted.items():
        source = SOURCES[kind]
        if source.shown is None:
            found.update({(kind, number): hit for number, hit in source.load(session, actor, ids).items()})
            continue
        shown = source.shown(actor).subquery()
        key, title, facts = shown.c
        told.append(
            select(
                literal(kind).label("kind"), key.label("id"), title.label("title"), facts.label("facts")
            ).where(key.in_(ids))
        )
    if told:
        for row in session.execute(union_all(*told)):
            found[row.kind, row.id] = Hit(row.title, row.facts)
    return found


def visible_to(actor: Actor, kinds: Iterable[str] = ()) -> ColumnElement[bool]:
    """The documents that the actor may see: each kind under its own room's rule. No kinds means all.

    A kind without a source is seen by nobody.
    """
    chosen = [SOURCES[kind] for kind in (tuple(kinds) or SOURCES) if kind in SOURCES]
    if not chosen:
        return false()
    return or_(*(and_(SearchDocument.kind == source.kind, source.visible(actor)) for source in chosen))
