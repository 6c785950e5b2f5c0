"""Work of contributions that can wait."""

from app.core.jobs import Tools, job
from app.domain.contributions.holding_back import let_through_of_membership


@job("contributions.let_through")
def let_through(tools: Tools, membership_id: int) -> None:
    """Open what waited for somebody to be confirmed."""
    with tools.database.unit() as session:
        let_through_of_membership(session, membership_id)
