"""The verbs of speakers: staff keeps addresses and links and writes to them; they answer, write and send."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.documents.limits import LIMITS, Limits
from app.core.policy import Actor, NotFound, Refused, require
from app.core.storage import Storage
from app.domain.meetings import programme
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import AgendaItem
from app.domain.meetings.queries import ItemView
from app.domain.meetings.roles import list_items_of_person, list_users_speaking_as
from app.domain.meetings.service import lock_meeting
from app.domain.outbox.models import Batch
from app.domain.outbox.schemas import Recipient
from app.domain.outbox.service import prepare, readdress
from app.domain.presentations import service as decks
from app.domain.presentations.models import Deck, DeckRevision
from app.domain.presentations.schemas import Access, DeckInput
from app.domain.speakers.models import Speaker, SpeakerConsent, SpeakerTalk
from app.domain.speakers.policy import gives_talk, may_look_after_speakers, speaks_as
from app.domain.speakers.queries import SpeakerView, list_speakers
from app.domain.speakers.schemas import AddressInput, AnswerInput, NotesInput, SlidesInput, WordsInput
from app.domain.users.consents import current_version

# From the fewest who may see it to all.
_ACCESSES: tuple[Access, ...] = ("staff", "participants", "public")


# --- staff: who is written to, and their links


def set_address(
    session: Session, actor: Actor, meeting_id: int, person_id: int, given: AddressInput
) -> Speaker:
    """Keep where somebody of the programme is written to. Another address gets another link.

    Raises NotFound for who does not stand on the programme.
    """
    require(may_look_after_speakers(actor))
    speaker = _get_or_add(session, meeting_id, person_id)
    email = given.email or ""
    if (speaker.email, speaker.language) == (email, given.language):
        return speaker
    if speaker.email not in ("", email):
        # Whoever reads the mails of the old address must not go on with its link, nor get the next one.
        _count_link_up(speaker)
        readdress(session, actor, "speaker", speaker.id, email)
    speaker.email, speaker.language = email, given.language
    speaker.version += 1
    # The address itself stays out of the log.
    after = {"person_id": person_id, "has_address": bool(email), "language": given.language}
    record(session, actor, "edit", "speaker", speaker.id, after=after)
    return speaker


def keep_speaker(session: Session, actor: Actor, meeting_id: int, person_id: int) -> Speaker:
    """What is kept of somebody of the programme, begun without an address where nothing is yet.

    Raises NotFound for who does not stand on the programme and of whom nothing is kept.
    """
    require(may_look_after_speakers(actor))
    known = select(Speaker).where(Speaker.meeting_id == meeting_id, Speaker.person_id == person_id)
    return session.scalars(known).one_or_none() or _get_or_add(session, meeting_id, person_id)


def renew_link(session: Session, actor: Actor, speaker_id: int) -> Speaker:
    """Make another link; the one before works no more."""
    speaker = _take(session, actor, speaker_id)
    _count_link_up(speaker)
    speaker.link_ended_at = None
    record(session, actor, "renew_link", "speaker", speaker.id)
    return speaker


def end_link(session: Session, actor: Actor, speaker_id: int) -> Speaker:
    """Take the link back, until another is made."""
    speaker = _take(session, actor, speaker_id)
    if speaker.link_ended_at is None:
        _count_link_up(speaker)
        speaker.link_ended_at = now()
        record(session, actor, "end_link", "speaker", speaker.id)
    return speaker


def _count_link_up(speaker: Speaker) -> None:
    speaker.link_number += 1
    speaker.link_made_at = now()
    speaker.version += 1


def _take(session: Session, actor: Actor, speaker_id: int) -> Speaker:
    require(may_look_after_speakers(actor))
    speaker = session.get(Speaker, speaker_id, with_for_update=True, populate_existing=True)
    if speaker is None:
        raise NotFound
    return speaker


def _get_or_add(session: Session, meeting_id: int, person_id: int) -> Speaker:
    if not list_items_of_person(session, meeting_id, person_id):
        raise NotFound
    session.execute(
        insert(Speaker)
        .values(meeting_id=meeting_id, person_id=person_id, link_made_at=now(), created_at=now())
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(Speaker)
        .where(Speaker.meeting_id == meeting_id, Speaker.person_id == person_id)
        .with_for_update()
    ).one()


def get_own_speaker(session: Session, actor: Actor, meeting_id: int, person_id: int) -> Speaker:
    """The row of somebody who is signed in and has the role of speaker as this person, made when first asked
    for. Raises NotAllowed and NotFound."""
    require(actor.user_id in list_users_speaking_as(session, meeting_id, person_id))
    return _get_or_add(session, meeting_id, person_id)


# --- staff: writing to them


def prepare_links(session: Session, actor: Actor, meeting_id: int) -> Batch | None:
    """A batch with the link for those who have not been sent one; None where there is nobody."""
    speakers = _list_under_lock(session, actor, meeting_id)
    chosen = [one for one in speakers if one.can_be_written_to and one.letter is None]
    return _prepare(session, actor, meeting_id, chosen, is_reminder=False)


def prepare_reminder(session: Session, actor: Actor, meeting_id: int) -> Batch | None:
    """A batch for those who have the link, and still miss something; None where there is nobody."""
    chosen = [one for one in _list_under_lock(session, actor, meeting_id) if can_be_reminded(one)]
    return _prepare(session, actor, meeting_id, chosen, is_reminder=True)


def _list_under_lock(session: Session, actor: Actor, meeting_id: int) -> list[SpeakerView]:
    """All speakers, read when no other batch can come between: nobody lies in two."""
    require(may_look_after_speakers(actor))
    lock_meeting(session, meeting_id)
    return list_speakers(session, actor, meeting_id, list_draft_items(session, meeting_id))


def can_be_reminded(one: SpeakerView) -> bool:
    """Whether a reminder goes to them: not while the mail before it still lies in the outbox."""
    has_got_it = one.letter is not None and not one.letter.is_waiting
    return one.can_be_written_to and has_got_it and bool(one.lacks)


def _prepare(
    session: Session, actor: Actor, meeting_id: int, chosen: Sequence[SpeakerView], *, is_reminder: bool
) -> Batch | None:
    recipients = [
        Recipient(one.email, one.name, one.language, about="speaker", about_id=one.id) for one in chosen
    ]
    return prepare(
        session,
        actor,
        kind="slides",
        meeting_id=meeting_id,
        recipients=recipients,
        facts={"is_reminder": is_reminder},
    )


# --- the speaker: what they say and show


def write_words(session: Session, actor: Actor, speaker_id: int, given: WordsInput) -> None:
    """Put the speaker's own title and text into the programme, as a draft that staff publishes.

    Refused: stale, when somebody has changed the item since; not_your_talk, in another role than a speaker's.
    """
    speaker = _take_own(session, actor, speaker_id)
    _check_talk(session, speaker, given.item_id)
    programme.write_talk(session, actor, given.item_id, given.version, given.title, given.summary)
    values = {"title": given.title, "summary": given.summary, "written_at": now()}
    _keep_talk(session, speaker, given.item_id, values)
    record(session, actor, "write", "speaker", speaker.id, after={"item_id": given.item_id})


def say_no_slides(session: Session, actor: Actor, speaker_id: int, item_id: int, has_no_slides: bool) -> None:
    """Note that nothing will be shown at an item, or that something will after all; by staff too."""
    if may_look_after_speakers(actor):
        speaker = _take(session, actor, speaker_id)
    else:
        speaker = _take_own(session, actor, speaker_id)
    _check_talk(session, speaker, item_id)
    _keep_talk(session, speaker, item_id, {"has_no_slides": has_no_slides})
    after = {"item_id": item_id, "has_no_slides": has_no_slides}
    record(session, actor, "edit", "speaker", speaker.id, after=after)


def send_slides(
    session: Session,
    actor: Actor,
    storage: Storage,
    speaker_id: int,
    given: SlidesInput,
    path: Path,
    filename: str,
    limits: Limits = LIMITS,
) -> DeckRevision:
    """A file for one's talk: a new deck, or the next version of the one that is there, at the same address.

    A new deck is seen by those that the speakers of the item have said yes to, until then by staff alone.
    Refused: not_your_talk, and as `check_file`.
    """
    speaker = _take_own(session, actor, speaker_id)
    item = _check_talk(session, speaker, given.item_id)
    deck_id = session.scalar(
        select(Deck.id)
        .where(Deck.item_id == item.id, Deck.id == given.deck_id if given.deck_id else True)
        .order_by(Deck.position, Deck.id)
        .limit(1)
    )
    if deck_id is None:
        about = DeckInput(
            meeting_id=speaker.meeting_id,
            item_id=item.id,
            title=item.title,
            language=given.language,
            access=_narrowest(session, item) or "staff",
        )
        deck_id = decks.add_deck(session, actor, about).id
    _keep_talk(session, speaker, item.id, {"has_no_slides": False})
    return decks.add_revision(session, actor, storage, deck_id, path, filename, limits)


def answer(session: Session, actor: Actor, speaker_id: int, given: AnswerInput, language: str) -> None:
    """Note who may see the slides and whether the name may be read by all; a no is as good as a yes.

    The decks of the own items follow at once, never wider than what another speaker of the item has said.
    `language`: in which the words of the consents were read.
    """
    speaker = _take_own(session, actor, speaker_id)
    before = {"slides": speaker.slides, "name_allowed": speaker.name_allowed}
    speaker.slides, speaker.name_allowed = given.slides, given.name == "yes"
    speaker.answered_at = now()
    speaker.version += 1
    after = {"slides": speaker.slides, "name_allowed": speaker.name_allowed}
    _note_consent(session, speaker, "speaker_slides", given.slides, language)
    _note_consent(session, speaker, "speaker_name", "public" if given.name == "yes" else "staff", language)
    record(session, actor, "reply", "speaker", speaker.id, before=before, after=after)
    session.flush()
    for item in _list_talks(session, speaker):
        access = _narrowest(session, item)
        if access is not None:
            for deck_id in session.scalars(select(Deck.id).where(Deck.item_id == item.id)).all():
                decks.open_deck_to(session, actor, deck_id, access)


def allow_notes(session: Session, actor: Actor, speaker_id: int, given: NotesInput) -> None:
    """Say whether all who see the slides of one's talk may read the notes too.

    Raises NotFound for a deck of another talk. Refused: not_your_talk.
    """
    speaker = _take_own(session, actor, speaker_id)
    item = _check_talk(session, speaker, given.item_id)
    deck_id = session.scalar(select(Deck.id).where(Deck.id == given.deck_id, Deck.item_id == item.id))
    if deck_id is None:
        raise NotFound
    decks.show_notes(session, actor, deck_id, given.notes == "shown")


def _note_consent(session: Session, speaker: Speaker, kind: str, access: Access, language: str) -> None:
    """Keep what is agreed to; a no ends what was agreed to before."""
    given = session.scalars(
        select(SpeakerConsent).where(
            SpeakerConsent.speaker_id == speaker.id,
            SpeakerConsent.kind == kind,
            SpeakerConsent.withdrawn_at.is_(None),
        )
    ).one_or_none()
    version = current_version(kind)
    if given is not None:
        if (given.access, given.version) == (access, version):
            return
        given.withdrawn_at = now()
        session.flush()
    if access != "staff":
        session.add(
            SpeakerConsent(
                speaker_id=speaker.id,
                kind=kind,
                access=access,
                version=version,
                language=language,
                given_at=now(),
            )
        )


def _narrowest(session: Session, item: ItemView) -> Access | None:
    """The fewest that any speaker of the item lets see the slides; None where nobody has answered."""
    people = {part.person_id for part in item.people if gives_talk(part.role, item.kind)}
    rows = session.scalars(
        select(Speaker.slides)
        .join(AgendaItem, AgendaItem.meeting_id == Speaker.meeting_id)
        .where(AgendaItem.id == item.id, Speaker.person_id.in_(people), Speaker.slides.is_not(None))
    )
    answers = set(rows)
    return next((access for access in _ACCESSES if access in answers), None)


def _take_own(session: Session, actor: Actor, speaker_id: int) -> Speaker:
    """The speaker's own row, held, for the speaker."""
    speaker = session.get(Speaker, speaker_id, with_for_update=True, populate_existing=True)
    if speaker is None:
        raise NotFound
    users = list_users_speaking_as(session, speaker.meeting_id, speaker.person_id)
    require(speaks_as(actor, speaker.id, users))
    return speaker


def _list_talks(session: Session, speaker: Speaker) -> list[ItemView]:
    """The items where the speaker has words and slides of their own, as the programme is drafted."""
    return [
        item
        for item in list_draft_items(session, speaker.meeting_id)
        for part in item.people
        if part.person_id == speaker.person_id and gives_talk(part.role, item.kind)
    ]


def _check_talk(session: Session, speaker: Speaker, item_id: int) -> ItemView:
    item = next((item for item in _list_talks(session, speaker) if item.id == item_id), None)
    if item is None:
        raise Refused("not_your_talk")
    return item


def _keep_talk(session: Session, speaker: Speaker, item_id: int, values: dict[str, object]) -> None:
    talk = session.get(SpeakerTalk, (speaker.id, item_id))
    if talk is None:
        talk = SpeakerTalk(speaker_id=speaker.id, item_id=item_id)
        session.add(talk)
    for name, value in values.items():
        setattr(talk, name, value)
    session.flush()
