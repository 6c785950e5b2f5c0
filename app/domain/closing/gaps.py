"""What is missing at a meeting: each kind as a statement of its own, read together as one."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from app.core.clock import now
from app.domain.attendance.models import Attendee
from app.domain.boards.models import Board, BoardCard
from app.domain.closing.models import GapReason
from app.domain.contributions.models import AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import OPEN_STATUSES, is_in_force
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.policy import in_force
from app.domain.minutes.models import MinutesSection
from app.domain.minutes.queries import UNMINUTED
from app.domain.panels.models import PanelQuestion
from app.domain.polls.models import Poll
from app.domain.speakers.models import Speaker, SpeakerTalk
from app.domain.speakers.policy import TALKS
from app.domain.speakers.queries import lacks_slides

C = Contribution
Q = PanelQuestion
# What takes a theme: a question to a panel belongs to its panel.
THEMED: Final = ("card", "wish", "idea", "need")
WITH_DEADLINE: Final = ("wish", "idea", "need")
LONGEST_TEXT: Final = 500


def _missing(
    kind: str,
    thing_id: Any,
    title: Any,
    *,
    title_en: Any = "",
    reference: Any = "",
    about: Any = None,
    text: Any = "",
    place: Any = 0,
) -> Select[Any]:
    """Rows of one kind. `about`: what is needed for the address where it is mended; `place`: their order."""
    return select(
        literal(kind, String).label("kind"),
        cast(thing_id, BigInteger).label("thing_id"),
        cast(title, String).label("title"),
        cast(title_en, String).label("title_en"),
        cast(reference, String).label("reference"),
        cast(about, String).label("about"),
        cast(text, String).label("text"),
        cast(place, Integer).label("place"),
    )


def _said(kind: str, **columns: Any) -> Select[Any]:
    return _missing(kind, C.id, C.title, reference=C.reference, **columns).select_from(C)


# --- the room


def _not_checked_in(meeting_id: int) -> Select[Any]:
    came = exists().where(
        Attendee.meeting_id == meeting_id,
        or_(Attendee.checked_in_at.is_not(None), Attendee.joined_at.is_not(None)),
    )
    return _missing("not_checked_in", Meeting.id, "").where(Meeting.id == meeting_id, ~came)


def _open_boards(meeting_id: int) -> Select[Any]:
    is_open = and_(Board.state == "open", or_(Board.closes_at.is_(None), Board.closes_at > now()))
    title, title_en = (
        func.coalesce(func.nullif(group, ""), func.nullif(item, ""), AgendaItem.title)
        for group, item in ((Group.name, AgendaItem.title), (Group.name_en, AgendaItem.title_en))
    )
    return (
        _missing("board_open", Board.id, title, title_en=title_en, place=AgendaItem.position)
        .select_from(Board)
        .join(AgendaItem, AgendaItem.id == Board.item_id)
        .outerjoin(Group, Group.id == Board.group_id)
        .where(Board.meeting_id == meeting_id, is_open)
    )


def _open_polls(meeting_id: int) -> Select[Any]:
    rows = _missing("poll_open", Poll.id, Poll.question, place=Poll.position)
    return rows.where(Poll.meeting_id == meeting_id, Poll.state == "open")


def _waiting_cards(meeting_id: int) -> Select[Any]:
    return (
        _said("card_waiting", about=BoardCard.board_id, place=BoardCard.position)
        .join(BoardCard, BoardCard.contribution_id == C.id)
        .where(C.meeting_id == meeting_id, C.published_at.is_(None), is_in_force())
    )


def _questions(meeting_id: int, kind: str, is_so: ColumnElement[bool]) -> Select[Any]:
    rows = _said(kind, about=Q.item_id).join(Q, Q.contribution_id == C.id)
    return rows.where(C.meeting_id == meeting_id, is_in_force(), is_so)


def _waiting_questions(meeting_id: int) -> Select[Any]:
    return _questions(meeting_id, "question_waiting", and_(Q.approved_at.is_(None), Q.state == "waiting"))


def _open_questions(meeting_id: int) -> Select[Any]:
    return _questions(meeting_id, "question_open", Q.state.in_(("shortlisted", "now")))


# --- what was said


def _held_back(meeting_id: int) -> Select[Any]:
    is_held = and_(C.waiting_reason.is_not(None), C.status != "withdrawn", C.hidden_at.is_(None))
    return _said("held_back").where(C.meeting_id == meeting_id, is_held)


def _unpublished(meeting_id: int) -> Select[Any]:
    hangs = exists().where(BoardCard.contribution_id == C.id)
    is_asked = exists().where(Q.contribution_id == C.id)
    return _said("unpublished").where(
        C.meeting_id == meeting_id,
        C.kind.in_(("card", "question", "wish")),
        C.status == "draft",
        is_in_force(),
        ~hangs,
        ~is_asked,
    )


def _unthemed(meeting_id: int) -> Select[Any]:
    has_theme = exists().where(ContributionTheme.contribution_id == C.id)
    rows = _said("unthemed", text=func.left(C.body, LONGEST_TEXT))
    return rows.where(C.meeting_id == meeting_id, C.kind.in_(THEMED), is_in_force(), ~has_theme)


def _silent_groups(meeting_id: int) -> Select[Any]:
    said = exists().where(C.group_id == Group.id, is_in_force())
    is_held = or_(Group.item_id.is_(None), in_force(AgendaItem))
    return (
        _missing("group_silent", Group.id, Group.name, title_en=Group.name_en, place=Group.position)
        .select_from(Group)
        .outerjoin(AgendaItem, AgendaItem.id == Group.item_id)
        .where(Group.meeting_id == meeting_id, is_held, ~said)
    )


def _unanswered_tasks(meeting_id: int) -> Select[Any]:
    # What was written down at the item without naming a task may be an answer to any of them.
    answers = exists().where(
        C.item_id == AgendaItem.id,
        C.kind != "question",
        is_in_force(),
        C.task.in_(("", PanelTask.title, PanelTask.text)),
    )
    return (
        _missing(
            "task_unanswered", PanelTask.id, PanelTask.title, about=AgendaItem.id, place=PanelTask.position
        )
        .select_from(PanelTask)
        .join(AgendaItem, AgendaItem.id == PanelTask.item_id)
        .where(AgendaItem.meeting_id == meeting_id, in_force(AgendaItem), in_force(PanelTask), ~answers)
    )


def _without_deadline(meeting_id: int) -> Select[Any]:
    is_answered = exists().where(AnswerContribution.contribution_id == C.id)
    return _said("no_answer_by").where(
        C.meeting_id == meeting_id,
        C.kind.in_(WITH_DEADLINE),
        C.status.in_(OPEN_STATUSES),
        C.published_at.is_not(None),
        C.answer_by.is_(None),
        is_in_force(),
        ~is_answered,
    )


# --- the talks


def _without_slides(meeting_id: int) -> Select[Any]:
    return (
        _missing(
            "no_slides",
            AgendaItem.id,
            AgendaItem.title,
            title_en=AgendaItem.title_en,
            place=AgendaItem.position,
        )
        .select_from(AgendaItem)
        .where(AgendaItem.meeting_id == meeting_id, in_force(AgendaItem), lacks_slides())
    )


def _without_consent(meeting_id: int) -> Select[Any]:
    shows_none = exists().where(
        SpeakerTalk.speaker_id == Speaker.id, SpeakerTalk.item_id == AgendaItem.id, SpeakerTalk.has_no_slides
    )
    has_answered = exists().where(
        Speaker.meeting_id == meeting_id,
        Speaker.person_id == Appearance.person_id,
        Speaker.name_allowed.is_not(None),
        or_(Speaker.slides.is_not(None), shows_none),
    )
    return (
        _missing(
            "no_consent",
            Appearance.person_id,
            func.min(Appearance.person_name),
            place=func.min(AgendaItem.position),
        )
        .select_from(Appearance)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .where(
            AgendaItem.meeting_id == meeting_id,
            AgendaItem.kind.in_(TALKS),
            in_force(AgendaItem),
            in_force(Appearance),
            Appearance.role == "speaker",
            Appearance.person_id.is_not(None),
            ~has_answered,
        )
        .group_by(Appearance.person_id)
    )


# --- the minutes


def _unwritten_items(meeting_id: int) -> Select[Any]:
    is_written = exists().where(MinutesSection.item_id == AgendaItem.id, MinutesSection.text != "")
    return (
        _missing(
            "unwritten_item",
            AgendaItem.id,
            AgendaItem.title,
            title_en=AgendaItem.title_en,
            place=AgendaItem.position,
        )
        .select_from(AgendaItem)
        .where(
            AgendaItem.meeting_id == meeting_id,
            AgendaItem.kind.not_in(UNMINUTED),
            in_force(AgendaItem),
            ~is_written,
        )
    )


# In the order in which they are mended.
_SOURCES: Final = {
    "board_open": _open_boards,
    "poll_open": _open_polls,
    "card_waiting": _waiting_cards,
    "question_waiting": _waiting_questions,
    "question_open": _open_questions,
    "held_back": _held_back,
    "unpublished": _unpublished,
    "unthemed": _unthemed,
    "group_silent": _silent_groups,
    "task_unanswered": _unanswered_tasks,
    "no_answer_by": _without_deadline,
    "no_slides": _without_slides,
    "no_consent": _without_consent,
    "not_checked_in": _not_checked_in,
    "unwritten_item": _unwritten_items,
}
KINDS: Final = tuple(_SOURCES)


def all_gaps(meeting_id: int) -> Select[Any]:
    """All that is missing at a meeting, with `is_explained`: whether a reason stands for it."""
    gaps = union_all(*(source(meeting_id) for source in _SOURCES.values())).subquery("gaps")
    is_explained = exists().where(
        GapReason.meeting_id == meeting_id,
        GapReason.kind == gaps.c.kind,
        gaps.c.thing_id == any_(GapReason.thing_ids),
    )
    return select(gaps, is_explained.label("is_explained"))
