"""The page of one's own keys: a key is shown once, and what is typed stays."""

import logging
import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from app.core.policy import Actor
from app.domain.users.models import Membership
from app.http.once import WriteKey
from app.identity.models import SignInSession
from app.identity.token_models import ApiToken
from app.identity.tokens import make_token
from tests.site import Site

FIELDS = {"name": "Fagsystem", "access": "read", "days": "90"}
KEY = re.compile(r"dfk_[A-Za-z0-9_-]{43}")


def count_tokens(site: Site) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(ApiToken)) or 0


def add_keys(site: Site, actor: Actor, number: int) -> None:
    with site.unit() as session:
        for _ in range(number):
            make_token(session, actor, "Fagsystem", frozenset({"read"}), 30)


def test_a_new_key_is_shown_on_the_answer_to_the_form(site: Site) -> None:
    response = site.browser("vendor").post("/mit/noegler", FIELDS)
    assert response.status_code == 200
    assert len(KEY.findall(response.text)) == 1
    assert response.headers["cache-control"] == "no-store"
    assert "http://testserver/api/v1/mig" in response.text


def test_sending_the_form_again_shows_no_key_and_makes_none(site: Site) -> None:
    browser = site.browser("vendor")
    fields = FIELDS | {"key": str(uuid4())}
    first = browser.post("/mit/noegler", fields)
    again = browser.post("/mit/noegler", fields)
    assert (first.status_code, again.status_code) == (200, 303)
    assert again.headers["location"] == "/mit/noegler?kvittering=token_shown"
    assert KEY.search(browser.get(again.headers["location"]).text) is None
    assert count_tokens(site) == 1


