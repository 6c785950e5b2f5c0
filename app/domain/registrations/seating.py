"""How many seats a meeting has, for whom some are kept, and the rules of its queue: set by staff."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings import service as meetings
from app.domain.meetings.events import MeetingChanged
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import lock_meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.registrations.models import (
    Registration,
    SeatDecision,
    SeatGroup,
    SeatGroupOrganisation,
)
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queue import move_queue
from app.domain.registrations.schemas import ACTIVE, SeatGroupInput, SeatsInput
from app.domain.registrations.seats import read_room

MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class SeatsView:
    """How many may come, until when they sign up, and the rules of the queue."""

    seats: int | None
    seats_per_organisation: int | None
    registration_closes_on: date | None
    needs_approval: bool
    offer_hours: int
    version: int


def set_seats(session: Session, actor: Actor, meeting_id: int, version: int, given: SeatsInput) -> Meeting:
    """Set the ceilings and the rules. Nobody loses a seat by it; new seats go to the queue.

    Refused: stale, groups_exceed_seats.
    """
    require(may_manage(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.version != version:
        raise Refused("stale")
    values = given.model_dump()
    before = {name: getattr(meeting, name) for name in values}
    for name, value in values.items():
        setattr(meeting, name, value)
    meeting.version += 1
    meeting.edited_at = now()
    session.flush()
    _require_room_for_groups(session, meeting)
    record(session, actor, "set_seats", "meeting", meeting.id, before=_plain(before), after=_plain(values))
    announce(session, MeetingChanged(meeting.id))
    move_queue(session, meeting)
    return meeting


def edit_within_seats(
    session: Session, actor: Actor, meeting_id: int, version: int, given: MeetingInput
) -> Meeting:
    """The same as `meetings.service.edit_meeting`, with a look at the seats that are kept. Refused: as there,
    and groups_exceed_seats (it is still to come, and gets other seats)."""
    seats = session.scalar(select(Meeting.seats).where(Meeting.id == meeting_id))
    meeting = meetings.edit_meeting(session, actor, meeting_id, version, given)
    if meeting.seats != seats and meeting.held_on >= today():
        _require_room_for_groups(session, meeting)
    return meeting


def add_group(session: Session, actor: Actor, meeting_id: int, given: SeatGroupInput) -> SeatGroup:
    """Keep seats for some. Refused: groups_exceed_seats, group_for_nobody, unknown_seat_organisation (which),
    too_many_groups."""
    meeting = _take(session, actor, meeting_id)
    many = session.scalar(select(func.count()).where(SeatGroup.meeting_id == meeting.id)) or 0
    if many >= MOST_GROUPS:
        raise Refused("too_many_groups", most=MOST_GROUPS)
    group = SeatGroup(meeting_id=meeting.id, **_values(given))
    session.add(group)
    session.flush()
    _keep_group(session, actor, meeting, group, given, "add", None)
    return group


def edit_group(
    session: Session, actor: Actor, meeting_id: int, group_id: int, version: int, given: SeatGroupInput
) -> SeatGroup:
    """Change whom seats are kept for. Refused: stale, and as for `add_group`."""
    meeting = _take(session, actor, meeting_id)
    group = _find_group(session, meeting.id, group_id)
    if group.version != version:
        raise Refused("stale")
    before = snapshot(group)
    for name, value in _values(given).items():
        setattr(group, name, value)
    group.version += 1
    _keep_group(session, actor, meeting, group, given, "edit", before)
    return group


def remove_group(session: Session, actor: Actor, meeting_id: int, group_id: int) -> None:
    """Keep these seats for nobody any more: they go to whoever is next."""
    meeting = _take(session, actor, meeting_id)
    group = _find_group(session, meeting.id, group_id)
    before = snapshot(group)
    session.delete(group)
    session.flush()
    record(session, actor, "remove", "seat_group", group_id, before=before)
    _regroup(session, meeting.id)
    move_queue(session, meeting)


def copy_seats(session: Session, actor: Actor, from_meeting_id: int, to_meeting_id: int) -> int:
    """Give a meeting the reserved seats and the rules of the queue of another one; how many groups.

    A group keeps its name, its seats and its organisations; it is released as many days before as there.
    Refused: groups_exceed_seats.
    """
    require(may_manage(actor))
    model = session.get_one(Meeting, from_meeting_id)
    meeting = lock_meeting(session, to_meeting_id)
    meeting.needs_approval, meeting.offer_hours = model.needs_approval, model.offer_hours
    groups = session.scalars(
        select(SeatGroup).where(SeatGroup.meeting_id == model.id).order_by(SeatGroup.id)
    ).all()
    for group in groups:
        before = group.release_on
        copied = SeatGroup(
            meeting_id=meeting.id,
            name=group.name,
            seats=group.seats,
            kinds=list(group.kinds),
            release_on=meeting.held_on - (model.held_on - before) if before else None,
        )
        session.add(copied)
        session.flush()
        named = select(SeatGroupOrganisation.organisation_id).where(
            SeatGroupOrganisation.group_id == group.id
        )
        _name_organisations(session, copied.id, session.scalars(named).all())
        record(session, actor, "add", "seat_group", copied.id, after=snapshot(copied))
    _require_room_for_groups(session, meeting)
    return len(groups)


def move_releases(session: Session, meeting_id: int, was_on: date) -> None:
    """Release the reserved seats of a moved meeting as many days before it as planned; what is released
    already stays so. For what follows a move."""
    meeting = lock_meeting(session, meeting_id)
    session.execute(
        update(SeatGroup)
        .where(SeatGroup.meeting_id == meeting.id, SeatGroup.release_on > today())
        .values(
            release_on=SeatGroup.release_on + (meeting.held_on - was_on).days,
            version=SeatGroup.version + 1,
        )
    )


def get_seats(session: Session, meeting_id: int) -> SeatsView:
    """The ceilings of a meeting and the rules of its queue."""
    return SeatsView(
        *session.execute(
            select(
                Meeting.seats,
                Meeting.seats_per_organisation,
                Meeting.registration_closes_on,
                Meeting.needs_approval,
                Meeting.offer_hours,
                Meeting.version,
            ).where(Meeting.id == meeting_id)
        ).one()
    )


def get_organisation_names(session: Session, organisation_ids: Collection[int]) -> dict[int, str]:
    """The names of the organisations that groups name, in Danish order."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(organisation_ids))
        .order_by(danish_order(Organisation.name))
    )
    return {row.id: row.name for row in rows}


