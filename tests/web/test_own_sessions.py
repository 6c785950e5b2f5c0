"""One's own sessions: seen, ended one by one or together; cookies on both schemes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.database import Database
from app.core.policy import Actor
from app.identity.models import SignInSession
from app.identity.sessions import open_session
from app.settings import Settings
from tests.conftest import make_test_tools
from tests.people import add_actor, add_organisation_row
from tests.site import Browser, Site

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
)


def enter(site: Site, actor: Actor, device: str = FIREFOX) -> Browser:
    """A browser of its own, signed in."""
    browser = site.new_browser()
    with site.unit() as session:
        secret = open_session(session, actor.user_id or 0, "passkey", device)
    browser.client.cookies.set(site.app.state.cookie.name, secret)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/mit").status_code == 200


def list_ids(site: Site, actor: Actor) -> list[int]:
    with site.unit() as session:
        mine = select(SignInSession.id).where(SignInSession.user_id == actor.user_id)
        return list(session.scalars(mine.order_by(SignInSession.id)))


def list_audited(site: Site) -> list[tuple[int | None, int | None, object]]:
    columns = (AuditEntry.user_id, AuditEntry.thing_id, AuditEntry.after)
    with site.unit() as session:
        entries = session.execute(
            select(*columns)
            .where(AuditEntry.verb == "end", AuditEntry.thing == "session")
            .order_by(AuditEntry.id)
        )
        return [(e.user_id, e.thing_id, e.after) for e in entries]


def test_the_list_says_in_words_where_when_and_how(site: Site) -> None:
    with moved_to(datetime(2026, 3, 18, 9, 30, tzinfo=UTC)):
        browser = enter(site, site.people.vendor)
        enter(site, site.people.vendor, SAFARI)
        enter(site, site.people.vendor, "curl/8.0")
        page = browser.get("/mit/sessioner").text
    assert "<h2>Firefox på Windows</h2>" in page
    assert "<h2>Safari på iPhone</h2>" in page
    assert "<h2>Ukendt program</h2>" in page
    assert "18. marts 2026" in page and "10.30" in page
    assert "med adgangsnøgle" in page
    assert page.count("Soft A/S") >= 3
    assert page.count("Denne session") == 1


def test_the_list_shows_only_ones_own(site: Site) -> None:
    enter(site, site.people.rival, SAFARI)
    assert "iPhone" not in enter(site, site.people.vendor).get("/mit/sessioner").text


@pytest.mark.parametrize("lost", ["ended", "idle", "old"])
def test_the_list_leaves_out_what_opens_nothing(site: Site, lost: str) -> None:
    browser = enter(site, site.people.vendor)
    enter(site, site.people.vendor, SAFARI)
    long_ago = now() - timedelta(days=31)
    values = {"ended": {"ended_at": now()}, "idle": {"seen_at": long_ago}, "old": {"created_at": long_ago}}
    with site.unit() as session:
        session.execute(
            update(SignInSession).where(SignInSession.device == "Safari/iPhone").values(values[lost])
        )
    assert "iPhone" not in browser.get("/mit/sessioner").text


def test_ending_one_signs_that_browser_out_and_no_other(site: Site) -> None:
    here, there = enter(site, site.people.vendor), enter(site, site.people.vendor, SAFARI)
    mine, other = list_ids(site, site.people.vendor)
    response = here.post(f"/mit/sessioner/{other}/afslut")
    assert response.headers["location"] == "/mit/sessioner?kvittering=session_ended"
    assert (is_in(here), is_in(there)) == (True, False)
    assert list_audited(site) == [(site.people.vendor.user_id, other, None)]
    assert mine != other


def test_ending_this_one_is_signing_out(site: Site) -> None:
    browser = enter(site, site.people.vendor)
    (mine,) = list_ids(site, site.people.vendor)
    response = browser.post(f"/mit/sessioner/{mine}/afslut")
    assert response.headers["location"] == "/?kvittering=signed_out"
    assert 'dialogforum="";' in response.headers["set-cookie"]
    assert not is_in(browser)


def test_ending_the_others_keeps_this_one(site: Site) -> None:
    here = enter(site, site.people.vendor)
    others = [enter(site, site.people.vendor, SAFARI) for _ in range(3)]
    rival = enter(site, site.people.rival)
    here.post("/mit/sessioner/afslut-andre")
    assert [is_in(browser) for browser in (here, *others, rival)] == [True, False, False, False, True]
    ended = list_ids(site, site.people.vendor)[1:]
    assert list_audited(site) == [(site.people.vendor.user_id, None, {"which": "others", "ended": ended})]


def test_ending_all_signs_out_here_too(site: Site) -> None:
    here, there = enter(site, site.people.vendor), enter(site, site.people.vendor)
    rival = enter(site, site.people.rival)
    response = here.post("/mit/sessioner/afslut-alle")
    assert response.headers["location"] == "/?kvittering=all_sessions_ended"
    assert [is_in(browser) for browser in (here, there, rival)] == [False, False, True]


def test_another_persons_session_is_as_one_that_is_missing(site: Site) -> None:
    rival = enter(site, site.people.rival)
    (foreign,) = list_ids(site, site.people.rival)
    browser = enter(site, site.people.vendor)
    answers = {
        (answer.status_code, answer.text.replace(str(number), "N"))
        for number in (foreign, 999_999)
        for answer in [browser.post(f"/mit/sessioner/{number}/afslut")]
    }
    assert {status for status, _ in answers} == {404}
    assert is_in(rival)
    assert list_audited(site) == []


def test_the_same_form_twice_ends_once(site: Site) -> None:
    here = enter(site, site.people.vendor)
    enter(site, site.people.vendor)
    other = list_ids(site, site.people.vendor)[1]
    fields = {"key": "0b0f7b3e-2a57-4a53-9ad5-2f35a3a7d1c1"}
    answers = [here.post(f"/mit/sessioner/{other}/afslut", fields) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [
        "/mit/sessioner?kvittering=session_ended"
    ] * 2
    assert len(list_audited(site)) == 1


def test_signing_in_again_ends_the_session_that_the_browser_came_with(site: Site) -> None:
    old = enter(site, site.people.vendor)
    secret = old.client.cookies[site.app.state.cookie.name]
    other = enter(site, site.people.vendor)
    with site.unit() as session:
        former = list_ids(site, site.people.vendor)[0]
        open_session(session, site.people.vendor.user_id or 0, "passkey", FIREFOX, former=former)
    thief = site.new_browser()
    thief.client.cookies.set(site.app.state.cookie.name, secret)
    assert (is_in(thief), is_in(other)) == (False, True)


def test_signing_out_is_noted_once(site: Site) -> None:
    browser = enter(site, site.people.vendor)
    (mine,) = list_ids(site, site.people.vendor)
    browser.post("/log-ud")
    assert list_audited(site) == [(site.people.vendor.user_id, mine, None)]


@pytest.mark.parametrize("others", [0, 29, 70])
def test_the_list_asks_the_database_twice_however_long_it_is(site: Site, others: int) -> None:
    browser = enter(site, site.people.vendor)
    with site.unit() as session:
        for _ in range(others):
            open_session(session, site.people.vendor.user_id or 0, device=SAFARI)
    assert site.count_statements(browser, "/mit/sessioner") == 2
    page = browser.get("/mit/sessioner").text
    assert page.count('/afslut" method="post"') == min(others + 1, 30)
    assert ("side=3" in page) is (others == 70)


def test_this_session_stands_first(site: Site) -> None:
    browser = enter(site, site.people.vendor)
    enter(site, site.people.vendor, SAFARI)
    page = browser.get("/mit/sessioner").text
    assert page.index("Denne session") < page.index("Safari på iPhone")


def test_a_page_beyond_the_last_is_the_first(site: Site) -> None:
    page = enter(site, site.people.vendor).get("/mit/sessioner?side=9").text
    assert "Denne session" in page


def test_what_a_browser_calls_itself_is_no_markup(site: Site) -> None:
    page = enter(site, site.people.vendor, "<script>alert(1)</script> Firefox/1").get("/mit/sessioner").text
    assert "alert(1)" not in page


@pytest.fixture
def secure_site(clone: Callable[[str], Database], empty_template: str, tmp_path: Path) -> Iterator[Site]:
    """The site on https."""
    settings = Settings(data=tmp_path, base_url="https://testserver", run_worker=False)
    with Site(settings, make_test_tools(clone(empty_template), tmp_path)) as opened:
        yield opened


def add_demo_user(site: Site) -> None:
    with site.unit() as session:
        house = add_organisation_row(session, "eksempelsoftware", "Eksempelsoftware", "vendor")
        assert add_actor(session, "Troels.Testesen", house).user_id


def cookie_of(site: Site) -> tuple[str, set[str]]:
    """Name and attributes of the cookie that signing in sets."""
    add_demo_user(site)
    header = site.new_browser().post("/log-ind/demo", {"kind": "vendor"}).headers.get_list("set-cookie")[0]
    pair, *attributes = header.split("; ")
    return pair.partition("=")[0], set(attributes)


def test_on_http_the_cookie_is_for_the_server_only_and_this_site_only(site: Site) -> None:
    assert cookie_of(site) == ("dialogforum", {"HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax"})


def test_on_https_it_is_bound_to_the_host_and_secure(secure_site: Site) -> None:
    assert cookie_of(secure_site) == (
        "__Host-dialogforum",
        {"HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax", "Secure"},
    )


def test_on_https_the_name_without_host_gives_no_rights(secure_site: Site) -> None:
    browser = secure_site.new_browser()
    with secure_site.unit() as session:
        secret = open_session(session, secure_site.people.vendor.user_id or 0)
    browser.client.cookies.set("dialogforum", secret)
    assert browser.get("/mit").status_code == 303
