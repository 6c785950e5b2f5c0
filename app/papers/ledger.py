"""What was taken out of the ledger under a number, as a paper for the file of a tender."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.documents.blocks import Imprint
from app.core.made_files import Wanted
from app.domain.ledger.exporting import FOLDER, ExportReport, tell_export
from app.domain.ledger.models import LedgerExport
from app.http.printing import stamp_with_press
from app.papers.press import Press, Words, page_words


def _(text: str) -> str:
    return text


def tell_ledger(session: Session, press: Press, wanted: Wanted) -> Words | None:
    """The words of an export; `wanted.subject_id` is its number."""
    export = session.scalars(
        select(LedgerExport).where(LedgerExport.number == wanted.subject_id)
    ).one_or_none()
    if export is None:
        return None
    report = tell_export(session, export)
    language = str(wanted.choices.get("language", i18n.DEFAULT))
    page = press.render(f"{FOLDER}/body.html", language, report=report, paper_language=language)
    imprint = _imprint(press, page, report, language)
    return Words(page, imprint, stamp_with_press(report.stamp, FOLDER))


def _imprint(press: Press, page: str, report: ExportReport, language: str) -> Imprint:
    say = i18n.catalogue(language).gettext
    return Imprint(
        title=press.read(page).title(),
        language=language,
        author=press.site.site_name,
        reference=f"{press.site.site_name} · {say(_('Udtræk nr.'))} {report.number}",
        subject=say(_("Ligebehandling")),
        keywords=(say(_("Ligebehandling")), str(report.number)),
        made_at=report.made_at,
        page_words=page_words(language),
    )
