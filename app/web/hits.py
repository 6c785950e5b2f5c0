"""What a search hit needs to be shown: its address, its picture, and who stands behind it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.core.clock import COPENHAGEN
from app.core.text import shorten
from app.core.text_danish import find_words, fold_word
from app.domain.commitments.queries import CommitmentLine
from app.domain.contributions.queries import ContributionView
from app.domain.meetings.queries import MeetingCard
from app.domain.search.expansion import typed_words
from app.domain.search.lexemes import lexeme
from app.domain.search.schemas import Found, Segments, Similar
from app.domain.strategies.crosswalk import ThemeLinkView
from app.web.contributions import PATHS

ICONS: Final = {
    "deck_page": "desktop",
    "meeting": "calendar-month",
    "item": "support-agent",
    "minutes": "document",
    "wish": "flag",
    "idea": "science",
    "card": "chat",
    "question": "help",
    "need": "feedback",
    "answer": "reply",
    "commitment": "assignment",
    "theme": "bookmark",
    "strategy": "map",
    "municipality": "location",
    "organisation": "business",
    "project": "construction",
    "own_project": "construction",
    "body": "groups",
    "recommendation": "assignment",
}
# Letters. Less is only worth a line where it holds a word that was searched for.
SHORTEST_SNIPPET: Final = 20


@dataclass(frozen=True, slots=True)
class MeetingRef:
    """The meeting that a hit belongs to."""

    key: str
    number: int | None
    title: str
    title_en: str
    held_on: date
    date_certainty: str


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit on the page.

    `people`: who speaks in it, each with the organisation of that day; for what was sent or answered, who
    said it. `behalf`: on whose behalf. `day`: when it came, or is to be kept by. `facts`: what only this kind
    has. `via`: the links of the crosswalk through which it belongs to the chosen theme, if by links only.
    """

    kind: str
    icon: str
    href: str
    title: Segments
    language: str
    snippet: Segments
    snippet_language: str
    thumb: str | None
    people: tuple[Segments, ...]
    behalf: Segments
    meeting: MeetingRef | None
    day: date | None
    is_example: bool
    facts: Mapping[str, Any]
    via: tuple[ThemeLinkView, ...] = ()


def view_hit(found: Found, sought: Collection[str], via: tuple[ThemeLinkView, ...] = ()) -> HitView:
    """The hit as it is shown; `sought`: the stems to mark in names (`stems_of`)."""
    facts = found.hit.facts
    title = found.title or ((name_untitled(found), False),)
    language = found.language
    # The lesser text of a page of a deck is the slide's own; that of anything else is in English.
    snippet_language = "en" if found.is_background and found.kind != "deck_page" else language
    return HitView(
        kind=found.kind,
        icon=ICONS[found.kind],
        href=address_of(found.kind, found.object_id, facts),
        title=title,
        language=language,
        snippet=choose_snippet(title, found.snippet, snippet_language == language),
        snippet_language=snippet_language,
        thumb=thumbnail_of(facts) if found.kind == "deck_page" else None,
        people=tuple(mark_words(name, sought) for name in name_people(found.kind, facts)),
        behalf=mark_words(facts.get("on_behalf_of") or "", sought),
        meeting=read_meeting(facts.get("meeting")),
        day=read_deadline(facts) or read_day(facts.get("published_at") or facts.get("received_at")),
        is_example=facts.get("is_example", False),
        facts=facts,
        via=via,
    )


@dataclass(frozen=True, slots=True)
class SimilarPage:
    """A page of a deck that is like another, with the words that both have."""

    hit: HitView
    reasons: tuple[str, ...]


def view_similar_pages(found: Iterable[Similar]) -> list[SimilarPage]:
    return [
        SimilarPage(
            _direct(
                one.kind,
                address_of(one.kind, one.object_id, one.hit.facts),
                one.hit.title or one.hit.facts["deck_title"],
                "",
                one.hit.facts,
                read_meeting(one.hit.facts["meeting"]),
                one.hit.facts["is_example"],
                language=one.hit.facts["language"],
                people=tuple(((name, False),) for name in name_people(one.kind, one.hit.facts)),
                thumb=thumbnail_of(one.hit.facts),
            ),
            one.reasons,
        )
        for one in found
    ]


def view_meeting(meeting: MeetingCard) -> HitView:
    """A meeting that was asked for by its number."""
    ref = MeetingRef(
        meeting.key,
        meeting.number,
        meeting.title,
        meeting.title_en,
        meeting.held_on,
        meeting.date_certainty,
    )
    facts = {"is_published": meeting.is_published}
    snippet = " · ".join(meeting.topics)
    return _direct(
        "meeting", f"/moeder/{meeting.key}", meeting.title, snippet, facts, ref, meeting.is_example
    )


def view_contribution(said: ContributionView) -> HitView:
    """A contribution that was asked for by its reference."""
    ref = None
    if said.meeting_key and said.meeting_held_on:
        ref = MeetingRef(
            said.meeting_key,
            said.meeting_number,
            said.meeting_title or "",
            said.meeting_title_en or "",
            said.meeting_held_on,
            "stated",
        )
    facts = {"reference": said.reference, "status": said.status}
    if said.need_state is not None:
        facts["need_state"] = said.need_state
    body = shorten(said.body, 200)
    return _direct(
        said.kind,
        PATHS[said.kind] + said.reference,
        said.title,
        "" if body == said.title else body,
        facts,
        ref,
        said.is_example,
        language=said.language,
        people=(((said.said_by, False),),) if said.said_by else (),
        behalf=((said.on_behalf_of, False),) if said.on_behalf_of else (),
        day=said.received_at.astimezone(COPENHAGEN).date(),
    )


