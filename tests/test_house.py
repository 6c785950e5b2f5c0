"""The house stands: imports go down only; every route is public on purpose or refuses a stranger."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api import routers as api_routers
from app.http.problems import is_api
from app.web import routers
from tests.access.doors import first_dependency
from tests.site import Site

ROOT = Path(__file__).resolve().parent.parent


def list_routes(app: FastAPI) -> list[APIRoute]:
    """Those of the doors, and those of the app itself."""
    own = [route for route in app.routes if isinstance(route, APIRoute)]
    doors = (*routers(), *api_routers())
    return own + [route for router in doors for route in router.routes if isinstance(route, APIRoute)]


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_the_linter_finds_nothing() -> None:
    ruff = str(Path(sys.executable).parent / "ruff")
    done = subprocess.run([ruff, "check", "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def names_of_others(path: Path) -> set[tuple[ModuleType, str]]:
    """What a file of the app names of the modules that it imports whole, as in `queries.find_wish`."""
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    named = [
        (getattr(module, node.value.id, None), node.attr)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    return {(other, name) for other, name in named if isinstance(other, ModuleType)}


def test_what_is_named_of_another_module_is_there() -> None:
    # The linter reads one file at a time: a door to a function that was renamed would fail when it is opened.
    gone = [
        f"{path.relative_to(ROOT)}: {other.__name__}.{name}"
        for path in sorted(ROOT.glob("app/**/*.py"))
        for other, name in names_of_others(path)
        if not hasattr(other, name)
    ]
    assert gone == []


def test_what_is_ours_is_read_as_utf_8_whatever_the_locale() -> None:
    """Else a start under da_DK.ISO-8859-1 keeps a garbled archive. What the kernel writes is ASCII."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if ".read_text()" in line and path.name != "postgres.py"
    ]
    assert bare == []


def test_no_room_is_named_after_nothing() -> None:
    names = {path.stem for path in ROOT.glob("app/**/*.py")} | {
        p.name for p in ROOT.glob("app/**/") if p.is_dir()
    }
    assert names & {"utils", "util", "helpers", "helper", "common", "misc", "manager"} == set()


def test_what_an_actor_may_do_is_said_in_a_policy_only() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}: {rule}"
        for path in ROOT.glob("app/**/*.py")
        if path.name != "policy.py"
        for rule in re.findall(r"^def (may_\w+)\(actor: Actor", path.read_text(), re.MULTILINE)
    ]
    assert elsewhere == []


def name_route(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods))} {route.path}"


def is_marked_public(route: APIRoute) -> bool:
    return any(known.call.__name__ == "_anyone" for known in route.dependant.dependencies)


def is_guarded(route: APIRoute) -> bool:
    return any(known.call.__name__.startswith("only_") for known in route.dependant.dependencies)


def test_every_route_is_public_on_purpose_or_guarded(site: Site) -> None:
    undecided = [
        name_route(route) for route in list_routes(site.app) if is_marked_public(route) == is_guarded(route)
    ]
    assert undecided == []


def test_the_door_is_asked_before_all_else_of_a_route(site: Site) -> None:
    # The access matrix builds on it: whom a door refuses, it refuses whatever stands in the address.
    late = [
        name_route(route)
        for route in list_routes(site.app)
        if not first_dependency(route).__name__.startswith(("_anyone", "only_")) and not is_api(route.path)
    ]
    assert late == []


def fill(path: str) -> str:
    """A route's address with something in each place."""
    return re.sub(r"\{[^}]*:int\}", "1", re.sub(r"\{[^}:]*\}", "x", path))
