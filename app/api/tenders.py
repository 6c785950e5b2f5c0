"""Tenders as everybody may read them, and what was asked about each and shared with all."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.core.policy import NotFound
from app.domain.ledger import queries
from app.domain.ledger.queries import TenderView
from app.http.visit import AVisit, Visit, anyone

router = make_router("udbud")
MOST = 200


class NoticeOut(Out):
    """Where it was announced."""

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


class TendersOut(Out):
    """The tenders that the reader may see."""

    items: list[TenderOut] = Field(description="Those that come and are open first.")


class SharedAnswerOut(Out):
    """An answer to a question about a tender."""

    text: str


class SharedOut(Out):
    """A question about a tender and its answers, shared with all; who asked is not told."""

    number: int | None
    question: str = Field(description="The question.")
    answers: list[SharedAnswerOut] = Field(description="What was answered.")
    shared_at: datetime | None = Field(description="When all could read it.")


class WholeTenderOut(TenderOut):
    """A tender with what was asked about it."""

    shared: list[SharedOut] = Field(description="Questions and answers that all may read, by number.")


def _facts(visit: Visit, one: TenderView) -> dict[str, Any]:
    own = ("page", "buyer")
    told = {name: getattr(one, name) for name in TenderOut.model_fields if name not in own}
    told["buyer"] = one.organisation[1] if one.organisation else None
    return told | {"page": f"{visit.kit.site.base_url}/udbud/{one.id}"}


@router.get("/udbud", dependencies=[anyone], response_model=TendersOut)
def list_tenders(visit: AVisit) -> Response:
    """Tenders, those that come and are open first."""
    found = queries.list_tenders(visit.session, visit.actor, most=MOST)
    return answer(visit, TendersOut(items=[TenderOut.model_validate(_facts(visit, one)) for one in found]))


@router.get("/udbud/{tender_id}", dependencies=[anyone], response_model=WholeTenderOut)
def show_tender(visit: AVisit, tender_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """One tender with what was asked about it."""
    found = queries.find_tender(visit.session, visit.actor, tender_id)
    if found is None:
        raise NotFound
    every = queries.list_questions(visit.session, visit.actor, tender_id)
    told = _facts(visit, found) | {"shared": [one for one in every if one.shared_at is not None]}
    return answer(visit, WholeTenderOut.model_validate(told), version=found.version)
