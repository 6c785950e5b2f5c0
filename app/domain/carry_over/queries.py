"""Reading what puts itself forward for a meeting, what was decided of it, and what has happened since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.clock import COPENHAGEN, day_of_in_sql, today
from app.core.kept import kept
from app.core.policy import STRANGER, Actor, require
from app.domain.carry_over.models import AgendaDecision
from app.domain.carry_over.policy import may_carry_over
from app.domain.carry_over.sources import SOURCES, Proposal, is_loose
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import visible_to as commitment_visible_to
from app.domain.contributions.carrying_over import (
    ASKING,
    CARRIED_OUT,
    Scope,
    in_scope,
    is_published_answer,
    waits_for_answer,
)
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.meetings.models import AgendaItem, Meeting, Series
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.statuses import OFF
from app.domain.users.models import User

C = Contribution
MOST_DECISIONS = 2_000  # of one series; the newest
SHOWN_ANSWERS = 3
_MEETING = bindparam("of_meeting", type_=BigInteger)


class Coming(Protocol):
    """A meeting that something is put forward for: a row of it, or a view."""

    @property
    def id(self) -> int: ...
    @property
    def series_key(self) -> str: ...
    @property
    def held_on(self) -> date: ...
    @property
    def is_example(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a thing for a meeting; for staff, with who decided it. `item_title`: where it was
    taken up, as it is drafted; `is_item_off`: the draft has taken that item off the programme."""

    id: int
    thing: str
    thing_id: int
    verdict: str
    note: str
    reasons: tuple[str, ...]
    item_id: int | None
    item_title: str
    is_item_off: bool
    decided_by: str
    decided_at: datetime
    meeting_id: int
    meeting_key: str
    meeting_number: int | None
    meeting_title: str
    meeting_title_en: str
    meeting_held_on: date
    meeting_status: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that puts itself forward, and what was decided of it for earlier meetings, latest first."""

    proposal: Proposal
    earlier: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing in short, as far as the reader may read it."""

    thing: str
    thing_id: int
    said_as: str
    reference: str
    title: str
    title_en: str
    language: str
    is_example: bool
    meeting_key: str | None
    meeting_number: int | None
    meeting_title: str | None
    meeting_title_en: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its thing; `shown` is None where the thing cannot be read any more."""

    decision: Decision
    shown: Shown | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """All that concerns a meeting's programme from earlier: what waits for a decision, and what has one."""

    waiting: tuple[Waiting, ...]
    accepted: tuple[Decided, ...]
    declined: tuple[Decided, ...]


# --- for staff


def list_proposals(session: Session, actor: Actor, scope: Scope) -> list[Proposal]:
    """All that puts itself forward today, whatever was decided of it."""
    require(may_carry_over(actor))
    return [one for source in SOURCES for one in source.propose(session, scope, today())]


def list_for_new(session: Session, actor: Actor, scope: Scope) -> list[Proposal]:
    """What puts itself forward for a meeting that is not made yet. What stands on the programme of another
    meeting that is still to come waits for that one."""
    proposals = list_proposals(session, actor, scope)
    taken = _taken_up_elsewhere(_list_decisions(session, scope.series_key), None)
    return [one for one in proposals if not one.covers & taken]


def find_agenda(session: Session, actor: Actor, meeting: Coming) -> Agenda:
    """What puts itself forward for this meeting and what was decided of it.

    A constant number of statements. What stands on the programme of another meeting that is still to come
    waits for that one.
    """
    proposals = list_proposals(session, actor, scope_of(meeting))
    decisions = _list_decisions(session, meeting.series_key)
    own = [one for one in decisions if one.meeting_id == meeting.id]
    settled = {(one.thing, one.thing_id) for one in own} | _taken_up_elsewhere(decisions, meeting.id)
    waiting = [
        Waiting(one, _find_earlier(one, decisions, meeting)) for one in proposals if not one.covers & settled
    ]
    shown = _show(session, actor, own)
    decided = [Decided(one, shown.get((one.thing, one.thing_id))) for one in own]
    return Agenda(
        tuple(waiting),
        tuple(one for one in decided if one.decision.verdict == "accepted"),
        tuple(one for one in decided if one.decision.verdict == "declined"),
    )


