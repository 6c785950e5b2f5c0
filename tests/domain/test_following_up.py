"""«Det sagde I – det gjorde vi»: the stage of each thing said at a meeting, and the figures of all."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import now, today
from app.core.policy import STRANGER, SYSTEM, Actor
from app.domain.commitments.measuring import measure
from app.domain.commitments.models import Commitment
from app.domain.commitments.schemas import MeasurementInput, VerdictInput
from app.domain.commitments.service import give_verdict
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.follow_through.of_meetings import FollowThrough, follow_up_of
from app.domain.meetings.models import Meeting
from tests.people import People
from tests.promised import add_aim, add_commitment, add_proposal
from tests.said import add_meeting_row, put_said


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_meeting_row(session)


def say(session: Session, meeting: Meeting, text: str, **values: Any) -> Contribution:
    given = {"kind": "card", "title": text, "body": text, "meeting_id": meeting.id}
    given |= {"received_at": now() - timedelta(days=100)}
    return put_said(session, text, **given | values)


def answer(session: Session, said: Contribution, at: datetime | None, kind: str = "answer") -> Answer:
    row = Answer(kind=kind, text="Det gør vi.", published_at=at)
    session.add(row)
    session.flush()
    session.add(AnswerContribution(answer_id=row.id, contribution_id=said.id))
    session.flush()
    return row


def promise(session: Session, actor: Actor, said: Contribution, **given: Any) -> Commitment:
    return add_commitment(session, actor, contribution_ids=[said.id], **given)


def judge(session: Session, commitment: Commitment, verdict: str) -> None:
    values = {"verdict": verdict, "cause": "data", "lesson": "Mål først.", "version": commitment.version}
    give_verdict(session, SYSTEM, commitment.id, VerdictInput.model_validate(values))


def stages_of(found: FollowThrough) -> dict[str, str]:
    return {one.said.title: one.stage for one in found.rows}


def test_each_thing_said_stands_at_its_stage_and_each_is_counted_once(
    session: Session, people: People, meeting: Meeting
) -> None:
    say(session, meeting, "intet")
    say(session, meeting, "sent", answer_by=today() - timedelta(days=1))
    say(session, meeting, "venter", answer_by=today())
    say(session, meeting, "spurgt", status="needs_info")
    answer(session, say(session, meeting, "svaret"), now())
    answer(session, say(session, meeting, "senere", answer_by=today(), status="under_review"), now())
    answer(session, say(session, meeting, "takket"), now(), "thanks")
    promise(session, people.staff, say(session, meeting, "lovet"))
    judge(session, promise(session, people.staff, say(session, meeting, "holdt")), "kept")
    judge(session, promise(session, people.staff, say(session, meeting, "brudt")), "broken")
    measured = promise(session, people.staff, say(session, meeting, "målt"))
    aim = add_aim(session, people.staff, measured, baseline_on=today() - timedelta(days=90))
    figure = {"measured_on": today() - timedelta(days=3), "value": "41", "source_text": "Talt op"}
    measure(session, people.staff, aim.id, MeasurementInput.model_validate(figure))
    judge(session, measured, "partly_kept")
    found = read(session, follow_up_of(STRANGER, meeting.id))
    assert stages_of(found) == {
        "intet": "unknown", "sent": "late", "venter": "waiting", "spurgt": "waiting", "svaret": "answered",
        "senere": "waiting", "takket": "unknown", "lovet": "promised", "holdt": "kept", "brudt": "broken",
        "målt": "measured",
    }  # fmt: skip
    assert (found.total, sum(found.stages.values()), found.heard, found.share_heard) == (11, 11, 5, 45)
    assert (found.sum.open, found.sum.kept, found.sum.partly_kept, found.sum.broken) == (1, 1, 1, 1)
    assert [one.said.title for one in found.rows][-2:] == ["intet", "takket"]


def test_the_middle_wait_counts_the_first_answer_or_promise_in_whole_days(
    session: Session, people: People, meeting: Meeting
) -> None:
    for days in (10, 30, 90):
        said = say(session, meeting, f"efter {days}")
        answer(session, said, said.received_at + timedelta(days=days))
        answer(session, said, said.received_at + timedelta(days=days + 5))
    say(session, meeting, "aldrig")
    assert read(session, follow_up_of(STRANGER, meeting.id)).median_days == 30
    assert read(session, follow_up_of(STRANGER, add_meeting_row(session, "11").id)).median_days is None


def test_what_hangs_under_a_lead_is_answered_and_promised_with_it(
    session: Session, people: People, meeting: Meeting
) -> None:
    elsewhere = say(session, add_meeting_row(session, "9"), "førende")
    member = say(session, meeting, "det samme")
    gather(session, people.staff, elsewhere.id, [member.id])
    given = answer(session, elsewhere, now())
    promised = promise(session, people.staff, elsewhere)
    (one,) = read(session, follow_up_of(STRANGER, meeting.id)).rows
    assert (one.stage, [a.id for a in one.answers], [p.line.id for p in one.promises]) == (
        "promised",
        [given.id],
        [promised.id],
    )
    assert one.lead is not None and (one.lead.id, one.asked, one.times) == (elsewhere.id, elsewhere.id, 2)
    elsewhere.visibility = "staff"
    session.flush()
    found = read(session, follow_up_of(STRANGER, meeting.id))
    (hidden,) = found.rows
    assert (hidden.stage, hidden.lead, hidden.answers, hidden.promises) == ("unknown", None, (), ())
    assert (found.promises, found.median_days) == ((), None)


def test_nothing_is_shown_or_counted_that_the_reader_may_not_see(
    session: Session, people: People, meeting: Meeting
) -> None:
    said = say(session, meeting, "åbent")
    say(session, meeting, "kun for sekretariatet", visibility="staff")
    answer(session, said, None)
    add_proposal(session, people.staff, contribution_ids=[said.id])
    add_commitment(session, people.staff, contribution_ids=[said.id], visibility="staff")
    found = read(session, follow_up_of(STRANGER, meeting.id))
    assert (found.total, found.heard, found.promises, stages_of(found)) == (1, 0, (), {"åbent": "unknown"})
    for_staff = read(session, follow_up_of(people.staff, meeting.id))
    # A draft and a proposal are told by nobody, also not to staff: the page is of what is published.
    assert (for_staff.total, len(for_staff.promises), [one.answers for one in for_staff.rows]) == (
        2,
        1,
        [(), ()],
    )


def test_the_figures_stay_those_of_the_meeting_when_the_list_is_narrowed(
    session: Session, people: People, meeting: Meeting
) -> None:
    answer(session, say(session, meeting, "svaret"), now())
    for number in range(31):
        say(session, meeting, f"nr. {number}")
    found = read(session, follow_up_of(STRANGER, meeting.id, stage="unknown", page=2))
    assert (found.total, found.heard, found.chosen_total, found.pages, len(found.rows)) == (32, 1, 31, 2, 1)
    past_the_end = read(session, follow_up_of(STRANGER, meeting.id, stage="answered", page=7))
    assert (past_the_end.page, [one.said.title for one in past_the_end.rows]) == (1, ["svaret"])
    assert read(session, follow_up_of(STRANGER, meeting.id, theme="findes/ikke")).rows == ()
