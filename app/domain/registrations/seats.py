"""Who fits where: the meeting's ceiling, each organisation's, and the seats that are kept for some.

A seat is taken by whoever is registered and by whoever has an offer; an extra chair counts for its
organisation only. Nobody sits on a numbered chair: of a group, the first so many use its reserved seats and
the others the open ones, whoever came first.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import BigInteger

from app.core.clock import now, today
from app.core.kept import kept
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration, SeatGroup, SeatGroupOrganisation
from app.domain.registrations.schemas import SEATED

# Why somebody gets no seat now: all are taken; those left are kept for others; the organisation has its own.
Hindrance = Literal["full", "reserved", "organisation"]


@dataclass(frozen=True, slots=True)
class SeatGroupView:
    """Seats that are kept for some. `taken`: how many of the group have a seat, reserved or open; `used`: how
    many of the reserved ones are taken."""

    id: int
    name: str
    seats: int
    kinds: tuple[str, ...]
    organisation_ids: tuple[int, ...]
    release_on: date | None
    taken: int
    version: int

    @property
    def used(self) -> int:
        return min(self.seats, self.taken)

    @property
    def left(self) -> int:
        return self.seats - self.used

    @property
    def is_kept(self) -> bool:
        """Whether others have to stay away from them today."""
        return self.release_on is None or today() < self.release_on

    def holds(self, organisation_id: int | None, kind: str | None) -> bool:
        return organisation_id is not None and (
            kind in self.kinds or organisation_id in self.organisation_ids
        )


@dataclass(slots=True)
class Room:
    """The seats of one meeting as they stand; read under the meeting's lock to act on it."""

    seats: int | None
    per_organisation: int | None
    needs_approval: bool
    groups: tuple[SeatGroupView, ...]
    taken: Counter[int | None]
    of_organisation: Counter[int]
    waiting: int
    next_deadline: datetime | None

    @property
    def all_taken(self) -> int:
        return self.taken.total()

    @property
    def is_full(self) -> bool:
        return self.seats is not None and self.all_taken >= self.seats

    @property
    def is_due(self) -> bool:
        """An offer has run out and nobody has looked after it yet."""
        return self.next_deadline is not None and self.next_deadline <= now()

    @property
    def kept(self) -> tuple[SeatGroupView, ...]:
        return tuple(group for group in self.groups if group.is_kept)

    def group_for(self, organisation_id: int | None, kind: str | None) -> int | None:
        """The group that an organisation belongs to; the first, where it belongs to several."""
        return next((group.id for group in self.groups if group.holds(organisation_id, kind)), None)

    def left_for(self, group_id: int | None) -> int | None:
        """How many seats there are for somebody of this group, or of none; None without a ceiling."""
        if self.seats is None:
            return None
        own = next((group for group in self.kept if group.id == group_id), None)
        reserved = max(0, own.seats - self.taken[own.id]) if own is not None else 0
        free = max(0, self.seats - self.all_taken)
        return min(free, reserved + self._open_left())

    def why_not(self, organisation_id: int | None, group_id: int | None) -> Hindrance | None:
        """What stands in the way of a seat for somebody who comes for this organisation; None if nothing."""
        most = self.per_organisation
        if most is not None and organisation_id is not None and self.of_organisation[organisation_id] >= most:
            return "organisation"
        if self.left_for(group_id) == 0:
            return "full" if self.is_full else "reserved"
        return None

    def seat(self, organisation_id: int | None, group_id: int | None, is_extra: bool = False) -> None:
        """Count one more who has a seat."""
        self._count(organisation_id, group_id, is_extra, 1)

    def unseat(self, organisation_id: int | None, group_id: int | None, is_extra: bool = False) -> None:
        self._count(organisation_id, group_id, is_extra, -1)

    def _count(
        self, organisation_id: int | None, group_id: int | None, is_extra: bool, by: Literal[1, -1]
    ) -> None:
        if not is_extra:
            self.taken[group_id] += by
        if organisation_id is not None:
            self.of_organisation[organisation_id] += by

    def _open_left(self) -> int:
        """Seats that are kept for nobody, less those who sit on them; may be less than none."""
        kept = {group.id: group.seats for group in self.kept}
        beside = sum(max(0, self.taken[group_id] - seats) for group_id, seats in kept.items())
        others = sum(many for group_id, many in self.taken.items() if group_id not in kept)
        return max(0, (self.seats or 0) - sum(kept.values()) - beside - others)


