"""Honest sign-ins of each shape: whose account opens, and what the provider's word gives and takes."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit import AuditEntry
from app.core.clock import now
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.identity.models import SignInSession
from app.identity.provider_models import Identity
from app.identity.sessions import find_actor
from tests.identity.oidc.conftest import BROKER, ENTRA, Desk
from tests.identity.oidc.liar import EC, NSIS, FromNow, sign
from tests.site import Browser

PLAIN = {"sub": "sub-p", "name": "Pia Prøve"}
ADMIN = ENTRA | {"tid": "tenant-vaert", "roles": ["Forum.Admin"]}
SHAPES = {
    "plain": ("plain", "plain", PLAIN),
    "broker": ("broker", "broker", BROKER),
    "entra with oid": ("entra", "entra:tenant-her", ENTRA),
    "entra without oid": ("entra", "entra:tenant-her", ENTRA | {"oid": None}),
}


def actor_of(desk: Desk, browser: Browser) -> Any:
    with desk.site.unit() as session:
        return find_actor(session, browser.client.cookies.get(desk.site.app.state.cookie.name))


def enter(
    desk: Desk, provider: str, issuer: str, claims: dict[str, Any], browser: Browser | None = None
) -> Any:
    """Sign in honestly; the actor that it makes."""
    browser = browser or desk.site.new_browser()
    answer = desk.sign_in(provider, issuer, browser=browser, **claims)
    assert answer.status_code == 303, answer.text
    return actor_of(desk, browser)


def enter_with_roles(desk: Desk, *roles: str, tenant: str = "tenant-vaert") -> Any:
    return enter(desk, "entra", f"entra:{tenant}", ENTRA | {"tid": tenant, "roles": list(roles)})


@pytest.mark.parametrize("shape", SHAPES)
def test_an_honest_sign_in_makes_an_account_once_and_opens_it_again(desk: Desk, shape: str) -> None:
    first = enter(desk, *SHAPES[shape])
    users, sessions = desk.count()
    again = enter(desk, *SHAPES[shape])
    assert again.user_id == first.user_id
    assert first.is_strong
    assert first.name == SHAPES[shape][2]["name"]
    assert desk.count() == (users, sessions + 1)


@pytest.mark.parametrize(
    ("before", "after"), [({"oid": None}, {}), ({}, {"oid": None})], ids=["oid comes", "oid is missing"]
)
def test_entra_knows_a_person_by_either_of_the_two_ids(
    desk: Desk, before: dict[str, Any], after: dict[str, Any]
) -> None:
    first = enter(desk, "entra", "entra:tenant-her", ENTRA | before)
    assert enter(desk, "entra", "entra:tenant-her", ENTRA | after).user_id == first.user_id
    with desk.site.unit() as session:
        rows = session.execute(select(Identity.subject, Identity.alias).order_by(Identity.id)).all()
    assert [tuple(row) for row in rows] == [("oid:oid-1", "sub:sub-e")]


def test_a_changed_mail_address_and_name_change_nothing_of_whose_account_it_is(desk: Desk) -> None:
    first = enter(desk, "plain", "plain", PLAIN | {"email": "pia@gammel.example", "email_verified": True})
    again = enter(
        desk, "plain", "plain", {"sub": "sub-p", "email": "alma@vaert.example", "email_verified": True}
    )
    assert (again.user_id, again.name) == (first.user_id, "Pia Prøve")
    with desk.site.unit() as session:
        assert session.get_one(User, first.user_id).email == "pia@gammel.example"


def test_a_mail_that_the_provider_does_not_vouch_for_is_not_kept(desk: Desk) -> None:
    actor = enter(desk, "entra", "entra:tenant-her", ENTRA | {"email": "ea@et-sted.example"})
    with desk.site.unit() as session:
        assert session.get_one(User, actor.user_id).email is None


def test_a_mail_on_a_domain_that_the_tenant_owns_is_kept(desk: Desk) -> None:
    claims = ENTRA | {"email": "Ea@Her.example", "xms_edov": True}
    actor = enter(desk, "entra", "entra:tenant-her", claims)
    with desk.site.unit() as session:
        assert session.get_one(User, actor.user_id).email == "ea@her.example"


def test_a_name_that_looks_like_a_cpr_number_is_asked_for_instead(desk: Desk) -> None:
    browser = desk.site.new_browser()
    answer = desk.sign_in("plain", browser=browser, sub="1", name="010190-1234")
    assert answer.headers["location"].startswith("/velkommen")
    assert actor_of(desk, browser).name == ""


def test_markup_in_a_name_is_only_text(desk: Desk) -> None:
    browser = desk.site.new_browser()
    enter(desk, "plain", "plain", PLAIN | {"name": "<script>alert(1)</script>"}, browser)
    assert "<script>alert(1)" not in browser.get("/mit").text


def test_signed_with_an_elliptic_curve_is_as_good(desk: Desk) -> None:
    begun = desk.begin("plain")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"], **PLAIN), EC, "ES256")
    assert begun.come_back(desk.liar.give_code(token)).status_code == 303


@pytest.mark.parametrize("clock", [{"exp": -50}, {"nbf": 50}, {"iat": 50}])
def test_a_clock_that_is_less_than_a_minute_wrong_is_forgiven(desk: Desk, clock: dict[str, int]) -> None:
    times = {name: FromNow(seconds) for name, seconds in clock.items()}
    assert desk.sign_in("plain", **PLAIN, **times).status_code == 303


def test_the_answers_issuer_is_taken_where_it_is_right(desk: Desk) -> None:
    begun = desk.begin("plain")
    token = sign(desk.liar.claims("plain", begun.asked["nonce"], **PLAIN))
    answer = begun.come_back(desk.liar.give_code(token), iss=desk.liar.issuer("plain"))
    assert answer.status_code == 303


def test_a_sign_in_begun_in_another_tab_meanwhile_spoils_nothing(desk: Desk) -> None:
    first = desk.begin("plain")
    desk.begin("other", first.browser)
    token = sign(desk.liar.claims("plain", first.asked["nonce"], **PLAIN))
    assert first.come_back(desk.liar.give_code(token)).status_code == 303


def test_the_session_that_the_browser_came_with_ends(desk: Desk) -> None:
    browser = desk.site.new_browser()
    enter(desk, "plain", "plain", PLAIN, browser)
    old = browser.client.cookies.get(desk.site.app.state.cookie.name)
    enter(desk, "plain", "plain", PLAIN, browser)
    assert browser.client.cookies.get(desk.site.app.state.cookie.name) != old
    with desk.site.unit() as session:
        assert not find_actor(session, old).is_signed_in


def test_an_account_that_was_joined_with_another_opens_the_other(desk: Desk) -> None:
    first = enter(desk, "plain", "plain", PLAIN)
    kept = desk.site.people.vendor.user_id
    with desk.site.unit() as session:
        joined = {"joined_into_id": kept, "disabled_at": now()}
        session.execute(update(User).where(User.id == first.user_id).values(joined))
    assert enter(desk, "plain", "plain", PLAIN).user_id == kept


# --- organisation and role


def test_a_tenant_makes_a_confirmed_member_of_its_organisation(desk: Desk) -> None:
    actor = enter(desk, "entra", "entra:tenant-her", ENTRA)
    assert (actor.organisation_name, actor.is_confirmed, actor.role) == ("Her Kommune", True, "member")


def test_a_cvr_number_makes_a_confirmed_member_of_its_organisation(desk: Desk) -> None:
    with desk.site.unit() as session:
        session.execute(update(Organisation).where(Organisation.key == "soft").values(cvr="12345674"))
    actor = enter(desk, "broker", "broker", BROKER)
    assert (actor.organisation_name, actor.is_confirmed, actor.role) == ("Soft A/S", True, "member")


def test_a_cvr_number_that_nobody_has_makes_no_member(desk: Desk) -> None:
    assert enter(desk, "broker", "broker", BROKER).organisation_id is None


def test_a_cvr_number_of_an_organisation_that_waits_makes_no_member(desk: Desk) -> None:
    with desk.site.unit() as session:
        waits = {"cvr": "12345674", "is_confirmed": False}
        session.execute(update(Organisation).where(Organisation.key == "soft").values(waits))
    assert enter(desk, "broker", "broker", BROKER).organisation_id is None


def test_a_request_that_waited_is_confirmed_by_the_providers_word(desk: Desk) -> None:
    first = enter(desk, "broker", "broker", BROKER)
    with desk.site.unit() as session:
        soft = session.scalars(select(Organisation).where(Organisation.key == "soft")).one()
        soft.cvr = "12345674"
        waiting = Membership(user_id=first.user_id, organisation_id=soft.id, title="Chef", created_at=now())
        session.add(waiting)
    again = enter(desk, "broker", "broker", BROKER)
    assert (again.membership_id, again.is_confirmed) == (waiting.id, True)


def test_roles_come_from_the_providers_app_roles_by_the_settings_table(desk: Desk) -> None:
    assert enter_with_roles(desk, "Forum.Staff").is_staff
    assert enter_with_roles(desk, "Forum.Staff", "Forum.Admin").is_admin
    assert enter_with_roles(desk, "Admin", "admin", "forum.admin").role == "member"


def test_a_role_is_taken_away_at_the_first_sign_in_without_it(desk: Desk) -> None:
    actor = enter_with_roles(desk, "Forum.Admin")
    assert enter_with_roles(desk).role == "member"
    with desk.site.unit() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.thing == "membership", AuditEntry.verb == "grant")
            .order_by(AuditEntry.id)
        ).all()
    told = [(e.user_name, e.before["role"], e.after["role"], e.after["user_id"]) for e in entries]
    assert told == [
        ("Kommunens login", "member", "admin", actor.user_id),
        ("Kommunens login", "admin", "member", actor.user_id),
    ]


def test_a_role_that_was_given_by_hand_stays_without_a_word_from_the_provider(desk: Desk) -> None:
    actor = enter_with_roles(desk, tenant="tenant-her")
    with desk.site.unit() as session:
        session.execute(update(Membership).where(Membership.id == actor.membership_id).values(role="admin"))
    assert enter_with_roles(desk, tenant="tenant-her").role == "admin"


def test_a_role_of_trust_is_not_given_outside_an_organiser(desk: Desk) -> None:
    actor = enter_with_roles(desk, "Forum.Staff", tenant="tenant-her")
    assert (actor.role, actor.is_staff) == ("member", False)


def test_who_comes_from_another_organisation_leaves_the_former_one(desk: Desk) -> None:
    with desk.site.unit() as session:
        for key, cvr in (("soft", "12345674"), ("rival", "87654321")):
            session.execute(update(Organisation).where(Organisation.key == key).values(cvr=cvr))
    first = enter(desk, "broker", "broker", BROKER)
    again = enter(desk, "broker", "broker", BROKER | {"nemlogin.cvr": "87654321"})
    assert (again.user_id, again.organisation_name) == (first.user_id, "Rival ApS")
    with desk.site.unit() as session:
        assert session.get_one(Membership, first.membership_id).ended_as == "removed"


def test_who_is_admin_needs_a_substantial_level_and_gets_in_with_it(desk: Desk) -> None:
    with desk.site.unit() as session:
        session.execute(update(Organisation).where(Organisation.key == "vaert").values(cvr="12345674"))
    claims = BROKER | {"roles": ["Forum.Admin"], "loa": NSIS + "Substantial"}
    assert enter(desk, "broker", "broker", claims).is_admin


def test_a_low_level_lets_in_somebody_without_a_role_of_trust(desk: Desk) -> None:
    assert enter(desk, "broker", "broker", BROKER | {"loa": NSIS + "Low"}).is_signed_in


def test_the_session_is_one_of_openid_connect(desk: Desk) -> None:
    actor = enter(desk, "plain", "plain", PLAIN)
    with desk.site.unit() as session:
        row = session.get_one(SignInSession, actor.session_id)
        assert (row.method, row.strong_at is not None) == ("oidc", True)


def test_the_sign_in_page_has_a_button_for_each_provider(desk: Desk) -> None:
    page = desk.site.new_browser().get("/log-ind?videre=/oensker").text
    for key, label in (("plain", "Enkel"), ("broker", "MitID Erhverv"), ("entra", "Kommunens login")):
        assert f'action="/log-ind/hos/{key}"' in page
        assert f"Log ind med {label}" in page
    assert page.index("Log ind med Enkel") < page.index('name="email"')


def test_an_unknown_provider_is_not_found(desk: Desk) -> None:
    browser = desk.site.new_browser()
    assert browser.post("/log-ind/hos/opdigtet").status_code == 404
    assert browser.get("/log-ind/hos/opdigtet/retur").status_code == 404
    assert browser.post("/log-ind/hos/opdigtet/log-ud", {"logout_token": "x"}).status_code == 404
    assert browser.get("/log-ind/hos/plain").headers["location"] == "/log-ind"


def test_the_refusal_is_told_in_the_language_in_which_the_sign_in_began(desk: Desk) -> None:
    begun = desk.begin("plain", path="/en/log-ind/hos/plain")
    page = begun.come_back("opbrugt")
    assert '<html lang="en">' in page.text
    assert begun.asked["state"] not in page.text


def test_the_table_of_sign_ins_under_way_holds_no_secret_that_works(desk: Desk) -> None:
    begun = desk.begin("plain")
    with desk.site.unit() as session:
        row = session.connection().exec_driver_sql("select row_to_json(f)::text from sign_in_flow f").scalar()
    assert not [secret for secret in begun.asked.values() if len(secret) > 30 and secret in row]


def test_claims_may_come_from_userinfo_but_only_of_the_same_person(desk: Desk) -> None:
    partner = desk.site.app.state.partners["plain"]
    partner.provider = replace(partner.provider, asks_userinfo=True)
    partner.directory.provider = partner.provider
    desk.liar.userinfo = {"sub": "sub-p", "name": "Pia fra userinfo", "iss": "https://ond.example"}
    assert enter(desk, "plain", "plain", {"sub": "sub-p"}).name == "Pia fra userinfo"
    desk.liar.userinfo = {"sub": "en-anden", "name": "Ond"}
    assert desk.sign_in("plain", sub="sub-p").status_code == 403
