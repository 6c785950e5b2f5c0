"""Mails about an account itself: its addresses, its joining with another, its closing."""

from sqlalchemy import select

from app.domain.users.events import (
    AccountDisabled,
    AccountEnabled,
    AccountsJoined,
    AddressAdded,
    AddressRemoved,
)
from app.domain.users.models import User
from app.notices.post import Post, Receiver


def tell_of_added_address(post: Post, added: AddressAdded) -> None:
    """Tell the address on the account, so that nobody adds one behind its owner's back."""
    if to := _find(post, added.user_id):
        post.send(to, "address_added")


def tell_of_removed_address(post: Post, removed: AddressRemoved) -> None:
    """Tell the address that was let go."""
    if to := _find(post, removed.user_id, removed.email):
        post.send(to, "address_removed", stays=removed.stays)


def tell_of_joining(post: Post, joined: AccountsJoined) -> None:
    """Tell both addresses, one mail each."""
    for email in (None, joined.former_email):
        if to := _find(post, joined.user_id, email):
            post.send(to, "accounts_joined")


def tell_of_closing(post: Post, event: AccountDisabled | AccountEnabled) -> None:
    """Tell that nobody signs in to the account now, or that one does again."""
    if to := _find(post, event.user_id):
        post.send(to, "account_disabled" if isinstance(event, AccountDisabled) else "account_enabled")


def _find(post: Post, user_id: int, email: str | None = None) -> Receiver | None:
    """The owner of an account at this address, else at the one on it; None where there is none."""
    user = post.session.execute(
        select(User.email, User.name, User.language).where(User.id == user_id)
    ).one_or_none()
    address = email or (user.email if user else None)
    return Receiver(address, user.name, user.language) if user and address else None
