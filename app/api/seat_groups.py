"""The seats of a meeting for staff: how many, for whom some are kept, and the rules of the queue."""

from datetime import date
from typing import Any

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.programme import PartVersion, RowId
from app.api.verbs import Doors, Upon, pick
from app.domain.registrations import seating
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import get_booking
from app.domain.registrations.schemas import SeatGroupInput, SeatsInput
from app.domain.registrations.seats import SeatGroupView
from app.http.visit import AVisit, Visit, only

router = make_router("pladser")
SEATS = "/moeder/{key}/pladser"
GROUP = SEATS + "/{group_id}"


class SeatGroupOut(Out):
    """Seats that are kept for some."""

    id: int
    name: str
    seats: int = Field(description="How many are kept.")
    kinds: list[str] = Field(description="For organisations of these kinds.")
    organisation_ids: list[int] = Field(description="And for these organisations, by number.")
    organisations: list[str] = Field(description="Their names, as they are sent.")
    release_on: date | None = Field(description="From that day they are for all; null for never.")
    is_kept: bool = Field(description="Whether others have to stay away from them today.")
    taken: int = Field(description="How many of those whom they are for have a seat, also beyond these.")
    left: int = Field(description="How many of the kept ones are left.")
    version: int


class MeetingSeatsOut(Out):
    """How many may come to a meeting, and the rules of its queue."""

    meeting_key: str
    seats: int | None = Field(description="How many there are; null without a ceiling.")
    seats_per_organisation: int | None = Field(description="The most of one organisation, or null.")
    registration_closes_on: date | None = Field(description="The last day to sign up, or null.")
    needs_approval: bool = Field(description="Whether the organisers say yes to each.")
    offer_hours: int = Field(description="For how many hours a freed seat is kept for the next.")
    taken: int = Field(description="How many seats are taken.")
    waiting: int = Field(description="How many are in the queue.")
    groups: list[SeatGroupOut] = Field(description="The seats that are kept, group by group.")
    version: int


class SeatGroupEditIn(SeatGroupInput):
    """Seats that are kept, all of it."""

    version: PartVersion


def show(visit: Visit, key: str) -> tuple[MeetingSeatsOut, int]:
    meeting = find_meeting(visit, key)
    current = seating.get_seats(visit.session, meeting.id)
    booking = get_booking(visit.session, visit.actor, meeting)
    named = [number for group in booking.groups for number in group.organisation_ids]
    names = seating.get_organisation_names(visit.session, named)
    own = ("meeting_key", "taken", "waiting", "groups")
    told: dict[str, Any] = {
        name: getattr(current, name) for name in MeetingSeatsOut.model_fields if name not in own
    }
    thing = MeetingSeatsOut(
        meeting_key=meeting.key,
        taken=booking.taken,
        waiting=booking.waiting,
        groups=[_tell(group, names) for group in booking.groups],
        **told,
    )
    return thing, current.version


def _tell(group: SeatGroupView, names: dict[int, str]) -> SeatGroupOut:
    known = [names[number] for number in group.organisation_ids if number in names]
    told = {name: getattr(group, name) for name in SeatGroupOut.model_fields if name != "organisations"}
    return SeatGroupOut.model_validate(told | {"organisations": known})


doors = Doors(router, MeetingSeatsOut, show, at="/moeder/{}/pladser")


@router.get(SEATS, dependencies=[only(may_manage)], response_model=MeetingSeatsOut)
def show_meeting_seats(visit: AVisit, key: MeetingKey) -> Response:
    """How many seats there are, for whom some are kept, and how many are taken."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.put(SEATS, may_manage)
def set_seats(visit: Visit, upon: Upon, key: MeetingKey, given: SeatsInput) -> str:
    """Set how many may come, and the rules of the queue. Nobody loses a seat by it; new ones go to the
    queue."""
    meeting = find_meeting(visit, key)
    version = upon.of(seating.get_seats(visit.session, meeting.id).version)
    seating.set_seats(visit.session, visit.actor, meeting.id, version, given)
    return meeting.key


@doors.post(SEATS, may_manage, makes=True)
def add_group(visit: Visit, key: MeetingKey, given: SeatGroupInput) -> str:
    """Keep seats for some: kinds of organisations, and organisations by name."""
    meeting = find_meeting(visit, key)
    seating.add_group(visit.session, visit.actor, meeting.id, given)
    return meeting.key


def _find(visit: Visit, key: str, group_id: int) -> tuple[str, int, int]:
    meeting = find_meeting(visit, key)
    group = pick(get_booking(visit.session, visit.actor, meeting).groups, group_id)
    return meeting.key, meeting.id, group.id


@doors.put(GROUP, may_manage)
def change_group(visit: Visit, key: MeetingKey, group_id: RowId, given: SeatGroupEditIn) -> str:
    """Change whom seats are kept for, and how many."""
    name, meeting_id, known = _find(visit, key, group_id)
    edit = SeatGroupInput.model_validate(given.model_dump(exclude={"version"}))
    seating.edit_group(visit.session, visit.actor, meeting_id, known, given.version, edit)
    return name


@doors.delete(GROUP, may_manage)
def remove_group(visit: Visit, key: MeetingKey, group_id: RowId) -> str:
    """Keep these seats for nobody any more: they go to whoever is next."""
    name, meeting_id, known = _find(visit, key, group_id)
    seating.remove_group(visit.session, visit.actor, meeting_id, known)
    return name
