"""Tables of those who take part: the sign-up, and apart from it what is nobody else's business."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Registration(Base):
    """Somebody's place at a meeting, with the title and organisation **of that day**.

    `status`: registered (has a seat), waiting (in the queue), cancelled. One that is not cancelled for each
    person and meeting; who signs up again gets a new row. `organisation_id` is empty for who speaks for
    nobody. `listed_version` and `listed_at`: the text of consent by which the others may see the name, and
    when; both empty for who does not want to.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("status in ('registered', 'waiting', 'cancelled')", name="status"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at is not null)", name="cancelled_at"),
        Index("ix_registration_meeting_id", "meeting_id"),
        Index("ix_registration_user_id", "user_id"),
        Index("ix_registration_organisation_id", "organisation_id"),
        Index(
            "uq_registration_active",
            "meeting_id",
            "user_id",
            unique=True,
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="registered")
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
