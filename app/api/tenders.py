"""Tenders as everybody may read them, what was asked about each and shared with all; and writing them."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import AskedPlain
from app.api.said import Reference, find_said
from app.api.verbs import Doors, Upon, pick
from app.core.policy import NotFound
from app.domain.ledger import queries, tenders
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import QuestionView, TenderView
from app.domain.ledger.schemas import (
    Given,
    LinkInput,
    NoticeInput,
    QuestionEdit,
    QuestionInput,
    State,
    TenderInput,
)
from app.http.visit import AVisit, Visit, anyone

router = make_router("udbud")
ONE = "/udbud/{tender_id}"
# More than any tender is asked.
MOST_QUESTIONS = 5_000
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NoticeOut(Out):
    """Where it was announced."""

    id: int
    kind: str
    url: str = Field(description="The address of the notice.")
    number: str
    announced_on: date | None = Field(description="When, where that is known.")


class TenderOut(Out):
    """A tender that comes, is open, or is over."""

    id: int
    title: str
    text: str
    state: str
    buyer: str | None = Field(description="Who buys, or null.")
    expected_on: date | None = Field(description="When it is expected, or null.")
    published_at: datetime | None
    notices: list[NoticeOut] = Field(description="Where it was announced.")
    questions: int = Field(description="How many questions are shared with all.")
    is_example: bool
    version: int
    page: str = ""


class SharedAnswerOut(Out):
    """An answer to a question about a tender."""

    text: str


class SharedOut(Out):
    """A question about a tender and its answers, shared with all; who asked is not told."""

    id: int
    number: int | None
    question: str = Field(description="The question.")
    answers: list[SharedAnswerOut] = Field(description="What was answered.")
    shared_at: datetime | None = Field(description="When all could read it.")
    version: int


class WaitingOut(Out):
    """A question that is shared when it is answered; for staff alone, as it tells who asked."""

    id: int
    question: str = Field(description="In words that do not tell who asked.")
    reference: str = Field(description="The number of the contribution that asks; empty where there is none.")
    version: int


class WholeTenderOut(TenderOut):
    """A tender with what was asked about it."""

    shared: list[SharedOut] = Field(description="Questions and answers that all may read, by number.")
    waiting: list[WaitingOut] | None = Field(description="What waits for its answer; null but for staff.")


class StateIn(Given):
    """How far it has come: coming, open or closed."""

    state: State


class TenderLinkIn(LinkInput):
    """The contribution whose answer all are to read, by its number, and what it asks in other words."""

    reference: Reference


def _facts(visit: Visit, one: TenderView) -> dict[str, Any]:
    own = ("page", "buyer")
    told = {name: getattr(one, name) for name in TenderOut.model_fields if name not in own}
    told["buyer"] = one.organisation[1] if one.organisation else None
    return told | {"page": f"{visit.kit.site.base_url}/udbud/{one.id}"}


@router.get("/udbud", dependencies=[anyone], response_model=many(TenderOut))
def list_tenders(visit: AVisit, asked: AskedPlain) -> Response:
    """Tenders, those that come and are open first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: queries.read_tenders(session, actor, after, most))
    items = [TenderOut.model_validate(_facts(visit, one)) for one in part.rows]
    return answer_list(visit, asked, part, items)


def find_tender(visit: Visit, tender_id: int) -> TenderView:
    """Raises NotFound."""
    found = queries.find_tender(visit.session, visit.actor, tender_id)
    if found is None:
        raise NotFound
    return found


def _list_questions(visit: Visit, tender_id: int) -> tuple[QuestionView, ...]:
    return queries.list_questions(visit.session, visit.actor, tender_id, MOST_QUESTIONS)


def _find_question(visit: Visit, tender_id: int, question_id: int) -> QuestionView:
    """Raises NotFound."""
    found = queries.find_question(visit.session, visit.actor, tender_id, question_id)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, name: str) -> tuple[WholeTenderOut, int]:
    session, actor = visit.session, visit.actor
    found = find_tender(visit, int(name))
    every = _list_questions(visit, found.id)
    told = _facts(visit, found) | {"shared": [one for one in every if one.shared_at is not None]}
    waiting = None
    if may_keep_ledger(actor):
        linked = queries.list_linked(session, actor, every)
        waiting = [
            WaitingOut(
                id=one.id,
                question=one.question,
                reference=linked.get(one.contribution_id or 0, ("", ""))[0],
                version=one.version,
            )
            for one in every
            if one.shared_at is None
        ]
    return WholeTenderOut.model_validate(told | {"waiting": waiting}), found.version


