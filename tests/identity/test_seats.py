"""The seat of a browser becomes an account's when it says so, and no sooner; what hangs on it goes along."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import Database
from app.core.policy import STRANGER, Actor, NotFound
from app.domain.attendance.models import Attendee
from app.domain.attendance.schemas import JoinInput
from app.domain.attendance.service import join
from app.domain.boards.marking import put_dot
from app.domain.boards.models import Dot
from app.domain.boards.writing import write_card
from app.domain.contributions.models import Contribution
from app.domain.contributions.own import list_own
from app.identity.moving import find_references_to
from app.identity.seats import claim, disown, list_claims, list_seats, make_secret, move_seats
from app.privacy.copying import gather
from app.privacy.erasing import erase_account
from app.privacy.owners import find_subject
from tests.in_room import open_room, seat
from tests.on_boards import add_board, card
from tests.people import People
from tests.said import add_meeting_row


def seats_of(session: Session, actor: Actor) -> Actor:
    rows = session.execute(
        select(Attendee.meeting_id, Attendee.id)
        .where(Attendee.user_id == actor.user_id)
        .order_by(Attendee.id)
    ).all()
    return replace(actor, seats=frozenset((row.meeting_id, row.id) for row in rows))


def test_what_a_guest_wrote_is_the_accounts_own_and_shown_as_before(session: Session, people: People) -> None:
    meeting, board = add_board(session, dots=3)
    secret = make_secret()
    guest = seat(session, meeting, secret=secret, shown_as="anonymous")
    written = write_card(session, guest, board.id, card("Uden navn"))
    (one,) = list_claims(session, people.vendor, secret)
    assert (one.meeting.id, one.words, one.shown_as) == (meeting.id, 1, "anonymous")
    assert list_own(session, seats_of(session, people.vendor)).rows == ()
    claim(session, people.vendor, secret, one.attendee_id)
    assert [row.reference for row in list_own(session, seats_of(session, people.vendor)).rows] == [
        written.reference
    ]
    assert list_seats(session, secret) == frozenset()
    kept = session.get_one(Contribution, written.id, populate_existing=True)
    assert (kept.said_by_user_id, kept.entered_by_id, kept.said_by_text) == (None, None, "")


def test_two_seats_become_one_with_one_dot_on_each_card(session: Session, people: People) -> None:
    meeting, board = add_board(session, dots=3)
    secret = make_secret()
    guest = seat(session, meeting, secret=secret)
    own = seat(session, meeting, people.vendor)
    first = write_card(session, guest, board.id, card("Som gæst"))
    second = write_card(session, own, board.id, card("Med konto"))
    for who, which in ((guest, first), (own, first), (guest, second)):
        put_dot(session, who, which.id)
    claim(session, people.vendor, secret, guest.seat_at(meeting.id) or 0)
    session.expire_all()
    seat_id = own.seat_at(meeting.id)
    assert session.scalars(select(Attendee.id).order_by(Attendee.id)).all() == [seat_id]
    assert set(session.scalars(select(Contribution.attendee_id))) == {seat_id}
    dots = session.execute(select(Dot.contribution_id, Dot.attendee_id).order_by(Dot.contribution_id)).all()
    assert [tuple(dot) for dot in dots] == [(first.id, seat_id), (second.id, seat_id)]


def test_only_the_browser_itself_claims_and_it_can_say_no(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    open_room(session, meeting)
    secret = make_secret()
    guest = seat(session, meeting, secret=secret)
    seat_id = guest.seat_at(meeting.id) or 0
    for wrong in (None, "", make_secret()):
        with pytest.raises(NotFound):
            claim(session, people.vendor, wrong, seat_id)
        assert list_claims(session, people.vendor, wrong) == []
    disown(session, people.vendor, secret, seat_id)
    assert list_claims(session, people.vendor, secret) == []
    assert list_seats(session, secret) == frozenset()


def test_joined_accounts_have_one_seat_at_each_meeting(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    other = add_meeting_row(session, "11")
    open_room(session, other)
    first, second = seat(session, meeting, people.vendor), seat(session, meeting, people.newcomer)
    seat(session, other, people.newcomer)
    write_card(session, second, board.id, card())
    move_seats(session, people.newcomer.user_id or 0, people.vendor.user_id or 0)
    session.expire_all()
    rows = session.execute(select(Attendee.meeting_id, Attendee.user_id).order_by(Attendee.meeting_id)).all()
    assert [tuple(row) for row in rows] == [
        (meeting.id, people.vendor.user_id),
        (other.id, people.vendor.user_id),
    ]
    assert session.scalars(select(Contribution.attendee_id).order_by(Contribution.id)).all() == [
        first.seat_at(meeting.id)
    ]


def test_nothing_that_hangs_on_a_seat_is_unique_only_in_part() -> None:
    """A partial unique index is not seen by the general way of moving."""
    partial = [
        index.name
        for column in find_references_to("attendee")
        for index in column.table.indexes
        if index.unique and column.name in index.columns
    ]
    assert partial == []


def test_ones_copy_holds_what_one_wrote_without_a_name_and_erasing_cuts_the_tie(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    own = seat(session, meeting, people.vendor, shown_as="kind")
    written = write_card(session, own, board.id, card("Uden navn, men mit"))
    session.flush()
    for actor, holds in ((people.vendor, True), (people.rival, False)):
        person = find_subject(session, actor.user_id or 0)
        assert person is not None
        assert ("Uden navn, men mit" in str(gather(session, person))) is holds
    erase_account(session, people.vendor)
    session.expire_all()
    kept = session.get_one(Contribution, written.id)
    assert (kept.body, kept.attendee_id) == ("Uden navn, men mit", None)
    assert session.scalars(select(Attendee.name).order_by(Attendee.id)).all() == [""]


def test_ten_presses_at_once_are_one_seat(clone: Callable[[str], Database], empty_template: str) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        meeting = add_meeting_row(session)
        open_room(session, meeting)
        meeting_id = meeting.id
    secret = make_secret()

    def press(number: int) -> int:
        with database.unit() as session:
            return join(session, STRANGER, meeting_id, JoinInput(shown_as="anonymous"), secret).id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(press, range(10)))
    with database.unit() as session:
        assert session.scalar(select(func.count()).select_from(Attendee)) == len(ids) == 1
