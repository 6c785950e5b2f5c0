"""The three questions after a meeting: answered, set up, and read, for one meeting and over a series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.domain.evaluations import by_link, queries, service
from app.domain.evaluations.by_link import Linked
from app.domain.evaluations.policy import (
    MOST_DAYS_OPEN,
    last_day,
    may_answer,
    may_answer_at,
    may_arrange_evaluations,
)
from app.domain.evaluations.queries import EvaluationView, OwnAnswer, Remark, SeriesLine
from app.domain.evaluations.questions import CODES, CURRENT, FEWEST, STEPS, WORDINGS, Wording
from app.domain.evaluations.schemas import LONGEST_REMARK, AnswerInput, SetUpInput
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import Limit, count_against, count_at_the_door
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, SignInFirst, Visit, anyone, only
from app.identity.codes import name_client
from app.web.entering import client_of
from app.web.filters import typed
from app.web.meetings import open_meeting, right_address
from app.web.sealed import hide

router = Router()

EVALUATION = "/moeder/{key}/evaluering"
OWN_LINK = EVALUATION + "/{who}/{sealed}"
AN_HOUR: Final = timedelta(hours=1)
MOST_ANSWERS: Final = 60  # of one person in an hour
MOST_BY_LINK: Final = 20  # of one person by a link in an hour
MOST_FROM_CLIENT: Final = 1500  # a whole town hall may have one address
ANSWERED: Final = "evaluation_answered"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "evaluation_step_missing": _("»{question}«: vælg et svar. Er du i tvivl, så vælg »Ved ikke«."),
        "evaluation_nothing": _("Svar på mindst ét spørgsmål, eller skriv til arrangørerne."),
        "evaluation_was_not_there": _("Kun de, der var med til mødet, svarer på evalueringen."),
        "evaluation_not_open_yet": _("Evalueringen åbner, når mødet er slut."),
        "evaluation_closed": _("Evalueringen er lukket. Der kan ikke svares mere."),
        "evaluation_counted": _("Evalueringen er lukket og talt op. Den kan ikke åbnes igen."),
        "evaluation_day_is_past": _("Dagen er gået. Vælg i dag eller en senere dag."),
        "evaluation_day_too_late": _("Vælg en dag højst {most} dage efter mødet."),
        "notice_evaluation_answered": _(
            "Tak! Dit svar er modtaget. Du kan ændre det, til evalueringen lukker."
        ),
        "notice_evaluation_set_up": _("Fristen for at svare er ændret."),
        "notice_evaluation_counted": _("Evalueringen er lukket og talt op."),
        "notice_evaluation_remark_removed": _("Bemærkningen er slettet."),
    }
)


@dataclass
class EvaluationPage(Page):
    """The evaluation of one meeting. `answers`: so far, `remarks` and `set_up`: for those who arrange it."""

    template: ClassVar[str] = "evaluations/show.html"
    meeting: MeetingView
    evaluation: EvaluationView
    wording: Wording
    form: Form
    set_up: Form
    own: OwnAnswer | None
    may_answer: bool
    may_arrange: bool
    answers: int | None
    remarks: list[Remark]
    first_day: str
    latest_day: str
    longest_remark: int = LONGEST_REMARK
    fewest: int = FEWEST


@dataclass
class OwnLinkPage(Page):
    """The form behind an own link; `is_thanked` right after it was sent."""

    template: ClassVar[str] = "evaluations/by_link.html"
    meeting: MeetingView
    evaluation: EvaluationView
    wording: Wording
    form: Form
    path: str
    is_thanked: bool
    longest_remark: int = LONGEST_REMARK
    fewest: int = FEWEST


@dataclass
class LinePage(Page):
    """The evaluations of a series, the oldest first. `others`: the series to choose among."""

    template: ClassVar[str] = "evaluations/line.html"
    series: SeriesLine | None
    results: list[EvaluationView]
    others: list[SeriesLine]
    wording: Wording
    codes: tuple[str, ...] = CODES
    fewest: int = FEWEST


# --- one meeting


@router.get(EVALUATION, dependencies=[anyone])
def show_evaluation(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    return visit.page(_page(visit, meeting))


@router.post(EVALUATION, dependencies=[only(may_answer)])
def answer(visit: AVisit, form: SentForm, key: str) -> Response:
    """One answer each: the last one counts, so sent twice it is the same, and no key is kept of it."""
    meeting = open_meeting(visit, key)
    if not visit.actor.is_signed_in and not may_answer_at(visit.actor, meeting.id):
        raise SignInFirst
    given = _read_answer(form)
    if given is None:
        return visit.page(_page(visit, meeting, form), 422)
    try:
        answer_id = service.answer(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        return visit.page(_page(visit, meeting, form), _refuse(form, refusal))
    _count_answer(visit, answer_id, MOST_ANSWERS)
    return visit.go(_path(meeting), ANSWERED)


def _read_answer(form: Form) -> AnswerInput | None:
    """What was answered; each question that was not is named, so that the sentences can be told apart."""
    given = form.read(AnswerInput)
    unanswered = [one for one in WORDINGS[CURRENT].questions if form.errors.pop(one.code, None)]
    for question in unanswered:
        form.refuse(question.code, "evaluation_step_missing", question=question.text.say(form.language))
    return given


def _count_answer(visit: Visit, answer_id: int, most: int) -> None:
    """Count one answering, or its changing; raises TooMany, and then nothing is kept of it.

    Counted under the row of the answer, which goes when the evaluation is counted: the name of a person or of
    a link would tell for days who answered.
    """
    count_against(visit.session, f"evaluation answer {answer_id}", most, AN_HOUR)


def _refuse(form: Form, refusal: Refused) -> int:
    """Says why at the top of the form; the status of the answer."""
    form.refuse("form", refusal.code, **refusal.values)
    return 422 if refusal.code == "evaluation_nothing" else 409


def _page(
    visit: Visit, meeting: MeetingView, form: Form | None = None, set_up: Form | None = None
) -> EvaluationPage:
    session, actor = visit.session, visit.actor
    evaluation = _find(visit, meeting)
    is_answered = evaluation.is_open and may_answer_at(actor, meeting.id)
    own = queries.find_own(session, actor, meeting.id) if is_answered else None
    may_arrange = may_arrange_evaluations(actor)
    is_waiting = may_arrange and evaluation.state in ("open", "closing")
    return EvaluationPage(
        meeting=meeting,
        evaluation=evaluation,
        wording=evaluation.words,
        form=form or _blank(visit, own),
        set_up=set_up or visit.blank(closes_on=evaluation.closes_on.isoformat(), version=evaluation.version),
        own=own,
        may_answer=is_answered,
        may_arrange=may_arrange,
        answers=queries.count_answers(session, actor, meeting.id) if is_waiting else None,
        remarks=(
            queries.list_remarks(session, actor, meeting.id)
            if may_arrange and evaluation.state == "counted"
            else []
        ),
        first_day=max(today(), last_day(meeting, 0)).isoformat(),
        latest_day=last_day(meeting, MOST_DAYS_OPEN).isoformat(),
    )


def _blank(visit: Visit, own: OwnAnswer | None) -> Form:
    if own is None:
        return visit.blank()
    return visit.blank(remark=own.remark, **{code: own.steps.get(code, "unknown") for code in CODES})


def _find(visit: Visit, meeting: MeetingView) -> EvaluationView:
    evaluation = queries.find_result(visit.session, visit.actor, meeting.id)
    if evaluation is None:
        raise NotFound
    return evaluation


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/evaluering"


# --- arranging it


@router.post(EVALUATION + "/frist", dependencies=[only(may_arrange_evaluations)])
def set_up(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(SetUpInput)
    if given is None:
        return visit.page(_page(visit, meeting, set_up=form), 422)
    try:
        service.set_up(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        is_day = refusal.code.startswith("evaluation_day")
        form.refuse("closes_on" if is_day else "form", refusal.code, **refusal.values)
        return visit.page(_page(visit, meeting, set_up=form), 422 if is_day else 409)
    return visit.done(form, _path(meeting), "evaluation_set_up")


@router.post(EVALUATION + "/luk", dependencies=[only(may_arrange_evaluations)])
def close(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        service.close(visit.session, visit.actor, meeting.id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_page(visit, meeting, set_up=form), 409)
    return visit.done(form, _path(meeting), "evaluation_counted")


@router.post(EVALUATION + "/bemaerkninger/{remark_id}/slet", dependencies=[only(may_arrange_evaluations)])
def remove_remark(visit: AVisit, form: SentForm, key: str, remark_id: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        known = UUID(remark_id)
    except ValueError:
        raise NotFound from None
    service.remove_remark(visit.session, visit.actor, meeting.id, known)
    return visit.done(form, _path(meeting), "evaluation_remark_removed")


# --- by the own link in a mail


@router.get(OWN_LINK, dependencies=[anyone])
def show_own_link(visit: AVisit, key: str, who: str, sealed: str) -> Response:
    """The empty form. Opening it changes nothing: scanners of mail open every link."""
    _find_linked(visit, key, who, sealed)
    return _show_own_link(visit, key, who, sealed)


@router.post(OWN_LINK, dependencies=[anyone])
def answer_by_link(visit: AVisit, form: SentForm, key: str, who: str, sealed: str) -> Response:
    linked = _find_linked(visit, key, who, sealed)
    from_client = Limit(f"evaluation:{name_client(client_of(visit))}", MOST_FROM_CLIENT, AN_HOUR)
    count_at_the_door(visit.session, from_client)
    given = _read_answer(form)
    if given is None:
        return _show_own_link(visit, key, who, sealed, form, 422)
    try:
        answer_id = by_link.answer_by_link(visit.session, linked, given)
    except Refused as refusal:
        return _show_own_link(visit, key, who, sealed, form, _refuse(form, refusal))
    _count_answer(visit, answer_id, MOST_BY_LINK)
    return visit.go(f"/moeder/{key}/evaluering/{who}/{sealed}", ANSWERED)


def _find_linked(visit: Visit, key: str, who: str, sealed: str) -> Linked:
    linked = by_link.find_linked(visit.session, key, who, sealed)
    if linked is None:
        raise NotFound
    return linked


def _show_own_link(
    visit: Visit, key: str, who: str, sealed: str, form: Form | None = None, status: int = 200
) -> Response:
    meeting = open_meeting(visit, key)
    evaluation = _find(visit, meeting)
    page = OwnLinkPage(
        meeting=meeting,
        evaluation=evaluation,
        wording=evaluation.words,
        form=form or visit.blank(),
        path=f"/moeder/{key}/evaluering/{who}/{sealed}",
        is_thanked=form is None and visit.request.query_params.get("kvittering") == ANSWERED,
    )
    return hide(visit.page(page, status))


# --- over a series


@router.get("/evaluering", dependencies=[anyone])
def show_line(visit: AVisit) -> Response:
    known = queries.list_series(visit.session, visit.actor)
    series = _choose_series(visit, known)
    return visit.page(
        LinePage(
            series=series,
            results=queries.list_results(visit.session, visit.actor, series.id) if series else [],
            others=[one for one in known if one.results or one == series],
            wording=WORDINGS[CURRENT],
        )
    )


def read_rows(visit: Visit) -> Iterable[dict[str, Any]]:
    """How the meetings of a series were evaluated, a row for each question; what is too little to be shown
    is not in it."""
    series = _choose_series(visit, queries.list_series(visit.session, visit.actor))
    if series is None:
        raise NotFound
    results = queries.list_results(visit.session, visit.actor, series.id)
    return (row for result in results for row in _rows(visit, result))


def _rows(visit: Visit, result: EvaluationView) -> Iterable[dict[str, Any]]:
    for one in result.questions:
        yield {
            "meeting": f"{visit.kit.site.base_url}/moeder/{result.meeting_key}",
            "number": result.number,
            "title": result.meeting_title,
            "date": result.held_on,
            "answers": one.answers,
            "question": one.question.code,
            "question_text": one.question.text.da,
            "wording": result.wording,
            **{f"step_{step}": count for step, count in zip(STEPS, one.counts, strict=True)},
            "average": round(one.average, 2),
            "is_example": result.is_example,
        }


def _choose_series(visit: Visit, known: Sequence[SeriesLine]) -> SeriesLine | None:
    """The series in the address, else the one of which there is most to read; None before there is any."""
    wanted = typed(visit, "raekke")
    return next((one for one in known if one.key == wanted), known[0] if known else None)
