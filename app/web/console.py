"""The console of a meeting, for who leads it: what is on, its boards, questions and polls, the big screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.attendance.queries import RoomView, find_room
from app.domain.boards import arranging, planning
from app.domain.boards import service as boards
from app.domain.boards.overview import BoardLine, list_boards
from app.domain.meetings.policy import may_run_meeting, may_run_some_meeting
from app.domain.meetings.queries import ItemView, MeetingView, list_items
from app.domain.meetings.states import is_today, list_turns
from app.domain.panels import service as panels
from app.domain.panels.models import PanelQuestion
from app.domain.panels.queries import PanelView, QuestionView, list_led, list_panels
from app.domain.polls import service as polls
from app.domain.polls.queries import PollView, list_polls
from app.domain.running import service
from app.domain.running.queries import (
    NewCard,
    Running,
    find_card,
    get_running,
    list_item_ids,
    list_newest_cards,
)
from app.domain.running.schemas import ShowInput, TimerInput, TurnInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting

router = Router()

CONSOLE = "/moeder/{key}/konsol"
MOST_QUESTIONS = 20
MOST_ANSWERED = 3


def _(text: str) -> str:
    return text


add_sentences(
    {
        "running_stale": _("En anden har lige skiftet punkt. Her ser du, hvor mødet er nu."),
        "running_not_live": _("Mødet kan ikke sættes i gang, som det står nu. Se mødets status."),
        "running_nothing_next": _("Det var det sidste punkt på programmet."),
        "running_no_item": _("Der er ikke noget punkt i gang."),
        "running_nothing_to_undo": _("Der er ikke mere at fortryde."),
        "running_no_timer": _("Der er ikke sat tid på."),
        "notice_running_started": _("Punktet er i gang."),
        "notice_running_ended": _("Punktet er slut."),
        "notice_running_undone": _("Det er fortrudt."),
        "notice_running_timer_set": _("Tiden går."),
        "notice_running_timer_stopped": _("Tiden er taget af."),
        "notice_running_shown": _("Storskærmen er skiftet."),
        "notice_running_boards_opened": _("Tavlerne er åbne."),
        "notice_running_boards_closed": _("Tavlerne er lukket."),
        "notice_running_panel_opened": _("Der er åbent for spørgsmål."),
        "notice_running_panel_closed": _("Der er lukket for spørgsmål."),
        "notice_running_question_let_in": _("Spørgsmålet er godkendt."),
        "notice_running_question_listed": _("Spørgsmålet er på den korte liste."),
        "notice_running_question_put_back": _("Spørgsmålet venter igen."),
        "notice_running_question_now": _("Panelet har spørgsmålet nu."),
        "notice_running_question_answered": _("Spørgsmålet er besvaret."),
        "notice_running_poll_opened": _("Afstemningen er åben."),
        "notice_running_poll_closed": _("Afstemningen er lukket og talt op."),
        "notice_running_card_let_in": _("Indspillet er godkendt."),
        "notice_running_card_chosen": _("Indspillet er med i plenum."),
        "notice_running_card_left": _("Indspillet er ikke med i plenum."),
    }
)


@dataclass
class ConsolePage(Page):
    """`following`: the item that can be started next. `may_start`: whether items can be started at all, which
    they can on the day. `boards`: of the item that is on, or all where it has none. `panel`: of the item that
    is on, or else one that takes questions. `over_at`: when the item is over. `moment`: by the server's
    clock."""

    template: ClassVar[str] = "console/show.html"
    form: Form
    meeting: MeetingView
    room: RoomView | None
    running: Running
    items: list[ItemView]
    current: ItemView | None
    following: ItemView | None
    may_start: bool
    over_at: datetime | None
    boards: list[BoardLine]
    cards: list[NewCard]
    panel: PanelView | None
    questions: list[QuestionView]
    polls: list[PollView]
    moment: datetime
    stream: str
    screen_address: str


def _open(visit: Visit, key: str) -> MeetingView:
    """The meeting, for who leads it."""
    meeting = open_meeting(visit, key)
    require(may_run_meeting(visit.actor, meeting.id))
    return meeting


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/konsol"


def _console(visit: Visit, meeting: MeetingView, form: Form) -> ConsolePage:
    session, actor = visit.session, visit.actor
    running = get_running(session, meeting.id)
    items = list_items(session, meeting.id)
    by_id = {item.id: item for item in items}
    current = by_id.get(running.item_id or 0)
    all_boards = list_boards(session, actor, meeting.id)
    of_item = [board for board in all_boards if current and board.item_id == current.id]
    shown = of_item or all_boards
    panel = _find_panel(list_panels(session, actor, meeting.id), current)
    turns = list_turns(meeting)
    # What is on leads on to the next; the first item sets the meeting going, and can do so on its day alone.
    may_start = "close" in turns or ("start" in turns and is_today(meeting))
    return ConsolePage(
        form=form,
        meeting=meeting,
        room=find_room(session, meeting.id),
        running=running,
        items=items,
        current=current,
        following=by_id.get(running.next_id or 0) if may_start else None,
        may_start=may_start,
        over_at=_find_end(running, current),
        boards=shown,
        cards=list_newest_cards(session, actor, meeting.id, current.id if of_item and current else None),
        panel=panel,
        questions=_pick(list_led(session, actor, panel.item_id)) if panel else [],
        polls=list_polls(session, actor, meeting.id),
        moment=now(),
        stream=_stream(meeting, shown, panel),
        screen_address=f"{visit.kit.site.base_url}/moeder/{meeting.key}/storskaerm".partition("://")[2],
    )


def _find_end(running: Running, item: ItemView | None) -> datetime | None:
    """When the item is over, if it takes as long as it was planned to, from when it really began."""
    if item is None or running.item_started_at is None or item.starts_at is None or item.ends_at is None:
        return None
    length = item.ends_at - item.starts_at
    return running.item_started_at + length if length > timedelta() else None


def _find_panel(found: list[PanelView], current: ItemView | None) -> PanelView | None:
    of_item = [panel for panel in found if current and panel.item_id == current.id]
    return next(iter(of_item), None) or next((panel for panel in found if panel.is_open), None)


def _pick(questions: list[QuestionView]) -> list[QuestionView]:
    """Those that something is to be done with, and the ones that were answered last."""
    open_ones = [question for question in questions if question.state not in ("answered", "hidden")]
    answered = [question for question in questions if question.state == "answered"]
    return open_ones[:MOST_QUESTIONS] + answered[-MOST_ANSWERED:]


def _stream(meeting: MeetingView, shown: list[BoardLine], panel: PanelView | None) -> str:
    """What the page listens to: no more than a stream carries; for the rest it asks now and then."""
    of_panel = [f"panel:{panel.item_id}"] if panel else []
    of_boards = [f"board:{board.id}" for board in shown if board.is_open]
    topics = [f"running:{meeting.id}", f"polls:{meeting.id}", *of_panel, *of_boards[:12]]
    return f"/moeder/{meeting.key}/live?{urlencode([('emne', topic) for topic in topics])}"


Verb = Callable[[Session, Actor, MeetingView], object]


def _do(visit: Visit, key: str, form: Form, verb: Verb, notice: str) -> Response:
    """One press: the verb, and back to the console; refused, the console says why, as it stands now."""
    if before := visit.done_before(form):
        return before
    meeting = _open(visit, key)
    try:
        verb(visit.session, visit.actor, meeting)
        return visit.done(form, _path(meeting), notice)
    except Refused as refusal:
        visit.session.rollback()
        form.refuse("form", refusal.code, **refusal.values)
        status = 409 if refusal.code == "running_stale" else 422
    return visit.page(_console(visit, open_meeting(visit, key), form), status)


@router.get(CONSOLE, dependencies=[only(may_run_some_meeting)])
def show_console(visit: AVisit, key: str) -> Response:
    return visit.page(_console(visit, _open(visit, key), visit.blank()))


# --- from item to item


def _read(form: Form, model: type[Any]) -> Any:
    """What a button sends; by hand made wrong it is as a missing page."""
    given = form.read(model)
    if given is None:
        raise NotFound
    return given


@router.post(CONSOLE + "/naeste", dependencies=[only(may_run_some_meeting)])
def go_on(visit: AVisit, key: str, form: SentForm) -> Response:
    given: TurnInput = _read(form, TurnInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.start_next(
            session, actor, meeting.id, given.version, given.boards
        ),
        "running_started",
    )


@router.post(CONSOLE + "/punkter/{item_id:int}", dependencies=[only(may_run_some_meeting)])
def start_item(visit: AVisit, key: str, item_id: int, form: SentForm) -> Response:
    given: TurnInput = _read(form, TurnInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.start_item(
            session, actor, meeting.id, item_id, given.version, given.boards
        ),
        "running_started",
    )


@router.post(CONSOLE + "/slut", dependencies=[only(may_run_some_meeting)])
def end_item(visit: AVisit, key: str, form: SentForm) -> Response:
    given: TurnInput = _read(form, TurnInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.end_item(
            session, actor, meeting.id, given.version, given.boards
        ),
        "running_ended",
    )


@router.post(CONSOLE + "/fortryd", dependencies=[only(may_run_some_meeting)])
def undo(visit: AVisit, key: str, form: SentForm) -> Response:
    given: TurnInput = _read(form, TurnInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.undo_turn(session, actor, meeting.id, given.version),
        "running_undone",
    )


# --- the timer and the screen


@router.post(CONSOLE + "/tid", dependencies=[only(may_run_some_meeting)])
def set_timer(visit: AVisit, key: str, form: SentForm) -> Response:
    given = form.read(TimerInput)
    if given is None:
        return visit.page(_console(visit, _open(visit, key), form), 422)
    minutes = given.minutes
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.set_timer(session, actor, meeting.id, minutes),
        "running_timer_set",
    )


@router.post(CONSOLE + "/tid/mere", dependencies=[only(may_run_some_meeting)])
def extend_timer(visit: AVisit, key: str, form: SentForm) -> Response:
    given: TimerInput = _read(form, TimerInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.extend_timer(session, actor, meeting.id, given.minutes),
        "running_timer_set",
    )


@router.post(CONSOLE + "/tid/stop", dependencies=[only(may_run_some_meeting)])
def stop_timer(visit: AVisit, key: str, form: SentForm) -> Response:
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.stop_timer(session, actor, meeting.id),
        "running_timer_stopped",
    )


@router.post(CONSOLE + "/skaerm", dependencies=[only(may_run_some_meeting)])
def show_on_screen(visit: AVisit, key: str, form: SentForm) -> Response:
    given: ShowInput = _read(form, ShowInput)
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: service.show_on_screen(
            session, actor, meeting.id, given.shows, given.which
        ),
        "running_shown",
    )


# --- boards and their cards


@router.post(CONSOLE + "/tavler/aabn", dependencies=[only(may_run_some_meeting)])
def open_boards(visit: AVisit, key: str, form: SentForm) -> Response:
    """The boards that the console shows: of the item that is on, or all where it has none."""
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: planning.open_boards(
            session, actor, meeting.id, _item_with_boards(session, actor, meeting)
        ),
        "running_boards_opened",
    )


@router.post(CONSOLE + "/tavler/luk", dependencies=[only(may_run_some_meeting)])
def close_boards(visit: AVisit, key: str, form: SentForm) -> Response:
    return _do(
        visit,
        key,
        form,
        lambda session, actor, meeting: planning.close_boards(
            session, actor, meeting.id, _item_with_boards(session, actor, meeting)
        ),
        "running_boards_closed",
    )


def _item_with_boards(session: Session, actor: Actor, meeting: MeetingView) -> int | None:
    item_id = get_running(session, meeting.id).item_id
    has_boards = any(board.item_id == item_id for board in list_boards(session, actor, meeting.id))
    return item_id if has_boards else None


def _require_here(meeting: MeetingView, meeting_id: int) -> None:
    """What was pressed belongs to this meeting; else the address was made by hand, and nothing is kept."""
    if meeting_id != meeting.id:
        raise NotFound


BOARD_PRESSES = {
    "aabn": (boards.open_board, "running_boards_opened"),
    "luk": (boards.close_board, "running_boards_closed"),
}


@router.post(CONSOLE + "/tavler/{board_id:int}/{word}", dependencies=[only(may_run_some_meeting)])
def press_board(visit: AVisit, key: str, board_id: int, word: str, form: SentForm) -> Response:
    """Open one board, or close it."""
    if word not in BOARD_PRESSES:
        raise NotFound
    press, notice = BOARD_PRESSES[word]

    def verb(session: Session, actor: Actor, meeting: MeetingView) -> None:
        _require_here(meeting, press(session, actor, board_id).meeting_id)

    return _do(visit, key, form, verb, notice)


# What one press does with a card, by its word in the address: the notice for it.
CARD_PRESSES = {
    "frem": "running_card_chosen",
    "tilbage": "running_card_left",
    "godkend": "running_card_let_in",
}


@router.post(CONSOLE + "/indspil/{card_id:int}/{word}", dependencies=[only(may_run_some_meeting)])
def press_card(visit: AVisit, key: str, card_id: int, word: str, form: SentForm) -> Response:
    """Let a card in, put it forward for the plenary, or not after all."""
    if word not in CARD_PRESSES:
        raise NotFound

    def verb(session: Session, actor: Actor, meeting: MeetingView) -> None:
        card = find_card(session, actor, meeting.id, card_id)
        if card is None:
            raise NotFound
        if word == "godkend":
            arranging.let_in(session, actor, card.board_id, [card.id])
        else:
            arranging.choose_card(session, actor, card.id, is_chosen=word == "frem")

    return _do(visit, key, form, verb, CARD_PRESSES[word])


# --- questions to the panel, and polls


PANEL_PRESSES = {
    "aabn": (panels.open_panel, "running_panel_opened"),
    "luk": (panels.close_panel, "running_panel_closed"),
}
QUESTION_PRESSES: dict[str, tuple[Callable[[Session, Actor, int], PanelQuestion], str]] = {
    "godkend": (panels.approve, "running_question_let_in"),
    "kort": (panels.shortlist, "running_question_listed"),
    "venter": (panels.put_back, "running_question_put_back"),
    "nu": (panels.put_now, "running_question_now"),
    "besvaret": (panels.mark_answered, "running_question_answered"),
    "fortryd": (panels.undo, "running_undone"),
}
POLL_PRESSES = {
    "aabn": (polls.open_poll, "running_poll_opened"),
    "luk": (polls.close_poll, "running_poll_closed"),
}


@router.post(CONSOLE + "/panel/{item_id:int}/{word}", dependencies=[only(may_run_some_meeting)])
def press_panel(visit: AVisit, key: str, item_id: int, word: str, form: SentForm) -> Response:
    """Take questions at an item, or no more."""
    if word not in PANEL_PRESSES:
        raise NotFound
    press, notice = PANEL_PRESSES[word]

    def verb(session: Session, actor: Actor, meeting: MeetingView) -> None:
        _require_here(meeting, press(session, actor, item_id).meeting_id)

    return _do(visit, key, form, verb, notice)


@router.post(CONSOLE + "/spoergsmaal/{question_id:int}/{word}", dependencies=[only(may_run_some_meeting)])
def press_question(visit: AVisit, key: str, question_id: int, word: str, form: SentForm) -> Response:
    """Let a question in, put it on the short list, give it to the panel, mark it as answered; undo."""
    if word not in QUESTION_PRESSES:
        raise NotFound
    press, notice = QUESTION_PRESSES[word]

    def verb(session: Session, actor: Actor, meeting: MeetingView) -> None:
        item_id = press(session, actor, question_id).item_id
        if item_id not in list_item_ids(session, meeting.id):
            raise NotFound

    return _do(visit, key, form, verb, notice)


@router.post(CONSOLE + "/afstemninger/{poll_id:int}/{word}", dependencies=[only(may_run_some_meeting)])
def press_poll(visit: AVisit, key: str, poll_id: int, word: str, form: SentForm) -> Response:
    """Open a poll, or close it and count."""
    if word not in POLL_PRESSES:
        raise NotFound
    press, notice = POLL_PRESSES[word]

    def verb(session: Session, actor: Actor, meeting: MeetingView) -> None:
        _require_here(meeting, press(session, actor, poll_id).meeting_id)

    return _do(visit, key, form, verb, notice)
