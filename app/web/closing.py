"""Closing a meeting, for staff: the way of it on one page, and what is missing mended or given a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.core.text import ShortLine
from app.domain.closing import service
from app.domain.closing.policy import may_close_meetings
from app.domain.closing.queries import (
    Gap,
    MissingThing,
    NextMeeting,
    ReasonGiven,
    find_next_in_series,
    list_gaps,
    list_reasons,
)
from app.domain.closing.schemas import DeadlineInput, GapReasonInput
from app.domain.contributions import service as contributions
from app.domain.meetings import states
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import RowId
from app.domain.meetings.statuses import DONE, HELD
from app.domain.minutes.comments import count_open
from app.domain.minutes.queries import MinutesView, find_minutes
from app.domain.minutes.schemas import USUAL_REVIEW_DAYS, ReviewInput
from app.domain.outbox.queries import count_waiting
from app.domain.strategies.suggestions import Suggestion, suggest_themes
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.contributions import ThemeMenu, list_theme_menus
from app.web.meetings import open_meeting

router = Router()

CLOSING = "/moeder/{key}/afslut"
# The way from the end of the meeting until its report is out, in order.
STEPS = ("over", "gaps", "minutes", "review", "approved", "report")
# The word of each kind in the address.
WORDS = {
    "board_open": "aabne-tavler",
    "poll_open": "aabne-afstemninger",
    "card_waiting": "indspil-der-venter",
    "question_waiting": "spoergsmaal-der-venter",
    "question_open": "ubesvarede-spoergsmaal",
    "held_back": "tilbageholdt",
    "unpublished": "ikke-udgivet",
    "unthemed": "uden-tema",
    "group_silent": "grupper-uden-indspil",
    "task_unanswered": "opgaver-uden-svar",
    "no_answer_by": "uden-svarfrist",
    "no_slides": "uden-slides",
    "no_consent": "uden-samtykke",
    "not_checked_in": "fremmoede",
    "unwritten_item": "uden-referat",
}
KIND_OF = {word: kind for kind, word in WORDS.items()}
THE_REST = "resten"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "closing_gaps_open": _(
            "Der mangler stadig noget: {count}. Ret det, eller skriv hvorfor det er, som det er, "
            "så kan referatet sendes."
        ),
        "closing_nothing_open": _("Det mangler ikke længere: det er rettet eller begrundet i mellemtiden."),
        "closing_no_suggestion": _(
            "Der er intet forslag til dem, du har valgt. Vælg et tema på listen i stedet."
        ),
        "closing_no_theme": _("Vælg et tema på listen."),
        "answer_by_past": _("Vælg en dag, der ikke er gået."),
        "notice_closing_explained": _("Begrundelsen er gemt. Du kan tage den tilbage længere nede."),
        "notice_closing_reason_back": _("Begrundelsen er taget tilbage."),
        "notice_closing_themed": _("Temaerne er sat. Du kan fortryde det samme sted."),
        "notice_closing_unthemed": _("Temaerne er taget af igen."),
        "notice_closing_deadlines": _("Svarfristen er sat, og ønskerne viser den."),
    }
)


class ThemesInput(BaseModel):
    """Themes for several at once: the one that was suggested for each, or the same for all.

    `suggested`: what the page suggested, each as "12:7" (contribution, theme); `way`: suggested or chosen.
    """

    model_config = ConfigDict(extra="forbid")

    contribution_ids: Annotated[list[RowId], Field(min_length=1, max_length=100)]
    suggested: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^\d{1,15}:\d{1,15}$")]], Field(max_length=100)
    ] = []
    theme_id: RowId | None = None
    way: ShortLine = "chosen"

    def as_themes(self) -> dict[int, int]:
        """{contribution id: theme id} of those that get one."""
        if self.way != "suggested":
            return dict.fromkeys(self.contribution_ids, self.theme_id) if self.theme_id else {}
        pairs = (pair.split(":") for pair in self.suggested)
        known = {int(one): int(theme) for one, theme in pairs}
        return {one: known[one] for one in self.contribution_ids if one in known}


@dataclass
class Forms:
    """The forms of the page; the one that came back has its errors."""

    themes: Form
    deadline: Form
    review: Form


@dataclass
class ClosingPage(Page):
    """`step`: where one is, of `steps`. `gaps`: without the text of the minutes, which is `unwritten`;
    `missing`: how many things. `left_empty`: how many items have no text, with a reason or without. `mails`:
    how many batches wait in the outbox from when the minutes are in review. `form`: the one that was sent.
    `path_of_gap`: where a thing is mended."""

    template: ClassVar[str] = "closing/show.html"
    meeting: MeetingView
    steps: tuple[str, ...]
    step: str
    turns: frozenset[str]
    is_today: bool
    gaps: list[Gap]
    missing: int
    unwritten: Gap | None
    left_empty: int
    reasons: list[ReasonGiven]
    minutes: MinutesView | None
    open_comments: int
    mails: int
    suggestions: Mapping[int, Suggestion]
    menus: list[ThemeMenu]
    may_undo_themes: bool
    coming: NextMeeting | None
    forms: Forms
    form: Form
    path_of_gap: Callable[[str, MissingThing | None], str]
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)


@dataclass
class ReasonPage(Page):
    """Asks why something stays as it is. `gap`: of one kind; None for all that is left."""

    template: ClassVar[str] = "closing/reason.html"
    meeting: MeetingView
    form: Form
    gap: Gap | None
    gaps: list[Gap]
    action: str


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/afslut"


# --- the page


@router.get(CLOSING, dependencies=[only(may_close_meetings)])
def show_closing(visit: AVisit, key: str) -> Response:
    return visit.page(_closing_page(visit, open_meeting(visit, key)))


def _closing_page(
    visit: Visit,
    meeting: MeetingView,
    *,
    themes: Form | None = None,
    deadline: Form | None = None,
    review: Form | None = None,
) -> ClosingPage:
    session, actor = visit.session, visit.actor
    state = meeting.shown_status
    is_held = state in HELD or state == "live"
    every = list_gaps(session, actor, meeting.id) if is_held else []
    unwritten = next((gap for gap in every if gap.kind == "unwritten_item"), None)
    gaps = [gap for gap in every if gap is not unwritten]
    minutes = find_minutes(session, actor, meeting.id) if is_held else None
    unthemed = next((gap.things for gap in gaps if gap.kind == "unthemed"), ())
    forms = Forms(
        themes or visit.blank(),
        deadline or visit.blank(answer_by=_in_days(visit.kit.site.answer_within_days)),
        review or visit.blank(comment_until=_in_days(USUAL_REVIEW_DAYS)),
    )
    return ClosingPage(
        meeting=meeting,
        steps=STEPS,
        step=_find_step(state, gaps, unwritten, minutes),
        turns=states.list_turns(meeting),
        is_today=states.is_today(meeting),
        gaps=gaps,
        missing=sum(gap.count for gap in gaps),
        unwritten=unwritten,
        left_empty=_count_empty(minutes) if minutes else 0,
        reasons=list_reasons(session, actor, meeting.id),
        minutes=minutes,
        open_comments=count_open(session, meeting.id) if state == "minutes_in_review" else 0,
        mails=count_waiting(session, meeting.id) if state in DONE else 0,
        suggestions=_suggest(visit, meeting, unthemed),
        menus=list_theme_menus(visit) if unthemed else [],
        may_undo_themes=contributions.find_last_tagging(session, actor, meeting.id) is not None,
        coming=find_next_in_series(session, actor, meeting.id),
        forms=forms,
        form=themes or deadline or forms.review,
        path_of_gap=lambda kind, thing: _path_of_gap(meeting.key, kind, thing),
    )


def _count_empty(minutes: MinutesView) -> int:
    """How many items of the programme have no text."""
    return sum(section.item_id is not None and not section.text for section in minutes.sections)


def _find_step(state: str, gaps: list[Gap], unwritten: Gap | None, minutes: MinutesView | None) -> str:
    if state not in HELD:
        return "over"
    if state == "approved":
        return "report"
    if state == "minutes_in_review":
        return "review" if minutes is not None and minutes.takes_comments else "approved"
    if gaps:
        return "gaps"
    return "minutes" if unwritten or minutes is None or minutes.is_empty else "review"


def _suggest(visit: Visit, meeting: MeetingView, things: tuple[MissingThing, ...]) -> dict[int, Suggestion]:
    """The likeliest theme of each, where the words point to one."""
    if not things:
        return {}
    texts = [f"{thing.title}\n{thing.text}" for thing in things]
    found = suggest_themes(visit.session, texts, meeting.held_on.year, most=1)
    return {things[place].id: suggested[0] for place, suggested in found.items()}


def _in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def _path_of_gap(key: str, kind: str, thing: MissingThing | None) -> str:
    """Where a thing is mended; without one, where all of the kind are, or nothing where each has its own."""
    base = f"/moeder/{key}"
    whole = {
        "board_open": f"{base}/tavler",
        "poll_open": f"{base}/afstemninger",
        "held_back": "/modereret/venter",
        "unpublished": f"{base}/indspil/maerk",
        "unthemed": f"{base}/indspil/maerk?uden=1",
        "group_silent": f"{base}/indspil/mange",
        "task_unanswered": f"{base}/indspil/mange",
        "no_slides": f"{base}/oplaegsholdere",
        "no_consent": f"{base}/oplaegsholdere",
        "not_checked_in": f"{base}/indtjekning",
        "unwritten_item": f"{base}/referat/skriv",
    }
    if thing is None:
        return whole.get(kind, "")
    each = {
        "board_open": f"{base}/tavler/{thing.id}",
        "poll_open": f"{base}/afstemninger/{thing.id}",
        "card_waiting": f"{base}/tavler/{thing.about}/ordn",
        "question_waiting": f"{base}/spoerg/{thing.about}/styr",
        "question_open": f"{base}/spoerg/{thing.about}/styr",
        "held_back": f"/indspil/{thing.reference}",
        "unpublished": f"/indspil/{thing.reference}",
        "unthemed": f"/indspil/{thing.reference}",
        "group_silent": f"{base}/indspil/mange?gruppe={thing.id}",
        "task_unanswered": f"{base}/indspil/mange?punkt={thing.about}",
        "no_answer_by": f"/indspil/{thing.reference}",
        "no_slides": f"{base}/oplaeg/nyt?punkt={thing.id}",
        "no_consent": f"{base}/oplaegsholdere/{thing.id}",
        "unwritten_item": f"{base}/referat/skriv#item-{thing.id}",
    }
    return each.get(kind) or whole.get(kind, "")


# --- reasons


@router.get(CLOSING + "/hvorfor/{word}", dependencies=[only(may_close_meetings)])
def ask_why(visit: AVisit, key: str, word: str) -> Response:
    meeting = open_meeting(visit, key)
    page = _reason_page(visit, meeting, visit.blank(), word)
    if not page.gaps:
        return visit.go(_path(meeting))
    return visit.page(page)


@router.post(CLOSING + "/hvorfor/{word}", dependencies=[only(may_close_meetings)])
def explain_gaps(visit: AVisit, key: str, word: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    kind = _read_kind(word)
    given = form.read(GapReasonInput)
    if given is not None:
        try:
            chosen = given.model_copy(update={"kind": kind})
            service.explain_gaps(visit.session, visit.actor, meeting.id, chosen)
            return visit.done(form, f"{_path(meeting)}#mangler", "closing_explained")
        except Refused as refusal:
            form.refuse("form", refusal.code)
    return visit.page(_reason_page(visit, meeting, form, word), 422)


def _read_kind(word: str) -> str | None:
    """None for all that is left. Raises NotFound."""
    if word != THE_REST and word not in KIND_OF:
        raise NotFound
    return KIND_OF.get(word)


def _reason_page(visit: Visit, meeting: MeetingView, form: Form, word: str) -> ReasonPage:
    kind = _read_kind(word)
    every = list_gaps(visit.session, visit.actor, meeting.id)
    gaps = [gap for gap in every if kind in (None, gap.kind)]
    gap = gaps[0] if kind is not None and gaps else None
    return ReasonPage(meeting, form, gap, gaps, f"{_path(meeting)}/hvorfor/{word}")


@router.post(CLOSING + "/begrundelser/{reason_id:int}/tag-tilbage", dependencies=[only(may_close_meetings)])
def take_back_reason(visit: AVisit, key: str, reason_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    service.take_back_reason(visit.session, visit.actor, meeting.id, reason_id)
    return visit.done(form, f"{_path(meeting)}#mangler", "closing_reason_back")


# --- mended on the page


@router.post(CLOSING + "/temaer", dependencies=[only(may_close_meetings)])
def give_themes(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ThemesInput)
    if given is None:
        if not form.values("contribution_ids"):
            form.errors.pop("contribution_ids", None)
            form.refuse("contribution_ids", "choose_cards")
    elif themes := given.as_themes():
        try:
            service.give_themes(visit.session, visit.actor, meeting.id, themes)
            return visit.done(form, f"{_path(meeting)}#mangler", "closing_themed")
        except Refused as refusal:
            form.refuse("theme_id", refusal.code)
    else:
        is_suggested = given.way == "suggested"
        form.refuse("theme_id", "closing_no_suggestion" if is_suggested else "closing_no_theme")
    return visit.page(_closing_page(visit, meeting, themes=form), 422)


@router.post(CLOSING + "/temaer/fortryd", dependencies=[only(may_close_meetings)])
def undo_themes(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    contributions.undo_tagging(visit.session, visit.actor, meeting.id)
    return visit.done(form, f"{_path(meeting)}#mangler", "closing_unthemed")


@router.post(CLOSING + "/svarfrister", dependencies=[only(may_close_meetings)])
def set_deadlines(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(DeadlineInput)
    if given is not None:
        try:
            service.set_deadlines(visit.session, visit.actor, meeting.id, given.answer_by)
            return visit.done(form, f"{_path(meeting)}#mangler", "closing_deadlines")
        except Refused as refusal:
            form.refuse("answer_by" if refusal.code == "answer_by_past" else "form", refusal.code)
    return visit.page(_closing_page(visit, meeting, deadline=form), 422)


# --- the minutes on their way


@router.post(CLOSING + "/referat", dependencies=[only(may_close_meetings)])
def send_minutes(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(ReviewInput)
    if given is not None:
        try:
            service.send_minutes(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _path(meeting), "minutes_sent")
        except Refused as refusal:
            is_day = refusal.code.startswith("minutes_deadline")
            form.refuse("comment_until" if is_day else "form", refusal.code, **refusal.values)
    return visit.page(_closing_page(visit, meeting, review=form), 422)
