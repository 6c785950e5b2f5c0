"""Tables around a need: its facts, who has it, how far it has come, and what is being typed."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

STATES = "('registered', 'prioritised', 'in_progress', 'carried_out', 'dropped')"


class NeedDetails(Base):
    """What a need is about, beside its words. `kle`: the number of the task, as 27.36.00 or 27.36.00-G01.

    `network_id`: the network that registered it for several. `state` since the day `state_on`.
    """

    __tablename__ = "need_details"
    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("(system_type = 'other') = (system_other <> '')", name="system_other"),
        Index("ix_need_details_network_id", "network_id"),
        Index("ix_need_details_system_type", "system_type"),
    )

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("contribution.id"), primary_key=True, autoincrement=False
    )
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    system_type: Mapped[str]
    system_other: Mapped[str] = mapped_column(default="", server_default="")
    kle: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="registered", server_default="registered")
    state_on: Mapped[date]


class NeedMunicipality(Base):
    """A municipality that has the need, with its own facts. One that left has `left_at`, and may come back.

    `contract_end`: the first day of the month in which its contract ends. `hidden`: those of its fields
    (contract_end, system_name, supplier, note) that its own people alone read, with who entered them for a
    network (`network_id`). `signed_as`: the title of who entered it, at that time.
    """

    __tablename__ = "need_municipality"
    __table_args__ = (
        CheckConstraint("size in ('small', 'middle', 'large', 'city')", name="size"),
        CheckConstraint("extract(day from contract_end) = 1", name="contract_end"),
        CheckConstraint("hidden <@ array['contract_end', 'system_name', 'supplier', 'note']", name="hidden"),
        UniqueConstraint("contribution_id", "organisation_id"),
        Index("ix_need_municipality_network_id", "network_id"),
        Index("ix_need_municipality_entered_by_id", "entered_by_id"),
        Index(
            "ix_need_municipality_in_force",
            "organisation_id",
            postgresql_where=text("left_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    size: Mapped[str | None]
    contract_end: Mapped[date | None]
    system_name: Mapped[str] = mapped_column(default="", server_default="")
    supplier: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    hidden: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    signed_as: Mapped[str] = mapped_column(default="", server_default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class NeedState(Base):
    """How far a need had come from a day on, and what was said of it."""

    __tablename__ = "need_state"
    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("state <> 'dropped' or note <> ''", name="note"),
        Index("ix_need_state_contribution_id", "contribution_id"),
        Index("ix_need_state_noted_by_id", "noted_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    state: Mapped[str]
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    noted_at: Mapped[datetime]


class TypedNeed(Base):
    """A form as it stands while somebody types, under the form's own key: theirs alone, in one organisation.

    `fields`: {field: text as typed}.
    """

    __tablename__ = "typed_need"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_typed_need_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    key: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
