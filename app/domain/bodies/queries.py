"""Reading bodies: what they are, who sits in them, when they meet, and what they are to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Slice, read_slice
from app.core.slices import Place as After
from app.domain.bodies.models import (
    Body,
    BodyAdvised,
    BodyMandate,
    BodyMeeting,
    BodyMember,
    BodySecretary,
    Reading,
    ReadMark,
)
from app.domain.bodies.policy import Place, find_place, is_inside_in_sql, place_columns, place_in, visible_to
from app.domain.bodies.recommended import recommendations_waiting_in
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import visible_to as said_visible_to
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meetings_visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.organisations.queries import danish_order
from app.domain.presentations.models import Deck
from app.domain.presentations.policy import visible_to as decks_visible_to
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.projects.policy import own_visible_to
from app.domain.projects.policy import visible_to as projects_visible_to
from app.domain.strategies.models import Strategy
from app.domain.strategies.policy import visible_to as strategies_visible_to
from app.domain.users.houses import acting_networks, speaks_for
from app.domain.users.models import Membership, User

PER_PAGE = 30
MOST_LINES = 100
MOST_MEETINGS = 100
MOST_READINGS = 200


@dataclass(frozen=True, slots=True)
class BodyCard:
    """A body with whose it is: of an organisation or, with `network_key`, of a network."""

    id: int
    key: str
    kind: str
    kind_certainty: str
    name: str
    name_en: str
    visibility: str
    since: date | None
    ended_on: date | None
    is_example: bool
    organisation_id: int | None
    owner: str
    owner_key: str
    network_key: str | None

    @property
    def path(self) -> str:
        return f"/udvalg/{self.key}"

    @property
    def is_over(self) -> bool:
        return self.ended_on is not None and self.ended_on <= today()


@dataclass(frozen=True, slots=True)
class OwnBody:
    """A body in which the actor has a place; `waiting`: recommendations to be treated or decided."""

    card: BodyCard
    place: Place
    waiting: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a mandate, or whom a body advises; `path` where that is a body of the forum that is seen."""

    id: int
    text: str
    text_en: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class MemberView:
    id: int
    user_id: int | None
    name: str
    title: str
    role: str
    party: str
    organisation: str | None
    source_url: str | None
    since: date | None
    ended_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class SecretaryView:
    membership_id: int
    name: str
    title: str
    organisation: str


