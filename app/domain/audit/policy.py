"""Who did what is read by auditors and admins; the log can only be added to."""

from app.core.policy import Actor


def may_read_audit(actor: Actor) -> bool:
    return actor.is_auditor or actor.is_admin


def may_look_after_jobs(actor: Actor) -> bool:
    """See how the house's own work goes, and have it done again."""
    return actor.is_admin
