"""Reading what the report of a meeting is set to hold."""

from sqlalchemy.orm import Session

from app.domain.meeting_reports.models import ReportSetting
from app.domain.meeting_reports.schemas import Choices, read_choices


def get_choices(session: Session, meeting_id: int) -> tuple[Choices, int]:
    """What whoever has not chosen gets, for everybody and in Danish, and its version: 0 where nobody has set
    it. One statement.
    """
    setting = session.get(ReportSetting, meeting_id)
    if setting is None:
        return Choices(), 0
    given = {"parts": setting.parts, "themes": setting.themes, "names": setting.names}
    return read_choices(given), setting.version
