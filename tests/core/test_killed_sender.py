"""A batch of mails through a real mail server, with its sender killed by SIGKILL in the middle of it."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from app.core.database import Database
from app.core.mail import Mail
from app.domain.outbox.queries import Counts, count_letters
from app.domain.outbox.schemas import Recipient
from app.domain.outbox.service import prepare, send_batch
from tests.people import add_people
from tests.postbox import Postbox, open_postbox
from tests.signing_up import add_open_meeting
from tests.waiting import wait_until

MANY = 40
KILLED_AFTER = (0, 20)  # mails received


@contextmanager
def sending(database: Database, postbox: Postbox) -> Iterator[subprocess.Popen[bytes]]:
    """A worker; killed at the end of the block, without a chance to tidy up."""
    url = database.url.render_as_string(hide_password=False)
    worker = subprocess.Popen([sys.executable, "-m", "tests.core.killed_sender", url, str(postbox.port)])
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def test_each_notice_arrives_once_though_its_sender_is_killed_while_it_writes_and_while_it_sends(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        batch = prepare(
            session,
            people.staff,
            kind="invitation",
            meeting_id=add_open_meeting(session).id,
            recipients=[Recipient(f"nr{number}@x.example", f"Nr. {number}") for number in range(MANY)],
        )
        assert batch is not None
        send_batch(session, people.staff, batch.id, batch.version)

    def is_done() -> bool:
        with database.unit() as session:
            return count_letters(session, [batch.id])[batch.id] == Counts(sent=MANY)

    with open_postbox() as postbox:
        for received in KILLED_AFTER:
            with sending(database, postbox):
                wait_until(lambda received=received: len(postbox.received) > received, seconds=30)
        with sending(database, postbox):
            wait_until(is_done, seconds=40)
        with database.unit() as session:
            written = set(session.scalars(select(Mail.message_id)))
            assert session.scalar(select(func.count()).select_from(Mail)) == MANY
        arrived = Counter(str(mail["Message-ID"]) for mail in postbox.received)
        to = Counter(str(mail["To"]) for mail in postbox.received)

    # Nobody is missing and nobody gets a second notice: what came twice is the same mail, by its Message-ID.
    assert set(arrived) == written
    assert len(to) == MANY
    # A mail that the server had taken when the sender died is sent again: one for each kill at most.
    assert sum(arrived.values()) - MANY <= len(KILLED_AFTER)
