"""The words that people agree to, at their own addresses."""

import re
from datetime import date

import pytest

from app.domain.users import consents
from tests.site import Site


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/samtykker/regler/1", "Skriv om sagen, ikke om personer."),
        ("/en/samtykker/regler/1", "Write about the matter, not about persons."),
        ("/sv/samtykker/regler/1", "Skriv om saken, inte om personer."),
        ("/samtykker/deltagerliste/2", "Navne og titler kan kun ses af dem, der selv er tilmeldt mødet"),
        ("/samtykker/hensyn/1", "Det slettes kort tid efter mødet."),
    ],
)
def test_a_version_can_be_read_by_anybody(site: Site, path: str, words: str) -> None:
    response = site.browser().get(path)
    assert response.status_code == 200
    assert words in response.text
    assert "ældre version" not in response.text


def test_without_a_version_one_comes_to_the_one_in_force(site: Site) -> None:
    response = site.browser().get("/en/samtykker/regler")
    assert (response.status_code, response.headers["location"]) == (303, "/en/samtykker/regler/1")


@pytest.mark.parametrize("path", ["/samtykker/x", "/samtykker/x/1", "/samtykker/regler/0",
                                  "/samtykker/regler/2", "/samtykker/regler/x", "/samtykker/regler/²",
                                  "/samtykker/regler/99999999999999999999"])  # fmt: skip
def test_what_never_was_is_not_found(site: Site, path: str) -> None:
    assert site.browser().get(path).status_code == 404


def test_an_old_version_says_so_and_leads_to_the_new_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(consents.VERSIONS, "dialogue_rules", (date(2026, 11, 22), date(2027, 2, 1)))
    page = site.browser().get("/samtykker/regler/1").text
    assert "Dette er en ældre version" in page
    assert "Den gjaldt til 1. februar 2027." in page
    assert 'href="/samtykker/regler/2"' in page


def test_reading_asks_the_database_nothing(site: Site) -> None:
    assert site.count_statements(site.browser(), "/samtykker/regler/1") == 0


def test_headings_follow_the_pages_own_without_a_step_left_out(site: Site) -> None:
    page = site.browser().get("/samtykker/regler/1").text
    levels = re.findall(r"<h([1-6])[ >]", page[page.index("<main") : page.index("</main")])
    assert levels == ["1", "2", "2", "2"]
