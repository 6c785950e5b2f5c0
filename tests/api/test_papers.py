"""Doors for those who keep papers: tenders, the ledger, committees, a municipality's policy, the inbox."""

from datetime import timedelta
from typing import Any

from app.core.clock import today
from app.domain.bodies import service as bodies
from app.domain.bodies.schemas import BodyInput
from app.domain.organisations.models import Organisation
from app.domain.strategies.own_policy import choose_writer
from tests.api.programs import new_program
from tests.api.test_verbs import post, writer
from tests.noted import add_entry, ask_alone
from tests.people import add_actor
from tests.said import put_said
from tests.site import Site

LATER = (today() + timedelta(days=30)).isoformat()


def read(program: Any, path: str) -> Any:
    return program.get(f"/api/v1{path}").json()


# --- tenders and the ledger


def test_a_tender_is_seen_by_staff_alone_until_they_publish_it_upon_what_they_read(site: Site) -> None:
    staff, stranger = writer(site, "staff", "staff"), new_program(site)
    assert post(writer(site, "staff"), "/udbud", {"title": "Journal"}).status_code == 403
    made = post(staff, "/udbud", {"title": "Journal", "text": "Til alle.", "expected_on": LATER})
    assert made.status_code == 201, made.text
    path = f"/udbud/{made.json()['id']}"
    assert stranger.get(f"/api/v1{path}").status_code == 404
    edited = staff.put(
        f"/api/v1{path}", json={"title": "Journalsystem"}, headers={"If-Match": made.headers["etag"]}
    )
    late = post(staff, f"{path}/udgiv", **{"If-Match": made.headers["etag"]})
    assert (edited.status_code, late.status_code) == (200, 412)
    post(staff, f"{path}/udgiv", **{"If-Match": edited.headers["etag"]})
    shown = read(stranger, path)
    named = ("title", "text", "state", "expected_on", "waiting")
    assert [shown[name] for name in named] == ["Journalsystem", "", "coming", None, None]


def test_tenders_come_in_parts_those_that_are_open_first(site: Site) -> None:
    staff = writer(site, "staff", "staff")
    for title, state in (("Skærme", "closed"), ("Journal", "open"), ("Telefoni", "coming")):
        made = post(staff, "/udbud", {"title": title})
        post(staff, f"/udbud/{made.json()['id']}/status", {"state": state}, **{"If-Match": "*"})
    first = read(staff, "/udbud?limit=2")
    assert [one["title"] for one in first["items"]] == ["Journal", "Telefoni"]
    rest = staff.get(first["next"]).json()
    assert ([one["title"] for one in rest["items"]], rest["next"]) == (["Skærme"], None)
    assert read(new_program(site), "/udbud") == {"items": [], "next": None}


def test_where_a_tender_is_announced_has_to_be_on_a_site_of_its_kind(site: Site) -> None:
    staff = writer(site, "staff", "staff")
    path = f"/udbud/{post(staff, '/udbud', {'title': 'Journal'}).json()['id']}"
    wrong = post(staff, f"{path}/bekendtgoerelser", {"kind": "ted", "url": "https://eksempel.example/1"})
    assert (wrong.status_code, [one["type"] for one in wrong.json()["errors"]]) == (422, ["notice_address"])
    notice = {"kind": "ted", "url": "https://ted.europa.eu/1"}
    (one,) = post(staff, f"{path}/bekendtgoerelser", notice).json()["notices"]
    again = post(staff, f"{path}/bekendtgoerelser", notice)
    assert (again.status_code, again.json()["reason"]) == (409, "tender_notice_known")
    gone = staff.request("DELETE", f"/api/v1{path}/bekendtgoerelser/{one['id']}")
    assert gone.json()["notices"] == []


