"""How gaps were closed: published for all, or justified; for staff, who may take it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.policy import Actor, require
from app.domain.contributions.gathered import with_lead
from app.domain.contributions.models import AnswerContribution, Contribution
from app.domain.ledger.models import LedgerEntry, LedgerGapClosing, LedgerHandout, TenderQuestion
from app.domain.ledger.policy import may_keep_ledger
from app.domain.users.models import User

PER_PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """One gap that is closed. `reference`: that of the contribution that it is, or that it answers; `by`: who
    closed it, empty for an account that is gone."""

    id: int
    thing: str
    thing_id: int
    title: str
    reference: str | None
    entry_id: int | None
    how: str
    reason: str
    url: str | None
    published_on: date | None
    closed_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ClosedGaps:
    rows: tuple[ClosingLine, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_closings(
    session: Session, actor: Actor, tender_id: int | None = None, page: int = 1, per_page: int = PER_PAGE
) -> ClosedGaps:
    """Those that are closed now, the last first; for staff. Two statements."""
    require(may_keep_ledger(actor))
    conditions = _narrow(tender_id)
    total = session.scalar(select(func.count(LedgerGapClosing.id)).where(*conditions)) or 0
    page = page if page >= 1 and (page - 1) * per_page < total else 1
    wanted = _lines(conditions).limit(per_page).offset((page - 1) * per_page)
    return ClosedGaps(tuple(_line(row) for row in session.execute(wanted)), total, page, per_page)


def each_closing(
    session: Session, actor: Actor, tender_id: int | None, at_a_time: int
) -> Iterator[ClosingLine]:
    """All that are closed now, the last first, fetched so many at a time; for staff. One statement."""
    require(may_keep_ledger(actor))
    wanted = _lines(_narrow(tender_id)).execution_options(yield_per=at_a_time)
    yield from (_line(row) for row in session.execute(wanted))


def _narrow(tender_id: int | None) -> list[ColumnElement[bool]]:
    of_tender = [_is_of_tender(tender_id)] if tender_id is not None else []
    return [LedgerGapClosing.reopened_at.is_(None), *of_tender]


def _lines(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    said = aliased(Contribution)
    # What was answered first, of what an answer answers.
    answered = (
        select(func.min(said.id))
        .join(AnswerContribution, AnswerContribution.contribution_id == said.id)
        .where(AnswerContribution.answer_id == LedgerGapClosing.thing_id)
        .correlate(LedgerGapClosing)
        .scalar_subquery()
    )
    of_contribution = or_(
        and_(LedgerGapClosing.thing == "contribution", Contribution.id == LedgerGapClosing.thing_id),
        and_(LedgerGapClosing.thing == "answer", Contribution.id == answered),
    )
    of_handout = and_(LedgerGapClosing.thing == "handout", LedgerHandout.id == LedgerGapClosing.thing_id)
    return (
        select(
            LedgerGapClosing,
            func.coalesce(LedgerHandout.title, Contribution.title, "").label("title"),
            Contribution.reference,
            LedgerHandout.entry_id,
            func.coalesce(User.name, "").label("by"),
        )
        .outerjoin(LedgerHandout, of_handout)
        .outerjoin(Contribution, of_contribution)
        .outerjoin(User, User.id == LedgerGapClosing.closed_by_id)
        .where(*conditions)
        .order_by(LedgerGapClosing.closed_at.desc(), LedgerGapClosing.id.desc())
    )


def _line(row: Any) -> ClosingLine:
    own = ("id", "thing", "thing_id", "how", "reason", "url", "published_on", "closed_at")
    return ClosingLine(
        **{name: getattr(row.LedgerGapClosing, name) for name in own},
        title=row.title,
        reference=row.reference,
        entry_id=row.entry_id,
        by=row.by,
    )


def _is_of_tender(tender_id: int) -> ColumnElement[bool]:
    """The same as the tender of a gap: that of the entry, or of the question that is linked."""
    handouts = (
        select(LedgerHandout.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerHandout.entry_id)
        .where(LedgerEntry.tender_id == tender_id)
    )
    linked = select(TenderQuestion.contribution_id).where(
        TenderQuestion.tender_id == tender_id, TenderQuestion.contribution_id.is_not(None)
    )
    answers = (
        select(AnswerContribution.answer_id)
        .select_from(TenderQuestion)
        .join(
            AnswerContribution,
            AnswerContribution.contribution_id.in_(with_lead(TenderQuestion.contribution_id)),
        )
        .where(TenderQuestion.tender_id == tender_id)
    )
    return or_(
        and_(LedgerGapClosing.thing == "handout", LedgerGapClosing.thing_id.in_(handouts)),
        and_(LedgerGapClosing.thing == "contribution", LedgerGapClosing.thing_id.in_(linked)),
        and_(LedgerGapClosing.thing == "answer", LedgerGapClosing.thing_id.in_(answers)),
    )
