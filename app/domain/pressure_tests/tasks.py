"""What one has to assess oneself; nothing of the other assessor is ever in it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Select,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.ideas.models import IdeaSigner
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.pressure_tests.models import (
    Assessment,
    Assessor,
    HeldCriterion,
    HeldStrategy,
    HeldTheme,
    Score,
)
from app.domain.pressure_tests.policy import (
    is_assessing_in_sql,
    is_inside_in_sql,
)
from app.domain.pressure_tests.queries import OWNER, Subject, T, progress_of, select_tests, subject_of
from app.domain.projects.models import Project, ProjectPartner

TASKS_PER_PAGE: Final = 30
# Where what has no end stands in an order by when it was finished.
_UNFINISHED: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A test that the reader is to assess. `state` is the reader's own: asked, declared, finished."""

    test_id: int
    kind: str
    title: str
    state: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class ThemeTask:
    """A theme to assess, with what one has written of it so far."""

    id: int
    strategy_title: str
    strategy_title_en: str
    above: str
    name: str
    name_en: str
    description: str
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CriterionTask:
    id: int
    name: str
    name_en: str
    help: str
    help_en: str
    weight: int
    score: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Task:
    """What one has to assess. Until one has declared (`state` asked) only what it is, and who stands behind
    it, so that one can say whether there is a conflict. Nothing of the other assessor's, ever."""

    test_id: int
    subject: Subject
    behind: tuple[str, ...]
    state: str
    is_open: bool
    version: int
    themes: tuple[ThemeTask, ...]
    criteria: tuple[CriterionTask, ...]


