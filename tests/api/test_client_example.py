"""The client in the documentation does what it is there to show."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from starlette.testclient import TestClient

from tests.api.programs import make_key, new_program
from tests.site import Site

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "client.py"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("client_example", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def over(program: TestClient, forum: object) -> None:
    """Send the example's requests to the app under test instead of over a line."""

    def transport(method: str, address: str, headers: dict[str, str], body: bytes | None) -> object:
        reply = program.request(method, address, headers=headers, content=body)
        return reply.status_code, {name.lower(): text for name, text in reply.headers.items()}, reply.content

    forum.transport = transport  # type: ignore[attr-defined]


def test_the_example_reads_sends_once_and_changes_upon_what_it_read(site: Site, example: ModuleType) -> None:
    forum = example.Forum("http://testserver", make_key(site, "vendor", "write"))
    over(new_program(site), forum)
    assert forum.get("/mig")["organisation"]["name"] == "Soft A/S"
    for number in range(3):
        forum.post("/oensker", {"title": f"Ønske {number}", "body": f"{number}"}, once=f"nummer-{number}")
    forum.post("/oensker", {"title": "Ønske 2", "body": "2"}, once="nummer-2")
    titles = [wish["title"] for wish in forum.every("/oensker", limit=2)]
    assert titles == ["Ønske 2", "Ønske 1", "Ønske 0"]
    assert [wish["title"] for wish in forum.every("/oensker", limit=2)] == titles
    draft = forum.post("/ideer/udkast", {"title": "Kladde"})["reference"]
    forum.get(f"/ideer/{draft}")
    etag = forum.etag_of(f"/ideer/{draft}")
    assert forum.put(f"/ideer/{draft}/udkast", {"title": "Bedre"}, etag)["title"] == "Bedre"
    with pytest.raises(example.Problem) as stopped:
        forum.put(f"/ideer/{draft}/udkast", {"title": "Værre"}, etag)
    assert (stopped.value.kind, stopped.value.status) == ("changed", 412)
    with pytest.raises(example.Problem, match=r"title|udfyldt") as stopped:
        forum.post("/oensker", {"body": "Uden titel"})
    assert [fault["loc"] for fault in stopped.value.errors] == [["body", "title"]]
