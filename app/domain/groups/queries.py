"""Reading groups. The caller has found the meeting, and so seen that its groups may be read."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force, visible_to
from app.domain.strategies.models import Strategy, Theme

MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with its theme, as far as it has one; `theme_path` is the address of the theme."""

    id: int
    item_id: int | None
    key: str
    number: int
    name: str
    name_en: str
    task: str
    note: str
    facilitator: str
    rapporteur: str
    theme_id: int | None
    theme_name: str | None
    theme_name_en: str | None
    theme_path: str | None
    version: int


@dataclass(frozen=True, slots=True)
class MeetingTheme:
    """A theme that a meeting has worked on; `path` is "strategy/theme"."""

    meeting_id: int
    path: str
    name: str
    name_en: str | None


def list_groups(session: Session, meeting_id: int) -> list[GroupView]:
    """The groups of a meeting in order."""
    rows = session.execute(
        select(
            Group.id,
            Group.item_id,
            Group.key,
            Group.number,
            Group.name,
            Group.name_en,
            Group.task,
            Group.note,
            Group.facilitator,
            Group.rapporteur,
            Group.theme_id,
            Theme.name.label("theme_name"),
            Theme.name_en.label("theme_name_en"),
            ("/temaer/" + Strategy.key + "/" + Theme.key).label("theme_path"),
            Group.version,
        )
        .outerjoin(Theme, Theme.id == Group.theme_id)
        .outerjoin(Strategy, Strategy.id == Theme.strategy_id)
        .where(Group.meeting_id == meeting_id)
        .order_by(Group.position, Group.id)
        .limit(MOST_GROUPS)
    )
    return [GroupView(**row._mapping) for row in rows]


def list_group_themes(session: Session, actor: Actor) -> list[MeetingTheme]:
    """The themes of the groups of every meeting that the actor may see, each once a meeting."""
    rows = session.execute(
        select(
            Group.meeting_id,
            (Strategy.key + "/" + Theme.key).label("path"),
            Theme.name,
            Theme.name_en,
        )
        .join(Theme, Theme.id == Group.theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .join(Meeting, Meeting.id == Group.meeting_id)
        .outerjoin(AgendaItem, AgendaItem.id == Group.item_id)
        .where(visible_to(actor), or_(AgendaItem.id.is_(None), in_force(AgendaItem)))
        .distinct()
        .limit(5000)
    )
    return [MeetingTheme(**row._mapping) for row in rows]
