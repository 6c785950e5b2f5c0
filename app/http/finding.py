"""Which route an address belongs to: found by its first word and its length, not from the top of hundreds."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route, get_route_path
from starlette.types import Receive, Scope, Send

_Shape = tuple[str | None, int]  # the first word, None for a place; and how many words there are


class RouteIndex(BaseRoute):
    """Many routes as one: the answers are those of the list itself, of which the first that fits is taken.

    Only for routes whose places hold no slash; another one is refused at the start.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        known = [(_shape_of(route), route) for route in routes]
        by_length: dict[int, list[tuple[_Shape, Route]]] = {}
        for shape, route in known:
            by_length.setdefault(shape[1], []).append((shape, route))
        self._by_shape = {
            shape: [route for other, route in by_length[shape[1]] if other[0] in (shape[0], None)]
            for shape in {shape for shape, _ in known}
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        best: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] != "http":
            return best
        _, _, path = get_route_path(scope).partition("/")
        first, length = path.partition("/")[0], path.count("/") + 1
        for route in self._by_shape.get((first, length)) or self._by_shape.get((None, length), ()):
            found = route.matches(scope)
            if found[0] is Match.FULL:
                return found
            if best[0] is Match.NONE:
                # The address is right and the method is not; another route may take it.
                best = found
        return best

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def _shape_of(route: Route) -> _Shape:
    assert ":path}" not in route.path, route.path
    words = route.path.split("/")[1:]
    return None if "{" in words[0] else words[0], len(words)
