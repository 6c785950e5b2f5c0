"""Sending a batch: each letter becomes a mail in the transaction that notes it; mails are sent one by one.

However often the worker dies, a letter becomes one mail: what was committed is not done again.
"""

from app.core.jobs import Tools, job
from app.domain.outbox.service import post_some


@job("outbox.post", attempts=10)
def post_batch(tools: Tools, batch_id: int) -> None:
    """Queue the mails of a batch, some at a time."""
    while True:
        with tools.database.unit() as session:
            if post_some(session, batch_id) == 0:
                return
