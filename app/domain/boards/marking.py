"""Dots and objections: what others say to a card. Who it was is shown to nobody, and stands in no log."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.attendance.models import Attendee
from app.domain.attendance.policy import has_seat
from app.domain.boards.models import Board, BoardCard, Dot, Objection
from app.domain.boards.policy import hears_board, may_arrange, may_write_on
from app.domain.boards.schemas import ObjectionInput
from app.domain.boards.writing import refuse_closed, sees
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM, fit_for
from app.domain.meetings.models import Meeting

MOST_OBJECTIONS: Final = 10  # of one attendee to one card


@dataclass(frozen=True, slots=True)
class Dots:
    """The dots of one person, or of one organisation, on a board."""

    budget: int
    spent: int

    @property
    def left(self) -> int:
        return max(0, self.budget - self.spent)


def put_dot(session: Session, actor: Actor, contribution_id: int) -> Dots:
    """Put a dot on a card; one that is there stays. However many put at once, the budget holds.

    Refused: board_no_dots, board_dots_spent, and as for a card.
    """
    card = _take_card(session, actor, contribution_id)
    if card.dots == 0:
        raise Refused("board_no_dots")
    voters = _voters(card)
    who = f"dots on {card.board_id} of {_voter(card)}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(who, 0))))
    spent = count_spent(session, card.board_id, voters)
    has_put = session.get(Dot, (contribution_id, card.attendee_id)) is not None
    if has_put:
        return Dots(card.dots, spent)
    if spent >= card.dots:
        raise Refused("board_dots_spent", most=card.dots)
    values = {"contribution_id": contribution_id, "attendee_id": card.attendee_id, "put_at": now()}
    session.execute(insert(Dot).values(values).on_conflict_do_nothing())
    _note(session, actor, "put_dot", contribution_id, card.board_id)
    return Dots(card.dots, spent + 1)


def take_dot(session: Session, actor: Actor, contribution_id: int) -> Dots:
    """Take one's own dot off a card again; nothing happens where there is none."""
    card = _take_card(session, actor, contribution_id)
    taken = session.execute(
        delete(Dot)
        .where(Dot.contribution_id == contribution_id, Dot.attendee_id == card.attendee_id)
        .returning(Dot.contribution_id)
    ).first()
    if taken is not None:
        _note(session, actor, "take_dot", contribution_id, card.board_id)
    return Dots(card.dots, count_spent(session, card.board_id, _voters(card)))


def count_spent(session: Session, board_id: int, voters: ColumnElement[bool]) -> int:
    """How many dots these attendees have on the board; those on what is out of sight do not count."""
    return session.execute(
        select(func.count())
        .select_from(Dot)
        .join(BoardCard, BoardCard.contribution_id == Dot.contribution_id)
        .join(Contribution, Contribution.id == Dot.contribution_id)
        .join(Attendee, Attendee.id == Dot.attendee_id)
        .where(BoardCard.board_id == board_id, fit_for(TO_THE_ROOM), voters)
    ).scalar_one()


def _voter(card: Row[Any]) -> str:
    """Whose dots are counted together: one person's, or those of an organisation as it is named."""
    if card.dots_per == "organisation":
        if card.organisation_id is not None:
            return f"organisation {card.organisation_id}"
        if card.organisation_name:
            return f"organisation {card.organisation_name.casefold()}"
    return f"attendee {card.attendee_id}"


def _voters(card: Row[Any]) -> ColumnElement[bool]:
    """The same in SQL."""
    return voters_with(
        card.dots_per, card.meeting_id, card.attendee_id, card.organisation_id, card.organisation_name
    )


def voters_with(
    dots_per: str, meeting_id: int, attendee_id: int, organisation_id: int | None, organisation_name: str
) -> ColumnElement[bool]:
    """The attendees whose dots are counted with this one's; one without an organisation stands alone."""
    own = Attendee.id == attendee_id
    if dots_per != "organisation" or not (organisation_id or organisation_name):
        return own
    if organisation_id is not None:
        same = Attendee.organisation_id == organisation_id
    else:
        is_named = func.lower(Attendee.organisation_name) == organisation_name.lower()
        same = and_(Attendee.organisation_id.is_(None), is_named)
    return or_(own, and_(Attendee.meeting_id == meeting_id, same))


# --- objections


