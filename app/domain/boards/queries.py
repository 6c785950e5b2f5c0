"""Reading boards as those in the room do. The public half of a board is the same for all of them, so that it
is read once for each change; what is one's own is read beside it."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, now
from app.core.policy import Actor, NotFound
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.boards.marking import Dots, voters_with
from app.domain.boards.models import Board, BoardCard, Cluster, Dot, Objection
from app.domain.boards.places import PLACE_COLUMNS, BoardPlace
from app.domain.boards.policy import boards_visible_to, is_open
from app.domain.contributions.in_room import Author
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_THE_ROOM, fit_for
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.users.models import Person

C = Contribution
MOST_CARDS = 1_000
Order = Literal["newest", "dots"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView(BoardPlace):
    """A board with where it hangs. `names`: the room's rule. Group 0 is everybody; `code`: of the room."""

    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    meeting_status: str
    closed_at: datetime | None
    names: str
    code: str

    @property
    def is_open(self) -> bool:
        return is_open(self, now())

    @property
    def open_until(self) -> date | None:
        """The last day on which it takes cards, where it closes by itself."""
        if self.closes_at is None:
            return None
        return (self.closes_at - timedelta(seconds=1)).astimezone(COPENHAGEN).date()

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/tavler/{self.id}"


@dataclass(frozen=True, slots=True)
class ObjectionView:
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as the others see it. `said_by` and `on_behalf_of` are as the author is shown; without
    `shown_as` it was written down for the group."""

    id: int
    reference: str
    body: str
    language: str
    parts: dict[str, str] | None
    shown_as: str | None
    said_by: str
    on_behalf_of: str
    cluster_id: int | None
    dots: int
    objections: tuple[ObjectionView, ...]
    received_at: datetime
    is_chosen: bool
    version: int
    is_example: bool


@dataclass(frozen=True, slots=True)
class ClusterCards:
    """A named cluster and its cards in order; of those that hang loose, id 0 without a name."""

    id: int
    name: str
    cards: tuple[CardView, ...]


@dataclass(frozen=True, slots=True)
class BoardBlock:
    """What everybody of the same level sees of a board: its state and its cards."""

    board: BoardView
    clusters: tuple[ClusterCards, ...]
    order: Order

    @property
    def count(self) -> int:
        return sum(len(cluster.cards) for cluster in self.clusters)


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card of one's own, also one that waits, is withdrawn or was hidden."""

    id: int
    reference: str
    title: str
    body: str
    language: str
    parts: dict[str, str] | None
    shown_as: str
    status: str
    waits: bool
    is_hidden: bool
    version: int

    @property
    def is_withdrawn(self) -> bool:
        return self.status == "withdrawn"

    @property
    def is_unseen(self) -> bool:
        """Whether the others do not see it."""
        return self.waits or self.is_withdrawn or self.is_hidden


@dataclass(frozen=True, slots=True)
class OwnObjection:
    """An objection of one's own to the card of this id."""

    id: int
    card_id: int
    text: str
    waits: bool


@dataclass(frozen=True, slots=True)
class MovedCard:
    """A card of one's own that hangs on another board now; group 0 is everybody."""

    id: int
    reference: str
    title: str
    language: str
    board_id: int
    group_name: str
    group_name_en: str


@dataclass(frozen=True, slots=True)
class Own:
    """What one has said on a board: cards, the ids of cards with one's dot, objections, and dots left; and
    what a facilitator has moved from here to another board."""

    cards: tuple[OwnCard, ...]
    dotted: tuple[int, ...]
    objections: tuple[OwnObjection, ...]
    dots: Dots
    moved: tuple[MovedCard, ...] = ()


# --- which boards


def _boards() -> Select[Any]:
    return (
        select(
            *PLACE_COLUMNS,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.status.label("meeting_status"),
            func.coalesce(func.nullif(Board.task, ""), Group.task, "").label("task"),
            Board.closed_at,
            func.coalesce(LiveRoom.names, "free").label("names"),
            func.coalesce(LiveRoom.code, "").label("code"),
        )
        .select_from(Board)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .outerjoin(LiveRoom, LiveRoom.meeting_id == Board.meeting_id)
    )


