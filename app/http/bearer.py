"""Keys of programs on their way in: read from the header only, never from the address. No key is logged."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problems import ROOT, is_api

PREFIX = "dfk_"
_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
# Also a cut or a misspelt one is nobody's business.
_LIKE_A_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{8,}}")
# A sealed link (core/links.py) opens something to whoever has it: /invitation/12/SEAL, /kalender/7/SEAL.ics.
_LIKE_A_SEAL = re.compile(r"(/[0-9]+(?:/[a-z]+)?/)[A-Za-z0-9_-]{24,}")
# Of an own link to an evaluation, whose it is as well: no line may say who answered when.
_LIKE_AN_ANSWER = re.compile(r"(/evaluering/)[a-z][0-9]+/[^/]*")
_NAMES_OF_KEYS = frozenset({"access_token", "token", "api_key", "apikey", "noegle"})


class WrongKey(Exception):
    """A key that is none, or works no longer."""


class ScopeMissing(Exception):
    """A key used for something that it was not made for."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


def read_bearer(request: Request) -> str | None:
    """The key in the header, or None where there is none. Raises WrongKey for what cannot be one."""
    given = [value.split(None, 1) for value in request.headers.getlist("authorization")]
    keys = [parts for parts in given if parts and parts[0].lower() == "bearer"]
    if not keys:
        return None
    if len(keys) > 1 or len(keys[0]) != 2 or not _KEY.fullmatch(keys[0][1].strip()):
        raise WrongKey
    return keys[0][1].strip()


def mask_keys(text: str) -> str:
    """The text with every key and every seal of a link in it made unreadable; for the log."""
    text = _LIKE_AN_ANSWER.sub(r"\1…", _LIKE_A_KEY.sub(f"{PREFIX}…", text))
    return _LIKE_A_SEAL.sub(r"\1…", text)


def has_key_in_query(query: bytes) -> bool:
    """Whether a query string carries a key, under whatever name, or anything under the name of one."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(name.lower() in _NAMES_OF_KEYS or PREFIX in name + value for name, value in pairs)


class KeyGate:
    """Refuses addresses for programs that carry a key: addresses are kept in logs and histories."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request], Response]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_for_programs = scope["type"] == "http" and (scope["path"] == ROOT or is_api(scope["path"]))
        if is_for_programs and has_key_in_query(scope["query_string"]):
            await self.refuse(Request(scope))(scope, receive, send)
            return
        await self.app(scope, receive, send)
