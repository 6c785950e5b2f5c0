"""The files of a report as they are offered: shared by its page and by the doors that hand them out."""

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlencode

from app.core.made_files import MadeView, Wanted, list_made
from app.core.text import slug
from app.domain.meeting_reports.files import FOLDER, pack_file, report_file
from app.domain.meeting_reports.gathering import MeetingReport
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.queries import MeetingView
from app.http.printing import stamp_with_press
from app.http.visit import Visit

Ending = Literal["docx", "pdf", "zip"]

# In the order in which they are offered.
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as it is offered. `path`: with what was chosen. `made` is None until it is asked for."""

    ending: Ending
    path: str
    progress_path: str
    filename: str
    made: MadeView | None


def list_files(visit: Visit, report: MeetingReport, query: str) -> list[FileLine]:
    """The files of a report, to be offered on its page. One that tells what is told no more is to be made
    anew and is not spoken of. One statement."""
    meeting, choices = report.meeting, report.choices
    stamp = stamp_with_press(report.stamp, FOLDER)
    wanted = {ending: wanted_for(meeting.id, choices, ending) for ending in ENDINGS}
    found = list_made(visit.session, list(wanted.values()))
    # Whether a pack still tells what is told takes more to know, and is asked when it is fetched.
    made = {
        one.form: one for one in found if one.form == "zip" or one.state != "ready" or one.is_fresh(stamp)
    }
    return [line_of(meeting, choices, query, ending, made.get(ending)) for ending in ENDINGS]


def wanted_for(meeting_id: int, choices: Choices, ending: Ending) -> Wanted:
    """What the file is a file of."""
    return pack_file(meeting_id, choices) if ending == "zip" else report_file(meeting_id, choices, ending)


def line_of(
    meeting: MeetingView, choices: Choices, query: str, ending: Ending, made: MadeView | None
) -> FileLine:
    base = f"/moeder/{meeting.key}"
    own = f"{base}/alt.zip" if ending == "zip" else f"{base}/rapport.{ending}"
    asked = urlencode({"som": ending}) + (f"&{query[1:]}" if query else "")
    filename = _filename(meeting, choices, ending)
    return FileLine(ending, own + query, f"{base}/rapport/fil?{asked}", filename, made)


def _filename(meeting: MeetingView, choices: Choices, ending: Ending) -> str:
    kind = "alt" if ending == "zip" else "rapport"
    words = [slug(meeting.series_name), meeting.key, meeting.written_day, kind]
    if choices.audience == "participants":
        words.append("deltagere")
    if choices.language != "da":
        words.append(choices.language)
    return "-".join(words) + f".{ending}"
