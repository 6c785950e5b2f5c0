"""Reading who speaks at a meeting, how they are reached, and what is still missing from them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor, require
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, MeetingRole
from app.domain.meetings.queries import ItemView, PartView
from app.domain.meetings.statuses import BEFORE_THE_DAY
from app.domain.organisations.queries import danish_order
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.schemas import Recipient
from app.domain.presentations.models import Deck, DeckRevision
from app.domain.presentations.queries import DeckView, list_decks_of_items
from app.domain.speakers.models import Speaker, SpeakerTalk
from app.domain.speakers.policy import TALKS, gives_talk, may_look_after_speakers
from app.domain.users.models import Person, User

MOST_SPEAKERS = 300
MOST_MEETINGS = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What a speaker wrote about an item, as it was sent."""

    title: str
    summary: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class TalkView:
    """One item that somebody stands at, with their parts in it, as staff sees it: the draft counts.

    `written`: their own words, None where they have sent none. `decks`: the slides of the item, whoever sent
    them.
    """

    item: ItemView
    parts: tuple[PartView, ...]
    written: Written | None
    has_no_slides: bool
    decks: tuple[DeckView, ...]

    @property
    def is_own(self) -> bool:
        """Whether the speaker has words and slides of their own here."""
        return any(gives_talk(part.role, self.item.kind) for part in self.parts)

    @property
    def has_slides(self) -> bool:
        """Whether a file is there that could be read, or may yet be."""
        return any(deck.newest is not None and deck.newest.state != "refused" for deck in self.decks)

    @property
    def lacks_slides(self) -> bool:
        return self.is_own and not self.has_slides and not self.has_no_slides

    @property
    def lacks_text(self) -> bool:
        return self.is_own and not self.item.summary

    @property
    def is_rewritten(self) -> bool:
        """Whether staff has since put other words where the speaker's stood."""
        if self.written is None:
            return False
        return (self.item.title, self.item.summary) != (self.written.title, self.written.summary)


@dataclass(frozen=True, slots=True)
class LetterView:
    """The last mail with the link: `status` as the outbox has it, in the batch where it stands."""

    batch_id: int
    batch_status: str
    status: str
    at: datetime

    @property
    def is_waiting(self) -> bool:
        """Whether it still lies in the outbox."""
        return self.batch_status in ("waiting", "planned") and self.status == "waiting"


