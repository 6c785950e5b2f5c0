"""A key made with each form lets a write happen once, however often the form is sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base


class WriteKey(Base):
    """A form that was carried out, and where its answer is."""

    __tablename__ = "write_key"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class OtherContent(Exception):
    """A key that was used for something else."""


def take_key(session: Session, user_id: int, key: UUID, fingerprint: str = "") -> str | None:
    """Take the key for this write, or tell where the answer of the first one is.

    A second sender waits here until the first has committed or given up. `fingerprint`: of what is sent, by a
    program; a second one with another raises OtherContent. Forms have none: they are sent again as they are.
    """
    taken = session.execute(
        insert(WriteKey)
        .values(user_id=user_id, key=key, location="", fingerprint=fingerprint, created_at=now())
        .on_conflict_do_nothing()
        .returning(WriteKey.key)
    ).first()
    if taken is not None:
        return None
    known = session.execute(
        select(WriteKey.location, WriteKey.fingerprint).where(
            WriteKey.user_id == user_id, WriteKey.key == key
        )
    ).one()
    if known.fingerprint != fingerprint:
        raise OtherContent
    return known.location


def keep_answer(session: Session, user_id: int, key: UUID, location: str) -> None:
    """Remember where the answer is, for whoever sends the same form again."""
    session.execute(
        update(WriteKey).where(WriteKey.user_id == user_id, WriteKey.key == key).values(location=location)
    )
