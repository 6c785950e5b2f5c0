"""All of a meeting in one tree, as one audience may read it.

Every question is asked through the rooms' own rules, as the reader of the audience (`policy.reader_of`).
Nothing here knows a rule of its own but the two that a report adds: nobody but speakers is named as a person,
and no more than MOST_SAID contributions stand in one report. The number of statements is the same however
much was said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import day_of, now
from app.domain.commitments.queries import CommitmentLine, PromisedOf, list_contributions, list_of_meeting
from app.domain.contributions.models import AnswerContribution, ContributionTheme
from app.domain.contributions.of_meetings import Chosen, list_answers_to_each, list_chosen
from app.domain.contributions.queries import AnswerView, ContributionView, list_answers_of_meeting
from app.domain.evaluations.queries import EvaluationView, find_result
from app.domain.groups.queries import GroupView, list_groups
from app.domain.meeting_reports.attendance import Attendance, count_for_report
from app.domain.meeting_reports.policy import reader_of
from app.domain.meeting_reports.schemas import NO_THEME, Choices, Part
from app.domain.meetings.queries import ItemView, MeetingView, find_meeting, list_items
from app.domain.minutes.queries import EditionView, find_approved
from app.domain.panels.queries import PanelView, QuestionView, list_answered
from app.domain.polls.queries import PollView, list_closed
from app.domain.presentations.of_meetings import DeckLine, list_deck_lines
from app.domain.strategies.models import Strategy, Theme

MOST_SAID: Final = 2_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer where it stands: in full, or, where it has stood before, by the reference it stands under."""

    answer: AnswerView
    told_at: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A contribution as the report tells it. `by` and `on_behalf_of`: who is shown; empty where nobody is."""

    view: ContributionView
    by: str
    on_behalf_of: str
    replies: tuple[Reply, ...]

    @property
    def anchor(self) -> str:
        return self.view.reference.lower()


@dataclass(frozen=True, slots=True)
class Chapter:
    """What was said under one theme; `name` is empty for what is under none. `elsewhere`: what is under this
    theme too and is told in an earlier chapter."""

    path: str
    name: str
    name_en: str | None
    strategy: str
    strategy_en: str | None
    told: tuple[Said, ...]
    elsewhere: tuple[ContributionView, ...]


@dataclass(frozen=True, slots=True)
class PanelRecord:
    """A panel with what was asked and answered there; who asked is an organisation, or nobody. `replies`:
    what was published afterwards, by the question's id."""

    panel: PanelView
    questions: tuple[QuestionView, ...]
    replies: Mapping[int, tuple[Reply, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """Something promised. `by`: the organisations that sign it, else who said it. `about`: what it answers,
    as (reference, kind, title). Of a commitment also its `reference`, its day and how it stands."""

    text: str
    text_en: str
    by: str
    promised_on: date | None
    about: tuple[tuple[str, str, str], ...]
    is_example: bool
    reference: str = ""
    deadline: date | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class MeetingReport:
    """All that a report tells, for `choices.audience`. `parts`: those that are chosen and hold something.

    `total`: how many contributions there are, also where only the first `MOST_SAID` are told. `themes`: those
    that can be chosen among, as (path, Danish name, English name). `has_archive_themes`: some were assigned
    when the archive was put in. `to_all`: answers to nobody's words in particular.
    """

    meeting: MeetingView
    choices: Choices
    parts: tuple[Part, ...]
    attendance: Attendance | None
    items: tuple[ItemView, ...]
    groups: Mapping[int | None, tuple[GroupView, ...]]
    minutes: EditionView | None
    chapters: tuple[Chapter, ...]
    total: int
    to_all: tuple[AnswerView, ...]
    panels: tuple[PanelRecord, ...]
    polls: tuple[PollView, ...]
    promises: tuple[PromiseLine, ...]
    evaluation: EvaluationView | None
    decks: tuple[DeckLine, ...]
    themes: tuple[tuple[str, str, str | None], ...]
    has_archive_themes: bool
    made_at: datetime

    @property
    def is_for_all(self) -> bool:
        return self.choices.audience == "everybody"

    @property
    def told(self) -> list[Said]:
        """Every contribution once, in the order in which they are told."""
        return [said for chapter in self.chapters for said in chapter.told]

    @property
    def is_cut(self) -> bool:
        return self.total > self.most

    @property
    def most(self) -> int:
        """How many contributions there may be in one report."""
        return MOST_SAID

    @property
    def stamp(self) -> str:
        """Changes when anything that the report tells does, and with nothing else."""
        meeting, late = self.meeting, [said.view.id for said in self.told if said.view.is_late]
        of_today = (meeting.is_past, meeting.is_old, meeting.is_held, meeting.shown_status, late)
        return sha256(repr((replace(self, made_at=_NO_TIME), of_today)).encode()).hexdigest()


_NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)


def gather(session: Session, meeting_key: str, choices: Choices) -> MeetingReport | None:
    """The report of a meeting; None where the audience may not see it, which a draft's may not.

    Who may read what is made for this audience has been asked (`policy.may_read_report`).
    """
    found = find_meeting(session, reader_of("everybody", 0), meeting_key)
    if found is None:
        return None
    # The link into the room is for those who come, and no part of what is told of it.
    known = replace(found, join_url="")
    reader = reader_of(choices.audience, known.id)
    listing = list_chosen(session, reader, known.id, Chosen(), per_page=MOST_SAID)
    places = _list_themes(session, listing.rows)
    rows = [row for row in listing.rows if _is_chosen(row, choices.themes)]
    panels = _name_no_askers(list_answered(session, reader, known.id), choices.names)
    of_panels: set[int] = set()
    if "questions" in choices.parts:
        # What the panel answered is told there, with its answer.
        of_panels = {question.id for panel in panels for question in panel.questions}
        rows = [row for row in rows if row.id not in of_panels]
    answers = list_answers_to_each(session, reader, [*(row.id for row in rows), *sorted(of_panels)])
    told_answers: dict[int, str] = {}
    chapters = _tell(rows, answers, places, choices, told_answers)
    if "contributions" not in choices.parts:
        told_answers.clear()
    if of_panels:
        panels = _reply_to_askers(panels, answers, told_answers)
    of_meeting = _leave_out_answers_to_unseen(session, list_answers_of_meeting(session, reader, known.id))
    commitments = [one for one in list_of_meeting(session, reader, known.id) if one.published_at is not None]
    about = list_contributions(session, reader, [one.id for one in commitments])
    report = MeetingReport(
        meeting=known,
        choices=choices,
        parts=choices.parts,
        attendance=_count_attendance(session, known, choices),
        items=tuple(list_items(session, known.id)),
        groups=_by_item(list_groups(session, known.id)),
        minutes=find_approved(session, reader, known.id),
        chapters=chapters,
        total=listing.total,
        to_all=tuple(one for one in of_meeting if not one.answers and one.kind != "promise"),
        panels=panels,
        polls=tuple(list_closed(session, reader, known.id)),
        promises=_list_promises(of_meeting, answers, commitments, about),
        evaluation=find_result(session, reader, known.id),
        decks=tuple(list_deck_lines(session, reader, known.id)),
        themes=tuple((place.path, place.name, place.name_en) for place in places),
        has_archive_themes=any(place.is_of_archive for place in places),
        made_at=now(),
    )
    return replace(report, parts=tuple(part for part in choices.parts if _holds_something(report, part)))


def _count_attendance(session: Session, meeting: MeetingView, choices: Choices) -> Attendance | None:
    # Before the day, how many have signed up is for those who arrange it; nobody was at what was called off.
    if not meeting.is_held:
        return None
    return count_for_report(session, meeting.id, choices.audience, choices.names)


def _holds_something(report: MeetingReport, part: Part) -> bool:
    meeting = report.meeting
    is_known = bool(report.attendance or meeting.participants_approx or meeting.vendor_companies)
    held = {
        "attendance": is_known or bool(meeting.participants_note),
        "programme": bool(report.items),
        # That there are none is told too.
        "minutes": True,
        "contributions": bool(report.chapters or report.to_all),
        "questions": bool(report.panels),
        "polls": bool(report.polls),
        "promises": bool(report.promises),
        "evaluation": report.evaluation is not None and report.evaluation.state == "counted",
        "slides": bool(report.decks),
        "certainty": bool(
            meeting.completeness
            or meeting.corrections
            or meeting.source_urls
            or meeting.source_note
            or (meeting.date_note and meeting.date_certainty != "stated")
            or (meeting.format_note and meeting.format_certainty != "stated")
        ),
        "references": bool(report.chapters or report.panels),
    }
    return held[part]


# --- what was said


@dataclass(frozen=True, slots=True)
class _Place:
    """A theme where it hangs."""

    path: str
    name: str
    name_en: str | None
    strategy: str
    strategy_en: str | None
    is_of_archive: bool = False


def _list_themes(session: Session, rows: Iterable[ContributionView]) -> list[_Place]:
    """The themes of these, the newest strategy first, each in its own order. One statement."""
    ids = [row.id for row in rows if row.themes]
    found = session.execute(
        select(
            Strategy.key.label("strategy_key"),
            Theme.key,
            Theme.name,
            Theme.name_en,
            func.coalesce(Strategy.short_name, Strategy.name).label("strategy"),
            func.coalesce(Strategy.short_name_en, Strategy.name_en).label("strategy_en"),
            func.bool_or(ContributionTheme.origin == "archive").label("is_of_archive"),
        )
        .select_from(ContributionTheme)
        .join(Theme, Theme.id == ContributionTheme.theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(ContributionTheme.contribution_id.in_(ids))
        .group_by(Theme.id, Strategy.id)
        .order_by(Strategy.period_from.desc().nulls_last(), Strategy.key, Theme.position, Theme.id)
    )
    return [
        _Place(
            f"{row.strategy_key}/{row.key}",
            row.name,
            row.name_en,
            row.strategy,
            row.strategy_en,
            row.is_of_archive,
        )
        for row in found
    ]


def _paths(row: ContributionView) -> set[str]:
    return {f"{theme.strategy_key}/{theme.key}" for theme in row.themes} or {NO_THEME}


def _is_chosen(row: ContributionView, themes: Sequence[str]) -> bool:
    return not themes or not _paths(row).isdisjoint(themes)


def _tell(
    rows: Sequence[ContributionView],
    answers: Mapping[int, list[AnswerView]],
    places: Sequence[_Place],
    choices: Choices,
    told_answers: dict[int, str],
) -> tuple[Chapter, ...]:
    """Chapter by chapter; each contribution in the first that it belongs to, those without a theme last.
    Notes in `told_answers` under which reference each answer stands in full."""
    by_path: dict[str, list[ContributionView]] = {}
    for row in rows:
        for path in _paths(row):
            by_path.setdefault(path, []).append(row)
    told: set[int] = set()
    chapters = []
    for place in [*places, _Place(NO_THEME, "", None, "", None)]:
        if choices.themes and place.path not in choices.themes:
            continue
        under = by_path.get(place.path, ())
        if not under:
            continue
        here = [row for row in under if row.id not in told]
        elsewhere = tuple(row for row in under if row.id in told)
        told.update(row.id for row in here)
        said = tuple(_say(row, answers.get(row.id, ()), told_answers, choices.names) for row in here)
        chapters.append(
            Chapter(place.path, place.name, place.name_en, place.strategy, place.strategy_en, said, elsewhere)
        )
    return tuple(chapters)


def _say(row: ContributionView, answers: Iterable[AnswerView], told: dict[int, str], names: bool) -> Said:
    replies = _reply(row.reference, answers, told)
    by, on_behalf_of = _shown(row) if names else ("", "")
    # What is not told as a name must not come along in a field that a template could show by mistake.
    bare = replace(row, said_by=by, said_by_text="", on_behalf_of=on_behalf_of, entered_by="")
    return Said(bare, by, on_behalf_of, replies)


def _reply(reference: str, answers: Iterable[AnswerView], told: dict[int, str]) -> tuple[Reply, ...]:
    replies = []
    for answer in answers:
        replies.append(Reply(answer, told.get(answer.id)))
        told.setdefault(answer.id, reference)
    return tuple(replies)


def _shown(row: ContributionView) -> tuple[str, str]:
    """Who said it, and on whose behalf: speakers by name, all others by their organisation."""
    is_somebody = row.said_by_user_id is not None or row.shown_as == "name"
    by = row.said_by if row.said_by_person_id is not None or not is_somebody else ""
    return by, row.on_behalf_of if row.on_behalf_of != by else ""


def _name_no_askers(
    panels: Iterable[tuple[PanelView, list[QuestionView]]], names: bool
) -> tuple[PanelRecord, ...]:
    def bare(question: QuestionView) -> QuestionView:
        by = "" if question.shown_as == "name" or not names else question.said_by
        return replace(question, said_by=by, on_behalf_of=question.on_behalf_of if names else "")

    return tuple(PanelRecord(panel, tuple(map(bare, questions))) for panel, questions in panels)


def _leave_out_answers_to_unseen(session: Session, answers: list[AnswerView]) -> list[AnswerView]:
    """Without what answers only words that this audience may not read: it was not said to all. One statement,
    and none where every answer is to something that is told."""
    bare = [one.id for one in answers if not one.answers]
    if not bare:
        return answers
    to_unseen = select(AnswerContribution.answer_id).where(AnswerContribution.answer_id.in_(bare))
    unseen = set(session.scalars(to_unseen))
    return [one for one in answers if one.id not in unseen]


def _reply_to_askers(
    panels: Iterable[PanelRecord], answers: Mapping[int, list[AnswerView]], told: dict[int, str]
) -> tuple[PanelRecord, ...]:
    return tuple(
        replace(
            record,
            replies={
                asked.id: _reply(asked.reference, answers[asked.id], told)
                for asked in record.questions
                if asked.id in answers
            },
        )
        for record in panels
    )


# --- promises


def _list_promises(
    of_meeting: Iterable[AnswerView],
    to_each: Mapping[int, Iterable[AnswerView]],
    commitments: Sequence[CommitmentLine],
    about: Mapping[int, tuple[PromisedOf, ...]],
) -> tuple[PromiseLine, ...]:
    """What was promised at the meeting or in an answer to what was said there: once each, oldest first. An
    answer that has become a commitment stands as that, with its day."""
    found = {one.id: one for one in of_meeting if one.kind == "promise"}
    found |= {one.id: one for answers in to_each.values() for one in answers if one.kind == "promise"}
    for one in commitments:
        found.pop(one.answer_id or 0, None)
    committed = sorted(commitments, key=lambda one: one.id)
    return (
        *(_promise(found[id]) for id in sorted(found)),
        *(_commitment(one, about.get(one.id, ())) for one in committed),
    )


def _commitment(line: CommitmentLine, about: Iterable[PromisedOf]) -> PromiseLine:
    return PromiseLine(
        text=line.title,
        text_en=line.title_en,
        by=line.organisation,
        promised_on=day_of(line.published_at),
        about=tuple((one.reference, one.kind, one.title) for one in about),
        is_example=line.is_example,
        reference=line.reference,
        deadline=line.deadline,
        status=line.status,
    )


def _promise(answer: AnswerView) -> PromiseLine:
    about = tuple((one.reference, one.kind, one.title) for one in answer.answers)
    return PromiseLine(
        text=answer.text,
        text_en=answer.text_en,
        by=", ".join(answer.organisations) or answer.said_by_text,
        promised_on=day_of(answer.published_at),
        about=about,
        is_example=answer.is_example,
    )


def _by_item(groups: Iterable[GroupView]) -> dict[int | None, tuple[GroupView, ...]]:
    found: dict[int | None, list[GroupView]] = {}
    for group in groups:
        found.setdefault(group.item_id, []).append(group)
    return {item_id: tuple(several) for item_id, several in found.items()}
