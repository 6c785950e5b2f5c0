"""Where in the country something matters: the map of the 98 for one wish, idea or need, and for a theme."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.contributions.on_the_map import find_map, find_map_of_theme
from app.domain.contributions.queries import ContributionView, find_contribution
from app.domain.strategies.crosswalk import themes_meaning
from app.domain.strategies.queries import ThemePlace
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.contributions import path_of
from app.web.themes import find_place
from app.web.tile_maps import ShownMap, read_choice, show

router = Router()


@dataclass
class MapPage(Page):
    """Of one thing (`said`), or of a theme (`place`). `base`: the address of what the map is of."""

    template: ClassVar[str] = "maps/show.html"
    said: ContributionView | None
    place: ThemePlace | None
    base: str
    country: ShownMap


@router.get("/oensker/{reference}/kort", dependencies=[anyone])
def show_map_of_wish(visit: AVisit, reference: str) -> Response:
    return show_map(visit, reference, "wish")


@router.get("/ideer/{reference}/kort", dependencies=[anyone])
def show_map_of_idea(visit: AVisit, reference: str) -> Response:
    return show_map(visit, reference, "idea")


@router.get("/behov/{reference}/kort", dependencies=[anyone])
def show_map_of_need(visit: AVisit, reference: str) -> Response:
    return show_map(visit, reference, "need")


def show_map(visit: Visit, reference: str, kind: str) -> Response:
    said = find_contribution(visit.session, visit.actor, reference)
    if said is None or said.kind != kind:
        raise NotFound
    base = path_of(said)
    found = find_map(visit.session, visit.actor, said.id)
    country = show(found, read_choice(visit, f"{base}/kort", found))
    return visit.page(MapPage(said=said, place=None, base=base, country=country))


@router.get("/temaer/{strategy_key}/{key}/kort", dependencies=[anyone])
def show_map_of_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    place = find_place(visit, strategy_key, key)
    meaning = themes_meaning(visit.session, place.ids)
    found = find_map_of_theme(visit.session, visit.actor, meaning.ids)
    country = show(found, read_choice(visit, f"{place.ref.path}/kort", found))
    return visit.page(MapPage(said=None, place=place, base=place.ref.path, country=country))
