"""Live updates: telling that something has changed, never what.

A topic is a short word such as "board:12". Whoever listens fetches what changed through its own address,
where the rights are asked.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "live"
TOLD = "told"  # in a session's `info`: the topics of its transaction, for the process itself

_TELL = text("select pg_notify(:channel, :topic)")


def tell(session: Session, topic: str) -> None:
    """Tell every process that the topic has changed, as soon as this transaction is committed; else nothing.

    The same topic twice in one transaction is told once.
    """
    session.execute(_TELL, {"channel": CHANNEL, "topic": topic})
    note_told(session, topic)


def note_told(session: Session, topic: str) -> None:
    """Note what another statement has told on its way, as `tell` does."""
    session.info.setdefault(TOLD, set()).add(topic)


def take_told(session: Session) -> list[str]:
    """The topics that the session has told since this was asked last."""
    return sorted(session.info.pop(TOLD, ()))
