"""What hangs under which lead: the rules of it in SQL, for whoever reads contributions, and letting go.

Nothing here asks who is asking; a lead is shown to a reader through `policy.visible_to` like all else.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.contributions.blacked import black, find_words
from app.domain.contributions.gathering_models import Gathered, Gathering
from app.domain.contributions.models import Contribution


def lead_of(contribution_id: Any) -> ColumnElement[int | None]:
    """The lead that it hangs under, for a statement; NULL where it hangs under none."""
    return (
        select(Gathered.lead_id)
        .where(Gathered.contribution_id == contribution_id)
        .correlate_except(Gathered)
        .scalar_subquery()
    )


def lead_or_self(contribution_id: Any) -> ColumnElement[int]:
    """What answers and promises to it are given to, for a statement: its lead, or itself."""
    return func.coalesce(lead_of(contribution_id), contribution_id)


def with_lead(contribution_id: Any) -> tuple[Any, ColumnElement[int | None]]:
    """What the answers that it is read with are given to, for `in_`: itself, also what was said before it was
    gathered, and its lead."""
    return contribution_id, lead_of(contribution_id)


def find_leads(session: Session, contribution_ids: Iterable[int]) -> dict[int, int]:
    """{contribution id: lead id} of those that hang under one."""
    # One array, as there may be thousands.
    asked = literal(sorted(set(contribution_ids)), ARRAY(BigInteger))
    rows = session.execute(
        select(Gathered.contribution_id, Gathered.lead_id).where(Gathered.contribution_id == any_(asked))
    )
    return {row.contribution_id: row.lead_id for row in rows}


def find_members(session: Session, lead_ids: Iterable[int]) -> dict[int, list[int]]:
    """{lead id: what hangs under it}; those that lead nothing are left out."""
    rows = session.execute(
        select(Gathered.lead_id, Gathered.contribution_id)
        .where(Gathered.lead_id.in_(set(lead_ids)))
        .order_by(Gathered.contribution_id)
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.lead_id, []).append(row.contribution_id)
    return found


def status_when_shown_again(session: Session, contribution_id: int, otherwise: str) -> str:
    """The status of something that was withdrawn and comes back: gathered, where it hangs under a lead."""
    return "gathered" if session.get(Gathered, contribution_id) is not None else otherwise


def put_status(session: Session, said: Contribution, old: Collection[str], new: str) -> bool:
    """Give it a status where it has one of the old ones, or comes back to one from the gathering that it is
    in; whether it had."""
    if said.status in old:
        said.status = new
        return True
    held = session.get(Gathered, said.id, with_for_update=True, populate_existing=True)
    if held is None or held.status_before not in old:
        return False
    held.status_before = new
    return True


def hold_with_members(session: Session, lead_id: int) -> list[int]:
    """Hold it and what hangs under it, and give the ids of that: always in one order, so that two who do it
    wait for each other and never in a ring.

    Whoever hangs one more under it, or frees one, holds the lead too: once it is held, the members stand.
    """
    while True:
        members = find_members(session, [lead_id]).get(lead_id, [])
        wanted = select(Contribution.id).where(Contribution.id.in_([lead_id, *members]))
        held = session.begin_nested()
        session.execute(wanted.order_by(Contribution.id).with_for_update())
        if find_members(session, [lead_id]).get(lead_id, []) == members:
            held.commit()
            return members
        # Somebody was faster. All are let go, so that they are always taken in one order.
        held.rollback()


def let_go(session: Session, lead_id: int, member_ids: Sequence[int] | None = None) -> list[int]:
    """Free these members, or all; which they were. Where none is left there is no gathering any more.

    Each gets back the status that it had, unless it has been withdrawn meanwhile. Its version stays: nothing
    of its own has changed.
    """
    of_lead = Gathered.lead_id == lead_id
    if member_ids is not None:
        of_lead &= Gathered.contribution_id.in_(member_ids)
    freed = delete(Gathered).where(of_lead).returning(Gathered.contribution_id, Gathered.status_before)
    before = {row.contribution_id: row.status_before for row in session.execute(freed)}
    if not before:
        return []
    members = select(Contribution).where(Contribution.id.in_(before)).order_by(Contribution.id)
    for member in session.scalars(members.with_for_update(), execution_options={"populate_existing": True}):
        if member.status == "gathered":
            member.status = before[member.id]
    others = select(Gathered.lead_id).where(Gathered.lead_id == lead_id)
    session.execute(delete(Gathering).where(Gathering.lead_id == lead_id, ~others.exists()))
    session.flush()
    return sorted(before)


def black_in_gathering(session: Session, contribution_id: int, words: str) -> None:
    """Take words out of what staff calls the gathering that it is in, for good: they are not its author's."""
    lead = select(Gathered.lead_id).where(Gathered.contribution_id == contribution_id)
    gathering = session.scalars(
        select(Gathering)
        .where(or_(Gathering.lead_id == contribution_id, Gathering.lead_id.in_(lead)))
        .with_for_update()
    ).one_or_none()
    if gathering is None:
        return
    gathering.title = black(gathering.title, find_words(gathering.title, words))
    gathering.summary = black(gathering.summary, find_words(gathering.summary, words))
    gathering.earlier = [
        old | {field: black(old[field], find_words(old[field], words)) for field in ("title", "summary")}
        for old in gathering.earlier
    ]
