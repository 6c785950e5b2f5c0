"""Keeping the papers of a committee: what it is, who sits in it, who keeps its papers, when it meets."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.bodies import WholeBodyOut, find_body, show
from app.api.paging import Key
from app.api.verbs import Doors, Upon, pick
from app.core.policy import require
from app.domain.bodies import service
from app.domain.bodies.policy import may_have_a_place, may_keep_papers, may_lead
from app.domain.bodies.queries import BodyMeetingView, BodyView, MemberView, list_meetings
from app.domain.bodies.schemas import (
    BodyEdit,
    BodyInput,
    BodyMeetingEdit,
    BodyMeetingInput,
    MemberEdit,
    MemberInput,
)
from app.domain.contributions.schemas import Given, Id
from app.domain.meetings.schemas import Version
from app.domain.users.houses import list_of_house
from app.http.visit import AVisit, Visit, only

router = make_router("udvalg")
ONE = "/udvalg/{key}"
MEMBERS = ONE + "/medlemmer"
MEMBER = MEMBERS + "/{member_id}"
SECRETARIES = ONE + "/sekretaerer"
DAYS = ONE + "/moeder"
DAY = DAYS + "/{meeting_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OfHouseOut(Out):
    """Somebody whom a seat or the papers of the body may be given."""

    user_id: int = Field(description="The number of the account, for a seat.")
    membership_id: int = Field(description="The number of the membership, for keeping the papers.")
    name: str
    title: str = Field(description="What they are.")
    organisation: str


class HouseOut(Out):
    """Whom a seat or the papers of a body may be given."""

    body_key: str = Field(description="The key of the body.")
    items: list[OfHouseOut] = Field(description="By name.")


class SecretaryIn(Given):
    """Who is to keep the papers, by the membership."""

    membership_id: Id


doors = Doors(router, WholeBodyOut, show, at="/udvalg/{}", worded="body_")


def _find_kept(visit: Visit, key: str) -> BodyView:
    """The body, by one who keeps its papers. What cannot be seen is missing before anybody is refused."""
    body = find_body(visit, key)
    require(may_keep_papers(body.place))
    return body


def _find_led(visit: Visit, key: str) -> BodyView:
    body = find_body(visit, key)
    require(may_lead(body.place))
    return body


# --- what it is


@doors.post("/udvalg", may_have_a_place, makes=True)
def make_body(visit: Visit, given: BodyInput) -> str:
    """Make a body of one's organisation, or of a network that one acts for."""
    return service.make_body(visit.session, visit.actor, given).key


@doors.put(ONE, may_have_a_place)
def edit_body(visit: Visit, upon: Upon, key: Key, given: BodyEdit) -> str:
    """Change what it is. Lines of its mandate that are not among the new ones end."""
    body = _find_led(visit, key)
    if given.network_id is None:
        # It stays whose it is, also where that is not said again.
        given = given.model_copy(update={"network_id": service.network_of(visit.session, body.card.id)})
    service.edit_body(visit.session, visit.actor, body.card.id, upon(body.version, given))
    return key


# --- who sits in it, and who keeps its papers


@router.get(ONE + "/kolleger", dependencies=[only(may_have_a_place)], response_model=HouseOut)
def list_house(visit: AVisit, key: Key) -> Response:
    """Whom a seat or the papers may be given, for who keeps the papers."""
    body = _find_kept(visit, key)
    network_id = service.network_of(visit.session, body.card.id)
    found = list_of_house(visit.session, body.card.organisation_id, network_id)
    return answer(visit, HouseOut(body_key=key, items=[OfHouseOut.model_validate(one) for one in found]))


@doors.post(MEMBERS, may_have_a_place)
def add_member(visit: Visit, key: Key, given: MemberInput) -> str:
    """Give somebody a seat: a colleague, or a name that is public."""
    service.add_member(visit.session, visit.actor, _find_kept(visit, key).card.id, given)
    return key


def _find_member(visit: Visit, key: str, member_id: int) -> MemberView:
    body = _find_kept(visit, key)
    return pick((*body.members, *body.earlier_members), member_id)


@doors.put(MEMBER, may_have_a_place)
def edit_member(visit: Visit, key: Key, member_id: RowId, given: MemberEdit) -> str:
    """Change a seat; the person stays."""
    service.edit_member(visit.session, visit.actor, _find_member(visit, key, member_id).id, given)
    return key


@doors.post(MEMBER + "/slut", may_have_a_place)
def end_member(visit: Visit, key: Key, member_id: RowId, given: Version) -> str:
    """End a seat today."""
    service.end_member(visit.session, visit.actor, _find_member(visit, key, member_id).id, given.version)
    return key


@doors.post(SECRETARIES, may_have_a_place)
def name_secretary(visit: Visit, key: Key, given: SecretaryIn) -> str:
    """Have somebody of its house keep its papers."""
    service.name_secretary(visit.session, visit.actor, _find_led(visit, key).card.id, given.membership_id)
    return key


@doors.delete(SECRETARIES + "/{membership_id}", may_have_a_place)
def dismiss_secretary(visit: Visit, key: Key, membership_id: RowId) -> str:
    """Have them keep the papers no longer."""
    service.dismiss_secretary(visit.session, visit.actor, _find_led(visit, key).card.id, membership_id)
    return key


# --- when it meets


@doors.post(DAYS, may_have_a_place)
def plan_meeting(visit: Visit, key: Key, given: BodyMeetingInput) -> str:
    """A day on which it meets, or has met."""
    service.plan_body_meeting(visit.session, visit.actor, _find_kept(visit, key).card.id, given)
    return key


def _find_day(visit: Visit, key: str, meeting_id: int) -> BodyMeetingView:
    body = _find_kept(visit, key)
    coming, held = list_meetings(visit.session, visit.actor, body.card.id)
    return pick((*coming, *held), meeting_id)


@doors.put(DAY, may_have_a_place)
def edit_meeting(visit: Visit, key: Key, meeting_id: RowId, given: BodyMeetingEdit) -> str:
    """Another day or place."""
    service.edit_body_meeting(visit.session, visit.actor, _find_day(visit, key, meeting_id).id, given)
    return key


@doors.post(DAY + "/aflys", may_have_a_place)
def cancel_meeting(visit: Visit, key: Key, meeting_id: RowId, given: Version) -> str:
    """It is not held."""
    day = _find_day(visit, key, meeting_id)
    service.cancel_body_meeting(visit.session, visit.actor, day.id, given.version)
    return key
