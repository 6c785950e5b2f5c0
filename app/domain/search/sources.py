"""Where the index takes its words from, and whom it asks who may see what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_
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
    """

    kind: str
    visible: Callable[[Actor], ColumnElement[bool]]
    load: Callable[[Session, Actor, Sequence[int]], Mapping[int, Hit]]
    documents: Callable[[Session, Sequence[int] | None], Iterable[Document]]


SOURCES: dict[str, Source] = {}


def register(source: Source) -> None:
    SOURCES[source.kind] = source


def visible_to(actor: Actor, kinds: Iterable[str] = ()) -> ColumnElement[bool]:
    """The documents that the actor may see: each kind under its own room's rule. No kinds means all.

    A kind without a source is seen by nobody.
    """
    chosen = [SOURCES[kind] for kind in (tuple(kinds) or SOURCES) if kind in SOURCES]
    if not chosen:
        return false()
    return or_(*(and_(SearchDocument.kind == source.kind, source.visible(actor)) for source in chosen))
