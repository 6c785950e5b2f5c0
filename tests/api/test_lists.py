"""Lists and things as programs read them: slices that hold still, what is known, rights and limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.api.paging import next_address
from app.api.said import SaidAsked
from app.core.clock import moved_to, now, today
from app.core.policy import SYSTEM, Scope
from app.domain.contributions import service
from app.domain.contributions.ideas.models import AccessRequest
from app.domain.contributions.needs.schemas import NeedFacts
from app.domain.contributions.needs.service import join_need
from app.domain.contributions.schemas import ContributionFacts
from app.domain.imports.models import DataImport
from app.domain.partners.schemas import ContactInput
from app.domain.partners.service import ask_for_contact
from app.domain.pressure_tests import assessors
from app.domain.summaries.models import Summary, SummaryEdition
from app.http.gates import preferred_language
from tests.api.programs import make_key, new_program
from tests.needed import add_need
from tests.pressed import begin, declare, finish
from tests.said import add_idea, add_meeting_row, add_theme_rows
from tests.site import Site

OENSKER = "/api/v1/oensker"
HOST = "http://testserver"


def add_wishes(site: Site, count: int, first: int = 0, **values: Any) -> None:
    """At one moment, so that their numbers alone part them."""
    with site.unit() as session:
        for number in range(first, first + count):
            facts = {"kind": "wish", "key": f"w{number}", "title": f"Ønske {number}", "body": "Tekst"}
            given = facts | {"received_at": now(), "published_at": now()} | values
            service.put_contribution(session, SYSTEM, ContributionFacts.model_validate(given))


def read_on(program: TestClient, address: str | None, name: str = "title") -> list[list[str]]:
    """The titles of each part of a list, or what `name` says of each, by its own `next`."""
    parts = []
    while address:
        answer = program.get(address.removeprefix(HOST))
        assert answer.status_code == 200, answer.text
        following = answer.json()["next"]
        assert answer.links.get("next", {}).get("url") == following
        parts.append([one[name] for one in answer.json()["items"]])
        address = following
    return parts


def test_a_list_read_in_parts_misses_nothing_when_it_grows_meanwhile(site: Site) -> None:
    with moved_to(now()):
        add_wishes(site, 5)
        program = new_program(site)
        first = program.get(f"{OENSKER}?limit=2&q=tekst").json()
        add_wishes(site, 2, first=5)
    rest = read_on(program, first["next"])
    assert [one["title"] for one in first["items"]] == ["Ønske 4", "Ønske 3"]
    assert rest == [["Ønske 2", "Ønske 1"], ["Ønske 0"]]


@pytest.mark.parametrize("path", ["/oensker", "/kommuner", "/organisationer"])
def test_all_parts_together_are_the_whole_list(site: Site, path: str) -> None:
    add_wishes(site, 7)
    assert site.people
    key = "title" if path == "/oensker" else "key"
    program = new_program(site)
    whole = [one[key] for one in program.get(f"/api/v1{path}?limit=100").json()["items"]]
    found, address = [], f"/api/v1{path}?limit=1"
    while address:
        part = program.get(address.removeprefix(HOST)).json()
        found += [one[key] for one in part["items"]]
        address = part["next"]
    assert found == whole and len(found) == len(set(found)) > 1


def add_imports(site: Site) -> str:
    with site.unit() as session:
        for number in range(3):
            file = {"filename": f"{number}.csv", "file_key": f"import/{number}"}
            session.add(DataImport(**file, state="done", created_at=now()))
    return "filename"


def add_contacts(site: Site) -> str:
    mona, nabo = site.people.municipality, site.people.neighbour
    with site.unit() as session:
        for title in ("Vagtplaner", "Sensorer", "Selvbetjening"):
            need = add_need(session, mona, title=title)
            join_need(session, nabo, need.id, NeedFacts())
            ask_for_contact(session, mona, need.id, ContactInput(organisation_id=nabo.organisation_id or 0))
    return "need_reference"


def add_hearings(site: Site) -> str:
    with site.unit() as session:
        idea = add_idea(session, site.people.vendor)
        for number, state in enumerate(("hearing", "decided", "hearing")):
            asked = {"contribution_id": idea.id, "requester": "Dagbladet", "received_on": today()}
            hears = {"hear_by": today() + timedelta(days=number), "state": state, "opened_at": now()}
            session.add(AccessRequest(**asked, **hears, ended_at=now() if state == "decided" else None))
    return "id"


def add_tasks(site: Site) -> str:
    """One that the assessor has finished, and two that wait."""
    people = site.people
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Velfærd")
        idea, pair = add_idea(session, people.vendor), (people.municipality, people.admin)
        given = {"strategy_id": theme.strategy_id, "idea_id": idea.id}
        finished, *_waiting = [begin(session, people.staff, *pair, **given) for _ in range(3)]
        declare(session, finished, people.municipality)
        finish(session, finished, people.municipality, "hits")
    return "test_id"


def add_summaries(site: Site) -> str:
    """Those of two meetings and a theme, and one that is not out."""
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Klima")
        about = [{"meeting_id": add_meeting_row(session, key).id} for key in ("21", "22", "23")]
        for of, moment in zip([*about, {"theme_id": theme.id}], [now(), None, now(), now()], strict=True):
            summary = Summary(**of)
            session.add(summary)
            session.flush()
            edition = {"number": 1, "begun_at": now(), "published_at": moment}
            session.add(SummaryEdition(summary_id=summary.id, **edition))
    return "title"


@pytest.mark.parametrize(
    ("add", "who", "scopes", "path"),
    [
        (add_imports, "staff", ["staff"], "/import"),
        (add_contacts, "municipality", [], "/kontakt"),
        (add_hearings, "staff", ["staff"], "/indbakke/hoeringer"),
        (add_tasks, "municipality", [], "/mig/trykproever"),
        (add_summaries, "staff", ["staff"], "/opsummeringer"),
        (add_summaries, "vendor", [], "/opsummeringer"),
    ],
)
def test_a_list_that_grows_is_read_to_its_end_in_parts(
    site: Site, add: Callable[[Site], str], who: str, scopes: list[Scope], path: str
) -> None:
    name = add(site)
    program = new_program(site, make_key(site, who, *scopes))
    whole = [one[name] for one in program.get(f"/api/v1{path}").json()["items"]]
    parts = read_on(program, f"/api/v1{path}?limit=2", name)
    assert (parts, len(set(whole))) == ([whole[:2], whole[2:]], 3)


def test_how_many_could_be_asked_is_told_where_the_list_is_cut(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = new_program(site, make_key(site, "staff", "staff"))
    path = "/api/v1/trykproever/bedoemmere"
    whole = program.get(path).json()
    monkeypatch.setattr(assessors, "MOST_CANDIDATES", 1)
    cut, found = program.get(path).json(), program.get(f"{path}?q=Mona").json()
    assert (cut["items"], cut["total"]) == (whole["items"][:1], len(whole["items"]))
    assert ([one["name"] for one in found["items"]], found["total"]) == (["Mona Kommune"], 1)


def test_a_cursor_is_good_for_its_own_list_alone(site: Site) -> None:
    add_wishes(site, 3)
    program = new_program(site)
    cursor = program.get(f"{OENSKER}?limit=1").json()["next"].partition("cursor=")[2]
    wrong = [
        f"{OENSKER}?cursor={cursor}&q=andet",
        f"/api/v1/ideer?cursor={cursor}",
        f"{OENSKER}?cursor={cursor[:-4]}",
        f"{OENSKER}?cursor=%F0%9F%98%80",
        f"{OENSKER}?cursor=bnVsbA",
        f"{OENSKER}?cursor={'W1tb' * 200}",
    ]
    answers = [program.get(path) for path in wrong]
    assert [(one.status_code, one.json()["title"]) for one in answers] == [(400, "Cursor not valid")] * 6


@pytest.mark.parametrize(
    "place", [("x", 1), (True, 1), ("2026-01-01T00:00:00", 1), ("2026-01-01T00:00:00Z", 2**70), (1,)]
)
def test_a_forged_place_is_a_wrong_cursor_and_no_error(site: Site, place: Any) -> None:
    program = new_program(site)
    request: Any = type("Request", (), {"app": site.app, "scope": {"path": OENSKER}})
    forged = next_address(request, SaidAsked(), place)
    assert program.get(forged.removeprefix(HOST)).json()["title"] == "Cursor not valid"


@pytest.mark.parametrize("query", ["tema=findes", "status=ukendt", "aar=19", "limit=0", "side=2", "q=%00"])
def test_a_misspelt_filter_is_told_and_not_passed_over(site: Site, query: str) -> None:
    answer = new_program(site).get(f"{OENSKER}?{query}")
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_known_is_not_sent_again_until_it_changes(site: Site) -> None:
    add_wishes(site, 1)
    program = new_program(site)
    for path in (OENSKER, f"{OENSKER}/OE-0001"):
        etag = program.get(path).headers["etag"]
        again = program.get(path, headers={"If-None-Match": f'"andet", W/{etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    known = program.get(OENSKER).headers["etag"]
    add_wishes(site, 1, first=1)
    assert program.get(OENSKER, headers={"If-None-Match": known}).status_code == 200


def test_a_hidden_wish_is_in_no_list_and_at_no_address_but_for_its_own(site: Site) -> None:
    own = new_program(site, make_key(site, "vendor", "write"))
    sent = own.post(OENSKER, json={"title": "A", "body": "B"}, headers={"Idempotency-Key": str(uuid4())})
    path = f"{OENSKER}/{sent.json()['reference']}"
    taken_back = own.post(f"{path}/traek-tilbage", headers={"Idempotency-Key": str(uuid4())})
    assert (taken_back.status_code, taken_back.json()["status"]) == (200, "withdrawn")
    for who in ("rival", "municipality", None):
        program = new_program(site, make_key(site, who) if who else None)
        assert (program.get(path).status_code, program.get(OENSKER).json()["items"]) == (404, [])
        assert program.get("/api/v1/interesse/OE-0001").status_code == 404
    assert own.get(path).json()["status"] == "withdrawn"


def test_a_list_takes_as_many_statements_for_thirty_as_for_one(site: Site) -> None:
    program = new_program(site)
    counts = []
    for first, count in ((0, 1), (1, 29)):
        add_wishes(site, count, first=first)
        site.statements.clear()
        assert len(program.get(f"{OENSKER}?limit=100").json()["items"]) == first + count
        counts.append(len(site.statements))
    assert counts == [2, 2]  # one to count the request, one for the list


def test_every_answer_says_what_is_left_of_the_limit(site: Site) -> None:
    begun = now().replace(second=10, microsecond=0)
    with moved_to(begun):
        program, stranger = new_program(site, make_key(site, "vendor")), new_program(site)
        told = [
            (one.headers["ratelimit-policy"], one.headers["ratelimit"])
            for one in (program.get(OENSKER), program.get("/api/v1/ideer/ID-9"), stranger.get(OENSKER))
        ]
    assert told == [
        ('"requests";q=600;w=60', '"requests";r=599;t=50'),
        ('"requests";q=600;w=60', '"requests";r=598;t=50'),
        ('"requests";q=300;w=60', '"requests";r=299;t=50'),
    ]


def test_strangers_from_one_address_are_held_to_their_own_limit(site: Site) -> None:
    with moved_to(now() + timedelta(hours=1)):
        stranger = new_program(site)
        statuses = {stranger.get("/api/v1/ideer/ID-9").status_code for _ in range(300)}
        stopped = stranger.get(OENSKER)
        with_key = new_program(site, make_key(site, "vendor")).get(OENSKER)
    assert (statuses, stopped.status_code, with_key.status_code) == ({404}, 429, 200)
    assert stopped.headers["ratelimit"].startswith('"requests";r=0;t=')


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "da"), ("en-GB, da;q=0.9", "en"), ("sv;q=0.3, en;q=0.2", "sv"), ("de, fr", "da"),
     ("en;q=0, *", "da"), ("x" * 5000, "da"), ("en;q=nan", "da")],
)  # fmt: skip
def test_the_language_of_a_problem_is_the_readers(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


def test_a_problem_is_told_in_the_language_that_is_asked_for(site: Site) -> None:
    answers = [
        new_program(site).get(f"{OENSKER}/OE-9", headers={"Accept-Language": asked})
        for asked in ("da", "en", "sv")
    ]
    assert [one.headers["content-language"] for one in answers] == ["da", "en", "sv"]
    assert len({one.json()["detail"] for one in answers}) == 3
