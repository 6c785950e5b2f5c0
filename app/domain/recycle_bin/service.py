"""The verb that puts back what a verb had deleted, and tells those who must hear of it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.events import announce
from app.core.laid_aside import LaidAside, put_rows_back
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.answering.drafting import take_to_answer
from app.domain.answering.models import AnswerBatch, BatchAnswer
from app.domain.boards.models import Board
from app.domain.boards.service import tell_of_board
from app.domain.commitments.events import CommitmentsChanged
from app.domain.commitments.models import Commitment
from app.domain.commitments.service import restore as restore_commitment
from app.domain.contributions import service as contributions
from app.domain.contributions.events import AnswerChanged
from app.domain.contributions.models import PREFIXES, Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import is_out
from app.domain.contributions.withdrawals import is_withdrawn_by_staff
from app.domain.groups.events import GroupChanged
from app.domain.ledger.events import TenderChanged
from app.domain.ledger.models import Tender
from app.domain.ledger.tenders import share_answered
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.programme import stand_again
from app.domain.meetings.service import lock_meeting
from app.domain.minutes.models import Minutes
from app.domain.pipeline.service import put_back_barrier
from app.domain.presentations.service import put_back_deck
from app.domain.recycle_bin.policy import may_put_back, may_see_bin
from app.domain.registrations.models import SignUpQuestion
from app.domain.registrations.questions import MOST_QUESTIONS, restore_question

Row = dict[str, Any]


def put_back(session: Session, actor: Actor, laid_id: int) -> LaidAside:
    """Put back what was deleted, as it was. Raises NotFound and NotAllowed.

    Refused: bin_place_gone, bin_place_taken (see `put_rows_back`); bin_promised, for a step of what has been
    published since; bin_approved and bin_minutes_approved, of minutes that have been approved since;
    bin_tender_over; names_asker and holds_confidential, of a question that has been answered since; bin_full;
    claimed, not_open and answer_begun, of an answer to what another looks after or has answered meanwhile.
    """
    require(may_see_bin(actor))
    laid = session.scalars(select(LaidAside).where(LaidAside.id == laid_id).with_for_update()).one_or_none()
    if laid is None:
        raise NotFound
    require(may_put_back(session, actor, laid))
    kind, thing_id, rows = laid.kind, laid.thing_id, laid.rows
    first = next(iter(rows[0].values())) if rows else {}
    if kind in _IN_MINUTES:
        _refuse_approved_since(session, laid)
    if check := _CHECKS.get(kind):
        check(session, first)
    if kind == "answer":
        _take_to_answer(session, actor, rows)
        laid.rows = rows = _without_batch_that_went(session, rows)
    if kind == "answer_batch":
        laid.rows = rows = _without_answers_that_went(session, rows)
    put_rows_back(session, laid, _MAY_LOSE.get(kind, ()))
    if follow := _FOLLOWED_BY.get(kind):
        follow(session, actor, rows)
    after = {"title": laid.title} if kind not in _UNTOLD else None
    record(session, actor, "put_back", _THINGS.get(kind, kind), thing_id, after=after)
    return laid


def put_back_contribution(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """Bring back what staff withdrew. Raises NotFound. Refused: bin_own, where the sender did it."""
    require(may_see_bin(actor))
    if not is_withdrawn_by_staff(session, contribution_id):
        raise Refused("bin_own")
    return contributions.restore(session, actor, contribution_id)


def put_back_question(session: Session, actor: Actor, question_id: int) -> SignUpQuestion:
    """Ask at sign-up again what is only hidden. Raises NotFound. Refused: too_many_questions."""
    require(may_see_bin(actor))
    question = session.get(SignUpQuestion, question_id)
    if question is None:
        raise NotFound
    return restore_question(session, actor, question.meeting_id, question_id)


def put_back_thing(session: Session, actor: Actor, kind: str, thing_id: int, is_laid: bool) -> None:
    """Put back a line of the bin by the verb of its kind; raises NotFound for a kind without one."""
    if is_laid:
        put_back(session, actor, thing_id)
    elif verb := _VERBS.get(kind):
        verb(session, actor, thing_id)
    else:
        raise NotFound


# --- what may stand in the way


def _refuse_promised(session: Session, row: Row) -> None:
    commitment = session.get(Commitment, row["commitment_id"])
    if commitment is not None and commitment.published_at is not None:
        raise Refused("bin_promised")


def _refuse_approved(session: Session, row: Row) -> None:
    if session.get_one(Meeting, row["meeting_id"]).status == "approved":
        raise Refused("bin_approved")


def _refuse_approved_since(session: Session, laid: LaidAside) -> None:
    """What was there to be approved stays as it was; what was removed after that may come back after it."""
    if laid.meeting_id is None or lock_meeting(session, laid.meeting_id).status != "approved":
        return
    minutes = session.get(Minutes, laid.meeting_id)
    if minutes is not None and minutes.approved_at is not None and minutes.approved_at > laid.removed_at:
        raise Refused("bin_minutes_approved")


def _refuse_over(session: Session, row: Row) -> None:
    tender = session.get_one(Tender, row["tender_id"], with_for_update=True, populate_existing=True)
    if tender.published_at is None or tender.state == "closed":
        raise Refused("bin_tender_over")
    said = session.get(Contribution, row["contribution_id"])
    if said is None or not is_out(said):
        raise Refused("bin_place_gone")


def _refuse_full(session: Session, row: Row) -> None:
    asked = select(SignUpQuestion.id).where(
        SignUpQuestion.meeting_id == row["meeting_id"], ~SignUpQuestion.is_hidden
    )
    if len(session.scalars(asked).all()) >= MOST_QUESTIONS:
        raise Refused("bin_full")


def _take_to_answer(session: Session, actor: Actor, rows: list[Row]) -> None:
    """By the rules for beginning an answer: two of them to one wish would both go out."""
    name = AnswerContribution.__tablename__
    try:
        take_to_answer(session, actor, [one[name]["contribution_id"] for one in rows if name in one])
    except NotFound as gone:
        raise Refused("bin_place_gone") from gone


def _without_answers_that_went(session: Session, rows: list[Row]) -> list[Row]:
    """Without the answers of a batch that are gone, have gone out or wait in another one meanwhile."""
    name = BatchAnswer.__tablename__
    ids = [one[name]["answer_id"] for one in rows if name in one]
    free = session.scalars(
        select(Answer.id)
        .where(
            Answer.id.in_(ids),
            Answer.published_at.is_(None),
            ~exists().where(BatchAnswer.answer_id == Answer.id),
        )
        .order_by(Answer.id)
        .with_for_update()
    ).all()
    if ids and not free:
        raise Refused("bin_place_gone")
    return [one for one in rows if name not in one or one[name]["answer_id"] in free]


def _without_batch_that_went(session: Session, rows: list[Row]) -> list[Row]:
    """Without the batch of an answer that is gone or has gone out meanwhile: it went without the answer."""
    name = BatchAnswer.__tablename__
    ids = [one[name]["batch_id"] for one in rows if name in one]
    waiting = session.scalars(
        select(AnswerBatch.id)
        .where(AnswerBatch.id.in_(ids), AnswerBatch.published_at.is_(None))
        .order_by(AnswerBatch.id)
        .with_for_update()
    ).all()
    return [one for one in rows if name not in one or one[name]["batch_id"] in waiting]


# --- what follows


def _back_in_programme(session: Session, actor: Actor, rows: list[Row]) -> None:
    models = {"agenda_item": AgendaItem, "panel_task": PanelTask, "appearance": Appearance}
    found = [
        session.get_one(models[name], values["id"])
        for one in rows
        for name, values in one.items()
        if name in models
    ]
    first = found[0]
    item_id = first.id if isinstance(first, AgendaItem) else first.item_id
    stand_again(session, actor, session.get_one(AgendaItem, item_id).meeting_id, found)


def _tell_of_board(session: Session, actor: Actor, rows: list[Row]) -> None:
    tell_of_board(session, session.get_one(Board, rows[0]["board"]["id"]))


def _tell_of_poll(session: Session, actor: Actor, rows: list[Row]) -> None:
    meeting_id = rows[0]["poll"]["meeting_id"]
    tell(session, f"polls:{meeting_id}")
    tell(session, f"running:{meeting_id}")


def _tell_of_group(session: Session, actor: Actor, rows: list[Row]) -> None:
    group = rows[0]["discussion_group"]
    announce(session, GroupChanged(group["meeting_id"], group["id"]))


_VERBS: dict[str, Callable[[Session, Actor, int], Any]] = {
    "deck": put_back_deck,
    "commitment": restore_commitment,
    "barrier": put_back_barrier,
    "sign_up_question": put_back_question,
    **dict.fromkeys(PREFIXES, put_back_contribution),
}
_CHECKS: dict[str, Callable[[Session, Row], None]] = {
    "milestone": _refuse_promised,
    "gap_reason": _refuse_approved,
    "tender_question": _refuse_over,
    "sign_up_question": _refuse_full,
}
_FOLLOWED_BY: dict[str, Callable[[Session, Actor, list[Row]], object]] = {
    "item": _back_in_programme,
    "panel_task": _back_in_programme,
    "appearance": _back_in_programme,
    "board": _tell_of_board,
    "poll": _tell_of_poll,
    "group": _tell_of_group,
    "indicator": lambda session, actor, rows: announce(
        session, CommitmentsChanged((rows[0]["indicator"]["commitment_id"],))
    ),
    "milestone": lambda session, actor, rows: announce(
        session, CommitmentsChanged((rows[0]["milestone"]["commitment_id"],))
    ),
    "tender_notice": lambda session, actor, rows: announce(
        session, TenderChanged(rows[0]["tender_notice"]["tender_id"])
    ),
    "tender_question": lambda session, actor, rows: share_answered(
        session, actor, rows[0]["tender_question"]["contribution_id"]
    ),
    "answer": lambda session, actor, rows: announce(session, AnswerChanged(rows[0]["answer"]["id"])),
}
# What the minutes of a meeting tell of.
_IN_MINUTES = frozenset({"item", "panel_task", "appearance", "group"})
# Accounts that may be gone: the thing stands without them.
_MAY_LOSE = {
    "group": ("facilitator_id", "rapporteur_id"),
    "old_address": ("added_by_id",),
    "meeting_page": ("sent_by_id",),
}
# As the log names them elsewhere.
_THINGS = {"panel_task": "task"}
# Whose words the log does not hold.
_UNTOLD = ("staff_note", "gap_reason", "answer", "meeting_page")
