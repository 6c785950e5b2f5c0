"""An address is held against few routes, and finds the one that it would find among all of them."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.api import routers as api_routers
from app.http.finding import RouteIndex
from app.main import index_routes
from app.web import routers

ODD = ("", "/", "//", "/x", "/x/y/anmeld", "/moeder/", "/moeder//program", "/moeder/10.ics", "/en/moeder")


def list_doors() -> list[APIRoute]:
    doors = (*routers(), *api_routers())
    return [route for router in doors for route in router.routes if isinstance(route, APIRoute)]


def list_addresses() -> Iterator[str]:
    yield from ODD
    for path in sorted({route.path for route in list_doors()}):
        yield re.sub(r"\{[^}]*\}", "1", path)


def find_from_the_top(scope: Scope) -> tuple[Match, Scope]:
    found = [route.matches(scope) for route in list_doors()]
    wanted = [one for kind in (Match.FULL, Match.PARTIAL) for one in found if one[0] is kind]
    return wanted[0] if wanted else (Match.NONE, {})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_finds_what_it_would_find_from_the_top_of_the_list(method: str) -> None:
    scopes = [{"type": "http", "method": method, "path": path} for path in list_addresses()]
    assert [index_routes().matches(one) for one in scopes] == [find_from_the_top(one) for one in scopes]


def test_a_route_whose_place_may_hold_slashes_is_refused_at_the_start() -> None:
    async def show() -> None: ...

    with pytest.raises(AssertionError):
        RouteIndex([APIRoute("/filer/{rest:path}", show)])
