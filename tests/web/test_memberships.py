"""Who says yes and no to who asks: staff for all, an own admin for the own organisation and no other."""

import re

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.users.memberships import request_membership
from app.domain.users.models import Membership
from app.domain.users.service import add_user
from tests.node.html_validate import find_html_errors
from tests.people import add_actor
from tests.said import SECRET, add_idea, add_idea_draft, add_wish
from tests.site import Browser, Site


def waiting_id(site: Site) -> int:
    return site.people.newcomer.membership_id or 0


def add_member(site: Site, name: str, like: Actor, role: str = "member") -> Actor:
    with site.unit() as session:
        organisation = session.get_one(Organisation, like.organisation_id)
        return add_actor(session, name, organisation, role)  # type: ignore[arg-type]


def own_admin(site: Site) -> Browser:
    """Somebody who looks after the vendor's members."""
    return site.browser(add_member(site, "Otto Ejer", site.people.vendor, "admin"))


def ask(site: Site, count: int, organisation_id: int) -> list[int]:
    """So many who ask to represent an organisation; their memberships."""
    asked = []
    with site.unit() as session:
        for number in range(count):
            user = add_user(session, f"nr{number}@andet.example", f"Nr {number}")
            actor = Actor(user_id=user.id, name=user.name)
            asked.append(request_membership(session, actor, organisation_id).id)
    return asked


def state(site: Site, membership_id: int) -> tuple[bool, str | None, str, str]:
    """(confirmed, ended as, reason, role)"""
    with site.unit() as session:
        one = session.get_one(Membership, membership_id)
        return one.confirmed_at is not None, one.ended_as, one.end_reason, one.role


def members_page(actor: Actor) -> str:
    return f"/organisationer/{actor.organisation_id}/medlemmer"


# --- the queue


def test_staff_confirms_and_the_mark_goes(site: Site) -> None:
    waiting = waiting_id(site)
    browser = site.browser("staff")
    assert "Bekræft Nye Ny" in browser.get("/medlemskaber").text
    response = browser.post(f"/medlemskaber/{waiting}/bekraeft", {"fra": "koe"})
    assert (response.status_code, response.headers["location"]) == (303, "/medlemskaber?kvittering=confirmed")
    assert "Der er ingen, der venter." in browser.get("/medlemskaber").text
    assert "Endnu ikke bekræftet" not in site.browser("newcomer").get("/mit").text


def test_the_queue_tells_age_and_whether_the_mail_is_theirs(site: Site) -> None:
    ask(site, 1, site.people.rival.organisation_id or 0)
    page = site.browser("staff").get("/medlemskaber").text
    assert page.count("mailen hører til organisationens domæne") == 1
    assert page.count("mailen hører ikke til organisationens domæne") == 1
    assert page.count("Har ventet siden i dag") == 2


def test_the_chosen_ones_are_confirmed_at_once(site: Site) -> None:
    asked = ask(site, 3, site.people.rival.organisation_id or 0)
    chosen = {"ids": [str(asked[0]), str(asked[2]), "999999"]}
    response = site.browser("staff").post("/medlemskaber/bekraeft", chosen)
    assert response.headers["location"] == "/medlemskaber?kvittering=confirmed_many"
    assert [state(site, one)[0] for one in asked] == [True, False, True]


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 30]])
def test_choosing_nobody_gets_a_sentence(site: Site, ids: list[str]) -> None:
    response = site.browser("staff").post("/medlemskaber/bekraeft", {"ids": ids})
    assert response.status_code == 422 and "Vælg mindst én i listen." in response.text


def test_nobody_else_sees_the_queue_or_confirms(site: Site) -> None:
    path = f"/medlemskaber/{waiting_id(site)}/bekraeft"
    for who in ("vendor", "newcomer", "municipality", "auditor", "consultancy", "loner"):
        for response in (
            site.browser(who).get("/medlemskaber"),
            site.browser(who).post(path),
            site.browser(who).post("/medlemskaber/bekraeft", {"ids": str(waiting_id(site))}),
            site.browser(who).get(members_page(site.people.vendor)),
        ):
            assert response.status_code == 403, who
    assert own_admin(site).get("/medlemskaber").status_code == 403
    assert state(site, waiting_id(site))[0] is False


