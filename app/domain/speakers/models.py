"""Tables of the room: who speaks at a meeting, what they wrote themselves, and what they said yes to."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Speaker(Base):
    """Somebody of a meeting's programme, as the one that we write to. Without an address `email` is empty.

    `link_number` is a part of what their link is sealed with: counted up, the link before works no more.
    `link_made_at`: since when this one works; `link_ended_at`: taken back, and none made since. `slides`: who
    may see the slides as the speaker has answered: public, participants, staff (a no), or nothing yet.
    `name_allowed`: whether the name may stand in the programme, None while not answered.
    """

    __tablename__ = "speaker"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint("slides in ('public','participants','staff')", name="slides"),
        Index("ix_speaker_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    link_number: Mapped[int] = mapped_column(default=1)
    link_made_at: Mapped[datetime]
    link_ended_at: Mapped[datetime | None]
    slides: Mapped[str | None]
    name_allowed: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class SpeakerTalk(Base):
    """What a speaker has said about one item: their own words for its title and text, at `written_at`, and
    whether they will show no slides."""

    __tablename__ = "speaker_talk"
    __table_args__ = (Index("ix_speaker_talk_item_id", "item_id"),)

    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id"), primary_key=True)
    # An item that is taken off the programme takes along what was written for it.
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime | None]
    has_no_slides: Mapped[bool] = mapped_column(default=False)


class SpeakerConsent(Base):
    """What a speaker has agreed to: the kind of text and its version, and who may see what it is about.

    As `consent`, for those who have no account: kinds speaker_slides and speaker_name.
    """

    __tablename__ = "speaker_consent"
    __table_args__ = (
        Index(
            "uq_speaker_consent_open",
            "speaker_id",
            "kind",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id"))
    kind: Mapped[str]
    access: Mapped[str]
    version: Mapped[int]
    language: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
