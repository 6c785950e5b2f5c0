"""Where what puts itself forward comes from. A new kind of thing is a new `Source` in the tuple at the end,
and its word in the check of `agenda_decision.thing`; nothing else here knows of kinds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.policy import Actor
from app.domain.commitments.carrying_over import OpenCommitment, is_open, list_open
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import visible_to as commitment_visible_to
from app.domain.contributions.carrying_over import (
    OpenMatter,
    Origin,
    Promise,
    Repeated,
    SaidAgain,
    Scope,
    is_open_matter,
    is_open_promise,
    list_promises,
    list_repeated,
    list_unanswered,
    why_missing,
)
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.policy import answers_visible_to, is_listed, visible_to
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to

Kind = Literal["promise", "missing_answer", "repeated"]
Reason = Literal["promised", "overdue", "late", "forgotten", "repeated"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that puts itself forward for a programme, and why.

    `kind` is the first of its reasons in a word. `months`: since it was said, or for what is late or overdue
    since its day. `reference` is empty for a promise that is only an answer; `about`: references of what it
    answers. `said_by`: who promised; `deadline`: by when. `sightings` and `times`: of what was said again.
    """

    thing: str
    thing_id: int
    kind: Kind
    reasons: tuple[Reason, ...]
    said_as: str
    reference: str
    title: str
    title_en: str
    body: str
    language: str
    is_open_to_all: bool
    is_example: bool
    origin: Origin
    months: int
    answer_by: date | None = None
    deadline: date | None = None
    said_by: str = ""
    about: tuple[str, ...] = ()
    sightings: tuple[SaidAgain, ...] = ()
    times: int = 1

    @property
    def name(self) -> str:
        """Its word in forms and addresses."""
        return f"{self.thing}-{self.thing_id}"

    @property
    def first_heard(self) -> Origin:
        """Where it was said for the first time."""
        return min((self.origin, *(one.origin for one in self.sightings)), key=lambda one: one.said_on)

    @property
    def covers(self) -> frozenset[tuple[str, int]]:
        """The things that a decision about it is about: itself, and those that say the same."""
        alike = ((self.thing, sighting.id) for sighting in self.sightings)
        return frozenset({(self.thing, self.thing_id), *alike})


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of thing. `id_column`: of its table. `propose`: what of it puts itself forward on a day.
    `is_open`: the part of that rule that holds for any meeting, in SQL.
    `show`: as a statement, all of it that an actor may read, with the columns thing, thing_id, said_as,
    reference, title, title_en, language, is_example, and the meeting's as in `Origin`."""

    thing: str
    id_column: InstrumentedAttribute[int]
    propose: Callable[[Session, Scope, date], list[Proposal]]
    is_open: Callable[[], ColumnElement[bool]]
    show: Callable[[Actor], Select[Any]]


def _propose_promises(session: Session, scope: Scope, on: date) -> list[Proposal]:
    return [_from_promise(promise, on) for promise in list_promises(session, scope, is_loose())]


def is_loose() -> ColumnElement[bool]:
    """What has become a commitment puts itself forward as that."""
    return ~exists().where(Commitment.answer_id == Answer.id, Commitment.published_at.is_not(None))


def _propose_commitments(session: Session, scope: Scope, on: date) -> list[Proposal]:
    return [_from_commitment(one, on) for one in list_open(session, scope)]


def _from_commitment(one: OpenCommitment, on: date) -> Proposal:
    is_overdue = one.deadline < on
    waited_from = one.deadline if is_overdue else one.origin.said_on
    return Proposal(
        thing="commitment",
        thing_id=one.id,
        kind="promise",
        reasons=("overdue",) if is_overdue else ("promised",),
        said_as="commitment",
        reference=one.reference,
        title=one.title,
        title_en=one.title_en,
        body="",
        language="da",
        is_open_to_all=True,
        is_example=one.is_example,
        origin=one.origin,
        months=count_months(waited_from, on),
        deadline=one.deadline,
        said_by=one.organisation,
        about=one.about,
    )


