"""Work about people that can wait."""

from app.core.jobs import Tools, job
from app.domain.users.memberships import tell_of_requests


@job("users.tell_of_requests")
def tell_those_who_confirm(tools: Tools, organisation_id: int) -> None:
    """Tell those who confirm for an organisation of all who have come to wait since they were last told."""
    with tools.database.unit() as session:
        tell_of_requests(session, organisation_id)
