"""Access to what is confidential (aktindsigt): the owner is heard by a day, then staff decides each part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import COPENHAGEN, now, today
from app.core.events import announce
from app.core.kept import kept
from app.core.policy import Actor, NotFound, Refused, require
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.ideas.events import (
    AccessDecided,
    AccessRequestWithdrawn,
    HearingAnswered,
    HearingLapsed,
    HearingMoved,
    HearingNears,
    HearingOpened,
)
from app.domain.contributions.ideas.models import AccessRequest, HeardPart, IdeaAttachment
from app.domain.contributions.ideas.policy import (
    may_be_heard,
    may_open_access_requests,
    may_see_request,
    requests_visible_to,
)
from app.domain.contributions.ideas.redacting import FILE
from app.domain.contributions.ideas.schemas import AccessRequestInput, RulingInput, Statement
from app.domain.contributions.models import Contribution, IdeaDetails
from app.domain.contributions.policy import OF_SAID
from app.domain.contributions.service import get_seen

PER_PAGE: Final = 30
MOST_LISTED = 200
# Days before the last one on which an owner that has not answered is reminded.
REMINDED_BEFORE: Final = 2
REMINDED_AT: Final = time(8)


@dataclass(frozen=True, slots=True)
class HeardView:
    """One part in a hearing; see `HeardPart`. None of the confidential words."""

    part: str
    stance: str | None
    stance_reason: str
    decision: str | None
    decision_reason: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request for access. `requester` is empty for all but staff. `is_due`: staff can decide now."""

    id: int
    contribution_id: int
    reference: str
    title: str
    requester: str
    received_on: date
    hear_by: date
    state: str
    opened_at: datetime
    heard_at: datetime | None
    lapsed_at: datetime | None
    ended_at: datetime | None
    version: int
    parts: tuple[HeardView, ...]

    @property
    def is_due(self) -> bool:
        return self.state == "hearing" and (self.heard_at is not None or self.hear_by < today())


