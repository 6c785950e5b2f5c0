"""Work of contributions that can wait."""

from datetime import date

from app.core.jobs import Tools, job
from app.domain.contributions.holding_back import let_through_of_membership
from app.domain.contributions.ideas.drafting import forget_old_typed
from app.domain.contributions.ideas.hearing import notice_lapsed
from app.domain.contributions.ideas.hearing import remind_owner as remind_of_hearing
from app.domain.contributions.ideas.resting import ask_owners, rest_unanswered
from app.domain.contributions.needs.drafting import forget_old_typed_needs
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


@job("contributions.remove_file")
def remove_file(tools: Tools, file_key: str) -> None:
    """Take a file of an idea away, after the transaction that no longer knows it."""
    tools.storage.delete(file_key)


@job("contributions.look_after_ideas", cron="35 4 * * *")
def look_after_ideas(tools: Tools) -> None:
    """Each night: lay to rest what nobody answered, ask of the next, see which hearings are over, and forget
    what was typed long ago."""
    for look in (rest_unanswered, ask_owners, notice_lapsed, forget_old_typed):
        with tools.database.unit() as session:
            look(session)


@job("contributions.forget_typed_needs", cron="50 4 * * *")
def forget_typed_needs(tools: Tools) -> None:
    """Each night: forget what was typed of needs long ago."""
    with tools.database.unit() as session:
        forget_old_typed_needs(session)


@job("contributions.remind_of_hearing")
def remind_owner(tools: Tools, request_id: int, hear_by: str) -> None:
    """Remind the owner of an idea that few days are left in a hearing."""
    with tools.database.unit() as session:
        remind_of_hearing(session, request_id, date.fromisoformat(hear_by))
