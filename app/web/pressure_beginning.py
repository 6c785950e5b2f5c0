"""Beginning a pressure test, also again; a municipality's own in one form; naming somebody else to assess."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.contributions.queries import Filters, find_contribution, list_ideas
from app.domain.pressure_tests import service
from app.domain.pressure_tests.assessors import Candidate, list_candidates
from app.domain.pressure_tests.criteria import CriterionView, list_criteria
from app.domain.pressure_tests.freezing import ThemeNow, list_themes_now
from app.domain.pressure_tests.policy import may_test, may_test_privately, own_municipality
from app.domain.pressure_tests.queries import AssessorView, TestView
from app.domain.pressure_tests.schemas import AloneInput, PressureTestInput, RetestInput
from app.domain.projects.own_projects import find_own_project, list_own_projects
from app.domain.projects.queries import find_project, list_projects
from app.domain.strategies.queries import StrategyView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.pressure_marks import LIST
from app.web.pressure_tests import choose_first, find_test, list_with_themes
from app.web.pressure_words import read_fits, take_refusal

router = Router()

MOST_STRATEGIES = 10
# What a form is about before it is taken: (value, words, words in English) under (kind).
Choices = dict[str, list[tuple[str, str, str]]]


@dataclass
class BeginPage(Page):
    """A test by others. `of`: the subject that the reader came with, as (kind, title, title in English);
    `retest`: the test that is repeated. `candidates`: who may assess, those chosen first."""

    template: ClassVar[str] = "pressure_tests/begin.html"
    form: Form
    subjects: Choices
    strategies: list[StrategyView]
    candidates: list[Candidate]
    criteria: list[CriterionView]
    is_own: bool
    own_name: str
    action: str
    retest: TestView | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """The themes of a strategy as they are now."""

    strategy: StrategyView
    themes: list[ThemeNow]


@dataclass
class AlonePage(Page):
    """A municipality's own test in one form. `kept`: what the address carries besides the strategies."""

    template: ClassVar[str] = "pressure_tests/alone.html"
    form: Form
    subjects: Choices
    strategies: list[StrategyView]
    chapters: list[Chapter]
    own_name: str
    action: str
    kept: list[tuple[str, str]]


@dataclass
class ReplacePage(Page):
    template: ClassVar[str] = "pressure_tests/replace.html"
    form: Form
    test: TestView
    assessor: AssessorView
    candidates: list[Candidate]
    asked: str


# --- what it is about


def _read_came_with(visit: Visit) -> str:
    """The subject that the address names, as the menu has it: idea:ID-0012, project:sp-2020-01, own:5."""
    for name, kind in (("ide", "idea"), ("projekt", "project"), ("eget", "own")):
        if word := typed(visit, name):
            return f"{kind}:{word}"
    return ""


def _list_subjects(visit: Visit, chosen: str) -> Choices:
    """What the reader can test: their own projects, the newest ideas, the signature projects; and what they
    came with or have chosen, however old it is. Six statements at most."""
    session, actor = visit.session, visit.actor
    own_id = own_municipality(actor)
    found: Choices = {"own": [], "idea": [], "project": []}
    if own_id is not None:
        rows, _total = list_own_projects(session, actor, own_id)
        found["own"] = [(f"own:{one.id}", one.title, "") for one in rows]
    ideas = list_ideas(session, actor, Filters()).listing.rows
    found["idea"] = [(f"idea:{one.reference}", f"{one.reference} {one.title}", "") for one in ideas]
    projects = list_projects(session, actor)
    found["project"] = [(f"project:{one.key}", one.title, one.title_en or "") for one in projects]
    kind, _, word = chosen.partition(":")
    known = {value for options in found.values() for value, *_ in options}
    if kind == "idea" and chosen not in known and (idea := find_contribution(session, actor, word)):
        found["idea"].insert(0, (chosen, f"{idea.reference} {idea.title}", ""))
    return found


def _take_subject(visit: Visit, form: Form) -> dict[str, Any] | None:
    """The chosen subject as fields of the domain; None with a sentence at the field."""
    session, actor = visit.session, visit.actor
    kind, _, word = form.value("subject").partition(":")
    if kind == "idea":
        idea = find_contribution(session, actor, word)
        if idea is not None and idea.kind == "idea":
            return {"idea_id": idea.id}
    elif kind == "project":
        project = find_project(session, actor, word)
        if project is not None:
            return {"project_id": project.card.id}
    elif kind == "own":
        number = whole_number(word)
        own = find_own_project(session, actor, number) if number else None
        if own is not None and own.municipality_id == own_municipality(actor):
            return {"title": own.title, "text": own.text}
    elif form.value("title").strip():
        return {"title": form.value("title"), "text": form.value("text")}
    else:
        form.refuse("subject", "press_one_subject")
        return None
    form.refuse("subject", "press_subject_unseen")
    return None


