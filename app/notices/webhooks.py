"""The mail that tells an organisation that nothing is sent to its webhook any more."""

from sqlalchemy import or_, select

from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.domain.webhooks.events import WebhookStopped
from app.domain.webhooks.models import Webhook
from app.notices.post import Post, Receiver


def tell_of_stop(post: Post, stopped: WebhookStopped) -> None:
    """To who made it, if they still speak for the organisation, and to its admins."""
    webhook, organisation = post.session.execute(
        select(Webhook, Organisation.name)
        .join(Organisation, Organisation.id == Webhook.organisation_id)
        .where(Webhook.id == stopped.webhook_id)
    ).one()
    speaks = (
        Membership.organisation_id == webhook.organisation_id,
        Membership.confirmed_at.is_not(None),
        Membership.ended_at.is_(None),
        User.disabled_at.is_(None),
        User.email.is_not(None),
    )
    of_concern = or_(Membership.role == "admin", User.id == webhook.made_by_id)
    people = post.session.execute(
        select(User.email, User.name, User.language)
        .join(Membership, Membership.user_id == User.id)
        .where(*speaks, of_concern)
        .group_by(User.id)
        .order_by(User.id)
    )
    for one in people.all():
        to = Receiver(one.email, one.name, one.language)
        post.send(to, "webhook_stopped", webhook=webhook, organisation=organisation)
