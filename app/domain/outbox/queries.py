"""Reading the outbox: what waits, what it says to whom, and what became of each letter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import OFF, SIGNING_UP
from app.domain.outbox.models import Batch, BatchText, Letter, MailOptout
from app.domain.outbox.policy import why_not_send
from app.domain.outbox.schemas import EDITED, OPTIONAL, Kind
from app.domain.users.models import User

PER_PAGE = 30
LETTERS_PER_PAGE = 100
MOST_BATCHES = 3000
WAITING = ("waiting", "planned")


@dataclass(frozen=True, slots=True)
class Counts:
    """Letters by what became of them. `queued` are those that wait in the mail queue."""

    waiting: int = 0
    queued: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    bounced: int = 0

    @property
    def total(self) -> int:
        return self.to_send + self.skipped

    @property
    def to_send(self) -> int:
        """All but those who are left out."""
        return self.waiting + self.queued + self.sent + self.failed + self.bounced

    @property
    def done(self) -> int:
        return self.sent + self.failed + self.bounced


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in a list."""

    id: int
    kind: str
    status: str
    meeting_id: int
    meeting_key: str
    meeting_title: str
    meeting_status: str
    held_on: date
    subject: str
    created_at: datetime
    created_by: str
    send_at: datetime | None
    sent_at: datetime | None
    sent_by: str
    version: int
    counts: Counts

    @property
    def is_waiting(self) -> bool:
        """Whether it is still in the house, to be read and edited."""
        return self.status in WAITING

    @property
    def is_on_the_way(self) -> bool:
        return self.status == "sending" or (self.status == "sent" and self.counts.queued > 0)

    @property
    def is_optional(self) -> bool:
        return self.kind in OPTIONAL

    @property
    def why_not_send(self) -> str | None:
        """The code of the sentence that says why it cannot leave; None where it can."""
        return why_not_send(self.kind, self.meeting_status, self.held_on, today())


@dataclass(frozen=True, slots=True)
class Laid:
    """Mails of some kinds about a meeting: the newest batch that waits to be read, whether one leaves by
    itself later, and whether one has been sent."""

    waiting_id: int | None
    is_planned: bool
    is_sent: bool

    @property
    def is_waiting(self) -> bool:
        """Whether one is still in the house."""
        return self.waiting_id is not None or self.is_planned


@dataclass(frozen=True, slots=True)
class TextView:
    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter. `why` as in the table."""

    id: int
    batch_id: int
    email: str
    name: str
    language: str
    user_id: int | None
    about: str | None
    about_id: int | None
    status: str
    why: str
    is_queued: bool
    done_at: datetime | None


def _select_batches() -> Select[Any]:
    writer, sender = aliased(User), aliased(User)
    # The Danish words, or those of the one language that there is.
    subject = (
        select(BatchText.subject)
        .where(BatchText.batch_id == Batch.id)
        .order_by(BatchText.language != "da", BatchText.language)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Batch.id,
            Batch.kind,
            Batch.status,
            Batch.meeting_id,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.status.label("meeting_status"),
            Meeting.held_on,
            func.coalesce(subject, "").label("subject"),
            Batch.created_at,
            func.coalesce(writer.name, "").label("created_by"),
            Batch.send_at,
            Batch.sent_at,
            func.coalesce(sender.name, "").label("sent_by"),
            Batch.version,
        )
        .join(Meeting, Meeting.id == Batch.meeting_id)
        .outerjoin(writer, writer.id == Batch.created_by_id)
        .outerjoin(sender, sender.id == Batch.sent_by_id)
    )


def _with_counts(session: Session, rows: Sequence[Row[Any]]) -> list[BatchLine]:
    counts = count_letters(session, [row.id for row in rows])
    return [BatchLine(**row._mapping, counts=counts.get(row.id, Counts())) for row in rows]


def count_letters(session: Session, batch_ids: Iterable[int]) -> dict[int, Counts]:
    """Letters by their state, for each of these batches; those without letters are left out."""
    state = case(
        ((Letter.status == "waiting") & Letter.mail_id.is_not(None), "queued"), else_=Letter.status
    ).label("state")
    found: dict[int, dict[str, int]] = {}
    for row in session.execute(
        select(Letter.batch_id, state, func.count().label("letters"))
        .where(Letter.batch_id.in_(list(batch_ids)))
        .group_by(Letter.batch_id, state)
    ):
        found.setdefault(row.batch_id, {})[row.state] = row.letters
    return {batch_id: Counts(**counted) for batch_id, counted in found.items()}


def list_waiting(session: Session) -> list[BatchLine]:
    """What waits to be read and sent, the oldest first, and what is planned."""
    rows = session.execute(
        _select_batches().where(Batch.status.in_(WAITING)).order_by(Batch.created_at, Batch.id).limit(100)
    )
    return _with_counts(session, rows.all())


def list_gone(session: Session, page: int = 1) -> list[BatchLine]:
    """What was sent or is being sent, the newest first."""
    is_gone = Batch.status.in_(("sending", "sent"))
    rows = session.execute(
        _select_batches()
        .where(is_gone)
        .order_by(Batch.sent_at.desc(), Batch.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return _with_counts(session, rows.all())


def count_gone(session: Session) -> int:
    gone = select(func.count()).select_from(Batch).where(Batch.status.in_(("sending", "sent")))
    return session.scalars(gone).one()


def count_waiting(session: Session, meeting_id: int | None = None) -> int:
    """How many batches wait to be read and sent, of all meetings or of one; planned ones do not wait."""
    return read(session, waiting_batches(meeting_id))


def waiting_batches(meeting_id: int | None = None) -> Asking[int]:
    """The same, to be asked beside others."""
    values = {} if meeting_id is None else {"of_meeting": meeting_id}
    (row,) = yield from asked(_waiting(meeting_id is not None), values)
    batches: int = row.batches
    return batches


@kept
def _waiting(of_one: bool) -> Select[Any]:
    waiting = select(func.count().label("batches")).select_from(Batch).where(Batch.status == "waiting")
    return waiting.where(Batch.meeting_id == bindparam("of_meeting")) if of_one else waiting


def list_of_meeting(session: Session, meeting_id: int) -> list[BatchLine]:
    """Every batch of a meeting that was not thrown away: what waits first, then the newest."""
    rows = session.execute(
        _select_batches()
        .where(Batch.meeting_id == meeting_id, Batch.status != "discarded")
        .order_by(Batch.status.not_in(WAITING), Batch.created_at.desc(), Batch.id.desc())
        .limit(100)
    )
    return _with_counts(session, rows.all())


def find_laid(session: Session, meeting_id: int, kinds: Iterable[Kind]) -> Laid:
    """What has become of the mails of these kinds for a meeting."""
    row = session.execute(
        select(
            func.max(Batch.id).filter(Batch.status == "waiting").label("waiting_id"),
            func.coalesce(func.bool_or(Batch.status == "planned"), False).label("is_planned"),
            func.coalesce(func.bool_or(Batch.status.in_(("sending", "sent"))), False).label("is_sent"),
        ).where(Batch.meeting_id == meeting_id, Batch.kind.in_(list(kinds)))
    ).one()
    return Laid(**row._mapping)


def find_batch(session: Session, batch_id: int) -> BatchLine | None:
    rows = session.execute(_select_batches().where(Batch.id == batch_id)).all()
    return _with_counts(session, rows)[0] if rows else None


def list_texts(session: Session, batch_id: int) -> list[TextView]:
    """What a batch says in each of its languages, Danish first."""
    rows = session.execute(
        select(BatchText.language, BatchText.subject, BatchText.body)
        .where(BatchText.batch_id == batch_id)
        .order_by(BatchText.language != "da", BatchText.language)
    )
    return [TextView(**row._mapping) for row in rows]


def know_meeting(session: Session, meeting_id: int) -> dict[str, Any]:
    """What is known of a meeting today that an invitation may say in somebody's own words, as plain JSON."""
    row = session.execute(
        select(
            Meeting.status,
            Meeting.held_on,
            Meeting.starts_at,
            Meeting.venue,
            Meeting.registration_closes_on,
        ).where(Meeting.id == meeting_id)
    ).one()
    closes_on = row.registration_closes_on
    return {
        "held_on": row.held_on.isoformat(),
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "venue": row.venue,
        "is_open": row.status in SIGNING_UP,
        "closes_on": closes_on.isoformat() if closes_on else None,
    }


