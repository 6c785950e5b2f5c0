"""An organisation's facts: changed by its own admin and by staff, confirmed by staff."""

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.domain.organisations.models import Organisation
from app.domain.organisations.schemas import NewOrganisationInput
from app.domain.organisations.service import propose_organisation
from tests.node.html_validate import find_html_errors
from tests.people import add_actor
from tests.reading import put_an_organisation
from tests.site import Browser, Site


def own_admin(site: Site, of: str = "vendor") -> Browser:
    with site.unit() as session:
        organisation = session.get_one(Organisation, getattr(site.people, of).organisation_id)
        actor = add_actor(session, f"Ejer {of}", organisation, "admin")
    return site.browser(actor)


def edit_path(site: Site, of: str = "vendor") -> str:
    return f"/organisationer/{getattr(site.people, of).organisation_id}/rediger"


def facts(site: Site, of: str = "vendor") -> dict[str, object]:
    names = (
        "name",
        "kind",
        "cvr",
        "website",
        "note",
        "mail_domains",
        "asked_domains",
        "is_confirmed",
        "version",
    )
    with site.unit() as session:
        organisation = session.get_one(Organisation, getattr(site.people, of).organisation_id)
        return {name: getattr(organisation, name) for name in names}


OWN = {"version": "1", "name": "Soft A/S", "website": "soft.example", "note": "Vi laver software."}


def test_an_own_admin_changes_what_strangers_read(site: Site) -> None:
    browser = own_admin(site)
    page = browser.get(edit_path(site)).text
    assert 'name="asked_domains"' in page
    assert [name for name in ("cvr", "kind", "mail_domains") if f'name="{name}"' in page] == []
    response = browser.post(edit_path(site), OWN)
    assert response.headers["location"].endswith("?kvittering=organisation_saved")
    shown = site.new_browser().get(edit_path(site).removesuffix("/rediger")).text
    assert "Vi laver software." in shown and 'href="https://soft.example"' in shown


def test_a_municipality_is_looked_after_from_its_own_page(site: Site) -> None:
    browser = own_admin(site, "municipality")
    page = browser.get("/kommuner/her").text
    assert f'href="{edit_path(site, "municipality")}"' in page and "2 bekræftede stemmer" in page
    assert "/rediger" not in site.browser("municipality").get("/kommuner/her").text
    given = {"version": "1", "name": "Her Kommune", "note": "Vi bor her."}
    response = browser.post(edit_path(site, "municipality"), given)
    assert response.headers["location"] == "/kommuner/her?kvittering=organisation_saved"
    assert "Vi bor her." in site.new_browser().get("/kommuner/her").text


def test_what_is_staffs_in_an_own_admins_form_is_ignored(site: Site) -> None:
    before = facts(site)
    more = {"kind": "association", "cvr": "13585628", "mail_domains": "kl.dk", "is_confirmed": "", "id": "1"}
    assert own_admin(site).post(edit_path(site), OWN | more).status_code == 303
    changed = {"website": "https://soft.example", "note": "Vi laver software.", "version": 2}
    assert facts(site) == before | changed


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "KL"}, "name"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"note": "x" * 1001}, "note"),
        ({"asked_domains": "gmail.com"}, "asked_domains"),
        ({"asked_domains": "ikke et domæne"}, "asked_domains"),
    ],
)
def test_a_wrong_field_gets_a_sentence_and_the_rest_stays(
    site: Site, given: dict[str, str], field: str
) -> None:
    response = own_admin(site).post(edit_path(site), OWN | {"short_name": "Softy"} | given)
    assert response.status_code == 422
    assert f'id="field-{field}-error"' in response.text and 'value="Softy"' in response.text
    assert facts(site)["version"] == 1


def test_another_organisations_facts_are_not_ones_own(site: Site) -> None:
    browser = own_admin(site, "rival")
    assert browser.get(edit_path(site)).status_code == 403
    assert browser.post(edit_path(site), OWN).status_code == 403
    assert browser.get("/organisationer/999999/rediger").status_code == 404
    for who in ("vendor", "newcomer", "municipality", "auditor", "loner"):
        assert site.browser(who).get(edit_path(site)).status_code == 403, who
        assert site.browser(who).post(edit_path(site), OWN).status_code == 403, who
    for path in ("bekraeft", "domaene"):
        address = edit_path(site, "rival").replace("rediger", path)
        assert browser.post(address, {"domaene": "x.dk", "svar": "ja"}).status_code == 403
    assert facts(site)["version"] == 1


def test_the_second_of_two_sees_both_texts(site: Site) -> None:
    own_admin(site).post(edit_path(site), OWN | {"note": "Den førstes ord."})
    sent = {"version": "1", "name": "Soft A/S", "kind": "vendor", "note": "Den andens ord."}
    response = site.browser("staff").post(edit_path(site), sent)
    assert response.status_code == 409
    assert "Den førstes ord." in response.text and "Den andens ord." in response.text
    assert facts(site)["note"] == "Den førstes ord."
    assert site.browser("staff").post(edit_path(site), sent | {"version": "2"}).status_code == 303
    assert facts(site)["note"] == "Den andens ord."


