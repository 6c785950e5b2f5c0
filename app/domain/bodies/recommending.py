"""The verbs of recommendations: drafted, sent, treated, decided; every step a row of its own."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.bodies.events import (
    RecommendationDecided,
    RecommendationSent,
    RecommendationTakenBack,
    RecommendationTreated,
)
from app.domain.bodies.models import Body, BodyAdvised, BodyMeeting, Recommendation, RecommendationStep
from app.domain.bodies.policy import (
    Place,
    find_place,
    is_drafter,
    may_edit_recommendation,
    may_keep_papers,
    may_send_to,
    own_project_to,
    project_to,
    recommendations_visible_to,
    said_to,
)
from app.domain.bodies.schemas import (
    DecidedInput,
    ReasonInput,
    RecommendationEdit,
    RecommendationInput,
    TreatedInput,
)
from app.domain.bodies.service import take_body


def draft_recommendation(
    session: Session, actor: Actor, body_id: int, given: RecommendationInput
) -> Recommendation:
    """Begin on something for the body to recommend; nobody else but who keeps its papers sees it yet.

    Refused: body_ended, unknown_subject, unknown_advised.
    """
    body, _ = take_body(session, actor, body_id, by=may_send_to)
    if body.ended_on is not None and body.ended_on <= today():
        raise Refused("body_ended")
    _check(session, actor, body, given)
    last = select(func.coalesce(func.max(Recommendation.number), 0)).where(Recommendation.body_id == body.id)
    recommendation = Recommendation(
        **given.model_dump(),
        body_id=body.id,
        number=(session.scalar(last) or 0) + 1,
        drafted_by_id=actor.user_id,
        organisation_id=actor.organisation_id,
        drafted_at=now(),
        changed_at=now(),
    )
    session.add(recommendation)
    session.flush()
    _record(session, actor, "draft", recommendation)
    return recommendation


def edit_recommendation(
    session: Session, actor: Actor, recommendation_id: int, given: RecommendationEdit
) -> Recommendation:
    """Change a draft, also one that was sent back. Refused: stale, recommendation_sent, unknown_subject,
    unknown_advised."""
    recommendation, body, _ = _take_draft(session, actor, recommendation_id, given.version)
    _check(session, actor, body, given)
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(recommendation, name, value)
    _change(session, recommendation)
    _record(session, actor, "edit", recommendation)
    return recommendation


def send_recommendation(
    session: Session, actor: Actor, recommendation_id: int, version: int
) -> Recommendation:
    """Send it, as it stands, today. Refused: stale, recommendation_sent, unknown_subject."""
    recommendation, body, _ = _take_draft(session, actor, recommendation_id, version)
    _check(session, actor, body, recommendation)
    _step(
        session,
        actor,
        recommendation,
        "sent",
        today(),
        title=recommendation.title,
        text=recommendation.text,
        advised_id=recommendation.advised_id,
    )
    announce(session, RecommendationSent(recommendation.id))
    return recommendation


def treat(session: Session, actor: Actor, recommendation_id: int, given: TreatedInput) -> Recommendation:
    """Note that it was on the table at a meeting of the body; it may be so at several.

    Refused: stale, not_sent, unknown_meeting, meeting_to_come, before_sent (the meeting was earlier).
    """
    recommendation, body, _ = _take(session, actor, recommendation_id, given.version)
    if recommendation.state not in ("sent", "treated"):
        raise Refused("not_sent")
    meeting = session.get(BodyMeeting, given.meeting_id)
    if meeting is None or meeting.body_id != body.id or meeting.cancelled_at is not None:
        raise Refused("unknown_meeting")
    if meeting.held_on > today():
        raise Refused("meeting_to_come")
    _refuse_before_the_last(session, recommendation, meeting.held_on)
    _step(session, actor, recommendation, "treated", meeting.held_on, text=given.text, meeting_id=meeting.id)
    announce(session, RecommendationTreated(recommendation.id))
    return recommendation


def decide(session: Session, actor: Actor, recommendation_id: int, given: DecidedInput) -> Recommendation:
    """Note what was decided, and by whom. What is sent back is a draft again, and all of it stays.

    Refused: stale, not_treated, unknown_advised, before_sent (it was sent or treated later than that day).
    """
    recommendation, body, _ = _take(session, actor, recommendation_id, given.version)
    if recommendation.state != "treated":
        raise Refused("not_treated")
    _refuse_unknown_advised(session, body, given.advised_id, recommendation.advised_id)
    _refuse_before_the_last(session, recommendation, given.happened_on)
    _step(
        session,
        actor,
        recommendation,
        "decided",
        given.happened_on,
        text=given.text,
        advised_id=given.advised_id,
        outcome=given.outcome,
    )
    announce(session, RecommendationDecided(recommendation.id))
    return recommendation


def withdraw_recommendation(
    session: Session, actor: Actor, recommendation_id: int, given: ReasonInput
) -> Recommendation:
    """It is not to be decided after all; who drafted it, and who keeps the papers.

    Refused: stale, recommendation_done (decided, or withdrawn already).
    """
    recommendation, _, _ = _take(session, actor, recommendation_id, given.version, drafter_may=True)
    if recommendation.state in ("decided", "withdrawn"):
        raise Refused("recommendation_done")
    _step(session, actor, recommendation, "withdrawn", today(), text=given.reason)
    announce(session, RecommendationTakenBack(recommendation.id))
    return recommendation


def take_step_back(
    session: Session, actor: Actor, recommendation_id: int, given: ReasonInput
) -> Recommendation:
    """Say that the last step was noted by mistake: it counts no more, and stays readable with the reason.

    Refused: stale, no_step, recommendation_sent (what is out is withdrawn instead).
    """
    recommendation, _, _ = _take(session, actor, recommendation_id, given.version)
    steps = _list_steps(session, recommendation.id)
    if not steps:
        raise Refused("no_step")
    last = steps[-1]
    if last.kind == "sent":
        raise Refused("recommendation_sent")
    last.taken_back_at, last.taken_back_reason = now(), given.reason
    session.flush()
    _stand_where_the_steps_say(recommendation, steps[:-1])
    _change(session, recommendation)
    _record(session, actor, "take_step_back", recommendation)
    announce(session, RecommendationTakenBack(recommendation.id))
    return recommendation


# --- inside


def _check(session: Session, actor: Actor, body: Body, given: RecommendationInput | Recommendation) -> None:
    """Nobody recommends about what they may not see. Refused: unknown_subject, unknown_advised."""
    asked = [
        (given.contribution_id, said_to),
        (given.project_id, project_to),
        (given.own_project_id, own_project_to),
    ]
    for thing_id, find in asked:
        if thing_id is not None and session.scalar(find(actor, thing_id)) is None:
            raise Refused("unknown_subject")
    _refuse_unknown_advised(session, body, given.advised_id, None)


def _refuse_unknown_advised(
    session: Session, body: Body, advised_id: int | None, held_id: int | None
) -> None:
    """Whom the body advises now, or whom it was sent to at the time."""
    if advised_id is None:
        return
    advised = session.get(BodyAdvised, advised_id)
    is_known = advised is not None and advised.body_id == body.id
    if not is_known or (advised.ended_at is not None and advised_id != held_id):
        raise Refused("unknown_advised")


def _refuse_before_the_last(session: Session, recommendation: Recommendation, day: date) -> None:
    last = _list_steps(session, recommendation.id)[-1]
    if day < last.happened_on:
        raise Refused("before_sent", day=last.happened_on)


def _list_steps(session: Session, recommendation_id: int) -> list[RecommendationStep]:
    """The steps that count, in the order in which they were noted."""
    return list(
        session.scalars(
            select(RecommendationStep)
            .where(
                RecommendationStep.recommendation_id == recommendation_id,
                RecommendationStep.taken_back_at.is_(None),
            )
            .order_by(RecommendationStep.id)
        )
    )


def _step(
    session: Session, actor: Actor, recommendation: Recommendation, kind: str, day: date, **values: Any
) -> None:
    step = RecommendationStep(
        recommendation_id=recommendation.id,
        kind=kind,
        happened_on=day,
        noted_by_id=actor.user_id,
        noted_at=now(),
        **values,
    )
    session.add(step)
    session.flush()
    _stand_where_the_steps_say(recommendation, [step])
    _change(session, recommendation)
    _record(session, actor, _VERBS[kind], recommendation, step_id=step.id, outcome=step.outcome)


_VERBS = {"sent": "send", "treated": "treat", "decided": "decide", "withdrawn": "withdraw"}


def _stand_where_the_steps_say(recommendation: Recommendation, steps: list[RecommendationStep]) -> None:
    last = steps[-1] if steps else None
    is_sent_back = last is not None and last.outcome == "sent_back"
    recommendation.state = "draft" if last is None or is_sent_back else last.kind
    recommendation.outcome = last.outcome if last is not None and not is_sent_back else None


def _change(session: Session, recommendation: Recommendation) -> None:
    recommendation.changed_at, recommendation.version = now(), recommendation.version + 1
    session.flush()


def _take(
    session: Session, actor: Actor, recommendation_id: int, version: int, *, drafter_may: bool = False
) -> tuple[Recommendation, Body, Place]:
    """It and its body, held until the transaction ends, for who keeps the papers and, where `drafter_may`,
    for who drafted it. Refused: stale, which only they hear; NotFound for what the actor may not see.
    """
    seen = (
        select(Recommendation.body_id)
        .join(Body, Body.id == Recommendation.body_id)
        .where(Recommendation.id == recommendation_id, recommendations_visible_to(actor))
    )
    body_id = session.scalar(seen)
    if body_id is None:
        raise NotFound
    body = session.get_one(Body, body_id, with_for_update=True, populate_existing=True)
    place = find_place(session, actor, body)
    recommendation = session.get_one(
        Recommendation, recommendation_id, with_for_update=True, populate_existing=True
    )
    may_edit = may_edit_recommendation(place, is_drafter(actor, recommendation))
    require(may_edit if drafter_may else may_keep_papers(place))
    if recommendation.version != version:
        raise Refused("stale")
    return recommendation, body, place


def _take_draft(
    session: Session, actor: Actor, recommendation_id: int, version: int
) -> tuple[Recommendation, Body, Place]:
    recommendation, body, place = _take(session, actor, recommendation_id, version, drafter_may=True)
    if recommendation.state != "draft":
        raise Refused("recommendation_sent")
    return recommendation, body, place


def _record(session: Session, actor: Actor, verb: str, recommendation: Recommendation, **after: Any) -> None:
    session.flush()
    after = {"number": recommendation.number, "state": recommendation.state} | after
    record(session, actor, verb, "recommendation", recommendation.id, after=after)
