"""Who was there, in numbers, as a report may tell it. No name of a person is read here."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.domain.attendance.models import Attendee
from app.domain.meeting_reports.schemas import Audience
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import listed

# The first wording of the consent that says that the organisation may stand in the report for all.
TOLD_OF_REPORTS: Final = 2
_NOT_GIVEN: Final = "none"


@dataclass(frozen=True, slots=True)
class KindCount:
    """Of one kind of organisations ("none" for who came for nobody): how many signed up and were there."""

    kind: str
    signed_up: int
    came: int


@dataclass(frozen=True, slots=True)
class OrganisationCount:
    """An organisation of which somebody lets it be told; `people` are those who do, and no others."""

    name: str
    kind: str
    people: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """`has_come`: whether anybody was checked in or joined the room, so that it is known who came. `others`:
    people who are in the numbers and whose organisation is not named."""

    signed_up: int
    came: int
    has_come: bool
    kinds: tuple[KindCount, ...]
    organisations: tuple[OrganisationCount, ...]
    others: int


def count_for_report(session: Session, meeting_id: int, audience: Audience, names: bool) -> Attendance | None:
    """The numbers of a meeting for this audience; None where nobody had signed up and nobody came. One
    statement."""
    people = union_all(_signed_up(meeting_id, audience, names), _unannounced(meeting_id)).subquery()
    signed_up = func.count().filter(people.c.has_signed_up)
    came = func.count().filter(people.c.was_there)
    rows = session.execute(
        select(people.c.kind, people.c.name, signed_up.label("signed_up"), came.label("came")).group_by(
            people.c.kind, people.c.name
        )
    ).all()
    if not rows:
        return None
    kinds: dict[str, list[int]] = {}
    for row in rows:
        counted = kinds.setdefault(row.kind, [0, 0])
        counted[0] += row.signed_up
        counted[1] += row.came
    has_come = any(row.came for row in rows)

    def there(row: Any) -> int:
        return int(row.came if has_come else row.signed_up)

    named = [OrganisationCount(row.name, row.kind, there(row)) for row in rows if row.name and there(row)]
    return Attendance(
        signed_up=sum(row.signed_up for row in rows),
        came=sum(row.came for row in rows),
        has_come=has_come,
        kinds=tuple(
            sorted(
                (KindCount(kind, *counted) for kind, counted in kinds.items()),
                key=lambda one: (one.kind == _NOT_GIVEN, -one.came, -one.signed_up, one.kind),
            )
        ),
        organisations=tuple(sorted(named, key=lambda one: (one.name.casefold(), one.kind))),
        others=sum(there(row) for row in rows if not row.name),
    )


def _was_there() -> ColumnElement[bool]:
    in_room = and_(Attendee.joined_at.is_not(None), Attendee.removed_at.is_(None))
    return func.coalesce(or_(Attendee.checked_in_at.is_not(None), in_room), false())


def _is_named(audience: Audience, names: bool) -> ColumnElement[bool]:
    if not names:
        return false()
    if audience == "participants":
        return listed()
    return and_(listed(), Registration.listed_version >= TOLD_OF_REPORTS)


def _signed_up(meeting_id: int, audience: Audience, names: bool) -> Any:
    name = func.coalesce(func.nullif(Registration.organisation_name, ""), Organisation.name, "")
    return (
        select(
            func.coalesce(Organisation.kind, _NOT_GIVEN).label("kind"),
            case((_is_named(audience, names), name), else_="").label("name"),
            (Registration.status == "registered").label("has_signed_up"),
            _was_there().label("was_there"),
        )
        .select_from(Registration)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(Attendee, Attendee.registration_id == Registration.id)
        .where(
            Registration.meeting_id == meeting_id,
            or_(Registration.status == "registered", Attendee.checked_in_at.is_not(None)),
        )
    )


def _unannounced(meeting_id: int) -> Any:
    return select(
        func.coalesce(func.nullif(Attendee.organisation_kind, ""), _NOT_GIVEN),
        literal(""),
        literal(False),
        _was_there(),
    ).where(Attendee.meeting_id == meeting_id, Attendee.registration_id.is_(None), _was_there())
