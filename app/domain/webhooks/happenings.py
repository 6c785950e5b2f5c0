"""What can be told, and what is told of it: as everybody may read it when its turn comes, else nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.domain.commitments.news import find_figures, find_lines, find_moves
from app.domain.commitments.queries import CommitmentLine
from app.domain.contributions.queries import find_answers, find_contributions, is_for_all
from app.domain.ledger.models import TenderQuestion
from app.domain.ledger.queries import find_tender
from app.domain.meetings.calendar import get_in_calendar
from app.domain.minutes.queries import find_approved

# By the rooms that they happen in, in the order in which people choose.
HAPPENINGS: Final = (
    "wish.published",
    "idea.published",
    "need.published",
    "need.moved",
    "answer.published",
    "answer.corrected",
    "commitment.published",
    "commitment.moved",
    "commitment.measured",
    "commitment.judged",
    "commitment.late",
    "meeting.published",
    "meeting.moved",
    "meeting.cancelled",
    "meeting.postponed",
    "meeting.resumed",
    "programme.published",
    "minutes.approved",
    "tender.published",
    "tender.answered",
)
TEST: Final = "test"
_PATHS: Final = {"wish": "/oensker/", "idea": "/ideer/", "need": "/behov/"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is sent of a happening. `path`: the page to read on; `has_api`: /api/v1 answers at the same."""

    path: str
    facts: dict[str, Any]
    has_api: bool = True


def describe(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    """What everybody may read of it now; None where they may not, or where it is otherwise since."""
    if what == TEST:
        return Told("/api", {}, has_api=False)
    return _DESCRIBE[what.partition(".")[0]](session, what, object_id, detail_id)


def _describe_said(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    said = find_contributions(session, STRANGER, [object_id]).get(object_id)
    if said is None or said.is_hidden or not is_for_all(session, object_id):
        return None
    facts = {"kind": said.kind, "reference": said.reference, "title": said.title, "status": said.status}
    return Told(_path_of(said.kind, said.reference), facts | {"is_example": said.is_example})


def _path_of(kind: str, reference: str) -> str:
    return _PATHS.get(kind, "/indspil/") + reference


def _describe_answer(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    answer = find_answers(session, STRANGER, [object_id]).get(object_id)
    if answer is None:
        return None
    answered = [
        {"kind": one.kind, "reference": one.reference, "path": _path_of(one.kind, one.reference)}
        for one in answer.answers
    ]
    facts = {
        "id": answer.id,
        "verdict": answer.verdict,
        "answered": [{name: one[name] for name in ("kind", "reference")} for one in answered],
        "is_example": answer.is_example,
    }
    if answered:
        return Told(answered[0]["path"], facts | {"reference": answered[0]["reference"]})
    return Told(f"/moeder/{answer.meeting_key}", facts) if answer.meeting_key else None


def _describe_commitment(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    line = find_lines(session, STRANGER, [object_id]).get(object_id)
    if line is None:
        return None
    more = _MORE_OF_COMMITMENT.get(what, lambda session, line, detail_id: {})(session, line, detail_id)
    if more is None:
        return None
    facts = {
        "reference": line.reference,
        "title": line.title,
        "organisation": line.organisation,
        "deadline": line.deadline.isoformat(),
        "status": line.status,
        "is_example": line.is_example,
    }
    return Told(line.path, facts | more)


def _more_of_move(session: Session, line: CommitmentLine, detail_id: int) -> dict[str, Any] | None:
    moved = find_moves(session, [detail_id]).get(detail_id)
    if moved is None:
        return None
    days = {"from": moved.old_on.isoformat(), "to": moved.new_on.isoformat()}
    return {"moved": days | {"milestone": moved.milestone, "reason": moved.reason}}


def _more_of_figure(session: Session, line: CommitmentLine, detail_id: int) -> dict[str, Any] | None:
    figure = find_figures(session, [detail_id]).get(detail_id)
    if figure is None:
        return None
    # A text, as in the API: a number would lose its decimals on the way.
    value = {"value": str(figure.value), "unit": figure.unit, "measured_on": figure.measured_on.isoformat()}
    return {"measured": {"indicator": figure.name} | value}


def _more_of_verdict(session: Session, line: CommitmentLine, detail_id: int) -> dict[str, Any] | None:
    return {} if line.is_judged else None


def _more_of_lateness(session: Session, line: CommitmentLine, detail_id: int) -> dict[str, Any] | None:
    return {} if line.status == "late" else None


_MORE_OF_COMMITMENT: dict[str, Callable[[Session, CommitmentLine, int], dict[str, Any] | None]] = {
    "commitment.moved": _more_of_move,
    "commitment.measured": _more_of_figure,
    "commitment.judged": _more_of_verdict,
    "commitment.late": _more_of_lateness,
}


def _describe_meeting(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    meeting = get_in_calendar(session, object_id)
    if meeting is None or _is_overtaken(what, meeting.status):
        return None
    facts: dict[str, Any] = {
        "key": meeting.key,
        "title": meeting.title,
        "held_on": meeting.held_on.isoformat(),
        "status": meeting.status,
        "is_example": meeting.is_example,
    }
    path = f"/moeder/{meeting.key}"
    if what == "programme.published":
        return Told(f"{path}/program", facts)
    if what == "minutes.approved":
        found = find_approved(session, STRANGER, object_id)
        return Told(f"{path}/referat", facts | {"edition": found.number}, has_api=False) if found else None
    return Told(path, facts)


def _is_overtaken(what: str, status: str) -> bool:
    """Whether the meeting is no longer what would be told of it."""
    named = what.removeprefix("meeting.")
    if named in ("cancelled", "postponed"):
        return status != named
    return named in ("published", "resumed", "moved") and status in ("cancelled", "postponed")


def _describe_tender(session: Session, what: str, object_id: int, detail_id: int) -> Told | None:
    if what == "tender.answered":
        return _describe_question(session, object_id)
    tender = find_tender(session, STRANGER, object_id)
    if tender is None:
        return None
    facts = {"id": tender.id, "title": tender.title, "state": tender.state, "is_example": tender.is_example}
    return Told(f"/udbud/{tender.id}", facts, has_api=False)


def _describe_question(session: Session, question_id: int) -> Told | None:
    row = session.execute(
        select(TenderQuestion.tender_id, TenderQuestion.number).where(
            TenderQuestion.id == question_id, TenderQuestion.shared_at.is_not(None)
        )
    ).one_or_none()
    told = _describe_tender(session, "tender.published", row.tender_id, 0) if row is not None else None
    if row is None or told is None:
        return None
    return Told(f"{told.path}#spoergsmaal", told.facts | {"question": row.number}, has_api=False)


_DESCRIBE: dict[str, Callable[[Session, str, int, int], Told | None]] = {
    "wish": _describe_said,
    "idea": _describe_said,
    "need": _describe_said,
    "answer": _describe_answer,
    "commitment": _describe_commitment,
    "meeting": _describe_meeting,
    "programme": _describe_meeting,
    "minutes": _describe_meeting,
    "tender": _describe_tender,
}
