"""The verbs on a whole programme: its order, its times, publishing its draft and throwing it away.

Each is given the version of the programme that somebody saw, so that nobody overwrites what another has done
in the meantime.
"""

from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.meetings.drafts import get_drafted, get_items, is_drafting, list_draft_items, write_drafted
from app.domain.meetings.editions import put_in_force, read_programme, throw_away
from app.domain.meetings.events import ProgrammeChanged, ProgrammePublished
from app.domain.meetings.flowing import flow
from app.domain.meetings.models import Meeting, ProgrammeEdition
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.programme import number, touch
from app.domain.meetings.schemas import OrderInput
from app.domain.meetings.service import lock_meeting


def set_order(session: Session, actor: Actor, meeting_id: int, given: OrderInput) -> Meeting:
    """Let the items stand in an order, one of them perhaps in another track, and the times follow where
    wanted. Refused: stale, also where the items are not all those of the programme; as `flow_times`."""
    meeting = _take(session, actor, meeting_id, given.version)
    items = {item.id: item for item in get_items(session, meeting)}
    if sorted(given.order) != sorted(items) or (given.item_id is not None and given.item_id not in items):
        raise Refused("stale")
    before = list(items)
    track = "" if given.is_for_all else given.track
    if given.item_id is not None and track is not None:
        moved = items[given.item_id]
        if get_drafted(meeting, moved, "track") != track:
            write_drafted(meeting, moved, {"track": track})
            moved.version += 1
    number(meeting, [items[item_id] for item_id in given.order])
    if given.flow:
        _flow(session, meeting)
    _note(session, actor, "order", meeting, {"items": before}, {"items": given.order, "track": track})
    return meeting


def flow_times(session: Session, actor: Actor, meeting_id: int, version: int) -> Meeting:
    """Let the items follow one another from the meeting's beginning, each as long as it is.

    Refused: stale, no_beginning, past_midnight.
    """
    meeting = _take(session, actor, meeting_id, version)
    moved = _flow(session, meeting)
    _note(session, actor, "flow", meeting, None, {"items": moved})
    return meeting


def publish_programme(
    session: Session,
    actor: Actor,
    meeting_id: int,
    version: int,
    *,
    tells_concerned: bool = True,
    tells_all: bool = False,
) -> ProgrammeEdition | None:
    """Put the draft in force; None where nothing is drafted. Those at the changed items are told, and with
    `tells_all` everybody who is signed up. Refused: stale, item_in_use, meeting_not_published."""
    meeting = _take(session, actor, meeting_id, version)
    if meeting.published_at is None:
        raise Refused("meeting_not_published")
    done = put_in_force(session, actor, meeting)
    if done is None:
        return None
    touch(meeting)
    announce(
        session,
        ProgrammePublished(
            meeting.id, done.edition.id, tuple(sorted(done.concerned)) if tells_concerned else (), tells_all
        ),
    )
    return done.edition


def discard_draft(session: Session, actor: Actor, meeting_id: int, version: int) -> Meeting:
    """Throw the draft away; the programme stays as it is published. Refused: stale, item_in_use (a group
    hangs on a new item)."""
    meeting = _take(session, actor, meeting_id, version)
    changes = read_programme(session, meeting.id).changes
    throw_away(session, actor, meeting)
    touch(meeting)
    before = {"changes": [change.as_json() for change in changes]}
    record(session, actor, "discard", "programme", meeting.id, before=before)
    return meeting


def _take(session: Session, actor: Actor, meeting_id: int, version: int) -> Meeting:
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.programme_version != version:
        raise Refused("stale")
    return meeting


def _flow(session: Session, meeting: Meeting) -> list[int]:
    """Give the items their times; the ids of those that moved."""
    items = {item.id: item for item in get_items(session, meeting)}
    views = list_draft_items(session, meeting.id)
    begins = meeting.starts_at or min((view.starts_at for view in views if view.starts_at), default=None)
    if begins is None:
        raise Refused("no_beginning")
    times = flow(begins.astimezone(COPENHAGEN), views)
    if any(ends.astimezone(COPENHAGEN).date() != meeting.held_on for _, ends in times.values()):
        raise Refused("past_midnight")
    moved = []
    for view in views:
        if (view.starts_at, view.ends_at) != times[view.id]:
            starts_at, ends_at = times[view.id]
            write_drafted(meeting, items[view.id], {"starts_at": starts_at, "ends_at": ends_at})
            items[view.id].version += 1
            moved.append(view.id)
    return moved


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    meeting: Meeting,
    before: dict[str, object] | None,
    after: dict[str, object],
) -> None:
    touch(meeting)
    session.flush()
    record(session, actor, verb, "programme", meeting.id, before=before, after=after)
    if not is_drafting(meeting):
        items = tuple(item.id for item in get_items(session, meeting))
        announce(session, ProgrammeChanged(meeting.id, items))
