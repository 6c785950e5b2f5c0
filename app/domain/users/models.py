"""Tables of people: those who speak (persons) and those who sign in (users)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Person(Base):
    """Somebody who has spoken at a meeting; only what was public. Titles stand on each appearance."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_name", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str]
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class User(Base):
    """Somebody who signs in. The mail address is lower case and private.

    `signed_in_at`: when last; who stays away too long is warned (`warned_at`) and then erased. An erased
    account (`erased_at`) keeps its number and nothing else.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="da")
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Membership(Base):
    """A user speaking for an organisation, with a role there: member, staff or admin."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("user_id", "organisation_id"),
        Index("ix_membership_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="member")
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Consent(Base):
    """What somebody agreed to: the kind of text, its version, and the language it was read in."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_open",
            "user_id",
            "kind",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        Index("ix_consent_kind_version", "kind", "version"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    version: Mapped[int]
    language: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
