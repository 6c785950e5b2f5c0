"""What sentences rest on, as one reader may see it: something said, an answer, a promise, a page of slides.

Only what is in force is read: what is hidden, withdrawn or not let through is nobody's evidence, staff's
neither. One statement, however many sources are asked for.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, nothing, read
from app.core.kept import kept
from app.core.policy import Actor, Refused
from app.domain.commitments import policy as commitments
from app.domain.commitments.models import Commitment
from app.domain.contributions.blacked import MARK
from app.domain.contributions.models import Answer, AnswerContribution, AnswerOrganisation, Contribution
from app.domain.contributions.policy import answers_visible_to, is_listed, visible_to
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.presentations import policy as presentations
from app.domain.presentations.models import Deck, DeckRevision, SlidePage

Kind = Literal["contribution", "answer", "commitment", "deck_page"]

MOST_OF_SENTENCE: Final = 40
_QUOTED = re.compile(r"»([^»«]+)«")
_CONTRIBUTION = re.compile(r"(OE|ID|BE|IN|SP)-\d{1,9}")
_COMMITMENT = re.compile(r"F-\d{1,9}")
_ANSWER = re.compile(r"SVAR-(\d{1,15})")
_PAGE = re.compile(r"OPLAEG[-/](\d{1,15})(?:/SIDE)?/(\d{1,6})")
_FOLDERS: Final = {
    "wish": "/oensker/",
    "idea": "/ideer/",
    "need": "/behov/",
    "card": "/indspil/",
    "question": "/indspil/",
}
_LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class SourceKey:
    """Which thing. `page`: of a deck, the number of the page; of all else 0."""

    kind: Kind
    id: int
    page: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A thing as it can be read now. `reference`: what it is called in lists and in forms. `about_kind`: of
    what was said, its kind. `by`: who answers or promises. `about`: what an answer answers first, as (kind,
    reference), or None; then `meeting_key` is where it was given. `words`: all that can be quoted."""

    key: SourceKey
    reference: str
    title: str
    language: str
    words: str
    is_example: bool
    about_kind: str = ""
    by: str = ""
    about: tuple[str, str] | None = None
    meeting_key: str | None = None

    @property
    def path(self) -> str:
        """Where it is read; an answer stands with what it answers first."""
        if self.key.kind == "contribution":
            return _FOLDERS[self.about_kind] + self.reference
        if self.key.kind == "commitment":
            return f"/forpligtelser/{self.reference}"
        if self.key.kind == "deck_page":
            return f"/oplaeg/{self.key.id}/side/{self.key.page}"
        if self.about is not None:
            kind, reference = self.about
            return f"{_FOLDERS[kind]}{reference}#svar-{self.key.id}"
        return f"/moeder/{self.meeting_key}#svar" if self.meeting_key else "/oensker"

    @property
    def mark(self) -> str:
        """Changes with the words."""
        return hashlib.sha256(self.words.encode()).hexdigest()[:16]

    @property
    def is_blacked(self) -> bool:
        return MARK in self.words


def find_sources(session: Session, actor: Actor, keys: Iterable[SourceKey]) -> dict[SourceKey, Source]:
    """Those of them that the reader may see and that are in force."""
    return read(session, sources_with(actor, keys))


def sources_with(actor: Actor, keys: Iterable[SourceKey]) -> Asking[dict[SourceKey, Source]]:
    """The same, to be asked beside others."""
    wanted = set(keys)
    by_kind: dict[Kind, set[int]] = {}
    for key in wanted:
        by_kind.setdefault(key.kind, set()).add(key.id)
    found: tuple[list[Source], ...] = yield from beside(
        *(
            look(actor, sorted(by_kind[kind])) if kind in by_kind else nothing([])
            for kind, look in _LOOKS.items()
        ),
        _pages_with(actor, {key for key in wanted if key.kind == "deck_page"}),
    )
    return {one.key: one for several in found for one in several}


def _said_with(actor: Actor, ids: Sequence[int]) -> Asking[list[Source]]:
    return [
        Source(
            SourceKey("contribution", row.id),
            row.reference,
            row.title,
            row.language,
            "\n".join((row.title, row.body, row.body_en)),
            row.is_example,
            about_kind=row.kind,
        )
        for row in (yield from asked(_said(actor), {"sources_said": list(ids)}))
    ]


