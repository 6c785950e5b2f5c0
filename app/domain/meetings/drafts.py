"""The draft of a programme: what staff has changed and not published, lying over the published rows.

While a programme was never published its verbs write into the rows themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import snapshot
from app.core.clock import at, clock_of
from app.domain.meetings.models import AgendaItem, Appearance, Drafted, Meeting, PanelTask
from app.domain.meetings.queries import ItemView, PartView, TaskView, list_items
from app.domain.organisations.models import Organisation

Line = AgendaItem | PanelTask | Appearance
R = TypeVar("R", AgendaItem, PanelTask, Appearance)
V = TypeVar("V", ItemView, TaskView, PartView)
_CLOCKS = frozenset({"starts_at", "ends_at"})


def is_drafting(meeting: Meeting) -> bool:
    """Whether changes wait until they are published."""
    return meeting.programme_published_at is not None


def get_drafted(meeting: Meeting, row: Line, name: str) -> Any:
    """A value as the draft has it."""
    if row.draft is None or name not in row.draft:
        return getattr(row, name)
    value = row.draft[name]
    return at(meeting.held_on, time.fromisoformat(value)) if name in _CLOCKS and value else value


def write_drafted(meeting: Meeting, row: Line, values: Mapping[str, Any]) -> None:
    """Change values of a row: in the draft where it is published, else in the row itself."""
    if not is_drafting(meeting) or row.is_new:
        for name, value in values.items():
            setattr(row, name, value)
        return
    draft = dict(row.draft or {})
    for name, value in values.items():
        if value == getattr(row, name):
            draft.pop(name, None)
        else:
            draft[name] = _as_json(value)
    if draft != (row.draft or {}):
        row.draft = draft or None


def move_drafted(row: AgendaItem, later: timedelta) -> None:
    """Let the times of a draft move along with its meeting; within the day."""
    for name in _CLOCKS & (row.draft or {}).keys():
        value = row.draft[name] if row.draft else None
        if value:
            clock = time.fromisoformat(value)
            minutes = clock.hour * 60 + clock.minute + int(later.total_seconds()) // 60
            hour, minute = divmod(min(max(minutes, 0), 24 * 60 - 1), 60)
            row.draft = {**(row.draft or {}), name: time(hour, minute).isoformat()}


def settle(meeting: Meeting, row: Line) -> None:
    """What the draft says of a row is published from now on."""
    values = {name: get_drafted(meeting, row, name) for name in row.draft or {}}
    row.draft, row.is_new = None, False
    for name, value in values.items():
        setattr(row, name, value)


def picture(meeting: Meeting, row: Line) -> dict[str, Any]:
    """The row as the draft has it, for the log."""
    shown = snapshot(row) | (row.draft or {})
    return {name: value for name, value in shown.items() if name not in Drafted.__annotations__}


def _as_json(value: Any) -> Any:
    clock = clock_of(value) if isinstance(value, datetime) else None
    return clock.isoformat() if clock else value


# --- rows of the draft, in its order


def get_items(session: Session, meeting: Meeting) -> list[AgendaItem]:
    found = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id))
    return _in_order(meeting, found)


def get_tasks(session: Session, meeting: Meeting, item_id: int) -> list[PanelTask]:
    return _in_order(meeting, session.scalars(select(PanelTask).where(PanelTask.item_id == item_id)))


def get_parts(session: Session, meeting: Meeting, item_id: int) -> list[Appearance]:
    return _in_order(meeting, session.scalars(select(Appearance).where(Appearance.item_id == item_id)))


def _in_order(meeting: Meeting, rows: Iterable[R]) -> list[R]:
    kept = [row for row in rows if not row.is_removed]
    return sorted(kept, key=lambda row: (get_drafted(meeting, row, "position"), row.id))


# --- the draft as a page reads it


def list_draft_items(session: Session, meeting_id: int) -> list[ItemView]:
    """The programme as staff has drafted it; where nothing is drafted, as it is published. For staff, and for
    speakers' own items: the caller has seen that the draft may be read."""
    meeting = session.get_one(Meeting, meeting_id)
    if not is_drafting(meeting):
        return list_items(session, meeting.id)
    items = get_items(session, meeting)
    ids = [item.id for item in items]
    parts = _in_order(meeting, session.scalars(select(Appearance).where(Appearance.item_id.in_(ids))))
    tasks = _in_order(meeting, session.scalars(select(PanelTask).where(PanelTask.item_id.in_(ids))))
    organisations = _find_organisations(session, meeting, parts)
    people: dict[int, list[PartView]] = {item_id: [] for item_id in ids}
    asked: dict[int, list[TaskView]] = {item_id: [] for item_id in ids}
    for part in parts:
        people[part.item_id].append(_view_part(meeting, part, organisations))
    for task in tasks:
        asked[task.item_id].append(_view(meeting, task, TaskView))
    return [
        _view(meeting, item, ItemView, people=tuple(people[item.id]), tasks=tuple(asked[item.id]))
        for item in items
    ]


def _view(meeting: Meeting, row: Line, kind: type[V], **values: Any) -> V:
    names = (name for name in kind.__slots__ if name not in values)
    return kind(**values, **{name: get_drafted(meeting, row, name) for name in names})


def _view_part(meeting: Meeting, part: Appearance, organisations: Mapping[int, Organisation]) -> PartView:
    organisation = organisations.get(get_drafted(meeting, part, "organisation_id") or 0)
    return _view(
        meeting,
        part,
        PartView,
        name=part.person_name,
        organisation_key=organisation.key if organisation else "",
        organisation_kind=organisation.kind if organisation else "",
    )


def _find_organisations(
    session: Session, meeting: Meeting, parts: Sequence[Appearance]
) -> dict[int, Organisation]:
    wanted = {found for part in parts if (found := get_drafted(meeting, part, "organisation_id"))}
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    return {row.id: row for row in rows}
