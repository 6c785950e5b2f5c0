"""Themes of decks and their pages: suggested from the words, put there by a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, Refused
from app.domain.presentations.events import DeckPagesChanged
from app.domain.presentations.models import DeckTheme, SlidePage
from app.domain.presentations.queries import MOST_PAGES, DeckView
from app.domain.presentations.service import lock_own_deck
from app.domain.strategies.queries import ThemeRef, find_themes
from app.domain.strategies.suggestions import Suggestion, suggest_themes

# The number that stands for the deck as a whole.
WHOLE = 0
MOST_FOR_DECK = 3
MOST_FOR_PAGE = 2


@dataclass(frozen=True, slots=True)
class Suggested:
    """Themes that a page (its number), or the whole deck (0), may belong under; not judged yet."""

    number: int
    title: str
    suggestions: tuple[Suggestion, ...]


def list_deck_themes(session: Session, deck_id: int) -> dict[int, list[ThemeRef]]:
    """{page number, or 0 for the whole deck: its themes}, as a person put them. At most two statements."""
    rows = session.execute(
        select(DeckTheme.number, DeckTheme.theme_id)
        .where(DeckTheme.deck_id == deck_id, DeckTheme.is_accepted)
        .order_by(DeckTheme.number, DeckTheme.judged_at, DeckTheme.theme_id)
    ).all()
    themes = find_themes(session, {row.theme_id for row in rows}) if rows else {}
    found: dict[int, list[ThemeRef]] = {}
    for row in rows:
        found.setdefault(row.number, []).append(themes[row.theme_id])
    return found


def suggest_deck_themes(session: Session, deck: DeckView) -> list[Suggested]:
    """What the words of a deck and of its pages point to and nobody has judged, the whole deck first."""
    if deck.current is None:
        return []
    pages = session.execute(
        select(SlidePage.number, SlidePage.title, SlidePage.text)
        .where(SlidePage.revision_id == deck.current.id)
        .order_by(SlidePage.number)
        .limit(MOST_PAGES)
    ).all()
    rows = session.execute(
        select(DeckTheme.number, DeckTheme.theme_id)
        .where(DeckTheme.deck_id == deck.id)
        .order_by(DeckTheme.number, DeckTheme.theme_id)
    )
    judged = {(row.number, row.theme_id) for row in rows}
    whole = "\n".join([deck.title, *(f"{page.title}\n{page.text}" for page in pages)])
    texts = [whole, *(f"{page.title}\n{page.text}" for page in pages)]
    found = suggest_themes(session, texts, deck.meeting.held_on.year)
    places = [(WHOLE, deck.title), *((page.number, page.title) for page in pages)]
    told = []
    for index, (number, title) in enumerate(places):
        most = MOST_FOR_PAGE if number else MOST_FOR_DECK
        new = [
            one
            for one in found.get(index, [])[:most]
            if (number, one.theme.id) not in judged and (WHOLE, one.theme.id) not in judged
        ]
        if new:
            told.append(Suggested(number, title, tuple(new)))
    return told


def judge_themes(
    session: Session, actor: Actor, deck_id: int, judged: Mapping[tuple[int, int], bool]
) -> None:
    """Say of themes whether they fit: {(page number or 0, theme id): it does}.

    Refused: unknown_theme, for a theme or a page that is not there.
    """
    deck = lock_own_deck(session, actor, deck_id)
    if not judged:
        return
    numbers = _page_numbers(session, deck.current_revision_id)
    known = find_themes(session, {theme_id for _, theme_id in judged})
    if any(theme_id not in known or number not in (WHOLE, *numbers) for number, theme_id in judged):
        raise Refused("deck_unknown_theme")
    rows = [
        {
            "deck_id": deck.id,
            "number": number,
            "theme_id": theme_id,
            "is_accepted": fits,
            "judged_by_id": actor.user_id,
            "judged_at": now(),
        }
        for (number, theme_id), fits in judged.items()
    ]
    put = insert(DeckTheme).values(rows)
    session.execute(
        put.on_conflict_do_update(
            index_elements=["deck_id", "number", "theme_id"],
            set_={name: put.excluded[name] for name in ("is_accepted", "judged_by_id", "judged_at")},
        )
    )
    told = [
        {"page": number, "theme": known[theme_id].name, "fits": fits}
        for (number, theme_id), fits in sorted(judged.items())
    ]
    record(session, actor, "judge_themes", "deck", deck.id, after={"themes": told})
    announce(session, DeckPagesChanged(deck.id, tuple(numbers.values())))


def _page_numbers(session: Session, revision_id: int | None) -> dict[int, int]:
    """{page number: page id} of a version."""
    rows = session.execute(
        select(SlidePage.number, SlidePage.id)
        .where(SlidePage.revision_id == revision_id)
        .order_by(SlidePage.number)
    )
    return {row.number: row.id for row in rows}
