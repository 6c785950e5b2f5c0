"""Puts the seed in through the same verbs as people use. The same facts twice add nothing; edits stay."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.archive.committees import put_committees
from app.archive.following_up import add_more, put_follow_up
from app.archive.gatherings import as_meeting, put_gathering_body, put_gathering_scheme, put_maturity
from app.archive.ideas import put_ideas
from app.archive.ledger import put_ledger
from app.archive.maturity import put_example_maturity
from app.archive.models import ArchiveLoad
from app.archive.names import Names, Record
from app.archive.needing import put_example_needs
from app.archive.policies import put_example_policies
from app.archive.pressing import put_pressure_tests
from app.archive.summaries import put_summaries
from app.core.clock import COPENHAGEN, now, today
from app.core.events import in_silence
from app.core.i18n import DEFAULT
from app.core.jobs import Tools, defer
from app.core.policy import SYSTEM
from app.core.text import shorten
from app.domain.answering.clock import note_what_was_late
from app.domain.answering.recording import put_rule
from app.domain.answering.schemas import RuleInput
from app.domain.attendance.recording import put_attendee
from app.domain.attendance.service import open_room
from app.domain.boards.recording import Known, put_board
from app.domain.boards.recording_schemas import BoardFacts
from app.domain.carry_over.recording import DecisionFacts, put_decisions
from app.domain.contributions.interests import put_interest
from app.domain.contributions.schemas import (
    AnswerEditionFacts,
    AnswerFacts,
    ContributionFacts,
    IdeaFacts,
    InterestFacts,
)
from app.domain.contributions.service import put_answer, put_contribution
from app.domain.evaluations.policy import DAYS_OPEN
from app.domain.evaluations.recording import put_evaluation
from app.domain.evaluations.schemas import EvaluationFacts
from app.domain.groups.schemas import GroupFacts
from app.domain.groups.service import put_groups
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import find_meeting
from app.domain.meetings.recording import put_meeting, put_missing_number
from app.domain.meetings.schemas import MeetingFacts, MissingNumberFacts
from app.domain.minutes.recording import CommentFacts, EditionFacts, put_comments, put_minutes
from app.domain.organisations.schemas import OrganisationInput
from app.domain.organisations.service import add_organisation
from app.domain.outbox.queries import list_of_meeting
from app.domain.outbox.service import prepare, write_first_words
from app.domain.panels.recording import PanelFacts, put_panel
from app.domain.pipeline.schemas import StageFacts
from app.domain.pipeline.service import put_known_barriers, put_stage
from app.domain.polls.recording import PollFacts, put_poll
from app.domain.presentations.models import DeckRevision
from app.domain.presentations.schemas import DeckRecord
from app.domain.presentations.service import add_revision, put_deck
from app.domain.projects.own_projects import put_own_project
from app.domain.projects.schemas import OwnProjectFacts, ProgrammeInput, ProjectInput
from app.domain.projects.service import put_programme, put_project
from app.domain.registrations.queries import recipients_of
from app.domain.registrations.questions import add_question, list_questions
from app.domain.registrations.schemas import QuestionInput, RegistrationFacts
from app.domain.registrations.service import put_registration
from app.domain.strategies.crosswalk import put_link
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.schemas import StrategyInput, ThemeLinkInput
from app.domain.strategies.service import put_strategy
from app.domain.users.service import add_user, put_member

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
# What the archive says of words that nothing is uncertain about.
PLAIN = "Står på siden."
# What was said at a meeting, by the name of its list.
_SAID = ("asks", "cards", "questions", "wishes", "ideas")
# The number under which processes take turns at loading; any number that nothing else locks.
LOAD_LOCK = 4202
# What is sent is answered before the next meeting; until staff says otherwise.
ANSWER_RULE = RuleInput(at_most_days=90, at_least_days=14, before_meeting=True)


def read_facts(name: str) -> Any:
    return json.loads((HERE / "facts" / f"{name}.json").read_text("utf-8"))


def read_demo() -> Record:
    return json.loads((HERE / "demo" / "demo.json").read_text("utf-8"))


def read_follow_up() -> Record:
    """What became of what was said at the example meetings, and what was said at earlier ones."""
    return json.loads((HERE / "demo" / "follow_up.json").read_text("utf-8"))


def read_ledger() -> Record:
    """Who was met about an example tender, and what all have got."""
    return json.loads((HERE / "demo" / "ledger.json").read_text("utf-8"))


def load_archive(tools: Tools) -> bool:
    """The real archive: facts from public pages. Whether there was anything to load."""
    return _load_once(tools, "archive", sorted((HERE / "facts").glob("*.json")), _put_archive)


def load_demo(tools: Tools) -> bool:
    """The examples, every one marked as such. Whether there was anything to load."""
    return _load_once(tools, "demo", sorted((HERE / "demo").glob("*.json")), _put_demo)


def _load_once(tools: Tools, name: str, files: list[Path], put: Callable[[Session, Tools], None]) -> bool:
    """Load a part unless it was loaded from these very files; one process at a time, all or nothing.
    Whether it was loaded now."""
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    with tools.database.unit() as session:
        # The other may take minutes on a busy machine, longer than any page may take.
        session.execute(text("set local statement_timeout = '10min'"))
        # A second process waits here until the first has committed, also when there is no row to lock yet.
        session.execute(select(func.pg_advisory_xact_lock(LOAD_LOCK)))
        loaded = session.scalars(select(ArchiveLoad).where(ArchiveLoad.name == name)).one_or_none()
        if loaded is not None and loaded.fingerprint == mark:
            return False
        log.info("loading %s", name)
        with in_silence():
            put(session, tools)
            note_what_was_late(session)
        if loaded is None:
            loaded = ArchiveLoad(name=name)
            session.add(loaded)
        loaded.fingerprint, loaded.loaded_at = mark, now()
        defer(session, "search.index_everything", once="index everything")
        return True


# --- the archive


def _put_archive(session: Session, tools: Tools) -> None:
    names = Names()
    put_rule(session, SYSTEM, ANSWER_RULE)
    put_organisations(session, names, read_facts("organisations"))
    put_municipalities(session, names, read_facts("municipalities"))
    for record in read_facts("strategies"):
        put_strategy(session, SYSTEM, StrategyInput.model_validate(record))
    names.themes = list_themes(session)
    for record in read_facts("crosswalk"):
        put_theme_link(session, names, record)
    projects = read_facts("projects")
    put_programme(session, SYSTEM, ProgrammeInput.model_validate(projects["programme"]))
    for record in projects["projects"]:
        put_project(session, SYSTEM, ProjectInput.model_validate(record))
    for record in read_facts("pipeline"):
        put_stage(session, SYSTEM, StageFacts.model_validate(record))
    put_known_barriers(session, SYSTEM)
    meetings = read_facts("meetings")
    gatherings: dict[str, Record] = {record["kind"]: record for record in read_facts("gatherings")}
    conversation = as_meeting(gatherings["conversation"])
    for record in [*meetings["meetings"], gatherings["panel"], conversation]:
        put_whole_meeting(session, tools, names, record)
    put_gathering_body(session, gatherings["body"])
    put_gathering_scheme(session, names, gatherings["scheme"])
    put_maturity(session, read_facts("maturity"))
    for record in meetings["not_found"]:
        put_missing_number(session, SYSTEM, MissingNumberFacts.model_validate(record))


def put_organisations(session: Session, names: Names, records: Iterable[Record]) -> None:
    for record in records:
        names.organisations[record["key"]] = add_organisation(
            session, SYSTEM, OrganisationInput.model_validate(record)
        ).id


def put_municipalities(session: Session, names: Names, records: Iterable[Record]) -> None:
    for record in records:
        given = OrganisationInput(
            key=record["key"],
            name=record["official_name"],
            short_name=record["name"],
            kind="municipality",
            municipality_code=record["code"],
            region=record["region"],
            mail_domains=[record["mail_domain"]] if record["mail_domain"] else [],
        )
        names.organisations[record["key"]] = add_organisation(session, SYSTEM, given).id


def list_themes(session: Session) -> dict[str, int]:
    """Every theme's row by "strategy/theme"."""
    rows = session.execute(
        select(Strategy.key, Theme.key, Theme.id).join(Strategy, Strategy.id == Theme.strategy_id)
    )
    return {f"{strategy}/{theme}": theme_id for strategy, theme, theme_id in rows}


