"""The verbs of comments on minutes: said, mended, withdrawn; taken in, declined, hidden.

What is said in a room without names is noted in the log without one too.
"""

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.models import Meeting
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.comments import find_voice
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.minutes.policy import (
    is_own_comment,
    may_comment,
    may_decide_comments,
    may_hide_comments,
    may_see_comment,
    may_withdraw_comment,
)
from app.domain.minutes.queries import list_sections
from app.domain.minutes.schemas import CommentEdit, CommentInput, DecisionInput, HidingInput, SectionText
from app.domain.minutes.service import put_sections

MOST_OF_ONE: Final = 50  # comments of one person at one meeting


def add_comment(session: Session, actor: Actor, meeting_id: int, given: CommentInput) -> MinutesComment:
    """Say something of a section of the minutes, while they lie open for it.

    Refused: minutes_not_in_review, minutes_comments_over, minutes_many_comments.
    """
    require(may_comment(actor, meeting_id))
    _refuse_unless_open(*_hold(session, meeting_id))
    section = session.get(MinutesSection, given.section)
    if section is None or section.meeting_id != meeting_id:
        raise NotFound
    voice = find_voice(session, actor, meeting_id)
    whose = (
        MinutesComment.user_id == voice.user_id
        if voice.user_id is not None
        else MinutesComment.attendee_id == voice.attendee_id
    )
    said = select(func.count()).where(MinutesComment.meeting_id == meeting_id, whose)
    if session.scalars(said).one() >= MOST_OF_ONE:
        raise Refused("minutes_many_comments", most=MOST_OF_ONE)
    newest = select(func.max(MinutesEdition.number)).where(MinutesEdition.meeting_id == meeting_id)
    comment = MinutesComment(
        meeting_id=meeting_id,
        section_id=section.id,
        edition=session.scalar(newest) or 1,
        user_id=voice.user_id,
        attendee_id=voice.attendee_id,
        name=voice.name,
        organisation=voice.organisation,
        text=given.text,
        proposed=given.proposed,
        made_at=now(),
        is_example=actor.is_system,
    )
    session.add(comment)
    session.flush()
    _note(session, actor, "add", comment, after={"meeting_id": meeting_id, "section": section.title})
    return comment


def edit_comment(
    session: Session, actor: Actor, meeting_id: int, comment_id: int, given: CommentEdit
) -> MinutesComment:
    """Change the words of one's own comment while it waits. Refused: stale, minutes_comment_decided, and as
    `add_comment`."""
    held = _hold(session, meeting_id)
    comment = _take_own(session, actor, meeting_id, comment_id)
    _refuse_unless_open(*held)
    _refuse_stale(comment, given.version)
    if comment.decision != "open" or comment.withdrawn_at is not None:
        raise Refused("minutes_comment_decided")
    if (comment.text, comment.proposed) == (given.text, given.proposed):
        return comment
    comment.text, comment.proposed, comment.edited_at = given.text, given.proposed, now()
    comment.version += 1
    # The words themselves stay out of the log, as they may be taken out of sight later.
    _note(session, actor, "edit", comment)
    return comment


