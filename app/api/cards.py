"""What was said at meetings: cards and questions; staff writes them down."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import answer_list, many, read_part
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.said import Reference, SaidAsked, SaidOut, as_said, find_said, read_filters, show_one
from app.api.writing import OnceKey, write_once
from app.domain.contributions import queries, service
from app.domain.contributions.policy import may_record
from app.domain.contributions.schemas import CardInput, SpokenKind
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("indspil")
KINDS = ("card", "question")


class CardsAsked(SaidAsked):
    """What was said aloud or written in the room."""

    slags: SpokenKind | None = Field(None, description="Only this kind.")


class CardIn(CardInput):
    """One thing that was said at a meeting; hidden until it is published."""


@router.get("/indspil", dependencies=[anyone], response_model=many(SaidOut))
def list_cards(visit: AVisit, asked: Annotated[CardsAsked, Query()]) -> Response:
    """What was said at meetings, the newest first; of one meeting with `moede`."""
    session, actor, filters = visit.session, visit.actor, read_filters(asked)
    kinds = (asked.slags,) if asked.slags else KINDS
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_contributions(session, actor, kinds, filters, after, most),
    )
    return answer_list(visit, asked, part, [SaidOut(**as_said(visit, one)) for one in part.rows])


@router.get("/indspil/{reference}", dependencies=[anyone], response_model=SaidOut)
def show_card(visit: AVisit, reference: Reference) -> Response:
    """One thing that was said, by its number."""
    return show_one(visit, find_said(visit, reference, *KINDS))


def _show(visit: Visit, reference: str) -> tuple[SaidOut, int]:
    found = find_said(visit, reference)
    return SaidOut(**as_said(visit, found)), found.version


@router.post(
    "/moeder/{key}/indspil", dependencies=[only(may_record)], response_model=SaidOut, status_code=201
)
def add_card(visit: AVisit, once: OnceKey, key: MeetingKey, given: CardIn) -> Response:
    """Write down what was said at a meeting."""

    def add() -> str:
        meeting = find_meeting(visit, key)
        return service.add_card(visit.session, visit.actor, meeting.id, given).reference

    return write_once(visit, once, given, add, lambda name: _show(visit, name), at="/indspil/{}")
