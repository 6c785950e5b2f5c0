"""The inbox of those who look after contributions: what lacks something, and what waits for whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, read
from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import SYSTEM, Actor, require
from app.domain.answering.models import AnswerObjection, Case, Pause, StaffNote
from app.domain.answering.policy import MOST_AT_ONCE, may_answer
from app.domain.contributions.gathered import lead_or_self
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    Contribution,
    ContributionTheme,
)
from app.domain.contributions.policy import OPEN_STATUSES, is_in_force, visible_to
from app.domain.contributions.queries import (
    PER_PAGE,
    Choice,
    ContributionView,
    as_reference,
    contribution_named,
    contributions_with,
    find_contributions,
)
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.strategies.crosswalk import ThemeMeaning, mean_theme, themes_meant
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff

C = Contribution
MOST_STEPS: Final = 60
MOST_CHOICES: Final = 100  # in one menu
FACETS: Final = ("kind", "meeting", "theme", "owner", "organisation")
_DUE_FIRST: Final = (C.answer_by.nulls_last(), C.received_at, C.id)

Drawer = Literal[
    "open", "no_theme", "no_owner", "no_answer", "late", "asked", "objected", "mine", "begun", "ready"
]
DRAWERS: Final[tuple[Drawer, ...]] = (
    "open",
    "no_theme",
    "no_owner",
    "no_answer",
    "late",
    "asked",
    "objected",
    "mine",
    "begun",
    "ready",
)


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What the inbox is narrowed to; None narrows nothing. `theme` is "strategy-key/theme-key" and means what
    the crosswalk has it mean; `meeting` is a key."""

    drawer: Drawer = "open"
    kind: str | None = None
    meeting: str | None = None
    theme: str | None = None
    owner_id: int | None = None
    organisation_id: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A contribution, who looks after it and how far its answer is.

    `reply_by`: until when the clock waits for the asker. `answer_id`: the answer that is being written, and
    `is_ready` whether it only waits to be published.
    """

    said: ContributionView
    owner_id: int | None
    owner: str
    organisation_id: int | None
    organisation: str
    notes: int
    reply_by: date | None
    has_objection: bool
    answer_id: int | None
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page, and how long the list is."""

    rows: tuple[InboxRow, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def _has_owner() -> ColumnElement[bool]:
    return exists(
        select(Case.contribution_id)
        .join(User, User.id == Case.owner_id)
        .where(Case.contribution_id == C.id, is_on_staff())
        .correlate(C)
    )


def _answer(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Answer.id)
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(AnswerContribution.contribution_id == C.id, *conditions)
        .correlate(C)
    )


def _has_objection() -> ColumnElement[bool]:
    """Its own asker, or one of what hangs under it, says that the answer does not answer."""
    # Read once for a whole list: asked of each row, all objections were read for every one of them.
    return C.id.in_(select(lead_or_self(AnswerObjection.contribution_id)))


def _drawers(actor: Actor) -> Mapping[Drawer, ColumnElement[bool]]:
    """What lies in each drawer, of all that is open."""
    own = _case(Case.owner_id == actor.user_id)
    return {
        "open": true(),
        "no_theme": ~exists(
            # Also in a statement that counts by theme.
            select(ContributionTheme.theme_id).where(ContributionTheme.contribution_id == C.id).correlate(C)
        ),
        "no_owner": ~_has_owner(),
        # Thanks are no answer.
        "no_answer": ~_answer(Answer.published_at.is_not(None), Answer.kind != "thanks"),
        "late": func.coalesce(C.answer_by < today(), false()),
        "asked": C.status == "needs_info",
        "objected": _has_objection(),
        "mine": own if actor.user_id is not None else false(),
        "begun": _answer(Answer.published_at.is_(None), Answer.prepared_at.is_(None)),
        "ready": _answer(Answer.published_at.is_(None), Answer.prepared_at.is_not(None)),
    }


