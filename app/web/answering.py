"""Writing answers, quietly and together; publishing one by itself; and correcting what is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core import i18n
from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.core.text import ShortLine
from app.domain.answering import drafting, publishing
from app.domain.answering.inbox import list_by_references
from app.domain.answering.models import AnswerTemplate
from app.domain.answering.policy import may_answer
from app.domain.answering.schemas import AnswerEdit, AnswerInput, CorrectionInput
from app.domain.answering.shelf import AnswerSheet, BatchView, find_sheet, list_waiting_batches
from app.domain.answering.telling import Audience, count_audience
from app.domain.contributions.models import AnswerEdition
from app.domain.contributions.queries import ContributionView, find_contributions
from app.domain.contributions.schemas import Verdict
from app.domain.meetings.queries import OrganiserView, list_possible_organisers
from app.domain.meetings.schemas import RowId
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import whole_number
from app.web.inbox_words import move_missing_day, take_refusal

router = Router()

ANSWER = "/indbakke/svar/{answer_id:int}"
MOST_ANSWERED = 60  # by one answer, from the form


class VersionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int


class MaybeUnjudged(CorrectionInput):
    """A correction; of an answer from before answers had a verdict, it may still have none."""

    verdict: Verdict | None = None


class PutInput(BaseModel):
    """Which batch an answer goes out with: one that waits, or a new one of this name."""

    model_config = ConfigDict(extra="forbid")

    batch_id: RowId | None = None
    name: ShortLine = ""


@dataclass
class AnswerFormPage(Page):
    """An answer being written, to `about`. `answer`: as it is stored, where it is begun already. `used`: the
    template whose words stand in the form now."""

    template: ClassVar[str] = "inbox/answer_form.html"
    about: Sequence[ContributionView]
    answer: AnswerSheet | None
    templates: list[AnswerTemplate]
    used: int | None
    organisers: list[OrganiserView]
    action: str
    here: str
    form: Form


@dataclass
class AnswerPage(Page):
    """One answer as it will be read, or is, and where it goes from here. `audience`: who would be told."""

    template: ClassVar[str] = "inbox/answer.html"
    answer: AnswerSheet
    editions: list[AnswerEdition]
    batches: list[BatchView]
    audience: Audience | None
    form: Form
    put: Form


@dataclass
class CorrectionPage(Page):
    template: ClassVar[str] = "inbox/correction.html"
    answer: AnswerSheet
    editions: list[AnswerEdition]
    form: Form


# --- a new one


@router.get("/indbakke/svar/nyt", dependencies=[only(may_answer)])
def new_answer(visit: AVisit) -> Response:
    references = visit.request.query_params.getlist("indspil")[:MOST_ANSWERED]
    about = list_by_references(visit.session, visit.actor, references)
    if not about:
        raise NotFound
    signer = visit.actor.organisation_id
    form = visit.blank(kind="answer", organisation_ids=[signer] if signer else [])
    return visit.page(_new_page(visit, about, form))


def _new_page(visit: Visit, about: Sequence[ContributionView], form: Form) -> AnswerFormPage:
    here = "/indbakke/svar/nyt?" + "&".join(f"indspil={one.reference}" for one in about)
    return _form_page(visit, about, None, form, "/indbakke/svar/nyt", here)


def _form_page(
    visit: Visit,
    about: Sequence[ContributionView],
    answer: AnswerSheet | None,
    form: Form,
    action: str,
    here: str,
) -> AnswerFormPage:
    templates = drafting.list_templates(visit.session, visit.actor)
    wanted = whole_number(visit.request.query_params.get("skabelon", ""))
    chosen = next((one for one in templates if one.id == wanted), None)
    if chosen is not None and about and visit.request.method == "GET":
        filled = drafting.fill_template(chosen, about[0].reference, about[0].title)
        form.typed |= {name: [text] for name, text in filled.texts.items()}
        if filled.verdict:
            form.typed["verdict"] = [filled.verdict]
    already = answer.organisation_ids if answer else ()
    return AnswerFormPage(
        about=about,
        answer=answer,
        templates=templates,
        used=chosen.id if chosen else None,
        organisers=list_possible_organisers(visit.session, already),
        action=action,
        here=here,
        form=form,
    )


@router.post("/indbakke/svar/nyt", dependencies=[only(may_answer)])
def draft_answer(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    session, actor = visit.session, visit.actor
    given, status = form.read(AnswerInput), 422
    if given is not None:
        try:
            answer = drafting.draft_answer(session, actor, given)
            notice = _prepare_if_asked(visit, form, answer)
            return visit.done(form, _path_after(visit, answer.id), notice)
        except Refused as refusal:
            status = take_refusal(form, refusal)
            session.rollback()
    _tidy(form)
    ids = [number for one in form.values("contribution_ids") if (number := whole_number(one)) is not None]
    seen = find_contributions(session, actor, ids[:MOST_ANSWERED])
    about = [seen[i] for i in dict.fromkeys(ids) if i in seen]
    if not about:
        raise NotFound
    return visit.page(_new_page(visit, about, form), status)


def _prepare_if_asked(visit: Visit, form: Form, answer: Any) -> str:
    """Make it ready where that button was pressed; the notice."""
    if form.value("handling") != "klar":
        return "inbox_draft"
    drafting.prepare_answer(visit.session, visit.actor, answer.id, answer.version)
    return "inbox_ready"


def _path_after(visit: Visit, answer_id: int) -> str:
    """Back to the case that it answers, or to its own page where it answers several."""
    sheet = open_answer(visit, answer_id)
    return f"/indbakke/{sheet.about[0].reference}#svar" if len(sheet.about) == 1 else _path(answer_id)


def _tidy(form: Form) -> None:
    """Say what is missing in the words of this form."""
    move_missing_day(form)
    if form.errors.pop("organisation_ids", None):
        form.refuse("organisation_ids", "inbox_choose_signer")


def _path(answer_id: int) -> str:
    return f"/indbakke/svar/{answer_id}"


def open_answer(visit: Visit, answer_id: int) -> AnswerSheet:
    """Raises NotFound."""
    sheet = find_sheet(visit.session, visit.actor, answer_id)
    if sheet is None:
        raise NotFound
    return sheet


# --- one answer


@router.get(ANSWER, dependencies=[only(may_answer)])
def show_answer(visit: AVisit, answer_id: int) -> Response:
    return visit.page(_answer_page(visit, open_answer(visit, answer_id)))


def _answer_page(
    visit: Visit, answer: AnswerSheet, form: Form | None = None, put: Form | None = None
) -> Page:
    session, actor = visit.session, visit.actor
    is_out = answer.published_at is not None
    return AnswerPage(
        answer=answer,
        editions=publishing.list_editions(session, actor, [answer.id]).get(answer.id, []),
        batches=[] if is_out else list_waiting_batches(session, actor),
        audience=None if is_out else count_audience(session, actor, [answer.id]),
        form=form or visit.blank(),
        put=put or visit.blank(batch_id=answer.batch_id or "", name=propose_name(visit)),
    )


def propose_name(visit: Visit) -> str:
    """What a new batch is called unless staff calls it something else."""
    return visit.say("inbox_batch_name", day=i18n.format_date(today(), visit.language))


@router.get(ANSWER + "/rediger", dependencies=[only(may_answer)])
def show_edit(visit: AVisit, answer_id: int) -> Response:
    answer = open_answer(visit, answer_id)
    if answer.published_at is not None:
        return visit.go(_path(answer_id))
    return visit.page(_edit_page(visit, answer, _filled(visit, answer)))


def _filled(visit: Visit, answer: AnswerSheet, **values: object) -> Form:
    words = {name: getattr(answer, name) for name in (*drafting.TEXTS, "verdict", "kind", "said_by_text")}
    return visit.blank(
        **words,
        again_by=_as_text(answer.again_by),
        organisation_ids=list(answer.organisation_ids),
        version=answer.version,
        **values,
    )


def _as_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _edit_page(visit: Visit, answer: AnswerSheet, form: Form) -> AnswerFormPage:
    seen = find_contributions(visit.session, visit.actor, [one.id for one in answer.about])
    about = [seen[one.id] for one in answer.about if one.id in seen]
    action = f"{_path(answer.id)}/rediger"
    return _form_page(visit, about, answer, form, action, f"{action}?")


@router.post(ANSWER + "/rediger", dependencies=[only(may_answer)])
def edit_answer(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    open_answer(visit, answer_id)
    given, status = form.read(AnswerEdit), 422
    if given is not None:
        try:
            answer = drafting.edit_answer(visit.session, visit.actor, answer_id, given)
            notice = _prepare_if_asked(visit, form, answer)
            return visit.done(form, _path_after(visit, answer_id), notice)
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
            # Saving once more, with the newest version, is then on purpose.
            form.typed["version"] = [str(open_answer(visit, answer_id).version)]
    _tidy(form)
    stored = open_answer(visit, answer_id)
    return visit.page(_edit_page(visit, stored, form), status)


@router.post(ANSWER + "/klar", dependencies=[only(may_answer)])
def prepare_answer(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    return _act(visit, answer_id, form, drafting.prepare_answer, "inbox_ready")


@router.post(ANSWER + "/udgiv", dependencies=[only(may_answer)])
def publish_answer(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    """By itself, now. A second press, in whatever window, publishes nothing more."""
    return _act(visit, answer_id, form, publishing.publish_answer, "inbox_one_published")


def _act(visit: Visit, answer_id: int, form: Form, verb: Any, notice: str) -> Response:
    """One of the verbs that ask for the answer as it was read and for nothing else; back to where it was
    pressed, if that is a case that it answers or its batch."""
    if before := visit.done_before(form):
        return before
    answer = open_answer(visit, answer_id)
    given = form.read(VersionInput)
    if given is None:
        raise NotFound
    back = _back(form, answer)
    try:
        verb(visit.session, visit.actor, answer_id, given.version)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(_answer_page(visit, open_answer(visit, answer_id), form=form), status)
    return visit.done(form, back, notice)


def _back(form: Form, answer: AnswerSheet) -> str:
    if form.value("fra") == "udgivelse" and answer.batch_id is not None:
        return f"/indbakke/udgivelser/{answer.batch_id}"
    if form.value("fra") in {one.reference for one in answer.about}:
        return f"/indbakke/{form.value('fra')}#svar"
    return _path(answer.id)


@router.post(ANSWER + "/smid-vaek", dependencies=[only(may_answer)])
def discard_answer(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    answer, given = open_answer(visit, answer_id), form.read(VersionInput)
    if given is None:
        raise NotFound
    try:
        drafting.discard_answer(visit.session, visit.actor, answer_id, given.version)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        return visit.page(_answer_page(visit, open_answer(visit, answer_id), form=form), status)
    path = f"/indbakke/{answer.about[0].reference}" if answer.about else "/indbakke/svar"
    return visit.done(form, path, "inbox_discarded")


@router.post(ANSWER + "/udgivelse", dependencies=[only(may_answer)])
def put_in_batch(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    """Have it go out with others: in a batch that waits, or in a new one."""
    if before := visit.done_before(form):
        return before
    answer = open_answer(visit, answer_id)
    given, status = form.read(PutInput), 422
    if given is not None and given.batch_id is None and not given.name:
        form.refuse("name", "missing")
    elif given is not None:
        try:
            if given.batch_id is None:
                batch_id = publishing.make_batch(visit.session, visit.actor, given.name, [answer.id]).id
            else:
                batch_id = given.batch_id
                publishing.put_in_batch(visit.session, visit.actor, batch_id, [answer.id])
            return visit.done(form, f"/indbakke/udgivelser/{batch_id}", "inbox_in_batch")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
    return visit.page(_answer_page(visit, open_answer(visit, answer_id), put=form), status)


# --- corrections


@router.get(ANSWER + "/ret", dependencies=[only(may_answer)])
def show_correction(visit: AVisit, answer_id: int) -> Response:
    answer = open_answer(visit, answer_id)
    if answer.published_at is None:
        return visit.go(f"{_path(answer_id)}/rediger")
    return visit.page(_correction_page(visit, answer, _filled(visit, answer)))


def _correction_page(visit: Visit, answer: AnswerSheet, form: Form) -> CorrectionPage:
    editions = publishing.list_editions(visit.session, visit.actor, [answer.id]).get(answer.id, [])
    return CorrectionPage(answer, editions, form)


@router.post(ANSWER + "/ret", dependencies=[only(may_answer)])
def correct_answer(visit: AVisit, answer_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    open_answer(visit, answer_id)
    given, status = form.read(MaybeUnjudged), 422
    if given is not None:
        try:
            publishing.correct_answer(visit.session, visit.actor, answer_id, given)
            return visit.done(form, _path(answer_id), "inbox_corrected")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
            form.typed["version"] = [str(open_answer(visit, answer_id).version)]
    move_missing_day(form)
    stored = open_answer(visit, answer_id)
    return visit.page(_correction_page(visit, stored, form), status)
