"""Tables of the outbox: mails that wait to be read and sent by a person, and who wants no more of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Batch(Base):
    """Mails that are sent together: the same words to many, each with links of one's own.

    `kind` is one of schemas.Kind. `status`: waiting (to be read), planned (leaves by itself at `send_at`),
    sending, sent (every letter has been given to the mail queue), discarded. `facts`: what the first words
    were written from, as plain JSON; no words about people. Where somebody has edited the words, `edited` in
    it is what was known of the meeting then.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'planned', 'sending', 'sent', 'discarded')", name="status"),
        CheckConstraint("(status = 'planned') <= (send_at is not null)", name="send_at"),
        Index("ix_batch_meeting_id", "meeting_id"),
        Index("ix_batch_status", "status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    status: Mapped[str] = mapped_column(default="waiting")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class BatchText(Base):
    """What a batch says in one language, between the greeting and the box with date and place."""

    __tablename__ = "batch_text"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]


class Letter(Base):
    """One mail of a batch to one person.

    `status`: waiting (also while it stands in the mail queue, `mail_id`), sent, skipped (`why` is dropped,
    opted_out, not_coming or answered), failed (the mail server does not take it), bounced (it came back);
    `why` is then the number that the server gave, such as 5.1.1. `about` and `about_id`: what the links are
    for.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'sent', 'skipped', 'failed', 'bounced')", name="status"),
        UniqueConstraint("mail_id"),
        Index("uq_letter_batch_id_email", "batch_id", text("lower(email)"), unique=True),
        Index("ix_letter_about", "about", "about_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"))
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    about: Mapped[str | None]
    about_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(default="waiting")
    why: Mapped[str] = mapped_column(default="")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class MailOptout(Base):
    """An address to which no invitations, reminders and messages go; always in lower case."""

    __tablename__ = "mail_optout"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
