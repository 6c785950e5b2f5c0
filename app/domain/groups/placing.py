"""The verbs of placing people: groups are made, made again, moved by hand, shown; one step is taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.jobs import defer
from app.core.laid_aside import lay_aside
from app.core.live import tell
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.attendance.models import Attendee
from app.domain.groups.balance import Aim, Balance, Wish, list_aims, make_task, weigh
from app.domain.groups.events import GroupChanged
from app.domain.groups.models import Group, GroupRound, Placement, RivalSet, RivalSetOrganisation
from app.domain.groups.people import (
    MOST_RIVAL_SETS,
    PersonView,
    list_earlier_groups,
    list_people,
    list_rival_sets,
)
from app.domain.groups.policy import may_plan_groups
from app.domain.groups.queries import MOST_GROUPS
from app.domain.groups.schemas import PeopleInput, RivalsInput, RoundInput
from app.domain.groups.solving import Division, Task, solve
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration

# People times groups: up to here the answer waits for the groups, above a job makes them.
MOST_AT_ONCE = 1200
SECONDS_AT_ONCE = 4.0
GIVEN_UP_AFTER = timedelta(minutes=2)

Row = tuple[int | None, int | None, int, bool]  # registration, attendee, group, is locked


@dataclass(frozen=True, slots=True)
class Asked:
    """All that the groups of an item depend on."""

    people: list[PersonView]
    group_ids: list[int]
    aims: list[Aim]
    wishes: dict[Wish, int]
    leaders: dict[int, int]
    seed: int

    def task(self, *, keeps_all: bool = False) -> Task:
        return make_task(self.people, self.group_ids, self.aims, self.leaders, self.seed, keeps_all=keeps_all)


# --- making groups


def plan_round(session: Session, actor: Actor, item_id: int, given: RoundInput) -> GroupRound:
    """Make groups after these rules; those that are locked stay. Large ones a job makes: `state` says asked.

    There are as many groups afterwards as asked for: new ones are added, and untouched ones taken away.
    Refused: groups_nobody, groups_more_than_people, groups_too_many, groups_surplus (others would have to go
    that have been named, described or written in), groups_being_made.
    """
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    people = list_people(session, meeting.id, item.id)
    wanted = given.number if given.by == "groups" else -(-len(people) // given.number)
    if not people:
        raise Refused("groups_nobody")
    if wanted > len(people):
        raise Refused("groups_more_than_people", people=len(people), groups=wanted)
    _refuse_while_asked(round_)
    _fit_groups(session, meeting, item, wanted)
    for name in ("mixing", "spreading", "parting", "meeting_anew"):
        setattr(round_, name, getattr(given, name))
    return _make(session, actor, meeting, round_)


def make_again(session: Session, actor: Actor, item_id: int) -> GroupRound:
    """Other groups after the same rules; those that are locked stay. Refused: groups_none, groups_nobody,
    groups_being_made."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    _refuse_while_asked(round_)
    if not _list_group_ids(session, item.id):
        raise Refused("groups_none")
    if not list_people(session, meeting.id, item.id):
        raise Refused("groups_nobody")
    return _make(session, actor, meeting, round_)


