"""Who may make keys for programs, and who looks after the accounts of others."""

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


# --- the accounts of others: admins of the organisers


def may_take_passkeys(actor: Actor) -> bool:
    """Take away the passkeys of somebody who has lost them."""
    return actor.is_admin


def may_join_others(actor: Actor) -> bool:
    """Join the accounts of other people."""
    return actor.is_admin


def may_close_accounts(actor: Actor) -> bool:
    return actor.is_admin


def may_relink(actor: Actor) -> bool:
    """Move an identity from one account to another."""
    return actor.is_admin
