"""A municipality's own projects, held against the themes of its policy, and what others do under the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound, Refused, require
from app.domain.meetings.schemas import Version
from app.domain.organisations.models import Organisation
from app.domain.pipeline.overview import JointTheme, Overview, find_overview, list_neighbours
from app.domain.pipeline.service import Thing
from app.domain.pipeline.things import ThingCard
from app.domain.projects import own_projects
from app.domain.projects.own_projects import OwnProjectView, find_own_project
from app.domain.projects.queries import ProjectView, find_project
from app.domain.projects.schemas import OwnProjectEdit, OwnProjectInput, PlacingInput
from app.domain.strategies.policy import OWN_LEVEL, may_read_own_policy, may_write_policy, own_municipality
from app.domain.strategies.queries import ThemeRef, find_themes, list_strategies, list_themes, walk
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import ThemeMenu, list_theme_menus
from app.web.own_policy import get_municipality, get_own_municipality, list_policies
from app.web.pipeline import Way, find_way, name_themes
from app.web.plan_pages import Difference, compare
from app.web.recommendations import AboutIt, look_at_bodies

router = Router()

LIST: Final = "/kommuner/{key}/projekter"
ONE: Final = LIST + "/{project_id:int}"
PLACING: Final = LIST + "/signatur/{project_key}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "policy_unknown_theme": _("Et af temaerne er ikke med længere. Vælg igen."),
        "notice_policy_project": _("Projektet er gemt."),
        "notice_policy_project_gone": _("Projektet er taget ud. Det kan ikke findes længere."),
        "notice_policy_placed": _("Nu står projektet under de valgte temaer i jeres politik."),
    }
)


@dataclass
class OverviewPage(Page):
    """`themes`: the names of all that the projects stand under."""

    template: ClassVar[str] = "own_policy/projects.html"
    municipality: Organisation
    overview: Overview
    themes: Mapping[int, ThemeRef]
    is_own: bool
    may_write: bool


@dataclass
class NeighboursPage(Page):
    template: ClassVar[str] = "own_policy/neighbours.html"
    municipality: Organisation
    joint: list[JointTheme]
    themes: Mapping[int, ThemeRef]
    is_own: bool
    has_policy: bool


@dataclass
class OwnProjectPage(Page):
    template: ClassVar[str] = "own_policy/project.html"
    municipality: Organisation
    project: OwnProjectView
    themes: Sequence[ThemeRef]
    way: Way | None
    bodies: AboutIt
    is_own: bool
    may_write: bool


@dataclass
class WriteProjectPage(Page):
    """`project` is None for a new one. `own`: the themes of the municipality's policy; `menus`: of the joint
    strategies."""

    template: ClassVar[str] = "own_policy/write_project.html"
    municipality: Organisation
    project: OwnProjectView | None
    form: Form
    own: Sequence[ThemeRef]
    menus: Sequence[ThemeMenu]
    differences: Sequence[Difference] = ()


@dataclass
class PlacingPage(Page):
    template: ClassVar[str] = "own_policy/placing.html"
    municipality: Organisation
    project: ProjectView
    form: Form
    own: Sequence[ThemeRef]


# --- reading


@router.get(LIST, dependencies=[anyone])
def show_overview(visit: AVisit, key: str) -> Response:
    """Projects by the themes of the policy: what supports what, the gaps, and what supports nothing."""
    municipality = get_municipality(visit, key)
    overview = find_overview(visit.session, visit.actor, municipality.id)
    is_own = own_municipality(visit.actor) == municipality.id
    return visit.page(
        OverviewPage(
            municipality=municipality,
            overview=overview,
            themes=name_themes(visit, overview.projects),
            is_own=is_own,
            may_write=is_own and may_write_policy(visit.session, visit.actor),
        )
    )


@router.get("/kommuner/{key}/naboer", dependencies=[anyone])
def show_neighbours(visit: AVisit, key: str) -> Response:
    """What others do under the same joint themes."""
    municipality = get_municipality(visit, key)
    joint = list_neighbours(visit.session, visit.actor, municipality.id)
    return visit.page(
        NeighboursPage(
            municipality=municipality,
            joint=joint,
            themes=name_themes(visit, _things_of(joint)),
            is_own=own_municipality(visit.actor) == municipality.id,
            has_policy=bool(list_policies(visit, municipality)),
        )
    )


def _things_of(joint: Iterable[JointTheme]) -> Iterable[ThingCard]:
    return (card for one in joint for card in one.things)


@router.get(ONE, dependencies=[anyone])
def show_project(visit: AVisit, key: str, project_id: int) -> Response:
    municipality, project = _find(visit, key, project_id)
    named = find_themes(visit.session, project.theme_ids) if project.theme_ids else {}
    is_own = own_municipality(visit.actor) == municipality.id
    return visit.page(
        OwnProjectPage(
            municipality=municipality,
            project=project,
            themes=[named[theme_id] for theme_id in project.theme_ids],
            way=find_way(visit, Thing("own_project", project.id), str(project.id)),
            bodies=look_at_bodies(visit, "own_project", project.id, str(project.id)),
            is_own=is_own,
            may_write=is_own and may_write_policy(visit.session, visit.actor),
        )
    )


def _find(visit: Visit, key: str, project_id: int) -> tuple[Organisation, OwnProjectView]:
    municipality = get_municipality(visit, key)
    project = find_own_project(visit.session, visit.actor, project_id)
    if project is None or project.municipality_id != municipality.id:
        raise NotFound
    return municipality, project


# --- writing


@router.get(LIST + "/nyt", dependencies=[only(may_read_own_policy)])
def new_project(visit: AVisit, key: str) -> Response:
    municipality = _get_writers(visit, key)
    return visit.page(_write_page(visit, municipality, None, visit.blank(visibility="own")))


def _get_writers(visit: Visit, key: str) -> Organisation:
    """The municipality, by one of those who write its policy and its projects."""
    municipality = get_own_municipality(visit, key)
    require(may_write_policy(visit.session, visit.actor))
    return municipality


def _write_page(
    visit: Visit,
    municipality: Organisation,
    project: OwnProjectView | None,
    form: Form,
    differences: Sequence[Difference] = (),
) -> WriteProjectPage:
    own = list_own_themes(visit, municipality)
    policies = {one.key for one in list_strategies(visit.session, visit.actor) if one.level == OWN_LEVEL}
    menus = [menu for menu in list_theme_menus(visit) if menu.themes[0].strategy_key not in policies]
    return WriteProjectPage(
        municipality=municipality,
        project=project,
        form=form,
        own=own,
        menus=menus,
        differences=differences,
    )


def list_own_themes(visit: Visit, municipality: Organisation) -> list[ThemeRef]:
    """The themes of the municipality's policies in force, in their order."""
    ids = [
        theme.id
        for policy in list_policies(visit, municipality)
        for theme in walk(list_themes(visit.session, policy.id))
    ]
    named = find_themes(visit.session, ids) if ids else {}
    return [named[theme_id] for theme_id in ids]


