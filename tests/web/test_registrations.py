"""Signing up by the forms: who gets in, what is said when nobody does, the list, and what goes nowhere."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import vobject
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to, now
from app.core.i18n import format_datetime
from app.core.mail import Mail
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration, RegistrationNeeds
from app.domain.users.models import User
from tests.people import add_actor, add_organisation_row
from tests.signing_up import CANARY, add_open_meeting, end_membership, put_sign_up_row, sign_up_for
from tests.site import Site

HERE = "/moeder/12"
PEOPLE = ("stranger", "loner", "newcomer", "vendor", "rival", "municipality", "staff", "admin", "auditor")


def put(site: Site, key: str = "12", **values: Any) -> int:
    with site.unit() as session:
        return add_open_meeting(session, key, **values).id


def join(site: Site, *names: str, meeting_id: int | None = None, **given: Any) -> None:
    people = site.people
    with site.unit() as session:
        statement = select(Meeting)
        meeting = session.scalars(
            statement.where(Meeting.id == meeting_id) if meeting_id else statement
        ).one()
        for name in names:
            sign_up_for(session, getattr(people, name), meeting, **given)


def own_fields(site: Site, who: str, **fields: Any) -> dict[str, Any]:
    organisation_id = getattr(site.people, who).organisation_id
    return ({"organisation": str(organisation_id)} if organisation_id else {}) | fields


def rows(site: Site) -> list[tuple[int, str]]:
    with site.unit() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Registration.user_id, Registration.status).order_by(Registration.id)
            )
        ]


# --- the form


def test_a_stranger_is_led_to_sign_in_and_back(site: Site) -> None:
    put(site)
    answer = site.browser().get(f"{HERE}/tilmeld")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/log-ind?videre=%2Fmoeder%2F12%2Ftilmeld",
    )


def test_the_meeting_says_how_many_seats_are_left_and_how_it_stands_with_oneself(site: Site) -> None:
    put(site, seats=20, registration_closes_on=date(2090, 2, 1))
    stranger = site.browser().get(HERE).text
    assert f'href="{HERE}/tilmeld"' in stranger
    assert "20 af 20 pladser er ledige" in stranger and "Tilmeld dig senest 1. februar 2090" in stranger
    join(site, "vendor")
    assert "19 af 20 pladser er ledige" in site.browser("rival").get(HERE).text
    own = site.browser("vendor").get(HERE).text
    assert "Du er tilmeldt" in own and f'href="{HERE}/tilmelding"' in own and f'{HERE}/tilmeld"' not in own


def test_name_and_organisation_are_filled_in_and_nothing_is_ticked(site: Site) -> None:
    put(site)
    page = site.browser("vendor").get(f"{HERE}/tilmeld").text
    assert "Vera Vendor" in page and "Soft A/S" in page
    assert " checked" not in page
    for line in ("Vi spørger, så du kan være med på lige fod.", "Det slettes 14 dage efter mødet."):
        assert line in page
    assert "data-keep" not in page


def test_a_virtual_meeting_asks_for_no_food(site: Site) -> None:
    put(site, format="virtual")
    page = site.browser("vendor").get(f"{HERE}/tilmeld").text
    assert 'name="diets"' not in page and 'name="access_needs"' in page
    assert "har skrevet om mad" not in page and "teleslynge" not in page


def test_the_yes_to_what_is_kept_says_the_same_days_as_the_words_above_it(site: Site) -> None:
    put(site)
    page = site.browser("vendor").get(f"{HERE}/tilmeld").text
    assert "I må gemme det, jeg har skrevet her, til 14 dage efter mødet" in page


@pytest.mark.parametrize("who", ["loner", "newcomer", "vendor", "municipality", "staff"])
def test_signing_up_gives_a_seat_a_page_and_a_mail(site: Site, who: str) -> None:
    put(site)
    browser = site.browser(who)
    answer = browser.post(f"{HERE}/tilmeld", own_fields(site, who, title="Chef", is_listed="1"))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{HERE}/tilmelding?kvittering=signed_up",
    )
    page = browser.get(answer.headers["location"]).text
    assert "Du er tilmeldt. Vi har sendt dig en mail." in page and "1. marts 2090" in page
    assert ("endnu ikke bekræftet" in page.lower()) == (who == "newcomer")
    with site.unit() as session:
        assert session.scalars(select(Mail.subject).order_by(Mail.id)).all() == [
            "Du er tilmeldt: Møde 12, 1. marts 2090"
        ]


def test_the_mail_says_when_where_and_how_to_cancel_and_holds_no_link_that_lets_in(site: Site) -> None:
    starts = datetime(2090, 3, 1, 9, tzinfo=COPENHAGEN)
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=3)}
    put(site, format="hybrid", join_url="https://moede.example/rum-4712", **times)
    site.browser("newcomer").post(f"{HERE}/tilmeld", own_fields(site, "newcomer"))
    with site.unit() as session:
        mail = session.scalars(select(Mail)).one()
        assert mail.recipient == "nye@soft.example"
        link = re.search(r"http://testserver/tilmelding/\d+/afmeld/[\w-]{32}", mail.text)
        assert link is not None and link[0] in mail.html and "rum-4712" not in mail.html
        entry = vobject.readOne(mail.calendar.decode()).vevent
        assert (entry.dtstart.value, entry.status.value) == (starts, "CONFIRMED")
        assert mail.text.replace(link[0], "LINK") == (
            """Kære Nye Ny

