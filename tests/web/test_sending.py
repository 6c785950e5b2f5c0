"""What is asked of whoever sends something: the rules at first use, and not too much at a time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from app.core.clock import moved_to
from app.domain.contributions.models import Contribution, Interest
from app.domain.organisations.models import Organisation
from app.domain.users import consents
from app.domain.users.models import Consent
from tests.people import add_actor
from tests.said import IDEA, add_meeting_row, add_wish
from tests.site import Site

WISH = {"title": "Fælles målbilleder", "body": "Vi mangler en klar retning."}
BOX = 'name="rules" value="1"'


@pytest.fixture
def fresh(site: Site) -> Site:
    """Nobody has agreed to the rules yet."""
    assert site.people
    with site.unit() as session:
        session.execute(delete(Consent))
    return site


def count(site: Site, model: type) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- the rules


def test_the_rules_are_agreed_to_in_the_first_form_and_not_asked_for_again(fresh: Site) -> None:
    vendor = fresh.browser("vendor")
    assert BOX in vendor.get("/oensker/nyt").text
    refused = vendor.post("/oensker/nyt", WISH)
    assert refused.status_code == 422 and "Sæt kryds ved, at du følger dialogens regler." in refused.text
    assert 'value="Fælles målbilleder"' in refused.text and "klar retning.</textarea>" in refused.text
    assert (count(fresh, Contribution), count(fresh, Consent)) == (0, 0)
    assert vendor.post("/oensker/nyt", WISH | {"rules": "1"}).status_code == 303
    assert count(fresh, Consent) == 1
    assert BOX not in vendor.get("/oensker/nyt").text
    assert vendor.post("/oensker/nyt", WISH | {"title": "Det næste"}).status_code == 303


def test_a_refused_form_keeps_no_consent_and_keeps_the_tick(fresh: Site) -> None:
    vendor = fresh.browser("vendor")
    response = vendor.post("/oensker/nyt", WISH | {"body": "", "rules": "1"})
    assert response.status_code == 422 and f"{BOX} required checked" in response.text
    wrong_theme = vendor.post("/oensker/nyt", WISH | {"theme_ids": "4711", "rules": "1"})
    assert wrong_theme.status_code == 422 and f"{BOX} required checked" in wrong_theme.text
    assert count(fresh, Consent) == 0


def test_a_preview_asks_for_nothing(fresh: Site) -> None:
    assert fresh.browser("vendor").post("/oensker/nyt", WISH | {"handling": "vis"}).status_code == 200


def test_a_new_version_is_asked_for_again_and_the_old_box_does_not_do(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = site.browser("vendor")
    assert BOX not in vendor.get("/oensker/nyt").text
    days = (*consents.VERSIONS["dialogue_rules"], date(2026, 11, 23))
    monkeypatch.setitem(consents.VERSIONS, "dialogue_rules", days)
    assert 'name="rules" value="2"' in vendor.get("/oensker/nyt").text
    old = vendor.post("/oensker/nyt", WISH | {"rules": "1"})
    assert old.status_code == 422 and 'name="rules" value="2" required aria' in old.text
    assert vendor.post("/oensker/nyt", WISH | {"rules": "2"}).status_code == 303


def test_an_idea_asks_when_it_is_sent_and_not_for_a_draft(fresh: Site) -> None:
    vendor = fresh.browser("vendor")
    assert vendor.post("/ideer/nyt", IDEA | {"handling": "gem"}).status_code == 303
    assert vendor.post("/ideer/nyt", IDEA | {"handling": "send"}).status_code == 422
    assert vendor.post("/ideer/nyt", IDEA | {"handling": "send", "rules": "1"}).status_code == 303


def test_a_municipalitys_mark_asks_too(fresh: Site) -> None:
    with fresh.unit() as session:
        path = f"/oensker/{add_wish(session, fresh.people.vendor).reference}"
    town = fresh.browser("municipality")
    assert BOX in town.get(path).text
    refused = town.post(f"{path}/interesse", {"kind": "need", "contact": "Mona 12"})
    assert refused.status_code == 422 and 'value="Mona 12"' in refused.text and BOX in refused.text
    unfinished = town.post(f"{path}/interesse", {"rules": "1"})
    assert unfinished.status_code == 422 and f"{BOX} required checked" in unfinished.text
    assert (count(fresh, Interest), count(fresh, Consent)) == (0, 0)
    assert town.post(f"{path}/interesse", {"kind": "need", "rules": "1"}).status_code == 303
    assert BOX not in town.get(path).text


# --- the brake

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def send_many(site: Site, who: Any, numbers: range) -> list[Any]:
    browser = site.browser(who)
    return [browser.post("/oensker/nyt", WISH | {"title": f"Ønske {number}"}) for number in numbers]


def test_who_is_not_confirmed_sends_five_an_hour_and_keeps_the_text_of_the_sixth(site: Site) -> None:
    with moved_to(NOON):
        answers = send_many(site, "newcomer", range(6))
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "3300"
    assert "Prøv igen om 55 minutter." in answers[-1].text and 'value="Ønske 5"' in answers[-1].text
    with moved_to(NOON.replace(hour=13)):
        assert send_many(site, "newcomer", range(6, 7))[0].status_code == 303


def test_fifteen_a_day_are_enough_for_who_is_not_confirmed(site: Site) -> None:
    statuses = []
    for hour in range(12, 16):
        with moved_to(NOON.replace(hour=hour)):
            statuses += [
                answer.status_code for answer in send_many(site, "newcomer", range(5 * hour, 5 * hour + 5))
            ]
    assert statuses == [303] * 15 + [429] * 5


def test_unconfirmed_people_of_one_organisation_share_ten_an_hour_and_take_nothing_from_the_others(
    site: Site,
) -> None:
    assert site.people
    with site.unit() as session:
        soft = session.get_one(Organisation, site.people.newcomer.organisation_id)
        second, third = (add_actor(session, name, soft, confirmed=False) for name in ("Anden", "Tredje"))
    with moved_to(NOON):
        statuses = [
            answer.status_code
            for who in ("newcomer", second, third)
            for answer in send_many(site, who, range(5))
        ]
        assert statuses == [303] * 10 + [429] * 5
        assert send_many(site, "vendor", range(100, 101))[0].status_code == 303


def test_an_idea_that_is_too_much_keeps_everything_typed(site: Site) -> None:
    with moved_to(NOON):
        send_many(site, "newcomer", range(5))
        response = site.browser("newcomer").post("/ideer/nyt", IDEA | {"handling": "send"})
        draft = site.browser("newcomer").post("/ideer/nyt", IDEA | {"handling": "gem"})
    assert response.status_code == 429
    assert "En måtte under madrassen.</textarea>" in response.text
    assert draft.status_code == 303


def test_the_same_text_again_is_refused_with_a_link_to_the_first(site: Site) -> None:
    vendor = site.browser("vendor")
    first = vendor.post("/oensker/nyt", WISH).headers["location"].removesuffix("/kvittering")
    again = vendor.post("/oensker/nyt", WISH)
    assert again.status_code == 422
    assert f'<a href="{first}">' in again.text and "inden for det seneste døgn" in again.text
    assert 'value="Fælles målbilleder"' in again.text
    idea = vendor.post("/ideer/nyt", IDEA | {"handling": "send"}).headers["location"]
    twice = vendor.post("/ideer/nyt", IDEA | {"handling": "send"})
    assert twice.status_code == 422 and f'<a href="{idea.removesuffix("/kvittering")}">' in twice.text
    assert count(site, Contribution) == 2


def test_staff_writing_down_a_live_meeting_meets_no_brake(site: Site) -> None:
    with site.unit() as session:
        add_meeting_row(session, "10")
    staff = site.browser("staff")
    with moved_to(NOON):
        statuses = {
            staff.post("/moeder/10/indspil/skriv", {"text": "Det samme", "kind": "card"}).status_code
            for _ in range(40)
        }
    assert statuses == {303}
    assert count(site, Contribution) == 40


def test_many_links_from_who_is_not_confirmed_wait(site: Site) -> None:
    with site.unit() as session:
        first = add_wish(session, site.people.newcomer)
        first.waiting_reason, first.let_through_at = None, NOON
    body = "Se https://a.dk, https://b.dk og www.c.dk"
    path = site.browser("newcomer").post("/oensker/nyt", WISH | {"title": "Links", "body": body})
    receipt = site.browser("newcomer").get(path.headers["location"]).text
    assert "Venter på at blive set" in receipt
    page = site.browser("newcomer").get(path.headers["location"].removesuffix("/kvittering")).text
    assert "Der er mange links i teksten" in page
