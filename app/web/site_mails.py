"""The words of each mail: sentence by sentence, tried out before they are used."""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core import i18n
from app.core.policy import NotFound, Refused
from app.domain.site.policy import may_set_site
from app.domain.site.queries import get_edition, list_set
from app.domain.site.service import set_part
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.mail_words import (
    LEFT_OUT,
    Sentence,
    as_written,
    list_mail_names,
    list_sentences,
    places_in,
    preview,
    stray_braces,
)
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.entering import require_fresh
from app.web.filters import typed
from app.web.site_parts import HOME, Choice, Edition, Group, Kind, blank_of, list_story, read_own

router = Router()

PATH: Final = f"{HOME}/mails"
LONGEST: Final = 1000


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail in the list: by its name, and by its subject as it reads now."""

    name: str
    subject: str
    is_set: bool


@dataclass
class MailsPage(Page):
    template: ClassVar[str] = "site/mails.html"
    mails: list[MailLine]
    words: str
    total: int


@dataclass
class MailPage(Page):
    """`needed` and `allowed`: the places of a sentence, by its field. `shown`: subject and text as they read
    with what stands in the form. `set_in`: the languages with words of admins."""

    template: ClassVar[str] = "site/mail.html"
    form: Form
    name: str
    language: str
    subject: str
    groups: list[Group]
    needed: dict[str, list[str]]
    allowed: dict[str, list[str]]
    version: int
    is_set: bool
    set_in: list[str]
    shown: tuple[str, str]
    editions: list[Edition]


@router.get(PATH, dependencies=[only(may_set_site)])
def show_mails(visit: AVisit) -> Response:
    """?q= finds mails by their sentences."""
    found = {key: one.values for (part, key), one in list_set(visit.session).items() if part == "mail"}
    words = typed(visit, "q")
    mails = []
    for name in list_mail_names():
        sentences = list_sentences(visit.kit.renderer, name, visit.language)
        own = found.get(name, {}).get(visit.language, {})
        texts = [own.get(one.msgid, one.standard) for one in sentences]
        if all(word in " ".join(texts).casefold() for word in words.casefold().split()):
            mails.append(MailLine(name, texts[0], bool(found.get(name))))
    mails.sort(key=lambda one: (not one.is_set, one.subject.casefold()))
    return visit.page(MailsPage(mails, words, len(list_mail_names())))


def _open_mail(visit: Visit, name: str, language: str) -> tuple[Sentence, ...]:
    if name not in list_mail_names():
        raise NotFound
    return list_sentences(visit.kit.renderer, name, language)


def _name_of(msgid: str) -> str:
    """The field of a sentence: by its words, as its place may be another in a new version."""
    return "s_" + hashlib.sha256(msgid.encode()).hexdigest()[:12]


def _groups(sentences: tuple[Sentence, ...], language: str) -> list[Group]:
    def choice(one: Sentence) -> Choice:
        most = max(200 if one.is_subject else LONGEST, len(one.standard))
        kind: Kind = "line" if one.is_subject else "prose"
        label = as_written(one.msgid)
        return Choice(_name_of(one.msgid), one.msgid, label, one.standard, most, kind, language)

    return [
        Group(_("Emne"), tuple(choice(one) for one in sentences if one.is_subject)),
        Group(_("Tekst"), tuple(choice(one) for one in sentences if not one.is_subject)),
    ]


def _language(visit: Visit, text: str) -> str:
    return text if text in i18n.LANGUAGES else i18n.DEFAULT


def _mail_page(
    visit: Visit, name: str, language: str, sent: Form | None, own: dict[str, str] | None
) -> MailPage:
    """`own`: the sentences to show it with; without them those in force."""
    sentences = _open_mail(visit, name, language)
    groups = _groups(sentences, language)
    edition = get_edition(visit.session, "mail", name)
    kept: dict[str, str] = edition.values.get(language, {})
    spoken = kept if own is None else own
    choices = [one for group in groups for one in group.choices]
    return MailPage(
        form=sent or blank_of(visit, choices, kept, edition.number),
        name=name,
        language=language,
        subject=spoken.get(sentences[0].msgid, sentences[0].standard),
        groups=groups,
        needed={_name_of(one.msgid): sorted(one.places - LEFT_OUT) for one in sentences},
        allowed={_name_of(one.msgid): sorted(one.places & LEFT_OUT) for one in sentences},
        version=edition.number,
        is_set=bool(edition.values),
        set_in=sorted(edition.values),
        shown=preview(visit.kit.renderer, name, language, spoken, visit.kit.site),
        editions=list_story(visit, "mail", name, _read_lines),
    )


def _read_lines(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{i18n.LANGUAGES.get(language, language)}: {as_written(msgid)}", text)
        for language, texts in values.items()
        for msgid, text in texts.items()
    ]


@router.get(PATH + "/{name}", dependencies=[only(may_set_site)])
def show_mail(visit: AVisit, name: str) -> Response:
    """?sprog= is the language of the words."""
    language = _language(visit, typed(visit, "sprog"))
    _open_mail(visit, name, language)
    require_fresh(visit, f"{PATH}/{name}?sprog={language}")
    return visit.page(_mail_page(visit, name, language, None, None))


def refuse_places(form: Form, own: dict[str, str], sentences: tuple[Sentence, ...]) -> None:
    """A sentence at each text that names what its mail does not know, or leaves out what its reader needs."""
    for one in sentences:
        text = own.get(one.msgid)
        if text is None:
            continue
        field, written = _name_of(one.msgid), places_in(text)
        if stray_braces(text):
            form.refuse(field, "site_brace")
        for place in sorted(written - one.places):
            known = ", ".join(f"{{{name}}}" for name in sorted(one.places)) or "–"
            form.refuse(field, "site_place_unknown", place=place, places=known)
        for place in sorted(one.places - written - LEFT_OUT):
            form.refuse(field, "site_place_missing", place=place)


@router.post(PATH + "/{name}", dependencies=[only(may_set_site)])
def set_mail(visit: AVisit, form: SentForm, name: str) -> Response:
    """The button «Se, hvordan den bliver» shows the mail with these words and saves nothing."""
    only_shows = form.value("do") == "show"
    if not only_shows and (before := visit.done_before(form)):
        return before
    language = _language(visit, form.value("sprog"))
    sentences = _open_mail(visit, name, language)
    path = f"{PATH}/{name}?sprog={language}"
    require_fresh(visit, path)
    read = read_own(form, [one for group in _groups(sentences, language) for one in group.choices])
    if read is not None:
        refuse_places(form, read[0], sentences)
    if read is None or form.errors:
        return visit.page(_mail_page(visit, name, language, form, None), 422)
    own, version = read
    if only_shows:
        return visit.page(_mail_page(visit, name, language, form, own))
    try:
        values = dict(get_edition(visit.session, "mail", name).values) | {language: own}
        kept = {one: texts for one, texts in values.items() if texts}
        set_part(visit.session, visit.actor, "mail", kept, version=version, key=name)
        return visit.done(form, path, "site_set")
    except Refused as refusal:
        form.refuse("form", refusal.code)
        visit.session.rollback()
        form.typed["version"] = [str(get_edition(visit.session, "mail", name).number)]
        return visit.page(_mail_page(visit, name, language, form, own), 409)
