"""What stands in the query string of a list: wrong values are passed over, never an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from app.core.text import is_storable
from app.http.visit import Visit

T = TypeVar("T")

LONGEST = 200
SIDE = "side"


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu of a filter bar: its name in the address, the chosen word, and (word, code, count) of each."""

    name: str
    chosen: str
    options: list[tuple[str, str, int]]


def make_menu(name: str, words: Mapping[str, T], chosen: T | None, counts: Mapping[T, int]) -> Menu:
    """The menu of those choices that lead to something, and of the one that is chosen."""
    options = [
        (word, str(code), counts.get(code, 0))
        for word, code in words.items()
        if counts.get(code) or code == chosen
    ]
    return Menu(name, next((word for word, code in words.items() if code == chosen), ""), options)


def typed(visit: Visit, name: str, longest: int = LONGEST) -> str:
    """The words typed into a filter, tidied; empty where there are none."""
    value = " ".join(visit.request.query_params.get(name, "").split())[:longest]
    return value if is_storable(value) else ""


def chosen(visit: Visit, name: str, choices: Mapping[str, T]) -> T | None:
    """What the word in the address stands for, or None."""
    return choices.get(visit.request.query_params.get(name, ""))


def whole_number(word: str, digits: int = 18) -> int | None:
    """The number that a word of an address or a hidden field stands for; None where it is none, or of more
    digits than that. Eighteen are what an id in the database can have.
    """
    return int(word) if word.isascii() and word.isdigit() and len(word) <= digits else None


def page_number(visit: Visit, pages: int, word: str = SIDE) -> int:
    """The page asked for by ?side=, or by another word on a page with several lists, held between 1 and the
    last one."""
    number = whole_number(visit.request.query_params.get(word, ""), digits=6)
    return max(1, min(number or 1, pages))


def count_pages(total: int, per_page: int) -> int:
    return max(1, -(-total // per_page))


def address(path: str, **values: object) -> str:
    """The path with the filters that are set."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def address_of_page(path: str, word: str = SIDE, /, **values: object) -> str:
    """The same, ending so that a page number can follow."""
    found = address(path, **values)
    return f"{found}{'&' if '?' in found else '?'}{word}="
