"""The search page: one box over everything, hits by kind, filters with counts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import ClassVar, Final

from fastapi.responses import Response

from app.domain.commitments.models import PREFIX as COMMITMENT
from app.domain.commitments.queries import find_line
from app.domain.contributions.queries import find_contribution
from app.domain.meetings.queries import find_meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import find_organisation_names, get_organisation
from app.domain.search import queries
from app.domain.search.popular import list_fullest_themes
from app.domain.search.schemas import PER_KIND, PER_PAGE, Found, Query, Results
from app.domain.strategies.crosswalk import ThemeLinkView, name_links
from app.domain.strategies.queries import ThemeRef, list_theme_choices
from app.domain.users.queries import find_person_names
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import (
    Menu,
    address,
    address_of_page,
    chosen,
    count_pages,
    make_menu,
    page_number,
    typed,
    whole_number,
)
from app.web.hits import HitView, stems_of, view_commitment, view_contribution, view_hit, view_meeting

router = Router()

# The word in the address for each kind of thing, in the order of the menu.
KINDS: Final = {
    "oplaeg": "deck_page",
    "moeder": "meeting",
    "programpunkter": "item",
    "referater": "minutes",
    "oensker": "wish",
    "ideer": "idea",
    "indspil": "card",
    "spoergsmaal": "question",
    "behov": "need",
    "svar": "answer",
    "forpligtelser": "commitment",
    "temaer": "theme",
    "strategier": "strategy",
    "kommuner": "municipality",
    "organisationer": "organisation",
    "projekter": "project",
    "kommunernes-projekter": "own_project",
    "udvalg": "body",
    "indstillinger": "recommendation",
}
WORDS: Final = {kind: word for word, kind in KINDS.items()}
# What stands together on the page, in the order in which it stands among equals.
GROUPS: Final = {
    "decks": ("deck_page",),
    "meetings": ("item", "meeting", "minutes"),
    "wishes": ("wish",),
    "said": ("card", "question", "need"),
    "ideas": ("idea",),
    "answers": ("answer",),
    "promises": ("commitment",),
    "themes": ("theme", "strategy"),
    "places": ("municipality", "organisation"),
    "projects": ("project", "own_project"),
    "bodies": ("recommendation", "body"),
}
# Written as examples of what can be searched for; all of it was spoken of at real meetings.
EXAMPLES: Final = ("målbilleder", "effekt af velfærdsteknologi", "it-indkøb", "cybersikkerhed")
MOST_THEMES: Final = 40
MOST_PAGES: Final = 500

Ways = Mapping[tuple[str, int], tuple[ThemeLinkView, ...]]

_REFERENCE = re.compile(r"(oe|id|be|in|sp|f)[\s-]*(\d{1,6})", re.IGNORECASE)
_MEETING_WORD = r"(?:møde|moede|dialogforum|meeting|möte)"
_MEETING = re.compile(
    rf"(?:{_MEETING_WORD}\s*(?:nr\.?|nummer)?\s*(\d{{1,3}})|(\d{{1,3}})\.?\s*{_MEETING_WORD})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class More:
    """A way to all hits of one kind."""

    kind: str
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class KindLink:
    """A kind above the hits: how many hits it has, and the way to them. `kind` is empty for all of them."""

    kind: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits that stand together, best first, and the ways to the rest."""

    code: str
    hits: tuple[HitView, ...]
    more: tuple[More, ...]

    @property
    def runs(self) -> list[tuple[int | None, list[HitView]]]:
        """The hits in order, pages of one deck together: (deck id, its pages); (None, others)."""
        runs = groupby(self.hits, lambda hit: hit.facts.get("deck_id"))
        return [(deck_id, list(hits)) for deck_id, hits in runs]


