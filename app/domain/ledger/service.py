"""Noting who was met and what they got; putting right what stands wrong; closing what only some have."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import ORGANISER_KINDS, Actor, NotFound, Refused, require
from app.core.storage import Storage
from app.domain.contributions.models import Contribution
from app.domain.ledger.events import (
    CorrectionAnswered,
    CorrectionAsked,
    CorrectionBecameLate,
    GapClosed,
    MeetingNoted,
)
from app.domain.ledger.models import (
    LedgerCorrection,
    LedgerEntry,
    LedgerGapClosing,
    LedgerHandout,
    LedgerOrganisation,
    LedgerRequest,
    LedgerStaff,
    Tender,
)
from app.domain.ledger.open_gaps import is_gap
from app.domain.ledger.policy import (
    correction_answer_by,
    entries_visible_to,
    may_ask_for_correction,
    may_keep_ledger,
)
from app.domain.ledger.schemas import (
    CorrectionInput,
    DeclineInput,
    EntryInput,
    GapKind,
    HandoutInput,
    JustifyInput,
    PublishInput,
    RequestInput,
)
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.presentations.models import Deck
from app.domain.presentations.service import check_file, clean_filename
from app.domain.users.models import Membership

WORDS: Final = ("happened_on", "how", "subject", "text")


# --- files


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in storage that was handed out, checked; `size` in bytes."""

    title: str
    file_key: str
    filename: str
    size: int
    sha256: str