@pytest.mark.parametrize("version", ["", "x", "²", "-1", "9" * 30])
def test_a_form_without_its_version_changes_nothing(site: Site, version: str) -> None:
    assert own_admin(site).post(edit_path(site), OWN | {"version": version}).status_code == 409
    assert facts(site)["version"] == 1


def test_staff_changes_all_of_it_but_never_makes_an_organiser(site: Site) -> None:
    sent = {"version": "1", "name": "Noget helt andet", "kind": "consultancy", "cvr": "DK 13585628",
            "mail_domains": "soft.example\nsoft.dk"}  # fmt: skip
    staff = site.browser("staff")
    assert staff.post(edit_path(site), sent).status_code == 303
    after = facts(site)
    assert (after["name"], after["kind"], after["cvr"]) == ("Noget helt andet", "consultancy", "13585628")
    assert after["mail_domains"] == ["soft.example", "soft.dk"]
    response = staff.post(edit_path(site), sent | {"version": "2", "kind": "association"})
    assert response.status_code == 422 and facts(site)["kind"] == "consultancy"


def test_a_number_or_domain_of_another_gets_a_sentence_at_its_field(site: Site) -> None:
    with site.unit() as session:
        put_an_organisation(session, "anden", cvr="13585628", mail_domains=["anden.example"])
    sent = {"version": "1", "name": "Soft A/S", "kind": "vendor"}
    for field, value in (("cvr", "13585628"), ("mail_domains", "anden.example")):
        response = site.browser("staff").post(edit_path(site), sent | {field: value})
        assert response.status_code == 422 and f'id="field-{field}-error"' in response.text


def add_new(site: Site) -> int:
    with site.unit() as session:
        given = NewOrganisationInput(name="Sofft A/S", kind="vendor")
        new = propose_organisation(
            session, site.people.loner, given, domain="sofft.example", has_seen_alike=True
        )
        return new.id


def test_staff_sees_doubles_and_confirms_a_new_one_with_its_domain(site: Site) -> None:
    new, staff = add_new(site), site.browser("staff")
    path = f"/organisationer/{new}"
    assert f'href="{path}/rediger"' in staff.get("/medlemskaber").text
    page = staff.get(f"{path}/rediger").text
    assert "Soft A/S" in page and "Bekræft organisationen" in page and "Godkend sofft.example" in page
    assert site.new_browser().get(path).status_code == 404
    assert staff.post(f"{path}/bekraeft").status_code == 303
    assert staff.post(f"{path}/domaene", {"domaene": "sofft.example", "svar": "ja"}).status_code == 303
    assert site.new_browser().get(path).status_code == 200
    assert f'href="{path}/rediger"' not in staff.get("/medlemskaber").text
    with site.unit() as session:
        assert session.get_one(Organisation, new).mail_domains == ["sofft.example"]
        verbs = select(AuditEntry.verb).where(AuditEntry.user_id == site.people.staff.user_id)
        assert session.scalars(verbs.order_by(AuditEntry.id)).all()[-2:] == ["confirm", "approve_domain"]


def test_staff_refuses_a_new_one_with_a_reason(site: Site) -> None:
    new, staff = add_new(site), site.browser("staff")
    path = f"/organisationer/{new}"
    empty = staff.post(f"{path}/afvis", {"reason": " "})
    assert empty.status_code == 422 and 'id="field-reason-error"' in empty.text
    assert 'value="Sofft A/S"' in empty.text
    assert own_admin(site).post(f"{path}/afvis", {"reason": "Nej"}).status_code == 403
    response = staff.post(f"{path}/afvis", {"reason": "Findes ikke."})
    assert response.headers["location"] == "/medlemskaber?kvittering=organisation_refused"
    assert f'href="{path}/rediger"' not in staff.get("/medlemskaber").text
    assert "blev afvist" in staff.get(f"{path}/rediger").text
    assert staff.post(f"{path}/bekraeft").status_code == 409


def test_a_domain_nobody_asked_for_is_missing(site: Site) -> None:
    path = edit_path(site).replace("rediger", "domaene")
    assert site.browser("staff").post(path, {"domaene": "kl.dk", "svar": "ja"}).status_code == 404


def test_strangers_see_how_many_speak_and_never_who(site: Site) -> None:
    path = edit_path(site).removesuffix("/rediger")
    for browser in (site.new_browser(), site.browser("rival"), site.browser("vendor")):
        page = browser.get(path).text
        assert "1 bekræftet stemme" in page and "vera@soft.example" not in page
        assert "/medlemmer" not in page and "/rediger" not in page
    assert "Vera Vendor" not in site.new_browser().get(path).text
    page = own_admin(site).get(path).text
    assert "2 bekræftede stemmer" in page and "/medlemmer" in page and "/rediger" in page


def test_the_pages_are_valid_html(site: Site) -> None:
    new = f"/organisationer/{add_new(site)}"
    staff = site.browser("staff")
    pages = {
        "own": own_admin(site).get(edit_path(site)),
        "staff": staff.get(edit_path(site)),
        "new": staff.get(f"{new}/rediger"),
        "stale": staff.post(edit_path(site), {"version": "7", "name": "X", "kind": "vendor"}),
        "shown": staff.get(new),
    }
    assert find_html_errors({name: page.text for name, page in pages.items()}) == []


def test_the_edit_page_costs_two_statements(site: Site) -> None:
    assert site.count_statements(own_admin(site), edit_path(site)) == 2
