"""What the pages of wishes, ideas, cards and of one's own share: addresses, filters, themes to choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.core import i18n
from app.core.asking import Asking, read
from app.core.clock import today
from app.core.policy import Actor, Refused
from app.domain.contributions.answer_clock import find_answer_by
from app.domain.contributions.policy import is_own, may_mark_interest, may_withdraw
from app.domain.contributions.queries import (
    Choice,
    ContributionView,
    Filters,
    Found,
    InterestView,
    find_contributions,
)
from app.domain.moderation.policy import may_say_it_is_wrong
from app.domain.search.queries import similar_said
from app.domain.strategies.crosswalk import ThemeLinkView, ThemeMeaning, put_names
from app.domain.strategies.queries import ThemeRef, theme_choices
from app.domain.strategies.suggestions import suggest_themes
from app.http.forms import Form
from app.http.pages import prefixed
from app.http.sentences import add_sentences
from app.http.visit import Visit
from app.web import filters
from app.web.labels import LABELS, label

PATHS = {
    "wish": "/oensker/",
    "idea": "/ideer/",
    "need": "/behov/",
    "card": "/indspil/",
    "question": "/indspil/",
}


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


add_sentences(
    {
        "unknown_theme": _("Et af temaerne findes ikke længere. Vælg igen."),
        "unknown_group": _("Gruppen hører ikke til mødet. Vælg en anden."),
        "unknown_item": _("Programpunktet hører ikke til mødet. Vælg et andet."),
        "unknown_person": _("Personen findes ikke. Vælg en anden."),
        "unknown_organisation": _("Organisationen findes ikke. Vælg en anden."),
        "reason_missing": _("Skriv, hvorfor det skal være fortroligt."),
        "no_interest_here": _("Der kan kun vises interesse for ønsker, idéer og behov, der er udgivet."),
        "not_withdrawn": _("Det er ikke trukket tilbage."),
        "notice_said_withdrawn": _("Det er trukket tilbage. Kun I selv og sekretariatet kan se det nu."),
        "notice_said_restored": _("Tilbagetrækningen er fortrudt."),
        "notice_draft_saved": _("Udkastet er gemt. Kun jeres egen organisation og sekretariatet kan se det."),
        "notice_interest_marked": _("Tak. Kommunens interesse er noteret."),
        "notice_interest_removed": _("Kommunens interesse er fjernet."),
        "notice_card_added": _("Skrevet ned."),
        "notice_cards_added": _("Indspillene er skrevet ned."),
        "notice_card_saved": _("Rettelsen er gemt."),
        "notice_tagged": _("Mærkerne er gemt."),
        "notice_untagged": _("Den seneste mærkning er fortrudt."),
        "notice_cards_published": _("Indspillene er udgivet."),
        "filter_late": _("Svarfristen er overskredet"),
        "filter_answered": _("Der er svaret"),
        "notice_membership_used": _("Du repræsenterer nu den valgte organisation."),
    }
)


def path_of(contribution: ContributionView) -> str:
    """The address of a contribution's own page, without language."""
    return PATHS[contribution.kind] + contribution.reference


# --- lists with filters


@dataclass(frozen=True, slots=True)
class Group:
    """One menu of a filter bar: options are (value, words, count), and `unlisted` how many more there are."""

    name: str
    label: str
    chosen: str
    options: list[tuple[str, str, int]]
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Chip:
    """One aspect above a list, to be chosen or let go."""

    words: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterBar:
    """The menus over a list, the filters in use with addresses without them, and the pager's address.

    `ways`: by the id of a contribution, the links of the crosswalk through which it stands under the chosen
    theme, where it does so by links only. `keep`: what the address carries along, without a menu.
    """

    groups: list[Group]
    active: list[tuple[str, str]]
    chips: list[Chip]
    query: str
    pager: str
    ways: Mapping[int, tuple[ThemeLinkView, ...]] = field(default_factory=dict)
    keep: Sequence[tuple[str, str]] = ()


Ways = Mapping[int, tuple[ThemeLinkView, ...]]
_NOTHING: Mapping[str, str] = {}

# Facet: its name in the address, and the words over its menu.
FACETS = {
    "theme": ("tema", _("Tema")),
    "aspect": ("aspekt", _("Aspekt")),
    "meeting": ("moede", _("Møde")),
    "year": ("aar", _("År")),
    "status": ("status", _("Status")),
    "organisation": ("organisation", _("Organisation")),
}


