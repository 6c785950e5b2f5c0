"""Tables of people: those who speak (persons) and those who sign in (users)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
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
    account (`erased_at`) keeps its number and nothing else, and so does one that was joined with another
    (`joined_into_id`). `fields`: codes of the subjects that the person works with.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="da")
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    joined_into_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    signed_in_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class UserEmail(Base):
    """One more mail address that signs in to an account, beside the one on it."""

    __tablename__ = "user_email"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class AddressProof(Base):
    """A user has just shown, by a mailed code, that an address of another account is theirs too."""

    __tablename__ = "address_proof"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    email: Mapped[str]
    proved_at: Mapped[datetime]


class LastVisit(Base):
    """When somebody last looked at what is new for their municipality, so that it can say what came since.

    `since`: the day of the visit before that of `visited_on`; None the first time.
    """

    __tablename__ = "last_visit"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    visited_on: Mapped[date]
    since: Mapped[date | None]


class Membership(Base):
    """A time in which a user speaks for an organisation, in a role; whoever comes back gets a new row.

    It waits while `confirmed_at` is empty. `ended_as`: left, refused, removed or joined, with the
    `end_reason` that was told to the person. `told_at`: when those who confirm were told that it waits.
    """

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_in_force",
            "user_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_membership_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="member")
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default="")
    told_at: Mapped[datetime | None]
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
