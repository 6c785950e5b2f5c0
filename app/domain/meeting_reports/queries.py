"""Reading what the report of a meeting is set to hold."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.meeting_reports.models import ReportSetting
from app.domain.meeting_reports.schemas import NO_THEME, Choices, read_choices
from app.domain.strategies.models import Strategy, Theme


def get_choices(session: Session, meeting_id: int) -> tuple[Choices, int]:
    """What whoever has not chosen gets, for everybody and in Danish, and its version: 0 where nobody has set
    it. One statement.
    """
    setting = session.get(ReportSetting, meeting_id)
    if setting is None:
        return Choices(), 0
    given = {"parts": setting.parts, "themes": setting.themes, "names": setting.names}
    return read_choices(given), setting.version


def list_known_themes(session: Session, themes: Collection[str]) -> list[str]:
    """Those of the themes that there are, in their order in choices. At most one statement."""
    named = [theme for theme in themes if theme != NO_THEME]
    path = func.concat(Strategy.key, "/", Theme.key)
    of_strategies = select(path).join(Theme, Theme.strategy_id == Strategy.id).where(path.in_(named))
    known = set(session.scalars(of_strategies)) if named else set()
    return sorted(known | ({NO_THEME} & set(themes)))
