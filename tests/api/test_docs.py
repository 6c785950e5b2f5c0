"""The table in docs/api.md of what the API can do and what it cannot is true."""

import re
from pathlib import Path

from app.api import routers
from app.web import routers as page_routers

TABLE = re.compile(r"^\| (`.+?) \| (.*?) \|", re.MULTILINE)
DOC = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_the_table_names_every_door_of_the_api_and_no_other() -> None:
    named = {door for _, doors in TABLE.findall(DOC) for door in re.findall(r"`([A-Z]+ /\S+)`", doors)}
    there = {
        f"{method} {route.path.removeprefix('/api/v1')}"  # type: ignore[attr-defined]
        for router in routers()
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert named == there - {"GET /openapi.json"}


def test_wherever_the_pages_write_the_table_says_what_the_api_can_do() -> None:
    told = {word for words, _ in TABLE.findall(DOC) for word in re.findall(r"`([^`]+)`", words)}
    written = {
        route.path.split("/")[1]  # type: ignore[attr-defined]
        for router in page_routers()
        for route in router.routes
        if "POST" in (getattr(route, "methods", None) or ())
    }
    assert sorted(written - told) == []
