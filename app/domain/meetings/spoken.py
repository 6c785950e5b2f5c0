"""Who spoke at the meetings, and as what on the day: what stands in their programmes."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.policy import in_force, visible_to


@dataclass(frozen=True, slots=True)
class Spoken:
    """Somebody in an item of a programme, with the title and the organisation of that day."""

    name: str
    title: str
    title_en: str
    organisation: str
    role: str
    is_former: bool
    item_title: str
    item_title_en: str
    meeting_key: str
    held_on: date
    is_example: bool


def read_spoken(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[Spoken]:
    """So many parts with a name after a place, those of the newest meeting first. One statement."""
    statement = (
        select(
            Appearance.person_name.label("name"),
            Appearance.title,
            Appearance.title_en,
            Appearance.organisation_name.label("organisation"),
            Appearance.role,
            Appearance.is_former,
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            Meeting.key.label("meeting_key"),
            Meeting.held_on,
            Meeting.is_example,
        )
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(visible_to(actor), in_force(Appearance), in_force(AgendaItem), Appearance.person_name != "")
    )
    order = (By(Meeting.held_on, date, True), By(Appearance.id, int))
    found = read_slice(session, statement, order, after, most)
    names = Spoken.__dataclass_fields__
    return Slice(
        tuple(Spoken(**{name: row._mapping[name] for name in names}) for row in found.rows), found.last
    )
