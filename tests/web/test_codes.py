"""The doors of the mailed code: nobody is named, nothing is used up by looking, and nobody is flooded."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.domain.users.models import User
from app.http.limits import RateCount
from app.identity.codes import asking_limits, guessing_limits
from app.identity.models import SignInCode, SignInSession
from tests.site import Browser, Site

KNOWN, UNKNOWN, DISABLED = "vera@soft.example", "ukendt@ukendt.example", "rita@rival.example"


@pytest.fixture
def browser(site: Site) -> Browser:
    """A stranger's; one of the people is shut out."""
    with site.unit() as session:
        session.execute(update(User).where(User.id == site.people.rival.user_id).values(disabled_at=now()))
    return site.new_browser()


def ask(browser: Browser, email: str = KNOWN, **fields: str) -> Any:
    return browser.post("/log-ind", {"email": email} | fields)


def newest_code(site: Site) -> str:
    with site.unit() as session:
        text = session.scalars(select(Mail.text).order_by(Mail.id.desc())).first() or ""
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


def without_chance(text: str) -> str:
    """A page without what is new each time it is made."""
    return re.sub(r'(name="key" value=")[^"]*', r"\1", text)


# --- nobody is named ---


def test_known_unknown_and_disabled_are_answered_alike_and_cost_the_same(
    site: Site, browser: Browser
) -> None:
    answers = []
    for email in (KNOWN, UNKNOWN, DISABLED):
        fresh = site.new_browser()
        ask(site.new_browser(), "warm@up.example")
        site.statements.clear()
        response = ask(fresh, email)
        statements = [re.sub(r"\d+", "n", statement) for statement in site.statements]
        headers = {k: v for k, v in response.headers.items() if k not in ("set-cookie", "x-request-id")}
        page = fresh.get("/log-ind/kode").text.replace(email, "")
        answers.append((response.status_code, headers, response.text, statements, without_chance(page)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 303


def test_to_each_a_mail_is_sent_and_to_each_the_same_one(site: Site, browser: Browser) -> None:
    texts = []
    for email in (KNOWN, UNKNOWN, DISABLED):
        ask(site.new_browser(), email)
        with site.unit() as session:
            mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        assert mail is not None and (mail.recipient, mail.is_secret) == (email, True)
        texts.append(re.sub(r"\d{6}", "n", mail.text))
    assert texts[0] == texts[1] == texts[2]
    assert "http" not in texts[0]


def test_a_wrong_code_is_answered_alike_for_all_and_a_disabled_users_right_one_as_a_wrong_one(
    site: Site, browser: Browser
) -> None:
    pages = []
    for email in (KNOWN, UNKNOWN, DISABLED):
        fresh = site.new_browser()
        ask(fresh, email)
        right = newest_code(site)
        typed = right if email == DISABLED else ("000000" if right != "000000" else "111111")
        response = fresh.post("/log-ind/kode", {"code": typed})
        assert response.status_code == 422 and "Koden passer ikke" in response.text
        assert site.app.state.cookie.name not in {cookie.name for cookie in fresh.client.cookies.jar}
        summary = re.search(r'<div class="alert alert-error.*?</div>', response.text, re.DOTALL)
        assert summary
        pages.append(without_chance(summary[0]))
    assert pages[0] == pages[1] == pages[2]
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(SignInSession)) == 0


# --- the page ---


def test_the_page_says_where_the_mail_went_and_is_kept_nowhere(site: Site, browser: Browser) -> None:
    ask(browser)
    response = browser.get("/log-ind/kode")
    assert KNOWN in response.text
    assert response.headers["cache-control"] == "no-store"
    field = re.search(r'<input[^>]*name="code"[^>]*>', response.text)
    assert field
    assert 'autocomplete="one-time-code"' in field[0] and 'inputmode="numeric"' in field[0]
    assert "maxlength" not in field[0]


def test_without_an_attempt_the_page_leads_to_the_beginning(browser: Browser) -> None:
    response = browser.get("/log-ind/kode?videre=/oensker")
    assert (response.status_code, response.headers["location"]) == (303, "/log-ind?videre=/oensker")


def test_an_old_attempt_says_so_and_offers_a_new_one(site: Site, browser: Browser) -> None:
    ask(browser)
    with moved_to(now() + timedelta(minutes=10)):
        page = browser.get("/log-ind/kode").text
    assert "Koden gælder ikke længere" in page and 'name="code"' not in page
    assert 'href="/log-ind"' in page


def test_the_way_on_is_kept_with_its_question(site: Site, browser: Browser) -> None:
    location = ask(browser, videre="/oensker?tema=kdp&side=2").headers["location"]
    assert 'value="/oensker?tema=kdp&amp;side=2"' in browser.get(location).text
    answer = browser.post("/log-ind/kode", {"code": newest_code(site), "videre": "/oensker?tema=kdp&side=2"})
    assert answer.headers["location"] == "/oensker?tema=kdp&side=2&kvittering=signed_in"


def test_a_mail_scanner_that_opens_everything_uses_nothing_up(site: Site, browser: Browser) -> None:
    ask(browser)
    scanner = site.new_browser()
    for who in (browser, scanner):
        for _ in range(10):
            for path in ("/log-ind", "/log-ind/kode", "/log-ind/kode/ny"):
                who.client.get(path)
                who.client.head(path)
                who.client.options(path)
    with site.unit() as session:
        assert session.execute(
            select(SignInCode.tries, SignInCode.used_at).order_by(SignInCode.id)
        ).all() == [(0, None)]
    assert browser.post("/log-ind/kode", {"code": newest_code(site)}).status_code == 303


# --- another code ---


def test_another_code_is_sent_after_a_minute_and_only_the_new_one_is_right(
    site: Site, browser: Browser
) -> None:
    ask(browser)
    old = newest_code(site)
    early = browser.post("/log-ind/kode/ny")
    assert early.status_code == 429
    assert 1 <= int(early.headers["retry-after"]) <= 60
    assert re.search(r"Vent \d+ sekunder", early.text) and KNOWN in early.text
    with moved_to(now() + timedelta(minutes=1)):
        response = browser.post("/log-ind/kode/ny", {"videre": "/oensker"})
        assert response.headers["location"] == "/log-ind/kode?videre=/oensker&kvittering=new_code"
        new = newest_code(site)
        if new != old:
            assert browser.post("/log-ind/kode", {"code": old}).status_code == 422
        assert browser.post("/log-ind/kode", {"code": new}).status_code == 303


def test_another_code_without_an_attempt_leads_to_the_beginning(browser: Browser) -> None:
    assert browser.post("/log-ind/kode/ny").headers["location"] == "/log-ind?videre=/"


# --- limits ---


def counts(site: Site) -> dict[str, int]:
    with site.unit() as session:
        return {row.subject: row.count for row in session.scalars(select(RateCount))}


def test_what_is_refused_counts_too(site: Site, browser: Browser) -> None:
    answers = [ask(browser).status_code for _ in range(8)]
    assert answers == [303] * 5 + [429] * 3
    assert counts(site) == {f"code:{KNOWN} unknown": 8, f"code:{KNOWN}": 8, "codes-from:unknown": 8}
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(SignInCode)) == 5


