"""What somebody said, or was said for their organisation, with what became of it: by its state, as far as it
has come. What hangs under a lead stands where its lead does; a need, where its municipalities say that it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.gathering_models import Gathered
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.needs.models import NeedDetails
from app.domain.contributions.policy import OPEN_STATUSES, is_sent_in_sql, visible_to
from app.domain.contributions.queries import (
    _NEWEST_ANSWER,
    NEWEST,
    AnswerView,
    Listing,
    _answer_rows,
    _answer_view,
    _chosen,
    page_of,
    paged,
)

C = Contribution
_Lead = aliased(Contribution)

MOST_ANSWERS = 300

State = Literal["asked", "late", "waiting", "answered", "promised", "done", "draft"]
STATES: Final[tuple[State, ...]] = ("asked", "late", "waiting", "answered", "promised", "done", "draft")
Way = Literal["sent", "aloud"]
WAYS: Final[tuple[Way, ...]] = ("sent", "aloud")


@dataclass(frozen=True, slots=True)
class OwnFilters:
    """What the list is narrowed to; None narrows nothing. `way`: sent by its author, or said aloud and
    written down by somebody else."""

    state: State | None = None
    way: Way | None = None


EVERYTHING: Final = OwnFilters()


def is_own_or_of_own(actor: Actor) -> ColumnElement[bool]:
    """The actor's own and those of the own organisation, also said aloud in a group, or written in a room
    under whatever name."""
    if actor.user_id is None:
        return false()
    own: ColumnElement[bool] = C.said_by_user_id == actor.user_id
    if actor.organisation_id is not None:
        own = or_(own, C.on_behalf_of_id == actor.organisation_id)
    if actor.seats:
        # Also what was written in a room under no name.
        own = or_(own, C.attendee_id.in_(sorted(seat for _, seat in actor.seats)))
    return own


def _of_lead(column: str) -> ColumnElement[str]:
    """A column of the lead that it hangs under, or its own."""
    led = (
        select(getattr(_Lead, column))
        .join(Gathered, Gathered.lead_id == _Lead.id)
        .where(Gathered.contribution_id == C.id)
        .correlate(C)
        .scalar_subquery()
    )
    return case((C.status == "gathered", led), else_=getattr(C, column))


def _states() -> Mapping[State, ColumnElement[bool]]:
    status, answer_by = _of_lead("status"), _of_lead("answer_by")
    is_late = and_(C.published_at.is_not(None), func.coalesce(answer_by < today(), false()))
    is_open = status.in_(OPEN_STATUSES)
    asked = C.status == "needs_info"
    is_missed = and_(is_open, is_late)
    # A need waits for an answer and moves on meanwhile; one whose answer is late is still called so.
    need_state = _need_state()
    has_moved = and_(need_state.in_(tuple(_MOVED.values())), ~asked, ~is_missed, C.status != "withdrawn")

    def stands(state: State, *statuses: str) -> ColumnElement[bool]:
        by_status = and_(status.in_(statuses), ~has_moved)
        return or_(by_status, and_(has_moved, need_state == _MOVED[state]))

    return {
        "asked": asked,
        "late": and_(is_missed, ~asked),
        "waiting": and_(is_open, ~asked, ~is_late, ~has_moved),
        "answered": stands("answered", "answered", "declined"),
        "promised": stands("promised", "planned", "in_progress"),
        "done": stands("done", "done", "effect_measured"),
        "draft": status == "draft",
    }


# Where a need stands that has moved on: {state: how far it has come}.
_MOVED: Final[Mapping[State, str]] = {
    "answered": "dropped",
    "promised": "in_progress",
    "done": "carried_out",
}


def _need_state() -> ColumnElement[str]:
    """How far a need has come; empty of what is none."""
    state = select(NeedDetails.state).where(NeedDetails.contribution_id == C.id).correlate(C)
    return func.coalesce(state.scalar_subquery(), "")


def _ways() -> Mapping[Way, ColumnElement[bool]]:
    return {"sent": is_sent_in_sql(), "aloud": ~is_sent_in_sql()}


def list_own(
    session: Session,
    actor: Actor,
    filters: OwnFilters = EVERYTHING,
    *,
    page: int = 1,
    per_page: int = 30,
) -> Listing:
    """One page: what waits for oneself first, a question from staff before a draft, then the newest."""
    return read(session, own_of(actor, filters, page=page, per_page=per_page))


def own_of(
    actor: Actor, filters: OwnFilters = EVERYTHING, *, page: int = 1, per_page: int = 30
) -> Asking[Listing]:
    """The same, to be asked beside others."""
    return page_of(_own(actor, filters), {}, page, per_page, "own")


@kept
def _own(actor: Actor, filters: OwnFilters) -> Select[Any]:
    states = _states()
    conditions = [is_own_or_of_own(actor)]
    if filters.state is not None:
        conditions.append(states[filters.state])
    if filters.way is not None:
        conditions.append(_ways()[filters.way])
    order = (states["asked"].desc(), (C.status == "draft").desc(), *NEWEST)
    return paged(actor, _chosen(actor, *conditions), order, "own")


def count_own(session: Session, actor: Actor, filters: OwnFilters) -> dict[str, int]:
    """How many there are in each state and of each way, the other filter kept; `all` of them and
    `asked_in_all` whatever the filters. One statement."""
    return read(session, own_counted(actor, filters))


def own_counted(actor: Actor, filters: OwnFilters) -> Asking[dict[str, int]]:
    """The same, to be asked beside others."""
    (row,) = yield from asked(_own_counted(actor, filters))
    return dict(row._mapping)


@kept
def _own_counted(actor: Actor, filters: OwnFilters) -> Select[Any]:
    states, ways = _states(), _ways()
    of_state = states[filters.state] if filters.state is not None else true()
    of_way = ways[filters.way] if filters.way is not None else true()
    counts = [func.count().filter(holds, of_way).label(name) for name, holds in states.items()]
    counts += [func.count().filter(holds, of_state).label(name) for name, holds in ways.items()]
    counts += [func.count().filter(states["asked"]).label("asked_in_all"), func.count().label("all")]
    return select(*counts).select_from(C).where(visible_to(actor), is_own_or_of_own(actor))


def list_answers_to_each(
    session: Session, actor: Actor, contribution_ids: Sequence[int]
) -> dict[int, tuple[AnswerView, ...]]:
    """{contribution id: what was published in answer to it, the newest first}; two statements. That the actor
    may see the contributions has been asked."""
    about: dict[int, list[int]] = {}
    pairs = session.execute(
        select(AnswerContribution.answer_id, AnswerContribution.contribution_id)
        .where(AnswerContribution.contribution_id.in_(contribution_ids))
        .order_by(AnswerContribution.answer_id.desc(), AnswerContribution.contribution_id)
        .limit(MOST_ANSWERS)
    )
    for answer_id, contribution_id in pairs:
        about.setdefault(answer_id, []).append(contribution_id)
    found: dict[int, tuple[AnswerView, ...]] = {}
    if not about:
        return found
    published = _answer_rows(actor).where(Answer.id.in_(about), Answer.published_at.is_not(None))
    for row in session.execute(published.order_by(*_NEWEST_ANSWER)):
        answer = _answer_view(row)
        for contribution_id in about[answer.id]:
            found[contribution_id] = (*found.get(contribution_id, ()), answer)
    return found
