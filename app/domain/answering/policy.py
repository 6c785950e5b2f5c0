"""Who answers, who is asked for more, and who reads what lies between the asker and staff."""

from datetime import date, timedelta
from typing import Final

from app.core.policy import Actor
from app.domain.contributions.models import Answer
from app.domain.contributions.policy import OPEN_STATUSES, Said, is_own, is_written_by_others

LONGEST_PAUSE: Final = 60  # days that a question to the asker may stop the clock
MOST_AT_ONCE: Final = 500

# What an answer may still change; what is promised or done belongs to its promise.
ANSWERABLE: Final = (*OPEN_STATUSES, "answered", "declined")
# What staff may set by hand; the others follow from questions, answers and promises.
STATUSES_BY_HAND: Final = ("received", "triage", "under_review")


def may_answer(actor: Actor) -> bool:
    """See the inbox, look after contributions, write notes and answers, publish them."""
    return actor.is_staff


def may_take_from_others(actor: Actor) -> bool:
    """Give to somebody what a colleague looks after."""
    return actor.is_admin


def may_remove_note(actor: Actor, written_by_id: int | None) -> bool:
    """Take a note between colleagues away: its writer, or an admin."""
    return may_answer(actor) and (actor.is_admin or written_by_id == actor.user_id)


def may_set_rule(actor: Actor) -> bool:
    """Say by when what is sent is to be answered."""
    return actor.is_staff


def may_reply(actor: Actor, said: Said) -> bool:
    """Tell more when asked, and say that an answer does not answer: who sent it, and the confirmed members of
    the organisation that it was said for."""
    return is_own(actor, said) or is_written_by_others(actor, said)


def may_reply_somewhere(actor: Actor) -> bool:
    """Come in where one tells more: who is signed in, and who wrote in a room without an account; of what is
    asked there."""
    return actor.is_signed_in or bool(actor.seats)


def may_read_exchange(actor: Actor, said: Said) -> bool:
    """Read what staff asked, what the asker replied, and the asker's objection."""
    return may_answer(actor) or may_reply(actor, said)


def state_of(answer: Answer) -> str:
    """draft, prepared or published."""
    if answer.published_at is not None:
        return "published"
    return "draft" if answer.prepared_at is None else "prepared"


def moved_by_pause(answer_by: date | None, asked_on: date, ends_on: date) -> date | None:
    """The day of the answer when the clock stood still from one day to another.

    What was late when the question was put has no days left: it is due on the day on which the clock goes on.
    """
    if answer_by is None:
        return None
    return max(answer_by, asked_on) + timedelta(days=(ends_on - asked_on).days)