def place_rest(session: Session, actor: Actor, item_id: int) -> int:
    """Place those who have no group yet where they fit best, and let all others stay: how many. Refused:
    groups_none, groups_being_made."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    _refuse_while_asked(round_)
    if not _list_group_ids(session, item.id):
        raise Refused("groups_none")
    placed = _place_rest(session, round_)
    if placed:
        record(session, actor, "place_rest", "item", item.id, after={"people": placed})
        _tell(session, round_)
    return placed


def place_newcomer(session: Session, attendee_id: int) -> list[int]:
    """Give somebody who has come a group in each item that has its groups made and is not over: the items.

    For who came without a sign-up, and for who signed up after the groups were made. Done by the house.
    """
    attendee = session.get(Attendee, attendee_id)
    if attendee is None or attendee.removed_at is not None:
        return []
    made = (
        select(GroupRound)
        .join(AgendaItem, AgendaItem.id == GroupRound.item_id)
        .where(
            GroupRound.meeting_id == attendee.meeting_id,
            GroupRound.state == "made",
            or_(AgendaItem.ends_at.is_(None), AgendaItem.ends_at > now()),
        )
        .order_by(AgendaItem.position, AgendaItem.id)
        .execution_options(populate_existing=True)
    )
    if not session.scalars(made).all():
        return []
    lock_meeting(session, attendee.meeting_id)
    placed = []
    # Read anew: staff may have moved people, or asked for other groups, while this waited for them.
    for round_ in session.scalars(made).all():
        if _place_rest(session, round_, only=attendee):
            record(session, SYSTEM, "place_rest", "item", round_.item_id, after={"people": 1})
            _tell(session, round_)
            placed.append(round_.item_id)
    return placed


def make_in_job(session: Session, item_id: int) -> Asked | None:
    """What the job has to solve; None where nobody waits for it any more."""
    round_ = session.get(GroupRound, item_id)
    if round_ is None or round_.state != "asked":
        return None
    return get_asked(session, round_)


def keep_division(session: Session, item_id: int, asked: Asked, division: Division, took_ms: int) -> bool:
    """Put people where the job has found; False where somebody signed up, left or was locked meanwhile."""
    meeting_id = session.scalar(select(GroupRound.meeting_id).where(GroupRound.item_id == item_id))
    if meeting_id is None:
        return True
    lock_meeting(session, meeting_id)
    round_ = session.get(GroupRound, item_id, populate_existing=True)
    if round_ is None or round_.state != "asked":
        return True
    if get_asked(session, round_).task() != asked.task():
        return False
    _put(session, round_, asked, division, took_ms)
    record(session, SYSTEM, "place", "item", item_id, after=_told(round_, asked))
    _tell(session, round_)
    return True


def give_up(session: Session, item_id: int) -> None:
    """The job could not make the groups: the page says so, and the old ones stay."""
    round_ = session.get(GroupRound, item_id, with_for_update=True)
    if round_ is not None and round_.state == "asked":
        round_.state = "failed"
        record(session, SYSTEM, "give_up", "item", item_id)
        _tell(session, round_)


def _make(session: Session, actor: Actor, meeting: Meeting, round_: GroupRound) -> GroupRound:
    round_.seed += 1
    session.flush()
    asked = get_asked(session, round_)
    record(session, actor, "make_groups", "item", round_.item_id, after=_told(round_, asked))
    if len(asked.people) * len(asked.group_ids) > MOST_AT_ONCE:
        round_.state, round_.asked_at = "asked", now()
        defer(session, "groups.make", once=f"groups.make:{round_.item_id}", item_id=round_.item_id)
    else:
        began = monotonic()
        division = solve(asked.task(), SECONDS_AT_ONCE)
        _put(session, round_, asked, division, int(1000 * (monotonic() - began)))
    _tell(session, round_)
    return round_


def _told(round_: GroupRound, asked: Asked) -> dict[str, Any]:
    return {
        "groups": len(asked.group_ids),
        "people": len(asked.people),
        "seed": round_.seed,
        **dict(asked.wishes.items()),
    }


def _place_rest(session: Session, round_: GroupRound, only: Attendee | None = None) -> int:
    asked = get_asked(session, round_)
    new = {number for number, person in enumerate(asked.people) if not _has_group(person, asked.group_ids)}
    if only is not None:
        new = {
            number
            for number in new
            if asked.people[number].attendee_id == only.id
            or (
                only.registration_id is not None
                and asked.people[number].registration_id == only.registration_id
            )
        }
    if not new:
        return 0
    task = asked.task(keeps_all=True)
    stay = tuple(seat for seat in task.seats if seat.fixed is not None or seat.person in new)
    division = solve(Task(stay, task.groups, _without_earlier(task), task.seed), SECONDS_AT_ONCE)
    rows = [_row_of(round_.item_id, asked, number, division) for number in sorted(new)]
    if only is None:
        round_.before = [list(row) for row in _list_rows(session, round_.item_id)]
    elif round_.before is not None:
        # Taking back what staff did last leaves somebody who came meanwhile where they sit.
        names = ("registration_id", "attendee_id", "group_id", "is_locked")
        round_.before = [*round_.before, *([row[name] for name in names] for row in rows)]
    session.execute(insert(Placement), rows)
    round_.state = "made"
    round_.is_best = False
    round_.version += 1
    return len(new)


def _without_earlier(task: Task) -> tuple[Any, ...]:
    """One more at a table is placed at once; whom they met before is looked at when all is made anew."""
    return tuple(limit for limit in task.limits if not limit.is_of_earlier)


def _has_group(person: PersonView, group_ids: Iterable[int]) -> bool:
    return person.group_id is not None and person.group_id in group_ids


def _put(session: Session, round_: GroupRound, asked: Asked, division: Division, took_ms: int | None) -> None:
    """Everybody where the solver has them. The placements before are kept for one step back."""
    before = _list_rows(session, round_.item_id)
    session.execute(delete(Placement).where(Placement.item_id == round_.item_id))
    session.execute(
        insert(Placement),
        [_row_of(round_.item_id, asked, number, division) for number in range(len(asked.people))],
    )
    round_.before = [list(row) for row in before]
    round_.state, round_.asked_at = "made", None
    round_.is_best, round_.took_ms = division.is_best, took_ms
    round_.version += 1


def _row_of(item_id: int, asked: Asked, number: int, division: Division) -> dict[str, Any]:
    person = asked.people[number]
    return {
        "item_id": item_id,
        "group_id": asked.group_ids[division.places[number]],
        "registration_id": person.registration_id,
        "attendee_id": person.attendee_id,
        "is_locked": person.is_locked,
        "placed_at": now(),
    }


# --- changing them by hand


def move_people(session: Session, actor: Actor, item_id: int, given: PeopleInput) -> int:
    """Put people into a group of the item, or out of theirs: how many. Refused: groups_unknown_group."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    _refuse_while_asked(round_)
    people = _find_people(session, meeting.id, item.id, given.who)
    if given.group_id is not None and given.group_id not in _list_group_ids(session, item.id):
        raise Refused("groups_unknown_group")
    changed = [person for person in people if person.group_id != given.group_id]
    if not changed:
        return 0
    _keep_before(session, round_)
    round_.is_best = False
    for person in changed:
        session.execute(_placement_of(delete(Placement), item.id, person))
    if given.group_id is not None:
        session.execute(
            insert(Placement),
            [
                {
                    "item_id": item.id,
                    "group_id": given.group_id,
                    "registration_id": person.registration_id,
                    "attendee_id": person.attendee_id,
                    "is_locked": person.is_locked,
                    "placed_at": now(),
                }
                for person in changed
            ],
        )
        round_.state = "made"
    after = {"people": [person.who for person in changed], "group_id": given.group_id}
    record(session, actor, "move_people", "item", item.id, after=after)
    _tell(session, round_)
    return len(changed)


