"""A speaker's own page, opened by a sealed link: the words of the talk, the slides, and what is agreed to."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import Depends
from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.roles import find_own_person
from app.domain.presentations.policy import is_own_deck
from app.domain.presentations.queries import (
    DeckView,
    PageView,
    Unreadable,
    find_deck,
    find_page,
    find_unreadable_pages,
    has_notes,
)
from app.domain.speakers import service
from app.domain.speakers.links import Opened, get_link_path, make_actor, open_link
from app.domain.speakers.policy import may_speak_somewhere
from app.domain.speakers.queries import SpeakerView, TalkView, find_speaker
from app.domain.speakers.schemas import AnswerInput, NoSlidesInput, NotesInput, SlidesInput, WordsInput
from app.domain.users.consents import current_version
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.gates import SAFE_METHODS
from app.http.limits import count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.identity.sending import UPLOADS_AN_HOUR
from app.web.deck_files import limits_of, megabytes, received, refuse_file, say_refusal
from app.web.decks import send_picture, split_paragraphs
from app.web.meetings import open_meeting
from app.web.sealed import hide

router = Router()
# Addresses that take files have room for larger bodies (see app.web.takes_files).
uploads = Router()

OWN = "/oplaegsholder/{speaker_id:int}/{sealed}"
DECK = OWN + "/slides/{deck_id:int}"
# What the log calls somebody who came by the link: always in Danish, as the log is kept.
SIGNATURE = "{name}, via oplægsholderens link"
MOST_THUMBS = 8


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_speaker_words_saved": _("Tak! Din tekst er gemt, og sekretariatet lægger den i programmet."),
        "notice_speaker_slides_sent": _("Tak! Filen er modtaget, og siderne bliver læst nu."),
        "notice_speaker_answered": _("Tak! Dine svar er gemt og gælder med det samme."),
        "notice_speaker_notes_shown": _("Tak! Dine noter kan nu læses ved siderne."),
        "notice_speaker_notes_own": _("Dine noter er nu kun dine."),
        "notice_speaker_no_slides": _("Noteret. Du kan stadig lægge slides op, hvis du ombestemmer dig."),
    }
)


@dataclass(frozen=True, slots=True)
class Slides:
    """A deck on the speaker's page: the numbers of its first pages, what cannot be read of it, and why the
    newest file was refused (a sentence). `has_notes`: the file has notes, shown to others or not."""

    deck: DeckView
    numbers: tuple[int, ...]
    unreadable: Unreadable
    refusal: str
    has_notes: bool


@dataclass
class OwnTalksPage(Page):
    """`base`: the address of the page, without language. `theirs`: the talk whose words somebody else has
    changed in the meantime."""

    template: ClassVar[str] = "speakers/own.html"
    meeting: MeetingView
    form: Form
    speaker: SpeakerView
    slides: dict[int, list[Slides]]
    base: str
    ends_on: date
    theirs: TalkView | None
    slides_text: int
    name_text: int
    most_megabytes: int
    too_large: str


@dataclass
class ClosedLinkPage(Page):
    """`ended_on`: when a link that was right has ended by itself, else None."""

    template: ClassVar[str] = "speakers/closed.html"
    ended_on: date | None


@dataclass
class OwnSlidePage(Page):
    """One page of the own slides, with the notes."""

    template: ClassVar[str] = "speakers/slide.html"
    deck: DeckView
    page: PageView
    text: list[list[str]]
    notes: list[list[str]]
    base: str


@dataclass
class ReadingBlock(Page):
    template: ClassVar[str] = "speakers/reading_block.html"
    deck: DeckView
    base: str


def _by_link(visit: AVisit, speaker_id: int, sealed: str) -> Opened:
    """Who the link belongs to, before the body is read; from here on the visitor acts as that speaker.

    Raises NotFound for a link that does not work, or no more.
    """
    opened = open_link(visit.session, speaker_id, sealed)
    if opened is None or opened.is_over:
        raise NotFound
    visit.actor = make_actor(visit.session, visit.actor, opened, SIGNATURE.format(name=opened.name))
    if visit.request.method not in SAFE_METHODS:
        # A large file on a slow line may take minutes to come; no connection is held for that long.
        visit.session.commit()
    return opened


ByLink = Annotated[Opened, Depends(_by_link, scope="function")]


@router.get("/moeder/{key}/mit-oplaeg", dependencies=[only(may_speak_somewhere)])
def go_to_own_page(visit: AVisit, key: str) -> Response:
    """On to the own page, for who is signed in and has the role of speaker at the meeting."""
    meeting = open_meeting(visit, key)
    person_id = find_own_person(visit.session, visit.actor, meeting.id)
    if person_id is None:
        raise NotFound
    speaker = service.get_own_speaker(visit.session, visit.actor, meeting.id, person_id)
    path = get_link_path(visit.session, speaker.id)
    return hide(visit.go(path)) if path else hide(visit.page(ClosedLinkPage(None), 404))


@router.get(OWN, dependencies=[anyone])
def show_own_talks(visit: AVisit, speaker_id: int, sealed: str) -> Response:
    """The page itself; a link that does not work, or no more, says so in words."""
    opened = open_link(visit.session, speaker_id, sealed)
    if opened is None:
        return hide(visit.page(ClosedLinkPage(None), 404))
    if opened.is_over:
        return hide(visit.page(ClosedLinkPage(opened.ends_on), 410))
    opened = _by_link(visit, speaker_id, sealed)
    return hide(visit.page(_page(visit, opened)))


@router.post(OWN, dependencies=[anyone])
def write_words(visit: AVisit, opened: ByLink, form: SentForm) -> Response:
    """The title and the text of one talk, in fields that end in the number of its item."""
    if before := visit.done_before(form):
        return hide(before)
    own = _own_fields(form, "title", "summary", "version")
    given = own.read(WordsInput)
    if given is None:
        _give_back(own, form)
        return hide(visit.page(_page(visit, opened, form), 422))
    try:
        service.write_words(visit.session, visit.actor, opened.speaker_id, given)
    except Refused as refusal:
        if refusal.code != "stale":
            raise
        # What was typed may be saved over what stands there, now that it has been seen.
        form.refuse(f"title-{given.item_id}", "stale")
        form.typed.pop(f"version-{given.item_id}", None)
        return hide(visit.page(_page(visit, opened, form, stale=given.item_id), 409))
    return _done(visit, form, f"#punkt-{given.item_id}", "speaker_words_saved")


@router.post(OWN + "/svar", dependencies=[anyone])
def answer(visit: AVisit, opened: ByLink, form: SentForm) -> Response:
    """Who may see the slides, and whether the name may stand in the programme."""
    if before := visit.done_before(form):
        return hide(before)
    given = form.read(AnswerInput)
    if given is None:
        return hide(visit.page(_page(visit, opened, form), 422))
    service.answer(visit.session, visit.actor, opened.speaker_id, given, visit.language)
    return _done(visit, form, "#svar", "speaker_answered")


@router.post(OWN + "/ingen-slides", dependencies=[anyone])
def say_no_slides(visit: AVisit, opened: ByLink, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return hide(before)
    given = form.read(NoSlidesInput)
    if given is None:
        raise NotFound
    service.say_no_slides(visit.session, visit.actor, opened.speaker_id, given.item_id, given.has_no_slides)
    return _done(visit, form, f"#punkt-{given.item_id}", "speaker_no_slides")


@uploads.post(OWN + "/slides", dependencies=[anyone])
def send_slides(visit: AVisit, opened: ByLink, sealed: str, form: SentForm) -> Response:
    """A file for one talk: the first, or one that takes the place of the one before."""
    if before := visit.done_before(form):
        return hide(before)
    count_against(visit.session, f"upload:speaker:{opened.speaker_id}", UPLOADS_AN_HOUR, timedelta(hours=1))
    # The file may have been on its way for minutes, and the link been taken back meanwhile.
    if open_link(visit.session, opened.speaker_id, sealed) is None:
        raise NotFound
    own = _own_fields(form, "file", "language")
    given = own.read(SlidesInput)
    if given is None:
        raise NotFound
    with received(own) as sent:
        if sent is None:
            own.refuse("file", "file_missing")
        else:
            try:
                service.send_slides(
                    visit.session,
                    visit.actor,
                    visit.kit.storage,
                    opened.speaker_id,
                    given,
                    sent.path,
                    sent.name,
                    limits_of(visit),
                )
            except Refused as refusal:
                if not refusal.code.startswith("file_"):
                    raise
                refuse_file(visit, own, refusal.code)
    if own.errors:
        _give_back(own, form)
        return hide(visit.page(_page(visit, opened, form), 422))
    return _done(visit, form, f"#slides-{given.item_id}", "speaker_slides_sent")


@router.get(DECK + "/tilstand", dependencies=[anyone])
def show_reading(visit: AVisit, opened: ByLink, deck_id: int) -> Response:
    """The block that tells how far the reading is; asked for again and again by the page that shows it."""
    deck = find_deck(visit.session, visit.actor, deck_id)
    if deck is None:
        raise NotFound
    if "hx-request" not in visit.request.headers:
        return hide(visit.go(_base(visit)))
    response = hide(visit.page(ReadingBlock(deck, _base(visit))))
    if deck.newest is None or not deck.newest.is_underway:
        response.headers["HX-Refresh"] = "true"
    return response


@router.post(OWN + "/noter", dependencies=[anyone])
def allow_notes(visit: AVisit, opened: ByLink, form: SentForm) -> Response:
    """Whether others may read the notes beside the slides."""
    if before := visit.done_before(form):
        return hide(before)
    given = form.read(NotesInput)
    if given is None:
        return hide(visit.page(_page(visit, opened, form), 422))
    service.allow_notes(visit.session, visit.actor, opened.speaker_id, given)
    return _done(visit, form, f"#slides-{given.item_id}", f"speaker_notes_{given.notes}")


@router.get(DECK + "/side/{number:int}", dependencies=[anyone])
def show_own_slide(visit: AVisit, opened: ByLink, deck_id: int, number: int) -> Response:
    """A page of the own slides with the notes, also while nobody else may see it."""
    deck = find_deck(visit.session, visit.actor, deck_id)
    if deck is None or not is_own_deck(visit.actor, deck):
        raise NotFound
    page = find_page(visit.session, visit.actor, deck, number)
    if page is None:
        raise NotFound
    text, notes = split_paragraphs(page.text, page.title), split_paragraphs(page.notes, "")
    return hide(visit.page(OwnSlidePage(deck, page, text, notes, _base(visit))))


@router.get(DECK + "/side/{number:int}.webp", dependencies=[anyone])
def show_own_picture(visit: AVisit, opened: ByLink, deck_id: int, number: int) -> Response:
    return hide(send_picture(visit, deck_id, number, is_small=False))


@router.get(DECK + "/{number:int}.webp", dependencies=[anyone])
def show_thumbnail(visit: AVisit, opened: ByLink, deck_id: int, number: int) -> Response:
    """A page in small, also while nobody else may see it."""
    return hide(send_picture(visit, deck_id, number, is_small=True))


# --- steps of the above


def _base(visit: Visit) -> str:
    """The address of the speaker's page, without language."""
    given = visit.request.path_params
    return f"/oplaegsholder/{given['speaker_id']}/{given['sealed']}"


