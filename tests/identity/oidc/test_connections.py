"""Connecting a provider to an account, letting it go, and an admin who moves a login to the right account."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.mail import Mail
from app.domain.users.models import Membership, User
from app.identity.models import Passkey, SignInSession
from app.identity.provider_models import Identity
from app.identity.sessions import open_session
from tests.identity.oidc.conftest import BROKER, ENTRA, Desk
from tests.identity.oidc.liar import sign
from tests.identity.oidc.test_accounts import PLAIN, actor_of, enter
from tests.node.html_validate import find_html_errors
from tests.site import Browser

PAGE = "/mit/forbindelser"


def connect(desk: Desk, browser: Browser, **claims: Any) -> Any:
    begun = desk.begin("plain", browser, f"{PAGE}/plain")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"], **claims))
    return begun.come_back(desk.liar.give_code(token))


def grow_old(desk: Desk) -> None:
    """As if everybody had signed in an hour ago."""
    with desk.site.unit() as session:
        session.execute(
            update(SignInSession).values(
                created_at=now() - timedelta(hours=1), strong_at=now() - timedelta(hours=1)
            )
        )


def read_mail(desk: Desk, address: str) -> str:
    """The only mail to this address."""
    with desk.site.unit() as session:
        told = session.scalars(select(Mail.text).where(Mail.recipient == address)).one()
    return " ".join(told.split())


def identity_of(desk: Desk) -> Identity:
    with desk.site.unit() as session:
        return session.scalars(select(Identity).order_by(Identity.id)).one()


def test_a_connected_provider_opens_the_account_from_then_on(desk: Desk) -> None:
    vendor = desk.browser("vendor")
    assert connect(desk, vendor, **PLAIN).headers["location"] == f"{PAGE}?kvittering=signed_in"
    assert "Fjern forbindelsen til Enkel" in vendor.get(PAGE).text
    assert "er forbundet med et login: Enkel." in read_mail(desk, "vera@soft.example")
    assert enter(desk, "plain", "plain", PLAIN).user_id == desk.site.people.vendor.user_id
    assert "Log ind med Enkel" not in vendor.get(PAGE).text


def test_an_account_with_a_taken_mail_is_connected_by_its_owner(desk: Desk) -> None:
    mail = {"email": "vera@soft.example", "email_verified": True}
    assert desk.sign_in("plain", **PLAIN, **mail).status_code == 409
    assert connect(desk, desk.browser("vendor"), **PLAIN, **mail).status_code == 303
    assert enter(desk, "plain", "plain", PLAIN | mail).user_id == desk.site.people.vendor.user_id
    assert identity_of(desk).reference is None


def test_an_identity_of_another_account_cannot_be_connected(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    owner = enter(desk, "plain", "plain", PLAIN)
    page = connect(desk, desk.browser("vendor"), **PLAIN)
    assert page.status_code == 409
    assert "Det login bruges af en anden konto" in page.text
    assert "the identity belongs to another account" in caplog.text
    assert identity_of(desk).user_id == owner.user_id


def test_a_connection_begun_by_somebody_else_in_the_same_browser_is_refused(desk: Desk) -> None:
    vendor = desk.browser("vendor")
    begun = desk.begin("plain", vendor, f"{PAGE}/plain")
    vendor.post("/log-ud")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"], **PLAIN))
    assert begun.come_back(desk.liar.give_code(token)).status_code == 400
    with desk.site.unit() as session:
        assert session.scalars(select(Identity).order_by(Identity.id)).all() == []


def test_connecting_and_letting_go_ask_for_a_new_sign_in_after_a_quarter(desk: Desk) -> None:
    vendor = desk.browser("vendor")
    connect(desk, vendor, **PLAIN)
    grow_old(desk)
    again = f"/log-ind?videre={PAGE}&kvittering=sign_in_again"
    assert vendor.post(f"{PAGE}/other").headers["location"] == again
    assert vendor.post(f"{PAGE}/{identity_of(desk).id}/fjern").headers["location"] == again
    assert "Log ind igen for at ændre noget" in vendor.get(PAGE).text
    assert identity_of(desk).user_id == desk.site.people.vendor.user_id


def test_beside_a_passkey_a_mailed_code_connects_nothing_and_lets_nothing_go(desk: Desk) -> None:
    staff = desk.site.people.staff
    connect(desk, desk.browser("staff"), **PLAIN)
    with desk.site.unit() as session:
        handle = {
            "user_handle": b"h",
            "credential_id": b"c",
            "public_key": b"p",
            "sign_count": 0,
            "transports": [],
        }
        session.add(Passkey(user_id=staff.user_id, name="x", is_synced=False, created_at=now(), **handle))
        secret = open_session(session, staff.user_id or 0, "code")
    weak = desk.site.new_browser()
    weak.client.cookies.set(desk.site.app.state.cookie.name, secret)
    proof = f"/log-ind/ekstra?videre={PAGE}"
    assert weak.post(f"{PAGE}/other").headers["location"] == proof
    assert weak.post(f"{PAGE}/{identity_of(desk).id}/fjern").headers["location"] == proof
    assert identity_of(desk).user_id == staff.user_id


def test_a_connection_that_is_let_go_opens_nothing_more(desk: Desk) -> None:
    vendor = desk.browser("vendor")
    connect(desk, vendor, **PLAIN)
    elsewhere = desk.site.new_browser()
    enter(desk, "plain", "plain", PLAIN, elsewhere)
    answer = vendor.post(f"{PAGE}/{identity_of(desk).id}/fjern")
    assert answer.headers["location"] == f"{PAGE}?kvittering=disconnected"
    assert not actor_of(desk, elsewhere).is_signed_in
    assert actor_of(desk, vendor).is_signed_in
    assert enter(desk, "plain", "plain", PLAIN).user_id != desk.site.people.vendor.user_id


def test_the_only_way_in_cannot_be_let_go(desk: Desk) -> None:
    browser = desk.site.new_browser()
    enter(desk, "plain", "plain", PLAIN, browser)
    page = browser.post(f"{PAGE}/{identity_of(desk).id}/fjern")
    assert page.status_code == 422
    assert "Det er den eneste måde, du kan logge ind på" in page.text


def test_another_persons_connection_is_not_there(desk: Desk) -> None:
    enter(desk, "plain", "plain", PLAIN)
    vendor = desk.browser("vendor")
    assert vendor.post(f"{PAGE}/{identity_of(desk).id}/fjern").status_code == 404
    assert vendor.post(f"{PAGE}/999/fjern").status_code == 404
    assert vendor.post(f"{PAGE}/{10**30}/fjern").status_code == 404


def test_an_account_and_a_login_that_are_not_there_are_not_found(desk: Desk) -> None:
    admin = desk.browser("admin")
    owner = enter(desk, "plain", "plain", PLAIN)
    number = identity_of(desk).id
    assert admin.get("/brugere/999999/log-ind").status_code == 404
    assert admin.get(f"/brugere/{10**30}/log-ind").status_code == 404
    paths = [f"/brugere/999999/log-ind/{number}/flyt", f"/brugere/{owner.user_id}/log-ind/{10**30}/flyt"]
    assert [admin.post(path, {"account": "1"}).status_code for path in paths] == [404, 404]


# --- an admin


def test_a_refused_login_is_given_to_its_account_by_the_reference(desk: Desk) -> None:
    vendor_id = desk.site.people.vendor.user_id
    mail = {"email": "vera@soft.example", "email_verified": True}
    refused = desk.sign_in("plain", **PLAIN, **mail)
    reference = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}", refused.text)[0]
    admin = desk.browser("admin")
    answer = admin.post(f"/brugere/{vendor_id}/log-ind/modtag", {"reference": f" {reference.lower()} "})
    assert answer.headers["location"] == f"/brugere/{vendor_id}/log-ind?kvittering=relinked"
    assert enter(desk, "plain", "plain", PLAIN).user_id == vendor_id
    told = read_mail(desk, "vera@soft.example")
    assert "En administrator har flyttet et login til din konto i Dialogforum: Enkel." in told
    again = admin.post(f"/brugere/{vendor_id}/log-ind/modtag", {"reference": reference})
    assert again.status_code == 422
    assert "Der venter intet login med den henvisning" in again.text


def test_a_refused_login_keeps_its_reference_when_it_is_tried_again(desk: Desk) -> None:
    mail = {"email": "vera@soft.example", "email_verified": True}
    pages = [desk.sign_in("plain", **PLAIN, **mail).text for _ in range(2)]
    assert len({re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}", page)[0] for page in pages}) == 1


def test_an_admin_moves_a_login_whose_id_changed_to_the_account_it_had_before(desk: Desk) -> None:
    old = enter(desk, "broker", "broker", BROKER)
    stray_browser = desk.site.new_browser()
    changed = BROKER | {"nemlogin.persistent_professional_id": "urn:uuid:2"}
    stray = enter(desk, "broker", "broker", changed, stray_browser)
    assert stray.user_id != old.user_id
    with desk.site.unit() as session:
        moved = session.scalars(select(Identity.id).where(Identity.user_id == stray.user_id)).one()
    admin = desk.browser("admin")
    page = admin.get(f"/brugere/{stray.user_id}/log-ind").text
    assert "MitID Erhverv" in page
    answer = admin.post(f"/brugere/{stray.user_id}/log-ind/{moved}/flyt", {"account": str(old.user_id)})
    assert answer.headers["location"] == f"/brugere/{old.user_id}/log-ind?kvittering=relinked"
    assert not actor_of(desk, stray_browser).is_signed_in
    assert enter(desk, "broker", "broker", changed).user_id == old.user_id
    with desk.site.unit() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "relink")).one()
    assert (entry.thing, entry.thing_id, entry.user_id) == ("identity", moved, desk.site.people.admin.user_id)
    assert entry.before == {"provider": "broker", "user_id": stray.user_id}
    assert entry.after == {"provider": "broker", "user_id": old.user_id}


def test_what_a_moved_login_gave_the_wrong_account_is_taken_back(desk: Desk) -> None:
    claims = ENTRA | {"tid": "tenant-vaert", "roles": ["Forum.Admin"]}
    browser = desk.site.new_browser()
    wrong = enter(desk, "entra", "entra:tenant-vaert", claims, browser)
    assert wrong.is_admin
    admin = desk.browser("admin")
    fields = {"account": "stine@vaert.example"}
    answer = admin.post(f"/brugere/{wrong.user_id}/log-ind/{identity_of(desk).id}/flyt", fields)
    assert answer.status_code == 303
    right = enter(desk, "entra", "entra:tenant-vaert", claims)
    assert (right.user_id, right.is_admin) == (desk.site.people.staff.user_id, True)
    with desk.site.unit() as session:
        left = session.scalars(select(Membership).where(Membership.user_id == wrong.user_id)).one()
        assert left.ended_as == "removed"


@pytest.mark.parametrize("account", ["ukendt@soft.example", "999999", "", "9" * 40])
def test_a_login_is_not_moved_to_nobody(desk: Desk, account: str) -> None:
    owner = enter(desk, "plain", "plain", PLAIN)
    address = f"/brugere/{owner.user_id}/log-ind/{identity_of(desk).id}/flyt"
    page = desk.browser("admin").post(address, {"account": account})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert identity_of(desk).user_id == owner.user_id


def test_a_login_is_not_moved_to_a_closed_account(desk: Desk) -> None:
    owner = enter(desk, "plain", "plain", PLAIN)
    vendor_id = desk.site.people.vendor.user_id
    with desk.site.unit() as session:
        session.execute(update(User).where(User.id == vendor_id).values(disabled_at=now()))
    address = f"/brugere/{owner.user_id}/log-ind/{identity_of(desk).id}/flyt"
    assert desk.browser("admin").post(address, {"account": str(vendor_id)}).status_code == 422


@pytest.mark.parametrize("who", ["vendor", "municipality", "staff", "auditor"])
def test_only_an_admin_sees_and_moves_the_logins_of_others(desk: Desk, who: str) -> None:
    owner = enter(desk, "plain", "plain", PLAIN)
    browser = desk.site.browser(who)
    address = f"/brugere/{owner.user_id}/log-ind"
    number = identity_of(desk).id
    mine = getattr(desk.site.people, who).user_id
    assert browser.get(address).status_code == 403
    assert browser.post(f"{address}/{number}/flyt", {"account": str(mine)}).status_code == 403
    assert browser.post(f"{address}/modtag", {"reference": "AAAA-AAAA"}).status_code == 403
    assert identity_of(desk).user_id == owner.user_id


def test_moving_a_login_asks_for_a_fresh_proof(desk: Desk) -> None:
    owner = enter(desk, "plain", "plain", PLAIN)
    admin = desk.browser("admin")
    grow_old(desk)
    address = f"/brugere/{owner.user_id}/log-ind/{identity_of(desk).id}/flyt"
    answer = admin.post(address, {"account": str(desk.site.people.vendor.user_id)})
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/log-ind/ekstra")
    assert identity_of(desk).user_id == owner.user_id


def test_the_pages_of_a_sign_in_are_valid_html(desk: Desk) -> None:
    stranger, vendor, admin = desk.site.new_browser(), desk.browser("vendor"), desk.browser("admin")
    connect(desk, vendor, **PLAIN)
    mail = {"email": "rita@rival.example", "email_verified": True}
    vendor_id = desk.site.people.vendor.user_id
    number = identity_of(desk).id
    pages = {
        "start": stranger.get("/log-ind"),
        "onward": stranger.post("/log-ind/hos/plain", {"videre": "/"}),
        "stale": stranger.get("/log-ind/hos/plain/retur?state=x"),
        "taken": desk.sign_in("other", **PLAIN, **mail),
        "own": vendor.get(PAGE),
        "account": admin.get(f"/brugere/{vendor_id}/log-ind"),
        "nobody": admin.post(f"/brugere/{vendor_id}/log-ind/{number}/flyt", {"account": "ukendt"}),
        "no reference": admin.post(f"/brugere/{vendor_id}/log-ind/modtag", {"reference": "x"}),
        "leaving": vendor.post("/log-ud"),
    }
    assert find_html_errors({name: page.text for name, page in pages.items()}) == []