def withdraw_comment(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> MinutesComment:
    """Take one's own comment back while the minutes are in review: it is gone for all others. Refused:
    minutes_comment_decided, minutes_not_in_review."""
    meeting, _ = _hold(session, meeting_id)
    comment = _take(session, actor, meeting_id, comment_id)
    require(may_withdraw_comment(actor, comment))
    if comment.decision != "open":
        raise Refused("minutes_comment_decided")
    if meeting.status != "minutes_in_review":
        raise Refused("minutes_not_in_review")
    if comment.withdrawn_at is None:
        comment.withdrawn_at = now()
        comment.version += 1
        _note(session, actor, "withdraw", comment)
    return comment


def restore_comment(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> MinutesComment:
    """Say again what one took back. Refused as `add_comment`."""
    held = _hold(session, meeting_id)
    comment = _take_own(session, actor, meeting_id, comment_id)
    _refuse_unless_open(*held)
    if comment.withdrawn_at is not None:
        comment.withdrawn_at = None
        comment.version += 1
        _note(session, actor, "restore", comment)
    return comment


# --- what becomes of it


def decide_comment(
    session: Session, actor: Actor, meeting_id: int, comment_id: int, given: DecisionInput
) -> MinutesComment:
    """Take a comment in, with the text of its section as it then stands, or decline it with a word.

    Refused: stale (the comment is another now, or decided), minutes_text_stale (the text is), and as
    `service.write_sections`; minutes_reply_needed.
    """
    comment = _take_to_decide(session, actor, meeting_id, comment_id)
    _refuse_stale(comment, given.version)
    if comment.decision != "open" or comment.withdrawn_at is not None or comment.hidden_at is not None:
        raise Refused("stale")
    if given.decision == "declined" and not given.reply:
        raise Refused("minutes_reply_needed")
    after: dict[str, Any] = {"decision": given.decision}
    if given.decision == "taken_in":
        after["sections"] = _take_in(session, actor, comment, given)
    comment.decision, comment.reply = given.decision, given.reply
    comment.decided_at, comment.decided_by_id = now(), actor.user_id
    comment.version += 1
    record(session, actor, "decide", "minutes_comment", comment.id, after=after)
    return comment


def _take_in(session: Session, actor: Actor, comment: MinutesComment, given: DecisionInput) -> list[str]:
    """Write the section; where, as the log holds it."""
    place = next(
        (
            section.place
            for section in list_sections(session, comment.meeting_id)
            if section.id == comment.section_id
        ),
        None,
    )
    if place is None:
        # Its item is gone, and nothing was written there: there is no text to take it in to.
        return []
    words = SectionText(place=place, text=given.text, version=given.text_version)
    try:
        return put_sections(session, actor, comment.meeting_id, [words])[1]
    except Refused as refusal:
        if refusal.code == "stale":
            raise Refused("minutes_text_stale") from refusal
        raise


def undo_decision(
    session: Session, actor: Actor, meeting_id: int, comment_id: int, version: int
) -> MinutesComment:
    """Let a decided comment wait again; what was written in the minutes stays there. Refused: stale,
    minutes_locked."""
    comment = _take_to_decide(session, actor, meeting_id, comment_id)
    _refuse_stale(comment, version)
    if _is_approved(session, meeting_id):
        raise Refused("minutes_locked")
    if comment.decision == "open":
        return comment
    before = {"decision": comment.decision}
    comment.decision, comment.reply = "open", ""
    comment.decided_at = comment.decided_by_id = None
    comment.version += 1
    after = {"decision": "open"}
    record(session, actor, "undo_decision", "minutes_comment", comment.id, before=before, after=after)
    return comment


def hide_comment(
    session: Session, actor: Actor, meeting_id: int, comment_id: int, given: HidingInput
) -> MinutesComment:
    """Take a comment out of sight, with a reason that its author reads. It keeps nobody from approving.
    Refused: stale."""
    require(may_hide_comments(actor))
    comment = _take(session, actor, meeting_id, comment_id)
    _refuse_stale(comment, given.version)
    if comment.hidden_at is None:
        comment.hidden_at, comment.hidden_reason = now(), given.reason
        comment.version += 1
        record(session, actor, "hide", "minutes_comment", comment.id)
    return comment


def show_comment(
    session: Session, actor: Actor, meeting_id: int, comment_id: int, version: int
) -> MinutesComment:
    """Show a hidden comment again. Refused: stale, minutes_locked: one that waits would wait for ever."""
    require(may_hide_comments(actor))
    comment = _take_to_decide(session, actor, meeting_id, comment_id)
    _refuse_stale(comment, version)
    if comment.decision == "open" and _is_approved(session, meeting_id):
        raise Refused("minutes_locked")
    if comment.hidden_at is not None:
        comment.hidden_at, comment.hidden_reason = None, ""
        comment.version += 1
        record(session, actor, "show", "minutes_comment", comment.id)
    return comment


# --- what they share


def _hold(session: Session, meeting_id: int) -> tuple[Meeting, Minutes]:
    """The meeting with its minutes, held before any comment of it is, so that nobody approves meanwhile what
    is being commented on."""
    meeting = session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    minutes = session.get(Minutes, meeting_id, populate_existing=True)
    if meeting is None or minutes is None:
        raise NotFound
    return meeting, minutes


def _refuse_unless_open(meeting: Meeting, minutes: Minutes) -> None:
    """Refused where the minutes do not lie open for comments."""
    if meeting.status != "minutes_in_review" or minutes.comment_until is None:
        raise Refused("minutes_not_in_review")
    if minutes.comment_until < today():
        raise Refused("minutes_comments_over")


def _take(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> MinutesComment:
    comment = session.get(MinutesComment, comment_id, with_for_update=True, populate_existing=True)
    if comment is None or comment.meeting_id != meeting_id or not may_see_comment(actor, comment):
        raise NotFound
    return comment


def _take_own(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> MinutesComment:
    comment = _take(session, actor, meeting_id, comment_id)
    require(may_comment(actor, meeting_id) and is_own_comment(actor, comment))
    return comment


def _is_approved(session: Session, meeting_id: int) -> bool:
    return session.scalar(select(Meeting.status).where(Meeting.id == meeting_id)) == "approved"


def _take_to_decide(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> MinutesComment:
    """The comment, held after its meeting, as every verb of minutes does."""
    require(may_decide_comments(actor, meeting_id))
    session.execute(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update(key_share=True))
    return _take(session, actor, meeting_id, comment_id)


def _refuse_stale(comment: MinutesComment, version: int) -> None:
    if comment.version != version:
        raise Refused("stale")


def _note(
    session: Session, actor: Actor, verb: str, comment: MinutesComment, after: dict[str, Any] | None = None
) -> None:
    record(session, actor, verb, "minutes_comment", comment.id, after=after, is_nameless=not comment.name)
