"""Which contributions say the same: held against what a reader says of the archive and of the examples."""

from sqlalchemy.orm import Session

from app.archive.loading import read_demo, read_facts
from app.core.text import shorten
from app.domain.contributions.likeness import Spoken, find_likeness

DEMO = "eksempel-efteraar-2026-"
# What says the same as these, to a reader who did not know the answer of the program.
SAME = {
    "10-indspil-1": "kort-03 kort-08",
    "10-indspil-2": "oenske-1 kort-01 kort-02 kort-04 kort-07 kort-09 kort-10",
    "10-indspil-3": "kort-05",
    "10-indspil-4": "kort-06",
    "10-indspil-5": "oenske-2 kort-11 kort-12 kort-13 kort-15 kort-18 kort-26",
    "10-indspil-6": "",
    "10-indspil-8": "",
    "14-indspil-1": "",
    "oenske-1": "10-indspil-2 kort-01 kort-02 kort-04",
    "oenske-2": "10-indspil-5 kort-11 kort-12 kort-13",
    "oenske-3": "kort-28",
    "oenske-4": "kort-31 kort-35",
    "oenske-5": "kort-36",
    "oenske-7": "kort-20",
    "oenske-8": "kort-27",
}
# What may be called the same or not: it touches on it.
NEAR = {
    "10-indspil-2": "kort-03",
    "10-indspil-3": "oenske-3 kort-28 kort-20",
    "10-indspil-4": "kort-03 kort-11 kort-13 kort-19 kort-26",
    "10-indspil-5": "kort-16 kort-19 spoergsmaal-2 spoergsmaal-3 10-indspil-4",
    "oenske-1": "kort-03 kort-06 kort-07 kort-09 kort-10",
    "oenske-2": "kort-15 kort-18 kort-26 spoergsmaal-2 spoergsmaal-3",
    "oenske-7": "kort-19",
}
FIVE_WISHES = [f"10-indspil-{number}" for number in range(1, 6)]


def read_all() -> tuple[list[Spoken], dict[str, int]]:
    """Everything that was said, as it is loaded, and its number by the seed's name for it."""
    meetings = [*read_facts("meetings")["meetings"], *read_demo()["meetings"]]
    rows = [
        row for m in meetings for kind in ("asks", "cards", "questions", "wishes") for row in m.get(kind, [])
    ]
    spoken, numbers, themes = [], {}, {}
    for number, row in enumerate(rows, 1):
        own, other = ("text_en", "text_da") if row.get("language") == "en" else ("text_da", "text_en")
        body = row.get("body_da") or row.get(own) or row.get(other) or ""
        numbers[row["key"].removeprefix(DEMO)] = number
        spoken.append(
            Spoken(
                number,
                row.get("title_da") or shorten(body, 120),
                body,
                row.get("language", "da"),
                (row.get("text_en") or "") if own == "text_da" else "",
                row["aspect"],
                frozenset(themes.setdefault(theme, len(themes)) for theme in row["themes"]),
            )
        )
    return spoken, numbers


def test_what_says_the_same_in_the_archive_and_the_examples_is_found_and_little_else(
    session: Session,
) -> None:
    spoken, numbers = read_all()
    names = {number: name for name, number in numbers.items()}
    likeness = find_likeness(session, spoken)
    right, wrong, missed = {}, {}, {}
    for name, same in SAME.items():
        found = {names[one.id] for one in likeness.list_alike(numbers[name])}
        right[name] = found & set(same.split())
        missed[name] = set(same.split()) - found
        wrong[name] = found - set(same.split()) - set(NEAR.get(name, "").split())
    of_five = [sum(len(found[name]) for name in FIVE_WISHES) for found in (right, wrong, missed)]
    assert of_five == [17, 0, 1], (wrong, missed)
    of_all = [sum(map(len, found.values())) for found in (right, wrong, missed)]
    assert of_all[0] >= 28 and of_all[1] <= 3 and of_all[2] <= 5, (wrong, missed)


def test_a_wish_that_is_misspelt_or_said_in_english_is_known_again(session: Session) -> None:
    given = [
        Spoken(1, "Velfærdsteknologi til hjemmeplejen", "", body_en="Welfare technology for home care"),
        Spoken(2, "Velfærdstekonlogi i hjemmeplejen", ""),
        Spoken(3, "Better welfare technology", "Home care needs it first.", "en"),
        Spoken(4, "Kortere svarfrister på udbud", ""),
    ]
    assert {one.id for one in find_likeness(session, given).list_alike(1)} == {2, 3}


def test_what_everybody_says_and_an_aspect_make_nothing_alike(session: Session) -> None:
    given = [
        Spoken(1, "Kommunerne bør give leverandørerne bedre løsninger", "", aspect="data"),
        Spoken(2, "Leverandørerne vil gerne have nye systemer i alle kommuner", "", aspect="data"),
        Spoken(3, "Og når det så er", "", aspect="data"),
    ]
    likeness = find_likeness(session, given)
    assert [likeness.list_alike(number) for number in (1, 2, 3)] == [[], [], []]


def test_likeness_tells_its_reasons_and_the_words_of_the_other(session: Session) -> None:
    given = [
        Spoken(1, "Ens sikkerhedskrav", "", aspect="security", theme_ids=frozenset({7, 8})),
        Spoken(2, "Samme sikkerhedskravene overalt", "", aspect="security", theme_ids=frozenset({8})),
    ]
    (alike,) = find_likeness(session, given).list_alike(1)
    assert (alike.reasons, alike.words) == (
        ("same_words", "same_aspect", "same_theme"),
        ("sikkerhedskravene",),
    )


def test_words_that_tell_as_much_stand_in_the_same_order_in_every_process(session: Session) -> None:
    names = [f"{first}{second}ak" for first in "bdfgk" for second in "lr"]
    given = [Spoken(number, " ".join(names), "") for number in (1, 2)]
    (alike,) = find_likeness(session, given).list_alike(1)
    assert alike.words == ("blak", "brak", "dlak", "drak")
