"""The description of all doors for programs, as OpenAPI 3.1: for tools, on our own address."""

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from app.api import routers
from app.api.asking import make_router, scope_for
from app.http.pages import Site
from app.http.problems import MEDIA_TYPE, ROOT
from app.http.visit import anyone

router = make_router("openapi")

VERSION = "1"
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Where it is explained; one for each kind.",
        },
        "title": {"type": "string", "description": "The kind in words that never change."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "detail": {"type": "string", "description": "What to do about it, in the reader's language."},
        "reason": {"type": "string", "description": "Which rule said no, by a code that never changes."},
        "errors": {
            "description": "Each fault of what was sent.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "type", "detail"],
                "description": "One fault of what was sent.",
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "type": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_TEXT = {"schema": {"type": "string"}}
# On every answer of a door that counts its visitors.
_LIMITS = {
    "RateLimit-Policy": {"description": "How many requests there are in how many seconds.", **_TEXT},
    "RateLimit": {"description": "How many are left (r), and for how many seconds (t).", **_TEXT},
}
_RETRY = {"Retry-After": {"description": "Of 429 and 503: so many seconds.", "schema": {"type": "integer"}}}
_HEADERS = {
    "ETag": {"description": "The mark of this answer, for If-None-Match and If-Match.", **_TEXT},
    "Link": {"description": 'Of a list that goes on: <…>; rel="next".', **_TEXT},
    "Location": {"description": "Of what was made: its address.", **_TEXT},
    "Idempotency-Replayed": {"description": "true where it was sent before, under the same key.", **_TEXT},
}
_KNOWN = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what is known already; 304 where it stands.",
    "schema": {"type": "string", "maxLength": 1000},
}
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The language of the sentences in problems: da, en or sv.",
    "schema": {"type": "string", "maxLength": 200},
}
_PROBLEM_ANSWER = {
    "description": "What went wrong (RFC 9457).",
    "headers": _LIMITS | _RETRY,
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


@router.get("/openapi.json", dependencies=[anyone], include_in_schema=False)
def show_schema(request: Request) -> Response:
    return JSONResponse(make_schema(request.app.state.kit.site))


@cache
def make_schema(site: Site) -> dict[str, Any]:
    """Every door with the key that it asks for and the one way in which it fails."""
    routes = [route for router in routers() for route in router.routes if isinstance(route, APIRoute)]
    schema = get_openapi(
        title=site.site_name,
        version=VERSION,
        routes=routes,
        servers=[{"url": site.base_url}],
        description=f"{site.base_url}{ROOT}",
        contact={"name": site.contact_name, "email": site.contact_mail},
    )
    open_to_all = {(route.path, method) for route in routes if _is_open(route) for method in route.methods}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            needed = {"key": [scope_for(method.upper())]}
            operation["security"] = [{}, needed] if (path, method.upper()) in open_to_all else [needed]
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM_ANSWER
            _tell_headers(method, operation)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return schema


def _tell_headers(method: str, operation: dict[str, Any]) -> None:
    """What every door of a kind takes and gives in headers, without each saying so."""
    parameters = operation.setdefault("parameters", [])
    parameters.append(_LANGUAGE)
    # Of a list alone, of what is made alone, of what is sent under a key alone.
    is_list = any(one["name"] == "cursor" for one in parameters)
    is_once = any(one["name"] == "Idempotency-Key" for one in parameters)
    given = {
        "ETag": True,
        "Link": is_list,
        "Location": "201" in operation["responses"],
        "Idempotency-Replayed": is_once,
    }
    for status, told in operation["responses"].items():
        if status in ("200", "201"):
            told["headers"] = _LIMITS | {name: _HEADERS[name] for name, is_given in given.items() if is_given}
    if method == "get":
        parameters.append(_KNOWN)
        operation["responses"]["304"] = {"description": "Nothing has changed.", "headers": _LIMITS}


def _is_open(route: APIRoute) -> bool:
    return anyone in route.dependencies
