"""Pressure tests for tests, made with as little as they can stand on."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.pressure_tests import schemas, service
from app.domain.pressure_tests.models import Assessor, HeldCriterion, HeldTheme, PressureTest


def begin(session: Session, actor: Actor, *assessors: Actor, strategy_id: int, **given: Any) -> PressureTest:
    values = {"strategy_ids": [strategy_id], "assessor_ids": [one.user_id for one in assessors]} | given
    return service.begin_test(session, actor, schemas.PressureTestInput.model_validate(values))


def declare(session: Session, test: PressureTest, *assessors: Actor) -> None:
    for one in assessors:
        service.declare(session, one, test.id, schemas.DeclarationInput(has_conflict=False))


def own_row(session: Session, test: PressureTest, actor: Actor) -> Assessor:
    return session.scalars(
        select(Assessor).where(Assessor.test_id == test.id, Assessor.user_id == actor.user_id)
    ).one()


def theme_ids(session: Session, test: PressureTest) -> list[int]:
    return list(
        session.scalars(select(HeldTheme.id).where(HeldTheme.test_id == test.id).order_by(HeldTheme.position))
    )


def assess(
    session: Session, test: PressureTest, actor: Actor, *values: str | None, scores: Any = ()
) -> Assessor:
    """What the actor says of the themes in their order; the reason of each holds the actor's name."""
    criteria = session.scalars(
        select(HeldCriterion.id).where(HeldCriterion.test_id == test.id).order_by(HeldCriterion.position)
    )
    given = {
        "themes": [
            {
                "theme_id": theme_id,
                "value": value,
                "reason": f"Fordi {actor.name} siger {value}" if value else "",
            }
            for theme_id, value in zip(theme_ids(session, test), values, strict=False)
        ],
        "scores": [
            {"criterion_id": criterion_id, "score": score, "reason": f"Point fra {actor.name}"}
            for criterion_id, score in zip(criteria, scores, strict=False)
        ],
        "version": own_row(session, test, actor).version,
    }
    return service.save_assessment(session, actor, test.id, schemas.AssessmentInput.model_validate(given))


def finish(
    session: Session, test: PressureTest, actor: Actor, *values: str, scores: Any = ()
) -> PressureTest:
    """The same, and be done."""
    own = assess(session, test, actor, *values, scores=scores)
    return service.finish(session, actor, test.id, own.version)
