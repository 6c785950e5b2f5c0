"""What earlier meetings left open, for the programme of the next one: promises, answers that are missing, and
what is said again and again. For staff; each function sends one statement, `list_repeated` three."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.clock import day_of_in_sql
from app.core.policy import STRANGER
from app.domain.contributions.gathered import find_members
from app.domain.contributions.likeness import Alike, Likeness, as_spoken, find_likeness, theme_ids
from app.domain.contributions.likeness import Reason as SameReason
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    AnswerOrganisation,
    Contribution,
)
from app.domain.contributions.policy import (
    OPEN_STATUSES,
    answers_visible_to,
    is_late,
    is_listed,
    visible_to,
)
from app.domain.meetings.models import Meeting, Series
from app.domain.organisations.models import Organisation

C = Contribution
MOST_OPEN, MOST_PROMISES, MOST_REPEATED = 40, 30, 20
# So many texts are compared, the newest; so many are asked what is like them, wishes before cards.
MOST_COMPARED, MOST_ASKED = 1_000, 60
MOST_SIGHTINGS = 12
# A matter for a meeting: what asks for something. Cards are what was said around a table.
ASKING = ("wish", "question", "idea", "need")
# What is for one organisation or for staff alone is no matter for a programme that all read.
FOR_MANY = ("public", "participants", "municipalities")
# What nobody has set a day for is thought of as forgotten when it has waited so long.
FORGOTTEN_AFTER = timedelta(days=180)
DONE_WITH = ("done", "effect_measured", "declined", "withdrawn")
CARRIED_OUT = ("done", "effect_measured")

Missing = Literal["late", "forgotten"]


@dataclass(frozen=True, slots=True)
class Scope:
    """For which meeting something is looked for: what was said in its series, or between meetings, and not at
    the meeting itself (`meeting_id`; None for one that is not made yet). `is_example`: invented examples from
    elsewhere may stand beside it. Series and meeting may be bound to a statement that is kept."""

    series_key: str | ColumnElement[str]
    is_example: bool
    meeting_id: int | ColumnElement[int] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was said: at a meeting, or between meetings, where the meeting is empty."""

    said_on: date
    meeting_id: int | None
    meeting_key: str | None
    meeting_number: int | None
    meeting_title: str | None
    meeting_title_en: str | None


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something said that waits for an answer. `is_open_to_all`: anybody may read its words."""

    id: int
    kind: str
    reference: str
    title: str
    body: str
    language: str
    status: str
    answer_by: date | None
    is_open_to_all: bool
    is_example: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Promise:
    """What an organiser promised at a meeting, or after it. `about`: references of what it answers."""

    id: int
    text: str
    text_en: str
    said_by: str
    is_example: bool
    about: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class SaidAgain:
    """Another time that the same was said: where, in which words, and how one can tell."""

    id: int
    kind: str
    reference: str
    title: str
    language: str
    is_example: bool
    reasons: tuple[SameReason, ...]
    words: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Repeated:
    """Something open that has been said on several occasions: at other meetings, or by others between them.

    `matter` is the first of them that is still open: one whose answer is missing before others, a wish before
    a card. `sightings` are the others, the newest first; `times` counts the occasions with the first.
    """

    matter: OpenMatter
    sightings: tuple[SaidAgain, ...]
    times: int


# --- promises


def list_promises(session: Session, scope: Scope, *conditions: ColumnElement[bool]) -> list[Promise]:
    """What was promised to all at meetings of the series and is not done with, the oldest first. `conditions`
    narrow the answers further.

    A promise is done with when all that it answers is carried out.
    """
    about = (
        select(func.array_agg(aggregate_order_by(C.reference, C.id)))
        .join(AnswerContribution, AnswerContribution.contribution_id == C.id)
        .where(AnswerContribution.answer_id == Answer.id, visible_to(STRANGER))
        .correlate(Answer)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Answer.id,
            Answer.text,
            Answer.text_en,
            func.coalesce(func.nullif(Answer.said_by_text, ""), _signers(), "").label("said_by"),
            Answer.is_example,
            about.label("about"),
            func.coalesce(day_of_in_sql(Answer.published_at), Meeting.held_on).label("said_on"),
            *_MEETING,
        )
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(is_open_promise(), in_scope(Answer, scope), *conditions)
        .order_by(func.coalesce(day_of_in_sql(Answer.published_at), Meeting.held_on), Answer.id)
        .limit(MOST_PROMISES)
    )
    return [
        Promise(
            row.id, row.text, row.text_en, row.said_by, row.is_example, tuple(row.about or ()), _origin(row)
        )
        for row in rows
    ]


def is_open_promise() -> ColumnElement[bool]:
    """An answer that promises something to all and is not done with."""
    is_open = or_(~exists(_answered()), exists(_answered().where(C.status.not_in(DONE_WITH))))
    return and_(Answer.kind == "promise", is_published_answer(), is_open)


def is_published_answer() -> ColumnElement[bool]:
    """An answer that everybody can read."""
    return answers_visible_to(STRANGER)


def _answered() -> Select[tuple[int]]:
    return (
        select(C.id)
        .join(AnswerContribution, AnswerContribution.contribution_id == C.id)
        .where(AnswerContribution.answer_id == Answer.id)
        .correlate(Answer)
    )


def _signers() -> Any:
    return (
        select(func.string_agg(func.coalesce(Organisation.short_name, Organisation.name), ", "))
        .join(AnswerOrganisation, AnswerOrganisation.organisation_id == Organisation.id)
        .where(AnswerOrganisation.answer_id == Answer.id)
        .correlate(Answer)
        .scalar_subquery()
    )


# --- answers that are missing


def list_unanswered(session: Session, scope: Scope, on: date) -> list[OpenMatter]:
    """What waits too long for an answer on this day: the day for it has passed, or nobody ever set one and it
    has been forgotten. First what has waited longest."""
    too_late = or_(C.answer_by < on, and_(C.answer_by.is_(None), _said_on() < on - FORGOTTEN_AFTER))
    rows = session.execute(
        _matters(scope)
        .where(C.kind.in_(ASKING), too_late)
        .order_by(func.coalesce(C.answer_by, _said_on()), C.id)
        .limit(MOST_OPEN)
    )
    return [_matter(row) for row in rows]


def why_missing(matter: OpenMatter, on: date) -> Missing | None:
    """Late: its day has passed. Forgotten: it never had one, and is old."""
    if is_late(matter.answer_by, matter.status, on):
        return "late"
    is_forgotten = matter.answer_by is None and matter.origin.said_on < on - FORGOTTEN_AFTER
    return "forgotten" if matter.kind in ASKING and is_forgotten else None


def waits_for_answer() -> ColumnElement[bool]:
    """Something said that is in force, open, and has no answer yet. Thanks are no answer."""
    answered = (
        select(AnswerContribution.answer_id)
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            AnswerContribution.contribution_id == C.id,
            Answer.published_at.is_not(None),
            Answer.kind != "thanks",
        )
        .correlate(C)
    )
    return and_(is_listed(), C.published_at.is_not(None), C.status.in_(OPEN_STATUSES), ~exists(answered))


def is_open_matter() -> ColumnElement[bool]:
    """What waits for an answer and is a matter for a programme."""
    return and_(waits_for_answer(), C.visibility.in_(FOR_MANY))


def in_scope(table: Any, scope: Scope) -> ColumnElement[bool]:
    """Rows of the series, or of no meeting, of a table with `meeting_id` and `is_example`; the statement has
    joined the meeting and its series, outer."""
    between = and_(table.meeting_id.is_(None), table.is_example.is_(scope.is_example))
    itself = 0 if scope.meeting_id is None else scope.meeting_id
    return or_(between, and_(Series.key == scope.series_key, Meeting.id != itself))


def _said_on() -> Any:
    return func.coalesce(Meeting.held_on, day_of_in_sql(C.received_at))


_MEETING = (
    Meeting.id.label("meeting_id"),
    Meeting.key.label("meeting_key"),
    Meeting.number.label("meeting_number"),
    Meeting.title.label("meeting_title"),
    Meeting.title_en.label("meeting_title_en"),
)


def _of_matter() -> tuple[Any, ...]:
    return (
        C.id,
        C.kind,
        C.reference,
        C.title,
        C.body,
        C.language,
        C.status,
        C.answer_by,
        visible_to(STRANGER).label("is_open_to_all"),
        C.is_example,
        _said_on().label("said_on"),
        *_MEETING,
    )


def _matters(scope: Scope) -> Select[Any]:
    return (
        select(*_of_matter())
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(is_open_matter(), in_scope(C, scope))
    )


def _matter(row: Any) -> OpenMatter:
    return OpenMatter(
        row.id,
        row.kind,
        row.reference,
        row.title,
        row.body,
        row.language,
        row.status,
        row.answer_by,
        row.is_open_to_all,
        row.is_example,
        _origin(row),
    )


def _origin(row: Any) -> Origin:
    return Origin(
        row.said_on,
        row.meeting_id,
        row.meeting_key,
        row.meeting_number,
        row.meeting_title,
        row.meeting_title_en,
    )


# --- what is said again


@dataclass(frozen=True, slots=True)
class _Heard:
    """Something said, with what tells whether it is a new occasion. `waits`: it is open and unanswered."""

    matter: OpenMatter
    waits: bool
    voice: str

    @property
    def occasion(self) -> str:
        """A meeting counts once, however often it was said there; between meetings each voice does."""
        meeting_id = self.matter.origin.meeting_id
        return f"meeting {meeting_id}" if meeting_id is not None else self.voice


def list_repeated(session: Session, scope: Scope, on: date) -> list[Repeated]:
    """What is open and has been said on more than one occasion, that which was said most often first.

    Looked for at every meeting of every series: what is said again elsewhere is said again. What staff has
    gathered under a lead counts with it, whatever its words.
    """
    heard, likeness = _listen(session, scope)
    asked = sorted(
        (one for one in heard.values() if one.waits),
        key=lambda one: (
            # Whose answer is missing goes first, so that what says the same stands under it.
            why_missing(one.matter, on) is None,
            one.matter.kind == "card",
            one.matter.origin.said_on,
            one.matter.id,
        ),
    )
    groups: list[_Group] = []
    taken: dict[int, _Group] = {}
    gathered = find_members(session, [one.matter.id for one in asked[:MOST_ASKED]])
    for one in asked[:MOST_ASKED]:
        together = [other for other in gathered.get(one.matter.id, ()) if other in heard]
        alike = {other: Alike(other, 1.0, ("gathered",), ()) for other in together}
        for other in likeness.list_alike(one.matter.id):
            # What is alike in words as well is told by them.
            alike[other.id] = other
        elsewhere = [other for other in alike if heard[other].occasion != one.occasion]
        if one.matter.id in taken or not elsewhere:
            continue
        # What is like nothing but what a group has already is one more voice in that group.
        known = {id(taken[other]): taken[other] for other in elsewhere if other in taken}
        if len(known) == 1 and all(other in taken for other in elsewhere):
            (group,) = known.values()
            group.alike[one.matter.id] = _turn(alike[elsewhere[0]], one.matter.id)
            taken[one.matter.id] = group
            continue
        groups.append(group := _Group(one, alike))
        taken |= dict.fromkeys([one.matter.id, *alike], group)
    found = [_tell(heard, group) for group in groups]
    found.sort(key=lambda one: (-one.times, -len(one.sightings), one.matter.id))
    return found[:MOST_REPEATED]


@dataclass(slots=True)
class _Group:
    """What says the same as the first, by id."""

    first: _Heard
    alike: dict[int, Alike]


def _turn(alike: Alike, other_id: int) -> Alike:
    """The same likeness seen from the other side."""
    return replace(alike, id=other_id)


def _tell(heard: dict[int, _Heard], group: _Group) -> Repeated:
    occasions = {group.first.occasion, *(heard[other].occasion for other in group.alike)}
    return Repeated(group.first.matter, _see(heard, list(group.alike.values())), len(occasions))


def _see(heard: dict[int, _Heard], alike: Sequence[Alike]) -> tuple[SaidAgain, ...]:
    seen = [
        SaidAgain(
            matter.id,
            matter.kind,
            matter.reference,
            matter.title,
            matter.language,
            matter.is_example,
            other.reasons,
            other.words,
            matter.origin,
        )
        for other in alike[:MOST_SIGHTINGS]
        for matter in (heard[other.id].matter,)
    ]
    return tuple(sorted(seen, key=lambda one: (one.origin.said_on, one.id), reverse=True))


def _listen(session: Session, scope: Scope) -> tuple[dict[int, _Heard], Likeness]:
    """All that may be said again: of examples only for an example."""
    rows = session.execute(
        select(
            *_of_matter(),
            C.body_en,
            C.aspect,
            theme_ids(),
            and_(waits_for_answer(), in_scope(C, scope)).label("waits"),
            case(
                (C.on_behalf_of_id.is_not(None), func.concat("organisation ", C.on_behalf_of_id)),
                (C.said_by_user_id.is_not(None), func.concat("user ", C.said_by_user_id)),
                else_=func.concat("contribution ", C.id),
            ).label("voice"),
        )
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(Series, Series.id == Meeting.series_id)
        .where(
            is_listed(),
            # An idea is a project of its own, not something asked for again.
            C.kind != "idea",
            C.published_at.is_not(None),
            C.visibility.in_(FOR_MANY),
            or_(C.is_example.is_(False), C.is_example.is_(scope.is_example), Series.key == scope.series_key),
            func.coalesce(C.meeting_id, 0) != (scope.meeting_id or -1),
        )
        .order_by(C.received_at.desc(), C.id.desc())
        .limit(MOST_COMPARED)
    ).all()
    spoken = [as_spoken(row) for row in rows]
    heard = {row.id: _Heard(_matter(row), bool(row.waits), row.voice) for row in rows}
    return heard, find_likeness(session, spoken)
