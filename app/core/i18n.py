"""Words in three languages: Danish in the code, English and Swedish in catalogues beside it."""

import gettext
import hashlib
import io
import os
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages import mofile, pofile

from app.core.clock import COPENHAGEN

DEFAULT = "da"
LANGUAGES = {"da": "Dansk", "en": "English", "sv": "Svenska"}
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


# Between a sense and its word, as gettext's own files have it.
_OF = "\x04"


def pgettext(sense: str, text: str) -> str:
    """A Danish word that means several things, marked for translation in one of them, as `_` marks others.

    Whoever shows it asks `catalogue(…).gettext` as for any other; in Danish the sense is left out.
    """
    return f"{sense}{_OF}{text}"


class _Danish(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return message.rpartition(_OF)[2]


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The words of a language, read from its .po file once. Danish needs none."""
    if language == DEFAULT or language not in LANGUAGES:
        return _Danish()
    words = gettext.GNUTranslations(io.BytesIO(_compile(CATALOGUES / f"{language}.po")))
    words.add_fallback(_Danish())
    return words


def _compile(catalogue: Path) -> bytes:
    """The catalogue as gettext reads it.

    To read ten thousand sentences takes half a second, so the outcome is kept where Python keeps what it
    compiled, if that may be written, under the fingerprint of what it was made from.
    """
    written = catalogue.read_bytes()
    kept = CATALOGUES / "__pycache__" / f"{catalogue.stem}-{hashlib.sha256(written).hexdigest()[:16]}.mo"
    with suppress(OSError):
        return kept.read_bytes()
    made = io.BytesIO()
    mofile.write_mo(made, pofile.read_po(io.BytesIO(written), locale=catalogue.stem))
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        for old in kept.parent.glob(f"{catalogue.stem}-*.mo"):
            old.unlink()
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(made.getvalue())
        partial.replace(kept)
    return made.getvalue()


# Babel's own patterns put a comma or nothing between day and hour.
MOMENTS = {"da": "d. MMMM y 'kl.' HH.mm", "en": "d MMMM y 'at' HH:mm", "sv": "d MMMM y 'kl.' HH:mm"}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse({"en": "en_GB"}.get(language, language))


def format_date(value: date | datetime, language: str, style: str = "long") -> str:
    """28. oktober 2020"""
    if isinstance(value, datetime):
        value = value.astimezone(COPENHAGEN).date()
    return dates.format_date(value, style, locale=_locale(language))


def format_datetime(value: datetime, language: str) -> str:
    """28. oktober 2020 kl. 13.00, in Danish time"""
    pattern = MOMENTS.get(language, MOMENTS[DEFAULT])
    return dates.format_datetime(value.astimezone(COPENHAGEN), pattern, locale=_locale(language))


def format_time(value: datetime, language: str) -> str:
    return dates.format_time(value.astimezone(COPENHAGEN), "short", locale=_locale(language))


def format_number(value: int | float, language: str, decimals: int | None = None) -> str:
    """1.234 or 4,5; always with so many decimals, where that is said."""
    pattern = None if decimals is None else f"#,##0.{'0' * decimals}"
    return numbers.format_decimal(value, pattern, locale=_locale(language))
