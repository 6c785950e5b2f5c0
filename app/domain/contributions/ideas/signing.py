"""Other organisations that stand behind an idea: asked, and shown from their yes on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.kept import kept
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.contributions.ideas.events import SignerAnswered, SignerAsked
from app.domain.contributions.ideas.models import IdeaSigner
from app.domain.contributions.ideas.policy import (
    SIGNER_KINDS,
    may_answer_signing,
    may_ask_signers,
    signers_visible_to,
)
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to
from app.domain.contributions.queries import IdeaView, find_idea_details
from app.domain.contributions.service import get_seen, tell_changed
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import find_organisations

MOST_SIGNERS = 20
MOST_ASKED = 100
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class SignerView:
    """`answer`: yes, no or None while it is open. `is_outdated`: the idea was changed after the yes."""

    id: int
    organisation_id: int
    organisation: str
    organisation_kind: str
    answer: str | None
    asked_at: datetime
    answered_at: datetime | None
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class SignerChoice:
    """An organisation that can be asked. `is_asked`: it is already, and has not said no."""

    organisation_id: int
    name: str
    kind: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class AskedLine:
    """An idea that the actor's organisation is asked to sign, or has signed."""

    signer_id: int
    contribution_id: int
    reference: str
    title: str
    language: str
    asked_for: str
    answer: str | None
    asked_at: datetime
    is_draft: bool


@dataclass(frozen=True, slots=True)
class ToSign:
    """The open half of an idea as the organisation that is asked reads it, also while it is a draft."""

    line: AskedLine
    body: str
    details: IdeaView | None


def ask_signer(session: Session, actor: Actor, contribution_id: int, organisation_id: int) -> IdeaSigner:
    """Ask another organisation to sign along. One that said no may be asked again.

    Refused: unknown_signer (not of a kind that sends ideas, not confirmed, or the idea's own),
    signer_asked, too_many_signers.
    """
    idea = _own_idea(session, actor, contribution_id)
    organisation = session.get(Organisation, organisation_id)
    is_fit = organisation is not None and organisation.kind in SIGNER_KINDS and organisation.is_confirmed
    if organisation is None or not is_fit or organisation.id == idea.on_behalf_of_id:
        raise Refused("unknown_signer")
    if organisation.refused_at is not None:
        raise Refused("unknown_signer")
    row = _find(session, idea.id, organisation_id)
    if row is not None and row.answer != "no":
        raise Refused("signer_asked")
    count = session.scalar(select(func.count()).where(IdeaSigner.contribution_id == idea.id)) or 0
    if row is None and count >= MOST_SIGNERS:
        raise Refused("too_many_signers", most=MOST_SIGNERS)
    if row is None:
        row = IdeaSigner(contribution_id=idea.id, organisation_id=organisation_id)
        session.add(row)
    row.asked_by_id, row.asked_at = actor.user_id, now()
    row.answer = row.answered_by_id = row.answered_at = row.answered_version = None
    session.flush()
    after = {"organisation_id": organisation_id}
    record(session, actor, "ask_signer", "contribution", idea.id, after=after)
    announce(session, SignerAsked(idea.id, row.id, organisation_id))
    return row


