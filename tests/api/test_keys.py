"""A key at the doors for programs: what it opens, and every way in which it does not."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import APIRouter
from sqlalchemy import select, update

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import is_person
from app.domain.users.models import Membership, User
from app.http.limits import RateCount
from app.http.visit import AVisit, only
from app.identity.sessions import open_session
from app.identity.token_models import ApiToken
from app.identity.tokens import PER_MINUTE
from tests.api.programs import make_key, new_program
from tests.site import Site

MIG = "/api/v1/mig"


def test_a_key_says_whom_it_speaks_for(site: Site) -> None:
    with moved_to(now().replace(microsecond=0)):
        begun = now()
        key = make_key(site, "vendor", "write", days=90)
        answer = new_program(site, key).get(MIG)
    assert answer.status_code == 200
    assert answer.json() == {
        "name": "Vera Vendor",
        "organisation": {"id": site.people.vendor.organisation_id, "name": "Soft A/S", "kind": "vendor"},
        "key": {
            "name": "Fagsystem",
            "ending": key[-4:],
            "scopes": ["read", "write"],
            "created_at": begun.isoformat().replace("+00:00", "Z"),
            "expires_at": (begun + timedelta(days=90)).isoformat().replace("+00:00", "Z"),
            "requests_per_minute": 600,
        },
    }
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Authorization")


def test_without_a_key_the_answer_says_how_to_come_back(site: Site) -> None:
    answer = new_program(site).get(MIG)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="http://testserver"'
    assert answer.json() == {
        "type": "http://testserver/api#key-missing",
        "title": "Key missing",
        "status": 401,
        "detail": "Adressen kræver en nøgle i headeren Authorization.",
    }


def end(session: Any) -> None:
    session.execute(update(ApiToken).values(ended_at=now()))


def expire(session: Any) -> None:
    session.execute(update(ApiToken).values(expires_at=now()))


def end_membership(session: Any) -> None:
    session.execute(update(Membership).values(ended_at=now()))


def change_role(session: Any) -> None:
    session.execute(update(Membership).values(role="admin"))


def disable(session: Any) -> None:
    session.execute(update(User).values(disabled_at=now()))


@pytest.mark.parametrize("lose", [end, expire, end_membership, change_role, disable])
def test_a_key_without_power_answers_as_one_that_never_was(site: Site, lose: Callable[[Any], None]) -> None:
    key = make_key(site, "vendor")
    with site.unit() as session:
        lose(session)
    answers, statements = [], []
    for tried in (key, "dfk_" + "x" * 43):
        site.statements.clear()
        answers.append(new_program(site, tried).get(MIG))
        statements.append(len(site.statements))
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["type"] == "http://testserver/api#key-invalid"
    assert answers[0].headers["www-authenticate"] == (
        'Bearer realm="http://testserver", error="invalid_token"'
    )
    assert statements == [2, 2]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer dfk_short",
        "Bearer a b",
        "bearer " + "x" * 20_000,
        "Bearer dfk_" + "æ" * 43,
    ],
)
def test_what_cannot_be_a_key_is_a_wrong_one(site: Site, header: str) -> None:
    answer = new_program(site).get(MIG, headers={"Authorization": header.encode()})
    assert (answer.status_code, answer.json()["title"]) == (401, "Key not valid")


def test_two_keys_at_once_are_none(site: Site) -> None:
    keys = [("Authorization", f"Bearer {make_key(site, 'vendor')}") for _ in range(2)]
    assert new_program(site).get(MIG, headers=keys).status_code == 401


def test_the_name_of_the_scheme_may_be_written_anyhow(site: Site) -> None:
    header = {"Authorization": f"bEARER  {make_key(site, 'vendor')}"}
    assert new_program(site).get(MIG, headers=header).status_code == 200


def test_a_scheme_that_is_not_ours_is_no_key(site: Site) -> None:
    answer = new_program(site).get(MIG, headers={"Authorization": "Basic dmVyYTp2ZXJh"})
    assert answer.json()["title"] == "Key missing"


@pytest.mark.parametrize(
    "query",
    ["access_token={}", "noegle={}", "q={}", "{}", "token=anything", "api_key=", "q=%64fk_{}"],
)
@pytest.mark.parametrize("path", [MIG, "/api/v1/openapi.json", "/api/v1/findes-ikke", "/api"])
def test_an_address_with_a_key_in_it_is_refused_unread(site: Site, path: str, query: str) -> None:
    key = make_key(site, "vendor")
    answer = new_program(site, key).get(f"{path}?{query.format(key)}")
    assert (answer.status_code, answer.json()["title"]) == (400, "Key in the address")
    assert key not in answer.text
    with site.unit() as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() is None


def test_a_cookie_opens_nothing_for_programs(site: Site) -> None:
    answer = site.browser("admin").get(MIG)
    assert answer.status_code == 401


def test_a_cookie_adds_nothing_to_a_key(site: Site) -> None:
    program = new_program(site, make_key(site, "vendor"))
    with site.unit() as session:
        secret = open_session(session, site.people.admin.user_id or 0, "passkey")
    program.cookies.set(site.app.state.cookie.name, secret)
    assert program.get(MIG).json()["name"] == "Vera Vendor"


@pytest.mark.parametrize("path", ["/mit", "/mit/noegler", "/mit/sessioner"])
def test_a_key_opens_no_page(site: Site, path: str) -> None:
    answer = new_program(site, make_key(site, "vendor")).get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/log-ind")


@pytest.fixture
def writing_site(site: Site) -> Site:
    """The site with a door that writes, as later subjects will have them."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/proeve", dependencies=[only(is_person)])
    def write(visit: AVisit) -> dict[str, bool]:
        return {"is_staff": visit.actor.is_staff}

    site.app.include_router(router)
    return site


