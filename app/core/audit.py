"""The log of every change: who, on whose behalf, when, from where, before and after.

Rows are only ever added: the application's role in the database may not change them, and a trigger stops
everybody else. The two exceptions are functions of the database (migration 0011), for the law's sake.
"""

from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Index, inspect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.keeping import note_for_one
from app.core.policy import STRANGER, Actor

current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)
current_client: ContextVar[str] = ContextVar("current_client", default="")

Outcome = Literal["done", "refused"]


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_thing", "thing", "thing_id"),
        Index("ix_audit_entry_user_id", "user_id"),
        Index("ix_audit_entry_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    verb: Mapped[str]
    thing: Mapped[str]
    thing_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    user_name: Mapped[str]
    on_behalf_of_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_id: Mapped[str | None]
    client: Mapped[str] = mapped_column(default="", server_default="")
    outcome: Mapped[str] = mapped_column(default="done", server_default="done")


def record(
    session: Session,
    actor: Actor,
    verb: str,
    thing: str,
    thing_id: int | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    outcome: Outcome = "done",
    is_nameless: bool = False,
) -> None:
    """Note a change in the transaction that makes it. Values must be plain JSON and hold no secret.

    `is_nameless`: what was done is noted, and neither who did it nor from where, nor by which request.
    """
    values = entry(
        actor, verb, thing, thing_id, before=before, after=after, outcome=outcome, is_nameless=is_nameless
    )
    session.add(AuditEntry(**values))


def entry(
    actor: Actor,
    verb: str,
    thing: str,
    thing_id: int | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    outcome: Outcome = "done",
    is_nameless: bool = False,
) -> dict[str, Any]:
    """The columns of an entry, for a statement that writes it along with what it notes."""
    note_for_one()
    if is_nameless:
        actor = STRANGER
    return {
        "at": now(),
        "verb": verb,
        "thing": thing,
        "thing_id": thing_id,
        "user_id": actor.user_id,
        "user_name": actor.name,
        "on_behalf_of_id": actor.organisation_id,
        "before": before,
        "after": after,
        "request_id": None if is_nameless else current_request_id.get(),
        "client": "" if is_nameless else current_client.get(),
        "outcome": outcome,
    }


def forget_person(session: Session, user_id: int, words: list[str]) -> None:
    """Take a person's name and these words of theirs out of the log; what was done, and when, stays."""
    session.execute(
        text("select forget_person_in_audit(:user_id, :words)"), {"user_id": user_id, "words": words}
    )


def forget_before(session: Session, entries: datetime, clients: datetime) -> None:
    """Take away entries made before one moment, and where they came from before another."""
    session.execute(
        text("select forget_old_audit(:entries, :clients)"), {"entries": entries, "clients": clients}
    )


def snapshot(row: Base) -> dict[str, Any]:
    """Every column of a row as plain JSON, for `before` and `after`. Not for rows that hold a secret."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
