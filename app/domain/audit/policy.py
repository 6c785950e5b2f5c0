"""Who did what is read by auditors and admins; the log can only be added to."""

from app.core.policy import Actor


def may_read_audit(actor: Actor) -> bool:
    return actor.is_auditor or actor.is_admin
