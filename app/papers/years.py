"""The account of a year as a paper."""

from sqlalchemy.orm import Session

from app.core import i18n
from app.core.documents.blocks import Imprint
from app.core.made_files import Wanted
from app.domain.follow_through.of_years import FOLDER, YearReport, gather_year, read_choices
from app.http.printing import stamp_with_press
from app.papers.press import Press, Words, page_words


def _(text: str) -> str:
    return text


def tell_year(session: Session, press: Press, wanted: Wanted) -> Words | None:
    """The words of the report of a year, for the audience that is chosen; `wanted.subject_id` is the year."""
    report = gather_year(session, wanted.subject_id, read_choices(wanted.choices))
    if report is None:
        return None
    page = press.render(f"{FOLDER}/body.html", report.choices.language, report=report)
    return Words(page, _imprint(press, page, report), stamp_with_press(report.stamp, FOLDER))


def _imprint(press: Press, page: str, report: YearReport) -> Imprint:
    language = report.choices.language
    say = i18n.catalogue(language).gettext
    return Imprint(
        title=press.read(page).title(),
        language=language,
        author=press.site.site_name,
        reference=f"{press.site.site_name} · {report.year} · {say(_('Opfølgning'))}",
        subject=say(_("Opfølgning på et år")),
        keywords=(str(report.year), *(one.organisation for one in report.own)),
        made_at=report.made_at,
        page_words=page_words(language),
    )
