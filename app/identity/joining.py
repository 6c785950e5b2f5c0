"""Two accounts of one person become one. It cannot be undone, so it is shown first and logged in full.

Every foreign key to an account has its decision in REFERENCES; a new one without fails the tests.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Column, Table, and_, delete, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.database import Base
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.bodies.joining import move_body_seats, move_secretary
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.priorities.joining import move_deciders
from app.domain.registrations.service import move_sign_ups
from app.domain.strategies.policy_models import PolicyWriter
from app.domain.users.addresses import find_by_address, find_proof, forget_proof, hold_address
from app.domain.users.events import AccountsJoined
from app.domain.users.models import Consent, Membership, User, UserEmail
from app.identity.models import Passkey, SignInSession
from app.identity.moving import move_rows
from app.identity.policy import may_join_others
from app.identity.proof import is_fresh, speaks_for_organiser
from app.identity.provider_models import Identity
from app.identity.seats import move_seats

# moved: the row is the joined account's from now on; where it has one like it already, the row is dropped.
# merged: by a function of its own below. ended: signs in no more, and stays where it was.
# left: stays where it was; erasing and copying one's data reach it through `joined_into_id`.
# dropped: of no more use to anybody.
How = Literal["moved", "merged", "ended", "left", "dropped"]
REFERENCES: Final[dict[str, How]] = {
    "access_request.opened_by_id": "moved",
    "address_proof.user_id": "dropped",
    "agenda_decision.decided_by_id": "moved",
    "answer_case.owner_id": "moved",
    "answer_telling.user_id": "moved",
    "api_token.user_id": "ended",
    "attendee.checked_in_by_id": "moved",
    "attendee.user_id": "merged",
    "batch.created_by_id": "moved",
    "batch.sent_by_id": "moved",
    "cited_in_answer.cited_by_id": "moved",
    "body.made_by_id": "moved",
    "body_meeting.added_by_id": "moved",
    "body_member.user_id": "merged",
    "body_read_mark.user_id": "moved",
    "body_reading.added_by_id": "moved",
    "body_secretary.named_by_id": "moved",
    "cited_page.cited_by_id": "moved",
    "commitment.owner_user_id": "moved",
    "commitment.proposed_by_id": "moved",
    "commitment.verdict_by_id": "moved",
    "commitment_edition.replaced_by_id": "moved",
    "consent.user_id": "merged",
    "contact_request.answered_by_id": "moved",
    "contact_request.asked_by_id": "moved",
    "contribution.entered_by_id": "moved",
    "contribution.said_by_user_id": "moved",
    "data_copy.user_id": "left",
    "data_import.sent_by_id": "moved",
    "site_edition.made_by_id": "moved",
    "deadline_change.changed_by_id": "moved",
    "deck.withdrawn_by_id": "moved",
    "deck_batch.sent_by_id": "moved",
    "deck_revision.uploaded_by_id": "moved",
    "deck_theme.judged_by_id": "moved",
    "discussion_group.facilitator_id": "moved",
    "discussion_group.rapporteur_id": "moved",
    "evaluation_answer.user_id": "moved",
    "follow.user_id": "moved",
    "follow_stop.user_id": "moved",
    "gap_reason.given_by_id": "moved",
    "gathered.gathered_by_id": "moved",
    "import_theme_word.set_by_id": "moved",
    "meeting_page.sent_by_id": "moved",
    "old_address.added_by_id": "moved",
    "heard_part.decided_by_id": "moved",
    "heard_part.stated_by_id": "moved",
    "idea_attachment.removed_by_id": "moved",
    "idea_attachment.uploaded_by_id": "moved",
    "idea_signer.answered_by_id": "moved",
    "idea_signer.asked_by_id": "moved",
    "interest.marked_by_id": "moved",
    "interest_change.changed_by_id": "moved",
    "invitation.invited_by_id": "moved",
    "invitation.user_id": "moved",
    "last_visit.user_id": "dropped",
    "laid_aside.removed_by_id": "moved",
    "ledger_correction.made_by_id": "moved",
    "ledger_entry.noted_by_id": "moved",
    "ledger_export.made_by_id": "moved",
    "ledger_gap_closing.closed_by_id": "moved",
    "ledger_gap_closing.reopened_by_id": "moved",
    "ledger_request.asked_by_id": "moved",
    "ledger_request.decided_by_id": "moved",
    "ledger_staff.user_id": "moved",
    "letter.user_id": "moved",
    "maturity_assessment.made_by_id": "moved",
    "maturity_opening.opened_by_id": "moved",
    "measurement.measured_by_id": "moved",
    "meeting_role.given_by_id": "moved",
    "meeting_role.user_id": "moved",
    "membership.user_id": "merged",
    "minutes.approved_by_id": "moved",
    "minutes_comment.decided_by_id": "moved",
    "minutes_comment.user_id": "moved",
    "minutes_edition.made_by_id": "moved",
    "moderation_decision.decided_by_id": "moved",
    "moderation_objection.user_id": "moved",
    "moderation_report.reporter_id": "moved",
    "need_municipality.entered_by_id": "moved",
    "need_state.noted_by_id": "moved",
    "network_strategist.named_by_id": "moved",
    "own_project.entered_by_id": "moved",
    "passkey.user_id": "moved",
    "passkey_challenge.user_id": "dropped",
    "personal_calendar.user_id": "dropped",
    "policy_draft.saved_by_id": "moved",
    "policy_writer.chosen_by_id": "moved",
    "pressure_test.made_by_id": "moved",
    "pressure_test_agreement.agreed_by_id": "moved",
    "pressure_test_assessor.user_id": "moved",
    "priority_decider.user_id": "merged",
    "priority_round.made_by_id": "moved",
    "programme_edition.published_by_id": "moved",
    "recommendation.drafted_by_id": "moved",
    "recommendation_step.noted_by_id": "moved",
    "registration.user_id": "merged",
    "seat_decision.decided_by_id": "moved",
    "sign_in_flow.user_id": "dropped",
    "sign_in_identity.user_id": "moved",
    "sign_in_session.user_id": "ended",
    "staff_note.written_by_id": "moved",
    "stage_change.made_by_id": "moved",
    "strategy_edition.published_by_id": "moved",
    "theme_link.linked_by_id": "moved",
    "thing_barrier.added_by_id": "moved",
    "thing_barrier.solved_by_id": "moved",
    "typed_idea.user_id": "moved",
    "typed_need.user_id": "moved",
    "user_account.joined_into_id": "moved",
    "user_email.user_id": "moved",
    "webhook.made_by_id": "moved",
}
# What a person cares to read before saying yes; the rest goes along without being counted.
COUNTED: Final = (
    "contribution.said_by_user_id",
    "registration.user_id",
    "meeting_role.user_id",
    "follow.user_id",
    "passkey.user_id",
    "sign_in_identity.user_id",
    "api_token.user_id",
)
_RANK: Final = ("member", "staff", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class JoinedMembership:
    """How a membership will stand after the joining."""

    organisation: str
    role: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What joining does: the two accounts, how many of each thing move, and the memberships afterwards."""

    kept_id: int
    kept_name: str
    kept_email: str | None
    other_id: int
    other_name: str
    other_email: str | None
    counts: tuple[tuple[str, int], ...]
    memberships: tuple[JoinedMembership, ...]


