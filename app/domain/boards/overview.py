"""The boards of a meeting at a glance, for who arranges them. One statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.boards.models import Board, BoardCard, Dot
from app.domain.boards.places import PLACE_COLUMNS, BoardPlace
from app.domain.boards.policy import may_arrange
from app.domain.contributions.models import Contribution
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem

C = Contribution
MOST_BOARDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine(BoardPlace):
    """A board with its numbers: `cards` that stand there, of them `waiting` to be let through and `chosen`
    for the plenary; `last_at`: when the last one came. Group 0 stands for everybody."""

    opened_at: datetime | None
    closed_at: datetime | None
    cards: int
    waiting: int
    chosen: int
    dots_given: int
    last_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class ItemBoards:
    """The boards of one item of the programme."""

    item_id: int
    title: str
    title_en: str
    boards: tuple[BoardLine, ...]


def list_boards(session: Session, actor: Actor, meeting_id: int) -> list[BoardLine]:
    """The boards of a meeting in the order of the programme, the one for all before those of the groups;
    none for who does not arrange them."""
    if not may_arrange(actor, meeting_id):
        return []
    stands = (C.status != "withdrawn") & C.hidden_at.is_(None)
    numbers = (
        select(
            BoardCard.board_id,
            func.count().label("cards"),
            func.count().filter(C.published_at.is_(None)).label("waiting"),
            func.count().filter(BoardCard.chosen_at.is_not(None)).label("chosen"),
            func.max(C.received_at).label("last_at"),
        )
        .join(C, C.id == BoardCard.contribution_id)
        .where(C.meeting_id == meeting_id, stands)
        .group_by(BoardCard.board_id)
        .subquery()
    )
    dots = (
        select(BoardCard.board_id, func.count().label("dots_given"))
        .join(Dot, Dot.contribution_id == BoardCard.contribution_id)
        .join(C, C.id == BoardCard.contribution_id)
        .where(C.meeting_id == meeting_id, stands)
        .group_by(BoardCard.board_id)
        .subquery()
    )
    rows = session.execute(
        select(
            *PLACE_COLUMNS,
            Board.task,
            Board.opened_at,
            Board.closed_at,
            func.coalesce(numbers.c.cards, 0).label("cards"),
            func.coalesce(numbers.c.waiting, 0).label("waiting"),
            func.coalesce(numbers.c.chosen, 0).label("chosen"),
            func.coalesce(dots.c.dots_given, 0).label("dots_given"),
            numbers.c.last_at,
        )
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .outerjoin(numbers, numbers.c.board_id == Board.id)
        .outerjoin(dots, dots.c.board_id == Board.id)
        .where(Board.meeting_id == meeting_id)
        .order_by(AgendaItem.position, AgendaItem.id, Group.position.nulls_first(), Board.id)
        .limit(MOST_BOARDS)
    )
    return [BoardLine(**row._mapping) for row in rows]


def by_item(boards: Iterable[BoardLine]) -> list[ItemBoards]:
    """The boards in the order in which they come, those of an item together."""
    found = []
    for item_id, run in groupby(boards, key=lambda board: board.item_id):
        of_item = tuple(run)
        found.append(ItemBoards(item_id, of_item[0].item_title, of_item[0].item_title_en, of_item))
    return found