@kept
def _said(actor: Actor) -> Select[Any]:
    return select(
        Contribution.id,
        Contribution.kind,
        Contribution.reference,
        Contribution.title,
        Contribution.body,
        Contribution.body_en,
        Contribution.language,
        Contribution.is_example,
    ).where(
        Contribution.id.in_(bindparam("sources_said", expanding=True)),
        visible_to(actor),
        is_listed(),
        Contribution.published_at.is_not(None),
    )


def _answers_with(actor: Actor, ids: Sequence[int]) -> Asking[list[Source]]:
    """Published ones. What answers something that the reader may not see is not shown to them: its words may
    tell of it."""
    values = {"sources_answered": list(ids)}
    rows, answered = yield from beside(asked(_answers(actor), values), asked(_answered(actor), values))
    about: dict[int, tuple[str, str]] = {}
    for answer_id, kind, reference in answered:
        about.setdefault(answer_id, (kind, reference))
    return [
        Source(
            SourceKey("answer", row.id),
            f"svar-{row.id}",
            "",
            "da",
            "\n".join((row.text, row.text_en, row.reason, row.reason_en)),
            row.is_example,
            by=_join(row.signed_by or ()),
            about=about.get(row.id),
            meeting_key=row.meeting_key,
        )
        for row in rows
        if not row.total or row.id in about
    ]


@kept
def _answers(actor: Actor) -> Select[Any]:
    signed_by = (
        select(func.array_agg(aggregate_order_by(Organisation.name, danish_order(Organisation.name))))
        .join(AnswerOrganisation, AnswerOrganisation.organisation_id == Organisation.id)
        .where(AnswerOrganisation.answer_id == Answer.id)
        .scalar_subquery()
    )
    total = (
        select(func.count()).where(AnswerContribution.answer_id == Answer.id).correlate(Answer)
    ).scalar_subquery()
    return (
        select(
            Answer.id,
            Answer.text,
            Answer.text_en,
            Answer.reason,
            Answer.reason_en,
            Answer.is_example,
            signed_by.label("signed_by"),
            total.label("total"),
            Meeting.key.label("meeting_key"),
        )
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .where(
            Answer.id.in_(bindparam("sources_answered", expanding=True)),
            Answer.published_at.is_not(None),
            answers_visible_to(actor),
        )
    )


@kept
def _answered(actor: Actor) -> Select[Any]:
    return (
        select(AnswerContribution.answer_id, Contribution.kind, Contribution.reference)
        .join(Contribution, Contribution.id == AnswerContribution.contribution_id)
        .where(
            AnswerContribution.answer_id.in_(bindparam("sources_answered", expanding=True)),
            visible_to(actor),
            is_listed(),
        )
        .order_by(Contribution.reference)
    )


def _join(names: Collection[str]) -> str:
    return ", ".join(names)


def _promises_with(actor: Actor, ids: Sequence[int]) -> Asking[list[Source]]:
    return [
        Source(
            SourceKey("commitment", row.id),
            row.reference,
            row.title,
            "da",
            "\n".join((row.title, row.title_en, row.text, row.text_en)),
            row.is_example,
            by=row.by,
        )
        for row in (yield from asked(_promises(actor), {"sources_promised": list(ids)}))
    ]


@kept
def _promises(actor: Actor) -> Select[Any]:
    return (
        select(
            Commitment.id,
            Commitment.reference,
            Commitment.title,
            Commitment.title_en,
            Commitment.text,
            Commitment.text_en,
            Commitment.is_example,
            Organisation.name.label("by"),
        )
        .join(Organisation, Organisation.id == Commitment.organisation_id)
        .where(
            Commitment.id.in_(bindparam("sources_promised", expanding=True)),
            commitments.visible_to(actor),
            Commitment.published_at.is_not(None),
        )
    )


_LOOKS: Final[Mapping[Kind, Callable[[Actor, Sequence[int]], Asking[list[Source]]]]] = {
    "contribution": _said_with,
    "answer": _answers_with,
    "commitment": _promises_with,
}


