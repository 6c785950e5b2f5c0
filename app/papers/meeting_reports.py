"""The report of a meeting as a paper."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.documents.blocks import Imprint
from app.core.made_files import Wanted
from app.domain.meeting_reports.files import FOLDER
from app.domain.meeting_reports.gathering import MeetingReport, gather
from app.domain.meeting_reports.schemas import read_choices
from app.domain.meetings.models import Meeting
from app.http.printing import stamp_with_press
from app.papers.press import Press, Words, page_words


def _(text: str) -> str:
    return text


def tell_report(session: Session, press: Press, wanted: Wanted) -> Words | None:
    """The words of a meeting's report, for the audience that is chosen and nobody else."""
    key = find_key(session, wanted.subject_id)
    report = gather(session, key, read_choices(wanted.choices)) if key is not None else None
    return print_report(press, report) if report is not None else None


def find_key(session: Session, meeting_id: int) -> str | None:
    return session.scalar(select(Meeting.key).where(Meeting.id == meeting_id))


def print_report(press: Press, report: MeetingReport) -> Words:
    """The same for a report at hand."""
    language = report.choices.language
    page = press.render(f"{FOLDER}/body.html", language, report=report)
    return Words(page, _imprint(press, page, report), stamp_with_press(report.stamp, FOLDER))


def _imprint(press: Press, page: str, report: MeetingReport) -> Imprint:
    language, meeting = report.choices.language, report.meeting
    say = i18n.catalogue(language).gettext
    number = f" {meeting.number}" if meeting.number else ""
    return Imprint(
        title=press.read(page).title(),
        language=language,
        author=press.site.site_name,
        reference=f"{meeting.series_name}{number} · {meeting.written_day} · {say(_('Rapport'))}",
        subject=say(_("Rapport fra et møde")),
        keywords=(meeting.series_name, *report.meeting.topics),
        made_at=report.made_at,
        page_words=page_words(language),
    )
