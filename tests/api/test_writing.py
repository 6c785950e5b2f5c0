"""Writing from programs: once for each key, upon what was read, by the same rules as on the pages."""

from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select
from starlette.testclient import TestClient

from app.core.audit import AuditEntry
from app.domain.contributions.models import Contribution
from app.domain.users.consents import current_version
from app.domain.users.models import Consent
from tests.api.programs import make_key, new_program
from tests.site import Site

OENSKER = "/api/v1/oensker"
WISH = {"title": "Ét sted at slå snitflader op", "body": "Vi leder i dag i fem kataloger."}
IDEA = {
    "title": "Fælles øvelse",
    "body": "En dag om året.",
    "problem": "Planerne er ikke prøvet af.",
    "for_whom": "Beredskab.",
    "proposal": "Øv sammen.",
}


def once(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}


def send(program: TestClient, path: str, body: Any, key: str | None = None) -> Any:
    return program.post(path, json=body, headers=once(key))


def writer(site: Site, who: str, *more: Any) -> TestClient:
    return new_program(site, make_key(site, who, "write", *more))


def test_a_wish_sent_twice_under_one_key_is_one(site: Site) -> None:
    program = writer(site, "vendor")
    first, second = (send(program, OENSKER, WISH, "en-gang-for-alle") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["location"] == "http://testserver/api/v1/oensker/OE-0001"
    assert first.json() == second.json()
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (
        False,
        "true",
    )
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Contribution)) == 1
        sent = select(AuditEntry.verb).where(AuditEntry.thing == "contribution").order_by(AuditEntry.id)
        assert session.scalars(sent).all() == ["send"]


def test_a_key_for_other_content_is_refused_and_nothing_is_written(site: Site) -> None:
    program = writer(site, "vendor")
    send(program, OENSKER, WISH, "en-gang-for-alle")
    other = send(program, OENSKER, WISH | {"title": "Noget andet"}, "en-gang-for-alle")
    elsewhere = send(program, "/api/v1/ideer", IDEA, "en-gang-for-alle")
    reused = "http://testserver/api#key-reused"
    assert [(one.status_code, one.json()["type"]) for one in (other, elsewhere)] == [(422, reused)] * 2
    assert send(writer(site, "rival"), OENSKER, WISH, "en-gang-for-alle").status_code == 201
    with site.unit() as session:
        assert session.scalar(select(func.count()).select_from(Contribution)) == 2


def test_what_was_refused_leaves_its_key_free(site: Site) -> None:
    program = writer(site, "vendor")
    assert send(program, OENSKER, WISH | {"theme_ids": [999]}, "foerste-forsoeg").status_code == 409
    assert send(program, OENSKER, WISH, "foerste-forsoeg").status_code == 201


def test_a_write_without_a_key_of_its_own_says_which_header_is_missing(site: Site) -> None:
    answer = writer(site, "vendor").post(OENSKER, json=WISH)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"loc": ["header", "Idempotency-Key"], "type": "missing", "detail": "Udfyld feltet."}
    ]


def test_who_may_not_send_hears_so_before_the_body_is_looked_at(site: Site) -> None:
    asked = {"staff": writer(site, "staff"), "stranger": new_program(site)}
    statuses = {who: send(program, OENSKER, {"nonsens": 1}).status_code for who, program in asked.items()}
    assert statuses == {"staff": 403, "stranger": 401}


def test_a_first_wish_asks_for_the_rules_of_the_dialogue_as_the_page_does(site: Site) -> None:
    program = writer(site, "vendor")
    with site.unit() as session:
        session.execute(delete(Consent).where(Consent.user_id == site.people.vendor.user_id))
    refused = send(program, OENSKER, WISH)
    assert (refused.status_code, refused.json()["errors"][0]["type"]) == (422, "rules_first")
    version = current_version("dialogue_rules")
    assert str(version) in refused.json()["errors"][0]["detail"]
    assert send(program, OENSKER, WISH | {"rules": version}).status_code == 201
    assert send(program, OENSKER, WISH | {"title": "Den næste", "body": "Andet."}).status_code == 201


def test_too_many_wishes_are_held_back_as_on_the_page(site: Site) -> None:
    program = writer(site, "vendor")
    for number in range(30):
        assert send(program, OENSKER, {"title": f"Nr. {number}", "body": f"{number}"}).status_code == 201
    answer = send(program, OENSKER, WISH)
    assert (answer.status_code, answer.json()["title"]) == (429, "Too many requests")
    assert int(answer.headers["retry-after"]) > 0


def test_faults_stand_at_their_fields_without_what_was_sent(site: Site) -> None:
    body = {"title": "010190-1234", "body": "a\x00b", "gift": "ja"}
    answer = send(writer(site, "vendor"), OENSKER, body)
    found = {tuple(one["loc"]): one["type"] for one in answer.json()["errors"]}
    assert answer.status_code == 422
    assert found == {
        ("body", "title"): "cpr_number",
        ("body", "body"): "unstorable_text",
        ("body",): "extra_forbidden",
    }
    assert "010190" not in answer.text and "gift" not in answer.text