def test_an_unknown_membership_is_missing(site: Site) -> None:
    for number in ("999999", "9" * 30):
        for path in ("bekraeft", "afslut", "rolle"):
            assert site.browser("staff").post(f"/medlemskaber/{number}/{path}").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_the_pages_cost_as_much_for_many(site: Site, rows: int) -> None:
    ask(site, rows, site.people.vendor.organisation_id or 0)
    owner = own_admin(site)
    assert site.count_statements(site.browser("staff"), "/medlemskaber") == 3
    assert site.count_statements(owner, members_page(site.people.vendor)) == 3


# --- an own admin


def test_an_own_admin_sees_and_confirms_the_own_people(site: Site) -> None:
    owner = own_admin(site)
    page = owner.get(members_page(site.people.vendor)).text
    assert "Bekræft Nye Ny" in page and "vera@soft.example" in page
    response = owner.post(f"/medlemskaber/{waiting_id(site)}/bekraeft")
    assert response.headers["location"] == members_page(site.people.vendor) + "?kvittering=confirmed"
    assert state(site, waiting_id(site))[0] is True


def test_the_people_of_another_organisation_are_missing_to_an_own_admin(site: Site) -> None:
    asked = ask(site, 1, site.people.rival.organisation_id or 0)[0]
    owner = own_admin(site)
    assert owner.get(members_page(site.people.rival)).status_code == 403
    assert owner.get("/organisationer/999999/medlemmer").status_code == 404
    for membership_id in (asked, site.people.rival.membership_id):
        for path in ("bekraeft", "afslut", "rolle"):
            answer = owner.post(f"/medlemskaber/{membership_id}/{path}", {"reason": "Nej", "role": "admin"})
            assert answer.status_code == 404, path
        assert owner.get(f"/medlemskaber/{membership_id}/afslut").status_code == 404
    assert state(site, asked) == (False, None, "", "member")


def test_a_no_asks_for_the_reason_and_tells_it(site: Site) -> None:
    owner = own_admin(site)
    path = f"/medlemskaber/{waiting_id(site)}/afslut"
    assert "Afvis Nye Ny" in owner.get(path).text
    empty = owner.post(path, {"reason": " "})
    assert empty.status_code == 422 and 'id="field-reason-error"' in empty.text
    assert owner.post(path, {"reason": "Ikke ansat <b>her</b>."}).status_code == 303
    assert state(site, waiting_id(site)) == (False, "refused", "Ikke ansat <b>her</b>.", "member")
    page = site.browser("newcomer").get("/mit/medlemskaber").text
    assert "Ikke ansat &lt;b&gt;her&lt;/b&gt;." in page and "Afvist" in page


def test_an_own_admin_appoints_another_and_ends_a_membership(site: Site) -> None:
    owner, colleague = own_admin(site), site.people.vendor.membership_id or 0
    assert owner.post(f"/medlemskaber/{colleague}/rolle", {"role": "admin"}).status_code == 303
    assert site.browser("vendor").get(members_page(site.people.vendor)).status_code == 200
    assert owner.post(f"/medlemskaber/{colleague}/afslut", {}).status_code == 303
    assert state(site, colleague) == (True, "removed", "", "admin")
    assert site.browser("vendor").get(members_page(site.people.vendor)).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("staff", 403), ("auditor", 403), ("owner", 422), ("", 422)])
def test_an_own_admin_gives_no_role_over_the_forum(site: Site, role: str, status: int) -> None:
    path = f"/medlemskaber/{site.people.vendor.membership_id}/rolle"
    sent = {"role": role, "organisation_id": str(site.people.staff.organisation_id)}
    assert own_admin(site).post(path, sent).status_code == status
    assert state(site, site.people.vendor.membership_id or 0)[3] == "member"


# --- organisers


def test_only_an_organisers_admin_gives_its_roles(site: Site) -> None:
    colleague = add_member(site, "Kim Kollega", site.people.staff)
    path = f"/medlemskaber/{colleague.membership_id}/rolle"
    assert site.browser("staff").post(path, {"role": "staff"}).status_code == 403
    assert site.browser(colleague).get("/medlemskaber").status_code == 403
    assert site.browser("admin").post(path, {"role": "staff"}).status_code == 303
    assert site.browser(colleague).get("/medlemskaber").status_code == 200


