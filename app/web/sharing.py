"""What a link to us looks like elsewhere: the picture and words of a thing, told to everybody alike.

All of it is read as by a stranger, whoever asks: what a stranger may not see is not there.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.chosen import chosen
from app.core.documents.share_picture import HEIGHT, WIDTH, SharePicture, draw_share_picture, find_drawn
from app.core.i18n import pgettext
from app.core.policy import STRANGER, NotFound
from app.core.text import shorten
from app.domain.commitments.queries import find_commitment
from app.domain.contributions.queries import find_contribution
from app.domain.meetings.queries import find_meeting
from app.domain.presentations.queries import find_deck, find_page
from app.domain.site.queries import find_logo
from app.http.doors import Router
from app.http.gates import split_language
from app.http.limits import Limit, count_at_the_door
from app.http.pages import prefixed
from app.http.sentences import add_sentences, sentence
from app.http.visit import AVisit, Visit, anyone
from app.identity.codes import name_client
from app.web.contributions import path_of
from app.web.entering import client_of
from app.web.labels import label

router = Router()

LONGEST_TEXT: Final = 200
LONGEST_ADDRESS: Final = 2000
EMBEDS: Final = "/indlejr"
PICTURES: Final = "/delebillede"
# How wide and high a thing stands in somebody else's page, in pixels; less where they have less room.
EMBED_WIDTH, EMBED_HEIGHT = 600, 260
# What is drawn already costs nothing; a picture takes as long as a page.
DRAWN_AN_HOUR: Final = 300
AN_HOUR: Final = timedelta(hours=1)
KEPT_ELSEWHERE: Final = 300  # seconds for which others may show what we said before they ask again
OPEN_TO_ALL: Final = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}


def _(text: str) -> str:
    """Marks words for translation; they are translated when they are shown."""
    return text


# The first word of an address, and what is found under it.
SECTIONS: Final = {
    "moeder": _("Møder"),
    "moederaekker": _("Møder"),
    "oensker": _("Ønsker"),
    "ideer": _("Idéer til signaturprojekter"),
    "behov": _("Kommunernes behov"),
    "indspil": _("Indspil fra møderne"),
    "forpligtelser": _("Forpligtelser"),
    "svar": pgettext("flere", "Svar"),
    "temaer": _("Temaer og strategier"),
    "kommuner": _("Kommuner"),
    "organisationer": _("Organisationer"),
    "projekter": _("Signaturprojekter"),
    "oplaeg": _("Oplæg fra møderne"),
    "opfoelgning": _("Det lovede vi – det gjorde vi"),
    "opsummeringer": _("Møder og temaer i korte træk"),
    "netvaerk": _("Netværk af kommuner"),
    "udvalg": pgettext("flere", "Udvalg"),
    "udbud": _("Udbud"),
    "ligebehandling": _("Ligebehandling"),
    "trykproever": _("Trykprøver"),
    "modenhed": _("Digital modenhed"),
    "evaluering": _("Sådan blev møderne bedømt"),
    "data": _("Åbne data"),
    "soeg": _("Søg"),
}
FRONT: Final = "forside"

add_sentences(
    {
        "share_front": _("Dialog mellem kommunerne og it-markedet"),
        "share_meeting": _("Møde"),
        "share_numbered_meeting": _("{number}. møde"),
        "share_wish": _("Ønske {reference}"),
        "share_idea": _("Idé {reference}"),
        "share_need": _("Behov {reference}"),
        "share_card": _("Indspil {reference}"),
        "share_question": _("Spørgsmål {reference}"),
        "share_commitment": _("Løfte {reference}"),
        "share_deck": _("Oplæg"),
        "share_slide": _("Side {number} af et oplæg"),
        "share_untitled_deck": _("Oplæg uden gengivet titel"),
        "share_untitled_slide": _("Side {number}"),
        "share_kept_by": _("{organisation} til {day}"),
        "share_example": _("Eksempel"),
    }
)


# --- addresses


@dataclass(frozen=True, slots=True)
class Share:
    """What the head of a page says of its address. `path`: the one address of what stands there, whatever a
    link was decorated with; `picture`: the path of its picture, whose words are those of the page where
    `section` is empty; `thing`: the path of the thing that the page is about, or None."""

    path: str
    picture: str
    section: str
    thing: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A thing by its address: how it is read, and with what."""

    path: str
    find: Callable[[Session, str], "Preview | None"]


