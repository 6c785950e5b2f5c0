"""Pressure tests: two assess without seeing one another, what is far apart is talked over, old tests stay."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.contributions.ideas.models import IdeaSigner
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.pressure_tests import criteria, lists, policy, queries, schemas, service, tasks
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.pressure_tests.recording import put_test
from app.domain.strategies.models import Theme
from tests.people import People, add_actor
from tests.pressed import assess, begin, declare, finish, own_row, theme_ids
from tests.reading import put_a_project
from tests.said import add_idea, add_theme_rows, put_said


def _themes(session: Session) -> list[Theme]:
    return add_theme_rows(session, "Velfærd", "Klima", "Kompetencer")


def _idea_test(session: Session, people: People, **given: Any) -> PressureTest:
    """Staff has the vendor's idea assessed by somebody of a municipality and a colleague."""
    themes = _themes(session)
    idea = add_idea(session, people.vendor)
    test = begin(
        session,
        people.staff,
        people.municipality,
        people.admin,
        strategy_id=themes[0].strategy_id,
        idea_id=idea.id,
        **given,
    )
    declare(session, test, people.municipality, people.admin)
    return test


def _settled(session: Session, people: People, **given: Any) -> PressureTest:
    test = _idea_test(session, people, **given)
    finish(session, test, people.municipality, "hits", "not", "partly")
    finish(session, test, people.admin, "hits", "partly", "partly")
    return test


def _colleague(session: Session, people: People, name: str = "Kaja Kollega") -> Actor:
    municipality = session.get_one(Organisation, people.municipality.organisation_id)
    return add_actor(session, name, municipality)


def _private(session: Session, people: People) -> PressureTest:
    themes = _themes(session)
    return begin(
        session,
        people.municipality,
        people.municipality,
        strategy_id=themes[0].strategy_id,
        title="Kanarie-projekt",
        text="Kanarie-tekst",
    )


def _sign(session: Session, idea_id: int, who: Actor, answer: str | None) -> None:
    answered_at = now() if answer else None
    asked = {"contribution_id": idea_id, "organisation_id": who.organisation_id, "asked_at": now()}
    session.add(IdeaSigner(**asked, answer=answer, answered_at=answered_at))
    session.flush()


def _shown(session: Session, who: Actor, test: PressureTest) -> queries.TestView:
    found = queries.find_test(session, who, test.id)
    assert found is not None
    return found


def test_one_hit_is_through_and_what_differs_by_a_step_counts_as_the_lesser(
    session: Session, people: People
) -> None:
    shown = _shown(session, people.staff, _settled(session, people))
    assert (shown.state, shown.outcome) == ("settled", "through")
    assert [(one.name, one.value, one.differs, one.was_apart) for one in shown.themes] == [
        ("Velfærd", "hits", False, False),
        ("Klima", "not", True, False),
        ("Kompetencer", "partly", False, False),
    ]
    assert [one.name for one in shown.missing] == ["Klima", "Kompetencer"]
    assert [one.reason for one in shown.themes[1].given] == [
        "Fordi Mona Kommune siger not",
        "Fordi Alma Admin siger partly",
    ]


def test_without_a_hit_it_goes_back_to_the_drawing_board_with_all_that_is_missing(
    session: Session, people: People
) -> None:
    test = _idea_test(session, people)
    finish(session, test, people.municipality, "not", "not", "hits")
    finish(session, test, people.admin, "not", "partly", "partly")
    shown = _shown(session, people.staff, test)
    assert (shown.outcome, shown.hits) == ("drawing_board", ())
    assert [(one.name, one.value) for one in shown.missing] == [
        ("Velfærd", "not"),
        ("Klima", "not"),
        ("Kompetencer", "partly"),
    ]


