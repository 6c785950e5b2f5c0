"""English and Swedish are complete: every sentence in the code and the templates has its words."""

import re

import pytest
from babel.messages.catalog import Catalog, Message

from tests.catalogues import TRANSLATED, extract, read


def names_in(text: str) -> set[str]:
    """What is filled in: {name} and %(name)s."""
    return set(re.findall(r"\{[a-z_]*\}|%\([a-z_]+\)s", text))


def texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, tuple | list) else [str(value)]


@pytest.fixture(scope="module")
def danish() -> Catalog:
    return extract()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(danish: Catalog, language: str) -> None:
    known = read(language)
    missing = []
    for message in danish:
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        if found is None or not all(texts(found.string)) or found.fuzzy:
            missing.append(message.id)
    assert missing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_over(danish: Catalog, language: str) -> None:
    left = [m.id for m in read(language) if m.id and danish.get(m.id, m.context) is None]
    assert left == []


def is_filled_alike(message: Message) -> bool:
    wanted = set().union(*(names_in(text) for text in texts(message.id)))
    return all(names_in(text) <= wanted for text in texts(message.string)) and wanted <= set().union(
        *(names_in(text) for text in texts(message.string))
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_fills_in_the_same(language: str) -> None:
    wrong = [m.id for m in read(language) if m.id and not is_filled_alike(m)]
    assert wrong == []
