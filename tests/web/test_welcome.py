"""The first visit: found by mail domain, number or name, or written in; what works at once is said."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from tests.node.html_validate import find_html_errors
from tests.reading import put_an_organisation
from tests.said import add_meeting_row
from tests.site import Browser, Site

CVR = "13585628"
YOU = {"name": "Lone Lund", "title": "Partner"}


def buttons(html: str) -> list[tuple[str, str]]:
    """The buttons of the form with what they send, in the order of the page: the first is Enter's."""
    form = html[html.index('class="form" action="/velkommen"') :]
    form = form[: form.index("</form>")]
    return re.findall(r'<button [^>]*type="submit"[^>]* name="([a-z]+)" value="([^"]*)"', form)


def memberships(site: Site, user_id: int | None) -> list[tuple[str, str, str, bool]]:
    """(organisation, role, title, confirmed) of somebody's memberships in force."""
    with site.unit() as session:
        rows = session.execute(
            select(Organisation.name, Membership.role, Membership.title, Membership.confirmed_at)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        )
        return [(row[0], row[1], row[2], row[3] is not None) for row in rows]


def add_newcomer(site: Site, email: str) -> Browser:
    """Somebody who has just signed in for the first time with this address."""
    site.people  # noqa: B018  makes them
    with site.unit() as session:
        user = User(email=email, name="", created_at=now())
        session.add(user)
        session.flush()
        actor = Actor(user_id=user.id)
    return site.browser(actor)


def test_the_mail_domain_proposes_the_organisation_to_the_first_press(site: Site) -> None:
    browser = add_newcomer(site, "ny@drift.soft.example")
    soft = site.people.vendor.organisation_id
    page = browser.get("/velkommen").text
    assert "Anmod om at repræsentere Soft A/S" in page
    assert buttons(page) == [("organisation", str(soft)), ("skridt", "find")]
    response = browser.post("/velkommen", YOU | {"organisation": str(soft)})
    assert response.headers["location"] == "/velkommen/klar?kvittering=welcome"


@pytest.mark.parametrize("email", ["ny@gmail.com", "ny@ukendt.example", "ny@softx.example"])
def test_another_domain_proposes_nothing(site: Site, email: str) -> None:
    page = add_newcomer(site, email).get("/velkommen").text
    assert buttons(page) == [("skridt", "find")]


def test_somebody_without_a_mail_address_is_asked_the_same(site: Site) -> None:
    with site.unit() as session:
        session.get_one(User, site.people.loner.user_id).email = None
    assert buttons(site.browser("loner").get("/velkommen").text) == [("skridt", "find")]


@pytest.mark.parametrize("typed", [CVR, "13 58 56 28", "DK13585628", " dk 13 58 56 28 "])
def test_a_cvr_number_finds_its_organisation_however_it_is_written(site: Site, typed: str) -> None:
    with site.unit() as session:
        number = put_an_organisation(session, "fundet", name="Den Fundne A/S", cvr=CVR).id
    page = site.browser("loner").post("/velkommen", YOU | {"q": typed, "skridt": "find"})
    assert page.status_code == 200
    assert ("organisation", str(number)) in buttons(page.text)
    assert 'value="Lone Lund"' in page.text and 'value="Partner"' in page.text


@pytest.mark.parametrize("typed", ["13585629", "1358562", "DK 13 58 56 2", "135856280"])
def test_a_wrong_cvr_number_gets_a_sentence_and_stays_typed(site: Site, typed: str) -> None:
    page = site.browser("loner").post("/velkommen", YOU | {"q": typed, "skridt": "find"})
    assert page.status_code == 422
    assert 'id="field-q-error"' in page.text and "CVR-nummeret består ikke kontrollen" in page.text
    assert f'value="{typed}"' in page.text and 'value="Lone Lund"' in page.text


def test_an_empty_search_gets_a_sentence(site: Site) -> None:
    page = site.browser("loner").post("/velkommen", YOU | {"q": " ", "skridt": "find"})
    assert page.status_code == 422 and "Skriv et CVR-nummer eller en del af navnet." in page.text