def keep_file(actor: Actor, storage: Storage, path: Path, filename: str, title: str) -> KeptFile:
    """Put a file that was handed out into storage, to be named by an entry.

    One that no entry names after all is left behind under a key that nothing names. Refused: file_… as for
    decks.
    """
    require(may_keep_ledger(actor))
    kind = check_file(path, filename)
    key = f"ledger/{uuid4().hex}/original.{kind}"
    storage.put(key, path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return KeptFile(title, key, clean_filename(filename, kind), path.stat().st_size, digest)


# --- noting


def note_meeting(
    session: Session, actor: Actor, given: EntryInput, files: Sequence[KeptFile] = ()
) -> LedgerEntry:
    """Note that organisations were met; from then on it is sealed.

    Refused: happened_later, unknown_organisation, met_organiser, unknown_staff, unknown_tender,
    unknown_meeting, unknown_contribution, unknown_deck.
    """
    require(may_keep_ledger(actor))
    _check_day(given.happened_on)
    _check_organisations(session, given.organisation_ids)
    _check_staff(session, given.staff_ids)
    entry = write_entry(session, actor, given, files)
    announce(session, MeetingNoted(entry.id))
    return entry


def write_entry(
    session: Session,
    actor: Actor,
    given: EntryInput,
    files: Sequence[KeptFile] = (),
    **facts: Any,
) -> LedgerEntry:
    """The rows of an entry, sealed as they are written. `facts`: what the archive knows beside."""
    for thing_id, table, code in (
        (given.tender_id, Tender, "unknown_tender"),
        (given.meeting_id, Meeting, "unknown_meeting"),
        (given.contribution_id, Contribution, "unknown_contribution"),
    ):
        if thing_id is not None and session.get(table, thing_id) is None:
            raise Refused(code)
    named = given.model_dump(include={*WORDS, "tender_id", "meeting_id", "contribution_id"})
    entry = LedgerEntry(**{"noted_at": now(), "noted_by_id": actor.user_id} | named | facts)
    session.add(entry)
    session.flush()
    session.add_all(
        LedgerOrganisation(entry_id=entry.id, organisation_id=i) for i in set(given.organisation_ids)
    )
    session.add_all(LedgerStaff(entry_id=entry.id, user_id=i) for i in set(given.staff_ids))
    session.add_all(_handouts(session, entry.id, given.handouts, files))
    session.flush()
    after = {
        "organisation_ids": sorted(set(given.organisation_ids)),
        "happened_on": given.happened_on.isoformat(),
        "handouts": len(given.handouts) + len(files),
    }
    record(session, actor, "note_met", "ledger_entry", entry.id, after=after)
    return entry


def _handouts(
    session: Session, entry_id: int, given: Sequence[HandoutInput], files: Sequence[KeptFile]
) -> list[LedgerHandout]:
    decks = {one.deck_id for one in given if one.deck_id is not None}
    if len(set(session.scalars(select(Deck.id).where(Deck.id.in_(decks))))) < len(decks):
        raise Refused("unknown_deck")
    rows = [
        {"kind": "text" if one.deck_id is None else "deck", "title": one.title, "text": one.text,
         "deck_id": one.deck_id}
        for one in given
    ]  # fmt: skip
    rows += [
        {"kind": "file", "title": one.title, "file_key": one.file_key, "filename": one.filename,
         "size": one.size, "sha256": one.sha256}
        for one in files
    ]  # fmt: skip
    return [LedgerHandout(entry_id=entry_id, position=number, **row) for number, row in enumerate(rows, 1)]


def _check_day(happened_on: date) -> None:
    if happened_on > today():
        raise Refused("happened_later")


def _check_organisations(session: Session, ids: Collection[int]) -> None:
    rows = session.execute(select(Organisation.id, Organisation.kind).where(Organisation.id.in_(ids))).all()
    if {row.id for row in rows} != set(ids):
        raise Refused("unknown_organisation")
    if any(row.kind in ORGANISER_KINDS for row in rows):
        raise Refused("met_organiser")


def _check_staff(session: Session, ids: Collection[int]) -> None:
    """Those who met somebody speak, or spoke, for an organiser."""
    known = session.scalars(
        select(Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.user_id.in_(ids),
            Membership.confirmed_at.is_not(None),
            Organisation.kind.in_(ORGANISER_KINDS),
        )
    )
    if set(known) != set(ids):
        raise Refused("unknown_staff")


# --- putting right


def correct_entry(
    session: Session, actor: Actor, entry_id: int, given: CorrectionInput, request_id: int | None = None
) -> LedgerCorrection:
    """Put an entry right, by itself or as asked for; it can still be read as it was noted.

    Raises NotFound. Refused: stale, nothing_changed, happened_later, unknown_organisation, met_organiser,
    and request_answered for a request that is not open.
    """
    require(may_keep_ledger(actor))
    entry = _lock_entry(session, entry_id)
    request = _lock_request(session, request_id, entry_id) if request_id is not None else None
    standing = find_standing(session, entry)
    if standing.number != given.number:
        raise Refused("stale")
    _check_day(given.happened_on)
    _check_organisations(session, given.organisation_ids)
    wanted = given.model_dump(include=set(WORDS), mode="json")
    words = {name: value for name, value in wanted.items() if value != standing.words[name]}
    added = set(given.organisation_ids) - standing.organisation_ids
    removed = standing.organisation_ids - set(given.organisation_ids)
    if not words and not added and not removed:
        raise Refused("nothing_changed")
    correction = LedgerCorrection(
        entry_id=entry.id,
        number=standing.number + 1,
        words=words,
        added_ids=sorted(added),
        removed_ids=sorted(removed),
        reason=given.reason,
        request_id=request_id,
        made_at=now(),
        made_by_id=actor.user_id,
    )
    session.add(correction)
    session.flush()
    _add_organisations(session, correction, added)
    after = {"rewritten": sorted(words), "added_ids": sorted(added), "removed_ids": sorted(removed)}
    record(session, actor, "correct_noted", "ledger_entry", entry.id, after=after)
    if request is not None:
        _decide(session, actor, request, "corrected", given.reason)
    return correction


def _add_organisations(session: Session, correction: LedgerCorrection, ids: Collection[int]) -> None:
    """One that was taken out before and comes back has its row still."""
    rows = [
        {"entry_id": correction.entry_id, "organisation_id": i, "correction_id": correction.id} for i in ids
    ]
    if rows:
        session.execute(insert(LedgerOrganisation).values(rows).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry stands with its corrections: words as plain JSON, and who was met. `number`: of the last
    correction, 0 for none."""

    words: dict[str, str]
    organisation_ids: set[int]
    number: int


def find_standing(session: Session, entry: LedgerEntry) -> Standing:
    """The entry with all its corrections, in two statements."""
    corrections = session.scalars(
        select(LedgerCorrection)
        .where(LedgerCorrection.entry_id == entry.id)
        .order_by(LedgerCorrection.number)
    ).all()
    rows = session.scalars(select(LedgerOrganisation).where(LedgerOrganisation.entry_id == entry.id)).all()
    return stand(entry, corrections, rows)


def stand(
    entry: LedgerEntry, corrections: Sequence[LedgerCorrection], rows: Sequence[LedgerOrganisation]
) -> Standing:
    """The same from rows at hand; corrections in their order."""
    words = {name: str(getattr(entry, name)) for name in WORDS}
    organisation_ids = {row.organisation_id for row in rows if row.correction_id is None}
    for correction in corrections:
        words |= correction.words
        organisation_ids |= set(correction.added_ids)
        organisation_ids -= set(correction.removed_ids)
    return Standing(words, organisation_ids, corrections[-1].number if corrections else 0)


def _lock_entry(session: Session, entry_id: int) -> LedgerEntry:
    entry = session.get(LedgerEntry, entry_id, with_for_update=True)
    if entry is None:
        raise NotFound
    return entry


# --- requests


def ask_for_correction(session: Session, actor: Actor, entry_id: int, given: RequestInput) -> LedgerRequest:
    """Say that what is noted on one's own organisation is wrong; there is a day for the answer at once.

    Raises NotFound for what the actor cannot see. Refused: asked_before, while one waits for its answer.
    """
    entry = session.scalars(
        select(LedgerEntry).where(LedgerEntry.id == entry_id, entries_visible_to(actor, LedgerEntry.id))
    ).one_or_none()
    if entry is None:
        raise NotFound
    noted = session.scalars(
        select(LedgerOrganisation.organisation_id).where(LedgerOrganisation.entry_id == entry.id)
    ).all()
    require(may_ask_for_correction(actor, noted))
    values = {
        "entry_id": entry.id,
        "organisation_id": actor.organisation_id,
        "text": given.text,
        "asked_at": now(),
        "asked_by_id": actor.user_id,
        "answer_by": correction_answer_by(today()),
    }
    request = session.scalars(
        insert(LedgerRequest).values(values).on_conflict_do_nothing().returning(LedgerRequest)
    ).one_or_none()
    if request is None:
        raise Refused("asked_before")
    after = {"entry_id": entry.id, "answer_by": request.answer_by.isoformat()}
    record(session, actor, "ask", "ledger_request", request.id, after=after)
    announce(session, CorrectionAsked(request.id))
    return request


def decline_correction(session: Session, actor: Actor, request_id: int, given: DeclineInput) -> LedgerRequest:
    """Let the entry stand as it is, and say why. Raises NotFound. Refused: request_answered."""
    require(may_keep_ledger(actor))
    request = _lock_request(session, request_id)
    _decide(session, actor, request, "declined", given.reason)
    return request


def _lock_request(session: Session, request_id: int, entry_id: int | None = None) -> LedgerRequest:
    request = session.get(LedgerRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or entry_id not in (None, request.entry_id):
        raise NotFound
    if request.decided_at is not None:
        raise Refused("request_answered")
    return request


def _decide(session: Session, actor: Actor, request: LedgerRequest, decision: str, reply: str) -> None:
    request.decision, request.reply = decision, reply
    request.decided_at, request.decided_by_id = now(), actor.user_id
    record(session, actor, "decide", "ledger_request", request.id, after={"decision": decision})
    announce(session, CorrectionAnswered(request.id))


def notice_late(session: Session) -> list[int]:
    """The requests whose day has passed since it was last looked, each announced once."""
    late = session.scalars(
        select(LedgerRequest)
        .where(
            LedgerRequest.decided_at.is_(None),
            LedgerRequest.noticed_at.is_(None),
            LedgerRequest.answer_by < today(),
        )
        .order_by(LedgerRequest.id)
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    for request in late:
        request.noticed_at = now()
        announce(session, CorrectionBecameLate(request.id))
    return [request.id for request in late]


# --- closing gaps


def publish_gap(
    session: Session, actor: Actor, thing: GapKind, thing_id: int, given: PublishInput
) -> LedgerGapClosing:
    """All have got the same. Words and files that were handed out are read here by all from now on, unless
    `url` says where they are; everything else is opened in its own room, or stands at `url`.

    Raises NotFound. Refused: no_gap, address_missing, published_later.
    """
    published_on = given.published_on or today()
    if published_on > today():
        raise Refused("published_later")
    is_shown_here = thing == "handout" and _kind_of_handout(session, actor, thing_id) != "deck"
    if given.url is None and not is_shown_here:
        raise Refused("address_missing")
    values = {"how": "published", "reason": given.note, "url": given.url, "published_on": published_on}
    return _close(session, actor, thing, thing_id, values)


def _kind_of_handout(session: Session, actor: Actor, handout_id: int) -> str:
    require(may_keep_ledger(actor))
    kind = session.scalar(select(LedgerHandout.kind).where(LedgerHandout.id == handout_id))
    if kind is None:
        raise NotFound
    return kind


def justify_gap(
    session: Session, actor: Actor, thing: GapKind, thing_id: int, given: JustifyInput
) -> LedgerGapClosing:
    """Say why not all get the same. Raises NotFound. Refused: no_gap."""
    return _close(session, actor, thing, thing_id, {"how": "justified", "reason": given.reason})


def _close(
    session: Session, actor: Actor, thing: GapKind, thing_id: int, values: dict[str, Any]
) -> LedgerGapClosing:
    require(may_keep_ledger(actor))
    if not is_gap(session, thing, thing_id):
        raise Refused("no_gap")
    given = {"thing": thing, "thing_id": thing_id, "closed_at": now(), "closed_by_id": actor.user_id}
    closing = session.scalars(
        insert(LedgerGapClosing).values(given | values).on_conflict_do_nothing().returning(LedgerGapClosing)
    ).one_or_none()
    if closing is None:
        raise Refused("no_gap")
    after = {"how": closing.how, "thing": thing, "thing_id": thing_id}
    record(session, actor, "close_gap", "ledger_gap", closing.id, after=after)
    announce(session, GapClosed(closing.id))
    return closing


def reopen_gap(session: Session, actor: Actor, closing_id: int) -> None:
    """Take back that something is published or justified; it stands in the list of gaps again.

    Raises NotFound. Refused: gap_open.
    """
    require(may_keep_ledger(actor))
    closing = session.get(LedgerGapClosing, closing_id, with_for_update=True, populate_existing=True)
    if closing is None:
        raise NotFound
    if closing.reopened_at is not None:
        raise Refused("gap_open")
    closing.reopened_at, closing.reopened_by_id = now(), actor.user_id
    before = {"how": closing.how, "thing": closing.thing, "thing_id": closing.thing_id}
    record(session, actor, "reopen_gap", "ledger_gap", closing.id, before=before)
    session.flush()