def test_two_steps_apart_are_flagged_until_a_talk_and_both_originals_stay(
    session: Session, people: People
) -> None:
    test = _idea_test(session, people)
    finish(session, test, people.municipality, "hits", "not", "not")
    finish(session, test, people.admin, "not", "not", "not")
    flagged = _shown(session, people.staff, test)
    assert (flagged.state, flagged.outcome, [one.name for one in flagged.to_talk_over]) == (
        "talk",
        "talk",
        ["Velfærd"],
    )
    with pytest.raises(Refused, match="test_not_settled"):
        service.publish_test(session, people.staff, test.id)
    talk = {"theme_id": flagged.themes[0].id, "value": "hits", "reason": "Natten hører med til velfærd."}
    given = schemas.AgreementInput.model_validate(talk | {"version": flagged.version})
    service.agree(session, people.municipality, test.id, given)
    shown = _shown(session, people.staff, test)
    first = shown.themes[0]
    assert (shown.state, shown.outcome, first.value, first.is_apart, first.was_apart) == (
        "settled",
        "through",
        "hits",
        False,
        True,
    )
    assert [one.value for one in first.given] == ["hits", "not"]
    assert first.agreed is not None and first.agreed.reason == "Natten hører med til velfærd."
    with pytest.raises(Refused, match="stale"):
        service.agree(session, people.staff, test.id, given)
    same = {"theme_id": shown.themes[1].id, "value": "hits", "reason": "Nej", "version": shown.version}
    with pytest.raises(Refused, match="nothing_to_agree"):
        service.agree(session, people.staff, test.id, schemas.AgreementInput.model_validate(same))


def test_nobody_sees_what_one_assessor_said_before_both_are_done(session: Session, people: People) -> None:
    test = _idea_test(session, people)
    untouched = {name: repr(queries.find_test(session, who, test.id)) for name, who in people.all().items()}
    before = {name: repr(tasks.find_task(session, who, test.id)) for name, who in people.all().items()}
    listed = {name: repr(lists.list_tests(session, who)) for name, who in people.all().items()}
    finish(session, test, people.municipality, "hits", "not", "partly")
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert "Fordi" not in json.dumps([[one.before, one.after] for one in entries])
    assert "hits" not in json.dumps([[one.before, one.after] for one in entries])
    for name, who in people.all().items():
        assert "Fordi" not in repr(queries.find_test(session, who, test.id))
        assert repr(lists.list_tests(session, who)) == listed[name]
        if name != "municipality":
            assert repr(tasks.find_task(session, who, test.id)) == before[name]
    # The other assessor is not even told that the first one is done; staff that only looks after it is.
    assert repr(queries.find_test(session, people.admin, test.id)) == untouched["admin"]
    assert [one.state for one in _shown(session, people.admin, test).assessors] == [None, "declared"]
    assert [one.state for one in _shown(session, people.staff, test).assessors] == ["finished", "declared"]


def test_the_other_assessor_asks_as_many_statements_before_and_after_the_first_is_done(
    session: Session, people: People
) -> None:
    test = _idea_test(session, people)
    test_id = test.id
    assess(session, test, people.admin, "partly", "hits", "hits")
    given = schemas.AssessmentInput(themes=[], version=2)

    def count() -> list[int]:
        given.version = own_row(session, test, people.admin).version
        return [
            _count(session, lambda: queries.find_test(session, people.admin, test_id)),
            _count(session, lambda: tasks.find_task(session, people.admin, test_id)),
            _count(session, lambda: tasks.list_tasks(session, people.admin)),
            _count(session, lambda: service.save_assessment(session, people.admin, test_id, given)),
        ]

    first = count()
    finish(session, test, people.municipality, "hits", "not", "partly")
    assert first[:3] == [9, 3, 1]
    assert count() == first