def _from_promise(one: Promise, on: date) -> Proposal:
    return Proposal(
        thing="answer",
        thing_id=one.id,
        kind="promise",
        reasons=("promised",),
        said_as="promise",
        reference="",
        title=one.text,
        title_en=one.text_en,
        body="",
        language="da",
        is_open_to_all=True,
        is_example=one.is_example,
        origin=one.origin,
        months=count_months(one.origin.said_on, on),
        said_by=one.said_by,
        about=one.about,
    )


def _propose_contributions(session: Session, scope: Scope, on: date) -> list[Proposal]:
    """What has no answer, and what is said again; what is both, once, with both reasons."""
    repeated = {one.matter.id: one for one in list_repeated(session, scope, on)}
    missing = list_unanswered(session, scope, on)
    said_again = {sighting.id for one in repeated.values() for sighting in one.sightings}
    proposals = [
        _from_matter(matter, repeated.pop(matter.id, None), on)
        for matter in missing
        # What only says the same as an older one stands there.
        if matter.id in repeated or matter.id not in said_again
    ]
    return proposals + [_from_matter(one.matter, one, on) for one in repeated.values()]


def _from_matter(matter: OpenMatter, repeated: Repeated | None, on: date) -> Proposal:
    missing = why_missing(matter, on)
    reasons: list[Reason] = [missing] if missing else []
    if repeated is not None:
        reasons.append("repeated")
    waited_from = matter.answer_by if missing == "late" and matter.answer_by else matter.origin.said_on
    return Proposal(
        thing="contribution",
        thing_id=matter.id,
        kind="missing_answer" if missing else "repeated",
        reasons=tuple(reasons),
        said_as=matter.kind,
        reference=matter.reference,
        title=matter.title,
        title_en="",
        body=matter.body,
        language=matter.language,
        is_open_to_all=matter.is_open_to_all,
        is_example=matter.is_example,
        origin=matter.origin,
        months=count_months(waited_from, on),
        answer_by=matter.answer_by,
        sightings=repeated.sightings if repeated else (),
        times=repeated.times if repeated else 1,
    )


def count_months(first: date, last: date) -> int:
    """Whole months from one day to another; 0 where the second is not later."""
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(months, 0)


_OF_MEETING = (
    Meeting.key.label("meeting_key"),
    Meeting.number.label("meeting_number"),
    Meeting.title.label("meeting_title"),
    Meeting.title_en.label("meeting_title_en"),
)


def _show_promises(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("answer").label("thing"),
            Answer.id.label("thing_id"),
            literal("promise").label("said_as"),
            literal("").label("reference"),
            Answer.text.label("title"),
            Answer.text_en.label("title_en"),
            literal("da").label("language"),
            Answer.is_example,
            *_OF_MEETING,
        )
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .where(answers_visible_to(actor))
    )


def _show_commitments(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("commitment").label("thing"),
            Commitment.id.label("thing_id"),
            literal("commitment").label("said_as"),
            Commitment.reference,
            Commitment.title,
            Commitment.title_en,
            literal("da").label("language"),
            Commitment.is_example,
            *_OF_MEETING,
        )
        .outerjoin(Meeting, and_(Meeting.id == Commitment.meeting_id, meeting_visible_to(actor)))
        .where(commitment_visible_to(actor))
    )


def _show_contributions(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("contribution").label("thing"),
            Contribution.id.label("thing_id"),
            Contribution.kind.label("said_as"),
            Contribution.reference,
            Contribution.title,
            literal("").label("title_en"),
            Contribution.language,
            Contribution.is_example,
            *_OF_MEETING,
        )
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .where(visible_to(actor), is_listed())
    )


SOURCES: tuple[Source, ...] = (
    Source("commitment", Commitment.id, _propose_commitments, is_open, _show_commitments),
    Source(
        "answer",
        Answer.id,
        _propose_promises,
        lambda: and_(is_open_promise(), is_loose()),
        _show_promises,
    ),
    Source("contribution", Contribution.id, _propose_contributions, is_open_matter, _show_contributions),
)
