"""Polls out of the archive: put in once, with how they went."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import Actor, require
from app.core.text import ShortLine
from app.domain.polls.models import Poll, PollOption
from app.domain.polls.schemas import PollInput
from app.domain.polls.service import add_poll


class PollFacts(PollInput):
    """A poll by its key. `tally`: how many gave each, by the words of the option, the step or the word."""

    key: ShortLine
    item: ShortLine = ""
    tally: dict[ShortLine, int] = {}
    voters: int = 0
    is_open: bool = False
    is_example: bool = False


def put_poll(
    session: Session,
    actor: Actor,
    meeting_id: int,
    held_at: datetime,
    facts: PollFacts,
    items: Mapping[str, int],
) -> None:
    """A poll; one that is there stays as people left it. With a tally it was held,
    else it may be open. Only for the house."""
    require(actor.is_system)
    known = select(Poll.id).where(Poll.meeting_id == meeting_id, Poll.key == facts.key)
    if session.scalar(known) is not None:
        return
    given = facts.model_copy(update={"item_id": items.get(facts.item)})
    poll = add_poll(session, actor, meeting_id, given, facts.key)
    poll.is_example = facts.is_example
    if facts.tally:
        rows = session.execute(select(PollOption.text, PollOption.id).where(PollOption.poll_id == poll.id))
        ids = {row.text: str(row.id) for row in rows}
        poll.tally = {ids.get(given, given): number for given, number in facts.tally.items()}
        poll.voters = facts.voters
        poll.state, poll.opened_at, poll.closed_at = "closed", held_at, held_at
    elif facts.is_open:
        poll.state, poll.opened_at = "open", held_at
    session.flush()
