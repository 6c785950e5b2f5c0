"""The mail with a sign-in code."""

from sqlalchemy.orm import Session

from app.core.mail import queue_mail
from app.http.pages import Renderer, Site
from app.identity.events import CodeMade


def send_code(session: Session, renderer: Renderer, site: Site, made: CodeMade) -> None:
    """Have the code mailed. The mail holds no link that signs in; its words are erased when it is sent."""
    queue_mail(
        session,
        recipient=made.email,
        subject=renderer.render_template("mails/code_subject.txt", made.language, site=site).strip(),
        text=renderer.render_template(
            "mails/code.txt", made.language, code=made.code, purpose=made.purpose, site=site
        ),
        is_secret=True,
    )
