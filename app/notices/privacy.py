"""The mails about one's own data: a copy is ready, an unused account will be erased."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.domain.users.models import User
from app.notices.post import Post, Receiver
from app.privacy.events import AccountWarned, CopyReady
from app.privacy.models import DataCopy
from app.privacy.periods import periods_in_force


def tell_of_ready_copy(post: Post, ready: CopyReady) -> None:
    """Say where the copy is fetched, which takes signing in, and until when."""
    row = post.session.execute(
        select(User.email, User.name, User.language, DataCopy.expires_at)
        .join(DataCopy, DataCopy.user_id == User.id)
        .where(DataCopy.id == ready.copy_id, User.email.is_not(None))
    ).one_or_none()
    if row is not None:
        post.send(Receiver(row.email, row.name, row.language), "copy_ready", expires_at=row.expires_at)


def warn_of_erasing(post: Post, warned: AccountWarned) -> None:
    """Say when the account goes, and that signing in once keeps it."""
    row = post.session.execute(
        select(User.email, User.name, User.language).where(User.id == warned.user_id, User.email.is_not(None))
    ).one_or_none()
    if row is not None:
        goes_on = now() + timedelta(days=periods_in_force().warning)
        post.send(Receiver(row.email, row.name, row.language), "account_unused", goes_on=goes_on)
