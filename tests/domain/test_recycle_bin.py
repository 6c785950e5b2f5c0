"""What verbs delete is laid aside, and comes back as it was."""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.laid_aside import LaidAside, lay_aside
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.answering.cases import add_note, claim, release, remove_note
from app.domain.answering.drafting import discard_answer
from app.domain.answering.models import BatchAnswer
from app.domain.answering.publishing import discard_batch, make_batch, publish_batch
from app.domain.answering.schemas import NoteInput
from app.domain.boards.planning import remove_board
from app.domain.closing.models import GapReason
from app.domain.closing.service import take_back_reason
from app.domain.commitments.measuring import remove_indicator
from app.domain.commitments.milestones import remove_milestone
from app.domain.commitments.service import withdraw as withdraw_commitment
from app.domain.contributions.ideas.extras import add_field, retire_field
from app.domain.contributions.ideas.schemas import IdeaFieldInput
from app.domain.contributions.models import Answer
from app.domain.contributions.service import restore, withdraw
from app.domain.groups.models import Group
from app.domain.groups.placing import add_rivals, remove_rivals
from app.domain.groups.schemas import GroupInput, RivalsInput
from app.domain.groups.service import add_group, remove_group
from app.domain.imports.addresses import add_old_address, remove_old_address
from app.domain.imports.meeting_pages import drop_page
from app.domain.imports.models import MeetingPage
from app.domain.ledger.queries import list_questions
from app.domain.ledger.schemas import LinkInput, NoticeInput
from app.domain.ledger.tenders import add_notice, link_to_tender, remove_notice, unlink_from_tender
from app.domain.meetings.models import AgendaItem, Appearance, Correction, Meeting, PanelTask
from app.domain.meetings.programme import (
    add_appearance,
    add_task,
    remove_appearance,
    remove_item,
    remove_task,
)
from app.domain.meetings.schemas import AppearanceInput, TaskInput
from app.domain.minutes.models import Minutes, MinutesSection
from app.domain.organisations.networks import remove_member
from app.domain.pipeline.schemas import BarrierInput
from app.domain.pipeline.service import Thing, add_barrier, remove_barrier
from app.domain.polls.models import Poll, PollOption
from app.domain.polls.schemas import PollInput
from app.domain.polls.service import add_poll, remove_poll
from app.domain.presentations.models import Deck, SlidePage
from app.domain.presentations.queries import find_deck, list_page_documents
from app.domain.presentations.service import empty_withdrawn_decks, put_back_deck, withdraw_deck
from app.domain.recycle_bin.queries import list_removed
from app.domain.recycle_bin.service import put_back, put_back_thing
from app.domain.registrations.models import SignUpAnswer
from app.domain.registrations.questions import add_question, remove_question
from app.domain.registrations.schemas import QuestionInput
from app.domain.users.models import User
from tests.answered import add_draft_answer, add_prepared_answer
from tests.decks import add_read_deck
from tests.needed import add_network
from tests.noted import add_open_tender, answer_alone, ask_alone
from tests.on_boards import add_board
from tests.people import People
from tests.promised import add_aim, add_proposal, add_step
from tests.said import add_idea, add_item_row, add_meeting_row, add_wish
from tests.signing_up import add_open_meeting, sign_up_for

ASKED: dict[str, Any] = {"kind": "one", "question": "Hvad er vigtigst?", "options": ["Data", "Drift"]}


def rows_of(session: Session, *tables: str) -> dict[str, list[object]]:
    """Every row of these tables as the database writes it."""
    return {
        table: list(session.scalars(text(f"select to_jsonb(t) from {table} t order by id")))
        for table in tables
    }


