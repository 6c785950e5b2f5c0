"""Writing on a board: a card is taken once, under the number that was set aside for it, and never lost.

Twenty a second may come to one process, so a new card takes few statements: one that reads all there is to
know, and one that writes.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, entry, record
from app.core.clock import now
from app.core.jobs import defer, is_waiting
from app.core.links import get_key, seal_with, signing_key
from app.core.live import CHANNEL, tell
from app.core.policy import Actor, NotFound, Refused, Stopped, require
from app.core.text import shorten
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.attendance.policy import has_seat
from app.domain.boards.models import Board, BoardCard
from app.domain.boards.numbering import draw_numbers
from app.domain.boards.policy import may_see_board, may_write_on, takes_late, why_shut
from app.domain.boards.schemas import CardGiven, EditGiven
from app.domain.contributions.in_room import (
    Author,
    columns_of_author,
    fit,
    hides_author,
    is_noted_nameless,
)
from app.domain.contributions.models import NUMBERS, PREFIXES, Contribution, Wording
from app.domain.contributions.policy import is_own_in_room
from app.domain.contributions.service import LONGEST_TITLE, is_blacked_out
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import has_place_at
from app.domain.organisations.models import Organisation

MOST_A_MINUTE: Final = 30
PURPOSE: Final = "card"
# The search waits for a pause: sixty boards looked through in the same moment would hold up the whole room.
INDEXED_AFTER: Final = (120.0, 600.0)  # seconds, any moment between
_chance = SystemRandom()


class TooFast(Stopped):
    """So many cards in a minute are no longer written by a person; `seconds` until the next is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Reserved:
    """A number set aside for the card with this id; the seal proves it, so that nothing is stored."""

    client_id: UUID
    reference: str
    seal: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was taken, now or (`is_new` False) the first time that it came. `waits`: for a facilitator
    to let it through. `next`: a number for the next one."""

    id: int
    reference: str
    meeting_key: str
    is_new: bool
    waits: bool
    next: Reserved


# --- numbers


def reserve_references(session: Session, count: int = 1) -> list[Reserved]:
    """Numbers for cards that are yet to be written. Gaps are allowed, so nobody gives them back."""
    key = get_key(session)
    return [_set_aside(key, number) for number in draw_numbers(session, count)]


def _set_aside(key: bytes, number: int) -> Reserved:
    client_id, reference = uuid4(), _reference(number)
    return Reserved(client_id, reference, seal_with(key, PURPOSE, str(client_id), reference))


def _reference(number: int) -> str:
    return f"{PREFIXES['card']}-{number:04d}"


def _is_set_aside(key: bytes, given: CardGiven) -> bool:
    sealed = seal_with(key, PURPOSE, str(given.client_id), given.reference)
    return bool(given.reference) and hmac.compare_digest(sealed.encode(), given.seal.encode())


# --- a new card

_mine = Contribution.__table__.alias("mine")
_known = Contribution.__table__.alias("known")
_FACTS = (
    select(
        Board.id,
        Board.meeting_id,
        Board.item_id,
        Board.group_id,
        Board.task,
        Board.form,
        Board.state,
        Board.closes_at,
        Board.closed_at,
        Board.asks_approval,
        Board.visibility,
        Meeting.key.label("meeting_key"),
        Meeting.status.label("meeting_status"),
        Meeting.published_at.is_not(None).label("is_published"),
        func.coalesce(LiveRoom.names, "free").label("names"),
        Attendee.id.label("attendee_id"),
        Attendee.user_id,
        Attendee.name,
        Attendee.organisation_id,
        func.coalesce(func.nullif(Attendee.organisation_name, ""), Organisation.name, "").label(
            "organisation"
        ),
        func.coalesce(func.nullif(Attendee.organisation_kind, ""), Organisation.kind, "").label("kind"),
        Attendee.shown_as,
        select(func.count())
        .select_from(_mine)
        .where(_mine.c.attendee_id == Attendee.id, _mine.c.received_at > bindparam("minute_ago"))
        .correlate(Attendee)
        .scalar_subquery()
        .label("lately"),
        _known.c.id.label("known_id"),
        _known.c.reference.label("known_reference"),
        _known.c.attendee_id.label("known_attendee_id"),
        _known.c.published_at.label("known_published_at"),
        signing_key().label("key"),
        is_waiting(func.concat("boards.index ", Board.id)).label("is_index_due"),
    )
    .select_from(Board)
    .join(Meeting, Meeting.id == Board.meeting_id)
    .outerjoin(LiveRoom, LiveRoom.meeting_id == Board.meeting_id)
    .outerjoin(
        Attendee,
        and_(
            Attendee.id.in_(bindparam("seats", expanding=True)),
            Attendee.meeting_id == Board.meeting_id,
            has_seat(),
        ),
    )
    .outerjoin(Organisation, Organisation.id == Attendee.organisation_id)
    .outerjoin(_known, _known.c.client_id == bindparam("client_id"))
    .where(Board.id == bindparam("board_id"))
    .order_by(Attendee.id)
    .limit(1)
)

_CARD_COLUMNS = (
    "reference",
    "title",
    "body",
    "published_at",
    "visibility",
    "meeting_id",
    "item_id",
    "group_id",
    "task",
    "client_id",
    "received_at",
    "attendee_id",
    "shown_as",
    "said_by_text",
    "said_by_user_id",
    "entered_by_id",
    "on_behalf_of_id",
    "on_behalf_of_text",
)
_TABLE = Contribution.__table__
_said = (
    insert(_TABLE)
    .values(
        {
            "kind": literal("card"),
            "status": literal("received"),
            "body_en": literal(""),
            "language": literal("da"),
            "certainty_note": literal(""),
            "is_example": literal(False),
            "version": literal(1),
        }
        | {name: bindparam(f"c_{name}", type_=_TABLE.c[name].type) for name in _CARD_COLUMNS}
    )
    # Whichever is taken already, by the same card sent twice at once: the id or the number set aside for it.
    .on_conflict_do_nothing()
    .returning(_TABLE.c.id)
    .cte("said")
)
_hung = (
    insert(BoardCard.__table__)
    .from_select(
        ["contribution_id", "board_id", "parts"],
        select(_said.c.id, bindparam("c_board_id"), bindparam("c_parts", type_=JSONB(none_as_null=True))),
        include_defaults=False,
    )
    .returning(BoardCard.__table__.c.contribution_id)
    .cte("hung")
)
_LOG = AuditEntry.__table__
_LOG_COLUMNS = [column.name for column in _LOG.c if column.name != "id"]
_noted = (
    insert(_LOG)
    .from_select(
        _LOG_COLUMNS,
        select(*(bindparam(f"a_{name}", type_=_LOG.c[name].type) for name in _LOG_COLUMNS)).select_from(
            _said
        ),
        include_defaults=False,
    )
    .returning(_LOG.c.id)
    .cte("noted")
)
# A number for a card to come is taken along; it is told that the board has changed once this is committed.
_HANG = select(
    _said.c.id,
    NUMBERS["card"].next_value().label("next_number"),
    func.pg_notify(CHANNEL, bindparam("topic")).label("told"),
).add_cte(_hung, _noted)


def write_card(session: Session, actor: Actor, board_id: int, given: CardGiven) -> Card:
    """Hang a card on a board; the same card again gives what was taken the first time.

    Its number is the one set aside for it, or else the next. Raises NotFound, NotAllowed, TooFast, and
    Refused: board_closed, board_not_open_yet, board_meeting_off, board_meeting_done, board_taken_by_another.
    """
    facts = _read_facts(session, actor, board_id, given.client_id)
    key = facts.key or get_key(session)
    if facts.known_id is not None:
        return _known_card(session, facts, key)
    refuse_closed(facts)
    if facts.lately >= MOST_A_MINUTE:
        raise TooFast(20)
    author = _author(facts)
    shown_as = fit(given.shown_as, facts.names, author)
    moment = now()
    columns = columns_of_author(actor, author, shown_as) | {
        "reference": given.reference if _is_set_aside(key, given) else _next_reference(session),
        "title": shorten(given.headline, LONGEST_TITLE),
        "body": given.body,
        "published_at": None if facts.asks_approval else moment,
        "visibility": facts.visibility,
        "meeting_id": facts.meeting_id,
        "item_id": facts.item_id,
        "group_id": facts.group_id,
        "task": facts.task,
        "client_id": given.client_id,
        "received_at": moment,
    }
    after = {"reference": columns["reference"], "shown_as": shown_as}
    is_nameless = is_noted_nameless(shown_as)
    noted = entry(actor, "write_card", "board", board_id, after=after, is_nameless=is_nameless)
    hung = _hang(session, board_id, given.parts, columns, noted)
    if hung is None:
        known = _read_facts(session, actor, board_id, given.client_id)
        if known.known_id is None and given.reference:
            # The number is another's: the row of numbers was set back after it was handed out.
            return write_card(session, actor, board_id, given.model_copy(update={"reference": ""}))
        # The same card came twice at once, and the other sending has been committed meanwhile.
        return _known_card(session, known, key)
    (following,) = draw_numbers(session, 1, [hung.next_number])
    if not facts.is_index_due:
        index_soon(session, board_id)
    if facts.asks_approval:
        tell(session, f"seat:{facts.attendee_id}")
    return Card(
        hung.id,
        columns["reference"],
        facts.meeting_key,
        True,
        facts.asks_approval,
        _set_aside(key, following),
    )


def _read_facts(session: Session, actor: Actor, board_id: int, client_id: UUID) -> Row[Any]:
    """Everything that decides whether a card is taken. Raises NotFound and NotAllowed."""
    values = {
        "board_id": board_id,
        "client_id": client_id,
        "minute_ago": now() - timedelta(minutes=1),
        "seats": [seat for _, seat in actor.seats],
    }
    facts = session.execute(_FACTS, values).one_or_none()
    if facts is None or not sees(actor, facts):
        raise NotFound
    require(may_write_on(actor, facts) and facts.attendee_id is not None, "board_join_first")
    return facts


def sees(actor: Actor, board: Row[Any]) -> bool:
    """Whether the actor sees the board and its meeting, of which the row tells if it `is_published`."""
    is_meeting_out = board.is_published or actor.is_staff or has_place_at(actor, board.meeting_id)
    return is_meeting_out and may_see_board(actor, board)


def refuse_closed(board: Row[Any]) -> None:
    """Raises Refused where the board takes nothing; what was on its way as it closed still comes in time."""
    if reason := why_shut(board.meeting_status):
        raise Refused(reason)
    if board.state == "planned":
        raise Refused("board_not_open_yet")
    if not takes_late(board, now()):
        raise Refused("board_closed")


def _author(facts: Row[Any]) -> Author:
    return Author(
        facts.attendee_id,
        facts.user_id,
        facts.name,
        facts.organisation_id,
        facts.organisation,
        facts.kind,
        facts.shown_as,
    )


def _known_card(session: Session, facts: Row[Any], key: bytes) -> Card:
    if facts.known_attendee_id != facts.attendee_id:
        raise Refused("board_taken_by_another")
    waits = facts.known_published_at is None
    (following,) = draw_numbers(session, 1)
    return Card(
        facts.known_id, facts.known_reference, facts.meeting_key, False, waits, _set_aside(key, following)
    )


def _next_reference(session: Session) -> str:
    return _reference(session.scalars(select(NUMBERS["card"].next_value())).one())


def _hang(
    session: Session,
    board_id: int,
    parts: Mapping[str, str] | None,
    columns: Mapping[str, Any],
    noted: Mapping[str, Any],
) -> Row[Any] | None:
    """Write the card and hang it, noted in the log: its id, and the next number; None where it is there."""
    values = {f"c_{name}": value for name, value in columns.items()}
    values |= {f"a_{name}": value for name, value in noted.items()}
    topic = f"board:{board_id}"
    values |= {"c_board_id": board_id, "c_parts": parts, "topic": topic}
    return session.execute(_HANG, values).one_or_none()


def index_soon(session: Session, board_id: int, since: datetime | None = None) -> None:
    """Have what is new on the board since then, or from now on, and what changed, told to the search in a
    while: many cards come together."""
    defer(
        session,
        "boards.index",
        once=f"boards.index {board_id}" if since is None else f"boards.index {board_id} once more",
        at=now() + timedelta(seconds=_chance.uniform(*INDEXED_AFTER)),
        board_id=board_id,
        since=(since or now()).isoformat(),
    )


# --- own cards


def edit_card(session: Session, actor: Actor, contribution_id: int, given: EditGiven) -> Contribution:
    """Change one's own card while the board is open; how it stood until then is kept for staff.

    Where cards wait for a facilitator, the changed one waits again. Refused: stale, blacked_out, board_hidden
    and as for a new card.
    """
    card, board = take_own_card(session, actor, contribution_id)
    refuse_closed(board)
    if card.hidden_at is not None or card.status == "withdrawn":
        raise Refused("board_hidden")
    if card.version != given.version:
        raise Refused("stale")
    if is_blacked_out(session, card.id):
        raise Refused("blacked_out")
    if given.body == card.body:
        return card
    words = {"title": card.title, "body": card.body}
    session.add(Wording(contribution_id=card.id, version=card.version, words=words, replaced_at=now()))
    card.title, card.body = shorten(given.headline, LONGEST_TITLE), given.body
    card.version += 1
    if board.asks_approval:
        card.published_at = None
    hung = session.get_one(BoardCard, card.id)
    hung.parts = given.parts
    _note(session, actor, "edit", card, {"version": given.version}, {"version": card.version})
    tell_of_card(session, board.id)
    return card


def withdraw_card(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """Take one's own card off the board; only oneself and staff see it then. It can be undone."""
    card, board = take_own_card(session, actor, contribution_id)
    if card.status == "withdrawn":
        return card
    before, card.status = {"status": card.status}, "withdrawn"
    card.version += 1
    _note(session, actor, "withdraw", card, before, {"status": "withdrawn"})
    tell_of_card(session, board.id)
    return card


