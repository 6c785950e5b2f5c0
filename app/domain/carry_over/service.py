"""Taking something along from earlier meetings to a programme, saying no to it, and undoing either."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.carry_over.models import AgendaDecision
from app.domain.carry_over.policy import may_carry_over
from app.domain.carry_over.sources import SOURCES, Proposal
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.programme import put_item, take_item_off
from app.domain.meetings.schemas import ItemInput
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import OFF


def accept(
    session: Session,
    actor: Actor,
    meeting_id: int,
    proposal: Proposal,
    item: int | ItemInput,
    note: str = "",
) -> AgendaDecision:
    """Take it along: at an item of the programme, by its id, or at a new one, which is a draft until the
    programme is published.

    Refused: carry_meeting_over, carry_decided (somebody was first, at this meeting or at another one that is
    still to come), carry_gone (it was answered or taken back meanwhile), carry_item_gone.
    """
    meeting = _open(session, actor, meeting_id, proposal)
    if isinstance(item, ItemInput):
        # Made of somebody's words, which are not for the log.
        made, _ = put_item(session, actor, meeting.id, item)
        return _decide(session, actor, meeting, proposal, "accepted", note, item_id=made.id, made_item=True)
    if not _is_on_programme(session, meeting.id, item):
        raise Refused("carry_item_gone")
    return _decide(session, actor, meeting, proposal, "accepted", note, item_id=item)


def decline(session: Session, actor: Actor, meeting_id: int, proposal: Proposal, note: str) -> AgendaDecision:
    """Say no to it for this meeting, and why. It puts itself forward for the next one if it is open then.

    Refused: carry_meeting_over, carry_decided, carry_gone, carry_note_missing.
    """
    meeting = _open(session, actor, meeting_id, proposal)
    if not note:
        raise Refused("carry_note_missing")
    return _decide(session, actor, meeting, proposal, "declined", note)


def undo(session: Session, actor: Actor, meeting_id: int, decision_id: int) -> bool:
    """Take a decision back, so that the thing waits again. Whether its item was taken off too: only where it
    was made for it, is not published, and nobody has put anything into it.

    Refused: carry_meeting_over.
    """
    require(may_carry_over(actor))
    meeting = _lock_coming(session, meeting_id)
    decision = session.scalars(
        select(AgendaDecision).where(
            AgendaDecision.id == decision_id, AgendaDecision.meeting_id == meeting.id
        )
    ).one_or_none()
    if decision is None:
        raise NotFound
    before = _picture(decision)
    item_id = decision.item_id if decision.made_item else None
    session.delete(decision)
    session.flush()
    is_item_off = item_id is not None and _is_untouched(session, meeting, item_id)
    if item_id is not None and is_item_off:
        take_item_off(session, actor, item_id)
    record(session, actor, "undo_carry", "agenda", meeting.id, before=before)
    return is_item_off


def _open(session: Session, actor: Actor, meeting_id: int, proposal: Proposal) -> Meeting:
    """The meeting, held, if it is still to come, the thing still waits, and nobody has decided of it, nor
    taken it up for another meeting that is still to come."""
    require(may_carry_over(actor))
    source = next(one for one in SOURCES if one.thing == proposal.thing)
    covered = [thing_id for _, thing_id in proposal.covers]
    # Held before the meeting is: the same may be taken at two meetings in the same second.
    held = select(source.id_column).where(source.id_column.in_(covered)).order_by(source.id_column)
    session.execute(held.with_for_update(key_share=True))
    meeting = _lock_coming(session, meeting_id)
    is_decided = (
        select(AgendaDecision.id)
        .join(Meeting, Meeting.id == AgendaDecision.meeting_id)
        .outerjoin(AgendaItem, AgendaItem.id == AgendaDecision.item_id)
        .where(
            AgendaDecision.thing == proposal.thing,
            AgendaDecision.thing_id.in_(covered),
            or_(AgendaDecision.meeting_id == meeting.id, _is_taken_up(meeting.series_id)),
        )
        .exists()
    )
    is_open = select(source.id_column).where(source.id_column == proposal.thing_id, source.is_open()).exists()
    decided, still_open = session.execute(select(is_decided, is_open)).one()
    if decided:
        raise Refused("carry_decided")
    if not still_open:
        raise Refused("carry_gone")
    return meeting


def _is_taken_up(series_id: int) -> ColumnElement[bool]:
    """A decision that stands on the programme of a meeting of the series that is still to come."""
    return and_(
        AgendaDecision.verdict == "accepted",
        Meeting.series_id == series_id,
        Meeting.held_on >= today(),
        Meeting.status.not_in(OFF),
        func.coalesce(AgendaItem.is_removed, False).is_(False),
    )


def _lock_coming(session: Session, meeting_id: int) -> Meeting:
    meeting = lock_meeting(session, meeting_id)
    if meeting.held_on < today() or meeting.status in OFF:
        raise Refused("carry_meeting_over")
    return meeting


def _is_on_programme(session: Session, meeting_id: int, item_id: int) -> bool:
    item = session.get(AgendaItem, item_id)
    return item is not None and item.meeting_id == meeting_id and not item.is_removed


def _is_untouched(session: Session, meeting: Meeting, item_id: int) -> bool:
    item = session.get(AgendaItem, item_id, populate_existing=True)
    if item is None or item.version != 1 or not (item.is_new or meeting.programme_published_at is None):
        return False
    others = (
        select(Appearance.id).where(Appearance.item_id == item_id),
        select(PanelTask.id).where(PanelTask.item_id == item_id),
        select(AgendaDecision.id).where(AgendaDecision.item_id == item_id),
    )
    return not any(session.scalar(select(other.exists())) for other in others)


def _decide(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    proposal: Proposal,
    verdict: str,
    note: str,
    item_id: int | None = None,
    made_item: bool = False,
) -> AgendaDecision:
    decision = AgendaDecision(
        meeting_id=meeting.id,
        thing=proposal.thing,
        thing_id=proposal.thing_id,
        verdict=verdict,
        note=note,
        reasons=list(proposal.reasons),
        item_id=item_id,
        made_item=made_item,
        decided_by_id=actor.user_id,
        decided_at=now(),
    )
    session.add(decision)
    session.flush()
    verb = "carry_over" if verdict == "accepted" else "decline_carry"
    record(session, actor, verb, "agenda", meeting.id, after=_picture(decision))
    return decision


def _picture(decision: AgendaDecision) -> dict[str, object]:
    names = ("thing", "thing_id", "verdict", "note", "reasons", "item_id", "made_item")
    return {name: getattr(decision, name) for name in names}
