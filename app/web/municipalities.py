"""The 98 municipalities by region, and what each of them has to do with the forum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import beside, read
from app.core.policy import NotFound
from app.domain.contributions.of_organisations import MOST_MARKS, Mark, count_said_and_marked, marks_of
from app.domain.contributions.on_the_map import CountryMap, MapCell, find_map_of_all
from app.domain.contributions.queries import Listing, said_on_behalf_of
from app.domain.meetings.of_organisations import count_meetings_by_organisation
from app.domain.meetings.queries import SpokenPart, spoken_for
from app.domain.organisations import queries
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_edit
from app.domain.projects.queries import ProjectCard, count_projects_by_organisation, projects_of
from app.domain.strategies.queries import StrategyView, count_strategies_by_municipality, strategies_of
from app.domain.users.of_organisations import confirmed_in
from app.domain.users.policy import may_look_after
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import address_of_page, count_pages, page_number, typed
from app.web.following import FollowState, follow_of
from app.web.tile_maps import MapChoice, ShownMap, read_choice, show

router = Router()

CONTRIBUTIONS = 10
MOST_PAGES = 100_000
MARKS = "interesser"


@dataclass
class MunicipalitiesPage(Page):
    """The counts are by organisation id; a municipality without any is not in them. `country`: what each of
    them is interested in, on a map."""

    template: ClassVar[str] = "municipalities/list.html"
    regions: list[tuple[str, list[Organisation]]]
    country: ShownMap
    cells: Mapping[int, MapCell]
    words: str
    total: int
    examples: int
    strategies: Mapping[int, int]
    projects: Mapping[int, int]
    meetings: Mapping[int, int]
    contributions: Mapping[int, int]


@dataclass
class MunicipalityPage(Page):
    """`more_marks` and `more_said`: the addresses of the pages of both lists, up to the number."""

    template: ClassVar[str] = "municipalities/show.html"
    municipality: Organisation
    projects: list[ProjectCard]
    strategies: list[StrategyView]
    spoken: list[SpokenPart]
    marks: list[Mark]
    mark_page: int
    mark_pages: int
    contributions: Listing
    more_marks: str
    more_said: str
    voices: int
    follow: FollowState
    may_edit: bool
    may_look_after: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The municipalities that the address asks for, and what they were narrowed with."""

    everyone: list[Organisation]
    country: CountryMap
    words: str
    choice: MapChoice
    cells: dict[int, MapCell]
    found: list[Organisation]


def find_asked_for(visit: Visit) -> Narrowed:
    country = find_map_of_all(visit.session, visit.actor)
    cells = {cell.organisation_id: cell for cell in country.cells}
    # The map counts the examples that are interested: what it counts, the list shows.
    everyone = queries.list_municipalities(visit.session, example_ids=cells)
    words = typed(visit, "q")
    named = queries.narrow(everyone, words)
    listed = [cells[one.id] for one in named if one.id in cells]
    choice = read_choice(visit, "/kommuner", country, listed, q=words)
    found = [one for one in named if _is_chosen(choice, cells.get(one.id))]
    return Narrowed(everyone, country, words, choice, cells, found)


@router.get("/kommuner", dependencies=[anyone])
def list_municipalities(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    asked = find_asked_for(visit)
    everyone, found, words, choice = asked.everyone, asked.country, asked.words, asked.choice
    cells, shown = asked.cells, asked.found
    return visit.page(
        MunicipalitiesPage(
            regions=[
                (name, [one for one in shown if _region(one) == name])
                for name in dict.fromkeys(map(_region, shown))
            ],
            country=show(found, choice),
            cells=cells,
            words=words,
            total=sum(not one.is_example for one in everyone),
            examples=sum(one.is_example for one in everyone),
            strategies=count_strategies_by_municipality(session, actor),
            projects=count_projects_by_organisation(session, actor),
            meetings=count_meetings_by_organisation(session, actor),
            contributions=count_said_and_marked(session, actor),
        )
    )


def _is_chosen(choice: MapChoice, cell: MapCell | None) -> bool:
    if cell is None:
        return not choice.active
    return choice.shows(cell) if choice.kind else choice.has(cell)


def _region(organisation: Organisation) -> str:
    return organisation.region or ""


@router.get("/kommuner/{key}", dependencies=[anyone])
def show_municipality(visit: AVisit, key: str) -> Response:
    session, actor = visit.session, visit.actor
    municipality = queries.find_municipality(session, key)
    if municipality is None:
        raise NotFound
    mark_page, page = page_number(visit, MOST_PAGES, MARKS), page_number(visit, MOST_PAGES)
    projects, strategies, spoken, (marks, mark_count), contributions, voices, follow = read(
        session,
        beside(
            projects_of(actor, municipality.id),
            strategies_of(actor, municipality.id),
            spoken_for(actor, municipality.id),
            marks_of(actor, municipality.id, mark_page),
            said_on_behalf_of(actor, municipality.id, page=page, per_page=CONTRIBUTIONS),
            confirmed_in(municipality.id),
            follow_of(visit, "organisation", municipality.id),
        ),
    )
    mark_pages = count_pages(mark_count, MOST_MARKS)
    mark_page = mark_page if mark_page <= mark_pages else 1
    base = prefixed(visit.language, f"/kommuner/{key}")
    return visit.page(
        MunicipalityPage(
            municipality=municipality,
            projects=projects,
            strategies=strategies,
            spoken=spoken,
            marks=marks,
            mark_page=mark_page,
            mark_pages=mark_pages,
            contributions=contributions,
            more_marks=address_of_page(
                base, MARKS, side=contributions.page if contributions.page > 1 else ""
            ),
            more_said=address_of_page(base, **{MARKS: mark_page if mark_page > 1 else ""}),
            voices=voices,
            follow=follow,
            may_edit=may_edit(actor, municipality),
            may_look_after=may_look_after(actor, municipality.id),
        )
    )
