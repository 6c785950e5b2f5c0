"""The verbs of the outbox: what waits there leaves when somebody presses send, once."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.i18n import DEFAULT, LANGUAGES
from app.core.jobs import defer
from app.core.mail import Mail
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.meetings.models import Meeting
from app.domain.outbox.events import BatchPrepared, LetterDue
from app.domain.outbox.models import Batch, BatchText, Letter, MailOptout
from app.domain.outbox.policy import may_send_batches, why_not_send
from app.domain.outbox.problems import code_of
from app.domain.outbox.queries import find_opted_out, know_meeting
from app.domain.outbox.schemas import EDITED, OPTIONAL, About, Kind, Recipient, TextInput

log = logging.getLogger(__name__)

CHUNK = 25  # letters a transaction


def prepare(
    session: Session,
    actor: Actor,
    *,
    kind: Kind,
    meeting_id: int,
    recipients: Iterable[Recipient],
    facts: Mapping[str, Any] | None = None,
) -> Batch | None:
    """Lay mails in the outbox, where they wait to be read and sent; None where there is nobody to write to.

    `facts` are plain JSON for templates/mails/batch_KIND.txt, which gives the first words. Whoever wants no
    mails of an optional kind gets a letter that is skipped from the beginning, so that it can be seen.
    """
    require(may_send_batches(actor))
    chosen = _each_once(recipients)
    if not chosen:
        return None
    batch = Batch(
        kind=kind,
        meeting_id=meeting_id,
        facts=dict(facts or {}),
        created_by_id=actor.user_id,
        created_at=now(),
    )
    session.add(batch)
    session.flush()
    opted_out = find_opted_out(session, [one.email for one in chosen]) if kind in OPTIONAL else set()
    session.execute(insert(Letter), [_as_row(batch, one, opted_out) for one in chosen])
    after = {"kind": kind, "meeting_id": meeting_id, "letters": len(chosen)}
    record(session, actor, "prepare", "batch", batch.id, after=after)
    announce(session, BatchPrepared(batch.id))
    return batch


def _each_once(recipients: Iterable[Recipient]) -> list[Recipient]:
    """The first of those with the same address or the same account."""
    chosen: list[Recipient] = []
    known: set[str | int] = set()
    for one in recipients:
        marks = {one.email.strip().lower()} | ({one.user_id} if one.user_id is not None else set())
        if one.email.strip() and not marks & known:
            chosen.append(one)
        known |= marks
    return chosen


def _as_row(batch: Batch, one: Recipient, opted_out: set[str]) -> dict[str, Any]:
    is_skipped = one.email.strip().lower() in opted_out
    return {
        "batch_id": batch.id,
        "email": one.email.strip(),
        "name": one.name,
        "language": one.language if one.language in LANGUAGES else DEFAULT,
        "user_id": one.user_id,
        "about": one.about,
        "about_id": one.about_id,
        "status": "skipped" if is_skipped else "waiting",
        "why": "opted_out" if is_skipped else "",
        "created_at": batch.created_at,
        "done_at": batch.created_at if is_skipped else None,
    }


def write_first_words(session: Session, batch_id: int, texts: Mapping[str, tuple[str, str]]) -> None:
    """Keep what a batch says to begin with: subject and body by language."""
    for language, (subject, body) in texts.items():
        session.add(BatchText(batch_id=batch_id, language=language, subject=subject, body=body))
    session.flush()


def renew_words(session: Session, batch: Batch, texts: Mapping[str, tuple[str, str]]) -> None:
    """Have a batch that waits, and whose words nobody has edited, say what is so today; whoever had read it
    as it was is refused as stale. Nothing happens where it says so already."""
    if EDITED in batch.facts:
        return
    rows = session.scalars(
        select(BatchText).where(BatchText.batch_id == batch.id).order_by(BatchText.language)
    )
    old = [row for row in rows if texts.get(row.language, (row.subject, row.body)) != (row.subject, row.body)]
    for row in old:
        row.subject, row.body = texts[row.language]
        record(session, SYSTEM, "edit", "batch", batch.id, after={"language": row.language})
    if old:
        batch.version += 1
    session.flush()


def edit_batch(session: Session, actor: Actor, batch_id: int, given: TextInput) -> Batch:
    """Change what it says in one language, where nobody else has since `version` (else refused: stale).

    Refused: batch_gone, when it has left the house or was thrown away. The words are not noted in the log.
    """
    batch = _take_waiting(session, actor, batch_id, given.version)
    text = session.get(BatchText, (batch.id, given.language))
    if text is None:
        raise NotFound
    # Saved as it was written for us, it goes on following the meeting.
    if EDITED in batch.facts or (text.subject, text.body) != (given.subject, given.body):
        batch.facts = batch.facts | {EDITED: know_meeting(session, batch.meeting_id)}
    text.subject, text.body = given.subject, given.body
    batch.version += 1
    record(session, actor, "edit", "batch", batch.id, after={"language": given.language})
    return batch


def drop_letter(session: Session, actor: Actor, letter_id: int) -> Letter:
    """Leave one person out. Refused: batch_gone."""
    batch, letter = _take_letter(session, actor, letter_id)
    if letter.status == "waiting":
        letter.status, letter.why, letter.done_at = "skipped", "dropped", now()
        batch.version += 1
        record(session, actor, "drop", "letter", letter.id, after={"batch_id": letter.batch_id})
    return letter


def take_letter_in(session: Session, actor: Actor, letter_id: int) -> Letter:
    """Write to somebody after all who was left out. Refused: batch_gone."""
    batch, letter = _take_letter(session, actor, letter_id)
    if letter.status == "skipped" and letter.why == "dropped":
        letter.status, letter.why, letter.done_at = "waiting", "", None
        batch.version += 1
        record(session, actor, "restore", "letter", letter.id, after={"batch_id": letter.batch_id})
    return letter


def readdress(session: Session, actor: Actor, about: About, about_id: int, email: str) -> None:
    """Send what is still to be written about this to another address; where there is none, or the batch goes
    there already, to nobody."""
    waiting = (Letter.about == about, Letter.about_id == about_id, Letter.status == "waiting")
    due = select(Letter.id, Letter.batch_id).where(*waiting, Letter.mail_id.is_(None))
    for letter_id, batch_id in session.execute(due.order_by(Letter.batch_id)).all():
        batch = _take_batch(session, actor, batch_id)
        letter = session.get_one(Letter, letter_id, populate_existing=True)
        if letter.status != "waiting" or letter.mail_id is not None or letter.email == email:
            continue
        twin = select(Letter.id).where(
            Letter.batch_id == batch_id, Letter.id != letter_id, func.lower(Letter.email) == email.lower()
        )
        if email and session.scalar(twin) is None:
            letter.email = email
        else:
            letter.status, letter.why, letter.done_at = "skipped", "dropped", now()
        if batch.status in ("waiting", "planned"):
            batch.version += 1
        # The address itself stays out of the log.
        record(session, actor, "edit", "letter", letter.id, after={"batch_id": batch_id})
        session.flush()


def discard_batch(session: Session, actor: Actor, batch_id: int, version: int) -> Batch:
    """Throw it away unsent; its letters' names and addresses go at once. Refused: stale, batch_gone."""
    batch = _take_waiting(session, actor, batch_id, version)
    batch.status, batch.send_at = "discarded", None
    batch.version += 1
    session.execute(delete(Letter).where(Letter.batch_id == batch.id))
    record(session, actor, "discard", "batch", batch.id)
    return batch


