"""What those who know of a meeting are told when it is cancelled, postponed, moved, or held all the same.

Nothing leaves by itself: a batch is laid in the outbox. One that is overtaken before anybody sent it is
thrown away, so that nobody is told what is no longer so. The one that takes its place brings along what
people knew before it (`was_on`, `was_at`, `was_in`): it says the difference to that.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import SYSTEM
from app.domain.invitations import queries as invitations
from app.domain.meetings.events import MeetingCancelled, MeetingMoved, MeetingPostponed, MeetingResumed
from app.domain.meetings.models import Meeting, MeetingRole
from app.domain.outbox.models import Batch
from app.domain.outbox.schemas import EDITED, Kind, Recipient
from app.domain.outbox.service import discard_batch, prepare, take_back
from app.domain.registrations import queries as registrations
from app.domain.speakers import queries as speakers
from app.domain.users.models import User

COMING = ("registered", "waiting", "offered", "requested")
OF_STATES: tuple[Kind, ...] = ("cancelled", "postponed", "moved")


def tell_of_cancelling(session: Session, event: MeetingCancelled) -> None:
    known = _find_known(session, event.meeting_id, _overtake(session, event.meeting_id))
    _hold_back(session, event.meeting_id)
    _prepare(session, event.meeting_id, "cancelled", known)


def tell_of_postponing(session: Session, event: MeetingPostponed) -> None:
    """Not again where it follows from a cancelling that nobody was told of, and everybody knows already."""
    overtaken = _overtake(session, event.meeting_id)
    _hold_back(session, event.meeting_id)
    told = _find_last_told(session, event.meeting_id)
    is_undone = any(batch.kind == "cancelled" for batch in overtaken)
    if not (is_undone and told is not None and told.kind == "postponed"):
        _prepare(session, event.meeting_id, "postponed", _find_known(session, event.meeting_id, overtaken))


def tell_of_moving(session: Session, event: MeetingMoved) -> None:
    """Of a new day, time or place; of several moves that nobody was told of, only of the last."""
    _hold_back(session, event.meeting_id, only_edited_invitations=True)
    overtaken = _overtake(session, event.meeting_id)
    was = _as_facts(event.held_on, event.starts_at, event.venue)
    _tell_what_is_so(session, event.meeting_id, _find_known(session, event.meeting_id, overtaken, was))


def tell_of_resuming(session: Session, event: MeetingResumed) -> None:
    """That it is held all the same, to those who were told otherwise; where nobody was, of a move that they
    were not told of either, or of nothing."""
    overtaken = _overtake(session, event.meeting_id)
    _tell_what_is_so(session, event.meeting_id, _find_known(session, event.meeting_id, overtaken))


def list_concerned(session: Session, meeting_id: int) -> list[Recipient]:
    """Everybody who counts on the meeting: who comes or hopes to, who is invited, speaks or has a role."""
    return [
        *registrations.recipients_of(session, meeting_id, COMING),
        *speakers.recipients_of(session, meeting_id),
        *list_role_holders(session, meeting_id),
        *invitations.recipients_of(session, meeting_id),
    ]


def list_role_holders(session: Session, meeting_id: int) -> list[Recipient]:
    """Those with a role at the meeting who can be written to."""
    rows = session.execute(
        select(User.email, User.name, User.language, User.id)
        .join(MeetingRole, MeetingRole.user_id == User.id)
        .where(MeetingRole.meeting_id == meeting_id, User.email.is_not(None), User.disabled_at.is_(None))
        .order_by(User.id)
        .distinct()
    )
    return [Recipient(row.email, row.name, row.language, row.id) for row in rows]


def _tell_what_is_so(session: Session, meeting_id: int, known: Mapping[str, Any]) -> None:
    """Prepare the difference between what was sent last, of the day that is `known`, and what is so."""
    now = _as_it_is(session, meeting_id)
    is_new_time = (known["was_on"], known["was_at"]) != (now["was_on"], now["was_at"])
    is_new_place = known["was_in"] != now["was_in"]
    is_told_off = _is_told_off(_find_last_told(session, meeting_id))
    if is_new_time or is_new_place or is_told_off:
        new = {"is_new_time": is_new_time, "is_new_place": is_new_place}
        is_resumed = is_told_off and not is_new_time
        _prepare(session, meeting_id, "moved", {**known, **new, "is_resumed": is_resumed})


def _find_last_told(session: Session, meeting_id: int) -> Batch | None:
    """What those who know of it were told last; None where nothing has left yet."""
    left = select(Batch).where(
        Batch.meeting_id == meeting_id, Batch.kind.in_(OF_STATES), Batch.status.in_(("sending", "sent"))
    )
    return session.scalars(left.order_by(Batch.id.desc()).limit(1)).one_or_none()


def _is_told_off(told: Batch | None) -> bool:
    return told is not None and told.kind != "moved"


def _find_known(
    session: Session, meeting_id: int, overtaken: Sequence[Batch], was: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """When and where those who know of the meeting take it to be: as the first news that was overtaken had
    it, or the news that it is off, which names no other day; else as it `was`, else as it is."""
    told = _find_last_told(session, meeting_id)
    for batch in [*overtaken, told] if told and _is_told_off(told) else overtaken:
        if "was_on" in batch.facts:
            return {name: batch.facts[name] for name in ("was_on", "was_at", "was_in")}
    return was or _as_it_is(session, meeting_id)


def _as_it_is(session: Session, meeting_id: int) -> dict[str, Any]:
    meeting = session.get_one(Meeting, meeting_id)
    return _as_facts(meeting.held_on, meeting.starts_at, meeting.venue)


def _prepare(session: Session, meeting_id: int, kind: Kind, facts: Mapping[str, Any]) -> None:
    reason = session.scalars(select(Meeting.status_reason).where(Meeting.id == meeting_id)).one()
    recipients = list_concerned(session, meeting_id)
    told = {**facts, "reason": reason}
    prepare(session, SYSTEM, kind=kind, meeting_id=meeting_id, recipients=recipients, facts=told)


def _overtake(session: Session, meeting_id: int) -> list[Batch]:
    """Throw away what still waits about an earlier state of the meeting, the oldest first."""
    waiting = session.scalars(
        select(Batch)
        .where(
            Batch.meeting_id == meeting_id,
            Batch.kind.in_(OF_STATES),
            Batch.status.in_(("waiting", "planned")),
        )
        .order_by(Batch.id)
        .with_for_update()
    ).all()
    for batch in waiting:
        discard_batch(session, SYSTEM, batch.id, batch.version)
    return list(waiting)


def _hold_back(session: Session, meeting_id: int, *, only_edited_invitations: bool = False) -> None:
    """Let what was planned wait again: nobody is invited by a clock to a meeting that is off, nor in words
    that somebody wrote of another day."""
    planned = session.scalars(
        select(Batch)
        .where(Batch.meeting_id == meeting_id, Batch.status == "planned")
        .order_by(Batch.id)
        .with_for_update()
    ).all()
    for batch in planned:
        if only_edited_invitations and not (batch.kind == "invitation" and EDITED in batch.facts):
            continue
        take_back(session, SYSTEM, batch.id, batch.version)


def _as_facts(held_on: date, starts_at: datetime | None, venue: str) -> dict[str, Any]:
    # In one zone, so that the same moment is the same text.
    moment = starts_at.astimezone(UTC).isoformat() if starts_at else None
    return {"was_on": held_on.isoformat(), "was_at": moment, "was_in": venue}
