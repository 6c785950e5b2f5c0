"""What admins set without a new version: names and contact, texts, words for statuses; and going back."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, ClassVar, Final, Literal

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core import i18n
from app.core.i18n import pgettext
from app.core.policy import NotFound, Refused
from app.core.text import Line
from app.domain.site.policy import may_set_site
from app.domain.site.queries import get_edition, list_set
from app.domain.site.service import go_back
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.mail_words import list_mail_names
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.entering import require_fresh
from app.web.labels import LABELS
from app.web.site_parts import (
    HOME,
    LARGEST,
    Choice,
    Group,
    PartPage,
    all_of,
    as_choices,
    blank_of,
    label_lines,
    list_story,
    names_of,
    save,
)
from app.web.site_texts import TEXT_PAGES, TextPage, standard_text

router = Router()

WORD: Final = 40  # letters of a word for a status


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class WordGroup:
    """Words that admins may choose: `group` of LABELS."""

    key: str
    group: str
    title: str
    path: str


WORD_GROUPS: Final = (
    WordGroup("bidrag", "contribution_status", _("Ønsker, idéer, behov og indspil"), "/oensker"),
    WordGroup("moeder", "meeting_status", _("Møder"), "/moeder"),
    WordGroup("forpligtelser", "commitment_status", _("Forpligtelser"), "/forpligtelser"),
    WordGroup("tilmeldinger", "sign_up_status", _("Tilmeldinger"), "/moeder"),
    WordGroup("behov", "need_state", pgettext("flere", "Behov"), "/behov"),
    WordGroup("rejsen", "maturity", _("Rejsen fra idé til udbredt"), "/projekter"),
    WordGroup("indstillinger", "recommendation_state", _("Indstillinger fra udvalg"), "/udvalg"),
    WordGroup("udbud", "tender_state", _("Udbud"), "/udbud"),
)
NAMES: Final = (
    ("site_name", _("Forumets navn"), 60, "line"),
    ("contact_name", _("Hvem man kan ringe eller skrive til"), 120, "line"),
    ("contact_mail", _("Mailadresse"), 254, "mail"),
    ("contact_phone", _("Telefon"), 30, "line"),
    ("data_responsible", _("Dataansvarlig"), 160, "line"),
)


@dataclass(frozen=True, slots=True)
class Door:
    """A way from the overview. `changed_at` and `changed_by`: when and by whom it was last set."""

    path: str
    title: str
    about: str
    changed_at: datetime | None = None
    changed_by: str = ""
    is_set: bool = False


@dataclass
class OverviewPage(Page):
    template: ClassVar[str] = "site/show.html"
    looks: list[Door]
    texts: list[Door]
    words: list[Door]
    rules: list[Door]


@router.get(HOME, dependencies=[only(may_set_site)])
def show_overview(visit: AVisit) -> Response:
    found = list_set(visit.session)
    names = names_of(visit.session, found.values())

    def door(path: str, title: str, about: str, *parts: tuple[str, str]) -> Door:
        editions = [found[one] for one in parts if one in found]
        if not editions:
            return Door(path, title, about)
        last = max(editions, key=lambda one: str(one.made_at))
        is_set = any(one.values for one in editions)
        return Door(path, title, about, last.made_at, names.get(last.made_by_id or 0, ""), is_set)

    mails = [one for one in found if one[0] == "mail"]
    return visit.page(
        OverviewPage(
            looks=[
                door(
                    f"{HOME}/navn",
                    _("Navn og kontakt"),
                    _("Hvad forumet hedder, og hvem man ringer eller skriver til."),
                    ("names", ""),
                ),
                door(f"{HOME}/logo", _("Logo"), _("Billedet øverst på alle sider."), ("logo", "")),
            ],
            texts=[
                *(door(f"{HOME}/tekster/{one.key}", one.title, "", ("texts", one.key)) for one in TEXT_PAGES),
                door(
                    f"{HOME}/mails",
                    _("Mails"),
                    _("Emne og sætninger i hver mail, der sendes herfra."),
                    *mails,
                ),
            ],
            words=[door(f"{HOME}/ord/{one.key}", one.title, "", ("words", one.group)) for one in WORD_GROUPS],
            rules=[
                door("/indbakke/svarfrist", _("Svarfrist"), _("Hvornår der skal være svaret.")),
                door("/indbakke/skabeloner", _("Skabeloner til svar"), _("Det, svar kan begyndes med.")),
                door(
                    f"{HOME}/opbevaring",
                    _("Opbevaring"),
                    _("Hvor længe hver slags oplysninger gemmes."),
                    ("periods", ""),
                ),
            ],
        )
    )


# --- names and contact


def _name_groups(visit: Visit) -> list[Group]:
    standard = visit.kit.standard
    choices = tuple(
        Choice(code, code, label, getattr(standard, code), most, kind)  # type: ignore[arg-type]
        for code, label, most, kind in NAMES
    )
    return [Group("", choices)]


def _names_page(visit: Visit, sent: Form | None) -> PartPage:
    groups = _name_groups(visit)
    return _page(
        visit,
        sent,
        groups,
        path=f"{HOME}/navn",
        part="names",
        key="",
        title=_("Navn og kontakt"),
        lead=_(
            "Står øverst og nederst på alle sider, i mails og i kalendere. "
            "Et tomt felt er det, installationen er sat op med."
        ),
        shown_at="/",
    )


def _page(
    visit: Visit, sent: Form | None, groups: list[Group], *, part: str, key: str, **told: str
) -> PartPage:
    choices = all_of(groups)
    edition = get_edition(visit.session, part, key)
    return PartPage(
        form=sent or blank_of(visit, choices, edition.values, edition.number),
        part=part,
        key=key,
        groups=groups,
        version=edition.number,
        is_set=bool(edition.values),
        editions=list_story(visit, part, key, label_lines(choices)),
        **told,
    )


@router.get(HOME + "/navn", dependencies=[only(may_set_site)])
def show_names(visit: AVisit) -> Response:
    require_fresh(visit, f"{HOME}/navn")
    return visit.page(_names_page(visit, None))


@router.post(HOME + "/navn", dependencies=[only(may_set_site)])
def set_names(visit: AVisit, form: SentForm) -> Response:
    return save(
        visit,
        form,
        "names",
        "",
        _name_groups(visit),
        path=f"{HOME}/navn",
        make_page=lambda sent: _names_page(visit, sent),
    )


# --- texts


def _open_texts(key: str) -> TextPage:
    found = next((one for one in TEXT_PAGES if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _text_groups(visit: Visit, page: TextPage) -> list[Group]:
    return [
        Group(
            slot.title,
            as_choices(
                slot.code, partial(_standard, slot.code), slot.most, "prose" if slot.is_long else "line"
            ),
        )
        for slot in page.slots
    ]


def _standard(code: str, language: str) -> str:
    return standard_text(language, code)


def _texts_page(visit: Visit, page: TextPage, sent: Form | None) -> PartPage:
    return _page(
        visit,
        sent,
        _text_groups(visit, page),
        path=f"{HOME}/tekster/{page.key}",
        part="texts",
        key=page.key,
        title=page.title,
        lead=_(
            "Et tomt felt er standardteksten på det sprog. Skriv en tom linje, "
            "hvor der skal begynde et nyt afsnit."
        ),
        shown_at=page.path,
    )


@router.get(HOME + "/tekster/{key}", dependencies=[only(may_set_site)])
def show_texts(visit: AVisit, key: str) -> Response:
    page = _open_texts(key)
    require_fresh(visit, f"{HOME}/tekster/{page.key}")
    return visit.page(_texts_page(visit, page, None))


@router.post(HOME + "/tekster/{key}", dependencies=[only(may_set_site)])
def set_texts(visit: AVisit, form: SentForm, key: str) -> Response:
    page = _open_texts(key)
    return save(
        visit,
        form,
        "texts",
        page.key,
        _text_groups(visit, page),
        path=f"{HOME}/tekster/{page.key}",
        make_page=lambda sent: _texts_page(visit, page, sent),
    )


# --- words for statuses


def _open_words(key: str) -> WordGroup:
    found = next((one for one in WORD_GROUPS if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _word_groups(words: WordGroup) -> list[Group]:
    return [
        Group(standard, as_choices(code, partial(_translate, standard), WORD, "line"))
        for code, standard in LABELS[words.group].items()
    ]


def _translate(text: str, language: str) -> str:
    return i18n.catalogue(language).gettext(text)


def _words_page(visit: Visit, words: WordGroup, sent: Form | None) -> PartPage:
    return _page(
        visit,
        sent,
        _word_groups(words),
        path=f"{HOME}/ord/{words.key}",
        part="words",
        key=words.group,
        title=words.title,
        lead=_(
            "Det, hver status hedder på skærmen, i mails og i filer. "
            "Betydningen er den samme; kun ordet skifter. Et tomt felt er standardordet."
        ),
        shown_at=words.path,
    )


def refuse_twins(form: Form, own: dict[str, str], choices: list[Choice]) -> None:
    """Two statuses of one name could not be told apart: a sentence at the word that was chosen."""
    seen: dict[tuple[str, str], Choice] = {}
    # The standard words first, so that the chosen one is the one that is refused.
    for one in sorted(choices, key=lambda one: one.code in own):
        word = own.get(one.code, one.standard).casefold()
        other = seen.setdefault((one.language, word), one)
        if other is not one and one.code in own:
            form.refuse(one.name, "site_word_taken")


@router.get(HOME + "/ord/{key}", dependencies=[only(may_set_site)])
def show_words(visit: AVisit, key: str) -> Response:
    words = _open_words(key)
    require_fresh(visit, f"{HOME}/ord/{words.key}")
    return visit.page(_words_page(visit, words, None))


@router.post(HOME + "/ord/{key}", dependencies=[only(may_set_site)])
def set_words(visit: AVisit, form: SentForm, key: str) -> Response:
    words = _open_words(key)
    groups = _word_groups(words)
    return save(
        visit,
        form,
        "words",
        words.group,
        groups,
        path=f"{HOME}/ord/{words.key}",
        make_page=lambda sent: _words_page(visit, words, sent),
        check=lambda sent, own: refuse_twins(sent, own, all_of(groups)),
    )


# --- going back


def path_of(part: str, key: str) -> str:
    """The page of a part. Raises NotFound where there is none."""
    if part == "names" and not key:
        return f"{HOME}/navn"
    if part == "logo" and not key:
        return f"{HOME}/logo"
    if part == "texts":
        return f"{HOME}/tekster/{_open_texts(key).key}"
    if part == "words":
        return f"{HOME}/ord/{_open_words(next((one.key for one in WORD_GROUPS if one.group == key), '')).key}"
    if part == "mail" and key in list_mail_names():
        return f"{HOME}/mails/{key}"
    # Periods are gone back to by their own page, which tells first what that comes to.
    raise NotFound


class BackInput(BaseModel):
    """`of`: the key of the part; a field called so is the form's own."""

    model_config = ConfigDict(extra="forbid")

    part: Literal["names", "logo", "texts", "words", "mail"]
    of: Annotated[Line, StringConstraints(max_length=60)] = ""
    number: Annotated[int, Field(ge=0, le=LARGEST)]
    version: Annotated[int, Field(ge=0, le=LARGEST)]


@router.post(HOME + "/tilbage", dependencies=[only(may_set_site)])
def go_back_to(visit: AVisit, form: SentForm) -> Response:
    """An earlier edition of a part, or the standard (number 0), is in force again."""
    if before := visit.done_before(form):
        return before
    given = form.read(BackInput)
    if given is None:
        raise NotFound
    path = path_of(given.part, given.of)
    require_fresh(visit, path)
    try:
        go_back(visit.session, visit.actor, given.part, given.number, version=given.version, key=given.of)
    except Refused:
        # Somebody was quicker: the page shows what holds now, and from where to go back.
        return visit.go(path, "site_quicker")
    return visit.done(form, path, "site_back")
