"""Reading summaries: each sentence with what it rests on, as one reader may see it.

A sentence none of whose sources the reader may read is told as unsupported, and words that it quotes from
what is away are out of sight. Staff is told besides how it stands for everybody. The number of statements is
the same however many sentences there are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, beside, nothing, read
from app.core.kept import kept
from app.core.policy import STRANGER, Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import Meeting
from app.domain.strategies import policy as strategies
from app.domain.strategies.models import Strategy, Theme
from app.domain.summaries.models import Summary, SummaryEdition, SummarySentence, SummarySupport
from app.domain.summaries.policy import may_summarise, visible_to
from app.domain.summaries.sources import Source, SourceKey, put_out_of_sight, sources_with

MOST_EDITIONS = 200
PER_PAGE: Final = 30

Standing = Literal["supported", "partly", "unsupported"]


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence as the reader sees it. `written`, `written_en`: as it is kept, for staff; to others the same
    as shown. `public_standing`: how it stands for everybody, for staff alone. `changed`: references of
    sources that were worded otherwise since, for staff. `partly`: some of it is away, and some is there."""

    id: int
    text: str
    text_en: str
    written: str
    written_en: str
    origin: str
    sources: tuple[Source, ...]
    standing: Standing
    public_standing: Standing | None = None
    changed: tuple[str, ...] = ()

    @property
    def is_supported(self) -> bool:
        return self.standing != "unsupported"

    @property
    def references(self) -> str:
        return " ".join(one.reference for one in self.sources)


@dataclass(frozen=True, slots=True)
class SummaryView:
    """An edition of a summary with its sentences. `number`: of the edition."""

    summary_id: int
    version: int
    edition_id: int
    number: int
    published_at: datetime | None
    taken_back_at: datetime | None
    sentences: tuple[SentenceView, ...]

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    @property
    def is_by_machine(self) -> bool:
        """Whether some sentence has been read by nobody."""
        return any(one.origin == "machine" for one in self.sentences)

    @property
    def has_examples(self) -> bool:
        return any(source.is_example for one in self.sentences for source in one.sources)

    @property
    def troubled(self) -> tuple[SentenceView, ...]:
        """Those that staff should look at: not supported for everybody, or a source has other words now."""
        return tuple(
            one for one in self.sentences if one.public_standing not in (None, "supported") or one.changed
        )


@dataclass(frozen=True, slots=True)
class EditionLine:
    """An edition in a list."""

    number: int
    published_at: datetime | None
    taken_back_at: datetime | None
    sentences: int


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A summary in the list of all. Either `meeting_key` or both keys of a theme. `troubled`: sentences of
    the shown edition without support for everybody, for staff."""

    summary_id: int
    meeting_key: str | None
    meeting_number: int | None
    strategy_key: str | None
    theme_key: str | None
    title: str
    title_en: str
    context: str
    context_en: str
    published_at: datetime | None
    sentences: int
    by_machine: int
    has_draft: bool
    troubled: int = 0


# What the rows of a list say of themselves.
_NAMES = (
    "summary_id", "meeting_key", "meeting_number", "strategy_key", "theme_key", "title", "title_en",
    "context", "context_en",
)  # fmt: skip


# --- one summary


def find_of_meeting(session: Session, actor: Actor, meeting_id: int) -> SummaryView | None:
    """What is shown of a meeting's summary. Whether the reader may see the meeting has been asked."""
    return read(session, summary_of_meeting(actor, meeting_id))


def summary_of_meeting(actor: Actor, meeting_id: int) -> Asking[SummaryView | None]:
    """The same, to be asked beside others."""
    return (yield from _edition(actor, _shown("meeting_id"), {"summary_of": meeting_id}))


def find_of_theme(session: Session, actor: Actor, theme_id: int) -> SummaryView | None:
    """What is shown of a theme's summary."""
    return read(session, summary_of_theme(actor, theme_id))


def summary_of_theme(actor: Actor, theme_id: int) -> Asking[SummaryView | None]:
    """The same, to be asked beside others."""
    return (yield from _edition(actor, _shown("theme_id"), {"summary_of": theme_id}))


@kept
def _shown(column: Literal["meeting_id", "theme_id"]) -> Select[Any]:
    # As everybody: also staff is shown what is out, and not what was taken back.
    return _editions(getattr(Summary, column) == bindparam("summary_of"), visible_to(STRANGER))


