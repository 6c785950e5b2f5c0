"""The verbs of pressure tests: beginning one, assessing, talking over what is far apart, publishing.

Every verb holds the test's row while it works, so that of two who finish at the same moment the second one
finds the first. What an assessor says goes into no log, and what a municipality tests for itself neither.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.pressure_tests.assessors import check_assessors, find_own, list_standing
from app.domain.pressure_tests.criteria import freeze_criteria
from app.domain.pressure_tests.events import (
    AssessorsApart,
    AssessorsNamed,
    ConflictDeclared,
    PressureTestPublished,
    PressureTestSettled,
    PressureTestTakenBack,
)
from app.domain.pressure_tests.freezing import freeze, list_themes_now
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
    is_subject_visible,
    may_agree,
    may_lead,
    may_open,
    may_publish,
    may_test,
    may_test_privately,
    own_municipality,
    visible_to,
)
from app.domain.pressure_tests.results import combine, outcome_of
from app.domain.pressure_tests.schemas import (
    AgreementInput,
    AloneInput,
    AssessmentInput,
    DeclarationInput,
    PressureTestInput,
    RetestInput,
)
from app.domain.projects.models import Project
from app.domain.projects.policy import visible_to as projects_visible_to
from app.domain.strategies.models import Strategy
from app.domain.strategies.policy import visible_to as strategies_visible_to

MOST_THEMES = 200


# --- beginning


def begin_test(session: Session, actor: Actor, given: PressureTestInput) -> PressureTest:
    """A test of an idea, a project or own words, against every theme of the strategies as they are now.

    In a municipality it is always its own, and one colleague may do it alone. Raises NotFound for what the
    actor may not see. Refused: unknown_strategy, strategy_without_themes, too_many_themes, two_assessors,
    own_words, no_criteria, and as `check_assessors`.
    """
    require(may_test(actor))
    owner_id = None if actor.is_staff else own_municipality(actor)
    if given.title and owner_id is None:
        raise Refused("own_words")
    _check_subject(session, actor, given.idea_id, given.project_id)
    test = PressureTest(
        idea_id=given.idea_id,
        project_id=given.project_id,
        title=given.title,
        text=given.text if given.title else "",
        owner_id=owner_id,
    )
    return _begin(
        session, actor, test, given.strategy_ids, given.assessor_ids, given.with_criteria, verb="begin_test"
    )


def press_alone(session: Session, actor: Actor, given: AloneInput) -> PressureTest:
    """A municipality's own test from beginning to result in one go, by one of its people, who has nothing to
    declare towards colleagues. Refused: as `begin_test`, unknown_theme, assessment_incomplete."""
    require(may_test_privately(actor) and actor.user_id is not None)
    begun = PressureTestInput.model_validate(
        given.model_dump(include={"idea_id", "project_id", "title", "text", "strategy_ids"})
        | {"assessor_ids": [actor.user_id]}
    )
    test = begin_test(session, actor, begun)
    own = declare(session, actor, test.id, DeclarationInput(has_conflict=False))
    rows = session.execute(select(HeldTheme.theme_id, HeldTheme.id).where(HeldTheme.test_id == test.id))
    held = {row.theme_id: row.id for row in rows}
    if {one.theme_id for one in given.themes} - set(held):
        raise Refused("unknown_theme")
    themes = [one.model_copy(update={"theme_id": held[one.theme_id]}) for one in given.themes]
    own = save_assessment(session, actor, test.id, AssessmentInput(themes=themes, version=own.version))
    return finish(session, actor, test.id, own.version)


def retest(session: Session, actor: Actor, test_id: int, given: RetestInput) -> PressureTest:
    """The same thing against the themes as they are now; the earlier test stays as it is.

    Raises NotFound. Refused: test_not_settled, test_retested, and as `begin_test`.
    """
    before = take_test(session, actor, test_id)
    require(may_lead(actor, before))
    if before.settled_at is None or before.cancelled_at is not None:
        raise Refused("test_not_settled")
    later = select(PressureTest.id).where(
        PressureTest.retest_of_id == before.id, PressureTest.cancelled_at.is_(None)
    )
    if session.scalar(later) is not None:
        raise Refused("test_retested")
    _check_subject(session, actor, before.idea_id, before.project_id)
    strategy_ids = given.strategy_ids or list(
        session.scalars(
            select(HeldStrategy.strategy_id)
            .where(HeldStrategy.test_id == before.id)
            .order_by(HeldStrategy.position)
        )
    )
    test = PressureTest(
        idea_id=before.idea_id,
        project_id=before.project_id,
        title=before.title,
        text=before.text,
        owner_id=before.owner_id,
        retest_of_id=before.id,
        is_example=before.is_example,
    )
    return _begin(session, actor, test, strategy_ids, given.assessor_ids, given.with_criteria, verb="retest")


def _check_subject(session: Session, actor: Actor, idea_id: int | None, project_id: int | None) -> None:
    """Raises NotFound unless the actor may see it, and it is sent and in force."""
    if idea_id is not None:
        seen = select(Contribution.id).where(
            Contribution.id == idea_id, Contribution.kind == "idea", said_visible_to(actor), is_listed()
        )
    elif project_id is not None:
        seen = select(Project.id).where(Project.id == project_id, projects_visible_to(actor))
    else:
        return
    if session.scalar(seen) is None:
        raise NotFound


def _begin(
    session: Session,
    actor: Actor,
    test: PressureTest,
    strategy_ids: Iterable[int],
    assessor_ids: Sequence[int],
    with_criteria: bool,
    *,
    verb: str,
) -> PressureTest:
    if len(assessor_ids) != 2 and test.owner_id is None:
        raise Refused("two_assessors")
    chosen = check_assessors(session, test, assessor_ids)
    titles = find_titles(session, actor, strategy_ids)
    themes = list_themes_now(session, titles)
    for strategy_id, (title, _) in titles.items():
        if not any(theme.strategy_id == strategy_id for theme in themes):
            raise Refused("strategy_without_themes", name=title)
    if len(themes) > MOST_THEMES:
        raise Refused("too_many_themes", count=MOST_THEMES)
    test.wanted = len(assessor_ids)
    test.made_by_id = actor.user_id
    test.made_at = now()
    session.add(test)
    session.flush()
    freeze(session, test.id, titles, themes)
    if with_criteria and not freeze_criteria(session, test.id):
        raise Refused("no_criteria")
    named = [
        Assessor(
            test_id=test.id,
            position=position,
            user_id=user_id,
            organisation_id=chosen[user_id],
            named_at=now(),
        )
        for position, user_id in enumerate(assessor_ids, 1)
    ]
    session.add_all(named)
    session.flush()
    after: dict[str, object] = {"owner_id": test.owner_id, "assessors": len(named)}
    if test.owner_id is None:
        # What a municipality tests for itself is not told to those who read the log.
        about = {"idea_id": test.idea_id, "project_id": test.project_id}
        after |= about | {"strategy_ids": list(titles), "retest_of_id": test.retest_of_id}
    record(session, actor, verb, "pressure_test", test.id, after=after)
    announce(session, AssessorsNamed(test.id, tuple(one.id for one in named)))
    return test


def find_titles(session: Session, actor: Actor, strategy_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """{strategy id: its name and English name} in the order asked for. Refused: unknown_strategy."""
    asked = list(dict.fromkeys(strategy_ids))
    rows = session.execute(
        select(
            Strategy.id,
            func.coalesce(Strategy.short_name, Strategy.name).label("title"),
            func.coalesce(Strategy.short_name_en, Strategy.name_en, "").label("title_en"),
        ).where(Strategy.id.in_(asked), strategies_visible_to(actor))
    )
    known = {row.id: (row.title, row.title_en) for row in rows}
    if set(asked) - set(known):
        raise Refused("unknown_strategy")
    return {strategy_id: known[strategy_id] for strategy_id in asked}


# --- who assesses


def replace_assessor(
    session: Session, actor: Actor, test_id: int, assessor_id: int, user_id: int
) -> Assessor:
    """Name somebody else in the place of one who is not done; what that one wrote is never read.

    Raises NotFound. Refused: test_done, assessor_finished, and as `check_assessors`.
    """
    test = take_test(session, actor, test_id)
    require(may_lead(actor, test))
    _refuse_unless_running(test)
    old = next((one for one in list_standing(session, test.id) if one.id == assessor_id), None)
    if old is None:
        raise NotFound
    if old.finished_at is not None:
        raise Refused("assessor_finished")
    named_before = select(Assessor.id).where(Assessor.test_id == test.id, Assessor.user_id == user_id)
    if session.scalar(named_before) is not None:
        raise Refused("assessor_twice")
    chosen = check_assessors(session, test, [user_id])
    old.replaced_at = now()
    session.flush()
    new = Assessor(
        test_id=test.id,
        position=old.position,
        user_id=user_id,
        organisation_id=chosen[user_id],
        named_at=now(),
    )
    session.add(new)
    session.flush()
    after = {"replaced": old.id, "assessor": new.id}
    record(session, actor, "replace_assessor", "pressure_test", test.id, after=after)
    announce(session, AssessorsNamed(test.id, (new.id,)))
    return new


def declare(session: Session, actor: Actor, test_id: int, given: DeclarationInput) -> Assessor:
    """Say whether there is a conflict of interest; before that nothing of the test is shown.

    Whoever has one is out, and somebody else is named. Raises NotFound. Refused: test_done,
    already_declared, conflict_without_words.
    """
    test, own = _take_own(session, actor, test_id)
    _refuse_unless_running(test)
    if own.declared_at is not None:
        raise Refused("already_declared")
    if given.has_conflict and not given.note:
        raise Refused("conflict_without_words")
    own.conflict = "declared" if given.has_conflict else "none"
    own.conflict_note = given.note if given.has_conflict else ""
    own.declared_at = now()
    session.flush()
    record(session, actor, "declare_interest", "pressure_test", test.id)
    if given.has_conflict:
        announce(session, ConflictDeclared(test.id, own.id))
    return own


# --- assessing


def save_assessment(session: Session, actor: Actor, test_id: int, given: AssessmentInput) -> Assessor:
    """Keep what the actor has come to; what is not among it stays as it was. Half of it may wait.

    Raises NotFound. Refused: not_declared, test_done, assessor_finished, stale, unknown_theme,
    unknown_criterion.
    """
    test, own = _take_own(session, actor, test_id)
    _refuse_unless_assessing(test, own, given.version)
    themes = set(session.scalars(select(HeldTheme.id).where(HeldTheme.test_id == test.id)))
    if {one.theme_id for one in given.themes} - themes:
        raise Refused("unknown_theme")
    criteria = set(session.scalars(select(HeldCriterion.id).where(HeldCriterion.test_id == test.id)))
    if {one.criterion_id for one in given.scores} - criteria:
        raise Refused("unknown_criterion")
    values = _own_values(session, own)
    for theme in given.themes:
        row = values.get(theme.theme_id)
        if row is None:
            row = values[theme.theme_id] = Assessment(assessor_id=own.id, held_theme_id=theme.theme_id)
            session.add(row)
        row.value, row.reason = theme.value, theme.reason
    scores = _own_scores(session, own)
    for one in given.scores:
        score = scores.get(one.criterion_id)
        if score is None:
            score = scores[one.criterion_id] = Score(assessor_id=own.id, held_criterion_id=one.criterion_id)
            session.add(score)
        score.score, score.reason = one.score, one.reason
    own.version += 1
    session.flush()
    record(session, actor, "assess", "pressure_test", test.id)
    return own


def finish(session: Session, actor: Actor, test_id: int, version: int) -> PressureTest:
    """Be done; nothing is changed afterwards. When all are, the test has its result.

    Raises NotFound. Refused: as `save_assessment`, and assessment_incomplete with the `count` of themes and
    criteria that lack a value or a reason.
    """
    test, own = _take_own(session, actor, test_id)
    _refuse_unless_assessing(test, own, version)
    missing = _count_missing(session, test, own)
    if missing:
        raise Refused("assessment_incomplete", count=missing)
    own.finished_at = now()
    own.version += 1
    session.flush()
    record(session, actor, "finish_assessment", "pressure_test", test.id)
    standing = list_standing(session, test.id)
    if len(standing) == test.wanted and all(one.finished_at is not None for one in standing):
        settle(session, test, now())
        tell_outcome(session, test)
    return test


def _refuse_unless_running(test: PressureTest) -> None:
    if test.done_at is not None or test.cancelled_at is not None:
        raise Refused("test_done")


def _refuse_unless_assessing(test: PressureTest, own: Assessor, version: int) -> None:
    _refuse_unless_running(test)
    if own.conflict is None:
        raise Refused("not_declared")
    if own.finished_at is not None:
        raise Refused("assessor_finished")
    if own.version != version:
        raise Refused("stale")


def _own_values(session: Session, own: Assessor) -> dict[int, Assessment]:
    rows = session.scalars(select(Assessment).where(Assessment.assessor_id == own.id))
    return {row.held_theme_id: row for row in rows}


def _own_scores(session: Session, own: Assessor) -> dict[int, Score]:
    rows = session.scalars(select(Score).where(Score.assessor_id == own.id))
    return {row.held_criterion_id: row for row in rows}


def _count_missing(session: Session, test: PressureTest, own: Assessor) -> int:
    themes = session.scalar(select(func.count()).where(HeldTheme.test_id == test.id)) or 0
    criteria = session.scalar(select(func.count()).where(HeldCriterion.test_id == test.id)) or 0
    values = sum(row.value is not None and row.reason != "" for row in _own_values(session, own).values())
    scores = sum(row.score is not None and row.reason != "" for row in _own_scores(session, own).values())
    return themes + criteria - values - scores


# --- the result


def settle(session: Session, test: PressureTest, at: datetime) -> None:
    """Work out what the assessors, who are all done, come to together theme by theme, and what that makes of
    the test at this moment."""
    said: dict[int, list[str]] = {}
    for theme_id, value in session.execute(
        select(Assessment.held_theme_id, Assessment.value)
        .join(Assessor, Assessor.id == Assessment.assessor_id)
        .where(Assessor.test_id == test.id, Assessor.replaced_at.is_(None))
    ):
        said.setdefault(theme_id, []).append(value)
    themes = session.scalars(select(HeldTheme).where(HeldTheme.test_id == test.id)).all()
    agreed = _find_agreed(session, [theme.id for theme in themes])
    for theme in themes:
        theme.value = combine(said.get(theme.id, []), agreed.get(theme.id))
    test.done_at = test.done_at or at
    test.outcome = outcome_of(theme.value for theme in themes)
    test.settled_at = None if test.outcome == "talk" else test.settled_at or at
    test.version += 1
    session.flush()


def _find_agreed(session: Session, theme_ids: Sequence[int]) -> Mapping[int, str]:
    rows = session.execute(
        select(Agreement.held_theme_id, Agreement.value).where(Agreement.held_theme_id.in_(theme_ids))
    )
    return {row.held_theme_id: row.value for row in rows}


def tell_outcome(session: Session, test: PressureTest) -> None:
    is_apart = test.outcome == "talk"
    announce(session, AssessorsApart(test.id) if is_apart else PressureTestSettled(test.id))


def agree(session: Session, actor: Actor, test_id: int, given: AgreementInput) -> PressureTest:
    """Write down what a talk about a theme came to, and why. What each said at first stays beside it.

    Of themes on which they differ, also by one step; until the test is published. Raises NotFound.
    Refused: stale, test_not_done, test_published, unknown_theme, nothing_to_agree.
    """
    test = take_test(session, actor, test_id)
    standing = list_standing(session, test.id)
    is_assessor = any(one.user_id == actor.user_id is not None for one in standing)
    require(may_agree(actor, test, is_assessor))
    if test.done_at is None or test.cancelled_at is not None:
        raise Refused("test_not_done")
    if test.published_at is not None:
        raise Refused("test_published")
    if test.version != given.version:
        raise Refused("stale")
    theme = session.get(HeldTheme, given.theme_id)
    if theme is None or theme.test_id != test.id:
        raise Refused("unknown_theme")
    said = session.scalars(
        select(Assessment.value).where(
            Assessment.held_theme_id == theme.id, Assessment.assessor_id.in_([one.id for one in standing])
        )
    ).all()
    if len(set(said)) < 2:
        raise Refused("nothing_to_agree")
    agreement = session.get(Agreement, theme.id)
    if agreement is None:
        agreement = Agreement(held_theme_id=theme.id)
        session.add(agreement)
    agreement.value, agreement.reason = given.value, given.reason
    agreement.agreed_by_id, agreement.agreed_at = actor.user_id, now()
    session.flush()
    was_settled = test.settled_at is not None
    settle(session, test, now())
    after = {"theme_id": theme.theme_id} if test.owner_id is None else None
    record(session, actor, "agree_test", "pressure_test", test.id, after=after)
    if not was_settled and test.settled_at is not None:
        announce(session, PressureTestSettled(test.id))
    return test


# --- who reads it


def open_test(session: Session, actor: Actor, test_id: int) -> PressureTest:
    """Let staff read a municipality's own test, and publish it. Raises NotFound.

    Refused: test_not_settled, test_by_one."""
    test = take_test(session, actor, test_id)
    require(may_open(actor, test))
    if test.settled_at is None or test.cancelled_at is not None:
        raise Refused("test_not_settled")
    if test.wanted < 2:
        raise Refused("test_by_one")
    if test.opened_at is None:
        test.opened_at = now()
        _note(session, actor, "open_test", test)
    return test


def close_test(session: Session, actor: Actor, test_id: int) -> PressureTest:
    """Keep it for the municipality again. Raises NotFound. Refused: test_published."""
    test = take_test(session, actor, test_id)
    require(may_open(actor, test))
    if test.published_at is not None:
        raise Refused("test_published")
    if test.opened_at is not None:
        test.opened_at = None
        _note(session, actor, "close_test", test)
    return test


def publish_test(session: Session, actor: Actor, test_id: int) -> PressureTest:
    """Open it to all who may read what was tested. Raises NotFound. Refused: test_not_settled."""
    test = take_test(session, actor, test_id)
    require(may_publish(actor, test))
    if test.settled_at is None or test.cancelled_at is not None:
        raise Refused("test_not_settled")
    if test.published_at is None:
        test.published_at = now()
        _note(session, actor, "publish_test", test)
        announce(session, PressureTestPublished(test.id))
    return test


def take_back_test(session: Session, actor: Actor, test_id: int) -> PressureTest:
    """Open to all no more. Staff; of a municipality's own, the municipality too. Raises NotFound."""
    test = take_test(session, actor, test_id)
    require(may_publish(actor, test) or may_open(actor, test))
    if test.published_at is not None:
        test.published_at = None
        _note(session, actor, "take_back_test", test)
        announce(session, PressureTestTakenBack(test.id))
    return test


