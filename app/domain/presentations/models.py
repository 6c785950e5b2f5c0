"""Tables of decks: what speakers showed, page by page."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Deck(Base):
    """A presentation of a meeting. `access`: public, participants or staff.

    The pages shown are those of the current revision; without one there is no file, or it is not read yet.
    """

    __tablename__ = "deck"
    __table_args__ = (
        UniqueConstraint("meeting_id", "key"),
        Index("ix_deck_item_id", "item_id"),
        Index("ix_deck_current_revision_id", "current_revision_id"),
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
    current_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("deck_revision.id", use_alter=True, name="fk_deck_current_revision_id_deck_revision")
    )
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class DeckRevision(Base):
    """One uploaded file. `state`: waiting, reading, ready, refused. `refusal` names the sentence.

    `picture_source`: pdf, libreoffice or simplified. `size` in bytes. The file lies in storage under
    `file_key`, its pictures beside it. `page_count` is known from the first page that is read.
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
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]


class SlidePage(Base):
    """One page of a revision: its words, and its picture in two sizes (pixels)."""

    __tablename__ = "slide_page"
    __table_args__ = (UniqueConstraint("revision_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("deck_revision.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    has_text: Mapped[bool]
    picture_key: Mapped[str]
    thumbnail_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