def read_room(session: Session, meeting_id: int) -> Room:
    """The seats of a meeting and who has them; one statement. Lock the meeting first to act on it."""
    return make_room(session.execute(select_room(), {"of_meeting": meeting_id}).one())


@kept
def select_room() -> Select[Any]:
    """What `make_room` reads, `of_meeting`."""
    meeting = bindparam("of_meeting", type_=BigInteger)
    is_seated = Registration.status.in_(SEATED)
    of_meeting = Registration.meeting_id == meeting
    deadline = select(func.min(Registration.offered_until)).where(
        of_meeting, Registration.status == "offered"
    )
    waiting = select(func.count()).where(of_meeting, Registration.status == "waiting")
    ordinary = and_(of_meeting, is_seated, Registration.is_extra.is_(False))
    return select(
        Meeting.seats,
        Meeting.seats_per_organisation,
        Meeting.needs_approval,
        _groups(meeting).label("groups"),
        _counted(Registration.seat_group_id, ordinary).label("taken"),
        _counted(Registration.organisation_id, and_(of_meeting, is_seated)).label("of_organisation"),
        waiting.scalar_subquery().label("waiting"),
        deadline.scalar_subquery().label("next_deadline"),
    ).where(Meeting.id == meeting)


def make_room(row: Any) -> Room:
    taken: Counter[int | None] = Counter(dict(row.taken or []))
    return Room(
        seats=row.seats,
        per_organisation=row.seats_per_organisation,
        needs_approval=row.needs_approval,
        groups=tuple(_group(group, taken) for group in row.groups or []),
        taken=taken,
        of_organisation=Counter(
            {organisation_id: many for organisation_id, many in row.of_organisation or [] if organisation_id}
        ),
        waiting=row.waiting,
        next_deadline=row.next_deadline,
    )


def _group(found: dict[str, Any], taken: Counter[int | None]) -> SeatGroupView:
    release_on = date.fromisoformat(found["release_on"]) if found["release_on"] else None
    return SeatGroupView(
        id=found["id"],
        name=found["name"],
        seats=found["seats"],
        kinds=tuple(found["kinds"]),
        organisation_ids=tuple(found["organisation_ids"] or ()),
        release_on=release_on,
        taken=taken[found["id"]],
        version=found["version"],
    )


def _counted(column: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """[[value, how many], …] of the sign-ups of which the condition is true."""
    many = select(column.label("value"), func.count().label("many")).where(condition).group_by(column)
    found = many.subquery()
    pairs = func.jsonb_agg(func.jsonb_build_array(found.c.value, found.c.many), type_=JSONB)
    return select(pairs).select_from(found).scalar_subquery()


def _groups(meeting: ColumnElement[int]) -> ColumnElement[Any]:
    named = select(func.array_agg(SeatGroupOrganisation.organisation_id, type_=ARRAY(BigInteger))).where(
        SeatGroupOrganisation.group_id == SeatGroup.id
    )
    group = func.jsonb_build_object(
        "id", SeatGroup.id, "name", SeatGroup.name, "seats", SeatGroup.seats, "kinds", SeatGroup.kinds,
        "release_on", SeatGroup.release_on, "version", SeatGroup.version,
        "organisation_ids", named.scalar_subquery(),
    )  # fmt: skip
    groups = func.jsonb_agg(aggregate_order_by(group, SeatGroup.id), type_=JSONB)
    return select(groups).where(SeatGroup.meeting_id == meeting).scalar_subquery()
