"""Questions to a panel as those in the room use it: ask, back what others ask, follow what is answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused
from app.domain.attendance.policy import may_join
from app.domain.contributions.in_room import Author, find_author, fit, words_for
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM
from app.domain.panels import queries, service
from app.domain.panels.policy import levels_of, may_lead
from app.domain.panels.queries import PanelView, QuestionView
from app.domain.panels.schemas import LONGEST_QUESTION, QuestionEdit, QuestionGiven
from app.domain.running.queries import RightNow, get_right_now
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.live import add_topic, answer_block
from app.http.pages import Page
from app.http.queued import is_script
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.filters import whole_number
from app.web.sealed import hide

router = Router()

PANEL = "/moeder/{key}/spoerg/{item_id:int}"
OWN = PANEL + "/mit/{question_id:int}"
MOST_PRESSES = 120  # of one attendee in a minute
A_MINUTE = timedelta(minutes=1)


def _(text: str) -> str:
    return text


add_sentences(
    {
        "panel_join_first": _("Du skal være med i mødets lokale for at spørge panelet."),
        "panel_not_open_yet": _("Der er ikke åbnet for spørgsmål endnu."),
        "panel_closed": _("Der er lukket for spørgsmål. Kopiér din tekst, hvis du vil gemme den."),
        "panel_meeting_off": _("Mødet er aflyst eller udskudt, så panelet tager ikke spørgsmål."),
        "panel_meeting_done": _(
            "Referatet er sendt til kommentering eller godkendt, så spørgsmålene ligger fast."
        ),
        "panel_taken_by_another": _("Det er sendt af en anden. Åbn siden igen, og skriv det derfra."),
        "panel_own": _("Det er dit eget spørgsmål. De andre kan bakke op om det."),
        "panel_answered": _("Spørgsmålet er besvaret."),
        "panel_taken_up": _("Spørgsmålet er taget op, så det kan ikke rettes mere."),
        "panel_question_waits": _("Modtaget som {reference}. De andre ser det, når facilitator har set det."),
        "notice_panel_asked": _("Dit spørgsmål er stillet. De andre kan bakke op om det."),
        "notice_panel_waits": _("Dit spørgsmål er modtaget. Det vises, når facilitator har set det."),
        "notice_panel_backed": _("Du bakker op."),
        "notice_panel_unbacked": _("Du bakker ikke op mere."),
        "notice_panel_withdrawn": _("Dit spørgsmål er trukket tilbage."),
        "notice_panel_restored": _("Dit spørgsmål er stillet igen."),
        "notice_panel_saved": _("Din rettelse er gemt."),
    }
)


@dataclass
class PanelPage(Page):
    """`author` is None for who may only read. `shown`: (value, words) to be shown as. `own`: one's own
    questions, whatever has become of them; `backed`: ids of those that one backs."""

    template: ClassVar[str] = "panels/show.html"
    panel: PanelView
    questions: list[QuestionView]
    own: list[QuestionView]
    backed: frozenset[int]
    author: Author | None
    shown: list[tuple[str, str]]
    form: Form
    client_id: str
    block_path: str
    right_now: RightNow
    moment_now: datetime
    may_lead: bool
    longest: int = LONGEST_QUESTION


@dataclass
class PanelBlock(Page):
    """The same for all: no own mark in it."""

    template: ClassVar[str] = "panels/block.html"
    panel: PanelView
    questions: list[QuestionView]


@dataclass
class OwnBlock(Page):
    template: ClassVar[str] = "panels/own_block.html"
    panel: PanelView
    own: list[QuestionView]


@dataclass
class OwnPage(Page):
    """One of one's own questions by itself, also long after the meeting."""

    template: ClassVar[str] = "panels/own.html"
    panel: PanelView
    question: QuestionView
    form: Form
    longest: int = LONGEST_QUESTION


# --- who hears a panel


def may_hear_panel(session: Session, actor: Actor, item_id: int) -> bool:
    return queries.find_audience(session, actor, item_id) is not None


def may_read_in_room(session: Session, actor: Actor, item_id: int) -> bool:
    """Read the questions as those do who hear the meeting: also what is not public."""
    panel = queries.find_audience(session, actor, item_id)
    return panel is not None and levels_of(actor, panel) == TO_THE_ROOM


add_topic("panel", may_hear_panel)


def find_panel(visit: Visit, key: str, item_id: int) -> PanelView:
    panel = queries.find_panel(visit.session, visit.actor, key, item_id)
    if panel is None:
        raise NotFound
    return panel


# --- the panel


@router.get(PANEL + "/blok", dependencies=[anyone])
async def show_block(request: Request, key: str, item_id: int) -> Response:
    """The questions, kept until they change; as those in the room see them, or (`for=alle`) all."""
    is_for_all = request.query_params.get("for") == "alle"
    levels = TO_ALL if is_for_all else TO_THE_ROOM

    def make(session: Session) -> PanelBlock:
        panel = queries.get_panel(session, item_id)
        return PanelBlock(panel, queries.list_common(session, item_id, levels))

    return await answer_block(
        request,
        topic=f"panel:{item_id}",
        variant="all" if is_for_all else "room",
        may=None if is_for_all else lambda session, actor: may_read_in_room(session, actor, item_id),
        page=make,
    )