def find_edition(session: Session, actor: Actor, summary_id: int, number: int) -> SummaryView | None:
    """One edition by its number, as far as the reader may see it."""
    numbered = SummaryEdition.number == number
    statement = _editions(Summary.id == summary_id, numbered & visible_to(actor))
    return read(session, _edition(actor, statement))


def find_draft(session: Session, actor: Actor, summary_id: int) -> SummaryView | None:
    """What is being written; None where nothing is, or the actor does not write."""
    if not may_summarise(actor):
        return None
    statement = _editions(Summary.id == summary_id, SummaryEdition.published_at.is_(None))
    return read(session, _edition(actor, statement))


def _editions(which: ColumnElement[bool], edition: ColumnElement[bool]) -> Select[Any]:
    """The last of the editions that fit."""
    return (
        select(
            Summary.id.label("summary_id"),
            Summary.version,
            SummaryEdition.id.label("edition_id"),
            SummaryEdition.number,
            SummaryEdition.published_at,
            SummaryEdition.taken_back_at,
        )
        .join(SummaryEdition, SummaryEdition.summary_id == Summary.id)
        .where(which, edition)
        .order_by(SummaryEdition.number.desc())
        .limit(1)
    )


def _edition(
    actor: Actor, statement: Select[Any], values: Mapping[str, Any] | None = None
) -> Asking[SummaryView | None]:
    rows = yield from asked(statement, values)
    if not rows:
        return None
    (row,) = rows
    sentences = yield from _sentences_in(actor, [row.edition_id])
    return SummaryView(**row._mapping, sentences=sentences.get(row.edition_id, ()))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A sentence as it is kept, with the marks of its sources."""

    row: Any
    marks: Mapping[SourceKey, str]


def _sentences_in(actor: Actor, edition_ids: Collection[int]) -> Asking[dict[int, tuple[SentenceView, ...]]]:
    as_kept = yield from _kept_with("edition_id", edition_ids)
    keys = [key for one in as_kept for key in one.marks]
    own, public = yield from beside(
        sources_with(actor, keys), sources_with(STRANGER, keys) if may_summarise(actor) else nothing(None)
    )
    found: dict[int, tuple[SentenceView, ...]] = {}
    for one in as_kept:
        found[one.row.edition_id] = (*found.get(one.row.edition_id, ()), _see(one, own, public))
    return found


def list_kept(session: Session, by: Literal["id", "edition_id"], ids: Collection[int]) -> list[_Kept]:
    """The sentences with these ids, or of these editions, as they are kept, in their order; one statement."""
    return read(session, _kept_with(by, ids))


def _kept_with(by: Literal["id", "edition_id"], ids: Collection[int]) -> Asking[list[_Kept]]:
    if not ids:
        return []
    values = {"sentences_by": sorted(ids)}
    rows, supports = yield from beside(asked(_sentences(by), values), asked(_supports(by), values))
    marks: dict[int, dict[SourceKey, str]] = {}
    for support in supports:
        marks.setdefault(support.sentence_id, {})[key_of(support)] = support.mark
    return [_Kept(row, marks.get(row.id, {})) for row in rows]


@kept
def _sentences(by: Literal["id", "edition_id"]) -> Select[Any]:
    return (
        select(
            SummarySentence.id,
            SummarySentence.edition_id,
            SummarySentence.text,
            SummarySentence.text_en,
            SummarySentence.origin,
        )
        .where(getattr(SummarySentence, by).in_(bindparam("sentences_by", expanding=True)))
        .order_by(SummarySentence.edition_id, SummarySentence.position, SummarySentence.id)
    )


@kept
def _supports(by: Literal["id", "edition_id"]) -> Select[Any]:
    return (
        select(
            SummarySupport.sentence_id,
            SummarySupport.contribution_id,
            SummarySupport.answer_id,
            SummarySupport.commitment_id,
            SummarySupport.deck_id,
            SummarySupport.page_number,
            SummarySupport.mark,
        )
        .join(SummarySentence, SummarySentence.id == SummarySupport.sentence_id)
        .where(getattr(SummarySentence, by).in_(bindparam("sentences_by", expanding=True)))
        .order_by(SummarySupport.sentence_id, SummarySupport.position, SummarySupport.id)
    )


def key_of(support: Any) -> SourceKey:
    """What a row of support points at."""
    if support.contribution_id is not None:
        return SourceKey("contribution", support.contribution_id)
    if support.answer_id is not None:
        return SourceKey("answer", support.answer_id)
    if support.commitment_id is not None:
        return SourceKey("commitment", support.commitment_id)
    assert support.deck_id is not None
    return SourceKey("deck_page", support.deck_id, support.page_number or 0)


def list_standing(kept: _Kept, sources: Mapping[SourceKey, Source]) -> list[Source]:
    """Those of a sentence's sources that carry it still: there, and with no words blacked out since."""
    found = ((sources.get(key), mark) for key, mark in kept.marks.items())
    return [one for one, mark in found if one is not None and not (one.is_blacked and one.mark != mark)]


