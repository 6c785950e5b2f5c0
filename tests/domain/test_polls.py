"""Polls: one vote each, counted and forgotten, and shown to everybody at the same time."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.meetings.models import Meeting
from app.domain.polls import queries, service
from app.domain.polls.models import Poll, PollVote
from app.domain.polls.policy import may_see_poll, polls_visible_to
from app.domain.polls.schemas import PollInput, VoteInput
from tests.in_room import open_room, seat
from tests.on_panels import add_open_poll, give_vote
from tests.people import People
from tests.said import add_meeting_row


def add_room(session: Session) -> tuple[Meeting, list[Actor]]:
    """A meeting whose room is open, and three guests in it."""
    meeting = add_meeting_row(session)
    open_room(session, meeting)
    return meeting, [seat(session, meeting, name=name) for name in ("Gitte", "Hans", "Inge")]


def find(session: Session, poll: Poll, actor: Actor = SYSTEM) -> queries.PollView:
    found = queries.find_poll(session, actor, "10", poll.id)
    assert found is not None
    return found


def numbers(view: queries.PollView) -> dict[str, int]:
    assert view.result is not None
    return {line.text: line.number for line in view.result.lines}


def options(session: Session, poll: Poll) -> list[str]:
    return [key for key, _ in find(session, poll).options]


def test_each_votes_once_and_may_vote_otherwise_until_it_closes(session: Session, people: People) -> None:
    meeting, (gitte, hans, inge) = add_room(session)
    poll = add_open_poll(session, meeting)
    data, drift, _ = options(session, poll)
    give_vote(session, gitte, poll, data)
    give_vote(session, gitte, poll, drift)
    give_vote(session, hans, poll, drift)
    give_vote(session, inge, poll, data)
    service.take_vote_back(session, inge, poll.id)
    view = find(session, poll)
    assert (view.voters, numbers(view)) == (2, {"Data": 0, "Drift": 2, "Tillid": 0})
    assert queries.find_own_votes(session, gitte, [poll.id]) == {poll.id: queries.OwnVote((drift,), False)}
    service.close_poll(session, people.staff, poll.id)
    with pytest.raises(Refused, match="poll_closed"):
        give_vote(session, inge, poll, data)


def test_when_a_poll_closes_nobody_can_tell_any_more_who_voted_what(session: Session, people: People) -> None:
    meeting, (gitte, hans, inge) = add_room(session)
    poll = add_open_poll(session, meeting)
    data, drift, _ = options(session, poll)
    give_vote(session, gitte, poll, data)
    give_vote(session, hans, poll, drift)
    service.close_poll(session, people.staff, poll.id)
    kept = (
        session.execute(
            select(PollVote.given).where(PollVote.poll_id == poll.id).order_by(PollVote.attendee_id)
        )
        .scalars()
        .all()
    )
    assert kept == [None, None]
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.verb == "vote").order_by(AuditEntry.id)
    ).all()
    noted = [(one.user_id, one.request_id, one.client, one.before, one.after) for one in entries]
    assert noted == [(None, None, "", None, None)] * 2
    # Opened again, what was counted stays counted, and is nobody's to change.
    service.open_poll(session, people.staff, poll.id)
    with pytest.raises(Refused, match="poll_counted"):
        give_vote(session, gitte, poll, drift)
    give_vote(session, inge, poll, drift)
    assert numbers(find(session, poll)) == {"Data": 1, "Drift": 2, "Tillid": 0}
    service.close_poll(session, people.staff, poll.id)
    assert (find(session, poll).voters, numbers(find(session, poll))) == (
        3,
        {"Data": 1, "Drift": 2, "Tillid": 0},
    )


def test_a_result_that_is_hidden_is_shown_to_nobody_until_it_closes(session: Session, people: People) -> None:
    meeting, (gitte, *_) = add_room(session)
    poll = add_open_poll(session, meeting, hides_results=True, visibility="public")
    give_vote(session, gitte, poll, options(session, poll)[0])
    seen = [find(session, poll, actor) for actor in (people.staff, gitte, STRANGER)]
    seen += queries.list_common(session, meeting.id, ("public",))
    wall = queries.find_for_screen(session, meeting.id, poll.id)
    assert [(view.voters, view.result) for view in seen] == [(1, None)] * 4
    assert wall is not None and wall.result is None
    service.close_poll(session, people.staff, poll.id)
    assert numbers(find(session, poll, STRANGER)) == {"Data": 1, "Drift": 0, "Tillid": 0}


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("one", ["0", "1"], "poll_too_many_given"),
        ("one", ["999"], "poll_wrong_choice"),
        ("several", ["0", "1", "2"], "poll_too_many_given"),
        ("scale", ["6"], "poll_wrong_choice"),
        ("words", ["et", "to", "tre"], "poll_too_many_given"),
        ("words", ["..."], "poll_wrong_choice"),
    ],
)
def test_a_vote_that_does_not_fit_the_poll_is_refused(
    session: Session, people: People, kind: str, given: list[str], code: str
) -> None:
    meeting, (gitte, *_) = add_room(session)
    poll = add_open_poll(session, meeting, kind, most=2)
    known = options(session, poll)
    chosen = [known[int(one)] if known and int(one) < len(known) else one for one in given]
    with pytest.raises(Refused, match=code):
        give_vote(session, gitte, poll, *chosen)
    assert find(session, poll).voters == 0


def test_a_scale_has_an_average(session: Session, people: People) -> None:
    meeting, (gitte, hans, inge) = add_room(session)
    poll = add_open_poll(session, meeting, "scale")
    for actor, step in ((gitte, "2"), (hans, "5"), (inge, "5")):
        give_vote(session, actor, poll, step)
    result = find(session, poll).result
    assert result is not None
    assert ([line.number for line in result.lines], result.average) == ([0, 1, 0, 0, 2], 4.0)


def test_spellings_of_a_word_are_one_and_a_hidden_word_is_shown_to_nobody(
    session: Session, people: People
) -> None:
    meeting, (gitte, hans, inge) = add_room(session)
    poll = add_open_poll(session, meeting, "words")
    give_vote(session, gitte, poll, "Tillid", "tillid!", "Dumt")
    give_vote(session, hans, poll, "tillid")
    give_vote(session, inge, poll, "åben data", "Tillid")
    assert numbers(find(session, poll)) == {"Tillid": 3, "Dumt": 1, "åben data": 1}
    service.hide_word(session, people.staff, poll.id, "DUMT")
    assert numbers(find(session, poll, gitte)) == {"Tillid": 3, "åben data": 1}
    service.close_poll(session, people.staff, poll.id)
    assert numbers(find(session, poll, gitte)) == {"Tillid": 3, "åben data": 1}
    with pytest.raises(ValidationError, match="CPR"):
        VoteInput(given=["010203-1234"])


def test_rule_and_sql_agree_on_who_sees_a_poll(session: Session, people: People) -> None:
    meeting, (gitte, *_) = add_room(session)
    poll = add_open_poll(session, meeting)
    visitors = people.all() | {
        "seated": gitte,
        "facilitator": replace(people.vendor, meeting_roles=frozenset({(meeting.id, "facilitator")})),
        "rapporteur": replace(people.vendor, meeting_roles=frozenset({(meeting.id, "rapporteur")})),
    }
    for state in ("draft", "open", "closed"):
        for visibility in ("public", "participants"):
            poll.state, poll.visibility = state, visibility
            session.flush()
            for name, actor in visitors.items():
                in_sql = session.scalar(select(Poll.id).where(polls_visible_to(actor))) is not None
                assert in_sql == may_see_poll(actor, poll), (name, state, visibility)


def test_a_poll_is_changed_and_removed_only_while_nobody_has_voted(session: Session, people: People) -> None:
    meeting, (gitte, *_) = add_room(session)
    given: dict[str, Any] = {"kind": "one", "question": "Hvad?", "options": ["Ja\nNej\n\nja"]}
    poll = service.add_poll(session, people.staff, meeting.id, PollInput.model_validate(given))
    with pytest.raises(NotFound):
        service.open_poll(session, gitte, poll.id)
    assert [text for _, text in find(session, poll).options] == ["Ja", "Nej"]
    changed = given | {"options": ["Ja", "Nej", "Ved ikke"], "version": 1}
    service.edit_poll(session, people.staff, poll.id, PollInput.model_validate(changed))
    assert [text for _, text in find(session, poll).options] == ["Ja", "Nej", "Ved ikke"]
    with pytest.raises(Refused, match="stale"):
        service.edit_poll(session, people.staff, poll.id, PollInput.model_validate(changed))
    service.open_poll(session, people.staff, poll.id)
    with pytest.raises(NotAllowed, match="poll_join_first"):
        give_vote(session, people.staff, poll, options(session, poll)[0])
    with pytest.raises(Refused, match="poll_voted"):
        service.remove_poll(session, people.staff, poll.id)
    meeting.status = "closed"
    service.follow_meeting(session, meeting.id)
    assert find(session, poll).state == "closed"
