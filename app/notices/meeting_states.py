"""What those who know of a meeting are told when it is cancelled, postponed, moved, or held all the same.

Nothing leaves by itself: a batch is laid in the outbox. One that is overtaken before anybody sent it is
thrown away, so that nobody is told what is no longer so.
"""

from collections.abc import Mapping
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
    _overtake(session, event.meeting_id)
    _hold_back(session, event.meeting_id)
    _prepare(session, event.meeting_id, "cancelled", {})


def tell_of_postponing(session: Session, event: MeetingPostponed) -> None:
    _overtake(session, event.meeting_id)
    _hold_back(session, event.meeting_id)
    _prepare(session, event.meeting_id, "postponed", {})


def tell_of_moving(session: Session, event: MeetingMoved) -> None:
    """Of a new day, time or place; of several moves that nobody was told of, only of the last."""
    meeting = session.get_one(Meeting, event.meeting_id)
    _hold_back(session, meeting.id, only_edited_invitations=True)
    overtaken = _overtake(session, event.meeting_id)
    untold = [batch.facts for batch in overtaken if batch.kind == "moved" and "was_on" in batch.facts]
    was = (
        _as_facts(event) if not untold else {name: untold[0][name] for name in ("was_on", "was_at", "was_in")}
    )
    now = {
        "was_on": meeting.held_on.isoformat(),
        "was_at": meeting.starts_at.isoformat() if meeting.starts_at else None,
        "was_in": meeting.venue,
    }
    if was == now and not any(batch.kind == "postponed" for batch in overtaken):
        return
    facts = was | {
        "is_new_time": (was["was_on"], was["was_at"]) != (now["was_on"], now["was_at"]),
        "is_new_place": was["was_in"] != now["was_in"],
        # Only then is the day that stands in the row as the old one what the receivers know.
        "knows_old_day": not untold,
    }
    _prepare(session, meeting.id, "moved", facts)


def tell_of_resuming(session: Session, event: MeetingResumed) -> None:
    """That it is held all the same, to those who were told otherwise; where nobody was, to nobody."""
    if not _overtake(session, event.meeting_id):
        _prepare(session, event.meeting_id, "moved", {"is_resumed": True})


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


def _as_facts(event: MeetingMoved) -> dict[str, Any]:
    return {
        "was_on": event.held_on.isoformat(),
        "was_at": event.starts_at.isoformat() if event.starts_at else None,
        "was_in": event.venue,
    }
