"""«Det sagde I – det gjorde vi»: all that was said at a meeting beside what came of it, for everybody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from fastapi.responses import Response

from app.core import i18n
from app.core.asking import beside, read
from app.core.clock import today
from app.domain.contributions.queries import AnswerView, answers_of_meeting
from app.domain.follow_through.of_meetings import (
    STAGES,
    Followed,
    FollowThrough,
    Promise,
    Stage,
    UnderTheme,
    follow_up_of,
)
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.contributions import Group
from app.web.filters import address, address_of_page, chosen, page_number
from app.web.labels import label
from app.web.meetings import MayAtMeeting, open_meeting, right_address, rights_at

router = Router()

MOST_PAGES = 1_000
# The word of each stage in the address.
WORDS: dict[Stage, str] = {
    "measured": "effekt",
    "kept": "gennemfoert",
    "broken": "ikke-holdt",
    "promised": "lovet",
    "answered": "besvaret",
    "waiting": "venter",
    "late": "forsinket",
    "unknown": "ukendt",
}
STAGE_OF: Mapping[str, Stage] = {word: stage for stage, word in WORDS.items()}


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Other:
    """Something the organisers said to all, and what was promised in it."""

    answer: AnswerView
    promises: tuple[Promise, ...]


@dataclass
class FollowUpPage(Page):
    """`stages`: (stage, how many, address) of those that somebody stands in; `themes`: each with its address.
    `stories`: what came of what was said, what is answered together in one; `silent`: what nothing is known
    of. `is_loose`: something was promised to all, and nothing is known of what became of it."""

    template: ClassVar[str] = "meetings/follow_up.html"
    meeting: MeetingView
    may: MayAtMeeting
    said_total: int
    found: FollowThrough
    stories: list[list[Followed]]
    silent: list[Followed]
    stages: list[tuple[Stage, int, str]]
    themes: list[tuple[UnderTheme, str]]
    groups: list[Group]
    active: list[tuple[str, str]]
    others: list[Other]
    is_loose: bool
    is_held: bool
    href: str


@router.get("/moeder/{key}/opfoelgning", dependencies=[anyone])
def show_follow_up(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    here = prefixed(visit.language, f"/moeder/{meeting.key}/opfoelgning")
    stage, theme = chosen(visit, "stand", STAGE_OF), visit.request.query_params.get("tema", "")[:300]
    page = page_number(visit, MOST_PAGES)
    found, said_back, may = read(
        visit.session,
        beside(
            follow_up_of(visit.actor, meeting.id, stage=stage, theme=theme or None, page=page),
            answers_of_meeting(visit.actor, meeting.id),
            rights_at(visit, meeting),
        ),
    )
    others = _list_others(said_back, found)
    word = WORDS[stage] if stage else ""
    return visit.page(
        FollowUpPage(
            meeting=meeting,
            may=may,
            said_total=found.total,
            found=found,
            stories=_tell(found),
            silent=[one for one in found.rows if one.stage == "unknown"],
            stages=[(one, found.stages[one], address(here, stand=WORDS[one])) for one in STAGES],
            themes=[(one, address(here, tema=one.path)) for one in found.themes],
            groups=_make_groups(visit, found, stage, theme),
            active=_list_active(visit, here, found, stage, theme),
            others=others,
            is_loose=any(one.answer.kind == "promise" and not one.promises for one in others),
            is_held=meeting.held_on <= today(),
            href=address_of_page(here, stand=word, tema=theme),
        )
    )


def _tell(found: FollowThrough) -> list[list[Followed]]:
    rows = (one for one in found.rows if one.stage != "unknown")
    return [list(together) for _asked, together in groupby(rows, key=lambda one: one.asked)]


def _list_others(said_back: Iterable[AnswerView], found: FollowThrough) -> list[Other]:
    """What was published to all, in answer to nothing in particular."""
    return [
        Other(answer, tuple(one for one in found.promises if one.line.answer_id == answer.id))
        for answer in said_back
        if not answer.answers and answer.published_at is not None
    ]


def _make_groups(visit: Visit, found: FollowThrough, stage: Stage | None, theme: str) -> list[Group]:
    stages = [
        (WORDS[one], label(visit.language, "follow_stage", one), found.stages[one])
        for one in STAGES
        if found.stages[one] or one == stage
    ]
    themes = [(one.path, _name(visit, one), one.said) for one in found.themes]
    if theme and theme not in {path for path, _name_of, _count in themes}:
        # Asked for, yet nothing was said under it: it must be seen to be let go.
        themes.insert(0, (theme, theme, 0))
    words = i18n.catalogue(visit.language).gettext
    return [
        Group("stand", words(_("Hvor det står")), WORDS[stage] if stage else "", stages),
        Group("tema", words(_("Tema")), theme, themes),
    ]


def _list_active(
    visit: Visit, here: str, found: FollowThrough, stage: Stage | None, theme: str
) -> list[tuple[str, str]]:
    """(words, address without it) of the filters in use."""
    active = []
    if stage:
        active.append((label(visit.language, "follow_stage", stage), address(here, tema=theme)))
    if theme:
        names = {one.path: _name(visit, one) for one in found.themes}
        without = address(here, stand=WORDS[stage] if stage else "")
        active.append((names.get(theme, theme), without))
    return active


def _name(visit: Visit, one: UnderTheme) -> str:
    return (one.theme.name_en or one.theme.name) if visit.language == "en" else one.theme.name