def test_nobody_alone_keeps_somebody_else_out(site: Site, browser: Browser) -> None:
    for _ in range(6):
        ask(browser)
    with site.unit() as session:
        session.execute(
            update(RateCount)
            .where(RateCount.subject == f"code:{KNOWN} unknown")
            .values(subject=f"code:{KNOWN} 192.0.2.1")
        )
    assert ask(browser).status_code == 303


def test_the_refusal_says_for_how_long(browser: Browser) -> None:
    for _ in range(5):
        ask(browser)
    response = ask(browser)
    minutes = -(-int(response.headers["retry-after"]) // 60)
    assert f"Prøv igen om {minutes} min." in response.text


def test_a_meeting_room_of_500_behind_one_address_gets_in(site: Site, browser: Browser) -> None:
    """Each asks twice and types a wrong code first: the last of them is let in like the first."""
    fill(site, asking_limits(KNOWN, "")[-1], 999)
    for limit in guessing_limits(KNOWN, "")[2:]:
        fill(site, limit, 499)
    ask(browser)
    code = newest_code(site)
    assert browser.post("/log-ind/kode", {"code": "x"}).status_code == 422
    assert browser.post("/log-ind/kode", {"code": code}).status_code == 303


def fill(site: Site, limit: Any, count: int) -> None:
    """As if this had been counted in the present window."""
    seconds = int(limit.window.total_seconds())
    moment = now()
    start = moment - timedelta(seconds=moment.timestamp() % seconds)
    with site.unit() as session:
        session.merge(RateCount(subject=limit.subject, window_start=start, count=count))


def test_past_all_that_a_client_may_guess_even_a_right_code_waits(site: Site, browser: Browser) -> None:
    ask(browser)
    fill(site, guessing_limits(KNOWN, "")[-1], 1000)
    response = browser.post("/log-ind/kode", {"code": newest_code(site)})
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 86_400


# --- the session ---


def test_signing_in_gives_a_new_secret_and_ends_the_session_before(site: Site, browser: Browser) -> None:
    name = site.app.state.cookie.name
    secrets = []
    for email in (UNKNOWN, KNOWN):
        ask(browser, email)
        browser.post("/log-ind/kode", {"code": newest_code(site)})
        secrets.append(browser.client.cookies.get(name))
    with site.unit() as session:
        ended = session.scalars(select(SignInSession.ended_at.is_not(None)).order_by(SignInSession.id)).all()
    assert (secrets[0] == secrets[1], ended) == (False, [True, False])


def test_the_attempts_cookie_is_gone_after_signing_in(site: Site, browser: Browser) -> None:
    ask(browser)
    assert "dialogforum-kode" in browser.client.cookies
    browser.post("/log-ind/kode", {"code": newest_code(site)})
    assert "dialogforum-kode" not in browser.client.cookies
