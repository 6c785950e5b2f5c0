"""Tables of those who take part: the sign-up, and apart from it what is nobody else's business."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Registration(Base):
    """Somebody's place at a meeting, with the title and organisation **of that day**.

    `status`: registered (has a seat), waiting (in the queue), offered (a seat is kept until `offered_until`),
    requested (staff has to say yes), declined (staff said no), cancelled. One that has not ended for each
    person and meeting; who signs up again gets a new row. `organisation_id` is empty for who speaks for
    nobody. `listed_version` and `listed_at`: the text of consent by which the others may see the name, and
    when; both empty for who does not want to.

    `queue_place` orders the queue, the smallest first; the place itself is counted. `seat_group_id`: the
    group whose reserved seats the person may have. `is_extra`: on a chair beyond the meeting's seats.
    `cancelled_at` and `ended_as`: when and how it ended (self, link, staff, offer_declined, offer_expired,
    swapped, joined, request_declined).
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint(
            "status in ('registered', 'waiting', 'offered', 'requested', 'declined', 'cancelled')",
            name="status",
        ),
        CheckConstraint(
            "(status in ('cancelled', 'declined')) = (cancelled_at is not null)", name="cancelled_at"
        ),
        CheckConstraint("(status = 'offered') = (offered_until is not null)", name="offered_until"),
        CheckConstraint("(status in ('waiting', 'offered')) = (queue_place is not null)", name="queue_place"),
        Index("ix_registration_meeting_id", "meeting_id"),
        Index("ix_registration_user_id", "user_id"),
        Index("ix_registration_organisation_id", "organisation_id"),
        Index("ix_registration_seat_group_id", "seat_group_id"),
        Index(
            "uq_registration_active",
            "meeting_id",
            "user_id",
            unique=True,
            postgresql_where=text("status not in ('cancelled', 'declined')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="registered")
    seat_group_id: Mapped[int | None] = mapped_column(ForeignKey("seat_group.id", ondelete="SET NULL"))
    queue_place: Mapped[int | None]
    offered_until: Mapped[datetime | None]
    is_extra: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_as: Mapped[str] = mapped_column(default="", server_default="")
    listed_version: Mapped[int | None]
    listed_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class RegistrationNeeds(Base):
    """What somebody eats and needs in order to take part: health data and faith may be read out of it.

    Apart from the sign-up, so that nothing that lists people comes near it; erased first of all.
    `consent_version` and `consented_at`: the text that was agreed to, and when.
    """

    __tablename__ = "registration_needs"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    diets: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    diet_note: Mapped[str] = mapped_column(default="")
    access_needs: Mapped[str] = mapped_column(default="")
    consent_version: Mapped[int]
    consented_at: Mapped[datetime]


class SeatGroup(Base):
    """Seats of a meeting that are kept for some: for kinds of organisations, and for organisations by name.

    After `release_on` nobody has them any more than others; empty keeps them to the end.
    """

    __tablename__ = "seat_group"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        Index("ix_seat_group_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    name: Mapped[str]
    seats: Mapped[int]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    release_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class SeatGroupOrganisation(Base):
    __tablename__ = "seat_group_organisation"

    group_id: Mapped[int] = mapped_column(ForeignKey("seat_group.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class SeatSwap(Base):
    """A seat offered to a colleague at this address, who has to say yes. `status`: asked, accepted, declined
    or withdrawn; one that is asked for each sign-up."""

    __tablename__ = "seat_swap"
    __table_args__ = (
        CheckConstraint("status in ('asked', 'accepted', 'declined', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'asked') = (answered_at is null)", name="answered_at"),
        Index("ix_seat_swap_registration_id", "registration_id"),
        Index(
            "uq_seat_swap_asked", "registration_id", unique=True, postgresql_where=text("status = 'asked'")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    email: Mapped[str]
    status: Mapped[str] = mapped_column(default="asked")
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class SeatDecision(Base):
    """What staff decided about one sign-up, and why: the exceptions from the rules of the queue, and the
    answers to those who asked to come.

    `kind`: moved (in the queue), seated (beyond the rules), regrouped, added, cancelled, approved, declined.
    `before` and `after`: the place, the group or the status that was changed, in words or figures.
    """

    __tablename__ = "seat_decision"
    __table_args__ = (
        CheckConstraint(
            "kind in ('moved', 'seated', 'regrouped', 'added', 'cancelled', 'approved', 'declined')",
            name="kind",
        ),
        Index("ix_seat_decision_registration_id", "registration_id"),
        Index("ix_seat_decision_decided_by_id", "decided_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    before: Mapped[str] = mapped_column(default="")
    after: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]


class SignUpQuestion(Base):
    """What organisers ask whoever signs up for their meeting. `kind`: text, choice (one), many, yes_no.

    `options`: what can be chosen, in order. `item_id`: the item of the programme that the answers go to,
    where it is a question to a panel. `is_hidden`: asked no more, but there are answers.
    """

    __tablename__ = "sign_up_question"
    __table_args__ = (
        CheckConstraint("kind in ('text', 'choice', 'many', 'yes_no')", name="kind"),
        CheckConstraint("(kind in ('choice', 'many')) = (cardinality(options) > 0)", name="options"),
        Index("ix_sign_up_question_meeting_id", "meeting_id"),
        Index("ix_sign_up_question_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"))
    position: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str]
    help: Mapped[str] = mapped_column(default="")
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class SignUpAnswer(Base):
    """What somebody answered, in the words of that day: a text, the words of what was chosen, yes or no."""

    __tablename__ = "sign_up_answer"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    question_id: Mapped[int] = mapped_column(
        ForeignKey("sign_up_question.id"), primary_key=True, autoincrement=False, index=True
    )
    said: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answered_at: Mapped[datetime]
