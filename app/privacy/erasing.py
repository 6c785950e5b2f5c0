"""Erasing an account: what the register says of each table, and every trace of the name in what stays.

All of it happens in one transaction. The order matters: names are taken out while the tables still say
whose rows are whose; then rows are emptied and deleted.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, literal, or_, select, update
from sqlalchemy import union_all as joined
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.database import Base
from app.core.jobs import defer
from app.core.policy import ORGANISER_KINDS, SYSTEM, Actor, NotAllowed, Refused
from app.domain.attendance.models import Attendee
from app.domain.contributions.models import Contribution
from app.domain.minutes.comment_models import MinutesComment
from app.domain.organisations.models import Organisation
from app.domain.search.service import index_objects
from app.domain.users.models import Membership, User
from app.privacy.holdings import Holding
from app.privacy.models import DataCopy
from app.privacy.owners import Subject, find_subject, table_named
from app.privacy.register import REGISTER
from app.privacy.traces import list_traces, take_out_addresses, take_out_names

# Rows that hang on a contribution and are nobody's but its own.
_UNDER_CONTRIBUTIONS = (
    "idea_details",
    "idea_answer",
    "idea_signer",
    "idea_attachment",
    "idea_rest",
    "typed_idea",
    "need_details",
    "need_municipality",
    "need_state",
    "contribution_theme",
    "contribution_wording",
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many rows of a holding are the person's, and so go or stay."""

    holding: Holding
    rows: int


def count_shares(session: Session, person: Subject) -> list[Share]:
    """The person's rows in each table of the register, in one statement; tables without any are left out."""
    counts = [
        select(literal(place).label("place"), func.count().label("rows"))
        .select_from(table_named(holding.table))
        .where(holding.owner(table_named(holding.table), person))
        for place, holding in enumerate(REGISTER)
    ]
    found = {row.place: row.rows for row in session.execute(joined(*counts))}
    return [Share(holding, found[place]) for place, holding in enumerate(REGISTER) if found[place]]


def find_hindrance(session: Session, person: Subject) -> str | None:
    """The organiser that would be left without an admin, or None."""
    other = aliased(Membership)
    has_other = exists().where(
        other.organisation_id == Membership.organisation_id,
        other.user_id.not_in(person.ids),
        _is_admin(other),
        select(User.id).where(User.id == other.user_id, User.disabled_at.is_(None)).exists(),
    )
    return session.scalars(
        select(Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Membership.user_id.in_(person.ids),
            Organisation.kind.in_(ORGANISER_KINDS),
            _is_admin(Membership),
            ~has_other,
        )
        .order_by(Organisation.id)
        .limit(1)
    ).first()


def _is_admin(membership: type[Membership]) -> ColumnElement[bool]:
    return (membership.role == "admin") & membership.confirmed_at.is_not(None) & membership.ended_at.is_(None)


def erase_account(session: Session, actor: Actor) -> None:
    """Erase the actor's own account, at once and for good. Refused for the last admin of an organiser."""
    if actor.user_id is None:
        raise NotAllowed("not_allowed")
    _erase(session, actor.user_id, Actor(user_id=actor.user_id), "erase")


def erase_unused_account(session: Session, user_id: int) -> None:
    """Erase an account that nobody has used for as long as the register says."""
    _erase(session, user_id, SYSTEM, "erase_unused")


def _erase(session: Session, user_id: int, by: Actor, verb: str) -> None:
    # Two senders at once: the second finds nobody.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    person = find_subject(session, user_id)
    if person is None:
        raise NotAllowed("not_allowed")
    _hold_organisers(session, person)
    if organisation := find_hindrance(session, person):
        raise Refused("last_admin_erases", organisation=organisation)
    traces = list_traces(session, person)
    _delete_lone_drafts(session, person)
    changed = take_out_names(session, person)
    _forget_files(session, person)
    changed += _cut_ties(session, person)
    _follow_the_register(session, person)
    take_out_addresses(session, person.emails)
    audit.record(session, by, verb, "user", user_id)
    session.flush()
    for number in person.ids:
        audit.forget_person(session, number, traces)
    # What the session remembers still holds the name.
    session.expire_all()
    _index_anew(session, changed)