@dataclass(frozen=True, slots=True)
class SpeakerView:
    """Somebody of the programme. `id` is None while nothing is kept about them but the programme.

    `suggested`: an address that is known from a role or from an earlier meeting, where none is given here.
    """

    id: int | None
    person_id: int
    name: str
    email: str
    suggested: str
    language: str
    link_made_at: datetime | None
    is_link_ended: bool
    slides: str | None
    name_allowed: bool | None
    answered_at: datetime | None
    version: int
    talks: tuple[TalkView, ...]
    letter: LetterView | None

    @property
    def gives_talk(self) -> bool:
        return any(talk.is_own for talk in self.talks)

    @property
    def shows_slides(self) -> bool:
        return any(talk.is_own and not talk.has_no_slides for talk in self.talks)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing from them: text, slides, answer. Who only sits in a panel is asked for the name."""
        found = {
            "text": any(talk.lacks_text for talk in self.talks),
            "slides": any(talk.lacks_slides for talk in self.talks),
            "answer": self.name_allowed is None or (self.shows_slides and self.slides is None),
        }
        return tuple(code for code, is_missing in found.items() if is_missing)

    @property
    def can_be_written_to(self) -> bool:
        return bool(self.email) and not self.is_link_ended

    @property
    def has_link(self) -> bool:
        """Whether a mail with the link that works now has left, or lies in the outbox."""
        return self.letter is not None


@dataclass(frozen=True, slots=True)
class SlidesWanted:
    """A coming meeting, and how many of its talks have no slides yet."""

    meeting_key: str
    meeting_title: str
    held_on: date
    lacking: int
    talks: int


# --- for staff, and for the speaker


def list_speakers(
    session: Session, actor: Actor, meeting_id: int, items: Sequence[ItemView]
) -> list[SpeakerView]:
    """Everybody whose name stands on a programme, in its order. `items`: the programme as it is drafted."""
    require(may_look_after_speakers(actor))
    return _list_speakers(session, actor, meeting_id, items)


def find_speaker(
    session: Session, actor: Actor, meeting_id: int, person_id: int, items: Sequence[ItemView]
) -> SpeakerView | None:
    """One of them, for the door that has seen who asks. The decks are those that the actor may see."""
    found = _list_speakers(session, actor, meeting_id, items, person_id)
    return found[0] if found else None


def _list_speakers(
    session: Session,
    actor: Actor,
    meeting_id: int,
    items: Sequence[ItemView],
    person_id: int | None = None,
) -> list[SpeakerView]:
    """Four statements, and three for the decks."""
    by_person: dict[int, list[ItemView]] = {}
    for item in items:
        for number in dict.fromkeys(part.person_id for part in item.people):
            if number is not None and person_id in (None, number):
                by_person.setdefault(number, []).append(item)
    wanted = list(by_person)[:MOST_SPEAKERS]
    if person_id is not None and not wanted:
        wanted = [person_id]
    rows = {row.person_id: row for row in session.execute(_people(meeting_id, wanted))}
    ids = [row.id for row in rows.values() if row.id is not None]
    talks = _find_talks(session, ids)
    letters = _find_letters(session, ids)
    decks: dict[int | None, list[DeckView]] = {}
    own_items = {item.id for listed in by_person.values() for item in listed}
    for deck in list_decks_of_items(session, actor, own_items):
        decks.setdefault(deck.item_id, []).append(deck)
    found = []
    for number in wanted:
        row = rows.get(number)
        if row is None:
            continue
        letter = letters.get(row.id)
        made_at = row.link_made_at
        if letter is not None and made_at is not None and letter.at < made_at and not letter.is_waiting:
            letter = None  # what was sent holds a link that works no more
        found.append(
            SpeakerView(
                id=row.id,
                person_id=number,
                name=row.name,
                email=row.email or "",
                suggested=row.suggested or "",
                language=row.language or "da",
                link_made_at=made_at,
                is_link_ended=row.link_ended_at is not None,
                slides=row.slides,
                name_allowed=row.name_allowed,
                answered_at=row.answered_at,
                version=row.version or 1,
                talks=tuple(
                    _talk(item, number, talks.get((row.id, item.id)), decks.get(item.id, []))
                    for item in by_person.get(number, [])
                ),
                letter=letter,
            )
        )
    return found


def _talk(item: ItemView, person_id: int, said: SpeakerTalk | None, decks: Iterable[DeckView]) -> TalkView:
    written = None
    if said is not None and said.written_at is not None and said.title:
        written = Written(said.title, said.summary, said.written_at)
    return TalkView(
        item=item,
        parts=tuple(part for part in item.people if part.person_id == person_id),
        written=written,
        has_no_slides=said.has_no_slides if said is not None else False,
        decks=tuple(decks),
    )


def _people(meeting_id: int, person_ids: Collection[int]) -> Select[Any]:
    earlier = aliased(Speaker)
    of_role = (
        select(User.email)
        .join(MeetingRole, MeetingRole.user_id == User.id)
        .where(
            MeetingRole.person_id == Person.id,
            MeetingRole.meeting_id == meeting_id,
            MeetingRole.role == "speaker",
        )
        .order_by(User.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    of_before = (
        select(earlier.email)
        .where(earlier.person_id == Person.id, earlier.email != "", earlier.meeting_id != meeting_id)
        .order_by(earlier.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        select(
            Speaker.id,
            Person.id.label("person_id"),
            Person.name,
            Speaker.email,
            func.coalesce(of_role, of_before).label("suggested"),
            Speaker.language,
            Speaker.link_made_at,
            Speaker.link_ended_at,
            Speaker.slides,
            Speaker.name_allowed,
            Speaker.answered_at,
            Speaker.version,
        )
        .select_from(Person)
        .outerjoin(Speaker, and_(Speaker.person_id == Person.id, Speaker.meeting_id == meeting_id))
        .where(Person.id.in_(person_ids))
    )


def _find_talks(session: Session, speaker_ids: Collection[int]) -> dict[tuple[int, int], SpeakerTalk]:
    rows = session.scalars(select(SpeakerTalk).where(SpeakerTalk.speaker_id.in_(speaker_ids)))
    return {(row.speaker_id, row.item_id): row for row in rows}


def _find_letters(session: Session, speaker_ids: Collection[int]) -> dict[int, LetterView]:
    """The newest letter of each with the link in it; those left out or thrown away were no letters."""
    rows = session.execute(
        select(
            Letter.about_id,
            Letter.batch_id,
            Batch.status.label("batch_status"),
            Letter.status,
            func.coalesce(Letter.done_at, Letter.created_at).label("at"),
        )
        .join(Batch, Batch.id == Letter.batch_id)
        .where(
            Letter.about == "speaker",
            Letter.about_id.in_(speaker_ids),
            Letter.status != "skipped",
            Batch.kind == "slides",
            Batch.status != "discarded",
        )
        .order_by(Letter.about_id, Letter.id.desc())
        .ext(distinct_on(Letter.about_id))
    )
    return {row.about_id: LetterView(row.batch_id, row.batch_status, row.status, row.at) for row in rows}


# --- for others


def recipients_of(
    session: Session,
    meeting_id: int,
    item_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
) -> list[Recipient]:
    """Whoever stands on the programme, published or drafted, or at these items of it, and can be written to;
    for the outbox. With `person_ids` these, also where they stand there no more."""
    role = aliased(MeetingRole)
    statement = (
        select(
            Person.name,
            Speaker.id,
            func.coalesce(func.nullif(Speaker.email, ""), User.email).label("email"),
            func.coalesce(Speaker.language, User.language, "da").label("language"),
            User.id.label("user_id"),
            User.email.label("user_email"),
        )
        .select_from(Person)
        .outerjoin(Speaker, and_(Speaker.person_id == Person.id, Speaker.meeting_id == meeting_id))
        .outerjoin(
            role,
            and_(role.person_id == Person.id, role.meeting_id == meeting_id, role.role == "speaker"),
        )
        .outerjoin(User, and_(User.id == role.user_id, User.disabled_at.is_(None)))
        .where(
            Person.id.in_(_standing_at(meeting_id, item_ids) if person_ids is None else person_ids),
            or_(Speaker.email != "", User.email.is_not(None)),
        )
        .order_by(danish_order(Person.name), Person.id, User.id)
        .limit(MOST_SPEAKERS)
    )
    return [
        Recipient(
            email=row.email,
            name=row.name,
            language=row.language,
            user_id=row.user_id if row.email == row.user_email else None,
            about="speaker" if row.id is not None else None,
            about_id=row.id,
        )
        for row in session.execute(statement)
    ]


def _standing_at(meeting_id: int, item_ids: Collection[int] | None) -> Select[tuple[int | None]]:
    statement = (
        select(Appearance.person_id)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .where(AgendaItem.meeting_id == meeting_id, Appearance.person_id.is_not(None))
    )
    # Whom only the draft takes off stands on the published programme still, and whoever is taken off is told.
    return statement if item_ids is None else statement.where(AgendaItem.id.in_(item_ids))


def slides_wanted_for(actor: Actor) -> Asking[list[SlidesWanted]]:
    """Coming meetings with talks that nobody has sent slides for, the next one first; for staff."""
    require(may_look_after_speakers(actor))
    return [SlidesWanted(*row) for row in (yield from asked(_slides_wanted()))]


@kept
def _slides_wanted() -> Select[Any]:
    lacking = func.count().filter(~_has_slides(), ~_needs_none())
    return (
        select(
            Meeting.key, Meeting.title, Meeting.held_on, lacking.label("lacking"), func.count().label("talks")
        )
        .select_from(Meeting)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(
            Meeting.held_on >= today(),
            Meeting.published_at.is_not(None),
            # A meeting that is off needs no slides, and one that is over gets none.
            Meeting.status.in_(BEFORE_THE_DAY),
            ~AgendaItem.is_removed,
            _is_given(),
        )
        .group_by(Meeting.id)
        .having(lacking > 0)
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_MEETINGS)
    )


def lacks_slides() -> ColumnElement[bool]:
    """Of an item: somebody gives it, no file is there, and nobody has said that nothing will be shown."""
    return and_(_is_given(), ~_has_slides(), ~_needs_none())


def _is_given() -> ColumnElement[bool]:
    stands = exists().where(
        Appearance.item_id == AgendaItem.id,
        Appearance.role == "speaker",
        Appearance.person_id.is_not(None),
        ~Appearance.is_removed,
    )
    return and_(AgendaItem.kind.in_(TALKS), stands.correlate(AgendaItem))


def _has_slides() -> ColumnElement[bool]:
    newest = aliased(DeckRevision)
    latest = (
        select(func.max(newest.number)).where(newest.deck_id == Deck.id).correlate(Deck).scalar_subquery()
    )
    return (
        exists()
        .where(
            Deck.item_id == AgendaItem.id,
            DeckRevision.deck_id == Deck.id,
            DeckRevision.number == latest,
            DeckRevision.state != "refused",
        )
        .correlate(AgendaItem)
    )


def _needs_none() -> ColumnElement[bool]:
    """Whether somebody who speaks at the item has said that nothing will be shown."""
    return (
        exists().where(SpeakerTalk.item_id == AgendaItem.id, SpeakerTalk.has_no_slides).correlate(AgendaItem)
    )
