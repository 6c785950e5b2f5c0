"""Mail out: each message is a row first, sent by a job after the transaction that wrote it.

The row says what became of it: accepted by the mail server, refused for good, or come back later. A sender
that dies between the server's yes and its own commit sends once more, under the same Message-ID.
"""

import asyncio
import logging
import smtplib
import threading
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib
from sqlalchemy import BigInteger, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.events import Event, announce
from app.core.jobs import Tools, defer, job
from app.core.text import shorten

log = logging.getLogger(__name__)

# With waits of 2, 4, 8 … seconds between them: eighteen hours, which outlast a mail server's bad night.
MOST_TRIES = 16
# Seconds for each answer until the server is ready to take the mail, and from then on: who gives up before a
# server that looks through what it is given says yes sends the mail once more (RFC 5321, 4.5.3.2.6).
GREETED_WITHIN, TAKEN_WITHIN = 20.0, 600.0
LONGEST_TALK = 3600  # seconds
CALENDAR_FILE = "moede.ics"
# Somebody waits for a code before a screen; who is one of two thousand does not.
URGENT, BULK = 10, -10
# Held from before a mail is sent until it is noted: a process that is killed leaves at most one in doubt.
_one_at_a_time = threading.Lock()


class Mail(Base):
    """One mail to one person.

    `sent_at`: when the mail server took it. `refused_at`: when it was given up, for what stands in `problem`
    in the server's words. `bounced_at`: when the receiver's server sent it back after all. `tries` counts
    those that ended in a problem. `unsubscribe`: the address at which one press ends mails of the kind.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_message_id", "message_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    calendar: Mapped[bytes | None]
    calendar_method: Mapped[str] = mapped_column(default="PUBLISH", server_default="PUBLISH")
    unsubscribe: Mapped[str | None]
    message_id: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    is_secret: Mapped[bool]


@dataclass(frozen=True, slots=True)
class MailSent(Event):
    """The mail server has taken a mail."""

    mail_id: int


@dataclass(frozen=True, slots=True)
class MailRefused(Event):
    """A mail was given up: the mail server does not take it."""

    mail_id: int


@dataclass(frozen=True, slots=True)
class MailBounced(Event):
    """A mail that was sent has come back."""

    mail_id: int


class Transport(Protocol):
    def send(self, message: EmailMessage) -> None: ...


class _Policy(EmailPolicy):
    """Addresses in List-Unsubscribe stay as they are: folded as text they would become encoded words, which
    no mail program reads as an address."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "list-unsubscribe":
            return self.fold(name, value).encode()
        return super().fold_binary(name, value)


# 7bit: the bytes are the same whatever the servers on the way can do.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit", message_factory=policy.default.message_factory)


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
        asyncio.run(self._talk(message))

    async def _talk(self, message: EmailMessage) -> None:
        recipient = parseaddr(message["To"])[1]
        server = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.tls == "implicit",
            start_tls=self.tls == "starttls",
            timeout=GREETED_WITHIN,
        )
        async with server:
            await server.sendmail(
                parseaddr(self.sender)[1],
                [recipient],
                message.as_bytes(),
                mail_options=[] if recipient.isascii() else ["SMTPUTF8"],
                timeout=TAKEN_WITHIN,
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
    calendar: bytes | None = None,
    calendar_method: str = "PUBLISH",
    unsubscribe: str | None = None,
    is_secret: bool = False,
    is_bulk: bool = False,
) -> int:
    """Have one mail sent to one person after this transaction; its id. A secret one is erased when sent.

    Secret ones, which are codes, go before the others; those in bulk after them.
    """
    mail = Mail(
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        calendar=calendar,
        calendar_method=calendar_method,
        unsubscribe=unsubscribe,
        message_id=make_msgid(domain="dialogforum"),
        created_at=now(),
        is_secret=is_secret,
    )
    session.add(mail)
    session.flush()
    priority = URGENT if is_secret else BULK if is_bulk else 0
    defer(session, "mail.send", priority=priority, mail_id=mail.id)
    return mail.id


def _as_message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _with_ascii_domain(mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    if mail.calendar:
        # As bytes: a calendar's lines end in CRLF and are folded by octets.
        kind = {"method": mail.calendar_method, "charset": "utf-8"}
        message.add_attachment(
            mail.calendar, maintype="text", subtype="calendar", filename=CALENDAR_FILE, params=kind
        )
    return message


def _with_ascii_domain(address: str) -> str:
    """kontakt@rødovre.example as mail servers know it; the address itself where that cannot be."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


@job("mail.send", attempts=MOST_TRIES + 5)
def send_mail(tools: Tools, mail_id: int) -> None:
    """Send one mail unless it is sent or given up; the row stays locked meanwhile.

    A second worker with the same mail fails on the lock and comes back: were it to pass by, and the first one
    then die, nobody would send it.
    """
    with _one_at_a_time, tools.database.unit() as session:
        # The conversation may last longer than a transaction may else lie still: cut off there, a mail that
        # was taken would stand as not sent, and go again.
        session.execute(text(f"set local idle_in_transaction_session_timeout = {LONGEST_TALK * 1000}"))
        chosen = select(Mail).where(Mail.id == mail_id).with_for_update(nowait=True)
        mail = session.scalars(chosen).one_or_none()
        if mail is None or mail.sent_at is not None or mail.refused_at is not None:
            return
        sender = getattr(tools.mail, "sender", None) or "Dialogforum <dialogforum@localhost>"
        problem = _try_to_send(tools.mail, mail, sender)
        if problem is None:
            mail.sent_at = now()
            announce(session, MailSent(mail.id))
        else:
            _note_problem(session, mail, problem)
        if mail.is_secret and (mail.sent_at or mail.refused_at):
            mail.text, mail.html = "", None
    if problem is not None and mail.refused_at is None:
        raise problem


def _try_to_send(transport: Transport, mail: Mail, sender: str) -> Exception | None:
    try:
        transport.send(_as_message(mail, sender))
    except (aiosmtplib.SMTPException, smtplib.SMTPException, OSError, ValueError) as problem:
        return problem
    return None


def _note_problem(session: Session, mail: Mail, problem: Exception) -> None:
    mail.tries += 1
    mail.problem = describe_problem(problem)
    if is_final(problem) or mail.tries >= MOST_TRIES:
        mail.refused_at = now()
        log.warning("mail %s: given up after %s tries: %s", mail.id, mail.tries, type(problem).__name__)
        announce(session, MailRefused(mail.id))


def is_final(problem: Exception) -> bool:
    """Whether trying again would end the same way: the server's no to this receiver or this message.

    4xx says "later"; what is wrong with the server itself, its login or our sender's address is mended by us.
    """
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= 500 for one in problem.recipients)
    if isinstance(problem, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError):
        return problem.code >= 500
    # A certificate that does not hold is a ValueError to Python, and ours to mend.
    is_line = isinstance(problem, OSError)
    return not is_line and isinstance(problem, aiosmtplib.SMTPNotSupported | ValueError)


def describe_problem(problem: Exception) -> str:
    """The server's own words with its number, on one line: »550 5.1.1 no such user«."""
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        problem = problem.recipients[0]
    if isinstance(problem, aiosmtplib.SMTPResponseException):
        return shorten(f"{problem.code} {problem.message}".replace("\x00", ""), 300)
    return type(problem).__name__
