"""Live updates: telling that something has changed, never what.

A topic is a short word such as "board:12". Whoever listens fetches what changed through its own address,
where the rights are asked.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "live"
RIGHTS = "rights"  # the topic that is told where somebody may see less than before

_TELL = text("select pg_notify(:channel, :topic)")


def tell(session: Session, topic: str) -> None:
    """Tell every process that the topic has changed, as soon as this transaction is committed; else nothing.

    The same topic twice in one transaction is told once.
    """
    session.execute(_TELL, {"channel": CHANNEL, "topic": topic})


def tell_of_rights(session: Session) -> None:
    """Have every process ask anew who may follow what: to be told where somebody loses a right in a room."""
    tell(session, RIGHTS)
