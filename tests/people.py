"""One of each kind of people, for tests of rights."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import STRANGER, Actor, MeetingRole, Role
from app.domain.meetings.models import MeetingRole as MeetingRoleRow
from app.domain.organisations.models import Organisation
from app.domain.users.consents import current_version
from app.domain.users.models import Consent, Membership, User


@dataclass(frozen=True, slots=True)
class People:
    stranger: Actor
    vendor: Actor
    rival: Actor
    consultancy: Actor
    municipality: Actor
    neighbour: Actor
    staff: Actor
    admin: Actor
    auditor: Actor
    loner: Actor
    newcomer: Actor

    def all(self) -> dict[str, Actor]:
        return {name: getattr(self, name) for name in self.__slots__}


def add_organisation_row(session: Session, key: str, name: str, kind: str, **values: object) -> Organisation:
    organisation = Organisation(
        key=key, name=name, kind=kind, mail_domains=[f"{key}.example"], created_at=now()
    )
    for field, value in values.items():
        setattr(organisation, field, value)
    session.add(organisation)
    session.flush()
    return organisation


def add_actor(
    session: Session,
    name: str,
    organisation: Organisation | None,
    role: Role = "member",
    confirmed: bool = True,
) -> Actor:
    """A user with a membership, and the Actor that signing in would make of it."""
    email = f"{name.split()[0].lower()}@{organisation.key if organisation else 'alene'}.example"
    user = User(email=email, name=name, created_at=now())
    session.add(user)
    session.flush()
    # Those who first have to agree to the rules are in tests/web/test_sending.py.
    session.add(
        Consent(
            user_id=user.id,
            kind="dialogue_rules",
            version=current_version("dialogue_rules"),
            language="da",
            given_at=now(),
        )
    )
    session.flush()
    if organisation is None:
        return Actor(user_id=user.id, name=name, is_strong=True)
    membership = Membership(
        user_id=user.id,
        organisation_id=organisation.id,
        role=role,
        confirmed_at=now() if confirmed else None,
        created_at=now(),
    )
    session.add(membership)
    session.flush()
    return Actor(
        user_id=user.id,
        name=name,
        membership_id=membership.id,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        role=role,
        is_confirmed=confirmed,
        is_strong=True,
    )


def add_people(session: Session) -> People:
    host = add_organisation_row(session, "vaert", "Værtsforeningen", "association")
    vendor = add_organisation_row(session, "soft", "Soft A/S", "vendor")
    rival = add_organisation_row(session, "rival", "Rival ApS", "vendor")
    house = add_organisation_row(session, "huset", "Huset", "consultancy")
    here = add_organisation_row(
        session, "her", "Her Kommune", "municipality", municipality_code="0001", region="Region Midtjylland"
    )
    there = add_organisation_row(
        session, "der", "Der Kommune", "municipality", municipality_code="0002", region="Region Sjælland"
    )
    return People(
        stranger=STRANGER,
        vendor=add_actor(session, "Vera Vendor", vendor),
        rival=add_actor(session, "Rita Rival", rival),
        consultancy=add_actor(session, "Konrad Konsulent", house),
        municipality=add_actor(session, "Mona Kommune", here),
        neighbour=add_actor(session, "Nils Nabo", there),
        staff=add_actor(session, "Stine Stab", host, "staff"),
        admin=add_actor(session, "Alma Admin", host, "admin"),
        auditor=add_actor(session, "Rolf Revisor", host, "auditor"),
        loner=add_actor(session, "Lone Alene", None),
        newcomer=add_actor(session, "Nye Ny", vendor, confirmed=False),
    )


def with_role(
    session: Session, actor: Actor, meeting_id: int, role: MeetingRole, person_id: int | None = None
) -> Actor:
    """The same actor with a role at a meeting, in the database too."""
    session.add(
        MeetingRoleRow(
            user_id=actor.user_id, meeting_id=meeting_id, role=role, person_id=person_id, given_at=now()
        )
    )
    session.flush()
    return replace(actor, meeting_roles=actor.meeting_roles | {(meeting_id, role)})
