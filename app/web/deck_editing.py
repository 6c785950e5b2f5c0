"""Putting decks up, and changing what stands about them; for staff, and for speakers at their own items."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, require
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import MeetingView, find_meeting
from app.domain.meetings.roles import list_own_item_ids
from app.domain.presentations import queries, service
from app.domain.presentations.policy import may_add_deck_at, may_add_decks, may_add_decks_somewhere
from app.domain.presentations.queries import DeckView
from app.domain.presentations.schemas import DeckEdit, DeckFields, DeckInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.deck_files import (
    Sent,
    count_upload,
    limits_of,
    look_at_file,
    megabytes,
    received,
    refuse_file,
    say_refusal,
)
from app.web.decks import find_deck
from app.web.filters import chosen

router = Router()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "unknown_deck_item": _("Programpunktet findes ikke længere. Vælg et andet."),
        "notice_deck_sent": _("Filen er modtaget. Siderne bliver læst nu og står her om lidt."),
        "notice_deck_saved": _("Oplægget er gemt."),
        "notice_deck_read_again": _("Filen bliver læst igen."),
    }
)


@dataclass
class NewDeckPage(Page):
    template: ClassVar[str] = "decks/new.html"
    form: Form
    meeting: MeetingView
    items: list[tuple[int, str]]
    most_megabytes: int
    too_large: str


@dataclass
class NewVersionPage(Page):
    template: ClassVar[str] = "decks/new_version.html"
    form: Form
    deck: DeckView
    most_megabytes: int
    too_large: str


@dataclass
class EditDeckPage(Page):
    """`theirs`: the deck as somebody else has saved it in the meantime, to compare with."""

    template: ClassVar[str] = "decks/edit.html"
    form: Form
    deck: DeckView
    items: list[tuple[int, str]]
    theirs: DeckView | None = None


@uploads.get("/moeder/{key}/oplaeg/nyt", dependencies=[only(may_add_decks_somewhere)])
def ask_for_deck(visit: AVisit, key: str) -> Response:
    meeting = get_meeting(visit, key)
    items = dict(item_choices(visit, meeting.id))
    item_id = chosen(visit, "punkt", {str(item_id): item_id for item_id in items})
    form = visit.blank(item_id=item_id, title=items.get(item_id or 0), language="da", access="public")
    return visit.page(new_deck_page(visit, form, meeting))


@uploads.post("/moeder/{key}/oplaeg/nyt", dependencies=[only(may_add_decks_somewhere)])
def add_deck(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    meeting = get_meeting(visit, key)
    given = form.read(DeckFields)
    with received(form) as sent:
        if sent is None or given is None:
            look_at_file(visit, form, sent)
            return visit.page(new_deck_page(visit, form, meeting), 422)
        try:
            deck = service.add_deck(
                visit.session, visit.actor, DeckInput(meeting_id=meeting.id, **given.model_dump())
            )
            add_version(visit, deck.id, sent)
        except Refused as refusal:
            refuse(visit, form, refusal)
            look_at_file(visit, form, sent)
            return visit.page(new_deck_page(visit, form, meeting), 422)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_sent")


@uploads.get("/oplaeg/{deck_id:int}/ny-version", dependencies=[only(may_add_decks_somewhere)])
def ask_for_version(visit: AVisit, deck_id: int) -> Response:
    deck = find_own_deck(visit, deck_id)
    return visit.page(new_version_page(visit, visit.blank(), deck))


@uploads.post("/oplaeg/{deck_id:int}/ny-version", dependencies=[only(may_add_decks_somewhere)])
def take_version(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    deck = find_own_deck(visit, deck_id)
    with received(form) as sent:
        if sent is None:
            form.refuse("file", "file_missing")
            return visit.page(new_version_page(visit, form, deck), 422)
        try:
            add_version(visit, deck.id, sent)
        except Refused as refusal:
            refuse(visit, form, refusal)
            return visit.page(new_version_page(visit, form, deck), 422)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_sent")


@router.post("/oplaeg/{deck_id:int}/laes-igen", dependencies=[only(may_add_decks_somewhere)])
def read_again(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_own_deck(visit, deck_id)
    service.read_again(visit.session, visit.actor, deck.id)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_read_again")


@router.get("/oplaeg/{deck_id:int}/ret", dependencies=[only(may_add_decks_somewhere)])
def ask_for_edit(visit: AVisit, deck_id: int) -> Response:
    deck = find_own_deck(visit, deck_id)
    form = visit.blank(
        item_id=deck.item_id,
        title=deck.title,
        language=deck.language,
        access=deck.access,
        shows_notes="1" if deck.shows_notes else "",
        note=deck.note,
        version=deck.version,
    )
    return visit.page(EditDeckPage(form, deck, item_choices(visit, deck.meeting.id)))


@router.post("/oplaeg/{deck_id:int}/ret", dependencies=[only(may_add_decks_somewhere)])
def edit_deck(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_own_deck(visit, deck_id)
    items = item_choices(visit, deck.meeting.id)
    given = form.read(DeckEdit)
    if given is None:
        return visit.page(EditDeckPage(form, deck, items), 422)
    try:
        service.edit_deck(visit.session, visit.actor, deck.id, given)
    except Refused as refusal:
        if refusal.code != "stale":
            refuse(visit, form, refusal)
            return visit.page(EditDeckPage(form, deck, items), 422)
        form.refuse("form", "stale")
        # What was typed may be saved over what stands there, now that it has been seen.
        form.typed["version"] = [str(deck.version)]
        return visit.page(EditDeckPage(form, deck, items, theirs=deck), 409)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_saved")


def get_meeting(visit: Visit, key: str) -> MeetingView:
    meeting = find_meeting(visit.session, visit.actor, key)
    if meeting is None:
        raise NotFound
    return meeting


def item_choices(visit: Visit, meeting_id: int) -> list[tuple[int, str]]:
    """The items at which something may be shown, those of their own for speakers; NotAllowed for none."""
    items = [
        (item.id, item.title) for item in list_draft_items(visit.session, meeting_id) if item.kind != "break"
    ]
    if may_add_decks(visit.actor):
        return items
    own = list_own_item_ids(visit.session, visit.actor, meeting_id)
    own_items = [(item_id, title) for item_id, title in items if may_add_deck_at(visit.actor, item_id, own)]
    require(bool(own_items))
    return own_items


def find_own_deck(visit: Visit, deck_id: int) -> DeckView:
    """The deck, for who may change it. Raises NotFound and NotAllowed."""
    deck = find_deck(visit, deck_id)
    require(queries.is_open_to_change(visit.session, visit.actor, deck))
    return deck


def new_deck_page(visit: Visit, form: Form, meeting: MeetingView) -> NewDeckPage:
    items = item_choices(visit, meeting.id)
    return NewDeckPage(form, meeting, items, megabytes(visit), say_refusal(visit, "too_big"))


def new_version_page(visit: Visit, form: Form, deck: DeckView) -> NewVersionPage:
    return NewVersionPage(form, deck, megabytes(visit), say_refusal(visit, "too_big"))


def add_version(visit: Visit, deck_id: int, sent: Sent) -> None:
    service.add_revision(
        visit.session, visit.actor, visit.kit.storage, deck_id, sent.path, sent.name, limits_of(visit)
    )


def refuse(visit: Visit, form: Form, refusal: Refused) -> None:
    """Put the refusal at the field that it is about."""
    if refusal.code == "unknown_deck_item":
        form.refuse("item_id", refusal.code)
    elif refusal.code.startswith("file_"):
        refuse_file(visit, form, refusal.code)
    else:
        raise refusal
