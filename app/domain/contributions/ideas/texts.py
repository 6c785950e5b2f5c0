"""The texts around an idea that people wrote, for whoever must put words out of sight in all of them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.domain.contributions.ideas.models import AccessRequest, HeardPart, IdeaAnswer, IdeaAttachment

FIELDS: dict[str, tuple[str, ...]] = {
    "idea_answer": ("value",),
    "idea_attachment": ("title", "reason", "filename"),
    "heard_part": ("stance_reason", "decision_reason"),
}


def list_texts_around(session: Session, contribution_id: int) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """(thing, row, its columns) of every row around an idea that holds words, locked."""
    for thing, table in (("idea_answer", IdeaAnswer), ("idea_attachment", IdeaAttachment)):
        rows = session.scalars(
            select(table).where(table.contribution_id == contribution_id).order_by(table.id).with_for_update()
        )
        yield from ((thing, row, FIELDS[thing]) for row in rows)
    heard = session.scalars(
        select(HeardPart)
        .where(HeardPart.request_id.in_(_requests(contribution_id)))
        .order_by(HeardPart.id)
        .with_for_update()
    )
    yield from (("heard_part", row, FIELDS["heard_part"]) for row in heard)


def is_around(contribution_id: int, thing: Any, thing_id: Any) -> ColumnElement[bool]:
    """Whether a row that names a thing and its number names one of those around this idea."""
    answers = select(IdeaAnswer.id).where(IdeaAnswer.contribution_id == contribution_id)
    files = select(IdeaAttachment.id).where(IdeaAttachment.contribution_id == contribution_id)
    heard = select(HeardPart.id).where(HeardPart.request_id.in_(_requests(contribution_id)))
    return or_(
        (thing == "idea_answer") & thing_id.in_(answers),
        (thing == "idea_attachment") & thing_id.in_(files),
        (thing == "heard_part") & thing_id.in_(heard),
    )


def _requests(contribution_id: int) -> Any:
    return select(AccessRequest.id).where(AccessRequest.contribution_id == contribution_id)
