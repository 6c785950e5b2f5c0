"""Answers: what the organisers said back."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key
from app.core.policy import NotFound
from app.domain.answering.publishing import list_editions
from app.domain.contributions import queries
from app.domain.contributions.schemas import AnswerKind, Kind, Verdict
from app.http.visit import AVisit, anyone

router = make_router("svar")


class AnsweredOut(Out):
    """What is answered."""

    kind: Kind
    reference: str
    title: str
    language: str


class AnswerOut(Out):
    """An answer of the organisers."""

    id: int
    kind: AnswerKind
    verdict: Verdict | None = Field(description="Yes, partly, no or later; null where it is none of them.")
    text: str
    text_en: str
    reason: str
    reason_en: str = Field(description="Why, in English; empty where nobody has translated it.")
    again_by: date | None = Field(description="The day by which it is taken up again, or null.")
    said_by_text: str = Field(description="Who said it, in words; empty where organisations did.")
    organisations: list[str] = Field(description="The names of the organisations that answer.")
    meeting_key: str | None
    published_at: datetime | None
    is_example: bool
    answers: list[AnsweredOut] = Field(description="What it answers, as far as the reader may see that.")


class EditionOut(Out):
    """How a published answer stood until it was corrected."""

    number: int = Field(description="The version that it was.")
    verdict: Verdict | None = Field(description="Yes, partly, no or later; null where it was none of them.")
    text: str
    text_en: str
    reason: str
    reason_en: str = Field(description="Why, in English; empty where nobody had translated it.")
    again_by: date | None = Field(description="The day by which it was to be taken up again, or null.")
    why: str = Field(description="Why it was corrected.")
    replaced_at: datetime = Field(description="When it was.")


class EditionsOut(Out):
    """How an answer stood before."""

    answer_id: int = Field(description="The number of the answer.")
    items: list[EditionOut] = Field(description="The oldest first; empty where it was never corrected.")


class AnswersAsked(Asked):
    """The filters of the list of answers."""

    moede: Key | None = Field(None, description="The key of the meeting at which it was given.")


@router.get("/svar", dependencies=[anyone], response_model=many(AnswerOut))
def list_answers(visit: AVisit, asked: Annotated[AnswersAsked, Query()]) -> Response:
    """Published answers, the newest first."""
    session, actor = visit.session, visit.actor
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_answers(session, actor, after, most, meeting=asked.moede),
    )
    return answer_list(visit, asked, part, [AnswerOut.model_validate(one) for one in part.rows])


@router.get("/svar/{answer_id}", dependencies=[anyone], response_model=AnswerOut)
def show_answer(visit: AVisit, answer_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """One answer."""
    found = queries.find_answers(visit.session, visit.actor, [answer_id]).get(answer_id)
    if found is None:
        raise NotFound
    return answer(visit, AnswerOut.model_validate(found))


@router.get("/svar/{answer_id}/udgaver", dependencies=[anyone], response_model=EditionsOut)
def show_editions(visit: AVisit, answer_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """How an answer stood before it was corrected, and why."""
    if answer_id not in queries.find_answers(visit.session, visit.actor, [answer_id]):
        raise NotFound
    found = list_editions(visit.session, visit.actor, [answer_id]).get(answer_id, [])
    items = [EditionOut.model_validate(one) for one in found]
    return answer(visit, EditionsOut(answer_id=answer_id, items=items))
