"""Doors that are put together when somebody first comes: fifteen hundred of them were half of every start."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import RLock
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path

_building = RLock()
_OF_THE_ADDRESS = frozenset({"path_regex", "path_format", "param_convertors"})


class LateRoute(APIRoute):
    """A route that knows its address and methods at once, and reads what its function takes when it is asked.

    FastAPI reads every signature and builds every model as the route is made; here that is done at the first
    request, and for all where the schema is read. What is wrong with a signature so shows late: a test builds
    every door.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Sequence[str] | set[str] | None = None,
        openapi_extra: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.methods = {method.upper() for method in methods or ("GET",)}
        self.openapi_extra = openapi_extra
        self._told: dict[str, Any] | None = told

    def __getattr__(self, name: str) -> Any:
        """What is not there yet. Asked by threads too, so one builds and the others wait."""
        if name.startswith("__") or "_told" not in self.__dict__:
            raise AttributeError(name)
        if name in _OF_THE_ADDRESS:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
            return self.__dict__[name]
        with _building:
            if name not in self.__dict__:
                self._build()
            if name not in self.__dict__:
                raise AttributeError(name)
            return self.__dict__[name]

    def _build(self) -> None:
        told, self._told = self._told, None
        if told is None:
            return
        try:
            super().__init__(
                self.path, self.endpoint, methods=self.methods, openapi_extra=self.openapi_extra, **told
            )
        except BaseException:
            self._told = told
            raise


Router = partial(APIRouter, route_class=LateRoute)
