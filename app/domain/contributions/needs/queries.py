"""Reading needs: what they are about, who has them, how far they have come.

What a municipality keeps to itself is left out of the row before it leaves this module.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.core.slices import Place, Slice, read_slice
from app.domain.contributions.models import Contribution, ContributionTheme, Wording
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality, NeedState
from app.domain.contributions.needs.policy import hidden_open_to, may_edit_facts, may_edit_need
from app.domain.contributions.needs.schemas import HIDING, STATES, SYSTEM_TYPES
from app.domain.contributions.needs.service import find_acted_for, find_represented
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.contributions.queries import SLICED, ContributionView, find_contributions
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.organisations.queries import danish_order
from app.domain.organisations.sizes import SIZES
from app.domain.users.queries import matching

PER_PAGE = 30
MOST_MUNICIPALITIES = 200
MOST_STATES = 200
MOST_WORDINGS = 50
MOST_OF_ONE = 200

C = Contribution
_MUNICIPALITY: Final = func.coalesce(Organisation.short_name, Organisation.name)


@dataclass(frozen=True, slots=True)
class NeedView:
    """A need beside its words. `municipalities`: how many have it; `is_own`: the actor's is among them."""

    contribution_id: int
    system_type: str
    system_other: str
    kle: str | None
    state: str
    state_on: date
    network_id: int | None
    network_key: str | None
    network: str | None
    municipalities: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class NeedLine:
    said: ContributionView
    need: NeedView


@dataclass(frozen=True, slots=True)
class NeedFilters:
    """What a list is narrowed to; None and empty narrow nothing. `kle`: the beginning of the number.
    `theme_ids`: a theme with all that it means. `mine`: those that the actor's municipality has. `ends_by`:
    a municipality's contract ends from this month to that one, as far as the month is told to all."""

    theme_ids: tuple[int, ...] = ()
    system_type: str | None = None
    state: str | None = None
    size: str | None = None
    region: str | None = None
    network_id: int | None = None
    organisation_id: int | None = None
    kle: str = ""
    q: str = ""
    mine: bool = False
    ends_by: date | None = None


@dataclass(frozen=True, slots=True)
class NeedList:
    """One page, how many there are, and how many by state and by kind of system whatever these are
    narrowed to; codes without any are left out."""

    rows: tuple[NeedLine, ...]
    total: int
    page: int
    by_state: dict[str, int]
    by_system: dict[str, int]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class NeedMunicipalityView:
    """A municipality that has a need, and its facts as far as the reader may know them.

    `hidden`: which are kept back; for the reader they are empty, and for its own people they are marked.
    `is_open`: the reader may read those too.
    """

    id: int
    organisation_id: int
    organisation_key: str
    municipality: str
    municipality_code: str | None
    region: str | None
    network_id: int | None
    size: str | None
    contract_end: date | None
    system_name: str
    supplier: str
    note: str
    hidden: tuple[str, ...]
    signed_as: str
    joined_at: datetime
    is_example: bool
    version: int
    is_open: bool
    may_edit: bool


@dataclass(frozen=True, slots=True)
class NeedStateView:
    """How far a need had come from a day on."""

    state: str
    happened_on: date
    note: str


@dataclass(frozen=True, slots=True)
class NeedWording:
    """How a need stood until it was changed in this version."""

    version: int
    words: dict[str, str]
    replaced_at: datetime


# --- lists


