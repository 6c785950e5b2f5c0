"""The sentences of the code and the templates, and their translations.

python -m tests.catalogues     brings app/translations/*.po up to the code: new sentences stand empty,
                               those no longer used are left out
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "app" / "translations"
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
JINJA = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do", "newstyle_gettext": "true"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
PLACES = ("app", "templates")
TRANSLATED = ("en", "sv")


def extract() -> Catalog:
    """All Danish sentences that are shown to people."""
    catalog = Catalog()
    for place in PLACES:
        found = extract_from_dir(
            str(ROOT / place),
            METHODS,
            {"**.html": JINJA, "**.txt": JINJA},
            keywords=KEYWORDS,
            directory_filter=lambda path: Path(path).name not in ("static", "facts", "demo", "__pycache__"),
        )
        for name, _line, message, comments, context in found:
            catalog.add(message, None, [(f"{place}/{name}", 0)], auto_comments=comments, context=context)
    return catalog


def read(language: str) -> Catalog:
    return read_po(BytesIO((FOLDER / f"{language}.po").read_bytes()), locale=language)


def _forms(message: Message) -> list[str]:
    """The translation; for one and for many where there are two."""
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def update() -> None:
    danish = extract()
    for language in TRANSLATED:
        known = read(language)
        known.update(danish, no_fuzzy_matching=True)
        known.obsolete.clear()
        with (FOLDER / f"{language}.po").open("wb") as file:
            write_po(file, known, width=110, no_location=True, omit_header=False, sort_output=True)
        empty = sum(1 for message in known if message.id and not all(_forms(message)))
        print(f"{language}: {len(known)} sentences, {empty} without words")


if __name__ == "__main__":
    update()
