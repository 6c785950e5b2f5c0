"""Reading who was invited, and how it stands with each: the caller has asked `may_invite`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.invitations.models import Invitation
from app.domain.invitations.schemas import State
from app.domain.organisations.mail_domains import pointing_domains
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.outbox.models import Letter, MailOptout
from app.domain.outbox.schemas import Recipient
from app.domain.registrations.models import Registration
from app.domain.users.models import User, UserEmail

PER_PAGE = 30
MOST = 5000
# A mail has reached them, and they have given up no place since: they count on the meeting.
COUNTING_ON_IT: tuple[State, ...] = ("invited", "no_mails", "signed_up", "in_line")


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation in staff's list. `organisation`: the one that the mail domain points to, or empty."""

    id: int
    email: str
    name: str
    language: str
    user_id: int | None
    state: State
    told_at: datetime | None
    answered_at: datetime | None
    organisation: str


def _states(meeting_id: int) -> Subquery:
    """Every invitation of a meeting with its state. Whoever made an account since is found by the address."""
    of_account = select(User.id).where(User.email == Invitation.email).scalar_subquery()
    of_further = select(UserEmail.user_id).where(UserEmail.email == Invitation.email).scalar_subquery()
    holder_id = func.coalesce(Invitation.user_id, of_account, of_further)
    asked = select(Invitation, holder_id.label("holder_id")).where(Invitation.meeting_id == meeting_id)
    held = asked.subquery()
    sign_up = (
        select(Registration.status)
        .where(Registration.meeting_id == meeting_id, Registration.user_id == held.c.holder_id)
        # A place that was given up before the invitation is another story.
        .where(func.coalesce(Registration.cancelled_at, held.c.created_at) >= held.c.created_at)
        .order_by(Registration.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    # What became of the newest mail about it; one that waits tells only where there is no other.
    fate = (
        select(Letter.status)
        .where(Letter.about == "invitation", Letter.about_id == held.c.id, Letter.why != "dropped")
        .order_by(Letter.status == "waiting", Letter.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    wants_none = select(MailOptout.id).where(MailOptout.email == held.c.email).exists()
    facts = select(
        held, sign_up.label("sign_up"), fate.label("fate"), wants_none.label("wants_none")
    ).subquery()
    state = case(
        (facts.c.status == "withdrawn", "withdrawn"),
        (facts.c.sign_up == "registered", "signed_up"),
        (facts.c.sign_up.in_(("waiting", "offered", "requested")), "in_line"),
        (facts.c.status == "declined", "declined"),
        (facts.c.sign_up.is_not(None), "left"),
        (facts.c.fate.in_(("failed", "bounced")), "bounced"),
        (facts.c.wants_none, "no_mails"),
        (facts.c.told_at.is_not(None), "invited"),
        (facts.c.fate == "waiting", "in_outbox"),
        else_="unsent",
    )
    return select(facts, state.label("state")).subquery()


def list_invitations(
    session: Session, meeting_id: int, state: State | None = None, page: int = 1
) -> list[InvitationLine]:
    """One page of those who were asked, by name; of all, or of those in one state."""
    found = _states(meeting_id)
    named = func.coalesce(func.nullif(found.c.name, ""), found.c.email)
    statement = (
        select(found).order_by(danish_order(named), found.c.id).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    )
    if state is not None:
        statement = statement.where(found.c.state == state)
    rows = session.execute(statement).all()
    organisations = name_organisations(session, [row.email for row in rows])
    return [
        InvitationLine(
            row.id,
            row.email,
            row.name,
            row.language,
            row.holder_id,
            row.state,
            row.told_at,
            row.answered_at,
            organisations.get(row.email, ""),
        )
        for row in rows
    ]


def count_states(session: Session, meeting_id: int) -> dict[State, int]:
    """How many were asked, by how it stands with them; states without anybody are left out."""
    found = _states(meeting_id)
    counted = select(found.c.state, func.count().label("people")).group_by(found.c.state)
    return {row.state: row.people for row in session.execute(counted)}


def find_states(
    session: Session, meeting_id: int, emails: Collection[str], user_ids: Collection[int]
) -> dict[str | int, tuple[int, State]]:
    """The id and state of those invitations that are to one of these addresses or accounts, by both."""
    found = _states(meeting_id)
    asked = or_(found.c.email.in_(emails), found.c.holder_id.in_(user_ids))
    known: dict[str | int, tuple[int, State]] = {}
    rows = session.execute(select(found.c.id, found.c.email, found.c.holder_id, found.c.state).where(asked))
    for row in rows:
        known[row.email] = (row.id, row.state)
        if row.holder_id is not None:
            known.setdefault(row.holder_id, (row.id, row.state))
    return known


def find_state(session: Session, invitation_id: int) -> State | None:
    """How it stands with one invitation; None where there is none."""
    meeting_id = session.scalar(select(Invitation.meeting_id).where(Invitation.id == invitation_id))
    if meeting_id is None:
        return None
    found = _states(meeting_id)
    return session.scalar(select(found.c.state).where(found.c.id == invitation_id))


def _recipients(session: Session, statement: Select[Any], found: Subquery) -> list[Recipient]:
    rows = session.execute(statement.order_by(found.c.id).limit(MOST))
    return [Recipient(row.email, row.name, row.language, row.holder_id, "invitation", row.id) for row in rows]


def recipients_of(session: Session, meeting_id: int) -> list[Recipient]:
    """Those who were asked, got the mail, and have said neither no nor goodbye: they may count on the day."""
    found = _states(meeting_id)
    told = and_(found.c.told_at.is_not(None), found.c.state.in_(COUNTING_ON_IT))
    return _recipients(session, select(found).where(told), found)


def list_unanswered(session: Session, meeting_id: int) -> list[Recipient]:
    """Those who got the mail and have not answered; without those to whom another one waits already."""
    found = _states(meeting_id)
    waits = (
        select(Letter.id)
        .where(Letter.about == "invitation", Letter.about_id == found.c.id, Letter.status == "waiting")
        .exists()
    )
    return _recipients(session, select(found).where(found.c.state == "invited", ~waits), found)


def name_organisations(session: Session, emails: Iterable[str]) -> dict[str, str]:
    """The organisation that an address belongs to by its domain; those that several claim are left out."""
    pointing = {email: pointing_domains(email.rpartition("@")[2]) for email in emails}
    asked = sorted({domain for domains in pointing.values() for domain in domains})
    if not asked:
        return {}
    rows = session.execute(
        select(Organisation.name, Organisation.mail_domains).where(
            Organisation.mail_domains.overlap(asked), Organisation.is_confirmed
        )
    )
    owners: dict[str, list[str]] = {}
    for row in rows:
        for domain in row.mail_domains:
            owners.setdefault(domain, []).append(row.name)
    nearest = {
        email: next((owners[domain] for domain in domains if domain in owners), [])
        for email, domains in pointing.items()
    }
    return {email: names[0] for email, names in nearest.items() if len(names) == 1}
