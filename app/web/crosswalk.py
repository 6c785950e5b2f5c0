"""The crosswalk: which theme became which, for all to read; staff adds lines and takes them away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import Refused
from app.domain.strategies.crosswalk import (
    ThemeLinkView,
    link_themes,
    list_links,
    relink_themes,
    unlink_themes,
)
from app.domain.strategies.policy import may_edit_strategies
from app.domain.strategies.queries import StrategyChoices, list_theme_choices
from app.domain.strategies.schemas import ThemeLinkInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences, sentence
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import address_of_page, count_pages, page_number, typed, whole_number
from app.web.sources import SourceLink, name_sources

router = Router()

PATH = "/temaer/kobling"
PER_PAGE = 30
REMOVED = "fjernede"  # the word that turns the pages of what was removed


def _(text: str) -> str:
    return text


add_sentences(
    {
        "link_target": _("Vælg det tema, det blev til. Kun et tema, der sluttede, bliver ikke til noget."),
        "link_to_itself": _("Et tema kan ikke blive til sig selv. Vælg et andet."),
        "link_known": _(
            "De to temaer er koblet allerede. Fjern den gamle kobling, hvis den skal være anderledes."
        ),
        "link_ended": _(
            "Et tema kan ikke både slutte og blive til et andet."
            " Er den anden kobling forkert, så fjern den først."
        ),
        "crosswalk_no_ground": _("Skriv en kilde, eller skriv, hvad koblingen bygger på."),
        "notice_crosswalk_linked": _("Koblingen er gemt. Lister og søgning finder nu også det gamle."),
        "notice_crosswalk_unlinked": _("Koblingen er fjernet. Den kan sættes tilbage nederst på siden."),
        "notice_crosswalk_relinked": _("Koblingen er sat tilbage."),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the crosswalk with its sources named."""

    link: ThemeLinkView
    sources: list[SourceLink]


@dataclass
class CrosswalkPage(Page):
    """`strategies`: those with themes, to choose from. `removed`: lines taken away, for staff alone."""

    template: ClassVar[str] = "themes/crosswalk.html"
    lines: list[Line]
    total: int
    page: int
    pages: int
    pager_href: str
    strategy: str
    strategies: list[StrategyChoices]
    may_edit: bool
    form: Form
    removed: list[Line]
    removed_page: int
    removed_pages: int
    removed_href: str


def name_lines(links: Sequence[ThemeLinkView]) -> list[Line]:
    return [Line(link, name_sources(link.source_urls)) for link in links]


def _page(visit: Visit, form: Form) -> CrosswalkPage:
    session = visit.session
    strategies = list_theme_choices(session)
    strategy = typed(visit, "strategi")
    links = [link for link in list_links(session) if not strategy or _is_of(link, strategy)]
    pages = count_pages(len(links), PER_PAGE)
    page = page_number(visit, pages)
    may_edit = may_edit_strategies(visit.actor)
    removed = list_links(session, is_removed=True) if may_edit else []
    removed_pages = count_pages(len(removed), PER_PAGE)
    removed_page = page_number(visit, removed_pages, REMOVED)
    return CrosswalkPage(
        lines=name_lines(links[(page - 1) * PER_PAGE : page * PER_PAGE]),
        total=len(links),
        page=page,
        pages=pages,
        pager_href=address_of_page(PATH, strategi=strategy),
        strategy=strategy,
        strategies=strategies,
        may_edit=may_edit,
        form=form,
        removed=name_lines(removed[(removed_page - 1) * PER_PAGE : removed_page * PER_PAGE]),
        removed_page=removed_page,
        removed_pages=removed_pages,
        removed_href=address_of_page(PATH, REMOVED, strategi=strategy),
    )


def _is_of(link: ThemeLinkView, strategy: str) -> bool:
    return strategy in (link.theme.strategy_key, link.becomes.strategy_key if link.becomes else None)


@router.get(PATH, dependencies=[anyone])
def show_crosswalk(visit: AVisit) -> Response:
    """Staff may be led here from a theme, which then stands in the form."""
    return visit.page(_page(visit, visit.blank(from_theme_id=whole_number(typed(visit, "fra")))))


@router.post(PATH, dependencies=[only(may_edit_strategies)])
def add_link(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = _read(form)
    if given is not None:
        try:
            link_themes(visit.session, visit.actor, given)
            return visit.done(form, PATH, "crosswalk_linked")
        except Refused as refusal:
            form.refuse("from_theme_id", refusal.code)
    return visit.page(_page(visit, form), 409 if given is not None else 422)


def _read(form: Form) -> ThemeLinkInput | None:
    """The link, its sources one a line. What was typed stays as it was."""
    written = form.value("source_urls")
    sources = [line.strip() for line in written.splitlines() if line.strip()]
    form.typed["source_urls"] = sources
    given = form.read(ThemeLinkInput)
    form.typed["source_urls"] = [written]
    for code in ("link_target", "link_to_itself"):
        # They are about the two themes, and stand at the second.
        if form.errors.get("form") == sentence(form.language, code):
            form.errors["to_theme_id"] = form.errors.pop("form")
    if given is not None and not (sources or given.note):
        form.refuse("source_urls", "crosswalk_no_ground")
        return None
    return given


@router.post(PATH + "/{link_id:int}/fjern", dependencies=[only(may_edit_strategies)])
def remove_link(visit: AVisit, form: SentForm, link_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    unlink_themes(visit.session, visit.actor, link_id)
    return visit.done(form, PATH, "crosswalk_unlinked")


@router.post(PATH + "/{link_id:int}/fortryd", dependencies=[only(may_edit_strategies)])
def restore_link(visit: AVisit, form: SentForm, link_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        relink_themes(visit.session, visit.actor, link_id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_page(visit, form), 409)
    return visit.done(form, PATH, "crosswalk_relinked")
