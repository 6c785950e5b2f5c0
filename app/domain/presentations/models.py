"""Tables of decks: what speakers showed, page by page."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Deck(Base):
    """A presentation of a meeting. `access`: public, participants or staff.

    The pages shown are those of the current revision; without one there is no file, or it is not read yet.
    `shows_notes`: the speaker's notes may be read beside the pages. A deck that was withdrawn keeps its
    address, title and meeting as a tombstone and shows nothing else; `laid_revision_id` is what it showed, so
    that it can be put back. Once `is_emptied` its files and pages are gone. `withdrawn_by_speaker`: by
    somebody who is not staff, who then alone may put it back.
    """

    __tablename__ = "deck"
    __table_args__ = (
        UniqueConstraint("meeting_id", "key"),
        Index("ix_deck_item_id", "item_id"),
        Index("ix_deck_current_revision_id", "current_revision_id"),
        Index("ix_deck_withdrawn_by_id", "withdrawn_by_id"),
        Index("ix_deck_laid_revision_id", "laid_revision_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    # An item cannot go while a deck hangs on it: else what was only drafted would stand loose for all to see.
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    access: Mapped[str] = mapped_column(default="public")
    shows_notes: Mapped[bool] = mapped_column(default=False)
    current_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("deck_revision.id", use_alter=True, name="fk_deck_current_revision_id_deck_revision")
    )
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_why: Mapped[str] = mapped_column(default="")
    withdrawn_by_speaker: Mapped[bool] = mapped_column(default=False, server_default=false())
    laid_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("deck_revision.id", use_alter=True, name="fk_deck_laid_revision_id_deck_revision")
    )
    is_emptied: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)


class DeckRevision(Base):
    """One uploaded file. `state`: waiting, reading, ready, refused, withdrawn. `refusal` names the sentence.

    `picture_source`: pdf, libreoffice or simplified. `size` in bytes. The file lies in storage under
    `file_key`, its pictures beside it, and for slides the PDF made of them (`pdf_key`, `pdf_size`).
    `page_count` is known from the first page that is read. `own_title`, `declared_language` and `is_tagged`
    are what the file says of itself. `scan_state`: none (every page has words), waiting, done, no_reader.
    """

    __tablename__ = "deck_revision"
    __table_args__ = (UniqueConstraint("deck_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    deck_id: Mapped[int] = mapped_column(ForeignKey("deck.id"))
    number: Mapped[int]
    filename: Mapped[str]
    kind: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    file_key: Mapped[str]
    state: Mapped[str]
    refusal: Mapped[str | None]
    pages_read: Mapped[int] = mapped_column(default=0)
    page_count: Mapped[int | None]
    picture_source: Mapped[str | None]
    pdf_key: Mapped[str | None]
    pdf_size: Mapped[int | None] = mapped_column(BigInteger)
    own_title: Mapped[str] = mapped_column(default="")
    declared_language: Mapped[str] = mapped_column(default="")
    is_tagged: Mapped[bool | None]
    scan_state: Mapped[str] = mapped_column(default="none")
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]


class SlidePage(Base):
    """One page of a revision: its words, and its picture in two sizes (pixels).

    `has_text`: the file itself has words here. `is_machine_read`: the words in `text` were read off the
    picture. `smallest_type`: points, on a page whose longer side is 960. `picture_mark`: what it looks
    like, to compare with (app.core.documents.marks).
    """

    __tablename__ = "slide_page"
    __table_args__ = (UniqueConstraint("revision_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("deck_revision.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    has_text: Mapped[bool]
    is_machine_read: Mapped[bool] = mapped_column(default=False)
    is_titled: Mapped[bool] = mapped_column(default=True)
    pictures_without_alt: Mapped[int] = mapped_column(default=0)
    smallest_type: Mapped[float | None]
    picture_key: Mapped[str]
    thumbnail_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    picture_mark: Mapped[str] = mapped_column(default="", server_default="")


class DeckTheme(Base):
    """What a person said of a theme suggested for a page of a deck (its number), or for all of it (0)."""

    __tablename__ = "deck_theme"
    __table_args__ = (
        Index("ix_deck_theme_theme_id", "theme_id"),
        Index("ix_deck_theme_judged_by_id", "judged_by_id"),
    )

    deck_id: Mapped[int] = mapped_column(ForeignKey("deck.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, autoincrement=False)
    is_accepted: Mapped[bool]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    judged_at: Mapped[datetime]


class DeckBatch(Base):
    """Decks taken over together: a zip in storage, and a list of what is in it.

    `state`: checked, running, done. `rows`: one for each line of the list, as `TakenRow` writes them.
    """

    __tablename__ = "deck_batch"
    __table_args__ = (Index("ix_deck_batch_sent_by_id", "sent_by_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    filename: Mapped[str]
    file_key: Mapped[str]
    state: Mapped[str]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
