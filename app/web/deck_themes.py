"""Themes that the words of a deck point to; a person says which of them fit."""

import re
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.core.policy import Refused
from app.domain.presentations.policy import may_add_decks_somewhere
from app.domain.presentations.queries import DeckView
from app.domain.presentations.themes import Suggested, judge_themes, list_deck_themes, suggest_deck_themes
from app.domain.strategies.queries import ThemeRef
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.deck_editing import find_own_deck

router = Router()

# "12-345": the page (0 for all of the deck) and the theme.
_PLACE = re.compile(r"(\d{1,4})-(\d{1,18})")
MOST = 1_000


def _(text: str) -> str:
    return text


add_sentences(
    {
        "deck_unknown_theme": _("Et af temaerne eller en af siderne findes ikke længere. Vælg igen."),
        "notice_deck_themes_saved": _("Temaerne er gemt, og siderne kan nu findes ved dem."),
    }
)


class JudgedInput(BaseModel):
    """What was said of each theme on the form: it fits, it does not, or it is taken off again."""

    model_config = ConfigDict(extra="forbid")

    fits: list[str] = []
    unfit: list[str] = []
    off: list[str] = []


@dataclass
class DeckThemesPage(Page):
    """`put`: the themes that stand there, by page."""

    template: ClassVar[str] = "decks/themes.html"
    deck: DeckView
    form: Form
    put: dict[int, list[ThemeRef]]
    suggested: list[Suggested]


@router.get("/oplaeg/{deck_id:int}/temaer", dependencies=[only(may_add_decks_somewhere)])
def ask_for_themes(visit: AVisit, deck_id: int) -> Response:
    deck = find_own_deck(visit, deck_id)
    return visit.page(_page(visit, deck, visit.blank()))


@router.post("/oplaeg/{deck_id:int}/temaer", dependencies=[only(may_add_decks_somewhere)])
def save_themes(visit: AVisit, form: SentForm, deck_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    deck = find_own_deck(visit, deck_id)
    given = form.read(JudgedInput)
    if given is not None:
        judged = {place: False for word in (*given.unfit, *given.off) if (place := _read(word))}
        judged |= {place: True for word in given.fits if (place := _read(word))}
        try:
            judge_themes(visit.session, visit.actor, deck.id, dict(list(judged.items())[:MOST]))
            return visit.done(form, f"/oplaeg/{deck.id}/temaer", notice="deck_themes_saved")
        except Refused as refusal:
            form.refuse("form", refusal.code)
    return visit.page(_page(visit, deck, form), 422)


def _read(word: str) -> tuple[int, int] | None:
    found = _PLACE.fullmatch(word)
    return (int(found[1]), int(found[2])) if found else None


def _page(visit: Visit, deck: DeckView, form: Form) -> DeckThemesPage:
    put = list_deck_themes(visit.session, deck.id)
    return DeckThemesPage(deck, form, put, suggest_deck_themes(visit.session, deck))
