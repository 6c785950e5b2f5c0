"""What the person behind a key has sent, and what waits for them. Sessions and keys stay with people."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.said import SaidOut, as_said
from app.core.policy import is_person
from app.domain.answering.own import find_open_questions
from app.domain.bodies.queries import list_own_bodies
from app.domain.contributions.own import OwnFilters, State, Way, count_own, list_own
from app.domain.organisations.networks import list_asked
from app.domain.pressure_tests.policy import may_assess_somewhere
from app.domain.pressure_tests.tasks import count_waiting_tasks
from app.domain.priorities.queries import list_tasks
from app.http.visit import AVisit, only

router = make_router("mig")
STATES: dict[str, State] = {
    "mangler-oplysninger": "asked",
    "forsinket": "late",
    "venter": "waiting",
    "besvaret": "answered",
    "lovet": "promised",
    "gennemfoert": "done",
    "kladde": "draft",
}
WAYS: dict[str, Way] = {"sendt": "sent", "sagt-hoejt": "aloud"}
StateWord = Literal[
    "mangler-oplysninger", "forsinket", "venter", "besvaret", "lovet", "gennemfoert", "kladde"
]


class QuestionOut(Out):
    """What staff asks about something that one has sent."""

    question: str = Field(description="What is asked.")
    asked_at: datetime = Field(description="When it was asked.")
    reply_by: date = Field(description="Until when the clock of the answer waits.")


class OwnSaidOut(SaidOut):
    """Something of one's own, or of one's organisation's."""

    question: QuestionOut | None = Field(description="What staff asks of it, or null.")


class OwnSaidsOut(Out):
    """A page of what one's organisation and oneself have sent."""

    items: list[OwnSaidOut] = Field(description="What waits for oneself first, then the newest.")
    total: int = Field(description="How many there are.")
    pages: int = Field(description="On how many pages.")


class OwnRoundOut(Out):
    """A round of priorities that waits for one's votes."""

    key: str
    title: str
    closes_on: date | None = Field(description="The last day to decide, or null.")


class OwnBodyOut(Out):
    """A committee in which one has a place."""

    key: str
    name: str
    is_secretary: bool = Field(description="Whether one keeps its papers.")
    is_member: bool = Field(description="Whether one has a seat.")
    waiting: int = Field(description="How many recommendations are to be treated or decided.")


class OwnNetworkOut(Out):
    """A network that asks one's municipality, or has it."""

    key: str
    name: str
    answer: str | None = Field(description="yes, no, or null while it waits for an answer.")


class WaitingForMeOut(Out):
    """What waits for the person behind the key, and where they have a place."""

    questions: int = Field(description="How much of one's own staff asks about.")
    pressure_tests: int = Field(description="How many pressure tests wait for one's assessment.")
    rounds: list[OwnRoundOut] = Field(description="Rounds that wait for one's votes.")
    bodies: list[OwnBodyOut] = Field(description="Committees in which one has a place.")
    networks: list[OwnNetworkOut] = Field(description="Networks that ask one's municipality, or have it.")


class OwnAsked(BaseModel):
    """The filters of the list, as on its page."""

    model_config = ConfigDict(extra="forbid")

    status: StateWord | None = Field(None, description="Only what stands so.")
    maade: Literal["sendt", "sagt-hoejt"] | None = Field(
        None, description="Only what was sent, or what was said aloud."
    )
    side: int = Field(1, ge=1, le=500, description="The page.")


@router.get("/mig/bidrag", dependencies=[only(is_person)], response_model=OwnSaidsOut)
def list_contributions(visit: AVisit, asked: Annotated[OwnAsked, Query()]) -> Response:
    """What one's organisation and oneself have sent, and what staff asks about it."""
    filters = OwnFilters(STATES.get(asked.status or ""), WAYS.get(asked.maade or ""))
    listing = list_own(visit.session, visit.actor, filters, page=asked.side)
    questions = find_open_questions(visit.session, visit.actor, listing.rows)
    items = [
        OwnSaidOut.model_validate(as_said(visit, one) | {"question": questions.get(one.id)})
        for one in listing.rows
    ]
    return answer(visit, OwnSaidsOut(items=items, total=listing.total, pages=listing.pages))


@router.get("/mig/opgaver", dependencies=[only(is_person)], response_model=WaitingForMeOut)
def show_waiting(visit: AVisit) -> Response:
    """What waits for the person behind the key."""
    session, actor = visit.session, visit.actor
    return answer(
        visit,
        WaitingForMeOut(
            questions=count_own(session, actor, OwnFilters())["asked_in_all"],
            pressure_tests=count_waiting_tasks(session, actor) if may_assess_somewhere(actor) else 0,
            rounds=[OwnRoundOut.model_validate(one) for one in list_tasks(session, actor)],
            bodies=[
                OwnBodyOut(
                    key=one.card.key,
                    name=one.card.name,
                    is_secretary=one.place.is_secretary,
                    is_member=one.place.is_member,
                    waiting=one.waiting,
                )
                for one in list_own_bodies(session, actor)
            ],
            networks=[
                OwnNetworkOut(key=network.key, name=network.name, answer=member.answer)
                for network, member in list_asked(session, actor)
            ],
        ),
    )