# --- looking first


def preview_own(session: Session, actor: Actor) -> Preview:
    """What joining the proved address's account with one's own would do. Refused as `join_own`."""
    kept, other = _find_own(session, actor)
    return _preview(session, kept, other)


def preview_of_others(session: Session, actor: Actor, kept_id: int, other_id: int) -> Preview:
    """The same for two accounts of somebody else. Refused as `join_others`."""
    kept, other = _find_others(session, actor, kept_id, other_id)
    return _preview(session, kept, other)


def _preview(session: Session, kept: User, other: User) -> Preview:
    return Preview(
        kept_id=kept.id,
        kept_name=kept.name,
        kept_email=kept.email,
        other_id=other.id,
        other_name=other.name,
        other_email=other.email,
        counts=_count(session, other.id),
        memberships=tuple(_foresee_memberships(session, kept.id, other.id)),
    )


def _count(session: Session, user_id: int) -> tuple[tuple[str, int], ...]:
    """How many rows of the account there are of each kind that is told; in one statement."""
    counts = []
    for place, name in enumerate(COUNTED):
        table, column = _column(name)
        statement = select(literal(place).label("place"), func.count().label("rows")).select_from(table)
        if name == "api_token.user_id":
            statement = statement.where(table.c.ended_at.is_(None))
        counts.append(statement.where(column == user_id))
    rows = {row.place: row.rows for row in session.execute(union_all(*counts))}
    return tuple((name.partition(".")[0], rows[place]) for place, name in enumerate(COUNTED) if rows[place])