def send_batch(
    session: Session, actor: Actor, batch_id: int, version: int, at: datetime | None = None
) -> Batch:
    """Have its letters sent, now or at a moment to come; once, however often and by whomever it is asked for.

    Refused: stale, when the words or the receivers are not those that were read; batch_gone, when it is sent
    or thrown away; nobody_left; past_moment; invite_draft, invite_cancelled, invite_postponed, invite_past,
    when it invites to a meeting that is not to come.
    """
    batch = _take_waiting(session, actor, batch_id, version)
    status, held_on = session.execute(
        select(Meeting.status, Meeting.held_on).where(Meeting.id == batch.meeting_id)
    ).one()
    if why := why_not_send(batch.kind, status, held_on, today()):
        raise Refused(why)
    if at is not None and at <= now():
        raise Refused("past_moment")
    waiting = select(Letter.id).where(Letter.batch_id == batch.id, Letter.status == "waiting").limit(1)
    if session.scalar(waiting) is None:
        raise Refused("nobody_left")
    batch.status = "planned" if at else "sending"
    batch.send_at, batch.sent_by_id, batch.sent_at = at, actor.user_id, None if at else now()
    batch.version += 1
    after = {"send_at": at.isoformat()} if at else None
    record(session, actor, "plan" if at else "send", "batch", batch.id, after=after)
    _defer_posting(session, batch)
    return batch


def take_back(session: Session, actor: Actor, batch_id: int, version: int) -> Batch:
    """Let a planned batch wait again. Refused: stale, batch_gone."""
    batch = _take_waiting(session, actor, batch_id, version)
    if batch.status == "planned":
        batch.status, batch.send_at, batch.sent_by_id = "waiting", None, None
        batch.version += 1
        record(session, actor, "take_back", "batch", batch.id)
    return batch


