"""The verbs of commitments: promising, publishing, moving a day, judging, replacing.

Steps on the way stand in milestones.py, what is measured in measuring.py.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.commitments.events import (
    CommitmentLate,
    CommitmentProposed,
    CommitmentsChanged,
    CommitmentsPublished,
    DeadlineMoved,
    VerdictGiven,
)
from app.domain.commitments.models import (
    NUMBERS,
    PREFIX,
    Commitment,
    CommitmentContribution,
    CommitmentEdition,
    CommitmentTheme,
    DeadlineChange,
    Indicator,
    Milestone,
)
from app.domain.commitments.policy import (
    OPEN,
    VERDICTS,
    may_commit_for,
    may_decide,
    may_edit,
    may_report,
    may_see,
    may_withdraw,
)
from app.domain.commitments.schemas import (
    CommitmentEdit,
    CommitmentInput,
    MoveInput,
    ReplaceInput,
    TakeBackInput,
    VerdictInput,
)
from app.domain.commitments.statuses import follow_commitments
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.policy import is_listed
from app.domain.contributions.policy import visible_to as contribution_visible_to
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation
from app.domain.strategies.models import Theme
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff

MOST_AT_ONCE = 200


def take_reference(session: Session) -> str:
    """The next number: "F-0007". Gaps are allowed."""
    return f"{PREFIX}-{session.scalar(NUMBERS.next_value().select()):04d}"


def take_commitment(
    session: Session, actor: Actor, commitment_id: int, version: int | None = None
) -> Commitment:
    """The commitment, held until the transaction ends. Raises NotFound, and Refused("stale") where a version
    is given and another was faster."""
    commitment = session.scalars(
        select(Commitment)
        .where(Commitment.id == commitment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if commitment is None or not may_see(actor, commitment):
        raise NotFound
    if version is not None and commitment.version != version:
        raise Refused("stale")
    return commitment


def count_placed(
    session: Session, table: type[Indicator] | type[Milestone], commitment_id: int
) -> tuple[int, int]:
    """How many of these a commitment has, and the place of the last; 0 where there is none."""
    last = func.coalesce(func.max(table.position), 0)
    found = select(func.count(), last).where(table.commitment_id == commitment_id)
    count, place = session.execute(found).one()
    return count, place


def list_linked(session: Session, commitment_ids: Iterable[int]) -> list[int]:
    """The ids of what these commitments are about."""
    linked = CommitmentContribution.commitment_id.in_(list(commitment_ids))
    return list(session.scalars(select(CommitmentContribution.contribution_id).where(linked).distinct()))


def require_open(commitment: Commitment) -> None:
    """Refused: commitment_unpublished, commitment_judged."""
    if commitment.published_at is None:
        raise Refused("commitment_unpublished")
    if commitment.status not in OPEN:
        raise Refused("commitment_judged")


def renew_status(session: Session, commitment: Commitment) -> None:
    """The status that goes with what has been done and with the day. That it is late is first said by night,
    so that whoever sees to it is told; when its day has been moved ahead it is not late any more."""
    if commitment.status not in OPEN:
        return
    if commitment.status == "late" and commitment.deadline < today():
        return
    session.flush()
    is_stepped = exists().where(Milestone.commitment_id == commitment.id, Milestone.done_on.is_not(None))
    has_begun = commitment.begun_at is not None or session.scalar(select(is_stepped))
    commitment.status = "in_progress" if has_begun else "decided"


def tell_changed(session: Session, actor: Actor, *commitment_ids: int) -> None:
    """Let what was promised of follow, and announce the change."""
    follow_commitments(session, actor, list_linked(session, commitment_ids))
    announce(session, CommitmentsChanged(tuple(sorted(commitment_ids))))


# --- promising


def propose(session: Session, actor: Actor, given: CommitmentInput) -> Commitment:
    """A promise that nobody but its own organisation and staff knows of until staff publishes it.

    Raises NotAllowed, and Refused: deadline_past (staff may write down old ones), unknown_organisation,
    unknown_owner, unknown_meeting, unknown_answer, unknown_contribution, unknown_theme.
    """
    require(may_commit_for(actor, given.organisation_id))
    _require_own_fields(actor, given)
    if given.deadline < today() and not may_decide(actor):
        raise Refused("deadline_past")
    _check(session, actor, given)
    commitment = Commitment(
        reference=take_reference(session),
        status="proposed",
        proposed_by_id=actor.user_id,
        proposed_at=now(),
        **_own_columns(given),
    )
    session.add(commitment)
    session.flush()
    _link(session, commitment.id, given.contribution_ids, given.theme_ids)
    record(session, actor, "propose", "commitment", commitment.id, after=_picture(session, commitment))
    if not may_decide(actor):
        announce(session, CommitmentProposed(commitment.id))
    announce(session, CommitmentsChanged((commitment.id,)))
    return commitment


_LINKS = {"contribution_ids", "theme_ids"}


def _own_columns(given: CommitmentInput) -> dict[str, Any]:
    return given.model_dump(exclude=_LINKS | {"reason", "version"})


def _require_own_fields(actor: Actor, given: CommitmentInput) -> None:
    """What is staff's to set stays as it is from others."""
    staffs = (given.owner_user_id, given.meeting_id, given.answer_id)
    is_plain = given.visibility == "public" and all(value is None for value in staffs)
    require(may_decide(actor) or is_plain)


