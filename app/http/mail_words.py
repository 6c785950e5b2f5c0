"""The sentences that mails are made of, and what admins have written in their place.

A mail is a template (templates/mails/NAME.txt, NAME_subject.txt and sometimes NAME.html) of sentences with
places for what differs from one mail to the next: "Der er svar på {reference}". What is chosen for a mail is
a table from a sentence of the template, which is its Danish msgid, to the words that stand in its place.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.meta import find_referenced_templates, find_undeclared_variables
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.core import i18n
from app.core.chosen import chosen
from app.http.pages import TEMPLATES, Renderer

_PLACE = re.compile(r"%\((\w+)\)s")
_WRITTEN_PLACE = re.compile(r"{(\w*)}")
# What a sentence can do without; all other places tell the reader something that they need.
LEFT_OUT = frozenset({"person", "site"})
WRITTEN_BY_PEOPLE = frozenset({"letter", "batch_message"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a mail. `msgid` names it; `standard` is how it reads in a language, places in braces.

    `is_subject`: it stands in the mail's subject.
    """

    msgid: str
    standard: str
    is_subject: bool

    @property
    def places(self) -> frozenset[str]:
        return places_in(self.standard)


def stray_braces(text: str) -> bool:
    """Whether a brace stands where no place is."""
    left = _WRITTEN_PLACE.sub("", text)
    return "{" in left or "}" in left


def places_in(text: str) -> frozenset[str]:
    """What stands in braces: the places of a sentence."""
    return frozenset(_WRITTEN_PLACE.findall(text))


@cache
def list_mail_names() -> tuple[str, ...]:
    """Every mail whose words are ours, by name: not the letters that people write and read before they go."""
    found = sorted(
        path.name.removesuffix("_subject.txt") for path in (TEMPLATES / "mails").glob("*_subject.txt")
    )
    return tuple(name for name in found if name not in WRITTEN_BY_PEOPLE)


def list_sentences(renderer: Renderer, name: str, language: str) -> tuple[Sentence, ...]:
    """The sentences of a mail in the order of its templates, the subject's first, each once."""
    found: dict[str, Sentence] = {}
    files = [(f"{name}_subject.txt", True), (f"{name}.txt", False), (f"{name}.html", False)]
    for file, is_subject in files:
        if (TEMPLATES / "mails" / file).is_file():
            for msgid, pair in _msgids_of(renderer, f"mails/{file}"):
                found.setdefault(msgid, Sentence(msgid, _standard(language, msgid, pair), is_subject))
    return tuple(found.values())


def _standard(language: str, msgid: str, pair: tuple[str, str] | None) -> str:
    words = i18n.catalogue(language)
    if pair is None:
        return as_written(words.gettext(msgid))
    return as_written(words.ngettext(*pair, 1 if msgid == pair[0] else 2))


def as_written(text: str) -> str:
    """A sentence of the catalogue as people write it: places in braces."""
    return _PLACE.sub(r"{\1}", text).replace("%%", "%")


def _as_msgstr(text: str) -> str:
    return _WRITTEN_PLACE.sub(r"%(\1)s", text.replace("%", "%%"))


_kept: dict[str, tuple[tuple[str, tuple[str, str] | None], ...]] = {}


def _msgids_of(renderer: Renderer, file: str) -> tuple[tuple[str, tuple[str, str] | None], ...]:
    """Each msgid of a template and of what it includes; where it counts, with the pair that it is one of."""
    if file not in _kept:
        _kept[file] = tuple(_read_msgids(renderer, file))
    return _kept[file]


