"""Writing from programs: once for each Idempotency-Key, and only upon what was read."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import Header
from fastapi.responses import Response
from pydantic import BaseModel

from app.api.answers import Out, answer
from app.http.once import OtherContent, keep_answer, take_key
from app.http.problems import Faulty
from app.http.visit import Visit

_NAMESPACE = UUID("5c0f0a5e-3f6e-5d8a-9a55-6f0e7c8f2b11")

OnceKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="New for each thing that is sent, the same when it is sent again; a UUID does.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The ETag of the thing as it was read. Without it: 428. Changed since: 412.",
    ),
]


class Nothing(BaseModel):
    """A body without content, for what needs none."""


def write_once(
    visit: Visit,
    key: str,
    given: BaseModel | None,
    write: Callable[[], str],
    show: Callable[[str], tuple[Out, int | None]],
    *,
    at: str | None = None,
    status: int = 201,
) -> Response:
    """Do `write` unless it was done under this key, and answer with the thing as it stands.

    `write` gives the name of the thing, `show` the thing of that name with its version (None where it has
    none). `at`: its address below /api/v1, with {} for the name, for the header Location.
    """
    uuid, user_id = uuid5(_NAMESPACE, key.strip('"')), visit.actor.user_id or 0
    try:
        name = take_key(visit.session, user_id, uuid, _fingerprint(visit, given))
    except OtherContent as other:
        raise Faulty("key-reused") from other
    is_repeated = name is not None
    if name is None:
        name = write()
        keep_answer(visit.session, user_id, uuid, name)
        visit.session.flush()
    thing, version = show(name)
    response = answer(visit, thing, version=version, status=status)
    if at is not None:
        response.headers["Location"] = f"{visit.kit.site.base_url}/api/v1{at.format(name)}"
    if is_repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _fingerprint(visit: Visit, given: BaseModel | None) -> str:
    told = given.model_dump_json() if given is not None else ""
    query = visit.request.url.query
    address = visit.request.scope["path"] + (f"?{query}" if query else "")
    asked = f"{visit.request.method} {address}\n{told}"
    return sha256(asked.encode()).hexdigest()


_VERSION = re.compile(r'(?:W/)?"v(\d{1,9})-[0-9a-f]{24}"')


def read_match(if_match: str | None, current: int) -> int:
    """The version that a change is made upon; `current` is the one that stands. Raises Faulty.

    Of an ETag the version alone counts: what else the answer tells, such as how many are interested, may
    have changed.
    """
    if if_match is None:
        raise Faulty("match-missing")
    if if_match.strip() == "*":
        return current
    versions = {int(found) for found in _VERSION.findall(if_match)}
    if current not in versions:
        raise Faulty("changed")
    return current
