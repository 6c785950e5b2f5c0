"""Answers on their way: what is written, what goes out together, and how many have been told."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.policy import NotFound, Refused
from app.core.text import RequiredLine
from app.domain.answering import publishing
from app.domain.answering.policy import MOST_AT_ONCE, may_answer
from app.domain.answering.shelf import (
    AnswerSheet,
    BatchView,
    Sheets,
    find_batch,
    list_published_batches,
    list_sheets_of_batch,
    list_unpublished,
    list_waiting_batches,
)
from app.domain.answering.telling import Audience, count_audience
from app.domain.meetings.schemas import RowId
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.answering import propose_name
from app.web.filters import page_number
from app.web.inbox_words import take_refusal

router = Router()

BATCH = "/indbakke/udgivelser/{batch_id:int}"
MOST_PAGES = 100_000


class BatchInput(BaseModel):
    """Answers that are to go out together: in a batch that waits, or in a new one of this name."""

    model_config = ConfigDict(extra="forbid")

    answer_ids: Annotated[list[RowId], Field(min_length=1, max_length=MOST_AT_ONCE)]
    batch_id: RowId | None = None
    name: RequiredLine


class AnswerIdInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer_id: RowId


@dataclass
class AnswersPage(Page):
    template: ClassVar[str] = "inbox/answers.html"
    sheets: Sheets
    waiting: list[BatchView]
    gone: list[BatchView]
    form: Form


@dataclass
class BatchPage(Page):
    """`audience`: who would be told if it were published now; None when it is out."""

    template: ClassVar[str] = "inbox/batch.html"
    batch: BatchView
    answers: list[AnswerSheet]
    audience: Audience | None
    form: Form


@dataclass
class ToldBlock(Page):
    """Only the part that changes while people are told; asked for by itself."""

    template: ClassVar[str] = "inbox/told_block.html"
    batch: BatchView


@router.get("/indbakke/svar", dependencies=[only(may_answer)])
def show_answers(visit: AVisit) -> Response:
    return visit.page(_answers_page(visit, visit.blank(name=propose_name(visit))))


def _answers_page(visit: Visit, form: Form) -> AnswersPage:
    session, actor = visit.session, visit.actor
    return AnswersPage(
        sheets=list_unpublished(session, actor, page_number(visit, MOST_PAGES)),
        waiting=list_waiting_batches(session, actor),
        gone=list_published_batches(session, actor),
        form=form,
    )


@router.post("/indbakke/udgivelser", dependencies=[only(may_answer)])
def make_batch(visit: AVisit, form: SentForm) -> Response:
    """Put the answers that are ticked in a batch."""
    if before := visit.done_before(form):
        return before
    given, status = form.read(BatchInput), 422
    if form.errors.pop("answer_ids", None):
        form.refuse("answer_ids", "inbox_choose_some_answers")
    if given is not None:
        try:
            if given.batch_id is None:
                made = publishing.make_batch(visit.session, visit.actor, given.name, given.answer_ids)
                batch_id = made.id
            else:
                batch_id = given.batch_id
                publishing.put_in_batch(visit.session, visit.actor, batch_id, given.answer_ids)
            return visit.done(form, _path(batch_id), "inbox_in_batch")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
    return visit.page(_answers_page(visit, form), status)


# --- one batch


def _path(batch_id: int) -> str:
    return f"/indbakke/udgivelser/{batch_id}"


def open_batch(visit: Visit, batch_id: int) -> BatchView:
    """Raises NotFound."""
    batch = find_batch(visit.session, visit.actor, batch_id)
    if batch is None:
        raise NotFound
    return batch


@router.get(BATCH, dependencies=[only(may_answer)])
def show_batch(visit: AVisit, batch_id: int) -> Response:
    return visit.page(_batch_page(visit, batch_id, visit.blank()))


def _batch_page(visit: Visit, batch_id: int, form: Form) -> BatchPage:
    batch = open_batch(visit, batch_id)
    answers = list_sheets_of_batch(visit.session, visit.actor, batch_id)
    ids = [one.id for one in answers]
    audience = None if batch.is_published else count_audience(visit.session, visit.actor, ids)
    return BatchPage(batch, answers, audience, form)


@router.get(BATCH + "/tilstand", dependencies=[only(may_answer)])
def show_told(visit: AVisit, batch_id: int) -> Response:
    """The part of the page that changes while people are told."""
    return visit.page(ToldBlock(batch=open_batch(visit, batch_id)))


@router.post(BATCH + "/klar", dependencies=[only(may_answer)])
def prepare_batch(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        publishing.prepare_batch(visit.session, visit.actor, batch_id)
    except Refused as refusal:
        return _refuse(visit, batch_id, form, refusal)
    return visit.done(form, _path(batch_id), "inbox_batch_ready")


@router.post(BATCH + "/tag-ud", dependencies=[only(may_answer)])
def take_out(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(AnswerIdInput)
    if given is None:
        raise NotFound
    try:
        publishing.take_out_of_batch(visit.session, visit.actor, batch_id, [given.answer_id])
    except Refused as refusal:
        return _refuse(visit, batch_id, form, refusal)
    return visit.done(form, _path(batch_id), "inbox_out_of_batch")


@router.post(BATCH + "/opgiv", dependencies=[only(may_answer)])
def discard_batch(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        publishing.discard_batch(visit.session, visit.actor, batch_id)
    except Refused as refusal:
        return _refuse(visit, batch_id, form, refusal)
    return visit.done(form, "/indbakke/svar", "inbox_batch_gone")


@router.post(BATCH + "/udgiv", dependencies=[only(may_answer)])
def publish_batch(visit: AVisit, batch_id: int, form: SentForm) -> Response:
    """All at one moment, or none. A second press, in whatever window, publishes nothing more."""
    if before := visit.done_before(form):
        return before
    try:
        publishing.publish_batch(visit.session, visit.actor, batch_id)
    except Refused as refusal:
        return _refuse(visit, batch_id, form, refusal)
    return visit.done(form, _path(batch_id), "inbox_published")


def _refuse(visit: Visit, batch_id: int, form: Form, refusal: Refused) -> Response:
    status = take_refusal(form, refusal)
    visit.session.rollback()
    return visit.page(_batch_page(visit, batch_id, form), status)