def _foresee_memberships(session: Session, kept_id: int, other_id: int) -> list[JoinedMembership]:
    rows = session.execute(
        select(Membership, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id.in_([kept_id, other_id]), Membership.ended_at.is_(None))
        .order_by(danish_order(Organisation.name), Membership.id)
    ).all()
    best: dict[int, tuple[Membership, str]] = {}
    for membership, name in rows:
        known = best.get(membership.organisation_id)
        if known is None or _strength(membership) > _strength(known[0]):
            best[membership.organisation_id] = (membership, name)
    return [
        JoinedMembership(name, membership.role, membership.confirmed_at is not None)
        for membership, name in best.values()
    ]


def _strength(membership: Membership) -> tuple[bool, int]:
    """Confirmed first, then by role. A membership is taken whole, so that no right comes of two halves."""
    return membership.confirmed_at is not None, _RANK.index(membership.role)


# --- joining


def join_own(session: Session, actor: Actor) -> User:
    """Join the account of the address that the actor has just proved into the actor's own.

    Refused: no_proof (or too old), nothing_to_join, needs_admin: a mailed code alone must not bring the
    rights of an organiser's staff into another account.
    """
    kept, other = _find_own(session, actor)
    forget_proof(session, kept.id)
    return _join(session, actor, kept, other)


def join_others(session: Session, actor: Actor, kept_id: int, other_id: int) -> User:
    """Join two accounts of somebody else: the second becomes part of the first. Logged with before and after.

    Refused: same_account, account_closed, not_own_account (another admin must do that). Raises NotFound.
    """
    kept, other = _find_others(session, actor, kept_id, other_id)
    return _join(session, actor, kept, other)


def _find_own(session: Session, actor: Actor) -> tuple[User, User]:
    require(actor.user_id is not None)
    assert actor.user_id is not None
    email = find_proof(session, actor.user_id)
    if email is None:
        raise Refused("no_proof")
    hold_address(session, email)
    other = find_by_address(session, email)
    if other is None or other.id == actor.user_id or other.disabled_at is not None:
        raise Refused("nothing_to_join")
    kept, other = _hold(session, actor.user_id, other.id)
    if speaks_for_organiser(session, other.id):
        raise Refused("needs_admin")
    if speaks_for_organiser(session, kept.id):
        require(actor.is_strong and is_fresh(session, actor))
    return kept, other


def _find_others(session: Session, actor: Actor, kept_id: int, other_id: int) -> tuple[User, User]:
    require(may_join_others(actor))
    if kept_id == other_id:
        raise Refused("same_account")
    if actor.user_id in (kept_id, other_id):
        raise Refused("not_own_account")
    kept, other = _hold(session, kept_id, other_id)
    if any(user.disabled_at is not None or user.joined_into_id is not None for user in (kept, other)):
        raise Refused("account_closed")
    return kept, other