def restore_card(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """Hang one's own card up again, as it hung, while the board is open."""
    card, board = take_own_card(session, actor, contribution_id)
    if card.status != "withdrawn":
        return card
    refuse_closed(board)
    card.status = "received"
    card.version += 1
    _note(session, actor, "restore", card, {"status": "withdrawn"}, {"status": "received"})
    tell_of_card(session, board.id)
    return card


def take_own_card(session: Session, actor: Actor, contribution_id: int) -> tuple[Contribution, Row[Any]]:
    """The card, held, and its board as the rules ask for it. Raises NotFound where it is not the actor's."""
    row = session.execute(
        select(
            Contribution,
            Board.id,
            Board.meeting_id,
            Board.state,
            Board.visibility,
            Board.closes_at,
            Board.closed_at,
            Board.asks_approval,
            Meeting.status.label("meeting_status"),
            Meeting.published_at.is_not(None).label("is_published"),
        )
        .join(BoardCard, BoardCard.contribution_id == Contribution.id)
        .join(Board, Board.id == BoardCard.board_id)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .where(Contribution.id == contribution_id)
        .with_for_update(of=Contribution)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not sees(actor, row) or not is_own_in_room(actor, row.Contribution):
        raise NotFound
    return row.Contribution, row


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    card: Contribution,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    is_nameless = hides_author(actor, card)
    record(session, actor, verb, "contribution", card.id, before=before, after=after, is_nameless=is_nameless)


def tell_of_card(session: Session, board_id: int) -> None:
    """Tell those who have the board open, and in a while the search."""
    session.flush()
    tell(session, f"board:{board_id}")
    index_soon(session, board_id)
