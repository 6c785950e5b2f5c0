"""A series of meetings on one page."""

from datetime import date
from typing import Any

from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting, MissingNumber
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import add_meeting, get_or_add_series, publish_meeting
from tests.site import Site

EVIL = "<script>alert(1)</script>"


def put(site: Site, number: int | None, day: date, status: str | None = None, **values: Any) -> None:
    given = {"number": number, "title": f"Møde nummer {number}", "held_on": day} | values
    with site.unit() as session:
        meeting = add_meeting(session, SYSTEM, MeetingInput(**given))
        if status != "draft":
            publish_meeting(session, SYSTEM, meeting.id)
            meeting.status = status or meeting.status


def test_the_series_shows_what_comes_first_what_has_been_and_what_is_missing(site: Site) -> None:
    put(site, 1, date(2014, 10, 10))
    put(site, 4, date(2020, 10, 28), title=EVIL)
    put(site, 5, date(2090, 3, 18), "cancelled")
    put(site, 6, date(2090, 6, 18), date_certainty="month")
    put(site, 7, date(2091, 6, 18), "draft")
    with site.unit() as session:
        series_id = session.scalars(select(Meeting.series_id).limit(1)).one()
        session.add(MissingNumber(series_id=series_id, number=3, held_after=None, held_before=None))
    page = site.browser().get("/moederaekker/dialogforum").text
    assert "2 møder er holdt, 1 er planlagt." in " ".join(page.split())
    order = ["Næste møde", "Møde nummer 6", "Også planlagt", "Møde nummer 5", "Aflyst", "Det har været"]
    order += ["Møde 3: ingen side fundet.", "Møde 2: endnu ikke registreret her.", "Møde nummer 1"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "Møde nummer 7" not in page and EVIL not in page and "juni 2090" in page
    assert "/moederaekker/dialogforum.ics" in page
    staff = site.browser("staff").get("/moederaekker/dialogforum").text
    assert "Møde nummer 7" in staff and 'href="/moeder/nyt?fra=7"' in staff


def test_a_series_without_anything_to_see_is_a_404(site: Site) -> None:
    with site.unit() as session:
        get_or_add_series(session, "folkemoedet")
    put(site, None, date(2027, 6, 15), "draft", series="folkemoedet", title="Kladden")
    assert [site.browser().get(f"/moederaekker/{key}").status_code for key in ("folkemoedet", "nej")] == [
        404,
        404,
    ]
    assert site.browser().get("/moederaekker/folkemoedet.ics").status_code == 404
    assert "/moederaekker/folkemoedet" not in site.browser("staff").get("/kalender").text
    assert site.browser("staff").get("/moederaekker/folkemoedet").status_code == 200


def test_the_series_asks_the_database_as_often_with_1_and_with_30_meetings(site: Site) -> None:
    put(site, 1, date(2014, 10, 10))
    few = site.count_statements(site.browser(), "/moederaekker/dialogforum")
    for number in range(2, 31):
        put(site, number, date(2014, 10, number if number > 10 else number + 10))
    assert few == site.count_statements(site.browser(), "/moederaekker/dialogforum") == 6