@dataclass(frozen=True, slots=True)
class Requests:
    """One page of them, and how many there are."""

    rows: tuple[RequestView, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def open_request(
    session: Session, actor: Actor, contribution_id: int, given: AccessRequestInput
) -> AccessRequest:
    """Note a request and hear the owner on every confidential part that there is.

    Refused: not_sent (a draft is nobody's document yet), nothing_confidential.
    """
    require(may_open_access_requests(actor))
    idea = get_seen(session, actor, contribution_id, lock=True)
    if idea.status == "draft":
        raise Refused("not_sent")
    parts = list_parts(session, idea.id)
    if not parts:
        raise Refused("nothing_confidential")
    row = AccessRequest(
        contribution_id=idea.id, opened_by_id=actor.user_id, opened_at=now(), **given.model_dump()
    )
    session.add(row)
    session.flush()
    session.add_all(HeardPart(request_id=row.id, part=part) for part in parts)
    after = {"request_id": row.id, "hear_by": row.hear_by.isoformat(), "parts": parts}
    record(session, actor, "open_hearing", "access_request", row.id, after=after)
    announce(session, HearingOpened(row.id, idea.id))
    return row


def list_parts(session: Session, contribution_id: int) -> list[str]:
    """The names of all that is confidential in an idea: parts, own fields, files."""
    details = session.get(IdeaDetails, contribution_id)
    files = session.scalars(
        select(IdeaAttachment.id)
        .where(
            IdeaAttachment.contribution_id == contribution_id,
            IdeaAttachment.access == "confidential",
            IdeaAttachment.removed_at.is_(None),
        )
        .order_by(IdeaAttachment.id)
    )
    return [*sorted(details.confidential if details else ()), *(f"{FILE}{file_id}" for file_id in files)]


def _lock(session: Session, request_id: int) -> tuple[AccessRequest, Contribution, dict[str, HeardPart]]:
    row = session.scalars(
        select(AccessRequest).where(AccessRequest.id == request_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    idea = session.get_one(Contribution, row.contribution_id)
    heard = session.scalars(
        select(HeardPart).where(HeardPart.request_id == row.id).order_by(HeardPart.id).with_for_update()
    )
    return row, idea, {one.part: one for one in heard}


def _lock_as_staff(
    session: Session, actor: Actor, request_id: int, version: int
) -> tuple[AccessRequest, Contribution, dict[str, HeardPart]]:
    require(may_open_access_requests(actor))
    row, idea, heard = _lock(session, request_id)
    if row.state != "hearing":
        raise Refused("hearing_ended")
    if row.version != version:
        raise Refused("stale")
    return row, idea, heard


def move_hearing(session: Session, actor: Actor, request_id: int, hear_by: date, version: int) -> None:
    """Give more time. Refused: hearing_ended, stale, date_past, not_later."""
    row, idea, _ = _lock_as_staff(session, actor, request_id, version)
    if hear_by <= today():
        raise Refused("date_past")
    if hear_by <= row.hear_by:
        raise Refused("not_later")
    before = {"hear_by": row.hear_by.isoformat()}
    row.hear_by, row.lapsed_at = hear_by, None
    row.version += 1
    after = {"hear_by": hear_by.isoformat()}
    record(session, actor, "move_hearing", "access_request", row.id, before=before, after=after)
    announce(session, HearingMoved(row.id, idea.id))


def state_views(
    session: Session, actor: Actor, request_id: int, statements: Sequence[Statement]
) -> AccessRequest:
    """What the owner says of these parts; they may be changed until the day is over or staff has decided.

    Raises NotFound for others. Refused: hearing_ended, hearing_over, unknown_part.
    """
    row, idea, heard = _lock(session, request_id)
    if not may_be_heard(actor, idea):
        raise NotFound
    if row.state != "hearing":
        raise Refused("hearing_ended")
    if row.hear_by < today():
        raise Refused("hearing_over")
    for given in statements:
        one = heard.get(given.part)
        if one is None:
            raise Refused("unknown_part")
        one.stance, one.stance_reason = given.stance, given.reason
        one.stated_by_id, one.stated_at = actor.user_id, now()
    is_whole = all(one.stance is not None for one in heard.values())
    is_first = is_whole and row.heard_at is None
    row.heard_at = now() if is_whole else None
    row.version += 1
    # What was said is kept at its part; the log cannot forget.
    after = {"stances": {given.part: given.stance for given in statements}, "is_whole": is_whole}
    record(session, actor, "answer_hearing", "access_request", row.id, after=after)
    if is_first:
        announce(session, HearingAnswered(row.id, idea.id))
    return row


def decide_access(
    session: Session, actor: Actor, request_id: int, rulings: Sequence[RulingInput], version: int
) -> AccessRequest:
    """Release or keep, for each part with a reason; that ends the request.

    Only after the owner has said something of every part, or the day is over.
    Refused: hearing_ended, stale, hearing_runs, unknown_part, parts_missing.
    """
    row, idea, heard = _lock_as_staff(session, actor, request_id, version)
    if row.heard_at is None and row.hear_by >= today():
        raise Refused("hearing_runs", hear_by=row.hear_by)
    given = {ruling.part: ruling for ruling in rulings}
    if set(given) - set(heard):
        raise Refused("unknown_part")
    if set(heard) - set(given):
        raise Refused("parts_missing", parts=sorted(set(heard) - set(given)))
    for part, one in heard.items():
        one.decision, one.decision_reason = given[part].decision, given[part].reason
        one.decided_by_id, one.decided_at = actor.user_id, now()
    row.state, row.ended_at = "decided", now()
    row.version += 1
    after = {"decisions": {part: ruling.decision for part, ruling in given.items()}}
    record(session, actor, "decide_access", "access_request", row.id, after=after)
    announce(session, AccessDecided(row.id, idea.id))
    return row


def withdraw_request(session: Session, actor: Actor, request_id: int, version: int) -> None:
    """Who asked does not want it any more. Refused: hearing_ended, stale."""
    row, idea, _ = _lock_as_staff(session, actor, request_id, version)
    row.state, row.ended_at = "withdrawn", now()
    row.version += 1
    record(session, actor, "withdraw_request", "access_request", row.id, after={"state": "withdrawn"})
    announce(session, AccessRequestWithdrawn(row.id, idea.id))


def notice_lapsed(session: Session) -> int:
    """Note where the day is over without an answer to every part; once for each day that was set."""
    rows = session.scalars(
        select(AccessRequest)
        .where(
            AccessRequest.state == "hearing",
            AccessRequest.hear_by < today(),
            AccessRequest.heard_at.is_(None),
            AccessRequest.lapsed_at.is_(None),
        )
        .order_by(AccessRequest.id)
        .limit(MOST_LISTED)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.lapsed_at = now()
        announce(session, HearingLapsed(row.id, row.contribution_id))
    return len(rows)


def when_to_remind(session: Session, request_id: int) -> tuple[datetime, date] | None:
    """When the owner is to be reminded, and of which day; None where that is past or nothing waits."""
    row = session.get(AccessRequest, request_id)
    if row is None or row.state != "hearing":
        return None
    moment = datetime.combine(row.hear_by - timedelta(REMINDED_BEFORE), REMINDED_AT, COPENHAGEN)
    return (moment, row.hear_by) if moment > now() else None


def remind_owner(session: Session, request_id: int, hear_by: date) -> None:
    """Announce that the day is near, unless all is said, it is over, or the day was moved meanwhile."""
    row = session.get(AccessRequest, request_id)
    if row is not None and row.state == "hearing" and row.heard_at is None and row.hear_by == hear_by:
        announce(session, HearingNears(row.id, row.contribution_id))


def count_due(session: Session, actor: Actor) -> int:
    """How many requests staff can decide now; none for others. One statement."""
    if not may_open_access_requests(actor):
        return 0
    is_due = or_(AccessRequest.heard_at.is_not(None), AccessRequest.hear_by < today())
    return session.scalar(select(func.count()).where(AccessRequest.state == "hearing", is_due)) or 0


# --- reading

_WAITING_FIRST = (AccessRequest.state != "hearing", AccessRequest.hear_by, AccessRequest.id)


def list_requests(
    session: Session, actor: Actor, contribution_id: int | None = None, *, only_open: bool = False
) -> list[RequestView]:
    """The requests that the actor may know of, those that wait first, by the day; of one idea or of all."""
    return read(session, requests_for(actor, contribution_id, only_open=only_open))


def requests_for(
    actor: Actor, contribution_id: int | None = None, *, only_open: bool = False
) -> Asking[list[RequestView]]:
    """The same, to be asked beside others."""
    of_one = contribution_id is not None
    statement = _requests(actor, of_one, only_open)
    rows = yield from asked(statement, {"requested_of": contribution_id} if of_one else {})
    return (yield from _told(actor, rows))


@kept
def _requests(actor: Actor, of_one: bool, only_open: bool) -> Select[Any]:
    conditions = []
    if of_one:
        conditions.append(AccessRequest.contribution_id == bindparam("requested_of"))
    if only_open:
        conditions.append(AccessRequest.state == "hearing")
    return _select_views(actor).where(*conditions).order_by(*_WAITING_FIRST).limit(MOST_LISTED)


def list_page(session: Session, actor: Actor, page: int = 1) -> Requests:
    """One page of all of them, in the same order; past the end, the first page. Two statements."""
    total = func.count().over().label("total")
    statement = _select_views(actor).add_columns(total).order_by(*_WAITING_FIRST).limit(PER_PAGE)
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    told = read(session, _told(actor, rows))
    return Requests(tuple(told), rows[0].total if rows else 0, page)


def find_request(session: Session, actor: Actor, request_id: int) -> RequestView | None:
    rows = session.execute(_select_views(actor).where(AccessRequest.id == request_id)).all()
    found = read(session, _told(actor, rows))
    return found[0] if found else None


def read_requests(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[RequestView]:
    """So many of all of them after a place, in the same order. Two statements."""
    order = (
        By(cast(AccessRequest.state != "hearing", Integer), int),
        By(AccessRequest.hear_by, date),
        By(AccessRequest.id, int),
    )
    found = read_slice(session, _select_views(actor), order, after, most)
    return Slice(tuple(read(session, _told(actor, found.rows))), found.last)


def _select_views(actor: Actor) -> Select[Any]:
    return (
        select(
            AccessRequest.id,
            AccessRequest.contribution_id,
            AccessRequest.requester,
            AccessRequest.received_on,
            AccessRequest.hear_by,
            AccessRequest.state,
            AccessRequest.opened_at,
            AccessRequest.heard_at,
            AccessRequest.lapsed_at,
            AccessRequest.ended_at,
            AccessRequest.version,
            Contribution.reference,
            Contribution.title,
            *OF_SAID,
        )
        .join(Contribution, Contribution.id == AccessRequest.contribution_id)
        .where(requests_visible_to(actor))
    )


def _told(actor: Actor, rows: Sequence[Any]) -> Asking[list[RequestView]]:
    heard: dict[int, list[HeardView]] = {}
    if rows:
        for one in (yield from asked(_heard(), {"hearings": [row.id for row in rows]})):
            heard.setdefault(one.request_id, []).append(_heard_view(one))
    return [
        RequestView(
            id=row.id,
            contribution_id=row.contribution_id,
            reference=row.reference,
            title=row.title,
            requester=row.requester if may_open_access_requests(actor) else "",
            received_on=row.received_on,
            hear_by=row.hear_by,
            state=row.state,
            opened_at=row.opened_at,
            heard_at=row.heard_at,
            lapsed_at=row.lapsed_at,
            ended_at=row.ended_at,
            version=row.version,
            parts=tuple(heard.get(row.id, ())),
        )
        for row in rows
        if may_see_request(actor, row)
    ]


@kept
def _heard() -> Select[Any]:
    return (
        select(
            HeardPart.request_id,
            HeardPart.part,
            HeardPart.stance,
            HeardPart.stance_reason,
            HeardPart.decision,
            HeardPart.decision_reason,
        )
        .where(HeardPart.request_id.in_(bindparam("hearings", expanding=True)))
        .order_by(HeardPart.request_id, HeardPart.id)
    )


def _heard_view(one: Any) -> HeardView:
    return HeardView(one.part, one.stance, one.stance_reason, one.decision, one.decision_reason)