def _check(session: Session, actor: Actor, given: CommitmentInput) -> None:
    organisation = session.get(Organisation, given.organisation_id)
    if organisation is None or organisation.refused_at is not None:
        raise Refused("unknown_organisation")
    if given.owner_user_id is not None:
        owner = select(User.id).where(User.id == given.owner_user_id, is_on_staff())
        if session.scalar(owner) is None:
            raise Refused("unknown_owner")
    if given.meeting_id is not None and session.get(Meeting, given.meeting_id) is None:
        raise Refused("unknown_meeting")
    if given.answer_id is not None and session.get(Answer, given.answer_id) is None:
        raise Refused("unknown_answer")
    check_links(session, actor, given.contribution_ids, given.theme_ids)


def check_links(
    session: Session, actor: Actor, contribution_ids: Sequence[int], theme_ids: Sequence[int]
) -> None:
    """Refused: unknown_contribution (also what the actor may not see), unknown_theme."""
    wanted = set(contribution_ids)
    if wanted and _find_seen(session, actor, wanted) != wanted:
        raise Refused("unknown_contribution")
    themes = set(theme_ids)
    if themes and set(session.scalars(select(Theme.id).where(Theme.id.in_(themes)))) != themes:
        raise Refused("unknown_theme")


def _find_seen(session: Session, actor: Actor, contribution_ids: Iterable[int]) -> set[int]:
    """Those that the actor sees."""
    seen = (Contribution.id.in_(set(contribution_ids)), contribution_visible_to(actor), is_listed())
    return set(session.scalars(select(Contribution.id).where(*seen)))


def _hold(session: Session, contribution_ids: Iterable[int]) -> None:
    # A new link holds what it links: without an order, against those who gather it, in a ring.
    wanted = select(Contribution.id).where(Contribution.id.in_(set(contribution_ids)))
    session.execute(wanted.order_by(Contribution.id).with_for_update(key_share=True))


def _link(
    session: Session, commitment_id: int, contribution_ids: Iterable[int], theme_ids: Iterable[int]
) -> None:
    """Make the links these and no others; what came along from a replaced one keeps its mark."""
    wanted, themes = set(contribution_ids), set(theme_ids)
    links, tags = CommitmentContribution, CommitmentTheme
    gone = delete(links).where(links.commitment_id == commitment_id, links.contribution_id.not_in(wanted))
    session.execute(gone)
    gone_tags = delete(tags).where(tags.commitment_id == commitment_id, tags.theme_id.not_in(themes))
    session.execute(gone_tags)
    if wanted:
        rows = [{"commitment_id": commitment_id, "contribution_id": one} for one in sorted(wanted)]
        session.execute(insert(links).values(rows).on_conflict_do_nothing())
    if themes:
        rows = [{"commitment_id": commitment_id, "theme_id": one} for one in sorted(themes)]
        session.execute(insert(tags).values(rows).on_conflict_do_nothing())


def _picture(session: Session, commitment: Commitment) -> dict[str, Any]:
    """What the log keeps: never its words, which may have to be mended."""
    return {
        "reference": commitment.reference,
        "organisation_id": commitment.organisation_id,
        "owner_user_id": commitment.owner_user_id,
        "meeting_id": commitment.meeting_id,
        "answer_id": commitment.answer_id,
        "deadline": commitment.deadline.isoformat(),
        "status": commitment.status,
        "visibility": commitment.visibility,
        "contribution_ids": sorted(list_linked(session, [commitment.id])),
    }


