"""Commitments: what is promised, by when, how it is measured; proposing, moving, measuring, judging."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, ThemeOut, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key, ThemeKey, Year
from app.api.said import Reference
from app.api.verbs import Doors, Upon
from app.api.writing import OnceKey, write_once
from app.core.policy import NotFound
from app.domain.commitments import queries, service
from app.domain.commitments.policy import may_commit, may_decide
from app.domain.commitments.queries import CommitmentLine, CommitmentView, Filters
from app.domain.commitments.schemas import (
    CommitmentEdit,
    CommitmentInput,
    Direction,
    MoveInput,
    ReplaceInput,
    Status,
    TakeBackInput,
    VerdictInput,
)
from app.domain.contributions.schemas import Kind
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("forpligtelser")


class PromiseOut(Out):
    """A commitment in a list."""

    reference: str
    title: str
    title_en: str
    organisation_id: int
    organisation: str
    organisation_kind: str
    deadline: date
    first_deadline: date = Field(description="The day that it was first to be kept by.")
    times_moved: int = Field(description="How often the day was moved.")
    status: Status
    verdict_cause: str | None = Field(description="What decided how it went; null while it is open.")
    verdict_at: datetime | None = Field(description="When it was judged, or null.")
    published_at: datetime | None
    meeting_key: str | None
    steps: int = Field(description="How many milestones it has.")
    steps_done: int = Field(description="How many of them are reached.")
    is_example: bool
    version: int
    page: str = ""


class SlipOut(Out):
    """A day that was moved."""

    old_on: date = Field(description="The day before.")
    new_on: date = Field(description="The day after.")
    reason: str
    changed_at: datetime = Field(description="When it was moved.")


class MilestoneOut(Out):
    """A step on the way."""

    id: int
    title: str
    title_en: str
    due_on: date
    done_on: date | None
    version: int


class MeasurementOut(Out):
    """What was measured, and where that is known from."""

    id: int
    measured_on: date
    value: Decimal
    source_text: str = Field(description="Where it is known from, in words.")
    source_url: str | None
    note: str


class IndicatorOut(Out):
    """What the commitment is measured by."""

    id: int
    name: str
    name_en: str
    unit: str
    unit_en: str
    method: str
    baseline_value: Decimal
    baseline_on: date = Field(description="The day of that figure.")
    target_value: Decimal
    target_on: date = Field(description="The day by which it is to be so.")
    direction: Direction = Field(description="Whether more is better or less.")
    version: int
    measurements: list[MeasurementOut] = Field(description="Those that count, the oldest first.")


class PromisedOfOut(Out):
    """A contribution that it is promised of."""

    kind: Kind
    reference: str
    title: str


class WholePromiseOut(PromiseOut):
    """A commitment with all that is known of it."""

    text: str
    text_en: str
    lesson: str = Field(description="What was learnt; empty while it is open.")
    slips: list[SlipOut] = Field(description="Every day that was moved.")
    milestones: list[MilestoneOut] = Field(description="The steps on the way.")
    indicators: list[IndicatorOut] = Field(description="What it is measured by.")
    contributions: list[PromisedOfOut] = Field(description="What it is about.")
    themes: list[ThemeOut]


class PromisesAsked(Asked):
    """The filters of the list of commitments."""

    ejer: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="The number of the organisation that promised it."
    )
    tema: ThemeKey | None = Field(None, description="A theme, as strategy-key/theme-key.")
    status: Status | None = None
    aar: Year | None = Field(None, description="The year of the deadline.")
    moede: Key | None = Field(None, description="The key of the meeting at which it was promised.")


class PromiseIn(CommitmentInput):
    """A promise of the own organisation. `visibility`, `owner_user_id`, `meeting_id` and `answer_id` are
    staff's to set."""


def _facts(visit: Visit, line: CommitmentLine) -> dict[str, object]:
    told = {name: getattr(line, name) for name in PromiseOut.model_fields if name != "page"}
    return told | {"page": visit.kit.site.base_url + line.path}


def find_promise(visit: Visit, reference: str) -> CommitmentView:
    found = queries.find_commitment(visit.session, visit.actor, reference)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, reference: str) -> tuple[WholePromiseOut, int]:
    found = find_promise(visit, reference)
    own = set(WholePromiseOut.model_fields) - set(PromiseOut.model_fields)
    told = _facts(visit, found.line) | {name: getattr(found, name) for name in own}
    return WholePromiseOut.model_validate(told), found.line.version