# And of a list of all kinds.
ALL_FACETS = {"kind": ("slags", _("Slags"))} | FACETS


def read_filters(visit: Visit) -> Filters:
    """What the address asks for; what cannot be is passed over."""
    year, organisation = filters.typed(visit, "aar"), filters.typed(visit, "organisation")
    aspect, status = filters.typed(visit, "aspekt"), filters.typed(visit, "status")
    return Filters(
        theme=filters.typed(visit, "tema") or None,
        aspect=aspect if aspect in LABELS["aspect"] else None,
        meeting=filters.typed(visit, "moede") or None,
        year=filters.whole_number(year, digits=4),
        status=status if status in LABELS["contribution_status"] else None,
        organisation_id=filters.whole_number(organisation),
        q=filters.typed(visit, "q"),
        late=filters.typed(visit, "frist") == "overskredet",
        answered=filters.typed(visit, "svar") == "ja",
    )


def name_ways(
    rows: Iterable[ContributionView], meaning: ThemeMeaning, links: Mapping[int, ThemeLinkView]
) -> Ways:
    """Through which links the rows have this meaning, of those that have it by links only. `links`: all
    through which anything has it, with their words."""
    return put_names({one.id: meaning.via(theme.id for theme in one.themes) for one in rows}, links)


def make_filter_bar(
    visit: Visit,
    path: str,
    asked: Filters,
    found: Found,
    *,
    facets: Iterable[str] = FACETS,
    keep: Mapping[str, str] = _NOTHING,
) -> FilterBar:
    """The filter bar of a list at `path`, with these menus. `keep`: what else stands in the address."""
    language = visit.language
    base = prefixed(language, path)
    chosen: dict[str, object] = {
        "tema": asked.theme,
        "aspekt": asked.aspect,
        "moede": asked.meeting,
        "aar": asked.year,
        "status": asked.status,
        "organisation": asked.organisation_id,
        "q": asked.q,
        **_flags(asked),
        "slags": asked.kind,
    }
    if "theme" not in facets:
        # The list stands under its theme already, by its address.
        chosen["tema"] = None
    chosen |= keep
    groups = [_group(language, facet, chosen, found.choices.get(facet, ())) for facet in facets]
    active = [
        (_words_of(group), filters.address(base, **chosen | {group.name: None}))
        for group in groups
        if group.chosen
    ]
    if asked.q:
        active.append((f"»{asked.q}«", filters.address(base, **chosen | {"q": None})))
    for name in _flags(asked):
        active.append((visit.say(_FLAGS[name]), filters.address(base, **chosen | {name: None})))
    chips = [
        Chip(
            words,
            count,
            filters.address(base, **chosen | {"aspekt": None if value == asked.aspect else value}),
            value == asked.aspect,
        )
        for value, words, count in next(group for group in groups if group.name == "aspekt").options
    ]
    ways = name_ways(found.listing.rows, found.meaning, found.links)
    pager = filters.address_of_page(base, **chosen)
    return FilterBar(groups, active, chips, asked.q, pager, ways, (*_flags(asked).items(), *keep.items()))


# Filters without a menu: what they are called where they are let go.
_FLAGS = {"frist": "filter_late", "svar": "filter_answered"}


def _flags(asked: Filters) -> dict[str, str]:
    """Those in use, as they stand in the address."""
    return ({"frist": "overskredet"} if asked.late else {}) | ({"svar": "ja"} if asked.answered else {})


_LABELLED = {"kind": "contribution_kind", "aspect": "aspect", "status": "contribution_status"}


def _group(language: str, facet: str, chosen: Mapping[str, object], choices: Iterable[Choice]) -> Group:
    name, words = ALL_FACETS[facet]
    options = [(choice.value, _choice_words(language, facet, choice), choice.count) for choice in choices]
    if facet in _LABELLED:
        known = list(LABELS[_LABELLED[facet]])
        options.sort(key=lambda option: known.index(option[0]))
    value = str(chosen[name] or "")
    if value and value not in {option[0] for option in options}:
        # Chosen, yet nothing is left of it: it must be seen to be let go.
        options.insert(0, (value, _choice_words(language, facet, Choice(value, value, value, 0)), 0))
    return Group(name, i18n.catalogue(language).gettext(words), value, options)


def _choice_words(language: str, facet: str, choice: Choice) -> str:
    if facet in _LABELLED:
        return label(language, _LABELLED[facet], choice.value)
    return choice.label_en if language == "en" else choice.label


