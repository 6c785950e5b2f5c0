"""Decks for participants of a meeting at which one vendor took part: noted, so that they stand in the list of
gaps also when the sign-ups are forgotten."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.policy import SYSTEM
from app.domain.ledger.models import LedgerEntry, LedgerHandout
from app.domain.ledger.policy import COMPETING_KINDS
from app.domain.ledger.recording import put_entry
from app.domain.ledger.schemas import EntryFacts, HandoutFacts
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import NOT_COMING
from app.domain.organisations.models import Organisation
from app.domain.presentations.models import Deck
from app.domain.registrations.models import Registration

_BATCH = 100


def note_decks_of_one_vendor(session: Session) -> list[int]:
    """The entries that were made, one for each such deck, once."""
    vendors = (
        select(Registration.meeting_id, func.min(Registration.organisation_id).label("organisation_id"))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.status == "registered", Organisation.kind.in_(COMPETING_KINDS))
        .group_by(Registration.meeting_id)
        .having(func.count(Registration.organisation_id.distinct()) == 1)
        .subquery()
    )
    noted = (
        select(LedgerHandout.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerHandout.entry_id)
        .where(LedgerHandout.deck_id == Deck.id, LedgerEntry.key.is_not(None))
        .correlate(Deck)
    )
    rows = session.execute(
        select(
            Deck.id, Deck.title, Meeting.id.label("meeting_id"), Meeting.held_on, vendors.c.organisation_id
        )
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .join(vendors, vendors.c.meeting_id == Meeting.id)
        .where(
            Deck.access == "participants",
            Meeting.held_on < today(),
            Meeting.status.not_in(NOT_COMING),
            Meeting.published_at.is_not(None),
            ~noted.exists(),
        )
        .order_by(Deck.id)
        .limit(_BATCH)
    ).all()
    return [
        put_entry(
            session,
            SYSTEM,
            EntryFacts(
                key=f"deck-{row.id}",
                happened_on=row.held_on,
                how="meeting",
                subject=row.title,
                organisation_ids=[row.organisation_id],
                meeting_id=row.meeting_id,
                handouts=[HandoutFacts(title=row.title, deck_id=row.id)],
                noted_at=now(),
            ),
        ).id
        for row in rows
    ]
