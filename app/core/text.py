"""Text as it comes from outside: one type that refuses what no database or page can hold."""

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

_DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa", "ß": "ss"})
# Direction marks and zero-width characters let one name look like another; control characters belong nowhere,
# but those that are white space (\t \n \v \f \r and \x1c to \x1f).
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x01-\x08\x0e-\x1b\x7f]")


def is_storable(value: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold the text: no NUL, no lone surrogate."""
    return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def refuse_unstorable(value: str) -> str:
    if not is_storable(value):
        raise PydanticCustomError("unstorable_text", "The text holds a character that cannot be stored")
    return value


def _as_line(value: object) -> object:
    if not isinstance(value, str):
        return value
    return " ".join(_without_hidden(value).split())


def _as_prose(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = _without_hidden(value).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x0b\x0c\x1c-\x1f]", "", text).strip()


def _without_hidden(value: str) -> str:
    # In this order: what is hidden may part a letter from its mark.
    return unicodedata.normalize("NFC", _HIDDEN.sub("", refuse_unstorable(value)))


CPR_NUMBER = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}-\d{4}(?!\d)")


def refuse_cpr_number(value: str) -> str:
    """Refuse what looks like a Danish civil registration number (ddmmyy-nnnn): it has no place here."""
    if CPR_NUMBER.search(value):
        raise PydanticCustomError("cpr_number", "The text holds what looks like a CPR number")
    return value


# A single line: white space folded, invisible characters gone.
Line = Annotated[str, BeforeValidator(_as_line), AfterValidator(refuse_cpr_number)]
# Several lines: line ends as \n, control characters gone.
Prose = Annotated[str, BeforeValidator(_as_prose), AfterValidator(refuse_cpr_number)]


def refuse_other_address(value: str) -> str:
    """Refuse what is no address of the web: other schemes run scripts or reach into the reader's machine."""
    if not _WEB_ADDRESS.match(value) or not _can_be_split(value):
        raise PydanticCustomError("url", "Not an address of the web")
    return value


def _can_be_split(address: str) -> bool:
    # "https://[a.dk" matches; pages that show the host of an address would break upon it.
    try:
        return urlsplit(address).hostname is not None
    except ValueError:
        return False


_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+$")
WebAddress = Annotated[
    str, BeforeValidator(_as_line), StringConstraints(max_length=1000), AfterValidator(refuse_other_address)
]
_MAIL_ADDRESS = re.compile(r"^[^@\s\"'<>(),:;\\\[\]]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}$")


def _check_mail_address(value: str) -> str:
    value = value.lower()
    if not _MAIL_ADDRESS.match(value):
        raise PydanticCustomError("email", "Not a mail address")
    return value


# A mail address, in lower case.
MailAddress = Annotated[Line, StringConstraints(max_length=254), AfterValidator(_check_mail_address)]
ShortLine = Annotated[Line, StringConstraints(max_length=200)]
RequiredLine = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
RequiredProse = Annotated[Prose, StringConstraints(min_length=1, max_length=10_000)]
LongProse = Annotated[Prose, StringConstraints(max_length=10_000)]


def fold(value: str) -> str:
    """The text in lower-case ASCII, with æ ø å as ae oe aa."""
    plain = unicodedata.normalize("NFKD", value.translate(_DANISH)).encode("ascii", "ignore").decode()
    return plain.lower()


def slug(value: str, longest: int = 60) -> str:
    """A readable part of an address: lower-case, ASCII, words joined by hyphens."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(value)).strip("-")
    if len(words) <= longest:
        return words or "uden-titel"
    return words[:longest].rsplit("-", 1)[0]


def shorten(value: str, longest: int) -> str:
    """The first words of the text, at most `longest` characters, with an ellipsis where it was cut."""
    value = " ".join(value.split())
    if len(value) <= longest:
        return value
    return value[: longest - 1].rsplit(" ", 1)[0].rstrip(",.;:–- ") + "…"
