"""The step that staff need beside a mailed code, and an admin's help with a lost passkey."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.domain.users.models import Membership
from app.identity.models import Passkey
from app.identity.provider_models import Identity
from app.identity.tokens import find_token_actor, make_token
from app.settings import Settings
from tests.authenticator import Authenticator
from tests.keyholders import ORIGIN, add, count, enroll, mails, only_id, open_browser, prove, sign_in
from tests.node.html_validate import find_html_errors
from tests.site import Browser, Site

STAFF_PAGE = "/moeder/nyt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site at an address for which browsers make passkeys."""
    return Settings(data=tmp_path, base_url=ORIGIN, run_worker=False)


# --- the step that staff need ---


@pytest.fixture
def weak(site: Site) -> Iterator[Browser]:
    """Staff who came by a mailed code alone."""
    yield open_browser(site, site.people.staff)


def sign_in_by_code(site: Site, browser: Browser, email: str, **fields: str) -> Any:
    browser.post("/log-ind", {"email": email})
    with site.unit() as session:
        text = session.scalars(select(Mail.text).order_by(Mail.id.desc())).first() or ""
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return browser.post("/log-ind/kode", {"code": found[0]} | fields)


@pytest.mark.parametrize("who", ["staff", "admin", "auditor"])
def test_after_the_code_an_organisers_people_are_led_to_one_step_more(site: Site, who: str) -> None:
    name = {"staff": "stine", "admin": "alma", "auditor": "rolf"}[who]
    assert site.people
    browser = open_browser(site)
    response = sign_in_by_code(site, browser, f"{name}@vaert.example", videre="/medlemskaber")
    assert response.headers["location"] == "/log-ind/ekstra?videre=/medlemskaber"
    page = browser.get("/log-ind/ekstra?videre=/medlemskaber").text
    assert "Ét skridt mere" in page and "Lav din første adgangsnøgle" in page


@pytest.mark.parametrize("who", ["vendor", "municipality"])
def test_others_need_no_more_than_the_code(site: Site, who: str) -> None:
    email = {"vendor": "vera@soft.example", "municipality": "mona@her.example"}[who]
    assert site.people
    response = sign_in_by_code(site, open_browser(site), email)
    assert response.headers["location"] == "/?kvittering=signed_in"


def test_until_then_staff_pages_say_why_and_lead_there_and_others_are_open(site: Site, weak: Browser) -> None:
    refused = weak.get(STAFF_PAGE)
    assert refused.status_code == 403
    assert "det her kræver også en adgangsnøgle" in refused.text
    assert f'href="/log-ind/ekstra?videre={STAFF_PAGE}"' in refused.text
    assert [weak.get(path).status_code for path in ("/", "/oensker", "/mit")] == [200, 200, 200]
    assert weak.post(STAFF_PAGE, {"title": "x"}).status_code == 403


def test_the_first_passkey_opens_the_staff_pages(site: Site, weak: Browser) -> None:
    response = add(weak, Authenticator(ORIGIN), videre=STAFF_PAGE)
    assert response.headers["location"] == f"{STAFF_PAGE}?kvittering=passkey_added"
    assert weak.get(STAFF_PAGE).status_code == 200
    assert mails(site) == [("stine@vaert.example", "Ny adgangsnøgle – Dialogforum")]


def test_next_time_the_passkey_itself_is_asked_for(site: Site) -> None:
    device = enroll(site, site.people.staff)
    weak = open_browser(site, site.people.staff)
    page = weak.get(f"/log-ind/ekstra?videre={STAFF_PAGE}").text
    assert "Bekræft med adgangsnøgle" in page and "Lav din første" not in page
    assert weak.post("/mit/adgangsnoegler/begynd").status_code == 403
    assert weak.get(STAFF_PAGE).status_code == 403
    response = prove(weak, device, videre=STAFF_PAGE)
    assert response.headers["location"] == f"{STAFF_PAGE}?kvittering=proved"
    assert weak.get(STAFF_PAGE).status_code == 200


def test_a_session_from_before_the_first_quarter_makes_no_first_passkey(site: Site, weak: Browser) -> None:
    with moved_to(now() + timedelta(minutes=16)):
        page = weak.get(f"/log-ind/ekstra?videre={STAFF_PAGE}").text
        assert 'href="/log-ind?videre=/log-ind/ekstra%3Fvidere%3D/moeder/nyt"' in page
        assert weak.post("/mit/adgangsnoegler/begynd").status_code == 403


