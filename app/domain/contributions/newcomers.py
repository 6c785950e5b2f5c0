"""What is asked before somebody's words are taken: are they known here, and have they said it already."""

import re
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor, Refused
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_sent_in_sql, why_wait

SAME_WITHIN = timedelta(days=1)
MOST_COMPARED = 500
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

C = Contribution


def count_links(texts: Iterable[str]) -> int:
    return sum(len(_LINK.findall(text)) for text in texts)


def find_why_wait(session: Session, actor: Actor, texts: Iterable[str]) -> str | None:
    """Why these texts of the actor's wait for staff; see `policy.why_wait`."""
    if actor.is_confirmed:
        return None
    let_through = exists(
        select(C.id).where(
            C.said_by_user_id == actor.user_id, C.let_through_at.is_not(None), C.hidden_at.is_(None)
        )
    )
    is_known = bool(session.scalar(select(let_through)))
    return why_wait(actor, is_known, count_links(texts))


def refuse_repetition(session: Session, actor: Actor, title: str, body: str) -> None:
    """Refuse what the actor, or the organisation that the actor is known to speak for, sent within a day.

    Raises Refused("sent_before") with the `reference` of the first, which the actor may see.
    """
    own = C.entered_by_id == actor.user_id
    if actor.is_confirmed:
        own = or_(own, C.waiting_reason.is_(None))
    is_sent = and_(C.status.not_in(("draft", "withdrawn")), is_sent_in_sql())
    rows = session.execute(
        select(C.reference, C.title, C.body)
        .where(C.on_behalf_of_id == actor.organisation_id, own, is_sent, C.received_at > now() - SAME_WITHIN)
        .order_by(C.id)
        .limit(MOST_COMPARED)
    )
    sent = _compared(title, body)
    for row in rows:
        if _compared(row.title, row.body) == sent:
            raise Refused("sent_before", reference=row.reference)


def _compared(title: str, body: str) -> str:
    return " ".join(f"{title} {body}".casefold().split())
