"""What somebody eats and needs in order to take part: kept apart, read by few, erased first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, Refused, require
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration, RegistrationNeeds
from app.domain.registrations.policy import asks_for_food, may_manage
from app.domain.registrations.schemas import SignUpInput
from app.domain.users.consents import current_version, give_consent
from app.domain.users.models import User


@dataclass(frozen=True, slots=True)
class NamedNeeds:
    """What one person has said, with the name; for who lays the tables and books the interpreter."""

    name: str
    organisation_name: str
    diets: list[str]
    diet_note: str
    access_needs: str


@dataclass(frozen=True, slots=True)
class NeedsOfMeeting:
    """All that was said: counts without names, and where they were asked for, the names (else empty)."""

    people: int
    diets: dict[str, int]
    diet_notes: dict[str, int]
    access_needs: dict[str, int]
    named: list[NamedNeeds]


def keep_needs(
    session: Session, actor: Actor, registration: Registration, meeting: Meeting, given: SignUpInput
) -> None:
    """Keep what was said, or erase it where nothing is left of it. Refused: needs_agreement.

    Food is not asked for where nobody eats together, and then not kept either.
    """
    is_fed = asks_for_food(meeting.format)
    values = {
        "diets": sorted(set(given.diets)) if is_fed else [],
        "diet_note": given.diet_note if is_fed else "",
        "access_needs": given.access_needs,
    }
    if not any(values.values()):
        erase_needs(session, registration.id)
        return
    if not given.agrees_to_needs:
        raise Refused("needs_agreement")
    give_consent(session, actor, "special_needs")
    agreed = {"consent_version": current_version("special_needs"), "consented_at": now()}
    statement = insert(RegistrationNeeds).values(registration_id=registration.id, **values, **agreed)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[RegistrationNeeds.registration_id], set_=values | agreed
        )
    )


def erase_needs(session: Session, registration_id: int) -> None:
    session.execute(delete(RegistrationNeeds).where(RegistrationNeeds.registration_id == registration_id))


def erase_needs_of(session: Session, user_id: int) -> None:
    """Erase all that the user has said of food and access, for whatever meeting."""
    own = select(Registration.id).where(Registration.user_id == user_id)
    session.execute(delete(RegistrationNeeds).where(RegistrationNeeds.registration_id.in_(own)))


def read_needs(session: Session, actor: Actor, meeting_id: int, with_names: bool = False) -> NeedsOfMeeting:
    """What those who come have said, for those who arrange the meeting. Each reading is noted in the log."""
    require(may_manage(actor))
    read = {"meeting_id": meeting_id, "with_names": with_names}
    record(session, actor, "read", "registration_needs", meeting_id, after=read)
    rows = session.execute(
        select(
            User.name,
            Registration.organisation_name,
            RegistrationNeeds.diets,
            RegistrationNeeds.diet_note,
            RegistrationNeeds.access_needs,
        )
        .join(Registration, Registration.id == RegistrationNeeds.registration_id)
        .join(User, User.id == Registration.user_id)
        .where(Registration.meeting_id == meeting_id, Registration.status == "registered")
        .order_by(Registration.id)
        .limit(5000)
    ).all()
    return NeedsOfMeeting(
        people=len(rows),
        diets=dict(Counter(diet for row in rows for diet in row.diets).most_common()),
        diet_notes=_counted(row.diet_note for row in rows),
        access_needs=_counted(row.access_needs for row in rows),
        named=[NamedNeeds(*row) for row in rows] if with_names else [],
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    """The same words once, with how many said them."""
    return dict(Counter(said for said in words if said).most_common())
