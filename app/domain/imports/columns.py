"""What the tables hold and what their columns may be called: in Danish, or in English, or as the field."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from app.core.text import fold

Kind = Literal["meeting", "programme", "person", "contribution", "commitment", "measurement", "deck"]
# In the order in which they are taken in: what comes later hangs on what came before.
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Field to the names of its column, the Danish one first, which stands in the templates.
_MEETING: Final = {
    "number": "nummer number mødenummer",
    "key": "nøgle key",
    "title": "titel title mødetitel",
    "date": "dato date",
    "date_certainty": "datosikkerhed date_certainty",
    "starts": "start starts begynder",
    "ends": "slut ends slutter",
    "format": "form format",
    "venue": "sted venue",
    "organisers": "arrangører organisers arrangør",
    "topics": "emner topics",
    "participants": "deltagere participants",
    "vendor_companies": "leverandører vendor_companies",
    "introduction": "indledning introduction",
    "source": "kilde source",
    "old_address": "gammel_adresse old_address",
}
_PART: Final = {
    "person": "person navn name oplægsholder",
    "person_title": "stilling person_title",
    "organisation": "organisation arbejdsgiver employer",
    "role": "rolle role",
    "is_former": "tidligere former is_former",
}
_PROGRAMME: Final = {
    "meeting": "møde meeting",
    "title": "punkt titel title item",
    "kind": "type kind",
    "starts": "start starts",
    "ends": "slut ends",
    "track": "spor track",
    "summary": "beskrivelse summary",
    **_PART,
    "file": "fil file",
    "language": "sprog language",
    "access": "adgang access",
}
_PERSON: Final = {"meeting": "møde meeting", "item": "punkt item", **_PART}
_CONTRIBUTION: Final = {
    "key": "nøgle key",
    "kind": "art kind type",
    "meeting": "møde meeting",
    "item": "punkt item",
    "title": "titel title",
    "text": "tekst text",
    "aspect": "aspekt aspect",
    "themes": "temaer themes tema theme",
    "person": "sagt_af person said_by navn",
    "organisation": "organisation på_vegne_af on_behalf_of",
    "date": "dato date",
    "source": "kilde source",
}
_COMMITMENT: Final = {
    "key": "nøgle key reference",
    "title": "titel title",
    "text": "tekst text",
    "organisation": "organisation",
    "meeting": "møde meeting",
    "deadline": "frist deadline",
    "date": "dato date",
    "themes": "temaer themes tema theme",
    "verdict": "udfald verdict",
    "cause": "årsag cause",
    "lesson": "læring lesson",
    "indicator": "indikator indicator",
    "unit": "enhed unit",
    "method": "metode method",
    "baseline": "udgangspunkt baseline",
    "baseline_on": "udgangspunkt_dato baseline_on",
    "target": "mål target",
    "target_on": "mål_dato target_on",
}
_MEASUREMENT: Final = {
    "commitment": "forpligtelse commitment",
    "indicator": "indikator indicator",
    "date": "dato date",
    "value": "værdi value",
    "source": "kilde source",
    "source_url": "adresse source_url url",
    "note": "bemærkning note",
}
_DECK: Final = {
    "file": "fil file filnavn",
    "meeting": "møde meeting",
    "item": "punkt item",
    "title": "titel title",
    "language": "sprog language",
    "access": "adgang access",
}
COLUMNS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "meeting": _MEETING,
    "programme": _PROGRAMME,
    "person": _PERSON,
    "contribution": _CONTRIBUTION,
    "commitment": _COMMITMENT,
    "measurement": _MEASUREMENT,
    "deck": _DECK,
}
# What a table of the kind cannot be without.
NEEDED: Final[Mapping[Kind, frozenset[str]]] = {
    "meeting": frozenset({"title", "date"}),
    "programme": frozenset({"meeting", "title"}),
    "person": frozenset({"meeting", "item", "person"}),
    "contribution": frozenset({"text"}),
    "commitment": frozenset({"title", "deadline"}),
    "measurement": frozenset({"commitment", "value", "date"}),
    "deck": frozenset({"file", "meeting"}),
}
# What a sheet, a file, or the column "tabel" may call the kind.
_NAMES: Final[Mapping[Kind, str]] = {
    "meeting": "møder møde meetings meeting",
    "programme": "program programme punkter punkt items item",
    "person": "personer person people oplægsholdere oplægsholder speakers",
    "contribution": "indspil contributions contribution ønsker ønske",
    "commitment": "forpligtelser forpligtelse commitments commitment",
    "measurement": "målinger måling measurements measurement",
    "deck": "oplæg slides decks deck præsentationer",
}
_WHICH_TABLE: Final = ("tabel", "table")


def name_column(heading: str) -> str:
    """A heading as it is compared: "Mål – dato" is "maal_dato"."""
    words = "".join(letter if letter.isalnum() else " " for letter in fold(heading)).split()
    return "_".join(words)


def _by_name(names: Mapping[str, str]) -> dict[str, str]:
    return {name_column(word): field for field, words in names.items() for word in [*words.split(), field]}


_FIELDS: Final = {kind: _by_name(names) for kind, names in COLUMNS.items()}
_KINDS: Final = {name_column(word): kind for kind, words in _NAMES.items() for word in words.split()}


def kind_called(word: str) -> Kind | None:
    """The kind that a sheet, a file or a cell names; "møder-2019.csv" begins with one."""
    named = name_column(word)
    return _KINDS.get(named) or _KINDS.get(named.partition("_")[0])


def find_kind(headings: Iterable[str], name: str = "") -> Kind | None:
    """The kind of a table: by its name where the columns allow it, else the one that most columns are of."""
    known = {name_column(heading) for heading in headings}
    fits: dict[Kind, int] = {}
    for kind in KINDS:
        fields = {_FIELDS[kind][one] for one in known if one in _FIELDS[kind]}
        if fields >= NEEDED[kind]:
            fits[kind] = len(fields)
    called = kind_called(name)
    if called in fits:
        return called
    return max(fits, key=lambda kind: fits[kind]) if fits else None


def is_mixed(headings: Iterable[str]) -> bool:
    """Whether a column says of each row what it is a row of."""
    return any(name_column(heading) in _WHICH_TABLE for heading in headings)


def kind_of_row(cells: Mapping[str, str]) -> Kind | None:
    return next((kind_called(cells[name]) for name in _WHICH_TABLE if name in cells), None)


def as_fields(kind: Kind, cells: Mapping[str, str]) -> dict[str, str]:
    """The filled cells of a row by the names of their fields; of two columns for one field the first."""
    fields: dict[str, str] = {}
    for name, text in cells.items():
        field = _FIELDS[kind].get(name)
        if field and text and field not in fields:
            fields[field] = text
    return fields


def headings_of(kind: Kind) -> list[str]:
    """The columns of a template, in Danish."""
    return [words.split()[0] for words in COLUMNS[kind].values()]


def heading_of(kind: str, field: str) -> str:
    """What the column of a field is called in Danish."""
    known: Mapping[str, str] = COLUMNS.get(kind, {})  # type: ignore[call-overload]
    return known.get(field, field).split()[0]
