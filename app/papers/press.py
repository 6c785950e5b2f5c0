"""What papers are made with: the templates of this site, and what every maker of words gives."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.documents.blocks import Document, Imprint
from app.core.documents.markup import read_html
from app.core.made_files import Wanted
from app.http.pages import Renderer, Site, as_chosen


@dataclass(frozen=True, slots=True)
class Press:
    """The templates, and the site that they are filled in for."""

    renderer: Renderer
    standard: Site

    @property
    def site(self) -> Site:
        """The site by the names that admins have given it, else by the settings."""
        return as_chosen(self.standard)

    def render(self, template: str, language: str, **values: object) -> str:
        """A template of the subset of HTML that papers are made of (docs/decisions/0037)."""
        return self.renderer.render_template(template, language, site_address=self.site.base_url, **values)

    def read(self, page: str) -> Document:
        return read_html(page, self.site.base_url)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a paper: a page of the subset, what the paper says of itself, and the words' stamp."""

    page: str
    imprint: Imprint
    stamp: str


# The words of what is wanted, or None where there is nothing to tell, as of a meeting that is gone.
Tell = Callable[[Session, Press, Wanted], Words | None]

_press: Press | None = None


def print_with(renderer: Renderer, site: Site) -> None:
    """Make papers with these templates, for this site, in the whole process."""
    global _press
    _press = Press(renderer, site)


def the_press() -> Press:
    assert _press is not None, "print_with has not been called"
    return _press


def standing_alone(page: str, imprint: Imprint, site_address: str) -> str:
    """The page as a file of its own: without our looks, and with addresses that lead to the site."""
    page = page.replace('href="/', f'href="{Markup.escape(site_address.rstrip("/"))}/')
    return (
        f'<!doctype html>\n<html lang="{imprint.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{Markup.escape(imprint.title)}</title>\n</head>\n<body>\n<main>\n{page}\n</main>\n</body>\n</html>\n"
    )


def page_words(language: str) -> tuple[str, str]:
    """The two words around the number of a page."""
    say = i18n.catalogue(language).gettext
    return say(_("Side")), say(_("af"))


def _(text: str) -> str:
    return text
