"""Reading groups. The caller has found the meeting, and so seen that its groups may be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import now, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.attendance.models import Attendee
from app.domain.groups.models import Group, GroupRound, Placement
from app.domain.groups.policy import may_plan_groups
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force, visible_to
from app.domain.meetings.statuses import OFF
from app.domain.organisations.queries import danish_order
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import visible_to as registration_visible_to
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User

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
class PlacementView:
    """Somebody's own group in one item of a programme."""

    meeting_id: int
    meeting_key: str
    meeting_title: str
    item_id: int
    item_title: str
    item_title_en: str
    starts_at: datetime | None
    ends_at: datetime | None
    group_id: int
    number: int
    name: str
    name_en: str
    task: str
    facilitator: str
    rapporteur: str


@dataclass(frozen=True, slots=True)
class RoundLine:
    """An item of a programme with groups: how many, how many people sit in them, and since when each may see
    the own one."""

    item_id: int
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    groups: int
    placed: int
    shown_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingTheme:
    """A theme that a meeting has worked on; `path` is "strategy/theme"."""

    meeting_id: int
    path: str
    name: str
    name_en: str | None


_OF_MEETING = (
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
    .where(Group.meeting_id == bindparam("of_meeting"))
    .order_by(Group.position, Group.id)
    .limit(MOST_GROUPS)
)


def list_groups(session: Session, meeting_id: int) -> list[GroupView]:
    """The groups of a meeting in order."""
    return read(session, groups_of(meeting_id))


