"""What the door of a route says by itself: `only(…)` or `anyone`, which stand before all else of it."""

from collections.abc import Awaitable, Callable
from zlib import crc32

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import Match

from app.core.policy import Actor
from app.http.problems import is_api
from app.http.visit import Forbidden, Kit, SignInFirst, Visit
from app.main import index_routes
from tests.access.asking import Asked

Door = Callable[..., Awaitable[None]]


def find_door(asked: Asked) -> Door | None:
    """The door of the route that such a request comes to; None for programs, who come by a key."""
    match, found = index_routes().matches(asked.scope({}))
    if match is not Match.FULL or is_api(asked.path):
        return None
    return first_dependency(found["route"])


def first_dependency(route: APIRoute) -> Door:
    """What is asked before anything else is read or looked up."""
    door = route.dependant.dependencies[0].call
    assert door is not None
    return door


async def knock(door: Door, actor: Actor, method: str, kit: Kit) -> str:
    """The mark of whoever is not let in by the door itself, `""` for the others."""
    if door.__name__ == "_anyone":
        return ""
    request = Request({"type": "http", "method": method, "path": "/", "headers": []})
    try:
        # The door asks nothing but who comes, and whether to change something.
        await door(Visit(request, None, actor, "da", kit))  # type: ignore[arg-type]
    except SignInFirst:
        return ">"
    except Forbidden:
        return "x"
    return ""


def choose_witness(name: str, refused: list[str]) -> str:
    """One of those whom the same door refuses: another for every route; `""` where it refuses nobody else."""
    return refused[crc32(name.encode()) % len(refused)] if refused else ""
