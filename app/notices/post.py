"""One mail to one person, written from a template in the receiver's language."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from app.core import i18n
from app.core.mail import queue_mail
from app.http.pages import Renderer, Site


class Addressed(Protocol):
    """Anybody who can be written to, as rooms give them."""

    @property
    def email(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a mail is to. `language` of the account; one that there is no catalogue for gives Danish.

    Without `email`, as of an account that came by a provider which vouches for none, nothing is sent.
    """

    email: str | None
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Post:
    """One transaction's mails, written with these templates for this site."""

    session: Session
    renderer: Renderer
    site: Site

    def send(self, to: Addressed, name: str, **values: object) -> None:
        """Queue the mail `name`: templates/mails/NAME.txt and NAME_subject.txt."""
        if to.email is None:
            return
        language = to.language if to.language in i18n.LANGUAGES else i18n.DEFAULT
        values |= {"person": to.name, "site": self.site, "mail_language": language}

        def render(part: str) -> str:
            return self.renderer.render_template(f"mails/{name}{part}", language, **values)

        queue_mail(
            self.session,
            recipient=to.email,
            subject=" ".join(render("_subject.txt").split()),
            text=render(".txt").strip() + "\n",
        )
