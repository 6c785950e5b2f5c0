"""Work on pressure tests that nobody waits for."""

from app.core.events import announce
from app.core.jobs import Tools, is_done_before, job
from app.core.policy import SYSTEM
from app.domain.pressure_tests.events import TestsOutOfDate
from app.domain.pressure_tests.lists import Choice, list_tests

MOST_TOLD = 100


@job("pressure_tests.find_out_of_date")
def find_out_of_date(tools: Tools, strategy_id: int) -> None:
    """Have staff told of the tests that a change of this strategy has put out of date, if any."""
    with tools.database.unit() as session:
        choice = Choice(strategy_id=strategy_id, is_out_of_date=True)
        found = list_tests(session, SYSTEM, choice, per_page=MOST_TOLD).tests
        ids = [one.id for one in found if any(change.strategy_id == strategy_id for change in one.changes)]
        if ids and not is_done_before(session):
            announce(session, TestsOutOfDate(tuple(ids)))
