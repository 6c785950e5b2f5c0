"""What became of what was said at a meeting: its answer, its promise, its effect; and what still waits.

All figures are counted of what the reader may see, and of what is published.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Final, Literal

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.asking import Asking, asked, beside
from app.core.clock import day_of, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.commitments.policy import OPEN
from app.domain.commitments.queries import (
    CommitmentLine,
    IndicatorView,
    Sum,
    indicators_of,
    promised_at,
    promised_of,
    sum_up,
)
from app.domain.contributions.gathered import lead_of
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.of_meetings import answers_to_each
from app.domain.contributions.policy import (
    OPEN_STATUSES,
    answers_visible_to,
    is_late,
    is_listed,
    visible_to,
)
from app.domain.contributions.queries import (
    PER_PAGE,
    AnswerView,
    ContributionView,
    ThemeTag,
    contributions_with,
)
from app.domain.contributions.sightings import LeadRef, lead_refs_of, sighting_counts
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem
from app.domain.panels.queries import answered_at
from app.domain.strategies.models import Strategy, Theme

C = Contribution
MOST_SAID: Final = 2_000

Stage = Literal["measured", "kept", "broken", "promised", "answered", "waiting", "late", "unknown"]
# The farthest first. `unknown`: nothing is known to have been answered, and no day was promised for it.
STAGES: Final[tuple[Stage, ...]] = (
    "measured",
    "kept",
    "broken",
    "promised",
    "answered",
    "waiting",
    "late",
    "unknown",
)
# Those of which something has been heard.
HEARD: Final[frozenset[Stage]] = frozenset({"measured", "kept", "broken", "promised", "answered"})
_DONE = ("kept", "partly_kept")


# --- views


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise with what it is measured by."""

    line: CommitmentLine
    indicators: tuple[IndicatorView, ...] = ()

    @property
    def is_effect_known(self) -> bool:
        return any(one.effect is not None for one in self.indicators)


@dataclass(frozen=True, slots=True)
class Followed:
    """Something that was said, and what came of it. `lead`: what it was gathered under and answered with;
    `asked`: its id, or its own where there is none. `times`: how often it has been said in all, at any
    meeting; 0 where it stands alone. `in_room`: what the panel answered on the day."""

    said: ContributionView
    asked: int
    stage: Stage
    answers: tuple[AnswerView, ...]
    promises: tuple[Promise, ...]
    lead: LeadRef | None
    times: int = 0
    in_room: str = ""


@dataclass(frozen=True, slots=True)
class UnderTheme:
    """How far it has come under one theme."""

    theme: ThemeTag
    said: int
    heard: int
    promised: int
    done: int

    @property
    def path(self) -> str:
        return f"{self.theme.strategy_key}/{self.theme.key}"


@dataclass(frozen=True, slots=True)
class FollowThrough:
    """A meeting followed up. `stages`: how many stand where, each once. `median_days`: from it was said until
    it was first answered or promised, the one in the middle; None while nothing is. `promises`: made at the
    meeting or since of what was said there, the next day first. `rows`: one page of what was chosen."""

    total: int
    stages: Mapping[Stage, int]
    heard: int
    median_days: int | None
    sum: Sum
    promises: tuple[Promise, ...]
    themes: tuple[UnderTheme, ...]
    rows: tuple[Followed, ...]
    chosen_total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.chosen_total // PER_PAGE))

    @property
    def share_heard(self) -> int:
        """In per cent."""
        return round(100 * self.heard / self.total) if self.total else 0

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        return tuple(one for one in self.promises if one.line.is_open)


# --- reading


@dataclass(frozen=True, slots=True)
class _Said:
    """What the figures need of one contribution. `asked`: itself or the lead that the reader may see."""

    id: int
    status: str
    said_on: date
    answer_by: date | None
    asked: int
    themes: tuple[ThemeTag, ...]
    answered_on: date | None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


