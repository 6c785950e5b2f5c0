"""Writing on a board: who is named, what is taken once, and under which number."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.attendance.models import LiveRoom
from app.domain.boards.models import BoardCard
from app.domain.boards.schemas import FreeEdit
from app.domain.boards.service import close_board
from app.domain.boards.writing import (
    MOST_A_MINUTE,
    TooFast,
    edit_card,
    reserve_references,
    restore_card,
    withdraw_card,
    write_card,
)
from app.domain.contributions.models import Contribution, Wording
from app.domain.contributions.policy import visible_to
from tests.in_room import seat
from tests.on_boards import add_board, card
from tests.people import People


def test_a_card_is_a_contribution_with_meeting_item_group_and_task(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting, shown_as="name", name="Gitte Gæst", organisation_name="Soft A/S")
    taken = write_card(session, guest, board.id, card(problem="Vi venter", wish="Åbne data"))
    said = session.get_one(Contribution, taken.id)
    assert (said.kind, said.status, said.visibility) == ("card", "received", "participants")
    assert (said.meeting_id, said.item_id, said.group_id) == (meeting.id, board.item_id, board.group_id)
    assert (said.title, said.task) == ("Åbne data", "Hvad skal vi måle?")
    assert said.body == "Problem: Vi venter\nØnske: Åbne data"
    assert (said.said_by_text, said.on_behalf_of_text) == ("Gitte Gæst", "Soft A/S")
    assert session.get_one(BoardCard, taken.id).parts == {"problem": "Vi venter", "wish": "Åbne data"}
    assert (said.reference, taken.is_new, taken.waits) == (taken.reference, True, False)


def test_a_card_has_the_number_that_was_set_aside_for_it(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    first, second = reserve_references(session, 2)
    taken = write_card(
        session, guest, board.id, card(client_id=first.client_id, reference=first.reference, seal=first.seal)
    )
    assert taken.reference == first.reference
    # A seal holds for its own card: with another's id, or another number, it opens nothing.
    other = write_card(session, guest, board.id, card(reference=second.reference, seal=second.seal))
    assert other.reference not in (first.reference, second.reference)
    following = taken.next
    given = card(client_id=following.client_id, reference=following.reference, seal=following.seal)
    assert write_card(session, guest, board.id, given).reference == following.reference


def test_numbers_do_not_tell_which_cards_are_by_the_same_author(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    pages = [[int(one.reference[3:]) for one in reserve_references(session, 3)] for _ in range(30)]
    assert len({number for page in pages for number in page}) == 90
    assert [page for page in pages if page == list(range(page[0], page[0] + 3))] == []
    # Nor does the number of the next card tell when the last one was written.
    following = [int(write_card(session, guest, board.id, card()).next.reference[3:]) for _ in range(20)]
    assert following != sorted(following)
    assert not {number for page in pages for number in page} & set(following)


def test_a_number_that_another_card_has_got_meanwhile_costs_no_words(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    (mine,) = reserve_references(session)
    other = session.get_one(Contribution, write_card(session, guest, board.id, card()).id)
    other.reference = mine.reference
    session.flush()
    given = card(client_id=mine.client_id, reference=mine.reference, seal=mine.seal)
    taken = write_card(session, guest, board.id, given)
    assert (taken.is_new, taken.reference == mine.reference) == (True, False)
    assert write_card(session, guest, board.id, given).id == taken.id


def test_the_same_card_twice_is_taken_once_and_not_from_another(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    given = card()
    first, again = (write_card(session, guest, board.id, given) for _ in range(2))
    assert (again.id, again.reference, again.is_new) == (first.id, first.reference, False)
    with pytest.raises(Refused, match="board_taken_by_another"):
        write_card(session, seat(session, meeting, shown_as="name", name="En anden"), board.id, given)
    written = select(AuditEntry.verb).where(AuditEntry.thing == "board", AuditEntry.thing_id == board.id)
    assert session.scalars(written).all() == ["write_card"]


@pytest.mark.parametrize(
    ("names", "asked", "shown"),
    [
        ("free", "name", ("name", "Vera Vendor", "vendor", "")),
        ("free", "organisation", ("organisation", "", "vendor", "")),
        ("free", "kind", ("kind", "", None, "En leverandør")),
        ("free", "anonymous", ("anonymous", "", None, "")),
        ("organisation", "name", ("organisation", "", "vendor", "")),
        ("chatham", "name", ("anonymous", "", None, "")),
    ],
)
def test_a_card_tells_no_more_of_its_author_than_was_chosen_and_the_room_allows(
    session: Session, people: People, names: str, asked: str, shown: tuple[str, str, str | None, str]
) -> None:
    meeting, board = add_board(session)
    vendor = seat(session, meeting, people.vendor)
    # The rule became stricter after the vendor joined.
    session.get_one(LiveRoom, meeting.id).names = names
    session.flush()
    said = session.get_one(Contribution, write_card(session, vendor, board.id, card(shown_as=asked)).id)
    behalf = people.vendor.organisation_id if shown[2] else None
    assert (said.shown_as, said.said_by_text, said.on_behalf_of_id, said.on_behalf_of_text) == (
        shown[0],
        shown[1],
        behalf,
        shown[3],
    )
    user_id = people.vendor.user_id if shown[0] == "name" else None
    assert (said.said_by_user_id, said.entered_by_id) == (user_id, user_id)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "write_card")).one()
    assert (entry.user_id, entry.on_behalf_of_id) == (user_id, behalf if user_id else None)
    if not user_id:
        assert (entry.user_name, entry.client, entry.request_id) == ("", "", None)


def test_whoever_has_not_confirmed_the_organisation_writes_in_its_name_as_text_only(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    newcomer = seat(session, meeting, people.newcomer)
    said = session.get_one(Contribution, write_card(session, newcomer, board.id, card()).id)
    assert (said.on_behalf_of_id, said.on_behalf_of_text) == (None, "Soft A/S")


def test_only_who_has_joined_writes(session: Session, people: People) -> None:
    _, board = add_board(session)
    staff = people.staff
    with pytest.raises(NotAllowed, match="board_join_first"):
        write_card(session, staff, board.id, card())
    with pytest.raises(NotFound):
        write_card(session, people.stranger, board.id, card())
    elsewhere, _ = add_board(session, "11")
    with pytest.raises(NotFound):
        write_card(session, seat(session, elsewhere), board.id, card())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"state": "planned"}, "board_not_open_yet"),
        ({"state": "closed", "closed_at": timedelta(minutes=-3)}, "board_closed"),
        ({"closes_at": timedelta(minutes=-3)}, "board_closed"),
        ({"state": "closed", "closed_at": timedelta(minutes=-1)}, None),
        ({"closes_at": timedelta(minutes=1)}, None),
    ],
)
def test_a_board_takes_cards_while_it_is_open_and_what_was_on_its_way_as_it_closed(
    session: Session, values: dict[str, object], code: str | None
) -> None:
    # Counted from now, and not from when the tests were gathered.
    moment = now()
    columns = {
        name: moment + value if isinstance(value, timedelta) else value for name, value in values.items()
    }
    meeting, board = add_board(session, **columns)
    guest = seat(session, meeting)
    if code is None:
        assert write_card(session, guest, board.id, card()).is_new
        return
    with pytest.raises(Refused, match=code):
        write_card(session, guest, board.id, card())


def test_more_cards_in_a_minute_than_a_person_writes_wait(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    moment = now()
    with moved_to(moment):
        given = [card(f"Nummer {number}") for number in range(MOST_A_MINUTE)]
        for one in given:
            write_card(session, guest, board.id, one)
        with pytest.raises(TooFast):
            write_card(session, guest, board.id, card("Et til"))
        assert not write_card(session, guest, board.id, given[0]).is_new
    with moved_to(moment + timedelta(seconds=61)):
        assert write_card(session, guest, board.id, card("Et til")).is_new


def test_a_card_that_waits_is_seen_by_its_author_and_who_lets_it_through_alone(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session, asks_approval=True)
    guest, other = seat(session, meeting), seat(session, meeting, people.vendor)
    taken = write_card(session, guest, board.id, card())
    assert taken.waits
    seen = {
        name: session.scalars(
            select(Contribution.id).where(visible_to(actor)).order_by(Contribution.id)
        ).all()
        for name, actor in {"guest": guest, "other": other, "staff": people.staff}.items()
    }
    assert seen == {"guest": [taken.id], "other": [], "staff": [taken.id]}
    # Let through, and changed: the new words wait again.
    session.get_one(Contribution, taken.id).published_at = now()
    session.flush()
    changed = edit_card(session, guest, taken.id, FreeEdit(text="Noget andet", version=1))
    assert changed.published_at is None


def test_the_author_changes_withdraws_and_restores_a_card_and_nobody_else_does(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting, shown_as="anonymous")
    taken = write_card(session, guest, board.id, card())
    for other in (seat(session, meeting, people.vendor), people.staff):
        with pytest.raises(NotFound):
            edit_card(session, other, taken.id, FreeEdit(text="Mit", version=1))
    edit_card(session, guest, taken.id, FreeEdit(text="Vi mangler helt åbne data", version=1))
    with pytest.raises(Refused, match="stale"):
        edit_card(session, guest, taken.id, FreeEdit(text="Fra en anden fane", version=1))
    said = session.get_one(Contribution, taken.id)
    assert (said.body, said.version) == ("Vi mangler helt åbne data", 2)
    assert session.scalars(select(Wording.words).order_by(Wording.id)).all() == [
        {"title": "Vi mangler åbne data", "body": "Vi mangler åbne data"}
    ]
    assert withdraw_card(session, guest, taken.id).status == "withdrawn"
    assert restore_card(session, guest, taken.id).status == "received"
    session.flush()
    log = session.execute(
        select(AuditEntry.verb, AuditEntry.user_name, AuditEntry.client)
        .where(AuditEntry.thing == "contribution", AuditEntry.thing_id == taken.id)
        .order_by(AuditEntry.id)
    ).all()
    assert log == [("edit", "", ""), ("withdraw", "", ""), ("restore", "", "")]


def test_what_looks_like_a_cpr_number_is_refused() -> None:
    with pytest.raises(ValueError, match="CPR"):
        card("Min mor, 010203-1234, fik svar", uuid4())


def test_many_cards_are_told_to_the_search_by_one_job_and_once_more_when_it_closes(
    session: Session,
) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting)
    for number in range(5):
        write_card(session, guest, board.id, card(f"Nummer {number}"))
    waiting = text("select args ->> 'board_id' from procrastinate_jobs where task_name = 'boards.index'")
    assert session.scalars(waiting).all() == [str(board.id)]
    # Closed: all of it once more.
    close_board(session, SYSTEM, board.id)
    assert session.scalars(waiting).all() == [str(board.id)] * 2
