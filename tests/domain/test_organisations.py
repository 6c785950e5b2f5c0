"""Organisations: put in once, checked numbers, lists by kind, and names found however they are typed."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import NotAllowed
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_edit_organisations
from app.domain.organisations.queries import (
    count_by_kind,
    find_by_mail_domain,
    find_municipality,
    find_organisations,
    list_municipalities,
    list_organisations,
    narrow,
)
from app.domain.organisations.schemas import OrganisationInput
from app.domain.organisations.service import add_organisation
from tests.people import People
from tests.reading import put_a_municipality, put_an_organisation, read_facts


def names(rows: list[Organisation]) -> list[str]:
    return [row.short_name or row.name for row in rows]


def test_the_same_organisation_twice_is_added_once_and_edits_stay(session: Session) -> None:
    first = put_an_organisation(session, "soft", note="Fra arkivet.")
    first.name = "Rettet"
    again = put_an_organisation(session, "soft", name="Noget andet")
    assert (again.id, again.name, again.note) == (first.id, "Rettet", "Fra arkivet.")
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_every_organisation_of_the_archive_is_taken_as_it_stands(session: Session, people: People) -> None:
    records = read_facts("organisations")
    for record in records:
        add_organisation(session, people.staff, OrganisationInput.model_validate(record))
    added = session.scalars(
        select(Organisation.key).where(Organisation.id > 0).order_by(Organisation.id)
    ).all()
    assert {record["key"] for record in records} <= set(added)


def test_a_new_organisation_goes_to_the_search_index_under_both_kinds(session: Session) -> None:
    organisation = put_a_municipality(session, "esbjerg", "Esbjerg")
    jobs = list(session.scalars(text("select args from procrastinate_jobs order by id")))
    assert jobs == [
        {"kind": "organisation", "ids": [organisation.id]},
        {"kind": "municipality", "ids": [organisation.id]},
    ]


def test_only_staff_adds_an_organisation(session: Session, people: People) -> None:
    for name, actor in people.all().items():
        given = OrganisationInput(key=f"ny-{name}", name="Ny", kind="vendor")
        if may_edit_organisations(actor):
            assert name in ("staff", "admin")
            add_organisation(session, actor, given)
        else:
            with pytest.raises(NotAllowed):
                add_organisation(session, actor, given)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"cvr": "12345678"}, "cvr"),
        ({"kind": "club"}, "literal_error"),
        ({"website": "javascript:alert(1)"}, "url"),
        ({"name": " "}, "too_short"),
        ({"name": "a\x00b"}, "unstorable_text"),
    ],
)
def test_facts_that_cannot_be_are_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        OrganisationInput.model_validate({"key": "x", "name": "X", "kind": "vendor"} | given)
    assert [error["type"] for error in wrong.value.errors()] == [fault]


def test_the_98_stand_by_region_and_danish_name_without_examples(session: Session) -> None:
    put_a_municipality(session, "aabenraa", "Aabenraa")
    put_a_municipality(session, "aeroe", "Ærø")
    put_a_municipality(session, "esbjerg", "Esbjerg")
    put_a_municipality(session, "herlev", "Herlev", region="Region Hovedstaden")
    put_a_municipality(session, "eksempel", "Eksempel", is_example=True)
    put_an_organisation(session, "soft")
    assert names(list_municipalities(session)) == ["Herlev", "Esbjerg", "Ærø", "Aabenraa"]
    assert find_municipality(session, "eksempel") is not None
    assert find_municipality(session, "soft") is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("aarhus", ["Aarhus"]),
        ("Århus", ["Aarhus"]),
        ("sØn", ["Sønderborg"]),
        ("soen", ["Sønderborg"]),
        ("xyz", []),
    ],
)
def test_a_municipality_is_found_however_its_letters_are_typed(
    session: Session, typed: str, found: list[str]
) -> None:
    put_a_municipality(session, "aarhus", "Aarhus", region="Region Midtjylland")
    put_a_municipality(session, "soenderborg", "Sønderborg")
    everyone = list_municipalities(session)
    assert names(narrow(everyone, typed)) == found
    assert names(narrow(everyone, "", "Region Midtjylland")) == ["Aarhus"]


def test_organisations_stand_by_kind_and_name_a_page_at_a_time(session: Session) -> None:
    put_an_organisation(session, "esbjerg", "municipality")
    for number in range(30):
        put_an_organisation(session, f"firma-{number:02}", "vendor")
    put_an_organisation(session, "vaerten", "association")
    first, second = list_organisations(session), list_organisations(session, page=2)
    assert (names(first)[:2], len(first)) == (["Vaerten", "Firma-00"], 30)
    assert names(second) == ["Firma-29", "Esbjerg"]
    assert count_by_kind(session) == {"association": 1, "vendor": 30, "municipality": 1}
    assert list(count_by_kind(session)) == ["association", "vendor", "municipality"]
    assert names(list_organisations(session, "municipality")) == ["Esbjerg"]
    assert list_organisations(session, page=3) == []


def test_wildcards_in_a_name_are_only_letters(session: Session) -> None:
    put_an_organisation(session, "pct", name="100 % Data")
    put_an_organisation(session, "under", name="en_streg")
    put_an_organisation(session, "slash", name="Bag\\slash")
    for typed, found in (("%", ["100 % Data"]), ("_", ["en_streg"]), ("\\", ["Bag\\slash"])):
        assert names(list_organisations(session, text=typed)) == found
        assert names(find_organisations(session, typed)) == found
        assert count_by_kind(session, typed) == {"vendor": 1}


def test_a_mail_domain_that_two_claim_belongs_to_nobody(session: Session) -> None:
    one = put_an_organisation(session, "en", mail_domains=["en.example", "delt.example"])
    put_an_organisation(session, "to", mail_domains=["delt.example"])
    assert find_by_mail_domain(session, "EN.example") is one
    assert find_by_mail_domain(session, "delt.example") is None
    assert find_by_mail_domain(session, "ingen.example") is None
