"""Reading what waits for staff, what was decided, and what an author may know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import Contribution, Wording
from app.domain.contributions.policy import was_open_to
from app.domain.moderation.models import Decision, Objection, Report
from app.domain.organisations.models import Organisation
from app.domain.users.models import User

PER_PAGE: Final = 30
MOST_OF_A_CASE: Final = 200
# Codes whose mark would tell what it hides: such a thing answers as one that is missing.
UNMARKED: Final = frozenset({"confidential"})

C = Contribution
_Decider = aliased(User)


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for staff: contributions that are reported, objections, and what newcomers sent."""

    reported: int
    objections: int
    waiting: int

    @property
    def total(self) -> int:
        return self.reported + self.objections + self.waiting


def count_for_moderators(session: Session) -> Counts:
    """What waits for staff, in one statement."""
    return read(session, moderation_counted())


def moderation_counted() -> Asking[Counts]:
    """The same, to be asked beside others."""
    (row,) = yield from asked(_counted())
    return Counts(*row)


@kept
def _counted() -> Select[Any]:
    reported = select(func.count(Report.contribution_id.distinct())).where(Report.decision_id.is_(None))
    objections = select(func.count()).select_from(Objection).where(Objection.outcome_id.is_(None))
    waiting = select(func.count()).select_from(C).where(_waits())
    return select(
        reported.scalar_subquery().label("reported"),
        objections.scalar_subquery().label("objections"),
        waiting.scalar_subquery().label("waiting"),
    )


def _waits() -> Any:
    return C.waiting_reason.is_not(None) & (C.status != "withdrawn")


# --- the queue


