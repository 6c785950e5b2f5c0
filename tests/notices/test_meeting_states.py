"""What waits in the outbox when a meeting is cancelled, postponed, moved, or held all the same."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.mail import Mail
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import MeetingInput, NewDateInput, ReasonInput
from app.domain.meetings.service import edit_meeting
from app.domain.outbox.models import Batch, BatchText, Letter
from app.domain.outbox.schemas import Recipient
from app.domain.outbox.service import prepare, send_batch
from tests.people import with_role
from tests.signing_up import add_open_meeting, sign_up_for
from tests.site import Site

WHY = ReasonInput(reason="Salen er oversvømmet.")
BOTH = ["rita@rival.example", "vera@soft.example"]


@pytest.fixture
def known(site: Site) -> Site:
    """A meeting on 1 March 2090 that the vendor is signed up for and the rival facilitates."""
    with site.unit() as session:
        meeting = add_open_meeting(session)
        sign_up_for(session, site.people.vendor, meeting)
        with_role(session, site.people.rival, meeting.id, "facilitator")
    return site


def act(site: Site, verb: Any, *given: Any) -> None:
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        versions = () if verb is states.resume_meeting else (meeting.version,)
        verb(session, site.people.staff, meeting.id, *versions, *given)


def move(site: Site, day: date, **given: Any) -> None:
    act(site, states.set_new_date, NewDateInput(held_on=day, **given))


def edit(site: Site, **given: Any) -> None:
    with site.unit() as session:
        row = session.scalars(select(Meeting)).one()
        kept = {"title": row.title, "held_on": row.held_on, "venue": row.venue, "format": row.format}
        given_in_all = MeetingInput(**kept | given)
        edit_meeting(session, site.people.staff, row.id, row.version, given_in_all)


def waiting(site: Site) -> list[tuple[str, str, list[str]]]:
    """(kind, Danish subject, addresses) of each batch that waits."""
    with site.unit() as session:
        return [
            (
                batch.kind,
                session.get_one(BatchText, (batch.id, "da")).subject,
                sorted(session.scalars(select(Letter.email).where(Letter.batch_id == batch.id))),
            )
            for batch in session.scalars(select(Batch).where(Batch.status == "waiting").order_by(Batch.id))
        ]


def read_body(site: Site) -> str:
    with site.unit() as session:
        return session.scalars(select(BatchText.body).order_by(BatchText.batch_id.desc()).limit(1)).one()


def send_all(site: Site) -> None:
    with site.unit() as session:
        for batch in session.scalars(select(Batch).where(Batch.status == "waiting").order_by(Batch.id)).all():
            send_batch(session, site.people.staff, batch.id, batch.version)


def test_a_cancelling_waits_for_all_who_count_on_the_meeting_and_nothing_leaves(known: Site) -> None:
    act(known, states.cancel_meeting, WHY)
    assert waiting(known) == [("cancelled", "Aflyst: Møde 12, 1. marts 2090", BOTH)]
    assert "Salen er oversvømmet." in read_body(known)
    with known.unit() as session:
        subjects = session.scalars(select(Mail.subject).order_by(Mail.id)).all()
    assert not [subject for subject in subjects if "Aflyst" in subject]


def test_a_move_names_both_days_and_that_the_seat_is_kept(known: Site) -> None:
    move(known, date(2090, 4, 4), starts=time(10), reason="Salen er optaget.")
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 4. april 2090", BOTH)]
    body = read_body(known)
    assert all(words in body for words in ("1. marts 2090", "stadig din plads", "Salen er optaget."))


def test_several_moves_nobody_was_told_of_become_one_and_back_again_none(known: Site) -> None:
    move(known, date(2090, 4, 4))
    move(known, date(2090, 5, 5))
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 5. maj 2090", BOTH)]
    assert "4. april" not in read_body(known)
    move(known, date(2090, 3, 1))
    assert waiting(known) == []


def test_a_new_day_overtakes_the_news_that_it_is_postponed(known: Site) -> None:
    act(known, states.postpone_meeting, WHY)
    assert [kind for kind, _, _ in waiting(known)] == ["postponed"]
    move(known, date(2090, 4, 4))
    assert [kind for kind, _, _ in waiting(known)] == ["moved"]


def test_another_place_is_told_as_such(known: Site) -> None:
    edit(known, venue="Rådhuset")
    assert waiting(known) == [("moved", "Nyt sted: Møde 12, 1. marts 2090", BOTH)]


def test_another_title_is_told_to_nobody(known: Site) -> None:
    edit(known, title="Et nyt navn")
    assert waiting(known) == []


def test_who_was_never_told_of_the_cancelling_is_not_told_that_it_is_held(known: Site) -> None:
    act(known, states.cancel_meeting, WHY)
    act(known, states.resume_meeting)
    assert waiting(known) == []
    act(known, states.cancel_meeting, WHY)
    send_all(known)
    act(known, states.resume_meeting)
    assert waiting(known) == [("moved", "Holdes alligevel: Møde 12, 1. marts 2090", BOTH)]


def test_a_postponed_meeting_that_keeps_its_day_after_all_is_told_as_held(known: Site) -> None:
    act(known, states.postpone_meeting, WHY)
    send_all(known)
    move(known, date(2090, 3, 1), date_certainty="tentative")
    assert waiting(known) == [("moved", "Holdes alligevel: Møde 12, 1. marts 2090", BOTH)]


def test_a_cancelling_taken_back_that_leaves_the_meeting_postponed_says_that_and_not_that_it_is_held(
    known: Site,
) -> None:
    act(known, states.postpone_meeting, WHY)
    act(known, states.cancel_meeting, WHY)
    send_all(known)
    act(known, states.resume_meeting)
    assert waiting(known) == [("postponed", "Udskudt: Møde 12", BOTH)]


def test_a_letter_about_a_meeting_that_is_off_asks_nobody_to_take_or_free_a_seat(known: Site) -> None:
    with known.unit() as session:
        offered = sign_up_for(session, known.people.municipality, session.scalars(select(Meeting)).one())
        offered.status, offered.queue_place, offered.offered_until = "offered", 1, now() + timedelta(days=1)
    for verb in (states.postpone_meeting, states.cancel_meeting):
        act(known, verb, WHY)
        send_all(known)
        known.work()
    with known.unit() as session:
        mails = session.scalars(
            select(Mail).where(Mail.recipient.in_(("vera@soft.example", "mona@her.example")))
        )
        told = {
            (mail.subject.split(":")[0], mail.recipient): ("/plads/" in mail.text, "/afmeld/" in mail.text)
            for mail in mails
            if mail.subject.startswith(("Udskudt", "Aflyst"))
        }
    assert told == {
        ("Udskudt", "vera@soft.example"): (False, True),
        ("Udskudt", "mona@her.example"): (False, True),
        ("Aflyst", "vera@soft.example"): (False, False),
        ("Aflyst", "mona@her.example"): (False, False),
    }


def test_a_move_nobody_was_told_of_outlives_a_cancelling_that_is_undone(known: Site) -> None:
    move(known, date(2090, 4, 4))
    act(known, states.cancel_meeting, WHY)
    assert waiting(known) == [("cancelled", "Aflyst: Møde 12, 1. marts 2090", BOTH)]
    act(known, states.resume_meeting)
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 4. april 2090", BOTH)]
    assert "1. marts 2090" in read_body(known)


def test_who_was_told_it_is_off_before_they_knew_of_its_new_day_is_told_of_that_with_its_return(
    known: Site,
) -> None:
    move(known, date(2090, 4, 4))
    act(known, states.cancel_meeting, WHY)
    send_all(known)
    act(known, states.resume_meeting)
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 4. april 2090", BOTH)]
    assert "1. marts 2090" in read_body(known)


def test_a_day_nobody_was_told_of_is_not_what_the_news_calls_the_old_day(known: Site) -> None:
    move(known, date(2090, 4, 4))
    act(known, states.postpone_meeting, WHY)
    assert "som skulle have været holdt 1. marts 2090, er udskudt" in read_body(known)
    move(known, date(2090, 5, 5))
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 5. maj 2090", BOTH)]
    assert "som skulle have været holdt 1. marts 2090, er flyttet" in read_body(known)


def test_a_postponing_and_moves_nobody_was_told_of_that_end_on_the_known_day_are_no_news(known: Site) -> None:
    move(known, date(2090, 4, 4))
    act(known, states.postpone_meeting, WHY)
    move(known, date(2090, 3, 1))
    assert waiting(known) == []


def test_whoever_was_told_it_is_off_is_told_it_is_held_after_any_number_of_untold_turns(known: Site) -> None:
    act(known, states.cancel_meeting, WHY)
    send_all(known)
    act(known, states.resume_meeting)
    act(known, states.cancel_meeting, WHY)
    act(known, states.resume_meeting)
    assert waiting(known) == [("moved", "Holdes alligevel: Møde 12, 1. marts 2090", BOTH)]
    move(known, date(2090, 4, 4))
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 4. april 2090", BOTH)]
    move(known, date(2090, 3, 1))
    assert waiting(known) == [("moved", "Holdes alligevel: Møde 12, 1. marts 2090", BOTH)]


def test_a_meeting_held_all_the_same_at_another_place_says_both(known: Site) -> None:
    act(known, states.cancel_meeting, WHY)
    send_all(known)
    act(known, states.resume_meeting)
    edit(known, venue="Rådhuset")
    assert waiting(known) == [("moved", "Holdes alligevel: Møde 12, 1. marts 2090", BOTH)]
    assert "holdes et andet sted end først planlagt" in read_body(known)


def test_who_knows_that_it_is_postponed_is_not_told_so_again_when_an_untold_cancelling_is_undone(
    known: Site,
) -> None:
    act(known, states.postpone_meeting, WHY)
    send_all(known)
    act(known, states.cancel_meeting, WHY)
    act(known, states.resume_meeting)
    assert waiting(known) == []


def test_another_hour_nobody_was_told_of_and_back_again_is_no_news(known: Site) -> None:
    edit(known, starts=time(9))
    send_all(known)
    edit(known, starts=time(10))
    assert waiting(known) == [("moved", "Ny dato: Møde 12 holdes 1. marts 2090", BOTH)]
    edit(known, starts=time(9))
    assert waiting(known) == []


@pytest.mark.parametrize("verb", [states.cancel_meeting, states.postpone_meeting])
def test_what_was_planned_before_the_meeting_was_called_off_leaves_by_itself_no_more(
    known: Site, verb: Any
) -> None:
    with known.unit() as session:
        meeting_id = session.scalars(select(Meeting.id)).one()
        to = [Recipient("bo@x.example", "Bo")]
        batch = prepare(session, known.people.staff, kind="invitation", meeting_id=meeting_id, recipients=to)
        assert batch is not None
        send_batch(session, known.people.staff, batch.id, batch.version, now() + timedelta(days=1))
        batch_id = batch.id
    act(known, verb, ReasonInput(reason="Salen er under vand."))
    with known.unit() as session:
        held_back = session.get_one(Batch, batch_id)
        assert (held_back.status, held_back.send_at) == ("waiting", None)
