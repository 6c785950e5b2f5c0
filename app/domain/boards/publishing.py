"""To whom what was said on the boards of a meeting is open."""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.events import announce
from app.core.live import tell_of_rights
from app.core.policy import Actor, require
from app.domain.boards.models import Board, BoardCard
from app.domain.boards.planning_schemas import AudienceInput
from app.domain.boards.policy import may_plan_boards
from app.domain.boards.service import tell_of_board
from app.domain.contributions.events import ContributionsChanged
from app.domain.contributions.in_room import has_no_names, is_named, take_names_away
from app.domain.contributions.models import Contribution
from app.domain.meetings.service import lock_meeting

C = Contribution


@dataclass(frozen=True, slots=True)
class Audience:
    """How many cards stand on the boards of a meeting, how many of them are open to all, how many name who
    said them, and how many wait to be let in."""

    cards: int
    public: int
    named: int
    waiting: int


def count_audience(session: Session, meeting_id: int) -> Audience:
    """For staff."""
    row = session.execute(
        select(
            func.count(),
            func.count().filter(C.visibility == "public"),
            func.count().filter(is_named()),
            func.count().filter(C.published_at.is_(None)),
        )
        .select_from(BoardCard)
        .join(C, C.id == BoardCard.contribution_id)
        .where(C.meeting_id == meeting_id, C.status != "withdrawn", C.hidden_at.is_(None))
    ).one()
    return Audience(*row)


def set_audience(session: Session, actor: Actor, meeting_id: int, given: AudienceInput) -> int:
    """Open every card of the boards of a meeting to all, or only to those who hear it; also those that are
    written from now on. How many cards.

    `without_names`: what somebody said under their name then stands under the organisation alone, also when
    it is closed again; its author still finds it among the own. Where the room has no names, none is opened
    to all, also of what was said before it had that rule.
    """
    require(may_plan_boards(actor))
    meeting = lock_meeting(session, meeting_id)
    # The boards before their cards, as who arranges them does, so that the two never wait in a ring.
    boards = session.scalars(
        select(Board)
        .where(Board.meeting_id == meeting.id)
        .order_by(Board.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    of_boards = select(BoardCard.contribution_id).join(Board).where(Board.meeting_id == meeting.id)
    values = {"visibility": given.visibility, "version": C.version + 1}
    ids = list(
        session.scalars(
            update(C)
            .where(C.id.in_(of_boards), C.visibility.in_(("public", "participants")))
            .values(values)
            .returning(C.id)
            .execution_options(synchronize_session=False)
        )
    )
    unnamed: list[int] = []
    if given.without_names or (given.visibility == "public" and has_no_names(session, meeting.id)):
        unnamed = take_names_away(session, ids)
    for board in boards:
        board.visibility = given.visibility
        board.version += 1
        tell_of_board(session, board)
    tell_of_rights(session)
    after = {"visibility": given.visibility, "cards": len(ids), "without_names": len(unnamed)}
    record(session, actor, "set_audience", "meeting", meeting.id, after=after)
    if ids:
        announce(session, ContributionsChanged("card", tuple(sorted(ids))))
    session.expire_all()
    return len(ids)
