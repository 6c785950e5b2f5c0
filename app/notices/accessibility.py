"""The mails about accessibility: what somebody could not use, and a statement to go through again."""

from datetime import date, timedelta

from sqlalchemy import select

from app.core import i18n
from app.core.clock import now, today
from app.core.mail import Mail
from app.notices.post import Post, Receiver
from app.privacy.events import FeedbackGiven

VALID_FOR = timedelta(days=365)
WARNED_BEFORE = timedelta(days=30)
WARNED_AGAIN_AFTER = timedelta(days=14)


def pass_feedback_on(post: Post, given: FeedbackGiven) -> None:
    """To the contact as it was written; to the sender, where there is an address, that it has arrived.

    The receipt holds none of the words, so that nobody can have ours sent to somebody else.
    """
    values = {"words": given.words, "page": given.page, "mail": given.mail}
    post.send(Receiver(post.site.contact_mail, "", i18n.DEFAULT), "feedback", **values)
    if given.mail:
        post.send(Receiver(given.mail, "", given.language), "feedback_receipt")


def warn_of_statement(post: Post) -> None:
    """From 30 days before a year is up, once a fortnight until the statement has been gone through again."""
    due_on = post.site.accessibility_reviewed_on + VALID_FOR
    if today() < due_on - WARNED_BEFORE or _is_warned(post, due_on):
        return
    contact = Receiver(post.site.contact_mail, "", i18n.DEFAULT)
    post.send(contact, "statement_due", due_on=due_on, is_late=today() > due_on)


def _is_warned(post: Post, due_on: date) -> bool:
    subject = f"%{due_on.isoformat()}%"
    found = post.session.scalars(
        select(Mail.id)
        .where(
            Mail.recipient == post.site.contact_mail,
            Mail.subject.like(subject),
            Mail.created_at > now() - WARNED_AGAIN_AFTER,
        )
        .limit(1)
    )
    return found.first() is not None
