"""What the verbs of the outbox accept."""

from dataclasses import dataclass
from typing import Literal

# Why a batch of mails is written; templates/mails/batch_KIND.txt gives its first words.
Kind = Literal["invitation", "reminder", "change", "moved", "cancelled", "postponed", "slides", "message"]
# What a letter is about, by id: notices find in it the links that only this receiver gets.
About = Literal["registration", "invitation", "speaker"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody that a batch is to. Nobody gets two letters of one batch, however often the address stands."""

    email: str
    name: str = ""
    language: str = "da"
    user_id: int | None = None
    about: About | None = None
    about_id: int | None = None
