"""Strategies: put in once however often, edits kept, and the tree read as it hangs."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.policy import STRANGER, NotAllowed, Refused
from app.domain.strategies.models import Initiative, Strategy, Theme
from app.domain.strategies.policy import may_edit_strategies, may_see, visible_to
from app.domain.strategies.queries import (
    count_strategies_by_municipality,
    find_strategy,
    find_theme,
    find_theme_ids,
    find_themes,
    list_strategies,
    list_strategies_of,
    list_theme_choices,
    list_themes,
    theme_choices,
    walk,
)
from app.domain.strategies.schemas import StrategyInput
from app.domain.strategies.service import put_strategy
from tests.people import People
from tests.reading import put_a_municipality, put_a_strategy, put_the_strategies, theme


def count_rows(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Strategy, Theme, Initiative, AuditEntry)
    )


def list_jobs(session: Session) -> list[dict[str, Any]]:
    return list(session.scalars(text("select args from procrastinate_jobs order by id")))


def test_the_same_facts_twice_add_nothing(session: Session) -> None:
    put_a_municipality(session, "esbjerg", "Esbjerg")
    put_the_strategies(session)
    before = count_rows(session)
    put_the_strategies(session)
    assert count_rows(session) == before
    assert before[:3] == (16, 61, 21)


def test_what_people_have_edited_stays(session: Session) -> None:
    facts = {"themes": [theme("klima", initiatives=[{"key": "sensorer", "name": "Sensorer"}])]}
    strategy = put_a_strategy(session, **facts)
    strategy.name = "Rettet af en redaktør"
    tema = session.scalars(select(Theme)).one()
    tema.name = "Klima og vand"
    session.scalars(select(Initiative)).one().name = "Flere sensorer"
    session.flush()
    put_a_strategy(session, **facts)
    session.expire_all()
    assert (strategy.name, tema.name) == ("Rettet af en redaktør", "Klima og vand")
    assert list(session.scalars(select(Initiative.name).order_by(Initiative.id))) == ["Flere sensorer"]


def test_a_new_theme_and_a_new_initiative_come_into_a_known_strategy(session: Session) -> None:
    put_a_strategy(session, themes=[theme("klima")])
    put_a_strategy(
        session, themes=[theme("klima", initiatives=[{"key": "sensorer", "name": "Sensorer"}]), theme("data")]
    )
    rows = session.execute(select(AuditEntry.verb, AuditEntry.thing).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in rows] == [("add", "strategy"), ("extend", "strategy")]
    tree = list_themes(session, session.scalars(select(Strategy.id)).one())
    assert [(one.key, [i.name for i in one.initiatives]) for one in tree] == [
        ("klima", ["Sensorer"]),
        ("data", []),
    ]


def test_strategy_and_changed_themes_go_to_the_search_index(session: Session) -> None:
    strategy = put_a_strategy(session, themes=[theme("klima"), theme("data")])
    ids = sorted(session.scalars(select(Theme.id)))
    assert list_jobs(session) == [
        {"kind": "strategy", "ids": [strategy.id]},
        {"kind": "theme", "ids": ids},
    ]


def test_only_staff_puts_a_strategy_in(session: Session, people: People) -> None:
    given = StrategyInput(key="plan", name="Plan", level="state", owner="Regeringen")
    for name, actor in people.all().items():
        if may_edit_strategies(actor):
            assert name in ("staff", "admin")
            put_strategy(session, actor, given)
        else:
            with pytest.raises(NotAllowed):
                put_strategy(session, actor, given)


def test_rule_and_sql_agree_for_every_kind_of_people(session: Session, people: People) -> None:
    strategy = put_a_strategy(session)
    for actor in people.all().values():
        assert list(session.scalars(select(Strategy.id).where(visible_to(actor)).order_by(Strategy.id))) == [
            strategy.id
        ]
        assert may_see(actor, strategy)


def test_a_municipality_that_is_not_known_is_refused(session: Session) -> None:
    with pytest.raises(Refused) as refusal:
        put_a_strategy(session, municipality="atlantis")
    assert (refusal.value.code, refusal.value.values) == ("unknown_organisation", {"key": "atlantis"})


@pytest.mark.parametrize(
    ("themes", "fault"),
    [
        ([theme("a"), theme("a")], "double_key"),
        ([theme("a", parent="b")], "not_a_tree"),
        ([theme("a", parent="b"), theme("b", parent="a")], "not_a_tree"),
        ([theme("a", certainty="maybe")], "literal_error"),
        ([theme("Ikke en nøgle")], "string_pattern_mismatch"),
        ([theme("a", source="x")], "extra_forbidden"),
        ([theme("a", name="a\x00b")], "unstorable_text"),
    ],
)
def test_a_tree_that_cannot_hang_together_is_refused(themes: list[dict[str, Any]], fault: str) -> None:
    values = {"key": "plan", "name": "Plan", "level": "state", "owner": "Staten", "themes": themes}
    with pytest.raises(ValidationError) as wrong:
        StrategyInput.model_validate(values)
    assert [error["type"] for error in wrong.value.errors()] == [fault]


def test_a_source_that_would_run_a_script_is_refused() -> None:
    values = {"key": "plan", "name": "Plan", "level": "state", "owner": "Staten"}
    with pytest.raises(ValidationError) as wrong:
        StrategyInput.model_validate(values | {"source_urls": ["javascript:alert(1)"]})
    assert wrong.value.errors()[0]["type"] == "url"


def test_a_child_may_stand_before_its_parent_in_the_facts(session: Session) -> None:
    strategy = put_a_strategy(session, themes=[theme("bus", parent="trafik"), theme("trafik")])
    (tree,) = list_themes(session, strategy.id)
    assert (tree.key, [one.key for one in tree.below]) == ("trafik", ["bus"])
    assert [one.key for one in walk([tree])] == ["trafik", "bus"]


def test_strategies_stand_in_the_order_of_their_years(session: Session) -> None:
    put_a_strategy(session, "uden")
    put_a_strategy(session, "sen", period_from=2021, period_to=2025)
    put_a_strategy(session, "aaben", period_from=2011)
    put_a_strategy(session, "tidlig", period_from=2011, period_to=2015)
    assert [one.key for one in list_strategies(session, STRANGER)] == ["tidlig", "aaben", "sen", "uden"]


def test_a_strategy_shows_its_short_name_where_it_has_one(session: Session) -> None:
    put_a_strategy(session, "lang", short_name="Kort", name_en="Long", themes=[theme("a"), theme("b")])
    put_a_strategy(session, "ren")
    long, plain = find_strategy(session, STRANGER, "lang"), find_strategy(session, STRANGER, "ren")
    assert long and (long.title, long.title_en, long.theme_count) == ("Kort", "Long", 2)
    assert plain and (plain.title, plain.title_en, plain.theme_count) == ("Strategien ren", None, 0)
    assert find_strategy(session, STRANGER, "nej") is None


def test_a_municipality_s_own_strategy_is_found_from_it(session: Session) -> None:
    esbjerg = put_a_municipality(session, "esbjerg", "Esbjerg")
    put_a_strategy(session, "faelles")
    put_a_strategy(session, "egen", level="single_municipality", municipality="esbjerg")
    (own,) = list_strategies_of(session, STRANGER, esbjerg.id)
    assert (own.key, own.municipality_key, own.municipality_name) == ("egen", "esbjerg", "Esbjerg Kommune")
    assert count_strategies_by_municipality(session, STRANGER) == {esbjerg.id: 1}


def test_a_theme_is_found_with_what_is_above_below_and_beside_it(session: Session) -> None:
    put_a_strategy(
        session,
        themes=[theme("a"), theme("a1", parent="a"), theme("a2", parent="a"), theme("a11", parent="a1")],
    )
    place = find_theme(session, STRANGER, "plan", "a1")
    assert place is not None
    assert ([one.key for one in place.above], [one.key for one in place.beside]) == (["a"], ["a1", "a2"])
    assert place.ids == [place.theme.id, place.theme.below[0].id]
    assert (place.ref.path, place.ref.strategy_title) == ("/temaer/plan/a1", "Strategien plan")
    assert find_theme(session, STRANGER, "plan", "nej") is None
    assert find_theme(session, STRANGER, "nej", "a1") is None


def test_themes_for_menus_stand_under_their_strategy_the_latest_first(session: Session) -> None:
    put_a_strategy(session, "gammel", period_from=2011, themes=[theme("x")])
    put_a_strategy(session, "ny", period_from=2026, themes=[theme("b"), theme("a"), theme("b1", parent="b")])
    put_a_strategy(session, "tom", period_from=2024)
    choices = [(one.title, [t.key for t in one.themes]) for one in list_theme_choices(session)]
    assert choices == [("Strategien ny", ["b", "b1", "a"]), ("Strategien gammel", ["x"])]


def test_a_theme_whose_name_nobody_knows_is_named_but_not_to_be_ticked(session: Session) -> None:
    put_a_strategy(session, themes=[theme("a"), theme("femte", certainty="uncertain")])
    everything, to_tick = (read(session, theme_choices(with_uncertain=some)) for some in (True, False))
    assert [[t.key for t in one.themes] for one in (*everything, *to_tick)] == [["a", "femte"], ["a"]]


def test_themes_are_found_by_id_and_by_path_and_unknown_ones_are_left_out(session: Session) -> None:
    put_a_strategy(session, themes=[theme("a")])
    (theme_id,) = session.scalars(select(Theme.id))
    assert find_theme_ids(session, ["plan/a", "plan/b", "nej/a"]) == {"plan/a": theme_id}
    assert find_theme_ids(session, []) == {}
    assert {i: found.key for i, found in find_themes(session, [theme_id, 0]).items()} == {theme_id: "a"}
