"""The mail about a login at a provider that opens one's account from now on."""

from sqlalchemy import select

from app.domain.users.models import User
from app.identity.events import LoginConnected
from app.notices.post import Post, Receiver


def tell_of_connected_login(post: Post, connected: LoginConnected) -> None:
    """Tell the owner, who may not be the one that did it, and whom to call then."""
    user = post.session.execute(
        select(User.email, User.name, User.language).where(
            User.id == connected.user_id, User.email.is_not(None)
        )
    ).one_or_none()
    if user is not None:
        post.send(Receiver(*user), "login_connected", label=connected.label, by_other=connected.by_other)