def follow_up_of(
    actor: Actor,
    meeting_id: int,
    *,
    stage: Stage | None = None,
    theme: str | None = None,
    page: int = 1,
) -> Asking[FollowThrough]:
    """All that was said at a meeting and what came of it, narrowed to a stage and a theme
    ("strategy/theme"); the figures are those of the whole meeting. Four steps at most."""
    (said, leads, by_asked), at_meeting, in_room = yield from beside(
        _said_with_promises(actor, meeting_id),
        promised_at(actor, meeting_id),
        _answered_in_room(actor, meeting_id),
    )
    published = _join_lines([*at_meeting, *(line for lines in by_asked.values() for line in lines)])
    indicators = yield from indicators_of(published)
    promises = {line.id: Promise(line, indicators.get(line.id, ())) for line in published}
    of_each = {one.id: _promises_of(promises, by_asked.get(one.asked, ())) for one in said}
    stages = {one.id: find_stage(one, of_each[one.id]) for one in said}
    chosen = [
        one
        for one in said
        if stage in (None, stages[one.id]) and (theme is None or theme in map(_path_of, one.themes))
    ]
    # In the order of the programme, what has come to something before what has not; what is answered together
    # stands together.
    chosen.sort(key=lambda one: (stages[one.id] not in HEARD, stages[one.id] == "unknown"))
    first: dict[int, int] = {}
    for place, one in enumerate(chosen):
        first.setdefault(one.asked, place)
    chosen.sort(key=lambda one: (stages[one.id] == "unknown", first[one.asked]))
    page = page if 0 < page <= max(1, -(-len(chosen) // PER_PAGE)) else 1
    shown = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
    views, times, answers = yield from beside(
        contributions_with(actor, [one.id for one in shown]),
        sighting_counts(actor, sorted({one.asked for one in shown})),
        answers_to_each(actor, {asked for one in shown for asked in (one.id, one.asked)}),
    )
    return FollowThrough(
        total=len(said),
        stages={name: sum(found == name for found in stages.values()) for name in STAGES},
        heard=sum(found in HEARD for found in stages.values()),
        median_days=_find_median(said, of_each),
        sum=sum_up(published),
        promises=tuple(promises[line.id] for line in published),
        themes=_count_by_theme(said, stages, of_each),
        rows=tuple(
            Followed(
                said=views[one.id],
                asked=one.asked,
                stage=stages[one.id],
                answers=_join_answers(answers, one),
                promises=of_each[one.id],
                lead=leads.get(one.id),
                times=times.get(one.asked, 0),
                in_room=in_room.get(one.id, ""),
            )
            for one in shown
            if one.id in views
        ),
        chosen_total=len(chosen),
        page=page,
    )


def find_stage(said: _Said, promises: Collection[Promise]) -> Stage:
    """How far it has come. What was promised counts for more than what was answered, and what waits for an
    answer again waits, also where it has been answered before."""
    standing = {one.line.stored_status for one in promises}
    if standing.intersection(OPEN):
        return "promised"
    if standing.intersection(_DONE):
        is_known = any(one.is_effect_known for one in promises if one.line.stored_status in _DONE)
        return "measured" if is_known else "kept"
    if "broken" in standing:
        return "broken"
    if is_late(said.answer_by, said.status, today()):
        return "late"
    if said.is_open and said.answer_by is not None:
        return "waiting"
    if said.answered_on is not None or said.status in ("answered", "declined"):
        return "answered"
    return "waiting" if said.status == "needs_info" else "unknown"


def _said_with_promises(
    actor: Actor, meeting_id: int
) -> Asking[tuple[list[_Said], Mapping[int, LeadRef], Mapping[int, tuple[CommitmentLine, ...]]]]:
    """In the order of the programme; what each of them hangs under, and what was promised, by what is asked
    for."""
    rows = yield from asked(_said(actor), {"of_meeting": meeting_id})
    # What is asked of a lead that the reader may not see is left out again.
    maybe = {number for row in rows for number in (row.id, row.lead_id) if number is not None}
    leads, first, promised = yield from beside(
        lead_refs_of(actor, [row.id for row in rows if row.lead_id is not None]),
        _first_answers(actor, maybe),
        promised_of(actor, maybe),
    )
    asked_for = {row.id: leads[row.id].id if row.id in leads else row.id for row in rows}
    said = [
        _Said(
            id=row.id,
            status=row.status,
            said_on=day_of(row.received_at) or today(),
            answer_by=row.answer_by,
            asked=asked_for[row.id],
            themes=tuple(ThemeTag(**tag) for tag in row.themes or ()),
            answered_on=min(
                (day for day in (first.get(row.id), first.get(asked_for[row.id])) if day is not None),
                default=None,
            ),
        )
        for row in rows
    ]
    wanted = set(asked_for.values())
    return said, leads, {number: lines for number, lines in promised.items() if number in wanted}


@kept
def _said(actor: Actor) -> Select[Any]:
    return (
        select(
            C.id,
            C.status,
            C.received_at,
            C.answer_by,
            lead_of(C.id).label("lead_id"),
            _tags().label("themes"),
        )
        .outerjoin(AgendaItem, AgendaItem.id == C.item_id)
        .outerjoin(Group, Group.id == C.group_id)
        .where(C.meeting_id == bindparam("of_meeting"), visible_to(actor), is_listed())
        .order_by(AgendaItem.position.nulls_last(), Group.position.nulls_first(), C.received_at, C.id)
        .limit(MOST_SAID)
    )


def _answered_in_room(actor: Actor, meeting_id: int) -> Asking[dict[int, str]]:
    """{question id: what the panel answered on the day}."""
    panels = yield from answered_at(actor, meeting_id)
    return {question.id: question.answer for _panel, questions in panels for question in questions}


def _first_answers(actor: Actor, contribution_ids: Collection[int]) -> Asking[dict[int, date]]:
    """{contribution id: the day of its first published answer}; thanks are no answer."""
    if not contribution_ids:
        return {}
    rows = yield from asked(_answered_first(actor), {"answered_first": sorted(contribution_ids)})
    return {row.contribution_id: day for row in rows if (day := day_of(row.first_at)) is not None}


@kept
def _answered_first(actor: Actor) -> Select[Any]:
    return (
        select(AnswerContribution.contribution_id, func.min(Answer.published_at).label("first_at"))
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            AnswerContribution.contribution_id.in_(bindparam("answered_first", expanding=True)),
            Answer.published_at.is_not(None),
            Answer.kind != "thanks",
            answers_visible_to(actor),
        )
        .group_by(AnswerContribution.contribution_id)
    )


def _tags() -> Any:
    tag = func.jsonb_build_object(
        "id", Theme.id, "key", Theme.key, "strategy_key", Strategy.key, "name", Theme.name,
        "name_en", Theme.name_en,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(tag, Strategy.key, Theme.position)))
        .select_from(ContributionTheme)
        .join(Theme, Theme.id == ContributionTheme.theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(ContributionTheme.contribution_id == C.id)
        .correlate(C)
        .scalar_subquery()
    )


