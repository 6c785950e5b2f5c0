"""A board put in order: cards let in, hung in clusters, put forward, moved to another group, or pasted from a
flipchart. For staff, and for the facilitators and rapporteurs of the meeting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import now
from app.core.policy import NotFound, Refused
from app.domain.boards.arranging import (
    add_cluster,
    choose_card,
    dissolve_cluster,
    find_dissolved,
    get_board_of,
    hold_back,
    let_in,
    move_card,
    move_cluster,
    paste_cards,
    put_card,
    rename_cluster,
    show_objection,
    undo_dissolving,
)
from app.domain.boards.places import BoardPlace
from app.domain.boards.planning_schemas import (
    LONGEST_NAME,
    BoardChoice,
    CardsChoice,
    ClusterInput,
    PastedInput,
    PlaceInput,
)
from app.domain.boards.policy import may_arrange_somewhere
from app.domain.boards.record import (
    ClusterOfCards,
    ClusterView,
    arrange,
    list_clusters,
    list_hung,
    list_places,
)
from app.domain.contributions.schemas import MOST_CARDS, read_lines
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.board_planning import BOARD, boards_path, open_room
from app.web.cards import refuse_lines
from app.web.plan_pages import read_step

router = Router()

CLUSTER = BOARD + "/klynger/{cluster_id:int}"
CARD = BOARD + "/kort/{card_id:int}"
UNDOABLE_FOR = timedelta(minutes=15)


def _(text: str) -> str:
    return text


add_sentences(
    {
        "board_many_clusters": _("En tavle har plads til {most} klynger. Opløs en, før du laver en ny."),
        "board_unknown_cluster": _("Klyngen findes ikke længere. Vælg en anden."),
        "board_not_shown": _("Indspillet er ikke lukket ind endnu, så det kan ikke sættes frem i plenum."),
        "board_same": _("Indspillet hænger der allerede."),
        "board_unknown": _("Tavlen findes ikke længere. Vælg en anden."),
        "board_card_moved": _("Indspillet er flyttet til en anden tavle imens."),
        "notice_board_cluster_added": _("Klyngen er lavet."),
        "notice_board_cluster_saved": _("Klyngen er gemt."),
        "notice_board_cluster_dissolved": _("Klyngen er opløst. Indspillene hænger løst igen."),
        "notice_board_cluster_restored": _("Klyngen er tilbage."),
        "notice_board_card_moved": _("Indspillet er flyttet. Nummeret er det samme."),
        "notice_board_let_in": _("Lukket ind: nu kan de andre se det."),
        "notice_board_held_back": _("Holdt tilbage: kun den, der skrev det, og gruppelederen ser det."),
        "notice_board_pasted": _("Linjerne hænger nu på tavlen, hver med sit nummer."),
    }
)


@dataclass
class ArrangePage(Page):
    """`others`: the boards that a card can be moved to. `may_undo`: a cluster was dissolved just now."""

    template: ClassVar[str] = "boards/arrange.html"
    meeting: MeetingView
    board: BoardPlace
    columns: list[ClusterOfCards]
    clusters: list[ClusterView]
    others: list[BoardPlace]
    form: Form
    may_undo: bool
    longest_name: int = LONGEST_NAME


@dataclass
class ArrangeBlock(Page):
    """What of the page follows by itself."""

    template: ClassVar[str] = "boards/arrange_block.html"
    meeting: MeetingView
    board: BoardPlace
    columns: list[ClusterOfCards]
    clusters: list[ClusterView]
    others: list[BoardPlace]


@dataclass
class FlipchartPage(Page):
    """`preview` holds the cards that the lines become."""

    template: ClassVar[str] = "boards/flipchart.html"
    meeting: MeetingView
    board: BoardPlace
    form: Form
    preview: list[str] | None
    most: int = MOST_CARDS


def _open_board(visit: Visit, key: str, board_id: int) -> tuple[MeetingView, list[BoardPlace], BoardPlace]:
    """The meeting, its boards and the one of the address, for who arranges it."""
    meeting = open_room(visit, key)
    places = list_places(visit.session, visit.actor, meeting.id)
    for place in places:
        if place.id == board_id:
            return meeting, places, place
    raise NotFound


def _path(meeting: MeetingView, board_id: int) -> str:
    return f"{boards_path(meeting)}/{board_id}/ordn"


@router.get(BOARD + "/ordn", dependencies=[only(may_arrange_somewhere)])
def show_arrangement(visit: AVisit, key: str, board_id: int) -> Response:
    meeting, places, board = _open_board(visit, key, board_id)
    return visit.page(_page(visit, meeting, places, board, visit.blank()))


@router.get(BOARD + "/ordn/blok", dependencies=[only(may_arrange_somewhere)])
def show_arrangement_block(visit: AVisit, key: str, board_id: int) -> Response:
    meeting, places, board = _open_board(visit, key, board_id)
    page = _page(visit, meeting, places, board, visit.blank())
    return visit.page(ArrangeBlock(meeting, board, page.columns, page.clusters, page.others))


def _page(
    visit: Visit, meeting: MeetingView, places: Sequence[BoardPlace], board: BoardPlace, form: Form
) -> ArrangePage:
    clusters = list_clusters(visit.session, board.id)
    cards = list_hung(visit.session, visit.actor, board.id)
    dissolved = find_dissolved(visit.session, visit.actor, board.id)
    return ArrangePage(
        meeting=meeting,
        board=board,
        columns=arrange(clusters, cards),
        clusters=clusters,
        others=[place for place in places if place.id != board.id],
        form=form,
        may_undo=dissolved is not None and dissolved.at > now() - UNDOABLE_FOR,
    )


def _refuse(
    visit: Visit,
    meeting: MeetingView,
    board: BoardPlace,
    form: Form,
    refusal: Refused | None = None,
    status: int = 409,
) -> Response:
    if refusal is not None:
        form.refuse("form", refusal.code, **refusal.values)
    places = list_places(visit.session, visit.actor, meeting.id)
    return visit.page(_page(visit, meeting, places, board, form), status)


# --- clusters


@router.post(BOARD + "/klynger", dependencies=[only(may_arrange_somewhere)])
def add_one_cluster(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, _places, board = _open_board(visit, key, board_id)
    given = form.read(ClusterInput)
    if given is None:
        return _refuse(visit, meeting, board, form, status=422)
    try:
        cluster = add_cluster(visit.session, visit.actor, board.id, given)
    except Refused as refusal:
        return _refuse(visit, meeting, board, form, refusal)
    return visit.done(form, f"{_path(meeting, board.id)}#klynge-{cluster.id}", "board_cluster_added")


@router.post(CLUSTER, dependencies=[only(may_arrange_somewhere)])
def name_cluster(visit: AVisit, form: SentForm, key: str, board_id: int, cluster_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, board = _with_cluster(visit, key, board_id, cluster_id)
    given = form.read(ClusterInput)
    if given is None:
        return _refuse(visit, meeting, board, form, status=422)
    rename_cluster(visit.session, visit.actor, cluster_id, given)
    return visit.done(form, f"{_path(meeting, board.id)}#klynge-{cluster_id}", "board_cluster_saved")


@router.post(CLUSTER + "/flyt/{step}", dependencies=[only(may_arrange_somewhere)])
def move_one_cluster(
    visit: AVisit, form: SentForm, key: str, board_id: int, cluster_id: int, step: str
) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, board = _with_cluster(visit, key, board_id, cluster_id)
    move_cluster(visit.session, visit.actor, cluster_id, read_step(step))
    return visit.done(form, f"{_path(meeting, board.id)}#klynge-{cluster_id}")


@router.post(CLUSTER + "/oploes", dependencies=[only(may_arrange_somewhere)])
def dissolve_one_cluster(visit: AVisit, form: SentForm, key: str, board_id: int, cluster_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, board = _with_cluster(visit, key, board_id, cluster_id)
    dissolve_cluster(visit.session, visit.actor, cluster_id)
    return visit.done(form, _path(meeting, board.id), "board_cluster_dissolved")


@router.post(BOARD + "/klynger/fortryd", dependencies=[only(may_arrange_somewhere)])
def undo_last_dissolving(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, _places, board = _open_board(visit, key, board_id)
    cluster = undo_dissolving(visit.session, visit.actor, board.id)
    return visit.done(form, _path(meeting, board.id), "board_cluster_restored" if cluster else None)


def _with_cluster(visit: Visit, key: str, board_id: int, cluster_id: int) -> tuple[MeetingView, BoardPlace]:
    meeting, _places, board = _open_board(visit, key, board_id)
    if cluster_id not in [cluster.id for cluster in list_clusters(visit.session, board.id)]:
        raise NotFound
    return meeting, board


# --- cards


def _do(
    visit: Visit,
    form: Form,
    key: str,
    board_id: int,
    card_id: int,
    verb: Callable[[], object],
    notice: str | None = None,
) -> Response:
    """Do something with one card of the board, and go back to it there."""
    if before := visit.done_before(form):
        return before
    meeting, places, board = _open_board(visit, key, board_id)
    hangs_on = get_board_of(visit.session, card_id)
    if hangs_on not in [place.id for place in places]:
        raise NotFound
    try:
        if hangs_on != board.id:
            raise Refused("board_card_moved")
        verb()
    except Refused as refusal:
        return _refuse(visit, meeting, board, form, refusal)
    return visit.done(form, f"{_path(meeting, board.id)}#indspil-{card_id}", notice)


@router.post(CARD + "/haeng", dependencies=[only(may_arrange_somewhere)])
def hang_card(visit: AVisit, form: SentForm, key: str, board_id: int, card_id: int) -> Response:
    """In a cluster (`cluster_id`, empty for none), before another card (`before_id`) or last."""
    given = form.read(PlaceInput)
    if given is None:
        raise NotFound
    return _do(
        visit, form, key, board_id, card_id, lambda: put_card(visit.session, visit.actor, card_id, given)
    )


@router.post(CARD + "/frem", dependencies=[only(may_arrange_somewhere)])
def put_card_forward(visit: AVisit, form: SentForm, key: str, board_id: int, card_id: int) -> Response:
    return _do(visit, form, key, board_id, card_id, lambda: choose_card(visit.session, visit.actor, card_id))


@router.post(CARD + "/ned", dependencies=[only(may_arrange_somewhere)])
def take_card_down(visit: AVisit, form: SentForm, key: str, board_id: int, card_id: int) -> Response:
    return _do(
        visit,
        form,
        key,
        board_id,
        card_id,
        lambda: choose_card(visit.session, visit.actor, card_id, is_chosen=False),
    )


@router.post(CARD + "/hold", dependencies=[only(may_arrange_somewhere)])
def hold_card_back(visit: AVisit, form: SentForm, key: str, board_id: int, card_id: int) -> Response:
    return _do(
        visit,
        form,
        key,
        board_id,
        card_id,
        lambda: hold_back(visit.session, visit.actor, card_id),
        "board_held_back",
    )


@router.post(CARD + "/flyt", dependencies=[only(may_arrange_somewhere)])
def move_card_on(visit: AVisit, form: SentForm, key: str, board_id: int, card_id: int) -> Response:
    """To another board of the meeting."""
    given = form.read(BoardChoice)
    if given is None:
        raise NotFound
    return _do(
        visit,
        form,
        key,
        board_id,
        card_id,
        lambda: move_card(visit.session, visit.actor, card_id, given.board_id),
        "board_card_moved",
    )


@router.post(BOARD + "/luk-ind", dependencies=[only(may_arrange_somewhere)])
def let_cards_in(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    """Cards that wait: one, or all of them."""
    if before := visit.done_before(form):
        return before
    meeting, _places, board = _open_board(visit, key, board_id)
    given = form.read(CardsChoice)
    if given is None:
        raise NotFound
    let_in(visit.session, visit.actor, board.id, given.cards)
    anchor = f"#indspil-{given.cards[0]}" if len(given.cards) == 1 else ""
    return visit.done(form, _path(meeting, board.id) + anchor, "board_let_in")


@router.post(BOARD + "/indvendinger/{objection_id:int}/{word}", dependencies=[only(may_arrange_somewhere)])
def decide_on_objection(
    visit: AVisit, form: SentForm, key: str, board_id: int, objection_id: int, word: str
) -> Response:
    """`luk-ind` or `hold`."""
    if before := visit.done_before(form):
        return before
    meeting, _places, board = _open_board(visit, key, board_id)
    if word not in ("luk-ind", "hold"):
        raise NotFound
    is_shown = word == "luk-ind"
    against, card_id = show_objection(visit.session, visit.actor, objection_id, is_shown=is_shown)
    if against.id != board.id:
        raise NotFound
    path = f"{_path(meeting, board.id)}#indspil-{card_id}"
    return visit.done(form, path, "board_let_in" if is_shown else "board_held_back")


# --- a flipchart


@router.get(BOARD + "/flipover", dependencies=[only(may_arrange_somewhere)])
def paste_flipchart(visit: AVisit, key: str, board_id: int) -> Response:
    meeting, _places, board = _open_board(visit, key, board_id)
    return visit.page(FlipchartPage(meeting, board, visit.blank(), None))


@router.post(BOARD + "/flipover", dependencies=[only(may_arrange_somewhere)])
def add_flipchart(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    """First a look at what the lines become, then the cards."""
    meeting, _places, board = _open_board(visit, key, board_id)
    given = form.read(PastedInput)
    if given is None:
        return visit.page(FlipchartPage(meeting, board, form, None), 422)
    texts, wrong = read_lines(given.lines)
    refuse_lines(form, texts, wrong)
    if form.errors:
        return visit.page(FlipchartPage(meeting, board, form, texts), 422)
    if form.value("handling") == "vis":
        return visit.page(FlipchartPage(meeting, board, form, texts))
    if before := visit.done_before(form):
        return before
    try:
        paste_cards(visit.session, visit.actor, board.id, texts)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(FlipchartPage(meeting, board, form, texts), 409)
    return visit.done(form, _path(meeting, board.id), "board_pasted")
