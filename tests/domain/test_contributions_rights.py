"""Who may see and do what with contributions: the rule in Python and in SQL agree for everybody."""

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, Refused
from app.domain.boards.writing import write_card
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import (
    answers_visible_to,
    may_edit_draft,
    may_mark_interest,
    may_read_confidential,
    may_record,
    may_see,
    may_see_answer,
    may_send,
    may_withdraw,
    visible_to,
)
from app.domain.contributions.service import restore, withdraw
from app.domain.contributions.withdrawals import is_withdrawn_by_staff
from app.domain.meetings.models import Meeting
from app.domain.users.models import Membership
from tests.in_room import seat
from tests.on_boards import add_board, card
from tests.people import People
from tests.said import add_card_row, add_idea, add_idea_draft, add_meeting_row, add_wish, put_said
from tests.signing_up import attending


def who(people: People, rule: object, *row: object) -> set[str]:
    """The names of those for whom the rule holds."""
    return {name for name, actor in people.all().items() if rule(actor, *row)}  # type: ignore[operator]


ALL = {
    "stranger",
    "vendor",
    "rival",
    "consultancy",
    "municipality",
    "neighbour",
    "staff",
    "admin",
    "auditor",
    "loner",
    "newcomer",
}
STAFF = {"staff", "admin"}


def test_senders_are_vendors_consultancies_and_municipalities_confirmed_or_not(people: People) -> None:
    assert who(people, may_send) == {
        "vendor",
        "rival",
        "consultancy",
        "municipality",
        "neighbour",
        "newcomer",
    }


def test_only_staff_records(people: People) -> None:
    assert who(people, may_record) == STAFF


def test_only_confirmed_municipalities_mark_interest(people: People) -> None:
    assert who(people, may_mark_interest) == {"municipality", "neighbour"}


def see(people: People, contribution: Contribution, is_meeting_out: bool = True) -> set[str]:
    return who(people, may_see, contribution, is_meeting_out)


def test_a_sent_wish_is_seen_by_all(session: Session, people: People) -> None:
    assert see(people, add_wish(session, people.vendor)) == ALL


def test_a_draft_is_seen_by_its_organisations_confirmed_members_and_staff(
    session: Session, people: People
) -> None:
    assert see(people, add_idea_draft(session, people.vendor)) == {"vendor", *STAFF}


def test_a_draft_by_an_unconfirmed_newcomer_is_seen_by_the_newcomer_too(
    session: Session, people: People
) -> None:
    assert see(people, add_idea_draft(session, people.newcomer)) == {"vendor", "newcomer", *STAFF}


def test_a_card_noted_for_a_vendor_is_not_the_vendors_before_it_is_published(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    card = add_card_row(session, people.staff, meeting, on_behalf_of_id=people.vendor.organisation_id)
    assert see(people, card) == STAFF
    assert who(people, may_withdraw, card) == STAFF


def test_a_withdrawn_wish_is_seen_by_its_own_people_and_staff(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    withdraw(session, people.vendor, wish.id)
    assert see(people, wish) == {"vendor", *STAFF}


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("public", ALL),
        ("participants", {"rival", *STAFF}),
        ("municipalities", {"municipality", "neighbour", *STAFF}),
        ("staff", STAFF),
        ("own", {"vendor", *STAFF}),
    ],
)
def test_visibility_decides_who_sees_what_is_published(
    session: Session, people: People, visibility: str, expected: set[str]
) -> None:
    meeting, other = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    people = attending(attending(people, meeting, "rival"), other, "consultancy")
    soft = people.vendor.organisation_id
    card = put_said(session, "a", visibility=visibility, on_behalf_of_id=soft, meeting_id=meeting.id)
    assert see(people, card) == expected


def test_what_is_for_participants_of_no_meeting_is_for_staff(session: Session, people: People) -> None:
    people = attending(people, add_meeting_row(session), "vendor")
    assert see(people, put_said(session, "a", visibility="participants")) == STAFF