def test_part_of_the_name_or_a_slip_in_it_finds_the_organisation(site: Site) -> None:
    browser, house = site.browser("loner"), str(site.people.consultancy.organisation_id)
    for words in ("hus", "Huset A/S", "Husset"):
        page = browser.post("/velkommen", YOU | {"q": words, "skridt": "find"}).text
        assert ("organisation", house) in buttons(page), words
        assert buttons(page)[0] == ("skridt", "find")


def test_enter_in_the_search_field_searches_and_never_takes_the_proposed_one(site: Site) -> None:
    browser = add_newcomer(site, "ny@soft.example")
    soft, house = site.people.vendor.organisation_id, site.people.consultancy.organisation_id
    pressed = YOU | {"organisation": str(soft), "q": "huset", "sogt": ""}
    page = browser.post("/velkommen", pressed)
    assert page.status_code == 200
    assert [value for _, value in buttons(page.text)] == ["find", str(house), "ny", str(soft)]


def test_the_request_works_at_once_and_waits(site: Site) -> None:
    browser, house = site.browser("loner"), site.people.consultancy.organisation_id
    response = browser.post("/velkommen", YOU | {"organisation": str(house)})
    assert response.headers["location"] == "/velkommen/klar?kvittering=welcome"
    assert memberships(site, site.people.loner.user_id) == [("Huset", "member", "Partner", False)]
    page = browser.get("/velkommen/klar").text
    said = (
        "Du har anmodet om at repræsentere Huset",
        "Endnu ikke bekræftet",
        "Det kan du nu",
        "Det venter",
        "Sekretariatet får besked og siger ja eller nej",
        "/oensker/nyt",
    )
    assert [words for words in said if words not in page] == []
    assert browser.get("/oensker/nyt").status_code == 200
    assert "Lone Lund" in browser.get("/was").text


def test_the_page_after_leads_to_the_meeting_that_is_open(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "15")
        meeting.status, meeting.held_on = "open", meeting.held_on.replace(year=2099)
    page = site.browser("newcomer").get("/velkommen/klar").text
    assert 'href="/moeder/15/tilmeld"' in page
    assert site.browser("newcomer").get("/moeder/15/tilmeld").status_code == 200


def test_where_somebody_was_going_is_kept_all_the_way(site: Site) -> None:
    browser, house = site.browser("loner"), site.people.consultancy.organisation_id
    page = browser.get("/velkommen?videre=/moeder/15/tilmeld").text
    assert 'name="videre" value="/moeder/15/tilmeld"' in page
    sent = YOU | {"organisation": str(house), "videre": "/moeder/15/tilmeld"}
    where = browser.post("/velkommen", sent).headers["location"]
    assert unquote(where) == "/velkommen/klar?videre=/moeder/15/tilmeld&kvittering=welcome"
    assert 'href="/moeder/15/tilmeld">Fortsæt' in browser.get(where).text
    assert 'href="https://evil' not in browser.get("/velkommen/klar?videre=https://evil.example").text
    # Browsers leave tabs out of an address before they read it.
    assert 'href="/\t/evil' not in browser.get("/velkommen/klar?videre=/%09/evil.example").text


def test_a_municipality_goes_on_to_choose_its_themes(site: Site) -> None:
    here = site.people.municipality.organisation_id
    browser = add_newcomer(site, "ny@her.example")
    assert buttons(browser.get("/velkommen").text)[0] == ("organisation", str(here))
    response = browser.post("/velkommen", YOU | {"organisation": str(here)})
    assert response.headers["location"] == "/mit/emner?kvittering=welcome"
    assert browser.get("/mit/emner").status_code == 200


@pytest.mark.parametrize("organisation", ["", "0", "999999", "-1", "x", "²", "9" * 40])
def test_without_an_organisation_everything_typed_stays(site: Site, organisation: str) -> None:
    response = site.browser("loner").post("/velkommen", YOU | {"organisation": organisation})
    assert response.status_code == 422
    assert 'value="Lone Lund"' in response.text and 'value="Partner"' in response.text
    assert "Find den organisation, du repræsenterer, eller opret den." in response.text