def test_who_asks_is_told_to_staff_alone_and_what_is_shared_to_all(site: Site) -> None:
    staff = writer(site, "staff", "staff")
    path = f"/udbud/{post(staff, '/udbud', {'title': 'Journal'}).json()['id']}"
    post(staff, f"{path}/udgiv", **{"If-Match": "*"})
    with site.unit() as session:
        asked = ask_alone(session, site.people.vendor).reference
    named = post(staff, f"{path}/knyt", {"reference": asked, "question": "Må Soft A/S bruge skyen?"})
    assert named.json()["reason"] == "tender_names_asker"
    linked = post(staff, f"{path}/knyt", {"reference": asked, "question": "Er skyen tilladt?"}).json()
    (waiting,) = linked["waiting"]
    assert (waiting["question"], waiting["reference"]) == ("Er skyen tilladt?", asked)
    shared = post(staff, f"{path}/spoergsmaal", {"question": "Hvornår?", "answer": "Til maj."}).json()
    (question,) = shared["shared"]
    mended = {"question": "Hvornår?", "answer": "Til juni.", "why": "Det blev udsat", "version": 1}
    staff.put(f"/api/v1{path}/spoergsmaal/{question['id']}", json=mended)
    seen = read(writer(site, "vendor"), path)
    assert seen["waiting"] is None
    assert [(one["number"], one["answers"]) for one in seen["shared"]] == [(1, [{"text": "Til juni."}])]
    freed = staff.request("DELETE", f"/api/v1{path}/knyttede/{waiting['id']}").json()
    assert freed["waiting"] == []
    kept = staff.request("DELETE", f"/api/v1{path}/knyttede/{question['id']}")
    assert (kept.status_code, kept.json()["reason"]) == (409, "tender_shared_before")


