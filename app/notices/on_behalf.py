"""The mail to an organisation's members about what others wrote in on its behalf."""

from app.domain.contributions.events import WrittenOnBehalf
from app.domain.contributions.on_behalf import list_members, list_written
from app.domain.organisations.models import Organisation
from app.notices.post import Post, Receiver

NAMED = 20


def tell_of_written(post: Post, written: WrittenOnBehalf) -> None:
    """One mail to each member: what was written in, and what to do where it is wrong.

    Titles of what all may read only: nothing of a confidential half is in a contribution's title.
    """
    organisation = post.session.get_one(Organisation, written.organisation_id)
    contributions = list_written(post.session, written.contribution_ids)
    for member in list_members(post.session, organisation.id):
        post.send(
            Receiver(member.email, member.name, member.language),
            "written_on_behalf",
            organisation=organisation.name,
            contributions=contributions[:NAMED],
            more=max(0, len(contributions) - NAMED),
        )
