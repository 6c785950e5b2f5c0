"""One's own overview, and choosing whom one speaks for."""

import re
from datetime import UTC, date, datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.asking import beside, read
from app.core.clock import moved_to, now
from app.core.policy import STRANGER
from app.domain.bodies.queries import bodies_of
from app.domain.contributions.interests import mark_interest
from app.domain.contributions.schemas import InterestInput
from app.domain.evaluations.queries import evaluations_asked_of
from app.domain.groups.queries import own_placements
from app.domain.minutes.comments import waiting_for
from app.domain.priorities.queries import rounds_waiting_for
from app.domain.users.models import Membership
from app.identity.seats import claims_for, make_secret
from app.web.idea_desk import desk_of
from tests.promised import add_proposal
from tests.said import add_card_row, add_idea_draft, add_meeting_row, add_wish, put_said
from tests.signing_up import add_open_meeting, put_sign_up_row
from tests.site import Site


def test_a_vendor_sees_drafts_sent_ones_and_what_was_said_aloud(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        soft = site.people.vendor.organisation_id
        put_said(session, "a", kind="card", title="Sagt højt", on_behalf_of_id=soft, meeting_id=meeting.id)
        draft = add_idea_draft(session, site.people.vendor, title="Mit udkast").reference
        with moved_to(datetime(2026, 11, 21, 12, tzinfo=UTC)):
            wish = add_wish(session, site.people.newcomer, "Kollegas ønske").reference
        add_wish(session, site.people.rival, "Andres ønske")
        add_card_row(session, site.people.staff, meeting, "Ikke udgivet", on_behalf_of_id=soft)
    for path in ("/mit", "/mit/bidrag"):
        page = site.browser("vendor").get(path).text
        for words in ("Sagt højt", "Mit udkast", "Kollegas ønske", wish, "Svar senest 19. februar 2027."):
            assert words in page, (path, words)
        assert f'href="/ideer/{draft}/ret"' in page
        assert "Andres ønske" not in page and "Ikke udgivet" not in page
        assert "Det venter på jer" not in page


def count_on(page: str, href: str) -> int | None:
    """The figure of the overview that leads there."""
    found = re.search(rf'<a href="{re.escape(href)}"><b>([0-9.]+)</b>', page)
    return int(found[1]) if found else None


def test_each_number_of_the_overview_leads_to_what_it_counts_and_the_oldest_late_one_stands_there(
    site: Site,
) -> None:
    people = site.people
    with site.unit() as session:
        meeting = add_meeting_row(session)
        add_card_row(session, people.staff, meeting)
        with moved_to(datetime(2026, 1, 1, 12, tzinfo=UTC)):
            newer = add_wish(session, people.vendor, "Forsinket siden")
        with moved_to(datetime(2025, 6, 1, 12, tzinfo=UTC)):
            oldest = add_wish(session, people.rival, "Forsinket længst")
        add_proposal(session, people.vendor)
        references = oldest.reference, newer.reference
    page = site.browser("staff").get("/mit").text
    assert "<h1>Mit overblik</h1>" in page
    counts = {
        "/indbakke?skuffe=forsinket": 2,
        "/indbakke?skuffe=uden-tema": 2,
        "/indbakke?skuffe=uden-ansvarlig": 2,
        "/indbakke?skuffe=uden-svar": 2,
        "/indbakke?skuffe=venter": 0,
        "/forpligtelser?status=late": 0,
        "/forpligtelser/foreslaaede": 1,
        "/udbakke": 0,
        # The newcomer among the people of these tests waits.
        "/medlemskaber": 1,
        "/modereret": 0,
        f"/moeder/{meeting.key}/indspil/maerk": 1,
    }
    assert {href: count_on(page, href) for href in counts} == counts
    assert re.findall(r'href="/indbakke/(OE-[0-9]+)"', page) == list(references)
    hrefs = set(re.findall(r'<a href="([^"#]+)"><b>', page))
    assert {href: site.browser("staff").get(href).status_code for href in hrefs} == dict.fromkeys(hrefs, 200)
    assert len(hrefs) > 12
    assert f'href="/moeder/{meeting.key}/indspil/maerk?uden=1"' in page


def test_those_who_wait_for_a_seat_are_counted_at_coming_meetings(site: Site) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session)
        over = add_open_meeting(session, "11", held_on=date(2020, 1, 1))
        for one in (meeting, over):
            put_sign_up_row(session, site.people.rival, one, status="waiting", queue_place=1)
    page = site.browser("staff").get("/mit").text
    assert count_on(page, f"/moeder/{meeting.key}/rediger/tilmeldinger") == 1
    assert "1 i kø" in page


