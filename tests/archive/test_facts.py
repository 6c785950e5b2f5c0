"""The archive's data files, real and invented: counts, well-formedness, references that resolve."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

FACTS = Path(__file__).parents[2] / "app" / "archive" / "facts"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FILES = [
    "crosswalk",
    "gatherings",
    "glossary",
    "maturity",
    "meetings",
    "municipalities",
    "notes",
    "organisations",
    "pipeline",
    "projects",
    "strategies",
]
DEMO = FACTS.parent / "demo" / "demo.json"


def facts(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))


def demo() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DEMO.read_text(encoding="utf-8"))
    return document


def demo_meeting(key: str) -> dict[str, Any]:
    return next(m for m in demo()["meetings"] if m["key"] == key)


def organisation_keys() -> set[str]:
    return {row["key"] for name in ("organisations", "municipalities") for row in facts(name)}


def theme_addresses() -> set[str]:
    return {f"{s['key']}/{t['key']}" for s in facts("strategies") for t in s["themes"]}


def every_object(value: Any) -> list[dict[str, Any]]:
    """All objects in a JSON value, the outer ones first."""
    if isinstance(value, list):
        return [found for part in value for found in every_object(part)]
    if isinstance(value, dict):
        return [value, *(found for part in value.values() for found in every_object(part))]
    return []


def meetings() -> list[dict[str, Any]]:
    """The numbered meetings and the gathering in the shape of one."""
    return facts("meetings")["meetings"] + [g for g in facts("gatherings") if g["kind"] == "panel"]


def test_there_are_no_other_facts_files() -> None:
    assert sorted(path.stem for path in FACTS.glob("*.json")) == sorted(FILES)


def test_every_link_of_the_crosswalk_joins_themes_that_there_are_and_once() -> None:
    ends = [(link["from"], link["to"]) for link in facts("crosswalk")]
    assert {end for link in ends for end in link if end} - theme_addresses() == set()
    assert len({frozenset(link) for link in ends}) == len(ends) == 22


def test_counts_are_those_of_the_archive() -> None:
    strategies = facts("strategies")
    assert {
        "organisations": len(facts("organisations")),
        "municipalities": len(facts("municipalities")),
        "strategies": len(strategies),
        "themes": len(theme_addresses()),
        "initiatives": sum(len(t["initiatives"]) for s in strategies for t in s["themes"]),
        "meetings": [m["number"] for m in facts("meetings")["meetings"]],
        "not_found": [m["number"] for m in facts("meetings")["not_found"]],
        "asks": sum(len(m["asks"]) for m in facts("meetings")["meetings"]),
        "responses": sum(len(m["responses"]) for m in facts("meetings")["meetings"]),
        "gatherings": [g["kind"] for g in facts("gatherings")],
        "projects": len(facts("projects")["projects"]),
        "projects_without_owner": sum(p["authority"] is None for p in facts("projects")["projects"]),
        "glossary": len(facts("glossary")),
    } == {
        "organisations": 27,
        "municipalities": 98,
        "strategies": 16,
        "themes": 61,
        "initiatives": 21,
        "meetings": [1, 6, 7, 10, 11, 12, 14],
        "not_found": [2, 3, 4, 8, 9, 13],
        "asks": 12,
        "responses": 15,
        "gatherings": ["panel", "conversation", "body", "scheme", "policy"],
        "projects": 25,
        "projects_without_owner": 5,
        "glossary": 96,
    }


def test_the_municipalities_of_each_region_are_counted() -> None:
    counts: dict[str, int] = {}
    for row in facts("municipalities"):
        counts[row["region"]] = counts.get(row["region"], 0) + 1
    assert counts == facts("notes")["municipalities"]["per_region"]


def test_municipality_codes_are_four_digits_and_unique() -> None:
    codes = [row["code"] for row in facts("municipalities")]
    assert (len(set(codes)), [c for c in codes if not re.fullmatch(r"\d{4}", c)]) == (98, [])


def test_a_mail_domain_belongs_to_one_organisation() -> None:
    domains = [row["mail_domain"] for row in facts("municipalities") if row["mail_domain"]]
    domains += [domain for row in facts("organisations") for domain in row["mail_domains"]]
    assert (len(domains), len(set(domains))) == (84, 84)
    assert [d for d in domains if not re.fullmatch(r"[a-z0-9-]+\.dk", d)] == []


@pytest.mark.parametrize("name", ["organisations", "municipalities", "strategies", "gatherings", "glossary"])
def test_keys_of_a_list_are_unique_slugs(name: str) -> None:
    keys = [row["key"] for row in facts(name)]
    assert (len(keys), [k for k in keys if not SLUG.fullmatch(k)]) == (len(set(keys)), [])


def test_organisation_and_municipality_keys_do_not_clash() -> None:
    assert len(organisation_keys()) == len(facts("organisations")) + len(facts("municipalities"))


def test_theme_keys_are_unique_slugs_within_a_strategy_and_parents_exist() -> None:
    for strategy in facts("strategies"):
        keys = [theme["key"] for theme in strategy["themes"]]
        parents = {theme["parent"] for theme in strategy["themes"]} - {None}
        assert [k for k in keys if not SLUG.fullmatch(k) or keys.count(k) > 1] == [], strategy["key"]
        assert parents <= set(keys), strategy["key"]


def test_the_nine_focus_areas_of_2016_hang_under_three_aims() -> None:
    strategy = next(s for s in facts("strategies") if s["key"] == "fods-2016-2020")
    codes = {theme["key"]: theme["code"] for theme in strategy["themes"]}
    assert {t["code"]: codes[t["parent"]] for t in strategy["themes"] if t["parent"]} == {
        "1": "A", "2": "A", "3": "A", "4": "B", "5": "B", "6": "B", "7": "C", "8": "C", "9": "C",
    }  # fmt: skip


def test_a_theme_has_8_to_20_keywords_in_lower_case_unless_it_was_not_seen() -> None:
    for theme in (t for s in facts("strategies") for t in s["themes"]):
        words = theme["keywords"]
        assert words == [w.strip().lower() for w in dict.fromkeys(words)], theme["key"]
        assert 8 <= len(words) <= 20 or (theme["certainty"], words) == ("uncertain", []), theme["key"]


def test_the_five_wishes_of_the_trade_at_meeting_10_are_exact() -> None:
    meeting = next(m for m in meetings() if m["key"] == "10")
    wishes = [
        (a["text_da"], a["aspect"], a["said_by"], a["on_behalf_of_text_da"])
        for a in meeting["asks"]
        if a["kind"] == "wish"
    ]
    assert wishes == [
        ("Klar retning", "direction", "Claus Rydkjær", "branchen"),
        ("Målbilleder", "target_picture", "Claus Rydkjær", "branchen"),
        ("Operationelle planer", "operational_plan", "Claus Rydkjær", "branchen"),
        ("Flerårige forpligtende målsætninger", "multi_year_goal", "Claus Rydkjær", "branchen"),
        ("At der måles på effekt", "effect_measurement", "Claus Rydkjær", "branchen"),
    ]


def test_every_key_of_a_meeting_is_used_once_and_its_references_resolve() -> None:
    for meeting in meetings():
        agenda = [item["key"] for item in meeting["agenda"]]
        groups = [group["key"] for group in meeting["groups"]]
        asks = [ask["key"] for ask in meeting["asks"]]
        keys = agenda + groups + asks + [response["key"] for response in meeting["responses"]]
        assert len(keys) == len(set(keys)), meeting["key"]
        said = meeting["asks"] + meeting["responses"] + meeting["groups"]
        assert {row["agenda"] for row in said} <= {*agenda, None}
        assert {a["group"] for a in meeting["asks"]} <= {*groups, None}
        assert {answered for r in meeting["responses"] for answered in r["answers"]} <= set(asks)


def test_one_agenda_order_is_one_item() -> None:
    for meeting in meetings():
        orders = [item["order"] for item in meeting["agenda"]]
        assert orders == list(range(1, len(orders) + 1)), meeting["key"]


def test_a_person_with_several_roles_shows_the_first_of_them() -> None:
    people = [p for row in every_object(facts("gatherings")) for p in row.get("people", [])]
    fields = ("title_da", "title_en", "organisation", "organisation_text", "former")
    assert len(people) == 11
    for person in people:
        assert {f: person[f] for f in fields} == {f: person["roles"][0][f] for f in fields}, person["name"]


def test_every_named_organisation_exists() -> None:
    known = organisation_keys()
    named: set[str] = set()
    for name in ("meetings", "gatherings", "projects"):
        for row in every_object(facts(name)):
            named |= {row.get("organisation"), row.get("authority"), row.get("on_behalf_of")} - {None}
            named |= {*row.get("organisers", []), *row.get("by_organisations", []), *row.get("partners", [])}
    assert named - known == set()


def test_every_named_theme_exists() -> None:
    named: set[str] = set()
    for name in ("meetings", "gatherings", "projects"):
        for row in every_object(facts(name)):
            named |= {row.get("theme"), *row.get("themes", [])} - {None}
    assert named - theme_addresses() == set()


CODES = {
    "aspect": {
        "direction", "target_picture", "operational_plan", "multi_year_goal", "effect_measurement",
        "infrastructure", "procurement", "data", "security", "innovation", "citizen_perspective", "other",
    },
    "format": {"physical", "virtual", "hybrid", "unknown"},
    "format_certainty": {"stated", "inferred", "unknown"},
    "date_certainty": {"stated", "year_inferred", "article_date"},
    "title_certainty": {"stated", "not_given", "ours"},
    "theme_certainty": {"stated", "assigned_by_us", None},
    "role": {"speaker", "panellist", "moderator", "host", "contact"},
    "level": {"municipal", "joint_public", "state", "single_municipality"},
    "certainty": {"seen", "related", "title_only", "uncertain", "stated", "inferred", "not_known_since"},
    "field": {"health", "administration", "employment", "building", "hospital", "climate", "social"},
    "part": {"participant", "follower", "pilot", "tester", "possible"},
    "seen": {"whole", "excerpt", "page", "list", "mention"},
}  # fmt: skip


def test_codes_are_the_known_ones() -> None:
    rows = [row for name in FILES for row in every_object(facts(name))]
    used = {code: {row[code] for row in rows if code in row} for code in CODES}
    assert {code: values - CODES[code] for code, values in used.items()} == {code: set() for code in CODES}


def test_barriers_are_coded_and_never_claimed_for_one_project_alone() -> None:
    document = facts("projects")
    rows = document["projects"] + document["programme"]["evaluations"]
    assert {b for row in rows for b in row["barriers"]} == {"data", "infrastructure", "law", "skills"}
    assert {p["barriers_certainty"] for p in document["projects"]} == {"round_evaluation"}
    by_round: dict[int, set[str]] = {}
    for evaluation in document["programme"]["evaluations"]:
        for year in evaluation["rounds"]:
            by_round.setdefault(year, set()).update(evaluation["barriers"])
    assert {p["round_year"]: set(p["barriers"]) for p in document["projects"]} == by_round


def test_every_project_stands_somewhere_and_none_is_said_to_have_ended_without_a_source() -> None:
    rows = facts("pipeline")
    assert {row["project"] for row in rows} == {row["key"] for row in facts("projects")["projects"]}
    assert {(row["stage"], row["certainty"]) for row in rows} == {
        ("pilot", "stated"), ("pilot", "not_known_since"), ("measured", "stated"), ("spread", "inferred"),
    }  # fmt: skip
    assert [row["project"] for row in rows if not (row["source_url"] and row["note_da"])] == []


def test_every_address_of_a_source_is_a_web_address() -> None:
    addresses: list[str] = []
    for row in (row for name in FILES for row in every_object(facts(name))):
        addresses += [*row.get("source_urls", []), row.get("source_url"), row.get("url"), row.get("website")]
    assert [a for a in addresses if a is not None and not re.fullmatch(r"https?://\S+", a)] == []


def test_every_date_of_a_meeting_is_a_date() -> None:
    assert [date.fromisoformat(m["date"]).isoformat() for m in meetings()] == [m["date"] for m in meetings()]


def test_danish_text_stands_beside_every_english_text() -> None:
    for name in FILES:
        for row in every_object(facts(name)):
            for field in (f for f in row if f.endswith("_en") and row[f]):
                danish = field.removesuffix("_en") + "_da"
                danish = {"rule_da": "rules_da"}.get(danish, danish)
                assert row.get(danish), (name, field, row)


def test_the_past_example_meeting_is_recorded_in_full() -> None:
    meeting = demo_meeting("eksempel-efteraar-2026")
    groups = [group["key"] for group in meeting["groups"]]
    assert {
        "kinds": [item["kind"] for item in meeting["agenda"]],
        "tracks": [item["track"] for item in meeting["agenda"] if item["track"]],
        "panel_tasks": [len(item["tasks"]) for item in meeting["agenda"] if item["kind"] == "panel"],
        "cards_by_group": [[c["group"] for c in meeting["cards"]].count(key) for key in groups],
        "wishes": len(meeting["wishes"]),
        "ideas": len(meeting["ideas"]),
        "confidential_ideas": sum(bool(idea["confidential"]) for idea in meeting["ideas"]),
        "responses": [response["kind"] for response in meeting["responses"]],
        "decks": [(deck["format"], len(deck["slides"])) for deck in meeting["decks"]],
    } == {
        "kinds": [
            "welcome",
            "status",
            "talk",
            "talk",
            "break",
            "talk",
            "talk",
            "panel",
            "break",
            "group_session",
            "plenary",
        ],
        "tracks": ["A", "B"],
        "panel_tasks": [3],
        "cards_by_group": [10, 10, 10, 10],
        "wishes": 8,
        "ideas": 3,
        "confidential_ideas": 1,
        "responses": ["promise", "answer", "position"],
        "decks": [("pdf", 10), ("pptx", 9)],
    }


def test_the_coming_example_meeting_is_open_and_virtual() -> None:
    meeting = demo_meeting("eksempel-foraar-2027")
    assert (meeting["status"], meeting["format"], meeting["date_offset_days"]) == ("open", "virtual", 60)


@pytest.mark.parametrize("words", ["målbilleder", "effekt af velfærdsteknologi", "it-indkøb"])
def test_the_words_of_the_search_journey_stand_on_the_slides_named_as_landmarks(words: str) -> None:
    landmarks = 0
    for deck in demo_meeting("eksempel-efteraar-2026")["decks"]:
        said = [" ".join([slide["heading"], *slide["bullets"]]).lower() for slide in deck["slides"]]
        for landmark in (mark for mark in deck["landmarks"] if mark["words"] == words):
            landmarks += 1
            assert landmark["slides"] == [n for n, text in enumerate(said, start=1) if words in text]
    assert landmarks == 1


def test_every_invented_row_says_that_it_is_an_example() -> None:
    document = demo()
    rows = [document, *document["organisations"], *document["users"], *document["interests"]]
    for meeting in document["meetings"]:
        said = [meeting[part] for part in ("cards", "wishes", "ideas", "responses", "decks")]
        rows += [meeting, *(row for part in said for row in part)]
    assert {row.get("is_example") for row in rows} == {True}


def test_invented_addresses_lie_under_the_example_domain() -> None:
    document = demo()
    hosts = [user["email"].split("@")[1] for user in document["users"]]
    hosts += [domain for row in document["organisations"] for domain in row["mail_domains"]]
    hosts += [m["join_url"].split("/")[2] for m in document["meetings"] if m["join_url"]]
    assert [host for host in hosts if not host.endswith(".example")] == []


def test_no_real_organisation_or_person_appears_in_the_invented_meetings() -> None:
    real = {p["name"] for m in meetings() for item in m["agenda"] for p in item["people"]}
    rows = every_object(demo())
    named = {row.get("name") for row in rows} | {row.get("said_by_text_da") for row in rows}
    organisations = {row["organisation"] for row in rows if "organisation" in row}
    assert (named - {None}) & real == set()
    assert organisations == {row["key"] for row in demo()["organisations"]}


def test_references_in_the_invented_meetings_resolve() -> None:
    document = demo()
    users, known = {u["key"] for u in document["users"]}, {o["key"] for o in document["organisations"]}
    sent: set[str] = set()
    for meeting in document["meetings"]:
        said = meeting["cards"] + meeting["wishes"] + meeting["ideas"]
        sent |= {row["key"] for row in said}
        agenda = {item["key"] for item in meeting["agenda"]}
        groups = {group["key"] for group in meeting["groups"]}
        assert {row.get("agenda") for row in said + meeting["groups"] + meeting["decks"]} <= {*agenda, None}
        assert {row.get("group") for row in said} <= {*groups, None}
        assert {row["said_by"] for row in said} | {row["entered_by"] for row in said} <= {*users, None}
        assert {row["on_behalf_of"] for row in said} <= {*known, None}
        assert {key for row in meeting["responses"] for key in row["answers"]} <= sent
        themes = {theme for row in said for theme in row["themes"]} | {g["theme"] for g in meeting["groups"]}
        assert themes - theme_addresses() == set()
    assert {row["contribution"] for row in document["interests"]} <= sent