def test_an_item_comes_back_with_its_tasks_and_people(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, "10")
    item = add_item_row(session, meeting)
    session.add_all(
        [
            PanelTask(item_id=item.id, position=1, title="", text="Hvad skal ske nu?"),
            Appearance(item_id=item.id, position=1, person_name="Et Eksempel", organisation_name="KL"),
        ]
    )
    session.flush()
    before = rows_of(session, "panel_task", "appearance")
    remove_item(session, people.staff, item.id)
    assert session.scalars(select(AgendaItem.id).where(AgendaItem.id == item.id)).all() == []
    found = list_removed(session, people.staff, now() - timedelta(days=1))
    (line,), count = found.lines, found.count
    assert (count, line.kind, line.title, line.removed_by, line.way) == (
        1, "item", item.title, people.staff.name, "here",
    )  # fmt: skip
    put_back_thing(session, people.staff, line.kind, line.id, line.is_laid)
    session.expire_all()
    assert rows_of(session, "panel_task", "appearance") == before
    assert session.get_one(AgendaItem, item.id).title == line.title
    assert list_removed(session, people.staff, now() - timedelta(days=1)).lines == []


def test_a_withdrawn_deck_is_seen_by_nobody_and_comes_back_as_it_was(
    session: Session, people: People
) -> None:
    deck = add_read_deck(session, add_meeting_row(session), title="Et oplæg")
    before = rows_of(session, "slide_page", "deck_revision")
    withdraw_deck(session, people.staff, deck.id, "Forkert fil")
    assert find_deck(session, people.staff, deck.id) is None
    assert list(list_page_documents(session, None)) == []
    (line,) = list_removed(session, people.staff, now() - timedelta(days=1)).lines
    assert (line.kind, line.title, line.why, line.way) == ("deck", "Et oplæg", "Forkert fil", "here")
    with pytest.raises(NotAllowed):
        put_back_deck(session, people.vendor, deck.id)
    put_back_deck(session, people.staff, deck.id)
    assert rows_of(session, "slide_page", "deck_revision") == before
    found = find_deck(session, people.staff, deck.id)
    assert found is not None and found.current is not None
    with pytest.raises(NotFound):
        put_back_deck(session, people.staff, deck.id)