def cancel_test(session: Session, actor: Actor, test_id: int, reason: str) -> PressureTest:
    """Call off a test that has no result yet. Raises NotFound. Refused: test_settled, reason_missing."""
    test = take_test(session, actor, test_id)
    require(may_lead(actor, test))
    if test.settled_at is not None:
        raise Refused("test_settled")
    if not reason:
        raise Refused("reason_missing")
    if test.cancelled_at is None:
        test.cancelled_at, test.cancel_reason = now(), reason
        _note(session, actor, "cancel_test", test)
    return test


# --- taking hold of it


def take_test(session: Session, actor: Actor, test_id: int) -> PressureTest:
    """The test, held until the transaction ends. Raises NotFound for one that the actor may not see."""
    test = session.scalars(
        select(PressureTest).where(PressureTest.id == test_id, visible_to(actor)).with_for_update()
    ).one_or_none()
    if test is None:
        raise NotFound
    return test


def _take_own(session: Session, actor: Actor, test_id: int) -> tuple[PressureTest, Assessor]:
    """The test and the actor's own part in it, also before it is declared. Raises NotFound."""
    test = session.scalars(
        select(PressureTest).where(PressureTest.id == test_id, is_subject_visible(actor)).with_for_update()
    ).one_or_none()
    if test is None or actor.only_reads:
        raise NotFound
    return test, find_own(session, actor, test)


def _note(session: Session, actor: Actor, verb: str, test: PressureTest) -> None:
    test.version += 1
    session.flush()
    record(session, actor, verb, "pressure_test", test.id)
