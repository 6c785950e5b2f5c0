"""Making groups on the page: rules, moving and locking, one step back, showing, printing; a job for many."""

import re
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.core.policy import SYSTEM
from app.domain.attendance.service import open_room
from app.domain.groups.models import Group, GroupRound, Placement
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.registrations.models import Registration
from tests.in_groups import gather_people, put_in_group
from tests.in_room import open_room as open_room_of
from tests.said import add_group_row
from tests.signing_up import put_sign_up_row
from tests.site import Site

RULES = {"by": "groups", "mixing": "2", "spreading": "2", "parting": "2", "meeting_anew": "1"}
ROUND_DOORS = ("lav", "igen", "resten", "fortryd", "vis", "skjul", "personer")


def _gather(site: Site, people: int, **given: Any) -> tuple[str, int]:
    with site.unit() as session:
        given = gather_people(session, people, **given)
        return f"/moeder/77/rediger/grupper/{given.item.id}", given.item.id


def _sat(site: Site, item_id: int) -> dict[int, int]:
    with site.unit() as session:
        rows = session.execute(
            select(Placement.registration_id, Placement.group_id).where(Placement.item_id == item_id)
        )
        return {row[0]: row[1] for row in rows}


def test_groups_are_made_moved_locked_and_made_again(site: Site) -> None:
    path, item_id = _gather(site, 20)
    staff = site.browser("staff")
    assert "20 personer skal have en plads" in staff.get(path).text
    key = "8a1c1f6e-5b5e-4a58-9a5b-0d3ff3a4d001"
    for _ in range(2):
        sent = staff.post(path + "/lav", RULES | {"number": "4", "key": key})
        assert (sent.status_code, sent.headers["location"]) == (303, path + "?kvittering=groups_made")
    before = _sat(site, item_id)
    assert len(before) == 20
    page = staff.get(path).text
    assert "Meget god balance" in page and "Der sidder 5 i hver." in page and "Deltager 003" in page
    person, there = next(iter(before.items()))
    other = next(group for group in before.values() if group != there)
    who = f"r{person}"
    moved = staff.post(path + "/personer", {"who": who, "group_id": str(other), "do": "move"})
    assert moved.headers["location"] == f"{path}?kvittering=groups_moved#p-{who}"
    staff.post(path + "/personer", {"who": who, "group_id": str(there), "do": "lock"})
    assert re.search(rf'id="p-{who}"[^>]*class="is-locked"', staff.get(path).text)
    staff.post(path + "/igen")
    assert _sat(site, item_id)[person] == other
    staff.post(path + "/fortryd")
    assert {one: group for one, group in _sat(site, item_id).items() if one != person} == {
        one: group for one, group in before.items() if one != person
    }


def test_what_cannot_be_is_said_and_what_was_typed_stays(site: Site) -> None:
    path, item_id = _gather(site, 3)
    staff = site.browser("staff")
    refused = staff.post(path + "/lav", RULES | {"number": "9"})
    assert refused.status_code == 422
    assert "Der er kun 3 at fordele på 9 grupper" in refused.text and 'value="9"' in refused.text
    assert staff.post(path + "/lav", RULES | {"number": "mange"}).status_code == 422
    assert staff.post(path + "/igen").status_code == 409
    assert "Sæt kryds ved mindst én person." in staff.post(path + "/personer", {"do": "move"}).text
    assert _sat(site, item_id) == {}
    with site.unit() as session:
        assert (
            session.scalars(select(Group.id).where(Group.item_id == item_id).order_by(Group.id)).all() == []
        )


def test_many_people_are_placed_by_a_job_and_the_page_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.groups.placing.MOST_AT_ONCE", 10)
    path, item_id = _gather(site, 12)
    staff = site.browser("staff")
    sent = staff.post(path + "/lav", RULES | {"number": "3"})
    assert sent.headers["location"] == path + "?kvittering=groups_asked"
    assert f'data-live="{path}/venter"' in staff.get(path).text
    assert "Grupperne bliver lavet" in staff.get(path + "/venter").text
    assert staff.post(path + "/igen").status_code == 409
    site.work()
    assert len(_sat(site, item_id)) == 12
    assert "Grupperne er klar." in staff.get(path + "/venter").text
    with site.unit() as session:
        assert session.get_one(GroupRound, item_id).state == "made"


