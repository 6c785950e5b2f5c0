"""Tables of the groups that discuss at a meeting, and of who sits in which."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Group(Base):
    """A group or parallel session of a meeting, with the task it was given.

    `number` stands on its table and in its join code; it is the group's own and does not follow the order.
    `facilitator_id`, `rapporteur_id`: the users of those names, where they were chosen and not only typed.
    """

    __tablename__ = "discussion_group"
    __table_args__ = (
        UniqueConstraint("meeting_id", "key"),
        UniqueConstraint("meeting_id", "number"),
        Index("ix_discussion_group_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"), index=True)
    key: Mapped[str]
    number: Mapped[int]
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    task: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    facilitator: Mapped[str] = mapped_column(default="")
    rapporteur: Mapped[str] = mapped_column(default="")
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    rapporteur_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)


class GroupRound(Base):
    """How the people of a meeting are put into the groups of one item of its programme.

    The wishes, each 0 (not asked for), 1 (wished) or 2 (important): `mixing` of kinds of organisations,
    `spreading` those of one organisation, `parting` competitors, `meeting_anew` whom one has not sat with in
    an earlier round. `seed`: the same people, rules and seed give the same groups.

    `state`: empty (nobody is placed), asked (a job is to do it), made, failed. `is_best`: no better groups
    are to be had; False where the time ran out. `took_ms`: how long it took. `asked_at`: since when a job is
    waited for. `shown_at`: since when everybody is shown the own group. `before`: the placements before the
    last change, as rows of [registration_id, attendee_id, group_id, is_locked], for taking it back.
    """

    __tablename__ = "group_round"
    __table_args__ = (
        CheckConstraint("state in ('empty', 'asked', 'made', 'failed')", name="state"),
        CheckConstraint(
            "mixing between 0 and 2 and spreading between 0 and 2 and parting between 0 and 2"
            " and meeting_anew between 0 and 2",
            name="wishes",
        ),
        Index("ix_group_round_meeting_id", "meeting_id"),
    )

    item_id: Mapped[int] = mapped_column(
        ForeignKey("agenda_item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    mixing: Mapped[int] = mapped_column(default=2, server_default="2")
    spreading: Mapped[int] = mapped_column(default=2, server_default="2")
    parting: Mapped[int] = mapped_column(default=2, server_default="2")
    meeting_anew: Mapped[int] = mapped_column(default=1, server_default="1")
    seed: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[str] = mapped_column(default="empty", server_default="empty")
    is_best: Mapped[bool] = mapped_column(default=False, server_default=false())
    took_ms: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    before: Mapped[list[list[Any]] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Placement(Base):
    """Somebody's group in one item: a sign-up, or somebody who came without one. Once for each item.

    `is_locked`: stays where it is when groups are made again.
    """

    __tablename__ = "group_placement"
    __table_args__ = (
        CheckConstraint("(registration_id is null) <> (attendee_id is null)", name="who"),
        UniqueConstraint("item_id", "registration_id"),
        UniqueConstraint("item_id", "attendee_id"),
        Index("ix_group_placement_group_id", "group_id"),
        Index("ix_group_placement_registration_id", "registration_id"),
        Index("ix_group_placement_attendee_id", "attendee_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(ForeignKey("discussion_group.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id", ondelete="CASCADE"))
    is_locked: Mapped[bool] = mapped_column(default=False, server_default=false())
    placed_at: Mapped[datetime]


class RivalSet(Base):
    """Organisations that are to sit in different groups at a meeting, as competitors do who would not speak
    freely before each other. Only those who arrange it know."""

    __tablename__ = "rival_set"
    __table_args__ = (Index("ix_rival_set_meeting_id", "meeting_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    created_at: Mapped[datetime]


class RivalSetOrganisation(Base):
    __tablename__ = "rival_set_organisation"

    rival_set_id: Mapped[int] = mapped_column(
        ForeignKey("rival_set.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, autoincrement=False, index=True
    )