def _hold(session: Session, kept_id: int, other_id: int) -> tuple[User, User]:
    """Both rows as they are now, held in one order, so that two joinings at once never wait in a ring."""
    rows = session.scalars(
        select(User)
        .where(User.id.in_([kept_id, other_id]))
        .order_by(User.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {user.id: user for user in rows}
    if len(found) != 2:
        raise NotFound
    return found[kept_id], found[other_id]


def _join(session: Session, actor: Actor, kept: User, other: User) -> User:
    before = {"kept": _describe(session, kept.id), "joined": _describe(session, other.id)}
    former_email = other.email
    _let_go_of_weak_ways(session, kept, other)
    _merge_memberships(session, kept.id, other.id)
    move_sign_ups(session, other.id, kept.id)
    _merge_consents(session, kept.id, other.id)
    move_seats(session, other.id, kept.id)
    move_body_seats(session, other.id, kept.id)
    move_deciders(session, other.id, kept.id)
    moved = {
        name: rows
        for name, how in REFERENCES.items()
        if (rows := _follow(session, how, name, kept.id, other.id))
    }
    _close(session, kept, other)
    after = {"kept": _describe(session, kept.id), "joined_id": other.id, "moved": moved}
    record(session, actor, "join", "user", kept.id, before=before, after=after)
    announce(session, AccountsJoined(kept.id, former_email))
    session.expire_all()
    return kept


def _let_go_of_weak_ways(session: Session, kept: User, other: User) -> None:
    """Where one of the two speaks for an organiser: the passkeys and logins of the one that does not.

    They were added by somebody who had shown a mailed code only, and would from now on open more than that.
    """
    kept_speaks, other_speaks = (speaks_for_organiser(session, user.id) for user in (kept, other))
    if kept_speaks == other_speaks:
        return
    weak = other if kept_speaks else kept
    session.execute(delete(Passkey).where(Passkey.user_id == weak.id))
    # It waits for an admin, as one that nobody knows does.
    values = {"user_id": None, "membership_id": None, "given_role": None}
    session.execute(update(Identity).where(Identity.user_id == weak.id).values(values))
    if weak is kept:
        open_sessions = and_(SignInSession.user_id == kept.id, SignInSession.ended_at.is_(None))
        session.execute(update(SignInSession).where(open_sessions).values(ended_at=now()))


def _column(name: str) -> tuple[Table, Column[Any]]:
    table_name, _, column_name = name.partition(".")
    table = Base.metadata.tables[table_name]
    return table, table.c[column_name]


def _follow(session: Session, how: How, name: str, kept_id: int, other_id: int) -> int:
    """Do with the rows of one foreign key as decided; how many were touched."""
    table, column = _column(name)
    if how == "moved":
        return move_rows(session, column, other_id, kept_id)
    if how == "dropped":
        return session.execute(delete(table).where(column == other_id)).rowcount  # type: ignore[attr-defined]
    if how == "ended":
        open_rows = and_(column == other_id, table.c.ended_at.is_(None))
        return session.execute(update(table).where(open_rows).values(ended_at=now())).rowcount  # type: ignore[attr-defined]
    return 0


def _in_force(session: Session, user_id: int) -> list[Membership]:
    return list(
        session.scalars(
            select(Membership)
            .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
            .order_by(Membership.id)
            .with_for_update()
        )
    )


def _merge_memberships(session: Session, kept_id: int, other_id: int) -> None:
    """Of two in the same organisation the stronger is taken as a whole; all others move as they are."""
    own = {membership.organisation_id: membership for membership in _in_force(session, kept_id)}
    for membership in _in_force(session, other_id):
        known = own.get(membership.organisation_id)
        if known is None:
            continue
        if _strength(membership) > _strength(known):
            known.role, known.confirmed_at = membership.role, membership.confirmed_at
        # Since the first of the two: what either said in that time was said by a member.
        known.created_at = min(known.created_at, membership.created_at)
        known.title = known.title or membership.title
        session.execute(
            update(Identity).where(Identity.membership_id == membership.id).values(membership_id=known.id)
        )
        writer = session.get(PolicyWriter, membership.id)
        if writer is not None and session.get(PolicyWriter, known.id) is None:
            writer.membership_id = known.id
        move_secretary(session, membership.id, known.id)
        membership.ended_at, membership.ended_as, membership.title = now(), "joined", ""
    session.flush()
    session.execute(
        update(Membership)
        .where(Membership.user_id == other_id, func.coalesce(Membership.ended_as, "") != "joined")
        .values(user_id=kept_id)
    )


def _merge_consents(session: Session, kept_id: int, other_id: int) -> None:
    """What both agree to stays with the account that is kept; the other's moves as history, withdrawn."""
    is_open = Consent.withdrawn_at.is_(None)
    given = select(Consent.kind).where(Consent.user_id == kept_id, is_open)
    session.execute(
        update(Consent)
        .where(Consent.user_id == other_id, is_open, Consent.kind.in_(given))
        .values(withdrawn_at=now())
    )
    session.execute(update(Consent).where(Consent.user_id == other_id).values(user_id=kept_id))


def _close(session: Session, kept: User, other: User) -> None:
    """Leave an empty shell: no address, no name; its address signs in to the account that is kept."""
    email, other.email = other.email, None
    kept.name = kept.name or other.name
    kept.fields = list(dict.fromkeys([*kept.fields, *other.fields]))
    other.name, other.fields = "", []
    other.disabled_at, other.joined_into_id = now(), kept.id
    session.flush()
    if email is not None:
        session.add(UserEmail(user_id=kept.id, email=email, created_at=now()))
        session.flush()


def _describe(session: Session, user_id: int) -> dict[str, Any]:
    """What the log keeps of an account at a joining: numbers only, no name and no address."""
    session.flush()
    rows = session.execute(
        select(Membership.organisation_id, Membership.role, Membership.confirmed_at.is_not(None))
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(Membership.organisation_id)
    )
    memberships = [
        {"organisation_id": organisation_id, "role": role, "is_confirmed": is_confirmed}
        for organisation_id, role, is_confirmed in rows
    ]
    return {"user_id": user_id, "memberships": memberships}