def _is_open(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """What is out, in force and waits for an answer."""
    return (visible_to(actor), C.status.in_(OPEN_STATUSES), C.published_at.is_not(None), is_in_force())


def _conditions(actor: Actor, filters: InboxFilters, meaning: ThemeMeaning) -> dict[str, ColumnElement[bool]]:
    """The filters in use, each under its name, after what lies in the drawer."""
    found: dict[str, ColumnElement[bool]] = {
        "drawer": and_(*_is_open(actor), _drawers(actor)[filters.drawer])
    }
    if filters.kind is not None:
        found["kind"] = C.kind == filters.kind
    if filters.meeting is not None:
        of_key = select(Meeting.id).where(Meeting.key == filters.meeting)
        found["meeting"] = C.meeting_id.in_(of_key)
    if filters.theme is not None:
        found["theme"] = exists(
            # Also in a statement that counts by theme.
            select(ContributionTheme.theme_id)
            .where(ContributionTheme.contribution_id == C.id, ContributionTheme.theme_id.in_(meaning.ids))
            .correlate(C)
        )
    if filters.owner_id is not None:
        found["owner"] = _case(Case.owner_id == filters.owner_id)
    if filters.organisation_id is not None:
        found["organisation"] = _case(Case.organisation_id == filters.organisation_id)
    for place, word in enumerate(filters.q.split()[:10]):
        columns = (C.title, C.body, C.reference)
        found[f"word {place}"] = or_(*(column.icontains(word, autoescape=True) for column in columns))
    return found


def _case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Also in a statement that counts by who has the case.
    return exists(select(Case.contribution_id).where(Case.contribution_id == C.id, condition).correlate(C))


def count_inbox(session: Session, actor: Actor) -> dict[str, int]:
    """How many lie in each drawer, in one statement; for staff."""
    return read(session, inbox_counted(actor))


def inbox_counted(actor: Actor) -> Asking[dict[str, int]]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    (row,) = yield from asked(_counted(actor))
    return dict(row._mapping)


@kept
def _counted(actor: Actor) -> Select[Any]:
    # First told of each row, then counted: only so does the database read what they ask about as a whole.
    told = select(*(holds.label(name) for name, holds in _drawers(actor).items())).where(*_is_open(actor))
    lying = told.cte("lying").prefix_with("materialized")
    counts = [func.count().filter(lying.c[name]).label(name) for name in DRAWERS]
    return select(*counts).select_from(lying)


def list_inbox(
    session: Session, actor: Actor, filters: InboxFilters, page: int = 1, per_page: int = PER_PAGE
) -> Inbox:
    """One page, what is due first at the top; past the end, the first page. As many statements for one row as
    for a page full."""
    require(may_answer(actor))
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    conditions = _conditions(actor, filters, meaning).values()
    statement = (
        select(C.id, func.count().over().label("total"))
        .where(*conditions)
        .order_by(*_DUE_FIRST)
        .limit(per_page)
    )
    rows = session.execute(statement.offset((page - 1) * per_page)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    found = read(session, _rows_of(actor, [row.id for row in rows]))
    return Inbox(found, rows[0].total if rows else 0, page, per_page)


def _rows_of(actor: Actor, ids: list[int]) -> Asking[tuple[InboxRow, ...]]:
    """Those of these that the actor may see, in their order."""
    said, around = yield from beside(contributions_with(actor, ids), _around_each(ids))
    return tuple(InboxRow(said=said[i], **around[i]) for i in ids if i in said and i in around)


def list_whole_inbox(
    session: Session, actor: Actor, filters: InboxFilters, at_once: int
) -> Iterator[InboxRow]:
    """All of it in the same order, read so many at once: what lies in it is asked once alone."""
    require(may_answer(actor))
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    wanted = select(C.id).where(*_conditions(actor, filters, meaning).values())
    ids = session.scalars(wanted.order_by(*_DUE_FIRST)).all()
    for place in range(0, len(ids), at_once):
        yield from read(session, _rows_of(actor, list(ids[place : place + at_once])))


@dataclass(frozen=True, slots=True)
class Menu:
    """What a filter can be set to; `unlisted`: how many more choices there are than a menu holds."""

    choices: tuple[Choice, ...] = ()
    unlisted: int = 0


def list_inbox_choices(session: Session, actor: Actor, filters: InboxFilters) -> dict[str, Menu]:
    """What each filter can be set to (kind, meeting, theme, owner, organisation), with how many the list
    would hold then, the others kept: those with the most, and what is chosen; for staff."""
    require(may_answer(actor))
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    conditions = _conditions(actor, filters, meaning)
    ranked = _rank_choices(session, conditions).subquery("ranked")
    r = ranked.c
    value = case(
        (r.facet == "kind", r.word),
        (r.facet == "meeting", Meeting.key),
        (r.facet == "theme", Strategy.key + "/" + Theme.key),
        else_=cast(r.row_id, Text),
    ).label("value")
    label = func.coalesce(r.word, Meeting.title, Theme.name, User.name, Organisation.name).label("label")
    label_en = func.coalesce(Meeting.title_en, Theme.name_en).label("label_en")
    chosen = {
        "meeting": filters.meeting,
        "theme": filters.theme,
        "owner": str(filters.owner_id),
        "organisation": str(filters.organisation_id),
    }
    is_chosen = (and_(r.facet == name, value == word) for name, word in chosen.items() if name in conditions)
    rows = session.execute(
        select(r.facet, value, label, label_en, r["count"], r.choices)
        .outerjoin(Meeting, and_(r.facet == "meeting", Meeting.id == r.row_id))
        .outerjoin(Theme, and_(r.facet == "theme", Theme.id == r.row_id))
        .outerjoin(Strategy, Strategy.id == Theme.strategy_id)
        .outerjoin(User, and_(r.facet == "owner", User.id == r.row_id))
        .outerjoin(Organisation, and_(r.facet == "organisation", Organisation.id == r.row_id))
        .where(or_(r.place <= MOST_CHOICES, *is_chosen))
        .order_by(r.facet, danish_order(label), value)
    )
    found: dict[str, list[Choice]] = {}
    of_all: dict[str, int] = {}
    for row in rows:
        of_all[row.facet] = row.choices
        found.setdefault(row.facet, []).append(
            Choice(row.value, row.label, row.label_en or row.label, row.count)
        )
    return {facet: Menu(tuple(some), of_all[facet] - len(some)) for facet, some in found.items()}


def _rank_choices(session: Session, conditions: Mapping[str, ColumnElement[bool]]) -> Select[Any]:
    """Every choice of every filter (facet, row_id or word), how many it leads to, its place among those of
    its filter, the most first, and how many these are."""
    by = {name: holds for name, holds in conditions.items() if name in FACETS}
    # What lies here is read once, with what each filter says of it: each menu used to read all of it again.
    lying = (
        select(C.id, C.kind, C.meeting_id, *(holds.label(f"by_{name}") for name, holds in by.items()))
        .where(*(holds for name, holds in conditions.items() if name not in by))
        .cte("lying")
        .prefix_with("materialized")
    )
    y, none, many = lying.c, cast(null(), Text), func.count()

    def rest(facet: str) -> list[ColumnElement[bool]]:
        return [y[f"by_{name}"] for name in by if name != facet]

    meant = themes_meant(session)
    # What is under a theme in two ways is there once.
    pairs = (
        select(y.id, meant.c.row_id)
        .distinct()
        .join_from(lying, ContributionTheme, ContributionTheme.contribution_id == y.id)
        .join(meant, meant.c.theme_id == ContributionTheme.theme_id)
        .where(*rest("theme"))
        .subquery("pairs")
    )
    no_row = cast(null(), BigInteger)
    counted = union_all(
        select(
            literal("kind").label("facet"),
            no_row.label("row_id"),
            cast(y.kind, Text).label("word"),
            many.label("count"),
        )
        .where(*rest("kind"))
        .group_by(y.kind),
        select(literal("meeting"), y.meeting_id, none, many)
        .where(y.meeting_id.is_not(None), *rest("meeting"))
        .group_by(y.meeting_id),
        select(literal("theme"), pairs.c.row_id, none, many).group_by(pairs.c.row_id),
        select(literal("owner"), Case.owner_id, none, many)
        .join_from(lying, Case, Case.contribution_id == y.id)
        .join(User, User.id == Case.owner_id)
        .where(is_on_staff(), *rest("owner"))
        .group_by(Case.owner_id),
        select(literal("organisation"), Case.organisation_id, none, many)
        .join_from(lying, Case, Case.contribution_id == y.id)
        .where(Case.organisation_id.is_not(None), *rest("organisation"))
        .group_by(Case.organisation_id),
    ).subquery("counted")
    c = counted.c
    place = func.row_number().over(partition_by=c.facet, order_by=(c["count"].desc(), c.row_id, c.word))
    return select(counted, place.label("place"), func.count().over(partition_by=c.facet).label("choices"))


def _around_each(ids: list[int]) -> Asking[dict[int, dict[str, Any]]]:
    """{contribution id: the other columns of InboxRow}."""
    if not ids:
        return {}
    return {row.id: _around(row) for row in (yield from asked(_around_ids(), {"lying": ids}))}


def _around(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "id"}


@kept
def _around_ids() -> Select[Any]:
    return _arounds().where(C.id.in_(bindparam("lying", expanding=True)))


@kept
def _around_reference() -> Select[Any]:
    return _arounds().where(C.reference == bindparam("named"))


def _arounds() -> Select[Any]:
    notes = select(func.count()).where(StaffNote.contribution_id == C.id).correlate(C).scalar_subquery()
    begun = (
        select(func.max(Answer.id))
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(AnswerContribution.contribution_id == C.id, Answer.published_at.is_(None))
        .correlate(C)
        .scalar_subquery()
    )
    return (
        select(
            C.id,
            User.id.label("owner_id"),
            func.coalesce(User.name, "").label("owner"),
            Case.organisation_id,
            func.coalesce(Organisation.name, "").label("organisation"),
            notes.label("notes"),
            Pause.reply_by,
            _has_objection().label("has_objection"),
            begun.label("answer_id"),
            _answer(Answer.published_at.is_(None), Answer.prepared_at.is_not(None)).label("is_ready"),
        )
        .select_from(C)
        .outerjoin(Case, Case.contribution_id == C.id)
        .outerjoin(User, and_(User.id == Case.owner_id, is_on_staff()))
        .outerjoin(Organisation, Organisation.id == Case.organisation_id)
        .outerjoin(Pause, and_(Pause.contribution_id == C.id, Pause.ended_at.is_(None)))
    )


# --- one case


def find_case(session: Session, actor: Actor, reference: str) -> InboxRow | None:
    """One contribution as the inbox has it, open or not; for staff."""
    return read(session, case_of(actor, reference))


def case_of(actor: Actor, reference: str) -> Asking[InboxRow | None]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    said, around = yield from beside(
        contribution_named(actor, reference),
        asked(_around_reference(), {"named": as_reference(reference)}),
    )
    return InboxRow(said=said, **_around(around[0])) if said is not None else None


def list_by_references(session: Session, actor: Actor, references: Sequence[str]) -> list[ContributionView]:
    """The contributions of these numbers, in their order; unknown ones are left out. For staff."""
    require(may_answer(actor))
    wanted = list(dict.fromkeys(references))[:MOST_AT_ONCE]
    rows = session.execute(select(C.reference, C.id).where(C.reference.in_(wanted)))
    ids = {row.reference: row.id for row in rows}
    found = find_contributions(session, actor, list(ids.values()))
    return [found[ids[one]] for one in wanted if one in ids and ids[one] in found]


@dataclass(frozen=True, slots=True)
class Objection:
    """What an asker said of an answer. `reference`: of what they had asked, which may hang under the lead."""

    reference: str
    answer_id: int
    text: str
    made_at: datetime


def objections_to(actor: Actor, contribution_id: int) -> Asking[list[Objection]]:
    """What the askers of a contribution, and of what hangs under it, said of its answers; for staff."""
    require(may_answer(actor))
    return [
        Objection(*row) for row in (yield from asked(_objections(actor), {"objected_in": contribution_id}))
    ]


@kept
def _objections(actor: Actor) -> Select[Any]:
    is_asked = lead_or_self(AnswerObjection.contribution_id) == bindparam("objected_in")
    return (
        select(C.reference, AnswerObjection.answer_id, AnswerObjection.text, AnswerObjection.made_at)
        .join(C, C.id == AnswerObjection.contribution_id)
        .where(is_asked, visible_to(actor))
        .order_by(AnswerObjection.made_at, C.id)
        .limit(100)
    )


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done with a contribution. `by`: somebody on the staff, or empty for anybody else and
    for what the house did by itself (`is_own_accord`). `others`: what else it was done with."""

    at: datetime
    verb: str
    by: str
    is_own_accord: bool
    others: tuple[str, ...]


def history_of(actor: Actor, contribution_id: int) -> Asking[list[Step]]:
    """What was done with a contribution, the newest first, from the log; for staff. Only colleagues have a
    name here: who else did what is for auditors to read."""
    require(may_answer(actor))
    rows = yield from asked(_history(), {"history_of": contribution_id})
    return [
        Step(
            row.at,
            row.verb,
            row.colleague,
            row.user_id is None and row.user_name == SYSTEM.name,
            _others(row.after) or _others(row.before),
        )
        for row in rows
    ]


@kept
def _history() -> Select[Any]:
    return (
        select(
            AuditEntry.at,
            AuditEntry.verb,
            AuditEntry.before,
            AuditEntry.after,
            AuditEntry.user_id,
            AuditEntry.user_name,
            func.coalesce(User.name, "").label("colleague"),
        )
        .outerjoin(User, and_(User.id == AuditEntry.user_id, is_on_staff()))
        .where(
            AuditEntry.thing == "contribution",
            AuditEntry.thing_id == bindparam("history_of"),
            AuditEntry.outcome == "done",
        )
        .order_by(AuditEntry.id.desc())
        .limit(MOST_STEPS)
    )


def _others(noted: Mapping[str, Any] | None) -> tuple[str, ...]:
    if not noted:
        return ()
    return tuple(noted.get("gathered") or ([noted["lead"]] if "lead" in noted else ()))


@dataclass(frozen=True, slots=True)
class NoteView:
    id: int
    text: str
    written_by: str
    written_by_id: int | None
    written_at: datetime


def list_notes(session: Session, actor: Actor, contribution_id: int) -> list[NoteView]:
    """The colleagues' notes on one contribution, the oldest first; for staff alone."""
    return read(session, notes_on(actor, contribution_id))


def notes_on(actor: Actor, contribution_id: int) -> Asking[list[NoteView]]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    return [NoteView(*row) for row in (yield from asked(_notes(), {"noted_on": contribution_id}))]


@kept
def _notes() -> Select[Any]:
    return (
        select(
            StaffNote.id,
            StaffNote.text,
            func.coalesce(User.name, "").label("written_by"),
            StaffNote.written_by_id,
            StaffNote.written_at,
        )
        .outerjoin(User, User.id == StaffNote.written_by_id)
        .where(StaffNote.contribution_id == bindparam("noted_on"))
        .order_by(StaffNote.id)
        .limit(200)
    )


def list_colleagues(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of those who can look after contributions, by name; for staff."""
    return read(session, colleagues_for(actor))


def colleagues_for(actor: Actor) -> Asking[list[tuple[int, str]]]:
    """The same, to be asked beside others."""
    require(may_answer(actor))
    return [(row.id, row.name) for row in (yield from asked(_colleagues()))]


@kept
def _colleagues() -> Select[Any]:
    return select(User.id, User.name).where(is_on_staff()).order_by(User.name, User.id).limit(500)
