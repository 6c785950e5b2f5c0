"""Remembering when somebody last looked, by the day."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor, is_person, require
from app.domain.users.models import LastVisit


def note_visit(session: Session, actor: Actor) -> date | None:
    """The actor looks at what is new; from which day on it is. None the first time.

    All visits of one day show the same, so that nothing is gone when the page is opened again. It is not in
    the log: looking decides nothing.
    """
    require(is_person(actor))
    day = today()
    row = insert(LastVisit).values(user_id=actor.user_id, visited_on=day)
    row = row.on_conflict_do_update(
        index_elements=[LastVisit.user_id],
        set_={"since": LastVisit.visited_on, "visited_on": day},
        where=LastVisit.visited_on < day,
    )
    session.execute(row)
    visit = session.get_one(LastVisit, actor.user_id, populate_existing=True)
    return visit.since