def test_a_deck_that_has_lain_its_time_or_is_deleted_at_once_cannot_come_back(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    old, at_once = (
        add_read_deck(session, meeting, title="Gammelt"),
        add_read_deck(session, meeting, title="Nu"),
    )
    withdraw_deck(session, people.staff, old.id, "Forkert")
    withdraw_deck(session, people.staff, at_once.id, "Rettigheder", for_good=True)
    session.get_one(Deck, old.id).withdrawn_at = now() - timedelta(days=31)
    session.flush()
    assert empty_withdrawn_decks(session, now() - timedelta(days=30), 10) == 1
    assert empty_withdrawn_decks(session, now() - timedelta(days=30), 10) == 0
    assert session.scalars(select(SlidePage.id).order_by(SlidePage.id)).all() == []
    for deck in (old, at_once):
        with pytest.raises(Refused) as refused:
            put_back_deck(session, people.staff, deck.id)
        assert refused.value.code == "bin_emptied"
    lines = list_removed(session, people.staff, now() - timedelta(days=30)).lines
    assert [(line.title, line.way, line.lies_for_a_time) for line in lines] == [("Nu", "never", False)]


def test_what_its_speaker_took_down_staff_does_not_put_back(session: Session, people: People) -> None:
    deck = add_read_deck(session, add_meeting_row(session))
    withdraw_deck(session, people.staff, deck.id, "Jeg vil ikke")
    session.get_one(Deck, deck.id).withdrawn_by_speaker = True
    session.flush()
    (line,) = list_removed(session, people.staff, now() - timedelta(days=1)).lines
    assert line.way == "speaker"
    with pytest.raises(NotAllowed):
        put_back_deck(session, people.staff, deck.id)


def test_what_goes_along_by_the_database_is_kept_and_what_it_hung_on_must_be_there(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session, "10")
    item = add_item_row(session, meeting)
    poll = Poll(
        meeting_id=meeting.id, item_id=item.id, key="a", position=1, kind="one", question="Ja eller nej?",
        help="", state="draft", visibility="public", created_at=now(),
    )  # fmt: skip
    session.add(poll)
    session.flush()
    session.add(PollOption(poll_id=poll.id, position=1, text="Ja"))
    session.flush()
    before = rows_of(session, "poll", "poll_option")
    laid = lay_aside(session, people.staff, "poll", poll, poll.question, meeting_id=meeting.id)
    session.delete(poll)
    session.flush()
    assert rows_of(session, "poll", "poll_option") == {"poll": [], "poll_option": []}
    put_back(session, people.staff, laid.id)
    assert rows_of(session, "poll", "poll_option") == before
    session.expire_all()
    orphan = lay_aside(
        session, people.staff, "poll", session.get_one(Poll, poll.id), "", meeting_id=meeting.id
    )
    session.execute(text("delete from poll"))
    session.execute(text("delete from agenda_item"))
    session.expire_all()
    with pytest.raises(Refused) as refused:
        put_back(session, people.staff, orphan.id)
    assert refused.value.code == "bin_place_gone"
    assert session.get(LaidAside, orphan.id) is not None


def lay_poll_aside(session: Session, people: People) -> tuple[int, LaidAside]:
    """(the meeting, a poll of it that was removed)"""
    meeting = add_meeting_row(session)
    given = PollInput(kind="one", question="Hvad er vigtigst?", options=["Data", "Drift"])
    remove_poll(session, people.staff, add_poll(session, people.staff, meeting.id, given).id)
    return meeting.id, session.scalars(select(LaidAside)).one()


def test_what_was_laid_aside_before_a_column_came_gets_the_default_of_it(
    session: Session, people: People
) -> None:
    _meeting, laid = lay_poll_aside(session, people)
    first, *rest = laid.rows
    laid.rows = [{"poll": {name: first["poll"][name] for name in first["poll"] if name != "most"}}, *rest]
    put_back(session, people.staff, laid.id)
    assert session.scalars(select(Poll.most)).all() == [1]


@pytest.mark.parametrize("change", ["a column that must be filled", "a table that is no more", "a type"])
def test_what_today_has_no_place_for_is_told_as_gone(session: Session, people: People, change: str) -> None:
    _meeting, laid = lay_poll_aside(session, people)
    first, *rest = laid.rows
    match change:
        case "a column that must be filled":
            first = {"poll": {name: first["poll"][name] for name in first["poll"] if name != "question"}}
        case "a table that is no more":
            first = {"poll_of_old": first["poll"]}
        case _:
            first = {"poll": first["poll"] | {"position": "den første"}}
    laid.rows = [first, *rest]
    with pytest.raises(Refused) as refused:
        put_back(session, people.staff, laid.id)
    assert (refused.value.code, session.scalars(select(Poll.id)).all()) == ("bin_place_gone", [])


def test_what_something_else_stands_in_the_place_of_is_told_as_taken(
    session: Session, people: People
) -> None:
    _meeting, laid = lay_poll_aside(session, people)
    put_back(session, people.staff, laid.id)
    again = LaidAside(
        kind="poll", title="", path="", rows=laid.rows, removed_at=now(), meeting_id=laid.meeting_id
    )
    session.add(again)
    session.flush()
    with pytest.raises(Refused) as refused:
        put_back(session, people.staff, again.id)
    assert refused.value.code == "bin_place_taken"


def test_only_staff_puts_back_and_a_note_only_its_writer_or_an_admin(
    session: Session, people: People
) -> None:
    meeting = session.get_one(Meeting, add_meeting_row(session, "10").id)
    row = {"staff_note": {"id": 1, "written_by_id": people.admin.user_id}}
    laid = LaidAside(
        kind="staff_note", title="OE-0001", path="", rows=[row], removed_at=now(), meeting_id=meeting.id
    )
    session.add(laid)
    session.flush()
    for actor in (people.vendor, people.municipality, people.staff):
        with pytest.raises(NotAllowed):
            put_back(session, actor, laid.id)


def test_what_itself_names_an_erased_person_stays_out_and_is_not_said_to_be_back(
    session: Session, people: People
) -> None:
    note = add_note(session, people.staff, add_wish(session, people.vendor).id, NoteInput(text="Spørg jura"))
    remove_note(session, people.staff, note.id)
    laid = session.scalars(select(LaidAside)).one()
    session.get_one(User, people.staff.user_id).erased_at = now()
    session.flush()
    with pytest.raises(Refused) as refused:
        put_back(session, people.admin, laid.id)
    assert refused.value.code == "bin_place_gone"
    assert session.scalars(select(AuditEntry.verb).where(AuditEntry.verb == "put_back")).all() == []


def test_a_draft_answer_does_not_come_back_into_what_went_out_meanwhile(
    session: Session, people: People
) -> None:
    draft = add_prepared_answer(session, people.staff, [add_wish(session, people.vendor).id])
    other = add_prepared_answer(session, people.staff, [add_wish(session, people.rival).id])
    batch = make_batch(session, people.staff, "Juni", [draft.id, other.id])
    discard_answer(session, people.staff, draft.id, draft.version)
    publish_batch(session, people.staff, batch.id)
    laid = session.scalars(select(LaidAside)).one()
    put_back(session, people.staff, laid.id)
    in_batch = select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch.id)
    assert session.scalars(in_batch.order_by(BatchAnswer.answer_id)).all() == [other.id]
    assert session.get_one(Answer, draft.id).published_at is None


