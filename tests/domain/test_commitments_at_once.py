"""Two at the same moment, on a real PostgreSQL: who links waits for who gathers, in one order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

from sqlalchemy import text

from app.core.database import Database
from app.domain.answering.cases import lock_contributions
from app.domain.commitments.schemas import CommitmentEdit
from app.domain.commitments.service import edit
from tests.people import add_people
from tests.promised import PROMISE, add_commitment
from tests.said import add_wish

WAITS = text("select count(*) from pg_locks where not granted")


def test_linking_while_others_hold_what_is_linked_waits_and_never_in_a_ring(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        staff = people.staff
        first, last = (add_wish(session, people.vendor, title=title).id for title in ("Klima", "Velfærd"))
        made = add_commitment(session, staff, contribution_ids=[first])
        given = CommitmentEdit.model_validate(
            PROMISE
            | {
                "organisation_id": staff.organisation_id,
                "contribution_ids": [first, last],
                "version": made.version,
            }
        )

    def link() -> int:
        with database.unit() as session:
            return edit(session, staff, made.id, given).version

    with ThreadPoolExecutor(1) as other:
        with database.unit() as session:
            lock_contributions(session, [first])
            linking = other.submit(link)
            while not session.scalar(WAITS):
                sleep(0.02)
            lock_contributions(session, [last])
        assert linking.result(20) == made.version + 1
