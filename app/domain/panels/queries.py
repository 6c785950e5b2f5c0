"""Reading questions to a panel.

What is common to the room asks `fit_for` and no actor; what is one's own, and what is led, is read through
`contributions.policy.visible_to`.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import SYSTEM, Actor, NotFound
from app.domain.attendance.models import LiveRoom
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import TO_THE_ROOM, fit_for, visible_to
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.panels.models import Panel, PanelQuestion, PanelSecond
from app.domain.panels.policy import levels_of, may_lead, panels_visible_to
from app.domain.panels.schemas import LONGEST_QUESTION
from app.domain.registrations.questions import list_for_item

MOST_QUESTIONS: Final = 500
MOST_PANELS: Final = 50
C = Contribution
Q = PanelQuestion


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A question that was taken, now or (`is_new` False) the first time that it came. `waits`: to be let
    through."""

    id: int
    reference: str
    is_new: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class PanelView:
    """An item with its questions. `names`: the room's rule. `count`: of the questions that the room sees;
    `waiting`: to be let through."""

    item_id: int
    meeting_id: int
    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    meeting_status: str
    item_title: str
    item_title_en: str
    item_kind: str
    state: str
    asks_approval: bool
    visibility: str
    names: str
    version: int
    count: int
    waiting: int

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/spoerg/{self.item_id}"


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with what its author lets stand beside it. `is_shown`: to the others in the room. `answer`
    is empty unless it is answered; `can_undo`: its last turn."""

    id: int
    item_id: int
    reference: str
    text: str
    language: str
    said_by: str
    on_behalf_of: str
    shown_as: str | None
    state: str
    is_shown: bool
    is_withdrawn: bool
    seconds: int
    answer: str
    hidden_reason: str
    can_undo: bool
    asked_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class AskedAtSignUp:
    """A question to the panel from sign-up. `kind`: of the organisation that asks."""

    question_id: int
    text: str
    kind: str
    is_taken: bool

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > LONGEST_QUESTION


# --- panels


def _panels(actor: Actor) -> Select[Any]:
    of_panel = select(func.count()).select_from(Q).join(C, C.id == Q.contribution_id)
    of_panel = of_panel.where(Q.item_id == AgendaItem.id)
    shown = of_panel.where(fit_for(TO_THE_ROOM)).correlate(AgendaItem).scalar_subquery()
    waiting = of_panel.where(_waits_for_approval()).correlate(AgendaItem).scalar_subquery()
    return (
        select(
            AgendaItem.id.label("item_id"),
            AgendaItem.meeting_id,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.status.label("meeting_status"),
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            AgendaItem.kind.label("item_kind"),
            func.coalesce(Panel.state, "planned").label("state"),
            func.coalesce(Panel.asks_approval, False).label("asks_approval"),
            func.coalesce(Panel.visibility, "participants").label("visibility"),
            func.coalesce(LiveRoom.names, "free").label("names"),
            # An item without a row is made one with the first version when it is set up.
            func.coalesce(Panel.version, 1).label("version"),
            shown.label("count"),
            waiting.label("waiting"),
        )
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .outerjoin(Panel, Panel.item_id == AgendaItem.id)
        .outerjoin(LiveRoom, LiveRoom.meeting_id == AgendaItem.meeting_id)
        .where(meeting_visible_to(actor), in_force(AgendaItem))
    )


def _waits_for_approval() -> ColumnElement[bool]:
    return and_(Q.approved_at.is_(None), Q.state != "hidden", C.status != "withdrawn", C.hidden_at.is_(None))


def find_panel(session: Session, actor: Actor, meeting_key: str, item_id: int) -> PanelView | None:
    """An item that takes or took questions; also one that does not yet, for who leads them there."""
    statement = _panels(actor).where(Meeting.key == meeting_key, AgendaItem.id == item_id)
    row = session.execute(statement.where(_open_to(actor))).one_or_none()
    return PanelView(**row._mapping) if row else None


def _open_to(actor: Actor) -> ColumnElement[bool]:
    is_known = and_(Panel.item_id.is_not(None), panels_visible_to(actor))
    if actor.is_staff:
        return or_(is_known, Panel.item_id.is_(None))
    led = sorted({meeting_id for meeting_id, _ in actor.meeting_roles if may_lead(actor, meeting_id)})
    return or_(is_known, AgendaItem.meeting_id.in_(led)) if led else is_known


def find_audience(session: Session, actor: Actor, item_id: int) -> Panel | None:
    """The panel as the rules look at it, if the actor may read its questions. One statement."""
    return session.scalars(
        select(Panel)
        .join(Meeting, Meeting.id == Panel.meeting_id)
        .where(Panel.item_id == item_id, meeting_visible_to(actor), panels_visible_to(actor))
    ).one_or_none()


def get_panel(session: Session, item_id: int) -> PanelView:
    """The panel for the block that all see alike; who may read it has been asked. Raises NotFound."""
    row = session.execute(_panels(SYSTEM).where(AgendaItem.id == item_id)).one_or_none()
    if row is None:
        raise NotFound
    return PanelView(**row._mapping)


def list_panels(session: Session, actor: Actor, meeting_id: int) -> list[PanelView]:
    """The items of a meeting that take or took questions, in the order of the programme.

    For who leads questions there also the panels that do not yet.
    """
    return read(session, panels_of(actor, meeting_id))


def panels_of(actor: Actor, meeting_id: int) -> Asking[list[PanelView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_of_meeting(actor, may_lead(actor, meeting_id)), {"of_meeting": meeting_id})
    return [PanelView(**row._mapping) for row in rows]


@kept
def _of_meeting(actor: Actor, leads: bool) -> Select[Any]:
    if leads:
        is_listed = or_(Panel.item_id.is_not(None), AgendaItem.kind == "panel")
    else:
        is_listed = and_(Panel.state != "planned", panels_visible_to(actor))
    statement = _panels(actor).where(AgendaItem.meeting_id == bindparam("of_meeting"), is_listed)
    return statement.order_by(AgendaItem.position, AgendaItem.id).limit(MOST_PANELS)


# --- questions

_SECONDS = (
    select(func.count())
    .select_from(PanelSecond)
    .where(PanelSecond.contribution_id == C.id)
    .correlate(C)
    .scalar_subquery()
)
_ORDER = (
    case({"now": 0, "shortlisted": 1, "waiting": 2, "answered": 3}, value=Q.state, else_=4),
    case((Q.state == "answered", Q.answered_at)).desc().nulls_last(),
    _SECONDS.desc(),
    C.received_at,
    C.id,
)


def _questions() -> Select[Any]:
    return (
        select(
            C.id,
            Q.item_id,
            C.reference,
            C.body.label("text"),
            C.language,
            C.said_by_text.label("said_by"),
            func.coalesce(Organisation.name, C.on_behalf_of_text).label("on_behalf_of"),
            C.shown_as,
            Q.state,
            and_(*_is_shown()).label("is_shown"),
            (C.status == "withdrawn").label("is_withdrawn"),
            _SECONDS.label("seconds"),
            case((Q.state == "answered", Q.answer), else_="").label("answer"),
            Q.hidden_reason,
            Q.state_before.is_not(None).label("can_undo"),
            C.received_at.label("asked_at"),
            C.version,
        )
        .select_from(Q)
        .join(C, C.id == Q.contribution_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
    )


def _is_shown() -> tuple[ColumnElement[bool], ...]:
    return (C.published_at.is_not(None), C.status != "withdrawn", C.hidden_at.is_(None))


def _views(rows: Any) -> list[QuestionView]:
    return [_view(row) for row in rows]


def _view(row: Row[Any]) -> QuestionView:
    return QuestionView(**{field.name: getattr(row, field.name) for field in fields(QuestionView)})


def list_common(session: Session, item_id: int, levels: tuple[str, ...]) -> list[QuestionView]:
    """What everybody sees alike who may see these levels, asked of nobody: what the panel has now, the short
    list, what waits by how many back it, and what is answered. One statement."""
    common = _questions().where(Q.item_id == item_id, Q.state != "hidden", fit_for(levels))
    return _views(session.execute(common.order_by(*_ORDER).limit(MOST_QUESTIONS)))


def list_led(session: Session, actor: Actor, item_id: int) -> list[QuestionView]:
    """All questions of an item, also those that wait to be let through and the hidden ones; for who leads."""
    led = _questions().where(
        Q.item_id == item_id, visible_to(actor), C.status != "withdrawn", C.hidden_at.is_(None)
    )
    return _views(session.execute(led.order_by(*_ORDER).limit(MOST_QUESTIONS)))


def list_own(session: Session, actor: Actor, item_id: int | None = None) -> list[QuestionView]:
    """What the actor has asked panels, here or everywhere, however it is shown; the newest first."""
    if not actor.seats:
        return []
    own = _questions().where(C.attendee_id.in_(sorted(seat for _, seat in actor.seats)), visible_to(actor))
    if item_id is not None:
        own = own.where(Q.item_id == item_id)
    return _views(session.execute(own.order_by(C.received_at.desc(), C.id.desc()).limit(MOST_QUESTIONS)))


def own_ids_at(actor: Actor, meeting_id: int) -> Asking[frozenset[int]]:
    """Which of the questions asked at a meeting are the actor's own."""
    seat = actor.seat_at(meeting_id)
    if seat is None:
        return frozenset()
    values = {"of_meeting": meeting_id, "own_seat": seat}
    return frozenset([row.id for row in (yield from asked(_OWN_IDS, values))])


