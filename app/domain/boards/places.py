"""Where a board hangs and how it works: what every reading of boards begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func

from app.domain.boards.models import Board
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPlace:
    """A board of an item of the programme. Group 0 stands for everybody."""

    id: int
    meeting_id: int
    item_id: int
    item_title: str
    item_title_en: str
    group_id: int | None
    group_name: str
    group_name_en: str
    group_number: int
    task: str
    form: str
    state: str
    closes_at: datetime | None
    dots: int
    dots_per: str
    asks_approval: bool
    visibility: str
    version: int


PLACE_COLUMNS: Final = (
    Board.id,
    Board.meeting_id,
    Board.item_id,
    AgendaItem.title.label("item_title"),
    AgendaItem.title_en.label("item_title_en"),
    Board.group_id,
    func.coalesce(Group.name, "").label("group_name"),
    func.coalesce(Group.name_en, "").label("group_name_en"),
    func.coalesce(Group.number, 0).label("group_number"),
    Board.form,
    Board.state,
    Board.closes_at,
    Board.dots,
    Board.dots_per,
    Board.asks_approval,
    Board.visibility,
    Board.version,
)