@dataclass(frozen=True, slots=True)
class Tasks:
    """One page of them, and how many there are."""

    rows: tuple[TaskLine, ...]
    total: int
    page: int = 1
    per_page: int = TASKS_PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_tasks(session: Session, actor: Actor, page: int = 1) -> Tasks:
    """What waits for the reader, then what the reader has finished, the last first; past the end, the first
    page. One statement."""
    statement = (
        _listed(actor)
        .add_columns(func.count().over().label("total"))
        .order_by(Assessor.finished_at.desc().nulls_first(), Assessor.named_at, T.id)
        .limit(TASKS_PER_PAGE)
    )
    rows = session.execute(statement.offset((page - 1) * TASKS_PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    return Tasks(tuple(map(_line, rows)), rows[0].total if rows else 0, page)


def read_tasks(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[TaskLine]:
    """So many of them after a place, in the same order; one statement."""
    order = (
        By(func.coalesce(Assessor.finished_at, _UNFINISHED), datetime, is_down=True),
        By(Assessor.named_at, datetime),
        By(T.id, int),
    )
    found = read_slice(session, _listed(actor), order, after, most)
    return Slice(tuple(map(_line, found.rows)), found.last)


def _listed(actor: Actor) -> Select[Any]:
    is_under_way = and_(T.done_at.is_(None), T.cancelled_at.is_(None))
    return _tasks(actor).where(or_(Assessor.finished_at.is_not(None), is_under_way))


def _line(row: Any) -> TaskLine:
    return TaskLine(row.id, row.kind, row.subject_title, progress_of(row), row.named_at)


def count_waiting_tasks(session: Session, actor: Actor) -> int:
    """How many tests wait for the reader's assessment; one statement."""
    return read(session, tasks_waiting_for(actor))


def tasks_waiting_for(actor: Actor) -> Asking[int]:
    """The same, to be asked beside others."""
    ((waiting,),) = yield from asked(_waiting(actor))
    return int(waiting)


@kept
def _waiting(actor: Actor) -> Select[Any]:
    waiting = (
        _tasks(actor)
        .where(Assessor.finished_at.is_(None), T.done_at.is_(None), T.cancelled_at.is_(None))
        .subquery()
    )
    return select(func.count().label("waiting")).select_from(waiting)


def find_task(session: Session, actor: Actor, test_id: int) -> Task | None:
    """The reader's own part in a test; three statements, whatever the other one has done."""
    row = session.execute(_tasks(actor).where(T.id == test_id)).one_or_none()
    if row is None:
        return None
    has_declared = row.conflict is not None
    themes = session.execute(
        select(
            HeldTheme.id,
            HeldStrategy.title.label("strategy_title"),
            HeldStrategy.title_en.label("strategy_title_en"),
            HeldTheme.above,
            HeldTheme.name,
            HeldTheme.name_en,
            HeldTheme.description,
            Assessment.value,
            func.coalesce(Assessment.reason, "").label("reason"),
        )
        .join(
            HeldStrategy,
            and_(
                HeldStrategy.test_id == HeldTheme.test_id, HeldStrategy.strategy_id == HeldTheme.strategy_id
            ),
        )
        .outerjoin(
            Assessment,
            and_(Assessment.held_theme_id == HeldTheme.id, Assessment.assessor_id == row.assessor_id),
        )
        .where(HeldTheme.test_id == test_id)
        .order_by(HeldTheme.position)
    ).all()
    criteria = session.execute(
        select(
            HeldCriterion.id,
            HeldCriterion.name,
            HeldCriterion.name_en,
            HeldCriterion.help,
            HeldCriterion.help_en,
            HeldCriterion.weight,
            Score.score,
            func.coalesce(Score.reason, "").label("reason"),
        )
        .outerjoin(
            Score,
            and_(Score.held_criterion_id == HeldCriterion.id, Score.assessor_id == row.assessor_id),
        )
        .where(HeldCriterion.test_id == test_id)
        .order_by(HeldCriterion.position)
    ).all()
    return Task(
        test_id=row.id,
        subject=replace(subject_of(row), text=row.text if has_declared else ""),
        behind=tuple(name for name in (row.first_behind, *(row.others_behind or ())) if name),
        state=progress_of(row),
        is_open=row.finished_at is None and row.done_at is None and row.cancelled_at is None,
        version=row.assessor_version,
        themes=tuple(ThemeTask(**one._mapping) for one in themes) if has_declared else (),
        criteria=tuple(CriterionTask(**one._mapping) for one in criteria) if has_declared else (),
    )


def _tasks(actor: Actor) -> Select[Any]:
    """The tests that the reader is to assess, declared or not, of what the reader may still see."""
    behind, beside = aliased(Organisation), aliased(Organisation)
    signed = select(IdeaSigner.organisation_id).where(
        IdeaSigner.contribution_id == T.idea_id, IdeaSigner.answer == "yes"
    )
    partners = select(ProjectPartner.organisation_id).where(
        ProjectPartner.project_id == T.project_id, ProjectPartner.part == "partner"
    )
    others = (
        select(func.array_agg(aggregate_order_by(beside.name, danish_order(beside.name), beside.id)))
        .where(or_(beside.id.in_(signed.correlate(T)), beside.id.in_(partners.correlate(T))))
        .correlate(T)
        .scalar_subquery()
    )
    first = func.coalesce(
        behind.name, func.nullif(Contribution.on_behalf_of_text, ""), Project.authority_text, OWNER.name, ""
    )
    return (
        select_tests(
            actor,
            Assessor.id.label("assessor_id"),
            Assessor.version.label("assessor_version"),
            Assessor.conflict,
            Assessor.finished_at,
            Assessor.named_at,
            first.label("first_behind"),
            others.label("others_behind"),
        )
        .join(Assessor, Assessor.test_id == T.id)
        .outerjoin(behind, behind.id == func.coalesce(Contribution.on_behalf_of_id, Project.authority_id))
        .where(
            is_assessing_in_sql(actor),
            is_inside_in_sql(actor),
            or_(T.idea_id.is_(None), Contribution.id.is_not(None)),
            or_(T.project_id.is_(None), Project.id.is_not(None)),
        )
    )
