"""Decks: what speakers showed, page by page; and how staff puts them up."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from app.core.clock import today
from app.core.documents.limits import LIMITS, Limits
from app.core.policy import NotFound, Refused
from app.core.text import shorten, slug
from app.domain.meetings.policy import is_old
from app.domain.meetings.queries import MeetingLine, MeetingView, find_meeting, list_items
from app.domain.presentations import queries, service
from app.domain.presentations.policy import may_add_decks
from app.domain.presentations.queries import DeckView, PageLine, PageView
from app.domain.presentations.schemas import DeckEdit, DeckFields, DeckInput
from app.http.forms import Form, SentForm
from app.http.limits import count_against
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import address, address_of_page, chosen, count_pages, page_number

router = APIRouter()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = APIRouter()

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
UPLOADS_AN_HOUR = 100
PAGES_AROUND = 2
LONGEST_ALT = 150


def _(text: str) -> str:
    return text


add_sentences(
    {
        "file_missing": _("Vælg en fil: pdf, PowerPoint (pptx) eller OpenDocument (odp)."),
        "file_empty": _("Filen er tom. Åbn præsentationen, gem den, og læg den op igen."),
        "file_too_big": _(
            "Filen fylder mere end {most} MB. Gem den som pdf, eller komprimér billederne, "
            "og læg den op igen."
        ),
        "file_unknown_kind": _(
            "Filen skal være pdf, pptx eller odp. Gem præsentationen sådan, og læg den op igen."
        ),
        "file_not_what_it_says": _(
            "Filens indhold passer ikke til dens navn. Åbn den i det program, den er lavet i, "
            "gem den som pdf eller pptx, og læg den op igen."
        ),
        "file_encrypted": _(
            "Filen er låst med en adgangskode. Fjern adgangskoden, gem filen, og læg den op igen."
        ),
        "file_broken": _(
            "Filen er beskadiget, eller der mangler noget af den. Åbn den, gem den på ny, og læg den op igen."
        ),
        "file_unsafe": _(
            "Filen indeholder noget, som vi af hensyn til sikkerheden ikke åbner. "
            "Gem præsentationen som pdf, og læg den op i stedet."
        ),
        "file_macros": _(
            "Filen indeholder makroer (programkode). Gem den som pptx uden makroer eller som pdf, "
            "og læg den op igen."
        ),
        "file_bomb": _(
            "Filen kræver mere tid eller hukommelse, end en præsentation skal. "
            "Gem den som en mindre pdf, eller del den i to, og læg den op igen."
        ),
        "file_too_many_pages": _(
            "Præsentationen har mere end {pages} sider. Del den, og læg delene op hver for sig."
        ),
        "file_no_pages": _("Der er ingen sider i filen. Gem præsentationen på ny, og læg den op igen."),
        "file_lost": _("Filen ligger ikke længere i vores lager. Læg den op igen."),
        "choose_again": _("Vælg filen igen: browseren husker den ikke, når noget andet skal rettes."),
        "unknown_item": _("Programpunktet findes ikke længere. Vælg et andet."),
        "notice_deck_sent": _("Filen er modtaget. Siderne bliver læst nu og står her om lidt."),
        "notice_deck_saved": _("Oplægget er gemt."),
        "notice_deck_read_again": _("Filen bliver læst igen."),
    }
)


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
    refusal: str | None
    is_old: bool
    may_edit: bool


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "decks/progress_block.html"
    deck: DeckView


@dataclass
class SlidePage(Page):
    """One page. `alt` says what the picture shows; `text` is a list of paragraphs, each a list of lines."""

    template: ClassVar[str] = "decks/slide.html"
    deck: DeckView
    page: PageView
    heading: str
    alt: str
    text: list[list[str]]
    around: list[PageLine]
    is_old: bool


@dataclass
class NewDeckPage(Page):
    template: ClassVar[str] = "decks/new.html"
    form: Form
    meeting: MeetingView
    items: list[tuple[int, str]]
    most_megabytes: int


@dataclass
class NewVersionPage(Page):
    template: ClassVar[str] = "decks/new_version.html"
    form: Form
    deck: DeckView
    most_megabytes: int


@dataclass
class EditDeckPage(Page):
    """`theirs`: the deck as somebody else has saved it in the meantime, to compare with."""

    template: ClassVar[str] = "decks/edit.html"
    form: Form
    deck: DeckView
    items: list[tuple[int, str]]
    theirs: DeckView | None = None


# --- reading


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
    deck = find_deck(visit, deck_id)
    may_edit = may_add_decks(visit.actor)
    newest = deck.newest
    refused = may_edit and newest is not None and newest.state == "refused"
    return visit.page(
        DeckPage(
            deck=deck,
            pages=queries.list_pages(visit.session, deck),
            refusal=say_refusal(visit, f"file_{newest.refusal}") if refused and newest else None,
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
    deck = find_deck(visit, deck_id)
    page = queries.find_page(visit.session, deck, number)
    if page is None:
        raise NotFound
    pages = queries.list_pages(visit.session, deck)
    first = max(0, min(number - 1 - PAGES_AROUND, len(pages) - 2 * PAGES_AROUND - 1))
    return visit.page(
        SlidePage(
            deck=deck,
            page=page,
            heading=page.title or shorten(page.text, 80),
            alt=shorten(page.title or page.text, LONGEST_ALT),
            text=split_paragraphs(page.text, page.title),
            around=pages[first : first + 2 * PAGES_AROUND + 1],
            is_old=is_old(deck.meeting.held_on, today()),
        )
    )


@router.get("/oplaeg/{deck_id:int}/side/{number:int}/billede.webp", dependencies=[anyone])
def show_picture(visit: AVisit, deck_id: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=False)


@router.get("/oplaeg/{deck_id:int}/side/{number:int}/miniature.webp", dependencies=[anyone])
def show_thumbnail(visit: AVisit, deck_id: int, number: int) -> Response:
    return send_picture(visit, deck_id, number, is_small=True)


@router.get("/oplaeg/{deck_id:int}/fil", dependencies=[anyone])
def send_file(visit: AVisit, deck_id: int) -> Response:
    """The file as it was sent: to keep, never to open on our own address."""
    found = queries.find_file(visit.session, visit.actor, deck_id)
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


# --- putting up


@uploads.get("/moeder/{key}/oplaeg/nyt", dependencies=[only(may_add_decks)])
def ask_for_deck(visit: AVisit, key: str) -> Response:
    meeting = get_meeting(visit, key)
    items = dict(item_choices(visit, meeting.id))
    item_id = chosen(visit, "punkt", {str(item_id): item_id for item_id in items})
    form = visit.blank(item_id=item_id, title=items.get(item_id or 0), language="da", access="public")
    return visit.page(new_deck_page(visit, form, meeting))


@uploads.post("/moeder/{key}/oplaeg/nyt", dependencies=[only(may_add_decks)])
def add_deck(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    meeting = get_meeting(visit, key)
    given = form.read(DeckFields)
    with received(form) as sent:
        if sent is None or given is None:
            refuse_file(visit, form, sent)
            return visit.page(new_deck_page(visit, form, meeting), 422)
        try:
            deck = service.add_deck(
                visit.session, visit.actor, DeckInput(meeting_id=meeting.id, **given.model_dump())
            )
            add_version(visit, deck.id, sent)
        except Refused as refusal:
            refuse(visit, form, refusal)
            return visit.page(new_deck_page(visit, form, meeting), 422)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_sent")


@uploads.get("/oplaeg/{deck_id:int}/ny-version", dependencies=[only(may_add_decks)])
def ask_for_version(visit: AVisit, deck_id: int) -> Response:
    deck = find_deck(visit, deck_id)
    return visit.page(NewVersionPage(visit.blank(), deck, megabytes(visit)))


@uploads.post("/oplaeg/{deck_id:int}/ny-version", dependencies=[only(may_add_decks)])
def take_version(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    count_upload(visit)
    deck = find_deck(visit, deck_id)
    with received(form) as sent:
        if sent is None:
            form.refuse("file", "file_missing")
            return visit.page(NewVersionPage(form, deck, megabytes(visit)), 422)
        try:
            add_version(visit, deck.id, sent)
        except Refused as refusal:
            refuse(visit, form, refusal)
            return visit.page(NewVersionPage(form, deck, megabytes(visit)), 422)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_sent")


@router.post("/oplaeg/{deck_id:int}/laes-igen", dependencies=[only(may_add_decks)])
def read_again(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_deck(visit, deck_id)
    service.read_again(visit.session, visit.actor, deck.id)
    return visit.done(form, f"/oplaeg/{deck.id}", notice="deck_read_again")


@router.get("/oplaeg/{deck_id:int}/ret", dependencies=[only(may_add_decks)])
def ask_for_edit(visit: AVisit, deck_id: int) -> Response:
    deck = find_deck(visit, deck_id)
    form = visit.blank(
        item_id=deck.item_id,
        title=deck.title,
        language=deck.language,
        access=deck.access,
        note=deck.note,
        version=deck.version,
    )
    return visit.page(EditDeckPage(form, deck, item_choices(visit, deck.meeting.id)))


@router.post("/oplaeg/{deck_id:int}/ret", dependencies=[only(may_add_decks)])
def edit_deck(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_deck(visit, deck_id)
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


# --- steps of the above


def find_deck(visit: Visit, deck_id: int) -> DeckView:
    deck = queries.find_deck(visit.session, visit.actor, deck_id)
    if deck is None:
        raise NotFound
    return deck


def get_meeting(visit: Visit, key: str) -> MeetingView:
    meeting = find_meeting(visit.session, visit.actor, key)
    if meeting is None:
        raise NotFound
    return meeting


def name_meeting(visit: Visit, meeting: MeetingLine) -> str:
    """10. Virtuelt Dialogforum (2020)"""
    title = (visit.language == "en" and meeting.title_en) or meeting.title
    number = f"{meeting.number}. " if meeting.number else ""
    return f"{number}{title} ({meeting.held_on.year})"


def item_choices(visit: Visit, meeting_id: int) -> list[tuple[int, str]]:
    """The items of a programme that somebody may have shown something at."""
    return [(item.id, item.title) for item in list_items(visit.session, meeting_id) if item.kind != "break"]


def new_deck_page(visit: Visit, form: Form, meeting: MeetingView) -> NewDeckPage:
    return NewDeckPage(form, meeting, item_choices(visit, meeting.id), megabytes(visit))


def megabytes(visit: Visit) -> int:
    """How large a file may be."""
    return visit.kit.site.upload_limit // 1_000_000


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


def send_picture(visit: Visit, deck_id: int, number: int, is_small: bool) -> Response:
    found = queries.find_picture(visit.session, visit.actor, deck_id, number, is_small)
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


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came with a form, lying in a folder of its own for as long as it is looked at."""

    path: Path
    name: str


