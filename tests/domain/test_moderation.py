"""Reports, decisions and objections: what is kept, what closes what, who may."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.boards.writing import write_card
from app.domain.contributions.models import Contribution
from app.domain.moderation import service
from app.domain.moderation.models import Decision, Objection, Report
from app.domain.moderation.queries import (
    Counts,
    count_for_moderators,
    find_hidings,
    find_mark,
    list_decided,
    list_decisions,
    list_objections,
    list_reported,
    list_reports,
    list_waiting,
)
from app.domain.moderation.schemas import (
    BlackOutInput,
    DecisionInput,
    HideInput,
    ObjectionInput,
    ReportInput,
)
from tests.in_room import seat
from tests.on_boards import add_board, card
from tests.people import People
from tests.said import add_idea_draft, add_wish

SPAM = ReportInput(reason="advertising", words="Det er reklame.")
OUTSIDERS = ("vendor", "rival", "municipality", "newcomer", "loner", "auditor", "stranger")


def decision(wish: Contribution, words: str = "Fordi.", seen: int = 0) -> DecisionInput:
    return DecisionInput(words=words, version=wish.version, seen=seen)


def hiding(wish: Contribution, reason: str = "abusive", seen: int = 0) -> HideInput:
    return HideInput.model_validate(
        {"words": "Tonen er hård.", "reason": reason, "version": wish.version, "seen": seen}
    )


def last_verb(session: Session) -> str:
    return session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id.desc()).limit(1)).one()


# --- reporting


def test_the_same_person_reports_a_thing_once_and_strangers_by_their_address(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    service.report(session, people.rival, wish.id, SPAM)
    service.report(session, people.municipality, wish.id, SPAM)
    service.report(session, people.stranger, wish.id, SPAM, "en@borger.example")
    service.report(session, people.stranger, wish.id, SPAM)
    service.report(session, people.stranger, wish.id, SPAM)
    with pytest.raises(Refused, match="reported_already"):
        service.report(session, people.rival, wish.id, SPAM)
    with pytest.raises(Refused, match="reported_already"):
        service.report(session, people.stranger, wish.id, SPAM, "en@borger.example")
    (queue,) = list_reported(session).rows
    assert (queue.reports, queue.reasons) == (5, ("advertising",))
    assert last_verb(session) == "report"


def test_what_one_cannot_see_or_wrote_oneself_is_not_reported(session: Session, people: People) -> None:
    draft, waits = add_idea_draft(session, people.vendor), add_wish(session, people.newcomer)
    for actor, row in ((people.rival, draft), (people.rival, waits), (people.stranger, draft)):
        with pytest.raises(NotFound):
            service.report(session, actor, row.id, SPAM)
    with pytest.raises(NotAllowed):
        service.report(session, people.newcomer, waits.id, SPAM)
    wish = add_wish(session, people.vendor)
    with pytest.raises(NotAllowed):
        service.report(session, people.vendor, wish.id, SPAM)


# --- deciding


@pytest.mark.parametrize("who", OUTSIDERS)
def test_only_staff_decides(session: Session, people: People, who: str) -> None:
    wish, actor = add_wish(session, people.vendor), getattr(people, who)
    black = BlackOutInput(sought="mål", ground="other", version=wish.version)
    for verb, given in (
        (service.leave, decision(wish)),
        (service.hide, hiding(wish)),
        (service.show, decision(wish)),
        (service.uphold, decision(wish)),
        (service.black_out, black),
        (service.unblack, decision(wish)),
    ):
        with pytest.raises(NotAllowed):
            verb(session, actor, wish.id, given)  # type: ignore[operator]
    assert session.scalars(select(Decision).order_by(Decision.id)).all() == []


def test_leaving_it_answers_the_reports_that_were_seen_and_no_later_one(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    seen = service.report(session, people.rival, wish.id, SPAM)
    later = service.report(session, people.municipality, wish.id, SPAM)
    left = service.leave(session, people.staff, wish.id, decision(wish, seen=seen.id))
    session.expire_all()
    assert (seen.decision_id, later.decision_id) == (left.id, None)
    assert last_verb(session) == "leave"
    assert count_for_moderators(session) == Counts(reported=1, objections=0, waiting=0)


def test_the_second_of_two_who_decide_at_once_is_told_and_nothing_is_kept(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    first, second = decision(wish), hiding(wish)
    service.leave(session, people.staff, wish.id, first)
    with pytest.raises(Refused, match="stale"):
        service.hide(session, people.admin, wish.id, second)
    assert [row.kind for row in session.scalars(select(Decision))] == ["leave"]
    assert wish.hidden_at is None


def test_every_decision_is_kept_with_its_reason(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    service.black_out(
        session, people.staff, wish.id, BlackOutInput(sought="mål", ground="other", version=wish.version)
    )
    service.unblack(session, people.staff, wish.id, decision(wish))
    service.hide(session, people.staff, wish.id, hiding(wish))
    service.show(session, people.admin, wish.id, decision(wish, "Det var en fejl."))
    kinds = [(row.kind, row.reason, row.words, row.decided_by) for row in list_decisions(session, wish.id)]
    assert kinds == [
        ("show", "", "Det var en fejl.", "Alma Admin"),
        ("hide", "abusive", "Tonen er hård.", "Stine Stab"),
        ("unblack", "", "", "Stine Stab"),
        ("black_out", "other", "", "Stine Stab"),
    ]
    assert [row.reference for row in list_decided(session).rows] == [wish.reference] * 4


def test_what_is_hidden_is_not_left_as_it_is(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    service.hide(session, people.staff, wish.id, hiding(wish))
    with pytest.raises(Refused, match="hidden_already"):
        service.leave(session, people.staff, wish.id, decision(wish))


# --- objecting


def test_the_log_does_not_tell_who_objects_for_what_was_said_under_no_name(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    vendor = seat(session, meeting, people.vendor, shown_as="anonymous")
    said = session.get_one(Contribution, write_card(session, vendor, board.id, card()).id)
    service.hide(session, people.staff, said.id, hiding(said))
    service.object_to_hiding(session, vendor, said.id, ObjectionInput(words="Vi er uenige."))
    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "object")).one()
    assert (entry.user_id, entry.user_name, entry.on_behalf_of_id) == (None, "", None)
    assert (entry.client, entry.request_id) == ("", None)


def test_the_author_objects_once_and_is_answered(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    service.hide(session, people.staff, wish.id, hiding(wish))
    service.object_to_hiding(session, people.vendor, wish.id, ObjectionInput(words="Vi er uenige."))
    with pytest.raises(Refused, match="objected_already"):
        service.object_to_hiding(session, people.vendor, wish.id, ObjectionInput(words="Igen."))
    (waits,) = list_objections(session).rows
    assert (waits.reference, waits.words) == (wish.reference, "Vi er uenige.")
    upheld = service.uphold(session, people.admin, wish.id, decision(wish, "Vi holder fast."))
    assert session.scalars(select(Objection).order_by(Objection.id)).one().outcome_id == upheld.id
    told = find_hidings(session, [wish.id])[wish.id]
    assert (told.words, told.objection, told.answer) == ("Tonen er hård.", "Vi er uenige.", "Vi holder fast.")
    with pytest.raises(Refused, match="no_objection"):
        service.uphold(session, people.admin, wish.id, decision(wish))


def test_showing_it_again_answers_the_objection_and_a_new_hiding_may_be_answered_anew(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    for number in range(2):
        service.hide(session, people.staff, wish.id, hiding(wish))
        service.object_to_hiding(session, people.vendor, wish.id, ObjectionInput(words=f"Nej {number}"))
        service.show(session, people.admin, wish.id, decision(wish))
    assert [
        row.outcome_id is not None for row in session.scalars(select(Objection).order_by(Objection.id))
    ] == [True, True]
    assert count_for_moderators(session).objections == 0


def test_only_its_own_people_object_and_only_to_a_hiding(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    words = ObjectionInput(words="Nej.")
    with pytest.raises(NotAllowed):
        service.object_to_hiding(session, people.vendor, wish.id, words)
    service.hide(session, people.staff, wish.id, hiding(wish))
    for who in ("rival", "newcomer", "municipality", "loner", "auditor"):
        with pytest.raises(NotFound):
            service.object_to_hiding(session, getattr(people, who), wish.id, words)
    with pytest.raises(NotAllowed):
        service.object_to_hiding(session, people.staff, wish.id, words)


# --- reading


def test_the_mark_says_when_and_why_and_nothing_where_that_would_tell_what(
    session: Session, people: People
) -> None:
    abusive, secret = add_wish(session, people.vendor), add_wish(session, people.vendor, "Hemmeligt")
    service.hide(session, people.staff, abusive.id, hiding(abusive))
    service.hide(session, people.staff, secret.id, hiding(secret, "confidential"))
    mark = find_mark(session, people.stranger, abusive.reference.lower())
    assert mark is not None
    assert (mark.reference, mark.reason, mark.hidden_at) == (
        abusive.reference,
        "abusive",
        abusive.hidden_at,
    )
    assert find_mark(session, people.stranger, secret.reference) is None
    assert find_mark(session, people.stranger, "OE-9999") is None


def test_the_longest_waiting_stands_first_and_the_queue_is_paged(session: Session, people: People) -> None:
    waiting = [add_wish(session, people.newcomer, f"Ønske {number}").reference for number in range(31)]
    first, second = list_waiting(session), list_waiting(session, 2)
    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (31, 2, 30, 1)
    assert [row.reference for row in (*first.rows, *second.rows)] == waiting
    assert list_waiting(session, 99).page == 1


def test_who_reported_is_told_to_staff_by_name_or_address(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    service.report(session, people.rival, wish.id, SPAM)
    service.report(session, people.stranger, wish.id, SPAM, "en@borger.example")
    told = [(row.reporter, row.reporter_mail) for row in list_reports(session, wish.id)]
    assert told == [("", "en@borger.example"), ("Rita Rival", "")]
    assert session.scalars(select(Report.language).order_by(Report.id)).all() == ["da", "da"]