Du er tilmeldt:

    Møde 12
    Onsdag den 1. marts 2090, kl. 09.00–12.00
    Salen
    Også på skærm

Du kommer for Soft A/S.

Din plads er din, men du er mærket »endnu ikke bekræftet«, til vi ved, hvem du repræsenterer.

Deltag på skærmen her. Linket åbner 1. marts 2090 kl. 08.00 for dig, der er tilmeldt og logget ind:
http://testserver/moeder/12/deltag

Mødet ligger ved som kalenderfil. Lige før mødet skriver vi igen med programmet for dagen.

Mødets side med programmet:
http://testserver/moeder/12

Se eller ret din tilmelding, eller giv pladsen til en kollega:
http://testserver/moeder/12/tilmelding

Kan du ikke komme? Meld dig fra her, uden at logge ind, så en anden kan få pladsen:
LINK

Eksempelforeningens sekretariat
kontakt@eksempelforeningen.example · 00 00 00 00
"""
        )


def test_the_same_form_twice_is_one_seat_and_a_second_form_leads_to_the_first(site: Site) -> None:
    put(site)
    browser, fields = site.browser("vendor"), own_fields(site, "vendor", key=str(uuid4()))
    first, again = browser.post(f"{HERE}/tilmeld", fields), browser.post(f"{HERE}/tilmeld", fields)
    other = browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    assert first.headers["location"] == again.headers["location"]
    assert other.headers["location"] == f"{HERE}/tilmelding?kvittering=signed_up_before"
    assert browser.get(f"{HERE}/tilmeld").headers["location"] == f"{HERE}/tilmelding"
    assert rows(site) == [(site.people.vendor.user_id, "registered")]


def test_somebody_without_a_name_gives_it_on_the_way(site: Site) -> None:
    put(site)
    people = site.people
    with site.unit() as session:
        session.get_one(User, people.loner.user_id).name = ""
    browser = site.browser("loner")
    assert browser.post(f"{HERE}/tilmeld").status_code == 422
    assert browser.post(f"{HERE}/tilmeld", {"name": "Lone Nyt"}).status_code == 303
    with site.unit() as session:
        assert session.get_one(User, people.loner.user_id).name == "Lone Nyt"


def test_wrong_input_keeps_what_was_typed_and_nothing_is_kept_of_it(site: Site) -> None:
    put(site)
    answer = site.browser("vendor").post(
        f"{HERE}/tilmeld",
        own_fields(site, "vendor", title="Min titel", access_needs="Rampe", diets=["vegan"]),
    )
    assert answer.status_code == 422
    for words in ("Min titel", "Rampe", 'value="vegan" checked', "Sæt kryds, hvis vi må gemme det"):
        assert words in answer.text
    assert rows(site) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation", "4711"),
        ("organisation", "x"),
        ("title", "a" * 201),
        ("diets", "menneskekød"),
        ("diet_note", "a" * 501),
        ("access_needs", "Mit nummer er 010190-1234"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(site: Site, field: str, value: str) -> None:
    put(site)
    fields = own_fields(site, "vendor", agrees_to_needs="1") | {field: value}
    answer = site.browser("vendor").post(f"{HERE}/tilmeld", fields)
    assert answer.status_code == 422 and "form-error-message" in answer.text
    assert rows(site) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "announced"}, "Tilmeldingen er ikke åbnet endnu."),
        ({"status": "cancelled"}, "Mødet er aflyst."),
        ({"status": "postponed"}, "Mødet er udskudt."),
        ({"held_on": date(2020, 1, 1)}, "Mødet er holdt"),
        ({"registration_closes_on": date(2026, 1, 1)}, "Fristen for tilmelding er udløbet."),
    ],
)
def test_a_meeting_that_takes_nobody_says_so_in_words(site: Site, values: dict[str, Any], words: str) -> None:
    put(site, **values)
    browser = site.browser("vendor")
    page = browser.get(f"{HERE}/tilmeld")
    assert page.status_code == 200 and words in page.text and "Tilmeld mig" not in page.text
    answer = browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    assert (answer.status_code, words in answer.text) == (409, True)
    assert rows(site) == []


def test_a_full_meeting_offers_the_queue_with_its_rules_and_says_which_place(site: Site) -> None:
    put(site, seats=1, seats_per_organisation=1)
    join(site, "rival")
    browser = site.browser("vendor")
    assert "Skriv dig i køen" in browser.get(HERE).text
    page = browser.get(f"{HERE}/tilmeld").text
    for words in ("Alle pladser er taget.", "bliver du nr. 1 i køen", "går pladsen videre til den næste"):
        assert words in page
    answer = browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    assert answer.headers["location"] == f"{HERE}/tilmelding?kvittering=queued"
    own = browser.get(answer.headers["location"]).text
    for words in ("Du står i køen. Vi har sendt dig en mail.", "Du er nr. 1 i køen", "højst have 1 plads"):
        assert words in own
    assert "Det sker der nu" not in own and "Se din plads i køen" in browser.get(HERE).text
    # Whose organisation has used its seats waits for a colleague, also where there are seats.
    put(site, "13", seats_per_organisation=1)
    newcomer = site.browser("newcomer")
    browser.post("/moeder/13/tilmeld", own_fields(site, "vendor"))
    assert "Din organisation har allerede brugt sine pladser." in newcomer.get("/moeder/13/tilmeld").text
    newcomer.post("/moeder/13/tilmeld", own_fields(site, "newcomer"))
    assert "venter på, at en kollega melder fra" in newcomer.get("/moeder/13/tilmelding").text


def test_where_staff_says_yes_or_no_one_asks_for_a_seat(site: Site) -> None:
    put(site, needs_approval=True)
    browser = site.browser("vendor")
    assert "Bed om en plads" in browser.get(HERE).text
    answer = browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    assert answer.headers["location"] == f"{HERE}/tilmelding?kvittering=requested"
    assert "Arrangørerne siger ja eller nej til hver enkelt" in browser.get(f"{HERE}/tilmelding").text


def test_a_draft_and_a_missing_meeting_are_the_same_to_whoever_signs_up(site: Site) -> None:
    put(site, published_at=None, status="draft")
    for path in ("tilmeld", "tilmelding", "deltagere"):
        assert site.browser("vendor").get(f"{HERE}/{path}").status_code == 404
        assert site.browser("vendor").get(f"/moeder/13/{path}").status_code == 404
    assert site.browser("vendor").post(f"{HERE}/tilmeld").status_code == 404


# --- one's own


def test_one_changes_ones_own_and_a_stale_form_is_told(site: Site) -> None:
    put(site)
    join(site, "vendor")
    browser = site.browser("vendor")
    fields = own_fields(site, "vendor", version="1", title="Ny titel", is_listed="1")
    assert browser.post(f"{HERE}/tilmelding", fields).headers["location"].endswith("kvittering=sign_up_saved")
    stale = browser.post(f"{HERE}/tilmelding", fields | {"title": "En anden"})
    assert stale.status_code == 409 and 'value="En anden"' in stale.text
    assert 'value="2"' in stale.text
    assert "Ny titel" in browser.get(f"{HERE}/tilmelding").text


def test_what_is_missing_in_an_old_form_does_not_let_it_write_over_a_newer_one(site: Site) -> None:
    put(site)
    join(site, "vendor")
    browser, path = site.browser("vendor"), f"{HERE}/tilmelding"
    fields = own_fields(site, "vendor", version="1")
    assert browser.post(path, fields | {"title": "Ny titel"}).status_code == 303
    incomplete = browser.post(path, fields | {"organisation": "x", "title": "Gammel titel"})
    assert incomplete.status_code == 422
    known = re.findall(r'name="version" value="(\d+)"', incomplete.text)[0]
    assert browser.post(path, fields | {"title": "Gammel titel", "version": known}).status_code == 409
    assert "Ny titel" in browser.get(path).text


def test_an_account_without_an_address_signs_up_and_cancels_without_a_mail(site: Site) -> None:
    put(site)
    with site.unit() as session:
        session.get_one(User, site.people.vendor.user_id).email = None
    browser = site.browser("vendor")
    answer = browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    assert answer.headers.get("location") == f"{HERE}/tilmelding?kvittering=signed_up"
    answer = browser.post(f"{HERE}/tilmelding/afmeld")
    assert answer.headers.get("location") == f"{HERE}?kvittering=sign_up_cancelled"
    with site.unit() as session:
        assert session.scalars(select(Mail.id).order_by(Mail.id)).all() == []


def uid_and_status(calendar: bytes) -> tuple[str, str]:
    event = vobject.readOne(calendar.decode()).vevent
    return event.uid.value, event.status.value


def test_cancelling_frees_the_seat_tells_by_mail_and_may_be_undone(site: Site) -> None:
    put(site, seats=1)
    browser = site.browser("vendor")
    browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor"))
    answer = browser.post(f"{HERE}/tilmelding/afmeld")
    assert answer.headers["location"] == f"{HERE}?kvittering=sign_up_cancelled"
    assert "1 af 1 pladser er ledige" in browser.get(HERE).text
    assert browser.get(f"{HERE}/tilmelding").headers["location"] == f"{HERE}/tilmeld"
    with site.unit() as session:
        told = session.execute(
            select(Mail.subject, Mail.calendar, Mail.calendar_method).order_by(Mail.id)
        ).all()
    assert (told[1].subject, told[1].calendar_method) == ("Du er meldt fra: Møde 12, 1. marts 2090", "CANCEL")
    assert uid_and_status(told[0].calendar)[0] == uid_and_status(told[1].calendar)[0]
    assert uid_and_status(told[1].calendar)[1] == "CANCELLED"
    assert browser.post(f"{HERE}/tilmeld", own_fields(site, "vendor")).status_code == 303


def test_others_have_no_sign_up_to_change(site: Site) -> None:
    put(site)
    join(site, "vendor")
    for path in ("", "/liste", "/afmeld"):
        assert site.browser("rival").post(f"{HERE}/tilmelding{path}").status_code == 404
        assert site.browser().post(f"{HERE}/tilmelding{path}").status_code == 303
    assert rows(site) == [(site.people.vendor.user_id, "registered")]


def test_own_sign_ups_stand_under_mit(site: Site) -> None:
    put(site)
    put(site, "11", held_on=date(2020, 1, 1))
    people = site.people
    with site.unit() as session:
        for meeting in session.scalars(select(Meeting)):
            put_sign_up_row(session, people.vendor, meeting)
    page = site.browser("vendor").get("/mit/tilmeldinger").text
    assert f'href="{HERE}/tilmelding"' in page and 'href="/moeder/11/tilmelding"' in page
    assert page.index("Kommende møder") < page.index("Møder, du har været tilmeldt")
    assert "Du er ikke tilmeldt noget møde." in site.browser("rival").get("/mit/tilmeldinger").text


# --- to the screen


def test_the_link_to_the_screen_leads_there_only_near_the_start_and_stands_on_no_page(site: Site) -> None:
    starts = now().replace(second=0, microsecond=0) + timedelta(hours=3)
    held_on = starts.astimezone(COPENHAGEN).date()
    put(site, join_url="https://moede.example/rum", format="virtual", starts_at=starts, held_on=held_on)
    join(site, "vendor", "newcomer")
    early = {who: site.browser(who).get(f"{HERE}/deltag") for who in PEOPLE}
    assert {who: answer.status_code for who, answer in early.items()} == {
        "stranger": 303,
        "loner": 200,
        "newcomer": 200,
        "vendor": 200,
        "rival": 200,
        "municipality": 200,
        "staff": 303,
        "admin": 303,
        "auditor": 200,
    }
    assert early["stranger"].headers["location"] == "/log-ind?videre=%2Fmoeder%2F12%2Fdeltag"
    assert early["staff"].headers["location"] == "https://moede.example/rum"
    opens = format_datetime(starts - timedelta(hours=1), "da")
    assert f"Det åbner {opens}." in early["vendor"].text
    assert "Linket er for dem, der er tilmeldt" in early["rival"].text
    pages = ("", "/tilmelding", "/deltag", "/program", ".ics")
    texts = [site.browser(who).get(HERE + page).text for who in ("vendor", "staff") for page in pages]
    assert [text for text in texts if "moede.example" in text] == []
    with moved_to(starts - timedelta(minutes=60)):
        answers = {who: site.browser(who).get(f"{HERE}/deltag") for who in ("vendor", "newcomer", "rival")}
    assert answers["vendor"].headers["location"] == "https://moede.example/rum"
    assert answers["vendor"].headers["referrer-policy"] == "no-referrer"
    assert "få bekræftet, hvem du repræsenterer" in answers["newcomer"].text
    assert "Linket er for dem, der er tilmeldt" in answers["rival"].text


# --- the list


def test_the_list_is_for_those_who_take_part_and_staff(site: Site) -> None:
    put(site)
    other = put(site, "13")
    join_these = ("vendor", "newcomer", "loner")
    people = site.people
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "12")).one()
        for name in join_these:
            put_sign_up_row(session, getattr(people, name), meeting)
        put_sign_up_row(session, people.rival, session.get_one(Meeting, other))
    statuses = {who: site.browser(who).get(f"{HERE}/deltagere").status_code for who in PEOPLE}
    assert statuses == {
        "stranger": 303,
        "loner": 404,
        "newcomer": 404,
        "vendor": 200,
        "rival": 404,
        "municipality": 404,
        "staff": 200,
        "admin": 200,
        "auditor": 404,
    }


def test_the_list_names_who_agreed_and_is_kept_by_nobody(site: Site) -> None:
    put(site)
    join(site, "vendor", "newcomer", is_listed=True)
    join(site, "rival", "municipality")
    answer = site.browser("rival").get(f"{HERE}/deltagere")
    assert answer.headers["cache-control"] == "no-store"
    assert "Vera Vendor" in answer.text and "Nye Ny" in answer.text and "Rita Rival" in answer.text
    assert "Mona Kommune" not in answer.text and "Kommuner: 1" in answer.text
    assert "vera@soft.example" not in answer.text
    assert answer.text.count("Endnu ikke bekræftet") == 1
    assert "Mona Kommune" in site.browser("staff").get(f"{HERE}/deltagere").text


def test_one_leaves_the_list_by_one_button_and_is_gone_at_once(site: Site) -> None:
    put(site)
    join(site, "vendor", is_listed=True)
    join(site, "rival")
    answer = site.browser("vendor").post(f"{HERE}/tilmelding/liste", {"is_listed": "0"})
    assert answer.headers["location"].endswith("kvittering=unlisted")
    page = site.browser("rival").get(f"{HERE}/deltagere").text
    assert "Vera Vendor" not in page and "Leverandører: 1" in page


def test_who_no_longer_speaks_for_the_organisation_sees_nothing_more(site: Site) -> None:
    put(site, join_url="https://moede.example/rum")
    join(site, "vendor", "rival")
    browser = site.browser("vendor")
    assert browser.get(f"{HERE}/deltagere").status_code == 200
    assert f'href="{HERE}/deltag"' in browser.get(HERE).text
    people = site.people
    with site.unit() as session:
        end_membership(session, people.vendor)
    assert browser.get(f"{HERE}/deltagere").status_code == 404
    assert f"{HERE}/deltag" not in browser.get(HERE).text
    site.browser("rival").post(f"{HERE}/tilmelding/afmeld")
    assert site.browser("rival").get(f"{HERE}/deltagere").status_code == 404


# --- what somebody eats goes nowhere


def test_what_somebody_eats_is_on_no_page_in_no_mail_and_in_no_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    put(site)
    needs = own_fields(site, "vendor", diet_note=CANARY, access_needs=CANARY + "2", agrees_to_needs="1")
    vendor = site.browser("vendor")
    vendor.post(f"{HERE}/tilmeld", needs | {"is_listed": "1"})
    vendor.post(f"{HERE}/tilmelding", needs | {"version": "1"})
    join(site, "rival", "newcomer")
    site.work()
    pages = (
        HERE,
        f"{HERE}/program",
        f"{HERE}/deltagere",
        f"{HERE}/tilmeld",
        f"{HERE}/tilmelding",
        f"{HERE}/rediger/tilmeldinger",
        f"{HERE}/rediger/tilmeldinger.csv",
        "/soeg?q=Kanariefugl",
        "/mit",
        "/mit/tilmeldinger",
        "/data/moeder.csv",
        "/moeder",
    )
    found = [(who, page) for who in PEOPLE for page in pages if CANARY in site.browser(who).get(page).text]
    assert found == [("vendor", f"{HERE}/tilmelding")]
    with site.unit() as session:
        mails = "".join(f"{mail.subject}{mail.text}{mail.html}" for mail in session.scalars(select(Mail)))
        log = "".join(f"{entry.before}{entry.after}" for entry in session.scalars(select(AuditEntry)))
        assert CANARY in session.scalars(select(RegistrationNeeds.diet_note)).one()
    assert CANARY not in mails + log + caplog.text


def test_what_people_write_is_never_markup(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    put(site)
    people = site.people
    with site.unit() as session:
        firm = add_organisation_row(session, "ond", f"Ond {evil}", "vendor")
        bad = add_actor(session, f"Eva{evil} Ond", firm)
        meeting = session.scalars(select(Meeting)).one()
        sign_up_for(
            session, bad, meeting, title=evil, access_needs=evil, is_listed=True, agrees_to_needs=True
        )
        sign_up_for(session, people.vendor, meeting)
    for who, page in (
        ("vendor", "deltagere"),
        ("staff", "deltagere"),
        ("staff", "rediger/tilmeldinger"),
        ("staff", "rediger/tilmeldinger/hensyn?navne=1"),
    ):
        text = site.browser(who).get(f"{HERE}/{page}").text
        assert evil not in text and "&lt;script&gt;" in text


# --- how many statements


def test_the_pages_ask_the_database_as_often_with_1_and_with_30_who_come(site: Site) -> None:
    put(site)
    join(site, "vendor", is_listed=True)
    pages = {
        ("stranger", HERE): 2,
        ("vendor", HERE): 3,
        ("rival", f"{HERE}/tilmeld"): 5,
        ("vendor", f"{HERE}/tilmelding"): 7,
        ("vendor", f"{HERE}/deltagere"): 5,
        ("vendor", "/mit/tilmeldinger"): 3,
        ("staff", f"{HERE}/deltagere"): 5,
        ("staff", f"{HERE}/rediger/tilmeldinger"): 8,
    }
    count = lambda: {  # noqa: E731
        (who, page): site.count_statements(site.browser(who), page) for who, page in pages
    }
    assert count() == pages
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        for number in range(30):
            firm = add_organisation_row(session, f"f{number}", f"Firma {number}", "vendor")
            sign_up_for(session, add_actor(session, f"N{number} Navn", firm), meeting, is_listed=True)
    assert count() == pages


def test_an_auditor_is_told_why_there_is_no_place_to_take(site: Site) -> None:
    put(site)
    page = site.browser("auditor").get(HERE).text
    assert "Du læser med som revisor og kan ikke tilmelde dig." in page
    assert f'href="{HERE}/tilmeld"' not in page
    assert f'href="{HERE}/tilmeld"' in site.browser("vendor").get(HERE).text
