"""Reading meetings from the side of the organisations."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.policy import in_force, visible_to


def count_meetings_by_organisation(session: Session, actor: Actor) -> dict[int, int]:
    """{organisation id: meetings that the actor may see, where somebody spoke for it}."""
    rows = session.execute(
        select(Appearance.organisation_id, func.count(Meeting.id.distinct()).label("meetings"))
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(visible_to(actor), in_force(Appearance), Appearance.organisation_id.is_not(None))
        .group_by(Appearance.organisation_id)
    )
    return {row.organisation_id: row.meetings for row in rows}
