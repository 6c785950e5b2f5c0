"""The mails about passkeys: that one was added, and that some were taken away."""

from sqlalchemy import select

from app.domain.users.models import User
from app.identity.events import PasskeyAdded, PasskeysRemoved
from app.notices.post import Post, Receiver


def tell_of_added_passkey(post: Post, added: PasskeyAdded) -> None:
    """Tell the owner, who may not be the one that did it, and whom to call then."""
    _send(post, added.user_id, "passkey_added", names=[added.name])


def tell_of_removed_passkeys(post: Post, removed: PasskeysRemoved) -> None:
    """Tell the owner what signs in no more, and what to do next."""
    mail = "passkeys_taken" if removed.by_other else "passkey_removed"
    _send(post, removed.user_id, mail, names=removed.names)


def _send(post: Post, user_id: int, mail: str, **values: object) -> None:
    user = post.session.execute(
        select(User.email, User.name, User.language).where(User.id == user_id, User.email.is_not(None))
    ).one_or_none()
    if user is not None:
        post.send(Receiver(*user), mail, **values)