@router.get("/forpligtelser", dependencies=[anyone], response_model=many(PromiseOut))
def list_commitments(visit: AVisit, asked: Annotated[PromisesAsked, Query()]) -> Response:
    """Commitments, by the day that they are to be kept by."""
    session, actor = visit.session, visit.actor
    filters = Filters(
        owner_id=asked.ejer, theme=asked.tema, status=asked.status, year=asked.aar, meeting=asked.moede
    )
    part = read_part(
        visit, asked, lambda after, most: queries.read_commitments(session, actor, filters, after, most)
    )
    return answer_list(visit, asked, part, [PromiseOut(**_facts(visit, line)) for line in part.rows])  # type: ignore[arg-type]


@router.post(
    "/forpligtelser", dependencies=[only(may_commit)], response_model=WholePromiseOut, status_code=201
)
def propose(visit: AVisit, key: OnceKey, given: PromiseIn) -> Response:
    """Propose a commitment; staff publishes it."""

    def write() -> str:
        return service.propose(visit.session, visit.actor, given).reference

    return write_once(visit, key, given, write, lambda name: show(visit, name), at="/forpligtelser/{}")


@router.get("/forpligtelser/{reference}", dependencies=[anyone], response_model=WholePromiseOut)
def show_commitment(visit: AVisit, reference: Reference) -> Response:
    """One commitment with its steps, what it is measured by, and what it is about."""
    thing, version = show(visit, reference)
    return answer(visit, thing, version=version)


doors = Doors(router, WholePromiseOut, show, at="/forpligtelser/{}")


@doors.put("/forpligtelser/{reference}", may_commit)
def reword(visit: Visit, upon: Upon, reference: Reference, given: CommitmentEdit) -> str:
    """Say a commitment in other words. Of a published one the organisation, the day and that all may read it
    stay, and `reason` is asked for."""
    found = find_promise(visit, reference)
    service.edit(visit.session, visit.actor, found.line.id, upon(found.line.version, given))
    return found.line.reference


@doors.post("/forpligtelser/{reference}/udgiv", may_decide)
def publish(visit: Visit, reference: Reference) -> str:
    """Publish a proposal."""
    found = find_promise(visit, reference)
    service.publish(visit.session, visit.actor, [found.line.id])
    return found.line.reference


@doors.post("/forpligtelser/{reference}/i-gang", may_commit)
def begin(visit: Visit, upon: Upon, reference: Reference) -> str:
    """Say that the work has begun, where no milestone tells it."""
    line = find_promise(visit, reference).line
    service.begin(visit.session, visit.actor, line.id, upon.of(line.version))
    return line.reference


@doors.post("/forpligtelser/{reference}/traek-tilbage", may_commit)
def withdraw(visit: Visit, reference: Reference) -> str:
    """Take a proposal back."""
    line = find_promise(visit, reference).line
    service.withdraw(visit.session, visit.actor, line.id)
    return line.reference


@doors.post("/forpligtelser/{reference}/fortryd", may_commit)
def restore(visit: Visit, reference: Reference) -> str:
    """Undo that a proposal was taken back."""
    line = find_promise(visit, reference).line
    service.restore(visit.session, visit.actor, line.id)
    return line.reference


@doors.post("/forpligtelser/{reference}/flyt", may_commit)
def move(visit: Visit, upon: Upon, reference: Reference, given: MoveInput) -> str:
    """Move the day that it is to be kept by; the old one stays to be read, with the reason."""
    line = find_promise(visit, reference).line
    service.move_deadline(visit.session, visit.actor, line.id, upon(line.version, given))
    return line.reference


@doors.post("/forpligtelser/{reference}/afgoer", may_decide)
def judge(visit: Visit, upon: Upon, reference: Reference, given: VerdictInput) -> str:
    """Say how it went, what decided it, and what was learnt."""
    line = find_promise(visit, reference).line
    service.give_verdict(visit.session, visit.actor, line.id, upon(line.version, given))
    return line.reference


@doors.post("/forpligtelser/{reference}/afgoer/tilbage", may_decide)
def take_verdict_back(visit: Visit, upon: Upon, reference: Reference, given: TakeBackInput) -> str:
    """Take a verdict back, with the reason."""
    line = find_promise(visit, reference).line
    service.take_back_verdict(visit.session, visit.actor, line.id, upon(line.version, given))
    return line.reference


@doors.post("/forpligtelser/{reference}/erstat", may_decide)
def replace(visit: Visit, upon: Upon, reference: Reference, given: ReplaceInput) -> str:
    """Say that another commitment stands in its place."""
    line = find_promise(visit, reference).line
    service.replace(visit.session, visit.actor, line.id, upon(line.version, given))
    return line.reference
