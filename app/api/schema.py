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
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "type", "detail"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "type": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM_ANSWER = {
    "description": "What went wrong (RFC 9457).",
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
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return schema


def _is_open(route: APIRoute) -> bool:
    return anyone in route.dependencies