def put_theme_link(session: Session, names: Names, record: Record) -> None:
    """What became of a theme, both named "strategy/theme"."""
    given = {key: value for key, value in record.items() if key not in ("from", "to")}
    given |= {
        "from_theme_id": names.themes[record["from"]],
        "to_theme_id": names.themes.get(record["to"] or ""),
    }
    put_link(session, SYSTEM, ThemeLinkInput.model_validate(given))


# --- a meeting with all that belongs to it


@dataclass(frozen=True)
class Place:
    """A meeting that is put in, and what its records may point at."""

    record: Record
    names: Names
    meeting_id: int
    items: Mapping[str, int]
    groups: dict[str, int]
    persons: Mapping[str, int]
    noon: datetime
    is_example: bool


def put_whole_meeting(session: Session, tools: Tools, names: Names, record: Record) -> None:
    """A meeting with its programme, groups, contributions, answers and decks."""
    meeting = put_meeting(session, SYSTEM, MeetingFacts.model_validate(record))
    names.meetings[record["key"]] = meeting.meeting_id
    groups = [GroupFacts.model_validate(group) for group in record.get("groups", [])]
    said = [row for kind in _SAID for row in record.get(kind, [])]
    place = Place(
        record=record,
        names=names,
        meeting_id=meeting.meeting_id,
        items=meeting.items,
        groups=put_groups(session, SYSTEM, meeting, groups),
        persons=meeting.persons,
        noon=datetime.combine(date.fromisoformat(record["date"]), time(12), COPENHAGEN),
        is_example=record.get("is_example", False),
    )
    for row in said:
        put_said(session, place, row)
    for row in record.get("responses", []):
        put_response(session, place, row)
    for number, row in enumerate(record.get("decks", []), 1):
        put_whole_deck(session, tools, place, row, number)
    signed_up = {row["user"]: put_sign_up(session, place, row) for row in record.get("sign_ups", [])}
    if record.get("boards"):
        put_room(session, place, signed_up)
    if record.get("minutes"):
        editions = [EditionFacts.model_validate(row) for row in record["minutes"]]
        put_minutes(session, SYSTEM, place.meeting_id, place.noon, editions, place.items)
        comments = [CommentFacts.model_validate(row) for row in record.get("minutes_comments", [])]
        put_comments(session, SYSTEM, place.meeting_id, place.noon, comments, place.items, names.users)
    if not list_questions(session, place.meeting_id, with_hidden=True):
        for row in record.get("sign_up_questions", []):
            put_question(session, place, row)


