"""Doors made with the kit: by the versions of the things and of their parts, by the rules of the pages."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from starlette.testclient import TestClient

from app.core.clock import today
from tests.api.bodies import AIM
from tests.api.programs import make_key, new_program
from tests.promised import add_commitment
from tests.signing_up import add_open_meeting
from tests.site import Site

DAY = (today() + timedelta(days=40)).isoformat()


def writer(site: Site, who: str, *more: Any) -> TestClient:
    return new_program(site, make_key(site, who, "write", *more))


def post(program: TestClient, path: str, body: Any = None, **headers: str) -> Any:
    return program.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": str(uuid4())} | headers)


def test_the_version_of_a_thing_is_asked_for_in_the_header_and_that_of_a_part_in_the_body(site: Site) -> None:
    models = new_program(site).get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert "version" not in models["CommitmentEditIn"]["properties"]
    assert "version" in models["MilestoneEdit"]["required"]


def test_steps_and_measures_of_a_promise_are_written_by_who_promised_it(site: Site) -> None:
    with site.unit() as session:
        reference = add_commitment(session, site.people.vendor).reference
    path, own, rival = f"/forpligtelser/{reference}", writer(site, "vendor"), writer(site, "rival")
    step = {"title": "Første udgave", "due_on": DAY}
    assert post(rival, f"{path}/milepaele", step).status_code == 403
    made = post(own, f"{path}/milepaele", step)
    (one,) = made.json()["milestones"]
    at = f"{path}/milepaele/{one['id']}"
    reworded = own.put(f"/api/v1{at}", json=step | {"title": "Et notat", "version": one["version"]})
    assert (reworded.status_code, reworded.json()["reason"]) == (409, "milestone_words_fixed")
    ticked = post(own, f"{at}/naaet", {"done_on": today().isoformat(), "version": one["version"]})
    assert ticked.json()["milestones"][0]["done_on"] == today().isoformat()
    stale = post(own, f"{at}/naaet", {"version": one["version"]})
    assert (stale.status_code, stale.json()["title"]) == (412, "Changed meanwhile")
    # What is measured is staff's to say, once the promise is out.
    assert post(own, f"{path}/indikatorer", AIM).status_code == 403
    staff = writer(site, "staff", "staff")
    (aim,) = post(staff, f"{path}/indikatorer", AIM).json()["indicators"]
    figure = {"measured_on": today().isoformat(), "value": "12", "source_text": "Talt op"}
    at = f"{path}/indikatorer/{aim['id']}/maalinger"
    (measured,) = post(own, at, figure).json()["indicators"][0]["measurements"]
    mended = figure | {"value": "11", "reason": "Talt forkert"}
    told = post(own, f"{at}/{measured['id']}/ret", mended).json()["indicators"][0]["measurements"]
    assert [one["value"] for one in told] == ["11.0000"]


def test_somebody_signs_up_changes_it_and_cancels_and_nobody_keeps_the_answer(site: Site) -> None:
    with site.unit() as session:
        key = add_open_meeting(session, "12").key
    program, path = writer(site, "municipality"), f"/moeder/{key}/tilmelding"
    other = post(program, path, {"organisation": site.people.vendor.organisation_id})
    assert (other.status_code, other.json()["reason"]) == (409, "not_own_organisation")
    needs = {"diets": ["vegan"], "agrees_to_needs": True, "is_listed": False}
    made = post(program, path, needs | {"organisation": site.people.municipality.organisation_id})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store"), made.text
    assert (made.json()["own"]["status"], made.json()["own"]["diets"]) == ("registered", ["vegan"])
    address = f"/api/v1{path}"
    read = program.get(address)
    assert read.headers["cache-control"] == "no-store"
    assert program.put(address, json={}).status_code == 428
    changed = program.put(address, json={"title": "Chef"}, headers={"If-Match": read.headers["etag"]})
    assert (changed.json()["own"]["title"], changed.json()["own"]["diets"]) == ("Chef", [])
    assert writer(site, "neighbour").get(address).json()["own"] is None
    assert program.request("DELETE", address).json()["own"] is None


def test_an_answer_is_drafted_and_published_by_staff_and_seen_by_all_only_then(site: Site) -> None:
    wish = post(writer(site, "vendor"), "/oensker", {"title": "Ét sted", "body": "Til alt."}).json()
    staff, stranger = writer(site, "staff", "staff"), new_program(site)
    case = staff.get(f"/api/v1/indbakke/{wish['reference']}").json()
    draft = {
        "verdict": "yes",
        "text": "Ja, det gør vi.",
        "reason": "Det er der brug for.",
        "contribution_ids": [case["id"]],
        "organisation_ids": [site.people.staff.organisation_id],
    }
    assert post(writer(site, "staff"), "/indbakke/svar", draft).status_code == 403
    made = post(staff, "/indbakke/svar", draft)
    assert made.status_code == 201, made.text
    path = f"/indbakke/svar/{made.json()['id']}"
    assert stranger.get("/api/v1/svar").json()["items"] == []
    assert stranger.get(f"/api/v1{path}").status_code == 401
    ready = post(staff, f"{path}/klar", **{"If-Match": made.headers["etag"]})
    late = post(staff, f"{path}/udgiv", **{"If-Match": made.headers["etag"]})
    assert (ready.json()["state"], late.status_code) == ("prepared", 412)
    assert post(staff, f"{path}/udgiv", **{"If-Match": ready.headers["etag"]}).json()["state"] == "published"
    assert [one["text"] for one in stranger.get("/api/v1/svar").json()["items"]] == ["Ja, det gør vi."]


def test_a_programme_is_changed_as_a_draft_upon_what_was_read(site: Site) -> None:
    staff = writer(site, "staff", "staff")
    key = post(staff, "/moeder", {"title": "Møde om data", "held_on": DAY}).json()["key"]
    post(staff, f"/moeder/{key}/program", {"kind": "talk", "title": "Om data"})
    path = f"/moeder/{key}/program"
    (item,) = staff.get(f"/api/v1{path}/kladde").json()["items"]
    at = f"/api/v1{path}/{item['id']}"
    talk = {"kind": "talk", "title": "Om åbne data", "version": item["version"]}
    assert staff.put(at, json=talk).json()["items"][0]["title"] == "Om åbne data"
    assert staff.put(at, json=talk).json()["title"] == "Changed meanwhile"
    part = post(staff, f"{path}/{item['id']}/medvirkende", {"name": "Oda Oplæg", "title": "Chef"})
    assert [one["name"] for one in part.json()["items"][0]["people"]] == ["Oda Oplæg"]
    off = post(staff, f"/moeder/{key}/aflys", {"reason": "Salen er væk"}, **{"If-Match": "*"})
    # What nobody knows of is not called off.
    assert off.status_code == 409, off.text
    assert writer(site, "vendor").get(f"/api/v1{path}/kladde").status_code == 403


def test_what_one_sees_is_followed_and_what_one_does_not_see_is_not_there(site: Site) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session, "12")
        hidden = add_commitment(session, site.people.staff, visibility="staff")
        seen_id, hidden_id = meeting.id, hidden.id
    program = writer(site, "vendor")
    followed = program.put(f"/api/v1/foelger/moede/{seen_id}", json={"pace": "weekly"}).json()["items"]
    assert [(one["kind"], one["id"], one["pace"]) for one in followed] == [("meeting", seen_id, "weekly")]
    answers = [
        program.put(f"/api/v1/foelger/forpligtelse/{number}", json={}) for number in (hidden_id, 2**40)
    ]
    assert [(one.status_code, one.json()) for one in answers] == [(404, answers[0].json())] * 2
    assert program.request("DELETE", f"/api/v1/foelger/moede/{seen_id}").json()["items"] == []
