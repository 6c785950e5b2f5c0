"""What the verbs of the outbox accept."""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from app.core.text import RequiredLine, RequiredProse

# Why a batch of mails is written; templates/mails/batch_KIND.txt gives its first words.
Kind = Literal[
    "invitation", "reminder", "change", "moved", "cancelled", "postponed", "slides", "message",
    "minutes", "minutes_approved",
]  # fmt: skip
# What somebody may turn off. The rest tells those who come of what they have to know.
OPTIONAL: Final = frozenset({"invitation", "reminder", "message", "minutes", "minutes_approved"})
UNSUBSCRIBE: Final = "unsubscribe"  # the purpose of the seal in /mails/afmeld/{id}/{seal}
# Where a batch keeps, among its facts, what was known of the meeting when somebody last edited its words.
EDITED: Final = "edited"
# What a letter is about, by id: notices find in it the links that only this receiver gets.
About = Literal["registration", "invitation", "speaker", "attendee"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody that a batch is to. Nobody gets two letters of one batch, however often the address stands."""

    email: str
    name: str = ""
    language: str = "da"
    user_id: int | None = None
    about: About | None = None
    about_id: int | None = None


class TextInput(BaseModel):
    """What a batch says in one language, as staff edits it. A web address in it becomes a link."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["da", "en", "sv"]
    subject: RequiredLine
    body: RequiredProse
    version: int
