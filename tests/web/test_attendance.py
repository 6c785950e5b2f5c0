"""The door on the day: the list, the ticket, who comes unannounced, who was there; the rules of the room."""

import re

from sqlalchemy import select

from app.core.audit import AuditEntry
from app.domain.attendance.checking_in import seal_ticket
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.meetings.models import Meeting
from tests.in_room import guest_browser, open_room
from tests.people import add_actor, with_role
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row
from tests.site import Site

DOOR = "/moeder/12/indtjekning"


def meeting_with(site: Site, *names: str, **room: object) -> tuple[Meeting, dict[str, int]]:
    """A meeting today with a room, and the sign-ups of these people by name."""
    with site.unit() as session:
        meeting = add_meeting_row(session, "12")
        open_room(session, meeting, **room)
        people = site.people
        made = {name: put_sign_up_row(session, getattr(people, name), meeting).id for name in names}
    return meeting, made


def attendees(site: Site) -> list[tuple[int | None, str, bool]]:
    with site.unit() as session:
        rows = session.scalars(select(Attendee).order_by(Attendee.id))
        return [(one.registration_id, one.name, one.checked_in_at is not None) for one in rows]


def test_somebody_on_the_list_is_checked_in_once_and_it_can_be_undone(site: Site) -> None:
    _meeting, made = meeting_with(site, "vendor", "municipality")
    staff = site.browser("staff")
    assert "af 2 er tjekket ind" in staff.get(DOOR).text
    given = {"registration_id": made["vendor"]}
    assert staff.post(DOOR, given).headers["location"] == f"{DOOR}?kvittering=checked_in"
    staff.post(DOOR, given)
    assert attendees(site) == [(made["vendor"], "Vera Vendor", True)]
    with site.unit() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "check_in").order_by(AuditEntry.id)
        ).all()
        assert len(entries) == 1
        attendee_id = session.scalar(select(Attendee.id))
    staff.post(f"{DOOR}/fortryd", {"attendee_id": attendee_id})
    assert attendees(site) == [(made["vendor"], "Vera Vendor", False)]


def test_a_script_is_told_that_it_is_taken(site: Site) -> None:
    _meeting, made = meeting_with(site, "vendor")
    headers = {"Accept": "application/json"}
    answer = site.browser("staff").post(DOOR, {"registration_id": made["vendor"]}, headers=headers)
    assert answer.json() == {"ok": True, "path": f"{DOOR}?kvittering=checked_in", "say": "Tjekket ind."}


def test_nobody_is_checked_in_at_another_meeting_or_by_others(site: Site) -> None:
    _meeting, made = meeting_with(site, "vendor")
    with site.unit() as session:
        other = add_meeting_row(session, "13")
        open_room(session, other)
    given = {"registration_id": made["vendor"]}
    assert site.browser("staff").post("/moeder/13/indtjekning", given).status_code == 404
    assert site.browser("vendor").get(DOOR).status_code == 403
    assert site.browser("vendor").post(DOOR, given).status_code == 403
    assert site.browser().get(DOOR).status_code == 303
    with site.unit() as session:
        helper = with_role(session, add_actor(session, "Frida Facilitator", None), other.id, "facilitator")
    assert site.browser(helper).get("/moeder/13/indtjekning").status_code == 200
    assert site.browser(helper).post(DOOR, given).status_code == 403
    assert attendees(site) == []


def test_who_comes_unannounced_is_checked_in_and_counted_apart(site: Site) -> None:
    _meeting, made = meeting_with(site, "vendor", "municipality")
    staff = site.browser("staff")
    wrong = staff.post(f"{DOOR}/ny", {"name": "", "organisation_name": "Her Kommune"})
    assert wrong.status_code == 422
    assert 'value="Her Kommune"' in wrong.text
    given = {"name": "Ubudt <i>Gæst", "organisation_name": "her kommune", "email": "u@her.example"}
    assert staff.post(f"{DOOR}/ny", given).status_code == 303
    staff.post(DOOR, {"registration_id": made["vendor"]})
    page = staff.get("/moeder/12/fremmoede").text
    facts = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"2\s+tjekket ind\s+2\s+havde plads\s+1\s+kom ikke\s+1\s+kom uden plads", facts)
    assert "Ubudt &lt;i&gt;Gæst" in staff.get(DOOR).text
    lines = staff.get("/moeder/12/fremmoede.csv").text.splitlines()
    assert [line.split(";")[0] for line in lines[1:]] == ["Mona Kommune", "Ubudt <i>Gæst", "Vera Vendor"]
    assert "Her Kommune;Kommune" in lines[2]
    with site.unit() as session:
        assert session.scalar(select(AuditEntry.after).where(AuditEntry.verb == "export")) == {"rows": 3}


