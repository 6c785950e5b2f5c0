"""Pressure tests out of the archive: put in once, with all that was said and agreed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, Refused, require
from app.domain.pressure_tests.criteria import freeze_criteria
from app.domain.pressure_tests.freezing import freeze, list_themes_now
from app.domain.pressure_tests.models import (
    Agreement,
    Assessment,
    Assessor,
    Criterion,
    HeldTheme,
    PressureTest,
    Score,
)
from app.domain.pressure_tests.schemas import AssessorFacts, PressureTestFacts
from app.domain.pressure_tests.service import find_titles, settle
from app.domain.strategies.queries import find_theme_ids


def put_test(session: Session, actor: Actor, given: PressureTestFacts) -> PressureTest:
    """A test of the archive, assessed against the themes as they are now. One with the same key is given back
    as people left it. Only for the house.

    Refused: unknown_strategy, unknown_theme with its `key`, assessment_incomplete with the `count` of themes
    that an assessor who is done says nothing of, test_not_settled where it is to be published and has no
    result, unknown_test where the test that it repeats is not there.
    """
    require(actor.is_system)
    known = session.scalars(select(PressureTest).where(PressureTest.key == given.key)).one_or_none()
    if known is not None:
        return known
    titles = find_titles(session, actor, given.strategy_ids)
    test = PressureTest(
        **given.model_dump(include={"key", "idea_id", "project_id", "title", "text", "owner_id", "made_at"}),
        wanted=len(given.assessors),
        retest_of_id=_find_earlier(session, given),
        is_example=given.is_example,
    )
    session.add(test)
    session.flush()
    held = {
        theme.theme_id: theme for theme in freeze(session, test.id, titles, list_themes_now(session, titles))
    }
    paths = {path for one in given.assessors for path in one.themes} | set(given.agreements)
    ids = find_theme_ids(session, paths)
    for path in paths:
        if ids.get(path) not in held:
            raise Refused("unknown_theme", key=path)
    themes = {path: held[theme_id] for path, theme_id in ids.items()}
    criteria = _freeze_scored(session, test, given)
    for position, one in enumerate(given.assessors, 1):
        if one.is_finished and len(one.themes) < len(held):
            raise Refused("assessment_incomplete", count=len(held) - len(one.themes))
        _put_assessor(session, test, position, one, themes, criteria)
    session.add_all(
        Agreement(
            held_theme_id=themes[path].id, value=told.value, reason=told.reason, agreed_at=given.made_at
        )
        for path, told in given.agreements.items()
    )
    session.flush()
    if all(one.is_finished for one in given.assessors):
        settle(session, test, given.made_at)
    if test.settled_at is None and given.published_at is not None:
        raise Refused("test_not_settled")
    test.opened_at, test.published_at = given.opened_at, given.published_at
    session.flush()
    after = {"key": given.key, "is_example": given.is_example}
    record(session, actor, "put", "pressure_test", test.id, after=after)
    return test


def _find_earlier(session: Session, given: PressureTestFacts) -> int | None:
    if given.retest_of is None:
        return None
    earlier = session.scalar(select(PressureTest.id).where(PressureTest.key == given.retest_of))
    if earlier is None:
        raise Refused("unknown_test", key=given.retest_of)
    return earlier


def _freeze_scored(session: Session, test: PressureTest, given: PressureTestFacts) -> dict[str, int]:
    """{key of a criterion: the test's own}, where anything is scored. Refused: unknown_criterion."""
    scored = {key for one in given.assessors for key in one.scores}
    if not scored:
        return {}
    held = {one.criterion_id: one.id for one in freeze_criteria(session, test.id)}
    rows = session.execute(select(Criterion.key, Criterion.id).where(Criterion.id.in_(held)))
    found = {row.key: held[row.id] for row in rows if row.key is not None}
    if scored - set(found):
        raise Refused("unknown_criterion")
    return found


def _put_assessor(
    session: Session,
    test: PressureTest,
    position: int,
    given: AssessorFacts,
    themes: dict[str, HeldTheme],
    criteria: dict[str, int],
) -> None:
    assessor = Assessor(
        test_id=test.id,
        position=position,
        user_id=given.user_id,
        organisation_id=given.organisation_id,
        named_at=test.made_at,
        conflict="none" if given.is_finished else None,
        declared_at=test.made_at if given.is_finished else None,
        finished_at=test.made_at if given.is_finished else None,
    )
    session.add(assessor)
    session.flush()
    session.add_all(
        Assessment(
            assessor_id=assessor.id, held_theme_id=themes[path].id, value=told.value, reason=told.reason
        )
        for path, told in given.themes.items()
    )
    session.add_all(
        Score(
            assessor_id=assessor.id,
            held_criterion_id=criteria[key],
            score=told.score,
            reason=told.reason,
        )
        for key, told in given.scores.items()
    )
    session.flush()