def scope_of(meeting: Coming) -> Scope:
    return Scope(meeting.series_key, meeting.is_example, meeting.id)


def _taken_up_elsewhere(decisions: Iterable[Decision], meeting_id: int | None) -> set[tuple[str, int]]:
    return {
        (one.thing, one.thing_id)
        for one in decisions
        if one.verdict == "accepted"
        and one.meeting_id != meeting_id
        and one.meeting_held_on >= today()
        and one.meeting_status not in OFF
        and not one.is_item_off
    }


def _find_earlier(proposal: Proposal, decisions: Iterable[Decision], meeting: Coming) -> tuple[Decision, ...]:
    """What was decided of it for the meetings before this one."""
    return tuple(
        one
        for one in decisions
        if (one.thing, one.thing_id) in proposal.covers
        and one.meeting_id != meeting.id
        and one.meeting_held_on <= meeting.held_on
        and one.meeting_status not in OFF
    )


def _list_decisions(session: Session, series_key: str | ColumnElement[str]) -> list[Decision]:
    """Those of every meeting of a series, of the latest meeting first."""
    rows = session.execute(
        select(
            AgendaDecision.id,
            AgendaDecision.thing,
            AgendaDecision.thing_id,
            AgendaDecision.verdict,
            AgendaDecision.note,
            AgendaDecision.reasons,
            AgendaDecision.item_id,
            func.coalesce(AgendaItem.draft["title"].astext, AgendaItem.title, "").label("item_title"),
            func.coalesce(AgendaItem.is_removed, False).label("is_item_off"),
            func.coalesce(User.name, "").label("decided_by"),
            AgendaDecision.decided_at,
            Meeting.id.label("meeting_id"),
            Meeting.key.label("meeting_key"),
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.held_on.label("meeting_held_on"),
            Meeting.status.label("meeting_status"),
        )
        .join(Meeting, Meeting.id == AgendaDecision.meeting_id)
        .join(Series, Series.id == Meeting.series_id)
        .outerjoin(AgendaItem, AgendaItem.id == AgendaDecision.item_id)
        .outerjoin(User, User.id == AgendaDecision.decided_by_id)
        .where(Series.key == series_key)
        .order_by(Meeting.held_on.desc(), AgendaDecision.id.desc())
        .limit(MOST_DECISIONS)
    )
    return [Decision(**dict(row._mapping) | {"reasons": tuple(row.reasons)}) for row in rows]


def _show(session: Session, actor: Actor, decisions: Sequence[Decision]) -> dict[tuple[str, int], Shown]:
    if not decisions:
        return {}
    ids = {
        source.thing: cast(
            [one.thing_id for one in decisions if one.thing == source.thing], ARRAY(BigInteger)
        )
        for source in SOURCES
    }
    rows = session.execute(select(_things(actor, ids)))
    return {(row.thing, row.thing_id): Shown(**row._mapping) for row in rows}


def _things(actor: Actor, ids: Mapping[str, ColumnElement[Any]]) -> Any:
    """The things with these ids, as arrays by kind, that the actor may read. Narrowed within each kind, and
    by an array: the database reaches into a union neither from without nor by a list that it has to join."""
    first, *others = (
        source.show(actor).where(source.id_column == any_(ids[source.thing])) for source in SOURCES
    )
    return first.union_all(*others).subquery("things")


# --- for everybody: what was taken up at which item