@dataclass(frozen=True, slots=True)
class ThemeOption:
    """A theme in the menu: its word in the address, and how many hits it leads to."""

    theme: ThemeRef
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody may have meant: the words, and the same search with them."""

    typed: str
    meant: str


# A choice of a menu: its word in the address, its name, and how many hits it leads to.
Option = tuple[str, str, int]


@dataclass
class SearchPage(Page):
    """`direct`: what was named exactly. `kind`: the one that is chosen, and paged, or empty."""

    template: ClassVar[str] = "search/show.html"
    query: str
    kind: str
    kind_word: str
    total: int
    groups: list[HitGroup]
    direct: HitView | None
    kinds: list[KindLink]
    years: Menu
    themes: list[ThemeOption]
    theme: ThemeRef | None
    organisation: Organisation | None
    organisations: list[Option]
    speaker: str
    speaker_id: int | None
    speakers: list[Option]
    hrefs_without: Mapping[str, str]
    href_of_words: str
    corrections: list[Correction]
    meant: str
    meant_href: str
    is_loose: bool
    page: int
    pages: int
    pager_href: str


@dataclass
class SearchStartPage(Page):
    template: ClassVar[str] = "search/start.html"
    query: str
    examples: Sequence[str]
    themes: list[tuple[ThemeRef, int]]


@dataclass
class SuggestionsBlock(Page):
    template: ClassVar[str] = "search/suggestions_block.html"
    suggestions: list[str]


@router.get("/soeg", dependencies=[anyone])
def show_search(visit: AVisit) -> Response:
    text = typed(visit, "q")
    if not text:
        themes = list_fullest_themes(visit.session, visit.actor)
        return visit.page(SearchStartPage(query="", examples=EXAMPLES, themes=themes))
    kind = chosen(visit, "slags", KINDS)
    year = read_year(visit)
    organisation = find_chosen_organisation(visit)
    speaker_id = whole_number(typed(visit, "oplaegsholder"))
    themes = list_themes_by_word(visit) if "tema" in visit.request.query_params else {}
    theme = chosen(visit, "tema", themes)
    page = page_number(visit, MOST_PAGES) if kind else 1
    query = Query(
        text,
        kinds=(kind,) if kind else (),
        year=year,
        theme_id=theme.id if theme else None,
        organisation_id=organisation.id if organisation else None,
        person_id=speaker_id,
        page=page,
    )
    results = queries.search(visit.session, visit.actor, query)
    pages = count_pages(results.total, PER_PAGE) if kind else 1
    if page > pages:
        page = pages
        results = queries.search(visit.session, visit.actor, replace(query, page=page))
    if results.themes and not themes:
        themes = list_themes_by_word(visit)
    in_address = {
        "q": text,
        "slags": WORDS[kind] if kind else None,
        "aar": year,
        "tema": word_of(theme) if theme else None,
        "organisation": organisation.id if organisation else None,
        "oplaegsholder": speaker_id,
    }
    here = prefixed(visit.language, "/soeg")
    direct = find_direct(visit, text) if page == 1 else None
    # Only of pages that the visitor may see: else a name could be asked for by its number.
    people = find_person_names(visit.session, results.people)
    meant = replace_words(text, results.corrections)
    return visit.page(
        SearchPage(
            query=text,
            kind=kind or "",
            kind_word=WORDS[kind] if kind else "",
            total=results.total,
            groups=make_groups(results, text, in_address, here, direct, name_ways(visit, results)),
            direct=direct,
            kinds=list_kinds(results, kind, in_address, here),
            years=make_menu("aar", list_years(results, year), year, results.years),
            themes=list_theme_options(themes, theme, results),
            theme=theme,
            organisation=organisation,
            organisations=name_options(
                find_organisation_names(visit.session, results.organisations), results.organisations
            ),
            speaker=people.get(speaker_id or 0, ""),
            speaker_id=speaker_id,
            speakers=name_options(people, results.people),
            hrefs_without={name: address(here, **in_address | {name: None}) for name in in_address},
            href_of_words=address(here, q=text),
            corrections=[Correction(was, meant) for was, meant in results.corrections],
            meant=meant,
            meant_href=address(here, q=meant),
            is_loose=results.is_loose,
            page=page,
            pages=pages,
            pager_href=address_of_page(here, **in_address),
        )
    )


@router.get("/soeg/forslag", dependencies=[anyone])
def show_suggestions(visit: AVisit) -> Response:
    """How what is being typed may go on, as a block below the box; to others than its script, the search."""
    text = typed(visit, "q")
    if "hx-request" not in visit.request.headers:
        return visit.go(address("/soeg", q=text))
    suggestions = queries.suggest(visit.session, visit.actor, text)
    each_once: dict[str, str] = {}
    for words in suggestions:
        # A title of one word may be among the words already, in small letters.
        each_once.setdefault(words.lower(), words)
    response = visit.page(SuggestionsBlock(list(each_once.values())))
    response.headers["Cache-Control"] = "no-store"
    return response


# --- what was asked for


def read_year(visit: Visit) -> int | None:
    word = typed(visit, "aar")
    return whole_number(word) if len(word) == 4 else None


def find_chosen_organisation(visit: Visit) -> Organisation | None:
    organisation_id = whole_number(typed(visit, "organisation"))
    return get_organisation(visit.session, organisation_id) if organisation_id else None


def list_themes_by_word(visit: Visit) -> dict[str, ThemeRef]:
    """All themes by their word in the address, in the order of menus."""
    choices = list_theme_choices(visit.session)
    return {word_of(theme): theme for strategy in choices for theme in strategy.themes}


def word_of(theme: ThemeRef) -> str:
    return f"{theme.strategy_key}/{theme.key}"


def find_direct(visit: Visit, text: str) -> HitView | None:
    """What is named exactly, by its reference or by the number of a meeting; one statement if it may be."""
    if match := _REFERENCE.fullmatch(text):
        reference = f"{match[1].upper()}-{int(match[2]):04}"
        if match[1].upper() == COMMITMENT:
            promised = find_line(visit.session, visit.actor, reference)
            return view_commitment(promised) if promised else None
        said = find_contribution(visit.session, visit.actor, reference)
        return view_contribution(said) if said else None
    if match := _MEETING.fullmatch(text):
        meeting = find_meeting(visit.session, visit.actor, str(int(match[1] or match[2])))
        return view_meeting(meeting) if meeting else None
    return None


# --- what is shown


def name_ways(visit: Visit, results: Results) -> Ways:
    """Through which links of the crosswalk the hits belong to the chosen theme; two statements if any do."""
    every = {(hit.kind, hit.object_id): hit.via for group in results.groups for hit in group.found}
    return name_links(visit.session, every)


def make_groups(
    results: Results,
    text: str,
    in_address: Mapping[str, object],
    here: str,
    direct: HitView | None,
    ways: Ways,
) -> list[HitGroup]:
    """The hits in groups: those with the best hit first, in their own order among equals."""
    sought = stems_of([text, *(meant for _, meant in results.corrections)])
    by_kind = {group.kind: group for group in results.groups}
    is_one_kind = in_address["slags"] is not None
    made: list[tuple[int, HitGroup]] = []
    for code, kinds in GROUPS.items():
        found = best_first(hit for kind in kinds if kind in by_kind for hit in by_kind[kind].found)
        shown = found if is_one_kind else found[:PER_KIND]
        hits = [view_hit(hit, sought, ways.get((hit.kind, hit.object_id), ())) for hit in shown]
        left = tuple(hit for hit in hits if direct is None or hit.href != direct.href)
        if not left:
            continue
        more = () if is_one_kind else list_more(kinds, shown, results, in_address, here)
        if code == "decks":
            left = stand_together(left)
        made.append((-int(found[0].score), HitGroup(code, left, more)))
    return [group for _, group in sorted(made, key=lambda one: one[0])]


def best_first(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda hit: -hit.score)


def list_more(
    kinds: Sequence[str],
    shown: Sequence[Found],
    results: Results,
    in_address: Mapping[str, object],
    here: str,
) -> tuple[More, ...]:
    """The ways to those kinds of which not all hits are shown."""
    counts = {kind: sum(hit.kind == kind for hit in shown) for kind in kinds}
    return tuple(
        More(kind, results.kinds[kind], address(here, **{**in_address, "slags": WORDS[kind]}))
        for kind in kinds
        if results.kinds.get(kind, 0) > counts[kind]
    )


def list_kinds(
    results: Results, kind: str | None, in_address: Mapping[str, object], here: str
) -> list[KindLink]:
    """All of it, and each kind that has hits or is chosen."""
    everything = KindLink(
        "", sum(results.kinds.values()), address(here, **{**in_address, "slags": None}), not kind
    )
    return [
        everything,
        *(
            KindLink(
                code, results.kinds.get(code, 0), address(here, **{**in_address, "slags": word}), code == kind
            )
            for word, code in KINDS.items()
            if results.kinds.get(code) or code == kind
        ),
    ]


def list_years(results: Results, year: int | None) -> dict[str, int]:
    """The years of the menu, the latest first; the chosen one also where it leads to nothing."""
    years = {*results.years, *([year] if year else [])}
    return {str(known): known for known in sorted(years, reverse=True)}


def list_theme_options(
    themes: Mapping[str, ThemeRef], theme: ThemeRef | None, results: Results
) -> list[ThemeOption]:
    """The themes that lead to most, in the order of their strategies."""
    most = sorted(results.themes, key=lambda theme_id: -results.themes[theme_id])[:MOST_THEMES]
    wanted = {*most, *([theme.id] if theme else [])}
    return [
        ThemeOption(known, word, results.themes.get(known.id, 0))
        for word, known in themes.items()
        if known.id in wanted
    ]


def name_options(names: Mapping[int, str], counts: Mapping[int, int]) -> list[Option]:
    """A menu in the order of the names."""
    known = sorted((name, number) for number, name in names.items() if number in counts)
    return [(str(number), name, counts[number]) for name, number in known]


def stand_together(hits: Iterable[HitView]) -> tuple[HitView, ...]:
    """Pages of one deck one after the other, decks in the order of their best page."""
    by_deck: dict[object, list[HitView]] = {}
    for number, hit in enumerate(hits):
        by_deck.setdefault(hit.facts.get("deck_id", f"-{number}"), []).append(hit)
    return tuple(hit for pages in by_deck.values() for hit in pages)


def replace_words(text: str, corrections: Iterable[tuple[str, str]]) -> str:
    """The text with what was meant in place of what was typed."""
    meant = dict(corrections)
    if not meant:
        return text
    asked = "|".join(map(re.escape, meant))
    found = re.compile(rf"(?<!\w)(?:{asked})(?!\w)", re.IGNORECASE)
    return found.sub(lambda match: meant.get(match[0].lower(), match[0]), text)
