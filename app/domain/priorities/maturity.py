"""How mature municipalities find themselves: dimensions, assessments, and who may read them.

A municipality's levels are its own until it opens them; its notes always are. Staff of the forum reads no
more than anybody else. Averages are told only of five municipalities or more, and only of quarters that are
over: whoever comes last is not worked out from what the average was the day before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import day_of_in_sql, now, today
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.priorities.maturity_models import (
    MaturityAssessment,
    MaturityDimension,
    MaturityLevel,
    MaturityOpening,
)
from app.domain.priorities.policy import (
    levels_visible_to,
    may_assess_own,
    may_define_maturity,
    may_put_assessments,
)
from app.domain.priorities.schemas import (
    AssessmentEdit,
    AssessmentInput,
    DimensionEdit,
    DimensionFacts,
    DimensionInput,
)
from app.domain.strategies.policy import own_municipality

FEWEST: Final = 5
MOST_ASSESSMENTS: Final = 200
OPENINGS: Final = ("own", "municipalities", "public")


@dataclass(frozen=True, slots=True)
class DimensionView:
    id: int
    key: str | None
    position: int
    name: str
    name_en: str
    help: str
    help_en: str
    lowest: str
    lowest_en: str
    highest: str
    highest_en: str
    source: str
    source_en: str
    is_retired: bool
    version: int


@dataclass(frozen=True, slots=True)
class LevelView:
    """`note` is for the municipality's own people; empty for others."""

    dimension_id: int
    level: int
    note: str


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """How a municipality found itself on a day; `note` as in `LevelView`."""

    id: int
    assessed_on: date
    note: str
    levels: tuple[LevelView, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Point:
    on: date
    level: int


@dataclass(frozen=True, slots=True)
class Average:
    """The mean level of a dimension at the end of a quarter, to one decimal; None of fewer than five.
    `count`: of how many municipalities, None where that is fewer than five."""

    dimension_id: int
    on: date
    mean: Decimal | None
    count: int | None


@dataclass(frozen=True, slots=True)
class OpenMunicipality:
    """A municipality that lets the actor read its levels."""

    organisation_id: int
    key: str
    name: str
    assessed_on: date


# --- dimensions


def add_dimension(session: Session, actor: Actor, given: DimensionInput) -> MaturityDimension:
    """A new one, last in the row."""
    require(may_define_maturity(actor))
    return _add_dimension(session, actor, given.model_dump())


def put_dimension(session: Session, actor: Actor, given: DimensionFacts) -> MaturityDimension:
    """One of the seed; one with the same key is given back as people left it."""
    require(may_define_maturity(actor))
    known = session.scalars(select(MaturityDimension).where(MaturityDimension.key == given.key))
    return known.one_or_none() or _add_dimension(session, actor, given.model_dump())


def _add_dimension(session: Session, actor: Actor, values: dict[str, Any]) -> MaturityDimension:
    last = session.scalar(select(func.coalesce(func.max(MaturityDimension.position), 0))) or 0
    dimension = MaturityDimension(**values, position=last + 1)
    session.add(dimension)
    session.flush()
    record(session, actor, "add", "maturity_dimension", dimension.id, after={"name": dimension.name})
    return dimension


def edit_dimension(
    session: Session, actor: Actor, dimension_id: int, given: DimensionEdit
) -> MaturityDimension:
    """Word it otherwise; what it measures stays the same, or the drawn line lies. Refused: stale."""
    dimension = _hold_dimension(session, actor, dimension_id, given.version)
    before = {"name": dimension.name}
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(dimension, name, value)
    dimension.version += 1
    session.flush()
    after = {"name": dimension.name}
    record(session, actor, "edit", "maturity_dimension", dimension.id, before=before, after=after)
    return dimension


def retire_dimension(
    session: Session, actor: Actor, dimension_id: int, version: int, *, is_retired: bool = True
) -> MaturityDimension:
    """Ask for it no more, or again; what was said of it stays. Refused: stale."""
    dimension = _hold_dimension(session, actor, dimension_id, version)
    dimension.retired_at, dimension.version = now() if is_retired else None, dimension.version + 1
    session.flush()
    record(session, actor, "retire" if is_retired else "reopen", "maturity_dimension", dimension.id)
    return dimension


def _hold_dimension(session: Session, actor: Actor, dimension_id: int, version: int) -> MaturityDimension:
    require(may_define_maturity(actor))
    dimension = session.get(MaturityDimension, dimension_id, with_for_update=True, populate_existing=True)
    if dimension is None:
        raise NotFound
    if dimension.version != version:
        raise Refused("stale")
    return dimension


def list_dimensions(session: Session, *, with_retired: bool = False) -> list[DimensionView]:
    """What is asked, in its order. Open to all. One statement."""
    statement = (
        select(MaturityDimension).order_by(MaturityDimension.position, MaturityDimension.id).limit(100)
    )
    if not with_retired:
        statement = statement.where(MaturityDimension.retired_at.is_(None))
    names = [name for name in DimensionView.__slots__ if name != "is_retired"]
    return [
        DimensionView(**{name: getattr(one, name) for name in names}, is_retired=one.retired_at is not None)
        for one in session.scalars(statement)
    ]


# --- assessing


def assess_maturity(session: Session, actor: Actor, given: AssessmentInput) -> MaturityAssessment:
    """Say how mature the own municipality is on a day. Refused: unknown_dimension, day_assessed (change that
    assessment instead)."""
    require(may_assess_own(session, actor))
    organisation_id = own_municipality(actor)
    assert organisation_id is not None
    # Two people of the municipality at once come one after the other.
    session.scalars(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update()).one()
    _refuse_unknown(session, [one.dimension_id for one in given.levels], ())
    known = session.scalars(
        select(MaturityAssessment).where(
            MaturityAssessment.organisation_id == organisation_id,
            MaturityAssessment.assessed_on == given.assessed_on,
        )
    ).one_or_none()
    if known is not None and known.removed_at is None:
        raise Refused("day_assessed", assessment_id=known.id)
    if known is None:
        known = MaturityAssessment(
            organisation_id=organisation_id, assessed_on=given.assessed_on, made_at=now()
        )
        session.add(known)
    known.removed_at, known.note, known.made_by_id, known.made_at = None, given.note, actor.user_id, now()
    session.flush()
    _put_levels(session, known, given)
    _note(session, actor, "assess_maturity", known)
    return known


def put_assessments(
    session: Session,
    actor: Actor,
    organisation_id: int,
    given: Sequence[AssessmentInput],
    visibility: str,
    made_by_id: int | None = None,
) -> None:
    """Those of the seed, for a municipality that has none yet; later what people did stays as it is."""
    require(may_put_assessments(actor))
    known = select(MaturityAssessment.id).where(MaturityAssessment.organisation_id == organisation_id)
    if session.scalars(known.order_by(MaturityAssessment.id).limit(1)).first() is not None:
        return
    for one in given:
        assessment = MaturityAssessment(
            organisation_id=organisation_id,
            assessed_on=one.assessed_on,
            note=one.note,
            made_by_id=made_by_id,
            made_at=now(),
        )
        session.add(assessment)
        session.flush()
        _put_levels(session, assessment, one)
        _note(session, actor, "assess_maturity", assessment)
    if visibility != "own":
        _open(session, actor, organisation_id, visibility)


def edit_assessment(
    session: Session, actor: Actor, assessment_id: int, given: AssessmentEdit
) -> MaturityAssessment:
    """Put an assessment right. Refused: stale, unknown_dimension, day_assessed (the day is taken)."""
    assessment = _hold_assessment(session, actor, assessment_id, given.version)
    held = session.scalars(
        select(MaturityLevel.dimension_id).where(MaturityLevel.assessment_id == assessment.id)
    )
    _refuse_unknown(session, [one.dimension_id for one in given.levels], held.all())
    if assessment.assessed_on != given.assessed_on:
        _free_day(session, assessment.organisation_id, given.assessed_on)
    assessment.assessed_on, assessment.note = given.assessed_on, given.note
    assessment.version += 1
    _put_levels(session, assessment, given)
    _note(session, actor, "edit", assessment)
    return assessment


def _free_day(session: Session, organisation_id: int, day: date) -> None:
    # Somebody may be assessing that day anew right now.
    session.scalars(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update()).one()
    other = session.scalars(
        select(MaturityAssessment)
        .where(MaturityAssessment.organisation_id == organisation_id, MaturityAssessment.assessed_on == day)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if other is None:
        return
    if other.removed_at is None:
        raise Refused("day_assessed", assessment_id=other.id)
    # A day holds one row. What was removed nobody reads, and assessing the day anew would replace it too.
    session.execute(delete(MaturityLevel).where(MaturityLevel.assessment_id == other.id))
    session.delete(other)
    session.flush()


def remove_assessment(session: Session, actor: Actor, assessment_id: int, version: int) -> None:
    """It was a mistake: nobody reads it, and it counts in no average. Refused: stale."""
    assessment = _hold_assessment(session, actor, assessment_id, version)
    assessment.removed_at, assessment.version = now(), assessment.version + 1
    _note(session, actor, "remove", assessment)


def open_maturity(session: Session, actor: Actor, visibility: str) -> None:
    """Let others read the levels of the own municipality, earlier ones too; or nobody (own).

    Refused: unknown_opening.
    """
    require(may_assess_own(session, actor))
    if visibility not in OPENINGS:
        raise Refused("unknown_opening")
    organisation_id = own_municipality(actor)
    assert organisation_id is not None
    session.scalars(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update()).one()
    if find_opening(session, organisation_id) == visibility:
        return
    _open(session, actor, organisation_id, visibility)


def _open(session: Session, actor: Actor, organisation_id: int, visibility: str) -> None:
    before = find_opening(session, organisation_id)
    session.execute(delete(MaturityOpening).where(MaturityOpening.organisation_id == organisation_id))
    if visibility != "own":
        session.add(
            MaturityOpening(
                organisation_id=organisation_id,
                visibility=visibility,
                opened_at=now(),
                opened_by_id=actor.user_id,
            )
        )
    session.flush()
    record(
        session,
        actor,
        "open_maturity",
        "organisation",
        organisation_id,
        before={"visibility": before},
        after={"visibility": visibility},
    )


def find_opening(session: Session, organisation_id: int) -> str:
    """Who may read a municipality's levels: own, municipalities or public."""
    opening = session.get(MaturityOpening, organisation_id, populate_existing=True)
    return opening.visibility if opening is not None else "own"


def _refuse_unknown(session: Session, wanted: Collection[int], held: Collection[int]) -> None:
    known = select(MaturityDimension.id).where(
        MaturityDimension.retired_at.is_(None) | MaturityDimension.id.in_(held)
    )
    if not set(wanted).issubset(session.scalars(known)):
        raise Refused("unknown_dimension")


def _put_levels(session: Session, assessment: MaturityAssessment, given: AssessmentInput) -> None:
    session.execute(delete(MaturityLevel).where(MaturityLevel.assessment_id == assessment.id))
    session.add_all(MaturityLevel(assessment_id=assessment.id, **one.model_dump()) for one in given.levels)
    session.flush()


def _hold_assessment(session: Session, actor: Actor, assessment_id: int, version: int) -> MaturityAssessment:
    assessment = session.get(MaturityAssessment, assessment_id, with_for_update=True, populate_existing=True)
    if assessment is None or assessment.removed_at is not None:
        raise NotFound
    if assessment.organisation_id != own_municipality(actor):
        raise NotFound
    require(may_assess_own(session, actor))
    if assessment.version != version:
        raise Refused("stale")
    return assessment


def _note(session: Session, actor: Actor, verb: str, assessment: MaturityAssessment) -> None:
    session.flush()
    # Neither levels nor notes: auditors read the log, and a municipality's levels are its own.
    after = {"assessed_on": assessment.assessed_on.isoformat()}
    record(session, actor, verb, "maturity_assessment", assessment.id, after=after)


# --- reading


def list_assessments(session: Session, actor: Actor, organisation_id: int) -> list[AssessmentView]:
    """How a municipality found itself through time, the last first; nothing where the actor may not read it.
    Two statements."""
    is_own = organisation_id == own_municipality(actor)
    rows = session.scalars(
        select(MaturityAssessment)
        .where(
            MaturityAssessment.organisation_id == organisation_id,
            MaturityAssessment.removed_at.is_(None),
            levels_visible_to(actor),
        )
        .order_by(MaturityAssessment.assessed_on.desc())
        .limit(MOST_ASSESSMENTS)
    ).all()
    levels: dict[int, list[LevelView]] = {}
    of_them = MaturityLevel.assessment_id.in_([row.id for row in rows])
    ordered = (
        select(MaturityLevel)
        .join(MaturityDimension, MaturityDimension.id == MaturityLevel.dimension_id)
        .where(of_them)
        .order_by(MaturityLevel.assessment_id, MaturityDimension.position, MaturityDimension.id)
    )
    for one in session.scalars(ordered):
        view = LevelView(one.dimension_id, one.level, one.note if is_own else "")
        levels.setdefault(one.assessment_id, []).append(view)
    return [
        AssessmentView(
            row.id, row.assessed_on, row.note if is_own else "", tuple(levels.get(row.id, ())), row.version
        )
        for row in rows
    ]


def draw_series(assessments: Sequence[AssessmentView]) -> dict[int, list[Point]]:
    """The points of each dimension through time, the first first, of `list_assessments`."""
    series: dict[int, list[Point]] = {}
    for assessment in sorted(assessments, key=lambda one: one.assessed_on):
        for level in assessment.levels:
            series.setdefault(level.dimension_id, []).append(Point(assessment.assessed_on, level.level))
    return series


def list_open_municipalities(session: Session, actor: Actor) -> list[OpenMunicipality]:
    """Those whose levels the actor may read, by name. One statement."""
    latest = func.max(MaturityAssessment.assessed_on)
    rows = session.execute(
        select(Organisation.id, Organisation.key, Organisation.name, latest.label("assessed_on"))
        .select_from(MaturityAssessment)
        .join(Organisation, Organisation.id == MaturityAssessment.organisation_id)
        .where(MaturityAssessment.removed_at.is_(None), levels_visible_to(actor))
        .group_by(Organisation.id)
        .order_by(danish_order(Organisation.name), Organisation.id)
        .limit(200)
    )
    return [OpenMunicipality(row.id, row.key, row.name, row.assessed_on) for row in rows]


def end_of_last_quarter(on: date) -> date:
    """The last day of the quarter before that of the day."""
    first_month = (on.month - 1) // 3 * 3 + 1
    return date(on.year, first_month, 1) - timedelta(days=1)


def list_quarters(on: date, count: int) -> list[date]:
    """The last days of so many quarters that are over on that day, the first first."""
    days = [end_of_last_quarter(on)]
    while len(days) < count:
        days.append(end_of_last_quarter(days[-1]))
    return days[::-1]


def list_averages(session: Session, *, quarters: int = 8) -> list[Average]:
    """The mean of each dimension at the end of each of the last quarters, by what each municipality had last
    said of it in the two years before. Open to all. One statement a quarter."""
    averages: list[Average] = []
    for day in list_quarters(today(), quarters):
        for dimension_id, mean, count in session.execute(_means_at(day)):
            is_told = count >= FEWEST
            rounded = Decimal(mean).quantize(Decimal("0.1"), ROUND_HALF_UP) if is_told else None
            averages.append(Average(dimension_id, day, rounded, count if is_told else None))
    return averages


def _means_at(day: date) -> Any:
    # What was entered after the quarter's end of a day in it counts from the next quarter on: else the mean
    # of a quarter would move with each one who comes late.
    last = (
        select(MaturityLevel.dimension_id, MaturityAssessment.organisation_id, MaturityLevel.level)
        .join(MaturityAssessment, MaturityAssessment.id == MaturityLevel.assessment_id)
        .where(
            MaturityAssessment.removed_at.is_(None),
            and_(
                MaturityAssessment.assessed_on <= day,
                MaturityAssessment.assessed_on > day - timedelta(days=730),
            ),
            day_of_in_sql(MaturityAssessment.made_at) <= day,
        )
        .ext(distinct_on(MaturityLevel.dimension_id, MaturityAssessment.organisation_id))
        .order_by(
            MaturityLevel.dimension_id,
            MaturityAssessment.organisation_id,
            MaturityAssessment.assessed_on.desc(),
        )
        .subquery("last")
    )
    return (
        select(last.c.dimension_id, func.avg(last.c.level), func.count())
        .join(MaturityDimension, MaturityDimension.id == last.c.dimension_id)
        .group_by(last.c.dimension_id, MaturityDimension.position)
        .order_by(MaturityDimension.position, last.c.dimension_id)
    )
