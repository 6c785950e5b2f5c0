"""Tables of the organisations that speak in the forum."""

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

Kind = Literal[
    "association",
    "joint_procurement",
    "municipality",
    "region",
    "vendor",
    "consultancy",
    "trade_association",
    "authority",
    "other",
]


class Organisation(Base):
    """Anyone that a person can speak for. A municipality has its code and region here.

    One that somebody wrote in on the first visit is not confirmed until staff has looked at it, and is then
    in no list. One that staff has refused (`refused_at`) keeps its row for what points at it, and nobody
    can choose it. `asked_domains`: mail domains that its people ask for; staff moves them to `mail_domains`.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("cvr is null or cvr ~ '^[0-9]{8}$'", name="cvr"),
        Index("ix_organisation_mail_domains", "mail_domains", postgresql_using="gin"),
        Index("ix_organisation_kind", "kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short_name: Mapped[str | None]
    kind: Mapped[str]
    cvr: Mapped[str | None] = mapped_column(unique=True)
    mail_domains: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    municipality_code: Mapped[str | None] = mapped_column(unique=True)
    region: Mapped[str | None]
    website: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    is_confirmed: Mapped[bool] = mapped_column(default=True, server_default=true())
    refused_at: Mapped[datetime | None]
    asked_domains: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
