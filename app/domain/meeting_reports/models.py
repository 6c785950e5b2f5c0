"""Tables of the reports of meetings."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ReportSetting(Base):
    """What the report of a meeting holds for whoever has not chosen anything else; without a row, all.

    `parts` and `themes`: as in schemas.Choices. `version`: two who set it at the same time.
    """

    __tablename__ = "report_setting"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True, autoincrement=False)
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    names: Mapped[bool] = mapped_column(default=True, server_default=true())
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
