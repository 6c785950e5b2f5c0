"""Who may make keys for programs, and what a key may be used for."""

from app.core.policy import Actor


def may_make_tokens(actor: Actor) -> bool:
    """Whoever is confirmed in an organisation, in a browser: a key speaks for that membership.

    Auditors make none: they change nothing, and the log is not read by programs.
    """
    is_member = actor.is_confirmed and actor.membership_id is not None and actor.role != "auditor"
    return is_member and actor.scopes is None


def may_give_staff_scope(actor: Actor) -> bool:
    """Only staff, signed in by more than a mailed code, can let a program see what staff sees."""
    return may_make_tokens(actor) and actor.is_staff
