"""One's own overview, and choosing whom one speaks for."""

from datetime import UTC, datetime

from app.core.clock import moved_to, now
from app.domain.contributions.schemas import InterestInput
from app.domain.contributions.service import mark_interest
from app.domain.users.models import Membership
from tests.said import add_card_row, add_idea_draft, add_meeting_row, add_wish, put_said
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
    page = site.browser("vendor").get("/mit").text
    for words in ("Sagt højt", "Mit udkast", "Kollegas ønske", wish, "Svar senest 19. februar 2027."):
        assert words in page
    assert f'href="/ideer/{draft}/ret"' in page
    assert "Andres ønske" not in page and "Ikke udgivet" not in page
    assert "Det venter på jer" not in page


def test_staff_sees_what_waits_with_links(site: Site) -> None:
    with site.unit() as session:
        add_card_row(session, site.people.staff, add_meeting_row(session))
        with moved_to(datetime(2026, 1, 1, 12, tzinfo=UTC)):
            add_wish(session, site.people.vendor)
    page = site.browser("staff").get("/mit").text
    assert "Det venter på jer" in page
    assert 'href="/oensker?frist=overskredet"' in page
    assert 'href="/moeder/10/indspil/maerk?uden=1"' in page


def test_a_municipality_sees_what_it_has_marked(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.vendor, "Noget for os")
        mark_interest(session, site.people.municipality, wish.id, InterestInput(kind="need"))
    assert "Noget for os" in site.browser("municipality").get("/mit").text
    assert "Noget for os" not in site.browser("neighbour").get("/mit").text


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

    expected = {"vendor": 5, "municipality": 6, "staff": 10, "loner": 5}
    fill(range(1))
    assert {who: site.count_statements(site.browser(who), "/mit") for who in expected} == expected
    fill(range(1, 30))
    assert {who: site.count_statements(site.browser(who), "/mit") for who in expected} == expected
