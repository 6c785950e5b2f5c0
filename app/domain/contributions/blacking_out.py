"""The verbs of blacking out: words out of sight wherever a contribution says them, its answers too."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.events import announce
from app.core.mail import Mail
from app.core.policy import Actor, Refused, require
from app.core.text import shorten
from app.domain.contributions.blacked import Spans, black, erase, find_words, merge
from app.domain.contributions.events import AnswerChanged, WordsTakenAway
from app.domain.contributions.gathered import black_in_gathering, lead_of
from app.domain.contributions.holding_back import lock_version
from app.domain.contributions.ideas.texts import is_around, list_texts_around
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    AnswerEdition,
    BlackedText,
    Contribution,
    IdeaDetails,
    Wording,
)
from app.domain.contributions.needs.texts import is_around_need, list_need_texts
from app.domain.contributions.policy import may_hold_back
from app.domain.contributions.schemas import PARTS
from app.domain.contributions.service import LONGEST_TITLE, tell_changed

FIELDS = ("title", "body", "body_en", "task", "said_by_text", "on_behalf_of_text", "certainty_note")
ANSWER_TEXTS = ("text", "text_en", "text_sv", "reason", "reason_en", "reason_sv")
ANSWER_FIELDS = (*ANSWER_TEXTS, "said_by_text")
EDITION_FIELDS = (*ANSWER_TEXTS, "why")
# Of an idea: {part: text} and {part: why}.
HALVES = ("confidential", "confidential_reasons")


@dataclass(slots=True)
class Text:
    """One text of a contribution or of an answer to it: where it is kept, and how it was written."""

    thing: str
    thing_id: int
    field: str
    row: Any
    known: BlackedText | None

    @property
    def original(self) -> str:
        return self.known.original if self.known else self.shown

    @property
    def spans(self) -> Spans:
        return self.known.spans if self.known else []

    @property
    def shown(self) -> str:
        part, _, name = self.field.rpartition(".")
        return getattr(self.row, part).get(name, "") if part in HALVES else getattr(self.row, name)

    def show(self, text: str) -> None:
        part, _, name = self.field.rpartition(".")
        if part in HALVES:
            setattr(self.row, part, {**getattr(self.row, part), name: text})
        else:
            setattr(self.row, name, text)


def black_out(
    session: Session,
    actor: Actor,
    contribution_id: int,
    version: int,
    words: str,
    *,
    everywhere: bool = True,
    for_good: bool = False,
) -> int:
    """Put words out of sight in the contribution and in the answers to it; how many places there were.

    Everywhere, or only where they stand first. The original is kept for staff, unless `for_good`: then the
    words are erased, also from earlier wordings. Neither the log nor mails kept hold them afterwards.
    Raises Refused("words_not_found").
    """
    contribution = lock_version(session, actor, contribution_id, version)
    texts = list(_texts(session, contribution))
    # A title that is the beginning of the text follows it, or half of the words might be left in it.
    is_derived = contribution.title == shorten(contribution.body, LONGEST_TITLE)
    found = _find(texts[1:] if is_derived else texts, words, everywhere=everywhere)
    if not found:
        raise Refused("words_not_found")
    for text, spans in found:
        _put_out_of_sight(session, text, spans, for_good=for_good)
    if is_derived:
        contribution.title = shorten(contribution.body, LONGEST_TITLE)
    _clean_copies(session, contribution, words, for_good=for_good)
    places = sum(len(spans) for _, spans in found)
    after = {"places": places, "fields": [f"{text.thing}.{text.field}" for text, _ in found]}
    record(session, actor, "black_out", "contribution", contribution.id, after=after | {"for_good": for_good})
    _tell_of(session, contribution, [text for text, _ in found])
    return places


def _texts(session: Session, contribution: Contribution) -> Iterator[Text]:
    """Every text of the contribution, then of its answers, in the order in which they are read."""
    details = session.get(IdeaDetails, contribution.id, with_for_update=True)
    answered = _select_answers(contribution.id)
    answers = session.scalars(
        select(Answer).where(Answer.id.in_(answered)).order_by(Answer.id).with_for_update()
    ).all()
    editions = session.scalars(
        select(AnswerEdition)
        .where(AnswerEdition.answer_id.in_([one.id for one in answers]))
        .order_by(AnswerEdition.id)
        .with_for_update()
    ).all()
    rows = session.scalars(select(BlackedText).where(_is_of(contribution.id)))
    known = {(row.thing, row.thing_id, row.field): row for row in rows}

    def text(thing: str, row: Any, thing_id: int, field: str) -> Text:
        return Text(thing, thing_id, field, row, known.get((thing, thing_id, field)))

    yield from (text("contribution", contribution, contribution.id, field) for field in FIELDS)
    if details is not None:
        names = [f"details.{part}" for part in (*PARTS, "effect_unit")]
        names += [f"{half}.{part}" for half in HALVES for part in getattr(details, half)]
        yield from (text("contribution", details, contribution.id, field) for field in names)
    for thing, row, fields in list_texts_around(session, contribution.id):
        yield from (text(thing, row, row.id, field) for field in fields)
    for thing, row, number, fields in list_need_texts(session, contribution.id):
        yield from (text(thing, row, number, field) for field in fields)
    for answer in answers:
        yield from (text("answer", answer, answer.id, field) for field in ANSWER_FIELDS)
    for edition in editions:
        yield from (text("answer_edition", edition, edition.id, field) for field in EDITION_FIELDS)


def _select_answers(contribution_id: int) -> Select[tuple[int]]:
    """The ids of the answers to it, and to the lead that it hangs under."""
    return select(AnswerContribution.answer_id).where(
        or_(
            AnswerContribution.contribution_id == contribution_id,
            AnswerContribution.contribution_id == lead_of(contribution_id),
        )
    )


def _is_of(contribution_id: int) -> ColumnElement[bool]:
    """What is blacked out in it, in its answers, and in how those stood before they were corrected."""
    answered = _select_answers(contribution_id)
    editions = select(AnswerEdition.id).where(AnswerEdition.answer_id.in_(answered))
    return or_(
        (BlackedText.thing == "contribution") & (BlackedText.thing_id == contribution_id),
        is_around(contribution_id, BlackedText.thing, BlackedText.thing_id),
        is_around_need(contribution_id, BlackedText.thing, BlackedText.thing_id),
        (BlackedText.thing == "answer") & BlackedText.thing_id.in_(answered),
        (BlackedText.thing == "answer_edition") & BlackedText.thing_id.in_(editions),
    )


def _find(texts: list[Text], words: str, *, everywhere: bool) -> list[tuple[Text, Spans]]:
    """The texts in which the words are still to be read, and where."""
    found = []
    for text in texts:
        spans = [one for one in find_words(text.original, words) if not _is_out_of_sight(one, text.spans)]
        if spans:
            found.append((text, spans if everywhere else spans[:1]))
            if not everywhere:
                break
    return found


def _is_out_of_sight(span: list[int], spans: Spans) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _put_out_of_sight(session: Session, text: Text, spans: Spans, *, for_good: bool) -> None:
    if for_good:
        original, left = erase(text.original, text.spans, spans)
    else:
        original, left = text.original, merge([*text.spans, *spans])
    text.show(black(original, left))
    if text.known is not None and not left:
        session.delete(text.known)
    elif text.known is not None:
        text.known.original, text.known.spans = original, left
    elif left:
        session.add(
            BlackedText(
                thing=text.thing, thing_id=text.thing_id, field=text.field, original=original, spans=left
            )
        )


def _clean_copies(session: Session, contribution: Contribution, words: str, *, for_good: bool) -> None:
    """Take the words out of the mails that tell of the contribution, and for good out of earlier wordings."""
    about = Mail.text.contains(contribution.reference, autoescape=True)
    for mail in session.scalars(select(Mail).where(about).with_for_update()):
        mail.subject = black(mail.subject, find_words(mail.subject, words))
        mail.text = black(mail.text, find_words(mail.text, words))
        if mail.html:
            mail.html = black(mail.html, find_words(mail.html, escape(words)))
    black_in_gathering(session, contribution.id, words)
    if for_good:
        for old in session.scalars(select(Wording).where(Wording.contribution_id == contribution.id)):
            old.words = {field: black(text, find_words(text, words)) for field, text in old.words.items()}


def show_words(session: Session, actor: Actor, contribution_id: int, version: int) -> int:
    """Show again all that was blacked out and not erased; in how many texts."""
    contribution = lock_version(session, actor, contribution_id, version)
    texts = [text for text in _texts(session, contribution) if text.known is not None]
    if not texts:
        raise Refused("nothing_blacked_out")
    is_derived = contribution.title == shorten(contribution.body, LONGEST_TITLE)
    for text in texts:
        text.show(text.original)
        session.delete(text.known)
    if is_derived:
        contribution.title = shorten(contribution.body, LONGEST_TITLE)
    after = {"fields": [f"{text.thing}.{text.field}" for text in texts]}
    record(session, actor, "show_words", "contribution", contribution.id, after=after)
    _tell_of(session, contribution, texts, is_less=False)
    return len(texts)


def erase_originals(session: Session, actor: Actor, contribution_id: int, version: int) -> int:
    """Erase for good what is blacked out and kept; in how many texts."""
    contribution = lock_version(session, actor, contribution_id, version)
    texts = [text for text in _texts(session, contribution) if text.known is not None]
    if not texts:
        raise Refused("nothing_blacked_out")
    for old in session.scalars(select(Wording).where(Wording.contribution_id == contribution.id)):
        for text in texts:
            for start, end in text.spans:
                words = text.original[start:end]
                old.words = {name: black(was, find_words(was, words)) for name, was in old.words.items()}
    session.execute(delete(BlackedText).where(BlackedText.id.in_([text.known.id for text in texts])))
    after = {"fields": [f"{text.thing}.{text.field}" for text in texts]}
    record(session, actor, "erase_originals", "contribution", contribution.id, after=after)
    return len(texts)


def _tell_of(
    session: Session, contribution: Contribution, texts: list[Text], *, is_less: bool = True
) -> None:
    if is_less:
        announce(session, WordsTakenAway(contribution.kind, contribution.id))
    tell_changed(session, [contribution])
    for answer_id in sorted({text.thing_id for text in texts if text.thing == "answer"}):
        announce(session, WordsTakenAway("answer", answer_id) if is_less else AnswerChanged(answer_id))


# --- reading the originals


@dataclass(frozen=True, slots=True)
class Original:
    """A blacked-out text as it was written, in pieces: (text, whether it is out of sight)."""

    thing: str
    field: str
    pieces: tuple[tuple[str, bool], ...]


def list_originals(session: Session, actor: Actor, contribution_id: int) -> list[Original]:
    """What is blacked out in a contribution and in the answers to it, as it was written; for staff."""
    require(may_hold_back(actor))
    rows = session.scalars(select(BlackedText).where(_is_of(contribution_id)).order_by(BlackedText.id))
    return [Original(row.thing, row.field, _pieces(row.original, row.spans)) for row in rows]


def _pieces(text: str, spans: Spans) -> tuple[tuple[str, bool], ...]:
    pieces, done = [], 0
    for start, end in spans:
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return tuple(piece for piece in (*pieces, (text[done:], False)) if piece[0])