def test_the_step_gives_the_browser_a_new_secret_and_the_old_one_is_dead(site: Site) -> None:
    device = enroll(site, site.people.staff)
    weak = open_browser(site, site.people.staff)
    name = site.app.state.cookie.name
    before = weak.client.cookies.get(name)
    after = prove(weak, device).cookies[name]
    old = open_browser(site)
    old.client.cookies.set(name, before)
    assert before != after
    assert old.get("/mit").status_code == 303


def test_the_step_keeps_whom_one_speaks_for(site: Site) -> None:
    staff, house = site.people.staff, site.people.consultancy.organisation_id
    with site.unit() as session:
        membership = Membership(
            user_id=staff.user_id, organisation_id=house, role="member", confirmed_at=now(), created_at=now()
        )
        session.add(membership)
        session.flush()
        chosen = membership.id
    device = enroll(site, staff)
    browser = open_browser(site, staff)
    browser.post("/mit/medlemskaber", {"membership": str(chosen)})
    prove(browser, device)
    assert "Huset" in browser.get("/mit").text


def test_anothers_passkey_does_not_make_staff(site: Site, weak: Browser) -> None:
    theirs = enroll(site, site.people.rival)
    enroll(site, site.people.staff)
    assert prove(weak, theirs).status_code == 422
    assert weak.get(STAFF_PAGE).status_code == 403


def test_whoever_showed_a_passkey_just_now_is_sent_straight_on(site: Site) -> None:
    browser = open_browser(site, site.people.staff, "passkey")
    assert browser.get(f"/log-ind/ekstra?videre={STAFF_PAGE}").headers["location"] == STAFF_PAGE


def test_the_last_passkey_of_staff_stays(site: Site) -> None:
    enroll(site, site.people.staff)
    browser = open_browser(site, site.people.staff, "passkey")
    path = f"/mit/adgangsnoegler/{only_id(site)}"
    page = browser.get(path).text
    assert "Det er din sidste" in page and "/fjern" not in page
    refused = browser.post(f"{path}/fjern")
    assert (refused.status_code, "Din sidste adgangsnøgle kan ikke fjernes" in refused.text) == (422, True)
    assert count(site, Passkey) == 1


def test_what_happened_is_in_the_log(site: Site) -> None:
    device = enroll(site, site.people.staff)
    browser = open_browser(site, site.people.staff)
    prove(browser, device)
    sign_in(open_browser(site), device)
    with site.unit() as session:
        entries = session.execute(
            select(AuditEntry.verb, AuditEntry.thing, AuditEntry.after)
            .where(AuditEntry.user_id == site.people.staff.user_id, AuditEntry.thing.in_(["passkey", "user"]))
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("add", "passkey", {"name": "Adgangsnøgle", "is_first": True}),
        ("prove", "user", {"method": "passkey"}),
        ("sign_in", "user", {"method": "passkey"}),
    ]


# --- a lost passkey ---


def test_an_admin_takes_a_lost_passkey_away_and_a_new_first_one_can_be_made(site: Site) -> None:
    staff = site.people.staff
    lost = enroll(site, staff)
    stolen = open_browser(site, staff, "passkey")
    admin = open_browser(site, site.people.admin, "passkey")
    path = f"/brugere/{staff.user_id}/adgangsnoegler"
    assert "Stine Stab" in admin.get(path).text
    response = admin.post(f"{path}/fjern")
    assert response.headers["location"] == f"{path}?kvittering=passkeys_taken"
    assert "Brugeren har ingen adgangsnøgler" in admin.get(path).text
    assert stolen.get("/mit").status_code == 303
    assert sign_in(open_browser(site), lost).status_code == 422
    assert mails(site)[-1] == ("stine@vaert.example", "Dine adgangsnøgler er fjernet – Dialogforum")
    anew = open_browser(site, staff)
    assert add(anew, Authenticator(ORIGIN)).status_code == 303
    assert anew.get(STAFF_PAGE).status_code == 200


def test_it_is_logged_whose_and_by_whom(site: Site) -> None:
    staff, admin = site.people.staff, site.people.admin
    enroll(site, staff)
    open_browser(site, admin, "passkey").post(f"/brugere/{staff.user_id}/adgangsnoegler/fjern")
    with site.unit() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "remove_passkeys")).one()
    assert (entry.user_id, entry.thing, entry.thing_id, entry.before) == (
        admin.user_id,
        "user",
        staff.user_id,
        {"names": ["Adgangsnøgle"]},
    )


