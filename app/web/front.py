"""The front page: what this is, what comes next, what has happened since."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.domain.contributions.queries import AnswerView, ThemeTag, latest_answers
from app.domain.following.queries import News, find_followed, list_news
from app.domain.meetings.queries import MeetingCard, latest_meeting, next_meeting
from app.domain.meetings.statuses import HELD
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.web.filters import typed

router = Router()

ANSWERS = 4


@dataclass
class FrontPage(Page):
    """`has_since_last`: the page of the next meeting opens with what has happened since the latest one."""

    template: ClassVar[str] = "front/show.html"
    coming: MeetingCard | None
    latest: MeetingCard | None
    answers: list[AnswerView]
    follows: bool
    has_since_last: bool


@dataclass
class OwnFrontPage(Page):
    """The front page of somebody who follows themes: what is new on them."""

    template: ClassVar[str] = "front/own.html"
    coming: MeetingCard | None
    themes: tuple[ThemeTag, ...]
    news: list[News]


@router.get("/", dependencies=[anyone])
def show_front(visit: AVisit) -> Response:
    """For who follows themes only what is new on them, unless ?vis=alt asks for everything."""
    session, actor = visit.session, visit.actor
    followed = find_followed(session, actor)
    if followed.themes and typed(visit, "vis") != "alt":
        news = list_news(session, actor, followed)
        return visit.page(OwnFrontPage(next_meeting(session, actor), followed.themes, news))
    coming, latest = next_meeting(session, actor), latest_meeting(session, actor)
    return visit.page(
        FrontPage(
            coming=coming,
            latest=latest,
            answers=latest_answers(session, actor, ANSWERS),
            follows=bool(followed.themes),
            has_since_last=_has_since_last(coming, latest),
        )
    )


def _has_since_last(coming: MeetingCard | None, latest: MeetingCard | None) -> bool:
    if coming is None or latest is None or coming.status in HELD:
        return False
    return coming.series_key == latest.series_key
