"""Interest: what a municipality says of a wish, an idea or a need, in one of four ways."""

from datetime import datetime

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.said import Agreeing, Reference, find_said, take_rules
from app.core.policy import is_person
from app.domain.contributions import queries
from app.domain.contributions.interests import mark_interest, remove_interest
from app.domain.contributions.policy import may_mark_interest
from app.domain.contributions.schemas import InterestInput, InterestKind
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("interesse")
SHOWN = 200


class InterestOut(Out):
    """A municipality's mark."""

    organisation_id: int
    organisation_key: str
    municipality: str
    kind: InterestKind = Field(
        description="need: has it too; pilot: will try; co_fund: will pay; solved: has it solved."
    )
    contact: str = Field(description="Whom to write to; empty for who may not read it.")
    signed_as: str
    marked_at: datetime = Field(description="When it was set.")
    is_example: bool


class InterestsOut(Out):
    """All marks of one thing, by municipality."""

    reference: str
    items: list[InterestOut] = Field(description="By the name of the municipality; at most 200.")


class InterestIn(InterestInput, Agreeing):
    """The mark of the municipality that the key speaks for; it replaces the one that it has."""


def show(visit: Visit, reference: str) -> InterestsOut:
    found = find_said(visit, reference)
    marks = queries.list_interests(visit.session, visit.actor, found.id)
    return InterestsOut(reference=found.reference, items=[InterestOut.model_validate(one) for one in marks])


@router.get("/interesse/{reference}", dependencies=[anyone], response_model=InterestsOut)
def list_interest(visit: AVisit, reference: Reference) -> Response:
    """The municipalities that have marked a wish, an idea or a need, by its number."""
    return answer(visit, show(visit, reference))


@router.put("/interesse/{reference}", dependencies=[only(may_mark_interest)], response_model=InterestsOut)
def set_interest(visit: AVisit, reference: Reference, given: InterestIn) -> Response:
    """Set the mark of the own municipality, or change it. Sent twice it is set once."""
    found = find_said(visit, reference)
    take_rules(visit, given.rules)
    mark = InterestInput(kind=given.kind, contact=given.contact)
    mark_interest(visit.session, visit.actor, found.id, mark)
    return answer(visit, show(visit, found.reference))


@router.delete("/interesse/{reference}", dependencies=[only(is_person)], response_model=InterestsOut)
def take_interest_away(visit: AVisit, reference: Reference) -> Response:
    """Take the mark of the own municipality away; nothing happens where there is none."""
    found = find_said(visit, reference)
    remove_interest(visit.session, visit.actor, found.id)
    return answer(visit, show(visit, found.reference))