@dataclass(frozen=True, slots=True)
class BodyView:
    """All of a body but its papers. `members`: for others than its own people only those whose seat is
    public. `secretaries` are for its own people alone. `earlier`: seats and lines that have ended."""

    card: BodyCard
    about: str
    about_en: str
    acts_by: str
    acts_by_en: str
    source_url: str | None
    source_note: str
    version: int
    mandate: tuple[Line, ...]
    advises: tuple[Line, ...]
    members: tuple[MemberView, ...]
    earlier_members: tuple[MemberView, ...]
    earlier_mandate: tuple[Line, ...]
    secretaries: tuple[SecretaryView, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class BodyMeetingView:
    """A day of a body."""

    id: int
    body_id: int
    held_on: date
    starts_at: str
    place: str
    note: str
    url: str | None
    is_cancelled: bool
    version: int


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One thing to read, at `path` in the forum or at an address elsewhere. `kind`: idea, need, wish,
    project, own_project, deck, strategy, meeting, address. `read_at`: when the actor read it."""

    id: int
    kind: str
    title: str
    path: str
    page: int | None
    note: str
    before: date | None
    body_meeting_id: int | None
    added_at: datetime
    read_at: datetime | None


# --- bodies


def list_bodies(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int | None = None,
    network_id: int | None = None,
    page: int = 1,
) -> tuple[list[BodyCard], int]:
    """The bodies that the actor may see, those at work first, by name; and how many. Two statements."""
    chosen = [visible_to(actor)]
    if organisation_id is not None:
        chosen.append(Body.organisation_id == organisation_id)
    if network_id is not None:
        chosen.append(Body.network_id == network_id)
    rows = session.execute(
        _cards()
        .where(*chosen)
        .order_by(_is_over(), danish_order(Body.name), Body.id)
        .limit(PER_PAGE)
        .offset((max(page, 1) - 1) * PER_PAGE)
    )
    total = session.scalar(select(func.count()).select_from(Body).where(*chosen)) or 0
    return [_card(row) for row in rows], total


def read_bodies(session: Session, actor: Actor, after: After | None, most: int) -> Slice[BodyCard]:
    """So many bodies after a place, by name. One statement."""
    order = (By(danish_order(Body.name), str), By(Body.id, int))
    found = read_slice(session, _cards().where(visible_to(actor)), order, after, most)
    return Slice(tuple(map(_card, found.rows)), found.last)


def list_own_bodies(session: Session, actor: Actor) -> list[OwnBody]:
    """Where the actor sits, keeps the papers or looks after the house; those at work first. Two
    statements."""
    return read(session, bodies_of(actor))


def bodies_of(actor: Actor) -> Asking[list[OwnBody]]:
    """The same, to be asked beside others."""
    if actor.user_id is None:
        return []
    rows = yield from asked(_own_bodies(actor))
    waiting = yield from recommendations_waiting_in(actor, [row.id for row in rows])
    return [OwnBody(_card_of(row, row), place_in(actor, row, row), waiting.get(row.id, 0)) for row in rows]


@kept
def _own_bodies(actor: Actor) -> Select[Any]:
    return (
        _cards(*(getattr(Body, name) for name in _OF_CARD))
        .add_columns(*place_columns(actor))
        .where(is_inside_in_sql(actor))
        .order_by(_is_over(), danish_order(Body.name), Body.id)
        .limit(PER_PAGE)
    )


def list_bodies_to_send_to(session: Session, actor: Actor) -> list[BodyCard]:
    """The bodies at work to which the actor may send a recommendation: as `may_send_to`. One statement."""
    if speaks_for(actor) is None:
        return []
    rows = session.execute(_cards().where(_is_sent_to(actor)).order_by(*_BY_NAME).limit(PER_PAGE))
    return [_card(row) for row in rows]


_BY_NAME = (danish_order(Body.name), Body.id)


def has_body_to_send_to(actor: Actor) -> Asking[bool]:
    """Whether there is such a body."""
    if speaks_for(actor) is None:
        return False
    return bool((yield from asked(_bodies_sent_to(actor))))


@kept
def _bodies_sent_to(actor: Actor) -> Select[Any]:
    return select(Body.id).where(_is_sent_to(actor)).limit(1)


def _is_sent_to(actor: Actor) -> ColumnElement[bool]:
    of_house = or_(Body.organisation_id == speaks_for(actor), Body.network_id.in_(acting_networks(actor)))
    return and_(visible_to(actor), or_(of_house, is_inside_in_sql(actor)), not_(_is_over_in_sql()))


def _is_over_in_sql() -> Any:
    return func.coalesce(_is_over(), false())


def find_body(session: Session, actor: Actor, key: str) -> BodyView | None:
    """A body by its key; None for one that the actor may not see. Six statements."""
    row = session.execute(_cards().where(Body.key == key, visible_to(actor))).one_or_none()
    if row is None:
        return None
    body = row.Body
    place = find_place(session, actor, body)
    mandate = session.scalars(
        select(BodyMandate)
        .where(BodyMandate.body_id == body.id)
        .order_by(BodyMandate.ended_at.desc().nulls_first(), BodyMandate.position, BodyMandate.id)
        .limit(MOST_LINES)
    ).all()
    members = _list_members(session, body.id, place)
    return BodyView(
        card=_card(row),
        about=body.about,
        about_en=body.about_en,
        acts_by=body.acts_by,
        acts_by_en=body.acts_by_en,
        source_url=body.source_url,
        source_note=body.source_note,
        version=body.version,
        mandate=tuple(Line(one.id, one.text, one.text_en) for one in mandate if one.ended_at is None),
        advises=_list_advised(session, actor, body.id),
        members=tuple(one for one in members if not _has_ended(one)),
        earlier_members=tuple(one for one in members if _has_ended(one)),
        earlier_mandate=tuple(Line(one.id, one.text, one.text_en) for one in mandate if one.ended_at),
        secretaries=_list_secretaries(session, body.id) if place.is_inside else (),
        place=place,
    )


def _has_ended(member: MemberView) -> bool:
    return member.ended_on is not None and member.ended_on <= today()


def _is_over() -> Any:
    return and_(Body.ended_on.is_not(None), Body.ended_on <= today())


def _cards(*columns: Any) -> Select[Any]:
    """Bodies with whose they are: all of each, or these columns."""
    return (
        select(
            *(columns or (Body,)),
            func.coalesce(Network.name, Organisation.name).label("owner"),
            func.coalesce(Network.key, Organisation.key).label("owner_key"),
            Network.key.label("network_key"),
        )
        .outerjoin(Organisation, Organisation.id == Body.organisation_id)
        .outerjoin(Network, Network.id == Body.network_id)
    )


_OF_CARD = (
    "id", "key", "kind", "kind_certainty", "name", "name_en", "visibility", "since", "ended_on",
    "is_example", "organisation_id",
)  # fmt: skip


def _card(row: Any) -> BodyCard:
    return _card_of(row.Body, row)


def _card_of(body: Any, row: Any) -> BodyCard:
    values = {name: getattr(body, name) for name in _OF_CARD}
    return BodyCard(**values, owner=row.owner, owner_key=row.owner_key, network_key=row.network_key)


def _list_advised(session: Session, actor: Actor, body_id: int) -> tuple[Line, ...]:
    rows = session.execute(
        select(BodyAdvised.id, BodyAdvised.name, BodyAdvised.name_en, Body.key)
        .outerjoin(Body, and_(Body.id == BodyAdvised.advised_id, visible_to(actor)))
        .where(BodyAdvised.body_id == body_id, BodyAdvised.ended_at.is_(None))
        .order_by(BodyAdvised.position, BodyAdvised.id)
        .limit(MOST_LINES)
    )
    return tuple(
        Line(row.id, row.name, row.name_en, f"/udvalg/{row.key}" if row.key else None) for row in rows
    )


_ROLE_ORDER = {"chair": 0, "deputy": 1, "member": 2, "observer": 3}


def _list_members(session: Session, body_id: int, place: Place) -> list[MemberView]:
    open_to_all = () if place.is_inside else (BodyMember.source_url.is_not(None),)
    named = func.coalesce(func.nullif(User.name, ""), BodyMember.name)
    rows = session.execute(
        select(BodyMember, named.label("shown"), Organisation.name.label("organisation"))
        .outerjoin(User, User.id == BodyMember.user_id)
        .outerjoin(Organisation, Organisation.id == BodyMember.organisation_id)
        .where(BodyMember.body_id == body_id, *open_to_all)
        .order_by(case(_ROLE_ORDER, value=BodyMember.role, else_=9), danish_order(named), BodyMember.id)
        .limit(MOST_LINES * 3)
    )
    copied = ("id", "user_id", "title", "role", "party", "source_url", "since", "ended_on", "version")
    return [
        MemberView(
            **{name: getattr(row.BodyMember, name) for name in copied},
            name=row.shown,
            organisation=row.organisation,
        )
        for row in rows
    ]


def _list_secretaries(session: Session, body_id: int) -> tuple[SecretaryView, ...]:
    rows = session.execute(
        select(
            BodySecretary.membership_id,
            User.name,
            Membership.title,
            Organisation.name.label("organisation"),
        )
        .join(Membership, Membership.id == BodySecretary.membership_id)
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            BodySecretary.body_id == body_id,
            Membership.ended_at.is_(None),
            Membership.confirmed_at.is_not(None),
        )
        .order_by(danish_order(User.name), BodySecretary.membership_id)
        .limit(MOST_LINES)
    )
    return tuple(SecretaryView(**row._mapping) for row in rows)


# --- meetings


def list_meetings(
    session: Session, actor: Actor, body_id: int
) -> tuple[list[BodyMeetingView], list[BodyMeetingView]]:
    """The meetings to come, the next first, and those held, the last first; cancelled ones among them. One
    statement."""
    rows = session.scalars(
        select(BodyMeeting)
        .join(Body, Body.id == BodyMeeting.body_id)
        .where(BodyMeeting.body_id == body_id, visible_to(actor))
        .order_by(BodyMeeting.held_on.desc(), BodyMeeting.id.desc())
        .limit(MOST_MEETINGS)
    )
    views = [
        BodyMeetingView(
            row.id, row.body_id, row.held_on, row.starts_at, row.place, row.note, row.url,
            row.cancelled_at is not None, row.version,
        )
        for row in rows
    ]  # fmt: skip
    to_come = [view for view in reversed(views) if view.held_on >= today()]
    return to_come, [view for view in views if view.held_on < today()]


# --- what is to be read


def list_readings(session: Session, actor: Actor, body_id: int) -> list[ReadingView]:
    """What the members are to read, in its order; nothing for others. What the actor may not read where it
    stands is left out. One statement for the list, and one for each kind of thing that is on it."""
    marked = and_(ReadMark.reading_id == Reading.id, ReadMark.user_id == actor.user_id)
    rows = session.execute(
        select(Reading, ReadMark.read_at, BodyMeeting.held_on)
        .join(Body, Body.id == Reading.body_id)
        .outerjoin(ReadMark, marked if actor.user_id is not None else false())
        .outerjoin(BodyMeeting, BodyMeeting.id == Reading.body_meeting_id)
        .where(Reading.body_id == body_id, Reading.removed_at.is_(None), _is_read_by(actor))
        .order_by(Reading.position, Reading.id)
        .limit(MOST_READINGS)
    ).all()
    found = _find_things(session, actor, [row.Reading for row in rows])
    views = []
    for row in rows:
        reading = row.Reading
        if reading.id in found:
            kind, title, path = found[reading.id]
            views.append(
                ReadingView(
                    reading.id, kind, title, path, reading.page, reading.note, row.held_on,
                    reading.body_meeting_id, reading.added_at, row.read_at,
                )
            )  # fmt: skip
    return views


def _is_read_by(actor: Actor) -> Any:
    return or_(literal(actor.is_system), is_inside_in_sql(actor))


_SAID_PATHS = {"idea": "/ideer/", "need": "/behov/", "wish": "/oensker/"}
_Told = tuple[str, str, str]


def _find_things(session: Session, actor: Actor, readings: Sequence[Reading]) -> dict[int, _Told]:
    """(kind, title, path) of what the actor may see, by the number on the list."""
    found: dict[int, _Told] = {one.id: ("address", one.title, one.url) for one in readings if one.url}
    for column, statement in _statements(actor).items():
        wanted = {one.id: getattr(one, column) for one in readings if getattr(one, column) is not None}
        if not wanted:
            continue
        of_these = statement.selected_columns.id.in_(set(wanted.values()))
        things = {
            row.id: (row.kind, row.title, row.path) for row in session.execute(statement.where(of_these))
        }
        found |= {reading_id: things[thing] for reading_id, thing in wanted.items() if thing in things}
    for one in readings:
        if one.page is not None and one.id in found:
            kind, title, path = found[one.id]
            found[one.id] = kind, title, f"{path}/side/{one.page}"
    return found


def _statements(actor: Actor) -> dict[str, Any]:
    said_path = case(_SAID_PATHS, value=Contribution.kind, else_="/bidrag/") + Contribution.reference
    return {
        "contribution_id": select(
            Contribution.id, Contribution.kind, Contribution.title, said_path.label("path")
        ).where(said_visible_to(actor)),
        "project_id": select(
            Project.id,
            literal("project").label("kind"),
            Project.title,
            ("/projekter/" + Project.key).label("path"),
        ).where(projects_visible_to(actor)),
        "own_project_id": select(
            OwnProject.id,
            literal("own_project").label("kind"),
            OwnProject.title,
            func.concat("/kommuner/", Organisation.key, "/projekter/", OwnProject.id).label("path"),
        )
        .join(Organisation, Organisation.id == OwnProject.municipality_id)
        .where(own_visible_to(actor)),
        "deck_id": select(
            Deck.id, literal("deck").label("kind"), Deck.title, func.concat("/oplaeg/", Deck.id).label("path")
        ).where(decks_visible_to(actor)),
        "strategy_id": select(
            Strategy.id,
            literal("strategy").label("kind"),
            Strategy.name.label("title"),
            ("/temaer/" + Strategy.key).label("path"),
        ).where(strategies_visible_to(actor)),
        "meeting_id": select(
            Meeting.id,
            literal("meeting").label("kind"),
            Meeting.title,
            ("/moeder/" + Meeting.key).label("path"),
        ).where(meetings_visible_to(actor)),
    }
