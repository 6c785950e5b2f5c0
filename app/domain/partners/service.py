"""The verbs of partners: asking another municipality for contact, taking it back, answering."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.links import is_sealed, seal
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.models import Contribution, Interest
from app.domain.contributions.needs.models import NeedMunicipality
from app.domain.organisations.models import Organisation
from app.domain.partners.events import ContactAnswered, ContactAsked, ContactEnded
from app.domain.partners.matching import list_matches
from app.domain.partners.models import ContactRequest
from app.domain.partners.policy import (
    may_answer_request,
    may_ask_for_contact,
    may_withdraw_request,
    visible_to,
)
from app.domain.partners.schemas import ContactInput
from app.domain.users.models import Membership, User
from app.domain.users.strategists import title_of

ANSWER_WITHIN_DAYS = 30
MOST_OPEN = 30
MOST_RECEIVERS = 10
PER_PAGE: Final = 30
PURPOSE = "contact"


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request for contact as one of both municipalities reads it.

    `is_own`: the reader's municipality asked. `contact` and `contact_mail`: the other side's person, only
    after a yes; `message` is what was said with it. A title is empty once the other side has
    taken its need out of others' sight.
    """

    id: int
    need_reference: str
    need_title: str
    asked_reference: str
    asked_title: str
    asking_id: int
    asking: str
    asking_key: str
    asked_id: int
    asked: str
    asked_key: str
    message: str
    asked_as: str
    answered_as: str
    asked_at: datetime
    answer_by: date
    state: str
    ended_at: datetime | None
    is_own: bool
    contact: str
    contact_mail: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody of a municipality to write to. `sealed`: the last part of the link by which they answer."""

    user_id: int
    name: str
    email: str
    language: str
    sealed: str


# --- asking


def ask_for_contact(session: Session, actor: Actor, need_id: int, given: ContactInput) -> ContactRequest:
    """Ask a municipality that was found for the own need. It gets one mail, and says yes or no.

    Refused: need_no_match (it was not found, or the need is the own municipality's alone), contact_asked,
    contact_said_no (it has said no about this need), contact_too_many.
    """
    require(may_ask_for_contact(actor) and actor.organisation_id is not None)
    found = list_matches(session, actor, need_id)
    match = next((one for one in found.rows if one.organisation_id == given.organisation_id), None)
    if match is None:
        raise Refused("need_no_match")
    own = ContactRequest.asking_id == actor.organisation_id
    before = session.scalars(
        select(ContactRequest.state).where(
            own, ContactRequest.need_id == need_id, ContactRequest.asked_id == given.organisation_id
        )
    ).all()
    if "open" in before or "yes" in before:
        raise Refused("contact_asked")
    if "no" in before:
        raise Refused("contact_said_no")
    waiting = select(func.count()).where(own, ContactRequest.state == "open")
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise Refused("contact_too_many", most=MOST_OPEN)
    request = ContactRequest(
        need_id=need_id,
        asked_need_id=match.need_id,
        asking_id=actor.organisation_id,
        asked_id=given.organisation_id,
        message=given.message,
        asked_as=title_of(session, actor),
        asked_by_id=actor.user_id,
        asked_at=now(),
        answer_by=today() + timedelta(days=ANSWER_WITHIN_DAYS),
    )
    try:
        # Two colleagues who ask at once: the second finds the place taken.
        with session.begin_nested():
            session.add(request)
            session.flush()
    except IntegrityError as taken:
        raise Refused("contact_asked") from taken
    after = {
        "need_id": need_id,
        "asked_id": given.organisation_id,
        "answer_by": request.answer_by.isoformat(),
    }
    record(session, actor, "ask_contact", "contact_request", request.id, after=after)
    announce(session, ContactAsked(request.id))
    return request


def withdraw_request(session: Session, actor: Actor, request_id: int) -> ContactRequest:
    """Take a request back that is not answered; the link of its mail does nothing any more."""
    request = _lock(session, request_id)
    if request is None or not may_withdraw_request(actor, request):
        raise NotFound
    _refuse_ended(request)
    return _end(session, actor, request, "withdrawn", "withdraw_contact")


# --- answering


def answer_request(session: Session, actor: Actor, request_id: int, says_yes: bool) -> ContactRequest:
    """Say yes or no for one's municipality, once. After a yes both see whom to write to.

    Raises NotFound for others; Refused: contact_ended.
    """
    request = _lock(session, request_id)
    if request is None or not may_answer_request(actor, request):
        raise NotFound
    _refuse_ended(request)
    request.answered_by_id, request.answered_as = actor.user_id, title_of(session, actor)
    return _answer(session, actor, request, says_yes)


def find_by_link(session: Session, request_id: int, user_id: int, sealed: str) -> RequestView:
    """The request that a mail's link names, for the page that asks yes or no. Raises NotFound."""
    request = session.get(ContactRequest, request_id)
    if request is None or not is_sealed(session, sealed, PURPOSE, request_id, user_id):
        raise NotFound
    _find_receiver(session, request, user_id)
    found = _select_views(request.asked_id, ContactRequest.id == request_id)
    return _view(session.execute(found).one(), request.asked_id)


def answer_by_link(
    session: Session, request_id: int, user_id: int, sealed: str, says_yes: bool
) -> ContactRequest:
    """Answer by the link of the mail, without signing in: whoever it was written to answers, as long as they
    still speak for the municipality. Raises NotFound; Refused: contact_ended."""
    request = _lock(session, request_id)
    if request is None or not is_sealed(session, sealed, PURPOSE, request_id, user_id):
        raise NotFound
    membership = _find_receiver(session, request, user_id)
    _refuse_ended(request)
    request.answered_by_id, request.answered_as = user_id, membership.title
    by = Actor(user_id=user_id, organisation_id=request.asked_id)
    return _answer(session, by, request, says_yes)


def _find_receiver(session: Session, request: ContactRequest, user_id: int) -> Membership:
    membership = session.scalars(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.user_id == user_id,
            Membership.organisation_id == request.asked_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if membership is None:
        raise NotFound
    return membership


def _answer(session: Session, actor: Actor, request: ContactRequest, says_yes: bool) -> ContactRequest:
    _end(session, actor, request, "yes" if says_yes else "no", "answer_contact")
    announce(session, ContactAnswered(request.id))
    return request


def _lock(session: Session, request_id: int) -> ContactRequest | None:
    return session.get(ContactRequest, request_id, with_for_update=True, populate_existing=True)


def _refuse_ended(request: ContactRequest) -> None:
    if request.state != "open":
        raise Refused("contact_ended", state=request.state)


def _end(session: Session, actor: Actor, request: ContactRequest, state: str, verb: str) -> ContactRequest:
    request.state, request.ended_at = state, now()
    session.flush()
    record(session, actor, verb, "contact_request", request.id, after={"state": state})
    return request


def end_unanswered(session: Session) -> int:
    """End the requests whose day has passed without an answer; how many."""
    rows = session.scalars(
        select(ContactRequest)
        .where(ContactRequest.state == "open", ContactRequest.answer_by < today())
        .order_by(ContactRequest.id)
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    for request in rows:
        _end(session, SYSTEM, request, "ended", "end_contact")
        announce(session, ContactEnded(request.id))
    return len(rows)


# --- reading


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


def list_requests(session: Session, actor: Actor, page: int = 1, per_page: int = PER_PAGE) -> Requests:
    """The requests of the actor's municipality: those that wait for its answer first, then the newest; past
    the end, the first page. One statement."""
    statement = _in_order(actor.organisation_id, visible_to(actor)).add_columns(
        func.count().over().label("total")
    )
    rows = session.execute(statement.limit(per_page).offset((page - 1) * per_page)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement.limit(per_page)).all()
    told = tuple(_view(row, actor.organisation_id) for row in rows)
    return Requests(told, rows[0].total if rows else 0, page, per_page)


def list_asked_about(session: Session, actor: Actor, need_id: int) -> list[RequestView]:
    """What the actor's municipality has asked about one of its needs, the newest first: each municipality's
    last one. One statement."""
    reader_id = actor.organisation_id
    about = (ContactRequest.need_id == need_id, ContactRequest.asking_id == reader_id)
    last = (
        select(func.max(ContactRequest.id)).where(*about).group_by(ContactRequest.asked_id).scalar_subquery()
    )
    rows = session.execute(_in_order(reader_id, visible_to(actor), *about, ContactRequest.id.in_(last)))
    return [_view(row, reader_id) for row in rows]


def read_requests(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[RequestView]:
    """So many of them after a place, in the same order. One statement."""
    reader_id = actor.organisation_id
    order = (
        By(cast(_waits(reader_id), Integer), int, is_down=True),
        By(ContactRequest.asked_at, datetime, is_down=True),
        By(ContactRequest.id, int, is_down=True),
    )
    found = read_slice(session, _select_views(reader_id, visible_to(actor)), order, after, most)
    return Slice(tuple(_view(row, reader_id) for row in found.rows), found.last)


def find_request(session: Session, actor: Actor, request_id: int) -> RequestView | None:
    """One of them; None for others'."""
    reader_id = actor.organisation_id
    found = _select_views(reader_id, visible_to(actor), ContactRequest.id == request_id)
    row = session.execute(found).one_or_none()
    return _view(row, reader_id) if row is not None else None


def count_waiting(session: Session, actor: Actor) -> int:
    """How many wait for an answer of the actor's municipality. One statement."""
    waiting = select(func.count()).where(
        visible_to(actor),
        ContactRequest.state == "open",
        ContactRequest.asked_id == actor.organisation_id,
    )
    return session.scalar(waiting) or 0


def _waits(reader_id: int | None) -> ColumnElement[bool]:
    """Whether it waits for an answer of the reader's municipality."""
    return (ContactRequest.state == "open") & (ContactRequest.asked_id == reader_id)


def _in_order(reader_id: int | None, *conditions: Any) -> Select[Any]:
    return _select_views(reader_id, *conditions).order_by(
        _waits(reader_id).desc(), ContactRequest.asked_at.desc(), ContactRequest.id.desc()
    )


def _select_views(reader_id: int | None, *conditions: Any) -> Select[Any]:
    need, asked_need = aliased(Contribution), aliased(Contribution)
    asking, asked = aliased(Organisation), aliased(Organisation)
    asker, answerer = aliased(User), aliased(User)
    return (
        select(
            ContactRequest,
            need.reference.label("need_reference"),
            _shown_title(need, reader_id).label("need_title"),
            asked_need.reference.label("asked_reference"),
            _shown_title(asked_need, reader_id).label("asked_title"),
            func.coalesce(asking.short_name, asking.name).label("asking"),
            asking.key.label("asking_key"),
            func.coalesce(asked.short_name, asked.name).label("asked"),
            asked.key.label("asked_key"),
            asker.name.label("asker"),
            asker.email.label("asker_mail"),
            answerer.name.label("answerer"),
            answerer.email.label("answerer_mail"),
        )
        .join(need, need.id == ContactRequest.need_id)
        .join(asked_need, asked_need.id == ContactRequest.asked_need_id)
        .join(asking, asking.id == ContactRequest.asking_id)
        .join(asked, asked.id == ContactRequest.asked_id)
        .outerjoin(asker, asker.id == ContactRequest.asked_by_id)
        .outerjoin(answerer, answerer.id == ContactRequest.answered_by_id)
        .where(*conditions)
    )


def _shown_title(need: Any, reader_id: int | None) -> Any:
    """The title, unless the need has become its municipality's alone, or is out of sight, since."""
    is_open = need.visibility.in_(("public", "municipalities")) & (need.status != "withdrawn")
    is_shown = or_(need.on_behalf_of_id == reader_id, is_open & need.hidden_at.is_(None))
    return case((is_shown, need.title), else_="")


def _view(row: Any, reader_id: int | None) -> RequestView:
    request = row.ContactRequest
    is_own = request.asking_id == reader_id
    name, mail = (row.answerer, row.answerer_mail) if is_own else (row.asker, row.asker_mail)
    if request.state != "yes":
        # Who asks is told from the beginning; where to reach them only after a yes.
        name, mail = ("", "") if is_own else (row.asker, "")
    copied = ("id", "asking_id", "asked_id", "message", "asked_as", "answered_as", "asked_at", "answer_by",
              "state", "ended_at")  # fmt: skip
    named = ("need_reference", "need_title", "asked_reference", "asked_title", "asking", "asking_key",
             "asked", "asked_key")  # fmt: skip
    return RequestView(
        **{name: getattr(request, name) for name in copied},
        **{name: getattr(row, name) for name in named},
        is_own=is_own,
        contact=name or "",
        contact_mail=mail or "",
    )


def list_receivers(session: Session, request_id: int) -> list[Receiver]:
    """Whom the one mail of a request goes to, each with a link of their own: who entered the need for the
    municipality or marked it, else its own admins, else all its confirmed people."""
    request = session.get_one(ContactRequest, request_id)
    entered = select(NeedMunicipality.entered_by_id).where(
        NeedMunicipality.contribution_id == request.asked_need_id,
        NeedMunicipality.organisation_id == request.asked_id,
        NeedMunicipality.left_at.is_(None),
    )
    marked = select(Interest.marked_by_id).where(
        Interest.contribution_id == request.asked_need_id, Interest.organisation_id == request.asked_id
    )
    rows = session.execute(
        select(
            User.id,
            User.name,
            User.email,
            User.language,
            (Membership.role == "admin").label("is_admin"),
            (User.id.in_(entered) | User.id.in_(marked)).label("is_behind"),
        )
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == request.asked_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
            User.email.is_not(None),
        )
        .order_by(User.id)
    ).all()
    behind = [row for row in rows if row.is_behind]
    admins = [row for row in rows if row.is_admin]
    return [
        Receiver(row.id, row.name, row.email, row.language, seal(session, PURPOSE, request.id, row.id))
        for row in (behind or admins or rows)[:MOST_RECEIVERS]
    ]
