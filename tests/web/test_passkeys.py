"""Passkeys at the doors: signing in, one's own, the step that staff need, and an admin's help."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import Actor
from app.domain.users.models import Membership, User
from app.identity.models import Passkey, PasskeyChallenge, SignInSession
from app.identity.sessions import open_session
from app.settings import Settings
from tests.authenticator import PRESENT, Authenticator
from tests.node.html_validate import find_html_errors
from tests.site import Browser, Site

ORIGIN = "http://localhost"
STAFF_PAGE = "/moeder/nyt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site at an address for which browsers make passkeys."""
    return Settings(data=tmp_path, base_url=ORIGIN, run_worker=False)


def open_browser(site: Site, actor: Actor | None = None, method: Any = "code") -> Browser:
    """A browser of its own, signed in as somebody in this way."""
    browser = site.new_browser()
    browser.client.base_url = ORIGIN
    if actor is not None:
        with site.unit() as session:
            secret = open_session(session, actor.user_id or 0, method)
        browser.client.cookies.set(site.app.state.cookie.name, secret)
    return browser


def send(browser: Browser, path: str, answer: str, **fields: str) -> Any:
    return browser.post(path, {"credential": answer} | fields)


def add(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/mit/adgangsnoegler/begynd")
    assert asked.status_code == 200, asked.text
    return send(browser, "/mit/adgangsnoegler", device.make(asked.text), **fields)


def sign_in(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/log-ind/adgangsnoegle/begynd")
    return send(browser, "/log-ind/adgangsnoegle", device.show(asked.text), **fields)


def prove(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/log-ind/ekstra/begynd")
    return send(browser, "/log-ind/ekstra", device.show(asked.text), **fields)


def enroll(site: Site, actor: Actor) -> Authenticator:
    """A device with a passkey of this user, who is still signed in nowhere else."""
    device = Authenticator(ORIGIN)
    assert add(open_browser(site, actor), device).status_code == 303
    return device


def mails(site: Site) -> list[tuple[str, str]]:
    with site.unit() as session:
        rows = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [(row.recipient, row.subject) for row in rows]


def count(site: Site, model: Any) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


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
        assert all("Min telefon" in text for text in session.scalars(select(Mail.text)))


def only_id(site: Site) -> int:
    with site.unit() as session:
        return session.scalars(select(Passkey.id)).one()


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
