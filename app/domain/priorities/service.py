"""The verbs of a round: prepared, opened, voted in, closed, published with the reason for its order."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import slug
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedDetails
from app.domain.contributions.needs.service import prioritise_needs
from app.domain.contributions.policy import is_in_force
from app.domain.organisations.models import Organisation
from app.domain.priorities.counting import count_scores, place_all
from app.domain.priorities.events import (
    DeciderNamed,
    RoundCancelled,
    RoundClosed,
    RoundHandedIn,
    RoundOpened,
    RoundPublished,
)
from app.domain.priorities.models import Decider, PriorityRound, RoundCriterion, RoundNeed, Vote
from app.domain.priorities.policy import (
    find_part,
    may_hold,
    may_hold_rounds,
    may_see,
    needs_open_to_holder,
    visible_to,
)
from app.domain.priorities.schemas import CancelInput, PublishInput, RoundEdit, RoundInput, VotesInput
from app.domain.users.houses import check_of_house, leads_organisation
from app.domain.users.models import Membership

# --- preparing


def make_round(session: Session, actor: Actor, given: RoundInput) -> PriorityRound:
    """Prepare a round; nobody but who holds it sees it before it opens.

    Refused: unknown_network, unknown_round (the one before), unknown_need (or one that may not be in a round
    which is seen by these), not_of_house (a decider is of no organisation of the house).
    """
    require(may_hold_rounds(session, actor))
    organisation_id = None
    if given.network_id is None:
        organisation_id = leads_organisation(actor)
        require(organisation_id is not None)
    held = PriorityRound(
        **_facts_of(given),
        key=_new_key(session, given.title),
        organisation_id=organisation_id,
        network_id=given.network_id,
        made_by_id=actor.user_id,
        made_at=now(),
    )
    if given.network_id is not None and not may_hold(find_part(session, actor, held)):
        raise Refused("unknown_network")
    _refuse_unknown_earlier(session, actor, given.follows_id, held)
    session.add(held)
    session.flush()
    _put_all(session, actor, held, given)
    _note(session, actor, "add", held)
    return held


def edit_round(session: Session, actor: Actor, round_id: int, given: RoundEdit) -> PriorityRound:
    """Change a round that is not open yet. Refused: as `make_round`, stale, round_opened, other_owner."""
    held = _hold(session, actor, round_id, given.version)
    if held.opened_at is not None or held.cancelled_at is not None:
        raise Refused("round_opened")
    if given.network_id != held.network_id:
        raise Refused("other_owner")
    _refuse_unknown_earlier(session, actor, given.follows_id, held)
    for name, value in _facts_of(given).items():
        setattr(held, name, value)
    held.version += 1
    _put_all(session, actor, held, given)
    _note(session, actor, "edit", held)
    return held


def _facts_of(given: RoundInput) -> dict[str, Any]:
    return given.model_dump(exclude={"network_id", "criteria", "need_ids", "decider_ids", "version"})


def _new_key(session: Session, title: str) -> str:
    stem = slug(title)
    # A key is a word of an address, and this one leads to the form.
    taken = {"ny"} | set(session.scalars(select(PriorityRound.key).where(PriorityRound.key.startswith(stem))))
    numbered = (f"{stem}-{number}" for number in range(2, 10_000))
    return next(key for key in (stem, *numbered) if key not in taken)


def _refuse_unknown_earlier(
    session: Session, actor: Actor, follows_id: int | None, held: PriorityRound
) -> None:
    """The round before is one of the same house, and its order is published."""
    if follows_id is None:
        return
    earlier = session.scalars(
        select(PriorityRound).where(
            PriorityRound.id == follows_id, PriorityRound.published_at.is_not(None), visible_to(actor)
        )
    ).one_or_none()
    own = (held.organisation_id, held.network_id)
    if earlier is None or (earlier.organisation_id, earlier.network_id) != own or earlier.id == held.id:
        raise Refused("unknown_round")


def _put_all(session: Session, actor: Actor, held: PriorityRound, given: RoundInput) -> None:
    session.execute(delete(RoundCriterion).where(RoundCriterion.round_id == held.id))
    session.execute(delete(RoundNeed).where(RoundNeed.round_id == held.id))
    session.execute(delete(Decider).where(Decider.round_id == held.id))
    need_ids = list(dict.fromkeys(given.need_ids))
    if set(need_ids) - _find_fit(session, actor, held, need_ids):
        raise Refused("unknown_need")
    session.add_all(
        RoundCriterion(round_id=held.id, position=position, **one.model_dump())
        for position, one in enumerate(given.criteria, 1)
    )
    session.add_all(
        RoundNeed(round_id=held.id, contribution_id=need_id, position=position)
        for position, need_id in enumerate(need_ids, 1)
    )
    session.flush()
    for position, user_id in enumerate(dict.fromkeys(given.decider_ids), 1):
        _add_decider(session, held, user_id, position)


def _find_fit(session: Session, actor: Actor, held: PriorityRound, need_ids: Collection[int]) -> set[int]:
    """Those of the needs that may stand in the round: none that anybody who reads it may not read.

    A need that is one municipality's alone stands only in a round of its own; never in a network's.
    """
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == held.organisation_id))
    levels = ["public"]
    if held.visibility != "public" and (held.network_id is not None or kind == "municipality"):
        levels.append("municipalities")
    fits = Contribution.visibility.in_(levels)
    if held.visibility == "own" and kind == "municipality":
        alone = (Contribution.visibility == "own") & (Contribution.on_behalf_of_id == held.organisation_id)
        fits = fits | alone
    return set(
        session.scalars(
            select(Contribution.id)
            .join(NeedDetails, NeedDetails.contribution_id == Contribution.id)
            .where(
                Contribution.id.in_(need_ids),
                Contribution.kind == "need",
                NeedDetails.state.in_(("registered", "prioritised")),
                Contribution.published_at.is_not(None),
                is_in_force(),
                needs_open_to_holder(actor, held.network_id, is_holder=True),
                fits,
            )
        )
    )


def _add_decider(session: Session, held: PriorityRound, user_id: int, position: int) -> Decider:
    mine = Membership.user_id == user_id
    membership = check_of_house(session, held.organisation_id, held.network_id, mine)
    decider = Decider(
        round_id=held.id,
        position=position,
        user_id=user_id,
        organisation_id=membership.organisation_id,
        title=membership.title,
        named_at=now(),
    )
    session.add(decider)
    session.flush()
    return decider


# --- opening, and who decides meanwhile


def open_round(session: Session, actor: Actor, round_id: int, version: int) -> PriorityRound:
    """Let the deciders begin. From now on needs and criteria stand, and who may see the round sees them.

    Refused: stale, round_opened, round_too_few_needs, round_without_deciders, unknown_need (one may be in it
    no longer), decider_sees_too_little (a need is for municipalities, and a decider is of none).
    """
    held = _hold(session, actor, round_id, version)
    if held.opened_at is not None or held.cancelled_at is not None:
        raise Refused("round_opened")
    need_ids = list_need_ids(session, held.id)
    if len(need_ids) < 2:
        raise Refused("round_too_few_needs")
    if set(need_ids) - _find_fit(session, actor, held, need_ids):
        raise Refused("unknown_need")
    deciders = list_standing(session, held.id)
    if not deciders:
        raise Refused("round_without_deciders")
    for one in deciders:
        _refuse_who_sees_too_little(session, held, one, need_ids)
    held.opened_at = now()
    _change(session, held)
    _note(session, actor, "open", held)
    announce(session, RoundOpened(held.id, tuple(one.id for one in deciders)))
    return held


def _refuse_who_sees_too_little(
    session: Session, held: PriorityRound, decider: Decider, need_ids: Collection[int]
) -> None:
    levels = ["public"]
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == decider.organisation_id))
    if kind == "municipality":
        levels.append("municipalities")
    own = (Contribution.visibility == "own") & (Contribution.on_behalf_of_id == decider.organisation_id)
    seen = select(func.count()).where(
        Contribution.id.in_(need_ids), Contribution.visibility.in_(levels) | own
    )
    if session.scalar(seen) != len(need_ids):
        raise Refused("decider_sees_too_little")


def replace_decider(
    session: Session, actor: Actor, round_id: int, decider_id: int, user_id: int | None
) -> Decider | None:
    """Take a decider of an open round out, with somebody else in their place or nobody. What the first gave
    is read by nobody and counts no more.

    Refused: round_not_open, decider_handed_in, decider_twice, not_of_house, decider_sees_too_little,
    round_without_deciders (it was the last).
    """
    held = _hold(session, actor, round_id)
    _refuse_unless_open(held)
    standing = list_standing(session, held.id)
    old = next((one for one in standing if one.id == decider_id), None)
    if old is None:
        raise NotFound
    if old.handed_in_at is not None:
        raise Refused("decider_handed_in")
    if user_id is None and len(standing) == 1:
        raise Refused("round_without_deciders")
    if user_id is not None and any(one.user_id == user_id for one in standing):
        raise Refused("decider_twice")
    old.replaced_at = now()
    session.flush()
    session.execute(delete(Vote).where(Vote.decider_id == old.id))
    new = None
    if user_id is not None:
        new = _add_decider(session, held, user_id, old.position)
        _refuse_who_sees_too_little(session, held, new, list_need_ids(session, held.id))
    _change(session, held)
    after = {"replaced": old.id, "decider": new.id if new is not None else None}
    record(session, actor, "replace_decider", "priority_round", held.id, after=after)
    if new is not None:
        announce(session, DeciderNamed(held.id, new.id))
    return new


# --- deciding


def save_votes(session: Session, actor: Actor, round_id: int, given: VotesInput) -> Decider:
    """Keep what the decider has come to; half of it may wait, and nobody else reads it.

    Refused: round_not_open, decider_handed_in, stale, unknown_vote (of another round's need or criterion).
    """
    held, own = _take_own(session, actor, round_id)
    _refuse_unless_deciding(held, own, given.version)
    _put_votes(session, held, own, given)
    own.version += 1
    session.flush()
    record(session, actor, "save_votes", "priority_round", held.id)
    return own


def hand_in(session: Session, actor: Actor, round_id: int, given: VotesInput) -> Decider:
    """Be done. It may be taken back until the round is closed.

    Refused: as `save_votes`, and on one criterion (`criterion`) votes_missing (a need has no place, or none
    has points), votes_not_in_order (a place is given twice or left out), points_left and points_over (with
    the `count` that is left, or too many).
    """
    held, own = _take_own(session, actor, round_id)
    _refuse_unless_deciding(held, own, given.version)
    _put_votes(session, held, own, given)
    need_ids = list_need_ids(session, held.id)
    for criterion in _list_criteria(session, held.id):
        values = {one.need_id: one.value for one in given.votes if one.criterion_id == criterion.id}
        _refuse_unless_whole(held, criterion, values, need_ids)
    own.handed_in_at = now()
    own.version += 1
    session.flush()
    record(session, actor, "hand_in", "priority_round", held.id)
    if all(one.handed_in_at is not None for one in list_standing(session, held.id)):
        announce(session, RoundHandedIn(held.id))
    return own


def take_votes_back(session: Session, actor: Actor, round_id: int, version: int) -> Decider:
    """Go on with what one has handed in. Refused: round_not_open, stale, votes_not_handed_in."""
    held, own = _take_own(session, actor, round_id)
    _refuse_unless_open(held)
    if own.version != version:
        raise Refused("stale")
    if own.handed_in_at is None:
        raise Refused("votes_not_handed_in")
    own.handed_in_at, own.version = None, own.version + 1
    session.flush()
    record(session, actor, "take_votes_back", "priority_round", held.id)
    return own


def _refuse_unless_open(held: PriorityRound) -> None:
    if held.opened_at is None or held.closed_at is not None or held.cancelled_at is not None:
        raise Refused("round_not_open")


def _refuse_unless_deciding(held: PriorityRound, own: Decider, version: int) -> None:
    _refuse_unless_open(held)
    if own.handed_in_at is not None:
        raise Refused("decider_handed_in")
    if own.version != version:
        raise Refused("stale")


def _put_votes(session: Session, held: PriorityRound, own: Decider, given: VotesInput) -> None:
    criteria = {one.id for one in _list_criteria(session, held.id)}
    needs = set(list_need_ids(session, held.id))
    pairs = [(one.criterion_id, one.need_id) for one in given.votes]
    if len(set(pairs)) < len(pairs) or any(c not in criteria or n not in needs for c, n in pairs):
        raise Refused("unknown_vote")
    session.execute(delete(Vote).where(Vote.decider_id == own.id))
    session.add_all(
        Vote(
            decider_id=own.id,
            criterion_id=one.criterion_id,
            contribution_id=one.need_id,
            value=one.value,
        )
        for one in given.votes
    )
    session.flush()


def _refuse_unless_whole(
    held: PriorityRound, criterion: RoundCriterion, values: dict[int, int], need_ids: Sequence[int]
) -> None:
    if held.method == "ranking":
        if set(values) != set(need_ids):
            raise Refused("votes_missing", criterion=criterion.name)
        if sorted(values.values()) != list(range(1, len(need_ids) + 1)):
            raise Refused("votes_not_in_order", criterion=criterion.name)
        return
    assert held.points is not None
    left = held.points - sum(values.values())
    if not values:
        raise Refused("votes_missing", criterion=criterion.name)
    if left:
        code = "points_left" if left > 0 else "points_over"
        raise Refused(code, criterion=criterion.name, count=abs(left))


# --- the result


def close_round(session: Session, actor: Actor, round_id: int, version: int) -> PriorityRound:
    """Work out the order of what has been handed in; from now on the deciders read one another's.

    A need that was withdrawn or hidden meanwhile gets no place. Refused: stale, round_not_open,
    round_without_votes, round_still_open (before its day while somebody has not handed in).
    """
    held = _hold(session, actor, round_id, version)
    _refuse_unless_open(held)
    deciders = list_standing(session, held.id)
    done = [one.id for one in deciders if one.handed_in_at is not None]
    if not done:
        raise Refused("round_without_votes")
    is_due = held.closes_on is not None and held.closes_on < today()
    if len(done) < len(deciders) and not is_due:
        raise Refused("round_still_open", count=len(deciders) - len(done))
    work_out(session, held, done)
    held.closed_at = now()
    _change(session, held)
    _note(session, actor, "close", held)
    announce(session, RoundClosed(held.id))
    return held


def work_out(session: Session, held: PriorityRound, decider_ids: Collection[int]) -> None:
    """Score and place of the needs that are in force still, by what these deciders gave."""
    rows = session.scalars(select(RoundNeed).where(RoundNeed.round_id == held.id)).all()
    of_them = [row.contribution_id for row in rows]
    still = set(session.scalars(select(Contribution.id).where(Contribution.id.in_(of_them), is_in_force())))
    weights = {one.id: one.weight for one in _list_criteria(session, held.id)}
    votes: dict[tuple[int, int], dict[int, int]] = {}
    for vote in session.scalars(select(Vote).where(Vote.decider_id.in_(decider_ids))):
        votes.setdefault((vote.decider_id, vote.criterion_id), {})[vote.contribution_id] = vote.value
    scores = count_scores(held.method, weights, still, votes)
    places = place_all(scores)
    for row in rows:
        row.score, row.place = scores.get(row.contribution_id), places.get(row.contribution_id)
    session.flush()


def publish_round(session: Session, actor: Actor, round_id: int, given: PublishInput) -> PriorityRound:
    """Publish the order with the reason for it; the needs that go on are prioritised from now on. Those on
    the same place as the last that goes on go along.

    Refused: stale, round_not_closed, round_published.
    """
    held = _hold(session, actor, round_id, given.version)
    if held.closed_at is None:
        raise Refused("round_not_closed")
    if held.published_at is not None:
        raise Refused("round_published")
    held.reason, held.published_at = given.reason, now()
    _change(session, held)
    _note(session, actor, "publish", held)
    placed = select(RoundNeed.contribution_id).where(
        RoundNeed.round_id == held.id, RoundNeed.place <= (held.takes or 10_000)
    )
    # The title of a round that is not for all stays out of what all read of the need.
    note = held.title if held.visibility == "public" else ""
    prioritise_needs(session, actor, list(session.scalars(placed)), today(), note)
    announce(session, RoundPublished(held.id))
    return held


def cancel_round(session: Session, actor: Actor, round_id: int, given: CancelInput) -> PriorityRound:
    """Call it off, with a reason. Refused: stale, round_published, round_cancelled."""
    held = _hold(session, actor, round_id, given.version)
    if held.published_at is not None:
        raise Refused("round_published")
    if held.cancelled_at is not None:
        raise Refused("round_cancelled")
    held.cancelled_at, held.cancel_reason = now(), given.reason
    _change(session, held)
    _note(session, actor, "cancel", held)
    announce(session, RoundCancelled(held.id))
    return held


# --- taking hold of it


def list_standing(session: Session, round_id: int) -> list[Decider]:
    """Those who decide, without who was replaced, in their order."""
    return list(
        session.scalars(
            select(Decider)
            .where(Decider.round_id == round_id, Decider.replaced_at.is_(None))
            .order_by(Decider.position, Decider.id)
        )
    )


def list_need_ids(session: Session, round_id: int) -> list[int]:
    return list(
        session.scalars(
            select(RoundNeed.contribution_id)
            .where(RoundNeed.round_id == round_id)
            .order_by(RoundNeed.position, RoundNeed.contribution_id)
        )
    )


def _list_criteria(session: Session, round_id: int) -> Iterable[RoundCriterion]:
    return session.scalars(
        select(RoundCriterion)
        .where(RoundCriterion.round_id == round_id)
        .order_by(RoundCriterion.position, RoundCriterion.id)
    ).all()


def _hold(session: Session, actor: Actor, round_id: int, version: int | None = None) -> PriorityRound:
    """The round for who holds it, locked until the transaction ends. Raises NotFound. Refused: stale."""
    held = _lock(session, actor, round_id)
    require(may_hold(find_part(session, actor, held)))
    if version is not None and held.version != version:
        raise Refused("stale")
    return held


def _take_own(session: Session, actor: Actor, round_id: int) -> tuple[PriorityRound, Decider]:
    """The round and the actor's own part in it. NotAllowed for who is no decider."""
    held = _lock(session, actor, round_id)
    require(find_part(session, actor, held).is_decider)
    own = select(Decider).where(
        Decider.round_id == held.id, Decider.user_id == actor.user_id, Decider.replaced_at.is_(None)
    )
    return held, session.scalars(own).one()


def _lock(session: Session, actor: Actor, round_id: int) -> PriorityRound:
    held = session.get(PriorityRound, round_id, with_for_update=True, populate_existing=True)
    if held is None or not may_see(actor, held, find_part(session, actor, held)):
        raise NotFound
    return held


def _change(session: Session, held: PriorityRound) -> None:
    held.version += 1
    session.flush()


def _note(session: Session, actor: Actor, verb: str, held: PriorityRound) -> None:
    after = {"key": held.key, "method": held.method, "visibility": held.visibility}
    record(session, actor, verb, "priority_round", held.id, after=after)
