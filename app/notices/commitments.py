"""Mails about commitments: to who sees to one that is late, and to staff about those that wait for them.

Who follows one is told in `following`, at their own pace.
"""

from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.commitments.events import CommitmentLate, ProposalsWait
from app.domain.commitments.models import Commitment
from app.domain.commitments.news import find_lines
from app.domain.commitments.queries import list_proposed
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff
from app.notices.answers import find_colleague
from app.notices.post import Post, Receiver


def remind_of_late(post: Post, late: CommitmentLate) -> None:
    """To who of staff sees to it: its day is past."""
    owner_id = post.session.scalar(
        select(Commitment.owner_user_id).where(Commitment.id == late.commitment_id)
    )
    owner = find_colleague(post.session, owner_id)
    line = find_lines(post.session, SYSTEM, [late.commitment_id]).get(late.commitment_id)
    if owner is not None and line is not None:
        post.send(owner, "commitment_late", line=line)


def tell_of_proposals(post: Post, wait: ProposalsWait) -> None:
    """To all on the staff, one mail for all that wait; none where somebody has seen to them already."""
    lines = list_proposed(post.session, SYSTEM)
    if not lines:
        return
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .where(User.email.is_not(None), is_on_staff())
        .order_by(User.id)
    )
    for row in rows.all():
        post.send(Receiver(*row), "proposals_wait", is_bulk=True, lines=lines)
