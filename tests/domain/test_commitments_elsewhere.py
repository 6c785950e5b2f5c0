"""Where commitments come up elsewhere: the next programme, the report of a meeting, what people change."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import moved_to
from app.core.jobs import run_waiting
from app.domain.answering.drafting import draft_answer, prepare_answer
from app.domain.answering.publishing import make_batch, publish_batch
from app.domain.answering.schemas import AnswerInput
from app.domain.carry_over.queries import carried_at, find_agenda
from app.domain.carry_over.service import accept, undo
from app.domain.commitments.jobs import note_late_in_time
from app.domain.commitments.models import Commitment
from app.domain.commitments.schemas import VerdictInput
from app.domain.commitments.service import give_verdict, note_late
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.service import restore, withdraw
from app.domain.meeting_reports.gathering import gather
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import find_meeting
from app.domain.meetings.schemas import ItemInput
from tests.people import People
from tests.promised import add_commitment, add_proposal
from tests.said import add_meeting_row, add_wish, put_said
from tests.site import Site

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def promise_answer(session: Session, meeting: Meeting) -> Answer:
    answer = Answer(kind="promise", text="Vi måler effekten.", meeting_id=meeting.id, published_at=NOON)
    session.add(answer)
    session.flush()
    return answer


@pytest.fixture
def past(session: Session) -> Meeting:
    return add_meeting_row(session)


def test_an_open_promise_puts_itself_forward_for_the_next_meeting_until_it_is_judged(
    session: Session, people: People, past: Meeting
) -> None:
    with moved_to(NOON):
        coming = add_meeting_row(session, "11")
        coming.status, coming.held_on = "announced", date(2027, 3, 1)
        said = put_said(session, "a", meeting_id=past.id, answer_by=date(2027, 1, 1))
        answer = promise_answer(session, past)
        given = {"contribution_ids": [said.id], "meeting_id": past.id}
        promise = add_commitment(session, people.staff, answer_id=answer.id, **given)
        add_proposal(session, people.staff, **given)
        add_commitment(session, people.staff, visibility="staff", meeting_id=past.id)
        view = find_meeting(session, people.staff, "11")
        assert view is not None
        (waiting,) = find_agenda(session, people.staff, view).waiting
        proposal = waiting.proposal
        assert (proposal.name, proposal.kind, proposal.title, proposal.said_by, proposal.about) == (
            f"commitment-{promise.id}",
            "promise",
            "Fælles målbilleder",
            "Værtsforeningen",
            (said.reference,),
        )
        item = ItemInput(kind="status", title="Fra sidst")
        decision = accept(session, people.staff, coming.id, proposal, item)
        (taken,) = read(session, carried_at(people.staff, coming.id)).values()
        assert [(one.thing, one.title) for one in taken] == [("commitment", "Fælles målbilleder")]
        undo(session, people.staff, coming.id, decision.id)
        verdict = VerdictInput(verdict="kept", cause="other", lesson="Ja", version=promise.version)
        give_verdict(session, people.staff, promise.id, verdict)
        assert find_agenda(session, people.staff, view).waiting == ()


def test_the_report_of_a_meeting_tells_what_was_promised_there_once(
    session: Session, people: People, past: Meeting
) -> None:
    said = put_said(session, "a", meeting_id=past.id)
    secret = put_said(session, "b", meeting_id=past.id, visibility="staff")
    answer = promise_answer(session, past)
    promise = add_commitment(
        session, people.staff, answer_id=answer.id, contribution_ids=[said.id, secret.id]
    )
    add_proposal(session, people.staff, meeting_id=past.id)
    report = gather(session, "10", Choices())
    assert report is not None
    assert [(one.reference, one.text, one.by, one.status) for one in report.promises] == [
        (promise.reference, "Fælles målbilleder", "Værtsforeningen", "decided")
    ]
    assert report.promises[0].about == ((said.reference, "wish", "Klar retning"),)


def test_what_is_taken_up_again_follows_its_promise_by_a_job(site: Site) -> None:
    municipality, staff = site.people.municipality, site.people.staff
    with site.unit() as session:
        wish = add_wish(session, municipality)
        withdraw(session, municipality, wish.id)
        restore(session, municipality, wish.id)
        add_commitment(session, staff, contribution_ids=[wish.id])
    with site.unit() as session:
        withdraw(session, municipality, wish.id)
        restore(session, municipality, wish.id)
        seen = [session.scalar(select(Contribution.status))]
    run_waiting(site.tools)
    with site.unit() as session:
        seen.append(session.scalar(select(Contribution.status)))
    assert seen == ["received", "planned"]


def test_a_status_follows_also_while_somebody_promises_something_of_the_same(site: Site) -> None:
    staff = site.people.staff
    with site.unit() as session:
        wish = add_wish(session, site.people.municipality)
    with site.unit() as beside, site.unit() as session:
        add_proposal(beside, staff, contribution_ids=[wish.id])
        session.execute(text("set local lock_timeout = '2s'"))
        add_commitment(session, staff, contribution_ids=[wish.id])
        assert session.scalar(select(Contribution.status)) == "planned"


def test_a_night_notes_more_late_promises_than_one_round_takes(site: Site) -> None:
    with site.unit() as session:
        for _ in range(3):
            add_commitment(session, site.people.staff, deadline=date(2025, 1, 1))
    with site.unit() as session:
        assert note_late(session, 2) == 2
    note_late_in_time(site.tools)
    with site.unit() as session:
        assert session.scalars(select(Commitment.status).order_by(Commitment.id)).all() == ["late"] * 3


def test_what_is_promised_in_the_answers_of_a_batch_opens_with_them(site: Site) -> None:
    staff = site.people.staff
    with site.unit() as session:
        wish = add_wish(session, site.people.municipality)
        given = AnswerInput(
            verdict="yes",
            text="Det gør vi.",
            contribution_ids=[wish.id],
            organisation_ids=[staff.organisation_id],
        )
        answer = draft_answer(session, staff, given)
        prepare_answer(session, staff, answer.id, answer.version)
        promise = add_proposal(session, staff, answer_id=answer.id, contribution_ids=[wish.id])
        batch = make_batch(session, staff, "November", [answer.id])
    with site.unit() as session:
        publish_batch(session, staff, batch.id)
    site.work()
    with site.unit() as session:
        rows = (session.get_one(Commitment, promise.id), session.get_one(Contribution, wish.id))
        assert [row.status for row in rows] == ["decided", "planned"]
