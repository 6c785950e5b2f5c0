"""What municipalities like one's own have marked: of the same region, of about the same size, or both."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.gathered import lead_or_self
from app.domain.contributions.models import Contribution, Interest
from app.domain.contributions.policy import OPEN_STATUSES, is_listed, visible_to
from app.domain.contributions.queries import ContributionView, find_contributions
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.organisations.sizes import codes_of, size_of

C = Contribution

# What still can become something; what is done or declined needs nobody's mark any more.
STILL_OPEN = (*OPEN_STATUSES, "answered", "planned", "in_progress")
MOST_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Alike:
    """A municipality that has marked it, and in what it is like one's own."""

    key: str
    name: str
    interest: str
    is_same_region: bool
    is_same_size: bool


@dataclass(frozen=True, slots=True)
class MarkedByAlike:
    """A wish, and which municipalities like one's own have marked it; those like it in both ways first."""

    said: ContributionView
    by: tuple[Alike, ...]


def list_marked_by_alike(
    session: Session, actor: Actor, own: Organisation, most: int = 3
) -> list[MarkedByAlike]:
    """The wishes that most municipalities like `own` have marked, and `own` has not; three statements.

    What hangs under a lead counts for the lead, as far as the actor may see both.
    """
    is_same_region = Organisation.region == own.region if own.region else false()
    is_same_size = Organisation.municipality_code.in_(codes_of(size_of(own.municipality_code)))
    is_alike = or_(is_same_region, is_same_size)
    thing = lead_or_self(C.id)
    marks = (
        select(
            thing.label("thing_id"),
            Organisation.id.label("organisation_id"),
            func.coalesce(is_same_region, false()).label("is_same_region"),
            func.coalesce(is_same_size, false()).label("is_same_size"),
            Interest.kind.label("interest"),
            Interest.marked_at,
        )
        .select_from(Interest)
        .join(C, C.id == Interest.contribution_id)
        .join(Organisation, Organisation.id == Interest.organisation_id)
        .where(visible_to(actor), is_listed(), Organisation.id != own.id, is_alike)
        .cte("marks")
    )
    m = marks.c
    marked_by_own = (
        select(lead_or_self(Interest.contribution_id))
        .where(Interest.organisation_id == own.id)
        .correlate(None)
    )
    in_both = func.count(m.organisation_id.distinct()).filter(m.is_same_region, m.is_same_size)
    ranked = session.scalars(
        select(m.thing_id)
        .where(m.thing_id.not_in(marked_by_own))
        .group_by(m.thing_id)
        .order_by(
            in_both.desc(),
            func.count(m.organisation_id.distinct()).desc(),
            func.max(m.marked_at).desc(),
            m.thing_id.desc(),
        )
        .limit(MOST_LOOKED_AT)
    ).all()
    seen = find_contributions(session, actor, ranked)
    wishes = [
        seen[thing_id]
        for thing_id in ranked
        if thing_id in seen
        and seen[thing_id].kind == "wish"
        and seen[thing_id].status in STILL_OPEN
        and not seen[thing_id].is_hidden
    ][:most]
    by = _list_by(session, marks, [one.id for one in wishes])
    return [MarkedByAlike(one, tuple(by[one.id].values())) for one in wishes]


def _list_by(session: Session, marks: CTE, thing_ids: Sequence[int]) -> dict[int, dict[str, Alike]]:
    """{thing: {key: municipality}}, each once: of two marks under one lead the newest tells the kind."""
    found: dict[int, dict[str, Alike]] = {thing_id: {} for thing_id in thing_ids}
    if not thing_ids:
        return found
    m = marks.c
    rows = session.execute(
        select(
            m.thing_id,
            Organisation.key,
            Organisation.name,
            m.interest,
            m.is_same_region,
            m.is_same_size,
        )
        .join(Organisation, Organisation.id == m.organisation_id)
        .where(m.thing_id.in_(thing_ids))
        .order_by(
            (m.is_same_region & m.is_same_size).desc(),
            danish_order(Organisation.name),
            m.marked_at.desc(),
        )
    )
    for row in rows:
        found[row.thing_id].setdefault(row.key, Alike(*row[1:]))
    return found
