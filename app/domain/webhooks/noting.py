"""What happened, noted for those who want to hear of it, and sent in its turn."""

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, any_, delete, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.jobs import defer
from app.core.policy import SYSTEM
from app.domain.answering.models import BatchAnswer
from app.domain.contributions.models import Contribution
from app.domain.ledger.models import Tender
from app.domain.meetings.models import Meeting
from app.domain.webhooks.happenings import Told, describe
from app.domain.webhooks.models import Webhook, WebhookDelivery, WebhookEvent, WebhookTry
from app.domain.webhooks.naming import name_of
from app.domain.webhooks.sending import Outcome, outbound
from app.domain.webhooks.service import defer_sending, stop_for
from app.domain.webhooks.signing import make_secret, sign

log = logging.getLogger(__name__)

# What came longer ago than this and is changed now is nothing new.
FRESH_FOR: Final = timedelta(days=3)
# After the first, second … time in vain; after the last of them it is given up: a day and a half in all.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 8 * 60, 24 * 60))
RESTS_FOR: Final = timedelta(minutes=1)
# One call (WHOLE_CALL), what writes down how it went, and a clock that is a little off.
TAKEN_FOR: Final = timedelta(minutes=1)
GONE: Final = 410
# How long the log of sendings, and what was taken away, is kept.
KEPT_FOR: Final = timedelta(days=30)

D, E = WebhookDelivery, WebhookEvent


# --- noting


def tell_webhooks(session: Session, what: str, object_ids: Collection[int], detail_id: int = 0) -> None:
    """Have it noted after this transaction for those who want to hear of it; one statement if nobody does."""
    if not object_ids or not session.scalar(select(exists().where(_wants(what)))):
        return
    defer(
        session,
        "webhooks.note",
        what=what,
        object_ids=list(object_ids),
        detail_id=detail_id,
        happened_at=now().isoformat(),
    )


def tell_of_batch(session: Session, batch_id: int) -> None:
    """The same for every answer of a batch."""
    if session.scalar(select(exists().where(_wants("answer.published")))):
        own = select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch_id)
        ids = session.scalars(own.order_by(BatchAnswer.answer_id)).all()
        tell_webhooks(session, "answer.published", ids)


def _wants(what: str) -> ColumnElement[bool]:
    return _is_open() & (literal(what) == any_(Webhook.happenings))


def _is_open() -> ColumnElement[bool]:
    return Webhook.ended_at.is_(None) & Webhook.stopped_at.is_(None)


def note(
    session: Session, what: str, object_ids: Collection[int], detail_id: int, happened_at: datetime
) -> int:
    """Note for each webhook that wants it what everybody may read of it; how many sendings come of it.

    What was noted before is not noted again.
    """
    fresh = _keep_fresh(session, what, list(object_ids))
    readable = [one for one in fresh if describe(session, what, one, detail_id) is not None]
    if not readable:
        return 0
    # Held, so that none is shut between being asked and being noted for; after a wait PostgreSQL asks anew.
    who = select(Webhook.id).where(_wants(what)).order_by(Webhook.id).with_for_update(read=True)
    wanted = session.scalars(who).all()
    if not wanted:
        return 0
    rows = [
        {
            "public_id": uuid4(),
            "what": what,
            "object_id": one,
            "detail_id": detail_id,
            "happened_at": happened_at,
        }
        for one in readable
    ]
    noted = session.scalars(insert(E).on_conflict_do_nothing().returning(E.id), rows).all()
    deliveries = [
        {"webhook_id": webhook_id, "event_id": event_id, "next_at": now()}
        for event_id in noted
        for webhook_id in wanted
    ]
    if deliveries:
        session.execute(insert(D), deliveries)
        defer_sending(session)
    return len(deliveries)


def _keep_fresh(session: Session, what: str, ids: list[int]) -> list[int]:
    """Those of them that came of late, where it is their coming that is told."""
    room = {
        "wish.published": Contribution,
        "idea.published": Contribution,
        "need.published": Contribution,
        "meeting.published": Meeting,
        "tender.published": Tender,
    }.get(what)
    if room is None:
        return ids
    of_late = select(room.id).where(room.id.in_(ids), room.published_at >= now() - FRESH_FOR)
    return list(session.scalars(of_late.order_by(room.id)))


