"""The mail that tells somebody that a key for a program was made in their name."""

from sqlalchemy import select

from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.identity.events import TokenMade
from app.identity.token_models import ApiToken
from app.notices.post import Post, Receiver


def tell_of_new_token(post: Post, made: TokenMade) -> None:
    """Tell the owner, who may not be the one that made it. The key itself is not in the mail."""
    row = post.session.execute(
        select(ApiToken, User.email, User.name, User.language, Organisation.name.label("organisation"))
        .join(User, User.id == ApiToken.user_id)
        .join(Membership, Membership.id == ApiToken.membership_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(ApiToken.id == made.token_id, User.email.is_not(None))
    ).one_or_none()
    if row is not None:
        to = Receiver(row.email, row.name, row.language)
        post.send(to, "token", token=row.ApiToken, organisation=row.organisation)
