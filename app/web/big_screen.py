"""The big screen: a page for the wall, which follows what the console chooses, for hours and by itself.

What it shows is the same whoever has turned it on: it reads through `fit_for_screen` and rules like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from fastapi.responses import Response
from markupsafe import Markup

from app.core.clock import now
from app.core.policy import NotFound
from app.domain.attendance.queries import RoomView, find_room
from app.domain.boards.record import BestOfBoard, list_best
from app.domain.contributions.policy import TO_THE_ROOM
from app.domain.meetings.queries import ItemView, MeetingView, list_items
from app.domain.panels.queries import QuestionView, list_common
from app.domain.polls.queries import PollView, find_for_screen
from app.domain.running.policy import may_watch_screen
from app.domain.running.queries import Running, ScreenBoard, find_screen_board, get_running, is_shown
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.meetings import open_meeting
from app.web.qr import draw_code

router = Router()

# The views that say which item they are of.
OF_ITEM = ("chosen", "best", "question")
SCREEN = "/moeder/{key}/storskaerm"
MOST_FOLLOWED = 12  # boards


@dataclass(frozen=True, slots=True)
class Wall:
    """What stands on the wall. `shows`: the view that is shown: the welcome where the chosen one is gone.

    `join_address`: what is typed to join; `code_drawing`: the same to be scanned. `topics`: what changes it.
    """

    meeting: MeetingView
    running: Running
    shows: str
    room: RoomView | None
    join_address: str
    code_drawing: Markup
    item: ItemView | None
    board: ScreenBoard | None
    best: list[BestOfBoard]
    question: QuestionView | None
    shortlist: list[QuestionView]
    poll: PollView | None
    moment: datetime
    topics: str


@dataclass
class ScreenPage(Page):
    template: ClassVar[str] = "big_screen/show.html"
    wall: Wall


@dataclass
class ScreenBlock(Page):
    template: ClassVar[str] = "big_screen/block.html"
    wall: Wall


def _open(visit: Visit, key: str) -> MeetingView:
    """The meeting, for who hears what is said in its room; for others it has no screen."""
    meeting = open_meeting(visit, key)
    if not may_watch_screen(visit.actor, meeting.id):
        raise NotFound
    return meeting


def _wall(visit: Visit, meeting: MeetingView) -> Wall:
    session = visit.session
    running = get_running(session, meeting.id)
    if not is_shown(running.timer_ends_at):
        running = replace(running, timer_ends_at=None)
    room = find_room(session, meeting.id)
    items = {item.id: item for item in list_items(session, meeting.id)}
    which = running.shows_id or 0
    item = items.get((which if running.shows in OF_ITEM else running.item_id) or 0)
    board = find_screen_board(session, meeting.id, which) if running.shows == "board" else None
    if board is not None:
        item = items.get(board.item_id)
    best: list[BestOfBoard] = []
    if running.shows in ("chosen", "best") and item is not None:
        best = list_best(session, visit.actor, meeting.id, item.id)
        best = [one for one in best if one.is_chosen or running.shows == "best"]
    questions = list_common(session, item.id, TO_THE_ROOM) if running.shows == "question" and item else []
    poll = find_for_screen(session, meeting.id, which) if running.shows == "poll" else None
    join_address = f"{visit.kit.site.base_url}/k/{room.code}" if room else ""
    return Wall(
        meeting=meeting,
        running=running,
        shows=_what_is_there(running, item, board, poll),
        room=room,
        join_address=join_address.partition("://")[2],
        code_drawing=draw_code(join_address) if room else Markup(),
        item=item,
        board=board,
        best=best,
        question=next((question for question in questions if question.state == "now"), None),
        shortlist=[question for question in questions if question.state == "shortlisted"],
        poll=_without_loose_words(poll),
        moment=now(),
        topics=" ".join(_list_topics(running, best)),
    )


def _without_loose_words(poll: PollView | None) -> PollView | None:
    """Words of one's own go on the wall when the poll is closed, so that somebody has read them first."""
    if poll is not None and poll.kind == "words" and poll.is_open:
        return replace(poll, result=None)
    return poll


def _what_is_there(
    running: Running, item: ItemView | None, board: ScreenBoard | None, poll: PollView | None
) -> str:
    """The chosen view; what has been taken away since, or has ended, leaves the welcome."""
    is_there = {
        "item": item is not None,
        "board": board is not None,
        "chosen": item is not None,
        "best": item is not None,
        "question": item is not None,
        "poll": poll is not None,
        "timer": running.timer_ends_at is not None,
    }
    return running.shows if is_there.get(running.shows, True) else "code"


def _list_topics(running: Running, best: Sequence[BestOfBoard]) -> Sequence[str]:
    """What changes the wall; of many boards no more than a stream carries: it looks by itself too."""
    word = {"board": "board", "question": "panel"}.get(running.shows)
    of_view = [f"{word}:{running.shows_id}"] if word else []
    of_best = [f"board:{one.board_id}" for one in best[:MOST_FOLLOWED]]
    return [f"running:{running.meeting_id}", f"polls:{running.meeting_id}", *of_view, *of_best]


@router.get(SCREEN, dependencies=[anyone])
def show_screen(visit: AVisit, key: str) -> Response:
    return visit.page(ScreenPage(_wall(visit, _open(visit, key))))


@router.get(SCREEN + "/blok", dependencies=[anyone])
def show_screen_block(visit: AVisit, key: str) -> Response:
    return visit.page(ScreenBlock(_wall(visit, _open(visit, key))))