_TAIL: Final = r"(/.*)?"
_MEETING: Final = re.compile(r"/moeder/([\w-]{1,100})" + _TAIL, re.ASCII)
_SAID: Final = re.compile(r"/(oensker|ideer|behov|indspil)/([A-Z]{2}-\d{1,9})" + _TAIL, re.ASCII)
_COMMITMENT: Final = re.compile(r"/forpligtelser/(F-\d{1,9})" + _TAIL, re.ASCII)
_SLIDE: Final = re.compile(r"/oplaeg/(\d{1,18})/side/(\d{1,6})" + _TAIL, re.ASCII)
_DECK: Final = re.compile(r"/oplaeg/(\d{1,18})" + _TAIL, re.ASCII)
# Parts of an address that lead to the same page: where the reader came from, and what was just done.
_DECORATIONS: Final = re.compile(r"utm_.*|fbclid|gclid|msclkid|kvittering|vis")


def find_place(path: str) -> Place | None:
    """The thing that a path is about, or that stands above it. Whether there is one, nobody asks here."""
    if found := _SAID.fullmatch(path):
        return Place(f"/{found[1]}/{found[2]}", partial(_find_said, reference=found[2]))
    if found := _COMMITMENT.fullmatch(path):
        return Place(f"/forpligtelser/{found[1]}", partial(_find_commitment, reference=found[1]))
    if found := _SLIDE.fullmatch(path):
        deck, number = int(found[1]), int(found[2])
        return Place(f"/oplaeg/{deck}/side/{number}", partial(_find_slide, deck_id=deck, number=number))
    if found := _DECK.fullmatch(path):
        return Place(f"/oplaeg/{int(found[1])}", partial(_find_deck, deck_id=int(found[1])))
    if found := _MEETING.fullmatch(path):
        return Place(f"/moeder/{found[1]}", partial(_find_meeting, key=found[1]))
    return None


def share_of(language: str, address: str) -> Share:
    """For the head of a page at this address, which is without language; asks no database."""
    path, _mark, query = address.partition("?")
    # One slash in front, or "//host" as a path would lead to another site.
    path = "/" + path.lstrip("/")
    place = find_place(path)
    is_thing = place is not None and place.path == path
    kept = () if is_thing else parse_qsl(query)
    asked = [(name, value) for name, value in kept if value and not _DECORATIONS.fullmatch(name)]
    asked = [pair for pair in asked if pair != ("side", "1")]
    own = quote(path) + (f"?{urlencode(asked)}" if asked else "")
    if place is not None:
        return Share(own, f"{PICTURES}{place.path}.png", "", place.path if is_thing else None)
    section = path.split("/")[1]
    section = section if section in SECTIONS else FRONT
    return Share(own, f"{PICTURES}/{section}.png", _name_section(language, section), None)


def _name_section(language: str, section: str) -> str:
    words = SECTIONS.get(section)
    return i18n.catalogue(language).gettext(words) if words else sentence(language, "share_front")


# --- a thing in short


@dataclass(frozen=True, slots=True)
class Preview:
    """A thing as it is told elsewhere. `kind`: what it is, in words; `language`: of its title, as
    `text_language` of its text, which may be translated where the title is not, and the other way round;
    `status`: group and code of `app.web.labels`; `facts`: a line each."""

    path: str
    kind: str
    title: str
    text: str
    language: str
    text_language: str
    facts: tuple[str, ...]
    status: tuple[str, str] | None
    is_example: bool


def find_preview(session: Session, language: str, path: str) -> Preview | None:
    """The thing at a path without language, or above it; None for what a stranger may not see."""
    place = find_place(path)
    return place.find(session, language) if place else None


def _find_said(session: Session, language: str, reference: str) -> Preview | None:
    said = find_contribution(session, STRANGER, reference)
    if said is None or said.is_hidden:
        return None
    facts = []
    if said.meeting_held_on is not None:
        number = said.meeting_number
        name = (language == "en" and said.meeting_title_en) or said.meeting_title or ""
        meeting = sentence(language, "share_numbered_meeting", number=number) if number else name
        facts.append(f"{meeting}, {i18n.format_date(said.meeting_held_on, language)}")
    is_english = language == "en" and bool(said.body_en)
    return Preview(
        path=path_of(said),
        kind=sentence(language, f"share_{said.kind}", reference=said.reference),
        title=said.title,
        text=shorten(said.body_en if is_english else said.body, LONGEST_TEXT),
        language=said.language,
        text_language="en" if is_english else said.language,
        facts=tuple(facts),
        status=("need_state", said.need_state) if said.need_state else ("contribution_status", said.status),
        is_example=said.is_example,
    )