def list_needs(session: Session, actor: Actor, filters: NeedFilters, page: int = 1) -> NeedList:
    """Needs that the actor may see, those with the most municipalities first. Three statements."""
    base = _base(actor, filters).cte("base")
    by_state = _is(base.c.system_type, filters.system_type)
    by_system = _is(base.c.state, filters.state)
    chosen = and_(by_state, by_system)
    counts = session.execute(
        select(literal("state").label("what"), base.c.state.label("code"), func.count().label("n"))
        .where(by_state)
        .group_by(base.c.state)
        .union_all(
            select(literal("system"), base.c.system_type, func.count())
            .where(by_system)
            .group_by(base.c.system_type),
            select(literal("all"), literal(""), func.count()).select_from(base).where(chosen),
        )
    ).all()
    found = {(row.what, row.code): row.n for row in counts}
    rows = session.execute(
        select(base)
        .where(chosen)
        .order_by(base.c.municipalities.desc(), base.c.received_at.desc(), base.c.contribution_id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    needs = [_view(row) for row in rows]
    said = find_contributions(session, actor, [need.contribution_id for need in needs])
    return NeedList(
        tuple(NeedLine(said[need.contribution_id], need) for need in needs if need.contribution_id in said),
        found.get(("all", ""), 0),
        page,
        {state: found["state", state] for state in STATES if ("state", state) in found},
        {one: found["system", one] for one in SYSTEM_TYPES if ("system", one) in found},
    )


def read_needs(
    session: Session, actor: Actor, filters: NeedFilters, after: Place | None, most: int
) -> Slice[NeedLine]:
    """So many needs after a place, the newest first. Two statements."""
    chosen = _base(actor, filters).where(
        _is(NeedDetails.system_type, filters.system_type), _is(NeedDetails.state, filters.state)
    )
    found = read_slice(session, chosen, SLICED, after, most)
    said = find_contributions(session, actor, [row.contribution_id for row in found.rows])
    needs = {row.contribution_id: _view(row) for row in found.rows}
    lines = tuple(NeedLine(said[known], need) for known, need in needs.items() if known in said)
    return Slice(lines, found.last)


def list_newest_needs(
    session: Session, actor: Actor, filters: NeedFilters, most: int
) -> list[ContributionView]:
    """So many needs, what others could read last first. Two statements."""
    ids = session.scalars(
        _base(actor, filters)
        .with_only_columns(C.id)
        .where(_is(NeedDetails.system_type, filters.system_type), _is(NeedDetails.state, filters.state))
        .order_by(C.published_at.desc().nulls_last(), C.id.desc())
        .limit(most)
    ).all()
    said = find_contributions(session, actor, ids)
    return [said[known] for known in ids if known in said]


def count_themes(session: Session, actor: Actor) -> dict[int, int]:
    """{theme id: needs that stand right under it}, of those that the actor sees. One statement."""
    rows = session.execute(
        select(ContributionTheme.theme_id, func.count().label("needs"))
        .join(C, C.id == ContributionTheme.contribution_id)
        .where(C.kind == "need", visible_to(actor), is_listed())
        .group_by(ContributionTheme.theme_id)
        .order_by(ContributionTheme.theme_id)
        .limit(MOST_OF_ONE)
    ).all()
    return {row.theme_id: row.needs for row in rows}


def _is(column: Any, value: str | None) -> ColumnElement[bool]:
    return column == value if value else true()


def _base(actor: Actor, filters: NeedFilters) -> Select[Any]:
    statement = _needs(actor).where(is_listed())
    in_force = select(NeedMunicipality.id).where(
        NeedMunicipality.contribution_id == C.id, NeedMunicipality.left_at.is_(None)
    )
    of_organisation = in_force.join(Organisation, Organisation.id == NeedMunicipality.organisation_id)
    if filters.theme_ids:
        under = select(ContributionTheme.contribution_id).where(
            ContributionTheme.theme_id.in_(filters.theme_ids)
        )
        statement = statement.where(C.id.in_(under))
    if filters.size in SIZES:
        statement = statement.where(in_force.where(NeedMunicipality.size == filters.size).exists())
    if filters.region:
        statement = statement.where(of_organisation.where(Organisation.region == filters.region).exists())
    if filters.ends_by is not None:
        # A month that is kept back would be found out by narrowing to it.
        ends = in_force.where(
            NeedMunicipality.contract_end.between(today().replace(day=1), filters.ends_by),
            ~NeedMunicipality.hidden.contains(["contract_end"]),
        )
        statement = statement.where(ends.exists())
    if filters.network_id is not None:
        statement = statement.where(NeedDetails.network_id == filters.network_id)
    if filters.organisation_id is not None:
        own = in_force.where(NeedMunicipality.organisation_id == filters.organisation_id)
        statement = statement.where(own.exists())
    if filters.mine:
        own = in_force.where(NeedMunicipality.organisation_id == actor.organisation_id)
        statement = statement.where(own.exists())
    if filters.kle:
        statement = statement.where(NeedDetails.kle.startswith(filters.kle, autoescape=True))
    if filters.q:
        held = matching(filters.q)
        statement = statement.where(or_(C.title.ilike(held), C.body.ilike(held), C.reference.ilike(held)))
    return statement


def _needs(actor: Actor) -> Select[Any]:
    """Every need that the actor sees, with the columns of NeedView."""
    in_force = select(func.count()).where(
        NeedMunicipality.contribution_id == C.id, NeedMunicipality.left_at.is_(None)
    )
    own = in_force.where(NeedMunicipality.organisation_id == actor.organisation_id)
    return (
        select(
            NeedDetails.contribution_id,
            NeedDetails.system_type,
            NeedDetails.system_other,
            NeedDetails.kle,
            NeedDetails.state,
            NeedDetails.state_on,
            NeedDetails.network_id,
            Network.key.label("network_key"),
            Network.name.label("network"),
            in_force.correlate(C).scalar_subquery().label("municipalities"),
            (own.correlate(C).scalar_subquery() > 0).label("is_own"),
            C.received_at,
        )
        .select_from(C)
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .outerjoin(Network, Network.id == NeedDetails.network_id)
        .where(C.kind == "need", visible_to(actor))
    )


def _view(row: Any) -> NeedView:
    return NeedView(**{known.name: row._mapping[known.name] for known in fields(NeedView)})


def find_need(session: Session, actor: Actor, contribution_id: int) -> NeedView | None:
    """What a need is about, also one that is withdrawn, for who may see it. One statement."""
    row = session.execute(_needs(actor).where(C.id == contribution_id)).one_or_none()
    return _view(row) if row is not None else None


def find_needs(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, NeedView]:
    """The same for several, {contribution id: need}. One statement."""
    rows = session.execute(_needs(actor).where(C.id.in_(ids)))
    return {row.contribution_id: _view(row) for row in rows}


def list_candidates(session: Session, actor: Actor, organisation_ids: Iterable[int]) -> list[NeedLine]:
    """The open needs that others may know of and that any of these municipalities has, the oldest first: to
    put in order. Two statements."""
    had = select(NeedMunicipality.contribution_id).where(
        NeedMunicipality.organisation_id.in_(sorted(organisation_ids)), NeedMunicipality.left_at.is_(None)
    )
    rows = session.execute(
        _needs(actor)
        .where(
            is_listed(),
            C.visibility.in_(("public", "municipalities")),
            C.id.in_(had),
            NeedDetails.state.in_(("registered", "prioritised")),
        )
        .order_by(C.received_at, C.id)
        .limit(MOST_OF_ONE)
    ).all()
    said = find_contributions(session, actor, [row.contribution_id for row in rows])
    return [NeedLine(said[row.contribution_id], _view(row)) for row in rows if row.contribution_id in said]


# --- who has it


def list_municipalities_of(
    session: Session, actor: Actor, contribution_id: int
) -> list[NeedMunicipalityView]:
    """Who has a need that the actor sees, by name. Two statements."""
    represented = find_represented(session, actor)
    rows = session.execute(
        select(
            NeedMunicipality,
            Organisation.key.label("organisation_key"),
            _MUNICIPALITY.label("municipality"),
            Organisation.municipality_code,
            Organisation.region,
            hidden_open_to(actor).label("is_open"),
        )
        .join(C, C.id == NeedMunicipality.contribution_id)
        .join(Organisation, Organisation.id == NeedMunicipality.organisation_id)
        .where(
            NeedMunicipality.contribution_id == contribution_id,
            NeedMunicipality.left_at.is_(None),
            visible_to(actor),
        )
        .order_by(danish_order(_MUNICIPALITY), NeedMunicipality.id)
        .limit(MOST_MUNICIPALITIES)
    )
    return [_see_municipality(actor, row, represented) for row in rows]


_EMPTY: Final[dict[str, Any]] = {"contract_end": None, "system_name": "", "supplier": "", "note": ""}


def _see_municipality(
    actor: Actor, row: Any, represented: frozenset[tuple[int, int]]
) -> NeedMunicipalityView:
    held = row.NeedMunicipality
    facts = {
        name: getattr(held, name) if row.is_open or name not in held.hidden else _EMPTY[name]
        for name in HIDING
    }
    return NeedMunicipalityView(
        id=held.id,
        organisation_id=held.organisation_id,
        organisation_key=row.organisation_key,
        municipality=row.municipality,
        municipality_code=row.municipality_code,
        region=row.region,
        network_id=held.network_id,
        size=held.size,
        hidden=tuple(held.hidden) if row.is_open else (),
        signed_as=held.signed_as,
        joined_at=held.joined_at,
        is_example=held.is_example,
        version=held.version,
        is_open=row.is_open,
        may_edit=may_edit_facts(actor, held, represented),
        **facts,
    )


# --- its history


def list_states(session: Session, actor: Actor, contribution_id: int) -> list[NeedStateView]:
    """How a need that the actor sees has come along, the first first. One statement."""
    rows = session.execute(
        select(NeedState.state, NeedState.happened_on, NeedState.note)
        .join(C, C.id == NeedState.contribution_id)
        .where(NeedState.contribution_id == contribution_id, visible_to(actor))
        .order_by(NeedState.id)
        .limit(MOST_STATES)
    )
    return [NeedStateView(**row._mapping) for row in rows]


def list_wordings(session: Session, actor: Actor, contribution_id: int) -> list[NeedWording]:
    """How a need stood before it was changed, the last first: for who may change it, and staff; it may have
    been its municipality's alone then. Three statements."""
    row = session.execute(
        select(C, NeedDetails.network_id)
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .where(C.id == contribution_id, visible_to(actor))
    ).one_or_none()
    if row is None:
        return []
    need, network_id = row
    if not (actor.is_staff or may_edit_need(actor, need, network_id, find_acted_for(session, actor))):
        return []
    rows = session.execute(
        select(Wording.version, Wording.words, Wording.replaced_at)
        .where(Wording.contribution_id == contribution_id)
        .order_by(Wording.version.desc())
        .limit(MOST_WORDINGS)
    )
    return [NeedWording(**one._mapping) for one in rows]


def count_states(session: Session, actor: Actor) -> dict[str, int]:
    """{state: needs that others may know of}, also those without any, in the order of the states. One
    statement."""
    rows = session.execute(
        select(NeedDetails.state, func.count().label("needs"))
        .join(C, C.id == NeedDetails.contribution_id)
        .where(visible_to(actor), is_listed(), C.visibility.in_(("public", "municipalities")))
        .group_by(NeedDetails.state)
        .order_by(case({state: place for place, state in enumerate(STATES)}, value=NeedDetails.state))
    )
    found = {row.state: row.needs for row in rows}
    return {state: found.get(state, 0) for state in STATES}
