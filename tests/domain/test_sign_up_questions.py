"""What organisers ask at sign-up: making, ordering and hiding questions, answering them, and who hears it."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.meetings.models import Meeting
from app.domain.registrations.answers import (
    answer_questions,
    count_choices,
    find_own_answers,
    list_answers_by_person,
    read_answers,
)
from app.domain.registrations.models import SignUpAnswer, SignUpQuestion
from app.domain.registrations.questions import (
    MOST_QUESTIONS,
    GivenAnswer,
    add_question,
    copy_questions,
    edit_question,
    list_answers,
    list_for_item,
    list_questions,
    move_question,
    remove_question,
    restore_question,
)
from app.domain.registrations.schemas import QuestionInput
from app.domain.registrations.service import cancel_sign_up
from tests.people import People, with_role
from tests.said import add_item_row, add_speaker_row
from tests.signing_up import add_open_meeting, attending, sign_up_for


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session)


def ask(
    session: Session, people: People, meeting: Meeting, text: str = "Hvad?", **given: Any
) -> SignUpQuestion:
    values = {"text": text, "kind": "text"} | given
    return add_question(session, people.staff, meeting.id, QuestionInput.model_validate(values))


def texts(session: Session, meeting: Meeting) -> list[str]:
    return [question.text for question in list_questions(session, meeting.id)]


# --- asking


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"text": "a" * 301}, "text", "too_long"),
        ({"kind": "many", "options": ["A", " A "]}, "options", "too_few_options"),
        ({"text": "Mit nummer er 010190-1234"}, "text", "cpr_number"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(given: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        QuestionInput.model_validate({"text": "Hvad?", "kind": "text"} | given)
    assert [(error["loc"][0], error["type"]) for error in wrong.value.errors()] == [(field, code)]


def test_options_are_lines_and_only_choices_have_them() -> None:
    choice = QuestionInput.model_validate({"text": "A?", "kind": "many", "options": ["Ja\r\n\r\nMåske\nJa"]})
    text = QuestionInput.model_validate({"text": "A?", "kind": "text", "options": ["Ja\nNej"]})
    assert (choice.options, text.options) == (["Ja", "Måske"], [])


def test_only_staff_asks_and_of_items_of_the_own_meeting(
    session: Session, people: People, meeting: Meeting
) -> None:
    for actor in (people.vendor, people.auditor, people.stranger):
        with pytest.raises(NotAllowed):
            add_question(session, actor, meeting.id, QuestionInput(text="Hvad?", kind="text"))
    elsewhere = add_item_row(session, add_open_meeting(session, "13"))
    with pytest.raises(Refused, match="unknown_item"):
        ask(session, people, meeting, item_id=elsewhere.id)
    with pytest.raises(NotFound):
        move_question(session, people.staff, elsewhere.meeting_id, ask(session, people, meeting).id, 1)


def test_questions_are_moved_and_the_sixteenth_is_refused(
    session: Session, people: People, meeting: Meeting
) -> None:
    made = [ask(session, people, meeting, f"{n}?") for n in range(MOST_QUESTIONS)]
    move_question(session, people.staff, meeting.id, made[0].id, 1)
    move_question(session, people.staff, meeting.id, made[0].id, -1)
    move_question(session, people.staff, meeting.id, made[0].id, -1)
    move_question(session, people.staff, meeting.id, made[3].id, -1)
    assert texts(session, meeting)[:5] == ["0?", "1?", "3?", "2?", "4?"]
    with pytest.raises(Refused, match="too_many_questions"):
        ask(session, people, meeting)


def test_a_question_with_answers_is_hidden_keeps_its_kind_and_comes_back(
    session: Session, people: People, meeting: Meeting
) -> None:
    asked, unasked = ask(session, people, meeting), ask(session, people, meeting, "Ubesvaret?")
    own = sign_up_for(session, people.vendor, meeting)
    answer_questions(session, people.vendor, own.id, {asked.id: ["Svar"]})
    with pytest.raises(Refused, match="question_answered"):
        edit_question(
            session, people.staff, meeting.id, asked.id, 1, QuestionInput(text="Hvad?", kind="yes_no")
        )
    assert remove_question(session, people.staff, meeting.id, asked.id) is False
    assert remove_question(session, people.staff, meeting.id, unasked.id) is True
    assert texts(session, meeting) == []
    assert find_own_answers(session, people.vendor, own.id) == {asked.id: ["Svar"]}
    restore_question(session, people.staff, meeting.id, asked.id)
    assert texts(session, meeting) == ["Hvad?"]
    assert session.get(SignUpQuestion, unasked.id) is None


def test_of_two_who_edit_the_second_is_told(session: Session, people: People, meeting: Meeting) -> None:
    question = ask(session, people, meeting)
    edit_question(session, people.staff, meeting.id, question.id, 1, QuestionInput(text="Ny?", kind="text"))
    with pytest.raises(Refused, match="stale"):
        edit_question(
            session, people.staff, meeting.id, question.id, 1, QuestionInput(text="To?", kind="text")
        )
    assert texts(session, meeting) == ["Ny?"]


def test_questions_are_copied_once_without_the_panel_of_the_other_programme(
    session: Session, people: People, meeting: Meeting
) -> None:
    item = add_item_row(session, meeting)
    ask(session, people, meeting, "Til panelet?", item_id=item.id, is_required=True)
    ask(session, people, meeting, "Spor?", kind="choice", options=["A", "B"], help="Vi tæller")
    hidden = ask(session, people, meeting, "Skjult?")
    hidden.is_hidden = True
    new = add_open_meeting(session, "13")
    for _ in range(2):
        copy_questions(session, people.staff, meeting.id, new.id)
    copied = list_questions(session, new.id)
    assert [(q.text, q.kind, q.options, q.help, q.is_required, q.item_id) for q in copied] == [
        ("Til panelet?", "text", [], "", True, None),
        ("Spor?", "choice", ["A", "B"], "Vi tæller", False, None),
    ]


# --- answering


@pytest.mark.parametrize(
    ("kind", "typed", "said", "code"),
    [
        ("text", ["  Hej\r\nder "], ["Hej\nder"], None),
        ("text", [""], None, "missing"),
        ("text", ["a" * 1001], None, "string_too_long"),
        ("text", ["nul\x00"], None, "unstorable_text"),
        ("text", ["Mit nummer er 010190-1234"], None, "cpr_number"),
        ("choice", ["B", "A"], ["B"], None),
        ("choice", ["C"], None, "literal_error"),
        ("many", ["B", "A", "B"], ["A", "B"], None),
        ("many", [], None, "missing"),
        ("yes_no", ["no"], ["no"], None),
        ("yes_no", ["måske"], None, "literal_error"),
    ],
)
def test_an_answer_is_read_or_refused(
    session: Session,
    people: People,
    meeting: Meeting,
    kind: str,
    typed: list[str],
    said: list[str] | None,
    code: str | None,
) -> None:
    options = ["A", "B"] if kind in ("choice", "many") else []
    question = ask(session, people, meeting, kind=kind, options=options, is_required=True)
    answered, wrong = read_answers(list_questions(session, meeting.id), {question.id: typed})
    assert (answered.get(question.id), {id: refusal.code for id, refusal in wrong.items()}) == (
        said,
        {question.id: code} if code else {},
    )


def test_what_was_chosen_may_stay_though_it_can_be_chosen_no_more(
    session: Session, people: People, meeting: Meeting
) -> None:
    question = ask(session, people, meeting, kind="choice", options=["Fisk", "Kød"])
    own = sign_up_for(session, people.vendor, meeting)
    answer_questions(session, people.vendor, own.id, {question.id: ["Fisk"]})
    given = QuestionInput(text="Hvad?", kind="choice", options=["Kød", "Grønt"])
    edit_question(session, people.staff, meeting.id, question.id, 1, given)
    answer_questions(session, people.vendor, own.id, {question.id: ["Fisk"]})
    assert find_own_answers(session, people.vendor, own.id) == {question.id: ["Fisk"]}
    with pytest.raises(Refused, match="answers_wrong"):
        other = sign_up_for(session, people.rival, meeting)
        answer_questions(session, people.rival, other.id, {question.id: ["Fisk"]})


def test_one_answers_only_for_oneself_and_leaving_takes_the_answers_along(
    session: Session, people: People, meeting: Meeting
) -> None:
    question = ask(session, people, meeting)
    own = sign_up_for(session, people.vendor, meeting)
    for actor in (people.rival, people.staff):
        with pytest.raises(NotFound):
            answer_questions(session, actor, own.id, {question.id: ["Svar"]})
    answer_questions(session, people.vendor, own.id, {question.id: ["Svar 4711"]})
    assert find_own_answers(session, people.rival, own.id) == {}
    log = "".join(f"{entry.before}{entry.after}" for entry in session.scalars(select(AuditEntry)))
    assert "Svar 4711" not in log
    cancel_sign_up(session, people.vendor, own.id)
    assert session.scalars(select(SignUpAnswer.said)).all() == []


# --- hearing


def test_the_organisers_read_counts_and_answers(session: Session, people: People, meeting: Meeting) -> None:
    choice = ask(session, people, meeting, kind="many", options=["A", "B"])
    text = ask(session, people, meeting, "Andet?")
    said = {"vendor": (["A", "B"], ["Tak"]), "rival": (["B"], [])}
    ids = {}
    for who, (chosen, words) in said.items():
        actor = getattr(people, who)
        ids[who] = sign_up_for(session, actor, meeting).id
        answer_questions(session, actor, ids[who], {choice.id: chosen, text.id: words})
    assert count_choices(session, people.staff, meeting.id) == {choice.id: {"B": 2, "A": 1}}
    assert list_answers(session, people.staff, text.id) == (
        [GivenAnswer("Vera Vendor", "Soft A/S", "vendor", ["Tak"])],
        1,
    )
    assert list_answers_by_person(session, people.staff, meeting.id) == {
        ids["vendor"]: {choice.id: ["A", "B"], text.id: ["Tak"]},
        ids["rival"]: {choice.id: ["B"]},
    }
    with pytest.raises(NotAllowed):
        list_answers(session, people.vendor, text.id)


def test_a_panel_hears_its_questions_and_only_the_names_of_those_who_are_listed(
    session: Session, people: People, meeting: Meeting
) -> None:
    item, other = add_item_row(session, meeting, "1"), add_item_row(session, meeting, "2")
    question = ask(session, people, meeting, "Til panelet?", item_id=item.id)
    for who, listed in (("vendor", False), ("rival", True)):
        actor = getattr(people, who)
        own = sign_up_for(session, actor, meeting, is_listed=listed)
        answer_questions(session, actor, own.id, {question.id: [f"Fra {who}"]})
    hidden = GivenAnswer("", "", "vendor", ["Fra vendor"])
    named = GivenAnswer("Vera Vendor", "Soft A/S", "vendor", ["Fra vendor"])
    of_rival = list_answers(session, people.staff, question.id)[0][1]
    person = add_speaker_row(session, item)
    panellist = with_role(session, people.municipality, meeting.id, "speaker", person.id)

    def heard(actor: Actor, item_id: int = item.id) -> list[list[GivenAnswer]]:
        return [one.answers for one in list_for_item(session, actor, item_id)]

    facilitator = with_role(session, people.neighbour, meeting.id, "facilitator")
    assessor = with_role(session, people.consultancy, meeting.id, "assessor")
    assert heard(people.staff) == [[named, of_rival]]
    assert heard(panellist) == heard(facilitator) == [[hidden, of_rival]]
    assert heard(people.staff, other.id) == heard(panellist, other.id) == []
    taking_part = attending(people, meeting, "vendor").vendor
    assert [heard(one) for one in (taking_part, assessor, people.auditor, people.stranger)] == [[]] * 4


def test_what_was_answered_to_the_organisers_alone_is_not_given_to_a_panel_afterwards(
    session: Session, people: People, meeting: Meeting
) -> None:
    question, item = ask(session, people, meeting), add_item_row(session, meeting)
    registration = sign_up_for(session, people.vendor, meeting)
    answer_questions(session, people.vendor, registration.id, {question.id: ["Kun til jer"]})
    given = QuestionInput(text="Hvad?", kind="text", item_id=item.id)
    with pytest.raises(Refused) as refusal:
        edit_question(session, people.staff, meeting.id, question.id, question.version, given)
    assert refusal.value.code == "question_answered"
