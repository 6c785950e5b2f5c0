"""Reading one pressure test, with all that the reader may see of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.organisations.models import Organisation
from app.domain.pressure_tests.freezing import Change, find_changes
from app.domain.pressure_tests.models import (
    Agreement,
    Assessment,
    Assessor,
    HeldCriterion,
    HeldStrategy,
    HeldTheme,
    PressureTest,
    Score,
)
from app.domain.pressure_tests.policy import (
    assessments_visible_to,
    is_assessing,
    is_private,
    may_agree,
    may_lead,
    may_open,
    may_publish,
    may_see_names,
    may_see_progress,
    visible_to,
)
from app.domain.pressure_tests.results import BEST_SCORE, are_apart, mean_of, scores_are_apart, total_of
from app.domain.projects.models import Project
from app.domain.projects.policy import visible_to as projects_visible_to
from app.domain.strategies.models import Strategy
from app.domain.users.models import User

T = PressureTest


# --- what is tested


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested. `kind`: idea, project, or own for a municipality's own words."""

    kind: str
    reference: str
    title: str
    title_en: str
    text: str

    @property
    def path(self) -> str:
        """Its address; empty for own words, which stand in the test alone."""
        place = {"idea": "/ideer", "project": "/projekter"}.get(self.kind)
        return f"{place}/{self.reference}" if place else ""


