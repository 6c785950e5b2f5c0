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


def make_organisation(key: str, name: str, kind: str, **values: object) -> Organisation:
    given = {"mail_domains": [f"{key}.example"], "created_at": now()} | values
    return Organisation(key=key, name=name, kind=kind, **given)


def add_organisation_row(session: Session, key: str, name: str, kind: str, **values: object) -> Organisation:
    organisation = make_organisation(key, name, kind, **values)
    session.add(organisation)
    session.flush()
    return organisation


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody to be made: a user with a membership, unless of no organisation."""

    name: str
    organisation: Organisation | None
    role: Role = "member"
    confirmed: bool = True


def add_actor(
    session: Session,
    name: str,
    organisation: Organisation | None,
    role: Role = "member",
    confirmed: bool = True,
) -> Actor:
    """A user with a membership, and the Actor that signing in would make of it."""
    return add_actors(session, [Wanted(name, organisation, role, confirmed)])[0]


def add_actors(session: Session, wanted: list[Wanted]) -> list[Actor]:
    """The same for many, with few statements: this is done for most tests."""
    users = [User(email=_make_email(one), name=one.name, created_at=now()) for one in wanted]
    session.add_all(users)
    session.flush()
    memberships = [
        Membership(
            user_id=user.id,
            organisation_id=one.organisation.id,
            role=one.role,
            confirmed_at=now() if one.confirmed else None,
            created_at=now(),
        )
        if one.organisation
        else None
        for one, user in zip(wanted, users, strict=True)
    ]
    # Those who first have to agree to the rules are in tests/web/test_sending.py.
    session.add_all([_make_consent(user) for user in users])
    session.add_all([membership for membership in memberships if membership])
    session.flush()
    return [_make_actor(*made) for made in zip(wanted, users, memberships, strict=True)]


def _make_email(one: Wanted) -> str:
    return f"{one.name.split()[0].lower()}@{one.organisation.key if one.organisation else 'alene'}.example"


def _make_consent(user: User) -> Consent:
    kind = "dialogue_rules"
    version = current_version(kind)
    return Consent(user_id=user.id, kind=kind, version=version, language="da", given_at=now())


def _make_actor(one: Wanted, user: User, membership: Membership | None) -> Actor:
    if one.organisation is None or membership is None:
        return Actor(user_id=user.id, name=one.name, is_strong=True)
    return Actor(
        user_id=user.id,
        name=one.name,
        membership_id=membership.id,
        organisation_id=one.organisation.id,
        organisation_name=one.organisation.name,
        organisation_kind=one.organisation.kind,
        role=one.role,
        is_confirmed=one.confirmed,
        is_strong=True,
    )


def add_people(session: Session) -> People:
    host = make_organisation("vaert", "Værtsforeningen", "association")
    vendor = make_organisation("soft", "Soft A/S", "vendor")
    rival = make_organisation("rival", "Rival ApS", "vendor")
    house = make_organisation("huset", "Huset", "consultancy")
    here = make_organisation(
        "her", "Her Kommune", "municipality", municipality_code="0001", region="Region Midtjylland"
    )
    there = make_organisation(
        "der", "Der Kommune", "municipality", municipality_code="0002", region="Region Sjælland"
    )
    session.add_all([host, vendor, rival, house, here, there])
    session.flush()
    wanted = {
        "vendor": Wanted("Vera Vendor", vendor),
        "rival": Wanted("Rita Rival", rival),
        "consultancy": Wanted("Konrad Konsulent", house),
        "municipality": Wanted("Mona Kommune", here),
        "neighbour": Wanted("Nils Nabo", there),
        "staff": Wanted("Stine Stab", host, "staff"),
        "admin": Wanted("Alma Admin", host, "admin"),
        "auditor": Wanted("Rolf Revisor", host, "auditor"),
        "loner": Wanted("Lone Alene", None),
        "newcomer": Wanted("Nye Ny", vendor, confirmed=False),
    }
    actors = add_actors(session, list(wanted.values()))
    return People(stranger=STRANGER, **dict(zip(wanted, actors, strict=True)))


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
