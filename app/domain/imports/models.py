"""Tables of what is taken in: files with their rows, words for themes, pages of meetings, old addresses."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class DataImport(Base):
    """A file of tables that is taken in, with a zip of slides where one came along.

    `state`: checked (looked at, nothing is taken in), running, done. `publishes`: what is new is shown to all
    at once, else it waits as a draft. `file_key` and `slides_key`: in storage, until it is done.
    """

    __tablename__ = "data_import"
    __table_args__ = (
        CheckConstraint("state in ('checked', 'running', 'done')", name="state"),
        Index("ix_data_import_sent_by_id", "sent_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    filename: Mapped[str]
    slides_name: Mapped[str] = mapped_column(default="", server_default="")
    file_key: Mapped[str]
    slides_key: Mapped[str | None]
    publishes: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class DataImportRow(Base):
    """A row of a table: what stood in it, what would become of it or became of it, and why.

    `rank`: rows are taken in from the lowest. `cells`: by the name of the field, as they stood; emptied when
    the row has been taken in. `state`: new, changed, unchanged, theme (a word that no theme is known by),
    refused; then added, edited, and refused where it could not be done after all. `problems` and `remarks`:
    codes of sentences with their values; `changes`: field, before and after. `path`: where the thing stands.
    """

    __tablename__ = "data_import_row"
    __table_args__ = (
        CheckConstraint(
            "state in ('new', 'changed', 'unchanged', 'theme', 'refused', 'added', 'edited')", name="state"
        ),
        Index("ix_data_import_row_waiting", "import_id", "rank", "number"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("data_import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sheet: Mapped[str]
    line: Mapped[int]
    rank: Mapped[int]
    kind: Mapped[str]
    cells: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[str]
    title: Mapped[str] = mapped_column(default="", server_default="")
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    changes: Mapped[list[list[str]]] = mapped_column(JSONB)
    path: Mapped[str] = mapped_column(default="", server_default="")


class ImportThemeWord(Base):
    """What somebody said that a word in a file means; with no theme, that it means none of ours."""

    __tablename__ = "import_theme_word"
    __table_args__ = (
        Index("ix_import_theme_word_theme_id", "theme_id"),
        Index("ix_import_theme_word_set_by_id", "set_by_id"),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    set_at: Mapped[datetime]


class MeetingPage(Base):
    """A web page of a meeting that was read into a draft, for a person to check.

    `wording`: its text as it stood. `found`: what was read out of it, and what is odd about it.
    `state`: open, saved (then `meeting_id` is the meeting that came of it).
    """

    __tablename__ = "meeting_page"
    __table_args__ = (
        CheckConstraint("state in ('open', 'saved')", name="state"),
        Index("ix_meeting_page_meeting_id", "meeting_id"),
        Index("ix_meeting_page_sent_by_id", "sent_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    source_url: Mapped[str] = mapped_column(default="", server_default="")
    wording: Mapped[str] = mapped_column(Text)
    found: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]


class OldAddress(Base):
    """An address of before, as its path in lower case, and where on this site one is sent instead."""

    __tablename__ = "old_address"
    __table_args__ = (
        CheckConstraint("path like '/%'", name="path"),
        CheckConstraint("target like '/%' and target not like '//%'", name="target"),
        Index("ix_old_address_added_by_id", "added_by_id"),
    )

    path: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[datetime]
