"""What some vendor had alone: worked out from who may see it, open until published or justified.

Three kinds of things stand here: what was handed out to a vendor and is not open to all; an answer that only
its asker can read; what was said by or for a vendor and reaches no other. Nothing is noted by hand about the
latter two: when the thing itself is opened to all, the gap is gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Subquery,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked
from app.core.kept import kept
from app.core.policy import STRANGER, Actor, require
from app.domain.contributions.gathered import with_lead
from app.domain.contributions.gathering_models import Gathered
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import has_been_open_to, is_listed
from app.domain.ledger.models import (
    LedgerCorrection,
    LedgerEntry,
    LedgerGapClosing,
    LedgerHandout,
    LedgerOrganisation,
    TenderQuestion,
)
from app.domain.ledger.policy import COMPETING_KINDS, may_keep_ledger
from app.domain.organisations.models import Organisation
from app.domain.presentations.models import Deck
from app.domain.presentations.policy import visible_to as decks_visible_to

PER_PAGE: Final = 30
# What is for participants is heard by many; what is for one of these levels reaches one vendor alone.
_ALONE: Final = ("own", "staff", "municipalities")


@dataclass(frozen=True, slots=True)
class Gap:
    """`thing`: handout, answer or contribution, with its number in its own table. `organisations`: the
    vendors that have it, (id, name). `since`: when they got it. `entry_id`: where it was handed out.
    `reference`: that of the contribution that it is, or that it answers."""

    thing: str
    thing_id: int
    title: str
    since: datetime
    organisations: tuple[tuple[int, str], ...]
    tender_id: int | None
    entry_id: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Gaps:
    rows: tuple[Gap, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def list_gaps(
    session: Session,
    actor: Actor,
    *,
    tender_id: int | None = None,
    organisation_id: int | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Gaps:
    """What is open, the oldest first; past the end, the first page. For staff. Two statements, whatever
    there is."""
    require(may_keep_ledger(actor))
    page = max(page, 1)
    rows = session.execute(_read_page(tender_id, organisation_id, page, per_page)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(_read_page(tender_id, organisation_id, 1, per_page)).all()
    names = _find_names(session, {one for row in rows for one in row.organisation_ids})
    total = rows[0].total if rows else 0
    return Gaps(tuple(_view(row, names) for row in rows), total, page, per_page)


def each_gap(session: Session, actor: Actor, tender_id: int | None, at_a_time: int) -> Iterator[Gap]:
    """All that is open, the oldest first, as it stood when the reading began; so many are fetched at a time,
    with the names of their organisations. For staff."""
    require(may_keep_ledger(actor))
    wanted = _read_page(tender_id, None, 1, None).execution_options(yield_per=at_a_time)
    for portion in session.execute(wanted).partitions():
        names = _find_names(session, {one for row in portion for one in row.organisation_ids})
        yield from (_view(row, names) for row in portion)


def _read_page(
    tender_id: int | None, organisation_id: int | None, page: int, per_page: int | None
) -> Select[tuple[object, ...]]:
    """The gaps of one page, or all where a page has no end. Which they are is found first: to tell of each
    takes as long as to find it."""
    every = _all_gaps().subquery()
    wanted = (
        select(every.c.thing, every.c.thing_id, func.count().over().label("total"))
        .where(*_narrow(every.c, tender_id, organisation_id))
        .order_by(every.c.since, every.c.thing, every.c.thing_id)
        .limit(per_page)
        .offset((page - 1) * (per_page or 0))
        .cte("wanted")
        .prefix_with("materialized")
    )

    def is_wanted(thing: str, column: object) -> ColumnElement[bool]:
        ids = select(wanted.c.thing_id).where(wanted.c.thing == thing)
        return column == any_(func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger)))  # type: ignore[no-any-return]

    told = union_all(
        _handouts().where(is_wanted("handout", LedgerHandout.id)),
        _answers(is_wanted("answer", Answer.id)),
        _contributions().where(is_wanted("contribution", Contribution.id)),
    ).subquery("told")
    total = select(func.max(wanted.c.total)).scalar_subquery()
    return select(told, total.label("total")).order_by(told.c.since, told.c.thing, told.c.thing_id)


def gaps_counted(actor: Actor, tender_id: int | None = None) -> Asking[int]:
    """How many are open, of a tender or of all; for staff. One statement."""
    require(may_keep_ledger(actor))
    ((gaps,),) = yield from asked(_counted(tender_id))
    return int(gaps)


@kept
def _counted(tender_id: int | None) -> Select[Any]:
    found = _all_gaps().subquery()
    conditions = _narrow(found.c, tender_id, None)
    return select(func.count().label("gaps")).select_from(found).where(*conditions)


def find_gap(session: Session, actor: Actor, thing: str, thing_id: int) -> Gap | None:
    """One that is open; for staff. Two statements."""
    require(may_keep_ledger(actor))
    if (found := _of_one(thing, thing_id)) is None:
        return None
    row = session.execute(found).one_or_none()
    return _view(row, _find_names(session, set(row.organisation_ids))) if row is not None else None


def is_gap(session: Session, thing: str, thing_id: int) -> bool:
    """Whether this stands in the list of gaps now."""
    found = _of_one(thing, thing_id)
    return found is not None and bool(session.scalar(select(found.exists())))


def _of_one(thing: str, thing_id: int) -> Select[Any] | None:
    if thing == "handout":
        return _handouts().where(LedgerHandout.id == thing_id)
    if thing == "answer":
        return _answers(Answer.id == thing_id)
    return _contributions().where(Contribution.id == thing_id) if thing == "contribution" else None


def _narrow(columns: object, tender_id: int | None, organisation_id: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if tender_id is not None:
        conditions.append(columns.tender_id == tender_id)  # type: ignore[attr-defined]
    if organisation_id is not None:
        conditions.append(literal(organisation_id, BigInteger) == any_(columns.organisation_ids))  # type: ignore[attr-defined]
    return conditions


def _find_names(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _view(row: object, names: dict[int, str]) -> Gap:
    given = {name: getattr(row, name) for name in Gap.__slots__ if name != "organisations"}
    ids: Sequence[int] = row.organisation_ids  # type: ignore[attr-defined]
    return Gap(**given, organisations=tuple(sorted(((i, names[i]) for i in ids), key=lambda one: one[1])))


# --- the three kinds


def _all_gaps() -> CompoundSelect[tuple[object, ...]]:
    return union_all(_handouts(), _answers(), _contributions())


def _is_closed(thing: str, thing_id: ColumnElement[int] | object) -> ColumnElement[bool]:
    return exists(
        select(LedgerGapClosing.id)
        .where(
            LedgerGapClosing.thing == thing,
            LedgerGapClosing.thing_id == thing_id,
            LedgerGapClosing.reopened_at.is_(None),
        )
        .correlate_except(LedgerGapClosing)
    )


def _competes(organisation_id: object) -> ColumnElement[bool]:
    return organisation_id.in_(  # type: ignore[attr-defined, no-any-return]
        select(Organisation.id).where(Organisation.kind.in_(COMPETING_KINDS))
    )


def _is_taken_out(row: type[LedgerOrganisation]) -> ColumnElement[bool]:
    """Whether the last correction that names it says that the organisation was not there."""
    last = aliased(LedgerCorrection)
    is_removed = row.organisation_id == any_(last.removed_ids)
    said = (
        select(is_removed)
        .where(
            last.entry_id == row.entry_id,
            or_(is_removed, row.organisation_id == any_(last.added_ids)),
        )
        .order_by(last.number.desc())
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )
    return func.coalesce(said, literal(False))


def open_handouts() -> Select[tuple[int]]:
    """The numbers of what was handed out and is a gap, for a statement."""
    return select(_handouts().subquery().c.thing_id)


def _handouts() -> Select[tuple[object, ...]]:
    met = (
        select(LedgerOrganisation.organisation_id)
        .where(
            LedgerOrganisation.entry_id == LedgerHandout.entry_id,
            _competes(LedgerOrganisation.organisation_id),
            ~_is_taken_out(LedgerOrganisation),
        )
        .correlate(LedgerHandout)
    )
    is_open_deck = exists(
        select(Deck.id)
        .where(Deck.id == LedgerHandout.deck_id, decks_visible_to(STRANGER))
        .correlate(LedgerHandout)
    )
    return (
        select(
            literal("handout").label("thing"),
            LedgerHandout.id.label("thing_id"),
            LedgerHandout.title.label("title"),
            LedgerEntry.noted_at.label("since"),
            LedgerEntry.tender_id.label("tender_id"),
            LedgerEntry.id.label("entry_id"),
            cast(null(), String).label("reference"),
            func.array(met.scalar_subquery(), type_=ARRAY(BigInteger)).label("organisation_ids"),
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerHandout.entry_id)
        .where(met.exists(), ~is_open_deck, ~_is_closed("handout", LedgerHandout.id))
    )


def _readers(answer: Subquery) -> Select[tuple[int | None]]:
    """The organisations that read an answer as theirs: said by them, or hanging under what it answers."""
    answered = (
        select(AnswerContribution.contribution_id)
        .where(AnswerContribution.answer_id == answer.c.id)
        .correlate(answer)
    )
    # Looked up from the answer on: all that was said used to be asked what it hangs under.
    hanging = (
        select(Gathered.contribution_id)
        .join(AnswerContribution, AnswerContribution.contribution_id == Gathered.lead_id)
        .where(AnswerContribution.answer_id == answer.c.id)
        .correlate(answer)
    )
    return (
        select(Contribution.on_behalf_of_id)
        .distinct()
        .where(
            Contribution.id.in_(union_all(answered, hanging)),
            _competes(Contribution.on_behalf_of_id),
        )
        .correlate(answer)
    )


def _answers(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """`conditions`: on Answer, for a statement that asks of some alone."""
    said, link = aliased(Contribution), aliased(AnswerContribution)
    is_read_by_more = exists(
        select(Contribution.id)
        .join(AnswerContribution, AnswerContribution.contribution_id == Contribution.id)
        .where(AnswerContribution.answer_id == Answer.id, _reaches_many())
        .correlate(Answer)
    )
    of_answer = select(link.answer_id).where(link.answer_id == Answer.id).correlate(Answer)
    # Nearly all answers are read by many; the offset keeps it so that these are set aside first.
    alone = (
        select(Answer.id, Answer.published_at)
        .where(Answer.published_at.is_not(None), of_answer.exists(), ~is_read_by_more, *conditions)
        .offset(0)
        .subquery("alone")
    )
    question = aliased(TenderQuestion)
    of_question = (
        select(question)
        .join(AnswerContribution, AnswerContribution.contribution_id.in_(with_lead(question.contribution_id)))
        .where(AnswerContribution.answer_id == alone.c.id)
        .correlate(alone)
    )
    tender = of_question.with_only_columns(func.min(question.tender_id)).scalar_subquery()
    is_shared = of_question.with_only_columns(question.id).where(question.shared_at.is_not(None)).exists()
    answered = (
        select(said)
        .join(link, link.contribution_id == said.id)
        .where(link.answer_id == alone.c.id)
        .correlate(alone)
    )
    first = answered.with_only_columns(func.min(said.reference)).scalar_subquery()
    title = answered.with_only_columns(said.title).order_by(said.reference).limit(1).scalar_subquery()
    readers = func.array(_readers(alone).scalar_subquery(), type_=ARRAY(BigInteger))
    return select(
        literal("answer").label("thing"),
        alone.c.id.label("thing_id"),
        title.label("title"),
        alone.c.published_at.label("since"),
        tender.label("tender_id"),
        cast(null(), BigInteger).label("entry_id"),
        first.label("reference"),
        readers.label("organisation_ids"),
        # Asked of each that is left: as a join, all that vendors said was read for it.
    ).where(func.cardinality(readers) > 0, ~is_shared, ~_is_closed("answer", alone.c.id))


def _reaches_many() -> ColumnElement[bool]:
    """What was open to all or to all who took part. That it is withdrawn since takes nothing from those who
    read it; and what one alone read stays with them."""
    to_participants = and_(Contribution.visibility == "participants", Contribution.published_at.is_not(None))
    return or_(has_been_open_to(STRANGER), to_participants)


def _contributions() -> Select[tuple[object, ...]]:
    question = aliased(TenderQuestion)
    of_question = (
        select(question.tender_id)
        .where(question.contribution_id == Contribution.id)
        .correlate(Contribution)
        .scalar_subquery()
    )
    is_shared = exists(
        select(question.id)
        .where(question.contribution_id == Contribution.id, question.shared_at.is_not(None))
        .correlate(Contribution)
    )
    return select(
        literal("contribution").label("thing"),
        Contribution.id.label("thing_id"),
        Contribution.title.label("title"),
        Contribution.received_at.label("since"),
        of_question.label("tender_id"),
        cast(null(), BigInteger).label("entry_id"),
        Contribution.reference.label("reference"),
        array([Contribution.on_behalf_of_id]).label("organisation_ids"),
    ).where(
        Contribution.visibility.in_(_ALONE),
        Contribution.published_at.is_not(None),
        is_listed(),
        _competes(Contribution.on_behalf_of_id),
        ~is_shared,
        ~_is_closed("contribution", Contribution.id),
    )