def test_a_municipality_is_led_to_its_own_page_and_others_are_not(site: Site) -> None:
    assert 'href="/mit/kommune"' in site.browser("municipality").get("/mit").text
    assert 'href="/mit/kommune"' not in site.browser("vendor").get("/mit").text


def test_everybody_signed_in_has_an_overview_and_a_stranger_signs_in(site: Site) -> None:
    for who in ("vendor", "newcomer", "municipality", "staff", "admin", "loner"):
        assert site.browser(who).get("/mit").status_code == 200, who
    assert "Endnu ikke bekræftet" in site.browser("newcomer").get("/mit").text
    response = site.browser().get("/mit")
    assert (response.status_code, response.headers["location"]) == (303, "/log-ind?videre=%2Fmit")


def test_one_chooses_another_of_ones_own_organisations(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        other = Membership(
            user_id=people.vendor.user_id or 0,
            organisation_id=people.consultancy.organisation_id or 0,
            confirmed_at=now(),
            created_at=now(),
        )
        session.add(other)
        session.flush()
        other_id = other.id
    vendor = site.browser("vendor")
    assert "Repræsentér Huset" in vendor.get("/mit/medlemskaber").text
    response = vendor.post("/mit/medlemskaber", {"membership": str(other_id)})
    assert response.headers["location"] == "/mit?kvittering=membership_used"
    assert "På vegne af Huset" in vendor.get("/mit").text


def test_nobody_speaks_for_anothers_organisation(site: Site) -> None:
    vendor = site.browser("vendor")
    for value in (str(site.people.rival.membership_id), "", "abc", "9" * 30):
        assert vendor.post("/mit/medlemskaber", {"membership": value}).status_code == 404
    assert "På vegne af Soft A/S" in vendor.get("/mit").text
    assert site.browser().post("/mit/medlemskaber", {"membership": "1"}).status_code == 303


def test_statements_do_not_grow_with_the_rows(site: Site) -> None:
    def fill(numbers: range) -> None:
        with site.unit() as session:
            meeting = add_meeting_row(session, f"fyld-{numbers.start}")
            for number in numbers:
                wish = add_wish(session, site.people.municipality, f"Ønske {number}")
                mark_interest(session, site.people.municipality, wish.id, InterestInput(kind="need"))
                add_card_row(session, site.people.staff, meeting)

    expected = {"vendor": 2, "municipality": 2, "staff": 2, "loner": 2}
    fill(range(1))
    assert {who: site.count_statements(site.browser(who), "/mit") for who in expected} == expected
    fill(range(1, 30))
    assert {who: site.count_statements(site.browser(who), "/mit") for who in expected} == expected


def test_of_what_a_stranger_can_have_nothing_nothing_is_asked(session: Session) -> None:
    session.connection()
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]))
    found = read(
        session,
        beside(
            claims_for(STRANGER, make_secret()),
            own_placements(STRANGER),
            evaluations_asked_of(STRANGER),
            waiting_for(STRANGER),
            rounds_waiting_for(STRANGER),
            bodies_of(STRANGER),
            desk_of(STRANGER),
        ),
    )
    assert (found, sent) == (([], [], [], [], [], [], None), [])
