"""What organisers ask at sign-up: the questions, and what was answered, for those whom it is meant for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, case, func, select
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.models import AgendaItem
from app.domain.meetings.policy import in_force
from app.domain.meetings.roles import list_own_item_ids
from app.domain.meetings.service import lock_meeting
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration, SignUpAnswer, SignUpQuestion
from app.domain.registrations.policy import listed, may_hear_panel_questions, may_manage
from app.domain.registrations.schemas import ACTIVE, QuestionInput
from app.domain.users.models import User

MOST_QUESTIONS = 15
MOST_ANSWERS = 5000
PER_PAGE = 30
_MOST_HIDDEN = 100
Step = Literal[-1, 1]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question in its place. `answers`: how many answers are kept, also of those who come no more.

    `item_title`: the item that the answers go to, as staff sees it; else empty.
    """

    id: int
    meeting_id: int
    item_id: int | None
    item_title: str
    kind: str
    text: str
    help: str
    options: list[str]
    is_required: bool
    is_hidden: bool
    answers: int
    version: int


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One person's answer. `name` is empty where the reader is not to know it."""

    name: str
    organisation_name: str
    organisation_kind: str
    said: list[str]


@dataclass(frozen=True, slots=True)
class HeardQuestion:
    """A question with what was answered, the first answer first."""

    question: QuestionView
    answers: list[GivenAnswer]


def _questions() -> Select[Any]:
    answers = select(func.count()).where(SignUpAnswer.question_id == SignUpQuestion.id).scalar_subquery()
    return select(
        SignUpQuestion.id,
        SignUpQuestion.meeting_id,
        SignUpQuestion.item_id,
        func.coalesce(AgendaItem.title, "").label("item_title"),
        SignUpQuestion.kind,
        SignUpQuestion.text,
        SignUpQuestion.help,
        SignUpQuestion.options,
        SignUpQuestion.is_required,
        SignUpQuestion.is_hidden,
        answers.label("answers"),
        SignUpQuestion.version,
    ).outerjoin(AgendaItem, and_(AgendaItem.id == SignUpQuestion.item_id, in_force(AgendaItem)))


def list_questions(session: Session, meeting_id: int, with_hidden: bool = False) -> list[QuestionView]:
    """The questions of a meeting in their order; those that are asked no more come last, where wanted."""
    statement = _questions().where(SignUpQuestion.meeting_id == meeting_id)
    if not with_hidden:
        statement = statement.where(SignUpQuestion.is_hidden.is_(False))
    order = (SignUpQuestion.is_hidden, SignUpQuestion.position, SignUpQuestion.id)
    rows = session.execute(statement.order_by(*order).limit(MOST_QUESTIONS + _MOST_HIDDEN))
    return [QuestionView(**row._mapping) for row in rows]


def find_question(session: Session, meeting_id: int, question_id: int) -> QuestionView | None:
    row = session.execute(
        _questions().where(SignUpQuestion.id == question_id, SignUpQuestion.meeting_id == meeting_id)
    ).one_or_none()
    return QuestionView(**row._mapping) if row is not None else None


# --- what was answered, for those whom it is meant for


