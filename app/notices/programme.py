"""Those who stand at a changed item are told what the programme says now; nothing leaves by itself."""

from sqlalchemy.orm import Session

from app.core.policy import SYSTEM
from app.domain.meetings.events import ProgrammePublished
from app.domain.meetings.models import ProgrammeEdition
from app.domain.outbox.service import prepare
from app.domain.registrations import queries as registrations
from app.domain.speakers import queries as speakers

COMING = ("registered", "waiting", "offered", "requested")


def tell_of_changes(session: Session, event: ProgrammePublished) -> None:
    """Lay a batch in the outbox: to those concerned, and where wanted to everybody who is signed up."""
    edition = session.get_one(ProgrammeEdition, event.edition_id)
    recipients = speakers.recipients_of(session, event.meeting_id, person_ids=event.person_ids)
    if event.tells_all:
        recipients += registrations.recipients_of(session, event.meeting_id, COMING)
    prepare(
        session,
        SYSTEM,
        kind="change",
        meeting_id=event.meeting_id,
        recipients=recipients,
        facts={"edition": edition.number, "changes": edition.changes},
    )
