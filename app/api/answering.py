"""Staff's answers on their way: drafts, what goes out together, publishing, putting a published one right."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound
from app.core.text import RequiredLine
from app.domain.answering import drafting, publishing, shelf
from app.domain.answering.policy import MOST_AT_ONCE, may_answer
from app.domain.answering.schemas import AnswerEdit, AnswerInput, CorrectionInput, Given
from app.domain.answering.shelf import AnswerSheet, BatchView
from app.domain.meetings.schemas import RowId
from app.http.visit import AVisit, Visit, only

router = make_router("indbakke")
ANSWERS = "/indbakke/svar"
ANSWER = ANSWERS + "/{answer_id}"
BATCHES = "/indbakke/udgivelser"
BATCH = BATCHES + "/{batch_id}"
AnswerId = Annotated[int, Path(ge=1, le=2**63 - 1)]
BatchId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class AboutOut(Out):
    """What an answer answers."""

    id: int
    kind: str
    reference: str
    title: str
    language: str
    owner: str = Field(description="Who of staff looks after it; empty for nobody.")


class SheetOut(Out):
    """An answer with all its words, whatever its state."""

    id: int
    kind: str
    state: str = Field(description="draft, prepared or published.")
    verdict: str | None = Field(description="Yes, partly, no or later; null where it is none of them.")
    text: str
    text_en: str
    text_sv: str = Field(description="In Swedish; empty where nobody has translated it.")
    reason: str
    reason_en: str = Field(description="Why, in English.")
    reason_sv: str = Field(description="Why, in Swedish.")
    again_by: date | None = Field(description="The day by which it is taken up again, or null.")
    said_by_text: str = Field(description="Who says it, in words; empty where organisations do.")
    organisation_ids: list[int] = Field(description="The numbers of the organisations that answer.")
    organisations: list[str] = Field(description="Their names.")
    batch_id: int | None = Field(description="The publishing that it goes out with, or null.")
    batch: str = Field(description="The name of that.")
    prepared_at: datetime | None = Field(description="When it was ready, or null.")
    published_at: datetime | None
    about: list[AboutOut] = Field(description="What it answers.")
    is_example: bool
    version: int
    page: str = ""


class SheetsOut(Out):
    """A page of the answers that are not published."""

    items: list[SheetOut] = Field(description="The newest first.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class BatchOut(Out):
    """Answers that go out, or went, at one moment."""

    id: int
    name: str
    created_at: datetime = Field(description="When it was made.")
    published_at: datetime | None
    answers: int = Field(description="How many answers.")
    unready: int = Field(description="How many of them are not ready.")
    to_tell: int | None = Field(description="How many are told of it; null until that is known.")
    told: int | None = Field(description="How many of them have been told, or null.")
    page: str = ""


class WholeBatchOut(BatchOut):
    """A publishing with its answers."""

    sheets: list[SheetOut] = Field(description="The answers, in order.")


class BatchesOut(Out):
    """What is to go out, and what went last."""

    waiting: list[BatchOut] = Field(description="What waits.")
    published: list[BatchOut] = Field(description="What went out last, the newest first.")


class SheetsAsked(BaseModel):
    """Which page of the list."""

    model_config = ConfigDict(extra="forbid")

    side: int = Field(1, ge=1, le=500, description="The page.")


class NewBatchIn(Given):
    """Answers that are to go out at one moment."""

    name: RequiredLine
    answer_ids: Annotated[list[RowId], Field(max_length=MOST_AT_ONCE)] = []


class AnswersIn(Given):
    """Answers, by their numbers."""

    answer_ids: Annotated[list[RowId], Field(min_length=1, max_length=MOST_AT_ONCE)]


def find_sheet(visit: Visit, answer_id: int) -> AnswerSheet:
    """The answer, whatever its state. Raises NotFound."""
    found = shelf.find_sheet(visit.session, visit.actor, answer_id)
    if found is None:
        raise NotFound
    return found


def find_batch(visit: Visit, batch_id: int) -> BatchView:
    """Raises NotFound."""
    found = shelf.find_batch(visit.session, visit.actor, batch_id)
    if found is None:
        raise NotFound
    return found


def tell_sheet(visit: Visit, sheet: AnswerSheet) -> SheetOut:
    told = SheetOut.model_validate(sheet)
    told.page = f"{visit.kit.site.base_url}{ANSWERS}/{sheet.id}"
    return told


def _tell_batch(visit: Visit, batch: BatchView) -> dict[str, Any]:
    told = {name: getattr(batch, name) for name in BatchOut.model_fields if name != "page"}
    return told | {"page": f"{visit.kit.site.base_url}{BATCHES}/{batch.id}"}


def show(visit: Visit, name: str) -> tuple[SheetOut, int]:
    found = find_sheet(visit, int(name))
    return tell_sheet(visit, found), found.version


def show_list(visit: Visit, _name: str = "", page: int = 1) -> tuple[SheetsOut, None]:
    found = shelf.list_unpublished(visit.session, visit.actor, page)
    items = [tell_sheet(visit, one) for one in found.rows]
    return SheetsOut(items=items, total=found.total, pages=found.pages), None


def show_batch(visit: Visit, name: str) -> tuple[WholeBatchOut, None]:
    batch = find_batch(visit, int(name))
    sheets = shelf.list_sheets_of_batch(visit.session, visit.actor, batch.id)
    told = _tell_batch(visit, batch) | {"sheets": [tell_sheet(visit, one) for one in sheets]}
    return WholeBatchOut.model_validate(told), None


def show_batches(visit: Visit, _name: str = "") -> tuple[BatchesOut, None]:
    waiting = shelf.list_waiting_batches(visit.session, visit.actor)
    published = shelf.list_published_batches(visit.session, visit.actor)
    return BatchesOut(
        waiting=[BatchOut.model_validate(_tell_batch(visit, one)) for one in waiting],
        published=[BatchOut.model_validate(_tell_batch(visit, one)) for one in published],
    ), None


doors = Doors(router, SheetOut, show, at=ANSWERS + "/{}")
lists = Doors(router, SheetsOut, show_list)
batch_doors = Doors(router, WholeBatchOut, show_batch, at=BATCHES + "/{}")
batch_lists = Doors(router, BatchesOut, show_batches)


@router.get(ANSWERS, dependencies=[only(may_answer)], response_model=SheetsOut)
def list_sheets(visit: AVisit, asked: Annotated[SheetsAsked, Query()]) -> Response:
    """Answers that are not published, page by page."""
    return answer(visit, show_list(visit, page=asked.side)[0])


@doors.post(ANSWERS, may_answer, makes=True)
def draft(visit: Visit, given: AnswerInput) -> str:
    """Draft an answer to one or several contributions. Nobody but staff sees it before it is published."""
    return str(drafting.draft_answer(visit.session, visit.actor, given).id)


@router.get(ANSWER, dependencies=[only(may_answer)], response_model=SheetOut)
def show_sheet(visit: AVisit, answer_id: AnswerId) -> Response:
    """One answer with all its words, whatever its state."""
    thing, version = show(visit, str(answer_id))
    return answer(visit, thing, version=version)


@doors.put(ANSWER, may_answer)
def edit(visit: Visit, upon: Upon, answer_id: AnswerId, given: AnswerEdit) -> str:
    """Word a draft otherwise; one that was ready is a draft again."""
    found = find_sheet(visit, answer_id)
    drafting.edit_answer(visit.session, visit.actor, found.id, upon(found.version, given))
    return str(found.id)


@doors.post(ANSWER + "/klar", may_answer)
def prepare(visit: Visit, upon: Upon, answer_id: AnswerId) -> str:
    """Say that a draft is ready to go out."""
    found = find_sheet(visit, answer_id)
    drafting.prepare_answer(visit.session, visit.actor, found.id, upon.of(found.version))
    return str(found.id)


@doors.post(ANSWER + "/udgiv", may_answer)
def publish(visit: Visit, upon: Upon, answer_id: AnswerId) -> str:
    """Publish an answer by itself, now. Those who asked are told."""
    found = find_sheet(visit, answer_id)
    publishing.publish_answer(visit.session, visit.actor, found.id, upon.of(found.version))
    return str(found.id)


@doors.post(ANSWER + "/ret", may_answer)
def correct(visit: Visit, upon: Upon, answer_id: AnswerId, given: CorrectionInput) -> str:
    """Put a published answer otherwise, and say why; the edition before stays to be read."""
    found = find_sheet(visit, answer_id)
    publishing.correct_answer(visit.session, visit.actor, found.id, upon(found.version, given))
    return str(found.id)


@lists.delete(ANSWER, may_answer)
def discard(visit: Visit, upon: Upon, answer_id: AnswerId) -> str:
    """Throw a draft away."""
    found = find_sheet(visit, answer_id)
    drafting.discard_answer(visit.session, visit.actor, found.id, upon.of(found.version))
    return ""


# --- what goes out together


@router.get(BATCHES, dependencies=[only(may_answer)], response_model=BatchesOut)
def list_batches(visit: AVisit) -> Response:
    """What is to go out together, and what went last."""
    return answer(visit, show_batches(visit)[0])


@batch_doors.post(BATCHES, may_answer, makes=True)
def make_batch(visit: Visit, given: NewBatchIn) -> str:
    """Answers that are to go out at one moment."""
    return str(publishing.make_batch(visit.session, visit.actor, given.name, given.answer_ids).id)


@router.get(BATCH, dependencies=[only(may_answer)], response_model=WholeBatchOut)
def show_one_batch(visit: AVisit, batch_id: BatchId) -> Response:
    """One publishing with its answers."""
    return answer(visit, show_batch(visit, str(batch_id))[0])


@batch_doors.post(BATCH + "/svar", may_answer)
def put_in(visit: Visit, batch_id: BatchId, given: AnswersIn) -> str:
    """Have more answers go out with it."""
    batch = find_batch(visit, batch_id)
    publishing.put_in_batch(visit.session, visit.actor, batch.id, given.answer_ids)
    return str(batch.id)


@batch_doors.delete(BATCH + "/svar/{answer_id}", may_answer)
def take_out(visit: Visit, batch_id: BatchId, answer_id: AnswerId) -> str:
    """Have an answer go out with it no more."""
    batch = find_batch(visit, batch_id)
    publishing.take_out_of_batch(visit.session, visit.actor, batch.id, [answer_id])
    return str(batch.id)


@batch_doors.post(BATCH + "/klar", may_answer)
def prepare_batch(visit: Visit, batch_id: BatchId) -> str:
    """Say that all its answers are ready."""
    batch = find_batch(visit, batch_id)
    publishing.prepare_batch(visit.session, visit.actor, batch.id)
    return str(batch.id)


@batch_doors.post(BATCH + "/udgiv", may_answer)
def publish_batch(visit: Visit, batch_id: BatchId) -> str:
    """Publish all of it at one moment, or nothing."""
    batch = find_batch(visit, batch_id)
    publishing.publish_batch(visit.session, visit.actor, batch.id)
    return str(batch.id)


@batch_lists.delete(BATCH, may_answer)
def give_up(visit: Visit, batch_id: BatchId) -> str:
    """Give a publishing up; its answers stay."""
    publishing.discard_batch(visit.session, visit.actor, find_batch(visit, batch_id).id)
    return ""