def test_a_draft_is_changed_only_upon_what_was_read(site: Site) -> None:
    program = writer(site, "vendor")
    made = send(program, "/api/v1/ideer/udkast", {"title": "Kladde"})
    path, etag = f"/api/v1/ideer/{made.json()['reference']}/udkast", made.headers["etag"]
    assert program.put(path, json={"title": "Ny"}).json()["title"] == "If-Match missing"
    changed = program.put(path, json={"title": "Ny"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["title"], changed.json()["version"]) == (200, "Ny", 2)
    stale = program.put(path, json={"title": "Nyere"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["type"]) == (412, "http://testserver/api#changed")
    again = program.put(path, json={"title": "Nyere"}, headers={"If-Match": changed.headers["etag"]})
    assert again.json()["version"] == 3


def test_whether_an_idea_has_a_confidential_half_is_told_only_to_who_may_read_it(site: Site) -> None:
    program = writer(site, "vendor")
    secret = {"secret_data_source": "Kundens log", "reason_data_source": "Kontrakt"}
    sent = send(program, "/api/v1/ideer", IDEA | secret).json()
    path = f"/api/v1/ideer/{sent['reference']}"
    readers = [program, writer(site, "staff", "staff"), writer(site, "rival"), site.browser("stranger")]
    told = [reader.get(path).json()["details"]["has_confidential"] for reader in readers]
    assert told == [True, True, False, False]


def test_the_confidential_half_is_for_its_own_and_each_reading_is_logged(site: Site) -> None:
    program = writer(site, "vendor")
    secret = {"secret_data_source": "Kundens log", "reason_data_source": "Kontrakt"}
    idea = send(program, "/api/v1/ideer", IDEA | secret)
    path = f"/api/v1/ideer/{idea.json()['reference']}"
    assert "Kundens log" not in idea.text and idea.json()["details"]["has_confidential"] is True
    read = program.get(f"{path}/fortrolig")
    assert (read.status_code, read.headers["cache-control"]) == (200, "no-store")
    assert read.json() == {
        "reference": idea.json()["reference"],
        "parts": {"data_source": "Kundens log"},
        "reasons": {"data_source": "Kontrakt"},
    }
    others = [writer(site, who) for who in ("rival", "municipality")]
    assert [other.get(f"{path}/fortrolig").status_code for other in others] == [404, 404]
    assert all("Kundens log" not in other.get(path).text for other in others)
    with site.unit() as session:
        read_by = (
            select(AuditEntry.user_id).where(AuditEntry.verb == "read_confidential").order_by(AuditEntry.id)
        )
        assert session.scalars(read_by).all() == [site.people.vendor.user_id]


def test_a_municipality_registers_a_need_and_another_joins_it(site: Site) -> None:
    here, there = (writer(site, who) for who in ("municipality", "neighbour"))
    need = {
        "title": "Nyt ESDH",
        "body": "Kontrakten udløber.",
        "system_type": "case_management",
        "facts": {"contract_end": "2028-06", "supplier": "Soft A/S", "hidden": ["supplier"]},
    }
    made = send(here, "/api/v1/behov", need)
    assert made.status_code == 201, made.text
    path = f"/api/v1/behov/{made.json()['reference']}"
    joined = there.put(f"{path}/egen", json={"contract_end": "2027-01"})
    assert (joined.status_code, joined.json()["municipalities"]) == (200, 2)
    assert there.put(f"{path}/egen", json={}).json()["reason"] == "need_joined"
    told = {one["municipality"]: one["supplier"] for one in new_program(site).get(path).json()["holders"]}
    assert told == {"Der Kommune": "", "Her Kommune": ""}
    own = {one["municipality"]: one["supplier"] for one in here.get(path).json()["holders"]}
    assert own == {"Der Kommune": "", "Her Kommune": "Soft A/S"}
    left = there.request("DELETE", f"{path}/egen")
    assert (left.status_code, left.json()["municipalities"]) == (200, 1)
    assert send(writer(site, "vendor"), "/api/v1/behov", need).status_code == 403


def test_interest_is_one_mark_for_a_municipality_however_often_it_is_set(site: Site) -> None:
    wish = send(writer(site, "vendor"), OENSKER, WISH).json()["reference"]
    program, path = writer(site, "municipality"), f"/api/v1/interesse/{wish}"
    for kind in ("need", "pilot"):
        assert program.put(path, json={"kind": kind, "contact": "Mona"}).status_code == 200
    seen = new_program(site).get(path).json()["items"]
    assert [(one["municipality"], one["kind"], one["contact"]) for one in seen] == [
        ("Her Kommune", "pilot", "")
    ]
    assert program.request("DELETE", path).json()["items"] == []
    assert writer(site, "vendor").put(path, json={"kind": "need"}).status_code == 403


def test_staff_plans_a_meeting_by_a_key_with_the_scope_and_not_without(site: Site) -> None:
    meeting = {"title": "Møde om data", "held_on": "2027-05-04", "join_url": "https://moede.example/1"}
    assert send(writer(site, "staff"), "/api/v1/moeder", meeting).status_code == 403
    program = writer(site, "staff", "staff")
    made = send(program, "/api/v1/moeder", meeting)
    assert made.status_code == 201, made.text
    path = f"/api/v1/moeder/{made.json()['key']}"
    assert new_program(site).get(path).status_code == 404
    item = send(program, f"{path}/program", {"kind": "talk", "title": "Om data"})
    assert [one["title"] for one in item.json()["items"]] == ["Om data"]
    assert send(program, f"{path}/udgiv", None).json()["is_published"] is True
    shown = new_program(site).get(path).json()
    # The link into it is for those who take part.
    assert (shown["title"], shown["join_url"]) == ("Møde om data", None)
