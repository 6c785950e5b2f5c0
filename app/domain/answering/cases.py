"""Who looks after what: claiming, letting go, handing over; and notes between those who do."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.answering.models import Case, StaffNote
from app.domain.answering.policy import may_answer, may_remove_note, may_take_from_others
from app.domain.answering.schemas import NoteInput
from app.domain.contributions.models import Contribution
from app.domain.contributions.service import get_seen
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff


def claim(session: Session, actor: Actor, contribution_id: int) -> Case:
    """Take a contribution to oneself, so that two do not work on the same; nothing happens if one has it.

    Refused: claimed (who). Whoever is on the staff no more has nothing.
    """
    require(may_answer(actor) and actor.user_id is not None)
    get_seen(session, actor, contribution_id)
    case = take_case(session, actor, contribution_id)
    if case.owner_id != actor.user_id:
        _own(session, actor, case, actor.user_id, "claim")
    return case


def take_case(session: Session, actor: Actor, contribution_id: int) -> Case:
    """The case, held, and made where there is none. Refused: claimed (who), if another looks after it."""
    return take_cases(session, actor, [contribution_id])[contribution_id]


def take_cases(session: Session, actor: Actor, contribution_ids: Sequence[int]) -> dict[int, Case]:
    """The cases, as `take_case` takes one; all or none. Refused: claimed (who)."""
    cases = lock_cases(session, contribution_ids)
    others = [case for _, case in sorted(cases.items()) if case.owner_id != actor.user_id]
    names = list(find_owners(session, others).values())
    if names:
        raise Refused("claimed", who=names[0])
    return cases


def lock_cases(session: Session, contribution_ids: Sequence[int]) -> dict[int, Case]:
    """The cases of these contributions, held in one order and made where there are none."""
    rows = [{"contribution_id": i} for i in sorted(set(contribution_ids))]
    if not rows:
        return {}
    session.execute(insert(Case).values(rows).on_conflict_do_nothing())
    cases = session.scalars(
        select(Case)
        .where(Case.contribution_id.in_(contribution_ids))
        .order_by(Case.contribution_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {case.contribution_id: case for case in cases}


def find_owners(session: Session, cases: Sequence[Case]) -> Mapping[int, str]:
    """{contribution id: the name of who looks after it}, as far as they are on the staff still."""
    ids = {case.owner_id for case in cases if case.owner_id is not None}
    if not ids:
        return {}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids), is_on_staff()))
    names = {row.id: row.name for row in rows}
    return {case.contribution_id: names[case.owner_id] for case in cases if case.owner_id in names}


def find_owner_ids(session: Session, contribution_ids: Sequence[int]) -> dict[int, int]:
    """{contribution id: the id of who looks after it}, as far as they are on the staff still."""
    if not contribution_ids:
        return {}
    wanted = Case.contribution_id == any_(literal(list(contribution_ids), ARRAY(BigInteger)))
    rows = session.execute(
        select(Case.contribution_id, User.id)
        .join(User, User.id == Case.owner_id)
        .where(wanted, is_on_staff())
    )
    return {row.contribution_id: row.id for row in rows}


def release(session: Session, actor: Actor, contribution_id: int) -> Case:
    """Let go of what one looks after. Refused: claimed (who)."""
    require(may_answer(actor))
    get_seen(session, actor, contribution_id)
    case = take_case(session, actor, contribution_id)
    if case.owner_id is not None:
        _own(session, actor, case, None, "release")
    return case


def hand_over(session: Session, actor: Actor, contribution_id: int, user_id: int) -> Case:
    """Give it to a colleague: what one has oneself, or what nobody has; an admin also what others have.

    Refused: claimed (who), not_on_staff.
    """
    require(may_answer(actor))
    get_seen(session, actor, contribution_id)
    if session.scalar(select(User.id).where(User.id == user_id, is_on_staff())) is None:
        raise Refused("not_on_staff")
    if may_take_from_others(actor):
        case = lock_cases(session, [contribution_id])[contribution_id]
    else:
        case = take_case(session, actor, contribution_id)
    if case.owner_id != user_id:
        _own(session, actor, case, user_id, "hand_over")
    return case


def _own(session: Session, actor: Actor, case: Case, user_id: int | None, verb: str) -> None:
    before = {"owner_id": case.owner_id}
    case.owner_id, case.claimed_at = user_id, now() if user_id is not None else None
    record(
        session,
        actor,
        verb,
        "contribution",
        case.contribution_id,
        before=before,
        after={"owner_id": user_id},
    )
    session.flush()


# --- notes


def add_note(session: Session, actor: Actor, contribution_id: int, given: NoteInput) -> StaffNote:
    """A word to the colleagues. The log tells that there was one, and not what it says."""
    require(may_answer(actor))
    get_seen(session, actor, contribution_id)
    note = StaffNote(
        contribution_id=contribution_id, text=given.text, written_by_id=actor.user_id, written_at=now()
    )
    session.add(note)
    session.flush()
    record(session, actor, "note", "contribution", contribution_id, after={"note_id": note.id})
    return note


def remove_note(session: Session, actor: Actor, note_id: int) -> None:
    """Take a note away: its writer, or an admin."""
    require(may_answer(actor))
    note = session.scalars(select(StaffNote).where(StaffNote.id == note_id).with_for_update()).one_or_none()
    if note is None:
        raise NotFound
    require(may_remove_note(actor, note.written_by_id))
    title = session.get_one(Contribution, note.contribution_id).reference
    lay_aside(session, actor, "staff_note", note, title, path=f"/indbakke/{title}")
    session.delete(note)
    record(session, actor, "remove_note", "contribution", note.contribution_id, before={"note_id": note_id})


def lock_contributions(session: Session, contribution_ids: Sequence[int]) -> dict[int, Contribution]:
    """Held in one order, so that two who change many wait for each other and never in a ring. Raises
    NotFound if one is missing."""
    rows = session.scalars(
        select(Contribution)
        .where(Contribution.id.in_(contribution_ids))
        .order_by(Contribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if not found.keys() >= set(contribution_ids):
        raise NotFound
    return found
