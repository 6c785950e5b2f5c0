"""Doors for looking around: the crosswalk, boards, what is like a text, editions, what waits for oneself."""

from typing import Any

from app.core.clock import now
from app.domain.answering.publishing import correct_answer
from app.domain.answering.schemas import CorrectionInput
from app.domain.pressure_tests.schemas import AloneInput
from app.domain.pressure_tests.service import press_alone
from app.domain.search.service import index_everything
from tests.api.programs import new_program
from tests.api.test_papers import read
from tests.api.test_verbs import post, writer
from tests.noted import answer_alone
from tests.said import add_theme_rows, add_wish, put_said
from tests.site import Site


def _add_themes(site: Site) -> tuple[int, int]:
    with site.unit() as session:
        (old,) = add_theme_rows(session, "Data", strategy_key="strategi-2021")
        (new,) = add_theme_rows(session, "Klima")
        return old.id, new.id


def test_a_line_of_the_crosswalk_needs_a_ground_and_can_be_put_back(site: Site) -> None:
    old, new = _add_themes(site)
    staff, stranger = writer(site, "staff", "staff"), new_program(site)
    line = {"from_theme_id": old, "to_theme_id": new, "kind": "same"}
    bare = post(staff, "/temaer/kobling", line)
    assert [one["type"] for one in bare.json()["errors"]] == ["crosswalk_no_ground"]
    assert post(writer(site, "vendor"), "/temaer/kobling", line | {"note": "Samme sag"}).status_code == 403
    made = post(staff, "/temaer/kobling", line | {"note": "Samme sag"})
    assert made.status_code == 201, made.text

    def lines(query: str = "") -> list[tuple[Any, ...]]:
        items = read(stranger, f"/temaer/kobling{query}")["items"]
        return [(one["kind"], one["theme"]["name"], one["becomes"]["name"], one["note"]) for one in items]

    shown = [("same", "Data", "Klima", "Samme sag")]
    assert (lines(), lines("?strategi=strategi-2021"), lines("?strategi=findes-ikke")) == (shown, shown, [])
    at = f"/temaer/kobling/{made.json()['id']}"
    assert staff.request("DELETE", f"/api/v1{at}").json()["is_removed"] is True
    assert lines() == []
    assert post(staff, f"{at}/fortryd").json()["is_removed"] is False
    assert lines() == shown


def test_an_answer_shows_how_it_stood_before_to_those_who_read_it(site: Site) -> None:
    people = site.people
    with site.unit() as session:
        answer = answer_alone(session, people, add_wish(session, people.vendor))
        words = {"verdict": "yes", "text": "Ja, i maj.", "reason": answer.reason, "why": "Dagen manglede"}
        before = answer.text
        given = CorrectionInput.model_validate(words | {"version": answer.version})
        correct_answer(session, people.staff, answer.id, given)
        number = answer.id
    found = read(new_program(site), f"/svar/{number}/udgaver")
    assert [(one["text"], one["why"]) for one in found["items"]] == [(before, "Dagen manglede")]
    assert new_program(site).get("/api/v1/svar/4711/udgaver").status_code == 404


def test_what_is_like_a_text_and_the_themes_it_points_to_are_told_as_one_writes(site: Site) -> None:
    with site.unit() as session:
        wish = add_wish(session, site.people.rival, title="Vagtplaner i hjemmeplejen")
        add_theme_rows(session, "Velfærdsteknologi")
        reference = wish.reference
    site.work()
    asked = "/oensker/lignende?title=Vagtplaner%20i%20hjemmeplejen&body=velf%C3%A6rdsteknologi"
    program = writer(site, "vendor")
    told = program.get(f"/api/v1{asked}")
    assert told.headers["cache-control"] == "no-store"
    assert ([one["reference"] for one in told.json()["items"]], sorted(told.json())) == (
        [reference],
        ["items", "themes"],
    )
    assert read(program, "/oensker/lignende") == {"items": [], "themes": []}
    assert new_program(site).get(f"/api/v1{asked}").status_code == 401
    pointed = read(program, "/temaer/forslag?tekst=velf%C3%A6rdsteknologi%20til%20alle")["items"]
    assert [one["theme"]["name"] for one in pointed] == ["Velfærdsteknologi"]


def test_the_search_suggests_only_what_the_reader_may_see(site: Site) -> None:
    with site.unit() as session:
        add_wish(session, site.people.vendor, title="Kvantekrypteret journal")
        put_said(
            session,
            "eget",
            title="Kvantekrypterede kort",
            visibility="own",
            on_behalf_of_id=site.people.vendor.organisation_id,
        )
    with site.unit() as session:
        index_everything(session)
    guessed = {
        who: read(writer(site, who), "/soeg/forslag?q=kvantekr")["items"] for who in ("vendor", "rival")
    }
    assert "Kvantekrypterede kort" in guessed["vendor"]
    assert "Kvantekrypteret journal" in guessed["rival"]
    assert "Kvantekrypterede kort" not in guessed["rival"]
    assert read(new_program(site), "/soeg/forslag?q=k") == {"items": []}


