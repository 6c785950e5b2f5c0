"""Work of contributions that can wait."""

from app.core.jobs import Tools, job
from app.domain.contributions.holding_back import let_through_of_membership
from app.domain.contributions.on_behalf import tell_organisations


@job("contributions.let_through")
def let_through(tools: Tools, membership_id: int) -> None:
    """Open what waited for somebody to be confirmed."""
    with tools.database.unit() as session:
        let_through_of_membership(session, membership_id)


@job("contributions.tell_on_behalf", cron="7 6 * * *")
def tell_on_behalf(tools: Tools) -> None:
    """Tell organisations each morning what others wrote in on their behalf."""
    with tools.database.unit() as session:
        tell_organisations(session)
