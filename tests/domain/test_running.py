"""A meeting that runs: from item to item, its boards along with it, the timer, and what the wall may show."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import STRANGER, NotAllowed, NotFound, Refused
from app.domain.boards.models import Board, BoardCard, Cluster
from app.domain.boards.record import list_best
from app.domain.contributions.models import Contribution
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.running import service
from app.domain.running.policy import fit_for_screen, is_fit_for_screen, may_watch_screen
from app.domain.running.queries import find_screen_board, get_right_now, get_running, list_newest_cards
from tests.people import People, with_role
from tests.said import add_group_row, add_item_row, add_meeting_row

DAY = datetime(2090, 3, 18, 9, tzinfo=UTC)
_number = count(1)


@pytest.fixture
def meeting(session: Session) -> Any:
    row = add_meeting_row(session, "90")
    row.status, row.held_on = "open", DAY.date()
    with moved_to(DAY):
        yield row


def add_board_row(session: Session, item: Any, group: Any = None, **values: Any) -> Board:
    board = Board(
        meeting_id=item.meeting_id,
        item_id=item.id,
        group_id=group.id if group else None,
        created_at=now(),
        **values,
    )
    session.add(board)
    session.flush()
    return board


def add_card_row(session: Session, board: Board, title: str = "Fælles data", **values: Any) -> Contribution:
    hung = {name: values.pop(name) for name in ("cluster_id", "chosen_at") if name in values}
    given = {
        "status": "received",
        "visibility": "participants",
        "published_at": now(),
        "received_at": now(),
    } | values
    card = Contribution(
        kind="card",
        reference=f"IN-9{next(_number):03}",
        title=title,
        body=title,
        meeting_id=board.meeting_id,
        item_id=board.item_id,
        group_id=board.group_id,
        **given,
    )
    session.add(card)
    session.flush()
    session.add(BoardCard(contribution_id=card.id, board_id=board.id, **hung))
    session.flush()
    return card


def test_the_first_item_sets_the_meeting_going_and_opens_its_boards_and_undoing_takes_both_back(
    session: Session, people: People, meeting: Meeting
) -> None:
    first, second = add_item_row(session, meeting), add_item_row(session, meeting)
    own, other = add_board_row(session, first), add_board_row(session, second)
    assert get_running(session, meeting.id).next_id == first.id
    service.start_next(session, people.staff, meeting.id, 1, opens_boards=True)
    running = get_running(session, meeting.id)
    assert (running.item_id, running.item_started_at, running.shows, running.next_id, running.version) == (
        first.id,
        DAY,
        "item",
        second.id,
        2,
    )
    assert (meeting.status, own.state, other.state) == ("live", "open", "planned")
    service.undo_turn(session, people.staff, meeting.id, 2)
    running = get_running(session, meeting.id)
    assert (running.item_id, running.item_started_at, running.shows, running.can_undo) == (
        None,
        None,
        "code",
        False,
    )
    assert (meeting.status, own.state, other.state) == ("open", "closed", "planned")
    with pytest.raises(Refused, match="running_nothing_to_undo"):
        service.undo_turn(session, people.staff, meeting.id, 3)


def test_the_first_item_is_undone_also_after_the_meeting_was_closed_by_mistake(
    session: Session, people: People, meeting: Meeting
) -> None:
    item = add_item_row(session, meeting)
    service.start_item(session, people.staff, meeting.id, item.id, 1)
    states.close_meeting(session, people.staff, meeting.id)
    states.undo_close(session, people.staff, meeting.id)
    service.undo_turn(session, people.staff, meeting.id, 2)
    assert (meeting.status, get_running(session, meeting.id).item_id) == ("open", None)


def test_an_item_that_ends_closes_its_boards_only_where_asked_and_the_next_one_follows_it(
    session: Session, people: People, meeting: Meeting
) -> None:
    first, second = add_item_row(session, meeting), add_item_row(session, meeting)
    board = add_board_row(session, first)
    service.start_item(session, people.staff, meeting.id, first.id, 1, opens_boards=True)
    service.set_timer(session, people.staff, meeting.id, 10)
    service.end_item(session, people.staff, meeting.id, 2)
    assert (board.state, get_running(session, meeting.id).timer_ends_at) == ("open", None)
    service.undo_turn(session, people.staff, meeting.id, 3)
    running = get_running(session, meeting.id)
    assert (running.item_started_at, running.timer_ends_at) == (DAY, DAY + timedelta(minutes=10))
    service.end_item(session, people.staff, meeting.id, 4, closes_boards=True)
    assert (board.state, get_running(session, meeting.id).next_id) == ("closed", second.id)
    service.undo_turn(session, people.staff, meeting.id, 5)
    assert board.state == "open"
    service.start_next(session, people.staff, meeting.id, 6)
    assert get_running(session, meeting.id).next_id is None
    with pytest.raises(Refused, match="running_nothing_next"):
        service.start_next(session, people.staff, meeting.id, 7)


def test_two_who_press_next_at_once_go_one_item_on(
    session: Session, people: People, meeting: Meeting
) -> None:
    first = add_item_row(session, meeting)
    add_item_row(session, meeting)
    service.start_next(session, people.staff, meeting.id, 1)
    with pytest.raises(Refused, match="running_stale"):
        service.start_next(session, people.admin, meeting.id, 1)
    assert get_running(session, meeting.id).item_id == first.id


def test_a_meeting_runs_on_its_day_alone_and_not_when_it_is_called_off(
    session: Session, people: People, meeting: Meeting
) -> None:
    add_item_row(session, meeting)
    with moved_to(DAY - timedelta(days=2)), pytest.raises(Refused, match="not_the_day"):
        service.start_next(session, people.staff, meeting.id, 1)
    meeting.status = "cancelled"
    with pytest.raises(Refused, match="running_not_live"):
        service.start_next(session, people.staff, meeting.id, 1)


def test_staff_and_the_facilitators_of_the_meeting_run_it_and_nobody_else(
    session: Session, people: People, meeting: Meeting
) -> None:
    add_item_row(session, meeting)
    elsewhere = with_role(session, people.rival, add_meeting_row(session, "91").id, "facilitator")
    rapporteur = with_role(session, people.vendor, meeting.id, "rapporteur")
    for actor in (STRANGER, people.municipality, people.auditor, elsewhere, rapporteur):
        with pytest.raises(NotAllowed):
            service.start_next(session, actor, meeting.id, 1)
        with pytest.raises(NotAllowed):
            service.show_on_screen(session, actor, meeting.id, "timer")
    facilitator = with_role(session, people.consultancy, meeting.id, "facilitator")
    service.start_next(session, facilitator, meeting.id, 1)
    service.undo_turn(session, facilitator, meeting.id, 2)
    entries = session.scalars(
        select(AuditEntry.verb).where(AuditEntry.user_id == facilitator.user_id).order_by(AuditEntry.id)
    ).all()
    assert entries == ["start", "start_item", "undo_start", "undo_turn"]


def test_the_timer_is_set_extended_and_stopped(session: Session, people: People, meeting: Meeting) -> None:
    def timer() -> Any:
        running = get_running(session, meeting.id)
        return running.timer_seconds, running.timer_ends_at

    service.set_timer(session, people.staff, meeting.id, 15)
    assert timer() == (900, DAY + timedelta(minutes=15))
    service.extend_timer(session, people.staff, meeting.id, 5)
    assert timer() == (1200, DAY + timedelta(minutes=20))
    with moved_to(DAY + timedelta(hours=1)):
        service.extend_timer(session, people.staff, meeting.id, 2)
    assert timer() == (1320, DAY + timedelta(minutes=62))
    service.extend_timer(session, people.staff, meeting.id, 10_000)
    assert timer() == (14_400, DAY + timedelta(hours=4))
    service.show_on_screen(session, people.staff, meeting.id, "timer")
    service.stop_timer(session, people.staff, meeting.id)
    assert (timer(), get_running(session, meeting.id).shows) == ((None, None), "code")
    with pytest.raises(Refused, match="running_no_timer"):
        service.stop_timer(session, people.staff, meeting.id)


def test_a_timer_that_ran_out_is_told_of_for_ten_minutes(
    session: Session, people: People, meeting: Meeting
) -> None:
    service.set_timer(session, people.staff, meeting.id, 5)
    told = []
    for minutes in (4, 14, 16):
        with moved_to(DAY + timedelta(minutes=minutes)):
            told.append(get_right_now(session, meeting.id).timer_ends_at is not None)
    assert told == [True, True, False]


def test_the_screen_shows_boards_and_items_of_its_own_meeting_only(
    session: Session, people: People, meeting: Meeting
) -> None:
    board = add_board_row(session, add_item_row(session, meeting))
    foreign = add_board_row(session, add_item_row(session, add_meeting_row(session, "91")))
    service.show_on_screen(session, people.staff, meeting.id, "board", board.id)
    for shows, which in (("board", foreign.id), ("best", foreign.item_id), ("question", None), ("poll", 1)):
        with pytest.raises(NotFound):
            service.show_on_screen(session, people.staff, meeting.id, shows, which)
    running = get_running(session, meeting.id)
    assert (running.shows, running.shows_id) == ("board", board.id)
    assert find_screen_board(session, meeting.id, foreign.id) is None


@pytest.mark.parametrize(
    ("values", "is_fit"),
    [
        ({}, True),
        ({"visibility": "public"}, True),
        ({"published_at": None}, False),
        ({"published_at": None, "waiting_reason": "links"}, False),
        ({"hidden_at": DAY}, False),
        ({"status": "withdrawn"}, False),
        ({"visibility": "municipalities"}, False),
        ({"visibility": "staff"}, False),
        ({"visibility": "own"}, False),
    ],
)
def test_the_wall_never_shows_what_is_not_let_through_and_open_to_the_room(
    session: Session, people: People, meeting: Meeting, values: dict[str, Any], is_fit: bool
) -> None:
    item = add_item_row(session, meeting)
    board = add_board_row(session, item, add_group_row(session, meeting, item))
    card = add_card_row(session, board, chosen_at=DAY, **values)
    shown = find_screen_board(session, meeting.id, board.id)
    assert shown is not None
    best = list_best(session, people.staff, meeting.id, item.id)
    in_sql = session.scalar(select(Contribution.id).where(fit_for_screen()))
    assert [bool(found) for found in (shown.cards, best, in_sql)] == [is_fit] * 3
    assert is_fit_for_screen(card) == is_fit


def test_a_card_on_the_wall_stands_as_its_author_lets_it_and_arranged(
    session: Session, people: People, meeting: Meeting
) -> None:
    item = add_item_row(session, meeting)
    board = add_board_row(session, item, task="Nævn det vigtigste")
    late = Cluster(board_id=board.id, name="Sidst", position=2)
    early = Cluster(board_id=board.id, name="Først", position=1)
    session.add_all([late, early])
    session.flush()
    add_card_row(session, board, "Løs", shown_as="kind", on_behalf_of_text="En kommune")
    add_card_row(session, board, "I den sidste", cluster_id=late.id, said_by_text="Oda")
    add_card_row(
        session, board, "I den første", cluster_id=early.id, on_behalf_of_id=people.vendor.organisation_id
    )
    shown = find_screen_board(session, meeting.id, board.id)
    assert shown is not None and shown.task == "Nævn det vigtigste"
    assert [(card.body, card.cluster, card.said_by, card.on_behalf_of) for card in shown.cards] == [
        ("I den første", "Først", "", "Soft A/S"),
        ("I den sidste", "Sidst", "Oda", ""),
        ("Løs", None, "", "En kommune"),
    ]


def test_the_console_reads_the_newest_cards_first_also_those_that_wait(
    session: Session, people: People, meeting: Meeting
) -> None:
    item = add_item_row(session, meeting)
    board = add_board_row(session, item, asks_approval=True)
    add_card_row(session, board, "Den gamle", received_at=DAY - timedelta(hours=1))
    add_card_row(session, board, "Den nye", published_at=None, attendee_id=None)
    add_card_row(session, board, "Trukket", status="withdrawn")
    facilitator = with_role(session, people.vendor, meeting.id, "facilitator")
    newest = list_newest_cards(session, facilitator, meeting.id, item.id)
    assert [(card.title, card.is_waiting) for card in newest] == [("Den nye", True), ("Den gamle", False)]


def test_who_hears_the_room_may_watch_its_screen(session: Session, people: People, meeting: Meeting) -> None:
    speaker = with_role(session, people.rival, meeting.id, "speaker")
    watching = {name for name, actor in people.all().items() if may_watch_screen(actor, meeting.id)}
    assert (watching, may_watch_screen(speaker, meeting.id)) == ({"staff", "admin"}, True)
