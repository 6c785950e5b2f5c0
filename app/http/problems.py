"""Errors for programs: problem details (RFC 9457), each with an address where it is explained in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from app.core import i18n
from app.http.sentences import sentence

MEDIA_TYPE = "application/problem+json"
ROOT = "/api"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error: `title` never changes and is for programs, `meaning` is for people."""

    status: int
    title: str
    meaning: str


PROBLEMS = {
    "bad-request": Problem(400, "Bad request", _("Forespørgslen kan ikke læses. Ret den, og send igen.")),
    "cursor-invalid": Problem(
        400,
        "Cursor not valid",
        _("Mærket for, hvor listen fortsætter, passer ikke til adressen. Begynd listen forfra uden cursor."),
    ),
    "key-in-address": Problem(
        400,
        "Key in the address",
        _("Nøglen stod i adressen, som kan ende i en logfil. Luk den, lav en ny, og send den i headeren."),
    ),
    "key-missing": Problem(401, "Key missing", _("Adressen kræver en nøgle i headeren Authorization.")),
    "key-invalid": Problem(
        401,
        "Key not valid",
        _("Nøglen er ukendt, udløbet eller lukket, eller dit medlemskab er ændret. Lav en ny."),
    ),
    "scope-missing": Problem(
        403, "Scope missing", _("Nøglen må ikke bruges til det. Lav en ny med den rettighed, der mangler.")
    ),
    "not-allowed": Problem(403, "Not allowed", _("Det har du ikke adgang til, heller ikke i en browser.")),
    "not-found": Problem(404, "Not found", _("Det findes ikke, eller du har ikke adgang til det.")),
    "method-not-allowed": Problem(
        405, "Method not allowed", _("Adressen findes, men kan ikke bruges på den måde. Se headeren Allow.")
    ),
    "conflict": Problem(409, "Conflict", _("Det er ændret imens, eller det er ikke muligt lige nu.")),
    "changed": Problem(
        412,
        "Changed meanwhile",
        _("Det er ændret, siden du læste det. Hent det igen, og send din ændring med det nye ETag."),
    ),
    "too-large": Problem(413, "Content too large", _("Det, du sendte, er for stort.")),
    "invalid": Problem(
        422, "Content not valid", _("Noget er ikke udfyldt rigtigt. Listen errors siger, hvad det er.")
    ),
    "key-reused": Problem(
        422,
        "Idempotency-Key used for something else",
        _("Den Idempotency-Key er brugt til noget andet. Send en ny for hver ting, du sender."),
    ),
    "match-missing": Problem(
        428,
        "If-Match missing",
        _("Send headeren If-Match med det ETag, du fik, da du læste det."),
    ),
    "too-many": Problem(
        429,
        "Too many requests",
        _("For mange forespørgsler. Vent så mange sekunder, som headeren Retry-After siger."),
    ),
    "broken": Problem(
        500, "Error on our side", _("Noget gik galt hos os. Skriv til os, og oplys headeren X-Request-ID.")
    ),
    "away": Problem(
        503,
        "Not available",
        _("Vi kan ikke svare lige nu. Prøv igen efter så mange sekunder, som Retry-After siger."),
    ),
}
# The one that a status alone stands for.
_BY_STATUS = {problem.status: code for code, problem in reversed(PROBLEMS.items())} | {403: "not-allowed"}


class Faulty(Exception):
    """A problem found at a door for programs. `errors`: as `faults_of` makes them."""

    def __init__(self, code: str, errors: Sequence[dict[str, Any]] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


def is_api(path: str) -> bool:
    """Whether an address is one for programs: cookies count for nothing there, and keys nowhere else."""
    return path.startswith(f"{ROOT}/")


def code_of(status: int) -> str:
    """The problem that a status stands for; any other status of the client's is a bad request."""
    return _BY_STATUS.get(status, "broken" if status >= 500 else "bad-request")


def problem_response(
    request: Request,
    code: str,
    *,
    status: int | None = None,
    detail: str = "",
    headers: dict[str, str] | None = None,
    errors: Sequence[dict[str, Any]] | None = None,
    tells_stop: bool = False,
    reason: str = "",
) -> JSONResponse:
    """The problem as an answer, with `detail` in the reader's language. It repeats nothing that was sent.

    `reason`: the code of the sentence in `detail`, for programs; empty where the problem says all.
    `tells_stop`: the detail also as `stop`, for a script of our own pages (queued.py).
    """
    problem = PROBLEMS[code]
    language = getattr(request.state, "language", i18n.DEFAULT)
    site = request.app.state.kit.site
    body: dict[str, Any] = {
        "type": f"{site.base_url}{ROOT}#{code}",
        "title": problem.title,
        "status": status or problem.status,
        "detail": detail or i18n.catalogue(language).gettext(problem.meaning),
    }
    if tells_stop:
        body["stop"] = body["detail"]
    if errors is not None:
        body["errors"] = list(errors)
    if reason:
        body["reason"] = reason
    return JSONResponse(
        body,
        status or problem.status,
        headers={"Cache-Control": "no-store", "Content-Language": language} | (headers or {}),
        media_type=MEDIA_TYPE,
    )


def faults_of(request: Request, errors: Sequence[Any]) -> list[dict[str, Any]]:
    """What is wrong with each field, in our own words: Pydantic's would repeat some of what was sent."""
    language = getattr(request.state, "language", i18n.DEFAULT)
    return [
        {
            "loc": _place_of(error),
            "type": str(error["type"]),
            "detail": sentence(language, error["type"], **error.get("ctx", {})),
        }
        for error in errors
    ]


def _place_of(error: Any) -> list[str | int]:
    # The name of a field that we do not know, or of an entry in a mapping, is the sender's own text.
    place = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return [part if isinstance(part, int) or _NAME.fullmatch(part) else "…" for part in place]