_OWN_IDS = (
    select(C.id)
    .join(Q, Q.contribution_id == C.id)
    .where(C.attendee_id == bindparam("own_seat"), C.meeting_id == bindparam("of_meeting"))
)


def list_backed(session: Session, actor: Actor, item_id: int) -> frozenset[int]:
    """The questions of an item that the actor backs."""
    if not actor.seats:
        return frozenset()
    backed = (
        select(PanelSecond.contribution_id)
        .join(Q, Q.contribution_id == PanelSecond.contribution_id)
        .where(Q.item_id == item_id, PanelSecond.attendee_id.in_(sorted(seat for _, seat in actor.seats)))
    )
    return frozenset(session.scalars(backed))


def list_answered(
    session: Session, actor: Actor, meeting_id: int
) -> list[tuple[PanelView, list[QuestionView]]]:
    """What was asked at a meeting and answered, as the actor may read it, panel by panel. For the record."""
    return read(session, answered_at(actor, meeting_id))


def answered_at(actor: Actor, meeting_id: int) -> Asking[list[tuple[PanelView, list[QuestionView]]]]:
    """The same, to be asked beside others."""
    panels = yield from panels_of(actor, meeting_id)
    if not panels:
        return []
    # Of one meeting, so that the same is read of each.
    levels = levels_of(actor, panels[0])
    rows = yield from asked(_answered(levels), {"of_panels": [panel.item_id for panel in panels]})
    questions = _views(rows)
    found = [(panel, [one for one in questions if one.item_id == panel.item_id]) for panel in panels]
    return [(panel, told) for panel, told in found if told]


