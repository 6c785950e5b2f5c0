"""The verbs of a running meeting: from item to item, the timer, what the big screen shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.boards.models import Board
from app.domain.boards.planning import close_boards, open_boards
from app.domain.boards.service import close_board, open_board
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_run_meeting
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.states import start_meeting, undo_start
from app.domain.polls.models import Poll
from app.domain.running.models import LiveState
from app.domain.running.queries import find_next, list_item_ids

MOST_STEPS = 20
LONGEST_TIMER = 4 * 3600  # seconds
# What the views are of that need to be told which one.
KIND_OF_WHICH = {"board": "board", "chosen": "item", "best": "item", "question": "item", "poll": "poll"}


def start_item(
    session: Session, actor: Actor, meeting_id: int, item_id: int, version: int, opens_boards: bool = False
) -> LiveState:
    """Put an item on; one that is on ends with it, and with it the timer. The first one sets the meeting
    going, on its day.

    `version`: of the state that the actor saw. `opens_boards`: the boards of the item.
    Refused: running_stale, running_not_live, not_the_day, and as `open_board`.
    """
    state, meeting = _take(session, actor, meeting_id)
    _require_seen(state, version)
    if item_id not in list_item_ids(session, meeting_id):
        raise NotFound
    step = _remember(state)
    if meeting.status != "live":
        _begin(session, actor, meeting)
        step["began"] = True
    if opens_boards:
        step["opened"] = open_boards(session, actor, meeting_id, item_id)
    state.item_id, state.item_started_at = item_id, now()
    state.timer_seconds = state.timer_ends_at = None
    state.shows, state.shows_id = "item", None
    _turn(session, actor, "start_item", state, step)
    return state


def start_next(
    session: Session, actor: Actor, meeting_id: int, version: int, opens_boards: bool = False
) -> LiveState:
    """Go on to the item that comes next. Refused: as `start_item`, and running_nothing_next."""
    state, _ = _take(session, actor, meeting_id)
    _require_seen(state, version)
    following = find_next(list_item_ids(session, meeting_id), state)
    if following is None:
        raise Refused("running_nothing_next")
    return start_item(session, actor, meeting_id, following, version, opens_boards)


def end_item(
    session: Session, actor: Actor, meeting_id: int, version: int, closes_boards: bool = False
) -> LiveState:
    """The item that is on is over; the screen shows the welcome. Refused: running_stale, running_no_item."""
    state, _ = _take(session, actor, meeting_id)
    _require_seen(state, version)
    if state.item_id is None:
        raise Refused("running_no_item")
    step = _remember(state)
    if closes_boards:
        step["closed"] = close_boards(session, actor, meeting_id, state.item_id)
    state.item_id = state.item_started_at = None
    state.timer_seconds = state.timer_ends_at = None
    state.shows, state.shows_id = "code", None
    _turn(session, actor, "end_item", state, step)
    return state


def undo_turn(session: Session, actor: Actor, meeting_id: int, version: int) -> LiveState:
    """Set the programme back to where it stood before the last turn. Refused: running_stale,
    running_nothing_to_undo."""
    state, meeting = _take(session, actor, meeting_id)
    _require_seen(state, version)
    if not state.steps:
        raise Refused("running_nothing_to_undo")
    was = _tell_position(state)
    *earlier, step = state.steps
    known = list_item_ids(session, meeting_id)
    state.item_id = step["item_id"] if step["item_id"] in known else None
    state.item_started_at = _moment(step["item_started_at"]) if state.item_id else None
    state.timer_seconds, state.timer_ends_at = step["timer_seconds"], _moment(step["timer_ends_at"])
    state.shows, state.shows_id = step["shows"], step["shows_id"]
    state.steps = earlier
    state.version += 1
    for board_id in _still_there(session, meeting_id, step.get("opened", [])):
        close_board(session, actor, board_id)
    for board_id in _still_there(session, meeting_id, step.get("closed", [])):
        open_board(session, actor, board_id)
    if step.get("began") and meeting.status == "live":
        undo_start(session, actor, meeting_id)
    _save(session, state)
    record(session, actor, "undo_turn", "meeting", meeting_id, before=was, after=_tell_position(state))
    return state


def set_timer(session: Session, actor: Actor, meeting_id: int, minutes: int) -> LiveState:
    """Begin the quiet timer anew."""
    state, _ = _take(session, actor, meeting_id)
    state.timer_seconds = minutes * 60
    state.timer_ends_at = now() + timedelta(minutes=minutes)
    _note_timer(session, actor, "set_timer", state)
    return state


def extend_timer(session: Session, actor: Actor, meeting_id: int, minutes: int) -> LiveState:
    """Give more time, from where the timer stands, or from now where it has run out. Refused:
    running_no_timer."""
    state, _ = _take(session, actor, meeting_id)
    if state.timer_ends_at is None or state.timer_seconds is None:
        raise Refused("running_no_timer")
    ends_at = max(state.timer_ends_at, now()) + timedelta(minutes=minutes)
    state.timer_ends_at = min(ends_at, now() + timedelta(seconds=LONGEST_TIMER))
    state.timer_seconds = min(state.timer_seconds + minutes * 60, LONGEST_TIMER)
    _note_timer(session, actor, "set_timer", state)
    return state


def stop_timer(session: Session, actor: Actor, meeting_id: int) -> LiveState:
    """Take the timer away. Refused: running_no_timer."""
    state, _ = _take(session, actor, meeting_id)
    if state.timer_ends_at is None:
        raise Refused("running_no_timer")
    state.timer_seconds = state.timer_ends_at = None
    if state.shows == "timer":
        state.shows, state.shows_id = ("item" if state.item_id else "code"), None
    _note_timer(session, actor, "stop_timer", state)
    return state


def show_on_screen(
    session: Session, actor: Actor, meeting_id: int, shows: str, which: int | None = None
) -> LiveState:
    """Choose what the big screen shows. `which`: of the board, the item or the poll, where one is needed.
    Missing: what is not of this meeting."""
    state, _ = _take(session, actor, meeting_id)
    if shows in KIND_OF_WHICH:
        _require_of_meeting(session, meeting_id, KIND_OF_WHICH[shows], which)
    before = _tell_position(state)
    state.shows, state.shows_id = shows, which if shows in KIND_OF_WHICH else None
    _save(session, state)
    record(
        session, actor, "show_on_screen", "meeting", meeting_id, before=before, after=_tell_position(state)
    )
    return state


def _take(session: Session, actor: Actor, meeting_id: int) -> tuple[LiveState, Meeting]:
    """The state, made where there is none, held until the verb is done."""
    require(may_run_meeting(actor, meeting_id))
    meeting = lock_meeting(session, meeting_id)
    session.execute(
        insert(LiveState)
        .values(meeting_id=meeting_id, steps=[], changed_at=now())
        .on_conflict_do_nothing(index_elements=["meeting_id"])
    )
    state = session.scalars(
        select(LiveState)
        .where(LiveState.meeting_id == meeting_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return state, meeting


def _require_of_meeting(session: Session, meeting_id: int, kind: str, which: int | None) -> None:
    if kind == "item":
        is_known = which in list_item_ids(session, meeting_id)
    else:
        table = Board if kind == "board" else Poll
        found = select(table.id).where(table.id == which, table.meeting_id == meeting_id)
        is_known = session.scalar(found) is not None
    if not is_known:
        raise NotFound


def _require_seen(state: LiveState, version: int) -> None:
    # Two who press «næste» at the same moment go one item on, not two.
    if state.version != version:
        raise Refused("running_stale")


def _begin(session: Session, actor: Actor, meeting: Meeting) -> None:
    if meeting.status not in ("announced", "open", "full"):
        raise Refused("running_not_live")
    start_meeting(session, actor, meeting.id)


def _still_there(session: Session, meeting_id: int, board_ids: Sequence[int]) -> Sequence[int]:
    # In one order, so that two who open and close the same boards wait for each other and never in a ring.
    known = select(Board.id).where(Board.id.in_(board_ids), Board.meeting_id == meeting_id)
    return session.scalars(known.order_by(Board.id)).all()


def _remember(state: LiveState) -> dict[str, Any]:
    return _tell_position(state) | {
        "item_started_at": state.item_started_at.isoformat() if state.item_started_at else None,
        "timer_seconds": state.timer_seconds,
        "timer_ends_at": state.timer_ends_at.isoformat() if state.timer_ends_at else None,
    }


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _tell_position(state: LiveState) -> dict[str, Any]:
    return {"item_id": state.item_id, "shows": state.shows, "shows_id": state.shows_id}


def _turn(session: Session, actor: Actor, verb: str, state: LiveState, step: dict[str, Any]) -> None:
    """Keep a turn, which is noted, told, and can be undone."""
    state.steps = [*state.steps, step][-MOST_STEPS:]
    state.version += 1
    _save(session, state)
    before = {name: step[name] for name in _tell_position(state)}
    record(session, actor, verb, "meeting", state.meeting_id, before=before, after=_tell_position(state))


def _note_timer(session: Session, actor: Actor, verb: str, state: LiveState) -> None:
    _save(session, state)
    record(session, actor, verb, "meeting", state.meeting_id, after={"seconds": state.timer_seconds})


def _save(session: Session, state: LiveState) -> None:
    state.changed_at = now()
    session.flush()
    tell(session, f"running:{state.meeting_id}")
