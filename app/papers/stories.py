"""The story of one contribution as a paper."""

from sqlalchemy.orm import Session

from app.core import i18n
from app.core.documents.blocks import Imprint
from app.core.made_files import Wanted
from app.domain.follow_through.stories import FOLDER, Story, find_story, read_language
from app.http.printing import stamp_with_press
from app.papers.press import Press, Words, page_words


def _(text: str) -> str:
    return text


def tell_story(session: Session, press: Press, wanted: Wanted) -> Words | None:
    """The words of the story, as everybody may read it."""
    story = find_story(session, wanted.subject_id, read_language(wanted.choices))
    return print_story(press, story) if story is not None else None


def print_story(press: Press, story: Story) -> Words:
    """The same for a story at hand."""
    page = press.render(f"{FOLDER}/body.html", story.language, story=story)
    return Words(page, _imprint(press, page, story), stamp_with_press(story.stamp, FOLDER))


def _imprint(press: Press, page: str, story: Story) -> Imprint:
    say = i18n.catalogue(story.language).gettext
    about = story.about
    return Imprint(
        title=press.read(page).title(),
        language=story.language,
        author=press.site.site_name,
        reference=f"{about.reference} · {say(_('Fra ord til effekt'))}",
        subject=say(_("Hvad der blev sagt, svaret, lovet og målt")),
        keywords=(about.reference, *(theme.name for theme in about.themes)),
        made_at=story.made_at,
        page_words=page_words(story.language),
    )
