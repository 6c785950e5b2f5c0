"""Those who have signed up, for those who arrange the meeting, and what staff decides about one of them.

Each exception from the rules has a reason, and stands with the name of the person whose key it is. What
somebody eats and needs is not here: it is read on its page, which notes each reading. Nobody keeps the
answers.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors
from app.core.policy import NotFound
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import deciding
from app.domain.registrations.answers import list_answers_by_person
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import (
    PER_PAGE,
    SignUpLine,
    count_sign_ups,
    find_sign_up,
    list_sign_ups,
)
from app.domain.registrations.queue import QueuePlace, get_places
from app.domain.registrations.schemas import (
    ACTIVE,
    ENDED,
    AddedInput,
    GroupChoice,
    MoveInput,
    ReasonGiven,
    Status,
)
from app.http.visit import AVisit, Visit, only

router = make_router("tilmeldinger")
SIGN_UPS = "/moeder/{key}/tilmeldinger"
ONE = SIGN_UPS + "/{registration_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
# As in the page's address.
SHOWN: dict[str, tuple[Status, ...]] = {
    "alle": ACTIVE,
    "plads": ("registered",),
    "tilbud": ("offered",),
    "koe": ("waiting",),
    "svar": ("requested",),
    "slut": ENDED,
}


class SignUpOut(Out):
    """A sign-up as those see it who arrange the meeting."""

    id: int
    name: str
    email: str = Field(description="Where they are written to.")
    title: str = Field(description="What they are, as on the list of participants.")
    organisation_id: int | None
    organisation_name: str = Field(description="For whom they come; empty for nobody.")
    organisation_kind: str
    standing: str = Field(description="Whether they speak for it: confirmed, waiting, named, ended or alone.")
    status: str
    place: int | None = Field(description="The place in the queue, from 1; null outside it.")
    seat_group_id: int | None = Field(description="The kept seats that they count in, by number, or null.")
    is_extra: bool = Field(description="Whether it is a chair more than the meeting has.")
    offered_until: datetime | None = Field(description="Till when a seat is kept for an answer, or null.")
    is_listed: bool = Field(description="Whether the others who come see the name.")
    created_at: datetime = Field(description="When they signed up.")
    cancelled_at: datetime | None = Field(description="When it ended, or null.")
    version: int


class SignUpsOut(Out):
    """A page of those who have signed up."""

    meeting_key: str
    counts: dict[str, int] = Field(description="How many there are in each state.")
    items: list[SignUpOut] = Field(
        description="The first to come first, and those in the queue as they stand."
    )
    pages: int = Field(description="On how many pages, of those that are asked for.")


class SeatDecisionOut(Out):
    """What staff decided about a sign-up."""

    id: int
    kind: str
    reason: str
    before: str = Field(description="How it stood; empty where it was not there.")
    after: str = Field(description="How it stood then.")
    decided_by: str = Field(description="Who decided it.")
    decided_at: datetime = Field(description="When.")


class WholeSignUpOut(SignUpOut):
    """A sign-up with the answers to the organisers, and what was decided about it."""

    meeting_key: str
    answers: dict[int, list[str]] = Field(description="To the organisers, by the number of the question.")
    decisions: list[SeatDecisionOut] = Field(description="The latest first.")


class SignUpsAsked(BaseModel):
    """Which of them, and which page."""

    model_config = ConfigDict(extra="forbid")

    vis: Literal["alle", "plads", "tilbud", "koe", "svar", "slut"] = Field(
        "alle", description="Those with a seat, an offer, in the queue, who ask to come, or whose has ended."
    )
    side: int = Field(1, ge=1, le=500, description="The page.")


def _tell(one: SignUpLine, places: dict[int, QueuePlace]) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(one, name) for name in SignUpOut.model_fields if name != "place"}
    place = places.get(one.id)
    return told | {"place": place.place if place else None}


def _find(visit: Visit, key: str, registration_id: int) -> tuple[MeetingView, SignUpLine]:
    """A sign-up of this meeting. Raises NotFound."""
    meeting = find_meeting(visit, key)
    found = find_sign_up(visit.session, meeting.id, registration_id)
    if found is None:
        raise NotFound
    return meeting, found


def show(visit: Visit, name: str) -> tuple[WholeSignUpOut, None]:
    key, _slash, registration_id = name.rpartition("/")
    meeting, found = _find(visit, key, int(registration_id))
    session, actor = visit.session, visit.actor
    told = _tell(found, get_places(session, meeting.id)) | {
        "meeting_key": meeting.key,
        "answers": list_answers_by_person(session, actor, meeting.id, [found.id]).get(found.id, {}),
        "decisions": deciding.list_decisions(session, actor, meeting.id, found.id),
    }
    return WholeSignUpOut.model_validate(told), None


doors = Doors(router, WholeSignUpOut, show, at="/moeder/{}", is_kept=False)


@router.get(SIGN_UPS, dependencies=[only(may_manage)], response_model=SignUpsOut)
def list_all(visit: AVisit, key: MeetingKey, asked: Annotated[SignUpsAsked, Query()]) -> Response:
    """Those who have signed up, page by page."""
    meeting = find_meeting(visit, key)
    counts = count_sign_ups(visit.session, meeting.id)
    by_status = {status: getattr(counts, status) for status in (*ACTIVE, *ENDED)}
    found = list_sign_ups(visit.session, meeting.id, asked.side, SHOWN[asked.vis])
    places = get_places(visit.session, meeting.id)
    thing = SignUpsOut(
        meeting_key=meeting.key,
        counts=by_status,
        items=[SignUpOut.model_validate(_tell(one, places)) for one in found],
        pages=max(1, -(-sum(by_status[one] for one in SHOWN[asked.vis]) // PER_PAGE)),
    )
    response = answer(visit, thing)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(ONE, dependencies=[only(may_manage)], response_model=WholeSignUpOut)
def show_one(visit: AVisit, key: MeetingKey, registration_id: RowId) -> Response:
    """One sign-up, with the answers and what was decided about it."""
    response = answer(visit, show(visit, f"{key}/{registration_id}")[0])
    response.headers["Cache-Control"] = "no-store"
    return response


@doors.post(SIGN_UPS, may_manage, makes=True)
def add(visit: Visit, key: MeetingKey, given: AddedInput) -> str:
    """Sign somebody up by mail address, who is told and can cancel; with `beyond` also where no seat fits."""
    meeting = find_meeting(visit, key)
    added = deciding.add_sign_up(visit.session, visit.actor, meeting.id, given)
    return f"{meeting.key}/{added.id}"


@doors.post(ONE + "/ja", may_manage)
def approve(visit: Visit, key: MeetingKey, registration_id: RowId) -> str:
    """Say yes to who asks to come: a seat, or the queue where none fits."""
    meeting, one = _find(visit, key, registration_id)
    deciding.approve_request(visit.session, visit.actor, one.id)
    return f"{meeting.key}/{one.id}"


@doors.post(ONE + "/nej", may_manage)
def refuse(visit: Visit, key: MeetingKey, registration_id: RowId, given: ReasonGiven) -> str:
    """Say no to who asks to come; the reason is mailed to them."""
    meeting, one = _find(visit, key, registration_id)
    deciding.decline_request(visit.session, visit.actor, one.id, given.reason)
    return f"{meeting.key}/{one.id}"


@doors.post(ONE + "/flyt", may_manage)
def move(visit: Visit, key: MeetingKey, registration_id: RowId, given: MoveInput) -> str:
    """Put somebody in another place of the queue."""
    meeting, one = _find(visit, key, registration_id)
    deciding.move_in_queue(visit.session, visit.actor, one.id, given.place, given.reason)
    return f"{meeting.key}/{one.id}"


@doors.post(ONE + "/plads", may_manage)
def give_seat(visit: Visit, key: MeetingKey, registration_id: RowId, given: ReasonGiven) -> str:
    """Give a seat to somebody whose turn it is not; where none fits it is a chair more."""
    meeting, one = _find(visit, key, registration_id)
    deciding.give_seat(visit.session, visit.actor, one.id, given.reason)
    return f"{meeting.key}/{one.id}"


@doors.post(ONE + "/gruppe", may_manage)
def change_group(visit: Visit, key: MeetingKey, registration_id: RowId, given: GroupChoice) -> str:
    """Let somebody count in other kept seats, or in none."""
    meeting, one = _find(visit, key, registration_id)
    deciding.change_group(visit.session, visit.actor, one.id, given.group, given.reason)
    return f"{meeting.key}/{one.id}"


@doors.post(ONE + "/meld-fra", may_manage)
def cancel(visit: Visit, key: MeetingKey, registration_id: RowId, given: ReasonGiven) -> str:
    """Cancel somebody's sign-up, who is told why; a seat goes to the next in the queue."""
    meeting, one = _find(visit, key, registration_id)
    deciding.cancel_for(visit.session, visit.actor, one.id, given.reason)
    return f"{meeting.key}/{one.id}"