@router.post(LIST + "/nyt", dependencies=[only(may_read_own_policy)])
def register(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = _get_writers(visit, key)
    given = form.read(OwnProjectInput)
    if given is not None:
        try:
            made = own_projects.register_project(visit.session, visit.actor, given)
            return visit.done(form, f"/kommuner/{key}/projekter/{made.id}", "policy_project")
        except Refused as refusal:
            _take_refusal(form, refusal)
    return visit.page(_write_page(visit, municipality, None, form), 422)


def _take_refusal(form: Form, refusal: Refused) -> None:
    if refusal.code == "unknown_theme":
        form.refuse("theme_ids", "policy_unknown_theme")
    else:
        form.refuse("form", refusal.code, **refusal.values)


@router.get(ONE + "/ret", dependencies=[only(may_read_own_policy)])
def edit_page(visit: AVisit, key: str, project_id: int) -> Response:
    municipality, project = _find_writers(visit, key, project_id)
    return visit.page(_write_page(visit, municipality, project, visit.blank(**_current(project))))


def _find_writers(visit: Visit, key: str, project_id: int) -> tuple[Organisation, OwnProjectView]:
    """What cannot be seen is missing, before anybody is told that it may not be changed."""
    municipality, project = _find(visit, key, project_id)
    if own_municipality(visit.actor) != municipality.id:
        raise NotAllowed("not_allowed")
    require(may_write_policy(visit.session, visit.actor))
    return municipality, project


def _current(project: OwnProjectView) -> dict[str, object]:
    return {
        "title": project.title,
        "text": project.text,
        "visibility": project.visibility,
        "theme_ids": list(project.theme_ids),
        "version": project.version,
    }


@router.post(ONE + "/ret", dependencies=[only(may_read_own_policy)])
def edit(visit: AVisit, form: SentForm, key: str, project_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    municipality, project = _find_writers(visit, key, project_id)
    given = form.read(OwnProjectEdit)
    if given is None:
        return visit.page(_write_page(visit, municipality, project, form), 422)
    try:
        own_projects.edit_own_project(visit.session, visit.actor, project.id, given)
        return visit.done(form, project.path, "policy_project")
    except Refused as refusal:
        _take_refusal(form, refusal)
        is_stale = refusal.code == "stale"
        differences = compare(form, _current(project)) if is_stale else []
        page = _write_page(visit, municipality, project, form, differences)
        return visit.page(page, 409 if is_stale else 422)


@router.post(ONE + "/fjern", dependencies=[only(may_read_own_policy)])
def remove(visit: AVisit, form: SentForm, key: str, project_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    municipality, project = _find_writers(visit, key, project_id)
    given = form.read(Version)
    try:
        own_projects.remove_own_project(visit.session, visit.actor, project.id, given.version if given else 0)
    except Refused as refusal:
        again = visit.blank(**_current(project))
        again.refuse("form", refusal.code)
        return visit.page(_write_page(visit, municipality, project, again), 409)
    return visit.done(form, f"/kommuner/{key}/projekter", "policy_project_gone")


# --- a signature project in the own policy


@router.get(PLACING, dependencies=[only(may_read_own_policy)])
def placing_page(visit: AVisit, key: str, project_key: str) -> Response:
    municipality, project = _find_run(visit, key, project_key)
    own = list_own_themes(visit, municipality)
    held = [theme.id for theme in own if theme.id in project.card.theme_ids]
    return visit.page(PlacingPage(municipality, project, visit.blank(theme_ids=held), own))


def _find_run(visit: Visit, key: str, project_key: str) -> tuple[Organisation, ProjectView]:
    """A signature project that the own municipality runs."""
    municipality = _get_writers(visit, key)
    project = find_project(visit.session, visit.actor, project_key)
    if project is None or project.authority_id != municipality.id:
        raise NotFound
    return municipality, project


@router.post(PLACING, dependencies=[only(may_read_own_policy)])
def place(visit: AVisit, form: SentForm, key: str, project_key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality, project = _find_run(visit, key, project_key)
    given = form.read(PlacingInput)
    if given is not None:
        try:
            own_projects.place_project(visit.session, visit.actor, project_key, given)
            return visit.done(form, f"/kommuner/{key}/projekter", "policy_placed")
        except Refused as refusal:
            _take_refusal(form, refusal)
    own = list_own_themes(visit, municipality)
    return visit.page(PlacingPage(municipality, project, form, own), 422)