def test_what_is_scored_is_set_up_by_staff_and_its_board_is_open(site: Site) -> None:
    staff, vendor = writer(site, "staff", "staff"), writer(site, "vendor")
    assert vendor.get("/api/v1/trykproever/kriterier").status_code == 403
    before = len(read(staff, "/trykproever/kriterier")["items"])
    made = post(staff, "/trykproever/kriterier", {"name": "Nytte", "weight": 2}).json()["items"]
    (one,) = (line for line in made if line["name"] == "Nytte")
    at = f"/trykproever/kriterier/{one['id']}"
    change = {"name": "Værdi", "weight": 3, "version": one["version"]}
    changed = staff.put(f"/api/v1{at}", json=change).json()["items"]
    assert [(line["name"], line["weight"]) for line in changed if line["id"] == one["id"]] == [("Værdi", 3)]
    assert staff.put(f"/api/v1{at}", json=change).status_code == 412
    gone = post(staff, f"{at}/ud", {"version": 2}).json()["items"]
    assert (len(gone), [line["is_retired"] for line in gone if line["id"] == one["id"]]) == (
        before + 1,
        [True],
    )
    _add_themes(site)
    board = read(new_program(site), "/trykproever/tavle?strategi=strategi-2026")
    assert [one["name"] for one in board["themes"]] == ["Klima"]
    assert (board["items"], board["total"], board["pages"]) == ([], 0, 1)
    assert new_program(site).get("/api/v1/trykproever/tavle?strategi=findes-ikke").status_code == 404


def test_a_board_of_ones_own_is_empty_for_who_speaks_for_no_municipality(site: Site) -> None:
    with site.unit() as session:
        (theme,) = add_theme_rows(session, "Klima")
        said = [{"theme_id": theme.id, "value": "not", "reason": "Det gør det ikke"}]
        alone = {"title": "Robotstøvsugere", "strategy_ids": [theme.strategy_id], "themes": said}
        municipality = site.people.municipality
        test = press_alone(session, municipality, AloneInput.model_validate(alone))
        test.wanted, test.opened_at, test.published_at = 2, now(), now()
    path = "/trykproever/tavle?strategi=strategi-2026"
    programs = [new_program(site), writer(site, "vendor"), writer(site, "municipality")]
    assert [read(one, path)["total"] for one in programs] == [1, 1, 1]
    assert [read(one, f"{path}&vores=true")["total"] for one in programs] == [0, 0, 1]


def test_the_board_of_stages_and_the_barriers_count_what_the_reader_may_see(site: Site) -> None:
    idea = {
        "title": "Fælles øvelse",
        "body": "En dag om året.",
        "problem": "Planerne er ikke prøvet af.",
        "for_whom": "Beredskab.",
        "proposal": "Øv sammen.",
    }
    vendor, stranger = writer(site, "vendor"), new_program(site)
    reference = post(vendor, "/ideer", idea).json()["reference"]
    post(vendor, "/ideer/udkast", {"title": "Måske"})
    columns = {one["stage"]: one for one in read(stranger, "/projekter/vej")["columns"]}
    assert [one["title"] for one in columns["idea"]["items"]] == ["Fælles øvelse"]
    stage = read(stranger, "/projekter/vej/trin?trin=ide")
    assert (stage["total"], [one["page"] for one in stage["items"]]) == (
        1,
        [f"http://testserver/ideer/{reference}"],
    )
    assert read(stranger, "/projekter/vej?slags=egne")["columns"][0]["total"] == 0
    way = f"/projekter/vej/ideer/{reference}/barriere"
    noted = post(writer(site, "staff", "staff"), way, {"code": "law", "note": "Uklar hjemmel"})
    assert noted.status_code == 201, noted.text
    counted = read(stranger, "/projekter/barrierer")
    assert [(one["barrier"], one["held"], one["said"]) for one in counted["totals"]] == [("law", 1, 1)]
    held = read(stranger, "/projekter/barrierer/jura")["items"]
    assert [(one["thing"]["title"], one["notes"]) for one in held] == [("Fælles øvelse", ["Uklar hjemmel"])]


def test_somebody_reads_what_they_have_sent_and_what_staff_asks_of_it(site: Site) -> None:
    vendor, staff = writer(site, "vendor"), writer(site, "staff", "staff")
    wish = post(vendor, "/oensker", {"title": "Ét sted", "body": "Til alt."}).json()["reference"]
    other = post(vendor, "/oensker", {"title": "Ét login", "body": "Til alle."}).json()["reference"]
    asked = {"question": "Hvor mange?", "reply_by": "2040-01-01"}
    far = post(staff, f"/indbakke/{wish}/bed-om-mere", asked)
    assert far.status_code in (200, 409), far.text
    items = read(vendor, "/mig/bidrag")["items"]
    assert sorted(one["reference"] for one in items) == sorted([wish, other])
    assert read(writer(site, "rival"), "/mig/bidrag")["items"] == []
    waiting = read(vendor, "/mig/opgaver")
    assert (waiting["rounds"], waiting["networks"]) == ([], [])
