"""A new meeting made from an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import clock_of
from app.core.events import announce
from app.core.i18n import DEFAULT, format_date
from app.core.policy import Actor, require
from app.domain.meetings.events import ProgrammeChanged
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import ItemView, MeetingView, PartView, list_items
from app.domain.meetings.schemas import CopyInput, CopyPart, MeetingInput
from app.domain.meetings.service import add_meeting, move_moment

# Who comes along with a programme: they lead through it, whatever it is about. Speakers are asked anew.
LEADING = frozenset({"moderator", "host"})


@dataclass(frozen=True, slots=True)
class Copied:
    """The new meeting, and which of its items stands for which of the old one: new id by old id."""

    meeting: Meeting
    items: Mapping[int, int] = field(default_factory=dict)


def copy_meeting(session: Session, actor: Actor, source: MeetingView, given: CopyInput) -> Copied:
    """A draft on another day with what was chosen of an earlier meeting; number and title set themselves.

    Programme and tasks, its leaders, organisers, introduction and topics come along here; what other rooms
    hold of the meeting, they copy by the items of the answer. Refused as `add_meeting` is.
    """
    require(may_plan_meetings(actor))
    parts = frozenset(given.parts)
    meeting = add_meeting(session, actor, _as_input(source, given, parts))
    record(
        session, actor, "copy", "meeting", source.id, after={"meeting_id": meeting.id, "parts": given.parts}
    )
    if "programme" not in parts:
        return Copied(meeting)
    copied = {
        item.id: _copy_item(session, source, meeting, item, position, parts).id
        for position, item in enumerate(list_items(session, source.id), 1)
    }
    session.flush()
    record(session, actor, "add", "programme", meeting.id, after={"items": list(copied.values())})
    announce(session, ProgrammeChanged(meeting.id, tuple(copied.values())))
    return Copied(meeting, copied)


def make_title(series_name: str, given: CopyInput) -> str:
    """What a meeting is called until somebody names it, such as "Dialogforum i marts 2027"."""
    return f"{series_name} i {format_date(given.held_on, DEFAULT, 'MMMM y')}"


def list_leaders(items: list[ItemView]) -> list[PartView]:
    """Those who lead through a programme."""
    return [part for item in items for part in item.people if part.role in LEADING]


def _as_input(source: MeetingView, given: CopyInput, parts: frozenset[CopyPart]) -> MeetingInput:
    return MeetingInput(
        series=source.series_key,
        title=given.title or make_title(source.series_name, given),
        held_on=given.held_on,
        date_certainty=given.date_certainty,
        starts=given.starts,
        ends=given.ends,
        format=given.format,
        venue=given.venue,
        seats=given.seats,
        seats_per_organisation=given.seats_per_organisation,
        introduction=source.introduction if "introduction" in parts else "",
        topics=source.topics if "topics" in parts else [],
        organisers=[one.id for one in source.organisers] if "organisers" in parts else [],
    )


def _copy_item(
    session: Session,
    source: MeetingView,
    meeting: Meeting,
    item: ItemView,
    position: int,
    parts: frozenset[CopyPart],
) -> AgendaItem:
    later = _how_much_later(source, meeting)
    copied = AgendaItem(
        meeting_id=meeting.id,
        key=f"punkt-{uuid4().hex[:12]}",
        position=position,
        kind=item.kind,
        title=item.title,
        title_en=item.title_en,
        summary=item.summary,
        summary_en=item.summary_en,
        track=item.track,
        starts_at=move_moment(item.starts_at, meeting.held_on, later),
        ends_at=move_moment(item.ends_at, meeting.held_on, later),
    )
    session.add(copied)
    session.flush()
    if "tasks" in parts:
        session.add_all(
            PanelTask(
                item_id=copied.id,
                position=place,
                title=task.title,
                text=task.text,
                text_en=task.text_en,
                answer_limit=task.answer_limit,
            )
            for place, task in enumerate(item.tasks, 1)
        )
    if "moderators" in parts:
        session.add_all(
            Appearance(
                item_id=copied.id,
                position=place,
                person_id=part.person_id,
                person_name=part.name,
                title=part.title,
                title_en=part.title_en,
                organisation_id=part.organisation_id,
                organisation_name=part.organisation_name,
                role=part.role,
            )
            for place, part in enumerate(list_leaders([item]), 1)
        )
    return copied


def _how_much_later(source: MeetingView, meeting: Meeting) -> timedelta:
    old, new = clock_of(source.starts_at), clock_of(meeting.starts_at)
    if old is None or new is None:
        return timedelta()
    return timedelta(hours=new.hour - old.hour, minutes=new.minute - old.minute)