# --- the pieces


def _take(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    require(may_manage(actor))
    return lock_meeting(session, meeting_id)


def _find_group(session: Session, meeting_id: int, group_id: int) -> SeatGroup:
    group = session.get(SeatGroup, group_id, populate_existing=True)
    if group is None or group.meeting_id != meeting_id:
        raise NotFound
    return group


def _values(given: SeatGroupInput) -> dict[str, object]:
    return given.model_dump(exclude={"organisations"}) | {"kinds": sorted(set(given.kinds))}


def _keep_group(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    group: SeatGroup,
    given: SeatGroupInput,
    verb: str,
    before: dict[str, object] | None,
) -> None:
    if not given.kinds and not given.organisations:
        raise Refused("group_for_nobody")
    session.flush()
    _name_organisations(session, group.id, _find_organisations(session, given.organisations))
    _require_room_for_groups(session, meeting)
    after = snapshot(group) | {"organisations": given.organisations}
    record(session, actor, verb, "seat_group", group.id, before=before, after=after)
    _regroup(session, meeting.id)
    move_queue(session, meeting)


def _find_organisations(session: Session, names: Sequence[str]) -> list[int]:
    """The organisations of these names or short names, whatever the case."""
    folded = {name.casefold(): name for name in names}
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.short_name).where(
            Organisation.refused_at.is_(None),
            func.lower(Organisation.name).in_(folded) | func.lower(Organisation.short_name).in_(folded),
        )
    ).all()
    found = {word.casefold() for row in rows for word in (row.name, row.short_name) if word}
    for word, name in folded.items():
        if word not in found:
            raise Refused("unknown_seat_organisation", organisation=name)
    return sorted({row.id for row in rows})


def _name_organisations(session: Session, group_id: int, organisation_ids: Sequence[int]) -> None:
    session.execute(delete(SeatGroupOrganisation).where(SeatGroupOrganisation.group_id == group_id))
    session.add_all(
        SeatGroupOrganisation(group_id=group_id, organisation_id=organisation_id)
        for organisation_id in organisation_ids
    )
    session.flush()


def _require_room_for_groups(session: Session, meeting: Meeting) -> None:
    kept = session.scalar(select(func.sum(SeatGroup.seats)).where(SeatGroup.meeting_id == meeting.id)) or 0
    if kept and (meeting.seats is None or kept > meeting.seats):
        raise Refused("groups_exceed_seats", kept=kept, seats=meeting.seats or 0)


def _regroup(session: Session, meeting_id: int) -> None:
    """Put everybody in the group that they belong to now, except whom staff has put elsewhere."""
    room = read_room(session, meeting_id)
    by_hand = select(SeatDecision.registration_id).where(SeatDecision.kind == "regrouped")
    rows = session.execute(
        select(Registration, Organisation.kind)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.status.in_(ACTIVE),
            Registration.id.not_in(by_hand),
        )
        .execution_options(populate_existing=True)
    ).all()
    for registration, kind in rows:
        registration.seat_group_id = room.group_for(registration.organisation_id, kind)
    session.flush()


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {name: str(value) if name.endswith("_on") and value else value for name, value in values.items()}
