"""Reading what is gathered: every time that the same was said, in the order of the years.

A member keeps its own visibility: each reader is shown those sightings that they may read, and the count of
no others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    cast,
    distinct,
    extract,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import day_of_in_sql
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.gathering_models import CitedInAnswer, CitedPage, Gathered, Gathering
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.contributions.queries import Answered, find_answers
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.policy import in_force
from app.domain.organisations.models import Organisation
from app.domain.presentations import policy as presentations
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.users.models import Person, User

MOST_CITING = 50
C = Contribution


@dataclass(frozen=True, slots=True)
class Cited:
    """A slide page with what its address needs; `revision_id` for that of its picture."""

    deck_id: int
    number: int
    deck_title: str
    page_title: str
    language: str
    revision_id: int

    @property
    def path(self) -> str:
        return f"/oplaeg/{self.deck_id}/side/{self.number}"

    @property
    def thumbnail(self) -> str:
        """A picture has no language."""
        return f"{self.path}/miniature.webp?v={self.revision_id}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One time that it was said. `said_by` is a name or words such as "grupperne", `is_by_account` whether it
    is the name of somebody with an account; `role_title` and `organisation` are those of that day.
    `is_lead`: the others hang under it."""

    id: int
    kind: str
    reference: str
    title: str
    body: str
    body_en: str
    language: str
    status: str
    said_on: date
    meeting_key: str | None
    meeting_number: int | None
    meeting_title: str | None
    meeting_title_en: str | None
    said_by: str
    is_by_account: bool
    role_title: str
    role_title_en: str
    organisation: str
    certainty_note: str
    source_url: str | None
    is_example: bool
    is_lead: bool
    cited: tuple[Cited, ...] = ()

    @property
    def year(self) -> int:
        return self.said_on.year


@dataclass(frozen=True, slots=True)
class GatheringView:
    """A gathering as a reader may see it, the earliest sighting first. `title` is empty where it is called
    what its lead says."""

    lead_id: int
    reference: str
    title: str
    summary: str
    version: int
    sightings: tuple[Sighting, ...]

    @property
    def lead(self) -> Sighting:
        return next(one for one in self.sightings if one.is_lead)

    @property
    def years(self) -> list[int]:
        return sorted({one.year for one in self.sightings})


