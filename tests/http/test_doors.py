"""A door knows its address at once, and is put together when somebody comes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
from fastapi import Path, Query
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.http.doors import LateRoute, Router

COMPARED = (
    *("name", "path", "methods", "unique_id", "status_code", "tags", "description", "dependencies"),
    *("path_format", "body_field", "response_field", "response_model", "openapi_extra", "include_in_schema"),
)


def show_case(number: Annotated[int, Path(ge=1)], sort: Annotated[str, Query(max_length=5)] = "new") -> None:
    """One case."""


def open_door(**told: Any) -> LateRoute:
    return LateRoute("/sager/{number:int}", show_case, methods=["get"], tags=["sager"], **told)


def asked_for(path: str, method: str = "GET") -> Scope:
    return {"type": "http", "method": method, "path": path}


def test_a_door_is_not_built_by_holding_addresses_against_it() -> None:
    door = open_door()
    found = [door.matches(asked_for(*one)) for one in [("/sager/7",), ("/sager/7", "POST"), ("/sager/x",)]]
    known = {"endpoint": show_case, "path_params": {"number": 7}, "route": door}
    assert (found, "dependant" in vars(door)) == (
        [(Match.FULL, known), (Match.PARTIAL, known), (Match.NONE, {})],
        False,
    )


def test_a_door_that_was_asked_for_is_what_it_would_have_been_at_once() -> None:
    told: dict[str, Any] = {"tags": ["sager"], "openapi_extra": {"x": 1}}
    late = LateRoute("/sager/{number:int}", show_case, methods=["get"], **told)
    at_once = APIRoute("/sager/{number:int}", show_case, methods=["get"], **told)
    built = [one.name for one in late.dependant.path_params + late.dependant.query_params]
    assert ([getattr(late, name) for name in COMPARED], built) == (
        [getattr(at_once, name) for name in COMPARED],
        ["number", "sort"],
    )


def test_a_door_that_many_ask_for_at_once_is_built_once() -> None:
    door = open_door()
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda _: door.dependant, range(64)))
    assert {id(one) for one in seen} == {id(door.dependant)}


def test_what_no_door_has_is_missing() -> None:
    with pytest.raises(AttributeError, match="nothing_such"):
        open_door().nothing_such  # noqa: B018


def test_a_door_that_cannot_be_built_says_why_each_time() -> None:
    def show(number: Annotated[int, Path()] = 1) -> None: ...

    door = LateRoute("/sager/{number}", show)
    for _ in range(2):
        with pytest.raises(AssertionError, match="cannot have default values"):
            door.dependant  # noqa: B018


def test_a_router_makes_such_doors() -> None:
    router = Router()
    router.get("/sager")(lambda: None)
    assert [type(one) for one in router.routes] == [LateRoute]
