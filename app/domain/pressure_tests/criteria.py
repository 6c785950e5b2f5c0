"""What organisers want scored beside the themes. Tests that have begun keep what was scored then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.pressure_tests.models import Criterion, HeldCriterion
from app.domain.pressure_tests.policy import may_define_criteria
from app.domain.pressure_tests.schemas import CriterionInput

MOST_CRITERIA = 30


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion with its weight; `retired_at` only where staff asks for all."""

    id: int
    position: int
    name: str
    name_en: str
    help: str
    help_en: str
    weight: int
    retired_at: datetime | None
    version: int


def list_criteria(session: Session, actor: Actor) -> list[CriterionView]:
    """What is scored now, open to all; to staff what is retired too, last. One statement."""
    statement = select(
        Criterion.id,
        Criterion.position,
        Criterion.name,
        Criterion.name_en,
        Criterion.help,
        Criterion.help_en,
        Criterion.weight,
        Criterion.retired_at,
        Criterion.version,
    ).order_by(Criterion.retired_at.is_not(None), Criterion.position, Criterion.id)
    if not may_define_criteria(actor):
        statement = statement.where(Criterion.retired_at.is_(None))
    return [CriterionView(**row._mapping) for row in session.execute(statement.limit(200))]


def add_criterion(
    session: Session, actor: Actor, given: CriterionInput, *, key: str | None = None
) -> Criterion:
    """A criterion for tests from now on. One with the same key is given back as people left it.

    Refused: criteria_full."""
    require(may_define_criteria(actor))
    if key is not None:
        known = session.scalars(select(Criterion).where(Criterion.key == key)).one_or_none()
        if known is not None:
            return known
    if len(_list_in_use(session)) >= MOST_CRITERIA:
        raise Refused("criteria_full", count=MOST_CRITERIA)
    criterion = Criterion(key=key, **given.model_dump(exclude={"version"}))
    session.add(criterion)
    session.flush()
    record(session, actor, "add", "criterion", criterion.id, after=given.model_dump(exclude={"version"}))
    return criterion


def edit_criterion(session: Session, actor: Actor, criterion_id: int, given: CriterionInput) -> Criterion:
    """Word or weigh it otherwise; tests that have begun keep theirs. Raises NotFound. Refused: stale."""
    criterion = _take(session, actor, criterion_id, given.version)
    before = _told(criterion)
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(criterion, name, value)
    return _note(session, actor, "edit", criterion, before)


def retire_criterion(session: Session, actor: Actor, criterion_id: int, version: int) -> Criterion:
    """Take it out of new tests. Raises NotFound. Refused: stale."""
    criterion = _take(session, actor, criterion_id, version)
    before = _told(criterion)
    criterion.retired_at = criterion.retired_at or now()
    return _note(session, actor, "retire", criterion, before)


def bring_back_criterion(session: Session, actor: Actor, criterion_id: int, version: int) -> Criterion:
    """Put it into new tests again. Raises NotFound. Refused: stale, criteria_full."""
    criterion = _take(session, actor, criterion_id, version)
    if len(_list_in_use(session)) >= MOST_CRITERIA:
        raise Refused("criteria_full", count=MOST_CRITERIA)
    before = _told(criterion)
    criterion.retired_at = None
    return _note(session, actor, "bring_back", criterion, before)


def freeze_criteria(session: Session, test_id: int) -> list[HeldCriterion]:
    """Write down what is scored now for a test."""
    held = [
        HeldCriterion(
            test_id=test_id,
            criterion_id=one.id,
            position=place,
            name=one.name,
            name_en=one.name_en,
            help=one.help,
            help_en=one.help_en,
            weight=one.weight,
        )
        for place, one in enumerate(_list_in_use(session), 1)
    ]
    session.add_all(held)
    session.flush()
    return held


def _list_in_use(session: Session) -> Sequence[Criterion]:
    in_use = select(Criterion).where(Criterion.retired_at.is_(None))
    return session.scalars(in_use.order_by(Criterion.position, Criterion.id)).all()


def _take(session: Session, actor: Actor, criterion_id: int, version: int) -> Criterion:
    require(may_define_criteria(actor))
    criterion = session.scalars(
        select(Criterion).where(Criterion.id == criterion_id).with_for_update()
    ).one_or_none()
    if criterion is None:
        raise NotFound
    if criterion.version != version:
        raise Refused("stale")
    return criterion


def _note(
    session: Session, actor: Actor, verb: str, criterion: Criterion, before: dict[str, object]
) -> Criterion:
    criterion.version += 1
    session.flush()
    record(session, actor, verb, "criterion", criterion.id, before=before, after=_told(criterion))
    return criterion


def _told(criterion: Criterion) -> dict[str, object]:
    names = ("name", "name_en", "help", "help_en", "weight", "position")
    return {name: getattr(criterion, name) for name in names} | {
        "is_retired": criterion.retired_at is not None
    }
