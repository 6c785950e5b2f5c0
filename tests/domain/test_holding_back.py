"""What waits, is hidden or blacked out: who sees it, what is kept, and what is not."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.mail import Mail
from app.core.policy import SYSTEM, Actor, NotAllowed, Refused
from app.domain.contributions.blacked import MARK
from app.domain.contributions.blacking_out import black_out, erase_originals, list_originals, show_words
from app.domain.contributions.holding_back import hide, let_through, let_through_of_membership, show
from app.domain.contributions.models import BlackedText, Contribution, IdeaDetails, Wording
from app.domain.contributions.policy import is_out, may_see, visible_to, was_open_to, why_wait
from app.domain.contributions.queries import find_contribution
from app.domain.contributions.schemas import AnswerFacts, CardEdit, WishInput
from app.domain.contributions.service import edit_card, put_answer, restore, withdraw
from app.domain.meetings.models import Meeting
from app.domain.users.models import Membership
from tests.domain.test_contributions_rights import ALL, STAFF, see
from tests.people import People, with_role
from tests.said import SECRET, add_card_row, add_idea, add_meeting_row, add_wish, put_said


def entries(session: Session, verb: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.id)))


# --- waiting


@pytest.mark.parametrize(
    ("is_confirmed", "is_known", "links", "expected"),
    [
        (False, False, 0, "newcomer"),
        (False, True, 2, None),
        (False, True, 3, "links"),
        (True, False, 30, None),
    ],
)
def test_who_waits_and_why(is_confirmed: bool, is_known: bool, links: int, expected: str | None) -> None:
    assert why_wait(Actor(user_id=1, is_confirmed=is_confirmed), is_known, links) == expected


def test_a_newcomers_wish_has_number_and_day_and_is_seen_by_its_own_people_and_staff(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.newcomer)
    assert (wish.reference[:3], wish.status, wish.answer_by is not None) == ("OE-", "received", True)
    assert (wish.waiting_reason, wish.published_at) == ("newcomer", None)
    assert see(people, wish) == {"newcomer", "vendor", *STAFF}


def test_what_is_let_through_is_open_and_so_is_what_the_same_person_sends_next(
    session: Session, people: People
) -> None:
    first = add_wish(session, people.newcomer)
    assert [row.id for row in let_through(session, people.staff, [first.id])] == [first.id]
    assert see(people, first) == ALL
    assert see(people, add_wish(session, people.newcomer, "Det næste")) == ALL
    waits = add_wish(session, people.newcomer, "Links", body="http://a.dk www.b.dk https://c.dk")
    assert waits.waiting_reason == "links"
    assert let_through(session, people.staff, [first.id]) == []
    assert [entry.thing_id for entry in entries(session, "let_through")] == [first.id]


def test_who_was_let_through_and_then_hidden_waits_again(session: Session, people: People) -> None:
    first = add_wish(session, people.newcomer)
    let_through(session, people.staff, [first.id])
    hide(session, people.staff, first.id, first.version, "abusive")
    assert add_wish(session, people.newcomer, "Det næste").waiting_reason == "newcomer"


def test_only_staff_lets_through(session: Session, people: People) -> None:
    wish = add_wish(session, people.newcomer)
    for who in ("vendor", "newcomer", "municipality", "auditor", "loner", "stranger"):
        with pytest.raises(NotAllowed):
            let_through(session, getattr(people, who), [wish.id])


def test_what_waits_comes_out_when_the_membership_is_confirmed_and_not_before(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.newcomer)
    taken_back = add_wish(session, people.newcomer, "Trukket")
    withdraw(session, people.newcomer, taken_back.id)
    membership_id = people.newcomer.membership_id or 0
    assert let_through_of_membership(session, membership_id) == []
    session.get_one(Membership, membership_id).confirmed_at = now()
    session.flush()
    assert [row.id for row in let_through_of_membership(session, membership_id)] == [wish.id]
    assert see(people, wish) == ALL


def test_what_waits_and_is_taken_back_waits_again_when_it_is_restored(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.newcomer)
    withdraw(session, people.newcomer, wish.id)
    restore(session, people.newcomer, wish.id)
    assert (wish.status, wish.waiting_reason, wish.published_at) == ("received", "newcomer", None)


def test_a_live_meetings_cards_neither_wait_nor_are_refused_as_repetition(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    for _ in range(3):
        card = add_card_row(session, people.staff, meeting, "Det samme https://a.dk https://b.dk www.c.dk")
        assert card.waiting_reason is None


# --- the same text again


def test_the_same_text_within_a_day_is_refused_with_the_number_of_the_first(
    session: Session, people: People
) -> None:
    first = add_wish(session, people.vendor, "Fælles  mål", body="Vi mangler\n\nen retning.")
    with pytest.raises(Refused, match="sent_before") as stopped:
        add_wish(session, people.vendor, "fælles mål", body="VI mangler en retning.")
    assert stopped.value.values == {"reference": first.reference}
    assert add_wish(session, people.rival, "Fælles mål", body="Vi mangler en retning.").id
    withdraw(session, people.vendor, first.id)
    assert add_wish(session, people.vendor, "Fælles mål", body="Vi mangler en retning.").id


def test_an_unconfirmed_sender_is_not_told_what_the_organisation_has_sent(
    session: Session, people: People
) -> None:
    add_wish(session, people.vendor)
    assert add_wish(session, people.newcomer).waiting_reason == "newcomer"


def test_the_mark_of_what_is_blacked_out_is_nobodys_to_write() -> None:
    assert WishInput(title=f"Se {MARK}", body=MARK).title == "Se ■■■"


# --- hiding


def test_a_hidden_wish_is_seen_by_its_own_people_and_staff(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    hide(session, people.staff, wish.id, wish.version, "abusive")
    assert see(people, wish) == {"vendor", *STAFF}
    assert is_out(wish) is False
    show(session, people.admin, wish.id, wish.version)
    assert see(people, wish) == ALL
    assert [entry.after for entry in entries(session, "hide")] == [{"hidden": True, "reason": "abusive"}]
    assert len(entries(session, "show")) == 1


def test_a_hidden_card_is_not_even_seen_by_who_wrote_it_down(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    card = put_said(session, "k", kind="card", meeting_id=meeting.id, entered_by_id=people.vendor.user_id)
    hide(session, people.staff, card.id, card.version, "other")
    assert see(people, card) == STAFF
    for role in ("facilitator", "rapporteur"):
        actor = with_role(session, people.vendor, meeting.id, role)
        assert may_see(actor, card) is False
        assert session.scalar(select(Contribution.id).where(visible_to(actor))) is None


def test_two_who_decide_at_once_are_told(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    seen = wish.version
    hide(session, people.staff, wish.id, seen, "abusive")
    for verb in (
        lambda: hide(session, people.admin, wish.id, seen, "other"),
        lambda: show(session, people.admin, wish.id, seen),
        lambda: black_out(session, people.admin, wish.id, seen, "mål"),
    ):
        with pytest.raises(Refused, match="stale"):
            verb()


def test_what_was_never_out_comes_out_when_it_is_shown(session: Session, people: People) -> None:
    wish = add_wish(session, people.newcomer)
    hide(session, people.staff, wish.id, wish.version, "advertising")
    assert (wish.waiting_reason, see(people, wish)) == (None, {"newcomer", "vendor", *STAFF})
    show(session, people.staff, wish.id, wish.version)
    assert see(people, wish) == ALL


def test_a_hidden_wish_taken_back_and_restored_stays_hidden(session: Session, people: People) -> None:
    wish = add_wish(session, people.newcomer)
    hide(session, people.staff, wish.id, wish.version, "advertising")
    withdraw(session, people.newcomer, wish.id)
    restore(session, people.newcomer, wish.id)
    assert (wish.status, see(people, wish)) == ("received", {"newcomer", "vendor", *STAFF})


def test_rule_and_sql_agree_for_what_is_held_back(session: Session, people: People) -> None:
    published, draft = add_meeting_row(session, "10"), add_meeting_row(session, "11", is_published=False)
    soft = people.vendor.organisation_id
    sent = add_wish(session, people.vendor)
    hide(session, people.staff, sent.id, sent.version, "other")
    refused = add_wish(session, people.newcomer)
    hide(session, people.staff, refused.id, refused.version, "other")
    add_wish(session, people.newcomer, "Venter")
    for number, (visibility, meeting) in enumerate(
        (visibility, meeting)
        for visibility in ("public", "participants", "municipalities", "staff", "own")
        for meeting in (None, published, draft)
    ):
        row = put_said(
            session,
            str(number),
            kind="card",
            visibility=visibility,
            meeting_id=meeting.id if meeting else None,
            on_behalf_of_id=soft,
        )
        hide(session, people.staff, row.id, row.version, "other")
    rows = session.execute(
        select(Contribution, Meeting.published_at)
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .order_by(Contribution.id)
    ).all()
    assert len(rows) == 18
    recorder = with_role(session, people.rival, published.id, "rapporteur")
    actors = people.all() | {"system": SYSTEM, "recorder": recorder}
    for name, actor in actors.items():
        allowed = {
            row.id for row, at in rows if may_see(actor, row, row.meeting_id is None or at is not None)
        }
        assert set(session.scalars(select(Contribution.id).where(visible_to(actor)))) == allowed, name


def test_a_mark_is_left_only_where_it_could_be_read(session: Session, people: People) -> None:
    for visibility in ("public", "municipalities", "staff", "own"):
        row = put_said(session, visibility, title=visibility, visibility=visibility)
        hide(session, people.staff, row.id, row.version, "other")
    never_out = add_wish(session, people.newcomer)
    hide(session, people.staff, never_out.id, never_out.version, "other")

    def marks(actor: Actor) -> set[str]:
        return set(session.scalars(select(Contribution.title).where(was_open_to(actor))))

    assert marks(people.stranger) == marks(people.vendor) == {"public"}
    assert marks(people.municipality) == {"public", "municipalities"}


# --- blacking out


def test_words_are_out_of_sight_in_title_text_and_answers_and_staff_reads_them_still(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor, "Om Hans Jensen", body="Spørg hans\njensen. Hans Jensen ved det.")
    answer = put_answer(
        session,
        SYSTEM,
        AnswerFacts(
            key="a",
            kind="answer",
            text="Hans Jensen har ret.",
            published_at=now(),
            contribution_ids=[wish.id],
        ),
    )
    assert black_out(session, people.staff, wish.id, wish.version, "Hans Jensen") == 4
    assert (wish.title, wish.body) == (f"Om {MARK}", f"Spørg {MARK}. {MARK} ved det.")
    assert answer.text == f"{MARK} har ret."
    originals = list_originals(session, people.staff, wish.id)
    assert [original.pieces for original in originals] == [
        (("Om ", False), ("Hans Jensen", True)),
        (
            ("Spørg ", False),
            ("hans\njensen", True),
            (". ", False),
            ("Hans Jensen", True),
            (" ved det.", False),
        ),
        (("Hans Jensen", True), (" har ret.", False)),
    ]
    with pytest.raises(NotAllowed):
        list_originals(session, people.auditor, wish.id)
    show_words(session, people.staff, wish.id, wish.version)
    assert (wish.title, answer.text) == ("Om Hans Jensen", "Hans Jensen har ret.")
    assert session.scalars(select(BlackedText).order_by(BlackedText.id)).all() == []


def test_only_the_first_place_can_be_chosen_and_the_rest_afterwards(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Ida og Ida", body="Ida")
    assert black_out(session, people.staff, wish.id, wish.version, "ida", everywhere=False) == 1
    assert (wish.title, wish.body) == (f"{MARK} og Ida", "Ida")
    assert black_out(session, people.staff, wish.id, wish.version, "Ida") == 2
    assert (wish.title, wish.body) == (f"{MARK} og {MARK}", MARK)
    with pytest.raises(Refused, match="words_not_found"):
        black_out(session, people.staff, wish.id, wish.version, "Ida")


def test_a_title_that_is_the_beginning_of_the_text_keeps_no_half_of_the_words(
    session: Session, people: People
) -> None:
    said = "ord " * 25 + "Hans Jensen sagde i tirsdags til os alle"
    card = add_card_row(session, people.staff, add_meeting_row(session), said)
    assert card.title.endswith("…") and "Hans" in card.title
    black_out(session, people.staff, card.id, card.version, "Hans Jensen sagde i tirsdags")
    assert "Hans" not in card.title and "Hans" not in card.body
    show_words(session, people.staff, card.id, card.version)
    assert "Hans Jensen" in card.title


def test_words_erased_for_good_are_nowhere(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    card = add_card_row(
        session, people.staff, meeting, "Zakarias-4711 sagde det", said_by_text="Zakarias-4711"
    )
    edit_card(session, people.staff, card.id, CardEdit(text="Zakarias-4711 sagde noget", version=1))
    idea = add_idea(
        session,
        people.vendor,
        problem="Zakarias-4711 har problemet",
        secret_other="Zakarias-4711 betaler",
        reason_other="Pris",
    )
    for row in (card, idea):
        black_out(session, people.staff, row.id, row.version, "zakarias-4711", for_good=True)
    assert session.scalars(select(BlackedText).order_by(BlackedText.id)).all() == []
    assert session.get_one(IdeaDetails, idea.id).confidential == {"other": f"{MARK} betaler"}
    assert session.scalars(select(Wording)).one().words["body"] == f"{MARK} sagde det"
    tables = session.scalars(
        text("select table_name from information_schema.tables where table_schema = 'public'")
    ).all()
    found = [
        table
        for table in tables
        if session.scalar(
            text(f'select count(*) from "{table}" as t where to_jsonb(t)::text ilike :words'),
            {"words": "%zakarias-4711%"},
        )
    ]
    assert found == []


def test_an_earlier_blacking_out_can_be_erased_for_good(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Om Hans", body="Hans")
    black_out(session, people.staff, wish.id, wish.version, "Hans")
    assert erase_originals(session, people.staff, wish.id, wish.version) == 2
    with pytest.raises(Refused, match="nothing_blacked_out"):
        show_words(session, people.staff, wish.id, wish.version)
    assert (wish.title, wish.body) == (f"Om {MARK}", MARK)


def test_what_is_blacked_out_is_not_rewritten_before_it_is_shown_or_erased(
    session: Session, people: People
) -> None:
    card = add_card_row(session, people.staff, add_meeting_row(session), "Hans sagde det")
    black_out(session, people.staff, card.id, card.version, "Hans")
    with pytest.raises(Refused, match="blacked_out"):
        edit_card(session, people.staff, card.id, CardEdit(text="Nyt", version=card.version))
    erase_originals(session, people.staff, card.id, card.version)
    assert edit_card(session, people.staff, card.id, CardEdit(text="Nyt", version=card.version)).body == "Nyt"


def test_the_log_and_the_mails_kept_hold_none_of_the_words(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Om Hans & Co 4711", body="Hans & Co 4711")
    assert "Hans & Co 4711" in session.scalars(select(Mail.text)).one()
    black_out(session, people.staff, wish.id, wish.version, "Hans & Co 4711")
    (mail,) = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert "4711" not in f"{mail.subject}{mail.text}{mail.html}"
    assert f"Om {MARK}" in mail.text
    logged = " ".join(str(row) for row in session.execute(text("select * from audit_entry")))
    assert "Hans" not in logged
    (entry,) = entries(session, "black_out")
    assert entry.after == {
        "places": 2,
        "fields": ["contribution.title", "contribution.body"],
        "for_good": False,
    }


def test_the_confidential_half_is_blacked_out_too(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor, **SECRET)
    black_out(session, people.staff, idea.id, idea.version, "Hemmelig-fløjte-4711")
    assert session.get_one(IdeaDetails, idea.id).confidential == {"technology": MARK}
    show_words(session, people.staff, idea.id, idea.version)
    assert session.get_one(IdeaDetails, idea.id).confidential == {"technology": "Hemmelig-fløjte-4711"}


def test_readers_meet_the_mark_whoever_they_are(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Om Hans", body="Hans")
    black_out(session, people.staff, wish.id, wish.version, "Hans")
    titles = {
        view.title
        for actor in people.all().values()
        if (view := find_contribution(session, actor, wish.reference))
    }
    assert titles == {f"Om {MARK}"}


def test_a_draft_is_not_hidden(session: Session, people: People) -> None:
    card = add_card_row(session, people.staff, add_meeting_row(session))
    with pytest.raises(Refused, match="not_to_hide"):
        hide(session, people.staff, card.id, card.version, "other")
