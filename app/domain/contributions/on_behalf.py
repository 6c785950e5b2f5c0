"""What somebody else wrote in on an organisation's behalf: the organisation is told, gathered, once a day."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor
from app.domain.contributions.events import WrittenOnBehalf
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_sent_in_sql, visible_to
from app.domain.users.models import Membership, User

# What nobody could be told of for so long is no news to them any more.
TOLD_WITHIN = timedelta(days=30)
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Written:
    """One of the contributions that an organisation is told of."""

    kind: str
    reference: str
    title: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is known to speak for the organisation."""

    name: str
    email: str
    language: str


def tell_organisations(session: Session) -> int:
    """Announce what was written in for each organisation since last time, as far as its members may see it.

    How many contributions. What is not published yet, and what nobody is there to be told of, waits.
    """
    told = 0
    for organisation_id in session.scalars(
        select(Contribution.on_behalf_of_id).where(*_untold()).distinct().limit(MOST_AT_ONCE)
    ).all():
        assert organisation_id is not None
        if not list_members(session, organisation_id):
            continue
        # Any of its members, but for the name: what one may see, all may.
        member = Actor(user_id=0, organisation_id=organisation_id, is_confirmed=True)
        ids = session.scalars(
            update(Contribution)
            .where(Contribution.on_behalf_of_id == organisation_id, *_untold(), visible_to(member))
            .values(told_at=now())
            .returning(Contribution.id)
        ).all()
        if ids:
            announce(session, WrittenOnBehalf(organisation_id, tuple(sorted(ids))))
            told += len(ids)
    return told


def _untold() -> tuple:  # type: ignore[type-arg]
    return (
        Contribution.on_behalf_of_id.is_not(None),
        Contribution.entered_by_id.is_not(None),
        ~is_sent_in_sql(),
        Contribution.told_at.is_(None),
        Contribution.published_at > now() - TOLD_WITHIN,
    )


def list_members(session: Session, organisation_id: int) -> list[Member]:
    """Those who are known to speak for the organisation and can be written to."""
    rows = session.execute(
        select(User.name, User.email, User.language)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
            User.email.is_not(None),
        )
        .order_by(User.id)
        .limit(MOST_AT_ONCE)
    )
    return [Member(*row) for row in rows]


def list_written(session: Session, contribution_ids: tuple[int, ...]) -> list[Written]:
    """What each is called, in the order of their numbers."""
    rows = session.execute(
        select(Contribution.kind, Contribution.reference, Contribution.title)
        .where(Contribution.id.in_(contribution_ids))
        .order_by(Contribution.reference)
    )
    return [Written(*row) for row in rows]
