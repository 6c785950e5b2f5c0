"""How much was said of each theme, at which meetings and under which aspects; and what nobody has promised.

Each function sends one statement. It takes rows, {a theme: all the ids that it means}, as
`crosswalk.themes_meaning_each` gives them, so that what was said under an old theme counts under the new one.
A contribution counts once in each cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    distinct,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.gathered import lead_of
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import answers_visible_to, is_listed, visible_to
from app.domain.strategies.crosswalk import pair_up, pairs_of, split_pairs

C = Contribution
Rows = Mapping[int, Sequence[int]]  # {theme id: the ids of all that it means}
SAID = ("card", "question", "wish", "idea", "need")
WISHED = ("wish", "need")


@dataclass(frozen=True, slots=True)
class Cell:
    """How many contributions; `column` is the id of a meeting or the code of an aspect."""

    theme_id: int
    column: int | str
    count: int


@dataclass(frozen=True, slots=True)
class Unpromised:
    """A theme with so many wishes and needs, of which so many were promised something."""

    theme_id: int
    wishes: int
    promised: int


def count_by_meeting(session: Session, actor: Actor, rows: Rows, kinds: Sequence[str] = SAID) -> list[Cell]:
    """How much was said under each theme at each meeting; cells that would be 0 are left out."""
    return read(session, _counted(actor, rows, kinds, "meeting_id"))


def count_by_aspect(session: Session, actor: Actor, rows: Rows, kinds: Sequence[str] = SAID) -> list[Cell]:
    """How much was said under each theme about each aspect; cells that would be 0 are left out."""
    return read(session, counted_by_aspect(actor, rows, kinds))


def counted_by_aspect(actor: Actor, rows: Rows, kinds: Sequence[str] = SAID) -> Asking[list[Cell]]:
    """The same, to be asked beside others."""
    return _counted(actor, rows, kinds, "aspect")


def _counted(
    actor: Actor, rows: Rows, kinds: Sequence[str], place: Literal["aspect", "meeting_id"]
) -> Asking[list[Cell]]:
    if not rows:
        return []
    row_ids, theme_ids = split_pairs(rows)
    values = {"counted_rows": row_ids, "counted_under": theme_ids, "counted_kinds": list(kinds)}
    return [
        Cell(row.row_id, row.place, row.number) for row in (yield from asked(_counts(actor, place), values))
    ]


@kept
def _counts(actor: Actor, place: Literal["aspect", "meeting_id"]) -> Select[Any]:
    column = getattr(C, place)
    under = pairs_of(
        bindparam("counted_rows", type_=ARRAY(BigInteger)),
        bindparam("counted_under", type_=ARRAY(BigInteger)),
    )
    is_of_kind = C.kind.in_(bindparam("counted_kinds", expanding=True))
    return (
        select(under.c.row_id, column.label("place"), func.count(distinct(C.id)).label("number"))
        .select_from(under)
        .join(ContributionTheme, ContributionTheme.theme_id == under.c.theme_id)
        .join(C, C.id == ContributionTheme.contribution_id)
        .where(visible_to(actor), is_listed(), is_of_kind, column.is_not(None))
        .group_by(under.c.row_id, column)
        .order_by(under.c.row_id, column)
    )


def count_unpromised(
    session: Session, actor: Actor, rows: Rows, promised: Select[tuple[int]] | None = None
) -> list[Unpromised]:
    """For each theme under which something was wished for, how much, and how much of it was promised; those
    with wishes and no promise first, the most wishes first.

    Promised is what an organiser answered with a promise, and what stands in `promised`: a select of the ids
    of contributions, for what rooms above know. What hangs under a lead is promised with its lead.
    """
    if not rows:
        return []
    under = pair_up(rows)
    found = session.execute(
        select(
            under.c.row_id,
            func.count(distinct(C.id)).label("wishes"),
            func.count(distinct(C.id)).filter(_is_promised(actor, promised)).label("promised"),
        )
        .select_from(under)
        .join(ContributionTheme, ContributionTheme.theme_id == under.c.theme_id)
        .join(C, C.id == ContributionTheme.contribution_id)
        .where(visible_to(actor), is_listed(), C.kind.in_(WISHED))
        .group_by(under.c.row_id)
    )
    counted = [Unpromised(row.row_id, row.wishes, row.promised) for row in found]
    return sorted(counted, key=lambda one: (one.promised > 0, -one.wishes, one.theme_id))


def _is_promised(actor: Actor, promised: Select[tuple[int]] | None) -> ColumnElement[bool]:
    own = or_(AnswerContribution.contribution_id == C.id, AnswerContribution.contribution_id == lead_of(C.id))
    answered = exists(
        select(Answer.id)
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(
            and_(own, Answer.kind == "promise", Answer.published_at.is_not(None), answers_visible_to(actor))
        )
        .correlate(C)
    )
    if promised is None:
        return answered
    return or_(answered, C.id.in_(promised), lead_of(C.id).in_(promised))
