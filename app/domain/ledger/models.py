"""Tables of equal treatment: who was met on what, what they got, when all got the same, and tenders.

What is noted is sealed by the database: an entry, its organisations, what was handed out, a correction and an
export are added and never changed or taken away; only whose account a number points to may follow when two
accounts become one (migration 0043).
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

HOWS: Final = ("meeting", "call", "mail", "other")
STATES: Final = ("coming", "open", "closed")
NOTICE_KINDS: Final = ("prior_information", "ted", "udbud_dk", "ski", "other")
HANDOUT_KINDS: Final = ("text", "file", "deck")
GAP_KINDS: Final = ("handout", "answer", "contribution")


class Tender(Base):
    """What somebody is going to buy, buys or has bought. `state`: coming, open or closed.

    `published_at`: open to all from then on; before that for staff alone. `organisation_id`: who buys.
    """

    __tablename__ = "tender"
    __table_args__ = (
        CheckConstraint("state in ('coming', 'open', 'closed')", name="state"),
        Index("ix_tender_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    expected_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="coming", server_default="coming")
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class TenderNotice(Base):
    """Where a tender is announced. `kind`: prior_information, ted, udbud_dk, ski or other; the address is on
    a site that belongs to the kind."""

    __tablename__ = "tender_notice"
    __table_args__ = (
        CheckConstraint("kind in ('prior_information', 'ted', 'udbud_dk', 'ski', 'other')", name="kind"),
        UniqueConstraint("tender_id", "url"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    kind: Mapped[str]
    url: Mapped[str]
    number: Mapped[str] = mapped_column(default="", server_default="")
    announced_on: Mapped[date | None]
    added_at: Mapped[datetime]


class TenderQuestion(Base):
    """A question about a tender, in words that do not tell who asked, and the answer for all.

    With a contribution it is the switch: whatever is answered to that (and to the lead that it hangs under)
    is read by all under `question` from the moment on which the asker can read it, and `answer` is empty.
    Without one it was asked in another way, and staff writes the answer here. `number` within the tender is
    given when it is shared, so that it tells nothing of those that are not.
    """

    __tablename__ = "tender_question"
    __table_args__ = (
        CheckConstraint("(contribution_id is null) = (answer <> '')", name="answer"),
        CheckConstraint("(shared_at is null) = (number is null)", name="number"),
        UniqueConstraint("tender_id", "number"),
        Index("ix_tender_question_entry_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    number: Mapped[int | None]
    # A contribution is about one tender at most.
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), unique=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    question: Mapped[str]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    linked_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class TenderQuestionEdition(Base):
    """How a shared question, or the answer that was written to it here, stood until it was corrected."""

    __tablename__ = "tender_question_edition"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("tender_question.id"))
    number: Mapped[int]
    question: Mapped[str]
    answer: Mapped[str]
    why: Mapped[str]
    replaced_at: Mapped[datetime]


class LedgerEntry(Base):
    """That organisations were met on a day, on what, and what was said. `how`: meeting, call, mail or other.

    Sealed. What stands wrong is put right by a `LedgerCorrection` and can be read as it was noted.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("how in ('meeting', 'call', 'mail', 'other')", name="how"),
        Index("ix_ledger_entry_happened_on", "happened_on"),
        Index("ix_ledger_entry_tender_id", "tender_id"),
        Index("ix_ledger_entry_meeting_id", "meeting_id"),
        Index("ix_ledger_entry_contribution_id", "contribution_id"),
        Index("ix_ledger_entry_noted_by_id", "noted_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    happened_on: Mapped[date]
    how: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default="")
    tender_id: Mapped[int | None] = mapped_column(ForeignKey("tender.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    is_example: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))


class LedgerOrganisation(Base):
    """Who was met. `correction_id`: the correction by which it came. One that a correction says was not there
    keeps its row, and reads what was noted on it."""

    __tablename__ = "ledger_organisation"
    __table_args__ = (
        Index("ix_ledger_organisation_organisation_id", "organisation_id"),
        Index("ix_ledger_organisation_correction_id", "correction_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_correction.id"))


class LedgerStaff(Base):
    """By whom of staff somebody was met; their numbers only, names are read where they are shown."""

    __tablename__ = "ledger_staff"
    __table_args__ = (Index("ix_ledger_staff_user_id", "user_id"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)


class LedgerHandout(Base):
    """What was handed out: words, a file in storage (`size` in bytes), or a deck. Sealed."""

    __tablename__ = "ledger_handout"
    __table_args__ = (
        CheckConstraint("kind in ('text', 'file', 'deck')", name="kind"),
        CheckConstraint("(kind = 'file') = (file_key is not null)", name="file"),
        CheckConstraint("(kind = 'deck') = (deck_id is not null)", name="deck"),
        CheckConstraint("kind <> 'text' or text <> ''", name="text"),
        UniqueConstraint("entry_id", "position"),
        Index("ix_ledger_handout_deck_id", "deck_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    position: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default="")
    deck_id: Mapped[int | None] = mapped_column(ForeignKey("deck.id"))
    file_key: Mapped[str | None]
    filename: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]


class LedgerGapClosing(Base):
    """Why something that some vendor had alone is no gap any more. `how`: published or justified.

    `thing`: handout, answer or contribution. Published without an address: what was handed out is read here
    by all. `published_on`: the day on which all got it. Taken back by `reopened_at`, and closed by a new row.
    """

    __tablename__ = "ledger_gap_closing"
    __table_args__ = (
        CheckConstraint("thing in ('handout', 'answer', 'contribution')", name="thing"),
        CheckConstraint("how in ('published', 'justified')", name="how"),
        CheckConstraint("(how = 'published') = (published_on is not null)", name="published_on"),
        CheckConstraint("how = 'published' or reason <> ''", name="reason"),
        Index(
            "uq_ledger_gap_closing_open",
            "thing",
            "thing_id",
            unique=True,
            postgresql_where=sql("reopened_at is null"),
        ),
        Index("ix_ledger_gap_closing_closed_at", "closed_at"),
        Index("ix_ledger_gap_closing_closed_by_id", "closed_by_id"),
        Index("ix_ledger_gap_closing_reopened_by_id", "reopened_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    thing: Mapped[str]
    thing_id: Mapped[int] = mapped_column(BigInteger)
    how: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    url: Mapped[str | None]
    published_on: Mapped[date | None]
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class LedgerRequest(Base):
    """An organisation says that what is noted on it is wrong; answered by `answer_by` at the latest.

    `decision`: corrected or declined, with words to the organisation in either case. `noticed_at`: when it
    was seen that the day had passed.
    """

    __tablename__ = "ledger_request"
    __table_args__ = (
        CheckConstraint("decision in ('corrected', 'declined')", name="decision"),
        CheckConstraint(
            "(decided_at is null) = (decision is null) and (decided_at is null) = (reply = '')",
            name="decided",
        ),
        Index(
            "uq_ledger_request_open",
            "entry_id",
            "organisation_id",
            unique=True,
            postgresql_where=sql("decided_at is null"),
        ),
        Index("ix_ledger_request_organisation_id", "organisation_id"),
        Index("ix_ledger_request_asked_by_id", "asked_by_id"),
        Index("ix_ledger_request_decided_by_id", "decided_by_id"),
        Index("ix_ledger_request_answer_by", "answer_by", postgresql_where=sql("decided_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[date]
    noticed_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    reply: Mapped[str] = mapped_column(default="", server_default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class LedgerCorrection(Base):
    """What of an entry is put right, and why; the entry itself stays as it was noted. Sealed.

    `words`: {happened_on, how, subject, text}, those that change. `added_ids`, `removed_ids`: organisations
    that were there, and that were not there after all. `request_id`: who asked for it, where somebody did.
    """

    __tablename__ = "ledger_correction"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        Index("ix_ledger_correction_request_id", "request_id"),
        Index("ix_ledger_correction_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    number: Mapped[int]
    words: Mapped[dict[str, str]] = mapped_column(JSONB)
    added_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")
    removed_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")
    reason: Mapped[str]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_request.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class LedgerExport(Base):
    """The ledger of a tender (or all of it) as it stood at a moment, for the file of the case. Sealed.

    `number`: one row of numbers without gaps. `content` is what the papers are made of; people stand in it by
    their numbers. `sha256` is that of the content as `exporting.write_down` writes it.
    """

    __tablename__ = "ledger_export"
    __table_args__ = (
        Index("ix_ledger_export_tender_id", "tender_id"),
        Index("ix_ledger_export_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    tender_id: Mapped[int | None] = mapped_column(ForeignKey("tender.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    gaps: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