def _count(session: Session, work: Any) -> int:
    seen: list[str] = []
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(statement)

    session.expire_all()
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_nothing_is_shown_or_taken_before_a_conflict_is_declared_or_denied(
    session: Session, people: People
) -> None:
    themes = _themes(session)
    idea = add_idea(session, people.vendor)
    _sign(session, idea.id, people.consultancy, "yes")
    _sign(session, idea.id, people.rival, None)
    test = begin(
        session,
        people.staff,
        people.municipality,
        people.neighbour,
        strategy_id=themes[0].strategy_id,
        idea_id=idea.id,
    )
    task = tasks.find_task(session, people.municipality, test.id)
    assert task is not None
    assert (task.state, task.behind, task.subject.title, task.themes) == (
        "asked",
        ("Soft A/S", "Huset"),
        "Roligere nætter",
        (),
    )
    assert queries.find_test(session, people.municipality, test.id) is None
    with pytest.raises(Refused, match="not_declared"):
        assess(session, test, people.municipality, "hits")
    declare(session, test, people.municipality)
    task = tasks.find_task(session, people.municipality, test.id)
    assert task is not None and [one.name for one in task.themes] == ["Velfærd", "Klima", "Kompetencer"]
    with pytest.raises(Refused, match="already_declared"):
        declare(session, test, people.municipality)


def test_whoever_has_a_conflict_is_out_and_somebody_else_takes_the_place(
    session: Session, people: People
) -> None:
    themes = _themes(session)
    idea = add_idea(session, people.vendor)
    test = begin(
        session,
        people.staff,
        people.municipality,
        people.neighbour,
        strategy_id=themes[0].strategy_id,
        idea_id=idea.id,
    )
    with pytest.raises(Refused, match="conflict_without_words"):
        service.declare(session, people.municipality, test.id, schemas.DeclarationInput(has_conflict=True))
    declared = schemas.DeclarationInput(has_conflict=True, note="Min søster arbejder der.")
    service.declare(session, people.municipality, test.id, declared)
    assert tasks.find_task(session, people.municipality, test.id) is None
    shown = _shown(session, people.staff, test)
    assert [(one.state, one.conflict_note) for one in shown.assessors] == [
        ("conflict", "Min søster arbejder der."),
        ("asked", ""),
    ]
    old = own_row(session, test, people.municipality)
    service.replace_assessor(session, people.staff, test.id, old.id, people.admin.user_id or 0)
    assert [one.name for one in _shown(session, people.staff, test).assessors] == ["Alma Admin", "Nils Nabo"]
    with pytest.raises(Refused, match="assessor_twice"):
        new = own_row(session, test, people.admin)
        service.replace_assessor(session, people.staff, test.id, new.id, people.municipality.user_id or 0)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("municipality", "municipality", "assessor_twice"),
        ("municipality", "rival", "assessor_unknown"),
        ("municipality", "newcomer", "assessor_unknown"),
        ("municipality", "loner", "assessor_unknown"),
        ("municipality", "auditor", "assessor_unknown"),
        ("sender", "municipality", "assessor_own"),
        ("admin", "municipality", "assessor_own"),
    ],
)
def test_who_cannot_assess_is_not_named(
    session: Session, people: People, first: str, second: str, code: str
) -> None:
    themes = _themes(session)
    idea = add_idea(session, people.neighbour)
    if first == "admin":
        _sign(session, idea.id, people.municipality, None)
    everybody = people.all() | {"sender": people.neighbour}
    with pytest.raises(Refused, match=code):
        begin(
            session,
            people.staff,
            everybody[first],
            everybody[second],
            strategy_id=themes[0].strategy_id,
            idea_id=idea.id,
        )


def test_nobody_assesses_an_idea_that_they_may_not_read(session: Session, people: People) -> None:
    themes = _themes(session)
    idea = put_said(session, "skjult", kind="idea", visibility="staff")
    with pytest.raises(Refused, match="assessor_cannot_read"):
        begin(
            session,
            people.staff,
            people.admin,
            people.municipality,
            strategy_id=themes[0].strategy_id,
            idea_id=idea.id,
        )