def edit(session: Session, actor: Actor, commitment_id: int, given: CommitmentEdit) -> Commitment:
    """Word it otherwise, or change what it is about. Of a published one the old wording stays readable, with
    the reason; its day is moved by `move_deadline` alone, it is never given to another organisation, and what
    all may read stays theirs to read. What it is about and the actor does not see stays.

    Raises as `propose`, and Refused: stale, reason_missing, deadline_needs_reason, commitment_owner_fixed,
    commitment_stays_public.
    """
    commitment = take_commitment(session, actor, commitment_id)
    require(may_edit(actor, commitment) and may_commit_for(actor, given.organisation_id))
    if commitment.version != given.version:
        raise Refused("stale")
    if not may_decide(actor):
        # The form of those who propose does not hold what staff has set.
        kept = {
            name: getattr(commitment, name)
            for name in ("owner_user_id", "meeting_id", "answer_id", "visibility")
        }
        given = given.model_copy(update=kept)
    is_rewritten = (given.title, given.text) != (commitment.title, commitment.text)
    if commitment.published_at is not None:
        if given.deadline != commitment.deadline:
            raise Refused("deadline_needs_reason")
        if given.organisation_id != commitment.organisation_id:
            raise Refused("commitment_owner_fixed")
        if commitment.visibility == "public" and given.visibility != "public":
            raise Refused("commitment_stays_public")
        if is_rewritten and not given.reason:
            raise Refused("reason_missing")
    elif given.deadline < today() and given.deadline != commitment.deadline and not may_decide(actor):
        raise Refused("deadline_past")
    _check_anew(session, actor, commitment, given)
    if commitment.published_at is not None and is_rewritten:
        session.add(
            CommitmentEdition(
                commitment_id=commitment.id,
                version=commitment.version,
                title=commitment.title,
                text=commitment.text,
                reason=given.reason,
                replaced_at=now(),
                replaced_by_id=actor.user_id,
            )
        )
    before = _picture(session, commitment)
    for name, value in _own_columns(given).items():
        setattr(commitment, name, value)
    commitment.version += 1
    # What the actor does not see is not theirs to take off.
    unseen = set(before["contribution_ids"]) - _find_seen(session, actor, before["contribution_ids"])
    wanted = unseen | set(given.contribution_ids)
    _hold(session, {*before["contribution_ids"], *wanted})
    _link(session, commitment.id, wanted, given.theme_ids)
    after = _picture(session, commitment) | {"is_rewritten": is_rewritten}
    record(session, actor, "edit", "commitment", commitment.id, before=before, after=after)
    # What is not linked any more goes back too.
    follow_commitments(session, actor, {*before["contribution_ids"], *after["contribution_ids"]})
    announce(session, CommitmentsChanged((commitment.id,)))
    return commitment


def _check_anew(session: Session, actor: Actor, commitment: Commitment, given: CommitmentEdit) -> None:
    """What stands there already may stay, also where the actor cannot see it any more."""
    known = set(list_linked(session, [commitment.id]))
    new = [one for one in given.contribution_ids if one not in known]
    is_same_owner = given.owner_user_id == commitment.owner_user_id
    update = {"contribution_ids": new} | ({"owner_user_id": None} if is_same_owner else {})
    _check(session, actor, given.model_copy(update=update))


def withdraw(session: Session, actor: Actor, commitment_id: int) -> Commitment:
    """Take a proposal back; it can be restored. What is published gets a verdict instead.

    Refused: commitment_published.
    """
    commitment = take_commitment(session, actor, commitment_id)
    if commitment.published_at is not None:
        require(may_report(actor, commitment))
        raise Refused("commitment_published")
    require(may_withdraw(actor, commitment))
    return _turn(session, actor, commitment, "withdraw", "withdrawn")


def restore(session: Session, actor: Actor, commitment_id: int) -> Commitment:
    """A withdrawn proposal is one again. Refused: not_withdrawn."""
    commitment = take_commitment(session, actor, commitment_id)
    require(may_report(actor, commitment))
    if commitment.status != "withdrawn":
        raise Refused("not_withdrawn")
    return _turn(session, actor, commitment, "restore", "proposed")


