"""Every list as Atom and promised days as a calendar: what everybody may read, by the list's own filters."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from lxml import etree

from app.core.clock import moved_to
from app.core.feeds import ATOM
from app.domain.answering.publishing import publish_answer
from app.domain.commitments.schemas import MoveInput
from app.domain.commitments.service import move_deadline
from app.domain.contributions.needs.schemas import NeedFacts
from app.domain.contributions.needs.service import join_need
from app.domain.following.service import follow
from app.web.feeds import MOST
from tests.answered import add_prepared_answer
from tests.needed import add_need
from tests.promised import add_commitment, add_proposal, add_step
from tests.said import SECRET, add_idea, add_meeting_row, add_theme_rows, put_said
from tests.site import Browser, Site

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(NOON):
        yield


def fetch(browser: Browser, path: str) -> list[str]:
    """The titles of a feed, the newest first."""
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "application/atom+xml; charset=utf-8",
    )
    root = etree.fromstring(answer.content)
    return [entry.findtext(f"{{{ATOM}}}title") or "" for entry in root.findall(f"{{{ATOM}}}entry")]


def days(browser: Browser, path: str) -> dict[str, tuple[date, int]]:
    """{summary: (day, sequence)} of the whole days of a calendar."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(one["summary"]): (one["dtstart"].dt, int(one["sequence"])) for one in events}


def test_each_list_is_a_feed_of_what_everybody_may_read(site: Site) -> None:
    with site.unit() as session:
        staff = site.people.staff
        klima, _skole = add_theme_rows(session, "Klima", "Skole")
        meeting = add_meeting_row(session)
        given = {"meeting_id": meeting.id, "theme_ids": [klima.id]}
        wish = put_said(
            session, "w", title="Åben", on_behalf_of_id=site.people.rival.organisation_id, **given
        )
        late = put_said(session, "l", title="Sen", answer_by=date(2026, 11, 20))
        for visibility in ("participants", "municipalities", "staff", "own"):
            put_said(session, visibility, title="Hemmelig", visibility=visibility, **given)
        idea = add_idea(session, site.people.vendor, **SECRET)
        promise = add_commitment(session, staff, theme_ids=[klima.id], meeting_id=meeting.id)
        add_proposal(session, staff, title="Hemmelig", theme_ids=[klima.id], meeting_id=meeting.id)
        answer = add_prepared_answer(session, staff, [wish.id])
        publish_answer(session, staff, answer.id, answer.version)
        said, sen, wise, promised, answered = (
            f"{wish.reference} Åben",
            f"{late.reference} Sen",
            f"{idea.reference} {idea.title}",
            f"{promise.reference} {promise.title}",
            f"Svar på {wish.reference}",
        )
    expected = {
        "/oensker.atom": [said, sen],
        "/oensker.atom?tema=strategi-2026/klima": [said],
        "/oensker.atom?q=findes-ikke": [],
        "/ideer.atom": [wise],
        "/forpligtelser.atom": [promised],
        "/forpligtelser.atom?tema=strategi-2026/skole": [],
        "/svar/forsinkede.atom": [sen],
        "/temaer/strategi-2026/klima.atom": [said, promised, answered],
        f"/organisationer/{site.people.rival.organisation_id}.atom": [said],
        f"/organisationer/{staff.organisation_id}.atom": [promised],
        "/moederaekker/dialogforum.atom": [said],
        "/moeder/10/indspil.atom": [said, promised, answered],
        "/en/svar/forsinkede.atom": [sen],
    }
    for who in ("stranger", "staff"):
        browser = site.browser(who)
        assert {path: sorted(fetch(browser, path)) for path in expected} == {
            path: sorted(titles) for path, titles in expected.items()
        }
    for path in ("/oensker.atom", "/ideer.atom"):
        text = site.browser().get(path).text
        assert "Hemmelig" not in text
        mark = site.browser().get(path).headers["etag"]
        assert site.browser().get(path, headers={"If-None-Match": mark}).status_code == 304
    for path in ("/temaer/strategi-2026/x.atom", "/organisationer/99.atom", f"/organisationer/{10**30}.atom"):
        assert site.browser().get(path).status_code == 404


