"""What a municipality's committee is given, as a paper."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from app.core import i18n
from app.core.clock import COPENHAGEN
from app.core.documents.blocks import Imprint
from app.core.made_files import Wanted
from app.domain.organisations.queries import get_organisation
from app.domain.pipeline.overview import FOLDER, CommitteeReport, gather_committee_report, read_choices
from app.http.printing import stamp_with_press
from app.papers.press import Press, Words, page_words


def _(text: str) -> str:
    return text


def tell_committee(session: Session, press: Press, wanted: Wanted) -> Words | None:
    """The words of a municipality's report, for the audience that is chosen; `wanted.subject_id` names it."""
    municipality = get_organisation(session, wanted.subject_id)
    if municipality is None or municipality.kind != "municipality":
        return None
    report = gather_committee_report(session, municipality, read_choices(wanted.choices))
    page = press.render(f"{FOLDER}/body.html", report.choices.language, report=report)
    return Words(page, _imprint(press, page, report), stamp_with_press(report.stamp, FOLDER))


def _imprint(press: Press, page: str, report: CommitteeReport) -> Imprint:
    language = report.choices.language
    say = i18n.catalogue(language).gettext
    return Imprint(
        title=press.read(page).title(),
        language=language,
        author=press.site.site_name,
        reference=f"{press.site.site_name} · {report.municipality_name}",
        subject=say(_("Politik og projekter, til udvalget")),
        keywords=(report.municipality_name,),
        made_at=datetime.combine(report.made_on, time(12), COPENHAGEN),
        page_words=page_words(language),
    )
