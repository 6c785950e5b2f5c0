"""Tables of webhooks: where other systems want to hear what happened, and what was sent there."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

# Why nothing is sent any more: nothing came through for long, the receiver answered that it is gone (410),
# one of its own people or staff switched it off.
STOPPED: Final = ("failing", "gone", "own", "staff")
STATES: Final = ("waiting", "delivered", "given_up", "dropped")


class Webhook(Base):
    """An address of another system, on behalf of an organisation, and what it is told of.

    `salt` and, until `before_until`, `salt_before` make the secrets (signing.py): no secret is kept.
    `rests_until`: the receiver gave no answer, and is left alone until then. `ended_at`: taken away for good.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("(stopped_at is null) = (stopped_because is null)", name="stopped"),
        CheckConstraint("stopped_because in ('failing', 'gone', 'own', 'staff')", name="stopped_because"),
        CheckConstraint("(salt_before is null) = (before_until is null)", name="before"),
        Index("ix_webhook_organisation_id", "organisation_id"),
        Index("ix_webhook_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    address: Mapped[str]
    happenings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    salt: Mapped[bytes]
    salt_before: Mapped[bytes | None]
    before_until: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    rests_until: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_because: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class WebhookEvent(Base):
    """Something that happened and that somebody wants to hear of: codes and ids alone, no words.

    `detail_id` tells apart what may happen to the same thing more than once. `public_id` is the same in every
    sending, so that a receiver knows what it has had.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (UniqueConstraint("what", "object_id", "detail_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    what: Mapped[str]
    object_id: Mapped[int] = mapped_column(BigInteger)
    detail_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    happened_at: Mapped[datetime]


class WebhookDelivery(Base):
    """An event that is to be sent to a webhook, or was. `next_at`: when it is tried next; `tries`: how often
    in vain since it last began.

    `dropped`: when its turn came, not everybody could read it any more.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'delivered', 'given_up', 'dropped')", name="state"),
        CheckConstraint("(state = 'waiting') = (next_at is not null)", name="next_at"),
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_delivery_event_id", "event_id"),
        Index("ix_webhook_delivery_next_at", "next_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_event.id"))
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class WebhookTry(Base):
    """One sending: how the receiver answered, and after how long.

    `status`: of HTTP, none where there was no answer; then `problem` is a code of sending.py. `excerpt`: the
    first 500 characters of the answer.
    """

    __tablename__ = "webhook_try"
    __table_args__ = (Index("ix_webhook_try_delivery_id", "delivery_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id"))
    tried_at: Mapped[datetime]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(default="", server_default="")
    excerpt: Mapped[str] = mapped_column(default="", server_default="")
