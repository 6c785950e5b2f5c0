"""The front page: what this is, what comes next, what has happened since."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.domain.contributions.queries import AnswerView, latest_answers
from app.domain.meetings.queries import MeetingCard, latest_meeting, next_meeting
from app.http.pages import Page
from app.http.visit import AVisit, anyone

router = APIRouter()

ANSWERS = 4


@dataclass
class FrontPage(Page):
    template: ClassVar[str] = "front/show.html"
    coming: MeetingCard | None
    latest: MeetingCard | None
    answers: list[AnswerView]


@router.get("/", dependencies=[anyone])
def show_front(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    return visit.page(
        FrontPage(
            coming=next_meeting(session, actor),
            latest=latest_meeting(session, actor),
            answers=latest_answers(session, actor, ANSWERS),
        )
    )