@dataclass(frozen=True, slots=True)
class LastMeeting:
    """The meeting before, as a page names it."""

    key: str
    number: int | None
    title: str
    title_en: str
    held_on: date
    is_example: bool


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer that has come since. `reference` and `title`: the first thing that it answers, as far as the
    reader may see it; else empty."""

    kind: str
    text: str
    text_en: str
    published_on: date
    is_example: bool
    said_as: str
    reference: str
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Since:
    """What has happened since the last meeting of a series, as far as the reader may see it.

    `answers`: published since, with the newest of them. `promises` and `promises_kept`: all that were made at
    meetings of the series, commitments and answers; what was replaced counts as what stands in its place.
    `late`: should have been answered before today; `waiting`: has no answer yet, and is not late.
    """

    last: LastMeeting
    answers: int
    newest: tuple[NewAnswer, ...]
    promises: int
    promises_kept: int
    late: int
    waiting: int


@dataclass(frozen=True, slots=True)
class FromLast:
    """For the page of a coming meeting. `carried`: what was taken up, by the id of its item."""

    since: Since | None
    carried: Mapping[int, tuple[Shown, ...]]


def carried_at(actor: Actor, meeting_id: int) -> Asking[dict[int, tuple[Shown, ...]]]:
    """What was taken up from earlier meetings, by the id of the item, as far as the reader may see it."""
    (row,) = yield from asked(_carried_at(actor), {"of_meeting": meeting_id})
    return _by_item(row.carried)


@kept
def _carried_at(actor: Actor) -> Select[Any]:
    return select(_carried(actor).label("carried"))


def from_last_of(actor: Actor, meeting: Coming) -> Asking[FromLast]:
    """What has happened since the last meeting of the series, and what was taken up."""
    values = {"of_meeting": meeting.id, "of_series": meeting.series_key}
    (row,) = yield from asked(_from_last(actor, meeting.is_example), values)
    carried = _by_item(row.carried)
    if row.key is None:
        return FromLast(None, carried)
    since = Since(
        LastMeeting(row.key, row.number, row.title, row.title_en, row.held_on, row.is_example),
        row.answers,
        tuple(_new_answer(one) for one in row.newest or ()),
        row.promises,
        row.promises_kept,
        row.open["late"],
        row.open["waiting"],
    )
    return FromLast(since, carried)


@kept
def _from_last(actor: Actor, is_example: bool) -> Select[Any]:
    on = today()
    scope = Scope(bindparam("of_series", type_=Text), is_example, _MEETING)
    last = _last_meeting(actor, scope, on)
    day = select(last.c.held_on).scalar_subquery()
    return (
        select(
            _carried(actor).label("carried"),
            last.c.key,
            last.c.number,
            last.c.title,
            last.c.title_en,
            last.c.held_on,
            last.c.is_example,
            _count_answers(scope, day).label("answers"),
            _newest_answers(actor, scope, day).label("newest"),
            _count_promises(scope).label("promises"),
            _count_promises(scope, only_kept=True).label("promises_kept"),
            _count_open(actor, scope, on).label("open"),
        )
        .select_from(select(true().label("always")).subquery("one"))
        .outerjoin(last, true())
    )


def _by_item(found: list[dict[str, Any]] | None) -> dict[int, tuple[Shown, ...]]:
    by_item: dict[int, tuple[Shown, ...]] = {}
    for one in found or ():
        item_id = one.pop("item_id")
        by_item[item_id] = (*by_item.get(item_id, ()), Shown(**one))
    return by_item


def _carried(actor: Actor) -> Any:
    """The things taken up at the items of a meeting, as JSON; an item that is only drafted is no reader's."""
    ids = {
        source.thing: func.coalesce(
            select(func.array_agg(AgendaDecision.thing_id))
            .where(AgendaDecision.meeting_id == _MEETING, AgendaDecision.thing == source.thing)
            .scalar_subquery(),
            cast([], ARRAY(BigInteger)),
        )
        for source in SOURCES
    }
    things = _things(actor, ids)
    columns = [pair for column in things.c for pair in (literal(str(column.name), Text), column)]
    one = func.jsonb_build_object("item_id", AgendaDecision.item_id, *columns)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, AgendaDecision.id)))
        .join(AgendaItem, AgendaItem.id == AgendaDecision.item_id)
        .join(
            things,
            and_(things.c.thing == AgendaDecision.thing, things.c.thing_id == AgendaDecision.thing_id),
        )
        .where(AgendaDecision.meeting_id == _MEETING, in_force(AgendaItem))
        .scalar_subquery()
    )


