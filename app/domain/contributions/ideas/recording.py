"""What the archive puts in around ideas; the same twice adds nothing, and what people changed stays."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import day_of
from app.core.policy import Actor, require
from app.domain.contributions.ideas.extras import add_field
from app.domain.contributions.ideas.hearing import list_parts
from app.domain.contributions.ideas.models import (
    AccessRequest,
    HeardPart,
    IdeaAnswer,
    IdeaField,
    IdeaRest,
    IdeaSigner,
)
from app.domain.contributions.ideas.policy import may_set_up_fields
from app.domain.contributions.ideas.schemas import IdeaFieldInput, Statement
from app.domain.contributions.policy import may_record


def put_field(session: Session, actor: Actor, given: IdeaFieldInput) -> IdeaField:
    """A field of the organisers; one of the same label is given back as people left it."""
    require(may_set_up_fields(actor))
    known = select(IdeaField).where(func.lower(IdeaField.label) == given.label.lower())
    found = session.scalars(known.order_by(IdeaField.id).limit(1)).one_or_none()
    return found if found is not None else add_field(session, actor, given)


def put_answer_to_field(
    session: Session, actor: Actor, contribution_id: int, field: IdeaField, value: str
) -> None:
    """What an idea of the archive answers openly; an answer that is there stays."""
    require(may_record(actor))
    known = select(IdeaAnswer.id).where(
        IdeaAnswer.contribution_id == contribution_id, IdeaAnswer.field_id == field.id
    )
    if session.scalar(known) is not None:
        return
    session.add(
        IdeaAnswer(
            contribution_id=contribution_id, field_id=field.id, field_version=field.version, value=value
        )
    )
    after = {"field_id": field.id}
    record(session, actor, "put", "contribution", contribution_id, after=after)


def put_signer(
    session: Session,
    actor: Actor,
    contribution_id: int,
    organisation_id: int,
    *,
    answer: str | None,
    asked_at: datetime,
) -> IdeaSigner:
    """An organisation that is asked, or has answered, in the archive; one that is there stays as it is."""
    require(may_record(actor))
    known = session.scalars(
        select(IdeaSigner).where(
            IdeaSigner.contribution_id == contribution_id, IdeaSigner.organisation_id == organisation_id
        )
    ).one_or_none()
    if known is not None:
        return known
    row = IdeaSigner(
        contribution_id=contribution_id,
        organisation_id=organisation_id,
        asked_at=asked_at,
        answer=answer,
        answered_at=asked_at if answer else None,
    )
    session.add(row)
    session.flush()
    after = {"organisation_id": organisation_id, "answer": answer}
    record(session, actor, "put", "contribution", contribution_id, after=after)
    return row


def put_request(
    session: Session,
    actor: Actor,
    contribution_id: int,
    *,
    requester: str,
    opened_at: datetime,
    hear_by: date,
    statements: Sequence[Statement],
) -> None:
    """A request that waits for the owner, who has spoken of some parts; an idea has one of these at most."""
    require(may_record(actor))
    known = select(AccessRequest.id).where(AccessRequest.contribution_id == contribution_id).limit(1)
    if session.scalar(known) is not None:
        return
    row = AccessRequest(
        contribution_id=contribution_id,
        requester=requester,
        received_on=day_of(opened_at),
        hear_by=hear_by,
        opened_at=opened_at,
    )
    session.add(row)
    session.flush()
    said = {one.part: one for one in statements}
    for part in list_parts(session, contribution_id):
        one = said.get(part)
        session.add(
            HeardPart(
                request_id=row.id,
                part=part,
                stance=one.stance if one else None,
                stance_reason=one.reason if one else "",
                stated_at=opened_at if one else None,
            )
        )
    session.flush()
    record(session, actor, "put", "access_request", row.id, after={"contribution_id": contribution_id})


def put_rest(
    session: Session, actor: Actor, contribution_id: int, *, asked_at: datetime, rested_at: datetime
) -> None:
    """An idea whose owner was asked and did not answer, so that it rests; one that was woken stays so."""
    require(may_record(actor))
    if session.get(IdeaRest, contribution_id) is not None:
        return
    session.add(IdeaRest(contribution_id=contribution_id, asked_at=asked_at, rested_at=rested_at))
    session.flush()
    record(session, actor, "put", "contribution", contribution_id, after={"rested": True})