def test_a_need_that_nobody_has_joined_yet_is_in_the_feed_however_many_have_been(site: Site) -> None:
    with site.unit() as session:
        municipality, neighbour = site.people.municipality, site.people.neighbour
        for number in range(MOST):
            need = add_need(session, municipality, title=f"Behov {number}", body=f"Tekst {number}")
            join_need(session, neighbour, need.id, NeedFacts())
    with moved_to(NOON + timedelta(hours=1)), site.unit() as session:
        new = add_need(session, municipality, title="Det nyeste", body="Nyt").reference
    titles = fetch(site.new_browser(), "/behov.atom")
    assert (len(titles), titles[0]) == (MOST, f"{new} Det nyeste")
    assert fetch(site.new_browser(), "/behov.atom?system=finance") == []


def test_what_became_late_last_is_in_the_feed_however_many_have_been_late_for_long(site: Site) -> None:
    with site.unit() as session:
        for number in range(MOST):
            put_said(session, f"l{number}", title=f"Gammel {number}", answer_by=date(2026, 8, 1))
        new = put_said(session, "ny", title="Ny", answer_by=date(2026, 11, 21)).reference
    titles = fetch(site.new_browser(), "/svar/forsinkede.atom")
    assert (len(titles), titles[0]) == (MOST, f"{new} Ny")


def test_promised_days_move_in_calendars_with_the_old_day_and_why(site: Site) -> None:
    with site.unit() as session:
        staff = site.people.staff
        klima, _skole = add_theme_rows(session, "Klima", "Skole")
        promise = add_commitment(session, staff, theme_ids=[klima.id], deadline=date(2027, 6, 30))
        add_step(session, staff, promise, date(2027, 3, 1))
        other = add_commitment(session, staff, title="Andet", deadline=date(2027, 9, 1))
        add_proposal(session, staff, title="Hemmelig", theme_ids=[klima.id])
        given = {"new_on": date(2027, 9, 30), "reason": "Loven.", "version": promise.version}
        move_deadline(session, staff, promise.id, MoveInput.model_validate(given))
        follow(session, site.people.vendor, "theme", klima.id)
        follow(session, site.people.vendor, "commitment", other.id)
        promised = f"Lovet til i dag: {promise.title} ({promise.reference})"
        step = f"Milepæl: Første udkast ({promise.reference})"
        andet = f"Lovet til i dag: Andet ({other.reference})"
    of_theme = {promised: (date(2027, 9, 30), 2), step: (date(2027, 3, 1), 0)}
    both = of_theme | {andet: (date(2027, 9, 1), 0)}
    stranger, vendor = site.browser(), site.browser("vendor")
    assert days(stranger, "/forpligtelser.ics") == both
    assert days(stranger, "/forpligtelser.ics?tema=strategi-2026/klima") == of_theme
    assert days(stranger, "/forpligtelser.ics?ejer=999999999999999999999") == both
    assert days(stranger, "/temaer/strategi-2026/klima.ics") == of_theme
    assert days(stranger, "/temaer/strategi-2026/skole.ics") == {}
    text = stranger.get("/forpligtelser.ics").text.replace("\r\n ", "")
    assert "Flyttet fra 30. juni 2027 til 30. september 2027: Loven." in text
    vendor.post("/mit/kalender")
    (own,) = re.findall(r">http://testserver(/kalender/[^<]+\.ics)<", vendor.get("/mit/kalender").text)
    assert days(stranger, own) == both


def test_feeds_and_calendars_ask_no_more_the_more_there_is(site: Site) -> None:
    paths = ("/oensker.atom", "/forpligtelser.atom", "/temaer/strategi-2026/klima.atom", "/forpligtelser.ics")
    with site.unit() as session:
        theme_id = add_theme_rows(session, "Klima")[0].id
    counts = []
    for rows in (1, 29):
        with site.unit() as session:
            for number in range(rows):
                said = put_said(session, f"{rows}-{number}", theme_ids=[theme_id])
                promise = add_commitment(session, site.people.staff, contribution_ids=[said.id])
                add_step(session, site.people.staff, promise, date(2027, 1, 1) + timedelta(days=number))
        counts.append([site.count_statements(site.browser(), path) for path in paths])
    assert counts[0] == counts[1]