def test_rule_and_sql_agree_for_every_actor_and_every_kind_of_contribution(
    session: Session, people: People
) -> None:
    published, hidden = add_meeting_row(session, "10"), add_meeting_row(session, "11", is_published=False)
    people = attending(attending(people, published, "rival", "newcomer"), hidden, "neighbour")
    soft = people.vendor.organisation_id
    add_idea(session, people.newcomer)
    add_idea_draft(session, people.newcomer)
    add_idea_draft(session, people.municipality)
    withdraw(session, people.rival, add_wish(session, people.rival).id)
    noted = {"said_by_user_id": people.vendor.user_id, "entered_by_id": people.staff.user_id}
    put_said(session, "noted", kind="card", on_behalf_of_id=soft, published_at=None, **noted)
    add_card_row(session, people.staff, published, on_behalf_of_id=soft)
    for number, (visibility, meeting, behalf, moment, status) in enumerate(
        product(
            ("public", "participants", "municipalities", "staff", "own"),
            (None, published, hidden),
            (None, soft),
            (None, now()),
            ("received", "withdrawn"),
        )
    ):
        put_said(
            session,
            str(number),
            visibility=visibility,
            meeting_id=meeting.id if meeting else None,
            on_behalf_of_id=behalf,
            published_at=moment,
            status=status,
        )
    rows = session.execute(
        select(Contribution, Meeting.published_at)
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .order_by(Contribution.id)
    ).all()
    assert len(rows) == 126
    for name, actor in (people.all() | {"system": SYSTEM}).items():
        allowed = {
            row.id
            for row, meeting_published_at in rows
            if may_see(actor, row, row.meeting_id is None or meeting_published_at is not None)
        }
        found = set(session.scalars(select(Contribution.id).where(visible_to(actor))))
        assert found == allowed, name


def test_rule_and_sql_agree_for_answers(session: Session, people: People) -> None:
    published, hidden = add_meeting_row(session, "10"), add_meeting_row(session, "11", is_published=False)
    for meeting, moment in product((None, published, hidden), (None, now())):
        session.add(
            Answer(kind="answer", text="Ja", meeting_id=meeting.id if meeting else None, published_at=moment)
        )
    session.flush()
    rows = session.execute(
        select(Answer, Meeting.published_at)
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .order_by(Answer.id)
    ).all()
    for name, actor in people.all().items():
        allowed = {
            row.id for row, at in rows if may_see_answer(actor, row, row.meeting_id is None or at is not None)
        }
        assert set(session.scalars(select(Answer.id).where(answers_visible_to(actor)))) == allowed, name
        assert len(allowed) == (6 if name in STAFF else 2), name


def test_an_answer_is_read_by_who_may_read_what_it_answers_or_what_hangs_under_it(
    session: Session, people: People
) -> None:
    answered: dict[int, list[Contribution]] = {}
    for visibility in ("public", "participants", "municipalities", "staff", "own"):
        said = add_wish(session, people.vendor, visibility)
        said.visibility = visibility
        answered[_add_answer(session, said.id).id] = [said]
    names = ("hidden", "withdrawn", "lead", "member")
    hidden, withdrawn, lead, member = (add_wish(session, people.vendor, name) for name in names)
    answered[_add_answer(session, hidden.id).id] = [hidden]
    answered[_add_answer(session, withdrawn.id).id] = [withdrawn]
    gather(session, people.staff, lead.id, [member.id])
    under_hidden = _add_answer(session, lead.id)
    answered[under_hidden.id] = [lead, member]
    hidden.hidden_at = lead.hidden_at = now()
    withdrawn.status = "withdrawn"
    session.flush()
    for name, actor in people.all().items():
        allowed = {
            answer_id
            for answer_id, said in answered.items()
            if may_see_answer(actor, session.get_one(Answer, answer_id), answered=said)
        }
        assert set(session.scalars(select(Answer.id).where(answers_visible_to(actor)))) == allowed, name
    seen_by_strangers = set(session.scalars(select(Answer.id).where(answers_visible_to(STRANGER))))
    assert seen_by_strangers == {min(answered), under_hidden.id}


def _add_answer(session: Session, contribution_id: int) -> Answer:
    answer = Answer(kind="answer", text="Ja", published_at=now())
    session.add(answer)
    session.flush()
    session.add(AnswerContribution(answer_id=answer.id, contribution_id=contribution_id))
    session.flush()
    return answer


