"""The list of errors above a form says which field each is about, by the words that stand at the field.

The list stands above the fields, so a template cannot know their words yet when it writes it: it leaves a
mark, and the words are put there once the page is whole. They are read from the page and not given by each
form, so that a field that was not made by a macro has them too, and they say what it says.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markupsafe import escape

MARK = re.compile(r"<!--label of ([^<>]*?)-->")
VOID = {"input", "br", "hr", "img", "link", "meta", "source", "track", "wbr", "col", "base", "area", "embed"}
HEADINGS = {"h2", "h3", "h4"}
# Stands inside a label and is no part of what the field is called.
BESIDE = {"optional", "form-error-message", "form-hint"}


def put_labels(page: str) -> str:
    """The page with the name of the field where the list of errors left its mark."""
    if MARK.search(page) is None:
        return page
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return MARK.sub(lambda found: _before(reader.name_of(found[1])), page)


def _before(name: str) -> str:
    return f"{escape(name)}: " if name else ""


@dataclass
class _Group:
    """A fieldset: what it is called, and the ids that are its own or that describe it."""

    ids: set[str]
    words: list[str] = field(default_factory=list)


@dataclass
class _Field:
    kind: str
    name: str
    label: str
    group: _Group | None


@dataclass
class _Open:
    """An element that is not closed yet; what is written in it goes to `words`."""

    tag: str
    words: list[str] | None
    group: _Group | None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._open: list[_Open] = []
        self._groups: list[_Group] = []
        self._fields: dict[str, _Field] = {}
        self._labels: dict[str, list[str]] = {}
        self._times: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        around = self._open[-1] if self._open else _Open("", None, None)
        words, group, id = around.words, around.group, given.get("id", "")
        if tag == "fieldset":
            group = _Group({id, *given.get("aria-describedby", "").split()})
            self._groups.append(group)
        elif tag == "legend" and group is not None:
            words = group.words
        elif tag == "label":
            words = self._labels.setdefault(given.get("for", ""), [])
        elif tag in HEADINGS and id:
            words = self._labels.setdefault(id, [])
        elif tag in ("input", "select", "textarea"):
            name = given.get("name", "")
            self._times[name] = self._times.get(name, 0) + 1
            self._fields.setdefault(
                id, _Field(given.get("type", ""), name, given.get("aria-label", ""), group)
            )
        if BESIDE & set(given.get("class", "").split()):
            words = None
        if tag not in VOID:
            self._open.append(_Open(tag, words, group))

    def handle_endtag(self, tag: str) -> None:
        if any(one.tag == tag for one in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and (words := self._open[-1].words) is not None:
            words.append(data)

    def name_of(self, place: str) -> str:
        """What the field at an id is called, or the empty text."""
        group = next((one for one in self._groups if {place, f"{place}-error"} & one.ids), None)
        known = self._fields.get(place)
        if group is None and known is not None and self._is_one_of_several(known):
            # Its own label says one of the choices.
            return _tidy(known.group.words) if known.group else ""
        if group is not None:
            return _tidy(group.words)
        if known is not None and known.label:
            return _tidy([known.label])
        return _tidy(self._labels.get(place, []))

    def _is_one_of_several(self, known: _Field) -> bool:
        return known.kind == "radio" or (known.kind == "checkbox" and self._times[known.name] > 1)


def _tidy(words: list[str]) -> str:
    return " ".join("".join(words).split()).rstrip(" :.")
