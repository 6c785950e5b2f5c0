"""Reading the ledger: entries with their corrections, what was shared with all, tenders, and requests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor, NotFound, require
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.gathered import with_lead
from app.domain.contributions.models import Answer, AnswerContribution, AnswerEdition, Contribution
from app.domain.contributions.policy import visible_to as contributions_visible_to
from app.domain.ledger.choices import MOST_IN_MENU
from app.domain.ledger.models import (
    LedgerCorrection,
    LedgerEntry,
    LedgerGapClosing,
    LedgerHandout,
    LedgerOrganisation,
    LedgerRequest,
    LedgerStaff,
    Tender,
    TenderNotice,
    TenderQuestion,
    TenderQuestionEdition,
)
from app.domain.ledger.open_gaps import open_handouts
from app.domain.ledger.policy import (
    entries_visible_to,
    handouts_visible_to,
    is_late,
    may_keep_ledger,
    may_know_tender_of,
    may_see_own,
    tenders_visible_to,
)
from app.domain.ledger.service import stand
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meetings_visible_to
from app.domain.organisations.models import Organisation
from app.domain.presentations.models import Deck
from app.domain.presentations.policy import visible_to as decks_visible_to
from app.domain.users.models import User

PER_PAGE: Final = 30
_SOONEST: Final = (Tender.state == "closed", Tender.expected_on.nulls_last(), Tender.id)

# --- tenders


@dataclass(frozen=True, slots=True)
class NoticeView:
    id: int
    kind: str
    url: str
    number: str
    announced_on: date | None


@dataclass(frozen=True, slots=True)
class TenderView:
    """`organisation`: who buys, (id, name)."""

    id: int
    title: str
    text: str
    state: str
    organisation: tuple[int, str] | None
    expected_on: date | None
    published_at: datetime | None
    is_example: bool
    version: int
    notices: tuple[NoticeView, ...]
    questions: int


def find_tender(session: Session, actor: Actor, tender_id: int) -> TenderView | None:
    """One tender, if the actor may see it. Two statements."""
    return next(iter(_view_tenders(session, actor, Tender.id == tender_id)), None)


def list_tenders(
    session: Session, actor: Actor, state: str | None = None, most: int = PER_PAGE, page: int = 1
) -> tuple[TenderView, ...]:
    """Those that come and are open first, then by the day that is expected. Two statements."""
    conditions = [Tender.state == state] if state is not None else []
    return _view_tenders(session, actor, *conditions, most=most, skipped=(page - 1) * most)


def count_tenders(session: Session, actor: Actor) -> dict[str, int]:
    """How many the actor may see in each state that any is in. One statement."""
    rows = session.execute(
        select(Tender.state, func.count()).where(tenders_visible_to(actor)).group_by(Tender.state)
    )
    return {row.state: row.count for row in rows}


def read_tenders(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[TenderView]:
    """So many after a place, in the order of the list. Three statements."""
    order = (
        By(cast(Tender.state == "closed", Integer), int),
        By(func.coalesce(Tender.expected_on, date.max), date),
        By(Tender.id, int),
    )
    found = read_slice(session, select(Tender.id).where(tenders_visible_to(actor)), order, after, most)
    ids = [row.id for row in found.rows]
    return Slice(_view_tenders(session, actor, Tender.id.in_(ids), most=most) if ids else (), found.last)


def list_tender_names(
    session: Session, actor: Actor, besides: int | None = None, *, is_linkable: bool = False
) -> tuple[list[tuple[int, str]], int]:
    """(number, title) of as many as a menu holds, in the order of the list, and this one whatever there are;
    and how many the menu leaves out. `is_linkable`: those alone that a contribution can be linked to. One
    statement."""
    return read(session, tender_names_for(actor, besides, is_linkable=is_linkable))


def tender_names_for(
    actor: Actor, besides: int | None = None, *, is_linkable: bool = False
) -> Asking[tuple[list[tuple[int, str]], int]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_tender_names(actor, is_linkable), {"besides_tender": besides or 0})
    return [(row.id, row.title) for row in rows], rows[0].total - len(rows) if rows else 0


@kept
def _tender_names(actor: Actor, is_linkable: bool) -> Select[Any]:
    conditions = [Tender.published_at.is_not(None), Tender.state != "closed"] if is_linkable else []
    return (
        select(Tender.id, Tender.title, func.count().over().label("total"))
        .where(tenders_visible_to(actor), *conditions)
        .order_by((Tender.id == bindparam("besides_tender")).desc(), *_SOONEST)
        .limit(MOST_IN_MENU)
    )


def _view_tenders(
    session: Session,
    actor: Actor,
    *conditions: ColumnElement[bool],
    most: int = PER_PAGE,
    skipped: int = 0,
) -> tuple[TenderView, ...]:
    questions = (
        select(func.count(TenderQuestion.id))
        .where(TenderQuestion.tender_id == Tender.id, TenderQuestion.shared_at.is_not(None))
        .correlate(Tender)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Tender, Organisation.name, questions.label("questions"))
        .outerjoin(Organisation, Organisation.id == Tender.organisation_id)
        .where(tenders_visible_to(actor), *conditions)
        .order_by(*_SOONEST)
        .limit(most)
        .offset(skipped)
    ).all()
    notices: dict[int, list[NoticeView]] = {}
    for notice in session.scalars(
        select(TenderNotice)
        .where(TenderNotice.tender_id.in_([row.Tender.id for row in rows]))
        .order_by(TenderNotice.announced_on.nulls_last(), TenderNotice.id)
    ):
        view = NoticeView(notice.id, notice.kind, notice.url, notice.number, notice.announced_on)
        notices.setdefault(notice.tender_id, []).append(view)
    return tuple(
        TenderView(
            id=row.Tender.id,
            title=row.Tender.title,
            text=row.Tender.text,
            state=row.Tender.state,
            organisation=(row.Tender.organisation_id, row.name) if row.name is not None else None,
            expected_on=row.Tender.expected_on,
            published_at=row.Tender.published_at,
            is_example=row.Tender.is_example,
            version=row.Tender.version,
            notices=tuple(notices.get(row.Tender.id, ())),
            questions=row.questions,
        )
        for row in rows
    )


# --- what is asked about a tender, and answered to all


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """What all read. `editions`: how it stood until it was corrected."""

    verdict: str | None
    text: str
    text_en: str
    text_sv: str
    reason: str
    reason_en: str
    reason_sv: str
    published_at: datetime
    editions: tuple[tuple[str, str, str, datetime], ...]  # text, reason, why, replaced at


@dataclass(frozen=True, slots=True)
class QuestionView:
    """`contribution_id` is known to staff alone: it would tell who asked. `editions`: question, answer, why,
    and when it was replaced."""

    id: int
    number: int | None
    question: str
    answers: tuple[SharedAnswer, ...]
    shared_at: datetime | None
    contribution_id: int | None
    version: int
    editions: tuple[tuple[str, str, str, datetime], ...]


def list_questions(
    session: Session,
    actor: Actor,
    tender_id: int,
    most: int = 200,
    *,
    is_shared: bool | None = None,
    page: int = 1,
) -> tuple[QuestionView, ...]:
    """What has been shared about a tender that the actor sees, by number; for staff also what waits for its
    answer, last. `is_shared`: the former or the latter alone. Four statements."""
    wanted = _select_questions(actor, tender_id, is_shared).limit(most).offset((page - 1) * most)
    return _view_questions(session, actor, session.scalars(wanted).all())


@dataclass(frozen=True, slots=True)
class Questions:
    """One page of them, and how many there are."""

    rows: tuple[QuestionView, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_waiting_questions(session: Session, actor: Actor, tender_id: int, page: int = 1) -> Questions:
    """What waits for its answer about a tender, the oldest first; past the end, the first page. For staff.
    Five statements."""
    require(may_keep_ledger(actor))
    waiting = (TenderQuestion.tender_id == tender_id, TenderQuestion.shared_at.is_(None))
    total = session.scalar(select(func.count(TenderQuestion.id)).where(*waiting)) or 0
    page = page if page >= 1 and (page - 1) * PER_PAGE < total else 1
    rows = list_questions(session, actor, tender_id, PER_PAGE, is_shared=False, page=page)
    return Questions(rows, total, page)


def find_question(session: Session, actor: Actor, tender_id: int, question_id: int) -> QuestionView | None:
    """One question about a tender, if the actor may see it. Four statements."""
    wanted = _select_questions(actor, tender_id, None).where(TenderQuestion.id == question_id)
    return next(iter(_view_questions(session, actor, session.scalars(wanted).all())), None)


def each_shared_question(
    session: Session, actor: Actor, tender_id: int, at_a_time: int
) -> Iterator[QuestionView]:
    """All that has been shared about a tender that the actor sees, by number, as it stood when the reading
    began; answers are read so many at a time."""
    wanted = _select_questions(actor, tender_id, is_shared=True).execution_options(yield_per=at_a_time)
    for portion in session.scalars(wanted).partitions():
        yield from _view_questions(session, actor, portion)


def _select_questions(actor: Actor, tender_id: int, is_shared: bool | None) -> Select[tuple[TenderQuestion]]:
    is_seen = select(Tender.id).where(Tender.id == tender_id, tenders_visible_to(actor))
    shown = [] if may_keep_ledger(actor) else [TenderQuestion.shared_at.is_not(None)]
    if is_shared is not None:
        shown.append(
            TenderQuestion.shared_at.is_not(None) if is_shared else TenderQuestion.shared_at.is_(None)
        )
    return (
        select(TenderQuestion)
        .where(TenderQuestion.tender_id.in_(is_seen), *shown)
        .order_by(TenderQuestion.number.nulls_last(), TenderQuestion.id)
    )


def _view_questions(
    session: Session, actor: Actor, questions: Sequence[TenderQuestion]
) -> tuple[QuestionView, ...]:
    keeps = may_keep_ledger(actor)
    ids = [one.id for one in questions]
    answers = _list_answers(session, ids)
    editions: dict[int, list[tuple[str, str, str, datetime]]] = {}
    for one in session.scalars(
        select(TenderQuestionEdition)
        .where(TenderQuestionEdition.question_id.in_(ids))
        .order_by(TenderQuestionEdition.number)
    ):
        editions.setdefault(one.question_id, []).append((one.question, one.answer, one.why, one.replaced_at))
    return tuple(
        QuestionView(
            id=one.id,
            number=one.number,
            question=one.question,
            answers=_written_here(one) + tuple(answers.get(one.id, ())),
            shared_at=one.shared_at,
            contribution_id=one.contribution_id if keeps else None,
            version=one.version,
            editions=tuple(editions.get(one.id, ())),
        )
        for one in questions
    )


def _written_here(question: TenderQuestion) -> tuple[SharedAnswer, ...]:
    if question.shared_at is None or not question.answer:
        return ()
    return (SharedAnswer(None, question.answer, "", "", "", "", "", question.shared_at, ()),)


def _list_answers(session: Session, question_ids: Sequence[int]) -> dict[int, list[SharedAnswer]]:
    """{question id: published answers, the oldest first} of shared questions. Two statements."""
    rows = session.execute(
        select(TenderQuestion.id, Answer)
        # One answer may be given to both the question and its lead.
        .distinct()
        .select_from(TenderQuestion)
        .join(
            AnswerContribution,
            AnswerContribution.contribution_id.in_(with_lead(TenderQuestion.contribution_id)),
        )
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            TenderQuestion.id.in_(question_ids),
            TenderQuestion.shared_at.is_not(None),
            Answer.published_at.is_not(None),
        )
        .order_by(Answer.published_at, Answer.id)
    ).all()
    editions: dict[int, list[tuple[str, str, str, datetime]]] = {}
    for one in session.execute(
        select(
            AnswerEdition.answer_id,
            AnswerEdition.text,
            AnswerEdition.reason,
            AnswerEdition.why,
            AnswerEdition.replaced_at,
        )
        .where(AnswerEdition.answer_id.in_({row.Answer.id for row in rows}))
        .order_by(AnswerEdition.number)
    ):
        editions.setdefault(one.answer_id, []).append((one.text, one.reason, one.why, one.replaced_at))
    found: dict[int, list[SharedAnswer]] = {}
    for row in rows:
        answer: Answer = row.Answer
        assert answer.published_at is not None
        view = SharedAnswer(
            answer.verdict,
            answer.text,
            answer.text_en,
            answer.text_sv,
            answer.reason,
            answer.reason_en,
            answer.reason_sv,
            answer.published_at,
            tuple(editions.get(answer.id, ())),
        )
        found.setdefault(row.id, []).append(view)
    return found


def find_tender_of(
    session: Session, actor: Actor, contribution_id: int
) -> tuple[int, str, int | None] | None:
    """(tender id, its title, number of the shared question) of a contribution that is linked to a tender: for
    staff, and for those whose it is. Others are not told, else they would know who asked. One statement."""
    row = session.execute(
        select(Contribution, TenderQuestion.number, Tender.id, Tender.title)
        .join(TenderQuestion, TenderQuestion.contribution_id == Contribution.id)
        .join(Tender, Tender.id == TenderQuestion.tender_id)
        .where(Contribution.id == contribution_id, contributions_visible_to(actor), tenders_visible_to(actor))
    ).one_or_none()
    if row is None:
        return None
    return (row.id, row.title, row.number) if may_know_tender_of(actor, row.Contribution) else None


@dataclass(frozen=True, slots=True)
class TenderLink:
    """The switch of a contribution. `number`: of the shared question, None until it is answered."""

    id: int
    tender_id: int
    tender: str
    question: str
    number: int | None


def find_link(session: Session, actor: Actor, contribution_id: int) -> TenderLink | None:
    """How a contribution is linked to a tender; for staff. One statement."""
    return read(session, link_of(actor, contribution_id))


def link_of(actor: Actor, contribution_id: int) -> Asking[TenderLink | None]:
    """The same, to be asked beside others."""
    require(may_keep_ledger(actor))
    rows = yield from asked(_links(), {"linked": contribution_id})
    return TenderLink(**rows[0]._mapping) if rows else None


@kept
def _links() -> Select[Any]:
    return (
        select(
            TenderQuestion.id,
            TenderQuestion.tender_id,
            Tender.title.label("tender"),
            TenderQuestion.question,
            TenderQuestion.number,
        )
        .join(Tender, Tender.id == TenderQuestion.tender_id)
        .where(TenderQuestion.contribution_id == bindparam("linked"))
    )


def list_linked(
    session: Session, actor: Actor, questions: Collection[QuestionView]
) -> dict[int, tuple[str, str]]:
    """{contribution id: (reference, title)} of what these questions come from; for staff. One statement."""
    require(may_keep_ledger(actor))
    ids = {one.contribution_id for one in questions} - {None}
    rows = session.execute(
        select(Contribution.id, Contribution.reference, Contribution.title).where(Contribution.id.in_(ids))
    )
    return {row.id: (row.reference, row.title) for row in rows}


# --- entries


@dataclass(frozen=True, slots=True)
class Named:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ClosingView:
    """`how`: published (on a day, here or at `url`) or justified by `reason`."""

    id: int
    how: str
    reason: str
    url: str | None
    published_on: date | None
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class HandoutView:
    """`is_open`: it stands in the list of gaps. `deck_title`: where the actor may see the deck."""

    id: int
    kind: str
    title: str
    text: str
    filename: str | None
    size: int | None
    sha256: str | None
    deck_id: int | None
    deck_title: str | None
    is_open: bool
    closing: ClosingView | None


@dataclass(frozen=True, slots=True)
class CorrectionView:
    number: int
    words: Mapping[str, str]
    added_ids: tuple[int, ...]
    removed_ids: tuple[int, ...]
    reason: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RequestView:
    """`organisation`: who asked, (id, name)."""

    id: int
    entry_id: int
    organisation: tuple[int, str]
    text: str
    asked_at: datetime
    answer_by: date
    decision: str | None
    reply: str
    decided_at: datetime | None

    @property
    def is_late(self) -> bool:
        return is_late(self.answer_by, self.decided_at, today())


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as it stands with its corrections, and in `noted` as it was noted.

    An organisation sees of the others that were met only how many they are (`others`), and of tender, meeting
    and contribution what it may see of them elsewhere. `number`: of the last correction, 0 for none.
    """

    id: int
    happened_on: date
    how: str
    subject: str
    text: str
    noted: Mapping[str, str]
    noted_at: datetime
    is_example: bool
    number: int
    organisations: tuple[Named, ...]
    others: int
    staff: tuple[Named, ...]
    handouts: tuple[HandoutView, ...]
    corrections: tuple[CorrectionView, ...]
    requests: tuple[RequestView, ...]
    tender: Named | None
    meeting: tuple[str, str] | None  # key and title
    contribution: tuple[str, str] | None  # reference and title


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; None narrows nothing."""

    tender_id: int | None = None
    organisation_id: int | None = None
    meeting_id: int | None = None
    year: int | None = None
    ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    rows: tuple[EntryView, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_entries(
    session: Session, actor: Actor, filters: Filters | None = None, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """What the actor may see, the newest first; the same number of statements whatever there is."""
    filters = filters or Filters()
    conditions = [entries_visible_to(actor, LedgerEntry.id), *_narrow(filters)]
    total = session.scalar(select(func.count(LedgerEntry.id)).where(*conditions)) or 0
    page = page if page >= 1 and (page - 1) * per_page < total else 1
    entries = session.scalars(
        select(LedgerEntry)
        .where(*conditions)
        .order_by(LedgerEntry.happened_on.desc(), LedgerEntry.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return Listing(_view_entries(session, actor, entries), total, page, per_page)


def each_entry(session: Session, actor: Actor, filters: Filters, at_a_time: int) -> Iterator[EntryView]:
    """All that the actor may see, the newest first, as they stood when the reading began; what belongs to
    them is read so many at a time."""
    found = session.scalars(
        select(LedgerEntry)
        .where(entries_visible_to(actor, LedgerEntry.id), *_narrow(filters))
        .order_by(LedgerEntry.happened_on.desc(), LedgerEntry.id.desc())
        .execution_options(yield_per=at_a_time)
    )
    for portion in found.partitions():
        yield from _view_entries(session, actor, portion)


def find_entry(session: Session, actor: Actor, entry_id: int) -> EntryView | None:
    """One entry, if the actor may see it."""
    found = session.scalars(
        select(LedgerEntry).where(LedgerEntry.id == entry_id, entries_visible_to(actor, LedgerEntry.id))
    ).all()
    return next(iter(_view_entries(session, actor, found)), None)


def list_noted_on_own(session: Session, actor: Actor, page: int = 1) -> Listing:
    """What is noted on the organisation that the actor is known to speak for."""
    require(may_see_own(actor))
    return list_entries(session, actor, Filters(organisation_id=actor.organisation_id), page)


def _narrow(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.tender_id is not None:
        asked = select(TenderQuestion.entry_id).where(
            TenderQuestion.tender_id == filters.tender_id, TenderQuestion.entry_id.is_not(None)
        )
        of_contribution = select(TenderQuestion.contribution_id).where(
            TenderQuestion.tender_id == filters.tender_id, TenderQuestion.contribution_id.is_not(None)
        )
        conditions.append(
            or_(
                LedgerEntry.tender_id == filters.tender_id,
                LedgerEntry.id.in_(asked),
                LedgerEntry.contribution_id.in_(of_contribution),
            )
        )
    if filters.organisation_id is not None:
        of_organisation = select(LedgerOrganisation.entry_id).where(
            LedgerOrganisation.organisation_id == filters.organisation_id
        )
        conditions.append(LedgerEntry.id.in_(of_organisation))
    if filters.meeting_id is not None:
        conditions.append(LedgerEntry.meeting_id == filters.meeting_id)
    if filters.ids is not None:
        conditions.append(LedgerEntry.id.in_(filters.ids))
    if filters.year is not None:
        conditions.append(func.extract("year", LedgerEntry.happened_on) == filters.year)
    return conditions


def _view_entries(session: Session, actor: Actor, entries: Sequence[LedgerEntry]) -> tuple[EntryView, ...]:
    ids = [entry.id for entry in entries]
    met: dict[int, list[tuple[LedgerOrganisation, str]]] = {}
    for organisation, name in session.execute(
        select(LedgerOrganisation, Organisation.name)
        .join(Organisation, Organisation.id == LedgerOrganisation.organisation_id)
        .where(LedgerOrganisation.entry_id.in_(ids))
        .order_by(func.danish_sort_key(Organisation.name), Organisation.id)
    ):
        met.setdefault(organisation.entry_id, []).append((organisation, name))
    staff: dict[int, list[Named]] = {}
    for row in session.execute(
        select(LedgerStaff.entry_id, User.id, User.name)
        .join(User, User.id == LedgerStaff.user_id)
        .where(LedgerStaff.entry_id.in_(ids))
        .order_by(func.danish_sort_key(User.name), User.id)
    ):
        staff.setdefault(row.entry_id, []).append(Named(row.id, row.name))
    corrections: dict[int, list[LedgerCorrection]] = {}
    for one in session.scalars(
        select(LedgerCorrection)
        .where(LedgerCorrection.entry_id.in_(ids))
        .order_by(LedgerCorrection.entry_id, LedgerCorrection.number)
    ):
        corrections.setdefault(one.entry_id, []).append(one)
    requests = _list_requests_of(session, actor, ids)
    handouts = _list_handouts(session, actor, ids)
    tenders = {
        row.id: Named(row.id, row.title)
        for row in session.execute(
            select(Tender.id, Tender.title).where(
                Tender.id.in_(_of(entries, "tender_id")), tenders_visible_to(actor)
            )
        )
    }
    meetings = {
        row.id: (row.key, row.title)
        for row in session.execute(
            select(Meeting.id, Meeting.key, Meeting.title).where(
                Meeting.id.in_(_of(entries, "meeting_id")), meetings_visible_to(actor)
            )
        )
    }
    contributions = {
        row.id: (row.reference, row.title)
        for row in session.execute(
            select(Contribution.id, Contribution.reference, Contribution.title).where(
                Contribution.id.in_(_of(entries, "contribution_id")), contributions_visible_to(actor)
            )
        )
    }
    return tuple(
        _view_entry(
            actor,
            entry,
            met.get(entry.id, []),
            corrections.get(entry.id, []),
            staff=tuple(staff.get(entry.id, ())),
            handouts=tuple(handouts.get(entry.id, ())),
            requests=tuple(requests.get(entry.id, ())),
            tender=tenders.get(entry.tender_id or 0),
            meeting=meetings.get(entry.meeting_id or 0),
            contribution=contributions.get(entry.contribution_id or 0),
        )
        for entry in entries
    )


def _of(entries: Sequence[LedgerEntry], name: str) -> set[int]:
    return {getattr(entry, name) for entry in entries} - {None}


def _view_entry(
    actor: Actor,
    entry: LedgerEntry,
    rows: Sequence[tuple[LedgerOrganisation, str]],
    corrections: Sequence[LedgerCorrection],
    **parts: Any,
) -> EntryView:
    standing = stand(entry, corrections, [row for row, _ in rows])
    met = [
        Named(row.organisation_id, name)
        for row, name in rows
        if row.organisation_id in standing.organisation_ids
    ]
    keeps = may_keep_ledger(actor)
    shown = met if keeps else [one for one in met if one.id == actor.organisation_id]

    def of_shown(ids: Collection[int]) -> tuple[int, ...]:
        return tuple(i for i in ids if keeps or i == actor.organisation_id)

    return EntryView(
        id=entry.id,
        happened_on=date.fromisoformat(standing.words["happened_on"]),
        how=standing.words["how"],
        subject=standing.words["subject"],
        text=standing.words["text"],
        noted=stand(entry, (), ()).words,
        noted_at=entry.noted_at,
        is_example=entry.is_example,
        number=standing.number,
        organisations=tuple(shown),
        others=len(met) - len(shown),
        corrections=tuple(
            CorrectionView(
                one.number,
                one.words,
                of_shown(one.added_ids),
                of_shown(one.removed_ids),
                one.reason,
                one.made_at,
            )
            for one in corrections
        ),
        **parts,
    )


def _list_handouts(session: Session, actor: Actor, entry_ids: Sequence[int]) -> dict[int, list[HandoutView]]:
    """{entry id: what was handed out, in its order}. One statement."""
    is_open = LedgerHandout.id.in_(open_handouts())
    rows = session.execute(
        select(LedgerHandout, LedgerGapClosing, Deck.title.label("deck_title"), is_open.label("is_open"))
        .outerjoin(
            LedgerGapClosing,
            and_(
                LedgerGapClosing.thing == "handout",
                LedgerGapClosing.thing_id == LedgerHandout.id,
                LedgerGapClosing.reopened_at.is_(None),
            ),
        )
        .outerjoin(Deck, and_(Deck.id == LedgerHandout.deck_id, decks_visible_to(actor)))
        .where(LedgerHandout.entry_id.in_(entry_ids))
        .order_by(LedgerHandout.entry_id, LedgerHandout.position)
    )
    found: dict[int, list[HandoutView]] = {}
    for row in rows:
        one, closing = row.LedgerHandout, row.LedgerGapClosing
        view = HandoutView(
            id=one.id,
            kind=one.kind,
            title=one.title,
            text=one.text,
            filename=one.filename,
            size=one.size,
            sha256=one.sha256,
            deck_id=one.deck_id if row.deck_title is not None else None,
            deck_title=row.deck_title,
            is_open=row.is_open,
            closing=_view_closing(closing),
        )
        found.setdefault(one.entry_id, []).append(view)
    return found


def _view_closing(row: LedgerGapClosing | None) -> ClosingView | None:
    if row is None:
        return None
    return ClosingView(row.id, row.how, row.reason, row.url, row.published_on, row.closed_at)


# --- requests for corrections


def list_waiting_requests(session: Session, actor: Actor, page: int = 1) -> tuple[RequestView, ...]:
    """A page of those that wait for an answer, the first day first; for staff. One statement."""
    require(may_keep_ledger(actor))
    return _view_requests(session, LedgerRequest.decided_at.is_(None), skipped=(page - 1) * PER_PAGE)


def requests_counted(actor: Actor) -> Asking[tuple[int, int]]:
    """(how many wait for an answer, how many of them are late); for staff. One statement."""
    require(may_keep_ledger(actor))
    ((waiting, late),) = yield from asked(_requests_counted())
    return waiting, late


@kept
def _requests_counted() -> Select[Any]:
    return select(
        func.count(LedgerRequest.id).label("waiting"),
        func.count(LedgerRequest.id).filter(LedgerRequest.answer_by < today()).label("late"),
    ).where(LedgerRequest.decided_at.is_(None))


def find_request(session: Session, actor: Actor, request_id: int) -> RequestView | None:
    """One request: for staff, and for the organisation that asked."""
    own = [] if may_keep_ledger(actor) else [_is_of_own(actor)]
    return next(iter(_view_requests(session, LedgerRequest.id == request_id, *own)), None)


def _list_requests_of(
    session: Session, actor: Actor, entry_ids: Sequence[int]
) -> dict[int, list[RequestView]]:
    """{entry id: requests, the oldest first}; an organisation sees its own. One statement."""
    own = [] if may_keep_ledger(actor) else [_is_of_own(actor)]
    found: dict[int, list[RequestView]] = {}
    for one in _view_requests(session, LedgerRequest.entry_id.in_(entry_ids), *own, most=None):
        found.setdefault(one.entry_id, []).append(one)
    return found


def _is_of_own(actor: Actor) -> ColumnElement[bool]:
    own = actor.organisation_id if may_see_own(actor) else None
    return and_(LedgerRequest.organisation_id.is_not(None), LedgerRequest.organisation_id == (own or 0))


def _view_requests(
    session: Session, *conditions: ColumnElement[bool], most: int | None = PER_PAGE, skipped: int = 0
) -> tuple[RequestView, ...]:
    rows = session.execute(
        select(LedgerRequest, Organisation.name)
        .join(Organisation, Organisation.id == LedgerRequest.organisation_id)
        .where(*conditions)
        .order_by(LedgerRequest.answer_by, LedgerRequest.id)
        .limit(most)
        .offset(skipped)
    )
    return tuple(
        RequestView(
            id=one.id,
            entry_id=one.entry_id,
            organisation=(one.organisation_id, name),
            text=one.text,
            asked_at=one.asked_at,
            answer_by=one.answer_by,
            decision=one.decision,
            reply=one.reply,
            decided_at=one.decided_at,
        )
        for one, name in rows
    )


# --- what all have got


@dataclass(frozen=True, slots=True)
class SharedHandout:
    """What was handed out to somebody and then published for all; not to whom."""

    id: int
    kind: str
    title: str
    text: str
    filename: str | None
    size: int | None
    url: str | None
    published_on: date
    tender: Named | None


@dataclass(frozen=True, slots=True)
class SharedHandouts:
    rows: tuple[SharedHandout, ...]
    total: int
    page: int = 1
    per_page: int = field(default=PER_PAGE)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_shared(
    session: Session, actor: Actor, tender_id: int | None = None, page: int = 1
) -> SharedHandouts:
    """What was handed out and all have got since, the newest first; open to all. Two statements."""
    conditions = [
        LedgerGapClosing.thing == "handout",
        LedgerGapClosing.how == "published",
        LedgerGapClosing.reopened_at.is_(None),
    ]
    if tender_id is not None:
        conditions.append(Tender.id == tender_id)
    is_tender = and_(Tender.id == LedgerEntry.tender_id, tenders_visible_to(actor))
    statement = (
        select(LedgerHandout, LedgerGapClosing, Tender.id.label("tender_id"), Tender.title.label("tender"))
        .join(LedgerGapClosing, LedgerGapClosing.thing_id == LedgerHandout.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerHandout.entry_id)
        .outerjoin(Tender, is_tender)
        .where(*conditions)
    )
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    page = page if page >= 1 and (page - 1) * PER_PAGE < total else 1
    rows = session.execute(
        statement.order_by(LedgerGapClosing.published_on.desc(), LedgerHandout.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return SharedHandouts(tuple(_view_shared(row) for row in rows), total, page)


def _view_shared(row: Any) -> SharedHandout:
    one, closing = row.LedgerHandout, row.LedgerGapClosing
    is_here = closing.url is None
    return SharedHandout(
        id=one.id,
        kind=one.kind,
        title=one.title,
        text=one.text if is_here else "",
        filename=one.filename if is_here else None,
        size=one.size if is_here else None,
        url=closing.url,
        published_on=closing.published_on,
        tender=Named(row.tender_id, row.tender) if row.tender_id is not None else None,
    )


@dataclass(frozen=True, slots=True)
class HandoutFile:
    file_key: str
    filename: str
    size: int


def find_file(session: Session, actor: Actor, handout_id: int) -> HandoutFile:
    """The file that was handed out, for staff, for whom it was handed to, and for all once it is published
    here. Raises NotFound."""
    row = session.execute(
        select(LedgerHandout.file_key, LedgerHandout.filename, LedgerHandout.size).where(
            LedgerHandout.id == handout_id, LedgerHandout.kind == "file", handouts_visible_to(actor)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return HandoutFile(row.file_key, row.filename, row.size)
