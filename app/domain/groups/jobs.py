"""Work of groups that can wait."""

import logging
from time import monotonic

from app.core.jobs import Tools, job
from app.domain.groups.placing import give_up, keep_division, make_in_job, place_newcomer
from app.domain.groups.solving import solve

log = logging.getLogger(__name__)

TRIES = 3


@job("groups.make", attempts=2)
def make(tools: Tools, item_id: int) -> None:
    """Make the groups of an item that somebody waits for. No connection is held while it is thought about."""
    for _ in range(TRIES):
        with tools.database.unit() as session:
            asked = make_in_job(session, item_id)
        if asked is None:
            return
        began = monotonic()
        division = solve(asked.task())
        with tools.database.unit() as session:
            if keep_division(session, item_id, asked, division, int(1000 * (monotonic() - began))):
                return
    log.warning("groups of item %d: people came and went all the time", item_id)
    with tools.database.unit() as session:
        give_up(session, item_id)


@job("groups.place_newcomer")
def place(tools: Tools, attendee_id: int) -> None:
    """Give somebody who has come a group, where groups are made already."""
    with tools.database.unit() as session:
        place_newcomer(session, attendee_id)
