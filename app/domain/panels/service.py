"""The verbs of questions to a panel: opening, asking, backing, putting in order, answering, hiding."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.live import tell
from app.core.policy import SYSTEM, Actor, NotFound, Refused, Stopped, require
from app.core.text import shorten
from app.domain.attendance.models import LiveRoom
from app.domain.contributions.in_room import (
    KIND_WORDS,
    Author,
    columns_of_author,
    find_author,
    fit,
    has_no_names,
    hides_author,
    is_noted_nameless,
    take_names_away,
)
from app.domain.contributions.models import Contribution, Wording
from app.domain.contributions.policy import is_out, is_own_in_room
from app.domain.contributions.service import (
    LONGEST_TITLE,
    is_blacked_out,
    take_references,
    tell_changed,
)
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.statuses import DONE, OVER
from app.domain.panels.models import Panel, PanelQuestion, PanelSecond
from app.domain.panels.policy import levels_of, may_ask, may_lead, may_see_panel, why_shut
from app.domain.panels.queries import AskedAtSignUp, QuestionAsked, list_asked_at_sign_up
from app.domain.panels.schemas import LONGEST_QUESTION, PanelInput, QuestionGiven, TakenOver

MOST_A_MINUTE: Final = 30


class TooFast(Stopped):
    """So many questions in a minute are no longer asked by a person; `seconds` until the next is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many")
        self.seconds = seconds


# --- opening and closing


def open_panel(session: Session, actor: Actor, item_id: int) -> Panel:
    """Take questions at an item, for the first time or again; one that does so already goes on.

    Refused: panel_meeting_off, panel_meeting_done.
    """
    panel, meeting = _take_panel(session, actor, item_id)
    if panel.state == "open":
        return panel
    if reason := why_shut(meeting.status):
        raise Refused(reason)
    before = {"state": panel.state}
    panel.state, panel.closed_at = "open", None
    panel.opened_at = panel.opened_at or now()
    panel.version += 1
    record(session, actor, "open", "panel", item_id, before=before, after={"state": "open"})
    _tell_of_panel(session, panel)
    return panel


def close_panel(session: Session, actor: Actor, item_id: int) -> Panel:
    """Take no more questions at an item; what was asked stays, and can still be answered."""
    panel, _meeting = _take_panel(session, actor, item_id)
    if panel.state == "open":
        _shut(session, actor, panel)
    return panel


def set_up_panel(session: Session, actor: Actor, item_id: int, given: PanelInput) -> Panel:
    """Say how an item takes questions; who may read them holds for those that are there too. Where the room
    has no names, none is opened to all, also of what was asked before it had that rule. Refused: stale."""
    panel, _meeting = _take_panel(session, actor, item_id)
    if panel.version != given.version:
        raise Refused("stale")
    before = {"asks_approval": panel.asks_approval, "visibility": panel.visibility}
    panel.asks_approval, panel.visibility = given.asks_approval, given.visibility
    panel.version += 1
    after = {"asks_approval": panel.asks_approval, "visibility": panel.visibility}
    changed = []
    if before["visibility"] != given.visibility:
        questions = session.scalars(
            select(Contribution)
            .join(PanelQuestion, PanelQuestion.contribution_id == Contribution.id)
            .where(PanelQuestion.item_id == item_id, Contribution.visibility == before["visibility"])
            .order_by(Contribution.id)
            .with_for_update(of=Contribution)
        ).all()
        for question in questions:
            question.visibility = given.visibility
            question.version += 1
        changed = list(questions)
        if given.visibility == "public" and has_no_names(session, panel.meeting_id):
            session.flush()
            take_names_away(session, [question.id for question in questions])
    record(session, actor, "set_up", "panel", item_id, before=before, after=after)
    tell_changed(session, changed)
    _tell_of_panel(session, panel)
    return panel


def follow_meeting(session: Session, meeting_id: int) -> None:
    """Close what is open at a meeting that is over, or that will not be held."""
    if session.get_one(Meeting, meeting_id).status not in OVER:
        return
    for panel in session.scalars(
        select(Panel)
        .where(Panel.meeting_id == meeting_id, Panel.state == "open")
        .order_by(Panel.item_id)
        .with_for_update()
    ):
        _shut(session, SYSTEM, panel)


def _shut(session: Session, actor: Actor, panel: Panel) -> None:
    panel.state, panel.closed_at = "closed", now()
    panel.version += 1
    after = {"state": "closed"}
    record(session, actor, "close", "panel", panel.item_id, before={"state": "open"}, after=after)
    _tell_of_panel(session, panel)


