"""Who is to be placed in groups, and where they sit: for those who arrange the meeting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import false, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from app.core.policy import ORGANISER_KINDS
from app.domain.attendance.models import Attendee
from app.domain.groups.models import GroupRound, Placement, RivalSet, RivalSetOrganisation
from app.domain.meetings.models import AgendaItem, MeetingRole
from app.domain.meetings.policy import in_force
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import listed
from app.domain.users.models import User

MOST_PEOPLE = 5000
MOST_RIVAL_SETS = 50
KINDS = ("vendor", "consultancy", "municipality", "organiser", "other")


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody to be placed: a sign-up with a seat, or an attendee who has come without one.

    `who`: as forms name it, "r12" or "a7". `name` is empty of who did not give any. `kind` is one of KINDS.
    `is_listed`: the others may read the name. `group_id`: empty for who has no group yet.
    """

    registration_id: int | None
    attendee_id: int | None
    user_id: int | None
    name: str
    organisation_id: int | None
    organisation_name: str
    kind: str
    is_listed: bool
    is_walk_in: bool
    group_id: int | None
    is_locked: bool

    @property
    def who(self) -> str:
        return f"r{self.registration_id}" if self.registration_id is not None else f"a{self.attendee_id}"


@dataclass(frozen=True, slots=True)
class RoundView:
    """How the groups of an item are made, and how it stands with that; as domain/groups/models.py says."""

    item_id: int
    mixing: int
    spreading: int
    parting: int
    meeting_anew: int
    seed: int
    state: str
    is_best: bool
    took_ms: int | None
    asked_at: datetime | None
    shown_at: datetime | None
    can_undo: bool


