"""The room of a meeting: what is on now, one's own group, the boards that are open, and how one is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.policy import Actor
from app.domain.attendance.policy import may_check_in, may_join, may_join_without_code, may_lead_room
from app.domain.attendance.queries import RoomView, Seat, find_room, find_seat
from app.domain.boards.of_groups import find_board_of_group
from app.domain.boards.policy import may_arrange
from app.domain.boards.queries import BoardView, list_boards_in_room
from app.domain.evaluations.queries import EvaluationView
from app.domain.groups.queries import Company, PlacementView, find_placement, list_company
from app.domain.meetings.queries import MeetingView
from app.domain.minutes.comments import Waiting
from app.domain.panels.queries import PanelView, list_panels
from app.domain.polls.queries import PollView, list_polls
from app.domain.running.policy import may_watch_screen
from app.domain.running.queries import RightNow, get_right_now
from app.http.doors import Router
from app.http.forms import Form
from app.http.live import answer_block
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.identity.seats import Claim, list_claims
from app.web.joining import own_secret
from app.web.meetings import find_asked_evaluation, find_waiting_minutes, open_meeting

router = Router()


@dataclass
class RoomBlock(Page):
    """What is open in the room now, the same for all who hear it."""

    template: ClassVar[str] = "room/open_block.html"
    meeting_key: str
    boards: list[BoardView]
    panels: list[PanelView]
    polls: list[PollView]


@dataclass
class RoomPage(Page):
    """`room`: None where the meeting has none; `closed`: why nobody comes in now, in a sentence. `form`: with
    which a participant comes in without the code, None for who needs it. `own_board`: of the own group."""

    template: ClassVar[str] = "room/show.html"
    meeting: MeetingView
    room: RoomView | None
    closed: str
    form: Form | None
    seat: Seat | None
    placement: PlacementView | None
    company: Company | None
    own_board: int | None
    boards: list[BoardView]
    panels: list[PanelView]
    polls: list[PollView]
    right_now: RightNow
    moment: datetime
    today: date
    claims: list[Claim]
    hears: bool
    leads: bool
    arranges: bool
    checks_in: bool
    kind: str
    can_speak: bool
    who: str
    minutes_wait: Waiting | None
    evaluation: EvaluationView | None


@router.get("/moeder/{key}/lokale", dependencies=[anyone])
def show_room(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    session, actor = visit.session, visit.actor
    room = find_room(session, meeting.id)
    seat = find_seat(session, actor, meeting.id) if room is not None else None
    closed = room.why_closed(actor) if room is not None else None
    comes_freely = room is not None and seat is None and may_join_without_code(actor, meeting.id)
    placement = find_placement(session, actor, meeting.id)
    own_board = find_board_of_group(session, meeting.id, group_id=placement.group_id) if placement else None
    claims = list_claims(session, actor, own_secret(visit))
    return visit.page(
        RoomPage(
            meeting=meeting,
            room=room,
            closed=visit.say(closed) if closed else "",
            form=(
                visit.blank(shown_as=room.ways[0])
                if room is not None and comes_freely and not closed and may_join(actor)
                else None
            ),
            seat=seat,
            placement=placement,
            company=list_company(session, actor, placement) if placement else None,
            own_board=own_board,
            boards=list_boards_in_room(session, actor, meeting.id),
            panels=list_open_panels(session, actor, meeting.id),
            polls=list_open_polls(session, actor, meeting.id),
            right_now=get_right_now(session, meeting.id),
            moment=now(),
            today=today(),
            claims=[claim for claim in claims if claim.meeting.id == meeting.id],
            hears=may_watch_screen(actor, meeting.id),
            leads=may_lead_room(actor, meeting.id),
            arranges=may_arrange(actor, meeting.id),
            checks_in=may_check_in(actor, meeting.id),
            kind=actor.organisation_kind or "",
            can_speak=actor.organisation_id is not None,
            who=f"a{seat.id}" if seat is not None else "",
            minutes_wait=find_waiting_minutes(visit, meeting),
            evaluation=find_asked_evaluation(visit, meeting),
        )
    )


@router.get("/moeder/{key}/lokale/aabent/{meeting_id:int}", dependencies=[anyone])
async def show_open(request: Request, key: str, meeting_id: int) -> Response:
    """The block of the room; the meeting is named by its id, so that no key is looked up."""

    def make(session: Session) -> RoomBlock:
        anybody = Actor(seats=frozenset({(meeting_id, 0)}))
        return RoomBlock(
            key,
            list_boards_in_room(session, anybody, meeting_id),
            list_open_panels(session, anybody, meeting_id),
            list_open_polls(session, anybody, meeting_id),
        )

    return await answer_block(request, topic=f"running:{meeting_id}", variant=f"open {key}", page=make)


def list_open_panels(session: Session, actor: Actor, meeting_id: int) -> list[PanelView]:
    return [panel for panel in list_panels(session, actor, meeting_id) if panel.is_open]


def list_open_polls(session: Session, actor: Actor, meeting_id: int) -> list[PollView]:
    return [poll for poll in list_polls(session, actor, meeting_id) if poll.is_open]
