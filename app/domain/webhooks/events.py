"""What happens to webhooks."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class WebhookStopped(Event):
    """It was switched off because nothing came through, or the receiver is gone, or by staff."""

    webhook_id: int