def _take_panel(session: Session, actor: Actor, item_id: int) -> tuple[Panel, Meeting]:
    """The panel of an item, made where there is none, held for who leads the questions.

    Raises NotFound where the actor does not see the meeting, NotAllowed where it is not theirs to lead.
    """
    meeting = session.scalars(
        select(Meeting)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.id == item_id, AgendaItem.is_new.is_(False), meeting_visible_to(actor))
    ).one_or_none()
    if meeting is None:
        raise NotFound
    require(may_lead(actor, meeting.id))
    session.execute(insert(Panel).values(item_id=item_id, meeting_id=meeting.id).on_conflict_do_nothing())
    panel = session.scalars(
        select(Panel)
        .where(Panel.item_id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return panel, meeting


def _tell_of_panel(session: Session, panel: Panel) -> None:
    """Tell those who have the questions open, and those who have the room, the console or the screen open."""
    tell(session, f"panel:{panel.item_id}")
    tell(session, f"running:{panel.meeting_id}")


def tell_of_questions(session: Session, contribution_ids: Sequence[int]) -> None:
    """Tell those who have these questions open; those that were put to no panel are passed over."""
    items = select(PanelQuestion.item_id).where(PanelQuestion.contribution_id.in_(contribution_ids))
    for item_id in session.scalars(items.distinct()).all():
        tell(session, f"panel:{item_id}")


# --- asking and backing


def ask(session: Session, actor: Actor, item_id: int, given: QuestionGiven) -> QuestionAsked:
    """Ask the panel; the same question again (by its client_id) gives what was taken the first time.

    Raises NotFound, NotAllowed, TooFast, and Refused: panel_closed, panel_not_open_yet, panel_meeting_off,
    panel_meeting_done, panel_taken_by_another.
    """
    panel, meeting = _find_panel(session, actor, item_id)
    author = _find_author(session, actor, meeting.id)
    if (known := _find_known(session, actor, item_id, given)) is not None:
        return known
    _refuse_closed(panel, meeting)
    lately = session.scalar(
        select(func.count()).where(
            Contribution.attendee_id == author.attendee_id,
            Contribution.received_at > now() - timedelta(minutes=1),
        )
    )
    if (lately or 0) >= MOST_A_MINUTE:
        raise TooFast(20)
    names = session.scalar(select(LiveRoom.names).where(LiveRoom.meeting_id == meeting.id)) or "free"
    shown_as = fit(given.shown_as, names, author)
    columns = columns_of_author(actor, author, shown_as)
    question = _add_question(session, panel, given.text, given.client_id, not panel.asks_approval, columns)
    if question is None:
        # The same question came twice at once, and the other sending has been committed meanwhile.
        known = _find_known(session, actor, item_id, given)
        assert known is not None
        return known
    is_nameless = is_noted_nameless(shown_as)
    after = {"reference": question.reference, "shown_as": shown_as}
    record(session, actor, "ask_panel", "panel", item_id, after=after, is_nameless=is_nameless)
    tell_changed(session, [question])
    tell(session, f"panel:{item_id}")
    tell(session, f"seat:{author.attendee_id}")
    return QuestionAsked(question.id, question.reference, True, question.published_at is None)


def withdraw_question(session: Session, actor: Actor, question_id: int) -> Contribution:
    """Take one's own question back; it is gone for all but its author and staff. Refused: panel_answered."""
    question, said, panel = _take_question(session, actor, question_id)
    require(is_own_in_room(actor, said))
    if said.status == "withdrawn":
        return said
    if question.state == "answered":
        raise Refused("panel_answered")
    before = {"status": said.status}
    said.status = "withdrawn"
    said.version += 1
    if question.state in ("now", "shortlisted"):
        _turn(question, "waiting", now())
    _note_own(session, actor, "withdraw", said, before=before, after={"status": "withdrawn"})
    _tell_of_question(session, said, panel)
    return said


def restore_question(session: Session, actor: Actor, question_id: int) -> Contribution:
    """Ask again what one took back. Refused: panel_closed and the like."""
    _question, said, panel = _take_question(session, actor, question_id)
    require(is_own_in_room(actor, said))
    if said.status != "withdrawn":
        return said
    _refuse_closed(panel, session.get_one(Meeting, panel.meeting_id))
    said.status = "received"
    said.version += 1
    after = {"status": "received"}
    _note_own(session, actor, "restore", said, before={"status": "withdrawn"}, after=after)
    _tell_of_question(session, said, panel)
    return said


def edit_question(session: Session, actor: Actor, question_id: int, version: int, text: str) -> Contribution:
    """Change the words of one's own question while it waits. Refused: stale, panel_taken_up, blacked_out."""
    question, said, panel = _take_question(session, actor, question_id)
    require(is_own_in_room(actor, said))
    if said.version != version:
        raise Refused("stale")
    if question.state != "waiting" or said.status == "withdrawn":
        raise Refused("panel_taken_up")
    if is_blacked_out(session, said.id):
        raise Refused("blacked_out")
    if text == said.body:
        return said
    words = {"title": said.title, "body": said.body}
    session.add(Wording(contribution_id=said.id, version=version, words=words, replaced_at=now()))
    said.title, said.body = shorten(text, LONGEST_TITLE), text
    said.version += 1
    # Other words than those that were let through wait for it anew.
    if panel.asks_approval:
        question.approved_at = said.published_at = None
    _note_own(session, actor, "edit", said, before={"version": version}, after={"rewritten": ["body"]})
    _tell_of_question(session, said, panel)
    return said


def second(session: Session, actor: Actor, question_id: int) -> None:
    """Back another's question; once each. Refused: panel_own, panel_not_asked, panel_closed and the like."""
    _back(session, actor, question_id, wants=True)


def take_second_back(session: Session, actor: Actor, question_id: int) -> None:
    """Back a question no more. Refused: panel_not_asked, panel_closed and the like."""
    _back(session, actor, question_id, wants=False)


def _back(session: Session, actor: Actor, question_id: int, *, wants: bool) -> None:
    row = session.execute(
        select(Contribution, PanelQuestion.state, Panel, Meeting)
        .join(PanelQuestion, PanelQuestion.contribution_id == Contribution.id)
        .join(Panel, Panel.item_id == PanelQuestion.item_id)
        .join(Meeting, Meeting.id == Panel.meeting_id)
        .where(Contribution.id == question_id, meeting_visible_to(actor))
    ).one_or_none()
    if row is None or not may_see_panel(actor, row.Panel):
        raise NotFound
    said, state, panel, meeting = row
    is_own = is_own_in_room(actor, said)
    if not is_own and not (is_out(said) and said.visibility in levels_of(actor, panel)):
        # Asked first: who only reads must not learn that there is a question which waits.
        raise NotFound
    author = _find_author(session, actor, meeting.id)
    if is_own:
        raise Refused("panel_own")
    if state == "answered":
        raise Refused("panel_answered")
    _refuse_closed(panel, meeting)
    where = {"contribution_id": question_id, "attendee_id": author.attendee_id}
    if wants:
        change: Any = insert(PanelSecond).values(**where).on_conflict_do_nothing()
    else:
        change = delete(PanelSecond).filter_by(**where)
    if session.scalars(change.returning(PanelSecond.attendee_id)).all():
        # Who backs what is nobody's business: the log counts it, and that is all.
        record(session, actor, "second" if wants else "unsecond", "question", question_id, is_nameless=True)
        tell(session, f"panel:{panel.item_id}")


def _find_panel(session: Session, actor: Actor, item_id: int) -> tuple[Panel, Meeting]:
    row = session.execute(
        select(Panel, Meeting)
        .join(Meeting, Meeting.id == Panel.meeting_id)
        .where(Panel.item_id == item_id, meeting_visible_to(actor))
    ).one_or_none()
    if row is None or not may_see_panel(actor, row.Panel):
        raise NotFound
    panel, meeting = row
    return panel, meeting


def _refuse_closed(panel: Panel, meeting: Meeting) -> None:
    if reason := why_shut(meeting.status):
        raise Refused(reason)
    if panel.state != "open":
        raise Refused("panel_not_open_yet" if panel.state == "planned" else "panel_closed")


def _find_author(session: Session, actor: Actor, meeting_id: int) -> Author:
    """The actor as who asks. Raises NotAllowed for who has not joined the room, or is no longer in it."""
    require(may_ask(actor, meeting_id), "panel_join_first")
    author = find_author(session, actor, meeting_id)
    require(author is not None, "panel_join_first")
    assert author is not None
    return author


def _find_known(session: Session, actor: Actor, item_id: int, given: QuestionGiven) -> QuestionAsked | None:
    known = session.scalars(
        select(Contribution)
        .where(Contribution.client_id == given.client_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if known is None:
        return None
    if not is_own_in_room(actor, known) or known.kind != "question" or known.item_id != item_id:
        raise Refused("panel_taken_by_another")
    return QuestionAsked(known.id, known.reference, False, known.published_at is None)


def _add_question(
    session: Session, panel: Panel, text: str, client_id: Any, is_approved: bool, author: dict[str, Any]
) -> Contribution | None:
    """A new question where it belongs; None where one with this client_id came at the same moment."""
    moment = now()
    said = session.scalars(
        insert(Contribution)
        .values(
            kind="question",
            reference=take_references(session, "question")[0],
            title=shorten(text, LONGEST_TITLE),
            body=text,
            status="received",
            visibility=panel.visibility,
            meeting_id=panel.meeting_id,
            item_id=panel.item_id,
            client_id=client_id,
            received_at=moment,
            published_at=moment if is_approved else None,
            **author,
        )
        .on_conflict_do_nothing(index_elements=["client_id"])
        .returning(Contribution)
    ).one_or_none()
    if said is None:
        return None
    session.add(
        PanelQuestion(
            contribution_id=said.id,
            item_id=panel.item_id,
            state_changed_at=moment,
            approved_at=moment if is_approved else None,
        )
    )
    session.flush()
    return said


def _note_own(session: Session, actor: Actor, verb: str, said: Contribution, **facts: dict[str, Any]) -> None:
    """Note what an author did with the own question, without a name where none is shown."""
    is_nameless = hides_author(actor, said)
    record(session, actor, verb, "contribution", said.id, **facts, is_nameless=is_nameless)


# --- leading the questions


def approve(session: Session, actor: Actor, question_id: int) -> PanelQuestion:
    """Let a question through, so that the others see it."""
    question, said, panel = _take_led(session, actor, question_id)
    if question.approved_at is None:
        _let_through(question, said, now())
        record(session, actor, "approve", "question", question_id)
        _tell_of_question(session, said, panel)
    return question


def shortlist(session: Session, actor: Actor, question_id: int) -> PanelQuestion:
    """Put a question on the list of those that the panel is to have; it is let through with that."""
    return _lead(session, actor, question_id, "shortlisted", "shortlist")


def put_back(session: Session, actor: Actor, question_id: int) -> PanelQuestion:
    """Let a question wait again, whatever has become of it."""
    return _lead(session, actor, question_id, "waiting", "put_back")


def put_now(session: Session, actor: Actor, question_id: int) -> PanelQuestion:
    """The panel has this question now; the one that it had goes back on the short list."""
    return _lead(session, actor, question_id, "now", "put_now")


def mark_answered(
    session: Session, actor: Actor, question_id: int, answer: str | None = None
) -> PanelQuestion:
    """The panel has answered. `answer`: what was said, in short, also to be noted or corrected later; None
    leaves what stands there."""
    question, said, panel = _take_led(session, actor, question_id)
    # What stands in the minutes is changed with them.
    _refuse_done(session, panel)
    if question.state == "answered" and answer in (None, question.answer):
        return question
    before = {"state": question.state}
    moment = now()
    _let_through(question, said, moment)
    if question.state != "answered":
        _turn(question, "answered", moment)
    question.answered_at = question.answered_at or now()
    question.answer = question.answer if answer is None else answer
    said.status = "answered"
    after = {"state": "answered", "has_answer": bool(question.answer)}
    record(session, actor, "mark_answered", "question", question_id, before=before, after=after)
    _tell_of_question(session, said, panel)
    return question


def hide(session: Session, actor: Actor, question_id: int, reason: str) -> PanelQuestion:
    """Take a question out of sight of all but its author, who reads why, and who leads."""
    return _lead(session, actor, question_id, "hidden", "hide", reason)


def undo(session: Session, actor: Actor, question_id: int) -> PanelQuestion:
    """Set a question back to where it was before its last turn. Refused: panel_nothing_to_undo."""
    question, said, panel = _take_led(session, actor, question_id)
    if question.state_before is None:
        raise Refused("panel_nothing_to_undo")
    _refuse_done(session, panel)
    if panel.asks_approval and question.approved_at == question.state_changed_at:
        # It was let through by that turn and by nobody before it.
        question.approved_at = said.published_at = None
    if question.state_before == "answered":
        return mark_answered(session, actor, question_id)
    return _lead(session, actor, question_id, question.state_before, "undo", question.hidden_reason)


def _lead(
    session: Session, actor: Actor, question_id: int, state: str, verb: str, reason: str = ""
) -> PanelQuestion:
    question, said, panel = _take_led(session, actor, question_id)
    if question.state == state:
        return question
    _refuse_done(session, panel)
    before = {"state": question.state}
    moment = now()
    changed = [said]
    if state == "now":
        changed += _clear_the_floor(session, panel)
    if question.state == "answered":
        said.status = "received"
    if state == "hidden":
        question.hidden_reason = reason
        said.published_at = None
    elif state in ("shortlisted", "now"):
        _let_through(question, said, moment)
    elif said.published_at is None:
        said.published_at = question.approved_at
    _turn(question, state, moment)
    record(session, actor, verb, "question", question_id, before=before, after={"state": state})
    for one in changed:
        _tell_of_question(session, one, panel)
    return question


def _refuse_done(session: Session, panel: Panel) -> None:
    if session.get_one(Meeting, panel.meeting_id).status in DONE:
        raise Refused("panel_meeting_done")


def _clear_the_floor(session: Session, panel: Panel) -> list[Contribution]:
    """The question that the panel has goes back on the short list."""
    rows = session.execute(
        select(PanelQuestion, Contribution)
        .join(Contribution, Contribution.id == PanelQuestion.contribution_id)
        .where(PanelQuestion.item_id == panel.item_id, PanelQuestion.state == "now")
    ).all()
    for question, _said in rows:
        _turn(question, "shortlisted", now())
    session.flush()
    return [said for _question, said in rows]


def _let_through(question: PanelQuestion, said: Contribution, moment: datetime) -> None:
    question.approved_at = question.approved_at or moment
    said.published_at = said.published_at or question.approved_at


def _turn(question: PanelQuestion, state: str, moment: datetime) -> None:
    question.state_before, question.state = question.state, state
    question.state_changed_at = moment
    question.version += 1


def _take_question(
    session: Session, actor: Actor, question_id: int
) -> tuple[PanelQuestion, Contribution, Panel]:
    """A question with its words, held. The panel is held first, so that verbs wait for each other in turn."""
    item_id = session.scalar(
        select(PanelQuestion.item_id)
        .join(Panel, Panel.item_id == PanelQuestion.item_id)
        .join(Meeting, Meeting.id == Panel.meeting_id)
        .where(PanelQuestion.contribution_id == question_id, meeting_visible_to(actor))
    )
    if item_id is None:
        raise NotFound
    panel = session.scalars(
        select(Panel)
        .where(Panel.item_id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row = session.execute(
        select(PanelQuestion, Contribution)
        .join(Contribution, Contribution.id == PanelQuestion.contribution_id)
        .where(PanelQuestion.contribution_id == question_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    question, said = row
    if not (may_lead(actor, panel.meeting_id) or is_own_in_room(actor, said)):
        raise NotFound
    return question, said, panel


def _take_led(session: Session, actor: Actor, question_id: int) -> tuple[PanelQuestion, Contribution, Panel]:
    """The same, for who leads the questions: what its author took back, or staff hid, is not theirs."""
    question, said, panel = _take_question(session, actor, question_id)
    require(may_lead(actor, panel.meeting_id))
    if said.status == "withdrawn" or said.hidden_at is not None:
        raise NotFound
    return question, said, panel


def _tell_of_question(session: Session, said: Contribution, panel: Panel) -> None:
    session.flush()
    tell_changed(session, [said])
    _tell_of_panel(session, panel)
    if said.attendee_id is not None:
        # Only the author hears this one, and so sees what has become of the own question.
        tell(session, f"seat:{said.attendee_id}")


# --- what was asked at sign-up


def take_over(session: Session, actor: Actor, item_id: int, given: TakenOver) -> Contribution:
    """Put a question from sign-up to the panel, word for word, shown by the kind of organisation at most:
    it was written to the organisers. Refused: panel_not_asked, panel_taken_over, panel_too_long."""
    panel, _meeting = _take_panel(session, actor, item_id)
    asked = _find_asked(session, actor, item_id, given)
    if asked.is_taken:
        raise Refused("panel_taken_over")
    if asked.is_too_long:
        raise Refused("panel_too_long", most=LONGEST_QUESTION)
    words = KIND_WORDS.get(asked.kind, "")
    columns = {"shown_as": "kind" if words else "anonymous", "on_behalf_of_text": words}
    said = _add_question(session, panel, asked.text, uuid4(), True, columns)
    assert said is not None
    question = session.get_one(PanelQuestion, said.id)
    question.sign_up_question_id = given.question_id
    record(session, actor, "take_over", "question", said.id, after={"reference": said.reference})
    _tell_of_question(session, said, panel)
    return said


def _find_asked(session: Session, actor: Actor, item_id: int, given: TakenOver) -> AskedAtSignUp:
    for asked in list_asked_at_sign_up(session, actor, item_id):
        if asked.question_id == given.question_id and asked.text == given.text:
            return asked
    raise Refused("panel_not_asked")
