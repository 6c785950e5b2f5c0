"""Needs like one that is being typed, each with what both have in common: to join it, not make another."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Text, cast, column, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.contributions.needs.models import NeedDetails
from app.domain.contributions.needs.queries import NeedView, find_needs
from app.domain.contributions.needs.schemas import SimilarInput, as_kle
from app.domain.contributions.policy import is_listed, visible_to

Common = Literal["words", "system_type", "kle", "theme"]
MOST_SHOWN = 6
MOST_COMPARED = 200
ENOUGH = 3  # points; the same kind of system alone says too little
POINTS: Final[dict[Common, int]] = {"kle": 4, "theme": 2, "system_type": 2}
MOST_OF_WORDS = 6
SHORTEST_STEM = 3

C = Contribution


@dataclass(frozen=True, slots=True)
class SimilarNeed:
    """A need like the one that is typed, what both have in common, and how likely it is the same (points)."""

    reference: str
    title: str
    need: NeedView
    common: tuple[Common, ...]
    points: int


def find_similar(
    session: Session, actor: Actor, given: SimilarInput, but: int | None = None
) -> list[SimilarNeed]:
    """Needs that are not dropped and that the actor sees, the likest first; `but` is left out. Two
    statements, none where nothing is typed."""
    text = f"{given.title} {given.body}".strip()
    kle = as_kle(given.kle)
    subject = kle[:8] if kle is not None and len(kle) >= 8 else kle
    if not text and given.system_type is None and subject is None and not given.theme_ids:
        return []
    typed = _stems_of(text)
    held = (
        func.unnest(func.tsvector_to_array(C.stems)).table_valued(column("stem", Text)).render_derived("held")
    )
    shared = (
        select(func.count())
        .select_from(held)
        .where(held.c.stem == func.any(typed), func.length(held.c.stem) >= SHORTEST_STEM)
        .correlate(C)
        .scalar_subquery()
    )
    asked = func.greatest(func.cardinality(typed), 1)
    has_theme = (
        select(ContributionTheme.theme_id)
        .where(ContributionTheme.contribution_id == C.id, ContributionTheme.theme_id.in_(given.theme_ids))
        .correlate(C)
        .exists()
    )
    same_kle = NeedDetails.kle.startswith(subject, autoescape=True) if subject else literal(False)
    same_system = NeedDetails.system_type == given.system_type if given.system_type else literal(False)
    met = (
        select(
            C.id,
            C.reference,
            C.title,
            shared.label("shared"),
            asked.label("asked"),
            func.coalesce(same_kle, False).label("kle"),
            same_system.label("system_type"),
            has_theme.label("theme"),
        )
        .join(NeedDetails, NeedDetails.contribution_id == C.id)
        .where(
            visible_to(actor),
            is_listed(),
            C.kind == "need",
            NeedDetails.state != "dropped",
            C.id.is_distinct_from(but),
        )
        .cte("met")
    )
    rows = session.execute(
        select(met)
        .where(or_(met.c.shared > 0, met.c.kle, met.c.system_type, met.c.theme))
        .order_by(or_(met.c.kle, met.c.theme).desc(), met.c.shared.desc(), met.c.id.desc())
        .limit(MOST_COMPARED)
    ).all()
    scored = [(_score(row), row) for row in rows]
    best = sorted(
        ((points, common, row) for (points, common), row in scored if points >= ENOUGH),
        key=lambda one: (-one[0], -one[2].id),
    )[:MOST_SHOWN]
    needs = find_needs(session, actor, [row.id for _, _, row in best])
    return [
        SimilarNeed(row.reference, row.title, needs[row.id], common, points)
        for points, common, row in best
        if row.id in needs
    ]


def _stems_of(text: str) -> Any:
    """The stems of what is typed, as PostgreSQL has them of what is kept."""
    return cast(
        func.tsvector_to_array(func.to_tsvector(literal_column("'danish'::regconfig"), text)), ARRAY(Text)
    )


def _score(row: Any) -> tuple[int, tuple[Common, ...]]:
    # One word in common is chance, unless hardly more was typed.
    is_telling = row.shared >= 2 or (row.shared == 1 and row.asked <= 2)
    of_words = min(MOST_OF_WORDS, 1 + round(row.shared * MOST_OF_WORDS / row.asked)) if is_telling else 0
    common: list[Common] = ["words"] if of_words >= 2 else []
    points = of_words if common else 0
    for name in POINTS:
        if getattr(row, name):
            common.append(name)
            points += POINTS[name]
    return points, tuple(common)