def _hold_organisers(session: Session, person: Subject) -> None:
    """Hold the person's organisers, so that two last admins do not both go at the same moment.

    Memberships first, as whoever ends one does.
    """
    own = select(Membership).where(Membership.user_id.in_(person.ids), _is_admin(Membership))
    held = session.scalars(own.order_by(Membership.id).with_for_update()).all()
    organisers = select(Organisation.id).where(
        Organisation.id.in_([membership.organisation_id for membership in held]),
        Organisation.kind.in_(ORGANISER_KINDS),
    )
    session.execute(organisers.order_by(Organisation.id).with_for_update())


def _delete_lone_drafts(session: Session, person: Subject) -> None:
    """Drafts that nobody else could go on with; a draft of an organisation with others in it is theirs."""
    colleague = exists().where(
        Membership.organisation_id == Contribution.on_behalf_of_id,
        Membership.user_id.not_in(person.ids),
        Membership.confirmed_at.is_not(None),
        Membership.ended_at.is_(None),
    )
    lone = session.scalars(
        select(Contribution.id).where(
            Contribution.said_by_user_id.in_(person.ids),
            Contribution.kind.in_(("idea", "wish")),
            Contribution.status == "draft",
            ~colleague,
        )
    ).all()
    files = table_named("idea_attachment")
    keys = select(files.c.file_key).where(files.c.contribution_id.in_(lone), files.c.file_key.is_not(None))
    for file_key in session.scalars(keys).all():
        defer(session, "contributions.remove_file", file_key=file_key)
    for name in _UNDER_CONTRIBUTIONS:
        table = table_named(name)
        session.execute(delete(table).where(table.c.contribution_id.in_(lone)))
    session.execute(delete(Contribution).where(Contribution.id.in_(lone)))


def _cut_ties(session: Session, person: Subject) -> list[int]:
    """What was said in a room is nobody's from now on: not even the number of a seat tells that two things
    were said by the same. A name typed there without an account may be another than the account's. What was
    said of minutes is the organisation's alone. The ids of the contributions that changed."""
    seats = select(Attendee.id).where(Attendee.user_id.in_(person.ids))
    own = update(Contribution).where(Contribution.attendee_id.in_(seats))
    cut = session.scalars(own.values(attendee_id=None, said_by_text="").returning(Contribution.id)).all()
    is_own = or_(MinutesComment.user_id.in_(person.ids), MinutesComment.attendee_id.in_(seats))
    comments = update(MinutesComment).where(is_own)
    session.execute(comments.values(user_id=None, attendee_id=None, name=""))
    return list(cut)


def _forget_files(session: Session, person: Subject) -> None:
    # One that is just being noted as ready is waited for; whoever makes one still finds no copy afterwards,
    # and takes the file away.
    own = select(DataCopy.file_key).where(DataCopy.user_id.in_(person.ids)).with_for_update()
    for file_key in session.scalars(own).all():
        if file_key is not None:
            defer(session, "privacy.remove_file", file_key=file_key)


def _follow_the_register(session: Session, person: Subject) -> None:
    """Empty and delete as the register says: what points to others before what is pointed to.

    Emptied first, while what says whose a row is still stands.
    """
    by_table = {holding.table: holding for holding in REGISTER}
    tables = list(reversed(Base.metadata.sorted_tables))
    for table in tables:
        holding = by_table.get(table.name)
        if holding is not None and holding.erasure.how == "emptied":
            own = update(table).where(holding.owner(table, person))
            session.execute(own.values(holding.erasure.values_in(table)))
    for table in tables:
        holding = by_table.get(table.name)
        if holding is not None and holding.erasure.how == "deleted":
            session.execute(delete(table).where(holding.owner(table, person)))


def _index_anew(session: Session, contribution_ids: list[int]) -> None:
    rows = session.execute(
        select(Contribution.kind, Contribution.id).where(Contribution.id.in_(contribution_ids))
    )
    kinds: dict[str, list[int]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row.id)
    for kind, ids in kinds.items():
        index_objects(session, kind, ids)
