"""Whatever goes wrong is a page with a sentence; the database being away is 503, never 500."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.database import Database
from app.core.jobs import Tools
from app.core.mail import FolderTransport
from app.core.storage import open_folder
from app.main import create_app
from app.settings import Settings
from tests.site import Site


def test_a_missing_page_is_html_for_people(site: Site) -> None:
    response = site.browser().get("/findes-ikke")
    assert response.status_code == 404
    assert '<html lang="da">' in response.text
    assert "Vi kan ikke finde siden" in response.text


def test_a_missing_page_is_in_the_readers_language(site: Site) -> None:
    assert '<html lang="en">' in site.browser().get("/en/findes-ikke").text


def test_a_missing_page_is_problem_details_for_programs(site: Site) -> None:
    response = site.browser().get("/api/v1/findes-ikke")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


@pytest.fixture
def site_without_database(tmp_path: Path) -> TestClient:
    database = Database(f"postgresql://nobody@/nothing?host={tmp_path}")
    tools = Tools(database, open_folder(tmp_path / "files"), FolderTransport(tmp_path / "mail"))
    return TestClient(create_app(Settings(data=tmp_path), tools), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/moeder/", "/moeder"),
        ("/en/moeder/?aar=2016", "/en/moeder?aar=2016"),
        ("/sv/moeder//", "/sv/moeder"),
        ("//evil.example/", "/evil.example"),
    ],
)
def test_a_slash_at_the_end_leads_to_the_page_in_the_same_language_and_the_same_house(
    site: Site, asked: str, leads_to: str
) -> None:
    answer = site.new_browser().get(f"http://testserver{asked}", headers={"host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["location"]) == (301, leads_to)


def test_without_the_database_every_page_is_503_and_says_when_to_come_back(
    site_without_database: TestClient,
) -> None:
    for path in ("/", "/moeder", "/en/oensker"):
        response = site_without_database.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert "<h1>" in response.text


def test_without_the_database_health_is_503(site_without_database: TestClient) -> None:
    response = site_without_database.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"database": False})


def test_a_form_without_its_key_is_asked_for_again(site: Site) -> None:
    response = site.browser("loner").client.post("/velkommen", data={"name": "Lone"})
    assert response.status_code == 400


def test_too_large_a_body_is_413(site: Site) -> None:
    response = site.browser().client.post(
        "/log-ind",
        content=b"x" * (60 * 1024 * 1024),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert response.status_code == 413
