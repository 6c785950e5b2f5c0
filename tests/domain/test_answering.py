"""Answers: written quietly, published together, told once, corrected openly, objected to once; the clock."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.clock import moved_to, now, today
from app.core.database import Database
from app.core.events import forget_reactions, in_silence, react
from app.core.policy import STRANGER, NotAllowed, NotFound, Refused
from app.domain.answering.cases import claim
from app.domain.answering.clock import notice_late, set_rule
from app.domain.answering.drafting import (
    add_template,
    discard_answer,
    edit_answer,
    edit_template,
    fill_template,
    list_templates,
    prepare_answer,
    retire_template,
)
from app.domain.answering.events import AnswerBecameLate, AnswerObjected, AnswersDue, AnswersPublished
from app.domain.answering.inbox import InboxFilters, list_inbox
from app.domain.answering.models import AnswerBatch, AnswerTelling
from app.domain.answering.pausing import ask_for_more
from app.domain.answering.policy import may_read_exchange, state_of
from app.domain.answering.publishing import (
    correct_answer,
    list_editions,
    make_batch,
    object_to_answer,
    objection_of,
    prepare_batch,
    publish_answer,
    publish_batch,
    put_in_batch,
    take_out_of_batch,
)
from app.domain.answering.schemas import (
    AnswerEdit,
    AnswerInput,
    CorrectionInput,
    MoreInput,
    ReplyInput,
    RuleInput,
    TemplateInput,
)
from app.domain.answering.telling import finish_telling, gather_readers, tell_on, tell_some
from app.domain.contributions.answer_clock import find_answer_by, find_rule
from app.domain.contributions.blacking_out import black_out, show_words
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.queries import late_for, list_answers_to
from app.domain.contributions.service import publish, restore, withdraw
from app.domain.following.service import follow
from app.domain.meetings.models import Meeting
from app.main import connect_rooms
from app.settings import Settings
from tests.answered import add_colleague, add_draft_answer, add_prepared_answer
from tests.in_room import open_room, seat
from tests.people import People, add_people
from tests.said import add_card_row, add_meeting_row, add_theme_rows, add_wish, put_said
from tests.waiting import wait_until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WAITS = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def noon() -> Iterator[None]:
    with moved_to(NOON):
        yield


@pytest.fixture
def told() -> Iterator[list[Any]]:
    """What is announced of answering, in order."""
    found: list[Any] = []
    forget_reactions()
    for event in (AnswersPublished, AnswersDue, AnswerObjected, AnswerBecameLate):
        react(event, lambda session, event: found.append(event))
    yield found
    connect_rooms(Settings())


def published(session: Session, people: People, *wishes: Contribution, **given: Any) -> Answer:
    answer = add_prepared_answer(session, people.staff, [wish.id for wish in wishes], **given)
    publish_answer(session, people.staff, answer.id, answer.version)
    return answer


# --- writing


def test_a_draft_is_known_to_staff_alone_and_takes_what_it_answers(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    answer = add_draft_answer(session, people.staff, [wish.id])
    assert [bool(list_answers_to(session, a, wish.id)) for a in (people.staff, people.vendor, STRANGER)] == [
        True,
        False,
        False,
    ]
    assert (state_of(answer), wish.status) == ("draft", "received")
    with pytest.raises(Refused, match="claimed"):
        add_draft_answer(session, add_colleague(session, people.staff), [wish.id])
    with pytest.raises(Refused, match="answer_begun"):
        add_draft_answer(session, people.staff, [wish.id])


def test_what_is_not_out_is_not_answered_and_only_staff_answers(session: Session, people: People) -> None:
    card = add_card_row(session, people.staff, add_meeting_row(session))
    with pytest.raises(Refused, match="not_open"):
        add_draft_answer(session, people.staff, [card.id])
    wish = add_wish(session, people.vendor)
    for actor in people.all().values():
        if not actor.is_staff:
            with pytest.raises(NotAllowed):
                add_draft_answer(session, actor, [wish.id], organisation_ids=[1])


def test_less_than_yes_is_not_ready_without_a_reason_and_later_needs_a_day(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    with pytest.raises(Refused, match="reason_missing"):
        add_prepared_answer(session, people.staff, [wish.id], verdict="partly")
    values = {"text": "x", "contribution_ids": [wish.id], "organisation_ids": [1]}
    for wrong in ({"verdict": "later"}, {"verdict": "yes", "again_by": "2027-01-01"}):
        with pytest.raises(ValidationError, match="has a day"):
            AnswerInput.model_validate(values | wrong)


def test_a_change_makes_a_ready_answer_a_draft_again_and_what_is_published_is_only_corrected(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    answer = add_prepared_answer(session, people.staff, [wish.id])
    given = {"verdict": "yes", "text": "Ja.", "organisation_ids": [people.staff.organisation_id]}
    with pytest.raises(Refused, match="stale"):
        edit_answer(session, people.staff, answer.id, AnswerEdit(version=1, **given))
    edit_answer(session, people.staff, answer.id, AnswerEdit(version=2, **given))
    assert state_of(answer) == "draft"
    with pytest.raises(Refused, match="not_ready"):
        publish_answer(session, people.staff, answer.id, answer.version)
    discard_answer(session, people.staff, answer.id, answer.version)
    answer = published(session, people, wish)
    for change in (
        lambda: edit_answer(session, people.staff, answer.id, AnswerEdit(version=answer.version, **given)),
        lambda: discard_answer(session, people.staff, answer.id, answer.version),
        lambda: publish_answer(session, people.staff, answer.id, answer.version),
    ):
        with pytest.raises(Refused, match="answer_published"):
            change()


def test_a_template_puts_in_what_is_answered_and_nothing_else(session: Session, people: People) -> None:
    given = TemplateInput(title="Tak", verdict="no", text="Om {reference}: {title} {version}", reason="Jura")
    template = add_template(session, people.staff, given)
    filled = fill_template(template, "OE-0001", "Mål {reference}")
    assert (filled.verdict, filled.texts["text"], filled.texts["reason"]) == (
        "no",
        "Om OE-0001: Mål {reference} {version}",
        "Jura",
    )
    with pytest.raises(Refused, match="template_known"):
        add_template(session, people.admin, given)
    edit_template(session, people.admin, template.id, given.model_copy(update={"version": 1, "title": "Nej"}))
    assert [one.title for one in list_templates(session, people.staff)] == ["Nej"]
    retire_template(session, people.staff, template.id, 2)
    assert list_templates(session, people.staff) == []


# --- publishing


@pytest.mark.parametrize(
    ("given", "status", "moves"),
    [
        ({"verdict": "yes"}, "answered", False),
        ({"verdict": "partly", "reason": "Kun data."}, "answered", False),
        ({"verdict": "no", "reason": "Loven."}, "declined", False),
        ({"verdict": "later", "reason": "Budget.", "again_by": date(2027, 3, 1)}, "under_review", True),
    ],
)
def test_what_a_verdict_makes_of_what_it_answers(
    session: Session, people: People, noon: None, given: dict[str, Any], status: str, moves: bool
) -> None:
    wish = add_wish(session, people.vendor)
    due = wish.answer_by
    published(session, people, wish, **given)
    assert (wish.status, wish.answer_by) == (status, date(2027, 3, 1) if moves else due)
    (view,) = list_answers_to(session, STRANGER, wish.id)
    assert (view.verdict, view.organisations) == (given["verdict"], ("Værtsforeningen",))


def test_an_answer_ends_the_waiting_for_the_asker_and_leaves_what_is_promised(
    session: Session, people: People
) -> None:
    asked, promised = add_wish(session, people.vendor), add_wish(session, people.rival, body="Lovet")
    more = MoreInput(question="Hvad?", reply_by=today() + timedelta(days=5))
    ask_for_more(session, people.staff, asked.id, more)
    answer = add_prepared_answer(session, people.staff, [asked.id, promised.id])
    promised.status = "planned"
    publish_answer(session, people.staff, answer.id, answer.version)
    assert (asked.status, promised.status) == ("answered", "planned")


@pytest.mark.parametrize("given", [{"verdict": "yes"}, {"verdict": "no", "reason": "Loven."}])
def test_what_is_answered_and_taken_back_is_answered_when_it_is_restored(
    session: Session, people: People, noon: None, given: dict[str, Any]
) -> None:
    wish = add_wish(session, people.vendor)
    published(session, people, wish, **given)
    status = wish.status
    withdraw(session, people.vendor, wish.id)
    restore(session, people.vendor, wish.id)
    assert wish.status == status
    with moved_to(NOON + timedelta(days=200)):
        assert read(session, late_for(STRANGER)).rows == ()


def test_the_newest_answer_counts_for_what_is_restored_also_one_that_came_meanwhile(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    published(session, people, wish)
    newer = add_prepared_answer(session, people.staff, [wish.id], verdict="no", reason="Loven.")
    withdraw(session, people.vendor, wish.id)
    publish_answer(session, people.staff, newer.id, newer.version)
    restore(session, people.vendor, wish.id)
    assert wish.status == "declined"


def test_what_was_open_again_when_it_was_taken_back_is_open_when_it_is_restored(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor)
    answer = published(session, people, wish)
    object_to_answer(session, people.vendor, wish.id, answer.id, ReplyInput(text="Det er intet svar"), 90)
    withdraw(session, people.vendor, wish.id)
    restore(session, people.vendor, wish.id)
    assert wish.status == "under_review"


def test_a_batch_goes_out_at_one_moment_or_not_at_all(
    session: Session, people: People, told: list[Any]
) -> None:
    wishes = [add_wish(session, people.vendor, f"Ønske {n}", body=f"Ord {n}") for n in range(3)]
    ready = [add_prepared_answer(session, people.staff, [wish.id]) for wish in wishes[:2]]
    draft = add_draft_answer(session, people.staff, [wishes[2].id])
    batch = make_batch(session, people.staff, "Efter mødet", [answer.id for answer in ready])
    put_in_batch(session, people.staff, batch.id, [draft.id])
    with pytest.raises(Refused, match="not_ready") as refusal:
        publish_batch(session, people.staff, batch.id)
    assert refusal.value.values == {"count": 1}
    assert (told, [answer.published_at for answer in ready]) == ([], [None, None])
    take_out_of_batch(session, people.staff, batch.id, [draft.id])
    assert publish_batch(session, people.staff, batch.id) == 2
    assert {answer.published_at for answer in ready} == {batch.published_at}
    assert (draft.published_at, told) == (None, [AnswersPublished(batch.id)])
    with pytest.raises(Refused, match="batch_published"):
        publish_batch(session, people.staff, batch.id)
    with pytest.raises(Refused, match="batch_empty"):
        publish_batch(session, people.staff, make_batch(session, people.staff, "Tom").id)


def test_later_is_neither_ready_nor_out_once_its_day_is_past(
    session: Session, people: People, noon: None
) -> None:
    wishes = [add_wish(session, people.vendor, f"Ønske {n}", body=f"Ord {n}") for n in range(2)]
    later = {"verdict": "later", "reason": "Budget.", "again_by": today() + timedelta(days=10)}
    ready = add_prepared_answer(session, people.staff, [wishes[0].id], **later)
    draft = add_draft_answer(session, people.staff, [wishes[1].id], **later)
    batch = make_batch(session, people.staff, "Efter mødet", [ready.id, draft.id])
    with moved_to(NOON + timedelta(days=10)):
        with pytest.raises(Refused, match="again_by_past"):
            prepare_answer(session, people.staff, draft.id, draft.version)
        with pytest.raises(Refused, match="again_by_past") as of_batch:
            prepare_batch(session, people.staff, batch.id)
        take_out_of_batch(session, people.staff, batch.id, [draft.id])
        with pytest.raises(Refused, match="again_by_past") as going_out:
            publish_batch(session, people.staff, batch.id)
        refusals = [one.value.values["reference"] for one in (of_batch, going_out)]
        assert refusals == [wishes[1].reference, wishes[0].reference]
    assert (ready.published_at, batch.published_at) == (None, None)
    publish_batch(session, people.staff, batch.id)
    assert wishes[0].answer_by == later["again_by"]


def test_an_answer_moved_to_another_batch_while_its_batch_goes_out_waits_for_the_other(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        wishes = [add_wish(session, people.vendor, f"Ønske {n}", body=f"Ord {n}") for n in range(2)]
        moved, stays = (add_prepared_answer(session, people.staff, [wish.id]).id for wish in wishes)
        first = make_batch(session, people.staff, "Først", [moved, stays]).id
        second = make_batch(session, people.staff, "Siden").id

    def publish_first() -> int:
        with database.unit() as session:
            return publish_batch(session, people.staff, first)

    def waits() -> bool:
        with database.unit() as session:
            return bool(session.scalar(text(WAITS)))

    with ThreadPoolExecutor(1) as pool, database.unit() as session:
        put_in_batch(session, people.staff, second, [moved])
        count = pool.submit(publish_first)
        wait_until(waits)
        session.commit()
        assert count.result() == 1
    with database.unit() as session:
        out = {
            one.id: one.published_at is not None
            for one in session.scalars(select(Answer).order_by(Answer.id))
        }
        assert out == {moved: False, stays: True}
        assert [wish.status for wish in session.scalars(select(Contribution).order_by(Contribution.id))] == [
            "received",
            "answered",
        ]


def test_one_answer_too_is_held_after_what_it_answers(session: Session, people: People) -> None:
    answer = add_prepared_answer(session, people.staff, [add_wish(session, people.vendor).id])
    held: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "FOR UPDATE" in statement:
            held.append(statement.split("FROM ")[1].split()[0])

    listen(session.connection(), "before_cursor_execute", note)
    publish_answer(session, people.staff, answer.id, answer.version)
    assert held.index("contribution") < held.index("answer")


# --- telling


def readers_of(session: Session, batch: AnswerBatch) -> dict[str, set[str]]:
    gather_readers(session, batch.id)
    rows = session.scalars(select(AnswerTelling).where(AnswerTelling.batch_id == batch.id))
    return {row.email: {why for whys in row.reasons.values() for why in whys} for row in rows}


def test_everybody_is_told_once_whatever_the_reasons(
    session: Session, people: People, told: list[Any]
) -> None:
    meeting, (theme,) = add_meeting_row(session), add_theme_rows(session, "Klima")
    open_room(session, meeting)
    seat(session, meeting, people.rival)
    guest = seat(session, meeting)
    session.execute(
        Meeting.__table__.metadata.tables["attendee"]
        .update()
        .where(Meeting.__table__.metadata.tables["attendee"].c.id == guest.seat_at(meeting.id))
        .values(email="gitte@gaest.example")
    )
    wish = add_wish(session, people.vendor, theme_ids=[theme.id])
    card = add_card_row(session, people.staff, meeting, on_behalf_of_id=people.municipality.organisation_id)
    publish(session, people.staff, [card.id])
    follow(session, people.vendor, "theme", theme.id, "at_once")
    follow(session, people.neighbour, "theme", theme.id, "at_once")
    answers = [add_prepared_answer(session, people.staff, [row.id]) for row in (wish, card)]
    batch = make_batch(session, people.staff, "Alt", [answer.id for answer in answers])
    publish_batch(session, people.staff, batch.id)
    told.clear()
    assert readers_of(session, batch) == {
        "vera@soft.example": {"said", "follows"},
        "nils@der.example": {"follows"},
        "mona@her.example": {"spoken_for"},
        "rita@rival.example": {"was_there"},
        "gitte@gaest.example": {"was_there"},
    }
    assert gather_readers(session, batch.id) == 0
    assert [tell_some(session, batch.id, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(set(told)) == len(told) == 5
    assert (finish_telling(session, batch.id), finish_telling(session, batch.id)) == (5, None)
    assert (batch.told_count, session.scalar(select(func.count()).select_from(AnswerTelling))) == (5, 0)


def test_while_nobody_hears_of_it_nobody_counts_as_told_and_all_wait(
    session: Session, people: People, told: list[Any]
) -> None:
    answer = add_prepared_answer(session, people.staff, [add_wish(session, people.vendor).id])
    batch = publish_answer(session, people.staff, answer.id, answer.version)
    gather_readers(session, batch.id)
    with in_silence():
        assert tell_some(session, batch.id) == 0
    forget_reactions()
    assert (tell_some(session, batch.id), finish_telling(session, batch.id)) == (0, None)
    assert tell_on(session) == [batch.id]
    react(AnswersDue, lambda session, event: told.append(event))
    assert (tell_some(session, batch.id), finish_telling(session, batch.id)) == (1, 1)
    assert tell_on(session) == []


def test_what_not_everybody_may_read_is_told_to_its_own_alone(session: Session, people: People) -> None:
    (theme,) = add_theme_rows(session, "Klima")
    closed = put_said(
        session,
        "closed",
        visibility="own",
        said_by_user_id=people.vendor.user_id,
        entered_by_id=people.vendor.user_id,
        on_behalf_of_id=people.vendor.organisation_id,
        meeting_id=add_meeting_row(session).id,
        theme_ids=[theme.id],
    )
    follow(session, people.rival, "theme", theme.id, "at_once")
    answer = add_prepared_answer(session, people.staff, [closed.id])
    batch = publish_answer(session, people.staff, answer.id, answer.version)
    assert readers_of(session, batch) == {"vera@soft.example": {"said"}}


# --- corrections


def test_a_correction_leaves_the_old_text_readable_with_its_reason(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    answer = published(session, people, wish)
    given = {"verdict": "no", "text": "Det kan vi ikke.", "reason": "Loven.", "why": "Vi tog fejl."}
    with pytest.raises(Refused, match="stale"):
        correct_answer(session, people.staff, answer.id, CorrectionInput(version=1, **given))
    number = answer.version
    correct_answer(session, people.staff, answer.id, CorrectionInput(version=number, **given))
    (edition,) = list_editions(session, STRANGER, [answer.id])[answer.id]
    assert (edition.number, edition.verdict, edition.text, edition.why) == (
        number,
        "yes",
        "Det gør vi.",
        "Vi tog fejl.",
    )
    assert (answer.text, wish.status) == ("Det kan vi ikke.", "declined")
    with pytest.raises(Refused, match="nothing_changed"):
        correct_answer(session, people.staff, answer.id, CorrectionInput(version=answer.version, **given))


def test_correcting_an_older_answer_leaves_the_verdict_of_a_newer_one(
    session: Session, people: People, noon: None
) -> None:
    wish = add_wish(session, people.vendor)
    first = published(session, people, wish)
    with moved_to(NOON + timedelta(days=1)):
        published(session, people, wish, verdict="no", reason="Loven.")
        given = CorrectionInput(verdict="partly", text="Lidt.", reason="x", why="y", version=first.version)
        correct_answer(session, people.staff, first.id, given)
    assert wish.status == "declined"


def test_words_are_blacked_out_in_how_an_answer_stood_too(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    answer = published(session, people, wish, text="Ring til Ib Ibsen.", reason="Ib Ibsen ved det.")
    given = CorrectionInput(verdict="yes", text="Ring til os.", why="Et navn.", version=answer.version)
    correct_answer(session, people.staff, answer.id, given)
    assert black_out(session, people.staff, wish.id, wish.version, "Ib Ibsen") == 2
    (edition,) = list_editions(session, STRANGER, [answer.id])[answer.id]
    assert (edition.text, edition.reason) == ("Ring til ▇▇▇.", "▇▇▇ ved det.")
    show_words(session, people.staff, wish.id, wish.version)
    assert edition.text == "Ring til Ib Ibsen."


# --- the asker's word


def test_the_asker_says_once_that_it_does_not_answer_and_it_is_open_again(
    session: Session, people: People, noon: None, told: list[Any]
) -> None:
    wish = add_wish(session, people.vendor)
    answer = published(session, people, wish, verdict="no", reason="Loven.")
    claim(session, people.staff, wish.id)
    words = ReplyInput(text="Vi spurgte om noget andet.")
    for other in (people.rival, people.staff, people.newcomer):
        with pytest.raises(NotAllowed):
            object_to_answer(session, other, wish.id, answer.id, words, 90)
    told.clear()
    object_to_answer(session, people.vendor, wish.id, answer.id, words, 90)
    assert (wish.status, wish.answer_by) == ("under_review", date(2027, 2, 19))
    assert told == [AnswerObjected(wish.id, people.staff.user_id)]
    with pytest.raises(Refused, match="objected_before"):
        object_to_answer(session, people.vendor, wish.id, answer.id, words, 90)
    said = read(session, objection_of(wish.id))
    assert said is not None and said.text == "Vi spurgte om noget andet."
    seen = {name for name, a in people.all().items() if may_read_exchange(a, wish)}
    assert seen == {"vendor", "staff", "admin"}


def test_what_is_gathered_is_answered_with_its_lead_told_with_it_and_opens_it_again(
    session: Session, people: People
) -> None:
    lead, member = add_wish(session, people.vendor), add_wish(session, people.rival, body="Det samme")
    gather(session, people.staff, lead.id, [member.id])
    answer = add_prepared_answer(session, people.staff, [lead.id])
    batch = publish_answer(session, people.staff, answer.id, answer.version)
    assert readers_of(session, batch) == {"vera@soft.example": {"said"}, "rita@rival.example": {"said"}}
    object_to_answer(session, people.rival, member.id, answer.id, ReplyInput(text="Ikke vores"), 90)
    assert (lead.status, member.status) == ("under_review", "gathered")
    (row,) = list_inbox(session, people.staff, InboxFilters(drawer="objected")).rows
    assert (row.said.id, row.has_objection) == (lead.id, True)


def test_there_is_nothing_to_object_to_before_an_answer_is_out(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor)
    answer = add_draft_answer(session, people.staff, [wish.id])
    with pytest.raises(NotFound):
        object_to_answer(session, people.vendor, wish.id, answer.id, ReplyInput(text="Nej"), 90)


# --- the clock


def test_exactly_the_late_ones_are_noticed_once_for_each_day_that_passes(
    session: Session, people: People, noon: None, told: list[Any]
) -> None:
    late = put_said(session, "late", answer_by=date(2026, 11, 20))
    today_ = put_said(session, "today", answer_by=date(2026, 11, 21))
    put_said(session, "answered", answer_by=date(2026, 11, 1), status="answered")
    put_said(session, "withdrawn", answer_by=date(2026, 11, 1), status="withdrawn")
    put_said(session, "hidden", answer_by=date(2026, 11, 1), published_at=None)
    put_said(session, "no-day", answer_by=None)
    claim(session, people.staff, late.id)
    assert [notice_late(session), notice_late(session)] == [[late.id], []]
    assert told == [AnswerBecameLate(late.id, people.staff.user_id)]
    with moved_to(NOON + timedelta(days=1)):
        assert notice_late(session) == [today_.id]
        assert [row.id for row in read(session, late_for(STRANGER)).rows] == [late.id, today_.id]
    late.answer_by = date(2026, 11, 25)
    session.flush()
    with moved_to(NOON + timedelta(days=5)):
        assert notice_late(session) == [late.id]
    assert len(told) == 3


def test_staff_sets_by_when_answers_come(session: Session, people: People) -> None:
    sent = date(2026, 11, 21)
    assert find_answer_by(session, sent, 90) == date(2027, 2, 19)
    rule = RuleInput(at_most_days=60, at_least_days=14, before_meeting=True)
    with pytest.raises(NotAllowed):
        set_rule(session, people.municipality, rule)
    set_rule(session, people.staff, rule)
    assert find_answer_by(session, sent, 90) == date(2027, 1, 20)
    with pytest.raises(Refused, match="stale"):
        set_rule(session, people.admin, rule)
    days = {"soon": date(2026, 12, 4), "next": date(2026, 12, 15), "draft": date(2026, 12, 10)}
    for key, held_on in days.items():
        meeting = add_meeting_row(session, key, is_published=key != "draft")
        meeting.held_on, meeting.status = held_on, "announced"
    session.flush()
    assert find_answer_by(session, sent, 90) == date(2026, 12, 14)
    assert find_answer_by(session, sent, 90, meeting.id) == date(2026, 12, 14)
    assert find_rule(session, 90).version == 1
    set_rule(
        session, people.staff, RuleInput(at_most_days=60, at_least_days=0, before_meeting=True, version=1)
    )
    assert find_answer_by(session, days["soon"], 90) == days["soon"]


def test_a_wish_is_answered_by_the_rule_of_staff(session: Session, people: People, noon: None) -> None:
    set_rule(session, people.staff, RuleInput(at_most_days=30))
    assert add_wish(session, people.vendor).answer_by == date(2026, 12, 21)
    assert now() == NOON
