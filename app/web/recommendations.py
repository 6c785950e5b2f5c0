"""What a committee is asked to recommend, and what became of it: drafted, sent, treated, decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core import i18n
from app.core.asking import Asking, beside, nothing, read
from app.core.clock import today
from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.bodies import recommending
from app.domain.bodies.models import Recommendation
from app.domain.bodies.policy import may_have_a_place, may_send_to
from app.domain.bodies.queries import (
    BodyCard,
    BodyMeetingView,
    BodyView,
    has_body_to_send_to,
    list_bodies_to_send_to,
    list_meetings,
)
from app.domain.bodies.recommended import (
    PER_PAGE,
    RecommendationCard,
    RecommendationView,
    Subject,
    find_recommendation,
    list_recommendations,
    recommended_about,
)
from app.domain.bodies.schemas import (
    DecidedInput,
    ReasonInput,
    RecommendationEdit,
    RecommendationInput,
    TreatedInput,
)
from app.domain.contributions.queries import find_contribution
from app.domain.meetings.schemas import Version
from app.domain.projects.own_projects import find_own_project
from app.domain.projects.queries import find_project
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.bodies import LIST as BODIES
from app.web.bodies import ONE as BODY
from app.web.bodies import get_body
from app.web.body_words import take_refusal
from app.web.contributions import PATHS
from app.web.filters import chosen, count_pages, page_number, typed, whole_number
from app.web.plan_pages import Difference, compare

router = Router()

LIST: Final = BODY + "/indstillinger"
ONE: Final = LIST + "/{number:int}"
STATES: Final = {
    "kladder": "draft",
    "sendt": "sent",
    "behandlet": "treated",
    "afgjort": "decided",
    "trukket": "withdrawn",
}
# The word in an address for each kind of thing that a body may recommend about.
_WORDS: Final = {
    "idea": "ide",
    "need": "behov",
    "wish": "oenske",
    "project": "projekt",
    "own_project": "eget",
}
_FIELDS: Final = {"project": "project_id", "own_project": "own_project_id"}


@dataclass(frozen=True, slots=True)
class AboutIt:
    """What bodies recommend about one thing. `take_path`: where the reader takes it to a body; None for who
    has none to take it to."""

    recommendations: Sequence[RecommendationCard]
    take_path: str | None


@dataclass
class RecommendationsPage(Page):
    """`state`: the word in the address of the state that is chosen, empty for all."""

    template: ClassVar[str] = "bodies/recommendations.html"
    body: BodyView
    recommendations: list[RecommendationCard]
    total: int
    page: int
    pages: int
    state: str
    may_send: bool


@dataclass
class RecommendationPage(Page):
    template: ClassVar[str] = "bodies/recommendation.html"
    body: BodyView
    one: RecommendationView
    meetings: dict[int, BodyMeetingView]
    may_take_back: bool
    may_withdraw: bool
    form: Form


@dataclass
class WriteRecommendationPage(Page):
    """`one` is None for a new one. `about`: what it is about, as the address has it."""

    template: ClassVar[str] = "bodies/write_recommendation.html"
    body: BodyView
    one: RecommendationView | None
    subject: Subject | None
    about: str
    form: Form
    differences: Sequence[Difference] = ()


@dataclass
class StepPage(Page):
    """Noting what became of it. `step`: the last word of the address."""

    template: ClassVar[str] = "bodies/step.html"
    body: BodyView
    one: RecommendationView
    step: str
    meetings: list[BodyMeetingView]
    form: Form


@dataclass
class ChooseBodyPage(Page):
    template: ClassVar[str] = "bodies/choose.html"
    subject: Subject
    about: str
    bodies: list[BodyCard]


# --- on the pages of other things


def look_at_bodies(visit: Visit, kind: str, thing_id: int, word: str) -> AboutIt:
    """What bodies recommend about the thing, for its own page; `word`: what its address calls it. One
    statement for strangers, two for who may have a place in a body."""
    return read(visit.session, recommended_of(visit, kind, thing_id, word))


def recommended_of(visit: Visit, kind: str, thing_id: int, word: str) -> Asking[AboutIt]:
    """The same, to be asked beside others."""
    actor = visit.actor
    found, takes = yield from beside(
        recommended_about(actor, _FIELDS.get(kind, "contribution_id"), thing_id),
        has_body_to_send_to(actor) if may_have_a_place(actor) else nothing(False),
    )
    return AboutIt(found, f"{BODIES}/tag-med?{_WORDS[kind]}={word}" if takes else None)


def _read_subject(visit: Visit, about: str) -> Subject | None:
    """What `kind:word` stands for, as far as the reader may see it."""
    session, actor = visit.session, visit.actor
    kind, _, word = about.partition(":")
    if kind in PATHS and kind in _WORDS:
        said = find_contribution(session, actor, word)
        if said is not None and said.kind == kind and said.status != "draft":
            return Subject(kind, said.id, said.title, PATHS[kind] + said.reference)
    elif kind == "project":
        project = find_project(session, actor, word)
        if project is not None:
            return Subject(kind, project.card.id, project.card.title, f"/projekter/{project.card.key}")
    elif kind == "own_project" and (number := whole_number(word)) is not None:
        own = find_own_project(session, actor, number)
        if own is not None:
            return Subject(kind, own.id, own.title, own.path)
    return None


def _read_came_with(visit: Visit) -> str:
    for kind, name in _WORDS.items():
        if word := typed(visit, name):
            return f"{kind}:{word}"
    return ""


@router.get(BODIES + "/tag-med", dependencies=[only(may_have_a_place)])
def take_along(visit: AVisit) -> Response:
    """Choose the body that something is taken to; where there is one only, straight to the form."""
    about = _read_came_with(visit)
    subject = _read_subject(visit, about)
    if subject is None:
        raise NotFound
    bodies = list_bodies_to_send_to(visit.session, visit.actor)
    kind, _, word = about.partition(":")
    query = f"{_WORDS[kind]}={word}"
    if len(bodies) == 1:
        return visit.go(f"{bodies[0].path}/indstillinger/ny?{query}")
    return visit.page(ChooseBodyPage(subject, query, bodies))


# --- reading


@router.get(LIST, dependencies=[anyone])
def show_recommendations(visit: AVisit, key: str) -> Response:
    body = get_body(visit, key)
    state = chosen(visit, "status", STATES)
    found = partial(list_recommendations, visit.session, visit.actor, body_id=body.card.id, state=state)
    rows, total = found()
    pages = count_pages(total, PER_PAGE)
    page = page_number(visit, pages)
    if page > 1:
        rows, total = found(page=page)
    return visit.page(
        RecommendationsPage(
            body=body,
            recommendations=rows,
            total=total,
            page=page,
            pages=pages,
            state=next((word for word, code in STATES.items() if code == state), ""),
            may_send=may_send_to(body.place) and not body.card.is_over,
        )
    )


@router.get(ONE, dependencies=[anyone])
def show_recommendation(visit: AVisit, key: str, number: int) -> Response:
    body, one = _find(visit, key, number)
    return visit.page(_page(visit, body, one, visit.blank()))


def _find(visit: Visit, key: str, number: int) -> tuple[BodyView, RecommendationView]:
    one = find_recommendation(visit.session, visit.actor, key, number)
    if one is None:
        raise NotFound
    return get_body(visit, key), one


def _page(visit: Visit, body: BodyView, one: RecommendationView, form: Form) -> RecommendationPage:
    to_come, held = list_meetings(visit.session, visit.actor, body.card.id)
    standing = [step for step in one.steps if not step.is_taken_back]
    return RecommendationPage(
        body=body,
        one=one,
        meetings={meeting.id: meeting for meeting in (*to_come, *held)},
        may_take_back=one.place.keeps_papers and bool(standing) and standing[-1].kind != "sent",
        may_withdraw=one.may_edit and one.card.state in ("draft", "sent", "treated"),
        form=form,
    )


# --- writing


@router.get(LIST + "/ny", dependencies=[only(may_have_a_place)])
def new_recommendation(visit: AVisit, key: str) -> Response:
    body = _get_open_body(visit, key)
    about = _read_came_with(visit)
    subject = _read_subject(visit, about)
    if about and subject is None:
        raise NotFound
    title = subject.title if subject else ""
    form = visit.blank(title=title, visibility="members")
    return visit.page(WriteRecommendationPage(body, None, subject, about, form))


def _get_open_body(visit: Visit, key: str) -> BodyView:
    body = get_body(visit, key)
    if not may_send_to(body.place):
        raise NotAllowed("not_allowed")
    return body


@router.post(LIST + "/ny", dependencies=[only(may_have_a_place)])
def draft(visit: AVisit, form: SentForm, key: str) -> Response:
    """Save a draft, or save and send it."""
    if before := visit.done_before(form):
        return before
    body = _get_open_body(visit, key)
    about = form.value("about")
    subject = _read_subject(visit, about)
    if about and subject is None:
        form.refuse("form", "body_unknown_subject")
    given = _with_subject(form, subject).read(RecommendationInput)
    if given is not None and not form.errors:
        try:
            made = recommending.draft_recommendation(visit.session, visit.actor, body.card.id, given)
            notice = _send_too(visit, form, made)
            return visit.done(form, f"{body.card.path}/indstillinger/{made.number}", notice)
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(WriteRecommendationPage(body, None, subject, about, form), 422)


def _send_too(visit: Visit, form: Form, made: Recommendation) -> str:
    if form.value("do") != "send":
        return "body_drafted"
    recommending.send_recommendation(visit.session, visit.actor, made.id, made.version)
    return "body_sent"


def _with_subject(form: Form, subject: Subject | None) -> Form:
    """The form as it is read; what it is about is put in by us, and errors come to the form itself."""
    read = Form(form.language, dict(form.typed), {})
    for name in ("contribution_id", "project_id", "own_project_id"):
        read.typed.pop(name, None)
    if subject is not None:
        read.typed[_FIELDS.get(subject.kind, "contribution_id")] = [str(subject.id)]
    read.errors = form.errors
    return read


@router.get(ONE + "/ret", dependencies=[only(may_have_a_place)])
def edit_page(visit: AVisit, key: str, number: int) -> Response:
    body, one = _find_draft(visit, key, number)
    form = visit.blank(**_current(one))
    return visit.page(WriteRecommendationPage(body, one, one.card.subject, "", form))


def _find_draft(visit: Visit, key: str, number: int) -> tuple[BodyView, RecommendationView]:
    body, one = _find(visit, key, number)
    if not one.may_edit:
        raise NotAllowed("not_allowed")
    return body, one


def _current(one: RecommendationView) -> dict[str, Any]:
    return {
        "title": one.card.title,
        "text": one.text,
        "visibility": one.card.visibility,
        "advised_id": one.advised_id,
        "version": one.version,
    }


@router.post(ONE + "/ret", dependencies=[only(may_have_a_place)])
def edit(visit: AVisit, form: SentForm, key: str, number: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, one = _find_draft(visit, key, number)
    given = _with_subject(form, one.card.subject).read(RecommendationEdit)
    status, differences = 422, []
    if given is not None:
        try:
            made = recommending.edit_recommendation(visit.session, visit.actor, one.card.id, given)
            return visit.done(form, one.card.path, _send_too(visit, form, made))
        except Refused as refusal:
            take_refusal(form, refusal)
            if refusal.code == "stale":
                status, differences = 409, compare(form, _current(one))
    return visit.page(WriteRecommendationPage(body, one, one.card.subject, "", form, differences), status)


@router.post(ONE + "/send", dependencies=[only(may_have_a_place)])
def send(visit: AVisit, form: SentForm, key: str, number: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, one = _find(visit, key, number)
    given = form.read(Version)
    try:
        recommending.send_recommendation(
            visit.session, visit.actor, one.card.id, given.version if given else 0
        )
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_page(visit, body, one, form), 409)
    return visit.done(form, one.card.path, "body_sent")


# --- what became of it

_STEPS: Final[dict[str, tuple[type[Any], Callable[..., Recommendation], str]]] = {
    "behandlet": (TreatedInput, recommending.treat, "body_treated"),
    "afgjort": (DecidedInput, recommending.decide, "body_decided"),
    "traek": (ReasonInput, recommending.withdraw_recommendation, "body_withdrawn"),
    "tag-tilbage": (ReasonInput, recommending.take_step_back, "body_taken_back"),
}


@router.get(ONE + "/trin/{step}", dependencies=[only(may_have_a_place)])
def step_page(visit: AVisit, key: str, number: int, step: str) -> Response:
    body, one, meetings = _find_step(visit, key, number, step)
    first = meetings[0].id if meetings else None
    by = one.advised_id
    form = visit.blank(version=one.version, meeting_id=first, happened_on=today(), advised_id=by)
    return visit.page(StepPage(body, one, step, meetings, form))


def _find_step(
    visit: Visit, key: str, number: int, step: str
) -> tuple[BodyView, RecommendationView, list[BodyMeetingView]]:
    if step not in _STEPS:
        raise NotFound
    body, one = _find(visit, key, number)
    if not (one.may_edit if step == "traek" else one.place.keeps_papers):
        raise NotAllowed("not_allowed")
    to_come, held = list_meetings(visit.session, visit.actor, body.card.id)
    been = [
        one_day for one_day in (*to_come, *held) if one_day.held_on <= today() and not one_day.is_cancelled
    ]
    return body, one, been


@router.post(ONE + "/trin/{step}", dependencies=[only(may_have_a_place)])
def note_step(visit: AVisit, form: SentForm, key: str, number: int, step: str) -> Response:
    if before := visit.done_before(form):
        return before
    body, one, meetings = _find_step(visit, key, number, step)
    model, verb, notice = _STEPS[step]
    given = form.read(model)
    if given is None:
        return visit.page(StepPage(body, one, step, meetings, form), 422)
    try:
        verb(visit.session, visit.actor, one.card.id, given)
        return visit.done(form, one.card.path, notice)
    except Refused as refusal:
        day = refusal.values.get("day")
        shown = i18n.format_date(day, visit.language, "long") if day is not None else ""
        if refusal.code == "before_sent":
            at = "meeting_id" if step == "behandlet" else "happened_on"
            form.refuse(at, "body_before_sent", shown_day=shown)
        else:
            take_refusal(form, refusal)
        if refusal.code == "stale":
            form.typed["version"] = [str(one.version)]
        return visit.page(StepPage(body, one, step, meetings, form), 409 if refusal.code == "stale" else 422)
