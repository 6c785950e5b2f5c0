"""Errors for programs: problem details for every status, with nothing in them of what was sent."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, FiniteFloat, StringConstraints
from sqlalchemy.exc import InterfaceError
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from app.core.database import Database
from app.core.jobs import Tools
from app.core.mail import FolderTransport
from app.core.policy import NotAllowed, NotFound, Refused, is_person
from app.core.storage import open_folder
from app.http.limits import TooMany
from app.http.problems import PROBLEMS, code_of
from app.http.visit import anyone, only
from app.main import create_app
from app.settings import Settings
from tests.site import Site

CANARY = "kanariefugl"
WRONG = "Feltet er ikke udfyldt rigtigt."


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(max_length=5)]
    kind: Literal["wish", "need"] = "wish"
    amount: FiniteFloat = 0
    tags: dict[str, int] = {}


FAILURES = {
    "not-allowed": NotAllowed("not_allowed"),
    "not-found": NotFound(),
    "conflict": Refused("not_withdrawn"),
    "changed": Refused("stale"),
    "too-many": TooMany(17),
    "away": InterfaceError("select", {}, Exception()),
    "broken": ZeroDivisionError(CANARY),
    "bad-request": HTTPException(418, CANARY),
}


@pytest.fixture
def program(site: Site) -> TestClient:
    """A client of the site with doors that fail, and one that takes what is sent."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/fejl/{code}", dependencies=[anyone])
    def fail(code: str) -> None:
        raise FAILURES[code]

    @router.post("/modtag", dependencies=[anyone])
    def take(sent: Sent) -> Sent:
        return sent

    @router.post("/lukket", dependencies=[only(is_person)])
    def take_from_some(sent: Sent) -> Sent:
        return sent

    site.app.include_router(router)
    return site.new_browser().client


@pytest.mark.parametrize("code", FAILURES)
def test_each_failure_is_a_problem_of_its_own(program: TestClient, code: str) -> None:
    response = program.get(f"/api/v1/fejl/{code}")
    status = 418 if code == "bad-request" else PROBLEMS[code].status
    body = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert (body["type"], body["title"], body["status"]) == (
        f"http://testserver/api#{code}",
        PROBLEMS[code].title,
        status,
    )
    assert body["detail"] and CANARY not in response.text


@pytest.mark.parametrize(("code", "seconds"), [("too-many", "17"), ("away", "5")])
def test_what_passes_says_when_to_come_back(program: TestClient, code: str, seconds: str) -> None:
    assert program.get(f"/api/v1/fejl/{code}").headers["retry-after"] == seconds


def test_a_wrong_method_says_which_are_right(program: TestClient) -> None:
    response = program.put("/api/v1/modtag")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["type"] == "http://testserver/api#method-not-allowed"


@pytest.mark.parametrize("path", ["/api/v1/findes-ikke", "/api/v2", "/api/", "/en/api/v1/findes-ikke"])
def test_what_is_not_there_is_a_problem(program: TestClient, path: str) -> None:
    response = program.get(path)
    assert response.status_code in (404, 307)
    if response.status_code == 404:
        assert response.json()["type"] == "http://testserver/api#not-found"


@pytest.mark.parametrize("path", ["/api/v1/%00", "/api/v1/mig?q=%ff"])
def test_an_unreadable_address_is_a_problem(program: TestClient, path: str) -> None:
    response = program.get(path)
    assert (response.status_code, response.json()["type"]) == (400, "http://testserver/api#bad-request")


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_body_is_a_problem(program: TestClient, announced: bool) -> None:
    body = b'"' + b"x" * 2_100_000
    content = body if announced else iter([body])
    response = program.post("/api/v1/modtag", content=content, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["title"]) == (413, "Content too large")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '{"title": "kanariefugl"}',
            [("string_too_long", ["body", "title"], "Teksten er for lang. Der er plads til 5 tegn.")],
        ),
        (
            '{"title": "a", "kind": "kanariefugl"}',
            [("literal_error", ["body", "kind"], "Vælg en af mulighederne.")],
        ),
        ('{"title": "a", "kanariefugl": 1}', [("extra_forbidden", ["body"], WRONG)]),
        (
            '{"title": "a", "tags": {"\\ud800 kanariefugl": "x"}}',
            [("int_parsing", ["body", "tags", "…"], "Skriv et helt tal.")],
        ),
        ('{"title": "\\ud800kanariefugl"}', [("string_unicode", ["body", "title"], WRONG)]),
        ("[]", [("model_attributes_type", ["body"], WRONG)]),
        ('{"title": kanariefugl', [("json_invalid", ["body", 10], WRONG)]),
        ("", [("missing", ["body"], "Udfyld feltet.")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_without_repeating_it(
    program: TestClient, body: str, expected: list[tuple[str, list[str | int], str]]
) -> None:
    response = program.post(
        "/api/v1/modtag", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert (response.status_code, response.json()["type"]) == (422, "http://testserver/api#invalid")
    assert [(e["type"], e["loc"], e["detail"]) for e in response.json()["errors"]] == expected
    assert CANARY not in response.text


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b'{"title": NaN}', b'{"title": "a", "amount": Infinity}', b"\x00", b"[" * 5000]
)
def test_bodies_that_break_others_are_refused_in_order(program: TestClient, body: bytes) -> None:
    response = program.post("/api/v1/modtag", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_a_stranger_is_turned_away_before_the_fields_are_told(program: TestClient) -> None:
    response = program.post("/api/v1/lukket", json={"title": CANARY})
    assert (response.status_code, response.json()["type"]) == (401, "http://testserver/api#key-missing")
    assert "errors" not in response.json()


def test_the_explanation_is_in_the_readers_language_and_the_title_never_changes(program: TestClient) -> None:
    danish, english = (program.get(f"{prefix}/api/v1/findes-ikke").json() for prefix in ("", "/en"))
    assert danish["title"] == english["title"] == "Not found"
    assert danish["type"] == english["type"]
    assert danish["detail"] == "Det findes ikke, eller du har ikke adgang til det."
    assert english["detail"] != danish["detail"]


def test_no_error_is_kept_by_a_cache_and_all_have_the_headers(program: TestClient) -> None:
    response = program.get("/api/v1/findes-ikke")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad-request"), (401, "key-missing"), (403, "not-allowed"), (404, "not-found"), (409, "conflict"),
     (415, "bad-request"), (429, "too-many"), (500, "broken"), (502, "broken"), (503, "away")],
)  # fmt: skip
def test_every_status_has_a_problem(status: int, code: str) -> None:
    assert code_of(status) == code


def test_without_the_database_a_key_is_answered_503(tmp_path: Path) -> None:
    database = Database(f"postgresql://nobody@/nothing?host={tmp_path}")
    tools = Tools(database, open_folder(tmp_path / "files"), FolderTransport(tmp_path / "mail"))
    client = TestClient(create_app(Settings(data=tmp_path), tools), raise_server_exceptions=False)
    response = client.get("/api/v1/mig", headers={"Authorization": "Bearer dfk_" + "x" * 43})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["type"].endswith("/api#away")