def put_said(session: Session, place: Place, row: Record) -> None:
    """A wish, a card or an idea, in its words."""
    names, known = place.names, row.get("said_by") or ""
    # The words stand in the language in which they were said.
    own, other = ("text_en", "text_da") if row.get("language") == "en" else ("text_da", "text_en")
    body = row.get("body_da") or row.get(own) or row.get(other) or ""
    received = place.noon + timedelta(days=_offset(place, row.get("received_offset_days")))
    is_idea = row["kind"] == "idea"
    details = {key: row[key] for key in IdeaFacts.model_fields if row.get(key)}
    has_clock = place.is_example and row["kind"] in ("wish", "idea")
    facts = ContributionFacts(
        kind=row["kind"],
        key=row["key"],
        title=row.get("title_da") or shorten(body, 120),
        body=(row.get("public_summary") or body) if is_idea else body,
        body_en=row.get("text_en") or "" if own == "text_da" else "",
        language=row.get("language", "da"),
        aspect=row["aspect"],
        status=row.get("status", "received"),
        visibility=row.get("visibility", "public"),
        meeting_id=place.meeting_id,
        item_id=place.items.get(row.get("agenda") or ""),
        group_id=place.groups.get(row.get("group") or ""),
        task=row.get("task_da") or "",
        said_by_person_id=None if known in names.users else place.persons.get(known),
        said_by_user_id=names.users.get(known),
        said_by_text=row.get("said_by_text_da") or "",
        on_behalf_of_id=names.organisations.get(row.get("on_behalf_of") or ""),
        on_behalf_of_text=row.get("on_behalf_of_text_da") or "",
        entered_by_id=names.users.get(row.get("entered_by") or ""),
        certainty_note=row["confidence_da"] if row.get("confidence_da") not in (None, PLAIN) else "",
        source_url=next(iter(place.record.get("source_urls", [])), None),
        received_at=received,
        published_at=received,
        answer_by=received.date() + timedelta(days=row.get("answer_days", 90)) if has_clock else None,
        is_example=place.is_example,
        theme_ids=[names.themes[theme] for theme in row["themes"]],
        details=IdeaFacts(**details) if is_idea else None,
    )
    names.contributions[row["key"]] = put_contribution(session, SYSTEM, facts).id


