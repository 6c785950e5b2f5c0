"""One mail to one person, written from a template in the receiver's language: as plain text and as HTML."""

from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.mail import queue_mail
from app.http.mail_words import spoken_with
from app.http.markup import as_html
from app.http.pages import TEMPLATES, Renderer, Site, as_chosen


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
class Written:
    """A mail as it will be read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Post:
    """One transaction's mails, written with these templates for this site."""

    session: Session
    renderer: Renderer
    standard: Site

    @property
    def site(self) -> Site:
        """The site by the names that admins have given it, else by the settings."""
        return as_chosen(self.standard)

    def send(
        self,
        to: Addressed,
        name: str,
        *,
        calendar: bytes | None = None,
        calendar_method: str = "PUBLISH",
        unsubscribe: str | None = None,
        unsubscribe_from: str = "messages",
        is_secret: bool = False,
        is_bulk: bool = False,
        **values: object,
    ) -> int | None:
        """Queue the mail `name`, as `write` writes it; the id of the mail, None where there is no address.

        `calendar`: an iCalendar file to go with it. `unsubscribe`: the whole address at which a POST without
        cookies ends mails of this kind (RFC 8058); it is told at the end of the mail too, with
        what it ends: messages, or following. `is_bulk`: one of
        many, which the mails that somebody waits for overtake.
        """
        if to.email is None:
            return None
        written = self.write(to, name, unsubscribe=unsubscribe, unsubscribe_from=unsubscribe_from, **values)
        return queue_mail(
            self.session,
            recipient=to.email,
            subject=written.subject,
            text=written.text,
            html=written.html,
            calendar=calendar,
            calendar_method=calendar_method,
            unsubscribe=unsubscribe,
            is_secret=is_secret,
            is_bulk=is_bulk,
        )

    def write(
        self,
        to: Addressed,
        name: str,
        *,
        unsubscribe: str | None = None,
        unsubscribe_from: str = "messages",
        **values: object,
    ) -> Written:
        """The mail from templates/mails/NAME.txt and NAME_subject.txt, and its HTML from NAME.html.

        NAME.html is what stands within mails/layout.html; where there is none, it is made from the text.
        """
        language = language_of(to)
        values |= {"person": to.name, "site": self.site, "mail_language": language}
        values |= spoken_with(name, language)

        def render(part: str, **more: object) -> str:
            return self.renderer.render_template(f"mails/{part}", language, **values, **more)

        subject = " ".join(render(f"{name}_subject.txt").split())
        text = render(f"{name}.txt").strip() + "\n"
        has_html = (TEMPLATES / "mails" / f"{name}.html").is_file()
        # What our own template rendered is escaped already.
        body = Markup(render(f"{name}.html")) if has_html else as_html(text)  # noqa: S704
        ends = {"unsubscribe": unsubscribe, "unsubscribe_from": unsubscribe_from}
        ending = render("unsubscribe.txt", address=unsubscribe, **ends).strip() if unsubscribe else ""
        html = render("layout.html", subject=subject, body=body, **ends)
        return Written(subject, f"{text}\n-- \n{ending}\n" if ending else text, html)


def language_of(to: Addressed) -> str:
    """The language in which somebody is written to."""
    return to.language if to.language in i18n.LANGUAGES else i18n.DEFAULT
