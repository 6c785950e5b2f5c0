"""Mails about what is noted on organisations: to staff when a correction is asked for or is late, and to who
asked, what came of it.

What was said and what was handed out stands in no mail: it is read on the site by who may.
"""

from sqlalchemy import select

from app.domain.ledger.events import CorrectionAnswered, CorrectionAsked, CorrectionBecameLate
from app.domain.ledger.models import LedgerRequest
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.domain.users.staff import is_on_staff
from app.notices.post import Post, Receiver


def tell_of_request(post: Post, asked: CorrectionAsked) -> None:
    """To all on the staff: an organisation asks for a correction, and by when it is answered."""
    _tell_staff(post, asked.request_id, "ledger_asked")


def remind_of_late(post: Post, late: CorrectionBecameLate) -> None:
    """To all on the staff: the day of the answer is past."""
    _tell_staff(post, late.request_id, "ledger_late")


def _tell_staff(post: Post, request_id: int, name: str) -> None:
    request = post.session.get_one(LedgerRequest, request_id)
    if request.decided_at is not None:
        return
    organisation = post.session.get_one(Organisation, request.organisation_id)
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .where(User.email.is_not(None), is_on_staff())
        .order_by(User.id)
    ).all()
    for row in rows:
        post.send(
            Receiver(*row),
            name,
            is_bulk=True,
            organisation=organisation.name,
            answer_by=request.answer_by,
            path="/ligebehandling/rettelser",
        )


def tell_of_answer(post: Post, answered: CorrectionAnswered) -> None:
    """To who asked, or, where that is somebody who speaks for them no more, to the organisation's admins:
    whether it was put right."""
    request = post.session.get_one(LedgerRequest, answered.request_id)
    organisation = post.session.get_one(Organisation, request.organisation_id)
    for to in _list_askers(post, request):
        post.send(
            to,
            "ledger_answered",
            organisation=organisation.name,
            decision=request.decision,
            path=f"/ligebehandling/noteret/{request.entry_id}",
        )


def _list_askers(post: Post, request: LedgerRequest) -> list[Receiver]:
    rows = post.session.execute(
        select(User.id, User.email, User.name, User.language, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == request.organisation_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.email.is_not(None),
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    ).all()
    asked = [row for row in rows if row.id == request.asked_by_id]
    chosen = asked or [row for row in rows if row.role == "admin"]
    return [Receiver(row.email, row.name, row.language) for row in chosen]
