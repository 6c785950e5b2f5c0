"""The verbs of invitations. Nothing is sent from here: what is to be sent waits in the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.invitations.checking import Candidate, check_list
from app.domain.invitations.links import find_linked
from app.domain.invitations.models import Invitation
from app.domain.invitations.policy import may_invite, why_not_invite
from app.domain.invitations.queries import list_unanswered
from app.domain.invitations.schemas import Invitee, Language
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.queries import WAITING
from app.domain.outbox.schemas import Recipient
from app.domain.outbox.service import drop_letter, prepare

# --- staff


def invite(
    session: Session, actor: Actor, meeting_id: int, people: Sequence[Invitee], language: Language = "da"
) -> Batch:
    """Invite those on a list who can be: their mails wait in the outbox.

    The list is checked again, with the meeting held: two who send the same list invite everybody once.
    Refused: invite_draft, invite_cancelled, invite_postponed, invite_past, nobody_to_invite.
    """
    meeting = _take_meeting(session, actor, meeting_id)
    candidates = check_list(session, meeting.id, people, language).candidates
    ids = _keep(session, actor, meeting.id, candidates)
    recipients = [
        Recipient(one.email, one.name, one.language, one.user_id, "invitation", invitation_id)
        for one, invitation_id in zip(candidates, ids, strict=True)
    ]
    batch = prepare(session, actor, kind="invitation", meeting_id=meeting.id, recipients=recipients)
    if batch is None:
        raise Refused("nobody_to_invite")
    after = {"people": len(recipients), "batch_id": batch.id}
    record(session, actor, "invite", "meeting", meeting.id, after=after)
    return batch


def remind(session: Session, actor: Actor, meeting_id: int) -> Batch:
    """Write again to those who got the mail and have not answered, by way of the outbox.

    Refused: as for `invite`, and nobody_to_remind.
    """
    meeting = _take_meeting(session, actor, meeting_id)
    recipients = list_unanswered(session, meeting.id)
    facts = {"is_reminder": True}
    batch = prepare(
        session, actor, kind="invitation", meeting_id=meeting.id, recipients=recipients, facts=facts
    )
    if batch is None:
        raise Refused("nobody_to_remind")
    after = {"people": len(recipients), "batch_id": batch.id}
    record(session, actor, "remind", "meeting", meeting.id, after=after)
    return batch


def withdraw(session: Session, actor: Actor, meeting_id: int, invitation_id: int) -> Invitation:
    """Take an invitation back: its link works no more, and a mail that waits in the outbox is left out."""
    require(may_invite(actor))
    invitation = _take(session, invitation_id)
    if invitation.meeting_id != meeting_id:
        raise NotFound
    if invitation.status != "withdrawn":
        before = {"status": invitation.status}
        invitation.status, invitation.answered_at = "withdrawn", None
        invitation.link_number += 1
        for letter_id in _list_waiting_letters(session, invitation.id):
            drop_letter(session, actor, letter_id)
        record(session, actor, "withdraw", "invitation", invitation.id, before=before)
    return invitation


def _take_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    require(may_invite(actor))
    meeting = lock_meeting(session, meeting_id)
    if code := why_not_invite(meeting, today()):
        raise Refused(code)
    return meeting


def _keep(session: Session, actor: Actor, meeting_id: int, candidates: Sequence[Candidate]) -> list[int]:
    """The ids of their invitations, in their order: new ones, and earlier ones that are taken up again."""
    earlier = [one.invitation_id for one in candidates if one.invitation_id is not None]
    known = {one.id: one for one in session.scalars(select(Invitation).where(Invitation.id.in_(earlier)))}
    for one in candidates:
        if one.invitation_id is not None:
            invitation = known[one.invitation_id]
            invitation.email, invitation.name, invitation.language = one.email, one.name, one.language
            invitation.status, invitation.answered_at = "invited", None
            invitation.invited_by_id, invitation.created_at = actor.user_id, now()
    session.flush()
    new = [one for one in candidates if one.invitation_id is None]
    common = {"meeting_id": meeting_id, "invited_by_id": actor.user_id, "created_at": now()}
    made = iter(_insert(session, [common | _describe(one) for one in new]))
    return [one.invitation_id if one.invitation_id is not None else next(made) for one in candidates]


def _insert(session: Session, rows: list[dict[str, Any]]) -> Sequence[int]:
    if not rows:
        return []
    statement = insert(Invitation).returning(Invitation.id, sort_by_parameter_order=True)
    return session.scalars(statement, rows).all()


def _describe(one: Candidate) -> dict[str, Any]:
    return {"email": one.email, "name": one.name, "language": one.language, "user_id": one.user_id}


def _list_waiting_letters(session: Session, invitation_id: int) -> Sequence[int]:
    return session.scalars(
        select(Letter.id)
        .join(Batch, Batch.id == Letter.batch_id)
        .where(
            Letter.about == "invitation",
            Letter.about_id == invitation_id,
            Letter.status == "waiting",
            Batch.status.in_(WAITING),
        )
        .order_by(Letter.id)
    ).all()


# --- whoever holds the link


def decline(session: Session, actor: Actor, invitation_id: int, sealed: str) -> Invitation:
    """Say no, by the link; a sign-up that there may be stays as it is."""
    invitation = _take_linked(session, invitation_id, sealed)
    if invitation.status != "declined":
        invitation.status, invitation.answered_at = "declined", now()
        record(session, actor, "decline", "invitation", invitation.id, after={"via": "link"})
    return invitation


def undo_decline(session: Session, actor: Actor, invitation_id: int, sealed: str) -> Invitation:
    """Take back a no, by the link."""
    invitation = _take_linked(session, invitation_id, sealed)
    if invitation.status == "declined":
        invitation.status, invitation.answered_at = "invited", None
        record(session, actor, "undo_decline", "invitation", invitation.id, after={"via": "link"})
    return invitation


def _take_linked(session: Session, invitation_id: int, sealed: str) -> Invitation:
    if find_linked(session, invitation_id, sealed) is None:
        raise NotFound
    invitation = _take(session, invitation_id)
    if invitation.status == "withdrawn":
        raise NotFound
    return invitation


def _take(session: Session, invitation_id: int) -> Invitation:
    invitation = session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
    if invitation is None:
        raise NotFound
    return invitation


# --- what the outbox announces


def note_told(session: Session, letter_id: int) -> None:
    """Note that a mail about an invitation was handed to the mail queue; nothing for other letters, and for
    one that was skipped at the last moment."""
    about = select(Letter.about_id).where(
        Letter.id == letter_id, Letter.about == "invitation", Letter.status != "skipped"
    )
    session.execute(
        update(Invitation).where(Invitation.id.in_(about)).values(told_at=now()),
        execution_options={"synchronize_session": False},
    )
