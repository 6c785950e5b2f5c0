"""Webhooks by their pages: made, tried, sent to a real receiver, kept from what not everybody may read."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import now
from app.core.database import Database
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.users.models import Membership
from app.domain.webhooks import jobs, noting
from app.domain.webhooks.models import Webhook, WebhookDelivery, WebhookEvent, WebhookTry
from app.domain.webhooks.service import end_webhook, start_webhook, stop_webhook
from app.domain.webhooks.signing import new_salt
from app.settings import Settings
from tests.conftest import make_test_tools
from tests.receiving import Receiver, open_receiver
from tests.said import add_meeting_row, add_wish
from tests.site import Browser, Site
from tests.waiting import wait_until

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, receiver: Receiver) -> Settings:
    return Settings(
        data=tmp_path,
        base_url="http://testserver",
        run_worker=False,
        webhook_exceptions=[receiver.exception],
    )


def make_admin(site: Site, who: str = "vendor") -> Actor:
    """One of the people as the admin of their organisation."""
    actor: Actor = getattr(site.people, who)
    with site.unit() as session:
        session.execute(update(Membership).where(Membership.id == actor.membership_id).values(role="admin"))
    return replace(actor, role="admin")


def fields(receiver: Receiver, *happenings: str) -> dict[str, Any]:
    chosen = list(happenings) or ["wish.published"]
    return {"name": "Fagsystem", "address": receiver.address, "happenings": chosen}


def make_webhook(site: Site, receiver: Receiver, *happenings: str, who: str = "vendor") -> tuple[int, str]:
    """(its id, its secret)"""
    browser = site.browser(make_admin(site, who))
    answer = browser.post("/webhooks/nyt", fields(receiver, *happenings))
    assert answer.status_code == 200, answer.text
    with site.unit() as session:
        webhook_id = session.scalars(select(Webhook.id).order_by(Webhook.id.desc()).limit(1)).one()
    return webhook_id, SECRET.findall(answer.text)[0]


def checker() -> Any:
    """The function of docs/webhooks.md."""
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[0], names)  # noqa: S102
    return names["is_from_dialogforum"]


def states(site: Site) -> list[tuple[str, int]]:
    with site.unit() as session:
        rows = session.execute(
            select(WebhookDelivery.state, WebhookDelivery.tries).order_by(WebhookDelivery.id)
        )
        return [(row.state, row.tries) for row in rows]


def test_what_one_run_has_taken_no_other_sends_until_a_call_would_be_over(
    site: Site, receiver: Receiver
) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    with site.unit() as session:
        wish = add_wish(session, site.people.rival, "Åbne snitflader")
        noting.note(session, "wish.published", [wish.id], 0, now())
    with site.unit() as session:
        taken = noting.take_next(session, webhook_id)
    with site.unit() as session:
        assert (noting.list_due(session), noting.take_next(session, webhook_id)) == ([], None)
    with clock.moved_to(now() + noting.TAKEN_FOR), site.unit() as session:
        left_behind = noting.take_next(session, webhook_id)
    assert taken is not None and left_behind is not None
    assert left_behind.delivery_id == taken.delivery_id


def test_where_receivers_are_listed_another_gets_a_sentence(
    clone: Callable[[str], Database], empty_template: str, tmp_path: Path, receiver: Receiver
) -> None:
    settings = Settings(data=tmp_path, base_url="http://testserver", webhook_hosts=["os2.dk"])
    with Site(settings, make_test_tools(clone(empty_template), tmp_path)) as site:
        browser = site.browser(make_admin(site))
        answers = [
            browser.post("/webhooks/nyt", fields(receiver) | {"address": address})
            for address in ("https://hook.os2.dk/", "https://modtager.dk/")
        ]
    refused = "som dem, der driver siden, har godkendt" in answers[1].text
    assert ([one.status_code for one in answers], refused) == ([200, 422], True)


def test_a_wish_that_all_can_read_reaches_the_receiver_signed(site: Site, receiver: Receiver) -> None:
    webhook_id, secret = make_webhook(site, receiver)
    with site.unit() as session:
        wish = add_wish(session, site.people.rival, "Åbne snitflader")
        reference = wish.reference
    site.work()
    [(path, headers, body)] = receiver.calls
    is_ours = checker()
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours("whsec_" + "A" * 43 + "=", headers, body)
    assert not is_ours(secret, headers, body, now().timestamp() + 301)
    read = json.loads(body)
    moment = read.pop("occurred_at")
    assert abs(datetime.fromisoformat(moment) - now()) < timedelta(minutes=1)
    assert path == "/hook?til=os"
    assert read == {
        "id": headers["webhook-id"],
        "type": "wish.published",
        "data": {
            "address": f"http://testserver/oensker/{reference}",
            "api": f"http://testserver/api/v1/oensker/{reference}",
            "kind": "wish",
            "reference": reference,
            "title": "Åbne snitflader",
            "status": "received",
            "is_example": False,
        },
    }
    site.work()
    page = site.browser("vendor").get(f"/webhooks/{webhook_id}").text
    assert (len(receiver.calls), states(site)) == (1, [("delivered", 0)])
    assert "Et ønske er kommet" in page and "svar 204" in page and headers["webhook-id"] in page


def test_what_not_everybody_may_read_is_never_sent(site: Site, receiver: Receiver) -> None:
    make_webhook(site, receiver, "wish.published", "meeting.published")
    with site.unit() as session:
        add_wish(session, site.people.newcomer, "HEMMELIG venter på et ja")
        hidden = add_wish(session, site.people.rival, "HEMMELIG skjult")
        meeting = add_meeting_row(session, "77", is_published=False)
        noting.tell_webhooks(session, "meeting.published", [meeting.id])
        old = add_wish(session, site.people.rival, "Gammelt")
        old.published_at = now() - timedelta(days=9)
        hidden_id = hidden.id
    with site.unit() as session:
        # Noted while everybody could read it; hidden before its turn came.
        noting.note(session, "wish.published", [hidden_id], 0, now())
        said = session.get_one(Contribution, hidden_id)
        said.hidden_at = now()
    site.work()
    assert (receiver.calls, states(site)) == ([], [("dropped", 0)])


def test_in_vain_it_is_tried_again_later_and_at_last_switched_off_with_a_mail(
    site: Site, receiver: Receiver
) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    receiver.answers = [(500, "Vi har travlt")]
    with site.unit() as session:
        add_wish(session, site.people.rival, "Et ønske")
    site.work()
    start = now()
    waited = timedelta()
    for wait in (*noting.WAITS, timedelta(0)):
        before = len(receiver.calls)
        with clock.moved_to(start + waited + wait - timedelta(seconds=30) if wait else start + waited):
            jobs.send(site.tools)
        assert len(receiver.calls) == before, "not before its time"
        waited += wait + timedelta(seconds=5)
        with clock.moved_to(start + waited):
            jobs.send(site.tools)
    assert {call[1]["webhook-id"] for call in receiver.calls} == {receiver.calls[0][1]["webhook-id"]}
    assert (len(receiver.calls), states(site)) == (7, [("given_up", 7)])
    site.work()
    mails = [path.read_text() for path in (site.settings.data / "mail").glob("*.eml")]
    assert len([mail for mail in mails if f"/webhooks/{webhook_id}" in mail and "To: vera@" in mail]) == 1
    page = site.browser("vendor").get(f"/webhooks/{webhook_id}").text
    assert "Intet kom igennem i over et døgn." in page and "Vi har travlt" in page and "svar 500" in page
    with site.unit() as session:
        add_wish(session, site.people.rival, "Et andet ønske")
    site.work()
    assert len(receiver.calls) == 7


def test_one_that_is_not_liked_is_given_up_alone_and_410_ends_it_at_once(
    site: Site, receiver: Receiver
) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    receiver.answers = [(400, "Ikke den"), (204, "")]
    with site.unit() as session:
        for title in ("Det første", "Det andet"):
            add_wish(session, site.people.rival, title)
    site.work()
    assert states(site) == [("waiting", 1), ("delivered", 0)]
    with site.unit() as session:
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.state == "waiting")
            .values(tries=len(noting.WAITS), next_at=now())
        )
    receiver.answers = [(400, "Ikke den"), (410, "")]
    jobs.send(site.tools)
    with site.unit() as session:
        assert session.get_one(Webhook, webhook_id).stopped_at is None
        add_wish(session, site.people.rival, "Det tredje")
    site.work()
    with site.unit() as session:
        assert session.get_one(Webhook, webhook_id).stopped_because == "gone"
    assert states(site) == [("given_up", 7), ("delivered", 0), ("given_up", 1)]


def test_a_receiver_that_takes_its_time_leaves_the_others_their_turn(
    site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/langsom", "/rask"):
        webhook_id, _secret = make_webhook(site, receiver)
        with site.unit() as session:
            session.get_one(Webhook, webhook_id).address = receiver.address.replace("/hook", path)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(jobs, "A_TURN", 0.0)
    with site.unit() as session:
        for title in ("Det første", "Det andet"):
            add_wish(session, site.people.rival, title)
    site.work()
    assert [call[0].partition("?")[0] for call in receiver.calls] == ["/langsom", "/rask"] * 2


def test_a_test_is_sent_and_one_that_failed_can_be_sent_again(site: Site, receiver: Receiver) -> None:
    webhook_id, secret = make_webhook(site, receiver)
    browser = site.browser("vendor")
    receiver.answers = [(503, "<script>alert(1)</script>"), (200, "tak")]
    sent = {"key": str(uuid4())}
    answers = [browser.post(f"/webhooks/{webhook_id}/proeve", sent) for _ in range(2)]
    assert {one.headers["location"] for one in answers} == {
        f"/webhooks/{webhook_id}?kvittering=webhook_tested"
    }
    site.work()
    page = browser.get(f"/webhooks/{webhook_id}").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    browser.post(f"/webhooks/{webhook_id}/fra")
    with site.unit() as session:
        delivery_id = session.scalars(select(WebhookDelivery.id).order_by(WebhookDelivery.id)).one()
    again = f"/webhooks/{webhook_id}/leveringer/{delivery_id}/igen"
    assert "Slå den til først" in browser.post(again).text
    browser.post(f"/webhooks/{webhook_id}/til")
    assert browser.post(again).status_code == 303
    site.work()
    first, second = (json.loads(call[2]) for call in receiver.calls)
    assert (first["type"], first["id"], first["data"]) == ("test", second["id"], second["data"])
    assert (states(site), checker()(secret, *receiver.calls[1][1:])) == ([("delivered", 0)], True)


def test_for_a_week_both_secrets_hold_and_none_is_shown_twice_or_kept(site: Site, receiver: Receiver) -> None:
    webhook_id, old = make_webhook(site, receiver)
    browser = site.browser("vendor")
    made = browser.post(f"/webhooks/{webhook_id}/hemmelighed")
    assert made.headers["cache-control"] == "no-store"
    new = SECRET.findall(made.text)[0]

    def which() -> list[bool]:
        browser.post(f"/webhooks/{webhook_id}/proeve")
        site.work()
        return [checker()(one, *receiver.calls[-1][1:], now().timestamp()) for one in (old, new)]

    assert which() == [True, True]
    browser.post(f"/webhooks/{webhook_id}/hemmelighed/glem")
    assert which() == [False, True]
    browser.post(f"/webhooks/{webhook_id}/hemmelighed")
    with clock.moved_to(now() + timedelta(days=8)):
        assert which() == [False, False]
    assert SECRET.search(browser.get(f"/webhooks/{webhook_id}").text) is None
    with site.unit() as session:
        rows = [str(row) for row in session.execute(select(Webhook.__table__)).all()]
    assert old.removeprefix("whsec_") not in "".join(rows)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Udfyld feltet."),
        ({"address": "http://modtager.dk/"}, "skal begynde med https://"),
        ({"address": "https://10.0.0.1/"}, "ikke en IP-adresse"),
        ({"address": "https://testserver/"}, "lukket netværk"),
        ({"happenings": []}, "Vælg mindst én ting"),
        ({"happenings": ["user.deleted"]}, "Vælg mellem det, der står på listen."),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_the_rest_stays(
    site: Site, receiver: Receiver, wrong: dict[str, Any], sentence: str
) -> None:
    browser = site.browser(make_admin(site))
    sent = fields(receiver) | wrong
    answer = browser.post("/webhooks/nyt", {name: value for name, value in sent.items() if value != []})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert f'value="{sent["address"]}"' in answer.text
    with site.unit() as session:
        assert session.scalars(select(Webhook.id).order_by(Webhook.id)).all() == []


def test_another_organisations_webhook_is_as_one_that_is_missing(site: Site, receiver: Receiver) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    rival = site.browser(make_admin(site, "rival"))
    doors = ["ret", "hemmelighed", "hemmelighed/glem", "proeve", "fra", "til", "fjern", "leveringer/1/igen"]
    found = {
        door: [rival.post(f"/webhooks/{number}/{door}").status_code for number in (webhook_id, 999_999)]
        for door in doors
    }
    assert found == {door: [404, 404] for door in doors}
    shown = [rival.get(f"/webhooks/{number}") for number in (webhook_id, 999_999)]
    without_keys = [re.sub(r'value="[0-9a-f-]{36}"', "", one.text) for one in shown]
    assert [one.status_code for one in shown] == [404, 404]
    assert without_keys[0] == without_keys[1].replace("999999", str(webhook_id))
    staff = site.browser("staff")
    page = staff.get(f"/webhooks/{webhook_id}").text
    assert "127.0.0.1" in page and "til=os" not in page and "Lav en ny hemmelighed" not in page
    assert staff.post(f"/webhooks/{webhook_id}/hemmelighed").status_code == 403
    assert staff.post(f"/webhooks/{webhook_id}/fra").status_code == 303
    with site.unit() as session:
        assert session.get_one(Webhook, webhook_id).stopped_because == "staff"
    statuses = {
        who: site.browser(who).get("/webhooks").status_code
        for who in ("stranger", "newcomer", "municipality", "auditor", "staff")
    }
    assert statuses == {"stranger": 303, "newcomer": 403, "municipality": 403, "auditor": 403, "staff": 200}


def test_a_stale_change_is_refused_and_one_that_is_taken_away_is_gone(site: Site, receiver: Receiver) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    browser = site.browser("vendor")
    changed = fields(receiver, "need.published") | {"version": "1", "name": "Nyt navn"}
    assert browser.post(f"/webhooks/{webhook_id}/ret", changed).status_code == 303
    stale = browser.post(f"/webhooks/{webhook_id}/ret", changed | {"name": "Et andet"})
    assert (stale.status_code, "Nyt navn" in stale.text, "Et andet" in stale.text) == (409, True, True)
    browser.post(f"/webhooks/{webhook_id}/proeve")
    browser.post(f"/webhooks/{webhook_id}/fjern")
    site.work()
    assert (receiver.calls, browser.get(f"/webhooks/{webhook_id}").status_code) == ([], 404)
    with clock.moved_to(now() + timedelta(days=31)), site.unit() as session:
        assert noting.forget_old(session) == 1
        for table in (Webhook, WebhookEvent, WebhookDelivery, WebhookTry):
            assert session.scalars(select(table).order_by(table.id)).all() == []


@pytest.mark.parametrize("shut", [end_webhook, stop_webhook])
def test_nothing_is_noted_for_one_that_is_shut_at_the_same_moment(
    site: Site, receiver: Receiver, shut: Callable[[Session, Actor, int], None]
) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    owner = replace(site.people.vendor, role="admin")
    with site.unit() as session:
        wish_id = add_wish(session, site.people.rival, "Et ønske").id

    def note_wish() -> int:
        with site.unit() as session:
            return noting.note(session, "wish.published", [wish_id], 0, now())

    def is_waiting() -> bool:
        with site.unit() as session:
            return bool(session.scalar(text("select count(*) from pg_locks where not granted")))

    with ThreadPoolExecutor(1) as other:
        with site.unit() as session:
            shut(session, owner, webhook_id)
            told = other.submit(note_wish)
            wait_until(is_waiting)
        assert told.result(20) == 0
    assert states(site) == []
    if shut is stop_webhook:
        with site.unit() as session:
            start_webhook(session, owner, webhook_id)
        jobs.send(site.tools)
    assert receiver.calls == []


def test_what_waits_for_one_that_is_taken_away_is_not_sent_and_is_let_go_of(
    site: Site, receiver: Receiver
) -> None:
    webhook_id, _secret = make_webhook(site, receiver)
    with site.unit() as session:
        wish = add_wish(session, site.people.rival, "Et ønske")
        noting.note(session, "wish.published", [wish.id], 0, now())
        session.get_one(Webhook, webhook_id).ended_at = now()
    jobs.send(site.tools)
    assert (receiver.calls, states(site)) == ([], [("waiting", 0)])
    with clock.moved_to(now() + timedelta(days=31)), site.unit() as session:
        assert noting.forget_old(session) == 1
        assert session.scalars(select(Webhook.id).order_by(Webhook.id)).all() == []


def put_webhook_rows(site: Site, who: str, *names: str) -> None:
    with site.unit() as session:
        for name in names:
            session.add(
                Webhook(
                    organisation_id=getattr(site.people, who).organisation_id,
                    name=name,
                    address="https://modtager.dk/",
                    happenings=["wish.published"],
                    salt=new_salt(),
                    made_at=now(),
                )
            )


def test_staff_finds_every_webhook_of_others_page_by_page_and_its_own_on_each(site: Site) -> None:
    browser = site.browser("staff")
    put_webhook_rows(site, "staff", "Vores eget")
    names = [f"Modtager {number:03}" for number in range(105)]
    put_webhook_rows(site, "vendor", names[0])
    counts = [site.count_statements(browser, "/webhooks")]
    put_webhook_rows(site, "vendor", *names[1:])
    counts.append(site.count_statements(browser, "/webhooks"))
    pages = [browser.get(f"/webhooks?side={number}").text for number in (1, 2, 3, 4, 99)]
    shown = [re.findall(r"Modtager \d{3}", page) for page in pages]
    assert (shown[0] + shown[1] + shown[2] + shown[3], shown[4]) == (names, shown[3])
    assert ["Vores eget" in page for page in pages] == [True] * 5
    assert (counts, "/webhooks?side=2" in pages[0]) == ([4, 4], True)


def test_the_pages_ask_as_much_with_many_rows_as_with_one(site: Site, receiver: Receiver) -> None:
    webhook_id, _secret = make_webhook(site, receiver, *["wish.published", "idea.published"])
    browser = site.browser("vendor")
    counts = []
    for _ in range(2):
        browser.post(f"/webhooks/{webhook_id}/proeve")
        site.work()
        counts.append(
            [site.count_statements(browser, path) for path in ("/webhooks", f"/webhooks/{webhook_id}")]
        )
        for _ in range(4):
            make_webhook(site, receiver)
    assert counts == [[2, 5], [2, 5]]


def test_the_page_for_programs_leads_to_webhooks_only_who_may_keep_them(site: Site) -> None:
    def is_led(browser: Browser) -> bool:
        return 'href="/webhooks"' in browser.get("/api").text

    assert [is_led(site.browser(who)) for who in ("vendor", "staff")] == [False, True]
    assert (is_led(site.browser()), is_led(site.browser(make_admin(site)))) == (False, True)
