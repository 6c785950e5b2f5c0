"""The files of a meeting: what they are known by, and those that are made before anybody asks."""

from typing import Final, Literal

from sqlalchemy.orm import Session

from app.core.made_files import Wanted
from app.domain.meeting_reports.queries import get_choices
from app.domain.meeting_reports.schemas import Choices

Form = Literal["docx", "pdf"]

# The names of the papers; lasting, as they stand in the database.
REPORT: Final = "meeting_report"
PACK: Final = "meeting_pack"
# The folder of the words they are told with: a file is fresh only where page and paper mean the same one.
FOLDER: Final = "meeting_reports"
FORMS: Final[tuple[Form, ...]] = ("docx", "pdf")


def report_file(meeting_id: int, choices: Choices, form: Form) -> Wanted:
    """The report with these choices, as a file."""
    return Wanted(REPORT, meeting_id, form, choices.as_json())


def pack_file(meeting_id: int, choices: Choices) -> Wanted:
    """All of the meeting in one file, of which the choices say only for whom and in which language."""
    return Wanted(PACK, meeting_id, "zip", choices_of_pack(choices).as_json())


def choices_of_pack(choices: Choices) -> Choices:
    """All parts, whatever is chosen for the report."""
    return Choices(audience=choices.audience, language=choices.language)


def list_first_files(session: Session, meeting_id: int) -> list[Wanted]:
    """What everybody gets who does not choose, in Danish. One statement."""
    choices, _version = get_choices(session, meeting_id)
    return [*(report_file(meeting_id, choices, form) for form in FORMS), pack_file(meeting_id, choices)]
