"""Where a list goes on: the place of its last row, packed for the next address, good for this list only."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.slices import Place
from app.core.text import Line
from app.http.problems import Faulty

LONGEST = 1000
Words = Annotated[Line, StringConstraints(max_length=200)]
# "kdp-2021-2025/klima-og-ressourcer"
ThemeKey = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}/[a-z0-9-]{1,100}$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}$")]
Year = Annotated[int, Field(ge=1990, le=2100)]


class Asked(BaseModel):
    """The filters of a list, in the words of the pages' addresses. An unknown name or value is an error here:
    a program should hear of its misspelling."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=LONGEST, description="From `next` of the list before.")
    limit: int = Field(30, ge=1, le=100, description="At most so many items.")

    @property
    def filters(self) -> dict[str, Any]:
        """What narrows the list, as it stands in the address."""
        given = self.model_dump(mode="json", by_alias=True, exclude={"cursor", "limit"})
        return {name: value for name, value in given.items() if value not in (None, "", False, [])}


class Plain(Asked):
    """A list without filters."""


AskedPlain = Annotated[Plain, Query()]


def read_cursor(request: Request, asked: Asked) -> Place | None:
    """The place after which the list goes on, or None at its beginning. Raises Faulty."""
    if asked.cursor is None:
        return None
    try:
        packed = urlsafe_b64decode(asked.cursor.encode("ascii") + b"===")
        mark, *place = json.loads(packed)
    except (UnicodeError, NotBase64, ValueError, TypeError, RecursionError) as wrong:
        raise Faulty("cursor-invalid") from wrong
    if mark != _mark(request, asked) or not all(isinstance(value, str | int) for value in place):
        raise Faulty("cursor-invalid")
    return tuple(place)


def next_address(request: Request, asked: Asked, last: Place) -> str:
    """The whole address of what follows the row at this place."""
    packed = json.dumps([_mark(request, asked), *last], ensure_ascii=False, separators=(",", ":"))
    cursor = urlsafe_b64encode(packed.encode()).decode().rstrip("=")
    query = urlencode(asked.filters | {"limit": asked.limit, "cursor": cursor}, doseq=True)
    return f"{request.app.state.kit.site.base_url}{request.scope['path']}?{query}"


def _mark(request: Request, asked: Asked) -> str:
    """Which list a cursor belongs to: another address or other filters have another order or other rows."""
    told = json.dumps([request.scope["path"], asked.filters], sort_keys=True)
    return sha256(told.encode()).hexdigest()[:12]
