"""All of a meeting that an audience may have: the report, the editions of the minutes, and the slides."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from app.domain.meeting_reports.gathering import MeetingReport, gather
from app.domain.meeting_reports.policy import reader_of
from app.domain.meeting_reports.schemas import Choices
from app.domain.minutes.queries import EditionView, list_edition_texts
from app.domain.presentations.of_meetings import DeckFile, list_deck_files


@dataclass(frozen=True, slots=True)
class MeetingPack:
    """What goes into the pack. The report holds all of its parts, whatever staff has set; of the minutes
    there is what was approved, and not what lay open for comments before."""

    report: MeetingReport
    editions: tuple[EditionView, ...]
    slides: tuple[DeckFile, ...]

    @property
    def stamp(self) -> str:
        """Changes when anything in the pack does."""
        return sha256(repr((self.report.stamp, self.editions, self.slides)).encode()).hexdigest()


def gather_pack(session: Session, meeting_key: str, choices: Choices) -> MeetingPack | None:
    """The pack of a meeting; None where the audience may not see it. Who may have it has been asked."""
    report = gather(session, meeting_key, choices)
    if report is None:
        return None
    reader, meeting_id = reader_of(choices.audience, report.meeting.id), report.meeting.id
    return MeetingPack(
        report,
        tuple(one for one in list_edition_texts(session, reader, meeting_id) if one.kind != "review"),
        tuple(list_deck_files(session, reader, meeting_id)),
    )
