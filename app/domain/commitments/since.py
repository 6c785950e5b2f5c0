"""What happens to commitments, for those who follow them or what they are about.

They are told of what is open to all, as everybody who follows anything is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER, Actor
from app.domain.commitments.models import (
    Commitment,
    CommitmentTheme,
    DeadlineChange,
    Indicator,
    Measurement,
    Milestone,
)
from app.domain.commitments.policy import visible_to
from app.domain.commitments.queries import CommitmentLine, _line, _lines, list_contributions
from app.domain.contributions.gathered import find_members
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.policy import visible_to as contribution_visible_to
from app.domain.following.news import find_followed_themes, find_series, find_ways, note


@dataclass(frozen=True, slots=True)
class Moved:
    """A day that was moved; `milestone` is empty where it is the commitment's own."""

    old_on: date
    new_on: date
    reason: str
    milestone: str
    milestone_en: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What an indicator was on a day, and how far it is to go."""

    name: str
    name_en: str
    unit: str
    unit_en: str
    value: Decimal
    measured_on: date
    baseline_value: Decimal
    target_value: Decimal
    target_on: date
    source_text: str


def find_lines(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, CommitmentLine]:
    """Those of the commitments that the actor may see, by id."""
    if not ids:
        return {}
    return {row.id: _line(row) for row in session.execute(_lines(actor).where(Commitment.id.in_(ids)))}


def find_moves(session: Session, change_ids: Collection[int]) -> dict[int, Moved]:
    """The days that were moved, by the id of the change."""
    rows = session.execute(
        select(DeadlineChange, Milestone.title, Milestone.title_en)
        .outerjoin(Milestone, Milestone.id == DeadlineChange.milestone_id)
        .where(DeadlineChange.id.in_(change_ids))
    )
    return {
        change.id: Moved(change.old_on, change.new_on, change.reason, title or "", title_en or "")
        for change, title, title_en in rows
    }


def find_figures(session: Session, measurement_ids: Collection[int]) -> dict[int, Figure]:
    """The measurements that count still, by id."""
    rows = session.execute(
        select(Measurement, Indicator)
        .join(Indicator, Indicator.id == Measurement.indicator_id)
        .where(Measurement.id.in_(measurement_ids), Measurement.corrected_at.is_(None))
    )
    return {
        one.id: Figure(
            of.name,
            of.name_en,
            of.unit,
            of.unit_en,
            one.value,
            one.measured_on,
            of.baseline_value,
            of.target_value,
            of.target_on,
            one.source_text,
        )
        for one, of in rows
    }


def note_news(session: Session, what: str, commitment_ids: Iterable[int], detail_id: int = 0) -> int:
    """Note that something happened to these for who follows them, their organisation, what they are promised
    of and what hangs under that, its themes or the meeting; how many rows."""
    rows = session.execute(
        select(Commitment.id, Commitment.organisation_id, Commitment.meeting_id)
        .where(Commitment.id.in_(list(commitment_ids)), visible_to(STRANGER))
        .order_by(Commitment.id)
    ).all()
    return sum(
        note(
            session,
            what,
            row.id,
            _find_things(session, row.id, row.organisation_id, row.meeting_id),
            detail_id,
        )
        for row in rows
    )


def _find_things(
    session: Session, commitment_id: int, organisation_id: int, meeting_id: int | None
) -> dict[str, set[int]]:
    things: dict[str, set[int]] = {"commitment": {commitment_id}, "organisation": {organisation_id}}
    about = {one.id for one in list_contributions(session, STRANGER, [commitment_id]).get(commitment_id, ())}
    about |= {member for members in find_members(session, about).values() for member in members}
    readable = session.execute(
        select(Contribution.id, Contribution.kind).where(
            Contribution.id.in_(about), contribution_visible_to(STRANGER), is_listed()
        )
    ).all()
    for row in readable:
        things.setdefault(row.kind, set()).add(row.id)
    own_themes = session.scalars(
        select(CommitmentTheme.theme_id).where(CommitmentTheme.commitment_id == commitment_id)
    ).all()
    themes = {*find_followed_themes(session, [row.id for row in readable]), *find_ways(session, own_themes)}
    things["theme"] = themes
    if meeting_id is not None:
        things |= {"meeting": {meeting_id}, "series": set(find_series(session, [meeting_id]))}
    return things
