"""The verbs of moderation: reporting, deciding, objecting."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.contributions import blacking_out, holding_back
from app.domain.contributions.in_room import hides_author
from app.domain.contributions.service import get_seen
from app.domain.moderation.events import ContributionDecided, ContributionReported
from app.domain.moderation.models import Decision, Objection, Report
from app.domain.moderation.policy import may_moderate, may_object, may_report
from app.domain.moderation.schemas import (
    BlackOutInput,
    DecisionInput,
    HideInput,
    ObjectionInput,
    ReportInput,
    VersionInput,
)


def report(
    session: Session,
    actor: Actor,
    contribution_id: int,
    given: ReportInput,
    mail: str = "",
    language: str = "da",
) -> Report:
    """Tell staff that something should not stand as it does; `mail`: where a stranger wants to be told.

    Raises Refused("reported_already") for the same person, or the same address, once more.
    """
    contribution = get_seen(session, actor, contribution_id)
    require(may_report(actor, contribution), "not_to_report")
    taken = session.scalars(
        insert(Report)
        .values(
            contribution_id=contribution_id,
            reporter_id=actor.user_id,
            reporter_mail="" if actor.is_signed_in else mail,
            language=language,
            reason=given.reason,
            words=given.words,
            created_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(Report)
    ).one_or_none()
    if taken is None:
        raise Refused("reported_already")
    after = {"contribution": contribution.reference, "reason": given.reason}
    record(session, actor, "report", "report", taken.id, after=after)
    announce(session, ContributionReported(taken.id))
    return taken


# --- deciding


def leave(session: Session, actor: Actor, contribution_id: int, given: DecisionInput) -> Decision:
    """Let it stand as it is, with a reason. Raises Refused("stale") when another has decided meanwhile."""
    require(may_moderate(actor))
    contribution = holding_back.lock_version(session, actor, contribution_id, given.version)
    if contribution.hidden_at is not None:
        raise Refused("hidden_already")
    decision = _decide(session, actor, contribution_id, "leave", words=given.words, seen=given.seen)
    record(session, actor, "leave", "contribution", contribution_id, after={"decision": decision.id})
    return decision


def hide(session: Session, actor: Actor, contribution_id: int, given: HideInput) -> Decision:
    """Take it out of sight with a reason that the author is told and may answer."""
    require(may_moderate(actor))
    holding_back.hide(session, actor, contribution_id, given.version, given.reason)
    return _decide(
        session, actor, contribution_id, "hide", reason=given.reason, words=given.words, seen=given.seen
    )


def show(session: Session, actor: Actor, contribution_id: int, given: DecisionInput) -> Decision:
    """Show what was hidden again, also in answer to an objection."""
    require(may_moderate(actor))
    holding_back.show(session, actor, contribution_id, given.version)
    return _decide(session, actor, contribution_id, "show", words=given.words, seen=given.seen)


def uphold(session: Session, actor: Actor, contribution_id: int, given: DecisionInput) -> Decision:
    """Answer an objection: it stays hidden. Raises Refused("no_objection") when none is open."""
    require(may_moderate(actor))
    contribution = holding_back.lock_version(session, actor, contribution_id, given.version)
    if find_open_objection(session, contribution_id) is None or contribution.hidden_at is None:
        raise Refused("no_objection")
    decision = _decide(session, actor, contribution_id, "uphold", words=given.words, seen=given.seen)
    record(session, actor, "uphold", "contribution", contribution_id, after={"decision": decision.id})
    return decision


def black_out(session: Session, actor: Actor, contribution_id: int, given: BlackOutInput) -> Decision:
    """Put words out of sight, leaving a mark; see `contributions.blacking_out`."""
    require(may_moderate(actor))
    blacking_out.black_out(
        session,
        actor,
        contribution_id,
        given.version,
        given.sought,
        everywhere=given.scope == "all",
        for_good=given.for_good,
    )
    return _decide(session, actor, contribution_id, "black_out", reason=given.ground, seen=given.seen)


def unblack(session: Session, actor: Actor, contribution_id: int, given: VersionInput) -> Decision:
    """Show again all that was blacked out and not erased."""
    require(may_moderate(actor))
    blacking_out.show_words(session, actor, contribution_id, given.version)
    return _decide(session, actor, contribution_id, "unblack")


def _decide(
    session: Session,
    actor: Actor,
    contribution_id: int,
    kind: str,
    *,
    reason: str = "",
    words: str = "",
    seen: int = 0,
) -> Decision:
    """Keep the decision. It answers the reports that staff had seen, and what it decides of an objection."""
    decision = Decision(
        contribution_id=contribution_id,
        kind=kind,
        reason=reason,
        words=words,
        decided_by_id=actor.user_id,
        decided_at=now(),
    )
    session.add(decision)
    session.flush()
    session.execute(
        update(Report)
        .where(Report.contribution_id == contribution_id, Report.decision_id.is_(None), Report.id <= seen)
        .values(decision_id=decision.id)
    )
    if kind in ("show", "uphold") and (objection := find_open_objection(session, contribution_id)):
        objection.outcome_id = decision.id
    announce(session, ContributionDecided(decision.id))
    return decision


# --- objecting


def find_hiding(session: Session, contribution_id: int) -> Decision | None:
    """The decision by which a contribution was hidden last."""
    return session.scalars(
        select(Decision)
        .where(Decision.contribution_id == contribution_id, Decision.kind == "hide")
        .order_by(Decision.id.desc())
        .limit(1)
    ).one_or_none()


def find_open_objection(session: Session, contribution_id: int) -> Objection | None:
    return session.scalars(
        select(Objection)
        .join(Decision, Decision.id == Objection.decision_id)
        .where(Decision.contribution_id == contribution_id, Objection.outcome_id.is_(None))
    ).one_or_none()


def object_to_hiding(
    session: Session, actor: Actor, contribution_id: int, given: ObjectionInput
) -> Objection:
    """The author's answer to a hiding. Raises Refused("objected_already") the second time."""
    contribution = get_seen(session, actor, contribution_id, lock=True)
    hiding = find_hiding(session, contribution_id)
    require(may_object(actor, contribution) and hiding is not None, "nothing_to_object_to")
    assert hiding is not None
    taken = session.scalars(
        insert(Objection)
        .values(decision_id=hiding.id, user_id=actor.user_id, words=given.words, created_at=now())
        .on_conflict_do_nothing()
        .returning(Objection)
    ).one_or_none()
    if taken is None:
        raise Refused("objected_already")
    is_nameless = hides_author(actor, contribution)
    after = {"decision": hiding.id}
    record(session, actor, "object", "contribution", contribution_id, after=after, is_nameless=is_nameless)
    return taken
