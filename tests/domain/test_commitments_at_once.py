"""Two at the same moment, on a real PostgreSQL: who links waits for who gathers, in one order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep

from sqlalchemy import text

from app.core.database import Database
from app.domain.answering.cases import lock_contributions
from app.domain.commitments.schemas import CommitmentEdit, ReplaceInput
from app.domain.commitments.service import edit, replace
from app.domain.contributions.gathering import gather
from app.domain.contributions.service import withdraw
from tests.people import add_people
from tests.promised import PROMISE, add_commitment
from tests.said import add_wish

WAITS = text("select count(*) from pg_locks where not granted")


def do_while_held(database: Database, held: Sequence[int], act: Callable[[], object]) -> object:
    """What `act` gives, begun while another holds the first of these and takes the last before it lets go."""
    with ThreadPoolExecutor(1) as other:
        with database.unit() as session:
            lock_contributions(session, held[:1])
            acting = other.submit(act)
            while not session.scalar(WAITS):
                sleep(0.02)
            lock_contributions(session, held[1:])
        return acting.result(20)


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

    assert do_while_held(database, [first, last], link) == made.version + 1


def test_replacing_while_others_hold_what_is_handed_over_waits_and_never_in_a_ring(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        staff = people.staff
        held = [add_wish(session, people.vendor, title=f"Ønske {number}").id for number in range(8)]
        old, new = add_commitment(session, staff, contribution_ids=held), add_commitment(session, staff)
        words = {"version": old.version, "replaced_by_id": new.id, "cause": "data", "lesson": "Del det op."}
        given = ReplaceInput.model_validate(words)

    def change() -> str:
        with database.unit() as session:
            # As the planner reads many: in whatever order they come.
            session.execute(text("set local enable_sort = off"))
            session.execute(text("set local enable_indexscan = off"))
            session.execute(text("set local enable_indexonlyscan = off"))
            return replace(session, staff, old.id, given).status

    assert do_while_held(database, held, change) == "replaced"


def test_withdrawing_a_lead_while_others_hold_what_hangs_under_it_waits_and_never_in_a_ring(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        vendor = people.vendor
        member, lead = (add_wish(session, vendor, title=title).id for title in ("Klima", "Velfærd"))
        gather(session, people.staff, lead, [member])

    def take_back() -> str:
        with database.unit() as session:
            return withdraw(session, vendor, lead).status

    assert do_while_held(database, [member, lead], take_back) == "withdrawn"