def _stand(kept: _Kept, standing: Sequence[Source]) -> Standing:
    texts = (kept.row.text, kept.row.text_en)
    if not standing or any(put_out_of_sight(text, standing) != text for text in texts):
        return "unsupported"
    return "supported" if len(standing) == len(kept.marks) else "partly"


def _see(
    kept: _Kept, own: Mapping[SourceKey, Source], public: Mapping[SourceKey, Source] | None
) -> SentenceView:
    row = kept.row
    standing = list_standing(kept, own)
    # Words that only an unreadable source carries are not read out of the sentence either.
    text, text_en = put_out_of_sight(row.text, standing), put_out_of_sight(row.text_en, standing)
    is_staff = public is not None
    stands = _stand(kept, standing)
    return SentenceView(
        id=row.id,
        text=text,
        text_en=text_en,
        written=row.text if is_staff else text,
        written_en=row.text_en if is_staff else text_en,
        origin=row.origin,
        sources=tuple(standing),
        # That something more was there is no business of who may not read it.
        standing="supported" if stands == "partly" and not is_staff else stands,
        public_standing=_stand(kept, list_standing(kept, public)) if public is not None else None,
        changed=_list_changed(kept, standing) if is_staff else (),
    )


def _list_changed(kept: _Kept, standing: Iterable[Source]) -> tuple[str, ...]:
    return tuple(one.reference for one in standing if kept.marks[one.key] != one.mark)


# --- lists


