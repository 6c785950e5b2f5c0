"""What is noted of gathered contributions when the archive is put in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.clock import now
from app.core.policy import Actor, require
from app.domain.contributions.gathering_models import CitedPage


def put_cited_page(session: Session, actor: Actor, contribution_id: int, deck_id: int, number: int) -> None:
    """A slide page that a contribution of the archive rests on, also before its deck has been read. What
    people have cited or taken away there stays as they left it. Only for the house."""
    require(actor.is_system)
    known = session.get(CitedPage, (contribution_id, deck_id, number))
    touched = select(AuditEntry.id).where(
        AuditEntry.thing == "contribution",
        AuditEntry.thing_id == contribution_id,
        AuditEntry.verb == "uncite",
    )
    if known is not None or session.scalar(select(touched.exists())):
        return
    session.add(CitedPage(contribution_id=contribution_id, deck_id=deck_id, number=number, cited_at=now()))
    session.flush()
    record(
        session, actor, "cite", "contribution", contribution_id, after={"deck_id": deck_id, "page": number}
    )
