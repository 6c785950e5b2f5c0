"""Addresses out of whatever staff pastes or uploads: lists of mail programs, cells of a spreadsheet, CSV."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from app.core.policy import Refused
from app.core.text import CPR_NUMBER, Line, MailAddress, is_storable
from app.domain.invitations.schemas import MOST_AT_ONCE, Invitee, Language

LARGEST_FILE: Final = 1_000_000  # bytes
LONGEST_TEXT: Final = 400_000  # characters
LONGEST_NAME: Final = 200
LONGEST_SHOWN: Final = 300
LONGEST_LINE: Final = 10_000  # of one person, all cells together

# What is wrong with an address, as codes of sentences.
Wrong = Literal[
    "no_address", "two_ats", "nothing_before", "nothing_after", "no_ending", "odd_letters", "not_address",
    "address_too_long", "cpr_number",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something on the list that is no address. `line` counts from one; `text` is what stands there."""

    line: int
    text: str
    why: Wrong


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a list holds, in its order; the same address may stand there twice."""

    people: tuple[Invitee, ...]
    mistakes: tuple[Mistake, ...]


# --- files


# Spreadsheets and documents that are not text: zip (xlsx, docx, ods), OLE (xls), PDF.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")


def decode(content: bytes) -> str:
    """The text of a file, whatever a spreadsheet saved it as. Refused: list_too_large, list_no_text."""
    if len(content) > LARGEST_FILE:
        raise Refused("list_too_large", most=LARGEST_FILE // 1_000_000)
    if content.startswith(_NO_TEXT):
        raise Refused("list_no_text")
    text = content.decode(_guess_encoding(content), "replace")
    if "\x00" in text:
        raise Refused("list_no_text")
    return text


def _guess_encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:2000]
    if b"\x00" in start:
        # Every other byte of Latin letters in UTF-16 is nought.
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


# --- lists


_MAIL_WORDS = {
    "mail", "mails", "email", "emails", "mailadresse", "emailadresse", "mailaddress", "emailaddress",
    "epost", "epostadress", "eposta", "adresse", "arbejdsmail",
}  # fmt: skip
_NAME_WORDS = {"navn", "name", "fuldenavn", "fuldtnavn", "fullname", "namn", "kontaktperson", "deltager"}
_FIRST_WORDS = {"fornavn", "fornavne", "firstname", "givenname", "förnamn"}
_LAST_WORDS = {"efternavn", "lastname", "surname", "familyname", "efternamn"}
_LANGUAGE_WORDS = {"sprog", "language", "språk"}
_LANGUAGES: dict[str, Language] = {
    "da": "da", "dk": "da", "dansk": "da", "danish": "da",
    "en": "en", "engelsk": "en", "english": "en",
    "sv": "sv", "se": "sv", "svensk": "sv", "svenska": "sv", "swedish": "sv",
}  # fmt: skip


def read_list(text: str) -> ReadList:
    """Everybody on a list. Refused: list_too_large, list_quotes, too_many_people."""
    if len(text) > LONGEST_TEXT:
        raise Refused("list_too_large", most=LARGEST_FILE // 1_000_000)
    text = _tidy(text)
    header = _find_header(text)
    found = list(_read_table(text, header) if header else _read_lines(text))
    if len(found) > MOST_AT_ONCE:
        raise Refused("too_many_people", most=MOST_AT_ONCE, found=len(found))
    return ReadList(
        tuple(one for one in found if isinstance(one, Invitee)),
        tuple(one for one in found if isinstance(one, Mistake)),
    )


def write_list(people: Iterable[Invitee]) -> str:
    """The people as a list that `read_list` reads as the same."""
    rows = [f"{one.email}\t{one.name}\t{one.language or ''}" for one in people]
    return "\n".join(["mail\tnavn\tsprog", *rows])


def _tidy(text: str) -> str:
    # Lone halves of characters and the like are shown and can be mended; they must not stop the page.
    text = "".join(c if is_storable(c) else "\ufffd" for c in text) if not is_storable(text) else text
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = re.sub(r"[\x01-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]", "", text)
    return re.sub(r"^sep=.\n", "", text.replace("\xa0", " "), flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Header:
    """Which column is what; `names` are the columns of a name, in the order in which it is said."""

    delimiter: str
    mail: int
    names: tuple[int, ...]
    language: int | None


def _find_header(text: str) -> _Header | None:
    """The first line as names of columns, where it is that."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if "@" in first:
        return None
    delimiter = max("\t;,", key=first.count)
    words = [re.sub(r"[\W\d_]", "", cell).casefold() for cell in _cells(first, delimiter)]

    def place(known: set[str]) -> int | None:
        return next((at for at, word in enumerate(words) if word in known), None)

    mail = place(_MAIL_WORDS)
    if mail is None:
        return None
    parts = [place(_FIRST_WORDS), place(_LAST_WORDS)]
    names = [place(_NAME_WORDS)] if place(_NAME_WORDS) is not None else parts
    known = tuple(at for at in names if at is not None)
    return _Header(delimiter, mail, known, place(_LANGUAGE_WORDS))