def test_an_organisation_reads_what_is_noted_on_itself_and_asks_for_it_to_be_put_right(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        both = add_entry(session, people, people.vendor, people.rival).id
        foreign = add_entry(session, people, people.rival, subject="Et andet system").id
    vendor, staff = writer(site, "vendor"), writer(site, "staff", "staff")
    (entry,) = read(vendor, "/ligebehandling/noteret")["items"]
    own = [{"id": people.vendor.organisation_id, "name": "Soft A/S"}]
    assert (entry["id"], entry["organisations"], entry["others"]) == (both, own, 1)
    assert vendor.get(f"/api/v1/ligebehandling/noteret/{foreign}").status_code == 404
    assert vendor.get("/api/v1/ligebehandling/log").status_code == 403
    path = f"/ligebehandling/noteret/{both}/bed-om-rettelse"
    (request,) = post(vendor, path, {"text": "Det var en onsdag"}).json()["requests"]
    assert (request["text"], request["decision"]) == ("Det var en onsdag", None)
    again = post(vendor, path, {"text": "Det var en onsdag"})
    assert (again.status_code, again.json()["reason"]) == (409, "ledger_asked_before")
    # The rival was there, and is told neither of the other nor of what it asks.
    theirs = read(writer(site, "rival"), f"/ligebehandling/noteret/{both}")
    assert ([one["name"] for one in theirs["organisations"]], theirs["requests"]) == (["Rival ApS"], [])
    assert [one["id"] for one in read(staff, "/ligebehandling/log")["items"]] == [foreign, both]
    narrowed = read(staff, f"/ligebehandling/log?organisation={people.vendor.organisation_id}")
    assert [one["id"] for one in narrowed["items"]] == [both]
    assert [one["organisation"] for one in read(staff, "/ligebehandling/rettelser")["items"]] == ["Soft A/S"]


# --- committees


def _make_body(site: Site, visibility: str = "public", by: str = "Gerda Chef") -> str:
    """A committee of the municipality whose papers the municipality's own person keeps."""
    clerk = site.people.municipality
    with site.unit() as session:
        here = session.get_one(Organisation, clerk.organisation_id)
        admin = add_actor(session, by, here, "admin")
        given = {"kind": "section_17_4", "name": "Udvalget", "visibility": visibility}
        body = bodies.make_body(session, admin, BodyInput.model_validate(given))
        bodies.name_secretary(session, admin, body.id, clerk.membership_id or 0)
        return body.key


def test_seats_are_given_by_who_keeps_the_papers_and_others_see_those_that_are_public(site: Site) -> None:
    path = f"/udvalg/{_make_body(site)}"
    clerk, other = writer(site, "municipality"), writer(site, "neighbour")
    house = read(clerk, f"{path}/kolleger")["items"]
    assert other.get(f"/api/v1{path}/kolleger").status_code == 403
    own = next(one for one in house if one["name"] == site.people.municipality.name)
    post(clerk, f"{path}/medlemmer", {"user_id": own["user_id"], "title": "Chef"})
    public = {"name": "Oda Rådmand", "role": "chair", "source_url": "https://eksempel.example/"}
    whole = post(clerk, f"{path}/medlemmer", public).json()
    assert [(one["name"], one["role"]) for one in whole["members"]] == [
        ("Oda Rådmand", "chair"),
        (own["name"], "member"),
    ]
    assert [one["name"] for one in whole["secretaries"]] == [own["name"]]
    seen = read(other, path)
    assert ([one["name"] for one in seen["members"]], seen["secretaries"]) == (["Oda Rådmand"], [])
    chair = whole["members"][0]
    at = f"/api/v1{path}/medlemmer/{chair['id']}"
    named = {"role": "deputy", "source_url": "https://eksempel.example/", "version": chair["version"]}
    assert clerk.put(at, json=named).json()["members"][0]["role"] == "deputy"
    assert clerk.put(at, json=named).status_code == 412
    ended = post(clerk, f"{path}/medlemmer/{chair['id']}/slut", {"version": 2}).json()
    # Somebody who sits until today has had the seat.
    assert [one["name"] for one in ended["earlier_members"]] == ["Oda Rådmand"]
    assert post(other, f"{path}/medlemmer", public).status_code == 403


def test_days_of_a_committee_are_planned_moved_and_called_off(site: Site) -> None:
    path = f"/udvalg/{_make_body(site)}"
    clerk = writer(site, "municipality")
    (day,) = post(clerk, f"{path}/moeder", {"held_on": LATER, "place": "Rådhuset"}).json()["coming"]
    at = f"/api/v1{path}/moeder/{day['id']}"
    moved = clerk.put(at, json={"held_on": LATER, "place": "Biblioteket", "version": 1}).json()["coming"]
    assert [(one["place"], one["version"]) for one in moved] == [("Biblioteket", 2)]
    off = post(clerk, f"{path}/moeder/{day['id']}/aflys", {"version": 2}).json()["coming"]
    assert [one["is_cancelled"] for one in off] == [True]
    elsewhere = f"/udvalg/{_make_body(site, by='Hanne Chef')}/moeder/{day['id']}/aflys"
    assert post(clerk, elsewhere, {"version": 3}).status_code == 404


def test_a_committee_for_its_own_people_is_not_there_for_others(site: Site) -> None:
    path = f"/udvalg/{_make_body(site, 'members')}"
    statuses = {
        who: writer(site, who).get(f"/api/v1{path}").status_code
        for who in ("municipality", "neighbour", "staff")
    }
    assert statuses == {"municipality": 200, "neighbour": 404, "staff": 404}
    # Who keeps the papers does not say what the committee is; its own admin does.
    body = {"kind": "section_17_4", "name": "Et andet", "visibility": "public"}
    change = writer(site, "municipality").put(f"/api/v1{path}", json=body, headers={"If-Match": "*"})
    assert change.status_code == 403


# --- a municipality's own policy


def test_a_policy_is_drafted_by_who_writes_it_and_read_by_all_once_it_is_published(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        here = session.get_one(Organisation, people.municipality.organisation_id)
        admin = add_actor(session, "Gerda Chef", here, "admin")
        choose_writer(session, admin, people.municipality.membership_id or 0)
        key = here.key
    own, stranger = writer(site, "municipality"), new_program(site)
    path = f"/kommuner/{key}/politik"
    draft = own.get(f"/api/v1{path}/kladde")
    assert (draft.json()["version"], draft.json()["words"]["themes"]) == (0, [])
    words = {"name": "Digital politik", "owner": "Byrådet", "themes": [{"name": "Velfærd"}]}
    at = f"/api/v1{path}/kladde"
    saved = own.put(at, json=words, headers={"If-Match": draft.headers["etag"]})
    assert saved.json()["words"]["name"] == "Digital politik"
    assert own.put(at, json=words, headers={"If-Match": draft.headers["etag"]}).status_code == 412
    assert (writer(site, "neighbour").get(at).status_code, stranger.get(at).status_code) == (403, 401)
    assert read(stranger, path)["items"] == []
    out = post(own, f"{path}/udgiv", {"note": "Den første"}, **{"If-Match": saved.headers["etag"]})
    (policy,) = out.json()["items"]
    assert (policy["name"], policy["owner"]) == ("Digital politik", "Byrådet")
    # A second edition begins from the first, and ends the theme that it leaves out.
    begun = own.get(f"{at}?politik={policy['key']}")
    assert [one["name"] for one in begun.json()["words"]["themes"]] == ["Velfærd"]
    words |= {"themes": [{"name": "Klima"}]}
    own.put(f"{at}?politik={policy['key']}", json=words, headers={"If-Match": begun.headers["etag"]})
    post(own, f"{path}/udgiv?politik={policy['key']}", {}, **{"If-Match": "*"})
    (now,) = read(stranger, path)["items"]
    assert [(one["number"], one["is_in_force"]) for one in now["editions"]] == [(2, True), (1, False)]
    edition = read(stranger, f"{path}/{policy['key']}/udgaver/2")
    assert [(one["what"], one["theme"]) for one in edition["changes"]] == [
        ("new", "Klima"),
        ("ended", "Velfærd"),
    ]


# --- the inbox


def _send_wish(site: Site, title: str = "Ét sted til alt") -> str:
    sent = post(writer(site, "vendor"), "/oensker", {"title": title, "body": "Vi leder i fem kataloger."})
    return str(sent.json()["reference"])


def test_one_case_is_sorted_and_what_is_left_out_stays_as_it_is(site: Site) -> None:
    reference, staff = _send_wish(site), writer(site, "staff", "staff")
    nothing = post(staff, f"/indbakke/{reference}/fordel", {})
    assert [one["type"] for one in nothing.json()["errors"]] == ["inbox_choose_change"]
    path = f"/indbakke/{reference}/fordel"
    sorted_ = post(staff, path, {"owner": "me", "status": "under_review"}).json()
    assert (sorted_["owner"], sorted_["status"]) == (site.people.staff.name, "under_review")
    later = post(staff, path, {"answer_by": LATER}).json()
    assert (later["owner"], later["status"], later["answer_by"]) == (
        site.people.staff.name,
        "under_review",
        LATER,
    )


def test_what_says_the_same_is_told_to_staff(site: Site) -> None:
    words = "Vi mangler ét fælles login til alle vagtplaner i hjemmeplejen"
    with site.unit() as session:
        said = [
            put_said(session, f"ens-{number}", title=words, body=f"{words} og sygehuset.").reference
            for number in range(2)
        ]
    staff = writer(site, "staff", "staff")
    (group,) = read(staff, "/indbakke/lignende")["items"]
    assert sorted([group["reference"], *(one["reference"] for one in group["items"])]) == sorted(said)
    assert writer(site, "vendor").get("/api/v1/indbakke/lignende").status_code == 403


def test_what_was_gathered_is_named_upon_the_name_that_was_read(site: Site) -> None:
    lead, member = _send_wish(site), _send_wish(site, "Ét login til alt")
    staff = writer(site, "staff", "staff")
    ids = [read(staff, f"/indbakke/{member}")["id"]]
    made = post(staff, f"/indbakke/{lead}/saml", {"member_ids": ids}).json()["gathering"]
    assert sorted(one["reference"] for one in made["sightings"]) == sorted([lead, member])
    at, name = f"/api/v1/indbakke/{lead}/navn", {"title": "Ét af alting", "version": made["version"]}
    named = staff.put(at, json=name).json()["gathering"]
    assert (named["title"], named["version"]) == ("Ét af alting", made["version"] + 1)
    assert staff.put(at, json=name).status_code == 412


def test_templates_and_the_rule_of_the_clock_are_staffs(site: Site) -> None:
    staff, vendor = writer(site, "staff", "staff"), writer(site, "vendor")
    assert {vendor.get(f"/api/v1/indbakke/{one}").status_code for one in ("skabeloner", "svarfrist")} == {403}
    words = {"title": "Tak", "text": "Tak for {reference}.", "verdict": "yes"}
    (one,) = post(staff, "/indbakke/skabeloner", words).json()["items"]
    again = post(staff, "/indbakke/skabeloner", words)
    assert (again.status_code, again.json()["reason"]) == (409, "template_known")
    at = f"/api/v1/indbakke/skabeloner/{one['id']}"
    changed = staff.put(at, json=words | {"text": "Mange tak.", "version": one["version"]}).json()
    assert [one["text"] for one in changed["items"]] == ["Mange tak."]
    assert staff.request("DELETE", at).json()["items"] == []
    rule = staff.get("/api/v1/indbakke/svarfrist")
    days = {"at_most_days": 20, "at_least_days": 5}
    upon = {"If-Match": rule.headers["etag"]}
    told = staff.put("/api/v1/indbakke/svarfrist", json=days, headers=upon).json()
    assert (told["at_most_days"], told["answer_by"]) == (20, (today() + timedelta(days=20)).isoformat())
    assert staff.put("/api/v1/indbakke/svarfrist", json=days, headers=upon).status_code == 412


def test_an_owner_is_heard_on_what_is_confidential_and_is_not_told_who_asks(site: Site) -> None:
    idea = {
        "title": "Fælles øvelse",
        "body": "En dag om året.",
        "problem": "Planerne er ikke prøvet af.",
        "for_whom": "Beredskab.",
        "proposal": "Øv sammen.",
        "secret_other": "Prisen er tre kroner.",
        "reason_other": "Konkurrenterne læser med.",
    }
    vendor, staff = writer(site, "vendor"), writer(site, "staff", "staff")
    sent = post(vendor, "/ideer", idea)
    assert sent.status_code == 201, sent.text
    reference = sent.json()["reference"]
    asked = {
        "reference": reference,
        "requester": "Dagbladet",
        "received_on": today().isoformat(),
        "hear_by": (today() + timedelta(days=7)).isoformat(),
    }
    opened = post(staff, "/indbakke/hoeringer", asked)
    assert (opened.status_code, opened.headers["cache-control"]) == (201, "no-store"), opened.text
    assert [one["part"] for one in opened.json()["parts"]] == ["other"]
    path = f"/api/v1/ideer/{reference}/hoering/{opened.json()['id']}"
    assert vendor.get(path).json()["requester"] == ""
    assert {who: writer(site, who).get(path).status_code for who in ("rival", "municipality")} == {
        "rival": 404,
        "municipality": 404,
    }
    view = {"part": "other", "stance": "keep", "reason": "Prisen er hemmelig"}
    vendor.put(path, json={"parts": [view]})
    whole = read(staff, f"/indbakke/hoeringer/{opened.json()['id']}")
    assert (whole["is_due"], [one["stance_reason"] for one in whole["parts"]]) == (
        True,
        ["Prisen er hemmelig"],
    )
    # Its own door is for the idea's people; staff has another.
    assert staff.get(path).status_code == 404
    closed = post(
        staff, f"/indbakke/hoeringer/{opened.json()['id']}/traek-tilbage", **{"If-Match": "*"}
    ).json()
    assert closed["state"] == "withdrawn"