def test_the_confidential_half_is_for_its_own_confirmed_members_and_staff(
    session: Session, people: People
) -> None:
    idea = add_idea(session, people.vendor)
    assert who(people, may_read_confidential, idea) == {"vendor", *STAFF}


def test_an_unconfirmed_writer_reads_the_own_confidential_half(session: Session, people: People) -> None:
    idea = add_idea(session, people.newcomer)
    assert who(people, may_read_confidential, idea) == {"vendor", "newcomer", *STAFF}


def test_a_confidential_half_of_nobodys_is_for_staff_only(session: Session, people: People) -> None:
    idea = put_said(session, "a", kind="idea")
    assert who(people, may_read_confidential, idea) == STAFF
    assert may_read_confidential(STRANGER, idea) is False


def test_a_draft_is_edited_by_its_own_people_and_a_sent_idea_by_nobody(
    session: Session, people: People
) -> None:
    assert who(people, may_edit_draft, add_idea_draft(session, people.vendor)) == {"vendor"}
    assert who(people, may_edit_draft, add_idea(session, people.vendor)) == set()


def test_a_wish_is_withdrawn_by_its_own_people_or_staff_and_once(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    assert who(people, may_withdraw, wish) == {"vendor", *STAFF}
    with pytest.raises(NotAllowed):
        withdraw(session, people.rival, wish.id)
    withdraw(session, people.vendor, wish.id)
    assert who(people, may_withdraw, wish) == set()


def test_what_its_sender_took_back_staff_does_not_bring_back_when_the_sender_has_come_to_staff(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    withdraw(session, people.vendor, wish.id)
    new = Membership(
        user_id=people.vendor.user_id,
        organisation_id=people.staff.organisation_id,
        role="staff",
        confirmed_at=now(),
        created_at=now(),
    )
    session.add(new)
    session.flush()
    assert not is_withdrawn_by_staff(session, wish.id)
    with pytest.raises(Refused) as refused:
        restore(session, people.staff, wish.id)
    assert refused.value.code == "bin_own"
    # And what they take back as staff is brought back by staff, for the house that sent it is another.
    restore(session, people.vendor, wish.id)
    withdraw(session, replace(people.staff, user_id=people.vendor.user_id), wish.id)
    assert is_withdrawn_by_staff(session, wish.id)
    restore(session, people.admin, wish.id)
    assert not is_withdrawn_by_staff(session, wish.id)


def test_who_took_a_contribution_back_is_told_by_whom_they_acted_for_and_who_sent_it(
    session: Session, people: People
) -> None:
    meeting, board = add_board(session)
    staff, vendor = (seat(session, meeting, one, shown_as="name") for one in (people.staff, people.vendor))
    claimant = replace(
        people.loner, organisation_id=people.staff.organisation_id, organisation_kind="association"
    )
    by_loner = {"said_by_user_id": people.loner.user_id, "entered_by_id": people.loner.user_id}
    taken: dict[str, tuple[Actor, int]] = {
        "staff, a vendor's wish": (people.staff, add_wish(session, people.vendor).id),
        "staff, of nobody": (people.staff, put_said(session, "a").id),
        "staff, written down of the own house": (
            people.staff,
            put_said(session, "b", on_behalf_of_id=people.staff.organisation_id).id,
        ),
        "staff, a vendor's card": (staff, write_card(session, vendor, board.id, card()).id),
        "staff, their own card": (staff, write_card(session, staff, board.id, card()).id),
        "the sender": (people.vendor, add_wish(session, people.vendor, "Et andet").id),
        "the sender, who says to be an organiser's": (claimant, put_said(session, "c", **by_loner).id),
        "the house itself": (SYSTEM, add_wish(session, people.vendor, "Et tredje").id),
    }
    for actor, said_id in taken.values():
        withdraw(session, actor, said_id)
    assert {name for name, (_, said_id) in taken.items() if is_withdrawn_by_staff(session, said_id)} == {
        "staff, a vendor's wish",
        "staff, of nobody",
        "staff, written down of the own house",
        "staff, a vendor's card",
    }
