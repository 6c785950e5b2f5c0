"""Writing the index: documents in and out, and the vocabulary beside them."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.text_danish import clean, is_hyphenated, parts, words
from app.domain.search.lexemes import is_vocabulary, make_term
from app.domain.search.schemas import Document
from app.domain.search.sources import SOURCES

BATCH: Final = 200
# A tsvector holds at most 1 MB; longer texts are found by their beginning.
LONGEST_TITLE: Final = 1_000
LONGEST_TEXT: Final = 100_000

_PUT = text(
    """
    insert into search_document as old
        (kind, object_id, title, body, background, names, language, year,
         theme_ids, organisation_ids, person_ids, meeting_id, words, vector)
    select kind, object_id, title, body, background, names, language, year,
           theme_ids, organisation_ids, person_ids, meeting_id, words,
           setweight(to_tsvector('danish', title_words), 'A')
           || setweight(to_tsvector('danish', body_words), 'B')
           || setweight(to_tsvector('danish', names_words) || to_tsvector('simple', names_words), 'C')
           || setweight(to_tsvector('danish', background_words), 'D')
    from jsonb_to_recordset(cast(:documents as jsonb)) as new
        (kind text, object_id bigint, title text, body text, background text, names text, language text,
         year int, theme_ids bigint[], organisation_ids bigint[], person_ids bigint[],
         meeting_id bigint, words text[],
         title_words text, body_words text, names_words text, background_words text)
    order by kind, object_id
    on conflict (kind, object_id) do update set
        title = excluded.title, body = excluded.body, background = excluded.background,
        names = excluded.names, language = excluded.language, year = excluded.year,
        theme_ids = excluded.theme_ids, organisation_ids = excluded.organisation_ids,
        person_ids = excluded.person_ids, meeting_id = excluded.meeting_id,
        words = excluded.words, vector = excluded.vector
    where (old.title, old.body, old.background, old.names, old.language, old.year,
           old.theme_ids, old.organisation_ids, old.person_ids, old.meeting_id)
        is distinct from
          (excluded.title, excluded.body, excluded.background, excluded.names, excluded.language,
           excluded.year, excluded.theme_ids, excluded.organisation_ids, excluded.person_ids,
           excluded.meeting_id)
    """
)
_NEW_WORDS = text(
    """
    select word from unnest(cast(:words as text[])) word
    where not exists (select from search_term where search_term.word = word.word)
    """
)
_ADD_TERMS = text(
    """
    insert into search_term (word, folded, stem, folded_stem)
    select * from unnest(cast(:words as text[]), cast(:folded as text[]),
                         cast(:stems as text[]), cast(:folded_stems as text[]))
    on conflict do nothing
    """
)
_REMOVE = text("delete from search_document where kind = :kind and object_id = any(cast(:ids as bigint[]))")
_COUNT_TERMS = text(
    """
    with counted as (
        select word, count(*) as ndoc from search_document, unnest(words) word group by word
    ), gone as (
        delete from search_term where not exists (select from counted where counted.word = search_term.word)
    ), changed as (
        update search_term set ndoc = counted.ndoc from counted
        where counted.word = search_term.word and search_term.ndoc <> counted.ndoc
    )
    select word from counted where not exists (select from search_term where search_term.word = counted.word)
    """
)


def put_documents(session: Session, documents: Iterable[Document]) -> int:
    """Write documents into the index, new or changed, and their new words into the vocabulary; say how many.

    Three statements for each 200 documents. What cannot be stored (NUL, lone surrogates) is left out.
    """
    stream = iter(documents)
    written = 0
    while batch := list(islice(stream, BATCH)):
        rows = {(document.kind, document.object_id): _as_row(document) for document in batch}
        session.execute(_PUT, {"documents": json.dumps(list(rows.values()))})
        _add_words(session, {word for row in rows.values() for word in row["words"]})
        written += len(rows)
    return written


def index_objects(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Read these things anew from their room into the index; what the room no longer gives is taken out."""
    if kind not in SOURCES or not ids:
        return
    documents = list(SOURCES[kind].documents(session, ids))
    put_documents(session, documents)
    left = set(ids) - {document.object_id for document in documents}
    if left:
        session.execute(_REMOVE, {"kind": kind, "ids": sorted(left)})


def index_everything(session: Session) -> int:
    """Make the whole index anew from every room, with its vocabulary; say how many documents it holds."""
    session.execute(text("delete from search_document"))
    written = sum(put_documents(session, source.documents(session, None)) for source in SOURCES.values())
    refresh_vocabulary(session)
    return written


def refresh_vocabulary(session: Session) -> None:
    """Count the documents of every word, drop words that are gone, add those that are missing."""
    _add_terms(session, list(session.scalars(_COUNT_TERMS)))


def _add_words(session: Session, found: set[str]) -> None:
    wanted = [word for word in found if is_vocabulary(word)]
    _add_terms(session, list(session.scalars(_NEW_WORDS, {"words": wanted})))


def _add_terms(session: Session, found: Iterable[str]) -> None:
    # In one order everywhere, so that two writers of the same words wait for each other and never in a ring.
    terms = [make_term(word) for word in sorted(found) if is_vocabulary(word)]
    if terms:
        session.execute(
            _ADD_TERMS,
            {
                "words": [term.word for term in terms],
                "folded": [term.folded for term in terms],
                "stems": [term.stem for term in terms],
                "folded_stems": [term.folded_stem for term in terms],
            },
        )


def _as_row(document: Document) -> dict[str, Any]:
    texts = {"title": clean(document.title)[:LONGEST_TITLE]}
    for name in ("body", "names", "background"):
        texts[name] = clean(getattr(document, name))[:LONGEST_TEXT]
    cut = {name: words(written) for name, written in texts.items()}
    return {
        **texts,
        **{f"{name}_words": _parsable(found) for name, found in cut.items()},
        "words": list(
            dict.fromkeys(part for found in cut.values() for word in found for part in parts(word))
        ),
        "kind": document.kind,
        "object_id": document.object_id,
        "language": document.language,
        "year": document.year,
        "theme_ids": sorted(document.theme_ids),
        "organisation_ids": sorted(document.organisation_ids),
        "person_ids": sorted(document.person_ids),
        "meeting_id": document.meeting_id,
    }


def _parsable(found: Iterable[str]) -> str:
    """The words with spaces between, so that PostgreSQL's parser sees no address, path or signed number.

    Words under a hyphen stay together: the parser gives the whole and its parts, which stand side by side.
    """
    return " ".join(word if is_hyphenated(word) else word.replace("-", " ") for word in found)
