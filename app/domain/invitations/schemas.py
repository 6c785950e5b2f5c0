"""What the verbs of invitations accept."""

from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["da", "en", "sv"]
# How it stands with somebody who was asked, in the order in which staff reads it.
State = Literal[
    "signed_up",
    "in_line",
    "declined",
    "left",
    "invited",
    "in_outbox",
    "unsent",
    "bounced",
    "no_mails",
    "withdrawn",
]
# Why somebody on a pasted list is left out: said before, on the list twice, or wants nothing.
LeftOut = Literal[
    "double",
    "same_person",
    "signed_up",
    "in_line",
    "already_invited",
    "in_outbox",
    "declined",
    "left",
    "bounced",
    "no_mails",
    "closed_account",
]
MOST_AT_ONCE: Final = 2000  # addresses on one list


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody to be invited, as read from a list. `language` is empty where the list does not say."""

    email: str
    name: str = ""
    language: Language | None = None
