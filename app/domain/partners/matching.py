"""Municipalities with the same need, the same system or the same contract end, each line saying why.

What a municipality keeps to itself is not used, on neither side: neither a need that is its own alone, nor a
month that it hides. Nobody can learn it from who is found, in which order, or how many they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.policy import Actor, NotFound
from app.domain.contributions.models import Contribution, ContributionTheme, Interest
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality
from app.domain.contributions.needs.policy import is_confidential, is_shared
from app.domain.contributions.needs.service import find_represented
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.organisations.sizes import size_of
from app.domain.partners.policy import may_look_for

Why = Literal[
    "same_need", "interest", "kle", "theme", "system_type", "contract_end", "size", "network", "region"
]

# What each weighs; a line needs one of the first five, for the others alone say nothing of a need.
WEIGHTS: Final[dict[Why, float]] = {
    "same_need": 8,
    "interest": 4,
    "kle": 4,
    "theme": 2,
    "system_type": 3,
    "contract_end": 3,
    "size": 1.5,
    "network": 1,
    "region": 1,
}
OF_NEED: Final = ("same_need", "interest", "kle", "theme", "system_type")
NEAR_MONTHS = 12
MOST_COMPARED = 2_000
MOST_SHOWN = 98

C = Contribution


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two municipalities match. `value`: what both have, as a code, a number or a name; of a contract
    end the other's month, with `months` between the two."""

    code: Why
    value: str = ""
    month: date | None = None
    months: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A municipality to work with, and the need of its that fits best: the same one, or another."""

    organisation_id: int
    key: str
    municipality: str
    region: str | None
    need_id: int
    reference: str
    title: str
    reasons: tuple[Reason, ...]
    points: float

    @property
    def codes(self) -> tuple[Why, ...]:
        return tuple(reason.code for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Matches:
    """Who was found for a municipality's need. `is_confidential`: the need is its own alone, and so nobody
    is looked for."""

    need_id: int
    organisation_id: int
    rows: tuple[Match, ...]
    is_confidential: bool


@dataclass(frozen=True, slots=True)
class _Own:
    need: Contribution
    details: NeedDetails
    held: NeedMunicipality
    region: str | None
    size: str | None
    theme_ids: frozenset[int]
    network_ids: frozenset[int]

    @property
    def contract_end(self) -> date | None:
        return None if "contract_end" in self.held.hidden else self.held.contract_end


def list_matches(session: Session, actor: Actor, need_id: int, organisation_id: int | None = None) -> Matches:
    """Who has the same or a like need as a municipality, the best first; four statements however many.

    `organisation_id`: whose need, where the actor acts for several; else the actor's own. Raises NotFound
    where that municipality does not have the need, or the actor may not look for it.
    """
    own = _find_own(session, actor, need_id, organisation_id or actor.organisation_id)
    if is_confidential(own.need.visibility):
        return Matches(need_id, own.held.organisation_id, (), is_confidential=True)
    if own.details.state == "dropped":
        return Matches(need_id, own.held.organisation_id, (), is_confidential=False)
    rows = session.execute(_candidates(actor, own)).all()
    best: dict[int, Match] = {}
    for row in rows:
        match = _compare(own, row)
        known = best.get(match.organisation_id)
        if match.points and (known is None or _rank(match) < _rank(known)):
            best[match.organisation_id] = match
    found = sorted(best.values(), key=_rank)[:MOST_SHOWN]
    return Matches(need_id, own.held.organisation_id, tuple(found), is_confidential=False)


def _rank(match: Match) -> tuple[Any, ...]:
    return (-match.points, match.municipality, match.need_id)


def _find_own(session: Session, actor: Actor, need_id: int, organisation_id: int | None) -> _Own:
    members = aliased(NetworkMember)
    row = session.execute(
        select(
            C,
            NeedDetails,
            NeedMunicipality,
            Organisation.region,
            Organisation.municipality_code,
            func.array(_theme_ids(C.id)).label("theme_ids"),
            func.array(
                select(members.network_id)
                .join(Network, Network.id == members.network_id)
                .where(
                    members.organisation_id == NeedMunicipality.organisation_id,
                    members.answer == "yes",
                    Network.closed_at.is_(None),
                )
                .correlate(NeedMunicipality)
                .scalar_subquery()
            ).label("network_ids"),
        )
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .join(NeedMunicipality, NeedMunicipality.contribution_id == C.id)
        .join(Organisation, Organisation.id == NeedMunicipality.organisation_id)
        .where(
            C.id == need_id,
            visible_to(actor),
            is_listed(),
            NeedMunicipality.organisation_id == organisation_id,
            NeedMunicipality.left_at.is_(None),
        )
    ).one_or_none()
    if row is None or not may_look_for(actor, row.NeedMunicipality, find_represented(session, actor)):
        raise NotFound
    return _Own(
        row.Contribution,
        row.NeedDetails,
        row.NeedMunicipality,
        row.region,
        row.NeedMunicipality.size or size_of(row.municipality_code),
        frozenset(row.theme_ids),
        frozenset(row.network_ids),
    )


def _theme_ids(need_id: Any) -> Any:
    return (
        select(ContributionTheme.theme_id)
        .where(ContributionTheme.contribution_id == need_id)
        .correlate(C)
        .scalar_subquery()
    )


def _candidates(actor: Actor, own: _Own) -> Select[Any]:
    """(municipality, a need of its) of all others that have anything of the need in common; and those that
    have marked this one."""
    is_same = C.id == own.need.id
    other_kind = own.details.system_type == "other"
    same_system = (
        func.lower(NeedDetails.system_other) == own.details.system_other.lower()
        if other_kind
        else NeedDetails.system_type == own.details.system_type
    )
    subject = _subject_of(own.details.kle)
    same_kle = NeedDetails.kle.startswith(subject, autoescape=True) if subject else literal(False)
    has_theme = (
        select(ContributionTheme.theme_id)
        .where(ContributionTheme.contribution_id == C.id, ContributionTheme.theme_id.in_(own.theme_ids))
        .correlate(C)
        .exists()
    )
    # A month that its municipality hides does not leave the database.
    shown_end = case(
        (NeedMunicipality.hidden.contains(["contract_end"]), None), else_=NeedMunicipality.contract_end
    )
    having = (
        select(
            NeedMunicipality.organisation_id,
            C.id.label("need_id"),
            NeedMunicipality.size.label("size"),
            shown_end.label("contract_end"),
            literal(None).label("interest"),
            same_system.label("same_system"),
            func.coalesce(same_kle, False).label("same_kle"),
            has_theme.label("same_theme"),
        )
        .select_from(NeedMunicipality)
        .join(C, C.id == NeedMunicipality.contribution_id)
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .where(
            NeedMunicipality.left_at.is_(None),
            NeedMunicipality.organisation_id != own.held.organisation_id,
            _is_open(actor),
            or_(is_same, same_system, same_kle, has_theme),
            or_(is_same, NeedDetails.state.in_(("registered", "prioritised", "in_progress"))),
        )
    )
    has_row = (
        select(NeedMunicipality.id)
        .where(
            NeedMunicipality.contribution_id == own.need.id,
            NeedMunicipality.organisation_id == Interest.organisation_id,
            NeedMunicipality.left_at.is_(None),
        )
        .correlate(Interest)
        .exists()
    )
    marked = select(
        Interest.organisation_id,
        Interest.contribution_id,
        literal(None),
        literal(None),
        Interest.kind,
        literal(False),
        literal(False),
        literal(False),
    ).where(
        Interest.contribution_id == own.need.id,
        Interest.organisation_id != own.held.organisation_id,
        ~has_row,
    )
    found = having.union_all(marked).subquery("found")
    in_network = (
        select(func.min(Network.name))
        .join(NetworkMember, NetworkMember.network_id == Network.id)
        .where(
            NetworkMember.organisation_id == found.c.organisation_id,
            NetworkMember.answer == "yes",
            Network.id.in_(own.network_ids),
        )
        .correlate(found)
        .scalar_subquery()
    )
    return (
        select(
            found,
            Organisation.key,
            func.coalesce(Organisation.short_name, Organisation.name).label("municipality"),
            Organisation.region,
            Organisation.municipality_code,
            C.reference,
            C.title,
            in_network.label("network"),
        )
        .select_from(found)
        .join(Organisation, Organisation.id == found.c.organisation_id)
        .join(C, C.id == found.c.need_id)
        .order_by((found.c.need_id == own.need.id).desc(), found.c.need_id, found.c.organisation_id)
        .limit(MOST_COMPARED)
    )


def _is_open(actor: Actor) -> ColumnElement[bool]:
    return and_(visible_to(actor), is_listed(), is_shared())


def _subject_of(kle: str | None) -> str | None:
    """What of a number is compared: its group (27.36); a main group alone says too little."""
    return kle[:5] if kle is not None and len(kle) >= 5 else None


def _compare(own: _Own, row: Any) -> Match:
    reasons = tuple(_reasons(own, row))
    points = sum(WEIGHTS[reason.code] for reason in reasons)
    if not any(reason.code in OF_NEED for reason in reasons):
        points = 0
    return Match(
        organisation_id=row.organisation_id,
        key=row.key,
        municipality=row.municipality,
        region=row.region,
        need_id=row.need_id,
        reference=row.reference,
        title=row.title,
        reasons=reasons,
        points=points,
    )


def _reasons(own: _Own, row: Any) -> Iterable[Reason]:
    if row.interest is not None:
        yield Reason("interest", row.interest)
    elif row.need_id == own.need.id:
        yield Reason("same_need", own.need.reference)
    else:
        if row.same_kle:
            yield Reason("kle", _subject_of(own.details.kle) or "")
        if row.same_theme:
            yield Reason("theme")
        if row.same_system:
            yield Reason("system_type", own.details.system_type)
    if own.contract_end is not None and row.contract_end is not None:
        months = count_months(own.contract_end, row.contract_end)
        if abs(months) <= NEAR_MONTHS:
            yield Reason("contract_end", month=row.contract_end, months=abs(months))
    if own.size is not None and own.size == (row.size or size_of(row.municipality_code)):
        yield Reason("size", own.size)
    if row.network is not None:
        yield Reason("network", row.network)
    if own.region and own.region == row.region:
        yield Reason("region", own.region)


def count_months(one: date, other: date) -> int:
    """Whole months from one month to another; negative where the other is earlier."""
    return (other.year - one.year) * 12 + other.month - one.month
