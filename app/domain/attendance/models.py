"""Tables of the room on the day: how it works, and who was there."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

SHOWN_AS = ("name", "organisation", "kind", "anonymous")


class LiveRoom(Base):
    """How a meeting's room works. `code`: what is typed or scanned to join, at /k/ABCD; a group's own is
    ABCD-3, by the number of the group.

    `names`: free (each chooses how to be shown), organisation (never a name), chatham (what was said, not
    who: everybody is anonymous). `lets_guests`: whether somebody without an account may join by the code.
    `checks_in`: whoever has signed up and joins on the day is checked in by that.
    `stays_open_days`: how long boards take more after the day, for those who could not speak.
    """

    __tablename__ = "live_room"
    __table_args__ = (
        CheckConstraint("names in ('free', 'organisation', 'chatham')", name="names"),
        CheckConstraint("stays_open_days between 0 and 60", name="stays_open_days"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[str] = mapped_column(default="free")
    lets_guests: Mapped[bool] = mapped_column(default=True, server_default=true())
    checks_in: Mapped[bool] = mapped_column(default=True, server_default=true())
    stays_open_days: Mapped[int] = mapped_column(default=7, server_default="7")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class Attendee(Base):
    """Somebody in the room, or at the virtual meeting: checked in at the door, joined by the code, or both.

    `secret_hash`: of the secret in the browser's cookie, by which a guest without an account is known again.
    `user_id`: the account, also where it was made later; never beside a secret, for a browser may be shared.
    `name` and the organisation are those of the day, as typed where they are not the account's. `email`: of
    who came in unannounced and wanted to hear from us. `shown_as`: how what one says is shown to others:
    name, organisation, kind ("en kommune"), anonymous. Others never read who stands behind the latter two.
    `is_walk_in`: came without having signed up. `joined_at`: when they came into the room, which is where one
    writes; empty for who has only been checked in at the door. `left_at`: went out of the room by themselves.
    `removed_at`: shown out by staff; writes nothing more.
    """

    __tablename__ = "attendee"
    __table_args__ = (
        CheckConstraint("shown_as in ('name', 'organisation', 'kind', 'anonymous')", name="shown_as"),
        CheckConstraint("user_id is null or secret_hash is null", name="one_proof"),
        UniqueConstraint("meeting_id", "secret_hash"),
        Index("ix_attendee_secret_hash", "secret_hash"),
        Index(
            "uq_attendee_user",
            "meeting_id",
            "user_id",
            unique=True,
            postgresql_where=text("user_id is not null"),
        ),
        Index("ix_attendee_user_id", "user_id"),
        Index("ix_attendee_organisation_id", "organisation_id"),
        Index("ix_attendee_checked_in_by_id", "checked_in_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), unique=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    secret_hash: Mapped[bytes | None]
    name: Mapped[str] = mapped_column(default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(default="")
    organisation_kind: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="", server_default="")
    shown_as: Mapped[str] = mapped_column(default="name")
    is_walk_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]
    checked_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
