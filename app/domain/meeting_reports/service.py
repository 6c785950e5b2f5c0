"""Setting what the report of a meeting holds for whoever has not chosen anything else."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meeting_reports.models import ReportSetting
from app.domain.meeting_reports.policy import may_set_report
from app.domain.meeting_reports.schemas import PARTS, Choices
from app.domain.meetings.models import Meeting


def set_report(session: Session, actor: Actor, meeting_id: int, choices: Choices, version: int) -> None:
    """Make these parts, themes and names what everybody gets first. `version`: of what was seen, 0 for none.

    Raises Refused("report_setting_stale") where somebody else has set it in between.
    """
    require(may_set_report(actor))
    if session.scalar(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update()) is None:
        raise NotFound
    setting = session.get(ReportSetting, meeting_id, populate_existing=True)
    if (setting.version if setting else 0) != version:
        raise Refused("report_setting_stale")
    before = _values(setting) if setting else None
    if setting is None:
        setting = ReportSetting(meeting_id=meeting_id, version=0)
        session.add(setting)
    setting.parts, setting.themes, setting.names = list(choices.parts), list(choices.themes), choices.names
    setting.changed_at = now()
    setting.version += 1
    record(session, actor, "set_report", "meeting", meeting_id, before=before, after=_values(setting))


def clear_report(session: Session, actor: Actor, meeting_id: int) -> None:
    """Give everybody all of it again."""
    require(may_set_report(actor))
    setting = session.get(ReportSetting, meeting_id)
    if setting is None:
        return
    record(session, actor, "clear_report", "meeting", meeting_id, before=_values(setting))
    session.delete(setting)


def _values(setting: ReportSetting) -> dict[str, Any]:
    left_out = [part for part in PARTS if part not in setting.parts]
    return {"left_out": left_out, "themes": list(setting.themes), "names": setting.names}
