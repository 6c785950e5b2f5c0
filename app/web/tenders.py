"""Tenders: what comes, where it is announced, what has been asked and answered to all; and who got what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core.policy import NotFound, Refused
from app.domain.contributions.queries import find_contribution
from app.domain.ledger import tenders
from app.domain.ledger.choices import find_named, list_names
from app.domain.ledger.closings import ClosedGaps, list_closings
from app.domain.ledger.exporting import Exports, list_exports
from app.domain.ledger.open_gaps import Gaps, list_gaps
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import (
    PER_PAGE,
    EntryView,
    Filters,
    Listing,
    Questions,
    QuestionView,
    SharedHandouts,
    TenderView,
    count_tenders,
    find_question,
    find_tender,
    list_entries,
    list_linked,
    list_questions,
    list_shared,
    list_tenders,
    list_waiting_questions,
)
from app.domain.ledger.schemas import (
    LinkInput,
    NoticeInput,
    QuestionEdit,
    QuestionInput,
    State,
    TenderInput,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.labels import LABELS
from app.web.ledger_words import take_refusal

router = Router()

TENDERS = "/udbud"
TENDER = "/udbud/{tender_id:int}"
MOST_MET = 100
# The words that turn the pages of what waits and of what was handed out, beside those of the answers.
WAITING = "venter"
SHARED = "delt"


@dataclass
class TendersPage(Page):
    """`chips`: of each state the code, how many, the address, and whether it is chosen."""

    template: ClassVar[str] = "tenders/list.html"
    tenders: tuple[TenderView, ...]
    chips: list[tuple[str, int, str, bool]]
    state: str
    keeps: bool
    total: int
    page: int
    pages: int
    page_address: str


@dataclass
class TenderForms:
    """The forms of the page; the one that came back has its errors."""

    notice: Form
    question: Form
    link: Form
    turn: Form


@dataclass
class TenderPage(Page):
    """`linked`: {contribution id: (number, title)} of what is linked; `waiting`: the questions that wait for
    their answer; both for staff alone. `addresses`: of the pages of each of the three lists, by the word that
    says which. `entries`: the newest that are noted, `entries_unlisted` how many more
    there are. `form`: the one that was sent."""

    template: ClassVar[str] = "tenders/show.html"
    tender: TenderView
    questions: tuple[QuestionView, ...]
    page: int
    pages: int
    addresses: dict[str, str]
    waiting: Questions
    linked: dict[int, tuple[str, str]]
    shared: SharedHandouts
    entries: tuple[EntryView, ...]
    entries_unlisted: int
    keeps: bool
    forms: TenderForms
    form: Form


@dataclass
class WriteTenderPage(Page):
    """`tender` is None for a new one; `theirs`: as a colleague has saved it in the meantime."""

    template: ClassVar[str] = "tenders/write.html"
    form: Form
    tender: TenderView | None
    names: list[str]
    action: str
    theirs: TenderView | None = None


@dataclass
class QuestionPage(Page):
    template: ClassVar[str] = "tenders/question.html"
    form: Form
    tender: TenderView
    question: QuestionView
    linked: tuple[str, str] | None


@dataclass
class TenderLedgerPage(Page):
    """Who got what of a tender, what is open, what was closed, and what has been taken out for the file."""

    template: ClassVar[str] = "tenders/ledger.html"
    tender: TenderView
    entries: Listing
    gaps: Gaps
    closed: ClosedGaps
    exports: Exports
    address: str


class TurnInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: State
    version: int


def get_tender(visit: Visit, tender_id: int) -> TenderView:
    """Raises NotFound."""
    tender = find_tender(visit.session, visit.actor, tender_id)
    if tender is None:
        raise NotFound
    return tender


# --- reading


@router.get(TENDERS, dependencies=[anyone])
def show_tenders(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    counts = count_tenders(session, actor)
    state = filters.typed(visit, "status")
    state = state if state in LABELS["tender_state"] else ""
    total = counts.get(state, 0) if state else sum(counts.values())
    pages = filters.count_pages(total, PER_PAGE)
    page = filters.page_number(visit, pages)
    return visit.page(
        TendersPage(
            tenders=list_tenders(session, actor, state or None, page=page),
            chips=[
                (code, counts.get(code, 0), filters.address(TENDERS, status=code), code == state)
                for code in LABELS["tender_state"]
            ],
            state=state,
            keeps=may_keep_ledger(actor),
            total=total,
            page=page,
            pages=pages,
            page_address=filters.address_of_page(TENDERS, status=state),
        )
    )


@router.get(TENDER, dependencies=[anyone])
def show_tender(visit: AVisit, tender_id: int) -> Response:
    return visit.page(make_tender_page(visit, tender_id))


def make_tender_page(visit: Visit, tender_id: int, **sent: Form) -> TenderPage:
    """Raises NotFound. `sent`: the form that was refused, by its name in TenderForms."""
    session, actor = visit.session, visit.actor
    tender = get_tender(visit, tender_id)
    keeps = may_keep_ledger(actor)
    pages = filters.count_pages(tender.questions, PER_PAGE)
    page = filters.page_number(visit, pages)
    blank = {
        "turn": visit.blank(state=tender.state, version=tender.version),
        "notice": visit.blank(kind="udbud_dk"),
        "question": visit.blank(),
        "link": visit.blank(reference=filters.typed(visit, "indspil")[:20]),
    }
    forms = TenderForms(**(blank | sent))
    met = list_entries(session, actor, Filters(tender_id=tender_id), per_page=MOST_MET) if keeps else None
    questions = list_questions(session, actor, tender_id, PER_PAGE, is_shared=True, page=page)
    asked = {word: filters.whole_number(filters.typed(visit, word), 6) or 1 for word in (WAITING, SHARED)}
    none = Questions((), 0)
    waiting = list_waiting_questions(session, actor, tender_id, asked[WAITING]) if keeps else none
    shared = list_shared(session, actor, tender_id, asked[SHARED])
    sides = {filters.SIDE: page, WAITING: waiting.page, SHARED: shared.page}
    return TenderPage(
        tender=tender,
        questions=questions,
        page=page,
        pages=pages,
        addresses={word: _address_of_page(tender_id, word, sides) for word in sides},
        waiting=waiting,
        linked=list_linked(session, actor, (*questions, *waiting.rows)) if keeps else {},
        shared=shared,
        entries=met.rows if met else (),
        entries_unlisted=met.total - len(met.rows) if met else 0,
        keeps=keeps,
        forms=forms,
        form=next(iter(sent.values()), forms.turn),
    )


def _address_of_page(tender_id: int, word: str, sides: Mapping[str, int]) -> str:
    """Where another page of one list is led to, while the other lists stay where they are."""
    others = {other: side for other, side in sides.items() if other != word and side > 1}
    return filters.address_of_page(f"{TENDERS}/{tender_id}", word, **others)


@router.get(TENDER + "/ligebehandling", dependencies=[only(may_keep_ledger)])
def show_ledger_of_tender(visit: AVisit, tender_id: int) -> Response:
    session, actor = visit.session, visit.actor
    tender = get_tender(visit, tender_id)
    path = f"{TENDERS}/{tender_id}/ligebehandling"
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    return visit.page(
        TenderLedgerPage(
            tender=tender,
            entries=list_entries(session, actor, Filters(tender_id=tender_id), page),
            gaps=list_gaps(session, actor, tender_id=tender_id),
            closed=list_closings(session, actor, tender_id),
            exports=list_exports(session, actor, tender_id),
            address=filters.address_of_page(path),
        )
    )


# --- writing


@router.get("/udbud/nyt", dependencies=[only(may_keep_ledger)])
def ask_for_tender(visit: AVisit) -> Response:
    form = visit.blank(version=0)
    return visit.page(WriteTenderPage(form, None, list_names(visit.session), "/udbud/nyt"))


@router.post("/udbud/nyt", dependencies=[only(may_keep_ledger)])
def add_tender(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = _read_tender(visit, form)
    if given is None:
        return visit.page(WriteTenderPage(form, None, list_names(visit.session), "/udbud/nyt"), 422)
    tender = tenders.add_tender(visit.session, visit.actor, given)
    return visit.done(form, f"{TENDERS}/{tender.id}", "tender_added")


def _read_tender(visit: Visit, form: Form) -> TenderInput | None:
    """The tender as it was typed, with the buyer by name; None with sentences at the fields."""
    given = form.read(TenderInput)
    name = " ".join(form.value("buyer").split())
    found = find_named(visit.session, [name]) if name else {}
    if name and name not in found:
        form.refuse("buyer", "ledger_unknown_name", word=name)
        return None
    return given.model_copy(update={"organisation_id": found.get(name)}) if given is not None else None


@router.get(TENDER + "/rediger", dependencies=[only(may_keep_ledger)])
def ask_for_edit(visit: AVisit, tender_id: int) -> Response:
    tender = get_tender(visit, tender_id)
    form = visit.blank(
        title=tender.title,
        text=tender.text,
        buyer=tender.organisation[1] if tender.organisation else None,
        expected_on=tender.expected_on.isoformat() if tender.expected_on else None,
        version=tender.version,
    )
    return visit.page(_edit_page(visit, form, tender))


def _edit_page(
    visit: Visit, form: Form, tender: TenderView, theirs: TenderView | None = None
) -> WriteTenderPage:
    action = f"{TENDERS}/{tender.id}/rediger"
    return WriteTenderPage(form, tender, list_names(visit.session), action, theirs)


@router.post(TENDER + "/rediger", dependencies=[only(may_keep_ledger)])
def edit_tender(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    tender = get_tender(visit, tender_id)
    given = _read_tender(visit, form)
    if given is None:
        return visit.page(_edit_page(visit, form, tender), 422)
    try:
        tenders.edit_tender(visit.session, visit.actor, tender_id, given)
    except Refused as refusal:
        status = take_refusal(form, refusal, "tender")
        visit.session.rollback()
        theirs = get_tender(visit, tender_id)
        form.typed["version"] = [str(theirs.version)]
        return visit.page(_edit_page(visit, form, theirs, theirs), status)
    return visit.done(form, f"{TENDERS}/{tender_id}", "tender_saved")


def _do(
    visit: Visit,
    tender_id: int,
    form: Form,
    verb: Callable[[], object],
    notice: str,
    *,
    name: str,
    place: str = "",
) -> Response:
    """One act on a tender, and back to its page; a refusal is shown there, at the form of this name."""
    try:
        verb()
    except Refused as refusal:
        status = take_refusal(form, refusal, "tender")
        visit.session.rollback()
        if name == "turn":
            form.typed["version"] = [str(get_tender(visit, tender_id).version)]
        return visit.page(make_tender_page(visit, tender_id, **{name: form}), status)
    return visit.done(form, f"{TENDERS}/{tender_id}{place}", notice)


@router.post(TENDER + "/udgiv", dependencies=[only(may_keep_ledger)])
def publish_tender(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    if before := visit.done_before(form):
        return before

    def publish() -> Any:
        return tenders.publish_tender(visit.session, visit.actor, tender_id)

    return _do(visit, tender_id, form, publish, "tender_published", name="turn")


@router.post(TENDER + "/status", dependencies=[only(may_keep_ledger)])
def turn_tender(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(TurnInput)
    if given is None:
        return visit.page(make_tender_page(visit, tender_id, turn=form), 422)

    def turn() -> Any:
        return tenders.turn_tender(visit.session, visit.actor, tender_id, given.state, given.version)

    return _do(visit, tender_id, form, turn, "tender_turned", name="turn")


@router.post(TENDER + "/bekendtgoerelser", dependencies=[only(may_keep_ledger)])
def add_notice(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(NoticeInput)
    if given is None:
        # That the address is not on a site of its kind is said at the address.
        if "form" in form.errors:
            form.errors.setdefault("url", form.errors.pop("form"))
        return visit.page(make_tender_page(visit, tender_id, notice=form), 422)

    def add() -> Any:
        return tenders.add_notice(visit.session, visit.actor, tender_id, given)

    return _do(visit, tender_id, form, add, "tender_notice", name="notice", place="#bekendtgoerelser")


@router.post(TENDER + "/bekendtgoerelser/{notice_id:int}/fjern", dependencies=[only(may_keep_ledger)])
def remove_notice(visit: AVisit, form: SentForm, tender_id: int, notice_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    tender = get_tender(visit, tender_id)
    if notice_id not in {one.id for one in tender.notices}:
        raise NotFound
    tenders.remove_notice(visit.session, visit.actor, notice_id)
    return visit.done(form, f"{TENDERS}/{tender_id}#bekendtgoerelser", "tender_notice_gone")


# --- what is asked


@router.post(TENDER + "/spoergsmaal", dependencies=[only(may_keep_ledger)])
def add_question(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(QuestionInput)
    if given is None:
        return visit.page(make_tender_page(visit, tender_id, question=form), 422)

    def add() -> Any:
        return tenders.add_question(visit.session, visit.actor, tender_id, given)

    return _do(visit, tender_id, form, add, "tender_question", name="question", place="#spoergsmaal")


@router.post(TENDER + "/knyt", dependencies=[only(may_keep_ledger)])
def link(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    """The switch, from the tender's side: the contribution by its number."""
    if before := visit.done_before(form):
        return before
    given = form.read(LinkInput)
    said = find_contribution(visit.session, visit.actor, form.value("reference"))
    if said is None:
        form.refuse("reference", "ledger_unknown_contribution")
    if given is None or said is None:
        return visit.page(make_tender_page(visit, tender_id, link=form), 422)
    contribution_id = said.id

    def link_it() -> Any:
        return tenders.link_to_tender(visit.session, visit.actor, tender_id, contribution_id, given)

    return _do(visit, tender_id, form, link_it, "tender_linked", name="link", place="#knyttede")


