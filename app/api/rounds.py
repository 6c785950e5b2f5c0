"""Rounds in which named people put needs in order: holding them, one's own ballot, and what they came to."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import AskedPlain, Key
from app.api.verbs import Doors, Upon, pick
from app.core.policy import NotFound, require
from app.domain.contributions.schemas import Given, Id
from app.domain.priorities import queries, service
from app.domain.priorities.policy import may_decide_somewhere
from app.domain.priorities.queries import RoundCard, RoundView
from app.domain.priorities.schemas import CancelInput, PublishInput, RoundEdit, RoundInput, VotesInput
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("behov")
LIST = "/behov/runder"
ONE = LIST + "/{key}"
BALLOT = ONE + "/min"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class RoundOut(Out):
    """A round of priorities."""

    id: int
    key: str
    title: str
    method: str
    points: int | None = Field(description="How many each shares out on each criterion; null for an order.")
    takes: int | None = Field(description="How many needs go on; null for all.")
    visibility: str
    state: str
    closes_on: date | None = Field(description="The last day to decide, or null.")
    opened_at: datetime | None = Field(description="When it was opened, or null.")
    published_at: datetime | None
    owner: str = Field(description="Whose it is: an organisation or a network.")
    network_key: str | None = Field(description="The key of the network, or null.")
    is_example: bool
    page: str = ""


class WeighedOut(Out):
    """What is weighed."""

    id: int
    name: str
    help: str = Field(description="What is meant by it.")
    weight: int = Field(description="How much it counts.")


class RoundNeedOut(Out):
    """A need of a round; without its words where the reader may not read it any more."""

    id: int
    reference: str | None
    title: str | None
    state: str | None
    score: int | None = Field(description="What it came to; null where the result is not told.")
    place: int | None = Field(description="Its place; null where the result is not told.")
    is_tied: bool = Field(description="Whether another has the same place.")
    goes_on: bool = Field(description="Whether it is among those that go on.")
    earlier: int | None = Field(description="Its place in the round before, or null.")


class VoteOut(Out):
    """What somebody gave a need on a criterion."""

    criterion_id: int = Field(description="The number of the criterion in this round.")
    need_id: int = Field(description="The number of the need in this round.")
    value: int = Field(description="A place (1 the first) or points, by the method.")


class DeciderOut(Out):
    """Somebody who decides."""

    id: int
    name: str
    title: str = Field(description="What they are.")
    organisation: str
    has_handed_in: bool | None = Field(description="Null where that is not told.")
    votes: list[VoteOut] | None = Field(description="Null where they are not told.")


class WholeRoundOut(RoundOut):
    """A round with what is weighed, who decides, and what it came to as far as the reader may know."""

    about: str
    reason: str
    criteria: list[WeighedOut] = Field(description="What is weighed.")
    needs: list[RoundNeedOut] = Field(description="By place where that is told, else as put in.")
    deciders: list[DeciderOut] = Field(description="Who decides.")
    handed_in: int | None = Field(description="How many have handed in; null where that is not told.")
    version: int


class BallotOut(Out):
    """One's own ballot in a round."""

    round_key: str = Field(description="The key of the round.")
    has_handed_in: bool | None = Field(description="Whether one has handed in.")
    votes: list[VoteOut] = Field(description="What one has given so far.")
    version: int


class OtherIn(Given):
    """Who decides instead; null for nobody."""

    user_id: Id | None = None


def _facts(visit: Visit, card: RoundCard) -> dict[str, Any]:
    told = {name: getattr(card, name) for name in RoundOut.model_fields if name != "page"}
    return told | {"page": visit.kit.site.base_url + card.path}


def _votes(votes: dict[int, dict[int, int]] | None) -> list[VoteOut]:
    return [
        VoteOut(criterion_id=criterion_id, need_id=need_id, value=value)
        for criterion_id, given in (votes or {}).items()
        for need_id, value in given.items()
    ]


def find_round(visit: Visit, key: str) -> RoundView:
    found = queries.find_round(visit.session, visit.actor, key)
    if found is None:
        raise NotFound
    return found


def _find_held(visit: Visit, key: str) -> RoundView:
    held = find_round(visit, key)
    require(held.may_hold)
    return held


def show(visit: Visit, key: str) -> tuple[WholeRoundOut, int]:
    held = find_round(visit, key)
    deciders = [
        DeciderOut(
            id=one.id,
            name=one.name,
            title=one.title,
            organisation=one.organisation,
            has_handed_in=one.has_handed_in,
            votes=_votes(one.votes) if one.votes is not None else None,
        )
        for one in held.deciders
    ]
    names = ("about", "reason", "criteria", "needs", "handed_in", "version")
    told = _facts(visit, held.card) | {name: getattr(held, name) for name in names}
    return WholeRoundOut.model_validate(told | {"deciders": deciders}), held.version


