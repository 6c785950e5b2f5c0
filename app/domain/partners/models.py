"""Tables of those who would like to talk with one another about the same need."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ContactRequest(Base):
    """A municipality asks another for contact: about its own need, and the one by which it found the other.

    `state`: open until `answer_by`, yes, no, withdrawn, or ended without an answer; `ended_at` when it was
    no longer open. `asked_as` and `answered_as`: the titles of those who asked and answered, at that time.
    `answered_by_id` is empty where the link of the mail was used.
    """

    __tablename__ = "contact_request"
    __table_args__ = (
        CheckConstraint("state in ('open', 'yes', 'no', 'withdrawn', 'ended')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at is null)", name="ended"),
        CheckConstraint("asking_id <> asked_id", name="others"),
        Index(
            "uq_contact_request_open",
            "need_id",
            "asking_id",
            "asked_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_contact_request_asking_id", "asking_id"),
        Index("ix_contact_request_asked_id", "asked_id"),
        Index("ix_contact_request_asked_need_id", "asked_need_id"),
        Index("ix_contact_request_asked_by_id", "asked_by_id"),
        Index("ix_contact_request_answered_by_id", "answered_by_id"),
        Index(
            "ix_contact_request_answer_by",
            "answer_by",
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    asked_need_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    asking_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asked_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    message: Mapped[str] = mapped_column(default="", server_default="")
    asked_as: Mapped[str] = mapped_column(default="", server_default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_as: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[datetime | None]
