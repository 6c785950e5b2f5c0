"""Reading what organisations stand for here: what was said for them, what they signed, what they marked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import Answer, AnswerOrganisation, Contribution, Interest
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.contributions.queries import AnswerView, _answer_rows, _answers_and_total, _newest_of

MOST_ANSWERS = 30
MOST_MARKS = 60

C = Contribution


@dataclass(frozen=True, slots=True)
class Mark:
    """A municipality's interest in a contribution, seen from the municipality."""

    interest: str
    marked_at: datetime
    kind: str
    reference: str
    title: str
    language: str
    status: str
    is_example: bool


def marks_of(actor: Actor, organisation_id: int, page: int = 1) -> Asking[tuple[list[Mark], int]]:
    """What a municipality has marked, as far as the actor may see it, the newest mark first; and how many
    there are. So many a page; past the end, the first page."""
    values = {"marked_by": organisation_id, "marks_listed": MOST_MARKS}
    rows = yield from asked(_marks(actor), values | {"marks_before": (page - 1) * MOST_MARKS})
    if not rows and page > 1:
        rows = yield from asked(_marks(actor), values | {"marks_before": 0})
    found = [dict(row._mapping) for row in rows]
    totals = [values.pop("total") for values in found]
    return [Mark(**values) for values in found], totals[0] if totals else 0


@kept
def _marks(actor: Actor) -> Select[Any]:
    return (
        select(
            Interest.kind.label("interest"),
            Interest.marked_at,
            C.kind,
            C.reference,
            C.title,
            C.language,
            C.status,
            Interest.is_example,
            func.count().over().label("total"),
        )
        .join(C, C.id == Interest.contribution_id)
        .where(
            visible_to(actor),
            Interest.organisation_id == bindparam("marked_by"),
            is_listed(),
        )
        .order_by(Interest.marked_at.desc(), Interest.id.desc())
        .limit(bindparam("marks_listed", type_=Integer))
        .offset(bindparam("marks_before", type_=Integer))
    )


def answers_signed_by(
    actor: Actor, organisation_id: int, page: int = 1
) -> Asking[tuple[list[AnswerView], int]]:
    """The answers that an organisation has signed, the newest first, and how many there are. So many a page;
    past the end, the first page."""
    values = {"signed_by": organisation_id}
    rows = yield from asked(_signed_answers(actor), values | {"answers_before": (page - 1) * MOST_ANSWERS})
    if not rows and page > 1:
        rows = yield from asked(_signed_answers(actor), values | {"answers_before": 0})
    return _answers_and_total(rows)


@kept
def _signed_answers(actor: Actor) -> Select[Any]:
    is_theirs = AnswerOrganisation.organisation_id == bindparam("signed_by")
    signed = select(AnswerOrganisation.answer_id).where(is_theirs)
    newest = _newest_of(_answer_rows(actor).where(Answer.id.in_(signed)), MOST_ANSWERS)
    return newest.offset(bindparam("answers_before", type_=Integer))


def count_said_and_marked(session: Session, actor: Actor) -> dict[int, int]:
    """{organisation id: contributions that the actor may see, said on its behalf or marked by it}."""
    said = select(C.on_behalf_of_id.label("organisation_id"), C.id.label("contribution_id")).where(
        visible_to(actor), is_listed(), C.on_behalf_of_id.is_not(None)
    )
    marked = (
        select(Interest.organisation_id, C.id)
        .join(C, C.id == Interest.contribution_id)
        .where(visible_to(actor), is_listed())
    )
    either = union_all(said, marked).subquery()
    rows = session.execute(
        select(
            either.c.organisation_id, func.count(either.c.contribution_id.distinct()).label("contributions")
        ).group_by(either.c.organisation_id)
    )
    return {row.organisation_id: row.contributions for row in rows}