@dataclass(frozen=True, slots=True)
class RivalSetView:
    """Organisations that are kept apart, by name."""

    id: int
    organisation_ids: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganisationComing:
    """An organisation with people at a meeting, and how many."""

    id: int
    name: str
    kind: str
    people: int


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody who may lead a group, or write for it."""

    user_id: int
    name: str


def mixed_kind(kind: str | None) -> str:
    """The kind as far as groups are mixed by it."""
    if kind in ORGANISER_KINDS:
        return "organiser"
    return kind if kind in KINDS else "other"


def list_people(session: Session, meeting_id: int, item_id: int) -> list[PersonView]:
    """Everybody who is to sit in a group of the item: who has a seat, and who came without one."""
    signed_up = (
        select(
            Registration.id.label("registration_id"),
            null().label("attendee_id"),
            Registration.user_id,
            User.name,
            Registration.organisation_id,
            Registration.organisation_name,
            Organisation.kind,
            listed().label("is_listed"),
            literal(False).label("is_walk_in"),
            Placement.group_id,
            func.coalesce(Placement.is_locked, false()).label("is_locked"),
        )
        .join(User, User.id == Registration.user_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(Placement, (Placement.registration_id == Registration.id) & (Placement.item_id == item_id))
        .where(Registration.meeting_id == meeting_id, Registration.status == "registered")
    )
    walked_in = (
        select(
            null(),
            Attendee.id,
            Attendee.user_id,
            Attendee.name,
            Attendee.organisation_id,
            Attendee.organisation_name,
            func.coalesce(Organisation.kind, Attendee.organisation_kind),
            false(),
            true(),
            Placement.group_id,
            func.coalesce(Placement.is_locked, false()),
        )
        .outerjoin(Registration, Registration.id == Attendee.registration_id)
        .outerjoin(Organisation, Organisation.id == Attendee.organisation_id)
        .outerjoin(Placement, (Placement.attendee_id == Attendee.id) & (Placement.item_id == item_id))
        .where(
            Attendee.meeting_id == meeting_id,
            Attendee.removed_at.is_(None),
            Attendee.checked_in_at.is_not(None),
            or_(Registration.id.is_(None), Registration.status != "registered"),
        )
    )
    everybody = union_all(signed_up, walked_in).subquery()
    rows = session.execute(
        select(everybody)
        .order_by(danish_order(everybody.c.name), everybody.c.registration_id, everybody.c.attendee_id)
        .limit(MOST_PEOPLE)
    )
    return [_person(row) for row in rows]


def _person(row: Any) -> PersonView:
    values = dict(row._mapping)
    values["kind"] = mixed_kind(row.kind)
    return PersonView(**values)


def find_round(session: Session, item_id: int) -> RoundView | None:
    """How the groups of an item are made; None where nobody has begun."""
    row = session.execute(
        select(
            GroupRound.item_id,
            GroupRound.mixing,
            GroupRound.spreading,
            GroupRound.parting,
            GroupRound.meeting_anew,
            GroupRound.seed,
            GroupRound.state,
            GroupRound.is_best,
            GroupRound.took_ms,
            GroupRound.asked_at,
            GroupRound.shown_at,
            GroupRound.before.is_not(None).label("can_undo"),
        ).where(GroupRound.item_id == item_id)
    ).one_or_none()
    return RoundView(**row._mapping) if row is not None else None


def list_earlier_groups(session: Session, meeting_id: int, item_id: int) -> list[list[tuple[str, int]]]:
    """Who sat in which group in the rounds before this item: for each round (who, group)."""
    this = select(AgendaItem.position).where(AgendaItem.id == item_id).scalar_subquery()
    rows = session.execute(
        select(Placement.item_id, Placement.registration_id, Placement.attendee_id, Placement.group_id)
        .join(AgendaItem, AgendaItem.id == Placement.item_id)
        .where(AgendaItem.meeting_id == meeting_id, AgendaItem.position < this, in_force(AgendaItem))
        .order_by(AgendaItem.position, AgendaItem.id, Placement.id)
        .limit(4 * MOST_PEOPLE)
    )
    rounds: dict[int, list[tuple[str, int]]] = {}
    for row in rows:
        who = f"r{row.registration_id}" if row.registration_id is not None else f"a{row.attendee_id}"
        rounds.setdefault(row.item_id, []).append((who, row.group_id))
    return list(rounds.values())


def list_rival_sets(session: Session, meeting_id: int) -> list[RivalSetView]:
    """The organisations that are kept apart at a meeting, set by set."""
    rows = session.execute(
        select(RivalSet.id, Organisation.id.label("organisation_id"), Organisation.name)
        .join(RivalSetOrganisation, RivalSetOrganisation.rival_set_id == RivalSet.id)
        .join(Organisation, Organisation.id == RivalSetOrganisation.organisation_id)
        .where(RivalSet.meeting_id == meeting_id)
        .order_by(RivalSet.id, danish_order(Organisation.name), Organisation.id)
        .limit(MOST_PEOPLE)
    )
    sets: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        sets.setdefault(row.id, []).append((row.organisation_id, row.name))
    return [
        RivalSetView(number, tuple(one for one, _ in members), tuple(name for _, name in members))
        for number, members in sets.items()
    ]


def list_organisations_coming(people: Iterable[PersonView]) -> list[OrganisationComing]:
    """The known organisations of these people: those of most people first."""
    found: dict[int, OrganisationComing] = {}
    for person in people:
        if person.organisation_id is None:
            continue
        before = found.get(person.organisation_id)
        found[person.organisation_id] = OrganisationComing(
            person.organisation_id,
            person.organisation_name,
            person.kind,
            before.people + 1 if before else 1,
        )
    return sorted(found.values(), key=lambda one: (-one.people, one.name.casefold(), one.id))


def list_leaders(session: Session, meeting_id: int) -> list[Leader]:
    """Who may be chosen to lead a group or to write for it: those with such a role at the meeting, and those
    of the organisers who come."""
    has_role = MeetingRole.role.in_(("facilitator", "rapporteur"))
    of_role = select(MeetingRole.user_id).where(MeetingRole.meeting_id == meeting_id, has_role)
    of_organiser = (
        select(Registration.user_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.status == "registered",
            Organisation.kind.in_(ORGANISER_KINDS),
        )
    )
    rows = session.execute(
        select(User.id, User.name)
        .where(or_(User.id.in_(of_role), User.id.in_(of_organiser)), User.name != "")
        .order_by(danish_order(User.name), User.id)
        .limit(MOST_PEOPLE)
    )
    return [Leader(*row) for row in rows]


def in_groups(people: Sequence[PersonView], group_ids: Iterable[int]) -> dict[int, list[PersonView]]:
    """The people of each group, in the order in which they are given."""
    groups: dict[int, list[PersonView]] = {group_id: [] for group_id in group_ids}
    for person in people:
        if person.group_id in groups:
            groups[person.group_id].append(person)
    return groups