def object_to(session: Session, actor: Actor, contribution_id: int, given: ObjectionInput) -> Objection:
    """Say that one disagrees, and why; the same again gives the first. On a board where cards wait for a
    facilitator it waits too. Refused: board_many_objections, board_taken_by_another, and as for a card."""
    card = _take_card(session, actor, contribution_id)
    # Taking the id first makes two sendings at once one after the other.
    moment = now()
    taken = session.scalars(
        insert(Objection)
        .values(
            contribution_id=contribution_id,
            attendee_id=card.attendee_id,
            client_id=given.client_id,
            text=given.text,
            said_at=moment,
            shown_at=None if card.asks_approval else moment,
        )
        .on_conflict_do_nothing(index_elements=["client_id"])
        .returning(Objection)
    ).one_or_none()
    if taken is None:
        known = session.scalars(select(Objection).where(Objection.client_id == given.client_id)).one()
        if (known.attendee_id, known.contribution_id) != (card.attendee_id, contribution_id):
            raise Refused("board_taken_by_another")
        return known
    said = select(func.count()).where(
        Objection.contribution_id == contribution_id, Objection.attendee_id == card.attendee_id
    )
    if session.execute(said).scalar_one() > MOST_OBJECTIONS:
        raise Refused("board_many_objections", most=MOST_OBJECTIONS)
    _note(session, actor, "object", contribution_id, card.board_id)
    return taken


def withdraw_objection(session: Session, actor: Actor, objection_id: int) -> Objection:
    """Take an objection back: its author, as long as the board is open; or who arranges the board."""
    objection, card = _take_objection(session, actor, objection_id)
    is_own = objection.attendee_id is not None and objection.attendee_id == card.attendee_id
    if not is_own and not may_arrange(actor, card.meeting_id):
        raise NotFound
    if objection.withdrawn_at is not None:
        return objection
    if is_own and not may_arrange(actor, card.meeting_id):
        refuse_closed(card)
    objection.withdrawn_at = now()
    _note(session, actor, "withdraw_objection", objection.contribution_id, card.board_id, is_nameless=is_own)
    return objection


def _take_objection(session: Session, actor: Actor, objection_id: int) -> tuple[Objection, Row[Any]]:
    objection = session.get(Objection, objection_id, with_for_update=True, populate_existing=True)
    if objection is None:
        raise NotFound
    return objection, _find_card(session, actor, objection.contribution_id)


# --- the card that it is about


def _find_card(session: Session, actor: Actor, contribution_id: int) -> Row[Any]:
    """A card that the room sees, its board, and the actor as an attendee where there is one."""
    row = session.execute(
        select(
            Board.id.label("board_id"),
            Board.meeting_id,
            Board.state,
            Board.visibility,
            Board.closes_at,
            Board.closed_at,
            Board.asks_approval,
            Board.dots,
            Board.dots_per,
            Meeting.status.label("meeting_status"),
            Meeting.published_at.is_not(None).label("is_published"),
            Contribution.visibility.label("card_visibility"),
            Attendee.id.label("attendee_id"),
            Attendee.organisation_id,
            Attendee.organisation_name,
        )
        .select_from(Contribution)
        .join(BoardCard, BoardCard.contribution_id == Contribution.id)
        .join(Board, Board.id == BoardCard.board_id)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .outerjoin(
            Attendee,
            and_(
                Attendee.id.in_([seat for _, seat in actor.seats]),
                Attendee.meeting_id == Board.meeting_id,
                has_seat(),
            ),
        )
        .where(Contribution.id == contribution_id, fit_for(TO_THE_ROOM))
        .order_by(Attendee.id)
        .limit(1)
    ).one_or_none()
    if row is None or not sees(actor, row):
        raise NotFound
    # A card that was moved here may be for fewer than the board is.
    if row.card_visibility not in (TO_THE_ROOM if hears_board(actor, row.meeting_id) else TO_ALL):
        raise NotFound
    return row


def _take_card(session: Session, actor: Actor, contribution_id: int) -> Row[Any]:
    """The same for who says something to it. Raises NotAllowed for who has not joined, and Refused."""
    card = _find_card(session, actor, contribution_id)
    require(may_write_on(actor, card) and card.attendee_id is not None, "board_join_first")
    refuse_closed(card)
    return card


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    contribution_id: int,
    board_id: int,
    *,
    is_nameless: bool = True,
) -> None:
    record(session, actor, verb, "contribution", contribution_id, is_nameless=is_nameless)
    session.flush()
    tell(session, f"board:{board_id}")