def test_the_last_admin_is_told_why_not(site: Site) -> None:
    own = site.people.admin.membership_id
    for path, fields in (
        (f"/medlemskaber/{own}/rolle", {"role": "member"}),
        (f"/mit/medlemskaber/{own}/stop", {}),
    ):
        answer = site.browser("admin").post(path, fields)
        assert answer.status_code == 409 and "Det er den sidste administrator." in answer.text
    assert state(site, own or 0) == (True, None, "", "admin")


def test_nobody_confirms_themselves(site: Site) -> None:
    browser, rival = site.browser("staff"), site.people.rival.organisation_id
    browser.post("/velkommen", {"name": "Stine Stab", "organisation": str(rival)})
    with site.unit() as session:
        own = session.scalars(
            select(Membership.id).where(
                Membership.user_id == site.people.staff.user_id, Membership.organisation_id == rival
            )
        ).one()
    browser.post("/mit/medlemskaber", {"membership": str(site.people.staff.membership_id)})
    answer = browser.post(f"/medlemskaber/{own}/bekraeft")
    assert answer.status_code == 403 and "Du kan ikke bekræfte dig selv." in answer.text


# --- leaving


def test_whoever_stops_loses_drafts_and_secrets_at_once_in_every_browser(site: Site) -> None:
    vendor = site.people.vendor
    with site.unit() as session:
        draft = add_idea_draft(session, vendor, **SECRET).reference
        idea = add_idea(session, vendor, **SECRET).reference
        wish = add_wish(session, vendor, "Et åbent ønske").reference
    first = site.browser("vendor")
    site._browsers.clear()
    second = site.browser("vendor")
    own = (f"/ideer/{draft}", f"/ideer/{draft}/ret", f"/ideer/{idea}/fortrolig", "/oensker/nyt", "/ideer/nyt")
    assert [second.get(path).status_code for path in own] == [200] * 5
    response = first.post(f"/mit/medlemskaber/{vendor.membership_id}/stop")
    assert response.headers["location"] == "/mit/medlemskaber?kvittering=left"
    for browser in (first, second):
        assert [browser.get(path).status_code for path in own] == [404, 403, 404, 403, 403]
        assert browser.post(f"/oensker/{wish}/traek-tilbage").status_code in (403, 404)
        page = browser.get("/mit").text
        assert wish in page and "for Soft A/S" in page and draft not in page
        assert "Stoppet" in browser.get("/mit/medlemskaber").text
    with site.unit() as session:
        found = session.scalars(select(Contribution).where(Contribution.reference == wish)).one()
        assert (found.on_behalf_of_id, found.status) == (vendor.organisation_id, "received")


def test_the_old_employer_keeps_what_was_said_and_the_new_one_gets_none_of_it(site: Site) -> None:
    vendor, rival = site.people.vendor, site.people.rival
    with site.unit() as session:
        idea = add_idea(session, vendor, **SECRET).reference
        draft = add_idea_draft(session, vendor).reference
    browser = site.browser("vendor")
    browser.post(f"/mit/medlemskaber/{vendor.membership_id}/stop")
    browser.post("/velkommen", {"name": "Vera Vendor", "organisation": str(rival.organisation_id)})
    assert "for Soft A/S" in browser.get("/mit").text
    colleague = site.browser(add_member(site, "Kim Kollega", vendor))
    for path, mine, theirs in ((f"/ideer/{idea}/fortrolig", 404, 200), (f"/ideer/{draft}", 404, 200)):
        assert (browser.get(path).status_code, colleague.get(path).status_code) == (mine, theirs), path
    assert site.browser("rival").get(f"/ideer/{idea}/fortrolig").status_code == 404


def test_one_who_represents_two_chooses_and_sees_only_for_the_chosen(site: Site) -> None:
    vendor = site.people.vendor
    with site.unit() as session:
        draft = add_idea_draft(session, vendor).reference
    browser = site.browser("vendor")
    house = str(site.people.consultancy.organisation_id)
    browser.post("/velkommen", {"name": "Vera Vendor", "organisation": house})
    assert browser.get(f"/ideer/{draft}").status_code == 404
    browser.post("/mit/medlemskaber", {"membership": str(vendor.membership_id)})
    assert browser.get(f"/ideer/{draft}").status_code == 200


def test_nobody_ends_anothers_membership_as_ones_own(site: Site) -> None:
    path = f"/mit/medlemskaber/{site.people.vendor.membership_id}/stop"
    for who in ("rival", "staff", "newcomer"):
        assert site.browser(who).post(path).status_code == 404
    assert site.browser("vendor").post(f"/mit/medlemskaber/{'9' * 30}/stop").status_code == 404
    assert state(site, site.people.vendor.membership_id or 0)[1] is None


