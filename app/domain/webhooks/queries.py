"""Reading webhooks: how each goes, and what was sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.webhooks.models import Webhook, WebhookDelivery, WebhookEvent, WebhookTry
from app.domain.webhooks.naming import name_of
from app.domain.webhooks.policy import may_follow_all, may_keep, visible_to

PER_PAGE: Final = 30
State = Literal["off", "failing", "new", "live"]
D, E = WebhookDelivery, WebhookEvent


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook with how it goes. `address` is empty for who may not change it: it may hold what opens a
    door; `host` is its name alone. `failing`: how many wait that have been tried in vain."""

    id: int
    organisation_id: int
    organisation: str
    name: str
    address: str
    host: str
    happenings: tuple[str, ...]
    made_by: str
    made_at: datetime
    both_until: datetime | None
    stopped_at: datetime | None
    stopped_because: str | None
    version: int
    waiting: int
    failing: int
    delivered_at: datetime | None

    @property
    def state(self) -> State:
        if self.stopped_at is not None:
            return "off"
        if self.failing:
            return "failing"
        return "live" if self.delivered_at else "new"


@dataclass(frozen=True, slots=True)
class TryView:
    tried_at: datetime
    milliseconds: int
    status: int | None
    problem: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event and what became of it there; `tries` are its sendings, the newest first."""

    id: int
    public_id: str
    what: str
    happened_at: datetime
    state: str
    next_at: datetime | None
    done_at: datetime | None
    tries: tuple[TryView, ...]


@dataclass(frozen=True, slots=True)
class Deliveries:
    rows: tuple[DeliveryView, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Others:
    """A page of what organisations besides one's own have."""

    rows: tuple[WebhookView, ...]
    page: int
    pages: int


def _rows(actor: Actor) -> Any:
    waits = D.state == "waiting"
    counts = (
        select(
            func.count().filter(waits).label("waiting"),
            func.count().filter(waits, D.tries > 0).label("failing"),
            func.max(D.done_at).filter(D.state == "delivered").label("delivered_at"),
        )
        .where(D.webhook_id == Webhook.id)
        .correlate(Webhook)
        .lateral("counts")
    )
    return (
        select(
            Webhook,
            Organisation.name.label("organisation"),
            User.name.label("made_by"),
            counts.c.waiting,
            counts.c.failing,
            counts.c.delivered_at,
        )
        .join(Organisation, Organisation.id == Webhook.organisation_id)
        .outerjoin(User, User.id == Webhook.made_by_id)
        .join(counts, true())
        .where(visible_to(actor))
    )


def list_webhooks(session: Session, actor: Actor) -> list[WebhookView]:
    """Those of the actor's own organisation. One statement."""
    own = Webhook.organisation_id == actor.organisation_id
    return [_view(actor, row) for row in session.execute(_rows(actor).where(own).order_by(Webhook.id))]


def list_others(session: Session, actor: Actor, page: int) -> Others:
    """Those of other organisations, by the organisation's name. Two statements, none for who follows only
    the own ones."""
    if not may_follow_all(actor):
        return Others((), 1, 1)
    others = visible_to(actor), Webhook.organisation_id != actor.organisation_id
    count = session.scalar(select(func.count()).select_from(Webhook).where(*others)) or 0
    pages = max(1, -(-count // PER_PAGE))
    page = min(max(page, 1), pages)
    rows = session.execute(
        _rows(actor)
        .where(*others)
        .order_by(Organisation.name, Webhook.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Others(tuple(_view(actor, row) for row in rows), page, pages)


def find_webhook(session: Session, actor: Actor, webhook_id: int) -> WebhookView | None:
    """One statement."""
    if not 0 < webhook_id < 2**53:
        return None
    row = session.execute(_rows(actor).where(Webhook.id == webhook_id)).one_or_none()
    return _view(actor, row) if row is not None else None


def _view(actor: Actor, row: Any) -> WebhookView:
    webhook: Webhook = row.Webhook
    both = webhook.before_until
    return WebhookView(
        id=webhook.id,
        organisation_id=webhook.organisation_id,
        organisation=row.organisation,
        name=webhook.name,
        address=webhook.address if may_keep(actor, webhook) else "",
        host=urlsplit(webhook.address).hostname or "",
        happenings=tuple(webhook.happenings),
        made_by=row.made_by or "",
        made_at=webhook.made_at,
        both_until=both if both is not None and both > now() else None,
        stopped_at=webhook.stopped_at,
        stopped_because=webhook.stopped_because,
        version=webhook.version,
        waiting=row.waiting,
        failing=row.failing,
        delivered_at=row.delivered_at,
    )


def list_deliveries(session: Session, webhook_id: int, page: int, state: str | None = None) -> Deliveries:
    """What was sent to a webhook, the newest first. Three statements."""
    of_it = [D.webhook_id == webhook_id] + ([D.state == state] if state else [])
    count = session.scalar(select(func.count()).select_from(D).where(*of_it)) or 0
    pages = max(1, -(-count // PER_PAGE))
    page = min(max(page, 1), pages)
    rows = session.execute(
        select(D, E)
        .join(E, E.id == D.event_id)
        .where(*of_it)
        .order_by(D.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    tries: dict[int, list[TryView]] = {}
    for one in session.scalars(
        select(WebhookTry)
        .where(WebhookTry.delivery_id.in_([delivery.id for delivery, _ in rows]))
        .order_by(WebhookTry.id.desc())
    ):
        seen = TryView(one.tried_at, one.milliseconds, one.status, one.problem, one.excerpt)
        tries.setdefault(one.delivery_id, []).append(seen)
    shown = tuple(
        DeliveryView(
            id=delivery.id,
            public_id=name_of(event.public_id),
            what=event.what,
            happened_at=event.happened_at,
            state=delivery.state,
            next_at=delivery.next_at,
            done_at=delivery.done_at,
            tries=tuple(tries.get(delivery.id, ())),
        )
        for delivery, event in rows
    )
    return Deliveries(shown, page, pages)
