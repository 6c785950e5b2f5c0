"""Reading what hangs on boards: one board to be arranged, the best of every group, and all of a meeting.

Each function sends one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.boards.models import Board, BoardCard, Cluster, Dot, Objection
from app.domain.boards.places import PLACE_COLUMNS, BoardPlace
from app.domain.boards.policy import may_arrange
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM, fit_for, visible_to
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import hears
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.users.models import Person, User

C = Contribution
MOST_CARDS_OF_A_BOARD = 1_000
MOST_CARDS_OF_A_MEETING = 20_000
BEST_OF_EACH = 3  # where nobody has chosen
MOST_CHOSEN = 6


@dataclass(frozen=True, slots=True)
class ClusterView:
    id: int
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Against:
    """What somebody said against a card; `waits` until it is let in."""

    id: int
    text: str
    waits: bool


@dataclass(frozen=True, slots=True)
class HungCard:
    """A card where it hangs. `said_by` and `on_behalf_of` are as the author is shown, both empty where that
    is not at all. `objections`: what was said against it, of the best only what all may read."""

    id: int
    board_id: int
    cluster_id: int | None
    cluster_name: str
    position: int
    reference: str
    title: str
    body: str
    language: str
    parts: dict[str, str] | None
    said_by: str
    on_behalf_of: str
    shown_as: str | None
    dots: int
    objections: tuple[Against, ...]
    received_at: datetime
    published_at: datetime | None
    chosen_at: datetime | None
    status: str
    visibility: str
    version: int
    is_example: bool

    @property
    def waits(self) -> bool:
        """Whether the others do not see it yet."""
        return self.published_at is None

    @property
    def is_chosen(self) -> bool:
        return self.chosen_at is not None


@dataclass(frozen=True, slots=True)
class ClusterOfCards:
    """A cluster with its cards in order; `cluster` is None for those that hang loose, the last first."""

    cluster: ClusterView | None
    cards: tuple[HungCard, ...]


@dataclass(frozen=True, slots=True)
class BestOfBoard:
    """The best of a board: what its facilitator put forward, else what got most dots."""

    board_id: int
    item_id: int
    item_title: str
    item_title_en: str
    group_name: str
    group_name_en: str
    group_number: int
    task: str
    is_chosen: bool
    cards: tuple[HungCard, ...]


@dataclass(frozen=True, slots=True)
class RecordedCard(HungCard):
    """A card with where it was said, for a list of all."""

    item_title: str
    group_name: str
    group_number: int
    task: str


# --- one board


def _places() -> Select[Any]:
    return (
        select(
            *PLACE_COLUMNS,
            Board.task,
        )
        .select_from(Board)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
    )


def list_places(session: Session, actor: Actor, meeting_id: int) -> list[BoardPlace]:
    """The boards of a meeting that the actor arranges, in the order of the programme; else none."""
    if not may_arrange(actor, meeting_id):
        return []
    rows = session.execute(
        _places()
        .where(Board.meeting_id == meeting_id, meeting_visible_to(actor))
        .order_by(AgendaItem.position, AgendaItem.id, Group.position.nulls_first(), Board.id)
        .limit(300)
    )
    return [BoardPlace(**row._mapping) for row in rows]


def list_clusters(session: Session, board_id: int) -> list[ClusterView]:
    rows = session.execute(
        select(Cluster.id, Cluster.name, Cluster.position)
        .where(Cluster.board_id == board_id)
        .order_by(Cluster.position, Cluster.id)
    )
    return [ClusterView(*row) for row in rows]


def list_hung(session: Session, actor: Actor, board_id: int) -> list[HungCard]:
    """What hangs on a board, for who arranges it: also what waits; not what was withdrawn or hidden."""
    rows = session.execute(
        _cards()
        .where(BoardCard.board_id == board_id, visible_to(actor), _stands())
        .order_by(BoardCard.position, C.received_at.desc(), C.id.desc())
        .limit(MOST_CARDS_OF_A_BOARD)
    )
    return [_card(row) for row in rows]


def arrange(clusters: Sequence[ClusterView], cards: Sequence[HungCard]) -> list[ClusterOfCards]:
    """The cards under their clusters, in order; first those that hang loose."""
    loose = tuple(card for card in cards if card.cluster_id is None)
    groups = [
        ClusterOfCards(cluster, tuple(card for card in cards if card.cluster_id == cluster.id))
        for cluster in clusters
    ]
    return [ClusterOfCards(None, loose), *groups]


# --- many boards


def list_best(
    session: Session, actor: Actor, meeting_id: int, item_id: int | None = None
) -> list[BestOfBoard]:
    """The best of every board that has any, in the order of the programme: what was put forward, in the order
    in which that was done, else what got most dots, and without dots nothing.

    For all eyes, so that nothing is in it that the room does not see, whoever asks; to who does not hear the
    meeting only what is public.
    """
    levels = TO_THE_ROOM if hears(actor, meeting_id) or may_arrange(actor, meeting_id) else TO_ALL
    of_board = {"partition_by": BoardCard.board_id}
    is_chosen = BoardCard.chosen_at.is_not(None)
    ranked = (
        select(
            BoardCard.contribution_id,
            func.bool_or(is_chosen).over(**of_board).label("has_chosen"),
            func.row_number()
            .over(
                **of_board,
                order_by=(
                    is_chosen.desc(),
                    BoardCard.chosen_at,
                    _dots().desc(),
                    C.received_at,
                    C.id,
                ),
            )
            .label("rank"),
        )
        .join(C, C.id == BoardCard.contribution_id)
        .join(Board, Board.id == BoardCard.board_id)
        .where(Board.meeting_id == meeting_id, fit_for(levels), _of_item(item_id))
        .subquery()
    )
    is_best = case(
        (ranked.c.has_chosen, is_chosen & (ranked.c.rank <= MOST_CHOSEN)),
        else_=(ranked.c.rank <= BEST_OF_EACH) & (_dots() > 0),
    )
    rows = session.execute(
        _cards()
        .add_columns(
            AgendaItem.id.label("item_id"),
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            func.coalesce(Group.name, "").label("group_name"),
            func.coalesce(Group.name_en, "").label("group_name_en"),
            func.coalesce(Group.number, 0).label("group_number"),
            Board.task.label("board_task"),
            ranked.c.has_chosen,
        )
        .join(ranked, ranked.c.contribution_id == C.id)
        .join(Board, Board.id == BoardCard.board_id)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .where(is_best, meeting_visible_to(actor))
        .order_by(AgendaItem.position, AgendaItem.id, Group.position.nulls_first(), Board.id, ranked.c.rank)
        .limit(MOST_CARDS_OF_A_BOARD)
    ).all()
    found = []
    for board_id, run in groupby(rows, key=lambda row: row.board_id):
        of_one = list(run)
        first = of_one[0]
        found.append(
            BestOfBoard(
                board_id,
                first.item_id,
                first.item_title,
                first.item_title_en,
                first.group_name,
                first.group_name_en,
                first.group_number,
                first.board_task,
                first.has_chosen,
                tuple(_for_all_eyes(row) for row in of_one),
            )
        )
    return found


def list_all_cards(session: Session, actor: Actor, meeting_id: int) -> list[RecordedCard]:
    """Every card that stands on the boards of a meeting, also those that wait, by group and cluster; for who
    arranges them, else none."""
    if not may_arrange(actor, meeting_id):
        return []
    rows = session.execute(
        _cards()
        .add_columns(
            AgendaItem.title.label("item_title"),
            func.coalesce(Group.name, "").label("group_name"),
            func.coalesce(Group.number, 0).label("group_number"),
            C.task.label("task"),
        )
        .join(Board, Board.id == BoardCard.board_id)
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .where(Board.meeting_id == meeting_id, visible_to(actor), _stands())
        .order_by(
            AgendaItem.position,
            AgendaItem.id,
            Group.position.nulls_first(),
            Board.id,
            Cluster.position.nulls_last(),
            BoardCard.position,
            C.id,
        )
        .limit(MOST_CARDS_OF_A_MEETING)
    )
    return [
        RecordedCard(
            **_values(row),
            item_title=row.item_title,
            group_name=row.group_name,
            group_number=row.group_number,
            task=row.task,
        )
        for row in rows
    ]


def _of_item(item_id: int | None) -> ColumnElement[bool]:
    return Board.item_id == item_id if item_id is not None else Board.item_id.is_not(None)


def _stands() -> ColumnElement[bool]:
    """Neither withdrawn by its author nor hidden by staff."""
    return (C.status != "withdrawn") & C.hidden_at.is_(None)


def _dots() -> Any:
    return select(func.count()).where(Dot.contribution_id == C.id).correlate(C).scalar_subquery()


def _cards() -> Select[Any]:
    one = func.jsonb_build_object(
        "id", Objection.id, "text", Objection.text, "waits", Objection.shown_at.is_(None)
    )
    against = (
        select(func.jsonb_agg(aggregate_order_by(one, Objection.said_at, Objection.id)))
        .where(Objection.contribution_id == C.id, Objection.withdrawn_at.is_(None))
        .correlate(C)
        .scalar_subquery()
    )
    return (
        select(
            C.id,
            BoardCard.board_id,
            BoardCard.cluster_id,
            func.coalesce(Cluster.name, "").label("cluster_name"),
            BoardCard.position,
            C.reference,
            C.title,
            C.body,
            C.language,
            BoardCard.parts,
            func.coalesce(Person.name, func.nullif(C.said_by_text, ""), User.name, "").label("said_by"),
            func.coalesce(Organisation.name, C.on_behalf_of_text).label("on_behalf_of"),
            C.shown_as,
            _dots().label("dots"),
            against.label("objections"),
            C.received_at,
            C.published_at,
            BoardCard.chosen_at,
            C.status,
            C.visibility,
            C.version,
            C.is_example,
        )
        .select_from(BoardCard)
        .join(C, C.id == BoardCard.contribution_id)
        .outerjoin(Cluster, Cluster.id == BoardCard.cluster_id)
        .outerjoin(Person, Person.id == C.said_by_person_id)
        .outerjoin(User, User.id == C.said_by_user_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
    )


_FIELDS = [known.name for known in fields(HungCard) if known.name != "objections"]


def _values(row: Row[Any]) -> dict[str, Any]:
    objections = tuple(Against(**said) for said in row.objections or ())
    return {name: getattr(row, name) for name in _FIELDS} | {"objections": objections}


def _card(row: Row[Any]) -> HungCard:
    return HungCard(**_values(row))


def _for_all_eyes(row: Row[Any]) -> HungCard:
    card = _card(row)
    return replace(card, objections=tuple(said for said in card.objections if not said.waits))


# --- in the record of the meeting


@dataclass(frozen=True, slots=True)
class Mark:
    """What hanging on a board adds to a contribution: its cluster, its dots, how many are against it."""

    board_id: int
    cluster_name: str
    dots: int
    objections: int


def find_marks(session: Session, contribution_ids: Sequence[int]) -> dict[int, Mark]:
    """By contribution, for those of them that hang on a board; who asks has been allowed to read them."""
    if not contribution_ids:
        return {}
    against = (
        select(func.count())
        .where(
            Objection.contribution_id == BoardCard.contribution_id,
            Objection.withdrawn_at.is_(None),
            Objection.shown_at.is_not(None),
        )
        .correlate(BoardCard)
        .scalar_subquery()
    )
    dots = (
        select(func.count())
        .where(Dot.contribution_id == BoardCard.contribution_id)
        .correlate(BoardCard)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            BoardCard.contribution_id,
            BoardCard.board_id,
            func.coalesce(Cluster.name, ""),
            dots,
            against,
        )
        .outerjoin(Cluster, Cluster.id == BoardCard.cluster_id)
        .where(BoardCard.contribution_id.in_(contribution_ids))
    )
    return {row[0]: Mark(*row[1:]) for row in rows}


def as_it_hangs() -> tuple[ColumnElement[Any], ...]:
    """The order in which contributions hang on their boards: by cluster, in each as they were put, loose ones
    last and as they came; to be put after what tells the group."""
    cluster = (
        select(Cluster.position)
        .join(BoardCard, BoardCard.cluster_id == Cluster.id)
        .where(BoardCard.contribution_id == C.id)
        .correlate(C)
        .scalar_subquery()
    )
    place = (
        select(func.nullif(BoardCard.position, 0))
        .where(BoardCard.contribution_id == C.id)
        .correlate(C)
        .scalar_subquery()
    )
    return cluster.asc().nulls_last(), place.asc().nulls_last()