def view_commitment(line: CommitmentLine) -> HitView:
    """A commitment that was asked for by its number."""
    facts = {"reference": line.reference, "status": line.status}
    people = (((line.organisation, False),),)
    return _direct(
        "commitment",
        line.path,
        line.title,
        "",
        facts,
        None,
        line.is_example,
        people=people,
        day=line.deadline,
    )


def _direct(
    kind: str,
    href: str,
    title: str,
    snippet: str,
    facts: Mapping[str, Any],
    meeting: MeetingRef | None,
    is_example: bool,
    language: str = "da",
    people: tuple[Segments, ...] = (),
    behalf: Segments = (),
    day: date | None = None,
    thumb: str | None = None,
) -> HitView:
    return HitView(
        kind=kind,
        icon=ICONS[kind],
        href=href,
        title=((title, False),),
        language=language,
        snippet=((snippet, False),) if snippet else (),
        snippet_language=language,
        thumb=thumb,
        people=people,
        behalf=behalf,
        meeting=meeting,
        day=day,
        is_example=is_example,
        facts=facts,
    )


def address_of(kind: str, object_id: int, facts: Mapping[str, Any]) -> str:
    """Where the thing stands, without language."""
    match kind:
        case "deck_page":
            return f"/oplaeg/{facts['deck_id']}/side/{facts['number']}"
        case "meeting":
            return f"/moeder/{facts['meeting']['key']}"
        case "minutes":
            return f"/moeder/{facts['meeting']['key']}/referat"
        case "item":
            return f"/moeder/{facts['meeting']['key']}/program#punkt-{object_id}"
        case "answer":
            return _address_of_answer(facts)
        case "commitment":
            return f"/forpligtelser/{facts['reference']}"
        case "strategy":
            return f"/temaer/{facts['strategy_key']}"
        case "theme":
            return f"/temaer/{facts['strategy_key']}/{facts['key']}"
        case "municipality":
            return f"/kommuner/{facts['key']}"
        case "organisation":
            return f"/organisationer/{object_id}"
        case "project":
            return f"/projekter/{facts['key']}"
        case "own_project":
            return f"/kommuner/{facts['key']}/projekter/{object_id}"
        case "body":
            return f"/udvalg/{facts['key']}"
        case "recommendation":
            return f"/udvalg/{facts['key']}/indstillinger/{facts['number']}"
        case _:
            return PATHS[kind] + facts["reference"]


def _address_of_answer(facts: Mapping[str, Any]) -> str:
    """An answer stands with what it answers; one that was given to all stands with its meeting."""
    if facts["answers"]:
        return PATHS[facts["answers"][0]["kind"]] + facts["answers"][0]["reference"]
    meeting = facts["meeting"]
    return f"/moeder/{meeting['key']}/opfoelgning" if meeting else "/oensker?svar=ja"


def thumbnail_of(facts: Mapping[str, Any]) -> str:
    return f"/oplaeg/{facts['deck_id']}/side/{facts['number']}/miniature.webp?v={facts['revision_id']}"


def name_untitled(found: Found) -> str:
    """A page of a deck may have no title: then its first words, or the deck's title."""
    words = shorten(_plain(found.snippet), 80)
    return words or found.hit.facts.get("deck_title") or found.hit.title or "–"


def choose_snippet(title: Segments, snippet: Segments, is_own_language: bool) -> Segments:
    """The piece of text, unless it tells nothing that the title does not: a few words, or a translation."""
    plain = _plain(snippet).strip("… ")
    if not _has_mark(snippet) and (len(plain) < SHORTEST_SNIPPET or not is_own_language):
        return ()
    if plain in _plain(title) or (not is_own_language and _has_mark(title)):
        return ()
    return snippet


def _has_mark(segments: Segments) -> bool:
    return any(is_marked for _, is_marked in segments)


def _plain(segments: Segments) -> str:
    return "".join(text for text, _ in segments)


def name_people(kind: str, facts: Mapping[str, Any]) -> list[str]:
    """Those who spoke, each once; else who said it, or who signed it."""
    if "speakers" in facts:
        parts = [part for part in facts["speakers"] if part["role"] != "moderator"] or facts["speakers"]
        names = (", ".join(filter(None, (part["name"], part["organisation"]))) for part in parts)
        return list(dict.fromkeys(filter(None, names)))
    if kind == "answer":
        return [name for name in (facts["said_by"], ", ".join(facts["organisations"])) if name]
    said_by = facts.get("said_by")
    return [said_by] if said_by else []


def read_meeting(told: Mapping[str, Any] | None) -> MeetingRef | None:
    return MeetingRef(**told | {"held_on": date.fromisoformat(told["held_on"])}) if told else None


def read_deadline(facts: Mapping[str, Any]) -> date | None:
    """Of a commitment, the day that it is to be kept by."""
    told = facts.get("deadline")
    return date.fromisoformat(told) if told else None


def read_day(told: str | None) -> date | None:
    return datetime.fromisoformat(told).astimezone(COPENHAGEN).date() if told else None


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The stems of the words searched for, to mark them in names."""
    return frozenset(fold_word(lexeme(word)) for text in texts for word in typed_words(text))


def mark_words(text: str, sought: Collection[str]) -> Segments:
    """The text in pieces, its words whose stem is sought marked."""
    pieces: list[tuple[str, bool]] = []
    done = 0
    for word in find_words(text):
        if fold_word(lexeme(word.text)) in sought:
            pieces += [(text[done : word.start], False), (text[word.start : word.end], True)]
            done = word.end
    return tuple(piece for piece in (*pieces, (text[done:], False)) if piece[0])
