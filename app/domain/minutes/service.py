"""The verbs of minutes: written, shown for comments, approved, and opened again with a reason.

The state is the meeting's own and is turned by `meetings.states`; here stands what the text must be for it. A
turn is one entry in the log, made there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import ReasonInput
from app.domain.meetings.service import lock_meeting
from app.domain.minutes.comments import count_open
from app.domain.minutes.events import MinutesApproved, MinutesShown, MinutesTakenBack
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.minutes.policy import may_settle_minutes, may_write_minutes, why_unwritable
from app.domain.minutes.queries import Section, list_sections
from app.domain.minutes.schemas import LONGEST_REVIEW_DAYS, ApprovalInput, ReviewInput, SectionText

# --- writing


def write_sections(session: Session, actor: Actor, meeting_id: int, given: Sequence[SectionText]) -> Minutes:
    """Write the text of several sections at once; those that say what stands there already are passed over.

    Refused: minutes_locked, minutes_not_held, minutes_unknown_place, and stale with `places`, where somebody
    else has written since: then nothing is written.
    """
    minutes, places = put_sections(session, actor, meeting_id, given)
    if places:
        record(session, actor, "write_minutes", "minutes", meeting_id, after={"sections": places})
    return minutes


def put_sections(
    session: Session, actor: Actor, meeting_id: int, given: Sequence[SectionText]
) -> tuple[Minutes, list[str]]:
    """As `write_sections`, for a verb that notes in the log itself where it was written: and not what, for
    the text is in the minutes."""
    require(may_write_minutes(actor, meeting_id))
    meeting = lock_meeting(session, meeting_id)
    if reason := why_unwritable(meeting.status, meeting.held_on, today()):
        raise Refused(reason)
    minutes = take_minutes(session, meeting_id)
    known = {section.place: section for section in list_sections(session, meeting_id)}
    if any(one.place not in known for one in given):
        raise Refused("minutes_unknown_place")
    changed = [one for one in given if one.text != known[one.place].text]
    if stale := [one.place for one in changed if one.version != known[one.place].version]:
        raise Refused("stale", places=stale)
    for one in changed:
        write_text(session, meeting_id, known[one.place], one.text)
    if changed:
        minutes.version += 1
        session.flush()
    return minutes, [known[one.place].title or one.place for one in changed]


def write_text(session: Session, meeting_id: int, section: Section, text: str) -> None:
    row = session.get(MinutesSection, section.id) if section.id is not None else None
    if row is None:
        row = MinutesSection(
            meeting_id=meeting_id, item_id=section.item_id, part=section.part, title=section.title, version=0
        )
        session.add(row)
    row.text = text
    row.title = section.title
    row.version += 1


# --- settling


def send_to_review(session: Session, actor: Actor, meeting_id: int, given: ReviewInput) -> MinutesEdition:
    """Show the minutes as they stand to those who were there, for comments until a day. What else has to be
    settled before is asked by who closes the meeting.

    Refused: stale, turn_not_possible, minutes_empty, minutes_deadline_past, minutes_deadline_far.
    """
    edition = _show(session, actor, meeting_id, given)
    states.send_minutes_to_review(session, actor, meeting_id, _noted(edition, given))
    announce(session, MinutesShown(meeting_id, is_again=False))
    return edition


def show_again(session: Session, actor: Actor, meeting_id: int, given: ReviewInput) -> MinutesEdition:
    """Show a later text while the minutes lie open, with a new last day for comments. Refused as
    `send_to_review` is."""
    edition = _show(session, actor, meeting_id, given)
    if session.get_one(Meeting, meeting_id).status != "minutes_in_review":
        raise Refused("turn_not_possible")
    record(session, actor, "show_minutes_again", "minutes", meeting_id, after=_noted(edition, given))
    announce(session, MinutesShown(meeting_id, is_again=True))
    return edition


def _show(session: Session, actor: Actor, meeting_id: int, given: ReviewInput) -> MinutesEdition:
    _meeting, minutes = _settle(session, actor, meeting_id, given.version)
    if _is_empty(session, meeting_id):
        raise Refused("minutes_empty")
    if given.comment_until < today():
        raise Refused("minutes_deadline_past")
    if given.comment_until > today() + timedelta(days=LONGEST_REVIEW_DAYS):
        raise Refused("minutes_deadline_far")
    minutes.comment_until = given.comment_until
    minutes.version += 1
    return add_edition(session, actor, meeting_id, "review", minutes.reopened_reason)


def _noted(edition: MinutesEdition, given: ReviewInput) -> dict[str, object]:
    return {"edition": edition.number, "comment_until": given.comment_until.isoformat()}


def take_back(session: Session, actor: Actor, meeting_id: int) -> None:
    """Take the minutes back from the participants, to go on writing. What was approved once is not taken
    from anybody. Refused: turn_not_possible, minutes_were_approved."""
    require(may_settle_minutes(actor))
    lock_meeting(session, meeting_id)
    minutes = take_minutes(session, meeting_id)
    if _find_approved(session, meeting_id) is not None or minutes.reopened_reason:
        raise Refused("minutes_were_approved")
    states.take_minutes_back(session, actor, meeting_id)
    minutes.comment_until = None
    minutes.version += 1
    announce(session, MinutesTakenBack(meeting_id))
    session.flush()


def approve(session: Session, actor: Actor, meeting_id: int, given: ApprovalInput) -> None:
    """The minutes stand as they are, for all to read, and are locked. Where nothing was changed since they
    were approved, the edition that stands is kept.

    Refused: stale, turn_not_possible, minutes_empty, minutes_comments_open, minutes_deadline_open.
    """
    meeting, minutes = _settle(session, actor, meeting_id, given.version)
    if meeting.status != "minutes_in_review":
        raise Refused("turn_not_possible")
    if count := count_open(session, meeting_id):
        raise Refused("minutes_comments_open", count=count)
    if minutes.comment_until is not None and today() <= minutes.comment_until and not given.is_early:
        raise Refused("minutes_deadline_open", day=minutes.comment_until.isoformat())
    before = _find_approved(session, meeting_id)
    is_new = _is_changed(session, meeting_id, minutes, before)
    if is_new:
        kind = "approved" if before is None else "corrected"
        edition = add_edition(session, actor, meeting_id, kind, minutes.reopened_reason)
        minutes.approved_at, minutes.approved_by_id = now(), actor.user_id
    minutes.reopened_reason, minutes.comment_until = "", None
    minutes.version += 1
    noted = {"edition": edition.number} if is_new else {}
    states.approve_minutes(session, actor, meeting_id, noted)
    announce(session, MinutesApproved(meeting_id, before is not None, is_new))


def _is_changed(session: Session, meeting_id: int, minutes: Minutes, before: MinutesEdition | None) -> bool:
    """Whether there is something to approve that was not approved before. Refused: minutes_empty."""
    texts = _texts(_store(list_sections(session, meeting_id)))
    if before is not None and texts == _texts(before.sections):
        return False
    if texts:
        return True
    # A meeting of before there were minutes, opened by mistake, goes back to where it was.
    if before is None and minutes.reopened_reason:
        return False
    raise Refused("minutes_empty")


def reopen(session: Session, actor: Actor, meeting_id: int, given: ReasonInput) -> None:
    """Open approved minutes for a change. What is approved stays for all to read until the change is approved
    too; the reason is then told with it. Refused: turn_not_possible."""
    require(may_settle_minutes(actor))
    lock_meeting(session, meeting_id)
    minutes = take_minutes(session, meeting_id)
    states.reopen_minutes(session, actor, meeting_id, given)
    minutes.reopened_reason = given.reason
    minutes.comment_until = None
    minutes.version += 1
    session.flush()


# --- what they share


def take_minutes(session: Session, meeting_id: int) -> Minutes:
    """The row, made where there is none; the meeting is held already."""
    session.execute(insert(Minutes).values(meeting_id=meeting_id, created_at=now()).on_conflict_do_nothing())
    return session.get_one(Minutes, meeting_id, populate_existing=True)


def _settle(session: Session, actor: Actor, meeting_id: int, version: int) -> tuple[Meeting, Minutes]:
    """Both rows, held; the text is of the version that was read, or there is none. Refused: stale."""
    require(may_settle_minutes(actor))
    meeting = lock_meeting(session, meeting_id)
    minutes = take_minutes(session, meeting_id)
    if minutes.version != version and not (minutes.version == 1 and version == 0):
        raise Refused("stale")
    return meeting, minutes


def _is_empty(session: Session, meeting_id: int) -> bool:
    return not any(section.text for section in list_sections(session, meeting_id))


def _find_approved(session: Session, meeting_id: int) -> MinutesEdition | None:
    return session.scalars(
        select(MinutesEdition)
        .where(MinutesEdition.meeting_id == meeting_id, MinutesEdition.kind != "review")
        .order_by(MinutesEdition.number.desc())
        .limit(1)
    ).one_or_none()


def add_edition(session: Session, actor: Actor, meeting_id: int, kind: str, reason: str) -> MinutesEdition:
    """The text as it stands now, kept for good; every section gets a row, so that it can be spoken of."""
    for section in list_sections(session, meeting_id):
        if section.id is None:
            write_text(session, meeting_id, section, "")
    session.flush()
    last = session.scalar(
        select(func.coalesce(func.max(MinutesEdition.number), 0)).where(
            MinutesEdition.meeting_id == meeting_id
        )
    )
    edition = MinutesEdition(
        meeting_id=meeting_id,
        number=(last or 0) + 1,
        kind=kind,
        reason=reason,
        sections=_store(list_sections(session, meeting_id)),
        made_at=now(),
        made_by_id=actor.user_id,
    )
    session.add(edition)
    session.flush()
    return edition


def _store(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """What an edition keeps: what was written, and the titles as they were then."""
    names = ("id", "part", "item_id", "title", "title_en", "kind", "text")
    return [{name: getattr(section, name) for name in names} for section in sections]


def _texts(stored: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["title"], one["text"]) for one in stored if one["text"]]
