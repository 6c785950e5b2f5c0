"""One request, one transaction: committed before the answer leaves, and nothing kept of a refused one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import Response
from sqlalchemy import select, text

from app.core.audit import AuditEntry, record
from app.http.forms import SentForm
from app.http.visit import AVisit, anyone, only
from app.web.duties import AboutPage
from tests.site import Site


def is_nobody(actor: object) -> bool:
    return False


@pytest.fixture
def lab(site: Site) -> Iterator[Site]:
    """The site with a few routes of the test's own."""

    @site.app.post("/test/write", dependencies=[anyone])
    def write(visit: AVisit, form: SentForm) -> Response:
        if before := visit.done_before(form):
            return before
        record(visit.session, visit.actor, "test", "thing", 1)
        return visit.done(form, "/test/done")

    @site.app.post("/test/refuse", dependencies=[anyone])
    def refuse(visit: AVisit, form: SentForm) -> Response:
        record(visit.session, visit.actor, "test", "thing", 2)
        return visit.page(AboutPage(), 422)

    @site.app.post("/test/break", dependencies=[anyone])
    def break_commit(visit: AVisit, form: SentForm) -> Response:
        # A constraint that is looked at only when the transaction is committed.
        table = "create temporary table later (i int unique deferrable initially deferred)"
        visit.session.execute(text(table))
        visit.session.execute(text("insert into later values (1), (1)"))
        return visit.go("/test/done")

    @site.app.post("/test/closed", dependencies=[only(is_nobody)])
    def closed(visit: AVisit, form: SentForm) -> Response:
        return visit.go("/test/done")

    yield site


def count_entries(site: Site) -> int:
    with site.unit() as session:
        return len(session.scalars(select(AuditEntry.id).where(AuditEntry.verb == "test")).all())


def test_a_write_is_answered_by_303_after_it_is_kept(lab: Site) -> None:
    response = lab.browser().post("/test/write")
    assert (response.status_code, response.headers["location"]) == (303, "/test/done")
    assert count_entries(lab) == 1


def test_the_same_key_twice_writes_once_and_gives_the_same_answer(lab: Site) -> None:
    fields = {"key": str(uuid4())}
    answers = [lab.browser().post("/test/write", fields) for _ in range(3)]
    assert {(a.status_code, a.headers["location"]) for a in answers} == {(303, "/test/done")}
    assert count_entries(lab) == 1


def test_the_same_key_of_another_person_is_another_write(lab: Site) -> None:
    fields = {"key": str(uuid4())}
    lab.browser("vendor").post("/test/write", fields)
    lab.browser("rival").post("/test/write", fields)
    assert count_entries(lab) == 2


def test_nothing_is_kept_of_a_refused_form(lab: Site) -> None:
    assert lab.browser().post("/test/refuse").status_code == 422
    assert count_entries(lab) == 0


def test_a_redirect_keeps_the_readers_language(lab: Site) -> None:
    assert lab.browser().post("/en/test/write").headers["location"] == "/en/test/done"


def test_a_stranger_at_a_closed_door_is_sent_to_sign_in(lab: Site) -> None:
    response = lab.browser().post("/test/closed")
    assert (response.status_code, response.headers["location"]) == (303, "/log-ind?videre=%2F")


def test_somebody_at_a_door_that_is_not_theirs_gets_403(lab: Site) -> None:
    assert lab.browser("vendor").post("/test/closed").status_code == 403


def test_a_commit_that_fails_is_never_answered_as_done(lab: Site) -> None:
    assert lab.browser().post("/test/break").status_code == 500
