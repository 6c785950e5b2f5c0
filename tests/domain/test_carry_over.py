"""What earlier meetings left open: what puts itself forward, what staff decides, and when it comes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.database import Database
from app.core.policy import SYSTEM, Actor, NotAllowed, Refused
from app.domain.carry_over.models import AgendaDecision
from app.domain.carry_over.queries import Agenda, carried_at, find_agenda, from_last_of
from app.domain.carry_over.service import accept, decline, undo
from app.domain.carry_over.sources import Proposal
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.meetings.models import AgendaItem, Meeting, Series
from app.domain.meetings.programme import edit_item, remove_item
from app.domain.meetings.queries import find_meeting
from app.domain.meetings.schemas import ItemInput
from tests.people import People
from tests.promised import add_commitment
from tests.said import add_item_row, add_meeting_row

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = ItemInput(kind="status", title="Fra sidst")


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with moved_to(NOON):
        yield


def add_meeting(session: Session, key: str, held_on: date, status: str = "announced") -> Meeting:
    meeting = add_meeting_row(session, key)
    meeting.held_on, meeting.status = held_on, status
    session.flush()
    return meeting


def say(session: Session, meeting: Meeting | None, title: str, **values: Any) -> Contribution:
    given: dict[str, Any] = {"kind": "wish", "status": "received", "body": "", "said_by_text": title}
    number = session.query(Contribution).count() + 1
    given |= {"reference": f"OE-{number:04}", "received_at": datetime(2025, 5, 1, tzinfo=UTC)} | values
    given.setdefault("published_at", given["received_at"])
    said = Contribution(title=title, meeting_id=meeting.id if meeting else None, **given)
    session.add(said)
    session.flush()
    return said


def answer(session: Session, said: Contribution | None, kind: str = "answer", **values: Any) -> Answer:
    given: dict[str, Any] = {"text": "Ja, det gør vi.", "published_at": NOON - timedelta(days=3)} | values
    row = Answer(kind=kind, **given)
    session.add(row)
    session.flush()
    if said is not None:
        session.add(AnswerContribution(answer_id=row.id, contribution_id=said.id))
        session.flush()
    return row


def agenda_of(session: Session, actor: Actor, meeting: Meeting) -> Agenda:
    view = find_meeting(session, actor, meeting.key)
    assert view is not None
    return find_agenda(session, actor, view)


def waiting(session: Session, actor: Actor, meeting: Meeting) -> list[Proposal]:
    return [one.proposal for one in agenda_of(session, actor, meeting).waiting]


@pytest.fixture
def past(session: Session) -> Meeting:
    return add_meeting(session, "1", date(2025, 5, 1), "closed")


@pytest.fixture
def coming(session: Session, past: Meeting) -> Meeting:
    return add_meeting(session, "2", date(2026, 4, 1))


def test_late_and_forgotten_answers_and_open_promises_put_themselves_forward_with_their_reasons(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 2, 1))
    say(session, past, "Flere små indkøb")
    say(session, past, "Ikke endnu", answer_by=date(2026, 3, 1))
    say(session, past, "Trukket tilbage", status="withdrawn")
    say(session, past, "Kun for os", visibility="own")
    done = say(session, past, "Gjort", status="done")
    thanked = say(session, past, "Kun takket for", answer_by=date(2026, 1, 1))
    answer(session, thanked, "thanks", meeting_id=past.id)
    answer(session, done, "promise", text="Indfriet", meeting_id=past.id)
    answer(session, None, "promise", text="Vi måler", meeting_id=past.id)
    answer(session, None, "promise", text="Ikke udgivet", meeting_id=past.id, published_at=None)
    answer(session, say(session, past, "Besvaret", answer_by=date(2026, 1, 1)), meeting_id=past.id)
    found = [(one.kind, one.reasons, one.title) for one in waiting(session, people.staff, coming)]
    assert found == [
        ("promise", ("promised",), "Vi måler"),
        ("missing_answer", ("forgotten",), "Flere små indkøb"),
        ("missing_answer", ("late",), "Kun takket for"),
        ("missing_answer", ("late",), "Klar retning"),
    ]


def test_what_is_said_again_at_another_meeting_is_one_proposal_that_counts_the_meetings(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    older = add_meeting(session, "12", date(2020, 10, 28), "closed")
    first = say(
        session, older, "At der måles på effekt", aspect="effect_measurement", answer_by=date(2026, 9, 1)
    )
    card = {"kind": "card", "aspect": "effect_measurement", "body": "Uden en måling er effekten en påstand."}
    again = [say(session, past, "Mål effekten før I går i gang.", **card) for _ in range(2)]
    say(session, past, "Kortere svarfrister på udbud", answer_by=date(2026, 9, 1))
    (proposal,) = waiting(session, people.staff, coming)
    assert (proposal.thing_id, proposal.kind, proposal.reasons) == (first.id, "repeated", ("repeated",))
    assert (proposal.times, {one.id for one in proposal.sightings}) == (2, {one.id for one in again})
    assert proposal.sightings[0].reasons == ("same_words", "same_aspect")
    assert set(proposal.sightings[0].words) == {"mål", "effekten", "måling"}


def test_what_staff_has_gathered_is_said_again_whatever_its_words(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    lead = say(session, past, "Klar retning")
    earlier = say(session, add_meeting(session, "8", date(2018, 3, 1), "closed"), "Svar inden sommeren")
    gather(session, people.staff, lead.id, [earlier.id])
    (proposal,) = waiting(session, people.staff, coming)
    assert (proposal.thing_id, proposal.reasons, proposal.times) == (lead.id, ("forgotten", "repeated"), 2)
    assert [(one.reference, one.reasons) for one in proposal.sightings] == [
        (earlier.reference, ("gathered",))
    ]


def test_of_two_that_say_the_same_the_one_whose_answer_is_late_stands_first_with_both_reasons(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    older = add_meeting(session, "12", date(2020, 10, 28), "closed")
    early = say(session, older, "Ens sikkerhedskrav i alle kommuner", answer_by=date(2026, 9, 1))
    late = say(session, past, "Ens sikkerhedskrav, tak", answer_by=date(2026, 2, 1))
    (proposal,) = waiting(session, people.staff, coming)
    assert (proposal.thing_id, proposal.reasons) == (late.id, ("late", "repeated"))
    assert [one.id for one in proposal.sightings] == [early.id]


def test_the_same_from_one_voice_between_meetings_is_no_repetition_and_from_two_it_is(
    session: Session, people: People, coming: Meeting
) -> None:
    words = {"title": "Ens sikkerhedskrav i alle kommuner", "answer_by": date(2026, 9, 1)}
    for _ in range(2):
        say(session, None, **words, on_behalf_of_id=people.vendor.organisation_id)
    assert waiting(session, people.staff, coming) == []
    say(session, None, **words, on_behalf_of_id=people.rival.organisation_id)
    assert [one.times for one in waiting(session, people.staff, coming)] == [2]


def test_a_declined_one_comes_back_for_a_later_meeting_only_if_still_open_and_says_who_declined_it(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    wish = say(session, past, "Klar retning", answer_by=date(2026, 2, 1))
    other = say(session, past, "Flere små indkøb", answer_by=date(2026, 2, 1))
    for proposal in waiting(session, people.staff, coming):
        decline(session, people.staff, coming.id, proposal, "Ikke nu")
    assert waiting(session, people.staff, coming) == []
    later = add_meeting(session, "3", date(2026, 10, 1))
    answer(session, other, meeting_id=past.id)
    with moved_to(NOON + timedelta(days=120)):
        (back,) = agenda_of(session, people.staff, later).waiting
        assert [(one.decided_by, one.note, one.meeting_key, one.decided_at) for one in back.earlier] == [
            ("Stine Stab", "Ikke nu", "2", NOON)
        ]
        assert back.proposal.thing_id == wish.id
        answer(session, wish, meeting_id=past.id)
        assert waiting(session, people.staff, later) == []


def test_what_is_taken_up_waits_for_its_meeting_and_comes_back_when_that_is_over_and_it_is_still_open(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 2, 1))
    later = add_meeting(session, "3", date(2026, 10, 1))
    (proposal,) = waiting(session, people.staff, coming)
    accept(session, people.staff, coming.id, proposal, ITEM)
    assert waiting(session, people.staff, later) == []
    with moved_to(datetime(2026, 4, 2, 12, tzinfo=UTC)):
        (back,) = agenda_of(session, people.staff, later).waiting
        assert [(one.verdict, one.meeting_key) for one in back.earlier] == [("accepted", "2")]
        coming.status = "cancelled"
        session.flush()
        assert agenda_of(session, people.staff, later).waiting[0].earlier == ()


def test_accepting_makes_an_item_of_the_draft_or_takes_one_that_is_there(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    coming.programme_published_at = NOON
    known = add_item_row(session, coming, "Status")
    say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    say(session, past, "Flere små indkøb", answer_by=date(2026, 2, 1))
    first, second = waiting(session, people.staff, coming)
    made = accept(session, people.staff, coming.id, first, ITEM, "Kort")
    taken = accept(session, people.staff, coming.id, second, known.id)
    assert (made.made_item, made.note, session.get_one(AgendaItem, made.item_id).is_new) == (
        True,
        "Kort",
        True,
    )
    assert (taken.made_item, taken.item_id) == (False, known.id)
    # An item that is only drafted is shown to nobody.
    carried = read(session, carried_at(people.stranger, coming.id))
    assert {item: [one.reference for one in found] for item, found in carried.items()} == {
        known.id: ["OE-0002"]
    }


def test_a_decision_can_be_undone_with_the_item_that_was_made_for_it(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    (proposal,) = waiting(session, people.staff, coming)
    made = accept(session, people.staff, coming.id, proposal, ITEM)
    assert undo(session, people.staff, coming.id, made.id) is True
    logged = session.execute(select(AuditEntry.before, AuditEntry.after).order_by(AuditEntry.id)).all()
    assert len(logged) == 2 and ITEM.title not in str(logged)
    assert (
        session.scalars(
            select(AgendaItem).where(AgendaItem.meeting_id == coming.id).order_by(AgendaItem.id)
        ).all()
        == []
    )
    again = accept(session, people.staff, coming.id, proposal, ITEM)
    edit_item(session, people.staff, again.item_id, 1, ItemInput(kind="talk", title="Nu et oplæg"))
    assert undo(session, people.staff, coming.id, again.id) is False
    assert waiting(session, people.staff, coming) == [proposal]
    entries = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert entries == ["carry_over", "undo_carry", "carry_over", "edit", "undo_carry"]


def test_an_item_that_is_taken_off_the_programme_lets_what_stood_at_it_wait_again(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    (proposal,) = waiting(session, people.staff, coming)
    made = accept(session, people.staff, coming.id, proposal, ITEM)
    remove_item(session, people.staff, made.item_id)
    session.expire_all()
    assert session.scalars(select(AgendaDecision)).all() == []
    assert waiting(session, people.staff, coming) == [proposal]


def test_nobody_decides_twice_nor_for_a_meeting_that_is_over_nor_at_another_meetings_item(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    (proposal,) = waiting(session, people.staff, coming)
    staff, elsewhere = people.staff, add_item_row(session, past)
    with pytest.raises(Refused, match="carry_item_gone"):
        accept(session, staff, coming.id, proposal, elsewhere.id)
    with pytest.raises(Refused, match="carry_note_missing"):
        decline(session, staff, coming.id, proposal, "")
    with pytest.raises(Refused, match="carry_meeting_over"):
        decline(session, staff, past.id, proposal, "Nej")
    decline(session, staff, coming.id, proposal, "Nej")
    with pytest.raises(Refused, match="carry_decided"):
        accept(session, staff, coming.id, proposal, ITEM)


def test_what_two_take_at_two_meetings_at_the_same_moment_stands_at_one_of_them(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        past = add_meeting(session, "1", date(2025, 5, 1), "closed")
        say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
        coming = [add_meeting(session, key, date(2026, 4, 1)) for key in ("2", "3")]
        seen = [(one.id, *waiting(session, SYSTEM, one)) for one in coming]
    start = Barrier(2)

    def take(meeting_id: int, proposal: Proposal) -> str:
        start.wait(30)
        try:
            with moved_to(NOON), database.unit() as session:
                accept(session, SYSTEM, meeting_id, proposal, ITEM)
                return "taken"
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as staff:
        outcomes = list(staff.map(lambda given: take(*given), seen))
    assert sorted(outcomes) == ["carry_decided", "taken"]
    with database.unit() as session:
        taken = session.scalars(select(AgendaDecision.meeting_id)).all()
    assert taken == [seen[outcomes.index("taken")][0]]


def test_what_is_answered_before_it_is_taken_is_not_taken(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    wish = say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    promise = answer(session, None, "promise", meeting_id=past.id)
    commitment = add_commitment(session, people.staff, deadline=date(2026, 9, 1))
    seen = waiting(session, people.staff, coming)
    assert {one.thing for one in seen} == {"contribution", "answer", "commitment"}
    answer(session, wish, meeting_id=past.id)
    promise.published_at, commitment.visibility = None, "staff"
    session.flush()
    for proposal in seen:
        with pytest.raises(Refused, match="carry_gone"):
            accept(session, people.staff, coming.id, proposal, ITEM)


def test_only_staff_sees_and_decides_what_puts_itself_forward(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    say(session, past, "Klar retning", answer_by=date(2026, 1, 1))
    (proposal,) = waiting(session, people.staff, coming)
    made = accept(session, people.staff, coming.id, proposal, ITEM)
    for name, actor in people.all().items():
        if name in ("staff", "admin"):
            continue
        view = find_meeting(session, people.staff, coming.key)
        assert view is not None
        for attempt in (
            lambda actor=actor, view=view: find_agenda(session, actor, view),
            lambda actor=actor: accept(session, actor, coming.id, proposal, ITEM),
            lambda actor=actor: decline(session, actor, coming.id, proposal, "Nej"),
            lambda actor=actor: undo(session, actor, coming.id, made.id),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_at_an_item_each_reads_only_what_they_may_read_of_what_was_taken_up(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    hidden = say(session, past, "Kun for kommuner", answer_by=date(2026, 1, 1), visibility="municipalities")
    (proposal,) = waiting(session, people.staff, coming)
    assert proposal.is_open_to_all is False
    accept(session, people.staff, coming.id, proposal, add_item_row(session, coming).id)
    seen = {name: read(session, carried_at(actor, coming.id)) for name, actor in people.all().items()}
    assert {name for name, found in seen.items() if found} == {"municipality", "neighbour", "staff", "admin"}
    hidden.hidden_at = NOON
    session.flush()
    assert read(session, carried_at(people.municipality, coming.id)) == {}


def test_since_last_counts_what_has_come_since_the_last_meeting_of_the_series(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    done = say(session, past, "Gjort", status="done")
    answer(session, done, "promise", meeting_id=past.id, published_at=datetime(2025, 6, 1, tzinfo=UTC))
    secret = say(session, past, "Hemmeligt", visibility="municipalities", answer_by=date(2026, 1, 1))
    answer(session, None, "promise", meeting_id=past.id, published_at=datetime(2025, 5, 1, tzinfo=UTC))
    answer(session, None, "thanks", meeting_id=past.id)
    answer(session, None, meeting_id=past.id, published_at=None)
    say(session, past, "Forsinket", answer_by=date(2026, 2, 1))
    say(session, past, "Venter", answer_by=date(2026, 5, 1))
    view = find_meeting(session, people.staff, coming.key)
    assert view is not None
    since = read(session, from_last_of(people.stranger, view)).since
    assert since is not None
    told = (since.last.key, since.answers, since.promises, since.promises_kept, since.late, since.waiting)
    assert told == ("1", 1, 2, 1, 1, 1)
    assert [(one.title, one.text) for one in since.newest] == [("Gjort", "Ja, det gør vi.")]
    for_town = read(session, from_last_of(people.municipality, view)).since
    assert for_town is not None and for_town.late == 2
    answer(session, secret, meeting_id=past.id)
    since = read(session, from_last_of(people.stranger, view)).since
    assert since is not None and (since.answers, [one.reference for one in since.newest]) == (1, ["OE-0001"])


def test_an_answer_of_late_in_the_evening_is_of_the_day_that_it_is_here(
    session: Session, people: People, past: Meeting, coming: Meeting
) -> None:
    answer(session, None, meeting_id=past.id, published_at=datetime(2025, 6, 1, 22, 30, tzinfo=UTC))
    view = find_meeting(session, people.staff, coming.key)
    assert view is not None
    since = read(session, from_last_of(people.stranger, view)).since
    assert since is not None and [one.published_on for one in since.newest] == [date(2025, 6, 2)]


def test_a_first_meeting_of_a_series_has_no_last_one(session: Session, people: People) -> None:
    add_meeting(session, "1", date(2025, 5, 1), "closed")
    alone = add_meeting(session, "9", date(2026, 5, 1))
    other = Series(key="anden", name="Anden")
    session.add(other)
    session.flush()
    alone.series_id = other.id
    session.flush()
    view = find_meeting(session, people.staff, "9")
    assert view is not None
    assert read(session, from_last_of(people.stranger, view)).since is None
