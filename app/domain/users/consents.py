"""What people have agreed to: which words, in which version, from when to when.

The words stand in templates/consents/<kind>/<version>.<language>.html. A version that has been in force is
never changed: a new wording is a new version, and the old one stays readable.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotAllowed
from app.domain.users.events import ConsentWithdrawn
from app.domain.users.models import Consent

Kind = Literal["dialogue_rules", "participant_list", "special_needs"]

# The day from which each version counts; the last one is in force. Speakers, who may have no account, agree
# in their own room.
VERSIONS: dict[str, tuple[date, ...]] = {
    "dialogue_rules": (date(2026, 11, 22),),
    "participant_list": (date(2026, 11, 22), date(2026, 11, 22)),
    "special_needs": (date(2026, 11, 22),),
    "speaker_slides": (date(2026, 11, 22),),
    "speaker_name": (date(2026, 11, 22),),
}


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One consent of one person; in force while `withdrawn_at` is empty."""

    kind: str
    version: int
    language: str
    given_at: datetime
    withdrawn_at: datetime | None


def current_version(kind: str) -> int:
    """The number of the version in force, counted from 1. Raises KeyError for an unknown kind."""
    return len(VERSIONS[kind])


def give_consent(session: Session, actor: Actor, kind: Kind) -> None:
    """Note that the actor agrees to the version in force; again for the same one changes nothing.

    An older version that was agreed to ends here.
    """
    user_id, version = _person(actor), current_version(kind)
    given = session.scalars(_open(user_id, kind).with_for_update()).one_or_none()
    if given is not None and given.version == version:
        return
    if given is not None:
        given.withdrawn_at = now()
        session.flush()
    consent_id = session.scalar(
        insert(Consent)
        .values(user_id=user_id, kind=kind, version=version, language=actor.language, given_at=now())
        .on_conflict_do_nothing()
        .returning(Consent.id)
    )
    # None where the same person has agreed in another window at this moment.
    if consent_id is not None:
        record(session, actor, "agree", "consent", consent_id, after={"kind": kind, "version": version})


def withdraw_consent(session: Session, actor: Actor, kind: Kind) -> None:
    """End the actor's consent; where there is none nothing happens. Rooms that rest on it are told."""
    given = session.scalars(_open(_person(actor), kind).with_for_update()).one_or_none()
    if given is None:
        return
    given.withdrawn_at = now()
    before = {"kind": kind, "version": given.version}
    record(session, actor, "withdraw", "consent", given.id, before=before)
    announce(session, ConsentWithdrawn(given.user_id, kind))


def has_consented(session: Session, user_id: int, kind: Kind) -> bool:
    """Whether the user agrees to the version that is in force now."""
    agreed = users_agreeing_to(kind).where(Consent.user_id == user_id)
    return session.scalars(agreed).first() is not None


def users_agreeing_to(kind: Kind) -> Select[tuple[int]]:
    """The ids of all who agree to the version in force: for `User.id.in_(users_agreeing_to(…))`."""
    return select(Consent.user_id).where(
        Consent.kind == kind,
        Consent.version == current_version(kind),
        Consent.withdrawn_at.is_(None),
    )


def list_consents(session: Session, user_id: int) -> list[ConsentView]:
    """All that the user has ever agreed to, the newest first."""
    rows = session.execute(
        select(Consent.kind, Consent.version, Consent.language, Consent.given_at, Consent.withdrawn_at)
        .where(Consent.user_id == user_id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return [ConsentView(**row._mapping) for row in rows]


def _open(user_id: int, kind: str) -> Select[tuple[Consent]]:
    return select(Consent).where(
        Consent.user_id == user_id, Consent.kind == kind, Consent.withdrawn_at.is_(None)
    )


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed("not_allowed")
    return actor.user_id
