"""Tables around an idea: the organisers' own fields, what is being typed, co-signers, files, hearings."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class IdeaField(Base):
    """A field that organisers ask besides the fixed ones. `kind`: text, choice (of `options`) or number.

    One that is not asked any more is retired and stays, with what was answered. Each change of its words
    is a new `version`; an answer tells which one it answers.
    """

    __tablename__ = "idea_field"
    __table_args__ = (
        CheckConstraint("kind in ('text', 'choice', 'number')", name="kind"),
        CheckConstraint("(kind = 'choice') = (cardinality(options) > 1)", name="options"),
        Index("ix_idea_field_position", "position"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int]
    kind: Mapped[str]
    label: Mapped[str]
    help: Mapped[str] = mapped_column(default="", server_default="")
    example: Mapped[str] = mapped_column(default="", server_default="")
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    is_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class IdeaFieldEdition(Base):
    """How a field was asked until it was changed; kept for what was answered then."""

    __tablename__ = "idea_field_edition"
    __table_args__ = (UniqueConstraint("field_id", "version"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("idea_field.id"))
    version: Mapped[int]
    label: Mapped[str]
    help: Mapped[str] = mapped_column(default="", server_default="")
    example: Mapped[str] = mapped_column(default="", server_default="")
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    replaced_at: Mapped[datetime]


class IdeaAnswer(Base):
    """What an idea answers openly to a field of the organisers; a number is kept as 1234.5.

    A confidential answer stands with the other confidential parts, in `IdeaDetails`.
    """

    __tablename__ = "idea_answer"
    __table_args__ = (UniqueConstraint("contribution_id", "field_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    field_id: Mapped[int] = mapped_column(ForeignKey("idea_field.id"), index=True)
    field_version: Mapped[int]
    value: Mapped[str]


class TypedIdea(Base):
    """A form as it stands while somebody types, under the form's own key: theirs alone, in one organisation.

    `open_half` and `secret_half`: {field: text as typed}. `contribution_id`: the draft that is changed.
    """

    __tablename__ = "typed_idea"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_typed_idea_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    key: Mapped[str]
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    open_half: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    secret_half: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class IdeaSigner(Base):
    """An organisation that is asked to stand behind an idea with its sender. `answer`: yes or no.

    `answered_version`: the idea's version that was answered; a draft may have been changed since.
    """

    __tablename__ = "idea_signer"
    __table_args__ = (
        CheckConstraint("answer in ('yes', 'no')", name="answer"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
        UniqueConstraint("contribution_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    answered_at: Mapped[datetime | None]
    answered_version: Mapped[int | None]


class IdeaAttachment(Base):
    """A file that goes with an idea. `access`: public, or confidential for a `reason`. `size` in bytes.

    One that is removed leaves its row, and no file. `was_out`: others could read it until then.
    """

    __tablename__ = "idea_attachment"
    __table_args__ = (
        CheckConstraint("access in ('public', 'confidential')", name="access"),
        CheckConstraint("(access = 'confidential') = (reason <> '')", name="reason"),
        Index("ix_idea_attachment_contribution_id", "contribution_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    access: Mapped[str]
    title: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    filename: Mapped[str]
    kind: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    file_key: Mapped[str | None]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    uploaded_at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    removed_at: Mapped[datetime | None]
    was_out: Mapped[bool] = mapped_column(default=False, server_default=false())


class IdeaRest(Base):
    """When an idea's owner last said that it still holds, was last asked, and when it was laid to rest."""

    __tablename__ = "idea_rest"
    __table_args__ = (Index("ix_idea_rest_rested_at", "rested_at"),)

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    confirmed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    rested_at: Mapped[datetime | None]


class AccessRequest(Base):
    """Somebody has asked for access to what is confidential in an idea, and its owner is heard.

    `requester`: who asks, for staff alone. `hear_by`: until when the owner may say something. `state`:
    hearing, decided (`ended_at`), or withdrawn by who asked.
    """

    __tablename__ = "access_request"
    __table_args__ = (
        CheckConstraint("state in ('hearing', 'decided', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'hearing') = (ended_at is null)", name="ended"),
        Index("ix_access_request_contribution_id", "contribution_id"),
        Index(
            "ix_access_request_hear_by",
            "hear_by",
            postgresql_where=text("state = 'hearing'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    requester: Mapped[str]
    received_on: Mapped[date]
    hear_by: Mapped[date]
    state: Mapped[str] = mapped_column(default="hearing", server_default="hearing")
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    opened_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class HeardPart(Base):
    """One confidential part of an idea in a hearing: what its owner says of it, and what staff decides.

    `part`: a key of `IdeaDetails.confidential`, or "file_12" for an attachment. `stance`: keep or agree;
    none where the owner said nothing. `decision`: release or keep.
    """

    __tablename__ = "heard_part"
    __table_args__ = (
        CheckConstraint("stance in ('keep', 'agree')", name="stance"),
        CheckConstraint("decision in ('release', 'keep')", name="decision"),
        CheckConstraint("(decision is null) = (decided_at is null)", name="decided"),
        UniqueConstraint("request_id", "part"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("access_request.id"))
    part: Mapped[str]
    stance: Mapped[str | None]
    stance_reason: Mapped[str] = mapped_column(default="", server_default="")
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    stated_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    decision_reason: Mapped[str] = mapped_column(default="", server_default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_at: Mapped[datetime | None]
