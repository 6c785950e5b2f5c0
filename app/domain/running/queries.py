"""Reading a running meeting: where it stands, what has just been written, and what its big screen shows.

What the screen reads asks `fit_for_screen` and no actor: it is the same whoever has turned it on. The caller
has found the meeting, and so seen that it may be read.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor
from app.domain.boards.models import Board, BoardCard, Cluster, Dot
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_in_force, visible_to
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force
from app.domain.organisations.models import Organisation
from app.domain.running.models import LiveState
from app.domain.running.policy import fit_for_screen
from app.domain.users.models import User

MOST_CARDS = 200
NEWEST = 8
TOLD_FOR = timedelta(minutes=10)


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
    """A board on the big screen, with its cards in order."""

    id: int
    item_id: int
    task: str
    state: str
    group_number: int | None
    group_name: str | None
    group_name_en: str | None
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


def list_newest_cards(session: Session, actor: Actor, meeting_id: int, item_id: int | None) -> list[NewCard]:
    """The cards that were written last: on the boards of one item, or on all boards of the meeting."""
    of_item = Board.item_id == item_id if item_id is not None else true()
    rows = session.execute(
        _new_cards(actor, meeting_id)
        .where(of_item)
        .order_by(Contribution.received_at.desc(), Contribution.id.desc())
        .limit(NEWEST)
    )
    return [NewCard(**row._mapping) for row in rows]


def find_card(session: Session, actor: Actor, meeting_id: int, card_id: int) -> NewCard | None:
    """A card on a board of the meeting that the actor may see."""
    row = session.execute(_new_cards(actor, meeting_id).where(Contribution.id == card_id)).one_or_none()
    return NewCard(**row._mapping) if row is not None else None


def _new_cards(actor: Actor, meeting_id: int) -> Select[Any]:
    return (
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
        .where(Board.meeting_id == meeting_id, visible_to(actor), is_in_force())
    )


# --- the big screen


def find_screen_board(session: Session, meeting_id: int, board_id: int) -> ScreenBoard | None:
    """A board of the meeting with what may be shown of it, as it is arranged. Two statements."""
    board = session.execute(
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
        .where(Board.id == board_id, Board.meeting_id == meeting_id, in_force(AgendaItem))
    ).one_or_none()
    if board is None:
        return None
    dots = (
        select(func.count())
        .where(Dot.contribution_id == Contribution.id)
        .correlate(Contribution)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Contribution.id,
            Contribution.reference,
            Contribution.body,
            Contribution.language,
            BoardCard.parts,
            func.coalesce(func.nullif(Contribution.said_by_text, ""), User.name, "").label("said_by"),
            func.coalesce(Organisation.name, Contribution.on_behalf_of_text).label("on_behalf_of"),
            Cluster.name.label("cluster"),
            dots.label("dots"),
            BoardCard.chosen_at.is_not(None).label("is_chosen"),
        )
        .join(BoardCard, BoardCard.contribution_id == Contribution.id)
        .outerjoin(Cluster, Cluster.id == BoardCard.cluster_id)
        .outerjoin(User, User.id == Contribution.said_by_user_id)
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .where(BoardCard.board_id == board.id, fit_for_screen())
        .order_by(
            Cluster.position.asc().nulls_last(),
            Cluster.id,
            BoardCard.position,
            Contribution.received_at.desc(),
            Contribution.id.desc(),
        )
        .limit(MOST_CARDS)
    )
    return ScreenBoard(**board._mapping, cards=tuple(ScreenCard(**row._mapping) for row in rows))


# --- right now, for everybody in the room


@dataclass(frozen=True, slots=True)
class RightNow:
    """What goes on in a meeting at this moment; without an item where none is on."""

    meeting_id: int
    is_live: bool
    item_id: int | None
    kind: str | None
    title: str
    title_en: str
    title_certainty: str
    started_at: datetime | None
    timer_ends_at: datetime | None


def get_right_now(session: Session, meeting_id: int) -> RightNow:
    """What goes on in a meeting that the caller has found. One statement."""
    row = session.execute(
        select(
            Meeting.id.label("meeting_id"),
            (Meeting.status == "live").label("is_live"),
            AgendaItem.id.label("item_id"),
            AgendaItem.kind,
            func.coalesce(AgendaItem.title, "").label("title"),
            func.coalesce(AgendaItem.title_en, "").label("title_en"),
            func.coalesce(AgendaItem.title_certainty, "").label("title_certainty"),
            LiveState.item_started_at.label("started_at"),
            LiveState.timer_ends_at,
        )
        .outerjoin(LiveState, LiveState.meeting_id == Meeting.id)
        .outerjoin(AgendaItem, and_(AgendaItem.id == LiveState.item_id, in_force(AgendaItem)))
        .where(Meeting.id == meeting_id)
    ).one()
    right_now = RightNow(**row._mapping)
    return right_now if is_shown(right_now.timer_ends_at) else replace(right_now, timer_ends_at=None)


def is_shown(timer_ends_at: datetime | None) -> bool:
    """Whether a timer says anything still: a while after it has run out nobody need be told."""
    return timer_ends_at is not None and timer_ends_at + TOLD_FOR > now()
