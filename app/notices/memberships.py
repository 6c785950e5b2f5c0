"""Mails about who speaks for whom: to those who confirm, to who asked, and to the admins of the organisers.

They hold no name but the receiver's and the organisation's: the rest is read on the site by who is signed in.
"""

from sqlalchemy.orm import Session

from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import is_organiser
from app.domain.users.events import MembershipConfirmed, MembershipEnded, RequestsWait, RoleGranted
from app.domain.users.of_organisations import (
    find_recipient,
    list_deciders,
    list_other_admins,
)
from app.http.pages import Renderer, Site
from app.notices.post import Post


def tell_those_who_confirm(session: Session, renderer: Renderer, site: Site, wait: RequestsWait) -> None:
    """Tell the organisation's own admins, or staff where there are none, that somebody asks."""
    organisation = session.get_one(Organisation, wait.organisation_id)
    recipients, are_own = list_deciders(session, organisation.id)
    path = f"/organisationer/{organisation.id}/medlemmer" if are_own else "/medlemskaber"
    post = Post(session, renderer, site)
    for to in recipients:
        post.send(to, "membership_requests", path=path, organisation=organisation.name)


def tell_of_confirmation(
    session: Session, renderer: Renderer, site: Site, confirmed: MembershipConfirmed
) -> None:
    """Tell who asked that the answer is yes."""
    found = find_recipient(session, confirmed.membership_id)
    if found is not None:
        to, _, organisation = found
        post = Post(session, renderer, site)
        post.send(to, "membership_confirmed", path="/mit", organisation=organisation.name)


def tell_of_end(session: Session, renderer: Renderer, site: Site, ended: MembershipEnded) -> None:
    """Tell somebody that the answer is no, or that they no longer speak for the organisation."""
    found = find_recipient(session, ended.membership_id)
    if found is not None:
        to, membership, organisation = found
        name = "membership_refused" if membership.ended_as == "refused" else "membership_removed"
        values = {"organisation": organisation.name, "reason": membership.end_reason}
        Post(session, renderer, site).send(to, name, path="/mit/medlemskaber", **values)


def tell_of_role(session: Session, renderer: Renderer, site: Site, granted: RoleGranted) -> None:
    """Tell the person of the new role, and where it is a right over the forum, the other admins too."""
    found = find_recipient(session, granted.membership_id)
    post = Post(session, renderer, site)
    if found is None:
        return
    to, membership, organisation = found
    values = {"organisation": organisation.name, "role": membership.role}
    post.send(to, "membership_role", path="/mit/medlemskaber", **values)
    if is_organiser(organisation.kind):
        path = f"/organisationer/{organisation.id}/medlemmer"
        for admin in list_other_admins(session, granted.by_user_id):
            if admin.email != to.email:
                post.send(admin, "role_granted", path=path, **values)