def _done(visit: Visit, form: Form, place: str, notice: str) -> Response:
    return hide(visit.done(form, f"{_base(visit)}?kvittering={notice}{place}"))


def _own_fields(form: Form, *names: str) -> Form:
    """The fields of one talk without the number of its item, which stands in the field `item_id`.

    All talks of a speaker stand on one page, and every field there needs a name of its own.
    """
    item_id = form.value("item_id")
    typed = {name: form.values(f"{name}-{item_id}") for name in names if form.has(f"{name}-{item_id}")}
    files = {name: form.files[f"{name}-{item_id}"] for name in names if f"{name}-{item_id}" in form.files}
    rest = {name: form.values(name) for name in ("item_id", "deck_id") if form.has(name)}
    return Form(form.language, typed | rest, files)


def _give_back(own: Form, form: Form) -> None:
    """Put what is wrong with one talk at its fields on the page."""
    item_id = form.value("item_id")
    for name, sentence in own.errors.items():
        form.errors[name if name in ("form", "item_id", "deck_id") else f"{name}-{item_id}"] = sentence


def _page(visit: Visit, opened: Opened, form: Form | None = None, stale: int | None = None) -> OwnTalksPage:
    meeting = open_meeting(visit, opened.meeting_key)
    items = list_draft_items(visit.session, meeting.id)
    speaker = find_speaker(visit.session, visit.actor, meeting.id, opened.person_id, items)
    if speaker is None:
        raise NotFound
    name_answer = None if speaker.name_allowed is None else "yes" if speaker.name_allowed else "no"
    known: dict[str, object] = {"slides": speaker.slides, "name": name_answer}
    for talk in speaker.talks:
        known |= {
            f"title-{talk.item.id}": talk.item.title,
            f"summary-{talk.item.id}": talk.item.summary,
            f"version-{talk.item.id}": talk.item.version,
            f"language-{talk.item.id}": "da",
        }
    filled = visit.blank(**known)
    if form is not None:
        filled.typed |= {name: values for name, values in form.typed.items() if name != "key"}
        filled.errors = form.errors
    return OwnTalksPage(
        meeting=meeting,
        form=filled,
        speaker=speaker,
        slides={talk.item.id: [_slides(visit, deck) for deck in talk.decks] for talk in speaker.talks},
        base=_base(visit),
        ends_on=opened.ends_on,
        theirs=next((talk for talk in speaker.talks if talk.item.id == stale), None),
        slides_text=current_version("speaker_slides"),
        name_text=current_version("speaker_name"),
        most_megabytes=megabytes(visit),
        too_large=say_refusal(visit, "too_big"),
    )


def _slides(visit: Visit, deck: DeckView) -> Slides:
    newest = deck.newest
    is_refused = newest is not None and newest.state == "refused"
    return Slides(
        deck=deck,
        numbers=tuple(range(1, min(deck.page_count, MOST_THUMBS) + 1)),
        unreadable=find_unreadable_pages(visit.session, deck),
        refusal=say_refusal(visit, newest.refusal or "") if is_refused and newest else "",
        has_notes=has_notes(visit.session, deck),
    )