def test_what_pointed_to_it_points_to_it_again_unless_it_points_elsewhere_by_now(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session, "10", is_published=False)
    item, other = add_item_row(session, meeting), add_item_row(session, meeting)
    again, moved = (
        add_poll(session, people.staff, meeting.id, PollInput(**ASKED, item_id=item.id)) for _ in range(2)
    )
    correction = Correction(meeting_id=meeting.id, item_id=item.id, key="a", original="Kl. 9")
    minutes = Minutes(meeting_id=meeting.id, created_at=now())
    session.add_all([correction, minutes])
    session.flush()
    section = MinutesSection(meeting_id=meeting.id, item_id=item.id, part="item", text="Vi talte om data.")
    session.add(section)
    session.flush()
    pointing = again, moved, correction, section
    remove_item(session, people.staff, item.id)
    session.expire_all()
    assert [one.item_id for one in pointing] == [None] * 4
    moved.item_id = other.id
    session.flush()
    put_back(session, people.staff, session.scalars(select(LaidAside.id)).one())
    session.expire_all()
    assert [one.item_id for one in pointing] == [item.id, other.id, item.id, item.id]


def test_a_promise_is_about_a_draft_answer_again(session: Session, people: People) -> None:
    answer = add_draft_answer(session, people.staff, [add_wish(session, people.vendor).id])
    promise = add_proposal(session, people.staff, answer_id=answer.id)
    discard_answer(session, people.staff, answer.id, answer.version)
    session.expire_all()
    assert promise.answer_id is None
    put_back(session, people.staff, session.scalars(select(LaidAside.id)).one())
    session.expire_all()
    assert promise.answer_id == answer.id


def test_a_question_of_a_tender_that_was_answered_meanwhile_is_shared_when_it_is_put_back(
    session: Session, people: People
) -> None:
    tender = add_open_tender(session, people.staff)
    said = ask_alone(session, people.vendor)
    given = LinkInput(question="Må data ligge i skyen?")
    question = link_to_tender(session, people.staff, tender.id, said.id, given)
    unlink_from_tender(session, people.staff, question.id)
    answer_alone(session, people, said)
    put_back(session, people.staff, session.scalars(select(LaidAside.id)).one())
    (shared,) = list_questions(session, people.rival, tender.id)
    assert (shared.number, len(shared.answers)) == (1, 1)


def test_a_question_is_not_put_back_to_a_tender_that_is_over(session: Session, people: People) -> None:
    tender = add_open_tender(session, people.staff)
    given = LinkInput(question="Må data ligge i skyen?")
    said = ask_alone(session, people.vendor)
    question = link_to_tender(session, people.staff, tender.id, said.id, given)
    unlink_from_tender(session, people.staff, question.id)
    tender.state = "closed"
    session.flush()
    with pytest.raises(Refused) as refused:
        put_back(session, people.staff, session.scalars(select(LaidAside.id)).one())
    assert refused.value.code == "bin_tender_over"