def show_ballot(visit: Visit, key: str) -> tuple[BallotOut, int]:
    own = find_round(visit, key).own
    require(own is not None)
    assert own is not None
    told = BallotOut(
        round_key=key, has_handed_in=own.has_handed_in, votes=_votes(own.votes), version=own.version
    )
    return told, own.version


doors = Doors(router, WholeRoundOut, show, at="/behov/runder/{}", worded="round_")
ballots = Doors(router, BallotOut, show_ballot, worded="round_")


@router.get(LIST, dependencies=[anyone], response_model=many(RoundOut))
def list_rounds(visit: AVisit, asked: AskedPlain) -> Response:
    """Rounds that the reader may see, the newest first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: queries.read_rounds(session, actor, after, most))
    return answer_list(visit, asked, part, [RoundOut(**_facts(visit, card)) for card in part.rows])


@router.get(ONE, dependencies=[anyone], response_model=WholeRoundOut)
def show_round(visit: AVisit, key: Key) -> Response:
    """One round with what it came to."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


# --- holding


@doors.post(LIST, may_decide_somewhere, makes=True)
def make_round(visit: Visit, given: RoundInput) -> str:
    """Prepare a round of one's organisation, or of a network that it acts for."""
    return service.make_round(visit.session, visit.actor, given).key


@doors.put(ONE, may_decide_somewhere)
def edit_round(visit: Visit, upon: Upon, key: Key, given: RoundEdit) -> str:
    """Change a round that is being prepared."""
    held = _find_held(visit, key)
    service.edit_round(visit.session, visit.actor, held.card.id, upon(held.version, given))
    return key


@doors.post(ONE + "/aabn", may_decide_somewhere)
def open_round(visit: Visit, upon: Upon, key: Key) -> str:
    """Open a round: those who decide are asked."""
    held = _find_held(visit, key)
    service.open_round(visit.session, visit.actor, held.card.id, upon.of(held.version))
    return key


@doors.post(ONE + "/taelop", may_decide_somewhere)
def close_round(visit: Visit, upon: Upon, key: Key) -> str:
    """Close a round and count."""
    held = _find_held(visit, key)
    service.close_round(visit.session, visit.actor, held.card.id, upon.of(held.version))
    return key


@doors.post(ONE + "/udgiv", may_decide_somewhere)
def publish_round(visit: Visit, upon: Upon, key: Key, given: PublishInput) -> str:
    """Publish what a round came to, and why."""
    held = _find_held(visit, key)
    service.publish_round(visit.session, visit.actor, held.card.id, upon(held.version, given))
    return key


@doors.post(ONE + "/aflys", may_decide_somewhere)
def cancel_round(visit: Visit, upon: Upon, key: Key, given: CancelInput) -> str:
    """Call a round off."""
    held = _find_held(visit, key)
    service.cancel_round(visit.session, visit.actor, held.card.id, upon(held.version, given))
    return key


@doors.put(ONE + "/deltagere/{decider_id}", may_decide_somewhere)
def replace_decider(visit: Visit, key: Key, decider_id: RowId, given: OtherIn) -> str:
    """Let somebody else decide, or nobody, in the place of one."""
    held = _find_held(visit, key)
    place = pick(held.deciders, decider_id)
    service.replace_decider(visit.session, visit.actor, held.card.id, place.id, given.user_id)
    return key


# --- one's own ballot


@router.get(BALLOT, dependencies=[only(may_decide_somewhere)], response_model=BallotOut)
def show_own(visit: AVisit, key: Key) -> Response:
    """One's own ballot."""
    thing, version = show_ballot(visit, key)
    return answer(visit, thing, version=version)


@ballots.put(BALLOT, may_decide_somewhere)
def save_votes(visit: Visit, upon: Upon, key: Key, given: VotesInput) -> str:
    """Keep one's votes; what is not among them is not given any more."""
    _told, version = show_ballot(visit, key)
    service.save_votes(visit.session, visit.actor, find_round(visit, key).card.id, upon(version, given))
    return key


@ballots.post(BALLOT + "/aflever", may_decide_somewhere)
def hand_in(visit: Visit, upon: Upon, key: Key, given: VotesInput) -> str:
    """Hand one's votes in, all of them."""
    _told, version = show_ballot(visit, key)
    service.hand_in(visit.session, visit.actor, find_round(visit, key).card.id, upon(version, given))
    return key


@ballots.post(BALLOT + "/tag-tilbage", may_decide_somewhere)
def take_back(visit: Visit, upon: Upon, key: Key) -> str:
    """Take what one has handed in back, while the round is open."""
    _told, version = show_ballot(visit, key)
    service.take_votes_back(visit.session, visit.actor, find_round(visit, key).card.id, upon.of(version))
    return key
