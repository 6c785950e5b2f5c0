"""Reading a running meeting: where it stands, what is on its boards, and what its big screen shows.

What the screen reads asks `fit_for_screen` and no actor: it is the same whoever has turned it on. The caller
has found the meeting, and so seen that it may be read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.boards.models import Board, BoardCard, Cluster, Dot
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_in_force, visible_to
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem
from app.domain.meetings.policy import in_force
from app.domain.organisations.models import Organisation
from app.domain.running.models import LiveState
from app.domain.running.policy import fit_for_screen

MOST_CARDS = 200
MOST_BOARDS = 300
BEST_OF_EACH = 3
NEWEST = 12


@dataclass(frozen=True, slots=True)
class Running:
    """Where a meeting stands. `next_id`: the item that comes next."""

    meeting_id: int
    version: int
    item_id: int | None
    item_started_at: datetime | None
    shows: str
    shows_id: int | None
    timer_seconds: int | None
    timer_ends_at: datetime | None
    can_undo: bool
    next_id: int | None


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A board on the console: `cards` that everybody sees, `waiting` to be let through."""

    id: int
    item_id: int
    group_id: int | None
    group_number: int | None
    group_name: str | None
    group_name_en: str | None
    state: str
    cards: int
    waiting: int
    chosen: int


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card on the console. `is_waiting`: nobody else sees it yet."""

    id: int
    reference: str
    title: str
    language: str
    board_id: int
    group_number: int | None
    group_name: str | None
    received_at: datetime
    is_waiting: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ScreenCard:
    """A card on the big screen, with what its author lets stand beside it."""

    id: int
    board_id: int
    reference: str
    body: str
    language: str
    parts: dict[str, Any] | None
    said_by: str
    on_behalf_of: str
    cluster: str | None
    dots: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ScreenBoard:
    """A board on the big screen, with its cards; `count` is of all that may be shown."""

    id: int
    item_id: int
    task: str
    state: str
    group_number: int | None
    group_name: str | None
    group_name_en: str | None
    count: int
    cards: tuple[ScreenCard, ...]


def get_running(session: Session, meeting_id: int) -> Running:
    """Where the meeting stands; a meeting that nobody has run yet stands before its first item."""
    state = session.get(LiveState, meeting_id, populate_existing=True)
    state = state or LiveState(
        meeting_id=meeting_id, version=1, item_id=None, shows="code", shows_id=None, steps=[]
    )
    return Running(
        meeting_id=meeting_id,
        version=state.version,
        item_id=state.item_id,
        item_started_at=state.item_started_at,
        shows=state.shows,
        shows_id=state.shows_id,
        timer_seconds=state.timer_seconds,
        timer_ends_at=state.timer_ends_at,
        can_undo=bool(state.steps),
        next_id=find_next(list_item_ids(session, meeting_id), state),
    )


def list_item_ids(session: Session, meeting_id: int) -> list[int]:
    """The items of the published programme, in order."""
    return list(
        session.scalars(
            select(AgendaItem.id)
            .where(AgendaItem.meeting_id == meeting_id, in_force(AgendaItem))
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )


def find_next(item_ids: list[int], state: LiveState) -> int | None:
    """The item after the one that is on, or after the last one that was; the first where none has been."""
    latest = state.item_id
    for step in reversed(state.steps):
        latest = latest or step["item_id"]
    if latest not in item_ids:
        return item_ids[0] if item_ids else None
    return next(iter(item_ids[item_ids.index(latest) + 1 :]), None)


# --- the console


def list_boards(session: Session, meeting_id: int) -> list[BoardLine]:
    """The boards of a meeting in the order of its programme and groups, the one for all last of its item."""
    counted = (
        select(
            BoardCard.board_id,
            func.count().filter(Contribution.published_at.is_not(None)).label("cards"),
            func.count().filter(Contribution.published_at.is_(None)).label("waiting"),
            func.count().filter(BoardCard.chosen_at.is_not(None)).label("chosen"),
        )
        .join(Contribution, Contribution.id == BoardCard.contribution_id)
        .where(Contribution.meeting_id == meeting_id, is_in_force())
        .group_by(BoardCard.board_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Board.id,
            Board.item_id,
            Board.group_id,
            Group.number.label("group_number"),
            Group.name.label("group_name"),
            Group.name_en.label("group_name_en"),
            Board.state,
            func.coalesce(counted.c.cards, 0).label("cards"),
            func.coalesce(counted.c.waiting, 0).label("waiting"),
            func.coalesce(counted.c.chosen, 0).label("chosen"),
        )
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .outerjoin(counted, counted.c.board_id == Board.id)
        .where(Board.meeting_id == meeting_id, in_force(AgendaItem))
        .order_by(AgendaItem.position, AgendaItem.id, Group.position.asc().nulls_last(), Group.id, Board.id)
        .limit(MOST_BOARDS)
    )
    return [BoardLine(**row._mapping) for row in rows]


def list_newest_cards(session: Session, actor: Actor, meeting_id: int, item_id: int | None) -> list[NewCard]:
    """The cards that were written last: on the boards of one item, or on all boards of the meeting."""
    on_boards = Board.meeting_id == meeting_id
    if item_id is not None:
        on_boards = and_(on_boards, Board.item_id == item_id)
    rows = session.execute(
        select(
            Contribution.id,
            Contribution.reference,
            Contribution.title,
            Contribution.language,
            Board.id.label("board_id"),
            Group.number.label("group_number"),
            Group.name.label("group_name"),
            Contribution.received_at,
            Contribution.published_at.is_(None).label("is_waiting"),
            BoardCard.chosen_at.is_not(None).label("is_chosen"),
        )
        .join(BoardCard, BoardCard.contribution_id == Contribution.id)
        .join(Board, Board.id == BoardCard.board_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .where(on_boards, visible_to(actor), is_in_force())
        .order_by(Contribution.received_at.desc(), Contribution.id.desc())
        .limit(NEWEST)
    )
    return [NewCard(**row._mapping) for row in rows]


# --- the big screen


def find_screen_board(session: Session, meeting_id: int, board_id: int) -> ScreenBoard | None:
    """A board with what may be shown of it."""
    found = _list_screen_boards(session, and_(Board.meeting_id == meeting_id, Board.id == board_id))
    return found[0] if found else None


def list_best_of_groups(session: Session, meeting_id: int, item_id: int) -> list[ScreenBoard]:
    """Of each board of an item what was put forward, or else what has most dots: a few cards of each."""
    return _list_screen_boards(
        session, and_(Board.meeting_id == meeting_id, Board.item_id == item_id), most=BEST_OF_EACH
    )


def list_chosen(session: Session, meeting_id: int, item_id: int) -> list[ScreenBoard]:
    """The boards of an item with what a facilitator put forward; those without are left out."""
    boards = _list_screen_boards(
        session,
        and_(Board.meeting_id == meeting_id, Board.item_id == item_id),
        also=BoardCard.chosen_at.is_not(None),
    )
    return [board for board in boards if board.cards]


def _list_screen_boards(
    session: Session,
    which: ColumnElement[bool],
    also: ColumnElement[bool] | None = None,
    most: int = MOST_CARDS,
) -> list[ScreenBoard]:
    boards = session.execute(
        select(
            Board.id,
            Board.item_id,
            Board.task,
            Board.state,
            Group.number.label("group_number"),
            Group.name.label("group_name"),
            Group.name_en.label("group_name_en"),
        )
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .where(which, in_force(AgendaItem))
        .order_by(Group.position.asc().nulls_last(), Group.id, Board.id)
        .limit(MOST_BOARDS)
    ).all()
    cards: dict[int, list[ScreenCard]] = {board.id: [] for board in boards}
    counts: dict[int, int] = {}
    for row in session.execute(_screen_cards(list(cards), also, most)):
        values = dict(row._mapping)
        counts[row.board_id] = values.pop("count")
        del values["rank"]
        cards[row.board_id].append(ScreenCard(**values))
    return [
        ScreenBoard(**board._mapping, count=counts.get(board.id, 0), cards=tuple(cards[board.id]))
        for board in boards
    ]


def _screen_cards(board_ids: list[int], also: ColumnElement[bool] | None, most: int) -> Select[Any]:
    """Where all of a board are shown they stand as arranged; where a few are, the best ones."""
    dots = (
        select(func.count())
        .where(Dot.contribution_id == BoardCard.contribution_id)
        .correlate(BoardCard)
        .scalar_subquery()
    )
    as_arranged = (Cluster.position.asc().nulls_last(), Cluster.id, BoardCard.position, Contribution.id)
    best_first = (BoardCard.chosen_at.asc().nulls_last(), dots.desc(), Contribution.id)
    statement = (
        select(
            Contribution.id,
            BoardCard.board_id,
            Contribution.reference,
            Contribution.body,
            Contribution.language,
            BoardCard.parts,
            Contribution.said_by_text.label("said_by"),
            func.coalesce(Organisation.name, Contribution.on_behalf_of_text).label("on_behalf_of"),
            Cluster.name.label("cluster"),
            dots.label("dots"),
            BoardCard.chosen_at.is_not(None).label("is_chosen"),
            func.count().over(partition_by=BoardCard.board_id).label("count"),
            func.row_number()
            .over(
                partition_by=BoardCard.board_id,
                order_by=as_arranged if most == MOST_CARDS else best_first,
            )
            .label("rank"),
        )
        .join(Contribution, Contribution.id == BoardCard.contribution_id)
        .outerjoin(Cluster, Cluster.id == BoardCard.cluster_id)
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .where(BoardCard.board_id.in_(board_ids), fit_for_screen())
    )
    if also is not None:
        statement = statement.where(also)
    ranked = statement.subquery()
    return select(ranked).where(ranked.c.rank <= most).order_by(ranked.c.board_id, ranked.c.rank)
