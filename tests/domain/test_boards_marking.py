"""Dots and objections: a budget that holds, words that nobody is named for, and rights that agree."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.database import Database
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.boards import queries
from app.domain.boards.arranging import show_objection
from app.domain.boards.marking import (
    MOST_OBJECTIONS,
    object_to,
    put_dot,
    take_dot,
    withdraw_objection,
)
from app.domain.boards.models import Board, Dot, Objection
from app.domain.boards.policy import boards_visible_to, may_see_board
from app.domain.boards.schemas import ObjectionInput
from app.domain.boards.writing import withdraw_card, write_card
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM, fit_for, visible_to
from app.domain.meetings.models import Meeting
from tests.in_room import seat
from tests.on_boards import add_board, add_group_board, card
from tests.people import People, add_people, with_role


def against(text: str = "Det er prøvet") -> ObjectionInput:
    return ObjectionInput(client_id=uuid4(), text=text)


def hang(session: Session, actor: Actor, board: Board, count: int = 1) -> list[int]:
    return [write_card(session, actor, board.id, card(f"Nummer {n}")).id for n in range(count)]


def test_each_person_gives_as_many_dots_as_there_are_and_may_take_them_back(session: Session) -> None:
    meeting, board = add_board(session, dots=2)
    guest, other = seat(session, meeting), seat(session, meeting, shown_as="anonymous")
    cards = hang(session, guest, board, 3)
    assert [put_dot(session, guest, one).left for one in (cards[0], cards[0], cards[1])] == [1, 1, 0]
    with pytest.raises(Refused, match="board_dots_spent"):
        put_dot(session, guest, cards[2])
    assert take_dot(session, guest, cards[0]).left == 1
    assert put_dot(session, guest, cards[2]).left == 0
    assert put_dot(session, other, cards[2]).left == 1
    # A card that is taken down gives its dots back.
    withdraw_card(session, guest, cards[1])
    assert put_dot(session, guest, cards[0]).left == 0
    counted = {one.id: one.dots for one in queries.get_block(session, board.id).clusters[0].cards}
    assert counted == {cards[0]: 1, cards[2]: 2}
    log = session.execute(
        select(AuditEntry.user_id, AuditEntry.client)
        .where(AuditEntry.verb == "put_dot")
        .order_by(AuditEntry.id)
    )
    assert set(log) == {(None, "")}


def test_an_organisation_shares_its_dots_and_who_has_none_has_their_own(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session, dots=2, dots_per="organisation")
    first, second = seat(session, meeting, people.vendor), seat(session, meeting, people.newcomer)
    rival, alone = seat(session, meeting, people.rival), seat(session, meeting, shown_as="anonymous")
    cards = hang(session, alone, board, 2)
    assert put_dot(session, first, cards[0]).left == 1
    assert put_dot(session, second, cards[0]).left == 0
    with pytest.raises(Refused, match="board_dots_spent"):
        put_dot(session, first, cards[1])
    assert (put_dot(session, rival, cards[0]).left, put_dot(session, alone, cards[0]).left) == (1, 1)
    by_name = [
        seat(session, meeting, shown_as="organisation", organisation_name=name)
        for name in ("Nyt Firma", "nyt firma")
    ]
    assert [put_dot(session, one, cards[1]).left for one in by_name] == [1, 0]


def test_the_budget_holds_however_many_press_at_once(clone, empty_template: str) -> None:  # type: ignore[no-untyped-def]
    database: Database = clone(empty_template)
    with database.unit() as session:
        vendor = add_people(session).vendor
        meeting, board = add_board(session, dots=3)
        actor = seat(session, meeting, vendor)
        cards = hang(session, actor, board, 8)

    def press(card_id: int) -> bool:
        try:
            with database.unit() as session:
                put_dot(session, actor, card_id)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(max_workers=6) as pool:
        taken = list(pool.map(press, cards))
    with database.unit() as session:
        assert (sum(taken), session.scalar(select(func.count()).select_from(Dot))) == (3, 3)


def test_the_same_card_sent_twice_at_once_is_taken_once(clone, empty_template: str) -> None:  # type: ignore[no-untyped-def]
    database: Database = clone(empty_template)
    with database.unit() as session:
        meeting, board = add_board(session)
        actor = seat(session, meeting)
        board_id, given = board.id, card()

    def send(_: int) -> tuple[int, str, bool]:
        with database.unit() as session:
            taken = write_card(session, actor, board_id, given)
            return taken.id, taken.reference, taken.is_new

    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(send, range(6)))
    assert len({answer[:2] for answer in answers}) == 1
    assert sorted(answer[2] for answer in answers) == [False] * 5 + [True]
    with database.unit() as session:
        assert session.scalar(select(func.count()).select_from(Contribution)) == 1


def test_who_disagrees_says_why_and_is_named_nowhere(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    guest, vendor = seat(session, meeting), seat(session, meeting, people.vendor)
    [card_id] = hang(session, guest, board)
    given = against()
    first, again = (object_to(session, vendor, card_id, given) for _ in range(2))
    assert first.id == again.id
    with pytest.raises(Refused, match="board_taken_by_another"):
        object_to(session, guest, card_id, given)
    [shown] = queries.get_block(session, board.id).clusters[0].cards
    assert [objection.text for objection in shown.objections] == ["Det er prøvet"]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "object")).one()
    assert (entry.user_id, entry.user_name, entry.client, entry.after) == (None, "", "", None)
    with pytest.raises(NotFound):
        withdraw_objection(session, guest, first.id)
    withdraw_objection(session, vendor, first.id)
    assert queries.get_block(session, board.id).clusters[0].cards[0].objections == ()
    for number in range(MOST_OBJECTIONS - 1):
        object_to(session, vendor, card_id, against(f"Og {number}"))
    with pytest.raises(Refused, match="board_many_objections"):
        object_to(session, vendor, card_id, against("En til"))


def test_an_objection_waits_where_cards_do(session: Session, people: People) -> None:
    meeting, board = add_board(session, asks_approval=True)
    guest = seat(session, meeting)
    [card_id] = hang(session, guest, board)
    with pytest.raises(NotFound):
        object_to(session, seat(session, meeting, people.vendor), card_id, against())
    session.get_one(Contribution, card_id).published_at = now()
    session.flush()
    objection = object_to(session, guest, card_id, against())
    assert queries.get_block(session, board.id).clusters[0].cards[0].objections == ()
    with pytest.raises(NotAllowed):
        show_objection(session, guest, objection.id)
    show_objection(session, people.staff, objection.id)
    assert len(queries.get_block(session, board.id).clusters[0].cards[0].objections) == 1


def test_a_card_that_is_not_for_all_is_not_told_of_on_a_board_that_is(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session, visibility="public")
    open_card, moved_here = hang(session, seat(session, meeting), board, 2)
    session.get_one(Contribution, moved_here).visibility = "participants"
    session.flush()
    for say in (put_dot, lambda session, actor, card_id: object_to(session, actor, card_id, against())):
        with pytest.raises(NotAllowed):
            say(session, people.rival, open_card)
        with pytest.raises(NotFound):
            say(session, people.rival, moved_here)


def test_a_closed_board_takes_neither_dots_nor_objections(session: Session) -> None:
    meeting, board = add_board(session, dots=3)
    guest = seat(session, meeting)
    [card_id] = hang(session, guest, board)
    board.state, board.closed_at = "planned", None
    session.flush()
    for press in (put_dot, lambda *given: object_to(*given, against())):
        with pytest.raises(Refused, match="board_not_open_yet"):
            press(session, guest, card_id)
    assert session.scalar(select(func.count()).select_from(Objection)) == 0


def every_actor(session: Session, people: People, meeting: Meeting) -> dict[str, Actor]:
    """All kinds of people; among them one who has joined, one who takes part, and who writes down."""
    return people.all() | {
        "guest": seat(session, meeting),
        "joined": seat(session, meeting, people.municipality),
        "rapporteur": with_role(session, people.consultancy, meeting.id, "rapporteur"),
        "speaker": with_role(session, people.rival, meeting.id, "speaker"),
    }


@pytest.mark.parametrize("visibility", ["public", "participants"])
@pytest.mark.parametrize("state", ["planned", "open", "closed"])
def test_who_sees_a_board_is_the_same_in_python_and_in_sql(
    session: Session, people: People, visibility: str, state: str
) -> None:
    meeting, board = add_board(session, visibility=visibility, state=state)
    for name, actor in every_actor(session, people, meeting).items():
        seen = session.scalars(select(Board.id).where(boards_visible_to(actor)).order_by(Board.id)).all()
        assert (seen == [board.id]) == may_see_board(actor, board), name


def test_the_common_block_holds_what_each_may_see_and_nothing_else(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    public = add_group_board(session, meeting, visibility="public")
    writer = seat(session, meeting, shown_as="name", name="En der skriver")
    ids = hang(session, writer, board, 4) + hang(session, writer, public, 4)
    for first in (ids[0], ids[4]):
        waiting, withdrawn, hidden, shown = (
            session.get_one(Contribution, one) for one in range(first, first + 4)
        )
        waiting.published_at, withdrawn.status, hidden.hidden_at = None, "withdrawn", now()
        assert shown.published_at is not None
    session.flush()

    def list_ids(rule: object) -> set[int]:
        return set(session.scalars(select(Contribution.id).where(rule)))  # type: ignore[call-overload]

    in_room, for_all = list_ids(fit_for(TO_THE_ROOM)), list_ids(fit_for(TO_ALL))
    assert (in_room, for_all) == ({ids[3], ids[7]}, {ids[7]})
    people_here = every_actor(session, people, meeting)
    for name, actor in people_here.items():
        if name in ("staff", "admin", "rapporteur"):
            assert in_room < list_ids(visible_to(actor)), name
        else:
            hears = name in ("guest", "joined", "speaker")
            assert list_ids(visible_to(actor)) == (in_room if hears else for_all), name