@pytest.mark.parametrize("kind", ["item", "panel_task", "appearance", "group"])
def test_what_was_not_there_when_the_minutes_were_approved_does_not_come_back_under_them(
    session: Session, people: People, kind: str
) -> None:
    (actor, verb, given), _title, _tables = MAKERS[kind](session, people)
    verb(session, actor, *given)
    laid = session.scalars(select(LaidAside)).one()
    meeting = session.get_one(Meeting, laid.meeting_id)
    meeting.status = "approved"
    minutes = Minutes(meeting_id=meeting.id, created_at=now(), approved_at=now())
    session.add(minutes)
    session.flush()
    with pytest.raises(Refused) as refused:
        put_back(session, people.staff, laid.id)
    assert refused.value.code == "bin_minutes_approved"
    # What was removed of an approved meeting can be put back as well.
    minutes.approved_at = laid.removed_at - timedelta(minutes=1)
    session.flush()
    put_back(session, people.staff, laid.id)
    assert session.scalars(select(LaidAside.id)).all() == []


def test_a_group_comes_back_without_the_facilitator_whose_account_is_gone(
    session: Session, people: People
) -> None:
    item = add_item_row(session, add_meeting_row(session))
    group = add_group(session, people.staff, item.id, GroupInput(name="Data"))
    group.facilitator_id, group.rapporteur_id = people.staff.user_id, people.admin.user_id
    remove_group(session, people.staff, group.id)
    session.get_one(User, people.staff.user_id).erased_at = now()
    session.flush()
    put_back(session, people.admin, session.scalars(select(LaidAside.id)).one())
    back = session.scalars(select(Group)).one()
    assert (back.name, back.facilitator_id, back.rapporteur_id) == ("Data", None, people.admin.user_id)


# What each kind is made of, and the verb that removes it: who removes, and the verb with what it takes.
Removal = tuple[Actor, Callable[..., Any], tuple[Any, ...]]
RemovedAs = tuple[Removal, str, tuple[str, ...]]  # its title in the bin, and the tables that it stands in


def of_board(session: Session, people: People) -> RemovedAs:
    _meeting, board = add_board(session)
    return (people.staff, remove_board, (board.id,)), board.task, ("board",)


def of_poll(session: Session, people: People) -> RemovedAs:
    poll = add_poll(session, people.staff, add_meeting_row(session).id, PollInput(**ASKED))
    return (people.staff, remove_poll, (poll.id,)), poll.question, ("poll", "poll_option")


def of_group(session: Session, people: People) -> RemovedAs:
    item = add_item_row(session, add_meeting_row(session))
    group = add_group(session, people.staff, item.id, GroupInput(name="Data", task="Hvad mangler?"))
    return (people.staff, remove_group, (group.id,)), "Data", ("discussion_group",)


def of_rival_set(session: Session, people: People) -> RemovedAs:
    meeting = add_meeting_row(session)
    known = [one.organisation_id or 0 for one in (people.vendor, people.rival)]
    rivals = add_rivals(session, people.staff, meeting.id, RivalsInput(organisation_ids=known))
    return (people.staff, remove_rivals, (meeting.id, rivals.id)), "", ("rival_set",)


def of_item(session: Session, people: People) -> RemovedAs:
    item = add_item_row(session, add_meeting_row(session, is_published=False))
    add_task(session, people.staff, item.id, TaskInput(title="Hvad skal ske nu?"))
    return (people.staff, remove_item, (item.id,)), item.title, ("agenda_item", "panel_task")


def of_panel_task(session: Session, people: People) -> RemovedAs:
    item = add_item_row(session, add_meeting_row(session, is_published=False))
    task = add_task(session, people.staff, item.id, TaskInput(title="Hvad skal ske nu?"))
    return (people.staff, remove_task, (task.id,)), "Hvad skal ske nu?", ("panel_task",)


def of_appearance(session: Session, people: People) -> RemovedAs:
    item = add_item_row(session, add_meeting_row(session, is_published=False))
    part = add_appearance(session, people.staff, item.id, AppearanceInput(name="Oda Oplæg"))
    return (people.staff, remove_appearance, (part.id,)), "Oda Oplæg", ("appearance",)


def of_sign_up_question(session: Session, people: People) -> RemovedAs:
    meeting = add_open_meeting(session)
    asked = add_question(session, people.staff, meeting.id, QuestionInput(text="Allergi?", kind="text"))
    return (people.staff, remove_question, (meeting.id, asked.id)), "Allergi?", ("sign_up_question",)