@dataclass(frozen=True, slots=True)
class GatheringName:
    """Both empty where it is called what its lead says."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class LeadRef:
    """What is needed to name a contribution and link to it."""

    id: int
    kind: str
    reference: str
    title: str
    language: str


def find_gathering(session: Session, actor: Actor, lead_id: int) -> GatheringView | None:
    """The gathering that it leads, if the actor may see the lead; None where it leads none. One statement."""
    return read(session, gatherings_of(actor, [lead_id])).get(lead_id)


def find_gatherings(session: Session, actor: Actor, lead_ids: Sequence[int]) -> dict[int, GatheringView]:
    """The gatherings of those of these leads that the actor may see, by lead; one statement."""
    return read(session, gatherings_of(actor, lead_ids))


def gatherings_of(actor: Actor, lead_ids: Sequence[int]) -> Asking[dict[int, GatheringView]]:
    """The same, to be asked beside others."""
    if not lead_ids:
        return {}
    rows = yield from asked(_sightings(actor), {"gatherings": list(lead_ids)})
    by_lead: dict[int, list[Any]] = {}
    for row in rows:
        by_lead.setdefault(row.lead_id, []).append(row)
    return {
        lead_id: GatheringView(
            lead_id=lead_id,
            reference=next(row.reference for row in found if row.is_lead),
            title=found[0].gathering_title,
            summary=found[0].gathering_summary,
            version=found[0].gathering_version,
            sightings=tuple(map(_sighting, found)),
        )
        for lead_id, found in by_lead.items()
        if any(row.is_lead for row in found)
    }


def count_years(
    session: Session, actor: Actor, lead_ids: Sequence[int]
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """{lead id: how often it was said, and in which years}, as the actor may see; of the leads among these
    that the actor may see. One statement."""
    asked = literal(list(lead_ids), ARRAY(BigInteger))
    pairs = union_all(
        select(Gathering.lead_id, Gathering.lead_id.label("id")).where(Gathering.lead_id == any_(asked)),
        select(Gathered.lead_id, Gathered.contribution_id).where(Gathered.lead_id == any_(asked)),
    ).subquery()
    year = cast(extract("year", _said_on()), Integer)
    rows = session.execute(
        select(pairs.c.lead_id, func.count().label("times"), func.array_agg(distinct(year)).label("years"))
        .select_from(pairs)
        .join(C, C.id == pairs.c.id)
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .where(visible_to(actor), is_listed())
        .group_by(pairs.c.lead_id)
        .having(func.bool_or(C.id == pairs.c.lead_id))
    )
    return {row.lead_id: (row.times, tuple(sorted(row.years))) for row in rows}


def find_sightings(session: Session, actor: Actor, contribution_ids: Sequence[int]) -> tuple[Sighting, ...]:
    """Each of these that the actor may see, the earliest first; one statement."""
    return read(session, sightings_of(actor, contribution_ids))


def sightings_of(actor: Actor, contribution_ids: Sequence[int]) -> Asking[tuple[Sighting, ...]]:
    """The same, to be asked beside others."""
    if not contribution_ids:
        return ()
    return tuple(map(_sighting, (yield from asked(_each(actor), {"sighted": list(contribution_ids)}))))


@kept
def _each(actor: Actor) -> Select[Any]:
    leads = select(Gathering.lead_id).where(Gathering.lead_id == C.id).correlate(C)
    return (
        _said(actor)
        .add_columns(leads.exists().label("is_lead"))
        .where(C.id.in_(bindparam("sighted", expanding=True)))
        .order_by(_said_on(), C.id)
    )


def find_lead_refs(session: Session, actor: Actor, contribution_ids: Sequence[int]) -> dict[int, LeadRef]:
    """{contribution id: the lead that it hangs under}, as far as the actor may see the lead."""
    return read(session, lead_refs_of(actor, contribution_ids))


def lead_refs_of(actor: Actor, contribution_ids: Sequence[int]) -> Asking[dict[int, LeadRef]]:
    """The same, to be asked beside others."""
    if not contribution_ids:
        return {}
    rows = yield from asked(_lead_refs(actor), {"hanging": list(contribution_ids)})
    return {row.contribution_id: LeadRef(*row[1:]) for row in rows}


@kept
def _lead_refs(actor: Actor) -> Select[Any]:
    return (
        select(Gathered.contribution_id, C.id, C.kind, C.reference, C.title, C.language)
        .join(C, C.id == Gathered.lead_id)
        .where(
            Gathered.contribution_id.in_(bindparam("hanging", expanding=True)),
            visible_to(actor),
            is_listed(),
        )
    )


def list_citing(session: Session, actor: Actor, deck_id: int, number: int) -> tuple[LeadRef, ...]:
    """What rests on a slide page, as far as the actor may see it, the newest first. That the page may be seen
    has been asked. One statement."""
    rows = session.execute(
        select(C.id, C.kind, C.reference, C.title, C.language)
        .join(CitedPage, CitedPage.contribution_id == C.id)
        .where(CitedPage.deck_id == deck_id, CitedPage.number == number, visible_to(actor), is_listed())
        .order_by(C.received_at.desc(), C.id.desc())
        .limit(MOST_CITING)
    )
    return tuple(LeadRef(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class CitingAnswer:
    """An answer that points at a page, with the first of what it answers that the reader may see."""

    answer_id: int
    kind: str
    about: Answered


def list_citing_answers(
    session: Session, actor: Actor, deck_id: int, number: int
) -> tuple[CitingAnswer, ...]:
    """The answers that point at a slide page, as far as the actor may see them and something that they
    answer. That the page may be seen has been asked. One statement, two where there are any."""
    found = select(CitedInAnswer.answer_id).where(
        CitedInAnswer.deck_id == deck_id, CitedInAnswer.number == number
    )
    ids = list(session.scalars(found.order_by(CitedInAnswer.answer_id.desc()).limit(MOST_CITING)))
    answers = find_answers(session, actor, ids)
    return tuple(
        CitingAnswer(one, answers[one].kind, answers[one].answers[0])
        for one in ids
        if one in answers and answers[one].answers
    )


def pages_of_answers(actor: Actor, answer_ids: Sequence[int]) -> Asking[dict[int, tuple[Cited, ...]]]:
    """{answer id: the slide pages that it points at}, as far as the actor may see them. That the answers may
    be read has been asked. One statement, none without answers."""
    if not answer_ids:
        return {}
    found: dict[int, tuple[Cited, ...]] = {}
    for answer_id, *page in (yield from asked(_pages_cited(actor), {"citing": list(answer_ids)})):
        found[answer_id] = (*found.get(answer_id, ()), Cited(*page))
    return found


@kept
def _pages_cited(actor: Actor) -> Select[Any]:
    return (
        select(
            CitedInAnswer.answer_id,
            Deck.id,
            SlidePage.number,
            Deck.title,
            SlidePage.title,
            Deck.language,
            DeckRevision.id,
        )
        .join(Deck, Deck.id == CitedInAnswer.deck_id)
        .join(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .join(
            SlidePage,
            and_(SlidePage.revision_id == DeckRevision.id, SlidePage.number == CitedInAnswer.number),
        )
        .where(
            CitedInAnswer.answer_id.in_(bindparam("citing", expanding=True)), presentations.visible_to(actor)
        )
        .order_by(CitedInAnswer.answer_id, Deck.id, SlidePage.number)
    )


def find_name(session: Session, lead_id: int) -> GatheringName | None:
    """What staff calls the gathering that it leads, of a lead that the reader may see."""
    return read(session, name_of(lead_id))


def name_of(lead_id: int) -> Asking[GatheringName | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_names(), {"name_of_lead": lead_id})
    return GatheringName(*rows[0]) if rows else None


@kept
def _names() -> Select[Any]:
    return select(Gathering.title, Gathering.summary).where(Gathering.lead_id == bindparam("name_of_lead"))


def count_sightings(session: Session, actor: Actor, lead_ids: Sequence[int]) -> dict[int, int]:
    """{lead id: how often it has been said, itself included}, as far as the actor may see; only of leads."""
    return read(session, sighting_counts(actor, lead_ids))


def sighting_counts(actor: Actor, lead_ids: Sequence[int]) -> Asking[dict[int, int]]:
    """The same, to be asked beside others."""
    if not lead_ids:
        return {}
    rows = yield from asked(_members(actor), {"leading": list(lead_ids)})
    return {row.lead_id: row.members + 1 for row in rows}


@kept
def _members(actor: Actor) -> Select[Any]:
    return (
        select(Gathered.lead_id, func.count().label("members"))
        .join(C, C.id == Gathered.contribution_id)
        .where(Gathered.lead_id.in_(bindparam("leading", expanding=True)), visible_to(actor), is_listed())
        .group_by(Gathered.lead_id)
    )


@kept
def _sightings(actor: Actor) -> Select[Any]:
    lead_ids = bindparam("gatherings", expanding=True)
    said_on = _said_on()
    return (
        _said(actor)
        .add_columns(
            Gathering.lead_id,
            Gathering.title.label("gathering_title"),
            Gathering.summary.label("gathering_summary"),
            Gathering.version.label("gathering_version"),
            (C.id == Gathering.lead_id).label("is_lead"),
        )
        .join(Gathering, Gathering.lead_id == func.coalesce(Gathered.lead_id, C.id))
        .where(Gathering.lead_id.in_(lead_ids), C.id.in_(_family(lead_ids)))
        .order_by(Gathering.lead_id, said_on, C.id)
    )


def _family(lead_ids: Any) -> Any:
    """The ids of these leads and of what hangs under them."""
    leads = select(Gathering.lead_id).where(Gathering.lead_id.in_(lead_ids))
    return leads.union(select(Gathered.contribution_id).where(Gathered.lead_id.in_(lead_ids)))


def _said_on() -> Any:
    return func.coalesce(Meeting.held_on, day_of_in_sql(C.received_at))


def _said(actor: Actor) -> Select[Any]:
    """Each contribution that the actor may see, with the columns of Sighting but `is_lead`."""
    on_that_day = _appearance()
    return (
        select(
            C.id,
            C.kind,
            C.reference,
            C.title,
            C.body,
            C.body_en,
            C.language,
            case((C.status == "gathered", Gathered.status_before), else_=C.status).label("status"),
            _said_on().label("said_on"),
            Meeting.key.label("meeting_key"),
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            func.coalesce(Person.name, func.nullif(C.said_by_text, ""), User.name, "").label("said_by"),
            and_(Person.id.is_(None), C.said_by_text == "", User.id.is_not(None)).label("is_by_account"),
            func.coalesce(on_that_day.c.title, "").label("role_title"),
            func.coalesce(on_that_day.c.title_en, "").label("role_title_en"),
            func.coalesce(
                func.nullif(on_that_day.c.organisation, ""), Organisation.name, C.on_behalf_of_text
            ).label("organisation"),
            C.certainty_note,
            C.source_url,
            C.is_example,
            _cited(actor).label("cited"),
        )
        .select_from(C)
        .outerjoin(Gathered, Gathered.contribution_id == C.id)
        .outerjoin(Person, Person.id == C.said_by_person_id)
        .outerjoin(User, User.id == C.said_by_user_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(on_that_day, true())
        .where(visible_to(actor), is_listed())
    )


def _appearance() -> Any:
    """Title and organisation of who said it, as on the programme of that meeting; the item's own first."""
    of_day = Organisation.__table__.alias("organisation_of_day")
    return (
        select(
            Appearance.title,
            Appearance.title_en,
            func.coalesce(func.nullif(Appearance.organisation_name, ""), of_day.c.name, "").label(
                "organisation"
            ),
        )
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .outerjoin(of_day, of_day.c.id == Appearance.organisation_id)
        .where(
            AgendaItem.meeting_id == C.meeting_id,
            Appearance.person_id == C.said_by_person_id,
            in_force(Appearance),
        )
        .order_by(func.coalesce(AgendaItem.id == C.item_id, False).desc(), AgendaItem.position, Appearance.id)
        .limit(1)
        .correlate(C)
        .lateral("on_that_day")
    )


def _cited(actor: Actor) -> Any:
    page = func.jsonb_build_object(
        "deck_id",
        Deck.id,
        "number",
        SlidePage.number,
        "deck_title",
        Deck.title,
        "page_title",
        SlidePage.title,
        "language",
        Deck.language,
        "revision_id",
        DeckRevision.id,
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(page, Deck.id, SlidePage.number)))
        .select_from(CitedPage)
        .join(Deck, Deck.id == CitedPage.deck_id)
        .join(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .join(
            SlidePage,
            and_(SlidePage.revision_id == DeckRevision.id, SlidePage.number == CitedPage.number),
        )
        .where(CitedPage.contribution_id == C.id, presentations.visible_to(actor))
        .correlate(C)
        .scalar_subquery()
    )


_NOT_OF_SIGHTING = ("lead_id", "gathering_title", "gathering_summary", "gathering_version", "cited")


def _sighting(row: Any) -> Sighting:
    values = {name: value for name, value in row._mapping.items() if name not in _NOT_OF_SIGHTING}
    return Sighting(**values, cited=tuple(Cited(**page) for page in row.cited or ()))