def _find_commitment(session: Session, language: str, reference: str) -> Preview | None:
    found = find_commitment(session, STRANGER, reference)
    if found is None:
        return None
    line = found.line
    is_english = language == "en" and bool(line.title_en)
    is_english_text = is_english and bool(found.text_en)
    day = i18n.format_date(line.deadline, language)
    return Preview(
        path=line.path,
        kind=sentence(language, "share_commitment", reference=line.reference),
        title=line.title_en if is_english else line.title,
        text=shorten(found.text_en if is_english_text else found.text, LONGEST_TEXT),
        language="en" if is_english else i18n.DEFAULT,
        text_language="en" if is_english_text else i18n.DEFAULT,
        facts=(sentence(language, "share_kept_by", organisation=line.organisation, day=day),),
        status=("commitment_status", line.status),
        is_example=line.is_example,
    )


def _find_meeting(session: Session, language: str, key: str) -> Preview | None:
    meeting = find_meeting(session, STRANGER, key)
    if meeting is None:
        return None
    is_english = language == "en" and bool(meeting.title_en)
    danish = meeting.introduction or ", ".join(meeting.topics)
    english = meeting.introduction_en or ("" if meeting.introduction else ", ".join(meeting.topics_en))
    is_english_text = is_english and bool(english)
    code = "share_numbered_meeting" if meeting.number else "share_meeting"
    has_clock = meeting.starts_at is not None and meeting.date_certainty == "stated"
    if has_clock and meeting.starts_at is not None:
        day = i18n.format_datetime(meeting.starts_at, language)
    else:
        style = "MMMM y" if meeting.date_certainty == "month" else "long"
        day = i18n.format_date(meeting.held_on, language, style)
    way = label(language, "format", meeting.format)
    return Preview(
        path=f"/moeder/{meeting.key}",
        kind=sentence(language, code, number=meeting.number),
        title=(is_english and meeting.title_en) or meeting.title,
        text=shorten(english if is_english_text else danish, LONGEST_TEXT),
        language="en" if is_english else i18n.DEFAULT,
        text_language="en" if is_english_text else i18n.DEFAULT,
        facts=(day, " · ".join(filter(None, (way, meeting.venue)))),
        status=("meeting_status", meeting.shown_status),
        is_example=meeting.is_example,
    )


def _find_deck(session: Session, language: str, deck_id: int) -> Preview | None:
    return _find_slides(session, language, deck_id, None)


def _find_slide(session: Session, language: str, deck_id: int, number: int) -> Preview | None:
    return _find_slides(session, language, deck_id, number)


def _find_slides(session: Session, language: str, deck_id: int, number: int | None) -> Preview | None:
    """A deck, or one of its pages."""
    deck = find_deck(session, STRANGER, deck_id)
    if deck is None:
        return None
    page = find_page(session, STRANGER, deck, number) if number is not None else None
    if number is not None and page is None:
        return None
    meeting = (language == "en" and deck.meeting.title_en) or deck.meeting.title
    held = f"{meeting}, {i18n.format_date(deck.meeting.held_on, language)}"
    title, text, path, kind = deck.title, deck.note, f"/oplaeg/{deck.id}", sentence(language, "share_deck")
    untitled = sentence(language, "share_untitled_deck")
    if page is not None:
        path = f"{path}/side/{page.number}"
        kind = sentence(language, "share_slide", number=page.number)
        untitled = sentence(language, "share_untitled_slide", number=page.number)
        title = page.title or shorten(page.text, 80)
        # Its heading stands above already.
        text = " ".join(page.text.split()).removeprefix(" ".join(page.title.split()))
    return Preview(
        path=path,
        kind=kind,
        title=title or untitled,
        text=shorten(text, LONGEST_TEXT),
        language=deck.language if title else language,
        text_language=deck.language,
        facts=tuple(filter(None, (deck.title if page is not None else "", held))),
        status=None,
        is_example=deck.is_example,
    )


# --- pictures


@router.get(PICTURES + "/{section}.png", dependencies=[anyone])
def show_section_picture(visit: AVisit, section: str) -> Response:
    if section not in SECTIONS and section != FRONT:
        raise NotFound
    site = visit.kit.site
    title = _name_section(visit.language, section)
    foot = _without_scheme(visit, "" if section == FRONT else f"/{section}")
    return _send_picture(visit, SharePicture(site.site_name, "", title, (), foot, _read_logo(visit)))


@router.get(PICTURES + "/{section}/{key}.png", dependencies=[anyone])
def show_thing_picture(visit: AVisit, section: str, key: str) -> Response:
    return _send_picture_of(visit, f"/{section}/{key}")


@router.get(PICTURES + "/oplaeg/{deck_id:int}/side/{number:int}.png", dependencies=[anyone])
def show_slide_picture(visit: AVisit, deck_id: int, number: int) -> Response:
    return _send_picture_of(visit, f"/oplaeg/{deck_id}/side/{number}")


