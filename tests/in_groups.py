"""Meetings with many people to be put into groups, for tests."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy.orm import Session

from app.core.clock import now
from app.domain.groups.models import GroupRound, Placement
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration
from app.domain.users.models import User
from tests.people import add_organisation_row
from tests.said import add_item_row, add_meeting_row

KINDS = ("vendor", "vendor", "vendor", "consultancy", "municipality", "municipality", "joint_procurement")


@dataclass(frozen=True, slots=True)
class Gathering:
    meeting: Meeting
    item: AgendaItem
    organisations: list[Organisation]


def gather_people(
    session: Session, people: int, key: str = "77", kinds: tuple[str, ...] = KINDS, each: int = 2
) -> Gathering:
    """A meeting with a group session, and so many signed up: about `each` of every organisation."""
    meeting = add_meeting_row(session, key)
    item = add_item_row(session, meeting)
    item.starts_at = now() + timedelta(hours=1)
    item.ends_at = now() + timedelta(hours=2)
    organisations = [
        add_organisation_row(
            session, f"firma-{key}-{number}", f"Firma {number:03}", kinds[number % len(kinds)]
        )
        for number in range(max(1, people // each))
    ]
    draw = Random(7)
    users = [
        User(email=f"deltager-{key}-{number}@test.example", name=f"Deltager {number:03}", created_at=now())
        for number in range(people)
    ]
    session.add_all(users)
    session.flush()
    for user in users:
        organisation = draw.choice(organisations)
        session.add(
            Registration(
                meeting_id=meeting.id,
                user_id=user.id,
                organisation_id=organisation.id,
                organisation_name=organisation.name,
                status="registered",
                created_at=now(),
            )
        )
    session.flush()
    return Gathering(meeting, item, organisations)


def put_in_group(
    session: Session, item: AgendaItem, group_id: int, registration: Registration, *, is_shown: bool = True
) -> Placement:
    """Somebody in a group of an item, as if the groups had been made; everybody may see the own group."""
    round_ = session.get(GroupRound, item.id)
    if round_ is None:
        round_ = GroupRound(item_id=item.id, meeting_id=item.meeting_id, state="made")
        session.add(round_)
    round_.shown_at = now() if is_shown else None
    placement = Placement(
        item_id=item.id, group_id=group_id, registration_id=registration.id, placed_at=now()
    )
    session.add(placement)
    session.flush()
    return placement
