"""The receipt for a wish or an idea: number, date of the answer, what happens next."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.mail import queue_mail
from app.core.policy import SYSTEM
from app.domain.contributions.events import ContributionSent
from app.domain.contributions.models import Contribution
from app.domain.contributions.queries import find_contribution
from app.domain.users.models import User
from app.http.pages import Renderer, Site

PATHS = {"wish": "/oensker/", "idea": "/ideer/"}


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
    language = row.language if row.language in i18n.LANGUAGES else i18n.DEFAULT
    values = {
        "contribution": contribution,
        "person": row.name,
        "mail_language": language,
        "path": PATHS[contribution.kind] + contribution.reference,
        "site": site,
    }

    def render(name: str) -> str:
        return renderer.render_template(f"mails/receipt{name}", language, **values)

    queue_mail(
        session,
        recipient=row.email,
        subject=" ".join(render("_subject.txt").split()),
        text=render(".txt").strip() + "\n",
        html=render(".html"),
    )
