"""The inbox of those who look after contributions: drawers, filters, and many given something at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import urlencode

from fastapi.responses import Response

from app.core import i18n
from app.core.asking import Asking, beside, read
from app.core.policy import Refused
from app.domain.answering.inbox import (
    DRAWERS,
    Drawer,
    Inbox,
    InboxFilters,
    Menu,
    colleagues_for,
    inbox_counted,
    list_inbox,
    list_inbox_choices,
)
from app.domain.answering.policy import STATUSES_BY_HAND, may_answer
from app.domain.answering.schemas import SortInput
from app.domain.answering.sorting import Sorting, last_sorting_of, sort_many, undo_sorting
from app.domain.contributions.queries import Choice, find_contributions
from app.domain.meetings.queries import OrganiserView, possible_organisers
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.contributions import Group, ThemeMenu, theme_menus
from app.web.inbox_words import take_refusal
from app.web.labels import LABELS, label

router = Router()

MOST_PAGES = 100_000
# The word of each drawer in the address.
WORDS: Final[dict[str, Drawer]] = {
    "alle": "open",
    "uden-tema": "no_theme",
    "uden-ansvarlig": "no_owner",
    "uden-svar": "no_answer",
    "forsinket": "late",
    "venter": "asked",
    "svarer-ikke": "objected",
    "mine": "mine",
    "kladder": "begun",
    "klar": "ready",
}
WORD_OF: Final = {drawer: word for word, drawer in WORDS.items()}
SORTED: Final = ("owner", "organisation_id", "status", "answer_by", "theme_ids")


def _(text: str) -> str:
    return text


FACETS: Final = {
    "kind": ("slags", _("Slags")),
    "theme": ("tema", _("Tema")),
    "meeting": ("moede", _("Møde")),
    "owner": ("ansvarlig", _("Ansvarlig")),
    "organisation": ("svarer", _("Skal svare")),
}


@dataclass(frozen=True, slots=True)
class DrawerLink:
    """A drawer, how much lies in it, and its address with the filters kept."""

    code: Drawer
    count: int
    href: str
    is_open: bool


@dataclass
class Sorter:
    """What the form for many at once can give: the lists to choose from."""

    form: Form
    colleagues: list[tuple[int, str]]
    organisers: list[OrganiserView]
    menus: list[ThemeMenu]
    statuses: Sequence[str] = STATUSES_BY_HAND


@dataclass
class InboxPage(Page):
    """`here`: the address of the list as it is narrowed. `last`: the reader's last sorting, which can be
    undone. `kept`: of a sorting that was just done, {number: the colleague who keeps it}."""

    template: ClassVar[str] = "inbox/list.html"
    inbox: Inbox
    drawers: list[DrawerLink]
    drawer: Drawer
    groups: list[Group]
    active: list[tuple[str, str]]
    query: str
    here: str
    action: str
    page_address: str
    sorter: Sorter
    form: Form
    last: Sorting | None
    kept: Mapping[str, str] = field(default_factory=dict)


def read_filters(visit: Visit) -> InboxFilters:
    """What the address asks for; what cannot be is passed over."""
    kind = filters.typed(visit, "slags")
    return InboxFilters(
        drawer=filters.chosen(visit, "skuffe", WORDS) or "open",
        kind=kind if kind in LABELS["contribution_kind"] else None,
        meeting=filters.typed(visit, "moede") or None,
        theme=filters.typed(visit, "tema") or None,
        owner_id=filters.whole_number(filters.typed(visit, "ansvarlig")),
        organisation_id=filters.whole_number(filters.typed(visit, "svarer")),
        q=filters.typed(visit, "q"),
    )


def _as_address(asked: InboxFilters) -> dict[str, object]:
    return {
        "skuffe": WORD_OF[asked.drawer] if asked.drawer != "open" else None,
        "slags": asked.kind,
        "tema": asked.theme,
        "moede": asked.meeting,
        "ansvarlig": asked.owner_id,
        "svarer": asked.organisation_id,
        "q": asked.q,
    }


@router.get("/indbakke", dependencies=[only(may_answer)])
def show_inbox(visit: AVisit) -> Response:
    return visit.page(_inbox_page(visit, visit.blank()))


def _inbox_page(visit: Visit, form: Form, kept: Mapping[str, str] | None = None) -> InboxPage:
    session, actor = visit.session, visit.actor
    asked = read_filters(visit)
    counts, sorter, last = read(
        session, beside(inbox_counted(actor), sorter_for(visit, form), last_sorting_of(actor))
    )
    chosen = _as_address(asked)
    base = prefixed(visit.language, "/indbakke")
    groups = _make_groups(visit, asked, chosen, list_inbox_choices(session, actor, asked))
    active = [
        (
            next(words for value, words, _count in group.options if value == group.chosen),
            filters.address(base, **chosen | {group.name: None}),
        )
        for group in groups
        if group.chosen
    ]
    if asked.q:
        active.append((f"»{asked.q}«", filters.address(base, **chosen | {"q": None})))
    return InboxPage(
        inbox=list_inbox(session, actor, asked, filters.page_number(visit, MOST_PAGES)),
        drawers=[
            DrawerLink(
                drawer,
                counts[drawer],
                filters.address(base, **chosen | {"skuffe": WORD_OF[drawer] if drawer != "open" else None}),
                drawer == asked.drawer,
            )
            for drawer in DRAWERS
        ],
        drawer=asked.drawer,
        groups=groups,
        active=active,
        query=asked.q,
        here=filters.address("/indbakke", **chosen),
        action=filters.address("/indbakke/fordel", **chosen),
        page_address=filters.address_of_page(base, **chosen),
        sorter=sorter,
        form=form,
        last=last,
        kept=kept or {},
    )


def sorter_for(visit: Visit, form: Form) -> Asking[Sorter]:
    """The form that gives contributions an owner, a theme, a day, a status and who is to answer."""
    return Sorter(
        form,
        *(yield from beside(colleagues_for(visit.actor), possible_organisers(), theme_menus())),
    )


def _make_groups(
    visit: Visit,
    asked: InboxFilters,
    chosen: Mapping[str, object],
    menus: Mapping[str, Menu],
) -> list[Group]:
    language, groups = visit.language, []
    for facet, (name, words) in FACETS.items():
        menu = menus.get(facet, Menu())
        options = [(one.value, _words_of_choice(language, facet, one), one.count) for one in menu.choices]
        value = str(chosen[name] or "")
        if value and value not in {option[0] for option in options}:
            # Chosen, yet nothing is left of it: it must be seen to be let go.
            options.insert(0, (value, _words_of_choice(language, facet, Choice(value, value, value, 0)), 0))
        groups.append(Group(name, i18n.catalogue(language).gettext(words), value, options, menu.unlisted))
    return groups


def _words_of_choice(language: str, facet: str, choice: Choice) -> str:
    if facet == "kind":
        return label(language, "contribution_kind", choice.value)
    return choice.label_en if language == "en" else choice.label


# --- many at once


@router.post("/indbakke/fordel", dependencies=[only(may_answer)])
def sort_chosen(visit: AVisit, form: SentForm) -> Response:
    """Give those that are ticked what is chosen; or go on to answer or gather them."""
    if not form.values("contribution_ids"):
        form.refuse("contribution_ids", "inbox_choose_some")
        return visit.page(_inbox_page(visit, form), 422)
    if form.value("handling") in ("svar", "saml"):
        return _take_along(visit, form)
    if before := visit.done_before(form):
        return before
    given = read_sorting(form)
    if given is None:
        return visit.page(_inbox_page(visit, form), 422)
    try:
        sorting = sort_many(visit.session, visit.actor, given)
    except Refused as refusal:
        status = take_sorting_refusal(form, refusal)
        return visit.page(_inbox_page(visit, form), status)
    here = filters.address("/indbakke", **_as_address(read_filters(visit)))
    if not sorting.kept:
        return visit.done(form, here, "inbox_sorted")
    seen = find_contributions(visit.session, visit.actor, list(sorting.kept))
    kept = {seen[i].reference: who for i, who in sorting.kept.items() if i in seen}
    return visit.done_here(form, _inbox_page(visit, visit.blank(), kept), here)


def _take_along(visit: Visit, form: Form) -> Response:
    ids = [number for one in form.values("contribution_ids") if (number := filters.whole_number(one))]
    seen = find_contributions(visit.session, visit.actor, ids)
    chosen = urlencode([("indspil", seen[i].reference) for i in dict.fromkeys(ids) if i in seen])
    path = "/indbakke/svar/nyt" if form.value("handling") == "svar" else "/indbakke/saml"
    return visit.go(f"{path}?{chosen}")


def read_sorting(form: Form) -> SortInput | None:
    """What is to be given, or None with a sentence where something is wrong or nothing is chosen."""
    # A menu that is left alone sends an empty word.
    chosen = [value for value in form.values("theme_ids") if value]
    form.typed.pop("theme_ids", None)
    if chosen:
        form.typed["theme_ids"] = chosen
    given = form.read(SortInput)
    if given is not None and not any(getattr(given, name) for name in SORTED):
        form.refuse("form", "inbox_choose_change")
        return None
    return given


def take_sorting_refusal(form: Form, refusal: Refused) -> int:
    """As `take_refusal`, where the colleague and the organisation are chosen in menus of their own."""
    own = {"not_on_staff": "owner", "unknown_organisation": "organisation_id"}
    if refusal.code in own:
        form.refuse(own[refusal.code], refusal.code)
    return take_refusal(form, refusal) if refusal.code not in own else 422


@router.post("/indbakke/fordel/fortryd", dependencies=[only(may_answer)])
def undo_sorted(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    undo_sorting(visit.session, visit.actor)
    here = filters.address("/indbakke", **_as_address(read_filters(visit)))
    return visit.done(form, here, "inbox_unsorted")
