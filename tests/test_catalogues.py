"""English and Swedish are complete: every sentence in the code and the templates has its words."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"silent": "false"}}


def extract() -> Catalog:
    """All Danish sentences that are shown to people."""
    catalog = Catalog()
    for folder in ("app", "templates"):
        for name, line, message, comments, context in extract_from_dir(
            str(ROOT / folder), METHODS, OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
        ):
            catalog.add(message, None, [(name, line)], context=context)
    return catalog


def read(language: str) -> Catalog:
    return read_po(BytesIO((ROOT / "app" / "translations" / f"{language}.po").read_bytes()), locale=language)


def names_in(text: str) -> set[str]:
    """What is filled in: {name} and %(name)s."""
    return set(re.findall(r"\{[a-z_]*\}|%\([a-z_]+\)s", text))


def texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, tuple | list) else [str(value)]


@pytest.fixture(scope="module")
def danish() -> Catalog:
    return extract()


@pytest.mark.parametrize("language", ["en", "sv"])
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


@pytest.mark.parametrize("language", ["en", "sv"])
def test_no_translation_is_left_over(danish: Catalog, language: str) -> None:
    left = [m.id for m in read(language) if m.id and danish.get(m.id, m.context) is None]
    assert left == []


def is_filled_alike(message: Message) -> bool:
    wanted = set().union(*(names_in(text) for text in texts(message.id)))
    return all(names_in(text) <= wanted for text in texts(message.string)) and wanted <= set().union(
        *(names_in(text) for text in texts(message.string))
    )


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_translation_fills_in_the_same(language: str) -> None:
    wrong = [m.id for m in read(language) if m.id and not is_filled_alike(m)]
    assert wrong == []
