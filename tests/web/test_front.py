"""The front page: what comes next, what was answered last, a way in for each kind of people."""

from datetime import timedelta

from app.core.clock import today
from app.domain.meetings.models import Meeting, Series
from tests.said import add_meeting_row
from tests.site import Site


def test_the_front_page_says_what_it_is_for_and_what_has_happened(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/").text
    for words in (
        "Næste møde",
        "Seneste svar",
        "Seneste møde",
        "Leverandør",
        "Kommune",
        "KL/KOMBIT",
        'name="q"',
    ):
        assert words in page
    assert 'href="/moeder/eksempel-proev-lokalet"' in page


def test_the_next_meeting_leads_to_what_has_happened_since_the_last_one_of_its_series(site: Site) -> None:
    with site.unit() as session:
        old, new = add_meeting_row(session, "11"), add_meeting_row(session, "12")
        old.held_on, new.held_on = today() - timedelta(days=100), today() + timedelta(days=30)
        new.status = "announced"
    page = site.browser().get("/").text
    assert '<a href="/moeder/12#siden-sidst">det er sket siden 11. møde</a>' in page
    assert 'id="siden-sidst"' in site.browser().get("/moeder/12").text
    with site.unit() as session:
        session.add(other := Series(key="anden", name="Anden"))
        session.flush()
        session.get_one(Meeting, old.id).series_id = other.id
    assert "siden-sidst" not in site.browser().get("/").text


def test_an_empty_site_says_so_and_does_not_break(site: Site) -> None:
    page = site.browser().get("/").text
    assert "Det næste møde er ikke annonceret endnu." in page
    assert "Der er ikke offentliggjort svar endnu." in page


def test_the_front_page_asks_the_database_three_times(archive_site: Site) -> None:
    assert archive_site.count_statements(archive_site.new_browser(), "/") == 3
