"""Needs of municipalities: who has them, how far they have come; registering, joining, leaving."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, ThemeKey, Words
from app.api.said import Agreeing, Reference, SaidOut, as_said, count_sending, find_said, take_rules
from app.api.writing import IfMatch, OnceKey, read_match, write_once
from app.core.policy import NotFound
from app.domain.contributions.needs import queries, service
from app.domain.contributions.needs.policy import may_enter_needs, may_note_some_state, may_register_needs
from app.domain.contributions.needs.queries import NeedFilters, NeedLine
from app.domain.contributions.needs.schemas import (
    NeedEdit,
    NeedFacts,
    NeedInput,
    NeedStateInput,
    State,
    SystemType,
)
from app.domain.organisations.sizes import Size
from app.domain.strategies.crosswalk import mean_theme
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("behov")


class NeedOut(SaidOut):
    """A need: what is asked for, and how many have it."""

    system_type: SystemType = Field(description="The kind of system that it is about.")
    system_other: str = Field(description="Which kind, where it is another one.")
    kle: str | None = Field(description="The number of the task in KL's subject system.")
    state: State
    state_on: date = Field(description="Since when it stands so.")
    network_key: str | None = Field(description="The key of the network that registered it.")
    municipalities: int = Field(description="How many municipalities have it.")
    is_own: bool = Field(description="Whether the reader's own municipality has it.")


class HolderOut(Out):
    """A municipality that has the need. What it keeps to itself is empty here."""

    organisation_id: int
    organisation_key: str
    municipality: str
    region: str | None
    size: Size | None = Field(description="How large the municipality is.")
    contract_end: date | None = Field(description="The first day of the month in which its contract ends.")
    system_name: str = Field(description="The system that it has now.")
    supplier: str = Field(description="Who supplies that.")
    note: str
    signed_as: str
    joined_at: datetime
    is_example: bool
    version: int


class NeedStateOut(Out):
    """How far the need had come from a day on."""

    state: State
    happened_on: date
    note: str


class WholeNeedOut(NeedOut):
    """A need with who has it and every step."""

    holders: list[HolderOut] = Field(description="Who has it, by name; at most 200.")
    states: list[NeedStateOut] = Field(description="Every step that was noted, in order.")


class NeedsAsked(Asked):
    """The filters of the list of needs."""

    tema: ThemeKey | None = Field(None, description="A theme, as strategy-key/theme-key.")
    system: SystemType | None = Field(None, description="The kind of system.")
    status: State | None = None
    stoerrelse: Size | None = Field(None, description="Of a municipality that has it.")
    region: Words = Field("", description="Of a municipality that has it.")
    kle: Annotated[str, Field(max_length=20)] = Field("", description="The beginning of the KLE number.")
    q: Words = Field("", description="Words of the title, the text or the number.")


class NeedIn(NeedInput, Agreeing):
    """A need of the municipality that the key speaks for, or of those of a network that are named."""


class NeedEditIn(NeedEdit):
    """What a need says, all of it."""

    version: SkipJsonSchema[int] = 0


class NeedStateIn(NeedStateInput):
    """How far the need has come, and since when."""

    version: SkipJsonSchema[int] = 0


def _facts(visit: Visit, line: NeedLine) -> dict[str, Any]:
    need = {name: getattr(line.need, name) for name in NeedOut.model_fields if hasattr(line.need, name)}
    return as_said(visit, line.said) | need


def show(visit: Visit, reference: str) -> tuple[WholeNeedOut, int]:
    said = find_said(visit, reference, "need")
    need = queries.find_need(visit.session, visit.actor, said.id)
    if need is None:
        raise NotFound
    holders = queries.list_municipalities_of(visit.session, visit.actor, said.id)
    states = queries.list_states(visit.session, visit.actor, said.id)
    thing = WholeNeedOut(
        **_facts(visit, NeedLine(said, need)),
        holders=[HolderOut.model_validate(one) for one in holders],
        states=[NeedStateOut.model_validate(one) for one in states],
    )
    return thing, said.version


@router.get("/behov", dependencies=[anyone], response_model=many(NeedOut))
def list_needs(visit: AVisit, asked: Annotated[NeedsAsked, Query()]) -> Response:
    """Needs, the newest first."""
    session, actor = visit.session, visit.actor
    filters = NeedFilters(
        theme_ids=tuple(mean_theme(session, asked.tema).ids or (0,)) if asked.tema else (),
        system_type=asked.system,
        state=asked.status,
        size=asked.stoerrelse,
        region=asked.region or None,
        kle=asked.kle,
        q=asked.q,
    )
    part = read_part(
        visit, asked, lambda after, most: queries.read_needs(session, actor, filters, after, most)
    )
    return answer_list(visit, asked, part, [NeedOut(**_facts(visit, line)) for line in part.rows])


@router.post("/behov", dependencies=[only(may_enter_needs)], response_model=WholeNeedOut, status_code=201)
def register_need(visit: AVisit, key: OnceKey, given: NeedIn) -> Response:
    """Register a need."""

    def register() -> str:
        take_rules(visit, given.rules)
        count_sending(visit)
        need = NeedInput.model_validate(given.model_dump(exclude={"rules"}))
        days = visit.kit.site.answer_within_days
        return service.register_need(visit.session, visit.actor, need, days).reference

    return write_once(visit, key, given, register, lambda name: show(visit, name), at="/behov/{}")


@router.get("/behov/{reference}", dependencies=[anyone], response_model=WholeNeedOut)
def show_need(visit: AVisit, reference: Reference) -> Response:
    """One need with who has it and every step, by its number."""
    thing, version = show(visit, reference)
    return answer(visit, thing, version=version)


@router.put("/behov/{reference}", dependencies=[only(may_enter_needs)], response_model=WholeNeedOut)
def change_need(visit: AVisit, reference: Reference, given: NeedEditIn, if_match: IfMatch = None) -> Response:
    """Say otherwise what a need is; who has it stays."""
    said = find_said(visit, reference, "need")
    version = read_match(if_match, said.version)
    edit = NeedEdit.model_validate(given.model_dump() | {"version": version})
    service.edit_need(visit.session, visit.actor, said.id, edit, visit.kit.site.answer_within_days)
    return _again(visit, said.reference)


@router.put("/behov/{reference}/egen", dependencies=[only(may_register_needs)], response_model=WholeNeedOut)
def join_need(visit: AVisit, reference: Reference, given: NeedFacts) -> Response:
    """Say that the own municipality has the need too, with its own facts."""
    said = find_said(visit, reference, "need")
    service.join_need(visit.session, visit.actor, said.id, given)
    return _again(visit, said.reference)


@router.delete(
    "/behov/{reference}/egen", dependencies=[only(may_register_needs)], response_model=WholeNeedOut
)
def leave_need(visit: AVisit, reference: Reference) -> Response:
    """Say that the own municipality has the need no longer."""
    said = find_said(visit, reference, "need")
    service.leave_need(visit.session, visit.actor, said.id, visit.actor.organisation_id or 0)
    return _again(visit, said.reference)


@router.post(
    "/behov/{reference}/status", dependencies=[only(may_note_some_state)], response_model=WholeNeedOut
)
def note_state(
    visit: AVisit, key: OnceKey, reference: Reference, given: NeedStateIn, if_match: IfMatch = None
) -> Response:
    """Note how far a need has come."""

    def note() -> str:
        said = find_said(visit, reference, "need")
        version = read_match(if_match, said.version)
        state = NeedStateInput.model_validate(given.model_dump() | {"version": version})
        service.note_state(visit.session, visit.actor, said.id, state)
        return said.reference

    return write_once(visit, key, given, note, lambda name: show(visit, name), status=200)


def _again(visit: Visit, reference: str) -> Response:
    visit.session.flush()
    thing, version = show(visit, reference)
    return answer(visit, thing, version=version)