def test_an_assessment_without_a_reason_for_each_theme_is_not_finished(
    session: Session, people: People
) -> None:
    test = _idea_test(session, people)
    own = assess(session, test, people.municipality, "hits", None, "not")
    with pytest.raises(Refused) as refusal:
        service.finish(session, people.municipality, test.id, own.version)
    assert (refusal.value.code, refusal.value.values) == ("assessment_incomplete", {"count": 1})
    with pytest.raises(Refused, match="stale"):
        service.finish(session, people.municipality, test.id, own.version - 1)
    finish(session, test, people.municipality, "hits", "partly", "not")
    with pytest.raises(Refused, match="assessor_finished"):
        assess(session, test, people.municipality, "not", "not", "not")


def test_a_retest_after_the_strategy_changed_leaves_the_old_test_as_it_was(
    session: Session, people: People
) -> None:
    test = _settled(session, people)
    service.publish_test(session, people.staff, test.id)
    themes = session.scalars(select(Theme).order_by(Theme.position)).all()
    out_of_date = lists.Choice(is_out_of_date=True)
    assert lists.list_tests(session, STRANGER, out_of_date).total == 0
    themes[0].name, themes[1].ended_at = "Nær velfærd", now()
    session.flush()
    add_theme_rows(session, "Sikkerhed")
    (line,) = lists.list_tests(session, STRANGER, out_of_date).tests
    assert [(one.kind, one.before, one.after) for one in line.changes] == [
        ("renamed", "Velfærd", "Nær velfærd"),
        ("removed", "Klima", ""),
        ("added", "", "Sikkerhed"),
    ]
    assert [one.name for one in _shown(session, STRANGER, test).themes] == ["Velfærd", "Klima", "Kompetencer"]
    again = schemas.RetestInput.model_validate(
        {"assessor_ids": [people.admin.user_id, people.neighbour.user_id]}
    )
    later = service.retest(session, people.staff, test.id, again)
    shown, old = _shown(session, people.staff, later), _shown(session, people.staff, test)
    assert [one.name for one in shown.themes] == ["Nær velfærd", "Kompetencer", "Sikkerhed"]
    assert (shown.earlier_id, shown.later_id, old.earlier_id, old.later_id) == (test.id, None, None, later.id)
    assert (old.outcome, [one.value for one in old.themes]) == ("through", ["hits", "not", "partly"])
    # Others do not hear of the new one before it is published; it is out of date to them still.
    assert _shown(session, STRANGER, test).later_id is None
    assert lists.list_tests(session, STRANGER, out_of_date).total == 1
    assert lists.list_tests(session, people.staff, out_of_date).total == 0
    with pytest.raises(Refused, match="test_retested"):
        service.retest(session, people.staff, test.id, again)


def test_what_a_municipality_tests_alone_reaches_nobody_else_and_no_log(
    session: Session, people: People
) -> None:
    test = _private(session, people)
    declare(session, test, people.municipality)
    finish(session, test, people.municipality, "not", "not", "partly")
    shown = _shown(session, _colleague(session, people), test)
    assert (shown.subject.title, shown.outcome) == ("Kanarie-projekt", "drawing_board")
    assert shown.is_private
    for name, who in (people.all() | {"system": SYSTEM}).items():
        if name == "municipality":
            continue
        assert queries.find_test(session, who, test.id) is None
        assert tasks.find_task(session, who, test.id) is None
        assert lists.list_tests(session, who).total == 0
        assert lists.build_matrix(session, who, shown.strategies[0].id).rows == ()
        with pytest.raises(NotFound):
            service.publish_test(session, who, test.id)
    logged = json.dumps([[one.before, one.after] for one in session.scalars(select(AuditEntry))])
    assert "Kanarie" not in logged
    with pytest.raises(Refused, match="test_by_one"):
        service.open_test(session, people.municipality, test.id)


