"""What those who were there are told of the minutes: that they lie open for comments, and that they stand.

Nothing leaves by itself: a batch is laid in the outbox. One that is overtaken before anybody sent it is
thrown away.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import SYSTEM
from app.domain.attendance import queries as attendance
from app.domain.evaluations.by_link import address_for
from app.domain.evaluations.queries import find_result
from app.domain.meetings.models import Meeting
from app.domain.minutes.events import MinutesApproved, MinutesShown, MinutesTakenBack
from app.domain.minutes.models import Minutes, MinutesEdition
from app.domain.outbox.models import Batch
from app.domain.outbox.queries import WAITING
from app.domain.outbox.schemas import About, Kind, Recipient
from app.domain.outbox.service import discard_batch, prepare
from app.domain.registrations import queries as registrations
from app.domain.speakers import queries as speakers
from app.notices.meeting_states import list_role_holders
from app.notices.post import Post

KINDS: Final[frozenset[Kind]] = frozenset({"minutes", "minutes_approved"})


def tell_of_review(session: Session, event: MinutesShown) -> None:
    """To everybody who can comment: until when, and where."""
    _overtake(session, event.meeting_id, "minutes")
    minutes = session.get_one(Minutes, event.meeting_id)
    if minutes.comment_until is None:
        return
    prepare(
        session,
        SYSTEM,
        kind="minutes",
        meeting_id=event.meeting_id,
        recipients=list_who_was_there(session, event.meeting_id),
        facts={
            "comment_until": minutes.comment_until.isoformat(),
            "is_again": _was_told(session, event.meeting_id),
            "reason": minutes.reopened_reason,
        },
    )


def forget_review(session: Session, event: MinutesTakenBack) -> None:
    """Nobody is asked to comment on what does not lie open any more."""
    _overtake(session, event.meeting_id, "minutes")


def tell_of_approval(session: Session, event: MinutesApproved) -> None:
    """To the same people and those on the programme: the minutes stand, or were corrected, and why."""
    _overtake(session, event.meeting_id, "minutes")
    if not event.is_new:
        return
    _overtake(session, event.meeting_id, "minutes_approved")
    edition = session.scalars(
        select(MinutesEdition)
        .where(MinutesEdition.meeting_id == event.meeting_id)
        .order_by(MinutesEdition.number.desc())
        .limit(1)
    ).one()
    # Without their own link: there is nothing left for them to do.
    speaking = [
        Recipient(one.email, one.name, one.language, one.user_id)
        for one in speakers.recipients_of(session, event.meeting_id)
    ]
    prepare(
        session,
        SYSTEM,
        kind="minutes_approved",
        meeting_id=event.meeting_id,
        recipients=[*list_who_was_there(session, event.meeting_id), *speaking],
        facts={"edition": edition.number, "is_corrected": event.is_corrected, "reason": edition.reason},
    )


def list_who_was_there(session: Session, meeting_id: int) -> list[Recipient]:
    """Everybody with a seat at the meeting, in its room or with a role there, who can be written to."""
    return [
        *registrations.recipients_of(session, meeting_id, ["registered"]),
        *attendance.recipients_of(session, meeting_id),
        *list_role_holders(session, meeting_id),
    ]


def own_evaluation(
    post: Post, meeting_id: int, meeting_key: str, about: About | None, about_id: int | None
) -> Mapping[str, object]:
    """The way to the evaluation: one's own, without signing in, where the letter is about a place at the
    meeting. Nothing where it cannot be answered now."""
    evaluation = find_result(post.session, SYSTEM, meeting_id)
    if evaluation is None or not evaluation.is_open:
        return {}
    path = evaluation.path
    if about in ("registration", "attendee") and about_id is not None:
        path = address_for(post.session, meeting_key, about, about_id)
    return {"evaluation_path": path, "is_own": path != evaluation.path, "closes_on": evaluation.closes_on}


def is_overtaken(session: Session, batch: Batch) -> bool:
    """Whether what a batch says of comments is not so any more when a letter of it is to leave: the minutes
    lie open no longer, or until another day."""
    if batch.kind != "minutes":
        return False
    status, until = session.execute(
        select(Meeting.status, Minutes.comment_until)
        .join(Minutes, Minutes.meeting_id == Meeting.id)
        .where(Meeting.id == batch.meeting_id)
    ).one()
    is_as_told = until is not None and until.isoformat() == batch.facts.get("comment_until")
    return status != "minutes_in_review" or not is_as_told or until < today()


def _was_told(session: Session, meeting_id: int) -> bool:
    """Whether anybody was told already that the minutes lie open: of several rounds that nobody was told of,
    the last is the first."""
    told = select(Batch.id).where(
        Batch.meeting_id == meeting_id, Batch.kind == "minutes", Batch.status.in_(("sending", "sent"))
    )
    return bool(session.scalar(select(told.exists())))


def _overtake(session: Session, meeting_id: int, kind: Kind) -> None:
    """Throw away what still waits to be said of an earlier state of the minutes."""
    waiting = session.scalars(
        select(Batch)
        .where(Batch.meeting_id == meeting_id, Batch.kind == kind, Batch.status.in_(WAITING))
        .order_by(Batch.id)
        .with_for_update()
    ).all()
    for batch in waiting:
        discard_batch(session, SYSTEM, batch.id, batch.version)
