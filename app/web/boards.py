"""A board as those in the room use it: write, mend, put dots, disagree, and follow what the others write."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused
from app.domain.attendance.policy import may_join
from app.domain.boards import queries
from app.domain.boards.marking import object_to, put_dot, take_dot, withdraw_objection
from app.domain.boards.policy import hears_board, may_arrange
from app.domain.boards.queries import BoardBlock, BoardView, CardView, Order, Own, OwnCard, OwnObjection
from app.domain.boards.schemas import (
    FreeCard,
    FreeEdit,
    ObjectionInput,
    PartedCard,
    PartedEdit,
)
from app.domain.boards.writing import (
    Reserved,
    TooFast,
    edit_card,
    reserve_references,
    restore_card,
    withdraw_card,
    write_card,
)
from app.domain.contributions.in_room import Author, find_author, fit, words_for
from app.domain.contributions.policy import TO_ALL, TO_THE_ROOM
from app.domain.contributions.schemas import LONGEST_CARD
from app.domain.running.queries import RightNow, get_right_now
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.live import add_topic, answer_block
from app.http.pages import Page
from app.http.queued import errors_response, is_script
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.filters import whole_number
from app.web.sealed import hide

router = Router()

BOARD = "/moeder/{key}/tavler/{board_id:int}"
CARD = BOARD + "/kort/{reference}"
# Numbers beside the one in the form, for what is written while there is no connection.
STOCK = 2
MOST_MARKS = 120  # presses of one attendee in a minute
A_MINUTE = timedelta(minutes=1)


def _(text: str) -> str:
    return text


add_sentences(
    {
        "board_join_first": _("Du skal være med i mødets lokale for at skrive på tavlen."),
        "board_not_open_yet": _("Tavlen er ikke åbnet endnu."),
        "board_closed": _("Tavlen er lukket og tager ikke mere. Kopiér din tekst, hvis du vil gemme den."),
        "board_taken_by_another": _("Det er sendt af en anden. Åbn tavlen igen, og skriv det derfra."),
        "board_hidden": _("Det står ikke på tavlen mere, så det kan ikke rettes."),
        "board_nothing_said": _("Skriv et problem eller et ønske."),
        "board_no_dots": _("Der gives ikke prikker på denne tavle."),
        "board_dots_spent": _("Alle {most} prikker er brugt. Tag en tilbage fra et andet indspil først."),
        "board_many_objections": _("Du har skrevet {most} gange til det samme indspil. Det er nok."),
        "board_words_stale": _("Indspillet er ændret, siden du åbnede det. Her er, hvordan det står nu."),
        "board_dots_left": _("Du har {left} af {budget} prikker tilbage."),
        "board_dots_left_organisation": _("I har {left} af {budget} prikker tilbage tilsammen."),
        "board_card_waits": _("Modtaget som {reference}. De andre ser det, når facilitator har set det."),
        "notice_board_card_hung": _("Dit indspil hænger på tavlen."),
        "notice_board_card_waits": _("Dit indspil er modtaget. Det vises, når facilitator har set det."),
        "notice_board_card_saved": _("Din rettelse er gemt."),
        "notice_board_card_withdrawn": _("Dit indspil er taget ned. Kun du og sekretariatet kan se det."),
        "notice_board_card_restored": _("Dit indspil hænger på tavlen igen."),
        "notice_board_dot_put": _("Din prik er givet."),
        "notice_board_dot_taken": _("Din prik er taget tilbage."),
        "notice_board_objected": _("Din indvending står ved indspillet."),
        "notice_board_objection_waits": _(
            "Din indvending er modtaget. Den vises, når facilitator har set den."
        ),
        "notice_board_objection_withdrawn": _("Indvendingen er taget tilbage."),
    }
)


@dataclass
class BoardPage(Page):
    """`own` and `author` are None for who may only read. `shown`: (value, words) to be shown as."""

    template: ClassVar[str] = "boards/show.html"
    board: BoardView
    block: BoardBlock
    own: Own | None
    author: Author | None
    shown: list[tuple[str, str]]
    form: Form
    ids: dict[str, str]
    stock: list[dict[str, str]]
    block_path: str
    marks: dict[str, list[str]]
    own_ids: frozenset[int]
    dots_left: str
    right_now: RightNow
    moment_now: datetime
    may_arrange: bool
    longest: int = LONGEST_CARD


@dataclass
class BoardBlockPart(Page):
    """The same for all: no own mark in it."""

    template: ClassVar[str] = "boards/block.html"
    block: BoardBlock


@dataclass
class OwnCardsPart(Page):
    """Of one's own, what the others do not see."""

    template: ClassVar[str] = "boards/own_block.html"
    board: BoardView
    own: Own