def of_gap_reason(session: Session, people: People) -> RemovedAs:
    meeting = add_meeting_row(session)
    row = GapReason(
        meeting_id=meeting.id, kind="slides", thing_ids=[1], reason="Holdt frit", given_at=now(),
        given_by_id=people.staff.user_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return (people.staff, take_back_reason, (meeting.id, row.id)), "Holdt frit", ("gap_reason",)


def of_staff_note(session: Session, people: People) -> RemovedAs:
    wish = add_wish(session, people.vendor)
    note = add_note(session, people.staff, wish.id, NoteInput(text="Spørg jura"))
    return (people.staff, remove_note, (note.id,)), wish.reference, ("staff_note",)


def of_answer(session: Session, people: People) -> RemovedAs:
    wish = add_wish(session, people.vendor)
    answer = add_draft_answer(session, people.staff, [wish.id])
    verb = (people.staff, discard_answer, (answer.id, answer.version))
    return verb, wish.reference, ("answer", "answer_contribution", "answer_organisation")


def of_answer_batch(session: Session, people: People) -> RemovedAs:
    answer = add_prepared_answer(session, people.staff, [add_wish(session, people.vendor).id])
    batch = make_batch(session, people.staff, "Juni", [answer.id])
    return (people.staff, discard_batch, (batch.id,)), "Juni", ("answer_batch", "answer_batch_answer")


def of_idea_field(session: Session, people: People) -> RemovedAs:
    field = add_field(session, people.staff, IdeaFieldInput(kind="text", label="Hvem betaler?"))
    return (people.staff, retire_field, (field.id,)), "Hvem betaler?", ("idea_field",)


def of_indicator(session: Session, people: People) -> RemovedAs:
    aim = add_aim(session, people.staff, add_proposal(session, people.staff))
    return (people.staff, remove_indicator, (aim.id,)), aim.name, ("indicator",)


def of_milestone(session: Session, people: People) -> RemovedAs:
    step = add_step(session, people.staff, add_proposal(session, people.staff), date(2090, 3, 1))
    return (people.staff, remove_milestone, (step.id,)), "Første udkast", ("milestone",)


def of_tender_notice(session: Session, people: People) -> RemovedAs:
    url = "https://ted.europa.eu/da/notice/-/detail/1-2026"
    tender = add_open_tender(session, people.staff)
    notice = add_notice(session, people.staff, tender.id, NoticeInput(kind="ted", url=url))
    return (people.staff, remove_notice, (notice.id,)), url, ("tender_notice",)


def of_tender_question(session: Session, people: People) -> RemovedAs:
    tender = add_open_tender(session, people.staff)
    given = LinkInput(question="Må data ligge i skyen?")
    said = ask_alone(session, people.vendor)
    question = link_to_tender(session, people.staff, tender.id, said.id, given)
    return (people.staff, unlink_from_tender, (question.id,)), given.question, ("tender_question",)


def of_old_address(session: Session, people: People) -> RemovedAs:
    add_old_address(session, people.staff, "/gammel/side", "/moeder")
    return (people.staff, remove_old_address, ("/gammel/side",)), "/gammel/side → /moeder", ("old_address",)


def of_meeting_page(session: Session, people: People) -> RemovedAs:
    url = "https://eksempel.example/moede"
    page = MeetingPage(source_url=url, wording="Program", found={}, state="open", created_at=now())
    session.add(page)
    session.flush()
    return (people.staff, drop_page, (page.id,)), url, ("meeting_page",)


def of_network_member(session: Session, people: People) -> RemovedAs:
    network, _strategist = add_network(session, people, people.municipality)
    verb = (people.staff, remove_member, (network.id, people.municipality.organisation_id))
    return verb, f"{people.municipality.organisation_name} · Fyrnettet", ("network_member",)


MAKERS: dict[str, Callable[[Session, People], RemovedAs]] = {
    name.removeprefix("of_"): made for name, made in list(globals().items()) if name.startswith("of_")
}


def whole_rows(session: Session, tables: tuple[str, ...]) -> dict[str, list[str]]:
    """Every row as the database writes it; its place among others and its version are counted anew."""
    session.flush()
    session.expire_all()
    row = "(to_jsonb(t) - 'position' - 'version')::text"
    return {table: sorted(session.scalars(text(f"select {row} from {table} t"))) for table in tables}


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_is_removed_told_of_in_the_bin_and_put_back_as_it_was(
    session: Session, people: People, kind: str
) -> None:
    (actor, verb, given), title, tables = MAKERS[kind](session, people)
    before = whole_rows(session, tables)
    verb(session, actor, *given)
    assert whole_rows(session, tables[:1])[tables[0]] != before[tables[0]]
    found = list_removed(session, people.staff, now() - timedelta(days=1))
    (line,), count = found.lines, found.count
    assert (count, line.kind, line.way, line.is_laid, line.removed_by) == (1, kind, "here", True, actor.name)
    assert line.title == title
    with pytest.raises(NotAllowed):
        put_back_thing(session, people.vendor, line.kind, line.id, line.is_laid)
    put_back_thing(session, people.staff, line.kind, line.id, line.is_laid)
    assert whole_rows(session, tables) == before
    assert list_removed(session, people.staff, now() - timedelta(days=1)).lines == []
    with pytest.raises(NotFound):
        put_back_thing(session, people.staff, line.kind, line.id, line.is_laid)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (last.verb, last.user_id) == ("put_back", people.staff.user_id)


def test_what_staff_withdrew_hid_or_struck_out_comes_back_by_its_own_verb(
    session: Session, people: People
) -> None:
    def find_lines() -> dict[str, tuple[str, int]]:
        lines = list_removed(session, people.staff, now() - timedelta(days=1)).lines
        return {line.kind: (line.way, line.id) for line in lines}

    wish = add_wish(session, people.vendor)
    status = wish.status
    withdraw(session, people.staff, wish.id)
    idea = add_idea(session, people.vendor)
    thing = Thing("idea", idea.id)
    barrier = add_barrier(session, people.staff, thing, BarrierInput(code="law", note="Loven siger nej"))
    remove_barrier(session, people.staff, barrier.id, barrier.version)
    meeting = add_open_meeting(session)
    asked = add_question(session, people.staff, meeting.id, QuestionInput(text="Allergi?", kind="text"))
    signed_up = sign_up_for(session, people.vendor, meeting)
    session.add(
        SignUpAnswer(registration_id=signed_up.id, question_id=asked.id, said=["Nødder"], answered_at=now())
    )
    session.flush()
    assert not remove_question(session, people.staff, meeting.id, asked.id)
    promise = add_proposal(session, people.staff)
    withdraw_commitment(session, people.staff, promise.id)
    found = find_lines()
    assert found == {
        "wish": ("here", wish.id),
        "barrier": ("here", barrier.id),
        "sign_up_question": ("here", asked.id),
        "commitment": ("here", promise.id),
    }
    for kind, (_way, thing_id) in found.items():
        with pytest.raises((NotAllowed, NotFound)):
            put_back_thing(session, people.rival, kind, thing_id, False)
        put_back_thing(session, people.staff, kind, thing_id, False)
    session.expire_all()
    assert find_lines() == {}
    assert (wish.status, barrier.removed_at, asked.is_hidden, promise.status) == (
        status, None, False, "proposed",
    )  # fmt: skip
    # What the sender took back is the sender's to bring back.
    withdraw(session, people.vendor, wish.id)
    assert find_lines() == {"wish": ("sender", wish.id)}
    with pytest.raises(Refused) as refused:
        put_back_thing(session, people.staff, "wish", wish.id, False)
    assert refused.value.code == "bin_own"
    with pytest.raises(Refused) as refused_there:
        restore(session, people.staff, wish.id)
    assert refused_there.value.code == "bin_own"
    restore(session, people.vendor, wish.id)
    assert find_lines() == {}


def test_a_speaker_takes_the_own_deck_down_and_puts_it_back(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    deck = add_read_deck(session, meeting, item=item)
    speaker = replace(people.vendor, speaks_at=frozenset({(meeting.id, item.id)}))
    another = replace(people.rival, speaks_at=frozenset({(meeting.id, item.id + 1)}))
    withdraw_deck(session, speaker, deck.id, "Jeg vil rette noget")
    for actor in (people.staff, people.admin, another, people.vendor):
        with pytest.raises(NotAllowed):
            put_back_deck(session, actor, deck.id)
    put_back_deck(session, speaker, deck.id)
    found = find_deck(session, people.stranger, deck.id)
    assert found is not None and found.page_count == 2


ROOT = Path(__file__).parents[2]
REMOVING = re.compile(
    r"(remove|delete|withdraw|take_back|hide|drop|discard|retire|unlink|clear|dismiss|cancel)(_|$)|take_role$"
)


def list_verbs() -> set[str]:
    """Every function of the domain that takes a session and an actor first, by room, module and name."""
    domain = ROOT / "app" / "domain"
    return {
        ".".join((*path.relative_to(domain).with_suffix("").parts, one.name))
        for path in domain.rglob("*.py")
        for one in ast.parse(path.read_text()).body
        if isinstance(one, ast.FunctionDef) and [arg.arg for arg in one.args.args[:1]] == ["session"]
    }


def test_every_verb_that_removes_has_its_way_back_written_down() -> None:
    table = (ROOT / "docs" / "recycle-bin.md").read_text()
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|", table, re.MULTILINE)
    verbs = list_verbs()
    removing = {verb for verb in verbs if REMOVING.match(verb.rpartition(".")[2])}
    assert {verb for verb, _ in rows} == removing
    ways = {way for _, way in rows} - {"bin", "never"}
    assert {way.strip("`") for way in ways} - verbs == set()


def put_back_of(session: Session, actor: Actor, kind: str) -> None:
    laid = session.scalars(select(LaidAside).where(LaidAside.kind == kind).order_by(LaidAside.id)).one()
    put_back(session, actor, laid.id)


def test_an_answer_stays_away_where_another_has_been_begun_meanwhile(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    answer = add_draft_answer(session, people.staff, [wish.id])
    discard_answer(session, people.staff, answer.id, answer.version)
    other = add_draft_answer(session, people.staff, [wish.id])
    with pytest.raises(Refused, match="answer_begun"):
        put_back_of(session, people.staff, "answer")
    assert session.scalars(select(Answer.id).order_by(Answer.id)).all() == [other.id]


def test_an_answer_stays_away_where_another_looks_after_the_wish_now(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    answer = add_draft_answer(session, people.staff, [wish.id])
    discard_answer(session, people.staff, answer.id, answer.version)
    release(session, people.staff, wish.id)
    claim(session, people.admin, wish.id)
    with pytest.raises(Refused, match="claimed"):
        put_back_of(session, people.staff, "answer")


def test_a_batch_comes_back_with_those_of_its_answers_that_still_wait(
    session: Session, people: People
) -> None:
    first, second = (
        add_prepared_answer(session, people.staff, [add_wish(session, people.vendor, key).id])
        for key in ("et", "to")
    )
    batch = make_batch(session, people.staff, "Juni", [first.id, second.id])
    discard_batch(session, people.staff, batch.id)
    other = make_batch(session, people.staff, "Juli", [second.id])
    put_back_of(session, people.staff, "answer_batch")
    lies_in = select(BatchAnswer.answer_id, BatchAnswer.batch_id).order_by(BatchAnswer.answer_id)
    assert [tuple(row) for row in session.execute(lies_in)] == [(first.id, batch.id), (second.id, other.id)]


def test_a_batch_whose_answers_all_went_elsewhere_stays_away(session: Session, people: People) -> None:
    answer = add_prepared_answer(session, people.staff, [add_wish(session, people.vendor).id])
    batch = make_batch(session, people.staff, "Juni", [answer.id])
    discard_batch(session, people.staff, batch.id)
    make_batch(session, people.staff, "Juli", [answer.id])
    with pytest.raises(Refused, match="bin_place_gone"):
        put_back_of(session, people.staff, "answer_batch")


def test_a_note_of_another_is_offered_to_its_writer_and_to_admins_alone(
    session: Session, people: People
) -> None:
    note = add_note(session, people.admin, add_wish(session, people.vendor).id, NoteInput(text="Spørg jura"))
    remove_note(session, people.admin, note.id)
    ways = {
        name: [one.way for one in list_removed(session, actor, now() - timedelta(days=1)).lines]
        for name, actor in (("staff", people.staff), ("admin", people.admin))
    }
    assert ways == {"staff": ["writer"], "admin": ["here"]}
