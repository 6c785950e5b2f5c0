"""Who sits in which group: made, mended by hand and shown. For staff, and nobody keeps the answer."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, get_args

from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.groups import GROUPS, GroupOut
from app.api.meetings import MeetingKey, find_meeting
from app.api.programme import RowId
from app.api.verbs import Doors, pick
from app.core.policy import Actor
from app.domain.contributions.schemas import Given
from app.domain.groups import placing
from app.domain.groups.balance import Wish
from app.domain.groups.people import PersonView, find_round, in_groups, list_rival_sets
from app.domain.groups.policy import may_plan_groups
from app.domain.groups.queries import GroupView, list_groups
from app.domain.groups.schemas import PeopleInput, RivalsInput, RoundInput, Who
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.queries import ItemView, MeetingView
from app.http.visit import AVisit, Visit, only

router = make_router("grupper")
RIVALS = GROUPS + "/konkurrenter"
ROUND = GROUPS + "/{item_id}"
_OF_ROUND = (*get_args(Wish), "state", "shown_at", "can_undo")


class SitterOut(Out):
    """Somebody who sits in a group, or is to."""

    who: str = Field(description="As the doors name them: r and the number of the sign-up, or a and a seat.")
    name: str = Field(description="Empty of who did not give any.")
    organisation_id: int | None
    organisation_name: str = Field(description="For whom they come; empty for nobody.")
    kind: str
    is_listed: bool = Field(description="Whether the others who come may read the name.")
    is_walk_in: bool = Field(description="Whether they came without a sign-up.")
    is_locked: bool = Field(description="Whether they stay where they are when groups are made again.")


class SittingOut(GroupOut):
    """A group with those who sit in it."""

    people: list[SitterOut] = Field(description="Who sits in it, by name.")


class GroupRoundOut(Out):
    """The groups of an item of the programme, with everybody who comes."""

    meeting_key: str
    item_id: int = Field(description="The number of the item of the programme.")
    item_title: str = Field(description="The item.")
    state: str = Field(description="empty, asked (a job is at it), made or failed.")
    mixing: int | None = Field(description="How much kinds are mixed, 0 to 2; null before the first time.")
    spreading: int | None = Field(description="How much those of one organisation are spread, as mixing.")
    parting: int | None = Field(description="How much competitors are kept apart, as mixing.")
    meeting_anew: int | None = Field(description="How much people meet others than before, as mixing.")
    score: int | None = Field(description="How good the groups are, 0 to 100; null while nobody is placed.")
    shown_at: datetime | None = Field(description="Since when each can see the own group, or null.")
    can_undo: bool = Field(description="Whether there is a step to take back.")
    groups: list[SittingOut] = Field(description="The groups, in order.")
    loose: list[SitterOut] = Field(description="Those who have no group yet.")


class RivalSetOut(Out):
    """Organisations that are kept apart."""

    id: int
    organisation_ids: list[int] = Field(description="Their numbers.")
    names: list[str] = Field(description="Their names.")


class RivalsOut(Out):
    """The organisations that are kept apart at a meeting; only those who arrange it know."""

    meeting_key: str
    items: list[RivalSetOut] = Field(description="Set by set.")


class LockIn(Given):
    """Some people, and whether they stay where they are."""

    who: Annotated[list[Who], Field(min_length=1, max_length=5000)]
    is_locked: bool = True


def _open(visit: Visit, key: str, item_id: int) -> tuple[MeetingView, ItemView]:
    """The meeting, and an item of its draft that may have groups. Raises NotFound."""
    meeting = find_meeting(visit, key)
    items = [item for item in list_draft_items(visit.session, meeting.id) if item.kind != "break"]
    return meeting, pick(items, item_id)


def show(visit: Visit, name: str) -> tuple[GroupRoundOut, None]:
    key, _slash, item_id = name.rpartition("/")
    meeting, item = _open(visit, key, int(item_id))
    found = find_round(visit.session, item.id)
    wishes: dict[Wish, int] = {wish: getattr(found, wish) if found else 0 for wish in get_args(Wish)}
    asked = placing.gather(visit.session, meeting.id, item.id, wishes)
    groups = [group for group in list_groups(visit.session, meeting.id) if group.item_id == item.id]
    seated = in_groups(asked.people, [group.id for group in groups])
    known: dict[str, Any] = (
        {name: getattr(found, name) for name in _OF_ROUND} if found else {"state": "empty"}
    )
    told = dict.fromkeys(get_args(Wish)) | {"shown_at": None, "can_undo": False} | known
    thing = GroupRoundOut(
        meeting_key=meeting.key,
        item_id=item.id,
        item_title=item.title,
        score=placing.weigh_asked(asked).score if found else None,
        groups=[_tell(group, seated[group.id]) for group in groups],
        loose=[SitterOut.model_validate(one) for one in asked.people if one.group_id not in seated],
        **told,
    )
    return thing, None


def _tell(group: GroupView, people: list[PersonView]) -> SittingOut:
    facts = {name: getattr(group, name) for name in GroupOut.model_fields}
    return SittingOut.model_validate(facts | {"people": people})


def show_rivals(visit: Visit, key: str) -> tuple[RivalsOut, None]:
    meeting = find_meeting(visit, key)
    sets = list_rival_sets(visit.session, meeting.id)
    return RivalsOut(meeting_key=meeting.key, items=[RivalSetOut.model_validate(one) for one in sets]), None


doors = Doors(router, GroupRoundOut, show, at="/moeder/{}", is_kept=False)
rivals = Doors(router, RivalsOut, show_rivals, at="/moeder/{}/grupper/konkurrenter", is_kept=False)


# --- competitors: before the items, whose numbers stand in the same place


@router.get(RIVALS, dependencies=[only(may_plan_groups)], response_model=RivalsOut)
def list_rivals(visit: AVisit, key: MeetingKey) -> Response:
    """The organisations that are kept apart when groups are made."""
    response = answer(visit, show_rivals(visit, key)[0])
    response.headers["Cache-Control"] = "no-store"
    return response


@rivals.post(RIVALS, may_plan_groups, makes=True)
def part_rivals(visit: Visit, key: MeetingKey, given: RivalsInput) -> str:
    """Keep organisations apart at a meeting, two or more."""
    meeting = find_meeting(visit, key)
    placing.add_rivals(visit.session, visit.actor, meeting.id, given)
    return meeting.key


@rivals.delete(RIVALS + "/{rival_set_id}", may_plan_groups)
def unpart_rivals(visit: Visit, key: MeetingKey, rival_set_id: RowId) -> str:
    """Keep these organisations apart no more."""
    meeting = find_meeting(visit, key)
    placing.remove_rivals(visit.session, visit.actor, meeting.id, rival_set_id)
    return meeting.key


# --- one item


@router.get(ROUND, dependencies=[only(may_plan_groups)], response_model=GroupRoundOut)
def show_round(visit: AVisit, key: MeetingKey, item_id: RowId) -> Response:
    """Who sits where at one item, and who has no group yet."""
    response = answer(visit, show(visit, f"{key}/{item_id}")[0])
    response.headers["Cache-Control"] = "no-store"
    return response


def _do(visit: Visit, key: str, item_id: int, verb: Callable[[Session, Actor, int], object]) -> str:
    """A verb that needs nothing but the item. Raises NotFound where it is not the meeting's."""
    meeting, item = _open(visit, key, item_id)
    verb(visit.session, visit.actor, item.id)
    return f"{meeting.key}/{item.id}"


