"""What goes out: described models, lists with what follows, and an ETag on each."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Generic, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.api.paging import Asked, next_address, read_cursor
from app.api.words import WORDS
from app.core.slices import Place, Slice, WrongPlace
from app.http.gates import SAFE_METHODS
from app.http.problems import Faulty
from app.http.visit import Visit

R = TypeVar("R")


def _tell_words(schema: dict[str, Any]) -> None:
    """Give each field that says nothing of itself the words for its name."""
    for name, part in schema.get("properties", {}).items():
        if name in WORDS:
            part.setdefault("description", WORDS[name])


class Out(BaseModel):
    """A thing as programs read it: made of what the queries give. A field that says nothing of itself has its
    words in `words.py`."""

    # Built when one is first given out: there are hundreds, and a start would wait for them.
    model_config = ConfigDict(from_attributes=True, json_schema_extra=_tell_words, defer_build=True)


O = TypeVar("O", bound=Out)  # noqa: E741


class ListOf(Out, Generic[O]):
    """One part of a list. The header Link says the same of what follows."""

    items: list[O] = Field(description="In the order of the list.")
    next: str | None = Field(description="The address of what follows; null at the end.")


class ThemeOut(Out):
    """A theme of a strategy, as far as it takes to name it and to find it."""

    id: int
    key: str
    strategy_key: str
    name: str
    name_en: str | None


def read_part(visit: Visit, asked: Asked, read: Callable[[Place | None, int], Slice[R]]) -> Slice[R]:
    """The part of a list that is asked for. `read`: gives so many rows after a place."""
    try:
        return read(read_cursor(visit.request, asked), asked.limit)
    except WrongPlace as wrong:
        raise Faulty("cursor-invalid") from wrong


def answer_list(visit: Visit, asked: Asked, part: Slice[Any], items: list[O]) -> Response:
    """The items of this part of a list, with the address of what follows."""
    following = next_address(visit.request, asked, part.last) if part.last else None
    response = answer(visit, ListOf(items=items, next=following))
    if following and response.status_code == 200:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def answer(visit: Visit, thing: Out, *, version: int | None = None, status: int = 200) -> Response:
    """The thing with its ETag; 304 for who has it already. `version`: of what is changed with If-Match."""
    body = thing.model_dump_json().encode()
    etag = make_etag(body, version)
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache" if visit.actor.is_signed_in else "no-cache",
        "Vary": "Authorization",
    }
    if visit.request.method in SAFE_METHODS and status == 200 and _is_known(visit, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers=headers, media_type="application/json")


def make_etag(body: bytes, version: int | None) -> str:
    """The mark of these bytes; it begins with the version of the thing where that can be changed."""
    digest = sha256(body).hexdigest()[:24]
    return f'"{digest}"' if version is None else f'"v{version}-{digest}"'


_TAG = re.compile(r'(?:W/)?("[^"]*")')


def _is_known(visit: Visit, etag: str) -> bool:
    given = visit.request.headers.get("if-none-match", "")
    return given.strip() == "*" or etag in _TAG.findall(given)


def many(model: type[O]) -> Any:
    """The model of a list of such things, under a name of its own in the description."""
    name = f"{model.__name__.removesuffix('Out')}List"
    return create_model(name, __base__=ListOf[model], __doc__=ListOf.__doc__)  # type: ignore[valid-type]
