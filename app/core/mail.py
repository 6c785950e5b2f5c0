"""Mail out: each message is a row first, sent by a job after the transaction that wrote it."""

import asyncio
import logging
import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

import aiosmtplib
from sqlalchemy import BigInteger, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.jobs import Tools, defer, job

log = logging.getLogger(__name__)


class Mail(Base):
    """One mail to one person."""

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    message_id: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    is_secret: Mapped[bool]


class Transport(Protocol):
    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server. `tls` is none, starttls or implicit."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    tls: str = "starttls"

    def send(self, message: EmailMessage) -> None:
        asyncio.run(
            aiosmtplib.send(
                message,
                sender=self.sender,
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.tls == "implicit",
                start_tls=self.tls == "starttls",
                timeout=20,
            )
        )


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """Mails as files in a folder: what a demo does, where no mail may leave the machine."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{now():%Y%m%d-%H%M%S-%f}.eml"
        (self.folder / name).write_bytes(message.as_bytes())


def queue_mail(
    session: Session,
    *,
    recipient: str,
    subject: str,
    text: str,
    html: str | None = None,
    is_secret: bool = False,
) -> None:
    """Have one mail sent to one person after this transaction; a secret one is erased when sent."""
    mail = Mail(
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        message_id=make_msgid(domain="dialogforum"),
        created_at=now(),
        is_secret=is_secret,
    )
    session.add(mail)
    session.flush()
    defer(session, "mail.send", mail_id=mail.id)


def _as_message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


@job("mail.send", attempts=8)
def send_mail(tools: Tools, mail_id: int) -> None:
    """Send one mail unless it is sent; the row stays locked meanwhile, so two workers never send it."""
    with tools.database.unit() as session:
        mail = session.scalars(
            select(Mail).where(Mail.id == mail_id).with_for_update(skip_locked=True)
        ).one_or_none()
        if mail is None or mail.sent_at is not None:
            return
        message = _as_message(mail)
        sender = getattr(tools.mail, "sender", None)
        message["From"] = sender or "Dialogforum <dialogforum@localhost>"
        try:
            tools.mail.send(message)
        except (aiosmtplib.SMTPRecipientsRefused, smtplib.SMTPRecipientsRefused):
            log.warning("mail %s: the receiving server does not know the address", mail.id)
        mail.sent_at = now()
        if mail.is_secret:
            mail.text, mail.html = "", None