def test_the_key_is_kept_nowhere_and_told_nowhere(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = site.browser("vendor")
    secret = KEY.findall(browser.post("/mit/noegler", FIELDS).text)[0]
    browser.get(f"/api/v1/{secret}")
    browser.get(f"/api/v1/mig?access_token={secret}")
    browser.get("/api/v1/mig", headers={"Authorization": f"Bearer {secret}"})
    site.work()
    core = secret.removeprefix("dfk_")
    with site.unit() as session:
        tables = session.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        rows = [row for table in tables for row in session.scalars(text(f"select t::text from {table} t"))]
        assert session.scalar(select(func.count()).select_from(WriteKey)) == 1
    mails = [path.read_text() for path in (site.settings.data / "mail").glob("*.eml")]
    assert (len(mails), len(rows) > 20) == (1, True)
    # The client of the tests has a log of its own.
    lines = [known.getMessage() for known in caplog.records if not known.name.startswith("httpx2")]
    assert any("GET /api/v1/dfk_" in line for line in lines)
    assert [place for place in [*rows, *mails, *lines] if core in place] == []


def test_the_list_says_what_each_key_is_for_and_when_it_was_used(site: Site) -> None:
    browser = site.browser("vendor")
    browser.post("/mit/noegler", FIELDS | {"access": "write"})
    page = browser.get("/mit/noegler").text
    for words in ("<h2>Fagsystem</h2>", "Virker", "Soft A/S", "Sende og rette", "Aldrig", "Luk nøglen"):
        assert words in page
    secret = KEY.findall(browser.post("/mit/noegler", FIELDS | {"name": "En anden"}).text)[0]
    browser.get("/api/v1/mig", headers={"Authorization": f"Bearer {secret}"})
    assert browser.get("/mit/noegler").text.count("Aldrig") == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Udfyld feltet."),
        ({"name": "x" * 61}, "Der er plads til 60 tegn"),
        ({"name": "010170-1234"}, "ligner et CPR-nummer"),
        ({"access": "admin"}, "Vælg en af mulighederne."),
        ({"days": "9999"}, "Vælg en af mulighederne."),
        ({"days": ""}, "Vælg en af mulighederne."),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_the_rest_stays(
    site: Site, wrong: dict[str, str], sentence: str
) -> None:
    response = site.browser("vendor").post("/mit/noegler", FIELDS | wrong)
    assert response.status_code == 422
    assert sentence in response.text
    kept = (FIELDS | wrong)["name"]
    assert f'value="{kept}"' in response.text
    assert count_tokens(site) == 0


def test_the_twenty_first_is_refused_with_a_sentence(site: Site) -> None:
    browser = site.browser("vendor")
    add_keys(site, site.people.vendor, 20)
    response = browser.post("/mit/noegler", FIELDS)
    assert response.status_code == 422
    assert "Du har 20 nøgler" in response.text
    assert count_tokens(site) == 20


def test_ending_a_key_is_at_once_and_once(site: Site) -> None:
    browser = site.browser("vendor")
    secret = KEY.findall(browser.post("/mit/noegler", FIELDS).text)[0]
    with site.unit() as session:
        token_id = session.scalars(select(ApiToken.id)).one()
    fields = {"key": str(uuid4())}
    answers = [browser.post(f"/mit/noegler/{token_id}/luk", fields) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == ["/mit/noegler?kvittering=token_ended"] * 2
    answer = browser.get("/api/v1/mig", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_another_persons_key_is_as_one_that_is_missing(site: Site) -> None:
    add_keys(site, site.people.rival, 1)
    with site.unit() as session:
        token_id = session.scalars(select(ApiToken.id)).one()
    browser = site.browser("vendor")
    answers = [browser.post(f"/mit/noegler/{number}/luk") for number in (token_id, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    with site.unit() as session:
        assert session.scalars(select(ApiToken.ended_at)).one() is None
    assert "Fagsystem" not in browser.get("/mit/noegler").text


@pytest.mark.parametrize(("who", "status"), [("stranger", 303), ("loner", 403), ("newcomer", 403)])
def test_who_is_not_confirmed_makes_none(site: Site, who: str, status: int) -> None:
    assert site.browser(who).post("/mit/noegler", FIELDS).status_code == status
    assert count_tokens(site) == 0


def test_who_is_not_confirmed_is_told_why(site: Site) -> None:
    page = site.browser("newcomer").get("/mit/noegler").text
    assert "Først når dit medlemskab er bekræftet" in page
    assert "field-name" not in page


def test_only_staff_is_offered_what_staff_sees(site: Site) -> None:
    offered = {
        who: 'name="staff"' in site.browser(who).get("/mit/noegler").text for who in ("staff", "vendor")
    }
    assert offered == {"staff": True, "vendor": False}
    response = site.browser("vendor").post("/mit/noegler", FIELDS | {"staff": "1"})
    assert response.status_code == 403
    assert count_tokens(site) == 0


def test_a_key_for_what_staff_sees_needs_a_fresh_proof(site: Site) -> None:
    browser = site.browser("staff")
    assert browser.post("/mit/noegler", FIELDS | {"staff": "1"}).status_code == 200
    with site.unit() as session:
        hour_ago = func.now() - text("interval '1 hour'")
        session.execute(update(SignInSession).values(strong_at=hour_ago))
    response = browser.post("/mit/noegler", FIELDS | {"staff": "1"})
    assert (response.status_code, response.headers["location"]) == (
        303,
        "/log-ind/ekstra?videre=/mit/noegler",
    )
    assert count_tokens(site) == 1


def test_a_key_that_lost_its_power_says_so(site: Site) -> None:
    add_keys(site, site.people.vendor, 1)
    with site.unit() as session:
        session.execute(
            update(Membership).where(Membership.id == site.people.vendor.membership_id).values(role="admin")
        )
    assert "Uden virkning: dit medlemskab er ændret" in site.browser("vendor").get("/mit/noegler").text


@pytest.mark.parametrize("number", [1, 20])
def test_the_page_asks_the_database_twice_however_many_there_are(site: Site, number: int) -> None:
    add_keys(site, site.people.vendor, number)
    browser = site.browser("vendor")
    assert site.count_statements(browser, "/mit/noegler") == 2
    assert browser.get("/mit/noegler").text.count('/luk" method="post"') == number


def test_a_name_is_no_markup(site: Site) -> None:
    page = site.browser("vendor").post("/mit/noegler", FIELDS | {"name": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("language", ["", "/en", "/sv"])
def test_the_page_about_the_api_is_open_to_all(site: Site, language: str) -> None:
    page = site.browser().get(f"{language}/api").text
    assert "curl -H &#34;Authorization: Bearer $NOEGLE&#34; http://testserver/api/v1/mig" in page or (
        'curl -H "Authorization: Bearer $NOEGLE" http://testserver/api/v1/mig' in page
    )
    for part in ("600", "/api/v1/openapi.json", 'id="key-invalid"', 'id="too-many"', "RFC 9457"):
        assert part in page
