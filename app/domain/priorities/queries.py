"""Reading rounds: what is weighed, who decides, and what the needs came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality
from app.domain.contributions.policy import is_in_force
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.priorities.models import Decider, PriorityRound, RoundCriterion, RoundNeed, Vote
from app.domain.priorities.policy import (
    find_part,
    is_decider_in_sql,
    may_see_result,
    may_see_votes,
    needs_open_to_holder,
    visible_to,
)
from app.domain.users.houses import organisations_in
from app.domain.users.models import User

PER_PAGE = 30
# What a round can hold.
MOST_NEEDS = 100


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round with whose it is: of an organisation or, with `network_key`, of a network. `state`: draft,
    open, closed, published, cancelled."""

    id: int
    key: str
    title: str
    method: str
    points: int | None
    takes: int | None
    visibility: str
    state: str
    closes_on: date | None
    opened_at: datetime | None
    published_at: datetime | None
    owner: str
    owner_key: str
    network_key: str | None
    is_example: bool

    @property
    def path(self) -> str:
        return f"/behov/runder/{self.key}"


@dataclass(frozen=True, slots=True)
class CriterionView:
    id: int
    name: str
    help: str
    weight: int


@dataclass(frozen=True, slots=True)
class RoundNeedView:
    """A need of a round. One that the actor may not read any more has neither title nor reference. `score`
    and `place` where the actor may read the result; `is_tied` with another. `earlier`: its place in the round
    before, where that is published and the actor sees it. `goes_on`: among those that the round takes.
    `has_page`: the actor may open its own page too."""

    id: int
    reference: str | None
    title: str | None
    state: str | None
    score: int | None
    place: int | None
    is_tied: bool
    goes_on: bool
    earlier: int | None
    has_page: bool

    @property
    def path(self) -> str | None:
        return f"/behov/{self.reference}" if self.has_page else None


@dataclass(frozen=True, slots=True)
class FitNeed:
    """A need that may be put into a round; `visibility`: public, municipalities or own."""

    id: int
    reference: str
    title: str
    visibility: str
    state: str
    municipalities: int


@dataclass(frozen=True, slots=True)
class DeciderView:
    """Somebody who decides. `has_handed_in` and `votes` ({criterion: {need: place or points}}) where the
    actor may read them: of all once the round is closed, before it only one's own."""

    id: int
    user_id: int | None
    name: str
    title: str
    organisation: str
    has_handed_in: bool | None
    votes: dict[int, dict[int, int]] | None
    version: int


@dataclass(frozen=True, slots=True)
class RoundView:
    card: RoundCard
    about: str
    reason: str
    cancel_reason: str
    earlier: RoundCard | None
    criteria: tuple[CriterionView, ...]
    needs: tuple[RoundNeedView, ...]
    deciders: tuple[DeciderView, ...]
    own: DeciderView | None
    handed_in: int | None
    version: int
    may_hold: bool
    sees_result: bool


@dataclass(frozen=True, slots=True)
class PlaceOfNeed:
    """What a need came to in a published round."""

    card: RoundCard
    place: int
    of: int
    score: int


def list_rounds(
    session: Session,
    actor: Actor,
    *,
    network_id: int | None = None,
    organisation_id: int | None = None,
    page: int = 1,
) -> tuple[list[RoundCard], int]:
    """The rounds that the actor may see, the newest first; and how many. Two statements."""
    chosen = [visible_to(actor)]
    if network_id is not None:
        chosen.append(PriorityRound.network_id == network_id)
    if organisation_id is not None:
        chosen.append(PriorityRound.organisation_id == organisation_id)
    rows = session.execute(
        _cards()
        .where(*chosen)
        .order_by(PriorityRound.made_at.desc(), PriorityRound.id.desc())
        .limit(PER_PAGE)
        .offset((max(page, 1) - 1) * PER_PAGE)
    )
    total = session.scalar(select(func.count()).select_from(PriorityRound).where(*chosen)) or 0
    return [_card(row) for row in rows], total