def find_board(session: Session, actor: Actor, meeting_key: str, board_id: int) -> BoardView | None:
    """A board of the meeting that the actor may see."""
    row = session.execute(
        _boards().where(
            Board.id == board_id,
            Meeting.key == meeting_key,
            meeting_visible_to(actor),
            boards_visible_to(actor),
        )
    ).one_or_none()
    return BoardView(**row._mapping) if row else None


def find_audience(session: Session, actor: Actor, board_id: int) -> int | None:
    """The id of the meeting of a board that the actor may see; None for another."""
    return session.scalar(
        select(Board.meeting_id)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .where(Board.id == board_id, meeting_visible_to(actor), boards_visible_to(actor))
    )


def find_path_of_card(session: Session, actor: Actor, contribution_id: int) -> str | None:
    """The address of a card on its board, as far as the actor may see that; None for what hangs on none."""
    row = session.execute(
        select(Meeting.key, Board.id, C.reference)
        .select_from(BoardCard)
        .join(C, C.id == BoardCard.contribution_id)
        .join(Board, Board.id == BoardCard.board_id)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .where(C.id == contribution_id, meeting_visible_to(actor), boards_visible_to(actor))
    ).one_or_none()
    return f"/moeder/{row.key}/tavler/{row.id}/kort/{row.reference}" if row else None


def list_boards_in_room(session: Session, actor: Actor, meeting_id: int) -> list[BoardView]:
    """The boards of a meeting that the actor may see and that have been opened, in the programme's order."""
    rows = session.execute(
        _boards()
        .where(
            Board.meeting_id == meeting_id,
            Board.state != "planned",
            meeting_visible_to(actor),
            boards_visible_to(actor),
        )
        .order_by(AgendaItem.position, AgendaItem.id, Group.position.nulls_first(), Board.id)
        .limit(300)
    )
    return [BoardView(**row._mapping) for row in rows]


# --- the half that is the same for all


def get_block(
    session: Session, board_id: int, levels: tuple[str, ...] = TO_THE_ROOM, order: Order = "newest"
) -> BoardBlock:
    """A board as everybody sees it who may see these levels, in three statements. Whether one may is asked
    before (`may_see_board`). Raises NotFound."""
    row = session.execute(_boards().where(Board.id == board_id)).one_or_none()
    if row is None:  # taken away since it was asked who may see it
        raise NotFound
    board = BoardView(**row._mapping)
    clusters = session.execute(
        select(Cluster.id, Cluster.name)
        .where(Cluster.board_id == board_id)
        .order_by(Cluster.position, Cluster.id)
    ).all()
    cards = [
        _card(row)
        for row in session.execute(
            _cards()
            .where(BoardCard.board_id == board_id, fit_for(levels))
            .order_by(BoardCard.position, C.received_at.desc(), C.id.desc())
            .limit(MOST_CARDS)
        )
    ]
    if order == "dots":
        cards.sort(key=lambda card: -card.dots)
    by_cluster: dict[int, list[CardView]] = {0: []} | {row.id: [] for row in clusters}
    for card in cards:
        by_cluster[card.cluster_id or 0].append(card)
    names = [(0, ""), *((row.id, row.name) for row in clusters)]
    return BoardBlock(board, tuple(ClusterCards(i, name, tuple(by_cluster[i])) for i, name in names), order)


def find_card(
    session: Session, board_id: int, reference: str, levels: tuple[str, ...] = TO_THE_ROOM
) -> CardView | None:
    """One card of a board as the others see it."""
    row = session.execute(
        _cards().where(BoardCard.board_id == board_id, C.reference == reference[:20], fit_for(levels))
    ).one_or_none()
    return _card(row) if row else None


