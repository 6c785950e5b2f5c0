"""What is missing when a meeting is closed: found, mended, or given a reason; then the minutes may go."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.boards.models import BoardCard
from app.domain.closing.queries import list_gaps, list_not_closed, list_reasons
from app.domain.closing.schemas import GapReasonInput
from app.domain.closing.service import explain_gaps, send_minutes, set_deadlines, take_back_reason
from app.domain.contributions.models import Contribution
from app.domain.contributions.service import tag_each, undo_tagging
from app.domain.meetings.models import Meeting, PanelTask
from app.domain.minutes.schemas import ReviewInput, SectionText
from app.domain.minutes.service import write_sections
from app.domain.panels.models import Panel, PanelQuestion
from app.domain.polls.models import Poll
from tests.on_boards import add_board
from tests.people import People
from tests.said import add_group_row, add_item_row, add_meeting_row, add_speaker_row, add_theme_rows


def add_said(session: Session, meeting: Meeting, number: int, **values: object) -> Contribution:
    given = {"kind": "card", "status": "received", "published_at": now()} | values
    row = Contribution(
        reference=f"IN-{number:04d}",
        title=f"Indspil {number}",
        body="Vi vil måle på klima",
        meeting_id=meeting.id,
        received_at=now(),
        **given,
    )
    session.add(row)
    session.flush()
    return row


def found(session: Session, people: People, meeting: Meeting) -> dict[str, list[int]]:
    return {
        gap.kind: [thing.id for thing in gap.things] for gap in list_gaps(session, people.staff, meeting.id)
    }


def test_each_kind_of_gap_is_found_once_and_nothing_else(session: Session, people: People) -> None:
    meeting, board = add_board(session, asks_approval=True)
    talk = add_item_row(session, meeting, "Oplæg om data")
    talk.kind = "talk"
    person = add_speaker_row(session, talk)
    silent = add_group_row(session, meeting, talk)
    task = PanelTask(item_id=talk.id, position=1, title="Hvad skal vi måle?")
    poll = Poll(meeting_id=meeting.id, position=1, kind="one", question="Ja?", state="open", created_at=now())
    session.add_all([task, poll, Panel(item_id=talk.id, meeting_id=meeting.id)])
    pause = add_item_row(session, meeting, "Pause")
    pause.kind = "break"
    waiting = add_said(session, meeting, 1, item_id=board.item_id, group_id=board.group_id, published_at=None)
    session.add(BoardCard(contribution_id=waiting.id, board_id=board.id))
    held = add_said(session, meeting, 2, published_at=None, waiting_reason="newcomer")
    draft = add_said(session, meeting, 3, status="draft", published_at=None)
    wish = add_said(session, meeting, 4, kind="wish")
    unseen = add_said(session, meeting, 5, kind="question", published_at=None)
    asked = add_said(session, meeting, 6, kind="question")
    session.add_all(
        [
            PanelQuestion(contribution_id=unseen.id, item_id=talk.id, state_changed_at=now()),
            PanelQuestion(
                contribution_id=asked.id,
                item_id=talk.id,
                state="shortlisted",
                approved_at=now(),
                state_changed_at=now(),
            ),
        ]
    )
    session.flush()
    assert found(session, people, meeting) == {
        "board_open": [board.id],
        "poll_open": [poll.id],
        "card_waiting": [waiting.id],
        "question_waiting": [unseen.id],
        "question_open": [asked.id],
        "held_back": [held.id],
        "unpublished": [draft.id],
        "unthemed": [waiting.id, draft.id, wish.id],
        "group_silent": [silent.id],
        "task_unanswered": [task.id],
        "no_answer_by": [wish.id],
        "no_slides": [talk.id],
        "no_consent": [person.id],
        "not_checked_in": [meeting.id],
        "unwritten_item": [board.item_id, talk.id],
    }


def test_a_reason_holds_for_what_was_missing_then_and_can_be_taken_back(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    one, other = (add_said(session, meeting, number) for number in (1, 2))
    given = GapReasonInput(kind="unthemed", thing_ids=[one.id, 999], reason="Hører ikke til et tema")
    reason = explain_gaps(session, people.staff, meeting.id, given)[0]
    assert found(session, people, meeting)["unthemed"] == [other.id]
    all_of_kind = GapReasonInput(kind="unthemed", reason="Sorteres senere")
    explain_gaps(session, people.staff, meeting.id, all_of_kind)
    assert "unthemed" not in found(session, people, meeting)
    later = add_said(session, meeting, 3)
    assert found(session, people, meeting)["unthemed"] == [later.id]
    told = [(r.kind, r.count, r.reason, r.given_by) for r in list_reasons(session, people.staff, meeting.id)]
    assert told == [
        ("unthemed", 1, "Hører ikke til et tema", "Stine Stab"),
        ("unthemed", 1, "Sorteres senere", "Stine Stab"),
    ]
    take_back_reason(session, people.staff, meeting.id, reason.id)
    assert found(session, people, meeting)["unthemed"] == [one.id, later.id]
    with pytest.raises(NotFound):
        take_back_reason(session, people.staff, add_meeting_row(session, "11").id, reason.id)


def test_minutes_leave_only_when_nothing_is_missing_without_a_reason(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    add_said(session, meeting, 1)
    written = SectionText(place=f"item-{item.id}", text="Vi talte om data.")
    version = write_sections(session, people.staff, meeting.id, [written]).version
    review = ReviewInput(comment_until=today() + timedelta(days=10), version=version)
    with pytest.raises(Refused) as refusal:
        send_minutes(session, people.staff, meeting.id, review)
    assert (refusal.value.code, refusal.value.values) == ("closing_gaps_open", {"count": 2})
    explain_gaps(session, people.staff, meeting.id, GapReasonInput(reason="Mødet var helt åbent"))
    with pytest.raises(Refused, match="closing_nothing_open"):
        explain_gaps(session, people.staff, meeting.id, GapReasonInput(reason="Én gang til"))
    send_minutes(session, people.staff, meeting.id, review)
    assert meeting.status == "minutes_in_review"
    # What comes to be missing later takes nothing back.
    add_said(session, meeting, 2)
    with pytest.raises(Refused, match="turn_not_possible"):
        send_minutes(session, people.staff, meeting.id, review)
    assert meeting.status == "minutes_in_review"


def test_no_reason_is_given_nor_taken_back_once_the_minutes_are_approved(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    one, other = (add_said(session, meeting, number) for number in (1, 2))
    given = [GapReasonInput(kind="unthemed", thing_ids=[row.id], reason="Senere") for row in (one, other)]
    reason = explain_gaps(session, people.staff, meeting.id, given[0])[0]
    meeting.status = "approved"
    session.flush()
    with pytest.raises(Refused, match="minutes_locked"):
        explain_gaps(session, people.staff, meeting.id, given[1])
    with pytest.raises(Refused, match="minutes_locked"):
        take_back_reason(session, people.staff, meeting.id, reason.id)
    assert [row.id for row in list_reasons(session, people.staff, meeting.id)] == [reason.id]


def test_only_staff_sees_what_is_missing_and_says_why(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    given = GapReasonInput(reason="Det er i orden")
    for name, actor in people.all().items():
        if name in ("staff", "admin"):
            continue
        for verb in (
            lambda who: list_gaps(session, who, meeting.id),
            lambda who: list_reasons(session, who, meeting.id),
            lambda who: list_not_closed(session, who),
            lambda who: explain_gaps(session, who, meeting.id, given),
            lambda who: take_back_reason(session, who, meeting.id, 1),
            lambda who: set_deadlines(session, who, meeting.id, today()),
        ):
            with pytest.raises(NotAllowed):
                verb(actor)


def test_each_card_gets_its_own_theme_in_one_step_that_can_be_undone(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    one, other = (add_said(session, meeting, number) for number in (1, 2))
    climate, data = add_theme_rows(session, "Klima", "Data")
    tagging = tag_each(session, people.staff, {one.id: climate.id, other.id: data.id})
    assert tagging.added == {one.id: [climate.id], other.id: [data.id]}
    assert "unthemed" not in found(session, people, meeting)
    undo_tagging(session, people.staff, meeting.id)
    assert found(session, people, meeting)["unthemed"] == [one.id, other.id]


def test_a_day_for_the_answer_is_set_where_there_is_none(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    wish = add_said(session, meeting, 1, kind="wish")
    promised = add_said(session, meeting, 2, kind="wish", answer_by=date(2020, 12, 1))
    with pytest.raises(Refused, match="answer_by_past"):
        set_deadlines(session, people.staff, meeting.id, today() - timedelta(days=1))
    assert set_deadlines(session, people.staff, meeting.id, today()) == 1
    assert (wish.answer_by, promised.answer_by) == (today(), date(2020, 12, 1))
    with pytest.raises(Refused, match="closing_nothing_open"):
        set_deadlines(session, people.staff, meeting.id, today())


def test_a_meeting_that_was_planned_here_waits_to_be_closed_and_one_of_the_archive_does_not(
    session: Session, people: People
) -> None:
    add_meeting_row(session, "10")
    for key, status in (("11", "open"), ("12", "approved"), ("13", "cancelled"), ("14", "minutes_in_review")):
        meeting = add_meeting_row(session, key)
        meeting.held_on, meeting.status = today() - timedelta(days=3), status
        meeting.created_at = now() - timedelta(days=30 if key != "14" else 0)
    session.flush()
    assert [one.key for one in list_not_closed(session, people.staff)] == ["11", "14"]
