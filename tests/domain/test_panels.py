"""Questions to a panel: asked once, backed once, led, answered, and never tied to who is not shown."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, NotAllowed, NotFound, Refused
from app.domain.attendance.models import LiveRoom
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM, visible_to
from app.domain.panels import queries, service
from app.domain.panels.models import Panel, PanelQuestion
from app.domain.panels.policy import may_see_panel, panels_visible_to
from app.domain.panels.schemas import PanelInput, TakenOver
from app.domain.registrations.models import SignUpAnswer
from app.domain.registrations.questions import add_question
from app.domain.registrations.schemas import QuestionInput
from tests.in_room import seat
from tests.on_panels import add_panel, ask_panel, question
from tests.people import People
from tests.signing_up import put_sign_up_row


def states(session: Session, item_id: int) -> dict[str, str]:
    """{text: state} of what is led, in its order."""
    return {one.text: one.state for one in queries.list_led(session, SYSTEM, item_id)}


def test_the_same_question_twice_is_taken_once_and_anothers_id_is_refused(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session)
    gitte, hans = (seat(session, meeting, name=name) for name in ("Gitte", "Hans"))
    given = question(client_id=uuid4())
    first = service.ask(session, gitte, item.id, given)
    again = service.ask(session, gitte, item.id, given)
    assert (again.id, again.reference, again.is_new) == (first.id, first.reference, False)
    with pytest.raises(Refused, match="panel_taken_by_another"):
        service.ask(session, hans, item.id, given)
    assert states(session, item.id) == {given.text: "waiting"}


@pytest.mark.parametrize(
    ("shown_as", "row"),
    [
        ("name", ("Vera Vendor", "Soft A/S", True)),
        ("organisation", ("", "Soft A/S", False)),
        ("kind", ("", "En leverandør", False)),
        ("anonymous", ("", "", False)),
    ],
)
def test_a_question_and_the_log_tell_no_more_of_its_author_than_was_chosen(
    session: Session, people: People, shown_as: str, row: tuple[str, str, bool]
) -> None:
    meeting, item = add_panel(session)
    vendor = seat(session, meeting, people.vendor)
    asked = ask_panel(session, vendor, item, shown_as=shown_as)
    service.withdraw_question(session, vendor, asked.id)
    service.restore_question(session, vendor, asked.id)
    said = session.get_one(Contribution, asked.id)
    shown = queries.list_common(session, item.id, TO_THE_ROOM)[0]
    is_named = row[2]
    name = people.vendor.name if is_named else ""
    assert (shown.said_by, shown.on_behalf_of) == (name, row[1])
    assert (said.said_by_user_id, said.entered_by_id) == ((vendor.user_id,) * 2 if is_named else (None, None))
    noted = session.execute(
        select(AuditEntry.verb, AuditEntry.user_id, AuditEntry.request_id)
        .where(AuditEntry.verb.in_(("ask_panel", "withdraw", "restore")))
        .order_by(AuditEntry.id)
    ).all()
    user_id = vendor.user_id if is_named else None
    assert [tuple(one)[:2] for one in noted] == [
        ("ask_panel", user_id),
        ("withdraw", user_id),
        ("restore", user_id),
    ]


def test_in_a_room_under_chatham_house_everybody_is_anonymous(session: Session, people: People) -> None:
    meeting, item = add_panel(session, names="chatham")
    vendor = seat(session, meeting, people.vendor, shown_as="anonymous")
    asked = ask_panel(session, vendor, item, shown_as="name")
    said = session.get_one(Contribution, asked.id)
    assert (said.shown_as, said.said_by_text, said.on_behalf_of_text, said.on_behalf_of_id) == (
        "anonymous",
        "",
        "",
        None,
    )


def test_a_room_that_came_to_be_without_names_opens_its_questions_to_all_without_them(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session)
    asked = ask_panel(session, seat(session, meeting, people.vendor), item, shown_as="name")
    said = session.get_one(Contribution, asked.id)
    named = (said.visibility, said.shown_as, said.said_by_user_id)
    session.get_one(LiveRoom, meeting.id).names = "chatham"

    service.set_up_panel(
        session, people.staff, item.id, PanelInput(version=1, asks_approval=False, visibility="public")
    )

    session.refresh(said)
    assert named == ("participants", "name", people.vendor.user_id)
    assert (said.visibility, said.shown_as, said.said_by_user_id, said.entered_by_id) == (
        "public",
        "organisation",
        None,
        None,
    )


def test_a_question_is_backed_once_by_each_and_not_by_its_author(session: Session, people: People) -> None:
    meeting, item = add_panel(session)
    gitte, hans = (seat(session, meeting, name=name) for name in ("Gitte", "Hans"))
    first, other = ask_panel(session, gitte, item, "En"), ask_panel(session, gitte, item, "To")
    service.second(session, hans, other.id)
    service.second(session, hans, other.id)
    with pytest.raises(Refused, match="panel_own"):
        service.second(session, gitte, first.id)
    common = queries.list_common(session, item.id, TO_THE_ROOM)
    assert [(one.text, one.seconds) for one in common] == [("To", 1), ("En", 0)]
    assert queries.list_backed(session, hans, item.id) == {other.id}
    service.take_second_back(session, hans, other.id)
    assert [one.seconds for one in queries.list_common(session, item.id, TO_THE_ROOM)] == [0, 0]
    backed = (
        select(AuditEntry.verb, AuditEntry.user_id)
        .where(AuditEntry.verb.in_(("second", "unsecond")))
        .order_by(AuditEntry.id)
    )
    assert [tuple(one) for one in session.execute(backed)] == [("second", None), ("unsecond", None)]


def test_the_panel_has_one_question_at_a_time_and_each_turn_is_undone(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session)
    gitte = seat(session, meeting, name="Gitte")
    leader = replace(people.vendor, meeting_roles=frozenset({(meeting.id, "facilitator")}))
    one, two = ask_panel(session, gitte, item, "En"), ask_panel(session, gitte, item, "To")
    service.shortlist(session, leader, one.id)
    service.put_now(session, leader, one.id)
    service.put_now(session, leader, two.id)
    assert states(session, item.id) == {"To": "now", "En": "shortlisted"}
    service.mark_answered(session, leader, two.id, "Til sommer.")
    assert states(session, item.id) == {"En": "shortlisted", "To": "answered"}
    service.undo(session, leader, two.id)
    assert states(session, item.id) == {"To": "now", "En": "shortlisted"}
    assert queries.list_common(session, item.id, TO_THE_ROOM)[0].answer == ""
    service.undo(session, leader, two.id)
    answered = queries.list_common(session, item.id, TO_THE_ROOM)[-1]
    assert (answered.text, answered.answer) == ("To", "Til sommer.")
    assert session.get_one(Contribution, two.id).status == "answered"
    with pytest.raises(NotFound):
        service.put_now(session, seat(session, meeting, name="Hans"), two.id)


def test_a_turn_that_let_a_question_through_is_undone_with_that(session: Session, people: People) -> None:
    meeting, item = add_panel(session, asks_approval=True)
    gitte = seat(session, meeting, name="Gitte")
    leader = replace(people.vendor, meeting_roles=frozenset({(meeting.id, "facilitator")}))
    pressed, approved = ask_panel(session, gitte, item, "En"), ask_panel(session, gitte, item, "To")
    service.approve(session, leader, approved.id)

    def seen() -> list[str]:
        return [one.text for one in queries.list_common(session, item.id, TO_THE_ROOM)]

    for verb in (service.shortlist, service.put_now, service.mark_answered):
        for question_id in (pressed.id, approved.id):
            verb(session, leader, question_id)
            assert len(seen()) == 2 - (question_id == approved.id)
            service.undo(session, leader, question_id)
        assert seen() == ["To"]


def test_what_waits_for_approval_or_is_hidden_is_seen_by_its_author_and_who_leads_alone(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session, asks_approval=True, visibility="public")
    gitte, hans = (seat(session, meeting, name=name) for name in ("Gitte", "Hans"))
    asked = ask_panel(session, gitte, item, "En")
    leader = replace(people.vendor, meeting_roles=frozenset({(meeting.id, "facilitator")}))

    def seen() -> list[bool]:
        common = queries.list_common(session, item.id, TO_ALL)
        return [
            bool(common),
            bool(queries.list_own(session, hans, item.id)),
            bool(queries.list_own(session, gitte, item.id)),
            bool(queries.list_led(session, leader, item.id)),
            session.scalar(select(Contribution.id).where(visible_to(hans))) is not None,
        ]

    assert asked.waits
    assert seen() == [False, False, True, True, False]
    service.approve(session, leader, asked.id)
    assert seen() == [True, False, True, True, True]
    service.hide(session, leader, asked.id, "Nævner en medarbejder ved navn")
    assert seen() == [False, False, True, True, False]
    assert queries.list_own(session, gitte, item.id)[0].hidden_reason == "Nævner en medarbejder ved navn"
    service.undo(session, leader, asked.id)
    assert seen() == [True, False, True, True, True]
    # What its author takes back is not for who leads either.
    service.withdraw_question(session, gitte, asked.id)
    assert seen() == [False, False, True, False, False]
    with pytest.raises(NotFound):
        service.put_now(session, leader, asked.id)


def test_who_does_not_see_a_question_is_not_told_of_it_by_backing_it(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session, asks_approval=True, visibility="public")
    waiting = ask_panel(session, seat(session, meeting), item).id
    for actor in (STRANGER, people.rival, seat(session, meeting, name="Hans")):
        with pytest.raises(NotFound):
            service.second(session, actor, waiting)
    service.approve(session, people.staff, waiting)
    with pytest.raises(NotAllowed):
        service.second(session, people.rival, waiting)


def test_what_all_see_alike_is_no_more_than_each_of_them_may_see(session: Session, people: People) -> None:
    meeting, item = add_panel(session, visibility="public")
    gitte = seat(session, meeting, name="Gitte")
    asked = [ask_panel(session, gitte, item, str(number)) for number in range(6)]
    service.hide(session, SYSTEM, asked[0].id, "Gentagelse")
    service.withdraw_question(session, gitte, asked[1].id)
    session.get_one(Contribution, asked[2].id).visibility = "participants"
    session.get_one(Contribution, asked[3].id).visibility = "staff"
    session.get_one(PanelQuestion, asked[4].id).approved_at = None
    session.get_one(Contribution, asked[4].id).published_at = None
    session.flush()
    visitors = people.all() | {"seated": seat(session, meeting, people.rival), "stranger": STRANGER}
    for name, actor in visitors.items():
        is_inside = actor.seat_at(meeting.id) is not None
        levels = TO_THE_ROOM if is_inside else TO_ALL
        ids = {one.id for one in queries.list_common(session, item.id, levels)}
        may = set(session.scalars(select(Contribution.id).where(visible_to(actor))))
        assert ids <= may, name
        assert ids == ({asked[2].id, asked[5].id} if is_inside else {asked[5].id}), name


def test_rule_and_sql_agree_on_who_sees_a_panel(session: Session, people: People) -> None:
    meeting, item = add_panel(session)
    panel = session.get_one(Panel, item.id)
    visitors = people.all() | {
        "seated": seat(session, meeting, people.rival),
        "rapporteur": replace(people.vendor, meeting_roles=frozenset({(meeting.id, "rapporteur")})),
        "speaker": replace(people.vendor, meeting_roles=frozenset({(meeting.id, "speaker")})),
    }
    for state in ("planned", "open", "closed"):
        for visibility in ("public", "participants"):
            panel.state, panel.visibility = state, visibility
            session.flush()
            for name, actor in visitors.items():
                in_sql = session.scalar(select(Panel.item_id).where(panels_visible_to(actor))) is not None
                assert in_sql == may_see_panel(actor, panel), (name, state, visibility)


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("closed", "live", "panel_closed"),
        ("planned", "live", "panel_not_open_yet"),
        ("open", "approved", "panel_meeting_done"),
        ("open", "cancelled", "panel_meeting_off"),
    ],
)
def test_a_panel_that_is_not_open_takes_no_questions_and_says_why(
    session: Session, people: People, state: str, status: str, code: str
) -> None:
    meeting, item = add_panel(session, state=state)
    gitte = seat(session, meeting, name="Gitte")
    meeting.status = status
    session.flush()
    with pytest.raises(Refused, match=code):
        ask_panel(session, gitte, item)
    with pytest.raises(NotAllowed, match="panel_join_first"):
        ask_panel(session, people.staff, item)


def test_a_panel_closes_with_its_meeting_and_who_may_read_it_changes_for_all_questions(
    session: Session, people: People
) -> None:
    meeting, item = add_panel(session)
    asked = ask_panel(session, seat(session, meeting, name="Gitte"), item)
    panel = service.set_up_panel(
        session, people.staff, item.id, PanelInput(visibility="public", asks_approval=True, version=1)
    )
    assert session.get_one(Contribution, asked.id).visibility == "public"
    service.follow_meeting(session, meeting.id)
    assert panel.state == "open"
    meeting.status = "closed"
    service.follow_meeting(session, meeting.id)
    assert panel.state == "closed"
    with pytest.raises(Refused, match="stale"):
        service.set_up_panel(session, people.staff, item.id, PanelInput(version=1))


def test_a_question_from_sign_up_is_taken_over_once_without_a_name(session: Session, people: People) -> None:
    meeting, item = add_panel(session)
    asked = add_question(
        session, people.staff, meeting.id, QuestionInput(kind="text", text="Til panelet?", item_id=item.id)
    )
    registration = put_sign_up_row(session, people.municipality, meeting)
    session.add(
        SignUpAnswer(
            registration_id=registration.id, question_id=asked.id, said=["Hvem betaler?"], answered_at=now()
        )
    )
    session.flush()
    given = TakenOver(question_id=asked.id, text="Hvem betaler?")
    said = service.take_over(session, people.staff, item.id, given)
    assert (said.shown_as, said.on_behalf_of_text, said.entered_by_id, said.attendee_id) == (
        "kind",
        "En kommune",
        None,
        None,
    )
    assert [one.is_taken for one in queries.list_asked_at_sign_up(session, people.staff, item.id)] == [True]
    with pytest.raises(Refused, match="panel_taken_over"):
        service.take_over(session, people.staff, item.id, given)
    with pytest.raises(Refused, match="panel_not_asked"):
        service.take_over(session, people.staff, item.id, TakenOver(question_id=asked.id, text="Andet"))