def _own_idea(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    idea = get_seen(session, actor, contribution_id, lock=True)
    require(may_ask_signers(actor, idea))
    return idea


def _find(session: Session, contribution_id: int, organisation_id: int) -> IdeaSigner | None:
    return session.scalars(
        select(IdeaSigner)
        .where(IdeaSigner.contribution_id == contribution_id, IdeaSigner.organisation_id == organisation_id)
        .with_for_update()
    ).one_or_none()


def answer_signing(session: Session, actor: Actor, signer_id: int, says_yes: bool) -> IdeaSigner:
    """Say yes or no for one's organisation; a yes may be taken back later. Raises NotFound for others."""
    row = session.scalars(
        select(IdeaSigner).where(IdeaSigner.id == signer_id).with_for_update()
    ).one_or_none()
    if row is None or not may_answer_signing(actor, row):
        raise NotFound
    idea = session.get_one(Contribution, row.contribution_id)
    if idea.status == "withdrawn" or idea.hidden_at is not None:
        raise NotFound
    before = {"answer": row.answer}
    row.answer = "yes" if says_yes else "no"
    row.answered_by_id, row.answered_at, row.answered_version = actor.user_id, now(), idea.version
    session.flush()
    after = {"answer": row.answer, "version": idea.version}
    record(session, actor, "answer_signing", "contribution", idea.id, before=before, after=after)
    tell_changed(session, [idea])
    announce(session, SignerAnswered(idea.id, row.id, row.organisation_id))
    return row


def remove_signer(session: Session, actor: Actor, contribution_id: int, organisation_id: int) -> None:
    """Take the question or the signature away; nothing happens where there is none."""
    idea = _own_idea(session, actor, contribution_id)
    row = _find(session, idea.id, organisation_id)
    if row is None:
        return
    before = {"organisation_id": organisation_id, "answer": row.answer}
    session.delete(row)
    session.flush()
    record(session, actor, "remove_signer", "contribution", idea.id, before=before)
    tell_changed(session, [idea])


def list_signers(session: Session, actor: Actor, contribution_id: int) -> list[SignerView]:
    """Those of an idea that the actor sees; others than its own people are shown only who said yes.

    Of a draft that one is asked to sign, see `find_to_sign`.
    """
    return read(session, signers_of(actor, contribution_id))


def signers_of(actor: Actor, contribution_id: int) -> Asking[list[SignerView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_signers(actor), {"signed": contribution_id})
    return [
        SignerView(
            id=row.id,
            organisation_id=row.organisation_id,
            organisation=row.name,
            organisation_kind=row.kind,
            answer=row.answer,
            asked_at=row.asked_at,
            answered_at=row.answered_at,
            is_outdated=row.answer == "yes" and _is_changed_since(row, row.version),
        )
        for row in rows
    ]


@kept
def _signers(actor: Actor) -> Select[Any]:
    return (
        select(
            IdeaSigner.id,
            IdeaSigner.organisation_id,
            IdeaSigner.answer,
            IdeaSigner.asked_at,
            IdeaSigner.answered_at,
            IdeaSigner.answered_version,
            Organisation.name,
            Organisation.kind,
            Contribution.version,
        )
        .join(Contribution, Contribution.id == IdeaSigner.contribution_id)
        .join(Organisation, Organisation.id == IdeaSigner.organisation_id)
        .where(
            IdeaSigner.contribution_id == bindparam("signed"), visible_to(actor), signers_visible_to(actor)
        )
        .order_by(func.danish_sort_key(Organisation.name), IdeaSigner.id)
        .limit(MOST_SIGNERS)
    )


def _is_changed_since(row: Any, version: int) -> bool:
    return row.answered_version is not None and row.answered_version < version


def find_signer_choices(
    session: Session, actor: Actor, contribution_id: int, text: str
) -> list[SignerChoice]:
    """Organisations of this name that can be asked, with how they stand to the idea; for its own people."""
    idea = get_seen(session, actor, contribution_id)
    require(may_ask_signers(actor, idea))
    known = {row.organisation_id: row for row in list_signers(session, actor, idea.id)}
    return [
        SignerChoice(one.id, one.name, one.kind, one.id in known and known[one.id].answer != "no")
        for one in find_organisations(session, text, MOST_ASKED)
        if one.kind in SIGNER_KINDS and one.is_confirmed and one.id != idea.on_behalf_of_id
    ][:MOST_FOUND]


def list_asked(session: Session, actor: Actor) -> list[AskedLine]:
    """What the actor's organisation is asked to sign, and what it answered; those that wait first."""
    return read(session, signatures_asked_of(actor))


def signatures_asked_of(actor: Actor) -> Asking[list[AskedLine]]:
    """The same, to be asked beside others."""
    if not _can_be_asked(actor):
        return []
    return [_line(row) for row in (yield from asked(_asked_of(actor)))]


def find_to_sign(session: Session, actor: Actor, signer_id: int) -> ToSign | None:
    """The open half of an idea that the actor's organisation is asked to sign; also of a draft."""
    row = _find_asked(session, actor, IdeaSigner.id == signer_id)
    if row is None:
        return None
    return ToSign(_line(row), row.body, find_idea_details(session, row.contribution_id))


def find_signed(session: Session, actor: Actor, reference: str) -> AskedLine | None:
    """The idea of this number that the actor's organisation stands behind, also while it is a draft."""
    row = _find_asked(session, actor, Contribution.reference == reference, IdeaSigner.answer == "yes")
    return _line(row) if row is not None else None


def _can_be_asked(actor: Actor) -> bool:
    return actor.is_signed_in and actor.is_confirmed and actor.organisation_id is not None


def _find_asked(session: Session, actor: Actor, *conditions: ColumnElement[bool]) -> Any:
    if not _can_be_asked(actor):
        return None
    return session.execute(_asked_of(actor).where(*conditions)).first()


@kept
def _asked_of(actor: Actor) -> Select[Any]:
    sender = select(Organisation.name).where(Organisation.id == Contribution.on_behalf_of_id)
    return (
        select(
            IdeaSigner.id.label("signer_id"),
            Contribution.id.label("contribution_id"),
            Contribution.reference,
            Contribution.title,
            Contribution.language,
            func.coalesce(sender.scalar_subquery(), Contribution.on_behalf_of_text).label("asked_for"),
            IdeaSigner.answer,
            IdeaSigner.asked_at,
            (Contribution.status == "draft").label("is_draft"),
            Contribution.body,
        )
        .join(Contribution, Contribution.id == IdeaSigner.contribution_id)
        .where(
            IdeaSigner.organisation_id == actor.organisation_id,
            Contribution.status != "withdrawn",
            Contribution.hidden_at.is_(None),
        )
        .order_by(IdeaSigner.answer.is_not(None), IdeaSigner.asked_at.desc(), IdeaSigner.id.desc())
        .limit(MOST_ASKED)
    )


def _line(row: Any) -> AskedLine:
    return AskedLine(**{name: value for name, value in row._mapping.items() if name != "body"})