def _pages_with(actor: Actor, keys: Collection[SourceKey]) -> Asking[list[Source]]:
    """Pages of the version that is shown now; a page that the new version has not is gone."""
    if not keys:
        return []
    found: list[Source] = []
    values = {"sources_shown": sorted({key.id for key in keys}), "pages": sorted({key.page for key in keys})}
    for row in (yield from asked(_pages(actor), values)):
        key = SourceKey("deck_page", row.id, row.number)
        if key in keys:
            words = "\n".join((row.title, row.text))
            title = row.title or row.deck_title
            reference = f"oplaeg-{row.id}/{row.number}"
            found.append(Source(key, reference, title, row.language, words, row.is_example))
    return found


@kept
def _pages(actor: Actor) -> Select[Any]:
    return (
        select(
            Deck.id,
            Deck.title.label("deck_title"),
            Deck.language,
            Deck.is_example,
            SlidePage.number,
            SlidePage.title,
            SlidePage.text,
        )
        .join(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .join(SlidePage, SlidePage.revision_id == DeckRevision.id)
        .where(
            Deck.id.in_(bindparam("sources_shown", expanding=True)),
            SlidePage.number.in_(bindparam("pages", expanding=True)),
            presentations.visible_to(actor),
        )
    )


# --- what somebody writes in a form


def read_references(session: Session, actor: Actor, given: str) -> list[SourceKey]:
    """The things that a line of references names: OE-0142 F-0007 svar-12 oplaeg-3/14, or addresses of pages.

    Refused: summary_unknown_source with `words`, where something is not known to the actor;
    summary_too_many_sources.
    """
    words = list(dict.fromkeys(word for word in re.split(r"[\s,;]+", given) if word))
    if len(words) > MOST_OF_SENTENCE:
        raise Refused("summary_too_many_sources", count=MOST_OF_SENTENCE)
    ids = _find_ids(session, actor, words)
    keys = [_key_of(word, ids) for word in words]
    known = find_sources(session, actor, [key for key in keys if key is not None])
    unknown = [word for word, key in zip(words, keys, strict=True) if key not in known]
    if unknown:
        raise Refused("summary_unknown_source", words=", ".join(unknown)[:200])
    return list(dict.fromkeys(key for key in keys if key is not None))


def _find_ids(session: Session, actor: Actor, words: Collection[str]) -> Mapping[str, SourceKey]:
    upper = {word.upper() for word in words}
    said = {word for word in upper if _CONTRIBUTION.fullmatch(word)}
    promised = {word for word in upper if _COMMITMENT.fullmatch(word)}
    found: dict[str, SourceKey] = {}
    if said:
        asked: Any = select(Contribution.reference, Contribution.id).where(Contribution.reference.in_(said))
        for reference, id_ in session.execute(asked.where(visible_to(actor))):
            found[reference] = SourceKey("contribution", id_)
    if promised:
        asked = select(Commitment.reference, Commitment.id).where(Commitment.reference.in_(promised))
        for reference, id_ in session.execute(asked.where(commitments.visible_to(actor))):
            found[reference] = SourceKey("commitment", id_)
    return found


def _key_of(word: str, ids: Mapping[str, SourceKey]) -> SourceKey | None:
    upper = word.upper()
    if answer := _ANSWER.fullmatch(upper):
        return SourceKey("answer", min(int(answer[1]), _LARGEST_ID))
    if page := _PAGE.search(upper):
        return SourceKey("deck_page", int(page[1]), int(page[2]))
    return ids.get(upper)


# --- words between »«


def list_quotes(text: str) -> list[str]:
    """What stands between »« in a sentence."""
    return _QUOTED.findall(text)


def is_quoted_from(quote: str, sources: Iterable[Source]) -> bool:
    """Whether one of them says it, letter for letter; space, case and a closing … do not count."""
    sought = _plain(quote.rstrip("… "))
    return bool(sought) and any(sought in _plain(one.words) for one in sources)


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()


def put_out_of_sight(text: str, sources: Collection[Source]) -> str:
    """The sentence with a mark for every quotation that none of the sources carries."""
    return _QUOTED.sub(lambda found: found[0] if is_quoted_from(found[1], sources) else f"»{MARK}«", text)