doors = Doors(router, WholeTenderOut, show, at="/udbud/{}", worded=("tender_", "ledger_"))


@router.get(ONE, dependencies=[anyone], response_model=WholeTenderOut)
def show_tender(visit: AVisit, tender_id: RowId) -> Response:
    """One tender with what was asked about it."""
    thing, version = show(visit, str(tender_id))
    return answer(visit, thing, version=version)


# --- writing


@doors.post("/udbud", may_keep_ledger, makes=True)
def add_tender(visit: Visit, given: TenderInput) -> str:
    """A tender that comes, for staff alone until it is published."""
    return str(tenders.add_tender(visit.session, visit.actor, given).id)


@doors.put(ONE, may_keep_ledger)
def edit_tender(visit: Visit, upon: Upon, tender_id: RowId, given: TenderInput) -> str:
    """Word a tender otherwise."""
    found = find_tender(visit, tender_id)
    tenders.edit_tender(visit.session, visit.actor, found.id, upon(found.version, given))
    return str(tender_id)


@doors.post(ONE + "/udgiv", may_keep_ledger)
def publish_tender(visit: Visit, upon: Upon, tender_id: RowId) -> str:
    """Have all see it from now on."""
    upon.of(find_tender(visit, tender_id).version)
    tenders.publish_tender(visit.session, visit.actor, tender_id)
    return str(tender_id)


@doors.post(ONE + "/status", may_keep_ledger)
def turn_tender(visit: Visit, upon: Upon, tender_id: RowId, given: StateIn) -> str:
    """Say that it is coming, open or closed."""
    version = upon.of(find_tender(visit, tender_id).version)
    tenders.turn_tender(visit.session, visit.actor, tender_id, given.state, version)
    return str(tender_id)


@doors.post(ONE + "/bekendtgoerelser", may_keep_ledger)
def add_notice(visit: Visit, tender_id: RowId, given: NoticeInput) -> str:
    """Where it is announced: an address on a site of its kind."""
    tenders.add_notice(visit.session, visit.actor, tender_id, given)
    return str(tender_id)


@doors.delete(ONE + "/bekendtgoerelser/{notice_id}", may_keep_ledger)
def remove_notice(visit: Visit, tender_id: RowId, notice_id: RowId) -> str:
    """Take a wrong address away."""
    notice = pick(find_tender(visit, tender_id).notices, notice_id)
    tenders.remove_notice(visit.session, visit.actor, notice.id)
    return str(tender_id)


# --- what is asked


@doors.post(ONE + "/spoergsmaal", may_keep_ledger)
def add_question(visit: Visit, tender_id: RowId, given: QuestionInput) -> str:
    """A question that was asked in another way than by a contribution, and its answer, for all at once."""
    tenders.add_question(visit.session, visit.actor, tender_id, given)
    return str(tender_id)


@doors.put(ONE + "/spoergsmaal/{question_id}", may_keep_ledger)
def edit_question(visit: Visit, tender_id: RowId, question_id: RowId, given: QuestionEdit) -> str:
    """Put a question otherwise; how a shared one stood, and why it was changed, can be read by all."""
    question = _find_question(visit, tender_id, question_id)
    tenders.edit_question(visit.session, visit.actor, question.id, given)
    return str(tender_id)


@doors.post(ONE + "/knyt", may_keep_ledger)
def link(visit: Visit, tender_id: RowId, given: TenderLinkIn) -> str:
    """Have all read what is answered to a contribution, at the same moment."""
    said, asked = find_said(visit, given.reference), LinkInput(question=given.question)
    tenders.link_to_tender(visit.session, visit.actor, tender_id, said.id, asked)
    return str(tender_id)


@doors.delete(ONE + "/knyttede/{question_id}", may_keep_ledger)
def unlink(visit: Visit, tender_id: RowId, question_id: RowId) -> str:
    """Have the answer go to who asked alone, while nothing is shared."""
    question = _find_question(visit, tender_id, question_id)
    tenders.unlink_from_tender(visit.session, visit.actor, question.id)
    return str(tender_id)
