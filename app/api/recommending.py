"""What the people of a committee write: recommendations and what became of them, and their reading list."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.bodies import WholeRecommendationOut, find_body, find_one, show_one
from app.api.paging import Key
from app.api.verbs import Doors, Upon, pick
from app.core import i18n
from app.core.policy import Refused, require
from app.domain.bodies import reading, recommending
from app.domain.bodies.policy import may_have_a_place, may_send_to
from app.domain.bodies.queries import ReadingView, list_readings
from app.domain.bodies.recommended import RecommendationView
from app.domain.bodies.schemas import (
    DecidedInput,
    ReadingInput,
    ReasonInput,
    RecommendationEdit,
    RecommendationInput,
    TreatedInput,
)
from app.domain.contributions.schemas import Given, Id
from app.http.visit import AVisit, Visit, only

router = make_router("udvalg")
LIST = "/udvalg/{key}/indstillinger"
ONE = LIST + "/{number}"
READINGS = "/udvalg/{key}/laeseliste"
READING = READINGS + "/{reading_id}"
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ReadingOut(Out):
    """One thing to read."""

    id: int
    kind: str
    title: str
    path: str = Field(description="Below the site's own address, or a whole one elsewhere.")
    page: int | None = Field(description="Of a presentation, or null.")
    note: str
    before: date | None = Field(description="The day of the meeting before which it is read, or null.")
    added_at: datetime = Field(description="When it was put there.")
    read_at: datetime | None = Field(description="When one read it oneself, or null.")


class ReadingListOut(Out):
    """What the members of a body are to read."""

    body_key: str = Field(description="The key of the body.")
    items: list[ReadingOut] = Field(description="In its order.")


class ReadIn(Given):
    """Whether one has read it."""

    is_read: bool = True


class OrderIn(Given):
    """All that is on the list, in its new order."""

    reading_ids: Annotated[list[Id], Field(max_length=200)]


def show_list(visit: Visit, key: str) -> tuple[ReadingListOut, None]:
    rows = _list(visit, key)
    return ReadingListOut(body_key=key, items=[ReadingOut.model_validate(one) for one in rows]), None


def _list(visit: Visit, key: str, *, keeps: bool = False) -> list[ReadingView]:
    """What is on the list, for who is of the body, or `keeps` its papers. Raises NotFound and NotAllowed."""
    body = find_body(visit, key)
    require(body.place.keeps_papers if keeps else body.place.is_inside)
    return list_readings(visit.session, visit.actor, body.card.id)


doors = Doors(router, WholeRecommendationOut, show_one, worded="body_")
readings = Doors(router, ReadingListOut, show_list, worded="body_")


@doors.post(LIST, may_have_a_place, makes=True)
def draft(visit: Visit, key: Key, given: RecommendationInput) -> str:
    """Begin on something for the body to recommend."""
    body = find_body(visit, key)
    require(may_send_to(body.place))
    made = recommending.draft_recommendation(visit.session, visit.actor, body.card.id, given)
    return f"{key}/{made.number}"


def _find_draft(visit: Visit, key: str, number: int) -> RecommendationView:
    one = find_one(visit, key, number)
    require(one.may_edit)
    return one


@doors.put(ONE, may_have_a_place)
def edit(visit: Visit, upon: Upon, key: Key, number: Number, given: RecommendationEdit) -> str:
    """Change a draft."""
    one = _find_draft(visit, key, number)
    recommending.edit_recommendation(visit.session, visit.actor, one.card.id, upon(one.version, given))
    return f"{key}/{number}"


@doors.post(ONE + "/send", may_have_a_place)
def send(visit: Visit, upon: Upon, key: Key, number: Number) -> str:
    """Send a draft as it stands, today."""
    one = _find_draft(visit, key, number)
    recommending.send_recommendation(visit.session, visit.actor, one.card.id, upon.of(one.version))
    return f"{key}/{number}"


# --- what became of it


def _note(visit: Visit, one: RecommendationView, upon: Upon, verb: Any, given: Any) -> str:
    try:
        verb(visit.session, visit.actor, one.card.id, upon(one.version, given))
    except Refused as refusal:
        day = refusal.values.get("day")
        shown = i18n.format_date(day, visit.language, "long") if isinstance(day, date) else ""
        raise Refused(refusal.code, **refusal.values | {"shown_day": shown}) from refusal
    return f"{one.card.body_key}/{one.card.number}"


def _find_kept(visit: Visit, key: str, number: int) -> RecommendationView:
    one = find_one(visit, key, number)
    require(one.place.keeps_papers)
    return one


@doors.post(ONE + "/behandlet", may_have_a_place)
def treat(visit: Visit, upon: Upon, key: Key, number: Number, given: TreatedInput) -> str:
    """Note that it was on the table at a meeting of the body."""
    return _note(visit, _find_kept(visit, key, number), upon, recommending.treat, given)


@doors.post(ONE + "/afgjort", may_have_a_place)
def decide(visit: Visit, upon: Upon, key: Key, number: Number, given: DecidedInput) -> str:
    """Note what was decided, and by whom."""
    return _note(visit, _find_kept(visit, key, number), upon, recommending.decide, given)


@doors.post(ONE + "/traek", may_have_a_place)
def withdraw(visit: Visit, upon: Upon, key: Key, number: Number, given: ReasonInput) -> str:
    """It is not to be decided after all."""
    one = _find_draft(visit, key, number)
    return _note(visit, one, upon, recommending.withdraw_recommendation, given)


@doors.post(ONE + "/tag-tilbage", may_have_a_place)
def take_step_back(visit: Visit, upon: Upon, key: Key, number: Number, given: ReasonInput) -> str:
    """The last step was noted by mistake: it counts no more."""
    return _note(visit, _find_kept(visit, key, number), upon, recommending.take_step_back, given)


# --- the reading list


@router.get(READINGS, dependencies=[only(may_have_a_place)], response_model=ReadingListOut)
def show_readings(visit: AVisit, key: Key) -> Response:
    """What the members of a body are to read, and what one has read oneself."""
    return answer(visit, show_list(visit, key)[0])


@readings.post(READINGS, may_have_a_place)
def add_reading(visit: Visit, key: Key, given: ReadingInput) -> str:
    """Put something last on the list."""
    _list(visit, key, keeps=True)
    reading.add_reading(visit.session, visit.actor, find_body(visit, key).card.id, given)
    return key


@readings.put(READINGS + "/raekkefoelge", may_have_a_place)
def order_readings(visit: Visit, key: Key, given: OrderIn) -> str:
    """The list in another order."""
    _list(visit, key, keeps=True)
    reading.order_readings(visit.session, visit.actor, find_body(visit, key).card.id, given.reading_ids)
    return key


@readings.delete(READING, may_have_a_place)
def remove_reading(visit: Visit, key: Key, reading_id: RowId) -> str:
    """Take something off the list."""
    one = pick(_list(visit, key, keeps=True), reading_id)
    reading.remove_reading(visit.session, visit.actor, one.id)
    return key


@readings.put(READING + "/laest", may_have_a_place)
def mark_read(visit: Visit, key: Key, reading_id: RowId, given: ReadIn) -> str:
    """Say for oneself whether one has read it; nobody else is told."""
    one = pick(_list(visit, key), reading_id)
    reading.mark_read(visit.session, visit.actor, one.id, is_read=given.is_read)
    return key