# --- sending


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is to be made now."""

    delivery_id: int
    address: str
    headers: dict[str, str]
    body: bytes


def list_due(session: Session) -> list[int]:
    """The webhooks that something is due for, those that have waited longest first."""
    due = (
        select(D.webhook_id)
        .join(Webhook, Webhook.id == D.webhook_id)
        .where(*_is_due())
        .group_by(D.webhook_id)
        .order_by(func.min(D.next_at), D.webhook_id)
        .limit(50)
    )
    return list(session.scalars(due))


def _is_due() -> tuple[ColumnElement[bool], ...]:
    moment = now()
    is_awake = or_(Webhook.rests_until.is_(None), Webhook.rests_until <= moment)
    return D.state == "waiting", D.next_at <= moment, _is_open(), is_awake


def take_next(session: Session, webhook_id: int) -> Call | None:
    """What is to be sent to a webhook next. What nobody may read any more is dropped on the way.

    Once this is committed it is the caller's for as long as a call can take: no other run sends it meanwhile.
    If the caller dies, it is due again then.
    """
    while True:
        row = session.execute(
            select(D, E, Webhook)
            .join(E, E.id == D.event_id)
            .join(Webhook, Webhook.id == D.webhook_id)
            .where(D.webhook_id == webhook_id, *_is_due())
            .order_by(D.next_at, D.id)
            .limit(1)
            .with_for_update(of=D)
        ).one_or_none()
        if row is None:
            return None
        delivery, event, webhook = row
        told = describe(session, event.what, event.object_id, event.detail_id)
        if told is not None:
            delivery.next_at = now() + TAKEN_FOR
            return _make_call(session, delivery.id, event, webhook, told)
        delivery.state, delivery.next_at, delivery.done_at = "dropped", None, now()
        session.flush()


def _make_call(session: Session, delivery_id: int, event: WebhookEvent, webhook: Webhook, told: Told) -> Call:
    body = write_body(event, told)
    moment = int(now().timestamp())
    secrets = [make_secret(session, webhook.id, webhook.salt)]
    if webhook.salt_before is not None and webhook.before_until is not None and webhook.before_until > now():
        secrets.append(make_secret(session, webhook.id, webhook.salt_before))
    message_id = name_of(event.public_id)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Dialogforum-Webhooks/1 (+{outbound().base_url}/api)",
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secrets, message_id, moment, body),
    }
    return Call(delivery_id, webhook.address, headers, body)


def write_body(event: WebhookEvent, told: Told) -> bytes:
    """What a receiver reads: JSON in UTF-8."""
    base = outbound().base_url
    data: dict[str, Any] = {"address": base + told.path}
    if told.has_api:
        data["api"] = f"{base}/api/v1{told.path}"
    body = {
        "id": name_of(event.public_id),
        "type": event.what,
        "occurred_at": event.happened_at.isoformat(timespec="seconds"),
        "data": data | told.facts,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def note_outcome(session: Session, delivery_id: int, outcome: Outcome) -> None:
    """Write down how a call went, and when it is made again, if at all."""
    row = session.execute(
        select(D, Webhook)
        .join(Webhook, Webhook.id == D.webhook_id)
        .where(D.id == delivery_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return
    delivery, webhook = row
    session.add(
        WebhookTry(
            delivery_id=delivery_id,
            tried_at=now(),
            milliseconds=outcome.milliseconds,
            status=outcome.status,
            problem=outcome.problem,
            excerpt=outcome.excerpt,
        )
    )
    if delivery.state != "waiting":
        return  # switched off while it was under way
    if outcome.is_taken:
        delivery.state, delivery.next_at, delivery.done_at = "delivered", None, now()
        return
    delivery.tries += 1
    if not outcome.is_answered:
        webhook.rests_until = now() + RESTS_FOR
    if outcome.status == GONE:
        stop_for(session, SYSTEM, webhook, "gone")
    elif delivery.tries > len(WAITS):
        _give_up(session, delivery, webhook)
    else:
        delivery.next_at = now() + WAITS[delivery.tries - 1]


def _give_up(session: Session, delivery: WebhookDelivery, webhook: Webhook) -> None:
    """One alone is given up; where nothing else came through meanwhile, the webhook is switched off."""
    delivery.state, delivery.next_at, delivery.done_at = "given_up", None, now()
    session.flush()
    since = select(E.happened_at).where(E.id == delivery.event_id).scalar_subquery()
    came_through = exists().where(D.webhook_id == webhook.id, D.state == "delivered", D.done_at >= since)
    if webhook.stopped_at is None and not session.scalar(select(came_through)):
        log.warning("webhook %s: switched off, as nothing came through", webhook.id)
        stop_for(session, SYSTEM, webhook, "failing")


# --- letting go


def forget_old(session: Session) -> int:
    """Let go of sendings that are done since long, of what nobody waits for any more, and of webhooks that
    were taken away, with all that is theirs; how many sendings."""
    before = now() - KEPT_FOR
    of_ended = D.webhook_id.in_(select(Webhook.id).where(Webhook.ended_at < before))
    old = select(D.id).where(or_(and_(D.state != "waiting", D.done_at < before), of_ended))
    session.execute(delete(WebhookTry).where(WebhookTry.delivery_id.in_(old)))
    count = session.execute(delete(D).where(D.id.in_(old))).rowcount  # type: ignore[attr-defined]
    session.execute(delete(E).where(E.happened_at < before, ~exists().where(D.event_id == E.id)))
    ended = Webhook.ended_at < before
    session.execute(delete(Webhook).where(ended, ~exists().where(D.webhook_id == Webhook.id)))
    past = Webhook.before_until < now()
    for webhook in session.scalars(select(Webhook).where(past).order_by(Webhook.id).with_for_update()):
        webhook.salt_before = webhook.before_until = None
    return int(count)