def test_the_ticket_checks_in_where_staff_scans_it_and_tells_others_nothing(site: Site) -> None:
    _meeting, made = meeting_with(site, "vendor")
    ticket = site.browser("vendor").get("/moeder/12/tilmelding/billet")
    assert "<svg" in ticket.text
    assert site.browser("rival").get("/moeder/12/tilmelding/billet").status_code == 404
    with site.unit() as session:
        path = f"{DOOR}/{made['vendor']}/{seal_ticket(session, made['vendor'])}"
    for who in ("stranger", "rival", "vendor"):
        page = site.browser(who).get(path)
        assert page.status_code == 200
        assert "Tjek ind" not in page.text
        assert "Soft A/S" not in re.sub(r"<a [^>]*>.*?</a>", "", page.text) or who == "vendor"
    assert site.browser("staff").get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert "Vera Vendor" in site.browser("staff").get(path).text
    assert attendees(site) == []
    assert site.browser("vendor").post(path).status_code == 403
    assert site.browser("staff").post(path).status_code == 303
    assert attendees(site) == [(made["vendor"], "Vera Vendor", True)]


def test_who_is_checked_in_at_the_door_and_joins_is_one(site: Site) -> None:
    meeting, made = meeting_with(site, "vendor")
    staff, vendor = site.browser("staff"), site.browser("vendor")
    staff.post(DOOR, {"registration_id": made["vendor"]})
    with site.unit() as session:
        code = session.get_one(LiveRoom, meeting.id).code
    assert vendor.post(f"/k/{code}", {"shown_as": "name"}).status_code == 303
    assert attendees(site) == [(made["vendor"], "Vera Vendor", True)]


def test_a_guest_is_shown_out_and_let_in_again(site: Site) -> None:
    meeting, _made = meeting_with(site)
    guest, staff = guest_browser(site, meeting), site.browser("staff")
    with site.unit() as session:
        attendee_id = session.scalar(select(Attendee.id))
    path = f"/moeder/12/fremmoede/{attendee_id}"
    assert site.browser("vendor").post(f"{path}/vis-ud").status_code == 403
    staff.post(f"{path}/vis-ud")
    assert guest.get("/moeder/12/lokale/vist-som").status_code == 404
    staff.post(f"{path}/luk-ind")
    assert guest.get("/moeder/12/lokale/vist-som").status_code == 200


def test_the_list_takes_as_many_statements_for_thirty_as_for_one(site: Site) -> None:
    meeting, _made = meeting_with(site, "vendor")
    staff = site.browser("staff")
    few = [site.count_statements(staff, path) for path in (DOOR, "/moeder/12/fremmoede")]
    with site.unit() as session:
        for number in range(30):
            put_sign_up_row(session, add_actor(session, f"Navn{number} Nummer{number}", None), meeting)
    assert [site.count_statements(staff, path) for path in (DOOR, "/moeder/12/fremmoede")] == few


def test_staff_makes_the_room_sets_its_rules_and_prints_the_sign(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "12")
    staff = site.browser("staff")
    path = "/moeder/12/rediger/lokale"
    assert "Lav lokalet" in staff.get(path).text
    assert site.browser("vendor").post(f"{path}/lav").status_code == 403
    staff.post(f"{path}/lav")
    with site.unit() as session:
        code = session.get_one(LiveRoom, meeting.id).code
    assert code in staff.get(path).text
    rules = {"names": "chatham", "stays_open_days": "3", "version": "1"}
    assert staff.post(path, rules).status_code == 303
    stale = staff.post(path, rules | {"names": "organisation"})
    assert stale.status_code == 409
    assert "Kun organisation, ingen navne" in stale.text
    assert staff.post(path, rules | {"version": "2", "stays_open_days": "61"}).status_code == 422
    sign = staff.get(f"{path}/skilt").text
    assert f"/k/{code}</span>" in sign
    assert "<svg" in sign
    assert "Alle er anonyme." in sign
    staff.post(f"{path}/kode")
    with site.unit() as session:
        room = session.get_one(LiveRoom, meeting.id)
        assert room.code != code
        assert (room.names, room.lets_guests, room.stays_open_days) == ("chatham", False, 3)
