"""People who have spoken are public; those who sign in see themselves, and staff sees who they speak for."""

from app.core.policy import Actor, Role
from app.domain.organisations.policy import is_organiser


def may_add_persons(actor: Actor) -> bool:
    return actor.is_staff


def may_see_users(actor: Actor) -> bool:
    """See all accounts with their mail addresses."""
    return actor.is_admin


# --- who speaks for an organisation

ORGANISER_ROLES: tuple[Role, ...] = ("member", "staff", "admin", "auditor")
OWN_ROLES: tuple[Role, ...] = ("member", "admin")


def may_confirm_memberships(actor: Actor) -> bool:
    """See all who wait, and confirm many at once: staff."""
    return actor.is_staff


def may_look_after_some(actor: Actor) -> bool:
    """Look after who speaks for some organisation: staff for all, an own admin for the own one."""
    return actor.is_staff or actor.is_organisation_admin


def may_look_after(actor: Actor, organisation_id: int) -> bool:
    """Confirm, refuse and end memberships of this organisation."""
    return actor.is_staff or (actor.is_organisation_admin and actor.organisation_id == organisation_id)


def roles_to_give(actor: Actor, organisation_id: int, organisation_kind: str) -> tuple[Role, ...]:
    """The roles that the actor may give there.

    In an organiser a role is a right over the forum: only an organiser's admin gives it. Elsewhere the first
    own admin is appointed by staff, the next ones by staff or by an own admin.
    """
    if is_organiser(organisation_kind):
        return ORGANISER_ROLES if actor.is_admin else ()
    return OWN_ROLES if may_look_after(actor, organisation_id) else ()


def may_end(actor: Actor, organisation_id: int, organisation_kind: str, role: str) -> bool:
    """End somebody else's membership; one with a role in an organiser only as the role was given."""
    if is_organiser(organisation_kind) and role != "member":
        return actor.is_admin
    return may_look_after(actor, organisation_id)