def put_response(session: Session, place: Place, row: Record) -> None:
    """What an organiser said back. Said at the meeting itself unless a later day is given."""
    names = place.names
    moment = place.noon + timedelta(days=_offset(place, row.get("published_offset_days")))
    is_prepared = row.get("state") == "prepared"
    again_by = row.get("again_by_offset_days")
    facts = AnswerFacts(
        key=row["key"],
        kind=row["kind"],
        verdict=row.get("verdict"),
        text=row["text_da"],
        text_en=row.get("text_en") or "",
        reason=row.get("reason_da") or "",
        reason_en=row.get("reason_en") or "",
        again_by=place.noon.date() + timedelta(days=_offset(place, again_by)) if again_by else None,
        meeting_id=place.meeting_id,
        said_by_text=row.get("by_name") or "",
        prepared_at=moment if is_prepared else None,
        published_at=None if is_prepared else moment,
        is_example=place.is_example,
        organisation_ids=[names.organisations[key] for key in row["by_organisations"]],
        contribution_ids=[names.contributions[key] for key in row["answers"]],
        editions=[read_edition(place, edition) for edition in row.get("editions", [])],
    )
    names.answers[row["key"]] = put_answer(session, SYSTEM, facts).id


def read_edition(place: Place, row: Record) -> AnswerEditionFacts:
    """How an answer stood before it was corrected."""
    return AnswerEditionFacts(
        verdict=row["verdict"],
        text=row["text_da"],
        reason=row["reason_da"],
        why=row["why_da"],
        replaced_at=place.noon + timedelta(days=_offset(place, row["replaced_offset_days"])),
    )


def _offset(place: Place, days_from_loading: int | None) -> int:
    """Days after the meeting, from days counted from the day of loading."""
    if days_from_loading is None:
        return 0
    return days_from_loading - place.record["date_offset_days"]


def put_room(session: Session, place: Place, signed_up: Mapping[str, int]) -> None:
    """The room with its boards; who had signed up for a meeting that has been held was there."""
    open_room(session, SYSTEM, place.meeting_id)
    was_held = place.noon.date() < today()
    begun = min(place.noon, now())
    came = signed_up if was_held else {}
    attendees = {user: put_attendee(session, SYSTEM, row_id, begun) for user, row_id in came.items()}
    known = Known(place.items, place.groups, place.names.contributions, attendees)
    for row in place.record["boards"]:
        put_board(session, SYSTEM, place.meeting_id, begun, BoardFacts.model_validate(row), known)
    for row in place.record.get("panels", []):
        put_panel(
            session,
            SYSTEM,
            place.meeting_id,
            begun,
            PanelFacts.model_validate(row),
            place.items,
            place.names.contributions,
            attendees,
        )
    for row in place.record.get("polls", []):
        facts = PollFacts.model_validate(row | {"is_example": place.is_example})
        put_poll(session, SYSTEM, place.meeting_id, begun, facts, place.items)


def put_sign_up(session: Session, place: Place, row: Record) -> int:
    """Somebody who takes part, signed up some weeks before the meeting."""
    registration = put_registration(
        session,
        SYSTEM,
        RegistrationFacts(
            meeting_id=place.meeting_id,
            user_id=place.names.users[row["user"]],
            is_listed=row["listed"],
            created_at=min(now(), place.noon - timedelta(weeks=3)),
        ),
    )
    return registration.id


def put_question(session: Session, place: Place, row: Record) -> None:
    """What the organisers ask whoever signs up."""
    given = QuestionInput(
        text=row["text_da"],
        kind=row["kind"],
        options=row.get("options_da", []),
        help=row.get("help_da", ""),
        item_id=place.items.get(row.get("agenda") or ""),
    )
    add_question(session, SYSTEM, place.meeting_id, given)


