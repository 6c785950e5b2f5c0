"""What the pages of the settings share: fields with a standard, how a part came to be, and saving it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.policy import Refused
from app.core.text import Line, MailAddress, Prose
from app.domain.site.queries import EditionView, get_edition, list_editions
from app.domain.site.service import set_part
from app.domain.users.queries import find_names
from app.http.forms import Form
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import Visit
from app.web.entering import require_fresh

HOME = "/indstillinger"
LARGEST = 2**31 - 1

Kind = Literal["line", "prose", "mail"]


def _(text: str) -> str:
    return text


add_sentences(
    {
        "site_word_taken": _("Det ord bruges allerede om en anden status. Vælg et andet."),
        "site_place_unknown": _(
            "Der er ikke noget, der hedder {{{place}}}, i den sætning. Brug kun: {places}."
        ),
        "site_place_missing": _("Teksten mangler {{{place}}}. Uden den får modtageren det ikke at vide."),
        "site_brace": _("Krøllede parenteser bruges kun om det, der skifter. Skriv noget andet."),
        "notice_site_set": _("Det er gemt og gælder nu på alle sider."),
        "notice_site_quicker": _(
            "En anden har ændret det imens. Intet er ført tilbage. Se, hvad der gælder nu."
        ),
        "notice_site_back": _("Den tidligere udgave er taget i brug igen og gælder nu på alle sider."),
    }
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One field. `name` in the form, `code` in what is kept; `language` of what is written in it."""

    name: str
    code: str
    label: str
    standard: str
    most: int
    kind: Kind = "line"
    language: str = i18n.DEFAULT


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    title: str
    choices: tuple[Choice, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """An earlier or the present setting of a part: what differed from the standard, by label."""

    number: int
    made_at: datetime
    made_by: str
    back_to: int | None
    lines: list[tuple[str, str]]


@dataclass
class PartPage(Page):
    """One part of the settings. `shown_at`: where the change is seen; `set`: whether anything is."""

    template: ClassVar[str] = "site/part.html"
    form: Form
    path: str
    part: str
    key: str
    title: str
    lead: str
    shown_at: str
    groups: list[Group]
    version: int
    is_set: bool
    editions: list[Edition]


def as_choices(code: str, standard: Callable[[str], str], most: int, kind: Kind) -> tuple[Choice, ...]:
    """A field for each language."""
    return tuple(
        Choice(
            f"{code}__{language}",
            f"{code}.{language}",
            name,
            standard(language),
            max(most, len(standard(language))),
            kind,
            language,
        )
        for language, name in i18n.LANGUAGES.items()
    )


def all_of(groups: Iterable[Group]) -> list[Choice]:
    return [choice for group in groups for choice in group.choices]


def model_of(choices: Iterable[Choice]) -> type[BaseModel]:
    """What a form with these fields may hold: each may be left empty, which is the standard."""
    types: dict[Kind, Any] = {"line": Line, "prose": Prose, "mail": MailAddress | Literal[""]}
    fields: dict[str, Any] = {
        one.name: (Annotated[types[one.kind], StringConstraints(max_length=one.most)], "")
        if one.kind != "mail"
        else (types["mail"], "")
        for one in choices
    }
    version = (Annotated[int, Field(ge=0, le=LARGEST)], ...)
    return create_model("PartInput", __config__=ConfigDict(extra="forbid"), version=version, **fields)


def read_own(form: Form, choices: list[Choice]) -> tuple[dict[str, str], int] | None:
    """What was written that differs from the standard, by code, and the version it was changed from."""
    given = form.read(model_of(choices))
    if given is None:
        return None
    values = given.model_dump()
    own = {one.code: values[one.name] for one in choices if values[one.name] not in ("", one.standard)}
    return own, values["version"]


def blank_of(visit: Visit, choices: Iterable[Choice], own: Mapping[str, str], version: int) -> Form:
    """The form as things are: what admins wrote, else the standard."""
    return visit.blank(version=version, **{one.name: own.get(one.code, one.standard) for one in choices})


def list_story(
    visit: Visit, part: str, key: str, name_lines: Callable[[dict[str, Any]], list[tuple[str, str]]]
) -> list[Edition]:
    """How a part came to be, the newest first."""
    found = list_editions(visit.session, part, key)
    names = names_of(visit.session, found)
    return [
        Edition(
            one.number, one.made_at, names.get(one.made_by_id or 0, ""), one.back_to, name_lines(one.values)
        )
        for one in found
        if one.made_at is not None
    ]


def names_of(session: Session, editions: Iterable[EditionView]) -> dict[int, str]:
    """Who made them, by id; whoever has no account any more has no name here."""
    return find_names(session, {one.made_by_id for one in editions if one.made_by_id is not None})


def label_lines(choices: Iterable[Choice]) -> Callable[[dict[str, Any]], list[tuple[str, str]]]:
    """Reads an edition with the labels of these fields."""
    labels = {one.code: one for one in choices}

    def read(values: dict[str, Any]) -> list[tuple[str, str]]:
        return [(labels[code].label, str(text)) for code, text in values.items() if code in labels]

    return read


def save(
    visit: Visit,
    form: Form,
    part: str,
    key: str,
    groups: list[Group],
    *,
    path: str,
    make_page: Callable[[Form], Page],
    check: Callable[[Form, dict[str, str]], None] | None = None,
) -> Response:
    """Save what a form of such fields holds, or show it again with what is wrong with it."""
    if before := visit.done_before(form):
        return before
    require_fresh(visit, path)
    choices, status = all_of(groups), 422
    read = read_own(form, choices)
    if read is not None and check is not None:
        check(form, read[0])
    if read is not None and not form.errors:
        own, version = read
        try:
            set_part(visit.session, visit.actor, part, own, version=version, key=key)
            return visit.done(form, path, "site_set")
        except Refused as refusal:
            form.refuse("form", refusal.code)
            status = 409
            visit.session.rollback()
            form.typed["version"] = [str(get_edition(visit.session, part, key).number)]
    return visit.page(make_page(form), status)
