"""What one follows: fields and themes all at once, one thing from its own page, all of it on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.asking import Asking, read
from app.core.clock import today
from app.core.links import is_sealed
from app.core.policy import NotFound, Refused, is_person
from app.domain.commitments.followed import Followed, name_followed
from app.domain.following import service
from app.domain.following.fields import FIELDS, WORDS
from app.domain.following.models import KINDS
from app.domain.following.queries import (
    find_interests,
    find_pace,
    has_stopped_mails,
    is_there,
    list_follows,
    pace_of,
)
from app.domain.following.schemas import LARGEST_ID, STOP_PURPOSE, InterestsInput
from app.domain.following.service import usual_pace
from app.domain.strategies.queries import ThemeRef
from app.domain.strategies.suggestions import suggest_themes
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import ThemeMenu, list_theme_menus

router = Router()

LOOKED_AT_PER_FIELD = 8
SUGGESTED_PER_FIELD = 4
LATELY = 5  # years
MOST_SUGGESTED = 12
FOLLOWS = "/mit/foelger"
# Where the button can be pressed besides the page of the thing.
LISTS: Final = {"liste": FOLLOWS, "bidrag": "/mit/bidrag"}
STOP_PATH = "/mails/foelg-ikke/{user_id:int}/{sealed}"
# Addresses are Danish.
WORD_OF = {
    "theme": "tema",
    "wish": "oenske",
    "idea": "ide",
    "card": "indspil",
    "question": "spoergsmaal",
    "need": "behov",
    "commitment": "forpligtelse",
    "meeting": "moede",
    "series": "moederaekke",
    "organisation": "organisation",
    "project": "projekt",
}
KIND_OF = {word: kind for kind, word in WORD_OF.items()}
PACE_OF = {"straks": "at_once", "dagligt": "daily", "ugentligt": "weekly", "aldrig": "never"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "too_many_followed": _("Du følger så mange, som man kan. Hold op med at følge noget andet først."),
        "follow_no_pace": _("Vælg, hvor tit du vil have mail."),
        "notice_interests_saved": _("Gemt. Din forside viser nu det nye på dine temaer."),
        "notice_follow_begun": _("Du følger det nu. Under »Mit overblik« kan du se alt det, du følger."),
        "notice_follow_ended": _("Du følger det ikke længere."),
        "notice_follow_pace_changed": _("Gemt. Sådan får du mail om det fra nu af."),
        "notice_follow_mails_stopped": _("Du får ingen mails om det, du følger. Du følger det stadig."),
        "notice_follow_mails_resumed": _("Du får mails om det, du følger, igen."),
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


# --- one thing, from its own page


@dataclass(frozen=True, slots=True)
class FollowState:
    """How somebody follows a thing, for the macro follow_button of templates/following/parts.html.

    `pace`: None while they do not follow it; `usual`: what is proposed then.
    """

    kind: str
    thing_id: int
    pace: str | None
    usual: str

    @property
    def path(self) -> str:
        return f"/foelg/{WORD_OF[self.kind]}/{self.thing_id}"

    @property
    def stop_path(self) -> str:
        return f"/foelg-ikke/{WORD_OF[self.kind]}/{self.thing_id}"


def find_follow(visit: Visit, kind: str, thing_id: int) -> FollowState:
    """What the button on the page of a thing needs: a field of the page. No statement for strangers, else
    one.

    Kinds: theme, wish, idea, card, question, need, commitment, meeting, series, organisation, project.
    """
    return read(visit.session, follow_of(visit, kind, thing_id))


def follow_of(visit: Visit, kind: str, thing_id: int) -> Asking[FollowState]:
    """The same, to be asked beside others."""
    pace = yield from pace_of(visit.actor, kind, thing_id)
    return FollowState(kind, thing_id, pace, usual_pace(kind))


@router.post("/foelg/{word}/{thing_id:int}", dependencies=[only(is_person)])
def follow(visit: AVisit, form: SentForm, word: str, thing_id: int) -> Response:
    """Follow something that one may see, or change how often one is written to of it (`tempo`)."""
    if before := visit.done_before(form):
        return before
    kind = KIND_OF.get(word, "")
    thing = _find_thing(visit, kind, thing_id)
    pace = PACE_OF.get(form.value("tempo"))
    was = find_pace(visit.session, visit.actor, kind, thing_id)
    try:
        service.follow(visit.session, visit.actor, kind, thing_id, pace)
    except Refused as refusal:
        return visit.page(_follows_page(visit, refusal.code), 422)
    return visit.done(form, _back(form, thing), "follow_begun" if was is None else "follow_pace_changed")


@router.post("/foelg-ikke/{word}/{thing_id:int}", dependencies=[only(is_person)])
def unfollow(visit: AVisit, form: SentForm, word: str, thing_id: int) -> Response:
    """Let it go; also what one can see no more."""
    if before := visit.done_before(form):
        return before
    kind = KIND_OF.get(word, "")
    if not kind or thing_id > LARGEST_ID:
        raise NotFound
    service.unfollow(visit.session, visit.actor, kind, thing_id)
    things = name_followed(visit.session, visit.actor, {kind: [thing_id]})
    return visit.done(form, _back(form, things.get((kind, thing_id))), "follow_ended")


def _find_thing(visit: Visit, kind: str, thing_id: int) -> Followed:
    if not kind or thing_id > LARGEST_ID:
        raise NotFound
    thing = name_followed(visit.session, visit.actor, {kind: [thing_id]}).get((kind, thing_id))
    if thing is None:
        raise NotFound
    return thing


def _back(form: Form, thing: Followed | None) -> str:
    """To the thing's own page, or to the list where it was pressed."""
    if (word := form.value("fra")) in LISTS:
        return LISTS[word]
    return FOLLOWS if thing is None else thing.path


