"""Tables of the projects that a municipality registers itself."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class OwnProject(Base):
    """A project of a municipality, written by its own people.

    `visibility`: public, or own for what the municipality's confirmed people alone read. `removed_at`: taken
    out; nothing that points to it breaks. `key`: the seed's own name for it.
    """

    __tablename__ = "own_project"
    __table_args__ = (
        CheckConstraint("visibility in ('public', 'own')", name="visibility"),
        Index("ix_own_project_municipality_id", "municipality_id"),
        Index("ix_own_project_entered_by_id", "entered_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str]
    text: Mapped[str]
    visibility: Mapped[str] = mapped_column(default="own", server_default="own")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    entered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None


class OwnProjectTheme(Base):
    """A theme that a municipality's own project supports: of its own policy, or of a joint strategy."""

    __tablename__ = "own_project_theme"

    own_project_id: Mapped[int] = mapped_column(ForeignKey("own_project.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, index=True)