def test_a_key_that_only_reads_writes_nothing(writing_site: Site) -> None:
    answer = new_program(writing_site, make_key(writing_site, "vendor")).post("/api/v1/proeve")
    assert (answer.status_code, answer.json()["type"]) == (403, "http://testserver/api#scope-missing")
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="http://testserver", error="insufficient_scope", scope="write"'
    )
    with writing_site.unit() as session:
        noted = session.execute(
            select(AuditEntry.user_id, AuditEntry.after)
            .where(AuditEntry.outcome == "refused")
            .order_by(AuditEntry.id)
        ).all()
    tried = {"path": "/api/v1/proeve", "reason": "scope_missing"}
    assert [tuple(entry) for entry in noted] == [(writing_site.people.vendor.user_id, tried)]


@pytest.mark.parametrize(("scopes", "is_staff"), [(("write",), False), (("write", "staff"), True)])
def test_a_key_writes_as_what_it_was_made_for(
    writing_site: Site, scopes: tuple[Any, ...], is_staff: bool
) -> None:
    answer = new_program(writing_site, make_key(writing_site, "staff", *scopes)).post("/api/v1/proeve")
    assert (answer.status_code, answer.json()) == (200, {"is_staff": is_staff})


def test_a_page_of_another_site_has_nobodys_cookie_to_write_with(writing_site: Site) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = writing_site.browser("admin").client.post("/api/v1/proeve", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (401, "Key missing")


def set_count(site: Site, subject: str, count: int) -> None:
    with site.unit() as session:
        updated = session.execute(
            update(RateCount).where(RateCount.subject.startswith(subject)).values(count=count)
        )
        assert updated.rowcount == 1


def test_a_key_is_held_to_600_a_minute_and_no_other_with_it(site: Site) -> None:
    begun = now().replace(second=10, microsecond=0)
    with moved_to(begun):
        busy, other = (new_program(site, make_key(site, who)) for who in ("vendor", "rival"))
        busy.get(MIG)
        set_count(site, "key:", PER_MINUTE - 1)
        assert [busy.get(MIG).status_code for _ in range(3)] == [200, 429, 429]
        answer = busy.get(MIG)
        assert answer.headers["retry-after"] == "50"
        assert answer.json()["type"] == "http://testserver/api#too-many"
        assert other.get(MIG).status_code == 200
    with moved_to(begun + timedelta(minutes=1)):
        assert busy.get(MIG).status_code == 200


def test_guessing_is_held_back_but_not_the_right_key_beside_it(site: Site) -> None:
    right = new_program(site, make_key(site, "vendor"))
    guesser = new_program(site, "dfk_" + "x" * 43)
    with moved_to(now()):
        guesser.get(MIG)
        set_count(site, "wrong-keys:", 59)
        assert [guesser.get(MIG).status_code for _ in range(3)] == [401, 429, 429]
        assert right.get(MIG).status_code == 200


def test_counting_holds_up_no_other_request_of_the_key(site: Site) -> None:
    """The count is kept before the door opens: a slow request must not lock the others out."""
    new_program(site, make_key(site, "vendor")).get(MIG)
    with site.unit() as session:
        locked = select(RateCount.count).where(RateCount.subject.startswith("key:"))
        assert session.scalars(locked.with_for_update(nowait=True)).all() == [1]


def test_a_wrong_key_leaves_a_line_without_the_key(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    guess = "dfk_" + "Hemmelig" * 5 + "abc"
    with caplog.at_level(logging.INFO, logger="app"):
        new_program(site, guess).get(MIG)
    assert "a key that is none, or works no longer" in caplog.text
    assert guess not in "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("app"))


def test_whom_a_key_speaks_for_is_told_in_three_statements(site: Site) -> None:
    key = make_key(site, "vendor")
    program = new_program(site, key)
    program.get(MIG)
    site.statements.clear()
    program.get(MIG)
    assert len(site.statements) == 3
