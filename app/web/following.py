"""Fields and themes that one follows: choosing them all at once, and one from its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person
from app.domain.following import service
from app.domain.following.fields import FIELDS, WORDS
from app.domain.following.queries import find_interests
from app.domain.following.schemas import InterestsInput
from app.domain.strategies.queries import ThemeRef, find_theme
from app.domain.strategies.suggestions import suggest_themes
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.contributions import ThemeMenu, list_theme_menus

router = APIRouter()

LOOKED_AT_PER_FIELD = 8
SUGGESTED_PER_FIELD = 4
LATELY = 5  # years
MOST_SUGGESTED = 12


def _(text: str) -> str:
    return text


add_sentences(
    {
        "too_many_followed": _("Du følger så mange temaer, som man kan. Følg ikke længere et af dem først."),
        "notice_interests_saved": _("Gemt. Din forside viser nu det nye på dine temaer."),
        "notice_followed": _("Du følger nu temaet. Det nye på det står på din forside."),
        "notice_unfollowed": _("Du følger ikke længere temaet."),
    }
)


@dataclass
class InterestsPage(Page):
    """`suggested`: themes of the chosen fields. `unseen`: chosen themes that the search leaves out."""

    template: ClassVar[str] = "own/interests.html"
    form: Form
    suggested: list[ThemeRef]
    current: list[ThemeMenu]
    older: list[ThemeMenu]
    unseen: list[str]
    is_new: bool


def suggest_for(visit: Visit, fields: Sequence[str]) -> list[ThemeRef]:
    """The themes that the chosen fields point to, each once; newer strategies first in each field."""
    texts = [WORDS[code] for code in FIELDS if code in fields]
    if not texts:
        return []
    year = today().year
    ranked: list[tuple[int, ThemeRef]] = []
    for found in suggest_themes(visit.session, texts, year, LOOKED_AT_PER_FIELD).values():
        themes = sorted((one.theme for one in found), key=lambda theme: _age(theme, year))
        ranked += enumerate(themes[:SUGGESTED_PER_FIELD])
    # In turn: the best of each field before the second best of any.
    ranked.sort(key=lambda pair: pair[0])
    return list({theme.id: theme for _, theme in ranked}.values())[:MOST_SUGGESTED]


def _age(theme: ThemeRef, year: int) -> int:
    """0 for a strategy that runs, 1 for one that ended of late, 2 for an older one, 3 for an unknown one."""
    if theme.period_from is None:
        return 3
    ended = year - (theme.period_to or year)
    return 0 if ended <= 0 else 1 if ended <= LATELY else 2


def _narrow(menus: Sequence[ThemeMenu], words: Sequence[str], without: set[int]) -> list[ThemeMenu]:
    """The themes whose name or strategy holds every word, but for those that stand elsewhere."""

    def is_found(menu: ThemeMenu, theme: ThemeRef) -> bool:
        text = f"{theme.name} {theme.name_en or ''} {menu.title}".casefold()
        return theme.id not in without and all(word in text for word in words)

    narrowed = [
        ThemeMenu(
            menu.title, menu.title_en, menu.is_current, tuple(t for t in menu.themes if is_found(menu, t))
        )
        for menu in menus
    ]
    return [menu for menu in narrowed if menu.themes]


def _page(visit: Visit, form: Form, *, is_new: bool) -> InterestsPage:
    suggested = suggest_for(visit, form.values("fields"))
    words = form.value("q").casefold().split()[:8]
    menus = _narrow(list_theme_menus(visit), words, {theme.id for theme in suggested})
    shown = {str(theme.id) for theme in suggested} | {str(t.id) for menu in menus for t in menu.themes}
    return InterestsPage(
        form=form,
        suggested=suggested,
        current=[menu for menu in menus if menu.is_current],
        older=[menu for menu in menus if not menu.is_current],
        unseen=[theme_id for theme_id in form.values("theme_ids") if theme_id not in shown],
        is_new=is_new,
    )


@router.get("/mit/emner", dependencies=[only(is_person)])
def show_interests(visit: AVisit) -> Response:
    chosen = find_interests(visit.session, visit.actor.user_id or 0)
    form = visit.blank(fields=chosen.fields, theme_ids=chosen.theme_ids)
    return visit.page(_page(visit, form, is_new=not (chosen.fields or chosen.theme_ids)))


@router.post("/mit/emner", dependencies=[only(is_person)])
def choose_interests(visit: AVisit, form: SentForm) -> Response:
    """Save; or with any other button show the page again with what was chosen, searched and suggested."""
    if form.value("handling") != "gem":
        return visit.page(_page(visit, form, is_new=False))
    if before := visit.done_before(form):
        return before
    given = form.read(InterestsInput)
    if given is not None:
        try:
            service.choose_interests(visit.session, visit.actor, given)
            return visit.done(form, "/" if given.theme_ids else "/mit/emner", "interests_saved")
        except Refused as refusal:
            form.refuse("theme_ids", refusal.code)
    return visit.page(_page(visit, form, is_new=False), 422)


# --- one theme, from its own page


@router.post("/temaer/{strategy_key}/{key}/foelg", dependencies=[only(is_person)])
def follow(visit: AVisit, form: SentForm, strategy_key: str, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    theme_id, path = _find_theme(visit, strategy_key, key)
    service.follow_theme(visit.session, visit.actor, theme_id)
    return visit.done(form, path, "followed")


@router.post("/temaer/{strategy_key}/{key}/foelg-ikke", dependencies=[only(is_person)])
def unfollow(visit: AVisit, form: SentForm, strategy_key: str, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    theme_id, path = _find_theme(visit, strategy_key, key)
    service.unfollow_theme(visit.session, visit.actor, theme_id)
    return visit.done(form, path, "unfollowed")


def _find_theme(visit: Visit, strategy_key: str, key: str) -> tuple[int, str]:
    place = find_theme(visit.session, visit.actor, strategy_key, key)
    if place is None:
        raise NotFound
    return place.theme.id, place.ref.path