# --- a test by others


@router.get(LIST + "/ny", dependencies=[only(may_test)])
def new_test(visit: AVisit) -> Response:
    first = choose_first(list_with_themes(visit), own=not visit.actor.is_staff)
    chosen = [str(first.id)] if first else []
    return visit.page(
        _begin_page(visit, visit.blank(subject=_read_came_with(visit), strategy_ids=chosen), f"{LIST}/ny")
    )


@router.post(LIST + "/ny", dependencies=[only(may_test)])
def begin_test(visit: AVisit, form: SentForm) -> Response:
    if form.value("handling") == "find":
        return visit.page(_begin_page(visit, form, f"{LIST}/ny"))
    if before := visit.done_before(form):
        return before
    subject = _take_subject(visit, form)
    raw = Form(form.language, dict(form.typed), {})
    for name in ("title", "text", "idea_id", "project_id"):
        raw.typed.pop(name, None)
    raw.typed |= {name: [str(value)] for name, value in (subject or {"title": "-"}).items()}
    given = raw.read(PressureTestInput)
    form.errors |= {name: words for name, words in raw.errors.items() if name not in form.errors}
    if subject is not None and given is not None:
        try:
            test = service.begin_test(visit.session, visit.actor, given)
        except NotFound:
            form.refuse("subject", "press_subject_unseen")
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            notice = "press_begun_own" if test.owner_id is not None else "press_begun"
            return visit.done(form, f"{LIST}/{test.id}", notice)
    return visit.page(_begin_page(visit, form, f"{LIST}/ny"), 422)


def _begin_page(visit: Visit, form: Form, action: str, retest: TestView | None = None) -> BeginPage:
    is_own = not visit.actor.is_staff
    strategies = list_with_themes(visit)
    return BeginPage(
        form=form,
        subjects=_list_subjects(visit, form.value("subject")) if retest is None else {},
        strategies=strategies,
        candidates=_find_candidates(visit, form, is_private=is_own),
        criteria=list_criteria(visit.session, visit.actor),
        is_own=is_own,
        own_name=visit.actor.organisation_name if is_own else "",
        action=action,
        retest=retest,
    )


def _find_candidates(visit: Visit, form: Form, *, is_private: bool) -> list[Candidate]:
    """Who matches what was asked for, and who is chosen; each person once."""
    chosen = [number for word in form.values("assessor_ids") if (number := whole_number(word))]
    found = list_candidates(
        visit.session, visit.actor, is_private=is_private, text=form.value("asked"), user_ids=chosen
    )
    return list({one.user_id: one for one in reversed(found)}.values())[::-1]


# --- the same again


@router.get(LIST + "/{test_id:int}/igen", dependencies=[only(may_test)])
def new_retest(visit: AVisit, test_id: int) -> Response:
    test = _find_led(visit, test_id)
    form = visit.blank(
        strategy_ids=[one.id for one in test.strategies], with_criteria="1" if test.criteria else None
    )
    return visit.page(_begin_page(visit, form, f"{LIST}/{test_id}/igen", test))


@router.post(LIST + "/{test_id:int}/igen", dependencies=[only(may_test)])
def retest(visit: AVisit, form: SentForm, test_id: int) -> Response:
    test = _find_led(visit, test_id)
    action = f"{LIST}/{test_id}/igen"
    if form.value("handling") == "find":
        return visit.page(_begin_page(visit, form, action, test))
    if before := visit.done_before(form):
        return before
    given = form.read(RetestInput)
    if given is not None and not given.strategy_ids:
        form.refuse("strategy_ids", "too_short")
        given = None
    if given is not None:
        try:
            made = service.retest(visit.session, visit.actor, test_id, given)
        except NotFound:
            form.refuse("form", "press_subject_unseen")
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            notice = "press_begun_own" if made.owner_id is not None else "press_begun"
            return visit.done(form, f"{LIST}/{made.id}", notice)
    return visit.page(_begin_page(visit, form, action, test), 422)


def _find_led(visit: Visit, test_id: int) -> TestView:
    test = find_test(visit, test_id)
    if not test.may_lead:
        raise NotAllowed
    return test


