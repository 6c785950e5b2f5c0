"""A municipality's mark on a wish, an idea or a need: one for each municipality, whoever sets it.

It is signed by a role, and a colleague may change it or take it away; each change stands in a log that can be
read. What is counted is municipalities, never heads.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.contributions.events import InterestMarked
from app.domain.contributions.models import Contribution, Interest, InterestChange
from app.domain.contributions.policy import (
    is_out,
    may_mark_interest,
    may_read_signer,
    may_record,
    visible_to,
)
from app.domain.contributions.schemas import InterestFacts, InterestInput
from app.domain.contributions.service import get_seen
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.strategists import title_of

MARKED = ("wish", "idea", "need")
MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class InterestChangeView:
    """That a mark was set (`before` is None), changed, or taken away (`after` is None), and in which role.

    `changed_by`: the name, for the municipality's own people and staff; empty for others.
    """

    organisation_id: int
    municipality: str
    before: str | None
    after: str | None
    signed_as: str
    changed_by: str
    changed_at: datetime


def mark_interest(session: Session, actor: Actor, contribution_id: int, given: InterestInput) -> Interest:
    """The mark of the actor's municipality, made or changed; signed by the actor's title as it is now.

    Refused: need_join_instead, where a municipality says of a need that it has it too.
    """
    require(may_mark_interest(actor) and actor.organisation_id is not None)
    contribution = get_seen(session, actor, contribution_id)
    require(contribution.kind in MARKED and is_out(contribution), "no_interest_here")
    if contribution.kind == "need" and given.kind == "need":
        raise Refused("need_join_instead")
    before, interest = _put(
        session,
        contribution_id,
        actor.organisation_id,
        kind=given.kind,
        contact=given.contact,
        signed_as=title_of(session, actor),
        marked_by_id=actor.user_id,
        marked_at=now(),
    )
    after = {"kind": given.kind, "contact": given.contact}
    if before != after:
        _note(session, interest, before["kind"] if before else None, given.kind, actor)
        record(session, actor, "mark_interest", "contribution", contribution_id, before=before, after=after)
        announce(session, InterestMarked(contribution_id, actor.organisation_id))
    return interest


def _put(
    session: Session, contribution_id: int, organisation_id: int, **values: Any
) -> tuple[dict[str, Any] | None, Interest]:
    """The mark as it was, {kind, contact} or None, and as it is now; one that says the same stays signed as
    it was."""
    # Taking the place first makes two colleagues who mark at once one after the other.
    taken = session.scalars(
        insert(Interest)
        .values(contribution_id=contribution_id, organisation_id=organisation_id, **values)
        .on_conflict_do_nothing(index_elements=["contribution_id", "organisation_id"])
        .returning(Interest)
    ).one_or_none()
    if taken is not None:
        return None, taken
    interest = session.scalars(
        select(Interest)
        .where(Interest.contribution_id == contribution_id, Interest.organisation_id == organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before = {"kind": interest.kind, "contact": interest.contact}
    if before != {name: values[name] for name in before}:
        for field, value in values.items():
            setattr(interest, field, value)
    return before, interest


def _note(session: Session, interest: Interest, before: str | None, after: str | None, actor: Actor) -> None:
    session.add(
        InterestChange(
            contribution_id=interest.contribution_id,
            organisation_id=interest.organisation_id,
            before=before,
            after=after,
            signed_as=title_of(session, actor),
            changed_by_id=actor.user_id,
            changed_at=now(),
        )
    )


def remove_interest(session: Session, actor: Actor, contribution_id: int) -> None:
    """Take the mark of the actor's municipality away; nothing happens if there is none."""
    require(may_mark_interest(actor))
    interest = session.scalars(
        select(Interest)
        .where(Interest.contribution_id == contribution_id, Interest.organisation_id == actor.organisation_id)
        .with_for_update()
    ).one_or_none()
    if interest is None:
        return
    before = {"kind": interest.kind, "contact": interest.contact}
    _note(session, interest, interest.kind, None, actor)
    session.delete(interest)
    record(session, actor, "remove_interest", "contribution", contribution_id, before=before)
    announce(session, InterestMarked(contribution_id, interest.organisation_id))


def list_interest_changes(session: Session, actor: Actor, contribution_id: int) -> list[InterestChangeView]:
    """How the marks on something that the actor sees came and went, the newest first. One statement."""
    rows = session.execute(
        select(
            InterestChange.organisation_id,
            func.coalesce(Organisation.short_name, Organisation.name).label("municipality"),
            InterestChange.before,
            InterestChange.after,
            InterestChange.signed_as,
            func.coalesce(User.name, "").label("changed_by"),
            InterestChange.changed_at,
        )
        .join(Contribution, Contribution.id == InterestChange.contribution_id)
        .join(Organisation, Organisation.id == InterestChange.organisation_id)
        .outerjoin(User, User.id == InterestChange.changed_by_id)
        .where(InterestChange.contribution_id == contribution_id, visible_to(actor))
        .order_by(InterestChange.changed_at.desc(), InterestChange.id.desc())
        .limit(MOST_CHANGES)
    )
    found = []
    for row in rows:
        values = dict(row._mapping)
        if not may_read_signer(actor, row.organisation_id):
            values["changed_by"] = ""
        found.append(InterestChangeView(**values))
    return found


# --- the archive


def put_interest(session: Session, actor: Actor, given: InterestFacts) -> Interest:
    """A municipality's mark from the archive; one that is there stays as it is."""
    require(may_record(actor))
    known = session.scalars(
        select(Interest).where(
            Interest.contribution_id == given.contribution_id,
            Interest.organisation_id == given.organisation_id,
        )
    ).one_or_none()
    if known is not None:
        return known
    interest = Interest(**given.model_dump() | {"marked_at": given.marked_at or now()})
    session.add(interest)
    session.flush()
    session.add(
        InterestChange(
            contribution_id=given.contribution_id,
            organisation_id=given.organisation_id,
            after=given.kind,
            signed_as=given.signed_as,
            changed_by_id=given.marked_by_id,
            changed_at=interest.marked_at,
        )
    )
    after = {"kind": given.kind, "organisation_id": given.organisation_id}
    record(session, actor, "mark_interest", "contribution", given.contribution_id, after=after)
    announce(session, InterestMarked(given.contribution_id, given.organisation_id))
    return interest
