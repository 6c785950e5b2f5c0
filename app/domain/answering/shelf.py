"""Answers on their way: those that are written, what goes out together, and what became of it; for staff."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor, require
from app.domain.answering.models import AnswerBatch, AnswerTelling, BatchAnswer, Case
from app.domain.answering.policy import may_answer
from app.domain.contributions.models import Answer, AnswerContribution, AnswerOrganisation, Contribution
from app.domain.contributions.policy import visible_to
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff

PER_PAGE: Final = 30
MOST_IN_BATCH: Final = 500
C = Contribution


@dataclass(frozen=True, slots=True)
class About:
    """What an answer answers. `owner`: who looks after it, if anybody does."""

    id: int
    kind: str
    reference: str
    title: str
    language: str
    owner: str


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """An answer with all its words, whatever its state; `batch_id` while it is to go out with others."""

    id: int
    kind: str
    verdict: str | None
    text: str
    text_en: str
    text_sv: str
    reason: str
    reason_en: str
    reason_sv: str
    again_by: date | None
    said_by_text: str
    prepared_at: datetime | None
    published_at: datetime | None
    is_example: bool
    version: int
    batch_id: int | None
    batch: str
    organisation_ids: tuple[int, ...]
    organisations: tuple[str, ...]
    about: tuple[About, ...]

    @property
    def state(self) -> str:
        """draft, prepared or published."""
        if self.published_at is not None:
            return "published"
        return "draft" if self.prepared_at is None else "prepared"


@dataclass(frozen=True, slots=True)
class Sheets:
    """One page of answers, and how long the list is."""

    rows: tuple[AnswerSheet, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class BatchView:
    """Answers that go out, or went, at one moment. `name` is empty where one was published by itself.

    `to_tell`, `told`: of those who are told of it, all and how many have been; both are None until it is
    worked out who they are.
    """

    id: int
    name: str
    created_at: datetime
    published_at: datetime | None
    answers: int
    unready: int
    references: tuple[str, ...]
    to_tell: int | None
    told: int | None
    is_told: bool

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


# --- answers


def _signers(column: Any) -> Any:
    return (
        select(func.array_agg(aggregate_order_by(column, Organisation.id)))
        .join(AnswerOrganisation, AnswerOrganisation.organisation_id == Organisation.id)
        .where(AnswerOrganisation.answer_id == Answer.id)
        .correlate(Answer)
        .scalar_subquery()
    )


def _about(actor: Actor) -> Any:
    owner = (
        select(User.name)
        .join(Case, Case.owner_id == User.id)
        .where(Case.contribution_id == C.id, is_on_staff())
        .correlate(C)
        .scalar_subquery()
    )
    one = func.jsonb_build_object(
        "id",
        C.id,
        "kind",
        C.kind,
        "reference",
        C.reference,
        "title",
        C.title,
        "language",
        C.language,
        "owner",
        func.coalesce(owner, ""),
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(one, C.reference)))
        .select_from(AnswerContribution)
        .join(C, C.id == AnswerContribution.contribution_id)
        .where(AnswerContribution.answer_id == Answer.id, visible_to(actor))
        .correlate(Answer)
        .scalar_subquery()
    )


def _sheets(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Answer.id,
            Answer.kind,
            Answer.verdict,
            Answer.text,
            Answer.text_en,
            Answer.text_sv,
            Answer.reason,
            Answer.reason_en,
            Answer.reason_sv,
            Answer.again_by,
            Answer.said_by_text,
            Answer.prepared_at,
            Answer.published_at,
            Answer.is_example,
            Answer.version,
            BatchAnswer.batch_id,
            func.coalesce(AnswerBatch.name, "").label("batch"),
            _signers(Organisation.id).label("organisation_ids"),
            _signers(func.coalesce(Organisation.short_name, Organisation.name)).label("organisations"),
            _about(actor).label("about"),
        )
        .select_from(Answer)
        .outerjoin(BatchAnswer, BatchAnswer.answer_id == Answer.id)
        .outerjoin(AnswerBatch, AnswerBatch.id == BatchAnswer.batch_id)
        .where(*conditions)
    )


def _sheet(row: Row[Any]) -> AnswerSheet:
    values = {name: value for name, value in row._mapping.items() if name != "total"}
    values["organisation_ids"] = tuple(values["organisation_ids"] or ())
    values["organisations"] = tuple(values["organisations"] or ())
    values["about"] = tuple(About(**one) for one in values["about"] or ())
    return AnswerSheet(**values)


def find_sheet(session: Session, actor: Actor, answer_id: int) -> AnswerSheet | None:
    """One answer, for staff."""
    require(may_answer(actor))
    row = session.execute(_sheets(actor, Answer.id == answer_id)).one_or_none()
    return _sheet(row) if row is not None else None


def list_sheets_of(session: Session, actor: Actor, contribution_id: int) -> list[AnswerSheet]:
    """All answers to one contribution, what is on its way first, then the newest; for staff."""
    return read(session, sheets_of(actor, contribution_id))


def sheets_of(actor: Actor, contribution_id: int) -> Asking[list[AnswerSheet]]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    return [_sheet(row) for row in (yield from asked(_sheets_of(actor), {"sheets_of": contribution_id}))]


@kept
def _sheets_of(actor: Actor) -> Select[Any]:
    to_it = select(AnswerContribution.answer_id).where(
        AnswerContribution.contribution_id == bindparam("sheets_of")
    )
    return (
        _sheets(actor, Answer.id.in_(to_it))
        .order_by(Answer.published_at.desc().nulls_first(), Answer.id.desc())
        .limit(PER_PAGE)
    )


def list_sheets_of_batch(session: Session, actor: Actor, batch_id: int) -> list[AnswerSheet]:
    """All answers of a batch, in the order in which they were begun; for staff."""
    require(may_answer(actor))
    rows = session.execute(
        _sheets(actor, BatchAnswer.batch_id == batch_id).order_by(Answer.id).limit(MOST_IN_BATCH)
    )
    return [_sheet(row) for row in rows]


def list_unpublished(session: Session, actor: Actor, page: int = 1) -> Sheets:
    """Answers on their way, those that are ready first; past the end, the first page. For staff."""
    require(may_answer(actor))
    statement = (
        _sheets(actor, Answer.published_at.is_(None))
        .add_columns(func.count().over().label("total"))
        .order_by(Answer.prepared_at.is_(None), Answer.id)
        .limit(PER_PAGE)
    )
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    return Sheets(tuple(map(_sheet, rows)), rows[0].total if rows else 0, page)


# --- batches


def _batches(*conditions: ColumnElement[bool]) -> Select[Any]:
    def of_batch(*columns: Any) -> Any:
        return (
            select(*columns)
            .select_from(BatchAnswer)
            .join(Answer, Answer.id == BatchAnswer.answer_id)
            .where(BatchAnswer.batch_id == AnswerBatch.id)
            .correlate(AnswerBatch)
        )

    def tellings(*conditions: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .select_from(AnswerTelling)
            .where(AnswerTelling.batch_id == AnswerBatch.id, *conditions)
            .correlate(AnswerBatch)
            .scalar_subquery()
        )

    references = (
        of_batch(func.array_agg(aggregate_order_by(C.reference, C.id)))
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .join(C, C.id == AnswerContribution.contribution_id)
        .scalar_subquery()
    )
    return select(
        AnswerBatch.id,
        AnswerBatch.name,
        AnswerBatch.created_at,
        AnswerBatch.published_at,
        AnswerBatch.gathered_at,
        AnswerBatch.told_at,
        AnswerBatch.told_count,
        of_batch(func.count()).scalar_subquery().label("answers"),
        of_batch(func.count()).where(Answer.prepared_at.is_(None)).scalar_subquery().label("unready"),
        references.label("references"),
        tellings().label("to_tell"),
        tellings(AnswerTelling.told_at.is_not(None)).label("told"),
    ).where(*conditions)


def _batch(row: Row[Any]) -> BatchView:
    to_tell, told = row.to_tell, row.told
    if row.told_at is not None:
        to_tell = told = row.told_count
    elif row.gathered_at is None:
        to_tell = told = None
    return BatchView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        published_at=row.published_at,
        answers=row.answers,
        unready=row.unready,
        references=tuple(row.references or ()),
        to_tell=to_tell,
        told=told,
        is_told=row.told_at is not None,
    )


def find_batch(session: Session, actor: Actor, batch_id: int) -> BatchView | None:
    """One batch, for staff."""
    require(may_answer(actor))
    row = session.execute(_batches(AnswerBatch.id == batch_id)).one_or_none()
    return _batch(row) if row is not None else None


def list_waiting_batches(session: Session, actor: Actor) -> list[BatchView]:
    """Those that are not published yet, the newest first; for staff."""
    return read(session, waiting_batches_for(actor))


def waiting_batches_for(actor: Actor) -> Asking[list[BatchView]]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    return [_batch(row) for row in (yield from asked(_waiting_batches()))]


@kept
def _waiting_batches() -> Select[Any]:
    return _batches(AnswerBatch.published_at.is_(None)).order_by(AnswerBatch.id.desc()).limit(100)


def list_published_batches(session: Session, actor: Actor, most: int = 10) -> list[BatchView]:
    """Those that went out last; for staff."""
    require(may_answer(actor))
    gone = _batches(AnswerBatch.published_at.is_not(None)).order_by(AnswerBatch.published_at.desc())
    return [_batch(row) for row in session.execute(gone.order_by(AnswerBatch.id.desc()).limit(most))]