def test_without_a_name_the_search_and_the_choice_stay(site: Site) -> None:
    house = str(site.people.consultancy.organisation_id)
    sent = {"name": " ", "title": "Partner", "q": "hus", "sogt": "hus", "organisation": house}
    response = site.browser("loner").post("/velkommen", sent)
    assert response.status_code == 422 and 'id="field-name-error"' in response.text
    assert ("organisation", house) in buttons(response.text)


def test_a_role_a_yes_or_another_person_in_the_form_is_ignored(site: Site) -> None:
    host = site.people.staff.organisation_id
    more = {"role": "admin", "confirmed_at": "2020-01-01", "is_confirmed": "1", "organisation_id": "1"}
    sent = YOU | more | {"organisation": str(host), "user_id": str(site.people.rival.user_id)}
    assert site.browser("loner").post("/velkommen", sent).status_code == 303
    assert memberships(site, site.people.loner.user_id) == [("Værtsforeningen", "member", "Partner", False)]
    assert site.browser("loner").get("/medlemskaber").status_code == 403


def test_the_same_form_twice_is_one_request(site: Site) -> None:
    house = str(site.people.consultancy.organisation_id)
    sent = YOU | {"organisation": house, "key": "0d1c5cf6-2b0f-4d3c-9f2e-1e0d6a7b8c9d"}
    answers = {site.browser("loner").post("/velkommen", sent).headers["location"] for _ in range(2)}
    assert len(answers) == 1
    assert len(memberships(site, site.people.loner.user_id)) == 1


# --- writing in a new one

NEW = YOU | {
    "skridt": "opret",
    "org_name": "Nordlys ApS",
    "kind": "vendor",
    "cvr": CVR,
    "website": "nordlys.example",
}


def test_what_is_not_found_is_written_in_with_what_was_searched(site: Site) -> None:
    browser = site.browser("loner")
    page = browser.post("/velkommen", YOU | {"q": "Nordlys ApS", "skridt": "find"}).text
    assert buttons(page) == [("skridt", "opret")]
    assert 'name="org_name" type="text" value="Nordlys ApS"' in page and 'value="Lone Lund"' in page
    page = browser.post("/velkommen", YOU | {"q": CVR, "skridt": "find"}).text
    assert f'name="cvr" type="text" value="{CVR}"' in page


def test_a_new_organisation_works_at_once_and_waits_for_staff(site: Site) -> None:
    browser = add_newcomer(site, "ny@nordlys.example")
    assert browser.post("/velkommen", NEW).status_code == 303
    page = browser.get("/velkommen/klar").text
    assert "Organisationen er endnu ikke bekræftet" in page
    assert "Sekretariatet ser først på, om organisationen er den, den siger" in page
    with site.unit() as session:
        new = session.scalars(select(Organisation).where(Organisation.name == "Nordlys ApS")).one()
        assert (new.cvr, new.is_confirmed, new.asked_domains, new.mail_domains) == (
            CVR,
            False,
            ["nordlys.example"],
            [],
        )
        number = new.id
    assert browser.get(f"/organisationer/{number}").status_code == 200
    assert site.new_browser().get(f"/organisationer/{number}").status_code == 404
    assert "Nordlys" not in site.new_browser().get("/organisationer").text
    site.work()
    assert f"/organisationer/{number}" not in site.browser("rival").get("/soeg?q=Nordlys").text
    assert f"/organisationer/{number}" in site.browser("staff").get("/soeg?q=Nordlys").text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("org_name", "", "Udfyld feltet."),
        ("kind", "", "Vælg en af mulighederne."),
        ("kind", "association", "Vælg en af mulighederne."),
        ("cvr", "13585629", "CVR-nummeret består ikke kontrollen"),
        ("website", "javascript:alert(1)", "Skriv en adresse"),
        ("name", "", "Udfyld feltet."),
    ],
)
def test_a_wrong_field_of_a_new_one_keeps_the_rest(site: Site, field: str, value: str, sentence: str) -> None:
    response = site.browser("loner").post("/velkommen", NEW | {field: value})
    assert response.status_code == 422
    assert f'id="field-{field}-error"' in response.text and sentence in response.text
    kept = {"org_name", "cvr", "website", "name", "title"} - {field}
    assert [name for name in kept if f'value="{NEW[name]}"' not in response.text] == []
    assert memberships(site, site.people.loner.user_id) == []