def lock_people(session: Session, actor: Actor, item_id: int, given: PeopleInput, *, is_locked: bool) -> int:
    """Let people stay where they are when groups are made again, or not any more: how many were not so."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    _refuse_while_asked(round_)
    people = _find_people(session, meeting.id, item.id, given.who)
    changed = [one for one in people if one.group_id is not None and one.is_locked != is_locked]
    if not changed:
        return 0
    _keep_before(session, round_)
    for person in changed:
        session.execute(_placement_of(update(Placement), item.id, person).values(is_locked=is_locked))
    verb = "lock_people" if is_locked else "unlock_people"
    record(session, actor, verb, "item", item.id, after={"people": [person.who for person in changed]})
    return len(changed)


def undo(session: Session, actor: Actor, item_id: int) -> None:
    """Take the last change of the placements back; done twice, it is as it was. Refused: groups_no_step_back,
    groups_being_made."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    _refuse_while_asked(round_)
    if round_.before is None:
        raise Refused("groups_no_step_back")
    wanted = [(row[0], row[1], row[2], row[3]) for row in round_.before]
    now_there = _list_rows(session, item.id)
    session.execute(delete(Placement).where(Placement.item_id == item.id))
    rows = _still_there(session, item.id, wanted)
    if rows:
        session.execute(
            insert(Placement),
            [
                {
                    "item_id": item.id,
                    "registration_id": registration_id,
                    "attendee_id": attendee_id,
                    "group_id": group_id,
                    "is_locked": is_locked,
                    "placed_at": now(),
                }
                for registration_id, attendee_id, group_id, is_locked in rows
            ],
        )
    round_.before = [list(row) for row in now_there]
    round_.state = "made" if rows else "empty"
    round_.is_best = False
    round_.version += 1
    record(session, actor, "undo_placing", "item", item.id, after={"people": len(rows)})
    _tell(session, round_)


def _still_there(session: Session, item_id: int, rows: Sequence[Row]) -> list[Row]:
    """Of these placements those whose group and person have not gone since."""
    groups = set(_list_group_ids(session, item_id))
    signed_up = set(
        session.scalars(
            select(Registration.id).where(Registration.id.in_([row[0] for row in rows if row[0]]))
        )
    )
    came = set(
        session.scalars(select(Attendee.id).where(Attendee.id.in_([row[1] for row in rows if row[1]])))
    )
    return [row for row in rows if row[2] in groups and (row[0] in signed_up if row[0] else row[1] in came)]