@dataclass(frozen=True, slots=True)
class HeldAgainst:
    """A strategy by its name when the test began."""

    id: int
    key: str
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the assessor of this number said of a theme."""

    position: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Agreed:
    value: str
    reason: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class ThemeResult:
    """A theme as it was, and what was said of it. `value` is what they come to together: None before all are
    done, and while it is to be talked over (`is_apart`)."""

    id: int
    theme_id: int
    strategy_id: int
    above: str
    name: str
    name_en: str
    description: str
    value: str | None
    given: tuple[Given, ...]
    agreed: Agreed | None

    @property
    def differs(self) -> bool:
        return len({one.value for one in self.given}) > 1

    @property
    def was_apart(self) -> bool:
        """More than one step, before anything was agreed."""
        return are_apart(one.value for one in self.given)

    @property
    def is_apart(self) -> bool:
        """More than one step, and nothing is agreed yet."""
        return self.was_apart and self.agreed is None


@dataclass(frozen=True, slots=True)
class Points:
    position: int
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """A criterion as it was, and what it was given; the mean is None before all are done."""

    id: int
    name: str
    name_en: str
    help: str
    help_en: str
    weight: int
    given: tuple[Points, ...]

    @property
    def mean(self) -> Decimal | None:
        return mean_of([one.score for one in self.given])

    @property
    def is_apart(self) -> bool:
        return scores_are_apart([one.score for one in self.given])


@dataclass(frozen=True, slots=True)
class AssessorView:
    """Somebody who assesses. `name` and `state` only for those who may read them, else empty and None.

    `state`: asked, conflict, declared, finished.
    """

    id: int
    position: int
    organisation_name: str
    name: str
    state: str | None
    conflict_note: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class TestView:
    """A test with its result, as far as the reader may see it.

    `themes` are without values until all are done; `changes` say why it is out of date; `earlier_id` and
    `later_id` lead to the test that it repeats and the one that repeats it, where the reader may see them.
    """

    __test__ = False  # a view, whatever pytest makes of its name

    id: int
    subject: Subject
    owner_id: int | None
    owner_key: str | None
    owner_name: str | None
    wanted: int
    state: str
    outcome: str | None
    made_at: datetime
    done_at: datetime | None
    settled_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    is_example: bool
    version: int
    strategies: tuple[HeldAgainst, ...]
    themes: tuple[ThemeResult, ...]
    criteria: tuple[CriterionResult, ...]
    assessors: tuple[AssessorView, ...]
    changes: tuple[Change, ...]
    earlier_id: int | None
    later_id: int | None
    may_lead: bool
    may_agree: bool
    may_open: bool
    may_publish: bool

    @property
    def is_private(self) -> bool:
        return is_private(self)

    @property
    def hits(self) -> tuple[ThemeResult, ...]:
        return tuple(one for one in self.themes if one.value == "hits")

    @property
    def missing(self) -> tuple[ThemeResult, ...]:
        """The themes that it does not hit: what is missing where it goes back to the drawing board."""
        return tuple(one for one in self.themes if one.value in ("partly", "not"))

    @property
    def to_talk_over(self) -> tuple[ThemeResult, ...]:
        return tuple(one for one in self.themes if one.is_apart)

    @property
    def total(self) -> Decimal | None:
        """The mean scores by their weights, summed; None without criteria and before all are done."""
        if not self.criteria or self.done_at is None:
            return None
        return total_of((one.weight, [points.score for points in one.given]) for one in self.criteria)

    @property
    def best_total(self) -> int:
        """What would be the highest sum."""
        return BEST_SCORE * sum(one.weight for one in self.criteria)


def state_in_sql() -> Any:
    return case(
        (T.cancelled_at.is_not(None), "cancelled"),
        (T.settled_at.is_not(None), "settled"),
        (T.done_at.is_not(None), "talk"),
        else_="under_way",
    )


OWNER = aliased(Organisation)


def select_tests(actor: Actor, *more: Any) -> Select[Any]:
    """Tests with what they are of, in the words that it has now; not narrowed to what may be seen."""
    return (
        select(
            T.id,
            case((T.idea_id.is_not(None), "idea"), (T.project_id.is_not(None), "project"), else_="own").label(
                "kind"
            ),
            func.coalesce(Contribution.reference, Project.key, "").label("reference"),
            func.coalesce(Contribution.title, Project.title, T.title).label("subject_title"),
            func.coalesce(Project.title_en, "").label("subject_title_en"),
            T.text,
            T.owner_id,
            OWNER.key.label("owner_key"),
            OWNER.name.label("owner_name"),
            T.wanted,
            state_in_sql().label("state"),
            T.outcome,
            T.made_at,
            T.done_at,
            T.settled_at,
            T.opened_at,
            T.published_at,
            T.cancelled_at,
            T.is_example,
            *more,
        )
        .select_from(T)
        .outerjoin(Contribution, and_(Contribution.id == T.idea_id, said_visible_to(actor)))
        .outerjoin(Project, and_(Project.id == T.project_id, projects_visible_to(actor)))
        .outerjoin(OWNER, OWNER.id == T.owner_id)
    )


def subject_of(row: Any) -> Subject:
    return Subject(row.kind, row.reference, row.subject_title, row.subject_title_en, row.text)


def find_subject(session: Session, actor: Actor, test_id: int) -> Subject | None:
    """What a test is of, where the actor may read that, whoever may read the test. One statement."""
    row = session.execute(select_tests(actor).where(T.id == test_id)).one()
    return subject_of(row) if row.subject_title else None


# --- one test


def find_test(session: Session, actor: Actor, test_id: int) -> TestView | None:
    """A test with all that the reader may see of it; at most twelve statements, whatever is in it."""
    row = session.execute(
        select_tests(actor, T.version, T.cancel_reason, T.retest_of_id).where(
            T.id == test_id, visible_to(actor)
        )
    ).one_or_none()
    if row is None:
        return None
    assessors = session.execute(_assessor_rows().where(Assessor.test_id == test_id)).all()
    mine = next((one for one in assessors if is_assessing(actor, one, row)), None)
    values = _list_values(session, actor, [test_id])
    agreed = _list_agreed(session, test_id, is_done=row.done_at is not None)
    themes = tuple(
        ThemeResult(**theme._mapping, given=values.get(theme.id, ()), agreed=agreed.get(theme.id))
        for theme in session.execute(_theme_rows().where(HeldTheme.test_id == test_id))
    )
    earlier_id, later_id = _find_neighbours(session, actor, test_id)
    may_read_names = may_see_names(actor, row, mine is not None)
    sees_progress = may_see_progress(actor, row, mine is not None and mine.finished_at is None)
    views = tuple(
        AssessorView(
            id=one.id,
            position=one.position,
            organisation_name=one.organisation_name,
            name=one.name if may_read_names or one is mine else "",
            state=progress_of(one) if sees_progress or one is mine else None,
            conflict_note=one.conflict_note if sees_progress and may_read_names else "",
            is_me=one is mine,
        )
        for one in assessors
    )
    own = {
        name: getattr(row, name)
        for name in (
            "id", "owner_id", "owner_key", "owner_name", "wanted", "state", "outcome", "made_at", "done_at",
            "settled_at", "opened_at", "published_at", "cancelled_at", "is_example", "version",
        )
    }  # fmt: skip
    return TestView(
        **own,
        subject=subject_of(row),
        # Why it was called off is between those who made it.
        cancel_reason=row.cancel_reason if may_lead(actor, row) else "",
        strategies=list_held(session, [test_id]).get(test_id, ()),
        themes=themes,
        criteria=_list_criteria(session, actor, test_id),
        assessors=views,
        changes=find_changes(session, [test_id]).get(test_id, ()) if row.settled_at is not None else (),
        earlier_id=earlier_id,
        later_id=later_id,
        may_lead=may_lead(actor, row),
        may_agree=may_agree(actor, row, mine is not None),
        may_open=may_open(actor, row),
        may_publish=may_publish(actor, row),
    )


def progress_of(assessor: Any) -> str:
    if assessor.conflict == "declared":
        return "conflict"
    if assessor.finished_at is not None:
        return "finished"
    return "asked" if assessor.conflict is None else "declared"


def _assessor_rows() -> Select[Any]:
    return (
        select(
            Assessor.id,
            Assessor.position,
            Assessor.user_id,
            Assessor.conflict,
            Assessor.conflict_note,
            Assessor.finished_at,
            Assessor.replaced_at,
            func.coalesce(User.name, "").label("name"),
            func.coalesce(Organisation.name, "").label("organisation_name"),
        )
        .outerjoin(User, User.id == Assessor.user_id)
        .outerjoin(Organisation, Organisation.id == Assessor.organisation_id)
        .where(Assessor.replaced_at.is_(None))
        .order_by(Assessor.position)
    )


def _theme_rows() -> Select[Any]:
    return select(
        HeldTheme.id,
        HeldTheme.theme_id,
        HeldTheme.strategy_id,
        HeldTheme.above,
        HeldTheme.name,
        HeldTheme.name_en,
        HeldTheme.description,
        HeldTheme.value,
    ).order_by(HeldTheme.test_id, HeldTheme.position)


def _list_values(session: Session, actor: Actor, test_ids: Collection[int]) -> dict[int, tuple[Given, ...]]:
    """{theme of a test: what was said of it}, as far as the reader may see; without what is half said."""
    rows = session.execute(
        select(Assessment.held_theme_id, Assessor.position, Assessment.value, Assessment.reason)
        .join(Assessor, Assessor.id == Assessment.assessor_id)
        .join(T, T.id == Assessor.test_id)
        .where(T.id.in_(test_ids), T.done_at.is_not(None), assessments_visible_to(actor))
        .order_by(Assessment.held_theme_id, Assessor.position)
    )
    found: dict[int, tuple[Given, ...]] = {}
    for row in rows:
        given = Given(row.position, row.value, row.reason)
        found[row.held_theme_id] = (*found.get(row.held_theme_id, ()), given)
    return found


def _list_agreed(session: Session, test_id: int, *, is_done: bool) -> dict[int, Agreed]:
    rows = session.execute(
        select(Agreement.held_theme_id, Agreement.value, Agreement.reason, Agreement.agreed_at)
        .join(HeldTheme, HeldTheme.id == Agreement.held_theme_id)
        .where(HeldTheme.test_id == test_id)
    )
    return {row.held_theme_id: Agreed(row.value, row.reason, row.agreed_at) for row in rows if is_done}


def _list_criteria(session: Session, actor: Actor, test_id: int) -> tuple[CriterionResult, ...]:
    rows = session.execute(
        select(
            HeldCriterion.id,
            HeldCriterion.name,
            HeldCriterion.name_en,
            HeldCriterion.help,
            HeldCriterion.help_en,
            HeldCriterion.weight,
        )
        .where(HeldCriterion.test_id == test_id)
        .order_by(HeldCriterion.position)
    ).all()
    given: dict[int, tuple[Points, ...]] = {}
    for score in session.execute(
        select(Score.held_criterion_id, Assessor.position, Score.score, Score.reason)
        .join(Assessor, Assessor.id == Score.assessor_id)
        .join(T, T.id == Assessor.test_id)
        .where(T.id == test_id, T.done_at.is_not(None), assessments_visible_to(actor))
        .order_by(Assessor.position)
    ):
        points = Points(score.position, score.score, score.reason)
        given[score.held_criterion_id] = (*given.get(score.held_criterion_id, ()), points)
    return tuple(CriterionResult(**row._mapping, given=given.get(row.id, ())) for row in rows)


def list_held(session: Session, test_ids: Collection[int]) -> dict[int, tuple[HeldAgainst, ...]]:
    """{test: the strategies that it is held against}; one statement, none for no tests."""
    return read(session, held_of(test_ids))


def held_of(test_ids: Collection[int]) -> Asking[dict[int, tuple[HeldAgainst, ...]]]:
    """The same, to be asked beside others."""
    if not test_ids:
        return {}
    found: dict[int, tuple[HeldAgainst, ...]] = {}
    for row in (yield from asked(_held_against(), {"held": list(test_ids)})):
        one = HeldAgainst(row.strategy_id, row.key, row.title, row.title_en)
        found[row.test_id] = (*found.get(row.test_id, ()), one)
    return found


@kept
def _held_against() -> Select[Any]:
    return (
        select(
            HeldStrategy.test_id,
            HeldStrategy.strategy_id,
            Strategy.key,
            HeldStrategy.title,
            HeldStrategy.title_en,
        )
        .join(Strategy, Strategy.id == HeldStrategy.strategy_id)
        .where(HeldStrategy.test_id.in_(bindparam("held", expanding=True)))
        .order_by(HeldStrategy.test_id, HeldStrategy.position)
    )


def is_held_against(session: Session, strategy_id: int) -> bool:
    """Whether anything was ever tested against the strategy."""
    held = select(HeldStrategy.test_id).where(HeldStrategy.strategy_id == strategy_id).limit(1)
    return session.scalar(held) is not None


def _find_neighbours(session: Session, actor: Actor, test_id: int) -> tuple[int | None, int | None]:
    """The test that this one repeats, and the one that repeats it; one statement."""
    before = select(T.retest_of_id).where(T.id == test_id).scalar_subquery()
    rows = session.execute(
        select(T.id, T.retest_of_id).where(
            or_(T.id == before, and_(T.retest_of_id == test_id, T.cancelled_at.is_(None))), visible_to(actor)
        )
    ).all()
    later = next((row.id for row in rows if row.retest_of_id == test_id), None)
    return next((row.id for row in rows if row.id != later), None), later
