"""What became of what was said at the example meetings: gathered, looked after, promised, measured.

Days are counted from the day on which the examples were first loaded.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.clock import COPENHAGEN
from app.core.policy import SYSTEM
from app.domain.answering.recording import (
    put_case,
    put_objection,
    put_pause,
    put_template,
    put_waiting_batch,
)
from app.domain.answering.recording_schemas import CaseFacts, ObjectionFacts, PauseFacts
from app.domain.answering.schemas import TemplateInput
from app.domain.commitments.recording import put_commitment
from app.domain.commitments.schemas import CommitmentFacts
from app.domain.contributions.gathering import name_gathering, put_gathering
from app.domain.contributions.gathering_models import Gathering
from app.domain.contributions.gathering_recording import put_cited_page
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import GatheringInput
from app.domain.summaries.models import Summary
from app.domain.summaries.service import propose_summary, publish_summary


@dataclass(frozen=True)
class Days:
    """Days and moments from days counted from `begun`."""

    begun: date

    def on(self, offset: int | None) -> date | None:
        return self.begun + timedelta(days=offset) if offset is not None else None

    def at(self, offset: int | None) -> datetime | None:
        """At noon on that day."""
        day = self.on(offset)
        return datetime.combine(day, time(12), COPENHAGEN) if day is not None else None


def add_more(meeting: Record, more: dict[str, Record]) -> Record:
    """A meeting with what else was said at it."""
    added = more.get(meeting["key"], {})
    return meeting | {part: [*meeting.get(part, []), *rows] for part, rows in added.items()}


def put_follow_up(session: Session, names: Names, begun: date, facts: Record) -> None:
    """All of it, after the meetings. What people have had their hands on stays as they left it."""
    days = Days(begun)
    _name_archive(session, names)
    for row in facts["gatherings"]:
        _put_gathering(session, names, row)
    for row in facts["cited"]:
        contribution_id = names.contributions[row["contribution"]]
        put_cited_page(session, SYSTEM, contribution_id, names.decks[row["deck"]], row["page"])
    for row in facts["cases"]:
        put_case(session, SYSTEM, _case(names, days, row))
    for row in facts["pauses"]:
        put_pause(session, SYSTEM, _pause(names, days, row))
    for row in facts["objections"]:
        put_objection(session, SYSTEM, _objection(names, days, row))
    for row in facts["templates"]:
        put_template(session, SYSTEM, TemplateInput.model_validate(row))
    for row in facts["batches"]:
        answer_ids = [names.answers[key] for key in row["answers"]]
        created_at = days.at(row["created_offset_days"])
        assert created_at is not None
        put_waiting_batch(session, SYSTEM, row["name"], answer_ids, created_at)
    for row in facts["commitments"]:
        commitment = put_commitment(session, SYSTEM, _commitment(names, days, row))
        names.commitments[row["key"]] = commitment.id
    for key in facts["summaries"]:
        _put_summary(session, names.meetings[key])


def _put_summary(session: Session, meeting_id: int) -> None:
    """What the machine makes of what was said, shown as such; one that is there stays as people left it."""
    known = select(Summary.id).where(Summary.meeting_id == meeting_id)
    if session.scalar(select(known.exists())):
        return
    summary = propose_summary(session, SYSTEM, meeting_id=meeting_id)
    session.flush()
    publish_summary(session, SYSTEM, summary.id, summary.version)


def _name_archive(session: Session, names: Names) -> None:
    """The wishes of the archive proper, which examples hang under."""
    rows = session.execute(
        select(Contribution.key, Contribution.id).where(
            Contribution.key.is_not(None), Contribution.is_example.is_(False)
        )
    )
    for row in rows:
        names.contributions.setdefault(row.key or "", row.id)


def _put_gathering(session: Session, names: Names, row: Record) -> None:
    lead_id = names.contributions.get(row["lead"])
    if lead_id is None:  # the examples without the archive
        return
    is_new = session.get(Gathering, lead_id) is None
    put_gathering(session, SYSTEM, lead_id, [names.contributions[key] for key in row["members"]])
    gathering = session.get(Gathering, lead_id)
    if is_new and gathering is not None and row["title_da"]:
        given = GatheringInput(title=row["title_da"], summary=row["summary_da"], version=gathering.version)
        name_gathering(session, SYSTEM, lead_id, given)


def _case(names: Names, days: Days, row: Record) -> CaseFacts:
    return CaseFacts.model_validate(
        {
            "contribution_id": names.contributions[row["contribution"]],
            "owner_id": names.users[row["owner"]],
            "organisation_id": names.organisations[row["organisation"]],
            "claimed_at": days.at(row["claimed_offset_days"]),
            "notes": row["notes"],
        }
    )


def _pause(names: Names, days: Days, row: Record) -> PauseFacts:
    return PauseFacts.model_validate(
        {
            "contribution_id": names.contributions[row["contribution"]],
            "question": row["question_da"],
            "asked_at": days.at(row["asked_offset_days"]),
            "reply_by": days.on(row["reply_by_offset_days"]),
            "reply": row.get("reply_da", ""),
            "replied_at": days.at(row.get("replied_offset_days")),
        }
    )


def _objection(names: Names, days: Days, row: Record) -> ObjectionFacts:
    return ObjectionFacts.model_validate(
        {
            "contribution_id": names.contributions[row["contribution"]],
            "answer_id": names.answers[row["answer"]],
            "text": row["text_da"],
            "made_at": days.at(row["made_offset_days"]),
        }
    )


_AS_IT_STANDS = ("key", "title", "title_en", "text", "text_en", "verdict", "lesson", "is_example")


def _commitment(names: Names, days: Days, row: Record) -> CommitmentFacts:
    values: dict[str, Any] = {name: row[name] for name in _AS_IT_STANDS if name in row}
    values |= {
        "organisation_id": names.organisations[row["organisation"]],
        "meeting_id": names.meetings[row["meeting"]] if "meeting" in row else None,
        "answer_id": names.answers[row["answer"]] if "answer" in row else None,
        "deadline": days.on(row["deadline_offset_days"]),
        "moved_from": _moves(days, row),
        "proposed_at": days.at(row["proposed_offset_days"]),
        "published_at": days.at(row["published_offset_days"]),
        "begun_at": days.at(row.get("begun_offset_days")),
        "verdict_cause": row.get("cause"),
        "verdict_at": days.at(row.get("verdict_offset_days")),
        "replaced_by_id": names.commitments[row["replaced_by"]] if "replaced_by" in row else None,
        "contribution_ids": [names.contributions[key] for key in row.get("contributions", [])],
        "theme_ids": [names.themes[key] for key in row.get("themes", [])],
        "milestones": [_milestone(days, one) for one in row.get("milestones", [])],
        "indicators": [_indicator(days, one) for one in row.get("indicators", [])],
    }
    return CommitmentFacts.model_validate(values)


def _moves(days: Days, row: Record) -> list[tuple[Any, ...]]:
    return [
        (days.on(one["from_offset_days"]), one["reason"], days.at(one["at_offset_days"]))
        for one in row.get("moved", [])
    ]


def _milestone(days: Days, row: Record) -> Record:
    return {
        "title": row["title"],
        "title_en": row["title_en"],
        "due_on": days.on(row["due_offset_days"]),
        "done_on": days.on(row["done_offset_days"]),
        "moved_from": _moves(days, row),
    }


def _indicator(days: Days, row: Record) -> Record:
    names = ("name", "name_en", "unit", "unit_en", "method", "baseline_value", "target_value", "direction")
    return {name: row[name] for name in names} | {
        "baseline_on": days.on(row["baseline_offset_days"]),
        "target_on": days.on(row["target_offset_days"]),
        "measurements": [_measurement(days, one) for one in row["measurements"]],
    }


def _measurement(days: Days, row: Record) -> Record:
    return {
        "measured_on": days.on(row["offset_days"]),
        "value": row["value"],
        "source_text": row["source"],
        "note": row["note"],
        "measured_at": days.at(row["offset_days"]),
        "earlier_value": row.get("earlier_value"),
        "reason": row.get("reason", ""),
    }