def hold_back(session: Session, actor: Actor, meeting_id: int) -> None:
    """Let what was planned about a meeting wait again. What is just leaving has left when this is done."""
    due = session.scalars(
        select(Batch)
        .where(Batch.meeting_id == meeting_id, Batch.status.in_(("planned", "sending")))
        .order_by(Batch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for batch in due:
        if batch.status == "planned":
            take_back(session, actor, batch.id, batch.version)


def send_again(session: Session, actor: Actor, batch_id: int) -> int:
    """Try those once more whom the mail server did not take, and go on where sending stands still; how many.

    Refused: batch_waits, when it was never sent.
    """
    batch = _take_batch(session, actor, batch_id)
    if batch.status not in ("sending", "sent"):
        raise Refused("batch_waits")
    failed = update(Letter).where(Letter.batch_id == batch.id, Letter.status == "failed")
    count: int = session.execute(  # type: ignore[attr-defined]
        failed.values(status="waiting", why="", mail_id=None, done_at=None)
    ).rowcount
    batch.status = "sending"
    record(session, actor, "send_again", "batch", batch.id, after={"letters": count})
    _defer_posting(session, batch)
    return count


def _defer_posting(session: Session, batch: Batch) -> None:
    # The moment is part of the name: one that is planned anew must not be taken for the one before.
    moment = batch.send_at.isoformat() if batch.send_at else "now"
    name = f"batch {batch.id} {moment}"
    defer(session, "outbox.post", once=name, at=batch.send_at, batch_id=batch.id)


def _take_batch(session: Session, actor: Actor, batch_id: int) -> Batch:
    require(may_send_batches(actor))
    batch = session.get(Batch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound
    return batch


def _take_waiting(session: Session, actor: Actor, batch_id: int, version: int) -> Batch:
    batch = _take_batch(session, actor, batch_id)
    if batch.status not in ("waiting", "planned"):
        raise Refused("batch_gone")
    if batch.version != version:
        raise Refused("stale")
    return batch


def _take_letter(session: Session, actor: Actor, letter_id: int) -> tuple[Batch, Letter]:
    require(may_send_batches(actor))
    batch_id = session.scalar(select(Letter.batch_id).where(Letter.id == letter_id))
    if batch_id is None:
        raise NotFound
    batch = _take_batch(session, actor, batch_id)
    if batch.status not in ("waiting", "planned"):
        raise Refused("batch_gone")
    return batch, session.get_one(Letter, letter_id, populate_existing=True)


def post_some(session: Session, batch_id: int) -> int:
    """Have some letters of a batch written and queued, in this transaction; how many were dealt with.

    Nothing happens before its moment, or when it was taken back. None left: the batch is sent.
    """
    batch = session.get(Batch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or not _is_due(batch):
        return 0
    if batch.status == "planned":
        batch.status, batch.sent_at = "sending", now()
    due = (
        select(Letter)
        .where(Letter.batch_id == batch.id, Letter.status == "waiting", Letter.mail_id.is_(None))
        .order_by(Letter.id)
        .limit(CHUNK)
    )
    letters = session.scalars(due).all()
    emails = [letter.email for letter in letters]
    # Asked for again: somebody may have said no since the batch was prepared.
    opted_out = find_opted_out(session, emails) if batch.kind in OPTIONAL else set()
    for letter in letters:
        if letter.email.lower() in opted_out:
            letter.status, letter.why, letter.done_at = "skipped", "opted_out", now()
        else:
            _post(session, letter)
    if len(letters) < CHUNK:
        batch.status = "sent"
    return len(letters)


def _is_due(batch: Batch) -> bool:
    if batch.status == "planned":
        return batch.send_at is not None and batch.send_at <= now()
    return batch.status == "sending"


def _post(session: Session, letter: Letter) -> None:
    try:
        with session.begin_nested():
            announce(session, LetterDue(letter.id))
    except DBAPIError:
        raise
    except Exception:
        # What is wrong with one letter must not keep the others.
        log.exception("letter %s could not be written", letter.id)
    if letter.mail_id is None and letter.status == "waiting":
        letter.status, letter.why, letter.done_at = "failed", "unwritten", now()


def skip_letter(session: Session, letter_id: int, why: str) -> None:
    """Send no mail for a letter that is due: what it is about has changed since it was prepared."""
    letter = session.get_one(Letter, letter_id)
    letter.status, letter.why, letter.done_at = "skipped", why, now()
    session.flush()


def note_posted(session: Session, letter_id: int, mail_id: int) -> None:
    """Note which mail a letter has become: it becomes no second one."""
    session.get_one(Letter, letter_id).mail_id = mail_id
    session.flush()


def note_fate(session: Session, mail_id: int) -> None:
    """Note what became of the mail of a letter; nothing where the mail is none."""
    mail = session.get_one(Mail, mail_id)
    status = "bounced" if mail.bounced_at else "failed" if mail.refused_at else "sent"
    why = "" if status == "sent" else code_of(mail.problem)
    session.execute(
        update(Letter).where(Letter.mail_id == mail_id).values(status=status, why=why, done_at=now())
    )


def opt_out(session: Session, email: str) -> None:
    """Send no invitations, reminders and messages to an address any more."""
    made = upsert(MailOptout).values(email=email.strip().lower(), created_at=now())
    session.execute(made.on_conflict_do_nothing(index_elements=["email"]))


def opt_in(session: Session, email: str) -> None:
    """Send them again to an address that had said no."""
    session.execute(delete(MailOptout).where(MailOptout.email == email.strip().lower()))
