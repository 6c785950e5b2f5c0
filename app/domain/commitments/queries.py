"""Reading commitments, always through `visible_to`. Every function sends a number of statements that does not
grow with what it finds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.clock import day_of, today
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.commitments.models import (
    Commitment,
    CommitmentContribution,
    CommitmentEdition,
    CommitmentTheme,
    DeadlineChange,
    Indicator,
    Measurement,
    Milestone,
)
from app.domain.commitments.policy import OPEN, VERDICTS, is_late, may_see_owner, visible_to
from app.domain.commitments.progress import Effect, Progress, find_effect, measure_progress
from app.domain.contributions.models import Answer, Contribution, ContributionTheme
from app.domain.contributions.policy import answers_visible_to, is_listed
from app.domain.contributions.policy import visible_to as contribution_visible_to
from app.domain.contributions.queries import Choice, ThemeTag
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.strategies.crosswalk import Link, ThemeMeaning, mean_theme, themes_meant
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User

PER_PAGE: Final = 30
MOST: Final = 200
MOST_CHOICES: Final = 100  # in one menu
PLAN_YEARS: Final = 4
PlanOrder = Literal["organisation", "theme", "year"]
_LARGEST_ID: Final = 2**63 - 1

X = Commitment


# --- views


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """A commitment in a list. `first_deadline`: the day it was first to be kept by, the same as `deadline` if
    that was never moved. `steps`, `steps_done`: its milestones. `answer_id`: the answer that it was promised
    in. A meeting or an answer that is hidden from the reader is left out.
    """

    id: int
    reference: str
    title: str
    title_en: str
    organisation_id: int
    organisation_key: str
    organisation: str
    organisation_kind: str
    deadline: date
    first_deadline: date
    times_moved: int
    stored_status: str
    verdict_cause: str | None
    verdict_at: datetime | None
    visibility: str
    published_at: datetime | None
    proposed_at: datetime
    answer_id: int | None
    meeting_key: str | None
    meeting_title: str | None
    meeting_title_en: str | None
    meeting_number: int | None
    meeting_held_on: date | None
    steps: int
    steps_done: int
    is_example: bool
    version: int

    @property
    def status(self) -> str:
        """As it is today: late as soon as its day has passed, also before the night has noted it."""
        return "late" if is_late(self.deadline, self.stored_status, today()) else self.stored_status

    @property
    def is_moved(self) -> bool:
        return self.times_moved > 0

    @property
    def is_open(self) -> bool:
        return self.stored_status in OPEN

    @property
    def is_judged(self) -> bool:
        return self.stored_status in VERDICTS

    @property
    def path(self) -> str:
        return f"/forpligtelser/{self.reference}"


@dataclass(frozen=True, slots=True)
class Slip:
    """A day that was moved: from, to, why, when."""

    old_on: date
    new_on: date
    reason: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class MilestoneView:
    id: int
    commitment_id: int
    title: str
    title_en: str
    due_on: date
    done_on: date | None
    version: int
    slips: tuple[Slip, ...] = ()

    @property
    def is_overdue(self) -> bool:
        return self.done_on is None and self.due_on < today()


@dataclass(frozen=True, slots=True)
class MeasurementView:
    """`corrected_at`: since when it does not count any more. `reason`: why the one it corrects was wrong."""

    id: int
    measured_on: date
    value: Decimal
    source_text: str
    source_url: str | None
    note: str
    corrects_id: int | None
    reason: str
    corrected_at: datetime | None
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """`measurements`: those that count, the oldest first; `corrected`: those that do not any more."""

    id: int
    name: str
    name_en: str
    unit: str
    unit_en: str
    method: str
    baseline_value: Decimal
    baseline_on: date
    target_value: Decimal
    target_on: date
    direction: str
    version: int
    progress: Progress
    effect: Effect | None
    measurements: tuple[MeasurementView, ...]
    corrected: tuple[MeasurementView, ...]

    @property
    def latest(self) -> MeasurementView | None:
        return self.measurements[-1] if self.measurements else None


@dataclass(frozen=True, slots=True)
class PromisedOf:
    """A contribution that something is promised of."""

    id: int
    kind: str
    reference: str
    title: str
    language: str
    status: str
    meeting_key: str | None
    is_example: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Another commitment that this one is replaced by, or replaces."""

    reference: str
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class EditionView:
    """How it was worded until a day, and why it is worded otherwise."""

    title: str
    text: str
    reason: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """A commitment with all that is known of it, as far as the reader may see it. `owner_name` and
    `owner_user_id` are for staff."""

    line: CommitmentLine
    text: str
    text_en: str
    lesson: str
    owner_user_id: int | None
    owner_name: str
    begun_at: datetime | None
    replaced_by: Other | None
    replaces: tuple[Other, ...]
    slips: tuple[Slip, ...]
    milestones: tuple[MilestoneView, ...]
    indicators: tuple[IndicatorView, ...]
    contributions: tuple[PromisedOf, ...]
    themes: tuple[ThemeTag, ...]
    own_theme_ids: tuple[int, ...]
    editions: tuple[EditionView, ...]

    # What the rules of policy.py look at.
    @property
    def organisation_id(self) -> int:
        return self.line.organisation_id

    @property
    def status(self) -> str:
        return self.line.status

    @property
    def visibility(self) -> str:
        return self.line.visibility

    @property
    def published_at(self) -> datetime | None:
        return self.line.published_at

    @property
    def is_effect_known(self) -> bool:
        return any(one.effect for one in self.indicators)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None narrows nothing. `theme` is "strategy-key/theme-key"; `year` is that
    of the deadline; `status` one of the codes, of which late goes by the day."""

    owner_id: int | None = None
    theme: str | None = None
    status: str | None = None
    year: int | None = None
    meeting: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page, how long the list is, and the choices of every filter by its name. `unlisted`: how many more
    choices there are than a menu holds. `via`: the links of the crosswalk through which a row stands under
    the theme that was asked for, for those that do so only by links."""

    rows: tuple[CommitmentLine, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    unlisted: Mapping[str, int] = field(default_factory=dict)
    via: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class Planned:
    """A commitment on the time line of the plan, with its steps and every day that was moved. `theme`: that
    which it stands under here, where the plan is ordered so; `beside`: how many stand under the same heading.
    """

    line: CommitmentLine
    milestones: tuple[MilestoneView, ...]
    slips: tuple[Slip, ...]
    theme: ThemeTag | None = None
    beside: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is promised for some years: all that has a day in them, now or before it was moved; one page of
    it. Ordered by theme, a commitment is a row under each of its themes. `via` as in `Listing`."""

    years: tuple[int, ...]
    rows: tuple[Planned, ...]
    via: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)
    total: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Sum:
    """How it goes with several: how many wait, are late, and how many went how."""

    open: int = 0
    late: int = 0
    kept: int = 0
    partly_kept: int = 0
    broken: int = 0
    replaced: int = 0


def sum_up(lines: Iterable[CommitmentLine]) -> Sum:
    """Those that are published, counted by how they stand today; a late one counts as open too."""
    counted: dict[str, int] = defaultdict(int)
    for line in lines:
        counted[line.status] += 1
        counted["open"] += line.is_open
    names = ("open", "late", "kept", "partly_kept", "broken", "replaced")
    return Sum(**{name: counted[name] for name in names})


# --- one statement for any list


def _first_deadline() -> Any:
    """The oldest day that it was ever to be kept by."""
    first = (
        select(DeadlineChange.old_on)
        .where(DeadlineChange.commitment_id == X.id, DeadlineChange.milestone_id.is_(None))
        .order_by(DeadlineChange.id)
        .limit(1)
        .correlate(X)
        .scalar_subquery()
    )
    return func.coalesce(first, X.deadline)


@kept
def _lines(actor: Actor) -> Select[Any]:
    """Every visible commitment with the columns of CommitmentLine."""
    moved = (
        select(func.count())
        .where(DeadlineChange.commitment_id == X.id, DeadlineChange.milestone_id.is_(None))
        .correlate(X)
        .scalar_subquery()
    )
    steps = select(func.count()).where(Milestone.commitment_id == X.id).correlate(X)
    done = steps.where(Milestone.done_on.is_not(None))
    answer = (
        select(Answer.id)
        .where(Answer.id == X.answer_id, answers_visible_to(actor))
        .correlate(X)
        .scalar_subquery()
    )
    return (
        select(
            X.id,
            X.reference,
            X.title,
            X.title_en,
            X.organisation_id,
            Organisation.key.label("organisation_key"),
            Organisation.name.label("organisation"),
            Organisation.kind.label("organisation_kind"),
            X.deadline,
            _first_deadline().label("first_deadline"),
            moved.label("times_moved"),
            X.status.label("stored_status"),
            X.verdict_cause,
            X.verdict_at,
            X.visibility,
            X.published_at,
            X.proposed_at,
            answer.label("answer_id"),
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.number.label("meeting_number"),
            Meeting.held_on.label("meeting_held_on"),
            steps.scalar_subquery().label("steps"),
            done.scalar_subquery().label("steps_done"),
            X.is_example,
            X.version,
        )
        .join(Organisation, Organisation.id == X.organisation_id)
        .outerjoin(Meeting, and_(Meeting.id == X.meeting_id, meeting_visible_to(actor)))
        .where(visible_to(actor))
    )


_LINE_FIELDS = tuple(CommitmentLine.__slots__)


def _line(row: Row[Any]) -> CommitmentLine:
    return CommitmentLine(**{name: getattr(row, name) for name in _LINE_FIELDS})


BY_DAY = (X.deadline, X.id)
_OPEN_FIRST = (
    X.status.in_(VERDICTS),
    case((X.status.in_(VERDICTS), null()), else_=X.deadline).asc(),
    X.deadline.desc(),
    X.id,
)
_IN_FORCE = X.status != "withdrawn"


# --- one commitment


def find_commitment(session: Session, actor: Actor, reference: str) -> CommitmentView | None:
    """A commitment with its steps, figures, moved days and what it is about; eight statements."""
    other = aliased(Commitment)
    readable = select(X.id).where(visible_to(actor)).correlate(None)
    row = session.execute(
        _lines(actor)
        .add_columns(
            X.text,
            X.text_en,
            X.lesson,
            X.owner_user_id,
            func.coalesce(User.name, "").label("owner_name"),
            X.begun_at,
            other.reference.label("other_reference"),
            other.title.label("other_title"),
            other.title_en.label("other_title_en"),
        )
        .outerjoin(User, User.id == X.owner_user_id)
        .outerjoin(other, and_(other.id == X.replaced_by_id, other.id.in_(readable)))
        .where(X.reference == reference)
    ).one_or_none()
    if row is None:
        return None
    line = _line(row)
    slips = _list_slips(session, [line.id])
    is_shown = may_see_owner(actor)
    contributions = list_contributions(session, actor, [line.id]).get(line.id, ())
    themes, own_theme_ids = _list_themes(session, line.id, [one.id for one in contributions])
    replaced_by = Other(row.other_reference, row.other_title, row.other_title_en)
    return CommitmentView(
        line=line,
        text=row.text,
        text_en=row.text_en,
        lesson=row.lesson,
        owner_user_id=row.owner_user_id if is_shown else None,
        owner_name=row.owner_name if is_shown else "",
        begun_at=row.begun_at,
        replaced_by=replaced_by if row.other_reference else None,
        replaces=_list_replaced(session, actor, line.id),
        slips=slips.get((line.id, None), ()),
        milestones=_list_milestones(session, [line.id], slips).get(line.id, ()),
        indicators=list_indicators(session, [line]).get(line.id, ()),
        contributions=contributions,
        themes=themes,
        own_theme_ids=own_theme_ids,
        editions=_list_editions(session, line.id),
    )


def find_line(session: Session, actor: Actor, reference: str) -> CommitmentLine | None:
    """A published commitment in short; one statement."""
    is_out = X.published_at.is_not(None)
    row = session.execute(_lines(actor).where(X.reference == reference, is_out)).one_or_none()
    return _line(row) if row is not None else None


_Slips = Mapping[tuple[int, int | None], tuple[Slip, ...]]


def _list_slips(session: Session, commitment_ids: Collection[int]) -> _Slips:
    """{(commitment, milestone or None): its moved days, the oldest first}."""
    found: dict[tuple[int, int | None], tuple[Slip, ...]] = {}
    rows = session.scalars(
        select(DeadlineChange)
        .where(DeadlineChange.commitment_id.in_(commitment_ids))
        .order_by(DeadlineChange.id)
    )
    for row in rows:
        slip = Slip(row.old_on, row.new_on, row.reason, row.changed_at)
        place = (row.commitment_id, row.milestone_id)
        found[place] = (*found.get(place, ()), slip)
    return found


def _list_milestones(
    session: Session, commitment_ids: Collection[int], slips: _Slips
) -> dict[int, tuple[MilestoneView, ...]]:
    names = ("id", "commitment_id", "title", "title_en", "due_on", "done_on", "version")
    rows = session.execute(
        select(*(getattr(Milestone, name) for name in names))
        .where(Milestone.commitment_id.in_(commitment_ids))
        .order_by(Milestone.due_on, Milestone.position, Milestone.id)
    )
    found: dict[int, tuple[MilestoneView, ...]] = {}
    for row in rows:
        view = MilestoneView(**row._mapping, slips=slips.get((row.commitment_id, row.id), ()))
        found[row.commitment_id] = (*found.get(row.commitment_id, ()), view)
    return found


_INDICATOR_FIELDS = (
    "id",
    "name",
    "name_en",
    "unit",
    "unit_en",
    "method",
    "baseline_value",
    "baseline_on",
    "target_value",
    "target_on",
    "direction",
    "version",
)


def list_indicators(
    session: Session, lines: Sequence[CommitmentLine]
) -> dict[int, tuple[IndicatorView, ...]]:
    """{commitment id: what it is measured by, and what was measured}, of those that the reader may see; one
    statement."""
    return read(session, indicators_of(lines))


def indicators_of(lines: Sequence[CommitmentLine]) -> Asking[dict[int, tuple[IndicatorView, ...]]]:
    """The same, to be asked beside others."""
    if not lines:
        return {}
    judged_on = {line.id: day_of(line.verdict_at) for line in lines}
    measured: dict[int, tuple[Any, list[MeasurementView]]] = {}
    for row in (yield from asked(_indicators(), {"measured_by": sorted(judged_on)})):
        points = measured.setdefault(row.id, (row, []))[1]
        if row.point_id is not None:
            names = MeasurementView.__slots__
            points.append(MeasurementView(**{name: getattr(row, f"point_{name}") for name in names}))
    found: dict[int, tuple[IndicatorView, ...]] = {}
    for indicator, points in measured.values():
        view = _indicator(indicator, points, judged_on[indicator.commitment_id])
        found[indicator.commitment_id] = (*found.get(indicator.commitment_id, ()), view)
    return found


@kept
def _indicators() -> Select[Any]:
    points = [getattr(Measurement, name).label(f"point_{name}") for name in MeasurementView.__slots__]
    return (
        select(Indicator.commitment_id, *(getattr(Indicator, name) for name in _INDICATOR_FIELDS), *points)
        .outerjoin(Measurement, Measurement.indicator_id == Indicator.id)
        .where(Indicator.commitment_id.in_(bindparam("measured_by", expanding=True)))
        .order_by(Indicator.position, Indicator.id, Measurement.measured_on, Measurement.id)
    )


def _indicator(indicator: Any, points: Sequence[MeasurementView], judged_on: date | None) -> IndicatorView:
    counted = tuple(one for one in points if one.corrected_at is None)
    return IndicatorView(
        **{name: getattr(indicator, name) for name in _INDICATOR_FIELDS},
        progress=measure_progress(indicator, counted, today()),
        effect=find_effect(indicator, counted, judged_on),
        measurements=counted,
        corrected=tuple(one for one in points if one.corrected_at is not None),
    )


def list_contributions(
    session: Session, actor: Actor, commitment_ids: Collection[int]
) -> dict[int, tuple[PromisedOf, ...]]:
    """What these commitments are about, as far as the reader may see it; the oldest first. One statement."""
    rows = session.execute(
        select(
            CommitmentContribution.commitment_id.label("promised_in"),
            Contribution.id,
            Contribution.kind,
            Contribution.reference,
            Contribution.title,
            Contribution.language,
            Contribution.status,
            Meeting.key.label("meeting_key"),
            Contribution.is_example,
        )
        .join(CommitmentContribution, CommitmentContribution.contribution_id == Contribution.id)
        .outerjoin(Meeting, and_(Meeting.id == Contribution.meeting_id, meeting_visible_to(actor)))
        .where(
            CommitmentContribution.commitment_id.in_(commitment_ids),
            contribution_visible_to(actor),
            is_listed(),
        )
        .order_by(Contribution.received_at, Contribution.id)
    )
    found: dict[int, tuple[PromisedOf, ...]] = {}
    for row in rows:
        values = dict(row._mapping)
        commitment_id = values.pop("promised_in")
        found[commitment_id] = (*found.get(commitment_id, ()), PromisedOf(**values))
    return found


def _list_themes(
    session: Session, commitment_id: int, contribution_ids: Sequence[int]
) -> tuple[tuple[ThemeTag, ...], tuple[int, ...]]:
    """The themes of a commitment and of what it is about; and the ids of those that are its own."""
    own = exists().where(CommitmentTheme.commitment_id == commitment_id, CommitmentTheme.theme_id == Theme.id)
    tagged = exists().where(
        ContributionTheme.contribution_id.in_(contribution_ids), ContributionTheme.theme_id == Theme.id
    )
    rows = session.execute(
        select(
            Theme.id,
            Theme.key,
            Strategy.key.label("strategy_key"),
            Theme.name,
            Theme.name_en,
            own.correlate(Theme).label("is_own"),
        )
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(or_(own.correlate(Theme), tagged.correlate(Theme)))
        .order_by(Strategy.period_from.desc().nulls_last(), Strategy.key, Theme.position, Theme.id)
    ).all()
    tags = tuple(ThemeTag(row.id, row.key, row.strategy_key, row.name, row.name_en) for row in rows)
    return tags, tuple(row.id for row in rows if row.is_own)


def _list_replaced(session: Session, actor: Actor, commitment_id: int) -> tuple[Other, ...]:
    rows = session.execute(
        select(X.reference, X.title, X.title_en)
        .where(X.replaced_by_id == commitment_id, visible_to(actor))
        .order_by(X.id)
        .limit(MOST)
    )
    return tuple(Other(**row._mapping) for row in rows)


def _list_editions(session: Session, commitment_id: int) -> tuple[EditionView, ...]:
    """The newest first."""
    edition = CommitmentEdition
    rows = session.execute(
        select(edition.title, edition.text, edition.reason, edition.replaced_at)
        .where(edition.commitment_id == commitment_id)
        .order_by(edition.version.desc())
        .limit(MOST)
    )
    return tuple(EditionView(**row._mapping) for row in rows)


# --- lists


def list_commitments(session: Session, actor: Actor, filters: Filters, page: int = 1) -> Listing:
    """Those of the filters with the counts beside every filter; two statements, and with a theme up to three
    more. What is open stands first, by its day; then what was judged, the last first.

    Under a theme stands what stands under those that became it. What was withdrawn is in no list; who
    proposed it finds it by its number.
    """
    base = _base(actor)
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    conditions = _conditions(actor, base, filters, meaning)
    menus, total = _read_choices(session, actor, base, filters, conditions)
    page = page if page >= 1 and (page - 1) * PER_PAGE < total else 1
    ids = select(base.c.id).where(*conditions.values())
    statement = _lines(actor).where(X.id.in_(ids)).order_by(*_OPEN_FIRST)
    rows = session.execute(statement.limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    lines = tuple(map(_line, rows))
    via = find_ways(session, actor, meaning, [line.id for line in lines])
    choices = {facet: menu.choices for facet, menu in menus.items()}
    unlisted = {facet: menu.unlisted for facet, menu in menus.items()}
    return Listing(lines, total, page, PER_PAGE, choices, unlisted, via)


@dataclass(frozen=True, slots=True)
class Menu:
    """What a filter can be set to; `unlisted`: how many more choices there are than a menu holds."""

    choices: tuple[Choice, ...] = ()
    unlisted: int = 0


def _read_choices(
    session: Session,
    actor: Actor,
    base: Any,
    filters: Filters,
    conditions: Mapping[str, ColumnElement[bool]],
) -> tuple[dict[str, Menu], int]:
    choices: dict[str, list[Choice]] = defaultdict(list)
    of_all: dict[str, int] = {}
    total = 0
    chosen = {"owner": str(filters.owner_id), "theme": filters.theme, "meeting": filters.meeting}
    for row in session.execute(_count_choices(actor, base, conditions, themes_meant(session), chosen)):
        if row.facet == "total":
            total = row.count
            continue
        label = row.label or row.value
        of_all[row.facet] = row.choices
        choices[row.facet].append(Choice(row.value, label, row.label_en or label, row.count))
    return {facet: Menu(tuple(some), of_all[facet] - len(some)) for facet, some in choices.items()}, total


def read_commitments(
    session: Session, actor: Actor, filters: Filters, after: Place | None, most: int
) -> Slice[CommitmentLine]:
    """So many of those of the filters after a place, by the day that they are to be kept; one statement, and
    what the theme takes."""
    base = _base(actor)
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    ids = select(base.c.id).where(*_conditions(actor, base, filters, meaning).values())
    order = (By(X.deadline, date), By(X.id, int))
    found = read_slice(session, _lines(actor).where(X.id.in_(ids)), order, after, most)
    return Slice(tuple(map(_line, found.rows)), found.last)


def find_ways(
    session: Session, actor: Actor, meaning: ThemeMeaning, commitment_ids: Collection[int]
) -> dict[int, tuple[Link, ...]]:
    """{commitment id: the links through which it has this meaning}, for those that have it only by links;
    no statement where there are no links, else one."""
    return read(session, ways_of(actor, meaning, commitment_ids))


def ways_of(
    actor: Actor, meaning: ThemeMeaning, commitment_ids: Collection[int]
) -> Asking[dict[int, tuple[Link, ...]]]:
    """The same, to be asked beside others."""
    if not meaning.linked_ids or not commitment_ids:
        return {}
    values = {"found": list(commitment_ids), "meant": meaning.ids}
    held: dict[int, list[int]] = defaultdict(list)
    for row in (yield from asked(_themes_held(actor), values)):
        held[row.commitment_id].append(row.theme_id)
    ways = {commitment_id: meaning.via(sorted(theme_ids)) for commitment_id, theme_ids in held.items()}
    return {commitment_id: links for commitment_id, links in ways.items() if links}


@kept
def _themes_held(actor: Actor) -> Select[Any]:
    tagged = _tagged(actor)
    return select(tagged.c.commitment_id, tagged.c.theme_id).where(
        tagged.c.commitment_id.in_(bindparam("found", expanding=True)),
        tagged.c.theme_id.in_(bindparam("meant", expanding=True)),
    )


def _base(actor: Actor, *which: ColumnElement[bool]) -> Any:
    """What is counted: what is in force, unless it is said which."""
    is_past = and_(X.status.in_(OPEN), X.deadline < today())
    return (
        select(
            X.id,
            X.organisation_id.label("owner"),
            cast(extract("year", X.deadline), Integer).label("year"),
            case((is_past, "late"), else_=X.status).label("status"),
            Meeting.key.label("meeting"),
        )
        .outerjoin(Meeting, and_(Meeting.id == X.meeting_id, meeting_visible_to(actor)))
        .where(visible_to(actor), *(which or (_IN_FORCE,)))
        .cte("base")
    )


def _tagged(actor: Actor) -> Any:
    """(commitment_id, theme_id): its own themes, and those of what it is about, as far as the reader may see
    that."""
    own = select(CommitmentTheme.commitment_id, CommitmentTheme.theme_id)
    through = (
        select(CommitmentContribution.commitment_id, ContributionTheme.theme_id)
        .join(ContributionTheme, ContributionTheme.contribution_id == CommitmentContribution.contribution_id)
        .join(Contribution, Contribution.id == CommitmentContribution.contribution_id)
        .where(contribution_visible_to(actor), is_listed())
    )
    return own.union(through).subquery("tagged")


def _is_under(actor: Actor, commitment_id: Any, theme_ids: Any) -> ColumnElement[bool]:
    """Under one of these themes, by itself or through what it is about. `theme_ids`: a list, a value that
    stands for one, or a statement.

    Two lists that are each made once: asked for every row, they would be made anew for every row.
    """
    own = select(CommitmentTheme.commitment_id).where(CommitmentTheme.theme_id.in_(theme_ids))
    through = (
        select(CommitmentContribution.commitment_id)
        .join(ContributionTheme, ContributionTheme.contribution_id == CommitmentContribution.contribution_id)
        .join(Contribution, Contribution.id == CommitmentContribution.contribution_id)
        .where(ContributionTheme.theme_id.in_(theme_ids), contribution_visible_to(actor), is_listed())
    )
    return or_(commitment_id.in_(own), commitment_id.in_(through))


def _conditions(
    actor: Actor, base: Any, filters: Filters, meaning: ThemeMeaning
) -> dict[str, ColumnElement[bool]]:
    b = base.c
    found: dict[str, ColumnElement[bool]] = {}
    if filters.owner_id is not None:
        is_possible = 0 < filters.owner_id <= _LARGEST_ID
        found["owner"] = b.owner == filters.owner_id if is_possible else false()
    if filters.status:
        found["status"] = b.status == filters.status
    if filters.year is not None:
        found["year"] = b.year == filters.year if abs(filters.year) < 10_000 else false()
    if filters.meeting:
        found["meeting"] = b.meeting == filters.meeting
    if filters.theme:
        found["theme"] = _is_under(actor, b.id, meaning.ids)
    return found


def _count_choices(
    actor: Actor,
    base: Any,
    conditions: Mapping[str, ColumnElement[bool]],
    meant: Any,
    chosen: Mapping[str, str | None],
) -> Select[Any]:
    """(facet, value, label, label_en, count, choices) for every filter, the others kept, and the total.

    `meant`: the pairs of each theme and what it means, so that the menu counts what choosing it finds.
    `chosen` stays, however few it leads to.
    """
    b = base.c
    empty = cast(null(), Text)

    def rest(facet: str) -> list[ColumnElement[bool]]:
        return [condition for name, condition in conditions.items() if name != facet]

    def plain(facet: str, column: Any) -> Select[Any]:
        return (
            select(
                literal(facet).label("facet"),
                cast(column, Text).label("value"),
                empty.label("label"),
                empty.label("label_en"),
                func.count().label("count"),
            )
            .where(*rest(facet))
            .group_by(column)
        )

    owners = (
        select(literal("owner"), cast(Organisation.id, Text), Organisation.name, empty, func.count())
        .join(base, b.owner == Organisation.id)
        .where(*rest("owner"))
        .group_by(Organisation.id)
    )
    meetings = (
        select(literal("meeting"), Meeting.key, Meeting.title, Meeting.title_en, func.count())
        .join(base, b.meeting == Meeting.key)
        .where(*rest("meeting"))
        .group_by(Meeting.id)
    )
    tagged = _tagged(actor)
    themes = (
        select(
            literal("theme"),
            Strategy.key + "/" + Theme.key,
            Theme.name,
            Theme.name_en,
            func.count(distinct(b.id)),
        )
        .select_from(base)
        .join(tagged, tagged.c.commitment_id == b.id)
        .join(meant, meant.c.theme_id == tagged.c.theme_id)
        .join(Theme, Theme.id == meant.c.row_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(*rest("theme"))
        .group_by(Theme.id, Strategy.id)
    )
    total = select(literal("total"), empty, empty, empty, func.count()).select_from(base).where(*rest(""))
    counted = union_all(
        plain("status", b.status), plain("year", b.year), owners, meetings, themes, total
    ).subquery("counted")
    c = counted.c
    place = func.row_number().over(partition_by=c.facet, order_by=(c["count"].desc(), c.value.desc()))
    choices = func.count().over(partition_by=c.facet).label("choices")
    ranked = select(counted, place.label("place"), choices).subquery("ranked")
    r = ranked.c
    is_chosen = (and_(r.facet == facet, r.value == value) for facet, value in chosen.items() if value)
    return (
        select(ranked)
        .where(or_(r.place <= MOST_CHOICES, *is_chosen))
        .order_by(r.facet, danish_order(r.label), r.value.desc())
    )


def list_of_contributions(
    session: Session, actor: Actor, contribution_ids: Collection[int]
) -> dict[int, tuple[CommitmentLine, ...]]:
    """What is promised of each of these, the next day first; none where there is none. One statement.

    That the reader may see the contributions has been asked.
    """
    return read(session, promised_of(actor, contribution_ids))


def promised_of(
    actor: Actor, contribution_ids: Collection[int]
) -> Asking[dict[int, tuple[CommitmentLine, ...]]]:
    """The same, to be asked beside others."""
    if not contribution_ids:
        return {}
    found: dict[int, tuple[CommitmentLine, ...]] = {}
    for row in (yield from asked(_of_contributions(actor), {"promised_of": sorted(contribution_ids)})):
        found[row.about] = (*found.get(row.about, ()), _line(row))
    return found


@kept
def _of_contributions(actor: Actor) -> Select[Any]:
    return (
        _lines(actor)
        .add_columns(CommitmentContribution.contribution_id.label("about"))
        .join(CommitmentContribution, CommitmentContribution.commitment_id == X.id)
        .where(
            CommitmentContribution.contribution_id.in_(bindparam("promised_of", expanding=True)), _IN_FORCE
        )
        .order_by(*BY_DAY)
    )


def list_of_meeting(session: Session, actor: Actor, meeting_id: int) -> list[CommitmentLine]:
    """What was promised at a meeting, or since of what was said there; one statement."""
    return read(session, promised_at(actor, meeting_id))


def promised_at(actor: Actor, meeting_id: int) -> Asking[list[CommitmentLine]]:
    """The same, to be asked beside others."""
    return [_line(row) for row in (yield from asked(_at_meeting(actor), {"of_meeting": meeting_id}))]


@kept
def _at_meeting(actor: Actor) -> Select[Any]:
    meeting = bindparam("of_meeting", type_=BigInteger)
    said = (
        select(CommitmentContribution.commitment_id)
        .join(Contribution, Contribution.id == CommitmentContribution.contribution_id)
        .where(Contribution.meeting_id == meeting, contribution_visible_to(actor), is_listed())
    )
    of_meeting = or_(X.meeting_id == meeting, X.id.in_(said))
    return _lines(actor).where(of_meeting, _IN_FORCE).order_by(*BY_DAY).limit(MOST)


def list_under_themes(
    session: Session, actor: Actor, theme_ids: Sequence[int], most: int = MOST
) -> list[CommitmentLine]:
    """What is promised under any of these themes, by itself or through what it is about; one statement."""
    return read(session, promised_under(actor, theme_ids, most))


def promised_under(actor: Actor, theme_ids: Sequence[int], most: int = MOST) -> Asking[list[CommitmentLine]]:
    """The same, to be asked beside others."""
    values = {"promised_under": list(theme_ids), "most_promised": most}
    return [_line(row) for row in (yield from asked(_under_themes(actor), values))]


@kept
def _under_themes(actor: Actor) -> Select[Any]:
    under = _is_under(actor, X.id, bindparam("promised_under", expanding=True))
    most = bindparam("most_promised", type_=Integer)
    return _lines(actor).where(under, _IN_FORCE).order_by(*BY_DAY).limit(most)


def count_by_theme(session: Session, actor: Actor, theme_ids: Sequence[int]) -> dict[int, int]:
    """{theme id: commitments right under it}; themes without any are left out."""
    tagged = _tagged(actor)
    rows = session.execute(
        select(tagged.c.theme_id, func.count().label("commitments"))
        .join(X, X.id == tagged.c.commitment_id)
        .where(visible_to(actor), _IN_FORCE, tagged.c.theme_id.in_(theme_ids))
        .group_by(tagged.c.theme_id)
    )
    return {row.theme_id: row.commitments for row in rows}


def list_proposed(session: Session, actor: Actor) -> list[CommitmentLine]:
    """Proposals that wait for staff, as far as the reader may see them; the oldest first."""
    statement = _lines(actor).where(X.status == "proposed").order_by(X.proposed_at, X.id)
    return [_line(row) for row in session.execute(statement.limit(MOST))]


def _plan_years(first_year: int | None) -> tuple[int, ...]:
    first = min(max(first_year if first_year is not None else today().year, 1990), 2200)
    return tuple(range(first, first + PLAN_YEARS))


def _in_plan(years: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    since, until = date(years[0], 1, 1), date(years[-1], 12, 31)
    steps = exists().where(Milestone.commitment_id == X.id, Milestone.due_on.between(since, until))
    moved = exists().where(DeadlineChange.commitment_id == X.id, DeadlineChange.old_on.between(since, until))
    has_day = or_(X.deadline.between(since, until), steps.correlate(X), moved.correlate(X))
    return X.published_at.is_not(None), has_day


def list_plan_choices(
    session: Session,
    actor: Actor,
    first_year: int | None = None,
    *,
    organisation_id: int | None = None,
    theme: str | None = None,
) -> dict[str, Menu]:
    """What the plan of these years can be narrowed to, with how many lines of it that leaves. One statement,
    and what the theme takes."""
    base = _base(actor, *_in_plan(_plan_years(first_year)))
    filters = Filters(owner_id=organisation_id, theme=theme)
    meaning = mean_theme(session, theme) if theme else ThemeMeaning({})
    return _read_choices(session, actor, base, filters, _conditions(actor, base, filters, meaning))[0]


def list_plan(
    session: Session,
    actor: Actor,
    first_year: int | None = None,
    *,
    organisation_id: int | None = None,
    meaning: ThemeMeaning | None = None,
    order: PlanOrder = "year",
    page: int = 1,
) -> Plan:
    """What is promised for four years, from this one on: all with a day in them, of its own or of a step,
    also one that has been moved out of them since. By time, or under organisations (who promises the most
    comes first) or themes; past the end, the first page. Three statements, and one more where a theme has
    links."""
    years = _plan_years(first_year)
    conditions: list[ColumnElement[bool]] = [visible_to(actor), *_in_plan(years)]
    if organisation_id is not None:
        conditions.append(X.organisation_id == organisation_id)
    if meaning is not None:
        conditions.append(_is_under(actor, X.id, meaning.ids))
    page = max(page, 1)
    rows = session.execute(_plan_rows(actor, conditions, order, page)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(_plan_rows(actor, conditions, order, 1)).all()
    ids = list({row.id for row in rows})
    slips = _list_slips(session, ids)
    milestones = _list_milestones(session, ids, slips)
    return Plan(
        years,
        tuple(
            Planned(
                _line(row),
                milestones.get(row.id, ()),
                slips.get((row.id, None), ()),
                ThemeTag(row.theme_id, row.theme_key, row.strategy_key, row.theme_name, row.theme_name_en)
                if row.theme_id is not None
                else None,
                row.beside,
            )
            for row in rows
        ),
        find_ways(session, actor, meaning, ids) if meaning is not None else {},
        rows[0].total if rows else 0,
        page,
    )


def _plan_rows(
    actor: Actor, conditions: Sequence[ColumnElement[bool]], order: PlanOrder, page: int
) -> Select[Any]:
    """The lines of one page of the plan, in its order: which they are is found before they are read."""
    chosen = select(X.id).where(*conditions)
    theme_id: Any = cast(null(), BigInteger)
    heading: Any = extract("year", X.deadline)
    heads: tuple[Any, ...] = ()
    if order == "organisation":
        chosen = chosen.join(Organisation, Organisation.id == X.organisation_id)
        heading, heads = X.organisation_id, (danish_order(Organisation.name), X.organisation_id)
    elif order == "theme":
        tagged = _tagged(actor)
        chosen = chosen.outerjoin(tagged, tagged.c.commitment_id == X.id)
        chosen = chosen.outerjoin(Theme, Theme.id == tagged.c.theme_id)
        # What stands under no theme comes last.
        theme_id = heading = Theme.id
        heads = (Theme.id.is_(None), danish_order(Theme.name), Theme.id)
    found = chosen.add_columns(
        theme_id.label("theme_id"),
        func.count().over(partition_by=heading).label("beside"),
        func.count().over().label("total"),
        *(one.label(f"place_{number}") for number, one in enumerate((*heads, *BY_DAY))),
    ).subquery("found")
    f = found.c
    places = [f[f"place_{number}"] for number in range(len(heads) + len(BY_DAY))]
    if order == "organisation":
        places.insert(0, f.beside.desc())
    place = func.row_number().over(order_by=places).label("place")
    wanted = (
        select(f.id, f.theme_id, f.beside, f.total, place)
        .order_by(place)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
        .subquery("wanted")
    )
    return (
        _lines(actor)
        .join(wanted, wanted.c.id == X.id)
        .outerjoin(Theme, Theme.id == wanted.c.theme_id)
        .outerjoin(Strategy, Strategy.id == Theme.strategy_id)
        .add_columns(
            wanted.c.theme_id,
            Theme.key.label("theme_key"),
            Strategy.key.label("strategy_key"),
            Theme.name.label("theme_name"),
            Theme.name_en.label("theme_name_en"),
            wanted.c.beside,
            wanted.c.total,
        )
        .order_by(wanted.c.place)
    )


def promised_by(actor: Actor, organisation_id: int, most: int = PER_PAGE) -> Asking[list[CommitmentLine]]:
    """What an organisation has promised: what is open first, by its day; then what was judged, the last
    first."""
    values = {"promised_by": organisation_id, "most_by_one": most}
    return [_line(row) for row in (yield from asked(_of_organisation(actor), values))]


@kept
def _of_organisation(actor: Actor) -> Select[Any]:
    is_theirs = X.organisation_id == bindparam("promised_by")
    most = bindparam("most_by_one", type_=Integer)
    return _lines(actor).where(is_theirs, _IN_FORCE).order_by(*_OPEN_FIRST).limit(most)


def find_contribution_ids(session: Session, actor: Actor, references: Collection[str]) -> dict[str, int]:
    """The ids of the contributions with these numbers that the reader may see, by number; one statement."""
    if not references:
        return {}
    rows = session.execute(
        select(Contribution.reference, Contribution.id).where(
            Contribution.reference.in_(references), contribution_visible_to(actor), is_listed()
        )
    )
    return {row.reference: row.id for row in rows}
