"""Making boards and putting what hangs there in order: for those who lead the meeting."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.asking import make_router
from app.api.boards import (
    BOARD,
    BOARDS,
    BoardListOut,
    BoardOut,
    RowId,
    WholeBoardOut,
    find_board,
    name_of,
    show,
)
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon, pick
from app.core.clock import now
from app.core.policy import NotFound, require
from app.domain.boards import arranging, planning, service
from app.domain.boards.overview import list_boards
from app.domain.boards.planning_schemas import (
    BoardChoice,
    BoardInput,
    BoardsInput,
    CardsChoice,
    ClusterInput,
    PlaceInput,
)
from app.domain.boards.policy import is_open, may_arrange, may_arrange_somewhere, may_plan_boards
from app.domain.boards.queries import BoardView
from app.domain.boards.record import list_clusters
from app.domain.boards.schemas import CardWords
from app.domain.contributions.schemas import MOST_CARDS, Given
from app.http.visit import Visit

router = make_router("tavler")
ItemAsked = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="The number of an item of the programme.")
]
CLUSTER = BOARD + "/klynger/{cluster_id}"
CARD = BOARD + "/kort/{card_id}"


class ChosenIn(Given):
    """Whether a card is put forward to all."""

    is_chosen: bool


class LinesIn(Given):
    """The cards of a flipchart, one text each."""

    texts: Annotated[list[CardWords], Field(min_length=1, max_length=MOST_CARDS)]


def show_all(visit: Visit, key: str) -> tuple[BoardListOut, None]:
    """All boards of a meeting, also those that are not opened yet, for who arranges them."""
    meeting = find_meeting(visit, key)
    items = []
    for line in list_boards(visit.session, visit.actor, meeting.id):
        told = {name: getattr(line, name) for name in BoardOut.model_fields if hasattr(line, name)}
        page = f"{visit.kit.site.base_url}/moeder/{meeting.key}/tavler/{line.id}"
        known = {"meeting_key": meeting.key, "is_open": is_open(line, now()), "page": page}
        items.append(BoardOut.model_validate(told | known))
    return BoardListOut(meeting_key=meeting.key, items=items), None


boards = Doors(router, BoardListOut, show_all, at="/moeder/{}/tavler")
doors = Doors(router, WholeBoardOut, show, at="/moeder/{}")


def _open(visit: Visit, key: str) -> tuple[int, str]:
    """The meeting, for who arranges its boards. Raises NotFound and NotAllowed."""
    meeting = find_meeting(visit, key)
    require(may_arrange(visit.actor, meeting.id))
    return meeting.id, meeting.key


def _board(visit: Visit, key: str, board_id: int) -> BoardView:
    _open(visit, key)
    return find_board(visit, key, board_id)


def _with_card(visit: Visit, key: str, board_id: int, card_id: int) -> BoardView:
    """The board, on which the card hangs. Raises NotFound."""
    board = _board(visit, key, board_id)
    if arranging.get_board_of(visit.session, card_id) != board.id:
        raise NotFound
    return board


# --- boards


@boards.post(BOARDS, may_plan_boards, makes=True)
def make_boards(visit: Visit, key: MeetingKey, given: BoardsInput) -> str:
    """Make boards for an item of the programme: one for each of its groups, or one for all."""
    meeting_id, key = _open(visit, key)
    planning.make_boards(visit.session, visit.actor, meeting_id, given)
    return key


@boards.post(BOARDS + "/aabn", may_arrange_somewhere)
def open_boards(visit: Visit, key: MeetingKey, punkt: ItemAsked = None) -> str:
    """Let people write on all boards, or on those of one item."""
    meeting_id, key = _open(visit, key)
    planning.open_boards(visit.session, visit.actor, meeting_id, punkt)
    return key


@boards.post(BOARDS + "/luk", may_arrange_somewhere)
def close_boards(visit: Visit, key: MeetingKey, punkt: ItemAsked = None) -> str:
    """Take no more on all boards, or on those of one item."""
    meeting_id, key = _open(visit, key)
    planning.close_boards(visit.session, visit.actor, meeting_id, punkt)
    return key


@doors.put(BOARD, may_plan_boards)
def change_board(visit: Visit, upon: Upon, key: MeetingKey, board_id: RowId, given: BoardInput) -> str:
    """Change how a board works."""
    board = _board(visit, key, board_id)
    planning.edit_board(visit.session, visit.actor, board.id, upon.of(board.version), given)
    return name_of(board)


@boards.delete(BOARD, may_plan_boards)
def remove_board(visit: Visit, key: MeetingKey, board_id: RowId) -> str:
    """Take a board away on which nothing hangs."""
    board = _board(visit, key, board_id)
    planning.remove_board(visit.session, visit.actor, board.id)
    return board.meeting_key


@doors.post(BOARD + "/aabn", may_arrange_somewhere)
def open_board(visit: Visit, key: MeetingKey, board_id: RowId) -> str:
    """Let people write on a board."""
    board = _board(visit, key, board_id)
    service.open_board(visit.session, visit.actor, board.id)
    return name_of(board)


@doors.post(BOARD + "/luk", may_arrange_somewhere)
def close_board(visit: Visit, key: MeetingKey, board_id: RowId) -> str:
    """Take no more on a board."""
    board = _board(visit, key, board_id)
    service.close_board(visit.session, visit.actor, board.id)
    return name_of(board)


@doors.post(BOARD + "/luk-ind", may_arrange_somewhere)
def let_cards_in(visit: Visit, key: MeetingKey, board_id: RowId, given: CardsChoice) -> str:
    """Show cards that wait."""
    board = _board(visit, key, board_id)
    arranging.let_in(visit.session, visit.actor, board.id, given.cards)
    return name_of(board)


@doors.post(BOARD + "/flipover", may_arrange_somewhere, makes=True)
def add_flipchart(visit: Visit, key: MeetingKey, board_id: RowId, given: LinesIn) -> str:
    """Hang what was written on paper, one card a text."""
    board = _board(visit, key, board_id)
    arranging.paste_cards(visit.session, visit.actor, board.id, given.texts)
    return name_of(board)


# --- clusters


@doors.post(BOARD + "/klynger", may_arrange_somewhere, makes=True)
def add_cluster(visit: Visit, key: MeetingKey, board_id: RowId, given: ClusterInput) -> str:
    """One more cluster, after those that there are."""
    board = _board(visit, key, board_id)
    arranging.add_cluster(visit.session, visit.actor, board.id, given)
    return name_of(board)


@doors.put(CLUSTER, may_arrange_somewhere)
def name_cluster(
    visit: Visit, key: MeetingKey, board_id: RowId, cluster_id: RowId, given: ClusterInput
) -> str:
    """Give a cluster another name."""
    board = _board(visit, key, board_id)
    cluster = pick(list_clusters(visit.session, board.id), cluster_id)
    arranging.rename_cluster(visit.session, visit.actor, cluster.id, given)
    return name_of(board)


@doors.delete(CLUSTER, may_arrange_somewhere)
def dissolve_cluster(visit: Visit, key: MeetingKey, board_id: RowId, cluster_id: RowId) -> str:
    """Let the cards of a cluster hang loose again."""
    board = _board(visit, key, board_id)
    cluster = pick(list_clusters(visit.session, board.id), cluster_id)
    arranging.dissolve_cluster(visit.session, visit.actor, cluster.id)
    return name_of(board)


# --- cards, by their numbers: whoever arranges them has written none of them


@doors.put(CARD, may_arrange_somewhere)
def place_card(visit: Visit, key: MeetingKey, board_id: RowId, card_id: RowId, given: PlaceInput) -> str:
    """Hang a card in a cluster, before another card or last; or loose."""
    board = _with_card(visit, key, board_id, card_id)
    arranging.put_card(visit.session, visit.actor, card_id, given)
    return name_of(board)


@doors.put(CARD + "/frem", may_arrange_somewhere)
def put_forward(visit: Visit, key: MeetingKey, board_id: RowId, card_id: RowId, given: ChosenIn) -> str:
    """Put a card forward to all, or no more."""
    board = _with_card(visit, key, board_id, card_id)
    arranging.choose_card(visit.session, visit.actor, card_id, is_chosen=given.is_chosen)
    return name_of(board)


@doors.post(CARD + "/hold", may_arrange_somewhere)
def hold_back(visit: Visit, key: MeetingKey, board_id: RowId, card_id: RowId) -> str:
    """Let a card wait again."""
    board = _with_card(visit, key, board_id, card_id)
    arranging.hold_back(visit.session, visit.actor, card_id)
    return name_of(board)


@doors.post(CARD + "/flyt", may_arrange_somewhere)
def move_card(visit: Visit, key: MeetingKey, board_id: RowId, card_id: RowId, given: BoardChoice) -> str:
    """Move a card to another board of the meeting."""
    board = _with_card(visit, key, board_id, card_id)
    arranging.move_card(visit.session, visit.actor, card_id, given.board_id)
    return name_of(board)
