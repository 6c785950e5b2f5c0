"""What people do at one meeting: facilitator, rapporteur, speaker, assessor. Staff gives and takes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.kept import kept
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.events import MeetingRoleGiven, MeetingRoleTaken
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, MeetingRole
from app.domain.meetings.policy import may_give_roles
from app.domain.meetings.schemas import RoleInput
from app.domain.organisations.queries import danish_order
from app.domain.users.directory import IS_KNOWN, known_organisations
from app.domain.users.models import Membership, Person, User
from app.domain.users.queries import matching

MOST_ROLES = 500


@dataclass(frozen=True, slots=True)
class RoleView:
    """Somebody's role at a meeting. `person`: who of the programme a speaker is, where that is said."""

    id: int
    user_id: int
    role: str
    name: str
    email: str
    organisations: str
    person: str | None
    given_at: datetime
    given_by: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who may be given a role: somebody known to speak for an organisation."""

    user_id: int
    name: str
    email: str
    organisations: str


@dataclass(frozen=True, slots=True)
class ProgrammePerson:
    """Somebody who stands on the programme. `user_id`: whose speaker role names them, if any."""

    id: int
    name: str
    organisations: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role of one person, with its meeting."""

    role: str
    meeting_key: str
    meeting_title: str


# --- verbs


def give_role(session: Session, actor: Actor, meeting_id: int, given: RoleInput) -> MeetingRole:
    """Give somebody a role at a meeting; given again, only who of the programme it is changes.

    Refused: unknown_user (nobody who is confirmed), auditor_changes_nothing, unknown_person (not on the
    programme), person_missing (a speaker without one), person_taken (somebody else's).
    """
    require(may_give_roles(actor))
    if session.get(Meeting, meeting_id, with_for_update=True) is None:
        raise NotFound
    _check_user(session, given.user_id)
    person_id = _check_person(session, meeting_id, given)
    values = {"person_id": person_id, "given_by_id": actor.user_id, "given_at": now()}
    known = session.scalars(
        select(MeetingRole).where(
            MeetingRole.user_id == given.user_id,
            MeetingRole.meeting_id == meeting_id,
            MeetingRole.role == given.role,
        )
    ).one_or_none()
    if known is not None:
        if known.person_id != person_id:
            before = {"user_id": known.user_id, "person_id": known.person_id}
            known.person_id = person_id
            after = {"role": known.role, "person_id": person_id}
            record(session, actor, "change_role", "meeting", meeting_id, before=before, after=after)
        return known
    role = session.scalars(
        insert(MeetingRole)
        .values(user_id=given.user_id, meeting_id=meeting_id, role=given.role, **values)
        .returning(MeetingRole)
    ).one()
    after = {"user_id": given.user_id, "role": given.role, "person_id": person_id}
    record(session, actor, "give_role", "meeting", meeting_id, after=after)
    announce(session, MeetingRoleGiven(role.id))
    return role


def _check_user(session: Session, user_id: int) -> None:
    roles = session.scalars(
        select(Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(User.id == user_id, User.disabled_at.is_(None), *IS_KNOWN)
    ).all()
    if not roles:
        raise Refused("unknown_user")
    if "auditor" in roles:
        raise Refused("auditor_changes_nothing")


def _check_person(session: Session, meeting_id: int, given: RoleInput) -> int | None:
    if given.role != "speaker":
        return None
    if given.person_id is None:
        raise Refused("person_missing")
    people = {person.id: person for person in list_programme_people(session, meeting_id)}
    person = people.get(given.person_id)
    if person is None:
        raise Refused("unknown_speaker")
    if person.user_id not in (None, given.user_id):
        raise Refused("person_taken")
    return person.id


def take_role(session: Session, actor: Actor, meeting_id: int, role_id: int) -> None:
    """Take a role back; what was written down in it stays. Raises NotFound."""
    require(may_give_roles(actor))
    role = session.get(MeetingRole, role_id, with_for_update=True)
    if role is None or role.meeting_id != meeting_id:
        raise NotFound
    before = {"user_id": role.user_id, "role": role.role, "person_id": role.person_id}
    taken = MeetingRoleTaken(role.user_id, meeting_id, role.role)
    session.delete(role)
    record(session, actor, "take_role", "meeting", meeting_id, before=before)
    announce(session, taken)


# --- reading; for staff, but for the last


def list_roles(session: Session, meeting_id: int) -> list[RoleView]:
    """Who has which role at a meeting, by role and name."""
    giver = select(User.name).where(User.id == MeetingRole.given_by_id).correlate(MeetingRole)
    rows = session.execute(
        select(
            MeetingRole.id,
            MeetingRole.user_id,
            MeetingRole.role,
            User.name,
            User.email,
            known_organisations().label("organisations"),
            Person.name.label("person"),
            MeetingRole.given_at,
            giver.scalar_subquery().label("given_by"),
        )
        .join(User, User.id == MeetingRole.user_id)
        .outerjoin(Person, Person.id == MeetingRole.person_id)
        .where(MeetingRole.meeting_id == meeting_id)
        .order_by(MeetingRole.role, danish_order(User.name), MeetingRole.id)
        .limit(MOST_ROLES)
    )
    return [RoleView(**row._mapping) for row in rows]


def list_roles_of(session: Session, user_id: int) -> list[OwnRole]:
    """One person's roles, those of the newest meeting first."""
    rows = session.execute(
        select(MeetingRole.role, Meeting.key, Meeting.title)
        .join(Meeting, Meeting.id == MeetingRole.meeting_id)
        .where(MeetingRole.user_id == user_id)
        .order_by(Meeting.held_on.desc(), Meeting.id, MeetingRole.role)
        .limit(MOST_ROLES)
    )
    return [OwnRole(*row) for row in rows]


def coming_talks_of(actor: Actor) -> Asking[list[OwnRole]]:
    """The actor's roles as a speaker at meetings that are still to come, the next one first."""
    return [OwnRole(*row) for row in (yield from asked(_coming_talks(), {"talking": actor.user_id}))]


@kept
def _coming_talks() -> Select[Any]:
    return (
        select(MeetingRole.role, Meeting.key, Meeting.title)
        .join(Meeting, Meeting.id == MeetingRole.meeting_id)
        .where(
            MeetingRole.user_id == bindparam("talking"),
            MeetingRole.role == "speaker",
            Meeting.held_on >= today(),
        )
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_ROLES)
    )


