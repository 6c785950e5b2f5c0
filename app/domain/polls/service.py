"""The verbs of polls: making, opening, voting, closing.

Who voted what is known to nobody: it is shown nowhere while a poll is open, and forgotten when it closes.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.live import tell
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.attendance.models import Attendee
from app.domain.attendance.policy import has_seat
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.statuses import OVER
from app.domain.polls.counting import count_votes, fold_word
from app.domain.polls.models import Poll, PollOption, PollVote
from app.domain.polls.policy import may_run_polls, may_see_poll, may_vote, why_shut
from app.domain.polls.schemas import LONGEST_WORD, SCALE, PollInput, VoteInput

MOST_POLLS: Final = 50
_FIELDS: Final = (
    "kind",
    "question",
    "help",
    "most",
    "low_label",
    "high_label",
    "hides_results",
    "visibility",
    "item_id",
)


# --- making


def add_poll(
    session: Session, actor: Actor, meeting_id: int, given: PollInput, key: str | None = None
) -> Poll:
    """A new poll, seen by nobody else until it is opened. Refused: poll_too_many, unknown_item."""
    _take_meeting(session, actor, meeting_id)
    count, last = session.execute(
        select(func.count(), func.coalesce(func.max(Poll.position), 0)).where(Poll.meeting_id == meeting_id)
    ).one()
    if count >= MOST_POLLS:
        raise Refused("poll_too_many", most=MOST_POLLS)
    _check_item(session, meeting_id, given.item_id)
    poll = Poll(
        meeting_id=meeting_id,
        key=key,
        position=last + 1,
        created_at=now(),
        tally={},
        **given.model_dump(include=set(_FIELDS)),
    )
    session.add(poll)
    session.flush()
    _set_options(session, poll, given.options)
    record(session, actor, "add", "poll", poll.id, after=_as_facts(poll))
    _tell_of_poll(session, poll)
    return poll


def edit_poll(session: Session, actor: Actor, poll_id: int, given: PollInput) -> Poll:
    """Change a poll that nobody has voted in. Refused: stale, poll_voted, unknown_item."""
    poll, meeting = _take_poll(session, actor, poll_id)
    if poll.version != given.version:
        raise Refused("stale")
    if poll.state != "draft" or _has_votes(session, poll):
        raise Refused("poll_voted")
    _check_item(session, meeting.id, given.item_id)
    before = _as_facts(poll)
    for field in _FIELDS:
        setattr(poll, field, getattr(given, field))
    poll.version += 1
    _set_options(session, poll, given.options)
    record(session, actor, "edit", "poll", poll.id, before=before, after=_as_facts(poll))
    _tell_of_poll(session, poll)
    return poll


def set_visibility(session: Session, actor: Actor, poll_id: int, visibility: str) -> Poll:
    """Let all read how a poll went, or only those who took part, also after it is closed."""
    poll, _meeting = _take_poll(session, actor, poll_id)
    if poll.visibility != visibility:
        before = {"visibility": poll.visibility}
        poll.visibility = visibility
        poll.version += 1
        after = {"visibility": visibility}
        record(session, actor, "set_up", "poll", poll.id, before=before, after=after)
        _tell_of_poll(session, poll)
    return poll


def remove_poll(session: Session, actor: Actor, poll_id: int) -> int:
    """Take a poll away that nobody has voted in; the id of its meeting. Refused: poll_voted."""
    poll, meeting = _take_poll(session, actor, poll_id)
    if poll.state != "draft" or _has_votes(session, poll):
        raise Refused("poll_voted")
    record(session, actor, "remove", "poll", poll.id, before=_as_facts(poll))
    _tell_of_poll(session, poll)
    lay_aside(session, actor, "poll", poll, poll.question, meeting_id=meeting.id)
    session.delete(poll)
    session.flush()
    return meeting.id


def _take_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    meeting = session.scalars(
        select(Meeting).where(Meeting.id == meeting_id, meeting_visible_to(actor)).with_for_update()
    ).one_or_none()
    if meeting is None:
        raise NotFound
    require(may_run_polls(actor, meeting_id))
    return meeting


def _check_item(session: Session, meeting_id: int, item_id: int | None) -> None:
    if item_id is None:
        return
    item = session.get(AgendaItem, item_id)
    if item is None or item.is_new or item.meeting_id != meeting_id:
        raise Refused("unknown_item")


def _set_options(session: Session, poll: Poll, options: Sequence[str]) -> None:
    session.execute(delete(PollOption).where(PollOption.poll_id == poll.id))
    session.add_all(
        PollOption(poll_id=poll.id, position=position, text=text) for position, text in enumerate(options, 1)
    )
    session.flush()


def _has_votes(session: Session, poll: Poll) -> bool:
    return bool(session.scalar(select(select(PollVote).where(PollVote.poll_id == poll.id).exists())))


def _as_facts(poll: Poll) -> dict[str, Any]:
    return {field: getattr(poll, field) for field in (*_FIELDS, "state")}


# --- opening and closing


def open_poll(session: Session, actor: Actor, poll_id: int) -> Poll:
    """Let the room vote, for the first time or again; votes that were counted stay counted.

    Refused: poll_meeting_off, poll_meeting_done.
    """
    poll, meeting = _take_poll(session, actor, poll_id)
    if poll.state == "open":
        return poll
    if reason := why_shut(meeting.status):
        raise Refused(reason)
    before = {"state": poll.state}
    poll.state, poll.closed_at = "open", None
    poll.opened_at = poll.opened_at or now()
    poll.version += 1
    record(session, actor, "open", "poll", poll.id, before=before, after={"state": "open"})
    _tell_of_poll(session, poll)
    return poll


def close_poll(session: Session, actor: Actor, poll_id: int) -> Poll:
    """Count the votes and forget who gave which; only that somebody has voted is kept."""
    poll, _meeting = _take_poll(session, actor, poll_id)
    if poll.state == "open":
        _count(session, actor, poll)
    return poll


def follow_meeting(session: Session, meeting_id: int) -> None:
    """Close what is open at a meeting that is over, or that will not be held."""
    if session.get_one(Meeting, meeting_id).status not in OVER:
        return
    for poll in session.scalars(
        select(Poll)
        .where(Poll.meeting_id == meeting_id, Poll.state == "open")
        .order_by(Poll.id)
        .with_for_update()
    ):
        _count(session, SYSTEM, poll)


def _count(session: Session, actor: Actor, poll: Poll) -> None:
    given = func.unnest(PollVote.given).label("given")
    votes = session.execute(
        select(given, func.count()).where(PollVote.poll_id == poll.id).group_by(given)
    ).all()
    poll.tally = count_votes([(vote, number) for vote, number in votes], poll.tally, poll.kind)
    # Every row is written anew at once, so that not even their order in the database tells anything.
    voters = session.scalars(
        update(PollVote)
        .where(PollVote.poll_id == poll.id, PollVote.given.is_not(None))
        .values(given=None)
        .returning(PollVote.attendee_id)
    ).all()
    poll.voters += len(voters)
    poll.state, poll.closed_at = "closed", now()
    poll.version += 1
    after = {"state": "closed", "voters": poll.voters}
    record(session, actor, "close", "poll", poll.id, before={"state": "open"}, after=after)
    _tell_of_poll(session, poll)


def hide_word(session: Session, actor: Actor, poll_id: int, word: str) -> Poll:
    """Show a word of a poll to nobody, however it is spelled; it is counted still."""
    return _turn_word(session, actor, poll_id, word, hides=True)


def show_word(session: Session, actor: Actor, poll_id: int, word: str) -> Poll:
    """Show a hidden word again."""
    return _turn_word(session, actor, poll_id, word, hides=False)


def _turn_word(session: Session, actor: Actor, poll_id: int, word: str, *, hides: bool) -> Poll:
    poll, _meeting = _take_poll(session, actor, poll_id)
    folded = fold_word(word[:LONGEST_WORD])
    if not folded or (folded in poll.hidden_words) == hides:
        return poll
    rest = [known for known in poll.hidden_words if known != folded]
    poll.hidden_words = [*rest, folded] if hides else rest
    poll.version += 1
    # The word itself is what is not to be read.
    after = {"hidden_words": len(poll.hidden_words)}
    record(session, actor, "hide_word" if hides else "show_word", "poll", poll.id, after=after)
    _tell_of_poll(session, poll)
    return poll


def _take_poll(session: Session, actor: Actor, poll_id: int) -> tuple[Poll, Meeting]:
    """The poll, held: votes that come meanwhile wait. Raises NotFound and NotAllowed."""
    row = session.execute(
        select(Poll, Meeting)
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(Poll.id == poll_id, meeting_visible_to(actor))
        .with_for_update(of=Poll)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not may_see_poll(actor, row.Poll):
        raise NotFound
    poll, meeting = row
    require(may_run_polls(actor, meeting.id))
    return poll, meeting


def _tell_of_poll(session: Session, poll: Poll) -> None:
    """Tell those who have polls open, and those who have the room, the console or the screen open."""
    session.flush()
    tell(session, f"polls:{poll.meeting_id}")
    tell(session, f"running:{poll.meeting_id}")


# --- voting


def vote(session: Session, actor: Actor, poll_id: int, given: VoteInput) -> None:
    """Vote, or vote otherwise while the poll is open: one vote each, the last one counts.

    Raises NotFound, NotAllowed, and Refused: poll_closed, poll_not_open_yet, poll_counted, poll_wrong_choice,
    poll_too_many_given and why_shut.
    """
    poll, attendee_id = _take_open(session, actor, poll_id)
    choice = _read_choice(session, poll, given.given)
    voted = session.scalars(
        insert(PollVote)
        .values(poll_id=poll_id, attendee_id=attendee_id, given=choice)
        .on_conflict_do_update(
            index_elements=["poll_id", "attendee_id"],
            set_={"given": choice},
            where=PollVote.given.is_not(None),
        )
        .returning(PollVote.poll_id)
    ).one_or_none()
    if voted is None:
        raise Refused("poll_counted")
    # That somebody voted is noted, and neither who nor what.
    record(session, actor, "vote", "poll", poll_id, is_nameless=True)
    tell(session, f"polls:{poll.meeting_id}")


def take_vote_back(session: Session, actor: Actor, poll_id: int) -> None:
    """Have not voted after all. Refused: poll_closed, poll_counted."""
    poll, attendee_id = _take_open(session, actor, poll_id)
    own = PollVote.poll_id == poll_id, PollVote.attendee_id == attendee_id
    gone = delete(PollVote).where(*own, PollVote.given.is_not(None)).returning(PollVote.poll_id)
    if session.scalars(gone).all():
        record(session, actor, "take_vote_back", "poll", poll_id, is_nameless=True)
        tell(session, f"polls:{poll.meeting_id}")
    elif session.scalar(select(select(PollVote).where(*own).exists())):
        raise Refused("poll_counted")


def _take_open(session: Session, actor: Actor, poll_id: int) -> tuple[Poll, int]:
    """The poll, kept from being closed meanwhile, and the actor's seat."""
    row = session.execute(
        select(Poll, Meeting.status)
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(Poll.id == poll_id, meeting_visible_to(actor))
        .with_for_update(of=Poll, read=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not may_see_poll(actor, row.Poll):
        raise NotFound
    poll: Poll = row.Poll
    require(may_vote(actor, poll.meeting_id), "poll_join_first")
    attendee_id = session.scalar(
        select(Attendee.id).where(
            Attendee.id == actor.seat_at(poll.meeting_id),
            Attendee.meeting_id == poll.meeting_id,
            has_seat(),
        )
    )
    require(attendee_id is not None, "poll_join_first")
    assert attendee_id is not None
    if reason := why_shut(row.status):
        raise Refused(reason)
    if poll.state != "open":
        raise Refused("poll_closed" if poll.state == "closed" else "poll_not_open_yet")
    return poll, attendee_id


def _read_choice(session: Session, poll: Poll, given: Sequence[str]) -> list[str]:
    """What is kept of a vote. Refused: poll_wrong_choice, poll_too_many_given."""
    chosen = list(dict.fromkeys(given))
    if poll.kind == "words":
        words: dict[str, str] = {}
        for word in chosen:
            words.setdefault(fold_word(word), word)
        chosen = [word for folded, word in words.items() if folded]
    elif poll.kind == "scale":
        chosen = [step for step in chosen if step in SCALE]
    else:
        options = session.scalars(select(PollOption.id).where(PollOption.poll_id == poll.id))
        known = {str(option) for option in options}
        if not known.issuperset(chosen):
            raise Refused("poll_wrong_choice")
    if not chosen:
        raise Refused("poll_wrong_choice")
    if len(chosen) > poll.most:
        raise Refused("poll_too_many_given", most=poll.most)
    return chosen