def _read_table(text: str, header: _Header) -> Iterable[Invitee | Mistake]:
    is_first = True
    for number, cells in _read_rows(text, header.delimiter):
        filled = [cell.strip() for cell in cells]
        if not any(filled):
            continue
        if is_first:
            is_first = False
            continue

        def cell(at: int | None, filled: list[str] = filled) -> str:
            return filled[at] if at is not None and at < len(filled) else ""

        name = " ".join(cell(at) for at in header.names)
        language = _LANGUAGES.get(cell(header.language).casefold())
        shown = "; ".join(one for one in filled if one)
        yield _judge(_Piece(number, shown, cell(header.mail), name, language))


def _read_rows(text: str, delimiter: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as swallowed:
        # A quote that never ends takes all that follows into its cell, which becomes too large.
        raise Refused("list_quotes") from swallowed


def _read_lines(text: str) -> Iterable[Invitee | Mistake]:
    for number, line in enumerate(text.split("\n"), start=1):
        for piece in _split_line(line):
            if piece.strip(" \t,;|\"'"):
                yield _judge(_read_piece(number, piece))


def _split_line(line: str) -> list[str]:
    """The line in pieces of one address each, where several stand in it."""
    pieces = [line]
    for delimiter in "\t;,":
        pieces = [part for piece in pieces for part in _split_at(piece, delimiter)]
    return [part for piece in pieces for part in _split_loose(piece)]


def _split_at(piece: str, delimiter: str) -> list[str]:
    """Cut after each part that holds an address, so that a name stays with its own."""
    if _count(piece) < 2:
        return [piece]
    parts = _cut(piece, delimiter)
    return _gather(parts, delimiter)


def _cut(piece: str, delimiter: str) -> list[str]:
    """Cut at each delimiter that is not within quotes; quotes without their other half are letters."""
    if piece.count('"') % 2:
        return piece.split(delimiter)
    parts = [""]
    for place, stretch in enumerate(piece.split('"')):
        if place % 2:
            parts[-1] += f'"{stretch}"'
            continue
        first, *more = stretch.split(delimiter)
        parts[-1] += first
        parts += more
    return parts


def _split_loose(piece: str) -> list[str]:
    """Addresses with nothing but blanks between them."""
    if _count(piece) < 2:
        return [piece]
    parts = [part for part in re.split(r"(?<=>)", piece) if part]
    if len(parts) > 1:
        return [inner for part in parts for inner in _split_loose(part)]
    return _gather(piece.split(), " ")


def _count(piece: str) -> int:
    """How many addresses stand in it; what is quoted before another one in <> is a name."""
    return max(piece.count("@") - len(re.findall(r'@[^<>"@]*"?\s*<[^<>@]*@', piece)), 0)


def _gather(parts: Sequence[str], delimiter: str) -> list[str]:
    gathered: list[str] = []
    waiting: list[str] = []
    for part in parts:
        waiting.append(part)
        if "@" in part:
            gathered.append(delimiter.join(waiting))
            waiting = []
    if waiting and gathered:
        gathered[-1] = delimiter.join([gathered[-1], *waiting])
    return gathered or [delimiter.join(parts)]


@dataclass(frozen=True, slots=True)
class _Piece:
    line: int
    text: str
    address: str
    name: str
    language: Language | None


def _read_piece(line: int, text: str) -> _Piece:
    in_brackets = re.match(r"^([^<]*)<([^<>]*)>?(.*)$", text)
    if in_brackets:
        before, address, after = in_brackets.groups()
        cells = _split_cells(after)
        return _Piece(line, text, address, "" if "@" in before else before, _language_in(cells))
    cells = _split_cells(text)
    at = next((place for place, cell in enumerate(cells) if "@" in cell), None)
    if at is None:
        return _Piece(line, text, "", "", None)
    words = cells[at].split()
    address = next(word for word in words if "@" in word)
    beside = " ".join(word for word in words if word != address)
    others = [
        cell for place, cell in enumerate(cells) if place != at and _LANGUAGES.get(cell.casefold()) is None
    ]
    return _Piece(line, text, address, beside or _name_among(others, cells[:at]), _language_in(cells))


def _split_cells(text: str) -> list[str]:
    delimiter = next((one for one in "\t;," if one in text), None)
    return [cell.strip() for cell in (_cells(text, delimiter) if delimiter else [text])]


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line[:LONGEST_LINE]], delimiter=delimiter), [])