# --- showing them


def show_round(session: Session, actor: Actor, item_id: int, *, is_shown: bool) -> None:
    """Let everybody see the own group, or not any more. Refused: groups_none while nobody is placed."""
    meeting, item = _take_item(session, actor, item_id)
    round_ = _take_round(session, meeting, item)
    if is_shown and not _list_rows(session, item.id):
        raise Refused("groups_none")
    if (round_.shown_at is not None) == is_shown:
        return
    round_.shown_at = now() if is_shown else None
    round_.version += 1
    record(session, actor, "show_groups" if is_shown else "hide_groups", "item", item.id)
    _tell(session, round_)


# --- competitors


def add_rivals(session: Session, actor: Actor, meeting_id: int, given: RivalsInput) -> RivalSet:
    """Keep these organisations apart at a meeting. Refused: rivals_two (fewer than two), rivals_too_many,
    unknown_organisation."""
    require(may_plan_groups(actor))
    meeting = lock_meeting(session, meeting_id)
    wanted = sorted(set(given.organisation_ids))
    if len(wanted) < 2:
        raise Refused("rivals_two")
    if len(list_rival_sets(session, meeting.id)) >= MOST_RIVAL_SETS:
        raise Refused("rivals_too_many")
    known = session.scalars(select(Organisation.id).where(Organisation.id.in_(wanted))).all()
    if len(known) != len(wanted):
        raise Refused("unknown_organisation")
    rivals = RivalSet(meeting_id=meeting.id, created_at=now())
    session.add(rivals)
    session.flush()
    session.execute(
        insert(RivalSetOrganisation),
        [{"rival_set_id": rivals.id, "organisation_id": one} for one in wanted],
    )
    record(session, actor, "part_rivals", "meeting", meeting.id, after={"organisation_ids": wanted})
    return rivals


def remove_rivals(session: Session, actor: Actor, meeting_id: int, rival_set_id: int) -> None:
    """Keep these organisations apart no more. Raises NotFound."""
    require(may_plan_groups(actor))
    lock_meeting(session, meeting_id)
    rivals = session.get(RivalSet, rival_set_id)
    if rivals is None or rivals.meeting_id != meeting_id:
        raise NotFound
    members = session.scalars(
        select(RivalSetOrganisation.organisation_id)
        .where(RivalSetOrganisation.rival_set_id == rival_set_id)
        .order_by(RivalSetOrganisation.organisation_id)
    ).all()
    lay_aside(session, actor, "rival_set", rivals, "", meeting_id=meeting_id)
    session.delete(rivals)
    session.flush()
    before = {"organisation_ids": list(members)}
    record(session, actor, "unpart_rivals", "meeting", meeting_id, before=before)


# --- reading what the groups depend on


def is_being_made(state: str, asked_at: datetime | None) -> bool:
    """Whether a job is at it; one that has been gone for long is waited for no more."""
    return state == "asked" and asked_at is not None and asked_at > now() - GIVEN_UP_AFTER


def get_asked(session: Session, round_: GroupRound) -> Asked:
    """What the groups of a round depend on, as it stands now."""
    return gather(
        session,
        round_.meeting_id,
        round_.item_id,
        {
            "mixing": round_.mixing,
            "spreading": round_.spreading,
            "parting": round_.parting,
            "meeting_anew": round_.meeting_anew,
        },
        round_.seed,
    )


def gather(session: Session, meeting_id: int, item_id: int, wishes: dict[Wish, int], seed: int = 1) -> Asked:
    people = list_people(session, meeting_id, item_id)
    groups = session.execute(
        select(Group.id, Group.facilitator_id, Group.rapporteur_id)
        .where(Group.item_id == item_id)
        .order_by(Group.position, Group.id)
        .limit(MOST_GROUPS)
    ).all()
    aims = list_aims(
        people,
        max(1, len(groups)),
        wishes,
        list_rival_sets(session, meeting_id) if wishes["parting"] else (),
        list_earlier_groups(session, meeting_id, item_id) if wishes["meeting_anew"] else (),
    )
    leaders: dict[int, int] = {}
    for group in groups:
        for user_id in (group.facilitator_id, group.rapporteur_id):
            if user_id is not None:
                leaders.setdefault(user_id, group.id)
    return Asked(people, [group.id for group in groups], aims, wishes, leaders, seed)


def weigh_asked(asked: Asked) -> Balance:
    """How good the groups are as people sit now."""
    return weigh(asked.people, asked.group_ids, asked.aims, asked.wishes)