def test_each_of_the_verbs_leaves_one_entry(site: Site) -> None:
    asked = ask(site, 2, site.people.vendor.organisation_id or 0)
    staff = site.browser("staff")
    staff.post(f"/medlemskaber/{asked[0]}/bekraeft")
    staff.post(f"/medlemskaber/{asked[0]}/rolle", {"role": "admin"})
    staff.post(f"/medlemskaber/{asked[0]}/afslut", {"reason": "Hemmelig grund"})
    staff.post(f"/medlemskaber/{asked[1]}/afslut", {"reason": "Hemmelig grund"})
    with site.unit() as session:
        noted = session.execute(
            select(AuditEntry.verb, AuditEntry.thing_id, AuditEntry.before, AuditEntry.after)
            .where(AuditEntry.user_id == site.people.staff.user_id, AuditEntry.thing == "membership")
            .order_by(AuditEntry.id)
        ).all()
    assert [(row.verb, row.thing_id) for row in noted] == [
        ("confirm", asked[0]),
        ("grant", asked[0]),
        ("end", asked[0]),
        ("end", asked[1]),
    ]
    assert not re.search("Hemmelig|Nr 0|andet.example", str([(row.before, row.after) for row in noted]))


# --- the badge

WAITS, CONFIRMED = "Endnu ikke bekræftet<span", "Bekræftet stemme<span"


def test_the_voice_is_marked_and_turns_confirmed_with_the_membership(site: Site) -> None:
    newcomer, vendor = site.people.newcomer, site.people.vendor
    with site.unit() as session:
        sent = add_wish(session, newcomer, "Sendt af en ny")
        sent.published_at, sent.waiting_reason = sent.received_at, None
        add_wish(session, vendor, "Sendt af en kendt")
        path = f"/oensker/{sent.reference}"
    stranger = site.new_browser()
    places = (path, "/oensker", f"/organisationer/{vendor.organisation_id}")

    def marks(page: str) -> tuple[bool, bool]:
        html = stranger.get(page).text
        return WAITS in html, CONFIRMED in html

    assert [marks(page) for page in places] == [(True, False), (True, True), (True, True)]
    site.browser("staff").post(f"/medlemskaber/{newcomer.membership_id}/bekraeft")
    assert [marks(page) for page in places] == [(False, True)] * 3


def test_whoever_left_and_asks_again_is_no_confirmed_voice_for_the_new(site: Site) -> None:
    vendor = site.people.vendor
    with site.unit() as session:
        old = add_wish(session, vendor, "Sagt før").reference
    browser = site.browser("vendor")
    browser.post(f"/mit/medlemskaber/{vendor.membership_id}/stop")
    browser.post("/velkommen", {"name": "Vera Vendor", "organisation": str(vendor.organisation_id)})
    browser.post("/oensker/nyt", {"title": "Sagt efter", "body": "Noget nyt.", "handling": "send"})
    with site.unit() as session:
        new = session.scalars(select(Contribution).where(Contribution.title == "Sagt efter")).one()
        new.published_at, new.waiting_reason, new_reference = new.received_at, None, new.reference
    stranger = site.new_browser()
    assert CONFIRMED in stranger.get(f"/oensker/{old}").text
    html = stranger.get(f"/oensker/{new_reference}").text
    assert (WAITS in html, CONFIRMED in html) == (True, False)


# --- the pages


def test_every_page_is_valid_html(site: Site) -> None:
    ask(site, 2, site.people.vendor.organisation_id or 0)
    staff, owner = site.browser("staff"), own_admin(site)
    browser = site.browser("vendor")
    browser.post(f"/mit/medlemskaber/{site.people.vendor.membership_id}/stop")
    pages = {
        "queue": staff.get("/medlemskaber"),
        "none chosen": staff.post("/medlemskaber/bekraeft"),
        "members": owner.get(members_page(site.people.vendor)),
        "organiser": site.browser("admin").get(members_page(site.people.admin)),
        "refuse": owner.get(f"/medlemskaber/{waiting_id(site)}/afslut"),
        "own": site.browser("newcomer").get("/mit/medlemskaber"),
        "left": browser.get("/mit/medlemskaber"),
    }
    assert find_html_errors({name: page.text for name, page in pages.items()}) == []
