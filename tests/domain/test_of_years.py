"""The account of a year: what was promised and what came of it, and how what was said was answered."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.answering.publishing import publish_answer
from app.domain.contributions.of_years import AnsweredYear
from app.domain.follow_through.of_years import Choices, Count, YearReport, gather_year, list_years
from tests.answered import add_prepared_answer
from tests.in_years import add_two_years, at_noon, judge
from tests.people import People
from tests.said import add_wish


def _gather(session: Session, year: int, audience: Any = "everybody") -> YearReport:
    report = gather_year(session, year, Choices(audience))
    assert report is not None
    return report


def test_each_promise_is_accounted_for_in_one_year(session: Session, people: People) -> None:
    add_two_years(session, people)
    with at_noon(2026, 11, 22):
        of_2025, of_2026 = _gather(session, 2025), _gather(session, 2026)
    assert of_2025.total == Count(promised=1, kept=1, broken=1, moved=1)
    assert of_2025.total.share_kept == 50
    assert of_2026.total == Count(waiting=1, late=1)
    assert [(one.theme.name if one.theme else None, one.count) for one in of_2025.themes] == [
        ("Velfærd", Count(kept=1, broken=1)),
        (None, Count(promised=1, moved=1)),
    ]
    assert [(one.organisation_id, one.count) for one in of_2025.others] == [
        (people.vendor.organisation_id, Count(promised=1, waiting=1, late=1))
    ]
    assert of_2025.causes == (("data", 1),)
    assert [(one.line.title, one.old_on, one.new_on, one.days) for one in of_2025.moved] == [
        ("slipped", date(2025, 6, 1), date(2026, 3, 1), 273)
    ]
    assert [(one.effect.value, one.effect.is_reached) for one in of_2025.effects if one.effect] == [
        (64, True)
    ]
    promises = [one.promises for one in of_2026.development]
    assert [(one.year, one.kept, one.broken, one.waiting) for one in promises] == [
        (2025, 1, 1, 0),
        (2026, 0, 0, 1),
    ]


def test_what_only_staff_reads_stands_in_the_report_for_staff_alone(session: Session, people: People) -> None:
    add_two_years(session, people)
    titles = [one.line.title for one in _gather(session, 2025).waiting]
    assert titles == []
    assert [one.line.title for one in _gather(session, 2025, "staff").waiting] == ["secret"]


def test_a_year_without_anything_and_one_that_has_not_begun(session: Session, people: People) -> None:
    with at_noon(2026, 11, 22):
        assert _gather(session, 2019).total == Count()
        assert gather_year(session, 2027, Choices()) is None
        assert list_years(session) == []


def test_the_share_answered_and_the_median_days_of_a_year(session: Session, people: People) -> None:
    with at_noon(2025, 1, 10):
        wishes = [add_wish(session, people.vendor, title=f"Ønske {number}") for number in range(4)]
    for day, wish in ((12, wishes[0]), (20, wishes[1]), (30, wishes[2])):
        with at_noon(2025, 1, day):
            answer = add_prepared_answer(session, people.staff, [wish.id])
            publish_answer(session, people.staff, answer.id, answer.version)
    with at_noon(2026, 11, 22):
        report = _gather(session, 2025)
        assert report.answers == AnsweredYear(2025, asked=4, answered=3, late=1, median_days=10.0)
        assert report.answers.share == 75
        assert (report.verdicts.yes, report.verdicts.total) == (3, 3)
        assert [one.year for one in list_years(session)] == [2025]


@pytest.mark.parametrize("change", ["verdict", "hidden"])
def test_the_stamp_changes_with_what_is_told(session: Session, people: People, change: str) -> None:
    made = add_two_years(session, people)
    with at_noon(2026, 11, 22):
        before = _gather(session, 2025).stamp
        assert _gather(session, 2025).stamp == before
        if change == "verdict":
            judge(session, people, made["vendor"], "kept", "skills")
        else:
            made["broken"].visibility = "staff"
            session.flush()
        assert _gather(session, 2025).stamp != before
