"""Decks: what speakers showed, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import ClassVar, Literal
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict

from app.core import i18n
from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.core.text import RequiredLine, shorten, slug
from app.domain.contributions.gathering import cite_page, cite_page_in_answer
from app.domain.contributions.policy import may_record_somewhere
from app.domain.contributions.queries import find_contribution
from app.domain.contributions.sightings import CitingAnswer, LeadRef, list_citing, list_citing_answers
from app.domain.meetings.policy import is_old
from app.domain.meetings.queries import MeetingLine
from app.domain.presentations import queries
from app.domain.presentations.queries import DeckView, PageLine, PageView, StoredDeck, Tombstone, Unreadable
from app.domain.presentations.themes import WHOLE, list_deck_themes
from app.domain.search.queries import similar
from app.domain.search.schemas import Segments
from app.domain.strategies.queries import ThemeRef
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page, prefixed
from app.http.sentences import _
from app.http.visit import AVisit, Visit, anyone, only
from app.privacy.periods import periods_in_force
from app.web.deck_files import say_refusal
from app.web.filters import address, address_of_page, chosen, count_pages, page_number, typed
from app.web.hits import SimilarPage, view_similar_pages
from app.web.meetings import Speaker, gather_speakers

router = Router()

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
PAGES_AROUND = 2
MOST_LIKE = 10
LONGEST_QUOTE = 600
LONGEST_ALT = 150


@dataclass
class DecksPage(Page):
    template: ClassVar[str] = "decks/list.html"
    groups: list[tuple[MeetingLine, list[DeckView]]]
    total: int
    year: str
    years: list[tuple[str, str, int]]
    meeting: str
    meetings: list[tuple[str, str, int]]
    active: list[tuple[str, str]]
    page: int
    pages: int
    href: str


@dataclass
class DeckPage(Page):
    template: ClassVar[str] = "decks/show.html"
    deck: DeckView
    pages: list[PageLine]
    speakers: list[Speaker]
    themes: list[ThemeRef]
    unreadable: Unreadable
    refusal: str | None
    is_old: bool
    may_edit: bool


@dataclass
class TombstonePage(Page):
    """What stands at the address of a deck that was taken away, and at those of its pages."""

    template: ClassVar[str] = "decks/tombstone.html"
    tombstone: Tombstone
    empties_on: datetime


@dataclass
class LikePagesPage(Page):
    """Pages that tell of the same."""

    template: ClassVar[str] = "decks/like.html"
    deck: DeckView
    page: PageView
    heading: str
    found: list[SimilarPage]


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "decks/progress_block.html"
    deck: DeckView


@dataclass
class SlidePage(Page):
    """One page. `alt` says what the picture shows; `text` is a list of paragraphs, each a list of lines.

    `quote`: words of the page that the address names, where they stand on it; `quoted`: all its words with
    those marked.
    """

    template: ClassVar[str] = "decks/slide.html"
    deck: DeckView
    page: PageView
    heading: str
    alt: str
    text: list[list[str]]
    around: list[PageLine]
    speakers: list[Speaker]
    is_old: bool
    notes: list[list[str]]
    themes: list[ThemeRef]
    quote: str
    quoted: Segments
    site_address: str
    citing: tuple[LeadRef, ...]
    citing_answers: tuple[CitingAnswer, ...]
    may_cite: bool
    form: Form


@router.get("/oplaeg", dependencies=[anyone])
def list_decks(visit: AVisit) -> Response:
    counts = queries.count_decks(visit.session, visit.actor)
    years = {str(count.meeting.held_on.year): count.meeting.held_on.year for count in counts}
    year = chosen(visit, "aar", years)
    of_year = [count for count in counts if year in (None, count.meeting.held_on.year)]
    meeting = chosen(visit, "moede", {count.meeting.key: count.meeting for count in of_year})
    shown = [count for count in of_year if meeting in (None, count.meeting)]
    pages = count_pages(sum(count.decks for count in shown), queries.PER_PAGE)
    page = page_number(visit, pages)
    is_narrowed = len(shown) < len(counts)
    meeting_ids = [count.meeting.id for count in shown] if is_narrowed else None
    decks = queries.list_all_decks(visit.session, visit.actor, meeting_ids, page)
    here = prefixed(visit.language, "/oplaeg")
    key = meeting.key if meeting else ""
    return visit.page(
        DecksPage(
            groups=[(held, list(group)) for held, group in groupby(decks, lambda deck: deck.meeting)],
            total=sum(count.decks for count in shown),
            year=str(year or ""),
            years=[
                (word, word, sum(count.decks for count in counts if count.meeting.held_on.year == known))
                for word, known in years.items()
            ],
            meeting=key,
            meetings=[(c.meeting.key, name_meeting(visit, c.meeting), c.decks) for c in of_year],
            active=[
                *([(str(year), address(here, moede=key))] if year else []),
                *([(name_meeting(visit, meeting), address(here, aar=year))] if meeting else []),
            ],
            page=page,
            pages=pages,
            href=address_of_page(here, aar=year, moede=key),
        )
    )


@router.get("/oplaeg/{deck_id:int}", dependencies=[anyone])
def show_deck(visit: AVisit, deck_id: int) -> Response:
    try:
        deck = find_deck(visit, deck_id)
    except NotFound:
        return show_tombstone(visit, deck_id)
    may_edit = queries.is_open_to_change(visit.session, visit.actor, deck)
    newest = deck.newest
    refused = may_edit and newest is not None and newest.state == "refused"
    return visit.page(
        DeckPage(
            deck=deck,
            pages=queries.list_pages(visit.session, deck),
            speakers=gather_speakers(deck.speakers),
            themes=list_deck_themes(visit.session, deck.id).get(WHOLE, []),
            unreadable=queries.find_unreadable_pages(visit.session, deck) if may_edit else Unreadable(),
            refusal=say_refusal(visit, newest.refusal or "") if refused and newest else None,
            is_old=is_old(deck.meeting.held_on, today()),
            may_edit=may_edit,
        )
    )


@router.get("/oplaeg/{deck_id:int}/tilstand", dependencies=[anyone])
def show_progress(visit: AVisit, deck_id: int) -> Response:
    """The block that tells how far the reading is; asked for again and again by the page that shows it."""
    deck = find_deck(visit, deck_id)
    if "hx-request" not in visit.request.headers:
        return visit.go(f"/oplaeg/{deck.id}")
    response = visit.page(ProgressBlock(deck))
    response.headers["Cache-Control"] = "no-store"
    if deck.newest is None or not deck.newest.is_underway:
        response.headers["HX-Refresh"] = "true"
    return response


@router.get("/oplaeg/{deck_id:int}/side/{number:int}", dependencies=[anyone])
def show_slide(visit: AVisit, deck_id: int, number: int) -> Response:
    try:
        return visit.page(_make_slide_page(visit, deck_id, number))
    except NotFound:
        return show_tombstone(visit, deck_id)


@router.get("/oplaeg/{deck_id:int}/side/{number:int}/lignende", dependencies=[anyone])
def show_like_pages(visit: AVisit, deck_id: int, number: int) -> Response:
    """Pages of other decks, and others of this one, that tell of the same."""
    deck = find_deck(visit, deck_id)
    page = queries.find_page(visit.session, visit.actor, deck, number)
    if page is None:
        raise NotFound
    own = queries.find_page_id(visit.session, deck, number)
    draft = f"{page.title}\n{page.text}"
    found = similar(visit.session, visit.actor, draft, ("deck_page",), MOST_LIKE, ("deck_page", own))
    heading = page.title or shorten(page.text, 80)
    return visit.page(LikePagesPage(deck, page, heading, view_similar_pages(found)))


def _make_slide_page(visit: Visit, deck_id: int, number: int, form: Form | None = None) -> SlidePage:
    """The page; `form` is a reference that was refused."""
    deck = find_deck(visit, deck_id)
    page = queries.find_page(visit.session, visit.actor, deck, number)
    if page is None:
        raise NotFound
    pages = queries.list_pages(visit.session, deck)
    themes = list_deck_themes(visit.session, deck.id)
    quote = find_quote(page.text, typed(visit, "citat", LONGEST_QUOTE))
    first = max(0, min(number - 1 - PAGES_AROUND, len(pages) - 2 * PAGES_AROUND - 1))
    return SlidePage(
        deck=deck,
        page=page,
        heading=page.title or shorten(page.text, 80),
        alt=shorten(page.title or page.text, LONGEST_ALT),
        text=split_paragraphs(page.text, page.title),
        around=pages[first : first + 2 * PAGES_AROUND + 1],
        speakers=gather_speakers(deck.speakers),
        is_old=is_old(deck.meeting.held_on, today()),
        notes=split_paragraphs(page.notes, ""),
        themes=list({one.id: one for place in (number, WHOLE) for one in themes.get(place, [])}.values()),
        quote=quote,
        site_address=visit.kit.site.base_url,
        quoted=mark_quote(page.text, quote) if quote else (),
        citing=list_citing(visit.session, visit.actor, deck.id, number),
        citing_answers=list_citing_answers(visit.session, visit.actor, deck.id, number),
        may_cite=may_record_somewhere(visit.actor),
        form=form or visit.blank(),
    )


class CitingInput(BaseModel):
    """The number of what rests on a page, such as OE-0142."""

    model_config = ConfigDict(extra="forbid")

    reference: RequiredLine
    what: Literal["said", "answer"] = "said"


@router.post("/oplaeg/{deck_id:int}/side/{number:int}/henvis", dependencies=[only(may_record_somewhere)])
def cite_slide(visit: AVisit, form: SentForm, deck_id: int, number: int) -> Response:
    """Note at the page what rests on it."""
    if before := visit.done_before(form):
        return before
    given = form.read(CitingInput)
    if given is not None:
        said = find_contribution(visit.session, visit.actor, given.reference)
        if said is None:
            form.refuse("reference", "chain_unknown_reference")
        else:
            try:
                cite = cite_page_in_answer if given.what == "answer" else cite_page
                cite(visit.session, visit.actor, said.id, deck_id, number)
                return visit.done(form, f"/oplaeg/{deck_id}/side/{number}", "chain_cited")
            except Refused as refusal:
                form.refuse("reference", f"chain_{refusal.code}")
    return visit.page(_make_slide_page(visit, deck_id, number, form), 422)


@router.get("/oplaeg/{deck_id:int}/side/{number:int}/billede.webp", dependencies=[anyone])
def show_picture(visit: AVisit, deck_id: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=False)


@router.get("/oplaeg/{deck_id:int}/side/{number:int}/miniature.webp", dependencies=[anyone])
def show_thumbnail(visit: AVisit, deck_id: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=True)


@router.get("/oplaeg/{deck_id:int}/fil", dependencies=[anyone])
def send_file(visit: AVisit, deck_id: int) -> Response:
    """The file as it was sent: to keep, never to open on our own address."""
    return send_stored(visit, queries.find_file(visit.session, visit.actor, deck_id))


@router.get("/oplaeg/{deck_id:int}/pdf", dependencies=[anyone])
def send_pdf(visit: AVisit, deck_id: int) -> Response:
    """The PDF that was made of slides."""
    return send_stored(visit, queries.find_file(visit.session, visit.actor, deck_id, is_pdf=True))


def send_stored(visit: Visit, found: StoredDeck | None) -> Response:
    if found is None:
        raise NotFound
    headers = {
        "Content-Disposition": attachment(found.filename),
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-cache" if found.is_public else "no-store",
    }
    return StreamingResponse(
        open_stored(visit, found.key), headers=headers, media_type=MEDIA_TYPES[found.kind]
    )


# --- steps of the above


def find_deck(visit: Visit, deck_id: int) -> DeckView:
    deck = queries.find_deck(visit.session, visit.actor, deck_id)
    if deck is None:
        raise NotFound
    return deck


def show_tombstone(visit: Visit, deck_id: int) -> Response:
    """What stands in the place of a deck that was taken away, for who could have seen it. Raises NotFound."""
    tombstone = queries.find_tombstone(visit.session, visit.actor, deck_id)
    if tombstone is None:
        raise NotFound
    empties_on = tombstone.withdrawn_at + timedelta(days=periods_in_force().bin)
    return visit.page(TombstonePage(tombstone, empties_on), 410)


def find_quote(text: str, sought: str) -> str:
    """The words of a page that somebody quotes, as they stand there but for white space; else empty."""
    if len(sought) < 3:
        return ""
    plain = " ".join(text.split())
    at = plain.lower().find(sought.lower())
    return plain[at : at + len(sought)] if at >= 0 else ""


def mark_quote(text: str, quote: str) -> Segments:
    """All words of a page in pieces, those of the quote marked."""
    plain = " ".join(text.split())
    before, _, after = plain.partition(quote)
    return tuple(piece for piece in ((before, False), (quote, True), (after, False)) if piece[0])


def name_meeting(visit: Visit, meeting: MeetingLine) -> str:
    """10. møde: Virtuelt Dialogforum (2020)"""
    title = (visit.language == "en" and meeting.title_en) or meeting.title
    name = f"{title} ({meeting.held_on.year})"
    if meeting.number is None:
        return name
    words = i18n.catalogue(visit.language).gettext(_("%(number)s. møde")) % {"number": meeting.number}
    return f"{words}: {name}"


def split_paragraphs(text: str, title: str) -> list[list[str]]:
    """Paragraphs of lines; the title, which stands above already, is left out at the beginning."""
    lines = text.split("\n")
    while lines and title.startswith(" ".join(lines[0].split())):
        title = title[len(" ".join(lines[0].split())) :].lstrip()
        lines.pop(0)
        if not title:
            break
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def send_picture(
    visit: Visit, deck_id: int, number: int, is_small: bool, version: int | None = None
) -> Response:
    found = queries.find_picture(visit.session, visit.actor, deck_id, number, is_small, version)
    if found is None:
        raise NotFound
    headers = {"Cache-Control": "no-store"}
    if found.is_public:
        # The page names the version in the picture's address, so a new one is seen at once. An hour is how
        # long a picture may still be seen somewhere after its deck has been closed.
        tag = f'"{found.revision_id}-{number}{"s" if is_small else ""}"'
        headers = {"Cache-Control": "public, max-age=3600", "ETag": tag}
        if visit.request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
    content = b"".join(open_stored(visit, found.key))
    return Response(content, headers=headers, media_type="image/webp")


def open_stored(visit: Visit, key: str) -> Iterator[bytes]:
    try:
        return visit.kit.storage.stream(key)
    except FileNotFoundError as gone:
        raise NotFound from gone


def attachment(filename: str) -> str:
    """The header that makes a browser keep the file, under its name and for old ones a plain one."""
    stem, dot, ending = filename.rpartition(".")
    return f"attachment; filename=\"{slug(stem)}{dot}{ending}\"; filename*=UTF-8''{quote(filename, safe='')}"