# --- steps of the above


def _take_item(session: Session, actor: Actor, item_id: int) -> tuple[Meeting, AgendaItem]:
    """The item and its meeting, held, for those who plan groups."""
    require(may_plan_groups(actor))
    meeting_id = session.scalar(select(AgendaItem.meeting_id).where(AgendaItem.id == item_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    item = session.get(AgendaItem, item_id, populate_existing=True)
    if item is None or item.is_removed:
        raise NotFound
    return meeting, item


def _take_round(session: Session, meeting: Meeting, item: AgendaItem) -> GroupRound:
    """The item's round, begun where there is none yet; the meeting is held."""
    round_ = session.get(GroupRound, item.id, populate_existing=True)
    if round_ is None:
        round_ = GroupRound(item_id=item.id, meeting_id=meeting.id, seed=0)
        session.add(round_)
        session.flush()
        session.refresh(round_)
    return round_


def _refuse_while_asked(round_: GroupRound) -> None:
    """Nothing is changed while a job is at it; unless it has been gone for long."""
    if is_being_made(round_.state, round_.asked_at):
        raise Refused("groups_being_made")


def _list_group_ids(session: Session, item_id: int) -> list[int]:
    return list(
        session.scalars(select(Group.id).where(Group.item_id == item_id).order_by(Group.position, Group.id))
    )


def _fit_groups(session: Session, meeting: Meeting, item: AgendaItem, wanted: int) -> None:
    """Add groups to the item, or take the last ones away that nobody has touched."""
    rows = list(
        session.scalars(
            select(Group).where(Group.meeting_id == meeting.id).order_by(Group.position, Group.id)
        )
    )
    own = [row for row in rows if row.item_id == item.id]
    if len(rows) - len(own) + wanted > MOST_GROUPS:
        raise Refused("groups_too_many", most=MOST_GROUPS)
    for group in reversed(own[wanted:]):
        if not _is_untouched(group):
            raise Refused("groups_surplus", there=len(own), wanted=wanted)
        try:
            with session.begin_nested():
                session.delete(group)
                session.flush()
        except IntegrityError as used:
            raise Refused("groups_surplus", there=len(own), wanted=wanted) from used
        announce(session, GroupChanged(meeting.id, group.id))
    number = max((row.number for row in rows), default=0)
    task = own[0].task if own else ""
    new = [
        Group(
            meeting_id=meeting.id,
            item_id=item.id,
            key=f"gruppe-{uuid4().hex[:12]}",
            number=number + place,
            position=len(rows) + place,
            name=_plain_name(number + place),
            task=task,
        )
        for place in range(1, wanted - len(own) + 1)
    ]
    session.add_all(new)
    session.flush()
    for group in new:
        announce(session, GroupChanged(meeting.id, group.id))
    meeting.edited_at = now()


def _plain_name(number: int) -> str:
    return f"Gruppe {number}"


def _is_untouched(group: Group) -> bool:
    has_people = group.facilitator or group.rapporteur
    return group.name == _plain_name(group.number) and not has_people and group.theme_id is None


def _find_people(session: Session, meeting_id: int, item_id: int, who: Iterable[str]) -> list[PersonView]:
    """The people named by a form; one who has signed off meanwhile is left out. Raises NotFound for none."""
    wanted = set(who)
    found = [person for person in list_people(session, meeting_id, item_id) if person.who in wanted]
    if not found:
        raise Refused("groups_choose_somebody")
    return found


def _placement_of(statement: Any, item_id: int, person: PersonView) -> Any:
    column, number = (
        (Placement.registration_id, person.registration_id)
        if person.registration_id is not None
        else (Placement.attendee_id, person.attendee_id)
    )
    return statement.where(Placement.item_id == item_id, column == number)


def _list_rows(session: Session, item_id: int) -> list[Row]:
    rows = session.execute(
        select(Placement.registration_id, Placement.attendee_id, Placement.group_id, Placement.is_locked)
        .where(Placement.item_id == item_id)
        .order_by(Placement.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _keep_before(session: Session, round_: GroupRound) -> None:
    round_.before = [list(row) for row in _list_rows(session, round_.item_id)]
    round_.version += 1


def _tell(session: Session, round_: GroupRound) -> None:
    """To the page on which groups are made, and to those in the room, whose own group it may be."""
    tell(session, f"groups:{round_.item_id}")
    tell(session, f"running:{round_.meeting_id}")
