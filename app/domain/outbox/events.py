"""What happens in the outbox."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class BatchPrepared(Event):
    """Mails wait for their first words, and then for somebody to read and send them."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class LetterDue(Event):
    """One letter of a batch is to be written and queued now; answered with `note_posted`."""

    letter_id: int
