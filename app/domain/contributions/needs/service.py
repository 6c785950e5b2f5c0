"""The verbs of needs: registering, joining, leaving, changing, and how far they have come.

A need is a contribution: what all contributions can (being answered, followed, found, moderated) it can too.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN, now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.contributions.answer_clock import find_answer_by
from app.domain.contributions.models import Contribution, Wording
from app.domain.contributions.needs.events import NeedJoined, NeedLeft, NeedMoved, NeedRegistered
from app.domain.contributions.needs.models import NeedDetails, NeedMunicipality, NeedState
from app.domain.contributions.needs.policy import (
    is_confidential,
    may_edit_facts,
    may_edit_need,
    may_note_state,
    may_register_needs,
)
from app.domain.contributions.needs.schemas import (
    NeedEdit,
    NeedFacts,
    NeedFactsEdit,
    NeedInput,
    NeedRecord,
    NeedStateInput,
    State,
)
from app.domain.contributions.newcomers import refuse_repetition
from app.domain.contributions.policy import OPEN_STATUSES, is_out, may_record
from app.domain.contributions.service import (
    get_seen,
    is_blacked_out,
    set_themes,
    take_references,
    tell_changed,
)
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import NetworkMember
from app.domain.organisations.networks import find_member_ids
from app.domain.organisations.sizes import size_of
from app.domain.users.strategists import acts_for_network, networks_of, title_of

MOST_MUNICIPALITIES = 200
_FACTS = ("size", "contract_end", "system_name", "supplier", "note", "hidden")
_DETAILS = ("system_type", "system_other", "kle")


def register_need(session: Session, actor: Actor, given: NeedInput, answer_within_days: int) -> Contribution:
    """A new need of the own municipality, or of several that a network speaks for.

    One that is its municipality's alone waits for no answer. Refused: sent_before, unknown_theme, and for a
    network need_not_represented, need_for_nobody, need_network_open.
    """
    title = title_of(session, actor)
    for_network = given.network_id is not None
    if given.network_id is not None:
        require(acts_for_network(session, actor, given.network_id))
        if is_confidential(given.visibility):
            raise Refused("need_network_open")
        represented = _check_represented(session, given.network_id, given.organisation_ids)
    else:
        require(may_register_needs(actor))
        represented = [actor.organisation_id or 0]
    refuse_repetition(session, actor, given.title, given.body)
    moment = now()
    need = Contribution(
        kind="need",
        reference=take_references(session, "need")[0],
        title=given.title,
        body=given.body,
        status="received",
        visibility=given.visibility,
        said_by_user_id=actor.user_id,
        entered_by_id=actor.user_id,
        on_behalf_of_id=actor.organisation_id,
        received_at=moment,
        published_at=moment,
    )
    if not is_confidential(given.visibility):
        need.answer_by = find_answer_by(session, today(), answer_within_days)
    session.add(need)
    session.flush()
    session.add(_new_details(need.id, given, given.network_id, today()))
    session.add(_new_state(need.id, "registered", today(), actor=actor))
    facts = NeedFacts() if for_network else given.facts
    _put_municipalities(session, actor, need.id, represented, facts, given.network_id, title)
    set_themes(session, need.id, given.theme_ids)
    after = _as_facts(need, given) | {"organisation_ids": represented, "network_id": given.network_id}
    record(session, actor, "register_need", "contribution", need.id, after=after)
    tell_changed(session, [need])
    announce(session, NeedRegistered(need.id))
    if for_network:
        announce(session, NeedJoined(need.id, tuple(represented), given.network_id))
    return need


def _check_represented(session: Session, network_id: int, organisation_ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(organisation_ids))
    if not wanted:
        raise Refused("need_for_nobody")
    if not find_member_ids(session, network_id).issuperset(wanted):
        raise Refused("need_not_represented")
    return wanted


def _new_details(need_id: int, given: Any, network_id: int | None, on: date) -> NeedDetails:
    return NeedDetails(
        contribution_id=need_id,
        network_id=network_id,
        state_on=on,
        **{name: getattr(given, name) for name in _DETAILS},
    )


def _new_state(need_id: int, state: State, on: date, note: str = "", *, actor: Actor) -> NeedState:
    return NeedState(
        contribution_id=need_id,
        state=state,
        happened_on=on,
        note=note,
        noted_by_id=actor.user_id,
        noted_at=now(),
    )


def _as_facts(need: Contribution, given: Any) -> dict[str, Any]:
    """What the log keeps of a need: never its words, and nothing that a municipality may keep to itself."""
    return {
        "reference": need.reference,
        "visibility": need.visibility,
        "system_type": given.system_type,
        "kle": given.kle,
        "theme_ids": sorted(given.theme_ids),
    }


# --- who has it


def _put_municipalities(
    session: Session,
    actor: Actor,
    need_id: int,
    organisation_ids: Iterable[int],
    facts: NeedFacts,
    network_id: int | None,
    title: str,
) -> list[int]:
    """Take the places of these municipalities; those that came now. Two at once come one after the other."""
    wanted = sorted(set(organisation_ids))
    codes = dict(
        session.execute(
            select(Organisation.id, Organisation.municipality_code).where(Organisation.id.in_(wanted))
        ).all()
    )
    values = facts.model_dump(include=set(_FACTS))
    came = []
    for organisation_id in wanted:
        own = values | {"size": values["size"] or size_of(codes.get(organisation_id))}
        own |= {
            "network_id": network_id,
            "signed_as": title,
            "entered_by_id": actor.user_id,
            "joined_at": now(),
            "left_at": None,
        }
        place = insert(NeedMunicipality).values(
            contribution_id=need_id, organisation_id=organisation_id, **own
        )
        # One that had left comes back with what is given now; one that is there is left alone.
        back = place.on_conflict_do_update(
            index_elements=["contribution_id", "organisation_id"],
            set_=own | {"version": NeedMunicipality.version + 1},
            where=NeedMunicipality.left_at.is_not(None),
        )
        if session.scalar(back.returning(NeedMunicipality.id)) is not None:
            came.append(organisation_id)
    return came


def join_need(session: Session, actor: Actor, contribution_id: int, given: NeedFacts) -> NeedMunicipality:
    """Say that the own municipality has the need too. Refused: need_joined, need_closed."""
    require(may_register_needs(actor) and actor.organisation_id is not None)
    need = _lock_open(session, actor, contribution_id)
    title = title_of(session, actor)
    own = actor.organisation_id
    if not _put_municipalities(session, actor, need.id, [own], given, None, title):
        raise Refused("need_joined")
    return _note_joined(session, actor, need, [own], None)


def join_for_network(
    session: Session, actor: Actor, contribution_id: int, network_id: int, organisation_ids: Sequence[int]
) -> list[int]:
    """Say that municipalities which the network speaks for have the need too; those that came now.

    Refused: need_not_represented, need_for_nobody, need_joined, need_closed.
    """
    require(acts_for_network(session, actor, network_id))
    need = _lock_open(session, actor, contribution_id)
    if is_confidential(need.visibility):
        raise NotFound
    wanted = _check_represented(session, network_id, organisation_ids)
    title = title_of(session, actor)
    came = _put_municipalities(session, actor, need.id, wanted, NeedFacts(), network_id, title)
    if not came:
        raise Refused("need_joined")
    _note_joined(session, actor, need, came, network_id)
    return came


def _lock_open(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    need, details = lock_need(session, actor, contribution_id)
    require(is_out(need), "need_closed")
    if details.state == "dropped":
        raise Refused("need_closed")
    return need


def _note_joined(
    session: Session, actor: Actor, need: Contribution, came: list[int], network_id: int | None
) -> NeedMunicipality:
    after = {"organisation_ids": came, "network_id": network_id}
    record(session, actor, "join_need", "contribution", need.id, after=after)
    tell_changed(session, [need])
    announce(session, NeedJoined(need.id, tuple(came), network_id))
    return _find_row(session, need.id, came[0])


def _find_row(session: Session, need_id: int, organisation_id: int) -> NeedMunicipality:
    return session.scalars(
        select(NeedMunicipality)
        .where(
            NeedMunicipality.contribution_id == need_id, NeedMunicipality.organisation_id == organisation_id
        )
        .execution_options(populate_existing=True)
    ).one()


def edit_facts(
    session: Session, actor: Actor, contribution_id: int, organisation_id: int, given: NeedFactsEdit
) -> NeedMunicipality:
    """Change a municipality's own facts about a need, which it must have. Refused: stale, blacked_out."""
    need, _ = lock_need(session, actor, contribution_id)
    row = _lock_row(session, actor, need.id, organisation_id)
    if row.version != given.version:
        raise Refused("stale")
    organisation = session.get_one(Organisation, organisation_id)
    values = given.model_dump(include=set(_FACTS))
    values["size"] = given.size or size_of(organisation.municipality_code)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return row
    if is_blacked_out(session, row.id, "need_municipality"):
        raise Refused("blacked_out")
    for name in changed:
        setattr(row, name, values[name])
    row.signed_as, row.entered_by_id = title_of(session, actor), actor.user_id
    row.version += 1
    session.flush()
    after = {"organisation_id": organisation_id, "fields": changed, "hidden": row.hidden}
    record(session, actor, "edit_facts", "contribution", need.id, after=after)
    return row


