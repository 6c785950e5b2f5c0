"""The versions of a deck: what each changed, the old ones to read, and taking one or all of it away."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.presentations import queries, service
from app.domain.presentations.comparing import PageChange, compare_pages
from app.domain.presentations.policy import may_add_decks_somewhere
from app.domain.presentations.queries import DeckView, PageLine, PageView, RevisionView
from app.domain.presentations.schemas import WithdrawInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.privacy.periods import periods_in_force
from app.web.deck_editing import find_own_deck
from app.web.decks import find_deck, send_picture, send_stored, split_paragraphs

router = Router()

VERSION = "/oplaeg/{deck_id:int}/version/{version:int}"
SLIDE = VERSION + "/side/{number:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_deck_version_shown": _(
            "Den version vises lige nu eller er ved at blive læst. Læg en ny op først."
        ),
        "notice_deck_withdrawn": _("Oplægget er fjernet. Adressen siger, at det har været her, og hvorfor."),
        "notice_deck_back": _("Oplægget er lagt tilbage, som det var."),
        "notice_deck_emptied": _("Filerne er slettet, og oplægget kan ikke lægges tilbage."),
        "notice_deck_version_withdrawn": _("Versionen er fjernet."),
    }
)


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version, and what it changed from the one before it that can be read (`since`, its number)."""

    revision: RevisionView
    since: int | None
    changes: list[PageChange]
    compares_pictures: bool


@dataclass
class VersionsPage(Page):
    template: ClassVar[str] = "decks/versions.html"
    deck: DeckView
    versions: list[VersionView]
    may_edit: bool


@dataclass
class OldVersionPage(Page):
    """The pages of a version that is not shown any more, in small."""

    template: ClassVar[str] = "decks/version.html"
    deck: DeckView
    revision: RevisionView
    pages: list[PageLine]


@dataclass
class OldSlidePage(Page):
    template: ClassVar[str] = "decks/version_slide.html"
    deck: DeckView
    revision: RevisionView
    page: PageView
    text: list[list[str]]


@dataclass
class WithdrawPage(Page):
    template: ClassVar[str] = "decks/withdraw.html"
    deck: DeckView
    form: Form
    days: int


@router.get("/oplaeg/{deck_id:int}/versioner", dependencies=[anyone])
def show_versions(visit: AVisit, deck_id: int) -> Response:
    deck = find_deck(visit, deck_id)
    may_edit = queries.is_open_to_change(visit.session, visit.actor, deck)
    every = queries.list_versions(visit.session, visit.actor, deck)
    readable = [one for one in every if one.state == "ready"]
    words = queries.read_versions(visit.session, readable)
    versions = []
    for one in every:
        before = next((old for old in readable if old.number < one.number), None)
        is_told = one.state == "ready" and before is not None
        changes = compare_pages(words[before.id], words[one.id]) if is_told and before else []
        compares = bool(before) and all(page.mark for page in (*words[before.id], *words.get(one.id, ())))
        versions.append(VersionView(one, before.number if is_told and before else None, changes, compares))
    return visit.page(VersionsPage(deck, versions, may_edit))


@router.get(VERSION, dependencies=[anyone])
def show_version(visit: AVisit, deck_id: int, version: int) -> Response:
    deck, revision = _find_version(visit, deck_id, version)
    return visit.page(OldVersionPage(deck, revision, queries.list_pages(visit.session, deck, revision)))


@router.get(SLIDE, dependencies=[anyone])
def show_old_slide(visit: AVisit, deck_id: int, version: int, number: int) -> Response:
    deck, revision = _find_version(visit, deck_id, version)
    page = queries.find_page(visit.session, visit.actor, deck, number, revision)
    if page is None:
        raise NotFound
    return visit.page(OldSlidePage(deck, revision, page, split_paragraphs(page.text, page.title)))


@router.get(SLIDE + "/billede.webp", dependencies=[anyone])
def show_old_picture(visit: AVisit, deck_id: int, version: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=False, version=version)


@router.get(SLIDE + "/miniature.webp", dependencies=[anyone])
def show_old_thumbnail(visit: AVisit, deck_id: int, version: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=True, version=version)


@router.get(VERSION + "/fil", dependencies=[anyone])
def send_old_file(visit: AVisit, deck_id: int, version: int) -> Response:
    return send_stored(visit, queries.find_file(visit.session, visit.actor, deck_id, version))


@router.post(VERSION + "/fjern", dependencies=[only(may_add_decks_somewhere)])
def withdraw_version(visit: AVisit, form: SentForm, deck_id: int, version: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_own_deck(visit, deck_id)
    try:
        service.withdraw_revision(visit.session, visit.actor, deck.id, version)
    except Refused:
        return visit.done(form, f"/oplaeg/{deck.id}/versioner", notice="deck_version_shown")
    return visit.done(form, f"/oplaeg/{deck.id}/versioner", notice="deck_version_withdrawn")


@router.get("/oplaeg/{deck_id:int}/fjern", dependencies=[only(may_add_decks_somewhere)])
def ask_to_withdraw(visit: AVisit, deck_id: int) -> Response:
    return visit.page(WithdrawPage(find_own_deck(visit, deck_id), visit.blank(), periods_in_force().bin))


@router.post("/oplaeg/{deck_id:int}/fjern", dependencies=[only(may_add_decks_somewhere)])
def withdraw_deck(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_own_deck(visit, deck_id)
    given = form.read(WithdrawInput)
    if given is None:
        return visit.page(WithdrawPage(deck, form, periods_in_force().bin), 422)
    service.withdraw_deck(visit.session, visit.actor, deck.id, given.why, given.for_good)
    return visit.done(form, f"/moeder/{deck.meeting.key}", notice="deck_withdrawn")


@router.post("/oplaeg/{deck_id:int}/laeg-tilbage", dependencies=[only(may_add_decks_somewhere)])
def put_deck_back(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        service.put_back_deck(visit.session, visit.actor, deck_id)
    except Refused:
        return visit.done(form, f"/oplaeg/{deck_id}", notice="deck_emptied")
    return visit.done(form, f"/oplaeg/{deck_id}", notice="deck_back")


def _find_version(visit: Visit, deck_id: int, version: int) -> tuple[DeckView, RevisionView]:
    """A version that can be read, of a deck that the visitor may see. Raises NotFound."""
    deck = find_deck(visit, deck_id)
    every = queries.list_versions(visit.session, visit.actor, deck)
    found = next((one for one in every if one.number == version and one.state == "ready"), None)
    if found is None:
        raise NotFound
    return deck, found