def test_competitors_are_chosen_among_those_who_come_and_taken_off_again(site: Site) -> None:
    _gather(site, 8)
    staff = site.browser("staff")
    path = "/moeder/77/rediger/grupper"
    ids = re.findall(r'name="organisation_ids" value="(\d+)"', staff.get(path).text)
    assert staff.post(path + "/konkurrenter", {"organisation_ids": ids[0]}).status_code == 422
    sent = staff.post(path + "/konkurrenter", {"organisation_ids": ids[:2]})
    assert sent.headers["location"] == path + "?kvittering=rivals_parted"
    page = staff.get(path).text
    gone = re.search(r'action="([^"]+/konkurrenter/\d+/slet)"', page)
    assert gone is not None
    staff.post(gone[1])
    assert "/slet" not in staff.get(path).text


def test_lists_and_signs_name_only_who_agreed_and_carry_the_code(site: Site) -> None:
    path, item_id = _gather(site, 6)
    staff = site.browser("staff")
    staff.post(path + "/lav", RULES | {"number": "2"})
    with site.unit() as session:
        meeting_id = session.get_one(GroupRound, item_id).meeting_id
        code = open_room(session, SYSTEM, meeting_id).code
        numbers = session.scalars(
            select(Group.number).where(Group.item_id == item_id).order_by(Group.id)
        ).all()
    lists = staff.get(path + "/lister").text
    assert "Deltager 001" not in lists and "6 er ikke med" in lists
    assert "Deltager 001" in staff.get(path + "/lister?alle=1").text
    signs = staff.get(path + "/skilte").text
    assert [f"{code}-{number}" in signs for number in numbers] == [True, True]
    assert signs.count('class="qr"') == 2


def test_groups_are_for_staff_and_only_the_own_one_is_seen_by_others(site: Site) -> None:
    path, item_id = _gather(site, 4)
    with site.unit() as session:
        round_item = session.get_one(Registration, min(session.scalars(select(Registration.id))))
        meeting_id = round_item.meeting_id
        meeting, item = session.get_one(Meeting, meeting_id), session.get_one(AgendaItem, item_id)
        meeting.status, meeting.held_on = "open", today()
        own = put_sign_up_row(session, site.people.vendor, meeting)
        group, other = (add_group_row(session, meeting, item, task=task) for task in ("Vores", "Deres"))
        put_in_group(session, item, group.id, own)
        put_in_group(session, item, other.id, round_item)
        names = group.name, other.name
    for who, status in (("stranger", 303), ("vendor", 403), ("auditor", 403)):
        browser = site.browser(who)
        for door in ("", "/lister", "/skilte"):
            assert browser.get(path + door).status_code == status
        assert [browser.post(f"{path}/{door}").status_code for door in ROUND_DOORS] == [status] * 7
    page = site.browser("vendor").get("/moeder/77").text
    assert f"Du sidder i {names[0]}" in page
    assert "Du sidder i" not in site.browser("rival").get("/moeder/77").text
    assert f"Du sidder i {names[0]}" in site.browser("vendor").get("/mit").text


def test_statements_do_not_grow_with_people_and_groups(site: Site) -> None:
    path, _ = _gather(site, 8)
    staff = site.browser("staff")
    staff.post(path + "/lav", RULES | {"number": "2"})
    few = site.count_statements(staff, path)
    more, _ = _gather(site, 40, key="78")
    more = more.replace("/77/", "/78/")
    staff.post(more + "/lav", RULES | {"number": "8"})
    assert site.count_statements(staff, more) == few


def test_who_comes_unannounced_is_put_into_the_smallest_group_by_itself(site: Site) -> None:
    path, item_id = _gather(site, 5)
    with site.unit() as session:
        meeting = session.get_one(Meeting, session.get_one(AgendaItem, item_id).meeting_id)
        open_room_of(session, meeting)
    staff = site.browser("staff")
    staff.post(path + "/lav", RULES | {"number": "2"})
    small = min(Counter(_sat(site, item_id).values()).items(), key=lambda one: one[1])[0]
    walked = {"name": "Vagn Walk-in", "organisation_name": "Firma 001", "organisation_kind": "vendor"}
    assert staff.post("/moeder/77/indtjekning/ny", walked).status_code == 303
    site.work()
    with site.unit() as session:
        placed = session.scalars(select(Placement).where(Placement.attendee_id.is_not(None))).one()
        assert (placed.item_id, placed.group_id) == (item_id, small)
    assert "Vagn Walk-in" in staff.get(path).text
