"""Passkeys at the doors: one's own, and signing in with one."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.mail import Mail
from app.domain.users.models import User
from app.identity.models import Passkey, PasskeyChallenge, SignInSession
from app.settings import Settings
from tests.authenticator import PRESENT, Authenticator
from tests.keyholders import ORIGIN, add, count, enroll, mails, only_id, open_browser, prove, send, sign_in
from tests.site import Site


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site at an address for which browsers make passkeys."""
    return Settings(data=tmp_path, base_url=ORIGIN, run_worker=False)


# --- one's own ---


def test_somebody_adds_a_passkey_and_signs_in_with_it(site: Site) -> None:
    device = Authenticator(ORIGIN)
    response = add(open_browser(site, site.people.vendor), device, name="Min telefon", videre="/mit")
    assert (response.status_code, response.headers["location"]) == (303, "/mit?kvittering=passkey_added")
    browser = open_browser(site)
    response = sign_in(browser, device, videre="/oensker?side=2")
    assert response.headers["location"] == "/oensker?side=2&kvittering=signed_in"
    page = browser.get("/mit/adgangsnoegler").text
    assert "Min telefon" in page and "Ikke brugt endnu" not in page and "Vera Vendor" in page


def test_the_owner_is_told_by_mail_when_one_comes_and_when_one_goes(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    add(browser, Authenticator(ORIGIN), name="Min telefon")
    browser.post(f"/mit/adgangsnoegler/{only_id(site)}/fjern")
    assert mails(site) == [
        ("vera@soft.example", "Ny adgangsnøgle – Dialogforum"),
        ("vera@soft.example", "Adgangsnøgle fjernet – Dialogforum"),
    ]
    with site.unit() as session:
        assert all("Min telefon" in text for text in session.scalars(select(Mail.text).order_by(Mail.id)))


def test_a_passkey_without_a_name_is_called_what_the_browser_is(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    browser.client.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/150.0"
    add(browser, Authenticator(ORIGIN), name="")
    assert "<h2>Firefox, Windows</h2>" in browser.get("/mit/adgangsnoegler").text


def test_the_same_form_twice_adds_one_and_is_answered_alike(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    device = Authenticator(ORIGIN)
    answer = device.make(browser.post("/mit/adgangsnoegler/begynd").text)
    fields = {"credential": answer, "key": "3f0c8a52-0d6c-4c8e-9d77-0c1f2b0a9e11"}
    first, second = (browser.post("/mit/adgangsnoegler", fields) for _ in range(2))
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert (count(site, Passkey), len(mails(site))) == (1, 1)


def test_a_name_can_be_changed_and_is_escaped(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    add(browser, Authenticator(ORIGIN), name="Gammel")
    path = f"/mit/adgangsnoegler/{only_id(site)}"
    assert browser.post(path, {"name": "<script>x</script>"}).headers["location"].endswith("passkey_renamed")
    page = browser.get("/mit/adgangsnoegler").text
    assert "&lt;script&gt;x" in page and "<script>x" not in page and "Gammel" not in page
    refused = browser.post(path, {"name": " "})
    assert (refused.status_code, "field-name-error" in refused.text) == (422, True)


def test_anothers_passkey_is_not_there(site: Site) -> None:
    add(open_browser(site, site.people.vendor), Authenticator(ORIGIN))
    path = f"/mit/adgangsnoegler/{only_id(site)}"
    rival = open_browser(site, site.people.rival, "passkey")
    answers = [rival.get(path), rival.post(path, {"name": "Mit"}), rival.post(f"{path}/fjern")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert count(site, Passkey) == 1


def test_a_cancelled_or_broken_answer_comes_back_with_a_sentence(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    for answer in ("", "{}", "null", '{"response": 1}', "\x00"):
        browser.post("/mit/adgangsnoegler/begynd")
        response = send(browser, "/mit/adgangsnoegler", answer, name="Navnet står endnu")
        assert response.status_code == 422
        assert "Adgangsnøglen blev ikke godkendt" in response.text
        assert 'value="Navnet står endnu"' in response.text
    assert count(site, Passkey) == 0


def test_a_refused_answer_has_used_its_challenge_up(site: Site) -> None:
    device = enroll(site, site.people.vendor)
    browser = open_browser(site)
    asked = browser.post("/log-ind/adgangsnoegle/begynd")
    assert send(browser, "/log-ind/adgangsnoegle", device.show(asked.text, flags=PRESENT)).status_code == 422
    assert send(browser, "/log-ind/adgangsnoegle", device.show(asked.text)).status_code == 422
    assert count(site, PasskeyChallenge) == 0


def test_taking_one_away_asks_for_a_passkey_first_when_it_has_been_a_while(site: Site) -> None:
    device = enroll(site, site.people.vendor)
    browser = open_browser(site, site.people.vendor)
    path = f"/mit/adgangsnoegler/{only_id(site)}"
    response = browser.post(f"{path}/fjern")
    assert (response.status_code, response.headers["location"]) == (303, f"/log-ind/ekstra?videre={path}")
    assert prove(browser, device, videre=path).headers["location"] == f"{path}?kvittering=proved"
    assert (
        browser.post(f"{path}/fjern").headers["location"] == "/mit/adgangsnoegler?kvittering=passkey_removed"
    )
    assert count(site, Passkey) == 0


def test_a_further_one_is_offered_only_after_showing_an_older_one(site: Site) -> None:
    device = enroll(site, site.people.vendor)
    browser = open_browser(site, site.people.vendor)
    assert "Bekræft, at det er dig" in browser.get("/mit/adgangsnoegler").text
    refused = browser.post("/mit/adgangsnoegler/begynd", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "Bekræft først, at det er dig, med din adgangsnøgle.",
    )
    prove(browser, device)
    assert add(browser, Authenticator(ORIGIN)).status_code == 303
    assert count(site, Passkey) == 2


def test_without_javascript_the_page_says_so_and_the_code_still_works(site: Site) -> None:
    for browser, path in (
        (open_browser(site), "/log-ind"),
        (open_browser(site), "/log-ind/adgangsnoegle"),
        (open_browser(site, site.people.vendor), "/mit/adgangsnoegler"),
    ):
        page = browser.get(path).text
        assert re.search(r"<form[^>]*data-passkey=[^>]* hidden", page), path
        assert "En adgangsnøgle kræver JavaScript" in page, path
        assert re.search("Koden? på mail|kode på mail", page), path


def test_at_another_address_than_the_public_one_the_page_says_where_passkeys_work(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    browser.client.base_url = "http://127.0.0.1"
    page = browser.get("/mit/adgangsnoegler").text
    assert "data-passkey=" not in page
    assert f'<a href="{ORIGIN}/mit/adgangsnoegler">{ORIGIN}</a>' in page


def test_who_comes_by_another_name_leaves_no_page_to_those_who_come_by_the_right_one(site: Site) -> None:
    browser = site.new_browser()
    for path in ("/log-ind", "/log-ind/adgangsnoegle"):
        elsewhere = browser.get(f"http://127.0.0.1{path}").text
        here = browser.get(ORIGIN + path).text
        assert ("data-passkey=" in elsewhere, "data-passkey=" in here) == (False, True), path


def test_the_number_of_statements_does_not_grow_with_the_passkeys(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    add(browser, Authenticator(ORIGIN))
    with_one = site.count_statements(browser, "/mit/adgangsnoegler")
    for _ in range(4):
        add(browser, Authenticator(ORIGIN))
    assert (with_one, site.count_statements(browser, "/mit/adgangsnoegler")) == (4, 4)


# --- signing in ---


def test_what_a_stranger_is_asked_says_nothing_of_who_has_passkeys(site: Site) -> None:
    empty = open_browser(site).post("/log-ind/adgangsnoegle/begynd").json()
    enroll(site, site.people.vendor)
    full = open_browser(site).post("/log-ind/adgangsnoegle/begynd").json()
    assert empty.pop("challenge") != full.pop("challenge")
    assert empty == full


@pytest.mark.parametrize("who", ["unknown", "disabled"])
def test_unknown_and_disabled_are_answered_alike(site: Site, who: str) -> None:
    device = enroll(site, site.people.vendor)
    if who == "unknown":
        device = Authenticator(ORIGIN, user_handle=device.user_handle)
    else:
        with site.unit() as session:
            session.execute(update(User).values(disabled_at=now()))
    response = sign_in(open_browser(site), device)
    assert response.status_code == 422
    assert "Adgangsnøglen blev ikke godkendt" in response.text
    assert "set-cookie" not in response.headers


def test_signing_in_ends_the_session_that_the_browser_came_with(site: Site) -> None:
    device = enroll(site, site.people.vendor)
    browser = open_browser(site, site.people.rival)
    before = browser.client.cookies.get(site.app.state.cookie.name)
    sign_in(browser, device)
    old = open_browser(site)
    old.client.cookies.set(site.app.state.cookie.name, before)
    assert old.get("/mit").status_code == 303
    assert browser.get("/mit").status_code == 200


def test_after_signing_in_one_stays_on_this_site(site: Site) -> None:
    device = enroll(site, site.people.vendor)
    response = sign_in(open_browser(site), device, videre="https://evil.example/")
    assert response.headers["location"] == "/?kvittering=signed_in"


def test_the_cookie_of_a_ceremony_is_for_this_browser_and_short(site: Site) -> None:
    cookie = open_browser(site).post("/log-ind/adgangsnoegle/begynd").headers["set-cookie"]
    assert cookie.startswith("dialogforum-noegle=")
    assert {"HttpOnly", "Max-Age=300", "SameSite=lax"} <= set(cookie.split("; "))


def test_many_questions_from_one_client_are_refused_with_a_time(site: Site) -> None:
    browser = open_browser(site, site.people.vendor)
    for _ in range(60):
        browser.post("/log-ind/ekstra/begynd")
    response = browser.post("/log-ind/ekstra/begynd")
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 900
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(SignInSession)) == 1


@pytest.mark.parametrize("number", [0, 10**18 - 1, 2**63, 10**30])
def test_a_number_that_nobody_has_is_not_there(site: Site, number: int) -> None:
    admin = open_browser(site, site.people.admin, "passkey")
    answers = [
        admin.get(f"/mit/adgangsnoegler/{number}"),
        admin.post(f"/mit/adgangsnoegler/{number}", {"name": "x"}),
        admin.post(f"/mit/adgangsnoegler/{number}/fjern"),
        admin.get(f"/brugere/{number}/adgangsnoegler"),
        admin.post(f"/brugere/{number}/adgangsnoegler/fjern"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
