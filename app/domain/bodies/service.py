"""The verbs of bodies: what they are, who keeps their papers, who sits in them, when they meet."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import slug
from app.domain.bodies.events import BodyChanged
from app.domain.bodies.models import (
    Body,
    BodyAdvised,
    BodyMandate,
    BodyMeeting,
    BodyMember,
    BodySecretary,
    RecommendationStep,
)
from app.domain.bodies.policy import (
    NOWHERE,
    Place,
    find_place,
    may_keep_papers,
    may_lead,
    may_make_bodies,
    may_see,
    sits,
)
from app.domain.bodies.schemas import (
    BodyEdit,
    BodyFacts,
    BodyInput,
    BodyMeetingEdit,
    BodyMeetingInput,
    MemberEdit,
    MemberInput,
)
from app.domain.organisations.network_models import Network
from app.domain.organisations.queries import find_organisation
from app.domain.users.houses import check_of_house, leads_organisation
from app.domain.users.models import Membership

MOST_MEMBERS = 100
# Words that stand in addresses in the place of a key.
TAKEN_KEYS = {"nyt", "tag-med"}

# --- the body


def make_body(session: Session, actor: Actor, given: BodyInput) -> Body:
    """A new body of the own organisation, or of a network that the actor acts for.

    Refused: unknown_network (or one that is not acted for).
    """
    require(may_make_bodies(session, actor))
    organisation_id = leads_organisation(actor) if given.network_id is None else None
    if given.network_id is None:
        require(organisation_id is not None)
    body = Body(
        **_facts_of(given),
        key=_new_key(session, given.name),
        organisation_id=organisation_id,
        network_id=given.network_id,
        made_by_id=actor.user_id,
        made_at=now(),
    )
    if given.network_id is not None:
        is_known = session.scalar(select(Network.id).where(Network.id == given.network_id)) is not None
        if not is_known or not may_lead(find_place(session, actor, body)):
            raise Refused("unknown_network")
    session.add(body)
    session.flush()
    _put_lines(session, body, given.mandate, given.advises)
    _note(session, actor, "add", body)
    return body


def put_body(session: Session, actor: Actor, given: BodyFacts) -> Body:
    """A body of the archive; one with the same key is given back as people left it. Only for the house.

    Refused: unknown_organisation.
    """
    require(actor.is_system)
    known = session.scalars(select(Body).where(Body.key == given.key)).one_or_none()
    if known is not None:
        return known
    organisation = find_organisation(session, given.organisation)
    if organisation is None:
        raise Refused("unknown_organisation", key=given.organisation)
    lines = {"organisation", "mandate", "mandate_en", "advises", "advises_en"}
    body = Body(**given.model_dump(exclude=lines), organisation_id=organisation.id, made_at=now())
    session.add(body)
    session.flush()
    _put_lines(session, body, given.mandate, given.advises, given.mandate_en, given.advises_en)
    _note(session, actor, "add", body)
    return body


def edit_body(session: Session, actor: Actor, body_id: int, given: BodyEdit) -> Body:
    """Change what it is, which its owner says for certain. Lines that are not among the new ones end, and can
    be read still.

    Refused: stale, other_owner (a body stays whose it is).
    """
    body, _ = take_body(session, actor, body_id, by=may_lead)
    if body.version != given.version:
        raise Refused("stale")
    if given.network_id != body.network_id:
        raise Refused("other_owner")
    for name, value in _facts_of(given).items():
        setattr(body, name, value)
    body.kind_certainty = "stated"
    body.version += 1
    _put_lines(session, body, given.mandate, given.advises)
    _note(session, actor, "edit", body)
    return body


def network_of(session: Session, body_id: int) -> int | None:
    """The network whose body it is; None for one of an organisation. For who leads it."""
    return session.scalars(select(Body.network_id).where(Body.id == body_id)).one()


def _facts_of(given: BodyInput) -> dict[str, Any]:
    return given.model_dump(exclude={"network_id", "mandate", "advises", "version"})


def _new_key(session: Session, name: str) -> str:
    stem = slug(name)
    taken = TAKEN_KEYS | set(session.scalars(select(Body.key).where(Body.key.startswith(stem))))
    numbered = (f"{stem}-{number}" for number in range(2, 10_000))
    return next(key for key in (stem, *numbered) if key not in taken)


def _put_lines(
    session: Session,
    body: Body,
    mandate: Sequence[str],
    advises: Sequence[str],
    mandate_en: Sequence[str] = (),
    advises_en: Sequence[str] = (),
) -> None:
    lines = session.scalars(
        select(BodyMandate).where(BodyMandate.body_id == body.id, BodyMandate.ended_at.is_(None))
    )
    _put_in_order(session, {line.text: line for line in lines}, mandate, _mandate_of(body), mandate_en)
    names = session.scalars(
        select(BodyAdvised).where(BodyAdvised.body_id == body.id, BodyAdvised.ended_at.is_(None))
    )
    _put_in_order(session, {one.name: one for one in names}, advises, _advised_of(body), advises_en)
    session.flush()


def _mandate_of(body: Body) -> Any:
    return lambda text, english: BodyMandate(body_id=body.id, text=text, text_en=english, added_at=now())


def _advised_of(body: Body) -> Any:
    return lambda name, english: BodyAdvised(body_id=body.id, name=name, name_en=english, added_at=now())


def _put_in_order(
    session: Session, known: dict[str, Any], wanted: Iterable[str], make: Any, english: Sequence[str]
) -> None:
    """The lines that stand, those of `known` kept where their words are the same; the others end."""
    standing = list(dict.fromkeys(wanted))
    for position, words in enumerate(standing, 1):
        row = known.pop(words, None)
        if row is None:
            row = make(words, english[position - 1] if english else "")
            session.add(row)
        row.position = position
    for row in known.values():
        row.ended_at = now()


# --- who keeps its papers


def name_secretary(session: Session, actor: Actor, body_id: int, membership_id: int) -> BodySecretary:
    """Have somebody of the body's house keep its papers. Refused: not_of_house (of no confirmed membership in
    force there)."""
    body, _ = take_body(session, actor, body_id, by=may_lead)
    check_of_house(session, body.organisation_id, body.network_id, Membership.id == membership_id)
    known = session.get(BodySecretary, (body.id, membership_id))
    if known is not None:
        return known
    secretary = BodySecretary(
        body_id=body.id, membership_id=membership_id, named_by_id=actor.user_id, named_at=now()
    )
    session.add(secretary)
    session.flush()
    _record(session, actor, "name_secretary", body, membership_id=membership_id)
    return secretary


def dismiss_secretary(session: Session, actor: Actor, body_id: int, membership_id: int) -> None:
    """They keep the papers no longer."""
    body, _ = take_body(session, actor, body_id, by=may_lead)
    secretary = session.get(BodySecretary, (body.id, membership_id))
    if secretary is None:
        raise NotFound
    session.delete(secretary)
    session.flush()
    _record(session, actor, "dismiss_secretary", body, membership_id=membership_id)


# --- who sits in it


def add_member(session: Session, actor: Actor, body_id: int, given: MemberInput) -> BodyMember:
    """Somebody sits in it. Refused: not_of_house, already_member, body_full."""
    body, _ = take_body(session, actor, body_id, by=may_keep_papers)
    seated = _count_members(session, body)
    if seated >= MOST_MEMBERS:
        raise Refused("body_full", count=MOST_MEMBERS)
    organisation_id = None
    if given.user_id is not None:
        mine = Membership.user_id == given.user_id
        seat = check_of_house(session, body.organisation_id, body.network_id, mine)
        organisation_id = seat.organisation_id
        if session.scalar(select(_seat_of(body, given.user_id).exists())):
            raise Refused("already_member")
    member = BodyMember(
        body_id=body.id, organisation_id=organisation_id, added_at=now(), **given.model_dump()
    )
    session.add(member)
    session.flush()
    _record(session, actor, "add_member", body, member_id=member.id, role=member.role)
    return member


def edit_member(session: Session, actor: Actor, member_id: int, given: MemberEdit) -> BodyMember:
    """Change a seat, or end it from a day on. Refused: stale, not_public (a name without an account, or a
    party, has to be public), already_member (opened again or for longer, and the person has another seat)."""
    member, body = _take_member(session, actor, member_id, given.version)
    if given.source_url is None and member.user_id is None:
        raise Refused("not_public")
    if member.user_id is not None and _lasts_longer(member.ended_on, given.ended_on):
        other = _seat_of(body, member.user_id).where(BodyMember.id != member.id)
        if session.scalar(select(other.exists())):
            raise Refused("already_member")
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(member, name, value)
    member.version += 1
    session.flush()
    _record(session, actor, "edit_member", body, member_id=member.id, role=member.role)
    return member


def end_member(session: Session, actor: Actor, member_id: int, version: int) -> BodyMember:
    """They sit in it no longer, from today; one whose seat has not begun never sat there. Refused: stale."""
    member, body = _take_member(session, actor, member_id, version)
    if member.ended_on is None or member.ended_on > today():
        if member.since is not None and member.since > today():
            member.since = None
        member.ended_on = today()
        member.version += 1
        session.flush()
        _record(session, actor, "end_member", body, member_id=member.id)
    return member


def _lasts_longer(ended_on: date | None, given: date | None) -> bool:
    """Whether a seat with a last day is opened again, or for longer than it was."""
    return ended_on is not None and (given is None or given > max(ended_on, today()))


def _seat_of(body: Body, user_id: int | None) -> Any:
    return select(BodyMember.id).where(BodyMember.body_id == body.id, BodyMember.user_id == user_id, sits())


def _count_members(session: Session, body: Body) -> int:
    seats = select(func.count()).where(BodyMember.body_id == body.id, sits())
    return session.scalar(seats) or 0


def _take_member(session: Session, actor: Actor, member_id: int, version: int) -> tuple[BodyMember, Body]:
    member = session.get(BodyMember, member_id)
    if member is None:
        raise NotFound
    body, _ = take_body(session, actor, member.body_id, by=may_keep_papers)
    session.refresh(member, with_for_update=True)
    if member.version != version:
        raise Refused("stale")
    return member, body


# --- when it meets


def plan_body_meeting(session: Session, actor: Actor, body_id: int, given: BodyMeetingInput) -> BodyMeeting:
    """A day on which it meets, or has met."""
    body, _ = take_body(session, actor, body_id, by=may_keep_papers)
    meeting = BodyMeeting(body_id=body.id, added_at=now(), added_by_id=actor.user_id, **given.model_dump())
    session.add(meeting)
    session.flush()
    _record(session, actor, "plan_body_meeting", body, meeting_id=meeting.id)
    return meeting


def edit_body_meeting(session: Session, actor: Actor, meeting_id: int, given: BodyMeetingEdit) -> BodyMeeting:
    """Another day or place. Refused: stale, meeting_used (what was treated at it was treated on its day)."""
    meeting, body = take_body_meeting(session, actor, meeting_id, given.version)
    if meeting.held_on != given.held_on and _is_used(session, meeting):
        raise Refused("meeting_used")
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(meeting, name, value)
    meeting.version += 1
    session.flush()
    _record(session, actor, "edit_body_meeting", body, meeting_id=meeting.id)
    return meeting


def cancel_body_meeting(session: Session, actor: Actor, meeting_id: int, version: int) -> BodyMeeting:
    """It is not held. Refused: stale, meeting_used (something was treated at it)."""
    meeting, body = take_body_meeting(session, actor, meeting_id, version)
    if _is_used(session, meeting):
        raise Refused("meeting_used")
    if meeting.cancelled_at is None:
        meeting.cancelled_at, meeting.version = now(), meeting.version + 1
        session.flush()
        _record(session, actor, "cancel_body_meeting", body, meeting_id=meeting.id)
    return meeting


def take_body_meeting(
    session: Session, actor: Actor, meeting_id: int, version: int
) -> tuple[BodyMeeting, Body]:
    """The meeting and its body, held until the transaction ends. Raises NotFound. Refused: stale."""
    meeting = session.get(BodyMeeting, meeting_id)
    if meeting is None:
        raise NotFound
    body, _ = take_body(session, actor, meeting.body_id, by=may_keep_papers)
    session.refresh(meeting, with_for_update=True)
    if meeting.version != version:
        raise Refused("stale")
    return meeting, body


def _is_used(session: Session, meeting: BodyMeeting) -> bool:
    used = select(RecommendationStep.id).where(
        RecommendationStep.meeting_id == meeting.id, RecommendationStep.taken_back_at.is_(None)
    )
    return bool(session.scalar(select(used.exists())))


# --- taking hold of it


def take_body(session: Session, actor: Actor, body_id: int, *, by: Any) -> tuple[Body, Place]:
    """The body, held until the transaction ends, and the actor's place in it. `by`: the rule of a place.

    Raises NotFound for one that the actor may not see, NotAllowed by the rule.
    """
    body = session.get(Body, body_id, with_for_update=True, populate_existing=True)
    place = find_place(session, actor, body) if body is not None else NOWHERE
    if body is None or not may_see(body, place):
        raise NotFound
    require(by(place))
    return body, place


def _note(session: Session, actor: Actor, verb: str, body: Body) -> None:
    _record(session, actor, verb, body, kind=body.kind, visibility=body.visibility)
    announce(session, BodyChanged(body.id))


def _record(session: Session, actor: Actor, verb: str, body: Body, **after: Any) -> None:
    # No words: what people wrote can be made to go from the row, and never from the log.
    session.flush()
    record(session, actor, verb, "body", body.id, after=after)
