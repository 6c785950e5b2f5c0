"""What organisers ask at sign-up, for staff: the questions of a meeting, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import questions
from app.domain.registrations.answers import count_choices
from app.domain.registrations.policy import may_manage
from app.domain.registrations.questions import MOST_QUESTIONS, PER_PAGE, GivenAnswer, QuestionView
from app.domain.registrations.schemas import QuestionInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import address_of_page, count_pages, page_number
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, compare, read_step, read_version

router = Router()

QUESTIONS = "/moeder/{key}/rediger/spoergsmaal"
QUESTION = QUESTIONS + "/{question_id:int}"
MOST_PAGES = 1000
# The field that a refusal belongs to.
FIELDS = {"question_answered": "kind", "unknown_item": "item_id"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "too_many_questions": _(
            "I kan højst stille {most} spørgsmål. Jo færre, jo flere tilmelder sig. Fjern et først."
        ),
        "too_few_options": _("Skriv mindst to valgmuligheder, én på hver linje."),
        "question_answered": _(
            "Der er allerede svaret på spørgsmålet, så det kan ikke blive til en anden slags. "
            "Fjern det, og stil et nyt."
        ),
        "notice_question_added": _(
            "Spørgsmålet er føjet til. Det stilles til alle, der tilmelder sig fra nu af."
        ),
        "notice_question_saved": _("Spørgsmålet er gemt."),
        "notice_question_removed": _("Spørgsmålet er fjernet."),
        "notice_question_hidden": _(
            "Spørgsmålet stilles ikke mere. Svarene er gemt, og du kan stille det igen."
        ),
        "notice_question_restored": _("Spørgsmålet stilles igen."),
    }
)


@dataclass
class QuestionsPage(Page):
    """The questions of a meeting, and the form for one more. `counts`: of the choices, by question."""

    template: ClassVar[str] = "planning/questions.html"
    meeting: MeetingView
    form: Form
    asked: list[QuestionView]
    hidden: list[QuestionView]
    counts: Mapping[int, Mapping[str, int]]
    items: list[tuple[str, str]]
    preview: Form
    most: int = MOST_QUESTIONS


@dataclass
class QuestionPage(Page):
    """One question, to change it, with what was answered."""

    template: ClassVar[str] = "planning/question.html"
    meeting: MeetingView
    form: Form
    question: QuestionView
    counts: Mapping[str, int]
    answers: list[GivenAnswer]
    total: int
    items: list[tuple[str, str]]
    page: int
    pages: int
    href: str
    differences: list[Difference] = field(default_factory=list)


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/spoergsmaal"


def _list_items(visit: Visit, meeting: MeetingView) -> list[tuple[str, str]]:
    return [(str(item.id), item.title) for item in list_draft_items(visit.session, meeting.id)]


def _questions_page(visit: Visit, meeting: MeetingView, form: Form) -> QuestionsPage:
    found = questions.list_questions(visit.session, meeting.id, with_hidden=True)
    return QuestionsPage(
        meeting=meeting,
        form=form,
        asked=[one for one in found if not one.is_hidden],
        hidden=[one for one in found if one.is_hidden],
        counts=count_choices(visit.session, visit.actor, meeting.id),
        items=_list_items(visit, meeting),
        preview=visit.blank(),
    )


@router.get(QUESTIONS, dependencies=[only(may_manage)])
def show_questions(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(_questions_page(visit, meeting, visit.blank(kind="text")))


@router.post(QUESTIONS, dependencies=[only(may_manage)])
def add_question(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(QuestionInput)
    if given is not None:
        try:
            questions.add_question(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _path(meeting), "question_added")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    return visit.page(_questions_page(visit, meeting, form), 422)


# --- one question


def _open_question(visit: Visit, key: str, question_id: int) -> tuple[MeetingView, QuestionView]:
    meeting = open_meeting(visit, key)
    question = questions.find_question(visit.session, meeting.id, question_id)
    if question is None:
        raise NotFound
    return meeting, question


def _typed(question: QuestionView) -> dict[str, object]:
    return {
        "text": question.text,
        "kind": question.kind,
        "options": "\n".join(question.options),
        "help": question.help,
        "is_required": "1" if question.is_required else "",
        "item_id": question.item_id or "",
        "version": question.version,
    }


def _question_page(visit: Visit, meeting: MeetingView, question: QuestionView, form: Form) -> QuestionPage:
    page = page_number(visit, MOST_PAGES)
    answers, total = questions.list_answers(visit.session, visit.actor, question.id, page)
    return QuestionPage(
        meeting=meeting,
        form=form,
        question=question,
        counts=count_choices(visit.session, visit.actor, meeting.id).get(question.id, {}),
        answers=answers,
        total=total,
        items=_list_items(visit, meeting),
        page=page,
        pages=count_pages(total, PER_PAGE),
        href=address_of_page(f"{_path(meeting)}/{question.id}"),
    )


@router.get(QUESTION, dependencies=[only(may_manage)])
def show_question(visit: AVisit, key: str, question_id: int) -> Response:
    meeting, question = _open_question(visit, key, question_id)
    return visit.page(_question_page(visit, meeting, question, visit.blank(**_typed(question))))


@router.post(QUESTION, dependencies=[only(may_manage)])
def edit_question(visit: AVisit, key: str, question_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, question = _open_question(visit, key, question_id)
    given, version = form.read(QuestionInput), read_version(form)
    differences: list[Difference] = []
    if given is not None:
        try:
            questions.edit_question(visit.session, visit.actor, meeting.id, question.id, version, given)
            return visit.done(form, _path(meeting), "question_saved")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
            if refusal.code == "stale":
                differences = compare(form, _typed(question))
    page = _question_page(visit, meeting, question, form)
    page.differences = differences
    return visit.page(page, 409 if differences else 422)


@router.post(QUESTION + "/flyt/{way}", dependencies=[only(may_manage)])
def move_question(visit: AVisit, key: str, question_id: int, way: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    step = read_step(way)
    meeting, question = _open_question(visit, key, question_id)
    questions.move_question(visit.session, visit.actor, meeting.id, question.id, step)
    return visit.done(form, _path(meeting))


@router.post(QUESTION + "/fjern", dependencies=[only(may_manage)])
def remove_question(visit: AVisit, key: str, question_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, question = _open_question(visit, key, question_id)
    is_gone = questions.remove_question(visit.session, visit.actor, meeting.id, question.id)
    return visit.done(form, _path(meeting), "question_removed" if is_gone else "question_hidden")


@router.post(QUESTION + "/stil-igen", dependencies=[only(may_manage)])
def restore_question(visit: AVisit, key: str, question_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, question = _open_question(visit, key, question_id)
    try:
        questions.restore_question(visit.session, visit.actor, meeting.id, question.id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_questions_page(visit, meeting, form), 422)
    return visit.done(form, _path(meeting), "question_restored")