@dataclass
class CardPage(Page):
    """A card by itself: `card` as the others see it, None where they do not; `own` where it is one's own."""

    template: ClassVar[str] = "boards/card.html"
    board: BoardView
    card: CardView | None
    own: OwnCard | None
    author: Author | None
    is_dotted: bool
    dots_left: str
    objections: list[OwnObjection]
    form: Form
    edit_form: Form
    client_id: str
    may_arrange: bool
    is_stale: bool = False
    longest: int = LONGEST_CARD


# --- who hears a board


def may_hear_board(session: Session, actor: Actor, board_id: int) -> bool:
    return queries.find_audience(session, actor, board_id) is not None


def may_read_in_room(session: Session, actor: Actor, board_id: int) -> bool:
    """Read the board as those do who hear the meeting: also what is not public."""
    meeting_id = queries.find_audience(session, actor, board_id)
    return meeting_id is not None and hears_board(actor, meeting_id)


def may_hear_seat(session: Session, actor: Actor, attendee_id: int) -> bool:
    return any(seat == attendee_id for _, seat in actor.seats)


add_topic("board", may_hear_board)
add_topic("seat", may_hear_seat)


# --- the board


def find_board(visit: Visit, key: str, board_id: int) -> BoardView:
    board = queries.find_board(visit.session, visit.actor, key, board_id)
    if board is None:
        raise NotFound
    return board


def _find_author(visit: Visit, board: BoardView) -> Author | None:
    return find_author(visit.session, visit.actor, board.meeting_id) if may_join(visit.actor) else None


def read_order(request: Request) -> Order:
    return "dots" if request.query_params.get("orden") == "prikker" else "newest"


@router.get(BOARD + "/blok", dependencies=[anyone])
async def show_block(request: Request, key: str, board_id: int) -> Response:
    """What hangs on the board, kept until it changes; as those in the room see it, or (`for=alle`) all."""
    order, is_for_all = read_order(request), request.query_params.get("for") == "alle"
    levels = TO_ALL if is_for_all else TO_THE_ROOM
    return await answer_block(
        request,
        topic=f"board:{board_id}",
        variant=f"{order} {'all' if is_for_all else 'room'}",
        may=None if is_for_all else lambda session, actor: may_read_in_room(session, actor, board_id),
        page=lambda session: BoardBlockPart(queries.get_block(session, board_id, levels, order)),
    )


@router.post(BOARD, dependencies=[only(may_join)])
def hang_card(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    """A card; its own id lets it be taken once, so no key of the form is asked for."""
    given = form.read(FreeCard if form.has("text") else PartedCard)
    if given is None:
        return _refuse_card(visit, form, key, board_id, 422)
    try:
        card = write_card(visit.session, visit.actor, board_id, given)
    except TooFast as fast:
        raise TooMany(fast.seconds) from fast
    except Refused as refusal:
        if is_script(visit.request):
            raise
        form.refuse("form", refusal.code, **refusal.values)
        return _refuse_card(visit, form, key, board_id, 409)
    if card.meeting_key != key:
        raise NotFound
    facts = {"say": visit.say("board_card_waits", reference=card.reference)} if card.waits else {}
    return visit.taken(
        form,
        f"/moeder/{key}/tavler/{board_id}",
        "board_card_waits" if card.waits else "board_card_hung",
        id=card.id,
        reference=card.reference,
        key=f"card-{card.id}",
        next=_fields(card.next),
        **facts,
    )


def _refuse_card(visit: Visit, form: Form, key: str, board_id: int, status: int) -> Response:
    if is_script(visit.request):
        return errors_response(form.errors)
    return visit.page(_board_page(visit, find_board(visit, key, board_id), form), status)


def _fields(reserved: Reserved) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(reserved).items()}


@router.get(BOARD, dependencies=[anyone])
def show_board(visit: AVisit, key: str, board_id: int) -> Response:
    return hide(visit.page(_board_page(visit, find_board(visit, key, board_id))))