def groups_of(meeting_id: int) -> Asking[list[GroupView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_OF_MEETING, {"of_meeting": meeting_id})
    return [GroupView(**row._mapping) for row in rows]


def list_groups_seen_by(session: Session, actor: Actor, meeting_id: int) -> list[GroupView]:
    """The groups of a meeting in order; one under an item that only the draft has is for who plans."""
    if may_plan_groups(actor):
        return list_groups(session, meeting_id)
    published = _OF_MEETING.outerjoin(AgendaItem, AgendaItem.id == Group.item_id).where(
        or_(Group.item_id.is_(None), in_force(AgendaItem))
    )
    return [GroupView(**row._mapping) for row in session.execute(published, {"of_meeting": meeting_id})]


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


def list_rounds(session: Session, meeting_id: int) -> list[RoundLine]:
    """The items of a meeting's programme, as it is drafted, that groups are made for, and how far that is."""
    groups = select(func.count()).where(Group.item_id == AgendaItem.id).scalar_subquery()
    placed = select(func.count()).where(Placement.item_id == AgendaItem.id).scalar_subquery()
    rows = session.execute(
        select(
            AgendaItem.id.label("item_id"),
            AgendaItem.title,
            AgendaItem.starts_at,
            AgendaItem.ends_at,
            groups.label("groups"),
            placed.label("placed"),
            GroupRound.shown_at,
        )
        .outerjoin(GroupRound, GroupRound.item_id == AgendaItem.id)
        .where(
            AgendaItem.meeting_id == meeting_id,
            AgendaItem.is_removed.is_(False),
            or_(AgendaItem.kind == "group_session", groups > 0),
        )
        .order_by(AgendaItem.position, AgendaItem.id)
        .limit(MOST_GROUPS)
    )
    return [RoundLine(**row._mapping) for row in rows]


def lacks_group(session: Session, attendee_id: int) -> bool:
    """Whether groups have been made at a meeting to which somebody has come who has none in one of them."""
    own = select(Placement.id).where(
        Placement.item_id == GroupRound.item_id,
        or_(Placement.attendee_id == Attendee.id, Placement.registration_id == Attendee.registration_id),
    )
    lacking = (
        select(GroupRound.item_id)
        .join(Attendee, Attendee.meeting_id == GroupRound.meeting_id)
        .where(Attendee.id == attendee_id, GroupRound.state == "made", ~own.exists())
    )
    return bool(session.scalar(select(lacking.exists())))


@dataclass(frozen=True, slots=True)
class Company:
    """Those who sit in the same group, as one of them may see it: names of who agreed to it, and how many
    others there are."""

    names: tuple[tuple[str, str], ...]
    others: int


def list_company(session: Session, actor: Actor, placement: PlacementView) -> Company:
    """Who else sits in the actor's own group. `placement` is the actor's own."""
    rows = session.execute(
        select(User.name, Registration.organisation_name)
        .join(Placement, Placement.registration_id == Registration.id)
        .join(User, User.id == Registration.user_id)
        .where(
            Placement.group_id == placement.group_id,
            Registration.status == "registered",
            Registration.user_id != (actor.user_id or 0),
            registration_visible_to(actor),
        )
        .order_by(danish_order(User.name), User.id)
        .limit(MOST_GROUPS)
    ).all()
    everybody = session.scalars(
        select(func.count())
        .select_from(Placement)
        .outerjoin(Registration, Registration.id == Placement.registration_id)
        .where(
            Placement.group_id == placement.group_id,
            or_(Registration.id.is_(None), Registration.status == "registered"),
        )
    ).one()
    return Company(tuple((row[0], row[1]) for row in rows), max(0, everybody - 1 - len(rows)))


# --- one's own group


def find_placement(
    session: Session, actor: Actor, meeting_id: int, item_id: int | None = None
) -> PlacementView | None:
    """The actor's own group at a meeting, as soon as those who arrange it show the groups: of an item, else
    of the one that is going on by the clock, else of the next, else of the last."""
    own = [
        placement
        for placement in list_own_placements(session, actor, meeting_id)
        if item_id in (None, placement.item_id)
    ]
    return _choose_by_clock(own, now())


def _choose_by_clock(placements: Sequence[PlacementView], moment: datetime) -> PlacementView | None:
    """The first that is not over; of times that are not known nothing is over."""
    coming = [one for one in placements if one.ends_at is None or one.ends_at > moment]
    return coming[0] if coming else placements[-1] if placements else None


def list_own_placements(session: Session, actor: Actor, meeting_id: int | None = None) -> list[PlacementView]:
    """The actor's own groups that are shown, in the order of the programme: of one meeting, or of all that
    are not over."""
    return read(session, own_placements(actor, meeting_id))


def own_placements(actor: Actor, meeting_id: int | None = None) -> Asking[list[PlacementView]]:
    """The same, to be asked beside others."""
    if not actor.is_signed_in and not actor.seats:
        return []
    values = {} if meeting_id is None else {"of_meeting": meeting_id}
    rows = yield from asked(_own_placements(actor, meeting_id is not None), values)
    return [PlacementView(**row._mapping) for row in rows]


@kept
def _own_placements(actor: Actor, of_one: bool) -> Select[Any]:
    return (
        select(
            AgendaItem.meeting_id,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Placement.item_id,
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            AgendaItem.starts_at,
            AgendaItem.ends_at,
            Placement.group_id,
            Group.number,
            Group.name,
            Group.name_en,
            Group.task,
            Group.facilitator,
            Group.rapporteur,
        )
        .join(Group, Group.id == Placement.group_id)
        .join(GroupRound, GroupRound.item_id == Placement.item_id)
        .join(AgendaItem, AgendaItem.id == Placement.item_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(
            GroupRound.shown_at.is_not(None),
            in_force(AgendaItem),
            Meeting.status.not_in(OFF),
            Meeting.id == bindparam("of_meeting") if of_one else Meeting.held_on >= today(),
            _is_own(actor),
        )
        .order_by(Meeting.held_on, Meeting.id, AgendaItem.starts_at, AgendaItem.position, AgendaItem.id)
        .limit(MOST_GROUPS)
    )


def _is_own(actor: Actor) -> ColumnElement[bool]:
    """By the sign-up, by the seat taken on the day, and by the sign-up that the seat was found to be."""
    seats = sorted(seat for _, seat in actor.seats)
    signed_up = select(Registration.id).where(
        Registration.user_id == actor.user_id, Registration.status == "registered"
    )
    known = select(Attendee.registration_id).where(
        Attendee.id.in_(seats), Attendee.registration_id.is_not(None)
    )
    return or_(
        Placement.registration_id.in_(signed_up) if actor.user_id is not None else false(),
        Placement.attendee_id.in_(seats) if seats else false(),
        Placement.registration_id.in_(known) if seats else false(),
    )
