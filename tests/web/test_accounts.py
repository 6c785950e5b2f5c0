"""One's own addresses, and joining two accounts of one's own, through the pages."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.domain.users.models import Membership, User, UserEmail
from app.identity.models import SignInCode
from tests.site import Browser, Site

HERE = "/mit/konti"


def newest_mail(site: Site, recipient: str) -> Mail:
    with site.unit() as session:
        return session.scalars(
            select(Mail).where(Mail.recipient == recipient).order_by(Mail.id.desc()).limit(1)
        ).one()


def ask(browser: Browser, email: str) -> None:
    response = browser.post(HERE, {"email": email})
    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}/kode")


def prove(site: Site, browser: Browser, email: str) -> str:
    """Where the right code leads."""
    ask(browser, email)
    code = re.search(r"\b\d{6}\b", newest_mail(site, email).text)
    assert code
    response = browser.post(f"{HERE}/kode", {"code": code[0]})
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def test_a_new_address_is_added_by_its_code_and_signs_in(site: Site) -> None:
    browser = site.browser("vendor")
    assert prove(site, browser, "vera@nyt.example") == f"{HERE}?kvittering=address_added"
    assert "vera@nyt.example" in browser.get(HERE).text
    told = newest_mail(site, "vera@soft.example")
    assert "En ny adresse logger ind på din konto" in told.subject
    other = site.new_browser()
    other.post("/log-ind", {"email": "vera@nyt.example"})
    code = re.search(r"\b\d{6}\b", newest_mail(site, "vera@nyt.example").text)
    other.post("/log-ind/kode", {"code": code[0] if code else ""})
    assert "Vera Vendor" in other.get("/mit").text


def test_the_mail_says_what_the_code_is_for(site: Site) -> None:
    ask(site.browser("vendor"), "konrad@huset.example")
    assert "bruge denne adresse til sin konto" in newest_mail(site, "konrad@huset.example").text


def test_known_and_unknown_addresses_get_the_same_answer(site: Site) -> None:
    browser = site.browser("vendor")
    pages = []
    for email in ("konrad@huset.example", "ingen@intet.example"):
        ask(browser, email)
        page = browser.get(f"{HERE}/kode").text.replace(email, "EMAIL")
        pages.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", page))
    assert pages[0] == pages[1]


def test_a_wrong_code_and_somebody_elses_code_add_nothing(site: Site) -> None:
    browser = site.browser("vendor")
    ask(browser, "vera@nyt.example")
    code = re.search(r"\b\d{6}\b", newest_mail(site, "vera@nyt.example").text)
    assert code
    wrong = f"{(int(code[0]) + 1) % 1_000_000:06d}"
    assert browser.post(f"{HERE}/kode", {"code": wrong}).status_code == 422
    assert site.browser("rival").post(f"{HERE}/kode", {"code": code[0]}).status_code == 422
    with site.unit() as session:
        assert session.scalars(select(UserEmail.email).order_by(UserEmail.id)).all() == []


@pytest.mark.parametrize("email", ["", "ikke-en-adresse", "a@b"])
def test_a_wrong_address_is_told_at_the_field(site: Site, email: str) -> None:
    response = site.browser("vendor").post(HERE, {"email": email})
    assert response.status_code == 422 and 'id="field-email-error"' in response.text


def test_mails_go_to_the_address_that_is_chosen_and_an_address_can_be_let_go(site: Site) -> None:
    browser = site.browser("vendor")
    prove(site, browser, "vera@nyt.example")
    (use,) = re.findall(rf'action="({HERE}/\d+/brug)"', browser.get(HERE).text)
    assert browser.post(use).headers["location"] == f"{HERE}?kvittering=address_main"
    with site.unit() as session:
        assert session.get_one(User, site.people.vendor.user_id).email == "vera@nyt.example"
    (remove,) = re.findall(rf'action="({HERE}/\d+/fjern)"', browser.get(HERE).text)
    assert site.browser("rival").post(remove).status_code == 404
    assert browser.post(remove).headers["location"] == f"{HERE}?kvittering=address_removed"
    assert "ikke længere logge ind" in newest_mail(site, "vera@soft.example").text
    with site.unit() as session:
        assert session.scalars(select(UserEmail.id).order_by(UserEmail.id)).all() == []


def test_the_address_of_another_account_leads_to_a_preview_and_a_yes_joins_them(site: Site) -> None:
    browser = site.browser("vendor")
    assert prove(site, browser, "konrad@huset.example") == f"{HERE}/saml"
    page = browser.get(f"{HERE}/saml").text
    for words in ("Konrad Konsulent", "Huset – bekræftet", "Soft A/S – bekræftet", "Det kan ikke fortrydes"):
        assert words in page
    refused = browser.post(f"{HERE}/saml", {})
    assert refused.status_code == 422 and "Sæt kryds ved, at du ved" in refused.text
    done = browser.post(f"{HERE}/saml", {"is_sure": "1"})
    assert done.headers["location"] == f"{HERE}?kvittering=accounts_joined"
    for recipient in ("vera@soft.example", "konrad@huset.example"):
        assert "To konti er samlet til én" in newest_mail(site, recipient).subject
    assert "Repræsentér Huset" in browser.get("/mit/medlemskaber").text
    again = browser.get(f"{HERE}/saml").text
    assert "Der er gået for lang tid" in again


def test_the_account_that_was_joined_is_signed_out_everywhere(site: Site) -> None:
    other = site.browser("consultancy")
    assert other.get("/mit").status_code == 200
    browser = site.browser("vendor")
    prove(site, browser, "konrad@huset.example")
    browser.post(f"{HERE}/saml", {"is_sure": "1"})
    assert other.get("/mit").headers["location"].startswith("/log-ind")


def test_an_account_with_rights_in_the_secretariat_is_joined_by_an_admin_only(site: Site) -> None:
    browser = site.browser("vendor")
    prove(site, browser, "stine@vaert.example")
    page = browser.get(f"{HERE}/saml").text
    assert "Derfor skal en administrator samle de to konti." in page and 'name="is_sure"' not in page
    assert browser.post(f"{HERE}/saml", {"is_sure": "1"}).status_code == 422
    with site.unit() as session:
        owners = session.scalars(
            select(Membership.user_id).where(Membership.role == "staff").order_by(Membership.id)
        ).all()
        assert owners == [site.people.staff.user_id]


def test_in_a_browser_left_open_nothing_is_changed(site: Site) -> None:
    vendor, staff = site.browser("vendor"), site.browser("staff")
    with moved_to(now() + timedelta(minutes=20)):
        response = vendor.post(HERE, {"email": "tyv@andet.example"})
        assert response.headers["location"].startswith("/log-ind?videre=/mit/konti")
        response = staff.post(HERE, {"email": "tyv@andet.example"})
        assert response.headers["location"].startswith("/log-ind/ekstra")
    with site.unit() as session:
        assert session.scalars(select(Mail.id).order_by(Mail.id)).all() == []


def test_a_code_that_another_browser_asked_for_adds_nothing_in_one_left_open(site: Site) -> None:
    vendor, staff = site.browser("vendor"), site.browser("staff")
    thief = site.new_browser()
    thief.client.cookies = site.browser("rival").client.cookies
    ask(thief, "tyv@andet.example")
    code = re.search(r"\b\d{6}\b", newest_mail(site, "tyv@andet.example").text)
    (name,) = [name for name in thief.client.cookies if name.endswith("konto-kode")]
    for browser in (vendor, staff):
        browser.client.cookies.set(name, thief.client.cookies[name])
    with moved_to(now() + timedelta(minutes=20)), site.unit() as session:
        session.execute(update(SignInCode).values(expires_at=now() + timedelta(minutes=5)))
    with moved_to(now() + timedelta(minutes=20)):
        sent = {"code": code[0] if code else ""}
        assert vendor.post(f"{HERE}/kode", sent).headers["location"].startswith("/log-ind?videre=/mit/konti")
        assert staff.post(f"{HERE}/kode", sent).headers["location"].startswith("/log-ind/ekstra")
    with site.unit() as session:
        assert session.scalars(select(UserEmail.id).order_by(UserEmail.id)).all() == []


def test_strangers_sign_in_first(site: Site) -> None:
    for path in (HERE, f"{HERE}/kode", f"{HERE}/saml"):
        assert site.browser().get(path).headers["location"].startswith("/log-ind"), path
