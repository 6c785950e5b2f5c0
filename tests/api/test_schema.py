"""The description of the doors for programs tells what is there, and asks no other host for anything."""

import json

from app.api import routers
from tests.api.programs import make_key, new_program
from tests.site import Site

ADDRESS = "/api/v1/openapi.json"


def test_the_description_is_open_and_names_every_door(site: Site) -> None:
    answer = new_program(site).get(ADDRESS)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    shown = {(path, method) for path, doors in answer.json()["paths"].items() for method in doors}
    routes = {
        (route.path, method.lower())  # type: ignore[attr-defined]
        for router in routers()
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert shown == routes - {(ADDRESS, "get")}
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["servers"] == [{"url": "http://testserver"}]


def test_every_door_says_which_key_it_asks_for_and_how_it_fails(site: Site) -> None:
    schema = new_program(site).get(ADDRESS).json()
    door = schema["paths"]["/api/v1/mig"]["get"]
    assert door["security"] == [{"key": ["read"]}]
    assert schema["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert sorted(door["responses"]) == ["200", "304", "default"]
    assert door["responses"]["default"]["content"] == problem
    assert "HTTPValidationError" not in json.dumps(schema)


def test_an_answer_has_the_fields_that_are_described(site: Site) -> None:
    program = new_program(site, make_key(site, "vendor"))
    described = program.get(ADDRESS).json()["components"]["schemas"]
    answer = program.get("/api/v1/mig").json()
    assert set(answer) == set(described["MyselfOut"]["properties"])
    assert set(answer["key"]) == set(described["KeyOut"]["properties"])
    assert set(answer["organisation"]) == set(described["OrganisationOut"]["properties"])


def test_the_frameworks_own_pages_are_not_there(site: Site) -> None:
    statuses = {
        path: new_program(site).get(path).status_code
        for path in ("/docs", "/redoc", "/openapi.json", "/api/docs", "/api/v1/docs")
    }
    assert set(statuses.values()) == {404}


def test_every_model_and_every_field_of_an_answer_is_described(site: Site) -> None:
    models = new_program(site).get(ADDRESS).json()["components"]["schemas"]
    told = {
        (name, field): part.get("description")
        for name, model in models.items()
        if name.endswith(("Out", "List")) or name == "Problem"
        for field, part in [("", model), *model["properties"].items()]
    }
    assert [place for place, words in told.items() if not words] == []
    assert len(told) > 300