# --- all that one follows


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """Something that one follows; `thing` is missing where it can be seen no more."""

    state: FollowState
    thing: Followed | None


@dataclass
class FollowsPage(Page):
    """`groups`: (kind, what is followed of it). `problem`: a sentence about what was refused."""

    template: ClassVar[str] = "following/show.html"
    groups: list[tuple[str, list[FollowedRow]]]
    total: int
    has_stopped: bool
    problem: str | None


def _follows_page(visit: Visit, problem: str | None = None) -> FollowsPage:
    lines = list_follows(visit.session, visit.actor)
    by_kind: dict[str, list[int]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line.thing_id)
    things = name_followed(visit.session, visit.actor, by_kind)
    rows: dict[str, list[FollowedRow]] = {}
    for line in lines:
        state = FollowState(line.kind, line.thing_id, line.pace, usual_pace(line.kind))
        rows.setdefault(line.kind, []).append(FollowedRow(state, things.get((line.kind, line.thing_id))))
    return FollowsPage(
        groups=[(kind, rows[kind]) for kind in KINDS if kind in rows],
        total=len(lines),
        has_stopped=has_stopped_mails(visit.session, visit.actor.user_id),
        problem=visit.say(problem) if problem else None,
    )


@router.get(FOLLOWS, dependencies=[only(is_person)])
def show_follows(visit: AVisit) -> Response:
    """All that one follows, how often one is written to of each, and how to let it go."""
    return visit.page(_follows_page(visit))


@router.post(f"{FOLLOWS}/mails", dependencies=[only(is_person)])
def switch_mails(visit: AVisit, form: SentForm) -> Response:
    """No mails about any of it (`stop`), or again as it stands at each."""
    if before := visit.done_before(form):
        return before
    user_id = visit.actor.user_id or 0
    if form.value("stop"):
        service.stop_mails(visit.session, user_id, visit.actor)
        return visit.done(form, FOLLOWS, "follow_mails_stopped")
    service.resume_mails(visit.session, user_id, visit.actor)
    return visit.done(form, FOLLOWS, "follow_mails_resumed")


# --- the link at the end of a mail (RFC 8058)


@dataclass
class StopPage(Page):
    """`has_stopped`: whether they get no mails about what they follow."""

    template: ClassVar[str] = "following/stop.html"
    path: str
    has_stopped: bool


def _show_stop(visit: Visit, user_id: int, sealed: str) -> Response:
    path = f"/mails/foelg-ikke/{user_id}/{sealed}"
    response = visit.page(StopPage(path=path, has_stopped=has_stopped_mails(visit.session, user_id)))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _check_stop(visit: Visit, user_id: int, sealed: str) -> None:
    is_known = user_id <= LARGEST_ID and is_sealed(visit.session, sealed, STOP_PURPOSE, user_id)
    if not is_known or not is_there(visit.session, user_id):
        raise NotFound


@router.get(STOP_PATH, dependencies=[anyone])
def show_stop(visit: AVisit, user_id: int, sealed: str) -> Response:
    """What it means, and the button. Opening the page changes nothing: scanners of mail open every link."""
    _check_stop(visit, user_id, sealed)
    return _show_stop(visit, user_id, sealed)


@router.post(STOP_PATH, dependencies=[anyone])
def stop(visit: AVisit, user_id: int, sealed: str, form: SentForm) -> Response:
    """No more, or (`fortryd`) as before. Answered at once: mail programs follow no redirect."""
    _check_stop(visit, user_id, sealed)
    if form.value("fortryd"):
        service.resume_mails(visit.session, user_id)
    else:
        service.stop_mails(visit.session, user_id)
    return _show_stop(visit, user_id, sealed)
