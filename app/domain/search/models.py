"""Tables of the search: the words of everything that can be found, and the vocabulary they make up."""

from typing import Any

from sqlalchemy import BigInteger, Computed, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


def _gin(column: str) -> Index:
    """A list of what stands where, kept sorted at each write: no search goes through what waits."""
    return Index(
        f"ix_search_document_{column}",
        column,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


class SearchDocument(Base):
    """The words of one thing, `kind` and `object_id` naming it. Who may see it is asked of its own room.

    Snippets are cut from `title`, `body` and `background` (long or lesser text: slides, another language);
    `names` are speakers and reference numbers. `vector` holds the Danish stems with weights (A title, B body,
    C names, D background), `words` every word whole and in lower case: the writing statement fills both.
    `title_vector` is made of the vector: what stands in the title, small enough to lie beside the ids.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("kind", "object_id"),
        _gin("vector"),
        _gin("title_vector"),
        _gin("words"),
        _gin("theme_ids"),
        _gin("organisation_ids"),
        _gin("person_ids"),
        Index("ix_search_document_kind_year", "kind", "year"),
        Index("ix_search_document_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    object_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    body: Mapped[str]
    background: Mapped[str]
    names: Mapped[str]
    language: Mapped[str]
    year: Mapped[int | None]
    theme_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    organisation_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    person_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    meeting_id: Mapped[int | None] = mapped_column(BigInteger)
    vector: Mapped[Any] = mapped_column(TSVECTOR)
    title_vector: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("""ts_filter(vector, '{a}'::"char"[])""", persisted=True)
    )
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchTerm(Base):
    """A word that stands in some document: as written, in ASCII (æ ø å as ae oe aa), and the stem of both.

    `ndoc` is the number of documents, hidden ones too, as of the last refresh: it never leaves the house.
    """

    __tablename__ = "search_term"
    __table_args__ = (
        Index("ix_search_term_folded", "folded"),
        Index("ix_search_term_folded_stem", "folded_stem"),
        Index(
            "ix_search_term_folded_trigrams",
            "folded",
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        ),
        Index("ix_search_term_folded_prefix", "folded", postgresql_ops={"folded": "text_pattern_ops"}),
    )

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    folded: Mapped[str]
    stem: Mapped[str]
    folded_stem: Mapped[str]
    ndoc: Mapped[int] = mapped_column(Integer, server_default=text("1"))