def test_one_of_a_municipality_presses_its_own_project_in_one_go(session: Session, people: People) -> None:
    themes = _themes(session)
    said = [{"theme_id": one.id, "value": "not", "reason": "Det gør det ikke"} for one in themes]
    given: dict[str, Any] = {"title": "Robotstøvsugere", "strategy_ids": [themes[0].strategy_id]}
    with pytest.raises(Refused, match="assessment_incomplete"), session.begin_nested():
        service.press_alone(
            session, people.municipality, schemas.AloneInput.model_validate(given | {"themes": said[:2]})
        )
    alone = schemas.AloneInput.model_validate(given | {"themes": said})
    shown = _shown(session, people.municipality, service.press_alone(session, people.municipality, alone))
    assert (shown.state, shown.outcome, shown.wanted) == ("settled", "drawing_board", 1)
    assert [(one.name, one.given[0].reason) for one in shown.missing] == [
        (name, "Det gør det ikke") for name in ("Velfærd", "Klima", "Kompetencer")
    ]
    with pytest.raises(NotAllowed):
        service.press_alone(session, people.staff, alone)


def test_who_has_left_the_municipality_no_longer_reads_or_assesses(session: Session, people: People) -> None:
    test = _private(session, people)
    declare(session, test, people.municipality)
    gone = replace(people.municipality, organisation_id=people.neighbour.organisation_id)
    unconfirmed = replace(people.municipality, is_confirmed=False)
    assert (
        service.save_assessment(
            session, people.municipality, test.id, schemas.AssessmentInput(version=1)
        ).version
        == 2
    )
    for who in (gone, unconfirmed):
        assert queries.find_test(session, who, test.id) is None
        assert tasks.list_tasks(session, who) == tasks.Tasks((), 0)
        with pytest.raises(NotFound):
            service.finish(session, who, test.id, 2)


def test_a_municipality_opens_its_test_to_staff_who_alone_publishes_it(
    session: Session, people: People
) -> None:
    colleague = _colleague(session, people)
    themes = _themes(session)
    pair = (people.municipality, colleague)
    test = begin(
        session, people.municipality, *pair, strategy_id=themes[0].strategy_id, title="Fælles vagtplan"
    )
    declare(session, test, *pair)
    for one in pair:
        finish(session, test, one, "hits", "not", "not")
    service.open_test(session, colleague, test.id)
    assert queries.find_test(session, STRANGER, test.id) is None
    with pytest.raises(NotAllowed):
        service.publish_test(session, people.municipality, test.id)
    service.publish_test(session, people.staff, test.id)
    shown = _shown(session, people.rival, test)
    assert [(one.name, one.organisation_name) for one in shown.assessors] == [("", "Her Kommune")] * 2
    with pytest.raises(Refused, match="test_published"):
        service.close_test(session, colleague, test.id)
    service.take_back_test(session, colleague, test.id)
    service.close_test(session, colleague, test.id)
    assert queries.find_test(session, people.staff, test.id) is None


@pytest.mark.parametrize("hidden", [False, True])
def test_the_rule_of_who_sees_a_test_is_the_same_in_words_and_in_sql(
    session: Session, people: People, hidden: bool
) -> None:
    published, running = _settled(session, people), None
    service.publish_test(session, people.staff, published.id)
    themes = session.scalars(select(Theme).order_by(Theme.id)).all()
    project = put_a_project(session)
    colleague = _colleague(session, people)
    running = begin(
        session,
        people.staff,
        people.neighbour,
        people.admin,
        strategy_id=themes[0].strategy_id,
        project_id=project.id,
    )
    declare(session, running, people.neighbour)
    private = begin(
        session,
        people.municipality,
        people.municipality,
        colleague,
        strategy_id=themes[0].strategy_id,
        title="Eget",
    )
    opened = begin(
        session,
        people.municipality,
        people.municipality,
        colleague,
        strategy_id=themes[0].strategy_id,
        title="Åbnet",
    )
    opened.opened_at = now()
    if hidden:
        session.get_one(Contribution, published.idea_id).hidden_at = now()
    session.flush()
    for name, who in (people.all() | {"colleague": colleague, "system": SYSTEM}).items():
        seen = set(session.scalars(select(PressureTest.id).where(policy.visible_to(who))))
        for test in (published, running, private, opened):
            rows = session.scalars(
                select(Assessor).where(Assessor.test_id == test.id).order_by(Assessor.id)
            ).all()
            declared = any(policy.is_assessing(who, one, test) and one.conflict == "none" for one in rows)
            is_seen = not hidden or test is not published or who.is_staff or name in ("vendor",)
            assert (test.id in seen) == policy.may_see(who, test, is_seen, declared), (name, test.id)


