"""Keeping the index up with the rooms."""

from app.core.jobs import Tools, job
from app.domain.search import rooms as rooms  # registers the sources
from app.domain.search.service import index_everything, index_objects, refresh_vocabulary


@job("search.index")
def index(tools: Tools, kind: str, ids: list[int]) -> None:
    """Read things anew into the index, or take them out."""
    with tools.database.unit() as session:
        index_objects(session, kind, ids)


@job("search.forget_words")
def forget_words(tools: Tools, kind: str, object_id: int) -> None:
    """Read one thing anew and count the words at once: none of those taken out of it is offered any more."""
    with tools.database.unit() as session:
        index_objects(session, kind, [object_id])
        refresh_vocabulary(session)


@job("search.refresh_vocabulary", cron="17 3 * * *")
def refresh(tools: Tools) -> None:
    """Count the words each night."""
    with tools.database.unit() as session:
        refresh_vocabulary(session)


@job("search.index_everything")
def index_all(tools: Tools) -> None:
    """Make the whole index anew: after the seed, and when a room's words are told in another way."""
    with tools.database.unit() as session:
        index_everything(session)