def _last_meeting(actor: Actor, scope: Scope, on: date) -> Any:
    return (
        select(
            Meeting.key, Meeting.number, Meeting.title, Meeting.title_en, Meeting.held_on, Meeting.is_example
        )
        .join(Series, Series.id == Meeting.series_id)
        .where(
            Series.key == scope.series_key,
            Meeting.id != scope.meeting_id,
            Meeting.held_on < on,
            Meeting.published_at.is_not(None),
            Meeting.status.not_in(OFF),
            meeting_visible_to(actor),
        )
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .limit(1)
        .cte("last")
    )


def _answers(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Answer.id)
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(is_published_answer(), in_scope(Answer, scope), *conditions)
    )


def _count_answers(scope: Scope, since: Any) -> Any:
    return _counted(_answers(scope, *_is_new_answer(since)))


def _counted(rows: Select[Any]) -> Any:
    return rows.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()


def _is_new_answer(since: Any) -> tuple[ColumnElement[bool], ...]:
    """Published after the last meeting's day; thanks are no news."""
    day = day_of_in_sql(Answer.published_at)
    return (Answer.kind != "thanks", day > since)


def _newest_answers(actor: Actor, scope: Scope, since: Any) -> Any:
    newest = (
        _answers(scope, *_is_new_answer(since))
        .order_by(Answer.published_at.desc(), Answer.id.desc())
        .limit(SHOWN_ANSWERS)
        .subquery("newest")
    )
    told = (
        select(
            func.jsonb_build_object(
                "said_as", C.kind, "reference", C.reference, "title", C.title, "language", C.language
            )
        )
        .join(AnswerContribution, AnswerContribution.contribution_id == C.id)
        .where(AnswerContribution.answer_id == Answer.id, visible_to(actor), is_listed())
        # A wish says more than a card of what the answer is about.
        .order_by((C.kind == "card"), C.id)
        .limit(1)
        .correlate(Answer)
        .scalar_subquery()
    )
    one = func.jsonb_build_object(
        "kind",
        Answer.kind,
        "text",
        Answer.text,
        "text_en",
        Answer.text_en,
        "published_at",
        Answer.published_at,
        "is_example",
        Answer.is_example,
        "about",
        told,
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(one, Answer.published_at.desc(), Answer.id.desc())))
        .where(Answer.id.in_(select(newest.c.id)))
        .scalar_subquery()
    )


def _new_answer(one: dict[str, Any]) -> NewAnswer:
    about = one["about"] or {"said_as": "", "reference": "", "title": "", "language": "da"}
    published_on = datetime.fromisoformat(one["published_at"]).astimezone(COPENHAGEN).date()
    shared = {name: one[name] for name in ("kind", "text", "text_en", "is_example")}
    return NewAnswer(**shared, **about, published_on=published_on)


def _count_promises(scope: Scope, *, only_kept: bool = False) -> Any:
    """Commitments that everybody may read, and answers that promise and have not become one."""
    answers = [_is_kept()] if only_kept else []
    commitments = [Commitment.status == "kept"] if only_kept else [Commitment.status != "replaced"]
    promised = (
        select(func.count(Commitment.id))
        .outerjoin(Meeting, Meeting.id == Commitment.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(commitment_visible_to(STRANGER), in_scope(Commitment, scope), *commitments)
        .scalar_subquery()
    )
    return promised + _counted(_answers(scope, Answer.kind == "promise", is_loose(), *answers))


def _is_kept() -> ColumnElement[bool]:
    """A promise is carried out when all that it answers is."""
    answered = (
        select(C.id)
        .join(AnswerContribution, AnswerContribution.contribution_id == C.id)
        .where(AnswerContribution.answer_id == Answer.id)
        .correlate(Answer)
    )
    return and_(exists(answered), ~exists(answered.where(C.status.not_in(CARRIED_OUT))))


def _count_open(actor: Actor, scope: Scope, on: date) -> Any:
    """Both in one pass: {"late": …, "waiting": …}."""
    is_late = func.coalesce(C.answer_by < on, false())
    late, waiting = func.count().filter(is_late), func.count().filter(~is_late)
    return (
        select(func.jsonb_build_object("late", late, "waiting", waiting))
        .select_from(C)
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(waits_for_answer(), C.kind.in_(ASKING), visible_to(actor), in_scope(C, scope))
        .scalar_subquery()
    )