def _cards() -> Select[Any]:
    dots = select(func.count()).where(Dot.contribution_id == C.id).correlate(C).scalar_subquery()
    objection = func.jsonb_build_object("id", Objection.id, "text", Objection.text)
    objections = (
        select(func.jsonb_agg(aggregate_order_by(objection, Objection.said_at, Objection.id)))
        .where(
            Objection.contribution_id == C.id,
            Objection.shown_at.is_not(None),
            Objection.withdrawn_at.is_(None),
        )
        .correlate(C)
        .scalar_subquery()
    )
    return (
        select(
            C.id,
            C.reference,
            C.body,
            C.language,
            BoardCard.parts,
            C.shown_as,
            func.coalesce(Person.name, C.said_by_text).label("said_by"),
            func.coalesce(Organisation.name, C.on_behalf_of_text).label("on_behalf_of"),
            BoardCard.cluster_id,
            dots.label("dots"),
            objections.label("objections"),
            C.received_at,
            BoardCard.chosen_at.is_not(None).label("is_chosen"),
            C.version,
            C.is_example,
        )
        .select_from(BoardCard)
        .join(C, C.id == BoardCard.contribution_id)
        .outerjoin(Person, Person.id == C.said_by_person_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
    )


_FIELDS = [known.name for known in fields(CardView) if known.name != "objections"]


def _card(row: Any) -> CardView:
    values = {name: getattr(row, name) for name in _FIELDS}
    return CardView(**values, objections=tuple(ObjectionView(**one) for one in row.objections or ()))


# --- the half that is one's own


def find_own(session: Session, board: BoardView, author: Author) -> Own:
    """What the author has said on the board, the newest first, in three statements."""
    cards = session.execute(
        select(
            C.id,
            C.reference,
            C.title,
            C.body,
            C.language,
            BoardCard.parts,
            C.shown_as,
            C.status,
            C.published_at.is_(None).label("waits"),
            C.hidden_at.is_not(None).label("is_hidden"),
            C.version,
            BoardCard.board_id,
            func.coalesce(Group.name, "").label("group_name"),
            func.coalesce(Group.name_en, "").label("group_name_en"),
        )
        .join(BoardCard, BoardCard.contribution_id == C.id)
        .outerjoin(Group, Group.id == C.group_id)
        .where(
            C.attendee_id == author.attendee_id, or_(BoardCard.board_id == board.id, _was_moved_from(board))
        )
        .order_by(C.received_at.desc(), C.id.desc())
        .limit(MOST_CARDS)
    ).all()
    dotted = session.execute(
        select(Dot.contribution_id, Dot.attendee_id)
        .join(BoardCard, BoardCard.contribution_id == Dot.contribution_id)
        .join(C, C.id == Dot.contribution_id)
        .join(Attendee, Attendee.id == Dot.attendee_id)
        .where(BoardCard.board_id == board.id, fit_for(TO_THE_ROOM), _voters(board, author))
    ).all()
    objections = session.execute(
        select(
            Objection.id,
            Objection.contribution_id.label("card_id"),
            Objection.text,
            Objection.shown_at.is_(None).label("waits"),
        )
        .join(BoardCard, BoardCard.contribution_id == Objection.contribution_id)
        .where(
            BoardCard.board_id == board.id,
            Objection.attendee_id == author.attendee_id,
            Objection.withdrawn_at.is_(None),
        )
        .order_by(Objection.said_at, Objection.id)
        .limit(MOST_CARDS)
    )
    here = [row for row in cards if row.board_id == board.id]
    moved = [row for row in cards if row.board_id != board.id]
    return Own(
        tuple(OwnCard(**_values_of(OwnCard, row)) for row in here),
        tuple(sorted(row.contribution_id for row in dotted if row.attendee_id == author.attendee_id)),
        tuple(OwnObjection(**row._mapping) for row in objections),
        Dots(board.dots, len(dotted)),
        tuple(MovedCard(**_values_of(MovedCard, row)) for row in moved),
    )


def _values_of(view: type[OwnCard] | type[MovedCard], row: Row[Any]) -> dict[str, Any]:
    return {known.name: getattr(row, known.name) for known in fields(view)}


def _was_moved_from(board: BoardView) -> Any:
    """Whether the card hung here before a facilitator moved it, as the log knows."""
    return exists().where(
        AuditEntry.thing == "contribution",
        AuditEntry.thing_id == C.id,
        AuditEntry.verb == "move",
        AuditEntry.before["board"].as_integer() == board.id,
    )


def _voters(board: BoardView, author: Author) -> Any:
    return voters_with(
        board.dots_per,
        board.meeting_id,
        author.attendee_id,
        author.organisation_id,
        author.organisation,
    )
