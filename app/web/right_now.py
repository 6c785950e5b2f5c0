"""«Lige nu»: the item that is on and the timer, the same for all in the room."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.meetings.queries import get_meeting_line
from app.domain.running.policy import may_watch_screen
from app.domain.running.queries import RightNow, get_right_now
from app.http.doors import Router
from app.http.live import add_topic, answer_block
from app.http.pages import Page
from app.http.visit import anyone

router = Router()


@dataclass
class RightNowBlock(Page):
    template: ClassVar[str] = "console/right_now_block.html"
    right_now: RightNow


def may_hear_running(session: Session, actor: Actor, meeting_id: int) -> bool:
    """Who hears what is said in the room, at a meeting that they may see."""
    if not may_watch_screen(actor, meeting_id):
        return False
    return meeting_id in get_meeting_line(session, [meeting_id], actor)


add_topic("running", may_hear_running)


@router.get("/moeder/{key}/lige-nu/{meeting_id:int}", dependencies=[anyone])
async def show_right_now(request: Request, key: str, meeting_id: int) -> Response:
    """The block of pages in the room; the meeting is named by its id, so that no key is looked up."""
    return await answer_block(
        request,
        topic=f"running:{meeting_id}",
        variant="right now",
        page=lambda session: RightNowBlock(get_right_now(session, meeting_id)),
    )
