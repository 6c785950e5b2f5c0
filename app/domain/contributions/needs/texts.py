"""The texts around a need that people wrote, for whoever must put words out of sight in all of them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality, NeedState

FIELDS: dict[str, tuple[str, ...]] = {
    "need_details": ("system_other",),
    "need_municipality": ("system_name", "supplier", "note"),
    "need_state": ("note",),
}


def list_need_texts(
    session: Session, contribution_id: int
) -> Iterator[tuple[str, Any, int, tuple[str, ...]]]:
    """(thing, row, its number, its columns) of every row around a need that holds words, locked.

    What a municipality keeps to itself nobody else reads, and is left alone.
    """
    details = session.get(NeedDetails, contribution_id, with_for_update=True)
    if details is None:
        return
    yield "need_details", details, contribution_id, FIELDS["need_details"]
    held = session.scalars(
        select(NeedMunicipality)
        .where(NeedMunicipality.contribution_id == contribution_id)
        .order_by(NeedMunicipality.id)
        .with_for_update()
    )
    for row in held:
        open_ones = tuple(name for name in FIELDS["need_municipality"] if name not in row.hidden)
        yield "need_municipality", row, row.id, open_ones
    states = session.scalars(
        select(NeedState)
        .where(NeedState.contribution_id == contribution_id)
        .order_by(NeedState.id)
        .with_for_update()
    )
    yield from (("need_state", row, row.id, FIELDS["need_state"]) for row in states)


def is_around_need(contribution_id: int, thing: Any, thing_id: Any) -> ColumnElement[bool]:
    """Whether a row that names a thing and its number names one of those around this need."""
    held = select(NeedMunicipality.id).where(NeedMunicipality.contribution_id == contribution_id)
    states = select(NeedState.id).where(NeedState.contribution_id == contribution_id)
    return or_(
        (thing == "need_details") & (thing_id == contribution_id),
        (thing == "need_municipality") & thing_id.in_(held),
        (thing == "need_state") & thing_id.in_(states),
    )