def list_changes(session: Session, batch_id: int) -> list[str]:
    """What has changed at the meeting since somebody last saved their own words of an invitation to it, as
    codes: moved, place_changed, sign_up_opened, sign_up_closed, deadline_moved. Nothing while it is off."""
    kind, meeting_id, facts, meeting_status = session.execute(
        select(Batch.kind, Batch.meeting_id, Batch.facts, Meeting.status)
        .join(Meeting, Meeting.id == Batch.meeting_id)
        .where(Batch.id == batch_id)
    ).one()
    known = facts.get(EDITED)
    if kind != "invitation" or known is None or meeting_status in OFF:
        return []
    today = know_meeting(session, meeting_id)
    is_other = {name: today[name] != known.get(name) for name in today}
    changes = {
        "moved": is_other["held_on"] or is_other["starts_at"],
        "place_changed": is_other["venue"],
        "sign_up_opened": is_other["is_open"] and today["is_open"],
        "sign_up_closed": is_other["is_open"] and not today["is_open"],
        "deadline_moved": is_other["closes_on"] and not is_other["is_open"],
    }
    return [code for code, is_so in changes.items() if is_so]


def count_languages(session: Session, batch_id: int) -> dict[str, int]:
    """How many letters a batch has in each language, those left out not counted."""
    rows = session.execute(
        select(Letter.language, func.count().label("letters"))
        .where(Letter.batch_id == batch_id, Letter.status != "skipped")
        .group_by(Letter.language)
    )
    return {row.language: row.letters for row in rows}


# In the delivery log what needs a person comes first.
_URGENCY = case({"bounced": 0, "failed": 1, "skipped": 2, "waiting": 3}, value=Letter.status, else_=4)


def _select_letters() -> Select[Any]:
    return select(
        Letter.id,
        Letter.batch_id,
        Letter.email,
        Letter.name,
        Letter.language,
        Letter.user_id,
        Letter.about,
        Letter.about_id,
        Letter.status,
        Letter.why,
        Letter.mail_id.is_not(None).label("is_queued"),
        Letter.done_at,
    )


def list_letters(session: Session, batch_id: int, page: int = 1) -> list[LetterView]:
    """Every receiver of a batch: first those where something went wrong, then as they were put in."""
    rows = session.execute(
        _select_letters()
        .where(Letter.batch_id == batch_id)
        .order_by(_URGENCY, Letter.id)
        .limit(LETTERS_PER_PAGE)
        .offset((page - 1) * LETTERS_PER_PAGE)
    )
    return [LetterView(**row._mapping) for row in rows]


def find_letter(session: Session, letter_id: int) -> LetterView | None:
    row = session.execute(_select_letters().where(Letter.id == letter_id)).one_or_none()
    return LetterView(**row._mapping) if row else None


def find_opted_out(session: Session, emails: Iterable[str]) -> set[str]:
    """Those of the addresses, in lower case, to which no invitations, reminders and messages go."""
    asked = [email.strip().lower() for email in emails]
    return set(session.scalars(select(MailOptout.email).where(MailOptout.email.in_(asked))))