def list_editions(session: Session, actor: Actor, summary_id: int) -> list[EditionLine]:
    """The editions that the reader may see, the newest first; one statement."""
    counted = select(func.count()).where(SummarySentence.edition_id == SummaryEdition.id)
    rows = session.execute(
        select(
            SummaryEdition.number,
            SummaryEdition.published_at,
            SummaryEdition.taken_back_at,
            counted.correlate(SummaryEdition).scalar_subquery().label("sentences"),
        )
        .where(SummaryEdition.summary_id == summary_id, visible_to(actor))
        .order_by(SummaryEdition.number.desc())
        .limit(MOST_EDITIONS)
    )
    return [EditionLine(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a summary is of, as far as the reader may see it: a meeting or a theme, never both."""

    summary_id: int
    version: int
    meeting_key: str | None
    strategy_key: str | None
    theme_key: str | None
    title: str
    title_en: str

    @property
    def path(self) -> str:
        if self.meeting_key is not None:
            return f"/moeder/{self.meeting_key}"
        return f"/temaer/{self.strategy_key}/{self.theme_key}"


def find_subject(session: Session, actor: Actor, summary_id: int) -> Subject | None:
    """What the summary is of; one statement."""
    row = session.execute(_lines(actor).where(Summary.id == summary_id)).one_or_none()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in Subject.__slots__}
    return Subject(**values)


@dataclass(frozen=True, slots=True)
class Summaries:
    """One page of them, and how many there are."""

    rows: tuple[SummaryLine, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_summaries(session: Session, actor: Actor, page: int = 1) -> Summaries:
    """A page of the summaries that are out, of meetings first, the newest first; to staff the drafts too, and
    how many sentences of each lack support for everybody. Past the end, the first page."""
    is_staff = may_summarise(actor)
    is_told = Summary.id.in_(_published())
    if is_staff:
        is_told = or_(is_told, Summary.id.in_(_drafted()))
    statement = (
        _lines(actor)
        .add_columns(func.count().over().label("total"))
        .where(is_told)
        .order_by(
            Meeting.held_on.desc().nulls_last(), Strategy.period_from.desc(), Theme.position, Summary.id
        )
        .limit(PER_PAGE)
    )
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    return Summaries(tuple(_tell_lines(session, actor, rows)), rows[0].total if rows else 0, page)


def read_published(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[SummaryLine]:
    """So many of those that are out after a place: of meetings first, the newest first."""
    order = (
        By(cast(Meeting.id.is_(None), Integer), int),
        By(func.coalesce(Meeting.held_on, date.min), date, is_down=True),
        By(func.coalesce(Strategy.period_from, 0), int, is_down=True),
        By(func.coalesce(Theme.position, 0), int),
        By(Summary.id, int),
    )
    found = read_slice(session, _lines(actor).where(Summary.id.in_(_published())), order, after, most)
    return Slice(tuple(_tell_lines(session, actor, found.rows)), found.last)


def _tell_lines(session: Session, actor: Actor, rows: Sequence[Row[Any]]) -> list[SummaryLine]:
    shown = _list_shown(session, actor, [row.summary_id for row in rows])
    drafted = set(session.scalars(_drafted())) if may_summarise(actor) else set[int]()
    lines: list[SummaryLine] = []
    for row in rows:
        edition = shown.get(row.summary_id)
        if edition is None and row.summary_id not in drafted:
            continue
        sentences = edition.sentences if edition else ()
        lines.append(
            SummaryLine(
                **{name: row._mapping[name] for name in _NAMES},
                published_at=edition.published_at if edition else None,
                sentences=len(sentences),
                by_machine=sum(one.origin == "machine" for one in sentences),
                has_draft=row.summary_id in drafted,
                troubled=len(edition.troubled) if edition else 0,
            )
        )
    return lines


def _published() -> Select[tuple[int]]:
    """The summaries with an edition that everybody can read."""
    return select(SummaryEdition.summary_id).where(visible_to(STRANGER))


def _drafted() -> Select[tuple[int]]:
    return select(SummaryEdition.summary_id).where(SummaryEdition.published_at.is_(None))


def _list_shown(session: Session, actor: Actor, summary_ids: Collection[int]) -> dict[int, SummaryView]:
    later = aliased(SummaryEdition)
    is_newer = exists(
        select(later.id)
        .where(
            later.summary_id == SummaryEdition.summary_id,
            later.number > SummaryEdition.number,
            later.published_at.is_not(None),
        )
        .correlate(SummaryEdition)
    )
    rows = session.execute(
        select(
            Summary.id.label("summary_id"),
            Summary.version,
            SummaryEdition.id.label("edition_id"),
            SummaryEdition.number,
            SummaryEdition.published_at,
            SummaryEdition.taken_back_at,
        )
        .join(SummaryEdition, SummaryEdition.summary_id == Summary.id)
        .where(Summary.id.in_(summary_ids), visible_to(STRANGER), ~is_newer)
    ).all()
    sentences = read(session, _sentences_in(actor, [row.edition_id for row in rows]))
    return {
        row.summary_id: SummaryView(**row._mapping, sentences=sentences.get(row.edition_id, ()))
        for row in rows
    }


def _lines(actor: Actor) -> Any:
    """Summaries of what the reader may see."""
    return (
        select(
            Summary.id.label("summary_id"),
            Summary.version,
            Meeting.key.label("meeting_key"),
            Meeting.number.label("meeting_number"),
            Strategy.key.label("strategy_key"),
            Theme.key.label("theme_key"),
            func.coalesce(Meeting.title, Theme.name).label("title"),
            func.coalesce(Meeting.title_en, Theme.name_en, "").label("title_en"),
            func.coalesce(Strategy.name, "").label("context"),
            func.coalesce(Strategy.name_en, "").label("context_en"),
        )
        .outerjoin(Meeting, (Meeting.id == Summary.meeting_id) & meetings.visible_to(actor))
        .outerjoin(Theme, Theme.id == Summary.theme_id)
        .outerjoin(Strategy, (Strategy.id == Theme.strategy_id) & strategies.visible_to(actor))
        .where(or_(Meeting.id.is_not(None), Strategy.id.is_not(None)))
    )
