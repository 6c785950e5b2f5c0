"""The verbs of contributions: what they make, what they log, what they tell."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.events import forget_reactions, react
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.contributions.events import (
    AnswerChanged,
    ContributionsChanged,
    ContributionSent,
    InterestMarked,
)
from app.domain.contributions.holding_back import let_through
from app.domain.contributions.interests import mark_interest, put_interest, remove_interest
from app.domain.contributions.models import (
    Answer,
    Contribution,
    ContributionTheme,
    IdeaDetails,
    Interest,
    Wording,
)
from app.domain.contributions.queries import find_contribution
from app.domain.contributions.schemas import (
    AnswerFacts,
    CardEdit,
    CardPlace,
    IdeaDraft,
    IdeaInput,
    InterestFacts,
    InterestInput,
    WishInput,
    WrongLine,
    read_lines,
)
from app.domain.contributions.service import (
    Confidential,
    add_cards,
    edit_card,
    find_last_tagging,
    publish,
    publish_meeting_cards,
    put_answer,
    read_confidential,
    restore,
    save_idea_draft,
    send_idea,
    send_wish,
    tag_contributions,
    undo_tagging,
    withdraw,
)
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.said import (
    IDEA,
    SECRET,
    add_card_row,
    add_group_row,
    add_idea,
    add_idea_draft,
    add_item_row,
    add_meeting_row,
    add_speaker_row,
    add_theme_rows,
    add_wish,
    put_said,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def told() -> Iterator[list[object]]:
    """What is announced, in order."""
    found: list[object] = []
    forget_reactions()
    for event in (ContributionsChanged, ContributionSent, AnswerChanged, InterestMarked):
        react(event, lambda session, event: found.append(event))
    yield found
    connect_rooms(Settings())


def log(session: Session) -> list[tuple[str, str, int | None]]:
    session.flush()
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.verb, row.thing, row.thing_id) for row in rows]


def last_entry(session: Session) -> AuditEntry:
    session.flush()
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def themes_of(session: Session, *contributions: Contribution) -> list[set[int]]:
    return [
        set(
            session.scalars(
                select(ContributionTheme.theme_id).where(ContributionTheme.contribution_id == row.id)
            )
        )
        for row in contributions
    ]


# --- sending


def test_a_sent_wish_has_a_number_a_date_and_its_organisation(
    session: Session, people: People, told: list[object]
) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    given = WishInput(title="Ønske", body="Ord", aspect="data", theme_ids=[climate.id])
    with moved_to(NOON):
        wish = send_wish(session, people.vendor, given, 90)
    assert wish.reference.startswith("OE-") and len(wish.reference) == 7
    assert wish.said_by_user_id == wish.entered_by_id == people.vendor.user_id
    assert wish.on_behalf_of_id == people.vendor.organisation_id
    assert (wish.status, wish.published_at, wish.answer_by) == ("received", NOON, date(2027, 2, 19))
    assert themes_of(session, wish) == [{climate.id}]
    assert log(session) == [("send", "contribution", wish.id)]
    assert told == [ContributionsChanged("wish", (wish.id,)), ContributionSent(wish.id)]


def test_numbers_run_on_for_each_kind(session: Session, people: People) -> None:
    first, second = add_wish(session, people.vendor), add_wish(session, people.rival)
    idea = add_idea(session, people.vendor)
    assert int(second.reference[3:]) == int(first.reference[3:]) + 1
    assert idea.reference.startswith("ID-")


@pytest.mark.parametrize("who", ["stranger", "loner", "staff", "admin"])
def test_who_is_no_sender_sends_nothing(session: Session, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        add_wish(session, getattr(people, who))


def test_an_unknown_theme_is_refused(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="unknown_theme"):
        add_wish(session, people.vendor, theme_ids=[4711])


def test_a_wish_of_an_unconfirmed_sender_says_so_until_confirmed(session: Session, people: People) -> None:
    mine, theirs = add_wish(session, people.newcomer, "Mit"), add_wish(session, people.vendor)
    let_through(session, people.staff, [mine.id])
    found = [find_contribution(session, people.stranger, row.reference) for row in (mine, theirs)]
    assert [view.is_sender_confirmed for view in found if view] == [False, True]


def test_a_form_for_a_wish_knows_no_organisation_or_status() -> None:
    with pytest.raises(ValidationError):
        WishInput.model_validate({"title": "a", "body": "b", "on_behalf_of_id": 3})
    with pytest.raises(ValidationError):
        WishInput.model_validate({"title": "a", "body": "b", "status": "answered"})


# --- ideas


def test_an_idea_is_kept_as_draft_changed_and_sent_under_one_number(
    session: Session, people: People, told: list[object]
) -> None:
    draft = save_idea_draft(session, people.vendor, IdeaDraft(title="Kun en titel"))
    number = draft.reference
    assert (draft.status, draft.published_at, draft.answer_by) == ("draft", None, None)
    save_idea_draft(session, people.vendor, IdeaDraft(**(IDEA | {"version": 1})), draft.id)
    assert (draft.title, draft.version) == ("Roligere nætter", 2)
    sent = send_idea(session, people.vendor, IdeaInput(**(IDEA | {"version": 2})), 90, draft.id)
    assert (sent.id, sent.reference, sent.status) == (draft.id, number, "received")
    assert [verb for verb, _, _ in log(session)] == ["draft", "edit", "send"]
    assert told[-1] == ContributionSent(draft.id)


def test_a_stale_draft_is_refused_and_a_sent_one_stays(session: Session, people: People) -> None:
    draft = add_idea_draft(session, people.vendor)
    save_idea_draft(session, people.vendor, IdeaDraft(**(IDEA | {"version": 1})), draft.id)
    with pytest.raises(Refused, match="stale"):
        save_idea_draft(session, people.vendor, IdeaDraft(**(IDEA | {"version": 1})), draft.id)
    send_idea(session, people.vendor, IdeaInput(**(IDEA | {"version": 2})), 90, draft.id)
    with pytest.raises(NotAllowed):
        save_idea_draft(session, people.vendor, IdeaDraft(**(IDEA | {"version": 2})), draft.id)


def test_anothers_draft_is_not_there(session: Session, people: People) -> None:
    draft = add_idea_draft(session, people.vendor)
    with pytest.raises(NotFound):
        save_idea_draft(session, people.rival, IdeaDraft(**(IDEA | {"version": 1})), draft.id)


def test_a_secret_without_a_reason_is_refused_when_sent_but_kept_in_a_draft() -> None:
    secret = IDEA | {"secret_other": "Opskriften"}
    with pytest.raises(ValidationError, match="needs a reason"):
        IdeaInput.model_validate(secret)
    assert IdeaDraft.model_validate(secret).confidential == {"other": "Opskriften"}


def test_the_log_of_an_idea_names_fields_and_holds_no_words(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor, **SECRET)
    entry = last_entry(session)
    assert entry.after == {
        "kind": "idea",
        "reference": idea.reference,
        "status": "received",
        "waiting_reason": None,
        "fields": ["problem", "for_whom", "proposal", "confidential.technology"],
    }


def test_each_reading_of_the_confidential_half_is_logged(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor, **SECRET)
    found = read_confidential(session, people.staff, idea.id)
    assert found == Confidential(
        {"technology": "Hemmelig-fløjte-4711"}, {"technology": "Forretningshemmelighed-4712"}
    )
    entry = last_entry(session)
    assert (entry.verb, entry.thing_id, entry.user_id) == ("read_confidential", idea.id, people.staff.user_id)


@pytest.mark.parametrize("who", ["stranger", "rival", "consultancy", "municipality", "loner", "newcomer"])
def test_the_confidential_half_is_not_there_for_others(session: Session, people: People, who: str) -> None:
    idea = add_idea(session, people.vendor, **SECRET)
    with pytest.raises(NotFound):
        read_confidential(session, getattr(people, who), idea.id)


def test_an_idea_without_a_confidential_half_has_none_to_read(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor)
    with pytest.raises(NotFound):
        read_confidential(session, people.staff, idea.id)


# --- cards


def test_a_card_brings_the_groups_item_and_task_along(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    group = add_group_row(session, meeting, item, task="Nævn tre ting")
    speaker = add_speaker_row(session, item)
    card = add_card_row(
        session,
        people.staff,
        meeting,
        "Ord, som de faldt",
        group_id=group.id,
        said_by_person_id=speaker.id,
        on_behalf_of_text="branchen",
    )
    view = find_contribution(session, people.staff, card.reference)
    assert view is not None
    assert (view.item_title, view.group_name, view.task) == ("Gruppedrøftelser", "Gruppe 1", "Nævn tre ting")
    assert (view.said_by, view.on_behalf_of, view.entered_by) == ("Oda Oplæg", "branchen", "Stine Stab")
    assert (view.title, view.body, view.status) == ("Ord, som de faldt", "Ord, som de faldt", "draft")
    assert view.reference.startswith("IN-")


def test_another_groups_task_left_in_the_form_gives_way(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    add_group_row(session, meeting, task="Den enes opgave")
    group = add_group_row(session, meeting, task="Den andens opgave")
    card = add_card_row(session, people.staff, meeting, group_id=group.id, task="Den enes opgave")
    own = add_card_row(session, people.staff, meeting, group_id=group.id, task="En helt tredje")
    assert (card.task, own.task) == ("Den andens opgave", "En helt tredje")


def test_fifty_lines_become_fifty_cards_at_one_place_with_one_entry_in_the_log(
    session: Session, people: People, told: list[object]
) -> None:
    meeting = add_meeting_row(session)
    group = add_group_row(session, meeting, add_item_row(session, meeting), task="Opgaven")
    cards = add_cards(
        session,
        people.staff,
        meeting.id,
        CardPlace(group_id=group.id, said_by_text="bord 3"),
        [f"Indspil {n}" for n in range(50)],
    )
    assert [card.body for card in cards] == [f"Indspil {n}" for n in range(50)]
    assert {(card.group_id, card.item_id, card.task, card.said_by_text) for card in cards} == {
        (group.id, group.item_id, "Opgaven", "bord 3")
    }
    assert len({card.reference for card in cards}) == 50
    assert log(session) == [("add_cards", "meeting", meeting.id)]
    assert told == [ContributionsChanged("card", tuple(card.id for card in cards))]


def test_a_long_card_keeps_its_words_and_gets_a_short_title(session: Session, people: People) -> None:
    words = "Velfærdsteknologi " * 25
    card = add_card_row(session, people.staff, add_meeting_row(session), words)
    assert card.body == words.strip()
    assert len(card.title) <= 120 and card.title.endswith("…")


def test_pasted_lines_lose_bullets_numbers_and_empty_lines() -> None:
    pasted = "- Et\r\n\r\n  • To\n3. Tre\n4) Fire\n– Fem\n   \n* Seks\n-5 grader\n2026 bliver året"
    assert read_lines(pasted) == (
        ["Et", "To", "Tre", "Fire", "Fem", "Seks", "-5 grader", "2026 bliver året"],
        [],
    )


def test_lines_that_are_no_cards_are_told_by_number() -> None:
    cards, wrong = read_lines(f"God\n\n{'x' * 501}\nmin mor 010203-1234 er syg")
    assert cards == ["God"]
    assert wrong == [WrongLine(3, "too_long", 501), WrongLine(4, "cpr_number", 26)]


def test_a_card_at_another_meetings_group_is_refused(session: Session, people: People) -> None:
    meeting, other = add_meeting_row(session, "10"), add_meeting_row(session, "11")
    group, item = add_group_row(session, other), add_item_row(session, other)
    with pytest.raises(Refused, match="unknown_group"):
        add_card_row(session, people.staff, meeting, group_id=group.id)
    with pytest.raises(Refused, match="unknown_item"):
        add_card_row(session, people.staff, meeting, item_id=item.id)
    with pytest.raises(Refused, match="unknown_person"):
        add_card_row(session, people.staff, meeting, said_by_person_id=4711)
    with pytest.raises(Refused, match="unknown_organisation"):
        add_card_row(session, people.staff, meeting, on_behalf_of_id=4711)


def test_a_vendor_records_no_card(session: Session, people: People) -> None:
    with pytest.raises(NotAllowed):
        add_card_row(session, people.vendor, add_meeting_row(session))


def test_an_edited_card_keeps_how_it_was_and_the_log_none_of_the_words(
    session: Session, people: People
) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    card = add_card_row(session, people.staff, add_meeting_row(session), "Før", said_by_text="bord 1")
    edit_card(
        session,
        people.admin,
        card.id,
        CardEdit(text="Efter", said_by_text="bord 2", aspect="data", theme_ids=[climate.id], version=1),
    )
    entry = last_entry(session)
    assert entry.before is not None and entry.after is not None
    changed = {name for name in entry.before if entry.before[name] != entry.after[name]}
    assert changed == {"aspect", "theme_ids", "version"}
    assert entry.after["rewritten"] == ["title", "body", "said_by_text"]
    logged = " ".join(str(row) for row in session.execute(text("select before, after from audit_entry")))
    assert "Efter" not in logged and "Før" not in logged and "bord 1" not in logged
    old = session.scalars(select(Wording)).one()
    assert (old.version, old.words["body"], old.words["said_by_text"]) == (1, "Før", "bord 1")
    with pytest.raises(Refused, match="stale"):
        edit_card(session, people.staff, card.id, CardEdit(text="For sent", version=1))


def test_what_somebody_sent_is_not_edited_by_staff(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    with pytest.raises(NotAllowed):
        edit_card(session, people.staff, wish.id, CardEdit(text="Omskrevet", version=1))


# --- tagging


def test_many_are_tagged_at_once_and_the_last_tagging_is_undone(session: Session, people: People) -> None:
    climate, data = add_theme_rows(session, "Klima", "Data")
    meeting = add_meeting_row(session)
    first, second = (add_card_row(session, people.staff, meeting, text) for text in ("Et", "To"))
    tag_contributions(session, people.staff, [first.id], aspect="data", theme_ids=[data.id])
    tag_contributions(
        session, people.staff, [first.id, second.id], aspect="security", theme_ids=[climate.id, data.id]
    )
    assert (first.aspect, second.aspect) == ("security", "security")
    assert themes_of(session, first, second) == [{climate.id, data.id}, {climate.id, data.id}]
    undo_tagging(session, people.staff, meeting.id)
    assert (first.aspect, second.aspect) == ("data", None)
    assert themes_of(session, first, second) == [{data.id}, set()]
    assert find_last_tagging(session, people.staff, meeting.id) is None
    assert undo_tagging(session, people.staff, meeting.id) is None
    assert [verb for verb, thing, _ in log(session) if thing == "tagging"] == ["tag", "tag", "untag"]


def test_undoing_leaves_what_another_changed_meanwhile(session: Session, people: People) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    meeting = add_meeting_row(session)
    card = add_card_row(session, people.staff, meeting)
    tag_contributions(session, people.staff, [card.id], aspect="data", theme_ids=[climate.id])
    tag_contributions(session, people.admin, [card.id], aspect="security")
    undo_tagging(session, people.staff, meeting.id)
    assert card.aspect == "security"
    assert themes_of(session, card) == [set()]


def test_themes_and_aspect_are_taken_away(session: Session, people: People) -> None:
    climate, data = add_theme_rows(session, "Klima", "Data")
    card = add_card_row(session, people.staff, add_meeting_row(session))
    tag_contributions(session, people.staff, [card.id], aspect="data", theme_ids=[climate.id, data.id])
    tag_contributions(session, people.staff, [card.id], aspect="data", theme_ids=[climate.id], remove=True)
    assert card.aspect is None
    assert themes_of(session, card) == [{data.id}]


def test_tagging_what_is_so_already_logs_and_tells_nothing(
    session: Session, people: People, told: list[object]
) -> None:
    (climate,) = add_theme_rows(session, "Klima")
    card = add_card_row(session, people.staff, add_meeting_row(session))
    tag_contributions(session, people.staff, [card.id], theme_ids=[climate.id])
    entries, events = len(log(session)), len(told)
    tag_contributions(session, people.staff, [card.id], theme_ids=[climate.id])
    assert (len(log(session)), len(told)) == (entries, events)


def test_tagging_something_unknown_tags_nothing(session: Session, people: People) -> None:
    card = add_card_row(session, people.staff, add_meeting_row(session))
    with pytest.raises(NotFound):
        tag_contributions(session, people.staff, [card.id, 4711], aspect="data")
    with pytest.raises(Refused, match="unknown_theme"):
        tag_contributions(session, people.staff, [card.id], theme_ids=[4711])
    with pytest.raises(NotAllowed):
        tag_contributions(session, people.vendor, [card.id], aspect="data")


# --- publishing, withdrawing


def test_a_meetings_cards_are_hidden_until_published_at_once(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    cards = [add_card_row(session, people.staff, meeting, text) for text in ("Et", "To")]
    withdraw(session, people.staff, cards[1].id)
    assert find_contribution(session, people.stranger, cards[0].reference) is None
    assert publish_meeting_cards(session, people.staff, meeting.id) == 1
    found = find_contribution(session, people.stranger, cards[0].reference)
    assert found is not None and found.status == "received"
    assert find_contribution(session, people.stranger, cards[1].reference) is None
    assert publish_meeting_cards(session, people.staff, meeting.id) == 0


def test_published_cards_of_a_draft_meeting_wait_for_the_meeting(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, is_published=False)
    card = add_card_row(session, people.staff, meeting)
    publish_meeting_cards(session, people.staff, meeting.id)
    assert find_contribution(session, people.vendor, card.reference) is None
    meeting.published_at = NOON
    session.flush()
    assert find_contribution(session, people.vendor, card.reference) is not None


def test_publishing_leaves_other_peoples_drafts_alone(session: Session, people: People) -> None:
    draft = add_idea_draft(session, people.vendor)
    assert publish(session, people.staff, [draft.id]) == 0
    assert draft.status == "draft"
    with pytest.raises(NotAllowed):
        publish(session, people.vendor, [draft.id])


def test_a_withdrawal_is_undone(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    card = add_card_row(session, people.staff, add_meeting_row(session))
    for row, actor, status in ((wish, people.vendor, "received"), (card, people.staff, "draft")):
        withdraw(session, actor, row.id)
        assert row.status == "withdrawn"
        restore(session, actor, row.id)
        assert row.status == status
    with pytest.raises(Refused, match="not_withdrawn"):
        restore(session, people.vendor, wish.id)


# --- interest


def test_a_municipality_has_one_mark_that_a_colleague_may_change(
    session: Session, people: People, told: list[object]
) -> None:
    wish = add_wish(session, people.vendor)
    told.clear()
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="need", contact="Mona, 1234"))
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="pilot"))
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="pilot"))
    mark_interest(session, people.neighbour, wish.id, InterestInput(kind="solved"))
    rows = session.execute(select(Interest.organisation_id, Interest.kind).order_by(Interest.id)).all()
    here, there = people.municipality.organisation_id, people.neighbour.organisation_id
    assert [tuple(row) for row in rows] == [(here, "pilot"), (there, "solved")]
    changes = session.execute(
        select(AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.verb == "mark_interest")
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in changes] == [
        (None, {"kind": "need", "contact": "Mona, 1234"}),
        ({"kind": "need", "contact": "Mona, 1234"}, {"kind": "pilot", "contact": ""}),
        (None, {"kind": "solved", "contact": ""}),
    ]
    assert told == [
        InterestMarked(wish.id, here),
        InterestMarked(wish.id, here),
        InterestMarked(wish.id, there),
    ]


def test_a_mark_is_taken_away_again(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="need"))
    remove_interest(session, people.municipality, wish.id)
    remove_interest(session, people.municipality, wish.id)
    assert session.scalar(select(func.count()).select_from(Interest)) == 0
    assert last_entry(session).verb == "remove_interest"


@pytest.mark.parametrize("who", ["vendor", "staff", "loner", "stranger"])
def test_only_municipalities_mark_interest(session: Session, people: People, who: str) -> None:
    wish = add_wish(session, people.vendor)
    with pytest.raises(NotAllowed):
        mark_interest(session, getattr(people, who), wish.id, InterestInput(kind="need"))


def test_interest_in_a_draft_or_a_card_is_refused(session: Session, people: People) -> None:
    draft = add_idea_draft(session, people.municipality)
    card = put_said(session, "kort", kind="card")
    for row in (draft, card):
        with pytest.raises(NotAllowed, match="no_interest_here"):
            mark_interest(session, people.municipality, row.id, InterestInput(kind="need"))


# --- the archive


def test_the_same_facts_twice_add_nothing_and_edits_by_people_stay(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    (climate,) = add_theme_rows(session, "Klima")
    first = put_said(session, "10-indspil-1", meeting_id=meeting.id, theme_ids=[climate.id])
    first.title = "Rettet af et menneske"
    again = put_said(session, "10-indspil-1", meeting_id=meeting.id, title="Fra arkivet")
    assert (again.id, again.title) == (first.id, "Rettet af et menneske")
    assert session.scalar(select(func.count()).select_from(Contribution)) == 1
    assert session.scalars(select(ContributionTheme.origin)).all() == ["archive"]
    elsewhere = put_said(session, "10-indspil-1")
    assert put_said(session, "10-indspil-1").id == elsewhere.id != first.id


def test_an_idea_of_the_archive_keeps_both_halves(session: Session, people: People) -> None:
    details = {
        "problem": "Et problem",
        "confidential": {"cost_frame": "18 kr."},
        "confidential_reason": "Pris",
    }
    idea = put_said(
        session, "ide", kind="idea", details=details, on_behalf_of_id=people.vendor.organisation_id
    )
    assert session.get_one(IdeaDetails, idea.id).problem == "Et problem"
    assert read_confidential(session, people.vendor, idea.id).parts == {"cost_frame": "18 kr."}


def test_an_answer_of_the_archive_is_put_once_with_its_signers(session: Session, people: People) -> None:
    wish = put_said(session, "oenske")
    given = AnswerFacts(
        key="svar-1",
        kind="promise",
        text="Det gør vi.",
        published_at=NOON,
        organisation_ids=[people.staff.organisation_id or 0],
        contribution_ids=[wish.id],
    )
    first = put_answer(session, SYSTEM, given)
    assert put_answer(session, SYSTEM, given).id == first.id
    assert session.scalar(select(func.count()).select_from(Answer)) == 1


def test_an_interest_of_the_archive_stays_as_people_changed_it(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    mark_interest(session, people.municipality, wish.id, InterestInput(kind="need"))
    given = InterestFacts(
        contribution_id=wish.id, organisation_id=people.municipality.organisation_id or 0, kind="pilot"
    )
    assert put_interest(session, SYSTEM, given).kind == "need"
    other = given.model_copy(update={"organisation_id": people.neighbour.organisation_id})
    assert put_interest(session, SYSTEM, other).kind == "pilot"