def test_assessments_are_seen_by_the_same_rule_in_words_and_in_sql(session: Session, people: People) -> None:
    running = _idea_test(session, people)
    assess(session, running, people.municipality, "hits")
    for who in people.all().values():
        for done in (False, True):
            running.done_at = now() if done else None
            running.outcome = "talk" if done else None
            session.flush()
            seen = set(
                session.scalars(
                    select(Assessor.id)
                    .join(PressureTest, PressureTest.id == Assessor.test_id)
                    .where(policy.assessments_visible_to(who))
                )
            )
            rows = session.scalars(select(Assessor).order_by(Assessor.id)).all()
            assert seen == {one.id for one in rows if policy.may_see_assessment(who, running, one)}


@pytest.mark.parametrize(
    "name", ["stranger", "vendor", "rival", "consultancy", "auditor", "loner", "newcomer"]
)
def test_others_begin_no_test_and_define_no_criteria(session: Session, people: People, name: str) -> None:
    who = people.all()[name]
    themes = _themes(session)
    idea = add_idea(session, people.vendor)
    with pytest.raises(NotAllowed):
        begin(
            session,
            who,
            people.municipality,
            people.admin,
            strategy_id=themes[0].strategy_id,
            idea_id=idea.id,
        )
    with pytest.raises(NotAllowed):
        criteria.add_criterion(session, who, schemas.CriterionInput(name="Modenhed"))


def test_scores_are_weighed_and_summed_and_frozen_with_the_test(session: Session, people: People) -> None:
    maturity = criteria.add_criterion(
        session, people.staff, schemas.CriterionInput(name="Modenhed", weight=3)
    )
    criteria.add_criterion(
        session, people.staff, schemas.CriterionInput(name="Spredning", weight=1, position=2)
    )
    test = _idea_test(session, people, with_criteria=True)
    criteria.edit_criterion(
        session, people.staff, maturity.id, schemas.CriterionInput(name="Parathed", weight=9, version=1)
    )
    criteria.retire_criterion(session, people.staff, maturity.id, 2)
    finish(session, test, people.municipality, "hits", "not", "not", scores=[5, 2])
    assert _shown(session, people.staff, test).total is None
    finish(session, test, people.admin, "hits", "not", "not", scores=[2, 3])
    shown = _shown(session, people.staff, test)
    assert [(one.name, one.weight, one.mean, one.is_apart) for one in shown.criteria] == [
        ("Modenhed", 3, Decimal("3.5"), True),
        ("Spredning", 1, Decimal("2.5"), False),
    ]
    assert (shown.total, shown.best_total) == (Decimal("13.0"), 20)
    assert [one.name for one in criteria.list_criteria(session, STRANGER)] == ["Spredning"]


def test_the_matrix_shows_the_latest_test_of_each_and_the_themes_that_nothing_hits(
    session: Session, people: People
) -> None:
    test = _settled(session, people)
    service.publish_test(session, people.staff, test.id)
    strategy_id = session.scalars(select(Theme.strategy_id)).first() or 0
    matrix = lists.build_matrix(session, STRANGER, strategy_id)
    assert [(one.name, one.hits) for one in matrix.columns] == [
        ("Velfærd", 1),
        ("Klima", 0),
        ("Kompetencer", 0),
    ]
    assert [(one.title, list(one.cells.values())) for one in matrix.rows] == [
        ("Roligere nætter", ["hits", "not", "partly"])
    ]
    assert [one.name for one in matrix.gaps] == ["Klima", "Kompetencer"]


