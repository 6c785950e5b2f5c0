"""Whole meetings out of the archive: put in once, and left alone as soon as a person has touched them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import at, now, today
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.meetings.events import MeetingChanged, ProgrammeChanged
from app.domain.meetings.models import (
    AgendaItem,
    Appearance,
    Correction,
    Meeting,
    MeetingOrganiser,
    MissingNumber,
    PanelTask,
)
from app.domain.meetings.schemas import (
    MAIN_SERIES,
    ItemFacts,
    MeetingFacts,
    MissingNumberFacts,
    PersonFacts,
)
from app.domain.meetings.service import get_or_add_series
from app.domain.organisations.models import Organisation
from app.domain.users.queries import find_persons_by_name
from app.domain.users.service import add_person


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a meeting of the archive stands. `items`: id by the archive's key, without those that people
    have removed. `persons`: id by name, of all who are named. `is_untouched`: no person has changed it."""

    meeting_id: int
    is_untouched: bool
    items: Mapping[str, int] = field(default_factory=dict)
    persons: Mapping[str, int] = field(default_factory=dict)


def put_meeting(session: Session, actor: Actor, facts: MeetingFacts) -> Recorded:
    """Record a meeting from facts: each thing is added unless its key is there.

    What is there stays as it is, so that the same facts twice add nothing. A meeting that a person has
    changed is not added to at all, so that what was removed stays removed. Only for the house.
    Refused: unknown_organisation.
    """
    require(actor.is_system)
    organisations = _find_organisations(session, facts)
    persons = _put_persons(session, actor, facts)
    meeting = session.scalars(select(Meeting).where(Meeting.key == facts.key)).one_or_none()
    if meeting is None:
        meeting = _add_meeting(session, actor, facts, organisations)
    items = _list_items(session, meeting.id)
    if meeting.edited_at is None:
        new = [item for item in facts.items if item.key not in items]
        for item in new:
            items[item.key] = _add_item(session, meeting, item, organisations, persons)
        _put_corrections(session, meeting.id, facts, items)
        if new:
            keys = [item.key for item in new]
            record(session, actor, "add", "programme", meeting.id, after={"items": keys})
            announce(session, ProgrammeChanged(meeting.id, tuple(items[key] for key in keys)))
    return Recorded(meeting.id, meeting.edited_at is None, items, persons)


def put_missing_number(session: Session, actor: Actor, facts: MissingNumberFacts) -> None:
    """Note a number of the main series of which no page was found; one that is noted stays as it is."""
    require(actor.is_system)
    series = get_or_add_series(session, MAIN_SERIES)
    is_month = len(facts.before) == len("2016-11")
    before = date.fromisoformat(facts.before + "-01" * is_month) if facts.before else None
    session.execute(
        insert(MissingNumber)
        .values(
            series_id=series.id,
            number=facts.number,
            held_after=facts.after,
            held_before=before,
            before_is_month=is_month,
        )
        .on_conflict_do_nothing()
    )


def _find_organisations(session: Session, facts: MeetingFacts) -> dict[str, int]:
    """Id by key of every organisation that the facts name."""
    parts = [part for item in facts.items for person in item.people for part in (person, *person.roles)]
    wanted = {part.organisation for part in parts if part.organisation} | set(facts.organisers)
    rows = session.execute(select(Organisation.key, Organisation.id).where(Organisation.key.in_(wanted)))
    found = {row.key: row.id for row in rows}
    if missing := wanted - set(found):
        raise Refused("unknown_organisation", key=sorted(missing)[0])
    return found


def _put_persons(session: Session, actor: Actor, facts: MeetingFacts) -> dict[str, int]:
    """Id by name; in the archive a name stands for one person."""
    names = {person.name: None for item in facts.items for person in item.people if person.name}
    known = find_persons_by_name(session, names)
    return {
        name: known[name] if name in known else add_person(session, actor, name, facts.is_example).id
        for name in names
    }


def _list_items(session: Session, meeting_id: int) -> dict[str, int]:
    rows = session.execute(select(AgendaItem.key, AgendaItem.id).where(AgendaItem.meeting_id == meeting_id))
    return {row.key: row.id for row in rows}


def _add_meeting(
    session: Session, actor: Actor, facts: MeetingFacts, organisations: Mapping[str, int]
) -> Meeting:
    series = get_or_add_series(session, facts.series, facts.series_name)
    status = facts.status or ("announced" if facts.date >= today() else "closed")
    same = facts.model_dump(
        exclude={"series", "series_name", "date", "status", "organisers", "items", "corrections"}
    )
    meeting = Meeting(
        **same
        | {
            "series_id": series.id,
            "status": status,
            "held_on": facts.date,
            "starts_at": at(facts.date, facts.starts_at),
            "ends_at": at(facts.date, facts.ends_at),
            "published_at": None if status == "draft" else now(),
            "programme_published_at": None if status == "draft" else now(),
            "created_at": now(),
        }
    )
    session.add(meeting)
    session.flush()
    session.add_all(
        MeetingOrganiser(meeting_id=meeting.id, organisation_id=organisations[key])
        for key in dict.fromkeys(facts.organisers)
    )
    session.flush()
    after = facts.model_dump(mode="json", exclude={"items", "corrections"})
    record(session, actor, "add", "meeting", meeting.id, after=after)
    announce(session, MeetingChanged(meeting.id))
    return meeting


def _add_item(
    session: Session,
    meeting: Meeting,
    facts: ItemFacts,
    organisations: Mapping[str, int],
    persons: Mapping[str, int],
) -> int:
    same = facts.model_dump(exclude={"order", "starts_at", "ends_at", "tasks", "people"})
    item = AgendaItem(
        meeting_id=meeting.id,
        position=facts.order,
        starts_at=at(meeting.held_on, facts.starts_at),
        ends_at=at(meeting.held_on, facts.ends_at),
        **same,
    )
    session.add(item)
    session.flush()
    for task in facts.tasks:
        session.add(PanelTask(item_id=item.id, position=task.order, **task.model_dump(exclude={"order"})))
    parts = [values for person in facts.people for values in _parts(person, organisations, persons)]
    for position, values in enumerate(parts, 1):
        session.add(Appearance(item_id=item.id, position=position, **values))
    session.flush()
    return item.id


def _parts(
    person: PersonFacts, organisations: Mapping[str, int], persons: Mapping[str, int]
) -> Iterable[dict[str, Any]]:
    """One row for each title that the person had that day."""
    for part in person.roles or [person]:
        yield {
            "person_id": persons.get(person.name),
            "person_name": person.name,
            "title": part.title,
            "title_en": part.title_en,
            "organisation_id": organisations[part.organisation] if part.organisation else None,
            "organisation_name": part.organisation_name,
            "role": person.role,
            "is_former": part.is_former,
        }


def _put_corrections(
    session: Session, meeting_id: int, facts: MeetingFacts, items: Mapping[str, int]
) -> None:
    for correction in facts.corrections:
        session.execute(
            insert(Correction)
            .values(
                meeting_id=meeting_id,
                item_id=items.get(correction.item) if correction.item else None,
                **correction.model_dump(exclude={"item"}),
            )
            .on_conflict_do_nothing()
        )