@router.post(TENDER + "/knyttede/{question_id:int}/loesn", dependencies=[only(may_keep_ledger)])
def unlink(visit: AVisit, form: SentForm, tender_id: int, question_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    _get_question(visit, tender_id, question_id)

    def unlink_it() -> Any:
        return tenders.unlink_from_tender(visit.session, visit.actor, question_id)

    return _do(visit, tender_id, form, unlink_it, "tender_unlinked", name="link", place="#knyttede")


def _get_question(visit: Visit, tender_id: int, question_id: int) -> QuestionView:
    """Raises NotFound."""
    found = find_question(visit.session, visit.actor, tender_id, question_id)
    if found is None:
        raise NotFound
    return found


@router.get(TENDER + "/spoergsmaal/{question_id:int}/ret", dependencies=[only(may_keep_ledger)])
def ask_for_question(visit: AVisit, tender_id: int, question_id: int) -> Response:
    question = _get_question(visit, tender_id, question_id)
    answer = question.answers[0].text if question.contribution_id is None and question.answers else ""
    form = visit.blank(question=question.question, answer=answer, version=question.version)
    return visit.page(_question_page(visit, form, tender_id, question))


def _question_page(visit: Visit, form: Form, tender_id: int, question: QuestionView) -> QuestionPage:
    linked = list_linked(visit.session, visit.actor, [question]).get(question.contribution_id or 0)
    return QuestionPage(form, get_tender(visit, tender_id), question, linked)


@router.post(TENDER + "/spoergsmaal/{question_id:int}/ret", dependencies=[only(may_keep_ledger)])
def edit_question(visit: AVisit, form: SentForm, tender_id: int, question_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    question = _get_question(visit, tender_id, question_id)
    given = form.read(QuestionEdit)
    if given is None:
        return visit.page(_question_page(visit, form, tender_id, question), 422)
    try:
        tenders.edit_question(visit.session, visit.actor, question_id, given)
    except Refused as refusal:
        status = take_refusal(form, refusal, "tender")
        visit.session.rollback()
        theirs = _get_question(visit, tender_id, question_id)
        form.typed["version"] = [str(theirs.version)]
        return visit.page(_question_page(visit, form, tender_id, theirs), status)
    return visit.done(form, f"{TENDERS}/{tender_id}#spoergsmaal", "tender_question_saved")