def _read_msgids(renderer: Renderer, file: str) -> Iterator[tuple[str, tuple[str, str] | None]]:
    environment = renderer.environment(i18n.DEFAULT)
    tree = environment.parse((TEMPLATES / file).read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in ("_", "gettext", "ngettext"):
            continue
        words = [
            one.value for one in call.args if isinstance(one, nodes.Const) and isinstance(one.value, str)
        ]
        if call.node.name == "ngettext" and len(words) == 2:
            yield words[0], (words[0], words[1])
            yield words[1], (words[0], words[1])
        elif words:
            yield words[0], None
    for included in find_referenced_templates(tree):
        # The frame of every mail is no mail's own.
        if included is not None and included.startswith("mails/") and included != "mails/layout.html":
            yield from _msgids_of(renderer, included)


# --- speaking with the chosen words


def spoken_with(name: str, language: str) -> dict[str, Callable[..., str]]:
    """What a mail is rendered with, for its sentences to read as chosen; nothing where none is."""
    own = chosen().mails.get((name, language))
    return speak(language, own) if own else {}


def speak(language: str, own: dict[str, str]) -> dict[str, Callable[..., str]]:
    """The functions that templates take their sentences from, with these in place of the standard."""
    words = i18n.catalogue(language)

    @pass_context
    def gettext(context: Context, text: str, /, **values: Any) -> str:
        return _fill(context, _own_words(context, own[text]) if text in own else words.gettext(text), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, count: int, /, **values: Any) -> str:
        count = int(count)
        msgid = one if count == 1 else many
        text = _own_words(context, own[msgid]) if msgid in own else words.ngettext(one, many, count)
        return _fill(context, text, {"num": count} | values)

    return {"gettext": gettext, "ngettext": ngettext}


def _own_words(context: Context, text: str) -> str:
    """What admins wrote: words, and never markup as the catalogue's may be."""
    written = _as_msgstr(text)
    return escape(written) if context.eval_ctx.autoescape else written


def _fill(context: Context, text: str, values: dict[str, Any]) -> str:
    filled = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704  as newstyle gettext does
    return filled % values


# --- trying it out


class Example:
    """Stands for whatever a mail is told of: every part of it is there, once, and shows its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> "Example":
        if name.startswith("__"):
            raise AttributeError(name)
        return Example(name)

    def __getitem__(self, name: object) -> "Example":
        return self

    def __call__(self, *values: object, **named: object) -> "Example":
        return self

    def __str__(self) -> str:
        return f"[{self._name}]"

    def __html__(self) -> str:
        return str(Markup.escape(str(self)))

    def __iter__(self) -> Iterator["Example"]:
        yield self

    def __len__(self) -> int:
        return 1

    def __int__(self) -> int:
        return 1

    __index__ = __int__

    def __add__(self, other: object) -> "Example":
        return self

    __radd__ = __sub__ = __rsub__ = __add__

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __contains__(self, other: object) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def replace(self, old: str, new: str) -> str:
        return str(self).replace(old, new)


def preview(
    renderer: Renderer, name: str, language: str, own: dict[str, str], site: object
) -> tuple[str, str]:
    """Subject and text of a mail as they read with these sentences, with the names of things for things."""
    environment = renderer.environment(language)

    def shown(value: object, *rest: object, **named: object) -> str:
        return str(value)

    values: dict[str, object] = {"site": site, "mail_language": language, "person": "Anne Eksempel"}
    values |= dict.fromkeys(("date", "datetime", "time", "number"), shown)
    values |= {"label": lambda group, code: str(code)} | speak(language, own)
    texts = []
    for file in (f"mails/{name}_subject.txt", f"mails/{name}.txt"):
        template = environment.get_template(file)
        asked = _names_in(renderer, file) - values.keys() - environment.globals.keys()
        texts.append(template.render({one: Example(one) for one in asked} | values))
    return " ".join(texts[0].split()), texts[1].strip()


def _names_in(renderer: Renderer, file: str) -> set[str]:
    """What a template and those that it includes ask for."""
    tree = renderer.environment(i18n.DEFAULT).parse((TEMPLATES / file).read_text("utf-8"))
    found = set(find_undeclared_variables(tree))
    for included in find_referenced_templates(tree):
        if included is not None:
            found |= _names_in(renderer, included)
    return found
