"""Staff looks after who is written to; what a speaker says and shows is the speaker's own.

A speaker is whoever holds the link, or is signed in with a speaker's role as that person at that meeting.
"""

from collections.abc import Collection
from datetime import date, timedelta

from app.core.policy import Actor

# The kinds of items that somebody gives, with words and slides of their own.
TALKS = ("talk", "status", "plenary")
LINK_LASTS = timedelta(days=30)  # after the meeting


def may_look_after_speakers(actor: Actor) -> bool:
    """See who has sent what, keep their addresses, write to them, make links and take them back."""
    return actor.is_staff


def may_speak_somewhere(actor: Actor) -> bool:
    """Have a page as a speaker while signed in."""
    return any(role == "speaker" for _, role in actor.meeting_roles)


def speaks_as(actor: Actor, speaker_id: int, user_ids: Collection[int]) -> bool:
    """Whether the actor is this speaker. `user_ids`: who has the role of speaker as the same person."""
    return actor.speaker_id == speaker_id or (actor.user_id is not None and actor.user_id in user_ids)


def is_link_over(held_on: date, today: date) -> bool:
    """Whether the links of a meeting have ended by themselves."""
    return today > held_on + LINK_LASTS


def gives_talk(role: str, kind: str) -> bool:
    """Whether somebody in this role at this kind of item has words and slides of their own there."""
    return role == "speaker" and kind in TALKS
