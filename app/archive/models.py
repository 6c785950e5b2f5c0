"""What has been loaded, so that a later start need not read it all again."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ArchiveLoad(Base):
    """One part of the seed and the fingerprint of the files it was loaded from."""

    __tablename__ = "archive_load"

    name: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    loaded_at: Mapped[datetime]