def _join_lines(lines: Iterable[CommitmentLine]) -> list[CommitmentLine]:
    """Each published promise once, the next day first."""
    once = {line.id: line for line in lines if line.published_at is not None}
    return sorted(once.values(), key=lambda line: (line.deadline, line.id))


def _promises_of(promises: Mapping[int, Promise], lines: Iterable[CommitmentLine]) -> tuple[Promise, ...]:
    return tuple(promises[line.id] for line in lines if line.id in promises)


def _find_median(said: Sequence[_Said], of_each: Mapping[int, Sequence[Promise]]) -> int | None:
    """Whole days; what was answered at the meeting itself took none."""
    waited = []
    for one in said:
        promised = [day_of(promise.line.published_at) for promise in of_each[one.id]]
        days = [day for day in (one.answered_on, *promised) if day is not None]
        if days:
            waited.append(max(0, (min(days) - one.said_on).days))
    return round(median(waited)) if waited else None


def _path_of(theme: ThemeTag) -> str:
    return f"{theme.strategy_key}/{theme.key}"


def _count_by_theme(
    said: Sequence[_Said], stages: Mapping[int, Stage], of_each: Mapping[int, Sequence[Promise]]
) -> tuple[UnderTheme, ...]:
    """Those with most said first."""
    under: dict[ThemeTag, list[_Said]] = {}
    for one in said:
        for theme in one.themes:
            under.setdefault(theme, []).append(one)
    found = [
        UnderTheme(
            theme=theme,
            said=len(rows),
            heard=sum(stages[one.id] in HEARD for one in rows),
            promised=sum(bool(of_each[one.id]) for one in rows),
            done=sum(stages[one.id] in ("kept", "measured") for one in rows),
        )
        for theme, rows in under.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.said, one.theme.strategy_key, one.theme.id)))


def _join_answers(answers: Mapping[int, Sequence[AnswerView]], said: _Said) -> tuple[AnswerView, ...]:
    """What was published in answer to it or to its lead, each once, the oldest first."""
    once = {
        answer.id: answer
        for asked in (said.asked, said.id)
        for answer in answers.get(asked, ())
        if answer.published_at is not None
    }
    return tuple(once[answer_id] for answer_id in sorted(once))