def _language_in(cells: Iterable[str]) -> Language | None:
    return next((code for cell in cells if (code := _LANGUAGES.get(cell.casefold()))), None)


def _name_among(others: Sequence[str], before: Sequence[str]) -> str:
    """The name in a row of cells without headings: what stands before the address, or else right after."""
    filled = [cell for cell in others if cell]
    if len(before) >= 2 and filled[:2] and all(" " not in cell for cell in filled[:2]):
        return " ".join(filled[:2])
    return filled[0] if filled else ""


# --- one address


_ADDRESS = TypeAdapter[str](MailAddress)
_LINE = TypeAdapter[str](Line)
_AROUND = " \t<>()[]{}\"'“”‘’,;:|*•·"


def _judge(piece: _Piece) -> Invitee | Mistake:
    shown = piece.text.strip(" \t;,")[:LONGEST_SHOWN]
    if CPR_NUMBER.search(piece.text):
        return Mistake(piece.line, CPR_NUMBER.sub("▇▇▇", shown), "cpr_number")
    address = re.sub(r"^mailto:", "", piece.address.strip(_AROUND), flags=re.IGNORECASE)
    address = address.strip(_AROUND).rstrip(".").lower()
    if why := _find_fault(address):
        return Mistake(piece.line, shown, why)
    return Invitee(address, _tidy_name(piece.name), piece.language)


def _find_fault(address: str) -> Wrong | None:
    before, at, after = address.partition("@")
    if not at:
        return "no_address"
    if "@" in after:
        return "two_ats"
    if not before:
        return "nothing_before"
    if not after:
        return "nothing_after"
    if not address.isascii():
        return "odd_letters"
    if "." not in after.strip("."):
        return "no_ending"
    if len(address) > 254 or len(before) > 64:
        return "address_too_long"
    if before.startswith(".") or before.endswith(".") or ".." in before:
        return "not_address"
    try:
        _ADDRESS.validate_python(address)
    except ValidationError:
        return "not_address"
    return None


def _tidy_name(name: str) -> str:
    name = _LINE.validate_python(re.sub(r"[\"<>\t;|]", " ", name)).strip(_AROUND + "-–")
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma:
        # »Hansen, Søren« of mail programs is turned round; of »Søren Hansen, KL« the name is taken.
        name = f"{given.replace(',', ' ')} {family}" if " " not in family and given else family
    return " ".join(name.split())[:LONGEST_NAME] if any(c.isalpha() for c in name) else ""
