"""The verbs of organisations."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import slug
from app.domain.organisations.events import OrganisationChanged
from app.domain.organisations.mail_domains import pointing_domains
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import (
    NEW_KINDS,
    may_edit,
    may_edit_organisations,
    may_propose_organisations,
)
from app.domain.organisations.queries import find_alike, find_by_cvr, is_alike
from app.domain.organisations.schemas import AllFacts, NewOrganisationInput, OrganisationInput, OwnFacts

# What an edit may touch, in the order of the page.
EDITED = ("name", "short_name", "kind", "cvr", "website", "note", "mail_domains", "asked_domains")


def add_organisation(session: Session, actor: Actor, given: OrganisationInput) -> Organisation:
    """A new organisation; one with the same key is given back untouched, so that seeding repeats safely."""
    require(may_edit_organisations(actor))
    known = session.scalars(select(Organisation).where(Organisation.key == given.key)).one_or_none()
    if known is not None:
        return known
    organisation = Organisation(**given.model_dump() | {"note": given.note or ""}, created_at=now())
    return _put(session, actor, organisation, given.model_dump(mode="json"))


def propose_organisation(
    session: Session,
    actor: Actor,
    given: NewOrganisationInput,
    *,
    domain: str = "",
    has_seen_alike: bool = False,
) -> Organisation:
    """An organisation that somebody writes in to speak for it; it waits for staff to confirm it.

    `domain` is where that person has mail; staff decides whether it is the organisation's. Refused with
    `cvr_taken` where the number is known, and with `alike` where one is called nearly the same, unless those
    have been seen.
    """
    require(may_propose_organisations(actor))
    if given.cvr and find_by_cvr(session, given.cvr):
        raise Refused("cvr_taken")
    if not has_seen_alike and find_alike(session, given.name, limit=1):
        raise Refused("alike")
    own = {"is_confirmed": False, "asked_domains": pointing_domains(domain)[:1]}
    organisation = Organisation(
        **given.model_dump(), **own, key=_new_key(session, given.name), created_at=now()
    )
    try:
        with session.begin_nested():
            return _put(session, actor, organisation, given.model_dump(mode="json") | own)
    except IntegrityError as taken:
        # Somebody else wrote in the same one at this very moment.
        raise Refused("cvr_taken" if given.cvr else "alike") from taken


def _put(session: Session, actor: Actor, organisation: Organisation, after: dict[str, Any]) -> Organisation:
    session.add(organisation)
    session.flush()
    record(session, actor, "add", "organisation", organisation.id, after=after)
    announce(session, OrganisationChanged(organisation.id))
    return organisation


def _new_key(session: Session, name: str) -> str:
    stem = slug(name)
    taken = set(session.scalars(select(Organisation.key).where(Organisation.key.startswith(stem))))
    return next(
        key for key in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))) if key not in taken
    )


def edit_organisation(
    session: Session, actor: Actor, organisation_id: int, version: int, given: OwnFacts | AllFacts
) -> Organisation:
    """Change the facts. An own admin changes the public ones, and the name only in its spelling.

    Refused with `stale` where somebody else has changed it since this version.
    """
    organisation = lock_organisation(session, organisation_id)
    require(may_edit(actor, organisation))
    if organisation.version != version:
        raise Refused("stale")
    values = given.model_dump(include=set(EDITED))
    if isinstance(given, AllFacts):
        require(may_edit_organisations(actor))
        _check_all_facts(session, organisation, given)
        values["kind"] = given.kind if given.kind and organisation.kind in NEW_KINDS else organisation.kind
    elif given.name != organisation.name and not is_alike(session, given.name, organisation.name):
        raise Refused("new_name")
    _change(session, actor, organisation, "edit", values)
    return organisation


def _check_all_facts(session: Session, organisation: Organisation, given: AllFacts) -> None:
    owner = find_by_cvr(session, given.cvr) if given.cvr else None
    if owner is not None and owner.id != organisation.id:
        raise Refused("cvr_taken")
    for domain in given.mail_domains:
        if _other_owner_of(session, domain, organisation.id):
            raise Refused("domain_taken", domain=domain)


def _other_owner_of(session: Session, domain: str, organisation_id: int) -> bool:
    others = select(Organisation.id).where(
        Organisation.mail_domains.contains([domain]), Organisation.id != organisation_id
    )
    return session.scalar(others.limit(1)) is not None


def confirm_organisation(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """Say that a new organisation is what it says; from now on it stands in lists and is found."""
    require(may_edit_organisations(actor))
    organisation = lock_organisation(session, organisation_id)
    if organisation.refused_at is not None:
        raise Refused("not_new")
    if not organisation.is_confirmed:
        _change(session, actor, organisation, "confirm", {"is_confirmed": True})
    return organisation


def close_organisation(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """Refuse a new organisation: nobody can choose it, and its number is free for the right one."""
    require(may_edit_organisations(actor))
    organisation = lock_organisation(session, organisation_id)
    if organisation.is_confirmed or organisation.refused_at is not None:
        raise Refused("not_new")
    values = {"refused_at": now(), "cvr": None, "asked_domains": []}
    _change(session, actor, organisation, "refuse", values)
    return organisation


def decide_domain(
    session: Session, actor: Actor, organisation_id: int, domain: str, *, is_approved: bool
) -> Organisation:
    """Say yes or no to a mail domain that an organisation asks to be known by."""
    require(may_edit_organisations(actor))
    organisation = lock_organisation(session, organisation_id)
    if domain not in organisation.asked_domains:
        raise NotFound
    values = {"asked_domains": [asked for asked in organisation.asked_domains if asked != domain]}
    if is_approved:
        if _other_owner_of(session, domain, organisation.id):
            raise Refused("domain_taken", domain=domain)
        values["mail_domains"] = [*organisation.mail_domains, domain]
    _change(session, actor, organisation, "approve_domain" if is_approved else "refuse_domain", values)
    return organisation


def lock_organisation(session: Session, organisation_id: int) -> Organisation:
    """The row, held until this transaction ends. Raises NotFound."""
    organisation = session.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if organisation is None:
        raise NotFound
    return organisation


def _change(
    session: Session, actor: Actor, organisation: Organisation, verb: str, values: dict[str, Any]
) -> None:
    changed = {name: value for name, value in values.items() if getattr(organisation, name) != value}
    if not changed:
        return
    before = snapshot(organisation)
    for name, value in changed.items():
        setattr(organisation, name, value)
    organisation.version += 1
    session.flush()
    after = snapshot(organisation)
    record(
        session,
        actor,
        verb,
        "organisation",
        organisation.id,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    announce(session, OrganisationChanged(organisation.id))
