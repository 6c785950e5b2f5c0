"""The boards of a meeting and what hangs there. A key never sits in a room, so it writes on none."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors
from app.core.policy import NotFound
from app.domain.boards import queries
from app.domain.boards.policy import hears_board, may_arrange
from app.domain.boards.queries import BoardView
from app.domain.boards.record import list_hung
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM
from app.http.visit import AVisit, Visit, anyone

router = make_router("tavler")
BOARDS = "/moeder/{key}/tavler"
BOARD = BOARDS + "/{board_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class BoardOut(Out):
    """A board of an item of the programme."""

    id: int
    meeting_key: str
    item_id: int = Field(description="The number of the item of the programme.")
    item_title: str = Field(description="The item.")
    group_name: str = Field(description="The group that it is for; empty for everybody.")
    task: str = Field(description="What is to be answered on it.")
    form: str = Field(description="free: a text; parts: a problem or a wish, for whom, and what it rests on.")
    state: str
    is_open: bool = Field(description="Whether it takes cards now.")
    closes_at: datetime | None = Field(description="When it closes by itself, or null.")
    dots: int = Field(description="How many dots each may give; 0 where none are given.")
    dots_per: str = Field(description="Of whom there are so many: person or organisation.")
    asks_approval: bool = Field(description="Whether cards wait for a facilitator.")
    visibility: str
    version: int
    page: str = ""


class ObjectionOut(Out):
    """What somebody said against a card."""

    id: int
    text: str


class CardOut(Out):
    """A card as those see it who may."""

    id: int
    reference: str
    body: str
    language: str
    parts: dict[str, str] | None = Field(description="By the name of the part; null for a free card.")
    said_by: str
    on_behalf_of: str
    dots: int = Field(description="How many dots it has.")
    objections: list[ObjectionOut] = Field(description="What was said against it, the first first.")
    received_at: datetime
    is_chosen: bool = Field(description="Whether it was put forward to all.")
    version: int
    is_example: bool


class ClusterOut(Out):
    """Cards that hang together; those that hang loose come first, under the number 0."""

    id: int
    name: str
    cards: list[CardOut] = Field(description="In their order.")


class WaitingOut(Out):
    """A card that waits for who leads the meeting."""

    id: int
    reference: str
    body: str
    language: str
    said_by: str
    on_behalf_of: str


class WholeBoardOut(BoardOut):
    """A board with what hangs there, as the reader may see it."""

    clusters: list[ClusterOut] = Field(description="What hangs there, by cluster.")
    waiting: list[WaitingOut] = Field(description="What waits to be let in, for who arranges the board.")


class BoardListOut(Out):
    """The boards of a meeting that have been opened and that the reader may see."""

    meeting_key: str
    items: list[BoardOut] = Field(description="In the order of the programme.")


Order = Annotated[
    Literal["nyeste", "prikker"], Query(description="The newest first, or those with the most dots.")
]


def find_board(visit: Visit, key: str, board_id: int) -> BoardView:
    """The board of this meeting. Raises NotFound."""
    found = queries.find_board(visit.session, visit.actor, find_meeting(visit, key).key, board_id)
    if found is None:
        raise NotFound
    return found


def name_of(board: BoardView) -> str:
    return f"{board.meeting_key}/tavler/{board.id}"


def _facts(visit: Visit, board: BoardView) -> dict[str, Any]:
    told = {name: getattr(board, name) for name in BoardOut.model_fields if name != "page"}
    return told | {"page": visit.kit.site.base_url + board.path}


def show(visit: Visit, name: str, order: str = "nyeste") -> tuple[WholeBoardOut, int]:
    key, _word, board_id = name.rpartition("/tavler/")
    board = find_board(visit, key, int(board_id))
    levels = TO_THE_ROOM if hears_board(visit.actor, board.meeting_id) else TO_ALL
    by = "dots" if order == "prikker" else "newest"
    block = queries.get_block(visit.session, board.id, levels, by)
    arranges = may_arrange(visit.actor, board.meeting_id)
    hung = list_hung(visit.session, visit.actor, board.id) if arranges else []
    thing = WholeBoardOut(
        **_facts(visit, board),
        clusters=[ClusterOut.model_validate(one) for one in block.clusters],
        waiting=[WaitingOut.model_validate(one) for one in hung if one.waits],
    )
    return thing, board.version


doors = Doors(router, WholeBoardOut, show, at="/moeder/{}")


@router.get(BOARDS, dependencies=[anyone], response_model=BoardListOut)
def list_boards(visit: AVisit, key: MeetingKey) -> Response:
    """The boards of a meeting."""
    meeting = find_meeting(visit, key)
    boards = queries.list_boards_in_room(visit.session, visit.actor, meeting.id)
    items = [BoardOut(**_facts(visit, board)) for board in boards]
    return answer(visit, BoardListOut(meeting_key=meeting.key, items=items))


@router.get(BOARD, dependencies=[anyone], response_model=WholeBoardOut)
def show_board(visit: AVisit, key: MeetingKey, board_id: RowId, orden: Order = "nyeste") -> Response:
    """One board with what hangs there."""
    board = find_board(visit, key, board_id)
    thing, version = show(visit, name_of(board), orden)
    return answer(visit, thing, version=version)
