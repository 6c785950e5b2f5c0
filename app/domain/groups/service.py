"""The verbs of groups."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.groups.events import GroupChanged
from app.domain.groups.models import Group
from app.domain.groups.people import list_leaders
from app.domain.groups.policy import may_plan_groups
from app.domain.groups.schemas import GroupFacts, GroupInput
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.recording import Recorded
from app.domain.meetings.service import lock_meeting
from app.domain.strategies.models import Theme
from app.domain.strategies.queries import find_theme_ids

Step = Literal[-1, 1]


def add_group(session: Session, actor: Actor, item_id: int, given: GroupInput) -> Group:
    """One more group in a group session, last in the order. Refused: unknown_group_theme."""
    require(may_plan_groups(actor))
    meeting_id = session.scalar(select(AgendaItem.meeting_id).where(AgendaItem.id == item_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    _check_theme(session, given.theme_id)
    rows = _list_rows(session, meeting.id)
    group = Group(
        meeting_id=meeting.id,
        item_id=item_id,
        key=f"gruppe-{uuid4().hex[:12]}",
        number=_next_number(rows),
        position=len(rows) + 1,
        **given.model_dump(),
        **_find_leaders(session, meeting.id, given),
    )
    session.add(group)
    session.flush()
    record(session, actor, "add", "group", group.id, after=snapshot(group))
    _tell(session, meeting, group.id)
    return group


def edit_group(session: Session, actor: Actor, group_id: int, version: int, given: GroupInput) -> Group:
    """Change a group, where nobody else has since `version` (else refused: stale)."""
    meeting, group = _take_group(session, actor, group_id)
    if group.version != version:
        raise Refused("stale")
    _check_theme(session, given.theme_id)
    before = snapshot(group)
    if given.name != group.name:
        group.name_en = ""
    for name, value in (given.model_dump() | _find_leaders(session, meeting.id, given)).items():
        setattr(group, name, value)
    group.version += 1
    session.flush()
    record(session, actor, "edit", "group", group.id, before=before, after=snapshot(group))
    _tell(session, meeting, group.id)
    return group


def move_group(session: Session, actor: Actor, group_id: int, step: Step) -> Group:
    """One place up (-1) or down (1) among the groups of its item; nothing happens at the ends."""
    meeting, group = _take_group(session, actor, group_id)
    rows = [row for row in _list_rows(session, meeting.id) if row.item_id == group.item_id]
    place = rows.index(group)
    if 0 <= place + step < len(rows):
        other = rows[place + step]
        before = {"position": group.position}
        group.position, other.position = other.position, group.position
        record(session, actor, "move", "group", group.id, before=before, after={"position": group.position})
        _tell(session, meeting, group.id)
    return group


def remove_group(session: Session, actor: Actor, group_id: int) -> None:
    """Take a group away. Refused with group_in_use while contributions hang on it."""
    meeting, group = _take_group(session, actor, group_id)
    before = snapshot(group)
    try:
        with session.begin_nested():
            lay_aside(session, actor, "group", group, group.name, meeting_id=meeting.id)
            session.delete(group)
            session.flush()
    except IntegrityError as used:
        raise Refused("group_in_use") from used
    record(session, actor, "remove", "group", group_id, before=before)
    _tell(session, meeting, group_id)


def copy_groups(
    session: Session, actor: Actor, from_meeting_id: int, to_meeting_id: int, items: Mapping[int, int]
) -> list[Group]:
    """The groups of one meeting at another one, under the items that stand for theirs (`items`: new id by
    old id), with their tasks and themes; who leads them is asked anew."""
    require(may_plan_groups(actor))
    meeting = lock_meeting(session, to_meeting_id)
    wanted = [row for row in _list_rows(session, from_meeting_id) if row.item_id in items]
    there = _list_rows(session, meeting.id)
    first, number = len(there) + 1, _next_number(there)
    copies = [
        Group(
            meeting_id=meeting.id,
            item_id=items[row.item_id],
            theme_id=row.theme_id,
            key=f"gruppe-{uuid4().hex[:12]}",
            number=number + place,
            position=first + place,
            name=row.name,
            name_en=row.name_en,
            task=row.task,
        )
        for place, row in enumerate(wanted)
        if row.item_id is not None
    ]
    session.add_all(copies)
    session.flush()
    for group in copies:
        record(session, actor, "add", "group", group.id, after=snapshot(group))
        _tell(session, meeting, group.id)
    return copies


def put_groups(
    session: Session, actor: Actor, recorded: Recorded, groups: Iterable[GroupFacts]
) -> dict[str, int]:
    """The groups of a meeting of the archive: id by key. Each is added unless its key is there, and none to a
    meeting that a person has changed. Only for the house. Refused: unknown_group_theme."""
    require(actor.is_system)
    rows = _list_rows(session, recorded.meeting_id)
    known = {row.key: row.id for row in rows}
    new = [facts for facts in groups if facts.key not in known] if recorded.is_untouched else []
    themes = find_theme_ids(session, [facts.theme for facts in new if facts.theme])
    number = _next_number(rows)
    for place, facts in enumerate(new):
        group = Group(
            meeting_id=recorded.meeting_id,
            item_id=recorded.items.get(facts.item) if facts.item else None,
            theme_id=_theme_id(themes, facts.theme),
            number=number + place,
            position=len(rows) + 1 + place,
            **facts.model_dump(exclude={"item", "theme"}),
        )
        session.add(group)
        session.flush()
        known[facts.key] = group.id
        record(session, actor, "add", "group", group.id, after=facts.model_dump(mode="json"))
        announce(session, GroupChanged(recorded.meeting_id, group.id))
    return known


def _theme_id(themes: Mapping[str, int], path: str | None) -> int | None:
    if path is None:
        return None
    if path not in themes:
        raise Refused("unknown_group_theme", path=path)
    return themes[path]


def _check_theme(session: Session, theme_id: int | None) -> None:
    if theme_id is not None and session.get(Theme, theme_id) is None:
        raise Refused("unknown_group_theme")


def _find_leaders(session: Session, meeting_id: int, given: GroupInput) -> dict[str, int | None]:
    """The users of the typed names, where there is exactly one of the name who may lead a group there."""
    known = list_leaders(session, meeting_id) if given.facilitator or given.rapporteur else []
    found: dict[str, int | None] = {}
    for column, name in (("facilitator_id", given.facilitator), ("rapporteur_id", given.rapporteur)):
        users = [one.user_id for one in known if one.name.casefold() == name.casefold()]
        found[column] = users[0] if len(users) == 1 else None
    return found


def _take_group(session: Session, actor: Actor, group_id: int) -> tuple[Meeting, Group]:
    """The group and its meeting, held, for staff."""
    require(may_plan_groups(actor))
    meeting_id = session.scalar(select(Group.meeting_id).where(Group.id == group_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    group = session.get(Group, group_id, populate_existing=True)
    if group is None:
        raise NotFound
    return meeting, group


def _list_rows(session: Session, meeting_id: int) -> list[Group]:
    return list(
        session.scalars(
            select(Group).where(Group.meeting_id == meeting_id).order_by(Group.position, Group.id)
        )
    )


def _next_number(rows: Sequence[Group]) -> int:
    return max((row.number for row in rows), default=0) + 1


def _tell(session: Session, meeting: Meeting, group_id: int) -> None:
    meeting.edited_at = now()
    announce(session, GroupChanged(meeting.id, group_id))
