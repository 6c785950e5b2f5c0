"""Making a webhook, changing it, its secrets, switching it on and off, and sending again."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.jobs import defer
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.webhooks.addresses import WrongAddress
from app.domain.webhooks.events import WebhookStopped
from app.domain.webhooks.happenings import HAPPENINGS, TEST
from app.domain.webhooks.models import Webhook, WebhookDelivery, WebhookEvent
from app.domain.webhooks.policy import may_keep, may_keep_webhooks, may_stop, visible_to
from app.domain.webhooks.schemas import WebhookEdit, WebhookInput
from app.domain.webhooks.sending import read_target
from app.domain.webhooks.signing import make_secret, new_salt, show_secret

MOST: Final = 10  # of one organisation
BOTH_VALID_FOR: Final = timedelta(days=7)


def add_webhook(session: Session, actor: Actor, given: WebhookInput) -> tuple[Webhook, str]:
    """A webhook of the own organisation, and its secret, which is shown once and kept nowhere.

    Refused: too_many_webhooks, unknown_happening, webhook_address_….
    """
    require(may_keep_webhooks(actor))
    # Two at once must not both be the tenth.
    own = select(Organisation.id).where(Organisation.id == actor.organisation_id).with_for_update()
    organisation_id = session.scalars(own).one()
    if count_webhooks(session, organisation_id) >= MOST:
        raise Refused("too_many_webhooks", most=MOST)
    webhook = Webhook(
        organisation_id=organisation_id,
        name=given.name,
        address=_read_address(given.address),
        happenings=_read_happenings(given.happenings),
        salt=new_salt(),
        made_by_id=actor.user_id,
        made_at=now(),
    )
    session.add(webhook)
    session.flush()
    record(session, actor, "add", "webhook", webhook.id, after=_facts(webhook))
    return webhook, show_secret(make_secret(session, webhook.id, webhook.salt))


def count_webhooks(session: Session, organisation_id: int) -> int:
    """How many an organisation has that were not taken away."""
    own = select(func.count()).where(Webhook.organisation_id == organisation_id, Webhook.ended_at.is_(None))
    return session.scalar(own) or 0


def edit_webhook(session: Session, actor: Actor, webhook_id: int, given: WebhookEdit) -> Webhook:
    """Refused: stale, unknown_happening, webhook_address_…."""
    webhook = _take(session, actor, webhook_id)
    if webhook.version != given.version:
        raise Refused("stale")
    before = _facts(webhook)
    webhook.name = given.name
    webhook.address = _read_address(given.address)
    webhook.happenings = _read_happenings(given.happenings)
    webhook.rests_until = None
    if _facts(webhook) != before or session.is_modified(webhook):
        webhook.version += 1
        record(session, actor, "edit", "webhook", webhook.id, before=before, after=_facts(webhook))
    return webhook


def renew_secret(session: Session, actor: Actor, webhook_id: int) -> str:
    """A new secret; the one before signs along for a week, and the one before that no more."""
    webhook = _take(session, actor, webhook_id)
    webhook.salt_before, webhook.before_until = webhook.salt, now() + BOTH_VALID_FOR
    webhook.salt = new_salt()
    record(session, actor, "renew_secret", "webhook", webhook.id)
    return show_secret(make_secret(session, webhook.id, webhook.salt))


def forget_old_secret(session: Session, actor: Actor, webhook_id: int) -> None:
    """Sign with the new secret alone from now on; nothing happens where there is no other."""
    webhook = _take(session, actor, webhook_id)
    if webhook.salt_before is not None:
        webhook.salt_before = webhook.before_until = None
        record(session, actor, "forget_secret", "webhook", webhook.id)


def stop_webhook(session: Session, actor: Actor, webhook_id: int) -> None:
    """Send nothing more, nor what waits; nothing happens where it is off. Its people are told when staff of
    another organisation does it."""
    webhook = _find(session, actor, webhook_id)
    require(may_stop(actor, webhook))
    if webhook.stopped_at is None:
        stop_for(session, actor, webhook, "own" if may_keep(actor, webhook) else "staff")


def stop_for(session: Session, actor: Actor, webhook: Webhook, because: str) -> None:
    """Switch it off for a reason of models.STOPPED."""
    webhook.stopped_at, webhook.stopped_because = now(), because
    _give_up_waiting(session, webhook.id)
    record(session, actor, "stop", "webhook", webhook.id, after={"because": because})
    if because != "own":
        announce(session, WebhookStopped(webhook.id))


def start_webhook(session: Session, actor: Actor, webhook_id: int) -> None:
    """Send again what happens from now on. What was not sent meanwhile is sent by hand, one by one."""
    webhook = _take(session, actor, webhook_id)
    if webhook.stopped_at is not None:
        webhook.stopped_at = webhook.stopped_because = webhook.rests_until = None
        record(session, actor, "start", "webhook", webhook.id)


def end_webhook(session: Session, actor: Actor, webhook_id: int) -> None:
    """Take it away for good: its secret works no more, and what waits is not sent."""
    webhook = _take(session, actor, webhook_id)
    webhook.ended_at = now()
    _give_up_waiting(session, webhook.id)
    record(session, actor, "end", "webhook", webhook.id, before=_facts(webhook))


def send_test(session: Session, actor: Actor, webhook_id: int) -> None:
    """Have something sent that says nothing but that it is a test. Refused: webhook_is_off."""
    webhook = _take(session, actor, webhook_id)
    if webhook.stopped_at is not None:
        raise Refused("webhook_is_off")
    moment = now()
    event = WebhookEvent(
        public_id=uuid4(),
        what=TEST,
        object_id=webhook.id,
        detail_id=int(moment.timestamp() * 1_000_000),
        happened_at=moment,
    )
    session.add(event)
    session.flush()
    session.add(WebhookDelivery(webhook_id=webhook.id, event_id=event.id, next_at=moment))
    webhook.rests_until = None
    record(session, actor, "test", "webhook", webhook.id)
    session.flush()
    defer_sending(session)


def send_again(session: Session, actor: Actor, webhook_id: int, delivery_id: int) -> None:
    """Have one sent once more, as everybody may read it today. Raises NotFound. Refused: webhook_is_off,
    webhook_waits."""
    webhook = _take(session, actor, webhook_id)
    known = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook.id
    )
    is_possible = 0 < delivery_id < 2**53
    delivery = session.scalars(known.with_for_update()).one_or_none() if is_possible else None
    if delivery is None:
        raise NotFound
    if webhook.stopped_at is not None:
        raise Refused("webhook_is_off")
    if delivery.state == "waiting":
        raise Refused("webhook_waits")
    delivery.state, delivery.tries, delivery.next_at, delivery.done_at = "waiting", 0, now(), None
    webhook.rests_until = None
    record(session, actor, "send_again", "webhook", webhook.id, after={"delivery": delivery.id})
    session.flush()
    defer_sending(session)


def defer_sending(session: Session) -> None:
    """Have what waits sent after this transaction, when nothing more urgent is to be done."""
    defer(session, "webhooks.send", once="webhooks.send", priority=-10)


# --- pieces


def _find(session: Session, actor: Actor, webhook_id: int) -> Webhook:
    """The webhook, locked. Raises NotFound, also where the actor may not see it."""
    known = select(Webhook).where(Webhook.id == webhook_id, visible_to(actor)).with_for_update()
    webhook = session.scalars(known).one_or_none() if 0 < webhook_id < 2**53 else None
    if webhook is None:
        raise NotFound
    return webhook


def _take(session: Session, actor: Actor, webhook_id: int) -> Webhook:
    webhook = _find(session, actor, webhook_id)
    require(may_keep(actor, webhook))
    return webhook


def _read_address(address: str) -> str:
    try:
        return read_target(address).address
    except WrongAddress as wrong:
        raise Refused(f"webhook_address_{wrong.code}") from None


def _read_happenings(chosen: list[str]) -> list[str]:
    if not set(chosen) <= set(HAPPENINGS):
        raise Refused("unknown_happening")
    return [one for one in HAPPENINGS if one in chosen]


def _give_up_waiting(session: Session, webhook_id: int) -> None:
    waiting = WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == "waiting"
    session.execute(
        update(WebhookDelivery).where(*waiting).values(state="given_up", next_at=None, done_at=now())
    )


def _facts(webhook: Webhook) -> dict[str, object]:
    # The address may hold what opens a door at the receiver's; only its name is noted.
    host = urlsplit(webhook.address).hostname
    return {"name": webhook.name, "host": host, "happenings": list(webhook.happenings)}