def _turn(session: Session, actor: Actor, commitment: Commitment, verb: str, status: str) -> Commitment:
    before = {"status": commitment.status}
    commitment.status = status
    commitment.version += 1
    record(session, actor, verb, "commitment", commitment.id, before=before, after={"status": status})
    announce(session, CommitmentsChanged((commitment.id,)))
    return commitment


# --- publishing


def publish(session: Session, actor: Actor, commitment_ids: Sequence[int]) -> int:
    """Decide on proposals: from now on those who may read them do; how many were proposals."""
    require(may_decide(actor))
    return _publish(session, actor, Commitment.id.in_(list(commitment_ids)))


def publish_with_answers(session: Session, actor: Actor, answer_ids: Sequence[int]) -> int:
    """The proposals that were written along with these answers, of those that are published; how many."""
    require(may_decide(actor))
    is_out = exists().where(Answer.id == Commitment.answer_id, Answer.published_at.is_not(None))
    return _publish(session, actor, and_(Commitment.answer_id.in_(list(answer_ids)), is_out))


def _publish(session: Session, actor: Actor, condition: ColumnElement[bool]) -> int:
    rows = session.scalars(
        select(Commitment)
        .where(condition, Commitment.status == "proposed")
        .order_by(Commitment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return 0
    moment = now()
    for row in rows:
        row.status, row.published_at = "decided", moment
        row.version += 1
        renew_status(session, row)
        after = {"status": row.status}
        record(session, actor, "publish", "commitment", row.id, before={"status": "proposed"}, after=after)
    ids = tuple(row.id for row in rows)
    tell_changed(session, actor, *ids)
    announce(session, CommitmentsPublished(ids))
    return len(rows)


def begin(session: Session, actor: Actor, commitment_id: int, version: int) -> Commitment:
    """Say that the work has begun, where no step tells it. Refused: stale, commitment_unpublished,
    commitment_judged."""
    commitment = take_commitment(session, actor, commitment_id, version)
    require(may_report(actor, commitment))
    require_open(commitment)
    commitment.begun_at = commitment.begun_at or now()
    commitment.version += 1
    renew_status(session, commitment)
    record(session, actor, "begin", "commitment", commitment.id, after={"status": commitment.status})
    tell_changed(session, actor, commitment.id)
    return commitment


# --- the day


def move_deadline(session: Session, actor: Actor, commitment_id: int, given: MoveInput) -> DeadlineChange:
    """Another day; the old one stays readable, with the reason.

    Refused: stale, commitment_unpublished, commitment_judged, deadline_same, deadline_past.
    """
    commitment = take_commitment(session, actor, commitment_id)
    require(may_report(actor, commitment))
    if commitment.version != given.version:
        raise Refused("stale")
    require_open(commitment)
    change = note_move(session, actor, commitment, None, commitment.deadline, given)
    commitment.deadline = given.new_on
    commitment.version += 1
    renew_status(session, commitment)
    tell_changed(session, actor, commitment.id)
    announce(session, DeadlineMoved(commitment.id, change.id))
    return change


def note_move(
    session: Session,
    actor: Actor,
    commitment: Commitment,
    milestone: Milestone | None,
    old_on: date,
    given: MoveInput,
) -> DeadlineChange:
    """Keep the old day and why. Refused: deadline_same, deadline_past."""
    if given.new_on == old_on:
        raise Refused("deadline_same")
    if given.new_on < today():
        raise Refused("deadline_past")
    change = DeadlineChange(
        commitment_id=commitment.id,
        milestone_id=milestone.id if milestone else None,
        old_on=old_on,
        new_on=given.new_on,
        reason=given.reason,
        changed_at=now(),
        changed_by_id=actor.user_id,
    )
    session.add(change)
    session.flush()
    before, after = {"on": old_on.isoformat()}, {"on": given.new_on.isoformat()}
    if milestone is None:
        record(session, actor, "move", "commitment", commitment.id, before=before, after=after)
    else:
        record(session, actor, "move", "milestone", milestone.id, before=before, after=after)
    return change


def note_late(session: Session, most: int = MOST_AT_ONCE) -> int:
    """Note what should have been done by yesterday and has no verdict, and tell of each once; how many.

    Those that somebody works on just now wait for the next night.
    """
    rows = session.scalars(
        select(Commitment)
        .where(Commitment.status.in_(("decided", "in_progress")), Commitment.deadline < today())
        .order_by(Commitment.id)
        .with_for_update(skip_locked=True)
        .limit(most)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        before = {"status": row.status}
        row.status = "late"
        row.version += 1
        record(session, SYSTEM, "note_late", "commitment", row.id, before=before, after={"status": "late"})
        announce(session, CommitmentLate(row.id))
    if rows:
        tell_changed(session, SYSTEM, *(row.id for row in rows))
    return len(rows)


# --- how it went


def give_verdict(session: Session, actor: Actor, commitment_id: int, given: VerdictInput) -> Commitment:
    """Say how it went, what decided it and what was learnt.

    Refused: stale, commitment_unpublished, commitment_judged.
    """
    require(may_decide(actor))
    commitment = take_commitment(session, actor, commitment_id, given.version)
    require_open(commitment)
    _judge(session, actor, commitment, given.verdict, given.cause, given.lesson, None)
    record(
        session,
        actor,
        "give_verdict",
        "commitment",
        commitment.id,
        after={"status": commitment.status, "cause": given.cause},
    )
    tell_changed(session, actor, commitment.id)
    announce(session, VerdictGiven(commitment.id))
    return commitment


def replace(session: Session, actor: Actor, commitment_id: int, given: ReplaceInput) -> Commitment:
    """Another promise stands in its place, and takes over what it was about.

    Refused: stale, commitment_unpublished, commitment_judged, replacement_itself, replacement_not_open,
    replacement_hidden (all read of this one, and not of that).
    """
    require(may_decide(actor))
    # Always in the order of their ids, so that two replacings never wait for one another.
    for one in sorted({commitment_id, given.replaced_by_id}):
        take_commitment(session, actor, one)
    commitment = take_commitment(session, actor, commitment_id, given.version)
    require_open(commitment)
    other = take_commitment(session, actor, given.replaced_by_id)
    if other.id == commitment.id:
        raise Refused("replacement_itself")
    if other.status not in OPEN:
        raise Refused("replacement_not_open")
    if commitment.visibility == "public" and other.visibility != "public":
        raise Refused("replacement_hidden")
    _judge(session, actor, commitment, "replaced", given.cause, given.lesson, other.id)
    rows = [
        {"commitment_id": other.id, "contribution_id": one, "taken_from_id": commitment.id}
        for one in list_linked(session, [commitment.id])
    ]
    if rows:
        _hold(session, (row["contribution_id"] for row in rows))
        session.execute(insert(CommitmentContribution).values(rows).on_conflict_do_nothing())
    record(
        session,
        actor,
        "replace",
        "commitment",
        commitment.id,
        after={"replaced_by": other.reference, "cause": given.cause},
    )
    tell_changed(session, actor, commitment.id, other.id)
    announce(session, VerdictGiven(commitment.id))
    return commitment


def _judge(
    session: Session,
    actor: Actor,
    commitment: Commitment,
    status: str,
    cause: str,
    lesson: str,
    replaced_by_id: int | None,
) -> None:
    commitment.status, commitment.verdict_cause, commitment.lesson = status, cause, lesson
    commitment.verdict_at, commitment.verdict_by_id = now(), actor.user_id
    commitment.replaced_by_id = replaced_by_id
    commitment.version += 1
    session.flush()


def take_back_verdict(session: Session, actor: Actor, commitment_id: int, given: TakeBackInput) -> Commitment:
    """A verdict that was wrong: the promise is open again, and what it was about goes back with it. The log
    keeps what the verdict was, and why it was taken back. Refused: stale, commitment_not_judged."""
    require(may_decide(actor))
    commitment = take_commitment(session, actor, commitment_id, given.version)
    if commitment.status not in VERDICTS:
        raise Refused("commitment_not_judged")
    before = {"status": commitment.status, "cause": commitment.verdict_cause, "lesson": commitment.lesson}
    other_id = commitment.replaced_by_id
    commitment.status, commitment.verdict_cause, commitment.lesson = "decided", None, ""
    commitment.verdict_at = commitment.verdict_by_id = commitment.replaced_by_id = None
    commitment.version += 1
    session.flush()
    renew_status(session, commitment)
    came_along = CommitmentContribution.taken_from_id == commitment.id
    session.execute(delete(CommitmentContribution).where(came_along))
    after = {"status": commitment.status, "reason": given.reason}
    record(session, actor, "take_back_verdict", "commitment", commitment.id, before=before, after=after)
    tell_changed(session, actor, *(one for one in (commitment.id, other_id) if one is not None))
    return commitment
