"""Rounds out of the archive: put in once, as far as they had come, with what each decider gave."""

from collections.abc import Mapping
from datetime import date, datetime, time

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN
from app.core.policy import Actor, require
from app.core.records import Key, record_config
from app.core.text import LongProse, RequiredLine
from app.domain.priorities.models import Decider, PriorityRound, RoundCriterion, RoundNeed, Vote
from app.domain.priorities.schemas import CriterionInput, Method, Visibility
from app.domain.priorities.service import work_out

AT = time(13)


class DeciderFacts(BaseModel):
    """Who decides, with the title of that day. `votes`: {criterion: the values in the order of the needs};
    none for who has not handed in."""

    model_config = record_config()

    user_id: int
    organisation_id: int
    title: RequiredLine
    votes: dict[str, list[int]] = {}


class RoundFacts(BaseModel):
    """A round of a network; `published_on` and `reason` where it has come so far."""

    model_config = record_config()

    key: Key
    network_id: int
    title: RequiredLine
    about: LongProse = ""
    method: Method
    points: int | None = None
    takes: int | None = None
    visibility: Visibility
    criteria: list[CriterionInput]
    need_ids: list[int]
    deciders: list[DeciderFacts]
    made_on: date
    opened_on: date
    closes_on: date
    published_on: date | None = None
    reason: LongProse = ""
    follows: Key | None = None
    is_example: bool = False


def put_round(session: Session, actor: Actor, given: RoundFacts) -> PriorityRound:
    """A round of the archive. One with the same key is given back as people left it. Only for the house; what
    its needs have come to is theirs to say."""
    require(actor.is_system)
    known = session.scalars(select(PriorityRound).where(PriorityRound.key == given.key)).one_or_none()
    if known is not None:
        return known
    follows = select(PriorityRound.id).where(PriorityRound.key == given.follows)
    told = {"key", "network_id", "title", "about", "method", "points", "takes", "visibility", "closes_on"}
    held = PriorityRound(
        **given.model_dump(include=told | {"reason", "is_example"}),
        follows_id=session.scalar(follows) if given.follows else None,
        made_at=_at(given.made_on),
        opened_at=_at(given.opened_on),
    )
    session.add(held)
    session.flush()
    criteria = _put_criteria(session, held, given)
    session.add_all(
        RoundNeed(round_id=held.id, contribution_id=need_id, position=position)
        for position, need_id in enumerate(given.need_ids, 1)
    )
    session.flush()
    done = [
        _put_decider(session, held, position, one, given, criteria)
        for position, one in enumerate(given.deciders, 1)
    ]
    if given.published_on is not None:
        work_out(session, held, [decider.id for decider in done if decider.handed_in_at is not None])
        held.closed_at = held.published_at = _at(given.published_on)
    session.flush()
    after = {"key": held.key, "method": held.method, "is_example": held.is_example}
    record(session, actor, "put", "priority_round", held.id, after=after)
    return held


def _at(day: date) -> datetime:
    return datetime.combine(day, AT, COPENHAGEN)


def _put_criteria(session: Session, held: PriorityRound, given: RoundFacts) -> dict[str, int]:
    rows = [
        RoundCriterion(round_id=held.id, position=position, **one.model_dump())
        for position, one in enumerate(given.criteria, 1)
    ]
    session.add_all(rows)
    session.flush()
    return {row.name: row.id for row in rows}


def _put_decider(
    session: Session,
    held: PriorityRound,
    position: int,
    one: DeciderFacts,
    given: RoundFacts,
    criteria: Mapping[str, int],
) -> Decider:
    decider = Decider(
        round_id=held.id,
        position=position,
        named_at=_at(given.made_on),
        handed_in_at=_at(given.opened_on) if one.votes else None,
        **one.model_dump(exclude={"votes"}),
    )
    session.add(decider)
    session.flush()
    session.add_all(
        Vote(decider_id=decider.id, criterion_id=criteria[name], contribution_id=need_id, value=value)
        for name, values in one.votes.items()
        for need_id, value in zip(given.need_ids, values, strict=True)
    )
    session.flush()
    return decider