def _board_page(visit: Visit, board: BoardView, form: Form | None = None) -> BoardPage:
    order = read_order(visit.request)
    in_room = hears_board(visit.actor, board.meeting_id)
    author = find_author(visit.session, visit.actor, board.meeting_id) if may_join(visit.actor) else None
    ids, stock = _read_ids(visit, board, author, form)
    address = filters.address(
        board.path + "/blok",
        orden="prikker" if order == "dots" else None,
        **{"for": None if in_room else "alle"},
    )
    own = queries.find_own(visit.session, board, author) if author else None
    own_ids = [card.id for card in own.cards] if own else []
    return BoardPage(
        board=board,
        block=queries.get_block(visit.session, board.id, TO_THE_ROOM if in_room else TO_ALL, order),
        own=own,
        author=author,
        shown=words_for(board.names, author) if author else [],
        form=form or visit.blank(shown_as=fit(None, board.names, author) if author else None),
        ids=ids,
        stock=stock,
        block_path=address,
        marks={
            "own": [f"card-{card_id}" for card_id in own_ids],
            "dotted": [f"card-{card_id}" for card_id in own.dotted] if own else [],
        },
        own_ids=frozenset(own_ids),
        dots_left=_say_left(visit, board, own.dots.left) if own else "",
        right_now=get_right_now(visit.session, board.meeting_id),
        moment_now=now(),
        may_arrange=may_arrange(visit.actor, board.meeting_id),
    )


