"""Evaluations of meetings: how they went, for all; the last day, closing and words to staff, for staff. A key
never answers one."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.paging import Key
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound
from app.domain.evaluations import queries, service
from app.domain.evaluations.policy import may_arrange_evaluations
from app.domain.evaluations.queries import EvaluationView
from app.domain.evaluations.schemas import SetUpInput
from app.domain.meetings.queries import MeetingView
from app.http.visit import AVisit, Visit, anyone

router = make_router("evaluering")
EVALUATION = "/moeder/{key}/evaluering"


class QuestionResultOut(Out):
    """How a question was answered; those that too few answered are left out."""

    code: str = Field(description="worth, heard or next: the same over the years.")
    question: str = Field(description="The question, in Danish.")
    counts: list[int] = Field(description="How many gave the steps 1 to 5.")
    answers: int = Field(description="How many answered it.")
    average: float = Field(description="Of the steps, 1 to 5.")
    high_share: int = Field(description="How many in a hundred gave 4 or 5.")


class EvaluationOut(Out):
    """The evaluation of a meeting."""

    meeting_key: str
    meeting_title: str
    series_key: str = Field(description="The series that the meeting is of.")
    held_on: date
    state: str = Field(description="coming, open, closing (not counted yet), counted or none.")
    closes_on: date = Field(description="The last day on which it can be answered.")
    wording: int = Field(description="In which words it was asked; only the same are to be compared.")
    answers: int | None = Field(description="How many answered; null until it is counted, or of too few.")
    is_too_few: bool = Field(description="Whether so few answered that nothing is shown.")
    questions: list[QuestionResultOut] = Field(description="How it went, question by question.")
    is_example: bool
    version: int
    page: str = ""


class RemarkOut(Out):
    """Words to the organisers, of nobody."""

    id: UUID
    text: str


class WholeEvaluationOut(EvaluationOut):
    """An evaluation with what those who arrange it know besides."""

    so_far: int | None = Field(
        description="How many have answered so far, to staff while it is open; or null."
    )
    remarks: list[RemarkOut] = Field(description="Words to the organisers, to staff once it is counted.")


class EvaluationsOut(Out):
    """The evaluations of the meetings of a series."""

    series_key: str | None = Field(description="The key of the series; null where there is none.")
    items: list[EvaluationOut] = Field(description="Those that are counted, the oldest meeting first.")


class SeriesAsked(BaseModel):
    """Which series."""

    model_config = ConfigDict(extra="forbid")

    raekke: Key | None = Field(None, description="The key of the series; else the one with the most of them.")


def _facts(visit: Visit, one: EvaluationView) -> dict[str, Any]:
    own = ("questions", "page")
    told: dict[str, Any] = {
        name: getattr(one, name) for name in EvaluationOut.model_fields if name not in own
    }
    questions = [
        QuestionResultOut(
            code=found.question.code,
            question=found.question.text.da,
            counts=list(found.counts),
            answers=found.answers,
            average=round(found.average, 2),
            high_share=found.high_share,
        )
        for found in one.questions
    ]
    return told | {"questions": questions, "page": visit.kit.site.base_url + one.path}


def find_evaluation(visit: Visit, key: str) -> tuple[MeetingView, EvaluationView]:
    """Raises NotFound."""
    meeting = find_meeting(visit, key)
    found = queries.find_result(visit.session, visit.actor, meeting.id)
    if found is None:
        raise NotFound
    return meeting, found


def show(visit: Visit, key: str) -> tuple[WholeEvaluationOut, int]:
    meeting, found = find_evaluation(visit, key)
    is_waiting = found.state in ("open", "closing")
    is_counted = found.state == "counted"
    # Who may not know them gets none from the queries themselves.
    so_far = queries.count_answers(visit.session, visit.actor, meeting.id) if is_waiting else None
    said = queries.list_remarks(visit.session, visit.actor, meeting.id) if is_counted else []
    remarks = [RemarkOut.model_validate(one) for one in said]
    return WholeEvaluationOut(**_facts(visit, found), so_far=so_far, remarks=remarks), found.version


doors = Doors(router, WholeEvaluationOut, show)


@router.get("/evaluering", dependencies=[anyone], response_model=EvaluationsOut)
def list_evaluations(visit: AVisit, asked: Annotated[SeriesAsked, Query()]) -> Response:
    """How the meetings of a series were evaluated, the same questions each time."""
    known = queries.list_series(visit.session, visit.actor)
    series = next((one for one in known if asked.raekke in (None, one.key)), None)
    if series is None and asked.raekke is not None:
        raise NotFound
    found = queries.list_results(visit.session, visit.actor, series.id) if series else []
    items = [EvaluationOut(**_facts(visit, one)) for one in found]
    return answer(visit, EvaluationsOut(series_key=series.key if series else None, items=items))


@router.get(EVALUATION, dependencies=[anyone], response_model=WholeEvaluationOut)
def show_evaluation(visit: AVisit, key: MeetingKey) -> Response:
    """How a meeting was evaluated, and until when it can be."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.put(EVALUATION + "/frist", may_arrange_evaluations)
def set_up(visit: Visit, upon: Upon, key: MeetingKey, given: SetUpInput) -> str:
    """Say until when it can be answered: later opens it again, where it is not counted."""
    meeting, found = find_evaluation(visit, key)
    service.set_up(visit.session, visit.actor, meeting.id, upon(found.version, given))
    return meeting.key


@doors.post(EVALUATION + "/luk", may_arrange_evaluations)
def close(visit: Visit, key: MeetingKey) -> str:
    """Close it and count it now, and forget who answered what; it cannot be opened again."""
    meeting, _found = find_evaluation(visit, key)
    service.close(visit.session, visit.actor, meeting.id)
    return meeting.key


@doors.delete(EVALUATION + "/bemaerkninger/{remark_id}", may_arrange_evaluations)
def remove_remark(visit: Visit, key: MeetingKey, remark_id: UUID) -> str:
    """Take words to the organisers away for good, such as those that name somebody."""
    meeting, _found = find_evaluation(visit, key)
    service.remove_remark(visit.session, visit.actor, meeting.id, remark_id)
    return meeting.key