def find_candidates(session: Session, text: str, limit: int = 20) -> list[Candidate]:
    """Confirmed people whose name or mail holds every word of the text; none for an empty text."""
    words = text.split()[:8]
    if not words:
        return []
    holds = [or_(User.name.ilike(matching(word)), User.email.ilike(matching(word))) for word in words]
    statement = _candidates().where(and_(*holds)).order_by(danish_order(User.name), User.id).limit(limit)
    return [Candidate(*row) for row in session.execute(statement)]


def get_candidate(session: Session, user_id: int) -> Candidate | None:
    row = session.execute(_candidates().where(User.id == user_id)).one_or_none()
    return Candidate(*row) if row else None


def _candidates() -> Select[Any]:
    is_known = select(Membership.id).where(Membership.user_id == User.id, *IS_KNOWN).correlate(User).exists()
    return select(User.id, User.name, User.email, known_organisations()).where(
        is_known, User.disabled_at.is_(None)
    )


def list_programme_people(session: Session, meeting_id: int) -> list[ProgrammePerson]:
    """Those whose names stand on a meeting's programme as it is drafted, each once, by name."""
    holder = (
        select(func.min(MeetingRole.user_id))
        .where(
            MeetingRole.person_id == Person.id,
            MeetingRole.meeting_id == meeting_id,
            MeetingRole.role == "speaker",
        )
        .correlate(Person)
        .scalar_subquery()
    )
    organisations = func.string_agg(Appearance.organisation_name.distinct(), literal_column("', '"))
    rows = session.execute(
        select(Person.id, Person.name, func.coalesce(organisations, ""), holder)
        .join(Appearance, Appearance.person_id == Person.id)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .where(AgendaItem.meeting_id == meeting_id, ~AgendaItem.is_removed, ~Appearance.is_removed)
        .group_by(Person.id)
        .order_by(danish_order(Person.name), Person.id)
        .limit(MOST_ROLES)
    )
    return [ProgrammePerson(*row) for row in rows]


def list_own_item_ids(session: Session, actor: Actor, meeting_id: int) -> frozenset[int]:
    """The items of the programme that name the actor, who has a speaker's role at the meeting or came by a
    speaker's own link."""
    return read(session, own_items_at(actor, meeting_id))


def own_items_at(actor: Actor, meeting_id: int) -> Asking[frozenset[int]]:
    """The same, to be asked beside others."""
    if actor.speaks_at:
        return frozenset(item_id for known, item_id in actor.speaks_at if known == meeting_id)
    if not actor.has_meeting_role(meeting_id, "speaker"):
        return frozenset()
    values = {"of_meeting": meeting_id, "speaks": actor.user_id}
    return frozenset([row.id for row in (yield from asked(_OWN_ITEMS, values))])


_OWN_ITEMS = (
    select(AgendaItem.id)
    .join(Appearance, Appearance.item_id == AgendaItem.id)
    .join(
        MeetingRole,
        and_(
            MeetingRole.person_id == Appearance.person_id,
            MeetingRole.meeting_id == AgendaItem.meeting_id,
        ),
    )
    .where(
        AgendaItem.meeting_id == bindparam("of_meeting"),
        MeetingRole.user_id == bindparam("speaks"),
        MeetingRole.role == "speaker",
        ~AgendaItem.is_removed,
        ~Appearance.is_removed,
    )
)


def list_items_of_person(session: Session, meeting_id: int, person_id: int) -> list[int]:
    """The items that name somebody, in any role, as the programme is drafted."""
    return list(
        session.scalars(
            select(AgendaItem.id)
            .join(Appearance, Appearance.item_id == AgendaItem.id)
            .where(
                AgendaItem.meeting_id == meeting_id,
                Appearance.person_id == person_id,
                ~AgendaItem.is_removed,
                ~Appearance.is_removed,
            )
            .distinct()
            .order_by(AgendaItem.id)
            .limit(MOST_ROLES)
        )
    )


def list_users_speaking_as(session: Session, meeting_id: int, person_id: int) -> list[int]:
    """The users whose speaker's role at a meeting names this person."""
    return list(
        session.scalars(
            select(MeetingRole.user_id)
            .where(
                MeetingRole.meeting_id == meeting_id,
                MeetingRole.person_id == person_id,
                MeetingRole.role == "speaker",
            )
            .order_by(MeetingRole.user_id)
            .limit(MOST_ROLES)
        )
    )


def find_own_person(session: Session, actor: Actor, meeting_id: int) -> int | None:
    """Who of the programme the actor is, by the role of speaker at the meeting; None without one."""
    return session.scalar(
        select(MeetingRole.person_id).where(
            MeetingRole.meeting_id == meeting_id,
            MeetingRole.user_id == actor.user_id,
            MeetingRole.role == "speaker",
        )
    )
