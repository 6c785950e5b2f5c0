"""The receipt for a wish or an idea: number, date of the answer, what happens next."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import SYSTEM
from app.domain.contributions.events import ContributionSent
from app.domain.contributions.models import Contribution
from app.domain.contributions.queries import find_contribution
from app.domain.users.models import User
from app.http.pages import Renderer, Site
from app.notices.post import Post, Receiver

PATHS = {"wish": "/oensker/", "idea": "/ideer/", "need": "/behov/"}


def send_receipt(session: Session, renderer: Renderer, site: Site, sent: ContributionSent) -> None:
    """Have the receipt mailed to who sent it, in that person's language; it holds only the public half."""
    row = session.execute(
        select(Contribution.reference, User.email, User.name, User.language)
        .join(User, User.id == Contribution.said_by_user_id)
        .where(Contribution.id == sent.contribution_id)
    ).one_or_none()
    contribution = find_contribution(session, SYSTEM, row.reference) if row else None
    if row is None or not row.email or contribution is None:
        return
    to = Receiver(row.email, row.name, row.language)
    path = PATHS[contribution.kind] + contribution.reference
    Post(session, renderer, site).send(to, "receipt", contribution=contribution, path=path)
