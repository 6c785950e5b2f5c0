"""Mails about rounds of priorities: to who decides when one opens, nears its end and has a result; to who
holds it when all have handed in or the day is past.

What anybody gave is in none of them, nor is a title that strangers may not read.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select, true

from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.priorities.events import (
    DeciderNamed,
    RoundCancelled,
    RoundClosed,
    RoundHandedIn,
    RoundNears,
    RoundOpened,
    RoundOverdue,
    RoundPublished,
)
from app.domain.priorities.models import Decider, PriorityRound
from app.domain.users.models import Membership, User
from app.notices.post import Post, Receiver


def ask_to_decide(post: Post, opened: RoundOpened) -> None:
    """To each who is to put the needs in order."""
    _to_deciders(post, opened.round_id, "round_asked", Decider.id.in_(opened.decider_ids))


def ask_who_came(post: Post, named: DeciderNamed) -> None:
    """To who came in the place of another."""
    _to_deciders(post, named.round_id, "round_asked", Decider.id == named.decider_id)


def remind_to_decide(post: Post, nears: RoundNears) -> None:
    """To those who have not handed in, some days before the last one."""
    _to_deciders(post, nears.round_id, "round_reminder", Decider.handed_in_at.is_(None))


def tell_all_handed_in(post: Post, handed_in: RoundHandedIn) -> None:
    """To who made it: it can be counted."""
    _to_holder(post, handed_in.round_id, "round_ready")


def tell_of_overdue(post: Post, overdue: RoundOverdue) -> None:
    """To who made it: the last day is past."""
    _to_holder(post, overdue.round_id, "round_overdue")


def tell_of_count(post: Post, closed: RoundClosed) -> None:
    """To those who decided: it has been counted, and they may read it."""
    _to_deciders(post, closed.round_id, "round_counted", true())


def tell_of_result(post: Post, published: RoundPublished) -> None:
    """To those who decided: the order is open, with the reason."""
    _to_deciders(post, published.round_id, "round_result", true())


def tell_of_cancelling(post: Post, cancelled: RoundCancelled) -> None:
    """To those who were asked; nobody was, of a round that was never opened."""
    held = post.session.get_one(PriorityRound, cancelled.round_id)
    if held.opened_at is not None:
        _to_deciders(post, held.id, "round_cancelled", true())


def _to_deciders(post: Post, round_id: int, name: str, which: ColumnElement[bool]) -> None:
    """Those who stand, and speak for the same organisation still."""
    rows = post.session.execute(
        select(User.email, User.name, User.language)
        .join(Decider, Decider.user_id == User.id)
        .where(
            Decider.round_id == round_id,
            Decider.replaced_at.is_(None),
            which,
            User.disabled_at.is_(None),
            select(Membership.id)
            .where(
                Membership.user_id == User.id,
                Membership.organisation_id == Decider.organisation_id,
                Membership.confirmed_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .exists(),
        )
        .order_by(Decider.position, Decider.id)
    ).all()
    _send(post, round_id, name, (Receiver(*row) for row in rows))


def _to_holder(post: Post, round_id: int, name: str) -> None:
    held = post.session.get_one(PriorityRound, round_id)
    rows = post.session.execute(
        select(User.email, User.name, User.language).where(
            User.id == held.made_by_id, User.disabled_at.is_(None)
        )
    ).all()
    _send(post, round_id, name, (Receiver(*row) for row in rows))


def _send(post: Post, round_id: int, name: str, people: Iterable[Receiver]) -> None:
    held = post.session.get_one(PriorityRound, round_id)
    owner = post.session.scalar(
        select(Network.name).where(Network.id == held.network_id)
        if held.network_id is not None
        else select(Organisation.name).where(Organisation.id == held.organisation_id)
    )
    title = held.title if held.visibility == "public" else ""
    for to in people:
        post.send(
            to, name, owner=owner, title=title, closes_on=held.closes_on, path=f"/behov/runder/{held.key}"
        )