def leave_need(session: Session, actor: Actor, contribution_id: int, organisation_id: int) -> None:
    """Say that a municipality has the need no longer. Refused: need_last (it is dropped or withdrawn)."""
    need, _ = lock_need(session, actor, contribution_id)
    row = _lock_row(session, actor, need.id, organisation_id)
    others = select(func.count()).where(
        NeedMunicipality.contribution_id == need.id,
        NeedMunicipality.left_at.is_(None),
        NeedMunicipality.id != row.id,
    )
    if not session.scalar(others):
        raise Refused("need_last")
    row.left_at = now()
    row.version += 1
    session.flush()
    before = {"organisation_id": organisation_id}
    record(session, actor, "leave_need", "contribution", need.id, before=before)
    tell_changed(session, [need])
    announce(session, NeedLeft(need.id, organisation_id))


def _lock_row(session: Session, actor: Actor, need_id: int, organisation_id: int) -> NeedMunicipality:
    row = session.scalars(
        select(NeedMunicipality)
        .where(
            NeedMunicipality.contribution_id == need_id,
            NeedMunicipality.organisation_id == organisation_id,
            NeedMunicipality.left_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    require(may_edit_facts(actor, row, find_represented(session, actor)))
    return row


def find_acted_for(session: Session, actor: Actor) -> frozenset[int]:
    """The networks that the actor acts for."""
    return frozenset(session.scalars(networks_of(actor)))


def find_represented(session: Session, actor: Actor) -> frozenset[tuple[int, int]]:
    """(network, municipality) of all that the actor acts for: those that have said yes and have not left."""
    rows = session.execute(
        select(NetworkMember.network_id, NetworkMember.organisation_id).where(
            NetworkMember.network_id.in_(networks_of(actor)), NetworkMember.answer == "yes"
        )
    )
    return frozenset((row.network_id, row.organisation_id) for row in rows)


def lock_need(session: Session, actor: Actor, contribution_id: int) -> tuple[Contribution, NeedDetails]:
    """A need that the actor sees and its details, held until this transaction ends. Raises NotFound."""
    need = get_seen(session, actor, contribution_id, lock=True)
    details = session.get(NeedDetails, need.id, with_for_update=True, populate_existing=True)
    if need.kind != "need" or details is None:
        raise NotFound
    return need, details


# --- what it says


def edit_need(
    session: Session, actor: Actor, contribution_id: int, given: NeedEdit, answer_within_days: int
) -> Contribution:
    """Change what a need says; how it stood is kept. One that is opened waits for an answer from that day on,
    and is news then; one that becomes its municipality's alone waits for none.

    Refused: stale, blacked_out, unknown_theme, need_joined_by_others and need_network_open (it cannot become
    one municipality's alone any more).
    """
    need, details = lock_need(session, actor, contribution_id)
    require(may_edit_need(actor, need, details.network_id, find_acted_for(session, actor)))
    if need.version != given.version:
        raise Refused("stale")
    if is_blacked_out(session, need.id):
        raise Refused("blacked_out")
    was_alone, is_alone = is_confidential(need.visibility), is_confidential(given.visibility)
    if is_alone and not was_alone:
        _refuse_to_close(session, need, details)
    words = {"title": need.title, "body": need.body, "system_other": details.system_other}
    before = {"visibility": need.visibility, "version": need.version}
    before |= {name: getattr(details, name) for name in ("system_type", "kle")}
    need.title, need.body, need.visibility = given.title, given.body, given.visibility
    if was_alone and not is_alone:
        need.published_at = now()
    if was_alone != is_alone and need.status in OPEN_STATUSES:
        need.answer_by = None if is_alone else find_answer_by(session, today(), answer_within_days)
    for name in _DETAILS:
        setattr(details, name, getattr(given, name))
    need.version += 1
    set_themes(session, need.id, given.theme_ids)
    now_said = {"title": need.title, "body": need.body, "system_other": details.system_other}
    rewritten = [name for name, text in words.items() if now_said[name] != text]
    if rewritten:
        session.add(Wording(contribution_id=need.id, version=given.version, words=words, replaced_at=now()))
    session.flush()
    after = _as_facts(need, given) | {"version": need.version, "rewritten": rewritten}
    record(session, actor, "edit", "contribution", need.id, before=before, after=after)
    tell_changed(session, [need])
    return need


def _refuse_to_close(session: Session, need: Contribution, details: NeedDetails) -> None:
    if details.network_id is not None:
        raise Refused("need_network_open")
    others = select(NeedMunicipality.id).where(
        NeedMunicipality.contribution_id == need.id,
        NeedMunicipality.left_at.is_(None),
        NeedMunicipality.organisation_id != need.on_behalf_of_id,
    )
    if session.scalar(others.limit(1)) is not None:
        raise Refused("need_joined_by_others")


# --- how far it has come


def note_state(session: Session, actor: Actor, contribution_id: int, given: NeedStateInput) -> NeedState:
    """Say how far a need has come, from a day on. Refused: stale, need_same_state, need_day_order."""
    need, details = lock_need(session, actor, contribution_id)
    require(may_note_state(actor, need, details.network_id, find_acted_for(session, actor)))
    if need.version != given.version:
        raise Refused("stale")
    if details.state == given.state:
        raise Refused("need_same_state")
    if given.happened_on < details.state_on:
        raise Refused("need_day_order", day=details.state_on)
    return _move(session, actor, need, details, given.state, given.happened_on, given.note)


def _move(
    session: Session,
    actor: Actor,
    need: Contribution,
    details: NeedDetails,
    state: State,
    on: date,
    note: str,
) -> NeedState:
    before = {"state": details.state, "state_on": details.state_on.isoformat()}
    row = _new_state(need.id, state, on, note, actor=actor)
    session.add(row)
    details.state, details.state_on = state, on
    need.version += 1
    session.flush()
    after = {"state": state, "state_on": on.isoformat()}
    record(session, actor, "note_state", "contribution", need.id, before=before, after=after)
    tell_changed(session, [need])
    announce(session, NeedMoved(need.id, state))
    return row


def prioritise_needs(
    session: Session, actor: Actor, contribution_ids: Sequence[int], happened_on: date, note: str
) -> list[int]:
    """Say of these needs that they have been put in order, where they were only registered; those that were.

    For a round of priorities, which has asked its own rule. Locked in one order.
    """
    rows = session.execute(
        select(Contribution, NeedDetails)
        .join(NeedDetails, NeedDetails.contribution_id == Contribution.id)
        .where(Contribution.id.in_(contribution_ids), NeedDetails.state == "registered")
        .order_by(Contribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for need, details in rows:
        day = max(happened_on, details.state_on)
        _move(session, actor, need, details, "prioritised", day, note)
    return [need.id for need, _ in rows]


# --- the archive


def put_need(session: Session, actor: Actor, given: NeedRecord) -> Contribution:
    """A need from the archive; one with the same key is given back as people left it."""
    require(may_record(actor))
    known = session.scalars(
        select(Contribution).where(Contribution.meeting_id.is_(None), Contribution.key == given.key)
    ).one_or_none()
    if known is not None:
        return known
    received = datetime.combine(given.received_on, time(12), COPENHAGEN)
    need = Contribution(
        kind="need",
        key=given.key,
        reference=take_references(session, "need")[0],
        title=given.title,
        body=given.body,
        status="received",
        visibility=given.visibility,
        said_by_user_id=given.entered_by_id,
        entered_by_id=given.entered_by_id,
        on_behalf_of_id=given.on_behalf_of_id,
        certainty_note=given.certainty_note,
        source_url=given.source_url,
        received_at=received,
        published_at=received,
        told_at=now(),
        is_example=given.is_example,
    )
    session.add(need)
    session.flush()
    states = [("registered", given.received_on, ""), *given.states]
    state, on, _ = states[-1]
    details = _new_details(need.id, given, given.network_id, on)
    details.state = state
    session.add(details)
    for one in states:
        session.add(_new_state(need.id, *one, actor=actor))
    for one in given.municipalities:
        _put_municipalities(session, actor, need.id, [one.organisation_id], one, given.network_id, "")
        row = _find_row(session, need.id, one.organisation_id)
        row.is_example, row.joined_at = given.is_example, received
        row.entered_by_id = given.entered_by_id
    set_themes(session, need.id, given.theme_ids, origin="archive")
    after = {"reference": need.reference, "key": given.key, "is_example": given.is_example}
    record(session, actor, "put", "contribution", need.id, after=after)
    tell_changed(session, [need])
    return need