def test_the_matrix_is_paged_and_its_columns_tell_of_all_pages(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS_PER_PAGE", 2)
    _settled(session, people)
    strategy_id = session.scalars(select(Theme.strategy_id)).first() or 0
    for number in range(2):
        idea = add_idea(session, people.vendor, title=f"Idé {number}")
        pair = (people.municipality, people.admin)
        more = begin(session, people.staff, *pair, strategy_id=strategy_id, idea_id=idea.id)
        declare(session, more, *pair)
        for who in pair:
            finish(session, more, who, "not", "hits", "not")
    first, second, past = (
        lists.build_matrix(session, people.staff, strategy_id, page=page) for page in (1, 2, 9)
    )
    titles = [[row.title for row in matrix.rows] for matrix in (first, second, past)]
    assert titles == [["Idé 1", "Idé 0"], ["Roligere nætter"], ["Idé 1", "Idé 0"]]
    assert (first.total, first.pages, second.page, past.page) == (3, 2, 2, 1)
    assert [[one.hits for one in matrix.columns] for matrix in (first, second)] == [[1, 2, 0], [1, 2, 0]]
    assert [one.name for one in second.gaps] == ["Kompetencer"]


def test_lists_take_as_many_statements_for_many_as_for_one(session: Session, people: People) -> None:
    test = _settled(session, people)
    strategy_id = session.scalars(select(Theme.strategy_id)).first() or 0

    def count() -> list[int]:
        return [
            _count(session, lambda: lists.list_tests(session, people.staff)),
            _count(
                session, lambda: lists.list_tests(session, people.staff, lists.Choice(is_out_of_date=True))
            ),
            _count(session, lambda: lists.build_matrix(session, people.staff, strategy_id)),
        ]

    one = count()
    for number in range(12):
        idea = add_idea(session, people.vendor, title=f"Idé {number}")
        more = begin(
            session,
            people.staff,
            people.municipality,
            people.admin,
            strategy_id=strategy_id,
            idea_id=idea.id,
        )
        declare(session, more, people.municipality, people.admin)
        finish(session, more, people.municipality, "not", "not", "not")
        finish(session, more, people.admin, "not", "not", "not")
    assert one == count() == [3, 3, 3]
    assert lists.list_tests(session, people.staff).total == 13
    assert theme_ids(session, test)


def test_the_archive_puts_a_test_in_once(session: Session, people: People) -> None:
    _themes(session)
    strategy_id = session.scalars(select(Theme.strategy_id)).first() or 0
    project = put_a_project(session)

    def told(value: str) -> dict[str, Any]:
        paths = ("velfærd", "klima", "kompetencer")
        return {"themes": {f"strategi-2026/{path}": {"value": value, "reason": "Eksempel"} for path in paths}}

    for theme in session.scalars(select(Theme)):
        theme.key = {"Velfærd": "velfaerd", "Klima": "klima", "Kompetencer": "kompetencer"}[theme.name]
    session.flush()
    facts = schemas.PressureTestFacts.model_validate(
        {
            "key": "eksempel-1",
            "project_id": project.id,
            "strategy_ids": [strategy_id],
            "made_at": now(),
            "published_at": now(),
            "is_example": True,
            "assessors": [
                {"themes": {path.replace("æ", "ae"): said for path, said in told(value)["themes"].items()}}
                for value in ("hits", "partly")
            ],
        }
    )
    test = put_test(session, SYSTEM, facts)
    assert put_test(session, SYSTEM, facts) is test
    shown = _shown(session, STRANGER, test)
    assert (shown.outcome, shown.is_example, [one.value for one in shown.themes]) == (
        "drawing_board",
        True,
        ["partly"] * 3,
    )
    with pytest.raises(NotAllowed):
        put_test(session, people.staff, facts)
