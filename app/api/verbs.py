"""The kit for a door that writes: what its verb takes stands in its signature, the rest is the same for all.

    doors = Doors(router, WholePromiseOut, show)

    @doors.post("/forpligtelser/{reference}/ret", may_commit)
    def reword(visit: Visit, upon: Upon, reference: Reference, given: CommitmentEdit) -> str:
        \"\"\"Say it in other words.\"\"\"
        found = find_promise(visit, reference)
        service.edit(visit.session, visit.actor, found.line.id, upon(found.line.version, given))
        return found.line.reference

A verb gives the name of what is shown afterwards. `given` is the body, a model of the domain. `upon` asks
for If-Match, and then no `version` is asked for in the body. A part of a thing has no ETag of its own, so its
version stays in the body. All else is of the address or the query. `sent: SentFile` takes the body as a file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError, create_model
from pydantic.json_schema import SkipJsonSchema

from app.api.answers import Out, answer
from app.api.sent_files import AS_FILE, SentFile
from app.api.writing import IfMatch, OnceKey, read_match, write_once
from app.core.policy import Actor, NotFound, Refused
from app.http.sentences import SENTENCES
from app.http.visit import AVisit, Visit, anyone, only

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
Verb = Callable[..., str]
Rule = Callable[[Actor], bool]
Show = Callable[[Visit, str], tuple[Out, int | None]]


@dataclass(frozen=True, slots=True)
class Upon:
    """What a change is made upon: the header If-Match."""

    if_match: str | None

    def of(self, current: int) -> int:
        """The version that was read. Raises Faulty where it is not the one that stands."""
        return read_match(self.if_match, current)

    def __call__(self, current: int, given: M) -> M:
        """What was sent, with the version that was read in it. Raises Faulty."""
        return given.model_copy(update={"version": self.of(current)})


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors to the verbs of one thing: each answers with the thing as it stands afterwards.

    `at`: its address below /api/v1, with {} for its name, for what is made.
    `is_kept`: false for what nobody may keep a copy of.
    `worded`: what the names of its refusals begin with on the pages, as rooms may use the same ones; of
    several the first that has a sentence.
    """

    router: APIRouter
    shown: type[Out]
    show: Show
    at: str = ""
    is_kept: bool = True
    worded: str | tuple[str, ...] = ()

    def post(self, path: str, rule: Rule | None, *, makes: bool = False) -> Callable[[Verb], Verb]:
        """A verb that happens once for each Idempotency-Key. `makes`: something new, which is 201."""
        return partial(self._open, "POST", path, rule, 201 if makes else 200)

    def put(self, path: str, rule: Rule | None) -> Callable[[Verb], Verb]:
        """A verb that may be sent again by itself."""
        return partial(self._open, "PUT", path, rule, 200)

    def delete(self, path: str, rule: Rule | None) -> Callable[[Verb], Verb]:
        """A verb that takes away; it answers with what is left."""
        return partial(self._open, "DELETE", path, rule, 200)

    def _open(self, method: str, path: str, rule: Rule | None, status: int, verb: Verb) -> Verb:
        given = signature(verb).parameters
        is_once, is_upon = method == "POST", "upon" in given

        def door(visit: Visit, **told: Any) -> Response:
            try:
                response = go_through(visit, **told)
            except Refused as refusal:
                raise self._word(refusal) from refusal
            if not self.is_kept:
                response.headers["Cache-Control"] = "no-store"
            return response

        def go_through(visit: Visit, **told: Any) -> Response:
            once = told.pop("once", None)
            if is_upon:
                told["upon"] = Upon(told.pop("if_match"))
            if is_once:
                at = self.at if status == 201 and self.at else None
                write, show = partial(verb, visit, **told), partial(self.show, visit)
                body = told.get("given") or told.get("sent")
                return write_once(visit, once, body, write, show, at=at, status=status)
            name = verb(visit, **told)
            visit.session.flush()
            thing, version = self.show(visit, name)
            return answer(visit, thing, version=version)

        door.__name__, door.__doc__, door.__module__ = verb.__name__, verb.__doc__, verb.__module__
        door.__signature__ = _sign(given, is_once=is_once, is_upon=is_upon)  # type: ignore[attr-defined]
        self.router.add_api_route(
            path,
            door,
            methods=[method],
            dependencies=[only(rule) if rule else anyone],
            response_model=self.shown,
            status_code=status,
            openapi_extra=AS_FILE if any(one.annotation == SentFile for one in given.values()) else None,
        )
        return verb

    def _word(self, refusal: Refused) -> Refused:
        """The refusal under the name that its sentence has; what somebody else changed meanwhile stays so."""
        rooms = (self.worded,) if isinstance(self.worded, str) else self.worded
        names = [f"{room}{refusal.code}" for room in rooms]
        named = next((one for one in names if one in SENTENCES), None)
        return Refused(named, **refusal.values) if named and refusal.code != "stale" else refusal


def _sign(given: Any, *, is_once: bool, is_upon: bool) -> Signature:
    """What FastAPI is told that the door takes."""
    named: dict[str, tuple[Any, Any]] = {"visit": (AVisit, Parameter.empty)}
    if is_once:
        named["once"] = (OnceKey, Parameter.empty)
    for name, one in given.items():
        if name not in ("visit", "upon"):
            kind = as_sent(one.annotation) if name == "given" and is_upon else one.annotation
            named[name] = (kind, one.default)
    if is_upon:
        named["if_match"] = (IfMatch, None)
    return Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for name, (kind, default) in named.items()
        ],
        return_annotation=Response,
    )


@cache
def as_sent(model: type[BaseModel]) -> type[BaseModel]:
    """The model as programs send it: without the version, which stands in If-Match."""
    if "version" not in model.model_fields:
        return model
    name = f"{model.__name__.removesuffix('Input')}In"
    hidden: Any = (SkipJsonSchema[int], 0)
    return create_model(name, __base__=model, __doc__=model.__doc__, version=hidden)


def check(model: type[M], given: dict[str, Any]) -> M:
    """What was sent, as the verb takes it. Raises RequestValidationError, as for a body that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [error | {"loc": ("body", *error["loc"])} for error in errors]
        ) from wrong


def pick(rows: Iterable[R], row_id: int) -> R:
    """The one with this number, among those that belong to the thing in the address. Raises NotFound."""
    found = next((row for row in rows if row.id == row_id), None)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound
    return found