# --- a municipality's own, in one form


@router.get(LIST + "/alene", dependencies=[only(may_test_privately)])
def new_alone(visit: AVisit) -> Response:
    return visit.page(_alone_page(visit, visit.blank(subject=_read_came_with(visit))))


@router.post(LIST + "/alene", dependencies=[only(may_test_privately)])
def press_alone(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    subject = _take_subject(visit, form)
    chapters = _find_chapters(visit)
    themes = read_fits(form, [theme.id for chapter in chapters for theme in chapter.themes], whole=True)
    raw = Form(form.language, {name: [str(value)] for name, value in (subject or {"title": "-"}).items()}, {})
    raw.typed |= {"strategy_ids": [str(one.strategy.id) for one in chapters], "themes": []}
    given = raw.read(AloneInput)
    form.errors |= {name: words for name, words in raw.errors.items() if name not in form.errors}
    if given is not None and not form.errors:
        try:
            whole = given.model_copy(update={"themes": themes})
            test = service.press_alone(visit.session, visit.actor, whole)
        except NotFound:
            form.refuse("subject", "press_subject_unseen")
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return visit.done(form, f"{LIST}/{test.id}", "press_alone")
    return visit.page(_alone_page(visit, form, chapters), 422)


def _find_chapters(visit: Visit, strategies: list[StrategyView] | None = None) -> list[Chapter]:
    """The strategies that the address names with their themes, or the one that one is most likely to want."""
    known = list_with_themes(visit) if strategies is None else strategies
    wanted = visit.request.query_params.getlist("strategi")
    chosen = [one for one in known if one.key in wanted][:MOST_STRATEGIES]
    if not chosen and (first := choose_first(known, own=True)):
        chosen = [first]
    themes = list_themes_now(visit.session, [one.id for one in chosen])
    return [Chapter(one, [theme for theme in themes if theme.strategy_id == one.id]) for one in chosen]


def _alone_page(visit: Visit, form: Form, chapters: list[Chapter] | None = None) -> AlonePage:
    strategies = list_with_themes(visit)
    held = _find_chapters(visit, strategies) if chapters is None else chapters
    kept = [(name, word) for name in ("ide", "projekt", "eget") if (word := typed(visit, name))]
    query = "&".join(f"strategi={one.strategy.key}" for one in held)
    return AlonePage(
        form=form,
        subjects=_list_subjects(visit, form.value("subject")),
        strategies=strategies,
        chapters=held,
        own_name=visit.actor.organisation_name,
        action=f"{LIST}/alene?{query}" if query else f"{LIST}/alene",
        kept=kept,
    )


# --- somebody else to assess


@router.get(LIST + "/{test_id:int}/bedoemmere/{assessor_id:int}", dependencies=[only(may_test)])
def ask_for_other(visit: AVisit, test_id: int, assessor_id: int) -> Response:
    test = _find_led(visit, test_id)
    return visit.page(_replace_page(visit, visit.blank(), test, assessor_id, typed(visit, "q")))


@router.post(LIST + "/{test_id:int}/bedoemmere/{assessor_id:int}", dependencies=[only(may_test)])
def replace_assessor(visit: AVisit, form: SentForm, test_id: int, assessor_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    test = _find_led(visit, test_id)
    user_id = whole_number(form.value("user_id"))
    if user_id is None:
        form.refuse("user_id", "literal_error")
    else:
        try:
            service.replace_assessor(visit.session, visit.actor, test_id, assessor_id, user_id)
        except Refused as refusal:
            take_refusal(
                form,
                refusal,
                assessor_twice="user_id",
                assessor_unknown="user_id",
                assessor_own="user_id",
                assessor_cannot_read="user_id",
            )
        else:
            return visit.done(form, f"{LIST}/{test_id}#bedoemmere", "press_replaced")
    return visit.page(_replace_page(visit, form, test, assessor_id, form.value("asked")), 422)


def _replace_page(visit: Visit, form: Form, test: TestView, assessor_id: int, asked: str) -> ReplacePage:
    assessor = next((one for one in test.assessors if one.id == assessor_id), None)
    if assessor is None:
        raise NotFound
    is_private = test.owner_id is not None
    found = list_candidates(visit.session, visit.actor, is_private=is_private, text=asked)
    candidates = list({one.user_id: one for one in found}.values())
    return ReplacePage(form=form, test=test, assessor=assessor, candidates=candidates, asked=asked)
