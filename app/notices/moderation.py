"""Mails about what is held back: to who wrote it, and to those who reported it.

They hold a number and a reason, never the words of the contribution, its title, or who reported it.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contributions.events import ContributionsLetThrough
from app.domain.contributions.models import Contribution
from app.domain.moderation.events import ContributionDecided
from app.domain.moderation.models import Decision, Report
from app.domain.users.models import User
from app.http.pages import Renderer, Site
from app.notices.post import Post, Receiver

PATHS = {"wish": "/oensker/", "idea": "/ideer/", "need": "/behov/"}
# What the author is told of each decision; that it was left as it is, only those who reported it.
TO_AUTHOR = {
    "hide": "moderation_hidden",
    "show": "moderation_shown",
    "uphold": "moderation_upheld",
    "black_out": "moderation_blacked_out",
}


def _path(contribution: Contribution) -> str:
    return PATHS.get(contribution.kind, "/indspil/") + contribution.reference


def _find_author(session: Session, contribution: Contribution) -> Receiver | None:
    """Who sent it; nobody for what was written down in a room."""
    row = session.execute(
        select(User.email, User.name, User.language).where(
            User.id == contribution.said_by_user_id,
            User.id == contribution.entered_by_id,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return Receiver(row.email, row.name, row.language) if row is not None and row.email else None


def tell_of_decision(session: Session, renderer: Renderer, site: Site, decided: ContributionDecided) -> None:
    """Tell who wrote it what was decided and why, and those whose reports it answers that it is decided."""
    decision = session.get_one(Decision, decided.decision_id)
    contribution = session.get_one(Contribution, decision.contribution_id)
    post = Post(session, renderer, site)
    values: Mapping[str, object] = {
        "reference": contribution.reference,
        "path": _path(contribution),
        "reason": decision.reason,
    }
    author = _find_author(session, contribution)
    if author is not None and decision.kind in TO_AUTHOR:
        post.send(author, TO_AUTHOR[decision.kind], **values)
    for reporter in _list_reporters(session, decision.id):
        post.send(reporter, "moderation_report_decided", **values, kind=decision.kind)


def _list_reporters(session: Session, decision_id: int) -> list[Receiver]:
    rows = session.execute(
        select(
            User.email, User.name, User.language, Report.reporter_mail, Report.language.label("written_in")
        )
        .select_from(Report)
        .outerjoin(User, (User.id == Report.reporter_id) & User.disabled_at.is_(None))
        .where(Report.decision_id == decision_id)
        .order_by(Report.id)
    )
    found = [
        Receiver(row.email or row.reporter_mail, row.name or "", row.language or row.written_in)
        for row in rows
    ]
    return [receiver for receiver in found if receiver.email]


def tell_of_letting_through(
    session: Session, renderer: Renderer, site: Site, let_through: ContributionsLetThrough
) -> None:
    """Tell each sender that it is open to all now."""
    post = Post(session, renderer, site)
    rows = session.scalars(
        select(Contribution)
        .where(Contribution.id.in_(let_through.contribution_ids))
        .order_by(Contribution.id)
    )
    for contribution in rows.all():
        author = _find_author(session, contribution)
        if author is not None:
            post.send(
                author,
                "moderation_let_through",
                reference=contribution.reference,
                path=_path(contribution),
            )
