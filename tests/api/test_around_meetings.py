"""What staff's programs do around a meeting: groups, seats, invitations, speakers' links, minutes,
closing, evaluations and summaries. The same verbs as on the pages, and hidden is what is hidden there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core.clock import now, today
from app.core.policy import SYSTEM
from app.domain.evaluations.models import EvaluationRemark
from app.domain.evaluations.recording import put_evaluation
from app.domain.evaluations.schemas import EvaluationFacts
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Letter
from tests.api.programs import new_program
from tests.api.test_verbs import post, writer
from tests.in_groups import gather_people
from tests.on_minutes import comment_on, sections_of, show_minutes
from tests.said import add_group_row, add_item_row, add_meeting_row, put_said
from tests.signing_up import add_open_meeting, attending, put_sign_up_row, sign_up_for
from tests.site import Site
from tests.speaking import add_coming_talk

IN_A_WEEK = (today() + timedelta(days=7)).isoformat()


def read(program: TestClient, path: str) -> Any:
    return program.get(f"/api/v1{path}")


def put(program: TestClient, path: str, body: Any, **headers: str) -> Any:
    return program.put(f"/api/v1{path}", json=body, headers=headers)


def upon(answer: Any) -> dict[str, str]:
    return {"If-Match": answer.headers["etag"]}


@pytest.fixture
def staff(site: Site) -> TestClient:
    return writer(site, "staff", "staff")


@pytest.fixture
def stranger(site: Site) -> TestClient:
    return new_program(site)


# --- groups


def test_groups_are_made_changed_and_read_by_all_with_their_tasks(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        path = f"/moeder/{meeting.key}/program/{add_item_row(session, meeting).id}/grupper"
    given = {"name": "Data", "task": "Hvad mangler vi?", "facilitator": "Frode Facilitator"}
    (made,) = post(staff, path, given).json()["items"]
    post(staff, path, {"name": "Drift"})
    edit = given | {"name": "Åbne data", "version": made["version"]}
    assert put(staff, f"{path}/{made['id']}", edit).status_code == 200
    assert put(staff, f"{path}/{made['id']}", edit).json()["title"] == "Changed meanwhile"
    post(staff, f"{path}/{made['id']}/flyt/ned")
    told = read(stranger, f"/moeder/{meeting.key}/grupper").json()["items"]
    assert [(one["name"], one["task"], one["facilitator"], one["version"]) for one in told] == [
        ("Drift", "", "", 1),
        ("Åbne data", "Hvad mangler vi?", "Frode Facilitator", 2),
    ]
    left = staff.request("DELETE", f"/api/v1{path}/{made['id']}").json()["items"]
    assert [one["name"] for one in left] == ["Drift"]


def test_a_group_under_an_item_of_the_draft_is_told_to_who_plans(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        path = f"/moeder/{meeting.key}/grupper"
        item, drafted = add_item_row(session, meeting), add_item_row(session, meeting)
        drafted.is_new = True
        ids = [add_group_row(session, meeting, one).id for one in (item, drafted, None)]
    told = [read(one, path).json()["items"] for one in (staff, stranger)]
    assert [[one["id"] for one in rows] for rows in told] == [ids, [ids[0], ids[2]]]


def test_groups_take_as_many_statements_for_thirty_as_for_one(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_item_row(session, meeting)
    counts: list[list[int]] = []
    read(staff, "/mig")  # that a key is used is noted once
    for more in (1, 29):
        with site.unit() as session:
            for _ in range(more):
                add_group_row(session, meeting, item)
        counts.append([])
        for program, at in ((stranger, "grupper"), (staff, f"grupper/{item.id}")):
            site.statements.clear()
            assert read(program, f"/moeder/{meeting.key}/{at}").status_code == 200
            counts[-1].append(len(site.statements))
    assert counts[0] == counts[1]


def test_people_are_put_into_groups_moved_locked_and_shown_and_nobody_else_reads_who_sits_where(
    site: Site, staff: TestClient
) -> None:
    with site.unit() as session:
        found = gather_people(session, 6)
        key, item_id = found.meeting.key, found.item.id
        rivals = {"organisation_ids": [one.id for one in found.organisations[:2]]}
        names = [one.name for one in found.organisations[:2]]
    path = f"/moeder/{key}/grupper/{item_id}"
    apart = post(staff, f"/moeder/{key}/grupper/konkurrenter", rivals)
    assert [one["names"] for one in apart.json()["items"]] == [names]
    assert [len(read(staff, path).json()[name]) for name in ("groups", "loose")] == [0, 6]
    made = post(staff, f"{path}/lav", {"number": 2})
    assert (made.status_code, made.json()["state"], made.headers["cache-control"]) == (
        200,
        "made",
        "no-store",
    )
    first, second = made.json()["groups"]
    assert [len(first["people"]), len(second["people"]), made.json()["loose"]] == [3, 3, []]
    moved = put(staff, f"{path}/personer", {"who": [first["people"][0]["who"]], "group_id": second["id"]})
    assert [len(one["people"]) for one in moved.json()["groups"]] == [2, 4]
    locked = put(staff, f"{path}/laas", {"who": [first["people"][1]["who"]]}).json()["groups"][0]["people"]
    assert sorted(one["is_locked"] for one in locked) == [False, True]
    assert post(staff, f"{path}/vis").json()["shown_at"] is not None
    assert post(staff, f"{path}/fortryd").json()["groups"][0]["people"][0]["is_locked"] is False
    others = [writer(site, "vendor"), writer(site, "staff")]
    assert [read(one, path).status_code for one in others] == [403, 403]


# --- seats and invitations


def test_seats_are_set_upon_what_was_read_and_kept_for_some(site: Site, staff: TestClient) -> None:
    with site.unit() as session:
        path = f"/moeder/{add_open_meeting(session).key}/pladser"
    before = read(staff, path)
    assert put(staff, path, {"seats": 40}).status_code == 428
    changed = put(staff, path, {"seats": 40, "seats_per_organisation": 3}, **upon(before))
    told = changed.json()
    assert (told["seats"], told["seats_per_organisation"], told["groups"]) == (40, 3, [])
    assert put(staff, path, {"seats": 50}, **upon(before)).json()["title"] == "Changed meanwhile"
    given = {"name": "Kommuner", "seats": 10, "kinds": ["municipality"]}
    (group,) = post(staff, path, given).json()["groups"]
    at, edit = f"{path}/{group['id']}", given | {"seats": 60, "version": group["version"]}
    assert put(staff, at, edit).json()["reason"] == "groups_exceed_seats"
    (group,) = put(staff, at, edit | {"seats": 12}).json()["groups"]
    assert (group["seats"], group["kinds"], group["taken"], group["left"]) == (12, ["municipality"], 0, 12)
    assert staff.request("DELETE", f"/api/v1{at}").json()["groups"] == []


def test_people_are_asked_to_come_by_way_of_the_outbox_and_who_comes_already_is_left_out(
    site: Site, staff: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session)
        sign_up_for(session, site.people.vendor, meeting)
        path = f"/moeder/{meeting.key}/invitationer"
    people = [{"email": "vera@soft.example"}, {"email": "ny@her.example", "name": "Ny Nielsen"}]
    checked = post(staff, f"{path}/tjek", {"people": people}).json()
    assert [(one["email"], one["name"], one["language"]) for one in checked["invited"]] == [
        ("ny@her.example", "Ny Nielsen", "da")
    ]
    assert [(one["email"], one["why"]) for one in checked["left_out"]] == [("vera@soft.example", "signed_up")]
    assert read(staff, path).json()["items"] == []
    asked = post(staff, path, {"people": people, "language": "en"})
    assert (asked.status_code, asked.headers["cache-control"]) == (201, "no-store")
    (one,) = asked.json()["items"]
    assert (one["email"], one["language"], one["state"]) == ("ny@her.example", "en", "in_outbox")
    with site.unit() as session:
        assert session.scalars(select(Letter.status).order_by(Letter.id)).all() == ["waiting"]
    back = post(staff, f"{path}/{one['id']}/traek-tilbage").json()
    assert (back["counts"], back["items"][0]["state"]) == ({"withdrawn": 1}, "withdrawn")
    assert read(staff, f"{path}?svar=nej-tak").json()["items"] == []
    assert read(writer(site, "vendor"), path).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"email": "æblet@her.example"}, {"email": "ny@her.example", "name": "010190-1234"}]
)
def test_what_a_pasted_list_may_not_hold_is_no_invitation_of_a_program_either(
    site: Site, staff: TestClient, wrong: dict[str, str]
) -> None:
    with site.unit() as session:
        path = f"/moeder/{add_open_meeting(session).key}/invitationer"
    answer = post(staff, path, {"people": [{"email": "ny@anden.example"}, wrong]})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["loc"][:3]) == (422, ["body", "people", 1])


def test_staff_decides_about_a_sign_up_with_a_reason_and_the_name_of_who_has_the_key(
    site: Site, staff: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=1)
        sign_up_for(session, site.people.vendor, meeting)
        waiting_id = sign_up_for(session, site.people.rival, meeting).id
        path = f"/moeder/{meeting.key}/tilmeldinger"
    (waiting,) = read(staff, f"{path}?vis=koe").json()["items"]
    assert (waiting["id"], waiting["name"], waiting["place"]) == (waiting_id, "Rita Rival", 1)
    at = f"{path}/{waiting_id}"
    assert post(staff, f"{at}/plads", {}).status_code == 422
    given = post(staff, f"{at}/plads", {"reason": "Holder oplæg"})
    assert (given.json()["status"], given.json()["is_extra"]) == ("registered", True)
    assert given.headers["cache-control"] == "no-store"
    (decision,) = read(staff, at).json()["decisions"]
    told = [decision[name] for name in ("kind", "reason", "before", "after", "decided_by")]
    assert told == ["seated", "Holder oplæg", "waiting", "extra", site.people.staff.name]
    again = post(staff, f"{at}/plads", {"reason": "Holder oplæg"})
    assert (again.status_code, again.json()["reason"]) == (409, "already_decided")
    ended = post(staff, f"{at}/meld-fra", {"reason": "Syg"}).json()
    assert (ended["status"], len(ended["decisions"])) == ("cancelled", 2)
    counts = {name: count for name, count in read(staff, path).json()["counts"].items() if count}
    assert counts == {"registered": 1, "cancelled": 1}
    assert read(writer(site, "vendor"), path).status_code == 403


# --- speakers


def test_a_speakers_link_is_told_to_staff_replaced_and_taken_back(site: Site, staff: TestClient) -> None:
    with site.unit() as session:
        talk = add_coming_talk(session)
        every, path = talk.all_path, f"{talk.all_path}/{talk.person.id}"
    (listed,) = read(staff, every).json()["items"]
    assert "link" not in listed
    assert (listed["name"], listed["email"], listed["lacks"]) == (
        "Oda Oplæg", "oda@eksempel.example", ["text", "slides", "answer"],
    )  # fmt: skip
    first = read(staff, path)
    renewed = post(staff, f"{path}/nyt-link").json()["link"]
    assert first.headers["cache-control"] == "no-store"
    browser = site.browser()
    opened = [browser.get(link.removeprefix("http://testserver")) for link in (first.json()["link"], renewed)]
    assert [one.status_code for one in opened] == [404, 200]
    ended = post(staff, f"{path}/luk-link").json()
    assert (ended["link"], ended["is_link_ended"]) == (None, True)
    assert browser.get(renewed.removeprefix("http://testserver")).status_code == 404
    assert post(staff, f"{every}/send-link").json()["reason"] == "no_speaker_to_write_to"
    silent = put(staff, f"{path}/slides", {"item_id": talk.item.id, "has_no_slides": True}).json()
    assert silent["lacks"] == ["text", "answer"]
    assert read(writer(site, "vendor"), path).status_code == 403


# --- minutes, from the first word until all read them


def test_minutes_are_written_sent_round_commented_on_and_approved_and_read_by_whom_they_are_open_to(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "21")
        meeting.held_on = today() - timedelta(days=3)
        item = add_item_row(session, meeting, "Velkomst")
        for who in (site.people.vendor, site.people.municipality):
            put_sign_up_row(session, who, meeting)
        place, meeting_id = f"item-{item.id}", meeting.id
    path, closing = "/moeder/21/referat", "/moeder/21/afslut"
    vendor, rival = writer(site, "vendor"), writer(site, "rival")
    written = put(staff, path, {"sections": [{"place": place, "text": "Formanden bød velkommen."}]})
    assert (written.json()["state"], written.json()["is_working"]) == ("draft", True), written.text
    stale = put(staff, path, {"sections": [{"place": place, "text": "Ingen bød velkommen."}]})
    assert stale.json()["title"] == "Changed meanwhile"
    assert [read(one, path).status_code for one in (vendor, stranger)] == [404, 404]

    open_gaps = read(staff, closing)
    assert open_gaps.json()["missing"] > 0
    early = post(staff, f"{closing}/referat", {"comment_until": IN_A_WEEK}, **upon(open_gaps))
    assert early.json()["reason"] == "closing_gaps_open"
    explained = post(staff, f"{closing}/hvorfor", {"reason": "Sådan blev det"})
    assert (explained.json()["gaps"], explained.json()["reasons"][0]["reason"]) == ([], "Sådan blev det")
    sent = post(staff, f"{closing}/referat", {"comment_until": IN_A_WEEK}, **upon(explained))
    assert (sent.json()["status"], sent.json()["comment_until"]) == ("minutes_in_review", IN_A_WEEK)
    answers = [read(one, path) for one in (vendor, rival, stranger)]
    assert [one.status_code for one in answers] == [200, 403, 401]
    assert answers[1].json()["reason"] == "minutes_only_for_those_there"

    with site.unit() as session:
        there = attending(site.people, meeting := session.get_one(Meeting, meeting_id), "vendor")
        comment_id = comment_on(session, there.vendor, meeting, "Det var næstformanden").id
        section = sections_of(session, meeting)["Velkomst"]
    at = f"{path}/bemaerkninger/{comment_id}"
    waiting = read(staff, at)
    taken_in = {
        "decision": "taken_in",
        "text": "Næstformanden bød velkommen.",
        "text_version": section.version,
    }
    blocked = post(staff, f"{path}/godkend", {"is_early": True}, **upon(read(staff, path)))
    assert blocked.json()["reason"] == "minutes_comments_open"
    decided = put(staff, at, taken_in, **upon(waiting))
    assert (decided.json()["decision"], decided.json()["is_own"]) == ("taken_in", False)
    assert [one["decision"] for one in read(vendor, f"{path}/bemaerkninger").json()["items"]] == ["taken_in"]
    assert read(rival, f"{path}/bemaerkninger").status_code == 403

    approved = post(staff, f"{path}/godkend", {"is_early": True}, **upon(read(staff, path)))
    assert (approved.status_code, approved.json()["state"]) == (200, "approved"), approved.text
    shown = read(stranger, path).json()
    assert [one["text"] for one in shown["sections"] if one["text"]] == ["Næstformanden bød velkommen."]
    numbers = {
        name: [one["number"] for one in read(program, f"{path}/udgaver").json()["items"]]
        for name, program in (("stranger", stranger), ("vendor", vendor))
    }
    assert numbers == {"stranger": [2], "vendor": [2, 1]}
    assert [read(one, f"{path}/udgaver/1").status_code for one in (stranger, vendor)] == [404, 200]


def test_a_hidden_comment_is_read_by_staff_alone_until_it_is_shown_again(
    site: Site, staff: TestClient
) -> None:
    with site.unit() as session:
        meeting = show_minutes(session, site.people.staff)
        for who in (site.people.vendor, site.people.rival):
            put_sign_up_row(session, who, meeting)
        there = attending(site.people, meeting, "vendor")
        comment_id = comment_on(session, there.vendor, meeting, "Hun var syg den dag").id
        path = f"/moeder/{meeting.key}/referat/bemaerkninger"
    at, rival = f"{path}/{comment_id}", writer(site, "rival")
    hidden = post(staff, f"{at}/skjul", {"reason": "Helbred"}, **upon(read(staff, at)))
    assert hidden.json()["hidden_reason"] == "Helbred"
    assert read(rival, path).json()["items"] == []
    post(staff, f"{at}/vis", **upon(hidden))
    assert [one["text"] for one in read(rival, path).json()["items"]] == ["Hun var syg den dag"]


# --- evaluations


def test_an_evaluation_is_moved_closed_and_counted_and_no_answer_is_told(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.held_on, meeting.status = today(), "closed"
        path = f"/moeder/{meeting.key}/evaluering"
    before = read(staff, path)
    assert (before.json()["state"], before.json()["so_far"]) == ("open", 0)
    moved = put(staff, f"{path}/frist", {"closes_on": IN_A_WEEK}, **upon(before))
    assert moved.json()["closes_on"] == IN_A_WEEK
    told = read(stranger, path).json()
    assert (told["state"], told["so_far"], told["answers"], told["remarks"]) == ("open", None, None, [])
    assert post(staff, f"{path}/luk").json()["state"] == "none"
    again = put(staff, f"{path}/frist", {"closes_on": IN_A_WEEK}, **{"If-Match": "*"})
    assert again.json()["reason"] == "evaluation_counted"


def test_how_a_meeting_was_evaluated_is_for_all_and_words_to_the_organisers_for_staff(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    facts = {"answers": 6, "worth": [0, 0, 1, 3, 2], "heard": [2, 2, 1, 0, 0], "next": [1, 1, 0, 0, 0]}
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.held_on, meeting.status = today(), "closed"
        put_evaluation(session, SYSTEM, meeting.id, now(), EvaluationFacts.model_validate(facts))
        session.add(EvaluationRemark(meeting_id=meeting.id, text="Kaffen var kold"))
        path = f"/moeder/{meeting.key}/evaluering"
    told = read(stranger, path).json()
    results = [(one["code"], one["counts"], one["average"], one["high_share"]) for one in told["questions"]]
    # Too few answered the third question.
    assert results == [("worth", [0, 0, 1, 3, 2], 4.17, 83), ("heard", [2, 2, 1, 0, 0], 1.8, 0)]
    assert (told["state"], told["answers"], told["remarks"]) == ("counted", 6, [])
    (line,) = read(stranger, "/evaluering").json()["items"]
    assert (line["meeting_key"], line["questions"]) == (told["meeting_key"], told["questions"])
    (remark,) = read(staff, path).json()["remarks"]
    assert remark["text"] == "Kaffen var kold"
    gone = staff.request("DELETE", f"/api/v1{path}/bemaerkninger/{remark['id']}")
    assert gone.json()["remarks"] == []


# --- closing


def test_what_is_missing_is_mended_by_programs_as_on_the_page(site: Site, staff: TestClient) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "21")
        meeting.held_on = today() - timedelta(days=3)
        wish = put_said(session, "Færre logins", kind="wish", meeting_id=meeting.id, status="received")
        wish_id, reference = wish.id, wish.reference
    path = "/moeder/21/afslut"
    before = {
        one["kind"]: [thing["reference"] for thing in one["things"]]
        for one in read(staff, path).json()["gaps"]
    }
    assert before["unthemed"] == before["no_answer_by"] == [reference]
    given = post(staff, f"{path}/svarfrister", {"answer_by": IN_A_WEEK})
    assert "no_answer_by" not in [one["kind"] for one in given.json()["gaps"]]
    why = post(staff, f"{path}/hvorfor", {"kind": "unthemed", "thing_ids": [wish_id], "reason": "Intet tema"})
    assert "unthemed" not in [one["kind"] for one in why.json()["gaps"]]
    (reason,) = why.json()["reasons"]
    assert (reason["kind"], reason["count"], reason["reason"]) == ("unthemed", 1, "Intet tema")
    back = staff.request("DELETE", f"/api/v1{path}/begrundelser/{reason['id']}").json()
    assert (back["reasons"], "unthemed" in [one["kind"] for one in back["gaps"]]) == ([], True)
    assert read(writer(site, "vendor"), path).status_code == 403


# --- summaries


def test_a_summary_is_written_published_replaced_and_taken_back_with_its_editions(
    site: Site, staff: TestClient, stranger: TestClient
) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "21")
        body = "Vi vil have færre logins."
        reference = put_said(session, "Færre logins", body=body, meeting_id=meeting.id).reference
    shown = "/moeder/21/opsummering"
    begun = post(staff, f"{shown}/skriv")
    assert (begun.status_code, begun.json()["draft"]["sentences"]) == (201, []), begun.text
    path = f"/opsummeringer/{begun.json()['id']}"
    words = {"text": "Nogen vil have »færre logins«.", "sources": reference}
    assert post(staff, f"{path}/saetninger", words).status_code == 428
    false = post(staff, f"{path}/saetninger", words | {"text": "»Ingen logins«"}, **upon(begun))
    assert false.json()["reason"] == "summary_false_quote"
    said = post(staff, f"{path}/saetninger", words, **upon(begun))
    (sentence,) = said.json()["draft"]["sentences"]
    assert (sentence["written"], sentence["references"]) == (words["text"], reference)
    assert [read(stranger, one).status_code for one in (shown, f"{path}/udgaver")] == [404, 404]
    out = post(staff, f"{path}/udgiv", **upon(said))
    assert (out.json()["draft"], [one["number"] for one in out.json()["editions"]]) == (None, [1])

    again = post(staff, f"{shown}/skriv")
    (sentence,) = again.json()["draft"]["sentences"]
    at = f"{path}/saetninger/{sentence['id']}"
    edited = put(staff, at, words | {"text": "Flere vil have »færre logins«."}, **upon(again))
    post(staff, f"{path}/udgiv", **upon(edited))
    editions = read(stranger, f"{path}/udgaver").json()["items"]
    texts = [
        read(stranger, f"{path}/udgaver/{one['number']}").json()["sentences"][0]["text"] for one in editions
    ]
    assert texts == ["Flere vil have »færre logins«.", "Nogen vil have »færre logins«."]
    assert read(stranger, shown).json()["sentences"][0]["text"] == texts[0]
    post(staff, f"{path}/tag-tilbage", **{"If-Match": "*"})
    gone = [read(stranger, one).status_code for one in (shown, f"{path}/udgaver", f"{path}/udgaver/1")]
    assert gone == [404, 404, 404]
    assert read(writer(site, "vendor"), f"{path}/skriv").status_code == 403


def test_what_is_done_twice_under_one_key_happens_once(site: Site, staff: TestClient) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=40)
        path = f"/moeder/{meeting.key}/pladser"
    headers = {"Idempotency-Key": "fagsystem-0001"}
    given = {"name": "Kommuner", "seats": 2, "kinds": ["municipality"]}
    first, second = (staff.post(f"/api/v1{path}", json=given, headers=headers) for _ in range(2))
    assert (first.json(), second.headers["idempotency-replayed"]) == (second.json(), "true")
    assert len(second.json()["groups"]) == 1