def test_for_that_the_admin_must_have_shown_who_it_is_just_now(site: Site) -> None:
    staff = site.people.staff
    enroll(site, staff)
    path = f"/brugere/{staff.user_id}/adgangsnoegler"
    admin = open_browser(site, site.people.admin, "passkey")
    with moved_to(now() + timedelta(minutes=16)):
        response = admin.post(f"{path}/fjern")
    assert (response.status_code, response.headers["location"]) == (303, f"/log-ind/ekstra?videre={path}")
    assert count(site, Passkey) == 1


@pytest.mark.parametrize("who", ["staff", "auditor", "vendor", "municipality", "rival"])
def test_nobody_else_may(site: Site, who: str) -> None:
    enroll(site, site.people.vendor)
    path = f"/brugere/{site.people.vendor.user_id}/adgangsnoegler"
    browser = open_browser(site, getattr(site.people, who), "passkey")
    assert (browser.get(path).status_code, browser.post(f"{path}/fjern").status_code) == (403, 403)
    assert count(site, Passkey) == 1


def test_an_admin_by_mailed_code_alone_may_not_either(site: Site) -> None:
    path = f"/brugere/{site.people.vendor.user_id}/adgangsnoegler"
    browser = open_browser(site, site.people.admin)
    assert (browser.get(path).status_code, browser.post(f"{path}/fjern").status_code) == (403, 403)


def test_an_admins_own_are_not_taken_this_way(site: Site) -> None:
    enroll(site, site.people.admin)
    path = f"/brugere/{site.people.admin.user_id}/adgangsnoegler"
    browser = open_browser(site, site.people.admin, "passkey")
    assert (browser.get(path).status_code, browser.post(f"{path}/fjern").status_code) == (404, 404)


def test_a_user_without_passkeys_has_none_to_lose(site: Site) -> None:
    admin = open_browser(site, site.people.admin, "passkey")
    path = f"/brugere/{site.people.vendor.user_id}/adgangsnoegler"
    assert "/fjern" not in admin.get(path).text
    assert admin.post(f"{path}/fjern").status_code == 409


def test_the_pages_are_valid_html_in_every_state(site: Site) -> None:
    staff = site.people.staff
    first, stranger = open_browser(site, staff), open_browser(site)
    stranger.post("/log-ind", {"email": "vera@soft.example"})
    pages = {
        "start": stranger.get("/log-ind"),
        "code": stranger.get("/log-ind/kode"),
        "code too soon": stranger.post("/log-ind/kode/ny"),
        "passkey": stranger.get("/log-ind/adgangsnoegle"),
        "passkey refused": stranger.post("/log-ind/adgangsnoegle"),
        "first proof": first.get("/log-ind/ekstra"),
        "no passkeys": first.get("/mit/adgangsnoegler"),
        "refused": first.get(STAFF_PAGE),
    }
    add(first, Authenticator(ORIGIN))
    weak, admin = open_browser(site, staff), open_browser(site, site.people.admin, "passkey")
    pages |= {
        "one passkey": first.get("/mit/adgangsnoegler"),
        "the last": first.get(f"/mit/adgangsnoegler/{only_id(site)}"),
        "further proof": weak.get("/log-ind/ekstra"),
        "further one": weak.get("/mit/adgangsnoegler"),
        "of another": admin.get(f"/brugere/{staff.user_id}/adgangsnoegler"),
    }
    assert find_html_errors({name: page.text for name, page in pages.items()}) == []


def test_a_mailed_code_makes_no_first_passkey_beside_a_login_at_a_provider(site: Site, weak: Browser) -> None:
    with site.unit() as session:
        given = {"provider": "entra", "issuer": "https://id.example", "subject": "1"}
        user_id = site.people.staff.user_id
        session.add(Identity(user_id=user_id, created_at=now(), used_at=now(), **given))
    assert weak.post("/mit/adgangsnoegler/begynd").status_code == 403
    by_provider = open_browser(site, site.people.staff, "oidc")
    assert by_provider.post("/mit/adgangsnoegler/begynd").status_code == 200


def test_lost_passkeys_take_the_keys_for_programs_with_them(site: Site) -> None:
    staff = site.people.staff
    enroll(site, staff)
    with site.unit() as session:
        secret = make_token(session, staff, "Program", frozenset({"read"}), 30)
    admin = open_browser(site, site.people.admin, "passkey")
    assert admin.post(f"/brugere/{staff.user_id}/adgangsnoegler/fjern").status_code == 303
    with site.unit() as session:
        assert find_token_actor(session, secret) is None