@doors.post(ROUND + "/lav", may_plan_groups)
def make_groups(visit: Visit, key: MeetingKey, item_id: RowId, given: RoundInput) -> str:
    """Make groups after these rules; those that are locked stay. Of many people a job makes them: `state`
    says asked meanwhile."""
    return _do(
        visit, key, item_id, lambda session, actor, item: placing.plan_round(session, actor, item, given)
    )


@doors.post(ROUND + "/igen", may_plan_groups)
def make_groups_again(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Other groups after the same rules; those that are locked stay."""
    return _do(visit, key, item_id, placing.make_again)


@doors.post(ROUND + "/resten", may_plan_groups)
def place_the_rest(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Place those who have no group yet, and let all others stay."""
    return _do(visit, key, item_id, placing.place_rest)


@doors.post(ROUND + "/fortryd", may_plan_groups)
def undo_last(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Take the last change of who sits where back."""
    return _do(visit, key, item_id, placing.undo)


@doors.post(ROUND + "/vis", may_plan_groups)
def show_to_all(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Let each see the own group."""
    return _do(visit, key, item_id, partial(placing.show_round, is_shown=True))


@doors.post(ROUND + "/skjul", may_plan_groups)
def hide_from_all(visit: Visit, key: MeetingKey, item_id: RowId) -> str:
    """Let nobody see the own group any more."""
    return _do(visit, key, item_id, partial(placing.show_round, is_shown=False))


@doors.put(ROUND + "/personer", may_plan_groups)
def move_people(visit: Visit, key: MeetingKey, item_id: RowId, given: PeopleInput) -> str:
    """Put people into a group, or out of theirs where none is named."""
    return _do(
        visit, key, item_id, lambda session, actor, item: placing.move_people(session, actor, item, given)
    )


@doors.put(ROUND + "/laas", may_plan_groups)
def lock_people(visit: Visit, key: MeetingKey, item_id: RowId, given: LockIn) -> str:
    """Let people stay where they are when groups are made again, or no more."""
    people = PeopleInput(who=given.who)

    def lock(session: Session, actor: Actor, item: int) -> int:
        return placing.lock_people(session, actor, item, people, is_locked=given.is_locked)

    return _do(visit, key, item_id, lock)
