"""Mails about pressure tests: to who assesses, to who made one, and to staff when a strategy has changed.

What was said of a theme is in none of them; what a municipality tests for itself is not even named.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.core.policy import STRANGER, SYSTEM
from app.domain.organisations.models import Organisation
from app.domain.pressure_tests.events import (
    AssessorsApart,
    AssessorsNamed,
    ConflictDeclared,
    PressureTestSettled,
    TestsOutOfDate,
)
from app.domain.pressure_tests.lists import Choice, list_tests
from app.domain.pressure_tests.models import Assessor, PressureTest
from app.domain.pressure_tests.queries import find_subject
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff
from app.notices.post import Post, Receiver


def ask_to_assess(post: Post, named: AssessorsNamed) -> None:
    """To each who is to assess, but not to who named themselves."""
    test = post.session.get_one(PressureTest, named.test_id)
    rows = post.session.execute(
        select(User.id, User.email, User.name, User.language)
        .join(Assessor, Assessor.user_id == User.id)
        .where(Assessor.id.in_(named.assessor_ids), User.id.is_distinct_from(test.made_by_id))
        .order_by(Assessor.position)
    ).all()
    _send(post, test, rows, "press_asked")


def tell_of_conflict(post: Post, declared: ConflictDeclared) -> None:
    """To who began the test: somebody else is to be named. What the interest is, is read on the page."""
    test = post.session.get_one(PressureTest, declared.test_id)
    _send(post, test, _list_people(post, test, assessors=False), "press_conflict")


def tell_of_difference(post: Post, apart: AssessorsApart) -> None:
    """To who began it and to those who assessed: it is to be talked over."""
    test = post.session.get_one(PressureTest, apart.test_id)
    _send(post, test, _list_people(post, test), "press_apart")


def tell_of_result(post: Post, settled: PressureTestSettled) -> None:
    """To the same: there is a result. Nobody is told of what they have just made alone."""
    test = post.session.get_one(PressureTest, settled.test_id)
    if test.wanted > 1:
        _send(post, test, _list_people(post, test), "press_settled")


def tell_of_changes(post: Post, changed: TestsOutOfDate) -> None:
    """To all on the staff, one mail for all that are out of date."""
    choice = Choice(test_ids=changed.test_ids)
    lines = list_tests(post.session, SYSTEM, choice, per_page=len(changed.test_ids)).tests
    if not lines:
        return
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .where(User.email.is_not(None), is_on_staff())
        .order_by(User.id)
    )
    for row in rows.all():
        post.send(Receiver(*row), "press_out_of_date", is_bulk=True, lines=lines)


def _list_people(post: Post, test: PressureTest, *, assessors: bool = True) -> list[tuple[object, ...]]:
    """Who began it, and who assesses it; each once."""
    assessing = select(Assessor.user_id).where(Assessor.test_id == test.id, Assessor.replaced_at.is_(None))
    ids = {test.made_by_id}
    if assessors:
        ids |= set(post.session.scalars(assessing))
    rows = post.session.execute(
        select(User.id, User.email, User.name, User.language)
        .where(User.id.in_([one for one in ids if one is not None]), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [tuple(row) for row in rows]


def _send(post: Post, test: PressureTest, rows: Iterable[tuple[object, ...]], name: str) -> None:
    subject, owner = None, ""
    if test.owner_id is None:
        # Only what strangers may read too: a mail lies in places that we do not know.
        subject = find_subject(post.session, STRANGER, test.id)
    else:
        owner = post.session.scalars(select(Organisation.name).where(Organisation.id == test.owner_id)).one()
    for _user_id, email, person, language in rows:
        to = Receiver(email, person, language)  # type: ignore[arg-type]
        post.send(to, name, tested=subject, owner=owner, test_id=test.id)
