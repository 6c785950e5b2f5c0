"""The log of every change: who, on whose behalf, when, before and after. Rows are only ever added."""

from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.policy import Actor

current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_thing", "thing", "thing_id"),)

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


def record(
    session: Session,
    actor: Actor,
    verb: str,
    thing: str,
    thing_id: int | None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Note a change in the transaction that makes it. Values must be plain JSON and hold no secret."""
    session.add(
        AuditEntry(
            at=now(),
            verb=verb,
            thing=thing,
            thing_id=thing_id,
            user_id=actor.user_id,
            user_name=actor.name,
            on_behalf_of_id=actor.organisation_id,
            before=before,
            after=after,
            request_id=current_request_id.get(),
        )
    )


def snapshot(row: Base) -> dict[str, Any]:
    """Every column of a row as plain JSON, for `before` and `after`. Not for rows that hold a secret."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