def read_rounds(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[RoundCard]:
    """So many that the actor may see after a place, the newest first. One statement."""
    order = (By(PriorityRound.made_at, datetime, True), By(PriorityRound.id, int, True))
    found = read_slice(session, _cards().where(visible_to(actor)), order, after, most)
    return Slice(tuple(map(_card, found.rows)), found.last)


def list_tasks(session: Session, actor: Actor) -> list[RoundCard]:
    """The open rounds in which the actor is to decide and has not handed in, those that close first first.
    One statement."""
    return read(session, rounds_waiting_for(actor))


def rounds_waiting_for(actor: Actor) -> Asking[list[RoundCard]]:
    """The same, to be asked beside others."""
    if actor.user_id is None:
        return []
    return [_card_of(row, row) for row in (yield from asked(_tasks(actor)))]


@kept
def _tasks(actor: Actor) -> Select[Any]:
    mine = select(Decider.round_id).where(
        Decider.user_id == actor.user_id, Decider.replaced_at.is_(None), Decider.handed_in_at.is_(None)
    )
    columns = (getattr(PriorityRound, name) for name in (*_OF_CARD, "closed_at", "cancelled_at"))
    return (
        _cards(*columns)
        .where(
            PriorityRound.id.in_(mine),
            is_decider_in_sql(actor, PriorityRound.id),
            PriorityRound.opened_at.is_not(None),
            PriorityRound.closed_at.is_(None),
            PriorityRound.cancelled_at.is_(None),
        )
        .order_by(PriorityRound.closes_on.asc().nulls_last(), PriorityRound.id)
        .limit(PER_PAGE)
    )


def list_places(session: Session, actor: Actor, contribution_id: int) -> list[PlaceOfNeed]:
    """The published rounds in which a need was put in order, the last first. One statement."""
    counted = aliased(RoundNeed)
    of = (
        select(func.count())
        .where(counted.round_id == PriorityRound.id, counted.place.is_not(None))
        .correlate(PriorityRound)
        .scalar_subquery()
    )
    rows = session.execute(
        _cards()
        .add_columns(RoundNeed.place, RoundNeed.score, of.label("of"))
        .join(RoundNeed, RoundNeed.round_id == PriorityRound.id)
        .where(
            RoundNeed.contribution_id == contribution_id,
            RoundNeed.place.is_not(None),
            PriorityRound.published_at.is_not(None),
            visible_to(actor),
        )
        .order_by(PriorityRound.published_at.desc(), PriorityRound.id.desc())
        .limit(PER_PAGE)
    )
    return [PlaceOfNeed(_card(row), row.place, row.of, row.score) for row in rows]


def find_round(session: Session, actor: Actor, key: str) -> RoundView | None:
    """A round by its key; None for one that the actor may not see. At most seven statements."""
    row = session.execute(_cards().where(PriorityRound.key == key, visible_to(actor))).one_or_none()
    if row is None:
        return None
    held = row.PriorityRound
    part = find_part(session, actor, held)
    earlier = _find_earlier(session, actor, held)
    criteria = session.scalars(
        select(RoundCriterion)
        .where(RoundCriterion.round_id == held.id)
        .order_by(RoundCriterion.position, RoundCriterion.id)
    ).all()
    sees_result = may_see_result(held, part)
    deciders = _list_deciders(session, actor, held, part.is_holder, may_see_votes(held, part))
    own = next((one for one in deciders if part.is_decider and one.user_id == actor.user_id), None)
    knows_progress = part.is_holder or sees_result
    handed_in = sum(bool(one.has_handed_in) for one in deciders) if knows_progress else None
    return RoundView(
        card=_card(row),
        about=held.about,
        reason=held.reason,
        cancel_reason=held.cancel_reason,
        earlier=earlier,
        criteria=tuple(CriterionView(one.id, one.name, one.help, one.weight) for one in criteria),
        needs=_list_needs(session, actor, held, earlier, sees_result, part.is_holder),
        deciders=deciders,
        own=own,
        handed_in=handed_in,
        version=held.version,
        may_hold=part.is_holder,
        sees_result=sees_result,
    )


def list_fit_needs(
    session: Session, actor: Actor, organisation_id: int | None, network_id: int | None
) -> list[FitNeed]:
    """What may be put into a round of this house: open needs that any of its municipalities has, the oldest
    first. Which of them a round takes by who may see it, the verbs say. For who holds rounds there, which is
    asked first. One statement."""
    house = select(organisations_in(organisation_id, network_id).subquery().c[0])
    has = select(NeedMunicipality.contribution_id).where(
        NeedMunicipality.organisation_id.in_(house), NeedMunicipality.left_at.is_(None)
    )
    count = (
        select(func.count())
        .where(NeedMunicipality.contribution_id == Contribution.id, NeedMunicipality.left_at.is_(None))
        .correlate(Contribution)
        .scalar_subquery()
    )
    alone = and_(Contribution.visibility == "own", Contribution.on_behalf_of_id == organisation_id)
    rows = session.execute(
        select(
            Contribution.id,
            Contribution.reference,
            Contribution.title,
            Contribution.visibility,
            NeedDetails.state,
            count.label("municipalities"),
        )
        .join(NeedDetails, NeedDetails.contribution_id == Contribution.id)
        .where(
            Contribution.kind == "need",
            Contribution.id.in_(has),
            Contribution.published_at.is_not(None),
            is_in_force(),
            or_(Contribution.visibility.in_(("public", "municipalities")), alone),
            needs_open_to_holder(actor, network_id, is_holder=True),
            NeedDetails.state.in_(("registered", "prioritised")),
        )
        .order_by(Contribution.received_at, Contribution.id)
        .limit(MOST_NEEDS)
    )
    return [FitNeed(**row._mapping) for row in rows]


def _find_earlier(session: Session, actor: Actor, held: PriorityRound) -> RoundCard | None:
    row = session.execute(
        _cards().where(
            PriorityRound.id == held.follows_id, PriorityRound.published_at.is_not(None), visible_to(actor)
        )
    ).one_or_none()
    return _card(row) if row is not None else None


def _list_needs(
    session: Session,
    actor: Actor,
    held: PriorityRound,
    earlier: RoundCard | None,
    sees_result: bool,
    is_holder: bool,
) -> tuple[RoundNeedView, ...]:
    before = aliased(RoundNeed)
    order = RoundNeed.place.asc().nulls_last() if sees_result else RoundNeed.position
    rows = session.execute(
        select(
            RoundNeed,
            Contribution.reference,
            Contribution.title,
            NeedDetails.state,
            before.place.label("earlier"),
            func.coalesce(said_visible_to(actor), false()).label("has_page"),
        )
        .select_from(RoundNeed)
        .outerjoin(
            Contribution,
            and_(
                Contribution.id == RoundNeed.contribution_id,
                needs_open_to_holder(actor, held.network_id, is_holder),
            ),
        )
        .outerjoin(NeedDetails, NeedDetails.contribution_id == Contribution.id)
        .outerjoin(
            before,
            (before.contribution_id == RoundNeed.contribution_id)
            & (before.round_id == (earlier.id if earlier is not None else None)),
        )
        .where(RoundNeed.round_id == held.id)
        .order_by(order, RoundNeed.position, RoundNeed.contribution_id)
    ).all()
    places = [row.RoundNeed.place for row in rows]
    takes = held.takes or len(places)
    return tuple(
        RoundNeedView(
            id=row.RoundNeed.contribution_id,
            reference=row.reference,
            title=row.title,
            state=row.state,
            score=row.RoundNeed.score if sees_result else None,
            place=place if sees_result else None,
            is_tied=sees_result and place is not None and places.count(place) > 1,
            goes_on=sees_result and place is not None and place <= takes,
            earlier=row.earlier,
            has_page=row.reference is not None and row.has_page,
        )
        for row, place in zip(rows, places, strict=True)
    )


def _list_deciders(
    session: Session, actor: Actor, held: PriorityRound, is_holder: bool, sees_votes: bool
) -> tuple[DeciderView, ...]:
    rows = session.execute(
        select(Decider, User.name, Organisation.name.label("organisation"))
        .select_from(Decider)
        .outerjoin(User, User.id == Decider.user_id)
        .join(Organisation, Organisation.id == Decider.organisation_id)
        .where(Decider.round_id == held.id, Decider.replaced_at.is_(None))
        .order_by(Decider.position, Decider.id)
    ).all()
    own = [
        row.Decider.id for row in rows if actor.user_id is not None and row.Decider.user_id == actor.user_id
    ]
    read = [row.Decider.id for row in rows] if sees_votes else own
    votes = _read_votes(session, read)
    views = []
    for row in rows:
        one = row.Decider
        knows = is_holder or sees_votes or one.id in own or held.published_at is not None
        views.append(
            DeciderView(
                one.id,
                one.user_id,
                row.name or "",
                one.title,
                row.organisation,
                one.handed_in_at is not None if knows else None,
                votes.get(one.id, {}) if one.id in read else None,
                one.version,
            )
        )
    return tuple(views)


def _read_votes(session: Session, decider_ids: Sequence[int]) -> dict[int, dict[int, dict[int, int]]]:
    votes: dict[int, dict[int, dict[int, int]]] = {}
    if decider_ids:
        for vote in session.scalars(select(Vote).where(Vote.decider_id.in_(decider_ids))):
            of_criterion = votes.setdefault(vote.decider_id, {}).setdefault(vote.criterion_id, {})
            of_criterion[vote.contribution_id] = vote.value
    return votes


def _cards(*columns: Any) -> Select[Any]:
    """Rounds with whose they are: all of each, or these columns."""
    return (
        select(
            *(columns or (PriorityRound,)),
            func.coalesce(Network.name, Organisation.name).label("owner"),
            func.coalesce(Network.key, Organisation.key).label("owner_key"),
            Network.key.label("network_key"),
        )
        .select_from(PriorityRound)
        .outerjoin(Organisation, Organisation.id == PriorityRound.organisation_id)
        .outerjoin(Network, Network.id == PriorityRound.network_id)
    )


_OF_CARD = (
    "id", "key", "title", "method", "points", "takes", "visibility", "closes_on", "opened_at",
    "published_at", "is_example",
)  # fmt: skip


def _card(row: Any) -> RoundCard:
    return _card_of(row.PriorityRound, row)


def _card_of(held: Any, row: Any) -> RoundCard:
    values = {name: getattr(held, name) for name in _OF_CARD}
    return RoundCard(
        **values,
        state=state_of(held),
        owner=row.owner,
        owner_key=row.owner_key,
        network_key=row.network_key,
    )


def state_of(held: PriorityRound) -> str:
    """draft, open, closed, published or cancelled."""
    if held.cancelled_at is not None:
        return "cancelled"
    if held.published_at is not None:
        return "published"
    if held.closed_at is not None:
        return "closed"
    return "open" if held.opened_at is not None else "draft"