def _words_of(group: Group) -> str:
    return next(words for value, words, _count in group.options if value == group.chosen)


# --- themes to choose from


@dataclass(frozen=True, slots=True)
class ThemeMenu:
    """The themes of one strategy; `is_current` while its period runs."""

    title: str
    title_en: str | None
    is_current: bool
    themes: tuple[ThemeRef, ...]


def list_theme_menus(visit: Visit) -> list[ThemeMenu]:
    """All strategies that have themes that can be meant, those running now first."""
    return read(visit.session, theme_menus())


def theme_menus() -> Asking[list[ThemeMenu]]:
    """The same, to be asked beside others."""
    year = today().year
    menus = [
        ThemeMenu(choices.title, choices.title_en, _runs_in(year, choices.themes[0]), choices.themes)
        for choices in (yield from theme_choices(with_uncertain=False))
        if choices.themes
    ]
    return sorted(menus, key=lambda menu: not menu.is_current)


def _runs_in(year: int, theme: ThemeRef) -> bool:
    return theme.period_from is not None and theme.period_from <= year and (theme.period_to or year) >= year


# --- what is like the text, and the themes that it points to


@dataclass(frozen=True, slots=True)
class Like:
    """Something like what is being written, and the words that both have."""

    contribution: ContributionView
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """A theme that the text points to, by which words; `is_accepted` when the writer has ticked it."""

    theme: ThemeRef
    words: list[str]
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about a text while it is being written."""

    likes: list[Like]
    pointers: list[Pointer]
    is_empty: bool


def read_text(
    visit: Visit,
    text: str,
    chosen: Sequence[str] = (),
    accepted: Sequence[str] = (),
    except_for: tuple[str, int] | None = None,
) -> Reading:
    """What is like the text and what it points to, without the themes that are chosen in the form already."""
    if not text.strip():
        return Reading([], [], True)
    found = similar_said(visit.session, visit.actor, text, except_for)
    views = find_contributions(visit.session, visit.actor, [one.object_id for one in found])
    likes = [Like(views[one.object_id], one.reasons[:4]) for one in found if one.object_id in views]
    suggested = suggest_themes(visit.session, [text], today().year).get(0, [])
    pointers = [
        Pointer(theme, words, str(theme.id) in accepted)
        for theme, words in suggested
        if str(theme.id) not in chosen or str(theme.id) in accepted
    ]
    return Reading(likes, pointers, False)


def merge_accepted(form: Form) -> None:
    """Themes accepted from the suggestions count as chosen."""
    if form.values("accepted_theme_ids"):
        both = [*form.values("theme_ids"), *form.values("accepted_theme_ids")]
        form.typed["theme_ids"] = list(dict.fromkeys(both))


_FIELDS_OF_CODES = {
    "unknown_group": "group_id",
    "unknown_item": "item_id",
    "unknown_person": "said_by_person_id",
    "unknown_organisation": "on_behalf_of_id",
    "unknown_theme": "theme_ids",
}


def take_refusal(form: Form, refusal: Refused) -> None:
    """Put a refusal at the field that it is about."""
    form.refuse(_FIELDS_OF_CODES.get(refusal.code, "form"), refusal.code)


# --- one contribution


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a wish or an idea on its page, and what this reader may do there."""

    interests: list[InterestView]
    own_interest: InterestView | None
    may_mark: bool
    is_own: bool
    may_withdraw: bool
    is_by_others: bool


def look_around(actor: Actor, contribution: ContributionView, interests: list[InterestView]) -> Around:
    own = next((one for one in interests if one.organisation_id == actor.organisation_id), None)
    return Around(
        interests=interests,
        own_interest=own if actor.is_municipality else None,
        may_mark=may_mark_interest(actor) and not contribution.is_hidden,
        is_own=is_own(actor, contribution),
        may_withdraw=may_withdraw(actor, contribution),
        is_by_others=may_say_it_is_wrong(actor, contribution),
    )


def interest_form(visit: Visit, around: Around) -> Form:
    """The form for a municipality's mark, filled in with the mark that it has or the reader's name."""
    if around.own_interest is not None:
        return visit.blank(kind=around.own_interest.kind, contact=around.own_interest.contact)
    return visit.blank(contact=visit.actor.name)


def answer_by(visit: Visit) -> date:
    """The day by which what is sent today is answered."""
    return find_answer_by(visit.session, today(), visit.kit.site.answer_within_days)
