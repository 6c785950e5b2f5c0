"""Suggested themes: from keywords and names, through inflection and compounds, and never from small words."""

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.domain.strategies.suggestions import suggest_themes
from tests.reading import put_a_municipality, put_a_strategy, put_the_strategies, theme

THEMES = [
    theme("klima-og-ressourcer", name="Klima og ressourcer", keywords=["energiforbrug", "måler", "sensor"]),
    theme("velfaerd", name="Velfærd", keywords=["velfærdsteknologi", "effekt af velfærdsteknologi"]),
    theme("indkoeb", name="Gode indkøb", keywords=["udbud", "leverandør", "kontrakt"]),
    theme("skole", name="Skole", keywords=["lærer", "elev"]),
]


def suggest(session: Session, text: str, year: int | None = None) -> list[tuple[str, list[str]]]:
    found = suggest_themes(session, [text], year)
    return [(one.theme.key, one.words) for one in found.get(0, [])]


def test_an_inflected_keyword_points_to_its_theme_with_the_word_as_it_stands(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    assert suggest(session, "Sæt flere SENSORER op.") == [("klima-og-ressourcer", ["SENSORER"])]


def test_a_keyword_inside_a_compound_points_to_its_theme(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    assert suggest(session, "Én standardkontrakt, tak.") == [("indkoeb", ["standardkontrakt"])]


def test_a_phrase_counts_more_than_its_words(session: Session) -> None:
    put_a_strategy(session, themes=[*THEMES, theme("data", keywords=["effekt"])])
    found = suggest(session, "Mål effekten af al velfærdsteknologi")
    assert [key for key, _ in found] == ["velfaerd", "data"]
    assert found[0][1] == ["effekten", "velfærdsteknologi"]


def test_words_that_only_share_a_short_stem_point_nowhere(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    assert suggest(session, "Vi kan måle det, og vi kan lære af det.") == []


def test_a_word_said_at_every_meeting_points_nowhere_alone(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    assert suggest(session, "Leverandøren bør høres.") == []
    assert suggest(session, "Leverandøren taber udbuddet.") == [("indkoeb", ["Leverandøren", "udbuddet"])]


def test_the_strategy_in_force_that_year_comes_first(session: Session) -> None:
    same = theme("ai", name="Kunstig intelligens", keywords=["algoritme"])
    put_a_strategy(session, "gammel", period_from=2016, period_to=2020, themes=[same])
    put_a_strategy(session, "ny", period_from=2021, themes=[same])
    for year, first in ((2017, "gammel"), (2024, "ny")):
        found = suggest_themes(session, ["Algoritmer skal kunne forklares"], year)
        assert found[0][0].theme.strategy_key == first


def test_texts_are_answered_by_their_index_and_empty_ones_left_out(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    found = suggest_themes(session, ["", "sensor", "\x00\ud800", "Hej med jer", "elev"])
    assert {index: [one.theme.key for one in some] for index, some in found.items()} == {
        1: ["klima-og-ressourcer"],
        4: ["skole"],
    }


def test_fifty_texts_cost_one_statement(session: Session) -> None:
    put_a_strategy(session, themes=THEMES)
    session.flush()
    statements: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    suggest_themes(session, [f"Sensor nummer {n}" for n in range(50)])
    assert len(statements) == 1


def test_the_real_themes_are_suggested_for_what_the_trade_really_asked(session: Session) -> None:
    put_a_municipality(session, "esbjerg", "Esbjerg")
    put_the_strategies(session)
    asked = {
        "Indspil til, hvordan den fælles infrastruktur bør udvikle sig": "kommunernes-digitale-fundamenter",
        "Tag borgerperspektivet strategisk ind": "borger-teknologi-og-lokaldemokratiet",
        "Et it-indkøb bør begynde med problemet": "flere-leverandoerer",
        "Effekt af velfærdsteknologi er også nattesøvn": "bedre-velfaerd-og-styring-med-data",
    }
    found = suggest_themes(session, list(asked), 2022)
    for index, key in enumerate(asked.values()):
        assert key in [one.theme.key for one in found[index]]
