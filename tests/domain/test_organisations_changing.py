"""Organisations that people write in and change: found, doubled, confirmed, edited."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_edit, may_see, visible_to
from app.domain.organisations.queries import (
    count_by_kind,
    find_alike,
    find_by_mail_domain,
    list_organisations,
    list_waiting_organisations,
)
from app.domain.organisations.schemas import (
    AllFacts,
    NewOrganisationInput,
    OwnFacts,
    as_cvr,
    looks_like_cvr,
)
from app.domain.organisations.service import (
    confirm_organisation,
    decide_domain,
    edit_organisation,
    propose_organisation,
)
from tests.people import People, add_actor
from tests.reading import put_an_organisation

# --- finding and writing in one's own


def propose(session: Session, actor: Actor, name: str = "Ny ApS", **given: Any) -> Organisation:
    extra = {word: given.pop(word) for word in ("domain", "has_seen_alike") if word in given}
    values = NewOrganisationInput.model_validate({"name": name, "kind": "vendor"} | given)
    return propose_organisation(session, actor, values, **extra)


def test_a_mail_domain_finds_its_organisation_also_from_below(session: Session, people: People) -> None:
    found = {
        domain: organisation.name if (organisation := find_by_mail_domain(session, domain)) else None
        for domain in (
            "soft.example",
            "SOFT.example",
            "drift.soft.example",
            "falsksoft.example",
            "example",
            "",
        )
    }
    assert found == {
        "soft.example": "Soft A/S",
        "SOFT.example": "Soft A/S",
        "drift.soft.example": "Soft A/S",
        "falsksoft.example": None,
        "example": None,
        "": None,
    }


@pytest.mark.parametrize(
    "domain", ["gmail.com", "hotmail.com", "live.dk", "mail.dk", "icloud.com", "Outlook.dk"]
)
def test_where_anybody_can_have_an_address_points_at_nobody(session: Session, domain: str) -> None:
    put_an_organisation(session, "soft", mail_domains=[domain.lower()])
    assert find_by_mail_domain(session, domain) is None


def test_a_new_organisation_waits_and_stands_in_no_list(session: Session, people: People) -> None:
    new = propose(session, people.loner, cvr="DK 13 58 56 28", website="www.ny.example", domain="ny.example")
    assert (new.key, new.cvr, new.website, new.is_confirmed) == (
        "ny-aps",
        "13585628",
        "https://www.ny.example",
        False,
    )
    assert (new.mail_domains, new.asked_domains) == ([], ["ny.example"])
    assert find_by_mail_domain(session, "ny.example") is None
    listed = {
        name: new.id in [row.id for row in list_organisations(session, "vendor", actor=actor)]
        for name, actor in people.all().items()
    }
    assert {name for name, is_there in listed.items() if is_there} == {"staff", "admin"}
    assert count_by_kind(session)["vendor"] == 2


def test_rule_and_sql_agree_on_who_sees_a_new_organisation(session: Session, people: People) -> None:
    organisation = session.get_one(Organisation, people.vendor.organisation_id)
    organisation.is_confirmed = False
    session.flush()
    seen = {
        name: session.scalar(select(Organisation.id).where(visible_to(a), Organisation.id == organisation.id))
        is not None
        for name, a in people.all().items()
    }
    assert seen == {name: may_see(actor, organisation) for name, actor in people.all().items()}
    assert {name for name, yes in seen.items() if yes} == {"vendor", "newcomer", "staff", "admin"}


def test_an_address_at_a_free_provider_is_not_asked_for(session: Session, people: People) -> None:
    assert propose(session, people.loner, domain="gmail.com").asked_domains == []


def test_the_same_number_is_the_same_organisation(session: Session, people: People) -> None:
    put_an_organisation(session, "gammel", name="Helt andet navn", cvr="13585628")
    with pytest.raises(Refused, match="cvr_taken"):
        propose(session, people.loner, cvr="13585628", has_seen_alike=True)


@pytest.mark.parametrize("name", ["Soft", "SOFT ApS", "Sofft A/S", "soft a/s"])
def test_nearly_the_same_name_is_shown_before_a_new_one_is_made(
    session: Session, people: People, name: str
) -> None:
    with pytest.raises(Refused, match="alike"):
        propose(session, people.loner, name)
    assert [one.name for one in find_alike(session, name)] == ["Soft A/S"]
    assert propose(session, people.loner, name, has_seen_alike=True).is_confirmed is False


@pytest.mark.parametrize("name", ["Hardware A/S", "Nordlys ApS", "A/S"])
def test_another_name_is_no_double(session: Session, people: People, name: str) -> None:
    assert find_alike(session, name) == []


def test_the_same_name_twice_gets_addresses_of_their_own(session: Session, people: People) -> None:
    keys = [propose(session, people.loner, "Åben Ø", has_seen_alike=True).key for _ in range(3)]
    assert keys == ["aaben-oe", "aaben-oe-2", "aaben-oe-3"]


def test_only_who_is_signed_in_writes_in_an_organisation(session: Session, people: People) -> None:
    for name, actor in people.all().items():
        if name == "stranger":
            with pytest.raises(NotAllowed):
                propose(session, actor)
        else:
            propose(session, actor, f"{name} ny", has_seen_alike=True)


@pytest.mark.parametrize("kind", ["association", "joint_procurement", "municipality", "region"])
def test_nobody_writes_in_an_organiser_or_a_municipality(kind: str) -> None:
    with pytest.raises(ValidationError):
        NewOrganisationInput.model_validate({"name": "Ny", "kind": kind})


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13585628", "13585628"),
        ("13 58 56 28", "13585628"),
        ("DK13585628", "13585628"),
        ("dk 13 58 56 28", "13585628"),
        ("13585629", None),
        ("1358562", None),
        ("", None),
    ],
)
def test_a_cvr_number_holds_by_its_digits(typed: str, number: str | None) -> None:
    assert as_cvr(typed) == number


def test_what_looks_like_a_number_is_not_searched_as_a_name() -> None:
    texts = ("13585629", "DK 13 58 56 28", "1358 5628", "3 Byg", "1234", "KMD", "dk")
    assert [looks_like_cvr(text) for text in texts] == [True, True, True, False, False, False, False]


# --- changing one


def facts(organisation: Organisation, **changes: Any) -> AllFacts:
    return AllFacts.model_validate({"name": organisation.name, "kind": organisation.kind} | changes)


def own_facts(organisation: Organisation, **changes: Any) -> OwnFacts:
    return OwnFacts.model_validate({"name": organisation.name} | changes)


def add_owner(session: Session, people: People) -> tuple[Organisation, Actor]:
    organisation = session.get_one(Organisation, people.vendor.organisation_id)
    return organisation, add_actor(session, "Otto Ejer", organisation, "admin")


def test_who_may_change_the_vendor(session: Session, people: People) -> None:
    organisation, owner = add_owner(session, people)
    other = add_actor(
        session, "Ria Rivalchef", session.get_one(Organisation, people.rival.organisation_id), "admin"
    )
    everyone = people.all() | {"owner": owner, "other": other}
    assert {name for name, a in everyone.items() if may_edit(a, organisation)} == {"staff", "admin", "owner"}
    for actor in everyone.values():
        if not may_edit(actor, organisation):
            with pytest.raises(NotAllowed):
                edit_organisation(session, actor, organisation.id, 1, own_facts(organisation))


def test_an_own_admin_changes_public_facts_and_only_asks_for_domains(
    session: Session, people: People
) -> None:
    organisation, owner = add_owner(session, people)
    given = own_facts(
        organisation,
        name="SOFT A/S",
        website="soft.example",
        note="Vi laver.",
        asked_domains=["@Soft.dk, x.dk"],
    )
    edit_organisation(session, owner, organisation.id, 1, given)
    assert (organisation.name, organisation.website, organisation.note) == (
        "SOFT A/S",
        "https://soft.example",
        "Vi laver.",
    )
    assert (organisation.mail_domains, organisation.asked_domains) == (["soft.example"], ["soft.dk", "x.dk"])
    assert organisation.version == 2
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "edit")).one()
    assert (entry.before or {})["name"] == "Soft A/S" and (entry.after or {})["name"] == "SOFT A/S"


def test_an_own_admin_cannot_take_another_name_or_staffs_form(session: Session, people: People) -> None:
    organisation, owner = add_owner(session, people)
    with pytest.raises(Refused, match="new_name"):
        edit_organisation(session, owner, organisation.id, 1, own_facts(organisation, name="KL"))
    with pytest.raises(NotAllowed):
        edit_organisation(session, owner, organisation.id, 1, facts(organisation, mail_domains=["kl.dk"]))


def test_the_second_of_two_who_change_at_once_is_told(session: Session, people: People) -> None:
    organisation, owner = add_owner(session, people)
    edit_organisation(session, people.staff, organisation.id, 1, facts(organisation, name="Ny Soft"))
    with pytest.raises(Refused, match="stale"):
        edit_organisation(session, owner, organisation.id, 1, own_facts(organisation, note="Min"))
    assert (organisation.name, organisation.note) == ("Ny Soft", "")


def test_what_changes_nothing_is_not_noted(session: Session, people: People) -> None:
    organisation, owner = add_owner(session, people)
    edit_organisation(session, owner, organisation.id, 1, own_facts(organisation))
    assert organisation.version == 1
    assert session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.verb == "edit")) == 0


def test_no_number_and_no_domain_belongs_to_two(session: Session, people: People) -> None:
    put_an_organisation(session, "anden", cvr="13585628", mail_domains=["anden.example"])
    organisation, _ = add_owner(session, people)
    for wrong, code in (
        ({"cvr": "13585628"}, "cvr_taken"),
        ({"mail_domains": ["anden.example"]}, "domain_taken"),
    ):
        with pytest.raises(Refused, match=code):
            edit_organisation(session, people.staff, organisation.id, 1, facts(organisation, **wrong))


def test_a_vendor_never_becomes_an_organiser_by_an_edit(session: Session, people: People) -> None:
    organisation, _ = add_owner(session, people)
    with pytest.raises(ValidationError):
        facts(organisation, kind="association")
    host = session.get_one(Organisation, people.staff.organisation_id)
    given = AllFacts.model_validate({"name": host.name, "kind": "vendor"})
    assert edit_organisation(session, people.admin, host.id, 1, given).kind == "association"


@pytest.mark.parametrize("domain", ["gmail.com", "x.hotmail.com", "firma", "a b.dk", "-x.dk"])
def test_a_domain_that_says_nothing_is_refused(domain: str) -> None:
    with pytest.raises(ValidationError):
        OwnFacts.model_validate({"name": "X", "asked_domains": [domain.replace(" ", "/")]})


def test_staff_confirms_a_new_organisation_and_its_domain(session: Session, people: People) -> None:
    new = propose(session, people.loner, domain="ny.example")
    assert [one.id for one in list_waiting_organisations(session)] == [new.id]
    for actor in (people.vendor, people.loner):
        with pytest.raises(NotAllowed):
            confirm_organisation(session, actor, new.id)
    confirm_organisation(session, people.staff, new.id)
    confirm_organisation(session, people.staff, new.id)
    decide_domain(session, people.staff, new.id, "ny.example", is_approved=True)
    assert list_waiting_organisations(session) == []
    assert find_by_mail_domain(session, "ny.example") == new
    verbs = select(AuditEntry.verb).where(AuditEntry.thing == "organisation").order_by(AuditEntry.id)
    assert session.scalars(verbs).all() == ["add", "confirm", "approve_domain"]


def test_a_domain_of_another_is_not_approved(session: Session, people: People) -> None:
    new = propose(session, people.loner, domain="soft.example")
    with pytest.raises(Refused, match="domain_taken"):
        decide_domain(session, people.staff, new.id, "soft.example", is_approved=True)
    decide_domain(session, people.staff, new.id, "soft.example", is_approved=False)
    assert (new.mail_domains, new.asked_domains) == ([], [])
    with pytest.raises(NotFound):
        decide_domain(session, people.staff, new.id, "soft.example", is_approved=True)
