"""Words in three languages: Danish in the code, English and Swedish in catalogues beside it."""

import gettext
import io
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages import mofile, pofile

from app.core.clock import COPENHAGEN

DEFAULT = "da"
LANGUAGES = {"da": "Dansk", "en": "English", "sv": "Svenska"}
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The words of a language, read from its .po file once. Danish needs none."""
    if language == DEFAULT or language not in LANGUAGES:
        return gettext.NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        words = pofile.read_po(file, locale=language)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, words)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


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