@contextmanager
def received(form: Form) -> Iterator[Sent | None]:
    """The form's file on the disk; None where none was chosen."""
    sent = form.files.get("file")
    if sent is None:
        yield None
        return
    with TemporaryDirectory(prefix="dialogforum-upload-") as folder:
        path = Path(folder) / "sent"
        with path.open("wb") as file:
            shutil.copyfileobj(sent.file, file, 1 << 20)
        yield Sent(path, sent.filename or "")


def add_version(visit: Visit, deck_id: int, sent: Sent) -> None:
    service.add_revision(
        visit.session, visit.actor, visit.kit.storage, deck_id, sent.path, sent.name, limits_of(visit)
    )


def limits_of(visit: Visit) -> Limits:
    return replace(LIMITS, upload=visit.kit.site.upload_limit)


def count_upload(visit: Visit) -> None:
    count_against(visit.session, f"upload:{visit.actor.user_id}", UPLOADS_AN_HOUR, timedelta(hours=1))


def refuse_file(visit: Visit, form: Form, sent: Sent | None) -> None:
    """What is to be said at the file of a form that comes back anyway."""
    if sent is None:
        form.refuse("file", "file_missing")
        return
    try:
        service.check_file(sent.path, sent.name, limits_of(visit))
    except Refused as refusal:
        refuse(visit, form, refusal)
    else:
        form.refuse("file", "choose_again")


def refuse(visit: Visit, form: Form, refusal: Refused) -> None:
    """Put the refusal at the field that it is about."""
    if refusal.code == "unknown_item":
        form.refuse("item_id", refusal.code)
        form.refuse("file", "choose_again")
    elif refusal.code.startswith("file_"):
        form.refuse("file", refusal.code, **sentence_values(visit))
    else:
        raise refusal


def say_refusal(visit: Visit, code: str) -> str:
    return visit.say(code, **sentence_values(visit))


def sentence_values(visit: Visit) -> dict[str, object]:
    return {"most": megabytes(visit), "pages": LIMITS.pages}
