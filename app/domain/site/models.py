"""What admins set: every choice is an edition that stays; the newest of each is in force."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

PARTS = ("names", "logo", "texts", "words", "mail", "periods")


class SiteEdition(Base):
    """What one part of the site was set to. `key`: which page's texts, group of words or mail; else empty.

    `values` holds only what differs from the standard, so an empty one is the standard. `back_to`: the
    number of the edition that was gone back to, 0 for the standard.
    """

    __tablename__ = "site_edition"
    __table_args__ = (
        UniqueConstraint("part", "key", "number"),
        CheckConstraint(f"part in {PARTS!r}", name="part"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    part: Mapped[str]
    key: Mapped[str]
    number: Mapped[int]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    back_to: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class SiteLogo(Base):
    """A logo, drawn anew from what was sent. PNG, 48 and 96 pixels high; `width` is of the small one."""

    __tablename__ = "site_logo"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    width: Mapped[int]
    small: Mapped[bytes]
    large: Mapped[bytes]
    made_at: Mapped[datetime]