@router.post(PANEL + "/bak-op", dependencies=[only(may_join)])
def back_question(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    """«Jeg bakker op», or no more (`put` 0). Pressed twice it is the same, so no key is asked for."""
    panel = find_panel(visit, key, item_id)
    _count_press(visit, panel)
    question_id, wants = whole_number(form.value("question")), form.value("put") != "0"
    if question_id is None:
        raise NotFound
    (service.second if wants else service.take_second_back)(visit.session, visit.actor, question_id)
    notice = "panel_backed" if wants else "panel_unbacked"
    return visit.taken(form, f"{panel.path}#spoergsmaal-{question_id}", notice)


def _count_press(visit: Visit, panel: PanelView) -> None:
    seat = visit.actor.seat_at(panel.meeting_id)
    if seat is not None:
        count_against(visit.session, f"presses of attendee {seat}", MOST_PRESSES, A_MINUTE)


@router.post(PANEL, dependencies=[only(may_join)])
def ask(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    """A question; its own id lets it be taken once, so no key of the form is asked for."""
    panel = find_panel(visit, key, item_id)
    given = form.read(QuestionGiven)
    if given is None:
        return visit.page(_panel_page(visit, panel, form), 422)
    try:
        asked = service.ask(visit.session, visit.actor, item_id, given)
    except service.TooFast as fast:
        raise TooMany(fast.seconds) from fast
    except Refused as refusal:
        if is_script(visit.request):
            raise
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_panel_page(visit, panel, form), 409)
    facts = {"say": visit.say("panel_question_waits", reference=asked.reference)} if asked.waits else {}
    return visit.taken(
        form,
        panel.path,
        "panel_waits" if asked.waits else "panel_asked",
        id=asked.id,
        reference=asked.reference,
        key=f"question-{asked.id}",
        next={"client_id": str(uuid4())},
        **facts,
    )


@router.get(PANEL, dependencies=[anyone])
def show_panel(visit: AVisit, key: str, item_id: int) -> Response:
    return hide(visit.page(_panel_page(visit, find_panel(visit, key, item_id))))


def _panel_page(visit: Visit, panel: PanelView, form: Form | None = None) -> PanelPage:
    session, actor = visit.session, visit.actor
    levels = levels_of(actor, panel)
    author = find_author(session, actor, panel.meeting_id) if may_join(actor) else None
    return PanelPage(
        panel=panel,
        questions=queries.list_common(session, panel.item_id, levels),
        own=queries.list_own(session, actor, panel.item_id),
        backed=queries.list_backed(session, actor, panel.item_id),
        author=author,
        shown=words_for(panel.names, author) if author else [],
        form=form or visit.blank(shown_as=fit(None, panel.names, author) if author else None),
        client_id=form.value("client_id") if form else str(uuid4()),
        block_path=filters.address(
            panel.path + "/blok", **{"for": None if levels == TO_THE_ROOM else "alle"}
        ),
        right_now=get_right_now(session, panel.meeting_id),
        moment_now=now(),
        may_lead=may_lead(actor, panel.meeting_id),
    )


# --- one's own


@router.get(PANEL + "/mine", dependencies=[only(may_join)])
def show_own(visit: AVisit, key: str, item_id: int) -> Response:
    """The block of one's own questions, followed by who asked them."""
    panel = find_panel(visit, key, item_id)
    own = queries.list_own(visit.session, visit.actor, item_id)
    return hide(visit.page(OwnBlock(panel=panel, own=own)))


def _find_own(visit: Visit, key: str, item_id: int, question_id: int) -> tuple[PanelView, QuestionView]:
    panel = find_panel(visit, key, item_id)
    for question in queries.list_own(visit.session, visit.actor, item_id):
        if question.id == question_id:
            return panel, question
    raise NotFound


@router.get(OWN, dependencies=[only(may_join)])
def show_own_question(visit: AVisit, key: str, item_id: int, question_id: int) -> Response:
    panel, question = _find_own(visit, key, item_id, question_id)
    form = visit.blank(text=question.text, version=question.version)
    return hide(visit.page(OwnPage(panel=panel, question=question, form=form)))


@router.post(OWN, dependencies=[only(may_join)])
def mend_question(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    panel, question = _find_own(visit, key, item_id, question_id)
    given = form.read(QuestionEdit)
    if given is None:
        return visit.page(OwnPage(panel=panel, question=question, form=form), 422)
    try:
        service.edit_question(visit.session, visit.actor, question_id, given.version, given.text)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        form.typed["version"] = [str(question.version)]
        return visit.page(OwnPage(panel=panel, question=question, form=form), 409)
    return visit.done(form, f"{panel.path}/mit/{question_id}", "panel_saved")


@router.post(OWN + "/traek-tilbage", dependencies=[only(may_join)])
def take_question_back(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    panel, _question = _find_own(visit, key, item_id, question_id)
    service.withdraw_question(visit.session, visit.actor, question_id)
    return visit.done(form, f"{panel.path}/mit/{question_id}", "panel_withdrawn")


@router.post(OWN + "/fortryd", dependencies=[only(may_join)])
def ask_again(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    panel, _question = _find_own(visit, key, item_id, question_id)
    service.restore_question(visit.session, visit.actor, question_id)
    return visit.done(form, f"{panel.path}/mit/{question_id}", "panel_restored")