@kept
def _answered(levels: tuple[str, ...]) -> Select[Any]:
    return (
        _questions()
        .where(Q.item_id.in_(bindparam("of_panels", expanding=True)), Q.state == "answered", fit_for(levels))
        .order_by(Q.answered_at, C.id)
        .limit(MOST_QUESTIONS)
    )


def find_asked(session: Session, actor: Actor, contribution_id: int) -> QuestionView | None:
    """A contribution as a question to a panel, if it is one that the actor may see."""
    row = session.execute(_questions().where(C.id == contribution_id, visible_to(actor))).one_or_none()
    return _view(row) if row else None


# --- what was asked at sign-up


def list_asked_at_sign_up(session: Session, actor: Actor, item_id: int) -> list[AskedAtSignUp]:
    """What those who come asked the panel when they signed up, word for word once; for who leads."""
    heard = list_for_item(session, actor, item_id)
    texts: dict[tuple[int, str], str] = {}
    for one in heard:
        if one.question.kind == "text":
            for answer in one.answers:
                texts.setdefault((one.question.id, answer.said[0]), answer.organisation_kind)
    if not texts:
        return []
    taken = session.execute(
        select(Q.sign_up_question_id, C.body)
        .join(C, C.id == Q.contribution_id)
        .where(Q.item_id == item_id, Q.sign_up_question_id.is_not(None))
    )
    known = {(row.sign_up_question_id, row.body) for row in taken}
    return [AskedAtSignUp(*place, kind, place in known) for place, kind in texts.items()]
