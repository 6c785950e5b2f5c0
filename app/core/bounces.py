"""Mails that come back: what the receiver's mail server reports (RFC 3464), matched by our Message-ID."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.core.mail import Mail, MailBounced
from app.core.text import shorten

LARGEST = 5_000_000  # bytes
_OURS = re.compile(r"<[^<>\s@]+@dialogforum>")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that was not delivered. `problem`: the number and the words that the server gives."""

    message_id: str
    problem: str


def read_bounce(raw: bytes) -> Bounce | None:
    """What a report says of one of our mails; None for anything else, and for what is only late."""
    report = message_from_bytes(raw[:LARGEST], policy=policy.default)
    status = next((part for part in report.walk() if part.get_content_type() == _STATUS), None)
    message_id = _find_message_id(report)
    if status is None or message_id is None:
        return None
    for fields in _groups(status):
        if str(fields.get("Action", "")).strip().lower() == "failed":
            words = str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()
            number = str(fields.get("Status", "")).strip()
            problem = words if number in words else f"{number} {words}"
            return Bounce(message_id, shorten(problem.replace("\x00", ""), 300))
    return None


_STATUS = "message/delivery-status"


def _groups(status: Message) -> list[Message]:
    """The groups of fields: the first about the report, then one for each receiver."""
    payload = status.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _find_message_id(report: EmailMessage | Message) -> str | None:
    """The Message-ID of the mail that came back: of the copy that is enclosed, else where it is answered."""
    for part in report.walk():
        if part is not report and part.get("Message-ID") and _OURS.fullmatch(_tidy(part["Message-ID"])):
            return _tidy(part["Message-ID"])
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True) or b""
            enclosed = message_from_bytes(bytes(text), policy=policy.default)  # type: ignore[arg-type]
            if _OURS.fullmatch(_tidy(enclosed.get("Message-ID", ""))):
                return _tidy(enclosed["Message-ID"])
    answered = _OURS.search(f"{report.get('In-Reply-To', '')} {report.get('References', '')}")
    return answered.group() if answered else None


def _tidy(value: object) -> str:
    return "".join(str(value).split())


def note_bounce(session: Session, bounce: Bounce) -> bool:
    """Note on the mail that it came back; False where it is none of ours, or noted already."""
    mail = session.scalars(
        select(Mail).where(Mail.message_id == bounce.message_id, Mail.bounced_at.is_(None)).with_for_update()
    ).one_or_none()
    if mail is None:
        return False
    mail.bounced_at, mail.problem = now(), bounce.problem
    announce(session, MailBounced(mail.id))
    return True
