"""What people answer at sign-up: checked against the questions, kept, and summed up for the organisers."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.registrations.models import Registration, SignUpAnswer, SignUpQuestion
from app.domain.registrations.policy import may_manage, may_sign_up
from app.domain.registrations.questions import QuestionView, list_questions
from app.domain.registrations.schemas import ACTIVE, WrittenAnswer

MOST = 5000
YES_NO = ("yes", "no")
Said = Mapping[int, Sequence[str]]  # by the question's id
_written: TypeAdapter[str] = TypeAdapter(WrittenAnswer)


# --- giving


def read_answers(
    questions: Sequence[QuestionView], typed: Said, kept: Said | None = None
) -> tuple[dict[int, list[str]], dict[int, Refused]]:
    """What was answered, and what is wrong with it; both by the question's id, the empty answers left out.

    `kept`: the person's earlier answers; what was chosen then may stay, though it can be chosen no more.
    Refused: missing, literal_error, and what the text types refuse.
    """
    answered: dict[int, list[str]] = {}
    wrong: dict[int, Refused] = {}
    for question in questions:
        try:
            said = _read(question, typed.get(question.id, ()), (kept or {}).get(question.id, ()))
        except Refused as refusal:
            wrong[question.id] = refusal
            continue
        if said:
            answered[question.id] = said
        elif question.is_required:
            wrong[question.id] = Refused("missing")
    return answered, wrong


def _read(question: QuestionView, typed: Sequence[str], kept: Sequence[str]) -> list[str]:
    if question.kind == "text":
        try:
            text = _written.validate_python(typed[0] if typed else "")
        except ValidationError as refused:
            error = refused.errors(include_url=False, include_input=False)[0]
            values = error.get("ctx", {})
            # A text with validators of its own says "too_long" as a list would, but not what of.
            is_length = values.get("field_type") == "Value"
            raise Refused(f"string_{error['type']}" if is_length else error["type"], **values) from refused
        return [text] if text else []
    chosen = [value for value in dict.fromkeys(typed) if value]
    if question.kind != "many":
        chosen = chosen[:1]
    known = YES_NO if question.kind == "yes_no" else (*question.options, *kept)
    if not set(chosen) <= set(known):
        raise Refused("literal_error")
    return [value for value in dict.fromkeys(known) if value in chosen]


def answer_questions(session: Session, actor: Actor, registration_id: int, typed: Said) -> None:
    """Keep one's own answers as they are now; those to questions that are asked no more stay.

    Refused: answers_wrong; `read_answers` says which.
    """
    require(may_sign_up(actor))
    meeting_id = session.scalar(
        select(Registration.meeting_id).where(
            Registration.id == registration_id,
            Registration.user_id == actor.user_id,
            Registration.status.in_(ACTIVE),
        )
    )
    if meeting_id is None:
        raise NotFound
    questions = list_questions(session, meeting_id)
    kept = find_own_answers(session, actor, registration_id)
    answered, wrong = read_answers(questions, typed, kept)
    if wrong:
        raise Refused("answers_wrong")
    asked = {question.id for question in questions}
    if answered == {question_id: said for question_id, said in kept.items() if question_id in asked}:
        return
    session.execute(
        delete(SignUpAnswer).where(
            SignUpAnswer.registration_id == registration_id, SignUpAnswer.question_id.in_(asked)
        )
    )
    if answered:
        rows = [
            {"registration_id": registration_id, "question_id": id, "said": said, "answered_at": now()}
            for id, said in answered.items()
        ]
        session.execute(insert(SignUpAnswer).values(rows))
    # What was answered is nobody's business but the organisers': the log holds only which questions.
    record(session, actor, "answer", "registration", registration_id, after={"questions": sorted(answered)})


def erase_answers(session: Session, registration_id: int) -> None:
    session.execute(delete(SignUpAnswer).where(SignUpAnswer.registration_id == registration_id))


# --- reading


def find_own_answers(session: Session, actor: Actor, registration_id: int) -> dict[int, list[str]]:
    """The actor's own answers, by the question's id."""
    rows = session.execute(
        select(SignUpAnswer.question_id, SignUpAnswer.said)
        .join(Registration, Registration.id == SignUpAnswer.registration_id)
        .where(Registration.id == registration_id, Registration.user_id == (actor.user_id or 0))
    )
    return {row.question_id: row.said for row in rows}


def list_answers_by_person(
    session: Session, actor: Actor, meeting_id: int, registration_ids: Collection[int] | None = None
) -> dict[int, dict[int, list[str]]]:
    """All answers of a meeting by sign-up and question, or those of these sign-ups; for the organisers."""
    require(may_manage(actor))
    statement = (
        select(SignUpAnswer.registration_id, SignUpAnswer.question_id, SignUpAnswer.said)
        .join(Registration, Registration.id == SignUpAnswer.registration_id)
        .where(Registration.meeting_id == meeting_id, Registration.status.in_(ACTIVE))
    )
    if registration_ids is not None:
        statement = statement.where(Registration.id.in_(registration_ids))
    found: dict[int, dict[int, list[str]]] = {}
    for row in session.execute(statement):
        found.setdefault(row.registration_id, {})[row.question_id] = row.said
    return found


def count_choices(session: Session, actor: Actor, meeting_id: int) -> dict[int, dict[str, int]]:
    """How many of those who come chose what, by question; what was chosen most first."""
    require(may_manage(actor))
    word = func.unnest(SignUpAnswer.said).label("word")
    each = (
        select(SignUpAnswer.question_id, word)
        .join(SignUpQuestion, SignUpQuestion.id == SignUpAnswer.question_id)
        .join(Registration, Registration.id == SignUpAnswer.registration_id)
        .where(
            SignUpQuestion.meeting_id == meeting_id,
            SignUpQuestion.kind != "text",
            Registration.status.in_(ACTIVE),
        )
        .subquery()
    )
    rows = session.execute(
        select(each.c.question_id, each.c.word, func.count().label("number"))
        .group_by(each.c.question_id, each.c.word)
        .order_by(each.c.question_id, func.count().desc(), each.c.word)
        .limit(MOST)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.question_id, {})[row.word] = row.number
    return found
