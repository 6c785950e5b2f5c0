"""The mail with a sign-in code."""

from sqlalchemy.orm import Session

from app.http.pages import Renderer, Site
from app.identity.events import CodeMade
from app.notices.post import Post, Receiver


def send_code(session: Session, renderer: Renderer, site: Site, made: CodeMade) -> None:
    """Have the code mailed. The mail holds no link that signs in; its words are erased when it is sent."""
    to = Receiver(made.email, "", made.language)
    Post(session, renderer, site).send(to, "code", is_secret=True, code=made.code, purpose=made.purpose)
