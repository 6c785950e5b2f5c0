"""Access to what is confidential in ideas: who asks, and what the owner says of each part. What is decided is
decided on a page, where the parts stand in their words."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer_list, many, read_part
from app.api.asking import make_router
from app.api.ideas import KIND, answer_secret
from app.api.paging import AskedPlain
from app.api.said import Reference, find_said
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound, is_person
from app.domain.contributions.ideas import hearing
from app.domain.contributions.ideas.hearing import RequestView
from app.domain.contributions.ideas.policy import may_be_heard, may_open_access_requests
from app.domain.contributions.ideas.schemas import AccessRequestInput, Statement
from app.domain.contributions.schemas import Given
from app.http.visit import AVisit, Visit, only

router = make_router("indbakke")
LIST = "/indbakke/hoeringer"
ONE = LIST + "/{request_id}"
OWN = "/ideer/{reference}/hoering/{request_id}"
RequestId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class HearingOut(Out):
    """A request for access, and how far the hearing has come."""

    id: int
    reference: str
    title: str
    requester: str = Field(description="Who asks; empty for all but staff.")
    received_on: date = Field(description="When it came.")
    hear_by: date = Field(description="Until when the owner is heard.")
    state: str
    is_due: bool = Field(description="Whether staff can decide now.")
    opened_at: datetime = Field(description="When the hearing began.")
    heard_at: datetime | None = Field(description="When the owner had said something of every part, or null.")
    ended_at: datetime | None = Field(description="When it was decided or withdrawn, or null.")
    version: int


class HeardOut(Out):
    """One confidential part in a hearing, without its words."""

    part: str = Field(description="Which part.")
    stance: str | None = Field(description="What the owner says: keep or agree; null where nothing is said.")
    stance_reason: str = Field(description="Why.")
    decision: str | None = Field(description="What staff decided, or null.")
    decision_reason: str = Field(description="Why.")


class WholeHearingOut(HearingOut):
    """A request with each part that it is about."""

    parts: list[HeardOut] = Field(description="What is heard.")


class NewHearingIn(AccessRequestInput):
    """A request for access to what is confidential in an idea, by its number."""

    reference: Reference


class LaterIn(Given):
    """Until when the owner is heard instead."""

    hear_by: date


class StatementsIn(Given):
    """What the owner says; parts that are not named stay as they are."""

    parts: Annotated[list[Statement], Field(min_length=1, max_length=100)]


def find_request(visit: Visit, request_id: int) -> RequestView:
    """Raises NotFound."""
    found = hearing.find_request(visit.session, visit.actor, request_id)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, name: str) -> tuple[WholeHearingOut, int]:
    found = find_request(visit, int(name))
    return WholeHearingOut.model_validate(found), found.version


def _find_own(visit: Visit, reference: str, request_id: int) -> RequestView:
    """Only for the idea's own people: staff has doors of its own. Raises NotFound."""
    idea, request = find_said(visit, reference, KIND), find_request(visit, request_id)
    if request.contribution_id != idea.id or not may_be_heard(visit.actor, idea):
        raise NotFound
    return request


# The reasons may repeat what is confidential: nobody keeps them.
doors = Doors(router, WholeHearingOut, show, at="/indbakke/hoeringer/{}", is_kept=False)


@router.get(LIST, dependencies=[only(may_open_access_requests)], response_model=many(HearingOut))
def list_hearings(visit: AVisit, asked: AskedPlain) -> Response:
    """Requests for access, those that wait first, by the day."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: hearing.read_requests(session, actor, after, most))
    items = [HearingOut.model_validate(one) for one in part.rows]
    response = answer_list(visit, asked, part, items)
    response.headers["Cache-Control"] = "no-store"
    return response


@doors.post(LIST, may_open_access_requests, makes=True)
def open_hearing(visit: Visit, given: NewHearingIn) -> str:
    """Note a request, and hear the owner on every confidential part that there is."""
    idea = find_said(visit, given.reference, KIND)
    asked = AccessRequestInput.model_validate(given.model_dump(exclude={"reference"}))
    return str(hearing.open_request(visit.session, visit.actor, idea.id, asked).id)


@router.get(ONE, dependencies=[only(may_open_access_requests)], response_model=WholeHearingOut)
def show_hearing(visit: AVisit, request_id: RequestId) -> Response:
    """One request, and what the owner has said of each part."""
    thing, version = show(visit, str(request_id))
    return answer_secret(visit, thing, version=version)


@doors.post(ONE + "/frist", may_open_access_requests)
def move_hearing(visit: Visit, upon: Upon, request_id: RequestId, given: LaterIn) -> str:
    """Give the owner more time."""
    version = upon.of(find_request(visit, request_id).version)
    hearing.move_hearing(visit.session, visit.actor, request_id, given.hear_by, version)
    return str(request_id)


@doors.post(ONE + "/traek-tilbage", may_open_access_requests)
def withdraw_request(visit: Visit, upon: Upon, request_id: RequestId) -> str:
    """Who asked does not want it any more."""
    version = upon.of(find_request(visit, request_id).version)
    hearing.withdraw_request(visit.session, visit.actor, request_id, version)
    return str(request_id)


# --- as the idea's own people are heard


@router.get(OWN, dependencies=[only(is_person)], response_model=WholeHearingOut)
def show_own_hearing(visit: AVisit, reference: Reference, request_id: RequestId) -> Response:
    """A request for access to one's own idea; who asks is told to staff alone."""
    found = _find_own(visit, reference, request_id)
    return answer_secret(visit, WholeHearingOut.model_validate(found), version=found.version)


@doors.put(OWN, is_person)
def state_views(visit: Visit, reference: Reference, request_id: RequestId, given: StatementsIn) -> str:
    """Say of a part whether it is to stay confidential, and why."""
    found = _find_own(visit, reference, request_id)
    hearing.state_views(visit.session, visit.actor, found.id, given.parts)
    return str(request_id)