def _read_ids(
    visit: Visit, board: BoardView, author: Author | None, form: Form | None
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The id and the number of the card in the form, and some for later; those it came back with stay."""
    if author is None or not board.is_open:
        return {}, []
    first, *rest = [_fields(one) for one in reserve_references(visit.session, 1 + STOCK)]
    if form is not None and form.value("client_id"):
        return {name: form.value(name) for name in first}, [first, *rest]
    return first, rest


@router.get(BOARD + "/mine", dependencies=[only(may_join)])
def show_own(visit: AVisit, key: str, board_id: int) -> Response:
    """The block of one's own cards, followed where cards wait for a facilitator."""
    board = find_board(visit, key, board_id)
    author = _find_author(visit, board)
    if author is None:
        raise NotFound
    own = queries.find_own(visit.session, board, author)
    return hide(visit.page(OwnCardsPart(board=board, own=own)))


@router.post(BOARD + "/prik", dependencies=[only(may_join)])
def mark_card(visit: AVisit, form: SentForm, key: str, board_id: int) -> Response:
    """A dot on a card, or off it (`put` 0). Pressed twice it is the same, so no key is asked for."""
    board = find_board(visit, key, board_id)
    _count_press(visit, board)
    card_id, is_put = whole_number(form.value("card")), form.value("put") != "0"
    if card_id is None:
        raise NotFound
    dots = (put_dot if is_put else take_dot)(visit.session, visit.actor, card_id)
    notice = "board_dot_put" if is_put else "board_dot_taken"
    left = _say_left(visit, board, dots.left)
    return visit.taken(form, f"{board.path}#kort-{card_id}", notice, words={"dots_left": left})


def _say_left(visit: Visit, board: BoardView, left: int) -> str:
    code = "board_dots_left_organisation" if board.dots_per == "organisation" else "board_dots_left"
    return visit.say(code, left=left, budget=board.dots)


def _count_press(visit: Visit, board: BoardView) -> None:
    seat = visit.actor.seat_at(board.meeting_id)
    if seat is not None:
        count_against(visit.session, f"marks of attendee {seat}", MOST_MARKS, A_MINUTE)


# --- one card


@router.get(CARD, dependencies=[anyone])
def show_card(visit: AVisit, key: str, board_id: int, reference: str) -> Response:
    return hide(visit.page(_card_page(visit, find_board(visit, key, board_id), reference)))


def _card_page(
    visit: Visit,
    board: BoardView,
    reference: str,
    *,
    form: Form | None = None,
    edit_form: Form | None = None,
    is_stale: bool = False,
) -> CardPage:
    """Raises NotFound where the visitor sees no such card on this board."""
    in_room = hears_board(visit.actor, board.meeting_id)
    card = queries.find_card(visit.session, board.id, reference, TO_THE_ROOM if in_room else TO_ALL)
    author = find_author(visit.session, visit.actor, board.meeting_id) if may_join(visit.actor) else None
    own = queries.find_own(visit.session, board, author) if author else None
    mine = next((one for one in own.cards if one.reference == reference), None) if own else None
    if card is None and mine is None:
        raise NotFound
    card_id = mine.id if mine else card.id if card else 0
    return CardPage(
        board=board,
        card=card,
        own=mine,
        author=author,
        is_dotted=own is not None and card_id in own.dotted,
        dots_left=_say_left(visit, board, own.dots.left) if own else "",
        objections=[one for one in own.objections if one.card_id == card_id] if own else [],
        form=form or visit.blank(),
        edit_form=edit_form or (visit.blank(**_as_fields(mine)) if mine else visit.blank()),
        client_id=form.value("client_id") if form else str(uuid4()),
        may_arrange=may_arrange(visit.actor, board.meeting_id),
        is_stale=is_stale,
    )


def _as_fields(own: OwnCard) -> dict[str, object]:
    return {"text": own.body, "version": own.version} | (own.parts or {})


@router.post(CARD + "/ret", dependencies=[only(may_join)])
def mend_card(visit: AVisit, form: SentForm, key: str, board_id: int, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    board, own = _find_own_card(visit, key, board_id, reference)
    given = form.read(PartedEdit if own.parts else FreeEdit)
    if given is None:
        return visit.page(_card_page(visit, board, reference, edit_form=form), 422)
    try:
        card = edit_card(visit.session, visit.actor, own.id, given)
    except Refused as refusal:
        is_stale = refusal.code == "stale"
        form.refuse("form", "board_words_stale" if is_stale else refusal.code, **refusal.values)
        if is_stale:
            form.typed["version"] = [str(own.version)]
        page = _card_page(visit, board, reference, edit_form=form, is_stale=is_stale)
        return visit.page(page, 409)
    notice = "board_card_saved" if card.published_at else "board_card_waits"
    return visit.taken(form, f"{board.path}/kort/{reference}", notice)


@router.post(CARD + "/traek-tilbage", dependencies=[only(may_join)])
def take_card_down(visit: AVisit, form: SentForm, key: str, board_id: int, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    board, own = _find_own_card(visit, key, board_id, reference)
    withdraw_card(visit.session, visit.actor, own.id)
    return visit.done(form, f"{board.path}/kort/{reference}", "board_card_withdrawn")


@router.post(CARD + "/fortryd", dependencies=[only(may_join)])
def hang_card_again(visit: AVisit, form: SentForm, key: str, board_id: int, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    board, own = _find_own_card(visit, key, board_id, reference)
    restore_card(visit.session, visit.actor, own.id)
    return visit.done(form, f"{board.path}/kort/{reference}", "board_card_restored")


def _find_own_card(visit: Visit, key: str, board_id: int, reference: str) -> tuple[BoardView, OwnCard]:
    board = find_board(visit, key, board_id)
    author = _find_author(visit, board)
    own = queries.find_own(visit.session, board, author).cards if author else ()
    card = next((one for one in own if one.reference == reference), None)
    if card is None:
        raise NotFound
    return board, card


@router.post(CARD + "/uenig", dependencies=[only(may_join)])
def disagree(visit: AVisit, form: SentForm, key: str, board_id: int, reference: str) -> Response:
    """«Én er uenig, fordi …»; its own id lets it be taken once."""
    board = find_board(visit, key, board_id)
    card = queries.find_card(visit.session, board.id, reference)
    if card is None:
        raise NotFound
    given = form.read(ObjectionInput)
    if given is None:
        return visit.page(_card_page(visit, board, reference, form=form), 422)
    _count_press(visit, board)
    try:
        objection = object_to(visit.session, visit.actor, card.id, given)
    except Refused as refusal:
        if is_script(visit.request):
            raise
        form.refuse("text", refusal.code, **refusal.values)
        return visit.page(_card_page(visit, board, reference, form=form), 409)
    notice = "board_objected" if objection.shown_at else "board_objection_waits"
    following = {"client_id": str(uuid4())}
    return visit.taken(form, f"{board.path}/kort/{reference}", notice, id=objection.id, next=following)


@router.post(CARD + "/uenig/{objection_id:int}/traek-tilbage", dependencies=[only(may_join)])
def agree_after_all(
    visit: AVisit, form: SentForm, key: str, board_id: int, reference: str, objection_id: int
) -> Response:
    if before := visit.done_before(form):
        return before
    board = find_board(visit, key, board_id)
    if queries.find_card(visit.session, board.id, reference) is None:
        raise NotFound
    withdraw_objection(visit.session, visit.actor, objection_id)
    return visit.done(form, f"{board.path}/kort/{reference}", "board_objection_withdrawn")