def test_doubles_are_shown_first_and_can_be_chosen_or_passed_by(site: Site) -> None:
    browser, soft = site.browser("loner"), str(site.people.vendor.organisation_id)
    double = NEW | {"org_name": "Soft ApS"}
    response = browser.post("/velkommen", double)
    assert response.status_code == 422 and "Er det en af dem?" in response.text
    assert buttons(response.text) == [("organisation", soft), ("skridt", "opret")]
    again = browser.post("/velkommen", double | {"org_name": "Soft IT", "set_lignende": "Soft ApS"})
    assert again.status_code == 422, "another name is looked up anew"
    assert browser.post("/velkommen", double | {"set_lignende": "Soft ApS"}).status_code == 303
    assert memberships(site, site.people.loner.user_id) == [("Soft ApS", "member", "Partner", False)]


def test_a_known_number_is_never_made_twice(site: Site) -> None:
    with site.unit() as session:
        known = str(put_an_organisation(session, "kendt", name="Helt Andet", cvr=CVR).id)
    response = site.browser("loner").post("/velkommen", NEW | {"set_lignende": "Nordlys ApS"})
    assert response.status_code == 422
    assert 'id="field-cvr-error"' in response.text and buttons(response.text)[0] == ("organisation", known)


def test_the_sixth_new_organisation_of_a_day_has_to_wait(site: Site) -> None:
    browser = site.browser("loner")
    names = ("Alfa", "Bravo Byg", "Charlie Data", "Delta Drift", "Ekko Energi", "Foxtrot Fiber")
    sent = [browser.post("/velkommen", NEW | {"org_name": name, "cvr": ""}).status_code for name in names]
    assert sent == [303] * 5 + [429]


# --- the pages themselves


def test_markup_in_what_is_typed_is_shown_as_text(site: Site) -> None:
    typed = {"name": "<b>N</b>", "q": "<i>q</i>", "skridt": "find"}
    html = site.browser("loner").post("/velkommen", typed).text
    assert "<b>N" not in html and "<i>q" not in html


def test_every_step_is_valid_html(site: Site) -> None:
    browser = add_newcomer(site, "ny@soft.example")
    pages = {
        "first": browser.get("/velkommen"),
        "found": browser.post("/velkommen", YOU | {"q": "hus", "skridt": "find"}),
        "none": browser.post("/velkommen", YOU | {"q": "Findes ikke", "skridt": "find"}),
        "wrong": browser.post("/velkommen", YOU | {"q": "13585629", "skridt": "find"}),
        "double": browser.post("/velkommen", NEW | {"org_name": "Soft ApS"}),
        "ready": site.browser("newcomer").get("/velkommen/klar"),
    }
    assert find_html_errors({name: page.text for name, page in pages.items()}) == []


@pytest.mark.parametrize("rows", [1, 30])
def test_the_statements_do_not_grow(site: Site, rows: int) -> None:
    browser = add_newcomer(site, "ny@soft.example")
    with site.unit() as session:
        for number in range(rows):
            put_an_organisation(session, f"firma-{number}", name=f"Firma {number}")
    assert site.count_statements(browser, "/velkommen") == 4
    assert site.count_statements(browser, "/velkommen?q=firma") == 6
    assert site.count_statements(site.browser("newcomer"), "/velkommen/klar") == 4


def test_a_stranger_signs_in_first(site: Site) -> None:
    for path in ("/velkommen", "/velkommen/klar"):
        assert site.browser().get(path).headers["location"].startswith("/log-ind")


def test_who_represents_nobody_is_sent_to_choose(site: Site) -> None:
    assert site.browser("loner").get("/velkommen/klar").headers["location"] == "/velkommen"
