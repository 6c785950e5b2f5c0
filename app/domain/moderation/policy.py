"""Who may report, decide and answer."""

from app.core.policy import Actor
from app.domain.contributions.policy import Said, is_author, is_own, is_written_by_others, may_hold_back


def may_moderate(actor: Actor) -> bool:
    """See what was reported and by whom, and decide: the same people who may hold something back."""
    return may_hold_back(actor)


def may_report(actor: Actor, said: Said) -> bool:
    """Report what one sees and others too; one's own one takes back instead, auditors change nothing."""
    is_others = not is_author(actor, said) and not actor.only_reads
    return said.published_at is not None and said.hidden_at is None and is_others


def may_say_it_is_wrong(actor: Actor, said: Said) -> bool:
    """Report what others have written in on behalf of the organisation that the actor speaks for."""
    return is_written_by_others(actor, said) and may_report(actor, said)


def may_object(actor: Actor, said: Said) -> bool:
    """Answer a hiding: who sent it, and who is known to speak for its organisation; staff decides instead."""
    return actor.is_signed_in and said.hidden_at is not None and is_own(actor, said) and not actor.is_staff