def list_answers(
    session: Session, actor: Actor, question_id: int, page: int = 1
) -> tuple[list[GivenAnswer], int]:
    """One page of what those who come answered to a question, with names, and how many answers there are."""
    require(may_manage(actor))
    rows = session.execute(
        _given(True)
        .add_columns(func.count().over().label("total"))
        .where(SignUpAnswer.question_id == question_id, Registration.status.in_(ACTIVE))
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return [_answer(row) for row in rows], rows[0].total if rows else 0


def list_for_item(session: Session, actor: Actor, item_id: int) -> list[HeardQuestion]:
    """What those who come ask the panel of an item: for staff, those who lead the meeting, and the panel.

    Empty for everybody else. Who stands on the list of participants is named to all of them; of others they
    read what kind of organisation they come from, and only staff the name.
    """
    item = session.execute(
        select(AgendaItem.id, AgendaItem.meeting_id).where(AgendaItem.id == item_id)
    ).one_or_none()
    if item is None or not may_hear(session, actor, item.meeting_id, item.id):
        return []
    asked = [one for one in list_questions(session, item.meeting_id, True) if one.item_id == item_id]
    if not asked:
        return []
    rows = session.execute(
        _given(may_manage(actor))
        .add_columns(SignUpAnswer.question_id)
        .where(SignUpAnswer.question_id.in_([one.id for one in asked]), Registration.status.in_(ACTIVE))
        .limit(MOST_ANSWERS)
    ).all()
    return [HeardQuestion(one, [_answer(row) for row in rows if row.question_id == one.id]) for one in asked]


def may_hear(session: Session, actor: Actor, meeting_id: int, item_id: int) -> bool:
    """Whether the actor may read what is asked of the panel of this item."""
    own = list_own_item_ids(session, actor, meeting_id)
    return may_hear_panel_questions(actor, meeting_id, is_own_item=item_id in own)


def _given(names_everybody: bool) -> Select[Any]:
    """The answers in the order in which people signed up; named are those whom the reader may know."""
    is_named = listed() if not names_everybody else Registration.id.is_not(None)
    return (
        select(
            case((is_named, User.name), else_="").label("name"),
            case((is_named, Registration.organisation_name), else_="").label("organisation_name"),
            func.coalesce(Organisation.kind, "").label("organisation_kind"),
            SignUpAnswer.said,
        )
        .select_from(SignUpAnswer)
        .join(Registration, Registration.id == SignUpAnswer.registration_id)
        .join(User, User.id == Registration.user_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .order_by(Registration.created_at, Registration.id)
    )


def _answer(row: Row[Any]) -> GivenAnswer:
    return GivenAnswer(row.name, row.organisation_name, row.organisation_kind, row.said)


# --- verbs


def add_question(session: Session, actor: Actor, meeting_id: int, given: QuestionInput) -> SignUpQuestion:
    """One more question, last in the order. Refused: too_many_questions, unknown_item."""
    asked = _take_asked(session, actor, meeting_id)
    if len(asked) >= MOST_QUESTIONS:
        raise Refused("too_many_questions", most=MOST_QUESTIONS)
    _check_item(session, meeting_id, given.item_id)
    question = SignUpQuestion(
        meeting_id=meeting_id, position=len(asked) + 1, created_at=now(), **given.model_dump()
    )
    session.add(question)
    session.flush()
    record(session, actor, "add", "sign_up_question", question.id, after=snapshot(question))
    return question


def edit_question(
    session: Session, actor: Actor, meeting_id: int, question_id: int, version: int, given: QuestionInput
) -> SignUpQuestion:
    """Change a question. Answers keep the words of their day, so its kind stays once there are some; and
    they go to no panel that nobody was told of when answering.

    Refused: stale, question_answered, unknown_item.
    """
    question = _take(session, actor, meeting_id, question_id)
    if question.version != version:
        raise Refused("stale")
    is_for_others = given.item_id not in (None, question.item_id)
    if (given.kind != question.kind or is_for_others) and _has_answers(session, question):
        raise Refused("question_answered")
    if given.item_id != question.item_id:
        _check_item(session, meeting_id, given.item_id)
    before = snapshot(question)
    for name, value in given.model_dump().items():
        setattr(question, name, value)
    return _note(session, actor, "edit", question, before)


def move_question(session: Session, actor: Actor, meeting_id: int, question_id: int, step: Step) -> None:
    """One place up (-1) or down (1); nothing happens at the ends."""
    question = _take(session, actor, meeting_id, question_id)
    asked = _take_asked(session, actor, meeting_id)
    if question not in asked:
        return
    place = asked.index(question)
    if not 0 <= place + step < len(asked):
        return
    before = {"position": question.position}
    asked[place], asked[place + step] = asked[place + step], asked[place]
    _number(asked)
    record(
        session,
        actor,
        "move",
        "sign_up_question",
        question.id,
        before=before,
        after={"position": question.position},
    )


def remove_question(session: Session, actor: Actor, meeting_id: int, question_id: int) -> bool:
    """Ask no more. True when the question is gone; with answers it is only hidden, and they are kept."""
    question = _take(session, actor, meeting_id, question_id)
    before = snapshot(question)
    if _has_answers(session, question):
        if not question.is_hidden:
            question.is_hidden = True
            _note(session, actor, "hide", question, before)
            _number(_take_asked(session, actor, meeting_id))
        return False
    lay_aside(session, actor, "sign_up_question", question, question.text, meeting_id=meeting_id)
    session.delete(question)
    session.flush()
    record(session, actor, "remove", "sign_up_question", question_id, before=before)
    _number(_take_asked(session, actor, meeting_id))
    return True


def restore_question(session: Session, actor: Actor, meeting_id: int, question_id: int) -> SignUpQuestion:
    """Ask again what was hidden, last in the order. Refused: too_many_questions."""
    question = _take(session, actor, meeting_id, question_id)
    if not question.is_hidden:
        return question
    asked = _take_asked(session, actor, meeting_id)
    if len(asked) >= MOST_QUESTIONS:
        raise Refused("too_many_questions", most=MOST_QUESTIONS)
    before = snapshot(question)
    question.is_hidden, question.position = False, len(asked) + 1
    return _note(session, actor, "restore", question, before)


def copy_questions(
    session: Session, actor: Actor, from_meeting_id: int, to_meeting_id: int
) -> list[SignUpQuestion]:
    """Ask at another meeting what was asked at this one, as far as there is room; what stands there already
    is not asked twice. Those to a panel become ordinary ones: the other programme has panels of its own."""
    require(may_manage(actor))
    known = {question.text for question in _take_asked(session, actor, to_meeting_id)}
    room = MOST_QUESTIONS - len(known)
    wanted = [one for one in list_questions(session, from_meeting_id) if one.text not in known][:room]
    return [
        add_question(
            session,
            actor,
            to_meeting_id,
            QuestionInput.model_validate(
                {
                    "text": one.text,
                    "kind": one.kind,
                    "options": one.options,
                    "help": one.help,
                    "is_required": one.is_required,
                }
            ),
        )
        for one in wanted
    ]


# --- the pieces


def _take_asked(session: Session, actor: Actor, meeting_id: int) -> list[SignUpQuestion]:
    """The questions that are asked, in order, with the meeting's row held. Raises NotFound."""
    require(may_manage(actor))
    lock_meeting(session, meeting_id)
    return list(
        session.scalars(
            select(SignUpQuestion)
            .where(SignUpQuestion.meeting_id == meeting_id, SignUpQuestion.is_hidden.is_(False))
            .order_by(SignUpQuestion.position, SignUpQuestion.id)
        )
    )


def _take(session: Session, actor: Actor, meeting_id: int, question_id: int) -> SignUpQuestion:
    require(may_manage(actor))
    # First the meeting, as whoever signs up and answers: else the two would wait for one another.
    lock_meeting(session, meeting_id)
    question = session.scalars(
        select(SignUpQuestion)
        .where(SignUpQuestion.id == question_id, SignUpQuestion.meeting_id == meeting_id)
        .with_for_update()
    ).one_or_none()
    if question is None:
        raise NotFound
    return question


def _check_item(session: Session, meeting_id: int, item_id: int | None) -> None:
    if item_id is None:
        return
    of_meeting = select(AgendaItem.id).where(AgendaItem.id == item_id, AgendaItem.meeting_id == meeting_id)
    if session.scalar(of_meeting) is None:
        raise Refused("unknown_item")


def _has_answers(session: Session, question: SignUpQuestion) -> bool:
    answers = select(SignUpAnswer.registration_id).where(SignUpAnswer.question_id == question.id)
    return session.scalar(answers.limit(1)) is not None


def _number(asked: Sequence[SignUpQuestion]) -> None:
    for position, question in enumerate(asked, start=1):
        question.position = position


def _note(
    session: Session, actor: Actor, verb: str, question: SignUpQuestion, before: dict[str, Any]
) -> SignUpQuestion:
    question.version += 1
    session.flush()
    record(session, actor, verb, "sign_up_question", question.id, before=before, after=snapshot(question))
    return question
