""" "Please tell us more": a question that stops the clock until the reply, or until its day."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.audit import record
from app.core.clock import COPENHAGEN, now, today
from app.core.events import announce
from app.core.kept import kept
from app.core.policy import SYSTEM, Actor, Refused, require
from app.domain.answering.cases import find_owner_ids, take_case
from app.domain.answering.events import MoreAsked, MoreTold
from app.domain.answering.models import Pause
from app.domain.answering.policy import (
    LONGEST_PAUSE,
    MOST_AT_ONCE,
    may_answer,
    may_reply,
    moved_by_pause,
)
from app.domain.answering.schemas import MoreInput, ReplyInput
from app.domain.contributions.gathered import put_status
from app.domain.contributions.in_room import hides_author
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OPEN_STATUSES, is_out
from app.domain.contributions.service import get_seen, tell_changed


def ask_for_more(session: Session, actor: Actor, contribution_id: int, given: MoreInput) -> Pause:
    """Ask the asker to tell more; the day of the answer moves by as long as the clock may stand still.

    Refused: claimed (who), not_open, asked_already, nobody_to_ask, reply_by_past, reply_by_too_late (most).
    """
    require(may_answer(actor))
    said = get_seen(session, actor, contribution_id, lock=True)
    take_case(session, actor, contribution_id)
    if said.status == "needs_info" or _find_open(session, contribution_id) is not None:
        raise Refused("asked_already")
    if said.status not in OPEN_STATUSES or not is_out(said):
        raise Refused("not_open")
    if said.said_by_user_id is None and said.attendee_id is None and said.on_behalf_of_id is None:
        raise Refused("nobody_to_ask")
    if given.reply_by <= today():
        raise Refused("reply_by_past")
    if given.reply_by > today() + timedelta(days=LONGEST_PAUSE):
        raise Refused("reply_by_too_late", most=LONGEST_PAUSE)
    pause = Pause(
        contribution_id=contribution_id,
        question=given.question,
        asked_at=now(),
        reply_by=given.reply_by,
        answer_by_before=said.answer_by,
        status_before=said.status,
    )
    session.add(pause)
    said.status = "needs_info"
    said.answer_by = moved_by_pause(said.answer_by, today(), given.reply_by)
    said.version += 1
    session.flush()
    # The words are between the asker and staff, and so not in the log.
    after = {"pause_id": pause.id, "reply_by": given.reply_by.isoformat()}
    record(session, actor, "ask_more", "contribution", contribution_id, after=after)
    tell_changed(session, [said])
    announce(session, MoreAsked(pause.id))
    return pause


def reply(session: Session, actor: Actor, contribution_id: int, given: ReplyInput) -> Pause:
    """Tell more when asked: the clock goes on, from where it stood. Refused: not_asked."""
    said = get_seen(session, actor, contribution_id, lock=True)
    require(may_reply(actor, said))
    pause = _lock_open(session, contribution_id)
    pause.reply = given.text
    _end(session, pause, said, "reply")
    record(
        session,
        actor,
        "tell_more",
        "contribution",
        contribution_id,
        after={"pause_id": pause.id},
        is_nameless=hides_author(actor, said),
    )
    tell_changed(session, [said])
    owner_id = find_owner_ids(session, [contribution_id]).get(contribution_id)
    announce(session, MoreTold(pause.id, owner_id))
    return pause


def take_question_back(session: Session, actor: Actor, contribution_id: int) -> Pause:
    """Answer without knowing more: the clock goes on as if the reply had come.

    Refused: claimed (who), not_asked.
    """
    require(may_answer(actor))
    said = get_seen(session, actor, contribution_id, lock=True)
    take_case(session, actor, contribution_id)
    pause = _lock_open(session, contribution_id)
    _end(session, pause, said, "taken_back")
    record(session, actor, "ask_no_more", "contribution", contribution_id, after={"pause_id": pause.id})
    tell_changed(session, [said])
    return pause


def end_expired(session: Session) -> int:
    """Let the clock go on where the day for the reply is past; how many."""
    expired = session.execute(
        select(Contribution, Pause)
        .join(Pause, Pause.contribution_id == Contribution.id)
        .where(Pause.ended_at.is_(None), Pause.reply_by < today())
        .order_by(Contribution.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for said, pause in expired:
        _end(session, pause, said, "expired")
        record(session, SYSTEM, "stop_waiting", "contribution", said.id, after={"pause_id": pause.id})
    if expired:
        tell_changed(session, [said for said, _ in expired])
    return len(expired)


def end_by_answer(session: Session, said: Contribution) -> None:
    """An answer came before the reply: there is nothing to wait for any more."""
    pause = _find_open(session, said.id)
    if pause is not None:
        _end(session, pause, said, "answered")


def status_after_pause(session: Session, contribution_id: int, status: str) -> str:
    """What it comes back to that had this status a while ago: the asker may be waited for no more."""
    if status != "needs_info" or _find_open(session, contribution_id) is not None:
        return status
    last = select(Pause.status_before).where(Pause.contribution_id == contribution_id)
    return session.scalars(last.order_by(Pause.id.desc()).limit(1)).one_or_none() or status


def _end(session: Session, pause: Pause, said: Contribution, ended_as: str) -> None:
    pause.ended_at, pause.ended_as = now(), ended_as
    asked_on = pause.asked_at.astimezone(COPENHAGEN).date()
    # Only where staff has not set another day meanwhile, and never later than was said when it was asked.
    if said.answer_by == moved_by_pause(pause.answer_by_before, asked_on, pause.reply_by):
        ended_on = min(today(), pause.reply_by)
        said.answer_by = moved_by_pause(pause.answer_by_before, asked_on, ended_on)
    put_status(session, said, ("needs_info",), pause.status_before)
    said.version += 1


def _find_open(session: Session, contribution_id: int) -> Pause | None:
    return session.scalars(
        select(Pause)
        .where(Pause.contribution_id == contribution_id, Pause.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _lock_open(session: Session, contribution_id: int) -> Pause:
    pause = _find_open(session, contribution_id)
    if pause is None:
        raise Refused("not_asked")
    return pause


def exchange_of(contribution_id: int) -> Asking[list[Pause]]:
    """What was asked and replied, the oldest first, for the asker and staff, as rows with all that a pause
    holds; that it may be read (`may_read_exchange`) has been asked."""
    rows: list[Any] = yield from asked(_exchanges(), {"exchanged": contribution_id})
    return rows


@kept
def _exchanges() -> Select[Any]:
    columns = inspect(Pause).column_attrs
    return (
        select(*(getattr(Pause, one.key) for one in columns))
        .where(Pause.contribution_id == bindparam("exchanged"))
        .order_by(Pause.id)
    )