def put_whole_deck(session: Session, tools: Tools, place: Place, row: Record, number: int) -> None:
    """A deck; where the record holds its slides, with a file made of them."""
    deck = put_deck(
        session,
        SYSTEM,
        DeckRecord(
            meeting_id=place.meeting_id,
            item_id=place.items.get(row.get("agenda") or ""),
            key=row.get("key") or f"{place.record['key']}-{number}",
            title=row["title_da"] or "",
            note=row.get("note_da") or "",
            access=row.get("access", "public"),
            is_example=place.is_example,
        ),
    )
    place.names.decks[deck.key or ""] = deck.id
    has_file = session.scalars(
        select(DeckRevision.id).where(DeckRevision.deck_id == deck.id).limit(1)
    ).first()
    if has_file or not row.get("slides"):
        return
    # Read only when there is something to load: it takes 20 MB, and each start asks whether there is.
    from app.archive.samples import make_pdf, make_pptx

    slides = [{"title": s["heading"], "bullets": s["bullets"], "notes": s["notes"]} for s in row["slides"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / row["filename"]
        make = make_pdf if row["format"] == "pdf" else make_pptx
        make(path, slides, title=row["title_da"])
        add_revision(session, SYSTEM, tools.storage, deck.id, path, row["filename"])


# --- the examples


def _put_demo(session: Session, tools: Tools) -> None:
    demo, later = read_demo(), read_follow_up()
    names = Names(themes=list_themes(session))
    put_organisations(session, names, demo["organisations"])
    for record in demo["users"]:
        user = add_user(session, record["email"], record["name"], record["language"], is_example=True)
        names.users[record["key"]] = user.id
        organisation = names.organisations[record["organisation"]]
        put_member(session, SYSTEM, user, organisation, record["title_da"], record["membership_role"])
    loaded = session.scalars(select(ArchiveLoad.loaded_at).where(ArchiveLoad.name == "demo")).one_or_none()
    begun = loaded.astimezone(COPENHAGEN).date() if loaded else today()
    for record in [*later["meetings"], *(add_more(one, later["more"]) for one in demo["meetings"])]:
        held_on = begun + timedelta(days=record["date_offset_days"])
        dated = record | {"date": held_on.isoformat()}
        if (days := record.get("registration_closes_offset_days")) is not None:
            dated["registration_closes_on"] = (begun + timedelta(days=days)).isoformat()
        put_whole_meeting(session, tools, names, dated)
    titles = {record["key"]: record["title_da"] for record in demo["users"]}
    for record in demo["interests"]:
        put_interest(
            session,
            SYSTEM,
            InterestFacts(
                contribution_id=names.contributions[record["contribution"]],
                organisation_id=names.organisations[record["organisation"]],
                kind=record["kind"],
                contact=record["contact"],
                signed_as=titles[record["marked_by"]],
                marked_by_id=names.users[record["marked_by"]],
                marked_at=now() + timedelta(days=record["marked_offset_days"]),
                is_example=True,
            ),
        )
    put_example_policies(session, names)
    for record in demo["own_projects"]:
        values = {key: value for key, value in record.items() if key != "themes"}
        theme_ids = [names.themes[theme] for theme in record["themes"]]
        put_own_project(session, SYSTEM, OwnProjectFacts.model_validate(values | {"theme_ids": theme_ids}))
    put_follow_up(session, names, begun, later)
    put_ideas(session, names, begun)
    put_ledger(session, names, begun, read_ledger())
    put_example_needs(session, names, begun)
    put_example_maturity(session, names, begun)
    put_committees(session, names, begun)
    put_pressure_tests(session, names, begun)
    for record in demo["outbox"]:
        put_batch(session, record)
    for key, rows in demo["from_last"].items():
        if (meeting := find_meeting(session, SYSTEM, key)) is not None:
            put_decisions(session, SYSTEM, meeting, [DecisionFacts.model_validate(row) for row in rows])
    for record in demo["evaluations"]:
        put_answers(session, record)
    put_summaries(session, names.themes)


def put_batch(session: Session, row: Record) -> None:
    """Mails that wait to be read and sent, unless the meeting has some already."""
    meeting_id = session.scalars(select(Meeting.id).where(Meeting.key == row["meeting"])).one()
    if list_of_meeting(session, meeting_id):
        return
    recipients = recipients_of(session, meeting_id, row["to"])
    batch = prepare(session, SYSTEM, kind=row["kind"], meeting_id=meeting_id, recipients=recipients)
    if batch is not None:
        write_first_words(session, batch.id, {DEFAULT: (row["subject_da"], row["body_da"])})


def put_answers(session: Session, row: Record) -> None:
    """How an example meeting was evaluated, counted when three weeks had passed."""
    meeting = session.scalars(select(Meeting).where(Meeting.key == row["meeting"])).one()
    counted_on = meeting.held_on + timedelta(days=DAYS_OPEN + 1)
    counted_at = datetime.combine(counted_on, time(0, 3), COPENHAGEN)
    facts = EvaluationFacts.model_validate({key: value for key, value in row.items() if key != "meeting"})
    put_evaluation(session, SYSTEM, meeting.id, min(now(), counted_at), facts)
