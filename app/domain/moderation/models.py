"""Tables of reports, decisions and objections. Rows are only ever added and answered."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Decision(Base):
    """What staff decided about a contribution, with the reason as a code and in words to the author.

    `kind`: leave, hide, show, uphold (a hiding that was objected to), black_out or unblack.
    """

    __tablename__ = "moderation_decision"
    __table_args__ = (
        CheckConstraint("kind in ('leave','hide','show','uphold','black_out','unblack')", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime] = mapped_column(index=True)


class Report(Base):
    """Somebody thinks that a contribution should not stand as it does. Open until a decision answers it.

    A stranger has no `reporter_id` and may leave a mail address. Who reported is for staff only.
    """

    __tablename__ = "moderation_report"
    __table_args__ = (
        UniqueConstraint("contribution_id", "reporter_id"),
        Index(
            "uq_moderation_report_contribution_id_reporter_mail",
            "contribution_id",
            "reporter_mail",
            unique=True,
            postgresql_where=text("reporter_mail <> ''"),
        ),
        Index("ix_moderation_report_open", "contribution_id", postgresql_where=text("decision_id is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    reporter_mail: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    reason: Mapped[str]
    words: Mapped[str]
    created_at: Mapped[datetime]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_decision.id"))


class Objection(Base):
    """What the author says to a hiding: once for each. `outcome_id`: the decision that answered it."""

    __tablename__ = "moderation_objection"
    __table_args__ = (
        Index("ix_moderation_objection_open", "decision_id", postgresql_where=text("outcome_id is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("moderation_decision.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    words: Mapped[str]
    created_at: Mapped[datetime]
    outcome_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_decision.id"))