@dataclass(frozen=True, slots=True)
class Case:
    """A contribution that waits for staff. `since`: the first report, the objection, or the sending."""

    id: int
    kind: str
    reference: str
    title: str
    body: str
    language: str
    on_behalf_of: str
    said_by: str
    since: datetime
    reports: int
    reasons: tuple[str, ...]
    waiting_reason: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of it, and how long it is."""

    rows: tuple[Case, ...]
    total: int
    page: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def _cases(*columns: Any) -> Select[Any]:
    return (
        select(
            C.id,
            C.kind,
            C.reference,
            C.title,
            C.body,
            C.language,
            func.coalesce(Organisation.name, C.on_behalf_of_text).label("on_behalf_of"),
            func.coalesce(User.name, C.said_by_text).label("said_by"),
            C.waiting_reason,
            func.count().over().label("total"),
            *columns,
        )
        .select_from(C)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
        .outerjoin(User, User.id == C.said_by_user_id)
    )


def _queue(session: Session, statement: Select[Any], page: int) -> Queue:
    statement = statement.limit(PER_PAGE)
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    return Queue(tuple(map(_case, rows)), rows[0].total if rows else 0, page)


def _case(row: Row[Any]) -> Case:
    told = row._mapping
    return Case(
        id=row.id,
        kind=row.kind,
        reference=row.reference,
        title=row.title,
        body=row.body,
        language=row.language,
        on_behalf_of=row.on_behalf_of or "",
        said_by=row.said_by or "",
        since=row.since,
        reports=told.get("reports", 0),
        reasons=tuple(told.get("reasons") or ()),
        waiting_reason=row.waiting_reason,
        words=told.get("words", ""),
    )


def list_reported(session: Session, page: int = 1) -> Queue:
    """What is reported and not decided, the longest waiting first. One statement."""
    reports = (
        select(
            Report.contribution_id,
            func.min(Report.created_at).label("since"),
            func.count().label("reports"),
            func.array_agg(Report.reason.distinct()).label("reasons"),
        )
        .where(Report.decision_id.is_(None))
        .group_by(Report.contribution_id)
        .subquery()
    )
    statement = _cases(reports.c.since, reports.c.reports, reports.c.reasons)
    statement = statement.join(reports, reports.c.contribution_id == C.id)
    return _queue(session, statement.order_by(reports.c.since, C.id), page)


def list_objections(session: Session, page: int = 1) -> Queue:
    """What was objected to and is not answered, the longest waiting first. One statement."""
    statement = (
        _cases(Objection.created_at.label("since"), Objection.words)
        .join(Decision, Decision.contribution_id == C.id)
        .join(Objection, Objection.decision_id == Decision.id)
        .where(Objection.outcome_id.is_(None))
    )
    return _queue(session, statement.order_by(Objection.created_at, Objection.id), page)


def list_waiting(session: Session, page: int = 1) -> Queue:
    """What newcomers sent and nobody has let through, the longest waiting first. One statement."""
    statement = _cases(C.received_at.label("since")).where(_waits())
    return _queue(session, statement.order_by(C.received_at, C.id), page)


# --- one case


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with the objection to it, if there is one. `reference` of what it is about."""

    id: int
    kind: str
    reason: str
    words: str
    decided_at: datetime
    decided_by: str
    reference: str
    objection: str
    objected_at: datetime | None
    is_answered: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report; who sent it is for staff only. `decided_as`: the kind of the decision that answered it."""

    id: int
    reason: str
    words: str
    created_at: datetime
    reporter: str
    reporter_mail: str
    decided_as: str | None


@dataclass(frozen=True, slots=True)
class WordingView:
    version: int
    title: str
    body: str
    replaced_at: datetime


def _decisions() -> Select[Any]:
    return (
        select(
            Decision.id,
            Decision.kind,
            Decision.reason,
            Decision.words,
            Decision.decided_at,
            func.coalesce(_Decider.name, "").label("decided_by"),
            C.reference,
            func.coalesce(Objection.words, "").label("objection"),
            Objection.created_at.label("objected_at"),
            Objection.outcome_id.is_not(None).label("is_answered"),
        )
        .join(C, C.id == Decision.contribution_id)
        .outerjoin(_Decider, _Decider.id == Decision.decided_by_id)
        .outerjoin(Objection, Objection.decision_id == Decision.id)
    )


def list_decisions(session: Session, contribution_id: int) -> list[DecisionView]:
    """All that was decided about a contribution, the newest first; for staff."""
    statement = _decisions().where(Decision.contribution_id == contribution_id)
    rows = session.execute(statement.order_by(Decision.id.desc()).limit(MOST_OF_A_CASE))
    return [DecisionView(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Decided:
    """One page of all decisions, the newest first."""

    rows: tuple[DecisionView, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


def list_decided(session: Session, page: int = 1) -> Decided:
    """What was decided lately. One statement."""
    total = func.count().over().label("total")
    statement = _decisions().add_columns(total).order_by(Decision.id.desc()).limit(PER_PAGE)
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    views = []
    for row in rows:
        told = dict(row._mapping)
        told.pop("total")
        views.append(DecisionView(**told))
    return Decided(tuple(views), rows[0].total if rows else 0, page)


def list_reports(session: Session, contribution_id: int) -> list[ReportView]:
    """The reports about a contribution, the newest first; for staff."""
    rows = session.execute(
        select(
            Report.id,
            Report.reason,
            Report.words,
            Report.created_at,
            func.coalesce(User.name, "").label("reporter"),
            Report.reporter_mail,
            Decision.kind.label("decided_as"),
        )
        .outerjoin(User, User.id == Report.reporter_id)
        .outerjoin(Decision, Decision.id == Report.decision_id)
        .where(Report.contribution_id == contribution_id)
        .order_by(Report.id.desc())
        .limit(MOST_OF_A_CASE)
    )
    return [ReportView(**row._mapping) for row in rows]


def list_wordings(session: Session, contribution_id: int) -> list[WordingView]:
    """How a contribution stood before it was corrected, the newest first; for staff."""
    rows = session.scalars(
        select(Wording)
        .where(Wording.contribution_id == contribution_id)
        .order_by(Wording.version.desc())
        .limit(MOST_OF_A_CASE)
    )
    return [
        WordingView(row.version, row.words.get("title", ""), row.words.get("body", ""), row.replaced_at)
        for row in rows
    ]


# --- what authors and readers may know


@dataclass(frozen=True, slots=True)
class HidingView:
    """Why something is hidden, as its author is told. `answer`: what staff said to the objection."""

    contribution_id: int
    reason: str
    words: str
    hidden_at: datetime
    objection: str
    objected_at: datetime | None
    answer: str | None


def find_hidings(session: Session, contribution_ids: Sequence[int]) -> dict[int, HidingView]:
    """{id: why it is hidden} of those that are; who may know it is asked by the page."""
    if not contribution_ids:
        return {}
    outcome = aliased(Decision)
    rows = session.execute(
        select(
            Decision.contribution_id,
            Decision.reason,
            Decision.words,
            Decision.decided_at.label("hidden_at"),
            func.coalesce(Objection.words, "").label("objection"),
            Objection.created_at.label("objected_at"),
            outcome.words.label("answer"),
        )
        .join(C, C.id == Decision.contribution_id)
        .outerjoin(Objection, Objection.decision_id == Decision.id)
        .outerjoin(outcome, outcome.id == Objection.outcome_id)
        .where(
            Decision.contribution_id.in_(contribution_ids),
            Decision.kind == "hide",
            C.hidden_at.is_not(None),
        )
        .ext(distinct_on(Decision.contribution_id))
        .order_by(Decision.contribution_id, Decision.id.desc())
    )
    return {row.contribution_id: HidingView(**row._mapping) for row in rows}


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands where something was hidden: nothing of what it said, nor by whom."""

    kind: str
    reference: str
    hidden_at: datetime
    reason: str


def find_mark(session: Session, actor: Actor, reference: str) -> Mark | None:
    """The mark of what the actor could read until staff hid it; None where it must look as if missing."""
    reason = (
        select(Decision.reason)
        .where(Decision.contribution_id == C.id, Decision.kind == "hide")
        .order_by(Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(C.kind, C.reference, C.hidden_at, func.coalesce(reason, "").label("reason")).where(
            C.reference == reference.strip().upper()[:20], was_open_to(actor)
        )
    ).one_or_none()
    return Mark(**row._mapping) if row is not None and row.reason not in UNMARKED else None


def find_own_report(session: Session, user_id: int, contribution_id: int) -> datetime | None:
    """When somebody reported it; None where they have not."""
    return session.scalar(
        select(Report.created_at).where(
            Report.reporter_id == user_id, Report.contribution_id == contribution_id
        )
    )
