"""Noting and sending. May die and be begun again at any moment: a receiver may get the same twice, with the
same id."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from app.core.jobs import Tools, job
from app.domain.webhooks import noting
from app.domain.webhooks.sending import post
from app.domain.webhooks.service import defer_sending

AT_ONCE: Final = 4  # receivers
IN_A_ROW: Final = 20  # calls to one of them, before the others have a turn
A_TURN: Final = 5.0  # seconds of one of them; the call that is under way then is its last for now
LONGEST: Final = 60.0  # seconds, before what else waits has a turn


@job("webhooks.note")
def note(tools: Tools, what: str, object_ids: list[int], detail_id: int, happened_at: str) -> None:
    """Note what happened for those who want to hear of it."""
    with tools.database.unit() as session:
        noting.note(session, what, object_ids, detail_id, datetime.fromisoformat(happened_at))


@job("webhooks.send", cron="* * * * *", alone=True)
def send(tools: Tools) -> None:
    """Send all that is due, to several receivers at once, and come back if there is more than a minute's."""
    end = time.monotonic() + LONGEST
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as hands:
        while True:
            with tools.database.unit() as session:
                due = noting.list_due(session)
            if not due:
                return
            if time.monotonic() >= end:
                with tools.database.unit() as session:
                    defer_sending(session)
                return
            list(hands.map(lambda webhook_id: _send_to(tools, webhook_id, end), due))


def _send_to(tools: Tools, webhook_id: int, end: float) -> None:
    """What is due for one receiver, in its order, until one call fails or its turn is over. No connection to
    the database is held while somebody else's machine is waited for."""
    own_end = time.monotonic() + A_TURN
    for _ in range(IN_A_ROW):
        with tools.database.unit() as session:
            call = noting.take_next(session, webhook_id)
        if call is None or time.monotonic() >= end:
            return
        outcome = post(call.address, call.headers, call.body)
        with tools.database.unit() as session:
            noting.note_outcome(session, call.delivery_id, outcome)
        if not outcome.is_taken or time.monotonic() >= own_end:
            return


@job("webhooks.forget_old", cron="23 3 * * *")
def forget_old(tools: Tools) -> None:
    """Each night: let go of what is no longer kept."""
    with tools.database.unit() as session:
        noting.forget_old(session)
