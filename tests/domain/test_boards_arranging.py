"""Boards planned and arranged: made, opened, closed in time, put in order; nothing of a card is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.database import Database
from app.core.policy import STRANGER, NotAllowed, NotFound, Refused
from app.domain.attendance.models import LiveRoom
from app.domain.boards.arranging import (
    add_cluster,
    choose_card,
    dissolve_cluster,
    hold_back,
    let_in,
    move_card,
    move_cluster,
    paste_cards,
    put_card,
    rename_cluster,
    undo_dissolving,
)
from app.domain.boards.models import Board, BoardCard, Dot
from app.domain.boards.overview import list_boards
from app.domain.boards.planning import (
    close_boards,
    close_due_boards,
    edit_board,
    follow_meeting,
    make_boards,
    open_boards,
    remove_board,
)
from app.domain.boards.planning_schemas import (
    AudienceInput,
    BoardInput,
    BoardsInput,
    ClusterInput,
    PlaceInput,
)
from app.domain.boards.publishing import set_audience
from app.domain.boards.queries import find_board, find_own
from app.domain.boards.record import arrange, list_all_cards, list_best, list_clusters, list_hung, list_places
from app.domain.boards.service import close_board, open_board, take_board
from app.domain.boards.writing import withdraw_card, write_card
from app.domain.contributions.blacking_out import black_out, show_words
from app.domain.contributions.in_room import find_author
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_own
from app.domain.contributions.queries import find_contribution
from app.domain.groups.service import remove_group
from app.domain.meetings.models import PanelTask
from tests.in_room import open_room, seat
from tests.on_boards import add_board, add_group_board, card
from tests.people import People, add_people, with_role
from tests.said import add_group_row, add_item_row, add_meeting_row
from tests.waiting import wait_until


def _names(session: Session, board: Board) -> list[tuple[str, list[str]]]:
    """The clusters of a board in order, with the texts that hang there; loose ones under "-"."""
    staff_sees = select(Contribution.body).where(Contribution.id == BoardCard.contribution_id)
    found = []
    for cluster in [None, *list_clusters(session, board.id)]:
        rows = session.execute(
            select(staff_sees.scalar_subquery())
            .where(
                BoardCard.board_id == board.id,
                BoardCard.cluster_id == cluster.id if cluster else BoardCard.cluster_id.is_(None),
            )
            .order_by(BoardCard.position, BoardCard.contribution_id)
        )
        found.append((cluster.name if cluster else "-", [row[0] for row in rows]))
    return found


def test_boards_are_made_for_the_groups_that_have_none_and_take_their_tasks(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    open_room(session, meeting)
    groups = [add_group_row(session, meeting, item, task=f"Opgave {n}") for n in (1, 2)]
    session.add(PanelTask(item_id=item.id, position=1, title="Nævn tre dilemmaer"))
    given = BoardsInput(item_id=item.id, for_groups=True, for_all=True, form="parts", dots=3)
    made = make_boards(session, people.staff, meeting.id, given)
    assert [board.group_id for board in made] == [groups[0].id, groups[1].id, None]
    later = add_group_row(session, meeting, item, task="Opgave 3")
    assert [b.group_id for b in make_boards(session, people.staff, meeting.id, given)] == [later.id]
    with pytest.raises(Refused, match="board_nothing_to_make"):
        make_boards(session, people.staff, meeting.id, given)
    with pytest.raises(NotAllowed):
        make_boards(session, people.vendor, meeting.id, given)
    open_boards(session, people.staff, meeting.id)
    tasks = [
        (board.group_number, board.task, board.state)
        for board in list_boards(session, people.staff, meeting.id)
    ]
    assert tasks == [
        (0, "Nævn tre dilemmaer", "open"),
        *((g.number, g.task, "open") for g in (*groups, later)),
    ]
    logged = session.scalars(
        select(AuditEntry.verb)
        .where(AuditEntry.thing_id == meeting.id, AuditEntry.verb.like("%boards"))
        .order_by(AuditEntry.id)
    ).all()
    assert logged == ["add_boards", "add_boards", "open_boards"]


def test_each_board_is_listed_once_however_many_meetings_there_are(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    add_meeting_row(session, "9")
    facilitator = with_role(session, people.consultancy, meeting.id, "facilitator")
    for actor in (people.staff, facilitator):
        places = list_places(session, actor, meeting.id)
        assert [place.id for place in places] == [board.id]


def test_a_facilitator_opens_and_closes_and_others_do_not(session: Session, people: People) -> None:
    meeting, board = add_board(session, state="planned")
    other = add_meeting_row(session, "9")
    facilitator = with_role(session, people.consultancy, meeting.id, "facilitator")
    elsewhere = with_role(session, people.rival, other.id, "facilitator")
    for actor in (people.vendor, elsewhere, people.auditor, seat(session, meeting)):
        with pytest.raises(NotAllowed):
            open_board(session, actor, board.id)
    assert open_board(session, facilitator, board.id).state == "open"
    version = board.version
    assert open_board(session, facilitator, board.id).version == version
    assert close_board(session, facilitator, board.id).state == "closed"
    meeting.published_at = None
    session.flush()
    with pytest.raises(NotFound):
        open_board(session, people.vendor, board.id)


def test_boards_close_by_themselves_after_the_days_of_the_room(session: Session, people: People) -> None:
    meeting, board = add_board(session, state="planned")
    session.get_one(LiveRoom, meeting.id).stays_open_days = 3
    open_board(session, people.staff, board.id)
    assert board.closes_at is not None
    with moved_to(board.closes_at - timedelta(seconds=1)):
        assert close_due_boards(session) == []
    with moved_to(board.closes_at + timedelta(seconds=1)):
        assert today() == meeting.held_on + timedelta(days=4)
        assert close_due_boards(session) == [board.id]
        assert close_due_boards(session) == []
    # Opened again later it is open to the end of that day.
    with moved_to(now() + timedelta(days=30)):
        again = open_board(session, people.staff, board.id).closes_at
        assert again is not None
        assert timedelta(0) < again - now() <= timedelta(days=1)


def test_boards_follow_their_meeting(session: Session, people: People) -> None:
    meeting, board = add_board(session, state="planned")
    open_board(session, people.staff, board.id)
    first = board.closes_at
    assert first is not None
    meeting.held_on += timedelta(days=2)
    follow_meeting(session, meeting.id)
    assert board.closes_at == first + timedelta(days=2)
    meeting.status = "cancelled"
    follow_meeting(session, meeting.id)
    assert board.state == "closed"
    with pytest.raises(Refused, match="board_meeting_off"):
        open_board(session, people.staff, board.id)
    meeting.status = "approved"
    with pytest.raises(Refused, match="board_meeting_done"):
        open_boards(session, people.staff, meeting.id)
    meeting.status = "closed"
    assert open_boards(session, people.staff, meeting.id) == [board.id]
    assert close_boards(session, people.staff, meeting.id) == [board.id]


def test_a_board_with_cards_stays_and_an_empty_one_goes_with_its_group(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    empty = add_group_board(session, meeting)
    write_card(session, seat(session, meeting), board.id, card())
    with pytest.raises(Refused, match="board_in_use"):
        remove_board(session, people.staff, board.id)
    with pytest.raises(Refused, match="group_in_use"):
        remove_group(session, people.staff, board.group_id or 0)
    add_cluster(session, people.staff, empty.id, ClusterInput(name="Data"))
    remove_group(session, people.staff, empty.group_id or 0)
    assert session.scalars(select(Board.id).order_by(Board.id)).all() == [board.id]
    with pytest.raises(Refused, match="stale"):
        edit_board(session, people.staff, board.id, board.version + 1, BoardInput(dots=5))
    assert edit_board(session, people.staff, board.id, board.version, BoardInput(dots=5)).dots == 5


def test_cards_hang_in_clusters_in_the_order_in_which_they_were_put(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    staff = people.staff
    a, b, c = (write_card(session, guest, board.id, card(text)).id for text in "abc")
    data = add_cluster(session, staff, board.id, ClusterInput(name="Data"))
    people_cluster = add_cluster(session, staff, board.id, ClusterInput(name="Folk"))
    for one in (a, b):
        put_card(session, staff, one, PlaceInput(cluster_id=data.id))
    put_card(session, staff, c, PlaceInput(cluster_id=data.id, before_id=b))
    assert _names(session, board) == [("-", []), ("Data", ["a", "c", "b"]), ("Folk", [])]
    put_card(session, staff, a, PlaceInput(cluster_id=people_cluster.id))
    put_card(session, staff, b, PlaceInput())
    rename_cluster(session, staff, data.id, ClusterInput(name="Adgang"))
    move_cluster(session, staff, people_cluster.id, -1)
    assert _names(session, board) == [("-", ["b"]), ("Folk", ["a"]), ("Adgang", ["c"])]
    dissolve_cluster(session, staff, data.id)
    assert _names(session, board) == [("-", ["b", "c"]), ("Folk", ["a"])]
    put_card(session, staff, b, PlaceInput(cluster_id=people_cluster.id))
    assert undo_dissolving(session, staff, board.id) is not None
    assert _names(session, board) == [("-", []), ("Folk", ["a", "b"]), ("Adgang", ["c"])]
    assert undo_dissolving(session, staff, board.id) is None
    elsewhere = add_group_board(session, meeting)
    foreign = add_cluster(session, staff, elsewhere.id, ClusterInput(name="Fremmed"))
    with pytest.raises(Refused, match="board_unknown_cluster"):
        put_card(session, staff, a, PlaceInput(cluster_id=foreign.id))
    with pytest.raises(NotAllowed):
        put_card(session, guest, a, PlaceInput())
    shown = [
        (x.cluster.name if x.cluster else "-", [y.body for y in x.cards])
        for x in arrange(list_clusters(session, board.id), list_hung(session, staff, board.id))
    ]
    assert shown == _names(session, board)


def test_a_card_waits_until_it_is_let_in_and_can_be_held_back_again(session: Session, people: People) -> None:
    meeting, board = add_board(session, asks_approval=True)
    guest, other = seat(session, meeting), seat(session, meeting, shown_as="anonymous")
    taken = write_card(session, guest, board.id, card())
    gone = write_card(session, guest, board.id, card("Fortrudt"))
    withdraw_card(session, guest, gone.id)
    facilitator = with_role(session, people.consultancy, meeting.id, "facilitator")
    assert find_contribution(session, other, taken.reference) is None
    assert find_contribution(session, guest, taken.reference) is not None
    with pytest.raises(Refused, match="board_not_shown"):
        choose_card(session, facilitator, taken.id)
    assert let_in(session, facilitator, board.id, [taken.id, gone.id]) == [taken.id]
    assert find_contribution(session, other, taken.reference) is not None
    choose_card(session, facilitator, taken.id)
    assert [best.is_chosen for best in list_best(session, other, meeting.id)] == [True]
    hold_back(session, facilitator, taken.id)
    assert find_contribution(session, other, taken.reference) is None
    assert find_contribution(session, guest, taken.reference) is not None
    assert list_best(session, people.staff, meeting.id) == []
    with pytest.raises(NotAllowed):
        let_in(session, guest, board.id, [taken.id])


def test_a_moved_card_keeps_its_number_its_author_and_its_dots(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    other = add_group_board(session, meeting, task="En anden opgave")
    guest = seat(session, meeting, shown_as="anonymous")
    taken = write_card(session, guest, board.id, card())
    session.add(Dot(contribution_id=taken.id, attendee_id=guest.seat_at(meeting.id) or 0, put_at=now()))
    cluster = add_cluster(session, people.staff, board.id, ClusterInput(name="Data"))
    put_card(session, people.staff, taken.id, PlaceInput(cluster_id=cluster.id))
    move_card(session, people.staff, taken.id, other.id)
    said = session.get_one(Contribution, taken.id)
    assert (said.reference, said.group_id, said.item_id, said.task) == (
        taken.reference,
        other.group_id,
        other.item_id,
        "En anden opgave",
    )
    assert is_own(guest, said)
    assert [(c.reference, c.cluster_id, c.dots) for c in list_hung(session, people.staff, other.id)] == [
        (taken.reference, None, 1)
    ]
    assert list_hung(session, people.staff, board.id) == []
    # Its author is told on the board that it was written on where it hangs now.
    view, author = find_board(session, guest, "10", board.id), find_author(session, guest, meeting.id)
    assert view is not None and author is not None
    own = find_own(session, view, author)
    assert (own.cards, [(one.reference, one.board_id) for one in own.moved]) == (
        (),
        [(taken.reference, other.id)],
    )
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.verb == "move", AuditEntry.thing_id == taken.id)
    ).one()
    assert (entry.before, entry.after) == (
        {"board": board.id, "item_id": board.item_id, "group_id": board.group_id, "cluster": cluster.id},
        {"board": other.id, "item_id": other.item_id, "group_id": other.group_id},
    )
    foreign_meeting = add_meeting_row(session, "9")
    open_room(session, foreign_meeting)
    foreign = add_group_board(session, foreign_meeting)
    with pytest.raises(Refused, match="board_unknown"):
        move_card(session, people.staff, taken.id, foreign.id)


def test_a_pasted_flipchart_names_nobody_and_comes_also_after_closing(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    rapporteur = with_role(session, people.consultancy, meeting.id, "rapporteur")
    close_board(session, rapporteur, board.id)
    cards = paste_cards(session, rapporteur, board.id, ["Første linje", "Anden linje"])
    assert [(c.body, c.status, c.said_by_text, c.on_behalf_of_id, c.entered_by_id) for c in cards] == [
        (text, "received", "", None, rapporteur.user_id) for text in ("Første linje", "Anden linje")
    ]
    # It is nobody's own, and the room reads it at once.
    assert not is_own(rapporteur, cards[0])
    assert find_contribution(session, seat(session, meeting), cards[0].reference) is not None
    assert find_contribution(session, STRANGER, cards[0].reference) is None
    meeting.status = "minutes_in_review"
    with pytest.raises(Refused, match="board_meeting_done"):
        paste_cards(session, rapporteur, board.id, ["For sent"])


def test_the_best_of_a_group_is_what_it_chose_and_else_what_got_most_dots(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    other = add_group_board(session, meeting)
    silent = add_group_board(session, meeting)
    guests = [seat(session, meeting, shown_as="anonymous") for _ in range(3)]
    chosen, plain = (write_card(session, guests[0], board.id, card(text)).id for text in ("valgt", "andet"))
    dotted = [write_card(session, guests[0], other.id, card(f"kort {n}")).id for n in range(5)]
    write_card(session, guests[0], silent.id, card("uden prikker"))
    for number, one in enumerate(dotted[1:]):
        for guest in guests[: number % 3 + 1]:
            session.add(Dot(contribution_id=one, attendee_id=guest.seat_at(meeting.id) or 0, put_at=now()))
    session.add(Dot(contribution_id=plain, attendee_id=guests[0].seat_at(meeting.id) or 0, put_at=now()))
    choose_card(session, people.staff, chosen)
    best = list_best(session, guests[1], meeting.id)
    assert [(one.is_chosen, [card.body for card in one.cards]) for one in best] == [
        (True, ["valgt"]),
        (False, ["kort 3", "kort 2", "kort 1"]),
    ]
    assert list_best(session, STRANGER, meeting.id) == []


def test_the_boards_are_opened_to_all_and_names_can_be_left_out(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    named = seat(session, meeting, shown_as="name", name="Gitte Gæst", organisation_name="Soft A/S")
    secret = seat(session, meeting, shown_as="anonymous")
    first, second = (write_card(session, one, board.id, card()) for one in (named, secret))
    assert find_contribution(session, STRANGER, first.reference) is None
    with pytest.raises(NotAllowed):
        set_audience(session, people.vendor, meeting.id, AudienceInput(visibility="public"))
    given = AudienceInput(visibility="public", without_names=True)
    assert set_audience(session, people.staff, meeting.id, given) == 2
    seen = [find_contribution(session, STRANGER, one.reference) for one in (first, second)]
    assert [(one.said_by, one.on_behalf_of, one.shown_as) for one in seen if one] == [
        ("", "Soft A/S", "organisation"),
        ("", "", "anonymous"),
    ]
    assert is_own(named, session.get_one(Contribution, first.id))
    later = write_card(session, secret, board.id, card())
    assert find_contribution(session, STRANGER, later.reference) is not None
    set_audience(session, people.staff, meeting.id, AudienceInput(visibility="participants"))
    assert find_contribution(session, STRANGER, first.reference) is None
    assert [c.visibility for c in list_all_cards(session, people.staff, meeting.id)] == ["participants"] * 3


def test_a_room_that_came_to_be_without_names_is_opened_to_all_without_them(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    named = seat(session, meeting, shown_as="name", name="Gitte Gæst", organisation_name="Soft A/S")
    said = write_card(session, named, board.id, card())
    session.get_one(LiveRoom, meeting.id).names = "chatham"
    set_audience(session, people.staff, meeting.id, AudienceInput(visibility="participants"))
    assert session.get_one(Contribution, said.id).said_by_text == "Gitte Gæst"
    set_audience(session, people.staff, meeting.id, AudienceInput(visibility="public"))
    seen = find_contribution(session, STRANGER, said.reference)
    assert seen is not None and (seen.said_by, seen.on_behalf_of) == ("", "Soft A/S")


def test_boards_are_opened_to_all_while_their_cards_are_let_in(clone, empty_template: str) -> None:  # type: ignore[no-untyped-def]
    database: Database = clone(empty_template)
    with database.unit() as session:
        staff = add_people(session).staff
        meeting, board = add_board(session, asks_approval=True)
        said = write_card(session, seat(session, meeting), board.id, card())
        meeting_id, board_id = meeting.id, board.id

    def open_to_all() -> int:
        with database.unit() as session:
            return set_audience(session, staff, meeting_id, AudienceInput(visibility="public"))

    def is_waiting() -> bool:
        with database.session() as session:
            waiting = text("select count(*) from pg_locks where not granted")
            return bool(session.scalar(waiting))

    with ThreadPoolExecutor(max_workers=1) as other:
        with database.unit() as session:
            take_board(session, staff, board_id)
            opening = other.submit(open_to_all)
            wait_until(is_waiting)
            assert let_in(session, staff, board_id, [said.id]) == [said.id]
        assert opening.result() == 1


def test_words_that_are_blacked_out_stand_in_no_part_of_the_card(session: Session, people: People) -> None:
    meeting, board = add_board(session, form="parts")
    guest = seat(session, meeting, shown_as="anonymous")
    given = card(
        problem="Bent Berg siger nej\nØnske: eller ja", wish="Spørg Bent Berg", evidence="Egen erfaring"
    )
    taken = write_card(session, guest, board.id, given)
    said = session.get_one(Contribution, taken.id)
    places = black_out(session, people.staff, taken.id, said.version, "Bent Berg")
    parts = session.get_one(BoardCard, taken.id).parts
    assert (places, "Bent" in f"{parts} {said.body} {said.title}") == (3, False)
    assert parts is not None and parts.keys() == {"problem", "wish", "evidence"}
    assert parts["evidence"] == "Egen erfaring"
    show_words(session, people.staff, taken.id, said.version)
    back = session.get_one(BoardCard, taken.id).parts
    assert back is not None and "Bent Berg siger nej" in back["problem"]