def _send_picture_of(visit: Visit, path: str) -> Response:
    preview = find_preview(visit.session, visit.language, path)
    if preview is None or preview.path != path:
        raise NotFound
    example = (sentence(visit.language, "share_example"),) if preview.is_example else ()
    words = SharePicture(
        site=visit.kit.site.site_name,
        above=" · ".join((preview.kind, *example)),
        title=preview.title,
        below=tuple(filter(None, (*preview.facts, name_status(visit.language, preview))))[:2],
        foot=_without_scheme(visit, preview.path),
        logo=_read_logo(visit),
    )
    return _send_picture(visit, words)


def name_status(language: str, preview: Preview) -> str:
    return label(language, *preview.status) if preview.status else ""


def _without_scheme(visit: Visit, path: str) -> str:
    base = visit.kit.site.base_url.partition("://")[2]
    return base + prefixed(visit.language, path)


def _read_logo(visit: Visit) -> bytes | None:
    own = chosen().logo
    logo = find_logo(visit.session, own.id) if own else None
    return logo.large if logo else None


def _send_picture(visit: Visit, words: SharePicture) -> Response:
    picture = find_drawn(words)
    if picture is None:
        client = visit.actor.user_id or name_client(client_of(visit))
        drawn = Limit(f"share pictures:{client}", DRAWN_AN_HOUR, AN_HOUR)
        count_at_the_door(visit.session, drawn, of_making=True)
        picture = draw_share_picture(words)
    return Response(picture, media_type="image/png", headers=OPEN_TO_ALL)


# --- oEmbed


@router.get("/oembed", dependencies=[anyone])
def tell_how_to_embed(visit: AVisit) -> Response:
    """What others ask when somebody pastes an address of ours (oembed.com). The language is that of the
    address. What is hidden is not there, word for word as what never was."""
    asked = visit.request.query_params
    if asked.get("format", "json") != "json":
        return _say("Only JSON is made here.", 501)
    language, path = read_own_address(visit, asked.get("url", ""))
    preview = find_preview(visit.session, language, path) if path else None
    if preview is None:
        return _say("Nothing of ours that everybody may read has this address.", 404)
    base = visit.kit.site.base_url
    width = _within(asked.get("maxwidth"), 1, EMBED_WIDTH)
    height = _within(asked.get("maxheight"), 1, EMBED_HEIGHT)
    source = base + prefixed(language, EMBEDS + preview.path)
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": f"{preview.kind}: {preview.title}",
        "provider_name": visit.kit.site.site_name,
        "provider_url": base + "/",
        "cache_age": KEPT_ELSEWHERE,
        "width": width,
        "height": height,
        "html": write_frame(source, f"{preview.kind}: {preview.title}", height, str(width)),
    }
    if _is_room_for_picture(asked.get("maxwidth"), asked.get("maxheight")):
        picture = base + prefixed(language, f"{PICTURES}{preview.path}.png")
        answer |= {"thumbnail_url": picture, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return JSONResponse(answer, headers={**OPEN_TO_ALL, "Access-Control-Allow-Origin": "*"})


def _say(problem: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return JSONResponse({"error": problem}, status, headers=headers)


def read_own_address(visit: Visit, address: str) -> tuple[str, str]:
    """Language and path of an address of ours, whole or as a path; an empty path for all others."""
    if address.startswith("/") and not address.startswith("//"):
        return split_language(address.partition("?")[0].partition("#")[0])
    try:
        parts, base = urlsplit(address[:LONGEST_ADDRESS]), urlsplit(visit.kit.site.base_url)
        is_ours = parts.scheme in ("http", "https") and parts.netloc.lower() == base.netloc.lower()
    except ValueError:
        return i18n.DEFAULT, ""
    return split_language(parts.path) if is_ours else (i18n.DEFAULT, "")


def _within(asked: str | None, least: int, most: int) -> int:
    """What was asked for, where it is a number that is less than what we take."""
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 7 else most
    return max(least, min(number, most))


def _is_room_for_picture(*most: str | None) -> bool:
    sizes: Iterable[tuple[str | None, int]] = zip(most, (WIDTH, HEIGHT), strict=True)
    return all(_within(asked, 0, size) == size for asked, size in sizes)


def write_frame(source: str, title: str, height: int, width: str = "100%") -> str:
    """The markup that somebody sets into a page: a frame of ours, and nothing that runs."""
    return (
        f'<iframe src="{_quoted(source)}" title="{_quoted(title)}" width="{width}" height="{height}" '
        'loading="lazy" style="border:0;max-width:100%"></iframe>'
    )


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
