"""The signature projects with artificial intelligence: the programme, the projects, one of them."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.pipeline.queries import list_barriers_of_projects
from app.domain.pipeline.service import Thing
from app.domain.projects import queries
from app.domain.projects.queries import Choice, ChoiceCounts, ProgrammeView, ProjectCard, ProjectView
from app.domain.projects.schemas import Evaluation
from app.domain.strategies.policy import may_write_policy, own_municipality
from app.domain.strategies.queries import ThemeRef, find_themes
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import Menu, address, address_of_page, chosen, count_pages, make_menu, page_number
from app.web.pipeline import BARRIER_WORDS, Way, find_way
from app.web.pressure_marks import TestsOf, find_tests_of
from app.web.recommendations import AboutIt, look_at_bodies
from app.web.sources import SourceLink, name_source

router = Router()

PER_PAGE = 30
FIELDS = {
    "sundhed": "health",
    "administration": "administration",
    "beskaeftigelse": "employment",
    "byggeri": "building",
    "sygehus": "hospital",
    "klima": "climate",
    "social": "social",
    "andet": "other",
}


@dataclass(frozen=True, slots=True)
class ThemeMenu:
    """The themes that projects stand under: (path, theme, count)."""

    chosen: str
    options: list[tuple[str, ThemeRef, int]]


@dataclass
class ProjectsPage(Page):
    """`without` are the addresses of the list with one of the filters taken away, by its name."""

    template: ClassVar[str] = "projects/list.html"
    programme: ProgrammeView | None
    found: int
    projects: list[ProjectCard]
    total: int
    rounds: Menu
    fields: Menu
    barriers: Menu
    themes: ThemeMenu
    page: int
    pages: int
    page_address: str
    without: dict[str, str]


@dataclass
class ProjectPage(Page):
    """`told`: what the source says of participants beyond the names of those that are listed. `may_place`:
    where the reader places it in the own municipality's policy."""

    template: ClassVar[str] = "projects/show.html"
    project: ProjectView
    themes: list[ThemeRef]
    evaluations: list[Evaluation]
    source: SourceLink | None
    told: list[str]
    way: Way | None
    tests: TestsOf
    bodies: AboutIt
    may_place: str | None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The projects that the address asks for, and what they were narrowed with."""

    everyone: list[ProjectCard]
    themes: dict[int, ThemeRef]
    theme_words: dict[str, int]
    round_words: dict[str, int]
    choice: Choice
    found: list[ProjectCard]


def find_asked_for(visit: Visit) -> Narrowed:
    session = visit.session
    everyone = queries.list_projects(session, visit.actor, list_barriers_of_projects(session, visit.actor))
    known = find_themes(session, {theme_id for project in everyone for theme_id in project.theme_ids})
    theme_words = {f"{theme.strategy_key}/{theme.key}": theme.id for theme in known.values()}
    round_words = {str(year): year for year in sorted({project.round_year for project in everyone})}
    choice = Choice(
        round_year=chosen(visit, "runde", round_words),
        field=chosen(visit, "omraade", FIELDS),
        theme_id=chosen(visit, "tema", theme_words),
        barrier=chosen(visit, "barriere", BARRIER_WORDS),
    )
    return Narrowed(everyone, known, theme_words, round_words, choice, queries.narrow(everyone, choice))


@router.get("/projekter", dependencies=[anyone])
def list_projects(visit: AVisit) -> Response:
    session, asked = visit.session, find_asked_for(visit)
    everyone, known, choice, found = asked.everyone, asked.themes, asked.choice, asked.found
    theme_words, round_words = asked.theme_words, asked.round_words
    counts = queries.count_choices(everyone, choice)
    menus = {
        "rounds": make_menu("runde", round_words, choice.round_year, counts.rounds),
        "fields": make_menu("omraade", FIELDS, choice.field, counts.fields),
        "barriers": make_menu("barriere", BARRIER_WORDS, choice.barrier, counts.barriers),
    }
    themes = make_theme_menu(known, theme_words, choice, counts)
    set_filters = {menu.name: menu.chosen for menu in menus.values()} | {"tema": themes.chosen}
    pages = count_pages(len(found), PER_PAGE)
    page = page_number(visit, pages)
    return visit.page(
        ProjectsPage(
            programme=queries.get_programme(session),
            found=len(everyone),
            projects=found[(page - 1) * PER_PAGE : page * PER_PAGE],
            total=len(found),
            themes=themes,
            page=page,
            pages=pages,
            page_address=address_of_page("/projekter", **set_filters),
            without={
                name: address("/projekter", **set_filters | {name: ""})
                for name, value in set_filters.items()
                if value
            },
            **menus,
        )
    )


def make_theme_menu(
    known: dict[int, ThemeRef], words: dict[str, int], choice: Choice, counts: ChoiceCounts
) -> ThemeMenu:
    options = [
        (word, known[theme_id], counts.themes.get(theme_id, 0))
        for word, theme_id in words.items()
        if theme_id in counts.themes or theme_id == choice.theme_id
    ]
    options.sort(key=lambda option: (-(option[1].period_from or 0), option[0]))
    return ThemeMenu(next((word for word, t in words.items() if t == choice.theme_id), ""), options)


@router.get("/projekter/{key}", dependencies=[anyone])
def show_project(visit: AVisit, key: str) -> Response:
    project = queries.find_project(visit.session, visit.actor, key)
    if project is None:
        raise NotFound
    themes = find_themes(visit.session, project.card.theme_ids)
    programme = queries.get_programme(visit.session)
    return visit.page(
        ProjectPage(
            project=project,
            themes=[themes[theme_id] for theme_id in project.card.theme_ids],
            evaluations=[
                evaluation
                for evaluation in (programme.evaluations if programme else ())
                if project.card.round_year in evaluation.rounds
            ],
            source=name_source(project.source_url) if project.source_url else None,
            told=find_told_beyond_names(project, visit.language),
            way=find_way(visit, Thing("project", project.card.id), key),
            tests=find_tests_of(visit, project=(project.card.id, key)),
            bodies=look_at_bodies(visit, "project", project.card.id, key),
            may_place=_find_placing(visit, project),
        )
    )


def _find_placing(visit: Visit, project: ProjectView) -> str | None:
    """Where those of the municipality that runs it place it in their own policy; None for others."""
    if project.authority_id is None or project.authority_id != own_municipality(visit.actor):
        return None
    if not may_write_policy(visit.session, visit.actor):
        return None
    return f"/kommuner/{project.card.authority_key}/projekter/signatur/{project.card.key}"


def find_told_beyond_names(project: ProjectView, language: str) -> list[str]:
    """The source's words about participants, without those that only name one of the listed organisations."""
    names = {partner.name.removesuffix(" Kommune") for partner in project.partners}
    texts = project.participant_texts
    if language == "en" and len(project.participant_texts_en) == len(texts):
        texts = project.participant_texts_en
    return [text for text in texts if text.removesuffix(" Kommune") not in names]
