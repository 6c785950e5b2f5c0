"""Whatever goes wrong becomes a page with a sentence, or problem details for programs (RFC 9457)."""

import logging
from dataclasses import dataclass
from math import ceil
from typing import ClassVar
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.away import is_away, is_ended
from app.core.policy import NotAllowed, NotFound, Refused
from app.core.storage import StorageAway
from app.http.bearer import ScopeMissing, WrongKey
from app.http.gates import SAFE_METHODS
from app.http.limits import TooMany
from app.http.pages import Page, prefixed
from app.http.problems import Faulty, code_of, faults_of, is_api, problem_response
from app.http.queued import FINAL, is_script, stop_response
from app.http.refusals import note_refusal
from app.http.sentences import sentence
from app.http.visit import (
    Forbidden,
    ProveFirst,
    SignInFirst,
    StaleForm,
    frame_of,
    language_of,
    page_response,
)

log = logging.getLogger(__name__)

RETRY_AFTER = "5"


@dataclass
class ErrorPage(Page):
    """One error in words. `sentence` may be empty where the template says enough."""

    template: ClassVar[str] = "errors/error.html"
    status: int
    sentence: str


def error_response(
    request: Request, status: int, words: str = "", headers: dict[str, str] | None = None
) -> Response:
    """The error as a page for browsers, as problem details below /api and for who asks for JSON."""
    if wants_problem(request):
        code, is_over = code_of(status), status in FINAL and is_write_of_script(request)
        return problem_response(
            request, code, status=status, detail=words, headers=headers, tells_stop=is_over
        )
    page = ErrorPage(status=status, sentence=words)
    page.template = f"errors/{status}.html" if status in PAGES else "errors/500.html"  # type: ignore[misc]
    response = page_response(request, page, status)
    response.headers.update(headers or {})
    return response


def wants_problem(request: Request) -> bool:
    """Whether a program asks. An unreadable address is no longer there to see, so its gate has noted it."""
    if is_api(request.scope["path"]) or getattr(request.state, "for_programs", False):
        return True
    return "json" in request.headers.get("accept", "")


def is_write_of_script(request: Request) -> bool:
    """Whether a script of our own pages sent something, and must be told whether to send it again."""
    return request.method not in SAFE_METHODS and not is_api(request.scope["path"]) and is_script(request)


PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})


def _may_come_back(error: BaseException) -> bool:
    """Whether the same may well be answered a moment later."""
    return is_away(error) or is_ended(error)


def _challenge(request: Request, **values: str) -> dict[str, str]:
    """The header that every 401 has, and that says which scope is missing (RFC 6750)."""
    parts = {"realm": request.app.state.kit.site.base_url} | values
    return {"WWW-Authenticate": "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())}


def add_error_pages(app: FastAPI) -> None:
    """Register every answer to an error in one place."""

    def away(request: Request, error: Exception) -> Response:
        if not _may_come_back(error):
            log.error("database error", exc_info=error)
            return error_response(request, 500)
        log.warning("database or storage is away: %s", type(getattr(error, "orig", error)).__name__)
        return error_response(request, 503, headers={"Retry-After": RETRY_AFTER})

    def sign_in_first(request: Request, error: Exception) -> Response:
        if is_api(request.scope["path"]):
            return problem_response(request, "key-missing", headers=_challenge(request))
        if is_write_of_script(request):
            return stop_response(sentence(language_of(request), "queue_not_known"), 401)
        language = language_of(request)
        target = frame_of(request).path if request.method == "GET" else "/"
        return RedirectResponse(prefixed(language, f"/log-ind?videre={quote(target, safe='')}"), 303)

    def prove_first(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProveFirst)
        if is_write_of_script(request):
            return stop_response(sentence(language_of(request), "queue_not_known"), 401)
        return RedirectResponse(prefixed(language_of(request), error.path), 303)

    def forbidden(request: Request, error: Exception) -> Response:
        code = error.code if isinstance(error, NotAllowed) else "not_allowed"
        note_refusal(request, code)
        # The heading says the general one already.
        if is_api(request.scope["path"]):
            words = "" if code == "not_allowed" else sentence(language_of(request), code)
            return problem_response(request, "not-allowed", detail=words, reason=code)
        is_said = code == "not_allowed" and not wants_problem(request)
        return error_response(request, 403, "" if is_said else sentence(language_of(request), code))

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        if is_api(request.scope["path"]):
            return refused_by_verb(request, error)
        return error_response(request, 409, sentence(language_of(request), error.code, **error.values))

    def refused_by_verb(request: Request, error: Refused) -> Response:
        if error.code == "stale":
            return problem_response(request, "changed")
        words = sentence(language_of(request), error.code, **error.values)
        return problem_response(request, "conflict", detail=words, reason=error.code)

    def faulty(request: Request, error: Exception) -> Response:
        assert isinstance(error, Faulty)
        return problem_response(request, error.code, errors=error.errors)

    def too_many(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooMany)
        words = sentence(language_of(request), "too_many", minutes=ceil(error.retry_after / 60))
        return error_response(request, 429, words, headers={"Retry-After": str(error.retry_after)})

    def invalid(request: Request, error: Exception) -> Response:
        # FastAPI's own answer echoes the input, which crashes on NaN and lone surrogates.
        assert isinstance(error, RequestValidationError)
        if not wants_problem(request):
            return error_response(request, 422)
        return problem_response(request, "invalid", errors=faults_of(request, error.errors()))

    def wrong_key(request: Request, error: Exception) -> Response:
        headers = _challenge(request, error="invalid_token")
        return problem_response(request, "key-invalid", headers=headers)

    def scope_missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, ScopeMissing)
        note_refusal(request, "scope_missing")
        headers = _challenge(request, error="insufficient_scope", scope=error.scope)
        return problem_response(request, "scope-missing", headers=headers)

    def missing(request: Request, error: Exception) -> Response:
        kit = request.app.state.kit
        path = request.scope["path"]
        if request.method in ("GET", "HEAD") and not is_api(path) and kit.find_moved is not None:
            try:
                with kit.database.session() as session:
                    target = kit.find_moved(session, path)
            except (DBAPIError, PoolTimeout):
                target = None
            if target is None and path != "/" and path.endswith("/") and not path.startswith("/static/"):
                # Never with two in front, which would lead to another house.
                query = request.scope["query_string"].decode("latin-1")
                target = f"/{path.strip('/')}{'?' + query if query else ''}"
            if target is not None:
                return RedirectResponse(prefixed(language_of(request), target), 301)
        return error_response(request, 404)

    def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return missing(request, error)
        return error_response(request, error.status_code, headers=dict(error.headers or {}))

    def broken(request: Request, error: Exception) -> Response:
        if _may_come_back(error):
            return away(request, error)
        return error_response(request, 500)

    handlers = {
        DBAPIError: away,
        PoolTimeout: away,
        StorageAway: away,
        PendingRollbackError: away,
        SignInFirst: sign_in_first,
        ProveFirst: prove_first,
        Forbidden: forbidden,
        NotAllowed: forbidden,
        NotFound: missing,
        Refused: refused,
        StaleForm: lambda request, error: error_response(
            request, 400, sentence(language_of(request), "no_key")
        ),
        TooMany: too_many,
        RequestValidationError: invalid,
        Faulty: faulty,
        WrongKey: wrong_key,
        ScopeMissing: scope_missing,
        HTTPException: plain,
        # Nobody is there to read the answer; it only keeps the log free of a fault that is none.
        ClientDisconnect: lambda request, error: Response(status_code=400),
        Exception: broken,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)
