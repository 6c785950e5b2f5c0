"""Who tests, who assesses, and who reads what of it.

Staff tests ideas and projects; a municipality's confirmed people test for themselves, and nobody else knows
of it, staff neither, until they open it. An assessor reads nothing of the other one's until all are done.
"""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.projects.models import Project
from app.domain.projects.policy import visible_to as projects_visible_to


class Tested(Protocol):
    """What the rules look at: a row, or a view of one."""

    @property
    def owner_id(self) -> int | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def done_at(self) -> datetime | None: ...


class Assessing(Protocol):
    """What the rules look at of an assessor."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def conflict(self) -> str | None: ...
    @property
    def replaced_at(self) -> datetime | None: ...


def may_define_criteria(actor: Actor) -> bool:
    """Say what is scored beside the themes."""
    return actor.is_staff


def may_test(actor: Actor) -> bool:
    """Begin a test: staff, and a municipality's confirmed people for themselves."""
    return actor.is_staff or may_test_privately(actor)


def may_test_privately(actor: Actor) -> bool:
    return own_municipality(actor) is not None and not actor.only_reads


def may_assess_somewhere(actor: Actor) -> bool:
    """Come in where one assesses; of what is asked there."""
    return actor.is_signed_in and not actor.only_reads


def own_municipality(actor: Actor) -> int | None:
    """The municipality that the actor is known to speak for."""
    return actor.organisation_id if actor.is_municipality and actor.is_confirmed else None


def is_of_own_house(actor: Actor, test: Tested) -> bool:
    """Whether the test was made by those that the actor speaks for."""
    if test.owner_id is None:
        return actor.is_staff
    return test.owner_id == own_municipality(actor)


def may_lead(actor: Actor, test: Tested) -> bool:
    """Name who assesses, test again, call it off; and of a municipality's own, open it to staff."""
    return is_of_own_house(actor, test) and not actor.only_reads


def may_open(actor: Actor, test: Tested) -> bool:
    """Let staff read and publish a municipality's own test, or take that back: the municipality."""
    return test.owner_id is not None and may_lead(actor, test)


def may_publish(actor: Actor, test: Tested) -> bool:
    return actor.is_staff and not is_private(test)


def is_private(test: Tested) -> bool:
    return test.owner_id is not None and test.opened_at is None


def is_assessing(actor: Actor, assessor: Assessing, test: Tested) -> bool:
    """Whether the actor is to assess, and has not been replaced or said that there is a conflict.

    In a municipality's own test only while they speak for it.
    """
    is_asked = actor.user_id is not None and actor.user_id == assessor.user_id
    is_inside = test.owner_id is None or test.owner_id == own_municipality(actor)
    return is_asked and is_inside and assessor.replaced_at is None and assessor.conflict != "declared"


def may_agree(actor: Actor, test: Tested, is_assessor: bool) -> bool:
    """Write down what a talk came to: those who made the test, and those who assess it."""
    return may_lead(actor, test) or is_assessor


def may_see(actor: Actor, test: Tested, is_subject_seen: bool, is_declared_assessor: bool) -> bool:
    """The same rule as `visible_to`, for a row at hand. `is_subject_seen`: the actor may read what is tested.
    `is_declared_assessor`: assesses it, and has said that there is no conflict."""
    return is_subject_seen and (
        is_of_own_house(actor, test)
        or test.published_at is not None
        or may_publish(actor, test)
        or is_declared_assessor
    )


def may_see_assessment(actor: Actor, test: Tested, assessor: Assessing) -> bool:
    """The same rule as `assessments_visible_to`, of a test that the actor may see."""
    if assessor.replaced_at is not None:
        return False
    return test.done_at is not None or (actor.user_id is not None and actor.user_id == assessor.user_id)


def may_see_progress(actor: Actor, test: Tested, is_unfinished_assessor: bool) -> bool:
    """Read who has declared and finished: those who look after the test, unless they assess it themselves and
    are not done."""
    return test.done_at is not None or (may_lead(actor, test) and not is_unfinished_assessor)


def may_see_names(actor: Actor, test: Tested, is_assessor: bool) -> bool:
    """Read who assesses by name; others read the organisation."""
    return is_of_own_house(actor, test) or (is_assessor and test.done_at is not None)


# --- the same for SQL


def visible_to(actor: Actor, test: Any = PressureTest) -> ColumnElement[bool]:
    """What the actor may see; `test` may be another name for the table in the same statement."""
    return and_(_subject_is_seen(actor, test), _is_open_to(actor, test))


def _subject_is_seen(actor: Actor, test: Any) -> ColumnElement[bool]:
    idea = exists(
        select(Contribution.id)
        .where(Contribution.id == test.idea_id, said_visible_to(actor))
        .correlate_except(Contribution)
    )
    project = exists(
        select(Project.id)
        .where(Project.id == test.project_id, projects_visible_to(actor))
        .correlate_except(Project)
    )
    return or_(
        and_(test.idea_id.is_(None), test.project_id.is_(None)),
        and_(test.idea_id.is_not(None), idea),
        and_(test.project_id.is_not(None), project),
    )


def _is_open_to(actor: Actor, test: Any) -> ColumnElement[bool]:
    municipality_id = own_municipality(actor)
    own = test.owner_id == municipality_id if municipality_id is not None else false()
    of_staff = or_(test.owner_id.is_(None), test.opened_at.is_not(None)) if actor.is_staff else false()
    seen = or_(test.published_at.is_not(None), own, of_staff)
    if actor.user_id is None:
        return seen
    assessing = exists(
        select(Assessor.id)
        .where(Assessor.test_id == test.id, is_assessing_in_sql(actor), Assessor.conflict == "none")
        .correlate_except(Assessor)
    )
    return or_(seen, and_(assessing, is_inside_in_sql(actor, test)))


def is_assessing_in_sql(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `is_assessing`, but for `is_inside_in_sql`."""
    if actor.user_id is None:
        return false()
    return and_(
        Assessor.user_id == actor.user_id,
        Assessor.replaced_at.is_(None),
        Assessor.conflict.is_distinct_from("declared"),
    )


def is_inside_in_sql(actor: Actor, test: Any = PressureTest) -> ColumnElement[bool]:
    """Of tests of staff, and of the municipality that the actor speaks for."""
    municipality_id = own_municipality(actor)
    if municipality_id is None:
        return test.owner_id.is_(None)
    return or_(test.owner_id.is_(None), test.owner_id == municipality_id)


def assessments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """What assessors said, of tests that the actor may see: nothing before all are done but one's own."""
    own = Assessor.user_id == actor.user_id if actor.user_id is not None else false()
    return and_(Assessor.replaced_at.is_(None), or_(PressureTest.done_at.is_not(None), own))


def is_subject_visible(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may read what is tested, whatever the test."""
    return _subject_is_seen(actor, PressureTest)
