"""The boards of a meeting: made and opened, and what was said on them opened to all; for staff, and for the
facilitators and rapporteurs of the meeting as far as it is theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.boards.overview import BoardLine, ItemBoards, by_item, list_boards
from app.domain.boards.planning import (
    close_boards,
    edit_board,
    make_boards,
    open_boards,
    remove_board,
)
from app.domain.boards.planning_schemas import MOST_DOTS, AudienceInput, BoardInput, BoardsInput
from app.domain.boards.policy import may_arrange, may_arrange_somewhere, may_plan_boards
from app.domain.boards.publishing import Audience, count_audience, set_audience
from app.domain.boards.record import BestOfBoard, RecordedCard, list_all_cards, list_best
from app.domain.boards.service import close_board, open_board
from app.domain.groups.queries import list_groups
from app.domain.meetings.queries import MeetingView, list_items
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import whole_number
from app.web.formats import Ending, send_table
from app.web.labels import label
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, compare, read_version

router = Router()

BOARDS = "/moeder/{key}/tavler"
BOARD = BOARDS + "/{board_id:int}"
# The items where boards are most of use come first in the menu.
_FIRST = ("group_session", "plenary", "panel")


def _(text: str) -> str:
    return text


add_sentences(
    {
        "board_meeting_off": _("Mødet er aflyst eller udskudt, så dets tavler kan ikke åbnes."),
        "board_meeting_done": _(
            "Referatet er sendt til kommentering eller godkendt, så tavlerne tager ikke mere. "
            "Tag referatet tilbage først."
        ),
        "board_nothing_to_make": _(
            "Der er ingen ny tavle at lave: sæt kryds ved grupperne, hvis punktet har grupper uden tavle, "
            "eller ved den fælles tavle."
        ),
        "board_in_use": _("Der er skrevet på tavlen, så den kan ikke slettes. Luk den i stedet."),
        "notice_boards_made": _("Tavlerne er lavet. Åbn dem, når grupperne går i gang."),
        "notice_boards_opened": _("Tavlerne er åbne."),
        "notice_boards_closed": _("Tavlerne er lukket. Alt, hvad der er skrevet, kan stadig læses."),
        "notice_board_opened": _("Tavlen er åben."),
        "notice_board_closed": _("Tavlen er lukket. Alt, hvad der er skrevet, kan stadig læses."),
        "notice_board_saved": _("Tavlen er gemt."),
        "notice_board_removed": _("Tavlen er slettet."),
        "notice_board_made_public": _("Indspillene fra tavlerne er nu offentlige."),
        "notice_board_made_closed": _("Indspillene fra tavlerne ses nu kun af mødets deltagere."),
    }
)
FIELDS = {"board_nothing_to_make": "for_groups", "unknown_item": "item_id"}


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """An item that can have boards, and how many of its groups have none yet."""

    id: int
    title: str
    title_en: str
    groups: int
    without_board: int


@dataclass
class BoardsPage(Page):
    """`choices`: the items to make boards for, none for who does not plan."""

    template: ClassVar[str] = "boards/plan.html"
    meeting: MeetingView
    is_staff: bool
    items: list[ItemBoards]
    choices: list[ItemChoice]
    form: Form
    audience: Audience | None
    most_dots: int = MOST_DOTS


@dataclass
class BoardRulesPage(Page):
    template: ClassVar[str] = "boards/rules.html"
    meeting: MeetingView
    board: BoardLine
    form: Form
    differences: list[Difference] = field(default_factory=list)
    most_dots: int = MOST_DOTS


@dataclass
class AudiencePage(Page):
    template: ClassVar[str] = "boards/audience.html"
    meeting: MeetingView
    audience: Audience
    form: Form


@dataclass
class BestPage(Page):
    """The best of every group, for the plenary and for paper."""

    template: ClassVar[str] = "boards/best.html"
    meeting: MeetingView
    boards: list[BestOfBoard]
    may_arrange: bool


def open_room(visit: Visit, key: str) -> MeetingView:
    """The meeting, for who arranges its boards. Raises NotFound and NotAllowed."""
    meeting = open_meeting(visit, key)
    require(may_arrange(visit.actor, meeting.id))
    return meeting


def boards_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/tavler"


def find_board(visit: Visit, meeting: MeetingView, board_id: int) -> BoardLine:
    for board in list_boards(visit.session, visit.actor, meeting.id):
        if board.id == board_id:
            return board
    raise NotFound


# --- all boards of a meeting


@router.get(BOARDS, dependencies=[only(may_arrange_somewhere)])
def show_boards(visit: AVisit, key: str) -> Response:
    meeting = open_room(visit, key)
    return visit.page(_boards_page(visit, meeting))


def _boards_page(visit: Visit, meeting: MeetingView, form: Form | None = None) -> BoardsPage:
    boards = list_boards(visit.session, visit.actor, meeting.id)
    is_staff = may_plan_boards(visit.actor)
    choices = _list_choices(visit, meeting, boards) if is_staff else []
    return BoardsPage(
        meeting=meeting,
        is_staff=is_staff,
        items=by_item(boards),
        choices=choices,
        form=form or _begin(visit, choices),
        audience=count_audience(visit.session, meeting.id) if is_staff and boards else None,
    )


def _list_choices(visit: Visit, meeting: MeetingView, boards: Sequence[BoardLine]) -> list[ItemChoice]:
    """The items that can have a board more; those with groups, and the like, first."""
    with_board = {(board.item_id, board.group_id) for board in boards}
    groups: dict[int | None, list[int]] = {}
    for group in list_groups(visit.session, meeting.id):
        groups.setdefault(group.item_id, []).append(group.id)
    items = [item for item in list_items(visit.session, meeting.id) if item.kind != "break"]
    choices = []
    for item in sorted(items, key=lambda item: (item.id not in groups, item.kind not in _FIRST)):
        of_item = groups.get(item.id, [])
        missing = sum((item.id, group_id) not in with_board for group_id in of_item)
        if missing or (item.id, None) not in with_board:
            choices.append(ItemChoice(item.id, item.title, item.title_en, len(of_item), missing))
    return choices


def _begin(visit: Visit, choices: Sequence[ItemChoice]) -> Form:
    first = choices[0] if choices else None
    has_groups = first is not None and first.without_board > 0
    return visit.blank(
        item_id=first.id if first else None,
        for_groups="1" if has_groups else None,
        for_all=None if has_groups else "1",
        form="free",
        dots=3,
        dots_per="person",
        visibility="participants",
    )


@router.post(BOARDS + "/nye", dependencies=[only(may_plan_boards)])
def add_boards(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    given = form.read(BoardsInput)
    if given is not None:
        try:
            make_boards(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, boards_path(meeting), "boards_made")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    return visit.page(_boards_page(visit, meeting, form), 422)


@router.post(BOARDS + "/aabn", dependencies=[only(may_arrange_somewhere)])
def open_all_boards(visit: AVisit, form: SentForm, key: str) -> Response:
    """All boards, or those of one item (`punkt`)."""
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    try:
        open_boards(visit.session, visit.actor, meeting.id, _read_item(form))
    except Refused as refusal:
        return _say_why(visit, meeting, refusal)
    return visit.done(form, boards_path(meeting), "boards_opened")


@router.post(BOARDS + "/luk", dependencies=[only(may_arrange_somewhere)])
def close_all_boards(visit: AVisit, form: SentForm, key: str) -> Response:
    """All boards, or those of one item (`punkt`)."""
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    close_boards(visit.session, visit.actor, meeting.id, _read_item(form))
    return visit.done(form, boards_path(meeting), "boards_closed")


def _read_item(form: Form) -> int | None:
    word = form.value("punkt")
    if not word:
        return None
    item_id = whole_number(word)
    if item_id is None:
        raise NotFound
    return item_id


def _say_why(visit: Visit, meeting: MeetingView, refusal: Refused) -> Response:
    page = _boards_page(visit, meeting)
    page.form.refuse("form", refusal.code, **refusal.values)
    return visit.page(page, 409)


# --- one board


@router.post(BOARD + "/aabn", dependencies=[only(may_arrange_somewhere)])
def open_one_board(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    """Back to where the button was pressed: the list, or the page on which it is arranged."""
    return _press(visit, form, key, board_id, open_board, _back, "board_opened")


@router.post(BOARD + "/luk", dependencies=[only(may_arrange_somewhere)])
def close_one_board(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    return _press(visit, form, key, board_id, close_board, _back, "board_closed")


def _press(
    visit: Visit,
    form: Form,
    key: str,
    board_id: int,
    verb: Callable[[Session, Actor, int], object],
    back: Callable[[Form, MeetingView, BoardLine], str],
    notice: str,
) -> Response:
    """Do it with one board, and go back; where it is refused, the list says why."""
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    board = find_board(visit, meeting, board_id)
    try:
        verb(visit.session, visit.actor, board.id)
    except Refused as refusal:
        return _say_why(visit, meeting, refusal)
    return visit.done(form, back(form, meeting, board), notice)


def _back_to_list(_form: Form, meeting: MeetingView, _board: BoardLine) -> str:
    return boards_path(meeting)


def _back(form: Form, meeting: MeetingView, board: BoardLine) -> str:
    if form.value("tilbage") == "ordn":
        return f"{boards_path(meeting)}/{board.id}/ordn"
    return f"{boards_path(meeting)}#tavle-{board.id}"


def _values(board: BoardLine) -> dict[str, object]:
    return {
        "task": board.task,
        "form": board.form,
        "dots": board.dots,
        "dots_per": board.dots_per,
        "asks_approval": "1" if board.asks_approval else "",
        "visibility": board.visibility,
        "version": board.version,
    }


@router.get(BOARD + "/ret", dependencies=[only(may_plan_boards)])
def edit_board_page(visit: AVisit, key: str, board_id: int) -> Response:
    meeting = open_room(visit, key)
    board = find_board(visit, meeting, board_id)
    return visit.page(BoardRulesPage(meeting, board, visit.blank(**_values(board))))


@router.post(BOARD + "/ret", dependencies=[only(may_plan_boards)])
def change_board(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    board = find_board(visit, meeting, board_id)
    given = form.read(BoardInput)
    if given is None:
        return visit.page(BoardRulesPage(meeting, board, form), 422)
    try:
        edit_board(visit.session, visit.actor, board.id, read_version(form), given)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(BoardRulesPage(meeting, board, form, compare(form, _values(board))), 409)
    return visit.done(form, f"{boards_path(meeting)}#tavle-{board.id}", "board_saved")


@router.post(BOARD + "/slet", dependencies=[only(may_plan_boards)])
def remove_one_board(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    return _press(visit, form, key, board_id, remove_board, _back_to_list, "board_removed")


# --- afterwards


@router.get(BOARDS + "/offentlige", dependencies=[only(may_plan_boards)])
def ask_for_audience(visit: AVisit, key: str) -> Response:
    meeting = open_room(visit, key)
    audience = count_audience(visit.session, meeting.id)
    is_public = audience.cards > 0 and audience.public == audience.cards
    form = visit.blank(visibility="participants" if is_public else "public")
    return visit.page(AudiencePage(meeting, audience, form))


@router.post(BOARDS + "/offentlige", dependencies=[only(may_plan_boards)])
def choose_audience(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_room(visit, key)
    given = form.read(AudienceInput)
    if given is None:
        return visit.page(AudiencePage(meeting, count_audience(visit.session, meeting.id), form), 422)
    set_audience(visit.session, visit.actor, meeting.id, given)
    word = "public" if given.visibility == "public" else "closed"
    return visit.done(form, boards_path(meeting), f"board_made_{word}")


@router.get("/moeder/{key}/plenum", dependencies=[anyone])
def show_best(visit: AVisit, key: str) -> Response:
    """What every group puts forward, one page for the plenary; only what everybody in the room sees."""
    meeting = open_meeting(visit, key)
    boards = list_best(visit.session, visit.actor, meeting.id)
    return visit.page(BestPage(meeting, boards, may_arrange(visit.actor, meeting.id)))


_COLUMNS = (
    "reference",
    "punkt",
    "gruppe",
    "opgave",
    "klynge",
    "prikker",
    "i plenum",
    "indspil",
    "problem",
    "ønske",
    "for hvem",
    "dokumentation",
    "uenig, fordi",
    "sagt af",
    "på vegne af",
    "skrevet",
    "vises",
    "synlighed",
    "eksempel",
)


@router.get("/moeder/{key}/tavler.csv", dependencies=[only(may_arrange_somewhere)])
def get_boards_file(visit: AVisit, key: str) -> Response:
    return _send_boards(visit, key, "csv")


@router.get("/moeder/{key}/tavler.xlsx", dependencies=[only(may_arrange_somewhere)])
def get_boards_for_excel(visit: AVisit, key: str) -> Response:
    return _send_boards(visit, key, "xlsx")


def _send_boards(visit: Visit, key: str, ending: Ending) -> Response:
    meeting = open_room(visit, key)
    rows = [_as_row(visit, card) for card in list_all_cards(visit.session, visit.actor, meeting.id)]
    columns = [(column, column[:1].upper() + column[1:]) for column in _COLUMNS]
    about = _("Alle kort på tavlerne.")
    return send_table(visit, ending, _("Tavler"), about, columns, rows, f"tavler-{meeting.key}")


def _as_row(visit: Visit, card: RecordedCard) -> dict[str, object]:
    parts = card.parts or {}
    group = f"{card.group_number}. {card.group_name}" if card.group_number else ""
    return dict(
        zip(
            _COLUMNS,
            (
                card.reference,
                card.item_title,
                group,
                card.task,
                card.cluster_name,
                card.dots,
                "ja" if card.is_chosen else "",
                card.body,
                parts.get("problem", ""),
                parts.get("wish", ""),
                parts.get("for_whom", ""),
                parts.get("evidence", ""),
                " / ".join(said.text for said in card.objections if not said.waits),
                card.said_by,
                card.on_behalf_of,
                card.received_at.astimezone(COPENHAGEN).date(),
                "nej" if card.waits else "ja",
                label(visit.language, "visibility", card.visibility),
                "ja" if card.is_example else "",
            ),
            strict=True,
        )
    )
